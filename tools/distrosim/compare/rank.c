/* tools/distrosim/compare/rank.c -- see rank.h. */
#include "tools/distrosim/compare/rank.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct Ranked {
    double value;
    bool of_a;
} Ranked;

static int by_value(const void *one, const void *other)
{
    double a = ((const Ranked *)one)->value, b = ((const Ranked *)other)->value;
    return a < b ? -1 : a > b;
}

static Ranked *mix_samples(const double *a, size_t n_a, const double *b, size_t n_b)
{
    Ranked *all = g_new(Ranked, n_a + n_b);
    for (size_t i = 0; i < n_a; i++) {
        all[i] = (Ranked) { a[i], true };
    }
    for (size_t i = 0; i < n_b; i++) {
        all[n_a + i] = (Ranked) { b[i], false };
    }
    qsort(all, n_a + n_b, sizeof *all, by_value);
    return all;
}

/* Half the distance to the mean is continuity's: U moves in steps. */
static double two_sided(double u, double n_a, double n_b, double ties)
{
    double n = n_a + n_b;
    double variance = n_a * n_b / 12 * ((n + 1) - ties / (n * (n - 1)));
    if (!(variance > 0)) {
        return 1;
    }
    double distance = MAX(fabs(u - n_a * n_b / 2) - 0.5, 0);
    return erfc(distance / sqrt(2 * variance));
}

RankTest compare_rank(const double *a, size_t n_a, const double *b, size_t n_b)
{
    if (n_a == 0 || n_b == 0) {
        return (RankTest) { .u = 0, .p = 1 };
    }
    g_autofree Ranked *all = mix_samples(a, n_a, b, n_b);
    double ranks_of_a = 0, ties = 0;
    for (size_t i = 0; i < n_a + n_b;) {
        size_t end = i, of_a = 0;
        while (end < n_a + n_b && !(all[end].value > all[i].value)) {
            of_a += all[end++].of_a;
        }
        double equal = (double)(end - i);
        ranks_of_a += (double)of_a * ((double)(i + end + 1) / 2); /* ranks count from 1 */
        ties += equal * equal * equal - equal;
        i = end;
    }
    double u = ranks_of_a - (double)n_a * ((double)n_a + 1) / 2;
    return (RankTest) { .u = u, .p = two_sided(u, (double)n_a, (double)n_b, ties) };
}

static int by_size(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return a < b ? -1 : a > b;
}

double compare_median(double *values, size_t count)
{
    if (count == 0) {
        return (double)NAN;
    }
    qsort(values, count, sizeof *values, by_size);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}
