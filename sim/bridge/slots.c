/* sim/bridge/slots.c -- so many at a time, the others in order.
 *
 * What runs may end at once and release its slot while the next is being started, so starting goes
 * on in one place, the outermost call. */
#include "sim/bridge/internal.h"

typedef struct Waiting {
    uint32_t token;
    int64_t since_us;
    uint32_t cause; /* record that led to it, for the trace */
} Waiting;

void sim_slots_init(SimSlots *pool, SimWorker *worker, uint32_t slots,
                    bool (*run)(SimWorker *worker, uint32_t token))
{
    *pool = (SimSlots) { .worker = worker, .slots = slots, .run = run };
    pool->waiting = g_array_new(false, false, sizeof(Waiting));
}

void sim_slots_clear(SimSlots *pool)
{
    g_clear_pointer(&pool->waiting, g_array_unref);
}

static void forget_started(SimSlots *pool)
{
    if (pool->first < 64 || pool->first < pool->waiting->len / 2) {
        return;
    }
    g_array_remove_range(pool->waiting, 0, pool->first);
    pool->first = 0;
}

/* What follows follows from what made it wait, not from who made room. */
static bool run(SimSlots *pool, const Waiting *next)
{
    SimTrace *trace = pool->worker->world->trace;
    uint32_t before = sim_trace_because(trace, next->cause);
    bool there = pool->run(pool->worker, next->token);
    sim_trace_because(trace, before);
    return there;
}

static void drain(SimSlots *pool)
{
    if (pool->draining) {
        return;
    }
    pool->draining = true;
    while (pool->busy < pool->slots && pool->first < pool->waiting->len) {
        Waiting next = g_array_index(pool->waiting, Waiting, pool->first++);
        pool->busy++;
        if (!run(pool, &next)) {
            pool->busy--;
        }
    }
    forget_started(pool);
    pool->draining = false;
}

void sim_slots_submit(SimSlots *pool, uint32_t token)
{
    const SimWorld *world = pool->worker->world;
    const Waiting waiting = { token, world->now_us, sim_trace_reason(world->trace) };
    g_array_append_val(pool->waiting, waiting);
    drain(pool);
}

void sim_slots_release(SimSlots *pool)
{
    g_assert_cmpuint(pool->busy, >, 0);
    pool->busy--;
    drain(pool);
}

uint32_t sim_slots_waiting(const SimSlots *pool)
{
    return pool->waiting->len - pool->first;
}

int64_t sim_slots_oldest_us(const SimSlots *pool)
{
    return sim_slots_waiting(pool) == 0
               ? pool->worker->world->now_us
               : g_array_index(pool->waiting, Waiting, pool->first).since_us;
}
