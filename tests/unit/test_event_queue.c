/* tests/unit/test_event_queue.c -- the queue against a naive model, and patterns meant to slow
 * it down. */
#include <glib.h>
#include <time.h>

#include "sim/base/event_queue.h"
#include "sim/base/prng.h"
#include "tests/support/check.h"

/* --- the model: a binary heap on (time, order of arrival) ------------------------------------- */

typedef struct Entry {
    int64_t at_us;
    uint64_t order;
} Entry;

static bool precedes(const Entry *a, const Entry *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void swap_entries(Entry *a, Entry *b)
{
    Entry kept = *a;
    *a = *b;
    *b = kept;
}

static void model_push(GArray *heap, Entry entry)
{
    g_array_append_val(heap, entry);
    Entry *entries = (Entry *)(void *)heap->data;
    for (guint i = heap->len - 1; i > 0 && precedes(&entries[i], &entries[(i - 1) / 2]);
         i = (i - 1) / 2) {
        swap_entries(&entries[i], &entries[(i - 1) / 2]);
    }
}

static Entry model_pop(GArray *heap)
{
    Entry *entries = (Entry *)(void *)heap->data;
    Entry first = entries[0];
    entries[0] = entries[heap->len - 1];
    g_array_set_size(heap, heap->len - 1);
    for (guint i = 0;;) {
        guint least = i;
        for (guint child = 2 * i + 1; child <= 2 * i + 2 && child < heap->len; child++) {
            if (precedes(&entries[child], &entries[least])) {
                least = child;
            }
        }
        if (least == i) {
            return first;
        }
        swap_entries(&entries[i], &entries[least]);
        i = least;
    }
}

/* --- random use ------------------------------------------------------------------------------- */

/* How far ahead pushes go, as a number of random bits: few bits give many ties. */
typedef struct Mixture {
    int64_t start_us;
    uint64_t most_bits;
    uint64_t pushes_in_16; /* chance of a push rather than a pop */
    size_t operations;
} Mixture;

static bool is_slow(void)
{
#ifdef __SANITIZE_ADDRESS__
    return true;
#else
    return g_getenv("DISTROSIM_SLOW_HOST") != NULL; /* Valgrind */
#endif
}

static int64_t draw_time(SimPrng *prng, int64_t now_us, uint64_t most_bits)
{
    uint64_t bits = sim_prng_below(prng, most_bits + 1);
    uint64_t ahead = bits == 0 ? 0 : sim_prng_u64(prng) >> (64 - bits);
    uint64_t room = (uint64_t)INT64_MAX - (uint64_t)now_us;
    return (int64_t)((uint64_t)now_us + MIN(ahead, room));
}

static size_t count_differences(const Mixture *mixture, uint64_t seed)
{
    g_autoptr(SimEventQueue) queue = sim_event_queue_new(mixture->start_us);
    g_autoptr(GArray) model = g_array_new(false, false, sizeof(Entry));
    SimPrng prng = sim_prng_stream_n(seed, "test/queue", mixture->most_bits);
    int64_t now_us = mixture->start_us;
    size_t differences = 0;
    for (size_t i = 0; i < mixture->operations || model->len > 0; i++) {
        bool draining = i >= mixture->operations;
        if (!draining && sim_prng_below(&prng, 16) < mixture->pushes_in_16) {
            Entry entry = { draw_time(&prng, now_us, mixture->most_bits), i };
            sim_event_queue_push(queue, entry.at_us, entry.order);
            model_push(model, entry);
        } else if (model->len > 0) {
            SimEvent event = { 0 };
            int64_t peeked_us = sim_event_queue_peek(queue);
            Entry expected = model_pop(model);
            differences += !sim_event_queue_pop(queue, &event) || event.at_us != expected.at_us ||
                           event.word != expected.order || peeked_us != expected.at_us;
            now_us = event.at_us;
        }
        differences += sim_event_queue_size(queue) != model->len;
    }
    return differences;
}

/* Ten million operations; a fiftieth where each of them takes much longer. */
static void any_mixture_of_pushes_and_pops_leaves_in_the_order_of_the_model(void)
{
    static const Mixture mixtures[] = {
        { 0, 3, 8, 1500000 },
        { 0, 10, 8, 2000000 },
        { 0, 12, 9, 1500000 },
        { -1000, 20, 9, 1500000 },
        { INT64_MIN + 1, 40, 9, 1000000 },
        { -5000000, 62, 11, 700000 },
        { 0, 64, 12, 300000 },
        { INT64_MAX - 9, 6, 9, 500000 },
        { 1700000000000000, 30, 9, 1000000 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(mixtures); i++) {
        Mixture mixture = mixtures[i];
        mixture.operations /= is_slow() ? 50 : 1;
        check_uint(count_differences(&mixture, i), ==, 0);
    }
}

static void equal_times_leave_in_the_order_they_came(void)
{
    g_autoptr(SimEventQueue) queue = sim_event_queue_new(0);
    for (uint64_t i = 0; i < 1000; i++) {
        sim_event_queue_push(queue, 77777 + (int64_t)(i % 2), i);
    }
    SimEvent event;
    for (uint64_t i = 0; i < 1000; i++) {
        check_true(sim_event_queue_pop(queue, &event));
        check_uint(event.word, ==, i < 500 ? 2 * i : 2 * (i - 500) + 1);
    }
    check_true(!sim_event_queue_pop(queue, &event));
}

static void looking_at_a_far_event_leaves_room_for_nearer_ones(void)
{
    g_autoptr(SimEventQueue) queue = sim_event_queue_new(-10);
    SimEvent event;
    sim_event_queue_push(queue, 3600000000, 1);
    check_int(sim_event_queue_peek(queue), ==, 3600000000);
    sim_event_queue_push(queue, -10, 2);
    check_int(sim_event_queue_peek(queue), ==, -10);
    check_true(sim_event_queue_pop(queue, &event));
    check_uint(event.word, ==, 2);
    check_int(sim_event_queue_now(queue), ==, -10);
}

static void an_empty_queue_has_no_next_event(void)
{
    g_autoptr(SimEventQueue) queue = sim_event_queue_new(5);
    SimEvent event;
    check_int(sim_event_queue_peek(queue), ==, INT64_MAX);
    check_true(!sim_event_queue_pop(queue, &event));
    check_true(!sim_event_queue_pop_by(queue, INT64_MAX, &event));
    check_int(sim_event_queue_now(queue), ==, 5);
}

static void what_is_later_than_asked_for_stays(void)
{
    g_autoptr(SimEventQueue) queue = sim_event_queue_new(0);
    SimEvent event = { 0 };
    sim_event_queue_push(queue, 300000, 1);
    check_true(!sim_event_queue_pop_by(queue, 299999, &event));
    sim_event_queue_push(queue, 7, 2);
    check_true(sim_event_queue_pop_by(queue, 299999, &event));
    check_uint(event.word, ==, 2);
    check_true(sim_event_queue_pop_by(queue, 300000, &event));
    check_uint(event.word, ==, 1);
}

/* --- speed: not a benchmark, but quadratic behaviour would take minutes ------------------------
 */

enum {
    MANY = 300000
};

typedef int64_t (*Pattern)(size_t i, int64_t now_us);

static int64_t one_instant(size_t i, int64_t now_us)
{
    (void)i, (void)now_us;
    return 1000000;
}

static int64_t falling(size_t i, int64_t now_us)
{
    (void)now_us;
    return 2 * MANY - (int64_t)i;
}

static int64_t falling_coarsely(size_t i, int64_t now_us)
{
    (void)now_us;
    return (MANY - (int64_t)i) * 70000;
}

static double fill_and_drain(Pattern pattern)
{
    g_autoptr(SimEventQueue) queue = sim_event_queue_new(0);
    SimEvent event;
    clock_t start = clock();
    for (size_t i = 0; i < MANY; i++) {
        sim_event_queue_push(queue, pattern(i, 0), i);
    }
    while (sim_event_queue_pop(queue, &event))
        ;
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* After each pop a push at, or just after, the present, before a crowd that comes later. */
static double push_at_the_present(int64_t ahead_us)
{
    g_autoptr(SimEventQueue) queue = sim_event_queue_new(0);
    SimEvent event;
    clock_t start = clock();
    for (size_t i = 0; i < MANY; i++) {
        sim_event_queue_push(queue, (int64_t)(i % 50), i);
    }
    for (size_t i = 0; i < MANY; i++) {
        sim_event_queue_pop(queue, &event);
        sim_event_queue_push(queue, event.at_us + ahead_us, i);
    }
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* A crowd far ahead is looked at before every one of many near events. */
static double peek_before_a_crowd(void)
{
    g_autoptr(SimEventQueue) queue = sim_event_queue_new(0);
    SimEvent event;
    clock_t start = clock();
    for (size_t i = 0; i < MANY; i++) {
        sim_event_queue_push(queue, 1000000000 + (int64_t)(i % 1000), i);
    }
    for (size_t i = 0; i < MANY; i++) {
        sim_event_queue_peek(queue);
        sim_event_queue_push(queue, (int64_t)i, i);
        sim_event_queue_peek(queue);
        sim_event_queue_pop(queue, &event);
    }
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static void no_pattern_of_use_is_quadratic(void)
{
    check_true(fill_and_drain(one_instant) < 2);
    check_true(fill_and_drain(falling) < 2);
    check_true(fill_and_drain(falling_coarsely) < 2);
    check_true(push_at_the_present(0) < 2);
    check_true(push_at_the_present(1) < 2);
    check_true(push_at_the_present(60) < 2);
    check_true(push_at_the_present(3000) < 2);
    check_true(peek_before_a_crowd() < 2);
}

int main(void)
{
    static const Test tests[] = {
        { "any mixture of pushes and pops leaves in the order of the model",
          any_mixture_of_pushes_and_pops_leaves_in_the_order_of_the_model },
        { "equal times leave in the order they came", equal_times_leave_in_the_order_they_came },
        { "looking at a far event leaves room for nearer ones",
          looking_at_a_far_event_leaves_room_for_nearer_ones },
        { "an empty queue has no next event", an_empty_queue_has_no_next_event },
        { "what is later than asked for stays", what_is_later_than_asked_for_stays },
        { "no pattern of use is quadratic", no_pattern_of_use_is_quadratic },
        { 0 },
    };
    return run_tests("event_queue", tests);
}
