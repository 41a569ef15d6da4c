/* tests/unit/test_check.c -- each check beside a violation that it catches and a lookalike that
 * it lets be. */
#include "sim/study/study.h"
#include "tests/support/check.h"
#include "tests/support/fake_world.h"

static SimChecks *checks_of(FakeWorld *fake)
{
    return fake->world.study->checks;
}

/* Watch with the default fields. */
static void watch(FakeWorld *fake, SimCheckKind kind)
{
    SimCheck check = sim_check_default(kind);

    sim_checks_add(checks_of(fake), &check);
}

/* The same with the first field at @value. */
static void watch_with(FakeWorld *fake, SimCheckKind kind, int64_t value)
{
    SimCheck check = sim_check_default(kind);

    check.values[0] = value;
    sim_checks_add(checks_of(fake), &check);
}

static size_t n_violations(FakeWorld *fake)
{
    size_t count;

    sim_checks_violations(checks_of(fake), &count);
    return count;
}

static const SimViolation *first_violation(FakeWorld *fake)
{
    size_t count;
    const SimViolation *all = sim_checks_violations(checks_of(fake), &count);
    static const SimViolation none = { .at_us = -1, .check = "none", .message = (char *)"none" };

    return count > 0 ? &all[0] : &none;
}

static void core_event(FakeWorld *fake, uint32_t node, DistroEventKind event, uint32_t peer)
{
    const SimCoreNews news = { node, event, peer, fake_client(fake, 0)->id };
    sim_tell_core_event(&fake->world, &news);
}

/* --- the table ------------------------------------------------------------------------------ */

static void every_check_has_a_name_and_a_time_to_heal(void)
{
    for (int kind = 0; kind < SIM_N_CHECKS; kind++) {
        const SimCheckType *type = sim_check_type((SimCheckKind)kind);
        int last = 0;

        check_true(type->name != NULL);
        while (last < 3 && type->fields[last + 1].name != NULL) {
            last++;
        }
        check_str(type->fields[last].name, ==, "heal");
        check_int(type->fields[last].fallback, ==, S(15));
    }
}

static void the_gap_is_the_grace_unless_it_is_given(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch_with(fake, SIM_CHECK_NO_LOST_INSTANCES, S(5));
    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    run_to(fake, S(100));
    drop(fake, 0, 0, "shop");
    run_to(fake, S(104.9));
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(105));
    check_uint(n_violations(fake), ==, 1);
}

/* --- no_lost_instances ---------------------------------------------------------------------- */

static void an_instance_that_never_arrives_is_lost_after_the_grace(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(3, 1);

    watch(fake, SIM_CHECK_NO_LOST_INSTANCES);
    run_to(fake, S(1));
    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    see(fake, 1, 0, "shop");
    run_to(fake, S(12.9));
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 1); /* once for the whole stretch */
    check_int(first_violation(fake)->at_us, ==, S(13));
    check_uint(first_violation(fake)->node, ==, 2);
    check_uint(first_violation(fake)->client, ==, 0);
    check_uint(first_violation(fake)->service, ==, service_of(fake, "shop"));
    check_str(first_violation(fake)->check, ==, "no_lost_instances");
    check_str(first_violation(fake)->message, ==,
              "n3 has not listed c1 (10.128.0.1:8080 of DEFAULT_GROUP@@shop) for 12.0 s");
    check_uint(sim_trace_count(fake->world.trace, SIM_TRACE_VIOLATION), ==, 1);
}

static void an_instance_that_arrives_in_time_is_not_lost(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_LOST_INSTANCES);
    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    run_to(fake, S(11.9));
    see(fake, 1, 0, "shop");
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

static void an_unhealthy_listing_is_a_listing(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch(fake, SIM_CHECK_NO_LOST_INSTANCES);
    publish(fake, 0, "shop");
    view(fake, 0, 0, "shop", 0, instance_of(fake, "shop", 1, false));
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

static void a_client_that_left_is_not_lost(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_LOST_INSTANCES);
    publish(fake, 0, "shop");
    run_to(fake, S(11));
    sim_truth_client_killed(fake->world.study->truth, 0);
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

static void with_no_gap_an_instance_may_never_vanish(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);
    SimCheck check = sim_check_default(SIM_CHECK_NO_LOST_INSTANCES);

    check.values[1] = 0;
    sim_checks_add(checks_of(fake), &check);
    publish(fake, 0, "shop");
    run_to(fake, S(5));
    see(fake, 0, 0, "shop"); /* its first appearance may take the grace */
    run_to(fake, S(6));
    check_uint(n_violations(fake), ==, 0);
    drop(fake, 0, 0, "shop");
    run_to(fake, S(6.1));
    see(fake, 0, 0, "shop");
    check_uint(n_violations(fake), ==, 1);
    check_int(first_violation(fake)->at_us, ==, S(6));
}

static void with_no_gap_an_instance_may_still_change_and_change_hands(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 2);
    SimCheck check = sim_check_default(SIM_CHECK_NO_LOST_INSTANCES);

    check.values[1] = 0;
    sim_checks_add(checks_of(fake), &check);
    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    run_to(fake, S(1));
    view(fake, 0, 0, "shop", instance_of(fake, "shop", 1, true),
         instance_of(fake, "shop", 1, false));
    run_to(fake, S(2));
    /* At one instant one record goes and another comes. */
    view(fake, 0, 0, "shop", instance_of(fake, "shop", 1, false), 0);
    view(fake, 0, 1, "shop", 0, instance_of(fake, "shop", 1, true));
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

static void a_stretch_that_ends_and_begins_again_is_told_twice(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch(fake, SIM_CHECK_NO_LOST_INSTANCES);
    publish(fake, 0, "shop");
    run_to(fake, S(20));
    see(fake, 0, 0, "shop");
    run_to(fake, S(30));
    drop(fake, 0, 0, "shop");
    run_to(fake, S(41));
    check_uint(n_violations(fake), ==, 1);
    run_to(fake, S(42));
    check_uint(n_violations(fake), ==, 2);
}

static void a_stretch_begins_anew_with_each_gap(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch(fake, SIM_CHECK_NO_LOST_INSTANCES);
    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    run_to(fake, S(30));
    drop(fake, 0, 0, "shop");
    run_to(fake, S(35));
    see(fake, 0, 0, "shop");
    drop(fake, 0, 0, "shop");
    run_to(fake, S(46.9)); /* 42 s would be right for the first gap */
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(47));
    check_uint(n_violations(fake), ==, 1);
}

static void two_gaps_at_one_instant_are_one_stretch(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);
    SimCheck check = sim_check_default(SIM_CHECK_NO_LOST_INSTANCES);

    check.values[1] = 0;
    sim_checks_add(checks_of(fake), &check);
    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    drop(fake, 0, 0, "shop");
    see(fake, 0, 0, "shop");
    drop(fake, 0, 0, "shop");
    run_to(fake, S(1));
    check_uint(n_violations(fake), ==, 1);
}

static void a_node_is_judged_from_its_load_on(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_LOST_INSTANCES);
    publish(fake, 0, "shop");
    see_everywhere(fake, 0, "shop");
    run_to(fake, S(20));
    node_crashes(fake, 1);
    node_boots(fake, 1);
    run_to(fake, S(50));
    node_loads(fake, 1);
    run_to(fake, S(61.9));
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(62));
    check_uint(n_violations(fake), ==, 1);
}

static void a_crash_ends_a_stretch(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_LOST_INSTANCES);
    publish(fake, 0, "shop");
    see_everywhere(fake, 0, "shop");
    run_to(fake, S(20));
    drop(fake, 1, 0, "shop");
    run_to(fake, S(25));
    node_crashes(fake, 1);
    node_boots(fake, 1);
    node_loads(fake, 1);
    run_to(fake, S(36));
    check_uint(n_violations(fake), ==, 0);
    see(fake, 1, 0, "shop");
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

static void a_node_that_is_cut_off_counts_again_some_time_after_the_heal(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_LOST_INSTANCES);
    set_cut(fake, 0, 1, true);
    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    run_to(fake, S(100));
    set_cut(fake, 0, 1, false);
    run_to(fake, S(114.9));
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(115));
    check_uint(n_violations(fake), ==, 1);
}

static void a_cut_one_way_is_no_excuse(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_LOST_INSTANCES);
    fake->network.cut[0][1] = true;
    sim_tell_links_changed(&fake->world, &fake->world);
    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    run_to(fake, S(12));
    check_uint(n_violations(fake), ==, 1);
}

static void the_cut_must_stand_between_the_node_and_the_clients_server(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(3, 1);

    watch(fake, SIM_CHECK_NO_LOST_INSTANCES);
    set_cut(fake, 1, 2, true); /* the client is at n1 */
    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    see(fake, 1, 0, "shop");
    run_to(fake, S(12));
    check_uint(n_violations(fake), ==, 1);
    check_uint(first_violation(fake)->node, ==, 2);
}

static void a_client_that_moves_to_this_side_makes_the_node_count(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(3, 1);

    watch(fake, SIM_CHECK_NO_LOST_INSTANCES);
    set_cut(fake, 0, 2, true);
    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    see(fake, 1, 0, "shop");
    run_to(fake, S(40));
    check_uint(n_violations(fake), ==, 0);
    fake_client(fake, 0)->server = 1;
    sim_tell_client_moved(&fake->world, 0);
    check_uint(n_violations(fake), ==, 1);
}

/* --- no_zombies ----------------------------------------------------------------------------- */

static void a_gone_instance_is_a_zombie_after_the_grace(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_ZOMBIES);
    publish(fake, 0, "shop");
    see_everywhere(fake, 0, "shop");
    run_to(fake, S(10));
    sim_truth_client_killed(fake->world.study->truth, 0);
    run_to(fake, S(195));
    drop(fake, 0, 0, "shop");
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(300));
    check_uint(n_violations(fake), ==, 1);
    check_int(first_violation(fake)->at_us, ==, S(196));
    check_uint(first_violation(fake)->node, ==, 1);
    check_str(first_violation(fake)->message, ==,
              "n2 lists c1 (10.128.0.1:8080 of DEFAULT_GROUP@@shop), gone for 186.0 s");
}

static void a_gone_instance_that_came_back_is_no_zombie(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch_with(fake, SIM_CHECK_NO_ZOMBIES, S(10));
    publish(fake, 0, "shop");
    see_everywhere(fake, 0, "shop");
    operate(fake, 0, "shop", 0);
    run_to(fake, S(9));
    publish(fake, 0, "shop");
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

static void a_zombie_that_comes_late_or_by_a_snapshot_is_one_too(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch_with(fake, SIM_CHECK_NO_ZOMBIES, S(10));
    publish(fake, 0, "shop");
    operate(fake, 0, "shop", 0);
    run_to(fake, S(20));
    see(fake, 0, 0, "shop");
    run_to(fake, S(20.1));
    check_uint(n_violations(fake), ==, 1);
    node_crashes(fake, 1);
    node_boots(fake, 1);
    see(fake, 1, 0, "shop"); /* while it loads */
    run_to(fake, S(30));
    check_uint(n_violations(fake), ==, 1);
    node_loads(fake, 1);
    run_to(fake, S(30.1));
    check_uint(n_violations(fake), ==, 2);
}

static void a_zombie_beyond_a_cut_waits_for_the_heal(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch_with(fake, SIM_CHECK_NO_ZOMBIES, S(10));
    publish(fake, 0, "shop");
    see_everywhere(fake, 0, "shop");
    set_cut(fake, 0, 1, true);
    operate(fake, 0, "shop", 0);
    drop(fake, 0, 0, "shop");
    run_to(fake, S(50));
    set_cut(fake, 0, 1, false);
    run_to(fake, S(60));
    drop(fake, 1, 0, "shop"); /* within the time to heal */
    run_to(fake, S(100));
    check_uint(n_violations(fake), ==, 0);
}

static void an_instance_whose_removal_is_under_way_is_no_zombie(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch_with(fake, SIM_CHECK_NO_ZOMBIES, S(10));
    watch_with(fake, SIM_CHECK_NO_LOST_INSTANCES, S(10));
    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    sim_truth_abandon(fake->world.study->truth, begin(fake, 0, "shop", 0), false);
    run_to(fake, S(60));
    drop(fake, 0, 0, "shop");
    run_to(fake, S(120));
    check_uint(n_violations(fake), ==, 0);
}

/* --- no_resurrection ------------------------------------------------------------------------ */

static void what_every_node_had_dropped_may_not_come_back_by_itself(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_RESURRECTION);
    publish(fake, 0, "shop");
    see_everywhere(fake, 0, "shop");
    sim_truth_client_gone(fake->world.study->truth, 0);
    drop_everywhere(fake, 0, "shop");
    run_to(fake, S(5));
    see(fake, 1, 0, "shop");
    run_to(fake, S(6));
    check_uint(n_violations(fake), ==, 1);
    check_uint(first_violation(fake)->node, ==, 1);
    check_int(first_violation(fake)->at_us, ==, S(5));
}

static void what_one_node_still_lists_is_not_resurrected_by_it(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_RESURRECTION);
    publish(fake, 0, "shop");
    see_everywhere(fake, 0, "shop");
    sim_truth_client_gone(fake->world.study->truth, 0);
    drop(fake, 0, 0, "shop");
    see(fake, 0, 0, "shop"); /* n2 never dropped it */
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

static void what_nobody_ever_listed_cannot_come_back(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_RESURRECTION);
    begin(fake, 0, "shop", instance_of(fake, "shop", 1, true));
    sim_truth_client_killed(fake->world.study->truth, 0);
    see(fake, 0, 0, "shop"); /* the registration was still on its way */
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

static void a_new_registration_is_no_resurrection(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_RESURRECTION);
    publish(fake, 0, "shop");
    see_everywhere(fake, 0, "shop");
    operate(fake, 0, "shop", 0);
    drop_everywhere(fake, 0, "shop");
    begin(fake, 0, "shop", instance_of(fake, "shop", 1, true)); /* not yet acknowledged */
    see(fake, 1, 0, "shop");
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

/* --- one_owner ------------------------------------------------------------------------------ */

static FakeWorld *world_with_heartbeat_client(uint32_t nodes)
{
    FakeWorld *fake = fake_world_new(nodes, 0);

    add_fake_client(fake, "10.128.0.1:8080#true");
    return fake;
}

static void claim(FakeWorld *fake, uint32_t node, bool claims)
{
    fake_node(fake, node)->core->claims_all = claims;
    core_event(fake, node, DISTRO_EVENT_OWNERS_CHANGED, UINT32_MAX);
}

static void a_heartbeat_client_may_not_stay_without_an_owner(void)
{
    g_autoptr(FakeWorld) fake = world_with_heartbeat_client(2);

    claim(fake, 0, true);
    watch(fake, SIM_CHECK_ONE_OWNER);
    run_to(fake, S(10));
    claim(fake, 0, false);
    run_to(fake, S(49.9));
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(100));
    check_uint(n_violations(fake), ==, 1);
    check_uint(first_violation(fake)->client, ==, 0);
    check_str(first_violation(fake)->message, ==, "no live node has claimed c1 for 40.0 s");
}

static void a_heartbeat_client_may_not_keep_two_owners_that_can_talk(void)
{
    g_autoptr(FakeWorld) fake = world_with_heartbeat_client(3);

    claim(fake, 0, true);
    claim(fake, 2, true);
    watch(fake, SIM_CHECK_ONE_OWNER);
    run_to(fake, S(40));
    check_uint(n_violations(fake), ==, 1);
    check_str(first_violation(fake)->message, ==,
              "n1 and n3 both claim c1 and can call each other, for 40.0 s");
}

static void an_owner_on_each_side_of_a_cut_is_as_it_must_be(void)
{
    g_autoptr(FakeWorld) fake = world_with_heartbeat_client(2);

    claim(fake, 0, true);
    watch(fake, SIM_CHECK_ONE_OWNER);
    set_cut(fake, 0, 1, true);
    claim(fake, 1, true);
    run_to(fake, S(100));
    set_cut(fake, 0, 1, false);
    run_to(fake, S(120));
    claim(fake, 1, false);
    run_to(fake, S(200));
    check_uint(n_violations(fake), ==, 0);
}

static void owners_that_a_heal_brings_together_have_time_to_agree(void)
{
    g_autoptr(FakeWorld) fake = world_with_heartbeat_client(2);

    claim(fake, 0, true);
    watch_with(fake, SIM_CHECK_ONE_OWNER, S(5));
    set_cut(fake, 0, 1, true);
    claim(fake, 1, true);
    run_to(fake, S(100));
    set_cut(fake, 0, 1, false);
    run_to(fake, S(114.9)); /* the grace is over, the time to heal is not */
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(115));
    check_uint(n_violations(fake), ==, 1);
}

static void an_owner_that_crashes_owns_nothing(void)
{
    g_autoptr(FakeWorld) fake = world_with_heartbeat_client(2);

    claim(fake, 0, true);
    watch(fake, SIM_CHECK_ONE_OWNER);
    run_to(fake, S(1));
    node_crashes(fake, 0);
    run_to(fake, S(41));
    check_uint(n_violations(fake), ==, 1);
}

static void a_connection_client_has_no_owner_to_speak_of(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_ONE_OWNER);
    run_to(fake, S(100));
    check_uint(n_violations(fake), ==, 0);
}

static void a_client_that_closed_needs_no_owner(void)
{
    g_autoptr(FakeWorld) fake = world_with_heartbeat_client(2);

    watch(fake, SIM_CHECK_ONE_OWNER);
    run_to(fake, S(30));
    fake_client(fake, 0)->open = false;
    sim_tell_client_moved(&fake->world, 0);
    run_to(fake, S(100));
    check_uint(n_violations(fake), ==, 0);
}

/* --- no_empty_service ----------------------------------------------------------------------- */

static void a_service_with_a_live_instance_may_not_stay_empty(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 2);

    watch(fake, SIM_CHECK_NO_EMPTY_SERVICE);
    publish(fake, 0, "shop");
    see_everywhere(fake, 0, "shop");
    run_to(fake, S(20));
    drop(fake, 1, 0, "shop");
    run_to(fake, S(31.9));
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 1);
    check_uint(first_violation(fake)->node, ==, 1);
    check_str(first_violation(fake)->message, ==,
              "n2 has listed nothing of DEFAULT_GROUP@@shop for 12.0 s, though "
              "c1 (10.128.0.1:8080 of DEFAULT_GROUP@@shop) is live");
}

static void a_service_that_lists_something_else_is_not_empty(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 2);

    watch(fake, SIM_CHECK_NO_EMPTY_SERVICE);
    publish(fake, 0, "shop");
    publish(fake, 1, "shop");
    see(fake, 0, 1, "shop");
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

static void a_service_without_live_instances_may_be_empty(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_EMPTY_SERVICE);
    publish(fake, 0, "shop");
    see_everywhere(fake, 0, "shop");
    sim_truth_client_gone(fake->world.study->truth, 0);
    drop_everywhere(fake, 0, "shop");
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

static void a_node_that_loads_nothing_is_found_empty(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    publish(fake, 0, "shop");
    see_everywhere(fake, 0, "shop");
    watch(fake, SIM_CHECK_NO_EMPTY_SERVICE);
    node_crashes(fake, 1);
    run_to(fake, S(30));
    node_boots(fake, 1);
    node_loads(fake, 1);
    run_to(fake, S(41.9));
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(42));
    check_uint(n_violations(fake), ==, 1);
}

static void an_empty_service_beyond_a_cut_waits_for_the_heal(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_EMPTY_SERVICE);
    set_cut(fake, 0, 1, true);
    publish(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
    set_cut(fake, 0, 1, false);
    run_to(fake, S(75));
    check_uint(n_violations(fake), ==, 1);
}

/* --- the protocol --------------------------------------------------------------------------- */

static void verify_may_fail_three_times_in_a_row_and_not_four(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_VERIFY_QUIET);
    for (int i = 0; i < 3; i++) {
        core_event(fake, 0, DISTRO_EVENT_VERIFY_MISMATCH, 1);
    }
    check_uint(n_violations(fake), ==, 0);
    core_event(fake, 0, DISTRO_EVENT_VERIFY_FAILED, 1); /* no answer: says nothing */
    for (int i = 0; i < 5; i++) {
        core_event(fake, 0, DISTRO_EVENT_VERIFY_MISMATCH, 1);
    }
    check_uint(n_violations(fake), ==, 1);
    check_uint(first_violation(fake)->client, ==, 0);
}

static void a_verify_that_is_answered_ok_ends_the_row(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(3, 1);

    watch(fake, SIM_CHECK_VERIFY_QUIET);
    for (int i = 0; i < 10; i++) {
        core_event(fake, 0, DISTRO_EVENT_VERIFY_MISMATCH, 1);
        if (i % 3 == 2) {
            core_event(fake, 0, DISTRO_EVENT_VERIFY_OK, 1);
        }
    }
    for (int i = 0; i < 3; i++) { /* another peer has a row of its own */
        core_event(fake, 0, DISTRO_EVENT_VERIFY_MISMATCH, 2);
    }
    check_uint(n_violations(fake), ==, 0);
}

static void a_row_does_not_outlive_its_owner(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_VERIFY_QUIET);
    for (int i = 0; i < 3; i++) {
        core_event(fake, 0, DISTRO_EVENT_VERIFY_MISMATCH, 1);
    }
    node_crashes(fake, 0);
    node_boots(fake, 0);
    node_loads(fake, 0);
    for (int i = 0; i < 3; i++) {
        core_event(fake, 0, DISTRO_EVENT_VERIFY_MISMATCH, 1);
    }
    check_uint(n_violations(fake), ==, 0);
}

static void verify_may_fail_while_a_heal_is_fresh(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_VERIFY_QUIET);
    set_cut(fake, 0, 1, true);
    run_to(fake, S(50));
    set_cut(fake, 0, 1, false);
    for (int i = 0; i < 10; i++) {
        core_event(fake, 0, DISTRO_EVENT_VERIFY_MISMATCH, 1);
    }
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(65));
    for (int i = 0; i < 4; i++) {
        core_event(fake, 0, DISTRO_EVENT_VERIFY_MISMATCH, 1);
    }
    check_uint(n_violations(fake), ==, 1);
}

static void a_lease_may_not_end_a_native_client(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_NATIVE_EXPIRY);
    core_event(fake, 1, DISTRO_EVENT_LEASE_EXPIRED, UINT32_MAX); /* a replica's */
    check_uint(n_violations(fake), ==, 0);
    core_event(fake, 0, DISTRO_EVENT_LEASE_EXPIRED, UINT32_MAX);
    check_uint(n_violations(fake), ==, 1);
}

static void a_replica_of_its_own_former_client_may_expire(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 1);

    watch(fake, SIM_CHECK_NO_NATIVE_EXPIRY);
    sim_truth_client_killed(fake->world.study->truth, 0);
    node_crashes(fake, 0);
    node_boots(fake, 0);
    node_loads(fake, 0); /* the snapshot brought it back, with a lease */
    core_event(fake, 0, DISTRO_EVENT_LEASE_EXPIRED, UINT32_MAX);
    check_uint(n_violations(fake), ==, 0);
}

static void give_record(FakeWorld *fake, uint32_t node, const char *service)
{
    DistroNode *core = fake_node(fake, node)->core;

    core->client = fake_client(fake, 0)->id;
    core->record = (DistroClientView) {
        .present = true, .content = { .count = 1, .only = instance_of(fake, service, 1, true) }
    };
}

static void a_record_that_no_query_lists_is_found(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch(fake, SIM_CHECK_VIEW_MATCHES_STORE);
    give_record(fake, 0, "shop");
    see(fake, 0, 0, "shop");
    check_uint(n_violations(fake), ==, 1);
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 1); /* the sweeps find nothing new */
}

static void a_listing_without_a_record_is_found_by_the_sweep(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch(fake, SIM_CHECK_VIEW_MATCHES_STORE);
    service_of(fake, "shop");
    fake_node(fake, 0)->core->publisher = fake_client(fake, 0)->id;
    run_to(fake, S(4.9));
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(5));
    check_uint(n_violations(fake), ==, 1);
}

static void an_index_that_lists_the_records_matches(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 1);

    watch(fake, SIM_CHECK_VIEW_MATCHES_STORE);
    give_record(fake, 0, "shop");
    fake_node(fake, 0)->core->publisher = fake_client(fake, 0)->id;
    see(fake, 0, 0, "shop");
    run_to(fake, S(60));
    check_uint(n_violations(fake), ==, 0);
}

/* --- bounds --------------------------------------------------------------------------------- */

static void a_queue_above_its_bound_is_told_once_per_stretch(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 0);

    watch_with(fake, SIM_CHECK_BOUNDED_QUEUE, 10);
    fake_node(fake, 0)->core->state.pending = 10;
    fake_node(fake, 1)->core->state.queued = 1000; /* not bounded here */
    run_to(fake, S(1));
    check_uint(n_violations(fake), ==, 0);
    fake_node(fake, 0)->core->state.pending = 11;
    run_to(fake, S(2));
    check_uint(n_violations(fake), ==, 1);
    check_str(first_violation(fake)->message, ==, "n1 has 11 delayed tasks, more than 10");
    fake_node(fake, 0)->core->state.pending = 0;
    run_to(fake, S(3));
    fake_node(fake, 0)->core->state.pending = 12;
    run_to(fake, S(4));
    check_uint(n_violations(fake), ==, 2);
}

static void traffic_is_bounded_in_every_whole_second(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 0);

    watch_with(fake, SIM_CHECK_BOUNDED_TRAFFIC, 1000);
    run_to(fake, S(0.5));
    fake->network.totals.bytes_lan += 600;
    fake->network.totals.bytes_wan += 400;
    run_to(fake, S(1.5));
    fake->network.totals.bytes_wan += 1001;
    check_uint(n_violations(fake), ==, 0);
    run_to(fake, S(10));
    check_uint(n_violations(fake), ==, 1);
    check_int(first_violation(fake)->at_us, ==, S(2));
}

static void amplification_is_judged_at_the_end(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 2);
    SimCheck check = sim_check_default(SIM_CHECK_BOUNDED_TRAFFIC);

    check.values[1] = 2500;
    sim_checks_add(checks_of(fake), &check);
    publish(fake, 0, "shop");
    publish(fake, 1, "shop");
    fake->network.totals.messages = 5;
    sim_checks_finish(checks_of(fake));
    check_uint(n_violations(fake), ==, 0);

    g_autoptr(FakeWorld) noisy = fake_world_new(1, 1);
    sim_checks_add(checks_of(noisy), &check);
    publish(noisy, 0, "shop");
    noisy->network.totals.messages = 3;
    sim_checks_finish(checks_of(noisy));
    check_uint(n_violations(noisy), ==, 1);
}

static void staleness_counts_what_is_still_spreading(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(2, 2);

    watch(fake, SIM_CHECK_STALENESS);
    publish(fake, 0, "shop");
    see_everywhere(fake, 0, "shop");
    publish(fake, 1, "shop");
    see(fake, 0, 1, "shop");
    run_to(fake, S(6.1));
    sim_checks_finish(checks_of(fake));
    check_uint(n_violations(fake), ==, 1);
    check_uint(first_violation(fake)->client, ==, 1);
}

static void one_slow_operation_in_a_hundred_is_not_stale(void)
{
    g_autoptr(FakeWorld) fake = fake_world_new(1, 101);

    watch(fake, SIM_CHECK_STALENESS);
    for (uint32_t i = 0; i < 100; i++) {
        publish(fake, i, "shop");
        see(fake, 0, i, "shop");
    }
    publish(fake, 100, "shop");
    run_to(fake, S(60));
    sim_checks_finish(checks_of(fake));
    check_uint(n_violations(fake), ==, 0);
}

int main(void)
{
    static const Test tests[] = {
        { "every check has a name and a time to heal", every_check_has_a_name_and_a_time_to_heal },
        { "the gap is the grace unless it is given", the_gap_is_the_grace_unless_it_is_given },
        { "an instance that never arrives is lost after the grace",
          an_instance_that_never_arrives_is_lost_after_the_grace },
        { "an instance that arrives in time is not lost",
          an_instance_that_arrives_in_time_is_not_lost },
        { "an unhealthy listing is a listing", an_unhealthy_listing_is_a_listing },
        { "a client that left is not lost", a_client_that_left_is_not_lost },
        { "with no gap an instance may never vanish", with_no_gap_an_instance_may_never_vanish },
        { "with no gap an instance may still change and change hands",
          with_no_gap_an_instance_may_still_change_and_change_hands },
        { "a stretch that ends and begins again is told twice",
          a_stretch_that_ends_and_begins_again_is_told_twice },
        { "a stretch begins anew with each gap", a_stretch_begins_anew_with_each_gap },
        { "two gaps at one instant are one stretch", two_gaps_at_one_instant_are_one_stretch },
        { "a node is judged from its load on", a_node_is_judged_from_its_load_on },
        { "a crash ends a stretch", a_crash_ends_a_stretch },
        { "a node that is cut off counts again some time after the heal",
          a_node_that_is_cut_off_counts_again_some_time_after_the_heal },
        { "a cut one way is no excuse", a_cut_one_way_is_no_excuse },
        { "the cut must stand between the node and the client's server",
          the_cut_must_stand_between_the_node_and_the_clients_server },
        { "a client that moves to this side makes the node count",
          a_client_that_moves_to_this_side_makes_the_node_count },
        { "a gone instance is a zombie after the grace",
          a_gone_instance_is_a_zombie_after_the_grace },
        { "a gone instance that came back is no zombie",
          a_gone_instance_that_came_back_is_no_zombie },
        { "a zombie that comes late or by a snapshot is one too",
          a_zombie_that_comes_late_or_by_a_snapshot_is_one_too },
        { "a zombie beyond a cut waits for the heal", a_zombie_beyond_a_cut_waits_for_the_heal },
        { "an instance whose removal is under way is no zombie",
          an_instance_whose_removal_is_under_way_is_no_zombie },
        { "what every node had dropped may not come back by itself",
          what_every_node_had_dropped_may_not_come_back_by_itself },
        { "what one node still lists is not resurrected by it",
          what_one_node_still_lists_is_not_resurrected_by_it },
        { "what nobody ever listed cannot come back", what_nobody_ever_listed_cannot_come_back },
        { "a new registration is no resurrection", a_new_registration_is_no_resurrection },
        { "a heartbeat client may not stay without an owner",
          a_heartbeat_client_may_not_stay_without_an_owner },
        { "a heartbeat client may not keep two owners that can talk",
          a_heartbeat_client_may_not_keep_two_owners_that_can_talk },
        { "an owner on each side of a cut is as it must be",
          an_owner_on_each_side_of_a_cut_is_as_it_must_be },
        { "owners that a heal brings together have time to agree",
          owners_that_a_heal_brings_together_have_time_to_agree },
        { "an owner that crashes owns nothing", an_owner_that_crashes_owns_nothing },
        { "a connection client has no owner to speak of",
          a_connection_client_has_no_owner_to_speak_of },
        { "a client that closed needs no owner", a_client_that_closed_needs_no_owner },
        { "a service with a live instance may not stay empty",
          a_service_with_a_live_instance_may_not_stay_empty },
        { "a service that lists something else is not empty",
          a_service_that_lists_something_else_is_not_empty },
        { "a service without live instances may be empty",
          a_service_without_live_instances_may_be_empty },
        { "a node that loads nothing is found empty", a_node_that_loads_nothing_is_found_empty },
        { "an empty service beyond a cut waits for the heal",
          an_empty_service_beyond_a_cut_waits_for_the_heal },
        { "verify may fail three times in a row and not four",
          verify_may_fail_three_times_in_a_row_and_not_four },
        { "a verify that is answered ok ends the row", a_verify_that_is_answered_ok_ends_the_row },
        { "a row does not outlive its owner", a_row_does_not_outlive_its_owner },
        { "verify may fail while a heal is fresh", verify_may_fail_while_a_heal_is_fresh },
        { "a lease may not end a native client", a_lease_may_not_end_a_native_client },
        { "a replica of its own former client may expire",
          a_replica_of_its_own_former_client_may_expire },
        { "a record that no query lists is found", a_record_that_no_query_lists_is_found },
        { "a listing without a record is found by the sweep",
          a_listing_without_a_record_is_found_by_the_sweep },
        { "an index that lists the records matches", an_index_that_lists_the_records_matches },
        { "a queue above its bound is told once per stretch",
          a_queue_above_its_bound_is_told_once_per_stretch },
        { "traffic is bounded in every whole second", traffic_is_bounded_in_every_whole_second },
        { "amplification is judged at the end", amplification_is_judged_at_the_end },
        { "staleness counts what is still spreading", staleness_counts_what_is_still_spreading },
        { "one slow operation in a hundred is not stale",
          one_slow_operation_in_a_hundred_is_not_stale },
        { 0 },
    };
    return run_tests("check", tests);
}
