/* core/v2/protocol.c -- the client-based protocol as one: its boot, its time, its table. */
#include "core/v2/protocol.h"

#include "core/v2/replication.h"
#include "core/v2/snapshot.h"
#include "core/v2/text.h"

static void boot(DistroNode *node)
{
    distro_v2(node)->verify_at_us =
        node->config.standalone ? INT64_MAX : node->now_us + node->config.verify_interval_us;
    distro_sync_boot(node);
    distro_liveness_boot(node);
}

static void wake(DistroNode *node)
{
    distro_liveness_wake(node);
    distro_verify_wake(node);
    if (distro_v2(node)->workers_at_us <= node->now_us) {
        distro_workers_run(node);
    }
    distro_sync_wake(node);
}

static int64_t wake_at(const DistroNode *node)
{
    const int64_t liveness_at_us = distro_liveness_wake_at(node);
    const int64_t sync_at_us = distro_sync_wake_at(node);
    return MIN(MIN(distro_v2(node)->verify_at_us, distro_v2(node)->workers_at_us),
               MIN(liveness_at_us, sync_at_us));
}

static void outcome(DistroNode *node, DistroTicket ticket, DistroOutcome how,
                    const DistroMessage *answer)
{
    switch (ticket.action) {
    case DISTRO_OP_CHANGE:
    case DISTRO_OP_DELETE:
        distro_v2_sync_outcome(node, ticket, how, answer);
        break;
    case DISTRO_OP_VERIFY:
        distro_v2_verify_outcome(node, ticket, how, answer);
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
    uint32_t owned = distro_v2(node)->counts[DISTRO_RECORD_NATIVE];
    DistroWalk walk = { .v2 = distro_v2(node) };
    const DistroRecord *record;
    while (distro_v2(node)->counts[DISTRO_RECORD_BEATING] > 0 &&
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

/* The tag is the client's, whatever it publishes. */
static bool owns(const DistroNode *node, DistroClient client, DistroService service)
{
    (void)service;
    return distro_node_responsible(
        node, distro_dictionary_client_info(node->dictionary, client)->tag_hash);
}

static const DistroBehaviour behaviour = {
    .node_size = sizeof(DistroV2Node),
    .init = distro_v2_init,
    .clear = distro_v2_clear,
    .boot = boot,
    .wake = wake,
    .wake_at = wake_at,
    .members_change = distro_sync_members_change,
    .request = distro_v2_request,
    .outcome = outcome,
    .probed = distro_v2_probe_outcome,
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
    .listed = distro_v2_listed,
    .publishers = distro_v2_publishers,
    .owns = owns,
    .digest = distro_v2_digest,
    .check = distro_v2_check,
    .replica_bytes = distro_v2_replica_bytes,
};

static const DistroOpInfo ops[] = {
    [DISTRO_OP_CHANGE] = { .name = "CHANGE",
                           .role = DISTRO_ROLE_STATE,
                           .about = DISTRO_ABOUT_HEAD,
                           .request = { .subject = DISTRO_SUBJECT_CLIENT,
                                        .target = DISTRO_AIM_IF_ANY,
                                        .revision = true,
                                        .content = true },
                           .put = distro_v2_put },
    [DISTRO_OP_DELETE] = { .name = "DELETE",
                           .role = DISTRO_ROLE_REMOVAL,
                           .about = DISTRO_ABOUT_HEAD,
                           .request = { .subject = DISTRO_SUBJECT_CLIENT,
                                        .target = DISTRO_AIM_IF_ANY },
                           .put = distro_v2_put },
    [DISTRO_OP_VERIFY] = { .name = "VERIFY",
                           .role = DISTRO_ROLE_DIGEST,
                           .about = DISTRO_ABOUT_HEAD,
                           .request = { .subject = DISTRO_SUBJECT_CLIENT, .revision = true },
                           .put = distro_v2_put },
    [DISTRO_OP_SNAPSHOT] = { .name = "SNAPSHOT",
                             .role = DISTRO_ROLE_LOAD,
                             .answer = { .check_list = distro_snapshot_check },
                             .put = distro_v2_put },
    [DISTRO_OP_QUERY] = { .name = "DISTRO_QUERY",
                          .role = DISTRO_ROLE_LOAD,
                          .about = DISTRO_ABOUT_HEAD,
                          .request = { .subject = DISTRO_SUBJECT_CLIENT },
                          .answer = { .subject = DISTRO_SUBJECT_CLIENT_IF_ANY,
                                      .revision = true,
                                      .content = true },
                          .put = distro_v2_put },
};

const DistroProtocol distro_protocol_v2 = {
    .name = "by client",
    .generation = 2,
    .has_rpc = true,
    .ops = ops,
    .op_count = G_N_ELEMENTS(ops),
    .behaviour = &behaviour,
};
