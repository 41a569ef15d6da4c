/* tools/distrod/base/timers.h -- deadlines on the main loop, as many as there are calls under way.
 *
 * GLib's own time-outs are a list that every iteration walks; a server has a hundred thousand of
 * them. These are embedded in what waits and stand in a heap, whose earliest one is the only
 * time-out that the main loop sees.
 *
 * Time:    microseconds of g_get_monotonic_time.
 * Memory:  a timer must be cleared before what embeds it is freed.
 * Threads: the main loop's. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct RegTimers RegTimers;
typedef struct RegTimer RegTimer;

struct RegTimer {
    void (*fire)(RegTimer *timer); /* the timer is no longer set, and may be set again */
    int64_t at_us;
    uint32_t place; /* in the heap, from 1; 0: not set */
};

/* The @type that embeds what @pointer points to as its @member. */
#define REG_OWNER(pointer, type, member)                                                           \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

RegTimers *reg_timers_new(void);
void reg_timers_free(RegTimers *timers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegTimers, reg_timers_free)

/* Fire @timer at @at_us, or as soon as the loop turns if that has passed; moves it if it is set. */
void reg_timers_set(RegTimers *timers, RegTimer *timer, int64_t at_us);
/* The same, @delay_us from now. */
void reg_timers_set_in(RegTimers *timers, RegTimer *timer, int64_t delay_us);
void reg_timers_clear(RegTimers *timers, RegTimer *timer);
