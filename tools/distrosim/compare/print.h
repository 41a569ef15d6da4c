/* tools/distrosim/compare/print.h -- two groups side by side, for people. */
#pragma once

#include <stdio.h>

#include "tools/distrosim/compare/pairs.h"

/* Is this told as a difference? Of a @sweep's seeds: beyond chance; of two runs: not equal. */
bool compare_is_different(const Comparison *comparison, bool sweep);
void compare_print_group(FILE *out, const FigureGroup *a, const FigureGroup *b, bool sweep);
