/* tools/distrosim/cli/request.c -- see request.h. */
#include "tools/distrosim/cli/request.h"

#include <string.h>

#include "core/profile.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/cli/hint.h"

void request_init(Request *request)
{
    *request = (Request) { .settings = g_array_new(false, false, sizeof(SimSetting)) };
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
    g_autofree char *hint = hint_names(profile, (const char *const *)names->pdata, names->len);
    g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE, "there is no profile '%s'; %s",
                profile, hint);
    return false;
}

static bool split_setting(const char *text, SimSetting *setting, GError **error)
{
    if (strchr(text, '=') != NULL && text[strlen(SIM_PROPERTY_PREFIX)] != '=') {
        return request_split("setting", text, setting, error);
    }
    g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                "--setting takes name=value, such as nacos.common.processors=2, not '%s'",
                text + strlen(SIM_PROPERTY_PREFIX));
    return false;
}

const char *request_option(const SimSetting *setting, const char **name)
{
    bool property = g_str_has_prefix(setting->name, SIM_PROPERTY_PREFIX);

    *name = property ? setting->name + strlen(SIM_PROPERTY_PREFIX) : setting->name;
    return property ? "setting" : "set";
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
    for (guint i = 0; i < arguments->setting->len; i++) {
        g_autofree char *text =
            g_strconcat(SIM_PROPERTY_PREFIX, g_ptr_array_index(arguments->setting, i), NULL);
        SimSetting setting;
        if (!split_setting(text, &setting, error) || !request_add(request, &setting, error)) {
            return false;
        }
    }
    request->single_calls = arguments->no_flights;
    request->paranoid = arguments->paranoid;
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
    if (names->len == 0) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "%s has no params, so '%s' cannot be set", sim_scenario_path(scenario), name);
        return false;
    }
    g_autofree char *hint = hint_names(name, (const char *const *)names->pdata, names->len);
    g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE, "%s has no param '%s'; %s",
                sim_scenario_path(scenario), name, hint);
    return false;
}

static bool setting_fits(const SimSetting *setting, const SimScenario *scenario, GError **error)
{
    size_t count = 0;
    const SimParam *params = sim_scenario_params(scenario, &count);
    const char *name;
    if (strcmp(request_option(setting, &name), "setting") == 0) {
        return sim_property_accepts(name, setting->value, error);
    }
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
    if (request->choices != NULL) {
        append_word(line, " --choices ", request->choices);
        return g_string_free(line, false);
    }
    g_string_append_printf(line, " --seed %" G_GUINT64_FORMAT, seed);
    for (guint i = 0; i < request->settings->len; i++) {
        const SimSetting *setting = &g_array_index(request->settings, SimSetting, i);
        const char *name, *option = request_option(setting, &name);
        g_autofree char *text = g_strdup_printf("%s=%s", name, setting->value);
        g_string_append_printf(line, " --%s", option);
        append_word(line, " ", text);
    }
    if (request->profile != NULL) {
        append_word(line, " --profile ", request->profile);
    }
    return g_string_free(line, false);
}
