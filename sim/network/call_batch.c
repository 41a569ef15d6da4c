/* sim/network/call_batch.c -- see call_batch.h. */
#include "sim/network/stream.h"
#include "sim/network/verify_lane.h"

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
        round->total += size + (uint64_t)network->framing.grpc[false];
        round->announced += sim_trace_digest(digest->client, digest->revision);
        round->sent += sim_trace_digest(digest->client, size + network->framing.grpc[false]);
    }
    return round;
}

void sim_round_unref(SimRound *round)
{
    if (round == NULL || --round->ref_count > 0) {
        return;
    }
    g_bytes_unref(round->bytes);
    g_free(round->sizes);
    g_free(round);
}

/* --- a batch's life ------------------------------------------------------------------------- */

static SimCallBatch *new_batch(SimRound *round, bool whole)
{
    SimCallBatch *batch = g_new0(SimCallBatch, 1);
    batch->round = round;
    round->ref_count++;
    batch->whole = whole;
    batch->open = round->count;
    if (!whole) {
        batch->answered_us = g_new(int64_t, round->count);
        for (uint32_t i = 0; i < round->count; i++) {
            batch->answered_us[i] = SIM_BATCH_UNDER_WAY;
        }
    }
    return batch;
}

void sim_net_free_batch(SimCallBatch *batch)
{
    if (batch == NULL) {
        return;
    }
    sim_round_unref(batch->round);
    g_free(batch->answered_us);
    g_free(batch->statuses);
    g_free(batch->calls);
    g_free(batch);
}

static void set_range(SimCallBatch *batch, uint64_t about)
{
    uint32_t digest = sim_net_batch_digest(about);
    batch->first = batch->whole ? 0 : digest;
    batch->count = batch->whole ? batch->round->count : 1;
}

DistroStatus sim_net_batch_status(const SimCallBatch *batch, uint32_t digest)
{
    unsigned status = batch->statuses != NULL ? batch->statuses[digest] : 0;
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
    const SimCallBatch *batch = slot->batch;
    *answered_us = batch->whole ? slot->answered_us : batch->answered_us[digest];
    return batch->whole ? slot->answered : *answered_us != SIM_BATCH_UNDER_WAY;
}

/* The call about one digest, as it would stand by now. */
static uint64_t make_single(SimNetwork *network, SimCallSlot *slot, uint32_t digest,
                            uint32_t before)
{
    const SimRound *round = slot->batch->round;
    SimCall call = slot->call;
    call.frame = distro_digest_frame(round->dictionary, &round->digests[digest]);
    call.bytes = call.frame.json_size;
    call.ticket.client = round->digests[digest].client;
    uint64_t id = sim_net_new_call(network, slot->call.sent_us, &call, slot->connection, before);
    SimCallSlot *single = sim_net_slot(network, id);
    single->answered = is_answered(slot, digest, &single->answered_us);
    single->request = single->answered ? SIM_REQUEST_DELIVERED : slot->request;
    if (single->answered) {
        single->answer = answer_frame(sim_net_batch_status(slot->batch, digest));
    }
    return id;
}

/* Lists are last in, first out: the first call goes where the batch is, each later one before the
 * one that came before it. */
static void scatter(SimNetwork *network, SimCallSlot *slot, uint32_t index)
{
    SimCallBatch *batch = slot->batch;
    if (batch->calls != NULL) {
        return;
    }
    uint64_t *calls = g_new0(uint64_t, batch->round->count);
    uint32_t before = index + 1;
    for (uint32_t i = 0; i < batch->round->count; i++) {
        if (!batch->whole && batch->answered_us[i] == SIM_BATCH_DONE) {
            continue;
        }
        calls[i] = make_single(network, slot, i, before);
        before = sim_net_slot_index(calls[i]) + 1;
    }
    batch->calls = calls;
    batch->uses = (batch->whole ? 1 : batch->open) + 1;
    sim_net_delist(network, slot);
}

void sim_net_scatter_batches(SimNetwork *network, uint32_t first)
{
    for (uint32_t entry = first; entry;) {
        SimCallSlot *slot = sim_net_slot_at(network, entry - 1);
        uint32_t next = slot->next;
        if (slot->batch != NULL) {
            scatter(network, slot, entry - 1);
        }
        entry = next;
    }
}

static void drop_use(SimNetwork *network, uint32_t index)
{
    SimCallSlot *slot = sim_net_slot_at(network, index);
    if (--slot->batch->uses == 0) {
        sim_net_release_slot(network, index);
    }
}

bool sim_net_batch_waits(const SimNetwork *network, const SimCallSlot *slot)
{
    const SimCallBatch *batch = slot->batch;
    if (batch->calls == NULL) {
        return true;
    }
    for (uint32_t i = 0; i < batch->round->count; i++) {
        const SimCallSlot *single = sim_net_slot(network, batch->calls[i]);
        if (batch->calls[i] && single != NULL && single->waiting) {
            return true;
        }
    }
    return false;
}

void sim_net_batch_unawaited(SimNetwork *network, uint64_t id)
{
    drop_use(network, sim_net_slot_index(id));
}

void sim_net_batch_expired(SimNetwork *network, int64_t now_us, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    SimCallBatch *batch = slot->batch;
    scatter(network, slot, sim_net_slot_index(id));
    for (uint32_t i = 0; i < batch->round->count; i++) {
        if (batch->calls[i]) {
            sim_net_on_expired(network, now_us, batch->calls[i]);
        }
    }
    drop_use(network, sim_net_slot_index(id));
}

uint64_t sim_net_batch_single(SimNetwork *network, uint64_t about)
{
    uint32_t index = sim_net_batch_index(about);
    SimCallSlot *slot = sim_net_slot_at(network, index);
    scatter(network, slot, index);
    return slot->batch->calls[sim_net_batch_digest(about)];
}

DistroClient sim_net_batch_client(const SimNetwork *network, uint64_t about)
{
    const SimCallBatch *batch = sim_net_slot_at(network, sim_net_batch_index(about))->batch;
    return batch->round->digests[sim_net_batch_digest(about)].client;
}

/* --- taking off ------------------------------------------------------------------------------ */

bool sim_net_is_sound(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    return !network->datagrams && !sim_net_is_troubled(network, from, to) &&
           !sim_net_endpoint(network, to)->paused;
}

bool sim_net_is_smooth(const SimNetwork *network, SimEndpoint from, SimEndpoint to,
                       uint64_t connection)
{
    return sim_net_is_sound(network, from, to) && !sim_net_is_blocked(network, connection, from);
}

/* Whether each of the batch's packets passes must not be asked. */
static bool link_takes_all(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    return sim_net_route(network, from, to)->link.drop_above_bytes == 0;
}

static bool can_fly(const SimNetwork *network, const SimCall *call, const SimRound *round,
                    uint64_t connection)
{
    return network->batches && !network->intercepting && !sim_trace_wants_each(network->trace) &&
           round->count < SIM_ALL_DIGESTS && network->peers.takes_batch != NULL &&
           sim_net_is_smooth(network, call->from, call->to, connection) &&
           sim_net_is_smooth(network, call->to, call->from, connection) &&
           link_takes_all(network, call->from, call->to) &&
           link_takes_all(network, call->to, call->from) &&
           network->peers.takes_batch(network->peers.data, call->to, round->largest);
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

static void send_reliably(SimNetwork *network, int64_t now_us, const SimWay *way,
                          const SimCallBatch *batch, uint32_t index)
{
    uint32_t count = batch->round->count;
    SimEvent *packets = sim_net_open_verify_lane(network, way->from, way->to, count);
    for (uint32_t i = 0; i < count; i++) {
        int64_t at_us = now_us + sim_route_delay(way->route, way->lane.prng);
        packets[i].at_us = sim_net_in_order(way->order, at_us);
        packets[i].word = sim_net_payload(SIM_NET_DIGESTS, sim_net_batch_about(index, i));
    }
    sim_net_close_verify_lane(network, way->from, way->to, count, count);
}

/* A packet that is given up scatters the batch: those before it are on their way as its packets,
 * those behind it leave as calls of their own. */
static void send_stream(SimNetwork *network, int64_t now_us, uint64_t id)
{
    const SimCallSlot *slot = sim_net_slot(network, id);
    SimCallBatch *batch = slot->batch;
    uint32_t index = sim_net_slot_index(id);
    const SimWay way = sim_net_way(network, slot->call.from, slot->call.to, true, slot->connection);
    if (way.route->reliable) {
        send_reliably(network, now_us, &way, batch, index);
        return;
    }
    for (uint32_t i = 0; i < batch->round->count; i++) {
        int64_t at_us, bytes = batch->round->sizes[i] + network->framing.grpc[false];
        bool single = batch->calls != NULL;
        uint64_t payload = single ? sim_net_payload(SIM_NET_REQUEST, batch->calls[i])
                                  : sim_net_payload(SIM_NET_DIGESTS, sim_net_batch_about(index, i));
        if (sim_net_passes(network, now_us, &way, bytes, payload, &at_us)) {
            sim_net_push_packet(network, at_us, payload);
        } else if (!single) {
            batch->uses = i + 1; /* the packets before it, and the deadline */
        }
    }
}

bool sim_network_call_batch(SimNetwork *network, int64_t now_us, const SimCall *call,
                            SimRound *round)
{
    uint64_t connection = sim_net_usable_connection(network, call->from, call->to);
    if (connection == 0 || !can_fly(network, call, round, connection)) {
        return false;
    }
    uint64_t id = sim_net_new_call(network, now_us, call, connection, 0);
    bool whole = sim_net_route(network, call->from, call->to)->plain &&
                 sim_net_route(network, call->to, call->from)->plain;
    sim_net_slot(network, id)->batch = new_batch(round, whole);
    sim_net_count_requests(network, sim_net_slot(network, id), round->count, round->total);
    note_sent(network, now_us, call, round);
    sim_net_await(network, now_us, call->timeout_us, id);
    if (whole) {
        sim_net_send(network, now_us, call->from, call->to, 0,
                     sim_net_payload(SIM_NET_DIGESTS,
                                     sim_net_batch_about(sim_net_slot_index(id), SIM_ALL_DIGESTS)));
    } else {
        send_stream(network, now_us, id);
    }
    return true;
}

/* --- at the called --------------------------------------------------------------------------- */

static void pass_on(SimNetwork *network, int64_t now_us, const SimCallBatch *batch,
                    void (*handle)(SimNetwork *, int64_t, uint64_t))
{
    uint32_t first = batch->first, count = batch->count;
    for (uint32_t i = first; i < first + count; i++) {
        if (batch->calls[i]) {
            handle(network, now_us, batch->calls[i]);
        }
    }
}

static SimDigests looked_at(const SimCallBatch *batch)
{
    return (SimDigests) { .items = &batch->round->digests[batch->first], .count = batch->count };
}

bool sim_net_batch_is_welcome(const SimNetwork *network, const SimCallSlot *slot)
{
    const SimCall *call = &slot->call;
    return sim_net_is_smooth(network, call->from, call->to, slot->connection) &&
           sim_net_can_be_delivered(network, slot) &&
           network->peers.takes_batch(network->peers.data, call->to, slot->batch->round->largest);
}

void sim_net_on_digests(SimNetwork *network, int64_t now_us, uint64_t about)
{
    uint32_t index = sim_net_batch_index(about);
    SimCallSlot *slot = sim_net_slot_at(network, index);
    SimCallBatch *batch = slot->batch;
    set_range(batch, about);
    network->folded_events += batch->count - 1;
    if (batch->calls == NULL && !sim_net_batch_is_welcome(network, slot)) {
        scatter(network, slot, index);
    }
    if (batch->calls != NULL) {
        pass_on(network, now_us, batch, sim_net_on_request);
        drop_use(network, index);
        return;
    }
    if (batch->whole) {
        slot->request = SIM_REQUEST_DELIVERED;
    }
    const SimDigests digests = looked_at(batch);
    network->peers.on_digests(network->peers.data, sim_net_call_id(slot, index), &digests);
    if (batch->calls != NULL) {
        drop_use(network, index); /* its answers went back one by one */
    }
}

/* --- answering ------------------------------------------------------------------------------- */

static void keep_misses(SimCallBatch *batch, const DistroMiss *misses, uint32_t count)
{
    if (count > 0 && batch->statuses == NULL) {
        batch->statuses = g_new0(uint16_t, batch->round->count);
    }
    for (uint32_t i = 0; i < count; i++) {
        batch->statuses[batch->first + misses[i].index] = (uint16_t)misses[i].status;
    }
}

int64_t sim_net_good_answer_bytes(SimNetwork *network)
{
    if (network->ok_answer_bytes == 0) {
        network->ok_answer_bytes = answer_frame(DISTRO_STATUS_OK).json_size;
    }
    return (int64_t)network->ok_answer_bytes + network->framing.grpc[true];
}

static void count_answers(SimNetwork *network, const SimCallSlot *slot, const DistroMiss *misses,
                          uint32_t miss_count)
{
    uint32_t count = slot->batch->count;
    uint64_t bytes = (count - miss_count) * (uint64_t)sim_net_good_answer_bytes(network);
    for (uint32_t i = 0; i < miss_count; i++) {
        bytes += answer_frame(misses[i].status).json_size + (uint64_t)network->framing.grpc[true];
    }
    sim_net_count_replies(network, slot, count, bytes);
}

static void mark_answered(SimCallSlot *slot, int64_t now_us)
{
    SimCallBatch *batch = slot->batch;
    if (!batch->whole) {
        batch->answered_us[batch->first] = now_us;
        return;
    }
    slot->answered = true;
    slot->answered_us = now_us;
}

static int64_t answer_bytes(SimNetwork *network, const SimCallBatch *batch, uint32_t digest)
{
    DistroStatus status = sim_net_batch_status(batch, digest);
    return status == DISTRO_STATUS_OK
               ? sim_net_good_answer_bytes(network)
               : answer_frame(status).json_size + network->framing.grpc[true];
}

static void send_singly(SimNetwork *network, int64_t now_us, const SimCallBatch *batch)
{
    uint32_t first = batch->first, count = batch->count;
    for (uint32_t i = first; i < first + count; i++) {
        sim_net_send_answer(network, now_us, batch->calls[i], answer_bytes(network, batch, i));
    }
}

static void send_answers(SimNetwork *network, int64_t now_us, const SimCallSlot *slot,
                         uint32_t index)
{
    const SimCallBatch *batch = slot->batch;
    if (batch->calls != NULL) {
        send_singly(network, now_us, batch);
    } else if (batch->whole) {
        sim_net_send(network, now_us, slot->call.to, slot->call.from, 0,
                     sim_net_payload(SIM_NET_REPLIES, sim_net_batch_about(index, SIM_ALL_DIGESTS)));
    } else {
        sim_net_send(network, now_us, slot->call.to, slot->call.from,
                     answer_bytes(network, batch, batch->first),
                     sim_net_payload(SIM_NET_REPLIES, sim_net_batch_about(index, batch->first)));
    }
}

void sim_network_answer_digests(SimNetwork *network, int64_t now_us, uint64_t id, uint32_t taken,
                                const DistroMiss *misses, uint32_t miss_count)
{
    uint32_t index = sim_net_slot_index(id);
    SimCallSlot *slot = sim_net_slot(network, id);
    if (slot->batch->ahead != NULL) {
        sim_net_answer_ahead(network, slot, taken);
        return;
    }
    keep_misses(slot->batch, misses, miss_count);
    count_answers(network, slot, misses, miss_count);
    mark_answered(slot, now_us);
    if (!sim_net_is_smooth(network, slot->call.to, slot->call.from, slot->connection)) {
        scatter(network, slot, index);
    }
    send_answers(network, now_us, slot, index);
}

/* --- back at the caller ---------------------------------------------------------------------- */

static GArray *misses_in(const SimCallBatch *batch)
{
    if (batch->statuses == NULL) {
        return NULL;
    }
    GArray *misses = g_array_new(false, false, sizeof(DistroMiss));
    for (uint32_t i = 0; i < batch->count; i++) {
        DistroMiss miss = { i, sim_net_batch_status(batch, batch->first + i) };
        if (miss.status != DISTRO_STATUS_OK) {
            g_array_append_val(misses, miss);
        }
    }
    return misses;
}

void sim_net_batch_end(SimNetwork *network, SimCallSlot *slot, uint32_t index,
                       const SimDigests *digests, const DistroMiss *misses, uint32_t miss_count)
{
    SimCallBatch *batch = slot->batch;
    batch->open -= digests->count;
    bool ended = batch->open == 0;
    network->peers.on_verified(network->peers.data, sim_net_call_id(slot, index), digests, misses,
                               miss_count);
    if (ended) {
        sim_net_delist(network, slot);
        sim_net_release_slot(network, index);
    }
}

void sim_net_on_replies(SimNetwork *network, int64_t now_us, uint64_t about)
{
    uint32_t index = sim_net_batch_index(about);
    SimCallSlot *slot = sim_net_slot_at(network, index);
    SimCallBatch *batch = slot->batch;
    set_range(batch, about);
    network->folded_events += batch->count - 1;
    if (batch->calls == NULL &&
        !sim_net_is_smooth(network, slot->call.to, slot->call.from, slot->connection)) {
        scatter(network, slot, index);
    }
    if (batch->calls != NULL) {
        pass_on(network, now_us, batch, sim_net_on_answer);
        drop_use(network, index);
        return;
    }
    if (!batch->whole) {
        batch->answered_us[batch->first] = SIM_BATCH_DONE;
    }
    const SimDigests digests = looked_at(batch);
    g_autoptr(GArray) misses = misses_in(batch);
    sim_net_batch_end(network, slot, index, &digests,
                      misses != NULL ? (const DistroMiss *)(void *)misses->data : NULL,
                      misses != NULL ? misses->len : 0);
}
