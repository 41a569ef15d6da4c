/* sim/server/session.h -- connections of clients as servers hold them (ConnectionManager).
 *
 * A client has one session at most times; several while servers have not heard yet that it has
 * moved on. A session ends with its node's incarnation. */
#pragma once

#include "sim/world/world.h"

typedef struct SimSession {
    uint32_t node;
    uint32_t incarnation; /* of the node; any other one knows nothing of it */
    DistroClient id;
} SimSession;

/* The newest one of @client at @node, or NULL: the node never had or no longer has a connection.
 * Valid until the next is added or removed. */
const SimSession *sim_session_at(const SimNode *node, uint32_t client);
void sim_session_add(const SimNode *node, uint32_t client, DistroClient id);
/* False if @node has no such session. */
bool sim_session_remove(const SimNode *node, uint32_t client, DistroClient id);
/* What the sessions of @client come to (explore/explore.h), and its next port. */
uint64_t sim_session_digest(const SimWorld *world, uint32_t client);
/* The ephemeral port of @client's next connection: from @first they count up as a kernel's do, so
 * that no id comes twice. */
uint32_t sim_session_next_port(SimWorld *world, uint32_t client, uint32_t first);
