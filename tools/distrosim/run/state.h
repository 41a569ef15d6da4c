/* tools/distrosim/run/state.h -- the state of the nodes at one instant, and what each lists
 * wrongly. */
#pragma once

#include <stdio.h>

#include "sim/world/world.h"

typedef struct NodeState {
    char *name;
    bool alive, loaded, paused;
    uint32_t listed, clients, owned, pending, queued;
    char *members;    /* peers that it does not hold for UP: "n2 DOWN", or "" */
    GPtrArray *lacks; /* char *: "shop-1 (10.128.0.1:8080 of DEFAULT_GROUP@@shop)" */
    GPtrArray *zombies;
    guint more_lacks, more_zombies; /* beyond those named */
} NodeState;

/* Of every node, in order. (transfer full), NodeState */
GArray *state_take(const SimWorld *world);
/* As `replay --until` prints it. */
void state_print(FILE *out, const GArray *state, int64_t at_us);
