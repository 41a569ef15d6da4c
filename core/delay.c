/* core/delay.c -- see delay.h. */
#include "core/delay.h"

#define SCAN_US 100000

typedef struct Due {
    int64_t at_wall_us;
    uint64_t order;
    int64_t key;
} Due;

/* --- the heap of due times ---------------------------------------------------------------- */

static bool before(const Due *a, const Due *b)
{
    return a->at_wall_us != b->at_wall_us ? a->at_wall_us < b->at_wall_us : a->order < b->order;
}

static void heap_push(GArray *heap, Due due)
{
    g_array_append_val(heap, due);
    Due *items = (Due *)(void *)heap->data;
    guint child = heap->len - 1;
    while (child > 0 && before(&due, &items[(child - 1) / 2])) {
        items[child] = items[(child - 1) / 2];
        child = (child - 1) / 2;
    }
    items[child] = due;
}

static void heap_pop(GArray *heap)
{
    Due *items = (Due *)(void *)heap->data;
    const Due last = items[heap->len - 1];
    g_array_set_size(heap, heap->len - 1);
    guint parent = 0;
    for (guint child = 1; child < heap->len; child = 2 * parent + 1) {
        if (child + 1 < heap->len && before(&items[child + 1], &items[child])) {
            child++;
        }
        if (!before(&items[child], &last)) {
            break;
        }
        items[parent] = items[child];
        parent = child;
    }
    if (heap->len > 0) {
        items[parent] = last;
    }
}

int64_t distro_delayed_due_us(const DistroDelayed *task)
{
    return task->base_wall_us + task->interval_us;
}

/* The earliest entry that still speaks of a pending task; NULL if there is none. */
static const Due *heap_top(DistroDelays *delays)
{
    while (delays->due->len > 0) {
        const Due *top = &g_array_index(delays->due, Due, 0);
        if (delays->earliest != NULL) {
            return top; /* asked for after every step */
        }
        DistroDelayed *task = distro_delays_find(delays, top->key);
        if (task != NULL && task->order == top->order) {
            delays->earliest = task;
        } else {
            heap_pop(delays->due);
        }
    }
    return NULL;
}

/* --- tasks -------------------------------------------------------------------------------- */

/* g_int64_hash keeps the low half only: the peer, the same for every resource. */
static guint hash_key(gconstpointer key)
{
    return (guint)(*(const uint64_t *)key * 0x9e3779b97f4a7c15u >> 32);
}

void distro_delays_init(DistroDelays *delays, GDestroyNotify free_task)
{
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

/* The scans before now found nothing due, or the host would have been woken for them. */
static void catch_up(DistroDelays *delays, int64_t now_us)
{
    const int64_t elapsed_us = now_us - delays->scanned_us;
    if (elapsed_us > SCAN_US) {
        delays->scanned_us += (elapsed_us - 1) / SCAN_US * SCAN_US;
    }
}

static void push_due(DistroDelays *delays, DistroDelayed *task)
{
    const Due due = { distro_delayed_due_us(task), task->order, task->key };
    if (delays->due->len == 0 || before(&due, &g_array_index(delays->due, Due, 0))) {
        delays->earliest = task;
    }
    heap_push(delays->due, due);
}

static void enter(DistroDelays *delays, DistroDelayed *task, int64_t now_us)
{
    catch_up(delays, now_us);
    task->order = ++delays->order;
    push_due(delays, task);
}

void distro_delays_add(DistroDelays *delays, void *task, int64_t now_us)
{
    DistroDelayed *delayed = task;
    g_hash_table_insert(delays->tasks, &delayed->key, delayed);
    enter(delays, delayed, now_us);
}

void distro_delays_add_part(DistroDelays *delays, void *task, uint64_t order)
{
    DistroDelayed *delayed = task;
    g_hash_table_insert(delays->tasks, &delayed->key, delayed);
    delayed->order = order;
    push_due(delays, delayed);
}

void distro_delays_count_as(DistroDelays *delays, uint32_t count)
{
    delays->order += count - 1;
}

/* Due as before: the entry in the heap still speaks for it. */
void distro_delays_moved(DistroDelays *delays, void *task, int64_t was_due_us, int64_t now_us)
{
    if (distro_delayed_due_us(task) != was_due_us) {
        delays->earliest = NULL;
        enter(delays, task, now_us);
    }
}

void distro_delays_list(const DistroDelays *delays, GArray *keys)
{
    for (guint i = 0; i < delays->due->len; i++) {
        g_array_append_val(keys, g_array_index(delays->due, Due, i).key);
    }
}

/* --- scans -------------------------------------------------------------------------------- */

/* A wake-up between two scans is for something else. */
bool distro_delays_scan(DistroDelays *delays, int64_t now_us, int64_t wall_us,
                        int64_t *scan_wall_us)
{
    const int64_t elapsed_us = now_us - delays->scanned_us;
    if (elapsed_us < SCAN_US) {
        return false;
    }
    delays->scanned_us += elapsed_us - elapsed_us % SCAN_US;
    *scan_wall_us = wall_us - elapsed_us % SCAN_US;
    return true;
}

void *distro_delays_steal(DistroDelays *delays, int64_t key)
{
    void *task = NULL;
    const bool found = g_hash_table_steal_extended(delays->tasks, &key, NULL, &task);
    g_assert(found);
    delays->earliest = NULL;
    return task;
}

void *distro_delays_take(DistroDelays *delays, int64_t scan_wall_us)
{
    const Due *top = heap_top(delays);
    if (top == NULL || top->at_wall_us > scan_wall_us) {
        return NULL;
    }
    void *task = delays->earliest;
    g_hash_table_steal(delays->tasks, &top->key);
    heap_pop(delays->due);
    delays->earliest = NULL;
    return task;
}

int64_t distro_delays_wake_at(DistroDelays *delays, int64_t now_us, int64_t wall_us)
{
    const Due *top = heap_top(delays);
    if (top == NULL) {
        return INT64_MAX;
    }
    const int64_t due_us = now_us + MAX(0, top->at_wall_us - wall_us);
    const int64_t first_us = delays->scanned_us + SCAN_US;
    if (due_us <= first_us) {
        return first_us;
    }
    return first_us + (due_us - first_us + SCAN_US - 1) / SCAN_US * SCAN_US;
}

/* --- workers ------------------------------------------------------------------------------ */

uint32_t distro_worker_count(int64_t processors)
{
    uint32_t count = 1;
    while (count < processors) {
        count <<= 1;
    }
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
    return ((uint32_t)hash & 0x7fffffffu) % workers;
}
