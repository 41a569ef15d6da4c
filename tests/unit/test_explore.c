/* tests/unit/test_explore.c -- the search: what it leaves out makes no difference, and what it
 * finds can be made again. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "sim/explore/explore.h"
#include "tests/support/check.h"
#include "tools/distrosim/explore/search.h"

/* --- stories --------------------------------------------------------------------------------- */

#define STORY(topology, body)                                                                      \
    "return scenario { topology = { " topology                                                     \
    " }, story = function(w) local a, b, c = w:nodes() " body " end }"

static const char *const register_and_close =
    STORY("nodes = 2", "local k = w:client { name = 'k', server = a } k:register { service = "
                       "'shop' } wait(ms(1500)) k:close() wait(ms(2500))");
static const char *const two_at_once =
    STORY("nodes = 2",
          "local k = w:client { name = 'k', server = a } local l = w:client { name = 'l', server = "
          "b } k:post 'register' { service = 'shop' } l:post 'register' { service = 'shop' } "
          "wait(ms(1500))");
static const char *const three_nodes =
    STORY("nodes = 3", "local k = w:client { name = 'k', server = b } k:register { service = "
                       "'shop' } wait(ms(1300))");
static const char *const a_subscriber =
    STORY("nodes = 2", "local k = w:client { name = 'k', server = a } local l = w:client { name = "
                       "'l', server = b } l:subscribe 'shop' k:register { service = 'shop' } "
                       "wait(ms(1800))");
static const char *const one_choice = STORY(
    "nodes = 2", "local k = w:client { name = 'k', server = one_of { a, b } } fault_point 'before' "
                 "k:register { service = 'shop' } wait(ms(1200))");
static const char *const no_client = STORY("nodes = 2", "fault_point 'start' wait(s(3))");
static const char *const a_verify =
    STORY("nodes = 2", "local k = w:client { name = 'k', server = a } k:register { service = "
                       "'shop' } wait(s(6))");

typedef struct Bench {
    char *folder, *path;
    SimScenario *scenario;
    Request request;
    Runner base;
} Bench;

static void set_up(Bench *bench, const char *text, unsigned kinds)
{
    GError *error = NULL;
    bench->folder = g_dir_make_tmp("explore-XXXXXX", NULL);
    bench->path = g_build_filename(bench->folder, "story.lua", NULL);
    g_assert_true(g_file_set_contents(bench->path, text, -1, NULL));
    bench->scenario = sim_scenario_load(bench->path, &error);
    g_assert_no_error(error);
    request_init(&bench->request);
    bench->base = (Runner) { .scenario = bench->scenario,
                             .request = &bench->request,
                             .seed = 1,
                             .until_us = INT64_MAX,
                             .explores = true,
                             .kinds = kinds };
}

static void tear_down(Bench *bench)
{
    sim_scenario_free(bench->scenario);
    request_clear(&bench->request);
    g_unlink(bench->path);
    g_rmdir(bench->folder);
    g_free(bench->path);
    g_free(bench->folder);
}

static Search new_search(const Bench *bench, unsigned faults)
{
    return (Search) { .base = &bench->base, .faults = faults, .jobs = 2, .within_us = INT64_MAX };
}

/* --- the same states ------------------------------------------------------------------------- */

static guint count_missing(GHashTable *from, GHashTable *in)
{
    guint missing = 0;
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, from);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        missing += !g_hash_table_contains(in, key);
    }
    return missing;
}

/* All orders, and going on from states that are known, against the reduced search. */
static void compare_until(const char *text, unsigned kinds, unsigned faults, int64_t until_us)
{
    Bench bench;
    set_up(&bench, text, kinds);
    bench.base.until_us = until_us;
    Search reduced = new_search(&bench, faults), naive = new_search(&bench, faults);
    naive.naive = naive.endless = true;
    search_run(&reduced);
    search_run(&naive);
    check_true(reduced.complete && naive.complete);
    check_true(reduced.failure == NULL && naive.failure == NULL);
    check_uint(reduced.runs, <=, naive.runs);
    check_uint(naive.states, ==, reduced.states);
    check_uint(count_missing(naive.known, reduced.known), ==, 0);
    check_uint(count_missing(reduced.known, naive.known), ==, 0);
    printf(" [%" PRIu64 " states; %" PRIu64 " runs, naively %" PRIu64 "]", reduced.states,
           reduced.runs, naive.runs);
    search_clear(&reduced);
    search_clear(&naive);
    tear_down(&bench);
}

static void compare_with_naive(const char *text, unsigned kinds, unsigned faults)
{
    compare_until(text, kinds, faults, INT64_MAX);
}

static void a_client_that_registers_and_closes(void)
{
    compare_with_naive(register_and_close, 0, 0);
}

static void two_clients_at_once(void)
{
    compare_with_naive(two_at_once, 0, 0);
}

static void three_nodes_and_a_push(void)
{
    compare_with_naive(three_nodes, 0, 0);
}

static void a_client_that_subscribes(void)
{
    compare_with_naive(a_subscriber, 0, 0);
}

static void a_choice_of_the_story(void)
{
    compare_with_naive(one_choice, 0, 0);
}

static void a_round_of_verify(void)
{
    compare_with_naive(a_verify, 0, 0);
}

static void a_connection_that_breaks(void)
{
    compare_with_naive(one_choice, SIM_FAULT_LOSE, 1);
}

static void a_connection_that_is_held(void)
{
    compare_with_naive(one_choice, SIM_FAULT_HOLD, 1);
}

static void a_message_that_is_held(void)
{
    compare_with_naive(one_choice, SIM_FAULT_MESSAGE, 1);
}

static void a_cut(void)
{
    compare_with_naive(one_choice, SIM_FAULT_CUT, 1);
}

static void a_crash(void)
{
    compare_until(no_client, SIM_FAULT_CRASH, 1, 1200000);
}

/* --- what is found --------------------------------------------------------------------------- */

/* False only if the connection of the push is held: with no fault, all is well. */
static const char *const needs_a_fault =
    STORY("nodes = 2", "local k = w:client { name = 'k', server = a } k:register { service = "
                       "'shop' } wait(s(20)) never(function() return k:counters().switches > 0 "
                       "end, 'k switched') wait(s(1))");

static const char *const needs_an_order =
    STORY("nodes = 2",
          "local k = w:client { name = 'k', server = a } local l = w:client { name = 'l', server = "
          "a } local first local one = k:post 'register' { service = 'shop' } local two = l:post "
          "'register' { service = 'shop' } while not one:done() and not two:done() do wait(us(1)) "
          "end wait(ms(1)) local seen = watch(function() return b:knows(l) and not b:knows(k) end) "
          "wait(s(3)) expect(not seen:first(), 'b heard of l before k')");

static void what_is_true_in_every_order_ends_complete(void)
{
    Bench bench;
    set_up(&bench, needs_a_fault, SIM_FAULT_HOLD);
    Search search = new_search(&bench, 0);
    search_run(&search);
    check_true(search.complete && search.failure == NULL && !search.vacuous);
    search_clear(&search);
    tear_down(&bench);
}

static void an_order_that_breaks_a_claim_is_found_without_a_fault(void)
{
    Bench bench;
    set_up(&bench, needs_an_order, 0);
    Search search = new_search(&bench, 0);
    search_run(&search);
    check_true(search.failure != NULL);
    check_uint(search.failure_faults, ==, 0);
    check_int(search.failure_verdict, ==, SIM_VERDICT_UNSAFE);
    search_clear(&search);
    tear_down(&bench);
}

static void a_counterexample_can_be_made_again(void)
{
    Bench bench;
    set_up(&bench, needs_an_order, 0);
    Search search = new_search(&bench, 0);
    search_run(&search);
    g_autoptr(SimResult) told = NULL;
    g_autofree char *choices = search_choices(&search, false, &told);
    check_int(told->verdict, ==, SIM_VERDICT_UNSAFE);
    check_true(g_str_has_prefix(choices, "distrosim-choices 1\n"));
    check_true(strstr(choices, "\nkinds none\n") != NULL);
    search_clear(&search);
    tear_down(&bench);
}

static void the_number_of_threads_has_no_say(void)
{
    Bench bench;
    set_up(&bench, one_choice, SIM_FAULT_HOLD | SIM_FAULT_LOSE);
    Search one = new_search(&bench, 1), four = new_search(&bench, 1);
    one.jobs = 1;
    four.jobs = 4;
    search_run(&one);
    search_run(&four);
    check_uint(one.runs, ==, four.runs);
    check_uint(one.states, ==, four.states);
    check_uint(one.transitions, ==, four.transitions);
    check_uint(one.depth, ==, four.depth);
    search_clear(&one);
    search_clear(&four);
    tear_down(&bench);
}

static void time_that_is_up_leaves_orders_untried(void)
{
    Bench bench;
    set_up(&bench, one_choice, SIM_FAULT_HOLD);
    Search search = new_search(&bench, 2);
    search.within_us = 1000;
    search_run(&search);
    check_true(!search.complete);
    check_uint(search.waiting, >, 0);
    search_clear(&search);
    tear_down(&bench);
}

static void a_world_whose_state_cannot_be_told_is_refused(void)
{
    Bench bench;
    set_up(&bench,
           STORY("nodes = 2, profile = 'nacos-1.4', clients = 'nacos-client-1'", "wait(s(1))"), 0);
    Search search = new_search(&bench, 0);
    search_run(&search);
    check_true(search.undigested != NULL && strstr(search.undigested, "1.x") != NULL);
    search_clear(&search);
    tear_down(&bench);
}

/* --- names ----------------------------------------------------------------------------------- */

static void kinds_of_faults_are_read_and_written(void)
{
    unsigned kinds = 0;
    g_autofree char *wrong = NULL;
    check_true(sim_fault_kinds_parse("crash,hold", &kinds, &wrong));
    check_uint(kinds, ==, SIM_FAULT_CRASH | SIM_FAULT_HOLD);
    g_autofree char *text = sim_fault_kinds_text(kinds);
    check_str(text, ==, "hold,crash");
    check_true(!sim_fault_kinds_parse("hold,explode", &kinds, &wrong));
    check_str(wrong, ==, "explode");
}

int main(void)
{
    static const Test tests[] = {
        { "reduced and naive meet the same states: a client that registers and closes",
          a_client_that_registers_and_closes },
        { "reduced and naive meet the same states: two clients at once", two_clients_at_once },
        { "reduced and naive meet the same states: three nodes and a push",
          three_nodes_and_a_push },
        { "reduced and naive meet the same states: a client that subscribes",
          a_client_that_subscribes },
        { "reduced and naive meet the same states: a choice of the story", a_choice_of_the_story },
        { "reduced and naive meet the same states: a round of VERIFY", a_round_of_verify },
        { "reduced and naive meet the same states: a connection that breaks",
          a_connection_that_breaks },
        { "reduced and naive meet the same states: a connection that is held",
          a_connection_that_is_held },
        { "reduced and naive meet the same states: a message that is held",
          a_message_that_is_held },
        { "reduced and naive meet the same states: a cut", a_cut },
        { "reduced and naive meet the same states: a crash", a_crash },
        { "what is true in every order ends complete", what_is_true_in_every_order_ends_complete },
        { "an order that breaks a claim is found without a fault",
          an_order_that_breaks_a_claim_is_found_without_a_fault },
        { "a counterexample can be made again", a_counterexample_can_be_made_again },
        { "the number of threads has no say", the_number_of_threads_has_no_say },
        { "time that is up leaves orders untried", time_that_is_up_leaves_orders_untried },
        { "a world whose state cannot be told is refused",
          a_world_whose_state_cannot_be_told_is_refused },
        { "kinds of faults are read and written", kinds_of_faults_are_read_and_written },
        { NULL, NULL },
    };
    return run_tests("explore", tests);
}
