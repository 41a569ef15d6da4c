/* tools/distrosim/sweep/rows.h -- what a sweep keeps of each run, and what the runs say together.
 *
 * A row is small: a sweep may have millions. Rows stand in the order scenario, variation, seed,
 * whatever the order in which they were made. */
#pragma once

#include "sim/run/run.h"
#include "tools/distrosim/cli/request.h"

/* One combination of the values that --vary names. */
typedef struct Variation {
    Request request;   /* --set and --profile included */
    GPtrArray *values; /* const char *, interned: one per varied name */
    char *label;       /* "nodes=3 profile=nacos-2.3"; "" if nothing varies */
} Variation;

/* Figures that rows carry as plain numbers, each a column of sweep.csv. */
typedef enum RowFigure {
    ROW_AT_US, /* of the violation; the length of the run if it held */
    ROW_VIRTUAL_US,
    ROW_EVENTS,
    ROW_MESSAGES,
    ROW_BYTES_LAN,
    ROW_BYTES_WAN,
    ROW_CONVERGED,
    ROW_P50_US, /* of convergence, -1 if nothing converged, and so on */
    ROW_P90_US,
    ROW_P99_US,
    ROW_MAX_US,
    ROW_UNCONVERGED,
    ROW_HEAL_US, /* the longest heal-to-agree; -1: no heal, or never */
    ROW_LOST_US,
    ROW_ZOMBIE_US,
    ROW_UNAVAILABLE,
    ROW_EMPTY_READS,
    ROW_PEAK_PENDING,
    ROW_LOST_LISTED_US, /* from here on they stand behind the amplification */
    ROW_NOT_YET_KNOWN_US,
    ROW_CONSUMER_EMPTY_US, /* -1 if there is no consumer, and so on */
    ROW_CONSUMER_SHORT_US,
    ROW_CONSUMER_STALE_US,
    ROW_SEEN, /* until queries answer with it; -1 if nothing was seen, and so on */
    ROW_SEEN_P50_US,
    ROW_SEEN_P90_US,
    ROW_SEEN_P99_US,
    ROW_SEEN_MAX_US,
    ROW_N_FIGURES,
} RowFigure;

typedef struct Row {
    const char *scenario; /* name and path, the scenario's */
    const char *path;
    const SimScenario *to_run; /* NULL where rows are only read */
    const Variation *variation;
    uint64_t seed;
    size_t index; /* in the plan, of which a shard has some */
    bool made;
    bool checked; /* run twice */
    bool told;    /* handed over in order, so that it counts */
    SimVerdict verdict;
    bool usage;        /* the settings were refused */
    const char *check; /* interned; what failed, or "" */
    char *reason;      /* "" if it held */
    char *line;        /* for the terminal; NULL if it held */
    char *signature;   /* what failures of one kind have in common; "" if it held */
    char *cause;       /* the lines of why that matter, without their instants; "" if unknown */
    uint64_t fingerprint;
    int64_t figures[ROW_N_FIGURES];
    double amplification;
    GArray *measures; /* RowMeasure; NULL: none */
} Row;

/* What a run's story measured, or how often an event of must_see occurred. */
typedef struct RowMeasure {
    const char *column; /* interned, as is the unit: "measure.NAME" or "must_see.EVENT" */
    const char *unit;   /* see SimMeasure; "" of an event */
    double value;
} RowMeasure;

/* What failed, in a word: the check that was violated first, "must_see", or "". (transfer none) */
const char *row_check(const SimResult *result);
void row_fill(Row *row, const SimResult *result);
void row_clear(Row *row);
/* The verdict on a run that came out otherwise elsewhere. Takes @reason. */
void row_set_nondeterministic(Row *row, char *reason);

/* One line without its end, of printable ASCII, that a row reads back from with every bit. */
void row_append_text(const Row *row, GString *text);
/* Which run of the plan @line (its @length bytes) is about. False if it is torn or damaged. */
bool row_index_of_text(const char *line, size_t length, size_t *index);
/* Fills @row, whose seed must be the line's. False if it is not, or the line is no row. */
bool row_from_text(Row *row, const char *line, size_t length);

/* sweep.csv: @names are the varied names (const char *). (transfer full) */
char *rows_csv(const Row *rows, size_t count, const GPtrArray *names);

/* --- together ----------------------------------------------------------------------------- */

/* Failures of one scenario by one check that say the same, but for names and numbers. */
typedef struct RowFailure {
    const char *scenario, *check, *signature;
    SimVerdict verdict;
    size_t count;
    const Row *worst; /* most harm done; the first of equals */
} RowFailure;
/* Worst first: by verdict, then by how many. (transfer full), RowFailure */
GArray *rows_failures(const Row *rows, size_t count);

/* Failures of one kind whose causes read alike, but for names and numbers. */
typedef struct RowCause {
    const Row *first; /* whose cause is told */
    size_t count;
} RowCause;
/* The causes of @failure, the most frequent first. (transfer full), RowCause */
GArray *rows_causes(const Row *rows, size_t count, const RowFailure *failure);

typedef struct RowSpread {
    size_t count; /* rows that have the figure */
    double low, quarter, half, three_quarters, high;
} RowSpread;

/* The runs of one scenario and one variation. */
typedef struct RowGroup {
    const Row *first;
    size_t count, held;
} RowGroup;
GArray *rows_groups(const Row *rows, size_t count); /* (transfer full), RowGroup, in order */
RowSpread rows_spread(const RowGroup *group, RowFigure figure);
/* What the runs of @group measured, each column once and in order; their units are those of the
 * group's first run that has it. (transfer full), const RowMeasure * of a row */
GPtrArray *rows_measures(const RowGroup *group);
bool row_measure_is_of_must_see(const RowMeasure *measure);
const char *row_measure_name(const RowMeasure *measure); /* what stands behind the dot */
/* In how many runs of @group the measure of this interned column is above 0. */
size_t rows_met(const RowGroup *group, const char *column);
RowSpread rows_measure_spread(const RowGroup *group, const char *column);

/* groups.csv, which the plot is drawn from: a line per group and figure. (transfer full) */
char *rows_groups_csv(const GArray *groups);
const char *rows_figure_name(RowFigure figure);
