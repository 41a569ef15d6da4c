/* tests/unit/test_java.c -- Java's hashes, order and printing, against what Java 17 printed. */
#include "core/java.h"

#include "tests/support/check.h"
#include "tests/support/vectors.h"

#include <math.h>

/* Decodes @hex into @bytes and ends it with NUL; the length. */
static size_t from_hex(const char *hex, char bytes[4096])
{
    size_t size = strlen(hex) / 2;
    for (size_t i = 0; i < size; i++) {
        bytes[i] =
            (char)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
    }
    bytes[size] = '\0';
    return size;
}

static void string_hash_is_javas(void)
{
    g_autoptr(Vectors) vectors = vectors_read("distro-mapper.tsv");
    char tag[4096];

    check_uint(vectors_count(vectors), >=, 58);
    for (guint row = 0; row < vectors_count(vectors); row++) {
        size_t size = from_hex(vectors_cell(vectors, row, "tag_utf8_hex"), tag);
        check_int(distro_java_string_hash_n(tag, size), ==, vectors_int(vectors, row, "java_hash"));
        if (strlen(tag) == size) {
            check_int(distro_java_string_hash(tag), ==, vectors_int(vectors, row, "java_hash"));
        }
    }
}

static void distro_hash_is_the_mappers(void)
{
    g_autoptr(Vectors) vectors = vectors_read("distro-mapper.tsv");
    char tag[4096];

    for (guint row = 0; row < vectors_count(vectors); row++) {
        size_t size = from_hex(vectors_cell(vectors, row, "tag_utf8_hex"), tag);
        if (strlen(tag) == size) {
            check_uint(distro_hash(tag), ==, vectors_int(vectors, row, "distro_hash"));
        }
    }
}

static void doubles_hash_and_print_as_javas(void)
{
    g_autoptr(Vectors) vectors = vectors_read("java-double.tsv");

    check_uint(vectors_count(vectors), >=, 30);
    for (guint row = 0; row < vectors_count(vectors); row++) {
        guint64 bits = g_ascii_strtoull(vectors_cell(vectors, row, "bits"), NULL, 16);
        double value;
        char text[DISTRO_JAVA_DOUBLE_SIZE];
        memcpy(&value, &bits, sizeof value);

        check_int(distro_java_double_hash(value), ==, vectors_int(vectors, row, "hash"));
        check_uint(distro_java_double_text(value, text), ==, strlen(text));
        check_str(text, ==, vectors_cell(vectors, row, "to_string"));
    }
}

static void doubles_that_are_not_finite_print_as_words(void)
{
    char text[DISTRO_JAVA_DOUBLE_SIZE];

    check_uint(distro_java_double_text((double)NAN, text), ==, 3);
    check_str(text, ==, "NaN");
    check_uint(distro_java_double_text((double)INFINITY, text), ==, 8);
    check_str(text, ==, "Infinity");
    check_uint(distro_java_double_text(-(double)INFINITY, text), ==, 9);
    check_str(text, ==, "-Infinity");
}

static void every_nan_hashes_alike(void)
{
    check_int(distro_java_double_hash((double)NAN), ==, 2146959360);
    check_int(distro_java_double_hash(-(double)NAN), ==, 2146959360);
}

static void long_hash_folds_both_halves(void)
{
    check_int(distro_java_long_hash(2), ==, 2);
    check_int(distro_java_long_hash(-1), ==, 0);
    check_int(distro_java_long_hash(INT64_C(0x100000000)), ==, 1);
}

static int compare_addresses(const void *a, const void *b)
{
    return distro_java_string_compare(*(char *const *)a, *(char *const *)b);
}

static void member_lists_sort_as_java_sorts_them(void)
{
    g_autoptr(Vectors) vectors = vectors_read("distro-member-lists.tsv");

    check_uint(vectors_count(vectors), >=, 7);
    for (guint row = 0; row < vectors_count(vectors); row++) {
        g_auto(GStrv) members = g_strsplit(vectors_cell(vectors, row, "input"), ",", -1);
        qsort(members, g_strv_length(members), sizeof *members, compare_addresses);
        g_autofree char *sorted = g_strjoinv(",", members);
        check_str(sorted, ==, vectors_cell(vectors, row, "sorted"));
    }
}

static void order_is_of_utf16_units_and_not_of_bytes(void)
{
    check_int(distro_java_string_compare("\xf0\x9f\x98\x80", "\xef\xbf\xbf"), <, 0);
    check_int(distro_java_string_compare("\xef\xbf\xbf", "\xf0\x9f\x98\x80"), >, 0);
    check_int(distro_java_string_compare("a\xc3\xa9", "a\xc3\xa8"), >, 0);
    check_int(distro_java_string_compare("\xf0\x9f\x98\x80", "\xf0\x9f\x98\x81"), <, 0);
    check_int(distro_java_string_compare("ab", "abc"), <, 0);
    check_int(distro_java_string_compare("", ""), ==, 0);
}

static void hashing_broken_utf8_reads_nothing_beyond_its_end(void)
{
    g_autofree char *broken = g_strndup("ab\xf0\x9f", 4);
    distro_java_string_hash(broken);
    distro_java_string_hash_n(broken, 3);
    check_int(distro_java_string_compare(broken, "ab\xf0\x9f\x98\x80"), !=, 0);
}

int main(void)
{
    static const Test TESTS[] = {
        { "a string hashes as Java's does", string_hash_is_javas },
        { "a tag hashes as DistroMapper's does", distro_hash_is_the_mappers },
        { "a double hashes and prints as Java's does", doubles_hash_and_print_as_javas },
        { "a double that is not finite prints as a word",
          doubles_that_are_not_finite_print_as_words },
        { "every NaN hashes alike", every_nan_hashes_alike },
        { "a long's hash folds both of its halves", long_hash_folds_both_halves },
        { "member lists sort as Java sorts them", member_lists_sort_as_java_sorts_them },
        { "strings order by UTF-16 units, not by bytes", order_is_of_utf16_units_and_not_of_bytes },
        { "hashing broken UTF-8 reads nothing beyond its end",
          hashing_broken_utf8_reads_nothing_beyond_its_end },
        { NULL, NULL },
    };
    return run_tests("java", TESTS);
}
