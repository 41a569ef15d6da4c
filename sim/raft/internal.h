/* sim/raft/internal.h -- a voter's insides, shared by voter.c, io.c and guards.c.
 *
 * libraft is entered from voter.c alone, between sim_raft_enter and sim_raft_leave. While it runs,
 * what it wants done piles up here; leaving does it:
 *
 *      .sent     raft_io_send requests whose callback is due; libraft reads them after send returns
 *      .outbox   messages that wait until term and vote are synced
 *      .appends  entries that wait for their sync, in order
 *      .early    answers that a new leader may not look at yet
 */
#pragma once

#include "sim/raft/voter.h"

/* A call of ours: from send to its outcome. */
typedef struct Sent {
    uint64_t ticket;
    uint64_t to;
    SimRaftCall kind;
    int64_t at_us;
    struct raft_io_send *request;
    raft_io_send_cb done; /* NULL once it has been called, or if there is none */
} Sent;

/* A message that has not left yet. */
typedef struct Outgoing {
    int64_t due_us;
    bool is_answer;
    uint64_t to;      /* a call's */
    SimRaftCall kind; /* likewise */
    uint64_t number;  /* ticket of a call, or the call that is answered */
    GBytes *bytes;    /* NULL: an error */
    uint32_t size;
    int64_t timeout_us;
} Outgoing;

/* Who asked, while libraft handles it and until what it wrote is synced. */
typedef struct Asker {
    uint64_t from; /* 0: no server */
    uint64_t call;
} Asker;

typedef struct Append {
    int64_t synced_us;
    struct raft_io_append *request;
    raft_io_append_cb done;
    Asker asker;
} Append;

typedef struct Put {
    int64_t synced_us;
    struct raft_io_snapshot_put *request; /* NULL: none is under way */
    raft_io_snapshot_put_cb done;
    Asker asker;
    uint64_t index, term;
    struct raft_buffer *buffers; /* of a snapshot that was received, else NULL */
} Put;

typedef struct Get {
    struct raft_io_snapshot_get *request;
    raft_io_snapshot_get_cb done;
} Get;

struct SimRaftVoter {
    struct raft raft;
    struct raft_io io;
    struct raft_fsm fsm;
    struct raft_transfer transfer;
    struct raft_change change;
    uint64_t changing; /* the server that .change is about; 0: none */
    bool adding;

    uint64_t id;
    SimRaftNames names;
    SimRaftTimes times;
    SimRaftDisk *disk;
    SimRaftHost host;
    int64_t began_us; /* the host's clock at the start: libraft's begins at CLOCK_BEGINS_MS */

    bool open;         /* libraft is there: not failed, not being closed */
    bool inside;       /* libraft runs */
    bool disk_refused; /* since it was entered */
    raft_io_tick_cb tick;
    raft_io_recv_cb receive;

    GArray *sent;    /* Sent, in order */
    GArray *done;    /* Sent whose callback is due with success */
    GArray *outbox;  /* Outgoing */
    GArray *appends; /* Append */
    Put put;
    GArray *gets;    /* Get */
    GArray *early;   /* struct raft_message: APPEND_ENTRIES_RESULT */
    Asker asker;     /* of the request being handled */
    int64_t hold_us; /* nothing leaves before */
    uint64_t tickets;

    /* As they were when libraft was last left. */
    int state;
    uint64_t term, vote, leader, commit;
    bool pre_vote;
    uint64_t applied, last_index; /* when it failed */

    int64_t election_us;  /* when the election or vote timer fires */
    int64_t step_down_us; /* a leader's next look at its majority */
    int64_t snapshot_us;
    GArray *answered_us;     /* int64_t by server: when what it last answered was sent */
    uint64_t barrier_index;  /* a leader's first entry in its term */
    uint64_t verified_index; /* up to here the log is the leader's, in the present term */
    uint64_t verified_term;
    uint64_t former_snapshot; /* index of the last but one */
    uint64_t restored_index;  /* of the state being restored */
};

/* io.c */
void sim_raft_io_init(SimRaftVoter *voter);
/* What has been synced by now is told to libraft. False if there was nothing. */
bool sim_raft_io_complete(SimRaftVoter *voter);
/* When the next write will be synced; INT64_MAX if none is under way. */
int64_t sim_raft_io_next_us(const SimRaftVoter *voter);
int64_t sim_raft_io_now_us(const SimRaftVoter *voter);
uint64_t sim_raft_io_now_ms(const SimRaftVoter *voter);
/* The host's clock at @ms of libraft's. */
int64_t sim_raft_io_from_ms(const SimRaftVoter *voter, uint64_t ms);
void sim_raft_io_answer_error(SimRaftVoter *voter, Asker asker);

/* guards.c */
/* Before a request reaches libraft. */
void sim_raft_guard_request(SimRaftVoter *voter, struct raft_message *message);
/* An answer must wait for the leader's first entry: it was taken. */
bool sim_raft_guard_answer(SimRaftVoter *voter, const struct raft_message *message);
/* Before what libraft answers leaves. */
void sim_raft_guard_result(SimRaftVoter *voter, struct raft_message *result);
/* What libraft is told of a call that failed. */
int sim_raft_guard_failure(const SimRaftVoter *voter, const Sent *sent);
/* The entry at @index, or NULL. */
const struct raft_entry *sim_raft_find_entry(const SimRaftVoter *voter, uint64_t index);
/* The first entry of @append that takes the place of another here, if a configuration is among
 * those that go; else 0. */
uint64_t sim_raft_guard_lost_configuration(const SimRaftVoter *voter,
                                           const struct raft_append_entries *append);

/* timers.c */
void sim_raft_timers_start(SimRaftVoter *voter);
/* libraft has been left: its role may have changed since. */
void sim_raft_timers_follow(SimRaftVoter *voter);
int64_t sim_raft_timers_next_us(const SimRaftVoter *voter);
/* What is due; libraft must have been entered. */
void sim_raft_timers_fire(SimRaftVoter *voter);
/* @to has answered what was sent at @sent_us. */
void sim_raft_timers_note_answer(SimRaftVoter *voter, uint64_t to, int64_t sent_us);
