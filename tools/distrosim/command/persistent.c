/* tools/distrosim/command/persistent.c -- one story on both protocols: what a fault costs each. */
#include "tools/distrosim/command/persistent.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/installed.h"
#include "sim/run/run.h"

enum {
    SEEDS = 3
};

/* The sum over the seeds of what a run measures as @name. */
static double measure(const SimScenario *scenario, const SimSetting *settings, size_t count,
                      const char *name)
{
    double sum = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const SimRunOptions options = {
            .seed = seed, .settings = settings, .n_settings = count, .until_us = INT64_MAX
        };
        g_autoptr(SimResult) result = sim_run(scenario, &options, NULL);
        for (guint i = 0; i < result->measures->len; i++) {
            const SimMeasure *found = &g_array_index(result->measures, SimMeasure, i);
            sum += strcmp(found->name, name) == 0 ? found->value : 0;
        }
    }
    return sum / SEEDS;
}

static void print_fault(const SimScenario *scenario, const char *rtt, const char *servers,
                        const char *fault, const char *title)
{
    SimSetting settings[] = {
        { "regions", "2" }, { "rtt", rtt },         { "servers", servers },
        { "fault", fault }, { "protocol", "raft" },
    };
    const size_t count = G_N_ELEMENTS(settings);
    const double persistent = measure(scenario, settings, count, "writes.refused");
    settings[count - 1].value = "distro";
    const double ephemeral = measure(scenario, settings, count, "writes.refused");
    printf("  - %s: %.0f %% of persistent writes are refused,\n    %.0f %% of ephemeral ones\n",
           title, persistent, ephemeral);
}

void persistent_print(const char *rtt, unsigned servers)
{
    g_autofree char *path = sim_installed_path("scenarios/raft/study/story.lua");
    g_autoptr(SimScenario) scenario = path != NULL ? sim_scenario_load(path, NULL) : NULL;
    if (scenario == NULL) {
        return;
    }
    g_autofree char *count = g_strdup_printf("%u", servers);
    printf("May a service be persistent? In one cluster over both regions, %u servers:\n", servers);
    print_fault(scenario, rtt, count, "crash", "the leader crashes for a minute");
    print_fault(scenario, rtt, count, "minority", "the leader is cut off for a minute");
    puts("  - yes for what nobody registers again, such as a database's address: it outlives its\n"
         "    client and a restart of all servers; no for what must come up during a cut.\n"
         "    results/protocols/README.md has the whole comparison");
}
