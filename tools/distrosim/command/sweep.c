/* tools/distrosim/command/sweep.c -- distrosim sweep: many seeds, on all processors. */
#include "tools/distrosim/sweep/sweep.h"

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/output/files.h"
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

static ExitStatus sweep_command(const Arguments *arguments)
{
    Sweep sweep;
    ExitStatus status = sweep_plan(&sweep, arguments);
    status = status == STATUS_HELD ? sweep_make(&sweep) : report_broken(&sweep, status);
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
        "over the seeds to groups.csv beside it; the output is the same for any --jobs. Every run\n"
        "is in journal.tsv as soon as it is made, so a sweep that was killed can be resumed.\n"
        "Seeds that fail are kept in results/corpus. Runs that do not come out the same twice\n"
        "give exit status 4 and name the first event that differs.\n",
    .options =
        (const OptionId[]) { OPTION_SEEDS, OPTION_SET, OPTION_VARY, OPTION_PROFILE, OPTION_JOBS,
                             OPTION_FAIL_FAST, OPTION_SHARD, OPTION_RESUME, OPTION_CORPUS,
                             OPTION_SELF_CHECK, OPTION_PERTURB, OPTION_JUNIT, OPTION_NO_FLIGHTS,
                             OPTION_PLOT, OPTION_OUT, OPTION_JSON, OPTION_QUIET, OPTIONS_END },
    .offer = OFFER_SCENARIO,
    .low = 1,
    .high = G_MAXUINT,
    .run = sweep_command,
};
