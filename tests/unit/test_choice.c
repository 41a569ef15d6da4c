/* tests/unit/test_choice.c -- choices of a run: where they come from, and that they are kept. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "sim/run/run.h"
#include "tests/support/check.h"
#include "tools/distrosim/explore/futures.h"

static uint64_t take_named(SimChoices *choices, uint64_t of, SimPrng *stream)
{
    const uint64_t chosen = sim_choices_take(choices, of, stream);
    sim_choices_name(choices, g_intern_static_string("one_of"), "story.lua:1");
    return chosen;
}

static void plan(SimChoices *choices, uint64_t index, uint64_t chosen, uint64_t of)
{
    const SimChoice choice = { index, "one_of", chosen, of, (char *)"story.lua:1", 7 };
    sim_choices_plan(choices, &choice);
}

/* --- sources --------------------------------------------------------------------------------- */

static void a_seed_chooses_what_it_would_draw_without_choices(void)
{
    g_autoptr(SimChoices) choices = sim_choices_new(SIM_CHOICES_SEED);
    SimPrng with = sim_prng_stream(3, "script"), without = with;
    for (int i = 0; i < 50; i++) {
        check_uint(take_named(choices, 7, &with), ==, sim_prng_below(&without, 7));
    }
    check_uint(sim_choices_taken(choices)->len, ==, 50);
}

static void a_list_gives_what_was_planned_and_0_elsewhere(void)
{
    g_autoptr(SimChoices) choices = sim_choices_new(SIM_CHOICES_LIST);
    SimPrng stream = sim_prng_stream(3, "script");
    plan(choices, 1, 2, 3);
    check_uint(take_named(choices, 3, &stream), ==, 0);
    check_uint(take_named(choices, 3, &stream), ==, 2);
    check_uint(take_named(choices, 3, &stream), ==, 0);
    check_true(!sim_choices_misfit(choices, true));
}

/* What a story draws after a choice is the same whatever chose. */
static void a_list_moves_the_stream_as_a_seed_does(void)
{
    g_autoptr(SimChoices) list = sim_choices_new(SIM_CHOICES_LIST);
    g_autoptr(SimChoices) seed = sim_choices_new(SIM_CHOICES_SEED);
    SimPrng one = sim_prng_stream(3, "script"), other = one;
    take_named(list, 5, &one);
    take_named(seed, 5, &other);
    check_uint(sim_prng_u64(&one), ==, sim_prng_u64(&other));
}

static uint64_t pick_last(void *data, uint64_t index, uint64_t of)
{
    *(uint64_t *)data = index;
    return of - 1;
}

static void a_search_is_asked_with_the_number_of_the_point(void)
{
    g_autoptr(SimChoices) choices = sim_choices_new(SIM_CHOICES_SEARCH);
    uint64_t asked = 99;
    sim_choices_set_picker(choices, pick_last, &asked);
    check_uint(take_named(choices, 4, NULL), ==, 3);
    check_uint(asked, ==, 0);
    check_uint(take_named(choices, 9, NULL), ==, 8);
    check_uint(asked, ==, 1);
}

/* --- what does not fit ------------------------------------------------------------------------ */

static void a_planned_choice_of_another_shape_is_named_with_its_line(void)
{
    g_autoptr(SimChoices) choices = sim_choices_new(SIM_CHOICES_LIST);
    sim_choices_set_origin(choices, "a.choices");
    plan(choices, 0, 1, 3);
    take_named(choices, 2, NULL);
    check_true(sim_choices_misfit(choices, false));
    g_autofree char *why = sim_choices_describe_misfit(choices);
    check_str(why, ==,
              "a.choices:7: choice 0 of the run is 'one_of 1/2 story.lua:1', not 'one_of 1/3 "
              "story.lua:1'");
}

static void a_planned_choice_that_the_run_never_comes_to_does_not_fit(void)
{
    g_autoptr(SimChoices) choices = sim_choices_new(SIM_CHOICES_LIST);
    plan(choices, 5, 1, 3);
    take_named(choices, 2, NULL);
    check_true(!sim_choices_misfit(choices, false));
    check_true(sim_choices_misfit(choices, true));
}

/* --- streams drawn anew ----------------------------------------------------------------------- */

static void a_stream_drawn_anew_goes_on_otherwise_with_each_seed(void)
{
    SimPrng stream = sim_prng_stream(1, "a"), one = stream, same = stream, other = stream;
    sim_prng_redraw(&one, 7);
    sim_prng_redraw(&same, 7);
    sim_prng_redraw(&other, 8);
    check_uint(one.state, ==, same.state);
    check_uint(one.state, !=, other.state);
    check_uint(one.state, !=, stream.state);
}

static void a_stream_that_has_not_begun_is_left_alone(void)
{
    SimPrng stream = { 0 };
    sim_prng_redraw(&stream, 7);
    check_uint(stream.state, ==, 0);
}

/* --- whole runs ------------------------------------------------------------------------------- */

#define STORY                                                                                      \
    "return scenario { topology = { nodes = 3, lan = { rtt = ms(1), jitter = percent(40), loss = " \
    "ratio(1, 20) } }, story = function(w) local one = one_of { 1, 2, 3 } local k = w:client { "   \
    "name = 'k' } k:register { service = 'shop' } wait(s(10)) local f = w:fleet { clients = 5, "   \
    "services = 2 } f:churn { update = per_second(5), for_ = s(5) } wait(s(one)) "                 \
    "measure('drawn', between(1, 1000000)) end }"

/* A run of STORY with seed 5, as @options say beside that. */
static SimResult *run_story(SimRunOptions options)
{
    g_autofree char *folder = g_dir_make_tmp("choice-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "story.lua", NULL);
    g_assert_true(g_file_set_contents(path, STORY, -1, NULL));
    g_autoptr(GError) error = NULL;
    SimScenario *scenario = sim_scenario_load(path, &error);
    g_assert_no_error(error);
    options.seed = 5;
    options.until_us = INT64_MAX;
    SimResult *result = sim_run(scenario, &options, NULL);
    sim_scenario_free(scenario);
    g_unlink(path);
    g_rmdir(folder);
    return result;
}

static double drawn_in(const SimResult *result)
{
    return g_array_index(result->measures, SimMeasure, 0).value;
}

static void a_run_whose_choices_are_recorded_is_the_run_without(void)
{
    g_autoptr(SimChoices) choices = sim_choices_new(SIM_CHOICES_SEED);
    g_autoptr(SimResult) with = run_story((SimRunOptions) { .choices = choices });
    g_autoptr(SimResult) without = run_story((SimRunOptions) { 0 });
    check_uint(with->fingerprint, ==, without->fingerprint);
    check_uint(sim_choices_taken(choices)->len, ==, 1);
}

static void a_list_of_what_a_seed_chose_gives_the_same_run(void)
{
    g_autoptr(SimChoices) drawn = sim_choices_new(SIM_CHOICES_SEED);
    g_autoptr(SimChoices) planned = sim_choices_new(SIM_CHOICES_LIST);
    g_autoptr(SimResult) first = run_story((SimRunOptions) { .choices = drawn });
    sim_choices_plan(planned, &g_array_index(sim_choices_taken(drawn), SimChoice, 0));
    g_autoptr(SimResult) second = run_story((SimRunOptions) { .choices = planned });
    check_uint(first->fingerprint, ==, second->fingerprint);
    check_true(drawn_in(first) == drawn_in(second));
}

static void a_branch_keeps_what_was_and_draws_what_comes(void)
{
    g_autoptr(SimResult) plain = run_story((SimRunOptions) { 0 });
    SimRunOptions options = { .branches = true, .branch_us = 9000000, .branch_seed = 1 };
    g_autoptr(SimResult) one = run_story(options);
    g_autoptr(SimResult) same = run_story(options);
    options.branch_seed = 2;
    g_autoptr(SimResult) other = run_story(options);
    check_uint(one->fingerprint, ==, same->fingerprint);
    check_uint(one->fingerprint, !=, other->fingerprint);
    check_uint(one->fingerprint, !=, plain->fingerprint);
    check_true(drawn_in(one) != drawn_in(other));
    check_true(drawn_in(one) != drawn_in(plain));
}

/* The first operation was over long before: it took as long in every branch. */
static void a_branch_does_not_change_what_happened_before(void)
{
    g_autoptr(SimResult) plain = run_story((SimRunOptions) { 0 });
    g_autoptr(SimResult) branch =
        run_story((SimRunOptions) { .branches = true, .branch_us = 9000000, .branch_seed = 1 });
    const SimConvergenceRow *before = &g_array_index(plain->convergence_rows, SimConvergenceRow, 0);
    const SimConvergenceRow *after = &g_array_index(branch->convergence_rows, SimConvergenceRow, 0);
    check_int(before->took_us, ==, after->took_us);
    check_int(before->acknowledged_us, ==, after->acknowledged_us);
}

static void a_branch_after_the_end_is_the_run_itself(void)
{
    g_autoptr(SimResult) plain = run_story((SimRunOptions) { 0 });
    g_autoptr(SimResult) branch =
        run_story((SimRunOptions) { .branches = true, .branch_us = 3600000000, .branch_seed = 1 });
    check_uint(plain->fingerprint, ==, branch->fingerprint);
}

/* --- shares ----------------------------------------------------------------------------------- */

/* Wilson's interval: 40 of 40 is the first round number whose bound is above 0.9. */
static void the_interval_of_a_share_is_wilsons(void)
{
    double low, high;
    futures_interval(40, 40, &low, &high);
    check_true(low > 0.9123 && low < 0.9125 && high > 0.9999);
    futures_interval(34, 34, &low, &high);
    check_true(low < 0.9);
    futures_interval(20, 40, &low, &high);
    check_true(low > 0.3519 && low < 0.3521 && high > 0.6479 && high < 0.6481);
    futures_interval(0, 0, &low, &high);
    check_true(low == 0.0 && high == 1.0);
}

int main(void)
{
    static const Test tests[] = {
        { "a seed chooses what it would draw without choices",
          a_seed_chooses_what_it_would_draw_without_choices },
        { "a list gives what was planned, and 0 elsewhere",
          a_list_gives_what_was_planned_and_0_elsewhere },
        { "a list moves the stream as a seed does", a_list_moves_the_stream_as_a_seed_does },
        { "a search is asked with the number of the point",
          a_search_is_asked_with_the_number_of_the_point },
        { "a planned choice of another shape is named with its line",
          a_planned_choice_of_another_shape_is_named_with_its_line },
        { "a planned choice that the run never comes to does not fit",
          a_planned_choice_that_the_run_never_comes_to_does_not_fit },
        { "a stream drawn anew goes on otherwise with each seed",
          a_stream_drawn_anew_goes_on_otherwise_with_each_seed },
        { "a stream that has not begun is left alone", a_stream_that_has_not_begun_is_left_alone },
        { "a run whose choices are recorded is the run without",
          a_run_whose_choices_are_recorded_is_the_run_without },
        { "a list of what a seed chose gives the same run",
          a_list_of_what_a_seed_chose_gives_the_same_run },
        { "a branch keeps what was and draws what comes",
          a_branch_keeps_what_was_and_draws_what_comes },
        { "a branch does not change what happened before",
          a_branch_does_not_change_what_happened_before },
        { "a branch after the end is the run itself", a_branch_after_the_end_is_the_run_itself },
        { "the interval of a share is Wilson's", the_interval_of_a_share_is_wilsons },
        { NULL, NULL },
    };
    return run_tests("choice", tests);
}
