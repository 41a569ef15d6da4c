/* core/text/escape.c -- see escape.h. */
#include "core/text/escape.h"

#include <stdbool.h>
#include <string.h>

static bool is_url_plain(unsigned char letter)
{
    return g_ascii_isalnum(letter) || letter == '.' || letter == '-' || letter == '*' ||
           letter == '_';
}

static bool is_json_plain(unsigned char letter)
{
    return letter >= 0x20 && letter != '"' && letter != '\\';
}

static size_t json_letter_size(unsigned char letter)
{
    if (is_json_plain(letter)) {
        return 1;
    }
    return letter != 0 && strchr("\"\\\b\f\n\r\t", letter) != NULL ? 2
                                                                   : DISTRO_TEXT_LENGTH("\\u0000");
}

static size_t url_letter_size(unsigned char letter)
{
    return is_url_plain(letter) || letter == ' ' ? 1 : 3;
}

/* A JSON letter inside a form parameter: its backslash is escaped in turn. */
static size_t json_url_letter_size(unsigned char letter)
{
    if (letter == '"' || letter == '\\') {
        return DISTRO_TEXT_LENGTH("%5C%22");
    }
    const size_t size = json_letter_size(letter);
    return size == 1 ? url_letter_size(letter) : size + 2;
}

DistroTextSizes distro_text_sizes(const char *text)
{
    DistroTextSizes sizes = { .json = DISTRO_TEXT_LENGTH("\"\""),
                              .json_url = DISTRO_TEXT_LENGTH("%22%22") };
    for (; *text; text++) {
        const unsigned char letter = (unsigned char)*text;
        sizes.text++;
        sizes.json += (uint32_t)json_letter_size(letter);
        sizes.url += (uint32_t)url_letter_size(letter);
        sizes.json_url += (uint32_t)json_url_letter_size(letter);
    }
    return sizes;
}

size_t distro_text_json_size(const char *text, size_t size)
{
    size_t escaped = size;
    for (size_t i = 0; i < size; i++) {
        if (!is_json_plain((unsigned char)text[i])) {
            escaped += json_letter_size((unsigned char)text[i]) - 1;
        }
    }
    return escaped;
}

size_t distro_text_url_size(const char *text, size_t size)
{
    size_t escaped = 0;
    for (size_t i = 0; i < size; i++) {
        escaped += url_letter_size((unsigned char)text[i]);
    }
    return escaped;
}

void distro_text_append_json(GString *out, const char *text, size_t size)
{
    static const char FROM[] = "\"\\\b\f\n\r\t", TO[] = "\"\\bfnrt";
    for (size_t i = 0; i < size; i++) {
        const char letter = text[i];
        const char *found = memchr(FROM, letter, DISTRO_TEXT_LENGTH(FROM));
        if (found != NULL) {
            g_string_append_c(out, '\\');
            g_string_append_c(out, TO[found - FROM]);
        } else if ((unsigned char)letter < 0x20) {
            g_string_append_printf(out, "\\u%04X", (unsigned)letter);
        } else {
            g_string_append_c(out, letter);
        }
    }
}

void distro_text_append_url(GString *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const unsigned char letter = (unsigned char)text[i];
        if (is_url_plain(letter)) {
            g_string_append_c(out, (char)letter);
        } else if (letter == ' ') {
            g_string_append_c(out, '+');
        } else {
            g_string_append_printf(out, "%%%02X", letter);
        }
    }
}

void distro_text_append_base64(GString *out, const GString *text)
{
    g_autofree char *encoded = g_base64_encode((const guchar *)text->str, text->len);
    g_string_append(out, encoded);
}
