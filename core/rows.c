/* core/rows.c -- see rows.h. */
#include "core/rows.h"

#include <string.h>

enum {
    FIRST_SLOTS = 64,
    BLOCK_WORDS = 8192
};

void distro_table_init(DistroTable *table)
{
    table->slots = g_new0(DistroSlot, FIRST_SLOTS);
    table->mask = FIRST_SLOTS - 1;
    table->count = 0;
}

static void put_slot(DistroTable *table, DistroSlot slot)
{
    g_assert_cmpuint(slot.number, >, 0);
    uint32_t at = slot.hash & table->mask;
    while (table->slots[at].number != 0) {
        at = (at + 1) & table->mask;
    }
    table->slots[at] = slot;
}

static void grow(DistroTable *table)
{
    DistroSlot *old = table->slots;
    uint32_t old_count = table->mask + 1;

    table->slots = g_new0(DistroSlot, (size_t)old_count * 2);
    table->mask = old_count * 2 - 1;
    for (uint32_t i = 0; i < old_count; i++) {
        if (old[i].number != 0) {
            put_slot(table, old[i]);
        }
    }
    g_free(old);
}

uint32_t distro_table_add(DistroTable *table, uint32_t hash)
{
    g_assert_cmpuint(table->count, <, table->mask);
    if (table->count >= table->mask - table->mask / 4) {
        grow(table);
    }
    put_slot(table, (DistroSlot) { hash, ++table->count });
    return table->count;
}

void distro_rows_init(DistroRows *rows)
{
    distro_table_init(&rows->table);
    rows->keys = g_ptr_array_new();
    g_ptr_array_add(rows->keys, NULL);
}

void distro_rows_clear(DistroRows *rows)
{
    g_free(rows->table.slots);
    g_ptr_array_unref(rows->keys);
}

static uint32_t hash_row(const uint32_t *words, size_t count)
{
    uint32_t hash = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ words[i]) * 0x01000193u + (hash >> 17);
    }
    return distro_spread(hash);
}

const uint32_t *distro_rows_words(const DistroRows *rows, uint32_t number)
{
    g_assert_cmpuint(number, >, 0);
    g_assert_cmpuint(number, <, rows->keys->len);
    return (const uint32_t *)rows->keys->pdata[number] + 1;
}

static uint32_t find_row(const DistroRows *rows, const uint32_t *words, size_t count, uint32_t hash)
{
    const DistroTable *table = &rows->table;
    for (uint32_t at = hash & table->mask; table->slots[at].number != 0;
         at = (at + 1) & table->mask) {
        if (table->slots[at].hash != hash) {
            continue;
        }
        const uint32_t *key = rows->keys->pdata[table->slots[at].number];
        if (key[0] == count && memcmp(key + 1, words, count * sizeof *words) == 0) {
            return table->slots[at].number;
        }
    }
    return 0;
}

void distro_blocks_init(DistroBlocks *blocks)
{
    *blocks = (DistroBlocks) { .all = g_ptr_array_new_with_free_func(g_free) };
}

static uint32_t *take_words(DistroBlocks *blocks, size_t count)
{
    g_assert_cmpuint(count, >, 0);
    if (count > blocks->left) {
        size_t size = MAX(count, BLOCK_WORDS);
        blocks->next = g_new(uint32_t, size);
        blocks->left = (uint32_t)size;
        g_ptr_array_add(blocks->all, blocks->next);
    }
    uint32_t *words = blocks->next;
    blocks->next += count;
    blocks->left -= (uint32_t)count;
    return words;
}

uint32_t distro_rows_find(const DistroRows *rows, const uint32_t *words, size_t count)
{
    return find_row(rows, words, count, hash_row(words, count));
}

uint32_t distro_rows_enter(DistroBlocks *blocks, DistroRows *rows, const uint32_t *words,
                           size_t count, bool *fresh)
{
    g_assert(words != NULL || count == 0);
    uint32_t hash = hash_row(words, count);
    uint32_t number = find_row(rows, words, count, hash);

    *fresh = number == 0;
    if (!*fresh) {
        return number;
    }
    uint32_t *key = take_words(blocks, count + 1);
    key[0] = (uint32_t)count;
    if (count > 0) {
        memcpy(key + 1, words, count * sizeof *words);
    }
    g_ptr_array_add(rows->keys, key);
    number = distro_table_add(&rows->table, hash);
    g_assert_cmpuint(number, ==, rows->keys->len - 1);
    return number;
}
