/* tests/unit/test_seeds.c -- seeds as people write them. */
#include "tests/support/check.h"
#include "tools/distrosim/cli/seeds.h"

#define HASH "2f7a10c4b5d6e7f80123456789abcdef01234567"

/* What @text stands for; a failed check if it is no seed. */
static uint64_t seed_of(const char *text)
{
    uint64_t seed = 0;
    g_autoptr(GError) error = NULL;
    check_true(seeds_parse_one(text, &seed, &error));
    return seed;
}

/* The sentence with which @text is refused, as one seed or as a list. (transfer full) */
static char *refusal_of_one(const char *text)
{
    uint64_t seed = 0;
    g_autoptr(GError) error = NULL;
    check_true(!seeds_parse_one(text, &seed, &error));
    return g_strdup(error != NULL ? error->message : "");
}

static char *refusal_of_list(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) seeds = seeds_parse(text, &error);
    check_true(seeds == NULL);
    return g_strdup(error != NULL ? error->message : "");
}

/* @text as a list, written out: "1 7 40 41". (transfer full) */
static char *expanded(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) seeds = seeds_parse(text, &error);
    GString *out = g_string_new(NULL);
    for (guint i = 0; seeds != NULL && i < seeds->len; i++) {
        g_string_append_printf(out, "%s%" G_GUINT64_FORMAT, i > 0 ? " " : "",
                               g_array_index(seeds, uint64_t, i));
    }
    return g_string_free(out, false);
}

static void a_seed_is_decimal_or_hex(void)
{
    check_uint(seed_of("0"), ==, 0);
    check_uint(seed_of("41"), ==, 41);
    check_uint(seed_of("0x29"), ==, 41);
    check_uint(seed_of("0XfF"), ==, 255);
    check_uint(seed_of("18446744073709551615"), ==, UINT64_MAX);
    check_uint(seed_of("0xffffffffffffffff"), ==, UINT64_MAX);
}

static void a_commit_hash_is_the_seed_of_its_first_16_digits(void)
{
    check_uint(seed_of(HASH), ==, UINT64_C(0x2f7a10c4b5d6e7f8));
    check_uint(seed_of("2F7A10C4B5D6E7F80123456789ABCDEF01234567"), ==,
               UINT64_C(0x2f7a10c4b5d6e7f8));
}

static void forty_decimal_digits_are_a_hash_and_no_number(void)
{
    check_uint(seed_of("0000000000000012999999999999999999999999"), ==, 0x12);
}

static void what_is_no_seed_is_named_in_the_refusal(void)
{
    static const char *const wrong[] = { "",      " ",     "x",
                                         "-1",    "+1",    "1.5",
                                         "0x",    "0xg",   "1e3",
                                         "0x-1",  "41 ",   "18446744073709551616",
                                         "2f7a1", "0x0x1", "0x10000000000000000" };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *sentence = refusal_of_one(wrong[i]);
        g_autofree char *quoted = g_strdup_printf("'%s'", wrong[i]);
        check_true(strstr(sentence, quoted) != NULL);
    }
}

static void a_range_includes_both_ends(void)
{
    g_autofree char *few = expanded("3..6");
    check_str(few, ==, "3 4 5 6");
    g_autofree char *one = expanded("7..7");
    check_str(one, ==, "7");
    g_autofree char *hex = expanded("0xa..12");
    check_str(hex, ==, "10 11 12");
}

static void a_range_may_end_at_the_largest_seed(void)
{
    g_autofree char *last = expanded("18446744073709551614..18446744073709551615");
    check_str(last, ==, "18446744073709551614 18446744073709551615");
}

static void a_list_keeps_its_order_and_names_each_seed_once(void)
{
    g_autofree char *list = expanded("7, 1,40..42");
    check_str(list, ==, "7 1 40 41 42");
    g_autofree char *twice = expanded("3,1..4,3");
    check_str(twice, ==, "3 1 2 4");
}

static void a_list_may_hold_a_commit_hash(void)
{
    g_autofree char *list = expanded("1," HASH);
    check_str(list, ==, "1 3421065303991707640");
}

static void a_range_that_runs_backwards_suggests_the_other_way_round(void)
{
    g_autofree char *sentence = refusal_of_list("100..1");
    check_true(strstr(sentence, "'1..100'") != NULL);
}

static void a_commit_hash_cannot_end_a_range(void)
{
    g_autofree char *sentence = refusal_of_list("1.." HASH);
    check_true(strstr(sentence, "commit hash") != NULL);
}

static void a_list_with_a_gap_or_half_a_range_is_refused(void)
{
    static const char *const wrong[] = { "",    ",",  "1,",    ",1",      "1,,2", "1..",
                                         "..5", "..", "1...5", "1..2..3", "1-5" };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *sentence = refusal_of_list(wrong[i]);
        check_true(*sentence != '\0');
    }
}

static void more_seeds_than_anybody_means_are_refused_at_once(void)
{
    g_autofree char *all = refusal_of_list("0..18446744073709551615");
    check_true(strstr(all, "in parts") != NULL);
    g_autofree char *several = refusal_of_list("7,0..9999999");
    check_true(strstr(several, "in parts") != NULL);
}

static void a_drawn_seed_is_short_enough_to_read_out(void)
{
    check_uint(seeds_draw(), <, 1000000000);
}

int main(void)
{
    static const Test tests[] = {
        { "a seed is decimal or hex", a_seed_is_decimal_or_hex },
        { "a commit hash is the seed of its first 16 digits",
          a_commit_hash_is_the_seed_of_its_first_16_digits },
        { "forty decimal digits are a hash and no number",
          forty_decimal_digits_are_a_hash_and_no_number },
        { "what is no seed is named in the refusal", what_is_no_seed_is_named_in_the_refusal },
        { "a range includes both ends", a_range_includes_both_ends },
        { "a range may end at the largest seed", a_range_may_end_at_the_largest_seed },
        { "a list keeps its order and names each seed once",
          a_list_keeps_its_order_and_names_each_seed_once },
        { "a list may hold a commit hash", a_list_may_hold_a_commit_hash },
        { "a range that runs backwards suggests the other way round",
          a_range_that_runs_backwards_suggests_the_other_way_round },
        { "a commit hash cannot end a range", a_commit_hash_cannot_end_a_range },
        { "a list with a gap or half a range is refused",
          a_list_with_a_gap_or_half_a_range_is_refused },
        { "more seeds than anybody means are refused at once",
          more_seeds_than_anybody_means_are_refused_at_once },
        { "a drawn seed is short enough to read out", a_drawn_seed_is_short_enough_to_read_out },
        { NULL, NULL },
    };
    return run_tests("seeds", tests);
}
