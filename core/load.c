/* core/load.c -- the initial load, and what depends on it (DistroLoadDataTask,
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
#define STORAGE_PERCENT 80    /* of a start: then Distro's storage is registered, and loads */

static void finish(DistroNode *node)
{
    DistroLoad *load = &node->load;
    g_assert(!load->initialised);
    load->initialised = true;
    load->loading = false;
    load->at_us = INT64_MAX;
    node->counters.loads++;
    distro_emit_event(node, DISTRO_EVENT_LOADED, DISTRO_NONE, DISTRO_NONE,
                      node->behaviour->state(node).clients);
}

static void request_from(DistroNode *node, const DistroMember *member)
{
    DistroLoad *load = &node->load;
    g_assert(!load->loading);
    g_assert(member->address != node->self);
    load->loading = true;
    load->at_us = INT64_MAX;
    const DistroTicket ticket = {
        .peer = member->address,
        .client = member->incarnation,
        .serial = ++load->serial,
        .purpose = DISTRO_PURPOSE_LOAD,
    };
    node->counters.load_attempts++;
    distro_emit_event(node, DISTRO_EVENT_SNAPSHOT_REQUESTED, member->address, DISTRO_NONE, 0);
    node->behaviour->ask_for_everything(node, ticket);
}

/* The first peer behind .load_peer in address order. The list may have changed since that one was
 * asked, so its place is found by name. */
static const DistroMember *next_peer(const DistroNode *node)
{
    const GArray *list = node->members.list;
    const char *asked = distro_dictionary_text(node->dictionary, node->load.peer);
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
    DistroLoad *load = &node->load;
    load->loading = false;
    const DistroMember *member;
    const bool over = DISTRO_PLANTED(FIRST_PEER_ONLY) && load->peer != DISTRO_NONE;
    while (!over && (member = next_peer(node)) != NULL) {
        load->peer = member->address;
        if (node->behaviour->can_load_from(member)) {
            request_from(node, member);
            return;
        }
        distro_emit_event(node, DISTRO_EVENT_SNAPSHOT_FAILED, member->address, DISTRO_NONE, -1);
    }
    if (load->initialised) {
        return; /* loadFromAll: one had told enough, and now all have been asked */
    }
    if (load->found_empty) {
        finish(node); /* every peer that answered had nothing: then nothing is the truth */
        return;
    }
    load->at_us = DISTRO_PLANTED(LOAD_NEVER_RETRIED)
                      ? INT64_MAX
                      : node->now_us + node->config.load_retry_delay_us;
}

void distro_load_boot(DistroNode *node)
{
    g_assert(node->booted);
    DistroLoad *load = &node->load;
    load->status_at_us = node->now_us;
    load->at_us = node->now_us + node->config.start_us * STORAGE_PERCENT / 100;
    if (node->config.standalone || node->behaviour->ask_for_everything == NULL) {
        finish(node);
    }
}

static void try_to_load(DistroNode *node)
{
    DistroLoad *load = &node->load;
    if (load->at_us > node->now_us) {
        return;
    }
    /* The RPC clients are made, and first connected, before the load starts (since 2.2.1), and a
     * node without other members waits for one for ever. */
    if (node->members.list->len < 2) {
        load->at_us = node->now_us + ALONE_POLL_US;
        return;
    }
    if (!distro_rpc_all_started(node) && !DISTRO_PLANTED(LOAD_BEFORE_CONNECTED)) {
        load->at_us = node->now_us + START_POLL_US;
        return;
    }
    load->peer = DISTRO_NONE;
    load->found_empty = false;
    try_next(node);
}

static void refresh_status(DistroNode *node)
{
    DistroLoad *load = &node->load;
    if (load->status_at_us > node->now_us) {
        return;
    }
    load->status_at_us = node->now_us + STATUS_US;
    const bool ready =
        !node->config.warmup || load->initialised || DISTRO_PLANTED(READY_BEFORE_LOADED);
    if (ready && !load->ready) {
        distro_emit_event(node, DISTRO_EVENT_READY, DISTRO_NONE, DISTRO_NONE, 0);
        load->status_at_us = INT64_MAX; /* an initialised node stays so: nothing more to find out */
    }
    load->ready = ready;
}

void distro_load_wake(DistroNode *node)
{
    try_to_load(node);
    refresh_status(node);
}

static bool take_snapshot(DistroNode *node, const DistroFrame *frame, const DistroMessage *answer)
{
    /* gRPC refuses messages above the limit, so such a peer can never serve the load. */
    const bool too_big =
        node->config.limit_snapshot && frame->json_size > node->config.max_message_bytes;
    if (answer->status != DISTRO_STATUS_OK || too_big) {
        return false;
    }
    if (answer->list_count == 0 && !node->config.empty_snapshot_is_success) {
        node->load.found_empty = true;
        return false;
    }
    return node->behaviour->take_snapshot(node, answer);
}

void distro_load_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                         const DistroFrame *frame, const DistroMessage *answer)
{
    DistroLoad *load = &node->load;
    DistroMember *member = distro_members_find_same(node, ticket.peer, ticket.client);
    if (member != NULL) {
        distro_rpc_request_ended(node, member, outcome, answer);
    }
    if (!load->loading || ticket.serial != load->serial) {
        return;
    }
    g_assert_cmpuint(load->peer, ==, ticket.peer);
    if (outcome == DISTRO_OUTCOME_ANSWERED && take_snapshot(node, frame, answer)) {
        distro_emit_event(node, DISTRO_EVENT_SNAPSHOT_LOADED, ticket.peer, DISTRO_NONE,
                          answer->list_count);
        if (!load->initialised) {
            finish(node);
        }
        if (node->config.load_from_all) {
            try_next(node);
        }
        return;
    }
    distro_emit_event(node, DISTRO_EVENT_SNAPSHOT_FAILED, ticket.peer, DISTRO_NONE, outcome);
    try_next(node);
}

int64_t distro_load_wake_at(const DistroNode *node)
{
    return MIN(node->load.at_us, node->load.status_at_us);
}
