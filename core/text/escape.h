/* core/text/escape.h -- how texts are escaped, and how long they are then.
 *
 * Jackson escapes what JSON demands and no more: a DEL or a non-ASCII letter stays as it is.
 * URLEncoder leaves letters, digits and ".-*_" alone, makes a space a plus, and each other byte
 * three. */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#define DISTRO_TEXT_LENGTH(literal) (sizeof(literal) - 1)

/* How long a text is in each of the texts that it is put into. */
typedef struct DistroTextSizes {
    uint32_t text;     /* bytes of the text itself */
    uint32_t json;     /* as a JSON string, quotes included */
    uint32_t url;      /* as a form parameter */
    uint32_t json_url; /* as a JSON string inside a form parameter */
} DistroTextSizes;
DistroTextSizes distro_text_sizes(const char *text);

/* Bytes of the first @size bytes of @text inside a JSON string, and as a form parameter. */
size_t distro_text_json_size(const char *text, size_t size);
size_t distro_text_url_size(const char *text, size_t size);
/* Bytes of @value in decimal, with its sign. */
static inline size_t distro_text_digits(int64_t value)
{
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    size_t digits = value < 0 ? 2 : 1;
    for (; left >= 10; left /= 10) {
        digits++;
    }
    return digits;
}

void distro_text_append_json(GString *out, const char *text, size_t size);
void distro_text_append_url(GString *out, const char *text, size_t size);
void distro_text_append_base64(GString *out, const GString *text);
