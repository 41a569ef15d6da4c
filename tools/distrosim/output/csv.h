/* tools/distrosim/output/csv.h -- tables as text, RFC 4180: fields are quoted where they must be.
 *
 * Times are integer microseconds; nothing in a table depends on the wall clock. */
#pragma once

#include "sim/run/run.h"

/* Adds @text as one field. */
void csv_append(GString *table, const char *text);

const char *csv_path_name(DistroPath path); /* "push", "retry", ... */

char *csv_convergence(const SimResult *result);
/* Of a world of several sites: when its nodes, and its consumers, had each change. */
char *csv_arrivals(const SimResult *result);
char *csv_timeline(const SimResult *result);
char *csv_faults(const SimResult *result);
char *csv_seen(const SimResult *result);
char *csv_marks(const SimResult *result); /* steps, then violations */
