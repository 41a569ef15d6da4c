/* sim/metrics/metrics.h -- figures of a run beside those of the truth: the timeline, faults, peaks,
 * and the summary that results are written from. */
#pragma once

#include "sim/truth/observe.h"

/* One sample of the timeline. */
typedef struct SimSample {
    int64_t at_us;
    uint32_t live_nodes;
    uint32_t views;         /* distinct views of the live nodes: 1 = they agree */
    uint64_t lost, zombies; /* pairs (node, instance), now */
    uint32_t pending;       /* delayed tasks, all nodes */
    uint64_t messages;      /* since 0 */
    uint64_t bytes_wan;
    uint64_t lost_listed; /* of the lost, those that the node had listed before */
    uint64_t stale;       /* listed alive, with an outdated content */
} SimSample;

/* A fault's life, for the shading. */
typedef struct SimFault {
    int64_t from_us, to_us; /* INT64_MAX: to the end */
    char *label;            /* "partition frankfurt | rest", "crash n2" */
} SimFault;

SimMetrics *sim_metrics_new(SimWorld *world, SimTruth *truth);
void sim_metrics_free(SimMetrics *metrics);
void sim_metrics_mute(SimMetrics *metrics);  /* no more samples */
void sim_metrics_start(SimMetrics *metrics); /* at time 0: samples every 250 ms from here on */
/* What is to be told to them (sim_world_observe, sim_truth_observe). */
SimObserver sim_metrics_observer(SimMetrics *metrics);
SimTruthObserver sim_metrics_truth_observer(SimMetrics *metrics);
/* Keys are the callers' business, but for what a heal ends: those of cuts and degraded links start
 * with "net ". Several open faults may share a key; they end together. */
void sim_metrics_fault_begins(SimMetrics *metrics, const char *key, char *label); /* takes label */
void sim_metrics_fault_ends(SimMetrics *metrics, const char *key); /* NULL: all cuts and links */
const SimSample *sim_metrics_samples(const SimMetrics *metrics, size_t *count);
/* The most nodes of a world whose clients are sampled one by one. */
#define SIM_MOST_SAMPLED_NODES 24
/* How many clients each of the first nodes owned: SIM_MOST_SAMPLED_NODES for each sample, 0 for
 * those that were not there. None in a world that had more nodes. */
const uint32_t *sim_metrics_owned(const SimMetrics *metrics, size_t *count);
const SimFault *sim_metrics_faults(const SimMetrics *metrics, size_t *count);
uint32_t sim_metrics_peak_pending(const SimMetrics *metrics);
/* What a sample says of each site; in worlds of several. */
typedef struct SimRegionSample {
    uint64_t lost, zombies; /* at its nodes */
    uint64_t bytes_out;     /* to other sites, since 0 */
} SimRegionSample;
const SimRegionSample *sim_metrics_region_samples(const SimMetrics *metrics, size_t *count);

/* --- by site, in worlds of several ------------------------------------------------------------ */
SimConsumers *sim_metrics_consumers(const SimMetrics *metrics);
/* A user's call, or a poll, of a client at @site has ended. */
void sim_metrics_called(SimMetrics *metrics, uint32_t site, bool write, bool ok);
typedef struct SimCallFigures {
    uint64_t writes, writes_failed, reads, reads_failed;
} SimCallFigures;
SimCallFigures sim_metrics_calls(const SimMetrics *metrics, uint32_t site);
/* @node no longer lists something that had been gone for @age_us. */
void sim_metrics_zombie_ended_at(SimMetrics *metrics, uint32_t node, int64_t age_us);
/* int64_t by end: how old they became; and when the last of them ended, -1: none yet. */
const GArray *sim_metrics_zombie_ages(const SimMetrics *metrics, uint32_t site);
int64_t sim_metrics_last_zombie(const SimMetrics *metrics, uint32_t site);

void sim_metrics_unavailable_write(SimMetrics *metrics); /* an operation was refused or timed out */
uint64_t sim_metrics_unavailable_writes(const SimMetrics *metrics);
/* @node handed out an empty list, which is an empty read if the truth has live instances. */
void sim_metrics_empty_list_read(SimMetrics *metrics, uint32_t node, DistroService service);
uint64_t sim_metrics_empty_reads(const SimMetrics *metrics);
/* From kill() or crash until the last node dropped it, in microseconds: detection times. */
void sim_metrics_detected(SimMetrics *metrics, int64_t took_us);
const GArray *sim_metrics_detections(const SimMetrics *metrics); /* int64_t */
