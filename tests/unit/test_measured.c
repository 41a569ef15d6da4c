/* tests/unit/test_measured.c -- pauses and partitions are drawn as they were measured. */
#include "sim/script/measured.h"

#include <glib/gstdio.h>
#include <string.h>

#include "tests/support/check.h"

#define DATA(name) DISTROSIM_SCENARIO_DIR "/data/" name
#define MS(n) ((int64_t)(n)*1000)
#define MINUTES(n) ((int64_t)((n)*60e6))
enum {
    DRAWS = 20000
};

static int compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static char *written(const char *text)
{
    char *path = g_strdup_printf("%s/measured-XXXXXX", g_get_tmp_dir());
    const int file = g_mkstemp(path);
    check_true(file >= 0 && g_close(file, NULL) && g_file_set_contents(path, text, -1, NULL));
    return path;
}

#define PAUSE_HEADER                                                                               \
    "# a log\ncollector\tkind\tn\tper_hour\tp50\tp90\tp99\tp999\tmax\tlogmean_ms\tlogsd\tlog\n"

static SimPauses *pauses_of(const char *rows)
{
    g_autofree char *text = g_strconcat(PAUSE_HEADER, rows, NULL);
    g_autofree char *path = written(text);
    SimPauses *pauses = sim_pauses_load(path, NULL);
    g_unlink(path);
    return pauses;
}

static void a_log_is_drawn_by_its_quantiles(void)
{
    g_autoptr(SimPauses) pauses =
        pauses_of("x\tx_full\t9\tNA\t100\t400\t1000\t2000\t3000\t1\t1\ta\n");
    SimPrng prng = sim_prng_stream(1, "test");
    static int64_t drawn[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
        drawn[i] = sim_pauses_draw(pauses, "x_full", &prng);
    }
    qsort(drawn, DRAWS, sizeof *drawn, compare);
    check_true(drawn[0] >= MS(25) && drawn[DRAWS - 1] <= MS(3000)); /* 100 * 100 / 400 */
    check_true(drawn[DRAWS / 2] > MS(97) && drawn[DRAWS / 2] < MS(103));
    check_true(drawn[DRAWS * 9 / 10] > MS(385) && drawn[DRAWS * 9 / 10] < MS(415));
    check_true(drawn[DRAWS * 99 / 100] > MS(920) && drawn[DRAWS * 99 / 100] < MS(1100));
}

/* A collector's pauses come as often as in the logs, and a log's stops for any reason are not
 * counted with them. */
static void a_collector_is_the_sum_of_its_kinds(void)
{
    g_autoptr(SimPauses) pauses =
        pauses_of("x\tx_young\t90\tNA\t1\t1\t1\t1\t1\t1\t1\ta\n"
                  "x\tx_full\t10\tNA\t500\t500\t500\t500\t500\t1\t1\ta\n"
                  "x\tany_safepoint_stop\t900\tNA\t9000\t9000\t9000\t9000\t9000\t1\t1\ta\n");
    SimPrng prng = sim_prng_stream(1, "test");
    int full = 0;
    for (int i = 0; i < DRAWS; i++) {
        const int64_t pause_us = sim_pauses_draw(pauses, "x", &prng);
        check_true(pause_us == MS(1) || pause_us == MS(500));
        full += pause_us == MS(500);
    }
    check_true(full > DRAWS * 9 / 100 && full < DRAWS * 11 / 100);
}

static void the_measured_pauses_are_those_of_troubled_servers(void)
{
    g_autoptr(SimPauses) pauses = sim_pauses_load(DATA("gc_pauses.tsv"), NULL);
    check_true(pauses != NULL && sim_pauses_know(pauses, "cms") && sim_pauses_know(pauses, "g1"));
    check_true(!sim_pauses_know(pauses, "cms_remarc"));
    check_str(sim_pauses_nearest(pauses, "cms_remarc"), ==, "cms_remark");
    SimPrng prng = sim_prng_stream(1, "test");
    int long_ones = 0;
    for (int i = 0; i < DRAWS; i++) {
        long_ones += sim_pauses_draw(pauses, "cms_concurrent_mode_failure", &prng) > 15000000;
    }
    /* So long that heartbeat clients become unhealthy: in one of four logs all, in another those
     * above 15 s, of which half lie between 9.0 and 19.9 s; 43 % together. */
    check_true(long_ones > DRAWS * 41 / 100 && long_ones < DRAWS * 45 / 100);
}

static void refused(const char *rows, const char *why)
{
    g_autofree char *text = g_strconcat(PAUSE_HEADER, rows, NULL);
    g_autofree char *path = written(text);
    g_autoptr(GError) error = NULL;
    check_true(sim_pauses_load(path, &error) == NULL && strstr(error->message, why) != NULL);
    g_unlink(path);
}

static void a_table_that_is_wrong_is_refused_with_its_line(void)
{
    refused("x\tx_full\t9\tNA\t100\t40\t1000\t2000\t3000\t1\t1\ta\n", ":3: a quantile is below");
    refused("x\tx_full\t9\tNA\t100\tmuch\t1000\t2000\t3000\t1\t1\ta\n", ":3: \"much\" is not in");
    refused("x\tx_full\tno\tNA\t1\t1\t1\t1\t1\t1\t1\ta\n", ":3: n is \"no\"");
    refused("x\tx_full\n", ":3: 2 columns, expected 12");
    SimOutages outages;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = written("group\tparameter\tvalue\tunit\tevidence\tsource\n");
    check_true(!sim_outages_load(path, &outages, &error) && strstr(error->message, "no row"));
    g_unlink(path);
}

static void partitions_last_as_long_as_measured(void)
{
    SimOutages outages;
    check_true(sim_outages_load(DATA("faults.tsv"), &outages, NULL));
    SimPrng prng = sim_prng_stream(1, "test");
    static int64_t drawn[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
        drawn[i] = sim_outages_draw(&outages, SIM_OUTAGE_SOFTWARE, &prng);
    }
    qsort(drawn, DRAWS, sizeof *drawn, compare);
    /* CENIC: median 2.7 min, 95 % within 19.9 min. */
    check_true(drawn[DRAWS / 2] > MINUTES(2.6) && drawn[DRAWS / 2] < MINUTES(2.8));
    check_true(drawn[DRAWS * 95 / 100] > MINUTES(19) && drawn[DRAWS * 95 / 100] < MINUTES(21));
    for (int i = 0; i < DRAWS; i++) {
        check_true(sim_outages_draw(&outages, SIM_OUTAGE_HARDWARE, &prng) <= MINUTES(5328));
    }
}

static void partitions_have_the_shapes_that_were_measured(void)
{
    SimOutages outages;
    check_true(sim_outages_load(DATA("faults.tsv"), &outages, NULL));
    SimPrng prng = sim_prng_stream(1, "test");
    int complete = 0, partial = 0, one_way = 0, single = 0;
    for (int i = 0; i < DRAWS; i++) {
        const SimOutageShape shape = sim_outages_shape(&outages, 7, &prng);
        check_true(shape.left > 0 && shape.right > 0 && shape.left + shape.right <= 7);
        partial += shape.left + shape.right < 7;
        one_way += shape.one_way;
        complete += shape.left + shape.right == 7 && !shape.one_way;
        single += shape.left == 1;
    }
    check_true(complete > DRAWS * 68 / 100 && complete < DRAWS * 70 / 100);
    check_true(partial > DRAWS * 28 / 100 && partial < DRAWS * 30 / 100);
    check_true(one_way > DRAWS * 15 / 1000 && one_way < DRAWS * 25 / 1000);
    check_true(single > DRAWS * 88 / 100 && single < DRAWS * 91 / 100); /* and some by chance */
    for (int i = 0; i < DRAWS; i++) {
        const SimOutageShape shape = sim_outages_shape(&outages, 2, &prng);
        check_true(shape.left == 1 && shape.right == 1);
    }
}

int main(void)
{
    static const Test tests[] = {
        { "a log is drawn by its quantiles", a_log_is_drawn_by_its_quantiles },
        { "a collector is the sum of its kinds", a_collector_is_the_sum_of_its_kinds },
        { "the measured pauses are those of troubled servers",
          the_measured_pauses_are_those_of_troubled_servers },
        { "a table that is wrong is refused with its line",
          a_table_that_is_wrong_is_refused_with_its_line },
        { "partitions last as long as measured", partitions_last_as_long_as_measured },
        { "partitions have the shapes that were measured",
          partitions_have_the_shapes_that_were_measured },
        { 0 },
    };
    return run_tests("measured", tests);
}
