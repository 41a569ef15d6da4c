/* tools/distrosim/sweep/shard.h -- a part of a sweep that a machine of its own makes.
 *
 * Run number x of the plan belongs to shard x mod count, so that neighbours, which take about as
 * long, are dealt out evenly. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define SHARDS_MAX 10000

typedef struct Shard {
    unsigned index, count; /* 1 .. count; 1 of 1 is the whole sweep */
} Shard;

/* Reads "2/4". False and @error, a sentence, if @text is no shard. */
bool shard_parse(const char *text, Shard *shard, GError **error);

/* How many of @total runs it has; which one its run number @place is; and where run @index of the
 * plan stands in it, if it is its own. */
size_t shard_size(Shard shard, size_t total);
size_t shard_run(Shard shard, size_t place);
bool shard_place(Shard shard, size_t index, size_t *place);
