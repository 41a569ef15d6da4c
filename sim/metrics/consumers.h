/* sim/metrics/consumers.h -- what the subscribers' caches say, against the truth.
 *
 *      cache changes ----.                    per site: stale, empty, zombies, unreachable, local
 *      truth changes -----+--> a consumer's --> integrals over consumer time
 *      links are cut ----'      verdict       per change: when the last consumer of a site has it
 *
 * Kept for worlds of several sites. A consumer is a client and a service that it subscribed to; its
 * verdict is taken anew when its cache or the service's truth changes, and integrated in between.
 */
#pragma once

#include "sim/truth/truth.h"

/* Sums over the consumers of one site, in consumer-microseconds. */
typedef struct SimConsumerFigures {
    int64_t time_us;  /* subscribed, with an answer in the cache */
    int64_t stale_us; /* the cache is not what it should be */
    int64_t longest_stale_us;
    int64_t false_empty_us; /* nobody to call in it, though somebody lives and can be reached */
    int64_t zombie_us;      /* entries listed healthy that are gone: entry-microseconds */
    int64_t unreachable_us; /* entries alive that cannot be reached from there: likewise */
    int64_t near_us;        /* in which a provider of the own site lives */
    int64_t
        near_permille_us; /* the share of entries that are near, in thousandths, over .near_us */
    uint64_t flaps;       /* entries that went and came back though nothing happened to them */
} SimConsumerFigures;

SimConsumers *sim_consumers_new(SimWorld *world);
void sim_consumers_free(SimConsumers *consumers);
/* @client's cache of @service holds @list now. */
void sim_consumers_cached(SimConsumers *consumers, uint32_t client, DistroService service,
                          uint32_t list);
/* It was closed or killed. */
void sim_consumers_left(SimConsumers *consumers, uint32_t client, DistroService service);
void sim_consumers_truth_changed(SimConsumers *consumers, DistroService service);
void sim_consumers_links_changed(SimConsumers *consumers);
/* A change by @client, to be followed in the caches; see sim_watch_open. @publication 0: all is
 * gone. @removed: SimInstance. */
void sim_consumers_follow(SimConsumers *consumers, uint32_t client, DistroService service,
                          DistroPublication publication, const GArray *removed, bool killed);
/* Up to now. */
SimConsumerFigures sim_consumers_figures(SimConsumers *consumers, uint32_t site);
/* When the last consumer of a site had a change that some there lacked: appended to @out
 * (SimArrival). */
void sim_consumers_arrivals(const SimConsumers *consumers, GArray *out);
void sim_consumers_reset(SimConsumers *consumers);
