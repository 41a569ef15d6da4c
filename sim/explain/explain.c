/* sim/explain/explain.c -- what is the case on a node, and the walks that tell why.
 *
 *      not listed    it was removed: by whom, and why?   or it never came: what was tried?
 *      listed        who brought it, after it was gone?  or why was it never taken away?
 *
 * Walks follow causes backwards through messages to the node where something began; where nothing
 * happened, which is a cause too, they look for what should have happened since. */
#include <stdio.h>
#include <string.h>

#include "sim/explain/internal.h"

enum {
    ENOUGH_LINES = 5
};

static void tell_arrival(Explanation *explanation, uint32_t view, int depth);

/* --- tasks ----------------------------------------------------------------------------------- */

typedef struct TaskOf {
    SimEndpoint peer;
    int role; /* DistroRole; -1: a state or a removal */
} TaskOf;

static bool is_wanted(int wanted, SimOp op)
{
    const DistroOpInfo *info = sim_op_info(op);
    const bool sync =
        info != NULL && (info->role == DISTRO_ROLE_STATE || info->role == DISTRO_ROLE_REMOVAL);
    return sync && (wanted < 0 || (int)info->role == wanted);
}

static bool is_task(const Explanation *explanation, const SimRecord *record, const void *data)
{
    const TaskOf *wanted = data;
    return (record->kind == DISTRO_EVENT_SYNC_QUEUED || record->kind == DISTRO_EVENT_SYNC_MERGED) &&
           record->object == wanted->peer && explain_about(explanation, record->client) &&
           is_wanted(wanted->role, sim_op_of((DistroOp)record->value));
}

/* Why a node thinks that it cannot reach its peer, and since when. */
void explain_tell_unreachable(Explanation *explanation, SimEndpoint node, SimEndpoint peer)
{
    static const int kinds[] = { DISTRO_EVENT_MEMBER_DOWN, DISTRO_EVENT_MEMBER_SUSPICIOUS,
                                 DISTRO_EVENT_RPC_LOST };
    static const char *const words[] = { "DOWN", "SUSPICIOUS", "not connected" };
    uint32_t up = MAX(explain_last_of(explanation, 0, DISTRO_EVENT_MEMBER_UP, node, peer), 0u);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        uint32_t id = explain_last_of(explanation, kinds[i] == DISTRO_EVENT_RPC_LOST ? 0 : up,
                                      kinds[i], node, peer);
        const SimRecord *record = explain_record(explanation, id);
        if (record == NULL) {
            continue;
        }
        g_autofree char *name = explain_party(explanation, peer);
        explain_say_of(explanation, id, WEIGHT_LINK, node, SIM_NO_ENDPOINT,
                       "holds %s for %s: sends it nothing", name, words[i]);
        const SimRecord *cause = explain_record(explanation, record->cause);
        if (cause != NULL && cause->call) {
            explain_say_call(explanation, cause->call, WEIGHT_ROOT);
        }
        return;
    }
}

/* The fault itself, where a call's end names one: a crash, a pause. */
void explain_tell_down(Explanation *explanation, SimEndpoint party, int64_t at_us)
{
    static const SimTraceKind kinds[] = { SIM_TRACE_NODE_CRASH, SIM_TRACE_NODE_STOP };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        uint32_t id =
            sim_history_latest(explanation->history, at_us, kinds[i], party, SIM_NO_ENDPOINT, 0);
        if (id > explain_life_began(explanation, party)) {
            explain_say_fault(explanation, id);
        }
    }
}

void explain_tell_pauses(Explanation *explanation, uint32_t after, SimEndpoint party)
{
    uint32_t pause =
        explain_last_of(explanation, after, SIM_TRACE_NODE_PAUSE, party, SIM_NO_ENDPOINT);
    if (pause) {
        explain_say_fault(explanation, pause);
    }
}

/* A call that did not do its work, and the fault behind it. True if it did. */
bool explain_tell_call(Explanation *explanation, uint32_t send, Weight weight)
{
    const SimRecord *record = explain_record(explanation, send);
    if (record == NULL) {
        return false;
    }
    Fate fate = explain_say_call(explanation, send, weight);
    if (fate == FATE_FAILED || fate == FATE_REFUSED) {
        explain_tell_down(explanation, record->object, record->at_us + 60000000);
    }
    if (fate == FATE_FAILED) {
        uint32_t pause =
            sim_history_latest(explanation->history, record->at_us, SIM_TRACE_NODE_PAUSE,
                               record->object, SIM_NO_ENDPOINT, 0);
        if (pause > sim_history_latest(explanation->history, record->at_us, SIM_TRACE_NODE_RESUME,
                                       record->object, SIM_NO_ENDPOINT, 0)) {
            explain_say_fault(explanation, pause);
        }
    }
    return fate == FATE_DONE;
}

static void tell_retries(Explanation *explanation, uint32_t after, SimEndpoint node,
                         SimEndpoint peer)
{
    Pattern retried = { .kind = DISTRO_EVENT_SYNC_RETRIED,
                        .subject = node,
                        .object = peer,
                        .op = SIM_N_OPS,
                        .about = true };
    unsigned count = explain_count_after(explanation, after, explain_matches, &retried);
    uint32_t last = explain_last_after(explanation, after, explain_matches, &retried);
    const SimRecord *record = explain_record(explanation, last);
    if (record == NULL) {
        return;
    }
    g_autofree char *name = explain_party(explanation, peer);
    g_autofree char *client = explain_client(explanation, record->client);
    explain_say_of(explanation, last, WEIGHT_DETAIL, node, SIM_NO_ENDPOINT,
                   "retry %u of %s %s to %s", count,
                   sim_op_name(sim_op_of((DistroOp)record->value)), client, name);
    Pattern unsent = retried;
    unsent.kind = DISTRO_EVENT_SYNC_FAILED;
    unsent.has_value = true;
    unsent.value = -1;
    if (explain_last_after(explanation, after, explain_matches, &unsent)) {
        explain_tell_unreachable(explanation, node, peer);
    }
}

/* A CHANGE that took the place of a DELETE, and the failure that brought it back. */
static void tell_override(Explanation *explanation, uint32_t merged)
{
    const SimRecord *record = explain_record(explanation, merged);
    g_autofree char *client = explain_client(explanation, record->client);
    g_autofree char *peer = explain_party(explanation, record->object);
    explain_say_of(explanation, merged, WEIGHT_ROOT, record->subject, SIM_NO_ENDPOINT,
                   "a retry of CHANGE replaces the pending DELETE %s to %s", client, peer);
    const SimRecord *retried = explain_record(explanation, record->cause);
    const SimRecord *failed = retried != NULL ? explain_record(explanation, retried->cause) : NULL;
    const SimRecord *why = failed != NULL ? explain_record(explanation, failed->cause) : NULL;
    if (why != NULL && why->call) {
        explain_tell_call(explanation, why->call, WEIGHT_LINK);
    } else if (failed != NULL && failed->value < 0) {
        explain_tell_unreachable(explanation, record->subject, record->object);
    }
}

static bool is_message(const Explanation *explanation, const SimRecord *record, const void *data)
{
    const TaskOf *wanted = data;
    return record->kind == SIM_TRACE_SEND && record->object == wanted->peer &&
           explain_about(explanation, record->client) && is_wanted(wanted->role, (SimOp)record->op);
}

/* --- why it never came, or came no more ------------------------------------------------------ */

/* VERIFY that was answered FAIL again and again, and so repaired nothing. */
static void tell_mismatches(Explanation *explanation, uint32_t after, SimEndpoint from,
                            SimEndpoint to)
{
    Pattern good = { .kind = DISTRO_EVENT_VERIFY_OK,
                     .subject = from,
                     .object = to,
                     .op = SIM_N_OPS,
                     .about = true };
    Pattern bad = good;
    bad.kind = DISTRO_EVENT_VERIFY_MISMATCH;
    uint32_t since = MAX(after, explain_last_after(explanation, after, explain_matches, &good));
    unsigned count = explain_count_after(explanation, since, explain_matches, &bad);
    uint32_t first = explain_first_after(explanation, since, explain_matches, &bad);
    if (count < 2) {
        return;
    }
    g_autofree char *client =
        explain_client(explanation, explain_record(explanation, first)->client);
    explain_say_of(explanation, first, WEIGHT_LINK, from, to,
                   "VERIFY %s   answered FAIL, %u in a row from here on", client, count);
}

static void tell_verifies(Explanation *explanation, uint32_t after, SimEndpoint from,
                          SimEndpoint to)
{
    Pattern sent = {
        .kind = SIM_TRACE_SEND, .subject = from, .object = to, .op = SIM_OP_VERIFY, .about = true
    };
    uint32_t last = explain_last_after(explanation, after, explain_matches, &sent);
    if (last) {
        tell_mismatches(explanation, after, from, to);
        explain_say_call(explanation, last, WEIGHT_DETAIL);
    } else if (explain_last_of(explanation, after, DISTRO_EVENT_VERIFY_FAILED, from, to)) {
        explain_tell_unreachable(explanation, from, to);
    }
}

/* The worker whose turn it is hangs on a peer that is not connected. */
static void tell_waiting(Explanation *explanation, uint32_t task)
{
    const SimRecord *queued = explain_record(explanation, task);
    Pattern waits = { .kind = SIM_TRACE_WORKER_WAITS,
                      .subject = queued->subject,
                      .object = SIM_NO_ENDPOINT,
                      .op = SIM_N_OPS,
                      .about = true };
    uint32_t id = explain_first_after(explanation, task, explain_matches, &waits);
    const SimRecord *record = explain_record(explanation, id);
    if (record == NULL) {
        return;
    }
    g_autofree char *client = explain_client(explanation, record->client);
    g_autofree char *dead = explain_party(explanation, record->object);
    explain_say_of(explanation, id, WEIGHT_ROOT, record->subject, SIM_NO_ENDPOINT,
                   "%s waits: its worker has %" G_GINT64_FORMAT
                   " calls to %s before it, 0.3 s each while that is not connected",
                   client, record->value, dead);
    if (explain_life_ended(explanation, record->object)) {
        explain_tell_down(explanation, record->object, explanation->question->at_us);
    } else {
        explain_tell_unreachable(explanation, record->subject, record->object);
    }
}

/* What a queued task waits for, or what became of it without a message. */
static void tell_task(Explanation *explanation, uint32_t task)
{
    const SimRecord *record = explain_record(explanation, task);
    g_autofree char *client = explain_client(explanation, record->client);
    g_autofree char *peer = explain_party(explanation, record->object);
    Pattern dropped = { .kind = DISTRO_EVENT_SYNC_DROPPED,
                        .subject = record->subject,
                        .object = record->object,
                        .op = SIM_N_OPS,
                        .about = true };
    uint32_t drop = explain_first_after(explanation, task, explain_matches, &dropped);
    if (drop) {
        explain_say_of(explanation, drop, WEIGHT_LINK, record->subject, SIM_NO_ENDPOINT,
                       "drops the %s %s to %s: there is nothing to send any more",
                       sim_op_name(sim_op_of((DistroOp)explain_record(explanation, drop)->value)),
                       client, peer);
    } else {
        explain_say_of(explanation, task, WEIGHT_LINK, record->subject, SIM_NO_ENDPOINT,
                       "queues %s %s to %s", sim_op_name(sim_op_of((DistroOp)record->value)),
                       client, peer);
        tell_waiting(explanation, task);
    }
}

/* The attempts to bring it to the node, from @after on. */
static void tell_attempts(Explanation *explanation, uint32_t after)
{
    SimEndpoint node = explanation->question->node;
    TaskOf wanted = { .peer = node, .role = DISTRO_ROLE_STATE };
    uint32_t task = explain_first_after(explanation, after, is_task, &wanted);
    uint32_t first = explain_first_after(explanation, after, is_message, &wanted);
    uint32_t last = explain_last_after(explanation, after, is_message, &wanted);
    if (first) {
        explain_tell_call(explanation, first, WEIGHT_ROOT);
    } else if (task) {
        tell_task(explanation, task);
    }
    const SimRecord *tried = explain_record(explanation, first ? first : task);
    SimEndpoint from = tried != NULL ? tried->subject : explain_server_of(explanation);
    if (last && last != first) {
        explain_tell_call(explanation, last, WEIGHT_DETAIL);
    }
    if (from == SIM_NO_ENDPOINT) {
        return;
    }
    tell_retries(explanation, after, from, node);
    tell_verifies(explanation, after, from, node);
    explain_tell_down(explanation, from, explanation->question->at_us);
    explain_tell_pauses(explanation, after, from);
    explain_tell_pauses(explanation, after, node);
}

/* Its own writes that failed: no server can list what none took. */
void explain_tell_failed_writes(Explanation *explanation, uint32_t after)
{
    SimEndpoint publisher = explanation->question->publisher;
    static const SimOp ops[] = { SIM_OP_REGISTER, SIM_OP_BEAT, SIM_OP_CONNECT };
    for (size_t i = 0; publisher != SIM_NO_ENDPOINT && i < G_N_ELEMENTS(ops); i++) {
        Pattern sent = {
            .kind = SIM_TRACE_SEND, .subject = publisher, .object = SIM_NO_ENDPOINT, .op = ops[i]
        };
        uint32_t by = 0;
        for (uint32_t id = after;
             (id = explain_first_after(explanation, id, explain_matches, &sent)) != 0;) {
            g_autofree char *words = NULL;
            if (explain_fate(explanation, id, &by, &words) == FATE_DONE) {
                continue;
            }
            explain_tell_call(explanation, id, WEIGHT_ROOT);
            break;
        }
    }
}

static void tell_registration(Explanation *explanation, uint32_t start)
{
    const SimRecord *record = explain_record(explanation, start);
    if (record == NULL) {
        return;
    }
    g_autofree char *server = explain_party(explanation, record->object);
    bool updates = record->kind == SIM_TRACE_CLIENT_UPDATED;
    explain_say_of(explanation, start, WEIGHT_LINK, record->subject, SIM_NO_ENDPOINT, "%s at %s",
                   updates ? "updates its instance" : "is registered", server);
}

/* A node that has not loaded yet: what it asked, and what came of it. */
static bool tell_unloaded(Explanation *explanation)
{
    SimEndpoint node = explanation->question->node;
    uint32_t boot = explain_life_began(explanation, node);
    uint32_t down = explain_life_ended(explanation, node);
    if (down) {
        explain_say_fault(explanation, down);
        return true;
    }
    if (!boot || explain_last_of(explanation, boot, DISTRO_EVENT_LOADED, node, SIM_NO_ENDPOINT)) {
        return false;
    }
    explain_say(explanation, boot, WEIGHT_ROOT, "boots, and has not loaded since");
    Pattern asked = {
        .kind = SIM_TRACE_SEND, .subject = node, .object = SIM_NO_ENDPOINT, .op = SIM_OP_SNAPSHOT
    };
    uint32_t request = explain_first_after(explanation, boot, explain_matches, &asked);
    uint32_t failed =
        explain_first_of(explanation, boot, DISTRO_EVENT_SNAPSHOT_FAILED, node, SIM_NO_ENDPOINT);
    if (request) {
        explain_tell_call(explanation, request, WEIGHT_ROOT);
    } else if (failed) {
        explain_say(explanation, failed, WEIGHT_LINK, "cannot be asked for a snapshot");
        explain_tell_unreachable(explanation, node, explain_record(explanation, failed)->object);
    }
    return true;
}

/* A write's effects come before its acknowledgement: the id of its call, or of what is before
 * @acknowledged. */
static uint32_t began_with(const Explanation *explanation, uint32_t acknowledged)
{
    const SimRecord *record = explain_record(explanation, acknowledged);
    if (record == NULL) {
        return 0;
    }
    const SimRecord *arrived =
        explain_record(explanation, record->call ? record->call : record->cause);
    return arrived != NULL && arrived->call ? arrived->call : acknowledged - 1;
}

/* How it had come before it went: what took it off came over that. */
static void tell_last_arrival(Explanation *explanation, uint32_t removal)
{
    uint32_t arrival = explain_latest_view(explanation, explanation->question->node, false, true);
    const SimRecord *view = explain_record(explanation, arrival);
    const SimRecord *why = view != NULL ? explain_record(explanation, view->cause) : NULL;
    if (why != NULL && arrival < removal && why->call &&
        !sim_endpoint_is_client(explain_record(explanation, why->call)->subject)) {
        explain_say_call(explanation, why->call, WEIGHT_DETAIL);
    }
}

static void tell_lacking(Explanation *explanation)
{
    SimEndpoint node = explanation->question->node;
    if (tell_unloaded(explanation)) {
        return;
    }
    uint32_t removal = explain_latest_view(explanation, node, false, false);
    uint32_t start = explain_last_after(explanation, 0, explain_is_start, NULL);
    if (removal > start) {
        explain_tell_removal(explanation, removal, 0);
        tell_last_arrival(explanation, removal);
    } else {
        tell_registration(explanation, start);
    }
    tell_attempts(explanation, MAX(removal, began_with(explanation, start)));
    if (!start || removal > start) {
        explain_tell_failed_writes(explanation, removal);
    }
}

/* --- how it came ----------------------------------------------------------------------------- */

static void tell_snapshot(Explanation *explanation, uint32_t view, const SimRecord *arrived,
                          int depth)
{
    SimEndpoint giver = arrived->object;
    const SimRecord *record = explain_record(explanation, view);
    g_autofree char *client = explain_client(explanation, record->client);
    g_autofree char *from = explain_party(explanation, giver);
    explain_say_of(explanation, view, WEIGHT_ROOT, record->subject, SIM_NO_ENDPOINT,
                   "takes %s from the snapshot of %s", client, from);
    /* When the snapshot was taken, in case something changed while it was under way. */
    Pattern taken = { .kind = SIM_TRACE_ANSWERED,
                      .subject = giver,
                      .object = record->subject,
                      .op = SIM_OP_SNAPSHOT };
    for (uint32_t id = arrived->call;
         (id = explain_first_after(explanation, id, explain_matches, &taken)) != 0;) {
        if (explain_record(explanation, id)->call != arrived->call) {
            continue;
        }
        explain_say(explanation, id, WEIGHT_LINK, "SNAPSHOT   taken here");
        break;
    }
    uint32_t boot = explain_life_began(explanation, record->subject);
    if (boot) {
        explain_say(explanation, boot, WEIGHT_DETAIL, "boots");
    }
    uint32_t old = explain_latest_view(explanation, giver, false, true);
    if (old && old < view && depth < DEEPEST && old > explain_end_of_publisher(explanation)) {
        tell_arrival(explanation, old, depth + 1);
    }
}

static const char *path_words(const Explanation *explanation, uint32_t send)
{
    const SimRecord *sent = explain_record(explanation, explain_record(explanation, send)->cause);
    const SimRecord *task = sent != NULL ? explain_record(explanation, sent->cause) : NULL;
    const SimRecord *why = task != NULL ? explain_record(explanation, task->cause) : NULL;
    if (why != NULL && why->kind == DISTRO_EVENT_SYNC_RETRIED) {
        return "a retry brings it";
    }
    if (why != NULL && why->kind == DISTRO_EVENT_VERIFY_REPAIR) {
        return "a repair after VERIFY brings it";
    }
    return "brings it";
}

static void tell_arriving_call(Explanation *explanation, uint32_t send, int depth)
{
    const SimRecord *record = explain_record(explanation, send);
    if (record == NULL) {
        return;
    }
    if (sim_endpoint_is_client(record->subject)) {
        explain_say_call(explanation, send, WEIGHT_LINK);
        if (explain_say_bridge(explanation, send)) {
            tell_registration(explanation,
                              explain_last_after(explanation, 0, explain_is_start, NULL));
        }
        return;
    }
    g_autofree char *name = explain_client(explanation, record->client);
    explain_say(explanation, send, WEIGHT_ROOT, "%s %s   %s", sim_op_name((SimOp)record->op), name,
                path_words(explanation, send));
    if (explain_written(explanation, send) != send && depth < DEEPEST) {
        tell_arriving_call(explanation, explain_written(explanation, send), depth + 1);
    }
    uint32_t view = explain_view_behind(explanation, send);
    if (view && depth < DEEPEST &&
        explain_lists(explanation, explain_after_of(explain_record(explanation, view)))) {
        tell_arrival(explanation, view, depth + 1);
    }
}

static void tell_arrival(Explanation *explanation, uint32_t view, int depth)
{
    const SimRecord *record = explain_record(explanation, view);
    const SimRecord *why = record != NULL ? explain_record(explanation, record->cause) : NULL;
    if (why == NULL) {
        return;
    }
    if (why->op == SIM_OP_SNAPSHOT) {
        tell_snapshot(explanation, view, why, depth);
    } else if (why->call) {
        tell_arriving_call(explanation, why->call, depth);
    }
}

/* --- why it is still there ------------------------------------------------------------------- */

/* What the node's holding of it lives on. */
static void tell_lease(Explanation *explanation, uint32_t end)
{
    Pattern renewal = { .kind = SIM_TRACE_LEASE_RENEWED,
                        .subject = explanation->question->node,
                        .object = SIM_NO_ENDPOINT,
                        .op = SIM_OP_VERIFY,
                        .about = true };
    uint32_t last = explain_last_after(explanation, 0, explain_matches, &renewal);
    const SimRecord *record = explain_record(explanation, last);
    if (record == NULL) {
        return;
    }
    g_autofree char *client = explain_client(explanation, record->client);
    explain_say_of(explanation, last, WEIGHT_DETAIL, record->object, record->subject,
                   "VERIFY %s   %s", client,
                   last > end ? "renews the lease still" : "renewed its lease last");
}

/* The task that should have told the node, and what became of it. */
static void tell_lost_removal(Explanation *explanation, uint32_t task)
{
    SimEndpoint node = explanation->question->node;
    const SimRecord *queued = explain_record(explanation, task);
    SimEndpoint from = queued->subject;
    const DistroOpInfo *info = sim_op_info(sim_op_of((DistroOp)queued->value));
    TaskOf any = { .peer = node, .role = -1 }, same = { .peer = node, .role = (int)info->role };
    uint32_t sent = explain_first_after(explanation, task, is_message, &same);
    uint32_t override = 0;
    for (uint32_t id = task;
         !override && (id = explain_first_after(explanation, id, is_task, &any)) != 0;) {
        const SimRecord *record = explain_record(explanation, id);
        if (record->subject == from && record->kind == DISTRO_EVENT_SYNC_MERGED &&
            record->value != queued->value) {
            override = id;
        }
    }
    if (override) {
        tell_override(explanation, override);
    }
    if (sent) {
        explain_tell_call(explanation, sent, WEIGHT_ROOT);
    } else {
        tell_task(explanation, task);
    }
    explain_tell_down(explanation, from, explanation->question->at_us);
    if (!override) {
        tell_retries(explanation, task, from, node);
    }
}

/* No change was queued: the server does not know, or is not there any more. */
static void tell_unnoticed(Explanation *explanation, uint32_t end)
{
    SimEndpoint server = explain_server_of(explanation);
    if (server == SIM_NO_ENDPOINT) {
        return;
    }
    static const SimTraceKind kinds[] = { SIM_TRACE_NODE_CRASH, SIM_TRACE_NODE_STOP };
    uint32_t down = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        down = MAX(down, explain_last_of(explanation, 0, (int)kinds[i], server, SIM_NO_ENDPOINT));
    }
    if (down) {
        explain_say_fault(explanation, down);
    }
    g_autofree char *client = explain_party(explanation, explanation->question->publisher);
    uint32_t start = explain_last_after(explanation, 0, explain_is_start, NULL);
    explain_say_of(explanation, start, WEIGHT_LINK, server, SIM_NO_ENDPOINT,
                   "is the server of %s%s", client, down ? "" : ", and has not noticed its end");
    explain_tell_failed_writes(explanation, end);
}

static void tell_zombie(Explanation *explanation)
{
    uint32_t end = explain_end_of_publisher(explanation);
    uint32_t arrival = explain_latest_view(explanation, explanation->question->node, false, true);
    const SimRecord *record = explain_record(explanation, end);
    if (record->kind == SIM_TRACE_CLIENT_DEREGISTERED) {
        explain_say_of(explanation, end, WEIGHT_LINK, record->subject, SIM_NO_ENDPOINT,
                       "takes its instance back");
    } else {
        explain_say_fault(explanation, end);
    }
    TaskOf removal = { .peer = explanation->question->node, .role = -1 };
    uint32_t task =
        explain_first_after(explanation, began_with(explanation, end), is_task, &removal);
    if (task) {
        tell_lost_removal(explanation, task);
    } else if (arrival <= end) {
        tell_unnoticed(explanation, end);
    }
    if (arrival > end) {
        tell_arrival(explanation, arrival, 0);
    }
    tell_lease(explanation, end);
}

/* --- what is the case ------------------------------------------------------------------------ */

static SimListing classify(const Explanation *explanation)
{
    SimEndpoint node = explanation->question->node;
    DistroPublication listed = explain_listed_at(explanation, node);
    bool gone = explain_end_of_publisher(explanation) != 0;
    if (!listed) {
        return gone ? SIM_LISTING_ABSENT : SIM_LISTING_LACKING;
    }
    if (gone) {
        return SIM_LISTING_ZOMBIE;
    }
    if (explanation->question->copied) {
        return SIM_LISTING_PRESENT;
    }
    SimEndpoint server = explain_server_of(explanation);
    DistroPublication there =
        server != SIM_NO_ENDPOINT ? explain_listed_at(explanation, server) : 0;
    return there && there != listed ? SIM_LISTING_STALE : SIM_LISTING_PRESENT;
}

static void tell_stale(Explanation *explanation)
{
    SimEndpoint server = explain_server_of(explanation);
    uint32_t view = explain_latest_view(explanation, server, true, false);
    uint32_t own = explain_latest_view(explanation, explanation->question->node, true, false);
    uint32_t start = explain_last_after(explanation, 0, explain_is_start, NULL);
    if (own > view && own > start) {
        explain_tell_removal(explanation, own, 0);
        return;
    }
    tell_registration(explanation, start);
    tell_attempts(explanation, view);
}

static void tell(Explanation *explanation, SimListing listing)
{
    uint32_t view = explain_latest_view(explanation, explanation->question->node, false,
                                        listing == SIM_LISTING_PRESENT);
    switch (listing) {
    case SIM_LISTING_LACKING:
        tell_lacking(explanation);
        break;
    case SIM_LISTING_ZOMBIE:
        tell_zombie(explanation);
        break;
    case SIM_LISTING_STALE:
        tell_stale(explanation);
        break;
    case SIM_LISTING_PRESENT:
        if (view) {
            tell_arrival(explanation, view, 0);
        }
        break;
    case SIM_LISTING_ABSENT:
        if (explain_life_ended(explanation, explanation->question->node)) {
            explain_say_fault(explanation,
                              explain_life_ended(explanation, explanation->question->node));
        } else if (view) {
            explain_tell_removal(explanation, view, 0);
        }
        break;
    }
}

/* --- the lines ------------------------------------------------------------------------------- */

static gint by_weight(gconstpointer a, gconstpointer b)
{
    const Line *one = a, *other = b;
    return (int)one->weight - (int)other->weight; /* stable: said earlier stays before */
}

static gint by_time(gconstpointer a, gconstpointer b)
{
    const Line *one = a, *other = b;
    return one->id < other->id ? -1 : one->id > other->id;
}

/* Details fill what the rest leaves of the first lines; a cause must not stand far down. */
static void keep_the_best(GArray *told)
{
    guint most = SIM_EXPLAIN_LINES;
    g_array_sort(told, by_weight);
    while (told->len > ENOUGH_LINES &&
           g_array_index(told, Line, told->len - 1).weight == WEIGHT_DETAIL) {
        g_array_set_size(told, told->len - 1);
    }
    g_array_set_size(told, MIN(told->len, most));
    g_array_sort(told, by_time);
}

static void append_lines(const GArray *told, GPtrArray *lines)
{
    size_t width = 0;
    int digits = 0; /* the last instant is the longest, but for those before 0 */
    for (guint i = 0; i < told->len; i++) {
        const Line *line = &g_array_index(told, Line, i);
        width = MAX(width, strlen(line->who));
        digits = MAX(digits, snprintf(NULL, 0, "%.3f", (double)line->at_us / 1e6));
    }
    for (guint i = 0; i < told->len; i++) {
        const Line *line = &g_array_index(told, Line, i);
        g_ptr_array_add(lines,
                        g_strdup_printf("%*.3f s  %-*s  %s", digits, (double)line->at_us / 1e6,
                                        (int)width, line->who, line->text));
    }
}

static void clear_line(void *data)
{
    g_free(((Line *)data)->who);
    g_free(((Line *)data)->text);
}

static size_t end_at(const SimHistory *history, int64_t at_us)
{
    size_t end = history->count;
    while (end > 0 && history->records[end - 1].at_us > at_us) {
        end--;
    }
    return end;
}

Explanation *explain_new(const SimHistory *history, const SimQuestion *question)
{
    Explanation *explanation = g_new0(Explanation, 1);
    explanation->history = history;
    explanation->question = question;
    explanation->end = end_at(history, question->at_us);
    explanation->told = g_array_new(false, false, sizeof(Line));
    g_array_set_clear_func(explanation->told, clear_line);
    return explanation;
}

void explain_free(Explanation *explanation)
{
    g_array_unref(explanation->told);
    g_free(explanation);
}

void explain_lines(const Explanation *explanation, GPtrArray *lines)
{
    keep_the_best(explanation->told);
    append_lines(explanation->told, lines);
}

SimListing sim_explain(const SimHistory *history, const SimQuestion *question, GPtrArray *lines)
{
    g_autoptr(Explanation) explanation = explain_new(history, question);
    SimListing listing = classify(explanation);
    if (lines == NULL) {
        return listing;
    }
    tell(explanation, listing);
    explain_lines(explanation, lines);
    return listing;
}
