/* core/json/read/v1.c -- what a server of 1.x said over HTTP, back to a message (v1/text.h).
 *
 * As in client.c every message is read twice, first without a dictionary, to see whether all of it
 * is sound, then with one, to enter its names. */
#include <stdlib.h>
#include <string.h>

#include "core/json/common.h"
#include "core/json/read/fields.h"
#include "core/json/read/messages.h"
#include "core/json/status.h"
#include "core/json/write.h"
#include "core/v1/lists.h"
#include "core/v1/text.h"

/* One member of a map whose keys name services. */
typedef struct Entry {
    char *namespace_id, *group, *name; /* owned */
    const DistroJsonValue *value;
    DistroService service;
} Entry;

static void clear_entry(gpointer data)
{
    Entry *entry = data;
    g_free(entry->namespace_id);
    g_free(entry->group);
    g_free(entry->name);
}

static Entry *entry_at(const GArray *entries, guint index)
{
    return &g_array_index(entries, Entry, index);
}

static GArray *new_entries(void)
{
    GArray *entries = g_array_new(false, true, sizeof(Entry));
    g_array_set_clear_func(entries, clear_entry);
    return entries;
}

/* --- names of services -------------------------------------------------------------------- */

/* "group@@name". */
static bool split_name(const char *text, Entry *entry)
{
    const char *separator = strstr(text, DISTRO_GROUP_SEPARATOR);
    if (separator == NULL) {
        return false;
    }
    entry->group = g_strndup(text, (gsize)(separator - text));
    entry->name = g_strdup(separator + DISTRO_TEXT_LENGTH(DISTRO_GROUP_SEPARATOR));
    return true;
}

/* "namespace##group@@name". */
static bool split_full_name(const char *text, Entry *entry)
{
    const char *separator = strstr(text, DISTRO_V1_NAMESPACE_SEPARATOR);
    if (separator == NULL) {
        return false;
    }
    entry->namespace_id = g_strndup(text, (gsize)(separator - text));
    return split_name(separator + DISTRO_TEXT_LENGTH(DISTRO_V1_NAMESPACE_SEPARATOR), entry);
}

static bool split_key(const char *text, Entry *entry)
{
    return strncmp(text, DISTRO_V1_KEY, DISTRO_TEXT_LENGTH(DISTRO_V1_KEY)) == 0 &&
           split_full_name(text + DISTRO_TEXT_LENGTH(DISTRO_V1_KEY), entry);
}

static int compare_by_name(const void *a, const void *b)
{
    const Entry *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    if (order == 0) {
        order = strcmp(left->group, right->group);
    }
    return order != 0 ? order : strcmp(left->namespace_id, right->namespace_id);
}

static int compare_by_service(const void *a, const void *b)
{
    const DistroService left = ((const Entry *)a)->service, right = ((const Entry *)b)->service;
    return (left > right) - (left < right);
}

static void sort(GArray *entries, int (*compare)(const void *, const void *))
{
    if (entries->len > 1) {
        qsort(entries->data, entries->len, sizeof(Entry), compare);
    }
}

/* A service named twice is no map. */
static DistroWireError check_names(GArray *entries)
{
    sort(entries, compare_by_name);
    for (guint i = 1; i < entries->len; i++) {
        if (compare_by_name(entry_at(entries, i - 1), entry_at(entries, i)) == 0) {
            return DISTRO_WIRE_BAD_ORDER;
        }
    }
    return DISTRO_WIRE_OK;
}

/* The numbers of new services follow the order of their names; the entries come out by number. */
static void enter_services(DistroDictionary *dictionary, GArray *entries)
{
    for (guint i = 0; i < entries->len; i++) {
        Entry *entry = entry_at(entries, i);
        entry->service =
            distro_dictionary_service(dictionary, entry->namespace_id, entry->group, entry->name);
    }
    sort(entries, compare_by_service);
}

/* --- datums ------------------------------------------------------------------------------- */

static DistroWireError read_beat(const DistroJson *json, const DistroJsonValue *value,
                                 int64_t *beat_ms)
{
    const DistroJsonValue *member = distro_json_member(json, value, "lastBeat", DISTRO_JSON_WHOLE);
    gint64 number;
    if (member == NULL) {
        return distro_json_has(json, value, "lastBeat") ? DISTRO_WIRE_BAD_TEXT : DISTRO_WIRE_OK;
    }
    if (!g_ascii_string_to_signed(member->text, 10, INT64_MIN, INT64_MAX, &number, NULL)) {
        return DISTRO_WIRE_BAD_RANGE;
    }
    *beat_ms = number;
    return DISTRO_WIRE_OK;
}

/* An Instance, as far as it goes into a message; what is absent is what Instance starts with. */
typedef struct Parts {
    const char *ip, *cluster;
    int32_t port;
    bool healthy, enabled;
    double weight;
    int64_t beat_ms;
} Parts;

static DistroWireError read_parts(const DistroJson *json, const DistroJsonValue *value,
                                  Parts *parts)
{
    const DistroJsonValue *ip = distro_json_member(json, value, "ip", DISTRO_JSON_STRING);
    const DistroJsonValue *cluster =
        distro_json_member(json, value, "clusterName", DISTRO_JSON_STRING);
    if (ip == NULL || strchr(ip->text, '#') != NULL) { /* it would cut the client's tag short */
        return DISTRO_WIRE_BAD_TEXT;
    }
    *parts = (Parts) { .ip = ip->text,
                       .cluster = cluster != NULL ? cluster->text : DISTRO_DEFAULT_CLUSTER,
                       .healthy = true,
                       .enabled = true,
                       .weight = 1.0 };
    DistroWireError error = distro_json_read_i32(json, value, "port", &parts->port);
    if (error == DISTRO_WIRE_OK) {
        error = distro_json_read_double(json, value, "weight", &parts->weight);
    }
    if (error == DISTRO_WIRE_OK) {
        error = distro_json_read_bool(json, value, "healthy", &parts->healthy);
    }
    if (error == DISTRO_WIRE_OK) {
        error = distro_json_read_bool(json, value, "enabled", &parts->enabled);
    }
    return error == DISTRO_WIRE_OK ? read_beat(json, value, &parts->beat_ms) : error;
}

static DistroWireError read_metadata(const DistroJson *json, const DistroJsonValue *value,
                                     const Parts *parts, GArray *entries)
{
    const DistroJsonValue *map = distro_json_member(json, value, "metadata", DISTRO_JSON_OBJECT);
    if (map == NULL && distro_json_has(json, value, "metadata")) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    return distro_json_read_metadata(json, map, parts->weight, parts->enabled, entries);
}

static DistroPublication enter_publication(DistroDictionary *dictionary, DistroService service,
                                           const Parts *parts, const GArray *entries)
{
    const DistroInstance instance = {
        .ip = distro_dictionary_name(dictionary, parts->ip),
        .port = parts->port,
        .healthy = parts->healthy,
        .cluster = distro_dictionary_name(dictionary, parts->cluster),
        .ext = distro_dictionary_ext(
            dictionary, (const DistroExtEntry *)(const void *)entries->data, entries->len),
    };
    const DistroListing listing = distro_dictionary_listing(dictionary, service, &instance);
    return distro_dictionary_publication(dictionary, service, false, &listing, 1);
}

static DistroWireError read_instance(DistroDictionary *dictionary, const DistroJson *json,
                                     const DistroJsonValue *value, DistroService service,
                                     GByteArray *list)
{
    Parts parts;
    g_autoptr(GArray) entries = g_array_new(false, false, sizeof(DistroExtEntry));
    DistroWireError error = read_parts(json, value, &parts);
    if (error == DISTRO_WIRE_OK) {
        error = read_metadata(json, value, &parts, entries);
    }
    if (error == DISTRO_WIRE_OK && dictionary != NULL) {
        distro_list_add_instance(list, enter_publication(dictionary, service, &parts, entries),
                                 parts.beat_ms);
    }
    return error;
}

/* {"key":...,"value":{"instanceList":[...]},"timestamp":1}: the key repeats the map's, and
 * the timestamp is never compared. */
static DistroWireError read_datum(DistroDictionary *dictionary, const DistroJson *json,
                                  const Entry *entry, GByteArray *list)
{
    const DistroJsonValue *value =
        distro_json_member(json, entry->value, "value", DISTRO_JSON_OBJECT);
    const DistroJsonValue *instances =
        value == NULL ? NULL : distro_json_member(json, value, "instanceList", DISTRO_JSON_ARRAY);
    if (instances == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    if (dictionary != NULL) {
        distro_list_add_datum(list, entry->service, instances->count);
    }
    DistroWireError error = DISTRO_WIRE_OK;
    for (const DistroJsonValue *instance = distro_json_first(json, instances);
         error == DISTRO_WIRE_OK && instance != NULL; instance = distro_json_next(json, instance)) {
        error = read_instance(dictionary, json, instance, entry->service, list);
    }
    return error;
}

/* --- maps --------------------------------------------------------------------------------- */

typedef DistroWireError (*ReadElement)(DistroDictionary *dictionary, const DistroJson *json,
                                       const Entry *entry, GByteArray *list);

static DistroWireError read_all(DistroDictionary *dictionary, const DistroJson *json,
                                const GArray *entries, ReadElement read, GByteArray *list)
{
    DistroWireError error = DISTRO_WIRE_OK;
    for (guint i = 0; error == DISTRO_WIRE_OK && i < entries->len; i++) {
        error = read(dictionary, json, entry_at(entries, i), list);
    }
    return error;
}

/* Entries whose names are split already become the list of @message. */
static DistroWireError take_entries(DistroDictionary *dictionary, const DistroJson *json,
                                    GArray *entries, ReadElement read, DistroMessage *message)
{
    DistroWireError error = check_names(entries);
    if (error == DISTRO_WIRE_OK) {
        error = read_all(NULL, json, entries, read, NULL);
    }
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    GByteArray *list = g_byte_array_new();
    enter_services(dictionary, entries);
    error = read_all(dictionary, json, entries, read, list);
    g_assert_cmpint(error, ==, DISTRO_WIRE_OK); /* the first run said so */
    distro_message_take_list(message, list, entries->len);
    return DISTRO_WIRE_OK;
}

/* The members of @map, whose keys are @split. */
static DistroWireError collect(const DistroJson *json, const DistroJsonValue *map,
                               bool (*split)(const char *, Entry *), GArray *entries)
{
    if (map == NULL || map->kind != DISTRO_JSON_OBJECT) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    for (const DistroJsonValue *member = distro_json_first(json, map); member != NULL;
         member = distro_json_next(json, member)) {
        const Entry empty = { .value = member };
        g_array_append_val(entries, empty);
        if (!split(member->key, entry_at(entries, entries->len - 1))) {
            return DISTRO_WIRE_BAD_TEXT;
        }
    }
    return DISTRO_WIRE_OK;
}

static DistroWireError read_map(DistroDictionary *dictionary, const char *body, ReadElement read,
                                DistroMessage *message)
{
    g_autoptr(DistroJson) json = distro_json_parse(body, strlen(body), NULL);
    g_autoptr(GArray) entries = new_entries();
    DistroWireError error = DISTRO_WIRE_BAD_TEXT;
    if (json != NULL) {
        error = collect(json, distro_json_root(json), split_key, entries);
    }
    return error == DISTRO_WIRE_OK ? take_entries(dictionary, json, entries, read, message) : error;
}

static DistroWireError read_checksum(DistroDictionary *dictionary, const DistroJson *json,
                                     const Entry *entry, GByteArray *list)
{
    (void)json;
    const char *text = entry->value->text;
    DistroWireChecksum checksum = { .service = entry->service };
    if (entry->value->kind != DISTRO_JSON_STRING ||
        strspn(text, "0123456789abcdef") != (size_t)2 * DISTRO_MD5_SIZE ||
        text[2 * DISTRO_MD5_SIZE] != '\0') {
        return DISTRO_WIRE_BAD_TEXT;
    }
    for (int i = 0; i < DISTRO_MD5_SIZE; i++) {
        checksum.md5[i] = (uint8_t)(g_ascii_xdigit_value(text[2 * i]) << 4 |
                                    g_ascii_xdigit_value(text[2 * i + 1]));
    }
    if (dictionary != NULL) {
        distro_list_add_checksum(list, &checksum);
    }
    return DISTRO_WIRE_OK;
}

static DistroWireError read_key_alone(DistroDictionary *dictionary, const DistroJson *json,
                                      const Entry *entry, GByteArray *list)
{
    (void)json;
    if (dictionary != NULL) {
        distro_list_add_service(list, entry->service);
    }
    return DISTRO_WIRE_OK;
}

/* --- requests ----------------------------------------------------------------------------- */

static const char *behind(const char *text, const char *prefix)
{
    const size_t size = strlen(prefix);
    return strncmp(text, prefix, size) == 0 ? text + size : NULL;
}

/* The one parameter of a request line, unescaped (transfer full), and what follows the line. */
static char *read_parameter(const char *text, const char **body)
{
    const char *end = text == NULL ? NULL : strstr(text, DISTRO_V1_LINE_END);
    if (end == NULL) {
        return NULL;
    }
    g_autofree char *escaped = g_strndup(text, (gsize)(end - text));
    for (char *letter = escaped; *letter; letter++) {
        if (*letter == '+') {
            *letter = ' ';
        }
    }
    g_autofree char *value = g_uri_unescape_string(escaped, NULL);
    *body = end + DISTRO_TEXT_LENGTH(DISTRO_V1_LINE_END);
    return value != NULL && g_utf8_validate(value, -1, NULL) ? g_steal_pointer(&value) : NULL;
}

static DistroWireError read_checksums(DistroDictionary *dictionary, const char *text,
                                      DistroMessage *message)
{
    const char *body = NULL;
    g_autofree char *source = read_parameter(behind(text, DISTRO_V1_CHECKSUM_LINE), &body);
    if (source == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    const DistroWireError error = read_map(dictionary, body, read_checksum, message);
    if (error == DISTRO_WIRE_OK) {
        message->target = distro_dictionary_name(dictionary, source);
    }
    return error;
}

static DistroWireError read_pull(DistroDictionary *dictionary, const char *body,
                                 DistroMessage *message)
{
    g_autoptr(DistroJson) json = body == NULL ? NULL : distro_json_parse(body, strlen(body), NULL);
    const DistroJsonValue *keys =
        json == NULL ? NULL
                     : distro_json_member(json, distro_json_root(json), "keys", DISTRO_JSON_STRING);
    if (keys == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    g_auto(GStrv) parts = g_strsplit(keys->text, ",", -1);
    g_autoptr(GArray) entries = new_entries();
    for (char **part = parts; *part != NULL; part++) {
        const Entry empty = { 0 };
        g_array_append_val(entries, empty);
        if (!split_key(*part, entry_at(entries, entries->len - 1))) {
            return DISTRO_WIRE_BAD_TEXT;
        }
    }
    return take_entries(dictionary, json, entries, read_key_alone, message);
}

/* @statuses is JSON in a string. */
static DistroWireError read_statuses_text(DistroDictionary *dictionary, const char *statuses,
                                          DistroMessage *message)
{
    g_autoptr(DistroJson) json = distro_json_parse(statuses, strlen(statuses), NULL);
    const DistroJsonValue *root = json == NULL ? NULL : distro_json_root(json);
    const DistroJsonValue *space =
        json == NULL ? NULL : distro_json_member(json, root, "namespaceId", DISTRO_JSON_STRING);
    if (space == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    g_autoptr(GArray) entries = new_entries();
    DistroWireError error =
        collect(json, distro_json_member(json, root, "serviceName2Checksum", DISTRO_JSON_OBJECT),
                split_name, entries);
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    for (guint i = 0; i < entries->len; i++) {
        entry_at(entries, i)->namespace_id = g_strdup(space->text);
    }
    error = take_entries(dictionary, json, entries, read_checksum, message);
    if (error == DISTRO_WIRE_OK) {
        message->namespace_id = distro_dictionary_name(dictionary, space->text);
    }
    return error;
}

static DistroWireError read_status(DistroDictionary *dictionary, const char *body,
                                   DistroMessage *message)
{
    g_autoptr(DistroJson) json = body == NULL ? NULL : distro_json_parse(body, strlen(body), NULL);
    if (json == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    const DistroJsonValue *root = distro_json_root(json);
    const DistroJsonValue *statuses =
        distro_json_member(json, root, "statuses", DISTRO_JSON_STRING);
    const DistroJsonValue *source = distro_json_member(json, root, "clientIP", DISTRO_JSON_STRING);
    if (statuses == NULL || source == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    const DistroWireError error = read_statuses_text(dictionary, statuses->text, message);
    if (error == DISTRO_WIRE_OK) {
        message->target = distro_dictionary_name(dictionary, source->text);
    }
    return error;
}

static DistroWireError read_statuses_request(DistroDictionary *dictionary, const char *text,
                                             DistroMessage *message)
{
    const char *body = NULL;
    g_autofree char *key = read_parameter(behind(text, DISTRO_V1_STATUSES_LINE), &body);
    Entry entry = { 0 };
    DistroWireError error = DISTRO_WIRE_BAD_TEXT;
    if (key != NULL && *body == '\0' && split_full_name(key, &entry)) {
        message->service =
            distro_dictionary_service(dictionary, entry.namespace_id, entry.group, entry.name);
        error = DISTRO_WIRE_OK;
    }
    clear_entry(&entry);
    return error;
}

static DistroWireError read_report(DistroDictionary *dictionary, const char *body,
                                   DistroMessage *message)
{
    g_autoptr(DistroJson) json = body == NULL ? NULL : distro_json_parse(body, strlen(body), NULL);
    const DistroJsonValue *address =
        json == NULL
            ? NULL
            : distro_json_member(json, distro_json_root(json), "address", DISTRO_JSON_STRING);
    if (address == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    message->target = distro_dictionary_name(dictionary, address->text);
    return DISTRO_WIRE_OK;
}

static DistroWireError read_datums(DistroDictionary *dictionary, const char *body,
                                   DistroMessage *message)
{
    return body == NULL ? DISTRO_WIRE_BAD_TEXT : read_map(dictionary, body, read_datum, message);
}

static DistroWireError read_request(DistroDictionary *dictionary, const char *text,
                                    DistroMessage *message)
{
    switch (message->op) {
    case DISTRO_OP_DATUM:
        return read_datums(dictionary, behind(text, DISTRO_V1_DATUM_LINE), message);
    case DISTRO_OP_CHECKSUM:
        return read_checksums(dictionary, text, message);
    case DISTRO_OP_PULL:
        return read_pull(dictionary, behind(text, DISTRO_V1_PULL_LINE), message);
    case DISTRO_OP_STATUS:
        return read_status(dictionary, behind(text, DISTRO_V1_STATUS_LINE), message);
    case DISTRO_OP_STATUSES:
        return read_statuses_request(dictionary, text, message);
    case DISTRO_OP_REPORT:
        return read_report(dictionary, behind(text, DISTRO_REPORT_LINE), message);
    default:
        return strcmp(text, DISTRO_V1_SNAPSHOT_LINE) == 0 ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_TEXT;
    }
}

/* --- answers ------------------------------------------------------------------------------ */

/* "10.0.0.7:8080_true". */
static bool read_health(DistroDictionary *dictionary, const char *text, GByteArray *list)
{
    const char *separator = strrchr(text, '_');
    if (separator == NULL ||
        (strcmp(separator, "_true") != 0 && strcmp(separator, "_false") != 0) ||
        strchr(text, '#') != NULL) {
        return false;
    }
    if (dictionary != NULL) {
        g_autofree char *id = g_strdup_printf("%.*s#true", (int)(separator - text), text);
        distro_list_add_health(list, distro_dictionary_client(dictionary, id),
                               strcmp(separator, "_true") == 0);
    }
    return true;
}

static bool read_healths(DistroDictionary *dictionary, const DistroJson *json,
                         const DistroJsonValue *ips, GByteArray *list)
{
    for (const DistroJsonValue *ip = distro_json_first(json, ips); ip != NULL;
         ip = distro_json_next(json, ip)) {
        if (ip->kind != DISTRO_JSON_STRING || !read_health(dictionary, ip->text, list)) {
            return false;
        }
    }
    return true;
}

static DistroWireError read_statuses(DistroDictionary *dictionary, const char *body,
                                     DistroMessage *message)
{
    g_autoptr(DistroJson) json = distro_json_parse(body, strlen(body), NULL);
    const DistroJsonValue *ips =
        json == NULL ? NULL
                     : distro_json_member(json, distro_json_root(json), "ips", DISTRO_JSON_ARRAY);
    if (ips == NULL || !read_healths(NULL, json, ips, NULL)) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    GByteArray *list = g_byte_array_new();
    read_healths(dictionary, json, ips, list);
    distro_message_take_list(message, list, ips->count);
    return DISTRO_WIRE_OK;
}

/* A RestResult of its own code. */
static DistroWireError read_report_answer(const char *body)
{
    int32_t code = 0;
    g_autoptr(DistroJson) json = distro_json_parse(body, strlen(body), NULL);
    if (json == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    const DistroWireError error = distro_json_read_i32(json, distro_json_root(json), "code", &code);
    return error == DISTRO_WIRE_OK && code != 200 ? DISTRO_WIRE_UNKNOWN_STATUS : error;
}

static DistroWireError read_good_answer(DistroDictionary *dictionary, const char *body,
                                        DistroMessage *message)
{
    message->status = DISTRO_STATUS_OK;
    switch (message->op) {
    case DISTRO_OP_PULL:
    case DISTRO_OP_SNAPSHOT:
        return read_datums(dictionary, body, message);
    case DISTRO_OP_STATUSES:
        return read_statuses(dictionary, body, message);
    case DISTRO_OP_REPORT:
        return read_report_answer(body);
    default:
        return strcmp(body, "ok") == 0 ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_TEXT;
    }
}

static DistroWireError read_failure(int code, const char *body, DistroMessage *message)
{
    g_autoptr(DistroJson) json = distro_json_parse(body, strlen(body), NULL);
    message->status = (DistroStatus)code;
    if (json == NULL || !distro_json_has(json, distro_json_root(json), "resultCode")) {
        return DISTRO_WIRE_OK;
    }
    const DistroWireError error =
        distro_json_read_status(json, distro_json_root(json), &message->status);
    return error == DISTRO_WIRE_OK && message->status == DISTRO_STATUS_OK ? DISTRO_WIRE_BAD_TEXT
                                                                          : error;
}

static DistroWireError read_answer(DistroDictionary *dictionary, const char *text,
                                   DistroMessage *message)
{
    const char *code = behind(text, DISTRO_HTTP_ANSWER);
    const char *body = NULL;
    if (code != NULL && strspn(code, "0123456789") == DISTRO_HTTP_CODE_SIZE) {
        body = behind(code + DISTRO_HTTP_CODE_SIZE, DISTRO_HTTP_ANSWER_END);
    }
    if (body == NULL) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    switch ((int)g_ascii_strtoll(code, NULL, 10)) {
    case 200:
        return read_good_answer(dictionary, body, message);
    case 400:
    case 404:
    case 500:
    case 501:
    case 503:
        return read_failure((int)g_ascii_strtoll(code, NULL, 10), body, message);
    default:
        return DISTRO_WIRE_UNKNOWN_STATUS;
    }
}

DistroWireError distro_json_read_v1(DistroDictionary *dictionary, const char *text, size_t size,
                                    DistroMessage *message)
{
    if (size == 0 || !g_utf8_validate_len(text, size, NULL)) {
        return DISTRO_WIRE_BAD_TEXT;
    }
    g_autofree char *copy = g_strndup(text, size); /* ends where it ends */
    return message->answer ? read_answer(dictionary, copy, message)
                           : read_request(dictionary, copy, message);
}
