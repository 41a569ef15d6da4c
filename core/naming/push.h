/* core/naming/push.h -- who is told what of a service, and when: subscribers, delayed pushes and
 * the lists that queries are answered from, of one server.
 *
 *      change, first subscription -> delayed task per service, 500 ms -> PUSH to its targets
 *                                            ^                              |
 *                                            `--- again in 1 s -- no answer in time
 *
 * A pure part, as the node is (core/distro.h): time comes in, targets come out, and the host sends.
 * What a list of instances is, the host knows; here it is a pointer that the host makes and frees.
 *
 * Time:    int64_t microseconds on one clock of the host's, never going back.
 * Memory:  a service is remembered while somebody subscribes to it, a push of it is due or a list
 *          of it is kept.
 * Threads: none; one owner.
 *
 * Source: PushDelayTaskExecuteEngine, PushDelayTask, PushExecuteTask,
 * NamingSubscriberServiceV2Impl, ServiceStorage, EphemeralIpPortClientManager#isExpireClient (all
 * of com.alibaba.nacos.naming). */
#pragma once

#include "core/config.h"
#include "core/dictionary.h"

typedef struct DistroPush DistroPush;

/* Who subscribes: the host's number for it, 0 for none. */
typedef uint32_t DistroSubscriber;

/* What the host does about lists. */
typedef struct DistroPushLists {
    /* The instances of @service as they are now (transfer full); never NULL. */
    void *(*make)(void *data, DistroService service);
    /* Drop one reference. */
    void (*drop)(void *data, void *list);
    void *data;
} DistroPushLists;

/* One push that is due. */
typedef struct DistroPushTarget {
    DistroService service;
    DistroSubscriber subscriber;
    bool datagram; /* over UDP */
    bool to_all;   /* because the service changed; else because this one asked, or did not answer */
    void *list;    /* (transfer none) */
    int64_t since_us; /* when its cause came */
} DistroPushTarget;

/* @config is borrowed and must outlive it; its push_* and datagram_* are read each time. @lists is
 * copied. @caching: see distro_push_list. */
DistroPush *distro_push_new(const DistroConfig *config, const DistroPushLists *lists, bool caching,
                            int64_t now_us);
void distro_push_free(DistroPush *push);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DistroPush, distro_push_free)

/* What is listed of @service has changed. The list that is kept of it (transfer none), which does
 * not say so yet; NULL: none. */
void *distro_push_changed(DistroPush *push, DistroService service, int64_t now_us);
/* @subscriber wants to be told of @service from now on. Only a first subscription causes a push, or
 * one that had lapsed, and with push_on_subscribe alone. @datagram: by UDP, and only for as long as
 * it goes on asking. True if it is a first one. */
bool distro_push_subscribe(DistroPush *push, DistroSubscriber subscriber, bool datagram,
                           DistroService service, int64_t now_us);
/* It asks for no more; true if it had. */
bool distro_push_unsubscribe(DistroPush *push, DistroSubscriber subscriber, DistroService service);
bool distro_push_is_subscribed(const DistroPush *push, DistroSubscriber subscriber,
                               DistroService service);
void distro_push_unsubscribe_all(DistroPush *push, DistroSubscriber subscriber);
/* A push was not answered in time: it is tried again in a second, if it is subscribed still. */
void distro_push_unanswered(DistroPush *push, DistroSubscriber subscriber, DistroService service,
                            int64_t now_us);

/* When distro_push_wake is wanted next; INT64_MAX: never. */
int64_t distro_push_wake_at(const DistroPush *push);
/* What is due by @now_us, in the order in which its causes came. (transfer none), until the next
 * call of any function here that changes something. */
const DistroPushTarget *distro_push_wake(DistroPush *push, int64_t now_us, size_t *count);

/* The list that queries are answered from (transfer none), until the next call of any function
 * here.
 *
 * Caching, it is what ServiceStorage keeps: made when first asked for, and renewed by the push
 * alone, which every change causes, whether somebody subscribes or not; so it is 500 to 600 ms
 * behind. Else it is the present one. */
void *distro_push_list(DistroPush *push, DistroService service);
/* The list that is kept of @service (transfer none), likewise; NULL: none, so that a query would be
 * answered with the present one. Asking makes none and renews none. */
void *distro_push_kept(const DistroPush *push, DistroService service);
/* When the first change came that the kept list of @service does not say; INT64_MAX: it says all,
 * or none is kept. */
int64_t distro_push_stale_since(const DistroPush *push, DistroService service);
/* The earliest of all, and which service it is of. */
int64_t distro_push_stalest(const DistroPush *push, DistroService *service);
/* Nothing is listed of @service any more: keep no list of it (EmptyServiceCleaner). */
void distro_push_forget(DistroPush *push, DistroService service);

/* What is remembered of @service at that instant, but for the list that is kept of it: 64 bits, in
 * which instants count relative to @now_us. */
uint64_t distro_push_digest(const DistroPush *push, DistroService service, int64_t now_us);

typedef struct DistroPushCounts {
    uint32_t subscribed_services; /* to which somebody subscribes */
    uint32_t subscriptions;       /* pairs of subscriber and service */
    uint32_t pending;             /* services whose push is due or will be */
    uint32_t services;            /* remembered */
} DistroPushCounts;
DistroPushCounts distro_push_counts(const DistroPush *push);
/* Who subscribes to @service, ascending; (transfer full) array of DistroSubscriber. */
GArray *distro_push_subscribers(const DistroPush *push, DistroService service);
