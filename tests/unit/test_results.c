/* tests/unit/test_results.c -- what a run leaves behind, and that it is never half of it. */
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/record.h"
#include "tools/distrosim/output/summary.h"

#include <glib/gstdio.h>
#include <utime.h>

#include "tests/support/check.h"
#include "tools/distrosim/output/csv.h"

/* --- a folder of its own for each test ------------------------------------------------------ */

static char *folder;

static void begin(void)
{
    folder = g_dir_make_tmp("results-XXXXXX", NULL);
    g_assert_nonnull(folder);
}

static void remove_all(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name = dir != NULL ? g_dir_read_name(dir) : NULL; name != NULL;
         name = g_dir_read_name(dir)) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        remove_all(below);
    }
    g_remove(path);
}

static void end(void)
{
    remove_all(folder);
    g_clear_pointer(&folder, g_free);
}

static char *in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static size_t entries(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    size_t count = 0;
    while (dir != NULL && g_dir_read_name(dir) != NULL) {
        count++;
    }
    return count;
}

static bool exists(const char *name)
{
    g_autofree char *path = in_folder(name);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* --- a result made by hand ------------------------------------------------------------------ */

typedef struct Made {
    SimResult result;
    Request request;
    SimParam params[3];
} Made;

static void made_init(Made *made)
{
    memset(made, 0, sizeof *made);
    made->params[0] = (SimParam) { "nodes", "5", "number" };
    made->params[1] = (SimParam) { "cut_for", "20s", "duration" };
    made->params[2] = (SimParam) { "warm", "true", "boolean" };
    made->result = (SimResult) {
        .scenario = (char *)"partition/minority",
        .path = (char *)"scenarios/partition/minority.lua",
        .seed = UINT64_MAX,
        .params = made->params,
        .n_params = G_N_ELEMENTS(made->params),
        .profile = (char *)"nacos-3.0",
        .reason = (char *)"",
        .fingerprint = 0xab,
        .virtual_us = 60000000,
        .events = 12,
    };
    request_init(&made->request);
}

static void made_clear(Made *made)
{
    request_clear(&made->request);
    g_clear_pointer(&made->result.violations, g_array_unref);
    g_clear_pointer(&made->result.violation_nodes, g_ptr_array_unref);
    g_clear_pointer(&made->result.faults, g_array_unref);
    g_clear_pointer(&made->result.convergence_rows, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Made, made_clear)

static void violate(Made *made, int64_t at_us, const char *check, const char *node)
{
    SimResult *result = &made->result;
    if (result->violations == NULL) {
        result->violations = g_array_new(false, false, sizeof(SimViolation));
        result->violation_nodes = g_ptr_array_new();
    }
    SimViolation violation = { .at_us = at_us, .check = check, .message = (char *)"it broke" };
    g_array_append_val(result->violations, violation);
    g_ptr_array_add(result->violation_nodes, (void *)node);
    result->verdict = SIM_VERDICT_UNSAFE;
}

static void add_fault(Made *made, int64_t from_us, int64_t to_us, const char *label)
{
    if (made->result.faults == NULL) {
        made->result.faults = g_array_new(false, false, sizeof(SimFault));
    }
    SimFault fault = { from_us, to_us, (char *)label };
    g_array_append_val(made->result.faults, fault);
}

/* --- files ---------------------------------------------------------------------------------- */

static void a_file_appears_whole_and_alone(void)
{
    begin();
    g_autofree char *path = in_folder("a.txt");
    g_autofree char *text = NULL;
    check_true(files_write(path, "first", -1, NULL));
    check_true(files_write(path, "second", -1, NULL));
    check_true(g_file_get_contents(path, &text, NULL, NULL));
    check_str(text, ==, "second");
    check_uint(entries(folder), ==, 1);
    end();
}

/* What a killed process left is swept up a day later; what another process may be writing is
 * not. */
static void old_leftovers_are_swept_up(void)
{
    static const char *const kept[] = { ".a.txt.distrosim-fresh1", ".b.txt.distrosim-other1",
                                        ".a.txt.backup", "a.txt.distrosim-visib1" };
    begin();
    g_autofree char *path = in_folder("a.txt");
    g_autofree char *leftover = in_folder(".a.txt.distrosim-left01");
    struct utimbuf long_ago = { 1, 1 };
    check_true(g_file_set_contents(leftover, "half", -1, NULL));
    check_int(g_utime(leftover, &long_ago), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        g_autofree char *other = in_folder(kept[i]);
        check_true(g_file_set_contents(other, "", -1, NULL));
        check_true(i == 0 || g_utime(other, &long_ago) == 0);
    }
    check_true(files_write(path, "whole", -1, NULL));
    check_true(!g_file_test(leftover, G_FILE_TEST_EXISTS));
    check_uint(entries(folder), ==, G_N_ELEMENTS(kept) + 1);
    end();
}

static void bytes_are_written_as_they_are(void)
{
    begin();
    g_autofree char *path = in_folder("a.bin");
    g_autofree char *text = NULL;
    gsize length = 0;
    check_true(files_write(path, "a\0b", 3, NULL));
    check_true(g_file_get_contents(path, &text, &length, NULL));
    check_uint(length, ==, 3);
    end();
}

static void a_write_that_fails_leaves_nothing_and_names_the_path(void)
{
    begin();
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, "missing", "a.txt", NULL);
    check_true(!files_write(path, "text", -1, &error));
    check_true(error != NULL && strstr(error->message, path) != NULL);
    check_uint(entries(folder), ==, 0);
    end();
}

static void a_folder_is_not_overwritten_by_a_file(void)
{
    begin();
    g_autoptr(GError) error = NULL;
    g_autofree char *path = in_folder("sub");
    g_mkdir(path, 0777);
    check_true(!files_write(path, "text", -1, &error));
    check_true(g_file_test(path, G_FILE_TEST_IS_DIR));
    check_uint(entries(folder), ==, 1);
    end();
}

static void a_full_device_is_reported_and_stays_a_device(void)
{
    if (!g_file_test("/dev/full", G_FILE_TEST_EXISTS)) {
        return;
    }
    g_autoptr(GError) error = NULL;
    check_true(!files_write("/dev/full", "text", -1, &error));
    check_true(error != NULL && strstr(error->message, "'/dev/full'") != NULL);
    check_true(!g_file_test("/dev/full", G_FILE_TEST_IS_REGULAR));
}

static void a_file_in_the_place_of_a_folder_is_noticed_before_the_work(void)
{
    begin();
    g_autoptr(GError) error = NULL;
    g_autofree char *file = in_folder("taken");
    g_autofree char *below = g_build_filename(file, "smoke", "41", NULL);
    g_autofree char *free_place = in_folder("free/smoke/41");
    check_true(files_write(file, "", -1, NULL));
    check_true(!files_can_write(below, &error));
    check_true(error != NULL && strstr(error->message, "not a folder") != NULL);
    check_true(files_can_write(free_place, NULL));
    check_true(!exists("free"));
    end();
}

static void a_scenario_named_upwards_stays_below_the_results(void)
{
    g_autofree char *up = files_run_folder(NULL, "../../etc/x", 7);
    check_str(up, ==, "results/etc/x/7");
    g_autofree char *absolute = files_run_folder("out", "/tmp//a", 7);
    check_str(absolute, ==, "out/tmp/a/7");
    g_autofree char *nothing = files_run_folder("out", "..", 7);
    check_str(nothing, ==, "out/scenario/7");
}

/* --- summary.json --------------------------------------------------------------------------- */

static void the_stable_keys_come_first_and_in_order(void)
{
    static const char *const keys[] = {
        "schema",
        "scenario",
        "seed",
        "params",
        "profile",
        "verdict",
        "reason",
        "first_violation",
        "violations",
        "fingerprint",
        "virtual_us",
        "events",
        "messages",
        "bytes",
        "convergence",
        "heal_to_agree_us",
        "lost_instance_us",
        "zombie_instance_us",
        "unavailable_writes",
        "amplification",
        "peak_pending",
        "measures",
        "version",
    };
    g_auto(Made) made;
    made_init(&made);
    g_autoptr(json_t) summary = summary_object(&made.result, &made.request);
    void *position = json_object_iter(summary);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        check_str(json_object_iter_key(position), ==, keys[i]);
        position = json_object_iter_next(summary, position);
    }
}

static void a_seed_is_a_string_and_a_fingerprint_has_16_digits(void)
{
    g_auto(Made) made;
    made_init(&made);
    g_autoptr(json_t) summary = summary_object(&made.result, &made.request);
    check_str(json_string_at(summary, "seed"), ==, "18446744073709551615");
    check_str(json_string_at(summary, "fingerprint"), ==, "00000000000000ab");
}

static void equal_results_give_equal_text_but_for_the_wall_clock(void)
{
    g_auto(Made) made;
    made_init(&made);
    g_autoptr(json_t) one = summary_object(&made.result, &made.request);
    made.result.wall_s = 3;
    g_autoptr(json_t) other = summary_object(&made.result, &made.request);
    check_true(!json_equal(one, other));
    json_object_del(one, "wall");
    json_object_del(other, "wall");
    g_autofree char *text = json_to_text(one);
    g_autofree char *other_text = json_to_text(other);
    check_str(text, ==, other_text);
}

static void params_keep_their_types(void)
{
    g_auto(Made) made;
    made_init(&made);
    g_autoptr(json_t) summary = summary_object(&made.result, &made.request);
    const json_t *params = json_object_get(summary, "params");
    check_int(json_integer_value(json_object_get(params, "nodes")), ==, 5);
    check_str(json_string_at(params, "cut_for"), ==, "20s");
    check_true(json_is_true(json_object_get(params, "warm")));
}

static void the_first_violation_is_the_earliest_and_all_are_counted(void)
{
    g_auto(Made) made;
    made_init(&made);
    violate(&made, 500, "no_zombies", "n1");
    violate(&made, 200, "expect", "n3");
    violate(&made, 900, "no_zombies", NULL);
    g_autoptr(json_t) summary = summary_object(&made.result, &made.request);
    const json_t *first = json_object_get(summary, "first_violation");
    check_int(json_integer_value(json_object_get(first, "t_us")), ==, 200);
    check_str(json_string_at(first, "check"), ==, "expect");
    check_str(json_string_at(first, "node"), ==, "n3");
    check_true(json_is_null(json_object_get(first, "client")));
    const json_t *counts = json_object_get(summary, "violations");
    check_int(json_integer_value(json_object_get(counts, "no_zombies")), ==, 2);
    check_int(json_integer_value(json_object_get(counts, "expect")), ==, 1);
}

static void a_run_that_held_has_no_first_violation(void)
{
    g_auto(Made) made;
    made_init(&made);
    g_autoptr(json_t) summary = summary_object(&made.result, &made.request);
    check_true(json_is_null(json_object_get(summary, "first_violation")));
    check_str(json_string_at(summary, "verdict"), ==, "held");
}

/* --- tables --------------------------------------------------------------------------------- */

static void a_field_is_quoted_only_if_it_must_be(void)
{
    g_autoptr(GString) table = g_string_new(NULL);
    csv_append(table, "plain text");
    csv_append(table, "a,\"b\"\n");
    csv_append(table, NULL);
    check_str(table->str, ==, "plain text\"a,\"\"b\"\"\n\"");
}

static void faults_that_overlap_stand_in_different_lanes(void)
{
    g_auto(Made) made;
    made_init(&made);
    add_fault(&made, 10, 30, "cut");
    add_fault(&made, 20, INT64_MAX, "crash n2");
    add_fault(&made, 30, 40, "pause n1");
    g_autofree char *table = csv_faults(&made.result);
    check_str(table, ==,
              "from_us,to_us,lane,label,row,text\n"
              "10,30,0,cut,0,cut\n"
              "20,60000000,1,crash n2,1,crash n2\n"
              "30,40,0,pause n1,2,pause n1\n");
}

static void a_table_of_nothing_is_its_header(void)
{
    g_auto(Made) made;
    made_init(&made);
    g_autofree char *table = csv_convergence(&made.result);
    check_str(table, ==, "acknowledged_us,took_us,path,kind,client,service,last_node\n");
}

/* --- a run, written and read back ----------------------------------------------------------- */

static void a_run_reads_back_as_it_was_asked_for(void)
{
    begin();
    g_auto(Made) made;
    made_init(&made);
    made.request.profile = "nacos-2.3";
    g_auto(RunRecord) record = { 0 };
    check_true(summary_write_run(folder, &made.result, &made.request, NULL));
    check_true(run_record_read(folder, &record, NULL));
    check_str(record.path, ==, made.result.path);
    check_uint(record.seed, ==, UINT64_MAX);
    check_uint(record.fingerprint, ==, 0xab);
    check_str(record.profile, ==, "nacos-2.3");
    check_uint(record.params->len, ==, 3);
    check_str(g_array_index(record.params, SimSetting, 0).value, ==, "5");
    check_str(g_array_index(record.params, SimSetting, 1).value, ==, "20s");
    check_str(g_array_index(record.params, SimSetting, 2).value, ==, "true");
    end();
}

static void a_trace_is_kept_of_a_run_that_failed_and_goes_when_it_holds(void)
{
    begin();
    g_auto(Made) made;
    made_init(&made);
    violate(&made, 500, "no_zombies", "n1");
    made.result.trace_text = (char *)"{}\n";
    check_true(summary_write_run(folder, &made.result, &made.request, NULL));
    check_true(exists("trace.ndjson"));
    made.result.verdict = SIM_VERDICT_HELD;
    check_true(summary_write_run(folder, &made.result, &made.request, NULL));
    check_true(!exists("trace.ndjson"));
    check_true(exists("summary.json"));
    end();
}

static void a_summary_that_somebody_broke_is_refused_by_name(void)
{
    static const char *const wrong[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"schema\":2}",
        "{\"schema\":1,\"path\":\"a\",\"seed\":41,\"fingerprint\":\"00000000000000ab\"}",
        "{\"schema\":1,\"path\":\"a\",\"seed\":\"41\",\"fingerprint\":\"ab\"}",
        ("{\"schema\":1,\"path\":\"a\",\"seed\":\"41\",\"fingerprint\":\"00000000000000ab\","
         "\"params\":{\"a\":[]}}"),
    };
    begin();
    g_autofree char *path = in_folder("summary.json");
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        g_auto(RunRecord) record = { 0 };
        check_true(files_write(path, wrong[i], -1, NULL));
        check_true(!run_record_read(folder, &record, &error));
        check_true(error != NULL && strstr(error->message, path) != NULL);
    }
    end();
}

static void a_folder_without_a_run_is_no_run(void)
{
    begin();
    g_autoptr(GError) error = NULL;
    g_auto(RunRecord) record = { 0 };
    check_true(!run_record_read(folder, &record, &error));
    check_true(g_error_matches(error, FILES_ERROR, FILES_ERROR_NO_FILE));
    end();
}

int main(void)
{
    static const Test tests[] = {
        { "a file appears whole and alone", a_file_appears_whole_and_alone },
        { "old leftovers are swept up", old_leftovers_are_swept_up },
        { "bytes are written as they are", bytes_are_written_as_they_are },
        { "a write that fails leaves nothing and names the path",
          a_write_that_fails_leaves_nothing_and_names_the_path },
        { "a folder is not overwritten by a file", a_folder_is_not_overwritten_by_a_file },
        { "a full device is reported and stays a device",
          a_full_device_is_reported_and_stays_a_device },
        { "a file in the place of a folder is noticed before the work",
          a_file_in_the_place_of_a_folder_is_noticed_before_the_work },
        { "a scenario named upwards stays below the results",
          a_scenario_named_upwards_stays_below_the_results },
        { "the stable keys come first and in order", the_stable_keys_come_first_and_in_order },
        { "a seed is a string and a fingerprint has 16 digits",
          a_seed_is_a_string_and_a_fingerprint_has_16_digits },
        { "equal results give equal text but for the wall clock",
          equal_results_give_equal_text_but_for_the_wall_clock },
        { "params keep their types", params_keep_their_types },
        { "the first violation is the earliest and all are counted",
          the_first_violation_is_the_earliest_and_all_are_counted },
        { "a run that held has no first violation", a_run_that_held_has_no_first_violation },
        { "a field is quoted only if it must be", a_field_is_quoted_only_if_it_must_be },
        { "faults that overlap stand in different lanes",
          faults_that_overlap_stand_in_different_lanes },
        { "a table of nothing is its header", a_table_of_nothing_is_its_header },
        { "a run reads back as it was asked for", a_run_reads_back_as_it_was_asked_for },
        { "a trace is kept of a run that failed and goes when it holds",
          a_trace_is_kept_of_a_run_that_failed_and_goes_when_it_holds },
        { "a summary that somebody broke is refused by name",
          a_summary_that_somebody_broke_is_refused_by_name },
        { "a folder without a run is no run", a_folder_without_a_run_is_no_run },
        { NULL, NULL },
    };
    return run_tests("results", tests);
}
