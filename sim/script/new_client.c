/* sim/script/new_client.c -- w:client: the fields of a client, and the client that they make. */
#include <string.h>

#include "sim/actions/record.h"
#include "sim/script/nodes.h"
#include "sim/study/study.h"

enum {
    CLIENT_COST = 2000 /* instructions that memory outside Lua counts */
};

const char *const sim_client_kind_names[] = { "nacos-client-2", "nacos-client-1", NULL };

typedef struct Place { /* where a client or a fleet stands */
    uint32_t site;
    int preferred;   /* index into servers */
    bool whole_site; /* servers are those of the site alone */
    uint32_t *servers;
    uint32_t count;
} Place;

static void add_servers(const SimWorld *world, Place *place, uint32_t cluster, int site)
{
    place->count = 0;
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        const SimNode *node = sim_world_node(world, i);
        if (node->member && sim_node_in(node, cluster) &&
            (site < 0 || node->site == (uint32_t)site)) {
            place->servers[place->count++] = i;
        }
    }
}

/* Finds @node in the server list; false if it has left. */
static bool prefer(Place *place, const SimNode *node)
{
    for (uint32_t i = 0; i < place->count; i++) {
        if (place->servers[i] == node->index) {
            place->preferred = (int)i;
        }
    }
    return place->preferred >= 0;
}

/* The client sits at its server's site, so the server is drawn here; SDKs know the servers of one
 * cluster only. */
static void draw_server(lua_State *L, Place *place, SimClientKind kind)
{
    SimScript *script = sim_script_of(L);
    const SimWorld *world = script->world;
    uint32_t drawn = (uint32_t)sim_prng_below(&script->chance, place->count);
    const SimNode *node = sim_world_node(world, place->servers[drawn]);
    place->site = node->site;
    add_servers(world, place, node->cluster, -1);
    if (kind == SIM_CLIENT_GRPC) {
        prefer(place, node);
    }
}

/* Reads the field server; pushes what holds the list. */
static Place check_place(lua_State *L, int table, const char *verb, SimClientKind kind)
{
    const SimWorld *world = sim_check_world(L, verb);
    Place place = { .preferred = -1 };
    lua_getfield(L, table, "server");
    int given = lua_gettop(L);
    place.servers = lua_newuserdatauv(L, sizeof(uint32_t) * (world->nodes->len + 1), 0);
    SimScope scope = sim_check_servers(L, given, verb);
    add_servers(world, &place, scope.cluster, scope.site);
    if (scope.site >= 0) {
        place.site = (uint32_t)scope.site;
        place.whole_site = true;
    } else if (scope.node != NULL) {
        place.site = scope.node->site;
        if (!prefer(&place, scope.node)) {
            sim_raise(L, "%s: %s has left", verb, scope.node->name);
        }
    } else if (world->sites->len > 1 && place.count > 0) {
        draw_server(L, &place, kind);
    }
    if (place.count == 0) {
        sim_raise(L, "%s: there is no server for it", verb);
    }
    return place;
}

/* The same, of a dual client in its primary cluster. */
static Place check_place_in(lua_State *L, int table, const char *verb, SimClientKind kind,
                            const SimDualChoice *choice)
{
    SimScript *script = sim_script_of(L);
    uint32_t scope = script->scope;
    if (choice != NULL && scope != SIM_ALL_CLUSTERS && scope != choice->primary) {
        sim_raise_field(L, "dual", "%s: the first cluster is not %s", verb,
                        sim_world_cluster(script->world, scope)->name);
    }
    if (choice != NULL) {
        script->scope = choice->primary;
    }
    Place place = check_place(L, table, verb, kind);
    script->scope = scope;
    return place;
}

/* One service may be a table, too: with its name in a field. */
static bool is_list_of_services(lua_State *L, int index)
{
    if (!lua_istable(L, index)) {
        return false;
    }
    bool named = lua_getfield(L, index, "service") != LUA_TNIL;
    lua_pop(L, 1);
    return !named;
}

/* Subscribes to the services that the list at @index names. */
static void check_services(lua_State *L, int index, DistroService *services, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        lua_geti(L, index, (lua_Integer)i + 1);
        services[i] = sim_check_service(L, lua_gettop(L), "subscribe", true);
        lua_pop(L, 1);
    }
}

/* Whose disk cache it finds: field load_cache_at_start, a client or its name. */
static const SimClient *opt_former_client(lua_State *L, int table)
{
    const SimWorld *world = sim_check_world(L, "client");
    SimEndpoint former = sim_opt_endpoint(L, table, "load_cache_at_start");
    if (former == SIM_NO_ENDPOINT) {
        return NULL;
    }
    if (!sim_endpoint_is_client(former)) {
        sim_raise_field(L, "load_cache_at_start", "client: only a client leaves a cache on disk");
    }
    return sim_world_client(world, sim_endpoint_index(former));
}

/* Which open API a 1.x client uses. */
static uint32_t opt_api(lua_State *L, int table, SimClientKind kind)
{
    static const char *const apis[] = { "v1", "v2", "v3", NULL };
    int which = 0;
    if (sim_opt_choice(L, table, "api", apis, &which) && kind != SIM_CLIENT_HTTP) {
        sim_raise_field(L, "api", "client: a %s uses no open API", sim_client_kind_names[0]);
    }
    return (uint32_t)which + 1;
}

int sim_verb_client(lua_State *L) /* w:client { name=, server=, ... } */
{
    static const char *const names[] = {
        "name", "server",    SIM_SDK_FIELDS,        "api",           "ip",
        "port", "subscribe", "load_cache_at_start", SIM_DUAL_FIELDS, SIM_BALANCE_FIELDS,
        NULL
    };
    sim_handle_self(L, SIM_HANDLE_WORLD, "client");
    SimWorld *world = sim_check_acting(L, "client");
    SimScript *script = sim_script_of(L);
    SimClientSpec spec = { .kind = world->spec->default_client,
                           .fleet = UINT32_MAX,
                           .tracked = true };
    char drawn_ip[SIM_CLIENT_ADDRESS_SIZE];
    int64_t port = 8080;
    SimSdk sdk;
    if (lua_isnoneornil(L, 2)) {
        lua_settop(L, 1);
        lua_newtable(L);
    }
    sim_options(L, 2, "client", names);
    sim_charge(L, CLIENT_COST);
    uint32_t number = world->processes + 1; /* the i-th client, from 1 */
    g_snprintf(drawn_ip, sizeof drawn_ip, "10.%u.%u.%u", 128 + (number >> 16), number >> 8 & 255,
               number & 255);
    spec.ip = drawn_ip;
    if (sim_opt_string(L, 2, "name", &spec.name) &&
        (!*spec.name || sim_world_find_client(world, spec.name) != NULL)) {
        sim_raise_field(L, "name", "client: the name '%s' is taken or empty", spec.name);
    }
    sim_opt_string(L, 2, "ip", &spec.ip);
    sim_opt_integer(L, 2, "port", 1, 65535, &port);
    if (!*spec.ip) {
        sim_raise_field(L, "ip", "client: the address is empty");
    }
    sim_opt_sdk(L, 2, "client", &spec.kind, &sdk);
    spec.sdk = &sdk;
    spec.api = opt_api(L, 2, spec.kind);
    spec.load_cache = opt_former_client(L, 2);
    SimDualChoice choice;
    if (sim_opt_dual(L, 2, "client", spec.kind, &sdk, &choice)) {
        spec.dual = &choice.spec;
    }
    sim_opt_balance(L, 2, "client", spec.dual != NULL, &spec.balance);
    Place place = check_place_in(L, 2, "client", spec.kind, spec.dual != NULL ? &choice : NULL);
    lua_getfield(L, 2, "subscribe");
    int list = lua_gettop(L);
    bool listed = is_list_of_services(L, list);
    size_t subscribed =
        listed ? (size_t)sim_list_length(L, list, "subscribe") : !lua_isnil(L, list);
    DistroService *services = lua_newuserdatauv(L, sizeof *services * (subscribed + 1), 0);
    if (listed) {
        check_services(L, list, services, subscribed);
    } else if (subscribed) {
        services[0] = sim_check_service(L, list, "subscribe", true);
    }
    spec.site = place.site;
    spec.balance.site = place.whole_site;
    spec.servers = place.servers;
    spec.n_servers = place.count;
    spec.preferred = place.preferred;
    spec.port = (int32_t)port;
    uint32_t index = sim_client_new(world, &spec);
    if (spec.load_cache != NULL) {
        sim_record_former(world->study->record, spec.load_cache);
    }
    if (script->clients->len <= index) {
        g_array_set_size(script->clients, index + 1);
    }
    g_array_index(script->clients, SimScriptClient, index) =
        (SimScriptClient) { distro_dictionary_name(world->dictionary, spec.ip), spec.port,
                            spec.kind, spec.site };
    for (size_t i = 0; i < subscribed; i++) {
        sim_client_subscribe(sim_world_client(world, index), services[i], NULL, NULL);
    }
    sim_handle_push(L, SIM_HANDLE_CLIENT, index);
    return 1;
}
