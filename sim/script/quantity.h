/* sim/script/quantity.h -- quantities in Lua.
 *
 * A userdata that adds, subtracts and compares with its own kind only, so that a forgotten unit is
 * an error and not a fault in the results. */
#pragma once

#include <lua.h>

#include "sim/base/quantity.h"

/* Registers the metatable and sets the constructors s, ms, percent ... in the table on top of
 * the stack, which stays there. */
void sim_quantity_open(lua_State *L);
/* Names of the constructors, for the test of the annotations. */
const char *const *sim_quantity_constructors(size_t *count);
void sim_quantity_push(lua_State *L, SimQuantity quantity);
void sim_quantity_push_duration(lua_State *L, int64_t us);
/* False if the value at @index is no quantity. */
bool sim_quantity_get(lua_State *L, int index, SimQuantity *quantity);
/* Pushes what a person calls the value at @index: "a duration 20s", "a number 20", "nothing". */
const char *sim_quantity_describe(lua_State *L, int index);
