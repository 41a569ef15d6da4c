/* tools/distrosim/sweep/pool.c -- see pool.h. The locks are POSIX's: ThreadSanitizer does not see
 * GLib's. */
#include "tools/distrosim/sweep/pool.h"

#include <glib.h>
#include <pthread.h>
#include <time.h>

#include "tools/distrosim/cli/interrupt.h"

#define TICK_US 100000

typedef struct Crew {
    const Pool *pool;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t finished_one;
    size_t next;     /* the piece that the next free thread takes */
    size_t finished; /* how many are */
    bool *is_finished;
    bool stop;
} Crew;

/* False: there is no more. */
static bool take_piece(Crew *crew, size_t *index)
{
    pthread_mutex_lock(&crew->mutex);
    bool any = !crew->stop && crew->next < crew->pool->count;
    if (any) {
        *index = crew->next++;
    }
    pthread_mutex_unlock(&crew->mutex);
    return any;
}

static void finish_piece(Crew *crew, size_t index)
{
    pthread_mutex_lock(&crew->mutex);
    crew->is_finished[index] = true;
    crew->finished++;
    pthread_cond_signal(&crew->finished_one);
    pthread_mutex_unlock(&crew->mutex);
}

static gpointer thread_main(gpointer data)
{
    Crew *crew = data;
    size_t index = 0;
    while (take_piece(crew, &index)) {
        crew->pool->work(crew->pool->data, index);
        finish_piece(crew, index);
    }
    return NULL;
}

static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void wait_a_tick(Crew *crew)
{
    const int64_t until_us = g_get_monotonic_time() + TICK_US;
    const struct timespec until = { until_us / G_USEC_PER_SEC, until_us % G_USEC_PER_SEC * 1000 };
    pthread_cond_timedwait(&crew->finished_one, &crew->mutex, &until);
}

/* Waits until piece @index is finished, ticking. False if Ctrl-C was pressed first. */
static bool await_piece(Crew *crew, size_t index)
{
    pthread_mutex_lock(&crew->mutex);
    while (!crew->is_finished[index] && !interrupt_seen()) {
        wait_a_tick(crew);
        size_t finished = crew->finished;
        pthread_mutex_unlock(&crew->mutex); /* a slow terminal must not hold the threads up */
        crew->pool->tick(crew->pool->data, finished);
        pthread_mutex_lock(&crew->mutex);
    }
    pthread_mutex_unlock(&crew->mutex);
    return !interrupt_seen();
}

static size_t hand_over(Crew *crew)
{
    for (size_t index = 0; index < crew->pool->count; index++) {
        if (!await_piece(crew, index)) {
            return index;
        }
        if (!crew->pool->done(crew->pool->data, index)) {
            return index + 1;
        }
    }
    return crew->pool->count;
}

static void stop_crew(Crew *crew)
{
    pthread_mutex_lock(&crew->mutex);
    crew->stop = true;
    pthread_mutex_unlock(&crew->mutex);
}

size_t pool_run(const Pool *pool)
{
    Crew crew = { .pool = pool, .is_finished = g_new0(bool, pool->count) };
    pthread_mutex_init(&crew.mutex, NULL);
    init_condition(&crew.finished_one);
    g_autoptr(GPtrArray) threads = g_ptr_array_new();
    for (unsigned i = 0; i < pool->jobs && i < pool->count; i++) {
        g_ptr_array_add(threads, g_thread_new("run", thread_main, &crew));
    }
    size_t handed_over = hand_over(&crew);
    stop_crew(&crew);
    for (guint i = 0; i < threads->len; i++) {
        g_thread_join(g_ptr_array_index(threads, i));
    }
    pthread_cond_destroy(&crew.finished_one);
    pthread_mutex_destroy(&crew.mutex);
    g_free(crew.is_finished);
    return handed_over;
}
