/* tools/distrosim/sweep/sweep.h -- what a sweep consists of: scenarios x variations x seeds.
 *
 * plan.c reads it off the command line, layout.c lays its runs out, make.c makes them, tally.c
 * tells what came of it. identity.c writes down what was planned and reads it back, which is how
 * --resume, merge and --perturb know that they speak of one sweep. */
#pragma once

#include "tools/distrosim/cli/arguments.h"
#include "tools/distrosim/cli/status.h"
#include "tools/distrosim/sweep/corpus.h"
#include "tools/distrosim/sweep/rows.h"
#include "tools/distrosim/sweep/shard.h"

/* A scenario of the sweep. */
typedef struct Planned {
    char *name, *path;
    char *digest;          /* of the file and of what it may require: other text, another sweep */
    SimScenario *scenario; /* NULL where runs are only read */
} Planned;

/* A scenario that cannot be loaded, so that none of its seeds can be run. */
typedef struct Broken {
    char *path, *message;
} Broken;

/* A run that the corpus asks for. */
typedef struct CorpusRun {
    guint scenario; /* number in Sweep.scenarios */
    CorpusEntry *entry;
} CorpusRun;

typedef struct Sweep {
    const Arguments *arguments; /* of this command */
    const Arguments *asked;     /* seeds, settings, variations: of the command that planned it */
    GPtrArray *scenarios;       /* Planned */
    GPtrArray *broken;          /* Broken */
    GPtrArray *varied;          /* const char *, interned: names that --vary gives */
    GPtrArray *variations;      /* Variation, at least one */
    GArray *seeds;              /* uint64_t */
    GPtrArray *corpus;          /* CorpusRun */
    GPtrArray *extra;           /* Variation: of corpus entries that the plan does not have */
    Shard shard;
    unsigned jobs;
    ExitStatus status; /* STATUS_WRONG_SCENARIO: some could not be loaded and are left out */
    char *name;        /* "sweep/partition", where its results go */
    Row *rows;         /* of this shard, in the order of the plan */
    size_t count;
    size_t *order; /* in which they are run; NULL: as they stand */
} Sweep;

/* Empty, but ready to be filled. */
void sweep_init(Sweep *sweep, const Arguments *arguments);
void sweep_clear(Sweep *sweep);
/* Reads the plan; complains and returns a status other than STATUS_HELD if it is wrong. */
ExitStatus sweep_plan(Sweep *sweep, const Arguments *arguments);
/* Seeds and variations from @sweep->asked, then the rows; scenarios and corpus are there. */
ExitStatus sweep_plan_rows(Sweep *sweep);

/* Lays the rows out. False and @error if they are too many, or the corpus is damaged. */
bool sweep_lay_out(Sweep *sweep, GError **error);
/* (transfer full) */
Variation *variation_new(const Request *base);
void variation_free(Variation *variation);

/* "12 scenarios x 2 variations x 100 seeds = 2,400 runs". (transfer full) */
char *sweep_describe(const Sweep *sweep);
/* Where its files go: "results/sweep/partition". (transfer full) */
char *sweep_folder(const Sweep *sweep);

/* Makes the runs that its journal lacks, then sweep_finish. Complains about what stops it. */
ExitStatus sweep_make(Sweep *sweep);

/* Writes sweep.csv, groups.csv and sweep.json of @rows that no plan laid out, into @folder.
 * @seeds as in --seeds. */
bool sweep_write_rows(const char *folder, const char *name, const char *seeds, Row *rows,
                      size_t count, GError **error);

/* Writes sweep.csv, groups.csv, sweep.json and the report of the first @done rows, draws plots if
 * asked for, and prints what they say. @wall_s: how long it took; below 0: not to be told. */
ExitStatus sweep_finish(const Sweep *sweep, size_t done, double wall_s);
