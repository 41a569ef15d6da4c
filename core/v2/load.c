/* core/v2/load.c -- the initial load, and what depends on it (DistroLoadDataTask,
 * ServerStatusManager).
 *
 *   peers in address order: not UP, not connected, an error, a time-out -> the next one
 *                           a snapshot                                  -> loaded
 *   none left                                                           -> all over, 30 s later */
#include "core/java.h"
#include "core/node.h"
#include "core/planted.h"

#define ALONE_POLL_US 1000000 /* while there is no other member */
#define START_POLL_US 10000   /* while the RPC clients make their first attempts */
#define STATUS_US 5000000     /* ServerStatusManager */

static void finish(DistroNode *node)
{
    DistroReplication *v2 = &node->v2;
    v2->initialised = true;
    v2->loading = false;
    v2->load_at_us = INT64_MAX;
    v2->counters.loads++;
    distro_emit_event(node, DISTRO_EVENT_LOADED, DISTRO_NONE, DISTRO_NONE, (int64_t)v2->entries);
}

static void request_from(DistroNode *node, const DistroMember *member)
{
    DistroReplication *v2 = &node->v2;
    v2->loading = true;
    v2->load_at_us = INT64_MAX;
    const DistroTicket ticket = {
        .peer = member->address,
        .client = member->generation,
        .serial = ++v2->load_serial,
        .purpose = DISTRO_PURPOSE_LOAD,
    };
    const DistroMessage request = { .op = DISTRO_OP_SNAPSHOT };
    v2->counters.load_attempts++;
    distro_emit_event(node, DISTRO_EVENT_SNAPSHOT_REQUESTED, member->address, DISTRO_NONE, 0);
    distro_emit_send(node, ticket, &request, node->config.load_timeout_us, DISTRO_PATH_SNAPSHOT);
}

/* The first peer behind .load_peer in address order. The list may have changed since that one was
 * asked, so its place is found by name. */
static const DistroMember *next_peer(const DistroNode *node)
{
    const GArray *list = node->members.list;
    const char *asked = distro_dictionary_text(node->dictionary, node->v2.load_peer);
    for (guint i = 0; i < list->len; i++) {
        const DistroMember *member = &g_array_index(list, DistroMember, i);
        const char *address = distro_dictionary_text(node->dictionary, member->address);
        if (member->address != node->self && distro_java_string_compare(address, asked) > 0) {
            return member;
        }
    }
    return NULL;
}

/* Asks the next peer that can be asked; gives up for now when there is none. */
static void try_next(DistroNode *node)
{
    DistroReplication *v2 = &node->v2;
    v2->loading = false;
    const DistroMember *member;
    const bool over = DISTRO_PLANTED(FIRST_PEER_ONLY) && v2->load_peer != DISTRO_NONE;
    while (!over && (member = next_peer(node)) != NULL) {
        v2->load_peer = member->address;
        if (distro_member_reachable(member)) {
            request_from(node, member);
            return;
        }
        distro_emit_event(node, DISTRO_EVENT_SNAPSHOT_FAILED, member->address, DISTRO_NONE, -1);
    }
    if (v2->loaded_empty) {
        finish(node); /* every peer that answered had nothing: then nothing is the truth */
        return;
    }
    v2->load_at_us = DISTRO_PLANTED(LOAD_NEVER_RETRIED)
                         ? INT64_MAX
                         : node->now_us + node->config.load_retry_delay_us;
}

void distro_load_boot(DistroNode *node)
{
    DistroReplication *v2 = &node->v2;
    v2->verify_at_us =
        node->config.standalone ? INT64_MAX : node->now_us + node->config.verify_interval_us;
    v2->status_at_us = node->now_us;
    v2->load_at_us = node->now_us;
    if (node->config.standalone) {
        finish(node);
    }
}

static void load(DistroNode *node)
{
    DistroReplication *v2 = &node->v2;
    if (v2->load_at_us > node->now_us) {
        return;
    }
    /* The RPC clients are made, and first connected, before the load starts (since 2.2.1), and a
     * node without other members waits for one for ever. */
    if (node->members.list->len < 2) {
        v2->load_at_us = node->now_us + ALONE_POLL_US;
        return;
    }
    if (!distro_rpc_all_started(node) && !DISTRO_PLANTED(LOAD_BEFORE_CONNECTED)) {
        v2->load_at_us = node->now_us + START_POLL_US;
        return;
    }
    v2->load_peer = DISTRO_NONE;
    v2->loaded_empty = false;
    try_next(node);
}

static void refresh_status(DistroNode *node)
{
    DistroReplication *v2 = &node->v2;
    if (v2->status_at_us > node->now_us) {
        return;
    }
    v2->status_at_us = node->now_us + STATUS_US;
    const bool ready =
        !node->config.warmup || v2->initialised || DISTRO_PLANTED(READY_BEFORE_LOADED);
    if (ready && !v2->ready) {
        distro_emit_event(node, DISTRO_EVENT_READY, DISTRO_NONE, DISTRO_NONE, 0);
        v2->status_at_us = INT64_MAX; /* an initialised node stays so: nothing more to find out */
    }
    v2->ready = ready;
}

void distro_load_wake(DistroNode *node)
{
    load(node);
    refresh_status(node);
}

/* Elements applied before a bad one stay applied. */
static bool apply_snapshot(DistroNode *node, GBytes *snapshot)
{
    size_t offset = 0;
    DistroClient client;
    int32_t revision;
    DistroContent content;
    while (distro_snapshot_next(snapshot, &offset, &client, &revision, &content)) {
        const bool good = distro_apply(node, client, revision, &content, DISTRO_PATH_SNAPSHOT);
        distro_content_clear(&content);
        if (!good) {
            return false;
        }
    }
    return true;
}

static bool take_snapshot(DistroNode *node, const DistroFrame *frame, const DistroMessage *answer)
{
    /* gRPC refuses messages above the limit, so such a peer can never serve the load. */
    if (answer->status != DISTRO_STATUS_OK || frame->json_size > node->config.max_message_bytes) {
        return false;
    }
    if (answer->snapshot_count == 0 && !node->config.empty_snapshot_is_success) {
        node->v2.loaded_empty = true;
        return false;
    }
    return apply_snapshot(node, answer->snapshot);
}

void distro_v2_load_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                            const DistroFrame *frame, const DistroMessage *answer)
{
    DistroReplication *v2 = &node->v2;
    DistroMember *member = distro_members_find_same(node, ticket.peer, ticket.client);
    if (member != NULL) {
        distro_rpc_request_ended(node, member, outcome, answer);
    }
    if (!v2->loading || ticket.serial != v2->load_serial) {
        return;
    }
    if (outcome == DISTRO_OUTCOME_ANSWERED && take_snapshot(node, frame, answer)) {
        distro_emit_event(node, DISTRO_EVENT_SNAPSHOT_LOADED, ticket.peer, DISTRO_NONE,
                          answer->snapshot_count);
        finish(node);
        return;
    }
    distro_emit_event(node, DISTRO_EVENT_SNAPSHOT_FAILED, ticket.peer, DISTRO_NONE, outcome);
    try_next(node);
}
