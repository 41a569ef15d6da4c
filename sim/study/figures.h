/* sim/study/figures.h -- the figures of a run: what summary.json says and budgets limit. */
#pragma once

#include "sim/base/quantity.h"
#include "sim/metrics/consumers.h"
#include "sim/world/world.h"

typedef struct SimQuantiles {
    uint64_t count;
    int64_t p50_us, p90_us, p99_us, max_us;
} SimQuantiles;

typedef struct SimMeasure {
    char *name;
    double value;
    char *unit; /* "us", "bytes", "bit/s", "/s", "share" (of 1), "" */
} SimMeasure;

/* A step of the story. */
typedef struct SimHeading {
    int64_t at_us;
    char *text;
} SimHeading;

typedef struct SimFigures {
    SimQuantiles convergence, by_path[DISTRO_N_PATHS], detection, seen;
    int64_t lost_us, zombie_us;
    int64_t lost_listed_us; /* of lost_us, what had been listed at the node before; the rest was */
                            /* not yet known there */
    SimConsumersWorst worst;
    int64_t heal_to_agree_us; /* the longest; INT64_MAX if the nodes never agreed after one */
    uint64_t messages, bytes_lan, bytes_wan;
    uint64_t unavailable_writes, empty_reads, acknowledged;
    double amplification; /* messages per acknowledged write; 0 without one */
    uint32_t peak_pending;
} SimFigures;

SimFigures sim_figures(SimWorld *world);
/* Of int64_t, which are sorted; by nearest rank. */
SimQuantiles sim_quantiles(GArray *times);

/* A figure by the name that budgets use: "convergence.p99", "wan.bytes". */
typedef struct SimFigureName {
    const char *name;
    SimQuantityKind kind; /* SIM_N_QUANTITIES: for a plain number */
} SimFigureName;
const SimFigureName *sim_figure_names(size_t *count);
const SimFigureName *sim_figure_find(const char *name); /* NULL */
double sim_figure_value(const SimFigures *figures, const SimFigureName *name);
