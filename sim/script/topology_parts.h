/* sim/script/topology_parts.h -- what the readers of a topology share; for them alone.
 *
 *      topology.c   clusters, sites, nodes, their clocks, addresses, profiles and settings
 *      links.c      what stands between sites */
#pragma once

#include "sim/script/topology.h"

/* What is being read: the whole topology, or one of its clusters, in whose tables "n1" and "a" mean
 * "east/n1" and "east/a". */
typedef struct SimTopologyScope {
    SimWorldSpec *spec;
    uint32_t cluster; /* SIM_ALL_CLUSTERS: the whole */
} SimTopologyScope;

static inline SimClusterSpec *sim_topology_cluster(const SimWorldSpec *spec, uint32_t cluster)
{
    return &g_array_index(spec->clusters, SimClusterSpec, cluster);
}
static inline const SimSiteSpec *sim_topology_site(const SimWorldSpec *spec, uint32_t site)
{
    return &g_array_index(spec->sites, SimSiteSpec, site);
}
/* The name of @name's thing in the world. (transfer full) */
char *sim_topology_full_name(const SimTopologyScope *scope, const char *name);

/* Pushes the map in field @key and enters it; false if it is absent. */
bool sim_topology_enter(lua_State *L, int table, const char *key);
void sim_topology_leave(lua_State *L);

/* --- links.c */
typedef struct SimMeasured { /* tables of round trips and the sites' places in the first */
    uint32_t table;          /* SIM_NO_TABLE: none */
    int map;                 /* index on the stack */
} SimMeasured;
#define SIM_NO_TABLE UINT32_MAX

/* Pushes the table of round trips in field rtt_from, if there is one. */
SimMeasured sim_topology_read_measured(lua_State *L, int table);
/* A link for every ordered pair of sites, as the defaults have it. */
void sim_topology_add_links(SimWorldSpec *spec);
/* Links as far as @scope goes. @far: how long those between sites are has been said already.
 * Returns whether it has now. */
bool sim_topology_read_lan_and_wan(lua_State *L, int table, const SimTopologyScope *scope,
                                   const SimMeasured *measured, bool far);
void sim_topology_read_links(lua_State *L, int table, const SimTopologyScope *scope,
                             const SimMeasured *measured);
