/* sim/shrink/story.h -- a flat story and its text: what a record becomes when it is told again.
 *
 *      stage + steps (a wait, then a action) + one claim  -->  return scenario { ... }
 *
 * The text stands alone: no chance, no loops, no library, no data. Nodes are numbered anew when
 * some are gone, and clients are named as the run named them. */
#pragma once

#include "sim/actions/claim.h"

typedef struct SimStoryStep {
    const SimAction *action; /* borrowed */
    int64_t gap_us;          /* to wait before it */
    bool posts;              /* an operation whose end is not waited for */
} SimStoryStep;

typedef struct SimStory {
    const SimRecording *record; /* borrowed */
    const SimClaim *claim;      /* borrowed; NULL: a ready-made check or a budget */
    bool stand_in;              /* what the truth said stands in for the claim's own text */
    const char *check;          /* name of the ready-made check; NULL: none */
    const char *budget;         /* the entry of a budget; NULL: none */
    SimStage stage;
    GArray *steps; /* SimStoryStep; one of kind CLAIM if @claim stands in the story, or END last */
} SimStory;

SimStory *sim_story_copy(const SimStory *story);
void sim_story_free(SimStory *story);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimStory, sim_story_free)

/* The scenario without its first comment. @lines (nullable): how many stand between `story =` and
 * its `end`. (transfer full) */
char *sim_story_text(const SimStory *story, unsigned *lines);
/* Would this step be written? Not if all whom it concerns are gone. */
bool sim_story_lives(const SimStory *story, const SimStoryStep *step);
