/* sim/script/raft.c -- what a story does to Raft, and reads of it: voters, disks. */
#include "sim/raft/persistent.h"

#include "sim/actions/record.h"
#include "sim/script/nodes.h"
#include "sim/study/study.h"

/* --- voters ---------------------------------------------------------------------------------- */

/* JRaft knows no other state: who has failed is no follower, either, and says nothing. */
static const char *role_name(SimRaftRole role)
{
    switch (role) {
    case SIM_RAFT_LEADER:
        return "leader";
    case SIM_RAFT_CANDIDATE:
        return "candidate";
    case SIM_RAFT_FOLLOWER:
        return "follower";
    default:
        return "learner";
    }
}

int sim_node_raft(lua_State *L) /* n:raft() */
{
    const uint32_t index = sim_handle_self(L, SIM_HANDLE_NODE, "raft");
    const SimNode *node = sim_world_node(sim_check_world(L, "raft"), index);
    SimRaftStatus status;
    sim_check_raft(L, "raft");
    if (!sim_raft_status(node, &status)) {
        lua_pushnil(L);
        return 1;
    }
    lua_createtable(L, 0, 5);
    lua_pushstring(L, role_name(status.role));
    lua_setfield(L, -2, "role");
    lua_pushinteger(L, (lua_Integer)status.term);
    lua_setfield(L, -2, "term");
    lua_pushinteger(L, (lua_Integer)status.commit);
    lua_setfield(L, -2, "commit");
    lua_pushinteger(L, (lua_Integer)status.applied);
    lua_setfield(L, -2, "applied");
    if (status.leader != NULL) {
        lua_pushstring(L, status.leader->name);
        lua_setfield(L, -2, "leader");
    }
    return 1;
}

/* --- disks ----------------------------------------------------------------------------------- */

static char *faults_text(const SimRaftDiskFaults *faults)
{
    g_autofree char *latency = sim_lua_duration(faults->latency_us);
    return g_strdup_printf("{ latency = %s, full = %s, torn = %s, lose_unsynced = %s }", latency,
                           faults->full ? "true" : "false", faults->torn ? "true" : "false",
                           faults->lose_unsynced ? "true" : "false");
}

static int world_disk(lua_State *L) /* w:disk(n, { latency=, full=, torn=, lose_unsynced= }, d) */
{
    static const char *const names[] = { "latency", "full", "torn", "lose_unsynced", NULL };
    sim_handle_self(L, SIM_HANDLE_WORLD, "disk");
    lua_settop(L, 4); /* w n faults d */
    const SimWorld *world = sim_check_acting(L, "disk");
    sim_check_raft(L, "disk");
    const SimNodeList *list = sim_check_nodes(L, 2, "disk");
    SimRaftDiskFaults faults = { .latency_us = SIM_RAFT_DISK_LATENCY_US };
    sim_options(L, 3, "disk", names);
    sim_opt_duration(L, 3, "latency", &faults.latency_us);
    sim_opt_boolean(L, 3, "full", &faults.full);
    sim_opt_boolean(L, 3, "torn", &faults.torn);
    sim_opt_boolean(L, 3, "lose_unsynced", &faults.lose_unsynced);
    const int64_t for_us =
        lua_isnoneornil(L, 4) ? SIM_SCRIPT_TIME_LIMIT : sim_duration_us(L, 4, "disk");
    for (size_t i = 0; i < list->count; i++) {
        SimNode *node = sim_world_node(world, list->items[i]);
        g_autofree char *text = faults_text(&faults);
        sim_record_node(node->world->study->record, node, "disk", for_us, text);
        sim_raft_set_disk(node, &faults, for_us);
    }
    return 0;
}

static int world_wipe(lua_State *L) /* w:wipe(n) */
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "wipe");
    const SimWorld *world = sim_check_acting(L, "wipe");
    sim_check_raft(L, "wipe");
    const SimNodeList *list = sim_check_nodes(L, 2, "wipe");
    for (size_t i = 0; i < list->count; i++) {
        SimNode *node = sim_world_node(world, list->items[i]);
        sim_record_node(node->world->study->record, node, "wipe", -1, NULL);
        sim_raft_wipe(node);
    }
    return 0;
}

/* --- operators ------------------------------------------------------------------------------- */

#define CONSOLE_US ((int64_t)10 * G_USEC_PER_SEC)

static bool opt_metadata(lua_State *L, int table, DistroDictionary *dictionary, DistroExt *ext)
{
    if (lua_getfield(L, table, "metadata") == LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    const int metadata = lua_gettop(L);
    if (!lua_istable(L, metadata)) {
        sim_raise_field(L, "metadata", "field 'metadata' expects a table of texts, got %s",
                        sim_quantity_describe(L, metadata));
    }
    size_t room = 0, count = 0;
    for (lua_pushnil(L); lua_next(L, metadata); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING ||
            !g_utf8_validate(lua_tostring(L, -2), -1, NULL) ||
            !g_utf8_validate(lua_tostring(L, -1), -1, NULL)) {
            sim_raise_field(L, "metadata", "override: metadata maps texts to texts, got %s",
                            sim_quantity_describe(L, -1));
        }
        room++;
    }
    DistroExtEntry *entries = lua_newuserdatauv(L, sizeof *entries * (room + 1), 0);
    for (lua_pushnil(L); lua_next(L, metadata); lua_pop(L, 1)) {
        entries[count++] = (DistroExtEntry) { .key = lua_tostring(L, -2),
                                              .kind = DISTRO_VALUE_STRING,
                                              .text = lua_tostring(L, -1) };
    }
    *ext = distro_dictionary_ext(dictionary, entries, count);
    lua_settop(L, metadata - 1);
    return true;
}

static SimOperatorChange check_change(lua_State *L, int table)
{
    DistroDictionary *dictionary = sim_check_world(L, "override")->dictionary;
    const char *ip = NULL, *cluster = "DEFAULT";
    int64_t port = SIM_CLIENT_PORT;
    SimOperatorChange change = { .service = sim_opt_service(L, table, "override") };
    if (!sim_opt_string(L, table, "ip", &ip) || !*ip) {
        sim_raise_field(L, "ip", "override: field 'ip' is needed");
    }
    sim_opt_integer(L, table, "port", 0, 65535, &port);
    sim_opt_string(L, table, "cluster", &cluster);
    change.has_enabled = sim_opt_boolean(L, table, "enabled", &change.enabled);
    change.has_weight = sim_opt_number(L, table, "weight", &change.weight);
    if (change.has_weight && !(change.weight >= 0 && change.weight <= 10000)) {
        sim_raise_field(L, "weight", "override: field 'weight' expects a number from 0 to 10000");
    }
    change.has_metadata = opt_metadata(L, table, dictionary, &change.metadata);
    change.instance = (SimMetadataId) { .ip = distro_dictionary_name(dictionary, ip),
                                        .port = (int32_t)port,
                                        .cluster = distro_dictionary_name(dictionary, cluster) };
    return change;
}

static void end_override(void *data, SimRaftWritten outcome)
{
    static const char *const reasons[] = { [SIM_RAFT_WRITE_DONE] = NULL,
                                           [SIM_RAFT_WRITE_NO_LEADER] = "no leader",
                                           [SIM_RAFT_WRITE_TIMEOUT] = "timeout",
                                           [SIM_RAFT_WRITE_FAILED] = "refused" };
    sim_operation_end(data, outcome == SIM_RAFT_WRITE_DONE, reasons[outcome]);
}

static void give_up(SimScript *script, void *data, uint64_t word)
{
    (void)script;
    (void)word;
    sim_operation_end(data, false, "timeout");
}

static int world_override(lua_State *L) /* w:override { service=, ip=, enabled=, ... } */
{
    static const char *const names[] = { "service",  "group",   "namespace", "ip",
                                         "port",     "cluster", "enabled",   "weight",
                                         "metadata", "server",  NULL };
    sim_handle_self(L, SIM_HANDLE_WORLD, "override");
    SimWorld *world = sim_check_acting(L, "override");
    SimScript *script = sim_script_of(L);
    SimTask *task = sim_check_waiting(L, "override");
    sim_options(L, 2, "override", names);
    sim_check_raft(L, "override");
    SimNode *console = sim_opt_server(L, 2, "override");
    const SimOperatorChange change = check_change(L, 2);
    SimOperation *operation = sim_operation_new(script, UINT32_MAX, task);
    sim_record_override(world->study->record, console, &change);
    if (console != NULL && console->alive && console->paused) {
        sim_script_timer(script, world->now_us + CONSOLE_US, give_up, operation, 0);
    } else if (console == NULL ||
               !sim_persistent_override(console, &change, end_override, operation)) {
        sim_operation_end(operation, false, "refused");
    }
    return sim_operation_wait(L);
}

static int change_service(lua_State *L, const char *verb, const SimServiceChange *change)
{
    SimWorld *world = sim_check_acting(L, verb);
    SimNode *console = sim_opt_server(L, 2, verb);
    SimOperation *operation =
        sim_operation_new(sim_script_of(L), UINT32_MAX, sim_check_waiting(L, verb));
    sim_record_service(world->study->record, console, change);
    if (console != NULL && console->alive && console->paused) {
        sim_script_timer(sim_script_of(L), world->now_us + CONSOLE_US, give_up, operation, 0);
    } else if (console == NULL ||
               !sim_persistent_describe(console, change, end_override, operation)) {
        sim_operation_end(operation, false, "refused");
    }
    return sim_operation_wait(L);
}

static int world_set_service(lua_State *L) /* w:set_service { service=, protect_threshold=, ... } */
{
    static const char *const names[] = { "service",           "group",  "namespace",
                                         "protect_threshold", "server", NULL };
    sim_handle_self(L, SIM_HANDLE_WORLD, "set_service");
    sim_options(L, 2, "set_service", names);
    sim_check_raft(L, "set_service");
    SimServiceChange change = { .service = sim_opt_service(L, 2, "set_service") };
    if (!sim_opt_number(L, 2, "protect_threshold", &change.protect_threshold) ||
        !(change.protect_threshold >= 0 && change.protect_threshold <= 1)) {
        sim_raise_field(L, "protect_threshold",
                        "set_service: field 'protect_threshold' expects a number from 0 to 1");
    }
    return change_service(L, "set_service", &change);
}

static int world_set_cluster(lua_State *L) /* w:set_cluster { service=, check=, cluster=, ... } */
{
    static const char *const names[] = { "service", "group",  "namespace", "cluster",
                                         "check",   "server", NULL };
    const char *cluster = "DEFAULT";
    int checker = SIM_CHECKER_TCP;
    sim_handle_self(L, SIM_HANDLE_WORLD, "set_cluster");
    sim_options(L, 2, "set_cluster", names);
    sim_check_raft(L, "set_cluster");
    SimServiceChange change = { .service = sim_opt_service(L, 2, "set_cluster") };
    sim_opt_string(L, 2, "cluster", &cluster);
    if (!sim_opt_choice(L, 2, "check", sim_checker_names, &checker)) {
        sim_raise_field(L, "check",
                        "set_cluster: field 'check' is needed: \"tcp\", \"http\" or "
                        "\"none\"");
    }
    change.cluster = distro_dictionary_name(sim_check_world(L, "set_cluster")->dictionary, cluster);
    change.checker = (SimChecker)checker;
    return change_service(L, "set_cluster", &change);
}

const luaL_Reg sim_world_raft_verbs[] = {
    { "override", world_override },
    { "set_service", world_set_service },
    { "set_cluster", world_set_cluster },
    { "disk", world_disk },
    { "wipe", world_wipe },
    { NULL, NULL },
};
