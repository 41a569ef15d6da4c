/* tests/unit/test_push.c -- what subscribers see, and when. */
#include "sim/client/client.h"
#include "sim/naming/list.h"
#include "sim/server/push.h"
#include "sim/server/server.h"
#include "sim/study/study.h"
#include "sim/world/world.h"
#include "tests/support/check.h"

#define MS(n) (INT64_C(1000) * (n))
#define S(n) (INT64_C(1000000) * (n))
#define SHOP "shop"

/* --- one node, one client that publishes, one that subscribes ----------------------------------
 */

typedef struct Scene {
    SimWorld *world;
    SimClient *publisher;
    SimClient *subscriber;
    DistroService service;
} Scene;

static SimWorld *world_of_one_node(void)
{
    SimWorldSpec *spec = sim_world_spec_new();
    SimSiteSpec site = { .name = g_strdup(""), .next_node = 2 };
    SimNodeSpec node = { .name = g_strdup("n1"),
                         .address = g_strdup("10.0.0.1:8848"),
                         .config = distro_config_default(),
                         .profile = g_strdup("nacos-3.0") };
    SimLinkSpec link = { .link.delay_us = 150 };
    g_array_append_val(spec->sites, site);
    g_array_append_val(spec->nodes, node);
    g_array_append_val(spec->links, link);
    SimWorld *world = sim_study_new(spec, 7, false, NULL);
    sim_study_boot(world, NULL);
    return world;
}

static SimClient *add(SimWorld *world, SimClientKind kind)
{
    const uint32_t server = 0;
    char ip[SIM_CLIENT_ADDRESS_SIZE];
    sim_client_default_address(world->clients->len + 1, ip);
    const SimClientSpec spec = { .kind = kind,
                                 .servers = &server,
                                 .n_servers = 1,
                                 .ip = ip,
                                 .port = SIM_CLIENT_PORT,
                                 .tracked = true,
                                 .fleet = UINT32_MAX };
    return sim_world_client(world, sim_client_new(world, &spec));
}

static void run_for(SimWorld *world, int64_t for_us)
{
    int64_t until_us = world->now_us + for_us;
    while (sim_world_step(world, until_us)) {
    }
}

static Scene scene_with(SimClientKind subscriber)
{
    SimWorld *world = world_of_one_node();
    Scene scene = { .world = world };
    scene.publisher = add(world, SIM_CLIENT_GRPC);
    scene.subscriber = add(world, subscriber);
    scene.service = distro_dictionary_service(world->dictionary, "public", "DEFAULT_GROUP", SHOP);
    run_for(world, S(2));
    return scene;
}

static void register_at_port(const Scene *scene, int32_t port, bool enabled)
{
    DistroDictionary *dictionary = scene->world->dictionary;
    const DistroExtEntry disabled = { .key = "publishInstanceEnable", .kind = DISTRO_VALUE_BOOL };
    const DistroInstance instance = {
        .ip = sim_client_ip(scene->publisher),
        .port = port,
        .healthy = true,
        .cluster = distro_dictionary_name(dictionary, "DEFAULT"),
        .ext = enabled ? 0 : distro_dictionary_ext(dictionary, &disabled, 1),
    };
    DistroListing listing = distro_dictionary_listing(dictionary, scene->service, &instance);
    sim_client_register(
        scene->publisher, scene->service,
        distro_dictionary_publication(dictionary, scene->service, false, &listing, 1), NULL, NULL);
}

/* Port of the one instance that the subscriber sees; 0: none. */
static int32_t seen_port(const Scene *scene)
{
    g_autoptr(GArray) seen = g_array_new(false, false, sizeof(DistroListing));
    size_t count = sim_client_sees(scene->subscriber, scene->service, seen);
    check_uint(count, <=, 1);
    if (count == 0) {
        return 0;
    }
    DistroListing listing = g_array_index(seen, DistroListing, 0);
    return distro_dictionary_listing_info(scene->world->dictionary, listing)->instance.port;
}

static uint64_t pushes(const Scene *scene)
{
    const SimTrafficAsked asked = { sim_node_endpoint(0), sim_client_endpoint(1), SIM_OP_PUSH,
                                    SIM_ALL_CLUSTERS };
    return sim_network_traffic(scene->world->network, &asked).messages;
}

static void cut_subscriber(const Scene *scene)
{
    sim_network_cut(scene->world->network, sim_node_endpoint(0), sim_client_endpoint(1),
                    SIM_CUT_PACKETS);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void a_subscription_brings_the_present_list_and_one_push(void)
{
    for (int kind = SIM_CLIENT_GRPC; kind <= SIM_CLIENT_HTTP; kind++) {
        Scene scene = scene_with((SimClientKind)kind);
        register_at_port(&scene, 1, true);
        run_for(scene.world, S(1));
        sim_client_subscribe(scene.subscriber, scene.service, NULL, NULL);
        run_for(scene.world, MS(10));
        check_int(seen_port(&scene), ==, 1);
        check_uint(pushes(&scene), ==, 0);
        run_for(scene.world, S(2));
        check_uint(pushes(&scene), ==, 1);
        sim_world_free(scene.world);
    }
}

static void a_change_is_pushed_half_a_second_later(void)
{
    for (int kind = SIM_CLIENT_GRPC; kind <= SIM_CLIENT_HTTP; kind++) {
        Scene scene = scene_with((SimClientKind)kind);
        sim_client_subscribe(scene.subscriber, scene.service, NULL, NULL);
        run_for(scene.world, MS(1500));
        register_at_port(&scene, 1, true);
        run_for(scene.world, MS(499));
        check_int(seen_port(&scene), ==, 0);
        run_for(scene.world, MS(110));
        check_int(seen_port(&scene), ==, 1);
        sim_world_free(scene.world);
    }
}

/* The older start counts, so that a busy service is pushed all the same; the list is the newest. */
static void changes_inside_the_delay_leave_as_one_push(void)
{
    Scene scene = scene_with(SIM_CLIENT_GRPC);
    sim_client_subscribe(scene.subscriber, scene.service, NULL, NULL);
    run_for(scene.world, S(2));
    uint64_t before = pushes(&scene);
    register_at_port(&scene, 1, true);
    run_for(scene.world, MS(400));
    register_at_port(&scene, 2, true);
    run_for(scene.world, MS(210));
    check_uint(pushes(&scene), ==, before + 1);
    check_int(seen_port(&scene), ==, 2);
    run_for(scene.world, S(2));
    check_uint(pushes(&scene), ==, before + 1);
    sim_world_free(scene.world);
}

static void an_empty_list_replaces_the_cache(void)
{
    Scene scene = scene_with(SIM_CLIENT_GRPC);
    register_at_port(&scene, 1, true);
    sim_client_subscribe(scene.subscriber, scene.service, NULL, NULL);
    run_for(scene.world, S(2));
    check_int(seen_port(&scene), ==, 1);
    sim_client_close(scene.publisher, NULL, NULL);
    run_for(scene.world, S(1));
    check_int(seen_port(&scene), ==, 0);
    sim_world_free(scene.world);
}

static void a_disabled_instance_is_in_no_list(void)
{
    Scene scene = scene_with(SIM_CLIENT_GRPC);
    register_at_port(&scene, 1, false);
    sim_client_subscribe(scene.subscriber, scene.service, NULL, NULL);
    run_for(scene.world, S(2));
    check_int(seen_port(&scene), ==, 0);
    sim_world_free(scene.world);
}

static void an_unanswered_push_is_repeated_after_six_seconds(void)
{
    Scene scene = scene_with(SIM_CLIENT_GRPC);
    sim_client_subscribe(scene.subscriber, scene.service, NULL, NULL);
    run_for(scene.world, S(2));
    uint64_t before = pushes(&scene);
    cut_subscriber(&scene);
    register_at_port(&scene, 1, true);
    run_for(scene.world, S(6));
    check_uint(pushes(&scene), ==, before + 1);
    run_for(scene.world, S(1));
    check_uint(pushes(&scene), ==, before + 2);
    sim_world_free(scene.world);
}

static void a_datagram_into_a_cut_is_lost_and_the_next_poll_makes_up_for_it(void)
{
    Scene scene = scene_with(SIM_CLIENT_HTTP);
    register_at_port(&scene, 1, true);
    sim_client_subscribe(scene.subscriber, scene.service, NULL, NULL);
    run_for(scene.world, S(2));
    cut_subscriber(&scene);
    uint64_t before = pushes(&scene);
    register_at_port(&scene, 2, true);
    run_for(scene.world, S(2));
    check_uint(pushes(&scene), ==, before);
    sim_network_heal(scene.world->network, scene.world->now_us);
    check_int(seen_port(&scene), ==, 1);
    run_for(scene.world, S(10));
    check_int(seen_port(&scene), ==, 2);
    sim_world_free(scene.world);
}

/* The 1.x SDK asks another server with each poll; here it asks none for a while. */
static void a_subscription_that_had_lapsed_is_a_first_one_again(void)
{
    Scene scene = scene_with(SIM_CLIENT_HTTP);
    register_at_port(&scene, 1, true);
    sim_client_subscribe(scene.subscriber, scene.service, NULL, NULL);
    run_for(scene.world, S(25));
    uint64_t before = pushes(&scene);
    check_uint(before, ==, 1);
    sim_client_pause(scene.subscriber, S(40));
    run_for(scene.world, S(42));
    check_uint(pushes(&scene), ==, before + 1);
    sim_world_free(scene.world);
}

/* isExpireClient asks for both: 30 s without a word, and defaultPushCacheMillis. */
static void a_subscription_lasts_as_long_as_the_push_cache_says(void)
{
    Scene scene = scene_with(SIM_CLIENT_HTTP);
    sim_world_node(scene.world, 0)->config.push_cache_us = S(90);
    register_at_port(&scene, 1, true);
    sim_client_subscribe(scene.subscriber, scene.service, NULL, NULL);
    run_for(scene.world, S(25));
    uint64_t before = pushes(&scene);
    sim_client_pause(scene.subscriber, S(40));
    run_for(scene.world, S(42));
    check_uint(pushes(&scene), ==, before);
    sim_world_free(scene.world);
}

static void equal_reads_share_one_list_until_a_push_renews_it(void)
{
    Scene scene = scene_with(SIM_CLIENT_GRPC);
    register_at_port(&scene, 1, true);
    sim_client_subscribe(scene.subscriber, scene.service, NULL, NULL);
    run_for(scene.world, S(1));
    SimPush *push = sim_server_push(sim_world_node(scene.world, 0));
    uint32_t list = sim_push_read(push, scene.service);
    check_uint(sim_push_read(push, scene.service), ==, list);
    register_at_port(&scene, 2, true);
    run_for(scene.world, MS(490));
    check_uint(sim_push_read(push, scene.service), ==, list);
    run_for(scene.world, MS(120));
    check_uint(sim_push_read(push, scene.service), !=, list);
    sim_world_free(scene.world);
}

static void without_a_cache_a_read_sees_a_change_at_once(void)
{
    Scene scene = scene_with(SIM_CLIENT_GRPC);
    SimNode *node = sim_world_node(scene.world, 0);
    node->config.query_cache = false;
    sim_node_restart(node);
    run_for(scene.world, S(5));
    register_at_port(&scene, 1, true);
    run_for(scene.world, S(1));
    uint32_t list = sim_push_read(sim_server_push(node), scene.service);
    register_at_port(&scene, 2, true);
    run_for(scene.world, MS(10));
    check_uint(sim_push_read(sim_server_push(node), scene.service), !=, list);
    sim_world_free(scene.world);
}

/* ServiceStorage#getPushData keeps nothing of a service without a singleton. */
static void a_read_of_an_unknown_service_leaves_nothing_behind(void)
{
    Scene scene = scene_with(SIM_CLIENT_GRPC);
    SimPush *push = sim_server_push(sim_world_node(scene.world, 0));
    sim_push_read(push, scene.service);
    check_uint(sim_push_kept(push, scene.service), ==, 0);
    register_at_port(&scene, 1, true);
    run_for(scene.world, MS(10));
    uint32_t count;
    sim_list_items(scene.world, sim_push_read(push, scene.service), &count);
    check_uint(count, ==, 1);
    sim_world_free(scene.world);
}

/* EmptyServiceCleaner takes out what has been empty for a minute, once a minute, and its list. */
static void a_service_that_was_cleaned_is_computed_anew(void)
{
    Scene scene = scene_with(SIM_CLIENT_GRPC);
    SimPush *push = sim_server_push(sim_world_node(scene.world, 0));
    register_at_port(&scene, 1, true);
    run_for(scene.world, S(1));
    sim_client_deregister(scene.publisher, scene.service, NULL, NULL);
    run_for(scene.world, S(30));
    register_at_port(&scene, 2, true);
    run_for(scene.world, MS(10));
    check_uint(sim_push_kept(push, scene.service), !=, 0);
    sim_client_deregister(scene.publisher, scene.service, NULL, NULL);
    run_for(scene.world, S(121));
    register_at_port(&scene, 3, true);
    run_for(scene.world, MS(10));
    check_uint(sim_push_kept(push, scene.service), ==, 0);
    sim_world_free(scene.world);
}

static void a_list_that_was_never_sent_goes_with_its_last_reference(void)
{
    Scene scene = scene_with(SIM_CLIENT_GRPC);
    register_at_port(&scene, 1, true);
    run_for(scene.world, S(1));
    uint32_t count;
    uint32_t asked = sim_push_read(sim_server_push(sim_world_node(scene.world, 0)), scene.service);
    const DistroListing *items = sim_list_items(scene.world, asked, &count);
    g_autoptr(GArray) listings = g_array_new(false, false, sizeof(DistroListing));
    g_array_append_vals(listings, items, count);
    uint32_t list = sim_list_keep(scene.world, scene.service, listings, 0);
    uint32_t sent = sim_list_keep(scene.world, scene.service, listings, 0);
    sim_list_sent(scene.world, sent);
    sim_list_unref(scene.world, list);
    sim_list_unref(scene.world, sent);
    sim_list_items(scene.world, list, &count);
    check_uint(count, ==, 0);
    sim_list_items(scene.world, sent, &count);
    check_uint(count, ==, 1);
    sim_world_free(scene.world);
}

static void a_server_that_goes_on_pushes_what_came_due_while_it_stood_still(void)
{
    Scene scene = scene_with(SIM_CLIENT_GRPC);
    register_at_port(&scene, 1, true);
    sim_client_subscribe(scene.subscriber, scene.service, NULL, NULL);
    run_for(scene.world, S(2));
    register_at_port(&scene, 2, true);
    run_for(scene.world, MS(100));
    sim_node_pause(sim_world_node(scene.world, 0), S(1));
    run_for(scene.world, MS(1100));
    check_int(seen_port(&scene), ==, 2);
    register_at_port(&scene, 3, true);
    run_for(scene.world, S(1));
    check_int(seen_port(&scene), ==, 3);
    sim_world_free(scene.world);
}

static void a_list_outlives_its_references_by_twenty_minutes(void)
{
    Scene scene = scene_with(SIM_CLIENT_GRPC);
    register_at_port(&scene, 1, true);
    run_for(scene.world, S(1));
    uint32_t count;
    uint32_t list = sim_list_take(scene.world, 0, scene.service);
    sim_list_unref(scene.world, sim_list_ref(scene.world, list));
    run_for(scene.world, S(19 * 60));
    sim_list_take(scene.world, 0, scene.service);
    sim_list_items(scene.world, list, &count);
    check_uint(count, ==, 1);
    run_for(scene.world, S(120));
    sim_list_take(scene.world, 0, scene.service);
    sim_list_items(scene.world, list, &count);
    check_uint(count, ==, 0);
    sim_world_free(scene.world);
}

static void the_size_of_a_list_is_that_of_nacoss_service_info(void)
{
    const char *text =
        "{'name':'shop','groupName':'DEFAULT_GROUP','clusters':'','cacheMillis':10000,'hosts':[{"
        "'ip':'10.128.0.1','port':1,'weight':1.0,'healthy':true,'enabled':true,'ephemeral':true,"
        "'clusterName':'DEFAULT','serviceName':'DEFAULT_GROUP@@shop','metadata':{},"
        "'instanceHeartBeatInterval':5000,'instanceIdGenerator':'simple',"
        "'instanceHeartBeatTimeOut':15000,'ipDeleteTimeout':30000}],'lastRefTime':1735689600000,"
        "'checksum':'','allIPs':false,'reachProtectionThreshold':false,'valid':true}";
    Scene scene = scene_with(SIM_CLIENT_GRPC);
    register_at_port(&scene, 1, true);
    run_for(scene.world, S(1));
    uint32_t list = sim_list_take(scene.world, 0, scene.service);
    check_uint(sim_list_json_size(scene.world, list), ==, strlen(text));
    sim_world_free(scene.world);
}

static const Test tests[] = {
#define TEST(name)                                                                                 \
    {                                                                                              \
        #name, name                                                                                \
    }
    TEST(a_subscription_brings_the_present_list_and_one_push),
    TEST(a_change_is_pushed_half_a_second_later),
    TEST(changes_inside_the_delay_leave_as_one_push),
    TEST(an_empty_list_replaces_the_cache),
    TEST(a_disabled_instance_is_in_no_list),
    TEST(an_unanswered_push_is_repeated_after_six_seconds),
    TEST(a_datagram_into_a_cut_is_lost_and_the_next_poll_makes_up_for_it),
    TEST(a_subscription_that_had_lapsed_is_a_first_one_again),
    TEST(a_subscription_lasts_as_long_as_the_push_cache_says),
    TEST(equal_reads_share_one_list_until_a_push_renews_it),
    TEST(without_a_cache_a_read_sees_a_change_at_once),
    TEST(a_read_of_an_unknown_service_leaves_nothing_behind),
    TEST(a_service_that_was_cleaned_is_computed_anew),
    TEST(a_list_that_was_never_sent_goes_with_its_last_reference),
    TEST(a_server_that_goes_on_pushes_what_came_due_while_it_stood_still),
    TEST(a_list_outlives_its_references_by_twenty_minutes),
    TEST(the_size_of_a_list_is_that_of_nacoss_service_info),
    { NULL, NULL },
};

int main(void)
{
    return run_tests("push", tests);
}
