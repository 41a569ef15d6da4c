/* tools/distrosim/command/merge.c -- distrosim merge: one sweep from its shards.
 *
 * The journals have all that is needed, down to the last bit of each figure: what comes out equals
 * what one machine would have written. Shards that do not belong together are refused by name. */
#include <stdio.h>
#include <string.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/sweep/identity.h"
#include "tools/distrosim/sweep/journal.h"

typedef struct Merge {
    const Arguments *arguments;
    GPtrArray *folders;    /* char *: of a journal each */
    GPtrArray *identities; /* char *, parallel */
    GPtrArray *shards;     /* char * by number of the shard: its folder; NULL: none yet */
} Merge;

/* --- finding journals ------------------------------------------------------------------------- */

static bool has_journal(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, JOURNAL_NAME, NULL);
    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static void find_below(Merge *merge, const char *folder)
{
    if (has_journal(folder)) {
        g_ptr_array_add(merge->folders, g_strdup(folder));
        return;
    }
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name = dir != NULL ? g_dir_read_name(dir) : NULL; name != NULL;
         name = g_dir_read_name(dir)) {
        g_autofree char *below = g_build_filename(folder, name, NULL);
        if (g_file_test(below, G_FILE_TEST_IS_DIR) && !g_file_test(below, G_FILE_TEST_IS_SYMLINK)) {
            find_below(merge, below);
        }
    }
}

static ExitStatus find_journals(Merge *merge)
{
    const GPtrArray *operands = merge->arguments->operands;
    for (guint i = 0; i < operands->len; i++) {
        const char *operand = g_ptr_array_index(operands, i);
        guint before = merge->folders->len;
        find_below(merge, operand);
        if (merge->folders->len > before) {
            continue;
        }
        complain("'%s' holds no sweep: there is no " JOURNAL_NAME " in it", operand);
        return STATUS_NO_FILE;
    }
    return STATUS_HELD;
}

/* --- do they belong together? ------------------------------------------------------------------
 */

static bool is_alike(const Merge *merge, guint number, GError **error)
{
    const char *first = g_ptr_array_index(merge->identities, 0);
    const char *other = g_ptr_array_index(merge->identities, number);
    g_autofree char *difference = identity_difference(first, other, true);
    if (difference == NULL) {
        return true;
    }
    g_set_error(error, FILES_ERROR, FILES_ERROR_MALFORMED,
                "'%s' and '%s' are not shards of one sweep: %s",
                (const char *)g_ptr_array_index(merge->folders, 0),
                (const char *)g_ptr_array_index(merge->folders, number), difference);
    return false;
}

/* "sweep/partition" of "sweep/partition.2-of-4". */
static void drop_shard_name(Sweep *sweep)
{
    g_autofree char *ending = g_strdup_printf(".%u-of-%u", sweep->shard.index, sweep->shard.count);
    if (g_str_has_suffix(sweep->name, ending)) {
        sweep->name[strlen(sweep->name) - strlen(ending)] = '\0';
    }
}

static bool take_shard(Merge *merge, const char *folder, Shard shard, GError **error)
{
    if (shard.count == 1) {
        g_set_error(error, FILES_ERROR, FILES_ERROR_MALFORMED,
                    "'%s' is a whole sweep, no shard of one", folder);
        return false;
    }
    if (merge->shards->len == 0) {
        g_ptr_array_set_size(merge->shards, (gint)shard.count);
    }
    if (merge->shards->len != shard.count) {
        g_set_error(error, FILES_ERROR, FILES_ERROR_MALFORMED,
                    "'%s' is one of %u shards, but '%s' one of %u", folder, shard.count,
                    (const char *)g_ptr_array_index(merge->folders, 0), merge->shards->len);
        return false;
    }
    char **place = (char **)&g_ptr_array_index(merge->shards, shard.index - 1);
    if (*place != NULL) {
        g_set_error(error, FILES_ERROR, FILES_ERROR_MALFORMED,
                    "'%s' and '%s' are both shard %u of %u", *place, folder, shard.index,
                    shard.count);
        return false;
    }
    *place = (char *)folder;
    return true;
}

static bool all_there(const Merge *merge, GError **error)
{
    for (guint i = 0; i < merge->shards->len; i++) {
        if (g_ptr_array_index(merge->shards, i) != NULL) {
            continue;
        }
        g_set_error(error, FILES_ERROR, FILES_ERROR_MALFORMED,
                    "shard %u of %u is missing; the sweep cannot be whole without it", i + 1,
                    merge->shards->len);
        return false;
    }
    return true;
}

/* --- joining -----------------------------------------------------------------------------------
 */

static bool check_complete(const Sweep *sweep, const Merge *merge, GError **error)
{
    for (size_t i = 0; i < sweep->count; i++) {
        if (sweep->rows[i].made) {
            continue;
        }
        guint shard = (guint)(i % merge->shards->len);
        g_set_error(error, FILES_ERROR, FILES_ERROR_MALFORMED,
                    "'%s', shard %u of %u, is not finished: it lacks seed %" G_GUINT64_FORMAT
                    " of %s; the sweep command with --resume goes on there",
                    (const char *)g_ptr_array_index(merge->shards, shard), shard + 1,
                    merge->shards->len, sweep->rows[i].seed, sweep->rows[i].scenario);
        return false;
    }
    return true;
}

static bool join_rows(const Merge *merge, Sweep *sweep, GError **error)
{
    for (guint i = 0; i < merge->shards->len; i++) {
        size_t found = 0;
        const char *folder = g_ptr_array_index(merge->shards, i);
        if (!journal_read(folder, sweep->rows, sweep->count, &found, error)) {
            return false;
        }
    }
    return check_complete(sweep, merge, error);
}

/* Reads what all shards have in common into @sweep, and sees that all of them are there. */
static bool read_shards(Merge *merge, Sweep *sweep, Arguments *asked, GError **error)
{
    for (guint i = 0; i < merge->folders->len; i++) {
        const char *folder = g_ptr_array_index(merge->folders, i);
        const char *text = g_ptr_array_index(merge->identities, i);
        Sweep other;
        sweep_init(&other, merge->arguments);
        g_autoptr(Arguments) ignored = arguments_new();
        bool ok =
            identity_read(folder, text, i == 0 ? sweep : &other, i == 0 ? asked : ignored, error) &&
            take_shard(merge, folder, i == 0 ? sweep->shard : other.shard, error) &&
            is_alike(merge, i, error);
        sweep_clear(&other);
        if (!ok) {
            return false;
        }
    }
    drop_shard_name(sweep);
    sweep->shard = (Shard) { 1, 1 };
    return all_there(merge, error);
}

static ExitStatus complain_usage(const GError *error)
{
    complain("%s", error->message);
    return STATUS_USAGE;
}

static ExitStatus join_shards(Merge *merge, Sweep *sweep, Arguments *asked)
{
    g_autoptr(GError) error = NULL;
    if (!read_shards(merge, sweep, asked, &error)) {
        return complain_usage(error);
    }
    sweep->asked = asked;
    ExitStatus status = sweep_plan_rows(sweep);
    if (status != STATUS_HELD) {
        return status;
    }
    if (!join_rows(merge, sweep, &error)) {
        return complain_usage(error);
    }
    return sweep_finish(sweep, sweep->count, -1);
}

static bool read_identities(Merge *merge, GError **error)
{
    for (guint i = 0; i < merge->folders->len; i++) {
        char *identity = NULL;
        if (!journal_identity(g_ptr_array_index(merge->folders, i), &identity, error)) {
            return false;
        }
        g_ptr_array_add(merge->identities, identity);
    }
    return true;
}

static ExitStatus merge_command(const Arguments *arguments)
{
    Merge merge = {
        .arguments = arguments,
        .folders = g_ptr_array_new_with_free_func(g_free),
        .identities = g_ptr_array_new_with_free_func(g_free),
        .shards = g_ptr_array_new(),
    };
    Sweep sweep;
    sweep_init(&sweep, arguments);
    g_autoptr(Arguments) asked = arguments_new();
    ExitStatus status = find_journals(&merge);
    g_autoptr(GError) error = NULL;
    if (status == STATUS_HELD && !read_identities(&merge, &error)) {
        status = complain_usage(error);
    } else if (status == STATUS_HELD) {
        status = join_shards(&merge, &sweep, asked);
    }
    sweep_clear(&sweep);
    g_ptr_array_unref(merge.shards);
    g_ptr_array_unref(merge.identities);
    g_ptr_array_unref(merge.folders);
    return status;
}

const Command command_merge = {
    .name = "merge",
    .operands = "DIR...",
    .about = "join the shards of a sweep",
    .more =
        "DIR is the folder of a shard, or one that holds such folders. All shards of the sweep\n"
        "must be there, each once and finished. What is written equals what one machine would\n"
        "have written, byte for byte; scenarios are not needed for it.\n",
    .options = (const OptionId[]) { OPTION_JUNIT, OPTION_PLOT, OPTION_OUT, OPTION_JSON,
                                    OPTION_QUIET, OPTIONS_END },
    .offer = OFFER_FOLDER,
    .low = 1,
    .high = G_MAXUINT,
    .run = merge_command,
};
