/* sim/world/record_note.h -- while a run is recorded: what a request did to the record of the
 * client that it names.
 *
 * A message that was answered well may have changed nothing, and a beat that was passed on renewed
 * nothing where it came first. So the record is looked at before the request is served and after
 * it, and the difference is noted for a trace's readers; no fingerprint covers it. */
#pragma once

#include "sim/world/world.h"

typedef struct SimRecordBefore {
    DistroClient client; /* DISTRO_NONE: nothing is looked at */
    SimEndpoint caller;
    SimOp op;
    uint32_t call, delivered; /* ids of the call's SEND, and of what came of it so far */
    int64_t sent;             /* revision in the message; -1: it has none */
    bool present;
    int32_t revision;
    int64_t renewed_wall_us;
    DistroContent content; /* referenced */
} SimRecordBefore;

/* @call is about to be served by @node. */
SimRecordBefore sim_record_before(const SimNode *node, const SimCall *call);
/* It was. Clears @before. */
void sim_record_after(const SimNode *node, SimRecordBefore *before);
