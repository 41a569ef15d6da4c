/* tools/distrosim/compare/pairs.c -- see pairs.h. */
#include "tools/distrosim/compare/pairs.h"

#include <math.h>

#include "tools/distrosim/cli/format.h"

static double median_of(const FigureColumn *column)
{
    g_autofree double *copy =
        g_memdup2(column->values->data, column->values->len * sizeof(double) + 1);
    return compare_median(copy, column->values->len);
}

static bool all_equal(const FigureColumn *column, double value)
{
    for (guint i = 0; i < column->values->len; i++) {
        double each = g_array_index(column->values, double, i);
        if (each < value || each > value) {
            return false;
        }
    }
    return true;
}

Comparison compare_columns(const FigureColumn *a, const FigureColumn *b)
{
    Comparison comparison = {
        .name = a->name,
        .a = median_of(a),
        .b = median_of(b),
        .n_a = a->values->len,
        .n_b = b->values->len,
    };
    comparison.same = comparison.n_a > 0 && comparison.n_b > 0 && all_equal(a, comparison.a) &&
                      all_equal(b, comparison.a);
    comparison.test = compare_rank((const double *)(void *)a->values->data, a->values->len,
                                   (const double *)(void *)b->values->data, b->values->len);
    return comparison;
}

GArray *compare_groups(const FigureGroup *a, const FigureGroup *b)
{
    GArray *comparisons = g_array_new(false, false, sizeof(Comparison));
    for (guint i = 0; i < a->columns->len; i++) {
        const FigureColumn *column = g_ptr_array_index(a->columns, i);
        const FigureColumn *other = figure_group_find(b, column->name);
        if (other == NULL || column->values->len + other->values->len == 0) {
            continue;
        }
        Comparison comparison = compare_columns(column, other);
        g_array_append_val(comparisons, comparison);
    }
    return comparisons;
}

guint compare_each_pair(const FigureTable *a, const FigureTable *b, PairFunction each, void *data)
{
    if (a->groups->len == 1 && b->groups->len == 1) {
        each(data, g_ptr_array_index(a->groups, 0), g_ptr_array_index(b->groups, 0));
        return 1;
    }
    guint paired = 0;
    for (guint i = 0; i < a->groups->len; i++) {
        const FigureGroup *group = g_ptr_array_index(a->groups, i);
        const FigureGroup *other = figure_table_find(b, group->name);
        if (other != NULL) {
            each(data, group, other);
            paired++;
        }
    }
    return paired;
}

/* --- in words -------------------------------------------------------------------------------- */

char *compare_value_text(const char *name, double value)
{
    if (!isfinite(value)) {
        return g_strdup("-");
    }
    if (g_str_has_suffix(name, "_us")) {
        return format_duration((int64_t)value);
    }
    if (g_str_has_prefix(name, "bytes_") && value >= 0) {
        return format_bytes((uint64_t)value);
    }
    bool large = value >= 1e5 && value < 1e15;
    return large || (value >= 0 && floor(value) >= value) ? format_count((uint64_t)value)
                                                          : g_strdup_printf("%.6g", value);
}

char *compare_change_text(const Comparison *comparison)
{
    if (comparison->same) {
        return g_strdup("same");
    }
    if (!isfinite(comparison->a) || !isfinite(comparison->b)) {
        return g_strdup("");
    }
    if (comparison->a > 0) {
        return g_strdup_printf("%+.1f %%", 100 * (comparison->b - comparison->a) / comparison->a);
    }
    return g_strdup(comparison->b > comparison->a ? "more" : "");
}
