/* sim/explain/suspect.h -- which views may have been wrong at an instant, from one pass over the
 * records.
 *
 * To explain one pair of node and instance takes several passes, and a world has thousands of
 * pairs: who asks "what is wrong here?" needs those that are worth it. */
#pragma once

#include "sim/truth/truth.h"

typedef struct SimSuspect {
    SimInstance instance;
    uint32_t node;
} SimSuspect;

/* Pairs in which a node that ran at @at_us listed a gone instance, lacked a living one, or listed
 * it otherwise than the server that took it: in order of instances, then nodes. (transfer full) */
GArray *sim_explain_suspects(const SimWorld *world, int64_t at_us);
