/* core/v2/replication.c -- the client-based protocol as one: its boot, its time, its state. */
#include "core/node.h"

void distro_v2_boot(DistroNode *node)
{
    distro_sync_boot(node);
    distro_load_boot(node);
    distro_liveness_boot(node);
}

void distro_v2_wake(DistroNode *node)
{
    distro_load_wake(node);
    distro_liveness_wake(node);
    distro_verify_wake(node);
    distro_sync_wake(node);
}

int64_t distro_v2_wake_at(DistroNode *node)
{
    const DistroReplication *v2 = &node->v2;
    int64_t wake_at_us = MIN(v2->verify_at_us, v2->load_at_us);
    wake_at_us = MIN(wake_at_us, v2->status_at_us);
    wake_at_us = MIN(wake_at_us, distro_liveness_wake_at(node));
    return MIN(wake_at_us, distro_sync_wake_at(node));
}

static uint32_t count_owned(const DistroNode *node)
{
    uint32_t owned = node->v2.natives->len;
    for (guint i = 0; i < node->v2.beating->len; i++) {
        const DistroClient client = g_array_index(node->v2.beating, DistroClient, i);
        owned += distro_clients_owned(node, client, distro_clients_find(node, client));
    }
    return owned;
}

static uint32_t count_queued(const DistroNode *node)
{
    uint32_t queued = 0;
    for (guint i = 0; i < node->v2.workers->len; i++) {
        queued += ((const GArray *)node->v2.workers->pdata[i])->len;
    }
    return queued;
}

DistroNodeState distro_node_state(const DistroNode *node)
{
    return (DistroNodeState) {
        .initialised = node->v2.initialised,
        .ready = node->v2.ready,
        .clients = (uint32_t)node->v2.entries,
        .owned = count_owned(node),
        .pending = g_hash_table_size(node->v2.tasks),
        .queued = count_queued(node),
    };
}

DistroNodeCounters distro_node_counters(const DistroNode *node)
{
    return node->v2.counters;
}
