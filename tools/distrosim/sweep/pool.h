/* tools/distrosim/sweep/pool.h -- many pieces of work, several threads, one order.
 *
 *      threads:   work(0) work(1) work(2) work(3) ...     in any order, at any time
 *      caller:    done(0) done(1) done(2) ...             in order, each after its work
 *
 * So what done() prints is the same for any number of threads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct Pool {
    size_t count;  /* pieces 0 .. count - 1 */
    unsigned jobs; /* threads */
    void *data;
    /* On a thread of the pool; pieces share nothing that changes. */
    void (*work)(void *data, size_t index);
    /* On the caller's thread. False: this is the last one that counts; no further piece is begun.
     */
    bool (*done)(void *data, size_t index);
    /* On the caller's thread, several times a second: @finished pieces are finished. */
    void (*tick)(void *data, size_t finished);
} Pool;

/* Returns how many pieces done() was called for, when all threads have ended; fewer than count if
 * done() said so or Ctrl-C was pressed. */
size_t pool_run(const Pool *pool);
