/* tests/unit/test_sweep.c -- what holds a sweep together: rows that read back, journals that tell
 * torn lines, shards that deal runs out, failures that are counted together. */
#include <glib/gstdio.h>
#include <math.h>

#include "tests/support/check.h"
#include "tools/distrosim/sweep/identity.h"
#include "tools/distrosim/sweep/journal.h"
#include "tools/distrosim/sweep/junit.h"
#include "tools/distrosim/sweep/perturb.h"
#include "tools/distrosim/sweep/selfcheck.h"
#include "tools/distrosim/sweep/signature.h"

/* --- a sweep made by hand ------------------------------------------------------------------- */

typedef struct Made {
    Arguments *arguments;
    Sweep sweep;
} Made;

/* One scenario and @seeds, a row each, none of them made. */
static void made_init(Made *made, const char *seeds, Shard shard)
{
    made->arguments = arguments_new();
    made->arguments->seeds = g_strdup(seeds);
    sweep_init(&made->sweep, made->arguments);
    Planned *planned = g_new0(Planned, 1);
    planned->name = g_strdup("partition/minority");
    planned->path = g_strdup("scenarios/partition/minority.lua");
    planned->digest = g_strdup("00000000000000ab");
    g_ptr_array_add(made->sweep.scenarios, planned);
    made->sweep.name = g_strdup("sweep/minority");
    made->sweep.shard = shard;
    check_int(sweep_plan_rows(&made->sweep), ==, STATUS_HELD);
}

static void made_clear(Made *made)
{
    sweep_clear(&made->sweep);
    arguments_free(made->arguments);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Made, made_clear)

static void hold(Row *row)
{
    row->made = true;
    row->verdict = SIM_VERDICT_HELD;
    row->check = "";
    row->reason = g_strdup("");
    row->signature = g_strdup("");
    row->fingerprint = 0xab;
}

static void break_with(Row *row, const char *reason)
{
    hold(row);
    row->verdict = SIM_VERDICT_UNSAFE;
    row->check = "no_zombies";
    g_free(row->reason);
    g_free(row->signature);
    row->reason = g_strdup(reason);
    row->line = g_strdup(reason);
    row->signature = signature_of_text(reason);
}

/* --- rows as text --------------------------------------------------------------------------- */

static void a_row_reads_back_with_every_bit(void)
{
    g_auto(Made) made;
    made_init(&made, "7..8", (Shard) { 1, 1 });
    Row *row = &made.sweep.rows[0], read = made.sweep.rows[0];
    break_with(row, "tab\there, line\nthere, \xff no letter, \"quotes\"");
    row->checked = true;
    row->amplification = 0.1 + 0.2;
    row->figures[ROW_AT_US] = -5;
    row->figures[ROW_PEAK_PENDING] = INT64_MAX;
    g_free(row->cause);
    row->cause = g_strdup("n1 > n3  CHANGE shop\nn1  retry 1");
    row->measures = g_array_new(false, false, sizeof(RowMeasure));
    RowMeasure measures[] = { { "measure.a name; with=signs", "us", 1.0 / 3 },
                              { "must_see.link.cut", "", -INFINITY } };
    g_array_append_vals(row->measures, measures, 2);
    g_autoptr(GString) text = g_string_new(NULL);
    row_append_text(row, text);
    check_true(row_from_text(&read, text->str, text->len));
    check_true(read.made && read.checked);
    check_str(read.reason, ==, row->reason);
    check_str(read.line, ==, row->line);
    check_str(read.signature, ==, row->signature);
    check_str(read.cause, ==, row->cause);
    check_str(g_array_index(read.measures, RowMeasure, 0).unit, ==, "us");
    check_str(read.check, ==, "no_zombies");
    check_true(read.amplification == row->amplification);
    check_true(memcmp(read.figures, row->figures, sizeof read.figures) == 0);
    check_true(memcmp(read.measures->data, measures, sizeof measures[0]) == 0 ||
               g_array_index(read.measures, RowMeasure, 0).value == measures[0].value);
    check_true(isinf(g_array_index(read.measures, RowMeasure, 1).value));
    row_clear(&read);
}

static void no_line_that_lost_or_changed_a_byte_is_a_row(void)
{
    g_auto(Made) made;
    made_init(&made, "7", (Shard) { 1, 1 });
    hold(&made.sweep.rows[0]);
    g_autoptr(GString) text = g_string_new(NULL);
    row_append_text(&made.sweep.rows[0], text);
    size_t index = 1;
    check_true(row_index_of_text(text->str, text->len, &index));
    check_uint(index, ==, 0);
    for (size_t length = 0; length < text->len; length++) {
        check_true(!row_index_of_text(text->str, length, &index));
    }
    for (size_t i = 0; i < text->len; i++) {
        text->str[i] ^= 1;
        check_true(!row_index_of_text(text->str, text->len, &index));
        text->str[i] ^= 1;
    }
}

static void a_row_of_another_seed_is_not_taken(void)
{
    g_auto(Made) made;
    made_init(&made, "7..8", (Shard) { 1, 1 });
    hold(&made.sweep.rows[0]);
    g_autoptr(GString) text = g_string_new(NULL);
    row_append_text(&made.sweep.rows[0], text);
    check_true(!row_from_text(&made.sweep.rows[1], text->str, text->len));
    check_true(!made.sweep.rows[1].made);
}

/* --- the journal ---------------------------------------------------------------------------- */

static char *folder;

static void begin(void)
{
    folder = g_dir_make_tmp("sweep-XXXXXX", NULL);
    g_assert_nonnull(folder);
}

static void end(void)
{
    g_autofree char *path = g_build_filename(folder, JOURNAL_NAME, NULL);
    g_remove(path);
    g_rmdir(folder);
    g_clear_pointer(&folder, g_free);
}

/* Adds row @index of @made to the journal in the folder. */
static void keep(Made *made, size_t index, bool resume)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *identity = identity_text(&made->sweep);
    g_autoptr(Journal) journal = journal_open(folder, identity, resume, &error);
    check_true(journal != NULL);
    hold(&made->sweep.rows[index]);
    journal_add(journal, &made->sweep.rows[index]);
    check_true(journal_flush(journal, true, &error));
}

static size_t rows_found(const char *seeds)
{
    g_auto(Made) made;
    made_init(&made, seeds, (Shard) { 1, 1 });
    size_t found = 0;
    check_true(journal_read(folder, made.sweep.rows, made.sweep.count, &found, NULL));
    return found;
}

static void what_was_added_before_and_after_a_torn_line_is_found_once(void)
{
    begin();
    g_auto(Made) made;
    made_init(&made, "1..9", (Shard) { 1, 1 });
    keep(&made, 3, false);
    g_autofree char *path = g_build_filename(folder, JOURNAL_NAME, NULL);
    FILE *file = fopen(path, "a");
    fputs("4\t5\theld\t0", file); /* killed here */
    fclose(file);
    check_uint(rows_found("1..9"), ==, 1);
    keep(&made, 8, true);
    check_uint(rows_found("1..9"), ==, 2);
    end();
}

static void a_journal_begun_anew_forgets(void)
{
    begin();
    g_auto(Made) made;
    made_init(&made, "1..9", (Shard) { 1, 1 });
    keep(&made, 3, false);
    keep(&made, 4, false);
    check_uint(rows_found("1..9"), ==, 1);
    end();
}

static void another_sweep_cannot_be_resumed_and_its_journal_stays(void)
{
    begin();
    g_auto(Made) made, other;
    made_init(&made, "1..9", (Shard) { 1, 1 });
    made_init(&other, "1..10", (Shard) { 1, 1 });
    keep(&made, 3, false);
    g_autoptr(GError) error = NULL;
    g_autofree char *identity = identity_text(&other.sweep);
    check_true(journal_open(folder, identity, true, &error) == NULL);
    check_true(error != NULL && strstr(error->message, "'seeds 1..9' there") != NULL);
    check_uint(rows_found("1..9"), ==, 1);
    end();
}

static void two_sweeps_cannot_write_one_journal(void)
{
    begin();
    g_autoptr(GError) error = NULL;
    Journal *first = journal_open(folder, "a\n", false, NULL);
    check_true(first != NULL);
    check_true(journal_open(folder, "a\n", true, &error) == NULL);
    check_true(error != NULL && strstr(error->message, "another distrosim") != NULL);
    journal_close(first);
    end();
}

/* --- identity ------------------------------------------------------------------------------- */

static void an_identity_reads_back_as_it_was_written(void)
{
    g_auto(Made) made;
    made_init(&made, "1..9", (Shard) { 2, 4 });
    g_ptr_array_add(made.arguments->set, g_strdup("text=a\tb\nc"));
    made.arguments->self_check = true;
    CorpusRun *run = g_new0(CorpusRun, 1);
    run->entry = corpus_entry_new(UINT64_MAX, "unsafe", "--set nodes=5", "it \"broke\"");
    g_ptr_array_add(made.sweep.corpus, run);
    g_autofree char *text = identity_text(&made.sweep);
    Sweep read;
    g_autoptr(Arguments) asked = arguments_new();
    sweep_init(&read, asked);
    check_true(identity_read("journal", text, &read, asked, NULL));
    g_autofree char *again = identity_text(&read);
    check_str(again, ==, text);
    sweep_clear(&read);
}

static void a_text_that_is_no_identity_is_refused_by_name(void)
{
    static const char *const wrong[] = {
        "",
        "a,b\n",
        "distrosim sweep 1\n",
        "distrosim sweep 1\nname\ta\n",
        "distrosim sweep 1\nname\ta\nseeds\t1\nhat\t1\n",
        "distrosim sweep 1\nname\ta\nseeds\t1\nshard\t3/2\n",
        "distrosim sweep 1\nname\ta\nseeds\t1\ncorpus\t0\t1\ta\tb\tc\n",
        "distrosim sweep 1\nname\ta\nseeds\t1\nscenario\ta\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Arguments) asked = arguments_new();
        Sweep read;
        sweep_init(&read, asked);
        check_true(!identity_read("the-journal", wrong[i], &read, asked, &error));
        check_true(error != NULL && g_str_has_prefix(error->message, "the-journal: "));
        sweep_clear(&read);
    }
}

/* --- shards --------------------------------------------------------------------------------- */

static void shards_have_every_run_once(void)
{
    for (unsigned count = 1; count < 9; count++) {
        for (size_t total = 0; total < 20; total++) {
            size_t sum = 0;
            for (unsigned index = 1; index <= count; index++) {
                Shard shard = { index, count };
                sum += shard_size(shard, total);
                for (size_t i = 0; i < shard_size(shard, total); i++) {
                    size_t place = total;
                    check_true(shard_run(shard, i) < total);
                    check_true(shard_place(shard, shard_run(shard, i), &place));
                    check_uint(place, ==, i);
                }
            }
            check_uint(sum, ==, total);
        }
    }
}

static void a_shard_is_a_part_of_a_number(void)
{
    static const char *const wrong[] = { "",      "1",   "1/",   "/2",  "0/2", "3/2",
                                         "1/2/3", "a/b", "-1/2", "1/0", "1 /2" };
    Shard shard = { 0 };
    check_true(shard_parse("2/4", &shard, NULL));
    check_uint(shard.index, ==, 2);
    check_uint(shard.count, ==, 4);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        check_true(!shard_parse(wrong[i], &shard, &error));
        check_true(error != NULL);
    }
}

/* --- failures together ---------------------------------------------------------------------- */

static void names_numbers_and_lists_do_not_part_failures(void)
{
    static const char *const pairs[][2] = {
        { "n3 lacks shop-12 for 1.5 s", "n# lacks shop-# for # s" },
        { "10.1.0.7:8080 is gone.", "#:# is gone." },
        { "n3 (n1, n2, n4 list it; revision 1)", "n# (n# list it; revision #)" },
        { "first line\nsecond", "first line" },
        { "a, b", "a, b" },
        { "", "" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *signature = signature_of_text(pairs[i][0]);
        check_str(signature, ==, pairs[i][1]);
    }
}

static void failures_are_grouped_by_cause_and_the_worst_comes_first(void)
{
    g_auto(Made) made;
    made_init(&made, "1..5", (Shard) { 1, 1 });
    Row *rows = made.sweep.rows;
    break_with(&rows[0], "n1 lists shop-1");
    break_with(&rows[1], "n2 lists shop-7");
    break_with(&rows[2], "n3 is silent");
    hold(&rows[3]);
    break_with(&rows[4], "n1 lists shop-3");
    rows[4].figures[ROW_ZOMBIE_US] = 5;
    g_autoptr(GArray) failures = rows_failures(rows, 5);
    check_uint(failures->len, ==, 2);
    const RowFailure *worst = &g_array_index(failures, RowFailure, 0);
    check_uint(worst->count, ==, 3);
    check_str(worst->signature, ==, "n# lists shop-#");
    check_uint(worst->worst->seed, ==, 5);
}

/* --- runs made again ------------------------------------------------------------------------ */

typedef struct Script {
    const uint64_t *fingerprints;
    const char *const *traces;
    unsigned runs, recorded;
} Script;

/* As empty as one that sim_result_free takes can be. */
static SimResult *empty_result(void)
{
    SimResult *result = g_new0(SimResult, 1);
    GPtrArray **names[] = { &result->violation_nodes, &result->violation_clients,
                            &result->violation_services, &result->why, &result->steps };
    GArray **tables[] = { &result->violations, &result->convergence_rows, &result->heal_to_agree_us,
                          &result->nodes,      &result->measures,         &result->samples,
                          &result->faults };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        *names[i] = g_ptr_array_new();
    }
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        *tables[i] = g_array_new(false, false, 1);
    }
    return result;
}

static SimResult *scripted(void *data, bool record)
{
    Script *script = data;
    SimResult *result = empty_result();
    if (record) {
        result->trace_text = g_strdup(script->traces[script->recorded++]);
    } else {
        result->fingerprint = script->fingerprints[script->runs++];
    }
    return result;
}

static SimResult *first_result(void)
{
    SimResult *first = empty_result();
    first->fingerprint = 1;
    first->reason = g_strdup("");
    return first;
}

static void a_run_that_repeats_stays_as_it_is(void)
{
    Script script = { (const uint64_t[]) { 1 }, NULL, 0, 0 };
    g_autoptr(SimResult) first = first_result();
    check_true(selfcheck_run(first, scripted, &script));
    check_int(first->verdict, ==, SIM_VERDICT_HELD);
}

static void the_first_event_that_differs_is_named(void)
{
    Script script = {
        (const uint64_t[]) { 2 },
        (const char *const[]) { "{a}\n{b}\n{c}\n", "{a}\n{b}\n{c}\n", "{a}\n{x}\n{y}\n" }, 0, 0
    };
    g_autoptr(SimResult) first = first_result();
    check_true(selfcheck_run(first, scripted, &script));
    check_int(first->verdict, ==, SIM_VERDICT_NONDETERMINISTIC);
    check_true(strstr(first->reason, "record 2 is {b} in one run and {x} in the other") != NULL);
}

static void traces_differ_where_one_ends_and_nowhere_if_they_are_equal(void)
{
    g_autofree char *shorter = selfcheck_first_difference("{a}\n", "{a}\n{b}\n");
    check_str(shorter, ==, "record 2 is nothing more in one run and {b} in the other");
    check_true(selfcheck_first_difference("{a}\n", "{a}\n") == NULL);
}

static void one_run_in_twenty_is_checked(void)
{
    unsigned picked = 0;
    for (uint64_t seed = 0; seed < 10000; seed++) {
        picked += selfcheck_picks("partition/minority", seed);
    }
    check_uint(picked, >, 400);
    check_uint(picked, <, 600);
}

static void a_run_that_differs_in_another_world_is_not_deterministic(void)
{
    g_auto(Made) made, other;
    made_init(&made, "1..3", (Shard) { 1, 1 });
    made_init(&other, "1..3", (Shard) { 1, 1 });
    for (size_t i = 0; i < 3; i++) {
        hold(&made.sweep.rows[i]);
        hold(&other.sweep.rows[i]);
    }
    other.sweep.rows[1].fingerprint = 0xcd;
    g_autoptr(GPtrArray) differing = g_ptr_array_new();
    perturb_compare(made.sweep.rows, other.sweep.rows, 3, "another locale", differing);
    check_uint(differing->len, ==, 1);
    check_int(made.sweep.rows[0].verdict, ==, SIM_VERDICT_HELD);
    check_int(made.sweep.rows[1].verdict, ==, SIM_VERDICT_NONDETERMINISTIC);
    check_true(strstr(made.sweep.rows[1].line, "00000000000000cd under another locale") != NULL);
}

/* --- the report ----------------------------------------------------------------------------- */

static void what_xml_cannot_hold_does_not_get_into_the_report(void)
{
    g_auto(Made) made;
    made_init(&made, "1..2", (Shard) { 1, 1 });
    break_with(&made.sweep.rows[0], "a <b> & \"c\" \x01 \xff");
    hold(&made.sweep.rows[1]);
    g_autofree char *xml = junit_text(&made.sweep, 2);
    check_true(strstr(xml, "message=\"a &lt;b&gt; &amp; &quot;c&quot; ? \xef\xbf\xbd\"") != NULL);
    check_true(strstr(xml, "tests=\"2\" failures=\"1\" errors=\"0\"") != NULL);
    check_true(g_utf8_validate(xml, -1, NULL));
}

int main(void)
{
    static const Test tests[] = {
        { "a row reads back with every bit", a_row_reads_back_with_every_bit },
        { "no line that lost or changed a byte is a row",
          no_line_that_lost_or_changed_a_byte_is_a_row },
        { "a row of another seed is not taken", a_row_of_another_seed_is_not_taken },
        { "what was added before and after a torn line is found once",
          what_was_added_before_and_after_a_torn_line_is_found_once },
        { "a journal begun anew forgets", a_journal_begun_anew_forgets },
        { "another sweep cannot be resumed and its journal stays",
          another_sweep_cannot_be_resumed_and_its_journal_stays },
        { "two sweeps cannot write one journal", two_sweeps_cannot_write_one_journal },
        { "an identity reads back as it was written", an_identity_reads_back_as_it_was_written },
        { "a text that is no identity is refused by name",
          a_text_that_is_no_identity_is_refused_by_name },
        { "shards have every run once", shards_have_every_run_once },
        { "a shard is a part of a number", a_shard_is_a_part_of_a_number },
        { "names, numbers and lists do not part failures",
          names_numbers_and_lists_do_not_part_failures },
        { "failures are grouped by cause and the worst comes first",
          failures_are_grouped_by_cause_and_the_worst_comes_first },
        { "a run that repeats stays as it is", a_run_that_repeats_stays_as_it_is },
        { "the first event that differs is named", the_first_event_that_differs_is_named },
        { "traces differ where one ends, and nowhere if they are equal",
          traces_differ_where_one_ends_and_nowhere_if_they_are_equal },
        { "one run in twenty is checked", one_run_in_twenty_is_checked },
        { "a run that differs in another world is not deterministic",
          a_run_that_differs_in_another_world_is_not_deterministic },
        { "what XML cannot hold does not get into the report",
          what_xml_cannot_hold_does_not_get_into_the_report },
        { NULL, NULL },
    };
    return run_tests("sweep", tests);
}
