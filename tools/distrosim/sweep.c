/* tools/distrosim/sweep.c -- distrosim sweep: many seeds, on all processors.
 *
 * Threads fill rows and share nothing else that changes; what is printed follows the order of the
 * rows, so the output is the same for any number of threads. Rows are written when all are made. */
#include "tools/distrosim/sweep.h"

#include <stdio.h>
#include <string.h>

#include "tools/distrosim/command.h"
#include "tools/distrosim/complain.h"
#include "tools/distrosim/format.h"
#include "tools/distrosim/interrupt.h"
#include "tools/distrosim/outcome.h"
#include "tools/distrosim/pool.h"
#include "tools/distrosim/results.h"
#include "tools/distrosim/runner.h"
#include "tools/distrosim/terminal.h"

typedef struct Sweeping {
    Sweep *sweep;
    Progress *progress;
    const Row *told; /* the last scenario error printed */
    bool refused;    /* the simulator would not take the settings */
} Sweeping;

static const SimScenario *scenario_of(const Sweep *sweep, size_t index)
{
    size_t per_scenario = (size_t)sweep->variations->len * sweep->seeds->len;
    return g_ptr_array_index(sweep->scenarios, (guint)(index / per_scenario));
}

static void work(void *data, size_t index)
{
    Sweep *sweep = ((Sweeping *)data)->sweep;
    Row *row = &sweep->rows[index];
    Runner runner = {
        .scenario = scenario_of(sweep, index),
        .request = &row->variation->request,
        .seed = row->seed,
        .until_us = INT64_MAX,
    };
    bool usage = false;
    g_autoptr(SimResult) result = runner_run(&runner, &usage);
    if (result == NULL)
        return;
    row_fill(row, result);
    row->usage = usage;
}

/* A scenario that is wrong is so for every seed: said once. */
static bool is_told(const Sweeping *sweeping, const Row *row)
{
    return row->verdict == SIM_VERDICT_ERROR && sweeping->told != NULL &&
           sweeping->told->path == row->path && strcmp(sweeping->told->line, row->line) == 0;
}

static void print_red_row(Sweeping *sweeping, const Row *row)
{
    if (is_told(sweeping, row))
        return;
    progress_hide(sweeping->progress);
    const char *label = row->variation->label;
    if (row->verdict == SIM_VERDICT_ERROR) {
        sweeping->told = row;
        complain("%s", row->line);
        return;
    }
    FILE *out = outcome_stream(sweeping->sweep->arguments);
    fprintf(out, "%sFAIL%s  %s%s%s%s\n", terminal_red(out), terminal_plain(out), row->line,
            *label != '\0' ? "  [" : "", label, *label != '\0' ? "]" : "");
    fflush(out);
}

static bool done(void *data, size_t index)
{
    Sweeping *sweeping = data;
    const Row *row = &sweeping->sweep->rows[index];
    if (!row->made)
        return false;
    if (row->usage) {
        complain("%s", row->reason);
        sweeping->refused = true;
        return false;
    }
    if (row->verdict == SIM_VERDICT_HELD)
        return true;
    print_red_row(sweeping, row);
    return !sweeping->sweep->arguments->fail_fast;
}

static void tick(void *data, size_t finished)
{
    Sweeping *sweeping = data;
    progress_update(sweeping->progress, finished);
}

/* Speed is of the machine, not of the sweep: it stays off standard output, which is the same
 * wherever and however often the sweep is made. */
static void tell_speed(const Sweep *sweep, size_t finished, double wall_s)
{
    if (!outcome_talks(sweep->arguments))
        return;
    g_autofree char *rate = format_rate((double)finished / MAX(wall_s, 1e-6));
    g_autofree char *took = format_duration((int64_t)(wall_s * 1e6));
    g_autofree char *threads = format_plural(sweep->jobs, "thread");
    fprintf(stderr, "took  %s with %s, %s runs/s\n", took, threads, rate);
}

static ExitStatus interrupted(size_t finished, const Sweep *sweep)
{
    complain("interrupted after %zu of %zu runs; nothing was written", finished, sweep->count);
    return STATUS_INTERRUPTED;
}

static ExitStatus run_rows(Sweep *sweep)
{
    g_autoptr(Progress) progress =
        progress_new("runs", sweep->count, sweep->arguments->quiet || sweep->arguments->json);
    Sweeping sweeping = { .sweep = sweep, .progress = progress };
    Pool pool = { sweep->count, sweep->jobs, &sweeping, work, done, tick };
    int64_t start_us = g_get_monotonic_time();
    size_t finished = pool_run(&pool);
    double wall_s = (double)(g_get_monotonic_time() - start_us) / 1e6;
    progress_hide(progress);
    if (interrupt_seen())
        return interrupted(finished, sweep);
    if (sweeping.refused)
        return STATUS_USAGE;
    tell_speed(sweep, finished, wall_s);
    return sweep_finish(sweep, finished, wall_s);
}

static ExitStatus start(Sweep *sweep)
{
    g_autoptr(GError) error = NULL;
    const char *out = sweep->arguments->out != NULL ? sweep->arguments->out : "results";
    g_autofree char *folder = g_build_filename(out, sweep->name, NULL);
    if (!results_can_write(folder, &error)) {
        complain("%s", error->message);
        return STATUS_CANNOT_WRITE;
    }
    if (outcome_talks(sweep->arguments)) {
        g_autofree char *description = sweep_describe(sweep);
        printf("sweep %s\n", description);
        fflush(stdout);
    }
    return run_rows(sweep);
}

static ExitStatus sweep_command(const Arguments *arguments)
{
    Sweep sweep = { 0 };
    ExitStatus status = sweep_plan(&sweep, arguments);
    if (status == STATUS_HELD)
        status = start(&sweep);
    sweep_clear(&sweep);
    return status;
}

const Command command_sweep = {
    .name = "sweep",
    .operands = "SCENARIO...",
    .about = "run scenarios with many seeds, on all processors",
    .more =
        "Folders are searched for scenarios. Each --vary multiplies the runs. The worst verdict\n"
        "gives the exit status. A row per run goes to results/sweep/<name>/sweep.csv, quantiles\n"
        "over the seeds to groups.csv beside it; the output is the same for any --jobs.\n",
    .options = OPTION_SEEDS | OPTION_JOBS | OPTION_SET | OPTION_VARY | OPTION_PROFILE |
               OPTION_FAIL_FAST | OPTION_PLOT | OPTION_OUT | OPTION_JSON | OPTION_QUIET,
    .low = 1,
    .high = G_MAXUINT,
    .run = sweep_command,
};
