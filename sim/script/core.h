/* sim/script/core.h -- after the faults: the nodes that are well again, and must converge.
 *
 *      faults ... | chaos ends: the core is up and healed; the others stay as they are, cut off
 *                 |------- within a bound that is derived from the settings -------> judged
 *
 * Converged: the nodes of the core have equal views; these list the living instances of all clients
 * whose server is in the core, and none that is gone. */
#pragma once

#include "sim/script/state.h"

/* Begins to judge @nodes (taken; uint32_t). @set_back_us: how far their wall clocks were set back,
 * by which leases last longer. The run is owed a verdict until then: it goes on when the story
 * has returned. */
void sim_core_begin(SimScript *script, GArray *nodes, int64_t set_back_us);
void sim_core_free(SimCore *core);
