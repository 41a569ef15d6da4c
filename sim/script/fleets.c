/* sim/script/fleets.c -- many clients at once, and their churn. */
#include <math.h>
#include <string.h>

#include "sim/client/fleet.h"
#include "sim/script/nodes.h"

enum {
    FLEET_LIMIT = 2000000
};

/* How the verb's scope calls site @site; NULL if that is another cluster's. */
static const char *name_in_scope(const SimScript *script, uint32_t site)
{
    const SimSiteSpec *spec = sim_world_site(script->world, site);
    if (script->scope == SIM_ALL_CLUSTERS) {
        return spec->name;
    }
    if (script->scope != spec->cluster) {
        return NULL;
    }
    const char *slash = strchr(spec->name, '/');
    return slash != NULL ? slash + 1 : spec->name;
}

/* Reads sites = { site = share }; pushes what holds it. */
static void check_sites(lua_State *L, int table, SimFleetSpec *spec)
{
    const SimWorld *world = sim_check_world(L, "fleet");
    if (lua_getfield(L, table, "sites") == LUA_TNIL) {
        return;
    }
    int map = lua_gettop(L);
    if (!lua_istable(L, map)) {
        sim_raise_field(L, "sites", "fleet: field 'sites' expects shares by site, got %s",
                        sim_quantity_describe(L, map));
    }
    uint32_t *sites = lua_newuserdatauv(L, sizeof *sites * world->sites->len, 0);
    double *shares = lua_newuserdatauv(L, sizeof *shares * world->sites->len, 0);
    double sum = 0;
    for (uint32_t i = 0; i < world->sites->len; i++) { /* in the world's order, not the table's */
        const char *name = name_in_scope(sim_script_of(L), i);
        SimQuantity share = { SIM_QUANTITY_PROPORTION, 0 };
        if (name == NULL) {
            continue;
        }
        if (lua_getfield(L, map, name) != LUA_TNIL) {
            if (lua_type(L, -1) == LUA_TNUMBER) {
                share.value = lua_tonumber(L, -1);
            } else if (!sim_quantity_get(L, -1, &share) || share.kind != SIM_QUANTITY_PROPORTION) {
                sim_raise_field(L, name,
                                "fleet: a site's share is a number or a proportion, got %s",
                                sim_quantity_describe(L, -1));
            }
            if (!(share.value >= 0 && share.value < 1e9)) {
                sim_raise_field(L, name, "fleet: a site's share is not negative");
            }
            sites[spec->n_sites] = i;
            shares[spec->n_sites++] = share.value;
            sum += share.value;
        }
        lua_pop(L, 1);
    }
    for (lua_pushnil(L); lua_next(L, map); lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        sim_check_site(L, lua_gettop(L), "fleet");
        lua_pop(L, 1);
    }
    if (sum <= 0) {
        sim_raise_field(L, "sites", "fleet: the shares of the sites sum to nothing");
    }
    spec->sites = sites;
    spec->shares = shares;
}

/* Reads server = node, site or list; pushes what holds it. */
static void check_servers(lua_State *L, int table, SimFleetSpec *spec)
{
    if (lua_getfield(L, table, "server") == LUA_TNIL) {
        return;
    }
    int given = lua_gettop(L);
    if (spec->n_sites > 0) {
        sim_raise_field(L, "server", "fleet: 'server' and 'sites' exclude each other");
    }
    if (lua_istable(L, given)) {
        const SimNodeList *list = sim_check_nodes(L, given, "fleet");
        spec->servers = list->items;
        spec->n_servers = (uint32_t)list->count;
        return;
    }
    const SimScope scope = sim_check_servers(L, given, "fleet");
    spec->cluster = scope.cluster;
    uint32_t *one = lua_newuserdatauv(L, sizeof *one, 0);
    double *share = lua_newuserdatauv(L, sizeof *share, 0);
    *one = scope.node != NULL ? scope.node->index : (uint32_t)scope.site;
    *share = 1;
    if (scope.node != NULL) {
        spec->servers = one;
        spec->n_servers = 1;
    } else if (scope.site >= 0) {
        spec->sites = one;
        spec->shares = share;
        spec->n_sites = 1;
    }
}

/* Both, of dual clients in their primary cluster; they push what holds the lists. */
static void check_places(lua_State *L, int table, SimFleetSpec *spec, const SimDualChoice *choice)
{
    SimScript *script = sim_script_of(L);
    uint32_t scope = script->scope;
    if (choice != NULL && scope != SIM_ALL_CLUSTERS && scope != choice->primary) {
        sim_raise_field(L, "dual", "fleet: the first cluster is not %s",
                        sim_world_cluster(script->world, scope)->name);
    }
    if (choice != NULL) {
        spec->cluster = script->scope = choice->primary;
    }
    check_sites(L, table, spec);
    check_servers(L, table, spec);
    script->scope = scope;
}

/* The fleet whose services this one publishes or subscribes to; NULL: it has its own. */
static const SimFleet *opt_services_of(lua_State *L, int table)
{
    const SimFleet *other = NULL;
    if (lua_getfield(L, table, "services_of") != LUA_TNIL) {
        const SimHandle *handle = sim_handle_test(L, -1, SIM_HANDLE_FLEET);
        if (handle == NULL) {
            sim_raise_field(L, "services_of", "fleet: field 'services_of' expects a fleet, got %s",
                            sim_quantity_describe(L, lua_gettop(L)));
        }
        other = sim_check_world(L, "fleet")->fleets->pdata[handle->index];
        if (lua_getfield(L, table, "services") != LUA_TNIL) {
            sim_raise_field(L, "services",
                            "fleet: 'services' and 'services_of' exclude each other");
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return other;
}

static const char *const fleet_fields[] = {
    "name",
    "server",
    SIM_SDK_FIELDS,
    SIM_DUAL_FIELDS,
    SIM_BALANCE_FIELDS,
    "clients",
    "services",
    "instances",
    "subscribe",
    "services_of",
    "spread",
    "sites",
    "payload",
    "at",
    "over",
    NULL,
};

int sim_verb_fleet(lua_State *L) /* w:fleet { clients = 1000, services = 100, ... } */
{
    static const char *const spreads[] = { "even", "zipf", NULL };
    sim_handle_self(L, SIM_HANDLE_WORLD, "fleet");
    SimWorld *world = sim_check_acting(L, "fleet");
    int64_t clients = 1000, services = 100, instances = 1, subscribed = 0;
    double payload = 120;
    int spread = 0;
    SimSdk sdk;
    if (lua_isnoneornil(L, 2)) {
        lua_settop(L, 1);
        lua_newtable(L);
    }
    sim_options(L, 2, "fleet", fleet_fields);
    SimFleetSpec spec = { .kind = world->spec->default_client,
                          .sdk = &sdk,
                          .cluster = sim_script_of(L)->scope,
                          .start_us = world->now_us,
                          .over_us = 1000000 };
    if (!sim_opt_string(L, 2, "name", &spec.name)) {
        spec.name = lua_pushfstring(L, "fleet%d", (int)world->fleets->len + 1);
    }
    if (!*spec.name) {
        sim_raise_field(L, "name", "fleet: the name is empty");
    }
    if (sim_world_find_client(world, lua_pushfstring(L, "%s-1", spec.name)) != NULL) {
        sim_raise_field(L, "name", "fleet: the name '%s' is taken", spec.name);
    }
    sim_opt_integer(L, 2, "clients", 1, FLEET_LIMIT, &clients);
    spec.services_of = opt_services_of(L, 2);
    if (spec.services_of != NULL) {
        services = sim_fleet_services(spec.services_of);
    } else {
        sim_opt_integer(L, 2, "services", 1, FLEET_LIMIT, &services);
    }
    sim_opt_integer(L, 2, "instances", 0, services, &instances);
    sim_opt_integer(L, 2, "subscribe", 0, services, &subscribed);
    sim_opt_sdk(L, 2, "fleet", &spec.kind, &sdk);
    SimDualChoice choice;
    if (sim_opt_dual(L, 2, "fleet", spec.kind, &sdk, &choice)) {
        spec.dual = &choice.spec;
    }
    sim_opt_balance(L, 2, "fleet", spec.dual != NULL, &spec.balance);
    sim_opt_choice(L, 2, "spread", spreads, &spread);
    sim_opt_quantity(L, 2, "payload", SIM_QUANTITY_SIZE, &payload);
    if (payload > 1 << 20) {
        sim_raise_field(L, "payload", "fleet: at most 1 MiB of metadata for each instance");
    }
    if (lua_getfield(L, 2, "at") == LUA_TSTRING) {
        if (strcmp(lua_tostring(L, -1), "start") != 0) {
            sim_raise_field(L, "at", "fleet: field 'at' expects \"start\" or a duration");
        }
    } else if (sim_opt_duration(L, 2, "at", &spec.start_us) && spec.start_us < world->now_us) {
        sim_raise_field(L, "at", "fleet: that time has gone by");
    }
    lua_pop(L, 1);
    sim_opt_duration(L, 2, "over", &spec.over_us);
    check_places(L, 2, &spec, spec.dual != NULL ? &choice : NULL);
    sim_charge(L, clients * 10);
    spec.clients = (uint32_t)clients;
    spec.services = (uint32_t)services;
    spec.instances = (uint32_t)instances;
    spec.subscribed = (uint32_t)subscribed;
    spec.spread = spread == 0 ? SIM_SPREAD_EVEN : SIM_SPREAD_ZIPF;
    spec.payload_bytes = (int64_t)llround(payload);
    sim_handle_push(L, SIM_HANDLE_FLEET, sim_fleet_new(world, &spec));
    return 1;
}

static SimFleet *self_fleet(lua_State *L, const char *verb)
{
    uint32_t index = sim_handle_self(L, SIM_HANDLE_FLEET, verb);
    return sim_check_acting(L, verb)->fleets->pdata[index];
}

static int fleet_churn(lua_State *L) /* f:churn { register = per_second(20), ... } */
{
    static const char *const names[] = { "register", "deregister", "close", "kill",
                                         "update",   "crash",      "for_",  NULL };
    SimFleet *fleet = self_fleet(L, "churn");
    SimChurnSpec spec = { .for_us = -1 };
    sim_options(L, 2, "churn", names);
    sim_opt_quantity(L, 2, "register", SIM_QUANTITY_RATE, &spec.register_);
    sim_opt_quantity(L, 2, "deregister", SIM_QUANTITY_RATE, &spec.deregister);
    sim_opt_quantity(L, 2, "close", SIM_QUANTITY_RATE, &spec.close);
    sim_opt_quantity(L, 2, "kill", SIM_QUANTITY_RATE, &spec.kill);
    sim_opt_quantity(L, 2, "update", SIM_QUANTITY_RATE, &spec.update);
    sim_opt_quantity(L, 2, "crash", SIM_QUANTITY_RATE, &spec.crash);
    sim_opt_duration(L, 2, "for_", &spec.for_us);
    double sum =
        spec.register_ + spec.deregister + spec.close + spec.kill + spec.update + spec.crash;
    if (sum > 1e6) {
        sim_raise(L, "churn: at most a million events per second");
    }
    sim_fleet_churn(fleet, &spec);
    return 0;
}

static uint32_t check_number(lua_State *L, const char *verb)
{
    int whole = 0;
    lua_Integer number = lua_type(L, 2) == LUA_TNUMBER ? lua_tointegerx(L, 2, &whole) : 0;
    if (!whole || number < 0 || number > FLEET_LIMIT) {
        sim_raise(L, "%s expects how many members, got %s", verb, sim_quantity_describe(L, 2));
    }
    return (uint32_t)number;
}

static int fleet_close(lua_State *L) /* f:close(n) */
{
    SimFleet *fleet = self_fleet(L, "close");
    sim_fleet_close(fleet, check_number(L, "close"));
    return 0;
}

static int fleet_kill(lua_State *L) /* f:kill(n) */
{
    SimFleet *fleet = self_fleet(L, "kill");
    sim_fleet_kill(fleet, check_number(L, "kill"));
    return 0;
}

static int fleet_crash(lua_State *L) /* f:crash(n) */
{
    SimFleet *fleet = self_fleet(L, "crash");
    sim_fleet_crash(fleet, check_number(L, "crash"));
    return 0;
}

static const luaL_Reg fleet_methods[] = { { "churn", fleet_churn },
                                          { "close", fleet_close },
                                          { "kill", fleet_kill },
                                          { "crash", fleet_crash },
                                          { NULL, NULL } };
const SimClass sim_class_fleet = {
    .kind = SIM_HANDLE_FLEET, .name = "fleet", .annotation = "Fleet", .methods = { fleet_methods }
};
