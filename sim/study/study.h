/* sim/study/study.h -- a world together with those who watch it: truth, checks, figures, a record.
 *
 *      world --news--> truth --news--> checks, metrics
 *        '------------news-------------^      '--news--> record
 *
 * This is the place that names servers, clients, bridges and observers at once; nothing below it
 * does. */
#pragma once

#include "sim/actions/record.h"
#include "sim/check/check.h"
#include "sim/metrics/metrics.h"
#include "sim/truth/truth.h"
#include "sim/world/world.h"

/* On SimWorld.study, and as old as the world. */
typedef struct SimStudy {
    SimTruth *truth;
    SimChecks *checks;
    SimMetrics *metrics;
    SimRecording *record; /* (nullable) borrowed: what the run does is written there */
} SimStudy;

/* A world at rest, with servers, its bridges and all its observers. @spec is taken. @trace: keep a
 * full trace. sim_world_free frees it all but @record (nullable), which must outlive the world. */
SimWorld *sim_study_new(SimWorldSpec *spec, uint64_t seed, bool trace, SimRecording *record);
/* As sim_world_boot; then the story begins. */
void sim_study_boot(SimWorld *world, GPtrArray *not_loaded);
/* Of that the last part: bridges start, and figures count from zero. */
void sim_study_begin(SimWorld *world);
/* Asserts that counters, lists and indexes of all nodes, the network, the queue and the truth agree
 * with what they hold (paranoid.c). Changes nothing; costs a walk over everything. */
void sim_study_check(const SimWorld *world);
