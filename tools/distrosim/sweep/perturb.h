/* tools/distrosim/sweep/perturb.h -- the same sweep in another environment, which must not matter.
 *
 * A second process, of the same binary, makes all runs under another allocator, locale, time zone
 * and hash order. A run whose fingerprint differs becomes "nondeterministic", and is made once more
 * under each of them alone, to name the one at fault. */
#pragma once

#include "tools/distrosim/sweep/sweep.h"

/* Changes the rows of @sweep that differ and adds them to @differing (Row). Another status than
 * STATUS_HELD, and a sentence, if the second process could not do its work. */
ExitStatus perturb_sweep(Sweep *sweep, GPtrArray *differing);

/* The same for rows that are there: @others were made elsewhere, @worlds says where. */
void perturb_compare(Row *rows, const Row *others, size_t count, const char *worlds,
                     GPtrArray *differing);
