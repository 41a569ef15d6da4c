/* sim/study/study.c -- see study.h. */
#include "sim/study/study.h"

#include "sim/bridge/bridge.h"
#include "sim/client/client.h"
#include "sim/server/server.h"

enum {
    TRUTH,
    CHECKS,
    METRICS,
    RECORD,
    N_OBSERVERS
};

static void free_study(void *data)
{
    SimStudy *study = data;
    if (study->record != NULL) {
        study->record->world = NULL;
    }
    sim_checks_free(study->checks);
    sim_metrics_free(study->metrics);
    sim_truth_free(study->truth);
    g_free(study);
}

/* The truth is told first: checks and figures ask it. */
static void observe(SimWorld *world, const SimStudy *study)
{
    const SimTruthObserver of_truth[] = { sim_checks_truth_observer(study->checks),
                                          sim_metrics_truth_observer(study->metrics) };
    SimObserver of_world[N_OBSERVERS] = { [TRUTH] = sim_truth_observer(study->truth),
                                          [CHECKS] = sim_checks_observer(study->checks),
                                          [METRICS] = sim_metrics_observer(study->metrics) };
    if (study->record != NULL) {
        of_world[RECORD] = sim_record_observer(study->record, world);
    }
    sim_truth_observe(study->truth, of_truth, G_N_ELEMENTS(of_truth));
    sim_world_observe(world, of_world, N_OBSERVERS);
}

static void follow_bridges(const SimWorld *world, SimTruth *truth)
{
    for (guint i = 0; i < world->spec->bridges->len; i++) {
        const SimBridgeSpec *spec = world->spec->bridges->pdata[i];
        sim_truth_bridge(truth, (uint32_t)sim_world_find_cluster(world, spec->source),
                         (uint32_t)sim_world_find_cluster(world, spec->destination));
    }
}

SimWorld *sim_study_new(SimWorldSpec *spec, uint64_t seed, bool trace, SimRecording *record)
{
    SimWorld *world = sim_world_new(spec, seed, trace, &sim_server_side, &sim_client_side);
    SimStudy *study = g_new0(SimStudy, 1);
    world->study = study;
    sim_world_add_resident(world, (SimResident) { .data = study, .free = free_study });
    study->truth = sim_truth_new(world);
    study->metrics = sim_metrics_new(world, study->truth);
    study->checks = sim_checks_new(world, study->truth, sim_metrics_consumers(study->metrics));
    study->record = record;
    observe(world, study);
    sim_bridges_open(world);
    follow_bridges(world, study->truth);
    return world;
}

void sim_study_begin(SimWorld *world)
{
    const SimStudy *study = world->study;
    sim_bridges_start(world);
    sim_network_reset_totals(world->network);
    sim_truth_reset_figures(study->truth);
    sim_metrics_start(study->metrics);
    world->last_activity_us = 0;
}

void sim_study_boot(SimWorld *world, GPtrArray *not_loaded)
{
    sim_world_boot(world, not_loaded);
    sim_study_begin(world);
}
