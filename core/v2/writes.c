/* core/v2/writes.c -- what registry clients ask for (EphemeralClientOperationServiceImpl,
 * InstanceOperatorClientImpl), and to whom an HTTP write is passed on (DistroFilter).
 *
 *   gRPC   executed where the connection ends
 *   HTTP   responsible here -> executed; else one hop to mapSrv(tag), whose answer is relayed;
 *          a forwarded request is never forwarded again: 400 */
#include "core/node.h"
#include "core/planted.h"

#define FORWARD_TIMEOUT_US 2000000

/* --- common to both kinds ----------------------------------------------------------------- */

/* The publisher map changes, then ClientChanged, even for an identical registration. */
static void put(DistroNode *node, DistroClient client, DistroRecord *record, DistroService service,
                DistroPublication publication)
{
    const bool same_revision =
        (!node->config.revision_on_batch &&
         distro_dictionary_publication_info(node->dictionary, publication)->batch) ||
        (DISTRO_PLANTED(UPDATE_KEEPS_REVISION) &&
         distro_content_find(node->dictionary, &record->content, service) != 0);
    DistroContent content =
        distro_content_with(node->dictionary, &record->content, service, publication);
    distro_clients_publish(node, client, record, content, DISTRO_PATH_LOCAL);
    distro_sync_changed(node, client, record);
    if (!same_revision) {
        distro_clients_recalculate(node, client, record);
    }
}

/* Deregistering what is not published raises no ClientChanged, yet the revision moves on, so that
 * a connection's replicas mismatch until the next VERIFY repairs them. Only a service that nobody
 * here has heard of leaves everything as it was. */
static void take_back(DistroNode *node, DistroClient client, DistroRecord *record,
                      DistroService service)
{
    if (!distro_clients_know_service(node, service)) {
        return;
    }
    if (distro_content_find(node->dictionary, &record->content, service) != 0) {
        DistroContent content = distro_content_with(node->dictionary, &record->content, service, 0);
        distro_clients_publish(node, client, record, content, DISTRO_PATH_LOCAL);
        distro_sync_changed(node, client, record);
    }
    if (DISTRO_PLANTED(DEREGISTER_KEEPS_REVISION)) {
        return;
    }
    distro_clients_recalculate(node, client, record);
    if (record->kind == DISTRO_RECORD_BEATING) {
        record->renewed_wall_us = node->wall_us; /* setLastUpdatedTime */
    }
}

/* --- connections -------------------------------------------------------------------------- */

static DistroStatus connect_client(DistroNode *node, DistroClient client)
{
    const DistroRecord *record = distro_clients_find(node, client);
    if (record != NULL && record->kind == DISTRO_RECORD_NATIVE) {
        return DISTRO_STATUS_OK;
    }
    if (record != NULL) {
        /* Another server's connection had this id, or our own in an earlier life: the same clock
         * reading, address and port. Nacos would keep the replica and register into it
         * (distro-protocol 14.10); here the new connection is what counts. */
        distro_clients_remove(node, client, DISTRO_PATH_LOCAL);
    }
    distro_clients_create(node, client, DISTRO_RECORD_NATIVE);
    return DISTRO_STATUS_OK;
}

static DistroStatus operate(DistroNode *node, const DistroInput *input)
{
    const DistroClient client = input->operation.client;
    if (input->operation.kind == DISTRO_OPERATION_CONNECT) {
        return connect_client(node, client);
    }
    DistroRecord *record = distro_clients_find(node, client);
    if (record == NULL || record->kind != DISTRO_RECORD_NATIVE) {
        return DISTRO_STATUS_UNREGISTERED;
    }
    record->extra->active_wall_us = node->wall_us;
    switch (input->operation.kind) {
    case DISTRO_OPERATION_DISCONNECT:
        distro_client_disconnected(node, client, DISTRO_PATH_LOCAL);
        break;
    case DISTRO_OPERATION_REGISTER:
        put(node, client, record, input->operation.service, input->operation.publication);
        break;
    case DISTRO_OPERATION_DEREGISTER:
        take_back(node, client, record, input->operation.service);
        break;
    case DISTRO_OPERATION_SUBSCRIBE:
        distro_clients_meet_service(node, input->operation.service);
        record->extra->subscriptions++;
        break;
    case DISTRO_OPERATION_UNSUBSCRIBE:
        record->extra->subscriptions -= record->extra->subscriptions > 0;
        break;
    default:
        break; /* ACTIVE: the sign of life was all */
    }
    return DISTRO_STATUS_OK;
}

/* --- heartbeat clients -------------------------------------------------------------------- */

static DistroRecord *find_or_create(DistroNode *node, DistroClient client)
{
    DistroRecord *record = distro_clients_find(node, client);
    return record != NULL ? record : distro_clients_create(node, client, DISTRO_RECORD_BEATING);
}

static void register_instance(DistroNode *node, const DistroWrite *write)
{
    DistroRecord *record = find_or_create(node, write->client);
    put(node, write->client, record, write->service, write->publication);
    record->renewed_wall_us = node->wall_us;
    for (uint32_t i = 0; i < record->content.count; i++) {
        if (distro_content_items(&record->content)[i] == write->publication) {
            g_array_index(record->extra->beats_wall_us, int64_t, i) = node->wall_us;
        }
    }
}

/* InstanceOperatorClientImpl#handleBeat: a full beat of an unknown instance registers it, a light
 * one is told so and the SDK registers. */
static DistroStatus beat(DistroNode *node, const DistroWrite *write)
{
    const DistroRecord *record = distro_clients_find(node, write->client);
    const bool known = record != NULL &&
                       distro_content_find(node->dictionary, &record->content, write->service) != 0;
    if (!known && write->kind == DISTRO_WRITE_LIGHT_BEAT) {
        return DISTRO_PLANTED(LIGHT_BEAT_SWALLOWED) ? DISTRO_STATUS_OK : DISTRO_STATUS_BEAT_UNKNOWN;
    }
    if (!known) {
        register_instance(node, write);
    }
    distro_liveness_beat(node, write->client, write->service);
    return DISTRO_STATUS_OK;
}

static DistroStatus write_here(DistroNode *node, const DistroWrite *write)
{
    const DistroClientInfo *info = distro_dictionary_client_info(node->dictionary, write->client);
    if (info->kind != DISTRO_CLIENT_IP_PORT) {
        return DISTRO_STATUS_HTTP_BAD_REQUEST; /* the HTTP API makes no other ephemeral clients */
    }
    switch (write->kind) {
    case DISTRO_WRITE_REGISTER:
        register_instance(node, write);
        return DISTRO_STATUS_OK;
    case DISTRO_WRITE_DEREGISTER: {
        DistroRecord *record = distro_clients_find(node, write->client);
        if (record != NULL) {
            take_back(node, write->client, record, write->service);
        }
        return DISTRO_STATUS_OK;
    }
    case DISTRO_WRITE_BEAT:
    case DISTRO_WRITE_LIGHT_BEAT:
        return beat(node, write);
    }
    g_assert_not_reached();
}

/* --- DistroFilter ------------------------------------------------------------------------- */

static uint32_t tag_hash_of(const DistroNode *node, DistroClient client)
{
    return distro_dictionary_client_info(node->dictionary, client)->tag_hash;
}

static void refuse(DistroNode *node, uint64_t call, const DistroWrite *write, DistroStatus status)
{
    distro_emit_event(node, DISTRO_EVENT_WRITE_REFUSED, DISTRO_NONE, write->client, status);
    distro_emit_reply(node, call, status);
}

/* The call's number travels in the ticket, so a forwarding node keeps no state. */
static void forward(DistroNode *node, uint64_t call, const DistroWrite *write)
{
    const DistroName target = distro_node_owner(node, tag_hash_of(node, write->client));
    node->v2.counters.forwarded++;
    distro_emit_event(node, DISTRO_EVENT_WRITE_FORWARDED, target, write->client, write->kind);
    if (target == node->self) {
        node->v2.counters.forward_failed++;
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
    const DistroMessage message = { .op = DISTRO_OP_FORWARD, .write = *write };
    distro_emit_send(node, ticket, &message, FORWARD_TIMEOUT_US, DISTRO_PATH_LOCAL);
}

static void filter(DistroNode *node, uint64_t call, const DistroWrite *write)
{
    if (!node->v2.ready) {
        refuse(node, call, write, DISTRO_STATUS_HTTP_UNAVAILABLE); /* TrafficReviseFilter */
    } else if (distro_node_responsible(node, tag_hash_of(node, write->client))) {
        distro_emit_reply(node, call, write_here(node, write));
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
void distro_v2_forwarded(DistroNode *node, uint64_t call, const DistroWrite *write)
{
    if (distro_node_responsible(node, tag_hash_of(node, write->client)) ||
        DISTRO_PLANTED(NO_ONE_HOP_GUARD)) {
        answer_forwarded(node, call, write, write_here(node, write));
        return;
    }
    distro_emit_event(node, DISTRO_EVENT_WRITE_REFUSED, DISTRO_NONE, write->client,
                      DISTRO_STATUS_HTTP_BAD_REQUEST);
    answer_forwarded(node, call, write, DISTRO_STATUS_HTTP_BAD_REQUEST);
}

/* The target's status is relayed; a transport exception is a 500. */
void distro_v2_forward_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                               const DistroMessage *answer)
{
    const uint64_t call = (uint64_t)ticket.serial << 32 | ticket.client;
    const bool answered = outcome == DISTRO_OUTCOME_ANSWERED;
    const DistroStatus failure =
        DISTRO_PLANTED(FORWARD_FAILURE_HIDDEN) ? DISTRO_STATUS_OK : DISTRO_STATUS_HTTP_ERROR;
    const DistroStatus status = answered ? answer->status : failure;
    if (status != DISTRO_STATUS_OK && status != DISTRO_STATUS_BEAT_UNKNOWN) {
        node->v2.counters.forward_failed++;
        distro_emit_event(node, DISTRO_EVENT_WRITE_REFUSED, ticket.peer, DISTRO_NONE, status);
    }
    distro_emit_reply(node, call, status);
}

void distro_v2_operation(DistroNode *node, const DistroInput *input)
{
    if (input->operation.kind == DISTRO_OPERATION_WRITE) {
        filter(node, input->operation.call, &input->operation.write);
        return;
    }
    distro_emit_reply(node, input->operation.call, operate(node, input));
}
