/* sim/script/links.c -- what stands between sites: links as they are written, as they were
 * measured.
 */
#include <math.h>
#include <string.h>

#include "sim/script/topology_parts.h"

enum {
    SMALLEST_MTU = 68 /* RFC 791: what every host takes */
};

/* --- links ----------------------------------------------------------------------------------- */

static const char *const link_names[] = { "rtt",     "delay",     "jitter", "loss",
                                          "burst",   "bandwidth", "queue",  "duplicate",
                                          "reorder", "corrupt",   "mtu",    "drop_above",
                                          NULL };

static bool read_delay(lua_State *L, int index, const char *verb, SimLink *link)
{
    int64_t rtt_us, delay_us;
    bool rtt = sim_opt_duration(L, index, "rtt", &rtt_us);
    bool delay = sim_opt_duration(L, index, "delay", &delay_us);
    if (rtt && delay) {
        sim_raise_field(L, "delay", "%s: a link has a rtt or a one-way delay, not both", verb);
    }
    if (rtt) {
        link->delay_us = rtt_us / 2;
    } else if (delay) {
        link->delay_us = delay_us;
    }
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

static unsigned read_chance(lua_State *L, int index, const char *field, SimChance *chance,
                            SimLinkField bit)
{
    double number;
    if (!sim_opt_proportion(L, index, field, &number)) {
        return 0;
    }
    *chance = sim_chance(number);
    return bit;
}

/* @spread: number of the table that the jitter was measured from, or SIM_NO_TABLE. */
static unsigned read_link(lua_State *L, int index, const char *verb, SimLink *link,
                          uint32_t *spread)
{
    unsigned fields = 0;
    double number;
    *spread = SIM_NO_TABLE;
    sim_options(L, index, verb, link_names);
    if (read_delay(L, index, verb, link)) {
        fields |= SIM_LINK_DELAY;
    }
    lua_getfield(L, index, "jitter");
    if (sim_spread_get(L, lua_gettop(L), spread)) {
        fields |= SIM_LINK_SPREAD;
    } else if (sim_opt_proportion(L, index, "jitter", &link->jitter)) {
        link->spread_q32 = 0;
        fields |= SIM_LINK_JITTER;
    }
    lua_pop(L, 1);
    fields |= read_chance(L, index, "loss", &link->loss, SIM_LINK_LOSS);
    fields |= read_burst(L, index, link);
    if (sim_opt_quantity(L, index, "bandwidth", SIM_QUANTITY_BANDWIDTH, &number)) {
        if (number < 1) {
            sim_raise_field(L, "bandwidth", "%s: a link carries at least one bit per second", verb);
        }
        link->bandwidth_bps = (int64_t)llround(number);
        fields |= SIM_LINK_BANDWIDTH;
    }
    if (sim_opt_quantity(L, index, "queue", SIM_QUANTITY_SIZE, &number)) {
        link->queue_bytes = (int64_t)llround(number);
        fields |= SIM_LINK_QUEUE;
    }
    if (sim_opt_quantity(L, index, "mtu", SIM_QUANTITY_SIZE, &number)) {
        if (number < SMALLEST_MTU) {
            sim_raise_field(L, "mtu", "%s: an mtu is at least %d bytes", verb, SMALLEST_MTU);
        }
        link->mtu_bytes = (int64_t)llround(number);
        fields |= SIM_LINK_MTU;
    }
    if (sim_opt_quantity(L, index, "drop_above", SIM_QUANTITY_SIZE, &number)) {
        if (number < 1) {
            sim_raise_field(L, "drop_above", "%s: drop_above is at least one byte", verb);
        }
        link->drop_above_bytes = (int64_t)llround(number);
        fields |= SIM_LINK_DROP_ABOVE;
    }
    fields |= read_chance(L, index, "duplicate", &link->duplicate, SIM_LINK_DUPLICATE);
    fields |= read_chance(L, index, "reorder", &link->reorder, SIM_LINK_REORDER);
    fields |= read_chance(L, index, "corrupt", &link->corrupt, SIM_LINK_CORRUPT);
    return fields;
}

unsigned sim_topology_read_link(lua_State *L, int index, const char *verb, SimLink *link)
{
    uint32_t spread;
    unsigned fields = read_link(L, index, verb, link, &spread);
    if (spread != SIM_NO_TABLE) {
        sim_raise(L, "%s: a measured spread belongs to the topology; give a proportion", verb);
    }
    return fields;
}

SimMeasured sim_topology_read_measured(lua_State *L, int table)
{
    SimMeasured measured = { SIM_NO_TABLE, 0 };
    if (lua_getfield(L, table, "rtt_from") == LUA_TNIL) {
        return measured;
    }
    if (!sim_rtt_get(L, -1, &measured.table)) {
        sim_raise_field(L, "rtt_from",
                        "topology: field 'rtt_from' expects rtt_table(...), "
                        "got %s",
                        sim_quantity_describe(L, -1));
    }
    measured.map = lua_gettop(L);
    return measured;
}

/* --- what stands between sites --------------------------------------------------------------- */

static SimLink *link_between(SimWorldSpec *spec, uint32_t from, uint32_t to)
{
    return &g_array_index(spec->links, SimLinkSpec, from * spec->sites->len + to).link;
}

static const char *site_name(const SimWorldSpec *spec, uint32_t site)
{
    return sim_topology_site(spec, site)->name;
}

static bool is_far(const SimTopologyScope *scope, uint32_t from, uint32_t to)
{
    return from != to && (scope->cluster == SIM_ALL_CLUSTERS ||
                          (sim_topology_site(scope->spec, from)->cluster == scope->cluster &&
                           sim_topology_site(scope->spec, to)->cluster == scope->cluster));
}

static bool in_scope(const SimTopologyScope *scope, uint32_t site)
{
    return scope->cluster == SIM_ALL_CLUSTERS ||
           sim_topology_site(scope->spec, site)->cluster == scope->cluster;
}

/* What the tables of @scope call @site: without the cluster's name in the cluster's own. */
static const char *local_name(const SimTopologyScope *scope, uint32_t site)
{
    const char *name = site_name(scope->spec, site), *slash = strchr(name, '/');
    return scope->cluster == SIM_ALL_CLUSTERS || slash == NULL ? name : slash + 1;
}

/* The place that the map at @map (a table or nil) gives to @site, or to its cluster. */
static const char *mapped_place(lua_State *L, const SimTopologyScope *scope, uint32_t site, int map)
{
    const SimSiteSpec *spec = sim_topology_site(scope->spec, site);
    const char *name = local_name(scope, site);
    if (!lua_istable(L, map)) {
        return name;
    }
    if (lua_getfield(L, map, name) == LUA_TSTRING) {
        return lua_tostring(L, -1);
    }
    if (lua_getfield(L, map, sim_topology_cluster(scope->spec, spec->cluster)->name) ==
        LUA_TSTRING) {
        return lua_tostring(L, -1);
    }
    return name;
}

/* Row of @site in table @number, whose map is at @map. */
static int place_of(lua_State *L, const SimTopologyScope *scope, uint32_t site, uint32_t number,
                    int map)
{
    const SimScript *script = sim_script_of(L);
    const SimRttTable *table = script->rtt_tables->pdata[number];
    const char *place = mapped_place(L, scope, site, map);
    int found = sim_rtt_table_find(table, place);
    if (found < 0) {
        sim_raise_field(L, "rtt_from",
                        "topology: no place '%s' for site '%s' in %s; did you mean "
                        "'%s'?",
                        place, site_name(scope->spec, site),
                        (const char *)script->rtt_names->pdata[number],
                        sim_rtt_table_nearest(table, place));
    }
    return found;
}

/* Round trip between two sites; raises where none was measured. */
static int64_t measured_rtt(lua_State *L, const SimTopologyScope *scope, uint32_t number, int map,
                            uint32_t from, uint32_t to)
{
    int top = lua_gettop(L);
    const SimScript *script = sim_script_of(L);
    int row = place_of(L, scope, from, number, map);
    int column = place_of(L, scope, to, number, map);
    int64_t rtt_us = sim_rtt_table_get(script->rtt_tables->pdata[number], row, column);
    if (rtt_us < 0) {
        sim_raise_field(L, "rtt_from", "topology: %s has no round trip from '%s' to '%s'",
                        (const char *)script->rtt_names->pdata[number],
                        site_name(scope->spec, from), site_name(scope->spec, to));
    }
    lua_settop(L, top);
    return rtt_us;
}

/* Reads the link in the table on top of the stack into the link between two sites. */
static unsigned read_pair(lua_State *L, const SimTopologyScope *scope, const SimMeasured *measured,
                          uint32_t from, uint32_t to, const char *where)
{
    uint32_t spread;
    SimLink *link = link_between(scope->spec, from, to);
    unsigned fields = read_link(L, lua_gettop(L), where, link, &spread);
    if (spread == SIM_NO_TABLE) {
        return fields;
    }
    if (measured->table == SIM_NO_TABLE || from == to) {
        sim_raise_field(L, "jitter", "%s: a measured spread needs rtt_from and two sites", where);
    }
    int64_t middle = measured_rtt(L, scope, measured->table, measured->map, from, to);
    int64_t high = measured_rtt(L, scope, spread, measured->map, from, to);
    link->jitter = 0;
    link->spread_q32 = sim_lognormal_sigma_q32(MAX(middle, 1), MAX(high, MAX(middle, 1)));
    return fields;
}

void sim_topology_add_links(SimWorldSpec *spec)
{
    for (uint32_t from = 0; from < spec->sites->len; from++) {
        for (uint32_t to = 0; to < spec->sites->len; to++) {
            SimLinkSpec pair = { from, to, { .delay_us = 150 } };
            g_array_append_val(spec->links, pair);
        }
    }
}

/* Are @from and @to two sites of which @measured can say how far they are apart? The topology's
 * table maps clusters to places; how far sites of one are apart is the cluster's own business. */
static bool is_measured(const SimTopologyScope *scope, const SimMeasured *measured, uint32_t from,
                        uint32_t to)
{
    bool apart = sim_topology_site(scope->spec, from)->cluster !=
                 sim_topology_site(scope->spec, to)->cluster;
    return measured->table != SIM_NO_TABLE && is_far(scope, from, to) &&
           (apart || scope->cluster != SIM_ALL_CLUSTERS || scope->spec->clusters->len == 1);
}

/* True if it says how long the links between sites are. */
static bool read_wan(lua_State *L, int table, const SimTopologyScope *scope,
                     const SimMeasured *measured)
{
    uint32_t sites = scope->spec->sites->len, spread;
    SimLink ignored = { 0 };
    if (!sim_topology_enter(L, table, "wan")) {
        return false;
    }
    bool far = (read_link(L, lua_gettop(L), "wan", &ignored, &spread) & SIM_LINK_DELAY) != 0;
    for (uint32_t from = 0; from < sites; from++) {
        for (uint32_t to = 0; to < sites; to++) {
            if (is_far(scope, from, to)) {
                read_pair(L, scope, measured, from, to, "wan");
            }
        }
    }
    sim_topology_leave(L);
    return far;
}

bool sim_topology_read_lan_and_wan(lua_State *L, int table, const SimTopologyScope *scope,
                                   const SimMeasured *measured, bool far)
{
    uint32_t sites = scope->spec->sites->len;
    if (sim_topology_enter(L, table, "lan")) {
        for (uint32_t site = 0; site < sites; site++) {
            if (in_scope(scope, site)) {
                read_pair(L, scope, measured, site, site, "lan");
            }
        }
        sim_topology_leave(L);
    }
    far = read_wan(L, table, scope, measured) || far || measured->table != SIM_NO_TABLE;
    /* What was measured between two sites is nearer to the truth than one rtt for all of them. */
    for (uint32_t from = 0; from < sites; from++) {
        for (uint32_t to = 0; to < sites; to++) {
            if (is_measured(scope, measured, from, to)) {
                link_between(scope->spec, from, to)->delay_us =
                    measured_rtt(L, scope, measured->table, measured->map, from, to) / 2;
            }
        }
    }
    uint32_t count = scope->cluster == SIM_ALL_CLUSTERS
                         ? sites
                         : sim_topology_cluster(scope->spec, scope->cluster)->n_sites;
    if (count > 1 && !far && lua_getfield(L, table, "links") == LUA_TNIL) {
        sim_raise_field(L,
                        scope->spec->clusters->len > 1 && scope->cluster == SIM_ALL_CLUSTERS
                            ? "clusters"
                            : "sites",
                        "topology: several sites need wan = { rtt = ... }, links or "
                        "rtt_from");
    }
    return far;
}

typedef struct Range { /* of sites */
    uint32_t first, count;
} Range;

/* A site, or all of a cluster; nothing (count 0) if @name, of @size bytes, is neither. */
static Range sites_named(const SimTopologyScope *scope, const char *name, size_t size)
{
    if (size == 0) { /* a cluster that has no name is not meant */
        return (Range) { 0, 0 };
    }
    for (uint32_t i = 0; i < scope->spec->sites->len; i++) {
        const char *site = local_name(scope, i);
        if (in_scope(scope, i) && strlen(site) == size && strncmp(site, name, size) == 0) {
            return (Range) { i, 1 };
        }
    }
    for (uint32_t i = 0; scope->cluster == SIM_ALL_CLUSTERS && i < scope->spec->clusters->len;
         i++) {
        const SimClusterSpec *cluster = sim_topology_cluster(scope->spec, i);
        if (strlen(cluster->name) == size && strncmp(cluster->name, name, size) == 0) {
            return (Range) { cluster->first_site, cluster->n_sites };
        }
    }
    return (Range) { 0, 0 };
}

/* Splits "a>b" or "a-b"; names of sites may hold a '-' themselves. */
static bool split_pair(const SimTopologyScope *scope, const char *key, Range *from, Range *to,
                       bool *both)
{
    for (const char *mark = strpbrk(key, ">-"); mark != NULL; mark = strpbrk(mark + 1, ">-")) {
        *from = sites_named(scope, key, (size_t)(mark - key));
        *to = sites_named(scope, mark + 1, strlen(mark + 1));
        *both = *mark == '-';
        if (from->count > 0 && to->count > 0) {
            return true;
        }
    }
    return false;
}

static void read_pairs(lua_State *L, const SimTopologyScope *scope, const SimMeasured *measured,
                       Range from, Range to)
{
    for (uint32_t i = 0; i < from.count; i++) {
        for (uint32_t k = 0; k < to.count; k++) {
            read_pair(L, scope, measured, from.first + i, to.first + k, "links");
        }
    }
}

void sim_topology_read_links(lua_State *L, int table, const SimTopologyScope *scope,
                             const SimMeasured *measured)
{
    if (!sim_topology_enter(L, table, "links")) {
        return;
    }
    int links = lua_gettop(L);
    /* A link of one way refines one of both ways, whatever the order of keys. */
    for (int pass = 0; pass < 2; pass++) {
        for (lua_pushnil(L); lua_next(L, links); lua_pop(L, 1)) {
            Range from, to;
            bool both = false;
            const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
            if (!split_pair(scope, key, &from, &to, &both)) {
                sim_raise_field(L, key,
                                "links: '%s' names no two sites such as "
                                "\"shanghai>frankfurt\"",
                                key);
            }
            if (both != (pass == 0)) {
                continue;
            }
            sim_path_enter(L, key);
            read_pairs(L, scope, measured, from, to);
            if (both) {
                read_pairs(L, scope, measured, to, from);
            }
            sim_path_leave(L);
        }
    }
    sim_topology_leave(L);
}
