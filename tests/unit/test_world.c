/* tests/unit/test_world.c -- the world as a whole: booting, lives of nodes, cuts, determinism. */
#include "sim/client/client.h"
#include "sim/study/study.h"
#include "sim/world/world.h"
#include "tests/support/check.h"

#define S(n) ((int64_t)(n)*1000000)

static SimWorld *world_of(uint32_t nodes, uint64_t seed, bool manual)
{
    SimWorldSpec *spec = sim_world_spec_new();
    const SimSiteSpec site = { .name = g_strdup(""), .next_node = nodes + 1 };
    g_array_append_val(spec->sites, site);
    const SimLinkSpec lan = { 0, 0, { .delay_us = 150 } };
    g_array_append_val(spec->links, lan);
    for (uint32_t i = 1; i <= nodes; i++) {
        const SimNodeSpec node = {
            .name = g_strdup_printf("n%u", i),
            .address = g_strdup_printf("10.0.0.%u:8848", i),
            .config = distro_config_default(),
            .profile = g_strdup("nacos-3.0"),
        };
        g_array_append_val(spec->nodes, node);
    }
    spec->manual_boot = manual;
    SimWorld *world = sim_study_new(spec, seed, false, NULL);
    sim_study_boot(world, NULL);
    return world;
}

static void run_until(SimWorld *world, int64_t until_us)
{
    while (sim_world_step(world, until_us)) {
    }
}

static uint32_t client_on(SimWorld *world, SimClientKind kind, uint32_t node)
{
    char ip[24];
    sim_client_default_address(world->clients->len + 1, ip);
    const uint32_t servers[] = { node };
    const SimClientSpec spec = {
        .kind = kind,
        .servers = servers,
        .n_servers = 1,
        .preferred = 0,
        .ip = ip,
        .port = 8080,
        .tracked = true,
        .fleet = UINT32_MAX,
    };
    return sim_client_new(world, &spec);
}

static void register_one(SimWorld *world, uint32_t client, const char *name)
{
    SimClient *handle = sim_world_client(world, client);
    const DistroService service =
        distro_dictionary_service(world->dictionary, "public", "DEFAULT_GROUP", name);
    const DistroInstance instance = {
        .ip = sim_client_ip(handle),
        .port = sim_client_port(handle),
        .healthy = true,
        .cluster = distro_dictionary_name(world->dictionary, "DEFAULT"),
    };
    const DistroListing listing = distro_dictionary_listing(world->dictionary, service, &instance);
    const DistroPublication publication =
        distro_dictionary_publication(world->dictionary, service, false, &listing, 1);
    sim_client_register(handle, service, publication, NULL, NULL);
}

static void all_nodes_are_loaded_and_ready_at_the_start_of_the_story(void)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        g_autoptr(SimWorld) world = world_of(5, seed, false);
        check_int(world->now_us, ==, 0);
        for (uint32_t i = 0; i < 5; i++) {
            check_true(sim_world_node(world, i)->loaded);
            check_true(sim_world_node(world, i)->ready);
            size_t healthy;
            distro_node_healthy(sim_world_node(world, i)->core, &healthy);
            check_uint(healthy, ==, 5);
        }
    }
}

static void a_single_node_serves_alone(void)
{
    g_autoptr(SimWorld) world = world_of(1, 1, false);
    check_true(sim_world_node(world, 0)->loaded);
    register_one(world, client_on(world, SIM_CLIENT_HTTP, 0), "shop");
    run_until(world, S(60));
    check_uint(sim_truth_listed(world->study->truth, 0), ==, 1);
    check_true(sim_truth_converged(world->study->truth, SIM_ALL_CLUSTERS));
}

static void nodes_that_boot_by_hand_do_not_run_before(void)
{
    g_autoptr(SimWorld) world = world_of(3, 1, true);
    check_true(!sim_world_node(world, 0)->alive);
    sim_node_restart(sim_world_node(world, 0));
    check_true(sim_world_node(world, 0)->alive);
}

static void a_registration_reaches_every_node_within_the_sync_delay(void)
{
    static const SimClientKind kinds[] = { SIM_CLIENT_GRPC, SIM_CLIENT_HTTP };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(SimWorld) world = world_of(3, 7, false);
        const uint32_t client = client_on(world, kinds[i], 0);
        run_until(world, S(1));
        register_one(world, client, "shop");
        run_until(world, S(3));
        check_true(sim_truth_converged(world->study->truth, SIM_ALL_CLUSTERS));
        for (uint32_t node = 0; node < 3; node++) {
            check_uint(sim_truth_listed(world->study->truth, node), ==, 1);
        }
        size_t count;
        const SimConvergence *rows = sim_truth_convergences(world->study->truth, &count);
        check_uint(count, ==, 1);
        check_int(rows[0].took_us, <=, 1100000 + 1000);
        check_int(rows[0].path, ==, DISTRO_PATH_PUSH);
    }
}

static void a_silent_death_is_noticed_by_the_ejector(void)
{
    g_autoptr(SimWorld) world = world_of(3, 3, false);
    const uint32_t client = client_on(world, SIM_CLIENT_GRPC, 1);
    run_until(world, S(1));
    register_one(world, client, "shop");
    run_until(world, S(10));
    sim_client_kill(sim_world_client(world, client));
    run_until(world, S(10) + S(9)); /* its last ping may be 10 s old when it dies */
    check_uint(sim_truth_listed(world->study->truth, 0), ==, 1);
    run_until(world, S(10) + S(20) + S(3) + S(5) + S(5) + S(2));
    check_uint(sim_truth_listed(world->study->truth, 0), ==, 0);
    check_true(sim_truth_converged(world->study->truth, SIM_ALL_CLUSTERS));
}

static void a_node_that_restarts_loads_what_the_others_hold(void)
{
    g_autoptr(SimWorld) world = world_of(3, 5, false);
    for (uint32_t i = 0; i < 10; i++) {
        register_one(world, client_on(world, SIM_CLIENT_GRPC, 0), "shop");
    }
    run_until(world, S(5));
    sim_node_restart(sim_world_node(world, 2));
    check_true(!sim_truth_agree(world->study->truth, SIM_ALL_CLUSTERS));
    run_until(world, S(8));
    check_true(sim_world_node(world, 2)->loaded);
    check_uint(sim_truth_listed(world->study->truth, 2), ==, 10);
    check_true(sim_truth_converged(world->study->truth, SIM_ALL_CLUSTERS));
}

static void partition(SimWorld *world)
{
    const SimParty left[] = { { SIM_PARTY_NODE, 0 } };
    const SimParty right[] = { { SIM_PARTY_NODE, 1 }, { SIM_PARTY_NODE, 2 } };
    const SimGroup groups[] = { { left, 1 }, { right, 2 } };
    sim_world_partition(world, SIM_ALL_CLUSTERS, groups, 2);
}

static void a_partition_separates_and_a_heal_joins(void)
{
    g_autoptr(SimWorld) world = world_of(3, 9, false);
    const uint32_t client = client_on(world, SIM_CLIENT_GRPC, 0);
    run_until(world, S(1));
    partition(world);
    register_one(world, client, "shop");
    run_until(world, S(40));
    check_uint(sim_truth_listed(world->study->truth, 0), ==, 1);
    check_uint(sim_truth_listed(world->study->truth, 1), ==, 0);
    check_true(!sim_truth_agree(world->study->truth, SIM_ALL_CLUSTERS));
    sim_world_heal(world);
    run_until(world, S(40) + S(18));
    check_true(sim_truth_converged(world->study->truth, SIM_ALL_CLUSTERS));
}

static void wall_clocks_read_the_epoch_at_zero_plus_their_offset(void)
{
    g_autoptr(SimWorld) world = world_of(3, 1, false);
    SimNode *node = sim_world_node(world, 1);
    check_int(sim_node_wall_us(node), ==, SIM_EPOCH_US);
    const int64_t offset_us = -S(31);
    sim_node_clock(node, &offset_us, NULL, 0);
    check_int(sim_node_wall_us(node), ==, SIM_EPOCH_US - S(31));
    const int64_t drift_ppb = 100000000; /* a tenth too fast */
    sim_node_clock(node, NULL, &drift_ppb, 0);
    run_until(world, S(10));
    check_int(sim_node_wall_us(node), ==, SIM_EPOCH_US - S(31) + S(11));
}

static void a_node_that_joins_is_on_every_list_and_loads(void)
{
    g_autoptr(SimWorld) world = world_of(3, 4, false);
    register_one(world, client_on(world, SIM_CLIENT_GRPC, 0), "shop");
    run_until(world, S(5));
    SimNode *joined = sim_world_join(world, "n4", 0, NULL, NULL, NULL);
    check_str(joined->address, ==, "10.0.0.4:8848");
    run_until(world, S(40));
    check_true(joined->loaded);
    check_true(sim_truth_converged(world->study->truth, SIM_ALL_CLUSTERS));
    for (uint32_t i = 0; i < 4; i++) {
        size_t count;
        distro_node_members(sim_world_node(world, i)->core, &count);
        check_uint(count, ==, 4);
    }
    check_true(sim_world_join(world, "n4", 0, NULL, NULL, NULL) == NULL);
}

static uint64_t fingerprint_of(uint64_t seed)
{
    g_autoptr(SimWorld) world = world_of(3, seed, false);
    for (uint32_t i = 0; i < 20; i++) {
        register_one(world, client_on(world, i % 2 ? SIM_CLIENT_GRPC : SIM_CLIENT_HTTP, i % 3),
                     "shop");
    }
    run_until(world, S(10));
    partition(world);
    run_until(world, S(30));
    sim_world_heal(world);
    run_until(world, S(60));
    return sim_trace_fingerprint(world->trace);
}

static void equal_seeds_give_equal_fingerprints_and_others_do_not(void)
{
    check_true(fingerprint_of(1) == fingerprint_of(1));
    check_true(fingerprint_of(1) != fingerprint_of(2));
}

int main(void)
{
    static const Test tests[] = {
        { "all nodes are loaded and ready at the start of the story",
          all_nodes_are_loaded_and_ready_at_the_start_of_the_story },
        { "a single node serves alone", a_single_node_serves_alone },
        { "nodes that boot by hand do not run before", nodes_that_boot_by_hand_do_not_run_before },
        { "a registration reaches every node within the sync delay",
          a_registration_reaches_every_node_within_the_sync_delay },
        { "a silent death is noticed by the ejector", a_silent_death_is_noticed_by_the_ejector },
        { "a node that restarts loads what the others hold",
          a_node_that_restarts_loads_what_the_others_hold },
        { "a partition separates and a heal joins", a_partition_separates_and_a_heal_joins },
        { "wall clocks read the epoch at zero plus their offset",
          wall_clocks_read_the_epoch_at_zero_plus_their_offset },
        { "a node that joins is on every list and loads",
          a_node_that_joins_is_on_every_list_and_loads },
        { "equal seeds give equal fingerprints and others do not",
          equal_seeds_give_equal_fingerprints_and_others_do_not },
        { NULL, NULL },
    };
    return run_tests("world", tests);
}
