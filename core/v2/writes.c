/* core/v2/writes.c -- what registry clients ask for (EphemeralClientOperationServiceImpl,
 * InstanceOperatorClientImpl): over gRPC where the connection ends, over HTTP where filter.c lets
 * it be done. */
#include "core/planted.h"
#include "core/v2/replication.h"

/* --- common to both kinds ----------------------------------------------------------------- */

static bool is_batch(const DistroNode *node, DistroPublication publication)
{
    return distro_dictionary_publication_info(node->dictionary, publication)->batch;
}

/* The publisher map changes, then ClientChanged, even for an identical registration. */
static void put(DistroNode *node, DistroClient client, DistroRecord *record, DistroService service,
                DistroPublication publication)
{
    g_assert(publication != DISTRO_NONE);
    g_assert(distro_dictionary_publication_info(node->dictionary, publication)->service == service);
    const DistroContent held = distro_record_content(node, record);
    const DistroPublication before = distro_content_find(node->dictionary, &held, service);
    if (node->config.skip_identical && before == publication) {
        return;
    }
    const bool same_revision = (!node->config.revision_on_batch && is_batch(node, publication)) ||
                               (DISTRO_PLANTED(UPDATE_KEEPS_REVISION) && before != 0);
    DistroContent content = distro_content_with(node->dictionary, &held, service, publication);
    distro_clients_publish(node, client, record, content, DISTRO_PATH_LOCAL);
    distro_sync_changed(node, client, record);
    if (!same_revision) {
        distro_clients_recalculate(node, client, record);
    }
}

/* Deregistering what is not published raises no ClientChanged, yet the revision moves on, so that
 * a connection's replicas mismatch until the next VERIFY repairs them. Only a service that is
 * unknown here leaves everything as it was. */
static void take_back(DistroNode *node, DistroClient client, DistroRecord *record,
                      DistroService service)
{
    g_assert(service != DISTRO_NONE);
    if (!distro_clients_know_service(node, service)) {
        return;
    }
    const DistroContent held = distro_record_content(node, record);
    if (distro_content_find(node->dictionary, &held, service) != 0) {
        DistroContent content = { 0 };
        if (!DISTRO_PLANTED(DEREGISTER_TAKES_ALL)) {
            content = distro_content_with(node->dictionary, &held, service, 0);
        }
        distro_clients_publish(node, client, record, content, DISTRO_PATH_LOCAL);
        distro_sync_changed(node, client, record);
    } else if (node->config.skip_identical) {
        return;
    }
    if (DISTRO_PLANTED(DEREGISTER_KEEPS_REVISION)) {
        return;
    }
    distro_clients_recalculate(node, client, record);
    if (record->kind == DISTRO_RECORD_BEATING) {
        distro_record_renew(node, client, record, node->wall_us); /* setLastUpdatedTime */
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
         * (PROTOCOL.md 14.10); here the new connection is what counts. */
        distro_clients_remove(node, client, DISTRO_PATH_LOCAL);
    }
    distro_tombstone_lift(node, client);
    distro_clients_create(node, client, DISTRO_RECORD_NATIVE);
    return DISTRO_STATUS_OK;
}

DistroStatus distro_v2_operate(DistroNode *node, const DistroInput *input)
{
    const DistroClient client = input->operation.client;
    if (input->operation.kind == DISTRO_OPERATION_CONNECT) {
        return connect_client(node, client);
    }
    DistroRecord *record = distro_clients_find(node, client);
    if (record == NULL || record->kind != DISTRO_RECORD_NATIVE) {
        return DISTRO_STATUS_UNREGISTERED;
    }
    distro_liveness_alive(node, client, record);
    switch (input->operation.kind) {
    case DISTRO_OPERATION_DISCONNECT:
        distro_client_disconnected(node, client, DISTRO_PATH_LOCAL);
        break;
    case DISTRO_OPERATION_REGISTER:
        if (!node->config.batch_register && is_batch(node, input->operation.publication)) {
            return DISTRO_STATUS_NO_HANDLER;
        }
        put(node, client, record, input->operation.service, input->operation.publication);
        break;
    case DISTRO_OPERATION_DEREGISTER:
        take_back(node, client, record, input->operation.service);
        break;
    case DISTRO_OPERATION_SUBSCRIBE:
        distro_clients_meet_service(node, input->operation.service);
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
    g_assert(write->publication != DISTRO_NONE);
    DistroRecord *record = find_or_create(node, write->client);
    distro_order_heard(node, record);
    put(node, write->client, record, write->service, write->publication);
    distro_record_renew(node, write->client, record, node->wall_us);
    const DistroContent held = distro_record_content(node, record);
    for (uint32_t i = 0; i < held.count; i++) {
        if (distro_content_items(&held)[i] == write->publication) {
            distro_record_beats(node, record)[i] = node->wall_us;
        }
    }
}

/* InstanceOperatorClientImpl#handleBeat: a full beat of an unknown instance registers it, a light
 * one is told so and the SDK registers. */
static DistroStatus beat(DistroNode *node, const DistroWrite *write)
{
    const bool known = distro_v2_listed(node, write->client, write->service) != 0;
    if (!known && write->kind == DISTRO_WRITE_LIGHT_BEAT) {
        return DISTRO_PLANTED(LIGHT_BEAT_SWALLOWED) ? DISTRO_STATUS_OK : DISTRO_STATUS_BEAT_UNKNOWN;
    }
    if (!known) {
        register_instance(node, write);
    }
    distro_liveness_beat(node, write->client, write->service);
    return DISTRO_STATUS_OK;
}

DistroStatus distro_v2_write(DistroNode *node, const DistroWrite *write)
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
            distro_order_heard(node, record);
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

/* DistroIpPortTagGenerator. */
uint32_t distro_v2_tag_hash(const DistroNode *node, const DistroWrite *write)
{
    return distro_dictionary_client_info(node->dictionary, write->client)->tag_hash;
}
