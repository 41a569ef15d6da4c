/* sim/raft/history.c -- zones: from when to when a key must, or may, have held a value.
 *
 * A write and the reads that saw it form a cluster. Of its operations one ends first (low) and one
 * begins last (high):
 *
 *      forward zone   low < high    the value was held all the time from low to high
 *                     w |-----|
 *                               r |--|
 *                             [===]
 *      backward zone  high < low    any instant from high to low will do
 *                     w |----------|
 *                          r |---|
 *                            [===]
 *
 * There is an order unless two forward zones overlap, a backward zone lies within a forward one, or
 * a read ended before the write that it saw began, or saw what was never written. */
#include "sim/raft/history.h"

#define NEVER UINT64_MAX

typedef struct Operation {
    uint64_t key, value;
    uint64_t begun, ended; /* positions in the history; NEVER: its end was not heard of */
    bool is_read, is_refused;
} Operation;

struct SimWriteHistory {
    GArray *operations; /* Operation */
    uint64_t position;
};

/* --- writing down ------------------------------------------------------------------------- */

SimWriteHistory *sim_history_new(void)
{
    SimWriteHistory *history = g_new0(SimWriteHistory, 1);
    history->operations = g_array_new(FALSE, FALSE, sizeof(Operation));
    return history;
}

void sim_history_free(SimWriteHistory *history)
{
    if (history == NULL) {
        return;
    }
    g_array_unref(history->operations);
    g_free(history);
}

static uint32_t add_operation(SimWriteHistory *history, uint64_t key, uint64_t value, bool is_read)
{
    Operation operation = { .key = key, .value = value, .is_read = is_read };
    operation.begun = ++history->position;
    operation.ended = is_read ? ++history->position : NEVER;
    g_array_append_val(history->operations, operation);
    return history->operations->len - 1;
}

uint32_t sim_history_begin_write(SimWriteHistory *history, uint64_t key, uint64_t value)
{
    g_assert_cmpuint(value, !=, 0);
    return add_operation(history, key, value, false);
}

static Operation *get_write(SimWriteHistory *history, uint32_t write)
{
    g_assert_cmpuint(write, <, history->operations->len);
    Operation *operation = &g_array_index(history->operations, Operation, write);
    g_assert_true(!operation->is_read && operation->ended == NEVER);
    return operation;
}

void sim_history_end_write(SimWriteHistory *history, uint32_t write)
{
    get_write(history, write)->ended = ++history->position;
}

void sim_history_refuse_write(SimWriteHistory *history, uint32_t write)
{
    get_write(history, write)->is_refused = true;
}

void sim_history_read(SimWriteHistory *history, uint64_t key, uint64_t value)
{
    add_operation(history, key, value, true);
}

/* --- zones -------------------------------------------------------------------------------- */

typedef struct Zone {
    uint64_t from, to;
    bool is_forward;
} Zone;

/* By key, then value; of a cluster the write comes first. */
static int compare_operations(gconstpointer a, gconstpointer b)
{
    const Operation *left = a, *right = b;
    if (left->key != right->key) {
        return left->key < right->key ? -1 : 1;
    }
    if (left->value != right->value) {
        return left->value < right->value ? -1 : 1;
    }
    if (left->is_read != right->is_read) {
        return left->is_read ? 1 : -1;
    }
    return left->begun < right->begun ? -1 : left->begun > right->begun;
}

static int compare_zones(gconstpointer a, gconstpointer b)
{
    const Zone *left = a, *right = b;
    return left->from < right->from ? -1 : left->from > right->from;
}

/* The cluster that starts at @first. False if a read saw what was not written, or not yet. */
static bool add_zone(const Operation *operations, guint first, guint end, GArray *zones)
{
    const Operation *write = &operations[first];
    /* What every key holds at first was written before anything. */
    uint64_t low = write->is_read ? 0 : write->ended, high = write->is_read ? 0 : write->begun;
    if (write->is_read && write->value != 0) {
        return false;
    }
    for (guint i = first; i < end; i++) {
        if (operations[i].is_read) {
            if (operations[i].ended < (write->is_read ? 0 : write->begun)) {
                return false;
            }
            low = MIN(low, operations[i].ended);
            high = MAX(high, operations[i].begun);
        }
    }
    if (low == NEVER) {
        return true; /* its end was not heard of, and no read saw it: it need not have happened */
    }
    const Zone zone = { .from = MIN(low, high), .to = MAX(low, high), .is_forward = low < high };
    g_array_append_val(zones, zone);
    return true;
}

static bool are_compatible(GArray *zones)
{
    uint64_t forward_to = 0; /* the last forward zone's end */
    g_array_sort(zones, compare_zones);
    for (guint i = 0; i < zones->len; i++) {
        const Zone *zone = &g_array_index(zones, Zone, i);
        if (zone->is_forward ? zone->from < forward_to : zone->to < forward_to) {
            return false;
        }
        if (zone->is_forward) {
            forward_to = zone->to;
        }
    }
    return true;
}

/* The operations from @first to @end all concern one key. */
static bool check_key(const Operation *operations, guint first, guint end)
{
    g_autoptr(GArray) zones = g_array_new(FALSE, FALSE, sizeof(Zone));
    for (guint i = first; i < end;) {
        guint next = i + 1;
        while (next < end && operations[next].value == operations[i].value) {
            g_assert_true(operations[next].is_read);
            next++;
        }
        if (!add_zone(operations, i, next, zones)) {
            return false;
        }
        i = next;
    }
    return are_compatible(zones);
}

bool sim_history_check(const SimWriteHistory *history, uint64_t *key)
{
    g_autoptr(GArray) done = g_array_new(FALSE, FALSE, sizeof(Operation));
    for (guint i = 0; i < history->operations->len; i++) {
        const Operation *operation = &g_array_index(history->operations, Operation, i);
        if (!operation->is_refused) {
            g_array_append_val(done, *operation);
        }
    }
    g_array_sort(done, compare_operations);
    const Operation *operations = (const Operation *)(const void *)done->data;
    for (guint i = 0; i < done->len;) {
        guint next = i + 1;
        while (next < done->len && operations[next].key == operations[i].key) {
            next++;
        }
        if (!check_key(operations, i, next)) {
            if (key != NULL) {
                *key = operations[i].key;
            }
            return false;
        }
        i = next;
    }
    return true;
}
