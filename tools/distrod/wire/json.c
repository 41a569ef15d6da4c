/* tools/distrod/wire/json.c -- JSON written as Jackson writes it, and read leniently. */
#include "tools/distrod/wire/json.h"

#include "core/text/sink.h"

#include <math.h>
#include <string.h>

/* ---- writing ---- */

void reg_json_put_text(GString *out, const char *text)
{
    if (text == NULL) {
        g_string_append(out, "null");
        return;
    }
    g_string_append_c(out, '"');
    distro_text_append_json(out, text, strlen(text));
    g_string_append_c(out, '"');
}

void reg_json_put_number(GString *out, int64_t number)
{
    char digits[24];
    g_snprintf(digits, sizeof digits, "%" G_GINT64_FORMAT, number);
    g_string_append(out, digits);
}

void reg_json_put_double(GString *out, double number)
{
    DistroSink sink = { .text = out };
    distro_put_double(&sink, number);
}

void reg_json_put_bool(GString *out, bool value)
{
    g_string_append(out, value ? "true" : "false");
}

void reg_json_put_comma(GString *out)
{
    const char last = out->len > 0 ? out->str[out->len - 1] : '{';
    if (last != '{' && last != '[' && last != ':' && last != ',') {
        g_string_append_c(out, ',');
    }
}

void reg_json_put_key(GString *out, const char *key)
{
    reg_json_put_comma(out);
    g_string_append_c(out, '"');
    g_string_append(out, key);
    g_string_append(out, "\":");
}

void reg_json_put_text_of(GString *out, const char *key, const char *text)
{
    reg_json_put_key(out, key);
    reg_json_put_text(out, text);
}

void reg_json_put_number_of(GString *out, const char *key, int64_t number)
{
    reg_json_put_key(out, key);
    reg_json_put_number(out, number);
}

void reg_json_put_bool_of(GString *out, const char *key, bool value)
{
    reg_json_put_key(out, key);
    reg_json_put_bool(out, value);
}

GBytes *reg_json_piece(const char *literal)
{
    return g_bytes_new_static(literal, strlen(literal));
}

static void put_children(GString *out, const DistroJson *json, const DistroJsonValue *value)
{
    for (const DistroJsonValue *child = distro_json_first(json, value); child != NULL;
         child = distro_json_next(json, child)) {
        reg_json_put_comma(out);
        if (value->kind == DISTRO_JSON_OBJECT) {
            reg_json_put_text(out, child->key);
            g_string_append_c(out, ':');
        }
        reg_json_put_value(out, json, child);
    }
}

void reg_json_put_value(GString *out, const DistroJson *json, const DistroJsonValue *value)
{
    switch (value->kind) {
    case DISTRO_JSON_NULL:
        g_string_append(out, "null");
        break;
    case DISTRO_JSON_BOOL:
        reg_json_put_bool(out, value->boolean);
        break;
    case DISTRO_JSON_WHOLE:
    case DISTRO_JSON_NUMBER:
        g_string_append(out, value->text);
        break;
    case DISTRO_JSON_STRING:
        reg_json_put_text(out, value->text);
        break;
    case DISTRO_JSON_ARRAY:
        g_string_append_c(out, '[');
        put_children(out, json, value);
        g_string_append_c(out, ']');
        break;
    case DISTRO_JSON_OBJECT:
        g_string_append_c(out, '{');
        put_children(out, json, value);
        g_string_append_c(out, '}');
        break;
    }
}

/* ---- reading ---- */

static const DistroJsonValue *member(const DistroJson *json, const DistroJsonValue *value,
                                     const char *key, DistroJsonKind kind)
{
    return value != NULL ? distro_json_member(json, value, key, kind) : NULL;
}

const char *reg_json_text(const DistroJson *json, const DistroJsonValue *value, const char *key)
{
    const DistroJsonValue *text = member(json, value, key, DISTRO_JSON_STRING);
    return text != NULL ? text->text : NULL;
}

const DistroJsonValue *reg_json_object(const DistroJson *json, const DistroJsonValue *value,
                                       const char *key)
{
    return member(json, value, key, DISTRO_JSON_OBJECT);
}

const DistroJsonValue *reg_json_array(const DistroJson *json, const DistroJsonValue *value,
                                      const char *key)
{
    return member(json, value, key, DISTRO_JSON_ARRAY);
}

int64_t reg_json_number(const DistroJson *json, const DistroJsonValue *value, const char *key,
                        int64_t otherwise)
{
    const DistroJsonValue *number = member(json, value, key, DISTRO_JSON_WHOLE);
    const char *text = number != NULL ? number->text : reg_json_text(json, value, key);
    gint64 result;
    if (value == NULL || !distro_json_has(json, value, key)) {
        return otherwise;
    }
    return text != NULL && g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &result, NULL)
               ? result
               : INT64_MIN;
}

double reg_json_double(const DistroJson *json, const DistroJsonValue *value, const char *key,
                       double otherwise)
{
    const DistroJsonValue *number = member(json, value, key, DISTRO_JSON_NUMBER);
    if (number == NULL) {
        number = member(json, value, key, DISTRO_JSON_WHOLE);
    }
    const char *text = number != NULL ? number->text : reg_json_text(json, value, key);
    if (value == NULL || !distro_json_has(json, value, key)) {
        return otherwise;
    }
    char *end;
    const double result = text != NULL ? g_ascii_strtod(text, &end) : NAN;
    return text != NULL && end != text && *end == '\0' && isfinite(result) ? result : NAN;
}

bool reg_json_bool(const DistroJson *json, const DistroJsonValue *value, const char *key,
                   bool otherwise)
{
    const DistroJsonValue *boolean = member(json, value, key, DISTRO_JSON_BOOL);
    if (boolean != NULL) {
        return boolean->boolean;
    }
    const char *text = reg_json_text(json, value, key);
    if (text == NULL) {
        return otherwise;
    }
    return strcmp(text, "true") == 0 || (strcmp(text, "false") != 0 && otherwise);
}
