/* tools/distrosim/cli/seeds.h -- seeds as people write them.
 *
 *      41          decimal
 *      0x29        hex
 *      2f7a...     a commit hash, exactly 40 hex digits: its first 16 are the seed, so that every
 *                  commit brings a seed of its own to a nightly sweep
 *      1..100      from 1 to 100, both included
 *      1,7,40..60  several of these */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* As many as one list may name: a longer one is a slip of the finger. */
#define SEEDS_MAX 10000000

typedef enum SeedsError {
    SEEDS_ERROR_WRONG,
} SeedsError;
#define SEEDS_ERROR (seeds_error_quark())
GQuark seeds_error_quark(void);

/* One seed. False and @error, a sentence, if @text is none. */
bool seeds_parse_one(const char *text, uint64_t *seed, GError **error);

/* A range or a list: uint64_t in the order written, each once. (transfer full), NULL and @error */
GArray *seeds_parse(const char *text, GError **error);

/* One from the clock: short, since people read it out and type it. */
uint64_t seeds_draw(void);
