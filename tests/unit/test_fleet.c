/* tests/unit/test_fleet.c -- fleets start evenly, spread as told, churn at their rates, and
 * repeat themselves. */
#include "sim/client/fleet.h"
#include "sim/study/study.h"
#include "sim/world/world.h"
#include "tests/support/check.h"

#define S(n) (INT64_C(1000000) * (n))

/* --- two sites of two nodes each ---------------------------------------------------------------
 */

static void add_node(SimWorldSpec *spec, uint32_t site, uint32_t number)
{
    SimNodeSpec node = { .name = g_strdup_printf("%c/n%u", 'a' + (char)site, number),
                         .address = g_strdup_printf("10.0.%u.%u:8848", site, number),
                         .site = site,
                         .config = distro_config_default(),
                         .profile = g_strdup("nacos-3.0") };
    g_array_append_val(spec->nodes, node);
}

static SimWorld *world_of_two_sites(uint64_t seed)
{
    SimWorldSpec *spec = sim_world_spec_new();
    for (uint32_t site = 0; site < 2; site++) {
        SimSiteSpec named = { .name = g_strdup(site ? "b" : "a"), .next_node = 3 };
        g_array_append_val(spec->sites, named);
        add_node(spec, site, 1);
        add_node(spec, site, 2);
        for (uint32_t other = 0; other < 2; other++) {
            SimLinkSpec link = { .from = site,
                                 .to = other,
                                 .link.delay_us = site == other ? 150 : 5000 };
            g_array_append_val(spec->links, link);
        }
    }
    SimWorld *world = sim_study_new(spec, seed, false, NULL);
    sim_study_boot(world, NULL);
    return world;
}

static void run_to(SimWorld *world, int64_t until_us)
{
    while (sim_world_step(world, until_us)) {
    }
}

static SimFleetSpec fleet_of(uint32_t clients)
{
    return (SimFleetSpec) {
        .name = "f", .clients = clients, .services = 10, .instances = 1, .over_us = S(1)
    };
}

static SimFleet *add_fleet(SimWorld *world, const SimFleetSpec *spec)
{
    uint32_t index = sim_fleet_new(world, spec);
    return g_ptr_array_index(world->fleets, index);
}

static uint32_t count_open(const SimWorld *world)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < world->clients->len; i++) {
        open += sim_client_open(sim_world_client(world, i));
    }
    return open;
}

static size_t count_live(const SimWorld *world, const char *service)
{
    g_autoptr(GArray) live = g_array_new(false, false, sizeof(SimInstance));
    DistroService number =
        distro_dictionary_find_service(world->dictionary, "public", "DEFAULT_GROUP", service);
    return sim_truth_live(world->study->truth, SIM_ALL_CLUSTERS, number, live);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void members_register_evenly_over_the_time(void)
{
    g_autoptr(SimWorld) world = world_of_two_sites(1);
    const SimFleetSpec spec = fleet_of(100);
    add_fleet(world, &spec);
    check_uint(world->clients->len, ==, 100);
    check_str(sim_client_name(sim_world_client(world, 99)), ==, "f-100");
    run_to(world, S(1) / 2);
    check_uint(sim_truth_instance_count(world->study->truth), >=, 49);
    check_uint(sim_truth_instance_count(world->study->truth), <=, 51);
    run_to(world, S(4));
    check_uint(sim_truth_instance_count(world->study->truth), ==, 100);
    check_true(sim_truth_converged(world->study->truth, SIM_ALL_CLUSTERS));
}

static void an_even_spread_gives_each_service_the_same_and_zipf_half_as_much_to_the_second(void)
{
    g_autoptr(SimWorld) world = world_of_two_sites(1);
    SimFleetSpec spec = fleet_of(100);
    add_fleet(world, &spec);
    spec = fleet_of(2900);
    spec.name = "z";
    spec.spread = SIM_SPREAD_ZIPF;
    add_fleet(world, &spec);
    run_to(world, S(4));
    check_uint(count_live(world, "f.svc-1"), ==, 10);
    check_uint(count_live(world, "f.svc-10"), ==, 10);
    /* 2900 over the sum of 1/1 .. 1/10, about 990 for the first. */
    check_uint(count_live(world, "z.svc-1"), >=, 900);
    check_uint(count_live(world, "z.svc-1"), <=, 1080);
    check_uint(count_live(world, "z.svc-2"), >=, 420);
    check_uint(count_live(world, "z.svc-2"), <=, 570);
}

static void a_member_publishes_each_of_its_services_once(void)
{
    g_autoptr(SimWorld) world = world_of_two_sites(1);
    SimFleetSpec spec = fleet_of(20);
    spec.spread = SIM_SPREAD_ZIPF;
    spec.instances = 10;
    add_fleet(world, &spec);
    run_to(world, S(4));
    check_uint(count_live(world, "f.svc-1"), ==, 20);
    check_uint(count_live(world, "f.svc-10"), ==, 20);
}

static void clients_sit_at_sites_by_share_and_use_their_nodes(void)
{
    g_autoptr(SimWorld) world = world_of_two_sites(1);
    const uint32_t sites[] = { 0, 1 };
    const double shares[] = { 3.0, 1.0 };
    SimFleetSpec spec = fleet_of(400);
    spec.sites = sites;
    spec.shares = shares;
    spec.n_sites = 2;
    add_fleet(world, &spec);
    run_to(world, S(3));
    uint32_t at_first = 0;
    for (uint32_t i = 0; i < 400; i++) {
        const SimClient *client = sim_world_client(world, i);
        at_first += sim_client_site(client) == 0;
        check_uint(sim_world_node(world, sim_client_server(client))->site, ==,
                   sim_client_site(client));
    }
    check_uint(at_first, >=, 260);
    check_uint(at_first, <=, 340);
}

static void churn_strikes_at_its_rate_and_ends_in_time(void)
{
    g_autoptr(SimWorld) world = world_of_two_sites(1);
    const SimFleetSpec spec = fleet_of(200);
    SimFleet *fleet = add_fleet(world, &spec);
    run_to(world, S(2));
    const SimChurnSpec churn = { .register_ = 10.0, .close = 5.0, .update = 4.0, .for_us = S(20) };
    sim_fleet_churn(fleet, &churn);
    run_to(world, S(22));
    size_t members;
    sim_fleet_members(fleet, &members);
    check_uint(members, >=, 350);
    check_uint(members, <=, 450);
    check_uint(count_open(world), >=, members - 140);
    check_uint(count_open(world), <=, members - 60);
    check_uint(sim_trace_count(world->trace, SIM_TRACE_CLIENT_UPDATED), >=, 50);

    run_to(world, S(40));
    size_t later;
    sim_fleet_members(fleet, &later);
    check_uint(later, ==, members);
    check_true(sim_truth_converged(world->study->truth, SIM_ALL_CLUSTERS));
    check_uint(sim_truth_listed(world->study->truth, 0), ==, count_open(world));
}

static void deregistered_members_stay(void)
{
    g_autoptr(SimWorld) world = world_of_two_sites(1);
    const SimFleetSpec spec = fleet_of(50);
    SimFleet *fleet = add_fleet(world, &spec);
    run_to(world, S(2));
    const SimChurnSpec churn = { .deregister = 100.0, .for_us = S(5) };
    sim_fleet_churn(fleet, &churn);
    run_to(world, S(12));
    check_uint(count_open(world), ==, 50);
    check_uint(sim_truth_listed(world->study->truth, 0), ==, 0);
}

static void closing_and_killing_take_as_many_as_told_and_no_more_than_there_are(void)
{
    g_autoptr(SimWorld) world = world_of_two_sites(1);
    const SimFleetSpec spec = fleet_of(50);
    SimFleet *fleet = add_fleet(world, &spec);
    run_to(world, S(2));
    sim_fleet_close(fleet, 10);
    check_uint(count_open(world), ==, 40);
    sim_fleet_kill(fleet, 5);
    check_uint(count_open(world), ==, 35);
    sim_fleet_close(fleet, 100);
    check_uint(count_open(world), ==, 0);
    run_to(world, S(60));
    check_uint(sim_truth_listed(world->study->truth, 3), ==, 0);
}

static uint64_t fingerprint_of(uint64_t seed, SimClientKind kind)
{
    g_autoptr(SimWorld) world = world_of_two_sites(seed);
    SimFleetSpec spec = fleet_of(100);
    spec.kind = kind;
    const SimChurnSpec churn = { 5.0, 2.0, 2.0, 1.0, 3.0, 0.0, -1 };
    sim_fleet_churn(add_fleet(world, &spec), &churn);
    run_to(world, S(10));
    sim_node_crash(sim_world_node(world, 1));
    run_to(world, S(60));
    return sim_trace_fingerprint(world->trace);
}

static void a_seed_gives_one_history_and_another_seed_another(void)
{
    for (int kind = SIM_CLIENT_GRPC; kind <= SIM_CLIENT_HTTP; kind++) {
        uint64_t first = fingerprint_of(1, (SimClientKind)kind);
        check_uint(fingerprint_of(1, (SimClientKind)kind), ==, first);
        check_uint(fingerprint_of(2, (SimClientKind)kind), !=, first);
    }
}

static const Test tests[] = {
#define TEST(name)                                                                                 \
    {                                                                                              \
        #name, name                                                                                \
    }
    TEST(members_register_evenly_over_the_time),
    TEST(an_even_spread_gives_each_service_the_same_and_zipf_half_as_much_to_the_second),
    TEST(a_member_publishes_each_of_its_services_once),
    TEST(clients_sit_at_sites_by_share_and_use_their_nodes),
    TEST(churn_strikes_at_its_rate_and_ends_in_time),
    TEST(deregistered_members_stay),
    TEST(closing_and_killing_take_as_many_as_told_and_no_more_than_there_are),
    TEST(a_seed_gives_one_history_and_another_seed_another),
    { NULL, NULL },
};

int main(void)
{
    return run_tests("fleet", tests);
}
