/* sim/raft/group.h -- a Raft group in each cluster of a world: one voter per server.
 *
 *      world --boots, ends, resumes, members--> group.c --> voter.c     one per running process
 *      network --APPEND VOTE PREVOTE INSTALL--'   |
 *                                                 |--> safety.c, history.c   the checks
 *        write.c       a write, wherever it arrives: here, or at the leader as known
 *        persistent.c  what is replicated, as the server lists it
 *        health.c      does an instance answer?
 *
 * The world knows it as what runs beside the nodes (SimBeside). A run without it pays one
 * comparison where it would be told. Voters are numbered from 1 in the order of a cluster's nodes;
 * who joins gets the next number, and asks to be added; who is in no member list of the leader's is
 * removed by it (JRaftServer#registerSelfToCluster, #peerChange).
 *
 * The voter starts when the server answers (distrosim.startTime), with what is on its disk, and
 * reads the world's clock: drift is left out. Its calls have connections of their own. */
#pragma once

#include "sim/raft/disk.h"
#include "sim/raft/machine.h"
#include "sim/raft/voter.h"
#include "sim/world/world.h"

/* Gives every node of @world, present and future, a voter. Before the first boot. */
void sim_raft_attach(SimWorld *world);

typedef struct SimRaftStatus {
    SimRaftRole role;
    uint64_t term, commit, applied;
    const SimNode *leader; /* as this voter knows; NULL: none */
} SimRaftStatus;
/* False: it is down, or the world has no Raft. */
bool sim_raft_status(const SimNode *node, SimRaftStatus *status);

/* The node's disk is like that for @for_us, then as at the beginning. */
void sim_raft_set_disk(SimNode *node, const SimRaftDiskFaults *faults, int64_t for_us);
/* At its next boot the node finds an empty disk. Its first entry is the group as its configuration
 * names it: the members of the beginning, or, if those have changed, nothing until a leader tells.
 */
void sim_raft_wipe(SimNode *node);

typedef enum SimRaftWritten {
    SIM_RAFT_WRITE_DONE,
    SIM_RAFT_WRITE_NO_LEADER, /* certainly not done: none is known, or who was asked is none */
    SIM_RAFT_WRITE_TIMEOUT,   /* not known, as with the next */
    SIM_RAFT_WRITE_FAILED,
} SimRaftWritten;
typedef void (*SimRaftWriteDone)(void *data, SimRaftWritten outcome);
/* Replicates @command from @node, which runs: here if it leads, else at the leader that it knew
 * last. @done is called once and later, within 10 s, or when the process ends; @drop (nullable)
 * frees @data instead if the world ends before that. */
void sim_raft_write(SimNode *node, SimRaftCommand command, SimRaftWriteDone done, void *data,
                    GDestroyNotify drop);

/* What @node has applied; NULL if it is down or the world has no Raft. */
const SimRaftMachine *sim_raft_machine(const SimNode *node);
