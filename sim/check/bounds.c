/* sim/check/bounds.c -- quantities that must stay below a bound: queues, traffic, staleness. */
#include "sim/check/internal.h"
#include "sim/server/server.h"

#define SECONDS(n) ((int64_t)(n)*1000000)
#define MILLISECONDS(n) ((int64_t)(n)*1000)

/* --- bounded_queue -------------------------------------------------------------------------- */

#define LOOK_EVERY_US MILLISECONDS(100)
enum {
    QUEUE_PENDING,
    QUEUE_QUEUED,
    QUEUE_BOUNDS
};

typedef struct Excesses {
    GArray *over; /* uint8_t by node and bound: it was above when last looked at */
} Excesses;

static void compare_queue(Check *check, uint32_t node, int bound, uint32_t tasks)
{
    static const char *const words[] = { "delayed", "queued" };
    GArray *over = ((Excesses *)check->own)->over;
    guint place = node * QUEUE_BOUNDS + (guint)bound;
    bool above = tasks > check->values[bound];

    if (place >= over->len) {
        g_array_set_size(over, place + 1);
    }
    if (above && !g_array_index(over, uint8_t, place)) {
        sim_check_tell(check, node, UINT32_MAX, DISTRO_NONE,
                       "%s has %u %s tasks, more than %" G_GINT64_FORMAT,
                       sim_check_node_name(check, node), tasks, words[bound], check->values[bound]);
    }
    g_array_index(over, uint8_t, place) = above;
}

static void queue_due(Check *check, CheckDue what, uint32_t node, uint32_t subject)
{
    (void)what, (void)node, (void)subject;
    for (uint32_t i = 0; i < check->world->nodes->len; i++) {
        const SimNode *seen = g_ptr_array_index(check->world->nodes, i);
        DistroNodeState state = { 0 };
        if (seen->alive && seen->core != NULL) {
            state = distro_node_state(seen->core);
        }
        state.queued += sim_server_queued(seen);
        compare_queue(check, i, QUEUE_PENDING, state.pending);
        compare_queue(check, i, QUEUE_QUEUED, state.queued);
    }
    sim_check_wake(check, check->world->now_us + LOOK_EVERY_US, CHECK_DUE_TICK, CHECK_NO_NODE, 0);
}

static void queue_start(Check *check)
{
    Excesses *excesses = check->own = g_new0(Excesses, 1);

    excesses->over = g_array_new(false, true, sizeof(uint8_t));
    sim_check_wake(check, check->world->now_us, CHECK_DUE_TICK, CHECK_NO_NODE, 0);
}

static void queue_clear(Check *check)
{
    g_array_free(((Excesses *)check->own)->over, true);
}

const CheckClass sim_check_bounded_queue = {
    .type = { "bounded_queue",
              { { "pending", SIM_CHECK_FIELD_COUNT, INT64_MAX },
                { "queued", SIM_CHECK_FIELD_COUNT, INT64_MAX },
                { "heal", SIM_CHECK_FIELD_DURATION, SECONDS(15) } } },
    .start = queue_start,
    .clear = queue_clear,
    .due = queue_due,
};

/* --- bounded_traffic ------------------------------------------------------------------------ */

enum {
    TRAFFIC_BYTES_PER_S,
    TRAFFIC_AMPLIFICATION
};

typedef struct Traffic {
    uint64_t bytes; /* at the last whole second */
    bool over;      /* in the second before it */
} Traffic;

static uint64_t total_bytes(const Check *check)
{
    const SimTrafficTotals *totals = sim_network_totals(check->world->network);

    return totals->bytes_lan + totals->bytes_wan;
}

static void wake_next_second(Check *check)
{
    int64_t now_us = check->world->now_us, second = now_us / SECONDS(1);

    if (now_us < second * SECONDS(1)) {
        second--; /* division rounds towards zero, time before the story does not */
    }
    sim_check_wake(check, (second + 1) * SECONDS(1), CHECK_DUE_TICK, CHECK_NO_NODE, 0);
}

static void traffic_start(Check *check)
{
    Traffic *traffic = check->own = g_new0(Traffic, 1);

    traffic->bytes = total_bytes(check);
    wake_next_second(check);
}

static void traffic_due(Check *check, CheckDue what, uint32_t node, uint32_t subject)
{
    Traffic *traffic = check->own;
    uint64_t bytes = total_bytes(check);
    /* The totals are set back when the story starts. */
    uint64_t sent = bytes >= traffic->bytes ? bytes - traffic->bytes : bytes;
    bool over = sent > (uint64_t)check->values[TRAFFIC_BYTES_PER_S];

    (void)what, (void)node, (void)subject;
    if (over && !traffic->over) {
        sim_check_tell(check, UINT32_MAX, UINT32_MAX, DISTRO_NONE,
                       "%" G_GUINT64_FORMAT " bytes in one second, more than %" G_GINT64_FORMAT,
                       sent, check->values[TRAFFIC_BYTES_PER_S]);
    }
    traffic->over = over;
    traffic->bytes = bytes;
    wake_next_second(check);
}

static void traffic_finish(Check *check)
{
    uint64_t messages = sim_network_totals(check->world->network)->messages;
    uint64_t operations = sim_truth_operations(check->truth);
    int64_t bound = check->values[TRAFFIC_AMPLIFICATION]; /* times 1000 */

    if (operations == 0 || messages * 1000 / operations <= (uint64_t)bound) {
        return;
    }
    sim_check_tell(check, UINT32_MAX, UINT32_MAX, DISTRO_NONE,
                   "%.1f messages for each of %" G_GUINT64_FORMAT
                   " acknowledged operations, more than %.1f",
                   (double)messages / (double)operations, operations, (double)bound / 1e3);
}

const CheckClass sim_check_bounded_traffic = {
    .type = { "bounded_traffic",
              { { "bytes_per_s", SIM_CHECK_FIELD_RATE, INT64_MAX },
                { "amplification", SIM_CHECK_FIELD_RATIO, INT64_MAX },
                { "heal", SIM_CHECK_FIELD_DURATION, SECONDS(15) } } },
    .start = traffic_start,
    .due = traffic_due,
    .finish = traffic_finish,
};

/* --- staleness ------------------------------------------------------------------------------ */

enum {
    STALENESS_P99
};

static gint by_time_taken(gconstpointer a, gconstpointer b)
{
    int64_t left = ((const SimConvergence *)a)->took_us;
    int64_t right = ((const SimConvergence *)b)->took_us;
    return (left > right) - (left < right);
}

/* All acknowledged operations; those that are still spreading count with their age. */
static void staleness_finish(Check *check)
{
    g_autoptr(GArray) all = g_array_new(false, false, sizeof(SimConvergence));
    size_t count;
    const SimConvergence *done = sim_truth_convergences(check->truth, &count);

    if (count > 0) {
        g_array_append_vals(all, done, (guint)count);
    }
    sim_truth_spreading(check->truth, all);
    if (all->len == 0) {
        return;
    }
    g_array_sort(all, by_time_taken);
    guint rank = (guint)(((uint64_t)all->len * 99 + 99) / 100);
    const SimConvergence *p99 = &g_array_index(all, SimConvergence, rank - 1);
    if (p99->took_us <= check->values[STALENESS_P99]) {
        return;
    }
    sim_check_tell(check, p99->last_node, p99->client, p99->service,
                   "p99 of the convergence of %u operations is %.3f s, more than %.3f s (%s)",
                   all->len, (double)p99->took_us / 1e6, (double)check->values[STALENESS_P99] / 1e6,
                   sim_check_client_name(check, p99->client));
}

const CheckClass sim_check_staleness = {
    .type = { "staleness",
              { { "p99", SIM_CHECK_FIELD_DURATION, SECONDS(6) },
                { "heal", SIM_CHECK_FIELD_DURATION, SECONDS(15) } } },
    .finish = staleness_finish,
};
