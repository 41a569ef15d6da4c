/* core/v1/replication.c -- the service-based protocol as one: its boot, its time, its table. */
#include "core/node.h"

#define STATUS_FIRST_US 60000000 /* ServiceManager#init */

/* GlobalConfig#overrideDistroConfiguration: the naming module's values win at start. */
static void init(DistroNode *node)
{
    node->config.sync_retry_delay_us = node->config.naming_retry_delay_us;
    node->config.load_retry_delay_us = node->config.naming_load_retry_delay_us;
    distro_datums_init(&node->v1);
    distro_v1_sync_init(&node->v1);
    node->v1.runs = g_array_new(false, false, sizeof(DistroRun));
}

static void clear(DistroNode *node)
{
    distro_datums_clear(&node->v1);
    distro_v1_sync_clear(&node->v1);
    g_array_unref(node->v1.runs);
}

static void boot(DistroNode *node)
{
    node->v1.verify_at_us =
        node->config.standalone ? INT64_MAX : node->now_us + node->config.verify_interval_us;
    node->v1.status_at_us = node->now_us + STATUS_FIRST_US;
    distro_v1_sync_boot(node);
}

static void wake(DistroNode *node)
{
    distro_v1_health_wake(node);
    distro_v1_verify_wake(node);
    distro_v1_status_wake(node);
    distro_v1_sync_wake(node);
}

static int64_t wake_at(const DistroNode *node)
{
    const int64_t told_at_us = MIN(node->v1.verify_at_us, node->v1.status_at_us);
    const int64_t health_at_us = distro_v1_health_wake_at(node);
    const int64_t sync_at_us = distro_v1_sync_wake_at(node);
    return MIN(MIN(told_at_us, health_at_us), sync_at_us);
}

static void outcome(DistroNode *node, DistroTicket ticket, DistroOutcome how,
                    const DistroMessage *answer)
{
    switch ((DistroPurpose)ticket.purpose) {
    case DISTRO_PURPOSE_DATUM:
        distro_v1_datum_outcome(node, ticket, how, answer);
        break;
    case DISTRO_PURPOSE_CHECKSUM:
        distro_v1_checksum_outcome(node, ticket, how, answer);
        break;
    case DISTRO_PURPOSE_PULL:
        distro_v1_pull_outcome(node, ticket, how, answer);
        break;
    case DISTRO_PURPOSE_STATUSES:
        distro_v1_statuses_outcome(node, ticket, how, answer);
        break;
    case DISTRO_PURPOSE_STATUS: /* a failure is only logged */
        break;
    default:
        g_assert_not_reached();
    }
}

/* There is no connection that an operation could come by. */
static DistroStatus operate(DistroNode *node, const DistroInput *input)
{
    (void)node, (void)input;
    return DISTRO_STATUS_UNREGISTERED;
}

/* DistroHttpAgent#getDatumSnapshot asks whoever is a member. */
static bool can_load_from(const DistroMember *member)
{
    (void)member;
    return true;
}

static void ask_for_everything(DistroNode *node, DistroTicket ticket)
{
    const DistroMessage request = { .op = DISTRO_OP_SNAPSHOT, .http = true };
    distro_emit_http(node, ticket, &request, DISTRO_V1_CONNECT_US, DISTRO_V1_READ_US,
                     DISTRO_PATH_SNAPSHOT);
}

static bool take_snapshot(DistroNode *node, const DistroMessage *answer)
{
    distro_v1_take(node, answer, DISTRO_PATH_SNAPSHOT);
    return true;
}

static DistroNodeState state(const DistroNode *node)
{
    uint32_t owned = 0;
    for (guint i = 0; i < node->v1.services->len; i++) {
        const DistroService service = g_array_index(node->v1.services, DistroService, i);
        if (distro_datum_owned(node, service)) {
            owned += distro_datum_find(node, service)->instances->len;
        }
    }
    return (DistroNodeState) {
        .clients = node->v1.listed,
        .owned = owned,
        .pending = distro_delays_count(&node->v1.changes) + distro_delays_count(&node->v1.batches),
        .queued = distro_v1_queued(node),
    };
}

/* Before a client publishes anything, any tag will do to find out whether servers agree. */
static bool owns(const DistroNode *node, DistroClient client, DistroService service)
{
    if (service == DISTRO_NONE) {
        return distro_node_responsible(
            node, distro_dictionary_client_info(node->dictionary, client)->tag_hash);
    }
    return distro_datum_owned(node, service);
}

const DistroGeneration distro_generation_v1 = {
    .init = init,
    .clear = clear,
    .boot = boot,
    .wake = wake,
    .wake_at = wake_at,
    .request = distro_v1_request,
    .outcome = outcome,
    .operate = operate,
    .tag_hash = distro_v1_tag_hash,
    .write = distro_v1_write,
    .can_load_from = can_load_from,
    .ask_for_everything = ask_for_everything,
    .take_snapshot = take_snapshot,
    .state = state,
    .client = distro_v1_client,
    .listed = distro_v1_listed,
    .publishers = distro_v1_publishers,
    .owns = owns,
    .replica_bytes = distro_v1_replica_bytes,
};
