/* sim/metrics/metrics.c -- the timeline, the faults' lives, and counters that are kept nowhere
 * else. */
#include "sim/metrics/metrics.h"

#include <string.h>

#include "sim/metrics/consumers.h"
#include "sim/network/flow.h"

#define SAMPLE_EVERY_US 250000

typedef struct Region {
    SimCallFigures calls;
    GArray *zombie_ages; /* int64_t */
    int64_t last_zombie_us;
} Region;

struct SimMetrics {
    SimWorld *world;
    SimTruth *truth;
    GArray *samples;    /* SimSample */
    GArray *owned;      /* uint32_t: SIM_MOST_SAMPLED_NODES for each sample */
    GArray *faults;     /* SimFault */
    GPtrArray *keys;    /* char *, parallel to faults */
    guint first_open;   /* faults before it have ended */
    GArray *detections; /* int64_t */
    uint32_t peak_pending;
    uint64_t unavailable_writes, empty_reads;
    SimConsumers *consumers;
    bool muted;
    GArray *regions;        /* Region by site */
    GArray *region_samples; /* SimRegionSample */
};

static void on_sample(void *metrics, uint64_t payload);

SimMetrics *sim_metrics_new(SimWorld *world, SimTruth *truth)
{
    SimMetrics *metrics = g_new0(SimMetrics, 1);

    metrics->world = world;
    metrics->truth = truth;
    metrics->samples = g_array_new(false, false, sizeof(SimSample));
    metrics->owned = g_array_new(false, true, sizeof(uint32_t));
    metrics->faults = g_array_new(false, false, sizeof(SimFault));
    metrics->keys = g_ptr_array_new_with_free_func(g_free);
    metrics->detections = g_array_new(false, false, sizeof(int64_t));
    metrics->consumers = sim_consumers_new(world, truth);
    metrics->regions = g_array_new(false, false, sizeof(Region));
    metrics->region_samples = g_array_new(false, false, sizeof(SimRegionSample));
    sim_world_handle(world, SIM_EVENT_METRICS, on_sample, metrics);
    return metrics;
}

void sim_metrics_free(SimMetrics *metrics)
{
    if (metrics == NULL) {
        return;
    }
    for (guint i = 0; i < metrics->faults->len; i++) {
        g_free(g_array_index(metrics->faults, SimFault, i).label);
    }
    g_array_free(metrics->samples, true);
    g_array_free(metrics->owned, true);
    g_array_free(metrics->faults, true);
    g_ptr_array_free(metrics->keys, true);
    g_array_free(metrics->detections, true);
    sim_consumers_free(metrics->consumers);
    for (guint i = 0; i < metrics->regions->len; i++) {
        g_array_free(g_array_index(metrics->regions, Region, i).zombie_ages, true);
    }
    g_array_free(metrics->regions, true);
    g_array_free(metrics->region_samples, true);
    g_free(metrics);
}

/* --- the timeline --------------------------------------------------------------------------- */

static void count_nodes(const SimWorld *world, SimSample *sample, uint32_t *owned)
{
    for (guint i = 0; i < world->nodes->len; i++) {
        const SimNode *node = g_ptr_array_index(world->nodes, i);
        if (!node->alive) {
            continue;
        }
        sample->live_nodes++;
        if (node->core != NULL) {
            const DistroNodeState state = distro_node_state(node->core);
            sample->pending += state.pending;
            if (i < SIM_MOST_SAMPLED_NODES) {
                owned[i] = state.owned;
            }
        }
    }
}

static uint64_t bytes_out(const SimWorld *world, uint32_t site)
{
    uint64_t bytes = 0;

    for (uint32_t to = 0; to < world->sites->len; to++) {
        if (to != site) {
            bytes += sim_flow_bytes(sim_network_flow(world->network, site, to));
        }
    }
    return bytes;
}

static void sample_regions(SimMetrics *metrics)
{
    const SimWorld *world = metrics->world;

    for (uint32_t site = 0;
         world->sites != NULL && world->sites->len > 1 && site < world->sites->len; site++) {
        SimRegionSample sample = { .bytes_out = bytes_out(world, site) };
        for (guint i = 0; i < world->nodes->len; i++) {
            if (((const SimNode *)g_ptr_array_index(world->nodes, i))->site != site) {
                continue;
            }
            sample.lost += sim_truth_lost_at(metrics->truth, i);
            sample.zombies += sim_truth_zombies_at(metrics->truth, i);
        }
        g_array_append_val(metrics->region_samples, sample);
    }
}

static void take_sample(SimMetrics *metrics)
{
    SimWorld *world = metrics->world;
    const SimTrafficTotals *totals = sim_network_totals(world->network);
    SimSample sample = { .at_us = world->now_us,
                         .views = sim_truth_distinct_views(metrics->truth),
                         .lost = sim_truth_lost_now(metrics->truth),
                         .zombies = sim_truth_zombies_now(metrics->truth),
                         .messages = totals->messages,
                         .bytes_wan = totals->bytes_wan,
                         .lost_listed = sim_truth_lost_listed_now(metrics->truth),
                         .stale = sim_truth_stale_now(metrics->truth) };
    uint32_t owned[SIM_MOST_SAMPLED_NODES] = { 0 };

    count_nodes(world, &sample, owned);
    if (world->nodes->len <= SIM_MOST_SAMPLED_NODES) {
        g_array_append_vals(metrics->owned, owned, SIM_MOST_SAMPLED_NODES);
    }
    metrics->peak_pending = MAX(metrics->peak_pending, sample.pending);
    g_array_append_val(metrics->samples, sample);
    sample_regions(metrics);
}

const SimRegionSample *sim_metrics_region_samples(const SimMetrics *metrics, size_t *count)
{
    *count = metrics->region_samples->len;
    return (const SimRegionSample *)(void *)metrics->region_samples->data;
}

static void sample_and_go_on(SimMetrics *metrics)
{
    take_sample(metrics);
    sim_event_queue_push(metrics->world->queue, metrics->world->now_us + SAMPLE_EVERY_US,
                         sim_event_word(SIM_EVENT_METRICS, 0));
}

void sim_metrics_mute(SimMetrics *metrics)
{
    metrics->muted = true;
}

void sim_metrics_start(SimMetrics *metrics)
{
    sim_consumers_reset(metrics->consumers);
    sample_and_go_on(metrics);
}

static void on_sample(void *data, uint64_t payload)
{
    SimMetrics *metrics = data;
    (void)payload; /* samples are the only events there are */
    if (!metrics->muted) {
        sample_and_go_on(metrics);
    }
}

const SimSample *sim_metrics_samples(const SimMetrics *metrics, size_t *count)
{
    *count = metrics->samples->len;
    return (const SimSample *)(void *)metrics->samples->data;
}

const uint32_t *sim_metrics_owned(const SimMetrics *metrics, size_t *count)
{
    const bool all = metrics->owned->len == metrics->samples->len * SIM_MOST_SAMPLED_NODES;
    *count = all ? metrics->owned->len : 0;
    return (const uint32_t *)(void *)metrics->owned->data;
}

uint32_t sim_metrics_peak_pending(const SimMetrics *metrics)
{
    return metrics->peak_pending;
}

/* --- faults --------------------------------------------------------------------------------- */

void sim_metrics_fault_begins(SimMetrics *metrics, const char *key, char *label)
{
    SimFault fault = { metrics->world->now_us, INT64_MAX, label };

    g_array_append_val(metrics->faults, fault);
    g_ptr_array_add(metrics->keys, g_strdup(key));
}

static bool is_meant(const char *key, const char *wanted)
{
    if (wanted != NULL) {
        return strcmp(key, wanted) == 0;
    }
    return g_str_has_prefix(key, "net ");
}

void sim_metrics_fault_ends(SimMetrics *metrics, const char *key)
{
    for (guint i = metrics->first_open; i < metrics->faults->len; i++) {
        SimFault *fault = &g_array_index(metrics->faults, SimFault, i);
        if (fault->to_us == INT64_MAX && is_meant(g_ptr_array_index(metrics->keys, i), key)) {
            fault->to_us = metrics->world->now_us;
        }
    }
    while (metrics->first_open < metrics->faults->len &&
           g_array_index(metrics->faults, SimFault, metrics->first_open).to_us != INT64_MAX) {
        metrics->first_open++;
    }
}

const SimFault *sim_metrics_faults(const SimMetrics *metrics, size_t *count)
{
    *count = metrics->faults->len;
    return (const SimFault *)(void *)metrics->faults->data;
}

/* --- counters ------------------------------------------------------------------------------- */

void sim_metrics_unavailable_write(SimMetrics *metrics)
{
    metrics->unavailable_writes++;
}

uint64_t sim_metrics_unavailable_writes(const SimMetrics *metrics)
{
    return metrics->unavailable_writes;
}

void sim_metrics_empty_list_read(SimMetrics *metrics, uint32_t node, DistroService service)
{
    const uint32_t cluster = sim_world_node(metrics->world, node)->cluster;
    g_autoptr(GArray) live = g_array_new(false, false, sizeof(SimInstance));
    metrics->empty_reads += sim_truth_live(metrics->truth, cluster, service, live) > 0;
}

uint64_t sim_metrics_empty_reads(const SimMetrics *metrics)
{
    return metrics->empty_reads;
}

void sim_metrics_detected(SimMetrics *metrics, int64_t took_us)
{
    g_array_append_val(metrics->detections, took_us);
}

const GArray *sim_metrics_detections(const SimMetrics *metrics)
{
    return metrics->detections;
}

/* --- by site --------------------------------------------------------------------------------- */

static Region *region_at(const SimMetrics *metrics, uint32_t site)
{
    while (metrics->regions->len <= site) {
        const Region made = { .zombie_ages = g_array_new(false, false, sizeof(int64_t)),
                              .last_zombie_us = -1 };
        g_array_append_val(metrics->regions, made);
    }
    return &g_array_index(metrics->regions, Region, site);
}

SimConsumers *sim_metrics_consumers(const SimMetrics *metrics)
{
    return metrics->consumers;
}

void sim_metrics_called(SimMetrics *metrics, uint32_t site, bool write, bool ok)
{
    SimCallFigures *calls = &region_at(metrics, site)->calls;

    *(write ? &calls->writes : &calls->reads) += 1;
    *(write ? &calls->writes_failed : &calls->reads_failed) += !ok;
}

SimCallFigures sim_metrics_calls(const SimMetrics *metrics, uint32_t site)
{
    return region_at(metrics, site)->calls;
}

void sim_metrics_zombie_ended_at(SimMetrics *metrics, uint32_t node, int64_t age_us)
{
    Region *region = region_at(metrics, sim_world_node(metrics->world, node)->site);

    g_array_append_val(region->zombie_ages, age_us);
    region->last_zombie_us = metrics->world->now_us;
}

const GArray *sim_metrics_zombie_ages(const SimMetrics *metrics, uint32_t site)
{
    return region_at(metrics, site)->zombie_ages;
}

int64_t sim_metrics_last_zombie(const SimMetrics *metrics, uint32_t site)
{
    return region_at(metrics, site)->last_zombie_us;
}
