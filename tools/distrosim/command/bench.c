/* tools/distrosim/command/bench.c -- distrosim bench: how fast is it here, and how fast should it
 * be? The aims and where they come from: results/scale/README.md. */
#include "tools/distrosim/bench/bench.h"

#include <stdio.h>
#include <string.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/hint.h"
#include "tools/distrosim/cli/interrupt.h"
#include "tools/distrosim/command/table.h"

static const struct {
    const char *name;
    ExitStatus (*run)(Bench *bench);
    bool long_one; /* only if asked for */
} benches[] = {
    { "queue", bench_queue, false },    { "network", bench_network, false },
    { "codec", bench_codec, false },    { "core", bench_core, false },
    { "verify", bench_verify, false },  { "flagship", bench_flagship, false },
    { "growth", bench_growth, false },  { "sweep", bench_sweep, false },
    { "alibaba", bench_alibaba, true },
};

static bool is_bench(const char *wanted)
{
    const char *names[G_N_ELEMENTS(benches)];
    for (size_t i = 0; i < G_N_ELEMENTS(benches); i++) {
        if (strcmp(benches[i].name, wanted) == 0) {
            return true;
        }
        names[i] = benches[i].name;
    }
    g_autofree char *hint = hint_names(wanted, names, G_N_ELEMENTS(names));
    complain("there is no benchmark '%s'; %s", wanted, hint);
    return false;
}

static bool is_wanted(size_t index, const char *wanted)
{
    return wanted != NULL ? strcmp(benches[index].name, wanted) == 0 : !benches[index].long_one;
}

static ExitStatus bench_command(const Arguments *arguments)
{
    const char *wanted =
        arguments->operands->len > 0 ? g_ptr_array_index(arguments->operands, 0) : NULL;
    if (wanted != NULL && !is_bench(wanted)) {
        return STATUS_USAGE;
    }
    g_autoptr(json_t) figures = json_object();
    Bench bench = { .json = arguments->json, .figures = figures };
    ExitStatus status = STATUS_HELD;
    for (size_t i = 0; i < G_N_ELEMENTS(benches) && !interrupt_seen(); i++) {
        if (is_wanted(i, wanted)) {
            status = status_worse(status, benches[i].run(&bench));
        }
    }
    if (interrupt_seen()) {
        return STATUS_INTERRUPTED;
    }
    if (bench.json) {
        g_autofree char *text = json_to_text(figures);
        fputs(text, stdout);
    }
    return status;
}

const Command command_bench = {
    .name = "bench",
    .operands = "[NAME]",
    .about = "measure the queue, the network, the core and the whole",
    .more =
        "NAME is queue, network, codec, core, verify, flagship, growth or sweep; all of them if "
        "not\n"
        "given; or alibaba (100 servers, 470,000 instances), which takes minutes and gigabytes. "
        "Each\n"
        "figure stands beside what it is meant to be. Times are CPU times, but for the sweep's. "
        "Compare\n"
        "figures of one machine and one hour only; tools/bench-compare runs two commits in turn.\n",
    .options = (const OptionId[]) { OPTION_JSON, OPTIONS_END },
    .high = 1,
    .run = bench_command,
};
