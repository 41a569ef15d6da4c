/* core/java.c -- Java's hashes, order and printing, on UTF-8.
 *
 * Java strings are UTF-16, so every character above U+FFFF counts as two units, a surrogate pair.
 * Arithmetic is unsigned throughout: it wraps as Java's int does, which C's int may not. */
#include "core/java.h"

#include <glib.h>
#include <string.h>

static int32_t to_int(uint32_t bits)
{
    int32_t value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The next code point of @text, which moves on. Never reads past @end, whatever the bytes are. */
static uint32_t next_code_point(const unsigned char **text, const unsigned char *end)
{
    uint32_t first = *(*text)++;
    unsigned more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    uint32_t point = more == 0 ? first : first & (0x3fu >> more);

    for (; more > 0 && *text < end && (**text & 0xc0) == 0x80; more--) {
        point = point << 6 | (*(*text)++ & 0x3fu);
    }
    return point;
}

static uint32_t high_surrogate(uint32_t point)
{
    return 0xd800u + ((point - 0x10000u) >> 10);
}

static uint32_t low_surrogate(uint32_t point)
{
    return 0xdc00u + ((point - 0x10000u) & 0x3ffu);
}

int32_t distro_java_string_hash_n(const char *utf8, size_t bytes)
{
    const unsigned char *text = (const unsigned char *)utf8;
    const unsigned char *end = text + bytes;
    uint32_t hash = 0;

    while (text < end) {
        if (*text < 0x80) {
            hash = 31u * hash + *text++;
            continue;
        }
        uint32_t point = next_code_point(&text, end);
        if (point < 0x10000u) {
            hash = 31u * hash + point;
        } else {
            hash = 31u * (31u * hash + high_surrogate(point)) + low_surrogate(point);
        }
    }
    return to_int(hash);
}

int32_t distro_java_string_hash(const char *utf8)
{
    return distro_java_string_hash_n(utf8, strlen(utf8));
}

int32_t distro_java_long_hash(int64_t value)
{
    uint64_t bits = (uint64_t)value;
    return to_int((uint32_t)(bits ^ bits >> 32));
}

int32_t distro_java_double_hash(double value)
{
    int64_t bits = INT64_C(0x7ff8000000000000); /* Double.doubleToLongBits knows one NaN only. */
    if (value == value) {
        memcpy(&bits, &value, sizeof bits);
    }
    return distro_java_long_hash(bits);
}

/* The shortest decimal of at least two digits that reads back as @value, as "d.ddde[+-]x". GLib's
 * functions are those of the C locale, whatever locale the host has set. */
static void print_shortest(double value, char buffer[DISTRO_JAVA_DOUBLE_SIZE])
{
    static const char *const FORMATS[] = { "%.1e",  "%.2e",  "%.3e",  "%.4e",  "%.5e",  "%.6e",
                                           "%.7e",  "%.8e",  "%.9e",  "%.10e", "%.11e", "%.12e",
                                           "%.13e", "%.14e", "%.15e", "%.16e" };

    for (size_t i = 0; i < G_N_ELEMENTS(FORMATS); i++) {
        g_ascii_formatd(buffer, DISTRO_JAVA_DOUBLE_SIZE, FORMATS[i], value);
        if (g_ascii_strtod(buffer, NULL) == value) {
            return;
        }
    }
}

static size_t print_plain(const char *digits, int exponent, char *out)
{
    char *start = out;
    if (exponent < 0) {
        *out++ = '0';
        *out++ = '.';
        for (int i = exponent + 1; i < 0; i++) {
            *out++ = '0';
        }
        while (*digits) {
            *out++ = *digits++;
        }
    } else {
        for (int i = 0; i <= exponent; i++) {
            *out++ = *digits ? *digits++ : '0';
        }
        *out++ = '.';
        do {
            *out++ = *digits ? *digits++ : '0';
        } while (*digits);
    }
    *out = '\0';
    return (size_t)(out - start);
}

static size_t print_scientific(const char *digits, int exponent, char *out)
{
    return (size_t)g_snprintf(out, DISTRO_JAVA_DOUBLE_SIZE, "%c.%sE%d", digits[0],
                              digits[1] ? digits + 1 : "0", exponent);
}

/* Double.toString: plain between 10^-3 and 10^7, else "d.dddE[-]x", always with a digit on either
 * side of the point. JDK 17 sometimes prints one digit more than it needs for values that need
 * sixteen or more; those differ here, and no weight that a person writes is among them. */
size_t distro_java_double_text(double value, char buffer[DISTRO_JAVA_DOUBLE_SIZE])
{
    char shortest[DISTRO_JAVA_DOUBLE_SIZE];
    char digits[DISTRO_JAVA_DOUBLE_SIZE];
    size_t digit_count = 0, sign_size = 0;

    if (value != value) {
        return g_strlcpy(buffer, "NaN", DISTRO_JAVA_DOUBLE_SIZE);
    }
    print_shortest(value, shortest);
    const char *next = shortest;
    if (*next == '-') {
        buffer[sign_size++] = '-';
        next++;
    }
    if (*next == 'i') {
        return sign_size + g_strlcpy(buffer + sign_size, "Infinity", DISTRO_JAVA_DOUBLE_SIZE - 1);
    }

    for (; *next != 'e'; next++) {
        if (*next != '.') {
            digits[digit_count++] = *next;
        }
    }
    while (digit_count > 1 && digits[digit_count - 1] == '0') {
        digit_count--;
    }
    digits[digit_count] = '\0';

    int exponent = (int)g_ascii_strtoll(next + 1, NULL, 10);
    bool plain = value == 0 || (exponent >= -3 && exponent < 7);
    return sign_size + (plain ? print_plain(digits, exponent, buffer + sign_size)
                              : print_scientific(digits, exponent, buffer + sign_size));
}

int distro_java_string_compare(const char *a, const char *b)
{
    size_t same = 0;
    while (a[same] && a[same] == b[same]) {
        same++;
    }
    if (a[same] == b[same]) {
        return 0;
    }
    /* Back to the start of the character in which the texts differ. */
    while (same > 0 && ((unsigned char)a[same] & 0xc0) == 0x80) {
        same--;
    }

    const unsigned char *left = (const unsigned char *)a + same;
    const unsigned char *right = (const unsigned char *)b + same;
    uint32_t left_point = next_code_point(&left, left + strlen(a + same) + 1);
    uint32_t right_point = next_code_point(&right, right + strlen(b + same) + 1);
    bool left_pair = left_point >= 0x10000u, right_pair = right_point >= 0x10000u;
    if (left_pair != right_pair) { /* a surrogate sorts below U+E000 to U+FFFF */
        left_point = left_pair ? high_surrogate(left_point) : left_point;
        right_point = right_pair ? high_surrogate(right_point) : right_point;
    }
    return left_point < right_point ? -1 : 1;
}

uint32_t distro_hash(const char *tag)
{
    int64_t hash = distro_java_string_hash(tag);
    return (uint32_t)((hash < 0 ? -hash : hash) % INT32_MAX);
}
