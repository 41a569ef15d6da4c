/* tools/distrosim/request.c -- see request.h. */
#include "tools/distrosim/request.h"

#include <string.h>

#include "core/profile.h"
#include "sim/base/nearest.h"
#include "tools/distrosim/complain.h"
#include "tools/distrosim/format.h"

void request_init(Request *request)
{
    request->settings = g_array_new(false, false, sizeof(SimSetting));
    request->profile = NULL;
}

void request_clear(Request *request)
{
    g_clear_pointer(&request->settings, g_array_unref);
}

/* --- settings ----------------------------------------------------------------------------- */

bool request_split(const char *option, const char *text, SimSetting *setting, GError **error)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "--%s takes name=value, such as nodes=5, not '%s'", option, text);
        return false;
    }
    g_autofree char *name = g_strndup(text, (gsize)(equals - text));
    setting->name = g_intern_string(name);
    setting->value = g_intern_string(equals + 1);
    return true;
}

bool request_add(Request *request, const SimSetting *setting, GError **error)
{
    for (guint i = 0; i < request->settings->len; i++) {
        const SimSetting *other = &g_array_index(request->settings, SimSetting, i);
        if (other->name != setting->name) {
            continue;
        }
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "'%s' is set twice, to '%s' and to '%s'", setting->name, other->value,
                    setting->value);
        return false;
    }
    g_array_append_val(request->settings, *setting);
    return true;
}

bool request_profile_exists(const char *profile, GError **error)
{
    size_t count = 0;
    const DistroProfile *profiles = distro_profiles(&count);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < count; i++) {
        if (strcmp(profiles[i].name, profile) == 0) {
            return true;
        }
        g_ptr_array_add(names, (void *)profiles[i].name);
    }
    g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                "there is no profile '%s'; did you mean '%s'?", profile,
                sim_nearest_name(profile, (const char *const *)names->pdata, names->len));
    return false;
}

bool request_read(Request *request, const Arguments *arguments, GError **error)
{
    for (guint i = 0; i < arguments->set->len; i++) {
        SimSetting setting;
        if (!request_split("set", g_ptr_array_index(arguments->set, i), &setting, error) ||
            !request_add(request, &setting, error)) {
            return false;
        }
    }
    request->single_calls = arguments->no_flights;
    if (arguments->profile == NULL) {
        return true;
    }
    request->profile = g_intern_string(arguments->profile);
    return request_profile_exists(arguments->profile, error);
}

static bool set_no_param(const SimScenario *scenario, const char *name, GError **error)
{
    size_t count = 0;
    const SimParam *params = sim_scenario_params(scenario, &count);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < count; i++) {
        g_ptr_array_add(names, (void *)params[i].name);
    }
    const char *nearest = sim_nearest_name(name, (const char *const *)names->pdata, names->len);
    if (nearest == NULL) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "%s has no params, so '%s' cannot be set", sim_scenario_path(scenario), name);
    } else {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "%s has no param '%s'; did you mean '%s'?", sim_scenario_path(scenario), name,
                    nearest);
    }
    return false;
}

static bool setting_fits(const SimSetting *setting, const SimScenario *scenario, GError **error)
{
    size_t count = 0;
    const SimParam *params = sim_scenario_params(scenario, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(params[i].name, setting->name) == 0) {
            return sim_param_accepts(&params[i], setting->value, error);
        }
    }
    return set_no_param(scenario, setting->name, error);
}

bool request_fits(const Request *request, const SimScenario *scenario, GError **error)
{
    for (guint i = 0; i < request->settings->len; i++) {
        if (!setting_fits(&g_array_index(request->settings, SimSetting, i), scenario, error)) {
            return false;
        }
    }
    return true;
}

static void append_word(GString *line, const char *before, const char *word)
{
    g_autofree char *quoted = format_shell_word(word);
    g_string_append_printf(line, "%s%s", before, quoted);
}

char *request_replay_line(const Request *request, const char *path, uint64_t seed)
{
    GString *line = g_string_new("distrosim replay");
    append_word(line, " ", path);
    g_string_append_printf(line, " --seed %" G_GUINT64_FORMAT, seed);
    for (guint i = 0; i < request->settings->len; i++) {
        const SimSetting *setting = &g_array_index(request->settings, SimSetting, i);
        g_autofree char *text = g_strdup_printf("%s=%s", setting->name, setting->value);
        append_word(line, " --set ", text);
    }
    if (request->profile != NULL) {
        append_word(line, " --profile ", request->profile);
    }
    return g_string_free(line, false);
}

/* --- scenarios ---------------------------------------------------------------------------- */

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

static void collect(const char *folder, bool named, GPtrArray *paths)
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
                collect(path, false, paths);
            }
        } else if (!hidden && g_str_has_suffix(name, ".lua") && !is_judged(table, name)) {
            g_ptr_array_add(paths, g_steal_pointer(&path));
        }
    }
}

static bool find_in(const char *operand, GPtrArray *paths)
{
    if (!g_file_test(operand, G_FILE_TEST_EXISTS)) {
        complain("there is no file or folder '%s'", operand);
        return false;
    }
    if (!g_file_test(operand, G_FILE_TEST_IS_DIR)) {
        g_ptr_array_add(paths, g_strdup(operand));
        return true;
    }
    guint before = paths->len;
    collect(operand, true, paths);
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
    SimScenario *scenario = sim_scenario_load(path, &error);
    if (scenario == NULL) {
        complain("%s", error->message);
        *status = status_worse(*status, scenario_error_status(error));
    }
    return scenario;
}
