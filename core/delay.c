/* core/delay.c -- see delay.h. */
#include "core/delay.h"

typedef struct Due {
    int64_t at_wall_us;
    uint64_t order;
    DistroDelayed *task; /* which knows its place in the heap */
} Due;

/* --- the heap of due times ---------------------------------------------------------------- */

static bool before(const Due *a, const Due *b)
{
    return a->at_wall_us != b->at_wall_us ? a->at_wall_us < b->at_wall_us : a->order < b->order;
}

static Due *at(const GArray *heap, guint place)
{
    return &g_array_index(heap, Due, place);
}

static void put(GArray *heap, guint place, Due due)
{
    g_assert_cmpuint(place, <, heap->len);
    *at(heap, place) = due;
    due.task->place = place;
}

static void rise(GArray *heap, guint place, Due due)
{
    g_assert_cmpuint(place, <, heap->len);
    while (place > 0 && before(&due, at(heap, (place - 1) / 2))) {
        put(heap, place, *at(heap, (place - 1) / 2));
        place = (place - 1) / 2;
    }
    put(heap, place, due);
}

static void sink(GArray *heap, guint place, Due due)
{
    g_assert_cmpuint(place, <, heap->len);
    for (guint child = 2 * place + 1; child < heap->len; child = 2 * place + 1) {
        if (child + 1 < heap->len && before(at(heap, child + 1), at(heap, child))) {
            child++;
        }
        if (!before(at(heap, child), &due)) {
            break;
        }
        put(heap, place, *at(heap, child));
        place = child;
    }
    put(heap, place, due);
}

static void replace(GArray *heap, guint place, Due due)
{
    g_assert_cmpuint(place, <, heap->len);
    if (place > 0 && before(&due, at(heap, (place - 1) / 2))) {
        rise(heap, place, due);
    } else {
        sink(heap, place, due);
    }
}

static void heap_push(GArray *heap, Due due)
{
    g_array_set_size(heap, heap->len + 1);
    rise(heap, heap->len - 1, due);
}

static void heap_remove(GArray *heap, guint place)
{
    g_assert_cmpuint(place, <, heap->len);
    g_assert_cmpuint(at(heap, place)->task->place, ==, place);
    const Due last = *at(heap, heap->len - 1);
    g_array_set_size(heap, heap->len - 1);
    if (place < heap->len) {
        replace(heap, place, last);
    }
}

/* --- tasks -------------------------------------------------------------------------------- */

/* g_int64_hash keeps the low half only: the peer, the same for every resource. */
static guint hash_key(gconstpointer key)
{
    return (guint)(*(const uint64_t *)key * 0x9e3779b97f4a7c15u >> 32);
}

void distro_delays_init(DistroDelays *delays, GDestroyNotify free_task)
{
    g_assert(free_task != NULL);
    delays->tasks = g_hash_table_new_full(hash_key, g_int64_equal, NULL, free_task);
    delays->due = g_array_new(false, false, sizeof(Due));
}

void distro_delays_clear(DistroDelays *delays)
{
    g_hash_table_unref(delays->tasks);
    g_array_unref(delays->due);
}

void distro_delays_boot(DistroDelays *delays, int64_t now_us)
{
    delays->scanned_us = now_us;
}

guint distro_delays_count(const DistroDelays *delays)
{
    return g_hash_table_size(delays->tasks);
}

void *distro_delays_find(const DistroDelays *delays, int64_t key)
{
    return g_hash_table_lookup(delays->tasks, &key);
}

int64_t distro_delayed_due_us(const DistroDelayed *task)
{
    return task->base_wall_us + task->interval_us;
}

static Due due_of(DistroDelayed *task)
{
    g_assert_cmpint(task->interval_us, >=, 0);
    return (Due) { distro_delayed_due_us(task), task->order, task };
}

/* The scans before now found nothing due, or the host would have been woken for them. */
static void catch_up(DistroDelays *delays, int64_t now_us)
{
    g_assert_cmpint(now_us, >=, delays->scanned_us);
    const int64_t elapsed_us = now_us - delays->scanned_us;
    if (elapsed_us > DISTRO_SCAN_US) {
        delays->scanned_us += (elapsed_us - 1) / DISTRO_SCAN_US * DISTRO_SCAN_US;
    }
}

void distro_delays_add(DistroDelays *delays, void *task, int64_t now_us)
{
    catch_up(delays, now_us);
    distro_delays_add_part(delays, task, ++delays->order);
}

void distro_delays_add_part(DistroDelays *delays, void *task, uint64_t order)
{
    DistroDelayed *delayed = task;
    delayed->order = order;
    const bool is_new = g_hash_table_insert(delays->tasks, &delayed->key, delayed);
    g_assert(is_new);
    heap_push(delays->due, due_of(delayed));
}

void distro_delays_count_as(DistroDelays *delays, uint32_t count)
{
    g_assert_cmpuint(count, >, 0);
    delays->order += count - 1;
}

/* Due as before: it keeps its place among those that are due with it. */
void distro_delays_moved(DistroDelays *delays, void *task, int64_t was_due_us, int64_t now_us)
{
    DistroDelayed *delayed = task;
    g_assert(at(delays->due, delayed->place)->task == delayed);
    if (distro_delayed_due_us(delayed) != was_due_us) {
        catch_up(delays, now_us);
        delayed->order = ++delays->order;
        replace(delays->due, delayed->place, due_of(delayed));
    }
}

void distro_delays_list(const DistroDelays *delays, GArray *keys)
{
    for (guint i = 0; i < delays->due->len; i++) {
        g_array_append_val(keys, at(delays->due, i)->task->key);
    }
}

/* --- scans -------------------------------------------------------------------------------- */

/* A wake-up between two scans is for something else. */
bool distro_delays_scan(DistroDelays *delays, int64_t now_us, int64_t wall_us,
                        int64_t *scan_wall_us)
{
    const int64_t elapsed_us = now_us - delays->scanned_us;
    g_assert_cmpint(elapsed_us, >=, 0);
    if (elapsed_us < DISTRO_SCAN_US) {
        return false;
    }
    delays->scanned_us += elapsed_us - elapsed_us % DISTRO_SCAN_US;
    *scan_wall_us = wall_us - elapsed_us % DISTRO_SCAN_US;
    return true;
}

static const Due *earliest(const DistroDelays *delays)
{
    return delays->due->len > 0 ? at(delays->due, 0) : NULL;
}

/* (transfer full) */
static void *let_go(DistroDelays *delays, DistroDelayed *task)
{
    g_assert(task != NULL);
    const bool was_pending = g_hash_table_steal(delays->tasks, &task->key);
    g_assert(was_pending);
    heap_remove(delays->due, task->place);
    g_assert_cmpuint(delays->due->len, ==, g_hash_table_size(delays->tasks));
    return task;
}

void *distro_delays_steal(DistroDelays *delays, int64_t key)
{
    return let_go(delays, distro_delays_find(delays, key));
}

void *distro_delays_take(DistroDelays *delays, int64_t scan_wall_us)
{
    const Due *first = earliest(delays);
    if (first == NULL || first->at_wall_us > scan_wall_us) {
        return NULL;
    }
    return let_go(delays, first->task);
}

int64_t distro_delays_wake_at(const DistroDelays *delays, int64_t now_us, int64_t wall_us)
{
    const Due *first = earliest(delays);
    if (first == NULL) {
        return INT64_MAX;
    }
    const int64_t due_us = now_us + MAX(0, first->at_wall_us - wall_us);
    const int64_t first_us = delays->scanned_us + DISTRO_SCAN_US;
    if (due_us <= first_us) {
        return first_us;
    }
    return first_us + (due_us - first_us + DISTRO_SCAN_US - 1) / DISTRO_SCAN_US * DISTRO_SCAN_US;
}

/* --- workers ------------------------------------------------------------------------------ */

uint32_t distro_worker_count(int64_t processors)
{
    uint32_t count = 1;
    while (count < processors) {
        count <<= 1;
    }
    g_assert_cmpuint(count & (count - 1), ==, 0);
    return count;
}

int32_t distro_task_hash(int32_t key_hash, int32_t type_hash, int32_t target_hash)
{
    uint32_t hash = 31u + (uint32_t)key_hash;
    hash = 31u * hash + (uint32_t)type_hash;
    return (int32_t)(31u * hash + (uint32_t)target_hash);
}

uint32_t distro_worker_of_hash(int32_t hash, uint32_t workers)
{
    g_assert_cmpuint(workers, >, 0);
    return ((uint32_t)hash & 0x7fffffffu) % workers;
}
