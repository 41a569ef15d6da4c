/* sim/explore/explore.h -- a world whose every order is a choice.
 *
 *      events due now        one after the other, as always
 *      packets in flight     a choice: which stream is served next, or a fault     ("in flight")
 *      none in flight        a choice: time goes on, or a fault ends or begins     (a quiet
 *      instant)
 *
 * Packets take no time here (network/pool.h); between two quiet instants all happens at one virtual
 * instant. Who takes the choices (base/choice.h) may look at the options of the point in hand, to
 * leave out orders that make no difference, and is asked at each quiet instant whether the state of
 * the world is worth going on from. */
#pragma once

#include "sim/base/choice.h"
#include "sim/world/world.h"

/* Kinds of faults: a set of bits. */
typedef enum SimFaultKind {
    SIM_FAULT_LOSE = 1,     /* a connection breaks, with what is on it */
    SIM_FAULT_HOLD = 2,     /* a connection is held in one direction from a message on */
    SIM_FAULT_CUT = 4,      /* two nodes do not hear each other */
    SIM_FAULT_CRASH = 8,    /* a node's process ends */
    SIM_FAULT_MESSAGE = 16, /* a single message is held, which no connection does */
} SimFaultKind;
/* "lose,hold" and back; false and the word at fault if there is no such kind. */
bool sim_fault_kinds_parse(const char *text, unsigned *kinds, char **wrong);
char *sim_fault_kinds_text(unsigned kinds); /* (transfer full) */

typedef enum SimOptionKind {
    SIM_OPTION_GO_ON, /* time moves */
    SIM_OPTION_DELIVER,
    SIM_OPTION_SWAP, /* the second of a stream is served before the first */
    SIM_OPTION_LOSE,
    SIM_OPTION_HOLD,
    SIM_OPTION_HOLD_MESSAGE,
    SIM_OPTION_CRASH,
    SIM_OPTION_CUT,
    SIM_OPTION_RELEASE,
    SIM_OPTION_HEAL,
    SIM_OPTION_RESTART,
    SIM_N_OPTION_KINDS,
} SimOptionKind;

typedef struct SimOption {
    SimOptionKind kind;
    bool fault;          /* it costs one of the faults that may be spent */
    uint64_t id;         /* the same in every order */
    SimEndpoint handler; /* whom alone it concerns; SIM_NO_ENDPOINT: more than one */
    uint64_t name;       /* of the packet, the stream, ... */
    uint32_t a, b;       /* nodes; of an end of a fault: its place among the active ones */
} SimOption;

typedef struct SimExplorer SimExplorer;

/* @kinds: of faults. @choices (transfer none) must outlive it. */
SimExplorer *sim_explorer_new(unsigned kinds, SimChoices *choices);
void sim_explorer_free(SimExplorer *explorer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimExplorer, sim_explorer_free)

/* Asked at each quiet instant after which something may differ. False: the run ends here. */
typedef bool (*SimExplorerQuiet)(void *data, const SimExplorer *explorer);
void sim_explorer_set_quiet(SimExplorer *explorer, SimExplorerQuiet quiet, void *data);

/* From now on @world is explored: it stands at 0, and is booted. @story: what the story's place
 * comes to. */
void sim_explorer_begin(SimExplorer *explorer, SimWorld *world, uint64_t (*story)(void *data),
                        void *data);
/* Instead of sim_world_step. */
bool sim_explorer_step(SimExplorer *explorer, int64_t until_us);

/* NULL, or what of the world its digest does not tell, as words. (transfer none) */
const char *sim_explorer_undigested(const SimExplorer *explorer);
/* At a quiet instant: what stands for all of the world, the story's place included. */
uint64_t sim_explorer_digest(const SimExplorer *explorer);
/* The run ends after the choice in hand. */
void sim_explorer_stop(SimExplorer *explorer);
bool sim_explorer_gave_up(const SimExplorer *explorer); /* the run has ended so */

/* The options of the choice that is being taken; NULL if it is not the explorer's but the story's.
 */
const SimOption *sim_explorer_options(const SimExplorer *explorer, size_t *count);
/* Is the choice being taken one among packets in flight? Else time may go on. */
bool sim_explorer_in_flight(const SimExplorer *explorer);
/* Until when what goes wrong is put down to the faults so far: 15 s after the last of them ended,
 * INT64_MAX while one lasts. */
int64_t sim_explorer_excused_until(const SimExplorer *explorer);
/* Was a fault going on at @at_us, or had one ended less than 15 s before? */
bool sim_explorer_excuses(const SimExplorer *explorer, int64_t at_us);

/* What the whole world comes to, the story apart. */
uint64_t sim_world_digest(const SimWorld *world);
/* NULL, or what of @world is not in its digest, as a sentence. (transfer none) */
const char *sim_world_undigested(const SimWorld *world);
