/* tools/distrosim/cli/scenarios.c -- see scenarios.h. */
#include "tools/distrosim/cli/scenarios.h"

#include <string.h>

#include "sim/base/installed.h"
#include "tools/distrosim/cli/arguments.h"
#include "tools/distrosim/cli/complain.h"

/* --- finding them --------------------------------------------------------------------------- */

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What lies there is no scenario but what scenarios are made with; or it takes so much time and
 * memory that it must be asked for by name. */
static bool is_left_out(const char *name)
{
    static const char *const left_out[] = { "lib", "data", "meta", "scale", NULL };
    return g_strv_contains(left_out, name);
}

/* The table of expected verdicts in a folder, or "". (transfer full) */
static char *expected_in(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "expected.tsv", NULL);
    char *table = NULL;
    return g_file_get_contents(path, &table, NULL, NULL) ? table : g_strdup("");
}

/* A scenario that the table names may be red where the table says so: it is judged by that table
 * (tools/incident-table), and found only by who names its folder. */
static bool is_judged(const char *table, const char *name)
{
    g_autofree char *stem = g_strndup(name, strlen(name) - strlen(".lua"));
    g_autofree char *row = g_strconcat("\n", stem, "\t", NULL);
    return strstr(table, row) != NULL;
}

/* In order; NULL if the folder cannot be read. (transfer full) */
static GPtrArray *names_in(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    if (dir == NULL) {
        return NULL;
    }
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
        g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, by_name);
    return names;
}

static void collect_below(const char *folder, bool named, GPtrArray *paths)
{
    g_autoptr(GPtrArray) names = names_in(folder);
    g_autofree char *table = named ? g_strdup("") : expected_in(folder);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *path = g_build_filename(folder, name, NULL);
        bool hidden = *name == '.';
        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            /* A link may lead back up, and would be followed for ever. */
            if (!hidden && !is_left_out(name) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK)) {
                collect_below(path, false, paths);
            }
        } else if (!hidden && g_str_has_suffix(name, ".lua") && !is_judged(table, name)) {
            g_ptr_array_add(paths, g_steal_pointer(&path));
        }
    }
}

char *scenario_path(const char *operand)
{
    if (g_file_test(operand, G_FILE_TEST_EXISTS)) {
        return g_strdup(operand);
    }
    return g_path_is_absolute(operand) ? NULL : sim_installed_path(operand);
}

static bool find_in(const char *operand, GPtrArray *paths)
{
    g_autofree char *path = scenario_path(operand);
    if (path == NULL) {
        complain("there is no file or folder '%s'", operand);
        return false;
    }
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_ptr_array_add(paths, g_steal_pointer(&path));
        return true;
    }
    guint before = paths->len;
    collect_below(path, true, paths);
    if (paths->len == before) {
        complain("the folder '%s' holds no scenario (no .lua file outside lib, data, meta, scale)",
                 operand);
    }
    return paths->len > before;
}

/* What is named twice, or by itself and by its folder, is one scenario. */
static void drop_repeated(GPtrArray *paths)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    guint i = 0;
    while (i < paths->len) {
        if (g_hash_table_contains(seen, paths->pdata[i])) {
            g_ptr_array_remove_index(paths, i);
        } else {
            g_hash_table_add(seen, paths->pdata[i++]);
        }
    }
}

GPtrArray *scenarios_find(const GPtrArray *operands, ExitStatus *status)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    bool complete = true;
    for (guint i = 0; i < operands->len; i++) {
        complete = find_in(g_ptr_array_index(operands, i), paths) && complete;
    }
    drop_repeated(paths);
    if (complete) {
        return g_steal_pointer(&paths);
    }
    *status = status_worse(*status, STATUS_NO_FILE);
    return NULL;
}

static void files_in(const char *folder, const char *ending, bool deeper,
                     void (*take)(const char *path, void *data), void *data)
{
    g_autoptr(GPtrArray) names = names_in(folder);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, g_ptr_array_index(names, i), NULL);
        if (deeper && g_file_test(path, G_FILE_TEST_IS_DIR)) {
            files_in(path, ending, false, take, data);
        } else if (g_str_has_suffix(path, ending) && g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
            take(path, data);
        }
    }
}

void support_files(const char *folder, const char *ending,
                   void (*take)(const char *path, void *data), void *data)
{
    files_in(folder, ending, true, take, data);
}

/* --- loading one ---------------------------------------------------------------------------- */

ExitStatus scenario_error_status(const GError *error)
{
    if (error->domain != SIM_SCENARIO_ERROR) {
        return error->domain == ARGUMENTS_ERROR ? STATUS_USAGE : STATUS_WRONG_SCENARIO;
    }
    switch ((SimScenarioError)error->code) {
    case SIM_SCENARIO_ERROR_NO_FILE:
        return STATUS_NO_FILE;
    case SIM_SCENARIO_ERROR_USAGE:
        return STATUS_USAGE;
    case SIM_SCENARIO_ERROR_WRONG:
        break;
    }
    return STATUS_WRONG_SCENARIO;
}

SimScenario *scenario_open(const char *path, ExitStatus *status)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *found = scenario_path(path);
    SimScenario *scenario = sim_scenario_load(found != NULL ? found : path, &error);
    if (scenario == NULL) {
        complain("%s", error->message);
        *status = status_worse(*status, scenario_error_status(error));
    }
    return scenario;
}
