/* tools/distrosim/compare/pairs.h -- the figures of two groups side by side. */
#pragma once

#include "tools/distrosim/compare/rank.h"
#include "tools/distrosim/compare/read.h"

/* One figure of both sides. */
typedef struct Comparison {
    const char *name; /* the column's; borrowed from A's */
    double a, b;      /* medians; NAN: that side has none */
    guint n_a, n_b;
    bool same; /* every value of both sides is the same one */
    RankTest test;
} Comparison;

Comparison compare_columns(const FigureColumn *a, const FigureColumn *b);
/* Figures that both have, in A's order. (transfer full), Comparison */
GArray *compare_groups(const FigureGroup *a, const FigureGroup *b);

/* Calls @each for every two groups that are to be compared: those of one name, and the only group
 * of each side whatever its name. How many there were. */
typedef void (*PairFunction)(void *data, const FigureGroup *a, const FigureGroup *b);
guint compare_each_pair(const FigureTable *a, const FigureTable *b, PairFunction each, void *data);

/* @value as people read the figure called @name. (transfer full) */
char *compare_value_text(const char *name, double value);
/* "+12.5 %", "same", "more"; "" where nothing can be said. (transfer full) */
char *compare_change_text(const Comparison *comparison);
