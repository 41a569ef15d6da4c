/* tools/distrosim/output/json.c -- see json.h. */
#include "tools/distrosim/output/json.h"

#include <string.h>

/* As many digits as every double keeps, so that 0.1 reads 0.1. */
#define REAL_DIGITS 15

G_DEFINE_QUARK(json-file-error-quark, json_file_error)

json_t *json_count(uint64_t count)
{
    return json_integer((json_int_t)count);
}

json_t *json_time(int64_t time_us)
{
    return json_integer((json_int_t)time_us);
}

json_t *json_text(const char *text)
{
    if (text == NULL) {
        return json_null();
    }
    /* A scenario's messages may hold any bytes; JSON holds Unicode only. */
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

json_t *json_fingerprint(uint64_t fingerprint)
{
    char text[17];
    g_snprintf(text, sizeof text, "%016" G_GINT64_MODIFIER "x", fingerprint);
    return json_string(text);
}

json_t *json_seed(uint64_t seed)
{
    char text[24];
    g_snprintf(text, sizeof text, "%" G_GUINT64_FORMAT, seed);
    return json_string(text);
}

void json_set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

char *json_to_text(const json_t *value)
{
    char *text = json_dumps(value, JSON_INDENT(2) | JSON_REAL_PRECISION(REAL_DIGITS));
    char *line = g_strconcat(text, "\n", NULL);
    free(text);
    return line;
}

json_t *json_read_file(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents(path, &text, &length, error)) {
        return NULL;
    }
    json_error_t fault;
    json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault);
    if (json_is_object(value)) {
        return value;
    }
    if (value == NULL) {
        g_set_error(error, JSON_FILE_ERROR, JSON_FILE_ERROR_MALFORMED, "%s:%d: not JSON: %s", path,
                    fault.line, fault.text);
    } else {
        g_set_error(error, JSON_FILE_ERROR, JSON_FILE_ERROR_MALFORMED,
                    "%s holds JSON, but no object", path);
    }
    json_decref(value);
    return NULL;
}

const char *json_string_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}
