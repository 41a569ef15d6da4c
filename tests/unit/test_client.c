/* tests/unit/test_client.c -- what both SDKs do when servers answer, crash, fall silent or
 * forget. */
#include "core/java.h"
#include "sim/client/client.h"
#include "sim/naming/call.h"
#include "sim/study/study.h"
#include "sim/world/world.h"
#include "tests/support/check.h"

#define MS(n) (INT64_C(1000) * (n))
#define S(n) (INT64_C(1000000) * (n))
#define NOBODY UINT32_MAX

/* --- a small world: three nodes at one site, clients as they are added -------------------------
 */

static SimWorld *world_of_seed(uint32_t nodes, uint64_t seed)
{
    SimWorldSpec *spec = sim_world_spec_new();
    SimSiteSpec site = { .name = g_strdup(""), .next_node = nodes + 1 };
    g_array_append_val(spec->sites, site);
    for (uint32_t i = 1; i <= nodes; i++) {
        SimNodeSpec node = { .name = g_strdup_printf("n%u", i),
                             .address = g_strdup_printf("10.0.0.%u:8848", i),
                             .config = distro_config_default(),
                             .profile = g_strdup("nacos-3.0") };
        g_array_append_val(spec->nodes, node);
    }
    SimLinkSpec link = { .link.delay_us = 150 };
    g_array_append_val(spec->links, link);
    SimWorld *world = sim_study_new(spec, seed, false, NULL);
    sim_study_boot(world, NULL);
    return world;
}

static SimWorld *world_of(uint32_t nodes)
{
    return world_of_seed(nodes, 7);
}

static void run_to(SimWorld *world, int64_t until_us)
{
    while (sim_world_step(world, until_us)) {
    }
}

static void run_for(SimWorld *world, int64_t for_us)
{
    run_to(world, world->now_us + for_us);
}

static SimClient *add(SimWorld *world, SimClientKind kind, int preferred)
{
    const uint32_t servers[] = { 0, 1, 2 };
    char ip[SIM_CLIENT_ADDRESS_SIZE];
    sim_client_default_address(world->clients->len + 1, ip);
    const SimClientSpec spec = { .kind = kind,
                                 .servers = servers,
                                 .n_servers = world->nodes->len,
                                 .preferred = preferred,
                                 .ip = ip,
                                 .port = SIM_CLIENT_PORT,
                                 .tracked = true,
                                 .fleet = UINT32_MAX };
    return sim_world_client(world, sim_client_new(world, &spec));
}

static DistroService service_named(SimWorld *world, const char *name)
{
    return distro_dictionary_service(world->dictionary, "public", "DEFAULT_GROUP", name);
}

static DistroPublication publication(SimWorld *world, const SimClient *client, const char *service,
                                     const char *version)
{
    const DistroExtEntry entry = { .key = "version", .kind = DISTRO_VALUE_STRING, .text = version };
    const DistroInstance instance = { .ip = sim_client_ip(client),
                                      .port = sim_client_port(client),
                                      .healthy = true,
                                      .cluster =
                                          distro_dictionary_name(world->dictionary, "DEFAULT"),
                                      .ext = distro_dictionary_ext(world->dictionary, &entry, 1) };
    DistroService number = service_named(world, service);
    DistroListing listing = distro_dictionary_listing(world->dictionary, number, &instance);
    return distro_dictionary_publication(world->dictionary, number, false, &listing, 1);
}

/* How an operation ended, and when. */
typedef struct Result {
    SimWorld *world;
    int times;
    bool ok;
    const char *reason;
    int64_t at_us;
} Result;

static void note_result(void *data, bool ok, const char *reason)
{
    Result *result = data;
    result->times++;
    result->ok = ok;
    result->reason = reason;
    result->at_us = result->world->now_us;
}

static void begin_register(SimWorld *world, SimClient *client, const char *version, Result *result)
{
    *result = (Result) { .world = world };
    sim_client_register(client, service_named(world, "shop"),
                        publication(world, client, "shop", version), note_result, result);
}

static void check_registers(SimWorld *world, SimClient *client)
{
    Result result;
    begin_register(world, client, "1", &result);
    check_int(result.times, ==, 0);
    run_for(world, MS(100));
    check_int(result.times, ==, 1);
    check_true(result.ok);
}

static uint32_t listed_by(const SimWorld *world, uint32_t node)
{
    return sim_truth_listed(world->study->truth, node);
}

/* Silence between the only client and @node. */
static void cut_client(SimWorld *world, uint32_t node)
{
    SimEndpoint client = sim_client_endpoint(0), server = sim_node_endpoint(node);
    sim_network_cut(world->network, client, server, SIM_CUT_PACKETS);
    sim_network_cut(world->network, server, client, SIM_CUT_PACKETS);
}

/* --- both ------------------------------------------------------------------------------------- */

static void the_nth_client_has_the_nth_address(void)
{
    char address[SIM_CLIENT_ADDRESS_SIZE];
    sim_client_default_address(1, address);
    check_str(address, ==, "10.128.0.1");
    sim_client_default_address(100000, address);
    check_str(address, ==, "10.129.134.160");
}

static void an_answer_carries_its_status_and_its_word(void)
{
    DistroFrame frame = sim_client_answer(DISTRO_STATUS_BEAT_UNKNOWN, 4711);
    check_int(sim_client_answer_status(&frame), ==, DISTRO_STATUS_BEAT_UNKNOWN);
    check_uint(sim_client_answer_word(&frame), ==, 4711);
}

static void a_registration_is_acknowledged_and_reaches_every_node(void)
{
    for (int kind = SIM_CLIENT_GRPC; kind <= SIM_CLIENT_HTTP; kind++) {
        g_autoptr(SimWorld) world = world_of(3);
        check_registers(world, add(world, (SimClientKind)kind, 1));
        run_for(world, S(2));
        check_uint(listed_by(world, 0), ==, 1);
        check_uint(listed_by(world, 2), ==, 1);
        check_true(sim_truth_converged(world->study->truth, SIM_ALL_CLUSTERS));
        check_uint(sim_trace_count(world->trace, SIM_TRACE_CLIENT_REGISTERED), ==, 1);
    }
}

static void a_second_registration_is_an_update_and_a_deregistration_takes_it_back(void)
{
    for (int kind = SIM_CLIENT_GRPC; kind <= SIM_CLIENT_HTTP; kind++) {
        g_autoptr(SimWorld) world = world_of(3);
        SimClient *client = add(world, (SimClientKind)kind, 0);
        check_registers(world, client);
        Result result;
        begin_register(world, client, "2", &result);
        run_for(world, S(3));
        check_true(result.ok);
        check_uint(sim_trace_count(world->trace, SIM_TRACE_CLIENT_UPDATED), ==, 1);
        check_true(sim_truth_converged(world->study->truth, SIM_ALL_CLUSTERS));

        result = (Result) { .world = world };
        sim_client_deregister(client, service_named(world, "shop"), note_result, &result);
        run_for(world, S(3));
        check_true(result.ok);
        check_uint(listed_by(world, 1), ==, 0);
        check_uint(sim_client_publication(client, service_named(world, "shop")), ==, 0);
    }
}

static void an_orderly_close_takes_everything_back_at_once(void)
{
    for (int kind = SIM_CLIENT_GRPC; kind <= SIM_CLIENT_HTTP; kind++) {
        g_autoptr(SimWorld) world = world_of(3);
        SimClient *client = add(world, (SimClientKind)kind, 0);
        check_registers(world, client);
        run_for(world, S(3));
        Result result = { .world = world };
        sim_client_close(client, note_result, &result);
        check_int(result.times, ==, 0);
        run_for(world, S(2));
        check_int(result.times, ==, 1);
        check_true(result.ok);
        check_true(!sim_client_open(client));
        for (uint32_t node = 0; node < 3; node++) {
            check_uint(listed_by(world, node), ==, 0);
        }
    }
}

static void an_operation_that_a_kill_overtakes_ends_once_and_costs_no_availability(void)
{
    for (int kind = SIM_CLIENT_GRPC; kind <= SIM_CLIENT_HTTP; kind++) {
        g_autoptr(SimWorld) world = world_of(3);
        SimClient *client = add(world, (SimClientKind)kind, 0);
        run_for(world, S(1));
        Result result;
        begin_register(world, client, "1", &result);
        sim_client_kill(client);
        check_int(result.times, ==, 0);
        run_for(world, S(60));
        check_int(result.times, ==, 1);
        check_str(result.reason, ==, "killed");
        check_uint(sim_metrics_unavailable_writes(world->study->metrics), ==, 0);
    }
}

static void a_frozen_client_starts_its_operations_when_it_resumes(void)
{
    for (int kind = SIM_CLIENT_GRPC; kind <= SIM_CLIENT_HTTP; kind++) {
        g_autoptr(SimWorld) world = world_of(3);
        SimClient *client = add(world, (SimClientKind)kind, 0);
        run_for(world, S(1));
        sim_client_pause(client, S(5));
        Result result;
        begin_register(world, client, "1", &result);
        run_for(world, S(4));
        check_int(result.times, ==, 0);
        run_for(world, S(2));
        check_true(result.ok);
    }
}

/* --- 2.x -------------------------------------------------------------------------------------- */

static void a_client_connects_to_its_preferred_server_with_an_id_of_that_server(void)
{
    g_autoptr(SimWorld) world = world_of(3);
    SimClient *client = add(world, SIM_CLIENT_GRPC, 2);
    check_uint(sim_client_server(client), ==, NOBODY);
    run_for(world, MS(10));
    check_uint(sim_client_server(client), ==, 2);
    DistroClient id = sim_client_id(client);
    check_true(distro_node_client(sim_world_node(world, 2)->core, id).native);
    check_true(sim_world_client_of_id(world, id) == client);
    const char *text = distro_dictionary_client_info(world->dictionary, id)->id;
    check_true(g_str_has_prefix(text, "1735689600000_10.128.0.1_"));
}

static void an_operation_waits_for_the_start_up_to_end(void)
{
    g_autoptr(SimWorld) world = world_of(3);
    check_registers(world, add(world, SIM_CLIENT_GRPC, 0));
}

static void with_no_server_the_start_up_and_four_tries_go_by(void)
{
    g_autoptr(SimWorld) world = world_of(1);
    sim_node_stop(sim_world_node(world, 0));
    SimClient *client = add(world, SIM_CLIENT_GRPC, 0);
    Result result;
    begin_register(world, client, "1", &result);
    run_for(world, S(2));
    check_int(result.times, ==, 1);
    check_str(result.reason, ==, "not connected");
    check_int(result.at_us, >=, MS(400));
    check_int(result.at_us, <=, MS(405));
    check_uint(sim_metrics_unavailable_writes(world->study->metrics), ==, 1);

    sim_node_boot(sim_world_node(world, 0));
    run_for(world, S(10));
    check_uint(listed_by(world, 0), ==, 1);
    check_uint(sim_client_counters(client).redos, ==, 1);
}

static void a_reset_sends_the_client_to_the_next_server_and_redo_registers_again(void)
{
    g_autoptr(SimWorld) world = world_of(3);
    SimClient *client = add(world, SIM_CLIENT_GRPC, 0);
    check_registers(world, client);
    run_for(world, S(3));
    DistroClient old = sim_client_id(client);
    sim_node_crash(sim_world_node(world, 0));
    run_for(world, MS(10));
    check_uint(sim_client_server(client), ==, 1);
    check_uint(sim_client_id(client), !=, old);
    check_uint(sim_client_counters(client).switches, ==, 1);
    check_uint(sim_client_counters(client).redos, ==, 0);
    run_for(world, S(3));
    check_uint(sim_client_counters(client).redos, ==, 1);
    check_true(distro_node_client(sim_world_node(world, 1)->core, sim_client_id(client)).present);
    /* The truth holds it already: a redo is no operation of its own. */
    check_uint(sim_trace_count(world->trace, SIM_TRACE_CLIENT_REGISTERED), ==, 1);
}

static void a_silent_server_is_left_after_the_health_check(void)
{
    g_autoptr(SimWorld) world = world_of(3);
    SimClient *client = add(world, SIM_CLIENT_GRPC, 0);
    check_registers(world, client);
    run_for(world, S(20));
    cut_client(world, 0);
    run_for(world, S(11));
    check_uint(sim_client_server(client), ==, 0);
    run_for(world, MS(11500));
    check_uint(sim_client_server(client), ==, 1);
}

static void a_black_hole_costs_three_seconds_and_redo_brings_the_write_through(void)
{
    g_autoptr(SimWorld) world = world_of(3);
    SimClient *client = add(world, SIM_CLIENT_GRPC, 0);
    run_for(world, S(1));
    cut_client(world, 0);
    Result result;
    begin_register(world, client, "1", &result);
    run_for(world, S(4));
    check_str(result.reason, ==, "time-out");
    check_int(result.at_us, ==, S(4));
    run_for(world, S(20));
    check_uint(sim_client_server(client), ==, 1);
    check_uint(listed_by(world, 1), ==, 1);
    check_uint(sim_trace_count(world->trace, SIM_TRACE_CLIENT_REGISTERED), ==, 1);
    check_true(sim_truth_acknowledged(world->study->truth, 0, service_named(world, "shop")) != 0);
}

static void a_killed_client_is_ejected_after_twenty_five_to_twenty_eight_seconds(void)
{
    g_autoptr(SimWorld) world = world_of(3);
    SimClient *client = add(world, SIM_CLIENT_GRPC, 0);
    check_registers(world, client);
    sim_client_kill(client);
    int64_t killed_us = world->now_us;
    run_to(world, killed_us + S(20));
    check_uint(listed_by(world, 0), ==, 1);
    run_to(world, killed_us + S(30));
    for (uint32_t node = 0; node < 3; node++) {
        check_uint(listed_by(world, node), ==, 0);
    }
}

static void a_client_frozen_for_too_long_finds_itself_ejected_and_comes_back(void)
{
    g_autoptr(SimWorld) world = world_of(3);
    SimClient *client = add(world, SIM_CLIENT_GRPC, 0);
    check_registers(world, client);
    sim_client_pause(client, S(60));
    run_for(world, S(40));
    check_uint(listed_by(world, 0), ==, 0);
    run_for(world, S(30));
    check_true(sim_client_server(client) != NOBODY);
    for (uint32_t node = 0; node < 3; node++) {
        check_uint(listed_by(world, node), ==, 1);
    }
}

static void a_client_switches_when_told_and_stays_when_it_cannot(void)
{
    g_autoptr(SimWorld) world = world_of(3);
    SimClient *client = add(world, SIM_CLIENT_GRPC, 0);
    check_registers(world, client);
    Result result = { .world = world };
    sim_client_connect(client, 2, note_result, &result);
    run_for(world, S(4));
    check_true(result.ok);
    check_uint(sim_client_server(client), ==, 2);
    check_uint(listed_by(world, 1), ==, 1);
    check_true(sim_truth_converged(world->study->truth, SIM_ALL_CLUSTERS));

    sim_node_crash(sim_world_node(world, 1));
    result = (Result) { .world = world };
    sim_client_connect(client, 1, note_result, &result);
    run_for(world, S(1));
    check_int(result.times, ==, 1);
    check_str(result.reason, ==, "refused");
    check_uint(sim_client_server(client), ==, 2);
}

static void a_reconnection_to_the_same_server_leaves_one_client_there(void)
{
    g_autoptr(SimWorld) world = world_of(1);
    SimClient *client = add(world, SIM_CLIENT_GRPC, 0);
    check_registers(world, client);
    run_for(world, S(2));
    cut_client(world, 0);
    run_for(world, S(15)); /* unhealthy, not yet ejected */
    sim_network_heal(world->network, world->now_us);
    run_for(world, S(40));
    check_uint(sim_client_server(client), ==, 0);
    check_uint(listed_by(world, 0), ==, 1);
    check_uint(distro_node_state(sim_world_node(world, 0)->core).clients, ==, 1);
}

/* --- 1.x -------------------------------------------------------------------------------------- */

static void beats_keep_an_instance_and_become_light(void)
{
    g_autoptr(SimWorld) world = world_of(3);
    SimClient *client = add(world, SIM_CLIENT_HTTP, 0);
    check_registers(world, client);
    check_str(distro_dictionary_client_info(world->dictionary, sim_client_id(client))->id, ==,
              "10.128.0.1:8080#true");
    run_for(world, S(60));
    check_uint(sim_client_counters(client).beats, ==, 12);
    check_uint(sim_client_counters(client).beats_failed, ==, 0);
    check_uint(sim_client_server(client), ==, 0);
    check_true(sim_truth_converged(world->study->truth, SIM_ALL_CLUSTERS));
}

static void a_killed_heartbeat_client_expires_after_thirty_seconds(void)
{
    g_autoptr(SimWorld) world = world_of(3);
    SimClient *client = add(world, SIM_CLIENT_HTTP, 0);
    check_registers(world, client);
    run_for(world, S(2));
    sim_client_kill(client);
    run_for(world, S(24));
    check_uint(listed_by(world, 0), ==, 1);
    run_for(world, S(16));
    for (uint32_t node = 0; node < 3; node++) {
        check_uint(listed_by(world, node), ==, 0);
    }
}

static void a_dead_server_is_passed_over(void)
{
    g_autoptr(SimWorld) world = world_of(3);
    SimClient *client = add(world, SIM_CLIENT_HTTP, 0);
    sim_node_crash(sim_world_node(world, 0));
    run_for(world, S(60)); /* the others must know it as down, or they forward to it */
    check_registers(world, client);
    check_uint(sim_client_server(client), ==, 1);
}

static void a_beat_brings_through_what_the_registration_did_not(void)
{
    g_autoptr(SimWorld) world = world_of(1);
    SimClient *client = add(world, SIM_CLIENT_HTTP, 0);
    cut_client(world, 0);
    Result result;
    begin_register(world, client, "1", &result);
    run_for(world, S(10));
    check_int(result.times, ==, 1);
    check_int(result.at_us, ==, S(9)); /* three connect time-outs */
    check_str(result.reason, ==, "time-out");
    sim_network_heal(world->network, world->now_us);
    run_for(world, S(12));
    check_uint(listed_by(world, 0), ==, 1);
    check_true(sim_truth_acknowledged(world->study->truth, 0, service_named(world, "shop")) != 0);
}

static void a_restarted_server_that_knows_nothing_is_told_again(void)
{
    g_autoptr(SimWorld) world = world_of(1);
    SimClient *client = add(world, SIM_CLIENT_HTTP, 0);
    check_registers(world, client);
    run_for(world, S(12));
    sim_node_restart(sim_world_node(world, 0));
    run_for(world, S(30));
    check_uint(listed_by(world, 0), ==, 1);
    check_true(sim_truth_converged(world->study->truth, SIM_ALL_CLUSTERS));
    check_uint(sim_client_counters(client).redos, ==, 1);
}

static void a_batch_is_more_than_the_1_x_sdk_can_say(void)
{
    g_autoptr(SimWorld) world = world_of(1);
    SimClient *client = add(world, SIM_CLIENT_HTTP, 0);
    DistroPublication single = publication(world, client, "shop", "1");
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(world->dictionary, single);
    DistroListing listing = info->listings[0];
    DistroService service = service_named(world, "shop");
    Result result = { .world = world };
    sim_client_register(
        client, service,
        distro_dictionary_publication(world->dictionary, service, true, &listing, 1), note_result,
        &result);
    run_for(world, S(1));
    check_str(result.reason, ==, "refused");
}

/* The id of a client that connects at once. (transfer full) */
static char *id_under_seed(uint64_t seed)
{
    SimWorld *world = world_of_seed(3, seed);
    SimClient *client = add(world, SIM_CLIENT_GRPC, 0);
    run_for(world, S(1));
    char *id =
        g_strdup(distro_dictionary_client_info(world->dictionary, sim_client_id(client))->id);
    sim_world_free(world);
    return id;
}

/* The port is the kernel's, and with the id the hash and the worker differ. */
static void a_connections_id_differs_from_seed_to_seed_and_is_the_same_under_one(void)
{
    enum {
        SEEDS = 20
    };
    char *ids[SEEDS];
    bool workers[2] = { false };
    for (uint64_t i = 0; i < SEEDS; i++) {
        ids[i] = id_under_seed(i + 1);
        workers[distro_java_string_hash(ids[i]) & 1] = true;
        CU_ASSERT_PTR_NOT_NULL(strstr(ids[i], "_10.128.0.1_"));
    }
    g_autofree char *again = id_under_seed(1);
    check_str(again, ==, ids[0]);
    for (uint32_t i = 1; i < SEEDS; i++) {
        check_str(ids[i], !=, ids[0]);
    }
    CU_ASSERT_TRUE(workers[0] && workers[1]);
    for (uint32_t i = 0; i < SEEDS; i++) {
        g_free(ids[i]);
    }
}

static const Test tests[] = {
#define TEST(name)                                                                                 \
    {                                                                                              \
        #name, name                                                                                \
    }
    TEST(the_nth_client_has_the_nth_address),
    TEST(an_answer_carries_its_status_and_its_word),
    TEST(a_registration_is_acknowledged_and_reaches_every_node),
    TEST(a_second_registration_is_an_update_and_a_deregistration_takes_it_back),
    TEST(an_orderly_close_takes_everything_back_at_once),
    TEST(an_operation_that_a_kill_overtakes_ends_once_and_costs_no_availability),
    TEST(a_frozen_client_starts_its_operations_when_it_resumes),
    TEST(a_client_connects_to_its_preferred_server_with_an_id_of_that_server),
    TEST(a_connections_id_differs_from_seed_to_seed_and_is_the_same_under_one),
    TEST(an_operation_waits_for_the_start_up_to_end),
    TEST(with_no_server_the_start_up_and_four_tries_go_by),
    TEST(a_reset_sends_the_client_to_the_next_server_and_redo_registers_again),
    TEST(a_silent_server_is_left_after_the_health_check),
    TEST(a_black_hole_costs_three_seconds_and_redo_brings_the_write_through),
    TEST(a_killed_client_is_ejected_after_twenty_five_to_twenty_eight_seconds),
    TEST(a_client_frozen_for_too_long_finds_itself_ejected_and_comes_back),
    TEST(a_client_switches_when_told_and_stays_when_it_cannot),
    TEST(a_reconnection_to_the_same_server_leaves_one_client_there),
    TEST(beats_keep_an_instance_and_become_light),
    TEST(a_killed_heartbeat_client_expires_after_thirty_seconds),
    TEST(a_dead_server_is_passed_over),
    TEST(a_beat_brings_through_what_the_registration_did_not),
    TEST(a_restarted_server_that_knows_nothing_is_told_again),
    TEST(a_batch_is_more_than_the_1_x_sdk_can_say),
    { NULL, NULL },
};

int main(void)
{
    return run_tests("client", tests);
}
