/* sim/network/stream.c -- what one end of a connection sends is one stream, with one clock.
 *
 * While nothing is wrong a stream is two numbers beside its connection (SimOrder): what is sent
 * arrives no earlier than what was sent before it. Once a cut has swallowed a part, and until that
 * has been sent again, it is a SimStream:
 *
 *      sent   [1][2][3]          [4]                        arrive together, in order
 *              x  x  x            waits behind them              1 2 3 4
 *      -------[   cut   ]---------------------------------------->
 *              |    |       |                                 |
 *              1    1       1 sent again, 0.26 s, then 0.2 to 0.37 s later, then twice that, ...
 *
 * As TCP does: only the oldest part that is not acknowledged is sent again; what is sent meanwhile
 * waits for it. Calls on a connection of their own (HTTP) are streams by themselves, see trouble.c.
 *
 * Requests that arrive together meet gRPC's pool of handlers together, which may swap two of them,
 * by milliseconds. */
#include "sim/network/stream.h"

#include "core/mix.h"

#define NEVER INT64_MIN

/* Part of a stream that has not arrived. */
typedef struct SimWaiting {
    uint64_t payload;
    int64_t sent_us;
    bool travelled; /* it was on its way when the cut came, so it is older than what was not */
} SimWaiting;

struct SimStream {
    uint64_t end; /* first: the hash table's key */
    SimEndpoint from, to;
    GArray *waiting;    /* SimWaiting, in order of sending; never empty */
    int64_t timeout_us; /* drawn: how long an acknowledgement is waited for, the first time */
    int64_t resend_us;  /* when the oldest is sent again; NEVER: not before the cut ends */
    SimPrng prng;
};

/* --- rules ----------------------------------------------------------------------------------- */

void sim_network_set_rules(SimNetwork *network, SimEndpoint node, const DistroConfig *config)
{
    const double million = 1e6;
    g_array_index(network->rules, SimStreamRules, node) = (SimStreamRules) {
        .first_resend_us = config->first_resend_us,
        .resend_timeout_us = config->resend_timeout_us,
        .resend_spread_us = config->resend_spread_us,
        .pool_delay_us = config->pool_delay_us,
        .late_applied = sim_chance((double)config->late_call_applied_ppm / million),
    };
}

/* Those of the one who sends; what a client does is the servers' setting. */
const SimStreamRules *sim_net_rules(const SimNetwork *network, SimEndpoint own, SimEndpoint other)
{
    return &g_array_index(network->rules, SimStreamRules,
                          sim_endpoint_is_client(own) ? other : own);
}

/* --- which stream ---------------------------------------------------------------------------- */

static uint64_t connection_of(const SimNetwork *network, SimNetEvent kind, uint64_t about)
{
    const SimCallSlot *slot = NULL;
    if (kind == SIM_NET_REQUEST || kind == SIM_NET_ANSWER) {
        slot = sim_net_slot(network, about);
    } else if (kind == SIM_NET_DIGESTS || kind == SIM_NET_REPLIES) {
        slot = sim_net_slot_at(network, sim_net_batch_index(about));
    }
    /* The answer that opens a connection is the first that comes on it. */
    bool on_it = slot != NULL && (slot->call.by_connection || kind == SIM_NET_ANSWER);
    return on_it ? slot->connection : 0;
}

/* The end of a connection that sends @payload's packet; 0: it is of none. */
static uint64_t end_of(const SimNetwork *network, SimEndpoint from, uint64_t payload)
{
    SimNetEvent kind = (SimNetEvent)(payload >> SIM_CALL_BITS);
    uint64_t about = payload & SIM_NET_ABOUT;
    uint64_t id =
        kind == SIM_NET_FIN ? sim_net_end_connection(about) : connection_of(network, kind, about);
    const SimConnection *connection = sim_net_connection(network, id);
    return connection != NULL ? sim_net_end(id, sim_net_side(connection, from)) : 0;
}

SimOrder *sim_net_order(SimNetwork *network, uint64_t id, SimEndpoint from)
{
    SimConnection *connection = sim_net_connection(network, id);
    if (connection == NULL) {
        return NULL;
    }
    if (connection->orders == NULL) {
        connection->orders = g_new(SimOrder, 2);
        connection->orders[SIM_OPENER] = connection->orders[SIM_ACCEPTER] =
            (SimOrder) { .clear_us = INT64_MIN, .resent_us = INT64_MIN };
    }
    return &connection->orders[sim_net_side(connection, from)];
}

SimOrder *sim_net_packet_order(SimNetwork *network, SimEndpoint from, uint64_t payload)
{
    return sim_net_order(network, sim_net_end_connection(end_of(network, from, payload)), from);
}

static SimStream *find_stream(const SimNetwork *network, uint64_t end)
{
    return end != 0 ? g_hash_table_lookup(network->stream_by_end, &end) : NULL;
}

bool sim_net_is_blocked(const SimNetwork *network, uint64_t connection, SimEndpoint from)
{
    const SimConnection *found =
        network->streams->len > 0 ? sim_net_connection(network, connection) : NULL;
    return found != NULL &&
           find_stream(network, sim_net_end(connection, sim_net_side(found, from))) != NULL;
}

/* --- making, ending -------------------------------------------------------------------------- */

static void free_stream(gpointer data)
{
    SimStream *stream = data;
    g_array_unref(stream->waiting);
    g_free(stream);
}

void sim_net_init_streams(SimNetwork *network)
{
    network->streams = g_ptr_array_new();
    network->stream_by_end = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_stream);
    network->rules = g_array_new(false, false, sizeof(SimStreamRules));
}

void sim_net_free_streams(SimNetwork *network)
{
    g_ptr_array_unref(network->streams);
    g_hash_table_unref(network->stream_by_end);
    g_array_unref(network->rules);
}

/* What it draws hangs on who sends to whom and since when, not on what other streams there are. */
static SimStream *new_stream(SimNetwork *network, uint64_t end, SimEndpoint from, SimEndpoint to,
                             int64_t sent_us)
{
    SimStream *stream = g_new0(SimStream, 1);
    const SimStreamRules *rules = sim_net_rules(network, from, to);
    uint64_t number = ((uint64_t)from << 32 | to) ^ (uint64_t)sent_us * 0x9e3779b97f4a7c15u;
    stream->end = end;
    stream->from = from;
    stream->to = to;
    stream->waiting = g_array_new(false, false, sizeof(SimWaiting));
    stream->prng = sim_prng_stream_n(network->seed, "net/resend", number);
    stream->timeout_us =
        rules->resend_timeout_us + sim_prng_between(&stream->prng, 0, rules->resend_spread_us);
    stream->resend_us = NEVER;
    g_hash_table_insert(network->stream_by_end, stream, stream);
    g_ptr_array_add(network->streams, stream);
    return stream;
}

static void drop_stream(SimNetwork *network, SimStream *stream)
{
    g_ptr_array_remove(network->streams, stream);
    g_hash_table_remove(network->stream_by_end, &stream->end);
}

void sim_net_drop_streams(SimNetwork *network, uint64_t connection)
{
    for (unsigned side = SIM_OPENER; network->streams->len > 0 && side <= SIM_ACCEPTER; side++) {
        SimStream *stream = find_stream(network, sim_net_end(connection, side));
        if (stream != NULL) {
            drop_stream(network, stream);
        }
    }
}

/* --- waiting --------------------------------------------------------------------------------- */

static SimWaiting *waiting_at(const SimStream *stream, guint i)
{
    return &g_array_index(stream->waiting, SimWaiting, i);
}

static bool was_sent_before(const SimWaiting *a, const SimWaiting *b)
{
    return a->sent_us != b->sent_us ? a->sent_us < b->sent_us : a->travelled && !b->travelled;
}

static void insert(SimStream *stream, const SimWaiting *waiting)
{
    guint place = stream->waiting->len;
    while (place > 0 && was_sent_before(waiting, waiting_at(stream, place - 1))) {
        place--;
    }
    g_array_insert_val(stream->waiting, place, *waiting);
}

bool sim_net_block(SimNetwork *network, SimEndpoint from, SimEndpoint to, int64_t sent_us,
                   uint64_t payload, bool travelled)
{
    uint64_t end = end_of(network, from, payload);
    if (end == 0) {
        return false;
    }
    SimStream *stream = find_stream(network, end);
    if (stream == NULL) {
        stream = new_stream(network, end, from, to, sent_us);
    }
    const SimWaiting waiting = { .payload = payload, .sent_us = sent_us, .travelled = travelled };
    insert(stream, &waiting);
    return true;
}

bool sim_net_waits_behind(SimNetwork *network, int64_t now_us, SimEndpoint from, SimEndpoint to,
                          int64_t sent_us, uint64_t payload, bool travelled)
{
    if (network->streams->len == 0) {
        return false;
    }
    SimStream *stream = find_stream(network, end_of(network, from, payload));
    if (stream == NULL || (travelled && sent_us <= waiting_at(stream, 0)->sent_us)) {
        return false;
    }
    const SimWaiting waiting = { .payload = payload, .sent_us = sent_us, .travelled = travelled };
    sim_net_note_packet(network, now_us, SIM_TRACE_MESSAGE_DELAYED, from, to, payload, -1);
    insert(stream, &waiting);
    return true;
}

/* --- sent again ------------------------------------------------------------------------------ */

static bool is_cut(const SimNetwork *network, const SimStream *stream)
{
    return sim_network_is_cut(network, stream->from, stream->to) & SIM_CUT_PACKETS;
}

static void give_up(SimNetwork *network, int64_t now_us, SimStream *stream)
{
    g_autoptr(GArray) waiting = g_steal_pointer(&stream->waiting);
    stream->waiting = g_array_new(false, false, sizeof(SimWaiting));
    drop_stream(network, stream);
    for (guint i = 0; i < waiting->len; i++) {
        sim_net_give_up(network, now_us, g_array_index(waiting, SimWaiting, i).payload);
    }
}

static void schedule(SimNetwork *network, int64_t now_us, SimStream *stream)
{
    const SimStreamRules *rules = sim_net_rules(network, stream->from, stream->to);
    const SimResend resend = {
        .rtt_us = sim_net_round_trip(network, stream->from, stream->to),
        .first_us = rules->first_resend_us,
        .timeout_us = stream->timeout_us,
    };
    int64_t at_us = sim_resend_instant(&resend, waiting_at(stream, 0)->sent_us, now_us);
    if (at_us < 0) {
        give_up(network, now_us, stream);
    } else if (at_us != stream->resend_us) {
        stream->resend_us = at_us;
        sim_net_push(network, at_us, SIM_NET_RESEND, stream->end);
    }
}

bool sim_net_block_large(SimNetwork *network, int64_t now_us, SimEndpoint from, SimEndpoint to,
                         uint64_t payload)
{
    if (!sim_net_block(network, from, to, now_us, payload, false)) {
        return false;
    }
    schedule(network, now_us, find_stream(network, end_of(network, from, payload)));
    return true;
}

void sim_net_heal_streams(SimNetwork *network, int64_t now_us)
{
    if (network->streams->len == 0) {
        return;
    }
    g_autoptr(GArray) ends = g_array_new(false, false, sizeof(uint64_t));
    for (guint i = 0; i < network->streams->len; i++) {
        g_array_append_val(ends, ((SimStream *)network->streams->pdata[i])->end);
    }
    for (guint i = 0; i < ends->len; i++) {
        SimStream *stream = find_stream(network, g_array_index(ends, uint64_t, i));
        if (stream != NULL && !is_cut(network, stream)) {
            schedule(network, now_us, stream);
        }
    }
}

static bool is_request(const SimWaiting *waiting)
{
    return waiting->payload >> SIM_CALL_BITS == SIM_NET_REQUEST;
}

static void meet_pool(SimStream *stream, const SimStreamRules *rules, SimCallSlot *slot)
{
    if (rules->pool_delay_us > 0) {
        slot->handler_delay_us += sim_prng_between(&stream->prng, 0, rules->pool_delay_us);
    }
}

static int64_t bytes_of(const SimNetwork *network, uint64_t payload)
{
    const SimCallSlot *slot = sim_net_slot(network, payload & SIM_NET_ABOUT);
    bool answer = payload >> SIM_CALL_BITS == SIM_NET_ANSWER;
    if (payload >> SIM_CALL_BITS == SIM_NET_FIN || slot == NULL) {
        return network->framing.datagram[false];
    }
    return (answer ? slot->answer.json_size : slot->call.bytes) +
           sim_net_framing(network, &slot->call, answer);
}

bool sim_net_is_too_large(const SimNetwork *network, SimEndpoint from, SimEndpoint to,
                          uint64_t payload)
{
    SimNetEvent kind = (SimNetEvent)(payload >> SIM_CALL_BITS);
    return (kind == SIM_NET_REQUEST || kind == SIM_NET_ANSWER) &&
           sim_route_drops(sim_net_route(network, from, to), bytes_of(network, payload));
}

/* What is too large goes on waiting, and all that was sent after it. */
static bool waits_on(SimNetwork *network, const SimStream *stream, const SimWaiting *waiting)
{
    if (find_stream(network, stream->end) == NULL &&
        !sim_net_is_too_large(network, stream->from, stream->to, waiting->payload)) {
        return false;
    }
    return sim_net_block(network, stream->from, stream->to, waiting->sent_us, waiting->payload,
                         waiting->travelled);
}

/* The requests that are not sent again: the last call of a connection takes the connection with it,
 * so they end when nothing is sent over it any more. */
static void end_unwanted(SimNetwork *network, const GArray *unwanted)
{
    for (guint i = 0; i < unwanted->len; i++) {
        sim_net_request_lost(network, g_array_index(unwanted, uint64_t, i) & SIM_NET_ABOUT);
    }
}

/* All of it leaves at once, and if no further fault meets it, it arrives at once. */
static void send_again(SimNetwork *network, int64_t now_us, SimStream *stream)
{
    const SimWay way =
        sim_net_way(network, stream->from, stream->to, false, sim_net_end_connection(stream->end));
    const SimStreamRules *rules = sim_net_rules(network, stream->to, stream->from);
    int64_t delay_us = way.route->reliable ? sim_route_delay(way.route, way.lane.prng) : 0;
    g_autoptr(GArray) unwanted = g_array_new(false, false, sizeof(uint64_t));
    for (guint i = 0; i < stream->waiting->len; i++) {
        const SimWaiting *waiting = waiting_at(stream, i);
        int64_t at_us = now_us + delay_us;
        if (waits_on(network, stream, waiting)) {
            continue;
        }
        if (!sim_net_still_wanted(network, waiting->payload)) {
            g_array_append_val(unwanted, waiting->payload);
            continue;
        }
        if (is_request(waiting) && stream->waiting->len > 1) {
            meet_pool(stream, rules, sim_net_slot(network, waiting->payload & SIM_NET_ABOUT));
        }
        if (way.route->reliable) {
            sim_net_push_packet(network, sim_net_in_order(way.order, at_us), waiting->payload);
        } else if (sim_net_passes(network, now_us, &way, bytes_of(network, waiting->payload),
                                  waiting->payload, &at_us)) {
            sim_net_push_packet(network, at_us, waiting->payload);
        }
    }
    end_unwanted(network, unwanted);
}

void sim_net_on_resend(SimNetwork *network, int64_t now_us, uint64_t end)
{
    SimStream *stream = find_stream(network, end);
    if (stream == NULL || stream->resend_us != now_us) {
        return;
    }
    stream->resend_us = NEVER;
    if (is_cut(network, stream)) {
        return;
    }
    g_hash_table_steal(network->stream_by_end, &stream->end);
    g_ptr_array_remove(network->streams, stream);
    send_again(network, now_us, stream);
    SimStream *rest = find_stream(network, stream->end);
    if (rest != NULL) {
        schedule(network, now_us, rest);
    }
    free_stream(stream);
}

/* --- calls that were given up ---------------------------------------------------------------- */

bool sim_net_applies_late(const SimNetwork *network, const SimCall *call)
{
    uint64_t number =
        ((uint64_t)call->from << 32 | call->to) ^ (uint64_t)call->sent_us * 0x9e3779b97f4a7c15u ^
        ((uint64_t)call->op << 56 | call->ticket.client) * 0xd6e8feb86659fd93u ^ call->payload[2];
    SimPrng prng = sim_prng_stream_n(network->seed, "net/late", number);
    return sim_prng_hits(&prng, sim_net_rules(network, call->to, call->from)->late_applied);
}

/* --- digest ---------------------------------------------------------------------------------- */

static uint64_t digest_of_stream(const SimNetwork *network, const SimStream *stream, int64_t now_us)
{
    uint64_t digest = distro_mix(stream->from, stream->to);
    digest = distro_mix(digest, (uint64_t)stream->timeout_us);
    digest =
        distro_mix(digest, stream->resend_us == NEVER ? 0 : (uint64_t)(stream->resend_us - now_us));
    digest = distro_mix(digest, stream->prng.state);
    for (guint i = 0; i < stream->waiting->len; i++) {
        const SimWaiting *waiting = &g_array_index(stream->waiting, SimWaiting, i);
        const SimCallSlot *slot = sim_net_slot(network, waiting->payload & SIM_NET_ABOUT);
        digest = distro_mix(digest, slot != NULL ? slot->name : 0);
        digest = distro_mix(digest, (uint64_t)(waiting->sent_us - now_us) * 2 + waiting->travelled);
    }
    return digest;
}

uint64_t sim_net_streams_digest(const SimNetwork *network, int64_t now_us)
{
    uint64_t sum = 0;
    for (guint i = 0; i < network->streams->len; i++) {
        sum += digest_of_stream(network, network->streams->pdata[i], now_us);
    }
    return sum;
}
