/* tools/distrosim/command/branch.c -- distrosim branch: the same run up to an instant, drawn anew
 * after it.
 *
 *      results/branch/<scenario>/<seed>-at-9.072s/branch.csv
 *                                                 7.choices     of the future with seed 7 */
#include <stdio.h>

#include "sim/base/quantity.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/cli/interrupt.h"
#include "tools/distrosim/cli/scenarios.h"
#include "tools/distrosim/cli/seeds.h"
#include "tools/distrosim/cli/terminal.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/explore/futures.h"
#include "tools/distrosim/output/csv.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/outcome.h"
#include "tools/distrosim/run/rerun.h"

enum {
    JOBS_MAX = 1024
};

typedef struct Branch {
    const Arguments *arguments;
    Request *request;
    Runner base;
    int64_t at_us;
    GArray *seeds; /* uint64_t */
    unsigned jobs;
    char *folder;
    Progress *progress;
} Branch;

static ExitStatus wrong_usage(const GError *error)
{
    complain("%s", error->message);
    return scenario_error_status(error);
}

static char *instant_text(int64_t at_us)
{
    char text[SIM_QUANTITY_TEXT_SIZE];
    sim_quantity_text(sim_quantity_of(SIM_QUANTITY_DURATION, (double)at_us), text);
    return g_strdup(text);
}

/* --- the command line ------------------------------------------------------------------------ */

static bool has_all(const Arguments *arguments)
{
    if (arguments->seed != NULL && arguments->at != NULL && arguments->seeds != NULL) {
        return true;
    }
    complain("branch needs --seed N (which run), --at T (up to when it stays) and --seeds A..B "
             "(of the chance after that)");
    return false;
}

static bool read_numbers(Branch *branch, GError **error)
{
    const Arguments *arguments = branch->arguments;
    branch->jobs = g_get_num_processors();
    branch->seeds = seeds_parse(arguments->seeds, error);
    return branch->seeds != NULL && seeds_parse_one(arguments->seed, &branch->base.seed, error) &&
           (arguments->jobs == NULL ||
            arguments_number("jobs", arguments->jobs, 1, JOBS_MAX, &branch->jobs, error)) &&
           request_read(branch->request, arguments, error);
}

static ExitStatus read_arguments(Branch *branch, SimScenario **scenario)
{
    const Arguments *arguments = branch->arguments;
    g_autoptr(GError) error = NULL;
    if (!has_all(arguments) || !rerun_read_instant("at", arguments->at, false, &branch->at_us)) {
        return STATUS_USAGE;
    }
    if (!read_numbers(branch, &error)) {
        return wrong_usage(error);
    }
    ExitStatus status = STATUS_HELD;
    *scenario = scenario_open(g_ptr_array_index(arguments->operands, 0), &status);
    if (*scenario == NULL) {
        return status;
    }
    if (!request_fits(branch->request, *scenario, &error)) {
        return wrong_usage(error);
    }
    branch->base.scenario = *scenario;
    branch->base.request = branch->request;
    return STATUS_HELD;
}

/* --- what comes out -------------------------------------------------------------------------- */

static void tell_future(void *data, const Future *future)
{
    const Branch *branch = data;
    FILE *out = outcome_stream(branch->arguments);
    if (future->verdict == SIM_VERDICT_HELD || future->verdict == SIM_VERDICT_ERROR) {
        return;
    }
    progress_hide(branch->progress);
    fprintf(out, "%sFAIL%s  branch %" G_GUINT64_FORMAT " of %s\n", terminal_red(out),
            terminal_plain(out), future->seed, future->line);
}

static void tick(void *data, size_t finished)
{
    progress_update(((const Branch *)data)->progress, finished);
}

static char *choices_name(const Future *future)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT ".choices", future->seed);
}

static GString *table_text(const GArray *futures)
{
    GString *table = g_string_new("seed,verdict,check,reason,fingerprint,choices\n");
    for (guint i = 0; i < futures->len; i++) {
        const Future *future = &g_array_index(futures, Future, i);
        g_autofree char *name = choices_name(future);
        g_string_append_printf(table, "%" G_GUINT64_FORMAT ",%s,", future->seed,
                               sim_verdict_name(future->verdict));
        csv_append(table, future->check);
        g_string_append_c(table, ',');
        csv_append(table, future->reason);
        g_string_append_printf(table, ",%016" G_GINT64_MODIFIER "x,%s\n", future->fingerprint,
                               name);
    }
    return table;
}

static bool write_files(const Branch *branch, const GArray *futures, GError **error)
{
    if (!files_make_folder(branch->folder, error)) {
        return false;
    }
    for (guint i = 0; i < futures->len; i++) {
        const Future *future = &g_array_index(futures, Future, i);
        g_autofree char *name = choices_name(future);
        if (!files_write_in(branch->folder, name, future->choices, error)) {
            return false;
        }
    }
    g_autoptr(GString) table = table_text(futures);
    return files_write_in(branch->folder, "branch.csv", table->str, error);
}

static void print_end(const Branch *branch, const GArray *futures, size_t held, const Future *red)
{
    FILE *out = outcome_stream(branch->arguments);
    const bool good = held == futures->len;
    if (good && !outcome_talks(branch->arguments)) {
        return;
    }
    g_autofree char *at = format_instant(branch->at_us);
    g_autofree char *runs = format_plural(futures->len, "future");
    fprintf(out, "%s%s%s  %zu of %s from %s held\n", good ? terminal_green(out) : terminal_red(out),
            good ? "ok  " : "FAIL", terminal_plain(out), held, runs, at);
    fprintf(out, "files %s/\n", branch->folder);
    if (red != NULL) {
        g_autofree char *name = choices_name(red);
        g_autofree char *path = g_build_filename(branch->folder, name, NULL);
        g_autofree char *word = format_shell_word(path);
        g_autofree char *scenario = format_shell_word(sim_scenario_path(branch->base.scenario));
        fprintf(out, "again distrosim replay %s --choices %s\n", scenario, word);
    }
}

static ExitStatus finish(const Branch *branch, const GArray *futures)
{
    g_autoptr(GError) error = NULL;
    ExitStatus status = STATUS_HELD;
    const Future *red = NULL;
    size_t held = 0;
    for (guint i = 0; i < futures->len; i++) {
        const Future *future = &g_array_index(futures, Future, i);
        if (future->usage || future->verdict == SIM_VERDICT_ERROR) {
            complain("%s", future->reason);
            return future->usage ? STATUS_USAGE : STATUS_WRONG_SCENARIO;
        }
        held += future->verdict == SIM_VERDICT_HELD;
        red = red == NULL && future->verdict != SIM_VERDICT_HELD ? future : red;
        status = status_worse(status, (ExitStatus)sim_verdict_exit_status(future->verdict));
    }
    if (!write_files(branch, futures, &error)) {
        complain("%s", error->message);
        return STATUS_CANNOT_WRITE;
    }
    print_end(branch, futures, held, red);
    if (interrupt_seen()) {
        complain("interrupted; the files have the futures made so far");
        return STATUS_INTERRUPTED;
    }
    return status;
}

/* --- the command ----------------------------------------------------------------------------- */

static ExitStatus make_futures(Branch *branch)
{
    const char *name = sim_scenario_name(branch->base.scenario);
    const char *out = branch->arguments->out != NULL ? branch->arguments->out : "results";
    g_autofree char *safe = files_safe_name(name);
    g_autofree char *at = instant_text(branch->at_us);
    g_autofree char *leaf = g_strdup_printf("%" G_GUINT64_FORMAT "-at-%s", branch->base.seed, at);
    branch->folder = g_build_filename(out, "branch", safe, leaf, NULL);
    g_autoptr(Progress) progress =
        progress_new("futures", branch->seeds->len, !outcome_talks(branch->arguments));
    branch->progress = progress;
    const Futures what = {
        .base = &branch->base,
        .at_us = branch->at_us,
        .seeds = (const uint64_t *)(void *)branch->seeds->data,
        .count = branch->seeds->len,
        .jobs = branch->jobs,
        .told = tell_future,
        .tick = tick,
        .data = branch,
    };
    g_autoptr(GArray) futures = futures_make(&what);
    progress_hide(progress);
    return finish(branch, futures);
}

static ExitStatus branch_command(const Arguments *arguments)
{
    g_auto(Request) request = { 0 };
    request_init(&request);
    Branch branch = { .arguments = arguments, .request = &request };
    g_autoptr(SimScenario) scenario = NULL;
    ExitStatus status = read_arguments(&branch, &scenario);
    if (status == STATUS_HELD) {
        status = make_futures(&branch);
    }
    g_clear_pointer(&branch.seeds, g_array_unref);
    g_free(branch.folder);
    return status;
}

const Command command_branch = {
    .name = "branch",
    .operands = "SCENARIO",
    .about = "repeat a run up to an instant, and draw anew after it",
    .more =
        "All that --seed N gives up to the instant --at T stays as it was; chance after it is\n"
        "drawn from each of the seeds --seeds A..B. A row per future goes to\n"
        "results/branch/<scenario>/<seed>-at-<T>/branch.csv, and beside it the choices of each,\n"
        "for distrosim replay --choices. The worst verdict gives the exit status.\n",
    .options = (const OptionId[]) { OPTION_SEED, OPTION_AT, OPTION_SEEDS, OPTION_SET,
                                    OPTION_SETTING, OPTION_PROFILE, OPTION_JOBS, OPTION_NO_FLIGHTS,
                                    OPTION_OUT, OPTION_QUIET, OPTIONS_END },
    .offer = OFFER_SCENARIO,
    .low = 1,
    .high = 1,
    .run = branch_command,
};
