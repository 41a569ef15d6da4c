/* tests/unit/test_members.c -- member states, both report loops, the configured list. */
#include "core/members.h"

#include "tests/support/check.h"
#include "tests/support/nodes.h"

static DistroMemberState state_of(const Node *node, const char *address)
{
    return node_member(node, address)->state;
}

static void receive_report(Node *node, const char *reporter)
{
    const DistroMessage report = { .op = DISTRO_OP_REPORT, .target = node_name(node, reporter) };
    check_int(node_receive(node, &report), ==, DISTRO_STATUS_OK);
}

/* From now on nothing listens at @peer, and its connection is reset. */
static void crash(Node *node, char *peer)
{
    g_ptr_array_add(node->refusing, peer);
    node_link_lost(node, peer);
}

static void reports_go_round_one_peer_every_two_seconds(void)
{
    g_autoptr(Node) node = node_among("a,b,c");

    node_pass(node, S(5) - 1);
    check_uint(node_sent(node, DISTRO_OP_REPORT, NULL), ==, 0); /* the first after 5 s */
    node_pass(node, S(5));
    check_uint(node_sent(node, DISTRO_OP_REPORT, "c"), ==, 1); /* the cursor starts at the second */
    node_pass(node, S(7));
    check_uint(node_sent(node, DISTRO_OP_REPORT, "b"), ==, 1);
    node_pass(node, S(9));
    check_uint(node_sent(node, DISTRO_OP_REPORT, "c"), ==, 2);
}

static void a_report_under_way_holds_up_the_loop(void)
{
    g_autoptr(Node) node = node_among("a,b,c");
    g_ptr_array_add(node->silent, "c");

    node_pass(node, S(5) + S(3) + S(2) - 1); /* to c at 5 s, times out at 8 s, then 2 s of rest */
    check_uint(node_sent(node, DISTRO_OP_REPORT, NULL), ==, 1);
    node_pass(node, S(10));
    check_uint(node_sent(node, DISTRO_OP_REPORT, NULL), ==, 2);
}

static void the_fourth_failure_makes_a_member_down(void)
{
    g_autoptr(Node) node = node_among("a,b");

    node_pass(node, S(4));
    crash(node, "b");
    check_int(state_of(node, "b"), ==, DISTRO_MEMBER_UP);
    node_pass(node, S(5)); /* both loops start then; the unhealthy one sees b suspicious already */
    check_int(state_of(node, "b"), ==, DISTRO_MEMBER_SUSPICIOUS);
    node_pass(node, S(7)); /* the third */
    check_int(state_of(node, "b"), ==, DISTRO_MEMBER_SUSPICIOUS);
    check_uint(distro_node_counters(node->core).loads, ==, 1);
    size_t healthy;
    distro_node_healthy(node->core, &healthy);
    check_uint(healthy, ==, 2); /* a suspicious member still owns */
    node_pass(node, S(9));
    check_int(state_of(node, "b"), ==, DISTRO_MEMBER_DOWN);
    distro_node_healthy(node->core, &healthy);
    check_uint(healthy, ==, 1);
    check_uint(node_events(node, DISTRO_EVENT_OWNERS_CHANGED), ==, 1);
}

static void without_the_second_loop_a_crash_is_noticed_later(void)
{
    DistroConfig config = distro_config_default();
    config.unhealthy_report_loop = false;
    g_autoptr(Node) node = node_with(&config, "a,b");

    crash(node, "b");
    node_pass(node, S(10)); /* failures at 5, 7 and 9 s */
    check_int(state_of(node, "b"), ==, DISTRO_MEMBER_SUSPICIOUS);
    node_pass(node, S(11));
    check_int(state_of(node, "b"), ==, DISTRO_MEMBER_DOWN);
}

static void a_good_report_makes_a_member_up_and_forgets_its_failures(void)
{
    g_autoptr(Node) node = node_among("a,b");

    crash(node, "b");
    node_pass(node, S(10));
    check_int(state_of(node, "b"), ==, DISTRO_MEMBER_DOWN);
    g_ptr_array_set_size(node->refusing, 0);
    node_pass(node, S(20));
    check_int(state_of(node, "b"), ==, DISTRO_MEMBER_UP);
    g_ptr_array_add(node->refusing, "b");
    node_link_lost(node, "b");
    node_pass(node, S(22)); /* one failure, or two: not more */
    check_int(state_of(node, "b"), ==, DISTRO_MEMBER_SUSPICIOUS);
}

static void one_failure_after_a_received_report(DistroConfig *config, DistroMemberState expected)
{
    g_autoptr(Node) node = node_with(config, "a,b");

    crash(node, "b");
    node_pass(node, S(10));
    check_int(state_of(node, "b"), ==, DISTRO_MEMBER_DOWN);
    receive_report(node, "b");
    check_int(state_of(node, "b"), ==, DISTRO_MEMBER_UP);
    node_pass(node, S(11));
    check_int(state_of(node, "b"), ==, expected);
}

static void a_received_report_leaves_the_failure_count_unless_switched(void)
{
    DistroConfig config = distro_config_default();
    one_failure_after_a_received_report(&config, DISTRO_MEMBER_DOWN);
    config.report_resets_fail_count = true;
    one_failure_after_a_received_report(&config, DISTRO_MEMBER_SUSPICIOUS);
}

static void reports_of_strangers_are_ignored(void)
{
    g_autoptr(Node) node = node_among("a,b");

    receive_report(node, "z");
    check_true(node_member(node, "z") == NULL);
    check_uint(node_events(node, DISTRO_EVENT_MEMBER_ADDED), ==, 0);
}

/* The 5 s report times out at 8 s. */
static void time_out_one_report(DistroConfig *config, DistroMemberState expected)
{
    g_autoptr(Node) node = node_with(config, "a,b");
    node->obliging &= ~OP(REPORT);

    node_pass(node, S(8));
    check_uint(node_sent(node, DISTRO_OP_REPORT, "b"), ==, 1);
    check_int(state_of(node, "b"), ==, expected);
}

static void a_report_that_times_out_counts_only_if_switched(void)
{
    DistroConfig config = distro_config_default();
    time_out_one_report(&config, DISTRO_MEMBER_UP);
    config.timeout_counts_as_report_failure = true;
    time_out_one_report(&config, DISTRO_MEMBER_SUSPICIOUS);
}

static void an_error_response_counts_as_little_as_a_time_out(void)
{
    static const DistroStatus errors[] = { DISTRO_STATUS_ERROR_STARTING, DISTRO_STATUS_UNREGISTERED,
                                           DISTRO_STATUS_NO_HANDLER, DISTRO_STATUS_BAD_PAYLOAD };
    for (guint i = 0; i < G_N_ELEMENTS(errors); i++) {
        g_autoptr(Node) node = node_among("a,b");
        node->obliging &= ~OP(REPORT);
        node_pass(node, S(5));
        node_answer(node, node_last_sent(node, DISTRO_OP_REPORT, "b"), errors[i]);
        check_int(state_of(node, "b"), ==, DISTRO_MEMBER_UP);
    }
}

static void a_report_answered_badly_counts_as_a_failure(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node->obliging &= ~OP(REPORT);

    node_pass(node, S(5));
    node_answer(node, node_last_sent(node, DISTRO_OP_REPORT, "b"), DISTRO_STATUS_HTTP_BAD_REQUEST);
    check_int(state_of(node, "b"), ==, DISTRO_MEMBER_SUSPICIOUS);
}

static void an_empty_member_list_is_ignored(void)
{
    g_autoptr(Node) node = node_among("a,b");

    node_members(node, "");
    check_true(node_member(node, "b") != NULL);
}

static void a_list_without_the_node_itself_gets_it_added(void)
{
    g_autoptr(Node) node = node_among("a,b");

    node_members(node, "c,b");
    check_true(node_member(node, "a") != NULL);
    check_true(node_member(node, "c") != NULL);
}

static void a_known_member_keeps_its_state_when_the_list_changes(void)
{
    g_autoptr(Node) node = node_among("a,b");

    crash(node, "b");
    node_pass(node, S(10));
    node_members(node, "a,b,c");
    check_int(state_of(node, "b"), ==, DISTRO_MEMBER_DOWN);
    check_int(state_of(node, "c"), ==, DISTRO_MEMBER_UP); /* a new one enters as UP */
    check_uint(node_sent(node, DISTRO_OP_CONNECT, "c"), ==, 2);
}

static void a_removed_member_is_hung_up_on_and_owns_nothing(void)
{
    g_autoptr(Node) node = node_among("a,b,c");

    node_members(node, "a,c");
    check_true(node_member(node, "b") == NULL);
    check_uint(node_last(node, DISTRO_EFFECT_HANG_UP)->effect.hang_up.peer, ==,
               node_name(node, "b"));
    check_uint(node_events(node, DISTRO_EVENT_OWNERS_CHANGED), ==, 1);
    check_uint(distro_node_owner(node->core, 1), ==, node_name(node, "c"));
}

static void a_report_to_an_earlier_member_says_nothing_of_the_new_one(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node->obliging &= ~OP(REPORT);

    node_pass(node, S(5));
    node_members(node, "a,c");
    node_members(node, "a,b");
    node_answer(node, node_last_sent(node, DISTRO_OP_REPORT, "b"), DISTRO_STATUS_HTTP_BAD_REQUEST);
    check_int(state_of(node, "b"), ==, DISTRO_MEMBER_UP);
}

static void counters_survive_the_member_they_counted(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_operate(node, DISTRO_OPERATION_CONNECT, "1_x_1", NULL);
    node_operate(node, DISTRO_OPERATION_REGISTER, "1_x_1", "shop");

    node_pass(node, S(2));
    node_members(node, "a,c");
    check_uint(distro_node_peer_counters(node->core, DISTRO_NONE).sync_sent, ==, 1);
}

static void has(DistroConfig *config, bool expected)
{
    g_autoptr(Node) node = node_with(config, "10.0.0.9:8848,110.0.0.1:8848,10.0.0.1:8848");
    const DistroName removed = node_name(node, "10.0.0.1:8848");

    check_true(distro_members_has(node->core, removed));
    node_members(node, "10.0.0.9:8848,110.0.0.1:8848");
    check_int(distro_members_has(node->core, removed), ==, expected);
}

static void a_removed_member_lives_on_in_a_longer_address_unless_switched(void)
{
    DistroConfig config = distro_config_default();
    has(&config, true);
    config.substring_has_member = false;
    has(&config, false);
}

int main(void)
{
    static const Test tests[] = {
        { "reports go round, one peer every two seconds",
          reports_go_round_one_peer_every_two_seconds },
        { "a report under way holds up the loop", a_report_under_way_holds_up_the_loop },
        { "the fourth failure makes a member DOWN", the_fourth_failure_makes_a_member_down },
        { "without the second loop a crash is noticed later",
          without_the_second_loop_a_crash_is_noticed_later },
        { "a good report makes a member UP and forgets its failures",
          a_good_report_makes_a_member_up_and_forgets_its_failures },
        { "a received report leaves the failure count, unless switched",
          a_received_report_leaves_the_failure_count_unless_switched },
        { "reports of strangers are ignored", reports_of_strangers_are_ignored },
        { "a report that times out counts only if switched",
          a_report_that_times_out_counts_only_if_switched },
        { "an error response counts as little as a time-out",
          an_error_response_counts_as_little_as_a_time_out },
        { "a report answered badly counts as a failure",
          a_report_answered_badly_counts_as_a_failure },
        { "an empty member list is ignored", an_empty_member_list_is_ignored },
        { "a list without the node itself gets it added",
          a_list_without_the_node_itself_gets_it_added },
        { "a known member keeps its state when the list changes",
          a_known_member_keeps_its_state_when_the_list_changes },
        { "a removed member is hung up on and owns nothing",
          a_removed_member_is_hung_up_on_and_owns_nothing },
        { "a report to an earlier member says nothing of the new one",
          a_report_to_an_earlier_member_says_nothing_of_the_new_one },
        { "counters survive the member they counted", counters_survive_the_member_they_counted },
        { "a removed member lives on in a longer address, unless switched",
          a_removed_member_lives_on_in_a_longer_address_unless_switched },
        { 0 },
    };
    return run_tests("members", tests);
}
