/* core/json/read/parse.c -- recursive descent over bytes already known to be UTF-8. */
#include "core/json/read/parse.h"

#include <string.h>

enum {
    MAX_DEPTH = 32
};

struct DistroJson {
    GArray *values; /* DistroJsonValue; the root is the first */
    GStringChunk *texts;
};

typedef struct Reader {
    const char *at, *end;
    DistroJson *json;
    GString *scratch;
} Reader;

static bool read_value(Reader *reader, const char *key, unsigned depth, uint32_t *index);

static void skip_space(Reader *reader)
{
    while (reader->at < reader->end && memchr(" \t\n\r", *reader->at, 4) != NULL) {
        reader->at++;
    }
}

static bool accept(Reader *reader, char expected)
{
    if (reader->at == reader->end || *reader->at != expected) {
        return false;
    }
    reader->at++;
    return true;
}

static bool accept_word(Reader *reader, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, word, size) != 0) {
        return false;
    }
    reader->at += size;
    return true;
}

static bool read_unit(Reader *reader, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = reader->at < reader->end ? g_ascii_xdigit_value(*reader->at++) : -1;
        if (digit < 0) {
            return false;
        }
        *unit = *unit << 4 | (uint32_t)digit;
    }
    return true;
}

/* What follows "\u": one unit, or two that make a pair. */
static bool read_escaped_point(Reader *reader)
{
    uint32_t point, low;
    if (!read_unit(reader, &point)) {
        return false;
    }
    if (point >= 0xd800 && point < 0xdc00) {
        if (!accept_word(reader, "\\u") || !read_unit(reader, &low) || low < 0xdc00 ||
            low > 0xdfff) {
            return false;
        }
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    } else if (point >= 0xdc00 && point < 0xe000) {
        return false;
    }
    if (point == 0) {
        return false;
    }
    g_string_append_unichar(reader->scratch, point);
    return true;
}

static bool read_escape(Reader *reader)
{
    static const char FROM[] = "\"\\/bfnrt", TO[] = "\"\\/\b\f\n\r\t";
    if (reader->at == reader->end) {
        return false;
    }
    char letter = *reader->at++;
    if (letter == 'u') {
        return read_escaped_point(reader);
    }
    const char *found = memchr(FROM, letter, sizeof FROM - 1);
    if (found == NULL) {
        return false;
    }
    g_string_append_c(reader->scratch, TO[found - FROM]);
    return true;
}

static const char *keep(Reader *reader, const char *text, size_t size)
{
    return g_string_chunk_insert_len(reader->json->texts, text, (gssize)size);
}

static bool read_string(Reader *reader, const char **text)
{
    if (!accept(reader, '"')) {
        return false;
    }
    g_string_truncate(reader->scratch, 0);
    while (reader->at < reader->end) {
        char letter = *reader->at++;
        if (letter == '"') {
            *text = keep(reader, reader->scratch->str, reader->scratch->len);
            return true;
        }
        if ((unsigned char)letter < 0x20) {
            return false;
        }
        if (letter != '\\') {
            g_string_append_c(reader->scratch, letter);
        } else if (!read_escape(reader)) {
            return false;
        }
    }
    return false;
}

static bool skip_digits(Reader *reader)
{
    const char *start = reader->at;
    while (reader->at < reader->end && g_ascii_isdigit(*reader->at)) {
        reader->at++;
    }
    return reader->at > start;
}

static bool read_number(Reader *reader, DistroJsonValue *value)
{
    const char *start = reader->at;

    value->kind = DISTRO_JSON_WHOLE;
    accept(reader, '-');
    if (!accept(reader, '0') && !skip_digits(reader)) {
        return false;
    }
    if (accept(reader, '.')) {
        value->kind = DISTRO_JSON_NUMBER;
        if (!skip_digits(reader)) {
            return false;
        }
    }
    if (accept(reader, 'e') || accept(reader, 'E')) {
        value->kind = DISTRO_JSON_NUMBER;
        if (!accept(reader, '+')) {
            accept(reader, '-');
        }
        if (!skip_digits(reader)) {
            return false;
        }
    }
    value->text = keep(reader, start, (size_t)(reader->at - start));
    return true;
}

static bool read_key(Reader *reader, const char **key)
{
    skip_space(reader);
    if (!read_string(reader, key)) {
        return false;
    }
    skip_space(reader);
    return accept(reader, ':');
}

static DistroJsonValue *value_at(const DistroJson *json, uint32_t index)
{
    return &g_array_index(json->values, DistroJsonValue, index);
}

/* What stands between the brackets, the opening one being read. Values move as the array grows, so
 * the parent and the child before are looked up anew each time. */
static bool read_children(Reader *reader, uint32_t parent, char close, unsigned depth)
{
    bool object = close == '}';
    uint32_t before = 0;

    skip_space(reader);
    if (accept(reader, close)) {
        return true;
    }
    if (depth == MAX_DEPTH) {
        return false;
    }
    do {
        const char *key = NULL;
        uint32_t child;
        if ((object && !read_key(reader, &key)) || !read_value(reader, key, depth + 1, &child)) {
            return false;
        }
        if (before == 0) {
            value_at(reader->json, parent)->first = child;
        } else {
            value_at(reader->json, before)->next = child;
        }
        value_at(reader->json, parent)->count++;
        before = child;
        skip_space(reader);
    } while (accept(reader, ','));
    return accept(reader, close);
}

static bool read_scalar(Reader *reader, DistroJsonValue *value)
{
    if (reader->at == reader->end) {
        return false;
    }
    switch (*reader->at) {
    case '"':
        value->kind = DISTRO_JSON_STRING;
        return read_string(reader, &value->text);
    case 't':
        value->kind = DISTRO_JSON_BOOL;
        value->boolean = true;
        return accept_word(reader, "true");
    case 'f':
        value->kind = DISTRO_JSON_BOOL;
        return accept_word(reader, "false");
    case 'n':
        return accept_word(reader, "null");
    default:
        return read_number(reader, value);
    }
}

static bool read_value(Reader *reader, const char *key, unsigned depth, uint32_t *index)
{
    DistroJsonValue value = { .kind = DISTRO_JSON_NULL, .key = key };

    skip_space(reader);
    *index = reader->json->values->len;
    bool object = accept(reader, '{');
    if (object || accept(reader, '[')) {
        value.kind = object ? DISTRO_JSON_OBJECT : DISTRO_JSON_ARRAY;
        g_array_append_val(reader->json->values, value);
        return read_children(reader, *index, object ? '}' : ']', depth);
    }
    if (!read_scalar(reader, &value)) {
        return false;
    }
    g_array_append_val(reader->json->values, value);
    return true;
}

DistroJson *distro_json_parse(const char *text, size_t size, size_t *used)
{
    if (size == 0 || !g_utf8_validate_len(text, size, NULL)) {
        return NULL;
    }
    g_autoptr(DistroJson) json = g_new(DistroJson, 1);
    json->values = g_array_new(false, false, sizeof(DistroJsonValue));
    json->texts = g_string_chunk_new(1024);

    g_autoptr(GString) scratch = g_string_new(NULL);
    Reader reader = { .at = text, .end = text + size, .json = json, .scratch = scratch };
    uint32_t root;
    if (!read_value(&reader, NULL, 0, &root)) {
        return NULL;
    }
    skip_space(&reader);
    if (used != NULL) {
        *used = (size_t)(reader.at - text);
    } else if (reader.at != reader.end) {
        return NULL;
    }
    return g_steal_pointer(&json);
}

void distro_json_free(DistroJson *json)
{
    if (json == NULL) {
        return;
    }
    g_array_unref(json->values);
    g_string_chunk_free(json->texts);
    g_free(json);
}

const DistroJsonValue *distro_json_root(const DistroJson *json)
{
    return value_at(json, 0);
}

const DistroJsonValue *distro_json_first(const DistroJson *json, const DistroJsonValue *value)
{
    return value->first == 0 ? NULL : value_at(json, value->first);
}

const DistroJsonValue *distro_json_next(const DistroJson *json, const DistroJsonValue *value)
{
    return value->next == 0 ? NULL : value_at(json, value->next);
}

static const DistroJsonValue *find_member(const DistroJson *json, const DistroJsonValue *value,
                                          const char *key)
{
    const DistroJsonValue *found = NULL;
    if (value->kind != DISTRO_JSON_OBJECT) {
        return NULL;
    }
    for (const DistroJsonValue *member = distro_json_first(json, value); member != NULL;
         member = distro_json_next(json, member)) {
        if (strcmp(member->key, key) == 0) {
            found = member;
        }
    }
    return found;
}

const DistroJsonValue *distro_json_member(const DistroJson *json, const DistroJsonValue *value,
                                          const char *key, DistroJsonKind kind)
{
    const DistroJsonValue *member = find_member(json, value, key);
    return member != NULL && member->kind == kind ? member : NULL;
}

bool distro_json_has(const DistroJson *json, const DistroJsonValue *value, const char *key)
{
    const DistroJsonValue *member = find_member(json, value, key);
    return member != NULL && member->kind != DISTRO_JSON_NULL;
}
