/* tools/distrosim/command/check.c -- distrosim check: is a scenario right, as far as can be seen
 * without running it? */
#include <stdio.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/scenarios.h"
#include "tools/distrosim/command/table.h"

static void check_one(const char *path, bool quiet, ExitStatus *status)
{
    g_autoptr(SimScenario) scenario = scenario_open(path, status);
    if (scenario == NULL) {
        return;
    }
    g_autoptr(GError) error = NULL;
    if (!sim_scenario_check(scenario, &error)) {
        complain("%s", error->message);
        *status = status_worse(*status, scenario_error_status(error));
    } else if (!quiet) {
        printf("ok    %s\n", path);
    }
}

static ExitStatus check_command(const Arguments *arguments)
{
    ExitStatus status = STATUS_HELD;
    g_autoptr(GPtrArray) paths = scenarios_find(arguments->operands, &status);
    for (guint i = 0; paths != NULL && i < paths->len; i++) {
        check_one(g_ptr_array_index(paths, i), arguments->quiet, &status);
    }
    return status;
}

const Command command_check = {
    .name = "check",
    .operands = "SCENARIO...",
    .about = "load scenarios and say what is wrong, without a run",
    .more =
        "Folders are searched for scenarios. The topology is built with the params' defaults.\n",
    .options = (const OptionId[]) { OPTION_QUIET, OPTIONS_END },
    .offer = OFFER_SCENARIO,
    .low = 1,
    .high = G_MAXUINT,
    .run = check_command,
};
