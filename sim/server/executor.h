/* sim/server/executor.h -- the threads of a server, and the requests that wait for one.
 *
 *      request --> [a thread is free?] --> served when its cost is over --> the thread is free
 *                        |no                          |forwards an HTTP write
 *                  [room in the queue?]               '--> held until the answer, or its time-out
 *                        |no
 *                  gRPC: rejected, an exception for the caller     HTTP: never accepted, silence
 *
 * Three pools, as in Nacos: the executors of the gRPC servers for the cluster and for the SDKs
 * (RemoteUtils, GlobalExecutor: processors * 16 threads and 16384 places each) and Tomcat's 200
 * threads. What a request costs is a setting (distrosim.requestCost, distrosim.httpCost); at the
 * default, nothing, threads are not counted and every request is served as it arrives. w:slow makes
 * requests cost more, and so counts threads while it lasts.
 *
 * What waits is served even if its caller has given up by then: the change is applied late. */
#pragma once

#include "sim/network/network.h"

typedef enum SimPoolKind {
    SIM_POOL_CLUSTER, /* gRPC, from peers */
    SIM_POOL_SDK,     /* gRPC, from clients */
    SIM_POOL_HTTP,    /* from 1.x clients, and what peers forward for them */
    SIM_N_POOLS,
} SimPoolKind;

/* First in, first out; what was taken out leaves a gap that is closed now and then. */
typedef struct SimWaiting {
    GArray *calls; /* uint64_t */
    guint first;
} SimWaiting;

typedef struct SimPool {
    uint32_t busy; /* threads that serve or wait for the answer to what they forwarded */
    SimWaiting waiting;
    uint64_t rejected; /* requests, since boot */
} SimPool;

typedef struct SimExecutor {
    SimPool pools[SIM_N_POOLS];
    GArray *running; /* requests that have a thread, the one that is over last comes first */
    bool serving;    /* one of them is being carried out */
    bool forwarding; /* and has been forwarded */
} SimExecutor;

/* Threads idle, queues empty; also for a new incarnation. */
void sim_executor_reset(SimExecutor *executor);
void sim_executor_clear(SimExecutor *executor);

/* False if @call costs nothing and shall be served at once. Otherwise it is taken care of: it will
 * be given to sim_server_serve, or is rejected. */
bool sim_executor_take(SimNode *node, uint64_t id, const SimCall *call);
/* Does a request to this pool of @node cost nothing here and now? */
bool sim_executor_is_idle(const SimNode *node, SimPoolKind kind);
/* Serves all whose cost is over. */
void sim_executor_wake(SimNode *node);
/* The node forwards the write that it is serving: true if a thread waits for the answer, and
 * sim_executor_forward_ended must be called with the outcome. */
bool sim_executor_forwards(SimNode *node);
void sim_executor_forward_ended(SimNode *node);

/* Requests that wait for a thread. */
uint32_t sim_pool_queued(const SimPool *pool);
static inline uint32_t sim_executor_queued(const SimExecutor *executor)
{
    uint32_t queued = 0;
    for (int i = 0; i < SIM_N_POOLS; i++) {
        const SimWaiting *waiting = &executor->pools[i].waiting;
        queued += waiting->calls != NULL ? waiting->calls->len - waiting->first : 0;
    }
    return queued;
}
