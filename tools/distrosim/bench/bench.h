/* tools/distrosim/bench/bench.h -- what the benchmarks share. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tools/distrosim/cli/status.h"
#include "tools/distrosim/output/json.h"

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
    double instructions; /* per operation; 0: not counted */
} Figure;
/* Prints it, or keeps it for the JSON. */
void bench_tell(Bench *bench, const Figure *figure);

/* bench.c: hot paths. */
ExitStatus bench_queue(Bench *bench);
ExitStatus bench_network(Bench *bench);
ExitStatus bench_codec(Bench *bench);
ExitStatus bench_core(Bench *bench);
ExitStatus bench_verify(Bench *bench);

/* world.c: whole runs. */
ExitStatus bench_flagship(Bench *bench);
ExitStatus bench_growth(Bench *bench);
ExitStatus bench_sweep(Bench *bench);
ExitStatus bench_alibaba(Bench *bench);
