/* sim/script/nodes.c -- nodes: how a story names them, their membership and their processes. */
#include <math.h>

#include "sim/actions/record.h"
#include "sim/script/bridges.h"
#include "sim/script/nodes.h"
#include "sim/script/topology.h"
#include "sim/study/study.h"

enum {
    JOIN_LIMIT = 1000
};

/* --- finding --------------------------------------------------------------------------------- */

static int world_nodes(lua_State *L) /* w:nodes() */
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "nodes");
    const SimWorld *world = sim_check_world(L, "nodes");
    const SimScript *script = sim_script_of(L);
    int count = 0;
    luaL_checkstack(L, (int)world->nodes->len + 4, "too many nodes for so many values");
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        if (sim_world_node(world, i)->member && sim_in_scope(script, sim_world_node(world, i))) {
            sim_handle_push(L, SIM_HANDLE_NODE, i);
            count++;
        }
    }
    return count;
}

static int world_node(lua_State *L) /* w:node "n2" */
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "node");
    sim_handle_push(L, SIM_HANDLE_NODE, sim_check_node(L, 2, "node")->index);
    return 1;
}

static int world_live_nodes(lua_State *L) /* w:live_nodes() */
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "live_nodes");
    const SimWorld *world = sim_check_world(L, "live_nodes");
    const SimScript *script = sim_script_of(L);
    lua_Integer count = 0;
    lua_newtable(L);
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        if (sim_world_node(world, i)->alive && sim_in_scope(script, sim_world_node(world, i))) {
            sim_handle_push(L, SIM_HANDLE_NODE, i);
            lua_seti(L, -2, ++count);
        }
    }
    return 1;
}

uint32_t sim_check_site(lua_State *L, int index, const char *verb)
{
    const SimWorld *world = sim_check_world(L, verb);
    const char *name = sim_check_text(L, index, verb, "the name of a site");
    int site = sim_find_site(sim_script_of(L), name);
    if (site >= 0) {
        return (uint32_t)site;
    }
    if (world->sites->len == 1 && !*g_array_index(world->sites, SimSiteSpec, 0).name) {
        sim_raise(L, "%s: no site '%s'; this topology has nodes, not sites", verb, name);
    }
    const char **names = lua_newuserdatauv(L, sizeof *names * (world->sites->len + 1), 0);
    for (guint i = 0; i < world->sites->len; i++) {
        names[i] = g_array_index(world->sites, SimSiteSpec, i).name;
    }
    sim_raise_unknown(L, "site", name, verb, names, world->sites->len);
}

SimScope sim_check_servers(lua_State *L, int index, const char *verb)
{
    const SimScript *script = sim_script_of(L);
    SimScope scope = { .cluster = script->scope, .site = -1 };
    const SimHandle *handle = sim_handle_test(L, index, SIM_HANDLE_WORLD);
    if (lua_isnil(L, index)) {
        return scope;
    }
    if (handle != NULL && handle->index > 0) {
        scope.cluster = handle->index - 1;
        return scope;
    }
    const char *name = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : "";
    int cluster = sim_find_cluster(script, name);
    scope.site = *name ? sim_find_site(script, name) : -1;
    if (cluster >= 0) {
        scope.cluster = (uint32_t)cluster;
    }
    if (scope.site >= 0 || cluster >= 0) {
        return scope;
    }
    scope.node = sim_check_node(L, index, verb);
    scope.cluster = scope.node->cluster;
    return scope;
}

SimNode *sim_opt_server(lua_State *L, int table, const char *verb)
{
    const SimWorld *world = sim_check_world(L, verb);
    lua_getfield(L, table, "server");
    const SimScope scope = sim_check_servers(L, lua_gettop(L), verb);
    lua_pop(L, 1);
    if (scope.node != NULL) {
        return sim_world_node(world, scope.node->index);
    }
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        SimNode *node = sim_world_node(world, i);
        if (node->alive && sim_node_in(node, scope.cluster) &&
            (scope.site < 0 || node->site == (uint32_t)scope.site)) {
            return node;
        }
    }
    return NULL;
}

static int world_site(lua_State *L) /* w:site "shanghai" */
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "site");
    const SimWorld *world = sim_check_world(L, "site");
    uint32_t site = sim_check_site(L, 2, "site");
    lua_Integer count = 0;
    lua_newtable(L);
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        const SimNode *node = sim_world_node(world, i);
        if (node->site == site && node->member) {
            sim_handle_push(L, SIM_HANDLE_NODE, i);
            lua_seti(L, -2, ++count);
        }
    }
    return 1;
}

/* --- membership ------------------------------------------------------------------------------ */

static bool begins_with_site(const char *name, const char *site)
{
    size_t size = strlen(site);
    return size > 0 && strncmp(name, site, size) == 0 && name[size] == '/';
}

/* The site that a new node's name begins with, else the first one; UINT32_MAX if nothing says in
 * which of several clusters that would be. */
static uint32_t site_of_name(const SimScript *script, const char *name)
{
    const SimWorld *world = script->world;
    for (guint i = 0; name != NULL && i < world->sites->len; i++) {
        if (begins_with_site(name, sim_world_site(world, i)->name)) {
            return i;
        }
    }
    if (script->scope != SIM_ALL_CLUSTERS) {
        return sim_world_cluster(world, script->scope)->first_site;
    }
    return world->clusters->len > 1 ? UINT32_MAX : 0;
}

/* Pushes the name of the new node: in a cluster's scope "n4" is "east/n4". */
static const char *check_new_name(lua_State *L)
{
    const SimScript *script = sim_script_of(L);
    const char *name = lua_tostring(L, 2);
    if (!*name || !g_utf8_validate(name, -1, NULL)) {
        sim_raise(L, "join: a node needs a name in UTF-8");
    }
    if (script->scope == SIM_ALL_CLUSTERS) {
        return lua_pushstring(L, name);
    }
    const char *cluster = sim_world_cluster(script->world, script->scope)->name;
    return begins_with_site(name, cluster) ? lua_pushstring(L, name)
                                           : lua_pushfstring(L, "%s/%s", cluster, name);
}

static int world_join(lua_State *L) /* w:join(name, { site=, address=, known_as= }) */
{
    static const char *const names[] = { "site", "address", "known_as", NULL };
    sim_handle_self(L, SIM_HANDLE_WORLD, "join");
    SimWorld *world = sim_check_acting(L, "join");
    const char *name = NULL, *address = NULL, *known_as = NULL;
    int options = lua_istable(L, 2) ? 2 : 3;
    bool named = lua_type(L, 2) == LUA_TSTRING;
    if (!named && options == 3 && !lua_isnoneornil(L, 2)) {
        sim_raise(L, "join expects the name of the new node, got %s", sim_quantity_describe(L, 2));
    }
    lua_settop(L, 3);
    if (named) {
        name = check_new_name(L);
    }
    uint32_t site = site_of_name(sim_script_of(L), name);
    if (!lua_isnil(L, options)) {
        sim_options(L, options, "join", names);
        sim_opt_string(L, options, "address", &address);
        sim_opt_string(L, options, "known_as", &known_as);
        if (lua_getfield(L, options, "site") != LUA_TNIL) {
            site = sim_check_site(L, lua_gettop(L), "join");
        }
    }
    if (site == UINT32_MAX) {
        sim_raise(L,
                  "join: which cluster? Give the node a name such as '%s/n4', or use "
                  "w:cluster(...):join",
                  sim_world_cluster(world, 0)->name);
    }
    if (name == NULL) {
        const SimSiteSpec *spec = sim_world_site(world, site);
        name =
            lua_pushfstring(L, "%s%sn%d", spec->name, *spec->name ? "/" : "", (int)spec->next_node);
    }
    if (world->nodes->len >= JOIN_LIMIT) {
        sim_raise(L, "join: a world has at most %d nodes", JOIN_LIMIT);
    }
    /* All nodes are told of all nodes. */
    sim_charge(L, (int64_t)world->nodes->len * world->nodes->len);
    GError *error = NULL;
    const SimNode *node = sim_world_join(world, name, site, address, known_as, &error);
    if (node == NULL) {
        const char *why = lua_pushstring(L, error->message);
        g_error_free(error);
        sim_raise(L, "join: %s", why);
    }
    sim_record_join(world->study->record, node, address, known_as);
    sim_handle_push(L, SIM_HANDLE_NODE, node->index);
    return 1;
}

/* Calls @act for every node at argument 2. */
static int each_node(lua_State *L, const char *verb, void (*act)(SimNode *node))
{
    sim_handle_self(L, SIM_HANDLE_WORLD, verb);
    const SimWorld *world = sim_check_acting(L, verb);
    const SimNodeList *list = sim_check_nodes(L, 2, verb);
    for (size_t i = 0; i < list->count; i++) {
        if (!sim_world_node(world, list->items[i])->member) {
            sim_raise(L, "%s: %s has left", verb, sim_world_node(world, list->items[i])->name);
        }
    }
    for (size_t i = 0; i < list->count; i++) {
        SimNode *node = sim_world_node(world, list->items[i]);
        sim_record_node(node->world->study->record, node, verb, -1, NULL);
        act(node);
    }
    return 0;
}

static int world_leave(lua_State *L) /* w:leave(n) */
{
    return each_node(L, "leave", sim_world_leave);
}

static int world_set_members(lua_State *L) /* w:set_members(n, list) */
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "set_members");
    lua_settop(L, 3); /* w n list */
    const SimWorld *world = sim_check_acting(L, "set_members");
    const SimNodeList *targets = sim_check_nodes(L, 2, "set_members");
    const SimNodeList *list = sim_check_nodes(L, 3, "set_members");
    SimNode **members = lua_newuserdatauv(L, sizeof(SimNode *) * (list->count + 1), 0);
    for (size_t i = 0; i < list->count; i++) {
        members[i] = sim_world_node(world, list->items[i]);
    }
    sim_record_members(sim_script_of(L)->world->study->record, targets->items, targets->count,
                       list->items, list->count);
    for (size_t i = 0; i < targets->count; i++) {
        sim_node_set_members(sim_world_node(world, targets->items[i]), members, list->count);
    }
    return 0;
}

/* --- processes ------------------------------------------------------------------------------- */

/* What a verb does with a process: a node's, or a worker's. */
typedef struct Action {
    const char *verb;
    int64_t for_us; /* pause: how long; else -1 */
    void (*to_node)(SimNode *node, int64_t for_us);
    void (*to_worker)(SimWorker *worker, int64_t for_us);
} Action;

/* Carries out @action on the process at the top of the stack, or, without @act, checks it. */
static void meet_process(lua_State *L, const Action *action, bool act)
{
    SimWorker *worker = sim_test_worker(L, lua_gettop(L));
    if (worker != NULL && act) {
        sim_record_worker(sim_script_of(L)->world->study->record, sim_worker_client(worker),
                          action->verb, action->for_us);
        action->to_worker(worker, action->for_us);
    }
    if (worker != NULL) {
        return;
    }
    SimNode *node = sim_check_node(L, lua_gettop(L), action->verb);
    if (!node->member) {
        sim_raise(L, "%s: %s has left", action->verb, node->name);
    }
    if (!act) {
        return;
    }
    sim_record_node(node->world->study->record, node, action->verb, action->for_us, NULL);
    action->to_node(node, action->for_us);
}

/* The processes at argument 2: a node, a worker's name, or a list of them. All are checked before
 * the first is touched. */
static int each_process(lua_State *L, const Action *action)
{
    sim_handle_self(L, SIM_HANDLE_WORLD, action->verb);
    sim_check_acting(L, action->verb);
    for (int act = 0; act <= 1; act++) {
        if (!lua_istable(L, 2)) {
            lua_pushvalue(L, 2);
            meet_process(L, action, act);
            lua_pop(L, 1);
            continue;
        }
        lua_Integer count = sim_list_length(L, 2, action->verb);
        for (lua_Integer i = 1; i <= count; i++) {
            lua_geti(L, 2, i);
            meet_process(L, action, act);
            lua_pop(L, 1);
        }
    }
    return 0;
}

static void crash(SimNode *node, int64_t for_us)
{
    (void)for_us;
    if (node->alive) {
        sim_node_crash(node);
    }
}

static void crash_worker(SimWorker *worker, int64_t for_us)
{
    (void)for_us;
    sim_worker_crash(worker);
}

static int world_crash(lua_State *L) /* w:crash(n) */
{
    const Action action = { "crash", -1, crash, crash_worker };
    return each_process(L, &action);
}

static void stop(SimNode *node, int64_t for_us)
{
    (void)for_us;
    if (node->alive) {
        sim_node_stop(node);
    }
}

static void stop_worker(SimWorker *worker, int64_t for_us)
{
    (void)for_us;
    sim_worker_stop(worker);
}

static int world_stop(lua_State *L) /* w:stop(n) */
{
    const Action action = { "stop", -1, stop, stop_worker };
    return each_process(L, &action);
}

static void restart(SimNode *node, int64_t for_us)
{
    (void)for_us;
    sim_node_restart(node);
}

static void restart_worker(SimWorker *worker, int64_t for_us)
{
    (void)for_us;
    sim_worker_restart(worker);
}

static int world_restart(lua_State *L) /* w:restart(n) */
{
    const Action action = { "restart", -1, restart, restart_worker };
    return each_process(L, &action);
}

static int world_upgrade(lua_State *L) /* w:upgrade(n, profile) */
{
    DistroConfig config;
    sim_handle_self(L, SIM_HANDLE_WORLD, "upgrade");
    lua_settop(L, 3); /* w n profile */
    const SimWorld *world = sim_check_acting(L, "upgrade");
    const SimNodeList *list = sim_check_nodes(L, 2, "upgrade");
    const char *profile = sim_check_text(L, 3, "upgrade", "the name of a profile");
    sim_check_profile(L, NULL, profile);
    for (size_t i = 0; i < list->count; i++) {
        SimNode *node = sim_world_node(world, list->items[i]);
        if (!node->member) {
            sim_raise(L, "upgrade: %s has left", node->name);
        }
    }
    for (size_t i = 0; i < list->count; i++) {
        SimNode *node = sim_world_node(world, list->items[i]);
        sim_script_config(sim_script_of(L), profile, sim_world_cluster(world, node->cluster)->name,
                          node->name, &config);
        config.standalone = node->config.standalone;
        sim_record_node(node->world->study->record, node, "upgrade", -1, profile);
        sim_node_set_profile(node, profile, &config);
        sim_node_restart(node);
    }
    return 0;
}

static void pause_node(SimNode *node, int64_t for_us)
{
    if (node->alive) {
        sim_node_pause(node, for_us);
    }
}

static int world_pause(lua_State *L) /* w:pause(n, d) */
{
    const Action action = { "pause", sim_duration_us(L, 3, "pause"), pause_node, sim_worker_pause };
    return each_process(L, &action);
}

static int world_slow(lua_State *L) /* w:slow(n, factor, d) */
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "slow");
    lua_settop(L, 4); /* w n factor d */
    const SimWorld *world = sim_check_acting(L, "slow");
    const SimNodeList *list = sim_check_nodes(L, 2, "slow");
    if (lua_type(L, 3) != LUA_TNUMBER) {
        sim_raise(L, "slow expects a factor, got %s", sim_quantity_describe(L, 3));
    }
    double factor = lua_tonumber(L, 3);
    if (!(factor >= 1 && factor <= 1e6)) {
        sim_raise(L, "slow expects a factor from 1 to 1000000, got %f", factor);
    }
    int64_t for_us = lua_isnoneornil(L, 4) ? SIM_SCRIPT_TIME_LIMIT : sim_duration_us(L, 4, "slow");
    for (size_t i = 0; i < list->count; i++) {
        SimNode *node = sim_world_node(world, list->items[i]);
        sim_record_slow(node->world->study->record, node, factor, for_us);
        if (node->alive) {
            sim_node_slow(node, factor, for_us);
        }
    }
    return 0;
}

bool sim_opt_drift(lua_State *L, int index, int64_t *ppb)
{
    SimQuantity drift;
    if (lua_getfield(L, index, "drift") == LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    if (!sim_quantity_get(L, -1, &drift) || drift.kind != SIM_QUANTITY_PROPORTION) {
        sim_raise_field(L, "drift", "field 'drift' expects %s, got %s",
                        "a proportion such as "
                        "ppm(50)",
                        sim_quantity_describe(L, -1));
    }
    if (fabs(drift.value) > 0.5) {
        sim_raise_field(L, "drift", "field 'drift' expects at most 50%%, got %s",
                        sim_quantity_describe(L, -1));
    }
    *ppb = (int64_t)llround(drift.value * 1e9);
    lua_pop(L, 1);
    return true;
}

static int world_clock(lua_State *L) /* w:clock(n, { offset=, drift=, step= }) */
{
    static const char *const names[] = { "offset", "drift", "step", NULL };
    sim_handle_self(L, SIM_HANDLE_WORLD, "clock");
    lua_settop(L, 3); /* w n fields */
    const SimWorld *world = sim_check_acting(L, "clock");
    const SimNodeList *list = sim_check_nodes(L, 2, "clock");
    int64_t offset_us, drift_ppb, step_us = 0;
    sim_options(L, 3, "clock", names);
    bool offset = sim_opt_signed_duration(L, 3, "offset", &offset_us);
    bool drift = sim_opt_drift(L, 3, &drift_ppb);
    sim_opt_signed_duration(L, 3, "step", &step_us);
    for (size_t i = 0; i < list->count; i++) {
        SimNode *node = sim_world_node(world, list->items[i]);
        sim_record_clock(node->world->study->record, node, offset ? &offset_us : NULL,
                         drift ? &drift_ppb : NULL, step_us);
        sim_node_clock(node, offset ? &offset_us : NULL, drift ? &drift_ppb : NULL, step_us);
    }
    return 0;
}

static int world_cluster(lua_State *L) /* w:cluster "east" */
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "cluster");
    const SimWorld *world = sim_check_world(L, "cluster");
    const char *name = sim_check_text(L, 2, "cluster", "the name of a cluster");
    int cluster = sim_find_cluster(sim_script_of(L), name);
    if (cluster >= 0) {
        sim_handle_push(L, SIM_HANDLE_WORLD, (uint32_t)cluster + 1);
        return 1;
    }
    if (!*sim_world_cluster(world, 0)->name) {
        sim_raise(L, "cluster: no cluster '%s'; this topology has one, without a name", name);
    }
    const char **names = lua_newuserdatauv(L, sizeof *names * world->clusters->len, 0);
    for (guint i = 0; i < world->clusters->len; i++) {
        names[i] = sim_world_cluster(world, i)->name;
    }
    sim_raise_unknown(L, "cluster", name, "cluster", names, world->clusters->len);
}

const luaL_Reg sim_world_node_verbs[] = {
    { "nodes", world_nodes }, { "cluster", world_cluster },
    { "node", world_node },   { "live_nodes", world_live_nodes },
    { "site", world_site },   { "join", world_join },
    { "leave", world_leave }, { "set_members", world_set_members },
    { "crash", world_crash }, { "restart", world_restart },
    { "stop", world_stop },   { "upgrade", world_upgrade },
    { "pause", world_pause }, { "slow", world_slow },
    { "clock", world_clock }, { NULL, NULL },
};

/* --- the world ------------------------------------------------------------------------------- */

const SimClass sim_class_world = { .kind = SIM_HANDLE_WORLD,
                                   .name = "world",
                                   .annotation = "World",
                                   .methods = { sim_world_node_verbs, sim_world_view_verbs,
                                                sim_world_fault_verbs, sim_world_client_verbs,
                                                sim_world_bridge_verbs, sim_world_raft_verbs } };
