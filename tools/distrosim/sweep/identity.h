/* tools/distrosim/sweep/identity.h -- everything that the rows of a sweep follow from, a line each.
 *
 *      distrosim sweep 1
 *      version 0.1.0+5f2992e
 *      name    sweep/partition
 *      seeds   1..100
 *      set     nodes=5             as often as there are
 *      scenario  DIGEST  NAME  PATH
 *      shard   2/4
 *
 * Equal texts, equal rows: so rows that one process left may stand in the results of another. */
#pragma once

#include "tools/distrosim/sweep/sweep.h"

/* (transfer full) */
char *identity_text(const Sweep *sweep);

/* What two texts disagree about, as a sentence; NULL if nothing. @across_shards: shards of one
 * sweep are alike, but for the names of their folders. (transfer full) */
char *identity_difference(const char *theirs, const char *ours, bool across_shards);

/* Fills @sweep from @text but for its rows, and @asked with its seeds and settings. False and
 * @error, which names @path, if it is no such text. */
bool identity_read(const char *path, const char *text, Sweep *sweep, Arguments *asked,
                   GError **error);
