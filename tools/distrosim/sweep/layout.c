/* tools/distrosim/sweep/layout.c -- the runs of a sweep, numbered.
 *
 *      scenario x variation x seed        in this order
 *      what the corpus has beside them    at the end, as variations of their own: seeds that failed
 *                                         once would spoil the statistics of the others
 *
 * The number of a run is its place in this list, whichever shard makes it. What the corpus names is
 * run first, wherever it stands. */
#include <string.h>

#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/sweep/sweep.h"

/* Rows are kept in memory until the end. */
#define RUNS_MAX 10000000

/* --- what the corpus adds ------------------------------------------------------------------- */

/* Where the planned run stands that the corpus asks for. False: the plan has none such. */
static bool find_planned(const Sweep *sweep, const CorpusRun *run, size_t *index)
{
    for (guint i = 0; i < sweep->variations->len; i++) {
        const Variation *variation = g_ptr_array_index(sweep->variations, i);
        g_autofree char *settings = corpus_settings_text(&variation->request);
        if (strcmp(settings, run->entry->settings) != 0) {
            continue;
        }
        for (guint k = 0; k < sweep->seeds->len; k++) {
            if (g_array_index(sweep->seeds, uint64_t, k) != run->entry->seed) {
                continue;
            }
            *index = ((size_t)run->scenario * sweep->variations->len + i) * sweep->seeds->len + k;
            return true;
        }
    }
    return false;
}

/* What stands in the columns of the varied params: what the entry sets, else nothing. */
static void fill_values(Variation *variation, const GPtrArray *varied)
{
    const Request *request = &variation->request;
    for (guint i = 0; i < varied->len; i++) {
        const char *name = g_ptr_array_index(varied, i);
        const char *value = g_str_equal(name, "profile") ? request->profile : NULL;
        for (guint j = 0; j < request->settings->len; j++) {
            const SimSetting *setting = &g_array_index(request->settings, SimSetting, j);
            if (g_str_equal(setting->name, name)) {
                value = setting->value;
            }
        }
        g_ptr_array_add(variation->values, (void *)(value != NULL ? value : ""));
    }
}

static Variation *corpus_variation(Sweep *sweep, const char *settings, GError **error)
{
    g_auto(Request) request = { 0 };
    request_init(&request);
    if (!corpus_settings_read(settings, &request, error)) {
        return NULL;
    }
    Variation *variation = variation_new(&request);
    fill_values(variation, sweep->varied);
    g_free(variation->label);
    variation->label = g_strdup_printf("corpus%s%s", *settings != '\0' ? " " : "", settings);
    g_ptr_array_add(sweep->extra, variation);
    return variation;
}

typedef struct Extra {
    guint scenario;
    const Variation *variation;
    uint64_t seed;
} Extra;

/* Entries come in order of settings, so that those with the same ones share a variation. */
static bool add_extra(Sweep *sweep, GArray *extras, const CorpusRun *run, const CorpusRun *before,
                      GError **error)
{
    const Extra *last = extras->len > 0 ? &g_array_index(extras, Extra, extras->len - 1) : NULL;
    bool same = last != NULL && before->scenario == run->scenario &&
                g_str_equal(before->entry->settings, run->entry->settings);
    const Variation *variation =
        same ? last->variation : corpus_variation(sweep, run->entry->settings, error);
    Extra extra = { run->scenario, variation, run->entry->seed };
    g_array_append_val(extras, extra);
    return variation != NULL;
}

/* Sorts what the corpus asks for into runs that are planned anyway and runs that come on top;
 * @first gets the numbers of all. */
static bool plan_corpus(Sweep *sweep, size_t planned, GArray *extras, GArray *first, GError **error)
{
    const CorpusRun *before = NULL;
    for (guint i = 0; i < sweep->corpus->len; i++) {
        const CorpusRun *run = g_ptr_array_index(sweep->corpus, i);
        size_t index = planned + extras->len;
        if (!find_planned(sweep, run, &index)) {
            if (!add_extra(sweep, extras, run, before, error)) {
                return false;
            }
            before = run;
        }
        g_array_append_val(first, index);
    }
    return true;
}

/* --- rows ----------------------------------------------------------------------------------- */

static void place_row(const Sweep *sweep, Row *row, guint scenario, const Variation *variation,
                      uint64_t seed)
{
    const Planned *planned = g_ptr_array_index(sweep->scenarios, scenario);
    row->scenario = planned->name;
    row->path = planned->path;
    row->to_run = planned->scenario;
    row->variation = variation;
    row->seed = seed;
}

static void place_planned(const Sweep *sweep, Row *row)
{
    size_t seeds = sweep->seeds->len, variations = sweep->variations->len;
    size_t group = row->index / seeds;
    place_row(sweep, row, (guint)(group / variations),
              g_ptr_array_index(sweep->variations, (guint)(group % variations)),
              g_array_index(sweep->seeds, uint64_t, (guint)(row->index % seeds)));
}

static void make_rows(Sweep *sweep, size_t planned, const GArray *extras)
{
    sweep->count = shard_size(sweep->shard, planned + extras->len);
    sweep->rows = g_new0(Row, sweep->count);
    for (size_t i = 0; i < sweep->count; i++) {
        Row *row = &sweep->rows[i];
        row->index = shard_run(sweep->shard, i);
        if (row->index < planned) {
            place_planned(sweep, row);
            continue;
        }
        const Extra *extra = &g_array_index(extras, Extra, (guint)(row->index - planned));
        place_row(sweep, row, extra->scenario, extra->variation, extra->seed);
    }
}

/* The rows in @first, as far as they are this shard's, and then the others. */
static void put_first(Sweep *sweep, const GArray *first)
{
    g_autofree bool *placed = g_new0(bool, sweep->count);
    size_t n = 0;
    sweep->order = g_new(size_t, sweep->count);
    for (guint i = 0; i < first->len; i++) {
        size_t place = 0;
        if (!shard_place(sweep->shard, g_array_index(first, size_t, i), &place) || placed[place]) {
            continue;
        }
        placed[place] = true;
        sweep->order[n++] = place;
    }
    for (size_t i = 0; i < sweep->count; i++) {
        if (!placed[i]) {
            sweep->order[n++] = i;
        }
    }
}

bool sweep_lay_out(Sweep *sweep, GError **error)
{
    /* In floating point, which does not overflow. */
    double product = (double)sweep->scenarios->len * sweep->variations->len * sweep->seeds->len;
    if (product / sweep->shard.count > RUNS_MAX) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "these are %.0f runs, more than %d; sweep them in parts", product, RUNS_MAX);
        return false;
    }
    size_t planned = (size_t)sweep->scenarios->len * sweep->variations->len * sweep->seeds->len;
    g_autoptr(GArray) extras = g_array_new(false, false, sizeof(Extra));
    g_autoptr(GArray) first = g_array_new(false, false, sizeof(size_t));
    if (!plan_corpus(sweep, planned, extras, first, error)) {
        return false;
    }
    make_rows(sweep, planned, extras);
    if (first->len > 0) {
        put_first(sweep, first);
    }
    return true;
}

/* --- in words ------------------------------------------------------------------------------- */

char *sweep_describe(const Sweep *sweep)
{
    g_autofree char *scenarios = format_plural(sweep->scenarios->len, "scenario");
    g_autofree char *variations = format_plural(sweep->variations->len, "variation");
    g_autofree char *seeds = format_plural(sweep->seeds->len, "seed");
    g_autofree char *runs = format_plural(sweep->count, "run");
    GString *text = g_string_new(scenarios);
    if (sweep->variations->len > 1) {
        g_string_append_printf(text, " x %s", variations);
    }
    g_string_append_printf(text, " x %s", seeds);
    if (sweep->order != NULL) {
        g_string_append(text, ", after the corpus");
    }
    if (sweep->shard.count > 1) {
        g_string_append_printf(text, ", shard %u of %u", sweep->shard.index, sweep->shard.count);
    }
    g_string_append_printf(text, " = %s", runs);
    return g_string_free(text, false);
}
