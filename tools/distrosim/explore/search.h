/* tools/distrosim/explore/search.h -- every order there is, each once.
 *
 *      trial 1   --o--o--o--|--o--o--|--o--...      the first way at each choice; | quiet instants
 *                     '--o--|  trial 2: another way at the third; ends where the state is known
 *                        '..   and so on: a trial is the list of what it does otherwise
 *
 * Within an instant sleep sets leave out orders of steps that concern different parties; at quiet
 * instants states that are known end a trial. Trials with fewer faults come first, so the first
 * counterexample has the fewest. Trials are made in waves: those of one wave know what the waves
 * before have seen, and are then gone through in order, so the number of threads has no say. */
#pragma once

#include "tools/distrosim/run/runner.h"

typedef struct Search {
    const Runner *base; /* scenario, request, seed, kinds; .until_us is the horizon */
    unsigned faults;
    unsigned jobs;
    int64_t within_us; /* wall clock; INT64_MAX: no end */
    bool naive;        /* no sleep sets: for tests */
    bool endless;      /* known states end nothing: for tests */
    /* On the caller's thread, now and then; nullable. */
    void (*tick)(void *data, const struct Search *search);
    void *tick_data;
    /* what came out: */
    bool complete;
    bool interrupted;
    uint64_t states, runs, transitions, depth, excused, waiting;
    unsigned level;         /* faults of the trials in hand */
    bool vacuous;           /* no trial to the story's end met all of must_see */
    SimResult *failure;     /* (nullable) of the counterexample, or of a wrong scenario */
    const char *undigested; /* (nullable) what of the world has no digest: nothing was searched */
    bool usage;
    unsigned failure_faults;
    int64_t failure_us;
    char *failure_check;
    SimVerdict failure_verdict;
    GArray *path;        /* Deviation: of the counterexample */
    GHashTable *known;   /* uint64_t -> int64_t: quiet states, and until when they were excused */
    GHashTable *flights; /* uint64_t -> KnownFlight: states with packets in flight */
} Search;

typedef struct Deviation {
    uint32_t index; /* of the choice */
    uint32_t chosen;
} Deviation;

void search_run(Search *search);
void search_clear(Search *search);
/* The counterexample once more, with names: the text of a file of choices, and its result
 * (transfer full). */
char *search_choices(const Search *search, bool record, SimResult **result);
