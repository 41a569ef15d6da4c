/* sim/shrink/shrink.c -- cuts a failing story down, a candidate and a run at a time. */
#include "sim/shrink/internal.h"

#include <string.h>

enum {
    ROUNDS = 6,
    SEEDS_SHOWN = 10
};

/* --- a search -------------------------------------------------------------------------------- */

static unsigned count_actions(const SimStory *story)
{
    unsigned count = 0;
    for (guint i = 0; story != NULL && i < story->steps->len; i++) {
        SimActionKind kind = g_array_index(story->steps, SimStoryStep, i).action->kind;
        count += kind != SIM_ACTION_CLAIM && kind != SIM_ACTION_END;
    }
    return count;
}

static bool go_on(Shrink *shrink)
{
    const SimShrinkOptions *options = shrink->options;
    if (g_get_monotonic_time() - shrink->began_us > options->within_us) {
        shrink->stopped = true;
    }
    if (!shrink->stopped && options->progress != NULL &&
        !options->progress(options->progress_data, shrink->tried, count_actions(shrink->best))) {
        shrink->stopped = true;
    }
    return !shrink->stopped;
}

static bool during_run(void *data, int64_t now_us, int64_t awaited_us)
{
    (void)now_us, (void)awaited_us;
    return go_on(data);
}

/* Runs @text; does it fail in the way that we look for? Then @way (to be cleared) tells of it. */
static bool run_text(Shrink *shrink, const char *text, uint64_t seed, bool stand_in, Way *way)
{
    g_autoptr(SimScenario) candidate = sim_scenario_retold(shrink->scenario, text);
    g_autoptr(SimRecording) record = sim_record_new();
    SimRunOptions options = { .seed = seed,
                              .until_us = INT64_MAX,
                              .progress = during_run,
                              .progress_data = shrink,
                              .actions = record };
    shrink->tried++;
    g_autoptr(SimResult) result = sim_run(candidate, &options, NULL);
    if (shrink->stopped || !shrink_read_way(result, record, way)) {
        return false;
    }
    if (shrink_same_way(way, &shrink->way, stand_in)) {
        return true;
    }
    shrink_way_clear(way);
    return false;
}

/* Is @story (taken) one that fails the same way? Then it is the best from now on. */
bool shrink_attempt(Shrink *shrink, SimStory *story)
{
    g_autoptr(SimStory) candidate = story;
    if (!go_on(shrink)) {
        return false;
    }
    char *text = sim_story_text(candidate, NULL);
    if (!g_hash_table_add(shrink->seen, text)) {
        return false; /* tried before, and not better than what we have */
    }
    Way way;
    if (!run_text(shrink, text, shrink->seed, candidate->stand_in, &way)) {
        return false;
    }
    if (shrink->best != NULL) {
        shrink_way_clear(&shrink->best_way);
        sim_story_free(shrink->best);
    }
    shrink->best = g_steal_pointer(&candidate);
    shrink->best_way = way;
    return true;
}

/* --- the flat story -------------------------------------------------------------------------- */

SimStoryStep *shrink_step(const SimStory *story, guint index)
{
    return &g_array_index(story->steps, SimStoryStep, index);
}

/* Chance belongs to the scenario; measured spreads have no text of their own. */
static void forget_spreads(SimStage *stage)
{
    for (guint i = 0; i < stage->links->len; i++) {
        g_array_index(stage->links, SimLink, i).spread_q32 = 0;
    }
}

static const SimAction *mark_action(Shrink *shrink, SimActionKind kind)
{
    SimAction **action = kind == SIM_ACTION_CLAIM ? &shrink->claim_action : &shrink->end_action;
    if (*action == NULL) {
        *action = sim_action_new(kind, 0);
        g_ptr_array_add(shrink->edited, *action);
    }
    return *action;
}

/* Appends @action at @at_us of the run; @cursor_us is where the story stands. */
static void add_step(SimStory *story, const SimAction *action, int64_t at_us, int64_t *cursor_us)
{
    SimStoryStep step = { .action = action, .gap_us = MAX(0, at_us - *cursor_us) };
    *cursor_us = MAX(*cursor_us, at_us);
    g_array_append_val(story->steps, step);
}

/* An operation is waited for if it ended before the next step; else it is posted. */
static void settle_waits(SimStory *story)
{
    for (guint i = 0; i + 1 < story->steps->len; i++) {
        SimStoryStep *step = shrink_step(story, i), *next = shrink_step(story, i + 1);
        const SimAction *action = step->action;
        if (!sim_action_type(action->kind)->waits) {
            continue;
        }
        /* Acknowledgements on a LAN take a millisecond: that much may be moved. */
        int64_t slack_us = action->took_us <= SECOND_US / 10 ? SECOND_US / 10 : 0;
        step->posts = action->took_us < 0 || action->took_us > next->gap_us + slack_us;
        if (!step->posts) {
            next->gap_us = MAX(0, next->gap_us - action->took_us);
        }
    }
}

static bool is_claims_own_operation(const SimClaim *claim, const SimAction *action)
{
    return claim != NULL && claim->op != NULL && action->kind == claim->op->kind &&
           action->at_us == claim->op->at_us && action->client == claim->op->client;
}

/* When the claim begins in the run; -1 if it does not stand in the story. */
static int64_t claim_begins(const SimClaim *claim)
{
    if (claim == NULL || claim->in_field) {
        return -1;
    }
    return claim->op != NULL ? claim->op->at_us : claim->begun_us;
}

typedef bool (*KeepAction)(const Shrink *shrink, const SimAction *action);

/* The run told again up to its failure, with the actions that @keep accepts. */
static SimStory *flat_story(Shrink *shrink, const SimClaim *claim, bool stand_in, KeepAction keep)
{
    const GPtrArray *actions = shrink->record->actions;
    SimStory *story = g_new0(SimStory, 1);
    *story = (SimStory) {
        .record = shrink->record,
        .claim = claim,
        .stand_in = stand_in,
        .stage = sim_stage_copy(&shrink->record->stage),
        .steps = g_array_new(false, false, sizeof(SimStoryStep)),
    };
    forget_spreads(&story->stage);
    int64_t cursor_us = 0, claim_us = stand_in && !(claim->kind == SIM_CLAIM_SETTLE)
                                          ? shrink->way.at_us
                                          : claim_begins(claim);
    bool claimed = claim_us < 0;
    for (guint i = 0; i < actions->len; i++) {
        const SimAction *action = actions->pdata[i];
        if (action->at_us > shrink->way.at_us) {
            break;
        }
        if (!claimed && action->at_us > claim_us && claim->kind != SIM_CLAIM_EVENTUALLY &&
            claim->kind != SIM_CLAIM_WITHIN && claim->kind != SIM_CLAIM_SETTLE) {
            add_step(story, mark_action(shrink, SIM_ACTION_CLAIM), claim_us, &cursor_us);
            claimed = true;
        }
        if (keep(shrink, action) && !is_claims_own_operation(claim, action)) {
            add_step(story, action, action->at_us, &cursor_us);
        }
    }
    if (!claimed) {
        add_step(story, mark_action(shrink, SIM_ACTION_CLAIM), claim_us, &cursor_us);
    }
    bool goes_on =
        claim == NULL || claim->kind == SIM_CLAIM_ALWAYS || claim->kind == SIM_CLAIM_NEVER;
    if (goes_on) {
        add_step(story, mark_action(shrink, SIM_ACTION_END), shrink->way.at_us + SECOND_US,
                 &cursor_us);
    }
    settle_waits(story);
    return story;
}

static bool keep_all(const Shrink *shrink, const SimAction *action)
{
    (void)shrink;
    (void)action;
    return true;
}

static bool names_client(const SimClaim *claim, uint32_t client)
{
    for (guint i = 0; claim != NULL && i < claim->bindings->len; i++) {
        const SimValue *value = ((const SimBinding *)claim->bindings->pdata[i])->value;
        if (value != NULL && value->kind == SIM_VALUE_CLIENT && value->index == client) {
            return true;
        }
    }
    return false;
}

/* Whom the failure is about and whom its claim names: often no other matters. */
static bool keep_subjects(const Shrink *shrink, const SimAction *action)
{
    return action->client == UINT32_MAX || action->client == shrink->subject ||
           names_client(shrink->claim, action->client);
}

/* --- the search ------------------------------------------------------------------------------ */

static void search(Shrink *shrink)
{
    for (int round = 0; round < ROUNDS && !shrink->stopped; round++) {
        if (!shrink_round(shrink)) {
            return;
        }
    }
}

/* A first story that fails: the subjects alone or everybody, with seed 1 or the run's own. */
static bool find_first(Shrink *shrink, bool stand_in, const char *check, const char *budget)
{
    const uint64_t seeds[] = { 1, shrink->options->seed };
    static const KeepAction keeps[] = { keep_subjects, keep_all };
    for (size_t s = 0; s < G_N_ELEMENTS(seeds) && (s == 0 || seeds[s] != seeds[0]); s++) {
        shrink->seed = seeds[s];
        g_hash_table_remove_all(shrink->seen);
        for (size_t k = 0; k < G_N_ELEMENTS(keeps); k++) {
            SimStory *story = flat_story(shrink, shrink->claim, stand_in, keeps[k]);
            story->check = check;
            story->budget = budget;
            if (shrink_attempt(shrink, shrink_purged(story))) {
                return true;
            }
        }
    }
    return false;
}

/* --- from a run to a search ------------------------------------------------------------------ */

static const char *find_check(const char *name)
{
    for (int kind = 0; kind < SIM_N_CHECKS; kind++) {
        if (g_strcmp0(sim_check_type((SimCheckKind)kind)->name, name) == 0) {
            return sim_check_type((SimCheckKind)kind)->name;
        }
    }
    return NULL;
}

static const char *find_budget(const SimRecording *record, const char *figure)
{
    g_autofree char *name = figure != NULL ? g_strdup_printf("[\"%s\"]", figure) : NULL;
    for (guint i = 0; name != NULL && i < record->budgets->len; i++) {
        if (g_str_has_prefix(record->budgets->pdata[i], name)) {
            return record->budgets->pdata[i];
        }
    }
    return NULL;
}

static void fail(SimShrinkResult *result, SimShrinkOutcome outcome, char *reason)
{
    result->outcome = outcome;
    g_free(result->reason);
    result->reason = reason;
}

static char *why_impossible(const Shrink *shrink)
{
    const SimClaim *claim = shrink->claim;
    if (claim != NULL && claim->why_not != NULL) {
        return g_strdup_printf("this claim (%s) cannot be told without its story: %s",
                               shrink->way.check, claim->why_not);
    }
    return g_strdup_printf("the failure (%s) does not come again when its %u deeds are told one "
                           "after the other, with seed 1 or %" G_GUINT64_FORMAT
                           ": it hangs on chance that the story draws",
                           shrink->way.check, shrink->record->actions->len, shrink->options->seed);
}

static bool begin(Shrink *shrink)
{
    const char *check = find_check(shrink->way.check);
    const char *budget = find_budget(shrink->record, shrink->way.figure);
    const SimClaim *claim = shrink->claim;
    if (claim == NULL && check == NULL && budget == NULL) {
        return false;
    }
    if (claim == NULL || claim->why_not == NULL) {
        if (find_first(shrink, false, check, budget)) {
            return true;
        }
    }
    return claim != NULL && shrink_can_stand_in(claim) && find_first(shrink, true, NULL, NULL);
}

static unsigned count_failing_seeds(Shrink *shrink, const char *text)
{
    unsigned failing = 0;
    for (uint64_t seed = 1; seed <= SEEDS_SHOWN && !shrink->stopped; seed++) {
        Way way;
        if (!run_text(shrink, text, seed, shrink->best->stand_in, &way)) {
            continue;
        }
        failing++;
        shrink_way_clear(&way);
    }
    return failing;
}

static void take_best(Shrink *shrink, SimShrinkResult *result)
{
    result->finished = !shrink->stopped;
    result->outcome = SIM_SHRINK_DONE;
    result->text = sim_story_text(shrink->best, &result->lines);
    result->seed = shrink->seed;
    result->check = g_strdup(shrink->best_way.check);
    result->message = g_strdup(shrink->best_way.message);
    result->exit_status = sim_verdict_exit_status(shrink->best_way.verdict);
    result->actions = count_actions(shrink->best);
    result->seeds_counted = !shrink->stopped;
    result->seeds_failing = count_failing_seeds(shrink, result->text);
    result->seeds_counted = result->seeds_counted && !shrink->stopped;
    result->tried = shrink->tried;
}

static void shrink_failure(Shrink *shrink, const SimResult *run, SimShrinkResult *result)
{
    int index = shrink_deciding(run);
    const SimViolation *violation = &g_array_index(run->violations, SimViolation, (guint)index);
    shrink->claim = shrink_claim_of(shrink->record, violation);
    shrink->subject = violation->client;
    if (shrink->claim != NULL && shrink->subject == UINT32_MAX) {
        shrink->subject = shrink->claim->client;
    }
    result->actions_before = shrink->record->actions->len;
    if (!begin(shrink)) {
        result->tried = shrink->tried;
        if (shrink->stopped) {
            fail(result, SIM_SHRINK_STOPPED, g_strdup("nothing that fails was found in time"));
        } else {
            fail(result, SIM_SHRINK_IMPOSSIBLE, why_impossible(shrink));
        }
        return;
    }
    search(shrink);
    take_best(shrink, result);
}

static SimResult *run_original(Shrink *shrink, SimRecording *record, bool *usage)
{
    const SimShrinkOptions *options = shrink->options;
    SimRunOptions run = { .seed = options->seed,
                          .settings = options->settings,
                          .n_settings = options->n_settings,
                          .profile = options->profile,
                          .until_us = INT64_MAX,
                          .progress = during_run,
                          .progress_data = shrink,
                          .actions = record };
    return sim_run(shrink->scenario, &run, usage);
}

static void shrink_run(Shrink *shrink, const SimResult *run, SimShrinkResult *result)
{
    if (run->verdict == SIM_VERDICT_ERROR) {
        fail(result, SIM_SHRINK_WRONG, g_strdup(run->reason));
    } else if (shrink->stopped) {
        fail(result, SIM_SHRINK_STOPPED, g_strdup("the run itself did not end in time"));
    } else if (!shrink_read_way(run, shrink->record, &shrink->way)) {
        fail(result, SIM_SHRINK_HOLDS,
             g_strdup(run->verdict == SIM_VERDICT_VACUOUS ? run->reason : "everything held"));
    } else {
        shrink_failure(shrink, run, result);
        shrink_way_clear(&shrink->way);
    }
}

SimShrinkResult *sim_shrink(const SimScenario *scenario, const SimShrinkOptions *options)
{
    g_autoptr(SimRecording) record = sim_record_new();
    SimShrinkResult *result = g_new0(SimShrinkResult, 1);
    Shrink shrink = {
        .scenario = scenario,
        .options = options,
        .record = record,
        .began_us = g_get_monotonic_time(),
        .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .edited = g_ptr_array_new_with_free_func((GDestroyNotify)sim_action_free),
    };
    result->reason = g_strdup("");
    g_autoptr(SimResult) run = run_original(&shrink, record, &result->usage);
    shrink_run(&shrink, run, result);
    if (shrink.best != NULL) {
        shrink_way_clear(&shrink.best_way);
        sim_story_free(shrink.best);
    }
    g_hash_table_unref(shrink.seen);
    g_ptr_array_unref(shrink.edited);
    result->wall_s = (double)(g_get_monotonic_time() - shrink.began_us) / 1e6;
    return result;
}

void sim_shrink_result_free(SimShrinkResult *result)
{
    if (result == NULL) {
        return;
    }
    g_free(result->reason);
    g_free(result->text);
    g_free(result->check);
    g_free(result->message);
    g_free(result);
}
