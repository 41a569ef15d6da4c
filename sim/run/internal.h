/* sim/run/internal.h -- what run.c asks of result.c. */
#pragma once

#include "sim/run/result.h"
#include "sim/world/world.h"

SimResult *sim_result_new(const SimScenario *scenario, uint64_t seed);
/* Violations and figures; names are copied. */
void sim_result_take_world(SimResult *result, SimWorld *world);
