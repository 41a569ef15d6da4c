/* tools/distrosim/sweep/shard.c -- see shard.h. */
#include "tools/distrosim/sweep/shard.h"

#include <string.h>

#include "tools/distrosim/cli/arguments.h"

static bool read_part(const char *text, guint64 *number)
{
    return g_ascii_string_to_unsigned(text, 10, 1, SHARDS_MAX, number, NULL);
}

bool shard_parse(const char *text, Shard *shard, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    guint64 index = 0, count = 0;
    if (g_strv_length(parts) != 2 || !read_part(parts[0], &index) || !read_part(parts[1], &count)) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "--shard takes a part and how many there are, such as 2/4, not '%s'", text);
        return false;
    }
    if (index > count) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "--shard %s: of %" G_GUINT64_FORMAT " shards the last is %" G_GUINT64_FORMAT
                    "/%" G_GUINT64_FORMAT,
                    text, count, count, count);
        return false;
    }
    *shard = (Shard) { (unsigned)index, (unsigned)count };
    return true;
}

size_t shard_size(Shard shard, size_t total)
{
    return total < shard.index ? 0 : (total - shard.index) / shard.count + 1;
}

size_t shard_run(Shard shard, size_t place)
{
    return place * shard.count + shard.index - 1;
}

bool shard_place(Shard shard, size_t index, size_t *place)
{
    *place = index / shard.count;
    return index % shard.count == shard.index - 1;
}
