/* core/mapper.c -- which node is responsible for a tag (DistroMapper).
 *
 * The healthy list is every UP or SUSPICIOUS member in string order; the owner of a tag is its hash
 * modulo the length of that list. Lists differ between nodes while they disagree about members, and
 * then so do the owners: nothing here or in Nacos prevents it. */
#include "core/node.h"

static bool same_names(const GArray *a, const GArray *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len * sizeof(DistroName)) == 0;
}

void distro_mapper_refresh(DistroNode *node)
{
    DistroMembers *members = &node->members;
    GArray *fresh = g_array_new(false, false, sizeof(DistroName));
    for (guint i = 0; i < members->list->len; i++) {
        const DistroMember *member = &g_array_index(members->list, DistroMember, i);
        if (member->state != DISTRO_MEMBER_DOWN) {
            g_array_append_val(fresh, member->address);
        }
    }
    const bool same = same_names(fresh, members->healthy);
    g_array_unref(members->healthy);
    members->healthy = fresh;
    if (!same) {
        distro_emit_event(node, DISTRO_EVENT_OWNERS_CHANGED, DISTRO_NONE, DISTRO_NONE, fresh->len);
    }
}

/* DistroMapper#responsible. Addresses are distinct, so the first and the last index of our own
 * address, between which Nacos looks, are the same. */
bool distro_node_responsible(const DistroNode *node, uint32_t tag_hash)
{
    const GArray *healthy = node->members.healthy;
    if (!node->config.distro_enabled || node->config.standalone) {
        return true;
    }
    if (healthy->len == 0) {
        return false;
    }
    const DistroName *names = (const DistroName *)(const void *)healthy->data;
    const uint32_t target = tag_hash % healthy->len;
    if (names[target] == node->self) {
        return true;
    }
    for (guint i = 0; i < healthy->len; i++) {
        if (names[i] == node->self) {
            return false;
        }
    }
    return true; /* a node that is not on its own list claims everything */
}

/* DistroMapper#mapSrv: with an empty list it says "myself", where responsible says no. */
DistroName distro_node_owner(const DistroNode *node, uint32_t tag_hash)
{
    const GArray *healthy = node->members.healthy;
    if (healthy->len == 0 || !node->config.distro_enabled) {
        return node->self;
    }
    return g_array_index(healthy, DistroName, tag_hash % healthy->len);
}

const DistroName *distro_node_healthy(const DistroNode *node, size_t *count)
{
    *count = node->members.healthy->len;
    return (const DistroName *)(const void *)node->members.healthy->data;
}
