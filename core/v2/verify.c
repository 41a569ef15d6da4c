/* core/v2/verify.c -- each owner tells each peer what it owns, every few seconds
 * (DistroVerifyTimedTask, DistroVerifyExecuteTask). One call per client and peer: a match renews
 * the peer's lease, a mismatch brings the client's state there at once. */
#include "core/node.h"
#include "core/planted.h"

static void send_to(DistroNode *node, DistroMember *member, const DistroMessage *item,
                    const DistroFrame *frame)
{
    const DistroTicket ticket = {
        .peer = member->address,
        .client = item->client,
        .serial = distro_members_slot(node, member),
        .purpose = DISTRO_PURPOSE_VERIFY,
    };
    member->counters.verify_sent++;
    distro_emit_event(node, DISTRO_EVENT_VERIFY_SENT, member->address, item->client,
                      item->revision);
    distro_emit_frame(node, ticket, frame, node->config.verify_timeout_us, DISTRO_PATH_VERIFY);
}

/* Tasks of different peers run on different workers, side by side, so any interleaving is one that
 * Nacos could show; item by item encodes each once. */
static void send_item(DistroNode *node, DistroClient client, const DistroRecord *record)
{
    const DistroMessage item = {
        .op = DISTRO_OP_VERIFY,
        .client = client,
        .revision = node->config.verify_revision ? record->revision : 0,
    };
    const DistroFrame frame = distro_wire_encode(node->dictionary, &item); /* has no body */
    for (guint i = 0; i < node->members.list->len; i++) {
        DistroMember *member = &g_array_index(node->members.list, DistroMember, i);
        if (member->address != node->self && distro_member_reachable(member)) {
            send_to(node, member, &item, &frame);
        }
    }
}

/* An unreachable peer fails every item without a message; one event stands for all. */
static void count_unreachable(DistroNode *node, uint32_t items)
{
    for (guint i = 0; items > 0 && i < node->members.list->len; i++) {
        DistroMember *member = &g_array_index(node->members.list, DistroMember, i);
        if (member->address != node->self && !distro_member_reachable(member)) {
            member->counters.verify_failed += items;
            distro_emit_event(node, DISTRO_EVENT_VERIFY_FAILED, member->address, DISTRO_NONE,
                              items);
        }
    }
}

static void run(DistroNode *node)
{
    uint32_t items = 0;
    for (guint i = 0; i < node->v2.natives->len; i++, items++) {
        const DistroClient client = g_array_index(node->v2.natives, DistroClient, i);
        send_item(node, client, distro_clients_find(node, client));
    }
    for (guint i = 0; i < node->v2.beating->len; i++) {
        const DistroClient client = g_array_index(node->v2.beating, DistroClient, i);
        const DistroRecord *record = distro_clients_find(node, client);
        if (distro_clients_owned(node, client, record) && !DISTRO_PLANTED(VERIFY_SKIPS_BEATING)) {
            send_item(node, client, record);
            items++;
        }
    }
    count_unreachable(node, items);
}

/* --- before 2.1.1: a round to one peer is a task that may take long ------------------------ */

static void append(const DistroNode *node, GArray *items, DistroClient client)
{
    const DistroVerifyItem item = { client, distro_clients_find(node, client)->revision };
    g_array_append_val(items, item);
}

static GArray *owned(const DistroNode *node)
{
    GArray *items = g_array_new(false, false, sizeof(DistroVerifyItem));
    for (guint i = 0; i < node->v2.natives->len; i++) {
        append(node, items, g_array_index(node->v2.natives, DistroClient, i));
    }
    for (guint i = 0; i < node->v2.beating->len; i++) {
        const DistroClient client = g_array_index(node->v2.beating, DistroClient, i);
        if (distro_clients_owned(node, client, distro_clients_find(node, client))) {
            append(node, items, client);
        }
    }
    return items;
}

static void hand_out(DistroNode *node)
{
    GArray *items = owned(node);
    for (guint i = 0; items->len > 0 && i < node->members.list->len; i++) {
        const DistroMember *member = &g_array_index(node->members.list, DistroMember, i);
        if (member->address != node->self) {
            distro_workers_verify(node, member->address, items);
        }
    }
    g_array_unref(items);
    distro_workers_run(node);
}

bool distro_verify_execute(DistroNode *node, DistroWorker *worker, DistroName peer,
                           const DistroVerifyItem *item)
{
    DistroMember *member = distro_members_find(node, peer, 0);
    if (member == NULL) {
        return true; /* no member any more: done */
    }
    const DistroReach reach = distro_worker_reach(node, worker, member);
    if (reach == DISTRO_REACH_YES) {
        const DistroMessage message = {
            .op = DISTRO_OP_VERIFY,
            .client = item->client,
            .revision = node->config.verify_revision ? item->revision : 0,
        };
        const DistroFrame frame = distro_wire_encode(node->dictionary, &message);
        send_to(node, member, &message, &frame);
    } else if (reach == DISTRO_REACH_NO) {
        member->counters.verify_failed++;
        distro_emit_event(node, DISTRO_EVENT_VERIFY_FAILED, peer, item->client, 1);
    }
    return reach != DISTRO_REACH_NOT_YET;
}

/* --- the timer ---------------------------------------------------------------------------- */

void distro_verify_wake(DistroNode *node)
{
    if (node->v2.verify_at_us > node->now_us) {
        return;
    }
    if (!distro_workers_can_verify(node)) {
        node->v2.verify_at_us = node->v2.workers_at_us; /* the timer's thread waits for room */
        return;
    }
    node->v2.verify_at_us = node->now_us + node->config.verify_interval_us;
    if (DISTRO_PLANTED(NO_VERIFY)) {
        return;
    }
    if (node->load.initialised || DISTRO_PLANTED(VERIFY_BEFORE_LOAD)) {
        if (node->config.fail_fast_on_dead_link) {
            run(node);
        } else {
            hand_out(node);
        }
    }
}

/* A failed verify raises ClientVerifyFailed, which becomes an ADD without delay to that peer; a
 * time-out or an error response only counts. */
void distro_v2_verify_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                              const DistroMessage *answer)
{
    DistroMember *member = distro_members_find(node, ticket.peer, ticket.serial);
    if (member == NULL) {
        return;
    }
    if (outcome == DISTRO_OUTCOME_ANSWERED && answer->status == DISTRO_STATUS_OK) {
        member->counters.verify_ok++;
        distro_emit_event(node, DISTRO_EVENT_VERIFY_OK, ticket.peer, ticket.client, 0);
        return;
    }
    const bool refused =
        outcome == DISTRO_OUTCOME_ANSWERED && (answer->status == DISTRO_STATUS_VERIFY_FAILED ||
                                               answer->status == DISTRO_STATUS_EXCEPTION);
    if (!refused) {
        member->counters.verify_failed++;
        distro_emit_event(node, DISTRO_EVENT_VERIFY_FAILED, ticket.peer, ticket.client, 1);
        return;
    }
    member->counters.verify_mismatch++;
    distro_emit_event(node, DISTRO_EVENT_VERIFY_MISMATCH, ticket.peer, ticket.client, 0);
    if (DISTRO_PLANTED(NO_REPAIR)) {
        return;
    }
    const DistroRecord *record = distro_clients_find(node, ticket.client);
    if (record != NULL && distro_clients_owned(node, ticket.client, record)) {
        member->counters.repairs++;
        distro_emit_event(node, DISTRO_EVENT_VERIFY_REPAIR, ticket.peer, ticket.client, 0);
        distro_sync_to(node, ticket.client, ticket.peer, DISTRO_OP_CHANGE,
                       DISTRO_PLANTED(REPAIR_WAITS) ? node->config.sync_retry_delay_us : 0,
                       DISTRO_PATH_VERIFY);
    }
}
