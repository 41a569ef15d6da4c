/* sim/raft/timers.c -- when a voter stands, gives up and counts its majority: JRaft's timers.
 *
 *   follower   election timer, 5 to 6 s and again: no word of a leader for 5 s -> pre-vote
 *              (NodeImpl#handleElectionTimeout)
 *   candidate  in a pre-vote likewise; in a vote the vote timer, 5 to 6 s -> back to a pre-vote
 *              (#handleVoteTimeout with stepDownWhenVoteTimedout)
 *   leader     heartbeats; every 2.5 s: who has answered within 4.5 s? no majority -> step down
 *              (#handleStepDownTimeout, NodeOptions#getLeaderLeaseTimeoutMs)
 *   each       a snapshot every 1,800 s, the first after 900 to 1,800
 *
 * libraft has timers of its own in the fields of struct raft, which it compares with the clock at
 * each tick. So a tick comes only when one of these is due, and the fields are set to mean that. A
 * snapshot cannot be asked for: it is taken with the next entry that is applied. */
#include "sim/raft/internal.h"

#define NEVER_SNAPSHOT UINT_MAX

static int64_t draw_timeout(SimRaftVoter *voter)
{
    const uint64_t delay_us = (uint64_t)voter->times.election_delay_us;
    return voter->times.election_us +
           (delay_us == 0 ? 0 : (int64_t)voter->host.below(voter->host.data, delay_us));
}

void sim_raft_timers_start(SimRaftVoter *voter)
{
    const int64_t now_us = sim_raft_io_now_us(voter);
    const int64_t half_us = voter->times.snapshot_us / 2;
    voter->snapshot_us =
        now_us + half_us + (int64_t)voter->host.below(voter->host.data, (uint64_t)half_us);
    voter->election_us = now_us + draw_timeout(voter);
}

/* --- roles -------------------------------------------------------------------------------- */

static void start_leading(SimRaftVoter *voter)
{
    const int64_t now_us = sim_raft_io_now_us(voter);
    voter->step_down_us = now_us + voter->times.election_us / 2;
    for (guint i = 0; i < voter->answered_us->len; i++) {
        g_array_index(voter->answered_us, int64_t, i) = now_us;
    }
}

void sim_raft_timers_follow(SimRaftVoter *voter)
{
    const struct raft *raft = &voter->raft;
    const bool pre_vote = raft->state == RAFT_CANDIDATE && raft->candidate_state.in_pre_vote;
    const uint64_t leader =
        raft->state == RAFT_FOLLOWER ? raft->follower_state.current_leader.id : 0;
    if (raft->state == RAFT_LEADER) {
        if (voter->state != RAFT_LEADER) {
            start_leading(voter);
        }
    } else if (raft->state == RAFT_CANDIDATE) {
        if (!pre_vote && (voter->state != RAFT_CANDIDATE || voter->pre_vote)) {
            voter->election_us = sim_raft_io_now_us(voter) + draw_timeout(voter);
        }
    } else if (voter->state == RAFT_LEADER || voter->term != raft->current_term ||
               voter->vote != raft->voted_for || (leader != 0 && voter->leader != leader)) {
        /* NodeImpl#stepDown starts the election timer again. */
        voter->election_us = sim_raft_io_now_us(voter) + draw_timeout(voter);
    }
    voter->pre_vote = pre_vote;
}

/* --- leaders ------------------------------------------------------------------------------ */

static int64_t find_heartbeat_us(const SimRaftVoter *voter)
{
    const struct raft *raft = &voter->raft;
    uint64_t due_ms = UINT64_MAX;
    for (unsigned i = 0; i < raft->configuration.n; i++) {
        const struct raft_server *server = &raft->configuration.servers[i];
        if (server->id != raft->id && server->role != RAFT_SPARE) {
            due_ms = MIN(due_ms, raft->leader_state.progress[i].last_send);
        }
    }
    return due_ms == UINT64_MAX ? INT64_MAX
                                : sim_raft_io_from_ms(voter, due_ms + raft->heartbeat_timeout);
}

static bool has_majority(const SimRaftVoter *voter)
{
    const struct raft *raft = &voter->raft;
    /* 90 % of the election time-out (NodeOptions.leaderLeaseTimeRatio). */
    const int64_t since_us = sim_raft_io_now_us(voter) - voter->times.election_us / 10 * 9;
    unsigned voters = 0, alive = 0;
    for (unsigned i = 0; i < raft->configuration.n; i++) {
        const struct raft_server *server = &raft->configuration.servers[i];
        if (server->role == RAFT_VOTER) {
            voters++;
            alive += server->id == raft->id ||
                     (server->id <= voter->answered_us->len &&
                      g_array_index(voter->answered_us, int64_t, server->id - 1) >= since_us);
        }
    }
    return alive > voters / 2;
}

/* libraft steps down when a tick finds that, since it looked last, no majority was heard of. */
static void prepare_step_down(struct raft *raft, uint64_t now_ms)
{
    raft->election_timer_start = now_ms - raft->election_timeout;
    for (unsigned i = 0; i < raft->configuration.n; i++) {
        raft->leader_state.progress[i].recent_recv = false;
    }
}

static void fire_leader(SimRaftVoter *voter, int64_t now_us)
{
    struct raft *raft = &voter->raft;
    const uint64_t now_ms = sim_raft_io_now_ms(voter);
    raft->election_timer_start = now_ms; /* libraft does not look by itself */
    bool due = find_heartbeat_us(voter) <= now_us;
    if (voter->step_down_us <= now_us) {
        voter->step_down_us += voter->times.election_us / 2;
        if (!has_majority(voter)) {
            prepare_step_down(raft, now_ms);
            due = true;
        }
    }
    if (due) {
        voter->tick(&voter->io);
    }
}

void sim_raft_timers_note_answer(SimRaftVoter *voter, uint64_t to, int64_t sent_us)
{
    if (to > voter->answered_us->len) {
        g_array_set_size(voter->answered_us, (guint)to);
    }
    int64_t *answered_us = &g_array_index(voter->answered_us, int64_t, to - 1);
    *answered_us = MAX(*answered_us, sent_us);
}

/* --- the others --------------------------------------------------------------------------- */

static bool is_voter(const SimRaftVoter *voter)
{
    return sim_raft_voter_has_server(voter, voter->id);
}

static void fire_election(SimRaftVoter *voter)
{
    struct raft *raft = &voter->raft;
    voter->election_us = sim_raft_io_now_us(voter) + draw_timeout(voter);
    if (raft->state == RAFT_CANDIDATE) {
        raft->candidate_state.in_pre_vote = true;
        raft->candidate_state.randomized_election_timeout = 0;
        voter->tick(&voter->io);
    } else if (is_voter(voter) &&
               sim_raft_io_now_ms(voter) - raft->election_timer_start >= raft->election_timeout) {
        raft->follower_state.randomized_election_timeout = 0;
        voter->tick(&voter->io);
    }
}

/* --- all ---------------------------------------------------------------------------------- */

int64_t sim_raft_timers_next_us(const SimRaftVoter *voter)
{
    const int64_t next_us = voter->raft.state == RAFT_LEADER
                                ? MIN(find_heartbeat_us(voter), voter->step_down_us)
                                : voter->election_us;
    return MIN(next_us, voter->snapshot_us);
}

void sim_raft_timers_fire(SimRaftVoter *voter)
{
    const int64_t now_us = sim_raft_io_now_us(voter);
    if (voter->snapshot_us <= now_us) {
        voter->snapshot_us = now_us + voter->times.snapshot_us;
        raft_set_snapshot_threshold(&voter->raft, 1);
    }
    if (voter->raft.state == RAFT_LEADER) {
        fire_leader(voter, now_us);
    } else if (voter->election_us <= now_us) {
        fire_election(voter);
    }
}
