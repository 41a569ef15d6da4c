/* tests/unit/test_rpc_timers.c -- the wake-ups of a node's RPC clients, beside a look at all. */
#include "core/members.h"
#include "sim/base/prng.h"
#include "tests/support/check.h"

enum {
    MOST_MEMBERS = 21,
    ROUNDS = 4000
};

static int64_t wake_at(const DistroMembers *members, guint index)
{
    return g_array_index(members->list, DistroMember, index).rpc.wake_at_us;
}

static int64_t earliest(const DistroMembers *members)
{
    int64_t at_us = INT64_MAX;
    for (guint i = 0; i < members->list->len; i++) {
        at_us = MIN(at_us, wake_at(members, i));
    }
    return at_us;
}

static guint next_due(const DistroMembers *members, guint from, int64_t now_us)
{
    while (from < members->list->len && wake_at(members, from) > now_us) {
        from++;
    }
    return from;
}

static void draw_wake(DistroMembers *members, guint index, SimPrng *prng)
{
    DistroMember *member = &g_array_index(members->list, DistroMember, index);
    const int64_t at_us = (int64_t)sim_prng_below(prng, 10);
    member->rpc.wake_at_us = at_us == 0 ? INT64_MAX : at_us;
}

static void compare(const DistroMembers *members)
{
    check_int(distro_rpc_timers_earliest(members), ==, earliest(members));
    for (guint from = 0; from <= members->list->len; from++) {
        for (int64_t now_us = 0; now_us < 10; now_us += 3) {
            check_uint(distro_rpc_timers_next_due(members, from, now_us), ==,
                       next_due(members, from, now_us));
        }
    }
}

static void the_earliest_and_the_due_are_found_whatever_moves(void)
{
    SimPrng prng = sim_prng_stream(1, "timers");
    DistroMembers members;
    distro_members_init(&members);
    for (guint count = 0; count <= MOST_MEMBERS; count++) {
        g_array_set_size(members.list, count);
        for (guint i = 0; i < count; i++) {
            draw_wake(&members, i, &prng);
        }
        distro_rpc_timers_rebuild(&members);
        compare(&members);
        for (guint round = 0; count > 0 && round < ROUNDS / MOST_MEMBERS; round++) {
            const guint moved = (guint)sim_prng_below(&prng, count);
            draw_wake(&members, moved, &prng);
            distro_rpc_timers_moved(&members, &g_array_index(members.list, DistroMember, moved));
            compare(&members);
        }
    }
    distro_members_clear(&members);
}

static void without_members_none_is_due(void)
{
    DistroMembers members;
    distro_members_init(&members);
    check_int(distro_rpc_timers_earliest(&members), ==, INT64_MAX);
    check_uint(distro_rpc_timers_next_due(&members, 0, 1), ==, 0);
    distro_members_clear(&members);
}

int main(void)
{
    static const Test tests[] = {
        { "the earliest and the due are found whatever moves",
          the_earliest_and_the_due_are_found_whatever_moves },
        { "without members none is due", without_members_none_is_due },
        { 0 },
    };
    return run_tests("rpc_timers", tests);
}
