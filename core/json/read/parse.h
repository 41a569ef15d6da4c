/* core/json/read/parse.h -- a small strict JSON reader (RFC 8259) for texts from elsewhere.
 *
 * A text becomes an array of values: a container points at its first child, a child at the next.
 * Stricter than most: the whole text must be valid UTF-8, and neither a lone surrogate nor U+0000,
 * which no C string can hold, may hide in an escape. Nothing nests deeper than 32.
 *
 * Memory: a document owns its values and their texts. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum DistroJsonKind {
    DISTRO_JSON_NULL,
    DISTRO_JSON_BOOL,
    DISTRO_JSON_WHOLE,  /* a number written without fraction and exponent */
    DISTRO_JSON_NUMBER, /* any other number */
    DISTRO_JSON_STRING,
    DISTRO_JSON_ARRAY,
    DISTRO_JSON_OBJECT,
} DistroJsonKind;

typedef struct DistroJsonValue {
    DistroJsonKind kind;
    bool boolean;     /* BOOL */
    uint32_t count;   /* ARRAY, OBJECT: how many children */
    uint32_t first;   /* the first of them, 0 if none */
    uint32_t next;    /* the next child of the same parent, 0 if none */
    const char *key;  /* in an OBJECT */
    const char *text; /* STRING: unescaped; WHOLE, NUMBER: as written */
} DistroJsonValue;

typedef struct DistroJson DistroJson;

/* Parse one value at the start of @text, white space around it included. With @used (nullable) it
 * may be followed by more, and *@used tells where; without, by nothing. NULL if it is not JSON. */
DistroJson *distro_json_parse(const char *text, size_t size, size_t *used);
void distro_json_free(DistroJson *json);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DistroJson, distro_json_free)

const DistroJsonValue *distro_json_root(const DistroJson *json);
/* The children of @value, one by one; NULL at the end. */
const DistroJsonValue *distro_json_first(const DistroJson *json, const DistroJsonValue *value);
const DistroJsonValue *distro_json_next(const DistroJson *json, const DistroJsonValue *value);
/* The member @key of @value if that is an object and the member of @kind; else NULL. Of members
 * with the same key the last counts, as Jackson has it. */
const DistroJsonValue *distro_json_member(const DistroJson *json, const DistroJsonValue *value,
                                          const char *key, DistroJsonKind kind);
/* Whether @value has a member @key that is not null. */
bool distro_json_has(const DistroJson *json, const DistroJsonValue *value, const char *key);
