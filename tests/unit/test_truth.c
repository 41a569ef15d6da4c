/* tests/unit/test_truth.c -- what clients publish, what nodes list, and how the two compare. */
#include "sim/study/study.h"
#include "tests/support/check.h"
#include "tests/support/fake_world.h"

static const SimConvergence *last_convergence(FakeWorld *fake)
{
    size_t count;
    const SimConvergence *all = sim_truth_convergences(fake->world.study->truth, &count);
    static const SimConvergence none = { .took_us = -1, .last_node = UINT32_MAX };

    return count > 0 ? &all[count - 1] : &none;
}

static size_t n_convergences(FakeWorld *fake)
{
    size_t count;

    sim_truth_convergences(fake->world.study->truth, &count);
    return count;
}

static uint32_t n_client_instances(FakeWorld *fake, uint32_t client)
{
    g_autoptr(GArray) out = g_array_new(false, false, sizeof(SimInstance));

    return (uint32_t)sim_truth_client_instances(fake->world.study->truth, client, out);
}

/* --- states --------------------------------------------------------------------------------- */

static void an_instance_is_live_once_its_registration_is_acknowledged(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);
    uint32_t operation = begin(fake, 0, "shop", instance_of(fake, "shop", 1, true));

    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_UNDER_WAY);
    run_to(fake, S(1));
    sim_truth_acknowledge(fake->world.study->truth, operation);
    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_LIVE);
    check_int(sim_truth_instance(fake->world.study->truth, 0)->since_us, ==, S(1));
}

static void an_instance_that_merely_changes_stays_live(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    publish(fake, 0, "shop");
    uint32_t update = begin(fake, 0, "shop", instance_of(fake, "shop", 1, false));
    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_LIVE);
    sim_truth_acknowledge(fake->world.study->truth, update);
    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_LIVE);
    check_uint(sim_truth_instance(fake->world.study->truth, 0)->expected, ==,
               listing_of(fake, "shop", 1, false));
}

static void a_removal_counts_neither_as_live_nor_as_gone_until_it_is_answered(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    uint32_t removal = begin(fake, 0, "shop", 0);
    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_UNDER_WAY);
    check_true(sim_truth_converged(fake->world.study->truth, SIM_ALL_CLUSTERS));
    drop(fake, 0, 0, "shop");
    check_true(sim_truth_converged(fake->world.study->truth, SIM_ALL_CLUSTERS));
    sim_truth_acknowledge(fake->world.study->truth, removal);
    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_GONE);
}

static void a_time_out_leaves_it_open_until_the_redo_settles_it(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    uint32_t first = begin(fake, 0, "shop", instance_of(fake, "shop", 1, true));
    sim_truth_abandon(fake->world.study->truth, first, false);
    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_UNDER_WAY);
    publish(fake, 0, "shop");
    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_LIVE);
}

static void a_refused_registration_was_never_there(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    uint32_t refused = begin(fake, 0, "shop", instance_of(fake, "shop", 1, true));
    sim_truth_abandon(fake->world.study->truth, refused, true);
    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_UNKNOWN);
    check_uint(n_client_instances(fake, 0), ==, 0);
}

static void a_refused_repetition_says_nothing_of_the_attempt_that_timed_out(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);
    DistroPublication wanted = instance_of(fake, "shop", 1, true);

    sim_truth_abandon(fake->world.study->truth, begin(fake, 0, "shop", wanted), false);
    sim_truth_abandon(fake->world.study->truth, begin(fake, 0, "shop", wanted), true);
    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_UNDER_WAY);
}

static void an_unsure_registration_is_gone_once_a_removal_is_acknowledged(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    uint32_t unsure = begin(fake, 0, "shop", instance_of(fake, "shop", 1, true));
    sim_truth_abandon(fake->world.study->truth, unsure, false);
    operate(fake, 0, "shop", 0);
    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_GONE);
    sim_truth_acknowledge(fake->world.study->truth, unsure); /* an answer that comes too late */
    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_GONE);
}

static void an_older_operation_that_is_acknowledged_holds_while_the_newer_is_open(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    uint32_t first = begin(fake, 0, "shop", instance_of(fake, "shop", 1, true));
    uint32_t second = begin(fake, 0, "shop", instance_of(fake, "shop", 1, false));
    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_UNDER_WAY);
    sim_truth_acknowledge(fake->world.study->truth, first);
    check_uint(state_at(fake, "shop", 1), ==, SIM_INSTANCE_LIVE);
    sim_truth_abandon(fake->world.study->truth, second, true);
    check_uint(sim_truth_acknowledged(fake->world.study->truth, 0, service_of(fake, "shop")), ==,
               instance_of(fake, "shop", 1, true));
}

static void an_address_of_two_clients_lives_as_long_as_either(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 2);
    DistroPublication shared = instance_of(fake, "shop", 9, true);

    operate(fake, 0, "shop", shared);
    operate(fake, 1, "shop", shared);
    sim_truth_client_killed(fake->world.study->truth, 0);
    check_uint(state_at(fake, "shop", 9), ==, SIM_INSTANCE_LIVE);
    sim_truth_client_killed(fake->world.study->truth, 1);
    check_uint(state_at(fake, "shop", 9), ==, SIM_INSTANCE_GONE);
}

static void a_smaller_batch_takes_back_only_what_it_leaves_out(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    operate(fake, 0, "shop", batch_of(fake, "shop", 1, 3));
    uint32_t smaller = begin(fake, 0, "shop", batch_of(fake, "shop", 1, 2));
    check_uint(state_at(fake, "shop", 2), ==, SIM_INSTANCE_LIVE);
    check_uint(state_at(fake, "shop", 3), ==, SIM_INSTANCE_UNDER_WAY);
    sim_truth_acknowledge(fake->world.study->truth, smaller);
    check_uint(state_at(fake, "shop", 3), ==, SIM_INSTANCE_GONE);
    check_uint(n_client_instances(fake, 0), ==, 2);
}

static void a_client_that_is_gone_still_has_what_it_last_published(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    publish(fake, 0, "early");
    operate(fake, 0, "early", 0);
    publish(fake, 0, "shop");
    publish(fake, 0, "bank");
    check_uint(n_client_instances(fake, 0), ==, 2);
    sim_truth_client_gone(fake->world.study->truth, 0);
    check_uint(n_client_instances(fake, 0), ==, 2);
    check_uint(sim_truth_acknowledged(fake->world.study->truth, 0, service_of(fake, "shop")), ==,
               0);
}

static void what_a_client_took_back_while_it_had_more_is_not_what_it_last_had(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    publish(fake, 0, "shop");
    publish(fake, 0, "bank");
    operate(fake, 0, "shop", 0);
    sim_truth_client_killed(fake->world.study->truth, 0);
    check_uint(n_client_instances(fake, 0), ==, 1);
}

static void what_a_client_took_back_piece_by_piece_is_all_that_it_last_had(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    publish(fake, 0, "shop");
    publish(fake, 0, "bank");
    operate(fake, 0, "shop", 0);
    operate(fake, 0, "bank", 0);
    check_uint(n_client_instances(fake, 0), ==, 2);
}

static void the_live_instances_of_a_service_are_its_own(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 3);
    g_autoptr(GArray) out = g_array_new(false, false, sizeof(SimInstance));

    publish(fake, 0, "shop");
    publish(fake, 1, "shop");
    publish(fake, 2, "bank");
    sim_truth_client_gone(fake->world.study->truth, 1);
    check_uint(
        sim_truth_live(fake->world.study->truth, SIM_ALL_CLUSTERS, service_of(fake, "shop"), out),
        ==, 1);
    check_uint(sim_truth_live(fake->world.study->truth, SIM_ALL_CLUSTERS, DISTRO_NONE, out), ==, 2);
    check_uint(
        sim_truth_live(fake->world.study->truth, SIM_ALL_CLUSTERS, service_of(fake, "none"), out),
        ==, 0);
}

/* --- views ---------------------------------------------------------------------------------- */

static void views_that_grew_in_different_order_agree(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 2);

    see(fake, 0, 0, "shop");
    see(fake, 0, 1, "shop");
    see(fake, 1, 1, "shop");
    check_true(!sim_truth_agree(fake->world.study->truth, SIM_ALL_CLUSTERS));
    check_uint(sim_truth_distinct_views(fake->world.study->truth), ==, 2);
    see(fake, 1, 0, "shop");
    check_true(sim_truth_agree(fake->world.study->truth, SIM_ALL_CLUSTERS));
    check_uint(sim_truth_digest(fake->world.study->truth, 0), ==,
               sim_truth_digest(fake->world.study->truth, 1));
    check_uint(sim_truth_listed(fake->world.study->truth, 0), ==, 2);
}

static void other_health_is_another_view(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    view(fake, 1, 0, "shop", 0, instance_of(fake, "shop", 1, false));
    check_true(!sim_truth_agree(fake->world.study->truth, SIM_ALL_CLUSTERS));
    check_uint(sim_truth_lost_now(fake->world.study->truth), ==, 0);
}

static void an_identical_listing_of_two_clients_shows_once(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 2);
    DistroPublication shared = instance_of(fake, "shop", 9, true);

    view(fake, 0, 0, "shop", 0, shared);
    view(fake, 0, 1, "shop", 0, shared);
    view(fake, 1, 0, "shop", 0, shared);
    check_true(sim_truth_agree(fake->world.study->truth, SIM_ALL_CLUSTERS));
    view(fake, 0, 0, "shop", shared, 0);
    check_true(sim_truth_agree(fake->world.study->truth, SIM_ALL_CLUSTERS));
    view(fake, 0, 1, "shop", shared, 0);
    check_true(!sim_truth_agree(fake->world.study->truth, SIM_ALL_CLUSTERS));
    check_uint(sim_truth_listed(fake->world.study->truth, 0), ==, 0);
}

static void views_may_agree_and_still_be_wrong(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    publish(fake, 0, "shop");
    check_true(sim_truth_agree(fake->world.study->truth, SIM_ALL_CLUSTERS));
    check_true(
        !sim_truth_converged(fake->world.study->truth, SIM_ALL_CLUSTERS)); /* no node lists it */
    see_everywhere(fake, 0, "shop");
    check_true(sim_truth_converged(fake->world.study->truth, SIM_ALL_CLUSTERS));
    sim_truth_client_gone(fake->world.study->truth, 0);
    check_true(!sim_truth_converged(fake->world.study->truth, SIM_ALL_CLUSTERS)); /* all list it */
}

static void a_node_that_is_down_disagrees_with_nobody(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    check_true(!sim_truth_converged(fake->world.study->truth, SIM_ALL_CLUSTERS));
    node_crashes(fake, 1);
    check_true(sim_truth_converged(fake->world.study->truth, SIM_ALL_CLUSTERS));
    node_boots(fake, 1);
    check_true(!sim_truth_agree(fake->world.study->truth, SIM_ALL_CLUSTERS)); /* it boots empty */
    check_uint(sim_truth_lost_now(fake->world.study->truth), ==, 0);
    node_loads(fake, 1);
    check_uint(sim_truth_lost_now(fake->world.study->truth), ==, 1);
}

static void a_crash_empties_a_view(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    see_everywhere(fake, 0, "shop");
    node_crashes(fake, 1);
    check_uint(sim_truth_listed(fake->world.study->truth, 1), ==, 0);
    check_uint(sim_truth_digest(fake->world.study->truth, 1), ==, 0);
    check_true(!sim_truth_lists(fake->world.study->truth, 1, 0));
    check_uint(sim_truth_shown_by(fake->world.study->truth, 0), ==, 1);
}

static void lost_and_zombie_time_is_counted_per_node(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    run_to(fake, S(2));
    see(fake, 1, 0, "shop");
    run_to(fake, S(10));
    sim_truth_client_killed(fake->world.study->truth, 0);
    run_to(fake, S(13));
    drop(fake, 0, 0, "shop");
    run_to(fake, S(15));
    check_int(sim_truth_lost_us(fake->world.study->truth, 0), ==, 0);
    check_int(sim_truth_lost_us(fake->world.study->truth, 1), ==, S(2));
    check_int(sim_truth_zombie_us(fake->world.study->truth, 0), ==, S(3));
    check_int(sim_truth_zombie_us(fake->world.study->truth, 1), ==, S(5));
    check_uint(sim_truth_zombies_now(fake->world.study->truth), ==, 1);
}

/* --- convergence ---------------------------------------------------------------------------- */

static void a_registration_has_converged_when_the_last_live_node_lists_it(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(3, 1);

    see(fake, 0, 0, "shop");
    publish(fake, 0, "shop");
    run_to(fake, S(1));
    see(fake, 2, 0, "shop");
    check_uint(n_convergences(fake), ==, 0);
    check_uint(sim_truth_unconverged(fake->world.study->truth), ==, 1);
    run_to(fake, S(3));
    see(fake, 1, 0, "shop");
    check_int(last_convergence(fake)->took_us, ==, S(3));
    check_uint(last_convergence(fake)->last_node, ==, 1);
    check_uint(last_convergence(fake)->path, ==, DISTRO_PATH_PUSH);
    check_true(!last_convergence(fake)->removal);
}

static void what_shows_everywhere_already_took_no_time(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    see_everywhere(fake, 0, "shop");
    run_to(fake, S(1));
    publish(fake, 0, "shop");
    check_int(last_convergence(fake)->took_us, ==, 0);
}

static void an_update_is_not_shown_by_the_old_listing(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);
    DistroPublication old = instance_of(fake, "shop", 1, true);
    DistroPublication new = instance_of(fake, "shop", 1, false);

    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    operate(fake, 0, "shop", new);
    check_uint(n_convergences(fake), ==, 1);
    run_to(fake, S(2));
    view(fake, 0, 0, "shop", old, new);
    check_uint(n_convergences(fake), ==, 2);
    check_int(last_convergence(fake)->took_us, ==, S(2));
}

static void a_node_that_drops_it_again_has_not_got_it(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(3, 1);

    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    see(fake, 1, 0, "shop");
    drop(fake, 0, 0, "shop");
    see(fake, 2, 0, "shop");
    check_uint(n_convergences(fake), ==, 0);
    run_to(fake, S(4));
    see(fake, 0, 0, "shop");
    check_int(last_convergence(fake)->took_us, ==, S(4));
}

static void a_close_is_an_acknowledged_operation_and_a_kill_is_a_detection(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 2);

    publish(fake, 0, "shop");
    publish(fake, 1, "shop");
    see_everywhere(fake, 0, "shop");
    see_everywhere(fake, 1, "shop");
    sim_truth_client_gone(fake->world.study->truth, 0);
    sim_truth_client_killed(fake->world.study->truth, 1);
    check_uint(sim_truth_operations(fake->world.study->truth), ==, 3);
    run_to(fake, S(1));
    drop_everywhere(fake, 0, "shop");
    check_uint(n_convergences(fake), ==, 3);
    check_true(last_convergence(fake)->removal);
    drop(fake, 0, 1, "shop");
    check_uint(sim_metrics_detections(fake->world.study->metrics)->len, ==, 0);
    run_to(fake, S(25));
    drop(fake, 1, 1, "shop");
    check_uint(n_convergences(fake), ==, 3);
    check_uint(sim_metrics_detections(fake->world.study->metrics)->len, ==, 1);
    check_int(g_array_index(sim_metrics_detections(fake->world.study->metrics), int64_t, 0), ==,
              S(25));
}

static void a_superseded_operation_is_dropped(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    operate(fake, 0, "shop", 0);
    check_uint(sim_truth_unconverged(fake->world.study->truth), ==, 1);
    drop(fake, 0, 0, "shop");
    check_uint(n_convergences(fake), ==, 1);
    check_true(last_convergence(fake)->removal);
}

static void a_redo_of_the_same_keeps_the_older_start(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    publish(fake, 0, "shop");
    run_to(fake, S(3));
    publish(fake, 0, "shop");
    run_to(fake, S(5));
    see(fake, 0, 0, "shop");
    check_uint(n_convergences(fake), ==, 1);
    check_int(last_convergence(fake)->took_us, ==, S(5));
}

static void a_node_that_goes_down_no_longer_counts_and_one_that_boots_does(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(3, 1);

    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    node_crashes(fake, 1);
    node_crashes(fake, 2);
    check_uint(n_convergences(fake), ==, 1);
    check_uint(last_convergence(fake)->last_node, ==, 0);

    operate(fake, 0, "shop", instance_of(fake, "shop", 1, false));
    node_boots(fake, 1);
    view(fake, 0, 0, "shop", instance_of(fake, "shop", 1, true),
         instance_of(fake, "shop", 1, false));
    check_uint(n_convergences(fake), ==, 1);
    view(fake, 1, 0, "shop", 0, instance_of(fake, "shop", 1, false));
    check_uint(n_convergences(fake), ==, 2);
}

static void without_a_live_node_nothing_converges(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    publish(fake, 0, "shop");
    node_crashes(fake, 0);
    check_uint(n_convergences(fake), ==, 0);
    check_uint(sim_truth_distinct_views(fake->world.study->truth), ==, 0);
}

static void a_removal_has_converged_where_another_client_holds_the_address(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 2);
    DistroPublication shared = instance_of(fake, "shop", 9, true);

    operate(fake, 0, "shop", shared);
    view(fake, 0, 0, "shop", 0, shared);
    operate(fake, 0, "shop", 0);
    check_uint(sim_truth_unconverged(fake->world.study->truth), ==, 1);
    operate(fake, 1, "shop", shared);
    check_uint(sim_truth_unconverged(fake->world.study->truth), ==, 0);
}

static void a_batch_has_converged_when_all_of_it_shows(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);
    DistroPublication two = batch_of(fake, "shop", 1, 2), three = batch_of(fake, "shop", 1, 3);

    operate(fake, 0, "shop", three);
    view(fake, 0, 0, "shop", 0, two);
    check_uint(n_convergences(fake), ==, 0);
    view(fake, 0, 0, "shop", two, three);
    check_uint(n_convergences(fake), ==, 1);
}

static void what_is_still_spreading_tells_its_age(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);
    g_autoptr(GArray) open = g_array_new(false, false, sizeof(SimConvergence));

    publish(fake, 0, "shop");
    run_to(fake, S(7));
    check_uint(sim_truth_spreading(fake->world.study->truth, open), ==, 1);
    check_int(g_array_index(open, SimConvergence, 0).took_us, ==, S(7));
}

/* --- heals ---------------------------------------------------------------------------------- */

static void a_heal_takes_until_views_first_agree(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 2);
    size_t count;

    sim_truth_healed(fake->world.study->truth); /* they agree already */
    see(fake, 0, 0, "shop");
    sim_truth_healed(fake->world.study->truth);
    run_to(fake, S(2));
    sim_truth_healed(fake->world.study->truth);
    run_to(fake, S(3));
    see(fake, 1, 0, "shop");
    see(fake, 1, 1, "shop"); /* what comes later does not matter */
    sim_truth_healed(fake->world.study->truth);

    const int64_t *took = sim_truth_heal_to_agree(fake->world.study->truth, &count);
    check_uint(count, ==, 4);
    check_int(took[0], ==, 0);
    check_int(took[1], ==, S(3));
    check_int(took[2], ==, S(1));
    check_int(took[3], ==, -1);
}

static void figures_start_when_they_are_reset(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);
    size_t count;

    publish(fake, 0, "shop");
    sim_truth_healed(fake->world.study->truth);
    run_to(fake, S(5));
    sim_truth_reset_figures(fake->world.study->truth);
    check_int(sim_truth_lost_us(fake->world.study->truth, 0), ==, 0);
    check_uint(sim_truth_operations(fake->world.study->truth), ==, 0);
    sim_truth_heal_to_agree(fake->world.study->truth, &count);
    check_uint(count, ==, 0);
}

/* --- explaining ----------------------------------------------------------------------------- */

static void a_red_run_says_who_lacks_what(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(3, 1);
    uint32_t node = 9;
    SimInstance instance = 9;
    DistroNode *core = fake_node(fake, 0)->core;

    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    see(fake, 1, 0, "shop");
    core->client = fake_client(fake, 0)->id;
    core->record = (DistroClientView) { .present = true, .revision = 1 };
    g_autofree char *sentence = sim_truth_explain(fake->world.study->truth, &node, &instance);
    check_str(sentence, ==, "n3 lacks c1 (n1, n2 list it; revision 1)");
    check_uint(node, ==, 2);
    check_uint(instance, ==, 0);
}

static void a_red_run_says_who_lists_what_is_gone(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);
    uint32_t node;
    SimInstance instance;

    publish(fake, 0, "shop");
    see(fake, 1, 0, "shop");
    run_to(fake, S(1.5));
    sim_truth_client_gone(fake->world.study->truth, 0);
    g_autofree char *sentence = sim_truth_explain(fake->world.study->truth, &node, &instance);
    check_str(sentence, ==,
              "n2 still lists c1 (10.128.0.1:8080 of DEFAULT_GROUP@@shop), gone since 1.500 s");
}

static void a_red_run_says_whose_listings_differ(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);
    uint32_t node;
    SimInstance instance;

    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    view(fake, 1, 0, "shop", 0, instance_of(fake, "shop", 1, false));
    g_autofree char *sentence = sim_truth_explain(fake->world.study->truth, &node, &instance);
    check_str(sentence, ==,
              "n2 lists c1 (10.128.0.1:8080 of DEFAULT_GROUP@@shop) unhealthy, "
              "n1 lists it healthy");
}

static void a_converged_world_needs_no_explanation(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);
    uint32_t node;
    SimInstance instance;

    publish(fake, 0, "shop");
    see_everywhere(fake, 0, "shop");
    check_true(sim_truth_explain(fake->world.study->truth, &node, &instance) == NULL);
}

/* --- several clusters ------------------------------------------------------------------------- */

/* n1 is of one cluster, n2 of another; both are loaded. */
static FakeWorld *two_clusters(uint32_t clients)
{
    FakeWorld *fake = fake_world_new(1, clients);

    add_fake_node_in(fake, 1);
    node_boots(fake, 1);
    node_loads(fake, 1);
    return fake;
}

static SimInstance in_cluster(FakeWorld *fake, uint32_t cluster, const char *service, uint32_t host)
{
    g_autofree char *ip = g_strdup_printf("10.128.0.%u", host);
    SimInstance instance = UINT32_MAX;

    sim_truth_find(fake->world.study->truth, cluster, service_of(fake, service),
                   distro_dictionary_name(fake->world.dictionary, ip), 8080, &instance);
    return instance;
}

static SimInstanceState state_in(FakeWorld *fake, uint32_t cluster)
{
    return sim_truth_instance(fake->world.study->truth, in_cluster(fake, cluster, "shop", 1))
        ->state;
}

static size_t n_live_in(FakeWorld *fake, uint32_t cluster)
{
    g_autoptr(GArray) out = g_array_new(false, false, sizeof(SimInstance));

    return sim_truth_live(fake->world.study->truth, cluster, DISTRO_NONE, out);
}

static void what_lives_in_one_cluster_is_not_missed_in_another(void)
{
    g_autoptr(FakeWorld) fake = two_clusters(1);
    SimTruth *truth = fake->world.study->truth;

    publish(fake, 0, "shop");
    check_uint(sim_truth_lost_now(truth), ==, 1);
    see(fake, 0, 0, "shop");
    check_uint(sim_truth_lost_now(truth), ==, 0);
    check_true(sim_truth_agree(truth, SIM_ALL_CLUSTERS));
    check_true(sim_truth_converged(truth, SIM_ALL_CLUSTERS));
    check_uint(sim_truth_distinct_views(truth), ==, 1);
    check_uint(n_live_in(fake, 1), ==, 0);
    check_uint(n_convergences(fake), ==, 1); /* of its own cluster's nodes */
}

static void a_copy_lives_and_dies_with_what_it_copies(void)
{
    g_autoptr(FakeWorld) fake = two_clusters(1);
    SimTruth *truth = fake->world.study->truth;

    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    see(fake, 1, 0, "shop");
    check_uint(state_in(fake, 0), ==, SIM_INSTANCE_LIVE);
    check_uint(state_in(fake, 1), ==, SIM_INSTANCE_ELSEWHERE);
    check_uint(sim_truth_instance(truth, in_cluster(fake, 1, "shop", 1))->client, ==, 0);
    check_true(sim_truth_converged(truth, SIM_ALL_CLUSTERS));
    check_true(sim_truth_knows(truth, 1, in_cluster(fake, 0, "shop", 1)));
    check_true(!sim_truth_lists(truth, 1, in_cluster(fake, 0, "shop", 1)));
    run_to(fake, S(1));
    sim_truth_client_gone(truth, 0);
    check_uint(state_in(fake, 1), ==, SIM_INSTANCE_GONE);
    check_uint(sim_truth_zombies_now(truth), ==, 2);
    check_true(!sim_truth_converged(truth, 1));
    publish(fake, 0, "shop");
    check_uint(state_in(fake, 1), ==, SIM_INSTANCE_ELSEWHERE);
}

static void a_copy_that_came_before_its_registration_was_known_has_its_name(void)
{
    g_autoptr(FakeWorld) fake = two_clusters(1);

    see(fake, 1, 0, "shop"); /* the registration was carried out, its answer is under way */
    check_uint(state_in(fake, 1), ==, SIM_INSTANCE_UNKNOWN);
    uint32_t operation = begin(fake, 0, "shop", instance_of(fake, "shop", 1, true));
    check_uint(state_in(fake, 1), ==, SIM_INSTANCE_ELSEWHERE);
    sim_truth_acknowledge(fake->world.study->truth, operation);
    check_uint(sim_truth_instance(fake->world.study->truth, in_cluster(fake, 1, "shop", 1))->client,
               ==, 0);
}

static void an_application_in_two_clusters_is_gone_when_both_have_let_it_go(void)
{
    g_autoptr(FakeWorld) fake = two_clusters(2);

    fake_client(fake, 1)->cluster = 1;
    operate(fake, 0, "shop", instance_of(fake, "shop", 1, true));
    operate(fake, 1, "shop", instance_of(fake, "shop", 1, true));
    check_uint(state_in(fake, 0), ==, SIM_INSTANCE_LIVE);
    check_uint(state_in(fake, 1), ==, SIM_INSTANCE_LIVE);
    operate(fake, 0, "shop", DISTRO_NONE);
    check_uint(state_in(fake, 0), ==, SIM_INSTANCE_ELSEWHERE);
    sim_truth_client_killed(fake->world.study->truth, 1);
    check_uint(state_in(fake, 0), ==, SIM_INSTANCE_GONE);
    check_uint(state_in(fake, 1), ==, SIM_INSTANCE_GONE);
}

int main(void)
{
    static const Test tests[] = {
        { "an instance is live once its registration is acknowledged",
          an_instance_is_live_once_its_registration_is_acknowledged },
        { "an instance that merely changes stays live",
          an_instance_that_merely_changes_stays_live },
        { "a removal counts neither as live nor as gone until it is answered",
          a_removal_counts_neither_as_live_nor_as_gone_until_it_is_answered },
        { "a time out leaves it open until the redo settles it",
          a_time_out_leaves_it_open_until_the_redo_settles_it },
        { "a refused registration was never there", a_refused_registration_was_never_there },
        { "a refused repetition says nothing of the attempt that timed out",
          a_refused_repetition_says_nothing_of_the_attempt_that_timed_out },
        { "an unsure registration is gone once a removal is acknowledged",
          an_unsure_registration_is_gone_once_a_removal_is_acknowledged },
        { "an older operation that is acknowledged holds while the newer is open",
          an_older_operation_that_is_acknowledged_holds_while_the_newer_is_open },
        { "an address of two clients lives as long as either",
          an_address_of_two_clients_lives_as_long_as_either },
        { "a smaller batch takes back only what it leaves out",
          a_smaller_batch_takes_back_only_what_it_leaves_out },
        { "a client that is gone still has what it last published",
          a_client_that_is_gone_still_has_what_it_last_published },
        { "what a client took back while it had more is not what it last had",
          what_a_client_took_back_while_it_had_more_is_not_what_it_last_had },
        { "what a client took back piece by piece is all that it last had",
          what_a_client_took_back_piece_by_piece_is_all_that_it_last_had },
        { "the live instances of a service are its own",
          the_live_instances_of_a_service_are_its_own },
        { "what lives in one cluster is not missed in another",
          what_lives_in_one_cluster_is_not_missed_in_another },
        { "a copy lives and dies with what it copies", a_copy_lives_and_dies_with_what_it_copies },
        { "a copy that came before its registration was known has its name",
          a_copy_that_came_before_its_registration_was_known_has_its_name },
        { "an application in two clusters is gone when both have let it go",
          an_application_in_two_clusters_is_gone_when_both_have_let_it_go },
        { "views that grew in different order agree", views_that_grew_in_different_order_agree },
        { "other health is another view", other_health_is_another_view },
        { "an identical listing of two clients shows once",
          an_identical_listing_of_two_clients_shows_once },
        { "views may agree and still be wrong", views_may_agree_and_still_be_wrong },
        { "a node that is down disagrees with nobody", a_node_that_is_down_disagrees_with_nobody },
        { "a crash empties a view", a_crash_empties_a_view },
        { "lost and zombie time is counted per node", lost_and_zombie_time_is_counted_per_node },
        { "a registration has converged when the last live node lists it",
          a_registration_has_converged_when_the_last_live_node_lists_it },
        { "what shows everywhere already took no time",
          what_shows_everywhere_already_took_no_time },
        { "an update is not shown by the old listing", an_update_is_not_shown_by_the_old_listing },
        { "a node that drops it again has not got it", a_node_that_drops_it_again_has_not_got_it },
        { "a close is an acknowledged operation and a kill is a detection",
          a_close_is_an_acknowledged_operation_and_a_kill_is_a_detection },
        { "a superseded operation is dropped", a_superseded_operation_is_dropped },
        { "a redo of the same keeps the older start", a_redo_of_the_same_keeps_the_older_start },
        { "a node that goes down no longer counts and one that boots does",
          a_node_that_goes_down_no_longer_counts_and_one_that_boots_does },
        { "without a live node nothing converges", without_a_live_node_nothing_converges },
        { "a removal has converged where another client holds the address",
          a_removal_has_converged_where_another_client_holds_the_address },
        { "a batch has converged when all of it shows",
          a_batch_has_converged_when_all_of_it_shows },
        { "what is still spreading tells its age", what_is_still_spreading_tells_its_age },
        { "a heal takes until views first agree", a_heal_takes_until_views_first_agree },
        { "figures start when they are reset", figures_start_when_they_are_reset },
        { "a red run says who lacks what", a_red_run_says_who_lacks_what },
        { "a red run says who lists what is gone", a_red_run_says_who_lists_what_is_gone },
        { "a red run says whose listings differ", a_red_run_says_whose_listings_differ },
        { "a converged world needs no explanation", a_converged_world_needs_no_explanation },
        { 0 },
    };
    return run_tests("truth", tests);
}
