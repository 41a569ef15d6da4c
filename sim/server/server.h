/* sim/server/server.h -- a server beside its node: what the world is given, and what one may ask
 * it.
 */
#pragma once

#include "sim/server/executor.h"
#include "sim/server/push.h"
#include "sim/world/resident.h"

typedef struct SimServer SimServer; /* one per node, for as long as there is the node */

extern const SimServerSide sim_server_side;

/* Its subscribers and the lists that it keeps (push.h); NULL unless the node is alive. */
struct SimPush *sim_server_push(const SimNode *node);
/* Requests that wait for a thread of @node. */
uint32_t sim_server_queued(const SimNode *node);
/* What a live one comes to (explore/explore.h), without its node. */
uint64_t sim_server_digest(const SimNode *node);
/* The threads of one kind. Of a node that never ran: none. */
const SimPool *sim_server_pool(const SimNode *node, SimPoolKind kind);
