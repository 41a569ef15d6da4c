/* tests/unit/test_v1_sync.c -- two stages, batches, synchronous pushes, retries. */
#include "core/node.h"
#include "core/profile.h"
#include "core/v1/lists.h"

#include "tests/support/check.h"
#include "tests/support/nodes.h"

#define ONE "10.0.1.1:80#true"
#define TWO "10.0.1.2:80#true"

static Node *with(int64_t batch, int64_t processors, const char *members)
{
    DistroConfig config = distro_profile_config(distro_profile_find("nacos-1.4"));
    config.batch_key_count = batch;
    config.processors = processors;
    return node_with(&config, members);
}

/* The @nth service of a's. */
static const char *own_service(Node *node, int nth)
{
    for (int i = 1;; i++) {
        g_autofree char *name = g_strdup_printf("own-%d", i);
        const DistroServiceInfo *info =
            distro_dictionary_service_info(node->dictionary, node_service(node, name));
        if (distro_node_owner(node->core, info->tag_hash) == node->self && nth-- == 0) {
            return distro_dictionary_text(node->dictionary, info->name);
        }
    }
}

static void a_change_leaves_after_two_stages(void)
{
    g_autoptr(Node) node = with(1000, 4, "a,b,c");
    node_write(node, DISTRO_WRITE_REGISTER, ONE, own_service(node, 0));

    const int64_t start_us = node->now_us;
    node_pass(node, start_us + MS(1999));
    check_uint(node_sent(node, DISTRO_OP_DATUM, NULL), ==, 0);
    node_pass(node, start_us + MS(2200));
    check_uint(node_sent(node, DISTRO_OP_DATUM, "b"), ==, 1);
    check_uint(node_sent(node, DISTRO_OP_DATUM, "c"), ==, 1);
    check_uint(node_last_sent(node, DISTRO_OP_DATUM, "b")->message.list_count, ==, 1);
}

/* The second change meets the first one's batch, and what is sent is the list as it is then. */
static void changes_of_one_service_leave_as_one_list(void)
{
    g_autoptr(Node) node = with(1000, 4, "a,b");
    const char *shop = own_service(node, 0);
    const int64_t start_us = node->now_us;

    node_write(node, DISTRO_WRITE_REGISTER, ONE, shop);
    node_pass(node, start_us + MS(600));
    node_write(node, DISTRO_WRITE_REGISTER, TWO, shop);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_QUEUED), ==, 1);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_MERGED), ==, 1);
    node_pass(node, start_us + MS(2200));
    check_uint(node_sent(node, DISTRO_OP_DATUM, "b"), ==, 1);
    size_t offset = 0;
    DistroWireDatum datum = { 0 };
    distro_list_next_datum(node_last_sent(node, DISTRO_OP_DATUM, "b")->message.list, &offset,
                           &datum);
    check_uint(datum.count, ==, 2);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_SENT), ==, 2); /* one of each client */
}

static void services_of_one_second_share_a_push(void)
{
    g_autoptr(Node) node = with(1000, 4, "a,b");
    for (int i = 0; i < 5; i++) {
        node_write(node, DISTRO_WRITE_REGISTER, ONE, own_service(node, i));
    }
    node_pass(node, node->now_us + MS(2200));
    check_uint(node_sent(node, DISTRO_OP_DATUM, "b"), ==, 1);
    check_uint(node_last_sent(node, DISTRO_OP_DATUM, "b")->message.list_count, ==, 5);
}

/* Three fill a batch; the fourth begins another, and waits for its own second. */
static void a_full_batch_is_due_at_the_next_scan(void)
{
    g_autoptr(Node) node = with(3, 1, "a,b");
    for (int i = 0; i < 4; i++) {
        node_write(node, DISTRO_WRITE_REGISTER, ONE, own_service(node, i));
    }
    const int64_t start_us = node->now_us;
    node->obliging |= OP(DATUM);
    node_pass(node, start_us + MS(1300));
    check_uint(node_sent(node, DISTRO_OP_DATUM, "b"), ==, 1);
    check_uint(node_last_sent(node, DISTRO_OP_DATUM, "b")->message.list_count, ==, 3);
    node_pass(node, start_us + MS(2300));
    check_uint(node_sent(node, DISTRO_OP_DATUM, "b"), ==, 2);
    check_uint(node_last_sent(node, DISTRO_OP_DATUM, "b")->message.list_count, ==, 1);
}

static void a_failed_push_comes_again_by_both_stages(void)
{
    g_autoptr(Node) node = with(1000, 4, "a,b");
    node_write(node, DISTRO_WRITE_REGISTER, ONE, own_service(node, 0));
    node_pass(node, node->now_us + MS(2200));
    node_answer_all(node, DISTRO_OP_DATUM, DISTRO_STATUS_HTTP_ERROR);

    check_uint(node_events(node, DISTRO_EVENT_SYNC_FAILED), ==, 1);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_RETRIED), ==, 1);
    const int64_t failed_us = node->now_us;
    node_pass(node, failed_us + MS(5999));
    check_uint(node_sent(node, DISTRO_OP_DATUM, "b"), ==, 1);
    node_pass(node, failed_us + MS(6200));
    check_uint(node_sent(node, DISTRO_OP_DATUM, "b"), ==, 2);
    check_int(node_last_sent(node, DISTRO_OP_DATUM, "b")->effect.send.path, ==, DISTRO_PATH_RETRY);
    node_answer_all(node, DISTRO_OP_DATUM, DISTRO_STATUS_OK);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_ACKED), ==, 1);
    check_uint(distro_node_peer_counters(node->core, DISTRO_NONE).retries, ==, 1);
}

/* One worker: c hears nothing until the PUT to b is over. */
static void a_push_keeps_its_worker_until_it_ends(void)
{
    g_autoptr(Node) node = with(1000, 1, "a,b,c");
    node_write(node, DISTRO_WRITE_REGISTER, ONE, own_service(node, 0));
    node_pass(node, node->now_us + MS(2200));
    check_uint(node_sent(node, DISTRO_OP_DATUM, NULL), ==, 1);
    check_uint(distro_node_state(node->core).queued, ==, 1);

    /* What is to be collected waits too. */
    node_write(node, DISTRO_WRITE_REGISTER, ONE, own_service(node, 1));
    node_pass(node, node->now_us + MS(3000));
    check_uint(node_sent(node, DISTRO_OP_DATUM, NULL), ==, 1);
    node_answer(node, node_nth_sent(node, DISTRO_OP_DATUM, NULL, 0), DISTRO_STATUS_OK);
    check_uint(node_sent(node, DISTRO_OP_DATUM, NULL), ==, 2);
}

static void a_member_that_left_is_pushed_nothing(void)
{
    g_autoptr(Node) node = with(1000, 4, "a,b,c");
    node_write(node, DISTRO_WRITE_REGISTER, ONE, own_service(node, 0));
    node_members(node, "a,b");
    node_pass(node, node->now_us + MS(2200));
    check_uint(node_sent(node, DISTRO_OP_DATUM, "c"), ==, 0);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_DROPPED), ==, 1);
}

static void a_dead_member_is_pushed_to_all_the_same(void)
{
    g_autoptr(Node) node = with(1000, 4, "a,b,c");
    g_ptr_array_add(node->refusing, "c");
    node_pass(node, node->now_us + S(10));
    check_int(node_member(node, "c")->state, ==, DISTRO_MEMBER_DOWN);
    node_forget(node);
    node_write(node, DISTRO_WRITE_REGISTER, ONE, own_service(node, 0));
    node_pass(node, node->now_us + MS(2200));
    check_uint(node_sent(node, DISTRO_OP_DATUM, "c"), ==, 1);
}

/* The key is gone when its push is due: an empty map is sent, refused, and sent again. */
static void an_empty_push_is_refused(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const DistroMessage empty = { .op = DISTRO_OP_DATUM };
    check_int(node_receive(node, &empty), ==, DISTRO_STATUS_HTTP_BAD_REQUEST);
}

static void a_deregistration_that_changes_nothing_is_pushed_too(void)
{
    g_autoptr(Node) node = node_v1_among("a,b");
    const char *shop = node_service_of(node, "a");
    node_write(node, DISTRO_WRITE_DEREGISTER, ONE, shop); /* no such service: nothing happens */
    check_uint(node_events(node, DISTRO_EVENT_SYNC_QUEUED), ==, 0);
    node_write(node, DISTRO_WRITE_REGISTER, ONE, shop);
    node_write(node, DISTRO_WRITE_DEREGISTER, TWO, shop);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_MERGED), ==, 1);
}

int main(void)
{
    static const Test TESTS[] = {
        { "a change leaves after two stages", a_change_leaves_after_two_stages },
        { "changes of one service leave as one list", changes_of_one_service_leave_as_one_list },
        { "services of one second share a push", services_of_one_second_share_a_push },
        { "a full batch is due at the next scan", a_full_batch_is_due_at_the_next_scan },
        { "a failed push comes again by both stages", a_failed_push_comes_again_by_both_stages },
        { "a push keeps its worker until it ends", a_push_keeps_its_worker_until_it_ends },
        { "a member that left is pushed nothing", a_member_that_left_is_pushed_nothing },
        { "a dead member is pushed to all the same", a_dead_member_is_pushed_to_all_the_same },
        { "an empty push is refused", an_empty_push_is_refused },
        { "a deregistration that changes nothing is pushed too",
          a_deregistration_that_changes_nothing_is_pushed_too },
        { NULL, NULL },
    };
    return run_tests("v1_sync", TESTS);
}
