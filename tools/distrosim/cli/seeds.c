/* tools/distrosim/cli/seeds.c -- see seeds.h. */
#include "tools/distrosim/cli/seeds.h"

#include <string.h>

#define HASH_DIGITS 40
#define SEED_DIGITS 16

G_DEFINE_QUARK(seeds-error-quark, seeds_error)

static bool all_hex(const char *text)
{
    for (; *text != '\0'; text++) {
        if (!g_ascii_isxdigit(*text)) {
            return false;
        }
    }
    return true;
}

static bool is_commit_hash(const char *text)
{
    return strlen(text) == HASH_DIGITS && all_hex(text);
}

static void set_wrong(GError **error, const char *text)
{
    g_set_error(error, SEEDS_ERROR, SEEDS_ERROR_WRONG,
                "'%s' is no seed: write a decimal number up to 18446744073709551615, "
                "0x and hex digits, or a commit hash of 40 digits",
                text);
}

bool seeds_parse_one(const char *text, uint64_t *seed, GError **error)
{
    if (is_commit_hash(text)) {
        g_autofree char *first = g_strndup(text, SEED_DIGITS);
        *seed = g_ascii_strtoull(first, NULL, 16);
        return true;
    }
    bool hex = g_ascii_strncasecmp(text, "0x", 2) == 0;
    guint64 value = 0;
    /* GLib's parser would take a second "0x" after ours, so only digits may follow. */
    bool digits = hex ? text[2] != '\0' && all_hex(text + 2) : g_ascii_isdigit(*text);
    if (!digits || !g_ascii_string_to_unsigned(hex ? text + 2 : text, hex ? 16 : 10, 0, G_MAXUINT64,
                                               &value, NULL)) {
        set_wrong(error, text);
        return false;
    }
    *seed = value;
    return true;
}

/* The ends of a part such as "40..60", or twice the same seed. */
static bool parse_part(const char *part, uint64_t *first, uint64_t *last, GError **error)
{
    const char *dots = strstr(part, "..");
    if (dots == NULL) {
        bool ok = seeds_parse_one(part, first, error);
        *last = *first;
        return ok;
    }
    g_autofree char *from = g_strndup(part, (gsize)(dots - part));
    const char *to = dots + 2;
    if (*from == '\0' || *to == '\0') {
        g_set_error(error, SEEDS_ERROR, SEEDS_ERROR_WRONG,
                    "the range '%s' needs a seed on either side of its dots, such as 1..100", part);
        return false;
    }
    if (is_commit_hash(from) || is_commit_hash(to)) {
        g_set_error(error, SEEDS_ERROR, SEEDS_ERROR_WRONG,
                    "a commit hash is one seed and cannot end the range '%s'", part);
        return false;
    }
    if (!seeds_parse_one(from, first, error) || !seeds_parse_one(to, last, error)) {
        return false;
    }
    if (*first > *last) {
        g_set_error(error, SEEDS_ERROR, SEEDS_ERROR_WRONG,
                    "the range '%s' runs backwards; did you mean '%s..%s'?", part, to, from);
        return false;
    }
    return true;
}

static bool append_range(GArray *seeds, GHashTable *seen, uint64_t first, uint64_t last,
                         GError **error)
{
    if (last - first >= SEEDS_MAX - seeds->len) {
        g_set_error(error, SEEDS_ERROR, SEEDS_ERROR_WRONG,
                    "these are more than %d seeds; sweep them in parts", SEEDS_MAX);
        return false;
    }
    for (uint64_t i = 0; i <= last - first; i++) {
        uint64_t seed = first + i;
        if (seen == NULL || g_hash_table_add(seen, g_memdup2(&seed, sizeof seed))) {
            g_array_append_val(seeds, seed);
        }
    }
    return true;
}

GArray *seeds_parse(const char *text, GError **error)
{
    g_autoptr(GArray) seeds = g_array_new(false, false, sizeof(uint64_t));
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    if (parts[0] == NULL) {
        set_wrong(error, text);
        return NULL;
    }
    /* A single range names no seed twice. */
    g_autoptr(GHashTable) seen =
        parts[1] != NULL ? g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL) : NULL;
    for (char **part = parts; *part != NULL; part++) {
        uint64_t first = 0, last = 0;
        if (!parse_part(g_strstrip(*part), &first, &last, error) ||
            !append_range(seeds, seen, first, last, error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&seeds);
}

uint64_t seeds_draw(void)
{
    uint64_t x = (uint64_t)g_get_real_time();
    /* The finalizer of splitmix64: neighbouring microseconds give unlike seeds. */
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    return x % UINT64_C(1000000000);
}
