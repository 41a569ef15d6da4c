/* tools/distrod/base/timers.c -- a binary heap of deadlines behind one source of the main loop.
 *
 *      heap    [earliest][...][...]      a timer's place is its index + 1
 *      source  ready at the first one's time */
#include "tools/distrod/base/timers.h"

struct RegTimers {
    GPtrArray *heap; /* RegTimer */
    GSource *source;
    int64_t armed_us; /* when the source is ready; INT64_MAX: never */
};

typedef struct TimersSource {
    GSource base;
    RegTimers *timers;
} TimersSource;

static RegTimer *timer_at(const RegTimers *timers, uint32_t index)
{
    return timers->heap->pdata[index];
}

static void place_timer(RegTimers *timers, RegTimer *timer, uint32_t index)
{
    timers->heap->pdata[index] = timer;
    timer->place = index + 1;
}

static void sift_up(RegTimers *timers, uint32_t index)
{
    RegTimer *timer = timer_at(timers, index);
    while (index > 0 && timer_at(timers, (index - 1) / 2)->at_us > timer->at_us) {
        place_timer(timers, timer_at(timers, (index - 1) / 2), index);
        index = (index - 1) / 2;
    }
    place_timer(timers, timer, index);
}

static void sift_down(RegTimers *timers, uint32_t index)
{
    RegTimer *timer = timer_at(timers, index);
    const uint32_t count = timers->heap->len;
    for (;;) {
        uint32_t child = index * 2 + 1;
        if (child + 1 < count &&
            timer_at(timers, child + 1)->at_us < timer_at(timers, child)->at_us) {
            child++;
        }
        if (child >= count || timer_at(timers, child)->at_us >= timer->at_us) {
            break;
        }
        place_timer(timers, timer_at(timers, child), index);
        index = child;
    }
    place_timer(timers, timer, index);
}

/* Moving a source's time writes to an eventfd, so it is only ever moved forwards between two turns:
 * when the earliest timer is cleared, the source wakes once for nothing. */
static void arm_for_earliest(RegTimers *timers)
{
    const int64_t earliest_us = timer_at(timers, 0)->at_us;
    if (earliest_us < timers->armed_us) {
        timers->armed_us = earliest_us;
        g_source_set_ready_time(timers->source, earliest_us);
    }
}

static void arm_anew(RegTimers *timers)
{
    timers->armed_us = INT64_MAX;
    g_source_set_ready_time(timers->source, -1);
    if (timers->heap->len > 0) {
        arm_for_earliest(timers);
    }
}

static void remove_timer(RegTimers *timers, RegTimer *timer)
{
    const uint32_t index = timer->place - 1;
    RegTimer *last = timer_at(timers, timers->heap->len - 1);
    g_assert_true(timer_at(timers, index) == timer);
    g_ptr_array_set_size(timers->heap, (gint)timers->heap->len - 1);
    timer->place = 0;
    if (last == timer) {
        return;
    }
    place_timer(timers, last, index);
    sift_up(timers, index);
    sift_down(timers, last->place - 1);
}

/* Only what was due when the turn began: a timer that sets itself to now does not hold the loop. */
static gboolean fire_due(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)callback;
    (void)data;
    RegTimers *timers = ((TimersSource *)(void *)source)->timers;
    const int64_t now_us = g_get_monotonic_time();
    uint32_t most = timers->heap->len;
    while (most-- > 0 && timers->heap->len > 0 && timer_at(timers, 0)->at_us <= now_us) {
        RegTimer *timer = timer_at(timers, 0);
        remove_timer(timers, timer);
        timer->fire(timer);
    }
    arm_anew(timers);
    return G_SOURCE_CONTINUE;
}

RegTimers *reg_timers_new(void)
{
    static GSourceFuncs functions = { .dispatch = fire_due };
    RegTimers *timers = g_new0(RegTimers, 1);
    timers->heap = g_ptr_array_new();
    timers->armed_us = INT64_MAX;
    timers->source = g_source_new(&functions, sizeof(TimersSource));
    ((TimersSource *)(void *)timers->source)->timers = timers;
    g_source_set_static_name(timers->source, "timers");
    g_source_attach(timers->source, NULL);
    return timers;
}

void reg_timers_free(RegTimers *timers)
{
    if (timers == NULL) {
        return;
    }
    g_assert_cmpuint(timers->heap->len, ==, 0);
    g_ptr_array_unref(timers->heap);
    g_source_destroy(timers->source);
    g_source_unref(timers->source);
    g_free(timers);
}

void reg_timers_set(RegTimers *timers, RegTimer *timer, int64_t at_us)
{
    g_assert_nonnull(timer->fire);
    timer->at_us = MAX(at_us, 0);
    if (timer->place == 0) {
        g_ptr_array_add(timers->heap, timer);
        timer->place = timers->heap->len;
    }
    sift_up(timers, timer->place - 1);
    sift_down(timers, timer->place - 1);
    arm_for_earliest(timers);
}

void reg_timers_set_in(RegTimers *timers, RegTimer *timer, int64_t delay_us)
{
    reg_timers_set(timers, timer, g_get_monotonic_time() + delay_us);
}

void reg_timers_clear(RegTimers *timers, RegTimer *timer)
{
    if (timer->place != 0) {
        remove_timer(timers, timer);
    }
}
