/* sim/client/request.c -- requests in hand: made, tried, and ended in one place, sim_client_end:
 * there observers, counters, the trace and the caller learn how one ended. */
#include "sim/client/dual_internal.h"
#include "sim/world/observe.h"
#include "sim/world/reality.h"

/* --- requests in hand ------------------------------------------------------------------------- */

bool sim_client_is_write(SimOp op)
{
    return op == SIM_OP_REGISTER || op == SIM_OP_DEREGISTER;
}

static void count_begun(SimClient *client, SimOp op)
{
    if (op == SIM_OP_BEAT) {
        client->counters.beats++;
    } else if (sim_client_is_write(op) || op == SIM_OP_SUBSCRIBE || op == SIM_OP_QUERY) {
        client->counters.requests++;
    }
}

static void count_failed(SimClient *client, SimOp op)
{
    if (op == SIM_OP_BEAT) {
        client->counters.beats_failed++;
    } else if (sim_client_is_write(op) || op == SIM_OP_SUBSCRIBE || op == SIM_OP_QUERY) {
        client->counters.failed++;
    }
}

SimRequest *sim_client_request(SimClient *client, SimOp op, SimOrigin origin, DistroService service,
                               DistroPublication publication)
{
    const SimRequest request = {
        .serial = sim_client_serial(client),
        .op = op,
        .asked = op,
        .origin = origin,
        .service = service,
        .publication = publication,
        .operation = SIM_NO_OPERATION,
        .node = UINT32_MAX,
    };
    if (client->requests == NULL) {
        client->requests = g_array_sized_new(false, false, sizeof(SimRequest), 1);
    }
    g_array_append_val(client->requests, request);
    count_begun(client, op);
    return &g_array_index(client->requests, SimRequest, client->requests->len - 1);
}

static uint32_t position_of(const SimClient *client, uint32_t serial)
{
    for (uint32_t i = 0; client->requests != NULL && i < client->requests->len; i++) {
        if (g_array_index(client->requests, SimRequest, i).serial == serial) {
            return i;
        }
    }
    return UINT32_MAX;
}

SimRequest *sim_client_find_request(const SimClient *client, uint32_t serial)
{
    uint32_t position = position_of(client, serial);
    return position == UINT32_MAX ? NULL : &g_array_index(client->requests, SimRequest, position);
}

/* --- what is published by acknowledgement ----------------------------------------------------- */

static SimHeld *find_held(const SimClient *client, DistroService service)
{
    if (client->held.service == service) {
        return (SimHeld *)&client->held;
    }
    for (uint32_t i = 0; client->more_held != NULL && i < client->more_held->len; i++) {
        SimHeld *held = &g_array_index(client->more_held, SimHeld, i);
        if (held->service == service) {
            return held;
        }
    }
    return NULL;
}

DistroPublication sim_client_held(const SimClient *client, DistroService service)
{
    const SimHeld *held = find_held(client, service);
    return held != NULL ? held->publication : DISTRO_NONE;
}

static void hold(SimClient *client, DistroService service, DistroPublication publication)
{
    const SimHeld entry = { service, publication };
    SimHeld *held = find_held(client, service);
    if (held != NULL) {
        *held = entry;
        return;
    }
    if (client->held.service == DISTRO_NONE) {
        client->held = entry;
        return;
    }
    if (client->more_held == NULL) {
        client->more_held = g_array_sized_new(false, false, sizeof(SimHeld), 1);
    }
    g_array_append_val(client->more_held, entry);
}

void sim_client_clear_held(SimClient *client)
{
    client->held = (SimHeld) { 0 };
    g_clear_pointer(&client->more_held, g_array_unref);
}

/* An instance that Raft keeps is its address's, whichever client speaks of it. */
static SimKept *find_kept(const SimWorld *world, const SimRequest *request)
{
    for (guint i = 0; world->kept != NULL && i < world->kept->len; i++) {
        SimKept *kept = &g_array_index(world->kept, SimKept, i);
        if (kept->id == request->persistent && kept->service == request->service) {
            return kept;
        }
    }
    return NULL;
}

static bool is_held_persistent(const SimWorld *world, const SimRequest *request)
{
    const SimKept *kept = find_kept(world, request);
    return kept != NULL && kept->publication != DISTRO_NONE;
}

static void hold_persistent(SimWorld *world, const SimRequest *request)
{
    const SimKept entry = { request->persistent, request->service, request->after };
    SimKept *kept = find_kept(world, request);
    if (kept != NULL) {
        *kept = entry;
        return;
    }
    if (world->kept == NULL) {
        world->kept = g_array_new(false, false, sizeof(SimKept));
    }
    g_array_append_val(world->kept, entry);
}

static uint32_t tell_begun(const SimClient *client, DistroClient persistent, DistroService service,
                           DistroPublication after)
{
    const SimOperationNews news = { client->world->operations++, client->index, persistent, service,
                                    after };
    sim_tell_operation_begun(client->world, &news);
    return news.operation;
}

static void tell_end(const SimClient *client, uint32_t operation, SimOperationEnd how)
{
    const SimOperationEndNews news = { operation, how };
    sim_tell_operation_ended(client->world, &news);
}

void sim_client_drop_held(SimClient *client, DistroService service)
{
    const uint32_t operation = tell_begun(client, DISTRO_NONE, service, DISTRO_NONE);
    hold(client, service, DISTRO_NONE);
    tell_end(client, operation, SIM_OPERATION_ACKNOWLEDGED);
}

/* It overtakes an older operation on the same service, of which nothing more is told. */
void sim_client_begin_operation(SimClient *client, SimRequest *request, DistroPublication after)
{
    for (uint32_t i = 0; i < client->requests->len; i++) {
        SimRequest *other = &g_array_index(client->requests, SimRequest, i);
        if (other->service == request->service && other->persistent == request->persistent) {
            other->operation = SIM_NO_OPERATION;
        }
    }
    request->after = after;
    request->operation = tell_begun(client, request->persistent, request->service, after);
}

/* While a user's write of this service is in hand, its answer is what counts. */
static bool settled_by_another(const SimClient *client, const SimRequest *request)
{
    for (uint32_t i = 0; i < client->requests->len; i++) {
        const SimRequest *other = &g_array_index(client->requests, SimRequest, i);
        if (other->service == request->service && other->persistent == request->persistent &&
            other->operation != SIM_NO_OPERATION) {
            return true;
        }
    }
    return false;
}

void sim_client_begin_again(SimClient *client, SimRequest *request, DistroPublication after)
{
    if (settled_by_another(client, request) || sim_client_held(client, request->service) == after) {
        return;
    }
    sim_client_begin_operation(client, request, after);
}

void sim_client_send(SimClient *client, uint32_t node, SimPurpose purpose, uint32_t serial,
                     SimCall *call)
{
    call->from = sim_client_self(client);
    call->to = sim_node_endpoint(node);
    call->ticket.purpose = (uint16_t)purpose;
    call->ticket.serial = serial;
    const SimReality *reality = client->world->reality;
    if (reality != NULL) {
        reality->call(reality->data, call);
    } else {
        sim_network_call(client->world->network, client->world->now_us, call);
    }
}

const char *sim_client_reason(DistroOutcome outcome)
{
    switch (outcome) {
    case DISTRO_OUTCOME_TIMED_OUT:
        return "time-out";
    case DISTRO_OUTCOME_BROKEN:
        return "not connected";
    default:
        return "refused";
    }
}

/* --- for a trace's readers -------------------------------------------------------------------- */

uint32_t sim_client_note_invoked(const SimClient *client, SimOp op, DistroService service,
                                 DistroPublication after)
{
    const SimRecord record = { .at_us = client->world->now_us,
                               .kind = SIM_TRACE_INVOKED,
                               .op = (uint16_t)op,
                               .subject = sim_client_self(client),
                               .object = SIM_NO_ENDPOINT,
                               .value = (int64_t)((uint64_t)service << 32 | after) };
    return sim_trace_note(client->world->trace, &record);
}

void sim_client_note_returned(const SimClient *client, uint32_t invoked, SimOp op, bool ok,
                              const char *reason)
{
    if (invoked == 0) {
        return;
    }
    const SimRecord record = { .at_us = client->world->now_us,
                               .kind = SIM_TRACE_RETURNED,
                               .op = (uint16_t)op,
                               .subject = sim_client_self(client),
                               .object = SIM_NO_ENDPOINT,
                               .cause = invoked,
                               .value = ok };
    uint32_t id = sim_trace_note(client->world->trace, &record);
    if (!ok && reason != NULL) {
        sim_trace_attach(client->world->trace, id, reason, strlen(reason) + 1);
    }
}

void sim_client_tell_call(const SimClient *client, bool write, bool ok)
{
    const SimCallNews news = { client->site, write, ok };
    sim_tell_call_ended(client->world, &news);
}

void sim_client_tell_write_failed(const SimClient *client)
{
    const SimCallNews news = { client->site, true, false };
    sim_tell_write_failed(client->world, &news);
}

void sim_client_tell_ended(const SimClient *client, SimOp op)
{
    const SimClientEndedNews news = { client->index, op };
    sim_tell_client_ended(client->world, &news);
}

/* --- how a request ends ----------------------------------------------------------------------- */

static SimTraceKind kind_of_success(const SimClient *client, const SimRequest *request)
{
    if (request->op == SIM_OP_DEREGISTER) {
        return SIM_TRACE_CLIENT_DEREGISTERED;
    }
    const bool is_new = request->persistent != DISTRO_NONE
                            ? !is_held_persistent(client->world, request)
                            : sim_client_held(client, request->service) == DISTRO_NONE;
    return is_new ? SIM_TRACE_CLIENT_REGISTERED : SIM_TRACE_CLIENT_UPDATED;
}

static void note_success(SimClient *client, const SimRequest *request)
{
    bool known = request->operation != SIM_NO_OPERATION;
    if (sim_client_is_write(request->op) && (known || request->origin == SIM_ORIGIN_USER)) {
        sim_client_trace(client, kind_of_success(client, request), request->node,
                         request->publication);
    }
    if (known) {
        if (request->persistent != DISTRO_NONE) {
            hold_persistent(client->world, request);
        } else {
            hold(client, request->service, request->after);
        }
        tell_end(client, request->operation, SIM_OPERATION_ACKNOWLEDGED);
    }
}

/* What a client leaves undone when it goes is its own doing and no unavailability. */
static void note_failure(SimClient *client, const SimRequest *request)
{
    count_failed(client, request->op);
    if (request->operation != SIM_NO_OPERATION) {
        tell_end(client, request->operation,
                 request->maybe_applied ? SIM_OPERATION_UNKNOWN : SIM_OPERATION_FAILED);
    }
    if (request->origin != SIM_ORIGIN_USER || !client->open) {
        return;
    }
    sim_client_trace(client, SIM_TRACE_CLIENT_FAILED, request->node, request->op);
    if (sim_client_is_write(request->op) && client->dual == NULL) { /* one of two may fail */
        sim_client_tell_write_failed(client);
    }
}

/* Users' calls, and the polls by which they read; what a process does on two stacks is one call. */
static void count_call(const SimClient *client, const SimRequest *request, bool ok)
{
    bool read = request->op == SIM_OP_SUBSCRIBE || request->op == SIM_OP_QUERY;
    bool asked = request->origin == SIM_ORIGIN_USER || request->origin == SIM_ORIGIN_POLL;
    bool half = client->dual != NULL &&
                (request->origin == SIM_ORIGIN_USER || client->leg != SIM_DUAL_PRIMARY);
    if (client->open && asked && !half && (read || sim_client_is_write(request->op))) {
        sim_client_tell_call(client, !read, ok);
    }
}

static bool is_periodic(SimOrigin origin)
{
    return origin == SIM_ORIGIN_BEAT || origin == SIM_ORIGIN_POLL;
}

static void tell_kind(SimClient *client, const SimRequest *request, bool ok)
{
    if (client->kind == SIM_CLIENT_HTTP) {
        sim_http_ended(client, request, ok);
    } else if (client->open) {
        sim_grpc_ended(client, request, ok);
    }
}

void sim_client_end(SimClient *client, uint32_t serial, bool ok, const char *reason)
{
    uint32_t position = position_of(client, serial);
    g_assert_cmpuint(position, !=, UINT32_MAX);
    const SimRequest request = g_array_index(client->requests, SimRequest, position);
    g_array_remove_index(client->requests, position);
    if (ok) {
        note_success(client, &request);
    } else {
        note_failure(client, &request);
    }
    count_call(client, &request, ok);
    if (!is_periodic(request.origin)) {
        client->world->changed = true;
        client->world->last_activity_us = client->world->now_us;
    }
    tell_kind(client, &request, ok);
    if (client->dual == NULL) {
        sim_client_tell_ended(client, request.asked);
    }
    sim_client_note_returned(client, request.invoked, request.asked, ok, reason);
    if (request.done != NULL) {
        request.done(request.data, ok, ok ? NULL : reason);
    }
}

void sim_client_end_soon(SimClient *client, SimRequest *request, bool ok, const char *reason)
{
    request->phase = SIM_PHASE_ENDED;
    request->ok = ok;
    request->reason = reason;
    sim_client_set_timer(client, client->world->now_us, SIM_TIMER_REQUEST, request->serial);
}
