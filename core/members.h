/* core/members.h -- the members a node knows, their states, and its RPC client to each.
 *
 *     report ok / a report received          4th failure in a row
 *            .-----> UP ---failure---> SUSPICIOUS ---> DOWN
 *            '-------------------------------'----------'
 *
 *   owner candidates (the healthy list): UP and SUSPICIOUS
 *   targets of sync, verify and load:    UP with a RUNNING RPC client  */
#pragma once

#include "core/distro.h"

/* RpcClient and GrpcClient of Nacos, as far as a peer can tell (PROTOCOL.md 3.4). */
typedef enum DistroRpcStatus {
    DISTRO_RPC_STARTING, /* the first, synchronous attempts: no pause between them */
    DISTRO_RPC_RUNNING,
    DISTRO_RPC_UNHEALTHY,
    DISTRO_RPC_OFF, /* to ourselves, standalone, or to a member that has yet to report */
} DistroRpcStatus;

typedef enum DistroRpcActivity {
    DISTRO_RPC_IDLE,       /* wakes at .wake_at_us for the keep-alive check */
    DISTRO_RPC_CHECKING,   /* a health check is under way */
    DISTRO_RPC_CONNECTING, /* a connection attempt is under way */
    DISTRO_RPC_SLEEPING,   /* backs off until .wake_at_us */
} DistroRpcActivity;

typedef struct DistroRpc {
    DistroRpcStatus status;
    DistroRpcActivity activity;
    uint32_t serial;    /* of the attempt under way; an outcome with another one is stale */
    uint32_t tries;     /* health checks done, or connection attempts failed */
    int64_t wake_at_us; /* INT64_MAX: waits for an outcome */
    int64_t active_us;  /* last synchronous success */
} DistroRpc;

typedef struct DistroMember {
    DistroName address;
    int32_t address_hash; /* Java's String.hashCode of it */
    uint32_t incarnation; /* tells it from an earlier member of that address, since removed */
    DistroMemberState state;
    int64_t fail_count;
    DistroRpc rpc;
    DistroCounters counters;
} DistroMember;

/* A report loop: reports to its targets one after the other, each blocking the loop. */
typedef struct DistroReportLoop {
    int64_t wake_at_us; /* INT64_MAX: stopped, or blocked by a report */
    int64_t period_us;
    uint32_t serial; /* of the report under way */
    uint32_t cursor; /* MemberInfoReportTask's */
    GArray *targets; /* DistroName: still to be reported to in this run */
} DistroReportLoop;

enum {
    DISTRO_REPORT_ONE,
    DISTRO_REPORT_UNHEALTHY,
    DISTRO_N_REPORT_LOOPS
};

typedef struct DistroMembers {
    GArray *list;    /* DistroMember by address (String.compareTo), self included */
    GArray *healthy; /* DistroName: DistroMapper's list */
    GArray *infos;   /* DistroMemberInfo for distro_node_members */
    DistroReportLoop loops[DISTRO_N_REPORT_LOOPS];
    DistroCounters departed; /* of members since removed */
    uint32_t incarnation;    /* the last one given out */
    bool self_healthy;       /* is our own address on the healthy list? */
    GArray *told;            /* DistroName: the list as it was last told, in that order */
    GArray *timers;          /* int64_t: see rpc_timers.c */
    GArray *slots;           /* uint32_t by incarnation: where it stands, if it is a member still */
} DistroMembers;

void distro_members_init(DistroMembers *members);
void distro_members_clear(DistroMembers *members);
/* ServerMemberManager#memberChange. */
void distro_members_change(DistroNode *node, const DistroName *addresses, uint32_t count);
void distro_members_boot(DistroNode *node);
void distro_members_wake(DistroNode *node);
int64_t distro_members_wake_at(const DistroNode *node);
void distro_members_report_received(DistroNode *node, DistroName reporter);
void distro_members_report_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                                   const DistroMessage *answer);

/* @hint: where it stood when last looked for; any number will do. NULL if it is no member. */
DistroMember *distro_members_find(const DistroNode *node, DistroName address, uint32_t hint);
/* The same, and still the member that an effect of this @incarnation was meant for. */
DistroMember *distro_members_find_same(const DistroNode *node, DistroName address,
                                       uint32_t incarnation);
uint32_t distro_members_slot(const DistroNode *node, const DistroMember *member);
/* ServerMemberManager#hasMember, substring flaw included. */
bool distro_members_has(const DistroNode *node, DistroName address);
/* May sync, verify and load be sent to it?
 * (DistroClientTransportAgent#checkTargetServerStatusUnhealthy) */
bool distro_member_reachable(const DistroMember *member);

/* mapper.c: makes @count addresses, in String.compareTo's order, the healthy list. False if it was
 * so. */
bool distro_mapper_set(DistroNode *node, const DistroName *addresses, uint32_t count);

/* rpc_timers.c: .rpc.wake_at_us of all members. To be rebuilt after the list has changed. */
void distro_rpc_timers_rebuild(DistroMembers *members);
/* @member, which stands in the list, wakes at another time than before. */
void distro_rpc_timers_moved(DistroMembers *members, const DistroMember *member);
int64_t distro_rpc_timers_earliest(const DistroMembers *members); /* INT64_MAX: none wakes */
/* Where the first member from place @from on stands that is due at @now_us; the list's length if
 * there is none. */
guint distro_rpc_timers_next_due(const DistroMembers *members, guint from, int64_t now_us);

/* rpc.c */
void distro_rpc_start(DistroNode *node, DistroMember *member);
void distro_rpc_wake(DistroNode *node, DistroMember *member);
void distro_rpc_lost(DistroNode *node, DistroMember *member);
void distro_rpc_connect_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                                const DistroMessage *answer);
void distro_rpc_health_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                               const DistroMessage *answer);
/* A synchronous request over it ended: a response is activity; an exception is looked into. */
void distro_rpc_request_ended(DistroNode *node, DistroMember *member, DistroOutcome outcome,
                              const DistroMessage *answer);
/* Are all RPC clients past their first, synchronous attempts? */
bool distro_rpc_all_started(const DistroNode *node);
