/* tools/distrosim/output/json.h -- thin helpers over jansson: values are built in one expression,
 * and read from files that may have been edited. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdint.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

/* Counts beyond 2^63 cannot occur; a seed can, which is why seeds are strings. */
json_t *json_count(uint64_t count);
json_t *json_time(int64_t time_us);
json_t *json_text(const char *text);            /* null if @text is NULL */
json_t *json_fingerprint(uint64_t fingerprint); /* 16 hex digits */
json_t *json_seed(uint64_t seed);

/* Sets @key of @object. @value: transfer full. */
void json_set(json_t *object, const char *key, json_t *value);

/* Indented, keys in the order in which they were set, with a newline at the end. */
char *json_to_text(const json_t *value);

/* A file whose top is an object. NULL and @error (G_FILE_ERROR or JSON_FILE_ERROR), a sentence. */
json_t *json_read_file(const char *path, GError **error);
typedef enum JsonFileError {
    JSON_FILE_ERROR_MALFORMED,
} JsonFileError;
#define JSON_FILE_ERROR (json_file_error_quark())
GQuark json_file_error_quark(void);

/* The string at @key; NULL if there is none or it is something else. */
const char *json_string_at(const json_t *object, const char *key);
