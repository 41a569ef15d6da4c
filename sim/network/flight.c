/* sim/network/flight.c -- see flight.h. */
#include "sim/network/flight.h"

enum {
    DIGEST_BITS = SIM_CALL_BITS - SIM_SLOT_BITS,
    ALL_DIGESTS = (1 << DIGEST_BITS) - 1, /* in an event: the whole flight */
};

/* Values of answered_us beside instants. */
#define UNDER_WAY INT64_MIN
#define DONE INT64_MAX

struct SimFlight {
    SimRound *round;
    bool whole;
    uint32_t first, count; /* of the digests that the called is looking at */
    uint32_t open;         /* streams: calls that have not ended */
    int64_t *answered_us;  /* streams, by digest: UNDER_WAY, DONE, or since when */
    uint16_t *statuses;    /* by digest: what it was answered, if not OK; NULL: all OK so far */
    uint64_t *calls;       /* once scattered, by digest: ids; 0: it had ended */
    uint32_t uses;         /* once scattered: its events in the queue, and its deadline */
};

/* --- rounds ---------------------------------------------------------------------------------- */

SimRound *sim_round_new(const SimNetwork *network, const DistroDictionary *dictionary,
                        GBytes *digests)
{
    SimRound *round = g_new0(SimRound, 1);
    gsize bytes;
    round->ref_count = 1;
    round->dictionary = dictionary;
    round->bytes = g_bytes_ref(digests);
    round->digests = g_bytes_get_data(digests, &bytes);
    round->count = (uint32_t)(bytes / sizeof(DistroDigest));
    round->sizes = g_new(uint32_t, round->count);
    for (uint32_t i = 0; i < round->count; i++) {
        const DistroDigest *digest = &round->digests[i];
        uint32_t size = distro_digest_frame(dictionary, digest).json_size;
        round->sizes[i] = size;
        round->largest = MAX(round->largest, size);
        round->total += size + (uint64_t)network->framing_bytes;
        round->announced += sim_trace_digest(digest->client, digest->revision);
        round->sent += sim_trace_digest(digest->client, size + network->framing_bytes);
    }
    return round;
}

void sim_round_unref(SimRound *round)
{
    if (!round || --round->ref_count > 0)
        return;
    g_bytes_unref(round->bytes);
    g_free(round->sizes);
    g_free(round);
}

/* --- a flight's life ------------------------------------------------------------------------- */

static SimFlight *new_flight(SimRound *round, bool whole)
{
    SimFlight *flight = g_new0(SimFlight, 1);
    flight->round = round;
    round->ref_count++;
    flight->whole = whole;
    flight->open = round->count;
    if (!whole) {
        flight->answered_us = g_new(int64_t, round->count);
        for (uint32_t i = 0; i < round->count; i++)
            flight->answered_us[i] = UNDER_WAY;
    }
    return flight;
}

void sim_net_free_flight(SimFlight *flight)
{
    if (!flight)
        return;
    sim_round_unref(flight->round);
    g_free(flight->answered_us);
    g_free(flight->statuses);
    g_free(flight->calls);
    g_free(flight);
}

static uint64_t about_word(uint32_t index, uint32_t digest)
{
    return (uint64_t)index << DIGEST_BITS | digest;
}

static uint32_t index_in(uint64_t about)
{
    return (uint32_t)(about >> DIGEST_BITS);
}

static void set_range(SimFlight *flight, uint64_t about)
{
    uint32_t digest = about & ALL_DIGESTS;
    flight->first = flight->whole ? 0 : digest;
    flight->count = flight->whole ? flight->round->count : 1;
}

static DistroStatus status_of(const SimFlight *flight, uint32_t digest)
{
    unsigned status = flight->statuses ? flight->statuses[digest] : 0;
    return status ? (DistroStatus)status : DISTRO_STATUS_OK;
}

static DistroFrame answer_frame(DistroStatus status)
{
    DistroMessage message = { .op = DISTRO_OP_VERIFY, .answer = true, .status = status };
    return distro_wire_encode(NULL, &message); /* no names in it: needs no dictionary */
}

/* --- scattering ------------------------------------------------------------------------------ */

static bool is_answered(const SimCallSlot *slot, uint32_t digest, int64_t *answered_us)
{
    const SimFlight *flight = slot->flight;
    *answered_us = flight->whole ? slot->answered_us : flight->answered_us[digest];
    return flight->whole ? slot->answered : *answered_us != UNDER_WAY;
}

/* The call about one digest, as it would stand by now. */
static uint64_t make_single(SimNetwork *network, SimCallSlot *slot, uint32_t digest,
                            uint32_t before)
{
    const SimRound *round = slot->flight->round;
    SimCall call = slot->call;
    call.frame = distro_digest_frame(round->dictionary, &round->digests[digest]);
    call.bytes = call.frame.json_size;
    call.ticket.client = round->digests[digest].client;
    uint64_t id = sim_net_new_call(network, slot->call.sent_us, &call, slot->connection, before);
    SimCallSlot *single = sim_net_slot(network, id);
    single->answered = is_answered(slot, digest, &single->answered_us);
    single->request = single->answered ? SIM_REQUEST_DELIVERED : slot->request;
    if (single->answered)
        single->answer = answer_frame(status_of(slot->flight, digest));
    return id;
}

/* Lists are last in, first out: the first call goes where the flight is, each later one before the
 * one that came before it. */
static void scatter(SimNetwork *network, SimCallSlot *slot, uint32_t index)
{
    SimFlight *flight = slot->flight;
    if (flight->calls)
        return;
    uint64_t *calls = g_new0(uint64_t, flight->round->count);
    uint32_t before = index + 1;
    for (uint32_t i = 0; i < flight->round->count; i++) {
        if (!flight->whole && flight->answered_us[i] == DONE)
            continue;
        calls[i] = make_single(network, slot, i, before);
        before = sim_net_slot_index(calls[i]) + 1;
    }
    flight->calls = calls;
    flight->uses = (flight->whole ? 1 : flight->open) + 1;
    sim_net_delist(network, slot);
}

void sim_net_scatter_flights(SimNetwork *network, uint32_t first)
{
    for (uint32_t entry = first; entry;) {
        SimCallSlot *slot = sim_net_slot_at(network, entry - 1);
        uint32_t next = slot->next;
        if (slot->flight)
            scatter(network, slot, entry - 1);
        entry = next;
    }
}

static void drop_use(SimNetwork *network, uint32_t index)
{
    SimCallSlot *slot = sim_net_slot_at(network, index);
    if (--slot->flight->uses == 0)
        sim_net_release_slot(network, index);
}

bool sim_net_flight_waits(const SimNetwork *network, const SimCallSlot *slot)
{
    const SimFlight *flight = slot->flight;
    if (!flight->calls)
        return true;
    for (uint32_t i = 0; i < flight->round->count; i++) {
        const SimCallSlot *single = sim_net_slot(network, flight->calls[i]);
        if (flight->calls[i] && single && single->waiting)
            return true;
    }
    return false;
}

void sim_net_flight_unawaited(SimNetwork *network, uint64_t id)
{
    drop_use(network, sim_net_slot_index(id));
}

void sim_net_flight_expired(SimNetwork *network, int64_t now_us, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    SimFlight *flight = slot->flight;
    scatter(network, slot, sim_net_slot_index(id));
    for (uint32_t i = 0; i < flight->round->count; i++)
        if (flight->calls[i])
            sim_net_on_expired(network, now_us, flight->calls[i]);
    drop_use(network, sim_net_slot_index(id));
}

uint64_t sim_net_flight_single(SimNetwork *network, uint64_t about)
{
    uint32_t index = index_in(about);
    SimCallSlot *slot = sim_net_slot_at(network, index);
    scatter(network, slot, index);
    return slot->flight->calls[about & ALL_DIGESTS];
}

DistroClient sim_net_flight_client(const SimNetwork *network, uint64_t about)
{
    const SimFlight *flight = sim_net_slot_at(network, index_in(about))->flight;
    return flight->round->digests[about & ALL_DIGESTS].client;
}

/* --- taking off ------------------------------------------------------------------------------ */

static bool is_sound(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    return !sim_net_is_troubled(network, from, to) && !sim_net_party(network, to)->paused;
}

static bool can_fly(const SimNetwork *network, const SimCall *call, const SimRound *round)
{
    return network->flights && !network->intercepting && !sim_trace_recording(network->trace) &&
           round->count < ALL_DIGESTS && network->peers.takes_flight &&
           is_sound(network, call->from, call->to) && is_sound(network, call->to, call->from) &&
           network->peers.takes_flight(network->peers.data, call->to, round->largest);
}

static void note_sent(SimNetwork *network, int64_t now_us, const SimCall *call,
                      const SimRound *round)
{
    SimRecord alike = { .at_us = now_us,
                        .kind = SIM_TRACE_SEND,
                        .op = (uint16_t)call->op,
                        .subject = call->from,
                        .object = call->to };
    sim_trace_add_gathered(network->trace, &alike, round->count, round->sent);
}

/* A packet that is given up scatters the flight: those before it are on their way as its events,
 * those behind it leave as calls of their own. */
static void send_stream(SimNetwork *network, int64_t now_us, uint64_t id)
{
    const SimCallSlot *slot = sim_net_slot(network, id);
    SimFlight *flight = slot->flight;
    uint32_t index = sim_net_slot_index(id);
    const SimWay way = sim_net_way(network, slot->call.from, slot->call.to);
    for (uint32_t i = 0; i < flight->round->count; i++) {
        int64_t bytes = flight->round->sizes[i] + network->framing_bytes;
        bool single = flight->calls != NULL;
        sim_net_send_along(network, now_us, &way, bytes, 0,
                           single ? sim_net_payload(SIM_NET_REQUEST, flight->calls[i])
                                  : sim_net_payload(SIM_NET_DIGESTS, about_word(index, i)));
        if (flight->calls && !single)
            flight->uses = i + 1; /* the events before this one, and the deadline */
    }
}

bool sim_network_fly(SimNetwork *network, int64_t now_us, const SimCall *call, SimRound *round)
{
    uint64_t connection = sim_net_usable_connection(network, call->from, call->to);
    if (connection == 0 || !can_fly(network, call, round))
        return false;
    uint64_t id = sim_net_new_call(network, now_us, call, connection, 0);
    bool whole = sim_net_route(network, call->from, call->to)->plain &&
                 sim_net_route(network, call->to, call->from)->plain;
    sim_net_slot(network, id)->flight = new_flight(round, whole);
    sim_net_count_requests(network, sim_net_slot(network, id), round->count, round->total);
    note_sent(network, now_us, call, round);
    sim_net_await(network, now_us, call->timeout_us, id);
    if (whole)
        sim_net_send(
            network, now_us, call->from, call->to, 0, 0,
            sim_net_payload(SIM_NET_DIGESTS, about_word(sim_net_slot_index(id), ALL_DIGESTS)));
    else
        send_stream(network, now_us, id);
    return true;
}

/* --- at the called --------------------------------------------------------------------------- */

static void pass_on(SimNetwork *network, int64_t now_us, const SimFlight *flight,
                    void (*handle)(SimNetwork *, int64_t, uint64_t))
{
    uint32_t first = flight->first, count = flight->count;
    for (uint32_t i = first; i < first + count; i++)
        if (flight->calls[i])
            handle(network, now_us, flight->calls[i]);
}

static bool is_welcome(const SimNetwork *network, const SimCallSlot *slot)
{
    const SimCall *call = &slot->call;
    return is_sound(network, call->from, call->to) && sim_net_can_be_delivered(network, slot) &&
           network->peers.takes_flight(network->peers.data, call->to, slot->flight->round->largest);
}

void sim_net_on_digests(SimNetwork *network, int64_t now_us, uint64_t about)
{
    uint32_t index = index_in(about);
    SimCallSlot *slot = sim_net_slot_at(network, index);
    SimFlight *flight = slot->flight;
    set_range(flight, about);
    network->folded_events += flight->count - 1;
    if (!flight->calls && !is_welcome(network, slot))
        scatter(network, slot, index);
    if (flight->calls) {
        pass_on(network, now_us, flight, sim_net_on_request);
        drop_use(network, index);
        return;
    }
    if (flight->whole)
        slot->request = SIM_REQUEST_DELIVERED;
    network->peers.on_digests(network->peers.data, sim_net_call_id(slot, index),
                              &flight->round->digests[flight->first], flight->count);
    if (flight->calls)
        drop_use(network, index); /* its answers went back one by one */
}

/* --- answering ------------------------------------------------------------------------------- */

static void keep_misses(SimFlight *flight, const DistroMiss *misses, uint32_t count)
{
    if (count > 0 && !flight->statuses)
        flight->statuses = g_new0(uint16_t, flight->round->count);
    for (uint32_t i = 0; i < count; i++)
        flight->statuses[flight->first + misses[i].index] = (uint16_t)misses[i].status;
}

static void count_answers(SimNetwork *network, const SimCallSlot *slot, const DistroMiss *misses,
                          uint32_t miss_count)
{
    uint32_t count = slot->flight->count;
    uint64_t bytes = (uint64_t)(count - miss_count) * network->ok_answer_bytes;
    for (uint32_t i = 0; i < miss_count; i++)
        bytes += answer_frame(misses[i].status).json_size;
    bytes += count * (uint64_t)network->framing_bytes;
    sim_net_count_replies(network, slot, count, bytes);
}

static void mark_answered(SimCallSlot *slot, int64_t now_us)
{
    SimFlight *flight = slot->flight;
    if (!flight->whole) {
        flight->answered_us[flight->first] = now_us;
        return;
    }
    slot->answered = true;
    slot->answered_us = now_us;
}

static int64_t answer_bytes(const SimNetwork *network, const SimFlight *flight, uint32_t digest)
{
    DistroStatus status = status_of(flight, digest);
    uint32_t size = status == DISTRO_STATUS_OK ? (uint32_t)network->ok_answer_bytes
                                               : answer_frame(status).json_size;
    return size + network->framing_bytes;
}

static void send_singly(SimNetwork *network, int64_t now_us, const SimFlight *flight)
{
    uint32_t first = flight->first, count = flight->count;
    for (uint32_t i = first; i < first + count; i++)
        sim_net_send_answer(network, now_us, flight->calls[i], answer_bytes(network, flight, i));
}

void sim_network_answer_digests(SimNetwork *network, int64_t now_us, uint64_t id,
                                const DistroMiss *misses, uint32_t miss_count)
{
    uint32_t index = sim_net_slot_index(id);
    SimCallSlot *slot = sim_net_slot(network, id);
    SimFlight *flight = slot->flight;
    SimEndpoint from = slot->call.from, to = slot->call.to;
    if (network->ok_answer_bytes == 0)
        network->ok_answer_bytes = answer_frame(DISTRO_STATUS_OK).json_size;
    keep_misses(flight, misses, miss_count);
    count_answers(network, slot, misses, miss_count);
    mark_answered(slot, now_us);
    if (!is_sound(network, to, from))
        scatter(network, slot, index);
    if (flight->calls)
        send_singly(network, now_us, flight);
    else
        sim_net_send(
            network, now_us, to, from,
            flight->whole ? 0 : answer_bytes(network, flight, flight->first), 0,
            sim_net_payload(SIM_NET_REPLIES,
                            about_word(index, flight->whole ? ALL_DIGESTS : flight->first)));
}

/* --- back at the caller ---------------------------------------------------------------------- */

static GArray *misses_in(const SimFlight *flight)
{
    if (!flight->statuses)
        return NULL;
    GArray *misses = g_array_new(FALSE, FALSE, sizeof(DistroMiss));
    for (uint32_t i = 0; i < flight->count; i++) {
        DistroMiss miss = { i, status_of(flight, flight->first + i) };
        if (miss.status != DISTRO_STATUS_OK)
            g_array_append_val(misses, miss);
    }
    return misses;
}

static void finish(SimNetwork *network, SimCallSlot *slot, uint32_t index)
{
    const SimFlight *flight = slot->flight;
    g_autoptr(GArray) misses = misses_in(flight);
    network->peers.on_verified(network->peers.data, sim_net_call_id(slot, index),
                               &flight->round->digests[flight->first], flight->count,
                               misses ? (const DistroMiss *)(void *)misses->data : NULL,
                               misses ? misses->len : 0);
}

void sim_net_on_replies(SimNetwork *network, int64_t now_us, uint64_t about)
{
    uint32_t index = index_in(about);
    SimCallSlot *slot = sim_net_slot_at(network, index);
    SimFlight *flight = slot->flight;
    set_range(flight, about);
    network->folded_events += flight->count - 1;
    if (!flight->calls && !is_sound(network, slot->call.to, slot->call.from))
        scatter(network, slot, index);
    if (flight->calls) {
        pass_on(network, now_us, flight, sim_net_on_answer);
        drop_use(network, index);
        return;
    }
    if (!flight->whole)
        flight->answered_us[flight->first] = DONE;
    flight->open -= flight->count;
    bool ended = flight->open == 0;
    finish(network, slot, index);
    if (ended) {
        sim_net_delist(network, slot);
        sim_net_release_slot(network, index);
    }
}
