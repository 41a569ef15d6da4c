/* tools/distrosim/sweep/junit.h -- a sweep as build servers read it.
 *
 * A suite per scenario, a case per run. Times are virtual seconds since the start of a story, and
 * the stamp is their zero: so the file, too, is the same wherever the sweep is made. */
#pragma once

#include "tools/distrosim/sweep/sweep.h"

/* The first @done rows as XML. (transfer full) */
char *junit_text(const Sweep *sweep, size_t done);
