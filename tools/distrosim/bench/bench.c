/* tools/distrosim/bench/bench.c -- the hot paths by themselves, against the clock. */
#include "tools/distrosim/bench/bench.h"

#include <stdio.h>

#include "sim/bench/bench.h"
#include "tools/distrosim/bench/instructions.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/cli/interrupt.h"

enum {
    QUEUE_OPERATIONS = 5000000,
    NETWORK_NODES = 100,
    NETWORK_MESSAGES = 2000000,
    CODEC_MESSAGES = 2000000,
    STEPS = 2000000,
    VERIFY_NODES = 30,
    VERIFY_CLIENTS = 1000,
};

/* --- telling ------------------------------------------------------------------------------ */

static void keep_figure(Bench *bench, const Figure *figure)
{
    json_t *kept = json_object();
    json_object_set_new(kept, "value", json_real(figure->value));
    json_object_set_new(kept, "unit", json_string(figure->unit));
    json_object_set_new(kept, "aim", figure->aim > 0 ? json_real(figure->aim) : json_null());
    json_object_set_new(kept, "instructions",
                        figure->instructions > 0 ? json_real(figure->instructions) : json_null());
    json_object_set_new(bench->figures, figure->name, kept);
}

/* Of what is near one, a hundredth decides. */
static char *figure_text(double value)
{
    return value < 10 ? g_strdup_printf("%.2f", value) : format_rate(value);
}

void bench_tell(Bench *bench, const Figure *figure)
{
    keep_figure(bench, figure);
    if (bench->json) {
        return;
    }
    g_autofree char *shown = figure_text(figure->value);
    g_autofree char *wanted = figure_text(figure->aim);
    printf("%-26s %9s %-26s", figure->name, shown, figure->unit);
    if (figure->aim > 0) {
        printf("  aim at %s %s, %s", figure->at_most ? "most" : "least", wanted,
               (figure->value <= figure->aim) == figure->at_most ? "met" : "missed");
    }
    if (figure->instructions > 0) {
        printf("  (%.0f instructions each)", figure->instructions);
    }
    putchar('\n');
    fflush(stdout);
}

/* --- hot paths by themselves -------------------------------------------------------------- */

/* @ns per operation, which makes @operations in all: a rate. */
static void tell_rate(Bench *bench, const char *name, double ns, const char *unit, double aim,
                      size_t operations, uint64_t instructions)
{
    const Figure figure = { .name = name,
                            .value = 1e9 / ns,
                            .unit = unit,
                            .aim = aim,
                            .instructions = (double)instructions / (double)operations };
    bench_tell(bench, &figure);
}

ExitStatus bench_queue(Bench *bench)
{
    static const struct {
        const char *name;
        size_t pending;
        double aim;
    } sizes[] = { { "queue, 1e3 pending", 1000, 0 },
                  { "queue, 1e5 pending", 100000, 0 },
                  { "queue, 1e6 pending", 1000000, 30e6 } };
    for (size_t i = 0; i < G_N_ELEMENTS(sizes) && !interrupt_seen(); i++) {
        instructions_begin();
        double ns = sim_bench_queue(sizes[i].pending, QUEUE_OPERATIONS);
        tell_rate(bench, sizes[i].name, ns, "operations/s", sizes[i].aim,
                  QUEUE_OPERATIONS + 2 * sizes[i].pending, instructions_end());
    }
    return STATUS_HELD;
}

ExitStatus bench_network(Bench *bench)
{
    instructions_begin();
    double ns = sim_bench_network(NETWORK_NODES, NETWORK_MESSAGES);
    tell_rate(bench, "network, 100 nodes", ns, "messages/s", 10e6,
              NETWORK_MESSAGES + NETWORK_MESSAGES / 10, instructions_end());
    return STATUS_HELD;
}

ExitStatus bench_codec(Bench *bench)
{
    instructions_begin();
    double ns = sim_bench_codec(CODEC_MESSAGES);
    tell_rate(bench, "codec, CHANGE", ns, "written and read/s", 0, CODEC_MESSAGES,
              instructions_end());
    return STATUS_HELD;
}

ExitStatus bench_core(Bench *bench)
{
    instructions_begin();
    double ns = sim_bench_step(STEPS);
    tell_rate(bench, "core, one VERIFY", ns, "steps/s", 0, STEPS, instructions_end());
    return STATUS_HELD;
}

ExitStatus bench_verify(Bench *bench)
{
    const Figure figure = { .name = "VERIFY in flights",
                            .value = sim_bench_verify(VERIFY_NODES, VERIFY_CLIENTS),
                            .unit = "ns per item",
                            .aim = 50,
                            .at_most = true };
    bench_tell(bench, &figure);
    return STATUS_HELD;
}
