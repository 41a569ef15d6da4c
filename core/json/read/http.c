/* core/json/read/http.c -- FORWARD as SDK 1.x writes it, back to a message: a request line whose
 * parameters say what is asked, and an answer's status line and body. */
#include <math.h>
#include <string.h>

#include "core/json/read/fields.h"
#include "core/json/read/messages.h"
#include "core/json/status.h"
#include "core/json/write.h"

/* The parameters of a form, decoded; the last of those with one name counts. NULL if an escape is
 * malformed, or what comes out is not UTF-8. */
static GHashTable *parse_form(const char *form)
{
    g_autoptr(GHashTable) parameters =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) pairs = g_strsplit(form, "&", -1);

    for (char **pair = pairs; *pair != NULL; pair++) {
        char *equals = strchr(*pair, '=');
        if (equals == NULL) {
            return NULL;
        }
        for (char *letter = equals; *letter; letter++) {
            if (*letter == '+') {
                *letter = ' ';
            }
        }
        char *value = g_uri_unescape_string(equals + 1, NULL);
        if (value == NULL || !g_utf8_validate(value, -1, NULL)) {
            g_free(value);
            return NULL;
        }
        g_hash_table_insert(parameters, g_strndup(*pair, (gsize)(equals - *pair)), value);
    }
    return g_steal_pointer(&parameters);
}

/* What a request line of the instance API says, all strings borrowed from its parameters. */
typedef struct Form {
    DistroWriteKind kind;
    const char *namespace_id, *ip, *port, *cluster, *name;
    char *group;          /* owned */
    const char *metadata; /* REGISTER: JSON */
    const char *beat;     /* BEAT: JSON */
    int32_t port_number;
    double weight;
    bool enabled, healthy;
} Form;

static bool starts_with(const char **text, const char *prefix)
{
    size_t size = strlen(prefix);
    if (strncmp(*text, prefix, size) != 0) {
        return false;
    }
    *text += size;
    return true;
}

static bool read_line(const char **line, Form *form)
{
    if (starts_with(line, "PUT " DISTRO_INSTANCE_PATH "/beat?")) {
        form->kind = DISTRO_WRITE_LIGHT_BEAT;
    } else if (starts_with(line, "POST " DISTRO_INSTANCE_PATH "?")) {
        form->kind = DISTRO_WRITE_REGISTER;
    } else if (starts_with(line, "DELETE " DISTRO_INSTANCE_PATH "?")) {
        form->kind = DISTRO_WRITE_DEREGISTER;
    } else {
        return false;
    }
    return true;
}

static const char *parameter(GHashTable *parameters, const char *name, const char *fallback)
{
    const char *value = g_hash_table_lookup(parameters, name);
    return value == NULL ? fallback : value;
}

static bool parse_bool(const char *text, bool *value)
{
    *value = strcmp(text, "true") == 0;
    return *value || strcmp(text, "false") == 0;
}

static DistroWireError read_weight(const char *text, double *weight)
{
    char *end;
    *weight = g_ascii_strtod(text, &end);
    if (end == text || *end != '\0') {
        return DISTRO_WIRE_BAD_TEXT;
    }
    return isfinite(*weight) ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_RANGE;
}

static DistroWireError read_port(const char *text, int32_t *port)
{
    gint64 number;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || text[digits] != '\0' || (text[0] == '0' && digits > 1)) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    if (!g_ascii_string_to_signed(text, 10, 0, INT32_MAX, &number, NULL)) {
        return DISTRO_WIRE_BAD_RANGE;
    }
    *port = (int32_t)number;
    return DISTRO_WIRE_OK;
}

static DistroWireError read_parameters(GHashTable *parameters, Form *form)
{
    const char *service = parameter(parameters, "serviceName", "");
    const char *separator = strstr(service, DISTRO_GROUP_SEPARATOR);

    form->namespace_id = parameter(parameters, "namespaceId", "public");
    form->cluster = parameter(parameters, "clusterName", DISTRO_DEFAULT_CLUSTER);
    form->ip = parameter(parameters, "ip", NULL);
    form->port = parameter(parameters, "port", NULL);
    form->metadata = parameter(parameters, "metadata", "{}");
    form->beat = parameter(parameters, "beat", NULL);
    if (separator == NULL || form->ip == NULL || form->port == NULL ||
        strchr(form->ip, '#') != NULL || /* it would cut the client's tag short */
        !parse_bool(parameter(parameters, "enable", "true"), &form->enabled) ||
        !parse_bool(parameter(parameters, "healthy", "true"), &form->healthy) ||
        strcmp(parameter(parameters, "ephemeral", "true"), "true") != 0) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    form->group = g_strndup(service, (gsize)(separator - service));
    form->name = separator + DISTRO_TEXT_LENGTH(DISTRO_GROUP_SEPARATOR);
    if (form->kind == DISTRO_WRITE_LIGHT_BEAT && form->beat != NULL) {
        form->kind = DISTRO_WRITE_BEAT;
    }
    DistroWireError error = read_port(form->port, &form->port_number);
    return error != DISTRO_WIRE_OK
               ? error
               : read_weight(parameter(parameters, "weight", "1.0"), &form->weight);
}

/* The JSON object that carries the metadata: the parameter itself, or a member of the beat. */
static DistroJson *parse_metadata(const Form *form, const DistroJsonValue **map)
{
    const char *text = form->kind == DISTRO_WRITE_BEAT ? form->beat : form->metadata;
    DistroJson *json = distro_json_parse(text, strlen(text), NULL);
    if (json == NULL) {
        return NULL;
    }
    *map = form->kind == DISTRO_WRITE_BEAT
               ? distro_json_member(json, distro_json_root(json), "metadata", DISTRO_JSON_OBJECT)
               : distro_json_root(json);
    if (*map == NULL || (*map)->kind != DISTRO_JSON_OBJECT) {
        g_clear_pointer(&json, distro_json_free);
    }
    return json;
}

/* A full beat repeats address, cluster and weight in its JSON; the weight stands there alone. */
static DistroWireError read_beat(const DistroJson *json, Form *form)
{
    const DistroJsonValue *root = distro_json_root(json);
    return distro_json_has(json, root, "weight")
               ? distro_json_read_double(json, root, "weight", &form->weight)
               : DISTRO_WIRE_BAD_TEXT;
}

static void enter_write(DistroDictionary *dictionary, const Form *form, const GArray *entries,
                        DistroWrite *write)
{
    g_autofree char *id = g_strdup_printf("%s:%s#true", form->ip, form->port);

    write->kind = form->kind;
    write->client = distro_dictionary_client(dictionary, id);
    write->service =
        distro_dictionary_service(dictionary, form->namespace_id, form->group, form->name);
    if (entries == NULL) {
        return;
    }
    DistroInstance instance = {
        .ip = distro_dictionary_name(dictionary, form->ip),
        .port = form->port_number,
        .healthy = form->healthy,
        .cluster = distro_dictionary_name(dictionary, form->cluster),
        .ext = distro_dictionary_ext(
            dictionary, (const DistroExtEntry *)(const void *)entries->data, entries->len),
    };
    DistroListing listing = distro_dictionary_listing(dictionary, write->service, &instance);
    write->publication =
        distro_dictionary_publication(dictionary, write->service, false, &listing, 1);
}

static DistroWireError read_form(DistroDictionary *dictionary, GHashTable *parameters, Form *form,
                                 DistroWrite *write)
{
    DistroWireError error = read_parameters(parameters, form);
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    if (form->kind != DISTRO_WRITE_REGISTER && form->kind != DISTRO_WRITE_BEAT) {
        enter_write(dictionary, form, NULL, write);
        return DISTRO_WIRE_OK;
    }

    const DistroJsonValue *map;
    g_autoptr(DistroJson) json = parse_metadata(form, &map);
    if (json == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    if (form->kind == DISTRO_WRITE_BEAT) {
        error = read_beat(json, form);
    }
    g_autoptr(GArray) entries = g_array_new(false, false, sizeof(DistroExtEntry));
    if (error == DISTRO_WIRE_OK) {
        error = distro_json_read_metadata(json, map, form->weight, form->enabled, entries);
    }
    if (error == DISTRO_WIRE_OK) {
        enter_write(dictionary, form, entries, write);
    }
    return error;
}

static DistroWireError read_http_request(DistroDictionary *dictionary, const char *text,
                                         DistroMessage *message)
{
    Form form = { 0 };
    if (!read_line(&text, &form) || !g_str_has_suffix(text, DISTRO_HTTP_END)) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    g_autofree char *query = g_strndup(text, strlen(text) - DISTRO_TEXT_LENGTH(DISTRO_HTTP_END));
    g_autoptr(GHashTable) parameters = parse_form(query);
    if (parameters == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }

    DistroWireError error = read_form(dictionary, parameters, &form, &message->write);
    g_free(form.group);
    return error;
}

/* "ok", a beat's answer, or an error response in a body that HTTP calls an error. */
static DistroWireError read_http_body(const char *body, int code, DistroMessage *message)
{
    int32_t beat_code = 0;
    if (code == 200 && strcmp(body, "ok") == 0) {
        message->status = DISTRO_STATUS_OK;
        return DISTRO_WIRE_OK;
    }
    g_autoptr(DistroJson) json = distro_json_parse(body, strlen(body), NULL);
    if (code != 200) {
        message->status = (DistroStatus)code;
        if (json == NULL || !distro_json_has(json, distro_json_root(json), "resultCode")) {
            return DISTRO_WIRE_OK;
        }
        DistroWireError unread =
            distro_json_read_status(json, distro_json_root(json), &message->status);
        bool contradicts = unread == DISTRO_WIRE_OK && message->status == DISTRO_STATUS_OK;
        return contradicts ? DISTRO_WIRE_BAD_TEXT : unread;
    }
    if (json == NULL || !distro_json_has(json, distro_json_root(json), "code")) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    DistroWireError error = distro_json_read_i32(json, distro_json_root(json), "code", &beat_code);
    if (error == DISTRO_WIRE_OK && beat_code != 10200 && beat_code != 20404) {
        error = DISTRO_WIRE_UNKNOWN_STATUS;
    }
    message->status = beat_code == 20404 ? DISTRO_STATUS_BEAT_UNKNOWN : DISTRO_STATUS_OK;
    message->write.kind = DISTRO_WRITE_BEAT;
    return error;
}

static DistroWireError read_http_answer(const char *text, DistroMessage *message)
{
    if (!starts_with(&text, DISTRO_HTTP_ANSWER)) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    if (strspn(text, "0123456789") != DISTRO_HTTP_CODE_SIZE) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    int code = (int)g_ascii_strtoll(text, NULL, 10);
    text += DISTRO_HTTP_CODE_SIZE;
    if (!starts_with(&text, DISTRO_HTTP_ANSWER_END)) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    if (code != 200 && code != 400 && code != 404 && code != 500 && code != 501 && code != 503) {
        return DISTRO_WIRE_UNKNOWN_STATUS;
    }
    return read_http_body(text, code, message);
}

DistroWireError distro_json_read_http(DistroDictionary *dictionary, const char *text, size_t size,
                                      DistroMessage *message)
{
    if (size == 0 || !g_utf8_validate_len(text, size, NULL)) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    g_autofree char *copy = g_strndup(text, size); /* ends where it ends */
    return message->answer ? read_http_answer(copy, message)
                           : read_http_request(dictionary, copy, message);
}
