/* sim/shrink/internal.h -- what the shrinker's files share.
 *
 *      shrink.c       from a run to a flat story that fails, and on to a smaller one
 *      way.c          the way a run fails, and whether another fails the same way
 *      cut.c          what may be cut from a story */
#pragma once

#include "sim/shrink/shrink.h"
#include "sim/shrink/story.h"

#define SECOND_US INT64_C(1000000)

typedef struct Way {
    char *check;
    SimVerdict verdict;
    bool node, client, service; /* kinds of the violation's subject */
    unsigned truth;             /* of a claim; 0 for a check */
    char *states;               /* likewise, or NULL */
    unsigned active_faults;     /* SimActiveFaultSet */
    int64_t at_us, end_us;
    char *message;
    char *figure; /* of a budget, or NULL */
    bool late;    /* not at the instant at which the claim began */
} Way;

/* Index of the violation that the verdict is about; -1 if there is none. */
int shrink_deciding(const SimResult *result);
/* The claim that this violation is about; NULL: a ready-made check or a budget. */
const SimClaim *shrink_claim_of(const SimRecording *record, const SimViolation *violation);
/* What went wrong in a red run (@way, to be cleared); false if it is not red. */
bool shrink_read_way(const SimResult *result, const SimRecording *record, Way *way);
/* Is @a as @b, with no active fault that @b has not? */
bool shrink_same_way(const Way *a, const Way *b, bool stand_in);
void shrink_way_clear(Way *way);

typedef struct Shrink {
    const SimScenario *scenario;
    const SimShrinkOptions *options;
    const SimRecording *record;
    Way way;               /* to be kept */
    const SimClaim *claim; /* that failed; NULL: a ready-made check or a budget */
    SimStory *best;        /* (nullable) the smallest that fails that way */
    Way best_way;          /* of that one's run */
    uint32_t subject;      /* client that the failure is about, or UINT32_MAX */
    int64_t began_us;      /* wall clock */
    uint64_t seed;
    unsigned tried;
    bool stopped;
    GHashTable *seen;  /* texts tried; look up only */
    GPtrArray *edited; /* SimAction: copies that stories refer to */
    SimAction *claim_action, *end_action;
} Shrink;

SimStoryStep *shrink_step(const SimStory *story, guint index);
/* Is @story (taken) one that fails the same way? Then it is the best from now on. */
bool shrink_attempt(Shrink *shrink, SimStory *story);

/* Steps that would not be written any more are dropped. (transfer full) */
SimStory *shrink_purged(SimStory *story);
/* Does the truth name an instance and a node that say what the claim says? */
bool shrink_can_stand_in(const SimClaim *claim);
/* Tries every cut; was there one that may stay? */
bool shrink_round(Shrink *shrink);
