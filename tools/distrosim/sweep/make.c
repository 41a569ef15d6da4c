/* tools/distrosim/sweep/make.c -- makes the runs of a sweep, on all processors.
 *
 * Threads fill rows and share nothing else that changes but the journal; what is printed follows
 * the order of the runs, so the output is the same for any number of threads. Tables are written
 * when all rows are made; until then the journal has them, and --resume takes them from there. */
#include "tools/distrosim/sweep/sweep.h"

#include <stdio.h>
#include <string.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/cli/interrupt.h"
#include "tools/distrosim/cli/terminal.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/outcome.h"
#include "tools/distrosim/run/runner.h"
#include "tools/distrosim/sweep/identity.h"
#include "tools/distrosim/sweep/journal.h"
#include "tools/distrosim/sweep/perturb.h"
#include "tools/distrosim/sweep/pool.h"
#include "tools/distrosim/sweep/selfcheck.h"

typedef struct Sweeping {
    Sweep *sweep;
    Journal *journal;
    Progress *progress;
    size_t resumed;  /* rows that the journal had */
    const Row *told; /* the last scenario error printed */
    bool refused;    /* the simulator would not take the settings */
    GError *broken;  /* the journal cannot be written */
} Sweeping;

/* --- on the threads ------------------------------------------------------------------------- */

static Row *row_of_piece(const Sweep *sweep, size_t piece)
{
    return &sweep->rows[sweep->order != NULL ? sweep->order[piece] : piece];
}

static SimResult *run_again(void *data, bool record)
{
    Runner runner = *(const Runner *)data;
    runner.record = record;
    return runner_run(&runner, NULL);
}

/* False if Ctrl-C stopped it. */
static bool check_twice(const Sweep *sweep, Row *row, Runner *runner, SimResult *result)
{
    row->checked = sweep->asked->self_check || selfcheck_picks(row->scenario, row->seed);
    return !row->checked || selfcheck_run(result, run_again, runner);
}

/* A larger run would need gigabytes to be recorded, one on each thread: its causes are left to
 * `distrosim run`. */
#define EXPLAINED_EVENTS 3000000

/* A budget is spent by all that happened, and what was never seen has no record to begin at. */
static bool has_cause(const SimResult *result)
{
    const char *check = row_check(result);
    return runner_is_red(result) && result->events <= EXPLAINED_EVENTS &&
           !g_str_equal(check, "budget") && !g_str_equal(check, "must_see");
}

/* Red runs are made again with a trace, for their causes. NULL if Ctrl-C stopped it. */
static SimResult *explain_red(const Runner *runner, SimResult *result)
{
    Runner unwritten = *runner;
    unwritten.unwritten = true;
    return has_cause(result) ? runner_explain(&unwritten, result) : result;
}

static void run_piece(void *data, size_t piece)
{
    Sweeping *sweeping = data;
    Row *row = row_of_piece(sweeping->sweep, piece);
    if (row->made) {
        return; /* before the sweep was resumed */
    }
    Runner runner = {
        .scenario = row->to_run,
        .request = &row->variation->request,
        .seed = row->seed,
        .until_us = INT64_MAX,
    };
    bool usage = false;
    g_autoptr(SimResult) result = runner_run(&runner, &usage);
    if (result == NULL || (!usage && !check_twice(sweeping->sweep, row, &runner, result))) {
        return;
    }
    if (!usage) {
        SimResult *explained = explain_red(&runner, g_steal_pointer(&result));
        if (explained == NULL) {
            return;
        }
        result = explained;
    }
    row_fill(row, result);
    row->usage = usage;
    if (!usage) {
        journal_add(sweeping->journal, row);
    }
}

/* --- in order ------------------------------------------------------------------------------- */

/* A scenario that is wrong is so for every seed: said once. */
static bool is_told(const Sweeping *sweeping, const Row *row)
{
    return row->verdict == SIM_VERDICT_ERROR && sweeping->told != NULL &&
           sweeping->told->path == row->path && strcmp(sweeping->told->line, row->line) == 0;
}

static void print_red_row(Sweeping *sweeping, const Row *row)
{
    if (is_told(sweeping, row)) {
        return;
    }
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

static bool tell_piece(void *data, size_t piece)
{
    Sweeping *sweeping = data;
    Row *row = row_of_piece(sweeping->sweep, piece);
    if (!row->made || sweeping->broken != NULL) {
        return false;
    }
    if (row->usage) {
        complain("%s", row->reason);
        sweeping->refused = true;
        return false;
    }
    row->told = true;
    if (row->verdict == SIM_VERDICT_HELD) {
        return true;
    }
    print_red_row(sweeping, row);
    return !sweeping->sweep->arguments->fail_fast;
}

static void flush_and_show(void *data, size_t finished)
{
    Sweeping *sweeping = data;
    progress_update(sweeping->progress, finished);
    if (sweeping->broken == NULL) {
        journal_flush(sweeping->journal, false, &sweeping->broken);
    }
}

/* --- the whole ------------------------------------------------------------------------------ */

/* Speed is of the machine, not of the sweep: it stays off standard output, which is the same
 * wherever and however often the sweep is made. */
static void tell_speed(const Sweeping *sweeping, size_t finished, double wall_s)
{
    const Sweep *sweep = sweeping->sweep;
    if (!outcome_talks(sweep->arguments)) {
        return;
    }
    size_t made = finished - MIN(finished, sweeping->resumed);
    if (made == 0) {
        return;
    }
    g_autofree char *rate = format_rate((double)made / MAX(wall_s, 1e-6));
    g_autofree char *took = format_duration((int64_t)(wall_s * 1e6));
    g_autofree char *threads = format_plural(sweep->jobs, "thread");
    fprintf(stderr, "took  %s with %s, %s runs/s\n", took, threads, rate);
}

static ExitStatus complain_interrupted(size_t finished, const Sweep *sweep)
{
    complain("interrupted after %zu of %zu runs; the same command with --resume goes on from there",
             finished, sweep->count);
    return STATUS_INTERRUPTED;
}

static ExitStatus cannot_write(const Sweeping *sweeping)
{
    complain("%s; the same command with --resume goes on once it can be",
             sweeping->broken->message);
    return STATUS_CANNOT_WRITE;
}

/* Rows that count come to the front, in order: with --fail-fast, those up to the failure. */
static void gather_told(Sweep *sweep)
{
    Row *gathered = g_new(Row, sweep->count);
    size_t n = 0;
    for (int told = 1; told >= 0; told--) {
        for (size_t i = 0; i < sweep->count; i++) {
            if (sweep->rows[i].told == (told == 1)) {
                gathered[n++] = sweep->rows[i];
            }
        }
    }
    g_free(sweep->rows);
    sweep->rows = gathered;
}

/* Another process makes all runs once more; what comes out otherwise is in the journal too. */
static ExitStatus compare_perturbed(Sweeping *sweeping, size_t finished)
{
    Sweep *sweep = sweeping->sweep;
    if (!sweep->arguments->perturb || finished < sweep->count) {
        return STATUS_HELD;
    }
    g_autoptr(GPtrArray) differing = g_ptr_array_new(); /* Row */
    ExitStatus status = perturb_sweep(sweep, differing);
    for (guint i = 0; i < differing->len; i++) {
        print_red_row(sweeping, g_ptr_array_index(differing, i));
        journal_add(sweeping->journal, g_ptr_array_index(differing, i));
    }
    return status;
}

static size_t run_pool(Sweeping *sweeping)
{
    Pool pool = { sweeping->sweep->count, sweeping->sweep->jobs, sweeping, run_piece, tell_piece,
                  flush_and_show };
    size_t finished = pool_run(&pool);
    progress_hide(sweeping->progress);
    if (sweeping->broken == NULL) {
        journal_flush(sweeping->journal, true, &sweeping->broken);
    }
    return finished;
}

static ExitStatus run_rows(Sweeping *sweeping)
{
    Sweep *sweep = sweeping->sweep;
    int64_t start_us = g_get_monotonic_time();
    size_t finished = run_pool(sweeping);
    if (sweeping->broken != NULL) {
        return cannot_write(sweeping);
    }
    if (interrupt_seen()) {
        return complain_interrupted(finished, sweep);
    }
    if (sweeping->refused) {
        return STATUS_USAGE;
    }
    gather_told(sweep);
    double wall_s = (double)(g_get_monotonic_time() - start_us) / 1e6;
    tell_speed(sweeping, finished, wall_s);
    ExitStatus status = compare_perturbed(sweeping, finished);
    if (status != STATUS_HELD) {
        return status;
    }
    if (!journal_flush(sweeping->journal, true, &sweeping->broken)) {
        return cannot_write(sweeping);
    }
    return sweep_finish(sweep, finished, wall_s);
}

static bool take_up(Sweeping *sweeping, const char *folder, GError **error)
{
    Sweep *sweep = sweeping->sweep;
    if (!sweep->arguments->resume) {
        return true;
    }
    return journal_read(folder, sweep->rows, sweep->count, &sweeping->resumed, error);
}

static void tell_plan(const Sweeping *sweeping)
{
    if (!outcome_talks(sweeping->sweep->arguments)) {
        return;
    }
    g_autofree char *description = sweep_describe(sweeping->sweep);
    printf("sweep %s\n", description);
    fflush(stdout);
    /* Not on standard output: that is as if the sweep had never been stopped. */
    if (sweeping->sweep->arguments->resume) {
        fprintf(stderr, "resumed, with %zu of %zu runs in the journal\n", sweeping->resumed,
                sweeping->sweep->count);
    }
}

static ExitStatus complain_error(const GError *error)
{
    complain("%s", error->message);
    return files_error_status(error);
}

ExitStatus sweep_make(Sweep *sweep)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = sweep_folder(sweep);
    g_autofree char *identity = identity_text(sweep);
    if (!files_can_write(folder, &error)) {
        return complain_error(error);
    }
    g_autoptr(Journal) journal = journal_open(folder, identity, sweep->arguments->resume, &error);
    Sweeping sweeping = { .sweep = sweep, .journal = journal };
    if (journal == NULL || !take_up(&sweeping, folder, &error)) {
        return complain_error(error);
    }
    tell_plan(&sweeping);
    g_autoptr(Progress) progress =
        progress_new("runs", sweep->count, sweep->arguments->quiet || sweep->arguments->json);
    progress_start_at(progress, sweeping.resumed);
    sweeping.progress = progress;
    ExitStatus status = run_rows(&sweeping);
    g_clear_error(&sweeping.broken);
    return status;
}
