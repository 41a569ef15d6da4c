/* sim/network/intercept.h -- single messages that a story picks out. */
#pragma once

#include "sim/network/network.h"

typedef struct SimIntercepts SimIntercepts;

/* What becomes of one call. */
typedef struct SimInterception {
    bool drop, drop_reply, refuse_apply, reply_ok, duplicate;
    int64_t delay_us, reply_delay_us;
} SimInterception;

SimIntercepts *sim_intercepts_new(uint64_t seed);
void sim_intercepts_free(SimIntercepts *intercepts);
void sim_intercepts_redraw(SimIntercepts *intercepts, uint64_t seed); /* see prng.h */
uint32_t sim_intercepts_add(SimIntercepts *intercepts, const SimIntercept *intercept);
void sim_intercepts_stop(SimIntercepts *intercepts, uint32_t number);
/* Is any of them still on? */
bool sim_intercepts_active(const SimIntercepts *intercepts);
/* What an interception is matched with. The processes are those of a client's stacks, or the
 * same. */
typedef struct SimSent {
    int64_t at_us;
    SimEndpoint from, to, from_process, to_process;
    uint32_t cluster;
    SimOp op;
} SimSent;
/* Counts a call with all interceptions it matches; what they do adds up. */
SimInterception sim_intercepts_apply(SimIntercepts *intercepts, const SimSent *sent);
uint64_t sim_intercepts_hits(const SimIntercepts *intercepts, uint32_t number);
const GArray *sim_intercepts_times(const SimIntercepts *intercepts, uint32_t number);
