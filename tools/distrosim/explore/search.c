/* tools/distrosim/explore/search.c -- see search.h. */
#include "tools/distrosim/explore/search.h"

#include <string.h>

#include "sim/explore/explore.h"
#include "tools/distrosim/cli/interrupt.h"
#include "tools/distrosim/run/choice_file.h"
#include "tools/distrosim/sweep/pool.h"

enum {
    WAVE = 64 /* trials; the same whatever the number of threads */
};

/* A step that was explored before at this instant, and need not come before what it does not
 * concern. */
typedef struct Sleeper {
    uint64_t id;
    SimEndpoint handler;
    bool fault;
} Sleeper;

/* A trial that is still to be made. */
typedef struct Item {
    Deviation *path;
    Sleeper *sleepers; /* after the last deviation */
    uint32_t n_path, n_sleepers;
    uint32_t faults;
} Item;

typedef struct Child {
    Item item;
    guint after; /* so many of the trial's states were new before it */
} Child;

/* A state of a trial: at a quiet instant, or with packets in flight and some steps asleep. */
typedef struct Seen {
    uint64_t state;
    int64_t excused_us;
    bool in_flight;
    uint32_t n_asleep;
    uint64_t *asleep; /* ids */
} Seen;

/* What is known of a state with packets in flight: from there all was tried but what was asleep
 * (Godefroid 1996, sleep sets with state matching). */
typedef struct KnownFlight {
    int64_t excused_us;
    uint32_t n_asleep;
    uint64_t *asleep;
} KnownFlight;

typedef struct Trial {
    const Search *search;
    const Item *item;
    SimExplorer *explorer;
    GArray *path;     /* Deviation: as taken so far */
    guint next;       /* of the item's path */
    GArray *sleepers; /* Sleeper */
    /* what came out: */
    bool made, ended, met_all;
    GArray *children; /* Child */
    GArray *seen;     /* Seen */
    uint64_t transitions, depth;
    guint failed_after; /* as Child.after */
    const SimViolation *failed;
    int64_t failed_us;
    char *failed_check;
    SimVerdict failed_verdict;
    bool excused;
    bool wrong, usage;
    char *undigested;
    SimResult *result;
} Trial;

/* --- states ---------------------------------------------------------------------------------- */

static void clear_seen(gpointer data)
{
    g_free(((Seen *)data)->asleep);
}

static void free_known_flight(gpointer data)
{
    g_free(((KnownFlight *)data)->asleep);
    g_free(data);
}

static bool is_among(uint64_t id, const uint64_t *ids, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (ids[i] == id) {
            return true;
        }
    }
    return false;
}

/* Was all that is awake in @seen tried from there before? */
static bool covers_flight(const KnownFlight *known, const Seen *seen)
{
    bool covers = known->excused_us <= seen->excused_us;
    for (uint32_t i = 0; i < known->n_asleep && covers; i++) {
        covers = is_among(known->asleep[i], seen->asleep, seen->n_asleep);
    }
    return covers;
}

static bool is_known(const Search *search, const Seen *seen)
{
    if (search->endless) {
        return false;
    }
    if (seen->in_flight) {
        const KnownFlight *known = g_hash_table_lookup(search->flights, &seen->state);
        return known != NULL && covers_flight(known, seen);
    }
    const int64_t *known_us = g_hash_table_lookup(search->known, &seen->state);
    return known_us != NULL && *known_us <= seen->excused_us;
}

/* What is asleep in both stays so. */
static void enter_flight(Search *search, const Seen *seen)
{
    KnownFlight *known = g_hash_table_lookup(search->flights, &seen->state);
    if (known == NULL) {
        known = g_new0(KnownFlight, 1);
        known->excused_us = seen->excused_us;
        known->n_asleep = seen->n_asleep;
        known->asleep = g_memdup2(seen->asleep, seen->n_asleep * sizeof(uint64_t));
        g_hash_table_insert(search->flights, g_memdup2(&seen->state, sizeof seen->state), known);
        return;
    }
    uint32_t left = 0;
    for (uint32_t i = 0; i < known->n_asleep; i++) {
        if (is_among(known->asleep[i], seen->asleep, seen->n_asleep)) {
            known->asleep[left++] = known->asleep[i];
        }
    }
    known->n_asleep = left;
    known->excused_us = MIN(known->excused_us, seen->excused_us);
}

static void enter_state(Search *search, const Seen *seen)
{
    if (seen->in_flight) {
        enter_flight(search, seen);
        return;
    }
    int64_t *known_us = g_hash_table_lookup(search->known, &seen->state);
    if (known_us == NULL) {
        g_hash_table_insert(search->known, g_memdup2(&seen->state, sizeof seen->state),
                            g_memdup2(&seen->excused_us, sizeof seen->excused_us));
    } else {
        *known_us = MIN(*known_us, seen->excused_us);
    }
}

/* --- items ----------------------------------------------------------------------------------- */

static void clear_item(Item *item)
{
    g_free(item->path);
    g_free(item->sleepers);
}

static bool is_independent(const Sleeper *sleeper, const SimOption *option)
{
    return sleeper->handler != SIM_NO_ENDPOINT && option->handler != SIM_NO_ENDPOINT &&
           sleeper->handler != option->handler && !(sleeper->fault && option->fault);
}

static bool is_asleep(const Trial *trial, const SimOption *option)
{
    for (guint i = 0; i < trial->sleepers->len; i++) {
        if (g_array_index(trial->sleepers, Sleeper, i).id == option->id) {
            return true;
        }
    }
    return false;
}

/* Those that stay asleep when @option is taken. */
static GArray *stay_asleep(const GArray *sleepers, const SimOption *option)
{
    GArray *left = g_array_new(false, false, sizeof(Sleeper));
    for (guint i = 0; i < sleepers->len; i++) {
        const Sleeper *sleeper = &g_array_index(sleepers, Sleeper, i);
        if (is_independent(sleeper, option)) {
            g_array_append_val(left, *sleeper);
        }
    }
    return left;
}

/* --- on the threads: choices ----------------------------------------------------------------- */

static void take(Trial *trial, uint64_t index, uint64_t chosen)
{
    const Deviation deviation = { (uint32_t)index, (uint32_t)chosen };
    trial->transitions++;
    trial->depth = index + 1;
    if (chosen != 0) {
        g_array_append_val(trial->path, deviation);
    }
}

/* Another way at this point, for later. @sleepers (nullable): asleep after it. */
static void add_child(Trial *trial, uint64_t index, uint64_t chosen, bool fault,
                      const GArray *sleepers)
{
    const Deviation deviation = { (uint32_t)index, (uint32_t)chosen };
    const uint32_t before = trial->path->len;
    Child child = { .after = trial->seen->len };
    child.item.n_path = before + 1;
    child.item.path = g_new(Deviation, before + 1);
    if (before > 0) {
        memcpy(child.item.path, trial->path->data, before * sizeof(Deviation));
    }
    child.item.path[before] = deviation;
    child.item.faults = trial->item->faults + fault;
    if (sleepers != NULL && sleepers->len > 0) {
        child.item.n_sleepers = sleepers->len;
        child.item.sleepers = g_memdup2(sleepers->data, sleepers->len * sizeof(Sleeper));
    }
    g_array_append_val(trial->children, child);
}

/* False if all that may come of this state has been tried. */
static bool note_flight(Trial *trial)
{
    Seen seen = { .state = sim_explorer_digest(trial->explorer),
                  .excused_us = sim_explorer_excused_until(trial->explorer),
                  .in_flight = true,
                  .n_asleep = trial->sleepers->len };
    seen.asleep = g_new(uint64_t, seen.n_asleep);
    for (guint i = 0; i < trial->sleepers->len; i++) {
        seen.asleep[i] = g_array_index(trial->sleepers, Sleeper, i).id;
    }
    if (is_known(trial->search, &seen)) {
        g_free(seen.asleep);
        return false;
    }
    g_array_append_val(trial->seen, seen);
    return true;
}

/* Packets in flight: the first way that is awake, and all others as children. */
static uint64_t pick_in_flight(Trial *trial, uint64_t index, const SimOption *options, size_t count)
{
    const bool may_fail = trial->item->faults < trial->search->faults;
    g_autoptr(GArray) before = g_array_new(false, false, sizeof(Sleeper));
    size_t first = count;
    if (!trial->search->naive && !note_flight(trial)) {
        sim_explorer_stop(trial->explorer);
        return 0;
    }
    g_array_append_vals(before, trial->sleepers->data, trial->sleepers->len);
    for (size_t i = 0; i < count; i++) {
        const SimOption *option = &options[i];
        if ((option->fault && !may_fail) || is_asleep(trial, option)) {
            continue;
        }
        if (first == count && !option->fault) {
            first = i;
        } else {
            g_autoptr(GArray) left = stay_asleep(before, option);
            add_child(trial, index, i, option->fault, left);
        }
        const Sleeper sleeper = { option->id, option->handler, option->fault };
        if (!trial->search->naive) {
            g_array_append_val(before, sleeper);
        }
    }
    if (first == count) { /* every order from here on is another trial's */
        sim_explorer_stop(trial->explorer);
        return 0;
    }
    GArray *left = stay_asleep(trial->sleepers, &options[first]);
    g_array_unref(trial->sleepers);
    trial->sleepers = left;
    return first;
}

static uint64_t pick_quiet(Trial *trial, uint64_t index, const SimOption *options, size_t count)
{
    const bool may_fail = trial->item->faults < trial->search->faults;
    for (size_t i = 1; i < count; i++) {
        if (!options[i].fault || may_fail) {
            add_child(trial, index, i, options[i].fault, NULL);
        }
    }
    return 0;
}

static uint64_t pick_new(Trial *trial, uint64_t index, uint64_t of)
{
    size_t count = 0;
    const SimOption *options = sim_explorer_options(trial->explorer, &count);
    if (options != NULL && sim_explorer_in_flight(trial->explorer)) {
        return pick_in_flight(trial, index, options, count);
    }
    g_array_set_size(trial->sleepers, 0);
    if (options != NULL) {
        return pick_quiet(trial, index, options, count);
    }
    for (uint64_t i = 1; i < of; i++) { /* one_of */
        add_child(trial, index, i, false, NULL);
    }
    return 0;
}

static bool is_beyond_path(const Trial *trial)
{
    return trial->next == trial->item->n_path;
}

static uint64_t pick(void *data, uint64_t index, uint64_t of)
{
    Trial *trial = data;
    uint64_t chosen = 0;
    if (is_beyond_path(trial)) {
        chosen = pick_new(trial, index, of);
    } else if (trial->item->path[trial->next].index == index) {
        chosen = trial->item->path[trial->next++].chosen;
        if (is_beyond_path(trial)) {
            g_array_append_vals(trial->sleepers, trial->item->sleepers, trial->item->n_sleepers);
        }
    }
    g_assert_cmpuint(chosen, <, of);
    take(trial, index, chosen);
    return chosen;
}

/* Later than its own deviations: is this state worth going on from? A state that was reached before
 * with fewer excuses says more. */
static bool on_quiet(void *data, const SimExplorer *explorer)
{
    Trial *trial = data;
    if (!is_beyond_path(trial)) {
        return true;
    }
    const char *undigested = sim_explorer_undigested(explorer);
    if (undigested != NULL) {
        g_free(trial->undigested);
        trial->undigested = g_strdup(undigested);
        return false;
    }
    const Seen seen = { .state = sim_explorer_digest(explorer),
                        .excused_us = sim_explorer_excused_until(explorer) };
    g_array_set_size(trial->sleepers, 0);
    if (is_known(trial->search, &seen)) {
        return false;
    }
    g_array_append_val(trial->seen, seen);
    return true;
}

/* --- on the threads: a trial ----------------------------------------------------------------- */

static SimVerdict verdict_of(const SimViolation *violation)
{
    const bool diverged = strcmp(violation->check, "eventually") == 0 ||
                          strcmp(violation->check, "within") == 0 ||
                          strcmp(violation->check, "core") == 0;
    return diverged ? SIM_VERDICT_DIVERGED : SIM_VERDICT_UNSAFE;
}

static void judge(Trial *trial, const SimResult *result)
{
    for (guint i = 0; result->violations != NULL && i < result->violations->len; i++) {
        const SimViolation *violation = &g_array_index(result->violations, SimViolation, i);
        if (sim_explorer_excuses(trial->explorer, violation->at_us)) {
            trial->excused = true;
        } else if (trial->failed == NULL) {
            trial->failed = violation;
            trial->failed_us = violation->at_us;
            trial->failed_check = g_strdup(violation->check);
            trial->failed_verdict = verdict_of(violation);
            trial->failed_after = trial->seen->len;
        }
    }
}

static void make_trial(Trial *trial)
{
    const Runner *base = trial->search->base;
    g_autoptr(SimChoices) choices = sim_choices_new(SIM_CHOICES_SEARCH);
    g_autoptr(SimExplorer) explorer = sim_explorer_new(base->kinds, choices);
    trial->explorer = explorer;
    trial->path = g_array_new(false, false, sizeof(Deviation));
    trial->sleepers = g_array_new(false, false, sizeof(Sleeper));
    trial->children = g_array_new(false, false, sizeof(Child));
    trial->seen = g_array_new(false, false, sizeof(Seen));
    g_array_set_clear_func(trial->seen, clear_seen);
    sim_choices_forgo_names(choices);
    sim_choices_set_picker(choices, pick, trial);
    sim_explorer_set_quiet(explorer, on_quiet, trial);
    const SimRunOptions options = {
        .seed = base->seed,
        .settings = (const SimSetting *)(void *)base->request->settings->data,
        .n_settings = base->request->settings->len,
        .profile = base->request->profile,
        .until_us = base->until_us,
        .choices = choices,
        .explorer = explorer,
        .single_calls = true,
    };
    SimResult *result = sim_run(base->scenario, &options, &trial->usage);
    trial->made = true;
    trial->wrong = result->verdict == SIM_VERDICT_ERROR;
    trial->ended = !sim_explorer_gave_up(explorer);
    trial->met_all = trial->ended && result->verdict != SIM_VERDICT_VACUOUS;
    judge(trial, result);
    trial->explorer = NULL;
    if (trial->failed != NULL || trial->wrong) {
        trial->result = result;
    } else {
        sim_result_free(result);
    }
}

static void clear_trial(Trial *trial)
{
    g_clear_pointer(&trial->path, g_array_unref);
    g_clear_pointer(&trial->sleepers, g_array_unref);
    g_clear_pointer(&trial->children, g_array_unref);
    g_clear_pointer(&trial->seen, g_array_unref);
    g_clear_pointer(&trial->result, sim_result_free);
    g_clear_pointer(&trial->failed_check, g_free);
    g_clear_pointer(&trial->undigested, g_free);
}

/* --- waves ----------------------------------------------------------------------------------- */

typedef struct Wave {
    Search *search;
    Trial *trials;
    Item *items;
    size_t count;
    int64_t until_us; /* monotonic */
} Wave;

static void make_piece(void *data, size_t index)
{
    Wave *wave = data;
    Trial *trial = &wave->trials[index];
    trial->search = wave->search;
    trial->item = &wave->items[index];
    if (g_get_monotonic_time() < wave->until_us) {
        make_trial(trial);
    }
}

static bool go_on(void *data, size_t index)
{
    (void)data;
    (void)index;
    return true;
}

static void tick(void *data, size_t finished)
{
    const Wave *wave = data;
    (void)finished;
    if (wave->search->tick != NULL) {
        wave->search->tick(wave->search->tick_data, wave->search);
    }
}

/* How many of the trial's states are news now that the trials before it are known. */
static guint enter_states(Search *search, const Trial *trial)
{
    for (guint i = 0; i < trial->seen->len; i++) {
        const Seen *seen = &g_array_index(trial->seen, Seen, i);
        if (is_known(search, seen)) {
            return i;
        }
        enter_state(search, seen);
    }
    return trial->seen->len;
}

static void enter_children(const Trial *trial, guint news, GPtrArray *levels)
{
    for (guint i = 0; i < trial->children->len; i++) {
        Child *child = &g_array_index(trial->children, Child, i);
        if (child->after <= news) {
            g_array_append_val(levels->pdata[child->item.faults], child->item);
        } else {
            clear_item(&child->item);
        }
    }
}

static void take_failure(Search *search, Trial *trial)
{
    search->failure = g_steal_pointer(&trial->result);
    search->failure_faults = trial->item->faults;
    search->failure_us = trial->failed_us;
    search->failure_check = g_steal_pointer(&trial->failed_check);
    search->failure_verdict = trial->failed_verdict;
    search->path = g_steal_pointer(&trial->path);
    search->usage = trial->usage;
}

/* False if the search is over. */
static bool enter_trial(Search *search, Trial *trial, GPtrArray *levels)
{
    search->runs++;
    search->transitions += trial->transitions;
    search->depth = MAX(search->depth, trial->depth);
    search->excused += trial->excused && trial->failed == NULL;
    if (trial->wrong || trial->undigested != NULL) {
        search->undigested = trial->undigested != NULL ? g_intern_string(trial->undigested) : NULL;
        take_failure(search, trial);
        search->failure_verdict = SIM_VERDICT_ERROR;
        return false;
    }
    const guint news = enter_states(search, trial);
    enter_children(trial, news, levels);
    search->states = g_hash_table_size(search->known);
    search->vacuous &= !trial->met_all;
    if (trial->failed != NULL && trial->failed_after <= news) {
        take_failure(search, trial);
        return false;
    }
    return true;
}

/* Takes up to WAVE items from the first level that has any. False if all are empty, or it is over.
 */
static bool make_wave(Search *search, GPtrArray *levels, guint *firsts, int64_t until_us)
{
    unsigned level = 0;
    while (level <= search->faults &&
           firsts[level] == ((const GArray *)levels->pdata[level])->len) {
        level++;
    }
    if (level > search->faults) {
        search->complete = true;
        return false;
    }
    GArray *items = levels->pdata[level];
    const size_t count = MIN(WAVE, items->len - firsts[level]);
    g_autofree Item *taken =
        g_memdup2(&g_array_index(items, Item, firsts[level]), count * sizeof(Item));
    g_autofree Trial *trials = g_new0(Trial, count);
    Wave wave = { search, trials, taken, count, until_us };
    search->level = level;
    const Pool pool = { .count = count,
                        .jobs = search->jobs,
                        .data = &wave,
                        .work = make_piece,
                        .done = go_on,
                        .tick = tick };
    search->interrupted = pool_run(&pool) < count;
    bool more = true;
    for (size_t i = 0; i < count; i++) {
        if (more && trials[i].made) {
            firsts[level]++;
            more = enter_trial(search, &trials[i], levels);
            clear_item(&taken[i]);
        } else {
            more = false;
        }
        clear_trial(&trials[i]);
    }
    if (firsts[level] == items->len) {
        g_array_set_size(items, 0);
        firsts[level] = 0;
    }
    search->waiting = 0;
    for (unsigned i = 0; i <= search->faults; i++) {
        search->waiting += ((const GArray *)levels->pdata[i])->len - firsts[i];
    }
    return more && !search->interrupted && g_get_monotonic_time() < until_us;
}

static void free_items(gpointer data)
{
    g_array_unref(data);
}

void search_run(Search *search)
{
    const int64_t now_us = g_get_monotonic_time();
    const int64_t until_us =
        search->within_us < INT64_MAX - now_us ? now_us + search->within_us : INT64_MAX;
    g_autoptr(GPtrArray) levels = g_ptr_array_new_with_free_func(free_items);
    g_autofree guint *firsts = g_new0(guint, search->faults + 1);
    const Item root = { 0 };
    search->known = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    search->flights = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_known_flight);
    search->vacuous = true;
    for (unsigned i = 0; i <= search->faults; i++) {
        g_ptr_array_add(levels, g_array_new(false, false, sizeof(Item)));
    }
    g_array_append_val(levels->pdata[0], root);
    while (make_wave(search, levels, firsts, until_us)) {
    }
    for (unsigned i = 0; i <= search->faults; i++) {
        GArray *items = levels->pdata[i];
        for (guint k = firsts[i]; k < items->len; k++) {
            clear_item(&g_array_index(items, Item, k));
        }
    }
}

void search_clear(Search *search)
{
    g_clear_pointer(&search->failure, sim_result_free);
    g_clear_pointer(&search->failure_check, g_free);
    g_clear_pointer(&search->path, g_array_unref);
    g_clear_pointer(&search->known, g_hash_table_unref);
    g_clear_pointer(&search->flights, g_hash_table_unref);
}

/* --- the counterexample in words ------------------------------------------------------------- */

typedef struct Telling {
    const Search *search;
    Runner runner;
    guint next;
    char *text;
} Telling;

static uint64_t pick_told(void *data, uint64_t index, uint64_t of)
{
    Telling *telling = data;
    const GArray *path = telling->search->path;
    (void)of;
    if (telling->next < path->len && g_array_index(path, Deviation, telling->next).index == index) {
        return g_array_index(path, Deviation, telling->next++).chosen;
    }
    return 0;
}

static SimChoices *choices_told(void *data)
{
    SimChoices *choices = sim_choices_new(SIM_CHOICES_SEARCH);
    ((Telling *)data)->next = 0;
    sim_choices_set_picker(choices, pick_told, data);
    return choices;
}

static void write_told(void *data, const SimChoices *choices, const SimResult *result)
{
    Telling *telling = data;
    g_free(telling->text);
    telling->text =
        choice_file_text(&telling->runner, sim_choices_taken(choices), result->fingerprint);
}

char *search_choices(const Search *search, bool record, SimResult **result)
{
    Telling telling = { .search = search, .runner = *search->base };
    telling.runner.explores = true;
    telling.runner.record = record;
    telling.runner.until_us = INT64_MAX;
    telling.runner.choices = choices_told;
    telling.runner.chosen = write_told;
    telling.runner.choices_data = &telling;
    *result = runner_run(&telling.runner, NULL);
    return telling.text;
}
