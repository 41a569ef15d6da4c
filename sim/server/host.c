/* sim/server/host.c -- a server as its world sees it: requests as they come in, timers, life.
 *
 *      request --> is anybody listening? --> a thread is free? --> client's: request.c
 *                    refused, "starting"        executor.c    '--> peer's: the core */
#include "core/mix.h"
#include "sim/naming/bytes.h"
#include "sim/naming/call.h"
#include "sim/server/catalog.h"
#include "sim/server/internal.h"
#include "sim/server/request.h"
#include "sim/world/record_note.h"

typedef enum Timer {
    TIMER_PUSH,
    TIMER_SERVE
} Timer;

/* --- requests ----------------------------------------------------------------------------- */

/* Later than it was delivered, if the node is busy: the call is still the reason. */
void sim_server_serve(SimNode *node, uint64_t id, const SimCall *call)
{
    const uint32_t before = sim_trace_because(node->world->trace, call->latest);
    SimRecordBefore look = sim_record_before(node, call);
    if (sim_endpoint_is_client(call->from)) {
        sim_server_on_request(node, id, call);
    } else {
        sim_node_serve_peer(node, id, call);
    }
    sim_record_after(node, &look);
    sim_trace_because(node->world->trace, before);
}

void sim_server_serve_at(SimNode *node, int64_t at_us)
{
    sim_node_set_timer(node, at_us, TIMER_SERVE);
}

/* Connections come to the gRPC ports, which not every server has. */
static bool listens(const SimNode *node, const SimCall *call)
{
    return node->config.protocol->has_rpc || call->op != SIM_OP_CONNECT;
}

/* The gRPC servers are there before the application context is up, and answer 300; without a
 * connection nothing but attempts to connect comes to them. Tomcat is there afterwards. */
static void turn_away(SimNode *node, uint64_t id, const SimCall *call)
{
    SimNetwork *network = node->world->network;
    if (call->op != SIM_OP_CONNECT) {
        sim_network_refuse(network, node->world->now_us, id);
        return;
    }
    const DistroMessage starting = { .op = DISTRO_OP_CONNECT,
                                     .answer = true,
                                     .status = DISTRO_STATUS_ERROR_STARTING };
    const bool client = sim_endpoint_is_client(call->from);
    const DistroFrame frame = client ? sim_client_answer(DISTRO_STATUS_ERROR_STARTING, 0)
                                     : distro_wire_encode(node->world->dictionary, &starting);
    sim_network_answer(network, node->world->now_us, id, &frame,
                       client ? sim_bytes_answer(call->op, DISTRO_STATUS_ERROR_STARTING)
                              : frame.json_size);
}

static void on_request(SimNode *node, uint64_t id, const SimCall *call)
{
    if (!listens(node, call)) {
        sim_network_refuse(node->world->network, node->world->now_us, id);
    } else if (sim_node_is_starting(node)) {
        turn_away(node, id, call);
    } else if (!sim_executor_take(node, id, call)) {
        sim_server_serve(node, id, call);
    }
}

static void on_outcome(SimNode *node, uint64_t id, const SimCall *call, DistroOutcome outcome,
                       const DistroFrame *frame)
{
    const bool holds_thread = call->op == SIM_OP_FORWARD && call->payload[0] != 0;
    if (call->op == SIM_OP_PUSH) {
        sim_push_on_outcome(node->server->push, id, outcome);
        sim_node_schedule(node);
        return;
    }
    sim_node_take_outcome(node, call, outcome, frame);
    if (holds_thread) {
        sim_executor_forward_ended(node);
    }
}

static bool is_idle(const SimNode *node)
{
    return sim_executor_is_idle(node, SIM_POOL_CLUSTER);
}

static void on_view(SimNode *node, DistroService service, DistroClient client,
                    DistroPublication before)
{
    sim_catalog_changed(node, service);
    sim_push_changed(node->server->push, service, client, before);
}

/* --- timers ------------------------------------------------------------------------------- */

static void schedule(SimNode *node)
{
    SimServer *server = node->server;
    /* What came due while the process was frozen is late, and its event knows its own time. */
    const int64_t push_at_us = MAX(sim_push_wake_at(server->push), node->world->now_us);
    if (push_at_us < server->push_queued_us) {
        server->push_queued_us = push_at_us;
        sim_node_set_timer(node, push_at_us, TIMER_PUSH);
    }
}

static void wake_push(SimNode *node)
{
    SimServer *server = node->server;
    if (node->world->now_us != server->push_queued_us) {
        return;
    }
    server->push_queued_us = INT64_MAX;
    node->server_stirs = true;
    if (!node->paused && sim_push_wake_at(server->push) <= node->world->now_us) {
        sim_push_wake(server->push);
    }
    if (!node->paused) {
        sim_node_schedule(node);
    }
}

static void on_timer(SimNode *node, uint32_t timer)
{
    if (timer == TIMER_PUSH) {
        wake_push(node);
    } else if (!node->paused) {
        sim_executor_wake(node);
    }
}

/* --- life --------------------------------------------------------------------------------- */

static void add(SimNode *node)
{
    node->server = g_new0(SimServer, 1);
    node->server->emptied_us = g_array_new(false, true, sizeof(int64_t));
}

static void end(SimNode *node)
{
    g_clear_pointer(&node->server->push, sim_push_free);
}

static void boot(SimNode *node)
{
    SimServer *server = node->server;
    g_array_set_size(server->emptied_us, 0);
    server->push_queued_us = INT64_MAX;
    sim_executor_reset(&server->executor);
    server->push = sim_push_new(node->world, node->index);
}

static void free_server(SimNode *node)
{
    end(node);
    sim_executor_clear(&node->server->executor);
    g_array_unref(node->server->emptied_us);
    g_clear_pointer(&node->server, g_free);
}

const SimServerSide sim_server_side = {
    .add = add,
    .free = free_server,
    .boot = boot,
    .end = end,
    .on_request = on_request,
    .on_outcome = on_outcome,
    .on_connection_lost = sim_server_on_connection_lost,
    .on_timer = on_timer,
    .on_resumed = sim_executor_wake,
    .on_reply = sim_server_on_reply,
    .on_close = sim_server_on_close,
    .on_probe = sim_server_probe,
    .on_view = on_view,
    .schedule = schedule,
    .forwards = sim_executor_forwards,
    .is_idle = is_idle,
};

SimPush *sim_server_push(const SimNode *node)
{
    return node->server->push;
}

uint32_t sim_server_queued(const SimNode *node)
{
    return sim_executor_queued(&node->server->executor);
}

const SimPool *sim_server_pool(const SimNode *node, SimPoolKind kind)
{
    return &node->server->executor.pools[kind];
}

uint64_t sim_server_digest(const SimNode *node)
{
    const SimServer *server = node->server;
    uint64_t digest = sim_push_digest(server->push);
    digest = distro_mix(digest, sim_executor_queued(&server->executor));
    for (guint i = 0; i < server->emptied_us->len; i++) {
        const int64_t at_us = g_array_index(server->emptied_us, int64_t, i);
        digest += at_us == 0 ? 0
                             : distro_mix(distro_digest_of_service(node->world->dictionary, i),
                                          (uint64_t)(at_us - node->world->now_us));
    }
    return digest;
}
