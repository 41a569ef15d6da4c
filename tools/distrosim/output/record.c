/* tools/distrosim/output/record.c -- see record.h. */
#include "tools/distrosim/output/record.h"

#include <string.h>

#include "tools/distrosim/cli/seeds.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/json.h"
#include "tools/distrosim/output/summary.h"

void run_record_clear(RunRecord *record)
{
    g_clear_pointer(&record->path, g_free);
    g_clear_pointer(&record->folder, g_free);
    g_clear_pointer(&record->version, g_free);
    g_clear_pointer(&record->profile, g_free);
    g_clear_pointer(&record->params, g_array_unref);
}

/* A param as --set takes it; NULL for what no param can be. (transfer full) */
static char *setting_text(const json_t *value)
{
    if (json_is_string(value)) {
        return g_strdup(json_string_value(value));
    }
    if (json_is_boolean(value)) {
        return g_strdup(json_is_true(value) ? "true" : "false");
    }
    if (json_is_integer(value)) {
        return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    }
    if (json_is_real(value)) {
        return g_strdup_printf("%.15g", json_real_value(value));
    }
    return NULL;
}

static bool set_malformed(GError **error, const char *path, const char *what)
{
    g_set_error(error, FILES_ERROR, FILES_ERROR_MALFORMED, "%s: %s", path, what);
    return false;
}

static bool read_params(const char *path, json_t *params, const char *prefix, GArray *settings,
                        GError **error)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(params, name, value)
    {
        g_autofree char *text = setting_text(value);
        if (text == NULL) {
            return set_malformed(error, path, "'params' holds something that is no param");
        }
        g_autofree char *full = g_strconcat(prefix, name, NULL);
        SimSetting setting = { g_intern_string(full), g_intern_string(text) };
        g_array_append_val(settings, setting);
    }
    return true;
}

static bool read_fingerprint(const char *text, uint64_t *fingerprint)
{
    guint64 value = 0;
    bool ok = text != NULL && strlen(text) == 16 &&
              g_ascii_string_to_unsigned(text, 16, 0, G_MAXUINT64, &value, NULL);
    *fingerprint = value;
    return ok;
}

static bool read_record(const char *path, const json_t *summary, RunRecord *record, GError **error)
{
    if (json_integer_value(json_object_get(summary, "schema")) != SUMMARY_SCHEMA) {
        return set_malformed(error, path, "'schema' is not 1: another version wrote it");
    }
    const char *scenario = json_string_at(summary, "path");
    const char *seed = json_string_at(summary, "seed");
    if (scenario == NULL || seed == NULL || !seeds_parse_one(seed, &record->seed, NULL)) {
        return set_malformed(error, path,
                             "'path' or 'seed' is missing: there is nothing to replay");
    }
    if (!read_fingerprint(json_string_at(summary, "fingerprint"), &record->fingerprint)) {
        return set_malformed(error, path, "'fingerprint' is no number of 16 hex digits");
    }
    record->path = g_strdup(scenario);
    record->folder = g_strdup(json_string_at(json_object_get(summary, "wall"), "folder"));
    record->version = g_strdup(json_string_at(summary, "version"));
    record->profile = g_strdup(json_string_at(json_object_get(summary, "given"), "profile"));
    record->held = g_strcmp0(json_string_at(summary, "verdict"), "held") == 0;
    record->params = g_array_new(false, false, sizeof(SimSetting));
    return read_params(path, json_object_get(summary, "params"), "", record->params, error) &&
           read_params(path, json_object_get(json_object_get(summary, "given"), "setting"),
                       SIM_PROPERTY_PREFIX, record->params, error);
}

bool run_record_read(const char *folder, RunRecord *record, GError **error)
{
    memset(record, 0, sizeof *record);
    g_autoptr(GError) why = NULL;
    switch (files_result_kind(folder, &why)) {
    case RESULT_NONE:
        if (g_error_matches(why, FILES_ERROR, FILES_ERROR_NO_FILE)) {
            g_set_error(error, FILES_ERROR, FILES_ERROR_NO_FILE,
                        "'%s' holds no run: there is no summary.json in it", folder);
        } else {
            g_propagate_error(error, g_steal_pointer(&why));
        }
        return false;
    case RESULT_SWEEP:
        g_set_error(error, FILES_ERROR, FILES_ERROR_NO_FILE,
                    "'%s' holds a sweep, and a run is wanted; its seeds can be replayed one by one",
                    folder);
        return false;
    case RESULT_RUN:
        break;
    }
    g_autofree char *path = g_build_filename(folder, "summary.json", NULL);
    g_autoptr(json_t) summary = json_read_file(path, error);
    return summary != NULL && read_record(path, summary, record, error);
}
