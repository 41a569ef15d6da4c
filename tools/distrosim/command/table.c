/* tools/distrosim/command/table.c -- see table.h. */
#include "tools/distrosim/command/table.h"

#include <string.h>

#include "sim/base/nearest.h"
#include "tools/distrosim/cli/complain.h"

static const Command *const commands[] = {
    &command_run,    &command_sweep,    &command_replay,   &command_shrink, &command_explore,
    &command_branch, &command_pinpoint, &command_check,    &command_list,   &command_explain,
    &command_trace,  &command_compare,  &command_report,   &command_view,   &command_plot,
    &command_bench,  &command_merge,    &command_profiles, &command_sdks,   &command_advise,
    &command_ask,    &command_init,     &command_real,     &command_help,
};

const Command *const *commands_all(size_t *count)
{
    *count = G_N_ELEMENTS(commands);
    return commands;
}

const Command *command_find(const char *name)
{
    const char *names[G_N_ELEMENTS(commands)];
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        names[i] = commands[i]->name;
        if (strcmp(names[i], name) == 0) {
            return commands[i];
        }
    }
    const char *typo = sim_nearest_typo(name, names, G_N_ELEMENTS(names));
    if (typo != NULL) {
        complain("there is no command '%s'; did you mean 'distrosim %s'?", name, typo);
    } else {
        complain("there is no command '%s'; distrosim --help lists those there are", name);
    }
    return NULL;
}
