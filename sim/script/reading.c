/* sim/script/reading.c -- what a story reads of nodes: their lists, states and counters, and the
 * predicates over all of them. */
#include <string.h>

#include "core/java.h"
#include "sim/naming/list.h"
#include "sim/raft/persistent.h"
#include "sim/script/nodes.h"
#include "sim/script/topology.h"
#include "sim/server/push.h"
#include "sim/server/server.h"
#include "sim/study/study.h"
#include "sim/world/reality.h"

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
    lua_pushboolean(L, state.ready && !sim_node_is_starting(node));
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
    DistroName peer = all ? DISTRO_NONE : sim_node_name_for(sim_check_node(L, 2, "counters"), node);
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
