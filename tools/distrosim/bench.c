/* tools/distrosim/bench.c -- distrosim bench: how fast is it here, and how fast should it be? */
#include "sim/bench.h"

#include <stdio.h>
#include <string.h>

#include "sim/run.h"
#include "sim/script/nearest.h"
#include "tools/distrosim/command.h"
#include "tools/distrosim/complain.h"
#include "tools/distrosim/format.h"
#include "tools/distrosim/interrupt.h"
#include "tools/distrosim/json.h"
#include "tools/distrosim/places.h"
#include "tools/distrosim/runner.h"

#define QUEUE_OPERATIONS 5000000
#define NETWORK_MESSAGES 2000000
#define NETWORK_NODES 100
#define FLAGSHIP "wan/regions-partition.lua"

typedef struct Bench {
    bool json;
    json_t *figures; /* name to { value, unit, aim } */
} Bench;

/* @aim 0: none; @at_least false: the figure should be below it. */
static void tell(Bench *bench, const char *name, double value, const char *unit, double aim,
                 bool at_least)
{
    json_t *figure = json_object();
    json_object_set_new(figure, "value", json_real(value));
    json_object_set_new(figure, "unit", json_string(unit));
    json_object_set_new(figure, "aim", aim > 0 ? json_real(aim) : json_null());
    json_object_set_new(bench->figures, name, figure);
    if (bench->json)
        return;
    g_autofree char *shown = format_rate(value);
    g_autofree char *wanted = format_rate(aim);
    printf("%-22s %9s %-26s", name, shown, unit);
    if (aim > 0)
        printf("  aim %s %s, %s", at_least ? "at least" : "at most", wanted,
               (value >= aim) == at_least ? "met" : "missed");
    putchar('\n');
    fflush(stdout);
}

static ExitStatus bench_queue(Bench *bench)
{
    static const struct {
        const char *name;
        size_t pending;
    } sizes[] = { { "queue, 1e3 pending", 1000 },
                  { "queue, 1e5 pending", 100000 },
                  { "queue, 1e6 pending", 1000000 } };
    for (size_t i = 0; i < G_N_ELEMENTS(sizes) && !interrupt_seen(); i++) {
        double ns = sim_bench_queue(sizes[i].pending, QUEUE_OPERATIONS);
        tell(bench, sizes[i].name, 1e9 / ns, "operations/s", 10e6, true);
    }
    return STATUS_HELD;
}

static ExitStatus bench_network(Bench *bench)
{
    double ns = sim_bench_network(NETWORK_NODES, NETWORK_MESSAGES);
    tell(bench, "network, 100 nodes", 1e9 / ns, "messages/s", 1e6, true);
    return STATUS_HELD;
}

static void tell_flagship(Bench *bench, const SimResult *result)
{
    double wall_s = MAX(result->wall_s, 1e-9);
    tell(bench, "flagship, messages", (double)result->messages / wall_s, "messages/s", 1e6, true);
    tell(bench, "flagship, events", (double)result->events / wall_s, "events/s", 0, true);
    tell(bench, "flagship, time", (double)result->virtual_us / 1e6 / wall_s,
         "virtual seconds per second", 1000, true);
    if (result->replica_entries > 0)
        tell(bench, "flagship, replicas",
             (double)result->replica_bytes / (double)result->replica_entries, "bytes per entry", 16,
             false);
}

/* Where one stands first, so that a changed scenario is measured where it was changed. */
static char *find_flagship(void)
{
    char *here = g_build_filename("scenarios", FLAGSHIP, NULL);
    if (g_file_test(here, G_FILE_TEST_EXISTS))
        return here;
    g_free(here);
    return places_find("scenarios", FLAGSHIP);
}

static ExitStatus bench_flagship(Bench *bench)
{
    g_autofree char *path = find_flagship();
    if (path == NULL) {
        complain("the scenario scenarios/%s is neither here nor installed", FLAGSHIP);
        return STATUS_NO_FILE;
    }
    ExitStatus status = STATUS_HELD;
    g_autoptr(SimScenario) scenario = scenario_open(path, &status);
    if (scenario == NULL)
        return status;
    g_auto(Request) request = { 0 };
    request_init(&request);
    Runner runner = { .scenario = scenario, .request = &request, .seed = 1, .until_us = INT64_MAX };
    g_autoptr(SimResult) result = runner_run(&runner, NULL);
    if (result == NULL)
        return STATUS_INTERRUPTED;
    if (result->verdict == SIM_VERDICT_ERROR) {
        complain("%s", result->reason);
        return STATUS_WRONG_SCENARIO;
    }
    tell_flagship(bench, result);
    return STATUS_HELD;
}

static const struct {
    const char *name;
    ExitStatus (*run)(Bench *bench);
} benches[] = {
    { "queue", bench_queue },
    { "network", bench_network },
    { "flagship", bench_flagship },
};

static bool is_bench(const char *wanted)
{
    const char *names[G_N_ELEMENTS(benches)];
    for (size_t i = 0; i < G_N_ELEMENTS(benches); i++) {
        if (strcmp(benches[i].name, wanted) == 0)
            return true;
        names[i] = benches[i].name;
    }
    complain("there is no benchmark '%s'; did you mean '%s'?", wanted,
             sim_nearest_name(wanted, names, G_N_ELEMENTS(names)));
    return false;
}

static ExitStatus bench_command(const Arguments *arguments)
{
    const char *wanted =
        arguments->operands->len > 0 ? g_ptr_array_index(arguments->operands, 0) : NULL;
    if (wanted != NULL && !is_bench(wanted))
        return STATUS_USAGE;
    g_autoptr(json_t) figures = json_object();
    Bench bench = { .json = arguments->json, .figures = figures };
    ExitStatus status = STATUS_HELD;
    for (size_t i = 0; i < G_N_ELEMENTS(benches) && !interrupt_seen(); i++) {
        if (wanted == NULL || strcmp(benches[i].name, wanted) == 0)
            status = status_worse(status, benches[i].run(&bench));
    }
    if (interrupt_seen())
        return STATUS_INTERRUPTED;
    if (bench.json) {
        g_autofree char *text = json_to_text(figures);
        fputs(text, stdout);
    }
    return status;
}

const Command command_bench = {
    .name = "bench",
    .operands = "[NAME]",
    .about = "measure the queue, the network and the whole",
    .more =
        "NAME is queue, network or flagship; all of them if not given. Each figure stands beside\n"
        "what it is meant to be. Compare figures of one machine and one hour only.\n",
    .options = OPTION_JSON,
    .high = 1,
    .run = bench_command,
};
