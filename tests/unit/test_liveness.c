/* tests/unit/test_liveness.c -- beats, leases, idle connections. */
#include "core/node.h"

#include "tests/support/check.h"
#include "tests/support/nodes.h"

#define SHOP "1_x_1"

/* A node that owns every ip:port client, so that the test need not look for one. */
static Node *sole_owner(DistroConfig *config)
{
    config->distro_enabled = false;
    return node_with(config, "a,b");
}

#define BEATING "10.0.0.7:8080#true"

static bool healthy(Node *node, const char *client)
{
    const DistroClientView view = node_view(node, client);
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(node->dictionary, view.content.only);
    return distro_dictionary_listing_info(node->dictionary, info->listings[0])->instance.healthy;
}

static bool listed(Node *node, const char *client)
{
    return node_view(node, client).content.count == 1;
}

static Node *with_instance(DistroConfig *config)
{
    Node *node = sole_owner(config);
    node_write(node, DISTRO_WRITE_REGISTER, BEATING, "shop"); /* at 50 ms; checked 5 s apart */
    node_forget(node);
    return node;
}

static void an_instance_without_beats_is_unhealthy_then_removed(void)
{
    DistroConfig config = distro_config_default();
    g_autoptr(Node) node = with_instance(&config);

    node_pass(node, S(20) + MS(49)); /* at 15.05 s it is 15 s old: not strictly older */
    check_true(healthy(node, BEATING));
    node_pass(node, S(20) + MS(50));
    check_true(!healthy(node, BEATING));
    check_uint(node_events(node, DISTRO_EVENT_BEAT_LATE), ==, 1);
    node_pass(node, S(35) + MS(49));
    check_true(listed(node, BEATING));
    node_pass(node, S(35) + MS(50));
    check_true(!listed(node, BEATING));
}

/* Checks come 5 s apart from each one's registration on: after 20 s it is late, after 35 s gone. */
static void each_of_many_is_checked_in_its_own_time(void)
{
    DistroConfig config = distro_config_default();
    g_autoptr(Node) node = sole_owner(&config);
    for (int second = 1; second <= 60; second++) {
        g_autofree char *client = g_strdup_printf("10.0.0.%d:8080#true", second);
        node_pass(node, S(second));
        check_uint(distro_node_counters(node->core).beats_late, ==, MAX(second - 20, 0));
        check_uint(distro_node_counters(node->core).beats_expired, ==, MAX(second - 35, 0));
        node_write(node, DISTRO_WRITE_REGISTER, client, "shop");
    }
}

static void without_expiry_an_unhealthy_instance_stays(void)
{
    DistroConfig config = distro_config_default();
    config.expire_instance = false;
    g_autoptr(Node) node = with_instance(&config);

    node_pass(node, S(60));
    check_true(listed(node, BEATING) && !healthy(node, BEATING));
}

static void a_change_of_health_is_pushed_without_a_new_revision(void)
{
    DistroConfig config = distro_config_default();
    g_autoptr(Node) node = with_instance(&config);
    const int32_t revision = node_view(node, BEATING).revision;

    node_pass(node, S(20));
    node_forget(node);
    node_pass(node, S(22));
    check_uint(node_sent(node, DISTRO_OP_CHANGE, "b"), ==, 1);
    check_int(node_last_sent(node, DISTRO_OP_CHANGE, "b")->message.revision, ==, revision);
    config.revision_on_health_change = true;
    g_autoptr(Node) switched = with_instance(&config);
    node_pass(switched, S(22));
    check_int(node_view(switched, BEATING).revision, !=, revision);
}

static void a_beat_makes_an_unhealthy_instance_healthy_again(void)
{
    DistroConfig config = distro_config_default();
    g_autoptr(Node) node = with_instance(&config);
    const int32_t revision = node_view(node, BEATING).revision;
    node_pass(node, S(21));
    node_forget(node);

    check_int(node_write(node, DISTRO_WRITE_LIGHT_BEAT, BEATING, "shop"), ==, DISTRO_STATUS_OK);
    check_true(healthy(node, BEATING));
    check_int(node_view(node, BEATING).revision, ==, revision);
    check_uint(node_events(node, DISTRO_EVENT_BEAT_RECOVERED), ==, 1);
    check_uint(node_events(node, DISTRO_EVENT_SYNC_QUEUED) +
                   node_events(node, DISTRO_EVENT_SYNC_MERGED),
               ==, 1);
}

static void regular_beats_keep_an_instance(void)
{
    DistroConfig config = distro_config_default();
    g_autoptr(Node) node = with_instance(&config);

    for (int i = 1; i <= 60; i++) {
        node_pass(node, S(5) * i);
        node_write(node, DISTRO_WRITE_LIGHT_BEAT, BEATING, "shop");
    }
    check_true(listed(node, BEATING) && healthy(node, BEATING));
    check_uint(node_events(node, DISTRO_EVENT_BEAT_LATE), ==, 0);
}

static void only_the_owner_judges(void)
{
    g_autoptr(Node) node = node_among("a,b");
    const char *other = node_client_of(node, "b");
    node_receive_change(node, other, 1, "shop");

    node_pass(node, S(100));
    check_true(listed(node, other) && healthy(node, other));
}

static void nobody_judges_with_health_checks_off(void)
{
    DistroConfig config = distro_config_default();
    config.health_check_enabled = false;
    g_autoptr(Node) node = with_instance(&config);

    node_pass(node, S(100));
    check_true(listed(node, BEATING) && healthy(node, BEATING));
}

static void register_with(Node *node, const char *key, const char *value)
{
    const DistroExtEntry entry = { .key = key, .kind = DISTRO_VALUE_STRING, .text = value };
    const DistroExt ext = distro_dictionary_ext(node->dictionary, &entry, 1);
    node_write_of(node, DISTRO_WRITE_REGISTER, BEATING,
                  node_publication(node, BEATING, "shop", true, "DEFAULT", ext));
}

static void metadata_sets_the_limits_of_its_instance(void)
{
    DistroConfig config = distro_config_default();
    g_autoptr(Node) late = sole_owner(&config);
    register_with(late, "preserved.heart.beat.timeout", "3000");
    node_pass(late, S(5) + MS(50));
    check_true(!healthy(late, BEATING));
    g_autoptr(Node) expired = sole_owner(&config);
    register_with(expired, "preserved.ip.delete.timeout", "3000");
    node_pass(expired, S(5) + MS(50));
    check_true(!listed(expired, BEATING));
    g_autoptr(Node) nonsense = sole_owner(&config);
    register_with(nonsense, "preserved.ip.delete.timeout", "soon");
    node_pass(nonsense, S(5) + MS(50));
    check_true(listed(nonsense, BEATING));
}

static void an_instance_that_says_enable_client_beat_is_not_judged(void)
{
    DistroConfig config = distro_config_default();
    g_autoptr(Node) node = sole_owner(&config);
    register_with(node, "enableClientBeat", "true");
    node_pass(node, S(100));
    check_true(listed(node, BEATING) && healthy(node, BEATING));
    g_autoptr(Node) off = sole_owner(&config);
    register_with(off, "enableClientBeat", "false");
    node_pass(off, S(100));
    check_true(!listed(off, BEATING));
}

static void a_batch_of_a_beating_client_is_left_alone(void)
{
    DistroConfig config = distro_config_default();
    g_autoptr(Node) node = sole_owner(&config);
    const DistroService shop = node_service(node, "shop");
    const DistroMessage message = {
        .op = DISTRO_OP_CHANGE,
        .client = node_client(node, BEATING),
        .target = node->self,
        .revision = 1,
        .content = { .count = 1,
                     .only = distro_dictionary_publication(node->dictionary, shop, true, NULL, 0) },
    };

    check_int(node_receive(node, &message), ==, DISTRO_STATUS_OK);
    node_write(node, DISTRO_WRITE_LIGHT_BEAT, BEATING, "shop");
    node_pass(node, S(60));
    check_true(listed(node, BEATING));
}

/* --- cleaners ----------------------------------------------------------------------------- */

static void a_replica_outlives_its_last_verify_by_its_lease(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_pass(node, S(5));
    node_receive_change(node, SHOP, 1, "shop");

    node_pass(node, S(190) - 1); /* at 185 s it is as old as its lease, not older */
    check_true(node_view(node, SHOP).present);
    node_pass(node, S(190));
    check_true(!node_view(node, SHOP).present);
    check_uint(node_events(node, DISTRO_EVENT_LEASE_EXPIRED), ==, 1);
    node_pass(node, S(195));
    check_uint(node_sent(node, DISTRO_OP_DELETE, NULL), ==, 0); /* not ours to announce */
}

static void a_native_client_has_no_lease(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_operate(node, DISTRO_OPERATION_CONNECT, SHOP, NULL);

    for (int i = 1; i <= 40; i++) {
        node_pass(node, S(10) * i);
        node_operate(node, DISTRO_OPERATION_ACTIVE, SHOP, NULL);
    }
    check_true(node_view(node, SHOP).native);
}

static void an_empty_beating_client_goes_after_half_a_minute(void)
{
    DistroConfig config = distro_config_default();
    g_autoptr(Node) node = with_instance(&config);
    node_pass(node, S(2));
    node_write(node, DISTRO_WRITE_DEREGISTER, BEATING, "shop");
    node_pass(node, S(3));
    node_forget(node);

    node_pass(node, S(35) - 1);
    check_true(node_view(node, BEATING).present);
    node_pass(node, S(35));
    check_true(!node_view(node, BEATING).present);
    node_pass(node, S(37));
    check_uint(node_sent(node, DISTRO_OP_DELETE, "b"), ==, 1);
}

static void a_beating_replica_without_verifies_goes_after_its_lease(void)
{
    g_autoptr(Node) node = node_among("a,b");
    const char *other = node_client_of(node, "b");
    node_receive_change(node, other, 1, "shop");

    node_pass(node, S(184));
    check_true(node_view(node, other).present);
    node_pass(node, S(185));
    check_true(!node_view(node, other).present);
}

static void a_lease_ends_early_when_the_wall_clock_is_set_forth(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_receive_change(node, SHOP, 1, "shop");
    node->wall_step_us = S(3600);

    node_pass(node, S(5));
    check_true(!node_view(node, SHOP).present);
}

/* A record holds 28 bits of microseconds: 268 s. */
static void renewals_are_exact_however_far_apart(void)
{
    DistroConfig config = distro_config_default();
    config.client_expired_us = S(100000);
    g_autoptr(Node) node = node_with(&config, "a,b");
    node_pass(node, S(1) + 1);
    node_receive_change(node, SHOP, 1, "shop");
    node_receive_change(node, "2_x_2", 1, "shop,cart");
    const int64_t at_first_us = node_view(node, SHOP).renewed_wall_us;

    node->wall_step_us = S(5000) + 7;
    node_receive_change(node, "3_x_3", 1, "shop");
    node_receive_verify(node, "2_x_2", 1);
    check_int(node_view(node, SHOP).renewed_wall_us, ==, at_first_us);
    check_uint(node_view(node, SHOP).content.only, !=, 0);
    check_int(node_view(node, "2_x_2").renewed_wall_us, ==, at_first_us + S(5000) + 7);
    check_int(node_view(node, "3_x_3").renewed_wall_us, ==, at_first_us + S(5000) + 7);

    node->wall_step_us = S(6000);
    node_receive_change(node, "4_x_4", 1, "shop");
    node->wall_step_us = S(7500);
    node_receive_change(node, "5_x_5", 1, "shop");
    check_int(node_view(node, "4_x_4").renewed_wall_us, ==, at_first_us + S(6000));
    check_int(node_view(node, "5_x_5").renewed_wall_us, ==, at_first_us + S(7500));

    node->wall_step_us = -S(1000);
    node_receive_verify(node, SHOP, 1);
    node_receive_change(node, "6_x_6", 1, "shop");
    check_int(node_view(node, SHOP).renewed_wall_us, ==, at_first_us - S(1000));
    check_int(node_view(node, "3_x_3").renewed_wall_us, ==, at_first_us + S(5000) + 7);
    check_int(node_view(node, "4_x_4").renewed_wall_us, ==, at_first_us + S(6000));
    check_int(node_view(node, "6_x_6").renewed_wall_us, ==, at_first_us - S(1000));
}

static void a_lease_lasts_longer_when_the_wall_clock_is_set_back(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_receive_change(node, SHOP, 1, "shop");
    node->wall_step_us = -S(100);

    node_pass(node, S(280));
    check_true(node_view(node, SHOP).present);
    node_pass(node, S(285));
    check_true(!node_view(node, SHOP).present);
}

/* --- idle connections --------------------------------------------------------------------- */

static void a_silent_connection_is_probed_then_closed_and_deleted(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_operate(node, DISTRO_OPERATION_CONNECT, SHOP, NULL);

    node_pass(node, S(22) - 1); /* the ejector runs at 1, 4, ... 19, 22 s */
    check_uint(node_effects(node, DISTRO_EFFECT_PROBE), ==, 0);
    node_pass(node, S(22));
    check_int(node_last(node, DISTRO_EFFECT_PROBE)->effect.probe.timeout_us, ==, S(5));
    node_pass(node, S(27));
    check_uint(node_effects(node, DISTRO_EFFECT_CLOSE), ==, 1);
    check_true(!node_view(node, SHOP).present);
    check_uint(distro_node_counters(node->core).clients_ejected, ==, 1);
    node_pass(node, S(29));
    check_uint(node_sent(node, DISTRO_OP_DELETE, "b"), ==, 1);
}

static void a_connection_that_answers_its_probe_stays(void)
{
    g_autoptr(Node) node = node_among("a,b");
    node_operate(node, DISTRO_OPERATION_CONNECT, SHOP, NULL);

    node_pass(node, S(22));
    node_answer(node, node_last(node, DISTRO_EFFECT_PROBE), DISTRO_STATUS_OK);
    node_pass(node, S(40));
    check_true(node_view(node, SHOP).present);
    check_uint(node_effects(node, DISTRO_EFFECT_PROBE), ==, 1);
    node_pass(node, S(43));
    check_uint(node_effects(node, DISTRO_EFFECT_PROBE), ==, 2);
}

int main(void)
{
    static const Test tests[] = {
        { "an instance without beats is unhealthy, then removed",
          an_instance_without_beats_is_unhealthy_then_removed },
        { "each of many is checked in its own time", each_of_many_is_checked_in_its_own_time },
        { "without expiry an unhealthy instance stays",
          without_expiry_an_unhealthy_instance_stays },
        { "a change of health is pushed without a new revision, unless switched",
          a_change_of_health_is_pushed_without_a_new_revision },
        { "a beat makes an unhealthy instance healthy again",
          a_beat_makes_an_unhealthy_instance_healthy_again },
        { "regular beats keep an instance", regular_beats_keep_an_instance },
        { "only the owner judges", only_the_owner_judges },
        { "nobody judges with health checks off", nobody_judges_with_health_checks_off },
        { "metadata sets the limits of its instance", metadata_sets_the_limits_of_its_instance },
        { "an instance that says enableClientBeat is not judged",
          an_instance_that_says_enable_client_beat_is_not_judged },
        { "a batch of a beating client is left alone", a_batch_of_a_beating_client_is_left_alone },
        { "a replica outlives its last verify by its lease",
          a_replica_outlives_its_last_verify_by_its_lease },
        { "a native client has no lease", a_native_client_has_no_lease },
        { "an empty beating client goes after half a minute",
          an_empty_beating_client_goes_after_half_a_minute },
        { "a beating replica without verifies goes after its lease",
          a_beating_replica_without_verifies_goes_after_its_lease },
        { "renewals are exact, however far apart", renewals_are_exact_however_far_apart },
        { "a lease ends early when the wall clock is set forth",
          a_lease_ends_early_when_the_wall_clock_is_set_forth },
        { "a lease lasts longer when the wall clock is set back",
          a_lease_lasts_longer_when_the_wall_clock_is_set_back },
        { "a silent connection is probed, then closed and deleted",
          a_silent_connection_is_probed_then_closed_and_deleted },
        { "a connection that answers its probe stays", a_connection_that_answers_its_probe_stays },
        { 0 },
    };
    return run_tests("liveness", tests);
}
