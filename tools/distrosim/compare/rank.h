/* tools/distrosim/compare/rank.h -- do two samples come from one distribution? Mann and Whitney's
 * U.
 *
 * Nothing is assumed about the distribution but that it is the same for both; ties share their mean
 * rank, and the normal approximation is corrected for them and for continuity. */
#pragma once

#include <stddef.h>

typedef struct RankTest {
    double u; /* of A: pairs in which A's value is the greater, ties half */
    double p; /* two-sided; 1 if all values are equal or a sample is empty */
} RankTest;

RankTest compare_rank(const double *a, size_t n_a, const double *b, size_t n_b);
/* Middle of @values, which are put in order; NAN if there are none. */
double compare_median(double *values, size_t count);
