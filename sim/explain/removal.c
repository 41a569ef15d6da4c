/* sim/explain/removal.c -- why an instance was taken off a list: who told, or whose silence was
 * noticed. */
#include "sim/explain/internal.h"

/* VERIFY's absence after the last good one. */
static void tell_silence(Explanation *explanation, uint32_t renewed, SimEndpoint node)
{
    const SimRecord *renewal = explain_record(explanation, renewed);
    if (renewal == NULL || renewal->object == SIM_NO_ENDPOINT ||
        sim_endpoint_is_client(renewal->object)) {
        return;
    }
    SimEndpoint owner = renewal->object;
    explain_tell_down(explanation, owner, explanation->question->at_us);
    explain_tell_pauses(explanation, renewed, owner);
    Pattern sent = {
        .kind = SIM_TRACE_SEND, .subject = owner, .object = node, .op = SIM_OP_VERIFY, .about = true
    };
    uint32_t first = explain_first_after(explanation, renewed, explain_matches, &sent);
    if (first) {
        explain_tell_call(explanation, first, WEIGHT_ROOT);
    }
    uint32_t unsent =
        explain_first_of(explanation, renewed, DISTRO_EVENT_VERIFY_FAILED, owner, node);
    if (unsent && !explain_record(explanation, unsent)->call) {
        explain_tell_unreachable(explanation, owner, node);
    }
}

static bool is_beat(const Explanation *explanation, const SimRecord *record, const void *data)
{
    (void)data;
    return record->kind == SIM_TRACE_SEND && record->op == SIM_OP_BEAT &&
           record->subject == explanation->question->publisher;
}

/* Beats that came to the node since, and that it passed on to the owner: they renew it there. */
static void tell_passed_on(Explanation *explanation, uint32_t renewed)
{
    const SimRecord *renewal = explain_record(explanation, renewed);
    unsigned count = 0;
    uint32_t last = 0, forward = 0;

    for (uint32_t id = renewed; (id = explain_first_after(explanation, id, is_beat, NULL)) != 0;) {
        uint32_t passed = explain_record(explanation, id)->object == renewal->subject
                              ? explain_passed_on(explanation, id)
                              : 0;
        if (passed) {
            last = id;
            forward = passed;
            count++;
        }
    }
    if (last) {
        g_autofree char *client = explain_party(explanation, explanation->question->publisher);
        g_autofree char *to =
            explain_party(explanation, explain_record(explanation, forward)->object);
        explain_say(explanation, last, WEIGHT_LINK,
                    "BEAT %s   %u since were passed on to %s, which renews nothing here", client,
                    count, to);
    }
}

static void tell_renewal(Explanation *explanation, uint32_t renewed)
{
    const SimRecord *record = explain_record(explanation, renewed);
    if (record == NULL) {
        return;
    }
    g_autofree char *client = explain_client(explanation, record->client);
    if (record->kind != SIM_TRACE_LEASE_RENEWED) {
        explain_say(explanation, renewed, WEIGHT_LINK, "takes %s over: its lease begins", client);
        return;
    }
    explain_say_of(explanation, renewed, WEIGHT_LINK, record->object, record->subject,
                   "%s %s   the last that renewed it there", sim_op_name((SimOp)record->op),
                   client);
    tell_passed_on(explanation, renewed);
}

/* A clock that was set between a renewal and the expiry makes the lease look older than it is. */
static void tell_clock(Explanation *explanation, uint32_t renewed, uint32_t expired)
{
    const SimRecord *expiry = explain_record(explanation, expired),
                    *renewal = explain_record(explanation, renewed);
    uint32_t clock = renewal != NULL ? explain_first_of(explanation, renewed, SIM_TRACE_NODE_CLOCK,
                                                        expiry->subject, SIM_NO_ENDPOINT)
                                     : 0;
    if (clock && clock < expired &&
        ABS(expiry->value - (expiry->at_us - renewal->at_us)) > 1000000) {
        explain_say_fault(explanation, clock);
    }
}

/* Where @publisher was killed or crashed; 0: it was not. */
static uint32_t find_death(const Explanation *explanation, SimEndpoint publisher)
{
    uint32_t killed =
        explain_last_of(explanation, 0, SIM_TRACE_CLIENT_KILLED, publisher, SIM_NO_ENDPOINT);
    return killed != 0 ? killed
                       : explain_last_of(explanation, 0, SIM_TRACE_CLIENT_CRASHED, publisher,
                                         SIM_NO_ENDPOINT);
}

/* What became of a heartbeat client's beats; other clients have none. */
static void tell_beats(Explanation *explanation, uint32_t renewed)
{
    SimEndpoint publisher = explanation->question->publisher;
    if (publisher == SIM_NO_ENDPOINT) {
        return;
    }
    uint32_t killed = find_death(explanation, publisher);
    if (killed) {
        explain_say_fault(explanation, killed);
    } else if (explain_first_after(explanation, 0, is_beat, NULL)) {
        explain_tell_failed_writes(explanation, renewed);
    }
}

static bool is_renewal(const Explanation *explanation, const SimRecord *record, const void *data)
{
    const SimRecord *expiry = data;
    return record->kind == SIM_TRACE_LEASE_RENEWED && record->subject == expiry->subject &&
           record->client == expiry->client && explain_about(explanation, record->client) &&
           record->at_us <= expiry->at_us - expiry->value + 1000;
}

/* A client's services have beats of their own: one that is not for the service that ends renewed
 * the record and not this. The age says which was the last, unless a clock was set meanwhile. */
static uint32_t renewal_behind(const Explanation *explanation, uint32_t expired)
{
    const SimRecord *expiry = explain_record(explanation, expired);
    const SimRecord *renewal = explain_record(explanation, expiry->cause);
    if (renewal == NULL || renewal->kind != SIM_TRACE_LEASE_RENEWED ||
        renewal->at_us <= expiry->at_us - expiry->value + 1000000 ||
        explain_first_of(explanation, 0, SIM_TRACE_NODE_CLOCK, expiry->subject, SIM_NO_ENDPOINT)) {
        return expiry->cause;
    }
    uint32_t own = explain_last_after(explanation, 0, is_renewal, expiry);
    uint32_t born = explain_latest_view(explanation, expiry->subject, false, true);
    own = MAX(own, born < expired ? born : 0); /* it may have come after that */
    return own != 0 ? own : expiry->cause;
}

static void tell_expiry(Explanation *explanation, uint32_t expired)
{
    const SimRecord *record = explain_record(explanation, expired);
    g_autofree char *client = explain_client(explanation, record->client);
    g_autofree char *age = explain_duration(record->value);
    if (record->kind == DISTRO_EVENT_LEASE_EXPIRED) {
        explain_say(explanation, expired, WEIGHT_LINK, "the lease of %s ends: renewed %s before",
                    client, age);
    } else {
        explain_say(explanation, expired, WEIGHT_LINK, "no beat of %s for %s: %s", client, age,
                    record->kind == DISTRO_EVENT_BEAT_LATE ? "held for unhealthy" : "removed");
    }
    uint32_t renewed = renewal_behind(explanation, expired);
    if (renewed) {
        tell_renewal(explanation, renewed);
    }
    tell_clock(explanation, renewed, expired);
    explain_tell_pauses(explanation, renewed, record->subject);
    if (record->kind == DISTRO_EVENT_LEASE_EXPIRED) {
        tell_silence(explanation, renewed, record->subject);
    }
    tell_beats(explanation, renewed);
    explain_say_bridge_end(explanation, renewed);
    const SimRecord *renewal = explain_record(explanation, renewed);
    if (renewal != NULL && record->kind != DISTRO_EVENT_LEASE_EXPIRED &&
        renewal->op == SIM_OP_VERIFY) {
        explain_tell_down(explanation, renewal->object, record->at_us);
    }
}

static void tell_ejection(Explanation *explanation, uint32_t ejected)
{
    const SimRecord *record = explain_record(explanation, ejected);
    g_autofree char *client = explain_client(explanation, record->client);
    explain_say(explanation, ejected, WEIGHT_LINK, "ejects %s: it did not answer", client);
    const SimRecord *cause = explain_record(explanation, record->cause);
    if (cause != NULL && cause->call) {
        explain_say_call(explanation, cause->call, WEIGHT_ROOT);
    }
    uint32_t killed = find_death(explanation, explanation->question->publisher);
    if (killed && explanation->question->publisher != SIM_NO_ENDPOINT) {
        explain_say_fault(explanation, killed);
    }
}

static void tell_connection(Explanation *explanation, uint32_t lost)
{
    const SimRecord *record = explain_record(explanation, lost);
    g_autofree char *other = explain_party(explanation, record->object);
    explain_say_of(explanation, lost, WEIGHT_LINK, record->subject, SIM_NO_ENDPOINT,
                   "loses the connection of %s", other);
    explain_say_fault(explanation, record->cause);
}

/* The view of the node that sent this, by which it had something to send. */
uint32_t explain_view_behind(const Explanation *explanation, uint32_t send)
{
    const SimRecord *record = explain_record(explanation, send);
    for (int steps = 0; record != NULL && steps < 16; steps++) {
        uint32_t id = record->cause;
        record = explain_record(explanation, id);
        if (record != NULL && record->kind == SIM_TRACE_VIEW) {
            return id;
        }
        /* A retry's reasons lead to the call that failed, and on to what that was sent for. */
        if (record != NULL && record->call && record->kind != SIM_TRACE_SEND) {
            record = explain_record(explanation, record->call);
        }
    }
    return 0;
}

/* 1.x: what an owner's digest lacks goes, and the owner may have lost it with its memory. */
static void tell_digest(Explanation *explanation, uint32_t send, DistroClient removed)
{
    SimEndpoint owner = explain_record(explanation, send)->subject;
    g_autofree char *client = explain_client(explanation, removed);
    explain_say(explanation, send, WEIGHT_ROOT, "CHECKSUM   lacks %s, which goes", client);
    uint32_t boot = explain_life_began(explanation, owner);
    if (!boot) {
        return;
    }
    explain_say(explanation, boot, WEIGHT_LINK, "boots, and knows of %s what it loads", client);
    uint32_t failed =
        explain_first_of(explanation, boot, DISTRO_EVENT_SNAPSHOT_FAILED, owner, SIM_NO_ENDPOINT);
    Pattern asked = {
        .kind = SIM_TRACE_SEND, .subject = owner, .object = SIM_NO_ENDPOINT, .op = SIM_OP_SNAPSHOT
    };
    uint32_t request = explain_first_after(explanation, boot, explain_matches, &asked);
    if (failed && request) {
        explain_tell_call(explanation, request, WEIGHT_LINK);
    }
}

static void tell_removing_call(Explanation *explanation, uint32_t send, DistroClient removed,
                               int depth)
{
    const SimRecord *record = explain_record(explanation, send);
    if (record == NULL) {
        return;
    }
    if (sim_op_is((SimOp)record->op, DISTRO_ROLE_DIGEST)) {
        tell_digest(explanation, send, removed);
        return;
    }
    explain_say_call(explanation, send, depth == 0 ? WEIGHT_LINK : WEIGHT_DETAIL);
    if (sim_endpoint_is_client(record->subject)) {
        explain_say_bridge(explanation, send);
        return;
    }
    if (explain_written(explanation, send) != send && depth < DEEPEST) {
        tell_removing_call(explanation, explain_written(explanation, send), removed, depth + 1);
    }
    uint32_t view = explain_view_behind(explanation, send);
    if (view && depth < DEEPEST) {
        explain_tell_removal(explanation, view, depth + 1);
    }
}

void explain_tell_removal(Explanation *explanation, uint32_t view, int depth)
{
    const SimRecord *record = explain_record(explanation, view);
    uint32_t cause = record->cause;
    const SimRecord *why = explain_record(explanation, cause);
    if (why == NULL) {
        return;
    }
    switch ((int)why->kind) {
    case DISTRO_EVENT_LEASE_EXPIRED:
    case DISTRO_EVENT_BEAT_LATE:
    case DISTRO_EVENT_BEAT_EXPIRED:
        tell_expiry(explanation, cause);
        break;
    case DISTRO_EVENT_CLIENT_EJECTED:
        tell_ejection(explanation, cause);
        break;
    case SIM_TRACE_CONNECTION_LOST:
        tell_connection(explanation, cause);
        break;
    default:
        if (why->call) {
            tell_removing_call(explanation, why->call, record->client, depth);
        }
        break;
    }
}
