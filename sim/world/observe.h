/* sim/world/observe.h -- news of a world, for those who watch it without being part of it.
 *
 *      node, fault, round, clients, bridges --sim_tell_...--> truth, checks, metrics, record
 *
 * The list is fixed when a world is built (sim_world_observe); observers are called in its order.
 * They may read what they like, and say that something changed (SimWorld.changed), but may not
 * send, draw or touch nodes. A kind of news without a listener costs a load and a branch. */
#pragma once

#include "sim/world/action_kind.h"
#include "sim/world/world.h"

/* @view of @service at @node: what @client publishes there, before and after. */
typedef struct SimViewNews {
    uint32_t node;
    DistroClient client;
    DistroService service;
    DistroPublication before, after;
    DistroPath path;
} SimViewNews;

typedef struct SimCoreNews {
    uint32_t node;
    DistroEventKind event;
    uint32_t peer_node; /* or UINT32_MAX */
    DistroClient client;
} SimCoreNews;

/* A VERIFY_OK of @node for each digest but the misses. */
typedef struct SimMatchedNews {
    uint32_t node, peer_node;
    const DistroDigest *digests;
    uint32_t count;
    const DistroMiss *misses; /* of digests that were not OK, ascending */
    uint32_t miss_count;
} SimMatchedNews;

typedef struct SimNodeEndNews {
    const SimNode *node;
    bool crashed; /* else stopped */
} SimNodeEndNews;

/* A client begins to publish @after of @service instead of what it published before; 0: nothing.
 * Operations are numbered from 0. A newer one on the same client and service overtakes an older one
 * that is still open, of which nothing more is told. */
typedef struct SimOperationNews {
    uint32_t operation;
    uint32_t client;
    DistroClient persistent; /* "ip:port#false": Raft keeps it, whatever becomes of @client; or 0 */
    DistroService service;
    DistroPublication after;
} SimOperationNews;

typedef enum SimOperationEnd {
    SIM_OPERATION_ACKNOWLEDGED,
    SIM_OPERATION_UNKNOWN, /* refused, timed out or not connected: it may have been carried out */
    SIM_OPERATION_FAILED,  /* certainly without effect */
} SimOperationEnd;

typedef struct SimOperationEndNews {
    uint32_t operation;
    SimOperationEnd how;
} SimOperationEndNews;

typedef struct SimClientGoneNews {
    uint32_t client;
    bool killed; /* else closed */
} SimClientGoneNews;

/* A user's call, or a poll, has ended; or, alone, a user's write has failed. */
typedef struct SimCallNews {
    uint32_t site; /* of the client */
    bool write, ok;
} SimCallNews;

/* A client's cache of @service holds @list from now on. */
typedef struct SimCacheNews {
    uint32_t client;
    DistroService service;
    uint32_t list;
} SimCacheNews;

/* @node was asked for @service, and answers with @count instances. */
typedef struct SimReadNews {
    uint32_t node;
    DistroService service;
    uint32_t count;
} SimReadNews;

/* A bridge's deregistration of a copy was acknowledged in @cluster. */
typedef struct SimCopyNews {
    uint32_t cluster;
    DistroListing listing;
} SimCopyNews;

/* A fault of links, for the timeline. @label: "cut n1 | n2". */
typedef struct SimFaultNews {
    uint64_t number;
    const char *label;
} SimFaultNews;

/* What was done to links: whom it concerns, and how. */
typedef struct SimFaultActionNews {
    SimActionKind kind;
    uint32_t scope; /* the cluster whose handle was asked, or SIM_ALL_CLUSTERS */
    const SimGroup *groups;
    size_t count;
    int64_t for_us;      /* or -1 */
    bool oneway, calls;  /* of a CUT */
    const SimLink *link; /* of a LINK: what changes, */
    unsigned fields;     /* and which of its fields (SimLinkField) */
} SimFaultActionNews;

/* A client begins, and asks @servers[@first] first; -1: that is not decided. */
typedef struct SimClientBeganNews {
    uint32_t client;
    const uint32_t *servers;
    uint32_t count;
    int first;
} SimClientBeganNews;

/* A client is told to do something. */
typedef struct SimClientActionNews {
    uint32_t client;
    SimActionKind kind;
    DistroService service;         /* or 0 */
    DistroPublication publication; /* or 0 */
    uint32_t node;                 /* or UINT32_MAX */
    int64_t for_us;                /* or -1 */
    bool on;                       /* of a FAILOVER */
    bool persistent;               /* of a (DE)REGISTER: Raft keeps the instance */
} SimClientActionNews;

/* An operation of a client's user has ended. */
typedef struct SimClientEndedNews {
    uint32_t client;
    SimOp op;
} SimClientEndedNews;

/* Name, and what is told. */
#define SIM_NEWS(X)                                                                                \
    X(node_up, const SimNode *) /* booted, empty, not loaded */                                    \
    X(node_added, const SimNode *)                                                                 \
    X(node_loaded, const SimNode *)                                                                \
    X(node_down, const SimNodeEndNews *) /* its process has ended */                               \
    X(node_paused, const SimNode *)                                                                \
    X(node_resumed, const SimNode *) /* or ended while it was paused */                            \
    X(node_left, const SimNode *)                                                                  \
    X(view_changed, const SimViewNews *)                                                           \
    X(core_event, const SimCoreNews *) /* if wanted; of a round: matched */                        \
    X(matched, const SimMatchedNews *)                                                             \
    X(client_moved, uint32_t) /* client: created, has another server, gone */                      \
    X(client_gone, const SimClientGoneNews *)                                                      \
    X(operation_begun, const SimOperationNews *)                                                   \
    X(operation_ended, const SimOperationEndNews *)                                                \
    X(call_ended, const SimCallNews *)                                                             \
    X(write_failed, const SimCallNews *)                                                           \
    X(cache_changed, const SimCacheNews *)                                                         \
    X(consumer_left, const SimCacheNews *) /* .list is 0 */                                        \
    X(list_renewed, const SimReadNews *)   /* queries get what the node lists now; no .count */    \
    X(list_read, const SimReadNews *)                                                              \
    X(copy_removed, const SimCopyNews *)                                                           \
    X(links_changed, const SimWorld *) /* a cut or a heal */                                       \
    X(links_healed, const SimWorld *)  /* told after the former */                                 \
    X(fault_began, const SimFaultNews *)                                                           \
    X(fault_ended, uint64_t) /* number, or SIM_ALL_FAULTS */                                       \
    X(fault_done, const SimFaultActionNews *)                                                      \
    X(client_began, const SimClientBeganNews *)                                                    \
    X(client_told, const SimClientActionNews *)                                                    \
    X(client_ended, const SimClientEndedNews *)

#define SIM_ALL_FAULTS UINT64_MAX

/* Who watches. NULL: not interested. */
typedef struct SimObserver {
    void *data;
#define X(name, type) void (*name)(void *data, type news);
    SIM_NEWS(X)
#undef X
} SimObserver;

typedef enum SimNewsKind {
#define X(name, type) SIM_NEWS_##name,
    SIM_NEWS(X)
#undef X
    SIM_N_NEWS,
} SimNewsKind;

enum {
    SIM_MOST_OBSERVERS = 8
};

struct SimObservers {
    SimObserver items[SIM_MOST_OBSERVERS];
    uint32_t count;
    uint8_t listeners[SIM_N_NEWS]; /* a bit per observer */
};

/* From now on the @count observers, which are copied, hear what happens. Once at most, while the
 * world is at rest (asserted). */
void sim_world_observe(SimWorld *world, const SimObserver *observers, size_t count);

/* Most events of the core, and by far the most frequent ones, are waited for by no observer: they
 * are told once they are wanted. @events: a bit per DistroEventKind. */
static inline void sim_world_want_events(SimWorld *world, uint64_t events)
{
    world->wanted_events |= events;
}

/* sim_tell_view_changed(world, &news), and so on. */
#define X(name, type)                                                                              \
    static inline void sim_tell_##name(const SimWorld *world, type news)                           \
    {                                                                                              \
        const struct SimObservers *observers = world->observers;                                   \
        unsigned left = observers->listeners[SIM_NEWS_##name];                                     \
        while (left != 0) {                                                                        \
            const SimObserver *observer = &observers->items[__builtin_ctz(left)];                  \
            left &= left - 1;                                                                      \
            observer->name(observer->data, news);                                                  \
        }                                                                                          \
    }
SIM_NEWS(X)
#undef X
