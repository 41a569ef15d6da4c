/* tools/distrosim/bench/world.c -- whole runs against the clock. */
#include "tools/distrosim/bench/bench.h"

#include <time.h>

#include "sim/run/run.h"
#include "tools/distrosim/bench/instructions.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/interrupt.h"
#include "tools/distrosim/cli/scenarios.h"

#define FLAGSHIP "scenarios/wan/regions-partition.lua"
#define STANDARD "scenarios/scale/three-servers-through-a-partition.lua"
#define ALIBABA "scenarios/scale/alibaba-2022.lua"

enum {
    STANDARD_SEEDS = 20,
    SWEEP_THREADS = 2,
    SWEEP_SEEDS = 1000,
};

/* --- runs --------------------------------------------------------------------------------- */

static SimScenario *open_scenario(const char *name, ExitStatus *status)
{
    g_autofree char *path = scenario_path(name);
    if (path != NULL) {
        return scenario_open(path, status);
    }
    complain("the scenario %s is neither here nor installed", name);
    *status = STATUS_NO_FILE;
    return NULL;
}

static bool go_on(void *data, int64_t now_us, int64_t awaited_us)
{
    (void)data, (void)now_us, (void)awaited_us;
    return !interrupt_seen();
}

/* CPU time of this thread, which stands still while other work has the core. */
static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* With .wall_s in CPU time. NULL if it was interrupted or is wrong. */
static SimResult *run_timed(const SimScenario *scenario, const SimSetting *settings, size_t count,
                            bool checked)
{
    const SimRunOptions options = { .seed = 1,
                                    .settings = settings,
                                    .n_settings = count,
                                    .until_us = INT64_MAX,
                                    .unchecked = !checked,
                                    .progress = go_on };
    const double began_s = cpu_s();
    SimResult *result = sim_run(scenario, &options, NULL);
    result->wall_s = cpu_s() - began_s;
    if (result->verdict == SIM_VERDICT_ERROR) {
        complain("%s", result->reason);
    }
    if (!interrupt_seen() && result->verdict != SIM_VERDICT_ERROR) {
        return result;
    }
    sim_result_free(result);
    return NULL;
}

static double seconds_taken(const SimResult *result)
{
    return MAX(result->wall_s, 1e-9);
}

/* --- the flagship ------------------------------------------------------------------------- */

static void tell_messages(Bench *bench, const char *name, const SimResult *result, double aim,
                          uint64_t instructions)
{
    const Figure figure = { .name = name,
                            .value = (double)result->messages / seconds_taken(result),
                            .unit = "messages/s",
                            .aim = aim,
                            .instructions = (double)instructions / (double)result->messages };
    bench_tell(bench, &figure);
}

static void tell_rest(Bench *bench, const SimResult *result)
{
    const Figure time = { .name = "flagship, time",
                          .value = (double)result->virtual_us / 1e6 / seconds_taken(result),
                          .unit = "virtual seconds per second",
                          .aim = 1000 };
    const Figure memory = { .name = "flagship, replicas",
                            .value = (double)result->replica_bytes /
                                     (double)MAX(result->replica_entries, 1),
                            .unit = "bytes per entry",
                            .aim = 16,
                            .at_most = true };
    bench_tell(bench, &time);
    bench_tell(bench, &memory);
}

ExitStatus bench_flagship(Bench *bench)
{
    ExitStatus status = STATUS_HELD;
    g_autoptr(SimScenario) scenario = open_scenario(FLAGSHIP, &status);
    if (scenario == NULL) {
        return status;
    }
    instructions_begin();
    g_autoptr(SimResult) checked = run_timed(scenario, NULL, 0, true);
    uint64_t with = instructions_end();
    instructions_begin();
    g_autoptr(SimResult) unchecked = run_timed(scenario, NULL, 0, false);
    uint64_t without = instructions_end();
    if (checked == NULL || unchecked == NULL) {
        return STATUS_WRONG_SCENARIO;
    }
    tell_messages(bench, "flagship, with checks", checked, 3e6, with);
    tell_messages(bench, "flagship, without", unchecked, 6e6, without);
    tell_rest(bench, checked);
    return STATUS_HELD;
}

/* --- growth ------------------------------------------------------------------------------- */

/* Nanoseconds per message of a roll-out and some churn; 0 if it was interrupted. */
static double measure_cost(const SimScenario *scenario, const char *servers, const char *clients)
{
    const SimSetting settings[] = {
        { "servers", servers }, { "clients", clients }, { "fill", "20s" }, { "churn_for", "10s" }
    };
    g_autoptr(SimResult) result = run_timed(scenario, settings, G_N_ELEMENTS(settings), true);
    return result != NULL ? seconds_taken(result) * 1e9 / (double)result->messages : 0;
}

static bool tell_growth(Bench *bench, const char *name, double small, double large)
{
    const Figure figure = { .name = name,
                            .value = large / small,
                            .unit = "times the cost/message",
                            .aim = 2,
                            .at_most = true };
    if (small <= 0 || large <= 0) {
        return false;
    }
    bench_tell(bench, &figure);
    return true;
}

ExitStatus bench_growth(Bench *bench)
{
    ExitStatus status = STATUS_HELD;
    g_autoptr(SimScenario) scenario = open_scenario(ALIBABA, &status);
    if (scenario == NULL) {
        return status;
    }
    const double few = measure_cost(scenario, "3", "10000"),
                 many = measure_cost(scenario, "100", "10000");
    const double small = measure_cost(scenario, "3", "1000"),
                 large = measure_cost(scenario, "3", "500000");
    return tell_growth(bench, "from 3 to 100 servers", few, many) &&
                   tell_growth(bench, "from 1e3 to 5e5 clients", small, large)
               ? STATUS_HELD
               : STATUS_WRONG_SCENARIO;
}

/* --- sweeps ------------------------------------------------------------------------------- */

static gpointer run_seeds(gpointer data)
{
    for (int i = 0; i < STANDARD_SEEDS && !interrupt_seen(); i++) {
        g_autoptr(SimResult) result = run_timed(data, NULL, 0, true);
        if (result == NULL) {
            break;
        }
    }
    return NULL;
}

/* Seconds in which each of @count threads makes its runs. */
static double time_threads(SimScenario *scenario, guint count)
{
    GThread *threads[SWEEP_THREADS];
    int64_t began_us = g_get_monotonic_time();
    for (guint i = 0; i < count; i++) {
        threads[i] = g_thread_new("bench", run_seeds, scenario);
    }
    for (guint i = 0; i < count; i++) {
        g_thread_join(threads[i]);
    }
    return (double)(g_get_monotonic_time() - began_us) / 1e6;
}

ExitStatus bench_sweep(Bench *bench)
{
    ExitStatus status = STATUS_HELD;
    g_autoptr(SimScenario) scenario = open_scenario(STANDARD, &status);
    if (scenario == NULL) {
        return status;
    }
    time_threads(scenario, 1); /* the first runs find nothing in the cache and new memory */
    double alone_s = time_threads(scenario, 1);
    double together_s = time_threads(scenario, SWEEP_THREADS);
    const Figure sweep = { .name = "sweep, 1000 seeds",
                           .value = together_s * SWEEP_SEEDS / STANDARD_SEEDS / SWEEP_THREADS,
                           .unit = "seconds with 2 threads",
                           .aim = 60,
                           .at_most = true };
    const Figure scaling = { .name = "sweep, second thread",
                             .value = alone_s / together_s,
                             .unit = "of a core each",
                             .aim = 0.95 };
    bench_tell(bench, &sweep);
    bench_tell(bench, &scaling);
    return interrupt_seen() ? STATUS_INTERRUPTED : STATUS_HELD;
}

/* --- at full size ------------------------------------------------------------------------- */

ExitStatus bench_alibaba(Bench *bench)
{
    ExitStatus status = STATUS_HELD;
    g_autoptr(SimScenario) scenario = open_scenario(ALIBABA, &status);
    if (scenario == NULL) {
        return status;
    }
    g_autoptr(SimResult) result = run_timed(scenario, NULL, 0, true);
    if (result == NULL) {
        return STATUS_WRONG_SCENARIO;
    }
    const Figure time = { .name = "100 x 470,000, time",
                          .value = (double)result->virtual_us / 1e6 / seconds_taken(result),
                          .unit = "virtual seconds per second",
                          .aim = 1 };
    bench_tell(bench, &time);
    return STATUS_HELD;
}
