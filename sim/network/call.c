/* sim/network/call.c -- the life of a call.
 *
 *      sim_network_call() --> UNDER_WAY --> DELIVERED --> answered --> outcome at the caller
 *                                 |             |             |
 *                                 v             v             v
 *                               GONE          GONE         lost: the caller times out
 *
 * Slots are reused, last in first out, so that those in use stay in the cache; an id names a slot
 * and its generation, so that whatever comes too late finds nothing. */
#include "sim/network/stream.h"

#include <string.h>

enum {
    GENERATION_BITS = SIM_CALL_BITS - SIM_SLOT_BITS
};

/* --- slots ----------------------------------------------------------------------------------- */

uint64_t sim_net_call_id(const SimCallSlot *slot, uint32_t index)
{
    return (uint64_t)slot->generation << SIM_SLOT_BITS | index;
}

const SimCall *sim_network_find_call(const SimNetwork *network, uint64_t call)
{
    const SimCallSlot *slot = sim_net_slot(network, call);
    return slot != NULL ? &slot->call : NULL;
}

static uint32_t take_slot(SimNetwork *network)
{
    if (network->free_slots) {
        uint32_t unused = network->free_slots - 1;
        network->free_slots = sim_net_slot_at(network, unused)->next;
        return unused;
    }
    uint32_t index = network->n_slots++;
    g_assert_cmpuint(index, <, 1u << SIM_SLOT_BITS);
    if (index / SIM_CALL_BLOCK == network->n_blocks) {
        network->blocks = g_renew(SimCallSlot *, network->blocks, ++network->n_blocks);
        network->blocks[network->n_blocks - 1] = g_new0(SimCallSlot, SIM_CALL_BLOCK);
    }
    return index;
}

static void drop_frames(SimCallSlot *slot)
{
    if (slot->call.frame.body != NULL) {
        distro_frame_clear(&slot->call.frame);
    }
    if (slot->answer.body != NULL) {
        distro_frame_clear(&slot->answer);
    }
}

static void empty_slot(SimCallSlot *slot)
{
    drop_frames(slot);
    sim_net_free_batch(slot->batch);
    slot->batch = NULL;
    slot->in_use = false;
}

void sim_net_free_calls(SimNetwork *network)
{
    for (uint32_t i = 0; i < network->n_slots; i++) {
        if (sim_net_slot_at(network, i)->in_use) {
            empty_slot(sim_net_slot_at(network, i));
        }
    }
    for (uint32_t i = 0; i < network->n_blocks; i++) {
        g_free(network->blocks[i]);
    }
    g_free(network->blocks);
}

static DistroFrame share_frame(const DistroFrame *frame)
{
    return frame->body != NULL ? distro_frame_ref(frame) : *frame;
}

/* Lists: a call is in that of its connection, else in its caller's. */
static uint32_t *list_of(SimNetwork *network, const SimCallSlot *slot)
{
    if (!slot->call.by_connection || slot->connection == 0) {
        return &sim_net_endpoint(network, slot->call.from)->loose_calls;
    }
    SimConnection *connection = sim_net_connection(network, slot->connection);
    return connection != NULL ? &connection->calls : NULL;
}

static void enlist(SimNetwork *network, SimCallSlot *slot, uint32_t index, uint32_t before)
{
    uint32_t *first = list_of(network, slot);
    slot->next = slot->previous = 0;
    if (first == NULL) {
        return;
    }
    slot->next = before ? before : *first;
    slot->previous = before ? sim_net_slot_at(network, before - 1)->previous : 0;
    if (slot->next) {
        sim_net_slot_at(network, slot->next - 1)->previous = index + 1;
    }
    if (slot->previous) {
        sim_net_slot_at(network, slot->previous - 1)->next = index + 1;
    } else {
        *first = index + 1;
    }
}

void sim_net_delist(SimNetwork *network, SimCallSlot *slot)
{
    uint32_t *first = list_of(network, slot);
    if (first == NULL) {
        return;
    }
    if (slot->next) {
        sim_net_slot_at(network, slot->next - 1)->previous = slot->previous;
    }
    if (slot->previous) {
        sim_net_slot_at(network, slot->previous - 1)->next = slot->next;
    } else {
        *first = slot->next;
    }
    if (slot->call.by_connection && *first == 0) {
        sim_net_release_connection(network, slot->connection);
    }
}

static SimTraffic *traffic_of(SimNetwork *network, const SimCall *call)
{
    SimPair *pair = sim_net_both_nodes(call->from, call->to)
                        ? sim_net_pair(network, call->from, call->to)
                        : NULL;
    if (pair != NULL && pair->recent != NULL && pair->recent_op == call->op) {
        return pair->recent; /* the row of a pair of many is far away in memory */
    }
    SimTrafficRow *row = sim_net_traffic_row(network, call->from, call->to);
    SimTraffic *traffic = sim_traffic_of(network->traffic, row, call->op);
    if (pair != NULL) {
        pair->recent = traffic;
        pair->recent_op = call->op;
    }
    return traffic;
}

/* The fields after the frame are set one by one: zeroing a slot would cost more than a call. */
uint64_t sim_net_new_call(SimNetwork *network, int64_t now_us, const SimCall *call,
                          uint64_t connection, uint32_t before)
{
    uint32_t index = take_slot(network);
    SimCallSlot *slot = sim_net_slot_at(network, index);
    slot->call = *call;
    slot->call.frame = share_frame(&call->frame);
    slot->call.sent_us = now_us;
    slot->answer.body = NULL;
    slot->batch = NULL;
    slot->handler_delay_us = slot->reply_delay_us = 0;
    slot->traffic = traffic_of(network, call);
    slot->connection = connection;
    slot->started = ++network->n_started;
    slot->name = network->pool != NULL ? sim_net_name_call(network, call->from) : 0;
    slot->generation = (slot->generation + 1) & ((1u << GENERATION_BITS) - 1);
    if (slot->generation == 0) {
        slot->generation = 1;
    }
    slot->in_use = slot->waiting = true;
    slot->answered = slot->abandoned = slot->verdict_travels = false;
    slot->drop_reply = slot->refuse_apply = slot->reply_ok = false;
    slot->arrived = slot->cancelled = slot->picked = false;
    slot->request = SIM_REQUEST_UNDER_WAY;
    enlist(network, slot, index, before);
    return sim_net_call_id(slot, index);
}

void sim_net_release_slot(SimNetwork *network, uint32_t index)
{
    SimCallSlot *slot = sim_net_slot_at(network, index);
    empty_slot(slot);
    slot->next = network->free_slots;
    network->free_slots = index + 1;
}

void sim_net_release_if_done(SimNetwork *network, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    if (slot == NULL || slot->waiting || slot->request == SIM_REQUEST_UNDER_WAY ||
        (slot->request == SIM_REQUEST_DELIVERED && !slot->answered)) {
        return;
    }
    uint32_t index = sim_net_slot_index(id);
    sim_net_delist(network, slot);
    sim_net_release_slot(network, index);
}

void sim_net_request_lost(SimNetwork *network, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    if (slot == NULL) {
        return;
    }
    slot->request = SIM_REQUEST_GONE;
    sim_net_release_if_done(network, id);
}

/* --- counting -------------------------------------------------------------------------------- */

/* @count packets of @bytes together; @reply: from the called. */
static void count_packets(SimNetwork *network, const SimCall *call, bool reply, uint64_t count,
                          uint64_t bytes)
{
    SimTrafficTotals *totals = &network->totals;
    const SimNetEndpoint *caller = sim_net_endpoint(network, call->from);
    const SimNetEndpoint *called = sim_net_endpoint(network, call->to);
    size_t there = sim_net_sites(network, caller, called);
    totals->messages += count;
    totals->messages_by_op[call->op] += count;
    totals->bytes_by_op[call->op] += bytes;
    if (network->routes[there].is_wan) {
        totals->bytes_wan += bytes;
    } else {
        totals->bytes_lan += bytes;
    }
    if (network->flows != NULL) {
        sim_flow_count(&network->flows[reply ? sim_net_sites(network, called, caller) : there],
                       sim_net_now(network),
                       sim_flow_class(call->op, network->ops[call->op], call->path), reply, count,
                       bytes);
    }
}

void sim_net_count_requests(SimNetwork *network, const SimCallSlot *slot, uint64_t count,
                            uint64_t bytes)
{
    slot->traffic->messages += count;
    slot->traffic->bytes += bytes;
    count_packets(network, &slot->call, false, count, bytes);
}

void sim_net_count_replies(SimNetwork *network, const SimCallSlot *slot, uint64_t count,
                           uint64_t bytes)
{
    slot->traffic->replies += count;
    slot->traffic->reply_bytes += bytes;
    count_packets(network, &slot->call, true, count, bytes);
}

/* --- outcomes -------------------------------------------------------------------------------- */

static void note_failure(SimNetwork *network, int64_t now_us, SimCallSlot *slot,
                         DistroOutcome outcome)
{
    SimCall *call = &slot->call;
    slot->traffic->failed++;
    if (outcome == DISTRO_OUTCOME_TIMED_OUT) {
        sim_net_note(network, now_us, SIM_TRACE_MESSAGE_TIMEOUT, call, call->timeout_us);
    } else if (outcome == DISTRO_OUTCOME_REFUSED || outcome == DISTRO_OUTCOME_REJECTED) {
        sim_net_note(network, now_us, SIM_TRACE_MESSAGE_REFUSED, call,
                     outcome == DISTRO_OUTCOME_REJECTED);
    } else {
        sim_net_remark(network, now_us, SIM_TRACE_BROKEN, call, false, 0);
    }
}

static unsigned status_of(const DistroFrame *frame)
{
    return frame->head[2] | (unsigned)frame->head[3] << 8;
}

/* The answer of a client's request that went well carries no status. */
static int64_t status_told(const DistroFrame *frame)
{
    unsigned status = status_of(frame);
    return status != 0 ? status : DISTRO_STATUS_OK;
}

void sim_net_finish(SimNetwork *network, int64_t now_us, uint64_t id, DistroOutcome outcome)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    bool good = outcome == DISTRO_OUTCOME_ANSWERED;
    slot->waiting = false;
    slot->cancelled = outcome == DISTRO_OUTCOME_TIMED_OUT && slot->call.by_connection &&
                      slot->request == SIM_REQUEST_UNDER_WAY && !slot->arrived && !slot->picked;
    if (!good) {
        note_failure(network, now_us, slot, outcome);
        /* The other end may believe in a connection that is not waited for any more. */
        if (slot->call.opens) {
            sim_net_close_end(network, now_us, slot->connection, SIM_OPENER, SIM_NET_FIN);
        }
    } else {
        sim_net_remark(network, now_us, SIM_TRACE_ARRIVED, &slot->call, false,
                       status_told(&slot->answer));
    }
    uint32_t before = sim_trace_because(network->trace, slot->call.latest);
    network->peers.on_outcome(network->peers.data, id, outcome, good ? &slot->answer : NULL);
    sim_trace_because(network->trace, before);
    sim_net_release_if_done(network, id);
}

void sim_net_schedule_verdict(SimNetwork *network, int64_t at_us, uint64_t id,
                              DistroOutcome outcome, bool travels)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    slot->verdict = (uint8_t)outcome;
    slot->verdict_travels = travels;
    sim_net_push(network, at_us, SIM_NET_VERDICT, id);
}

/* A reset from the called to the caller of a call that has a connection of its own. */
static void send_verdict(SimNetwork *network, int64_t now_us, uint64_t id, DistroOutcome outcome)
{
    const SimCall *call = &sim_net_slot(network, id)->call;
    if (sim_network_is_cut(network, call->to, call->from) & SIM_CUT_PACKETS) {
        return;
    }
    int64_t delay_us = sim_route_delay(sim_net_route(network, call->to, call->from),
                                       sim_net_prng(network, call->to, call->from));
    sim_net_schedule_verdict(network, now_us + delay_us, id, outcome, true);
}

void sim_net_on_verdict(SimNetwork *network, int64_t now_us, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    if (slot == NULL || !slot->waiting) {
        return;
    }
    const SimCall *call = &slot->call;
    uint64_t payload = sim_net_payload(SIM_NET_VERDICT, id);
    if (slot->verdict_travels) {
        if (sim_network_is_cut(network, call->to, call->from) & SIM_CUT_PACKETS) {
            return; /* resets are not sent again */
        }
        if (sim_net_held_back(network, now_us, call->to, call->from, now_us, payload)) {
            return;
        }
    } else if (sim_net_hold_if_paused(network, call->from, payload)) {
        return;
    }
    sim_net_finish(network, now_us, id, (DistroOutcome)slot->verdict);
}

/* --- calling --------------------------------------------------------------------------------- */

static void fail_soon(SimNetwork *network, int64_t now_us, uint64_t id, DistroOutcome outcome)
{
    sim_net_slot(network, id)->request = SIM_REQUEST_GONE;
    sim_net_schedule_verdict(network, now_us, id, outcome, false);
}

/* The second delivery of a request: a call without a caller. */
static void send_duplicate(SimNetwork *network, int64_t now_us, uint64_t id, int64_t bytes,
                           int64_t delay_us)
{
    const SimCallSlot *original = sim_net_slot(network, id);
    SimCall call = original->call;
    call.opens = false;
    uint64_t copy = sim_net_new_call(network, now_us, &call, original->connection, 0);
    sim_net_slot(network, copy)->waiting = false;
    sim_net_slot(network, copy)->handler_delay_us = delay_us;
    sim_net_note(network, now_us, SIM_TRACE_MESSAGE_DUPLICATED, &call, 0);
    sim_net_send(network, now_us, call.from, call.to, bytes,
                 sim_net_payload(SIM_NET_REQUEST, copy));
}

/* What the link does to a message as a whole. */
static SimDatagramFault draw_datagram_fault(SimNetwork *network, SimEndpoint from, SimEndpoint to,
                                            SimOp op)
{
    const SimRoute *route = sim_net_route(network, from, to);
    if (!route->datagrams) {
        return (SimDatagramFault) { 0 };
    }
    const SimWay way = sim_net_way(network, from, to, op == SIM_OP_VERIFY, 0);
    return sim_route_datagram_fault(route, way.lane.prng, sim_net_round_trip(network, from, to));
}

static void note_interception(SimNetwork *network, int64_t now_us, SimCallSlot *slot,
                              const SimInterception *what)
{
    int64_t actions = 0;
    actions |= what->drop ? 1 << SIM_INTERCEPT_DROP : 0;
    actions |= what->delay_us > 0 ? 1 << SIM_INTERCEPT_DELAY : 0;
    actions |= what->drop_reply ? 1 << SIM_INTERCEPT_DROP_REPLY : 0;
    actions |= what->reply_delay_us > 0 ? 1 << SIM_INTERCEPT_DELAY_REPLY : 0;
    actions |= what->refuse_apply ? 1 << SIM_INTERCEPT_REFUSE_APPLY : 0;
    actions |= what->duplicate ? 1 << SIM_INTERCEPT_DUPLICATE : 0;
    if (actions != 0) {
        slot->picked = true;
        sim_net_remark(network, now_us, SIM_TRACE_INTERCEPTED, &slot->call, false, actions);
    }
}

static SimInterception intercept(SimNetwork *network, int64_t now_us, SimCallSlot *slot)
{
    SimCall *call = &slot->call;
    const SimSent sent = {
        .at_us = now_us,
        .from = call->from,
        .to = call->to,
        .from_process = sim_net_process(network, call->from),
        .to_process = sim_net_process(network, call->to),
        .cluster = sim_net_cluster(network, call->from, call->to),
        .op = call->op,
    };
    SimInterception what = sim_intercepts_apply(network->intercepts, &sent);
    note_interception(network, now_us, slot, &what);
    slot->drop_reply = what.drop_reply;
    slot->reply_delay_us = what.reply_delay_us;
    slot->refuse_apply = what.refuse_apply;
    slot->reply_ok = what.reply_ok;
    return what;
}

/* One message at a time: a story may have picked it out, or its link may do something to it. */
static void send_singly(SimNetwork *network, int64_t now_us, uint64_t id, int64_t bytes)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    SimCall *call = &slot->call;
    SimInterception what = { 0 };
    if (network->intercepting) {
        what = intercept(network, now_us, slot);
    }
    const SimDatagramFault fault = draw_datagram_fault(network, call->from, call->to, call->op);
    if (what.drop || fault.damaged) {
        sim_net_note(network, now_us, SIM_TRACE_MESSAGE_LOST, call,
                     what.drop ? -1 : SIM_TRACE_DAMAGED);
        sim_net_request_lost(network, id);
        return;
    }
    int64_t delay_us = what.delay_us + fault.late_us;
    if (delay_us > 0) {
        sim_net_note(network, now_us, SIM_TRACE_MESSAGE_DELAYED, call, delay_us);
        slot->handler_delay_us = delay_us;
    }
    sim_net_send(network, now_us, call->from, call->to, bytes,
                 sim_net_payload(SIM_NET_REQUEST, id));
    if (what.duplicate || fault.doubled) {
        send_duplicate(network, now_us, id, bytes, delay_us);
    }
}

static void send_request(SimNetwork *network, int64_t now_us, uint64_t id, const SimCall *call)
{
    int64_t bytes = call->bytes + sim_net_framing(network, call, false);
    SimCallSlot *slot = sim_net_slot(network, id);
    sim_net_count_requests(network, slot, 1, (uint64_t)bytes);
    sim_net_note(network, now_us, SIM_TRACE_SEND, &slot->call, bytes);
    sim_trace_keep_payload(network->trace, slot->call.record, &call->frame, call->payload);
    sim_net_await(network, now_us, call->timeout_us, id);
    if (network->intercepting || network->datagrams) {
        send_singly(network, now_us, id, bytes);
    } else {
        sim_net_send(network, now_us, call->from, call->to, bytes,
                     sim_net_payload(SIM_NET_REQUEST, id));
    }
}

void sim_network_call(SimNetwork *network, int64_t now_us, const SimCall *call)
{
    g_assert_true(sim_net_endpoint(network, call->from)->up);
    bool forbidden = sim_net_is_troubled(network, call->from, call->to) &&
                     sim_network_is_cut(network, call->from, call->to) & SIM_CUT_CALLS;
    uint64_t connection =
        call->by_connection ? sim_net_usable_connection(network, call->from, call->to) : 0;
    uint64_t id = sim_net_new_call(network, now_us, call, connection, 0);
    if (forbidden) {
        fail_soon(network, now_us, id, DISTRO_OUTCOME_REFUSED);
    } else if (call->by_connection && connection == 0) {
        fail_soon(network, now_us, id, DISTRO_OUTCOME_BROKEN);
    } else {
        send_request(network, now_us, id, call);
    }
}

/* --- at the called --------------------------------------------------------------------------- */

/* The port is closed, or the connection is unknown: a reset goes back, unless the power is off. */
static void refuse(SimNetwork *network, int64_t now_us, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    const SimConnection *connection =
        slot->call.by_connection ? sim_net_connection(network, slot->connection) : NULL;
    if (sim_net_endpoint(network, slot->call.to)->silent)
        ; /* no answer at all */
    else if (connection != NULL) {
        sim_net_reset_end(network, now_us, slot->connection,
                          sim_net_side(connection, slot->call.from));
    } else if (slot->waiting) {
        send_verdict(network, now_us, id, DISTRO_OUTCOME_REFUSED);
    }
    sim_net_request_lost(network, id);
}

void sim_network_refuse(SimNetwork *network, int64_t now_us, uint64_t call)
{
    if (sim_net_slot(network, call)->waiting) {
        send_verdict(network, now_us, call, DISTRO_OUTCOME_REFUSED);
    }
    sim_net_request_lost(network, call);
}

bool sim_net_can_be_delivered(const SimNetwork *network, const SimCallSlot *slot)
{
    if (!sim_net_endpoint(network, slot->call.to)->up) {
        return false;
    }
    if (!slot->call.by_connection) {
        return true;
    }
    const SimConnection *connection = sim_net_connection(network, slot->connection);
    return connection != NULL &&
           connection->views[sim_net_side(connection, slot->call.to)] == SIM_CONNECTION_OPEN;
}

static bool is_http(const SimNetwork *network, const SimCallSlot *slot)
{
    const DistroOpInfo *info = network->ops[slot->call.op];
    return info != NULL ? info->http || distro_wire_is_http(&slot->call.frame)
                        : slot->call.op == SIM_OP_SERVICES;
}

static DistroStatus refusal_status(const SimNetwork *network, const SimCallSlot *slot)
{
    if (slot->reply_ok) {
        return DISTRO_STATUS_OK;
    }
    if (slot->call.op == SIM_OP_VERIFY) {
        return DISTRO_STATUS_VERIFY_FAILED;
    }
    if (is_http(network, slot)) {
        return DISTRO_STATUS_HTTP_ERROR;
    }
    return DISTRO_STATUS_EXCEPTION;
}

/* An answer that says nothing but its status: the head alone, as core/wire.h draws it. */
static DistroFrame bare_answer(SimOp op, DistroStatus status)
{
    DistroFrame frame = { .head = { (uint8_t)op, 1, (uint8_t)((unsigned)status & 0xff),
                                    (uint8_t)((unsigned)status >> 8) } };
    return frame;
}

static void answer_in_its_place(SimNetwork *network, int64_t now_us, uint64_t id)
{
    const SimCallSlot *slot = sim_net_slot(network, id);
    SimOp op = slot->call.op;
    DistroStatus status = refusal_status(network, slot);
    const bool is_core = network->ops[op] != NULL;
    DistroFrame frame =
        is_core ? distro_wire_answer(&slot->call.frame, status) : bare_answer(op, status);
    if (sim_op_is(op, DISTRO_ROLE_LOAD)) {
        frame.json_size = 0; /* what was asked for is not there, so no bytes of it are counted */
    }
    sim_network_answer(network, now_us, id, &frame, frame.json_size);
}

static void deliver(SimNetwork *network, int64_t now_us, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    if (!sim_net_can_be_delivered(network, slot)) {
        refuse(network, now_us, id);
        return;
    }
    slot->request = SIM_REQUEST_DELIVERED;
    sim_net_remark(network, now_us, SIM_TRACE_DELIVERED, &slot->call, true, 0);
    uint32_t before = sim_trace_because(network->trace, slot->call.latest);
    if (slot->refuse_apply) {
        answer_in_its_place(network, now_us, id);
    } else {
        network->peers.on_request(network->peers.data, id);
    }
    sim_trace_because(network->trace, before);
}

static bool is_under_way(const SimCallSlot *slot)
{
    return slot != NULL && slot->request == SIM_REQUEST_UNDER_WAY;
}

/* The caller's RST_STREAM has caught up with the request. */
static bool is_cancelled(SimNetwork *network, int64_t now_us, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    const bool applied =
        slot->cancelled && (network->pool != NULL ? sim_net_pool_applies_late(network)
                                                  : sim_net_applies_late(network, &slot->call));
    if (!slot->cancelled || applied) {
        return false;
    }
    sim_net_note(network, now_us, SIM_TRACE_MESSAGE_LOST, &slot->call, SIM_TRACE_CANCELLED);
    sim_net_request_lost(network, id);
    return true;
}

void sim_net_on_request(SimNetwork *network, int64_t now_us, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    if (!is_under_way(slot) ||
        sim_net_held_back(network, now_us, slot->call.from, slot->call.to, slot->call.sent_us,
                          sim_net_payload(SIM_NET_REQUEST, id)) ||
        is_cancelled(network, now_us, id)) {
        return;
    }
    slot->arrived = true;
    if (slot->handler_delay_us > 0) {
        sim_net_push(network, now_us + slot->handler_delay_us, SIM_NET_HANDLE, id);
    } else {
        deliver(network, now_us, id);
    }
}

void sim_net_on_handle(SimNetwork *network, int64_t now_us, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    if (is_under_way(slot) &&
        !sim_net_hold_if_paused(network, slot->call.to, sim_net_payload(SIM_NET_HANDLE, id))) {
        deliver(network, now_us, id);
    }
}

void sim_network_reject(SimNetwork *network, int64_t now_us, uint64_t id, bool silently)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    if (slot == NULL || slot->request != SIM_REQUEST_DELIVERED || slot->answered) {
        return;
    }
    if (silently) {
        sim_net_note(network, now_us, SIM_TRACE_MESSAGE_LOST, &slot->call, -2);
    } else if (slot->waiting) {
        send_verdict(network, now_us, id, DISTRO_OUTCOME_REJECTED);
    }
    sim_net_request_lost(network, id);
}

/* --- answering ------------------------------------------------------------------------------- */

static bool is_good(const DistroFrame *frame)
{
    static const uint8_t nothing[DISTRO_HEAD_SIZE];
    return status_of(frame) == DISTRO_STATUS_OK ||
           memcmp(frame->head, nothing, sizeof nothing) == 0;
}

/* An answer to a call on a connection needs the called to believe in it still. */
static bool can_answer(const SimNetwork *network, const SimCallSlot *slot)
{
    return slot->request == SIM_REQUEST_DELIVERED && !slot->answered &&
           sim_net_can_be_delivered(network, slot);
}

void sim_net_send_answer(SimNetwork *network, int64_t now_us, uint64_t id, int64_t bytes)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    SimCall *call = &slot->call;
    if (call->opens && is_good(&slot->answer)) {
        slot->connection = sim_net_open(network, now_us, call->from, call->to, !slot->refuse_apply);
        sim_net_connection(network, slot->connection)->name = slot->name;
    }
    SimDatagramFault fault = { 0 };
    if (network->datagrams) {
        fault = draw_datagram_fault(network, call->to, call->from, call->op);
    }
    if (slot->drop_reply || fault.damaged) {
        sim_net_note(network, now_us, SIM_TRACE_MESSAGE_REPLY_LOST, call,
                     slot->drop_reply ? -1 : SIM_TRACE_DAMAGED);
        return;
    }
    int64_t delay_us = slot->reply_delay_us + fault.late_us;
    if (delay_us > 0) {
        sim_net_note(network, now_us, SIM_TRACE_MESSAGE_DELAYED, call, delay_us);
        sim_net_push(network, now_us + delay_us, SIM_NET_LEAVE, id);
        return;
    }
    sim_net_send(network, now_us, call->to, call->from, bytes, sim_net_payload(SIM_NET_ANSWER, id));
}

void sim_net_on_leave(SimNetwork *network, int64_t now_us, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    if (slot == NULL || !slot->waiting || !sim_net_endpoint(network, slot->call.to)->up ||
        sim_net_hold_if_paused(network, slot->call.to, sim_net_payload(SIM_NET_LEAVE, id))) {
        return;
    }
    slot->answered_us = now_us;
    sim_net_send(network, now_us, slot->call.to, slot->call.from,
                 slot->answer.json_size + sim_net_framing(network, &slot->call, true),
                 sim_net_payload(SIM_NET_ANSWER, id));
}

void sim_network_answer(SimNetwork *network, int64_t now_us, uint64_t call,
                        const DistroFrame *frame, uint32_t bytes)
{
    SimCallSlot *slot = sim_net_slot(network, call);
    if (slot == NULL || !can_answer(network, slot)) {
        return;
    }
    int64_t on_the_wire = bytes + sim_net_framing(network, &slot->call, true);
    slot->answered = true;
    slot->answered_us = now_us;
    sim_net_count_replies(network, slot, 1, (uint64_t)on_the_wire);
    sim_net_remark(network, now_us, SIM_TRACE_ANSWERED, &slot->call, true, status_told(frame));
    sim_trace_keep_payload(network->trace, slot->call.latest, frame, slot->call.payload);
    if (!slot->waiting) { /* its caller has given up */
        sim_net_release_if_done(network, call);
        return;
    }
    slot->answer = share_frame(frame);
    sim_net_send_answer(network, now_us, call, on_the_wire);
}

/* The caller has the connection from now on, unless it has been reset already. */
static bool complete_opening(SimNetwork *network, const SimCallSlot *slot)
{
    if (!slot->call.opens || !is_good(&slot->answer)) {
        return true;
    }
    SimConnection *connection = sim_net_connection(network, slot->connection);
    if (connection == NULL || connection->views[SIM_OPENER] != SIM_CONNECTION_OPENING) {
        return false;
    }
    connection->views[SIM_OPENER] = SIM_CONNECTION_OPEN;
    return true;
}

void sim_net_on_answer(SimNetwork *network, int64_t now_us, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    if (slot == NULL || !slot->waiting) {
        return;
    }
    if (sim_net_held_back(network, now_us, slot->call.to, slot->call.from, slot->answered_us,
                          sim_net_payload(SIM_NET_ANSWER, id))) {
        return;
    }
    bool intact = complete_opening(network, slot);
    sim_net_finish(network, now_us, id, intact ? DISTRO_OUTCOME_ANSWERED : DISTRO_OUTCOME_BROKEN);
}

/* --- the dead -------------------------------------------------------------------------------- */

bool sim_net_still_wanted(const SimNetwork *network, uint64_t payload)
{
    SimNetEvent kind = (SimNetEvent)(payload >> SIM_CALL_BITS);
    if (kind != SIM_NET_REQUEST) {
        return true;
    }
    const SimCallSlot *slot = sim_net_slot(network, payload & SIM_NET_ABOUT);
    if (slot == NULL || slot->abandoned) {
        return false;
    }
    if (!slot->call.by_connection) {
        return slot->waiting; /* its own connection was closed with the time-out */
    }
    const SimConnection *connection = sim_net_connection(network, slot->connection);
    return connection != NULL &&
           connection->views[sim_net_side(connection, slot->call.from)] == SIM_CONNECTION_OPEN;
}

static void forget_list(SimNetwork *network, SimEndpoint caller, const uint32_t *list)
{
    sim_net_scatter_batches(network, *list);
    g_autoptr(GArray) ids = g_array_new(false, false, sizeof(uint64_t));
    for (uint32_t entry = *list; entry; entry = sim_net_slot_at(network, entry - 1)->next) {
        uint64_t id = sim_net_call_id(sim_net_slot_at(network, entry - 1), entry - 1);
        g_array_append_val(ids, id);
    }
    for (guint i = 0; i < ids->len; i++) {
        uint64_t id = g_array_index(ids, uint64_t, i);
        SimCallSlot *slot = sim_net_slot(network, id);
        if (slot == NULL || slot->call.from != caller) {
            continue;
        }
        slot->waiting = false;
        slot->abandoned = true;
        sim_net_release_if_done(network, id);
    }
}

void sim_net_forget_calls(SimNetwork *network, SimEndpoint endpoint)
{
    const SimNetEndpoint *party = sim_net_endpoint(network, endpoint);
    forget_list(network, endpoint, &party->loose_calls);
    for (unsigned side = SIM_OPENER; side <= SIM_ACCEPTER; side++) {
        uint32_t entry = party->connections[side];
        while (entry) {
            const SimConnection *connection =
                &g_array_index(network->connections, SimConnection, entry - 1);
            uint32_t next = connection->next[side];
            forget_list(network, endpoint, &connection->calls);
            entry = next;
        }
    }
}

typedef struct Served {
    uint64_t started, id;
} Served;

static gint compare_served(gconstpointer a, gconstpointer b)
{
    const Served *left = a, *right = b;
    return left->started < right->started ? -1 : left->started > right->started;
}

/* In the order in which they were started: which slot a call has says nothing. */
static GArray *served_by(const SimNetwork *network, SimEndpoint endpoint)
{
    GArray *served = g_array_new(false, false, sizeof(Served));
    for (uint32_t i = 0; i < network->n_slots; i++) {
        const SimCallSlot *slot = sim_net_slot_at(network, i);
        const Served one = { slot->started, sim_net_call_id(slot, i) };
        if (slot->in_use && slot->call.to == endpoint && !slot->call.by_connection &&
            slot->request == SIM_REQUEST_DELIVERED && !slot->answered) {
            g_array_append_val(served, one);
        }
    }
    g_array_sort(served, compare_served);
    return served;
}

/* Crashes are rare and nodes keep no list of what they are asked, so all slots are looked at.
 * Clients are called on connections only, which end with them. */
void sim_net_drop_served_calls(SimNetwork *network, SimEndpoint endpoint, bool silent)
{
    if (sim_endpoint_is_client(endpoint)) {
        return;
    }
    int64_t now_us = sim_net_now(network);
    g_autoptr(GArray) served = served_by(network, endpoint);
    for (guint i = 0; i < served->len; i++) {
        uint64_t id = g_array_index(served, Served, i).id;
        if (sim_net_slot(network, id)->waiting && !silent) {
            send_verdict(network, now_us, id, DISTRO_OUTCOME_BROKEN);
        }
        sim_net_request_lost(network, id);
    }
}
