/* sim/client/client.c -- what both SDKs have in common: a process from its start to its end, and
 * what comes to it from the world. */
#include "sim/client/internal.h"

#include <stdio.h>
#include <string.h>

#include "sim/client/dual_internal.h"
#include "sim/naming/bytes.h"
#include "sim/world/observe.h"

#define FIRST_PORT 32768 /* of its connections: net.ipv4.ip_local_port_range begins there */
#define PORTS_PER_STACK 8192
#define FIRST_PROCESS                                                                              \
    ((64u << 16) + 1) /* numbers of processes: their addresses are 10.192.0.1 .. */

void sim_client_default_address(uint32_t number, char buffer[SIM_CLIENT_ADDRESS_SIZE])
{
    uint32_t address = (10u << 24 | 128u << 16) + number;
    snprintf(buffer, SIM_CLIENT_ADDRESS_SIZE, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
             address >> 8 & 255, address & 255);
}

/* --- life ----------------------------------------------------------------------------------- */

static SimClient *from_spec(SimWorld *world, uint32_t index, const SimClientSpec *spec)
{
    SimClient *client = g_new0(SimClient, 1);
    client->world = world;
    client->index = index;
    client->name =
        spec->name != NULL ? g_strdup(spec->name) : g_strdup_printf("c%u", world->processes + 1);
    client->kind = spec->kind;
    client->sdk = spec->sdk != NULL ? *spec->sdk : sim_sdk_default(spec->kind);
    client->site = spec->site;
    client->servers = g_memdup2(spec->servers, spec->n_servers * sizeof *spec->servers);
    client->n_servers = spec->n_servers;
    client->preferred = spec->preferred;
    client->balance.spec = spec->balance;
    client->ip = distro_dictionary_name(world->dictionary, spec->ip);
    client->port = spec->port;
    client->api = MAX(1, spec->api);
    client->open = true;
    client->prng = sim_prng_stream_n(world->seed, "workload/c", index);
    return client;
}

static SimClient *new_client(SimWorld *world, const SimClientSpec *spec)
{
    uint32_t index = world->clients->len;
    g_assert_cmpuint(index, <, 1u << SIM_CLIENT_INDEX_BITS);
    g_assert_cmpuint(spec->n_servers, >, 0);
    SimClient *client = from_spec(world, index, spec);
    g_ptr_array_add(world->clients, client);
    g_hash_table_insert(world->client_by_name, g_strdup(client->name), GUINT_TO_POINTER(index + 1));
    sim_network_add_client(world->network, spec->site, spec->tracked);
    sim_network_up(world->network, sim_client_self(client));
    sim_world_meet_faults(world, sim_client_self(client));
    if (client->kind == SIM_CLIENT_GRPC) {
        sim_grpc_init(client);
    } else {
        sim_http_init(client);
    }
    if (spec->load_cache != NULL) {
        sim_client_load_cache(client, spec->load_cache);
    }
    return client;
}

SimClient *sim_client_new_stack(SimWorld *world, const SimClientSpec *spec, SimDual *dual,
                                uint32_t leg)
{
    SimClient *client = new_client(world, spec);
    client->dual = dual;
    client->leg = leg;
    sim_client_moved(client);
    return client;
}

uint32_t sim_client_new(SimWorld *world, const SimClientSpec *spec)
{
    SimClient *client = new_client(world, spec);
    client->number = ++world->processes;
    if (spec->dual != NULL) {
        sim_dual_new(client, spec);
    }
    sim_client_moved(client);
    if (!spec->deferred) {
        sim_client_start(client);
    }
    return client->index;
}

uint32_t sim_client_new_process(SimWorld *world, const char *name, uint32_t site,
                                const uint32_t *servers, uint32_t n_servers,
                                const SimClientProcess *process)
{
    const SimClientSpec spec = { .name = name,
                                 .kind = SIM_CLIENT_HTTP,
                                 .site = site,
                                 .servers = servers,
                                 .n_servers = n_servers,
                                 .preferred = -1,
                                 .ip = "",
                                 .tracked = true,
                                 .fleet = UINT32_MAX,
                                 .deferred = true };
    SimClient *client = new_client(world, &spec);
    client->number = FIRST_PROCESS + client->index;
    client->process = g_memdup2(process, sizeof *process);
    client->started = true;
    sim_client_moved(client);
    return client->index;
}

void sim_client_begin(SimClient *client, SimRequest *request)
{
    if (!client->started) {
        request->phase = SIM_PHASE_HELD;
    } else if (client->world->now_us < client->paused_until_us) {
        request->phase = SIM_PHASE_HELD;
        sim_client_set_timer(client, client->paused_until_us, SIM_TIMER_REQUEST, request->serial);
    } else if (client->kind == SIM_CLIENT_GRPC) {
        sim_grpc_begin(client, request);
    } else {
        sim_http_begin(client, request);
    }
}

/* The server that it asks first has been drawn already if it has one (2.x). */
static void record_start(SimClient *client)
{
    uint32_t next = client->kind == SIM_CLIENT_GRPC ? client->grpc.cursor + 1 : 0;
    bool drawn = client->kind == SIM_CLIENT_GRPC;
    int first = drawn ? (int)(next % client->n_servers) : client->preferred;
    if (client->balance.spec.way != SIM_BALANCE_LIST) {
        first = -1;
    }
    const SimClientBeganNews news = { client->index, client->servers, client->n_servers, first };
    sim_tell_client_began(client->world, &news);
}

void sim_client_release_held(SimClient *client)
{
    for (uint32_t i = 0; client->requests != NULL && i < client->requests->len; i++) {
        SimRequest *request = &g_array_index(client->requests, SimRequest, i);
        if (request->phase == SIM_PHASE_HELD) {
            sim_client_begin(client, request);
        }
    }
}

void sim_client_start_stack(SimClient *client)
{
    if (client->started || !client->open) {
        return;
    }
    client->started = true;
    client->started_us = client->world->now_us;
    if (client->kind == SIM_CLIENT_GRPC) {
        sim_grpc_start(client);
    }
    sim_client_release_held(client);
}

void sim_client_start(SimClient *client)
{
    if (client->started || !client->open) {
        return;
    }
    record_start(client);
    if (client->dual != NULL) {
        sim_dual_start(client->dual);
    } else {
        sim_client_start_stack(client);
    }
}

static void free_array(GArray *array)
{
    if (array != NULL) {
        g_array_unref(array);
    }
}

/* The world's lists end with the world, so the references of the cache need no giving back. */
void sim_client_free(SimClient *client)
{
    if (client == NULL) {
        return;
    }
    free_array(client->publications);
    free_array(client->subscriptions);
    free_array(client->requests);
    free_array(client->more_held);
    free_array(client->disk);
    free_array(client->balance.addresses);
    if (client->kind == SIM_CLIENT_HTTP) {
        sim_http_clear(client);
    }
    if (client->dual != NULL && client->leg == SIM_DUAL_PRIMARY) {
        sim_dual_free(client->dual);
    }
    g_free(client->process);
    g_free(client->servers);
    g_free(client->name);
    g_free(client);
}

void sim_client_redraw(SimClient *client, uint64_t seed)
{
    sim_prng_redraw(&client->prng, seed);
}

/* --- small things ----------------------------------------------------------------------------- */

SimEndpoint sim_client_self(const SimClient *client)
{
    return sim_client_endpoint(client->index);
}

uint32_t sim_client_serial(SimClient *client)
{
    client->last_serial = (client->last_serial + 1) & ((1u << SIM_CLIENT_STAMP_BITS) - 1);
    if (client->last_serial == 0) {
        client->last_serial = 1;
    }
    return client->last_serial;
}

void sim_client_set_timer(SimClient *client, int64_t at_us, SimClientTimer timer, uint32_t stamp)
{
    uint64_t payload = client->index;
    payload |= (uint64_t)timer << SIM_CLIENT_INDEX_BITS;
    payload |= (uint64_t)stamp << (SIM_CLIENT_INDEX_BITS + SIM_CLIENT_TIMER_BITS);
    sim_event_queue_push(client->world->queue, at_us, sim_event_word(SIM_EVENT_CLIENT, payload));
}

void sim_client_trace(SimClient *client, SimTraceKind kind, uint32_t node, int64_t value)
{
    SimEndpoint object = node == UINT32_MAX ? SIM_NO_ENDPOINT : sim_node_endpoint(node);
    sim_world_trace(client->world, kind, sim_client_self(client), object, sim_client_id(client),
                    value);
}

void sim_client_moved(SimClient *client)
{
    client->world->changed = true;
    client->world->last_activity_us = client->world->now_us;
    sim_tell_client_moved(client->world, client->index);
}

bool sim_client_open(const SimClient *client)
{
    return client->open;
}

uint32_t sim_client_server(const SimClient *client)
{
    if (!client->open) {
        return UINT32_MAX;
    }
    return client->kind == SIM_CLIENT_GRPC ? client->grpc.node : client->http.server;
}

DistroClient sim_client_id(const SimClient *client)
{
    return client->kind == SIM_CLIENT_GRPC ? client->grpc.id : client->http.id;
}

static void add_counters(SimClientCounters *sum, const SimClientCounters *more)
{
    sum->requests += more->requests;
    sum->failed += more->failed;
    sum->beats += more->beats;
    sum->beats_failed += more->beats_failed;
    sum->redos += more->redos;
    sum->switches += more->switches;
}

SimClientCounters sim_client_counters(const SimClient *client)
{
    SimClientCounters sum = client->counters;
    for (uint32_t leg = SIM_DUAL_SECONDARY; leg < SIM_DUAL_STACKS; leg++) {
        if (sim_dual_stack(client, leg) != NULL) {
            add_counters(&sum, &sim_dual_stack(client, leg)->counters);
        }
    }
    return sum;
}

uint32_t sim_client_number(const SimClient *client)
{
    return client->number;
}

uint32_t sim_client_first_port(const SimClient *client)
{
    SimPrng prng = sim_prng_stream_n(client->world->seed, "client/port", client->index);
    return FIRST_PORT + client->leg * PORTS_PER_STACK +
           (uint32_t)sim_prng_below(&prng, PORTS_PER_STACK);
}

uint32_t sim_client_index(const SimClient *client)
{
    return client->index;
}

const char *sim_client_name(const SimClient *client)
{
    return client->name;
}

const SimSdk *sim_client_sdk(const SimClient *client)
{
    return &client->sdk;
}

SimClientKind sim_client_kind(const SimClient *client)
{
    return client->kind;
}

uint32_t sim_client_api(const SimClient *client)
{
    return client->api;
}

SimBalanceSpec sim_client_balance(const SimClient *client)
{
    return client->balance.spec;
}

uint32_t sim_client_site(const SimClient *client)
{
    return client->site;
}

uint32_t sim_client_cluster(const SimClient *client)
{
    return sim_world_node(client->world, client->servers[0])->cluster;
}

DistroName sim_client_ip(const SimClient *client)
{
    return client->ip;
}

int32_t sim_client_port(const SimClient *client)
{
    return client->port;
}

/* --- its end ---------------------------------------------------------------------------------- */

/* Whatever is in hand ends with @reason, and of its operation nothing more is told: it has gone.
 */
static void drop_requests(SimClient *client, const char *reason)
{
    for (uint32_t i = 0; client->requests != NULL && i < client->requests->len; i++) {
        SimRequest *request = &g_array_index(client->requests, SimRequest, i);
        request->operation = SIM_NO_OPERATION;
        if (request->phase != SIM_PHASE_ENDED) {
            sim_client_end_soon(client, request, false, reason);
        }
    }
}

static void thaw(SimClient *client)
{
    if (client->frozen) {
        sim_network_resume(client->world->network, client->world->now_us, sim_client_self(client));
    }
    client->frozen = false;
}

void sim_client_process_down(SimClient *client)
{
    thaw(client);
    client->paused_until_us = client->world->now_us;
    client->open = false;
    sim_network_down(client->world->network, sim_client_self(client), false);
    sim_client_moved(client);
}

void sim_client_process_up(SimClient *client)
{
    client->open = true;
    sim_network_up(client->world->network, sim_client_self(client));
    sim_client_moved(client);
}

typedef enum End {
    END_CLOSED,
    END_KILLED,
    END_CRASHED,
} End;

static const struct {
    const char *reason;
    SimTraceKind kind;
} ends[] = {
    [END_CLOSED] = { "closed", SIM_TRACE_CLIENT_CLOSED },
    [END_KILLED] = { "killed", SIM_TRACE_CLIENT_KILLED },
    [END_CRASHED] = { "crashed", SIM_TRACE_CLIENT_CRASHED },
};

static void go(SimClient *client, End end)
{
    const SimWorld *world = client->world;
    uint32_t server = sim_client_server(client);
    thaw(client);
    client->paused_until_us = client->world->now_us;
    client->open = false;
    drop_requests(client, ends[end].reason);
    for (uint32_t i = 0; client->subscriptions != NULL && i < client->subscriptions->len; i++) {
        const SimCacheNews left = {
            .client = sim_client_process(client)->index,
            .service = g_array_index(client->subscriptions, SimSubscribed, i).service
        };
        sim_tell_consumer_left(world, &left);
    }
    sim_client_clear_held(client);
    const SimClientGoneNews gone = { client->index, end != END_CLOSED };
    sim_tell_client_gone(world, &gone);
    sim_client_trace(client, ends[end].kind, server, 0);
}

/* 2.x closes its connection and sends nothing first; 1.x takes its instances back one by one.
 * Either way the truth lets them go at once. */
void sim_client_close_stack(SimClient *client, SimClientDone done, void *data)
{
    SimRequest *request =
        sim_client_user_request(client, SIM_N_OPS, DISTRO_NONE, DISTRO_NONE, done, data);
    if (client->dual == NULL) {
        request->invoked = sim_client_note_invoked(client, SIM_N_OPS, DISTRO_NONE, DISTRO_NONE);
    }
    uint32_t serial = request->serial;
    request->phase = SIM_PHASE_ENDED;
    go(client, END_CLOSED);
    if (client->kind == SIM_CLIENT_HTTP) {
        sim_http_close(client, serial);
    } else {
        sim_grpc_close(client);
        sim_client_end_soon(client, sim_client_find_request(client, serial), true, NULL);
    }
    sim_client_moved(client);
}

void sim_client_close(SimClient *client, SimClientDone done, void *data)
{
    sim_client_tell_action(client, SIM_ACTION_CLOSE, DISTRO_NONE, DISTRO_NONE, UINT32_MAX, -1);
    if (client->dual != NULL) {
        sim_dual_close(client->dual, done, data);
    } else {
        sim_client_close_stack(client, done, data);
    }
}

void sim_client_leave_network(SimClient *client, SimRealGone how)
{
    const SimReality *reality = client->world->reality;
    sim_network_down(client->world->network, sim_client_self(client), how == SIM_REAL_GONE_SILENT);
    if (reality != NULL) {
        reality->client_gone(reality->data, client->index, how);
    }
}

static void end_stack(SimClient *client, End end)
{
    go(client, end);
    sim_client_leave_network(client,
                             end == END_KILLED ? SIM_REAL_GONE_SILENT : SIM_REAL_GONE_CRASHED);
    sim_client_moved(client);
}

/* What the process is made of. */
static SimClient *part_of(SimClient *client, uint32_t leg)
{
    return client->dual != NULL ? sim_dual_stack(client, leg) : leg == 0 ? client : NULL;
}

static void end_process(SimClient *client, End end, SimActionKind action)
{
    g_assert_true(client->open);
    sim_client_tell_action(client, action, DISTRO_NONE, DISTRO_NONE, UINT32_MAX, -1);
    for (uint32_t leg = 0; leg < SIM_DUAL_STACKS; leg++) {
        if (part_of(client, leg) != NULL) {
            end_stack(part_of(client, leg), end);
        }
    }
}

void sim_client_kill(SimClient *client)
{
    end_process(client, END_KILLED, SIM_ACTION_KILL);
}

void sim_client_crash(SimClient *client)
{
    end_process(client, END_CRASHED, SIM_ACTION_CLIENT_CRASH);
}

static void pause_stack(SimClient *client, int64_t until_us)
{
    if (until_us <= client->paused_until_us) {
        return;
    }
    if (!client->frozen) {
        sim_network_pause(client->world->network, sim_client_self(client));
    }
    client->frozen = true;
    client->paused_until_us = until_us;
    client->resume_stamp = sim_client_serial(client);
    sim_client_set_timer(client, until_us, SIM_TIMER_RESUME, client->resume_stamp);
}

/* A second pause can only lengthen the first. */
void sim_client_pause(SimClient *client, int64_t for_us)
{
    g_assert_true(client->open);
    if (client->process == NULL) {
        sim_client_tell_action(client, SIM_ACTION_CLIENT_PAUSE, DISTRO_NONE, DISTRO_NONE,
                               UINT32_MAX, for_us);
    }
    for (uint32_t leg = 0; leg < SIM_DUAL_STACKS; leg++) {
        if (part_of(client, leg) != NULL) {
            pause_stack(part_of(client, leg), client->world->now_us + for_us);
        }
    }
}

/* --- from the world --------------------------------------------------------------------------- */

static void answer(SimClient *client, uint64_t call, uint32_t bytes)
{
    const DistroFrame frame = sim_client_answer(DISTRO_STATUS_OK, 0);
    sim_network_answer(client->world->network, client->world->now_us, call, &frame, bytes);
}

/* TCP: the kernel accepts, and nothing else is asked. HTTP: its page says how it is. */
static void answer_check(const SimClient *client, uint64_t call)
{
    const uint32_t page = client->health_page != 0 ? client->health_page : 200;
    const DistroFrame frame = sim_client_answer((DistroStatus)page, 0);
    sim_network_answer(client->world->network, client->world->now_us, call, &frame, 0);
}

void sim_client_set_health_page(SimClient *client, uint32_t status)
{
    g_assert_true(status >= 100 && status <= 599);
    client->health_page = status;
}

static void on_push(SimClient *client, uint64_t id, const SimCall *call)
{
    sim_client_cache(client, (DistroService)call->payload[0], sim_push_list(call->payload[0]),
                     (int64_t)call->payload[1]);
    bool http = client->kind == SIM_CLIENT_HTTP;
    answer(client, id,
           http ? sim_bytes_datagram_ack() : sim_bytes_answer(SIM_OP_PUSH, DISTRO_STATUS_OK));
}

void sim_client_take_push(SimClient *client, DistroService service, uint32_t list, int64_t wall_ms)
{
    if (!client->open || !client->started) {
        return;
    }
    client->grpc.active_us = client->world->now_us;
    if (service != DISTRO_NONE) {
        sim_client_cache(client, service, list, wall_ms);
    }
}

/* A process that has gone says nothing; a question meant for an older connection is not
 * heard. */
void sim_client_on_request(SimClient *client, uint64_t call)
{
    const SimCall *request = sim_network_find_call(client->world->network, call);
    if (!client->open || !client->started || request == NULL) {
        return;
    }
    if (client->process != NULL) {
        client->process->on_request(client->process->data, call);
        return;
    }
    if (request->op == SIM_OP_CHECK) {
        answer_check(client, call);
        return;
    }
    if (client->kind == SIM_CLIENT_GRPC) {
        client->grpc.active_us = client->world->now_us;
    }
    if (request->op == SIM_OP_PUSH) {
        on_push(client, call, request);
    } else if (request->op == SIM_OP_DETECT && request->payload[2] == sim_client_id(client)) {
        answer(client, call, sim_bytes_answer(SIM_OP_DETECT, DISTRO_STATUS_OK));
    }
}

void sim_client_on_outcome(SimClient *client, uint64_t call, DistroOutcome outcome,
                           const DistroFrame *frame)
{
    const SimCall *ended = sim_network_find_call(client->world->network, call);
    g_assert_nonnull(ended);
    sim_client_take_outcome(client, ended, outcome, frame);
}

void sim_client_take_outcome(SimClient *client, const SimCall *ended, DistroOutcome outcome,
                             const DistroFrame *frame)
{
    if (client->process != NULL) {
        client->process->on_outcome(client->process->data, ended, outcome, frame);
    } else if (client->kind == SIM_CLIENT_HTTP) {
        sim_http_outcome(client, ended, outcome, frame);
    } else if (client->open) {
        sim_grpc_outcome(client, ended, outcome, frame);
    }
}

void sim_client_on_connection_lost(SimClient *client, uint32_t node)
{
    if (client->open && client->kind == SIM_CLIENT_GRPC) {
        sim_grpc_connection_lost(client, node);
    }
}

void sim_client_process_timer(SimClient *client, int64_t at_us, uint32_t timer, uint32_t stamp)
{
    g_assert_cmpuint(SIM_N_TIMERS + timer, <, 1u << SIM_CLIENT_TIMER_BITS);
    sim_client_set_timer(client, at_us, (SimClientTimer)(SIM_N_TIMERS + timer), stamp);
}

static void on_timer(SimClient *client, SimClientTimer timer, uint32_t stamp)
{
    if (client->process != NULL) {
        client->process->on_timer(client->process->data, (uint32_t)timer - SIM_N_TIMERS, stamp);
    } else if (timer == SIM_TIMER_FAILOVER) {
        sim_failover_timer(client);
    } else if (client->kind == SIM_CLIENT_HTTP) {
        sim_http_timer(client, timer, stamp);
    } else if (client->open) {
        sim_grpc_timer(client, timer, stamp);
    }
}

static void on_request_timer(SimClient *client, uint32_t serial)
{
    SimRequest *request = sim_client_find_request(client, serial);
    if (request == NULL) {
        return;
    }
    if (request->phase == SIM_PHASE_ENDED) {
        sim_client_end(client, serial, request->ok, request->reason);
    } else if (request->phase == SIM_PHASE_HELD) {
        sim_client_begin(client, request);
    } else {
        on_timer(client, SIM_TIMER_REQUEST, serial);
    }
}

static void resume(SimClient *client, uint32_t stamp)
{
    if (stamp == client->resume_stamp) {
        thaw(client);
    }
}

/* A frozen process' timers go off late: they come again when it resumes, after the resumption. */
void sim_client_event(SimClient *client, uint64_t payload)
{
    uint64_t timer_mask = (1u << SIM_CLIENT_TIMER_BITS) - 1;
    SimClientTimer timer = (SimClientTimer)(payload >> SIM_CLIENT_INDEX_BITS & timer_mask);
    uint32_t stamp = (uint32_t)(payload >> (SIM_CLIENT_INDEX_BITS + SIM_CLIENT_TIMER_BITS));
    if (timer == SIM_TIMER_RESUME) {
        resume(client, stamp);
    } else if (client->world->now_us < client->paused_until_us) {
        sim_client_set_timer(client, client->paused_until_us, timer, stamp);
    } else if (timer == SIM_TIMER_REQUEST) {
        on_request_timer(client, stamp);
    } else {
        on_timer(client, timer, stamp);
    }
}
