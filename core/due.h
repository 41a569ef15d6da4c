/* core/due.h -- what is due next: a heap of times, each with whose it is.
 *
 * Periods that are late by different amounts overtake each other, so a queue would not do.
 *
 * Memory:  16 bytes a time, and room for a quarter more. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct DistroDue {
    int64_t at_us;
    uint32_t of;    /* a client's or a service's number */
    uint32_t stamp; /* of those due at one time the lower comes first; unique among them */
} DistroDue;

/* All zero is an empty heap. */
typedef struct DistroDues {
    DistroDue *items; /* items[0] is the first; the others are in no order that means anything */
    uint32_t count, capacity;
} DistroDues;

void distro_dues_add(DistroDues *dues, DistroDue due);
/* NULL if there is none; holds until the next change. (transfer none) */
const DistroDue *distro_dues_first(const DistroDues *dues);
/* Takes the first out; there must be one (asserted). */
DistroDue distro_dues_take(DistroDues *dues);
void distro_dues_clear(DistroDues *dues); /* frees what it holds, and leaves it empty */
/* All of them, the first first: DistroDue. (transfer full) */
GArray *distro_dues_sorted(const DistroDues *dues);
