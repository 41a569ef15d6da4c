/* tests/unit/test_verify.c -- digests: who sends them, what they renew, what they repair. */
#include "core/node.h"

#include "tests/support/check.h"
#include "tests/support/nodes.h"

#define SHOP "1_x_1"
#define BEATING "10.0.0.7:8080#true"

static void connect_shop(Node *node)
{
    node_operate(node, DISTRO_OPERATION_CONNECT, SHOP, NULL);
}

static void the_first_round_comes_after_one_interval(void)
{
    g_autoptr(Node) node = node_among("a,b,c");
    connect_shop(node);

    node_pass(node, S(5) - 1);
    check_uint(node_sent(node, DISTRO_OP_VERIFY, NULL), ==, 0);
    node_pass(node, S(5));
    check_uint(node_sent(node, DISTRO_OP_VERIFY, "b"), ==, 1);
    check_uint(node_sent(node, DISTRO_OP_VERIFY, "c"), ==, 1);
    const Seen *sent = node_last_sent(node, DISTRO_OP_VERIFY, "c");
    check_int(sent->message.revision, ==, 0); /* a client that publishes nothing is verified too */
    check_int(sent->effect.send.timeout_us, ==, S(3));
    node_pass(node, S(10));
    check_uint(node_sent(node, DISTRO_OP_VERIFY, "b"), ==, 2);
}

static void only_what_is_owned_is_verified(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_receive_change(node, SHOP, 1, "shop"); /* a replica */
    node_receive_change(node, node_client_of(node, "b"), 1, "shop");
    node_receive_change(node, node_client_of(node, "a"), 1, "shop");

    node_pass(node, S(5));
    check_uint(node_sent(node, DISTRO_OP_VERIFY, "b"), ==, 1);
    check_uint(node_last_sent(node, DISTRO_OP_VERIFY, "b")->message.client, ==,
               node_client(node, node_client_of(node, "a")));
}

static void a_node_with_nothing_loaded_verifies_nothing(void)
{
    const DistroConfig config = distro_config_default();
    g_autoptr(Node) node = node_new(&config, "a,b");
    node->obliging = HOUSEKEEPING & ~OP(SNAPSHOT);
    node_boot(node, "a,b");
    connect_shop(node);

    node_pass(node, S(20));
    check_true(!distro_node_state(node->core).initialised);
    check_uint(node_sent(node, DISTRO_OP_VERIFY, NULL), ==, 0);
}

static void an_unreachable_peer_fails_every_item_without_a_message(void)
{
    g_autoptr(Node) node = node_among("a,b");
    g_ptr_array_add(node->refusing, "b");
    node_link_lost(node, "b");
    connect_shop(node);

    node_pass(node, S(5));
    check_uint(node_sent(node, DISTRO_OP_VERIFY, "b"), ==, 0);
    check_uint(distro_node_peer_counters(node->core, node_name(node, "b")).verify_failed, ==, 1);
}

static void after_an_answer(DistroStatus status, guint repairs)
{
    g_autoptr(Node) node = node_among("a,b,c");
    connect_shop(node);
    node_pass(node, S(5));
    node_answer(node, node_last_sent(node, DISTRO_OP_VERIFY, "b"), status);
    check_uint(node_events(node, DISTRO_EVENT_VERIFY_REPAIR), ==, repairs);
    node_pass(node, S(5) + MS(100)); /* no delay, so the next scan */
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, repairs);
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "c"), ==, 0);
}

static void a_mismatch_brings_the_state_to_that_peer_at_once(void)
{
    after_an_answer(DISTRO_STATUS_VERIFY_FAILED, 1);
    after_an_answer(DISTRO_STATUS_EXCEPTION, 1); /* resultCode 500 is all the sender reads */
}

static void a_match_and_an_error_response_repair_nothing(void)
{
    after_an_answer(DISTRO_STATUS_OK, 0);
    after_an_answer(DISTRO_STATUS_ERROR_STARTING, 0);
    after_an_answer(DISTRO_STATUS_UNREGISTERED, 0);
    after_an_answer(DISTRO_STATUS_BAD_PAYLOAD, 0);
}

static void a_time_out_repairs_nothing(void)
{
    g_autoptr(Node) node = node_among("a,b");
    connect_shop(node);

    node_pass(node, S(9));
    check_uint(node_events(node, DISTRO_EVENT_VERIFY_FAILED), ==, 1);
    check_uint(node_events(node, DISTRO_EVENT_VERIFY_REPAIR), ==, 0);
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 0);
}

static void a_mismatch_of_a_client_no_longer_owned_repairs_nothing(void)
{
    g_autoptr(Node) node = node_among("a,b");
    connect_shop(node);
    node_pass(node, S(5));
    node_operate(node, DISTRO_OPERATION_DISCONNECT, SHOP, NULL);

    node_answer(node, node_last_sent(node, DISTRO_OP_VERIFY, "b"), DISTRO_STATUS_VERIFY_FAILED);
    check_uint(node_events(node, DISTRO_EVENT_VERIFY_REPAIR), ==, 0);
}

/* --- the receiver ------------------------------------------------------------------------- */

static void equal_revisions_renew_the_lease_and_unequal_ones_do_not(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_receive_change(node, SHOP, 3, "shop");
    const int64_t before_us = node_view(node, SHOP).renewed_wall_us;

    node_pass(node, S(10));
    check_int(node_receive_verify(node, SHOP, 2), ==, DISTRO_STATUS_VERIFY_FAILED);
    check_int(node_view(node, SHOP).renewed_wall_us, ==, before_us);
    check_int(node_receive_verify(node, SHOP, 3), ==, DISTRO_STATUS_OK);
    check_int(node_view(node, SHOP).renewed_wall_us, ==, before_us + S(10) - MS(50));
}

static void revision_zero_matches_everything(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_receive_change(node, SHOP, 3, "shop");

    check_int(node_receive_verify(node, SHOP, 0), ==, DISTRO_STATUS_OK);
}

static void an_unknown_client_fails_the_verify(void)
{
    g_autoptr(Node) node = node_among("a,b");

    check_int(node_receive_verify(node, SHOP, 0), ==, DISTRO_STATUS_VERIFY_FAILED);
    check_true(!node_view(node, SHOP).present);
}

/* A digest every 5 s from a peer that believes it owns the client, and no beat at all. */
static void verified_but_not_beating(DistroConfig *config, bool listed)
{
    config->distro_enabled = false; /* everybody is the owner */
    g_autoptr(Node) node = node_with(config, "a,b");
    node_write(node, DISTRO_WRITE_REGISTER, BEATING, "shop");
    const int32_t revision = node_view(node, BEATING).revision;
    for (int i = 1; i <= 8; i++) {
        node_pass(node, S(5) * i);
        node_receive_verify(node, BEATING, i < 4 ? revision : 0);
    }
    check_int(node_view(node, BEATING).content.count == 1, ==, listed);
}

static void a_verify_keeps_an_owners_instance_alive_unless_switched(void)
{
    DistroConfig config = distro_config_default();
    verified_but_not_beating(&config, true);
    config.verify_renews_owner = false;
    verified_but_not_beating(&config, false);
}

int main(void)
{
    static const Test tests[] = {
        { "the first round comes after one interval", the_first_round_comes_after_one_interval },
        { "only what is owned is verified", only_what_is_owned_is_verified },
        { "a node with nothing loaded verifies nothing",
          a_node_with_nothing_loaded_verifies_nothing },
        { "an unreachable peer fails every item without a message",
          an_unreachable_peer_fails_every_item_without_a_message },
        { "a mismatch brings the state to that peer at once",
          a_mismatch_brings_the_state_to_that_peer_at_once },
        { "a match and an error response repair nothing",
          a_match_and_an_error_response_repair_nothing },
        { "a time-out repairs nothing", a_time_out_repairs_nothing },
        { "a mismatch of a client no longer owned repairs nothing",
          a_mismatch_of_a_client_no_longer_owned_repairs_nothing },
        { "equal revisions renew the lease, and unequal ones do not",
          equal_revisions_renew_the_lease_and_unequal_ones_do_not },
        { "revision zero matches everything", revision_zero_matches_everything },
        { "an unknown client fails the verify", an_unknown_client_fails_the_verify },
        { "a verify keeps an owner's instance alive, unless switched",
          a_verify_keeps_an_owners_instance_alive_unless_switched },
        { 0 },
    };
    return run_tests("verify", tests);
}
