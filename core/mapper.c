/* core/mapper.c -- which node is responsible for a tag (DistroMapper).
 *
 * The healthy list is every UP or SUSPICIOUS member in string order; the owner of a tag is its hash
 * modulo the length of that list. Lists differ between nodes while they disagree about members, and
 * then so do the owners: nothing here or in Nacos prevents it. */
#include <string.h>

#include "core/node.h"
#include "core/planted.h"

static bool same_list(const GArray *list, const DistroName *addresses, uint32_t count)
{
    return list->len == count &&
           (count == 0 || memcmp(list->data, addresses, count * sizeof(DistroName)) == 0);
}

bool distro_mapper_set(DistroNode *node, const DistroName *addresses, uint32_t count)
{
    g_assert(addresses != NULL || count == 0);
    DistroMembers *members = &node->members;
    if (same_list(members->healthy, addresses, count)) {
        return false;
    }
    g_array_set_size(members->healthy, 0);
    g_array_append_vals(members->healthy, addresses, count);
    members->self_healthy = false;
    for (uint32_t i = 0; i < count; i++) {
        members->self_healthy |= addresses[i] == node->self;
    }
    return true;
}

/* DistroMapper#responsible. Addresses are distinct, so the first and the last index of our own
 * address, which Nacos compares with, are the same. */
bool distro_node_responsible(const DistroNode *node, uint32_t tag_hash)
{
    const GArray *healthy = node->members.healthy;
    if (!node->config.distro_enabled || node->config.standalone) {
        return true;
    }
    if (healthy->len == 0) {
        return false;
    }
    if (!node->members.self_healthy) {
        return true; /* a node that is not on its own list claims everything */
    }
    return g_array_index(healthy, DistroName, tag_hash % healthy->len) == node->self;
}

/* DistroMapper#mapSrv: with an empty list it says "myself", where responsible says no. */
DistroName distro_node_owner(const DistroNode *node, uint32_t tag_hash)
{
    const GArray *healthy = node->members.healthy;
    if (healthy->len == 0 || !node->config.distro_enabled) {
        return node->self;
    }
    const uint32_t shift = DISTRO_PLANTED(FORWARDED_TO_THE_NEXT);
    return g_array_index(healthy, DistroName, (tag_hash + shift) % healthy->len);
}

const DistroName *distro_node_healthy(const DistroNode *node, size_t *count)
{
    *count = node->members.healthy->len;
    return (const DistroName *)(const void *)node->members.healthy->data;
}
