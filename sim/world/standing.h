/* sim/world/standing.h -- faults of the network that still stand, for those who come later.
 *
 * A node that joins, or a client that opens, meets the weather there is: what was done to links
 * since the last heal of everything is done again, in order, to the links of the newcomer alone. */
#pragma once

#include "sim/world/world.h"

typedef enum SimStandingKind {
    SIM_STANDING_CUT,
    SIM_STANDING_PARTITION,
    SIM_STANDING_ISOLATE,
    SIM_STANDING_BRIDGE,
    SIM_STANDING_RING,
    SIM_STANDING_BLACKHOLE,
    SIM_STANDING_LINK,
    SIM_STANDING_HEAL, /* of a pair */
} SimStandingKind;

typedef struct SimStanding {
    SimStandingKind kind;
    uint32_t cluster;
    const SimGroup *groups;
    size_t count;
    bool oneway, calls; /* CUT */
    SimLink link;       /* LINK: the fields that change */
    unsigned fields;
    size_t number; /* among the timeline's faults */
} SimStanding;

/* Copies @standing, groups and all. A HEAL takes away what was done between just its two parties,
 * and is kept only if something else is left that it may have ended in part. */
void sim_standing_keep(SimWorld *world, const SimStanding *standing);
void sim_standing_forget(SimWorld *world); /* everything was healed */
void sim_standing_free(gpointer standing);
