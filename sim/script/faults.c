/* sim/script/faults.c -- cuts, degraded links, intercepted messages, counted traffic. */
#include <math.h>
#include <string.h>

#include "sim/actions/record.h"
#include "sim/script/nodes.h"
#include "sim/script/topology.h"
#include "sim/study/regions.h"
#include "sim/study/study.h"

static SimWorld *acting(lua_State *L, const char *verb)
{
    sim_handle_self(L, SIM_HANDLE_WORLD, verb);
    return sim_check_acting(L, verb);
}

/* --- cuts ------------------------------------------------------------------------------------ */

static int world_partition(lua_State *L) /* w:partition({ a }, { b, c }, ...) */
{
    SimWorld *world = acting(L, "partition");
    int count = lua_gettop(L) - 1;
    if (count < 1) {
        sim_raise(L, "partition expects groups such as { a }, { b, c }");
    }
    SimGroup *groups = lua_newuserdatauv(L, sizeof *groups * (size_t)count, 0);
    luaL_checkstack(L, count + 4, NULL);
    for (int i = 0; i < count; i++) {
        groups[i] = sim_check_party(L, i + 2, "partition");
    }
    for (int i = 0; i < count; i++) {
        for (size_t k = 0; k < groups[i].count; k++) {
            for (int j = 0; j < i; j++) {
                for (size_t m = 0; m < groups[j].count; m++) {
                    if (groups[i].items[k].kind == groups[j].items[m].kind &&
                        groups[i].items[k].index == groups[j].items[m].index) {
                        sim_raise(L, "partition: somebody stands in groups %d and %d", j + 1,
                                  i + 1);
                    }
                }
            }
        }
    }
    sim_world_partition(world, sim_script_of(L)->scope, groups, (size_t)count);
    return 0;
}

static int world_isolate(lua_State *L) /* w:isolate(n) */
{
    SimWorld *world = acting(L, "isolate");
    sim_world_isolate(world, sim_script_of(L)->scope, sim_check_party(L, 2, "isolate"));
    return 0;
}

static int world_ring(lua_State *L) /* w:ring { a, b, c } */
{
    SimWorld *world = acting(L, "ring");
    sim_world_ring(world, sim_check_party(L, 2, "ring"));
    return 0;
}

static int world_blackhole(lua_State *L) /* w:blackhole(n) */
{
    SimWorld *world = acting(L, "blackhole");
    sim_world_blackhole(world, sim_script_of(L)->scope, sim_check_party(L, 2, "blackhole"));
    return 0;
}

static int world_cut(lua_State *L) /* w:cut(a, b, { oneway = true, calls = true }) */
{
    static const char *const names[] = { "oneway", "calls", NULL };
    SimWorld *world = acting(L, "cut");
    lua_settop(L, 4); /* w a b options */
    bool oneway = false, calls = false;
    SimGroup a = sim_check_party(L, 2, "cut"), b = sim_check_party(L, 3, "cut");
    if (!lua_isnoneornil(L, 4)) {
        sim_options(L, 4, "cut", names);
        sim_opt_boolean(L, 4, "oneway", &oneway);
        sim_opt_boolean(L, 4, "calls", &calls);
    }
    sim_world_cut(world, a, b, oneway, calls);
    return 0;
}

static int world_bridge(lua_State *L) /* w:bridge(a, { ... }, { ... }) */
{
    SimWorld *world = acting(L, "bridge");
    lua_settop(L, 4); /* w a left right */
    SimGroup bridge = sim_check_party(L, 2, "bridge");
    SimGroup left = sim_check_party(L, 3, "bridge"), right = sim_check_party(L, 4, "bridge");
    sim_world_bridge(world, bridge, left, right);
    return 0;
}

static int world_heal(lua_State *L) /* w:heal() or w:heal(a, b) */
{
    SimWorld *world = acting(L, "heal");
    uint32_t cluster = sim_script_of(L)->scope;
    if (lua_gettop(L) == 1) {
        if (cluster == SIM_ALL_CLUSTERS) {
            sim_world_heal(world);
        } else {
            sim_world_heal_cluster(world, cluster);
        }
        return 0;
    }
    lua_settop(L, 3); /* w a b */
    SimGroup a = sim_check_party(L, 2, "heal"), b = sim_check_party(L, 3, "heal");
    sim_world_heal_pair(world, a, b);
    return 0;
}

/* --- degraded links -------------------------------------------------------------------------- */

static int world_link(lua_State *L) /* w:link(a, b, { loss=, rtt=, ... }) */
{
    SimWorld *world = acting(L, "link");
    lua_settop(L, 4); /* w a b options */
    SimLink change = { 0 };
    SimGroup a = sim_check_party(L, 2, "link"), b = sim_check_party(L, 3, "link");
    unsigned fields = sim_topology_read_link(L, 4, "link", &change);
    sim_world_degrade(world, a, b, &change, fields);
    return 0;
}

static int world_flap(lua_State *L) /* w:flap(a, b, { down=, up=, times= }) */
{
    static const char *const names[] = { "down", "up", "times", NULL };
    SimWorld *world = acting(L, "flap");
    lua_settop(L, 4); /* w a b options */
    int64_t down_us = 1000000, up_us = 1000000, times = 10;
    SimGroup a = sim_check_party(L, 2, "flap"), b = sim_check_party(L, 3, "flap");
    if (!lua_istable(L, 4)) {
        sim_raise(L, "flap expects { down=, up=, times= }, got %s", sim_quantity_describe(L, 4));
    }
    sim_options(L, 4, "flap", names);
    sim_opt_duration(L, 4, "down", &down_us);
    sim_opt_duration(L, 4, "up", &up_us);
    sim_opt_integer(L, 4, "times", 1, 1000000, &times);
    if (down_us < 1 || up_us < 1) {
        sim_raise(L, "flap: a link is down and up for longer than no time");
    }
    sim_world_flap(world, a, b, down_us, up_us, (uint32_t)times);
    return 0;
}

static int world_clog(lua_State *L) /* w:clog(a, b, d) */
{
    SimWorld *world = acting(L, "clog");
    lua_settop(L, 4); /* w a b options */
    SimGroup a = sim_check_party(L, 2, "clog"), b = sim_check_party(L, 3, "clog");
    sim_world_clog(world, a, b, sim_duration_us(L, 4, "clog"));
    return 0;
}

/* --- one message ----------------------------------------------------------------------------- */

static SimOp check_op(lua_State *L, int table)
{
    const char *name;
    SimOp op;
    if (!sim_opt_string(L, table, "op", &name)) {
        return SIM_N_OPS;
    }
    if (sim_op_parse(name, &op)) {
        return op;
    }
    const char *names[SIM_N_OPS + 1] = { NULL };
    int which, known = 0;
    for (int i = 0; i < SIM_N_OPS; i++) {
        const char *known_name = sim_op_name((SimOp)i);
        if (known_name != NULL) {
            names[known++] = known_name;
        }
    }
    sim_opt_choice(L, table, "op", names, &which); /* raises, with the nearest */
    return SIM_N_OPS;
}

/* Checks the field nth and pushes its ordinals; returns how many, 0 for all. */
static const uint64_t *check_nth(lua_State *L, int table, bool all_by_default, size_t *count)
{
    int64_t one = 1;
    int type = lua_getfield(L, table, "nth");
    uint64_t *ordinals;
    *count = 0;
    if (type == LUA_TSTRING && strcmp(lua_tostring(L, -1), "all") == 0) {
        return NULL;
    }
    if (type == LUA_TNIL && all_by_default) {
        return NULL;
    }
    if (type != LUA_TTABLE) {
        ordinals = lua_newuserdatauv(L, sizeof *ordinals, 0);
        if (type == LUA_TSTRING) {
            sim_raise_field(L, "nth",
                            "field 'nth' expects a number, a list of them or \"all\", "
                            "got \"%s\"",
                            lua_tostring(L, -2));
        }
        sim_opt_integer(L, table, "nth", 1, INT64_MAX, &one);
        ordinals[0] = (uint64_t)one;
        *count = 1;
        return ordinals;
    }
    int list = lua_gettop(L);
    *count = (size_t)lua_rawlen(L, list);
    ordinals = lua_newuserdatauv(L, sizeof *ordinals * (*count + 1), 0);
    for (size_t i = 0; i < *count; i++) {
        int whole = 0;
        lua_geti(L, list, (lua_Integer)i + 1);
        lua_Integer ordinal = lua_tointegerx(L, -1, &whole);
        if (!whole || ordinal < 1) {
            sim_raise_field(L, "nth", "field 'nth' expects numbers from 1, got %s",
                            sim_quantity_describe(L, -1));
        }
        lua_pop(L, 1);
        size_t k = i;
        for (; k > 0 && ordinals[k - 1] > (uint64_t)ordinal; k--) {
            ordinals[k] = ordinals[k - 1];
        }
        ordinals[k] = (uint64_t)ordinal;
    }
    if (*count == 0) {
        sim_raise_field(L, "nth", "field 'nth' is an empty list");
    }
    return ordinals;
}

static int world_intercept(lua_State *L) /* w:intercept { ... } */
{
    static const char *const names[] = { "from",   "to",     "op", "nth",   "after", "before",
                                         "chance", "action", "by", "reply", NULL };
    static const char *const actions[] = { "observe",     "drop",         "delay",     "drop_reply",
                                           "delay_reply", "refuse_apply", "duplicate", NULL };
    static const char *const replies[] = { "fail", "ok", NULL };
    SimWorld *world = acting(L, "intercept");
    int action = SIM_INTERCEPT_DROP, reply = 0;
    double chance = 1;
    size_t count;
    sim_options(L, 2, "intercept", names);
    sim_charge(L, 1000);
    SimIntercept made = { .cluster = sim_script_of(L)->scope,
                          .after_us = world->now_us,
                          .before_us = INT64_MAX,
                          .by_us = 8000000 };
    made.from = sim_opt_endpoint(L, 2, "from");
    made.to = sim_opt_endpoint(L, 2, "to");
    made.op = check_op(L, 2);
    sim_opt_duration(L, 2, "after", &made.after_us);
    sim_opt_duration(L, 2, "before", &made.before_us);
    bool by_chance = sim_opt_proportion(L, 2, "chance", &chance);
    sim_opt_choice(L, 2, "action", actions, &action);
    sim_opt_duration(L, 2, "by", &made.by_us);
    sim_opt_choice(L, 2, "reply", replies, &reply);
    made.action = (SimInterceptAction)action;
    made.reply_ok = reply == 1;
    made.chance = sim_chance(chance);
    const uint64_t *ordinals =
        check_nth(L, 2, by_chance || made.action == SIM_INTERCEPT_OBSERVE, &count);
    made.all = ordinals == NULL || made.action == SIM_INTERCEPT_OBSERVE;
    if (!made.all) {
        made.nth = g_array_sized_new(false, false, sizeof(uint64_t), (guint)count);
        g_array_append_vals(made.nth, ordinals, (guint)count);
    }
    sim_record_intercept(world->study->record, &made);
    sim_handle_push(L, SIM_HANDLE_INTERCEPT, sim_network_intercept(world->network, &made));
    return 1;
}

static int intercept_seen(lua_State *L) /* handle:seen() */
{
    uint32_t number = sim_handle_self(L, SIM_HANDLE_INTERCEPT, "seen");
    const SimWorld *world = sim_check_world(L, "seen");
    lua_pushinteger(L, (lua_Integer)sim_network_intercept_hits(world->network, number));
    return 1;
}

static int intercept_times(lua_State *L) /* handle:times() */
{
    uint32_t number = sim_handle_self(L, SIM_HANDLE_INTERCEPT, "times");
    const SimWorld *world = sim_check_world(L, "times");
    const GArray *times = sim_network_intercept_times(world->network, number);
    lua_newtable(L);
    for (guint i = 0; times != NULL && i < times->len; i++) {
        sim_quantity_push_duration(L, g_array_index(times, int64_t, i));
        lua_seti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int intercept_stop(lua_State *L) /* handle:stop() */
{
    uint32_t number = sim_handle_self(L, SIM_HANDLE_INTERCEPT, "stop");
    SimWorld *world = sim_check_acting(L, "stop");
    sim_record_intercept_stop(world->study->record, number);
    sim_network_intercept_stop(world->network, number);
    return 0;
}

static const luaL_Reg intercept_methods[] = { { "seen", intercept_seen },
                                              { "times", intercept_times },
                                              { "stop", intercept_stop },
                                              { NULL, NULL } };
const SimClass sim_class_intercept = { .kind = SIM_HANDLE_INTERCEPT,
                                       .name = "handle of intercept",
                                       .annotation = "Interception",
                                       .methods = { intercept_methods } };

/* --- traffic --------------------------------------------------------------------------------- */

static void set_size(lua_State *L, const char *field, uint64_t bytes)
{
    sim_quantity_push(L, (SimQuantity) { SIM_QUANTITY_SIZE, (double)bytes });
    lua_setfield(L, -2, field);
}

static void set_count(lua_State *L, const char *field, uint64_t count)
{
    lua_pushinteger(L, (lua_Integer)count);
    lua_setfield(L, -2, field);
}

static int world_traffic(lua_State *L) /* w:traffic { from=, to=, op= } */
{
    static const char *const names[] = { "from", "to", "op", NULL };
    sim_handle_self(L, SIM_HANDLE_WORLD, "traffic");
    const SimWorld *world = sim_check_world(L, "traffic");
    SimTrafficAsked asked = { SIM_NO_ENDPOINT, SIM_NO_ENDPOINT, SIM_N_OPS,
                              sim_script_of(L)->scope };
    if (!lua_isnoneornil(L, 2)) {
        sim_options(L, 2, "traffic", names);
        asked.from = sim_opt_endpoint(L, 2, "from");
        asked.to = sim_opt_endpoint(L, 2, "to");
        asked.op = check_op(L, 2);
    }
    SimTraffic traffic = sim_network_traffic(world->network, &asked);
    lua_newtable(L);
    set_count(L, "messages", traffic.messages);
    set_size(L, "bytes", traffic.bytes);
    set_count(L, "replies", traffic.replies);
    set_size(L, "reply_bytes", traffic.reply_bytes);
    set_count(L, "failed", traffic.failed);
    return 1;
}

/* --- figures by site ------------------------------------------------------------------------- */

static void set_duration(lua_State *L, const char *field, int64_t us)
{
    sim_quantity_push_duration(L, us);
    lua_setfield(L, -2, field);
}

static void set_quantiles(lua_State *L, const char *field, const SimQuantiles *quantiles)
{
    lua_newtable(L);
    set_count(L, "count", quantiles->count);
    if (quantiles->count > 0) {
        set_duration(L, "p50", quantiles->p50_us);
        set_duration(L, "p90", quantiles->p90_us);
        set_duration(L, "p99", quantiles->p99_us);
        set_duration(L, "max", quantiles->max_us);
    }
    lua_setfield(L, -2, field);
}

static void push_region(lua_State *L, const SimRegionFigures *figures)
{
    const SimConsumerFigures *consumers = &figures->consumers;
    lua_newtable(L);
    set_duration(L, "lost", figures->lost_us);
    set_duration(L, "zombies", figures->zombie_us);
    set_count(L, "zombies_left", figures->zombies_left);
    set_quantiles(L, "zombie_age", &figures->zombie_ages);
    if (figures->last_zombie_us >= 0) {
        set_duration(L, "last_zombie", figures->last_zombie_us);
    }
    set_count(L, "writes", figures->calls.writes);
    set_count(L, "writes_failed", figures->calls.writes_failed);
    set_count(L, "reads", figures->calls.reads);
    set_count(L, "reads_failed", figures->calls.reads_failed);
    set_duration(L, "consumer_time", consumers->time_us);
    set_duration(L, "stale", consumers->stale_us);
    set_duration(L, "longest_stale", consumers->longest_stale_us);
    set_duration(L, "false_empty", consumers->false_empty_us);
    set_duration(L, "listed_dead", consumers->zombie_us);
    set_duration(L, "unreachable", consumers->unreachable_us);
    set_count(L, "flaps", consumers->flaps);
    if (consumers->near_us > 0) {
        lua_pushnumber(L, (double)consumers->near_permille_us / (double)consumers->near_us / 1000);
        lua_setfield(L, -2, "locality");
    }
}

static void push_direction(lua_State *L, const SimDirectionFigures *figures)
{
    const SimFlow *flow = &figures->flow;
    lua_newtable(L);
    set_quantiles(L, "nodes", &figures->nodes);
    set_quantiles(L, "consumers", &figures->consumers);
    set_quantiles(L, "node_deaths", &figures->node_deaths);
    set_quantiles(L, "consumer_deaths", &figures->consumer_deaths);
    set_count(L, "under_way", figures->under_way);
    set_duration(L, "oldest", figures->oldest_us);
    set_count(L, "messages", sim_flow_messages(flow));
    set_size(L, "bytes", sim_flow_bytes(flow));
    set_count(L, "peak_messages", flow->peak_messages);
    set_size(L, "peak_bytes", flow->peak_bytes);
    lua_newtable(L);
    for (int class = 0; class < SIM_N_FLOWS; class ++) {
        lua_newtable(L);
        set_count(L, "messages", flow->messages[class]);
        set_size(L, "bytes", flow->bytes[class]);
        set_count(L, "replies", flow->replies[class]);
        set_size(L, "reply_bytes", flow->reply_bytes[class]);
        lua_setfield(L, -2, sim_flow_name((SimFlowClass) class));
    }
    lua_setfield(L, -2, "by_class");
}

static uint32_t opt_site(lua_State *L, int table, const char *key)
{
    if (lua_getfield(L, table, key) == LUA_TNIL) {
        sim_raise_field(L, key, "metrics expects a site, or from and to; field '%s' is missing",
                        key);
    }
    return sim_check_site(L, lua_gettop(L), "metrics");
}

static int world_metrics(lua_State *L) /* w:metrics { site= } or w:metrics { from=, to= } */
{
    static const char *const names[] = { "site", "from", "to", NULL };
    sim_handle_self(L, SIM_HANDLE_WORLD, "metrics");
    SimWorld *world = sim_check_world(L, "metrics");
    if (world->sites->len < 2) {
        sim_raise(L, "metrics: this topology has one site; its figures are those of the run");
    }
    sim_options(L, 2, "metrics", names);
    sim_charge(L, 20000);
    bool one = lua_getfield(L, 2, "site") != LUA_TNIL;
    uint32_t from = opt_site(L, 2, one ? "site" : "from");
    if (one) {
        SimRegionFigures figures = sim_region_figures(world, from);
        push_region(L, &figures);
    } else {
        SimDirectionFigures figures = sim_direction_figures(world, from, opt_site(L, 2, "to"));
        push_direction(L, &figures);
    }
    return 1;
}

const luaL_Reg sim_world_fault_verbs[] = {
    { "partition", world_partition },
    { "isolate", world_isolate },
    { "cut", world_cut },
    { "bridge", world_bridge },
    { "ring", world_ring },
    { "blackhole", world_blackhole },
    { "heal", world_heal },
    { "link", world_link },
    { "flap", world_flap },
    { "clog", world_clog },
    { "intercept", world_intercept },
    { "traffic", world_traffic },
    { "metrics", world_metrics },
    { "chaos", sim_verb_chaos },
    { "settle", sim_verb_settle },
    { NULL, NULL },
};
