/* sim/explain/explain.c -- what is the case on a node, and the walks that tell why.
 *
 *      not listed    it was removed: by whom, and why?   or it never came: what was tried?
 *      listed        who brought it, after it was gone?  or why has nobody taken it away?
 *
 * Walks follow causes backwards through messages to the node where something began; where nothing
 * happened, which is a cause too, they look for what should have happened since. */
#include <stdio.h>
#include <string.h>

#include "sim/explain/internal.h"

enum {
    DEEPEST = 4, /* nodes that a walk passes: more would not fit into the lines anyway */
    ENOUGH_LINES = 5
};

static void tell_removal(Tale *tale, uint32_t view, int depth);
static void tell_arrival(Tale *tale, uint32_t view, int depth);

/* --- tasks ----------------------------------------------------------------------------------- */

typedef struct TaskOf {
    SimEndpoint peer;
    int op; /* -1: any */
} TaskOf;

/* Does an operation bring what @wanted would, -1 being any? 1.x pushes DATUMs for CHANGEs. */
static bool is_wanted(int wanted, SimOp op)
{
    return wanted < 0 || (int)op == wanted || (wanted == SIM_OP_CHANGE && op == SIM_OP_DATUM);
}

static bool is_task(const Tale *tale, const SimRecord *record, const void *data)
{
    const TaskOf *wanted = data;
    return (record->kind == DISTRO_EVENT_SYNC_QUEUED || record->kind == DISTRO_EVENT_SYNC_MERGED) &&
           record->object == wanted->peer && tale_about(tale, record->client) &&
           is_wanted(wanted->op, sim_op_of((DistroOp)record->value));
}

/* Why a node thinks that it cannot reach its peer, and since when. */
static void tell_unreachable(Tale *tale, SimEndpoint node, SimEndpoint peer)
{
    static const int kinds[] = { DISTRO_EVENT_MEMBER_DOWN, DISTRO_EVENT_MEMBER_SUSPICIOUS,
                                 DISTRO_EVENT_RPC_LOST };
    static const char *const words[] = { "DOWN", "SUSPICIOUS", "not connected" };
    uint32_t up = MAX(tale_last_of(tale, 0, DISTRO_EVENT_MEMBER_UP, node, peer), 0u);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        uint32_t id =
            tale_last_of(tale, kinds[i] == DISTRO_EVENT_RPC_LOST ? 0 : up, kinds[i], node, peer);
        const SimRecord *record = tale_record(tale, id);
        if (record == NULL) {
            continue;
        }
        g_autofree char *name = tale_party(tale, peer);
        tale_say_of(tale, id, WEIGHT_LINK, node, SIM_NO_ENDPOINT,
                    "holds %s for %s: sends it nothing", name, words[i]);
        const SimRecord *cause = tale_record(tale, record->cause);
        if (cause != NULL && cause->call) {
            tale_say_call(tale, cause->call, WEIGHT_ROOT);
        }
        return;
    }
}

/* The fault itself, where a call's end names one: a crash, a pause. */
static void tell_down(Tale *tale, SimEndpoint party, int64_t at_us)
{
    static const SimTraceKind kinds[] = { SIM_TRACE_NODE_CRASH, SIM_TRACE_NODE_STOP };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        uint32_t id = sim_story_latest(tale->story, at_us, kinds[i], party, SIM_NO_ENDPOINT, 0);
        if (id > tale_life_began(tale, party)) {
            tale_say_fault(tale, id);
        }
    }
}

static void tell_pauses(Tale *tale, uint32_t after, SimEndpoint party)
{
    uint32_t pause = tale_last_of(tale, after, SIM_TRACE_NODE_PAUSE, party, SIM_NO_ENDPOINT);
    if (pause) {
        tale_say_fault(tale, pause);
    }
}

/* A call that did not do its work, and the fault behind it. True if it did. */
static bool tell_call(Tale *tale, uint32_t send, Weight weight)
{
    const SimRecord *record = tale_record(tale, send);
    if (record == NULL) {
        return false;
    }
    Fate fate = tale_say_call(tale, send, weight);
    if (fate == FATE_FAILED || fate == FATE_REFUSED) {
        tell_down(tale, record->object, record->at_us + 60000000);
    }
    if (fate == FATE_FAILED) {
        uint32_t pause = sim_story_latest(tale->story, record->at_us, SIM_TRACE_NODE_PAUSE,
                                          record->object, SIM_NO_ENDPOINT, 0);
        if (pause > sim_story_latest(tale->story, record->at_us, SIM_TRACE_NODE_RESUME,
                                     record->object, SIM_NO_ENDPOINT, 0)) {
            tale_say_fault(tale, pause);
        }
    }
    return fate == FATE_DONE;
}

static void tell_retries(Tale *tale, uint32_t after, SimEndpoint node, SimEndpoint peer)
{
    Pattern retried = { .kind = DISTRO_EVENT_SYNC_RETRIED,
                        .subject = node,
                        .object = peer,
                        .op = SIM_N_OPS,
                        .about = true };
    unsigned count = tale_count_after(tale, after, tale_matches, &retried);
    uint32_t last = tale_last_after(tale, after, tale_matches, &retried);
    const SimRecord *record = tale_record(tale, last);
    if (record == NULL) {
        return;
    }
    g_autofree char *name = tale_party(tale, peer);
    g_autofree char *client = tale_client(tale, record->client);
    tale_say_of(tale, last, WEIGHT_DETAIL, node, SIM_NO_ENDPOINT, "retry %u of %s %s to %s", count,
                sim_op_name(sim_op_of((DistroOp)record->value)), client, name);
    Pattern unsent = retried;
    unsent.kind = DISTRO_EVENT_SYNC_FAILED;
    unsent.has_value = true;
    unsent.value = -1;
    if (tale_last_after(tale, after, tale_matches, &unsent)) {
        tell_unreachable(tale, node, peer);
    }
}

/* A CHANGE that took the place of a DELETE, and the failure that brought it back. */
static void tell_override(Tale *tale, uint32_t merged)
{
    const SimRecord *record = tale_record(tale, merged);
    g_autofree char *client = tale_client(tale, record->client);
    g_autofree char *peer = tale_party(tale, record->object);
    tale_say_of(tale, merged, WEIGHT_ROOT, record->subject, SIM_NO_ENDPOINT,
                "a retry of CHANGE replaces the pending DELETE %s to %s", client, peer);
    const SimRecord *retried = tale_record(tale, record->cause);
    const SimRecord *failed = retried != NULL ? tale_record(tale, retried->cause) : NULL;
    const SimRecord *why = failed != NULL ? tale_record(tale, failed->cause) : NULL;
    if (why != NULL && why->call) {
        tell_call(tale, why->call, WEIGHT_LINK);
    } else if (failed != NULL && failed->value < 0) {
        tell_unreachable(tale, record->subject, record->object);
    }
}

static bool is_message(const Tale *tale, const SimRecord *record, const void *data)
{
    const TaskOf *wanted = data;
    bool sync =
        record->op == SIM_OP_CHANGE || record->op == SIM_OP_DELETE || record->op == SIM_OP_DATUM;
    return record->kind == SIM_TRACE_SEND && sync && record->object == wanted->peer &&
           tale_about(tale, record->client) && is_wanted(wanted->op, (SimOp)record->op);
}

/* --- why it never came, or came no more ------------------------------------------------------ */

static void tell_verifies(Tale *tale, uint32_t after, SimEndpoint from, SimEndpoint to)
{
    Pattern sent = {
        .kind = SIM_TRACE_SEND, .subject = from, .object = to, .op = SIM_OP_VERIFY, .about = true
    };
    uint32_t last = tale_last_after(tale, after, tale_matches, &sent);
    if (last) {
        tale_say_call(tale, last, WEIGHT_DETAIL);
    } else if (tale_last_of(tale, after, DISTRO_EVENT_VERIFY_FAILED, from, to)) {
        tell_unreachable(tale, from, to);
    }
}

/* What a queued task waits for, or what became of it without a message. */
static void tell_task(Tale *tale, uint32_t task)
{
    const SimRecord *record = tale_record(tale, task);
    g_autofree char *client = tale_client(tale, record->client);
    g_autofree char *peer = tale_party(tale, record->object);
    Pattern dropped = { .kind = DISTRO_EVENT_SYNC_DROPPED,
                        .subject = record->subject,
                        .object = record->object,
                        .op = SIM_N_OPS,
                        .about = true };
    uint32_t drop = tale_first_after(tale, task, tale_matches, &dropped);
    if (drop) {
        tale_say_of(tale, drop, WEIGHT_LINK, record->subject, SIM_NO_ENDPOINT,
                    "drops the %s %s to %s: there is nothing to send any more",
                    sim_op_name(sim_op_of((DistroOp)tale_record(tale, drop)->value)), client, peer);
    } else {
        tale_say_of(tale, task, WEIGHT_LINK, record->subject, SIM_NO_ENDPOINT, "queues %s %s to %s",
                    sim_op_name(sim_op_of((DistroOp)record->value)), client, peer);
    }
}

/* The attempts to bring it to the node, from @after on. */
static void tell_attempts(Tale *tale, uint32_t after)
{
    SimEndpoint node = tale->question->node;
    TaskOf wanted = { .peer = node, .op = SIM_OP_CHANGE };
    uint32_t task = tale_first_after(tale, after, is_task, &wanted);
    uint32_t first = tale_first_after(tale, after, is_message, &wanted);
    uint32_t last = tale_last_after(tale, after, is_message, &wanted);
    if (first) {
        tell_call(tale, first, WEIGHT_ROOT);
    } else if (task) {
        tell_task(tale, task);
    }
    const SimRecord *tried = tale_record(tale, first ? first : task);
    SimEndpoint from = tried != NULL ? tried->subject : tale_server_of(tale);
    if (last && last != first) {
        tell_call(tale, last, WEIGHT_DETAIL);
    }
    if (from == SIM_NO_ENDPOINT) {
        return;
    }
    tell_retries(tale, after, from, node);
    tell_verifies(tale, after, from, node);
    tell_down(tale, from, tale->question->at_us);
    tell_pauses(tale, after, from);
    tell_pauses(tale, after, node);
}

/* Its own writes that failed: nobody can list what no server took. */
static void tell_failed_writes(Tale *tale, uint32_t after)
{
    SimEndpoint publisher = tale->question->publisher;
    static const SimOp ops[] = { SIM_OP_REGISTER, SIM_OP_BEAT, SIM_OP_CONNECT };
    for (size_t i = 0; publisher != SIM_NO_ENDPOINT && i < G_N_ELEMENTS(ops); i++) {
        Pattern sent = {
            .kind = SIM_TRACE_SEND, .subject = publisher, .object = SIM_NO_ENDPOINT, .op = ops[i]
        };
        uint32_t by = 0;
        for (uint32_t id = after; (id = tale_first_after(tale, id, tale_matches, &sent)) != 0;) {
            g_autofree char *words = NULL;
            if (tale_fate(tale, id, &by, &words) == FATE_DONE) {
                continue;
            }
            tell_call(tale, id, WEIGHT_ROOT);
            break;
        }
    }
}

static void tell_registration(Tale *tale, uint32_t start)
{
    const SimRecord *record = tale_record(tale, start);
    if (record == NULL) {
        return;
    }
    g_autofree char *server = tale_party(tale, record->object);
    bool updates = record->kind == SIM_TRACE_CLIENT_UPDATED;
    tale_say_of(tale, start, WEIGHT_LINK, record->subject, SIM_NO_ENDPOINT, "%s at %s",
                updates ? "updates its instance" : "is registered", server);
}

/* A node that has not loaded yet: what it asked, and what came of it. */
static bool tell_unloaded(Tale *tale)
{
    SimEndpoint node = tale->question->node;
    uint32_t boot = tale_life_began(tale, node);
    uint32_t down = tale_life_ended(tale, node);
    if (down) {
        tale_say_fault(tale, down);
        return true;
    }
    if (!boot || tale_last_of(tale, boot, DISTRO_EVENT_LOADED, node, SIM_NO_ENDPOINT)) {
        return false;
    }
    tale_say(tale, boot, WEIGHT_ROOT, "boots, and has not loaded since");
    Pattern asked = {
        .kind = SIM_TRACE_SEND, .subject = node, .object = SIM_NO_ENDPOINT, .op = SIM_OP_SNAPSHOT
    };
    uint32_t request = tale_first_after(tale, boot, tale_matches, &asked);
    uint32_t failed =
        tale_first_of(tale, boot, DISTRO_EVENT_SNAPSHOT_FAILED, node, SIM_NO_ENDPOINT);
    if (request) {
        tell_call(tale, request, WEIGHT_ROOT);
    } else if (failed) {
        tale_say(tale, failed, WEIGHT_LINK, "cannot be asked for a snapshot");
        tell_unreachable(tale, node, tale_record(tale, failed)->object);
    }
    return true;
}

static void tell_lacking(Tale *tale)
{
    SimEndpoint node = tale->question->node;
    if (tell_unloaded(tale)) {
        return;
    }
    uint32_t removal = tale_latest_view(tale, node, false, false);
    uint32_t start = tale_last_after(tale, 0, tale_is_start, NULL);
    if (removal > start) {
        tell_removal(tale, removal, 0);
    } else {
        tell_registration(tale, start);
    }
    tell_attempts(tale, MAX(removal, start ? start - 1 : 0));
    if (!start || removal > start) {
        tell_failed_writes(tale, removal);
    }
}

/* --- why it was removed ---------------------------------------------------------------------- */

/* VERIFY's absence after the last good one. */
static void tell_silence(Tale *tale, uint32_t renewed, SimEndpoint node)
{
    const SimRecord *renewal = tale_record(tale, renewed);
    if (renewal == NULL || renewal->object == SIM_NO_ENDPOINT) {
        return;
    }
    SimEndpoint owner = renewal->object;
    tell_down(tale, owner, tale->question->at_us);
    tell_pauses(tale, renewed, owner);
    Pattern sent = {
        .kind = SIM_TRACE_SEND, .subject = owner, .object = node, .op = SIM_OP_VERIFY, .about = true
    };
    uint32_t first = tale_first_after(tale, renewed, tale_matches, &sent);
    if (first) {
        tell_call(tale, first, WEIGHT_ROOT);
    }
    uint32_t unsent = tale_first_of(tale, renewed, DISTRO_EVENT_VERIFY_FAILED, owner, node);
    if (unsent && !tale_record(tale, unsent)->call) {
        tell_unreachable(tale, owner, node);
    }
}

static void tell_renewal(Tale *tale, uint32_t renewed)
{
    const SimRecord *record = tale_record(tale, renewed);
    if (record == NULL) {
        return;
    }
    g_autofree char *client = tale_client(tale, record->client);
    if (record->kind != SIM_TRACE_ANSWERED) {
        tale_say(tale, renewed, WEIGHT_LINK, "takes %s over: its lease begins", client);
        return;
    }
    tale_say_of(tale, renewed, WEIGHT_LINK, record->object, record->subject,
                "%s %s   the last that renewed it there", sim_op_name((SimOp)record->op), client);
}

/* A clock that was set between a renewal and the expiry makes the lease look older than it is. */
static void tell_clock(Tale *tale, uint32_t renewed, uint32_t expired)
{
    const SimRecord *expiry = tale_record(tale, expired), *renewal = tale_record(tale, renewed);
    uint32_t clock = renewal != NULL ? tale_first_of(tale, renewed, SIM_TRACE_NODE_CLOCK,
                                                     expiry->subject, SIM_NO_ENDPOINT)
                                     : 0;
    if (clock && clock < expired &&
        ABS(expiry->value - (expiry->at_us - renewal->at_us)) > 1000000) {
        tale_say_fault(tale, clock);
    }
}

static bool is_beat(const Tale *tale, const SimRecord *record, const void *data)
{
    (void)data;
    return record->kind == SIM_TRACE_SEND && record->op == SIM_OP_BEAT &&
           record->subject == tale->question->publisher;
}

/* What became of a heartbeat client's beats; other clients have none. */
static void tell_beats(Tale *tale, uint32_t renewed)
{
    SimEndpoint publisher = tale->question->publisher;
    if (publisher == SIM_NO_ENDPOINT) {
        return;
    }
    uint32_t killed = tale_last_of(tale, 0, SIM_TRACE_CLIENT_KILLED, publisher, SIM_NO_ENDPOINT);
    if (killed) {
        tale_say_fault(tale, killed);
    } else if (tale_first_after(tale, 0, is_beat, NULL)) {
        tell_failed_writes(tale, renewed);
    }
}

static void tell_expiry(Tale *tale, uint32_t expired)
{
    const SimRecord *record = tale_record(tale, expired);
    g_autofree char *client = tale_client(tale, record->client);
    g_autofree char *age = tale_duration(record->value);
    if (record->kind == DISTRO_EVENT_LEASE_EXPIRED) {
        tale_say(tale, expired, WEIGHT_LINK, "the lease of %s ends: renewed %s before", client,
                 age);
    } else {
        tale_say(tale, expired, WEIGHT_LINK, "no beat of %s for %s: %s", client, age,
                 record->kind == DISTRO_EVENT_BEAT_LATE ? "held for unhealthy" : "removed");
    }
    uint32_t renewed = record->cause;
    if (renewed) {
        tell_renewal(tale, renewed);
    }
    tell_clock(tale, renewed, expired);
    tell_pauses(tale, renewed, record->subject);
    if (record->kind == DISTRO_EVENT_LEASE_EXPIRED) {
        tell_silence(tale, renewed, record->subject);
    }
    tell_beats(tale, renewed);
    tale_say_bridge_end(tale, renewed);
    const SimRecord *renewal = tale_record(tale, renewed);
    if (renewal != NULL && record->kind != DISTRO_EVENT_LEASE_EXPIRED &&
        renewal->op == SIM_OP_VERIFY) {
        tell_down(tale, renewal->object, record->at_us);
    }
}

static void tell_ejection(Tale *tale, uint32_t ejected)
{
    const SimRecord *record = tale_record(tale, ejected);
    g_autofree char *client = tale_client(tale, record->client);
    tale_say(tale, ejected, WEIGHT_LINK, "ejects %s: it did not answer", client);
    const SimRecord *cause = tale_record(tale, record->cause);
    if (cause != NULL && cause->call) {
        tale_say_call(tale, cause->call, WEIGHT_ROOT);
    }
    uint32_t killed =
        tale_last_of(tale, 0, SIM_TRACE_CLIENT_KILLED, tale->question->publisher, SIM_NO_ENDPOINT);
    if (killed && tale->question->publisher != SIM_NO_ENDPOINT) {
        tale_say_fault(tale, killed);
    }
}

static void tell_connection(Tale *tale, uint32_t lost)
{
    const SimRecord *record = tale_record(tale, lost);
    g_autofree char *other = tale_party(tale, record->object);
    tale_say_of(tale, lost, WEIGHT_LINK, record->subject, SIM_NO_ENDPOINT,
                "loses the connection of %s", other);
    tale_say_fault(tale, record->cause);
}

/* The view of the node that sent this, by which it had something to send. */
static uint32_t view_behind(const Tale *tale, uint32_t send)
{
    const SimRecord *record = tale_record(tale, send);
    for (int steps = 0; record != NULL && steps < 16; steps++) {
        uint32_t id = record->cause;
        record = tale_record(tale, id);
        if (record != NULL && record->kind == SIM_TRACE_VIEW) {
            return id;
        }
        /* A retry's reasons lead to the call that failed, and on to what that was sent for. */
        if (record != NULL && record->call && record->kind != SIM_TRACE_SEND) {
            record = tale_record(tale, record->call);
        }
    }
    return 0;
}

/* 1.x: what an owner's digest lacks goes, and the owner may have lost it with its memory. */
static void tell_digest(Tale *tale, uint32_t send, DistroClient removed)
{
    SimEndpoint owner = tale_record(tale, send)->subject;
    g_autofree char *client = tale_client(tale, removed);
    tale_say(tale, send, WEIGHT_ROOT, "CHECKSUM   lacks %s, which goes", client);
    uint32_t boot = tale_life_began(tale, owner);
    if (!boot) {
        return;
    }
    tale_say(tale, boot, WEIGHT_LINK, "boots, and knows of %s what it loads", client);
    uint32_t failed =
        tale_first_of(tale, boot, DISTRO_EVENT_SNAPSHOT_FAILED, owner, SIM_NO_ENDPOINT);
    Pattern asked = {
        .kind = SIM_TRACE_SEND, .subject = owner, .object = SIM_NO_ENDPOINT, .op = SIM_OP_SNAPSHOT
    };
    uint32_t request = tale_first_after(tale, boot, tale_matches, &asked);
    if (failed && request) {
        tell_call(tale, request, WEIGHT_LINK);
    }
}

static void tell_removing_call(Tale *tale, uint32_t send, DistroClient removed, int depth)
{
    const SimRecord *record = tale_record(tale, send);
    if (record == NULL) {
        return;
    }
    if (record->op == SIM_OP_CHECKSUM) {
        tell_digest(tale, send, removed);
        return;
    }
    tale_say_call(tale, send, depth == 0 ? WEIGHT_LINK : WEIGHT_DETAIL);
    if (sim_endpoint_is_client(record->subject)) {
        tale_say_bridge(tale, send);
        return;
    }
    if (tale_written(tale, send) != send && depth < DEEPEST) {
        tell_removing_call(tale, tale_written(tale, send), removed, depth + 1);
    }
    uint32_t view = view_behind(tale, send);
    if (view && depth < DEEPEST) {
        tell_removal(tale, view, depth + 1);
    }
}

static void tell_removal(Tale *tale, uint32_t view, int depth)
{
    const SimRecord *record = tale_record(tale, view);
    uint32_t cause = record->cause;
    const SimRecord *why = tale_record(tale, cause);
    if (why == NULL) {
        return;
    }
    switch ((int)why->kind) {
    case DISTRO_EVENT_LEASE_EXPIRED:
    case DISTRO_EVENT_BEAT_LATE:
    case DISTRO_EVENT_BEAT_EXPIRED:
        tell_expiry(tale, cause);
        break;
    case DISTRO_EVENT_CLIENT_EJECTED:
        tell_ejection(tale, cause);
        break;
    case SIM_TRACE_CONNECTION_LOST:
        tell_connection(tale, cause);
        break;
    default:
        if (why->call) {
            tell_removing_call(tale, why->call, record->client, depth);
        }
        break;
    }
}

/* --- how it came ----------------------------------------------------------------------------- */

static void tell_snapshot(Tale *tale, uint32_t view, const SimRecord *arrived, int depth)
{
    SimEndpoint giver = arrived->object;
    const SimRecord *record = tale_record(tale, view);
    g_autofree char *client = tale_client(tale, record->client);
    g_autofree char *from = tale_party(tale, giver);
    tale_say_of(tale, view, WEIGHT_ROOT, record->subject, SIM_NO_ENDPOINT,
                "takes %s from the snapshot of %s", client, from);
    /* When the snapshot was taken, in case something changed while it was under way. */
    Pattern taken = { .kind = SIM_TRACE_ANSWERED,
                      .subject = giver,
                      .object = record->subject,
                      .op = SIM_OP_SNAPSHOT };
    for (uint32_t id = arrived->call;
         (id = tale_first_after(tale, id, tale_matches, &taken)) != 0;) {
        if (tale_record(tale, id)->call != arrived->call) {
            continue;
        }
        tale_say(tale, id, WEIGHT_LINK, "SNAPSHOT   taken here");
        break;
    }
    uint32_t boot = tale_life_began(tale, record->subject);
    if (boot) {
        tale_say(tale, boot, WEIGHT_DETAIL, "boots");
    }
    uint32_t old = tale_latest_view(tale, giver, false, true);
    if (old && old < view && depth < DEEPEST && old > tale_end_of_publisher(tale)) {
        tell_arrival(tale, old, depth + 1);
    }
}

static const char *path_words(const Tale *tale, uint32_t send)
{
    const SimRecord *sent = tale_record(tale, tale_record(tale, send)->cause);
    const SimRecord *task = sent != NULL ? tale_record(tale, sent->cause) : NULL;
    const SimRecord *why = task != NULL ? tale_record(tale, task->cause) : NULL;
    if (why != NULL && why->kind == DISTRO_EVENT_SYNC_RETRIED) {
        return "a retry brings it";
    }
    if (why != NULL && why->kind == DISTRO_EVENT_VERIFY_REPAIR) {
        return "a repair after VERIFY brings it";
    }
    return "brings it";
}

static void tell_arriving_call(Tale *tale, uint32_t send, int depth)
{
    const SimRecord *record = tale_record(tale, send);
    if (record == NULL) {
        return;
    }
    if (sim_endpoint_is_client(record->subject)) {
        tale_say_call(tale, send, WEIGHT_LINK);
        if (tale_say_bridge(tale, send)) {
            tell_registration(tale, tale_last_after(tale, 0, tale_is_start, NULL));
        }
        return;
    }
    g_autofree char *name = tale_client(tale, record->client);
    tale_say(tale, send, WEIGHT_ROOT, "%s %s   %s", sim_op_name((SimOp)record->op), name,
             path_words(tale, send));
    if (tale_written(tale, send) != send && depth < DEEPEST) {
        tell_arriving_call(tale, tale_written(tale, send), depth + 1);
    }
    uint32_t view = view_behind(tale, send);
    if (view && depth < DEEPEST && tale_lists(tale, tale_after_of(tale_record(tale, view)))) {
        tell_arrival(tale, view, depth + 1);
    }
}

static void tell_arrival(Tale *tale, uint32_t view, int depth)
{
    const SimRecord *record = tale_record(tale, view);
    const SimRecord *why = record != NULL ? tale_record(tale, record->cause) : NULL;
    if (why == NULL) {
        return;
    }
    if (why->op == SIM_OP_SNAPSHOT) {
        tell_snapshot(tale, view, why, depth);
    } else if (why->call) {
        tell_arriving_call(tale, why->call, depth);
    }
}

/* --- why it is still there ------------------------------------------------------------------- */

/* What the node's holding of it lives on. */
static void tell_lease(Tale *tale, uint32_t end)
{
    Pattern renewal = { .kind = SIM_TRACE_ANSWERED,
                        .subject = tale->question->node,
                        .object = SIM_NO_ENDPOINT,
                        .op = SIM_OP_VERIFY,
                        .about = true,
                        .has_value = true,
                        .value = DISTRO_STATUS_OK };
    uint32_t last = tale_last_after(tale, 0, tale_matches, &renewal);
    const SimRecord *record = tale_record(tale, last);
    if (record == NULL) {
        return;
    }
    g_autofree char *client = tale_client(tale, record->client);
    tale_say_of(tale, last, WEIGHT_DETAIL, record->object, record->subject, "VERIFY %s   %s",
                client, last > end ? "renews the lease still" : "renewed its lease last");
}

/* The task that should have told the node, and what became of it. */
static void tell_lost_removal(Tale *tale, uint32_t task)
{
    SimEndpoint node = tale->question->node;
    const SimRecord *queued = tale_record(tale, task);
    SimEndpoint from = queued->subject;
    TaskOf any = { .peer = node, .op = -1 }, same = { .peer = node, .op = (int)queued->value };
    uint32_t sent = tale_first_after(tale, task, is_message, &same);
    uint32_t override = 0;
    for (uint32_t id = task; !override && (id = tale_first_after(tale, id, is_task, &any)) != 0;) {
        const SimRecord *record = tale_record(tale, id);
        if (record->subject == from && record->kind == DISTRO_EVENT_SYNC_MERGED &&
            record->value != queued->value) {
            override = id;
        }
    }
    if (override) {
        tell_override(tale, override);
    }
    if (sent) {
        tell_call(tale, sent, WEIGHT_ROOT);
    } else {
        tell_task(tale, task);
    }
    tell_down(tale, from, tale->question->at_us);
    if (!override) {
        tell_retries(tale, task, from, node);
    }
}

/* Nobody queued anything: the server does not know, or is not there any more. */
static void tell_unnoticed(Tale *tale, uint32_t end)
{
    SimEndpoint server = tale_server_of(tale);
    if (server == SIM_NO_ENDPOINT) {
        return;
    }
    static const SimTraceKind kinds[] = { SIM_TRACE_NODE_CRASH, SIM_TRACE_NODE_STOP };
    uint32_t down = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        down = MAX(down, tale_last_of(tale, 0, (int)kinds[i], server, SIM_NO_ENDPOINT));
    }
    if (down) {
        tale_say_fault(tale, down);
    }
    g_autofree char *client = tale_party(tale, tale->question->publisher);
    uint32_t start = tale_last_after(tale, 0, tale_is_start, NULL);
    tale_say_of(tale, start, WEIGHT_LINK, server, SIM_NO_ENDPOINT, "is the server of %s%s", client,
                down ? "" : ", and has not noticed its end");
    tell_failed_writes(tale, end);
}

static void tell_zombie(Tale *tale)
{
    uint32_t end = tale_end_of_publisher(tale);
    uint32_t arrival = tale_latest_view(tale, tale->question->node, false, true);
    const SimRecord *record = tale_record(tale, end);
    if (record->kind == SIM_TRACE_CLIENT_DEREGISTERED) {
        tale_say_of(tale, end, WEIGHT_LINK, record->subject, SIM_NO_ENDPOINT,
                    "takes its instance back");
    } else {
        tale_say_fault(tale, end);
    }
    TaskOf removal = { .peer = tale->question->node, .op = -1 };
    /* A write's effects come before its acknowledgement. */
    uint32_t call = record->call ? record->call : record->cause;
    const SimRecord *outcome = tale_record(tale, call);
    uint32_t from = outcome != NULL && outcome->call ? outcome->call : end;
    uint32_t task = tale_first_after(tale, from, is_task, &removal);
    if (task) {
        tell_lost_removal(tale, task);
    } else if (arrival <= end) {
        tell_unnoticed(tale, end);
    }
    if (arrival > end) {
        tell_arrival(tale, arrival, 0);
    }
    tell_lease(tale, end);
}

/* --- what is the case ------------------------------------------------------------------------ */

static SimListing classify(const Tale *tale)
{
    SimEndpoint node = tale->question->node;
    DistroPublication listed = tale_listed_at(tale, node);
    bool gone = tale_end_of_publisher(tale) != 0;
    if (!listed) {
        return gone ? SIM_LISTING_ABSENT : SIM_LISTING_LACKING;
    }
    if (gone) {
        return SIM_LISTING_ZOMBIE;
    }
    if (tale->question->copied) {
        return SIM_LISTING_PRESENT;
    }
    SimEndpoint server = tale_server_of(tale);
    DistroPublication there = server != SIM_NO_ENDPOINT ? tale_listed_at(tale, server) : 0;
    return there && there != listed ? SIM_LISTING_STALE : SIM_LISTING_PRESENT;
}

static void tell_stale(Tale *tale)
{
    SimEndpoint server = tale_server_of(tale);
    uint32_t view = tale_latest_view(tale, server, true, false);
    uint32_t own = tale_latest_view(tale, tale->question->node, true, false);
    uint32_t start = tale_last_after(tale, 0, tale_is_start, NULL);
    if (own > view && own > start) {
        tell_removal(tale, own, 0);
        return;
    }
    tell_registration(tale, start);
    tell_attempts(tale, view);
}

static void tell(Tale *tale, SimListing listing)
{
    uint32_t view =
        tale_latest_view(tale, tale->question->node, false, listing == SIM_LISTING_PRESENT);
    switch (listing) {
    case SIM_LISTING_LACKING:
        tell_lacking(tale);
        break;
    case SIM_LISTING_ZOMBIE:
        tell_zombie(tale);
        break;
    case SIM_LISTING_STALE:
        tell_stale(tale);
        break;
    case SIM_LISTING_PRESENT:
        if (view) {
            tell_arrival(tale, view, 0);
        }
        break;
    case SIM_LISTING_ABSENT:
        if (tale_life_ended(tale, tale->question->node)) {
            tale_say_fault(tale, tale_life_ended(tale, tale->question->node));
        } else if (view) {
            tell_removal(tale, view, 0);
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

static size_t end_at(const SimStory *story, int64_t at_us)
{
    size_t end = story->count;
    while (end > 0 && story->records[end - 1].at_us > at_us) {
        end--;
    }
    return end;
}

Tale *tale_new(const SimStory *story, const SimQuestion *question)
{
    Tale *tale = g_new0(Tale, 1);
    tale->story = story;
    tale->question = question;
    tale->end = end_at(story, question->at_us);
    tale->told = g_array_new(false, false, sizeof(Line));
    g_array_set_clear_func(tale->told, clear_line);
    return tale;
}

void tale_free(Tale *tale)
{
    g_array_unref(tale->told);
    g_free(tale);
}

void tale_lines(const Tale *tale, GPtrArray *lines)
{
    keep_the_best(tale->told);
    append_lines(tale->told, lines);
}

SimListing sim_explain(const SimStory *story, const SimQuestion *question, GPtrArray *lines)
{
    g_autoptr(Tale) tale = tale_new(story, question);
    SimListing listing = classify(tale);
    if (lines == NULL) {
        return listing;
    }
    tell(tale, listing);
    tale_lines(tale, lines);
    return listing;
}
