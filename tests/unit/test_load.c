/* tests/unit/test_load.c -- the initial load: whom it asks, what it takes, what waits for it. */
#include "tests/support/check.h"
#include "tests/support/messages.h"
#include "tests/support/nodes.h"

#define SHOP "1_x_1"
#define IDLE_MS 100000

static bool loaded(const Node *node)
{
    return distro_node_state(node->core).initialised;
}

/* Peers that live, but whose snapshots the test serves itself. */
static Node *loading(const DistroConfig *config, const char *members)
{
    Node *node = node_new(config, members);
    node->obliging = HOUSEKEEPING & ~OP(SNAPSHOT);
    node_boot(node, members);
    node_pass(node, MS(50));
    return node;
}

static Node *loading_stock(const char *members)
{
    const DistroConfig config = distro_config_default();
    return loading(&config, members);
}

static DistroFrame snapshot_of(Node *node, const char *client, int32_t revision)
{
    GByteArray *list = g_byte_array_new();
    const DistroContent content = {
        .count = 1, .only = node_publication(node, client, "shop", true, "DEFAULT", 0)
    };
    sample_element(list, node_client(node, client), revision, &content, IDLE_MS);
    return sample_snapshot(node->dictionary, list, 1);
}

static void serve(Node *node, const char *peer, const char *client)
{
    DistroFrame frame = snapshot_of(node, client, 3);
    node_answer_with(node, node_last_sent(node, DISTRO_OP_SNAPSHOT, peer), &frame);
    distro_frame_clear(&frame);
}

static void the_lowest_address_is_asked_and_its_snapshot_is_all(void)
{
    g_autoptr(Node) node = loading_stock("b,d,a,c");

    check_uint(node_sent(node, DISTRO_OP_SNAPSHOT, NULL), ==, 1);
    check_int(node_last_sent(node, DISTRO_OP_SNAPSHOT, "a")->effect.send.timeout_us, ==, S(30));
    serve(node, "a", SHOP);
    check_true(loaded(node));
    check_int(node_view(node, SHOP).revision, ==, 3);
    check_true(!node_view(node, SHOP).native);
    node_pass(node, S(40));
    check_uint(node_sent(node, DISTRO_OP_SNAPSHOT, NULL), ==, 1);
}

/* Of a start of ten seconds the load begins after eight, and reports five seconds after it. */
static void a_start_loads_near_its_end_and_reports_after_it(void)
{
    DistroConfig config = distro_config_default();
    config.start_us = S(10);
    g_autoptr(Node) node = node_new(&config, "b,d,a,c");
    node->obliging = HOUSEKEEPING & ~(OP(SNAPSHOT) | OP(REPORT));
    node_boot(node, "b,d,a,c");

    node_pass(node, MS(7900));
    check_uint(node_sent(node, DISTRO_OP_SNAPSHOT, NULL), ==, 0);
    node_pass(node, MS(8100));
    check_uint(node_sent(node, DISTRO_OP_SNAPSHOT, "a"), ==, 1);
    node_pass(node, MS(14900));
    check_uint(node_sent(node, DISTRO_OP_REPORT, NULL), ==, 0);
    node_pass(node, MS(15100));
    check_uint(node_sent(node, DISTRO_OP_REPORT, NULL), ==, 1);
}

static void a_peer_that_fails_leaves_the_turn_to_the_next(void)
{
    g_autoptr(Node) node = loading_stock("a,b,c");

    node_answer(node, node_last_sent(node, DISTRO_OP_SNAPSHOT, "b"), DISTRO_STATUS_EXCEPTION);
    check_true(!loaded(node));
    serve(node, "c", SHOP);
    check_true(loaded(node));
}

static void peers_that_cannot_be_called_are_passed_over(void)
{
    const DistroConfig config = distro_config_default();
    g_autoptr(Node) node = node_new(&config, "a,b,c");
    node->obliging = HOUSEKEEPING;
    g_ptr_array_add(node->refusing, "b");
    node_boot(node, "a,b,c");

    node_pass(node, S(1));
    check_uint(node_sent(node, DISTRO_OP_SNAPSHOT, "b"), ==, 0);
    check_true(loaded(node));
}

static void after_the_last_peer_all_begins_anew_half_a_minute_later(void)
{
    g_autoptr(Node) node = loading_stock("a,b,c");

    node_answer(node, node_last_sent(node, DISTRO_OP_SNAPSHOT, "b"), DISTRO_STATUS_EXCEPTION);
    node_answer(node, node_last_sent(node, DISTRO_OP_SNAPSHOT, "c"), DISTRO_STATUS_EXCEPTION);
    node_pass(node, MS(50) + S(30) - 1);
    check_uint(node_sent(node, DISTRO_OP_SNAPSHOT, "b"), ==, 1);
    node_pass(node, MS(50) + S(30));
    check_uint(node_sent(node, DISTRO_OP_SNAPSHOT, "b"), ==, 2);
}

static void a_snapshot_that_times_out_leaves_the_turn_to_the_next(void)
{
    g_autoptr(Node) node = loading_stock("a,b,c");

    node_pass(node, S(31));
    check_uint(node_sent(node, DISTRO_OP_SNAPSHOT, "c"), ==, 1);
    check_true(!loaded(node));
}

/* The one after the peer that left is asked, not the one after that. */
static void a_list_that_changes_during_the_load_skips_nobody(void)
{
    g_autoptr(Node) node = loading_stock("e,a,b,c,d");

    node_answer(node, node_last_sent(node, DISTRO_OP_SNAPSHOT, "a"), DISTRO_STATUS_EXCEPTION);
    node_members(node, "e,c,d");
    node_fail(node, node_last_sent(node, DISTRO_OP_SNAPSHOT, "b"), DISTRO_OUTCOME_BROKEN);
    check_uint(node_sent(node, DISTRO_OP_SNAPSHOT, "c"), ==, 1);
}

static void a_node_alone_waits_for_company_a_second_at_a_time(void)
{
    g_autoptr(Node) node = loading_stock("a");

    node_pass(node, S(100) + MS(500));
    check_true(!loaded(node));
    node->obliging = HOUSEKEEPING;
    node_members(node, "a,b");
    node_pass(node, S(101) - 1);
    check_true(!loaded(node));
    node_pass(node, S(101));
    check_true(loaded(node));
}

static void one_empty_answer(DistroConfig *config, bool enough)
{
    g_autoptr(Node) node = loading(config, "a,b,c");

    node_answer(node, node_last_sent(node, DISTRO_OP_SNAPSHOT, "b"), DISTRO_STATUS_OK);
    check_int(loaded(node), ==, enough);
    check_uint(node_sent(node, DISTRO_OP_SNAPSHOT, "c"), ==, !enough);
    if (!enough) { /* and when all are empty, that is the truth */
        node_answer(node, node_last_sent(node, DISTRO_OP_SNAPSHOT, "c"), DISTRO_STATUS_OK);
        check_true(loaded(node));
    }
}

static void an_empty_snapshot_is_success_unless_switched(void)
{
    DistroConfig config = distro_config_default();
    one_empty_answer(&config, true);
    config.empty_snapshot_is_success = false;
    one_empty_answer(&config, false);
}

static void a_snapshot_above_the_limit_is_refused(void)
{
    DistroConfig config = distro_config_default();
    config.max_message_bytes = 100;
    g_autoptr(Node) node = loading(&config, "a,b");

    serve(node, "b", SHOP);
    check_true(!loaded(node));
    check_true(!node_view(node, SHOP).present);
}

static void a_bad_element_spoils_the_snapshot_but_not_what_came_before(void)
{
    g_autoptr(Node) node = loading_stock("a,b");
    GByteArray *list = g_byte_array_new();
    const DistroContent nothing = { 0 };
    sample_element(list, node_client(node, SHOP), 1, &nothing, 0);
    sample_element(list, node_client(node, "1.1.1.1:1#false"), 1, &nothing, 0);
    DistroFrame frame = sample_snapshot(node->dictionary, list, 2);

    node_answer_with(node, node_last_sent(node, DISTRO_OP_SNAPSHOT, "b"), &frame);
    check_true(!loaded(node));
    check_true(node_view(node, SHOP).present);
    distro_frame_clear(&frame);
}

static void an_answer_to_something_else_is_no_snapshot(void)
{
    g_autoptr(Node) node = loading_stock("a,b");
    const DistroMessage other = { .op = DISTRO_OP_VERIFY,
                                  .answer = true,
                                  .status = DISTRO_STATUS_OK };
    const DistroFrame frame = distro_wire_encode(node->dictionary, &other);

    node_answer_with(node, node_last_sent(node, DISTRO_OP_SNAPSHOT, "b"), &frame);
    check_true(!loaded(node));
}

/* How long a zombie of the snapshot stays, in whole 5 s rounds of the cleaner. */
static void zombie(DistroConfig *config, int64_t gone_by_us, int64_t still_there_us)
{
    g_autoptr(Node) node = loading(config, "a,b");
    serve(node, "b", SHOP);

    node_pass(node, still_there_us);
    check_true(node_view(node, SHOP).present);
    node_pass(node, gone_by_us);
    check_true(!node_view(node, SHOP).present);
}

/* 100 s of its 180 had gone by where it comes from. */
static void a_loaded_replica_gets_a_fresh_lease_unless_switched(void)
{
    DistroConfig config = distro_config_default();
    zombie(&config, S(186), S(179));
    config.snapshot_resets_lease = false;
    zombie(&config, S(86), S(79));
}

static void warming_up(bool warmup, DistroStatus status)
{
    DistroConfig config = distro_config_default();
    config.warmup = warmup;
    g_autoptr(Node) node = loading(&config, "a,b");
    const char *mine = node_client_of(node, "a");

    check_int(node_write(node, DISTRO_WRITE_REGISTER, mine, "shop"), ==, status);
    serve(node, "b", SHOP);
    node_pass(node, S(5));
    check_int(node_write(node, DISTRO_WRITE_REGISTER, mine, "shop"), ==, DISTRO_STATUS_OK);
}

static void clients_wait_for_the_load_only_with_warm_up(void)
{
    warming_up(false, DISTRO_STATUS_OK);
    warming_up(true, DISTRO_STATUS_HTTP_UNAVAILABLE);
}

int main(void)
{
    static const Test tests[] = {
        { "the lowest address is asked, and its snapshot is all",
          the_lowest_address_is_asked_and_its_snapshot_is_all },
        { "a start loads near its end and reports after it",
          a_start_loads_near_its_end_and_reports_after_it },
        { "a peer that fails leaves the turn to the next",
          a_peer_that_fails_leaves_the_turn_to_the_next },
        { "peers that cannot be called are passed over",
          peers_that_cannot_be_called_are_passed_over },
        { "after the last peer all begins anew half a minute later",
          after_the_last_peer_all_begins_anew_half_a_minute_later },
        { "a snapshot that times out leaves the turn to the next",
          a_snapshot_that_times_out_leaves_the_turn_to_the_next },
        { "a list that changes during the load skips nobody",
          a_list_that_changes_during_the_load_skips_nobody },
        { "a node alone waits for company, a second at a time",
          a_node_alone_waits_for_company_a_second_at_a_time },
        { "an empty snapshot is success, unless switched",
          an_empty_snapshot_is_success_unless_switched },
        { "a snapshot above the limit is refused", a_snapshot_above_the_limit_is_refused },
        { "a bad element spoils the snapshot, but not what came before",
          a_bad_element_spoils_the_snapshot_but_not_what_came_before },
        { "an answer to something else is no snapshot",
          an_answer_to_something_else_is_no_snapshot },
        { "a loaded replica gets a fresh lease, unless switched",
          a_loaded_replica_gets_a_fresh_lease_unless_switched },
        { "clients wait for the load only with warm-up",
          clients_wait_for_the_load_only_with_warm_up },
        { 0 },
    };
    return run_tests("load", tests);
}
