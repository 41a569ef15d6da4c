/* tools/distrosim/sweep/corpus.c -- see corpus.h. */
#include "tools/distrosim/sweep/corpus.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/output/files.h"

#define KEPT_OF_A_KIND 5
#define HEADER "# seed\tverdict\tsettings\tsignature; distrosim sweep --corpus runs these first\n"

CorpusEntry *corpus_entry_new(uint64_t seed, const char *verdict, const char *settings,
                              const char *signature)
{
    CorpusEntry *entry = g_new(CorpusEntry, 1);
    *entry = (CorpusEntry) { seed, g_strdup(verdict), g_strdup(settings), g_strdup(signature) };
    return entry;
}

void corpus_entry_free(CorpusEntry *entry)
{
    g_free(entry->verdict);
    g_free(entry->settings);
    g_free(entry->signature);
    g_free(entry);
}

/* --- settings ----------------------------------------------------------------------------- */

static void append_option(GString *text, const char *option, const char *value)
{
    g_autofree char *word = format_shell_word(value);
    g_string_append_printf(text, "%s--%s %s", text->len > 0 ? " " : "", option, word);
}

char *corpus_settings_text(const Request *request)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < request->settings->len; i++) {
        const SimSetting *setting = &g_array_index(request->settings, SimSetting, i);
        const char *name, *option = request_option(setting, &name);
        g_autofree char *pair = g_strdup_printf("%s=%s", name, setting->value);
        append_option(text, option, pair);
    }
    if (request->profile != NULL) {
        append_option(text, "profile", request->profile);
    }
    return g_string_free(text, false);
}

bool corpus_settings_read(const char *text, Request *request, GError **error)
{
    if (*text == '\0') {
        return true;
    }
    g_auto(GStrv) words = NULL;
    if (!g_shell_parse_argv(text, NULL, &words, error)) {
        return false;
    }
    static const OptionId options[] = { OPTION_SET, OPTION_SETTING, OPTION_PROFILE, OPTIONS_END };
    g_autoptr(Arguments) arguments = arguments_parse("a corpus", options, words, error);
    return arguments != NULL && request_read(request, arguments, error);
}

/* --- reading ------------------------------------------------------------------------------ */

static gint by_settings_and_seed(gconstpointer a, gconstpointer b)
{
    const CorpusEntry *one = *(const CorpusEntry *const *)a;
    const CorpusEntry *other = *(const CorpusEntry *const *)b;
    int order = strcmp(one->settings, other->settings);
    if (order != 0) {
        return order;
    }
    return one->seed < other->seed ? -1 : one->seed > other->seed;
}

static char *corpus_folder(const char *out)
{
    return g_build_filename(out != NULL ? out : "results", "corpus", NULL);
}

static char *corpus_path(const char *out, const char *scenario)
{
    g_autofree char *folder = corpus_folder(out);
    g_autofree char *name = files_safe_name(scenario);
    g_autofree char *file = g_strconcat(name, ".tsv", NULL);
    return g_build_filename(folder, file, NULL);
}

static CorpusEntry *read_line(const char *line)
{
    g_auto(GStrv) fields = g_strsplit(line, "\t", -1);
    guint64 seed = 0;
    if (g_strv_length(fields) != 4 ||
        !g_ascii_string_to_unsigned(fields[0], 10, 0, G_MAXUINT64, &seed, NULL)) {
        return NULL;
    }
    return corpus_entry_new(seed, fields[1], fields[2], fields[3]);
}

static bool read_lines(const char *path, const char *text, GPtrArray *entries, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (**line == '\0' || **line == '#') {
            continue;
        }
        CorpusEntry *entry = read_line(*line);
        if (entry == NULL) {
            g_set_error(error, FILES_ERROR, FILES_ERROR_MALFORMED,
                        "%s:%zu: not 'seed, verdict, settings, signature' with tabs between", path,
                        (size_t)(line - lines) + 1);
            return false;
        }
        g_ptr_array_add(entries, entry);
    }
    g_ptr_array_sort(entries, by_settings_and_seed);
    return true;
}

GPtrArray *corpus_read(const char *out, const char *scenario, GError **error)
{
    g_autoptr(GPtrArray) entries =
        g_ptr_array_new_with_free_func((GDestroyNotify)corpus_entry_free);
    g_autofree char *path = corpus_path(out, scenario);
    g_autofree char *text = NULL;
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        return g_steal_pointer(&entries);
    }
    if (!g_file_get_contents(path, &text, NULL, error) || !read_lines(path, text, entries, error)) {
        return NULL;
    }
    return g_steal_pointer(&entries);
}

/* --- keeping ------------------------------------------------------------------------------ */

/* Neither known yet, nor one more of a kind that is known well enough. */
static bool is_wanted(const GPtrArray *entries, const CorpusEntry *fresh)
{
    guint alike = 0;
    for (guint i = 0; i < entries->len; i++) {
        const CorpusEntry *entry = g_ptr_array_index(entries, i);
        if (!g_str_equal(entry->settings, fresh->settings)) {
            continue;
        }
        if (entry->seed == fresh->seed) {
            return false;
        }
        alike += g_str_equal(entry->verdict, fresh->verdict) &&
                 g_str_equal(entry->signature, fresh->signature);
    }
    return alike < KEPT_OF_A_KIND;
}

static bool is_failure(const Row *row)
{
    return row->made && row->verdict != SIM_VERDICT_HELD && row->verdict != SIM_VERDICT_ERROR;
}

static CorpusEntry *entry_of_row(const Row *row)
{
    g_autofree char *settings = corpus_settings_text(&row->variation->request);
    g_autofree char *signature = g_strescape(row->signature, NULL);
    return corpus_entry_new(row->seed, sim_verdict_name(row->verdict), settings, signature);
}

static bool write_entries(const char *path, GPtrArray *entries, GError **error)
{
    g_ptr_array_sort(entries, by_settings_and_seed);
    GString *text = g_string_new(HEADER);
    for (guint i = 0; i < entries->len; i++) {
        const CorpusEntry *entry = g_ptr_array_index(entries, i);
        g_string_append_printf(text, "%" G_GUINT64_FORMAT "\t%s\t%s\t%s\n", entry->seed,
                               entry->verdict, entry->settings, entry->signature);
    }
    g_autofree char *folder = g_path_get_dirname(path);
    bool written = files_make_folder(folder, error) && files_write(path, text->str, -1, error);
    g_string_free(text, true);
    return written;
}

/* Rows of one scenario stand side by side, except those that the corpus itself had added. */
static bool keep_rows(const char *out, const Row *rows, size_t count, GError **error)
{
    g_autoptr(GPtrArray) entries = corpus_read(out, rows->scenario, error);
    if (entries == NULL) {
        return false;
    }
    guint before = entries->len;
    for (size_t i = 0; i < count; i++) {
        if (!is_failure(&rows[i])) {
            continue;
        }
        CorpusEntry *fresh = entry_of_row(&rows[i]);
        if (is_wanted(entries, fresh) && strpbrk(fresh->settings, "\t\n") == NULL) {
            g_ptr_array_add(entries, fresh);
        } else {
            corpus_entry_free(fresh);
        }
    }
    g_autofree char *path = corpus_path(out, rows->scenario);
    return entries->len == before || write_entries(path, entries, error);
}

static bool keep_all(const char *out, const Row *rows, size_t count, GError **error)
{
    for (size_t from = 0, to = 0; from < count; from = to) {
        while (to < count && rows[to].scenario == rows[from].scenario) {
            to++;
        }
        if (!keep_rows(out, rows + from, to - from, error)) {
            return false;
        }
    }
    return true;
}

static bool any_failure(const Row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_failure(&rows[i])) {
            return true;
        }
    }
    return false;
}

bool corpus_keep(const char *out, const Row *rows, size_t count, GError **error)
{
    if (!any_failure(rows, count)) {
        return true;
    }
    g_autofree char *folder = corpus_folder(out);
    if (!files_make_folder(folder, error)) {
        return false;
    }
    /* Two sweeps that end together must not lose each other's seeds. */
    int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock >= 0) {
        flock(lock, LOCK_EX);
    }
    bool kept = keep_all(out, rows, count, error);
    if (lock >= 0) {
        close(lock);
    }
    return kept;
}
