/* tests/unit/test_contents.c -- what instances say: the truth's contents, and their checks. */
#include "tests/support/check.h"
#include "tests/support/fake_world.h"

#include "sim/truth/book.h"

#define EVERY SIM_ALL_CLUSTERS

/* c1's instance at 10.128.0.1, of weight @weight. */
static DistroPublication of_weight(FakeWorld *fake, double weight)
{
    const DistroExtEntry entry = { .key = "publishInstanceWeight",
                                   .kind = DISTRO_VALUE_DOUBLE,
                                   .number = weight };
    DistroDictionary *dictionary = fake->world.dictionary;
    DistroInstance instance = { .ip = distro_dictionary_name(dictionary, "10.128.0.1"),
                                .port = 8080,
                                .healthy = true,
                                .ext = distro_dictionary_ext(dictionary, &entry, 1) };
    DistroListing listing =
        distro_dictionary_listing(dictionary, service_of(fake, "shop"), &instance);
    return distro_dictionary_publication(dictionary, service_of(fake, "shop"), false, &listing, 1);
}

/* Its write is acknowledged. */
static void write_weight(FakeWorld *fake, double weight)
{
    operate(fake, 0, "shop", of_weight(fake, weight));
}

static void show_weight(FakeWorld *fake, uint32_t node, double before, double after)
{
    view(fake, node, 0, "shop", before > 0 ? of_weight(fake, before) : 0, of_weight(fake, after));
}

static void watch(FakeWorld *fake, SimCheckKind kind)
{
    SimCheck check = sim_check_default(kind);

    sim_checks_add(fake->world.study->checks, &check);
}

static size_t n_violations(FakeWorld *fake)
{
    size_t count;

    sim_checks_violations(fake->world.study->checks, &count);
    return count;
}

static const SimViolation *violation(FakeWorld *fake, size_t index)
{
    size_t count;
    const SimViolation *all = sim_checks_violations(fake->world.study->checks, &count);
    static const SimViolation none = { .at_us = -1, .message = (char *)"none" };

    return index < count ? &all[index] : &none;
}

static bool converged(FakeWorld *fake)
{
    return sim_truth_converged(fake->world.study->truth, EVERY);
}

/* --- the truth ------------------------------------------------------------------------------ */

static void views_that_agree_on_an_old_weight_have_not_converged(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    write_weight(fake, 2);
    show_weight(fake, 0, 0, 2);
    show_weight(fake, 1, 0, 2);
    check_true(converged(fake));
    write_weight(fake, 5);
    check_true(sim_truth_agree(fake->world.study->truth, EVERY));
    check_true(!converged(fake));
    show_weight(fake, 0, 2, 5);
    check_true(!converged(fake));
    show_weight(fake, 1, 2, 5);
    check_true(converged(fake));
}

static void old_and_new_are_right_while_an_operation_is_under_way(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    write_weight(fake, 2);
    show_weight(fake, 0, 0, 2);
    uint32_t update = begin(fake, 0, "shop", of_weight(fake, 5));
    check_true(converged(fake));
    show_weight(fake, 0, 2, 5);
    check_true(converged(fake));
    sim_truth_acknowledge(fake->world.study->truth, update);
    check_true(converged(fake));
    show_weight(fake, 0, 5, 2);
    check_true(!converged(fake));
}

static void old_and_new_stay_right_until_the_next_acknowledgement(void)
{
    for (int certain = 0; certain < 2; certain++) {
        g_autoptr(FakeWorld) fake = fake_world_new(1, 1);
        write_weight(fake, 2);
        show_weight(fake, 0, 0, 2);
        uint32_t failed = begin(fake, 0, "shop", of_weight(fake, 5));
        sim_truth_abandon(fake->world.study->truth, failed, certain);
        check_true(converged(fake));
        show_weight(fake, 0, 2, 5);
        check_true(converged(fake));
        write_weight(fake, 7);
        check_true(!converged(fake));
        show_weight(fake, 0, 5, 7);
        check_true(converged(fake));
    }
}

static void a_refused_removal_takes_nothing_out_of_the_truth(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    write_weight(fake, 2);
    sim_truth_abandon(fake->world.study->truth, begin(fake, 0, "shop", 0), true);
    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_LIVE);
    show_weight(fake, 0, 0, 3);
    check_true(!converged(fake));
}

static void a_node_that_crashed_shows_nothing_wrong(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    write_weight(fake, 2);
    show_weight(fake, 0, 0, 3);
    show_weight(fake, 1, 0, 2);
    check_true(!converged(fake));
    node_crashes(fake, 0);
    check_true(converged(fake));
    node_boots(fake, 0);
    node_loads(fake, 0);
    show_weight(fake, 0, 0, 2);
    check_true(converged(fake));
}

static void a_red_run_says_which_content_is_wrong(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);
    uint32_t node;
    SimInstance instance;

    write_weight(fake, 2);
    show_weight(fake, 0, 0, 2);
    run_to(fake, S(3));
    write_weight(fake, 5);
    g_autofree char *said = sim_truth_explain(fake->world.study->truth, &node, &instance);
    check_str(said, ==,
              "n1 lists c1 (10.128.0.1:8080 of DEFAULT_GROUP@@shop) with weight 2 instead of 5, "
              "acknowledged at 3.000 s");
}

/* --- what the story said -------------------------------------------------------------------- */

/* @publication is what c1 says of "shop" in namespace @space. */
static void say_in(FakeWorld *fake, const char *space, DistroPublication publication)
{
    SimBook *book = sim_truth_book(fake->world.study->truth);
    SimSaidItem item = sim_book_statement_info(
                           book, sim_book_read_statement(book, fake->world.dictionary, publication))
                           ->items[0];

    sim_truth_say(fake->world.study->truth, 0, service_of(fake, "shop"), publication,
                  sim_book_service(book, space, "DEFAULT_GROUP", "shop"), &item, 1);
}

static void services_that_the_core_confuses_are_two_in_the_truth(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);
    DistroPublication first = of_weight(fake, 2), second = of_weight(fake, 5);

    say_in(fake, "red", first);
    operate(fake, 0, "shop", first);
    say_in(fake, "blue", second);
    operate(fake, 0, "shop", second); /* the core lets it take the place of the first */
    g_autoptr(GArray) published = g_array_new(false, false, sizeof(SimInstance));
    check_uint(sim_truth_client_publishes(fake->world.study->truth, 0, published), ==, 2);
    show_weight(fake, 0, 0, 5); /* and a query returns it as the core has it: of "public" */
    check_true(!converged(fake));
    g_autoptr(GString) name = g_string_new(NULL);
    sim_truth_append_instance(fake->world.study->truth, g_array_index(published, SimInstance, 0),
                              name);
    check_str(name->str, ==, "c1 (10.128.0.1:8080 of DEFAULT_GROUP@@shop in blue)");
}

static void a_content_that_the_core_confuses_is_as_the_story_said(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);
    SimBook *book = sim_truth_book(fake->world.study->truth);
    const SimSaidContent said = { .cluster = "DEFAULT", .weight = 7, .enabled = true };
    DistroPublication confused = of_weight(fake, 5);
    SimSaidItem item = { sim_book_name(book, "10.128.0.1"), 8080, sim_book_content(book, &said) };

    sim_truth_say(fake->world.study->truth, 0, service_of(fake, "shop"), confused,
                  sim_book_service(book, "public", "DEFAULT_GROUP", "shop"), &item, 1);
    operate(fake, 0, "shop", confused);
    show_weight(fake, 0, 0, 5);
    check_true(!converged(fake));
}

/* --- no_stale_content ----------------------------------------------------------------------- */

static void an_old_content_may_stay_for_the_grace(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch(fake, SIM_CHECK_NO_STALE_CONTENT);
    write_weight(fake, 2);
    show_weight(fake, 0, 0, 2);
    run_to(fake, S(5));
    write_weight(fake, 5);
    run_to(fake, S(16.9));
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 1);
    check_int(violation(fake, 0)->at_us, ==, S(17));
    check_str(violation(fake, 0)->message, ==,
              "n1 lists c1 (10.128.0.1:8080 of DEFAULT_GROUP@@shop) with weight 2 instead of 5, "
              "acknowledged at 5.000 s, for 12.0 s");
}

static void a_node_that_follows_is_never_stale_however_often_the_content_changes(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch(fake, SIM_CHECK_NO_STALE_CONTENT);
    write_weight(fake, 1);
    show_weight(fake, 0, 0, 1);
    for (int i = 2; i < 30; i++) {
        run_to(fake, S(i));
        write_weight(fake, i);
        run_to(fake, S(i + 0.9)); /* one behind, nearly always */
        show_weight(fake, 0, i - 1, i);
    }
    check_uint(n_violations(fake), ==, 0);
}

static void a_node_that_never_follows_is_stale_though_the_content_goes_on_changing(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch(fake, SIM_CHECK_NO_STALE_CONTENT);
    write_weight(fake, 1);
    show_weight(fake, 0, 0, 1);
    for (int i = 2; i < 30; i++) {
        run_to(fake, S(i));
        write_weight(fake, i);
    }
    check_uint(n_violations(fake), ==, 1);
    check_int(violation(fake, 0)->at_us, ==, S(14));
}

static void a_content_across_a_cut_is_judged_a_grace_after_the_excuse(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_STALE_CONTENT);
    write_weight(fake, 2);
    show_weight(fake, 1, 0, 2);
    set_cut(fake, 0, 1, true);
    write_weight(fake, 5);
    run_to(fake, S(100));
    check_uint(n_violations(fake), ==, 0);
    set_cut(fake, 0, 1, false);
    run_to(fake, S(126.9)); /* 15 s to heal, then the grace */
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(127));
    check_uint(n_violations(fake), ==, 1);
}

static void a_node_that_loads_an_old_content_has_the_grace_from_there(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_STALE_CONTENT);
    write_weight(fake, 2);
    write_weight(fake, 5);
    node_crashes(fake, 1);
    run_to(fake, S(50));
    node_boots(fake, 1);
    show_weight(fake, 1, 0, 2);
    run_to(fake, S(60));
    node_loads(fake, 1);
    run_to(fake, S(71.9));
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(72));
    check_uint(n_violations(fake), ==, 1);
}

/* --- no_rollback ---------------------------------------------------------------------------- */

static void an_older_content_may_not_follow_a_later_one(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch(fake, SIM_CHECK_NO_ROLLBACK);
    write_weight(fake, 2);
    show_weight(fake, 0, 0, 2);
    write_weight(fake, 5);
    show_weight(fake, 0, 2, 5);
    run_to(fake, S(9));
    show_weight(fake, 0, 5, 2);
    run_to(fake, S(9));
    check_uint(n_violations(fake), ==, 1);
    check_str(violation(fake, 0)->message, ==,
              "n1 lists c1 (10.128.0.1:8080 of DEFAULT_GROUP@@shop) with weight 2 instead of 5, "
              "acknowledged at 0.000 s, after it had listed a later content, for 0.0 s");
}

static void a_content_that_is_the_latest_again_is_no_rollback(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch(fake, SIM_CHECK_NO_ROLLBACK);
    write_weight(fake, 2);
    show_weight(fake, 0, 0, 2);
    write_weight(fake, 5);
    show_weight(fake, 0, 2, 5);
    uint32_t back = begin(fake, 0, "shop", of_weight(fake, 2));
    show_weight(fake, 0, 5, 2);
    sim_truth_acknowledge(fake->world.study->truth, back);
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

static void what_was_not_acknowledged_is_no_later_content(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch(fake, SIM_CHECK_NO_ROLLBACK);
    write_weight(fake, 2);
    show_weight(fake, 0, 0, 2);
    sim_truth_abandon(fake->world.study->truth, begin(fake, 0, "shop", of_weight(fake, 5)), false);
    show_weight(fake, 0, 2, 5);
    show_weight(fake, 0, 5, 2);
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

static void a_node_that_boots_has_shown_nothing_yet(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch(fake, SIM_CHECK_NO_ROLLBACK);
    write_weight(fake, 2);
    write_weight(fake, 5);
    show_weight(fake, 0, 0, 5);
    node_crashes(fake, 0);
    node_boots(fake, 0);
    node_loads(fake, 0);
    show_weight(fake, 0, 0, 2);
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

/* --- no_lost_write -------------------------------------------------------------------------- */

static void an_acknowledged_write_must_be_somewhere(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_LOST_WRITE);
    set_cut(fake, 0, 1, true); /* excuses nothing */
    run_to(fake, S(3));
    write_weight(fake, 2);
    run_to(fake, S(14.9));
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 1);
    check_int(violation(fake, 0)->at_us, ==, S(15));
    check_str(violation(fake, 0)->message, ==,
              "no live node has listed c1 (10.128.0.1:8080 of DEFAULT_GROUP@@shop) for 12.0 s");
}

static void one_node_that_lists_it_is_enough(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_LOST_WRITE);
    write_weight(fake, 2);
    show_weight(fake, 1, 0, 2);
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
    node_crashes(fake, 1); /* and it was the only one */
    run_to(fake, S(71.9));
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(72));
    check_uint(n_violations(fake), ==, 1);
}

static void a_time_without_any_live_node_does_not_count(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch(fake, SIM_CHECK_NO_LOST_WRITE);
    write_weight(fake, 2);
    run_to(fake, S(8));
    node_crashes(fake, 0);
    run_to(fake, S(100));
    node_boots(fake, 0);
    node_loads(fake, 0);
    run_to(fake, S(103.9));
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(104));
    check_uint(n_violations(fake), ==, 1);
}

/* --- the book ------------------------------------------------------------------------------- */

static void contents_are_alike_if_their_texts_are(void)
{
    SimBook *book = sim_book_new();
    const SimSaidEntry one[] = { { "a", "1" }, { "b", "2" } },
                       two[] = { { "b", "2" }, { "a", "1" } };
    SimSaidContent content = { "DEFAULT", 1, true, one, 2 };
    uint32_t first = sim_book_content(book, &content);

    content.metadata = two;
    check_uint(sim_book_content(book, &content), ==, first);
    content.n_metadata = 1;
    uint32_t second = sim_book_content(book, &content);
    check_uint(second, !=, first);
    g_autoptr(GString) text = g_string_new(NULL);
    sim_book_append_difference(book, second, first, text);
    check_str(text->str, ==, "metadata without a = 1");
    content.enabled = false;
    g_string_truncate(text, 0);
    sim_book_append_difference(book, sim_book_content(book, &content), first, text);
    check_str(text->str, ==, "enabled = false instead of true");
    content.cluster = "gold";
    content.enabled = true;
    g_string_truncate(text, 0);
    sim_book_append_difference(book, first, sim_book_content(book, &content), text);
    check_str(text->str, ==, "cluster DEFAULT instead of gold");
    sim_book_free(book);
}

int main(void)
{
    static const Test tests[] = {
        { "views that agree on an old weight have not converged",
          views_that_agree_on_an_old_weight_have_not_converged },
        { "old and new are right while an operation is under way",
          old_and_new_are_right_while_an_operation_is_under_way },
        { "old and new stay right until the next acknowledgement",
          old_and_new_stay_right_until_the_next_acknowledgement },
        { "a refused removal takes nothing out of the truth",
          a_refused_removal_takes_nothing_out_of_the_truth },
        { "a node that crashed shows nothing wrong", a_node_that_crashed_shows_nothing_wrong },
        { "a red run says which content is wrong", a_red_run_says_which_content_is_wrong },
        { "services that the core confuses are two in the truth",
          services_that_the_core_confuses_are_two_in_the_truth },
        { "a content that the core confuses is as the story said",
          a_content_that_the_core_confuses_is_as_the_story_said },
        { "an old content may stay for the grace", an_old_content_may_stay_for_the_grace },
        { "a node that follows is never stale however often the content changes",
          a_node_that_follows_is_never_stale_however_often_the_content_changes },
        { "a node that never follows is stale though the content goes on changing",
          a_node_that_never_follows_is_stale_though_the_content_goes_on_changing },
        { "a content across a cut is judged a grace after the excuse",
          a_content_across_a_cut_is_judged_a_grace_after_the_excuse },
        { "a node that loads an old content has the grace from there",
          a_node_that_loads_an_old_content_has_the_grace_from_there },
        { "an older content may not follow a later one",
          an_older_content_may_not_follow_a_later_one },
        { "a content that is the latest again is no rollback",
          a_content_that_is_the_latest_again_is_no_rollback },
        { "what was not acknowledged is no later content",
          what_was_not_acknowledged_is_no_later_content },
        { "a node that boots has shown nothing yet", a_node_that_boots_has_shown_nothing_yet },
        { "an acknowledged write must be somewhere", an_acknowledged_write_must_be_somewhere },
        { "one node that lists it is enough", one_node_that_lists_it_is_enough },
        { "a time without any live node does not count",
          a_time_without_any_live_node_does_not_count },
        { "contents are alike if their texts are", contents_are_alike_if_their_texts_are },
        { 0 },
    };
    return run_tests("contents", tests);
}
