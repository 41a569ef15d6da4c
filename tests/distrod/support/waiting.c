/* tests/distrod/support/waiting.c -- turning the loop, with a timer so that it never sleeps
 * long. */
#include "tests/distrod/support/waiting.h"

#define TICK_US 2000
#define PATIENCE_MS 10000

typedef struct Ticker {
    RegTimer timer;
    RegLoop *loop;
} Ticker;

static void tick(RegTimer *timer)
{
    Ticker *ticker = REG_OWNER(timer, Ticker, timer);
    reg_timers_set_in(reg_loop_timers(ticker->loop), timer, TICK_US);
}

static bool never(void *data)
{
    (void)data;
    return false;
}

bool wait_until(RegLoop *loop, bool (*holds)(void *data), void *data, unsigned limit_ms)
{
    const int64_t end_us = g_get_monotonic_time() + (int64_t)limit_ms * 1000;
    Ticker ticker = { .timer.fire = tick, .loop = loop };
    tick(&ticker.timer);
    bool held = holds(data);
    while (!held && g_get_monotonic_time() < end_us) {
        g_main_context_iteration(NULL, true);
        held = holds(data);
    }
    reg_timers_clear(reg_loop_timers(loop), &ticker.timer);
    return held;
}

typedef struct Wanted {
    const unsigned *count;
    unsigned least;
} Wanted;

static bool is_counted(void *data)
{
    const Wanted *wanted = data;
    return *wanted->count >= wanted->least;
}

bool wait_for_count(RegLoop *loop, const unsigned *count, unsigned least)
{
    Wanted wanted = { count, least };
    return wait_until(loop, is_counted, &wanted, PATIENCE_MS);
}

void turn_for(RegLoop *loop, unsigned ms)
{
    wait_until(loop, never, NULL, ms);
}
