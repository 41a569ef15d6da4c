/* tools/distrosim/cli/command.h -- what a subcommand is: its name, what it takes, what it does. */
#pragma once

#include "tools/distrosim/cli/arguments.h"
#include "tools/distrosim/cli/status.h"

typedef struct Command {
    const char *name;
    const char *operands;    /* "SCENARIO...", as the help shows it */
    const char *about;       /* one line, a verb first */
    const char *more;        /* paragraphs for `help COMMAND`; NULL: the line says it all */
    const OptionId *options; /* those it takes, up to OPTIONS_END; NULL: none */
    Offer offer;             /* what the operands are */
    unsigned low, high;      /* how many operands; G_MAXUINT: as many as one likes */
    ExitStatus (*run)(const Arguments *arguments);
} Command;
