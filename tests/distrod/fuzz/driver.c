/* tests/distrod/fuzz/driver.c -- FOLDER [COUNT]: plays the corpus in FOLDER, then COUNT mutations
 * of it; or, built with libFuzzer, nothing but the call that it makes. */
#include "tests/distrod/fuzz/fuzz.h"

#ifdef FUZZ_WITH_LIBFUZZER

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_one(bytes, size);
    return 0;
}

#else

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_SIZE = 4096,
    MAX_CHANGES = 6
};

static gint compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The corpus in order of its files' names: array of GByteArray. */
static GPtrArray *read_corpus(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *corpus = g_ptr_array_new();
    g_assert_nonnull(dir);
    for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
        g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    }
    g_ptr_array_sort(names, compare_texts);
    for (guint i = 0; i < names->len; i++) {
        char *text;
        gsize size;
        const gboolean read = g_file_get_contents(names->pdata[i], &text, &size, NULL);
        g_assert_true(read);
        g_ptr_array_add(corpus, g_byte_array_new_take((guint8 *)text, size));
    }
    return corpus;
}

static void change_once(GRand *random, GByteArray *bytes, const GPtrArray *corpus)
{
    const GByteArray *other = corpus->pdata[g_rand_int_range(random, 0, (gint32)corpus->len)];
    const guint at = bytes->len > 0 ? (guint)g_rand_int_range(random, 0, (gint32)bytes->len) : 0;
    switch (g_rand_int_range(random, 0, 5)) {
    case 0: /* another byte */
        if (bytes->len > 0) {
            bytes->data[at] = (uint8_t)g_rand_int_range(random, 0, 256);
        }
        break;
    case 1: /* another bit */
        if (bytes->len > 0) {
            bytes->data[at] ^= (uint8_t)(1 << g_rand_int_range(random, 0, 8));
        }
        break;
    case 2: /* an end */
        g_byte_array_set_size(bytes, at);
        break;
    case 3: /* a piece of another */
        if (other->len > 0 && bytes->len < MAX_SIZE) {
            const guint from = (guint)g_rand_int_range(random, 0, (gint32)other->len);
            const guint count = (guint)g_rand_int_range(random, 0, (gint32)(other->len - from)) + 1;
            g_byte_array_append(bytes, other->data + from, count);
        }
        break;
    default: /* a piece away */
        if (bytes->len > 0) {
            const guint count = (guint)g_rand_int_range(random, 0, (gint32)(bytes->len - at)) + 1;
            g_byte_array_remove_range(bytes, at, count);
        }
        break;
    }
}

static void play_mutation(GRand *random, const GPtrArray *corpus)
{
    const GByteArray *from = corpus->pdata[g_rand_int_range(random, 0, (gint32)corpus->len)];
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_byte_array_append(bytes, from->data, from->len);
    for (int i = g_rand_int_range(random, 1, MAX_CHANGES); i > 0; i--) {
        change_once(random, bytes, corpus);
    }
    fuzz_one(bytes->data, bytes->len);
}

int main(int argc, char **argv)
{
    g_assert_cmpint(argc, >=, 2);
    g_autoptr(GPtrArray) corpus = read_corpus(argv[1]);
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    const guint64 count = argc > 2 ? g_ascii_strtoull(argv[2], NULL, 10) : 0;
    g_assert_cmpuint(corpus->len, >, 0);
    for (guint i = 0; i < corpus->len; i++) {
        const GByteArray *bytes = corpus->pdata[i];
        fuzz_one(bytes->data, bytes->len);
    }
    for (guint64 i = 0; i < count; i++) {
        play_mutation(random, corpus);
    }
    printf("%u of the corpus and %" G_GUINT64_FORMAT " mutations survived\n", corpus->len, count);
    for (guint i = 0; i < corpus->len; i++) {
        g_byte_array_unref(corpus->pdata[i]);
    }
    return 0;
}

#endif
