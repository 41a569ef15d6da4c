/* sim/script/topology.c -- nodes, sites, links, clocks and settings, checked as they are read. */
#include "sim/script/topology.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/profile.h"
#include "sim/script/nearest.h"
#include "sim/script/nodes.h"

enum {
    NODE_LIMIT = 1000
};
#define NO_TABLE UINT32_MAX

/* --- links ----------------------------------------------------------------------------------- */

static const char *const link_names[] = { "rtt",     "delay",     "jitter", "loss",
                                          "burst",   "bandwidth", "queue",  "duplicate",
                                          "reorder", "corrupt",   "mtu",    NULL };

static bool read_delay(lua_State *L, int index, const char *verb, SimLink *link)
{
    int64_t rtt_us, delay_us;
    bool rtt = sim_opt_duration(L, index, "rtt", &rtt_us);
    bool delay = sim_opt_duration(L, index, "delay", &delay_us);
    if (rtt && delay)
        sim_raise_field(L, "delay", "%s: a link has a rtt or a one-way delay, not both", verb);
    if (rtt)
        link->delay_us = rtt_us / 2;
    else if (delay)
        link->delay_us = delay_us;
    return rtt || delay;
}

static unsigned read_burst(lua_State *L, int index, SimLink *link)
{
    static const char *const names[] = { "enter", "leave", "loss", NULL };
    double enter = 0, leave = 1, loss = 1;
    if (lua_getfield(L, index, "burst") == LUA_TNIL) {
        lua_pop(L, 1);
        return 0;
    }
    int burst = lua_gettop(L);
    sim_path_enter(L, "burst");
    sim_options(L, burst, "burst", names);
    sim_opt_proportion(L, burst, "enter", &enter);
    sim_opt_proportion(L, burst, "leave", &leave);
    sim_opt_proportion(L, burst, "loss", &loss);
    sim_path_leave(L);
    link->burst_enter = sim_chance(enter);
    link->burst_leave = sim_chance(leave);
    link->burst_loss = sim_chance(loss);
    lua_pop(L, 1);
    return SIM_LINK_BURST;
}

/* @spread: number of the table that the jitter was measured from, or NO_TABLE. */
static unsigned read_link(lua_State *L, int index, const char *verb, SimLink *link,
                          uint32_t *spread)
{
    static const char *const later[] = { "duplicate", "reorder", "corrupt", "mtu" };
    unsigned fields = 0;
    double number;
    *spread = NO_TABLE;
    sim_options(L, index, verb, link_names);
    for (size_t i = 0; i < G_N_ELEMENTS(later); i++) {
        if (lua_getfield(L, index, later[i]) != LUA_TNIL)
            sim_raise_field(L, later[i],
                            "%s: field '%s' belongs to the datagram mode, which is not available "
                            "in this version",
                            verb, later[i]);
        lua_pop(L, 1);
    }
    if (read_delay(L, index, verb, link))
        fields |= SIM_LINK_DELAY;
    lua_getfield(L, index, "jitter");
    if (sim_spread_get(L, lua_gettop(L), spread))
        fields |= SIM_LINK_SPREAD;
    else if (sim_opt_proportion(L, index, "jitter", &link->jitter)) {
        link->spread_q32 = 0;
        fields |= SIM_LINK_JITTER;
    }
    lua_pop(L, 1);
    if (sim_opt_proportion(L, index, "loss", &number)) {
        link->loss = sim_chance(number);
        fields |= SIM_LINK_LOSS;
    }
    fields |= read_burst(L, index, link);
    if (sim_opt_quantity(L, index, "bandwidth", SIM_QUANTITY_BANDWIDTH, &number)) {
        if (number < 1)
            sim_raise_field(L, "bandwidth", "%s: a link carries at least one bit per second", verb);
        link->bandwidth_bps = (int64_t)llround(number);
        fields |= SIM_LINK_BANDWIDTH;
    }
    if (sim_opt_quantity(L, index, "queue", SIM_QUANTITY_SIZE, &number)) {
        link->queue_bytes = (int64_t)llround(number);
        fields |= SIM_LINK_QUEUE;
    }
    return fields;
}

unsigned sim_topology_read_link(lua_State *L, int index, const char *verb, SimLink *link)
{
    uint32_t spread;
    unsigned fields = read_link(L, index, verb, link, &spread);
    if (spread != NO_TABLE)
        sim_raise(L, "%s: a measured spread belongs to the topology; give a proportion", verb);
    return fields;
}

/* --- nodes and sites ------------------------------------------------------------------------- */

static const char *const topology_names[] = {
    "nodes",   "sites",    "lan",      "wan",       "links",  "rtt_from",
    "profile", "profiles", "settings", "addresses", "clocks", "framing",
    "clients", "boot",     "clusters", "bridges",   NULL,
};

static void add_node(SimWorldSpec *spec, uint32_t site, const char *site_name, int64_t k)
{
    SimNodeSpec node = { .site = site };
    node.name = g_strdup_printf("%s%sn%d", site_name, *site_name ? "/" : "", (int)k);
    node.address = g_strdup_printf("10.0.%u.%d:8848", site, (int)k);
    g_array_append_val(spec->nodes, node);
}

static void add_site(SimWorldSpec *spec, const char *name, int64_t nodes)
{
    SimSiteSpec site = { g_strdup(name), (uint32_t)nodes + 1 };
    uint32_t index = spec->sites->len;
    g_array_append_val(spec->sites, site);
    for (int64_t k = 1; k <= nodes; k++)
        add_node(spec, index, name, k);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void read_sites(lua_State *L, int sites, SimWorldSpec *spec)
{
    size_t count = 0, room = 0;
    int64_t all = 0;
    if (!lua_istable(L, sites))
        sim_raise_field(L, NULL, "topology: field 'sites' expects numbers of nodes by site, got %s",
                        sim_quantity_describe(L, sites));
    for (lua_pushnil(L); lua_next(L, sites); lua_pop(L, 1))
        room++;
    if (room == 0)
        sim_raise_field(L, NULL, "topology: there is no site in 'sites'");
    if (room > 250)
        sim_raise_field(L, NULL, "topology: at most 250 sites");
    const char **names = lua_newuserdatauv(L, sizeof *names * room, 0);
    for (lua_pushnil(L); lua_next(L, sites); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            sim_raise_field(L, NULL, "topology: sites have names, not %s",
                            sim_quantity_describe(L, -2));
        names[count++] = lua_tostring(L, -2);
    }
    qsort(names, count, sizeof *names, compare_texts);
    for (size_t i = 0; i < count; i++) {
        int64_t nodes = 0;
        if (!*names[i] || strpbrk(names[i], "/>") || !g_utf8_validate(names[i], -1, NULL))
            sim_raise_field(L, names[i], "topology: '%s' cannot be the name of a site", names[i]);
        lua_getfield(L, sites, names[i]);
        if (lua_type(L, -1) == LUA_TNUMBER && lua_tonumber(L, -1) == 0)
            sim_raise_field(L, names[i], "topology: site '%s' has no nodes", names[i]);
        lua_pop(L, 1);
        sim_opt_integer(L, sites, names[i], 1, NODE_LIMIT, &nodes);
        all += nodes;
        if (all > NODE_LIMIT)
            sim_raise_field(L, names[i], "topology: more than %d nodes", NODE_LIMIT);
        add_site(spec, names[i], nodes);
    }
}

static void read_nodes(lua_State *L, int table, SimWorldSpec *spec)
{
    int64_t nodes;
    bool counted = sim_opt_integer(L, table, "nodes", 1, NODE_LIMIT, &nodes);
    bool sited = lua_getfield(L, table, "sites") != LUA_TNIL;
    if (counted && sited)
        sim_raise_field(L, "sites", "topology: it has 'nodes' or 'sites', not both");
    if (!counted && !sited)
        sim_raise_field(L, "topology", "topology: 'nodes' or 'sites' is missing");
    if (counted)
        add_site(spec, "", nodes);
    else {
        sim_path_enter(L, "sites");
        read_sites(L, lua_gettop(L), spec);
        sim_path_leave(L);
    }
    lua_pop(L, 1);
}

static SimNodeSpec *find_node(const SimWorldSpec *spec, const char *name)
{
    for (guint i = 0; i < spec->nodes->len; i++) {
        SimNodeSpec *node = &g_array_index(spec->nodes, SimNodeSpec, i);
        if (strcmp(node->name, name) == 0)
            return node;
    }
    return NULL;
}

/* The node that a map names at -2 of the stack. */
static SimNodeSpec *check_node_key(lua_State *L, const SimWorldSpec *spec, const char *where)
{
    if (lua_type(L, -2) != LUA_TSTRING)
        sim_raise_field(L, NULL, "%s: nodes have names, not %s", where,
                        sim_quantity_describe(L, -2));
    SimNodeSpec *node = find_node(spec, lua_tostring(L, -2));
    if (node)
        return node;
    const char **names = lua_newuserdatauv(L, sizeof *names * spec->nodes->len, 0);
    for (guint i = 0; i < spec->nodes->len; i++)
        names[i] = g_array_index(spec->nodes, SimNodeSpec, i).name;
    sim_raise_unknown(L, "node", lua_tostring(L, -3), where, names, spec->nodes->len);
}

/* Pushes the map in field @key and enters it; false if it is absent. */
static bool enter_map(lua_State *L, int table, const char *key)
{
    if (lua_getfield(L, table, key) == LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    if (!lua_istable(L, -1))
        sim_raise_field(L, key, "topology: field '%s' expects a table, got %s", key,
                        sim_quantity_describe(L, -1));
    sim_path_enter(L, key);
    return true;
}

static void leave_map(lua_State *L)
{
    sim_path_leave(L);
    lua_pop(L, 1);
}

static bool is_address(const char *text)
{
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || !g_utf8_validate(text, -1, NULL))
        return false;
    char *end;
    guint64 port = g_ascii_strtoull(colon + 1, &end, 10);
    return g_ascii_isdigit(colon[1]) && !*end && port >= 1 && port <= 65535;
}

static void read_addresses(lua_State *L, int table, SimWorldSpec *spec)
{
    if (enter_map(L, table, "addresses")) {
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
            SimNodeSpec *node = check_node_key(L, spec, "addresses");
            if (lua_type(L, -1) != LUA_TSTRING || !is_address(lua_tostring(L, -1)))
                sim_raise_field(L, node->name,
                                "addresses: '%s' expects one such as "
                                "\"10.0.0.10:8848\", got %s",
                                node->name, sim_quantity_describe(L, -1));
            g_free(node->address);
            node->address = g_strdup(lua_tostring(L, -1));
        }
        leave_map(L);
    }
    for (guint i = 0; i < spec->nodes->len; i++)
        for (guint k = 0; k < i; k++) {
            const SimNodeSpec *a = &g_array_index(spec->nodes, SimNodeSpec, k);
            const SimNodeSpec *b = &g_array_index(spec->nodes, SimNodeSpec, i);
            if (strcmp(a->address, b->address) == 0)
                sim_raise_field(L, "addresses", "addresses: %s and %s both stand at %s", a->name,
                                b->name, b->address);
        }
}

static void read_clocks(lua_State *L, int table, SimWorldSpec *spec)
{
    static const char *const names[] = { "offset", "drift", "step", NULL };
    if (!enter_map(L, table, "clocks"))
        return;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        SimNodeSpec *node = check_node_key(L, spec, "clocks");
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
    leave_map(L);
}

/* --- what stands between sites --------------------------------------------------------------- */

static SimLink *link_between(SimWorldSpec *spec, uint32_t from, uint32_t to)
{
    return &g_array_index(spec->links, SimLinkSpec, from * spec->sites->len + to).link;
}

static const char *site_name(const SimWorldSpec *spec, uint32_t site)
{
    return g_array_index(spec->sites, SimSiteSpec, site).name;
}

/* Row of @site in table @number, whose map is at @map (a table or nil). */
static int place_of(lua_State *L, const SimWorldSpec *spec, uint32_t site, uint32_t number, int map)
{
    const SimScript *script = sim_script_of(L);
    const SimRttTable *table = script->rtt_tables->pdata[number];
    const char *name = site_name(spec, site), *place = name;
    if (lua_istable(L, map) && lua_getfield(L, map, name) == LUA_TSTRING)
        place = lua_tostring(L, -1);
    int found = sim_rtt_table_find(table, place);
    if (found < 0)
        sim_raise_field(L, "rtt_from",
                        "topology: no place '%s' for site '%s' in %s; did you mean "
                        "'%s'?",
                        place, name, (const char *)script->rtt_names->pdata[number],
                        sim_rtt_table_nearest(table, place));
    return found;
}

typedef struct Measured { /* tables of round trips and the sites' places in the first */
    uint32_t table;
    int map; /* index on the stack */
} Measured;

/* Round trip between two sites; raises where none was measured. */
static int64_t measured_rtt(lua_State *L, const SimWorldSpec *spec, uint32_t number, int map,
                            uint32_t from, uint32_t to)
{
    int top = lua_gettop(L);
    const SimScript *script = sim_script_of(L);
    int row = place_of(L, spec, from, number, map), column = place_of(L, spec, to, number, map);
    int64_t rtt_us = sim_rtt_table_get(script->rtt_tables->pdata[number], row, column);
    if (rtt_us < 0)
        sim_raise_field(L, "rtt_from", "topology: %s has no round trip from '%s' to '%s'",
                        (const char *)script->rtt_names->pdata[number], site_name(spec, from),
                        site_name(spec, to));
    lua_settop(L, top);
    return rtt_us;
}

/* Reads the link in the table on top of the stack into the link between two sites. */
static unsigned read_pair(lua_State *L, SimWorldSpec *spec, const Measured *measured, uint32_t from,
                          uint32_t to, const char *where)
{
    uint32_t spread;
    SimLink *link = link_between(spec, from, to);
    unsigned fields = read_link(L, lua_gettop(L), where, link, &spread);
    if (spread == NO_TABLE)
        return fields;
    if (measured->table == NO_TABLE || from == to)
        sim_raise_field(L, "jitter", "%s: a measured spread needs rtt_from and two sites", where);
    int64_t middle = measured_rtt(L, spec, measured->table, measured->map, from, to);
    int64_t high = measured_rtt(L, spec, spread, measured->map, from, to);
    link->jitter = 0;
    link->spread_q32 = sim_lognormal_sigma_q32(MAX(middle, 1), MAX(high, MAX(middle, 1)));
    return fields;
}

static void read_lan_and_wan(lua_State *L, int table, SimWorldSpec *spec, const Measured *measured)
{
    uint32_t sites = spec->sites->len;
    bool far = false;
    for (uint32_t from = 0; from < sites; from++)
        for (uint32_t to = 0; to < sites; to++) {
            SimLinkSpec pair = { from, to, { .delay_us = 150 } };
            g_array_append_val(spec->links, pair);
        }
    if (enter_map(L, table, "lan")) {
        for (uint32_t site = 0; site < sites; site++)
            read_pair(L, spec, measured, site, site, "lan");
        leave_map(L);
    }
    if (enter_map(L, table, "wan")) {
        SimLink ignored = { 0 };
        uint32_t spread;
        far = (read_link(L, lua_gettop(L), "wan", &ignored, &spread) & SIM_LINK_DELAY) != 0;
        for (uint32_t from = 0; from < sites; from++)
            for (uint32_t to = 0; to < sites; to++)
                if (from != to)
                    read_pair(L, spec, measured, from, to, "wan");
        leave_map(L);
    }
    /* What was measured between two sites is nearer to the truth than one rtt for all of them. */
    for (uint32_t from = 0; from < sites && measured->table != NO_TABLE; from++)
        for (uint32_t to = 0; to < sites; to++)
            if (from != to)
                link_between(spec, from, to)->delay_us =
                    measured_rtt(L, spec, measured->table, measured->map, from, to) / 2;
    if (sites > 1 && !far && measured->table == NO_TABLE &&
        lua_getfield(L, table, "links") == LUA_TNIL)
        sim_raise_field(L, "sites",
                        "topology: several sites need wan = { rtt = ... }, links or "
                        "rtt_from");
}

/* Splits "a>b" or "a-b"; names of sites may hold a '-' themselves. */
static bool split_pair(const SimWorldSpec *spec, const char *key, uint32_t *from, uint32_t *to,
                       bool *both)
{
    for (const char *mark = strpbrk(key, ">-"); mark; mark = strpbrk(mark + 1, ">-")) {
        int found = 0;
        for (uint32_t i = 0; i < spec->sites->len; i++) {
            const char *name = site_name(spec, i);
            if (strncmp(name, key, (size_t)(mark - key)) == 0 && !name[mark - key]) {
                *from = i;
                found |= 1;
            }
            if (strcmp(name, mark + 1) == 0) {
                *to = i;
                found |= 2;
            }
        }
        *both = *mark == '-';
        if (found == 3)
            return true;
    }
    return false;
}

static void read_links(lua_State *L, int table, SimWorldSpec *spec, const Measured *measured)
{
    if (!enter_map(L, table, "links"))
        return;
    int links = lua_gettop(L);
    /* A link of one way refines one of both ways, whatever the order of keys. */
    for (int pass = 0; pass < 2; pass++)
        for (lua_pushnil(L); lua_next(L, links); lua_pop(L, 1)) {
            uint32_t from = 0, to = 0;
            bool both = false;
            const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
            if (!split_pair(spec, key, &from, &to, &both))
                sim_raise_field(L, key,
                                "links: '%s' names no two sites such as "
                                "\"shanghai>frankfurt\"",
                                key);
            if (both != (pass == 0))
                continue;
            sim_path_enter(L, key);
            read_pair(L, spec, measured, from, to, "links");
            if (both)
                read_pair(L, spec, measured, to, from, "links");
            sim_path_leave(L);
        }
    leave_map(L);
}

/* --- profiles and settings ------------------------------------------------------------------- */

void sim_check_profile(lua_State *L, const char *key, const char *profile)
{
    size_t count;
    if (distro_profile_find(profile))
        return;
    const DistroProfile *profiles = distro_profiles(&count);
    const char **names = lua_newuserdatauv(L, sizeof *names * count, 0);
    for (size_t i = 0; i < count; i++)
        names[i] = profiles[i].name;
    sim_raise_field(L, key, "no profile '%s'; did you mean '%s'?", profile,
                    sim_nearest_name(profile, names, count));
}

void sim_script_config(const SimScript *script, const char *profile, const char *name,
                       DistroConfig *config)
{
    const DistroProfile *found = distro_profile_find(profile);
    g_assert_nonnull(found);
    *config = distro_profile_config(found);
    for (int own = 0; own < 2; own++) /* a node's own settings come after those for all */
        for (guint i = 0; i < script->settings->len; i++) {
            const SimPropertyValue *value = &g_array_index(script->settings, SimPropertyValue, i);
            bool meant = own ? value->node && name && strcmp(value->node, name) == 0 : !value->node;
            if (meant && distro_profile_reads(found, value->setting))
                distro_config_set(config, value->setting, value->value);
        }
}

static G_NORETURN void unknown_setting(lua_State *L, const char *property)
{
    size_t count;
    const DistroSetting *settings = distro_config_settings(&count);
    const char **names = lua_newuserdatauv(L, sizeof *names * count, 0);
    for (size_t i = 0; i < count; i++)
        names[i] = settings[i].property;
    sim_raise_unknown(L, "property", property, "settings", names, count);
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
        if (is_quantity && quantity.kind == SIM_QUANTITY_DURATION && fabs(quantity.value) < 9e15)
            return (int64_t)llround(quantity.value);
        break;
    case DISTRO_SETTING_NUMBER: {
        lua_Integer number = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &whole) : 0;
        expected = "a whole number";
        if (whole)
            return number;
        if (is_quantity && quantity.kind == SIM_QUANTITY_SIZE)
            return (int64_t)llround(quantity.value);
        break;
    }
    case DISTRO_SETTING_BOOL:
        if (lua_isboolean(L, -1))
            return lua_toboolean(L, -1);
        break;
    }
    sim_raise_field(L, setting->property, "settings: '%s' expects %s, got %s", setting->property,
                    expected, sim_quantity_describe(L, -1));
}

/* One property at -2 with its value at -1, for @node (nullable: all). */
static void read_setting(lua_State *L, const char *node)
{
    SimScript *script = sim_script_of(L);
    if (lua_type(L, -2) != LUA_TSTRING)
        sim_raise_field(L, NULL, "settings: properties have names, not %s",
                        sim_quantity_describe(L, -2));
    const DistroSetting *setting = distro_config_find(lua_tostring(L, -2));
    if (!setting)
        unknown_setting(L, lua_tostring(L, -2));
    int64_t value = check_value(L, setting);
    if (value < setting->low || value > setting->high)
        sim_raise_field(L, setting->property, "settings: '%s' cannot be %s", setting->property,
                        sim_quantity_describe(L, -1));
    SimPropertyValue kept = { g_strdup(node), setting, value };
    g_array_append_val(script->settings, kept);
}

static void read_settings(lua_State *L, int table, const SimWorldSpec *spec)
{
    if (!enter_map(L, table, "settings"))
        return;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (!lua_istable(L, -1)) {
            read_setting(L, NULL);
            continue;
        }
        const SimNodeSpec *node = check_node_key(L, spec, "settings");
        sim_path_enter(L, node->name);
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
            read_setting(L, node->name);
        sim_path_leave(L);
    }
    leave_map(L);
}

static void read_profiles(lua_State *L, int table, const char *replacement, SimWorldSpec *spec)
{
    SimScript *script = sim_script_of(L);
    const char *profile = "nacos-3.0";
    sim_opt_string(L, table, "profile", &profile);
    sim_check_profile(L, "profile", profile);
    if (replacement) {
        sim_check_profile(L, NULL, replacement);
        profile = replacement;
    }
    g_free(script->profile);
    script->profile = g_strdup(profile);
    if (enter_map(L, table, "profiles")) {
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
            SimNodeSpec *node = check_node_key(L, spec, "profiles");
            if (lua_type(L, -1) != LUA_TSTRING)
                sim_raise_field(L, node->name,
                                "profiles: '%s' expects the name of a profile, got %s", node->name,
                                sim_quantity_describe(L, -1));
            sim_check_profile(L, node->name, lua_tostring(L, -1));
            g_free(node->profile);
            node->profile = g_strdup(lua_tostring(L, -1));
        }
        leave_map(L);
    }
    read_settings(L, table, spec);
    for (guint i = 0; i < spec->nodes->len; i++) {
        SimNodeSpec *node = &g_array_index(spec->nodes, SimNodeSpec, i);
        if (!node->profile)
            node->profile = g_strdup(profile);
        sim_script_config(script, node->profile, node->name, &node->config);
    }
    spec->join_profile = g_strdup(profile);
    sim_script_config(script, profile, NULL, &spec->join_config);
}

/* --- all of it ------------------------------------------------------------------------------- */

static void read_rest(lua_State *L, int table, SimWorldSpec *spec)
{
    static const char *const clients[] = { "nacos-client-2", "nacos-client-1", NULL };
    static const char *const boots[] = { "auto", "manual", NULL };
    int kind = 0, boot = 0;
    double framing = 0;
    sim_opt_quantity(L, table, "framing", SIM_QUANTITY_SIZE, &framing);
    if (framing > 1 << 20)
        sim_raise_field(L, "framing", "topology: at most 1 MiB of framing");
    spec->framing_bytes = (int64_t)llround(framing);
    sim_opt_choice(L, table, "clients", clients, &kind);
    sim_opt_choice(L, table, "boot", boots, &boot);
    spec->default_client = kind == 0 ? SIM_CLIENT_GRPC : SIM_CLIENT_HTTP;
    spec->manual_boot = boot == 1;
}

static void refuse_clusters(lua_State *L, int table)
{
    static const char *const later[] = { "clusters", "bridges" };
    for (size_t i = 0; i < G_N_ELEMENTS(later); i++) {
        if (lua_getfield(L, table, later[i]) != LUA_TNIL)
            sim_raise_field(L, later[i],
                            "topology: '%s' is not available in this version: a world has one "
                            "cluster",
                            later[i]);
        lua_pop(L, 1);
    }
}

void sim_topology_read(lua_State *L, int index, const char *profile)
{
    SimScript *script = sim_script_of(L);
    Measured measured = { NO_TABLE, 0 };
    int table = lua_absindex(L, index);
    luaL_checkstack(L, 32, NULL);
    g_clear_pointer(&script->spec, sim_world_spec_free);
    g_array_set_size(script->settings, 0);
    SimWorldSpec *spec = script->spec = sim_world_spec_new();
    sim_path_enter(L, "topology");
    sim_options(L, table, "topology", topology_names);
    refuse_clusters(L, table);
    read_nodes(L, table, spec);
    read_addresses(L, table, spec);
    read_clocks(L, table, spec);
    if (lua_getfield(L, table, "rtt_from") != LUA_TNIL) {
        if (!sim_rtt_get(L, -1, &measured.table))
            sim_raise_field(L, "rtt_from",
                            "topology: field 'rtt_from' expects rtt_table(...), "
                            "got %s",
                            sim_quantity_describe(L, -1));
        measured.map = lua_gettop(L);
    }
    read_lan_and_wan(L, table, spec, &measured);
    read_links(L, table, spec, &measured);
    read_profiles(L, table, profile, spec);
    read_rest(L, table, spec);
    sim_path_leave(L);
}
