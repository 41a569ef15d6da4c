/* sim/metrics/consumers.h -- what the subscribers' caches say, against the truth.
 *
 *      cache changes ----.                    per site: stale, empty, zombies, unreachable, local
 *      truth changes -----+--> a consumer's --> integrals over consumer time
 *      links are cut ----'      verdict       per change: when the last consumer of a site has it
 *
 * A consumer is a client and a service that it subscribed to; its verdict is taken anew when its
 * cache or the service's truth changes, and integrated in between. From its first answer on: what
 * it has never had is not yet known to it, and no loss.
 */
#pragma once

#include "sim/truth/truth.h"

/* Sums over the consumers of one site, in consumer-microseconds. */
typedef struct SimConsumerFigures {
    int64_t time_us;  /* subscribed, with an answer in the cache */
    int64_t stale_us; /* the cache is not what it should be */
    int64_t longest_stale_us;
    int64_t false_empty_us; /* nothing to call in it, though something lives and can be reached */
    int64_t zombie_us;      /* entries listed healthy that are gone: entry-microseconds */
    int64_t unreachable_us; /* entries alive that cannot be reached from there: likewise */
    int64_t near_us;        /* in which a provider of the own site lives */
    int64_t
        near_permille_us; /* the share of entries that are near, in thousandths, over .near_us */
    uint64_t flaps;       /* entries that went and came back though nothing happened to them */
} SimConsumerFigures;

/* How short a list became, against the providers that lived and could be reached: those count that
 * it had before and has no more. */
typedef struct SimShortest {
    uint32_t listed, of; /* .of 0: no list was ever short */
    int64_t us;          /* for how long in all it was that short */
} SimShortest;

typedef struct SimWorstConsumer {
    int64_t us;
    uint32_t client; /* index; UINT32_MAX: none was affected */
    DistroService service;
} SimWorstConsumer;

/* Of all consumers, the one that it was worst for: not all of them added up, since one user without
 * providers is an outage, and a thousand that miss one of a hundred are not. */
typedef struct SimConsumersWorst {
    uint32_t count;  /* consumers that ever had an answer */
    int64_t time_us; /* of all of them, from their first answer to their end */
    SimWorstConsumer
        empty; /* nothing to call in its list, though something lives and is reachable */
    SimWorstConsumer shortened; /* it lacked some that it had before */
    SimWorstConsumer stale;     /* its list was not what it should be */
    SimShortest shortest;
    SimWorstConsumer with_shortest;
} SimConsumersWorst;

SimConsumers *sim_consumers_new(SimWorld *world, SimTruth *truth);
/* Whenever a consumer comes to have nothing to call, or does so no more, @turned is told its
 * number.
 */
void sim_consumers_on_turn(SimConsumers *consumers, void (*turned)(void *data, uint32_t consumer),
                           void *data);
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
/* Consumers by number, in the order of their first answers. */
uint32_t sim_consumers_count(const SimConsumers *consumers);
void sim_consumers_whom(const SimConsumers *consumers, uint32_t consumer, uint32_t *client,
                        DistroService *service);
/* Has it nothing to call, though something lives and can be reached? False once it has closed. */
bool sim_consumers_is_empty(const SimConsumers *consumers, uint32_t consumer);
/* Up to now. */
SimConsumerFigures sim_consumers_figures(SimConsumers *consumers, uint32_t site);
SimConsumersWorst sim_consumers_worst(SimConsumers *consumers); /* likewise */
/* When the last consumer of a site had a change that some there lacked: appended to @out
 * (SimArrival). */
void sim_consumers_arrivals(const SimConsumers *consumers, GArray *out);
void sim_consumers_reset(SimConsumers *consumers);
