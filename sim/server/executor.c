/* sim/server/executor.c -- see executor.h. */
#include "sim/server/executor.h"

#include "core/planted.h"
#include "sim/client/client.h"
#include "sim/server/internal.h"

/* What a request costs a slowed node for each unit of its factor, if it costs nothing else. */
#define SLOW_UNIT_US 1000

typedef struct Running {
    int64_t over_us;
    uint64_t call;
    SimPoolKind pool;
} Running;

/* --- what waits ------------------------------------------------------------------------------ */

static uint32_t length(const SimWaiting *waiting)
{
    return waiting->calls->len - waiting->first;
}

static void append(SimWaiting *waiting, uint64_t call)
{
    g_array_append_val(waiting->calls, call);
}

static uint64_t take_first(SimWaiting *waiting)
{
    const uint64_t call = g_array_index(waiting->calls, uint64_t, waiting->first++);
    if (2 * waiting->first >= waiting->calls->len) {
        g_array_remove_range(waiting->calls, 0, waiting->first);
        waiting->first = 0;
    }
    return call;
}

uint32_t sim_pool_queued(const SimPool *pool)
{
    return length(&pool->waiting);
}

/* --- how much there is of everything --------------------------------------------------------- */

static SimPoolKind pool_of(const SimWorld *world, const SimCall *call)
{
    const bool over_http = !call->by_connection && call->op != SIM_OP_CONNECT;
    if (!sim_endpoint_is_client(call->from)) {
        return over_http ? SIM_POOL_HTTP : SIM_POOL_CLUSTER;
    }
    const SimClient *client = sim_world_client(world, sim_endpoint_index(call->from));
    return sim_client_kind(client) == SIM_CLIENT_GRPC ? SIM_POOL_SDK : SIM_POOL_HTTP;
}

static int64_t threads_of(const SimNode *node, SimPoolKind kind)
{
    const DistroConfig *config = &node->config;
    return kind == SIM_POOL_HTTP ? config->http_threads
                                 : config->processors * config->executor_threads;
}

static int64_t places_of(const SimNode *node, SimPoolKind kind)
{
    const DistroConfig *config = &node->config;
    if (kind == SIM_POOL_HTTP) {
        return MAX(0, config->http_connections - config->http_threads);
    }
    return config->executor_queue;
}

/* A slowed node takes as many times its cost as the factor says. */
static int64_t cost_of(const SimNode *node, SimPoolKind kind)
{
    const int64_t cost_us =
        kind == SIM_POOL_HTTP ? node->config.http_cost_us : node->config.request_cost_us;
    if (node->slow_factor <= 1) {
        return cost_us;
    }
    const int64_t unit_us = cost_us > 0 ? cost_us : SLOW_UNIT_US;
    return cost_us + (int64_t)((node->slow_factor - 1) * (double)unit_us);
}

bool sim_executor_is_idle(const SimNode *node, SimPoolKind kind)
{
    const SimPool *pool = &node->server->executor.pools[kind];
    return pool->busy == 0 && sim_pool_queued(pool) == 0 && cost_of(node, kind) == 0;
}

/* --- threads --------------------------------------------------------------------------------- */

/* Kept by the end, the latest first; what is over at one instant keeps its order. */
static void start(SimNode *node, SimPoolKind kind, uint64_t call)
{
    GArray *running = node->server->executor.running;
    const Running started = { node->world->now_us + cost_of(node, kind), call, kind };
    guint place = 0;
    while (place < running->len &&
           g_array_index(running, Running, place).over_us > started.over_us) {
        place++;
    }
    g_array_insert_val(running, place, started);
    node->server->executor.pools[kind].busy++;
    sim_server_serve_at(node, started.over_us);
}

/* The request that waits longest gets the thread. */
static void release_thread(SimNode *node, SimPoolKind kind)
{
    SimPool *pool = &node->server->executor.pools[kind];
    g_assert(pool->busy > 0);
    pool->busy--;
    if (sim_pool_queued(pool) > 0) {
        start(node, kind, take_first(&pool->waiting));
    }
}

static void reject(SimNode *node, SimPoolKind kind, uint64_t call)
{
    node->server->executor.pools[kind].rejected++;
    sim_network_reject(node->world->network, node->world->now_us, call, kind == SIM_POOL_HTTP);
}

bool sim_executor_take(SimNode *node, uint64_t id, const SimCall *call)
{
    const SimPoolKind kind = pool_of(node->world, call);
    SimPool *pool = &node->server->executor.pools[kind];
    if (sim_executor_is_idle(node, kind)) {
        return false;
    }
    if (pool->busy < threads_of(node, kind)) {
        start(node, kind, id);
    } else if (sim_pool_queued(pool) < places_of(node, kind) || DISTRO_PLANTED(OVERFLOW_WAITS)) {
        append(&pool->waiting, id);
    } else {
        reject(node, kind, id);
    }
    return true;
}

/* --- serving --------------------------------------------------------------------------------- */

static void serve(SimNode *node, const Running *run)
{
    SimExecutor *executor = &node->server->executor;
    executor->serving = true;
    executor->forwarding = false;
    const SimCall *call = sim_network_find_call(node->world->network, run->call);
    if (call != NULL) {
        sim_server_serve(node, run->call, call);
    }
    executor->serving = false;
    if (!executor->forwarding) {
        release_thread(node, run->pool);
    }
}

void sim_executor_wake(SimNode *node)
{
    GArray *running = node->server->executor.running;
    while (running->len > 0) {
        const Running last = g_array_index(running, Running, running->len - 1);
        if (last.over_us > node->world->now_us) {
            return;
        }
        g_array_set_size(running, running->len - 1);
        serve(node, &last);
    }
}

bool sim_executor_forwards(SimNode *node)
{
    node->server->executor.forwarding = node->server->executor.serving &&
                                        node->config.forward_holds_thread &&
                                        !DISTRO_PLANTED(FORWARD_HOLDS_NO_THREAD);
    return node->server->executor.forwarding;
}

void sim_executor_forward_ended(SimNode *node)
{
    release_thread(node, SIM_POOL_HTTP);
}

/* --- life ------------------------------------------------------------------------------------ */

void sim_executor_reset(SimExecutor *executor)
{
    sim_executor_clear(executor);
    executor->running = g_array_new(false, false, sizeof(Running));
    for (int i = 0; i < SIM_N_POOLS; i++) {
        executor->pools[i].waiting.calls = g_array_new(false, false, sizeof(uint64_t));
    }
}

void sim_executor_clear(SimExecutor *executor)
{
    if (executor->running != NULL) {
        g_array_unref(executor->running);
    }
    for (int i = 0; i < SIM_N_POOLS; i++) {
        if (executor->pools[i].waiting.calls != NULL) {
            g_array_unref(executor->pools[i].waiting.calls);
        }
    }
    *executor = (SimExecutor) { 0 };
}
