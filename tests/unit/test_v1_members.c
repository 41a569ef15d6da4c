/* tests/unit/test_v1_members.c -- membership and the load over HTTP, and what the other generation
 * says. */
#include "core/node.h"
#include "core/profile.h"

#include "tests/support/check.h"
#include "tests/support/nodes.h"

static Node *unobliged(void)
{
    Node *node = node_v1_among("a,b,c");
    node->obliging &= ~OP(REPORT);
    return node;
}

static Seen *next_report(Node *node, const char *peer)
{
    node_forget(node);
    while (node_sent(node, DISTRO_OP_REPORT, peer) == 0) {
        node_pass(node, node->now_us + MS(100));
    }
    return node_last_sent(node, DISTRO_OP_REPORT, peer);
}

static void end_report(Node *node, const char *peer, DistroOutcome outcome)
{
    node_fail(node, next_report(node, peer), outcome);
}

static void reports_go_round_without_waiting_for_each_other(void)
{
    g_autoptr(Node) node = unobliged();
    node_pass(node, S(9) + MS(500));
    check_uint(node_sent(node, DISTRO_OP_REPORT, NULL), ==, 3);
    check_true(node_last_sent(node, DISTRO_OP_REPORT, NULL)->message.http);
    check_int(node_last_sent(node, DISTRO_OP_REPORT, NULL)->effect.send.timeout_us, ==, MS(2500));
    check_int(node_last_sent(node, DISTRO_OP_REPORT, NULL)->effect.send.connect_us, ==, S(5));
}

static void four_failures_make_down_and_a_success_makes_up(void)
{
    g_autoptr(Node) node = unobliged();
    for (int i = 0; i < 3; i++) {
        end_report(node, "b", DISTRO_OUTCOME_BROKEN);
        check_int(node_member(node, "b")->state, ==, DISTRO_MEMBER_SUSPICIOUS);
    }
    end_report(node, "b", DISTRO_OUTCOME_BROKEN);
    check_int(node_member(node, "b")->state, ==, DISTRO_MEMBER_DOWN);
    node_answer(node, next_report(node, "b"), DISTRO_STATUS_OK);
    check_int(node_member(node, "b")->state, ==, DISTRO_MEMBER_UP);
}

static void a_refused_connection_makes_down_at_once(void)
{
    g_autoptr(Node) node = unobliged();
    end_report(node, "b", DISTRO_OUTCOME_REFUSED);
    check_int(node_member(node, "b")->state, ==, DISTRO_MEMBER_DOWN);
}

static void a_peer_without_such_a_path_is_left_as_it_was(void)
{
    g_autoptr(Node) node = unobliged();
    for (int i = 0; i < 5; i++) {
        node_answer(node, next_report(node, "b"),
                    i % 2 == 0 ? DISTRO_STATUS_HTTP_UNKNOWN_API : DISTRO_STATUS_HTTP_NOT_FOUND);
        node_answer(node, next_report(node, "c"), DISTRO_STATUS_HTTP_ERROR);
        check_int(node_member(node, "b")->state, ==, DISTRO_MEMBER_UP);
    }
    check_int(node_member(node, "c")->state, ==, DISTRO_MEMBER_DOWN);
}

static void a_report_over_http_is_understood_by_both(void)
{
    g_autoptr(Node) old = node_v1_among("a,b");
    g_autoptr(Node) new = node_among("a,b");
    const DistroMessage report = { .op = DISTRO_OP_REPORT,
                                   .http = true,
                                   .target = node_name(old, "b") };
    const DistroMessage same = { .op = DISTRO_OP_REPORT,
                                 .http = true,
                                 .target = node_name(new, "b") };
    check_int(node_receive(old, &report), ==, DISTRO_STATUS_OK);
    check_int(node_receive(new, &same), ==, DISTRO_STATUS_OK);
    check_true(node_last(new, DISTRO_EFFECT_ANSWER)->message.http);
}

/* --- loading ------------------------------------------------------------------------------ */

static void the_load_asks_every_member_at_once_and_again_in_half_a_minute(void)
{
    const DistroConfig config = distro_profile_config(distro_profile_find("nacos-1.4"));
    g_autoptr(Node) node = node_new(&config, "b,a,c");
    node_boot(node, "b,a,c");
    check_uint(node_sent(node, DISTRO_OP_SNAPSHOT, "a"), ==, 1);
    check_true(node_last_sent(node, DISTRO_OP_SNAPSHOT, "a")->message.http);
    node_fail(node, node_last_sent(node, DISTRO_OP_SNAPSHOT, "a"), DISTRO_OUTCOME_REFUSED);
    check_uint(node_sent(node, DISTRO_OP_SNAPSHOT, "c"), ==, 1);
    node_answer(node, node_last_sent(node, DISTRO_OP_SNAPSHOT, "c"), DISTRO_STATUS_HTTP_ERROR);
    check_true(!distro_node_state(node->core).initialised);
    node->obliging = OP(SNAPSHOT);
    node_pass(node, S(30) - 1);
    check_uint(node_sent(node, DISTRO_OP_SNAPSHOT, NULL), ==, 2);
    node_pass(node, S(30));
    check_true(distro_node_state(node->core).initialised);
}

/* --- the other generation ----------------------------------------------------------------- */

static void what_only_the_other_generation_says_is_no_api_here(void)
{
    g_autoptr(Node) old = node_v1_among("a,b");
    g_autoptr(Node) new = node_among("a,b");
    const DistroMessage snapshot = { .op = DISTRO_OP_SNAPSHOT };
    const DistroMessage datums = { .op = DISTRO_OP_SNAPSHOT, .http = true };
    const DistroMessage empty = { .op = DISTRO_OP_DATUM };

    check_int(node_receive(old, &snapshot), ==, DISTRO_STATUS_NO_HANDLER);
    check_int(node_receive(new, &datums), ==, DISTRO_STATUS_HTTP_UNKNOWN_API);
    check_int(node_receive(new, &empty), ==, DISTRO_STATUS_HTTP_UNKNOWN_API);
    check_true(!distro_node_state(old->core).pending);
}

static void a_connection_s_operations_are_refused(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    node_operate(node, DISTRO_OPERATION_CONNECT, "1_x_1", NULL);
    node_operate(node, DISTRO_OPERATION_REGISTER, "1_x_1", "shop");
    check_int(node_last(node, DISTRO_EFFECT_REPLY)->effect.reply.status, ==,
              DISTRO_STATUS_UNREGISTERED);
    check_true(!node_view(node, "1_x_1").present);
}

static void no_rpc_client_is_started(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    node_pass(node, S(60));
    check_uint(node_sent(node, DISTRO_OP_CONNECT, NULL), ==, 0);
    check_uint(node_sent(node, DISTRO_OP_HEALTH, NULL), ==, 0);
    check_true(!node_member(node, "b")->rpc_running);
}

int main(void)
{
    static const Test TESTS[] = {
        { "reports go round without waiting for each other",
          reports_go_round_without_waiting_for_each_other },
        { "four failures make DOWN, and a success makes UP",
          four_failures_make_down_and_a_success_makes_up },
        { "a refused connection makes DOWN at once", a_refused_connection_makes_down_at_once },
        { "a peer without such a path is left as it was",
          a_peer_without_such_a_path_is_left_as_it_was },
        { "a report over HTTP is understood by both", a_report_over_http_is_understood_by_both },
        { "the load asks every member at once, and again in half a minute",
          the_load_asks_every_member_at_once_and_again_in_half_a_minute },
        { "what only the other generation says is no API here",
          what_only_the_other_generation_says_is_no_api_here },
        { "a connection's operations are refused", a_connection_s_operations_are_refused },
        { "no RPC client is started", no_rpc_client_is_started },
        { NULL, NULL },
    };
    return run_tests("v1_members", TESTS);
}
