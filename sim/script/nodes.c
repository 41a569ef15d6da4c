/* sim/script/nodes.c -- nodes: their membership, their processes, and reading what they know. */
#include <math.h>
#include <string.h>

#include "core/java.h"
#include "sim/actions/record.h"
#include "sim/naming/list.h"
#include "sim/raft/persistent.h"
#include "sim/script/bridges.h"
#include "sim/script/nodes.h"
#include "sim/script/topology.h"
#include "sim/server/executor.h"
#include "sim/server/push.h"
#include "sim/server/server.h"
#include "sim/study/study.h"
#include "sim/world/reality.h"

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

static int world_join(lua_State *L) /* w:join(name, { site=, address= }) */
{
    static const char *const names[] = { "site", "address", NULL };
    sim_handle_self(L, SIM_HANDLE_WORLD, "join");
    SimWorld *world = sim_check_acting(L, "join");
    const char *name = NULL, *address = NULL;
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
    const SimNode *node = sim_world_join(world, name, site, address, &error);
    if (node == NULL) {
        const char *why = lua_pushstring(L, error->message);
        g_error_free(error);
        sim_raise(L, "join: %s", why);
    }
    sim_record_join(world->study->record, node, address);
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

/* --- reading a node -------------------------------------------------------------------------- */

static SimNode *self_node(lua_State *L, const char *verb)
{
    uint32_t index = sim_handle_self(L, SIM_HANDLE_NODE, verb);
    return sim_world_node(sim_check_world(L, verb), index);
}

/* Index of the client that publishes @listing: of the connection that brought it, or, when that is
 * a connection of the past, of the client that published the instance last. */
static uint32_t publisher(const SimWorld *world, DistroClient id, DistroListing listing)
{
    SimInstance instance;
    void *found = g_hash_table_lookup(world->client_by_id, GUINT_TO_POINTER(id));
    const DistroListingInfo *info = distro_dictionary_listing_info(world->dictionary, listing);
    if (found != NULL) {
        return GPOINTER_TO_UINT(found) - 1;
    }
    if (!sim_truth_find_anywhere(world->study->truth, info->service, info->instance.ip,
                                 info->instance.port, &instance)) {
        return UINT32_MAX;
    }
    return sim_truth_instance(world->study->truth, instance)->client;
}

/* What operators laid over the instances that a query lists. */
static void lay_over(const SimScript *script, const SimNode *node)
{
    for (guint i = 0; node->world->beside != NULL && i < script->listings->len; i++) {
        DistroListing *listing = &g_array_index(script->listings, DistroListing, i);
        *listing = sim_persistent_overlay(node, *listing);
    }
}

static void add_listings(SimScript *script, const SimNode *node, DistroService service,
                         GArray *clients)
{
    const SimWorld *world = node->world;
    size_t count;
    const DistroClient *publishers = distro_node_publishers(node->core, service, &count);
    for (size_t i = 0; i < count; i++) {
        DistroPublication listed = distro_node_listed(node->core, publishers[i], service);
        const DistroPublicationInfo *info =
            distro_dictionary_publication_info(world->dictionary, listed);
        for (uint32_t j = 0; j < info->count; j++) {
            uint32_t client = publisher(world, publishers[i], info->listings[j]);
            g_array_append_val(script->listings, info->listings[j]);
            g_array_append_val(clients, client);
        }
    }
    if (world->beside != NULL) {
        sim_persistent_listings(node, service, script->listings, clients);
    }
}

/* What a real server was seen to store, or to answer a query with. */
static void read_seen(SimScript *script, const SimNode *node, DistroService service, bool query)
{
    const SimReality *reality = node->world->reality;
    g_array_set_size(script->listings, 0);
    g_array_set_size(script->instances, 0);
    (query ? reality->listed : reality->stored)(reality->data, node, service, script->listings);
    for (guint i = 0; i < script->listings->len; i++) {
        uint32_t client =
            publisher(node->world, DISTRO_NONE, g_array_index(script->listings, DistroListing, i));
        g_array_append_val(script->instances, client);
    }
}

static gint compare_pairs(gconstpointer a, gconstpointer b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* The listings of the store, each with who publishes it, ascending. */
static GArray *pairs_of_store(const SimScript *script)
{
    GArray *pairs = g_array_sized_new(false, false, sizeof(uint64_t), script->listings->len);
    for (guint i = 0; i < script->listings->len; i++) {
        uint64_t pair = (uint64_t)g_array_index(script->listings, DistroListing, i) << 32 |
                        g_array_index(script->instances, SimInstance, i);
        g_array_append_val(pairs, pair);
    }
    g_array_sort(pairs, compare_pairs);
    return pairs;
}

/* What the store says becomes what the kept list says, which ascends, too. The truth knows who
 * published what the store holds no more. */
static void replace_by_kept(SimScript *script, uint32_t list)
{
    uint32_t count;
    guint at = 0;
    const DistroListing *kept = sim_list_items(script->world, list, &count);
    g_autoptr(GArray) pairs = pairs_of_store(script);
    g_array_set_size(script->listings, 0);
    g_array_set_size(script->instances, 0);
    for (uint32_t i = 0; i < count; i++) {
        while (at < pairs->len && g_array_index(pairs, uint64_t, at) >> 32 < kept[i]) {
            at++;
        }
        bool stored = at < pairs->len && g_array_index(pairs, uint64_t, at) >> 32 == kept[i];
        uint32_t client = stored ? (uint32_t)g_array_index(pairs, uint64_t, at)
                                 : publisher(script->world, DISTRO_NONE, kept[i]);
        g_array_append_val(script->listings, kept[i]);
        g_array_append_val(script->instances, client);
    }
}

static void remove_disabled(SimScript *script)
{
    const DistroDictionary *dictionary = script->world->dictionary;
    for (guint i = script->listings->len; i-- > 0;) {
        DistroListing listing = g_array_index(script->listings, DistroListing, i);
        if (!distro_dictionary_listing_info(dictionary, listing)->enabled) {
            g_array_remove_index(script->listings, i);
            g_array_remove_index(script->instances, i);
        }
    }
}

/* What @node lists of @service, into .listings and, beside them, the clients into .instances. */
static void read_store(SimScript *script, const SimNode *node, DistroService service)
{
    g_array_set_size(script->listings, 0);
    g_array_set_size(script->instances, 0);
    if (node->core != NULL && service) {
        add_listings(script, node, service, script->instances);
    } else if (node->alive && service) {
        read_seen(script, node, service, false);
    }
}

static void read_query(SimScript *script, const SimNode *node, DistroService service)
{
    if (node->core == NULL && node->alive && service) {
        read_seen(script, node, service, true);
        return;
    }
    read_store(script, node, service);
    uint32_t kept =
        node->core != NULL && service ? sim_push_kept(sim_server_push(node), service) : 0;
    if (kept != 0) {
        replace_by_kept(script, kept);
    } else {
        lay_over(script, node);
        remove_disabled(script);
    }
}

static int push_read(lua_State *L, const SimScript *script)
{
    sim_charge(L, 20 * (int64_t)script->listings->len);
    sim_push_listings(L, (const DistroListing *)(const void *)script->listings->data,
                      (const uint32_t *)(const void *)script->instances->data,
                      script->listings->len);
    return 1;
}

static int node_instances(lua_State *L) /* n:instances(service) */
{
    SimScript *script = sim_script_of(L);
    const SimNode *node = self_node(L, "instances");
    DistroService service = sim_check_service(L, 2, "instances", false);
    read_query(script, node, service);
    if (service) {
        sim_note_read(script, sim_node_endpoint(node->index), service, node->alive);
    }
    return push_read(L, script);
}

static int node_stored(lua_State *L) /* n:stored(service) */
{
    SimScript *script = sim_script_of(L);
    const SimNode *node = self_node(L, "stored");
    read_store(script, node, sim_check_service(L, 2, "stored", false));
    return push_read(L, script);
}

/* "shop", or with the group and namespace in front that are not the usual ones. */
static void push_service_name(lua_State *L, const DistroDictionary *dictionary,
                              DistroService service)
{
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
    const char *group = distro_dictionary_text(dictionary, info->group);
    const char *space = distro_dictionary_text(dictionary, info->namespace_id);
    const char *name = distro_dictionary_text(dictionary, info->name);
    bool usual_group = strcmp(group, "DEFAULT_GROUP") == 0;
    bool usual_space = strcmp(space, "public") == 0;
    lua_pushfstring(L, "%s%s%s%s%s", usual_space ? "" : space, usual_space ? "" : "#",
                    usual_group ? "" : group, usual_group ? "" : "@@", name);
}

static bool has_persistent(const SimNode *node, DistroService service)
{
    const SimBeside *beside = node->world->beside;
    return beside != NULL && beside->has(beside->data, node, service);
}

static bool has_service(const SimNode *node, DistroService service)
{
    const SimWorld *world = node->world;
    size_t count = 0;
    if (node->core != NULL) {
        distro_node_publishers(node->core, service, &count);
        return count > 0 || has_persistent(node, service);
    }
    for (SimInstance i = 0; i < sim_truth_instance_count(world->study->truth); i++) {
        count += sim_truth_instance(world->study->truth, i)->service == service &&
                 sim_truth_lists(world->study->truth, node->index, i);
    }
    return count > 0;
}

static int node_services(lua_State *L) /* n:services(): by name */
{
    const SimNode *node = self_node(L, "services");
    const DistroDictionary *dictionary = node->world->dictionary;
    uint32_t services = distro_dictionary_counts(dictionary).services;
    lua_Integer found = 0;
    sim_charge(L, services);
    lua_newtable(L);
    for (DistroService service = 1; node->alive && service <= services; service++) {
        if (!has_service(node, service)) {
            continue;
        }
        push_service_name(L, dictionary, service);
        lua_seti(L, -2, ++found);
    }
    lua_getglobal(L, "table");
    lua_getfield(L, -1, "sort");
    lua_pushvalue(L, -3);
    lua_call(L, 1, 0);
    lua_pop(L, 1);
    return 1;
}

static int node_knows(lua_State *L) /* n:knows(x) */
{
    lua_pushboolean(L, sim_check_known(L, 2, "knows", self_node(L, "knows")));
    return 1;
}

static int node_count(lua_State *L)
{
    const SimNode *node = self_node(L, "count");
    lua_pushinteger(L, node->alive ? sim_truth_listed(node->world->study->truth, node->index) : 0);
    return 1;
}

static int node_digest(lua_State *L)
{
    const SimNode *node = self_node(L, "digest");
    uint64_t digest = node->alive ? sim_truth_digest(node->world->study->truth, node->index) : 0;
    lua_pushinteger(L, (lua_Integer)digest);
    return 1;
}

/* DistroMapper#responsible of a real server, by what it says of its members. */
static bool seems_responsible(const SimNode *node, uint32_t hash)
{
    const SimReality *reality = node->world->reality;
    const SimSeen seen = reality->seen(reality->data, node);
    DistroName healthy[64];
    size_t count = 0;
    bool self = false;
    for (size_t i = 0; i < seen.member_count && count < G_N_ELEMENTS(healthy); i++) {
        if (seen.members[i].state != DISTRO_MEMBER_DOWN) {
            healthy[count++] = seen.members[i].address;
            self |= seen.members[i].address == node->address_name;
        }
    }
    return count > 0 && (!self || healthy[hash % count] == node->address_name);
}

static int node_owns(lua_State *L) /* n:owns "10.1.0.7:8080" */
{
    const SimNode *node = self_node(L, "owns");
    const char *tag = sim_check_text(L, 2, "owns", "a tag such as \"10.1.0.7:8080\"");
    if (!g_utf8_validate(tag, -1, NULL)) {
        sim_raise(L, "owns: the tag is not UTF-8");
    }
    lua_pushboolean(L, node->core != NULL
                           ? distro_node_responsible(node->core, distro_hash(tag))
                           : node->alive && seems_responsible(node, distro_hash(tag)));
    return 1;
}

static int node_alive(lua_State *L)
{
    lua_pushboolean(L, self_node(L, "alive")->alive);
    return 1;
}

static bool talk(const SimNode *node, const SimNode *other)
{
    const SimNetwork *network = node->world->network;
    return other->alive && !other->paused &&
           (node == other || (sim_network_can_call(network, node->index, other->index) &&
                              sim_network_can_call(network, other->index, node->index)));
}

/* What Raft keeps is not simulated; it can be written where this is true. */
static int node_quorum(lua_State *L) /* n:quorum() */
{
    const SimNode *node = self_node(L, "quorum");
    guint reached = 0;
    for (guint i = 0; i < node->members->len; i++) {
        const SimNode *member =
            sim_world_node_at(node->world, g_array_index(node->members, DistroName, i));
        reached += member != NULL && talk(node, member);
    }
    lua_pushboolean(L, node->alive && !node->paused && 2 * reached > node->members->len);
    return 1;
}

static const char *name_at(const SimWorld *world, DistroName address)
{
    const SimNode *node = sim_world_node_at(world, address);
    return node != NULL ? node->name : distro_dictionary_text(world->dictionary, address);
}

static void set_integer(lua_State *L, const char *field, uint64_t value)
{
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, field);
}

/* Pushes { cluster = { busy=, queued=, rejected= }, sdk = ..., http = ... }. */
static void push_threads(lua_State *L, const SimNode *node)
{
    static const char *const names[SIM_N_POOLS] = {
        [SIM_POOL_CLUSTER] = "cluster", [SIM_POOL_SDK] = "sdk", [SIM_POOL_HTTP] = "http"
    };
    lua_newtable(L);
    for (int i = 0; i < SIM_N_POOLS; i++) {
        const SimPool *pool = sim_server_pool(node, (SimPoolKind)i);
        lua_newtable(L); /* threads pool */
        set_integer(L, "busy", pool->busy);
        set_integer(L, "queued", sim_pool_queued(pool));
        set_integer(L, "rejected", pool->rejected);
        lua_setfield(L, -2, names[i]);
    }
}

static const char *const member_states[] = { "UP", "SUSPICIOUS", "DOWN" };

/* Sets in the table on top what a real server says: ready, clients, healthy, members. */
static void set_seen_state(lua_State *L, const SimNode *node)
{
    const SimReality *reality = node->world->reality;
    const SimSeen seen = reality->seen(reality->data, node);
    lua_Integer healthy = 0;
    lua_pushboolean(L, node->ready);
    lua_setfield(L, -2, "ready");
    set_integer(L, "clients", seen.clients);
    lua_newtable(L);
    lua_newtable(L); /* state healthy members */
    for (size_t i = 0; i < seen.member_count; i++) {
        const char *name = name_at(node->world, seen.members[i].address);
        lua_pushstring(L, member_states[seen.members[i].state]);
        lua_setfield(L, -2, name);
        if (seen.members[i].state != DISTRO_MEMBER_DOWN) {
            lua_pushstring(L, name);
            lua_seti(L, -3, ++healthy);
        }
    }
    lua_setfield(L, -3, "members");
    lua_setfield(L, -2, "healthy");
}

static int node_state(lua_State *L) /* n:state() */
{
    const SimNode *node = self_node(L, "state");
    size_t count;
    lua_newtable(L);
    if (node->core == NULL) {
        if (node->alive) {
            set_seen_state(L, node);
        }
        return 1;
    }
    DistroNodeState state = distro_node_state(node->core);
    lua_pushboolean(L, state.ready);
    lua_setfield(L, -2, "ready");
    lua_pushboolean(L, state.initialised);
    lua_setfield(L, -2, "initialised");
    set_integer(L, "clients", state.clients);
    set_integer(L, "owned", state.owned);
    set_integer(L, "pending", state.pending);
    set_integer(L, "queued", state.queued + sim_server_queued(node));
    push_threads(L, node);
    lua_setfield(L, -2, "threads");
    const DistroName *healthy = distro_node_healthy(node->core, &count);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushstring(L, name_at(node->world, healthy[i]));
        lua_seti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "healthy");
    const DistroMemberInfo *members = distro_node_members(node->core, &count);
    lua_newtable(L);
    lua_newtable(L); /* state members rpc */
    for (size_t i = 0; i < count; i++) {
        const char *name = name_at(node->world, members[i].address);
        lua_pushstring(L, member_states[members[i].state]);
        lua_setfield(L, -3, name);
        if (members[i].address == node->address_name) {
            continue;
        }
        lua_pushboolean(L, members[i].rpc_running);
        lua_setfield(L, -2, name);
    }
    lua_setfield(L, -3, "rpc");
    lua_setfield(L, -2, "members");
    return 1;
}

static int node_counters(lua_State *L) /* n:counters(peer) */
{
    const SimNode *node = self_node(L, "counters");
    bool all = lua_isnoneornil(L, 2);
    DistroName peer = all ? DISTRO_NONE : sim_check_node(L, 2, "counters")->address_name;
    lua_newtable(L);
    if (node->core == NULL) {
        return 1;
    }
    DistroCounters sums = distro_node_peer_counters(node->core, peer);
    set_integer(L, "sync_sent", sums.sync_sent);
    set_integer(L, "sync_ok", sums.sync_ok);
    set_integer(L, "sync_failed", sums.sync_failed);
    set_integer(L, "retries", sums.retries);
    set_integer(L, "verify_sent", sums.verify_sent);
    set_integer(L, "verify_ok", sums.verify_ok);
    set_integer(L, "verify_mismatch", sums.verify_mismatch);
    set_integer(L, "verify_failed", sums.verify_failed);
    set_integer(L, "repairs", sums.repairs);
    if (!all) {
        return 1;
    }
    DistroNodeCounters own = distro_node_counters(node->core);
    set_integer(L, "applied", own.applied);
    set_integer(L, "leases_expired", own.leases_expired);
    set_integer(L, "beats_late", own.beats_late);
    set_integer(L, "beats_expired", own.beats_expired);
    set_integer(L, "clients_ejected", own.clients_ejected);
    set_integer(L, "forwarded", own.forwarded);
    set_integer(L, "forward_failed", own.forward_failed);
    set_integer(L, "load_attempts", own.load_attempts);
    set_integer(L, "loads", own.loads);
    return 1;
}

static int node_setting(lua_State *L) /* n:setting "distrosim.verifyRevision" */
{
    return sim_push_setting(L, 2, &self_node(L, "setting")->config);
}

static void get_field(lua_State *L, const SimHandle *handle, const char *field)
{
    const SimWorld *world = sim_script_of(L)->world;
    const SimNode *node = sim_world_node(world, handle->index);
    if (strcmp(field, "name") == 0) {
        lua_pushstring(L, node->name);
    } else if (strcmp(field, "address") == 0) {
        lua_pushstring(L, node->address);
    } else if (strcmp(field, "site") == 0) {
        lua_pushstring(L, sim_world_site(world, node->site)->name);
    } else {
        lua_pushstring(L, sim_world_cluster(world, node->cluster)->name);
    }
}

static const luaL_Reg node_methods[] = {
    { "instances", node_instances },
    { "stored", node_stored },
    { "services", node_services },
    { "knows", node_knows },
    { "count", node_count },
    { "digest", node_digest },
    { "state", node_state },
    { "counters", node_counters },
    { "owns", node_owns },
    { "alive", node_alive },
    { "quorum", node_quorum },
    { "setting", node_setting },
    { "raft", sim_node_raft },
    { "config", sim_node_config },
    { "config_counters", sim_node_config_counters },
    { NULL, NULL },
};
static const char *const node_fields[] = { "name", "address", "site", "cluster", NULL };
const SimClass sim_class_node = { .kind = SIM_HANDLE_NODE,
                                  .name = "node",
                                  .annotation = "Node",
                                  .methods = { node_methods },
                                  .fields = node_fields,
                                  .get = get_field };

/* --- predicates over all nodes --------------------------------------------------------------- */

static int world_converged(lua_State *L)
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "converged");
    const SimWorld *world = sim_check_world(L, "converged");
    lua_pushboolean(L, sim_truth_converged(world->study->truth, sim_script_of(L)->scope));
    return 1;
}

static int world_agree(lua_State *L)
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "agree");
    const SimWorld *world = sim_check_world(L, "agree");
    lua_pushboolean(L, sim_truth_agree(world->study->truth, sim_script_of(L)->scope));
    return 1;
}

static int world_all_know(lua_State *L) /* w:all_know(x) */
{
    sim_handle_self(L, SIM_HANDLE_WORLD, "all_know");
    sim_check_world(L, "all_know");
    lua_pushboolean(L, sim_check_known(L, 2, "all_know", NULL));
    return 1;
}

static int world_none_knows(lua_State *L) /* w:none_knows(x) */
{
    SimScript *script = sim_script_of(L);
    sim_handle_self(L, SIM_HANDLE_WORLD, "none_knows");
    const SimWorld *world = sim_check_world(L, "none_knows");
    bool listed = false;
    sim_check_instances(L, 2, "none_knows");
    for (uint32_t i = 0; i < world->nodes->len && !listed; i++) {
        for (guint k = 0; k < script->instances->len && !listed; k++) {
            listed = sim_world_node(world, i)->alive &&
                     sim_in_scope(script, sim_world_node(world, i)) &&
                     sim_truth_knows(world->study->truth, i,
                                     g_array_index(script->instances, SimInstance, k));
        }
    }
    lua_pushboolean(L, !listed);
    return 1;
}

static int world_truth(lua_State *L) /* w:truth(service) */
{
    SimScript *script = sim_script_of(L);
    sim_handle_self(L, SIM_HANDLE_WORLD, "truth");
    const SimWorld *world = sim_check_world(L, "truth");
    bool all = lua_isnoneornil(L, 2);
    DistroService service = all ? DISTRO_NONE : sim_check_service(L, 2, "truth", false);
    g_array_set_size(script->instances, 0);
    g_array_set_size(script->listings, 0);
    if (all || service != DISTRO_NONE) {
        sim_truth_live(world->study->truth, script->scope, service, script->instances);
    }
    for (guint i = 0; i < script->instances->len; i++) {
        SimInstance *instance = &g_array_index(script->instances, SimInstance, i);
        const SimInstanceInfo *info = sim_truth_instance(world->study->truth, *instance);
        g_array_append_val(script->listings, info->expected);
        *instance = info->client; /* from here on the clients, beside the listings */
    }
    sim_push_listings(L, (const DistroListing *)(const void *)script->listings->data,
                      (const uint32_t *)(const void *)script->instances->data,
                      script->listings->len);
    return 1;
}

const luaL_Reg sim_world_view_verbs[] = {
    { "converged", world_converged },   { "agree", world_agree }, { "all_know", world_all_know },
    { "none_knows", world_none_knows }, { "truth", world_truth }, { NULL, NULL },
};

/* --- the world ------------------------------------------------------------------------------- */

const SimClass sim_class_world = { .kind = SIM_HANDLE_WORLD,
                                   .name = "world",
                                   .annotation = "World",
                                   .methods = { sim_world_node_verbs, sim_world_view_verbs,
                                                sim_world_fault_verbs, sim_world_client_verbs,
                                                sim_world_bridge_verbs, sim_world_raft_verbs } };
