/* tests/support/vectors.c -- a reader of tab-separated tables. */
#include "tests/support/vectors.h"

#include <string.h>

struct Vectors {
    char **columns;
    GPtrArray *rows; /* of char ** */
};

static void free_row(gpointer row)
{
    g_strfreev(row);
}

Vectors *vectors_read(const char *name)
{
    g_autofree char *path = g_build_filename(DISTROSIM_TEST_DATA, name, NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    Vectors *vectors = g_new0(Vectors, 1);
    vectors->rows = g_ptr_array_new_with_free_func(free_row);
    for (char **line = lines; *line != NULL; line++) {
        if (**line == '#' || **line == '\0') {
            continue;
        }
        char **cells = g_strsplit(*line, "\t", -1);
        if (vectors->columns == NULL) {
            vectors->columns = cells;
        } else {
            g_ptr_array_add(vectors->rows, cells);
        }
    }
    g_assert_nonnull(vectors->columns);
    return vectors;
}

void vectors_free(Vectors *vectors)
{
    if (vectors == NULL) {
        return;
    }
    g_strfreev(vectors->columns);
    g_ptr_array_unref(vectors->rows);
    g_free(vectors);
}

guint vectors_count(const Vectors *vectors)
{
    return vectors->rows->len;
}

const char *vectors_cell(const Vectors *vectors, guint row, const char *column)
{
    char **cells = g_ptr_array_index(vectors->rows, row);
    for (guint i = 0; vectors->columns[i] != NULL; i++) {
        if (strcmp(vectors->columns[i], column) == 0) {
            return i < g_strv_length(cells) ? cells[i] : "";
        }
    }
    g_error("no column %s", column);
}

gint64 vectors_int(const Vectors *vectors, guint row, const char *column)
{
    gint64 number = 0;
    const char *cell = vectors_cell(vectors, row, column);
    if (!g_ascii_string_to_signed(cell, 10, G_MININT64, G_MAXINT64, &number, NULL)) {
        g_error("%s is not a number: %s", column, cell);
    }
    return number;
}
