/* tools/distrosim/cli/memory.h -- a run ends before the machine swaps.
 *
 * What the process holds in memory is looked at now and then; above the limit the run is given up
 * with one sentence (status 70), since a machine that swaps is of no use to anybody. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Reads --memory-limit ("12gib", "800mib"); nine tenths of the machine's memory if @text is NULL.
 */
bool memory_limit_read(const char *text, uint64_t *limit, GError **error);
/* Does this process hold more than @limit? Once it did, it is remembered. */
bool memory_is_above(uint64_t limit);
bool memory_was_exceeded(void);
