/* core/rpc_timers.c -- the wake-ups of a node's RPC clients, and the earliest of them.
 *
 * A tournament: each place holds the earlier of the two below it, so that a timer that moves costs
 * the logarithm of the number of members. Looking at all of them after each call made a cluster of
 * n cost n^3.
 *
 *            1: 20                 leaves: one a member, in the order of the list;
 *        2: 20    3: 30            those beyond the last never wake
 *      4: 50 5: 20 6: 30 7: -  */
#include "core/members.h"

static int64_t *place_at(const DistroMembers *members, guint place)
{
    return &g_array_index(members->timers, int64_t, place);
}

static guint leaf_count(const DistroMembers *members)
{
    return members->timers->len / 2;
}

static void judge(const DistroMembers *members, guint place)
{
    *place_at(members, place) =
        MIN(*place_at(members, 2 * place), *place_at(members, 2 * place + 1));
}

void distro_rpc_timers_rebuild(DistroMembers *members)
{
    guint leaves = 1;
    while (leaves < members->list->len) {
        leaves *= 2;
    }
    g_array_set_size(members->timers, 2 * leaves);
    for (guint i = 0; i < leaves; i++) {
        *place_at(members, leaves + i) =
            i < members->list->len ? g_array_index(members->list, DistroMember, i).rpc.wake_at_us
                                   : INT64_MAX;
    }
    for (guint place = leaves; place-- > 1;) {
        judge(members, place);
    }
}

void distro_rpc_timers_moved(DistroMembers *members, const DistroMember *member)
{
    const DistroMember *first = &g_array_index(members->list, DistroMember, 0);
    g_assert(member >= first && member < first + members->list->len);
    guint place = leaf_count(members) + (guint)(member - first);
    *place_at(members, place) = member->rpc.wake_at_us;
    for (place /= 2; place > 0; place /= 2) {
        judge(members, place);
    }
}

int64_t distro_rpc_timers_earliest(const DistroMembers *members)
{
    return members->timers->len > 0 ? *place_at(members, 1) : INT64_MAX;
}

guint distro_rpc_timers_next_due(const DistroMembers *members, guint from, int64_t now_us)
{
    const guint leaves = leaf_count(members);
    if (from >= members->list->len) {
        return members->list->len;
    }
    guint place = leaves + from;
    while (*place_at(members, place) > now_us) {
        while (place % 2 == 1) { /* all that is left of here is behind: upwards, */
            place /= 2;
        }
        if (place == 0) {
            return members->list->len;
        }
        place++; /* then to the right, */
    }
    while (place < leaves) { /* and down to the first that is due. */
        place *= 2;
        place += *place_at(members, place) > now_us;
    }
    return place - leaves;
}
