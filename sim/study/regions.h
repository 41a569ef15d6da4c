/* sim/study/regions.h -- figures by site and by direction, of a world of several sites.
 *
 * Consumers' figures are kept where clients subscribe; nodes' always. */
#pragma once

#include "sim/metrics/consumers.h"
#include "sim/metrics/metrics.h"
#include "sim/network/flow.h"
#include "sim/study/figures.h"

typedef struct SimRegionFigures {
    char *name;
    int64_t lost_us, zombie_us; /* instance time, over its nodes */
    uint64_t zombies_left;      /* listed by its nodes now */
    SimQuantiles zombie_ages; /* of those no longer listed: from their end to that of their entry */
    int64_t last_zombie_us;   /* when the last of those went; -1: there was none */
    SimCallFigures calls;
    SimConsumerFigures consumers;
} SimRegionFigures;

/* What clients of site .from did, as it came to site .to, and what flowed that way. */
typedef struct SimDirectionFigures {
    char *from, *to;
    SimQuantiles nodes, consumers;             /* acknowledged changes: until all of them had it */
    SimQuantiles node_deaths, consumer_deaths; /* from kill() on */
    uint32_t under_way;                        /* some live node does not show them yet */
    int64_t oldest_us;
    SimFlow flow;
} SimDirectionFigures;

/* Names are the world's. */
SimRegionFigures sim_region_figures(SimWorld *world, uint32_t site);
SimDirectionFigures sim_direction_figures(SimWorld *world, uint32_t from, uint32_t to);
/* The arrivals at nodes or in consumers' caches so far. (transfer full) */
GArray *sim_region_arrivals(const SimWorld *world, bool consumers);
/* sim_direction_figures with those at hand, for who asks for all directions. */
SimDirectionFigures sim_direction_figures_of(SimWorld *world, uint32_t from, uint32_t to,
                                             const GArray *nodes, const GArray *consumers);
