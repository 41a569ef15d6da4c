/* tests/unit/test_rtt.c -- tables of round trips, good and bad, and the nearest name. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "sim/base/nearest.h"
#include "sim/script/rtt.h"
#include "tests/support/check.h"

static SimRttTable *load_text(const char *text, gssize size, GError **error)
{
    g_autofree char *path = NULL;
    int file = g_file_open_tmp("rtt-XXXXXX.tsv", &path, NULL);
    g_assert_cmpint(file, >=, 0);
    close(file);
    g_assert_true(g_file_set_contents(path, text, size, NULL));
    SimRttTable *table = sim_rtt_table_load(path, error);
    g_unlink(path);
    return table;
}

static void a_table_gives_microseconds_from_row_to_column(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SimRttTable) table = load_text("# milliseconds\n"
                                             "from_to\tEast Asia\tParis\n"
                                             "Paris\t200.5\t0.07\n"
                                             "East Asia\tNA\t210\r\n",
                                             -1, &error);
    check_true(table != NULL && error == NULL);
    int asia = sim_rtt_table_find(table, "East Asia"), paris = sim_rtt_table_find(table, "Paris");
    check_int(asia, ==, 0);
    check_int(paris, ==, 1);
    check_int(sim_rtt_table_find(table, "paris"), ==, -1);
    check_int(sim_rtt_table_get(table, asia, paris), ==, 210000);
    check_int(sim_rtt_table_get(table, paris, asia), ==, 200500);
    check_int(sim_rtt_table_get(table, paris, paris), ==, 70);
    check_int(sim_rtt_table_get(table, asia, asia), ==, -1);
    check_str(sim_rtt_table_nearest(table, "Parris"), ==, "Paris");
}

typedef struct Mistake {
    const char *text;
    const char *sentence; /* part of the message */
} Mistake;

static void a_mistake_is_named_with_its_line(void)
{
    static const Mistake mistakes[] = {
        { "", "no header line" },
        { "# only this\n", "no header line" },
        { "places\ta\n", ":1: the header must begin with \"from_to\", not \"places\"" },
        { "from_to\n", ":1: the header names no place" },
        { "from_to\t\ta\n", ":1: column 2 has no name" },
        { "from_to\ta\ta\n", ":1: \"a\" has two columns" },
        { "#\nfrom_to\tabc\nabd\t1\n", ":3: row \"abd\" has no column (nearest: \"abc\")" },
        { "from_to\ta\tb\na\t1\n", ":2: row \"a\" has 1 cells, expected 2" },
        { "from_to\ta\na\t1\na\t1\n", ":3: \"a\" has two rows" },
        { "from_to\ta\tb\na\t1\t2\n", ": column \"b\" has no row" },
        { "from_to\ta\na\t-1\n", ":2: a to a is \"-1\", expected milliseconds or NA" },
        { "from_to\ta\na\t1.\n", ":2: a to a is \"1.\"" },
        { "from_to\ta\na\t1ms\n", ":2: a to a is \"1ms\"" },
        { "from_to\ta\na\t99999999999999999999\n", ":2: a to a is" },
        { "from_to\t\xff\n", ":1: not UTF-8" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(SimRttTable) table = load_text(mistakes[i].text, -1, &error);
        check_true(table == NULL);
        check_true(g_error_matches(error, SIM_RTT_ERROR, SIM_RTT_ERROR_FORMAT));
        if (error == NULL || strstr(error->message, mistakes[i].sentence) == NULL) {
            check_str(error ? error->message : "(none)", ==, mistakes[i].sentence);
        }
    }
}

static void binary_files_are_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SimRttTable) table = load_text("from_to\ta\na\t1\0\n", 16, &error);
    check_true(table == NULL && error != NULL);
}

static void a_missing_file_is_an_input_error_that_names_it(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SimRttTable) table = sim_rtt_table_load("/nowhere/azure.tsv", &error);
    check_true(table == NULL);
    check_true(g_error_matches(error, SIM_RTT_ERROR, SIM_RTT_ERROR_IO));
    check_true(strstr(error->message, "/nowhere/azure.tsv") != NULL);
}

static void the_nearest_name_is_the_one_with_fewest_edits(void)
{
    static const char *const names[] = { "partition", "heal", "crash", "restart", "clog" };
    size_t n = G_N_ELEMENTS(names);
    check_str(sim_nearest_name("partion", names, n), ==, "partition");
    check_str(sim_nearest_name("hael", names, n), ==, "heal");
    check_str(sim_nearest_name("CRASH", names, n), ==, "crash");
    check_str(sim_nearest_name("clgo", names, n), ==, "clog");
    check_str(sim_nearest_name("", names, n), ==, "heal");
    check_true(sim_nearest_name("x", names, 0) == NULL);
    check_str(sim_nearest_typo("partion", names, n), ==, "partition");
    check_str(sim_nearest_typo("hael", names, n), ==, "heal");
    check_true(sim_nearest_typo("reboot", names, n) == NULL);
    check_true(sim_nearest_typo("x", names, 0) == NULL);
}

int main(void)
{
    static const Test tests[] = {
        { "a table gives microseconds from row to column",
          a_table_gives_microseconds_from_row_to_column },
        { "a mistake is named with its line", a_mistake_is_named_with_its_line },
        { "binary files are refused", binary_files_are_refused },
        { "a missing file is an input error that names it",
          a_missing_file_is_an_input_error_that_names_it },
        { "the nearest name is the one with fewest edits",
          the_nearest_name_is_the_one_with_fewest_edits },
        { 0 },
    };
    return run_tests("rtt", tests);
}
