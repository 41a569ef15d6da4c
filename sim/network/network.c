/* sim/network/network.c -- places and parties, packets on their way, events handed out.
 *
 * The common case is decided first and costs two look-ups: nothing is wrong between two parties
 * and their route is plain, so a packet is one event, delay_us later. */
#include "sim/network/stream.h"
#include "sim/network/verify_lane.h"

#include <string.h>

/* --- making and freeing ---------------------------------------------------------------------- */

/* Payload of TCP beside a message, as measured between servers of 2.5.1: HTTP/2's frames, gRPC's
 * and Payload's heads; and the answer's trailers. */
enum {
    GRPC_REQUEST_BYTES = 81,
    GRPC_ANSWER_BYTES = 63
};
/* The end of a request's line and its headers as Nacos's clients send them (NamingProxy
 * #builderHeader, JdkHttpClientRequest), and what Tomcat answers. */
#define HTTP_REQUEST                                                                               \
    " HTTP/1.1\r\nClient-Version: Nacos-Java-Client:v1.4.7\r\n"                                    \
    "User-Agent: Nacos-Java-Client:v1.4.7\r\nAccept-Encoding: gzip,deflate,sdch\r\n"               \
    "RequestId: 00000000-0000-0000-0000-000000000000\r\nRequest-Module: Naming\r\n"                \
    "Content-Type: application/x-www-form-urlencoded\r\nAccept-Charset: UTF-8\r\n"                 \
    "Host: 10.0.0.1:8848\r\nConnection: keep-alive\r\n\r\n"
#define HTTP_ANSWER                                                                                \
    "\r\nContent-Type: application/json;charset=UTF-8\r\nTransfer-Encoding: chunked\r\n"           \
    "Date: Wed, 01 Jan 2025 00:00:00 GMT\r\nKeep-Alive: timeout=60\r\nConnection: "                \
    "keep-alive\r\n\r\n"

static SimFraming framing_of(int64_t size)
{
    if (size != SIM_FRAMING_TCP) {
        return (SimFraming) { { size, size }, { size, size }, { size, size } };
    }
    return (SimFraming) { .grpc = { GRPC_REQUEST_BYTES, GRPC_ANSWER_BYTES },
                          .http = { sizeof HTTP_REQUEST - 1, sizeof HTTP_ANSWER - 1 } };
}

SimNetwork *sim_network_new(uint64_t seed, SimEventQueue *queue, SimTrace *trace,
                            const SimNetworkPeers *peers, int64_t framing_bytes)
{
    SimNetwork *network = g_new0(SimNetwork, 1);
    network->seed = seed;
    network->queue = queue;
    network->trace = trace;
    network->peers = *peers;
    network->framing = framing_of(framing_bytes);
    for (int op = 0; op < SIM_N_OPS; op++) {
        network->ops[op] = sim_op_info((SimOp)op);
    }
    network->nodes = g_array_new(false, true, sizeof(SimNetEndpoint));
    network->clients = g_array_new(false, true, sizeof(SimNetEndpoint));
    network->spreads = g_ptr_array_new_with_free_func(g_free);
    network->names = g_ptr_array_new_with_free_func(g_free);
    network->lanes = g_ptr_array_new();
    network->connections = g_array_new(false, true, sizeof(SimConnection));
    network->free_connections = g_array_new(false, false, sizeof(uint32_t));
    network->troubles = g_hash_table_new_full(sim_hash_pair, g_int64_equal, NULL, g_free);
    network->parked = g_array_new(false, false, sizeof(SimParked));
    sim_net_init_streams(network);
    network->intercepts = sim_intercepts_new(seed);
    network->traffic = sim_traffic_table_new();
    network->fleet_rows = g_ptr_array_new();
    network->batches = true;
    network->shortest_us = INT64_MAX;
    network->carried_us = INT64_MIN;
    network->verify_lanes = g_ptr_array_new();
    network->digests = g_array_new(false, false, sizeof(DistroDigest));
    network->arrivals = g_array_new(false, false, sizeof(int64_t));
    return network;
}

static void free_parties(GArray *parties)
{
    for (guint i = 0; i < parties->len; i++) {
        GArray *held = g_array_index(parties, SimNetEndpoint, i).held;
        if (held != NULL) {
            g_array_unref(held);
        }
    }
    g_array_unref(parties);
}

void sim_network_free(SimNetwork *network)
{
    if (network == NULL) {
        return;
    }
    sim_net_free_pool(network->pool);
    sim_net_free_calls(network);
    for (guint i = 0; i < network->connections->len; i++) {
        g_free(g_array_index(network->connections, SimConnection, i).orders);
    }
    sim_net_free_lanes(network);
    sim_net_free_verify_lanes(network);
    for (guint i = 0; i < network->nodes->len; i++) {
        g_free(network->pairs[i]);
    }
    g_free(network->pairs);
    free_parties(network->nodes);
    free_parties(network->clients);
    g_free(network->clusters);
    g_free(network->flows);
    g_free(network->routes);
    g_ptr_array_unref(network->spreads);
    g_free(network->site_busy_us);
    g_ptr_array_unref(network->names);
    g_array_unref(network->connections);
    g_array_unref(network->free_connections);
    g_hash_table_unref(network->troubles);
    g_array_unref(network->parked);
    sim_net_free_streams(network);
    sim_intercepts_free(network->intercepts);
    sim_traffic_table_free(network->traffic);
    g_ptr_array_unref(network->fleet_rows);
    g_array_unref(network->digests);
    g_array_unref(network->arrivals);
    g_free(network);
}

/* --- places ---------------------------------------------------------------------------------- */

void sim_network_set_sites(SimNetwork *network, uint32_t count)
{
    g_assert_cmpuint(count, >=, network->n_sites);
    SimLink nothing = { 0 };
    SimRoute *routes = g_new(SimRoute, (size_t)count * count);
    int64_t *busy_us = g_new(int64_t, (size_t)count * count);
    for (uint32_t from = 0; from < count; from++) {
        for (uint32_t to = 0; to < count; to++) {
            bool known = from < network->n_sites && to < network->n_sites;
            size_t old = (size_t)from * network->n_sites + to;
            size_t new = (size_t)from *count + to;
            routes[new] =
                known ? network->routes[old] : sim_route_new(&nothing, false, network->spreads);
            busy_us[new] = known ? network->site_busy_us[old] : SIM_NEVER_BUSY;
        }
    }
    g_free(network->routes);
    g_free(network->site_busy_us);
    network->clusters = g_renew(uint32_t, network->clusters, count);
    for (uint32_t site = network->n_sites; site < count; site++) {
        network->clusters[site] = 0;
    }
    network->routes = routes;
    network->site_busy_us = busy_us;
    network->n_sites = count;
    g_free(network->flows);
    network->flows = count > 1 ? g_new0(SimFlow, (size_t)count * count) : NULL;
}

void sim_network_set_cluster(SimNetwork *network, uint32_t site, uint32_t cluster)
{
    g_assert_cmpuint(site, <, network->n_sites);
    network->clusters[site] = cluster;
}

static size_t site_pair(const SimNetwork *network, uint32_t from_site, uint32_t to_site)
{
    g_assert_cmpuint(from_site, <, network->n_sites);
    g_assert_cmpuint(to_site, <, network->n_sites);
    return (size_t)from_site * network->n_sites + to_site;
}

void sim_network_set_link(SimNetwork *network, uint32_t from_site, uint32_t to_site,
                          const SimLink *link, bool is_wan)
{
    size_t pair = site_pair(network, from_site, to_site);
    network->routes[pair] = sim_route_new(link, is_wan, network->spreads);
    network->datagrams |= network->routes[pair].datagrams;
    network->shortest_us = MIN(network->shortest_us, sim_route_shortest(&network->routes[pair]));
}

static void widen_pairs(SimNetwork *network)
{
    uint32_t old = network->pair_capacity, new = MAX(8, 2 * old);
    network->pairs = g_renew(SimPair *, network->pairs, new);
    for (guint i = 0; i < network->nodes->len; i++) {
        network->pairs[i] = g_renew(SimPair, network->pairs[i], new);
        memset(network->pairs[i] + old, 0, (new - old) * sizeof(SimPair));
    }
    network->pair_capacity = new;
}

static SimNetEndpoint new_party(const SimNetwork *network, uint32_t site, bool tracked)
{
    g_assert_cmpuint(site, <, network->n_sites);
    return (SimNetEndpoint) { .site = site, .tracked = tracked };
}

void sim_network_add_node(SimNetwork *network, const char *name, uint32_t site)
{
    SimNetEndpoint party = new_party(network, site, true);
    if (network->nodes->len == network->pair_capacity) {
        widen_pairs(network);
    }
    network->pairs[network->nodes->len] = g_new0(SimPair, network->pair_capacity);
    g_array_append_val(network->nodes, party);
    const DistroConfig usual = distro_config_default();
    g_array_set_size(network->rules, network->nodes->len);
    sim_network_set_rules(network, network->nodes->len - 1, &usual);
    g_ptr_array_add(network->names, g_strdup(name));
    g_ptr_array_add(network->fleet_rows, NULL);
    g_ptr_array_add(network->fleet_rows, NULL);
}

void sim_network_add_client(SimNetwork *network, uint32_t site, bool tracked)
{
    SimNetEndpoint party = new_party(network, site, tracked);
    party.process = sim_client_endpoint(network->clients->len);
    g_array_append_val(network->clients, party);
}

void sim_network_join_process(SimNetwork *network, SimEndpoint stack, SimEndpoint process)
{
    g_assert_true(sim_endpoint_is_client(stack) && sim_endpoint_is_client(process));
    sim_net_endpoint(network, stack)->process = process;
}

/* --- looking up ------------------------------------------------------------------------------ */

SimEndpoint sim_net_process(const SimNetwork *network, SimEndpoint endpoint)
{
    bool client = endpoint != SIM_NO_ENDPOINT && sim_endpoint_is_client(endpoint);
    return client ? sim_net_endpoint(network, endpoint)->process : endpoint;
}

uint32_t sim_net_cluster(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    SimEndpoint node = sim_endpoint_is_client(from) ? to : from;
    return network->clusters[sim_net_endpoint(network, node)->site];
}

const SimRoute *sim_net_troubled_route(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    const SimTrouble *trouble = sim_net_trouble(network, from, to);
    return trouble != NULL && trouble->degraded ? &trouble->route : NULL;
}

SimLink sim_network_effective_link(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    return sim_net_route(network, from, to)->link;
}

int64_t sim_net_round_trip(const SimNetwork *network, SimEndpoint a, SimEndpoint b)
{
    return sim_net_route(network, a, b)->link.delay_us +
           sim_net_route(network, b, a)->link.delay_us;
}

static SimPrng pair_stream(const SimNetwork *network, SimEndpoint from, SimEndpoint to,
                           const char *of_what)
{
    g_autofree char *name = g_strdup_printf("net/%s>%s%s", (char *)network->names->pdata[from],
                                            (char *)network->names->pdata[to], of_what);
    return sim_prng_stream(network->seed, name);
}

static SimPrng *pair_prng(SimNetwork *network, SimPair *pair, SimEndpoint from, SimEndpoint to,
                          bool verify)
{
    if (pair->prng.state == 0) {
        pair->prng = pair_stream(network, from, to, "");
        pair->verify_prng = pair_stream(network, from, to, "/verify");
        pair->busy_until_us = SIM_NEVER_BUSY;
    }
    return verify ? &pair->verify_prng : &pair->prng;
}

static SimPrng *client_prng(SimNetwork *network, SimNetEndpoint *client, SimEndpoint endpoint)
{
    if (client->prng.state == 0) {
        client->prng = sim_prng_stream_n(network->seed, "net/c", sim_endpoint_index(endpoint));
    }
    return &client->prng;
}

SimPrng *sim_net_prng(SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    if (sim_net_both_nodes(from, to)) {
        return pair_prng(network, sim_net_pair(network, from, to), from, to, false);
    }
    SimEndpoint client = sim_endpoint_is_client(from) ? from : to;
    return client_prng(network, sim_net_endpoint(network, client), client);
}

void sim_network_redraw(SimNetwork *network, uint64_t seed)
{
    for (guint from = 0; from < network->nodes->len; from++) {
        for (guint to = 0; to < network->nodes->len; to++) {
            SimPair *pair = sim_net_pair(network, from, to);
            sim_prng_redraw(&pair->prng, seed);
            sim_prng_redraw(&pair->verify_prng, seed);
        }
    }
    for (guint i = 0; i < network->clients->len; i++) {
        sim_prng_redraw(&g_array_index(network->clients, SimNetEndpoint, i).prng, seed);
    }
    sim_intercepts_redraw(network->intercepts, seed);
    network->seed ^= seed; /* of streams that have not begun */
}

static SimLane nodes_lane(SimNetwork *network, SimEndpoint from, SimEndpoint to, bool verify,
                          size_t sites)
{
    SimPair *pair = sim_net_pair(network, from, to);
    bool together = sim_net_endpoint(network, from)->site == sim_net_endpoint(network, to)->site;
    return (SimLane) { .prng = pair_prng(network, pair, from, to, verify),
                       .in_burst = &pair->in_burst,
                       .busy_until_us =
                           together ? &pair->busy_until_us : &network->site_busy_us[sites] };
}

static SimLane client_lane(SimNetwork *network, SimEndpoint from, SimEndpoint to, size_t sites)
{
    bool receives = !sim_endpoint_is_client(from);
    SimEndpoint endpoint = receives ? to : from;
    SimNetEndpoint *client = sim_net_endpoint(network, endpoint);
    return (SimLane) { .prng = client_prng(network, client, endpoint),
                       .in_burst = &client->in_burst[receives],
                       .busy_until_us = &network->site_busy_us[sites] };
}

static SimResend resend_of(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    const SimStreamRules *rules = sim_net_rules(network, from, to);
    return (SimResend) { .rtt_us = sim_net_round_trip(network, from, to),
                         .first_us = rules->first_resend_us,
                         .timeout_us = rules->resend_timeout_us,
                         .spread_us = rules->resend_spread_us };
}

SimWay sim_net_way(SimNetwork *network, SimEndpoint from, SimEndpoint to, bool verify,
                   uint64_t connection)
{
    const SimNetEndpoint *sender = sim_net_endpoint(network, from),
                         *receiver = sim_net_endpoint(network, to);
    size_t sites = sim_net_sites(network, sender, receiver);
    const SimRoute *route = sim_net_route_between(network, from, to, sites);
    return (SimWay) { .from = from,
                      .to = to,
                      .route = route,
                      .lane = sim_net_both_nodes(from, to)
                                  ? nodes_lane(network, from, to, verify, sites)
                                  : client_lane(network, from, to, sites),
                      .resend = route->reliable ? (SimResend) { 0 } : resend_of(network, from, to),
                      .order = sim_net_order(network, connection, from) };
}

static SimTrafficRow *fleet_row(SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    bool to_fleet = sim_endpoint_is_client(to);
    uint32_t node = to_fleet ? from : to;
    gpointer *place = &network->fleet_rows->pdata[2 * node + to_fleet];
    if (*place == NULL) {
        *place = sim_traffic_table_add(network->traffic, to_fleet ? from : SIM_NO_ENDPOINT,
                                       to_fleet ? SIM_NO_ENDPOINT : to);
    }
    return *place;
}

SimTrafficRow *sim_net_traffic_row(SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    if (sim_net_both_nodes(from, to)) {
        SimPair *pair = sim_net_pair(network, from, to);
        if (pair->traffic == NULL) {
            pair->traffic = sim_traffic_table_add(network->traffic, from, to);
        }
        return pair->traffic;
    }
    SimEndpoint client = sim_endpoint_is_client(from) ? from : to;
    if (sim_net_endpoint(network, client)->tracked) {
        return sim_traffic_table_row(network->traffic, from, to);
    }
    return fleet_row(network, from, to);
}

/* Verbs without a time of their own happen at the queue's. */
int64_t sim_net_now(const SimNetwork *network)
{
    return MAX(sim_event_queue_now(network->queue), network->carried_us);
}

/* --- packets --------------------------------------------------------------------------------- */

void sim_net_push(SimNetwork *network, int64_t at_us, SimNetEvent kind, uint64_t about)
{
    const uint64_t payload = sim_net_payload(kind, about);
    if (network->pool != NULL && sim_net_enter_pool(network, at_us, payload)) {
        return;
    }
    sim_event_queue_push(network->queue, at_us, sim_event_word(SIM_EVENT_NETWORK, payload));
}

void sim_net_push_packet(SimNetwork *network, int64_t at_us, uint64_t payload)
{
    if (network->pool != NULL && sim_net_enter_pool(network, at_us, payload)) {
        return;
    }
    if (!sim_net_enter_verify_lane(network, at_us, payload)) {
        sim_event_queue_push(network->queue, at_us, sim_event_word(SIM_EVENT_NETWORK, payload));
    }
}

bool sim_net_passes(SimNetwork *network, int64_t now_us, const SimWay *way, int64_t bytes,
                    uint64_t payload, int64_t *at_us)
{
    SimOrder *order = way->order;
    SimTransit transit = sim_route_send(way->route, &way->lane, &way->resend,
                                        order != NULL ? order->resent_us : now_us, now_us, bytes);
    if (order != NULL && transit.resent_us > 0) {
        order->resent_us = MAX(order->resent_us, now_us + transit.resent_us);
    }
    if (transit.resent_us > 0) {
        sim_net_note_packet(network, now_us, SIM_TRACE_MESSAGE_LOST, way->from, way->to, payload,
                            transit.resent_us);
    }
    if (!transit.arrives) {
        sim_net_give_up(network, transit.at_us, payload);
    }
    *at_us = transit.arrives ? sim_net_in_order(order, transit.at_us) : transit.at_us;
    return transit.arrives;
}

static void hold_in_cut(SimNetwork *network, int64_t now_us, SimEndpoint from, SimEndpoint to,
                        uint64_t payload)
{
    sim_net_note_packet(network, now_us, SIM_TRACE_MESSAGE_LOST, from, to, payload, -1);
    if (!sim_net_block(network, from, to, now_us, payload, false)) {
        sim_net_park(network, from, to, now_us, payload, false);
    }
}

void sim_net_send(SimNetwork *network, int64_t now_us, SimEndpoint from, SimEndpoint to,
                  int64_t bytes, uint64_t payload)
{
    if (sim_net_is_troubled(network, from, to) &&
        sim_network_is_cut(network, from, to) & SIM_CUT_PACKETS) {
        hold_in_cut(network, now_us, from, to, payload);
        return;
    }
    if (sim_net_waits_behind(network, now_us, from, to, now_us, payload, false)) {
        return;
    }
    const SimRoute *route = sim_net_route(network, from, to);
    if (route->plain && !network->links_changed) {
        sim_net_push_packet(network, now_us + route->link.delay_us, payload);
        return;
    }
    if (sim_route_drops(route, bytes)) {
        sim_net_note_packet(network, now_us, SIM_TRACE_MESSAGE_LOST, from, to, payload, -1);
        if (!sim_net_block_large(network, now_us, from, to, payload)) {
            sim_net_park(network, from, to, now_us, payload, false);
        }
        return;
    }
    SimWay way = sim_net_way(network, from, to, sim_net_is_verify(network, payload), 0);
    way.order = sim_net_packet_order(network, from, payload);
    int64_t at_us;
    if (sim_net_passes(network, now_us, &way, bytes, payload, &at_us)) {
        sim_net_push_packet(network, at_us, payload);
    }
}

static void give_up_request(SimNetwork *network, int64_t at_us, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    uint64_t connection = slot->call.by_connection ? slot->connection : 0;
    if (connection && sim_net_connection(network, connection) != NULL) {
        sim_net_break_end(network, at_us, connection,
                          sim_net_side(sim_net_connection(network, connection), slot->call.from));
    } else {
        sim_net_schedule_verdict(network, at_us, id, DISTRO_OUTCOME_BROKEN, false);
    }
    sim_net_request_lost(network, id);
}

static void give_up_answer(SimNetwork *network, int64_t at_us, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    if (slot == NULL || !slot->call.by_connection) {
        return;
    }
    SimConnection *connection = sim_net_connection(network, slot->connection);
    if (connection != NULL) {
        sim_net_break_end(network, at_us, slot->connection,
                          sim_net_side(connection, slot->call.to));
    }
}

void sim_net_give_up(SimNetwork *network, int64_t at_us, uint64_t payload)
{
    SimNetEvent kind = (SimNetEvent)(payload >> SIM_CALL_BITS);
    uint64_t about = payload & SIM_NET_ABOUT;
    if (kind == SIM_NET_REQUEST) {
        give_up_request(network, at_us, about);
    } else if (kind == SIM_NET_ANSWER) {
        give_up_answer(network, at_us, about);
    } else if (kind == SIM_NET_DIGESTS) {
        give_up_request(network, at_us, sim_net_batch_single(network, about));
    } else if (kind == SIM_NET_REPLIES) {
        give_up_answer(network, at_us, sim_net_batch_single(network, about));
    }
}

/* Which client a request of the core's is about, as far as it says so. */
static DistroClient client_of(const SimNetwork *network, const SimCall *call)
{
    const DistroOpInfo *info = network->ops[call->op];
    switch (info != NULL ? info->about : DISTRO_ABOUT_NONE) {
    case DISTRO_ABOUT_HEAD:
        return distro_wire_subject(&call->frame);
    case DISTRO_ABOUT_TICKET:
        return call->ticket.client;
    case DISTRO_ABOUT_NONE:
        break;
    }
    return DISTRO_NONE;
}

/* For notes, which no fingerprint covers, also those of FORWARD and of clients' own writes. */
DistroClient sim_network_client_meant(const SimNetwork *network, const SimCall *call)
{
    if (call->op == SIM_OP_FORWARD) {
        return distro_wire_subject(&call->frame);
    }
    return sim_op_is_client(call->op) ? (DistroClient)call->payload[2] : client_of(network, call);
}

void sim_net_note(SimNetwork *network, int64_t now_us, SimTraceKind kind, SimCall *call,
                  int64_t value)
{
    SimRecord record = { .at_us = now_us,
                         .kind = (uint16_t)kind,
                         .op = (uint16_t)call->op,
                         .subject = call->from,
                         .object = call->to,
                         .client = client_of(network, call),
                         .value = value,
                         .cause = call->latest,
                         .call = call->record };
    uint32_t id = sim_trace_add(network->trace, &record);
    call->latest = id;
    if (kind == SIM_TRACE_SEND) {
        call->record = id;
    }
}

void sim_net_remark(SimNetwork *network, int64_t now_us, SimTraceKind kind, SimCall *call,
                    bool by_called, int64_t value)
{
    if (!sim_trace_recording(network->trace)) {
        return;
    }
    SimRecord record = { .at_us = now_us,
                         .kind = (uint16_t)kind,
                         .op = (uint16_t)call->op,
                         .subject = by_called ? call->to : call->from,
                         .object = by_called ? call->from : call->to,
                         .client = sim_network_client_meant(network, call),
                         .value = value,
                         .cause = call->latest,
                         .call = call->record };
    /* A late answer has a reason of its own: what the called had to wait for. */
    if (kind == SIM_TRACE_ANSWERED && sim_trace_reason(network->trace) != 0) {
        record.cause = sim_trace_reason(network->trace);
    }
    call->latest = sim_trace_note(network->trace, &record);
}

void sim_net_note_packet(SimNetwork *network, int64_t now_us, SimTraceKind kind, SimEndpoint from,
                         SimEndpoint to, uint64_t payload, int64_t value)
{
    SimNetEvent event = (SimNetEvent)(payload >> SIM_CALL_BITS);
    uint64_t about = payload & SIM_NET_ABOUT;
    bool of_call = event == SIM_NET_REQUEST || event == SIM_NET_ANSWER;
    SimCallSlot *slot = of_call ? sim_net_slot(network, about) : NULL;
    SimRecord record = { .at_us = now_us,
                         .kind = (uint16_t)kind,
                         .op = SIM_N_OPS,
                         .subject = from,
                         .object = to,
                         .value = value };
    if (event == SIM_NET_DIGESTS || event == SIM_NET_REPLIES) {
        record.op = SIM_OP_VERIFY;
        record.client = sim_net_batch_client(network, about);
    }
    if (slot != NULL) {
        record.op = (uint16_t)slot->call.op;
        record.client = client_of(network, &slot->call);
        record.call = slot->call.record;
    }
    uint32_t id = sim_trace_add(network->trace, &record);
    if (slot != NULL) {
        slot->call.latest = id;
    }
}

/* --- coming and going ------------------------------------------------------------------------ */

void sim_network_up(SimNetwork *network, SimEndpoint endpoint)
{
    SimNetEndpoint *party = sim_net_endpoint(network, endpoint);
    g_assert_false(party->up);
    party->up = true;
    party->silent = false;
}

/* Requests that waited for a frozen process to thaw now find it dead. All else that waited was for
 * itself. */
static void refuse_held(SimNetwork *network, SimEndpoint endpoint)
{
    g_autoptr(GArray) held = g_steal_pointer(&sim_net_endpoint(network, endpoint)->held);
    for (guint i = 0; held != NULL && i < held->len; i++) {
        uint64_t payload = g_array_index(held, uint64_t, i);
        if (payload >> SIM_CALL_BITS == SIM_NET_REQUEST) {
            sim_network_event(network, sim_net_now(network), payload);
        }
    }
}

void sim_network_down(SimNetwork *network, SimEndpoint endpoint, bool silent)
{
    SimNetEndpoint *party = sim_net_endpoint(network, endpoint);
    if (!party->up) {
        return;
    }
    party->up = false;
    party->silent = silent;
    party->paused = false;
    sim_net_forget_calls(network, endpoint);
    sim_net_drop_served_calls(network, endpoint, silent);
    refuse_held(network, endpoint);
    sim_net_close_all(network, endpoint, silent);
}

bool sim_network_is_up(const SimNetwork *network, SimEndpoint endpoint)
{
    return sim_net_endpoint(network, endpoint)->up;
}

/* --- batches --------------------------------------------------------------------------------- */

void sim_network_allow_batches(SimNetwork *network, bool allowed)
{
    network->batches = allowed;
}

uint64_t sim_network_folded_events(const SimNetwork *network)
{
    return network->folded_events;
}

/* --- interception, figures ------------------------------------------------------------------- */

uint32_t sim_network_intercept(SimNetwork *network, const SimIntercept *intercept)
{
    network->intercepting = true;
    return sim_intercepts_add(network->intercepts, intercept);
}

uint64_t sim_network_intercept_hits(const SimNetwork *network, uint32_t number)
{
    return sim_intercepts_hits(network->intercepts, number);
}

const GArray *sim_network_intercept_times(const SimNetwork *network, uint32_t number)
{
    return sim_intercepts_times(network->intercepts, number);
}

void sim_network_intercept_stop(SimNetwork *network, uint32_t number)
{
    sim_intercepts_stop(network->intercepts, number);
    network->intercepting = sim_intercepts_active(network->intercepts);
}

static bool is_meant(const SimNetwork *network, SimEndpoint asked, SimEndpoint endpoint)
{
    return asked == SIM_NO_ENDPOINT || asked == endpoint ||
           asked == sim_net_process(network, endpoint);
}

static bool is_asked(const SimNetwork *network, const SimTrafficAsked *asked,
                     const SimTrafficRow *row)
{
    return is_meant(network, asked->from, row->from) && is_meant(network, asked->to, row->to) &&
           (asked->cluster == SIM_ALL_CLUSTERS ||
            asked->cluster == sim_net_cluster(network, row->from, row->to));
}

SimTraffic sim_network_traffic(const SimNetwork *network, const SimTrafficAsked *asked)
{
    SimTraffic sum = { 0 };
    uint32_t count;
    SimTrafficRow *const *rows = sim_traffic_table_rows(network->traffic, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (is_asked(network, asked, rows[i])) {
            sim_traffic_row_sum(rows[i], asked->op, &sum);
        }
    }
    return sum;
}

const SimTrafficTotals *sim_network_totals(const SimNetwork *network)
{
    return &network->totals;
}

const SimFlow *sim_network_flow(const SimNetwork *network, uint32_t from_site, uint32_t to_site)
{
    return network->flows != NULL ? &network->flows[site_pair(network, from_site, to_site)] : NULL;
}

void sim_network_reset_totals(SimNetwork *network)
{
    network->totals = (SimTrafficTotals) { 0 };
    if (network->flows != NULL) {
        memset(network->flows, 0, (size_t)network->n_sites * network->n_sites * sizeof(SimFlow));
    }
    sim_traffic_table_reset(network->traffic);
}

/* --- events ---------------------------------------------------------------------------------- */

void sim_network_event(SimNetwork *network, int64_t now_us, uint64_t payload)
{
    SimNetEvent kind = (SimNetEvent)(payload >> SIM_CALL_BITS);
    uint64_t about = payload & SIM_NET_ABOUT;
    switch (kind) {
    case SIM_NET_REQUEST:
        sim_net_on_request(network, now_us, about);
        break;
    case SIM_NET_ANSWER:
        sim_net_on_answer(network, now_us, about);
        break;
    case SIM_NET_VERDICT:
        sim_net_on_verdict(network, now_us, about);
        break;
    case SIM_NET_EXPIRED:
        sim_net_on_expired(network, now_us, about);
        break;
    case SIM_NET_LANE:
        sim_net_on_lane(network, now_us, (uint32_t)about);
        break;
    case SIM_NET_FIN:
    case SIM_NET_RESET:
    case SIM_NET_BREAK:
        sim_net_on_lost(network, now_us, kind, about);
        break;
    case SIM_NET_UNCLOG:
        sim_net_on_unclog(network, now_us);
        break;
    case SIM_NET_DIGESTS:
        sim_net_on_digests(network, now_us, about);
        break;
    case SIM_NET_REPLIES:
        sim_net_on_replies(network, now_us, about);
        break;
    case SIM_NET_RESEND:
        sim_net_on_resend(network, now_us, about);
        break;
    case SIM_NET_HANDLE:
        sim_net_on_handle(network, now_us, about);
        break;
    case SIM_NET_LEAVE:
        sim_net_on_leave(network, now_us, about);
        break;
    }
}
