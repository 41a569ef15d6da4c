/* core/json/read/fields.c -- see fields.h. */
#include "core/json/read/fields.h"

#include <math.h>
#include <string.h>

#include "core/json/status.h"

const char *distro_json_read_text(const DistroJson *json, const DistroJsonValue *value,
                                  const char *key)
{
    const DistroJsonValue *member = distro_json_member(json, value, key, DISTRO_JSON_STRING);
    return member == NULL ? NULL : member->text;
}

bool distro_json_is_text(const DistroJson *json, const DistroJsonValue *value, const char *key,
                         const char *expected)
{
    const char *text = distro_json_read_text(json, value, key);
    return text != NULL && strcmp(text, expected) == 0;
}

static DistroWireError parse_i64(const char *text, int64_t *number)
{
    return g_ascii_string_to_signed(text, 10, INT64_MIN, INT64_MAX, number, NULL)
               ? DISTRO_WIRE_OK
               : DISTRO_WIRE_BAD_RANGE;
}

DistroWireError distro_json_read_i32(const DistroJson *json, const DistroJsonValue *value,
                                     const char *key, int32_t *number)
{
    const DistroJsonValue *member = distro_json_member(json, value, key, DISTRO_JSON_WHOLE);
    int64_t wide = 0;

    *number = 0;
    if (member == NULL) {
        return distro_json_has(json, value, key) ? DISTRO_WIRE_BAD_TEXT : DISTRO_WIRE_OK;
    }
    if (parse_i64(member->text, &wide) != DISTRO_WIRE_OK || wide < INT32_MIN || wide > INT32_MAX) {
        return DISTRO_WIRE_BAD_RANGE;
    }
    *number = (int32_t)wide;
    return DISTRO_WIRE_OK;
}

DistroWireError distro_json_read_double(const DistroJson *json, const DistroJsonValue *value,
                                        const char *key, double *number)
{
    const DistroJsonValue *member = distro_json_member(json, value, key, DISTRO_JSON_NUMBER);
    if (member == NULL) {
        member = distro_json_member(json, value, key, DISTRO_JSON_WHOLE);
    }
    if (member == NULL) {
        return distro_json_has(json, value, key) ? DISTRO_WIRE_BAD_TEXT : DISTRO_WIRE_OK;
    }
    *number = g_ascii_strtod(member->text, NULL);
    return isfinite(*number) ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_RANGE;
}

DistroWireError distro_json_read_bool(const DistroJson *json, const DistroJsonValue *value,
                                      const char *key, bool *flag)
{
    const DistroJsonValue *member = distro_json_member(json, value, key, DISTRO_JSON_BOOL);
    if (member == NULL) {
        return distro_json_has(json, value, key) ? DISTRO_WIRE_BAD_TEXT : DISTRO_WIRE_OK;
    }
    *flag = member->boolean;
    return DISTRO_WIRE_OK;
}

/* Three failures share their codes and differ in the message; an unknown message among them is
 * that of some exception. */
static const DistroJsonFailure *find_failure(const DistroJson *json, const DistroJsonValue *root,
                                             int32_t result_code, int32_t error_code)
{
    const DistroJsonFailure *found = NULL;
    size_t count;
    const DistroJsonFailure *failures = distro_json_failures(&count);
    for (size_t i = 0; i < count; i++) {
        const DistroJsonFailure *failure = &failures[i];
        if (failure->result_code != result_code || failure->error_code != error_code) {
            continue;
        }
        if (distro_json_is_text(json, root, "message", failure->message)) {
            return failure;
        }
        if (found == NULL || failure->status == DISTRO_STATUS_EXCEPTION) {
            found = failure;
        }
    }
    return found;
}

DistroWireError distro_json_read_status(const DistroJson *json, const DistroJsonValue *root,
                                        DistroStatus *status)
{
    int32_t result_code, error_code = 0;
    DistroWireError error = distro_json_read_i32(json, root, "resultCode", &result_code);
    if (error == DISTRO_WIRE_OK) {
        error = distro_json_read_i32(json, root, "errorCode", &error_code);
    }
    if (error != DISTRO_WIRE_OK || !distro_json_has(json, root, "resultCode")) {
        return error != DISTRO_WIRE_OK ? error : DISTRO_WIRE_BAD_TEXT;
    }

    *status = DISTRO_STATUS_OK;
    if (result_code == 200 && error_code == 0) {
        return DISTRO_WIRE_OK;
    }
    const DistroJsonFailure *found = find_failure(json, root, result_code, error_code);
    if (found == NULL) {
        return DISTRO_WIRE_UNKNOWN_STATUS;
    }
    *status = found->status;
    return DISTRO_WIRE_OK;
}

/* --- maps --------------------------------------------------------------------------------- */

static DistroWireError read_ext_value(const DistroJsonValue *member, DistroExtEntry *entry)
{
    *entry = (DistroExtEntry) { .key = member->key };
    switch (member->kind) {
    case DISTRO_JSON_NULL:
        entry->kind = DISTRO_VALUE_NULL;
        return DISTRO_WIRE_OK;
    case DISTRO_JSON_BOOL:
        entry->kind = DISTRO_VALUE_BOOL;
        entry->boolean = member->boolean;
        return DISTRO_WIRE_OK;
    case DISTRO_JSON_STRING:
        entry->kind = DISTRO_VALUE_STRING;
        entry->text = member->text;
        return DISTRO_WIRE_OK;
    case DISTRO_JSON_WHOLE: /* Jackson takes the narrowest of Integer and Long */
        if (parse_i64(member->text, &entry->integer) != DISTRO_WIRE_OK) {
            return DISTRO_WIRE_BAD_RANGE;
        }
        entry->kind = entry->integer >= INT32_MIN && entry->integer <= INT32_MAX
                          ? DISTRO_VALUE_INT
                          : DISTRO_VALUE_LONG;
        return DISTRO_WIRE_OK;
    case DISTRO_JSON_NUMBER:
        entry->kind = DISTRO_VALUE_DOUBLE;
        entry->number = g_ascii_strtod(member->text, NULL);
        return isfinite(entry->number) ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_RANGE;
    case DISTRO_JSON_ARRAY:
    case DISTRO_JSON_OBJECT:
        return DISTRO_WIRE_BAD_TEXT; /* no map of ours holds another */
    }
    return DISTRO_WIRE_BAD_TEXT;
}

/* Keep the last of the entries with one key, as a Java map does when it is filled. */
static void drop_repeated(GArray *entries)
{
    g_autoptr(GHashTable) last = g_hash_table_new(g_str_hash, g_str_equal);
    DistroExtEntry *all = (DistroExtEntry *)(void *)entries->data;
    guint kept = 0;

    for (guint i = 0; i < entries->len; i++) {
        g_hash_table_insert(last, (gpointer)all[i].key, GUINT_TO_POINTER(i));
    }
    for (guint i = 0; i < entries->len; i++) {
        if (GPOINTER_TO_UINT(g_hash_table_lookup(last, all[i].key)) == i) {
            all[kept++] = all[i];
        }
    }
    g_array_set_size(entries, kept);
}

DistroWireError distro_json_read_ext_entries(const DistroJson *json, const DistroJsonValue *map,
                                             GArray *entries)
{
    for (const DistroJsonValue *member = distro_json_first(json, map); member != NULL;
         member = distro_json_next(json, member)) {
        DistroExtEntry entry;
        DistroWireError error = read_ext_value(member, &entry);
        if (error != DISTRO_WIRE_OK) {
            return error;
        }
        g_array_append_val(entries, entry);
    }
    drop_repeated(entries);
    return DISTRO_WIRE_OK;
}

/* These replace metadata of the same name. */
static void add_own_entries(GArray *entries, double weight, bool enabled)
{
    const DistroExtEntry own_weight = { .key = "publishInstanceWeight",
                                        .kind = DISTRO_VALUE_DOUBLE,
                                        .number = weight };
    const DistroExtEntry own_enabled = { .key = "publishInstanceEnable",
                                         .kind = DISTRO_VALUE_BOOL };
    if (fabs(1.0 - weight) >= 1e-10) {
        g_array_append_val(entries, own_weight);
    }
    if (!enabled) {
        g_array_append_val(entries, own_enabled);
    }
    drop_repeated(entries);
}

DistroWireError distro_json_read_metadata(const DistroJson *json, const DistroJsonValue *map,
                                          double weight, bool enabled, GArray *entries)
{
    const DistroWireError error =
        map == NULL ? DISTRO_WIRE_OK : distro_json_read_ext_entries(json, map, entries);
    if (error != DISTRO_WIRE_OK) {
        return error;
    }
    for (guint i = 0; i < entries->len; i++) {
        if (g_array_index(entries, DistroExtEntry, i).kind != DISTRO_VALUE_STRING) {
            return DISTRO_WIRE_BAD_TEXT;
        }
    }
    add_own_entries(entries, weight, enabled);
    return DISTRO_WIRE_OK;
}
