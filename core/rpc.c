/* core/rpc.c -- the cluster RPC client to one peer (RpcClient, GrpcClient; PROTOCOL.md 3.4).
 *
 *   STARTING --connected--> RUNNING --stream reset, or health checks failed--> UNHEALTHY
 *                              ^                                                   |
 *                              '------- connected, or a health check succeeded ----'
 *
 * Only synchronous requests (reports, snapshots, health checks) are activity; pushes and verifies,
 * asynchronous, neither prove a connection good nor bad.
 *
 * Left out, since their effect stays below a second: the pauses of up to 500 ms before health
 * checks that Nacos draws at random, the three further tries within 300 ms of a synchronous request
 * whose connection broke, and HTTP/2's own keep-alive (channel.keep.alive, 6 min), which the health
 * check every 5 s always precedes. All clients make their first attempts side by side, where Nacos
 * takes one member after the other. */
#include "core/members.h"
#include "core/node.h"
#include "core/planted.h"

#define BACK_OFF_STEP_US 100000
#define BACK_OFF_MAX_STEPS 50

/* The one place that moves a client's timer, so that the node's next wake-up is known. */
static void enter(DistroNode *node, DistroMember *member, DistroRpcActivity activity,
                  int64_t wake_at_us)
{
    member->rpc.activity = activity;
    member->rpc.wake_at_us = wake_at_us;
    distro_rpc_timers_moved(&node->members, member);
}

static void send_connect(DistroNode *node, DistroMember *member, uint16_t stage)
{
    g_assert_cmpuint(stage, <=, 1);
    g_assert(member->address != node->self);
    enter(node, member, DISTRO_RPC_CONNECTING, INT64_MAX);
    const DistroTicket ticket = {
        .peer = member->address,
        .client = member->incarnation,
        .serial = ++member->rpc.serial,
        .purpose = DISTRO_PURPOSE_CONNECT,
        .action = stage,
    };
    const DistroMessage connect = { .op = DISTRO_OP_CONNECT };
    distro_emit_send(node, ticket, &connect,
                     stage == 0 ? node->config.rpc_server_check_timeout_us
                                : node->config.rpc_negotiation_timeout_us,
                     DISTRO_PATH_LOCAL);
}

void distro_rpc_start(DistroNode *node, DistroMember *member)
{
    if (node->config.standalone) {
        return;
    }
    g_assert(member->rpc.status == DISTRO_RPC_OFF);
    member->rpc.status = DISTRO_RPC_STARTING;
    member->rpc.tries = 0;
    member->rpc.active_us = node->now_us;
    send_connect(node, member, 0);
}

/* The connection has just proved good. */
static void become_running(DistroNode *node, DistroMember *member)
{
    g_assert(member->rpc.status != DISTRO_RPC_OFF);
    if (member->rpc.status != DISTRO_RPC_RUNNING) {
        distro_emit_event(node, DISTRO_EVENT_RPC_CONNECTED, member->address, DISTRO_NONE, 0);
    }
    member->rpc.status = DISTRO_RPC_RUNNING;
    member->rpc.tries = 0;
    member->rpc.active_us = node->now_us;
    enter(node, member, DISTRO_RPC_IDLE, node->now_us + node->config.rpc_keep_alive_us);
}

static void become_unhealthy(DistroNode *node, DistroMember *member)
{
    g_assert(member->rpc.status != DISTRO_RPC_OFF);
    if (member->rpc.status == DISTRO_RPC_RUNNING) {
        distro_emit_event(node, DISTRO_EVENT_RPC_LOST, member->address, DISTRO_NONE, 0);
    }
    member->rpc.status = DISTRO_RPC_UNHEALTHY;
}

static void reconnect(DistroNode *node, DistroMember *member)
{
    become_unhealthy(node, member);
    member->rpc.tries = 0;
    send_connect(node, member, 0);
}

static void send_health_check(DistroNode *node, DistroMember *member)
{
    g_assert(member->rpc.activity == DISTRO_RPC_IDLE ||
             member->rpc.activity == DISTRO_RPC_CHECKING);
    enter(node, member, DISTRO_RPC_CHECKING, INT64_MAX);
    const DistroTicket ticket = {
        .peer = member->address,
        .client = member->incarnation,
        .serial = ++member->rpc.serial,
        .purpose = DISTRO_PURPOSE_HEALTH,
    };
    const DistroMessage health = { .op = DISTRO_OP_HEALTH };
    distro_emit_send(node, ticket, &health, node->config.rpc_health_timeout_us, DISTRO_PATH_LOCAL);
}

/* After the k-th failed attempt sleep min(k, 50) * 100 ms; the first attempts after the start of
 * the client follow each other at once (RpcClient#start, RpcClient#reconnect). */
static void connection_failed(DistroNode *node, DistroMember *member)
{
    g_assert(member->rpc.activity == DISTRO_RPC_CONNECTING);
    member->rpc.tries++;
    if (member->rpc.status == DISTRO_RPC_STARTING) {
        if (member->rpc.tries <= (uint32_t)node->config.rpc_retry_count) {
            send_connect(node, member, 0);
            return;
        }
        member->rpc.status = DISTRO_RPC_UNHEALTHY;
        member->rpc.tries = 0;
        send_connect(node, member, 0);
        return;
    }
    if (DISTRO_PLANTED(NO_RECONNECT)) {
        enter(node, member, DISTRO_RPC_SLEEPING, INT64_MAX);
        return;
    }
    const uint32_t most = DISTRO_PLANTED(BACK_OFF_UNBOUNDED) ? UINT32_MAX : BACK_OFF_MAX_STEPS;
    const uint32_t steps = MIN(member->rpc.tries, most);
    enter(node, member, DISTRO_RPC_SLEEPING, node->now_us + (int64_t)steps * BACK_OFF_STEP_US);
}

/* The member that an attempt was made for, if it is a member still and waits for that attempt. */
static DistroMember *awaiting(const DistroNode *node, DistroTicket ticket,
                              DistroRpcActivity activity)
{
    DistroMember *member = distro_members_find_same(node, ticket.peer, ticket.client);
    return member != NULL && member->rpc.activity == activity && member->rpc.serial == ticket.serial
               ? member
               : NULL;
}

static bool is_good(DistroOutcome outcome, const DistroMessage *answer)
{
    return outcome == DISTRO_OUTCOME_ANSWERED && answer->status == DISTRO_STATUS_OK;
}

void distro_rpc_connect_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                                const DistroMessage *answer)
{
    DistroMember *member = awaiting(node, ticket, DISTRO_RPC_CONNECTING);
    if (member == NULL) {
        return;
    }
    if (!is_good(outcome, answer)) {
        connection_failed(node, member);
    } else if (ticket.action == 0) {
        send_connect(node, member, 1);
    } else {
        become_running(node, member);
    }
}

/* RpcClient#healthCheck: a bad response ends it, an exception is tried again. A broken connection
 * has no second try here, since its stream error makes the client reconnect anyway. */
void distro_rpc_health_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                               const DistroMessage *answer)
{
    DistroMember *member = awaiting(node, ticket, DISTRO_RPC_CHECKING);
    if (member == NULL) {
        return;
    }
    if (is_good(outcome, answer)) {
        become_running(node, member);
        return;
    }
    member->rpc.tries++;
    const bool again = outcome == DISTRO_OUTCOME_TIMED_OUT || outcome == DISTRO_OUTCOME_REJECTED;
    if (!again || member->rpc.tries > (uint32_t)node->config.rpc_health_retry_count) {
        reconnect(node, member);
    } else {
        send_health_check(node, member);
    }
}

void distro_rpc_lost(DistroNode *node, DistroMember *member)
{
    if (member->rpc.status == DISTRO_RPC_OFF || member->rpc.activity == DISTRO_RPC_CONNECTING ||
        member->rpc.activity == DISTRO_RPC_SLEEPING) {
        return; /* the connection that was reset is one we had given up already */
    }
    reconnect(node, member);
}

/* RpcClient#request: 301 says that the server forgot the connection; any other exception makes the
 * client doubt it, and check before it gives it up (switchServerAsyncOnRequestFail). */
void distro_rpc_request_ended(DistroNode *node, DistroMember *member, DistroOutcome outcome,
                              const DistroMessage *answer)
{
    if (member->rpc.status != DISTRO_RPC_RUNNING) {
        return;
    }
    if (distro_is_response(outcome, answer)) {
        member->rpc.active_us = node->now_us;
        return;
    }
    if (outcome == DISTRO_OUTCOME_ANSWERED && answer->status == DISTRO_STATUS_UNREGISTERED) {
        reconnect(node, member);
        return;
    }
    become_unhealthy(node, member);
    if (member->rpc.activity == DISTRO_RPC_IDLE) { /* else a check is under way and will tell */
        member->rpc.tries = 0;
        send_health_check(node, member);
    }
}

/* The loop of RpcClient#start: every keep-alive period, a check if the connection was idle. */
void distro_rpc_wake(DistroNode *node, DistroMember *member)
{
    if (member->rpc.wake_at_us > node->now_us) {
        return;
    }
    g_assert(member->rpc.activity == DISTRO_RPC_IDLE ||
             member->rpc.activity == DISTRO_RPC_SLEEPING);
    if (member->rpc.activity == DISTRO_RPC_SLEEPING) {
        send_connect(node, member, 0);
    } else if (node->now_us - member->rpc.active_us >= node->config.rpc_keep_alive_us &&
               !DISTRO_PLANTED(NO_HEALTH_CHECK)) {
        member->rpc.tries = 0;
        send_health_check(node, member);
    } else {
        enter(node, member, DISTRO_RPC_IDLE, node->now_us + node->config.rpc_keep_alive_us);
    }
}

bool distro_rpc_all_started(const DistroNode *node)
{
    for (guint i = 0; i < node->members.list->len; i++) {
        const DistroMember *member = &g_array_index(node->members.list, DistroMember, i);
        if (member->rpc.status == DISTRO_RPC_STARTING) {
            return false;
        }
    }
    return true;
}
