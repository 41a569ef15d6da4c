/* tests/support/vectors.h -- tables of expected results, as tab-separated files.
 *
 * Lines that start with '#' are remarks; the first other line names the columns. The files are
 * looked for in DISTROSIM_TEST_DATA, which the build defines. A file or a column that is missing
 * is a bug of the test and aborts. */
#pragma once

#include <glib.h>

typedef struct Vectors Vectors;

/* Read the table @name, such as "java-double.tsv" (transfer full). */
Vectors *vectors_read(const char *name);
void vectors_free(Vectors *vectors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vectors, vectors_free)

guint vectors_count(const Vectors *vectors);
/* The cell in @row under @column (transfer none); "" where the line ends early. */
const char *vectors_cell(const Vectors *vectors, guint row, const char *column);
/* The same as a decimal number (asserted to be one). */
gint64 vectors_int(const Vectors *vectors, guint row, const char *column);
