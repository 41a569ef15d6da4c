/* tools/distrosim/command/compare.c -- distrosim compare: figures side by side, with a test.
 *
 * Two runs have one value per figure, and what differs is told. Two sweeps have one per seed: their
 * medians are told, with a rank test over the seeds. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/compare/rank.h"
#include "tools/distrosim/compare/read.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/json.h"

/* Below this a difference is told as one. With some twenty figures in a table, one in twenty would
 * come out below 0.05 by chance. */
#define SIGNIFICANT 0.01
/* Fewer seeds than these, and the normal approximation is a rough one. */
#define ENOUGH_SEEDS 8

/* One figure of both sides. */
typedef struct Comparison {
    const char *name;
    double a, b; /* medians; NAN: that side has none */
    guint n_a, n_b;
    bool same; /* every value of both sides is the same one */
    RankTest test;
} Comparison;

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

static Comparison compare_columns(const FigureColumn *a, const FigureColumn *b)
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

/* Figures that both have, in A's order. (transfer full), Comparison */
static GArray *compare_groups(const FigureGroup *a, const FigureGroup *b)
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

static bool is_different(const Comparison *comparison, bool sweep)
{
    return sweep ? comparison->test.p < SIGNIFICANT : !comparison->same;
}

/* --- in words -------------------------------------------------------------------------------- */

static char *value_text(const char *name, double value)
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

static char *change_text(const Comparison *comparison)
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

static void print_comparison(const Comparison *comparison, bool sweep)
{
    g_autofree char *a = value_text(comparison->name, comparison->a);
    g_autofree char *b = value_text(comparison->name, comparison->b);
    g_autofree char *change = change_text(comparison);
    printf("      %-36s %14s %14s  %10s", comparison->name, a, b, change);
    if (sweep && !comparison->same) {
        printf("  p %s %.4f%s", comparison->test.p < 1e-4 ? "<" : "=",
               MAX(comparison->test.p, 1e-4), is_different(comparison, sweep) ? " *" : "");
    }
    putchar('\n');
}

static void print_sentence(const GArray *comparisons, const FigureGroup *a, const FigureGroup *b,
                           bool sweep)
{
    guint count = 0;
    for (guint i = 0; i < comparisons->len; i++) {
        count += is_different(&g_array_index(comparisons, Comparison, i), sweep);
    }
    if (!sweep) {
        printf("      %u of %u figures differ between these two runs\n", count, comparisons->len);
        return;
    }
    if (count == 0) {
        printf("      no figure differs by more than chance explains (p < %.2f, Mann-Whitney U)\n",
               SIGNIFICANT);
    } else {
        printf("      %u of %u figures differ, marked * (p < %.2f, Mann-Whitney U over %u and %u "
               "seeds)\n",
               count, comparisons->len, SIGNIFICANT, a->runs, b->runs);
    }
    if (MIN(a->runs, b->runs) < ENOUGH_SEEDS) {
        printf("      with fewer than %d seeds on a side the p-values are rough\n", ENOUGH_SEEDS);
    }
}

static void print_group(const FigureGroup *a, const FigureGroup *b, bool sweep)
{
    g_autoptr(GArray) comparisons = compare_groups(a, b);
    printf("%s%s%s\n", a->name, g_str_equal(a->name, b->name) ? "" : "  against  ",
           g_str_equal(a->name, b->name) ? "" : b->name);
    g_autofree char *held_a = g_strdup_printf("%u of %u", a->held, a->runs);
    g_autofree char *held_b = g_strdup_printf("%u of %u", b->held, b->runs);
    printf("      %-36s %14s %14s\n", sweep ? "median over the seeds" : "", "A", "B");
    printf("      %-36s %14s %14s\n", "held", held_a, held_b);
    for (guint i = 0; i < comparisons->len; i++) {
        print_comparison(&g_array_index(comparisons, Comparison, i), sweep);
    }
    print_sentence(comparisons, a, b, sweep);
}

/* --- as JSON --------------------------------------------------------------------------------- */

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *comparison_object(const Comparison *comparison, bool sweep)
{
    json_t *object = json_object();
    json_set(object, "figure", json_text(comparison->name));
    json_set(object, "a", number_or_null(comparison->a));
    json_set(object, "b", number_or_null(comparison->b));
    json_set(object, "difference", number_or_null(comparison->b - comparison->a));
    json_set(object, "differs", json_boolean(is_different(comparison, sweep)));
    if (sweep) {
        json_set(object, "n_a", json_count(comparison->n_a));
        json_set(object, "n_b", json_count(comparison->n_b));
        json_set(object, "u", number_or_null(comparison->test.u));
        json_set(object, "p", number_or_null(comparison->test.p));
    }
    return object;
}

static json_t *group_object(const FigureGroup *a, const FigureGroup *b, bool sweep)
{
    g_autoptr(GArray) comparisons = compare_groups(a, b);
    json_t *object = json_object(), *figures = json_array();
    for (guint i = 0; i < comparisons->len; i++) {
        json_array_append_new(figures,
                              comparison_object(&g_array_index(comparisons, Comparison, i), sweep));
    }
    json_set(object, "a", json_text(a->name));
    json_set(object, "b", json_text(b->name));
    json_set(object, "runs_a", json_count(a->runs));
    json_set(object, "runs_b", json_count(b->runs));
    json_set(object, "held_a", json_count(a->held));
    json_set(object, "held_b", json_count(b->held));
    json_set(object, "figures", figures);
    return object;
}

/* --- the command ----------------------------------------------------------------------------- */

typedef struct Sides {
    FigureTable *a, *b;
    bool json;
    json_t *groups;
    guint paired;
} Sides;

static void tell_pair(Sides *sides, const FigureGroup *a, const FigureGroup *b)
{
    sides->paired++;
    if (sides->json) {
        json_array_append_new(sides->groups, group_object(a, b, sides->a->sweep));
    } else {
        print_group(a, b, sides->a->sweep);
    }
}

static void tell_alone(const Sides *sides, const FigureTable *table, const FigureTable *other,
                       const char *side)
{
    for (guint i = 0; i < table->groups->len && !sides->json; i++) {
        const FigureGroup *group = g_ptr_array_index(table->groups, i);
        if (figure_table_find(other, group->name) == NULL) {
            printf("only in %s: %s\n", side, group->name);
        }
    }
}

/* Groups of one name are compared; what stands alone on both sides is, whatever its name. */
static void tell_all(Sides *sides)
{
    if (sides->a->groups->len == 1 && sides->b->groups->len == 1) {
        tell_pair(sides, g_ptr_array_index(sides->a->groups, 0),
                  g_ptr_array_index(sides->b->groups, 0));
        return;
    }
    for (guint i = 0; i < sides->a->groups->len; i++) {
        const FigureGroup *a = g_ptr_array_index(sides->a->groups, i);
        const FigureGroup *b = figure_table_find(sides->b, a->name);
        if (b != NULL) {
            tell_pair(sides, a, b);
        }
    }
    tell_alone(sides, sides->a, sides->b, "A");
    tell_alone(sides, sides->b, sides->a, "B");
}

static void print_json(const Sides *sides, const char *a, const char *b)
{
    g_autoptr(json_t) object = json_object();
    json_set(object, "schema", json_integer(1));
    json_set(object, "kind", json_text(sides->a->sweep ? "sweep" : "run"));
    json_set(object, "a", json_text(a));
    json_set(object, "b", json_text(b));
    json_set(object, "groups", json_incref(sides->groups));
    g_autofree char *text = json_to_text(object);
    fputs(text, stdout);
}

static FigureTable *read_table(const char *folder, ExitStatus *status)
{
    g_autoptr(GError) error = NULL;
    FigureTable *table = figure_table_read(folder, &error);
    if (table != NULL) {
        return table;
    }
    complain("%s", error->message);
    *status = files_error_status(error);
    return NULL;
}

static ExitStatus compare_command(const Arguments *arguments)
{
    const char *one = g_ptr_array_index(arguments->operands, 0);
    const char *other = g_ptr_array_index(arguments->operands, 1);
    ExitStatus status = STATUS_HELD;
    g_autoptr(FigureTable) a = read_table(one, &status);
    g_autoptr(FigureTable) b = a != NULL ? read_table(other, &status) : NULL;
    if (b == NULL) {
        return status;
    }
    if (a->sweep != b->sweep) {
        complain("'%s' is a %s and '%s' is a %s; two of a kind can be compared", one,
                 a->sweep ? "sweep" : "run", other, b->sweep ? "sweep" : "run");
        return STATUS_USAGE;
    }
    g_autoptr(json_t) groups = json_array();
    Sides sides = { .a = a, .b = b, .json = arguments->json, .groups = groups };
    tell_all(&sides);
    if (sides.json) {
        print_json(&sides, one, other);
    } else if (sides.paired == 0) {
        puts("the two sweeps have no group in common");
    }
    return STATUS_HELD;
}

const Command command_compare = {
    .name = "compare",
    .operands = "A B",
    .about = "put two runs or two sweeps side by side",
    .more =
        "A and B are folders of results of one kind. Of sweeps, groups of the same scenario and\n"
        "varied values are compared: medians over the seeds, and whether the seeds' figures\n"
        "could come from one distribution (Mann-Whitney U, two-sided, normal approximation\n"
        "with tie correction).\n",
    .options = (const OptionId[]) { OPTION_JSON, OPTIONS_END },
    .offer = OFFER_FOLDER,
    .low = 2,
    .high = 2,
    .run = compare_command,
};
