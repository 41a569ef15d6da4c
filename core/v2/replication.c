/* core/v2/replication.c -- the client-based protocol as one: its boot, its time, its table. */
#include "core/node.h"

static void boot(DistroNode *node)
{
    node->v2.verify_at_us =
        node->config.standalone ? INT64_MAX : node->now_us + node->config.verify_interval_us;
    distro_sync_boot(node);
    distro_liveness_boot(node);
}

static void wake(DistroNode *node)
{
    distro_liveness_wake(node);
    distro_verify_wake(node);
    if (node->v2.workers_at_us <= node->now_us) {
        distro_workers_run(node);
    }
    distro_sync_wake(node);
}

static int64_t wake_at(const DistroNode *node)
{
    const int64_t liveness_at_us = distro_liveness_wake_at(node);
    const int64_t sync_at_us = distro_sync_wake_at(node);
    return MIN(MIN(node->v2.verify_at_us, node->v2.workers_at_us), MIN(liveness_at_us, sync_at_us));
}

static void outcome(DistroNode *node, DistroTicket ticket, DistroOutcome how,
                    const DistroMessage *answer)
{
    switch ((DistroPurpose)ticket.purpose) {
    case DISTRO_PURPOSE_SYNC:
        distro_v2_sync_outcome(node, ticket, how, answer);
        break;
    case DISTRO_PURPOSE_VERIFY:
        distro_v2_verify_outcome(node, ticket, how, answer);
        break;
    case DISTRO_PURPOSE_PROBE:
        distro_v2_probe_outcome(node, ticket, how);
        break;
    default:
        g_assert_not_reached();
    }
}

static void ask_for_everything(DistroNode *node, DistroTicket ticket)
{
    const DistroMessage request = { .op = DISTRO_OP_SNAPSHOT };
    distro_emit_send(node, ticket, &request, node->config.load_timeout_us, DISTRO_PATH_SNAPSHOT);
}

/* --- reading ------------------------------------------------------------------------------ */

static uint32_t count_owned(const DistroNode *node)
{
    uint32_t owned = node->v2.counts[DISTRO_RECORD_NATIVE];
    DistroWalk walk = { .v2 = &node->v2 };
    const DistroRecord *record;
    while (node->v2.counts[DISTRO_RECORD_BEATING] > 0 &&
           (record = distro_walk_next(&walk)) != NULL) {
        owned += record->kind == DISTRO_RECORD_BEATING &&
                 distro_clients_owned(node, walk.client, record);
    }
    return owned;
}

static DistroNodeState state(const DistroNode *node)
{
    return (DistroNodeState) {
        .clients = distro_clients_count(node),
        .owned = count_owned(node),
        .pending = distro_sync_pending(node),
        .queued = distro_workers_queued(node),
    };
}

static DistroPublication listed(const DistroNode *node, DistroClient client, DistroService service)
{
    const DistroRecord *record = distro_clients_find(node, client);
    if (record == NULL) {
        return 0;
    }
    const DistroContent content = distro_record_content(node, record);
    return distro_content_find(node->dictionary, &content, service);
}

/* The tag is the client's, whatever it publishes. */
static bool owns(const DistroNode *node, DistroClient client, DistroService service)
{
    (void)service;
    return distro_node_responsible(
        node, distro_dictionary_client_info(node->dictionary, client)->tag_hash);
}

const DistroGeneration distro_generation_v2 = {
    .init = distro_v2_init,
    .clear = distro_v2_clear,
    .boot = boot,
    .wake = wake,
    .wake_at = wake_at,
    .members_change = distro_sync_members_change,
    .request = distro_v2_request,
    .outcome = outcome,
    .verify = distro_v2_verify,
    .verified = distro_v2_verified,
    .operate = distro_v2_operate,
    .tag_hash = distro_v2_tag_hash,
    .write = distro_v2_write,
    .can_load_from = distro_member_reachable,
    .ask_for_everything = ask_for_everything,
    .take_snapshot = distro_v2_take_snapshot,
    .state = state,
    .client = distro_v2_client,
    .listed = listed,
    .publishers = distro_v2_publishers,
    .owns = owns,
    .replica_bytes = distro_v2_replica_bytes,
};
