/* sim/script/property.c -- properties of Nacos's that a run is given from outside the scenario, as
 * text. */
#include <math.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "sim/base/quantity.h"
#include "sim/script/scenario.h"
#include "sim/script/state.h"

static bool refuse_unknown(const char *property, GError **error)
{
    size_t count;
    const DistroSetting *settings = distro_config_settings(&count);
    g_autofree const char **names = g_new(const char *, count);
    for (size_t i = 0; i < count; i++) {
        names[i] = settings[i].property;
    }
    g_set_error(error, SIM_SCENARIO_ERROR, SIM_SCENARIO_ERROR_USAGE,
                "there is no property '%s'; did you mean '%s'?", property,
                sim_nearest_name(property, names, count));
    return false;
}

static bool read_number(const char *text, int64_t *value)
{
    SimQuantity quantity;
    if (sim_quantity_parse(text, &quantity) && quantity.kind == SIM_QUANTITY_SIZE) {
        *value = (int64_t)llround(quantity.value);
        return true;
    }
    return g_ascii_string_to_signed(text, 10, INT64_MIN, INT64_MAX, value, NULL);
}

static bool read_duration(const char *text, int64_t *value)
{
    SimQuantity quantity;
    bool good = sim_quantity_parse(text, &quantity) && quantity.kind == SIM_QUANTITY_DURATION &&
                fabs(quantity.value) < 9e15;
    if (good) {
        *value = (int64_t)llround(quantity.value);
    }
    return good;
}

static bool read_ratio(const char *text, int64_t *value)
{
    SimQuantity quantity;
    bool good = sim_quantity_parse(text, &quantity) && quantity.kind == SIM_QUANTITY_PROPORTION &&
                fabs(quantity.value) < 9e9;
    if (good) {
        *value = (int64_t)llround(quantity.value * 1e6);
    }
    return good;
}

static bool read_value(const DistroSetting *setting, const char *text, int64_t *value,
                       const char **expected)
{
    switch (setting->kind) {
    case DISTRO_SETTING_DURATION:
        *expected = "a duration, such as 5s or 300ms";
        return read_duration(text, value);
    case DISTRO_SETTING_RATIO:
        *expected = "a proportion, such as 1/100 or 5%";
        return read_ratio(text, value);
    case DISTRO_SETTING_BOOL:
        *expected = "true or false";
        *value = strcmp(text, "true") == 0;
        return *value != 0 || strcmp(text, "false") == 0;
    case DISTRO_SETTING_PROTOCOL:
    case DISTRO_SETTING_NUMBER:
        break;
    }
    *expected = "a whole number";
    return read_number(text, value);
}

static bool parse(const char *property, const char *text, SimPropertyValue *parsed, GError **error)
{
    const DistroSetting *setting = distro_config_find(property);
    const char *expected;
    int64_t value;
    if (setting == NULL) {
        return refuse_unknown(property, error);
    }
    if (!read_value(setting, text, &value, &expected)) {
        g_set_error(error, SIM_SCENARIO_ERROR, SIM_SCENARIO_ERROR_USAGE,
                    "property '%s' expects %s: '%s' is none", property, expected, text);
        return false;
    }
    if (!distro_setting_allows(setting, value)) {
        g_set_error(error, SIM_SCENARIO_ERROR, SIM_SCENARIO_ERROR_USAGE,
                    "property '%s' cannot be %s", property, text);
        return false;
    }
    *parsed = (SimPropertyValue) { .setting = setting, .value = value };
    return true;
}

bool sim_property_accepts(const char *property, const char *value, GError **error)
{
    SimPropertyValue parsed;

    return parse(property, value, &parsed, error);
}

bool sim_script_give(SimScript *script, const SimSetting *settings, size_t count, GError **error)
{
    for (size_t i = 0; i < count; i++) {
        SimPropertyValue parsed;
        if (!g_str_has_prefix(settings[i].name, SIM_PROPERTY_PREFIX)) {
            continue;
        }
        if (!parse(settings[i].name + strlen(SIM_PROPERTY_PREFIX), settings[i].value, &parsed,
                   error)) {
            return false;
        }
        g_array_append_val(script->given, parsed);
    }
    return true;
}
