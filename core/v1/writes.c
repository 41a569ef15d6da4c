/* core/v1/writes.c -- what HTTP clients ask for, once filter.c lets it be done here
 * (InstanceController, ServiceManager#updateIpAddresses).
 *
 * Each write makes a new list from the datum's, puts it, and has it pushed: also one that changes
 * nothing, and one that leaves the list empty. A datum without instances stays a datum. */
#include "core/planted.h"
#include "core/v1/replication.h"

uint32_t distro_v1_tag_hash(const DistroNode *node, const DistroWrite *write)
{
    if (DISTRO_PLANTED(TAG_IS_THE_ADDRESS)) {
        return distro_dictionary_client_info(node->dictionary, write->client)->tag_hash;
    }
    return distro_dictionary_service_info(node->dictionary, write->service)->tag_hash;
}

static int64_t wall_ms(const DistroNode *node)
{
    return node->wall_us / 1000;
}

/* DistroConsistencyServiceImpl#put. */
static void put(DistroNode *node, const DistroWrite *write, GArray *fresh)
{
    distro_datum_put(node, write->service, fresh, DISTRO_PATH_LOCAL);
    distro_v1_sync(node, write->service, write->client);
}

static void add_instance(DistroNode *node, const DistroWrite *write)
{
    const DistroDatum *datum = distro_datum_meet(node, write->service);
    GArray *fresh = distro_datum_copy(datum);
    const DistroV1Instance instance = distro_instance_of(node, write->publication, wall_ms(node));
    distro_instances_set(fresh, &instance);
    put(node, write, fresh);
}

/* The instance goes whatever its cluster: a deregistration here does not name one. */
static void remove_instance(DistroNode *node, const DistroWrite *write)
{
    const DistroDatum *datum = distro_datum_find(node, write->service);
    if (datum == NULL) {
        return; /* "remove instance from non-exist service" is a warning and no more */
    }
    GArray *fresh = distro_datum_copy(datum);
    distro_instances_drop(fresh, write->client);
    put(node, write, fresh);
}

/* InstanceController#beat asks the service, not the datum. */
static DistroStatus beat(DistroNode *node, const DistroWrite *write)
{
    if (distro_v1_listed(node, write->client, write->service) == DISTRO_NONE) {
        if (write->kind == DISTRO_WRITE_LIGHT_BEAT) {
            return DISTRO_PLANTED(LIGHT_BEAT_SWALLOWED) ? DISTRO_STATUS_OK
                                                        : DISTRO_STATUS_BEAT_UNKNOWN;
        }
        add_instance(node, write);
    }
    distro_v1_beat(node, write->service, write->client);
    return DISTRO_STATUS_OK;
}

DistroStatus distro_v1_write(DistroNode *node, const DistroWrite *write)
{
    const DistroClientInfo *info = distro_dictionary_client_info(node->dictionary, write->client);
    if (info->kind != DISTRO_CLIENT_IP_PORT) {
        return DISTRO_STATUS_HTTP_BAD_REQUEST; /* persistent instances are Raft's */
    }
    switch (write->kind) {
    case DISTRO_WRITE_REGISTER:
        add_instance(node, write);
        return DISTRO_STATUS_OK;
    case DISTRO_WRITE_DEREGISTER:
        remove_instance(node, write);
        return DISTRO_STATUS_OK;
    case DISTRO_WRITE_BEAT:
    case DISTRO_WRITE_LIGHT_BEAT:
        return beat(node, write);
    }
    g_assert_not_reached();
}
