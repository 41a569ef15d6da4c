/* sim/truth/observe.h -- news of the truth, for checks and figures.
 *
 * As sim/world/observe.h: the list is fixed before the first event, called in its order, and a kind
 * without a listener costs a load and a branch. */
#pragma once

#include "sim/truth/truth.h"

/* @node's view comes to list @instance, or does so no more. */
typedef struct SimListedNews {
    uint32_t node;
    SimInstance instance;
    bool listed;
} SimListedNews;

/* @node may show other contents of @instance, or others may be right. */
typedef struct SimContentNews {
    uint32_t node;
    SimInstance instance;
} SimContentNews;

/* A view changed, and all that follows has been told. */
typedef struct SimShownNews {
    uint32_t node;
    DistroClient client;
    DistroService service;
} SimShownNews;

/* @node no longer lists something that had been gone for @age_us. */
typedef struct SimZombieNews {
    uint32_t node;
    int64_t age_us;
} SimZombieNews;

/* A change by @client, to be followed until it is shown; see sim_watch_open. */
typedef struct SimFollowNews {
    uint32_t client;
    DistroService service;
    DistroPublication publication; /* 0: all is gone */
    const GArray *removed;         /* SimInstance */
    bool killed;
} SimFollowNews;

#define SIM_TRUTH_NEWS(X)                                                                          \
    X(instance_changed, SimInstance)  /* its state */                                              \
    X(service_changed, DistroService) /* states of some of its instances, or what is expected */   \
    X(listed, const SimListedNews *)                                                               \
    X(content_changed, const SimContentNews *)                                                     \
    X(shown, const SimShownNews *)                                                                 \
    X(zombie_ended, const SimZombieNews *)                                                         \
    X(followed, const SimFollowNews *)                                                             \
    X(death_detected, int64_t) /* how long it took until the last node had dropped it */

typedef struct SimTruthObserver {
    void *data;
#define X(name, type) void (*name)(void *data, type news);
    SIM_TRUTH_NEWS(X)
#undef X
} SimTruthObserver;

/* The observers are copied. Once at most (asserted). */
void sim_truth_observe(SimTruth *truth, const SimTruthObserver *observers, size_t count);
