/* sim/base/choice.h -- a run as the list of its choices.
 *
 * At a point where a run may go on in several ways a choice is taken, and what was chosen is
 * named. Points are numbered in the order in which the run meets them. The answer comes
 * from one of three sources:
 *
 *      SIM_CHOICES_SEED     a stream of chance, as without choices at all
 *      SIM_CHOICES_LIST     what was planned for this number; 0 where nothing was
 *      SIM_CHOICES_SEARCH   a function that somebody gave
 *
 * Whatever the source, all choices taken are kept, so that a run of one kind can be made again as
 * one of another. A world without choices (NULL) never comes here. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/prng.h"

typedef enum SimChoiceSource {
    SIM_CHOICES_SEED,
    SIM_CHOICES_LIST,
    SIM_CHOICES_SEARCH,
} SimChoiceSource;

typedef struct SimChoice {
    uint64_t index;   /* the number of its point in the run, from 0 */
    const char *kind; /* interned: "one_of", ... */
    uint64_t chosen;  /* below .of */
    uint64_t of;
    char *subject; /* what was chosen, a few words without line breaks */
    unsigned line; /* of the file that a planned one was read from; 0: none */
} SimChoice;

typedef struct SimChoices SimChoices;

/* Answers the choice at the point @index, below @of. */
typedef uint64_t (*SimChoicePicker)(void *data, uint64_t index, uint64_t of);

SimChoices *sim_choices_new(SimChoiceSource source);
void sim_choices_free(SimChoices *choices);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimChoices, sim_choices_free)

/* Plans a choice of a list. The index must be above all planned before (asserted). Texts are
 * copied. */
void sim_choices_plan(SimChoices *choices, const SimChoice *choice);
/* Where the planned ones stand, for messages: a path. Copied. */
void sim_choices_set_origin(SimChoices *choices, const char *origin);
void sim_choices_set_picker(SimChoices *choices, SimChoicePicker pick, void *data);

/* The run begins again: nothing has been taken. */
void sim_choices_restart(SimChoices *choices);
/* The answer at this point, below @of (at least 1). @stream is what the source of a seed draws
 * from; it is drawn from whatever the source, so that what is drawn after it stays where it is. */
uint64_t sim_choices_take(SimChoices *choices, uint64_t of, SimPrng *stream);
/* Says what the choice just taken was: once per choice, before the next. @kind is interned. */
void sim_choices_name(SimChoices *choices, const char *kind, const char *subject);
/* False: no names are wanted, which sim_choices_name then does without. */
bool sim_choices_want_names(const SimChoices *choices);
void sim_choices_forgo_names(SimChoices *choices);

/* All taken so far, SimChoice. (transfer none) */
const GArray *sim_choices_taken(const SimChoices *choices);
/* Is there a planned choice that the run did not come to as planned? @ended: the run is over, so
 * that one it never came to does not fit either. */
bool sim_choices_misfit(const SimChoices *choices, bool ended);
/* Which and why, with its line: "a.choices:9: ..."; there is one. (transfer full) */
char *sim_choices_describe_misfit(const SimChoices *choices);
