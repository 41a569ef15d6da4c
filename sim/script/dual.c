/* sim/script/dual.c -- fields of w:client and w:fleet that make clients register in two clusters.
 */
#include "sim/base/nearest.h"
#include "sim/script/nodes.h"

static uint32_t check_cluster(lua_State *L, int list, int position, const char *verb)
{
    const SimWorld *world = sim_check_world(L, verb);
    lua_geti(L, list, position);
    if (lua_type(L, -1) != LUA_TSTRING) {
        sim_raise_field(L, "dual", "%s: field 'dual' expects the names of two clusters, got %s",
                        verb, sim_quantity_describe(L, lua_gettop(L)));
    }
    const char *name = lua_tostring(L, -1);
    int cluster = *name ? sim_world_find_cluster(world, name) : -1;
    if (cluster < 0) {
        const char **names = lua_newuserdatauv(L, sizeof *names * world->clusters->len, 0);
        for (uint32_t i = 0; i < world->clusters->len; i++) {
            names[i] = sim_world_cluster(world, i)->name;
        }
        const char *nearest = sim_nearest_name(name, names, world->clusters->len);
        sim_raise_field(L, "dual", "%s: no cluster '%s'; did you mean '%s'?", verb, name,
                        nearest != NULL ? nearest : "");
    }
    lua_pop(L, 1);
    return (uint32_t)cluster;
}

static bool has_members(const SimWorld *world, uint32_t cluster)
{
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        if (sim_world_node(world, i)->member && sim_node_in(sim_world_node(world, i), cluster)) {
            return true;
        }
    }
    return false;
}

static void check_clusters(lua_State *L, int list, const char *verb, SimDualChoice *choice)
{
    if (!lua_istable(L, list) || lua_rawlen(L, list) != 2) {
        sim_raise_field(L, "dual", "%s: field 'dual' expects the names of two clusters, got %s",
                        verb, sim_quantity_describe(L, list));
    }
    choice->primary = check_cluster(L, list, 1, verb);
    choice->spec.secondary = check_cluster(L, list, 2, verb);
    if (choice->primary == choice->spec.secondary) {
        sim_raise_field(L, "dual", "%s: both clusters are the same", verb);
    }
    if (!has_members(sim_check_world(L, verb), choice->spec.secondary)) {
        sim_raise_field(L, "dual", "%s: there is no server for it", verb);
    }
}

/* The plugin supports SDKs up to 2.1 (its README; NamingFactory differs from 2.2 on). */
static void check_sdk(lua_State *L, int table, const char *verb, SimClientKind kind, SimSdk *sdk)
{
    bool given = lua_getfield(L, table, "sdk") != LUA_TNIL;
    lua_pop(L, 1);
    if (kind == SIM_CLIENT_HTTP) {
        return;
    }
    if (given && sdk->health_tries > 1) {
        sim_raise_field(L, "sdk", "%s: the agent knows no SDK after 2.1", verb);
    }
    if (given) {
        return;
    }
    const SimSdk chosen = *sdk;
    *sdk = sim_sdk_of(sim_sdk_find("2.1"));
    sdk->empty_protection = chosen.empty_protection;
    lua_getfield(L, table, "async_query");
    if (!lua_isnil(L, -1)) {
        sdk->async_query = chosen.async_query;
    }
    lua_pop(L, 1);
}

bool sim_opt_dual(lua_State *L, int table, const char *verb, SimClientKind kind, SimSdk *sdk,
                  SimDualChoice *choice)
{
    static const char *const agents[] = { "polaris", "ideal", NULL };
    int agent = 0;
    *choice = (SimDualChoice) { 0 };
    bool nearby = sim_opt_boolean(L, table, "nearby", &choice->spec.nearby);
    bool chosen = sim_opt_choice(L, table, "agent", agents, &agent);
    choice->spec.ideal = agent == 1;
    bool dual = lua_getfield(L, table, "dual") != LUA_TNIL;
    if (!dual && (chosen || (nearby && choice->spec.nearby))) {
        sim_raise_field(L, chosen ? "agent" : "nearby",
                        "%s: field '%s' needs 'dual': a client of one cluster has no choice", verb,
                        chosen ? "agent" : "nearby");
    }
    if (dual) {
        check_clusters(L, lua_gettop(L), verb, choice);
    }
    lua_pop(L, 1);
    if (dual && !choice->spec.ideal) {
        check_sdk(L, table, verb, kind, sdk);
    }
    return dual;
}
