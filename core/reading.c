/* core/reading.c -- what a host may ask a node, which costs no time and changes nothing. (Of its
 * members, members.c and mapper.c know.) */
#include "core/node.h"

bool distro_node_takes_digests(const DistroNode *node)
{
    return node->behaviour->verify != NULL;
}

DistroNodeState distro_node_state(const DistroNode *node)
{
    DistroNodeState state = node->behaviour->state(node);
    state.initialised = node->load.initialised;
    state.ready = node->load.ready;
    return state;
}

DistroNodeCounters distro_node_counters(const DistroNode *node)
{
    return node->counters;
}

DistroClientView distro_node_client(const DistroNode *node, DistroClient client)
{
    return node->behaviour->client(node, client);
}

DistroPublication distro_node_listed(const DistroNode *node, DistroClient client,
                                     DistroService service)
{
    return node->behaviour->listed(node, client, service);
}

const DistroClient *distro_node_publishers(const DistroNode *node, DistroService service,
                                           size_t *count)
{
    return node->behaviour->publishers(node, service, count);
}

bool distro_node_owns(const DistroNode *node, DistroClient client, DistroService service)
{
    return node->behaviour->owns(node, client, service);
}

void distro_node_check(const DistroNode *node)
{
    g_assert_cmpint(node->effects.wake_at_us, >, INT64_MIN);
    g_assert_false(node->load.ready && !node->booted);
    if (node->behaviour->check != NULL) {
        node->behaviour->check(node);
    }
}

size_t distro_node_replica_bytes(const DistroNode *node, size_t *entries)
{
    return node->behaviour->replica_bytes(node, entries);
}
