/* core/v1/status.c -- how the peers learn of health, which no datum brings (ServiceManager's
 * ServiceReporter and ServiceUpdater, ServiceStatusSynchronizer).
 *
 *   owner  --STATUS {service: md5}-->  peer    every 5 s from 60 s on, a call for each namespace
 *   owner  <--STATUSES service-------  peer    for each service whose health differs there
 *
 * What the owner does not list is unhealthy at the peer from then on (Boolean.parseBoolean(null)).
 */
#include <string.h>

#include "core/planted.h"
#include "core/v1/lists.h"
#include "core/v1/replication.h"

#define STATUS_US 5000000 /* serviceStatusSynchronizationPeriodMillis */

/* --- the owner's side --------------------------------------------------------------------- */

static DistroName namespace_of(const DistroNode *node, DistroService service)
{
    return distro_dictionary_service_info(node->dictionary, service)->namespace_id;
}

/* Namespaces in which this node knows of a service, in order of the first one's number. */
static GArray *namespaces(const DistroNode *node, const GArray *services)
{
    GArray *names = g_array_new(false, false, sizeof(DistroName));
    for (guint i = 0; i < services->len; i++) {
        const DistroName name = namespace_of(node, g_array_index(services, DistroService, i));
        bool known = false;
        for (guint j = 0; j < names->len && !known; j++) {
            known = g_array_index(names, DistroName, j) == name;
        }
        if (!known) {
            g_array_append_val(names, name);
        }
    }
    return names;
}

/* Services of @name that are ours and not empty. */
static void list_statuses(DistroNode *node, const GArray *services, DistroName name,
                          DistroMessage *message)
{
    GByteArray *list = g_byte_array_new();
    uint32_t count = 0;
    for (guint i = 0; i < services->len; i++) {
        DistroWireChecksum checksum = { .service = g_array_index(services, DistroService, i) };
        DistroDatum *datum = distro_datum_find(node, checksum.service);
        if (namespace_of(node, checksum.service) != name || datum->instances->len == 0 ||
            !distro_datum_owned(node, checksum.service)) {
            continue;
        }
        memcpy(checksum.md5, distro_datum_health_checksum(node, checksum.service, datum),
               DISTRO_MD5_SIZE);
        distro_list_add_checksum(list, &checksum);
        count++;
    }
    distro_message_take_list(message, list, count);
}

static void report_to_all(DistroNode *node, const DistroMessage *message)
{
    for (guint i = 0; i < node->members.list->len; i++) {
        const DistroMember *member = &g_array_index(node->members.list, DistroMember, i);
        if (member->address == node->self) {
            continue;
        }
        const DistroTicket ticket = { .peer = member->address,
                                      .purpose = DISTRO_PURPOSE_PROTOCOL,
                                      .action = DISTRO_OP_STATUS };
        distro_emit_http(node, ticket, message, DISTRO_V1_CONNECT_US, DISTRO_V1_READ_US,
                         DISTRO_PATH_VERIFY);
    }
}

void distro_v1_status_wake(DistroNode *node)
{
    if (distro_v1(node)->status_at_us > node->now_us) {
        return;
    }
    distro_v1(node)->status_at_us = node->now_us + STATUS_US;
    if (DISTRO_PLANTED(NO_STATUS)) {
        return;
    }
    g_autoptr(GArray) services = distro_datums_sorted(node);
    g_autoptr(GArray) names = namespaces(node, services);
    for (guint i = 0; i < names->len; i++) {
        const DistroName name = g_array_index(names, DistroName, i);
        DistroMessage message = { .op = DISTRO_OP_STATUS,
                                  .target = node->self,
                                  .namespace_id = name };
        list_statuses(node, services, name, &message);
        report_to_all(node, &message);
        distro_message_clear(&message);
    }
}

/* InstanceController#listWithHealthStatus. */
void distro_v1_serve_statuses(DistroNode *node, uint64_t call, DistroService service)
{
    const DistroDatum *datum = distro_datum_find(node, service);
    DistroMessage answer = { .op = DISTRO_OP_STATUSES, .answer = true };
    if (datum == NULL) {
        answer.status = DISTRO_STATUS_HTTP_NOT_FOUND;
        distro_emit_answer(node, call, &answer);
        return;
    }
    answer.status = DISTRO_STATUS_OK;
    GByteArray *list = g_byte_array_new();
    for (guint i = 0; i < datum->instances->len; i++) {
        const DistroV1Instance *instance = &g_array_index(datum->instances, DistroV1Instance, i);
        distro_list_add_health(list, instance->client, distro_instance_healthy(node, instance));
    }
    distro_message_take_list(&answer, list, datum->instances->len);
    distro_emit_answer(node, call, &answer);
    distro_message_clear(&answer);
}

/* --- the peer's side ---------------------------------------------------------------------- */

/* ServiceManager#addUpdatedServiceToQueue: who was reported to be different is asked about. */
static void ask(DistroNode *node, DistroName source, DistroService service)
{
    const DistroTicket ticket = { .peer = source,
                                  .serial = service,
                                  .purpose = DISTRO_PURPOSE_PROTOCOL,
                                  .action = DISTRO_OP_STATUSES };
    const DistroMessage message = { .op = DISTRO_OP_STATUSES, .service = service };
    distro_emit_http(node, ticket, &message, DISTRO_V1_CONNECT_US, DISTRO_V1_READ_US,
                     DISTRO_PATH_VERIFY);
}

/* ServiceController#serviceStatus: whose the service is does not matter. */
DistroStatus distro_v1_receive_status(DistroNode *node, const DistroMessage *message)
{
    size_t offset = 0;
    DistroWireChecksum theirs;
    if (!distro_members_has(node, message->target)) {
        return DISTRO_STATUS_HTTP_BAD_REQUEST;
    }
    while (distro_list_next_checksum(message->list, &offset, &theirs)) {
        DistroDatum *datum = distro_datum_find(node, theirs.service);
        if (datum != NULL && memcmp(distro_datum_health_checksum(node, theirs.service, datum),
                                    theirs.md5, DISTRO_MD5_SIZE) != 0) {
            ask(node, message->target, theirs.service);
        }
    }
    return DISTRO_STATUS_OK;
}

static bool is_said_healthy(const DistroMessage *answer, DistroClient client)
{
    size_t offset = 0;
    DistroWireHealth health;
    bool healthy = false;
    while (distro_list_next_health(answer->list, &offset, &health)) {
        if (health.client == client) {
            healthy = health.healthy != 0; /* of two clusters, the last counts */
        }
    }
    return healthy;
}

/* ServiceManager#updatedHealthStatus. */
void distro_v1_statuses_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                                const DistroMessage *answer)
{
    const DistroService service = ticket.serial;
    const DistroDatum *datum = distro_datum_find(node, service);
    int64_t changed = 0;
    if (outcome != DISTRO_OUTCOME_ANSWERED || answer->status != DISTRO_STATUS_OK) {
        return;
    }
    for (guint i = 0; i < datum->instances->len; i++) {
        const DistroV1Instance *instance = &g_array_index(datum->instances, DistroV1Instance, i);
        const bool healthy = is_said_healthy(answer, instance->client);
        if (healthy != distro_instance_healthy(node, instance)) {
            distro_instance_set_healthy(node, service, i, healthy, DISTRO_PATH_VERIFY);
            changed++;
        }
    }
    if (changed > 0) {
        distro_emit_event(node, DISTRO_EVENT_STATUS_APPLIED, ticket.peer, DISTRO_NONE, changed);
    }
}
