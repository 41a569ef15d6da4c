/* sim/study/reality.h -- what is seen of real servers (sim/world/reality.h), told by their host. */
#pragma once

#include "sim/client/client.h"
#include "sim/world/reality.h"

/* @node has loaded and serves. */
void sim_reality_ready(SimNode *node);
/* The store of @node holds @after of what @client publishes of @service, where @before was. */
void sim_reality_view(SimNode *node, DistroClient client, DistroService service,
                      DistroPublication before, DistroPublication after);
/* @call has ended; @frame (nullable) is its answer. */
void sim_reality_outcome(SimWorld *world, const SimCall *call, DistroOutcome outcome,
                         const DistroFrame *frame);
/* @client was pushed @list (sim/naming/list.h) of @service, made at @wall_ms; without @service: was
 * asked something else. */
void sim_reality_pushed(SimWorld *world, uint32_t client, DistroService service, uint32_t list,
                        int64_t wall_ms);
/* The connection of @client to @node has gone. */
void sim_reality_lost(SimWorld *world, uint32_t client, uint32_t node);
/* From now on a server knows @client by @id. */
void sim_reality_known_as(SimWorld *world, uint32_t client, DistroClient id);
/* What changed is looked at by the story's predicates. */
void sim_reality_look(SimWorld *world);
