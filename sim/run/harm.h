/* sim/run/harm.h -- what a red run cost, in words. */
#pragma once

#include "sim/run/result.h"

/* "lost 12.0 instance-seconds on n3, zombies 0, wan 0 B" (transfer full) */
char *sim_run_harm(const SimResult *result);
