/* tools/real/play.h -- one run of a story on real servers: the loop in which all meets.
 *
 *      the story's events, when the clock reaches them  ---.
 *      answers of servers, pushes (sdk.c)                ---> one thread, one loop
 *      what the servers hold, every 20 ms (observer.c)  ---'
 *      packets (switch.c)                                   a thread of their own */
#pragma once

#include "sim/run/run.h"
#include "tools/real/server.h"

typedef struct RealOptions {
    GArray *sorts;         /* RealSort; nodes take them in turn */
    int64_t slack_us;      /* added to bounds */
    const char *logs;      /* (nullable) folder that the servers' logs are kept in */
    bool (*stopped)(void); /* Ctrl-C? */
} RealOptions;

typedef struct RealFigures {
    uint64_t polls;         /* completed, over all servers */
    int64_t late_us;        /* of the latest: how much more than 20 ms it took */
    uint64_t packets, lost; /* at the switch */
    bool disturbed;         /* late_us is above 100 ms */
    const char *servers;    /* "distrod" */
} RealFigures;

/* Plays @scenario. The process must be in a namespace of its own (space.h) and have one thread as
 * yet. NULL and @error (REAL_ERROR) if the servers could not be had, or did not hold out;
 * (transfer full) result otherwise, wrong scenarios included (@usage as sim_run says). */
SimResult *real_play(const SimScenario *scenario, const SimRunOptions *run,
                     const RealOptions *options, RealFigures *figures, bool *usage, GError **error);
