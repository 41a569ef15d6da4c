/* tools/distrosim/command/explore.c -- distrosim explore: every order there is, and every way to
 * spend a few faults.
 *
 *      results/explore/<scenario>/explore.json
 *                                 counterexample.choices      if there is one */
#include <stdio.h>
#include <string.h>

#include "sim/base/quantity.h"
#include "sim/explore/explore.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/cli/interrupt.h"
#include "tools/distrosim/cli/scenarios.h"
#include "tools/distrosim/cli/seeds.h"
#include "tools/distrosim/cli/terminal.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/explore/search.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/json.h"
#include "tools/distrosim/output/outcome.h"
#include "tools/distrosim/run/rerun.h"

#define CHOICES_NAME "counterexample.choices"

enum {
    JOBS_MAX = 1024,
    FAULTS_MAX = 8,
    LINE_EVERY_US = 5000000,
    REDRAW_US = 200000
};

typedef struct Explore {
    const Arguments *arguments;
    Request *request;
    Runner base;
    Search search;
    char *folder;
    int64_t began_us, next_us; /* wall clock: of the progress line */
    bool shown;
} Explore;

static ExitStatus wrong_usage(const GError *error)
{
    complain("%s", error->message);
    return scenario_error_status(error);
}

/* --- the command line ------------------------------------------------------------------------ */

static bool read_kinds(Explore *explore)
{
    const char *text = explore->arguments->kinds;
    g_autofree char *wrong = NULL;
    explore->base.kinds = SIM_FAULT_LOSE | SIM_FAULT_HOLD | SIM_FAULT_CUT | SIM_FAULT_CRASH;
    if (text == NULL || sim_fault_kinds_parse(text, &explore->base.kinds, &wrong)) {
        return true;
    }
    complain("--kinds: '%s' is no kind of fault; there are lose, hold, cut, crash, message", wrong);
    return false;
}

static bool read_times(Explore *explore)
{
    const Arguments *arguments = explore->arguments;
    explore->base.until_us = INT64_MAX;
    explore->search.within_us = INT64_MAX;
    return rerun_read_instant("horizon", arguments->horizon, false, &explore->base.until_us) &&
           rerun_read_instant("for", arguments->for_, false, &explore->search.within_us);
}

static bool read_numbers(Explore *explore, GError **error)
{
    const Arguments *arguments = explore->arguments;
    Search *search = &explore->search;
    search->jobs = g_get_num_processors();
    search->faults = 1;
    explore->base.seed = 1;
    return (arguments->seed == NULL ||
            seeds_parse_one(arguments->seed, &explore->base.seed, error)) &&
           (arguments->faults == NULL ||
            arguments_number("faults", arguments->faults, 0, FAULTS_MAX, &search->faults, error)) &&
           (arguments->jobs == NULL ||
            arguments_number("jobs", arguments->jobs, 1, JOBS_MAX, &search->jobs, error)) &&
           request_read(explore->request, arguments, error);
}

static ExitStatus read_arguments(Explore *explore, SimScenario **scenario)
{
    g_autoptr(GError) error = NULL;
    if (!read_kinds(explore) || !read_times(explore)) {
        return STATUS_USAGE;
    }
    if (!read_numbers(explore, &error)) {
        return wrong_usage(error);
    }
    ExitStatus status = STATUS_HELD;
    *scenario = scenario_open(g_ptr_array_index(explore->arguments->operands, 0), &status);
    if (*scenario == NULL) {
        return status;
    }
    if (!request_fits(explore->request, *scenario, &error)) {
        return wrong_usage(error);
    }
    explore->base.scenario = *scenario;
    explore->base.request = explore->request;
    explore->base.explores = true;
    return STATUS_HELD;
}

/* --- progress -------------------------------------------------------------------------------- */

static void hide_progress(Explore *explore)
{
    if (explore->shown) {
        fputs("\r\033[K", stderr);
    }
    explore->shown = false;
}

static void on_tick(void *data, const Search *search)
{
    Explore *explore = data;
    const int64_t now_us = g_get_monotonic_time();
    if (!outcome_talks(explore->arguments) || now_us < explore->next_us) {
        return;
    }
    const bool terminal = terminal_is(stderr);
    const double gone_s = (double)(now_us - explore->began_us) / 1e6;
    explore->next_us = now_us + (terminal ? REDRAW_US : LINE_EVERY_US);
    fprintf(stderr,
            "%s%u faults: %" G_GUINT64_FORMAT " states, %" G_GUINT64_FORMAT
            " runs, depth %" G_GUINT64_FORMAT ", %.0f runs/s, %" G_GUINT64_FORMAT " orders wait%s",
            terminal ? "\r" : "distrosim: ", search->level, search->states, search->runs,
            search->depth, (double)search->runs / MAX(gone_s, 0.001), search->waiting,
            terminal ? "\033[K" : "\n");
    explore->shown = terminal;
}

/* --- what came out --------------------------------------------------------------------------- */

static SimVerdict verdict_of(const Explore *explore)
{
    const Search *search = &explore->search;
    if (search->failure != NULL) {
        return search->failure_verdict;
    }
    return search->complete && search->vacuous ? SIM_VERDICT_VACUOUS : SIM_VERDICT_HELD;
}

static json_t *counterexample_object(const Explore *explore)
{
    const Search *search = &explore->search;
    if (search->failure == NULL) {
        return json_null();
    }
    json_t *object = json_object();
    json_set(object, "faults", json_count(search->failure_faults));
    json_set(object, "choices", json_text(CHOICES_NAME));
    json_set(object, "scenario", json_text(sim_scenario_path(explore->base.scenario)));
    json_set(object, "t_us", json_time(search->failure_us));
    json_set(object, "check", json_text(search->failure_check));
    return object;
}

static char *json_of(const Explore *explore)
{
    const Search *search = &explore->search;
    g_autofree char *kinds = sim_fault_kinds_text(explore->base.kinds);
    g_autoptr(json_t) object = json_object();
    json_set(object, "schema", json_count(1));
    json_set(object, "scenario", json_text(sim_scenario_name(explore->base.scenario)));
    json_set(object, "seed", json_seed(explore->base.seed));
    json_set(object, "kinds", json_text(kinds));
    json_set(object, "faults", json_count(search->faults));
    json_set(object, "horizon_us",
             explore->base.until_us == INT64_MAX ? json_null() : json_time(explore->base.until_us));
    json_set(object, "complete", json_boolean(search->complete));
    json_set(object, "states", json_count(search->states));
    json_set(object, "runs", json_count(search->runs));
    json_set(object, "depth", json_count(search->depth));
    json_set(object, "transitions", json_count(search->transitions));
    json_set(object, "verdict", json_text(sim_verdict_name(verdict_of(explore))));
    json_set(object, "counterexample", counterexample_object(explore));
    json_set(object, "excused", json_count(search->excused));
    json_set(object, "waiting", json_count(search->waiting));
    return json_to_text(object);
}

static ExitStatus write_files(const Explore *explore, const char *choices)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *json = json_of(explore);
    if (files_make_folder(explore->folder, &error) &&
        (choices == NULL || files_write_in(explore->folder, CHOICES_NAME, choices, &error)) &&
        files_write_in(explore->folder, "explore.json", json, &error)) {
        return STATUS_HELD;
    }
    complain("%s", error->message);
    return STATUS_CANNOT_WRITE;
}

static void print_choices(FILE *out, const char *choices)
{
    const char *list = strstr(choices, "\n\n");
    g_auto(GStrv) lines = g_strsplit(list != NULL ? list + 2 : "", "\n", -1);
    for (char **line = lines; *line != NULL && **line != '\0'; line++) {
        fprintf(out, "%-5s %s\n", line == lines ? "by" : "", *line);
    }
}

static void print_failure(const Explore *explore, FILE *out, const char *choices,
                          const SimResult *told)
{
    const Search *search = &explore->search;
    g_autofree char *at = format_instant(search->failure_us);
    g_autofree char *faults = format_plural(search->failure_faults, "fault");
    const char *message = "";
    for (guint i = 0; i < told->violations->len; i++) {
        const SimViolation *violation = &g_array_index(told->violations, SimViolation, i);
        message = violation->at_us == search->failure_us && *message == '\0' ? violation->message
                                                                             : message;
    }
    fprintf(out, "%sFAIL%s  %s  with %s, %s at %s\n      %s\n", terminal_red(out),
            terminal_plain(out), told->scenario, faults, sim_verdict_name(search->failure_verdict),
            at, message);
    print_choices(out, choices);
    for (guint i = 0; i < told->why->len; i++) {
        fprintf(out, "%-5s %s\n", i == 0 ? "why" : "", (const char *)told->why->pdata[i]);
    }
}

static void print_again(const Explore *explore, FILE *out)
{
    g_autofree char *path = g_build_filename(explore->folder, CHOICES_NAME, NULL);
    g_autofree char *word = format_shell_word(path);
    g_autofree char *scenario = format_shell_word(sim_scenario_path(explore->base.scenario));
    fprintf(out, "again distrosim replay %s --choices %s\n", scenario, word);
}

static void print_end(const Explore *explore, FILE *out)
{
    const Search *search = &explore->search;
    g_autofree char *states = format_count(search->states);
    g_autofree char *runs = format_count(search->runs);
    g_autofree char *kinds = sim_fault_kinds_text(explore->base.kinds);
    fprintf(out, "files %s/\n", explore->folder);
    fprintf(out, "%s: up to %u faults of %s; %s states, %s runs, depth %" G_GUINT64_FORMAT,
            search->complete ? "COMPLETE" : "NOT COMPLETE", search->faults,
            *kinds != '\0' ? kinds : "no kind", states, runs, search->depth);
    if (!search->complete && search->failure == NULL) {
        g_autofree char *waiting = format_count(search->waiting);
        fprintf(out, ", %s orders not tried", waiting);
    }
    fputs("\n", out);
}

static ExitStatus status_of(const Explore *explore)
{
    const Search *search = &explore->search;
    if (search->interrupted || interrupt_seen()) {
        complain("interrupted; explore.json has what was found so far");
        return STATUS_INTERRUPTED;
    }
    if (search->failure == NULL && !search->complete && explore->arguments->require_complete) {
        return STATUS_VACUOUS;
    }
    return (ExitStatus)sim_verdict_exit_status(verdict_of(explore));
}

static ExitStatus finish(const Explore *explore)
{
    const Search *search = &explore->search;
    FILE *out = outcome_stream(explore->arguments);
    g_autofree char *choices = NULL;
    g_autoptr(SimResult) told = NULL;
    if (search->undigested != NULL) {
        complain("%s: explore cannot tell states apart that have %s",
                 sim_scenario_path(explore->base.scenario), search->undigested);
        return STATUS_WRONG_SCENARIO;
    }
    if (search->failure != NULL && search->failure->verdict == SIM_VERDICT_ERROR) {
        complain("%s", search->failure->reason);
        return search->usage ? STATUS_USAGE : STATUS_WRONG_SCENARIO;
    }
    if (search->failure != NULL) {
        choices = search_choices(search, true, &told);
    }
    ExitStatus status = write_files(explore, told != NULL ? choices : NULL);
    if (status != STATUS_HELD) {
        return status;
    }
    if (told != NULL) {
        print_failure(explore, out, choices, told);
        print_again(explore, out);
    }
    if (outcome_talks(explore->arguments) || told != NULL) {
        print_end(explore, out);
    }
    return status_of(explore);
}

/* --- the command ----------------------------------------------------------------------------- */

static ExitStatus run_search(Explore *explore)
{
    const char *out = explore->arguments->out;
    g_autofree char *safe = files_safe_name(sim_scenario_name(explore->base.scenario));
    explore->folder =
        out != NULL ? g_strdup(out) : g_build_filename("results", "explore", safe, NULL);
    explore->search.base = &explore->base;
    explore->search.tick = on_tick;
    explore->search.tick_data = explore;
    explore->began_us = g_get_monotonic_time();
    explore->next_us = explore->began_us + (terminal_is(stderr) ? REDRAW_US : LINE_EVERY_US);
    search_run(&explore->search);
    hide_progress(explore);
    return finish(explore);
}

static ExitStatus explore_command(const Arguments *arguments)
{
    g_auto(Request) request = { 0 };
    request_init(&request);
    Explore explore = { .arguments = arguments, .request = &request };
    g_autoptr(SimScenario) scenario = NULL;
    ExitStatus status = read_arguments(&explore, &scenario);
    if (status == STATUS_HELD) {
        status = run_search(&explore);
    }
    search_clear(&explore.search);
    g_free(explore.folder);
    return status;
}

const Command command_explore = {
    .name = "explore",
    .operands = "SCENARIO",
    .about = "try every order there is, and every way to spend a few faults",
    .more =
        "Every interleaving of connections is tried, with up to --faults faults of the --kinds\n"
        "lose, hold, cut, crash (all, unless given) and message, and every end of these. Fewer\n"
        "faults come first, so a counterexample has the fewest; its choices can be replayed. What\n"
        "goes wrong during a fault, or less than 15 s after it, is put down to it. The last line\n"
        "says COMPLETE if nothing is left to try within these bounds.\n",
    .options =
        (const OptionId[]) { OPTION_SEED, OPTION_FAULTS, OPTION_KINDS, OPTION_HORIZON, OPTION_FOR,
                             OPTION_JOBS, OPTION_REQUIRE_COMPLETE, OPTION_SET, OPTION_SETTING,
                             OPTION_PROFILE, OPTION_OUT, OPTION_QUIET, OPTIONS_END },
    .offer = OFFER_SCENARIO,
    .low = 1,
    .high = 1,
    .run = explore_command,
};
