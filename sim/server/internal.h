/* sim/server/internal.h -- what the parts of a server share.
 *
 *      host.c       what the world asks (SimServerSide): dispatch, timers, life
 *      executor.c   threads, and requests that wait for one
 *      request.c    clients' requests
 *      session.c    their connections
 *      push.c       subscribers
 *      catalog.c    names of services */
#pragma once

#include "sim/server/executor.h"
#include "sim/server/push.h"
#include "sim/server/server.h"
#include "sim/world/world.h"

struct SimServer {
    SimExecutor executor;
    SimPush *push;          /* NULL unless the node is alive */
    int64_t push_queued_us; /* when the timer that counts goes off; others are stale */
    GArray *emptied_us;     /* catalog.c's: int64_t by service, since boot */
};

/* A request's turn has come; the executor's next is at @at_us. */
void sim_server_serve(SimNode *node, uint64_t id, const SimCall *call);
void sim_server_serve_at(SimNode *node, int64_t at_us);
