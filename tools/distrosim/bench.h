/* tools/distrosim/bench.h -- what the benchmarks share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tools/distrosim/json.h"
#include "tools/distrosim/status.h"

typedef struct Bench {
    bool json;
    json_t *figures; /* name to { value, unit, aim, instructions } */
} Bench;

typedef struct Figure {
    const char *name;
    double value;
    const char *unit;
    double aim;          /* 0: none */
    bool at_most;        /* the aim is an upper bound */
    double instructions; /* per operation; 0: nobody counted */
} Figure;
/* Prints it, or keeps it for the JSON. */
void bench_tell(Bench *bench, const Figure *figure);

/* bench_world.c: whole runs. */
ExitStatus bench_flagship(Bench *bench);
ExitStatus bench_growth(Bench *bench);
ExitStatus bench_sweep(Bench *bench);
ExitStatus bench_alibaba(Bench *bench);
