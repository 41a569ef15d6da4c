/* sim/network/timeout.c -- callers' patience, nearly free.
 *
 * There are few distinct time-outs, and calls start in order of time: so per time-out a lane, a
 * queue in order of deadline, with one event for its head.
 *
 *      lane 3 s    [call, deadline] [call, deadline] ... <- new calls
 *                   head: the lane's event
 *
 * Nearly all calls are answered long before their deadline. They are dropped from the head, a few
 * at each new call, so that a lane is about as long as there are calls under way. */
#include "sim/network/call_batch.h"

typedef struct Deadline {
    int64_t at_us;
    uint64_t call;
} Deadline;

struct SimTimeoutLane {
    int64_t timeout_us;
    Deadline *ring; /* capacity is a power of two */
    size_t capacity;
    size_t first, count;
    bool armed; /* its event is in the queue, not later than the head's deadline */
};

enum {
    MAX_LANES = 64,     /* time-outs beyond these get an event each */
    DROPS_PER_CALL = 2, /* two for one: a lane cannot grow by dead calls alone */
    FIRST_CAPACITY = 64,
};

static void free_lane(SimTimeoutLane *lane)
{
    g_free(lane->ring);
    g_free(lane);
}

void sim_net_free_lanes(SimNetwork *network)
{
    for (guint i = 0; i < network->lanes->len; i++) {
        free_lane(network->lanes->pdata[i]);
    }
    g_ptr_array_unref(network->lanes);
}

static SimTimeoutLane *new_lane(int64_t timeout_us)
{
    SimTimeoutLane *lane = g_new0(SimTimeoutLane, 1);
    lane->timeout_us = timeout_us;
    lane->capacity = FIRST_CAPACITY;
    lane->ring = g_new(Deadline, lane->capacity);
    return lane;
}

/* Index of the lane of @timeout_us; -1 if there is none and there are enough. */
static int find_lane(SimNetwork *network, int64_t timeout_us)
{
    for (guint i = 0; i < network->lanes->len; i++) {
        if (((SimTimeoutLane *)network->lanes->pdata[i])->timeout_us == timeout_us) {
            return (int)i;
        }
    }
    if (network->lanes->len == MAX_LANES) {
        return -1;
    }
    g_ptr_array_add(network->lanes, new_lane(timeout_us));
    return (int)network->lanes->len - 1;
}

static Deadline *head(const SimTimeoutLane *lane)
{
    return &lane->ring[lane->first & (lane->capacity - 1)];
}

static void drop_head(SimTimeoutLane *lane)
{
    lane->first++;
    lane->count--;
}

static void grow(SimTimeoutLane *lane)
{
    Deadline *ring = g_new(Deadline, 2 * lane->capacity);
    for (size_t i = 0; i < lane->count; i++) {
        ring[i] = lane->ring[(lane->first + i) & (lane->capacity - 1)];
    }
    g_free(lane->ring);
    lane->ring = ring;
    lane->first = 0;
    lane->capacity *= 2;
}

static void append(SimTimeoutLane *lane, int64_t at_us, uint64_t call)
{
    if (lane->count == lane->capacity) {
        grow(lane);
    }
    size_t place = (lane->first + lane->count++) & (lane->capacity - 1);
    lane->ring[place] = (Deadline) { .at_us = at_us, .call = call };
}

static bool is_waiting(const SimNetwork *network, uint64_t call)
{
    const SimCallSlot *slot = sim_net_slot(network, call);
    return slot != NULL &&
           (slot->batch != NULL ? sim_net_batch_waits(network, slot) : slot->waiting);
}

static void drop_ended(SimNetwork *network, SimTimeoutLane *lane, size_t most)
{
    for (; most > 0 && lane->count > 0 && !is_waiting(network, head(lane)->call); most--) {
        uint64_t call = head(lane)->call;
        drop_head(lane);
        if (sim_net_slot(network, call) != NULL && sim_net_slot(network, call)->batch != NULL) {
            sim_net_batch_unawaited(network, call);
        }
    }
}

void sim_net_await(SimNetwork *network, int64_t now_us, int64_t timeout_us, uint64_t id)
{
    if (timeout_us > INT64_MAX - MAX(now_us, 0)) {
        return; /* it waits for ever */
    }
    int64_t at_us = now_us + MAX(timeout_us, 0);
    int index = find_lane(network, timeout_us);
    if (index < 0) {
        sim_net_push(network, at_us, SIM_NET_EXPIRED, id);
        return;
    }
    SimTimeoutLane *lane = network->lanes->pdata[index];
    drop_ended(network, lane, DROPS_PER_CALL);
    append(lane, at_us, id);
    if (!lane->armed) {
        sim_net_push(network, at_us, SIM_NET_LANE, (uint64_t)index);
    }
    lane->armed = true;
}

void sim_net_on_expired(SimNetwork *network, int64_t now_us, uint64_t id)
{
    SimCallSlot *slot = sim_net_slot(network, id);
    if (slot == NULL || !slot->waiting) {
        return;
    }
    if (slot->batch != NULL) {
        sim_net_batch_expired(network, now_us, id);
        return;
    }
    /* A frozen caller finds out when it thaws, unless an answer came before. */
    if (!sim_net_hold_if_paused(network, slot->call.from, sim_net_payload(SIM_NET_EXPIRED, id))) {
        sim_net_finish(network, now_us, id, DISTRO_OUTCOME_TIMED_OUT);
    }
}

void sim_net_on_lane(SimNetwork *network, int64_t now_us, uint32_t index)
{
    SimTimeoutLane *lane = network->lanes->pdata[index];
    while (lane->count > 0 && head(lane)->at_us <= now_us) {
        uint64_t call = head(lane)->call;
        drop_head(lane);
        sim_net_on_expired(network, now_us, call);
    }
    drop_ended(network, lane, lane->count);
    lane->armed = lane->count > 0;
    if (lane->armed) {
        sim_net_push(network, head(lane)->at_us, SIM_NET_LANE, index);
    }
}
