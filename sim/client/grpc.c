/* sim/client/grpc.c -- the 2.x SDK: RpcClient, GrpcClient and NamingGrpcRedoService.
 *
 *                  attempt: CONNECT (server check, 3 s), CONNECT opens (set-up, 5 s)
 *      STARTING  ---- one of four attempts succeeds ---------------------> RUNNING
 *          `----- all fail ------> UNHEALTHY --- an attempt succeeds ----> RUNNING
 *                                      ^                                     |
 *                                      `-- reset, "unregistered", no health -'
 *
 * An attempt costs two round trips here where the SDK's costs about three: the set-up call stands
 * for the opening of the stream and for the set-up message. The next attempt goes to the next
 * server in list order, whatever its distance; the old connection is closed only when a new one is
 * up. */
#include "sim/client/dual_internal.h"

#include "sim/naming/bytes.h"

#define START_ATTEMPTS 4                /* RpcClient#start: retry times 3 and the first */
#define REQUEST_TRIES 4                 /* nacos.remote.client.grpc.retry.times + 1 */
#define REQUEST_TIMEOUT_US 3000000      /* namingRequestTimeout -1: 3000 ms for all tries */
#define REQUEST_REST_US 100000          /* between tries while not connected */
#define SERVER_CHECK_TIMEOUT_US 3000000 /* server.check.timeout */
#define NEGOTIATION_TIMEOUT_US 5000000  /* channel.capability.negotiation.timeout */
#define RECONNECT_STEP_US 100000
#define MAX_TURNS 50
#define KEEP_ALIVE_US 5000000     /* connect.keep.alive */
#define HEALTH_TIMEOUT_US 3000000 /* health.timeout */
#define HEALTH_PAUSE_US 500000    /* at most, before the first try */
#define REDO_PERIOD_US 3000000    /* redoDelayTime */

static void try_request(SimClient *client, SimRequest *request);
static void continue_redo(SimClient *client);
static void arm_redo(SimClient *client);
static void redo_once(SimClient *client);
static void attempt_failed(SimClient *client, const char *reason);
static void begin_reconnect(SimClient *client);

void sim_grpc_init(SimClient *client)
{
    uint32_t drawn = (uint32_t)sim_prng_below(&client->prng, client->n_servers);
    uint32_t first = client->preferred >= 0 ? (uint32_t)client->preferred : drawn;
    client->grpc = (SimGrpc) {
        .state = SIM_GRPC_STARTING,
        .node = UINT32_MAX,
        .last_node = UINT32_MAX,
        .cursor = (first + client->n_servers - 1) % client->n_servers,
        .start_attempts = START_ATTEMPTS,
        .redo_from_us = client->world->now_us,
    };
}

/* --- an attempt to connect -------------------------------------------------------------------- */

static void send_check(SimClient *client)
{
    SimCall call = { .op = SIM_OP_CONNECT,
                     .timeout_us = SERVER_CHECK_TIMEOUT_US,
                     .bytes = sim_bytes_server_check() };
    sim_client_send(client, client->grpc.attempt_node, SIM_PURPOSE_CHECK, client->grpc.attempt,
                    &call);
}

static void send_setup(SimClient *client)
{
    SimCall call = { .op = SIM_OP_CONNECT,
                     .opens = true,
                     .timeout_us = NEGOTIATION_TIMEOUT_US,
                     .bytes = sim_bytes_connection_setup() };
    sim_client_send(client, client->grpc.attempt_node, SIM_PURPOSE_SETUP, client->grpc.attempt,
                    &call);
}

static void attempt(SimClient *client, uint32_t node)
{
    client->grpc.attempt = sim_client_serial(client);
    client->grpc.attempt_node = node;
    send_check(client);
}

static void attempt_next(SimClient *client)
{
    if (client->balance.spec.way == SIM_BALANCE_LIST) {
        client->grpc.cursor = (client->grpc.cursor + 1) % client->n_servers;
        attempt(client, client->servers[client->grpc.cursor]);
        return;
    }
    const uint32_t node = sim_balance_take(client, true);
    if (node != UINT32_MAX) {
        attempt(client, node);
    } else {
        attempt_failed(client, "not connected"); /* the balancer refuses at once */
    }
}

void sim_grpc_start(SimClient *client)
{
    client->grpc.redo_from_us = client->world->now_us;
    attempt_next(client);
}

/* The start-up is over, well or not: operations that waited for it are tried now. */
static void release_held(SimClient *client)
{
    for (uint32_t i = 0; client->requests != NULL && i < client->requests->len; i++) {
        SimRequest *request = &g_array_index(client->requests, SimRequest, i);
        if (request->phase == SIM_PHASE_HELD) {
            sim_grpc_begin(client, request);
        }
    }
}

static void end_target(SimClient *client, bool ok, const char *reason)
{
    SimRequest *request = sim_client_find_request(client, client->grpc.target);
    client->grpc.target = 0;
    if (request != NULL) {
        sim_client_end_soon(client, request, ok, reason);
    }
}

/* RpcClient#reconnect sleeps 100 ms x (turns + 1); turns grow once per pass through the list. */
static void rest_before_next(SimClient *client)
{
    SimGrpc *grpc = &client->grpc;
    if (grpc->reconnect_times > 0 && grpc->reconnect_times % sim_balance_addresses(client) == 0) {
        grpc->turns++;
    }
    grpc->reconnect_times++;
    grpc->reconnect_stamp = sim_client_serial(client);
    int64_t rest_us = RECONNECT_STEP_US * (int64_t)MIN(grpc->turns + 1, MAX_TURNS);
    sim_client_set_timer(client, client->world->now_us + rest_us, SIM_TIMER_RECONNECT,
                         grpc->reconnect_stamp);
}

static void fail_start(SimClient *client)
{
    if (--client->grpc.start_attempts > 0) {
        attempt_next(client);
        return;
    }
    begin_reconnect(client);
    release_held(client);
    sim_dual_started(client);
}

/* A switch that the user asked for and that fails leaves a good connection in place; RpcClient
 * would go on round the list, and scenarios want to know where a client is. */
static void attempt_failed(SimClient *client, const char *reason)
{
    client->grpc.attempt = 0;
    bool asked_for = client->grpc.target != 0;
    end_target(client, false, reason);
    if (client->grpc.state == SIM_GRPC_STARTING) {
        fail_start(client);
    } else if (client->grpc.state == SIM_GRPC_UNHEALTHY && !client->grpc.rechecking) {
        rest_before_next(client);
    } else {
        g_assert_true(asked_for);
    }
}

/* NamingGrpcRedoService#onDisconnect: nothing that the old connection registered counts any more.
 */
static void forget_registrations(SimClient *client)
{
    client->settled = false;
    for (uint32_t i = 0; client->publications != NULL && i < client->publications->len; i++) {
        g_array_index(client->publications, SimPublished, i).registered = false;
    }
    for (uint32_t i = 0; client->subscriptions != NULL && i < client->subscriptions->len; i++) {
        g_array_index(client->subscriptions, SimSubscribed, i).registered = false;
    }
}

static void close_old_connection(SimClient *client, uint32_t new_node)
{
    uint32_t old = client->grpc.last_node;
    if (old == UINT32_MAX) {
        return;
    }
    forget_registrations(client);
    if (old != new_node) {
        sim_network_disconnect(client->world->network, client->world->now_us,
                               sim_client_self(client), sim_node_endpoint(old),
                               sim_client_self(client));
    }
}

static void set_health_timer(SimClient *client)
{
    client->grpc.health_stamp = sim_client_serial(client);
    sim_client_set_timer(client, client->world->now_us + KEEP_ALIVE_US, SIM_TIMER_HEALTH,
                         client->grpc.health_stamp);
}

static void trace_connected(SimClient *client, uint32_t node)
{
    bool switched = client->grpc.last_node != UINT32_MAX && client->grpc.last_node != node;
    sim_client_trace(client, SIM_TRACE_CLIENT_CONNECTED, node, 0);
    if (!switched) {
        return;
    }
    client->counters.switches++;
    sim_client_trace(client, SIM_TRACE_CLIENT_SWITCHED, node, client->grpc.last_node);
}

static void attempt_succeeded(SimClient *client, DistroClient id)
{
    SimGrpc *grpc = &client->grpc;
    bool starting = grpc->state == SIM_GRPC_STARTING;
    uint32_t node = grpc->attempt_node;
    close_old_connection(client, node);
    grpc->attempt = 0;
    grpc->id = id;
    grpc->node = node;
    trace_connected(client, node);
    grpc->last_node = node;
    grpc->state = SIM_GRPC_RUNNING;
    grpc->rechecking = false;
    grpc->ping = 0;
    grpc->reconnect_stamp = 0;
    grpc->active_us = client->world->now_us;
    sim_client_moved(client);
    set_health_timer(client);
    end_target(client, true, NULL);
    release_held(client);
    if (client->sdk.redo_task) {
        arm_redo(client);
    } else {
        redo_once(client);
    }
    if (starting) {
        sim_dual_started(client);
    }
}

static void on_attempt_outcome(SimClient *client, const SimCall *call, DistroOutcome outcome,
                               const DistroFrame *answer)
{
    if (call->ticket.serial != client->grpc.attempt) {
        return;
    }
    bool answered = outcome == DISTRO_OUTCOME_ANSWERED;
    if (!answered || sim_client_answer_status(answer) != DISTRO_STATUS_OK) {
        attempt_failed(client, sim_client_reason(outcome));
    } else if (call->ticket.purpose == SIM_PURPOSE_CHECK) {
        send_setup(client);
    } else {
        attempt_succeeded(client, sim_client_answer_word(answer));
    }
}

/* --- losing a connection ---------------------------------------------------------------------- */

static void begin_reconnect(SimClient *client)
{
    SimGrpc *grpc = &client->grpc;
    grpc->state = SIM_GRPC_UNHEALTHY;
    grpc->rechecking = false;
    grpc->ping = 0;
    grpc->health_stamp = 0;
    grpc->reconnect_times = 0;
    grpc->turns = 0;
    client->world->last_activity_us = client->world->now_us;
    sim_dual_forget(client);
    if (grpc->attempt == 0) {
        attempt_next(client);
    }
}

static bool is_reconnecting(const SimClient *client)
{
    return client->grpc.state == SIM_GRPC_UNHEALTHY && !client->grpc.rechecking;
}

/* News of an older connection to the same server says nothing about the present one. */
void sim_grpc_connection_lost(SimClient *client, uint32_t node)
{
    if (node != client->grpc.node ||
        sim_network_connected(client->world->network, sim_client_self(client),
                              sim_node_endpoint(node))) {
        return;
    }
    client->grpc.node = UINT32_MAX;
    sim_client_moved(client);
    if (!is_reconnecting(client)) {
        begin_reconnect(client);
    }
}

static void on_reconnect_timer(SimClient *client, uint32_t stamp)
{
    if (stamp != client->grpc.reconnect_stamp || client->grpc.attempt != 0) {
        return;
    }
    client->grpc.reconnect_stamp = 0;
    attempt_next(client);
}

/* --- health check ----------------------------------------------------------------------------- */

static void send_ping(SimClient *client)
{
    SimCall call = { .op = SIM_OP_PING,
                     .by_connection = true,
                     .timeout_us = HEALTH_TIMEOUT_US,
                     .bytes = sim_bytes_ping() };
    client->grpc.ping_tries++;
    sim_client_send(client, client->grpc.node, SIM_PURPOSE_PING, client->grpc.ping, &call);
}

static void check_health(SimClient *client)
{
    client->grpc.ping = sim_client_serial(client);
    client->grpc.ping_tries = 0;
    int64_t pause_us =
        client->sdk.health_pause ? sim_prng_between(&client->prng, 0, HEALTH_PAUSE_US) : 0;
    sim_client_set_timer(client, client->world->now_us + pause_us, SIM_TIMER_PING,
                         client->grpc.ping);
}

static void on_health_timer(SimClient *client, uint32_t stamp)
{
    if (stamp != client->grpc.health_stamp) {
        return;
    }
    if (client->world->now_us - client->grpc.active_us >= KEEP_ALIVE_US) {
        check_health(client);
    } else {
        set_health_timer(client);
    }
}

static void on_ping_timer(SimClient *client, uint32_t stamp)
{
    if (stamp == client->grpc.ping && client->grpc.node != UINT32_MAX) {
        send_ping(client);
    }
}

static void ping_succeeded(SimClient *client)
{
    client->grpc.ping = 0;
    client->grpc.rechecking = false;
    client->grpc.state = SIM_GRPC_RUNNING;
    client->grpc.active_us = client->world->now_us;
    set_health_timer(client);
    arm_redo(client);
}

/* An answer that is no success ends the check (RpcClient#healthCheck); silence is asked again. */
static void on_ping_outcome(SimClient *client, const SimCall *call, DistroOutcome outcome,
                            const DistroFrame *answer)
{
    if (call->ticket.serial != client->grpc.ping) {
        return;
    }
    bool answered = outcome == DISTRO_OUTCOME_ANSWERED;
    if (answered && sim_client_answer_status(answer) == DISTRO_STATUS_OK) {
        ping_succeeded(client);
    } else if (answered || client->grpc.ping_tries == client->sdk.health_tries) {
        begin_reconnect(client);
    } else {
        send_ping(client);
    }
}

/* RpcClient#switchServerAsyncOnRequestFail: look at the current server once more before leaving. */
static void recheck_after_failure(SimClient *client)
{
    if (client->grpc.state != SIM_GRPC_RUNNING) {
        return;
    }
    client->grpc.state = SIM_GRPC_UNHEALTHY;
    client->grpc.rechecking = true;
    client->grpc.health_stamp = 0;
    if (client->grpc.ping == 0) {
        check_health(client);
    }
}

/* --- requests --------------------------------------------------------------------------------- */

static SimCall call_for(const SimClient *client, const SimRequest *request)
{
    const DistroDictionary *dictionary = client->world->dictionary;
    SimCall call = { .op = request->op, .by_connection = true };
    call.payload[0] = request->service;
    if (request->op == SIM_OP_SUBSCRIBE || request->op == SIM_OP_QUERY) {
        call.bytes = request->op == SIM_OP_QUERY
                         ? sim_bytes_query(dictionary, request->service)
                         : sim_bytes_subscribe(dictionary, request->service);
        return call;
    }
    const bool persistent = request->persistent != DISTRO_NONE;
    call.payload[2] = persistent ? request->persistent : client->grpc.id;
    if (request->op == SIM_OP_REGISTER || persistent) {
        call.payload[1] = request->publication;
    }
    /* Taking back what was never published names the service and little else. */
    call.bytes = request->publication == DISTRO_NONE
                     ? sim_bytes_subscribe(dictionary, request->service)
                     : sim_bytes_instance_request(dictionary, request->op, request->publication);
    return call;
}

static void rest(SimClient *client, SimRequest *request)
{
    request->phase = SIM_PHASE_RESTING;
    sim_client_set_timer(client, client->world->now_us + REQUEST_REST_US, SIM_TIMER_REQUEST,
                         request->serial);
}

/* May end the request: use no pointer to it afterwards. */
static void try_again(SimClient *client, SimRequest *request)
{
    if (request->tries < REQUEST_TRIES && client->world->now_us < request->deadline_us) {
        try_request(client, request);
        return;
    }
    recheck_after_failure(client);
    sim_client_end(client, request->serial, false, request->reason);
}

static void try_request(SimClient *client, SimRequest *request)
{
    request->tries++;
    if (client->grpc.state != SIM_GRPC_RUNNING || client->grpc.node == UINT32_MAX) {
        request->reason = "not connected";
        rest(client, request);
        return;
    }
    SimCall call = call_for(client, request);
    call.timeout_us = request->deadline_us - client->world->now_us;
    request->phase = SIM_PHASE_CALLING;
    request->node = client->grpc.node;
    sim_client_send(client, request->node, SIM_PURPOSE_REQUEST, request->serial, &call);
}

static void request_answered(SimClient *client, SimRequest *request, const DistroFrame *answer)
{
    client->grpc.active_us = client->world->now_us;
    DistroStatus status = sim_client_answer_status(answer);
    if (status == DISTRO_STATUS_OK) {
        bool list = request->op == SIM_OP_SUBSCRIBE || request->op == SIM_OP_QUERY;
        /* The redo task does not look at the list; the push that it causes brings it. */
        if (list && request->origin != SIM_ORIGIN_REDO) {
            sim_client_take_answer(client, request->service, answer);
        }
        sim_client_end(client, request->serial, true, NULL);
        return;
    }
    request->reason = "refused";
    request->maybe_applied |=
        request->persistent != DISTRO_NONE && status == DISTRO_STATUS_HTTP_ERROR;
    if (status != DISTRO_STATUS_UNREGISTERED) {
        try_again(client, request);
        return;
    }
    rest(client, request);
    if (client->grpc.state == SIM_GRPC_RUNNING) {
        begin_reconnect(client);
    }
}

static void request_failed(SimClient *client, SimRequest *request, DistroOutcome outcome)
{
    request->reason = sim_client_reason(outcome);
    if (outcome != DISTRO_OUTCOME_REFUSED && outcome != DISTRO_OUTCOME_REJECTED) {
        request->maybe_applied = true;
    }
    if (outcome != DISTRO_OUTCOME_BROKEN) {
        try_again(client, request);
        return;
    }
    rest(client, request);
    sim_grpc_connection_lost(client, request->node);
}

static void on_request_outcome(SimClient *client, const SimCall *call, DistroOutcome outcome,
                               const DistroFrame *answer)
{
    SimRequest *request = sim_client_find_request(client, call->ticket.serial);
    if (request == NULL || request->phase != SIM_PHASE_CALLING) {
        return;
    }
    if (outcome == DISTRO_OUTCOME_ANSWERED) {
        request_answered(client, request, answer);
    } else {
        request_failed(client, request, outcome);
    }
}

/* --- the user's operations -------------------------------------------------------------------- */

static void begin_switch(SimClient *client, SimRequest *request)
{
    request->phase = SIM_PHASE_CALLING;
    if (client->grpc.state == SIM_GRPC_RUNNING && client->grpc.node == request->node) {
        sim_client_end_soon(client, request, true, NULL);
        return;
    }
    end_target(client, false, "refused");
    client->grpc.target = request->serial;
    client->grpc.reconnect_stamp = 0;
    attempt(client, request->node);
}

/* The redo table is written before the request is sent, so that redo knows of it whatever happens
 * (NamingGrpcClientProxy#registerService); older SDKs write some or all of it afterwards. */
static void write_redo_table(SimClient *client, const SimRequest *request)
{
    if (request->op == SIM_OP_REGISTER && !client->sdk.cache_after_success) {
        sim_client_publish(client, request->service, request->publication);
    }
    SimPublished *entry = sim_client_published(client, request->service, DISTRO_NONE);
    if (request->op == SIM_OP_DEREGISTER && entry != NULL && client->sdk.redo_task) {
        client->settled = false;
        entry->unregistering = true;
        entry->wanted = false;
    }
}

/* A NamingService is only handed out when the start-up attempts are over, those of all stacks:
 * until then, wait. */
void sim_grpc_begin(SimClient *client, SimRequest *request)
{
    if (request->op == SIM_OP_CONNECT) {
        begin_switch(client, request);
        return;
    }
    if (sim_dual_is_starting(client)) {
        request->phase = SIM_PHASE_HELD;
        return;
    }
    if (request->origin == SIM_ORIGIN_USER && request->persistent == DISTRO_NONE) {
        write_redo_table(client, request);
    }
    if (client->grpc.state == SIM_GRPC_STARTING) {
        request->phase = SIM_PHASE_HELD;
        return;
    }
    if (request->op == SIM_OP_SUBSCRIBE && client->sdk.async_query) {
        sim_poll_start(client, request->service);
    }
    request->deadline_us = client->world->now_us + REQUEST_TIMEOUT_US;
    try_request(client, request);
}

/* --- redo ------------------------------------------------------------------------------------- */

typedef enum Redo {
    REDO_NONE,
    REDO_REGISTER,
    REDO_UNREGISTER,
    REDO_FORGET
} Redo;

/* RedoData#getRedoType. */
static Redo redo_of(const SimPublished *entry)
{
    if (entry->registered) {
        return entry->unregistering || !entry->wanted ? REDO_UNREGISTER : REDO_NONE;
    }
    if (!entry->unregistering) {
        return REDO_REGISTER;
    }
    return entry->wanted ? REDO_REGISTER : REDO_FORGET;
}

/* The real task would send a second request beside one that is in hand; ours leaves it alone. */
static bool in_hand(const SimClient *client, DistroService service, bool subscription)
{
    for (uint32_t i = 0; client->requests != NULL && i < client->requests->len; i++) {
        const SimRequest *request = &g_array_index(client->requests, SimRequest, i);
        bool same = subscription
                        ? request->op == SIM_OP_SUBSCRIBE
                        : request->op == SIM_OP_REGISTER || request->op == SIM_OP_DEREGISTER;
        if (same && request->service == service && request->persistent == DISTRO_NONE &&
            request->phase != SIM_PHASE_ENDED) {
            return true;
        }
    }
    return false;
}

/* Asked at every health check, so an answer that is no is remembered until an entry changes. */
static bool has_work(SimClient *client)
{
    if (client->settled) {
        return false;
    }
    for (uint32_t i = 0; client->publications != NULL && i < client->publications->len; i++) {
        if (redo_of(&g_array_index(client->publications, SimPublished, i)) != REDO_NONE) {
            return true;
        }
    }
    for (uint32_t i = 0; client->subscriptions != NULL && i < client->subscriptions->len; i++) {
        if (!g_array_index(client->subscriptions, SimSubscribed, i).registered) {
            return true;
        }
    }
    client->settled = true;
    return false;
}

/* The task runs every 3 s after it last ended, but a run without work costs no event: only the next
 * instant of its grid at which there may be some is queued. */
static void arm_redo(SimClient *client)
{
    SimGrpc *grpc = &client->grpc;
    if (!client->sdk.redo_task || grpc->redo_stamp != 0 || grpc->redoing ||
        grpc->state != SIM_GRPC_RUNNING || !has_work(client)) {
        return;
    }
    int64_t rounds = (client->world->now_us - grpc->redo_from_us) / REDO_PERIOD_US + 1;
    grpc->redo_stamp = sim_client_serial(client);
    sim_client_set_timer(client, grpc->redo_from_us + rounds * REDO_PERIOD_US, SIM_TIMER_REDO,
                         grpc->redo_stamp);
}

static void send_redo(SimClient *client, SimOp op, DistroService service,
                      DistroPublication publication)
{
    client->counters.redos++;
    sim_client_trace(client, SIM_TRACE_CLIENT_REDO, client->grpc.node, publication);
    SimRequest *request = sim_client_request(client, op, SIM_ORIGIN_REDO, service, publication);
    if (op == SIM_OP_REGISTER) {
        sim_client_begin_again(client, request, publication);
    } else if (op == SIM_OP_DEREGISTER) {
        sim_client_begin_again(client, request, DISTRO_NONE);
    }
    sim_grpc_begin(client, request);
}

/* The connection that published it is gone, so it has been taken back, no matter who asked for
 * that; if nothing has acknowledged it yet, this does. */
static void forget(SimClient *client, DistroService service)
{
    if (sim_client_held(client, service) != DISTRO_NONE) {
        sim_client_drop_held(client, service);
    }
    sim_client_unpublish(client, service, DISTRO_NONE);
}

/* Handles the publication at @position; true if a request went out. A forgotten one leaves its
 * position to the next. */
static bool redo_publication(SimClient *client, uint32_t *position)
{
    SimPublished entry = g_array_index(client->publications, SimPublished, *position);
    Redo redo = in_hand(client, entry.service, false) ? REDO_NONE : redo_of(&entry);
    if (redo == REDO_FORGET) {
        forget(client, entry.service);
        return false;
    }
    (*position)++;
    if (redo == REDO_NONE) {
        return false;
    }
    SimOp op = redo == REDO_REGISTER ? SIM_OP_REGISTER : SIM_OP_DEREGISTER;
    send_redo(client, op, entry.service, entry.publication);
    return true;
}

static bool redo_subscription(SimClient *client, uint32_t position)
{
    const SimSubscribed *entry = &g_array_index(client->subscriptions, SimSubscribed, position);
    DistroService service = entry->service;
    if (entry->registered || in_hand(client, service, true)) {
        return false;
    }
    send_redo(client, SIM_OP_SUBSCRIBE, service, DISTRO_NONE);
    return true;
}

static uint32_t length_of(const GArray *array)
{
    return array != NULL ? array->len : 0;
}

/* The next request of a pass; false if there is none. Publications come first
 * (RedoScheduledTask#run). */
static bool redo_next(SimClient *client)
{
    SimGrpc *grpc = &client->grpc;
    bool sent = false;
    while (!sent && grpc->state == SIM_GRPC_RUNNING &&
           grpc->redo_at < length_of(client->publications)) {
        sent = redo_publication(client, &grpc->redo_at);
    }
    while (!sent && grpc->state == SIM_GRPC_RUNNING &&
           grpc->redo_at < length_of(client->publications) + length_of(client->subscriptions)) {
        sent = redo_subscription(client, grpc->redo_at++ - length_of(client->publications));
    }
    return sent;
}

/* The same where subscriptions come first (NamingGrpcConnectionEventListener#onConnected). */
static bool redo_next_once(SimClient *client)
{
    SimGrpc *grpc = &client->grpc;
    bool sent = false;
    while (!sent && grpc->state == SIM_GRPC_RUNNING &&
           grpc->redo_at < length_of(client->subscriptions)) {
        sent = redo_subscription(client, grpc->redo_at++);
    }
    while (!sent && grpc->state == SIM_GRPC_RUNNING &&
           grpc->redo_at < length_of(client->subscriptions) + length_of(client->publications)) {
        uint32_t position = grpc->redo_at++ - length_of(client->subscriptions);
        sent = redo_publication(client, &position);
    }
    return sent;
}

/* Requests of one pass go out one after the other, each when the one before has ended. */
static void continue_redo(SimClient *client)
{
    SimGrpc *grpc = &client->grpc;
    if (client->sdk.redo_task ? redo_next(client) : redo_next_once(client)) {
        return;
    }
    grpc->redoing = false;
    grpc->redo_from_us = client->world->now_us;
    arm_redo(client);
}

/* Whatever fails of it is logged, and done again with the next connection. */
static void redo_once(SimClient *client)
{
    const bool under_way = client->grpc.redoing;
    client->grpc.redoing = true;
    client->grpc.redo_at = 0;
    if (!under_way) {
        continue_redo(client);
    }
}

static void on_redo_timer(SimClient *client, uint32_t stamp)
{
    if (stamp != client->grpc.redo_stamp) {
        return;
    }
    client->grpc.redo_stamp = 0;
    if (client->grpc.state != SIM_GRPC_RUNNING) {
        return;
    }
    client->grpc.redoing = true;
    client->grpc.redo_at = 0;
    continue_redo(client);
}

/* --- ends ------------------------------------------------------------------------------------- */

static void note_registered(SimClient *client, const SimRequest *request)
{
    SimPublished *entry = sim_client_published(client, request->service, DISTRO_NONE);
    client->settled = false;
    if (request->op == SIM_OP_REGISTER && client->sdk.cache_after_success) {
        entry = sim_client_publish(client, request->service, request->publication);
    }
    if (request->op == SIM_OP_REGISTER && entry != NULL) {
        entry->registered = true;
        entry->unregistering = false;
    }
    /* Registered again meanwhile? Then the entry stays and redo registers it, since 2.2.1. */
    bool stays = client->sdk.redo_task && !client->sdk.redo_forgets;
    if (request->op == SIM_OP_DEREGISTER && entry != NULL && entry->wanted && stays) {
        entry->registered = false;
    } else if (request->op == SIM_OP_DEREGISTER && entry != NULL) {
        sim_client_unpublish(client, request->service, DISTRO_NONE);
    }
}

void sim_grpc_ended(SimClient *client, const SimRequest *request, bool ok)
{
    SimSubscribed *subscribed =
        request->op == SIM_OP_SUBSCRIBE ? sim_client_subscribed(client, request->service) : NULL;
    if (ok && subscribed != NULL) {
        subscribed->registered = true;
    } else if (ok && request->persistent == DISTRO_NONE) {
        note_registered(client, request);
    }
    if (request->origin == SIM_ORIGIN_REDO) {
        continue_redo(client);
    } else if (request->origin == SIM_ORIGIN_POLL) {
        sim_poll_ended(client, request, ok);
    } else {
        arm_redo(client);
    }
}

/* --- dispatch --------------------------------------------------------------------------------- */

void sim_grpc_outcome(SimClient *client, const SimCall *call, DistroOutcome outcome,
                      const DistroFrame *answer)
{
    switch (call->ticket.purpose) {
    case SIM_PURPOSE_REQUEST:
        on_request_outcome(client, call, outcome, answer);
        break;
    case SIM_PURPOSE_PING:
        on_ping_outcome(client, call, outcome, answer);
        break;
    default:
        on_attempt_outcome(client, call, outcome, answer);
        break;
    }
}

static void on_rest_over(SimClient *client, uint32_t serial)
{
    SimRequest *request = sim_client_find_request(client, serial);
    if (request->phase == SIM_PHASE_RESTING) {
        try_again(client, request);
    }
}

void sim_grpc_timer(SimClient *client, SimClientTimer timer, uint32_t stamp)
{
    switch (timer) {
    case SIM_TIMER_REQUEST:
        on_rest_over(client, stamp);
        break;
    case SIM_TIMER_RECONNECT:
        on_reconnect_timer(client, stamp);
        break;
    case SIM_TIMER_HEALTH:
        on_health_timer(client, stamp);
        break;
    case SIM_TIMER_PING:
        on_ping_timer(client, stamp);
        break;
    case SIM_TIMER_REDO:
        on_redo_timer(client, stamp);
        break;
    case SIM_TIMER_POLL:
        sim_poll_timer(client, stamp);
        break;
    default:
        g_assert_not_reached();
    }
}

/* A process that ends in good order leaves its connections to the kernel, which closes them. */
void sim_grpc_close(SimClient *client)
{
    client->grpc.node = UINT32_MAX;
    sim_client_leave_network(client, SIM_REAL_GONE_CLOSED);
}
