/* tests/unit/test_sync.c -- delayed, merged, retried changes, through a real node. */
#include "core/java.h"
#include "core/v2/replication.h"

#include "tests/support/check.h"
#include "tests/support/nodes.h"
#include "tests/support/vectors.h"

#define SHOP "1_x_1"
#define PUSHES (OP(CHANGE) | OP(DELETE))

static void register_shop(Node *node)
{
    node_operate(node, DISTRO_OPERATION_CONNECT, SHOP, NULL);
    node_operate(node, DISTRO_OPERATION_REGISTER, SHOP, "shop");
}

/* --- the delay queue against Java's ------------------------------------------------------- */

#define START S(10) /* on the grid of the scans, long after the client's own pushes */

static DistroOp action_of(const char *word)
{
    return strcmp(word, "DELETE") == 0 ? DISTRO_OP_DELETE : DISTRO_OP_CHANGE;
}

static void insert_all(Node *node, const char *inserts)
{
    g_auto(GStrv) list = g_strsplit(inserts, ";", -1);
    for (char **entry = list; *entry != NULL; entry++) {
        g_auto(GStrv) words = g_strsplit(*entry, " ", 3);
        DistroInput wake = { .kind = DISTRO_INPUT_WAKE };
        node_pass(node, START + MS(g_ascii_strtoll(words[0], NULL, 10)));
        node_operate(node, DISTRO_OPERATION_ACTIVE, SHOP, NULL); /* tells the time, scans nothing */
        distro_sync_to(node->core, node_client(node, SHOP), node_name(node, "b"),
                       action_of(words[1]), MS(g_ascii_strtoll(words[2], NULL, 10)),
                       DISTRO_PATH_PUSH);
        node_step(node, &wake);
    }
}

static char *fires_of(const Node *node)
{
    GString *fires = g_string_new(NULL);
    for (guint i = node->mark; i < node->seen->len; i++) {
        const Seen *seen = g_ptr_array_index(node->seen, i);
        if (seen->effect.kind == DISTRO_EFFECT_SEND && (PUSHES >> seen->message.op & 1)) {
            g_string_append_printf(fires, "%s%" G_GINT64_FORMAT " %s", fires->len > 0 ? ";" : "",
                                   (seen->at_us - START) / 1000,
                                   seen->message.op == DISTRO_OP_DELETE ? "DELETE" : "CHANGE");
        }
    }
    return g_string_free(fires, false);
}

/* What is sent for an ADD is a CHANGE. */
static char *expected_fires(const char *fires)
{
    g_auto(GStrv) parts = g_strsplit(fires, "ADD", -1);
    return g_strjoinv("CHANGE", parts);
}

static void tasks_merge_and_fire_as_javas_do(void)
{
    g_autoptr(Vectors) vectors = vectors_read("delay-merge.tsv");

    for (guint row = 0; row < vectors_count(vectors); row++) {
        g_autoptr(Node) node = node_among("a,b");
        node->obliging |= PUSHES | OP(VERIFY);
        register_shop(node);
        node_pass(node, START - MS(50));
        node_forget(node);
        insert_all(node, vectors_cell(vectors, row, "inserts"));
        node_pass(node, START + S(6));
        g_autofree char *fires = fires_of(node);
        g_autofree char *expected = expected_fires(vectors_cell(vectors, row, "fires"));
        check_str(fires, ==, expected);
    }
}

static void tasks_go_to_the_worker_that_java_chooses(void)
{
    g_autoptr(Vectors) vectors = vectors_read("task-dispatch.tsv");

    for (guint row = 0; row < vectors_count(vectors); row++) {
        const char *key = vectors_cell(vectors, row, "resource_key");
        const char *target = vectors_cell(vectors, row, "target");
        const bool sync = strcmp(vectors_cell(vectors, row, "kind"), "sync") == 0;
        const int32_t hash =
            distro_sync_task_hash(distro_java_string_hash(key), distro_java_string_hash(target));
        if (sync) {
            check_int(hash, ==, vectors_int(vectors, row, "hash"));
        }
        for (uint32_t workers = 1; workers <= 16; workers *= 2) {
            g_autofree char *column = g_strdup_printf("w%u", workers);
            check_int(sync ? distro_worker_of_hash(hash, workers)
                           : distro_verify_worker(target, workers),
                      ==, vectors_int(vectors, row, column));
        }
    }
}

static void there_are_as_many_workers_as_the_next_power_of_two(void)
{
    check_uint(distro_worker_count(1), ==, 1);
    check_uint(distro_worker_count(3), ==, 4);
    check_uint(distro_worker_count(4), ==, 4);
    check_uint(distro_worker_count(5), ==, 8);
}

/* --- firing ------------------------------------------------------------------------------- */

/* The sync delay opens a window; a later change inside it replaces the earlier one. */
static void two_quick_changes_leave_as_one_message_to_each_peer(void)
{
    g_autoptr(Node) node = node_among("a,b,c");

    register_shop(node);
    node_pass(node, MS(450));
    node_operate(node, DISTRO_OPERATION_REGISTER, SHOP, "shop-2");
    node_pass(node, MS(1100));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 1);
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "c"), ==, 1);
    const Seen *sent = node_last_sent(node, DISTRO_OP_CHANGE, "b");
    check_int(sent->message.revision, ==, 2);
    check_uint(sent->message.content.count, ==, 2);
    check_int(sent->effect.send.timeout_us, ==, S(3));
}

static void a_change_for_all_is_a_task_for_each_of_them(void)
{
    g_autoptr(Node) node = node_among("a,b,c");

    register_shop(node);
    check_uint(distro_node_state(node->core).pending, ==, 2);
    distro_sync_to(node->core, node_client(node, SHOP), node_name(node, "c"), DISTRO_OP_CHANGE, 0,
                   DISTRO_PATH_VERIFY);
    node_operate(node, DISTRO_OPERATION_ACTIVE, SHOP, NULL); /* asks when to be woken */
    check_uint(distro_node_state(node->core).pending, ==, 2);
    node_pass(node, MS(500));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "c"), ==, 1);
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 0);
    check_uint(distro_node_state(node->core).pending, ==, 1);
    node_pass(node, MS(1500));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "c"), ==, 1);
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 1);
    check_uint(distro_node_state(node->core).pending, ==, 0);
}

static void a_change_goes_to_those_who_were_members_then(void)
{
    g_autoptr(Node) node = node_among("a,b,c");

    register_shop(node);
    node_members(node, "a,aa,b");
    check_uint(distro_node_state(node->core).pending, ==, 2);
    node_pass(node, MS(1500));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "aa"), ==, 0);
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 1);
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "c"), ==, 0);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_DROPPED), ==, 1);
}

static void a_change_waits_for_the_scan_behind_its_delay(void)
{
    g_autoptr(Node) node = node_among("a,b");
    DistroInput wake = { .kind = DISTRO_INPUT_WAKE };
    node_pass(node, MS(1150));

    register_shop(node); /* due at 2150, scanned at 2200 */
    node_pass(node, MS(2160));
    node_step(node, &wake); /* for something else, between two scans */
    node_pass(node, MS(2200) - 1);
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 0);
    node_pass(node, MS(2200));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 1);
}

static void what_is_sent_is_the_state_when_the_task_fires(void)
{
    g_autoptr(Node) node = node_among("a,b");

    register_shop(node);
    node_pass(node, MS(900));
    node_operate(node, DISTRO_OPERATION_DEREGISTER, SHOP, "shop");
    node_pass(node, MS(1100));
    const Seen *sent = node_last_sent(node, DISTRO_OP_CHANGE, "b");
    check_int(sent->message.revision, ==, 2);
    check_uint(sent->message.content.count, ==, 0);
}

static void a_failed_push_is_tried_again_three_seconds_later_for_ever(void)
{
    g_autoptr(Node) node = node_among("a,b");
    register_shop(node);
    node_pass(node, MS(1100));

    for (guint i = 0; i < 40; i++) {
        Seen *sent = node_last_sent(node, DISTRO_OP_CHANGE, "b");
        const int64_t at_us = node->now_us;
        node_forget(node);
        node_operate(node, DISTRO_OPERATION_ACTIVE, SHOP, NULL);
        node_fail(node, sent, DISTRO_OUTCOME_BROKEN);
        check_uint(node_events(node, DISTRO_EVENT_SYNC_RETRIED), ==, 1);
        node_pass(node, at_us + MS(3000) - 1);
        check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 0);
        node_pass(node, at_us + MS(3000));
        check_int(node_last_sent(node, DISTRO_OP_CHANGE, "b")->effect.send.path, ==,
                  DISTRO_PATH_RETRY);
    }
}

static void a_change_of_a_client_that_is_gone_is_dropped_in_silence(void)
{
    g_autoptr(Node) node = node_among("a,b");
    register_shop(node);
    node_pass(node, MS(1100));
    node_operate(node, DISTRO_OPERATION_DISCONNECT, SHOP, NULL);
    node_pass(node, MS(2000));
    node_fail(node, node_last_sent(node, DISTRO_OP_CHANGE, "b"), DISTRO_OUTCOME_BROKEN);

    node_forget(node);
    node_pass(node, S(20)); /* the retry took the DELETE's place (9.6.1) and finds no client */
    check_uint(node_events(node, DISTRO_EVENT_SYNC_DROPPED), ==, 1);
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b") + node_sent(node, DISTRO_OP_DELETE, "b"), ==,
               0);
    check_uint(distro_node_state(node->core).pending, ==, 0);
}

static void retry_over_delete(DistroConfig *config, guint deletes)
{
    g_autoptr(Node) node = node_with(config, "a,b");
    register_shop(node);
    node_pass(node, MS(1100));
    node_operate(node, DISTRO_OPERATION_DISCONNECT, SHOP, NULL);
    node_pass(node, MS(2000));
    node_fail(node, node_last_sent(node, DISTRO_OP_CHANGE, "b"), DISTRO_OUTCOME_BROKEN);

    node_pass(node, S(6));
    check_uint(node_sent(node, DISTRO_OP_DELETE, "b"), ==, deletes);
}

static void a_retry_overrides_a_pending_delete_unless_switched(void)
{
    DistroConfig config = distro_config_default();
    retry_over_delete(&config, 0);
    config.retry_may_override_delete = false;
    retry_over_delete(&config, 1);
}

static void refused_data(DistroConfig *config, guint retries)
{
    g_autoptr(Node) node = node_with(config, "a,b");
    register_shop(node);
    node_pass(node, MS(1100));
    node_answer(node, node_last_sent(node, DISTRO_OP_CHANGE, "b"), DISTRO_STATUS_REFUSED_AS_OK);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_RETRIED), ==, retries);
}

static void refused_data_counts_as_success_unless_switched(void)
{
    DistroConfig config = distro_config_default();
    refused_data(&config, 0);
    config.ok_on_refused_data = false;
    refused_data(&config, 1);
}

static void every_answer_but_200_is_a_failure(void)
{
    static const DistroStatus bad[] = { DISTRO_STATUS_EXCEPTION, DISTRO_STATUS_ERROR_STARTING,
                                        DISTRO_STATUS_UNREGISTERED, DISTRO_STATUS_BAD_PAYLOAD };
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(Node) node = node_among("a,b");
        register_shop(node);
        node_pass(node, MS(1100));
        node_answer(node, node_last_sent(node, DISTRO_OP_CHANGE, "b"), bad[i]);
        check_uint(node_events(node, DISTRO_EVENT_SYNC_RETRIED), ==, 1);
    }
}

/* --- targets ------------------------------------------------------------------------------ */

static void a_push_to_a_disconnected_peer_fails_without_a_message(void)
{
    g_autoptr(Node) node = node_among("a,b");
    g_ptr_array_add(node->refusing, "b");
    node_link_lost(node, "b");
    register_shop(node);

    node_pass(node, MS(1100));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 0);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_FAILED), ==, 1);
    node_pass(node, MS(4100));
    check_uint(node_events(node, DISTRO_EVENT_SYNC_FAILED), ==, 2);
    check_uint(distro_node_state(node->core).pending, ==, 1);
}

static void a_push_to_a_suspicious_peer_fails_without_a_message(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node->obliging &= ~OP(REPORT);
    node_pass(node, S(5));
    node_answer(node, node_last_sent(node, DISTRO_OP_REPORT, "b"), DISTRO_STATUS_HTTP_BAD_REQUEST);
    check_true(node_member(node, "b")->rpc_running);

    register_shop(node);
    node_pass(node, S(6) + MS(100));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 0);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_FAILED), ==, 1);
}

static void a_task_for_a_removed_member_is_done(void)
{
    g_autoptr(Node) node = node_among("a,b,c");
    register_shop(node);
    node_members(node, "a,c");

    node_pass(node, S(20));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 0);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_DROPPED), ==, 1);
    check_uint(distro_node_peer_counters(node->core, node_name(node, "b")).retries, ==, 0);
}

static void tasks_after_a_removal(DistroConfig *config, guint dropped, bool pending)
{
    g_autoptr(Node) node = node_with(config, "10.0.0.9:8848,110.0.0.1:8848,10.0.0.1:8848");
    node->obliging |= PUSHES | OP(VERIFY);
    register_shop(node);
    node_members(node, "10.0.0.9:8848,110.0.0.1:8848");
    node_pass(node, S(15));
    check_uint(node_events(node, DISTRO_EVENT_SYNC_DROPPED), ==, dropped);
    check_int(distro_node_state(node->core).pending > 0, ==, pending);
}

static void a_task_for_part_of_an_address_fails_for_ever_unless_switched(void)
{
    DistroConfig config = distro_config_default();
    tasks_after_a_removal(&config, 0, true);
    config.substring_has_member = false;
    tasks_after_a_removal(&config, 1, false);
}

static void a_push_under_way_when_its_target_left_and_came_back_is_tried_again(void)
{
    g_autoptr(Node) node = node_among("a,b,c");
    register_shop(node);
    node_pass(node, MS(1100));
    Seen *sent = node_last_sent(node, DISTRO_OP_CHANGE, "b");
    node_fail(node, sent, DISTRO_OUTCOME_BROKEN);
    node_members(node, "a,c");
    node_members(node, "a,b,c");

    node_forget(node);
    node_pass(node, MS(4100));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 1);
}

/* Between "a,b" and "a,b,c" most tags change hands; this one leaves a. */
static const char *leaving_client(Node *node)
{
    static const char *const ids[] = { "10.0.0.1:80#true", "10.0.0.2:80#true", "10.0.0.3:80#true",
                                       "10.0.0.4:80#true", "10.0.0.5:80#true", "10.0.0.6:80#true" };
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
        const uint32_t hash =
            distro_dictionary_client_info(node->dictionary, node_client(node, ids[i]))->tag_hash;
        if (hash % 2 == 0 && hash % 3 != 0) {
            return ids[i];
        }
    }
    g_assert_not_reached();
}

static void a_former_owner_still_sends_what_it_holds(void)
{
    g_autoptr(Node) node = node_among("a,b");
    const char *client = leaving_client(node);
    check_int(node_write(node, DISTRO_WRITE_REGISTER, client, "shop"), ==, DISTRO_STATUS_OK);
    check_uint(distro_node_state(node->core).owned, ==, 1);

    node_members(node, "a,b,c");
    check_uint(distro_node_state(node->core).owned, ==, 0);
    node_pass(node, MS(1100));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 1);
}

/* --- clocks ------------------------------------------------------------------------------- */

static void a_wall_clock_set_back_makes_tasks_wait(void)
{
    g_autoptr(Node) node = node_among("a,b");
    register_shop(node);
    node->wall_step_us = -S(10);

    node_pass(node, S(11));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 0);
    node_pass(node, S(11) + MS(100));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 1);
}

static void a_wall_clock_set_forth_makes_tasks_fire_at_the_next_scan(void)
{
    g_autoptr(Node) node = node_among("a,b");
    register_shop(node);
    node->wall_step_us = S(10);
    DistroInput wake = { .kind = DISTRO_INPUT_WAKE };
    node_step(node, &wake);

    node_pass(node, MS(100));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 1);
}

/* DistroDelayTask#merge: the only way an old action wins. */
static void an_action_from_before_the_clock_went_back_wins(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node->obliging |= PUSHES;
    register_shop(node);
    node_pass(node, S(3));
    node_forget(node);
    node_operate(node, DISTRO_OPERATION_REGISTER, SHOP, "shop-2");
    node->wall_step_us = -MS(500);
    node_operate(node, DISTRO_OPERATION_DISCONNECT, SHOP, NULL);

    node_pass(node, S(6));
    check_uint(node_sent(node, DISTRO_OP_DELETE, "b"), ==, 0);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_DROPPED), ==, 1);
}

/* --- before 2.1.1: a worker waits for a dead link ------------------------------------------- */

/* One worker, which has begun to try a push to b: its link is dead, while c is well. */
static Node *node_before_211(void)
{
    DistroConfig config = distro_config_default();
    config.fail_fast_on_dead_link = false;
    config.processors = 1;
    Node *node = node_with(&config, "a,b,c");
    node->obliging |= PUSHES | OP(VERIFY);
    node_pass(node, S(11));
    register_shop(node);
    node_pass(node, S(11) + MS(850)); /* tries to connect 0, 100 and 300 ms later */
    g_ptr_array_add(node->refusing, "b");
    node_link_lost(node, "b");
    node_forget(node);
    return node;
}

static int64_t first_push_us(const Node *node, const char *peer)
{
    const Seen *sent = node_nth_sent(node, DISTRO_OP_CHANGE, peer, 0);
    return sent != NULL ? sent->at_us : -1;
}

static void a_worker_waits_three_times_for_a_dead_link_and_others_behind_it(void)
{
    g_autoptr(Node) node = node_before_211();
    node_pass(node, S(12) + MS(300) - 1);
    check_int(first_push_us(node, "c"), ==, -1);
    check_uint(distro_node_state(node->core).queued, ==, 1); /* c's; b's has begun */
    check_uint(node_events(node, DISTRO_EVENT_SYNC_FAILED), ==, 0);
    node_pass(node, S(12) + MS(300));
    check_int(first_push_us(node, "c"), ==, S(12) + MS(300));
}

static void a_link_that_comes_back_meanwhile_is_used(void)
{
    g_autoptr(Node) node = node_before_211();
    node_pass(node, S(12) + MS(100));
    g_ptr_array_set_size(node->refusing, 0);
    node_pass(node, S(12) + MS(400));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 1);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_FAILED), ==, 0);
}

static void a_round_of_verifys_to_a_dead_link_takes_300_ms_an_item(void)
{
    g_autoptr(Node) node = node_before_211();
    node_pass(node, S(14));
    node_operate(node, DISTRO_OPERATION_CONNECT, "1_x_2", NULL);
    node_forget(node);
    node_pass(node, S(17));
    const Seen *sent = node_nth_sent(node, DISTRO_OP_VERIFY, "c", 0);
    check_true(sent != NULL);
    check_int(sent->at_us, ==, S(15) + 2 * MS(300));
    check_uint(distro_node_peer_counters(node->core, node_name(node, "b")).verify_failed, ==, 2);
}

/* TaskExecuteWorker: who finds the queue full waits, and with it everything that it would do. */
static void a_full_queue_holds_up_the_scan(void)
{
    DistroConfig config = distro_config_default();
    config.fail_fast_on_dead_link = false;
    config.processors = 1;
    g_autoptr(Node) node = node_with(&config, "a,b");
    node->obliging |= PUSHES | OP(VERIFY);
    node_pass(node, S(11));
    for (int i = 0; i < 32800; i++) {
        g_autofree char *client = g_strdup_printf("1_x_%d", i);
        node_operate(node, DISTRO_OPERATION_CONNECT, client, NULL);
        node_operate(node, DISTRO_OPERATION_REGISTER, client, "shop");
    }
    node_pass(node, S(11) + MS(850));
    g_ptr_array_add(node->refusing, "b");
    node_link_lost(node, "b");
    node_forget(node);
    node_pass(node, S(12) + MS(50));
    check_uint(distro_node_state(node->core).queued, ==, 32767); /* and one has begun */
    check_uint(distro_node_state(node->core).pending, ==, 31);   /* and one is in the hand */
    g_ptr_array_set_size(node->refusing, 0);
    node_pass(node, S(13));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 32800);
    check_uint(distro_node_state(node->core).queued, ==, 0);
}

int main(void)
{
    static const Test tests[] = {
        { "tasks merge and fire as Java's do", tasks_merge_and_fire_as_javas_do },
        { "a worker waits three times for a dead link, and others behind it",
          a_worker_waits_three_times_for_a_dead_link_and_others_behind_it },
        { "a link that comes back meanwhile is used", a_link_that_comes_back_meanwhile_is_used },
        { "a round of VERIFYs to a dead link takes 300 ms an item",
          a_round_of_verifys_to_a_dead_link_takes_300_ms_an_item },
        { "a full queue holds up the scan", a_full_queue_holds_up_the_scan },
        { "tasks go to the worker that Java chooses", tasks_go_to_the_worker_that_java_chooses },
        { "there are as many workers as the next power of two",
          there_are_as_many_workers_as_the_next_power_of_two },
        { "two quick changes leave as one message to each peer",
          two_quick_changes_leave_as_one_message_to_each_peer },
        { "a change for all is a task for each of them",
          a_change_for_all_is_a_task_for_each_of_them },
        { "a change goes to those who were members then",
          a_change_goes_to_those_who_were_members_then },
        { "a change waits for the scan behind its delay",
          a_change_waits_for_the_scan_behind_its_delay },
        { "what is sent is the state when the task fires",
          what_is_sent_is_the_state_when_the_task_fires },
        { "a failed push is tried again three seconds later, for ever",
          a_failed_push_is_tried_again_three_seconds_later_for_ever },
        { "a change of a client that is gone is dropped in silence",
          a_change_of_a_client_that_is_gone_is_dropped_in_silence },
        { "a retry overrides a pending DELETE, unless switched",
          a_retry_overrides_a_pending_delete_unless_switched },
        { "refused data counts as success, unless switched",
          refused_data_counts_as_success_unless_switched },
        { "every answer but 200 is a failure", every_answer_but_200_is_a_failure },
        { "a push to a disconnected peer fails without a message",
          a_push_to_a_disconnected_peer_fails_without_a_message },
        { "a push to a SUSPICIOUS peer fails without a message",
          a_push_to_a_suspicious_peer_fails_without_a_message },
        { "a task for a removed member is done", a_task_for_a_removed_member_is_done },
        { "a task for part of an address fails for ever, unless switched",
          a_task_for_part_of_an_address_fails_for_ever_unless_switched },
        { "a push under way when its target left and came back is tried again",
          a_push_under_way_when_its_target_left_and_came_back_is_tried_again },
        { "a former owner still sends what it holds", a_former_owner_still_sends_what_it_holds },
        { "a wall clock set back makes tasks wait", a_wall_clock_set_back_makes_tasks_wait },
        { "a wall clock set forth makes tasks fire at the next scan",
          a_wall_clock_set_forth_makes_tasks_fire_at_the_next_scan },
        { "an action from before the clock went back wins",
          an_action_from_before_the_clock_went_back_wins },
        { 0 },
    };
    return run_tests("sync", tests);
}
