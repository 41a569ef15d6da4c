/* sim/run_why.h -- what a person is told about a red run: what went wrong, why, what it cost. */
#pragma once

#include "sim/run.h"
#include "sim/world.h"

/* "lost 12.0 instance-seconds on n3, zombies 0, wan 0 B" (transfer full) */
char *sim_run_harm(const SimResult *result);
/* At most five lines from the recorded trace that led to @violation; none without a record. */
void sim_run_why(GPtrArray *lines, const SimWorld *world, const SimViolation *violation);
/* The recorded trace, one JSON object a line (transfer full). */
char *sim_run_trace_text(const SimWorld *world);
