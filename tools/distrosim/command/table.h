/* tools/distrosim/command/table.h -- the subcommands, a file each, in the order of the help. */
#pragma once

#include <stddef.h>

#include "tools/distrosim/cli/command.h"

extern const Command command_run;
extern const Command command_sweep;
extern const Command command_replay;
extern const Command command_shrink;
extern const Command command_explore;
extern const Command command_branch;
extern const Command command_pinpoint;
extern const Command command_check;
extern const Command command_list;
extern const Command command_explain;
extern const Command command_trace;
extern const Command command_compare;
extern const Command command_report;
extern const Command command_view;
extern const Command command_plot;
extern const Command command_bench;
extern const Command command_merge;
extern const Command command_profiles;
extern const Command command_sdks;
extern const Command command_advise;
extern const Command command_ask;
extern const Command command_init;
extern const Command command_real;
extern const Command command_help;

/* All of them. (transfer none) */
const Command *const *commands_all(size_t *count);
/* The one called @name. NULL, and a complaint that names the nearest, if there is none. */
const Command *command_find(const char *name);
