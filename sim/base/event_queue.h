/* sim/base/event_queue.h -- what happens next.
 *
 * A priority queue of (time, 64-bit word) pairs. Equal times leave in the order they came. Time
 * never goes back: nothing may be pushed before the time last popped (asserted). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct SimEventQueue SimEventQueue;

typedef struct SimEvent {
    int64_t at_us;
    uint64_t word;
} SimEvent;

/* @start_us: no event is earlier than this (may be negative). */
SimEventQueue *sim_event_queue_new(int64_t start_us);
void sim_event_queue_free(SimEventQueue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimEventQueue, sim_event_queue_free)

void sim_event_queue_push(SimEventQueue *queue, int64_t at_us, uint64_t word);
/* Removes the earliest event. False if there is none. */
bool sim_event_queue_pop(SimEventQueue *queue, SimEvent *event);
/* Likewise, if it is not later than @until_us; otherwise nothing happens. */
bool sim_event_queue_pop_by(SimEventQueue *queue, int64_t until_us, SimEvent *event);
/* Time of the earliest event without removing it; INT64_MAX if there is none. */
int64_t sim_event_queue_peek(SimEventQueue *queue);
/* Time of the last event popped; the start before any. */
int64_t sim_event_queue_now(const SimEventQueue *queue);
/* Appends all events (SimEvent) to @events, in no order. */
void sim_event_queue_list(const SimEventQueue *queue, GArray *events);
/* Asserts that its counts agree with what it holds, and that nothing is late. Costs a walk. */
void sim_event_queue_check(const SimEventQueue *queue);
size_t sim_event_queue_size(const SimEventQueue *queue);
