/* sim/script/topology.h -- the table topology = { ... } becomes the world that it describes.
 *
 * Everything is checked before a world exists: an unknown field, a wrong unit, a site without
 * nodes, a place that a table of round trips does not have. What is wrong raises, with the line on
 * which it is written. */
#pragma once

#include "sim/script/state.h"

#define SIM_DEFAULT_PROFILE "nacos-3.0"

/* Reads the table at @index into script->spec, .settings and .profile. @profile (nullable) replaces
 * the topology's. */
void sim_topology_read(lua_State *L, int index, const char *profile);
/* Reads the fields of a link into @link; returns which were there (SimLinkField). */
unsigned sim_topology_read_link(lua_State *L, int index, const char *verb, SimLink *link);

/* Raises, at field @key if given, unless @profile is the name of a profile. */
void sim_check_profile(lua_State *L, const char *key, const char *profile);
/* Pushes the value that @config has for the property named at @index. */
int sim_push_setting(lua_State *L, int index, const DistroConfig *config);
/* The profile's defaults changed by the topology's settings: for all, for @cluster's nodes, for
 * node
 * @name (nullable). */
void sim_script_config(const SimScript *script, const char *profile, const char *cluster,
                       const char *name, DistroConfig *config);
