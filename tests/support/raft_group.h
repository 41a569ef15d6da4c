/* tests/support/raft_group.h -- a few voters, their disks, and a network in a hundred lines.
 *
 * Calls take a delay drawn from the group's chance, wait for no connection, and vanish in cuts; the
 * state machine is a table of numbers. Safety is watched and every write is in a history. */
#pragma once

#include "sim/raft/history.h"
#include "sim/raft/safety.h"

#define GROUP_MOST 9
#define GROUP_KEYS 4

#define US(n) ((int64_t)(n))
#define MS(n) ((int64_t)(n)*1000)
#define S(n) ((int64_t)(n)*G_USEC_PER_SEC)

typedef struct Group Group;

typedef enum GroupWrite {
    GROUP_PENDING,
    GROUP_DONE,
    GROUP_REFUSED,
    GROUP_UNKNOWN, /* it may have happened */
} GroupWrite;

/* @count voters (and room for some more), all running, none elected yet. */
Group *group_new(uint32_t count, uint64_t seed);
/* With timers a fiftieth as long, so that more happens in a virtual minute. */
Group *group_new_hurried(uint32_t count, uint64_t seed);
void group_free(Group *group);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Group, group_free)

int64_t group_now_us(const Group *group);
void group_run(Group *group, int64_t for_us);
/* Until @server 1.. is, or any (0), leads and follows its own term; false after @within_us. */
bool group_await_leader(Group *group, uint32_t server, int64_t within_us);
/* The server that leads the highest term; 0: none. */
uint32_t group_leader(const Group *group);
SimRaftVoter *group_voter(const Group *group, uint32_t server); /* NULL: down */
SimRaftDisk *group_disk(Group *group, uint32_t server);

void group_set_delay(Group *group, int64_t delay_us, int64_t jitter_us);
void group_cut(Group *group, uint32_t from, uint32_t to); /* one way */
void group_isolate(Group *group, uint32_t server);
void group_heal(Group *group);
void group_crash(Group *group, uint32_t server);
void group_restart(Group *group, uint32_t server);
/* A server that is in no configuration, with an empty disk. */
uint32_t group_join(Group *group);

/* Ask @server to write. Its number is for group_outcome. */
uint32_t group_write(Group *group, uint32_t server, uint64_t key, uint64_t value);
GroupWrite group_outcome(const Group *group, uint32_t write);
int64_t group_took_us(const Group *group, uint32_t write); /* until its outcome */
uint64_t group_read(const Group *group, uint32_t server, uint64_t key);

uint32_t group_breaches(const Group *group, SimRaftProperty property);
uint32_t group_all_breaches(const Group *group);
bool group_is_linearizable(const Group *group);
uint64_t group_messages(const Group *group);
uint32_t group_events(const Group *group, uint32_t server, SimRaftEventKind kind);
/* Of everything that was told, in order. */
uint64_t group_fingerprint(const Group *group);

/* Crashes, cuts, slow, full and torn disks that lose what was not synced, and writes, for
 * @for_us; then all is healed and restarted, and the group is given time to agree. */
void group_chaos(Group *group, int64_t for_us);
/* All running servers have applied the same. */
bool group_agrees(const Group *group);
