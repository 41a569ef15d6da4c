/* sim/raft/disk.c -- two copies of what a voter wrote: all of it, and what has been synced.
 *
 * A write is done to .written at once and waits in the journal until its sync ends, when it is done
 * to .synced, too. So a crash needs no undoing: what it loses never came to .synced. */
#include "sim/raft/disk.h"

#include <raft.h>

typedef enum WriteKind {
    WRITE_VOTE,
    WRITE_APPEND,
    WRITE_TRUNCATE,
    WRITE_SNAPSHOT,
} WriteKind;

typedef struct Write {
    WriteKind kind;
    int64_t synced_us;
    uint64_t term, vote;      /* VOTE */
    uint64_t index;           /* APPEND: of the first; TRUNCATE: from; SNAPSHOT: keep from */
    GArray *entries;          /* APPEND: SimRaftEntry */
    SimRaftSnapshot snapshot; /* SNAPSHOT */
} Write;

struct SimRaftDisk {
    SimRaftStored written, synced;
    GArray *journal; /* Write, in order; .synced_us never falls */
    int64_t sync_ends_us;
    int64_t next_sync_ends_us; /* 0: nothing waits for another sync */
    SimRaftDiskFaults faults;
};

/* --- entries and snapshots ---------------------------------------------------------------- */

static void clear_entry(gpointer data)
{
    g_bytes_unref(((SimRaftEntry *)data)->data);
}

static GArray *new_entries(void)
{
    GArray *entries = g_array_new(FALSE, FALSE, sizeof(SimRaftEntry));
    g_array_set_clear_func(entries, clear_entry);
    return entries;
}

static void add_entry(GArray *entries, const SimRaftEntry *entry)
{
    const SimRaftEntry mine = { .term = entry->term,
                                .type = entry->type,
                                .data = g_bytes_ref(entry->data) };
    g_array_append_val(entries, mine);
}

static void clear_snapshot(SimRaftSnapshot *snapshot)
{
    g_clear_pointer(&snapshot->configuration, g_bytes_unref);
    g_clear_pointer(&snapshot->state, g_bytes_unref);
    *snapshot = (SimRaftSnapshot) { 0 };
}

static SimRaftSnapshot copy_snapshot(const SimRaftSnapshot *snapshot)
{
    SimRaftSnapshot copy = *snapshot;
    if (copy.index > 0) {
        g_bytes_ref(copy.configuration);
        g_bytes_ref(copy.state);
    }
    return copy;
}

static void clear_stored(SimRaftStored *stored)
{
    clear_snapshot(&stored->snapshot);
    g_clear_pointer(&stored->entries, g_array_unref);
}

static void empty_stored(SimRaftStored *stored)
{
    clear_stored(stored);
    *stored = (SimRaftStored) { .first_index = 1, .entries = new_entries() };
}

static void copy_stored(SimRaftStored *to, const SimRaftStored *from)
{
    clear_stored(to);
    *to = *from;
    to->snapshot = copy_snapshot(&from->snapshot);
    to->entries = new_entries();
    for (guint i = 0; i < from->entries->len; i++) {
        add_entry(to->entries, &g_array_index(from->entries, SimRaftEntry, i));
    }
}

static uint64_t index_after(const SimRaftStored *stored)
{
    return stored->first_index + stored->entries->len;
}

/* --- writes ------------------------------------------------------------------------------- */

static void clear_write(gpointer data)
{
    Write *write = data;
    g_clear_pointer(&write->entries, g_array_unref);
    clear_snapshot(&write->snapshot);
}

static void do_append(SimRaftStored *stored, uint64_t first, const GArray *entries, guint count)
{
    g_assert_cmpuint(first, ==, index_after(stored));
    for (guint i = 0; i < count; i++) {
        add_entry(stored->entries, &g_array_index(entries, SimRaftEntry, i));
    }
}

static void do_truncate(SimRaftStored *stored, uint64_t from)
{
    g_assert_cmpuint(from, >=, stored->first_index);
    g_assert_cmpuint(from, <=, index_after(stored));
    g_array_set_size(stored->entries, (guint)(from - stored->first_index));
}

static void do_snapshot(SimRaftStored *stored, const SimRaftSnapshot *snapshot, uint64_t keep_from)
{
    clear_snapshot(&stored->snapshot);
    stored->snapshot = copy_snapshot(snapshot);
    if (keep_from == 0) {
        g_array_set_size(stored->entries, 0);
        stored->first_index = snapshot->index + 1;
    } else if (keep_from > stored->first_index) {
        g_assert_cmpuint(keep_from, <=, index_after(stored));
        g_array_remove_range(stored->entries, 0, (guint)(keep_from - stored->first_index));
        stored->first_index = keep_from;
    }
}

static void do_write(SimRaftStored *stored, const Write *write)
{
    switch (write->kind) {
    case WRITE_VOTE:
        stored->term = write->term;
        stored->vote = write->vote;
        break;
    case WRITE_APPEND:
        do_append(stored, write->index, write->entries, write->entries->len);
        break;
    case WRITE_TRUNCATE:
        do_truncate(stored, write->index);
        break;
    case WRITE_SNAPSHOT:
        do_snapshot(stored, &write->snapshot, write->index);
        break;
    }
}

/* What has been synced by @now_us leaves the journal. */
static void settle_journal(SimRaftDisk *disk, int64_t now_us)
{
    guint done = 0;
    while (done < disk->journal->len &&
           g_array_index(disk->journal, Write, done).synced_us <= now_us) {
        do_write(&disk->synced, &g_array_index(disk->journal, Write, done));
        done++;
    }
    if (done > 0) {
        g_array_remove_range(disk->journal, 0, done);
    }
}

/* When a write of @now_us will be synced. */
static int64_t schedule_sync(SimRaftDisk *disk, int64_t now_us)
{
    if (disk->next_sync_ends_us != 0 && now_us >= disk->sync_ends_us) {
        disk->sync_ends_us = disk->next_sync_ends_us;
        disk->next_sync_ends_us = 0;
    }
    if (now_us >= disk->sync_ends_us) {
        disk->sync_ends_us = now_us + disk->faults.latency_us;
        return disk->sync_ends_us;
    }
    if (disk->next_sync_ends_us == 0) {
        disk->next_sync_ends_us = disk->sync_ends_us + disk->faults.latency_us;
    }
    return disk->next_sync_ends_us;
}

/* Takes what @write owns. */
static int64_t write_journal(SimRaftDisk *disk, int64_t now_us, Write *write)
{
    if (disk->faults.full) {
        clear_write(write);
        return -1;
    }
    settle_journal(disk, now_us);
    write->synced_us = schedule_sync(disk, now_us);
    do_write(&disk->written, write);
    g_array_append_val(disk->journal, *write);
    return write->synced_us;
}

int64_t sim_raft_disk_write_vote(SimRaftDisk *disk, int64_t now_us, uint64_t term, uint64_t vote)
{
    Write write = { .kind = WRITE_VOTE, .term = term, .vote = vote };
    return write_journal(disk, now_us, &write);
}

int64_t sim_raft_disk_append(SimRaftDisk *disk, int64_t now_us, const SimRaftEntry *entries,
                             size_t count)
{
    Write write = { .kind = WRITE_APPEND,
                    .index = index_after(&disk->written),
                    .entries = new_entries() };
    for (size_t i = 0; i < count; i++) {
        add_entry(write.entries, &entries[i]);
    }
    return write_journal(disk, now_us, &write);
}

int64_t sim_raft_disk_truncate(SimRaftDisk *disk, int64_t now_us, uint64_t from)
{
    Write write = { .kind = WRITE_TRUNCATE, .index = from };
    return write_journal(disk, now_us, &write);
}

int64_t sim_raft_disk_put_snapshot(SimRaftDisk *disk, int64_t now_us,
                                   const SimRaftSnapshot *snapshot, uint64_t keep_from)
{
    Write write = { .kind = WRITE_SNAPSHOT,
                    .index = keep_from,
                    .snapshot = copy_snapshot(snapshot) };
    return write_journal(disk, now_us, &write);
}

/* --- reading ------------------------------------------------------------------------------ */

const SimRaftStored *sim_raft_disk_read(SimRaftDisk *disk, int64_t now_us)
{
    settle_journal(disk, now_us);
    return &disk->written;
}

uint64_t sim_raft_disk_next_index(const SimRaftDisk *disk)
{
    return index_after(&disk->written);
}

int64_t sim_raft_disk_synced_us(SimRaftDisk *disk, int64_t now_us)
{
    settle_journal(disk, now_us);
    return disk->journal->len == 0
               ? 0
               : g_array_index(disk->journal, Write, disk->journal->len - 1).synced_us;
}

/* --- lives -------------------------------------------------------------------------------- */

SimRaftDisk *sim_raft_disk_new(void)
{
    SimRaftDisk *disk = g_new0(SimRaftDisk, 1);
    empty_stored(&disk->written);
    empty_stored(&disk->synced);
    disk->journal = g_array_new(FALSE, FALSE, sizeof(Write));
    g_array_set_clear_func(disk->journal, clear_write);
    disk->faults.latency_us = SIM_RAFT_DISK_LATENCY_US;
    disk->sync_ends_us = INT64_MIN;
    return disk;
}

void sim_raft_disk_free(SimRaftDisk *disk)
{
    if (disk == NULL) {
        return;
    }
    clear_stored(&disk->written);
    clear_stored(&disk->synced);
    g_array_unref(disk->journal);
    g_free(disk);
}

/* No sync is under way, and the next process may count time anew. */
static void stop_syncs(SimRaftDisk *disk)
{
    g_array_set_size(disk->journal, 0);
    disk->sync_ends_us = INT64_MIN;
    disk->next_sync_ends_us = 0;
}

void sim_raft_disk_wipe(SimRaftDisk *disk)
{
    stop_syncs(disk);
    empty_stored(&disk->written);
    empty_stored(&disk->synced);
}

void sim_raft_disk_format(SimRaftDisk *disk, GBytes *configuration)
{
    sim_raft_disk_wipe(disk);
    const SimRaftEntry first = { .term = 1, .type = RAFT_CHANGE, .data = configuration };
    disk->written.term = 1;
    add_entry(disk->written.entries, &first);
    copy_stored(&disk->synced, &disk->written);
}

bool sim_raft_disk_is_empty(const SimRaftDisk *disk)
{
    return disk->written.term == 0 && disk->written.snapshot.index == 0 &&
           disk->written.entries->len == 0;
}

void sim_raft_disk_set_faults(SimRaftDisk *disk, const SimRaftDiskFaults *faults)
{
    g_assert_cmpint(faults->latency_us, >=, 0);
    disk->faults = *faults;
}

const SimRaftDiskFaults *sim_raft_disk_faults(const SimRaftDisk *disk)
{
    return &disk->faults;
}

/* How many of the journal's writes are left whole. */
static guint draw_survivors(const SimRaftDisk *disk, uint64_t (*below)(void *data, uint64_t bound),
                            void *data)
{
    const guint count = disk->journal->len;
    if (count == 0) {
        return 0;
    }
    if (disk->faults.lose_unsynced) {
        return (guint)below(data, (uint64_t)count + 1);
    }
    /* The process died in the middle of its last write. */
    return disk->faults.torn ? count - 1 : count;
}

void sim_raft_disk_crash(SimRaftDisk *disk, int64_t now_us,
                         uint64_t (*below)(void *data, uint64_t bound), void *data)
{
    settle_journal(disk, now_us);
    const guint left = draw_survivors(disk, below, data);
    for (guint i = 0; i < left; i++) {
        do_write(&disk->synced, &g_array_index(disk->journal, Write, i));
    }
    if (disk->faults.torn && left < disk->journal->len) {
        const Write *torn = &g_array_index(disk->journal, Write, left);
        if (torn->kind == WRITE_APPEND) {
            /* Its checksum gives away the entry that is not whole. */
            do_append(&disk->synced, torn->index, torn->entries,
                      (guint)below(data, torn->entries->len));
        }
    }
    stop_syncs(disk);
    copy_stored(&disk->written, &disk->synced);
}
