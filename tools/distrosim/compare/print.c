/* tools/distrosim/compare/print.c -- see print.h. */
#include "tools/distrosim/compare/print.h"

/* Below this a difference is told as one. With some twenty figures in a table, one in twenty would
 * come out below 0.05 by chance. */
#define SIGNIFICANT 0.01
/* Fewer seeds than these, and the normal approximation is a rough one. */
#define ENOUGH_SEEDS 8

bool compare_is_different(const Comparison *comparison, bool sweep)
{
    return sweep ? comparison->test.p < SIGNIFICANT : !comparison->same;
}

static void print_comparison(FILE *out, const Comparison *comparison, bool sweep)
{
    g_autofree char *a = compare_value_text(comparison->name, comparison->a);
    g_autofree char *b = compare_value_text(comparison->name, comparison->b);
    g_autofree char *change = compare_change_text(comparison);
    fprintf(out, "      %-36s %14s %14s  %10s", comparison->name, a, b, change);
    if (sweep && !comparison->same) {
        fprintf(out, "  p %s %.4f%s", comparison->test.p < 1e-4 ? "<" : "=",
                MAX(comparison->test.p, 1e-4), compare_is_different(comparison, sweep) ? " *" : "");
    }
    fputc('\n', out);
}

static void print_sentence(FILE *out, const GArray *comparisons, const FigureGroup *a,
                           const FigureGroup *b, bool sweep)
{
    guint count = 0;
    for (guint i = 0; i < comparisons->len; i++) {
        count += compare_is_different(&g_array_index(comparisons, Comparison, i), sweep);
    }
    if (!sweep) {
        fprintf(out, "      %u of %u figures differ between these two runs\n", count,
                comparisons->len);
        return;
    }
    if (count == 0) {
        fprintf(out,
                "      no figure differs by more than chance explains (p < %.2f, Mann-Whitney U)\n",
                SIGNIFICANT);
    } else {
        fprintf(out,
                "      %u of %u figures differ, marked * (p < %.2f, Mann-Whitney U over %u and %u "
                "seeds)\n",
                count, comparisons->len, SIGNIFICANT, a->runs, b->runs);
    }
    if (MIN(a->runs, b->runs) < ENOUGH_SEEDS) {
        fprintf(out, "      with fewer than %d seeds on a side the p-values are rough\n",
                ENOUGH_SEEDS);
    }
}

void compare_print_group(FILE *out, const FigureGroup *a, const FigureGroup *b, bool sweep)
{
    g_autoptr(GArray) comparisons = compare_groups(a, b);
    fprintf(out, "%s%s%s\n", a->name, g_str_equal(a->name, b->name) ? "" : "  against  ",
            g_str_equal(a->name, b->name) ? "" : b->name);
    g_autofree char *held_a = g_strdup_printf("%u of %u", a->held, a->runs);
    g_autofree char *held_b = g_strdup_printf("%u of %u", b->held, b->runs);
    fprintf(out, "      %-36s %14s %14s\n", sweep ? "median over the seeds" : "", "A", "B");
    fprintf(out, "      %-36s %14s %14s\n", "held", held_a, held_b);
    for (guint i = 0; i < comparisons->len; i++) {
        print_comparison(out, &g_array_index(comparisons, Comparison, i), sweep);
    }
    print_sentence(out, comparisons, a, b, sweep);
}
