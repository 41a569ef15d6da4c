/* sim/raft/guards.c -- what libraft 0.15 gets wrong, and how its raft_io makes it good.
 *
 * Each was found by reading libraft or by chaos (tests/unit/test_raft.c); take one away, and a
 * check of safety, agreement or memory turns red there.
 *
 * 1. A follower answers how long its log is, not how far it is the leader's: entries of a former
 *    leader, on which the present one has said nothing, count as if they were its own. The paper
 *    has prevLogIndex + entries. Here an answer ends where the leader's entries in this term do.
 * 2. A leader commits an entry of a former term as soon as a majority has it (the paper's figure
 *    8), and writes none of its own to begin with. Here it writes a barrier at once (JRaft: its
 *    configuration), and answers wait until that is synced: what is committed from then on is of
 *    its term, since libraft only ever commits up to the last entry that it has synced itself.
 * 3. A configuration that is truncated stays in force if the server has been restarted since it
 *    was written, and stops the process by an assertion if the entry of the former one has gone
 *    into a snapshot. Here such a server starts again from its disk, truncated.
 * 4. Entries that have gone into a snapshot are taken for missing, and appended once more after the
 *    last. Here they are left out of a request before it is seen.
 * 5. A call that fails before a follower has ever answered makes a leader begin with the first
 *    entry of all. Here it is not told of such a failure: the next rejection says where to begin.
 * What else there is stands where it is met: failed writes, memory and leaks in io.c, what is left
 * unset in message.c. README.md has the list. */
#include "sim/raft/internal.h"

#include <string.h>

/* --- the log, as libraft holds it --------------------------------------------------------- */

const struct raft_entry *sim_raft_find_entry(const SimRaftVoter *voter, uint64_t index)
{
    const struct raft_log *log = &voter->raft.log;
    const size_t count =
        log->front <= log->back ? log->back - log->front : log->size - log->front + log->back;
    if (index <= log->offset || index > log->offset + count) {
        return NULL;
    }
    return &log->entries[(log->front + (index - 1 - log->offset)) % log->size];
}

/* 0: there is no such entry. */
static uint64_t term_of(const SimRaftVoter *voter, uint64_t index)
{
    const struct raft_entry *entry = sim_raft_find_entry(voter, index);
    if (entry != NULL) {
        return entry->term;
    }
    return index == voter->raft.log.snapshot.last_index ? voter->raft.log.snapshot.last_term : 0;
}

/* --- 1: how far the log is the leader's --------------------------------------------------- */

static void note_verified(SimRaftVoter *voter, uint64_t term, uint64_t index)
{
    if (voter->verified_term != term) {
        voter->verified_term = term;
        voter->verified_index = 0;
    }
    voter->verified_index = MAX(voter->verified_index, index);
}

static void note_append(SimRaftVoter *voter, const struct raft_append_entries *append)
{
    if (append->term >= voter->raft.current_term &&
        (append->prev_log_index == 0 ||
         term_of(voter, append->prev_log_index) == append->prev_log_term)) {
        note_verified(voter, append->term, append->prev_log_index + append->n_entries);
    }
}

void sim_raft_guard_result(SimRaftVoter *voter, struct raft_message *result)
{
    if (result->type != RAFT_IO_APPEND_ENTRIES_RESULT ||
        result->append_entries_result.rejected != 0) {
        return;
    }
    const uint64_t verified =
        voter->verified_term == result->append_entries_result.term ? voter->verified_index : 0;
    raft_index *last = &result->append_entries_result.last_log_index;
    *last = MIN(*last, verified);
}

/* --- 4: entries that have gone into a snapshot --------------------------------------------- */

static void drop_entries(struct raft_append_entries *append, unsigned count)
{
    if (count < append->n_entries) {
        append->n_entries -= count;
        memmove(append->entries, append->entries + count,
                append->n_entries * sizeof *append->entries);
    } else if (append->n_entries > 0) {
        raft_free(append->entries[0].batch);
        raft_free(append->entries);
        append->entries = NULL;
        append->n_entries = 0;
    }
}

/* What a snapshot holds has been committed, so a leader of this or a later term has it, too. */
static void skip_snapshot(SimRaftVoter *voter, struct raft_append_entries *append)
{
    const struct raft_log *log = &voter->raft.log;
    if (append->term < voter->raft.current_term || append->prev_log_index >= log->offset) {
        return;
    }
    drop_entries(append, (unsigned)MIN(log->snapshot.last_index - append->prev_log_index,
                                       append->n_entries));
    append->prev_log_index = log->snapshot.last_index;
    append->prev_log_term = log->snapshot.last_term;
}

/* --- 5: failures before the first answer --------------------------------------------------- */

int sim_raft_guard_failure(const SimRaftVoter *voter, const Sent *sent)
{
    const struct raft *raft = &voter->raft;
    if (sent->kind != SIM_RAFT_CALL_APPEND || raft->state != RAFT_LEADER) {
        return RAFT_NOCONNECTION;
    }
    for (unsigned i = 0; i < raft->configuration.n; i++) {
        if (raft->configuration.servers[i].id == sent->to &&
            raft->leader_state.progress[i].match_index == 0) {
            return 0;
        }
    }
    return RAFT_NOCONNECTION;
}

/* --- requests ----------------------------------------------------------------------------- */

/* A pre-vote is refused while the leader's lease is valid, for an election time-out since it was
 * heard of (NodeImpl#handlePreVoteRequest); libraft refuses until this voter stands itself. */
static void forget_expired_leader(SimRaftVoter *voter)
{
    struct raft *raft = &voter->raft;
    if (raft->state == RAFT_FOLLOWER && raft->follower_state.current_leader.id != 0 &&
        sim_raft_io_now_ms(voter) - raft->election_timer_start >= raft->election_timeout) {
        raft->follower_state.current_leader.id = 0;
    }
}

void sim_raft_guard_request(SimRaftVoter *voter, struct raft_message *message)
{
    switch (message->type) {
    case RAFT_IO_APPEND_ENTRIES:
        skip_snapshot(voter, &message->append_entries);
        note_append(voter, &message->append_entries);
        break;
    case RAFT_IO_INSTALL_SNAPSHOT:
        if (message->install_snapshot.term >= voter->raft.current_term) {
            note_verified(voter, message->install_snapshot.term,
                          message->install_snapshot.last_index);
        }
        break;
    case RAFT_IO_REQUEST_VOTE:
        if (message->request_vote.pre_vote) {
            forget_expired_leader(voter);
        } else {
            /* A pre-vote has been won: JRaft asks no server again whether it has a leader. */
            message->request_vote.disrupt_leader = true;
        }
        break;
    default:
        break;
    }
}

/* --- 2: nothing is committed before the leader's first entry is synced --------------------- */

bool sim_raft_guard_answer(SimRaftVoter *voter, const struct raft_message *message)
{
    if (message->type != RAFT_IO_APPEND_ENTRIES_RESULT || voter->raft.state != RAFT_LEADER ||
        message->append_entries_result.term != voter->raft.current_term ||
        voter->raft.last_stored >= voter->barrier_index) {
        return false;
    }
    g_array_append_vals(voter->early, message, 1);
    return true;
}

/* --- 3: configurations that go ------------------------------------------------------------ */

uint64_t sim_raft_guard_lost_configuration(const SimRaftVoter *voter,
                                           const struct raft_append_entries *append)
{
    if (append->term < voter->raft.current_term ||
        (append->prev_log_index != 0 &&
         term_of(voter, append->prev_log_index) != append->prev_log_term)) {
        return 0;
    }
    uint64_t from = 0;
    for (unsigned i = 0; i < append->n_entries && from == 0; i++) {
        const uint64_t index = append->prev_log_index + 1 + i;
        const uint64_t term = term_of(voter, index);
        if (term == 0) {
            return 0;
        }
        if (term != append->entries[i].term) {
            from = index;
        }
    }
    if (from == 0 || from <= voter->raft.commit_index) {
        return 0;
    }
    const struct raft_entry *entry;
    for (uint64_t index = from; (entry = sim_raft_find_entry(voter, index)) != NULL; index++) {
        if (entry->type == RAFT_CHANGE) {
            return from;
        }
    }
    return 0;
}
