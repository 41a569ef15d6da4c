/* sim/script/bridges.h -- bridges in the topology, and workers by name. */
#pragma once

#include <lua.h>

#include "sim/bridge/bridge.h"
#include "sim/world/world.h"

/* Reads the field bridges of the topology's table at @table into @spec, whose nodes, sites and
 * clusters are complete; raises where it is wrong. */
void sim_bridges_read(lua_State *L, int table, SimWorldSpec *spec);
/* The line of the topology that says what bridge @index is. (transfer full) */
char *sim_bridge_text(const SimWorld *world, uint32_t index);
/* The worker that the text at @index names, "east>west/1"; NULL if it is none. */
SimWorker *sim_test_worker(lua_State *L, int index);
