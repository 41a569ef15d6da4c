/* tools/distrosim/command/command.h -- a subcommand: a row of the table in main.c, a file
 * in this folder. */
#pragma once

#include "tools/distrosim/cli/arguments.h"
#include "tools/distrosim/cli/status.h"

typedef struct Command {
    const char *name;
    const char *operands; /* "SCENARIO...", as the help shows it */
    const char *about;    /* one line, a verb first */
    const char *more;     /* paragraphs for `help COMMAND`; NULL: the line says it all */
    unsigned options;     /* OptionMask of those it takes */
    unsigned low, high;   /* how many operands; G_MAXUINT: as many as one likes */
    ExitStatus (*run)(const Arguments *arguments);
} Command;

extern const Command command_run;
extern const Command command_sweep;
extern const Command command_replay;
extern const Command command_check;
extern const Command command_list;
extern const Command command_plot;
extern const Command command_bench;
extern const Command command_merge;
extern const Command command_explain;
extern const Command command_trace;
extern const Command command_report;
extern const Command command_compare;
extern const Command command_shrink;
extern const Command command_profiles;
extern const Command command_advise;
extern const Command command_help;
