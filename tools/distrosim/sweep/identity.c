/* tools/distrosim/sweep/identity.c -- see identity.h. */
#include "tools/distrosim/sweep/identity.h"

#include <string.h>

#include "tools/distrosim/cli/version.h"
#include "tools/distrosim/output/files.h"

#define FIRST_LINE "distrosim sweep 1"

/* --- writing -------------------------------------------------------------------------------- */

/* A line of @key and values up to NULL. */
static void append_line(GString *text, const char *key, ...) G_GNUC_NULL_TERMINATED;
static void append_line(GString *text, const char *key, ...)
{
    g_string_append(text, key);
    va_list values;
    va_start(values, key);
    for (const char *value = va_arg(values, const char *); value != NULL;
         value = va_arg(values, const char *)) {
        g_autofree char *escaped = g_strescape(value, NULL);
        g_string_append_printf(text, "\t%s", escaped);
    }
    va_end(values);
    g_string_append_c(text, '\n');
}

static void append_list(GString *text, const char *key, const GPtrArray *values)
{
    for (guint i = 0; i < values->len; i++) {
        append_line(text, key, (const char *)g_ptr_array_index(values, i), NULL);
    }
}

static void append_asked(GString *text, const Arguments *asked)
{
    append_line(text, "seeds", asked->seeds, NULL);
    append_list(text, "set", asked->set);
    append_list(text, "vary", asked->vary);
    if (asked->profile != NULL) {
        append_line(text, "profile", asked->profile, NULL);
    }
    if (asked->corpus) {
        append_line(text, "option", "corpus", NULL);
    }
    if (asked->self_check) {
        append_line(text, "option", "self-check", NULL);
    }
}

static void append_scenarios(GString *text, const Sweep *sweep)
{
    for (guint i = 0; i < sweep->scenarios->len; i++) {
        const Planned *planned = g_ptr_array_index(sweep->scenarios, i);
        append_line(text, "scenario", planned->digest, planned->name, planned->path, NULL);
    }
    for (guint i = 0; i < sweep->broken->len; i++) {
        const Broken *broken = g_ptr_array_index(sweep->broken, i);
        append_line(text, "broken", broken->path, broken->message, NULL);
    }
}

static void append_corpus(GString *text, const GPtrArray *corpus)
{
    for (guint i = 0; i < corpus->len; i++) {
        const CorpusRun *run = g_ptr_array_index(corpus, i);
        g_autofree char *scenario = g_strdup_printf("%u", run->scenario);
        g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, run->entry->seed);
        append_line(text, "corpus", scenario, seed, run->entry->verdict, run->entry->settings,
                    run->entry->signature, NULL);
    }
}

char *identity_text(const Sweep *sweep)
{
    GString *text = g_string_new(FIRST_LINE "\n");
    append_line(text, "version", distrosim_version, NULL);
    append_line(text, "name", sweep->name, NULL);
    append_asked(text, sweep->asked);
    append_scenarios(text, sweep);
    append_corpus(text, sweep->corpus);
    if (sweep->shard.count > 1) {
        g_autofree char *shard = g_strdup_printf("%u/%u", sweep->shard.index, sweep->shard.count);
        append_line(text, "shard", shard, NULL);
    }
    return g_string_free(text, false);
}

/* --- comparing ------------------------------------------------------------------------------ */

static bool is_passed_over(const char *line, bool across_shards)
{
    return across_shards && (g_str_has_prefix(line, "shard\t") || g_str_has_prefix(line, "name\t"));
}

/* The next line that counts; "" at the end. */
static const char *next_line(char ***at, bool across_shards)
{
    while (**at != NULL && is_passed_over(**at, across_shards)) {
        (*at)++;
    }
    return **at != NULL ? *(*at)++ : "";
}

static char *in_words(const char *line)
{
    char *words = g_strdup(*line != '\0' ? line : "nothing more");
    return g_strdelimit(words, "\t", ' ');
}

char *identity_difference(const char *theirs, const char *ours, bool across_shards)
{
    g_auto(GStrv) their_lines = g_strsplit(theirs, "\n", -1);
    g_auto(GStrv) our_lines = g_strsplit(ours, "\n", -1);
    char **their_at = their_lines, **our_at = our_lines;
    while (*their_at != NULL || *our_at != NULL) {
        const char *theirs_next = next_line(&their_at, across_shards);
        const char *ours_next = next_line(&our_at, across_shards);
        if (strcmp(theirs_next, ours_next) == 0) {
            continue;
        }
        g_autofree char *there = in_words(theirs_next);
        g_autofree char *here = in_words(ours_next);
        return g_strdup_printf("'%s' there, '%s' here", there, here);
    }
    return NULL;
}

/* --- reading -------------------------------------------------------------------------------- */

static void take_text(char **field, const char *value)
{
    g_free(*field);
    *field = g_strdup(value);
}

static bool take_option(Arguments *asked, const char *value)
{
    bool *flag = g_str_equal(value, "corpus")       ? &asked->corpus
                 : g_str_equal(value, "self-check") ? &asked->self_check
                                                    : NULL;
    if (flag != NULL) {
        *flag = true;
    }
    return flag != NULL;
}

static void take_scenario(Sweep *sweep, char **values)
{
    Planned *planned = g_new0(Planned, 1);
    planned->digest = g_strdup(values[0]);
    planned->name = g_strdup(values[1]);
    planned->path = g_strdup(values[2]);
    g_ptr_array_add(sweep->scenarios, planned);
}

static void take_broken(Sweep *sweep, char **values)
{
    Broken *broken = g_new0(Broken, 1);
    broken->path = g_strdup(values[0]);
    broken->message = g_strdup(values[1]);
    g_ptr_array_add(sweep->broken, broken);
    sweep->status = STATUS_WRONG_SCENARIO;
}

static bool take_corpus(Sweep *sweep, char **values)
{
    guint64 scenario = 0, seed = 0;
    if (sweep->scenarios->len == 0 ||
        !g_ascii_string_to_unsigned(values[0], 10, 0, sweep->scenarios->len - 1, &scenario, NULL) ||
        !g_ascii_string_to_unsigned(values[1], 10, 0, G_MAXUINT64, &seed, NULL)) {
        return false;
    }
    CorpusRun *run = g_new0(CorpusRun, 1);
    run->scenario = (guint)scenario;
    run->entry = corpus_entry_new(seed, values[2], values[3], values[4]);
    g_ptr_array_add(sweep->corpus, run);
    return true;
}

/* One line, taken apart: @values has @count of them. */
static bool take_values(Sweep *sweep, Arguments *asked, const char *key, char **values, guint count)
{
    if (g_str_equal(key, "scenario") && count == 3) {
        take_scenario(sweep, values);
        return true;
    }
    if (g_str_equal(key, "broken") && count == 2) {
        take_broken(sweep, values);
        return true;
    }
    if (g_str_equal(key, "corpus") && count == 5) {
        return take_corpus(sweep, values);
    }
    if (count != 1) {
        return false;
    }
    if (g_str_equal(key, "name")) {
        take_text(&sweep->name, values[0]);
    } else if (g_str_equal(key, "seeds")) {
        take_text(&asked->seeds, values[0]);
    } else if (g_str_equal(key, "profile")) {
        take_text(&asked->profile, values[0]);
    } else if (g_str_equal(key, "set")) {
        g_ptr_array_add(asked->set, g_strdup(values[0]));
    } else if (g_str_equal(key, "vary")) {
        g_ptr_array_add(asked->vary, g_strdup(values[0]));
    } else if (g_str_equal(key, "option")) {
        return take_option(asked, values[0]);
    } else if (g_str_equal(key, "shard")) {
        return shard_parse(values[0], &sweep->shard, NULL);
    } else {
        return g_str_equal(key, "version");
    }
    return true;
}

static bool take_line(Sweep *sweep, Arguments *asked, const char *line)
{
    g_auto(GStrv) fields = g_strsplit(line, "\t", -1);
    for (char **field = fields; *field != NULL; field++) {
        char *plain = g_strcompress(*field);
        g_free(*field);
        *field = plain;
    }
    return take_values(sweep, asked, fields[0], fields + 1, g_strv_length(fields) - 1);
}

static bool set_malformed(const char *path, const char *what, GError **error)
{
    g_set_error(error, FILES_ERROR, FILES_ERROR_MALFORMED, "%s: %s", path, what);
    return false;
}

bool identity_read(const char *path, const char *text, Sweep *sweep, Arguments *asked,
                   GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    if (lines[0] == NULL || !g_str_equal(lines[0], FIRST_LINE)) {
        return set_malformed(path, "this is no journal of a sweep by this version", error);
    }
    for (char **line = lines + 1; *line != NULL; line++) {
        if (**line != '\0' && !take_line(sweep, asked, *line)) {
            return set_malformed(path, "a line before the rows is damaged", error);
        }
    }
    if (sweep->name == NULL || asked->seeds == NULL) {
        return set_malformed(path, "it does not say which seeds it is about", error);
    }
    return true;
}
