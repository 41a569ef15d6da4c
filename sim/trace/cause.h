/* sim/trace/cause.h -- which record led to which: what the step being handled does not say by
 * itself.
 *
 * A step that a message caused names that message (sim_trace_because). Timers name nothing, so what
 * they set off is found by what it is about: a task that fires was queued for the same client and
 * peer, a lease that ends was last renewed on the same node. */
#pragma once

#include "sim/trace/trace.h"

typedef struct SimCauses SimCauses;
SimCauses *sim_causes_new(void);
void sim_causes_free(SimCauses *causes);

/* @record gets the number @id. The id of what led to it, or 0: the step being handled. */
uint32_t sim_causes_add(SimCauses *causes, const SimRecord *record, uint32_t id);
