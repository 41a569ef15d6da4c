/* sim/script/quantity.h -- numbers that know what they count: durations, proportions, sizes, rates.
 *
 * A scenario writes s(20) or percent(5), the command line 20s or 5%. Inside, a quantity is a kind
 * and a double in the kind's base unit; time becomes integer microseconds where it enters the
 * world. In Lua a quantity is a userdata that adds, subtracts and compares with its own kind only,
 * so that a forgotten unit is an error and not a fault in the results. */
#pragma once

#include <glib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum SimQuantityKind {
    SIM_QUANTITY_DURATION,   /* microseconds */
    SIM_QUANTITY_PROPORTION, /* 1 is all */
    SIM_QUANTITY_SIZE,       /* bytes */
    SIM_QUANTITY_BANDWIDTH,  /* bits per second */
    SIM_QUANTITY_RATE,       /* per second */
    SIM_N_QUANTITIES,
} SimQuantityKind;

typedef struct SimQuantity {
    SimQuantityKind kind;
    double value;
} SimQuantity;

const char *sim_quantity_kind_name(SimQuantityKind kind);    /* "duration" */
const char *sim_quantity_kind_example(SimQuantityKind kind); /* "a duration such as s(20)" */

/* Canonical text, which sim_quantity_parse reads back exactly: "20s", "5%", "64kib", "20/s". */
enum {
    SIM_QUANTITY_TEXT_SIZE = 64
};
void sim_quantity_text(SimQuantity quantity, char text[SIM_QUANTITY_TEXT_SIZE]);
/* Reads "20.5s", "-31s", "1/1000", "5%". False if @text is no quantity. */
bool sim_quantity_parse(const char *text, SimQuantity *quantity);

/* Lua: registers the metatable and sets the constructors s, ms, percent ... in the table on top of
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
