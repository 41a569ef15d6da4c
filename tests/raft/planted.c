/* tests/raft/planted.c -- a mistake that is compiled in turns a check red.
 *
 *      planted group            chaos in a group of voters: a promise of Raft's is broken
 *      planted scenario FILE    a run of FILE ends unsafe or diverged
 *
 * Seeds from 1 on, until one is red; none within MOST_SEEDS is a failure of this test. */
#include <stdio.h>
#include <string.h>

#include "sim/run/run.h"
#include "tests/support/raft_group.h"

enum {
    MOST_SEEDS = 60
};

static bool group_is_red(uint64_t seed)
{
    g_autoptr(Group) group = seed % 4 < 2 ? group_new(seed % 2 == 0 ? 3 : 5, seed)
                                          : group_new_hurried(seed % 2 == 0 ? 3 : 5, seed);
    group_chaos(group, seed % 4 < 2 ? S(300) : S(20));
    for (int i = 0; i < SIM_RAFT_N_PROPERTIES; i++) {
        if (group_breaches(group, (SimRaftProperty)i) > 0) {
            printf("seed %u: %s\n", (unsigned)seed, sim_raft_property_name((SimRaftProperty)i));
        }
    }
    return group_all_breaches(group) > 0 || !group_is_linearizable(group);
}

static bool scenario_is_red(const SimScenario *scenario, uint64_t seed)
{
    const SimRunOptions options = { .seed = seed, .until_us = INT64_MAX };
    g_autoptr(SimResult) result = sim_run(scenario, &options, NULL);
    const bool red =
        result->verdict == SIM_VERDICT_UNSAFE || result->verdict == SIM_VERDICT_DIVERGED;
    if (red) {
        printf("seed %u: %s\n", (unsigned)seed, result->reason);
    }
    return red;
}

int main(int count, char **arguments)
{
    const bool of_group = count == 2 && strcmp(arguments[1], "group") == 0;
    if (!of_group && count != 3) {
        fputs("usage: planted group | planted scenario FILE\n", stderr);
        return 64;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(SimScenario) scenario = of_group ? NULL : sim_scenario_load(arguments[2], &error);
    if (error != NULL) {
        fprintf(stderr, "planted: %s\n", error->message);
        return 66;
    }
    for (uint64_t seed = 1; seed <= MOST_SEEDS; seed++) {
        if (of_group ? group_is_red(seed) : scenario_is_red(scenario, seed)) {
            return 0;
        }
    }
    printf("no seed from 1 to %d is red\n", MOST_SEEDS);
    return 1;
}
