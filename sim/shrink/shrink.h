/* sim/shrink/shrink.h -- delta debugging: the smallest story that still fails the same way.
 *
 *      scenario + seed --recorded run--> actions, claim, way of failing
 *             |                                    |
 *             '--> flat story --> cut, run, keep if it fails that way --> ... --> text
 *
 * "The same way" is the same check, the same verdict, the same kinds of subject (a node, a client,
 * a service), the same thing wrong in the truth at that moment, and those whom the claim names
 * in the same state. One candidate is one run; candidates follow each other in an order that
 * depends on nothing but the scenario, seed and settings, so the result does too, unless time runs
 * out. */
#pragma once

#include "sim/run/run.h"

typedef enum SimShrinkOutcome {
    SIM_SHRINK_DONE,       /* .text fails the same way */
    SIM_SHRINK_HOLDS,      /* the run holds, or proved nothing: there is nothing to shrink */
    SIM_SHRINK_WRONG,      /* the scenario or its settings are wrong: .reason says where */
    SIM_SHRINK_IMPOSSIBLE, /* .reason says what of the claim a flat story cannot have */
    SIM_SHRINK_STOPPED,    /* asked to stop before anything was found */
} SimShrinkOutcome;

typedef struct SimShrinkOptions {
    uint64_t seed;
    const SimSetting *settings;
    size_t n_settings;
    const char *profile;
    int64_t within_us; /* of the wall clock; what was found until then is the result */
    /* Between and during candidates: how many were tried and how many actions are left. True: go
     * on. */
    bool (*progress)(void *data, unsigned tried, unsigned actions);
    void *progress_data;
} SimShrinkOptions;

typedef struct SimShrinkResult {
    SimShrinkOutcome outcome;
    char *reason;           /* a sentence, or "" */
    bool usage;             /* WRONG: it is the settings */
    char *text;             /* of the scenario, its comment included; NULL unless DONE */
    char *check, *message;  /* what fails, in the result */
    uint64_t seed;          /* with which .text fails */
    bool seeds_counted;     /* there was time to try the seeds 1 to 10 */
    unsigned seeds_failing; /* of the seeds 1 to 10 */
    int exit_status;        /* that a run of .text ends with */
    unsigned tried;         /* candidates */
    unsigned actions_before, actions, lines; /* lines of the story */
    bool finished; /* nothing more could be cut; else time ran out or somebody asked */
    double wall_s;
} SimShrinkResult;

SimShrinkResult *sim_shrink(const SimScenario *scenario, const SimShrinkOptions *options);
void sim_shrink_result_free(SimShrinkResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimShrinkResult, sim_shrink_result_free)
