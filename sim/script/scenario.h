/* sim/script/scenario.h -- what a loaded scenario is made of: for scenario.c and run.c. */
#pragma once

#include "sim/run/run.h"

struct SimScenario {
    char *path, *name, *description;
    char *text; /* of the file, as it was when it was loaded */
    size_t size;
    SimParam *params; /* defaults, by name */
    size_t n_params;
};
