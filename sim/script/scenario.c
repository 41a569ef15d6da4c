/* sim/script/scenario.c -- a scenario's file, read once and shared by all its runs. */
#include "sim/script/scenario.h"

#include <string.h>

#include "sim/base/text_file.h"
#include "sim/script/script.h"

struct SimScenario {
    char *path, *name, *description;
    char *text;
    size_t size;
    SimParam *params; /* defaults, by name */
    size_t n_params;
};

static char *name_of(const char *path)
{
    g_autofree char *file = g_path_get_basename(path);
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *last = g_path_get_basename(folder);
    if (g_str_has_suffix(file, ".lua")) {
        file[strlen(file) - 4] = '\0';
    }
    bool plain = strcmp(last, ".") == 0 || strcmp(last, "..") == 0 || strcmp(last, "/") == 0 ||
                 strcmp(last, "scenarios") == 0;
    return plain ? g_strdup(file) : g_strdup_printf("%s/%s", last, file);
}

/* The comment lines that the file opens with. */
static char *description_of(const char *text)
{
    GString *found = g_string_new(NULL);
    text += strspn(text, "\r\n");
    while (g_str_has_prefix(text, "--")) {
        const char *end = strchr(text, '\n');
        size_t size = end != NULL ? (size_t)(end - text) : strlen(text);
        const char *first = text + 2;
        if (size > 2 && *first == ' ') {
            first++;
        }
        if (found->len > 0) {
            g_string_append_c(found, '\n');
        }
        g_string_append_len(found, first, text + size - first);
        if (end == NULL) {
            break;
        }
        text = end + 1;
    }
    return g_string_free(found, false);
}

SimScenario *sim_scenario_load(const char *path, GError **error)
{
    g_autoptr(SimScenario) scenario = g_new0(SimScenario, 1);
    g_autoptr(GError) reading = NULL;
    if (!sim_text_read(path, &scenario->text, &scenario->size, &reading)) {
        bool large = g_error_matches(reading, SIM_TEXT_ERROR, SIM_TEXT_ERROR_TOO_LARGE);
        g_set_error(error, SIM_SCENARIO_ERROR,
                    large ? SIM_SCENARIO_ERROR_WRONG : SIM_SCENARIO_ERROR_NO_FILE, "%s: %s", path,
                    reading->message);
        return NULL;
    }
    scenario->path = g_strdup(path);
    scenario->name = name_of(path);
    g_autofree char *description = description_of(scenario->text);
    scenario->description = g_utf8_make_valid(description, -1);
    g_autoptr(SimScript) script = sim_script_new(path, 0);
    if (!sim_script_load(script, scenario->text, scenario->size, error)) {
        return NULL;
    }
    scenario->params = sim_script_params(script, &scenario->n_params);
    return g_steal_pointer(&scenario);
}

SimScenario *sim_scenario_retold(const SimScenario *former, const char *text)
{
    SimScenario *scenario = g_new0(SimScenario, 1);
    scenario->path = g_strdup(former->path);
    scenario->name = g_strdup(former->name);
    scenario->description = g_strdup("");
    scenario->text = g_strdup(text);
    scenario->size = strlen(text);
    return scenario;
}

void sim_scenario_free(SimScenario *scenario)
{
    if (scenario == NULL) {
        return;
    }
    sim_params_free(scenario->params, scenario->n_params);
    g_free(scenario->description);
    g_free(scenario->name);
    g_free(scenario->path);
    g_free(scenario->text);
    g_free(scenario);
}

const char *sim_scenario_path(const SimScenario *scenario)
{
    return scenario->path;
}

const char *sim_scenario_name(const SimScenario *scenario)
{
    return scenario->name;
}

const char *sim_scenario_description(const SimScenario *scenario)
{
    return scenario->description;
}

const char *sim_scenario_text(const SimScenario *scenario, size_t *size)
{
    *size = scenario->size;
    return scenario->text;
}

const SimParam *sim_scenario_params(const SimScenario *scenario, size_t *count)
{
    *count = scenario->n_params;
    return scenario->params;
}

bool sim_scenario_check(const SimScenario *scenario, GError **error)
{
    g_autoptr(SimScript) script = sim_script_new(scenario->path, 0);
    if (!sim_script_load(script, scenario->text, scenario->size, error) ||
        !sim_script_prepare(script, error)) {
        return false;
    }
    g_autoptr(SimWorldSpec) spec = sim_script_topology(script, NULL, error);
    return spec != NULL;
}
