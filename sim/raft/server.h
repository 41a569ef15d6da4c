/* sim/raft/server.h -- a server of a group, as the files that make up a group in the world share
 * it. */
#pragma once

#include "sim/raft/expiry.h"
#include "sim/raft/group.h"
#include "sim/raft/history.h"
#include "sim/raft/safety.h"

typedef struct SimRaft SimRaft;

/* What is a timer's business. Each goes with a stamp; one that fits no more is void. */
typedef enum SimRaftTimer {
    SIM_RAFT_TIMER_WAKE,    /* stamp: incarnation, as for those that say no other */
    SIM_RAFT_TIMER_START,   /* the server answers from now on */
    SIM_RAFT_TIMER_REFRESH, /* of the leader as known */
    SIM_RAFT_TIMER_TEND,    /* of the membership */
    SIM_RAFT_TIMER_EXPIRY,  /* ExpiredMetadataCleaner */
    SIM_RAFT_TIMER_DISK,    /* its faults end; stamp: their number */
    SIM_RAFT_TIMER_WRITE,   /* stamp: the write's number */
    SIM_RAFT_TIMER_SETTLE,  /* likewise: it has ended */
    SIM_RAFT_TIMER_CHECK,   /* of an instance's health; stamp: the check's number */
} SimRaftTimer;

/* A write that waits for its end at the server that took it. */
typedef struct SimRaftWrite {
    uint64_t number;
    uint32_t history; /* number there */
    SimRaftWriteDone done;
    void *data;
    GDestroyNotify drop; /* (nullable) of .data, if the world ends first */
    bool ended;          /* and .outcome is told by the next timer */
    SimRaftWritten outcome;
} SimRaftWrite;

/* A call WRITE that waits for its answer at the leader. */
typedef struct SimRaftServed {
    uint64_t number; /* of the voter's write */
    uint64_t call;
} SimRaftServed;

typedef struct SimRaftLast {
    uint64_t subject; /* key in the history */
    uint64_t command; /* its id */
} SimRaftLast;

typedef struct SimRaftGroup {
    SimRaft *raft;
    uint32_t cluster;
    GPtrArray *servers; /* SimRaftServer by id - 1 */
    uint32_t founders;  /* servers with whom it began */
    bool has_changed;   /* its membership, since */
    SimRaftSafety *safety;
    SimWriteHistory *history;
    uint64_t applied_to; /* the highest index that any server has applied */
    GArray *last;        /* SimRaftLast: by what was written last of each subject up to there */
    GHashTable *last_of; /* subject -> position in .last + 1; look up only */
} SimRaftGroup;

typedef struct SimRaftServer {
    SimRaft *raft;
    SimRaftGroup *group;
    SimNode *node;
    uint64_t id;
    SimRaftDisk *disk;
    uint64_t disk_faults; /* number of the last */
    bool wiped;           /* at the next boot */
    SimPrng chance;
    /* Of a running process: */
    SimRaftVoter *voter;
    SimRaftMachine *machine;
    SimExpiry *expiry;
    GArray *writes; /* SimRaftWrite */
    GArray *served; /* SimRaftServed */
    int64_t wake_queued_us;
    int64_t refresh_us;    /* its period */
    uint64_t known_leader; /* RouteTable: id of whom writes are forwarded to; 0: none */
    uint32_t join_at;      /* position of the peer that is asked next to add this server */
    bool tending;          /* a TEND timer is set */
    GArray *checks;        /* health.c's */
    SimPrng check_chance;
} SimRaftServer;

struct SimRaft {
    SimWorld *world;
    int64_t began_us;   /* voters' and disks' clock counts from here on: it is never negative */
    GPtrArray *servers; /* SimRaftServer by node */
    GPtrArray *groups;  /* SimRaftGroup by cluster */
    bool judged;        /* the histories, at the story's end */
    uint64_t last_number;
    uint64_t last_command;
    GHashTable *merged; /* DistroListing: made by laying an override over another; look up only */
};

/* --- group.c ------------------------------------------------------------------------------ */
SimRaft *sim_raft_of(const SimWorld *world);          /* NULL: there is none */
SimRaftServer *sim_raft_server(const SimNode *node);  /* likewise */
SimRaftServer *sim_raft_running(const SimNode *node); /* its voter runs; or NULL */
SimRaftServer *sim_raft_peer(const SimRaftServer *server, uint64_t id); /* or NULL */
void sim_raft_set_timer(SimRaftServer *server, int64_t at_us, SimRaftTimer timer, uint64_t stamp);
/* After every call of one of the voter's functions. */
void sim_raft_left_voter(SimRaftServer *server);
void sim_raft_tend(SimRaftServer *server); /* look at the membership within a second */

/* --- write.c ------------------------------------------------------------------------------ */
void sim_raft_writes_begin(SimRaftServer *server);
void sim_raft_writes_end(SimRaftServer *server);  /* the process ends */
void sim_raft_writes_drop(SimRaftServer *server); /* the world does: nothing is told */
void sim_raft_write_timer(SimRaftServer *server, SimRaftTimer timer, uint64_t stamp);
void sim_raft_on_write(SimRaftServer *server, uint64_t call);
void sim_raft_on_write_outcome(SimRaftServer *server, const SimCall *call, DistroOutcome outcome,
                               const DistroFrame *answer);
/* @server has applied @command at @index. */
void sim_raft_note_applied(SimRaftServer *server, uint64_t index, const SimRaftCommand *command);
/* Everybody reads what was written last: the history is whole. */
void sim_raft_read_all(SimRaftGroup *group);
void sim_raft_on_written(SimRaftServer *server, uint64_t number, SimRaftOutcome outcome);

/* --- persistent.c ------------------------------------------------------------------------- */
void sim_persistent_apply(SimRaftServer *server, uint64_t index, GBytes *command);
void sim_persistent_restore(SimRaftServer *server, GBytes *state); /* NULL: as at the beginning */
void sim_persistent_expire(SimRaftServer *server);                 /* every 5 s */
/* Of SimBeside. */
void sim_persistent_on_client(void *data, SimNode *node, uint64_t call);
void sim_persistent_complete(void *data, const SimNode *node, DistroService service,
                             GArray *listings);
bool sim_persistent_has(void *data, const SimNode *node, DistroService service);
void sim_persistent_published(void *data, SimNode *node, DistroService service,
                              DistroPublication former, DistroPublication present);

/* --- health.c ----------------------------------------------------------------------------- */
/* @client publishes that of @service from now on; 0: nothing. */
void sim_health_follow(SimRaftServer *server, DistroClient client, DistroService service,
                       DistroPublication publication);
void sim_health_timer(SimRaftServer *server, uint64_t number);
void sim_health_outcome(SimRaftServer *server, const SimCall *call, DistroOutcome outcome,
                        const DistroFrame *answer);
