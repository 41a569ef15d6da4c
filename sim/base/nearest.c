/* sim/base/nearest.c -- edit distance, row by row. */
#include "sim/base/nearest.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

enum {
    WHOLE = 4, /* cost of one edit */
    CASE = 1,  /* cost of writing a letter in the other case */
    LETTERS_PER_SLIP = 3,
};

static unsigned replacement_cost(char a, char b)
{
    if (a == b) {
        return 0;
    }
    return g_ascii_tolower(a) == g_ascii_tolower(b) ? CASE : WHOLE;
}

static bool swapped(const char *a, size_t i, const char *b, size_t j)
{
    return i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
}

/* rows[i % 3][j] is the cost of turning the first i letters of @a into the first j of @b; a swap
 * reads two rows back. */
static unsigned edit_distance(const char *a, const char *b)
{
    size_t rows_count = strlen(a), columns = strlen(b);
    g_autofree unsigned *cells = g_new0(unsigned, 3 * (columns + 1));
    unsigned *rows[3] = { cells, cells + columns + 1, cells + 2 * (columns + 1) };
    for (size_t j = 0; j <= columns; j++) {
        rows[0][j] = (unsigned)j * WHOLE;
    }
    for (size_t i = 1; i <= rows_count; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3];
        row[0] = (unsigned)i * WHOLE;
        for (size_t j = 1; j <= columns; j++) {
            unsigned replaced = above[j - 1] + replacement_cost(a[i - 1], b[j - 1]);
            row[j] = MIN(replaced, MIN(above[j], row[j - 1]) + WHOLE);
            if (swapped(a, i, b, j)) {
                row[j] = MIN(row[j], rows[(i - 2) % 3][j - 2] + WHOLE);
            }
        }
    }
    return rows[rows_count % 3][columns];
}

/* NULL if there is no name; @distance is its cost. */
static const char *find_nearest(const char *wanted, const char *const *names, size_t n,
                                unsigned *distance)
{
    const char *nearest = NULL;
    for (size_t i = 0; i < n; i++) {
        unsigned cost = edit_distance(wanted, names[i]);
        if (nearest == NULL || cost < *distance) {
            nearest = names[i];
            *distance = cost;
        }
    }
    return nearest;
}

const char *sim_nearest_name(const char *wanted, const char *const *names, size_t n)
{
    unsigned distance = 0;
    return find_nearest(wanted, names, n, &distance);
}

const char *sim_nearest_typo(const char *wanted, const char *const *names, size_t n)
{
    unsigned distance = 0;
    const char *nearest = find_nearest(wanted, names, n, &distance);
    if (nearest == NULL) {
        return NULL;
    }
    size_t letters = MAX(strlen(wanted), strlen(nearest));
    unsigned slips = (unsigned)MAX(1, (letters + 1) / LETTERS_PER_SLIP);
    return distance <= slips * WHOLE ? nearest : NULL;
}
