/* tests/unit/test_releases.c -- what releases do otherwise: both sides of every switch that a row
 * of profile.c turns. */
#include "core/node.h"
#include "core/profile.h"

#include "tests/support/check.h"
#include "tests/support/nodes.h"

#define SHOP "1_x_1"
#define BEATING "10.0.0.7:8080#true"

static const DistroConfig *config_of(const char *profile)
{
    static DistroConfig config;
    config = distro_profile_config(distro_profile_find(profile));
    return &config;
}

/* A node whose connections to its peers stand, whatever its release asks for. */
static Node *node_of(const char *profile)
{
    DistroConfig config = *config_of(profile);
    config.connect_on_report = false;
    return node_with(&config, "a,b");
}

static void connect_shop(Node *node)
{
    node_operate(node, DISTRO_OPERATION_CONNECT, SHOP, NULL);
    node_operate(node, DISTRO_OPERATION_REGISTER, SHOP, "shop");
}

static DistroPublication batch_of(Node *node, const char *service)
{
    DistroListing listings[2];
    for (int i = 0; i < 2; i++) {
        const DistroInstance instance = {
            .ip = node_name(node, "10.0.0.9"),
            .port = 9 + i,
            .healthy = true,
            .cluster = node_name(node, "DEFAULT"),
        };
        listings[i] =
            distro_dictionary_listing(node->dictionary, node_service(node, service), &instance);
    }
    return distro_dictionary_publication(node->dictionary, node_service(node, service), true,
                                         listings, 2);
}

static void register_batch(Node *node, const char *service)
{
    DistroInput input = { .kind = DISTRO_INPUT_OPERATION };
    input.operation.kind = DISTRO_OPERATION_REGISTER;
    input.operation.client = node_client(node, SHOP);
    input.operation.service = node_service(node, service);
    input.operation.publication = batch_of(node, service);
    input.operation.call = 7;
    node_step(node, &input);
}

/* --- revisions ---------------------------------------------------------------------------- */

static int32_t verified_revision(const char *profile)
{
    g_autoptr(Node) node = node_of(profile);
    connect_shop(node);
    node_pass(node, S(6));
    return node_last_sent(node, DISTRO_OP_VERIFY, "b")->message.revision;
}

static void verify_carries_the_revision_since_2_1_2(void)
{
    check_int(verified_revision("nacos-2.0.3"), ==, 0);
    check_int(verified_revision("nacos-2.1.2"), ==, 1);
}

static DistroStatus answer_to_another_revision(const char *profile)
{
    g_autoptr(Node) node = node_of(profile);
    node_receive_change(node, SHOP, 3, "shop");
    return node_receive_verify(node, SHOP, 4);
}

static void verify_compares_the_revision_since_2_1_2(void)
{
    check_int(answer_to_another_revision("nacos-2.0.3"), ==, DISTRO_STATUS_OK);
    check_int(answer_to_another_revision("nacos-2.1.2"), ==, DISTRO_STATUS_VERIFY_FAILED);
}

static int32_t revision_after_a_second_change(const char *profile)
{
    g_autoptr(Node) node = node_of(profile);
    node_receive_change(node, SHOP, 1, "shop");
    node_receive_change(node, SHOP, 2, "shop,cafe");
    check_uint(node_view(node, SHOP).content.count, ==, 2);
    return node_view(node, SHOP).revision;
}

/* nacos#10056, #10693: the content follows, the revision stays that of the first message. */
static void a_replica_stores_the_revision_since_2_3_0(void)
{
    check_int(revision_after_a_second_change("nacos-2.1.2"), ==, 1);
    check_int(revision_after_a_second_change("nacos-2.2.1"), ==, 1);
    check_int(revision_after_a_second_change("nacos-2.3"), ==, 2);
}

/* The one place that called setRevision was the end of applying batches. */
static void with_a_batch_the_revision_was_stored_before(void)
{
    g_autoptr(Node) node = node_of("nacos-2.2.1");
    const DistroPublication batch = batch_of(node, "shop");
    DistroMessage change = { .op = DISTRO_OP_CHANGE,
                             .client = node_client(node, SHOP),
                             .revision = 1,
                             .content = { .count = 1, .only = batch } };
    node_receive(node, &change);
    change.revision = 2;
    node_receive(node, &change);
    check_int(node_view(node, SHOP).revision, ==, 2);
}

static int32_t revision_after_a_batch(const char *profile)
{
    g_autoptr(Node) node = node_of(profile);
    connect_shop(node);
    register_batch(node, "cafe");
    check_uint(node_view(node, SHOP).content.count, ==, 2);
    return node_view(node, SHOP).revision;
}

static void a_batch_moves_the_revision_since_2_3_0(void)
{
    check_int(revision_after_a_batch("nacos-2.2.1"), ==, 1);
    check_int(revision_after_a_batch("nacos-2.3"), ==, 2);
}

/* --- batches ------------------------------------------------------------------------------ */

static void a_batch_finds_no_handler_before_2_1_1(void)
{
    g_autoptr(Node) old = node_of("nacos-2.0.3");
    connect_shop(old);
    register_batch(old, "cafe");
    check_int(node_last(old, DISTRO_EFFECT_REPLY)->effect.reply.status, ==,
              DISTRO_STATUS_NO_HANDLER);
    check_uint(node_view(old, SHOP).content.count, ==, 1);

    g_autoptr(Node) new = node_of("nacos-2.1.2");
    connect_shop(new);
    register_batch(new, "cafe");
    check_int(node_last(new, DISTRO_EFFECT_REPLY)->effect.reply.status, ==, DISTRO_STATUS_OK);
}

static uint32_t listed_of_a_received_batch(const char *profile)
{
    g_autoptr(Node) node = node_of(profile);
    const DistroMessage change = { .op = DISTRO_OP_CHANGE,
                                   .client = node_client(node, SHOP),
                                   .revision = 1,
                                   .content = { .count = 1, .only = batch_of(node, "shop") } };
    check_int(node_receive(node, &change), ==, DISTRO_STATUS_OK);
    return node_view(node, SHOP).content.count;
}

static void a_peer_before_2_1_1_skips_batches(void)
{
    check_uint(listed_of_a_received_batch("nacos-2.0.3"), ==, 0);
    check_uint(listed_of_a_received_batch("nacos-2.1.2"), ==, 1);
}

/* --- members ------------------------------------------------------------------------------ */

static Node *with_a_refusing_peer(const char *profile)
{
    Node *node = node_of(profile);
    g_ptr_array_add(node->refusing, "b");
    node_link_lost(node, "b");
    node_pass(node, S(8));
    return node;
}

static void a_refused_report_over_http_means_down_at_once(void)
{
    g_autoptr(Node) http = with_a_refusing_peer("nacos-2.1.2");
    check_int(node_member(http, "b")->state, ==, DISTRO_MEMBER_DOWN);
    g_autoptr(Node) grpc = with_a_refusing_peer("nacos-2.2.1");
    check_int(node_member(grpc, "b")->state, ==, DISTRO_MEMBER_SUSPICIOUS);
}

/* Four reports in a row, each of which takes its 2.5 s to fail, follow each other every 2 s. */
static void a_silent_peer_is_down_after_four_reports_over_http(void)
{
    g_autoptr(Node) node = node_of("nacos-2.1.2");
    g_ptr_array_add(node->silent, "b");

    node_pass(node, S(13) + MS(400));
    check_int(node_member(node, "b")->state, ==, DISTRO_MEMBER_SUSPICIOUS);
    node_pass(node, S(13) + MS(600));
    check_int(node_member(node, "b")->state, ==, DISTRO_MEMBER_DOWN);
}

static void a_report_over_http_needs_no_connection(void)
{
    g_autoptr(Node) node = node_of("nacos-2.1.2");
    node_forget(node);
    node_pass(node, S(6));
    check_true(!node_last_sent(node, DISTRO_OP_REPORT, "b")->effect.send.by_connection);
    g_autoptr(Node) grpc = node_of("nacos-2.2.1");
    node_pass(grpc, S(6));
    check_true(node_last_sent(grpc, DISTRO_OP_REPORT, "b")->effect.send.by_connection);
}

static void before_2_2_1_a_member_is_connected_to_once_it_has_reported(void)
{
    g_autoptr(Node) node = node_new(config_of("nacos-2.1.2"), "a,b");
    node->obliging = HOUSEKEEPING;
    node_boot(node, "a,b");
    node_pass(node, S(20));
    check_uint(node_sent(node, DISTRO_OP_CONNECT, "b"), ==, 0);
    check_true(!distro_node_state(node->core).initialised); /* the first load found no peer */

    const DistroMessage report = { .op = DISTRO_OP_REPORT, .target = node_name(node, "b") };
    node_receive(node, &report);
    node_pass(node, S(21));
    check_true(node_member(node, "b")->rpc_running);
    node_pass(node, S(59));
    check_true(!distro_node_state(node->core).initialised);
    node_pass(node, S(61)); /* load.retryDelay is a minute there */
    check_true(distro_node_state(node->core).initialised);
}

/* --- liveness ----------------------------------------------------------------------------- */

static uint64_t late_beats_of_a_copy(const char *profile)
{
    g_autoptr(Node) node = node_of(profile);
    node_receive_change(node, node_client_of(node, "b"), 1, "shop");
    node_pass(node, S(22));
    return distro_node_counters(node->core).beats_late;
}

/* nacos#5169: a server that the owner does not reach takes the living for dead. */
static void only_the_owner_checks_beats_since_2_0_1(void)
{
    check_uint(late_beats_of_a_copy("nacos-2.0.0"), ==, 1);
    check_uint(late_beats_of_a_copy("nacos-2.0.3"), ==, 0);
}

static bool is_idle_copy_dropped(const char *profile)
{
    DistroConfig config = *config_of(profile);
    config.connect_on_report = false;
    config.owner_checks_beats = true;
    g_autoptr(Node) node = node_with(&config, "a,b");
    const char *client = node_client_of(node, "b");
    node_receive_change(node, client, 1, "shop");
    node_pass(node, S(300));
    return !node_view(node, client).present;
}

static void an_idle_heartbeat_copy_goes_since_2_0_3(void)
{
    check_true(!is_idle_copy_dropped("nacos-2.0.0"));
    check_true(is_idle_copy_dropped("nacos-2.0.3"));
}

static guint probes_of_an_idle_connection(const char *profile)
{
    g_autoptr(Node) node = node_of(profile);
    connect_shop(node);
    node_forget(node);
    node_pass(node, S(24));
    return node_effects(node, DISTRO_EFFECT_PROBE);
}

/* nacos#10509: the check was lost when connection control became a plug-in. */
static void an_idle_connection_is_probed_but_not_in_2_2(void)
{
    check_uint(probes_of_an_idle_connection("nacos-2.1.2"), ==, 1);
    check_uint(probes_of_an_idle_connection("nacos-2.2.1"), ==, 0);
    check_uint(probes_of_an_idle_connection("nacos-2.3"), ==, 1);
}

static int64_t probe_timeout(const char *profile)
{
    g_autoptr(Node) node = node_of(profile);
    connect_shop(node);
    node_pass(node, S(24));
    return node_last(node, DISTRO_EFFECT_PROBE)->effect.probe.timeout_us;
}

static void the_probe_waits_one_second_before_2_2_0(void)
{
    check_int(probe_timeout("nacos-2.1.2"), ==, S(1));
    check_int(probe_timeout("nacos-2.3"), ==, S(5));
}

/* --- order of events ---------------------------------------------------------------------- */

static guint deletes_after_a_change_in_the_same_breath(const char *profile)
{
    g_autoptr(Node) node = node_of(profile);
    connect_shop(node);
    node_pass(node, S(4));
    node_answer_all(node, DISTRO_OP_CHANGE, DISTRO_STATUS_OK);
    node_forget(node);
    node_operate(node, DISTRO_OPERATION_REGISTER, SHOP, "cafe");
    node_operate(node, DISTRO_OPERATION_DISCONNECT, SHOP, NULL);
    node_pass(node, S(8));
    return node_sent(node, DISTRO_OP_DELETE, "b");
}

/* nacos#5918: the CHANGE, handled late, replaces the DELETE that waits, and finds no client. */
static void a_change_handled_late_swallows_the_delete_before_2_0_2(void)
{
    check_uint(deletes_after_a_change_in_the_same_breath("nacos-2.0.0"), ==, 0);
    check_uint(deletes_after_a_change_in_the_same_breath("nacos-2.0.3"), ==, 1);
}

int main(void)
{
    static const Test tests[] = {
        { "VERIFY carries the revision since 2.1.2", verify_carries_the_revision_since_2_1_2 },
        { "VERIFY compares the revision since 2.1.2", verify_compares_the_revision_since_2_1_2 },
        { "a replica stores the revision since 2.3.0", a_replica_stores_the_revision_since_2_3_0 },
        { "with a batch the revision was stored before",
          with_a_batch_the_revision_was_stored_before },
        { "a batch moves the revision since 2.3.0", a_batch_moves_the_revision_since_2_3_0 },
        { "a batch finds no handler before 2.1.1", a_batch_finds_no_handler_before_2_1_1 },
        { "a peer before 2.1.1 skips batches", a_peer_before_2_1_1_skips_batches },
        { "a refused report over HTTP means DOWN at once",
          a_refused_report_over_http_means_down_at_once },
        { "a silent peer is DOWN after four reports over HTTP",
          a_silent_peer_is_down_after_four_reports_over_http },
        { "a report over HTTP needs no connection", a_report_over_http_needs_no_connection },
        { "before 2.2.1 a member is connected to once it has reported",
          before_2_2_1_a_member_is_connected_to_once_it_has_reported },
        { "only the owner checks beats since 2.0.1", only_the_owner_checks_beats_since_2_0_1 },
        { "an idle heartbeat copy goes since 2.0.3", an_idle_heartbeat_copy_goes_since_2_0_3 },
        { "an idle connection is probed, but not in 2.2",
          an_idle_connection_is_probed_but_not_in_2_2 },
        { "the probe waits one second before 2.2.0", the_probe_waits_one_second_before_2_2_0 },
        { "a CHANGE handled late swallows the DELETE before 2.0.2",
          a_change_handled_late_swallows_the_delete_before_2_0_2 },
        { 0 },
    };
    return run_tests("releases", tests);
}
