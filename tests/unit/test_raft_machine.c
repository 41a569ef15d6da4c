/* tests/unit/test_raft_machine.c -- persistent data as commands make it, and how long overrides
 * live. */
#include "sim/raft/expiry.h"
#include "sim/raft/machine.h"

#include <string.h>

#include "tests/support/check.h"

#define S(n) ((int64_t)(n)*G_USEC_PER_SEC)

/* --- names -------------------------------------------------------------------------------- */

static DistroService service(DistroDictionary *names, const char *name)
{
    return distro_dictionary_service(names, "public", "DEFAULT_GROUP", name);
}

static DistroPublication publication(DistroDictionary *names, DistroService of, const char *ip,
                                     int32_t port)
{
    const DistroInstance instance = { .ip = distro_dictionary_name(names, ip),
                                      .port = port,
                                      .healthy = true,
                                      .cluster = distro_dictionary_name(names, "DEFAULT") };
    const DistroListing listing = distro_dictionary_listing(names, of, &instance);
    return distro_dictionary_publication(names, of, false, &listing, 1);
}

static SimMetadataId id_of(DistroDictionary *names, const char *ip, int32_t port)
{
    return (SimMetadataId) { .ip = distro_dictionary_name(names, ip),
                             .port = port,
                             .cluster = distro_dictionary_name(names, "DEFAULT") };
}

static SimRaftCommand instance_command(DistroDictionary *names, SimRaftCommandKind kind,
                                       const char *ip)
{
    g_autofree char *id = g_strdup_printf("%s:8080#false", ip);
    const DistroService shop = service(names, "shop");
    return (SimRaftCommand) { .kind = kind,
                              .service = shop,
                              .client = distro_dictionary_client(names, id),
                              .publication = publication(names, shop, ip, 8080) };
}

static SimRaftCommand override_command(DistroDictionary *names, SimRaftCommandKind kind,
                                       const char *ip, bool enabled, double weight)
{
    return (SimRaftCommand) { .kind = kind,
                              .service = service(names, "shop"),
                              .instance = id_of(names, ip, 8080),
                              .override = { .enabled = enabled, .weight = weight } };
}

static SimRaftCommand cluster_command(DistroDictionary *names, const char *cluster,
                                      SimChecker checker)
{
    return (SimRaftCommand) { .kind = SIM_RAFT_CLUSTER_SET,
                              .service = service(names, "cart"),
                              .cluster = distro_dictionary_name(names, cluster),
                              .checker = checker };
}

/* --- instances ---------------------------------------------------------------------------- */

static void an_instance_is_there_from_its_registration_to_its_deregistration(void)
{
    g_autoptr(DistroDictionary) names = distro_dictionary_new();
    g_autoptr(SimRaftMachine) machine = sim_raft_machine_new(names);
    SimRaftCommand command = instance_command(names, SIM_RAFT_REGISTER, "10.1.0.7");
    SimRaftChange change = sim_raft_machine_apply(machine, &command);
    check_true(change.is_pushed);
    check_uint(change.former, ==, 0);
    check_uint(change.present, ==, command.publication);
    check_uint(sim_raft_machine_instance(machine, command.service, command.client), ==,
               command.publication);
    command.kind = SIM_RAFT_DEREGISTER;
    change = sim_raft_machine_apply(machine, &command);
    check_uint(change.former, ==, command.publication);
    check_uint(change.present, ==, 0);
    check_uint(sim_raft_machine_instance(machine, command.service, command.client), ==, 0);
    change = sim_raft_machine_apply(machine, &command);
    check_true(!change.is_pushed);
}

static void an_update_of_what_is_not_there_does_nothing(void)
{
    g_autoptr(DistroDictionary) names = distro_dictionary_new();
    g_autoptr(SimRaftMachine) machine = sim_raft_machine_new(names);
    SimRaftCommand command = instance_command(names, SIM_RAFT_UPDATE, "10.1.0.7");
    check_true(!sim_raft_machine_apply(machine, &command).is_pushed);
    size_t count;
    check_true(sim_raft_machine_instances(machine, command.service, &count) == NULL);
    check_uint(count, ==, 0);
}

static void instances_stand_in_one_order_whatever_came_first(void)
{
    static const char *const ips[] = { "10.1.0.3", "10.1.0.1", "10.1.0.2" };
    g_autoptr(DistroDictionary) names = distro_dictionary_new();
    g_autoptr(SimRaftMachine) one = sim_raft_machine_new(names);
    g_autoptr(SimRaftMachine) other = sim_raft_machine_new(names);
    for (int i = 0; i < 3; i++) {
        const SimRaftCommand first = instance_command(names, SIM_RAFT_REGISTER, ips[i]);
        sim_raft_machine_apply(one, &first);
    }
    for (int i = 2; i >= 0; i--) {
        const SimRaftCommand last = instance_command(names, SIM_RAFT_REGISTER, ips[i]);
        sim_raft_machine_apply(other, &last);
    }
    g_autoptr(GBytes) a = sim_raft_machine_save(one);
    g_autoptr(GBytes) b = sim_raft_machine_save(other);
    check_true(g_bytes_equal(a, b));
}

/* --- overrides and services --------------------------------------------------------------- */

static void an_override_is_pushed_when_it_is_set_and_not_when_it_goes(void)
{
    g_autoptr(DistroDictionary) names = distro_dictionary_new();
    g_autoptr(SimRaftMachine) machine = sim_raft_machine_new(names);
    SimRaftCommand command = override_command(names, SIM_RAFT_OVERRIDE_SET, "10.1.0.7", false, 0.5);
    check_true(sim_raft_machine_apply(machine, &command).is_pushed);
    const SimOverride *override =
        sim_raft_machine_override(machine, command.service, command.instance);
    check_true(override != NULL && !override->enabled && override->weight == 0.5);
    check_true(sim_raft_machine_override(machine, command.service, id_of(names, "10.1.0.7", 81)) ==
               NULL);
    command.kind = SIM_RAFT_OVERRIDE_DELETE;
    const SimRaftChange change = sim_raft_machine_apply(machine, &command);
    check_true(!change.is_pushed && change.override_is_gone);
    check_true(sim_raft_machine_override(machine, command.service, command.instance) == NULL);
}

static void a_service_has_metadata_while_they_are_set(void)
{
    g_autoptr(DistroDictionary) names = distro_dictionary_new();
    g_autoptr(SimRaftMachine) machine = sim_raft_machine_new(names);
    SimRaftCommand command = { .kind = SIM_RAFT_SERVICE_SET,
                               .service = service(names, "shop"),
                               .protect_threshold = 0.8 };
    double threshold = 0;
    check_true(!sim_raft_machine_protect_threshold(machine, command.service, &threshold));
    sim_raft_machine_apply(machine, &command);
    check_true(sim_raft_machine_protect_threshold(machine, command.service, &threshold));
    check_true(threshold == 0.8);
    command.kind = SIM_RAFT_SERVICE_DELETE;
    sim_raft_machine_apply(machine, &command);
    check_true(!sim_raft_machine_protect_threshold(machine, command.service, &threshold));
}

static SimChecker checker_of(DistroDictionary *names, const SimRaftMachine *machine,
                             const char *cluster)
{
    return sim_raft_machine_checker(machine, service(names, "cart"),
                                    distro_dictionary_name(names, cluster));
}

static void a_cluster_is_checked_by_tcp_until_its_metadata_say_otherwise(void)
{
    g_autoptr(DistroDictionary) names = distro_dictionary_new();
    g_autoptr(SimRaftMachine) machine = sim_raft_machine_new(names);
    const SimRaftCommand east = cluster_command(names, "EAST", SIM_CHECKER_HTTP);
    const SimRaftCommand other = cluster_command(names, "WEST", SIM_CHECKER_NONE);
    double threshold = 1;
    check_int(checker_of(names, machine, "EAST"), ==, SIM_CHECKER_TCP);
    check_true(sim_raft_machine_apply(machine, &other).is_described);
    sim_raft_machine_apply(machine, &east);
    check_int(checker_of(names, machine, "EAST"), ==, SIM_CHECKER_HTTP);
    check_int(checker_of(names, machine, "WEST"), ==, SIM_CHECKER_NONE);
    check_int(checker_of(names, machine, "DEFAULT"), ==, SIM_CHECKER_TCP);
    check_true(sim_raft_machine_protect_threshold(machine, east.service, &threshold));
    check_true(threshold == 0); /* it is metadata, so protection of 0 begins */
    const SimRaftCommand deletion = { .kind = SIM_RAFT_SERVICE_DELETE, .service = east.service };
    sim_raft_machine_apply(machine, &deletion);
    check_int(checker_of(names, machine, "EAST"), ==, SIM_CHECKER_TCP);
}

/* --- snapshots ---------------------------------------------------------------------------- */

static void fill_machine(DistroDictionary *names, SimRaftMachine *machine)
{
    const SimRaftCommand commands[] = {
        instance_command(names, SIM_RAFT_REGISTER, "10.1.0.7"),
        instance_command(names, SIM_RAFT_REGISTER, "10.1.0.8"),
        override_command(names, SIM_RAFT_OVERRIDE_SET, "10.1.0.8", true, 3),
        override_command(names, SIM_RAFT_OVERRIDE_SET, "10.1.0.9", false, 1),
        { .kind = SIM_RAFT_SERVICE_SET,
          .service = service(names, "cart"),
          .protect_threshold = 0.25 },
        cluster_command(names, "EAST", SIM_CHECKER_NONE),
        cluster_command(names, "DEFAULT", SIM_CHECKER_HTTP),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        sim_raft_machine_apply(machine, &commands[i]);
    }
}

static void what_is_saved_is_restored(void)
{
    g_autoptr(DistroDictionary) names = distro_dictionary_new();
    g_autoptr(SimRaftMachine) machine = sim_raft_machine_new(names);
    g_autoptr(SimRaftMachine) other = sim_raft_machine_new(names);
    fill_machine(names, machine);
    const SimRaftCommand stale = instance_command(names, SIM_RAFT_REGISTER, "10.1.0.99");
    sim_raft_machine_apply(other, &stale);
    g_autoptr(GBytes) saved = sim_raft_machine_save(machine);
    check_true(sim_raft_machine_restore(other, saved));
    g_autoptr(GBytes) again = sim_raft_machine_save(other);
    check_true(g_bytes_equal(saved, again));
    check_uint(sim_raft_machine_instance(other, stale.service, stale.client), ==, 0);
    size_t count;
    sim_raft_machine_overrides(other, stale.service, &count);
    check_uint(count, ==, 2);
    check_int(checker_of(names, other, "EAST"), ==, SIM_CHECKER_NONE);
    check_int(checker_of(names, other, "DEFAULT"), ==, SIM_CHECKER_HTTP);
}

static void a_damaged_snapshot_changes_nothing(void)
{
    g_autoptr(DistroDictionary) names = distro_dictionary_new();
    g_autoptr(SimRaftMachine) machine = sim_raft_machine_new(names);
    fill_machine(names, machine);
    g_autoptr(GBytes) saved = sim_raft_machine_save(machine);
    for (gsize size = 1; size < g_bytes_get_size(saved); size++) {
        g_autoptr(SimRaftMachine) other = sim_raft_machine_new(names);
        g_autoptr(GBytes) part = g_bytes_new_from_bytes(saved, 0, size);
        if (!sim_raft_machine_restore(other, part)) {
            g_autoptr(GBytes) empty = sim_raft_machine_save(other);
            check_uint(g_bytes_get_size(empty), ==, 0);
        }
    }
    uint8_t wrong[4] = { 0xff, 0xff, 0xff, 0x7f };
    g_autoptr(GBytes) garbage = g_bytes_new_static(wrong, sizeof wrong);
    check_true(!sim_raft_machine_restore(machine, garbage));
    g_autoptr(GBytes) kept = sim_raft_machine_save(machine);
    check_true(g_bytes_equal(kept, saved));
}

/* --- commands ----------------------------------------------------------------------------- */

static void a_command_survives_as_bytes(void)
{
    g_autoptr(DistroDictionary) names = distro_dictionary_new();
    const SimRaftCommand commands[] = {
        instance_command(names, SIM_RAFT_REGISTER, "10.1.0.7"),
        instance_command(names, SIM_RAFT_UPDATE, "10.1.0.7"),
        instance_command(names, SIM_RAFT_DEREGISTER, "10.1.0.8"),
        override_command(names, SIM_RAFT_OVERRIDE_SET, "10.1.0.8", true, 3),
        override_command(names, SIM_RAFT_OVERRIDE_DELETE, "10.1.0.9", false, 0),
        { .kind = SIM_RAFT_SERVICE_SET,
          .service = service(names, "cart"),
          .protect_threshold = 0.25 },
        { .kind = SIM_RAFT_SERVICE_DELETE, .service = service(names, "cart"), .id = 77 },
        cluster_command(names, "EAST", SIM_CHECKER_HTTP),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autoptr(GBytes) bytes = sim_raft_command_encode(names, &commands[i]);
        gsize size;
        const void *data = g_bytes_get_data(bytes, &size);
        SimRaftCommand decoded;
        check_true(sim_raft_command_decode(names, data, size, &decoded));
        check_int(decoded.kind, ==, commands[i].kind);
        check_uint(decoded.id, ==, commands[i].id);
        check_uint(decoded.service, ==, commands[i].service);
        check_uint(decoded.client, ==, commands[i].client);
        check_uint(decoded.publication, ==, commands[i].publication);
        check_int(sim_metadata_id_compare(decoded.instance, commands[i].instance), ==, 0);
        check_true(decoded.override.weight == commands[i].override.weight);
        check_true(decoded.override.enabled == commands[i].override.enabled);
        check_true(decoded.protect_threshold == commands[i].protect_threshold);
        check_uint(decoded.cluster, ==, commands[i].cluster);
        check_int(decoded.checker, ==, commands[i].checker);
        for (gsize part = 0; part < size; part++) {
            check_true(!sim_raft_command_decode(names, data, part, &decoded));
        }
    }
    const SimRaftCommand unknown = { .kind = SIM_RAFT_SERVICE_DELETE, .service = 99 };
    check_true(!sim_raft_command_is_known(names, &unknown));
}

/* --- expiry ------------------------------------------------------------------------------- */

static void an_override_is_due_sixty_seconds_after_its_instance_went(void)
{
    g_autoptr(DistroDictionary) names = distro_dictionary_new();
    g_autoptr(SimRaftMachine) machine = sim_raft_machine_new(names);
    g_autoptr(SimExpiry) expiry = sim_expiry_new();
    fill_machine(names, machine);
    const DistroService shop = service(names, "shop");
    sim_expiry_mark(expiry, machine, shop, id_of(names, "10.1.0.8", 8080), S(10));
    sim_expiry_mark(expiry, machine, shop, id_of(names, "10.1.0.7", 8080), S(10));
    check_uint(sim_expiry_count(expiry), ==, 1); /* 10.1.0.7 has no override */
    sim_expiry_mark(expiry, machine, shop, id_of(names, "10.1.0.8", 8080), S(40));
    g_autoptr(GArray) early = sim_expiry_due(expiry, S(70), SIM_EXPIRY_AGE_US);
    check_uint(early->len, ==, 0);
    g_autoptr(GArray) due = sim_expiry_due(expiry, S(70) + 1, SIM_EXPIRY_AGE_US);
    check_uint(due->len, ==, 1);
    check_uint(sim_expiry_count(expiry), ==, 1);
}

static void an_instance_that_is_back_keeps_its_override(void)
{
    g_autoptr(DistroDictionary) names = distro_dictionary_new();
    g_autoptr(SimRaftMachine) machine = sim_raft_machine_new(names);
    g_autoptr(SimExpiry) expiry = sim_expiry_new();
    fill_machine(names, machine);
    const DistroService shop = service(names, "shop");
    sim_expiry_mark(expiry, machine, shop, id_of(names, "10.1.0.9", 8080), 0);
    sim_expiry_mark(expiry, machine, shop, id_of(names, "10.1.0.8", 8080), 0);
    sim_expiry_unmark(expiry, shop, id_of(names, "10.1.0.8", 8080));
    sim_expiry_unmark(expiry, shop, id_of(names, "10.1.0.7", 8080));
    g_autoptr(GArray) due = sim_expiry_due(expiry, S(100), SIM_EXPIRY_AGE_US);
    check_uint(due->len, ==, 1);
    check_int(sim_metadata_id_compare(g_array_index(due, SimExpired, 0).instance,
                                      id_of(names, "10.1.0.9", 8080)),
              ==, 0);
}

int main(void)
{
    static const Test tests[] = {
        { "an instance is there from its registration to its deregistration",
          an_instance_is_there_from_its_registration_to_its_deregistration },
        { "an update of what is not there does nothing",
          an_update_of_what_is_not_there_does_nothing },
        { "instances stand in one order, whatever came first",
          instances_stand_in_one_order_whatever_came_first },
        { "an override is pushed when it is set, and not when it goes",
          an_override_is_pushed_when_it_is_set_and_not_when_it_goes },
        { "a service has metadata while they are set", a_service_has_metadata_while_they_are_set },
        { "a cluster is checked by tcp until its metadata say otherwise",
          a_cluster_is_checked_by_tcp_until_its_metadata_say_otherwise },
        { "what is saved is restored", what_is_saved_is_restored },
        { "a damaged snapshot changes nothing", a_damaged_snapshot_changes_nothing },
        { "a command survives as bytes", a_command_survives_as_bytes },
        { "an override is due sixty seconds after its instance went",
          an_override_is_due_sixty_seconds_after_its_instance_went },
        { "an instance that is back keeps its override",
          an_instance_that_is_back_keeps_its_override },
        { 0 },
    };
    return run_tests("persistent data", tests);
}
