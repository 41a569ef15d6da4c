/* tools/distrosim/run/runner.c -- see runner.h. */
#include "tools/distrosim/run/runner.h"

#include <stdio.h>

#include "sim/explore/explore.h"

#include "tools/distrosim/cli/interrupt.h"
#include "tools/distrosim/cli/memory.h"
#include "tools/distrosim/cli/terminal.h"

static bool on_progress(void *data, int64_t now_us, int64_t awaited_us)
{
    const Runner *runner = data;
    if (runner->progress != NULL) {
        progress_virtual(runner->progress, now_us, awaited_us);
    }
    return !interrupt_seen() &&
           !(runner->memory_limit > 0 && memory_is_above(runner->memory_limit));
}

static void on_log(void *data, int64_t now_us, const char *text)
{
    const Runner *runner = data;
    if (runner->progress != NULL) {
        progress_hide(runner->progress);
    }
    g_autofree char *harmless = terminal_harmless(text);
    printf("%12.3f s  %s\n", (double)now_us / 1e6, harmless);
}

SimResult *runner_run(const Runner *runner, bool *usage)
{
    const Request *request = runner->request;
    SimRunOptions options = {
        .seed = runner->seed,
        .settings = (const SimSetting *)(void *)request->settings->data,
        .n_settings = request->settings->len,
        .profile = request->profile,
        .record = runner->record || runner->history,
        .unwritten = runner->unwritten,
        .sparse = runner->sparse,
        .history = runner->history,
        .until_us = runner->until_us,
        .progress = on_progress,
        .progress_data = (void *)runner,
        .unwanted = interrupt_flag(),
        .log = runner->narrate ? on_log : NULL,
        .log_data = (void *)runner,
        .payloads = runner->payloads,
        .single_calls = request->single_calls,
        .paranoid = request->paranoid,
        .inspect = runner->inspect,
        .inspect_data = runner->inspect_data,
        .branches = runner->branches,
        .branch_us = runner->branch_us,
        .branch_seed = runner->branch_seed,
    };
    g_autoptr(SimChoices) choices =
        runner->choices != NULL ? runner->choices(runner->choices_data) : NULL;
    options.choices = choices;
    g_autoptr(SimExplorer) explorer =
        runner->explores ? sim_explorer_new(runner->kinds, choices) : NULL;
    options.explorer = explorer;
    SimResult *result = sim_run(runner->scenario, &options, usage);
    if (runner->chosen != NULL) {
        runner->chosen(runner->choices_data, choices, result);
    }
    if (runner->progress != NULL) {
        progress_hide(runner->progress);
    }
    if (!interrupt_seen() && !memory_was_exceeded()) {
        return result;
    }
    sim_result_free(result);
    return NULL;
}

bool runner_is_red(const SimResult *result)
{
    return result->verdict == SIM_VERDICT_UNSAFE || result->verdict == SIM_VERDICT_DIVERGED ||
           result->verdict == SIM_VERDICT_VACUOUS;
}

void runner_set_nondeterministic(SimResult *result, uint64_t expected, const char *other)
{
    result->verdict = SIM_VERDICT_NONDETERMINISTIC;
    g_free(result->reason);
    result->reason = g_strdup_printf("the fingerprint is %016" G_GINT64_MODIFIER
                                     "x, but that of %s is %016" G_GINT64_MODIFIER "x",
                                     result->fingerprint, other, expected);
    g_free(result->what);
    result->what = g_strdup(result->reason);
}

SimResult *runner_explain(const Runner *runner, SimResult *result)
{
    if (!runner_is_red(result) || result->trace_text != NULL) {
        return result;
    }
    Runner again = *runner;
    again.record = true;
    again.sparse = false;
    again.narrate = false;
    SimResult *recorded = runner_run(&again, NULL);
    if (recorded == NULL) {
        sim_result_free(result);
        return NULL;
    }
    if (recorded->fingerprint != result->fingerprint) {
        runner_set_nondeterministic(recorded, result->fingerprint, "the same run a moment earlier");
    }
    recorded->wall_s = result->wall_s; /* of the run that did not have to keep a trace */
    sim_result_free(result);
    return recorded;
}
