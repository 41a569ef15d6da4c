/* core/filter.c -- to whom an HTTP write is passed on (DistroFilter, TrafficReviseFilter).
 *
 *   responsible here -> executed; else one hop to mapSrv(tag), whose answer is relayed;
 *   a forwarded request is never forwarded again: 400 */
#include "core/node.h"
#include "core/planted.h"

#define FORWARD_TIMEOUT_US 2000000

static bool is_responsible(const DistroNode *node, const DistroWrite *write)
{
    return distro_node_responsible(node, node->behaviour->tag_hash(node, write));
}

static void refuse(DistroNode *node, uint64_t call, const DistroWrite *write, DistroStatus status)
{
    distro_emit_event(node, DISTRO_EVENT_WRITE_REFUSED, DISTRO_NONE, write->client, status);
    distro_emit_reply(node, call, status);
}

/* The call's number travels in the ticket, so a forwarding node keeps no state. */
static void forward(DistroNode *node, uint64_t call, const DistroWrite *write)
{
    const DistroName target = distro_node_owner(node, node->behaviour->tag_hash(node, write));
    g_assert(target != DISTRO_NONE);
    node->counters.forwarded++;
    distro_emit_event(node, DISTRO_EVENT_WRITE_FORWARDED, target, write->client, write->kind);
    if (target == node->self && !node->config.refuse_forwarded) {
        distro_emit_reply(node, call, node->behaviour->write(node, write));
        return;
    }
    if (target == node->self) {
        node->counters.forward_failed++;
        refuse(node, call, write,
               DISTRO_STATUS_HTTP_BAD_REQUEST); /* to itself, and refused there */
        return;
    }
    const DistroTicket ticket = {
        .peer = target,
        .client = (uint32_t)call,
        .serial = (uint32_t)(call >> 32),
        .purpose = DISTRO_PURPOSE_FORWARD,
    };
    if (node->config.write_if_forward_fails) {
        g_hash_table_insert(node->forwards, g_memdup2(&call, sizeof call),
                            g_memdup2(write, sizeof *write));
    }
    const DistroMessage message = { .op = DISTRO_OP_FORWARD, .write = *write };
    distro_emit_send(node, ticket, &message, FORWARD_TIMEOUT_US, DISTRO_PATH_LOCAL);
}

/* DistroFilter is registered for /v1/ns/ alone (NamingConfig): the other open APIs are executed
 * where they arrive, and a node that is not responsible sends them to no other (nacos#14992). */
static bool is_passed_by(const DistroNode *node, const DistroWrite *write)
{
    return write->open_api && !node->config.filter_covers_open_api;
}

void distro_filter(DistroNode *node, uint64_t call, const DistroWrite *write)
{
    if (!node->load.ready) {
        refuse(node, call, write, DISTRO_STATUS_HTTP_UNAVAILABLE); /* TrafficReviseFilter */
    } else if (is_passed_by(node, write) || is_responsible(node, write)) {
        distro_emit_reply(node, call, node->behaviour->write(node, write));
    } else {
        forward(node, call, write);
    }
}

static void answer_forwarded(DistroNode *node, uint64_t call, const DistroWrite *write,
                             DistroStatus status)
{
    const DistroMessage answer = {
        .op = DISTRO_OP_FORWARD,
        .answer = true,
        .status = status,
        .write = { .kind = write->kind }, /* decides what the body says */
    };
    distro_emit_answer(node, call, &answer);
}

/* A peer's request is served before we are ready (TrafficReviseFilter), but sent no further. */
void distro_filter_forwarded(DistroNode *node, uint64_t call, const DistroWrite *write)
{
    if (is_responsible(node, write) || DISTRO_PLANTED(NO_ONE_HOP_GUARD) ||
        !node->config.refuse_forwarded) {
        answer_forwarded(node, call, write, node->behaviour->write(node, write));
        return;
    }
    distro_emit_event(node, DISTRO_EVENT_WRITE_REFUSED, DISTRO_NONE, write->client,
                      DISTRO_STATUS_HTTP_BAD_REQUEST);
    answer_forwarded(node, call, write, DISTRO_STATUS_HTTP_BAD_REQUEST);
}

static bool is_good(DistroStatus status)
{
    return status == DISTRO_STATUS_OK || status == DISTRO_STATUS_BEAT_UNKNOWN;
}

/* writeIfForwardFails: what could not be passed on is done here. */
static bool write_instead(DistroNode *node, uint64_t call, DistroStatus *status)
{
    const DistroWrite *write = g_hash_table_lookup(node->forwards, &call);
    if (write == NULL) {
        return false;
    }
    if (!is_good(*status)) {
        *status = node->behaviour->write(node, write);
    }
    g_hash_table_remove(node->forwards, &call);
    return true;
}

/* The target's status is relayed; a transport exception is a 500. */
void distro_filter_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                           const DistroMessage *answer)
{
    const uint64_t call = (uint64_t)ticket.serial << 32 | ticket.client;
    const bool answered = outcome == DISTRO_OUTCOME_ANSWERED;
    const DistroStatus failure =
        DISTRO_PLANTED(FORWARD_FAILURE_HIDDEN) ? DISTRO_STATUS_OK : DISTRO_STATUS_HTTP_ERROR;
    DistroStatus status = answered ? answer->status : failure;
    if (!write_instead(node, call, &status) && !is_good(status)) {
        node->counters.forward_failed++;
        distro_emit_event(node, DISTRO_EVENT_WRITE_REFUSED, ticket.peer, DISTRO_NONE, status);
    }
    distro_emit_reply(node, call, status);
}
