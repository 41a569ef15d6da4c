/* tools/distrosim/explore/futures.h -- one run, the same up to an instant, and many ways on from
 * there.
 *
 * Each way has a seed of its own, from which all chance after the instant follows; its choices are
 * an address at which it can be made again. The ways are independent of each other, so they are
 * made on all processors, and come out the same for any number of these. */
#pragma once

#include "tools/distrosim/run/runner.h"

typedef struct Future {
    uint64_t seed; /* of the chance after the instant */
    bool made;     /* false: interrupted before */
    bool usage;    /* the settings were refused */
    SimVerdict verdict;
    const char *check; /* interned; what failed, or "" */
    char *reason, *line;
    uint64_t fingerprint;
    char *choices; /* the text of a file of choices */
} Future;

typedef struct Futures {
    const Runner *base; /* scenario, request and seed */
    int64_t at_us;
    const uint64_t *seeds;
    size_t count;
    unsigned jobs;
    /* On the caller's thread, in order of the seeds; nullable. */
    void (*told)(void *data, const Future *future);
    void (*tick)(void *data, size_t finished);
    void *data;
} Futures;

/* All of them in order (Future); fewer if Ctrl-C was pressed. (transfer full) */
GArray *futures_make(const Futures *what);

/* Did it fail, in whatever way? */
bool future_is_red(const Future *future);

/* The 95 % interval of a share, @hits of @count, after Wilson (1927). */
void futures_interval(size_t hits, size_t count, double *low, double *high);
