/* tools/distrosim/sweep.h -- what a sweep consists of: scenarios x variations x seeds.
 *
 * sweep_plan.c reads it off the command line, sweep.c runs it, sweep_output.c tells what came of
 * it. */
#pragma once

#include "tools/distrosim/arguments.h"
#include "tools/distrosim/rows.h"

typedef struct Sweep {
    const Arguments *arguments;
    GPtrArray *scenarios;  /* SimScenario */
    GPtrArray *varied;     /* const char *, interned: names that --vary gives */
    GPtrArray *variations; /* Variation, at least one */
    GArray *seeds;         /* uint64_t */
    unsigned jobs;
    ExitStatus status; /* STATUS_WRONG_SCENARIO: some could not be loaded and are left out */
    char *name;        /* "sweep/partition", where its results go */
    Row *rows;
    size_t count; /* rows planned */
} Sweep;

/* Reads the plan; complains and returns a status other than STATUS_HELD if it is wrong. */
ExitStatus sweep_plan(Sweep *sweep, const Arguments *arguments);
void sweep_clear(Sweep *sweep);

/* "12 scenarios x 2 variations x 100 seeds = 2,400 runs". (transfer full) */
char *sweep_describe(const Sweep *sweep);

/* Writes sweep.csv, groups.csv and sweep.json of the first @done rows, draws plots if asked for,
 * and prints what they say. */
ExitStatus sweep_finish(const Sweep *sweep, size_t done, double wall_s);
