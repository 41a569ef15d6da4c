/* tools/distrosim/command/advise.c -- distrosim advise: how to join two regions, for given figures.
 *
 *      three scenarios of the study x the ways x seeds --runs--> medians --> table, recommendation
 *
 * The scenarios are those of scenarios/sites/study, so what is said here is what tools/site-study
 * measures, at another distance, size and churn. Fleets beyond FLEET_MOST are made as large as that
 * and what they send is scaled, which the answer says. */
#include <stdio.h>
#include <string.h>

#include "sim/base/installed.h"
#include "sim/script/rtt.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/cli/progress.h"
#include "tools/distrosim/cli/request.h"
#include "tools/distrosim/cli/scenarios.h"
#include "tools/distrosim/command/persistent.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/compare/rank.h"
#include "tools/distrosim/sweep/pool.h"

enum {
    SEEDS = 3,
    FLEET_MOST = 400,
    SNAPSHOT_MOST = 13800 /* instances in 10 MiB, 760 bytes each (results/scale) */
};

typedef enum Study {
    STUDY_STEADY,
    STUDY_LOST,
    STUDY_CUT,
    N_STUDIES
} Study;
static const char *const studies[N_STUDIES] = { "scenarios/sites/study/steady.lua",
                                                "scenarios/sites/study/lost.lua",
                                                "scenarios/sites/study/cut.lua" };

typedef enum WayKind {
    WAY_STRETCHED,
    WAY_BRIDGED_SOURCE,
    WAY_BRIDGED_DESTINATION,
    WAY_DUAL_2,
    WAY_DUAL_1,
    N_WAYS
} WayKind;
static const struct {
    const char *name, *title;
} ways[N_WAYS] = {
    [WAY_STRETCHED] = { "stretched", "one stretched cluster" },
    [WAY_BRIDGED_SOURCE] = { "bridged-source", "bridge, workers at source" },
    [WAY_BRIDGED_DESTINATION] = { "bridged-destination", "bridge, at destination" },
    [WAY_DUAL_2] = { "dual-2.x", "registering twice, 2.x agent" },
    [WAY_DUAL_1] = { "dual-1.x", "registering twice, 1.x agent" },
};

/* The system that is asked about. */
typedef struct Own {
    char *sites[2];
    const char *rtt, *loss, *churn;
    char *measured_rtt; /* (nullable) what .rtt then points to */
    unsigned clients, servers;
    unsigned simulated; /* clients of a region */
} Own;

typedef struct Advice {
    Own own;
    SimScenario *scenarios[N_STUDIES];
    GPtrArray *results; /* SimResult by piece, NULL until done */
    Progress *progress;
    char *wrong; /* the first run that did not hold */
} Advice;

/* --- what was asked -----------------------------------------------------------------------------
 */

static bool set_usage_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool set_usage_error(GError **error, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    g_autofree char *text = g_strdup_vprintf(format, list);
    va_end(list);
    g_set_error_literal(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE, text);
    return false;
}

/* The distance between two places that Azure publishes, unless one is given. */
static bool measure_rtt(Own *own, GError **error)
{
    g_autofree char *path = sim_installed_path("scenarios/data/rtt/azure_p50.tsv");
    g_autoptr(SimRttTable) table = path != NULL ? sim_rtt_table_load(path, error) : NULL;
    int places[2];
    if (table == NULL) {
        return path != NULL
                   ? false
                   : set_usage_error(error, "the table of round trips is missing; give --rtt");
    }
    for (int i = 0; i < 2; i++) {
        places[i] = sim_rtt_table_find(table, own->sites[i]);
        if (places[i] < 0) {
            return set_usage_error(
                error,
                "no place '%s' in the measured round trips; did you mean '%s'? Or give --rtt",
                own->sites[i], sim_rtt_table_nearest(table, own->sites[i]));
        }
    }
    int64_t rtt_us = sim_rtt_table_get(table, places[0], places[1]);
    if (rtt_us < 0) {
        return set_usage_error(error, "no round trip from '%s' to '%s' was measured; give --rtt",
                               own->sites[0], own->sites[1]);
    }
    own->measured_rtt = g_strdup_printf("%.1fms", (double)rtt_us / 1e3);
    own->rtt = own->measured_rtt;
    return true;
}

static bool read_sites(Own *own, const char *text, GError **error)
{
    g_auto(GStrv) names = g_strsplit(text, ",", -1);
    if (g_strv_length(names) != 2 || !*g_strstrip(names[0]) || !*g_strstrip(names[1])) {
        return set_usage_error(
            error, "--sites expects two regions such as 'East Asia,West Europe', got '%s'", text);
    }
    for (int i = 0; i < 2; i++) {
        own->sites[i] = g_strdup(names[i]);
    }
    return true;
}

static bool read_own(Own *own, const Arguments *arguments, GError **error)
{
    const bool named = arguments->sites != NULL;
    own->rtt = arguments->rtt;
    own->loss = arguments->loss != NULL ? arguments->loss : "0%";
    own->churn = arguments->churn != NULL ? arguments->churn : "1/s";
    own->servers = 3;
    own->clients = 1000;
    if (!named && own->rtt == NULL) {
        return set_usage_error(
            error, "how far apart are the regions? Give --rtt 75ms, or --sites with two "
                   "measured places");
    }
    if (!read_sites(own, named ? arguments->sites : "east,west", error) ||
        (own->rtt == NULL && !measure_rtt(own, error)) ||
        (arguments->clients != NULL &&
         !arguments_number("clients", arguments->clients, 8, 1000000, &own->clients, error)) ||
        (arguments->servers != NULL &&
         !arguments_number("servers", arguments->servers, 1, 30, &own->servers, error))) {
        return false;
    }
    own->simulated = MIN(own->clients, (unsigned)FLEET_MOST);
    return true;
}

/* --- running ------------------------------------------------------------------------------------
 */

static void add_setting(Request *request, const char *name, char *value /* taken */)
{
    const SimSetting setting = { name, g_intern_string(value) };
    g_array_append_val(request->settings, setting);
    g_free(value);
}

static Request request_of(const Own *own, Study study, WayKind way)
{
    Request request;
    request_init(&request);
    add_setting(&request, "way", g_strdup(ways[way].name));
    add_setting(&request, "rtt", g_strdup(own->rtt));
    add_setting(&request, "loss", g_strdup(own->loss));
    add_setting(&request, "servers", g_strdup_printf("%u", own->servers));
    add_setting(&request, "clients", g_strdup_printf("%u", own->simulated));
    if (study != STUDY_LOST) {
        add_setting(&request, "churn", g_strdup(own->churn));
    }
    return request;
}

/* Pieces are ordered by study, way, seed. */
static size_t piece_of(Study study, WayKind way, unsigned seed)
{
    return ((size_t)study * N_WAYS + way) * SEEDS + seed;
}

static void run_piece(void *data, size_t piece)
{
    Advice *advice = data;
    Study study = (Study)(piece / SEEDS / N_WAYS);
    g_auto(Request) request = request_of(&advice->own, study, (WayKind)(piece / SEEDS % N_WAYS));
    const SimRunOptions options = {
        .seed = piece % SEEDS + 1,
        .settings = (const SimSetting *)(void *)request.settings->data,
        .n_settings = request.settings->len,
        .until_us = INT64_MAX,
    };
    advice->results->pdata[piece] = sim_run(advice->scenarios[study], &options, NULL);
}

static bool tell_piece(void *data, size_t piece)
{
    Advice *advice = data;
    const SimResult *result = advice->results->pdata[piece];
    bool wrong = result->verdict == SIM_VERDICT_ERROR;
    if (wrong && advice->wrong == NULL) {
        advice->wrong = g_strdup(result->reason);
    }
    return !wrong;
}

static void show_progress(void *data, size_t finished)
{
    progress_update(((Advice *)data)->progress, finished);
}

/* --- figures ------------------------------------------------------------------------------------
 */

/* The median over the seeds; false if no run measured it. */
static bool read_figure(const Advice *advice, Study study, WayKind way, const char *name,
                        double *value)
{
    double found[SEEDS];
    unsigned count = 0;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        const SimResult *result = advice->results->pdata[piece_of(study, way, seed)];
        for (guint i = 0; i < result->measures->len; i++) {
            const SimMeasure *measure = &g_array_index(result->measures, SimMeasure, i);
            if (strcmp(measure->name, name) == 0) {
                found[count++] = measure->value;
            }
        }
    }
    *value = count > 0 ? compare_median(found, count) : 0;
    return count > 0;
}

static double value_of(const Advice *advice, Study study, WayKind way, const char *name)
{
    double value;
    read_figure(advice, study, way, name, &value);
    return value;
}

static double bytes_of(const Advice *advice, WayKind way)
{
    double scale = (double)advice->own.clients / advice->own.simulated;
    return value_of(advice, STUDY_STEADY, way, "WAN bytes a second") * scale;
}

static bool is_for_ever(const Advice *advice, WayKind way)
{
    return value_of(advice, STUDY_LOST, way, "for ever") > 0;
}

static bool is_never_back(const Advice *advice, WayKind way)
{
    return value_of(advice, STUDY_CUT, way, "not in six minutes") > 0;
}

/* --- the table ----------------------------------------------------------------------------------
 */

static char *duration_cell(const Advice *advice, Study study, WayKind way, const char *name)
{
    double value;
    return read_figure(advice, study, way, name, &value) ? format_duration((int64_t)value)
                                                         : g_strdup("-");
}

static void print_way(const Advice *advice, WayKind way)
{
    g_autofree char *half = duration_cell(advice, STUDY_STEADY, way, "seen across p50");
    g_autofree char *most = duration_cell(advice, STUDY_STEADY, way, "seen across p99");
    g_autofree char *dead = is_for_ever(advice, way)
                                ? g_strdup("for ever")
                                : duration_cell(advice, STUDY_LOST, way, "last zombie after");
    g_autofree char *back = is_never_back(advice, way)
                                ? g_strdup("never")
                                : duration_cell(advice, STUDY_CUT, way, "all across again after");
    g_autofree char *bytes = format_bytes((uint64_t)bytes_of(advice, way));
    printf("%-29s %9s %9s %11s/s %13s %10s %7.0f\n", ways[way].title, half, most, bytes, dead, back,
           value_of(advice, STUDY_CUT, way, "flaps"));
}

static void print_table(const Advice *advice)
{
    const Own *own = &advice->own;
    printf("%s and %s, %s apart, %u servers and %u clients in each, %s arrivals and as many "
           "departures there\n",
           own->sites[0], own->sites[1], own->rtt, own->servers, own->clients, own->churn);
    if (own->simulated < own->clients) {
        printf("(simulated with %u clients a region; bytes are scaled to %u)\n", own->simulated,
               own->clients);
    }
    printf("\n%-29s %9s %9s %13s %13s %10s %7s\n", "", "a change", "seen in", "across", "a lost",
           "right", "flaps");
    printf("%-29s %9s %9s %13s %13s %10s %7s\n", "", "is seen", "99 % of", "the WAN,", "region's",
           "after a", "in that");
    printf("%-29s %9s %9s %13s %13s %10s %7s\n", "", "across in", "cases", "both ways", "dead stay",
           "60 s cut", "cut");
    for (int way = 0; way < N_WAYS; way++) {
        print_way(advice, (WayKind)way);
    }
}

/* --- the recommendation -------------------------------------------------------------------------
 */

/* A stretched cluster asks for nothing that is not there, so it has to be clearly worse to lose:
 * its bytes count when they are many, and more than twice as many. */
static WayKind choose_way(const Advice *advice)
{
    const double many = 2e6;
    double stretched = bytes_of(advice, WAY_STRETCHED), dual = bytes_of(advice, WAY_DUAL_2);
    return stretched > many && stretched > 2 * dual ? WAY_DUAL_2 : WAY_STRETCHED;
}

static void print_why_stretched(const Advice *advice)
{
    g_autofree char *bytes = format_bytes((uint64_t)bytes_of(advice, WAY_STRETCHED));
    g_autofree char *dead = duration_cell(advice, STUDY_LOST, WAY_STRETCHED, "last zombie after");
    bool quiet = value_of(advice, STUDY_CUT, WAY_STRETCHED, "flaps") <= 0 &&
                 value_of(advice, STUDY_CUT, WAY_STRETCHED, "calls that succeed") >= 1;
    printf("  - nothing else has to run%s\n",
           quiet ? "; during the cut no entry moved and every call went through" : "");
    printf("  - it costs %s across the WAN in a second, most of it VERIFY: clients x far servers / "
           "5 s\n",
           bytes);
    printf(
        "  - the dead of a lost region stay for %s: the lease (nacos.naming.client.expired.time).\n"
        "    Shorten it to the longest cut that you want to ride out and 15 s, not below\n",
        dead);
    printf("  - if you write persistent instances or metadata, put a server into a third region:\n"
           "    of an even split neither side has a majority\n");
}

static void print_why_dual(const Advice *advice)
{
    g_autofree char *own = format_bytes((uint64_t)bytes_of(advice, WAY_DUAL_2));
    g_autofree char *stretched = format_bytes((uint64_t)bytes_of(advice, WAY_STRETCHED));
    g_autofree char *dead = duration_cell(advice, STUDY_LOST, WAY_DUAL_2, "last zombie after");
    printf("  - %s across the WAN in a second, where a stretched cluster sends %s\n", own,
           stretched);
    printf("  - the dead of a lost region are gone in %s\n", dead);
    printf(
        "  - price: an agent in every JVM (SDKs up to 2.1), and far entries that go and come with\n"
        "    every cut longer than half a minute\n");
}

static void print_against(const Advice *advice)
{
    g_autofree char *slow =
        duration_cell(advice, STUDY_STEADY, WAY_BRIDGED_SOURCE, "seen across p99");
    puts("Against the others:");
    if (is_for_ever(advice, WAY_BRIDGED_DESTINATION)) {
        puts("  - a bridge with workers at the destination keeps a lost region's dead alive for "
             "ever");
    }
    printf("  - a bridge registers one instance after the other: 99 %% of changes take up to %s;\n"
           "    each worker polls every service's whole list\n",
           slow);
    if (is_never_back(advice, WAY_DUAL_1)) {
        puts("  - a 1.x application under the agent that the far cluster has dropped once (a cut "
             "of\n"
             "    more than 30 s) is back there only after its restart");
    }
    if (choose_way(advice) == WAY_STRETCHED) {
        puts("  - registering twice needs an agent in every JVM, and its far entries come and go "
             "with\n"
             "    cuts; take it if the dead of a lost region must be gone in half a minute");
    }
}

static void print_warnings(const Own *own)
{
    if (own->clients > SNAPSHOT_MOST) {
        puts("Beware: beyond some 13,800 one-instance clients a start-up snapshot exceeds 10 MiB\n"
             "(nacos.remote.client.grpc.maxinbound.message.size), and a restarted server never "
             "finishes\n"
             "loading");
    }
}

static void print_recommendation(const Advice *advice)
{
    WayKind way = choose_way(advice);
    printf("\nRecommended: %s\n", ways[way].title);
    if (way == WAY_STRETCHED) {
        print_why_stretched(advice);
    } else {
        print_why_dual(advice);
    }
    print_against(advice);
    persistent_print(advice->own.rtt, 2 * advice->own.servers);
    print_warnings(&advice->own);
    puts("results/sites/ANSWER.md has the whole study, with settings for three classes of WAN.");
}

/* --- the command --------------------------------------------------------------------------------
 */

static ExitStatus load_scenarios(Advice *advice)
{
    ExitStatus status = STATUS_HELD;
    for (int i = 0; i < N_STUDIES; i++) {
        g_autofree char *path = sim_installed_path(studies[i]);
        if (path == NULL) {
            complain("distrosim's own scenario '%s' is missing", studies[i]);
            return STATUS_NO_FILE;
        }
        advice->scenarios[i] = scenario_open(path, &status);
        if (advice->scenarios[i] == NULL) {
            return status;
        }
    }
    return STATUS_HELD;
}

static bool own_fits(const Advice *advice, GError **error)
{
    g_auto(Request) request = request_of(&advice->own, STUDY_STEADY, WAY_STRETCHED);
    return request_fits(&request, advice->scenarios[STUDY_STEADY], error);
}

static ExitStatus run_and_tell(Advice *advice, unsigned jobs, bool quiet)
{
    const size_t pieces = (size_t)N_STUDIES * N_WAYS * SEEDS;
    g_ptr_array_set_size(advice->results, (gint)pieces);
    advice->progress = progress_new("runs", pieces, quiet);
    const Pool pool = { .count = pieces,
                        .jobs = jobs,
                        .data = advice,
                        .work = run_piece,
                        .done = tell_piece,
                        .tick = show_progress };
    size_t finished = pool_run(&pool);
    progress_free(advice->progress);
    if (advice->wrong != NULL) {
        complain("%s", advice->wrong);
        return STATUS_WRONG_SCENARIO;
    }
    if (finished < pieces) {
        return STATUS_INTERRUPTED;
    }
    print_table(advice);
    print_recommendation(advice);
    return STATUS_HELD;
}

static void clear_advice(Advice *advice)
{
    for (int i = 0; i < N_STUDIES; i++) {
        sim_scenario_free(advice->scenarios[i]);
    }
    for (guint i = 0; i < advice->results->len; i++) {
        sim_result_free(advice->results->pdata[i]);
    }
    g_ptr_array_unref(advice->results);
    g_free(advice->own.sites[0]);
    g_free(advice->own.sites[1]);
    g_free(advice->own.measured_rtt);
    g_free(advice->wrong);
}

static ExitStatus advise_command(const Arguments *arguments)
{
    g_autoptr(GError) error = NULL;
    unsigned jobs = g_get_num_processors();
    Advice advice = { .results = g_ptr_array_new() };
    ExitStatus status = STATUS_USAGE;
    if (read_own(&advice.own, arguments, &error) &&
        (arguments->jobs == NULL ||
         arguments_number("jobs", arguments->jobs, 1, 1024, &jobs, &error))) {
        status = load_scenarios(&advice);
        if (status == STATUS_HELD && !own_fits(&advice, &error)) {
            status = STATUS_USAGE;
        }
        if (status == STATUS_HELD) {
            status = run_and_tell(&advice, jobs, arguments->quiet);
        }
    }
    if (error != NULL) {
        complain("%s", error->message);
    }
    clear_advice(&advice);
    return status;
}

const Command command_advise = {
    .name = "advise",
    .operands = "",
    .about = "say how to join two regions, for your figures",
    .more =
        "Runs the study of scenarios/sites/study for two regions as far apart and as large as "
        "yours,\n"
        "joined by one stretched cluster, by nacos-sync or by registering twice, in quiet times,\n"
        "after the loss of a region and through a cut of a minute; prints what each costs, and "
        "which\n"
        "to take and why. About a minute.\n\n"
        "  distrosim advise --rtt 75ms --clients 5000 --churn 5/s\n"
        "  distrosim advise --sites 'East Asia,West Europe' --clients 800\n",
    .options =
        (const OptionId[]) { OPTION_JOBS, OPTION_SITES, OPTION_RTT, OPTION_LOSS, OPTION_CLIENTS,
                             OPTION_CHURN, OPTION_SERVERS, OPTION_QUIET, OPTIONS_END },
    .high = 0,
    .run = advise_command,
};
