/* tests/unit/test_bridge.c -- the life of a worker's tasks, between a cluster of one node and
 * another. */
#include "sim/bridge/bridge.h"
#include "sim/bridge/job.h"
#include "sim/bridge/slots.h"
#include "sim/client/client.h"
#include "sim/study/study.h"
#include "tests/support/check.h"

#define MS(n) (INT64_C(1000) * (n))
#define S(n) (INT64_C(1000000) * (n))
#define WAN MS(40)

/* --- east (node 0) and west (node 1), 40 ms apart, and a worker in the west ---------------------
 */

typedef struct Scene {
    SimWorld *world;
    SimBridge *bridge;
    SimWorker *worker;
    DistroService service;
} Scene;

static void add_cluster(SimWorldSpec *spec, const char *name)
{
    uint32_t cluster = spec->clusters->len;
    sim_world_spec_add_cluster(spec, name)->n_sites = 1;
    SimSiteSpec site = { .name = g_strdup(name), .next_node = 2, .cluster = cluster };
    SimNodeSpec node = { .name = g_strdup_printf("%s/n1", name),
                         .address = g_strdup_printf("10.%u.0.1:8848", cluster),
                         .site = cluster,
                         .config = distro_config_default(),
                         .profile = g_strdup("nacos-3.0") };
    g_array_append_val(spec->sites, site);
    g_array_append_val(spec->nodes, node);
}

static SimBridgeSpec *bridge_spec(unsigned defects, bool all)
{
    const uint32_t east = 0, west = 1;
    SimBridgeSpec *spec = sim_bridge_spec_new();
    spec->name = g_strdup("east>west");
    spec->source = g_strdup("east");
    spec->destination = g_strdup("west");
    g_array_append_val(spec->source_nodes, east);
    g_array_append_val(spec->destination_nodes, west);
    spec->site = 1;
    spec->defects = defects;
    if (!all) {
        spec->services = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(spec->services, g_strdup("shop"));
    }
    return spec;
}

static Scene scene_of(unsigned defects, bool all)
{
    SimWorldSpec *spec = sim_world_spec_new();
    add_cluster(spec, "east");
    add_cluster(spec, "west");
    for (uint32_t from = 0; from < 2; from++) {
        for (uint32_t to = 0; to < 2; to++) {
            const SimLinkSpec link = { from, to, { .delay_us = from == to ? 150 : WAN / 2 } };
            g_array_append_val(spec->links, link);
        }
    }
    sim_bridge_spec_add(spec, bridge_spec(defects, all));
    Scene scene = { .world = sim_study_new(spec, 3, false, NULL) };
    sim_study_boot(scene.world, NULL);
    scene.bridge = sim_world_find_bridge(scene.world, "east>west");
    scene.worker = sim_bridge_worker(scene.bridge, 0);
    scene.service =
        distro_dictionary_service(scene.world->dictionary, "public", "DEFAULT_GROUP", "shop");
    return scene;
}

static void run_for(const Scene *scene, int64_t for_us)
{
    int64_t until_us = scene->world->now_us + for_us;
    while (sim_world_step(scene->world, until_us)) {
    }
}

/* A client of east that publishes @count instances of the service. */
static uint32_t open_shop(const Scene *scene, uint32_t count)
{
    SimWorld *world = scene->world;
    const uint32_t server = 0;
    const SimClientSpec spec = { .kind = SIM_CLIENT_GRPC,
                                 .servers = &server,
                                 .n_servers = 1,
                                 .ip = "10.128.0.1",
                                 .port = SIM_CLIENT_PORT,
                                 .tracked = true,
                                 .fleet = UINT32_MAX };
    uint32_t client = sim_client_new(world, &spec);
    g_autoptr(GArray) listings = g_array_new(false, false, sizeof(DistroListing));
    for (uint32_t i = 0; i < count; i++) {
        const DistroInstance instance = {
            .ip = distro_dictionary_name(world->dictionary, "10.128.0.1"),
            .port = SIM_CLIENT_PORT + (int32_t)i,
            .healthy = true,
            .cluster = distro_dictionary_name(world->dictionary, "DEFAULT"),
        };
        DistroListing listing =
            distro_dictionary_listing(world->dictionary, scene->service, &instance);
        g_array_append_val(listings, listing);
    }
    run_for(scene, S(1));
    sim_client_register(
        sim_world_client(world, client), scene->service,
        distro_dictionary_publication(world->dictionary, scene->service, true,
                                      (const DistroListing *)(const void *)listings->data, count),
        NULL, NULL);
    return client;
}

static uint32_t copies(const Scene *scene)
{
    return sim_truth_listed(scene->world->study->truth, 1);
}

/* --- tasks --------------------------------------------------------------------------------------
 */

static void an_explicit_task_is_synced_and_subscribed_within_a_scan(void)
{
    Scene scene = scene_of(SIM_DEFECTS_DEFAULT, false);
    run_for(&scene, S(4));
    SimWorkerState state = sim_worker_state(scene.worker);
    check_uint(state.tasks, ==, 1);
    check_uint(state.subscribed, ==, 1);
    check_uint(state.passes, ==, 1); /* finished: later scans leave it alone */
    run_for(&scene, S(20));
    check_uint(sim_worker_state(scene.worker).passes, <=, 2); /* at most the pass of everything */
    sim_world_free(scene.world);
}

static void a_task_whose_sync_fails_is_tried_again_with_every_scan(void)
{
    Scene scene = scene_of(SIM_DEFECTS_DEFAULT & ~(unsigned)SIM_DEFECT_COLD_START_IS_EMPTY, false);
    sim_node_crash(sim_world_node(scene.world, 0));
    run_for(&scene, S(20));
    check_uint(sim_worker_state(scene.worker).failures, >=, 3);
    check_uint(sim_worker_state(scene.worker).subscribed, ==, 0);
    sim_node_boot(sim_world_node(scene.world, 0));
    run_for(&scene, S(10));
    check_uint(sim_worker_state(scene.worker).subscribed, ==, 1);
    sim_world_free(scene.world);
}

static void an_all_task_finds_services_and_forgets_those_that_vanish(void)
{
    Scene scene = scene_of(SIM_DEFECTS_DEFAULT, true);
    run_for(&scene, S(4));
    check_uint(sim_worker_state(scene.worker).tasks, ==, 0);
    uint32_t client = open_shop(&scene, 1);
    run_for(&scene, S(5));
    check_uint(sim_worker_state(scene.worker).tasks, ==, 1);
    check_uint(copies(&scene), ==, 1);
    sim_client_close(sim_world_client(scene.world, client), NULL, NULL);
    run_for(&scene, S(30));
    check_uint(copies(&scene), ==, 0);
    check_uint(sim_worker_state(scene.worker).tasks, ==, 1); /* the empty service is listed still */
    run_for(&scene, S(130));
    check_uint(sim_worker_state(scene.worker).tasks, ==, 0);
    sim_world_free(scene.world);
}

static void a_stopped_task_is_deleted_and_may_start_again(void)
{
    Scene scene = scene_of(SIM_DEFECTS_DEFAULT, false);
    run_for(&scene, S(5));
    open_shop(&scene, 3);
    run_for(&scene, S(70));
    check_uint(copies(&scene), ==, 3);
    check_true(sim_bridge_task(scene.bridge, scene.service, SIM_TASK_STOP, 0));
    run_for(&scene, S(5));
    check_uint(copies(&scene), ==, 0);
    check_uint(sim_worker_state(scene.worker).beating, ==, 0);
    check_uint(sim_worker_state(scene.worker).tasks, ==, 0);
    check_true(sim_bridge_task(scene.bridge, scene.service, SIM_TASK_START, 0));
    run_for(&scene, S(20));
    check_uint(copies(&scene), ==, 3);
    sim_world_free(scene.world);
}

static void an_unknown_task_cannot_be_stopped(void)
{
    Scene scene = scene_of(SIM_DEFECTS_DEFAULT, true);
    check_true(!sim_bridge_task(scene.bridge, scene.service, SIM_TASK_STOP, 0));
    check_true(!sim_bridge_task(scene.bridge, scene.service, SIM_TASK_DELETE, 0));
    check_true(sim_bridge_task(scene.bridge, DISTRO_NONE, SIM_TASK_STOP, 0));
    sim_world_free(scene.world);
}

/* --- passes -------------------------------------------------------------------------------------
 */

/* Two passes at once: the second finds the first in flight. */
static void collide(const Scene *scene)
{
    SimSyncTask *task = sim_worker_task(scene->worker, scene->service);
    sim_job_run(scene->worker, SIM_JOB_RESYNC, task, SIM_CALLER_NOBODY, 0);
    sim_job_run(scene->worker, SIM_JOB_RESYNC, task, SIM_CALLER_NOBODY, 0);
}

static void a_pass_that_meets_one_in_flight_is_dropped(void)
{
    Scene scene = scene_of(SIM_DEFECTS_DEFAULT, false);
    run_for(&scene, S(5));
    uint64_t before = sim_worker_state(scene.worker).passes;
    collide(&scene);
    run_for(&scene, S(1));
    check_uint(sim_worker_state(scene.worker).dropped, ==, 1);
    check_uint(sim_worker_state(scene.worker).passes, ==, before + 1);
    sim_world_free(scene.world);
}

static void without_that_defect_it_is_made_up_for(void)
{
    Scene scene = scene_of(SIM_DEFECTS_DEFAULT & ~(unsigned)SIM_DEFECT_DROPPED_EVENTS, false);
    run_for(&scene, S(5));
    uint64_t before = sim_worker_state(scene.worker).passes;
    collide(&scene);
    run_for(&scene, S(1));
    check_uint(sim_worker_state(scene.worker).passes, ==, before + 2);
    sim_world_free(scene.world);
}

static void the_pass_of_everything_comes_every_300_seconds(void)
{
    Scene scene = scene_of(SIM_DEFECTS_DEFAULT, false);
    sim_worker_restart(scene.worker);
    run_for(&scene, S(10));
    uint64_t after_start = sim_worker_state(scene.worker).passes;
    run_for(&scene, S(285));
    check_uint(sim_worker_state(scene.worker).passes, ==, after_start);
    run_for(&scene, S(10));
    check_uint(sim_worker_state(scene.worker).passes, ==, after_start + 1);
    sim_world_free(scene.world);
}

static void without_its_database_a_worker_fails_every_pass(void)
{
    Scene scene = scene_of(SIM_DEFECTS_DEFAULT, false);
    run_for(&scene, S(5));
    sim_bridge_database(scene.bridge, true);
    collide(&scene);
    run_for(&scene, S(1));
    check_uint(sim_worker_state(scene.worker).failures, ==, 1);
    sim_world_free(scene.world);
}

/* --- the process --------------------------------------------------------------------------------
 */

static void a_crash_loses_everything_and_nothing_late_is_heard(void)
{
    Scene scene = scene_of(SIM_DEFECTS_DEFAULT, false);
    run_for(&scene, S(5));
    open_shop(&scene, 50);
    run_for(&scene, MS(700)); /* in the middle of the registrations */
    sim_worker_crash(scene.worker);
    check_uint(sim_worker_state(scene.worker).tasks, ==, 0);
    run_for(&scene, S(60));
    check_uint(copies(&scene), ==, 0);
    sim_worker_restart(scene.worker);
    run_for(&scene, S(20));
    check_uint(copies(&scene), ==, 50);
    check_uint(sim_worker_state(scene.worker).beating, ==, 50);
    sim_world_free(scene.world);
}

/* --- slots --------------------------------------------------------------------------------------
 */

static uint32_t started;

static bool start_even(SimWorker *worker, uint32_t token)
{
    (void)worker;
    started += token;
    return token % 2 == 0; /* what is odd is not there any more */
}

static void slots_run_so_many_at_a_time_and_pass_over_what_is_gone(void)
{
    Scene scene = scene_of(SIM_DEFECTS_DEFAULT, true);
    SimSlots slots;
    sim_slots_init(&slots, scene.worker, 2, start_even);
    started = 0;
    for (uint32_t token = 1; token <= 8; token++) {
        sim_slots_submit(&slots, token);
    }
    check_uint(started, ==, 1 + 2 + 3 + 4);
    check_uint(sim_slots_waiting(&slots), ==, 4);
    sim_slots_release(&slots);
    check_uint(started, ==, 1 + 2 + 3 + 4 + 5 + 6);
    sim_slots_clear(&slots);
    sim_world_free(scene.world);
}

static const Test tests[] = {
#define TEST(name)                                                                                 \
    {                                                                                              \
        #name, name                                                                                \
    }
    TEST(an_explicit_task_is_synced_and_subscribed_within_a_scan),
    TEST(a_task_whose_sync_fails_is_tried_again_with_every_scan),
    TEST(an_all_task_finds_services_and_forgets_those_that_vanish),
    TEST(a_stopped_task_is_deleted_and_may_start_again),
    TEST(an_unknown_task_cannot_be_stopped),
    TEST(a_pass_that_meets_one_in_flight_is_dropped),
    TEST(without_that_defect_it_is_made_up_for),
    TEST(the_pass_of_everything_comes_every_300_seconds),
    TEST(without_its_database_a_worker_fails_every_pass),
    TEST(a_crash_loses_everything_and_nothing_late_is_heard),
    TEST(slots_run_so_many_at_a_time_and_pass_over_what_is_gone),
    { NULL, NULL },
};

int main(void)
{
    return run_tests("bridge", tests);
}
