/* sim/network/pool.c -- see pool.h. */
#include "sim/network/pool.h"

#include "core/mix.h"
#include "sim/network/stream.h"

struct SimPacketPool {
    GArray *flights;          /* SimFlight, in the order of sending */
    GArray *heads;            /* SimFlight, for sim_pool_heads */
    GArray *held;             /* uint64_t */
    GArray *counters;         /* uint32_t by endpoint key: calls made */
    bool (*late)(void *data); /* nullable */
    void *late_data;
};

enum {
    FLIGHT_KINDS = 16
};

/* --- making ---------------------------------------------------------------------------------- */

void sim_network_begin_pool(SimNetwork *network)
{
    SimPacketPool *pool = g_new0(SimPacketPool, 1);
    const SimLink swift = { 0 };
    pool->flights = g_array_new(false, false, sizeof(SimFlight));
    pool->heads = g_array_new(false, false, sizeof(SimFlight));
    pool->held = g_array_new(false, false, sizeof(uint64_t));
    pool->counters = g_array_new(false, true, sizeof(uint32_t));
    for (uint32_t i = 0; i < network->n_sites * network->n_sites; i++) {
        network->routes[i] = sim_route_new(&swift, network->routes[i].is_wan, network->spreads);
    }
    network->datagrams = false;
    for (guint i = 0; i < network->connections->len; i++) {
        SimConnection *connection = &g_array_index(network->connections, SimConnection, i);
        connection->name =
            distro_mix(connection->ends[SIM_OPENER] + 1, connection->ends[SIM_ACCEPTER]);
    }
    network->pool = pool;
}

void sim_network_ask_late(SimNetwork *network, bool (*late)(void *data), void *data)
{
    network->pool->late = late;
    network->pool->late_data = data;
}

bool sim_net_pool_applies_late(const SimNetwork *network)
{
    return network->pool->late != NULL && network->pool->late(network->pool->late_data);
}

void sim_net_free_pool(SimPacketPool *pool)
{
    if (pool == NULL) {
        return;
    }
    g_array_unref(pool->flights);
    g_array_unref(pool->heads);
    g_array_unref(pool->held);
    g_array_unref(pool->counters);
    g_free(pool);
}

/* Nodes and clients alternate, so that both kinds stay dense. */
static guint key_of(SimEndpoint endpoint)
{
    return sim_endpoint_index(endpoint) * 2 + sim_endpoint_is_client(endpoint);
}

uint64_t sim_net_name_call(SimNetwork *network, SimEndpoint caller)
{
    GArray *counters = network->pool->counters;
    const guint key = key_of(caller);
    if (key >= counters->len) {
        g_array_set_size(counters, key + 1);
    }
    const uint32_t number = ++g_array_index(counters, uint32_t, key);
    return (uint64_t)(key + 1) << 32 | number;
}

/* --- what is on its way ---------------------------------------------------------------------- */

static void describe_call(const SimNetwork *network, SimNetEvent kind, uint64_t id,
                          SimFlight *flight)
{
    const SimCallSlot *slot = sim_net_slot(network, id);
    const bool request = kind == SIM_NET_REQUEST;
    const SimConnection *connection =
        slot->call.by_connection ? sim_net_connection(network, slot->connection) : NULL;
    flight->from = request ? slot->call.from : slot->call.to;
    flight->to = request ? slot->call.to : slot->call.from;
    flight->name = distro_mix(slot->name, kind);
    flight->caller = slot->call.from;
    flight->number = (uint32_t)slot->name;
    flight->op = slot->call.op;
    flight->request = request;
    flight->by_connection = connection != NULL;
    flight->connection = connection != NULL ? slot->connection : 0;
    flight->stream =
        distro_mix(connection != NULL ? connection->name : slot->name, 100 + key_of(flight->to));
}

static void describe_end(const SimNetwork *network, SimNetEvent kind, uint64_t about,
                         SimFlight *flight)
{
    const unsigned side = (unsigned)(about >> (SIM_CALL_BITS - 1));
    const uint64_t id = about & (((uint64_t)1 << (SIM_CALL_BITS - 1)) - 1);
    const SimConnection *connection = sim_net_connection(network, id);
    flight->from = connection->ends[!side];
    flight->to = connection->ends[side];
    flight->name = distro_mix(connection->name, 50 + kind * 2 + side);
    flight->op = SIM_N_OPS;
    flight->by_connection = true;
    flight->connection = id;
    flight->stream = distro_mix(connection->name, 100 + key_of(flight->to));
}

static bool is_end(SimNetEvent kind)
{
    return kind == SIM_NET_FIN || kind == SIM_NET_RESET;
}

static bool is_alive(const SimNetwork *network, uint64_t payload)
{
    const SimNetEvent kind = (SimNetEvent)(payload >> SIM_CALL_BITS);
    const uint64_t about = payload & SIM_NET_ABOUT;
    if (is_end(kind)) {
        return sim_net_connection(network, about & (((uint64_t)1 << (SIM_CALL_BITS - 1)) - 1)) !=
               NULL;
    }
    return sim_net_slot(network, about) != NULL;
}

/* True if the packet is in the pool now. */
bool sim_net_enter_pool(SimNetwork *network, int64_t at_us, uint64_t payload)
{
    SimPacketPool *pool = network->pool;
    const SimNetEvent kind = (SimNetEvent)(payload >> SIM_CALL_BITS);
    const bool travels = kind == SIM_NET_REQUEST || kind == SIM_NET_ANSWER || is_end(kind) ||
                         (kind == SIM_NET_VERDICT && at_us <= sim_net_now(network));
    if (pool == NULL || !travels || !is_alive(network, payload)) {
        return false;
    }
    SimFlight flight = { .payload = payload };
    if (is_end(kind)) {
        describe_end(network, kind, payload & SIM_NET_ABOUT, &flight);
    } else {
        describe_call(network, kind, payload & SIM_NET_ABOUT, &flight);
    }
    g_array_append_val(pool->flights, flight);
    return true;
}

static bool is_listed(const GArray *names, uint64_t name)
{
    for (guint i = 0; i < names->len; i++) {
        if (g_array_index(names, uint64_t, i) == name) {
            return true;
        }
    }
    return false;
}

static void drop_dead(SimNetwork *network)
{
    GArray *flights = network->pool->flights;
    guint left = 0;
    for (guint i = 0; i < flights->len; i++) {
        const SimFlight flight = g_array_index(flights, SimFlight, i);
        if (is_alive(network, flight.payload)) {
            g_array_index(flights, SimFlight, left++) = flight;
        }
    }
    g_array_set_size(flights, left);
}

/* A packet that is held by itself lets those behind it pass. */
const GArray *sim_pool_heads(SimNetwork *network)
{
    SimPacketPool *pool = network->pool;
    drop_dead(network);
    g_array_set_size(pool->heads, 0);
    for (guint i = 0; i < pool->flights->len; i++) {
        SimFlight *flight = &g_array_index(pool->flights, SimFlight, i);
        bool first = true;
        for (guint k = 0; k < pool->heads->len && first; k++) {
            const SimFlight *head = &g_array_index(pool->heads, SimFlight, k);
            first = head->stream != flight->stream || is_listed(pool->held, head->name);
        }
        flight->held = is_listed(pool->held, flight->stream) || is_listed(pool->held, flight->name);
        if (first) {
            g_array_append_val(pool->heads, *flight);
        }
    }
    return pool->heads;
}

const SimFlight *sim_pool_second(SimNetwork *network, const SimFlight *head)
{
    const GArray *flights = network->pool->flights;
    bool passed = false;
    for (guint i = 0; i < flights->len && head->request; i++) {
        const SimFlight *flight = &g_array_index(flights, SimFlight, i);
        if (flight->stream == head->stream && passed) {
            return flight->request && !flight->held ? flight : NULL;
        }
        passed |= flight->name == head->name;
    }
    return NULL;
}

size_t sim_pool_size(const SimNetwork *network)
{
    return network->pool->flights->len;
}

/* --- moving on ------------------------------------------------------------------------------- */

void sim_pool_deliver(SimNetwork *network, int64_t now_us, uint64_t name)
{
    GArray *flights = network->pool->flights;
    for (guint i = 0; i < flights->len; i++) {
        const SimFlight flight = g_array_index(flights, SimFlight, i);
        if (flight.name == name) {
            g_array_remove_index(flights, i);
            sim_network_event(network, now_us, flight.payload);
            return;
        }
    }
    g_assert_not_reached();
}

void sim_pool_hold_stream(SimNetwork *network, uint64_t stream)
{
    g_array_append_val(network->pool->held, stream);
}

void sim_pool_hold_packet(SimNetwork *network, uint64_t name)
{
    g_array_append_val(network->pool->held, name);
}

void sim_pool_release(SimNetwork *network, uint64_t stream_or_name)
{
    GArray *held = network->pool->held;
    for (guint i = 0; i < held->len; i++) {
        if (g_array_index(held, uint64_t, i) == stream_or_name) {
            g_array_remove_index(held, i);
            return;
        }
    }
    g_assert_not_reached();
}

const GArray *sim_pool_held(const SimNetwork *network)
{
    return network->pool->held;
}

static void lose_call(SimNetwork *network, int64_t now_us, const SimFlight *flight)
{
    const uint64_t id = flight->payload & SIM_NET_ABOUT;
    const SimCallSlot *slot = sim_net_slot(network, id);
    if (slot->waiting) {
        sim_net_schedule_verdict(network, now_us, id, DISTRO_OUTCOME_BROKEN, false);
    }
    if (flight->request) {
        sim_net_request_lost(network, id);
    }
}

void sim_pool_break(SimNetwork *network, int64_t now_us, const SimFlight *flight)
{
    GArray *flights = network->pool->flights;
    const SimFlight broken = *flight;
    for (guint i = flights->len; i > 0; i--) {
        const SimFlight one = g_array_index(flights, SimFlight, i - 1);
        const bool lost =
            broken.connection != 0 ? one.connection == broken.connection : one.name == broken.name;
        if (lost) {
            g_array_remove_index(flights, i - 1);
            if (one.op != SIM_N_OPS && sim_net_slot(network, one.payload & SIM_NET_ABOUT) != NULL &&
                (one.request || broken.connection == 0)) {
                lose_call(network, now_us, &one);
            }
        }
    }
    if (broken.connection != 0) {
        sim_net_break_end(network, now_us, broken.connection, SIM_OPENER);
        sim_net_break_end(network, now_us, broken.connection, SIM_ACCEPTER);
    }
}

/* --- digest ---------------------------------------------------------------------------------- */

static uint64_t digest_of_frame(const DistroFrame *frame)
{
    uint64_t digest = 0;
    for (size_t i = 0; i < DISTRO_HEAD_SIZE; i++) {
        digest = distro_mix(digest, frame->head[i]);
    }
    return distro_mix(digest, frame->body != NULL ? g_bytes_hash(frame->body) : 0);
}

/* A call counts while its caller waits or its request may still have an effect. */
static uint64_t digest_of_call(const SimCallSlot *slot, int64_t now_us)
{
    uint64_t digest = distro_mix(slot->name, slot->call.op);
    digest = distro_mix(digest, (uint64_t)slot->call.to);
    digest = distro_mix(digest, (uint64_t)(slot->call.sent_us + slot->call.timeout_us - now_us));
    digest =
        distro_mix(digest, slot->waiting + slot->answered * 2 + slot->abandoned * 4 +
                               slot->request * 8u + slot->arrived * 64u + slot->cancelled * 128u);
    digest = distro_mix(digest, slot->call.ticket.serial);
    digest = distro_mix(digest, digest_of_frame(&slot->call.frame));
    return slot->answered ? distro_mix(digest, digest_of_frame(&slot->answer)) : digest;
}

static uint64_t digest_of_connection(const SimConnection *connection)
{
    uint64_t digest = distro_mix(connection->ends[SIM_OPENER], connection->ends[SIM_ACCEPTER]);
    return distro_mix(digest, connection->views[SIM_OPENER] * 4u + connection->views[SIM_ACCEPTER]);
}

static uint64_t digest_of_pool(const SimPacketPool *pool)
{
    uint64_t digest = 0, sum = 0;
    for (guint i = 0; i < pool->flights->len; i++) { /* streams have an order, the pool has none */
        const SimFlight *flight = &g_array_index(pool->flights, SimFlight, i);
        uint64_t place = 0;
        for (guint k = 0; k < i; k++) {
            place += g_array_index(pool->flights, SimFlight, k).stream == flight->stream;
        }
        sum += distro_mix(distro_mix(flight->name, flight->stream), place);
    }
    digest = distro_mix(digest, sum);
    sum = 0;
    for (guint i = 0; i < pool->held->len; i++) {
        sum += distro_mix(9, g_array_index(pool->held, uint64_t, i));
    }
    return distro_mix(digest, sum);
}

static uint64_t digest_of_troubles(const SimNetwork *network, int64_t now_us)
{
    uint64_t sum = 0;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, network->troubles);
    while (g_hash_table_iter_next(&iter, NULL, &value)) { /* added up: the order has no say */
        const SimTrouble *trouble = value;
        const bool clogged = trouble->clogged_until_us > now_us;
        uint64_t digest = distro_mix(trouble->key, trouble->cut + 8u * trouble->degraded);
        sum += distro_mix(digest, clogged ? (uint64_t)(trouble->clogged_until_us - now_us) : 0);
    }
    return sum;
}

/* Of the network's events those that no call, stream or connection tells of. */
static uint64_t digest_of_events(const SimNetwork *network, const GArray *events, int64_t now_us)
{
    uint64_t sum = 0;
    for (guint i = 0; i < events->len; i++) {
        const SimEvent *event = &g_array_index(events, SimEvent, i);
        const uint64_t payload = sim_event_payload(event->word);
        const uint64_t kind = payload >> SIM_CALL_BITS;
        const bool of_call = kind == SIM_NET_HANDLE || kind == SIM_NET_LEAVE;
        if (sim_event_kind(event->word) != SIM_EVENT_NETWORK ||
            !(of_call || kind == SIM_NET_BREAK || kind == SIM_NET_RESEND)) {
            continue;
        }
        const SimCallSlot *slot = of_call ? sim_net_slot(network, payload & SIM_NET_ABOUT) : NULL;
        if (!of_call || slot != NULL) {
            sum += distro_mix(distro_mix(kind, slot != NULL ? slot->name : 0),
                              (uint64_t)(event->at_us - now_us));
        }
    }
    return sum;
}

uint64_t sim_network_digest(const SimNetwork *network, const GArray *events, int64_t now_us)
{
    uint64_t calls = 0, connections = 0, digest = digest_of_pool(network->pool);
    for (uint32_t i = 0; i < network->n_slots; i++) {
        const SimCallSlot *slot = sim_net_slot_at(network, i);
        calls += slot->in_use ? digest_of_call(slot, now_us) : 0;
    }
    for (guint i = 0; i < network->connections->len; i++) {
        const SimConnection *connection = &g_array_index(network->connections, SimConnection, i);
        connections += connection->in_use ? digest_of_connection(connection) : 0;
    }
    digest = distro_mix(distro_mix(digest, calls), connections);
    digest = distro_mix(digest, digest_of_troubles(network, now_us));
    digest = distro_mix(digest, digest_of_events(network, events, now_us));
    digest = distro_mix(digest, sim_net_streams_digest(network, now_us));
    for (guint i = 0; i < network->parked->len; i++) {
        const SimParked *parked = &g_array_index(network->parked, SimParked, i);
        const SimCallSlot *slot = sim_net_slot(network, parked->payload & SIM_NET_ABOUT);
        digest = distro_mix(digest, slot != NULL ? slot->name : 0);
        digest = distro_mix(digest, (uint64_t)(parked->sent_us - now_us));
    }
    for (guint i = 0; i < network->nodes->len; i++) {
        const SimNetEndpoint *party = &g_array_index(network->nodes, SimNetEndpoint, i);
        digest = distro_mix(digest, party->up + party->silent * 2u + party->paused * 4u);
    }
    for (guint i = 0; i < network->clients->len; i++) {
        const SimNetEndpoint *party = &g_array_index(network->clients, SimNetEndpoint, i);
        digest = distro_mix(digest, party->up + party->silent * 2u + party->paused * 4u);
    }
    return digest;
}
