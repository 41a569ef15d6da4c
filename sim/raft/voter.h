/* sim/raft/voter.h -- one server of a Raft group: libraft, and a raft_io whose time, chance, disk
 * and network are the host's.
 *
 *             write, asked, answered, wake                 call, answer, apply, event
 *      host ------------------------------->  voter  -------------------------------> host
 *                                               |
 *                                  libraft ---- raft_io ---- SimRaftDisk
 *
 * libraft decides what is right: who may vote for whom, what is appended, what is committed. When
 * it is done is decided here, as JRaft does (NodeImpl, Replicator): an election timer of 5 to 6 s
 * that asks whether the leader was heard of within 5 s, a vote timer likewise, a leader that counts
 * every 2.5 s who answered what was sent within the last 4.5 s. libraft's own timers
 * would draw from 5 to 10 s, refuse a pre-vote until the voter itself has timed out, and have a
 * leader look every 5 s.
 *
 * Nothing is promised before what it rests on is synced: a message waits until term and vote are,
 * an answer to entries until they are.
 *
 * What libraft 0.15 does wrong, or leaves to its user, is made good in guards.c.
 *
 * Time is the host's clock in microseconds, and never goes back. Chance, network and state machine
 * are callbacks, none of which may call the voter. Running out of memory aborts. */
#pragma once

#include "sim/raft/disk.h"
#include "sim/raft/message.h"

typedef struct SimRaftVoter SimRaftVoter;

typedef enum SimRaftCall {
    SIM_RAFT_CALL_APPEND,
    SIM_RAFT_CALL_PREVOTE,
    SIM_RAFT_CALL_VOTE,
    SIM_RAFT_CALL_INSTALL,
    SIM_RAFT_CALL_TIMEOUT_NOW, /* a leader that stops: stand for election at once */
} SimRaftCall;

typedef enum SimRaftRole {
    SIM_RAFT_FAILED, /* its disk refused a write: it takes no part until it is started again */
    SIM_RAFT_LEARNER,
    SIM_RAFT_FOLLOWER,
    SIM_RAFT_CANDIDATE,
    SIM_RAFT_LEADER,
} SimRaftRole;

typedef enum SimRaftOutcome {
    SIM_RAFT_COMMITTED,
    SIM_RAFT_NOT_LEADER,   /* nothing was done */
    SIM_RAFT_STEPPED_DOWN, /* it was leader: the write may or may not come through */
    SIM_RAFT_DISK_FAILED,  /* likewise */
} SimRaftOutcome;

typedef enum SimRaftEventKind {
    SIM_RAFT_ELECTED,      /* leader of .term */
    SIM_RAFT_STEPDOWN,     /* leader of .term no more */
    SIM_RAFT_VOTED,        /* for .server in .term */
    SIM_RAFT_FOLLOWS,      /* .server is leader of .term, as it says */
    SIM_RAFT_APPENDED,     /* .index, .term, .payload: written, not yet synced */
    SIM_RAFT_TRUNCATED,    /* from .index on */
    SIM_RAFT_COMMIT,       /* up to .index */
    SIM_RAFT_SNAPSHOT,     /* taken at .index, .term */
    SIM_RAFT_INSTALLED,    /* likewise, received: the log is gone */
    SIM_RAFT_DISK_REFUSED, /* now FAILED */
    SIM_RAFT_GAVE_UP,      /* likewise: what it is sent contradicts what it has committed */
} SimRaftEventKind;

typedef struct SimRaftEvent {
    SimRaftEventKind kind;
    uint64_t term, index;
    uint64_t server;
    GBytes *payload; /* borrowed */
} SimRaftEvent;

typedef struct SimRaftHost {
    void *data;
    int64_t (*now_us)(void *data);
    uint64_t (*below)(void *data, uint64_t bound); /* uniform in [0, bound) */
    /* Ask @to. The outcome, within @timeout_us, comes as sim_raft_voter_answered(@ticket). @size is
     * that of JRaft's form of @request (borrowed). */
    void (*call)(void *data, uint64_t to, SimRaftCall kind, uint64_t ticket, GBytes *request,
                 uint32_t size, int64_t timeout_us);
    /* The answer to the call that sim_raft_voter_asked brought as @call. NULL: an error, which says
     * nothing (JRaft's ErrorResponse). */
    void (*answer)(void *data, uint64_t call, GBytes *answer, uint32_t size);
    /* The committed entry @index. */
    void (*apply)(void *data, uint64_t index, uint64_t term, GBytes *command);
    GBytes *(*save)(void *data); /* the state as of the last apply (transfer full) */
    /* The state is as of @index now; 0 and NULL: as at the beginning. */
    void (*restore)(void *data, uint64_t index, GBytes *state);
    /* The write @write has ended. For COMMITTED it has been applied here just now. */
    void (*written)(void *data, uint64_t write, SimRaftOutcome outcome);
    void (*event)(void *data, const SimRaftEvent *event);
} SimRaftHost;

/* JRaft's, under Nacos's RaftSysConstants. */
typedef struct SimRaftTimes {
    int64_t election_us;       /* 5 s; Nacos takes no less */
    int64_t election_delay_us; /* 1 s: timers are drawn from [election, election + delay) */
    int64_t heartbeat_us;      /* a tenth of the election time-out */
    int64_t rpc_us;            /* 5 s */
    int64_t snapshot_us;       /* 1,800 s; the first after half of it to all of it */
} SimRaftTimes;
SimRaftTimes sim_raft_times_default(void);

/* Starts server @id (from 1) with what @disk (borrowed) has on it. With an empty disk it is a
 * learner until a leader adds it. Nothing is sent before sim_raft_voter_wake is due. */
SimRaftVoter *sim_raft_voter_new(uint64_t id, SimRaftNames names, const SimRaftTimes *times,
                                 SimRaftDisk *disk, const SimRaftHost *host);
/* The process is gone: nothing is told to anybody, and the disk is left as it is (see
 * sim_raft_disk_crash). */
void sim_raft_voter_free(SimRaftVoter *voter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimRaftVoter, sim_raft_voter_free)

/* The first entry of a group of the servers 1 to @count, all voters. (transfer full) */
GBytes *sim_raft_first_configuration(uint32_t count);

/* Earliest instant at which the voter has something to do; never INT64_MAX, unless it failed. May
 * change with every call of the functions below. */
int64_t sim_raft_voter_wake_us(const SimRaftVoter *voter);
/* Does what is due; nothing if it is too early. */
void sim_raft_voter_wake(SimRaftVoter *voter);

/* @from asks; @call is handed back by host->answer, now or later, or never (then the caller times
 * out). A request that is none of ours is answered with an error. */
void sim_raft_voter_asked(SimRaftVoter *voter, uint64_t from, uint64_t call, GBytes *request);
/* A call of ours has ended; @answer NULL: without an answer. */
void sim_raft_voter_answered(SimRaftVoter *voter, uint64_t ticket, GBytes *answer);

/* Write @command. If this voter is not the leader, host->written says so before this returns. */
void sim_raft_voter_write(SimRaftVoter *voter, uint64_t write, GBytes *command);

/* Add server @id as a voter, or remove it. False if this voter is no leader, or another change is
 * under way; else it is begun, and sim_raft_voter_has_server tells when it is done. */
bool sim_raft_voter_add_server(SimRaftVoter *voter, uint64_t id);
bool sim_raft_voter_remove_server(SimRaftVoter *voter, uint64_t id);
/* @id is a voter in this server's configuration, committed or not. */
bool sim_raft_voter_has_server(const SimRaftVoter *voter, uint64_t id);
/* An orderly stop of the leader: the follower that is furthest is told to stand at once. */
void sim_raft_voter_resign(SimRaftVoter *voter);

/* --- looking ------------------------------------------------------------------------------ */
SimRaftRole sim_raft_voter_role(const SimRaftVoter *voter);
uint64_t sim_raft_voter_term(const SimRaftVoter *voter);
uint64_t sim_raft_voter_leader(const SimRaftVoter *voter); /* as it knows; 0: none */
uint64_t sim_raft_voter_commit(const SimRaftVoter *voter);
uint64_t sim_raft_voter_applied(const SimRaftVoter *voter);
uint64_t sim_raft_voter_last_index(const SimRaftVoter *voter);
