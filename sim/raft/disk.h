/* sim/raft/disk.h -- what a voter wrote, and what of it is left after a crash.
 *
 * A journal of writes in front of what has been synced:
 *
 *      write --> [ vote | append | truncate | append | snapshot ] --sync--> stored
 *                  '-- what one sync takes along --'
 *
 * One sync runs at a time. What is written meanwhile goes with the next one, which starts when that
 * one ends, so a burst of writes costs two syncs and not one each (JRaft's LogManagerImpl gathers
 * what waits in the same way). A write is refused when the disk is full, and then nothing of it is
 * there.
 *
 * A crash of the process loses nothing that was written: the page cache outlives it. With
 * .lose_unsynced the machine loses power: of the journal a prefix is left, drawn from the host's
 * chance. With .torn the first write that is not left whole is there in part: of an append some
 * entries, of anything else nothing, since a file that is replaced is renamed last.
 *
 * Time is the owner's, in microseconds, and must not go back between two crashes.
 * Running out of memory aborts (GLib). Not thread-safe; a disk belongs to one world. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct SimRaftEntry {
    uint64_t term;
    uint32_t type; /* RAFT_COMMAND, RAFT_BARRIER or RAFT_CHANGE */
    GBytes *data;
} SimRaftEntry;

/* The state machine as of @index; .index 0: there is none. */
typedef struct SimRaftSnapshot {
    uint64_t index, term;
    uint64_t configuration_index;
    GBytes *configuration; /* as sim_raft_configuration_encode makes it */
    GBytes *state;
} SimRaftSnapshot;

/* What a start finds. */
typedef struct SimRaftStored {
    uint64_t term, vote;
    SimRaftSnapshot snapshot;
    uint64_t first_index; /* of the first entry; with none, of the next one */
    GArray *entries;      /* SimRaftEntry */
} SimRaftStored;

/* How long a sync takes unless the story says otherwise: an SSD in a server, or a cloud's block
 * storage with its network. */
#define SIM_RAFT_DISK_LATENCY_US 2000

typedef struct SimRaftDiskFaults {
    int64_t latency_us; /* of one sync */
    bool full;
    bool torn;
    bool lose_unsynced;
} SimRaftDiskFaults;

typedef struct SimRaftDisk SimRaftDisk;

/* Empty, without faults. */
SimRaftDisk *sim_raft_disk_new(void);
void sim_raft_disk_free(SimRaftDisk *disk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimRaftDisk, sim_raft_disk_free)

/* A voter of the group that begins with @configuration starts here: its log has that one entry, of
 * term 1, synced. Whatever was on the disk is gone. */
void sim_raft_disk_format(SimRaftDisk *disk, GBytes *configuration);
/* Nothing is left, not even the first entry. */
void sim_raft_disk_wipe(SimRaftDisk *disk);
bool sim_raft_disk_is_empty(const SimRaftDisk *disk);

void sim_raft_disk_set_faults(SimRaftDisk *disk, const SimRaftDiskFaults *faults);
const SimRaftDiskFaults *sim_raft_disk_faults(const SimRaftDisk *disk);

/* Writes. Each returns when it will be synced, or -1 if the disk is full. */
int64_t sim_raft_disk_write_vote(SimRaftDisk *disk, int64_t now_us, uint64_t term, uint64_t vote);
/* @entries follow what is there; their data is referenced. */
int64_t sim_raft_disk_append(SimRaftDisk *disk, int64_t now_us, const SimRaftEntry *entries,
                             size_t count);
/* The entry at @from and all after it go. They must be there (asserted). */
int64_t sim_raft_disk_truncate(SimRaftDisk *disk, int64_t now_us, uint64_t from);
/* @keep_from: entries before it go; 0: all go, and the log begins after the snapshot. */
int64_t sim_raft_disk_put_snapshot(SimRaftDisk *disk, int64_t now_us,
                                   const SimRaftSnapshot *snapshot, uint64_t keep_from);

/* Everything written, synced or not, as the running process reads it. Borrowed; holds until the
 * next write, crash or format. */
const SimRaftStored *sim_raft_disk_read(SimRaftDisk *disk, int64_t now_us);
/* Of the entry that an append would write next. */
uint64_t sim_raft_disk_next_index(const SimRaftDisk *disk);
/* When the last write so far will be synced; 0 if all are. */
int64_t sim_raft_disk_synced_us(SimRaftDisk *disk, int64_t now_us);

/* The process, or with .lose_unsynced the machine, is gone. @below draws a number in [0, bound). */
void sim_raft_disk_crash(SimRaftDisk *disk, int64_t now_us,
                         uint64_t (*below)(void *data, uint64_t bound), void *data);
