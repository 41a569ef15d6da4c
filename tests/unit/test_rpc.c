/* tests/unit/test_rpc.c -- the cluster RPC client: connecting, checking, doubting, reconnecting. */
#include "tests/support/check.h"
#include "tests/support/nodes.h"

/* So many members that a report to the last of them comes 19 s after the start. */
#define MANY "a,b,c,d,e,f,g,h,i,j"

static bool runs(const Node *node, const char *peer)
{
    return node_member(node, peer)->rpc_running;
}

static bool running(const Node *node)
{
    return runs(node, "b");
}

/* Booted at 0; nothing is answered by itself. */
static Node *silent_pair(void)
{
    const DistroConfig config = distro_config_default();
    Node *node = node_new(&config, "a,b");
    node_boot(node, "a,b");
    return node;
}

static void a_client_runs_after_the_server_check_and_the_set_up(void)
{
    g_autoptr(Node) node = silent_pair();

    Seen *check = node_last_sent(node, DISTRO_OP_CONNECT, "b");
    check_int(check->effect.send.timeout_us, ==, S(3));
    check_int(check->effect.send.opens, ==, false);
    node_answer(node, check, DISTRO_STATUS_OK);
    check_true(!running(node));
    Seen *setup = node_last_sent(node, DISTRO_OP_CONNECT, "b");
    check_int(setup->effect.send.timeout_us, ==, S(5));
    check_int(setup->effect.send.opens, ==, true);
    check_int(setup->effect.send.by_connection, ==, false);
    node_answer(node, setup, DISTRO_STATUS_OK);
    check_true(running(node));
}

static void the_first_four_attempts_follow_each_other_at_once(void)
{
    g_autoptr(Node) node = silent_pair();

    for (guint i = 1; i <= 4; i++) {
        check_uint(node_sent(node, DISTRO_OP_CONNECT, "b"), ==, i);
        node_fail(node, node_last_sent(node, DISTRO_OP_CONNECT, "b"), DISTRO_OUTCOME_REFUSED);
    }
    check_uint(node_sent(node, DISTRO_OP_CONNECT, "b"), ==, 5); /* the reconnecting thread's */
    node_fail(node, node_last_sent(node, DISTRO_OP_CONNECT, "b"), DISTRO_OUTCOME_REFUSED);
    check_uint(node_sent(node, DISTRO_OP_CONNECT, "b"), ==, 5);
}

static void the_pause_grows_by_a_tenth_of_a_second_up_to_five(void)
{
    g_autoptr(Node) node = node_among("a,b");
    g_ptr_array_add(node->refusing, "b");
    int64_t at_us = node->now_us;
    node_link_lost(node, "b");

    for (guint k = 1; k <= 60; k++) {
        check_uint(node_sent(node, DISTRO_OP_CONNECT, "b"), ==, k);
        at_us += MIN(k, 50) * MS(100);
        node_pass(node, at_us - 1);
        check_uint(node_sent(node, DISTRO_OP_CONNECT, "b"), ==, k);
        node_pass(node, at_us);
    }
}

static void an_idle_connection_is_checked_every_five_seconds(void)
{
    g_autoptr(Node) node = node_among(MANY);

    node_pass(node, S(5) - 1);
    check_uint(node_sent(node, DISTRO_OP_HEALTH, "j"), ==, 0);
    node_pass(node, S(5));
    check_uint(node_sent(node, DISTRO_OP_HEALTH, "j"), ==, 1);
    node_pass(node, S(10));
    check_uint(node_sent(node, DISTRO_OP_HEALTH, "j"), ==, 2);
}

static void a_synchronous_success_is_activity_and_a_push_is_not(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node->obliging |= OP(CHANGE) | OP(VERIFY);
    node_operate(node, DISTRO_OPERATION_CONNECT, "1_x_1", NULL);

    node_pass(node, S(60)); /* VERIFY to b every 5 s, a report every 2 s: active all the time */
    check_uint(node_sent(node, DISTRO_OP_HEALTH, "b"), <=, 1);
    g_autoptr(Node) unreported = node_among(MANY);
    unreported->obliging |= OP(CHANGE) | OP(VERIFY);
    node_operate(unreported, DISTRO_OPERATION_CONNECT, "1_x_1", NULL);
    node_pass(unreported, S(30));
    check_uint(node_sent(unreported, DISTRO_OP_VERIFY, "b"), >=, 5);
    check_uint(node_sent(unreported, DISTRO_OP_HEALTH, "b"), >=, 3);
}

static void four_unanswered_checks_end_the_connection(void)
{
    g_autoptr(Node) node = node_among(MANY);
    g_ptr_array_add(node->silent, "j");

    node_pass(node, S(5) + S(12) - 1);
    check_uint(node_sent(node, DISTRO_OP_HEALTH, "j"), ==, 4);
    check_true(runs(node, "j"));
    node_pass(node, S(17));
    check_true(!runs(node, "j"));
    check_uint(node_sent(node, DISTRO_OP_HEALTH, "j"), ==, 4);
    check_uint(node_sent(node, DISTRO_OP_CONNECT, "j"), ==, 1);
}

static void an_unregistered_connection_is_made_anew_at_the_first_check(void)
{
    g_autoptr(Node) node = node_among(MANY);
    node->obliging &= ~OP(HEALTH);

    node_pass(node, S(5));
    node_answer(node, node_last_sent(node, DISTRO_OP_HEALTH, "j"), DISTRO_STATUS_UNREGISTERED);
    check_uint(node_events(node, DISTRO_EVENT_RPC_LOST), ==, 1);
    check_uint(node_sent(node, DISTRO_OP_CONNECT, "j"), ==, 2);
    check_true(runs(node, "j"));
}

static void a_failed_report_raises_doubt_that_a_good_check_ends(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node->obliging = 0;

    node_pass(node, S(5)); /* the report, and a check that is due just now */
    node_fail(node, node_last_sent(node, DISTRO_OP_REPORT, "b"), DISTRO_OUTCOME_TIMED_OUT);
    check_true(!running(node));
    node_answer_all(node, DISTRO_OP_HEALTH, DISTRO_STATUS_OK);
    check_true(running(node));
    check_uint(node_sent(node, DISTRO_OP_CONNECT, "b"), ==, 0);
}

static void a_timed_out_push_raises_no_doubt(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_operate(node, DISTRO_OPERATION_CONNECT, "1_x_1", NULL);
    node_operate(node, DISTRO_OPERATION_REGISTER, "1_x_1", "shop");

    node_pass(node, S(5) - 1); /* pushed at 1.1 s, timed out at 4.1 s */
    check_uint(node_events(node, DISTRO_EVENT_SYNC_FAILED), ==, 1);
    check_true(running(node));
    check_uint(node_events(node, DISTRO_EVENT_RPC_LOST), ==, 0);
}

static void a_report_answered_301_reconnects_at_once(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node->obliging &= ~OP(REPORT);

    node_pass(node, S(5));
    const guint checks = node_sent(node, DISTRO_OP_HEALTH, "b");
    node_answer(node, node_last_sent(node, DISTRO_OP_REPORT, "b"), DISTRO_STATUS_UNREGISTERED);
    check_uint(node_sent(node, DISTRO_OP_CONNECT, "b"), ==, 2);
    check_uint(node_sent(node, DISTRO_OP_HEALTH, "b"), ==, checks);
    check_true(running(node));
}

static void a_reset_reconnects_at_once(void)
{
    g_autoptr(Node) node = node_among("a,b");

    node_link_lost(node, "b");
    check_uint(node_events(node, DISTRO_EVENT_RPC_LOST), ==, 1);
    check_uint(node_sent(node, DISTRO_OP_CONNECT, "b"), ==, 2);
    check_true(running(node));
}

static void the_outcome_of_an_attempt_given_up_is_nobodys(void)
{
    g_autoptr(Node) node = node_among("a,b,c");
    node->obliging = 0;

    node_link_lost(node, "b");
    node_members(node, "a,c");
    node_members(node, "a,b,c"); /* the same address, another client, its own first attempt */
    Seen *old = node_nth_sent(node, DISTRO_OP_CONNECT, "b", 0);
    node_answer(node, old, DISTRO_STATUS_OK);
    check_uint(node_sent(node, DISTRO_OP_CONNECT, "b"), ==, 2);
    node_answer(node, node_nth_sent(node, DISTRO_OP_CONNECT, "b", 1), DISTRO_STATUS_OK);
    check_uint(node_sent(node, DISTRO_OP_CONNECT, "b"), ==, 3);
}

static void a_check_answered_after_the_reset_proves_nothing(void)
{
    g_autoptr(Node) node = node_among(MANY);
    node->obliging = 0;

    node_pass(node, S(5));
    node_link_lost(node, "j");
    node_answer(node, node_last_sent(node, DISTRO_OP_HEALTH, "j"), DISTRO_STATUS_OK);
    check_true(!runs(node, "j"));
}

static void the_outcome_of_an_earlier_check_does_not_end_the_present_one(void)
{
    DistroConfig config = distro_config_default();
    config.rpc_health_timeout_us = S(60);
    g_autoptr(Node) node = node_with(&config, MANY);
    node->obliging &= ~OP(HEALTH);

    node_pass(node, S(5));
    Seen *earlier = node_last_sent(node, DISTRO_OP_HEALTH, "j");
    node_link_lost(node, "j");
    node_pass(node, S(10));
    check_uint(node_sent(node, DISTRO_OP_HEALTH, "j"), ==, 2);
    node_fail(node, earlier, DISTRO_OUTCOME_BROKEN);
    check_uint(node_events(node, DISTRO_EVENT_RPC_LOST), ==, 1);
}

int main(void)
{
    static const Test tests[] = {
        { "a client runs after the server check and the set-up",
          a_client_runs_after_the_server_check_and_the_set_up },
        { "the first four attempts follow each other at once",
          the_first_four_attempts_follow_each_other_at_once },
        { "the pause grows by a tenth of a second, up to five",
          the_pause_grows_by_a_tenth_of_a_second_up_to_five },
        { "an idle connection is checked every five seconds",
          an_idle_connection_is_checked_every_five_seconds },
        { "a synchronous success is activity, and a push is not",
          a_synchronous_success_is_activity_and_a_push_is_not },
        { "four unanswered checks end the connection", four_unanswered_checks_end_the_connection },
        { "an unregistered connection is made anew at the first check",
          an_unregistered_connection_is_made_anew_at_the_first_check },
        { "a failed report raises doubt that a good check ends",
          a_failed_report_raises_doubt_that_a_good_check_ends },
        { "a timed-out push raises no doubt", a_timed_out_push_raises_no_doubt },
        { "a report answered 301 reconnects at once", a_report_answered_301_reconnects_at_once },
        { "a reset reconnects at once", a_reset_reconnects_at_once },
        { "the outcome of an attempt given up is nobody's",
          the_outcome_of_an_attempt_given_up_is_nobodys },
        { "a check answered after the reset proves nothing",
          a_check_answered_after_the_reset_proves_nothing },
        { "the outcome of an earlier check does not end the present one",
          the_outcome_of_an_earlier_check_does_not_end_the_present_one },
        { 0 },
    };
    return run_tests("rpc", tests);
}
