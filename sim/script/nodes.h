/* sim/script/nodes.h -- the verbs of the world, by the file that holds them, and what they share.
 */
#pragma once

#include "sim/client/dual.h"
#include "sim/script/state.h"

/* Parts of the world's table, each ending with a NULL name. */
extern const luaL_Reg sim_world_node_verbs[], sim_world_view_verbs[], sim_world_fault_verbs[],
    sim_world_client_verbs[], sim_world_bridge_verbs[], sim_world_raft_verbs[];

extern const char *const sim_client_kind_names[]; /* gRPC, HTTP, NULL */
int sim_verb_client(lua_State *L);
int sim_verb_fleet(lua_State *L);
int sim_verb_publish_config(lua_State *L);
int sim_verb_config_copy(lua_State *L);
int sim_node_raft(lua_State *L);
int sim_node_config(lua_State *L);
int sim_node_config_counters(lua_State *L);
int sim_client_config(lua_State *L);
uint32_t sim_check_site(lua_State *L, int index, const char *verb);
/* kind, sdk and what belongs to it (SIM_SDK_FIELDS) of a client or a fleet; @kind comes with its
 * default. */
#define SIM_SDK_FIELDS                                                                             \
    "kind", "sdk", "empty_protection", "async_query", "light_beats", "keep_alive", "beat_threads"
/* The row of the SDK named @name; raises if there is none, @key being the field that says so. */
const SimSdkRelease *sim_check_release(lua_State *L, const char *key, const char *name);
void sim_opt_sdk(lua_State *L, int table, const char *verb, SimClientKind *kind, SimSdk *sdk);
/* dual, nearby and agent; false if there is no dual. It needs the SDK's choice and may change it:
 * the agent has its own default. */
typedef struct SimDualChoice {
    uint32_t primary; /* cluster */
    SimDualSpec spec;
} SimDualChoice;
#define SIM_DUAL_FIELDS "dual", "nearby", "agent"
bool sim_opt_dual(lua_State *L, int table, const char *verb, SimClientKind kind, SimSdk *sdk,
                  SimDualChoice *choice);
/* Where the servers of a client or fleet are: one node that is asked first, a site, a cluster, or
 * whatever is in the verb's scope. */
typedef struct SimScope {
    uint32_t cluster;
    int site;            /* -1: any */
    const SimNode *node; /* nullable */
} SimScope;
SimScope sim_check_servers(lua_State *L, int index, const char *verb);
/* The one server that takes an operator's change, by the field "server" of @table: a node, or the
 * first live one of a site, a cluster or the verb's scope. NULL: none is alive there. */
SimNode *sim_opt_server(lua_State *L, int table, const char *verb);
/* lb and dns_ttl; a dual client has neither. */
#define SIM_BALANCE_FIELDS "lb", "dns_ttl"
void sim_opt_balance(lua_State *L, int table, const char *verb, bool dual, SimBalanceSpec *spec);
bool sim_opt_drift(lua_State *L, int index, int64_t *ppb);
