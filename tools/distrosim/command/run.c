/* tools/distrosim/command/run.c -- distrosim run: one seed of each scenario. */
#include <stdio.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/cli/memory.h"
#include "tools/distrosim/cli/scenarios.h"
#include "tools/distrosim/cli/seeds.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/outcome.h"
#include "tools/distrosim/report/report.h"
#include "tools/distrosim/run/runner.h"

typedef struct Run {
    const Arguments *arguments;
    Request request;
    uint64_t seed;
    uint64_t memory_limit;
    Progress *progress;
} Run;

/* --- the run ------------------------------------------------------------------------------ */

static ExitStatus complain_interrupted(const Run *run, const SimScenario *scenario)
{
    if (memory_was_exceeded()) {
        g_autofree char *limit = format_bytes(run->memory_limit);
        complain("%s, seed %" G_GUINT64_FORMAT
                 ", needs more than %s of memory; --memory-limit sets "
                 "how much it may take; nothing was written of it",
                 sim_scenario_name(scenario), run->seed, limit);
        return STATUS_INTERNAL;
    }
    complain("interrupted in %s, seed %" G_GUINT64_FORMAT "; nothing was written of it",
             sim_scenario_name(scenario), run->seed);
    return STATUS_INTERRUPTED;
}

static bool can_write(const char *folder)
{
    g_autoptr(GError) error = NULL;
    if (files_can_write(folder, &error)) {
        return true;
    }
    complain("%s", error->message);
    return false;
}

/* Only a folder of results can hold it: a scenario that was refused has none. */
static ExitStatus write_report(const Run *run, const SimResult *result, const char *folder,
                               const ReportView *view, ExitStatus status)
{
    g_autoptr(GError) error = NULL;
    if (!run->arguments->report || !g_file_test(folder, G_FILE_TEST_IS_DIR) ||
        report_write_run(folder, result, &run->request, view, &error)) {
        return status;
    }
    complain("%s", error->message);
    return status_worse(status, STATUS_CANNOT_WRITE);
}

static ExitStatus run_scenario(const Run *run, const SimScenario *scenario)
{
    g_autofree char *folder =
        files_run_folder(run->arguments->out, sim_scenario_name(scenario), run->seed);
    if (!can_write(folder)) {
        return STATUS_CANNOT_WRITE;
    }
    g_auto(ReportView) view = { 0 };
    bool report = run->arguments->report;
    Runner runner = {
        .scenario = scenario,
        .request = &run->request,
        .seed = run->seed,
        .until_us = INT64_MAX,
        .record = run->arguments->trace != NULL || report,
        .unwritten = run->arguments->trace == NULL,
        .sparse = run->arguments->trace == NULL && run->arguments->history == NULL,
        .history = run->arguments->history != NULL,
        .narrate = outcome_talks(run->arguments),
        .progress = run->progress,
        .memory_limit = run->memory_limit,
        .inspect = report ? report_look : NULL,
        .inspect_data = &view,
    };
    bool usage = false;
    SimResult *first = runner_run(&runner, &usage);
    runner.unwritten = false;
    g_autoptr(SimResult) result = first != NULL ? runner_explain(&runner, first) : NULL;
    if (result == NULL) {
        return complain_interrupted(run, scenario);
    }
    if (usage) {
        complain("%s", result->reason);
        return STATUS_USAGE;
    }
    Outcome outcome = { run->arguments, &run->request, folder };
    ExitStatus status = outcome_finish(&outcome, result);
    return write_report(run, result, folder, &view, status);
}

/* --- the command line --------------------------------------------------------------------- */

static bool is_file(const char *path)
{
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        return true;
    }
    complain("'%s' is a folder; distrosim sweep takes folders, distrosim run takes files", path);
    return false;
}

static bool is_for_one(const Arguments *arguments, const char *option, const char *file)
{
    if (file == NULL || arguments->operands->len == 1) {
        return true;
    }
    complain("--%s names one file, but there are %u scenarios", option, arguments->operands->len);
    return false;
}

static bool check_arguments(const Arguments *arguments)
{
    if (!is_for_one(arguments, "trace", arguments->trace) ||
        !is_for_one(arguments, "history", arguments->history)) {
        return false;
    }
    for (guint i = 0; i < arguments->operands->len; i++) {
        if (!is_file(g_ptr_array_index(arguments->operands, i))) {
            return false;
        }
    }
    return true;
}

static bool choose_seed(Run *run)
{
    g_autoptr(GError) error = NULL;
    if (run->arguments->seed == NULL) {
        run->seed = seeds_draw();
        return true;
    }
    if (seeds_parse_one(run->arguments->seed, &run->seed, &error)) {
        return true;
    }
    complain("--seed: %s", error->message);
    return false;
}

/* Before the run, so that it is known even if the run never comes back. */
static void tell_drawn_seed(const Run *run)
{
    if (run->arguments->seed == NULL && !run->arguments->quiet) {
        fprintf(outcome_stream(run->arguments),
                "seed  %" G_GUINT64_FORMAT ", drawn from the clock\n", run->seed);
    }
}

/* All scenarios are loaded before the first is run: a slip in the last path should not cost the
 * time of those before it. Those that are wrong are told and left out. */
static GPtrArray *load_scenarios(const Run *run, ExitStatus *status)
{
    g_autoptr(GPtrArray) scenarios =
        g_ptr_array_new_with_free_func((GDestroyNotify)sim_scenario_free);
    for (guint i = 0; i < run->arguments->operands->len; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(SimScenario) scenario =
            scenario_open(g_ptr_array_index(run->arguments->operands, i), status);
        if (scenario != NULL && !request_fits(&run->request, scenario, &error)) {
            complain("%s", error->message);
            *status = status_worse(*status, STATUS_USAGE);
        } else if (scenario != NULL) {
            g_ptr_array_add(scenarios, g_steal_pointer(&scenario));
        }
    }
    return g_steal_pointer(&scenarios);
}

static ExitStatus run_all(Run *run)
{
    ExitStatus status = STATUS_HELD;
    g_autoptr(GPtrArray) scenarios = load_scenarios(run, &status);
    if (status == STATUS_NO_FILE || status == STATUS_USAGE || scenarios->len == 0) {
        return status;
    }
    tell_drawn_seed(run);
    fflush(stdout);
    for (guint i = 0; i < scenarios->len && status != STATUS_INTERRUPTED && !memory_was_exceeded();
         i++) {
        status = status_worse(status, run_scenario(run, g_ptr_array_index(scenarios, i)));
    }
    return status;
}

static ExitStatus run_command(const Arguments *arguments)
{
    if (!check_arguments(arguments)) {
        return STATUS_USAGE;
    }
    g_auto(Request) request = { 0 };
    request_init(&request);
    g_autoptr(GError) error = NULL;
    if (!request_read(&request, arguments, &error)) {
        complain("%s", error->message);
        return STATUS_USAGE;
    }
    g_autoptr(Progress) progress = progress_new("runs", 0, arguments->quiet || arguments->json);
    Run run = { .arguments = arguments, .request = request, .progress = progress };
    if (!memory_limit_read(arguments->memory_limit, &run.memory_limit, &error)) {
        complain("%s", error->message);
        return STATUS_USAGE;
    }
    return choose_seed(&run) ? run_all(&run) : STATUS_USAGE;
}

const Command command_run = {
    .name = "run",
    .operands = "SCENARIO...",
    .about = "run scenarios with one seed and keep what happened",
    .more =
        "Results go to results/<scenario>/<seed>/: summary.json, convergence.csv, timeline.csv,\n"
        "faults.csv, and trace.ndjson if the run failed. Without --seed one is drawn from the\n"
        "clock and printed first. A run that would take more memory than it may is given up "
        "(status\n"
        "70) before the machine swaps.\n",
    .options = (const OptionId[]) { OPTION_SEED, OPTION_SET, OPTION_SETTING, OPTION_PROFILE,
                                    OPTION_TRACE, OPTION_HISTORY, OPTION_MEMORY_LIMIT,
                                    OPTION_NO_FLIGHTS, OPTION_PARANOID, OPTION_PLOT, OPTION_REPORT,
                                    OPTION_OUT, OPTION_JSON, OPTION_QUIET, OPTIONS_END },
    .offer = OFFER_SCENARIO,
    .low = 1,
    .high = G_MAXUINT,
    .run = run_command,
};
