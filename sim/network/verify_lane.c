/* sim/network/verify_lane.c -- see verify_lane.h. */
#include "sim/network/verify_lane.h"

#include <string.h>

#include "sim/network/stream.h"

enum {
    FIRST_ROOM = 8,
    DIGIT_BITS = 8,
    N_DIGITS = 1 << DIGIT_BITS,
    MOST_AT_ONCE = 256 /* packets: the called may take none, and see the others again */
};

struct SimVerifyLane {
    SimEndpoint from, to;
    GArray *ordered;     /* SimEvent, by time */
    guint first;         /* of those of them that are still to come */
    GArray *added;       /* SimEvent, in the order of sending */
    int64_t earliest_us; /* of those added; INT64_MAX: none */
    int64_t next_us;     /* of all; INT64_MAX: none */
    guint place;         /* in the heap, + 1; 0: it is empty, or in hand */
};

/* --- the heap of lanes ----------------------------------------------------------------------- */

static SimVerifyLane *lane_at(const SimNetwork *network, guint place)
{
    return network->verify_lanes->pdata[place - 1];
}

static void put(SimNetwork *network, SimVerifyLane *lane, guint place)
{
    network->verify_lanes->pdata[place - 1] = lane;
    lane->place = place;
}

static bool comes_before(const SimVerifyLane *a, const SimVerifyLane *b)
{
    if (a->next_us != b->next_us) {
        return a->next_us < b->next_us;
    }
    return a->from != b->from ? a->from < b->from : a->to < b->to;
}

static void rise(SimNetwork *network, SimVerifyLane *lane, guint place)
{
    for (; place > 1 && comes_before(lane, lane_at(network, place / 2)); place /= 2) {
        put(network, lane_at(network, place / 2), place);
    }
    put(network, lane, place);
}

static void sink(SimNetwork *network, SimVerifyLane *lane, guint place)
{
    guint size = network->verify_lanes->len;
    for (guint child = 2 * place; child <= size; child = 2 * place) {
        if (child < size && comes_before(lane_at(network, child + 1), lane_at(network, child))) {
            child++;
        }
        if (!comes_before(lane_at(network, child), lane)) {
            break;
        }
        put(network, lane_at(network, child), place);
        place = child;
    }
    put(network, lane, place);
}

static SimVerifyLane *take_first(SimNetwork *network)
{
    SimVerifyLane *lane = lane_at(network, 1);
    SimVerifyLane *last =
        g_ptr_array_remove_index(network->verify_lanes, network->verify_lanes->len - 1);
    lane->place = 0;
    if (last != lane) {
        sink(network, last, 1);
    }
    return lane;
}

static void put_back(SimNetwork *network, SimVerifyLane *lane)
{
    if (lane->next_us == INT64_MAX) {
        return;
    }
    g_ptr_array_add(network->verify_lanes, lane);
    rise(network, lane, network->verify_lanes->len);
}

/* --- a lane ---------------------------------------------------------------------------------- */

static SimVerifyLane *lane_of(SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    SimPair *pair = sim_net_pair(network, from, to);
    if (pair->verify_lane == NULL) {
        SimVerifyLane *lane = pair->verify_lane = g_new0(SimVerifyLane, 1);
        lane->from = from;
        lane->to = to;
        lane->ordered = g_array_sized_new(false, false, sizeof(SimEvent), FIRST_ROOM);
        lane->added = g_array_sized_new(false, false, sizeof(SimEvent), FIRST_ROOM);
        lane->earliest_us = lane->next_us = INT64_MAX;
    }
    return pair->verify_lane;
}

static void free_lane(SimVerifyLane *lane)
{
    if (lane == NULL) {
        return;
    }
    g_array_unref(lane->ordered);
    g_array_unref(lane->added);
    g_free(lane);
}

void sim_net_free_verify_lanes(SimNetwork *network)
{
    for (guint from = 0; from < network->nodes->len; from++) {
        for (guint to = 0; to < network->nodes->len; to++) {
            free_lane(network->pairs[from][to].verify_lane);
        }
    }
    g_ptr_array_unref(network->verify_lanes);
}

static const SimEvent *ordered(const SimVerifyLane *lane, guint *count)
{
    *count = lane->ordered->len - lane->first;
    return &g_array_index(lane->ordered, SimEvent, lane->first);
}

/* Whatever was added may be the next to come. */
static void announce(SimNetwork *network, SimVerifyLane *lane, int64_t at_us)
{
    if (at_us >= lane->next_us) {
        return;
    }
    lane->next_us = at_us;
    if (lane->place > 0) {
        rise(network, lane, lane->place);
    } else {
        put_back(network, lane);
    }
}

static void add(SimNetwork *network, SimVerifyLane *lane, int64_t at_us, uint64_t payload)
{
    const SimEvent packet = { at_us, payload };
    guint count;
    const SimEvent *packets = ordered(lane, &count);
    if (lane->added->len == 0 && (count == 0 || packets[count - 1].at_us <= at_us)) {
        g_array_append_val(lane->ordered, packet);
    } else {
        g_array_append_val(lane->added, packet);
        lane->earliest_us = MIN(lane->earliest_us, at_us);
    }
    announce(network, lane, at_us);
}

/* Into @sorted by the digit at @shift of the time since @earliest_us, equal ones in their order. */
static void sort_by_digit(const SimEvent *packets, guint count, SimEvent *sorted,
                          int64_t earliest_us, unsigned shift)
{
    guint places[N_DIGITS] = { 0 }, next = 0;
    for (guint i = 0; i < count; i++) {
        places[(packets[i].at_us - earliest_us) >> shift & (N_DIGITS - 1)]++;
    }
    for (guint digit = 0; digit < N_DIGITS; digit++) {
        guint here = places[digit];
        places[digit] = next;
        next += here;
    }
    for (guint i = 0; i < count; i++) {
        sorted[places[(packets[i].at_us - earliest_us) >> shift & (N_DIGITS - 1)]++] = packets[i];
    }
}

/* A radix sort, from the lowest digit in which times differ up: it takes no branch that depends on
 * their order, which cannot be predicted, and keeps equal ones as they are. */
static void sort(SimEvent *packets, guint count, SimEvent *spare)
{
    int64_t earliest_us = INT64_MAX, latest_us = INT64_MIN;
    for (guint i = 0; i < count; i++) {
        earliest_us = MIN(earliest_us, packets[i].at_us);
        latest_us = MAX(latest_us, packets[i].at_us);
    }
    SimEvent *from = packets, *to = spare;
    for (unsigned shift = 0; count > 1 && (latest_us - earliest_us) >> shift > 0;
         shift += DIGIT_BITS) {
        sort_by_digit(from, count, to, earliest_us, shift);
        SimEvent *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != packets) {
        memcpy(packets, from, count * sizeof *packets);
    }
}

/* Of equal times, those of @left come first. @into may end where @right does. */
static void merge(SimEvent *into, const SimEvent *left, guint n_left, const SimEvent *right,
                  guint n_right)
{
    while (n_left > 0 && n_right > 0) {
        if (left->at_us <= right->at_us) {
            *into++ = *left++;
            n_left--;
        } else {
            *into++ = *right++;
            n_right--;
        }
    }
    if (n_left > 0) { /* those of an empty array stand nowhere */
        memcpy(into, left, n_left * sizeof *into);
    }
    if (into + n_left != right) {
        memmove(into + n_left, right, n_right * sizeof *into);
    }
}

static void bring_in_order(SimVerifyLane *lane)
{
    guint count;
    const SimEvent *old = ordered(lane, &count);
    GArray *added = lane->added;
    GArray *merged = g_array_sized_new(false, false, sizeof(SimEvent), count + added->len);
    g_array_set_size(merged, count + added->len);
    SimEvent *new = (SimEvent *)(void *)added->data, *all = (SimEvent *)(void *)merged->data;
    sort(new, added->len, all);
    merge(all, old, count, new, added->len);
    g_array_unref(lane->ordered);
    lane->ordered = merged;
    lane->first = 0;
    g_array_set_size(added, 0);
    lane->earliest_us = INT64_MAX;
}

/* Mostly a few of very many, so that the search goes out from the first; and where each is taken
 * alone, all may be due each time. */
static guint count_before(const SimEvent *packets, guint count, int64_t horizon_us)
{
    guint low = 0, high = 1;
    while (high <= count && packets[high - 1].at_us < horizon_us) {
        low = high;
        high *= 2;
    }
    high = MIN(high, count + 1);
    while (high - low > 1) { /* the low first are before it, the high first are not all */
        guint middle = low + (high - low) / 2;
        if (packets[middle - 1].at_us < horizon_us) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static const SimEvent *due_before(SimVerifyLane *lane, int64_t horizon_us, guint *due)
{
    guint count;
    if (lane->earliest_us < horizon_us) {
        bring_in_order(lane);
    }
    const SimEvent *packets = ordered(lane, &count);
    *due = count_before(packets, count, horizon_us);
    return packets;
}

static void drop(SimVerifyLane *lane, guint due)
{
    guint count;
    lane->first += due;
    const SimEvent *packets = ordered(lane, &count);
    lane->next_us = count > 0 ? MIN(packets->at_us, lane->earliest_us) : lane->earliest_us;
    if (lane->first > count) { /* as many have left as could have been moved to the front */
        g_array_remove_range(lane->ordered, 0, lane->first);
        lane->first = 0;
    }
}

/* --- lining up ------------------------------------------------------------------------------- */

static SimNetEvent kind_of(uint64_t payload)
{
    return (SimNetEvent)(payload >> SIM_CALL_BITS);
}

static bool is_of_batch(uint64_t payload)
{
    return kind_of(payload) == SIM_NET_DIGESTS || kind_of(payload) == SIM_NET_REPLIES;
}

/* The call or batch that a packet belongs to; NULL: of none, or of one that has ended. */
static SimCallSlot *slot_of(const SimNetwork *network, uint64_t payload)
{
    uint64_t about = payload & SIM_NET_ABOUT;
    if (is_of_batch(payload)) {
        return sim_net_slot_at(network, sim_net_batch_index(about));
    }
    bool of_call = kind_of(payload) == SIM_NET_REQUEST || kind_of(payload) == SIM_NET_ANSWER;
    return of_call ? sim_net_slot(network, about) : NULL;
}

static bool is_verify(const SimCallSlot *slot)
{
    return slot != NULL && slot->call.op == SIM_OP_VERIFY &&
           sim_net_both_nodes(slot->call.from, slot->call.to);
}

bool sim_net_is_verify(const SimNetwork *network, uint64_t payload)
{
    return is_verify(slot_of(network, payload));
}

bool sim_net_enter_verify_lane(SimNetwork *network, int64_t at_us, uint64_t payload)
{
    const SimCallSlot *slot = slot_of(network, payload);
    if (!is_verify(slot)) {
        return false;
    }
    bool back = kind_of(payload) == SIM_NET_ANSWER || kind_of(payload) == SIM_NET_REPLIES;
    SimVerifyLane *lane = back ? lane_of(network, slot->call.to, slot->call.from)
                               : lane_of(network, slot->call.from, slot->call.to);
    add(network, lane, at_us, payload);
    return true;
}

/* --- many at once ---------------------------------------------------------------------------- */

SimEvent *sim_net_open_verify_lane(SimNetwork *network, SimEndpoint from, SimEndpoint to,
                                   uint32_t count)
{
    GArray *added = lane_of(network, from, to)->added;
    g_array_set_size(added, added->len + count);
    return &g_array_index(added, SimEvent, added->len - count);
}

void sim_net_close_verify_lane(SimNetwork *network, SimEndpoint from, SimEndpoint to,
                               uint32_t count, uint32_t used)
{
    SimVerifyLane *lane = lane_of(network, from, to);
    GArray *added = lane->added;
    g_array_set_size(added, added->len - (count - used));
    for (guint i = added->len - used; i < added->len; i++) {
        lane->earliest_us = MIN(lane->earliest_us, g_array_index(added, SimEvent, i).at_us);
    }
    announce(network, lane, lane->earliest_us);
}

/* --- ahead of their time --------------------------------------------------------------------- */

/* Without the lane that is in hand. */
static int64_t horizon(const SimNetwork *network, int64_t now_us, int64_t until_us)
{
    int64_t horizon_us = sim_event_queue_peek(network->queue);
    int64_t next_us = sim_network_next_verify(network);
    horizon_us = MIN(horizon_us, sim_flow_second_ends(now_us));
    if (next_us < INT64_MAX - network->shortest_us) {
        horizon_us = MIN(horizon_us, next_us + network->shortest_us);
    }
    if (until_us < INT64_MAX) {
        horizon_us = MIN(horizon_us, until_us + 1);
    }
    return MAX(horizon_us, now_us + 1);
}

static uint32_t digest_in(const SimEvent *packet)
{
    return sim_net_batch_digest(packet->word);
}

/* Are they of one kind and batch? */
static bool is_alike(const SimEvent *a, const SimEvent *b)
{
    return a->word - digest_in(a) == b->word - digest_in(b);
}

/* How many of the packets are as the first one. */
static uint32_t count_alike(const SimEvent *packets, uint32_t count)
{
    uint32_t i = 1;
    while (i < count && is_alike(&packets[i], packets)) {
        i++;
    }
    return i;
}

static SimDigests gather(SimNetwork *network, const SimCallBatch *batch, const SimEvent *packets,
                         uint32_t count)
{
    g_array_set_size(network->digests, count);
    g_array_set_size(network->arrivals, count);
    DistroDigest *items = (DistroDigest *)(void *)network->digests->data;
    int64_t *at_us = (int64_t *)(void *)network->arrivals->data;
    for (uint32_t i = 0; i < count; i++) {
        items[i] = batch->round->digests[digest_in(&packets[i])];
        at_us[i] = packets[i].at_us;
    }
    return (SimDigests) { .items = items, .at_us = at_us, .count = count };
}

/* Where packets share a queue, or a draw of bursts, which of them comes first matters to others. */
static bool is_independent(const SimRoute *route)
{
    return route->link.bandwidth_bps == 0 && route->link.burst_enter == 0;
}

static uint32_t deliver_ahead(SimNetwork *network, SimCallSlot *slot, uint32_t index,
                              const SimEvent *packets, uint32_t count)
{
    SimCallBatch *batch = slot->batch;
    SimEndpoint from = slot->call.from, to = slot->call.to;
    if (!sim_net_batch_is_welcome(network, slot) ||
        !sim_net_is_smooth(network, to, from, slot->connection) ||
        !is_independent(sim_net_route(network, to, from))) {
        return 0;
    }
    count = count_alike(packets, MIN(count, MOST_AT_ONCE));
    const SimDigests digests = gather(network, batch, packets, count);
    batch->ahead = packets;
    batch->count = 0;
    network->peers.on_digests(network->peers.data, sim_net_call_id(slot, index), &digests);
    batch->ahead = NULL;
    return batch->count;
}

/* One that is lost on its way and sent again leaves a record, which has its place in time. */
void sim_net_answer_ahead(SimNetwork *network, SimCallSlot *slot, uint32_t taken)
{
    SimCallBatch *batch = slot->batch;
    SimEndpoint from = slot->call.to, to = slot->call.from;
    const SimWay way = sim_net_way(network, from, to, true, slot->connection);
    SimEvent *answers = sim_net_open_verify_lane(network, from, to, taken);
    int64_t bytes = sim_net_good_answer_bytes(network);
    uint32_t i = 0;
    for (; i < taken; i++) {
        const SimEvent *packet = &batch->ahead[i];
        const SimPrng before = *way.lane.prng;
        SimTransit transit = sim_route_send(way.route, &way.lane, &way.resend, way.order->resent_us,
                                            packet->at_us, bytes);
        if (transit.resent_us > 0) {
            *way.lane.prng = before;
            break;
        }
        batch->answered_us[digest_in(packet)] = packet->at_us;
        answers[i].at_us = sim_net_in_order(way.order, transit.at_us);
        answers[i].word = sim_net_payload(SIM_NET_REPLIES, packet->word & SIM_NET_ABOUT);
    }
    sim_net_close_verify_lane(network, from, to, taken, i);
    batch->count = i;
    sim_net_count_replies(network, slot, i, i * (uint64_t)bytes);
}

static uint32_t bring_back_ahead(SimNetwork *network, SimCallSlot *slot, uint32_t index,
                                 const SimEvent *packets, uint32_t most)
{
    SimCallBatch *batch = slot->batch;
    uint32_t count = 0;
    if (!sim_net_is_smooth(network, slot->call.to, slot->call.from, slot->connection)) {
        return 0;
    }
    while (count < most && is_alike(&packets[count], packets) &&
           sim_net_batch_status(batch, digest_in(&packets[count])) == DISTRO_STATUS_OK) {
        count++;
    }
    if (count == 0) {
        return 0;
    }
    const SimDigests digests = gather(network, batch, packets, count);
    for (uint32_t i = 0; i < count; i++) {
        batch->answered_us[digest_in(&packets[i])] = SIM_BATCH_DONE;
    }
    sim_net_batch_end(network, slot, index, &digests, NULL, 0);
    return count;
}

/* How many of the packets, which all come before anything else, are carried by this. They are
 * looked at no further than they are carried: where none is, as where a server refuses them, each
 * comes here again. */
static uint32_t carry_ahead(SimNetwork *network, const SimEvent *packets, uint32_t count)
{
    if (!is_of_batch(packets->word)) {
        return 0;
    }
    uint32_t index = sim_net_batch_index(packets->word & SIM_NET_ABOUT);
    SimCallSlot *slot = sim_net_slot_at(network, index);
    if (slot->batch->whole || slot->batch->calls != NULL) {
        return 0; /* it has one packet, or each is a call of its own */
    }
    return kind_of(packets->word) == SIM_NET_DIGESTS
               ? deliver_ahead(network, slot, index, packets, count)
               : bring_back_ahead(network, slot, index, packets, count);
}

/* --- arrivals -------------------------------------------------------------------------------- */

int64_t sim_network_next_verify(const SimNetwork *network)
{
    return network->verify_lanes->len > 0 ? lane_at(network, 1)->next_us : INT64_MAX;
}

int64_t sim_network_before_verify(const SimNetwork *network)
{
    int64_t next_us = sim_network_next_verify(network);
    return next_us == network->carried_us ? next_us - 1 : next_us;
}

void sim_network_carry_verify(SimNetwork *network, int64_t now_us, int64_t until_us)
{
    SimVerifyLane *lane = take_first(network);
    guint due, taken = 0, more = 1;
    network->carried_us = now_us;
    const SimEvent *packets = due_before(lane, horizon(network, now_us, until_us), &due);
    while (more > 0 && taken < due) {
        more = carry_ahead(network, packets + taken, due - taken);
        taken += more;
    }
    uint64_t first = packets->word;
    drop(lane, MAX(taken, 1));
    put_back(network, lane);
    if (taken == 0) {
        sim_network_event(network, now_us, first);
    } else {
        network->folded_events += taken - 1;
    }
}
