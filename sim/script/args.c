/* sim/script/args.c -- arguments of verbs: checked, named in the error when they are wrong.
 *
 * Nothing here owns memory of GLib's: lists live in userdata on Lua's stack, so that raising at any
 * point leaks nothing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "sim/client/dual.h"
#include "sim/client/fleet.h"
#include "sim/raft/persistent.h"
#include "sim/script/state.h"
#include "sim/study/study.h"

enum {
    ACTION_COST = 100 /* instructions that any verb counts for which changes the world */
};

#define LONGEST_US 4e15 /* 126 years: sums of a few of them stay in int64_t */

SimWorld *sim_check_world(lua_State *L, const char *verb)
{
    SimWorld *world = sim_script_of(L)->world;
    if (world == NULL) {
        sim_raise(L, "%s is a verb of the story: no world runs yet", verb);
    }
    return world;
}

SimWorld *sim_check_acting(lua_State *L, const char *verb)
{
    SimWorld *world = sim_check_world(L, verb);
    if (sim_script_of(L)->evaluating > 0) {
        sim_raise(L, "%s changes the world; a function that is watched only looks", verb);
    }
    sim_charge(L, ACTION_COST);
    return world;
}

const char *sim_check_text(lua_State *L, int index, const char *verb, const char *what)
{
    if (lua_type(L, index) != LUA_TSTRING) {
        sim_raise(L, "%s expects %s, got %s", verb, what, sim_quantity_describe(L, index));
    }
    return lua_tostring(L, index);
}

void sim_check_function(lua_State *L, int index, const char *verb)
{
    if (!lua_isfunction(L, index)) {
        sim_raise(L, "%s expects a function, got %s", verb, sim_quantity_describe(L, index));
    }
}

/* Does a list have the key and value on top of the stack? Their number, n, is there if table.pack
 * made it. */
static bool is_of_list(lua_State *L)
{
    return lua_isinteger(L, -2) || (lua_type(L, -2) == LUA_TSTRING && lua_isinteger(L, -1) &&
                                    strcmp(lua_tostring(L, -2), "n") == 0);
}

lua_Integer sim_list_length(lua_State *L, int index, const char *verb)
{
    index = lua_absindex(L, index);
    luaL_checkstack(L, 3, NULL);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (!is_of_list(L)) {
            sim_raise_field(L, lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : verb,
                            "%s expects a list, which has no named fields, got %s", verb,
                            sim_quantity_describe(L, -2));
        }
    }
    return (lua_Integer)lua_rawlen(L, index);
}

int64_t sim_duration_us(lua_State *L, int index, const char *verb)
{
    SimQuantity quantity;
    if (!sim_quantity_get(L, index, &quantity) || quantity.kind != SIM_QUANTITY_DURATION) {
        sim_raise(L, "%s expects %s, got %s", verb,
                  sim_quantity_kind_example(SIM_QUANTITY_DURATION),
                  sim_quantity_describe(L, index));
    }
    if (quantity.value < 0 || quantity.value > LONGEST_US) {
        sim_raise(L, "%s expects a %s, got %s", verb,
                  quantity.value < 0 ? "duration that is not negative" : "shorter duration",
                  sim_quantity_describe(L, index));
    }
    return (int64_t)llround(quantity.value);
}

/* --- tables of options ----------------------------------------------------------------------- */

static void check_field_allowed(lua_State *L, const char *verb, const char *field)
{
    char name[64];
    g_snprintf(name, sizeof name, "%s.%s", verb, field);
    sim_check_allowed(L, name);
}

void sim_options(lua_State *L, int index, const char *verb, const char *const *names)
{
    size_t count = 0;
    while (names[count] != NULL) {
        count++;
    }
    if (!lua_istable(L, index)) {
        sim_raise(L, "%s expects a table of fields, got %s", verb, sim_quantity_describe(L, index));
    }
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        bool known = false;
        if (lua_type(L, -2) != LUA_TSTRING) {
            sim_raise(L, "%s has named fields only, got %s", verb, sim_quantity_describe(L, -1));
        }
        for (size_t i = 0; i < count && !known; i++) {
            known = strcmp(names[i], lua_tostring(L, -2)) == 0;
        }
        if (!known) {
            sim_raise_unknown(L, "field", lua_tostring(L, -2), verb, names, count);
        }
        check_field_allowed(L, verb, lua_tostring(L, -2));
    }
}

/* Raises: field @key is not what it should be. The value is on top. */
static G_NORETURN void wrong(lua_State *L, const char *key, const char *expected)
{
    sim_raise_field(L, key, "field '%s' expects %s, got %s", key, expected,
                    sim_quantity_describe(L, -1));
}

/* Pushes the field; false, with nothing pushed, if it is absent. */
static bool get_field(lua_State *L, int index, const char *key)
{
    if (lua_getfield(L, index, key) != LUA_TNIL) {
        return true;
    }
    lua_pop(L, 1);
    return false;
}

static bool get_quantity(lua_State *L, int index, const char *key, SimQuantityKind kind, double low,
                         double high, double *value)
{
    SimQuantity quantity;
    if (!get_field(L, index, key)) {
        return false;
    }
    if (!sim_quantity_get(L, -1, &quantity) || quantity.kind != kind) {
        wrong(L, key, sim_quantity_kind_example(kind));
    }
    if (quantity.value < low) {
        wrong(L, key, "a quantity that is not negative");
    }
    if (quantity.value > high) {
        wrong(L, key, kind == SIM_QUANTITY_PROPORTION ? "at most 100%" : "a smaller quantity");
    }
    *value = quantity.value;
    lua_pop(L, 1);
    return true;
}

bool sim_opt_duration(lua_State *L, int index, const char *key, int64_t *us)
{
    double value;
    bool there = get_quantity(L, index, key, SIM_QUANTITY_DURATION, 0, LONGEST_US, &value);
    if (there) {
        *us = (int64_t)llround(value);
    }
    return there;
}

bool sim_opt_signed_duration(lua_State *L, int index, const char *key, int64_t *us)
{
    double value;
    bool there =
        get_quantity(L, index, key, SIM_QUANTITY_DURATION, -LONGEST_US, LONGEST_US, &value);
    if (there) {
        *us = (int64_t)llround(value);
    }
    return there;
}

bool sim_opt_proportion(lua_State *L, int index, const char *key, double *value)
{
    return get_quantity(L, index, key, SIM_QUANTITY_PROPORTION, 0, 1, value);
}

bool sim_opt_quantity(lua_State *L, int index, const char *key, SimQuantityKind kind, double *value)
{
    return get_quantity(L, index, key, kind, 0, 1e15, value);
}

bool sim_opt_integer(lua_State *L, int index, const char *key, int64_t low, int64_t high,
                     int64_t *value)
{
    int whole = 0;
    if (!get_field(L, index, key)) {
        return false;
    }
    lua_Integer number = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &whole) : 0;
    if (!whole) {
        wrong(L, key, "a whole number");
    }
    if (number < low || number > high) {
        sim_raise_field(L, key, "field '%s' expects a number from %I to %I, got %I", key,
                        (LUAI_UACINT)low, (LUAI_UACINT)high, (LUAI_UACINT)number);
    }
    *value = number;
    lua_pop(L, 1);
    return true;
}

bool sim_opt_number(lua_State *L, int index, const char *key, double *value)
{
    if (!get_field(L, index, key)) {
        return false;
    }
    if (lua_type(L, -1) != LUA_TNUMBER || !isfinite(lua_tonumber(L, -1))) {
        wrong(L, key, "a number");
    }
    *value = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return true;
}

bool sim_opt_boolean(lua_State *L, int index, const char *key, bool *value)
{
    if (!get_field(L, index, key)) {
        return false;
    }
    if (!lua_isboolean(L, -1)) {
        wrong(L, key, "true or false");
    }
    *value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return true;
}

bool sim_opt_string(lua_State *L, int index, const char *key, const char **value)
{
    if (!get_field(L, index, key)) {
        return false;
    }
    if (lua_type(L, -1) != LUA_TSTRING) {
        wrong(L, key, "a string");
    }
    *value = lua_tostring(L, -1);
    if (strlen(*value) != lua_rawlen(L, -1) || !g_utf8_validate(*value, -1, NULL)) {
        wrong(L, key, "text in UTF-8");
    }
    lua_pop(L, 1); /* the table keeps it alive */
    return true;
}

bool sim_opt_choice(lua_State *L, int index, const char *key, const char *const *names, int *which)
{
    const char *value;
    size_t count = 0;
    if (!sim_opt_string(L, index, key, &value)) {
        return false;
    }
    for (; names[count] != NULL; count++) {
        if (strcmp(names[count], value) == 0) {
            *which = (int)count;
            return true;
        }
    }
    sim_raise_field(L, key, "field '%s' cannot be '%s'; did you mean '%s'?", key, value,
                    sim_nearest_name(value, names, count));
}

/* UINT32_MAX if there is no client of that name. */
static uint32_t find_client(const SimWorld *world, const char *name)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(world->client_by_name, name)) - 1;
}

static uint32_t find_fleet(const SimWorld *world, const char *name)
{
    for (guint i = 0; i < world->fleets->len; i++) {
        if (strcmp(sim_fleet_name(world->fleets->pdata[i]), name) == 0) {
            return i;
        }
    }
    return UINT32_MAX;
}

/* --- nodes ----------------------------------------------------------------------------------- */

bool sim_in_scope(const SimScript *script, const SimNode *node)
{
    return sim_node_in(node, script->scope);
}

/* "n1" is "east/n1" in the scope of east. (transfer full) */
static char *full_name(const SimScript *script, const char *name)
{
    return script->scope == SIM_ALL_CLUSTERS
               ? g_strdup(name)
               : g_strdup_printf("%s/%s", sim_world_cluster(script->world, script->scope)->name,
                                 name);
}

static SimNode *find_node(const SimScript *script, const char *name)
{
    g_autofree char *full = full_name(script, name);
    SimNode *node = sim_world_find_node(script->world, full);
    if (node == NULL) {
        node = sim_world_find_node(script->world, name);
    }
    return node != NULL && sim_in_scope(script, node) ? node : NULL;
}

int sim_find_site(const SimScript *script, const char *name)
{
    g_autofree char *full = full_name(script, name);
    int site = sim_world_find_site(script->world, full);
    if (site < 0) {
        site = sim_world_find_site(script->world, name);
    }
    bool meant =
        site >= 0 && (script->scope == SIM_ALL_CLUSTERS ||
                      sim_world_site(script->world, (uint32_t)site)->cluster == script->scope);
    return meant ? site : -1;
}

int sim_find_cluster(const SimScript *script, const char *name)
{
    int cluster = *name ? sim_world_find_cluster(script->world, name) : -1;
    bool meant = script->scope == SIM_ALL_CLUSTERS || (uint32_t)cluster == script->scope;
    return meant ? cluster : -1;
}

/* What a name may stand for where it is asked for. */
typedef enum Nameable {
    NAMEABLE_NODE,
    NAMEABLE_ENDPOINT, /* a client, too */
    NAMEABLE_PARTY,    /* and a site */
} Nameable;

static G_NORETURN void unknown_name(lua_State *L, const SimWorld *world, const char *verb,
                                    const char *name, Nameable what)
{
    size_t count = 0, room = world->nodes->len + world->clients->len + world->sites->len;
    const char **names = lua_newuserdatauv(L, sizeof *names * (room + 1), 0);
    for (guint i = 0; i < world->nodes->len; i++) {
        if (sim_in_scope(sim_script_of(L), sim_world_node(world, i))) {
            names[count++] = sim_world_node(world, i)->name;
        }
    }
    for (guint i = 0; i < world->sites->len && what == NAMEABLE_PARTY; i++) {
        names[count++] = g_array_index(world->sites, SimSiteSpec, i).name;
    }
    const GArray *clients = sim_script_of(L)->clients;
    for (guint i = 0; i < clients->len && what != NAMEABLE_NODE; i++) {
        if (g_array_index(clients, SimScriptClient, i).ip) {
            names[count++] = sim_client_name(sim_world_client(world, i));
        }
    }
    static const char *const kinds[] = { "node", "node or client", "node, site or client" };
    const char *nearest = sim_nearest_name(name, names, count);
    sim_raise(L, "%s: no %s '%s'; did you mean '%s'?", verb, kinds[what], name,
              nearest != NULL ? nearest : "");
}

/* NULL if the value at @index is neither a node nor the name of one. */
static SimNode *test_node(lua_State *L, const SimWorld *world, int index, const char *verb)
{
    const SimScript *script = sim_script_of(L);
    const SimHandle *handle = sim_handle_test(L, index, SIM_HANDLE_NODE);
    if (handle == NULL) {
        return lua_type(L, index) == LUA_TSTRING ? find_node(script, lua_tostring(L, index)) : NULL;
    }
    SimNode *node = sim_world_node(world, handle->index);
    if (!sim_in_scope(script, node)) {
        sim_raise(L, "%s: %s is not in cluster %s", verb, node->name,
                  sim_world_cluster(world, script->scope)->name);
    }
    return node;
}

SimNode *sim_check_node(lua_State *L, int index, const char *verb)
{
    const SimWorld *world = sim_check_world(L, verb);
    SimNode *node = test_node(L, world, index, verb);
    if (node != NULL) {
        return node;
    }
    if (lua_type(L, index) == LUA_TSTRING) {
        unknown_name(L, world, verb, lua_tostring(L, index), NAMEABLE_NODE);
    }
    sim_raise(L, "%s expects a node, got %s", verb, sim_quantity_describe(L, index));
}

const SimNodeList *sim_check_nodes(lua_State *L, int index, const char *verb)
{
    bool list = lua_istable(L, index);
    size_t count = list ? (size_t)sim_list_length(L, index, verb) : 1;
    index = lua_absindex(L, index);
    SimNodeList *nodes = lua_newuserdatauv(L, sizeof *nodes + count * sizeof(uint32_t), 0);
    nodes->count = count;
    if (!list) {
        nodes->items[0] = sim_check_node(L, index, verb)->index;
        return nodes;
    }
    for (size_t i = 0; i < count; i++) {
        lua_geti(L, index, (lua_Integer)i + 1);
        nodes->items[i] = sim_check_node(L, -1, verb)->index;
        lua_pop(L, 1);
    }
    return nodes;
}

/* --- parties --------------------------------------------------------------------------------- */

typedef struct Parties {
    SimParty *items; /* NULL: only counted */
    size_t count;
} Parties;

static void add_party(Parties *parties, SimPartyKind kind, uint32_t index)
{
    if (parties->items != NULL) {
        parties->items[parties->count] = (SimParty) { kind, index };
    }
    parties->count++;
}

static void add_fleet_parties(Parties *parties, const SimWorld *world, uint32_t fleet)
{
    size_t count;
    const uint32_t *members = sim_fleet_members(world->fleets->pdata[fleet], &count);
    for (size_t i = 0; i < count; i++) {
        add_party(parties, SIM_PARTY_CLIENT, members[i]);
    }
}

static void add_cluster_parties(Parties *parties, const SimWorld *world, uint32_t cluster)
{
    const SimClusterSpec *spec = sim_world_cluster(world, cluster);
    for (uint32_t i = 0; i < spec->n_sites; i++) {
        add_party(parties, SIM_PARTY_SITE, spec->first_site + i);
    }
}

static void collect_parties(lua_State *L, int index, const char *verb, const SimWorld *world,
                            Parties *parties, int depth)
{
    const SimHandle *handle;
    const SimNode *node = test_node(L, world, index, verb);
    if (node != NULL) {
        add_party(parties, SIM_PARTY_NODE, node->index);
    } else if ((handle = sim_handle_test(L, index, SIM_HANDLE_CLIENT)) != NULL) {
        add_party(parties, SIM_PARTY_CLIENT, handle->index);
    } else if ((handle = sim_handle_test(L, index, SIM_HANDLE_FLEET)) != NULL) {
        add_fleet_parties(parties, world, handle->index);
    } else if ((handle = sim_handle_test(L, index, SIM_HANDLE_WORLD)) != NULL &&
               handle->index > 0) {
        add_cluster_parties(parties, world, handle->index - 1);
    } else if (lua_type(L, index) == LUA_TSTRING) {
        const char *name = lua_tostring(L, index);
        int site = sim_find_site(sim_script_of(L), name);
        int cluster = sim_find_cluster(sim_script_of(L), name);
        uint32_t client = find_client(world, name), fleet = find_fleet(world, name);
        if (site >= 0) {
            add_party(parties, SIM_PARTY_SITE, (uint32_t)site);
        } else if (cluster >= 0) {
            add_cluster_parties(parties, world, (uint32_t)cluster);
        } else if (client != UINT32_MAX) {
            add_party(parties, SIM_PARTY_CLIENT, client);
        } else if (fleet != UINT32_MAX) {
            add_fleet_parties(parties, world, fleet);
        } else {
            unknown_name(L, world, verb, name, NAMEABLE_PARTY);
        }
    } else if (lua_istable(L, index) && depth < 4) {
        lua_Integer count = sim_list_length(L, index, verb);
        luaL_checkstack(L, 4, NULL);
        for (lua_Integer i = 1; i <= count; i++) {
            lua_geti(L, index, i);
            collect_parties(L, lua_gettop(L), verb, world, parties, depth + 1);
            lua_pop(L, 1);
        }
    } else {
        sim_raise(L, "%s expects a node, a client, a site or a list of them, got %s", verb,
                  sim_quantity_describe(L, index));
    }
}

SimGroup sim_check_party(lua_State *L, int index, const char *verb)
{
    const SimWorld *world = sim_check_world(L, verb);
    Parties parties = { 0 };
    index = lua_absindex(L, index);
    collect_parties(L, index, verb, world, &parties, 0);
    parties.items = lua_newuserdatauv(L, (parties.count + 1) * sizeof(SimParty), 0);
    parties.count = 0;
    collect_parties(L, index, verb, world, &parties, 0);
    return (SimGroup) { parties.items, parties.count };
}

SimEndpoint sim_opt_endpoint(lua_State *L, int index, const char *key)
{
    const SimWorld *world = sim_check_world(L, key);
    SimEndpoint endpoint = SIM_NO_ENDPOINT;
    if (!get_field(L, index, key)) {
        return endpoint;
    }
    const SimNode *node = test_node(L, world, lua_gettop(L), key);
    const SimHandle *handle = sim_handle_test(L, -1, SIM_HANDLE_CLIENT);
    if (node != NULL) {
        endpoint = sim_node_endpoint(node->index);
    } else if (handle != NULL) {
        endpoint = sim_client_endpoint(handle->index);
    } else if (lua_type(L, -1) == LUA_TSTRING) {
        const char *name = lua_tostring(L, -1);
        uint32_t client = find_client(world, name);
        if (client == UINT32_MAX) {
            unknown_name(L, world, key, name, NAMEABLE_ENDPOINT);
        }
        endpoint = sim_client_endpoint(client);
    } else {
        wrong(L, key, "a node or a client");
    }
    lua_pop(L, 1);
    return endpoint;
}

/* --- services and instances ------------------------------------------------------------------ */

static DistroService find_service(SimScript *script, bool create, const char *space,
                                  const char *group, const char *name)
{
    DistroDictionary *dictionary = script->world->dictionary;
    if (!create) {
        return distro_dictionary_find_service(dictionary, space, group, name);
    }
    script->said_service =
        sim_book_service(sim_truth_book(script->world->study->truth), space, group, name);
    return distro_dictionary_service(dictionary, space, group, name);
}

static const char *check_utf8(lua_State *L, const char *text, const char *verb)
{
    if (!*text || !g_utf8_validate(text, -1, NULL)) {
        sim_raise(L, "%s: a service needs a name in UTF-8", verb);
    }
    return text;
}

static DistroService service_of_fields(lua_State *L, int index, const char *verb, bool create)
{
    const char *name = NULL, *group = "DEFAULT_GROUP", *space = "public";
    sim_check_world(L, verb);
    if (!sim_opt_string(L, index, "service", &name)) {
        sim_raise(L, "%s: field 'service' is missing", verb);
    }
    sim_opt_string(L, index, "group", &group);
    sim_opt_string(L, index, "namespace", &space);
    return find_service(sim_script_of(L), create, check_utf8(L, space, verb),
                        check_utf8(L, group, verb), check_utf8(L, name, verb));
}

DistroService sim_opt_service(lua_State *L, int index, const char *verb)
{
    return service_of_fields(L, index, verb, true);
}

DistroService sim_check_service(lua_State *L, int index, const char *verb, bool create)
{
    SimScript *script = sim_script_of(L);
    sim_check_world(L, verb);
    if (lua_istable(L, index)) {
        static const char *const names[] = { "service", "group", "namespace", NULL };
        index = lua_absindex(L, index);
        sim_options(L, index, verb, names);
        return service_of_fields(L, index, verb, create);
    }
    const char *name = check_utf8(L, sim_check_text(L, index, verb, "the name of a service"), verb);
    const char *apart = strstr(name, "@@"); /* a grouped name, as Nacos writes it */
    if (apart == NULL) {
        return find_service(script, create, "public", "DEFAULT_GROUP", name);
    }
    const char *group = lua_pushlstring(L, name, (size_t)(apart - name));
    DistroService service = find_service(script, create, "public", check_utf8(L, group, verb),
                                         check_utf8(L, apart + 2, verb));
    lua_pop(L, 1);
    return service;
}

/* Who asks for instances, and where they must be listed to count as known. */
typedef struct Asked {
    const char *verb;
    bool known;          /* else they are only collected */
    const SimNode *node; /* NULL: every live one */
} Asked;

static bool listed_at(const SimScript *script, const SimNode *node, guint from)
{
    for (guint i = from; i < script->instances->len; i++) {
        if (!sim_truth_knows(script->world->study->truth, node->index,
                             g_array_index(script->instances, SimInstance, i))) {
            return false;
        }
    }
    return true;
}

/* Are the instances from @from on listed wherever @asked wants them to be? */
static bool listed(const SimScript *script, const Asked *asked, guint from)
{
    if (asked->node != NULL) {
        return listed_at(script, asked->node, from);
    }
    for (uint32_t i = 0; i < script->world->nodes->len; i++) {
        const SimNode *node = sim_world_node(script->world, i);
        if (node->alive && sim_in_scope(script, node) && !listed_at(script, node, from)) {
            return false;
        }
    }
    return true;
}

static bool is_one_alive(const SimScript *script)
{
    for (uint32_t i = 0; i < script->world->nodes->len; i++) {
        const SimNode *node = sim_world_node(script->world, i);
        if (node->alive && sim_in_scope(script, node)) {
            return true;
        }
    }
    return false;
}

static bool add_client_instances(SimScript *script, uint32_t client)
{
    return sim_truth_client_instances(script->world->study->truth, client, script->instances) > 0;
}

static bool was_acknowledged(SimScript *script, uint32_t client)
{
    guint before = script->instances->len;
    bool acknowledged = add_client_instances(script, client);
    g_array_set_size(script->instances, before);
    return acknowledged;
}

/* What a fleet's member publishes now. False if it is lacking: it has yet to have something
 * acknowledged, or that is unknown. */
static bool add_member_instances(SimScript *script, uint32_t client, const Asked *asked)
{
    guint before = script->instances->len;
    if (sim_truth_client_publishes(script->world->study->truth, client, script->instances) > 0) {
        return !asked->known || listed(script, asked, before);
    }
    return !sim_client_open(sim_world_client(script->world, client)) ||
           was_acknowledged(script, client);
}

/* A fleet publishes what its members do; those that left, or took their instance back, count only
 * once none is left. Predicates ask this after every event, of ten thousand members: who was found
 * lacking last time most likely still is, so we begin with that one. */
static bool add_fleet_instances(SimScript *script, uint32_t index, const Asked *asked)
{
    guint before = script->instances->len;
    bool all = true;
    size_t count;
    const uint32_t *members = sim_fleet_members(script->world->fleets->pdata[index], &count);
    if (script->doubts->len <= index) {
        g_array_set_size(script->doubts, index + 1);
    }
    uint32_t *doubt = &g_array_index(script->doubts, uint32_t, index);
    const size_t first = *doubt;
    for (size_t i = 0; i < count && (all || !asked->known); i++) {
        const size_t member = (first + i) % count;
        if (!add_member_instances(script, members[member], asked)) {
            *doubt = (uint32_t)member;
            all = false;
        }
    }
    const bool none_left = all && script->instances->len == before;
    for (size_t i = 0; i < count && none_left; i++) {
        add_client_instances(script, members[i]);
    }
    return all && script->instances->len > before;
}

static bool add_instance(lua_State *L, int index, const char *verb)
{
    static const char *const names[] = { "service", "group", "namespace", "ip", "port", NULL };
    SimScript *script = sim_script_of(L);
    const char *ip = NULL;
    int64_t port = 8080;
    SimInstance instance;
    sim_options(L, index, verb, names);
    if (!sim_opt_string(L, index, "ip", &ip)) {
        sim_raise(L, "%s: an instance needs the field 'ip'", verb);
    }
    sim_opt_integer(L, index, "port", 0, 65535, &port);
    DistroService service = service_of_fields(L, index, verb, false);
    DistroName name = distro_dictionary_find_name(script->world->dictionary, ip);
    if (!service || !name ||
        !sim_truth_find_anywhere(script->world->study->truth, service, name, (int32_t)port,
                                 &instance) ||
        sim_truth_instance(script->world->study->truth, instance)->state == SIM_INSTANCE_UNKNOWN) {
        return false;
    }
    g_array_append_val(script->instances, instance);
    return true;
}

static bool collect_instances(lua_State *L, int index, const Asked *asked, int depth)
{
    SimScript *script = sim_script_of(L);
    const SimWorld *world = sim_check_world(L, asked->verb);
    const SimHandle *handle = sim_handle_test(L, index, SIM_HANDLE_CLIENT);
    if (handle != NULL) {
        return add_client_instances(script, handle->index);
    }
    if ((handle = sim_handle_test(L, index, SIM_HANDLE_FLEET)) != NULL) {
        return add_fleet_instances(script, handle->index, asked);
    }
    if (lua_type(L, index) == LUA_TSTRING) {
        const char *name = lua_tostring(L, index);
        uint32_t client = find_client(world, name), fleet = find_fleet(world, name);
        if (client == UINT32_MAX && fleet == UINT32_MAX) {
            unknown_name(L, world, asked->verb, name, NAMEABLE_PARTY);
        }
        return client != UINT32_MAX ? add_client_instances(script, client)
                                    : add_fleet_instances(script, fleet, asked);
    }
    if (!lua_istable(L, index) || depth > 3) {
        sim_raise(L, "%s expects a client, a fleet, an instance or a list of them, got %s",
                  asked->verb, sim_quantity_describe(L, index));
    }
    lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    if (count == 0) {
        return add_instance(L, index, asked->verb);
    }
    bool all = true;
    luaL_checkstack(L, 8, NULL);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_geti(L, index, i);
        all = collect_instances(L, lua_gettop(L), asked, depth + 1) && all;
        lua_pop(L, 1);
    }
    return all;
}

bool sim_check_instances(lua_State *L, int index, const char *verb)
{
    Asked asked = { .verb = verb };
    g_array_set_size(sim_script_of(L)->instances, 0);
    return collect_instances(L, lua_absindex(L, index), &asked, 0);
}

bool sim_check_known(lua_State *L, int index, const char *verb, const SimNode *node)
{
    SimScript *script = sim_script_of(L);
    Asked asked = { .verb = verb, .known = true, .node = node };
    sim_check_world(L, verb);
    bool live = node != NULL ? node->alive : is_one_alive(script);
    g_array_set_size(script->instances, 0);
    return collect_instances(L, lua_absindex(L, index), &asked, 0) && live &&
           listed(script, &asked, 0);
}

/* --- lists of instances ---------------------------------------------------------------------- */

typedef struct Row {
    const char *ip;
    int32_t port;
    DistroListing listing;
    uint32_t client; /* index, or UINT32_MAX */
} Row;

/* By number where it is one: 10.0.0.9 stands before 10.0.0.10. */
static int compare_addresses(const char *a, const char *b)
{
    while (*a && *b) {
        if (g_ascii_isdigit(*a) && g_ascii_isdigit(*b)) {
            char *a_end, *b_end;
            uint64_t x = g_ascii_strtoull(a, &a_end, 10), y = g_ascii_strtoull(b, &b_end, 10);
            if (x != y) {
                return x < y ? -1 : 1;
            }
            a = a_end;
            b = b_end;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return (*a != 0) - (*b != 0);
}

static int compare_rows(const void *left, const void *right)
{
    const Row *a = left, *b = right;
    int order = compare_addresses(a->ip, b->ip);
    if (order == 0) {
        order = (a->port > b->port) - (a->port < b->port);
    }
    return order ? order : (a->listing > b->listing) - (a->listing < b->listing);
}

static void push_metadata(lua_State *L, const DistroDictionary *dictionary, DistroExt ext)
{
    size_t count;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);
    lua_newtable(L);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind == DISTRO_VALUE_STRING) { /* the rest is weight and enabled */
            lua_pushstring(L, entries[i].text);
            lua_setfield(L, -2, entries[i].key);
        }
    }
}

static void push_row(lua_State *L, const SimWorld *world, const Row *row)
{
    const DistroListingInfo *info = distro_dictionary_listing_info(world->dictionary, row->listing);
    lua_createtable(L, 0, 8);
    lua_pushstring(L, row->ip);
    lua_setfield(L, -2, "ip");
    lua_pushinteger(L, row->port);
    lua_setfield(L, -2, "port");
    lua_pushstring(L, distro_dictionary_text(world->dictionary, info->instance.cluster));
    lua_setfield(L, -2, "cluster");
    lua_pushnumber(L, info->weight);
    lua_setfield(L, -2, "weight");
    lua_pushboolean(L, info->instance.healthy);
    lua_setfield(L, -2, "healthy");
    lua_pushboolean(L, info->enabled);
    lua_setfield(L, -2, "enabled");
    push_metadata(L, world->dictionary, info->instance.ext);
    lua_setfield(L, -2, "metadata");
    if (sim_persistent_is_merged(world, row->listing)) {
        lua_pushboolean(L, true);
        lua_setfield(L, -2, "overridden");
    }
    if (row->client != UINT32_MAX) {
        lua_pushstring(L,
                       sim_client_name(sim_client_process(sim_world_client(world, row->client))));
    } else {
        lua_pushnil(L);
    }
    lua_setfield(L, -2, "client");
}

void sim_note_read(const SimScript *script, SimEndpoint object, DistroService service, bool answers)
{
    const SimRecord record = { .at_us = script->world->now_us,
                               .kind = SIM_TRACE_READ,
                               .op = SIM_N_OPS,
                               .subject = SIM_NO_ENDPOINT,
                               .object = object,
                               .value = service | (script->evaluating > 0 ? SIM_TRACE_LOOK : 0) };
    uint32_t id = sim_trace_note(script->world->trace, &record);
    if (answers) {
        sim_trace_attach(script->world->trace, id, script->listings->data,
                         script->listings->len * sizeof(DistroListing));
    }
}

void sim_push_listings(lua_State *L, const DistroListing *listings, const uint32_t *clients,
                       size_t count)
{
    const SimWorld *world = sim_script_of(L)->world;
    lua_createtable(L, (int)MIN(count, 1u << 20), 0);                /* list */
    Row *rows = lua_newuserdatauv(L, sizeof *rows * (count + 1), 0); /* list rows */
    for (size_t i = 0; i < count; i++) {
        const DistroListingInfo *info =
            distro_dictionary_listing_info(world->dictionary, listings[i]);
        rows[i] =
            (Row) { distro_dictionary_text(world->dictionary, info->instance.ip),
                    info->instance.port, listings[i], clients != NULL ? clients[i] : UINT32_MAX };
    }
    qsort(rows, count, sizeof *rows, compare_rows);
    lua_Integer shown = 0;
    for (size_t i = 0; i < count; i++) {
        /* Two clients that publish the same show up once, as ServiceStorage has it. */
        if (i > 0 && rows[i].listing == rows[i - 1].listing) {
            continue;
        }
        push_row(L, world, &rows[i]);
        lua_seti(L, -3, ++shown);
    }
    lua_pop(L, 1);
}
