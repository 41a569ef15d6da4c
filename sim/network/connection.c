/* sim/network/connection.c -- connections: two ends, each with its own opinion.
 *
 *      opener                                    accepter
 *      OPENING  <---- good answer to CONNECT ---- OPEN        sim_net_open()
 *      OPEN                                       OPEN        the answer arrives
 *      CLOSED   ----- FIN or reset -------------> OPEN        one end closes or dies
 *                                                 CLOSED      it arrives: calls BROKEN, end told
 *
 * A reset that a cut swallows leaves one end with a stale opinion. It notices when it calls: the
 * other end knows no such connection and answers with a reset. So a pair may have an old connection
 * that one end still believes in beside the newest; only the newest is used. */
#include "sim/network/stream.h"

enum {
    CONNECTION_GENERATION_BITS = 23
};

static SimConnection *at(const SimNetwork *network, uint32_t index)
{
    return &g_array_index(network->connections, SimConnection, index);
}

static uint64_t id_of(const SimNetwork *network, uint32_t index)
{
    return (uint64_t)at(network, index)->generation << SIM_SLOT_BITS | index;
}

static uint32_t index_of(uint64_t id)
{
    return (uint32_t)(id & ((1u << SIM_SLOT_BITS) - 1));
}

SimConnection *sim_net_connection(const SimNetwork *network, uint64_t id)
{
    if (id == 0) {
        return NULL;
    }
    SimConnection *connection = at(network, index_of(id));
    bool same = connection->in_use && connection->generation == id >> SIM_SLOT_BITS;
    return same ? connection : NULL;
}

unsigned sim_net_side(const SimConnection *connection, SimEndpoint endpoint)
{
    return connection->ends[SIM_OPENER] == endpoint ? SIM_OPENER : SIM_ACCEPTER;
}

/* --- lists of the ends ----------------------------------------------------------------------- */

static void link_end(SimNetwork *network, uint32_t index, unsigned side)
{
    SimConnection *connection = at(network, index);
    uint32_t *first = &sim_net_endpoint(network, connection->ends[side])->connections[side];
    connection->next[side] = *first;
    connection->previous[side] = 0;
    if (*first) {
        at(network, *first - 1)->previous[side] = index + 1;
    }
    *first = index + 1;
}

static void unlink_end(SimNetwork *network, uint32_t index, unsigned side)
{
    SimConnection *connection = at(network, index);
    uint32_t next = connection->next[side], previous = connection->previous[side];
    if (next) {
        at(network, next - 1)->previous[side] = previous;
    }
    if (previous) {
        at(network, previous - 1)->next[side] = next;
    } else {
        sim_net_endpoint(network, connection->ends[side])->connections[side] = next;
    }
}

/* --- making, finding ------------------------------------------------------------------------- */

static uint32_t take_connection(SimNetwork *network)
{
    GArray *unused = network->free_connections;
    if (unused->len > 0) {
        uint32_t index = g_array_index(unused, uint32_t, unused->len - 1);
        g_array_set_size(unused, unused->len - 1);
        return index;
    }
    g_array_set_size(network->connections, network->connections->len + 1);
    return network->connections->len - 1;
}

static uint32_t next_generation(uint32_t generation)
{
    uint32_t next = (generation + 1) & ((1u << CONNECTION_GENERATION_BITS) - 1);
    return next ? next : 1;
}

/* Index + 1 of the newest connection that @from opened to @to, or 0. */
static uint32_t find_newest(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    if (sim_net_both_nodes(from, to)) {
        return sim_net_pair(network, from, to)->connection;
    }
    /* A client has few connections, newest first. */
    unsigned side = sim_endpoint_is_client(from) ? SIM_OPENER : SIM_ACCEPTER;
    SimEndpoint client = side == SIM_OPENER ? from : to, other = side == SIM_OPENER ? to : from;
    uint32_t entry = sim_net_endpoint(network, client)->connections[side];
    while (entry && at(network, entry - 1)->ends[!side] != other) {
        entry = at(network, entry - 1)->next[side];
    }
    return entry;
}

static uint64_t usable_in(const SimNetwork *network, SimEndpoint from, SimEndpoint to,
                          unsigned side)
{
    uint32_t entry = find_newest(network, from, to);
    bool open = entry && at(network, entry - 1)->views[side] == SIM_CONNECTION_OPEN;
    return open ? id_of(network, entry - 1) : 0;
}

uint64_t sim_net_usable_connection(const SimNetwork *network, SimEndpoint caller,
                                   SimEndpoint called)
{
    uint64_t own = usable_in(network, caller, called, SIM_OPENER);
    return own ? own : usable_in(network, called, caller, SIM_ACCEPTER);
}

bool sim_network_connected(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    return usable_in(network, from, to, SIM_OPENER) != 0;
}

bool sim_network_accepted(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    return usable_in(network, from, to, SIM_ACCEPTER) != 0;
}

void sim_network_set_connection_context(SimNetwork *network, SimEndpoint from, SimEndpoint to,
                                        uint64_t context)
{
    uint32_t entry = find_newest(network, from, to);
    if (entry) {
        at(network, entry - 1)->context = context;
    }
}

uint64_t sim_network_connection_context(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    uint32_t entry = find_newest(network, from, to);
    return entry ? at(network, entry - 1)->context : 0;
}

uint64_t sim_net_open(SimNetwork *network, int64_t now_us, SimEndpoint from, SimEndpoint to,
                      bool accepter_knows)
{
    /* Who opens anew has given the old one up. */
    uint32_t old = find_newest(network, from, to);
    if (old && at(network, old - 1)->views[SIM_OPENER] != SIM_CONNECTION_CLOSED) {
        sim_net_close_end(network, now_us, id_of(network, old - 1), SIM_OPENER, SIM_NET_FIN);
    }

    uint32_t index = take_connection(network);
    SimConnection *connection = at(network, index);
    *connection = (SimConnection) {
        .ends = { from, to },
        .views = { SIM_CONNECTION_OPENING,
                   accepter_knows ? SIM_CONNECTION_OPEN : SIM_CONNECTION_CLOSED },
        .in_use = true,
        .generation = next_generation(connection->generation),
    };
    link_end(network, index, SIM_OPENER);
    link_end(network, index, SIM_ACCEPTER);
    if (sim_net_both_nodes(from, to)) {
        sim_net_pair(network, from, to)->connection = index + 1;
    }
    return id_of(network, index);
}

void sim_net_arrive_after(SimNetwork *network, SimEndpoint from, SimEndpoint to, int64_t at_us)
{
    const uint32_t newest[] = { find_newest(network, from, to), find_newest(network, to, from) };
    for (unsigned i = 0; i < G_N_ELEMENTS(newest); i++) {
        if (newest[i] != 0) {
            sim_net_in_order(sim_net_order(network, id_of(network, newest[i] - 1), from), at_us);
        }
    }
}

/* --- ending ---------------------------------------------------------------------------------- */

void sim_net_release_connection(SimNetwork *network, uint64_t id)
{
    SimConnection *connection = sim_net_connection(network, id);
    if (connection == NULL || connection->views[SIM_OPENER] != SIM_CONNECTION_CLOSED ||
        connection->views[SIM_ACCEPTER] != SIM_CONNECTION_CLOSED || connection->calls) {
        return;
    }
    uint32_t index = index_of(id);
    unlink_end(network, index, SIM_OPENER);
    unlink_end(network, index, SIM_ACCEPTER);
    SimEndpoint from = connection->ends[SIM_OPENER], to = connection->ends[SIM_ACCEPTER];
    if (sim_net_both_nodes(from, to) && sim_net_pair(network, from, to)->connection == index + 1) {
        sim_net_pair(network, from, to)->connection = 0;
    }
    sim_net_drop_streams(network, id);
    g_clear_pointer(&connection->orders, g_free);
    connection->in_use = false;
    g_array_append_val(network->free_connections, index);
}

static GArray *calls_of(const SimNetwork *network, const SimConnection *connection)
{
    GArray *ids = g_array_new(false, false, sizeof(uint64_t));
    for (uint32_t entry = connection->calls; entry;) {
        const SimCallSlot *slot = sim_net_slot_at(network, entry - 1);
        uint64_t id = sim_net_call_id(slot, entry - 1);
        g_array_append_val(ids, id);
        entry = slot->next;
    }
    return ids;
}

/* What becomes of a call once the end @caller of its connection is closed. An end that closes by
 * itself hears of its calls' fate later, an end that is @told hears it at once. */
static void end_call(SimNetwork *network, int64_t now_us, uint64_t id, SimEndpoint end, bool told)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    if (slot == NULL) {
        return;
    }
    /* What was asked of this end can no longer be answered. */
    if (slot->call.to == end && slot->request == SIM_REQUEST_DELIVERED && !slot->answered) {
        sim_net_request_lost(network, id);
    } else if (slot->call.from == end && slot->waiting && told) {
        sim_net_finish(network, now_us, id, DISTRO_OUTCOME_BROKEN);
    } else if (slot->call.from == end && slot->waiting) {
        sim_net_schedule_verdict(network, now_us, id, DISTRO_OUTCOME_BROKEN, false);
    }
}

static void end_calls(SimNetwork *network, int64_t now_us, uint64_t id, unsigned side, bool told)
{
    const SimConnection *connection = sim_net_connection(network, id);
    if (connection->calls == 0) {
        return;
    }
    SimEndpoint end = connection->ends[side];
    sim_net_scatter_batches(network, connection->calls);
    g_autoptr(GArray) calls = calls_of(network, connection);
    for (guint i = 0; i < calls->len; i++) {
        end_call(network, now_us, g_array_index(calls, uint64_t, i), end, told);
    }
}

static void tell_other_end(SimNetwork *network, int64_t now_us, uint64_t id, unsigned side,
                           SimNetEvent kind)
{
    const SimConnection *connection = sim_net_connection(network, id);
    if (connection == NULL || connection->views[!side] == SIM_CONNECTION_CLOSED) {
        return; /* it may have ended with the last of its calls */
    }
    SimEndpoint from = connection->ends[side], to = connection->ends[!side];
    uint64_t payload = sim_net_payload(kind, sim_net_end(id, !side));
    if (kind == SIM_NET_FIN) {
        sim_net_send(network, now_us, from, to, network->framing.datagram[false], payload);
    } else {
        sim_net_reset_end(network, now_us, id, !side);
    }
}

void sim_net_close_end(SimNetwork *network, int64_t now_us, uint64_t id, unsigned side,
                       SimNetEvent kind)
{
    SimConnection *connection = sim_net_connection(network, id);
    if (connection == NULL || connection->views[side] == SIM_CONNECTION_CLOSED) {
        return;
    }
    connection->views[side] = SIM_CONNECTION_CLOSED;
    connection->closed_us = now_us;
    end_calls(network, now_us, id, side, kind == SIM_NET_BREAK);
    if (kind != SIM_NET_BREAK) {
        tell_other_end(network, now_us, id, side, kind);
    }
    sim_net_release_connection(network, id);
}

void sim_net_reset_end(SimNetwork *network, int64_t now_us, uint64_t id, unsigned side)
{
    const SimConnection *connection = sim_net_connection(network, id);
    if (connection == NULL || connection->views[side] == SIM_CONNECTION_CLOSED) {
        return;
    }
    SimEndpoint from = connection->ends[!side], to = connection->ends[side];
    if (sim_network_is_cut(network, from, to) & SIM_CUT_PACKETS) {
        return;
    }
    int64_t delay_us =
        sim_route_delay(sim_net_route(network, from, to), sim_net_prng(network, from, to));
    sim_net_push(network, now_us + delay_us, SIM_NET_RESET, sim_net_end(id, side));
}

void sim_net_break_end(SimNetwork *network, int64_t at_us, uint64_t id, unsigned side)
{
    sim_net_push(network, at_us, SIM_NET_BREAK, sim_net_end(id, side));
}

void sim_network_disconnect(SimNetwork *network, int64_t now_us, SimEndpoint from, SimEndpoint to,
                            SimEndpoint closer)
{
    uint32_t entry = find_newest(network, from, to);
    if (entry) {
        sim_net_close_end(network, now_us, id_of(network, entry - 1),
                          sim_net_side(at(network, entry - 1), closer), SIM_NET_FIN);
    }
}

/* The kernel closes what a client's process leaves behind in good order; a server's crash is a
 * reset, and a machine without power says nothing. */
void sim_net_close_all(SimNetwork *network, SimEndpoint endpoint, bool silent)
{
    SimNetEvent kind = silent                             ? SIM_NET_BREAK
                       : sim_endpoint_is_client(endpoint) ? SIM_NET_FIN
                                                          : SIM_NET_RESET;
    for (unsigned side = SIM_OPENER; side <= SIM_ACCEPTER; side++) {
        uint32_t entry = sim_net_endpoint(network, endpoint)->connections[side];
        while (entry) {
            uint32_t next = at(network, entry - 1)->next[side];
            sim_net_close_end(network, sim_net_now(network), id_of(network, entry - 1), side, kind);
            entry = next;
        }
    }
}

/* --- an end learns of it --------------------------------------------------------------------- */

static bool must_wait(SimNetwork *network, int64_t now_us, SimNetEvent kind, uint64_t about,
                      SimEndpoint from, SimEndpoint to, int64_t sent_us)
{
    uint64_t payload = sim_net_payload(kind, about);
    if (kind == SIM_NET_BREAK) {
        return sim_net_hold_if_paused(network, to, payload);
    }
    return sim_net_held_back(network, now_us, from, to, sent_us, payload);
}

static bool is_swallowed(const SimNetwork *network, SimNetEvent kind, SimEndpoint from,
                         SimEndpoint to)
{
    return kind == SIM_NET_RESET && sim_network_is_cut(network, from, to) & SIM_CUT_PACKETS;
}

static void tell_loss(SimNetwork *network, int64_t now_us, SimEndpoint told, SimEndpoint other,
                      bool opener, uint64_t context)
{
    SimRecord record = { .at_us = now_us,
                         .kind = SIM_TRACE_CONNECTION_LOST,
                         .op = SIM_N_OPS,
                         .subject = told,
                         .object = other };
    uint32_t before = sim_trace_because(network->trace, sim_trace_note(network->trace, &record));
    network->peers.on_connection_lost(network->peers.data, told, other, opener, context);
    sim_trace_because(network->trace, before);
}

void sim_net_on_lost(SimNetwork *network, int64_t now_us, SimNetEvent kind, uint64_t about)
{
    unsigned side = (unsigned)(about >> (SIM_CALL_BITS - 1));
    uint64_t id = sim_net_end_connection(about);
    SimConnection *connection = sim_net_connection(network, id);
    if (connection == NULL || connection->views[side] == SIM_CONNECTION_CLOSED) {
        return;
    }
    SimEndpoint told = connection->ends[side], other = connection->ends[!side];
    if (is_swallowed(network, kind, other, told) ||
        must_wait(network, now_us, kind, about, other, told, connection->closed_us)) {
        return;
    }
    uint64_t context = connection->context;
    bool was_open = connection->views[side] == SIM_CONNECTION_OPEN;
    sim_net_close_end(network, now_us, id, side, SIM_NET_BREAK);
    if (was_open) {
        tell_loss(network, now_us, told, other, side == SIM_OPENER, context);
    }
}
