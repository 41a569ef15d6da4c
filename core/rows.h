/* core/rows.h -- short rows of numbers, each of which gets a number when it is first met.
 *
 *      slots   | hash, number | hash, number |      open addressing, linear probing
 *      keys    | - | row of 1 | row of 2 | ...      number -> length, words...
 *
 * Rows live in blocks that never move, so what points into them stays good. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct DistroSlot {
    uint32_t hash;
    uint32_t number; /* 0: free */
} DistroSlot;

typedef struct DistroTable {
    DistroSlot *slots;
    uint32_t mask;
    uint32_t count;
} DistroTable;

typedef struct DistroRows {
    DistroTable table;
    GPtrArray *keys; /* of const uint32_t *: the length, then the words */
} DistroRows;

typedef struct DistroBlocks {
    GPtrArray *all; /* of uint32_t[] */
    uint32_t left;  /* words of the last one */
    uint32_t *next;
} DistroBlocks;

/* Java's hash is a poor table hash in its low bits; a multiplication spreads it. */
static inline uint32_t distro_spread(uint32_t hash)
{
    hash *= 0x9e3779b1u;
    return hash ^ hash >> 15;
}

void distro_table_init(DistroTable *table);
/* Enters the next number, which is the count from then on, under @hash. */
uint32_t distro_table_add(DistroTable *table, uint32_t hash);

void distro_blocks_init(DistroBlocks *blocks);
void distro_rows_init(DistroRows *rows);
void distro_rows_clear(DistroRows *rows);
/* The words of the row with this number, from 1 to how many there are (asserted). */
const uint32_t *distro_rows_words(const DistroRows *rows, uint32_t number);
/* Number of the row; 0: it was never entered. */
uint32_t distro_rows_find(const DistroRows *rows, const uint32_t *words, size_t count);
/* Number of the row, entered (into @blocks) if it is new: then *@fresh. */
uint32_t distro_rows_enter(DistroBlocks *blocks, DistroRows *rows, const uint32_t *words,
                           size_t count, bool *fresh);
