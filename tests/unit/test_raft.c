/* tests/unit/test_raft.c -- elections, commits, crashes, snapshots and membership of a Raft
 * group. */
#include "sim/raft/voter.h"

#include <string.h>

#include "tests/support/check.h"
#include "tests/support/raft_group.h"

/* --- elections ---------------------------------------------------------------------------- */

static void a_new_group_elects_one_leader_after_the_time_out(void)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        g_autoptr(Group) group = group_new(3, seed);
        check_true(group_await_leader(group, 0, S(12)));
        check_int(group_now_us(group), >=, S(5));
        group_run(group, S(1));
        uint32_t leaders = 0, followers = 0;
        for (uint32_t id = 1; id <= 3; id++) {
            const SimRaftVoter *voter = group_voter(group, id);
            leaders += sim_raft_voter_role(voter) == SIM_RAFT_LEADER;
            followers += sim_raft_voter_leader(voter) == group_leader(group);
        }
        check_uint(leaders, ==, 1);
        check_uint(followers, ==, 3);
    }
}

static void a_group_of_one_leads_at_once(void)
{
    g_autoptr(Group) group = group_new(1, 1);
    check_true(group_await_leader(group, 1, MS(10)));
    const uint32_t write = group_write(group, 1, 0, 7);
    group_run(group, MS(10));
    check_int(group_outcome(group, write), ==, GROUP_DONE);
    check_uint(group_read(group, 1, 0), ==, 7);
}

/* JRaft: the lease is over 4.5 s after the last answer; the leader checks every 2.5 s. */
static void a_leader_without_a_majority_steps_down_within_seven_seconds(void)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        g_autoptr(Group) group = group_new(3, seed);
        check_true(group_await_leader(group, 0, S(12)));
        const uint32_t leader = group_leader(group);
        group_run(group, S(2) + MS((int64_t)seed * 97));
        group_isolate(group, leader);
        group_run(group, S(4) - MS(500));
        check_int(sim_raft_voter_role(group_voter(group, leader)), ==, SIM_RAFT_LEADER);
        group_run(group, S(4));
        check_int(sim_raft_voter_role(group_voter(group, leader)), ==, SIM_RAFT_FOLLOWER);
        check_uint(sim_raft_voter_leader(group_voter(group, leader)), ==, 0);
    }
}

/* An election timer fires every 5 to 6 s and finds the leader silent for 5: from 5 to 11 s after
 * the last heartbeat, and the first of two followers is enough. */
static void the_others_elect_a_leader_when_the_first_of_them_times_out(void)
{
    int64_t least_us = INT64_MAX, most_us = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        g_autoptr(Group) group = group_new(3, seed);
        check_true(group_await_leader(group, 0, S(12)));
        const uint32_t leader = group_leader(group);
        group_run(group, S(20) + MS((int64_t)seed * 173));
        group_isolate(group, leader);
        const int64_t cut_us = group_now_us(group);
        while ((group_leader(group) == leader || group_leader(group) == 0) &&
               group_now_us(group) < cut_us + S(30)) {
            group_run(group, MS(10));
        }
        least_us = MIN(least_us, group_now_us(group) - cut_us);
        most_us = MAX(most_us, group_now_us(group) - cut_us);
    }
    check_int(least_us, >=, S(5) - MS(500));
    check_int(least_us, <, S(6));
    check_int(most_us, >, S(8));
    check_int(most_us, <, S(12));
}

static void a_voter_that_was_away_does_not_unseat_the_leader(void)
{
    g_autoptr(Group) group = group_new(3, 3);
    check_true(group_await_leader(group, 0, S(12)));
    const uint32_t leader = group_leader(group);
    const uint32_t away = leader % 3 + 1;
    const uint64_t term = sim_raft_voter_term(group_voter(group, leader));
    group_isolate(group, away);
    group_run(group, S(40));
    check_uint(sim_raft_voter_term(group_voter(group, away)), ==, term);
    group_heal(group);
    group_run(group, S(10));
    check_uint(group_leader(group), ==, leader);
    check_uint(sim_raft_voter_term(group_voter(group, leader)), ==, term);
}

static void a_leader_that_resigns_is_succeeded_at_once(void)
{
    g_autoptr(Group) group = group_new(3, 4);
    check_true(group_await_leader(group, 0, S(12)));
    const uint32_t leader = group_leader(group);
    group_run(group, S(2));
    sim_raft_voter_resign(group_voter(group, leader));
    group_crash(group, leader);
    const int64_t stopped_us = group_now_us(group);
    check_true(group_await_leader(group, 0, S(1)));
    check_int(group_now_us(group) - stopped_us, <, MS(20));
}

static void a_minority_elects_nobody(void)
{
    g_autoptr(Group) group = group_new(5, 5);
    check_true(group_await_leader(group, 0, S(12)));
    for (uint32_t id = 1; id <= 3; id++) {
        group_crash(group, id);
    }
    group_run(group, S(60));
    check_uint(group_leader(group), ==, 0);
    group_restart(group, 1);
    check_true(group_await_leader(group, 0, S(13)));
}

/* --- commits ------------------------------------------------------------------------------ */

static void a_write_is_committed_in_a_round_trip_and_two_syncs(void)
{
    g_autoptr(Group) group = group_new(3, 6);
    group_set_delay(group, MS(20), 0);
    check_true(group_await_leader(group, 0, S(12)));
    group_run(group, S(2));
    const uint32_t write = group_write(group, group_leader(group), 1, 42);
    group_run(group, S(1));
    check_int(group_outcome(group, write), ==, GROUP_DONE);
    /* There and back 40 ms, the follower's sync 2 ms; the leader's own goes on meanwhile. */
    check_int(group_took_us(group, write), ==, MS(42));
    for (uint32_t id = 1; id <= 3; id++) {
        check_uint(group_read(group, id, 1), ==, 42);
    }
}

static void a_follower_refuses_a_write_at_once(void)
{
    g_autoptr(Group) group = group_new(3, 7);
    check_true(group_await_leader(group, 0, S(12)));
    group_run(group, S(1));
    const uint32_t follower = group_leader(group) % 3 + 1;
    const uint32_t write = group_write(group, follower, 1, 42);
    check_int(group_outcome(group, write), ==, GROUP_REFUSED);
    check_int(group_took_us(group, write), ==, 0);
}

static void a_write_at_a_leader_that_was_cut_off_ends_when_it_steps_down(void)
{
    g_autoptr(Group) group = group_new(3, 8);
    check_true(group_await_leader(group, 0, S(12)));
    const uint32_t leader = group_leader(group);
    group_run(group, S(1));
    group_isolate(group, leader);
    const uint32_t lost = group_write(group, leader, 2, 1);
    group_run(group, S(15));
    check_int(group_outcome(group, lost), ==, GROUP_UNKNOWN);
    check_int(group_took_us(group, lost), <=, S(7) + MS(1));
    const uint32_t kept = group_write(group, group_leader(group), 2, 2);
    group_run(group, S(1));
    check_int(group_outcome(group, kept), ==, GROUP_DONE);
    check_uint(group_read(group, leader, 2), ==, 0); /* stale, for as long as the cut lasts */
    group_heal(group);
    group_run(group, S(1));
    check_uint(group_read(group, leader, 2), ==, 2);
    check_true(group_is_linearizable(group));
}

static void a_burst_of_writes_shares_its_syncs(void)
{
    g_autoptr(Group) group = group_new(3, 9);
    check_true(group_await_leader(group, 0, S(12)));
    group_run(group, S(1));
    uint32_t last = 0;
    for (uint64_t i = 1; i <= 500; i++) {
        last = group_write(group, group_leader(group), 3, i);
    }
    group_run(group, MS(50));
    check_int(group_outcome(group, last), ==, GROUP_DONE);
    check_uint(group_read(group, group_leader(group), 3), ==, 500);
    /* The others hear with the next heartbeat how far is committed. */
    group_run(group, MS(500));
    for (uint32_t id = 1; id <= 3; id++) {
        check_uint(group_read(group, id, 3), ==, 500);
    }
}

static void a_quiet_group_beats_twice_a_second(void)
{
    g_autoptr(Group) group = group_new(3, 10);
    check_true(group_await_leader(group, 0, S(12)));
    group_run(group, S(1));
    const uint64_t before = group_messages(group);
    group_run(group, S(10));
    /* A heartbeat and its answer, to each of two, every 500 ms and what they wait for each other.
     */
    check_uint(group_messages(group) - before, >=, 78);
    check_uint(group_messages(group) - before, <=, 82);
}

/* --- disks -------------------------------------------------------------------------------- */

static void all_crash_and_what_was_acknowledged_is_there(void)
{
    g_autoptr(Group) group = group_new(3, 11);
    check_true(group_await_leader(group, 0, S(12)));
    for (uint32_t id = 1; id <= 3; id++) {
        sim_raft_disk_set_faults(
            group_disk(group, id),
            &(SimRaftDiskFaults) { .latency_us = MS(2), .torn = true, .lose_unsynced = true });
    }
    for (uint64_t i = 1; i <= 100; i++) {
        const uint32_t write = group_write(group, group_leader(group), i % GROUP_KEYS, i);
        group_run(group, MS(10));
        check_int(group_outcome(group, write), ==, GROUP_DONE);
    }
    for (uint32_t id = 1; id <= 3; id++) {
        group_restart(group, id);
    }
    check_uint(group_read(group, 1, 0), ==, 0); /* until it hears how far is committed */
    check_true(group_await_leader(group, 0, S(12)));
    group_run(group, S(2));
    for (uint32_t id = 1; id <= 3; id++) {
        check_uint(group_read(group, id, 0), ==, 100);
        check_uint(group_read(group, id, 3), ==, 99);
    }
    check_true(group_is_linearizable(group));
}

static void a_vote_is_remembered_over_a_crash(void)
{
    g_autoptr(Group) group = group_new(3, 12);
    check_true(group_await_leader(group, 0, S(12)));
    group_run(group, MS(100));
    const uint64_t term = sim_raft_voter_term(group_voter(group, 1));
    for (uint32_t id = 1; id <= 3; id++) {
        const SimRaftStored *stored =
            sim_raft_disk_read(group_disk(group, id), group_now_us(group));
        check_uint(stored->term, ==, term);
        check_uint(stored->vote, !=, 0);
        group_restart(group, id);
        check_uint(sim_raft_voter_term(group_voter(group, id)), ==, term);
    }
}

static void a_voter_whose_disk_is_full_takes_no_part_until_restarted(void)
{
    g_autoptr(Group) group = group_new(3, 13);
    check_true(group_await_leader(group, 0, S(12)));
    group_run(group, S(1));
    const uint32_t leader = group_leader(group);
    const SimRaftDiskFaults full = { .latency_us = MS(2), .full = true };
    sim_raft_disk_set_faults(group_disk(group, leader), &full);
    const uint32_t write = group_write(group, leader, 0, 5);
    check_int(group_outcome(group, write), ==, GROUP_UNKNOWN);
    check_int(sim_raft_voter_role(group_voter(group, leader)), ==, SIM_RAFT_FAILED);
    check_uint(group_events(group, leader, SIM_RAFT_DISK_REFUSED), ==, 1);
    check_true(group_await_leader(group, 0, S(12)));
    check_uint(group_leader(group), !=, leader);
    sim_raft_disk_set_faults(group_disk(group, leader),
                             &(SimRaftDiskFaults) { .latency_us = MS(2) });
    group_run(group, S(10));
    check_int(sim_raft_voter_role(group_voter(group, leader)), ==, SIM_RAFT_FAILED);
    group_restart(group, leader);
    group_run(group, S(2));
    check_uint(sim_raft_voter_leader(group_voter(group, leader)), ==, group_leader(group));
    check_uint(group_all_breaches(group), ==, 0);
}

/* --- snapshots ---------------------------------------------------------------------------- */

/* Two snapshots, so that the entries before the first are gone. */
static void write_past_two_snapshots(Group *group)
{
    for (int round = 0; round < 3; round++) {
        group_run(group, S(1800));
        for (uint64_t i = 1; i <= 20; i++) {
            group_write(group, group_leader(group), i % GROUP_KEYS, (uint64_t)round * 100 + i);
            group_run(group, MS(20));
        }
    }
}

static void snapshots_come_every_half_hour_and_the_log_ends_at_the_one_before(void)
{
    g_autoptr(Group) group = group_new(3, 14);
    check_true(group_await_leader(group, 0, S(12)));
    write_past_two_snapshots(group);
    for (uint32_t id = 1; id <= 3; id++) {
        check_uint(group_events(group, id, SIM_RAFT_SNAPSHOT), ==, 3);
        const SimRaftStored *stored =
            sim_raft_disk_read(group_disk(group, id), group_now_us(group));
        check_uint(stored->first_index, >, 20);
        check_uint(stored->snapshot.index, >, stored->first_index);
    }
    for (uint32_t id = 1; id <= 3; id++) {
        group_restart(group, id);
    }
    check_uint(group_read(group, 1, 0), ==, 120); /* as of the first entry after its time */
    check_true(group_await_leader(group, 0, S(12)));
    group_run(group, S(2));
    check_uint(group_read(group, 1, 0), ==, 220);
}

static void a_voter_that_was_away_for_long_is_sent_a_snapshot(void)
{
    g_autoptr(Group) group = group_new(3, 15);
    check_true(group_await_leader(group, 0, S(12)));
    const uint32_t away = group_leader(group) % 3 + 1;
    group_crash(group, away);
    write_past_two_snapshots(group);
    group_restart(group, away);
    group_run(group, S(5));
    check_uint(group_events(group, away, SIM_RAFT_INSTALLED), ==, 1);
    check_uint(group_read(group, away, 0), ==, 220);
    check_uint(group_all_breaches(group), ==, 0);
    group_run(group, S(20));
    group_restart(group, away);
    group_run(group, S(5));
    check_uint(group_read(group, away, 0), ==, 220);
    check_uint(group_events(group, away, SIM_RAFT_INSTALLED), ==, 1);
}

/* --- membership --------------------------------------------------------------------------- */

static void a_group_of_three_grows_to_five_and_outlives_two(void)
{
    g_autoptr(Group) group = group_new(3, 16);
    check_true(group_await_leader(group, 0, S(12)));
    group_write(group, group_leader(group), 0, 9);
    group_run(group, S(1));
    for (uint32_t id = 4; id <= 5; id++) {
        check_uint(group_join(group), ==, id);
        check_int(sim_raft_voter_role(group_voter(group, id)), ==, SIM_RAFT_LEARNER);
        check_true(sim_raft_voter_add_server(group_voter(group, group_leader(group)), id));
        group_run(group, S(3));
        check_true(sim_raft_voter_has_server(group_voter(group, group_leader(group)), id));
        check_int(sim_raft_voter_role(group_voter(group, id)), ==, SIM_RAFT_FOLLOWER);
        check_uint(group_read(group, id, 0), ==, 9);
    }
    const uint32_t leader = group_leader(group);
    group_crash(group, leader);
    group_crash(group, leader % 5 + 1);
    check_true(group_await_leader(group, 0, S(13)));
    const uint32_t write = group_write(group, group_leader(group), 0, 10);
    group_run(group, S(1));
    check_int(group_outcome(group, write), ==, GROUP_DONE);
    check_uint(group_all_breaches(group), ==, 0);
}

static void a_server_that_is_removed_no_longer_counts(void)
{
    g_autoptr(Group) group = group_new(3, 17);
    check_true(group_await_leader(group, 0, S(12)));
    const uint32_t leader = group_leader(group);
    const uint32_t gone = leader % 3 + 1, other = gone % 3 + 1;
    check_true(sim_raft_voter_remove_server(group_voter(group, leader), gone));
    group_run(group, S(1));
    check_true(!sim_raft_voter_has_server(group_voter(group, leader), gone));
    group_crash(group, gone);
    const uint32_t write = group_write(group, leader, 0, 3);
    group_run(group, S(1));
    check_int(group_outcome(group, write), ==, GROUP_DONE);
    /* Two are left, and both are needed. */
    group_crash(group, other);
    group_run(group, S(10));
    check_uint(group_leader(group), ==, 0);
}

/* A configuration that only the old leader has is truncated when it comes back. */
static void a_configuration_that_was_never_committed_is_forgotten(void)
{
    g_autoptr(Group) group = group_new(3, 18);
    check_true(group_await_leader(group, 0, S(12)));
    const uint32_t leader = group_leader(group);
    group_run(group, S(1));
    group_isolate(group, leader);
    check_true(sim_raft_voter_remove_server(group_voter(group, leader), leader % 3 + 1));
    group_run(group, MS(100));
    check_true(!sim_raft_voter_has_server(group_voter(group, leader), leader % 3 + 1));
    group_restart(group, leader); /* libraft no longer knows that it was not committed */
    group_run(group, S(15));
    check_uint(group_leader(group), !=, 0);
    group_write(group, group_leader(group), 1, 8);
    group_run(group, S(1));
    group_heal(group);
    group_run(group, S(10));
    check_true(sim_raft_voter_has_server(group_voter(group, leader), leader % 3 + 1));
    check_uint(group_read(group, leader, 1), ==, 8);
    check_uint(group_all_breaches(group), ==, 0);
}

/* --- chaos -------------------------------------------------------------------------------- */

static uint64_t seeds_of_chaos(void)
{
    const char *wanted = g_getenv("RAFT_CHAOS_SEEDS");
    if (wanted != NULL) {
        return g_ascii_strtoull(wanted, NULL, 10);
    }
    return g_getenv("DISTROSIM_SLOW_HOST") != NULL ? 4 : 200;
}

/* Three servers or five; every other pair of seeds with hurried timers, and a snapshot a second. */
static Group *group_of_chaos(uint64_t seed)
{
    const uint32_t count = seed % 2 == 0 ? 3 : 5;
    return seed % 4 < 2 ? group_new(count, seed) : group_new_hurried(count, seed);
}

static void chaos_breaks_nothing_and_all_agree_afterwards(void)
{
    const uint64_t seeds = seeds_of_chaos();
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        g_autoptr(Group) group = group_of_chaos(seed);
        group_chaos(group, seed % 4 < 2 ? S(300) : S(20));
        const bool good =
            group_all_breaches(group) == 0 && group_is_linearizable(group) && group_agrees(group);
        if (!good) {
            printf("\n    seed %" PRIu64 ": %u breaches, %s, %s", seed, group_all_breaches(group),
                   group_is_linearizable(group) ? "linearizable" : "not linearizable",
                   group_agrees(group) ? "in agreement" : "not in agreement");
        }
        check_true(good);
    }
}

static void the_same_seed_gives_the_same_run(void)
{
    uint64_t fingerprints[2];
    for (int i = 0; i < 2; i++) {
        g_autoptr(Group) group = group_new(5, 77);
        group_chaos(group, S(120));
        fingerprints[i] = group_fingerprint(group);
    }
    check_uint(fingerprints[0], ==, fingerprints[1]);
    g_autoptr(Group) other = group_new(5, 78);
    group_chaos(other, S(120));
    check_uint(group_fingerprint(other), !=, fingerprints[0]);
}

int main(void)
{
    static const Test tests[] = {
        { "a new group elects one leader after the time out",
          a_new_group_elects_one_leader_after_the_time_out },
        { "a group of one leads at once", a_group_of_one_leads_at_once },
        { "a leader without a majority steps down within seven seconds",
          a_leader_without_a_majority_steps_down_within_seven_seconds },
        { "the others elect a leader when the first of them times out",
          the_others_elect_a_leader_when_the_first_of_them_times_out },
        { "a voter that was away does not unseat the leader",
          a_voter_that_was_away_does_not_unseat_the_leader },
        { "a leader that resigns is succeeded at once",
          a_leader_that_resigns_is_succeeded_at_once },
        { "a minority elects nobody", a_minority_elects_nobody },
        { "a write is committed in a round trip and two syncs",
          a_write_is_committed_in_a_round_trip_and_two_syncs },
        { "a follower refuses a write at once", a_follower_refuses_a_write_at_once },
        { "a write at a leader that was cut off ends when it steps down",
          a_write_at_a_leader_that_was_cut_off_ends_when_it_steps_down },
        { "a burst of writes shares its syncs", a_burst_of_writes_shares_its_syncs },
        { "a quiet group beats twice a second", a_quiet_group_beats_twice_a_second },
        { "all crash and what was acknowledged is there",
          all_crash_and_what_was_acknowledged_is_there },
        { "a vote is remembered over a crash", a_vote_is_remembered_over_a_crash },
        { "a voter whose disk is full takes no part until restarted",
          a_voter_whose_disk_is_full_takes_no_part_until_restarted },
        { "snapshots come every half hour and the log ends at the one before",
          snapshots_come_every_half_hour_and_the_log_ends_at_the_one_before },
        { "a voter that was away for long is sent a snapshot",
          a_voter_that_was_away_for_long_is_sent_a_snapshot },
        { "a group of three grows to five and outlives two",
          a_group_of_three_grows_to_five_and_outlives_two },
        { "a server that is removed no longer counts", a_server_that_is_removed_no_longer_counts },
        { "a configuration that was never committed is forgotten",
          a_configuration_that_was_never_committed_is_forgotten },
        { "chaos breaks nothing and all agree afterwards",
          chaos_breaks_nothing_and_all_agree_afterwards },
        { "the same seed gives the same run", the_same_seed_gives_the_same_run },
        { 0 },
    };
    return run_tests("a Raft group", tests);
}
