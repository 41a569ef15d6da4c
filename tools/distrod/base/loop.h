/* tools/distrod/base/loop.h -- what every room waits with: descriptors, deadlines, and what is to
 * be done before the process sleeps.
 *
 *      GLib's main loop -- timers.h      one source for all deadlines
 *                       `- epoll         one source for all descriptors: GLib polls a list, and ten
 *                       |                thousand connections are too many to walk each time
 *                       `- tasks         run once each before the loop sleeps, e.g. to write what a
 *                                        turn has made ready for a connection in one piece
 *
 * Threads: the main loop's, but reg_loop_quit, which a signal's source calls there, too. */
#pragma once

#include "tools/distrod/base/timers.h"

#include <stdbool.h>

typedef struct RegLoop RegLoop;
typedef struct RegWatch RegWatch;
typedef struct RegTask RegTask;

struct RegWatch {
    void (*ready)(RegWatch *watch, uint32_t events); /* EPOLLIN, ... */
    int fd;
    uint32_t events; /* waited for; reg_loop_watch sets it */
    bool added;
};

struct RegTask {
    void (*run)(RegTask *task); /* the task is no longer queued, and may be queued again */
    uint32_t place;             /* in the queue, from 1; 0: not queued */
};

/* From now on the process ignores SIGPIPE. */
RegLoop *reg_loop_new(void);
void reg_loop_free(RegLoop *loop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegLoop, reg_loop_free)

RegTimers *reg_loop_timers(RegLoop *loop);
/* Runs until reg_loop_quit. */
void reg_loop_run(RegLoop *loop);
void reg_loop_quit(RegLoop *loop);

/* Call @watch when its descriptor is ready for any of @events (level-triggered; errors and hang-ups
 * always). A second call changes the events. False if the kernel has no room for it (errno). */
bool reg_loop_watch(RegLoop *loop, RegWatch *watch, uint32_t events);
/* Before its descriptor is closed. */
void reg_loop_unwatch(RegLoop *loop, RegWatch *watch);

/* Run @task once before the loop sleeps next; nothing if it is queued already. */
void reg_loop_queue(RegLoop *loop, RegTask *task);
void reg_loop_unqueue(RegLoop *loop, RegTask *task);
