/* sim/script/bridges.c -- bridges between clusters: the topology's lines, and their verbs.
 *
 *      bridges = { { from = "east", to = "west", kind = "nacos-sync", workers = 2, ... } }
 *
 * Workers are processes: cuts take them by name, and so do the verbs for processes (nodes.c). */
#include "sim/bridge/bridge.h"

#include <math.h>
#include <string.h>

#include "sim/actions/record.h"
#include "sim/base/nearest.h"
#include "sim/client/client.h"
#include "sim/script/bridges.h"
#include "sim/script/state.h"
#include "sim/study/study.h"

enum {
    BRIDGE_LIMIT = 100,
    WORKER_LIMIT = 32,
    CORE_LIMIT = 256,
    SERVICE_LIMIT = 100000,
};

/* --- reading the topology ----------------------------------------------------------------------
 */

/* The switches, as a bridge spells them. */
typedef struct Switch {
    const char *name;
    unsigned defect;
} Switch;
static const Switch switches[] = {
    { "key_trap", SIM_DEFECT_KEY_TRAP },
    { "drops_events", SIM_DEFECT_DROPPED_EVENTS },
    { "list_failure_is_empty", SIM_DEFECT_LIST_FAILURE_IS_EMPTY },
    { "cold_start_is_empty", SIM_DEFECT_COLD_START_IS_EMPTY },
    { "delete_seen_by_one", SIM_DEFECT_DELETE_SEEN_BY_ONE },
    { "single_event_thread", SIM_DEFECT_SINGLE_EVENT_THREAD },
    { "native_deletion", SIM_DEFECT_NATIVE_DELETION },
};

static const char *const fields[] = {
    "from",
    "to",
    "kind",
    "workers",
    "services",
    "tasks",
    "group",
    "placement",
    "level",
    "udp",
    "db_latency",
    "stall",
    "cores",
    "key_trap",
    "drops_events",
    "list_failure_is_empty",
    "cold_start_is_empty",
    "delete_seen_by_one",
    "single_event_thread",
    "native_deletion",
    NULL,
};

static uint32_t check_cluster(lua_State *L, int table, const char *key, const SimWorldSpec *spec)
{
    const char *name = NULL;
    if (!sim_opt_string(L, table, key, &name)) {
        sim_raise_field(L, NULL, "bridges: field '%s' is missing", key);
    }
    const char **names = lua_newuserdatauv(L, sizeof *names * (spec->clusters->len + 1), 0);
    for (guint i = 0; i < spec->clusters->len; i++) {
        names[i] = g_array_index(spec->clusters, SimClusterSpec, i).name;
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    const char *nearest = sim_nearest_name(name, names, spec->clusters->len);
    sim_raise_field(L, key, "bridges: no cluster '%s'; did you mean '%s'?", name,
                    nearest != NULL ? nearest : "");
}

static uint32_t cluster_of(const SimWorldSpec *spec, const SimNodeSpec *node)
{
    return g_array_index(spec->sites, SimSiteSpec, node->site).cluster;
}

static void take_nodes(const SimWorldSpec *spec, uint32_t cluster, GArray *nodes)
{
    for (guint i = 0; i < spec->nodes->len; i++) {
        if (cluster_of(spec, &g_array_index(spec->nodes, SimNodeSpec, i)) == cluster) {
            g_array_append_val(nodes, i);
        }
    }
}

/* "source", "destination", or the name of a site or a cluster, which is its first site. */
static uint32_t check_placement(lua_State *L, int table, const SimWorldSpec *spec, uint32_t from,
                                uint32_t to)
{
    const char *place = "destination";
    const SimClusterSpec *clusters = (const SimClusterSpec *)(const void *)spec->clusters->data;
    sim_opt_string(L, table, "placement", &place);
    if (strcmp(place, "source") == 0) {
        return clusters[from].first_site;
    }
    if (strcmp(place, "destination") == 0) {
        return clusters[to].first_site;
    }
    size_t count = 0;
    const char **names =
        lua_newuserdatauv(L, sizeof *names * (2 + spec->sites->len + spec->clusters->len), 0);
    names[count++] = "source";
    names[count++] = "destination";
    for (guint i = 0; i < spec->sites->len; i++) {
        names[count++] = g_array_index(spec->sites, SimSiteSpec, i).name;
        if (strcmp(names[count - 1], place) == 0) {
            return i;
        }
    }
    for (guint i = 0; i < spec->clusters->len; i++) {
        names[count++] = clusters[i].name;
        if (strcmp(clusters[i].name, place) == 0) {
            return clusters[i].first_site;
        }
    }
    const char *nearest = sim_nearest_name(place, names, count);
    sim_raise_field(L, "placement", "bridges: no place '%s'; did you mean '%s'?", place,
                    nearest != NULL ? nearest : "");
}

/* A list of names at the top of the stack, or nil. */
static void read_services(lua_State *L, SimBridgeSpec *bridge)
{
    if (lua_isnil(L, -1)) {
        return;
    }
    lua_Integer count = lua_istable(L, -1) ? (lua_Integer)lua_rawlen(L, -1) : 0;
    if (count == 0 || count > SERVICE_LIMIT) {
        sim_raise_field(L, "services", "bridges: field 'services' expects a list of names, got %s",
                        sim_quantity_describe(L, -1));
    }
    bridge->services = g_ptr_array_new_with_free_func(g_free);
    for (lua_Integer i = 1; i <= count; i++) {
        if (lua_geti(L, -1, i) != LUA_TSTRING || !*lua_tostring(L, -1) ||
            !g_utf8_validate(lua_tostring(L, -1), -1, NULL)) {
            sim_raise_field(L, "services", "bridges: a service has a name, not %s",
                            sim_quantity_describe(L, -1));
        }
        g_ptr_array_add(bridge->services, g_strdup(lua_tostring(L, -1)));
        lua_pop(L, 1);
    }
}

/* "explicit" tasks are those of services, "all" is the one of every service. */
static void read_tasks(lua_State *L, int table, SimBridgeSpec *bridge)
{
    static const char *const kinds[] = { "all", "explicit", NULL };
    int kind;
    lua_getfield(L, table, "services");
    read_services(L, bridge);
    lua_pop(L, 1);
    if (sim_opt_choice(L, table, "tasks", kinds, &kind) &&
        (kind == 1) != (bridge->services != NULL)) {
        sim_raise_field(L, "tasks",
                        kind == 1 ? "bridges: explicit tasks need 'services'"
                                  : "bridges: tasks = \"all\" copies every service; "
                                    "'services' makes explicit ones");
    }
}

/* true, false: none from another site, or "none" at all. */
static void read_pushes(lua_State *L, int table, SimBridgeSpec *bridge)
{
    static const char *const names[] = { "none", NULL };
    bool all = true;
    int none;
    bool named = lua_getfield(L, table, "udp") == LUA_TSTRING;
    lua_pop(L, 1);
    if (named) {
        sim_opt_choice(L, table, "udp", names, &none);
        bridge->udp = SIM_BRIDGE_PUSHES_NONE;
    } else if (sim_opt_boolean(L, table, "udp", &all)) {
        bridge->udp = all ? SIM_BRIDGE_PUSHES_ALL : SIM_BRIDGE_PUSHES_OF_SITE;
    }
}

static void read_numbers(lua_State *L, int table, SimBridgeSpec *bridge)
{
    int64_t workers = bridge->workers, cores = bridge->cores;
    sim_opt_integer(L, table, "workers", 1, WORKER_LIMIT, &workers);
    sim_opt_integer(L, table, "cores", 1, CORE_LIMIT, &cores);
    sim_opt_duration(L, table, "db_latency", &bridge->database_us);
    sim_opt_duration(L, table, "stall", &bridge->stall_us);
    read_pushes(L, table, bridge);
    bridge->workers = (uint32_t)workers;
    bridge->cores = (uint32_t)cores;
}

static void read_switches(lua_State *L, int table, SimBridgeSpec *bridge)
{
    for (size_t i = 0; i < G_N_ELEMENTS(switches); i++) {
        bool on;
        if (!sim_opt_boolean(L, table, switches[i].name, &on)) {
            continue;
        }
        bridge->defects =
            on ? bridge->defects | switches[i].defect : bridge->defects & ~switches[i].defect;
    }
}

static void check_name(lua_State *L, const SimWorldSpec *spec, const char *name)
{
    for (guint i = 0; i < spec->bridges->len; i++) {
        const SimBridgeSpec *other = spec->bridges->pdata[i];
        if (other->name != NULL && strcmp(other->name, name) == 0) {
            sim_raise_field(L, NULL, "bridges: there is a bridge '%s' already", name);
        }
    }
}

/* What is being read belongs to the world's specification from the start, so that raising leaks
 * nothing. */
static void read_bridge(lua_State *L, int table, SimWorldSpec *spec)
{
    static const char *const kinds[] = { "nacos-sync", NULL };
    static const char *const levels[] = { "ordinary", "central", NULL };
    const char *group = "DEFAULT_GROUP";
    int level = 0, kind;
    sim_options(L, table, "bridges", fields);
    sim_opt_choice(L, table, "kind", kinds, &kind);
    sim_opt_choice(L, table, "level", levels, &level);
    uint32_t from = check_cluster(L, table, "from", spec);
    uint32_t to = check_cluster(L, table, "to", spec);
    if (from == to) {
        sim_raise_field(L, "to", "bridges: a bridge leads to another cluster");
    }
    sim_opt_string(L, table, "group", &group);
    uint32_t site = check_placement(L, table, spec, from, to);
    const SimClusterSpec *clusters = (const SimClusterSpec *)(const void *)spec->clusters->data;
    check_name(L, spec, lua_pushfstring(L, "%s>%s", clusters[from].name, clusters[to].name));
    SimBridgeSpec *bridge = sim_bridge_spec_new();
    sim_bridge_spec_add(spec, bridge);
    bridge->name = g_strdup(lua_tostring(L, -1));
    bridge->source = g_strdup(clusters[from].name);
    bridge->destination = g_strdup(clusters[to].name);
    bridge->site = site;
    bridge->central = level == 1;
    g_free(bridge->group);
    bridge->group = g_strdup(group);
    take_nodes(spec, from, bridge->source_nodes);
    take_nodes(spec, to, bridge->destination_nodes);
    read_tasks(L, table, bridge);
    read_numbers(L, table, bridge);
    read_switches(L, table, bridge);
}

void sim_bridges_read(lua_State *L, int table, SimWorldSpec *spec)
{
    int top = lua_gettop(L);
    if (lua_getfield(L, table, "bridges") == LUA_TNIL) {
        lua_settop(L, top);
        return;
    }
    sim_path_enter(L, "bridges");
    lua_Integer count = lua_istable(L, -1) ? (lua_Integer)lua_rawlen(L, -1) : 0;
    if (count == 0 || count > BRIDGE_LIMIT) {
        sim_raise_field(L, NULL, "topology: field 'bridges' expects a list of bridges, got %s",
                        sim_quantity_describe(L, -1));
    }
    for (lua_Integer i = 1; i <= count; i++) {
        lua_settop(L, top + 1);
        if (lua_geti(L, top + 1, i) != LUA_TTABLE) {
            sim_raise_field(L, NULL, "topology: a bridge is a table of fields, got %s",
                            sim_quantity_describe(L, -1));
        }
        read_bridge(L, lua_gettop(L), spec);
    }
    sim_path_leave(L);
    lua_settop(L, top);
}

/* --- writing it --------------------------------------------------------------------------------
 */

static void append_text(GString *out, const char *key, char *value)
{
    g_string_append_printf(out, ", %s = %s", key, value);
    g_free(value);
}

static void append_services(GString *out, const GPtrArray *services)
{
    for (guint i = 0; services != NULL && i < services->len; i++) {
        g_autofree char *name = sim_lua_string(services->pdata[i]);
        g_string_append_printf(out, "%s%s", i == 0 ? ", services = { " : ", ", name);
    }
    g_string_append(out, services != NULL ? " }" : "");
}

static void append_numbers(GString *out, const SimBridgeSpec *bridge, const SimBridgeSpec *usual)
{
    if (bridge->workers != usual->workers) {
        append_text(out, "workers", g_strdup_printf("%u", bridge->workers));
    }
    if (bridge->cores != usual->cores) {
        append_text(out, "cores", g_strdup_printf("%u", bridge->cores));
    }
    if (bridge->database_us != usual->database_us) {
        append_text(out, "db_latency", sim_lua_duration(bridge->database_us));
    }
    if (bridge->stall_us != usual->stall_us) {
        append_text(out, "stall", sim_lua_duration(bridge->stall_us));
    }
    if (bridge->udp != SIM_BRIDGE_PUSHES_ALL) {
        append_text(out, "udp",
                    g_strdup(bridge->udp == SIM_BRIDGE_PUSHES_NONE ? "\"none\"" : "false"));
    }
}

char *sim_bridge_text(const SimWorld *world, uint32_t index)
{
    const SimBridgeSpec *bridge = world->spec->bridges->pdata[index];
    SimBridgeSpec *usual = sim_bridge_spec_new();
    int to = sim_world_find_cluster(world, bridge->destination);
    g_autofree char *source = sim_lua_string(bridge->source);
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "{ from = %s", source);
    append_text(out, "to", sim_lua_string(bridge->destination));
    append_services(out, bridge->services);
    if (strcmp(bridge->group, usual->group) != 0) {
        append_text(out, "group", sim_lua_string(bridge->group));
    }
    if (bridge->site != sim_world_cluster(world, (uint32_t)to)->first_site) {
        append_text(out, "placement", sim_lua_string(sim_world_site(world, bridge->site)->name));
    }
    if (bridge->central) {
        append_text(out, "level", g_strdup("\"central\""));
    }
    append_numbers(out, bridge, usual);
    for (size_t i = 0; i < G_N_ELEMENTS(switches); i++) {
        if ((bridge->defects ^ usual->defects) & switches[i].defect) {
            append_text(out, switches[i].name,
                        g_strdup(bridge->defects & switches[i].defect ? "true" : "false"));
        }
    }
    sim_bridge_spec_free(usual);
    return g_string_free(g_string_append(out, " }"), false);
}

/* --- names ---------------------------------------------------------------------------------------
 */

static SimBridge *check_bridge(lua_State *L, int index, const char *verb)
{
    const SimWorld *world = sim_check_world(L, verb);
    const char *name =
        sim_check_text(L, index, verb, "the name of a bridge, such as \"east>west\"");
    SimBridge *bridge = sim_world_find_bridge(world, name);
    if (bridge != NULL) {
        return bridge;
    }
    if (world->bridges->len == 0) {
        sim_raise(L, "%s: this topology has no bridges", verb);
    }
    const char **names = lua_newuserdatauv(L, sizeof *names * world->bridges->len, 0);
    for (guint i = 0; i < world->bridges->len; i++) {
        names[i] = sim_bridge_name(world->bridges->pdata[i]);
    }
    sim_raise_unknown(L, "bridge", name, verb, names, world->bridges->len);
}

SimWorker *sim_test_worker(lua_State *L, int index)
{
    const SimWorld *world = sim_script_of(L)->world;
    if (world == NULL || world->bridges->len == 0 || lua_type(L, index) != LUA_TSTRING) {
        return NULL;
    }
    void *found = g_hash_table_lookup(world->client_by_name, lua_tostring(L, index));
    return found != NULL ? sim_worker_of_client(world, GPOINTER_TO_UINT(found) - 1) : NULL;
}

/* --- verbs ---------------------------------------------------------------------------------------
 */

/* w:bridge_database("east>west", "down" | "up") */
static int world_bridge_database(lua_State *L)
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "bridge_database");
    sim_check_acting(L, "bridge_database");
    SimBridge *bridge = check_bridge(L, 2, "bridge_database");
    const char *state = sim_check_text(L, 3, "bridge_database", "\"down\" or \"up\"");
    if (strcmp(state, "down") != 0 && strcmp(state, "up") != 0) {
        sim_raise(L, "bridge_database expects \"down\" or \"up\", got '%s'", state);
    }
    g_autofree char *quoted = sim_lua_string(state);
    sim_record_bridge(sim_script_of(L)->world->study->record, bridge, SIM_ACTION_BRIDGE_DATABASE,
                      quoted);
    sim_bridge_database(bridge, strcmp(state, "down") == 0);
    return 0;
}

static const char *const task_verbs[] = { "start", "stop", "delete" }; /* by SimTaskVerb */

static SimTaskVerb check_task_verb(lua_State *L, int index)
{
    const char *what = sim_check_text(L, index, "bridge_task", "\"start\", \"stop\" or \"delete\"");
    for (size_t i = 0; i < G_N_ELEMENTS(task_verbs); i++) {
        if (strcmp(task_verbs[i], what) == 0) {
            return (SimTaskVerb)i;
        }
    }
    sim_raise_unknown(L, "change of a task", what, "bridge_task", task_verbs,
                      G_N_ELEMENTS(task_verbs));
}

static uint32_t check_console(lua_State *L, int index, const SimBridge *bridge)
{
    static const char *const names[] = { "worker", NULL };
    int64_t worker = 1;
    if (!lua_isnoneornil(L, index)) {
        sim_options(L, index, "bridge_task", names);
        sim_opt_integer(L, index, "worker", 1, sim_bridge_worker_count(bridge), &worker);
    }
    return (uint32_t)worker - 1;
}

/* "shop", "group@@shop" or "ALL", as a story writes it. (transfer full) */
static char *task_text(const SimWorld *world, DistroService service)
{
    g_autofree char *name =
        service != DISTRO_NONE ? sim_world_service_name(world, service) : g_strdup("ALL");
    return sim_lua_string(name);
}

static void record_task(SimWorld *world, const SimBridge *bridge, DistroService service,
                        SimTaskVerb verb, uint32_t console)
{
    g_autofree char *task = task_text(world, service);
    g_autofree char *at =
        console == 0 ? g_strdup("") : g_strdup_printf(", { worker = %u }", console + 1);
    g_autofree char *text = g_strdup_printf("%s, \"%s\"%s", task, task_verbs[verb], at);
    sim_record_bridge(world->study->record, bridge, SIM_ACTION_BRIDGE_TASK, text);
}

/* w:bridge_task("east>west", service | "ALL", "start" | "stop" | "delete", { worker = 1 }) */
static int world_bridge_task(lua_State *L)
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "bridge_task");
    sim_check_acting(L, "bridge_task");
    SimBridge *bridge = check_bridge(L, 2, "bridge_task");
    bool all = lua_type(L, 3) == LUA_TSTRING && g_ascii_strcasecmp(lua_tostring(L, 3), "ALL") == 0;
    DistroService service = all ? DISTRO_NONE : sim_check_service(L, 3, "bridge_task", true);
    SimTaskVerb verb = check_task_verb(L, 4);
    uint32_t console = check_console(L, 5, bridge);
    if (verb == SIM_TASK_DELETE && !sim_worker_alive(sim_bridge_worker(bridge, console))) {
        sim_raise(L, "bridge_task: worker %d does not run, so its console deletes nothing",
                  (int)console + 1);
    }
    if (!sim_bridge_task(bridge, service, verb, console)) {
        sim_raise(L, "bridge_task: %s has no such task", sim_bridge_name(bridge));
    }
    record_task(sim_script_of(L)->world, bridge, service, verb, console);
    return 0;
}

static void set_count(lua_State *L, const char *field, uint64_t value)
{
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, field);
}

static void set_duration(lua_State *L, const char *field, int64_t us)
{
    if (us < 0) {
        return;
    }
    sim_quantity_push_duration(L, us);
    lua_setfield(L, -2, field);
}

static G_NORETURN void unknown_worker(lua_State *L, const char *name)
{
    const SimWorld *world = sim_script_of(L)->world;
    size_t count = 0;
    for (guint i = 0; i < world->bridges->len; i++) {
        count += sim_bridge_worker_count(world->bridges->pdata[i]);
    }
    if (count == 0) {
        sim_raise(L, "bridge_state: this topology has no bridges");
    }
    const char **names = lua_newuserdatauv(L, sizeof *names * count, 0);
    count = 0;
    for (guint i = 0; i < world->bridges->len; i++) {
        const SimBridge *bridge = world->bridges->pdata[i];
        for (uint32_t k = 0; k < sim_bridge_worker_count(bridge); k++) {
            uint32_t client = sim_worker_client(sim_bridge_worker(bridge, k));
            names[count++] = sim_client_name(sim_world_client(world, client));
        }
    }
    sim_raise_unknown(L, "worker", name, "bridge_state", names, count);
}

/* w:bridge_state "east>west/1" */
static int world_bridge_state(lua_State *L)
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "bridge_state");
    sim_check_world(L, "bridge_state");
    const char *name =
        sim_check_text(L, 2, "bridge_state", "the name of a worker, such as \"east>west/1\"");
    const SimWorker *worker = sim_test_worker(L, 2);
    if (worker == NULL) {
        unknown_worker(L, name);
    }
    SimWorkerState state = sim_worker_state(worker);
    lua_newtable(L);
    lua_pushboolean(L, sim_worker_alive(worker));
    lua_setfield(L, -2, "alive");
    set_count(L, "queue", state.queue);
    set_duration(L, "oldest", state.oldest_us);
    set_count(L, "beating", state.beating);
    set_count(L, "beats_late", state.beats_late);
    set_count(L, "tasks", state.tasks);
    set_count(L, "subscribed", state.subscribed);
    set_count(L, "deletions", state.deletions);
    set_duration(L, "fallback", state.fallback_us);
    set_count(L, "passes", state.passes);
    set_count(L, "failures", state.failures);
    set_count(L, "dropped", state.dropped);
    set_count(L, "copied", state.copied);
    set_count(L, "removed", state.removed);
    set_count(L, "again", state.again);
    return 1;
}

const luaL_Reg sim_world_bridge_verbs[] = {
    { "bridge_database", world_bridge_database },
    { "bridge_task", world_bridge_task },
    { "bridge_state", world_bridge_state },
    { NULL, NULL },
};
