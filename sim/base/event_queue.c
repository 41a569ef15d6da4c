/* sim/base/event_queue.c -- a radix wheel with a sorted bottom.
 *
 * A time is read as eight digits of eight bits. An event's level is the highest digit in which its
 * time differs from the current one; that digit is its slot. Lower levels are therefore sooner,
 * and within a level lower slots are: the next event is always in the first used slot of the
 * lowest used level.
 *
 *      current time  .. 00 07 3a 10
 *
 *      level 3  |  |##|  |#|...      slots 01..ff: 16.8 s each
 *      level 2  |  |  |#|##|...      slots 08..ff: 65.5 ms each      a slot: an unsorted run
 *      level 1  |#|  |##|  |...      slots 3b..ff:  256 us each        [ev ev ev ..]->[ev ev  ]
 *      level 0  | |#| |#|  |...      slots 10..ff:    1 us each
 *                    .
 *      stack    [last ... first]     one small slot, sorted: the window [now, window_last]
 *
 * When the next slot is small it is sorted into the stack, which is popped from its end; when it is
 * large it is spread over the levels below. Small means up to 32 events, or, at level 1, up to 256:
 * there the lowest digit tells all, and counting sorts without a comparison. What is pushed into
 * the stack's window afterwards is shifted into place; when that makes the stack long, it is
 * spilled into the levels below the slot that it came from. A slot of level 0 holds one instant and
 * is popped as it stands.
 *
 * Equal times share a slot, or the stack, and every move keeps their order: runs are appended to
 * and moved from the front, sorting is stable, and a shift stops behind its equals. So no sequence
 * number is needed and an entry is 16 bytes.
 *
 * An event moves down at most eight levels, sorting and shifting are bounded by constants: no
 * pattern of use is quadratic. */
#include "sim/base/event_queue.h"

#include <string.h>

enum {
    DIGIT_BITS = 8,
    N_LEVELS = 64 / DIGIT_BITS,
    N_SLOTS = 1 << DIGIT_BITS,
    WORD_BITS = 64,
    N_WORDS = N_SLOTS / WORD_BITS,
    CHUNK_BYTES = 1024,
    CHUNK_EVENTS = CHUNK_BYTES / sizeof(SimEvent) - 1, /* its head takes the place of one */
    BLOCK_CHUNKS = 64,                                 /* chunks are allocated by the block */
    INSERTED_AT_MOST = 32, /* a slot up to this size is sorted by insertion, */
    COUNTED_AT_MOST = 256, /* one of level 1 up to this size by counting; a larger one is spread */
    STACK_CAPACITY = 384,  /* above it the stack is spilled */
};

/* It lies at a multiple of its size, so that an address in it tells where it begins and ends. */
typedef struct Chunk Chunk;
struct Chunk {
    Chunk *next;
    uint64_t unused;
    SimEvent events[CHUNK_EVENTS];
};
G_STATIC_ASSERT(sizeof(Chunk) == CHUNK_BYTES);

typedef struct Slot {
    SimEvent *begin, *end; /* in its first chunk and in its last; NULL when it is empty */
    int64_t earliest_us;   /* of its events; meaningless when it is empty */
    size_t count;
} Slot;

struct SimEventQueue {
    int64_t current_us;     /* what levels are relative to; never after the last pop */
    int64_t popped_us;      /* time of the last pop */
    int64_t window_last_us; /* the stack takes what is not later; NO_WINDOW: none */
    size_t size;
    size_t stack_size;
    Chunk *free_chunks;
    GPtrArray *blocks;
    uint32_t used_levels;             /* bit per level that has used slots */
    uint64_t used[N_LEVELS][N_WORDS]; /* bit per used slot */
    Slot slots[N_LEVELS][N_SLOTS];
    SimEvent stack[STACK_CAPACITY + 1]; /* latest first */
};

#define NO_WINDOW INT64_MIN

SimEventQueue *sim_event_queue_new(int64_t start_us)
{
    g_assert_cmpint(start_us, >, NO_WINDOW);
    SimEventQueue *queue = g_new0(SimEventQueue, 1);
    queue->current_us = start_us;
    queue->popped_us = start_us;
    queue->window_last_us = NO_WINDOW;
    queue->blocks = g_ptr_array_new_with_free_func(g_aligned_free);
    return queue;
}

void sim_event_queue_free(SimEventQueue *queue)
{
    if (queue == NULL) {
        return;
    }
    g_ptr_array_unref(queue->blocks);
    g_free(queue);
}

size_t sim_event_queue_size(const SimEventQueue *queue)
{
    return queue->size;
}

int64_t sim_event_queue_now(const SimEventQueue *queue)
{
    return queue->popped_us;
}

/* --- chunks ---------------------------------------------------------------------------------- */

static void allocate_block(SimEventQueue *queue)
{
    Chunk *block = g_aligned_alloc(BLOCK_CHUNKS, sizeof(Chunk), CHUNK_BYTES);
    g_ptr_array_add(queue->blocks, block);
    for (size_t i = BLOCK_CHUNKS; i-- > 0;) {
        block[i].next = queue->free_chunks;
        queue->free_chunks = &block[i];
    }
}

static Chunk *take_chunk(SimEventQueue *queue)
{
    if (queue->free_chunks == NULL) {
        allocate_block(queue);
    }
    Chunk *chunk = queue->free_chunks;
    queue->free_chunks = chunk->next;
    return chunk;
}

static void give_back_chunk(SimEventQueue *queue, Chunk *chunk)
{
    chunk->next = queue->free_chunks;
    queue->free_chunks = chunk;
}

/* Is @place the one behind a chunk's last, or NULL? */
static bool is_behind_chunk(const SimEvent *place)
{
    return (uintptr_t)place % CHUNK_BYTES == 0;
}

static Chunk *chunk_of(SimEvent *event)
{
    return (Chunk *)(void *)((uintptr_t)event & ~(uintptr_t)(CHUNK_BYTES - 1));
}

/* The event after @event in its run, which must have one; the chunk that is left is given back. */
static SimEvent *move_on(SimEventQueue *queue, SimEvent *event)
{
    if (!is_behind_chunk(event + 1)) {
        return event + 1;
    }
    Chunk *left = chunk_of(event);
    SimEvent *next = left->next->events;
    give_back_chunk(queue, left);
    return next;
}

/* The same without giving anything back. */
static SimEvent *look_on(SimEvent *event)
{
    return is_behind_chunk(event + 1) ? chunk_of(event)->next->events : event + 1;
}

void sim_event_queue_list(const SimEventQueue *queue, GArray *events)
{
    g_array_append_vals(events, queue->stack, (guint)queue->stack_size);
    for (unsigned level = 0; level < N_LEVELS; level++) {
        for (unsigned index = 0; index < N_SLOTS && (queue->used_levels >> level & 1) != 0;
             index++) {
            const Slot *slot = &queue->slots[level][index];
            SimEvent *event = slot->begin;
            for (size_t left = slot->count; left > 0; left--) {
                g_array_append_val(events, *event);
                event = left > 1 ? look_on(event) : event;
            }
        }
    }
}

void sim_event_queue_check(const SimEventQueue *queue)
{
    g_autoptr(GArray) events = g_array_new(false, false, sizeof(SimEvent));
    sim_event_queue_list(queue, events);
    g_assert_cmpuint(events->len, ==, queue->size);
    for (guint i = 0; i < events->len; i++) {
        g_assert_cmpint(g_array_index(events, SimEvent, i).at_us, >=, queue->popped_us);
    }
    for (size_t i = 1; i < queue->stack_size; i++) {
        g_assert_cmpint(queue->stack[i - 1].at_us, >=, queue->stack[i].at_us);
    }
}

/* --- slots ----------------------------------------------------------------------------------- */

/* Flipping the sign bit makes unsigned digits order signed times. */
static uint64_t key_of(int64_t at_us)
{
    return (uint64_t)at_us ^ ((uint64_t)1 << 63);
}

static unsigned level_of(int64_t at_us, int64_t current_us)
{
    uint64_t difference = (uint64_t)at_us ^ (uint64_t)current_us;
    return (63u - (unsigned)__builtin_clzll(difference | 1)) / DIGIT_BITS;
}

static unsigned digit_of(int64_t at_us, unsigned level)
{
    return (unsigned)(key_of(at_us) >> (level * DIGIT_BITS)) & (N_SLOTS - 1);
}

static void mark_used(SimEventQueue *queue, unsigned level, unsigned index)
{
    queue->used[level][index / WORD_BITS] |= (uint64_t)1 << (index % WORD_BITS);
    queue->used_levels |= 1u << level;
}

static void mark_empty(SimEventQueue *queue, unsigned level, unsigned index)
{
    uint64_t *words = queue->used[level];
    words[index / WORD_BITS] &= ~((uint64_t)1 << (index % WORD_BITS));
    if ((words[0] | words[1] | words[2] | words[3]) == 0) {
        queue->used_levels &= ~(1u << level);
    }
}

static unsigned first_used(const SimEventQueue *queue, unsigned level)
{
    const uint64_t *words = queue->used[level];
    unsigned i = 0;
    while (words[i] == 0) {
        i++;
    }
    return i * WORD_BITS + (unsigned)__builtin_ctzll(words[i]);
}

static void extend_slot(SimEventQueue *queue, Slot *slot, unsigned level, unsigned index)
{
    Chunk *chunk = take_chunk(queue);
    if (slot->count == 0) {
        slot->begin = chunk->events;
        slot->earliest_us = INT64_MAX;
        mark_used(queue, level, index);
    } else {
        chunk_of(slot->end - 1)->next = chunk;
    }
    slot->end = chunk->events;
}

static void place(SimEventQueue *queue, int64_t at_us, uint64_t word)
{
    unsigned level = level_of(at_us, queue->current_us);
    unsigned index = digit_of(at_us, level);
    Slot *slot = &queue->slots[level][index];
    if (is_behind_chunk(slot->end)) {
        extend_slot(queue, slot, level, index);
    }
    *slot->end++ = (SimEvent) { .at_us = at_us, .word = word };
    slot->earliest_us = MIN(slot->earliest_us, at_us);
    slot->count++;
}

/* --- the stack ------------------------------------------------------------------------------- */

/* Equal times that came earlier lie nearer the end, so the new event stops behind them. */
static void insert_in_stack(SimEventQueue *queue, SimEvent event)
{
    size_t low = 0, high = queue->stack_size; /* the first index whose time is <= the event's */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (queue->stack[middle].at_us <= event.at_us) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    memmove(&queue->stack[low + 1], &queue->stack[low],
            (queue->stack_size - low) * sizeof(SimEvent));
    queue->stack[low] = event;
    queue->stack_size++;
}

/* The window is hot: its events go to levels below the one they came from, soonest first so that
 * equals keep their order. */
static void spill_stack(SimEventQueue *queue)
{
    queue->window_last_us = NO_WINDOW;
    queue->current_us = queue->popped_us;
    while (queue->stack_size > 0) {
        const SimEvent *next = &queue->stack[--queue->stack_size];
        place(queue, next->at_us, next->word);
    }
}

/* Stable, from the soonest at the stack's end: each event moves towards the front past the sooner
 * ones, never past its equals. */
static void sort_by_insertion(SimEventQueue *queue, SimEvent *event, size_t count)
{
    SimEvent *end = queue->stack + count;
    for (size_t sorted = 0;; event = move_on(queue, event)) {
        SimEvent *gap = end - sorted - 1; /* before all that are sorted: the latest so far */
        for (; gap + 1 < end && gap[1].at_us > event->at_us; gap++) {
            gap[0] = gap[1];
        }
        gap[0] = *event;
        if (++sorted == count) {
            break;
        }
    }
    give_back_chunk(queue, chunk_of(event));
}

/* Of level 1: times differ in their lowest digit alone. A place is found by counting how many come
 * before, without a comparison that a processor would have to guess. */
static void sort_by_counting(SimEventQueue *queue, SimEvent *event, size_t count)
{
    uint16_t places[N_SLOTS + 1] = { 0 };
    SimEvent *from = event;
    for (size_t i = 0; i < count; i++) {
        places[digit_of(from->at_us, 0) + 1]++;
        from = is_behind_chunk(from + 1) ? chunk_of(from)->next->events : from + 1;
    }
    for (unsigned digit = 1; digit < N_SLOTS; digit++) {
        places[digit] += places[digit - 1];
    }
    SimEvent *soonest = queue->stack + count - 1;
    for (size_t sorted = 0;; event = move_on(queue, event)) {
        soonest[-(ptrdiff_t)places[digit_of(event->at_us, 0)]++] = *event;
        if (++sorted == count) {
            break;
        }
    }
    give_back_chunk(queue, chunk_of(event));
}

/* --- moving on ------------------------------------------------------------------------------- */

static void empty_slot(SimEventQueue *queue, unsigned level, unsigned index)
{
    queue->slots[level][index] = (Slot) { 0 };
    mark_empty(queue, level, index);
}

/* The next chunk is fetched while this one is spread: it left the cache long ago. */
static void spread(SimEventQueue *queue, SimEvent *event, size_t count)
{
    for (;; event = move_on(queue, event)) {
        const Chunk *next = chunk_of(event)->next;
        __builtin_prefetch((const void *)((uintptr_t)next + (uintptr_t)event % CHUNK_BYTES));
        place(queue, event->at_us, event->word);
        if (--count == 0) {
            break;
        }
    }
    give_back_chunk(queue, chunk_of(event));
}

/* Brings the events of the next slot, which is not of level 0, nearer. */
static void open_window(SimEventQueue *queue, unsigned level)
{
    unsigned index = first_used(queue, level);
    const Slot slot = queue->slots[level][index];
    uint64_t inside = ((uint64_t)1 << (level * DIGIT_BITS)) - 1;
    int64_t first_us = (int64_t)((uint64_t)slot.earliest_us & ~inside);
    bool inserted = slot.count <= INSERTED_AT_MOST;
    bool counted = level == 1 && slot.count <= COUNTED_AT_MOST;
    queue->current_us = first_us;
    queue->window_last_us =
        inserted || counted ? (int64_t)((uint64_t)first_us | inside) : NO_WINDOW;
    empty_slot(queue, level, index);
    if (inserted) {
        sort_by_insertion(queue, slot.begin, slot.count);
    } else if (counted) {
        sort_by_counting(queue, slot.begin, slot.count);
    } else {
        spread(queue, slot.begin, slot.count);
    }
    if (inserted || counted) {
        queue->stack_size = slot.count;
    }
}

static void pop_from_instant(SimEventQueue *queue, SimEvent *event)
{
    unsigned index = first_used(queue, 0);
    Slot *slot = &queue->slots[0][index];
    *event = *slot->begin;
    queue->current_us = event->at_us;
    queue->window_last_us = NO_WINDOW;
    if (--slot->count > 0) {
        slot->begin = move_on(queue, slot->begin);
    } else {
        give_back_chunk(queue, chunk_of(slot->begin));
        empty_slot(queue, 0, index);
    }
}

/* --- the public face ------------------------------------------------------------------------- */

void sim_event_queue_push(SimEventQueue *queue, int64_t at_us, uint64_t word)
{
    g_assert_cmpint(at_us, >=, queue->popped_us);
    queue->size++;
    if (at_us > queue->window_last_us) {
        place(queue, at_us, word);
        return;
    }
    insert_in_stack(queue, (SimEvent) { .at_us = at_us, .word = word });
    if (queue->stack_size > STACK_CAPACITY) {
        spill_stack(queue);
    }
}

int64_t sim_event_queue_peek(SimEventQueue *queue)
{
    if (queue->stack_size > 0) {
        return queue->stack[queue->stack_size - 1].at_us;
    }
    if (queue->used_levels == 0) {
        return INT64_MAX;
    }
    unsigned level = (unsigned)__builtin_ctz(queue->used_levels);
    return queue->slots[level][first_used(queue, level)].earliest_us;
}

/* There must be one. */
static void take_earliest(SimEventQueue *queue, SimEvent *event)
{
    while (queue->stack_size == 0 && !(queue->used_levels & 1)) {
        open_window(queue, (unsigned)__builtin_ctz(queue->used_levels));
    }
    if (queue->stack_size > 0) {
        *event = queue->stack[--queue->stack_size];
    } else {
        pop_from_instant(queue, event);
    }
    queue->size--;
    queue->popped_us = event->at_us;
}

bool sim_event_queue_pop(SimEventQueue *queue, SimEvent *event)
{
    if (queue->size == 0) {
        return false;
    }
    take_earliest(queue, event);
    return true;
}

bool sim_event_queue_pop_by(SimEventQueue *queue, int64_t until_us, SimEvent *event)
{
    return sim_event_queue_peek(queue) <= until_us && sim_event_queue_pop(queue, event);
}
