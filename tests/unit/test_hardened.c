/* tests/unit/test_hardened.c -- what the profile `hardened` corrects: for each switch, that the
 * flaw shows without it and not with it. */
#include "core/profile.h"
#include "core/v2/replication.h"

#include "tests/support/check.h"
#include "tests/support/nodes.h"

#define SHOP "1_x_1"
#define BEATING "10.0.0.7:8080#true"

static DistroConfig stock(void)
{
    return distro_config_default();
}

static DistroConfig hardened(void)
{
    return distro_profile_config(distro_profile_find("hardened"));
}

static DistroStatus receive_from(Node *node, const char *peer, DistroOp op, const char *client,
                                 int32_t revision, const char *service)
{
    DistroMessage message = { .op = op, .client = node_client(node, client), .revision = revision };
    if (service != NULL) {
        message.content.count = 1;
        message.content.only = node_publication(node, client, service, true, "DEFAULT", 0);
    }
    DistroFrame frame = distro_wire_encode(node->dictionary, &message);
    DistroInput input = { .kind = DISTRO_INPUT_REQUEST };
    input.request.from = node_name(node, peer);
    input.request.frame = &frame;
    node_step(node, &input);
    distro_frame_clear(&frame);
    return node_last(node, DISTRO_EFFECT_ANSWER)->message.status;
}

static bool listed(Node *node, const char *client)
{
    return node_view(node, client).content.count > 0;
}

/* --- connections -------------------------------------------------------------------------- */

static bool comes_back(DistroConfig config)
{
    g_autoptr(Node) node = node_with(&config, "a,b");
    node_receive_change(node, SHOP, 1, "shop");
    node_receive_delete(node, SHOP);
    node_receive_change(node, SHOP, 1, "shop");
    return listed(node, SHOP);
}

static void a_late_push_revives_nobody_who_has_a_tombstone(void)
{
    DistroConfig config = stock();
    check_true(comes_back(config));
    config.tombstone_us = S(190);
    check_true(!comes_back(config));
}

/* The DELETE may come first of all: to a node that has yet to load. */
static void a_tombstone_stands_for_whom_the_node_never_knew(void)
{
    const DistroConfig config = hardened();
    g_autoptr(Node) node = node_with(&config, "a,b");
    node_receive_delete(node, SHOP);
    node_receive_change(node, SHOP, 1, "shop");
    check_true(!listed(node, SHOP));
}

static void a_tombstone_is_forgotten_in_time(void)
{
    DistroConfig config = hardened();
    g_autoptr(Node) node = node_with(&config, "a,b");
    node_receive_delete(node, SHOP);
    node_pass(node, config.tombstone_us + S(1));
    node_receive_change(node, SHOP, 1, "shop");
    check_true(listed(node, SHOP));
    for (int i = 0; i < 10; i++) { /* and leaves nothing behind */
        node_receive_delete(node, SHOP);
        node_pass(node, node->now_us + config.tombstone_us + S(1));
    }
    check_uint(g_queue_get_length(distro_v2(node->core)->tombstone_order), ==, 1);
}

static uint32_t services_after_an_older_push(DistroConfig config)
{
    g_autoptr(Node) node = node_with(&config, "a,b");
    node_receive_change(node, SHOP, 2, "shop,cafe");
    node_receive_change(node, SHOP, 1, "shop");
    return node_view(node, SHOP).content.count;
}

static void an_older_revision_undoes_nothing(void)
{
    DistroConfig config = stock();
    check_uint(services_after_an_older_push(config), ==, 1);
    config.accept_older_revision = false;
    check_uint(services_after_an_older_push(config), ==, 2);
}

static guint deletes_when_the_client_went(DistroConfig config)
{
    g_autoptr(Node) node = node_with(&config, "a,b");
    node_operate(node, DISTRO_OPERATION_CONNECT, SHOP, NULL);
    node_operate(node, DISTRO_OPERATION_REGISTER, SHOP, "shop");
    node_pass(node, S(2));
    node_operate(node, DISTRO_OPERATION_DISCONNECT, SHOP, NULL);
    node_fail(node, node_last_sent(node, DISTRO_OP_CHANGE, "b"), DISTRO_OUTCOME_TIMED_OUT);
    node_pass(node, S(8));
    return node_sent(node, DISTRO_OP_DELETE, "b");
}

/* The retry takes the place of the DELETE that waits, and finds no client. */
static void a_change_whose_client_has_gone_is_sent_as_its_end(void)
{
    DistroConfig config = stock();
    check_uint(deletes_when_the_client_went(config), ==, 0);
    config.delete_if_gone = true;
    check_uint(deletes_when_the_client_went(config), >=, 1);
    config = stock();
    config.retry_may_override_delete = false;
    check_uint(deletes_when_the_client_went(config), >=, 1);
}

static bool lives_on_pushes_alone(DistroConfig config)
{
    g_autoptr(Node) node = node_with(&config, "a,b");
    for (int i = 1; i < 48; i++) {
        node_receive_change(node, SHOP, i, i % 2 == 0 ? "shop" : "shop,cafe");
        node_pass(node, S(5) * i);
    }
    return distro_node_counters(node->core).leases_expired == 0;
}

static void a_state_that_is_taken_over_renews_the_lease(void)
{
    DistroConfig config = stock();
    check_true(!lives_on_pushes_alone(config));
    config.sync_renews_lease = true;
    check_true(lives_on_pushes_alone(config));
}

static void revision_zero_matches_itself_alone(void)
{
    DistroConfig config = stock();
    g_autoptr(Node) loose = node_with(&config, "a,b");
    node_receive_change(loose, SHOP, 3, "shop");
    check_int(node_receive_verify(loose, SHOP, 0), ==, DISTRO_STATUS_OK);
    config.zero_revision_matches = false;
    g_autoptr(Node) strict = node_with(&config, "a,b");
    node_receive_change(strict, SHOP, 3, "shop");
    check_int(node_receive_verify(strict, SHOP, 0), ==, DISTRO_STATUS_VERIFY_FAILED);
}

static bool takes_another_cluster(DistroConfig config)
{
    g_autoptr(Node) node = node_with(&config, "a,b");
    node_receive_change(node, SHOP, 1, "shop");
    const DistroMessage moved = {
        .op = DISTRO_OP_CHANGE,
        .client = node_client(node, SHOP),
        .revision = 2,
        .content = { .count = 1, .only = node_publication(node, SHOP, "shop", true, "EAST", 0) },
    };
    node_receive(node, &moved);
    return node_view(node, SHOP).content.only == moved.content.only;
}

static void a_change_of_cluster_alone_is_taken_over(void)
{
    DistroConfig config = stock();
    check_true(!takes_another_cluster(config));
    config.compare_cluster = true;
    check_true(takes_another_cluster(config));
}

static guint pushes_of_the_same_again(DistroConfig config)
{
    g_autoptr(Node) node = node_with(&config, "a,b");
    node_operate(node, DISTRO_OPERATION_CONNECT, SHOP, NULL);
    node_operate(node, DISTRO_OPERATION_REGISTER, SHOP, "shop");
    node_pass(node, S(2));
    node_forget(node);
    node_operate(node, DISTRO_OPERATION_REGISTER, SHOP, "shop");
    node_pass(node, S(4));
    return node_sent(node, DISTRO_OP_CHANGE, "b");
}

static void registering_the_same_again_costs_nothing(void)
{
    DistroConfig config = stock();
    check_uint(pushes_of_the_same_again(config), ==, 1);
    config.skip_identical = true;
    check_uint(pushes_of_the_same_again(config), ==, 0);
}

/* --- the order of heartbeat clients' states ----------------------------------------------- */

static void actions_outrank_verdicts_and_later_outranks_earlier(void)
{
    const DistroConfig config = hardened();
    g_autoptr(Node) node = node_with(&config, "a,b");
    const int32_t first = distro_order_action(node->core, 0);
    const int32_t ill = distro_order_verdict(node->core, first);
    const int32_t gone = distro_order_verdict(node->core, ill);
    const int32_t again = distro_order_action(node->core, ill);

    check_int(distro_order_compare(first, first), ==, DISTRO_ORDER_SAME);
    check_int(distro_order_compare(ill, first), ==, DISTRO_ORDER_VERDICT);
    check_int(distro_order_compare(first, ill), ==, DISTRO_ORDER_EARLIER);
    check_int(distro_order_compare(gone, ill), ==, DISTRO_ORDER_VERDICT);
    check_int(distro_order_compare(again, gone), ==, DISTRO_ORDER_LATER);
    check_int(distro_order_compare(gone, again), ==, DISTRO_ORDER_EARLIER);
}

static void the_count_goes_round(void)
{
    const DistroConfig config = hardened();
    g_autoptr(Node) node = node_with(&config, "a,b");
    int32_t revision = distro_order_action(node->core, 0);
    for (int i = 0; i < 1 << 21; i++) {
        const int32_t next = distro_order_action(node->core, revision);
        if (distro_order_compare(next, revision) != DISTRO_ORDER_LATER) {
            check_int(i, ==, -1);
            return;
        }
        revision = next;
    }
    check_int(distro_order_compare(12345, revision), ==,
              DISTRO_ORDER_LATER); /* a node that hashes */
}

/* A client that came back after everybody forgot it is later than what a straggler remembers. */
static void actions_count_on_from_the_clock(void)
{
    const DistroConfig config = hardened();
    g_autoptr(Node) node = node_with(&config, "a,b");
    int32_t old = distro_order_action(node->core, 0);
    for (int i = 0; i < 100; i++) {
        old = distro_order_action(node->core, old);
    }
    node_pass(node, S(200));
    check_int(distro_order_compare(distro_order_action(node->core, 0), old), ==,
              DISTRO_ORDER_LATER);
}

/* a hears the client, and b says that it is gone. */
static Node *told_of_a_death(DistroConfig config, int64_t since_the_last_beat_us)
{
    Node *node = node_with(&config, "a,b,c");
    const char *client = node_client_of(node, "a");
    node_write(node, DISTRO_WRITE_REGISTER, client, "shop");
    node_pass(node, node->now_us + since_the_last_beat_us);
    const int32_t revision = node_view(node, client).revision;
    node_forget(node);
    receive_from(node, "b", DISTRO_OP_CHANGE, client,
                 config.ordered_revisions ? distro_order_verdict(node->core, revision) : 7, NULL);
    return node;
}

static void whoever_hears_a_client_insists_against_a_verdict(void)
{
    g_autoptr(Node) obeys = told_of_a_death(stock(), S(1));
    check_true(!listed(obeys, node_client_of(obeys, "a")));

    g_autoptr(Node) insists = told_of_a_death(hardened(), S(1));
    check_true(listed(insists, node_client_of(insists, "a")));
    node_pass(insists, insists->now_us + S(2));
    check_true(node_sent(insists, DISTRO_OP_CHANGE, "b") == 1); /* and tells it so */
    check_true(node_sent(insists, DISTRO_OP_CHANGE, "c") == 1);
}

static void whoever_heard_it_long_ago_does_not(void)
{
    g_autoptr(Node) node = told_of_a_death(hardened(), S(16));
    check_true(!listed(node, node_client_of(node, "a")));
}

/* b vouches for its client; what c concludes from silence does not count, what b does, does. */
static void a_verdict_counts_from_whoever_vouched(void)
{
    const DistroConfig config = hardened();
    g_autoptr(Node) node = node_with(&config, "a,b,c");
    const char *client = node_client_of(node, "b");
    const int32_t revision = distro_order_action(node->core, 0);
    receive_from(node, "b", DISTRO_OP_CHANGE, client, revision, "shop");
    receive_from(node, "b", DISTRO_OP_VERIFY, client, revision, NULL);
    const int32_t verdict = distro_order_verdict(node->core, revision);

    receive_from(node, "c", DISTRO_OP_CHANGE, client, verdict, NULL);
    check_true(listed(node, client));
    receive_from(node, "b", DISTRO_OP_CHANGE, client, verdict, NULL);
    check_true(!listed(node, client));
}

static void who_sends_an_earlier_state_is_told_the_later_one(void)
{
    const DistroConfig config = hardened();
    g_autoptr(Node) node = node_with(&config, "a,b");
    const char *client = node_client_of(node, "b");
    const int32_t first = distro_order_action(node->core, 0);
    receive_from(node, "b", DISTRO_OP_CHANGE, client, distro_order_action(node->core, first),
                 "cafe");
    node_forget(node);
    receive_from(node, "b", DISTRO_OP_CHANGE, client, first, "shop");
    const DistroClientView view = node_view(node, client);
    check_true(distro_content_find(node->dictionary, &view.content, node_service(node, "cafe")) !=
               0);
    node_pass(node, node->now_us + S(1));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 1);
    node_forget(node);
    check_int(receive_from(node, "b", DISTRO_OP_VERIFY, client, first, NULL), ==, DISTRO_STATUS_OK);
    node_pass(node, node->now_us + S(1));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 1);
}

/* The empty record is the tombstone: each node forgets it alone, without a message. */
static void an_emptied_client_is_remembered_and_then_forgotten(void)
{
    const DistroConfig config = hardened();
    g_autoptr(Node) node = node_with(&config, "a,b");
    const char *client = node_client_of(node, "a");
    node_write(node, DISTRO_WRITE_REGISTER, client, "shop");
    node_write(node, DISTRO_WRITE_DEREGISTER, client, "shop");
    node_pass(node, S(180));
    check_true(node_view(node, client).present);
    node_pass(node, S(200));
    check_true(!node_view(node, client).present);
    check_uint(node_sent(node, DISTRO_OP_DELETE, NULL), ==, 0);
}

static guint verifies_of_a_client_never_heard(DistroConfig config)
{
    g_autoptr(Node) node = node_with(&config, "a,b");
    const char *client = node_client_of(node, "a");
    receive_from(node, "b", DISTRO_OP_CHANGE, client,
                 config.ordered_revisions ? distro_order_action(node->core, 0) : 5, "shop");
    node_pass(node, S(6));
    return node_sent(node, DISTRO_OP_VERIFY, "b");
}

static void an_owner_vouches_only_for_whom_it_heard(void)
{
    check_uint(verifies_of_a_client_never_heard(stock()), ==, 1);
    check_uint(verifies_of_a_client_never_heard(hardened()), ==, 0);
}

/* --- who owns and who is asked ------------------------------------------------------------ */

static guint retries_after_losing_the_client(DistroConfig config)
{
    g_autoptr(Node) node = node_with(&config, "a,b");
    const char *client = node_client_of(node, "a");
    receive_from(node, "b", DISTRO_OP_CHANGE, client, 5, "shop"); /* owned: it passes that on */
    node_pass(node, S(2));
    node_members(node, "a,b,c,d,e,f,g");
    if (distro_node_responsible(
            node->core,
            distro_dictionary_client_info(node->dictionary, node_client(node, client))->tag_hash)) {
        node_members(node, "a,b,c,d,e,f");
    }
    Seen *push = node_last_sent(node, DISTRO_OP_CHANGE, "b");
    node_forget(node);
    node_fail(node, push, DISTRO_OUTCOME_TIMED_OUT);
    node_pass(node, S(6));
    return node_events(node, DISTRO_EVENT_SYNC_SENT);
}

static void a_former_owner_tries_no_more(void)
{
    DistroConfig config = stock();
    check_uint(retries_after_losing_the_client(config), ==, 1);
    config.former_owner_retries = false;
    check_uint(retries_after_losing_the_client(config), ==, 0);
}

static DistroStatus answer_to_a_forwarded_write(DistroConfig config)
{
    g_autoptr(Node) node = node_with(&config, "a,b");
    const char *client = node_client_of(node, "b");
    const DistroMessage forward = {
        .op = DISTRO_OP_FORWARD,
        .write = { .kind = DISTRO_WRITE_REGISTER,
                   .client = node_client(node, client),
                   .service = node_service(node, "shop"),
                   .publication = node_publication(node, client, "shop", true, "DEFAULT", 0) },
    };
    return node_receive(node, &forward);
}

static void a_forwarded_write_is_executed_where_it_arrives(void)
{
    DistroConfig config = stock();
    check_int(answer_to_a_forwarded_write(config), ==, DISTRO_STATUS_HTTP_BAD_REQUEST);
    config.refuse_forwarded = false;
    check_int(answer_to_a_forwarded_write(config), ==, DISTRO_STATUS_OK);
}

static DistroStatus reply_when_the_owner_is_silent(DistroConfig config)
{
    g_autoptr(Node) node = node_with(&config, "a,b");
    g_ptr_array_add(node->silent, "b");
    node_write(node, DISTRO_WRITE_REGISTER, node_client_of(node, "b"), "shop");
    node_pass(node, S(3));
    check_uint(g_hash_table_size(node->core->forwards), ==, 0);
    return node_last(node, DISTRO_EFFECT_REPLY)->effect.reply.status;
}

static void a_write_that_cannot_be_passed_on_is_executed_here(void)
{
    DistroConfig config = stock();
    check_int(reply_when_the_owner_is_silent(config), ==, DISTRO_STATUS_HTTP_ERROR);
    config.write_if_forward_fails = true;
    check_int(reply_when_the_owner_is_silent(config), ==, DISTRO_STATUS_OK);
}

/* --- loading ------------------------------------------------------------------------------ */

static Node *booting(const DistroConfig *config, const char *members)
{
    Node *node = node_new(config, members);
    node->obliging = HOUSEKEEPING;
    node_boot(node, members);
    node_pass(node, S(1));
    return node;
}

static guint peers_asked(bool load_from_all)
{
    DistroConfig config = stock();
    config.load_from_all = load_from_all;
    g_autoptr(Node) node = booting(&config, "a,b,c,d");
    return node_sent(node, DISTRO_OP_SNAPSHOT, NULL);
}

static void every_peer_is_asked_for_its_snapshot(void)
{
    check_uint(peers_asked(false), ==, 1);
    check_uint(peers_asked(true), ==, 3);
}

static bool loads_what_is_too_big(bool limit_snapshot)
{
    DistroConfig config = stock();
    config.max_message_bytes = 100;
    config.limit_snapshot = limit_snapshot;
    g_autoptr(Node) node = booting(&config, "a,b");
    return distro_node_state(node->core).initialised;
}

static void a_snapshot_may_be_of_any_size(void)
{
    check_true(!loads_what_is_too_big(true));
    check_true(loads_what_is_too_big(false));
}

/* --- time --------------------------------------------------------------------------------- */

/* The process stands still for @paused_us, or its clock is set forward by @set_us. */
static bool forgets_a_replica(bool lived_clock, int64_t paused_us, int64_t set_us)
{
    DistroConfig config = stock();
    config.lived_clock = lived_clock;
    g_autoptr(Node) node = node_with(&config, "a,b");
    node_receive_change(node, SHOP, 1, "shop");
    node_pass(node, S(3));
    node->now_us += paused_us;
    node->wall_step_us += set_us;
    DistroInput wake = { .kind = DISTRO_INPUT_WAKE };
    node_step(node, &wake);
    node_pass(node, node->now_us + S(6));
    return !listed(node, SHOP);
}

static void a_lease_counts_the_time_that_the_process_ran(void)
{
    check_true(forgets_a_replica(false, S(200), 0));
    check_true(!forgets_a_replica(true, S(200), 0));
    check_true(forgets_a_replica(false, 0, S(200)));
    check_true(!forgets_a_replica(true, 0, S(200)));
    check_true(!forgets_a_replica(true, S(100), S(-500)));
}

int main(void)
{
    static const Test tests[] = {
        { "a late push revives nobody who has a tombstone",
          a_late_push_revives_nobody_who_has_a_tombstone },
        { "a tombstone stands for whom the node never knew",
          a_tombstone_stands_for_whom_the_node_never_knew },
        { "a tombstone is forgotten in time", a_tombstone_is_forgotten_in_time },
        { "an older revision undoes nothing", an_older_revision_undoes_nothing },
        { "a change whose client has gone is sent as its end",
          a_change_whose_client_has_gone_is_sent_as_its_end },
        { "a state that is taken over renews the lease",
          a_state_that_is_taken_over_renews_the_lease },
        { "revision 0 matches itself alone", revision_zero_matches_itself_alone },
        { "a change of cluster alone is taken over", a_change_of_cluster_alone_is_taken_over },
        { "registering the same again costs nothing", registering_the_same_again_costs_nothing },
        { "actions outrank verdicts, and later outranks earlier",
          actions_outrank_verdicts_and_later_outranks_earlier },
        { "the count goes round", the_count_goes_round },
        { "actions count on from the clock", actions_count_on_from_the_clock },
        { "whoever hears a client insists against a verdict",
          whoever_hears_a_client_insists_against_a_verdict },
        { "whoever heard it long ago does not", whoever_heard_it_long_ago_does_not },
        { "a verdict counts from whoever vouched", a_verdict_counts_from_whoever_vouched },
        { "who sends an earlier state is told the later one",
          who_sends_an_earlier_state_is_told_the_later_one },
        { "an emptied client is remembered, and then forgotten",
          an_emptied_client_is_remembered_and_then_forgotten },
        { "an owner vouches only for whom it heard", an_owner_vouches_only_for_whom_it_heard },
        { "a former owner tries no more", a_former_owner_tries_no_more },
        { "a forwarded write is executed where it arrives",
          a_forwarded_write_is_executed_where_it_arrives },
        { "a write that cannot be passed on is executed here",
          a_write_that_cannot_be_passed_on_is_executed_here },
        { "every peer is asked for its snapshot", every_peer_is_asked_for_its_snapshot },
        { "a snapshot may be of any size", a_snapshot_may_be_of_any_size },
        { "a lease counts the time that the process ran",
          a_lease_counts_the_time_that_the_process_ran },
        { 0 },
    };
    return run_tests("hardened", tests);
}
