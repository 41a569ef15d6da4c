/* sim/run/run.c -- one run from file to result: load, build the world, tell the story, judge. */
#include "sim/run/run.h"

#include <string.h>

#include "sim/actions/record.h"
#include "sim/base/choice.h"
#include "sim/explain/world.h"
#include "sim/explore/explore.h"
#include "sim/export/export.h"
#include "sim/raft/group.h"
#include "sim/run/harm.h"
#include "sim/run/internal.h"
#include "sim/script/script.h"
#include "sim/study/study.h"
#include "sim/world/reality.h"

enum {
    PROGRESS_STEP = 1 << 14
}; /* events between two calls of progress */

/* --- judging --------------------------------------------------------------------------------- */

static bool is_divergence(const SimViolation *violation, const SimScript *script)
{
    return strcmp(violation->check, "eventually") == 0 || strcmp(violation->check, "core") == 0 ||
           (strcmp(violation->check, "within") == 0 && sim_script_too_late(script));
}

/* The violation that decides: the earliest unsafe one, else the earliest at all. */
static const SimViolation *judge(SimResult *result, const SimScript *script)
{
    const SimViolation *deciding = NULL;
    if (sim_script_error(script) != NULL) {
        result->verdict = SIM_VERDICT_ERROR;
        result->reason = g_strdup(sim_script_error(script));
        return NULL;
    }
    for (guint i = 0; i < result->violations->len; i++) {
        const SimViolation *violation = &g_array_index(result->violations, SimViolation, i);
        bool unsafe = !is_divergence(violation, script);
        if (deciding == NULL || (unsafe && result->verdict == SIM_VERDICT_DIVERGED)) {
            deciding = violation;
            result->verdict = unsafe ? SIM_VERDICT_UNSAFE : SIM_VERDICT_DIVERGED;
        }
    }
    if (deciding != NULL) {
        result->reason = g_strdup(deciding->message);
    } else if (sim_script_unseen(script) != NULL) {
        result->verdict = SIM_VERDICT_VACUOUS;
        result->reason = g_strdup(sim_script_unseen(script));
    } else {
        result->reason = g_strdup("");
    }
    return deciding;
}

static void take_script(SimResult *result, const SimScript *script)
{
    const GArray *measures = sim_script_measures(script);
    const GPtrArray *steps = sim_script_steps(script);
    for (guint i = 0; i < measures->len; i++) {
        const SimMeasure *measure = &g_array_index(measures, SimMeasure, i);
        SimMeasure copy = { g_strdup(measure->name), measure->value, g_strdup(measure->unit) };
        g_array_append_val(result->measures, copy);
    }
    SimMustSee met;
    for (size_t i = 0; i < sim_script_must_see(script, i, &met.kind, &met.count); i++) {
        g_array_append_val(result->must_see, met);
    }
    const GPtrArray *answers = sim_script_answers(script);
    for (guint i = 0; i < answers->len; i++) {
        g_ptr_array_add(result->answers, g_strdup(answers->pdata[i]));
    }
    for (guint i = 0; i < steps->len; i++) {
        g_ptr_array_add(result->steps, g_strdup(steps->pdata[i]));
    }
    const GArray *headings = sim_script_headings(script);
    for (guint i = 0; i < headings->len; i++) {
        const SimHeading *heading = &g_array_index(headings, SimHeading, i);
        const SimHeading copy = { heading->at_us, g_strdup(heading->text) };
        g_array_append_val(result->headings, copy);
    }
}

/* --- running --------------------------------------------------------------------------------- */

/* Does a planned choice not fit? Then the run is not the one that was asked for. */
static bool is_astray(const SimRunOptions *options, bool ended)
{
    return options->choices != NULL && sim_choices_misfit(options->choices, ended);
}

static bool step(SimWorld *world, int64_t until_us)
{
    const SimReality *reality = world->reality;
    return reality != NULL ? reality->step(reality->data, until_us)
                           : sim_world_step(world, until_us);
}

/* Runs to the story's end, @until_us or a stop; false if somebody asked to stop. */
static bool run_events(SimWorld *world, SimScript *script, const SimRunOptions *options,
                       int64_t until_us)
{
    const SimReality *reality = world->reality;
    for (uint64_t count = 1; !sim_script_done(script) && !is_astray(options, false); count++) {
        if (sim_world_is_unwanted(world)) {
            return false;
        }
        if (options->explorer != NULL ? !sim_explorer_step(options->explorer, until_us)
                                      : !step(world, until_us)) {
            break;
        }
        if (options->paranoid) {
            sim_study_check(world);
        }
        if ((reality != NULL || count % PROGRESS_STEP == 0) && options->progress != NULL &&
            !options->progress(options->progress_data, world->now_us, sim_script_awaited(script))) {
            return false;
        }
    }
    return true;
}

/* The same in one or two parts: up to the branch, and after it with other chance. */
static bool run_parts(SimWorld *world, SimScript *script, const SimRunOptions *options)
{
    const int64_t until_us = MIN(options->until_us, SIM_SCRIPT_TIME_LIMIT);
    if (options->branches && options->branch_us < until_us) {
        if (!run_events(world, script, options, options->branch_us)) {
            return false;
        }
        const SimPrng stream = sim_prng_stream(options->branch_seed, "branch");
        sim_world_redraw(world, stream.state);
        sim_script_redraw(script, stream.state);
    }
    return run_events(world, script, options, until_us);
}

static void log_not_loaded(const GPtrArray *names, const SimRunOptions *options)
{
    for (guint i = 0; i < names->len && options->log != NULL; i++) {
        g_autofree char *line =
            g_strdup_printf("%s had not loaded when the story began", (char *)names->pdata[i]);
        options->log(options->log_data, 0, line);
    }
}

/* What the script is to ask whether the run is still wanted. */
typedef struct Wanted {
    const SimRunOptions *options;
    const SimWorld *world;
    const SimScript *script;
} Wanted;

static bool is_wanted(void *data)
{
    const Wanted *wanted = data;
    const SimRunOptions *options = wanted->options;
    return options->progress == NULL ||
           options->progress(options->progress_data, wanted->world->now_us,
                             sim_script_awaited(wanted->script));
}

static uint64_t story_digest(void *script)
{
    return sim_script_digest(script);
}

static bool was_given_up(const SimRunOptions *options)
{
    return options->explorer != NULL && sim_explorer_gave_up(options->explorer);
}

/* A world as @options wants it, before its first event. (transfer full) */
static SimWorld *new_world(SimWorldSpec *spec, const SimRunOptions *options)
{
    SimWorld *world = sim_study_new(spec, options->seed, options->record, options->actions);
    if (options->sparse) {
        sim_trace_set_sparse(world->trace);
    }
    if (spec->raft) {
        sim_raft_attach(world);
    }
    if (options->unchecked) {
        sim_checks_mute(world->study->checks);
    }
    sim_network_allow_batches(world->network, !options->single_calls);
    if (options->payloads) {
        sim_trace_want_payloads(world->trace);
    }
    world->reality = options->reality;
    world->unwanted = options->unwanted;
    return world;
}

/* Simulated servers boot, real ones are begun. False if real ones could not be. */
static bool begin_servers(SimWorld *world, bool manual, const SimRunOptions *options)
{
    if (world->reality != NULL) {
        return world->reality->begin(world->reality->data, world);
    }
    g_autoptr(GPtrArray) not_loaded = g_ptr_array_new_with_free_func(g_free);
    sim_study_boot(world, manual ? NULL : not_loaded);
    if (!sim_world_is_unwanted(world)) {
        log_not_loaded(not_loaded, options);
    }
    return true;
}

static void inspect(const SimRunOptions *options, const SimWorld *world, const SimResult *result)
{
    if (options->inspect != NULL) {
        options->inspect(options->inspect_data, world, result);
    }
}

static void fail_with(SimResult *result, char *reason)
{
    result->verdict = SIM_VERDICT_ERROR;
    result->reason = reason;
}

/* The story was told, or is wrong: sets the verdict. The violation that decided it, or NULL. */
static const SimViolation *conclude(SimResult *result, SimScript *script, SimWorld *world,
                                    const SimRunOptions *options, bool early)
{
    const bool needs_raft = sim_script_needs_raft(script);
    const bool astray = is_astray(options, false);
    if (!early && !astray && !sim_script_done(script)) {
        sim_script_time_out(script);
    }
    sim_script_finish(script, !early && !astray);
    sim_result_take_world(result, world);
    take_script(result, script);
    if (needs_raft) {
        fail_with(result, g_strdup("explore cannot tell states apart that have Raft in them"));
    } else if (astray || (!early && is_astray(options, sim_script_error(script) == NULL))) {
        fail_with(result, sim_choices_describe_misfit(options->choices));
    } else {
        return judge(result, script);
    }
    return NULL;
}

/* What the result says in words: the explanation, and the texts that were asked for. */
static void write_texts(SimResult *result, const SimWorld *world, const SimViolation *deciding,
                        const SimRunOptions *options)
{
    if (deciding != NULL) {
        result->what = g_strdup(deciding->message);
        result->question = sim_explain_violation(world, deciding, result->why);
    }
    const SimExportSlice whole = sim_export_whole();
    if (options->record && !options->unwritten) {
        result->trace_text = g_string_free(sim_export(world, SIM_EXPORT_NDJSON, &whole), false);
    }
    if (options->history) {
        result->history_text = g_string_free(sim_export(world, SIM_EXPORT_HISTORY, &whole), false);
    }
}

/* The world's part of a run; the script is prepared. False if the run is to be begun again. */
static bool run_world(SimResult *result, SimScript *script, SimWorldSpec *spec,
                      const SimRunOptions *options)
{
    const bool manual = spec->manual_boot;
    spec->exact_timers = options->explorer != NULL;
    g_autoptr(SimWorld) world = new_world(spec, options);
    if (!begin_servers(world, manual, options)) {
        fail_with(result, g_strdup(""));
        inspect(options, world, result);
        return true;
    }
    if (options->explorer != NULL) {
        sim_explorer_begin(options->explorer, world, story_digest, script);
    }
    sim_script_set_choices(script, options->choices);
    Wanted wanted = { options, world, script };
    sim_script_ask_to_go_on(script, is_wanted, &wanted);
    sim_script_start(script, world);
    const bool asked_to_stop = !run_parts(world, script, options);
    const bool needs_raft = sim_script_needs_raft(script);
    const bool again = needs_raft && options->explorer == NULL;
    if (!again) {
        const bool early = asked_to_stop || was_given_up(options) || needs_raft ||
                           (!sim_script_done(script) && world->now_us >= options->until_us);
        const SimViolation *deciding = conclude(result, script, world, options, early);
        result->harm = sim_run_harm(result);
        write_texts(result, world, deciding, options);
        inspect(options, world, result);
    }
    sim_script_ask_to_go_on(script, NULL, NULL);
    sim_script_drop_world(script);
    return !again;
}

/* Of a run that was begun again, the lines that were told the first time are not told again. */
typedef struct Teller {
    const SimRunOptions *options;
    guint told, skipped;
} Teller;

static void tell_line(void *data, int64_t now_us, const char *text)
{
    Teller *teller = data;
    if (teller->skipped > 0) {
        teller->skipped--;
        return;
    }
    teller->told++;
    teller->options->log(teller->options->log_data, now_us, text);
}

/* False if it met a verb that needs Raft, without: the result is as it was. */
static bool run_once(SimResult *result, const SimScenario *scenario, const SimRunOptions *options,
                     bool with_raft, bool *usage)
{
    g_autoptr(SimScript) script = sim_script_new(sim_scenario_path(scenario), options->seed);
    size_t size;
    const char *text = sim_scenario_text(scenario, &size);
    GError *error = NULL;
    SimWorldSpec *spec = NULL;
    sim_script_set_log(script, options->log, options->log_data);
    if (with_raft) {
        sim_script_ask_raft(script);
    }
    sim_script_set_limit(script, options->limit);
    sim_script_ask_profile(script, options->profile);
    if (sim_script_give(script, options->settings, options->n_settings, &error) &&
        sim_script_load(script, text, size, &error) &&
        sim_script_set(script, options->settings, options->n_settings, &error) &&
        sim_script_prepare(script, &error)) {
        spec = sim_script_topology(script, options->profile, &error);
    }
    if (usage != NULL) {
        *usage =
            error != NULL && g_error_matches(error, SIM_SCENARIO_ERROR, SIM_SCENARIO_ERROR_USAGE);
    }
    result->params = sim_script_params(script, &result->n_params);
    result->profile =
        g_strdup(sim_script_profile(script) != NULL ? sim_script_profile(script) : "");
    if (spec == NULL) {
        result->verdict = SIM_VERDICT_ERROR;
        result->reason = g_strdup(error->message);
        g_error_free(error);
    } else if (!run_world(result, script, spec, options)) {
        sim_params_free(result->params, result->n_params);
        result->params = NULL;
        g_clear_pointer(&result->profile, g_free);
        return false;
    }
    return true;
}

SimResult *sim_run(const SimScenario *scenario, const SimRunOptions *options, bool *usage)
{
    int64_t began = g_get_monotonic_time();
    SimResult *result = sim_result_new(scenario, options->seed);
    Teller teller = { .options = options };
    SimRunOptions retold = *options;
    if (options->log != NULL) {
        retold.log = tell_line;
        retold.log_data = &teller;
    }
    if (!run_once(result, scenario, &retold, false, usage)) {
        teller.skipped = teller.told;
        if (options->actions != NULL) {
            sim_record_clear(options->actions);
        }
        if (options->choices != NULL) {
            sim_choices_restart(options->choices);
        }
        run_once(result, scenario, &retold, true, usage);
    }
    if (result->harm == NULL) {
        result->harm = g_strdup("");
    }
    if (result->what == NULL) {
        result->what = g_strdup(result->reason);
    }
    result->wall_s = (double)(g_get_monotonic_time() - began) / 1e6;
    return result;
}
