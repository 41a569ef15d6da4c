/* tests/unit/test_apply.c -- what peers send: state, deletes, snapshots, queries. */
#include "core/node.h"

#include "tests/support/check.h"
#include "tests/support/nodes.h"

#define SHOP "1_x_1"
#define BEATING "10.0.0.7:8080#true"

static void a_change_of_an_unknown_client_makes_a_replica(void)
{
    g_autoptr(Node) node = node_among("a,b");

    check_int(node_receive_change(node, SHOP, 3, "shop,cart"), ==, DISTRO_STATUS_OK);
    const DistroClientView view = node_view(node, SHOP);
    check_true(view.present && !view.native);
    check_int(view.revision, ==, 3);
    check_uint(view.content.count, ==, 2);
    check_uint(node_effects(node, DISTRO_EFFECT_VIEW), ==, 2);
}

static void what_the_received_state_lacks_is_removed(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_receive_change(node, SHOP, 1, "shop,cart");

    node_receive_change(node, SHOP, 2, "shop");
    check_uint(node_view(node, SHOP).content.count, ==, 1);
    size_t count;
    distro_node_publishers(node->core, node_service(node, "cart"), &count);
    check_uint(count, ==, 0);
    distro_node_publishers(node->core, node_service(node, "shop"), &count);
    check_uint(count, ==, 1);
}

static void older_state(DistroConfig *config, int32_t revision)
{
    g_autoptr(Node) node = node_with(config, "a,b");
    node_receive_change(node, SHOP, 5, "shop,cart");
    check_int(node_receive_change(node, SHOP, 4, "shop"), ==, DISTRO_STATUS_OK);
    check_int(node_view(node, SHOP).revision, ==, revision);
    check_uint(node_view(node, SHOP).content.count, ==, revision == 4 ? 1 : 2);
}

static void the_last_state_to_arrive_wins_unless_switched(void)
{
    DistroConfig config = distro_config_default();
    older_state(&config, 4);
    config.accept_older_revision = false;
    older_state(&config, 5);
}

static void applying_renews_no_lease(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_receive_change(node, SHOP, 1, "shop");
    const int64_t renewed_us = node_view(node, SHOP).renewed_wall_us;

    node_pass(node, S(10));
    node_receive_change(node, SHOP, 2, "shop,cart");
    check_int(node_view(node, SHOP).renewed_wall_us, ==, renewed_us);
}

static DistroStatus receive_one(Node *node, const char *client, DistroPublication publication)
{
    const DistroMessage message = {
        .op = DISTRO_OP_CHANGE,
        .client = node_client(node, client),
        .target = node->self,
        .revision = 9,
        .content = { .count = 1, .only = publication },
    };
    return node_receive(node, &message);
}

static void a_change_of_cluster_alone_is_not_taken_over(void)
{
    g_autoptr(Node) node = node_among("a,b");
    const DistroPublication held = node_publication(node, SHOP, "shop", true, "one", 0);
    receive_one(node, SHOP, held);
    node_forget(node);

    receive_one(node, SHOP, node_publication(node, SHOP, "shop", true, "two", 0));
    check_uint(node_view(node, SHOP).content.only, ==, held);
    check_uint(node_effects(node, DISTRO_EFFECT_VIEW), ==, 0);
    receive_one(node, SHOP, node_publication(node, SHOP, "shop", false, "two", 0));
    check_uint(node_view(node, SHOP).content.only, !=, held);
}

static void an_owner_passes_on_what_it_applies_and_others_do_not(void)
{
    g_autoptr(Node) node = node_among("a,b");

    node_receive_change(node, node_client_of(node, "b"), 1, "shop");
    node_receive_change(node, SHOP, 1, "shop"); /* a replica of a connection is not passed on */
    check_uint(node_events(node, DISTRO_EVENT_SYNC_QUEUED), ==, 0);
    node_receive_change(node, node_client_of(node, "a"), 1, "shop");
    check_uint(node_events(node, DISTRO_EVENT_SYNC_QUEUED), ==, 1);
}

static void equal_state_is_passed_on_by_nobody(void)
{
    DistroConfig config = distro_config_default();
    config.distro_enabled = false; /* so that the node is the owner */
    g_autoptr(Node) node = node_with(&config, "a,b");
    node_receive_change(node, BEATING, 1, "shop");
    node_pass(node, S(2));
    node_forget(node);

    node_receive_change(node, BEATING, 2, "shop");
    check_uint(node_events(node, DISTRO_EVENT_SYNC_QUEUED), ==, 0);
    check_int(node_view(node, BEATING).revision, ==, 2);
}

static void a_change_of_a_persistent_client_is_an_exception(void)
{
    g_autoptr(Node) node = node_among("a,b");

    check_int(node_receive_change(node, "10.0.0.7:8080#false", 1, "shop"), ==,
              DISTRO_STATUS_EXCEPTION);
    check_int(node_receive_verify(node, "10.0.0.7:8080#false", 1), ==, DISTRO_STATUS_EXCEPTION);
    check_true(!node_view(node, "10.0.0.7:8080#false").present);
}

/* --- DELETE ------------------------------------------------------------------------------- */

static void a_delete_removes_a_replica_and_is_answered_well_without_one(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_receive_change(node, SHOP, 1, "shop");

    check_int(node_receive_delete(node, SHOP), ==, DISTRO_STATUS_OK);
    check_true(!node_view(node, SHOP).present);
    check_int(node_receive_delete(node, SHOP), ==, DISTRO_STATUS_OK);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_DELETED), ==, 1);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_QUEUED), ==, 0);
}

static void a_change_after_a_delete_brings_the_client_back(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_receive_change(node, SHOP, 2, "shop");
    node_receive_delete(node, SHOP);

    node_receive_change(node, SHOP, 1, "shop"); /* there is no tombstone */
    check_true(node_view(node, SHOP).present);
}

static void a_delete_of_our_own(DistroConfig *config, bool removed)
{
    g_autoptr(Node) node = node_with(config, "a,b,c");
    node_operate(node, DISTRO_OPERATION_CONNECT, SHOP, NULL);
    node_operate(node, DISTRO_OPERATION_REGISTER, SHOP, "shop");
    node_pass(node, S(2));
    node_forget(node);

    check_int(node_receive_delete(node, SHOP), ==, DISTRO_STATUS_OK);
    check_int(node_view(node, SHOP).present, ==, !removed);
    node_pass(node, S(4) - 1);
    check_uint(node_sent(node, DISTRO_OP_DELETE, "b"), ==, removed);
    check_uint(node_sent(node, DISTRO_OP_DELETE, "c"), ==, removed);
}

static void a_delete_from_a_non_owner_removes_and_spreads_unless_switched(void)
{
    DistroConfig config = distro_config_default();
    a_delete_of_our_own(&config, true);
    config.delete_from_non_owner = false;
    a_delete_of_our_own(&config, false);
}

/* --- SNAPSHOT and QUERY ------------------------------------------------------------------- */

static void a_snapshot_holds_every_client_owned_or_not(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_operate(node, DISTRO_OPERATION_CONNECT, "2_x_2", NULL);
    node_receive_change(node, SHOP, 1, "shop,cart");
    node_receive_change(node, BEATING, 1, "shop");

    const DistroMessage request = { .op = DISTRO_OP_SNAPSHOT };
    check_int(node_receive(node, &request), ==, DISTRO_STATUS_OK);
    check_uint(node_last(node, DISTRO_EFFECT_ANSWER)->message.list_count, ==, 3);
}

static void a_query_brings_one_client_or_nothing(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_receive_change(node, SHOP, 4, "shop,cart");

    DistroMessage request = { .op = DISTRO_OP_QUERY, .client = node_client(node, SHOP) };
    check_int(node_receive(node, &request), ==, DISTRO_STATUS_OK);
    const DistroMessage *answer = &node_last(node, DISTRO_EFFECT_ANSWER)->message;
    check_int(answer->revision, ==, 4);
    check_uint(answer->content.count, ==, 2);
    request.client = node_client(node, "3_x_3");
    check_int(node_receive(node, &request), ==, DISTRO_STATUS_OK);
    check_uint(node_last(node, DISTRO_EFFECT_ANSWER)->message.client, ==, DISTRO_NONE);
}

static void a_request_above_the_limit_cannot_be_read(void)
{
    DistroConfig config = distro_config_default();
    config.max_request_bytes = 100;
    g_autoptr(Node) node = node_with(&config, "a,b");

    check_int(node_receive_change(node, SHOP, 1, "shop"), ==, DISTRO_STATUS_BAD_PAYLOAD);
    check_true(!node_view(node, SHOP).present);
}

int main(void)
{
    static const Test tests[] = {
        { "a CHANGE of an unknown client makes a replica",
          a_change_of_an_unknown_client_makes_a_replica },
        { "what the received state lacks is removed", what_the_received_state_lacks_is_removed },
        { "the last state to arrive wins, unless switched",
          the_last_state_to_arrive_wins_unless_switched },
        { "applying renews no lease", applying_renews_no_lease },
        { "a change of cluster alone is not taken over",
          a_change_of_cluster_alone_is_not_taken_over },
        { "an owner passes on what it applies, and others do not",
          an_owner_passes_on_what_it_applies_and_others_do_not },
        { "equal state is passed on by nobody", equal_state_is_passed_on_by_nobody },
        { "a CHANGE of a persistent client is an exception",
          a_change_of_a_persistent_client_is_an_exception },
        { "a DELETE removes a replica, and is answered well without one",
          a_delete_removes_a_replica_and_is_answered_well_without_one },
        { "a CHANGE after a DELETE brings the client back",
          a_change_after_a_delete_brings_the_client_back },
        { "a DELETE from a non-owner removes and spreads, unless switched",
          a_delete_from_a_non_owner_removes_and_spreads_unless_switched },
        { "a snapshot holds every client, owned or not",
          a_snapshot_holds_every_client_owned_or_not },
        { "a QUERY brings one client or nothing", a_query_brings_one_client_or_nothing },
        { "a request above the limit cannot be read", a_request_above_the_limit_cannot_be_read },
        { 0 },
    };
    return run_tests("apply", tests);
}
