/* sim/raft/safety.h -- what Raft promises, watched as it happens.
 *
 *   election safety        one leader at most in a term
 *   log matching           entries of equal index and term are equal, and so is all before them
 *   leader completeness    a leader has every entry that was committed in a former term
 *   state machine safety   no two servers apply different entries at one index
 *
 * Each costs one look-up per event, whatever the length of the logs: that entries of equal index
 * and term have equal predecessors holds by induction if each entry's predecessor's term is that of
 * the entry seen first; and a leader that has the last committed entry has, by log matching, all
 * before it.
 *
 * One group, any number of servers, numbered from 1. */
#pragma once

#include "sim/raft/voter.h"

typedef enum SimRaftProperty {
    SIM_RAFT_ELECTION_SAFETY,
    SIM_RAFT_LOG_MATCHING,
    SIM_RAFT_LEADER_COMPLETENESS,
    SIM_RAFT_STATE_MACHINE_SAFETY,
    SIM_RAFT_N_PROPERTIES,
} SimRaftProperty;
/* "election safety", ... */
const char *sim_raft_property_name(SimRaftProperty property);

typedef struct SimRaftBreach {
    SimRaftProperty property;
    uint64_t server, other; /* who broke it, against whom (0: against what was committed) */
    uint64_t term, index;
} SimRaftBreach;

typedef struct SimRaftSafety SimRaftSafety;

/* @breach is called for every breach, as it happens. */
SimRaftSafety *sim_raft_safety_new(void (*breach)(void *data, const SimRaftBreach *breach),
                                   void *data);
void sim_raft_safety_free(SimRaftSafety *safety);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimRaftSafety, sim_raft_safety_free)

/* @server starts with what is on its disk. */
void sim_raft_safety_started(SimRaftSafety *safety, uint64_t server, const SimRaftStored *stored);
void sim_raft_safety_event(SimRaftSafety *safety, uint64_t server, const SimRaftEvent *event);
void sim_raft_safety_applied(SimRaftSafety *safety, uint64_t server, uint64_t index, uint64_t term,
                             GBytes *command);
