/* tools/distrosim/sweep/rows.c -- see rows.h. */
#include "tools/distrosim/sweep/rows.h"

#include <string.h>

#include "tools/distrosim/cli/status.h"
#include "tools/distrosim/output/console.h"
#include "tools/distrosim/output/csv.h"
#include "tools/distrosim/output/summary.h"
#include "tools/distrosim/sweep/signature.h"

#define MUST_SEE "must_see."

static const char *const figure_names[ROW_N_FIGURES] = {
    [ROW_AT_US] = "at_us",
    [ROW_VIRTUAL_US] = "virtual_us",
    [ROW_EVENTS] = "events",
    [ROW_MESSAGES] = "messages",
    [ROW_BYTES_LAN] = "bytes_lan",
    [ROW_BYTES_WAN] = "bytes_wan",
    [ROW_CONVERGED] = "convergence_count",
    [ROW_P50_US] = "convergence_p50_us",
    [ROW_P90_US] = "convergence_p90_us",
    [ROW_P99_US] = "convergence_p99_us",
    [ROW_MAX_US] = "convergence_max_us",
    [ROW_UNCONVERGED] = "unconverged",
    [ROW_HEAL_US] = "heal_to_agree_max_us",
    [ROW_LOST_US] = "lost_instance_us",
    [ROW_ZOMBIE_US] = "zombie_instance_us",
    [ROW_UNAVAILABLE] = "unavailable_writes",
    [ROW_EMPTY_READS] = "empty_reads",
    [ROW_PEAK_PENDING] = "peak_pending",
    [ROW_LOST_LISTED_US] = "lost_listed_instance_us",
    [ROW_NOT_YET_KNOWN_US] = "not_yet_known_instance_us",
    [ROW_CONSUMER_EMPTY_US] = "consumer_empty_us",
    [ROW_CONSUMER_SHORT_US] = "consumer_short_us",
    [ROW_CONSUMER_STALE_US] = "consumer_stale_us",
    [ROW_SEEN] = "seen_count",
    [ROW_SEEN_P50_US] = "seen_p50_us",
    [ROW_SEEN_P90_US] = "seen_p90_us",
    [ROW_SEEN_P99_US] = "seen_p99_us",
    [ROW_SEEN_MAX_US] = "seen_max_us",
};

const char *rows_figure_name(RowFigure figure)
{
    return figure_names[figure];
}

/* --- a row -------------------------------------------------------------------------------- */

static int64_t longest_heal_us(const SimResult *result)
{
    int64_t longest_us = -1;
    const GArray *heals = result->heal_to_agree_us;
    for (guint i = 0; heals != NULL && i < heals->len; i++) {
        int64_t took_us = g_array_index(heals, int64_t, i);
        if (took_us < 0) {
            return -1;
        }
        longest_us = MAX(longest_us, took_us);
    }
    return longest_us;
}

static void fill_figures(int64_t figures[ROW_N_FIGURES], const SimResult *result)
{
    const SimQuantiles *convergence = &result->convergence;
    bool any = convergence->count > 0;
    figures[ROW_AT_US] = output_instant_us(result);
    figures[ROW_VIRTUAL_US] = result->virtual_us;
    figures[ROW_EVENTS] = (int64_t)result->events;
    figures[ROW_MESSAGES] = (int64_t)result->messages;
    figures[ROW_BYTES_LAN] = (int64_t)result->bytes_lan;
    figures[ROW_BYTES_WAN] = (int64_t)result->bytes_wan;
    figures[ROW_CONVERGED] = (int64_t)convergence->count;
    figures[ROW_P50_US] = any ? convergence->p50_us : -1;
    figures[ROW_P90_US] = any ? convergence->p90_us : -1;
    figures[ROW_P99_US] = any ? convergence->p99_us : -1;
    figures[ROW_MAX_US] = any ? convergence->max_us : -1;
    figures[ROW_UNCONVERGED] = (int64_t)result->unconverged;
    figures[ROW_HEAL_US] = longest_heal_us(result);
    figures[ROW_LOST_US] = result->lost_us;
    figures[ROW_ZOMBIE_US] = result->zombie_us;
    figures[ROW_UNAVAILABLE] = (int64_t)result->unavailable_writes;
    figures[ROW_EMPTY_READS] = (int64_t)result->empty_reads;
    figures[ROW_PEAK_PENDING] = result->peak_pending;
    const SimConsumerRows *consumers = &result->consumers;
    bool asked = consumers->count > 0;
    figures[ROW_LOST_LISTED_US] = result->lost_listed_us;
    figures[ROW_NOT_YET_KNOWN_US] = result->lost_us - result->lost_listed_us;
    figures[ROW_CONSUMER_EMPTY_US] = asked ? consumers->empty.us : -1;
    figures[ROW_CONSUMER_SHORT_US] = asked ? consumers->shortened.us : -1;
    figures[ROW_CONSUMER_STALE_US] = asked ? consumers->stale.us : -1;
    const SimQuantiles *seen = &result->seen;
    bool shown = seen->count > 0;
    figures[ROW_SEEN] = (int64_t)seen->count;
    figures[ROW_SEEN_P50_US] = shown ? seen->p50_us : -1;
    figures[ROW_SEEN_P90_US] = shown ? seen->p90_us : -1;
    figures[ROW_SEEN_P99_US] = shown ? seen->p99_us : -1;
    figures[ROW_SEEN_MAX_US] = shown ? seen->max_us : -1;
}

static GArray *keep_measures(const SimResult *result)
{
    const guint must_see = result->must_see != NULL ? result->must_see->len : 0;
    if (result->measures == NULL || result->measures->len + must_see == 0) {
        return NULL;
    }
    GArray *kept = g_array_new(false, false, sizeof(RowMeasure));
    for (guint i = 0; i < result->measures->len; i++) {
        const SimMeasure *measure = &g_array_index(result->measures, SimMeasure, i);
        g_autofree char *column = g_strconcat("measure.", measure->name, NULL);
        RowMeasure row_measure = { g_intern_string(column),
                                   g_intern_string(measure->unit != NULL ? measure->unit : ""),
                                   measure->value };
        g_array_append_val(kept, row_measure);
    }
    for (guint i = 0; i < must_see; i++) {
        const SimMustSee *met = &g_array_index(result->must_see, SimMustSee, i);
        g_autofree char *column = g_strconcat(MUST_SEE, sim_trace_kind_name(met->kind), NULL);
        RowMeasure row_measure = { g_intern_string(column), g_intern_static_string(""),
                                   (double)met->count };
        g_array_append_val(kept, row_measure);
    }
    return kept;
}

const char *row_check(const SimResult *result)
{
    guint index = 0;
    const SimViolation *first = summary_first_violation(result, &index);
    if (result->verdict == SIM_VERDICT_HELD) {
        return "";
    }
    if (result->verdict == SIM_VERDICT_VACUOUS) {
        return "must_see";
    }
    return first != NULL ? g_intern_string(first->check) : "";
}

/* Fingerprints and the records that differ are of one run each, the cause is one. */
static char *signature_of_row(const SimResult *result)
{
    if (result->verdict == SIM_VERDICT_NONDETERMINISTIC) {
        return g_strdup("not deterministic");
    }
    return signature_of_result(result);
}

/* What a client did of itself, and what went well, is how it came to it and not why. */
static bool is_background(const char *line)
{
    const char *applied = strstr(line, "   applied");
    return (applied != NULL && strstr(applied, ", its answer") == NULL) ||
           g_str_has_suffix(line, "  closes") || strstr(line, "  is registered at ") != NULL;
}

/* "   5.000 s  n1 > n3  CHANGE ..." from where it says who. */
static const char *skip_instant(const char *line)
{
    const char *second = strstr(line, " s  ");
    return second != NULL ? second + strlen(" s  ") : line;
}

/* Two spaces behind who, whose column is as wide as the longest of its run. */
static void append_squeezed(GString *cause, const char *line)
{
    const char *gap = strstr(line, "  ");
    if (gap == NULL) {
        g_string_append(cause, line);
        return;
    }
    g_string_append_len(cause, line, gap - line);
    g_string_append_printf(cause, "  %s", gap + strspn(gap, " "));
}

static char *cause_of(const SimResult *result)
{
    GString *cause = g_string_new(NULL);
    for (guint i = 0; result->why != NULL && i < result->why->len; i++) {
        const char *line = skip_instant(g_ptr_array_index(result->why, i));
        if (is_background(line)) {
            continue;
        }
        g_string_append(cause, cause->len > 0 ? "\n" : "");
        append_squeezed(cause, line);
    }
    return g_string_free(cause, false);
}

void row_fill(Row *row, const SimResult *result)
{
    row->made = true;
    row->verdict = result->verdict;
    row->check = row_check(result);
    row->reason = g_strdup(result->reason != NULL ? result->reason : "");
    row->fingerprint = result->fingerprint;
    row->amplification = result->amplification;
    fill_figures(row->figures, result);
    row->measures = keep_measures(result);
    row->signature = result->verdict != SIM_VERDICT_HELD ? signature_of_row(result) : g_strdup("");
    row->cause = cause_of(result);
    if (result->verdict == SIM_VERDICT_ERROR) {
        row->line = g_strdup(row->reason);
    } else if (result->verdict != SIM_VERDICT_HELD) {
        row->line = output_red_line(result);
    }
}

void row_clear(Row *row)
{
    g_clear_pointer(&row->reason, g_free);
    g_clear_pointer(&row->line, g_free);
    g_clear_pointer(&row->signature, g_free);
    g_clear_pointer(&row->cause, g_free);
    g_clear_pointer(&row->measures, g_array_unref);
}

void row_set_nondeterministic(Row *row, char *reason)
{
    row->verdict = SIM_VERDICT_NONDETERMINISTIC;
    row->check = "";
    g_free(row->reason);
    row->reason = reason;
    g_free(row->line);
    row->line = g_strdup_printf("%s  seed %" G_GUINT64_FORMAT "  %s: %s", row->scenario, row->seed,
                                sim_verdict_name(row->verdict), reason);
    g_free(row->signature);
    row->signature = g_strdup("not deterministic");
    g_free(row->cause);
    row->cause = g_strdup("");
}

/* --- sweep.csv ------------------------------------------------------------------------------ */

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Columns of the measures of all rows, each once, in order of their text. */
static GPtrArray *measure_columns(const Row *rows, size_t count)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_direct_hash, g_direct_equal);
    GPtrArray *columns = g_ptr_array_new();
    for (size_t i = 0; i < count; i++) {
        const GArray *measures = rows[i].measures;
        for (guint j = 0; measures != NULL && j < measures->len; j++) {
            const char *column = g_array_index(measures, RowMeasure, j).column;
            if (g_hash_table_add(seen, (void *)column)) {
                g_ptr_array_add(columns, (void *)column);
            }
        }
    }
    g_ptr_array_sort(columns, by_text);
    return columns;
}

static void append_header(GString *table, const GPtrArray *names, const GPtrArray *measures)
{
    g_string_append(table, "scenario,seed");
    for (guint i = 0; i < names->len; i++) {
        g_string_append_c(table, ',');
        csv_append(table, g_ptr_array_index(names, i));
    }
    g_string_append(table, ",verdict,check,reason,fingerprint");
    for (int figure = 0; figure < ROW_N_FIGURES; figure++) {
        if (figure == ROW_LOST_LISTED_US) {
            g_string_append(table, ",amplification");
        }
        g_string_append_printf(table, ",%s", figure_names[figure]);
    }
    for (guint i = 0; i < measures->len; i++) {
        g_string_append_c(table, ',');
        csv_append(table, g_ptr_array_index(measures, i));
    }
    g_string_append_c(table, '\n');
}

static const RowMeasure *measure_with(const Row *row, const char *column)
{
    for (guint i = 0; row->measures != NULL && i < row->measures->len; i++) {
        const RowMeasure *measure = &g_array_index(row->measures, RowMeasure, i);
        if (measure->column == column) {
            return measure;
        }
    }
    return NULL;
}

static void append_measure(GString *table, const Row *row, const char *column)
{
    g_string_append_c(table, ',');
    const RowMeasure *measure = measure_with(row, column);
    if (measure != NULL) {
        g_string_append_printf(table, "%.15g", measure->value);
    }
}

static void append_row(GString *table, const Row *row, const GPtrArray *measures)
{
    csv_append(table, row->scenario);
    g_string_append_printf(table, ",%" G_GUINT64_FORMAT, row->seed);
    for (guint i = 0; i < row->variation->values->len; i++) {
        g_string_append_c(table, ',');
        csv_append(table, g_ptr_array_index(row->variation->values, i));
    }
    g_string_append_printf(table, ",%s,", sim_verdict_name(row->verdict));
    csv_append(table, row->check);
    g_string_append_c(table, ',');
    csv_append(table, row->reason);
    g_string_append_printf(table, ",%016" G_GINT64_MODIFIER "x", row->fingerprint);
    for (int figure = 0; figure < ROW_N_FIGURES; figure++) {
        if (figure == ROW_LOST_LISTED_US) {
            g_string_append_printf(table, ",%.15g", row->amplification);
        }
        g_string_append_c(table, ',');
        if (row->figures[figure] >= 0) {
            g_string_append_printf(table, "%" G_GINT64_FORMAT, row->figures[figure]);
        }
    }
    for (guint i = 0; i < measures->len; i++) {
        append_measure(table, row, g_ptr_array_index(measures, i));
    }
    g_string_append_c(table, '\n');
}

char *rows_csv(const Row *rows, size_t count, const GPtrArray *names)
{
    g_autoptr(GPtrArray) measures = measure_columns(rows, count);
    GString *table = g_string_new(NULL);
    append_header(table, names, measures);
    for (size_t i = 0; i < count; i++) {
        append_row(table, &rows[i], measures);
    }
    return g_string_free(table, false);
}

/* --- failures ------------------------------------------------------------------------------- */

static int64_t harm_us(const Row *row)
{
    return row->figures[ROW_LOST_US] + row->figures[ROW_ZOMBIE_US];
}

static RowFailure *failure_of(GArray *failures, const Row *row)
{
    for (guint i = 0; i < failures->len; i++) {
        RowFailure *failure = &g_array_index(failures, RowFailure, i);
        if (failure->scenario == row->scenario && failure->verdict == row->verdict &&
            strcmp(failure->check, row->check) == 0 &&
            strcmp(failure->signature, row->signature) == 0) {
            return failure;
        }
    }
    RowFailure fresh = { row->scenario, row->check, row->signature, row->verdict, 0, row };
    g_array_append_val(failures, fresh);
    return &g_array_index(failures, RowFailure, failures->len - 1);
}

static gint worst_first(gconstpointer a, gconstpointer b)
{
    const RowFailure *one = a, *other = b;
    if (one->verdict != other->verdict) {
        ExitStatus status = (ExitStatus)sim_verdict_exit_status(one->verdict);
        ExitStatus against = (ExitStatus)sim_verdict_exit_status(other->verdict);
        return status_worse(status, against) == status ? -1 : 1;
    }
    if (one->count != other->count) {
        return one->count > other->count ? -1 : 1;
    }
    return 0; /* the sort is stable: in the order of the rows */
}

GArray *rows_failures(const Row *rows, size_t count)
{
    GArray *failures = g_array_new(false, false, sizeof(RowFailure));
    for (size_t i = 0; i < count; i++) {
        if (rows[i].verdict == SIM_VERDICT_HELD) {
            continue;
        }
        RowFailure *failure = failure_of(failures, &rows[i]);
        failure->count++;
        if (harm_us(&rows[i]) > harm_us(failure->worst)) {
            failure->worst = &rows[i];
        }
    }
    g_array_sort(failures, worst_first);
    return failures;
}

/* --- causes --------------------------------------------------------------------------------- */

/* @line with one space where several stand, since columns are as wide as a cause needs. */
static char *squeeze(const char *line)
{
    GString *squeezed = g_string_new(NULL);
    for (const char *c = line; *c != '\0'; c++) {
        if (*c != ' ' || squeezed->len == 0 || squeezed->str[squeezed->len - 1] != ' ') {
            g_string_append_c(squeezed, *c);
        }
    }
    return g_string_free(squeezed, false);
}

/* What two causes have in common: which lines, but not their order, since what does not depend on
 * each other comes now in this order, now in that. (transfer full) */
static char *cause_key(const Row *row)
{
    g_auto(GStrv) lines = g_strsplit(row->cause, "\n", -1);
    g_autoptr(GPtrArray) plain = g_ptr_array_new_with_free_func(g_free);
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *squeezed = squeeze(*line);
        g_ptr_array_add(plain, signature_of_text(squeezed));
    }
    g_ptr_array_sort(plain, by_text);
    g_ptr_array_add(plain, NULL);
    return g_strjoinv("\n", (char **)plain->pdata);
}

static bool is_of_kind(const Row *row, const RowFailure *failure)
{
    return row->verdict == failure->verdict && row->scenario == failure->scenario &&
           strcmp(row->check, failure->check) == 0 &&
           strcmp(row->signature, failure->signature) == 0;
}

static gint frequent_first(gconstpointer a, gconstpointer b)
{
    const RowCause *one = a, *other = b;
    return one->count > other->count ? -1 : one->count < other->count; /* the sort is stable */
}

GArray *rows_causes(const Row *rows, size_t count, const RowFailure *failure)
{
    GArray *causes = g_array_new(false, false, sizeof(RowCause));
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free); /* parallel */
    for (size_t i = 0; i < count; i++) {
        if (!is_of_kind(&rows[i], failure)) {
            continue;
        }
        guint place = 0;
        char *key = cause_key(&rows[i]);
        if (g_ptr_array_find_with_equal_func(keys, key, g_str_equal, &place)) {
            g_array_index(causes, RowCause, place).count++;
            g_free(key);
            continue;
        }
        RowCause fresh = { &rows[i], 1 };
        g_array_append_val(causes, fresh);
        g_ptr_array_add(keys, key);
    }
    g_array_sort(causes, frequent_first);
    return causes;
}

/* --- groups --------------------------------------------------------------------------------- */

GArray *rows_groups(const Row *rows, size_t count)
{
    GArray *groups = g_array_new(false, false, sizeof(RowGroup));
    for (size_t i = 0; i < count; i++) {
        RowGroup *last = groups->len > 0 ? &g_array_index(groups, RowGroup, groups->len - 1) : NULL;
        bool held = rows[i].verdict == SIM_VERDICT_HELD;
        if (last != NULL && last->first->path == rows[i].path &&
            last->first->variation == rows[i].variation) {
            last->count++;
            last->held += held;
            continue;
        }
        RowGroup fresh = { &rows[i], 1, held };
        g_array_append_val(groups, fresh);
    }
    return groups;
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    double one = *(const double *)a, other = *(const double *)b;
    return one < other ? -1 : one > other;
}

/* The nearest rank: a figure that some run really had. */
static double value_at_rank(const GArray *sorted, double share)
{
    guint index = (guint)(share * (sorted->len - 1) + 0.5);
    return g_array_index(sorted, double, index);
}

static RowSpread spread_of(GArray *values)
{
    if (values->len == 0) {
        return (RowSpread) { 0 };
    }
    g_array_sort(values, by_number);
    return (RowSpread) { values->len,
                         value_at_rank(values, 0),
                         value_at_rank(values, 0.25),
                         value_at_rank(values, 0.5),
                         value_at_rank(values, 0.75),
                         value_at_rank(values, 1) };
}

RowSpread rows_spread(const RowGroup *group, RowFigure figure)
{
    g_autoptr(GArray) values = g_array_new(false, false, sizeof(double));
    for (size_t i = 0; i < group->count; i++) {
        double value = (double)group->first[i].figures[figure];
        if (value >= 0) {
            g_array_append_val(values, value);
        }
    }
    return spread_of(values);
}

RowSpread rows_measure_spread(const RowGroup *group, const char *column)
{
    g_autoptr(GArray) values = g_array_new(false, false, sizeof(double));
    for (size_t i = 0; i < group->count; i++) {
        const RowMeasure *measure = measure_with(&group->first[i], column);
        if (measure != NULL) {
            g_array_append_val(values, measure->value);
        }
    }
    return spread_of(values);
}

bool row_measure_is_of_must_see(const RowMeasure *measure)
{
    return g_str_has_prefix(measure->column, MUST_SEE);
}

const char *row_measure_name(const RowMeasure *measure)
{
    return strchr(measure->column, '.') + 1;
}

static bool has_column(const GPtrArray *measures, const char *column)
{
    for (guint i = 0; i < measures->len; i++) {
        if (((const RowMeasure *)g_ptr_array_index(measures, i))->column == column) {
            return true;
        }
    }
    return false;
}

size_t rows_met(const RowGroup *group, const char *column)
{
    size_t met = 0;
    for (size_t i = 0; i < group->count; i++) {
        const RowMeasure *measure = measure_with(&group->first[i], column);
        met += measure != NULL && measure->value > 0;
    }
    return met;
}

static gint by_measure(gconstpointer a, gconstpointer b)
{
    const RowMeasure *one = *(const RowMeasure *const *)a, *other = *(const RowMeasure *const *)b;
    return strcmp(one->column, other->column);
}

GPtrArray *rows_measures(const RowGroup *group)
{
    GPtrArray *measures = g_ptr_array_new();
    for (size_t i = 0; i < group->count; i++) {
        const GArray *of_row = group->first[i].measures;
        for (guint j = 0; of_row != NULL && j < of_row->len; j++) {
            const RowMeasure *measure = &g_array_index(of_row, RowMeasure, j);
            if (!has_column(measures, measure->column)) {
                g_ptr_array_add(measures, (void *)measure);
            }
        }
    }
    g_ptr_array_sort(measures, by_measure);
    return measures;
}

static void append_spread(GString *table, const RowGroup *group, guint index, RowFigure figure)
{
    RowSpread spread = rows_spread(group, figure);
    if (spread.count == 0) {
        return;
    }
    g_string_append_printf(table, "%u,", index);
    csv_append(table, group->first->scenario);
    g_string_append_c(table, ',');
    csv_append(table, group->first->variation->label);
    g_string_append_printf(table, ",%zu,%zu,%s,%.15g,%.15g,%.15g,%.15g,%.15g\n", group->count,
                           group->held, figure_names[figure], spread.low, spread.quarter,
                           spread.half, spread.three_quarters, spread.high);
}

char *rows_groups_csv(const GArray *groups)
{
    static const RowFigure shown[] = { ROW_P50_US,    ROW_P99_US,   ROW_HEAL_US,  ROW_LOST_US,
                                       ROW_ZOMBIE_US, ROW_MESSAGES, ROW_BYTES_WAN };
    GString *table =
        g_string_new("group,scenario,varied,runs,held,figure,min,p25,median,p75,max\n");
    for (size_t figure = 0; figure < G_N_ELEMENTS(shown); figure++) {
        for (guint i = 0; i < groups->len; i++) {
            append_spread(table, &g_array_index(groups, RowGroup, i), i, shown[figure]);
        }
    }
    return g_string_free(table, false);
}
