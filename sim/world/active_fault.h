/* sim/world/active_fault.h -- faults of the network that still stand, for those who come later.
 *
 * A node that joins, or a client that opens, meets the faults that are active: what was done to
 * links since the last heal of everything is done again, in order, to the links of the newcomer
 * alone. */
#pragma once

#include "sim/world/world.h"

typedef enum SimActiveFaultKind {
    SIM_FAULT_CUT,
    SIM_FAULT_PARTITION,
    SIM_FAULT_ISOLATE,
    SIM_FAULT_BRIDGE,
    SIM_FAULT_RING,
    SIM_FAULT_BLACKHOLE,
    SIM_FAULT_LINK,
    SIM_FAULT_HEAL, /* of a pair */
} SimActiveFaultKind;

typedef struct SimActiveFault {
    SimActiveFaultKind kind;
    uint32_t cluster;
    const SimGroup *groups;
    size_t count;
    bool oneway, calls; /* CUT */
    SimLink link;       /* LINK: the fields that change */
    unsigned fields;
    uint64_t number; /* of its news */
} SimActiveFault;

/* Into @all (SimActiveFault) copies @fault, groups and all. A HEAL takes away what was done between
 * just its two parties, and is kept only if something else is left that it may have ended in
 * part. */
void sim_active_fault_keep(GPtrArray *all, const SimActiveFault *fault);
void sim_active_fault_forget(GPtrArray *all); /* everything was healed */
void sim_active_fault_free(gpointer fault);
