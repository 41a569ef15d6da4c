/* tools/distrosim/compare/read.h -- the figures of a run or a sweep, as columns of numbers. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* One figure of one group: a value per run that has it. */
typedef struct FigureColumn {
    char *name;
    GArray *values; /* double */
} FigureColumn;

/* The runs of one scenario with one choice of varied values; of a run, just that one. */
typedef struct FigureGroup {
    char *name; /* "partition/minority", "partition/minority  nodes=3" */
    guint runs, held;
    GPtrArray *columns; /* FigureColumn, in the table's order */
} FigureGroup;

typedef struct FigureTable {
    bool sweep;
    GPtrArray *groups; /* FigureGroup */
} FigureTable;

typedef enum CompareError {
    COMPARE_ERROR_MALFORMED,
} CompareError;
#define COMPARE_ERROR (compare_error_quark())
GQuark compare_error_quark(void);

/* Reads summary.json or sweep.csv of @folder. NULL and @error, a sentence. */
FigureTable *figure_table_read(const char *folder, GError **error);
void figure_table_free(FigureTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FigureTable, figure_table_free)

const FigureGroup *figure_table_find(const FigureTable *table, const char *name);  /* NULL */
const FigureColumn *figure_group_find(const FigureGroup *group, const char *name); /* NULL */

/* RFC 4180: takes one row off *@text; its fields. NULL at the end. (transfer full) */
GPtrArray *compare_csv_row(const char **text);
