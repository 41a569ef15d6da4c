/* sim/raft/planted.h -- mistakes that a test build puts into the raft_io, the state machine and the
 * writes, to see that the checks turn red (tests/raft/).
 *
 * SIM_RAFT_PLANTED(NAME) is the constant false unless a file is compiled with -DRAFT_PLANTED=NAME.
 */
#pragma once

#include <stdbool.h>

#ifndef RAFT_PLANTED
#define SIM_RAFT_PLANTED(name) false
#else
#define SIM_RAFT_PLANTED(name) (SIM_RAFT_PLANTED_##name == SIM_RAFT_PLANTED_PASTE(RAFT_PLANTED))
#define SIM_RAFT_PLANTED_PASTE(name) SIM_RAFT_PLANTED_JOIN(name)
#define SIM_RAFT_PLANTED_JOIN(name) SIM_RAFT_PLANTED_##name

enum {
    SIM_RAFT_PLANTED_VOTE_BEFORE_SYNC,    /* a vote leaves before it is synced */
    SIM_RAFT_PLANTED_ANSWER_BEFORE_SYNC,  /* entries are acknowledged before they are */
    SIM_RAFT_PLANTED_BATCH_REPEATS_FIRST, /* of several entries the first is written again */
    SIM_RAFT_PLANTED_SNAPSHOT_LOSES_LAST, /* the last service is not in a snapshot */
    SIM_RAFT_PLANTED_DONE_BEFORE_COMMIT,  /* a writer is told at once that all is well */
};
#endif
