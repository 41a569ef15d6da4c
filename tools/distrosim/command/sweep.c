/* tools/distrosim/command/sweep.c -- distrosim sweep: many seeds, on all processors. */
#include "tools/distrosim/sweep/sweep.h"

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/compare/gate.h"
#include "tools/distrosim/compare/print.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/outcome.h"
#include "tools/distrosim/sweep/junit.h"

/* A build server is to see that nothing could be loaded, too. */
static ExitStatus report_broken(const Sweep *sweep, ExitStatus status)
{
    const char *path = sweep->arguments->junit;
    if (status != STATUS_WRONG_SCENARIO || path == NULL) {
        return status;
    }
    g_autoptr(GError) error = NULL;
    g_autofree char *xml = junit_text(sweep, 0);
    if (files_write(path, xml, -1, &error)) {
        return status;
    }
    complain("%s", error->message);
    return STATUS_CANNOT_WRITE;
}

/* What a sweep is held against when it is done. */
typedef struct Baseline {
    FigureTable *table; /* NULL: nothing was asked for */
    GPtrArray *gates;   /* Gate */
} Baseline;

static ExitStatus complain_of(const GError *error, ExitStatus status)
{
    complain("%s", error->message);
    return status;
}

/* Before the first run: the baseline may be the folder that this sweep writes to, and a bound that
 * cannot be read is better told now than after an hour. */
static ExitStatus read_baseline(const Arguments *arguments, Baseline *baseline)
{
    g_autoptr(GError) error = NULL;
    if (arguments->baseline == NULL) {
        if (arguments->fail_if->len > 0) {
            complain("--fail-if compares with another sweep: say which with --baseline DIR");
            return STATUS_USAGE;
        }
        return STATUS_HELD;
    }
    baseline->gates = gates_parse(arguments->fail_if, &error);
    if (baseline->gates == NULL) {
        return complain_of(error, STATUS_USAGE);
    }
    baseline->table = figure_table_read(arguments->baseline, &error);
    if (baseline->table == NULL) {
        return complain_of(error, files_error_status(error));
    }
    if (!baseline->table->sweep) {
        complain("--baseline '%s' is a run, not a sweep", arguments->baseline);
        return STATUS_USAGE;
    }
    return STATUS_HELD;
}

static void tell_pair(void *data, const FigureGroup *a, const FigureGroup *b)
{
    compare_print_group(data, a, b, true);
}

/* With bounds, what these say; without, all figures side by side. */
static ExitStatus compare_baseline(const Sweep *sweep, const Baseline *baseline)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = sweep_folder(sweep);
    g_autoptr(FigureTable) table = figure_table_read(folder, &error);
    if (table == NULL) {
        return complain_of(error, files_error_status(error));
    }
    g_autoptr(GArray) findings = gates_judge(baseline->gates, baseline->table, table, &error);
    if (findings == NULL) {
        return complain_of(error, STATUS_USAGE);
    }
    FILE *out = outcome_stream(sweep->arguments);
    if (baseline->gates->len == 0 && outcome_talks(sweep->arguments)) {
        fprintf(out, "A is %s, B this sweep\n", sweep->arguments->baseline);
        compare_each_pair(baseline->table, table, tell_pair, out);
    }
    return gates_tell(findings, out, outcome_talks(sweep->arguments)) ? STATUS_UNSAFE : STATUS_HELD;
}

/* Are there tables to compare? After Ctrl-C, or where nothing could be run, there are not. */
static bool is_finished(ExitStatus status)
{
    return status <= STATUS_NONDETERMINISTIC;
}

static ExitStatus make_sweep(const Arguments *arguments, const Baseline *baseline)
{
    Sweep sweep;
    ExitStatus status = sweep_plan(&sweep, arguments);
    status = status == STATUS_HELD ? sweep_make(&sweep) : report_broken(&sweep, status);
    if (baseline->table != NULL && is_finished(status)) {
        ExitStatus compared = compare_baseline(&sweep, baseline);
        status = compared > STATUS_NONDETERMINISTIC ? compared : status_worse(status, compared);
    }
    sweep_clear(&sweep);
    return status;
}

static ExitStatus sweep_command(const Arguments *arguments)
{
    Baseline baseline = { 0 };
    ExitStatus status = read_baseline(arguments, &baseline);
    status = status == STATUS_HELD ? make_sweep(arguments, &baseline) : status;
    g_clear_pointer(&baseline.table, figure_table_free);
    g_clear_pointer(&baseline.gates, g_ptr_array_unref);
    return status;
}

const Command command_sweep = {
    .name = "sweep",
    .operands = "SCENARIO...",
    .about = "run scenarios with many seeds, on all processors",
    .more =
        "Folders are searched for scenarios. Each --vary multiplies the runs. The worst verdict\n"
        "gives the exit status. A row per run goes to results/sweep/<name>/sweep.csv, quantiles\n"
        "over the seeds to groups.csv beside it; the output is the same for any --jobs. Every run\n"
        "is in journal.tsv as soon as it is made, so a sweep that was killed can be resumed.\n"
        "Seeds that fail are kept in results/corpus. Runs that do not come out the same twice\n"
        "give exit status 4 and name the first event that differs. --baseline DIR compares with\n"
        "the sweep there, and --fail-if 'FIGURE > 5%' makes that a gate, as `compare` says.\n",
    .options =
        (const OptionId[]) { OPTION_SEEDS,    OPTION_SET,     OPTION_SETTING,    OPTION_VARY,
                             OPTION_PROFILE,  OPTION_JOBS,    OPTION_FAIL_FAST,  OPTION_SHARD,
                             OPTION_RESUME,   OPTION_CORPUS,  OPTION_SELF_CHECK, OPTION_PERTURB,
                             OPTION_BASELINE, OPTION_FAIL_IF, OPTION_JUNIT,      OPTION_NO_FLIGHTS,
                             OPTION_PARANOID, OPTION_PLOT,    OPTION_OUT,        OPTION_JSON,
                             OPTION_QUIET,    OPTIONS_END },
    .offer = OFFER_SCENARIO,
    .low = 1,
    .high = G_MAXUINT,
    .run = sweep_command,
};
