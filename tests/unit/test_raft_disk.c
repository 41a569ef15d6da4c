/* tests/unit/test_raft_disk.c -- what of a voter's writes is left after a crash, and when they are
 * synced. */
#include "sim/raft/disk.h"

#include <raft.h>

#include "tests/support/check.h"

#define MS(n) ((int64_t)(n)*1000)

/* Chance that has been decided: each draw takes the next number, below its bound. */
typedef struct Drawn {
    const uint64_t *numbers;
    size_t count, next;
} Drawn;

static uint64_t draw(void *data, uint64_t bound)
{
    Drawn *drawn = data;
    g_assert_cmpuint(drawn->next, <, drawn->count);
    const uint64_t number = drawn->numbers[drawn->next++];
    g_assert_cmpuint(number, <, bound);
    return number;
}

static void crash(SimRaftDisk *disk, int64_t now_us, const uint64_t *numbers, size_t count)
{
    Drawn drawn = { .numbers = numbers, .count = count };
    sim_raft_disk_crash(disk, now_us, draw, &drawn);
    check_uint(drawn.next, ==, count);
}

static SimRaftDisk *formatted(bool lose_unsynced, bool torn)
{
    SimRaftDisk *disk = sim_raft_disk_new();
    g_autoptr(GBytes) first = g_bytes_new_static("first", 5);
    sim_raft_disk_format(disk, first);
    sim_raft_disk_set_faults(
        disk,
        &(SimRaftDiskFaults) { .latency_us = MS(2), .lose_unsynced = lose_unsynced, .torn = torn });
    return disk;
}

static int64_t append(SimRaftDisk *disk, int64_t now_us, uint64_t term, size_t count)
{
    g_autoptr(GBytes) data = g_bytes_new_static("data", 4);
    SimRaftEntry entries[8];
    for (size_t i = 0; i < count; i++) {
        entries[i] = (SimRaftEntry) { .term = term, .type = RAFT_COMMAND, .data = data };
    }
    return sim_raft_disk_append(disk, now_us, entries, count);
}

static size_t entries_left(SimRaftDisk *disk)
{
    return sim_raft_disk_read(disk, 0)->entries->len;
}

static void a_formatted_disk_has_the_first_entry(void)
{
    g_autoptr(SimRaftDisk) disk = formatted(false, false);
    const SimRaftStored *stored = sim_raft_disk_read(disk, 0);
    check_uint(stored->term, ==, 1);
    check_uint(stored->first_index, ==, 1);
    check_uint(stored->entries->len, ==, 1);
    check_true(!sim_raft_disk_is_empty(disk));
    sim_raft_disk_wipe(disk);
    check_true(sim_raft_disk_is_empty(disk));
    check_uint(sim_raft_disk_next_index(disk), ==, 1);
}

static void what_waits_is_synced_together(void)
{
    g_autoptr(SimRaftDisk) disk = formatted(false, false);
    check_int(append(disk, MS(10), 1, 1), ==, MS(12));
    check_int(append(disk, MS(11), 1, 1), ==, MS(14));
    check_int(sim_raft_disk_write_vote(disk, MS(11), 2, 3), ==, MS(14));
    check_int(append(disk, MS(12), 1, 1), ==, MS(16));
    check_int(append(disk, MS(15), 1, 1), ==, MS(18));
    check_int(sim_raft_disk_synced_us(disk, MS(15)), ==, MS(18));
    check_int(sim_raft_disk_synced_us(disk, MS(18)), ==, 0);
    check_int(append(disk, MS(30), 1, 1), ==, MS(32));
}

static void a_process_that_dies_loses_nothing_that_it_wrote(void)
{
    g_autoptr(SimRaftDisk) disk = formatted(false, false);
    append(disk, MS(10), 1, 3);
    sim_raft_disk_write_vote(disk, MS(10), 7, 2);
    crash(disk, MS(11), NULL, 0);
    check_uint(entries_left(disk), ==, 4);
    check_uint(sim_raft_disk_read(disk, 0)->term, ==, 7);
    check_uint(sim_raft_disk_read(disk, 0)->vote, ==, 2);
}

static void a_power_cut_leaves_a_prefix_of_what_was_not_synced(void)
{
    for (uint64_t left = 0; left <= 3; left++) {
        g_autoptr(SimRaftDisk) disk = formatted(true, false);
        append(disk, MS(10), 1, 1); /* synced at 12 */
        append(disk, MS(11), 1, 1);
        sim_raft_disk_write_vote(disk, MS(11), 5, 3);
        append(disk, MS(12), 5, 1);
        crash(disk, MS(13), &left, 1);
        check_uint(entries_left(disk), ==, 2 + (left >= 1) + (left >= 3));
        check_uint(sim_raft_disk_read(disk, 0)->term, ==, left >= 2 ? 5 : 1);
    }
}

static void a_torn_append_leaves_some_of_its_entries(void)
{
    for (uint64_t part = 0; part < 4; part++) {
        g_autoptr(SimRaftDisk) disk = formatted(true, true);
        append(disk, MS(10), 1, 4);
        append(disk, MS(10), 1, 4);
        const uint64_t numbers[] = { 1, part };
        crash(disk, MS(11), numbers, 2);
        check_uint(entries_left(disk), ==, 1 + 4 + part);
    }
    /* Without a loss of power it is the last write that was under way. */
    g_autoptr(SimRaftDisk) disk = formatted(false, true);
    append(disk, MS(10), 1, 4);
    append(disk, MS(10), 1, 4);
    const uint64_t two = 2;
    crash(disk, MS(11), &two, 1);
    check_uint(entries_left(disk), ==, 1 + 4 + 2);
}

static void a_torn_vote_is_the_former_one(void)
{
    g_autoptr(SimRaftDisk) disk = formatted(true, true);
    sim_raft_disk_write_vote(disk, MS(10), 4, 1);
    const uint64_t none = 0;
    crash(disk, MS(11), &none, 1);
    check_uint(sim_raft_disk_read(disk, 0)->term, ==, 1);
    check_uint(sim_raft_disk_read(disk, 0)->vote, ==, 0);
}

static void a_truncation_that_was_not_synced_is_lost_with_what_followed(void)
{
    g_autoptr(SimRaftDisk) disk = formatted(true, false);
    append(disk, MS(0), 1, 4);
    sim_raft_disk_truncate(disk, MS(10), 3);
    append(disk, MS(10), 2, 1);
    check_uint(sim_raft_disk_next_index(disk), ==, 4);
    const uint64_t none = 0;
    crash(disk, MS(11), &none, 1);
    check_uint(sim_raft_disk_next_index(disk), ==, 6);
}

static void a_full_disk_refuses_and_keeps_what_it_has(void)
{
    g_autoptr(SimRaftDisk) disk = formatted(false, false);
    sim_raft_disk_set_faults(disk, &(SimRaftDiskFaults) { .latency_us = MS(2), .full = true });
    check_int(append(disk, MS(0), 1, 1), ==, -1);
    check_int(sim_raft_disk_write_vote(disk, MS(0), 9, 1), ==, -1);
    check_int(sim_raft_disk_truncate(disk, MS(0), 1), ==, -1);
    check_uint(entries_left(disk), ==, 1);
    check_uint(sim_raft_disk_read(disk, 0)->term, ==, 1);
}

static void a_snapshot_takes_the_place_of_entries(void)
{
    g_autoptr(SimRaftDisk) disk = formatted(false, false);
    g_autoptr(GBytes) bytes = g_bytes_new_static("state", 5);
    append(disk, MS(0), 1, 8);
    SimRaftSnapshot snapshot = { .index = 6, .term = 1, .configuration = bytes, .state = bytes };
    check_int(sim_raft_disk_put_snapshot(disk, MS(10), &snapshot, 4), ==, MS(12));
    const SimRaftStored *stored = sim_raft_disk_read(disk, MS(10));
    check_uint(stored->first_index, ==, 4);
    check_uint(stored->entries->len, ==, 6);
    check_uint(stored->snapshot.index, ==, 6);
    snapshot.index = 20;
    sim_raft_disk_put_snapshot(disk, MS(20), &snapshot, 0);
    stored = sim_raft_disk_read(disk, MS(20));
    check_uint(stored->first_index, ==, 21);
    check_uint(stored->entries->len, ==, 0);
    check_uint(sim_raft_disk_next_index(disk), ==, 21);
}

int main(void)
{
    static const Test tests[] = {
        { "a formatted disk has the first entry", a_formatted_disk_has_the_first_entry },
        { "what waits is synced together", what_waits_is_synced_together },
        { "a process that dies loses nothing that it wrote",
          a_process_that_dies_loses_nothing_that_it_wrote },
        { "a power cut leaves a prefix of what was not synced",
          a_power_cut_leaves_a_prefix_of_what_was_not_synced },
        { "a torn append leaves some of its entries", a_torn_append_leaves_some_of_its_entries },
        { "a torn vote is the former one", a_torn_vote_is_the_former_one },
        { "a truncation that was not synced is lost with what followed",
          a_truncation_that_was_not_synced_is_lost_with_what_followed },
        { "a full disk refuses and keeps what it has", a_full_disk_refuses_and_keeps_what_it_has },
        { "a snapshot takes the place of entries", a_snapshot_takes_the_place_of_entries },
        { 0 },
    };
    return run_tests("a voter's disk", tests);
}
