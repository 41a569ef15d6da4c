/* tools/distrosim/command/real.c -- distrosim real: its options and its help. */
#include "tools/distrosim/command/real.h"

#include "tools/distrosim/command/table.h"

const Command command_real = {
    .name = "real",
    .operands = "SCENARIO...",
    .about = "play stories on real servers, in network namespaces of their own",
    .more =
        "Servers are processes at 10.0.0.1:8848 and on, joined by a switch that carries packets "
        "as\n"
        "the simulator's links would; the story goes on in real time, its clients speak Nacos's\n"
        "gRPC. A story may use what real servers have; anything else is refused before they start\n"
        "(65). Results are those of a simulated run, in "
        "results/real/<servers>/<scenario>/<seed>/,\n"
        "so that compare puts both side by side. A run whose observer was late by more than 100 "
        "ms\n"
        "is played once more, and if that is disturbed, too, counts as one that proved nothing.\n"
        "Needs root or user namespaces, and /dev/net/tun (69 without).\n",
    .options =
        (const OptionId[]) { OPTION_REAL_SERVERS, OPTION_REPEAT, OPTION_SLACK, OPTION_KEEP_LOGS,
                             OPTION_SEED, OPTION_SET, OPTION_SETTING, OPTION_PROFILE, OPTION_JOBS,
                             OPTION_TRACE, OPTION_OUT, OPTION_JSON, OPTION_QUIET, OPTIONS_END },
    .offer = OFFER_SCENARIO,
    .low = 1,
    .high = G_MAXUINT,
    .run = real_run,
};
