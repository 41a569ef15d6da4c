/* sim/script/topology.c -- clusters, sites, nodes, clocks and settings, checked as they are read.
 */
#include "sim/script/topology_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/profile.h"
#include "sim/base/nearest.h"
#include "sim/script/bridges.h"
#include "sim/script/nodes.h"

enum {
    NODE_LIMIT = 1000,
    SITE_LIMIT = 250,
    CLUSTER_LIMIT = 100 /* clients publish addresses from 10.128.0.0 on */
};

/* --- nodes and sites ------------------------------------------------------------------------- */

static const char *const topology_names[] = {
    "nodes",    "sites",    "lan",       "wan",      "links",   "rtt_from", "profile",
    "profiles", "settings", "addresses", "clocks",   "framing", "clients",  "boot",
    "clusters", "bridges",  "raft",      "known_as", NULL,
};

char *sim_topology_full_name(const SimTopologyScope *scope, const char *name)
{
    const char *cluster = scope->cluster == SIM_ALL_CLUSTERS
                              ? ""
                              : sim_topology_cluster(scope->spec, scope->cluster)->name;
    return g_strdup_printf("%s%s%s", cluster, *cluster ? "/" : "", name);
}

bool sim_topology_enter(lua_State *L, int table, const char *key)
{
    if (lua_getfield(L, table, key) == LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    if (!lua_istable(L, -1)) {
        sim_raise_field(L, key, "topology: field '%s' expects a table, got %s", key,
                        sim_quantity_describe(L, -1));
    }
    sim_path_enter(L, key);
    return true;
}

void sim_topology_leave(lua_State *L)
{
    sim_path_leave(L);
    lua_pop(L, 1);
}

static void add_node(SimWorldSpec *spec, uint32_t index, int64_t k)
{
    const SimSiteSpec *site = sim_topology_site(spec, index);
    SimNodeSpec node = { .site = index };
    node.name = g_strdup_printf("%s%sn%d", site->name, *site->name ? "/" : "", (int)k);
    node.address = sim_site_address(site, (uint32_t)k);
    g_array_append_val(spec->nodes, node);
}

/* @name (transfer full): of the site in the world. It belongs to the newest cluster. */
static void add_site(SimWorldSpec *spec, char *name, int64_t nodes)
{
    uint32_t index = spec->sites->len, cluster = spec->clusters->len - 1;
    SimSiteSpec site = { .name = name,
                         .next_node = (uint32_t)nodes + 1,
                         .cluster = cluster,
                         .number = sim_topology_cluster(spec, cluster)->n_sites++ };
    g_array_append_val(spec->sites, site);
    for (int64_t k = 1; k <= nodes; k++) {
        add_node(spec, index, k);
    }
}

static void limit_nodes(lua_State *L, const SimWorldSpec *spec, const char *key, int64_t more)
{
    if (spec->nodes->len + more > NODE_LIMIT) {
        sim_raise_field(L, key, "topology: more than %d nodes", NODE_LIMIT);
    }
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Pushes the names that are the keys of the map at @map, in order; returns how many. @what: "site".
 */
static const char **read_names(lua_State *L, int map, const char *what, size_t limit, size_t *count)
{
    size_t room = 0;
    *count = 0;
    if (!lua_istable(L, map)) {
        sim_raise_field(L, NULL, "topology: field '%ss' expects a table by %s, got %s", what, what,
                        sim_quantity_describe(L, map));
    }
    for (lua_pushnil(L); lua_next(L, map); lua_pop(L, 1)) {
        room++;
    }
    if (room == 0) {
        sim_raise_field(L, NULL, "topology: there is no %s in '%ss'", what, what);
    }
    if (room > limit) {
        sim_raise_field(L, NULL, "topology: at most %d %ss", (int)limit, what);
    }
    const char **names = lua_newuserdatauv(L, sizeof *names * room, 0);
    for (lua_pushnil(L); lua_next(L, map); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) {
            sim_raise_field(L, NULL, "topology: %ss have names, not %s", what,
                            sim_quantity_describe(L, -2));
        }
        names[(*count)++] = lua_tostring(L, -2);
    }
    qsort(names, *count, sizeof *names, compare_texts);
    for (size_t i = 0; i < *count; i++) {
        if (!*names[i] || strpbrk(names[i], "/>") != NULL || !g_utf8_validate(names[i], -1, NULL)) {
            sim_raise_field(L, names[i], "topology: '%s' cannot be the name of a %s", names[i],
                            what);
        }
    }
    return names;
}

static void read_sites(lua_State *L, int sites, const SimTopologyScope *scope)
{
    size_t count;
    const char **names = read_names(L, sites, "site", SITE_LIMIT, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t nodes = 0;
        lua_getfield(L, sites, names[i]);
        if (lua_type(L, -1) == LUA_TNUMBER && lua_tonumber(L, -1) == 0) {
            sim_raise_field(L, names[i], "topology: site '%s' has no nodes", names[i]);
        }
        lua_pop(L, 1);
        sim_opt_integer(L, sites, names[i], 1, NODE_LIMIT, &nodes);
        limit_nodes(L, scope->spec, names[i], nodes);
        add_site(scope->spec, sim_topology_full_name(scope, names[i]), nodes);
    }
}

/* The nodes of the newest cluster, as the table at @table says; @scope names them. */
static void read_nodes(lua_State *L, int table, const SimTopologyScope *scope, const char *what)
{
    int64_t nodes;
    bool counted = sim_opt_integer(L, table, "nodes", 1, NODE_LIMIT, &nodes);
    bool sited = lua_getfield(L, table, "sites") != LUA_TNIL;
    if (counted && sited) {
        sim_raise_field(L, "sites", "%s: it has 'nodes' or 'sites', not both", what);
    }
    if (!counted && !sited) {
        sim_raise_field(L, what, "%s: 'nodes' or 'sites' is missing", what);
    }
    if (counted) {
        limit_nodes(L, scope->spec, "nodes", nodes);
        add_site(scope->spec,
                 g_strdup(sim_topology_cluster(scope->spec, scope->spec->clusters->len - 1)->name),
                 nodes);
    } else {
        sim_path_enter(L, "sites");
        read_sites(L, lua_gettop(L), scope);
        sim_path_leave(L);
    }
    lua_pop(L, 1);
}

static SimNodeSpec *find_node(const SimWorldSpec *spec, const char *name)
{
    for (guint i = 0; i < spec->nodes->len; i++) {
        SimNodeSpec *node = &g_array_index(spec->nodes, SimNodeSpec, i);
        if (strcmp(node->name, name) == 0) {
            return node;
        }
    }
    return NULL;
}

/* The node that a map names at -2 of the stack. */
static SimNodeSpec *check_node_key(lua_State *L, const SimTopologyScope *scope, const char *where)
{
    const SimWorldSpec *spec = scope->spec;
    if (lua_type(L, -2) != LUA_TSTRING) {
        sim_raise_field(L, NULL, "%s: nodes have names, not %s", where,
                        sim_quantity_describe(L, -2));
    }
    char *full = sim_topology_full_name(scope, lua_tostring(L, -2));
    SimNodeSpec *node = find_node(spec, full);
    g_free(full);
    if (node != NULL) {
        return node;
    }
    const char **names = lua_newuserdatauv(L, sizeof *names * spec->nodes->len, 0);
    for (guint i = 0; i < spec->nodes->len; i++) {
        names[i] = g_array_index(spec->nodes, SimNodeSpec, i).name;
    }
    sim_raise_unknown(L, "node", lua_tostring(L, -3), where, names, spec->nodes->len);
}

static bool is_address(const char *text)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text || !g_utf8_validate(text, -1, NULL)) {
        return false;
    }
    char *end;
    guint64 port = g_ascii_strtoull(colon + 1, &end, 10);
    return g_ascii_isdigit(colon[1]) && !*end && port >= 1 && port <= 65535;
}

/* Addresses by node: those that they stand at, or (@known) that the others know them by. */
static void read_addresses_by_node(lua_State *L, int table, const SimTopologyScope *scope,
                                   const char *field, bool known)
{
    if (!sim_topology_enter(L, table, field)) {
        return;
    }
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        SimNodeSpec *node = check_node_key(L, scope, field);
        char **address = known ? &node->known_as : &node->address;
        if (lua_type(L, -1) != LUA_TSTRING || !is_address(lua_tostring(L, -1))) {
            sim_raise_field(L, node->name,
                            "%s: '%s' expects one such as "
                            "\"10.0.0.10:8848\", got %s",
                            field, node->name, sim_quantity_describe(L, -1));
        }
        g_free(*address);
        *address = g_strdup(lua_tostring(L, -1));
    }
    sim_topology_leave(L);
}

static bool is_at(const SimNodeSpec *node, const char *address)
{
    return strcmp(node->address, address) == 0 ||
           (node->known_as != NULL && strcmp(node->known_as, address) == 0);
}

static void read_addresses(lua_State *L, int table, const SimTopologyScope *scope)
{
    const SimWorldSpec *spec = scope->spec;
    read_addresses_by_node(L, table, scope, "addresses", false);
    read_addresses_by_node(L, table, scope, "known_as", true);
    for (guint i = 0; i < spec->nodes->len; i++) {
        for (guint k = 0; k < i; k++) {
            const SimNodeSpec *a = &g_array_index(spec->nodes, SimNodeSpec, k);
            const SimNodeSpec *b = &g_array_index(spec->nodes, SimNodeSpec, i);
            const char *known = b->known_as != NULL ? b->known_as : b->address;
            if (is_at(a, b->address) || is_at(a, known)) {
                sim_raise_field(L, "addresses", "addresses: %s and %s both stand at %s", a->name,
                                b->name, is_at(a, b->address) ? b->address : known);
            }
        }
    }
}

static void read_clocks(lua_State *L, int table, const SimTopologyScope *scope)
{
    static const char *const names[] = { "offset", "drift", "step", NULL };
    if (!sim_topology_enter(L, table, "clocks")) {
        return;
    }
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        SimNodeSpec *node = check_node_key(L, scope, "clocks");
        int64_t step_us = 0;
        int clock = lua_gettop(L);
        sim_path_enter(L, node->name);
        sim_options(L, clock, "clocks", names);
        sim_opt_signed_duration(L, clock, "offset", &node->clock.offset_us);
        sim_opt_signed_duration(L, clock, "step", &step_us);
        sim_opt_drift(L, clock, &node->clock.drift_ppb);
        node->clock.offset_us += step_us;
        sim_path_leave(L);
    }
    sim_topology_leave(L);
}

/* --- profiles and settings ------------------------------------------------------------------- */

void sim_check_profile(lua_State *L, const char *key, const char *profile)
{
    size_t count;
    if (distro_profile_find(profile) != NULL) {
        return;
    }
    const DistroProfile *profiles = distro_profiles(&count);
    const char **names = lua_newuserdatauv(L, sizeof *names * count, 0);
    for (size_t i = 0; i < count; i++) {
        names[i] = profiles[i].name;
    }
    sim_raise_field(L, key, "no profile '%s'; did you mean '%s'?", profile,
                    sim_nearest_name(profile, names, count));
}

/* 0: for all; 1: for the nodes of @cluster; 2: for node @name (nullable); -1: for others. */
static int aim_of(const SimPropertyValue *value, const char *cluster, const char *name)
{
    if (value->node != NULL) {
        return name != NULL && strcmp(value->node, name) == 0 ? 2 : -1;
    }
    if (value->cluster != NULL) {
        return strcmp(value->cluster, cluster) == 0 ? 1 : -1;
    }
    return 0;
}

void sim_script_config(const SimScript *script, const char *profile, const char *cluster,
                       const char *name, DistroConfig *config)
{
    const DistroProfile *found = distro_profile_find(profile);
    g_assert_nonnull(found);
    *config = distro_profile_config(found);
    for (int aim = 0; aim <= 2; aim++) { /* the nearer come after those for more */
        for (guint i = 0; aim == 2 && i < script->given->len; i++) {
            const SimPropertyValue *value = &g_array_index(script->given, SimPropertyValue, i);
            if (distro_profile_reads(found, value->setting)) {
                distro_config_set(config, value->setting, value->value);
            }
        }
        for (guint i = 0; i < script->settings->len; i++) {
            const SimPropertyValue *value = &g_array_index(script->settings, SimPropertyValue, i);
            if (aim_of(value, cluster, name) == aim &&
                distro_profile_reads(found, value->setting)) {
                distro_config_set(config, value->setting, value->value);
            }
        }
    }
}

static G_NORETURN void unknown_setting(lua_State *L, const char *property)
{
    size_t count;
    const DistroSetting *settings = distro_config_settings(&count);
    const char **names = lua_newuserdatauv(L, sizeof *names * count, 0);
    for (size_t i = 0; i < count; i++) {
        names[i] = settings[i].property;
    }
    sim_raise_unknown(L, "property", property, "settings", names, count);
}

#define PARTS 1e6 /* of a ratio */

int sim_push_setting(lua_State *L, int index, const DistroConfig *config)
{
    const char *property = sim_check_text(L, index, "setting", "the name of a property");
    const DistroSetting *setting = distro_config_find(property);
    if (setting == NULL) {
        unknown_setting(L, property);
    }
    int64_t value = distro_config_get(config, setting);
    if (setting->kind == DISTRO_SETTING_DURATION) {
        sim_quantity_push_duration(L, value);
    } else if (setting->kind == DISTRO_SETTING_RATIO) {
        sim_quantity_push(L, sim_quantity_of(SIM_QUANTITY_PROPORTION, (double)value / PARTS));
    } else if (setting->kind == DISTRO_SETTING_BOOL) {
        lua_pushboolean(L, value != 0);
    } else {
        lua_pushinteger(L, value);
    }
    return 1;
}

/* The value on top of the stack in the setting's unit. */
static int64_t check_value(lua_State *L, const DistroSetting *setting)
{
    SimQuantity quantity;
    int whole = 0;
    bool is_quantity = sim_quantity_get(L, -1, &quantity);
    const char *expected = "true or false";
    switch (setting->kind) {
    case DISTRO_SETTING_DURATION:
        expected = sim_quantity_kind_example(SIM_QUANTITY_DURATION);
        if (is_quantity && quantity.kind == SIM_QUANTITY_DURATION && fabs(quantity.value) < 9e15) {
            return (int64_t)llround(quantity.value);
        }
        break;
    case DISTRO_SETTING_PROTOCOL:
    case DISTRO_SETTING_NUMBER: {
        lua_Integer number = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &whole) : 0;
        expected = "a whole number";
        if (whole) {
            return number;
        }
        if (is_quantity && quantity.kind == SIM_QUANTITY_SIZE) {
            return (int64_t)llround(quantity.value);
        }
        break;
    }
    case DISTRO_SETTING_RATIO:
        expected = sim_quantity_kind_example(SIM_QUANTITY_PROPORTION);
        if (is_quantity && quantity.kind == SIM_QUANTITY_PROPORTION && fabs(quantity.value) < 9e9) {
            return (int64_t)llround(quantity.value * PARTS);
        }
        break;
    case DISTRO_SETTING_BOOL:
        if (lua_isboolean(L, -1)) {
            return lua_toboolean(L, -1);
        }
        break;
    }
    sim_raise_field(L, setting->property, "settings: '%s' expects %s, got %s", setting->property,
                    expected, sim_quantity_describe(L, -1));
}

/* One property at -2 with its value at -1, for @node (nullable: all in @scope). */
static void read_setting(lua_State *L, const SimTopologyScope *scope, const char *node)
{
    SimScript *script = sim_script_of(L);
    if (lua_type(L, -2) != LUA_TSTRING) {
        sim_raise_field(L, NULL, "settings: properties have names, not %s",
                        sim_quantity_describe(L, -2));
    }
    const DistroSetting *setting = distro_config_find(lua_tostring(L, -2));
    if (setting == NULL) {
        unknown_setting(L, lua_tostring(L, -2));
    }
    int64_t value = check_value(L, setting);
    if (!distro_setting_allows(setting, value)) {
        sim_raise_field(L, setting->property, "settings: '%s' cannot be %s", setting->property,
                        sim_quantity_describe(L, -1));
    }
    bool all = scope->cluster == SIM_ALL_CLUSTERS;
    SimPropertyValue kept = {
        all ? NULL : g_strdup(sim_topology_cluster(scope->spec, scope->cluster)->name),
        g_strdup(node), setting, value
    };
    g_array_append_val(script->settings, kept);
}

static void read_settings(lua_State *L, int table, const SimTopologyScope *scope)
{
    if (!sim_topology_enter(L, table, "settings")) {
        return;
    }
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (!lua_istable(L, -1)) {
            read_setting(L, scope, NULL);
            continue;
        }
        const SimNodeSpec *node = check_node_key(L, scope, "settings");
        sim_path_enter(L, node->name);
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
            read_setting(L, scope, node->name);
        }
        sim_path_leave(L);
    }
    sim_topology_leave(L);
}

/* The maps profiles and settings, as far as @scope goes. */
static void read_own_profiles(lua_State *L, int table, const SimTopologyScope *scope)
{
    if (sim_topology_enter(L, table, "profiles")) {
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
            SimNodeSpec *node = check_node_key(L, scope, "profiles");
            if (lua_type(L, -1) != LUA_TSTRING) {
                sim_raise_field(L, node->name,
                                "profiles: '%s' expects the name of a profile, got %s", node->name,
                                sim_quantity_describe(L, -1));
            }
            sim_check_profile(L, node->name, lua_tostring(L, -1));
            g_free(node->profile);
            node->profile = g_strdup(lua_tostring(L, -1));
        }
        sim_topology_leave(L);
    }
    read_settings(L, table, scope);
}

static void read_profiles(lua_State *L, int table, const char *replacement,
                          const SimTopologyScope *scope)
{
    SimScript *script = sim_script_of(L);
    const char *profile = SIM_DEFAULT_PROFILE;
    sim_opt_string(L, table, "profile", &profile);
    sim_check_profile(L, "profile", profile);
    if (replacement != NULL) {
        sim_check_profile(L, NULL, replacement);
        profile = replacement;
    }
    g_free(script->profile);
    script->profile = g_strdup(profile);
    read_own_profiles(L, table, scope);
}

/* Every node gets its settings, once all tables have been read. */
static void configure(SimScript *script, SimWorldSpec *spec)
{
    for (guint i = 0; i < spec->clusters->len; i++) {
        SimClusterSpec *cluster = sim_topology_cluster(spec, i);
        if (cluster->join_profile == NULL) {
            cluster->join_profile = g_strdup(script->profile);
        }
        sim_script_config(script, cluster->join_profile, cluster->name, NULL,
                          &cluster->join_config);
    }
    for (guint i = 0; i < spec->nodes->len; i++) {
        SimNodeSpec *node = &g_array_index(spec->nodes, SimNodeSpec, i);
        const SimClusterSpec *cluster =
            sim_topology_cluster(spec, sim_topology_site(spec, node->site)->cluster);
        if (node->profile == NULL) {
            node->profile = g_strdup(cluster->join_profile);
        }
        sim_script_config(script, node->profile, cluster->name, node->name, &node->config);
    }
}

/* --- all of it ------------------------------------------------------------------------------- */

static void read_framing(lua_State *L, int table, SimWorldSpec *spec)
{
    double framing = SIM_FRAMING_TCP;
    lua_getfield(L, table, "framing"); /* framing */
    if (lua_type(L, -1) == LUA_TSTRING) {
        if (strcmp(lua_tostring(L, -1), "tcp") != 0) {
            sim_raise_field(L, "framing", "topology: framing is \"tcp\" or a size, not \"%s\"",
                            lua_tostring(L, -1));
        }
    } else {
        sim_opt_quantity(L, table, "framing", SIM_QUANTITY_SIZE, &framing);
    }
    if (framing > 1 << 20) {
        sim_raise_field(L, "framing", "topology: at most 1 MiB of framing");
    }
    spec->framing_bytes = (int64_t)llround(framing);
    lua_pop(L, 1);
}

/* A kind, or the release of an SDK, which has one. */
static void read_clients(lua_State *L, int table, SimWorldSpec *spec)
{
    static const char *const kinds[] = { "nacos-client-2", "nacos-client-1", NULL };
    const char *name;
    int kind = 0;
    if (sim_opt_string(L, table, "clients", &name) && g_ascii_isdigit(*name)) {
        const SimSdkRelease *release = sim_check_release(L, "clients", name);
        spec->default_client = release->kind;
        spec->default_release = release->name;
        return;
    }
    sim_opt_choice(L, table, "clients", kinds, &kind);
    spec->default_client = kind == 0 ? SIM_CLIENT_GRPC : SIM_CLIENT_HTTP;
}

/* Does the scenario ask for what Raft says, before its story has begun? */
static bool mentions_raft(const SimScript *script)
{
    for (guint i = 0; i < script->must_see->len; i++) {
        const SimTraceKind kind = g_array_index(script->must_see, SimTraceKind, i);
        if (kind >= SIM_TRACE_RAFT_LEADER && kind <= SIM_TRACE_RAFT_SNAPSHOT) {
            return true;
        }
    }
    for (guint i = 0; i < script->checks->len; i++) {
        const SimCheckKind kind = g_array_index(script->checks, SimCheck, i).kind;
        if (kind >= SIM_CHECK_ELECTION_SAFETY && kind <= SIM_CHECK_LINEARIZABLE_WRITES) {
            return true;
        }
    }
    return false;
}

static void read_raft(lua_State *L, int table, SimWorldSpec *spec)
{
    SimScript *script = sim_script_of(L);
    bool wanted = false;
    script->raft_given = sim_opt_boolean(L, table, "raft", &wanted);
    spec->raft = script->raft_given ? wanted : script->raft_asked || mentions_raft(script);
}

static void read_rest(lua_State *L, int table, SimWorldSpec *spec)
{
    static const char *const boots[] = { "auto", "manual", NULL };
    int boot = 0;
    read_framing(L, table, spec);
    read_clients(L, table, spec);
    sim_opt_choice(L, table, "boot", boots, &boot);
    spec->manual_boot = boot == 1;
    read_raft(L, table, spec);
}

/* --- clusters -------------------------------------------------------------------------------- */

static void read_cluster_nodes(lua_State *L, int clusters, const char *name, SimWorldSpec *spec)
{
    static const char *const names[] = {
        "nodes",    "sites",    "lan",       "wan",    "links",    "rtt_from", "profile",
        "profiles", "settings", "addresses", "clocks", "known_as", NULL,
    };
    lua_getfield(L, clusters, name);
    sim_path_enter(L, name);
    sim_options(L, lua_gettop(L), "clusters", names);
    sim_world_spec_add_cluster(spec, name);
    const SimTopologyScope scope = { spec, spec->clusters->len - 1 };
    read_nodes(L, lua_gettop(L), &scope, name);
    sim_path_leave(L);
    lua_pop(L, 1);
}

/* The world's nodes: those of its only cluster, or of all that `clusters` names. */
static void read_all_nodes(lua_State *L, int table, SimWorldSpec *spec)
{
    const SimTopologyScope all = { spec, SIM_ALL_CLUSTERS };
    if (lua_getfield(L, table, "clusters") == LUA_TNIL) {
        lua_pop(L, 1);
        sim_world_spec_add_cluster(spec, "");
        read_nodes(L, table, &all, "topology");
        return;
    }
    int clusters = lua_gettop(L);
    for (const char *const *key = (const char *const[]) { "nodes", "sites", NULL }; *key != NULL;
         key++) {
        if (lua_getfield(L, table, *key) != LUA_TNIL) {
            sim_raise_field(L, *key, "topology: with 'clusters', each has its own '%s'", *key);
        }
    }
    sim_path_enter(L, "clusters");
    size_t count;
    const char **names = read_names(L, clusters, "cluster", CLUSTER_LIMIT, &count);
    for (size_t i = 0; i < count; i++) {
        read_cluster_nodes(L, clusters, names[i], spec);
    }
    sim_path_leave(L);
}

/* What a cluster's own table says beside its nodes; @far: see sim_topology_read_lan_and_wan. */
static void read_cluster(lua_State *L, int table, const SimTopologyScope *scope, bool far)
{
    SimClusterSpec *cluster = sim_topology_cluster(scope->spec, scope->cluster);
    const char *profile;
    if (sim_opt_string(L, table, "profile", &profile)) {
        sim_check_profile(L, "profile", profile);
        cluster->join_profile = g_strdup(profile);
    }
    read_own_profiles(L, table, scope);
    read_addresses(L, table, scope);
    read_clocks(L, table, scope);
    SimMeasured measured = sim_topology_read_measured(L, table);
    sim_topology_read_lan_and_wan(L, table, scope, &measured, far);
    sim_topology_read_links(L, table, scope, &measured);
}

static void read_clusters(lua_State *L, int table, SimWorldSpec *spec, bool far)
{
    if (!sim_topology_enter(L, table, "clusters")) {
        return;
    }
    int clusters = lua_gettop(L);
    for (uint32_t i = 0; i < spec->clusters->len; i++) {
        const SimTopologyScope scope = { spec, i };
        lua_getfield(L, clusters, sim_topology_cluster(spec, i)->name);
        sim_path_enter(L, sim_topology_cluster(spec, i)->name);
        read_cluster(L, lua_gettop(L), &scope, far);
        sim_path_leave(L);
        lua_settop(L, clusters);
    }
    sim_topology_leave(L);
}

/* Within clusters and between them: what a cluster says of its own links comes last. */
static void read_all_links(lua_State *L, int table, SimWorldSpec *spec)
{
    const SimTopologyScope all = { spec, SIM_ALL_CLUSTERS };
    SimMeasured measured = sim_topology_read_measured(L, table);
    sim_topology_add_links(spec);
    bool far = sim_topology_read_lan_and_wan(L, table, &all, &measured, false);
    sim_topology_read_links(L, table, &all, &measured);
    read_clusters(L, table, spec, far && measured.table == SIM_NO_TABLE);
}

void sim_topology_read(lua_State *L, int index, const char *profile)
{
    SimScript *script = sim_script_of(L);
    int table = lua_absindex(L, index);
    luaL_checkstack(L, 48, NULL);
    g_clear_pointer(&script->spec, sim_world_spec_free);
    g_array_set_size(script->settings, 0);
    SimWorldSpec *spec = script->spec = sim_world_spec_new();
    const SimTopologyScope all = { spec, SIM_ALL_CLUSTERS };
    sim_path_enter(L, "topology");
    sim_options(L, table, "topology", topology_names);
    read_all_nodes(L, table, spec);
    read_addresses(L, table, &all);
    read_clocks(L, table, &all);
    read_profiles(L, table, profile, &all);
    read_all_links(L, table, spec);
    configure(script, spec);
    read_rest(L, table, spec);
    sim_bridges_read(L, table, spec);
    sim_path_leave(L);
}
