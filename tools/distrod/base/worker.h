/* tools/distrod/base/worker.h -- the second thread: for nothing but what may block.
 *
 * Looking up names and writing logs can take seconds, and nothing else in the process may. Jobs run
 * one after the other, in the order in which they were given. */
#pragma once

#include <glib.h>

typedef struct RegWorker RegWorker;

/* Runs in the thread; may touch nothing but @data. */
typedef void (*RegJob)(void *data);

RegWorker *reg_worker_new(void);
/* Works off what was given, and waits for that. What is done then is done in the caller. */
void reg_worker_free(RegWorker *worker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegWorker, reg_worker_free)

/* Run @job with @data in the thread, then @done (nullable) with it on the main loop. */
void reg_worker_give(RegWorker *worker, RegJob job, RegJob done, void *data);
