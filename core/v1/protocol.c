/* core/v1/protocol.c -- the service-based protocol as one: its boot, its time, its table. */
#include "core/v1/protocol.h"

#include "core/v1/lists.h"
#include "core/v1/replication.h"
#include "core/v1/text.h"

#define STATUS_FIRST_US 60000000 /* ServiceManager#init */

/* GlobalConfig#overrideDistroConfiguration: the naming module's values win at start. */
static void init(DistroNode *node)
{
    node->config.sync_retry_delay_us = node->config.naming_retry_delay_us;
    node->config.load_retry_delay_us = node->config.naming_load_retry_delay_us;
    distro_datums_init(distro_v1(node));
    distro_v1_sync_init(distro_v1(node));
    distro_v1(node)->runs = g_array_new(false, false, sizeof(DistroRun));
}

static void clear(DistroNode *node)
{
    distro_datums_clear(distro_v1(node));
    distro_v1_sync_clear(distro_v1(node));
    g_array_unref(distro_v1(node)->runs);
}

static void boot(DistroNode *node)
{
    distro_v1(node)->verify_at_us =
        node->config.standalone ? INT64_MAX : node->now_us + node->config.verify_interval_us;
    distro_v1(node)->status_at_us = node->now_us + STATUS_FIRST_US;
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
    const int64_t told_at_us = MIN(distro_v1(node)->verify_at_us, distro_v1(node)->status_at_us);
    const int64_t health_at_us = distro_v1_health_wake_at(node);
    const int64_t sync_at_us = distro_v1_sync_wake_at(node);
    return MIN(MIN(told_at_us, health_at_us), sync_at_us);
}

static void request(DistroNode *node, uint64_t call, const DistroMessage *message)
{
    switch (message->op) {
    case DISTRO_OP_DATUM:
        distro_emit_status(node, call, message, distro_v1_receive_datums(node, message));
        break;
    case DISTRO_OP_CHECKSUM:
        distro_v1_receive_checksums(node, call, message);
        break;
    case DISTRO_OP_PULL:
        distro_v1_serve_pull(node, call, message);
        break;
    case DISTRO_OP_SNAPSHOT:
        distro_v1_serve_snapshot(node, call, message);
        break;
    case DISTRO_OP_STATUS:
        distro_emit_status(node, call, message, distro_v1_receive_status(node, message));
        break;
    case DISTRO_OP_STATUSES:
        distro_v1_serve_statuses(node, call, message->service);
        break;
    default:
        g_assert_not_reached(); /* no other is spoken */
    }
}

static void outcome(DistroNode *node, DistroTicket ticket, DistroOutcome how,
                    const DistroMessage *answer)
{
    switch (ticket.action) {
    case DISTRO_OP_DATUM:
        distro_v1_datum_outcome(node, ticket, how, answer);
        break;
    case DISTRO_OP_CHECKSUM:
        distro_v1_checksum_outcome(node, ticket, how, answer);
        break;
    case DISTRO_OP_PULL:
        distro_v1_pull_outcome(node, ticket, how, answer);
        break;
    case DISTRO_OP_STATUSES:
        distro_v1_statuses_outcome(node, ticket, how, answer);
        break;
    case DISTRO_OP_STATUS: /* a failure is only logged */
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

/* DistroHttpAgent#getDatumSnapshot asks any member. */
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
    for (guint i = 0; i < distro_v1(node)->services->len; i++) {
        const DistroService service = g_array_index(distro_v1(node)->services, DistroService, i);
        if (distro_datum_owned(node, service)) {
            owned += distro_datum_find(node, service)->instances->len;
        }
    }
    return (DistroNodeState) {
        .clients = distro_v1(node)->listed,
        .owned = owned,
        .pending = distro_delays_count(&distro_v1(node)->changes) +
                   distro_delays_count(&distro_v1(node)->batches),
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

static const DistroBehaviour behaviour = {
    .node_size = sizeof(DistroV1Node),
    .init = init,
    .clear = clear,
    .boot = boot,
    .wake = wake,
    .wake_at = wake_at,
    .request = request,
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

static const DistroOpInfo ops[] = {
    [DISTRO_OP_SNAPSHOT] = { .name = "SNAPSHOT",
                             .role = DISTRO_ROLE_LOAD,
                             .http = true,
                             .answer = { .check_list = distro_list_check_datums },
                             .put = distro_v1_put },
    [DISTRO_OP_DATUM] = { .name = "DATUM",
                          .role = DISTRO_ROLE_STATE,
                          .about = DISTRO_ABOUT_TICKET,
                          .http = true,
                          .request = { .check_list = distro_list_check_datums },
                          .put = distro_v1_put },
    [DISTRO_OP_CHECKSUM] = { .name = "CHECKSUM",
                             .role = DISTRO_ROLE_DIGEST,
                             .http = true,
                             .request = { .target = DISTRO_AIM_NAMED,
                                          .check_list = distro_list_check_checksums },
                             .put = distro_v1_put },
    [DISTRO_OP_PULL] = { .name = "PULL",
                         .role = DISTRO_ROLE_REPAIR,
                         .http = true,
                         .request = { .check_list = distro_list_check_services },
                         .answer = { .check_list = distro_list_check_datums },
                         .put = distro_v1_put },
    [DISTRO_OP_STATUS] = { .name = "STATUS",
                           .role = DISTRO_ROLE_DIGEST,
                           .http = true,
                           .request = { .subject = DISTRO_SUBJECT_NAMESPACE,
                                        .target = DISTRO_AIM_NAMED,
                                        .check_list = distro_list_check_checksums },
                           .put = distro_v1_put },
    [DISTRO_OP_STATUSES] = { .name = "STATUSES",
                             .role = DISTRO_ROLE_REPAIR,
                             .http = true,
                             .request = { .subject = DISTRO_SUBJECT_SERVICE },
                             .answer = { .check_list = distro_list_check_healths },
                             .put = distro_v1_put },
};

const DistroProtocol distro_protocol_v1 = {
    .name = "by service",
    .generation = 1,
    .ops = ops,
    .op_count = G_N_ELEMENTS(ops),
    .behaviour = &behaviour,
};
