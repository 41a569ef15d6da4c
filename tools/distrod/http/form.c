/* tools/distrod/http/form.c -- "a=1&b=x%20y" to a table. */
#include "tools/distrod/http/form.h"

#include <string.h>

enum {
    MAX_PARAMETERS = 256
};

/* NULL if it is no text. What is no escape stays as it is. */
static char *decode(const char *text, size_t size)
{
    GString *decoded = g_string_sized_new(size);
    for (size_t i = 0; i < size; i++) {
        int letter = (unsigned char)text[i];
        if (letter == '+') {
            letter = ' ';
        } else if (letter == '%' && i + 2 < size && g_ascii_isxdigit(text[i + 1]) &&
                   g_ascii_isxdigit(text[i + 2])) {
            letter = g_ascii_xdigit_value(text[i + 1]) * 16 + g_ascii_xdigit_value(text[i + 2]);
            i += 2;
        }
        g_string_append_c(decoded, (char)letter);
    }
    if (!g_utf8_validate_len(decoded->str, decoded->len, NULL)) { /* a NUL is not valid there */
        g_string_free(decoded, true);
        return NULL;
    }
    return g_string_free(decoded, false);
}

static bool read_parameter(GHashTable *table, const char *text, size_t size)
{
    const char *equals = memchr(text, '=', size);
    const size_t name_size = equals != NULL ? (size_t)(equals - text) : size;
    g_autofree char *name = decode(text, name_size);
    g_autofree char *value =
        equals != NULL ? decode(equals + 1, size - name_size - 1) : g_strdup("");
    if (name == NULL || value == NULL || g_hash_table_size(table) >= MAX_PARAMETERS) {
        return false;
    }
    if (!g_hash_table_contains(table, name)) {
        g_hash_table_insert(table, g_steal_pointer(&name), g_steal_pointer(&value));
    }
    return true;
}

bool reg_form_read(GHashTable *table, const char *text, size_t size)
{
    while (size > 0) {
        const char *ampersand = memchr(text, '&', size);
        const size_t length = ampersand != NULL ? (size_t)(ampersand - text) : size;
        if (length > 0 && !read_parameter(table, text, length)) {
            return false;
        }
        const size_t used = ampersand != NULL ? length + 1 : length;
        text += used;
        size -= used;
    }
    return true;
}
