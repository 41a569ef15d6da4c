/* tests/distrod/unit/test_log.c -- Nacos's log files: their lines, their rolling, and a full
 * disk. */
#include "tools/distrod/base/log.h"

#include "tests/distrod/support/waiting.h"
#include "tests/support/check.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct Fixture {
    RegLoop *loop;
    RegWorker *worker;
    RegLog *log;
    char *folder;
} Fixture;

static void set_up(Fixture *fixture, uint64_t max_bytes, unsigned kept)
{
    fixture->loop = reg_loop_new();
    fixture->worker = reg_worker_new();
    fixture->folder = g_dir_make_tmp("distrod-log-XXXXXX", NULL);
    fixture->log = reg_log_new(fixture->loop, fixture->worker, fixture->folder, max_bytes, kept);
}

static void tear_down(Fixture *fixture)
{
    reg_log_free(fixture->log);
    reg_worker_free(fixture->worker);
    reg_loop_free(fixture->loop);
    g_autofree char *command = g_strdup_printf("rm -r %s", fixture->folder);
    check_int(system(command), ==, 0);
    g_free(fixture->folder);
}

/* What @name holds; NULL if there is no such file. */
static char *read_file(const Fixture *fixture, const char *name)
{
    g_autofree char *path = g_build_filename(fixture->folder, name, NULL);
    char *text = NULL;
    g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

static void a_line_is_of_nacos_form_and_cannot_be_forged(void)
{
    Fixture fixture;
    set_up(&fixture, 1 << 20, 1);
    reg_log(fixture.log, REG_LOG_CLUSTER, REG_WARN, "a member\n2026-01-01 00:00:00,000 INFO no");
    turn_for(fixture.loop, 250);
    g_autofree char *text = read_file(&fixture, "nacos-cluster.log");
    check_true(text != NULL);
    check_true(g_regex_match_simple("^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d{3} WARN "
                                    "a member 2026-01-01 00:00:00,000 INFO no\n\n$",
                                    text, 0, 0));
    tear_down(&fixture);
}

static void a_file_that_has_grown_is_rolled(void)
{
    Fixture fixture;
    set_up(&fixture, 100, 2);
    for (int i = 1; i <= 5; i++) {
        reg_log(fixture.log, REG_LOG_NACOS, REG_INFO, "%0100d", i);
        turn_for(fixture.loop, 150);
    }
    g_autofree char *first = read_file(&fixture, "nacos.log.1");
    g_autofree char *second = read_file(&fixture, "nacos.log.2");
    g_autofree char *third = read_file(&fixture, "nacos.log.3");
    check_true(first != NULL && strstr(first, "0005\n") != NULL);
    check_true(second != NULL && strstr(second, "0004\n") != NULL);
    check_true(third == NULL);
    tear_down(&fixture);
}

static void a_file_that_was_moved_away_is_opened_anew(void)
{
    Fixture fixture;
    set_up(&fixture, 1 << 20, 1);
    reg_log(fixture.log, REG_LOG_NACOS, REG_INFO, "before");
    turn_for(fixture.loop, 150);
    g_autofree char *from = g_build_filename(fixture.folder, "nacos.log", NULL);
    g_autofree char *to = g_build_filename(fixture.folder, "moved", NULL);
    check_int(g_rename(from, to), ==, 0);
    reg_log_reopen(fixture.log);
    reg_log(fixture.log, REG_LOG_NACOS, REG_INFO, "after");
    turn_for(fixture.loop, 150);
    g_autofree char *text = read_file(&fixture, "nacos.log");
    check_true(text != NULL && strstr(text, "after") != NULL && strstr(text, "before") == NULL);
    tear_down(&fixture);
}

/* /dev/full takes nothing, as a disk that is full. */
static void what_a_full_disk_does_not_take_is_counted(void)
{
    Fixture fixture;
    set_up(&fixture, 1 << 20, 1);
    g_autofree char *path = g_build_filename(fixture.folder, "nacos.log", NULL);
    check_int(symlink("/dev/full", path), ==, 0);
    for (int i = 0; i < 100; i++) {
        reg_log(fixture.log, REG_LOG_NACOS, REG_INFO, "a line");
    }
    reg_log(fixture.log, REG_LOG_CLUSTER, REG_INFO, "another file");
    turn_for(fixture.loop, 250);
    check_uint(reg_log_counters(fixture.log).lost_lines, ==, 100);
    check_uint(reg_log_counters(fixture.log).lines, ==, 101);
    g_autofree char *other = read_file(&fixture, "nacos-cluster.log");
    check_true(other != NULL);

    check_int(unlink(path), ==, 0); /* there is room again */
    reg_log_reopen(fixture.log);
    reg_log(fixture.log, REG_LOG_NACOS, REG_INFO, "there is room");
    turn_for(fixture.loop, 250);
    g_autofree char *text = read_file(&fixture, "nacos.log");
    check_true(text != NULL && strstr(text, "there is room") != NULL);
    tear_down(&fixture);
}

int main(void)
{
    static const Test tests[] = {
        { "a line is of Nacos's form, and cannot be forged",
          a_line_is_of_nacos_form_and_cannot_be_forged },
        { "a file that has grown is rolled", a_file_that_has_grown_is_rolled },
        { "a file that was moved away is opened anew", a_file_that_was_moved_away_is_opened_anew },
        { "what a full disk does not take is counted", what_a_full_disk_does_not_take_is_counted },
        { NULL, NULL },
    };
    return run_tests("log", tests);
}
