/* sim/script/configs.c -- configuration: publishing it, copying databases, reading it. */
#include "sim/actions/record.h"
#include "sim/config/config.h"
#include "sim/script/nodes.h"
#include "sim/study/study.h"

static const char *check_field(lua_State *L, int table, const char *verb, const char *field)
{
    const char *text = NULL;
    if (!sim_opt_string(L, table, field, &text) || !*text) {
        sim_raise_field(L, field, "%s: field '%s' is needed", verb, field);
    }
    return text;
}

int sim_verb_publish_config(lua_State *L) /* w:publish_config { id=, value=, server= } */
{
    static const char *const names[] = { "id", "value", "server", NULL };
    sim_handle_self(L, SIM_HANDLE_WORLD, "publish_config");
    SimWorld *world = sim_check_acting(L, "publish_config");
    sim_options(L, 2, "publish_config", names);
    const char *id = check_field(L, 2, "publish_config", "id");
    const char *value = check_field(L, 2, "publish_config", "value");
    SimNode *node = sim_opt_server(L, 2, "publish_config");
    bool taken = node != NULL && sim_config_publish(world, node, id, value);
    if (taken) {
        sim_record_publish(world->study->record, node, id, value);
    }
    lua_pushboolean(L, taken);
    if (taken) {
        return 1;
    }
    lua_pushstring(L, "refused");
    return 2;
}

static uint32_t check_cluster(lua_State *L, int table, const char *field)
{
    const SimScript *script = sim_script_of(L);
    const char *name = check_field(L, table, "config_copy", field);
    int cluster = sim_find_cluster(script, name);
    if (cluster < 0) {
        sim_raise_field(L, field, "config_copy: no cluster '%s'", name);
    }
    return (uint32_t)cluster;
}

static uint32_t first_node(const SimWorld *world, uint32_t cluster)
{
    uint32_t i = 0;
    while (!sim_node_in(sim_world_node(world, i), cluster)) {
        i++;
    }
    return i;
}

/* Half a round trip and half a second, if nothing is said. */
static int64_t usual_lag_us(const SimWorld *world, uint32_t from, uint32_t to)
{
    SimEndpoint a = sim_node_endpoint(first_node(world, from));
    SimEndpoint b = sim_node_endpoint(first_node(world, to));
    return sim_network_effective_link(world->network, a, b).delay_us + 500000;
}

/* lag = s(1), or { s(0.2), s(5) }: drawn between the two. */
static void check_lag(lua_State *L, int table, int64_t *low_us, int64_t *high_us)
{
    int type = lua_getfield(L, table, "lag");
    int lag = lua_gettop(L);
    if (type == LUA_TTABLE) {
        lua_geti(L, lag, 1);
        *low_us = sim_duration_us(L, lag + 1, "config_copy");
        lua_geti(L, lag, 2);
        *high_us = sim_duration_us(L, lag + 2, "config_copy");
        if (*low_us > *high_us) {
            sim_raise_field(L, "lag", "config_copy: the least lag is above the greatest");
        }
    } else if (type != LUA_TNIL) {
        *low_us = *high_us = sim_duration_us(L, lag, "config_copy");
    }
    lua_settop(L, lag - 1);
}

int sim_verb_config_copy(lua_State *L) /* w:config_copy { from=, to=, lag= } */
{
    static const char *const names[] = { "from", "to", "lag", NULL };
    sim_handle_self(L, SIM_HANDLE_WORLD, "config_copy");
    SimWorld *world = sim_check_acting(L, "config_copy");
    sim_options(L, 2, "config_copy", names);
    uint32_t from = check_cluster(L, 2, "from"), to = check_cluster(L, 2, "to");
    if (from == to) {
        sim_raise_field(L, "to", "config_copy: both clusters are the same");
    }
    int64_t low_us = usual_lag_us(world, from, to), high_us = low_us;
    check_lag(L, 2, &low_us, &high_us);
    sim_config_copy(world, from, to, low_us, high_us);
    sim_record_copy(world->study->record, from, to, low_us, high_us);
    return 0;
}

static int push_config(lua_State *L, const SimNode *node)
{
    const char *id = sim_check_text(L, 2, "config", "the id of a configuration");
    const char *value = node != NULL ? sim_config_read(node, id) : NULL;
    if (value != NULL) {
        lua_pushstring(L, value);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

int sim_node_config(lua_State *L) /* n:config(id) */
{
    uint32_t index = sim_handle_self(L, SIM_HANDLE_NODE, "config");
    return push_config(L, sim_world_node(sim_check_world(L, "config"), index));
}

int sim_node_config_counters(lua_State *L) /* n:config_counters() */
{
    uint32_t index = sim_handle_self(L, SIM_HANDLE_NODE, "config_counters");
    const SimWorld *world = sim_check_world(L, "config_counters");
    SimConfigCounters counters = sim_config_counters(sim_world_node(world, index));
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, (lua_Integer)counters.applied);
    lua_setfield(L, -2, "applied");
    lua_pushinteger(L, (lua_Integer)counters.missed);
    lua_setfield(L, -2, "missed");
    return 1;
}

int sim_client_config(lua_State *L) /* k:config(id): what its server tells it */
{
    uint32_t index = sim_handle_self(L, SIM_HANDLE_CLIENT, "config");
    const SimWorld *world = sim_check_world(L, "config");
    uint32_t node = sim_client_server(sim_world_client(world, index));
    return push_config(L, node == UINT32_MAX ? NULL : sim_world_node(world, node));
}
