/* sim/script/quantity.c -- quantities as Lua values: arithmetic, comparison, constructors. */
#include "sim/script/quantity.h"

#include <lauxlib.h>
#include <math.h>

#define METATABLE "distrosim.quantity"

void sim_quantity_push(lua_State *L, SimQuantity quantity)
{
    SimQuantity *made = lua_newuserdatauv(L, sizeof *made, 0);
    *made = quantity;
    luaL_setmetatable(L, METATABLE);
}

void sim_quantity_push_duration(lua_State *L, int64_t us)
{
    sim_quantity_push(L, (SimQuantity) { SIM_QUANTITY_DURATION, (double)us });
}

bool sim_quantity_get(lua_State *L, int index, SimQuantity *quantity)
{
    const SimQuantity *found = luaL_testudata(L, index, METATABLE);
    if (found != NULL) {
        *quantity = *found;
    }
    return found != NULL;
}

const char *sim_quantity_describe(lua_State *L, int index)
{
    SimQuantity quantity;
    char text[SIM_QUANTITY_TEXT_SIZE];
    switch (lua_type(L, index)) {
    case LUA_TNONE:
        return lua_pushliteral(L, "nothing");
    case LUA_TNIL:
        return lua_pushliteral(L, "nil");
    case LUA_TNUMBER:
        lua_pushvalue(L, index); /* a copy: tolstring would change the value itself */
        lua_pushfstring(L, "a number %s", lua_tostring(L, -1));
        lua_remove(L, -2);
        return lua_tostring(L, -1);
    case LUA_TSTRING:
        return lua_pushfstring(L, "a string \"%s\"", lua_tostring(L, index));
    case LUA_TBOOLEAN:
        return lua_pushfstring(L, "%s", lua_toboolean(L, index) ? "true" : "false");
    default:
        if (sim_quantity_get(L, index, &quantity)) {
            sim_quantity_text(quantity, text);
            return lua_pushfstring(L, "a %s %s", sim_quantity_kind_name(quantity.kind), text);
        }
        if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING) {
            lua_pushfstring(L, "a %s", lua_tostring(L, -1));
            lua_remove(L, -2);
            return lua_tostring(L, -1);
        }
        return lua_pushfstring(L, "a %s", luaL_typename(L, index));
    }
}

static int complain(lua_State *L, const char *verb)
{
    const char *left = sim_quantity_describe(L, 1);
    const char *right = sim_quantity_describe(L, 2);
    return luaL_error(L, "cannot %s %s and %s", verb, left, right);
}

static int result(lua_State *L, SimQuantityKind kind, double value)
{
    if (!isfinite(value)) {
        return luaL_error(L, "the result is no finite %s", sim_quantity_kind_name(kind));
    }
    sim_quantity_push(L, sim_quantity_of(kind, value));
    return 1;
}

/* Both operands, if they are of one kind. */
static bool pair(lua_State *L, SimQuantity *a, SimQuantity *b)
{
    return sim_quantity_get(L, 1, a) && sim_quantity_get(L, 2, b) && a->kind == b->kind;
}

static int quantity_add(lua_State *L)
{
    SimQuantity a, b;
    return pair(L, &a, &b) ? result(L, a.kind, a.value + b.value) : complain(L, "add");
}

static int quantity_sub(lua_State *L)
{
    SimQuantity a, b;
    return pair(L, &a, &b) ? result(L, a.kind, a.value - b.value) : complain(L, "subtract");
}

static int quantity_mul(lua_State *L)
{
    SimQuantity q;
    if (sim_quantity_get(L, 1, &q) && lua_type(L, 2) == LUA_TNUMBER) {
        return result(L, q.kind, q.value * lua_tonumber(L, 2));
    }
    if (lua_type(L, 1) == LUA_TNUMBER && sim_quantity_get(L, 2, &q)) {
        return result(L, q.kind, q.value * lua_tonumber(L, 1));
    }
    return complain(L, "multiply");
}

static int quantity_div(lua_State *L)
{
    SimQuantity a, b;
    if (pair(L, &a, &b)) {
        lua_pushnumber(L, a.value / b.value);
        return 1;
    }
    if (sim_quantity_get(L, 1, &a) && lua_type(L, 2) == LUA_TNUMBER) {
        return result(L, a.kind, a.value / lua_tonumber(L, 2));
    }
    return complain(L, "divide");
}

static int quantity_idiv(lua_State *L) /* now() // s(5): how many whole ones fit */
{
    SimQuantity a, b;
    if (!pair(L, &a, &b)) {
        return complain(L, "divide");
    }
    lua_pushnumber(L, floor(a.value / b.value));
    return 1;
}

static int quantity_mod(lua_State *L)
{
    SimQuantity a, b;
    if (!pair(L, &a, &b)) {
        return complain(L, "take the remainder of");
    }
    return result(L, a.kind, a.value - floor(a.value / b.value) * b.value);
}

static int quantity_unm(lua_State *L)
{
    SimQuantity q = { 0 };
    sim_quantity_get(L, 1, &q);
    return result(L, q.kind, -q.value);
}

/* percent(3) - percent(1) is percent(2), whatever a double makes of it. */
static bool equal(SimQuantity a, SimQuantity b)
{
    return fabs(a.value - b.value) <= 1e-12 * MAX(fabs(a.value), fabs(b.value));
}

static int quantity_eq(lua_State *L)
{
    SimQuantity a, b;
    lua_pushboolean(L, pair(L, &a, &b) && equal(a, b));
    return 1;
}

static int quantity_lt(lua_State *L)
{
    SimQuantity a, b;
    if (!pair(L, &a, &b)) {
        return complain(L, "compare");
    }
    lua_pushboolean(L, a.value < b.value && !equal(a, b));
    return 1;
}

static int quantity_le(lua_State *L)
{
    SimQuantity a, b;
    if (!pair(L, &a, &b)) {
        return complain(L, "compare");
    }
    lua_pushboolean(L, a.value <= b.value || equal(a, b));
    return 1;
}

static int quantity_tostring(lua_State *L)
{
    SimQuantity q = { 0 };
    char text[SIM_QUANTITY_TEXT_SIZE];
    sim_quantity_get(L, 1, &q);
    sim_quantity_text(q, text);
    lua_pushstring(L, text);
    return 1;
}

static int quantity_concat(lua_State *L) /* "after " .. s(20) */
{
    for (int i = 1; i <= 2; i++) {
        SimQuantity q;
        char text[SIM_QUANTITY_TEXT_SIZE];
        if (sim_quantity_get(L, i, &q)) {
            sim_quantity_text(q, text);
            lua_pushstring(L, text);
        } else if (lua_type(L, i) == LUA_TSTRING || lua_type(L, i) == LUA_TNUMBER) {
            lua_pushvalue(L, i);
        } else {
            return complain(L, "concatenate");
        }
    }
    lua_concat(L, 2);
    return 1;
}

static const luaL_Reg metamethods[] = {
    { "__add", quantity_add },
    { "__sub", quantity_sub },
    { "__mul", quantity_mul },
    { "__div", quantity_div },
    { "__idiv", quantity_idiv },
    { "__mod", quantity_mod },
    { "__unm", quantity_unm },
    { "__eq", quantity_eq },
    { "__lt", quantity_lt },
    { "__le", quantity_le },
    { "__concat", quantity_concat },
    { "__tostring", quantity_tostring },
    { NULL, NULL },
};

typedef struct Constructor {
    SimQuantityKind kind;
    double factor, divisor;
} Constructor;

static const char *const constructor_names[] = {
    "us",   "ms",   "s",     "minutes", "hours", "percent",    "ppm",        "kbit",
    "mbit", "gbit", "bytes", "kib",     "mib",   "per_second", "per_minute", "ratio",
};
static const Constructor constructors[] = {
    { SIM_QUANTITY_DURATION, 1, 1 },      { SIM_QUANTITY_DURATION, 1e3, 1 },
    { SIM_QUANTITY_DURATION, 1e6, 1 },    { SIM_QUANTITY_DURATION, 60e6, 1 },
    { SIM_QUANTITY_DURATION, 3600e6, 1 }, { SIM_QUANTITY_PROPORTION, 1, 100 },
    { SIM_QUANTITY_PROPORTION, 1, 1e6 },  { SIM_QUANTITY_BANDWIDTH, 1e3, 1 },
    { SIM_QUANTITY_BANDWIDTH, 1e6, 1 },   { SIM_QUANTITY_BANDWIDTH, 1e9, 1 },
    { SIM_QUANTITY_SIZE, 1, 1 },          { SIM_QUANTITY_SIZE, 1024, 1 },
    { SIM_QUANTITY_SIZE, 1048576, 1 },    { SIM_QUANTITY_RATE, 1, 1 },
    { SIM_QUANTITY_RATE, 1, 60 },
};
G_STATIC_ASSERT(G_N_ELEMENTS(constructors) + 1 == G_N_ELEMENTS(constructor_names));

const char *const *sim_quantity_constructors(size_t *count)
{
    *count = G_N_ELEMENTS(constructor_names);
    return constructor_names;
}

static double check_finite(lua_State *L, int index, const char *name)
{
    if (lua_type(L, index) != LUA_TNUMBER) {
        luaL_error(L, "%s expects a number, got %s", name, sim_quantity_describe(L, index));
    }
    double value = lua_tonumber(L, index);
    if (!isfinite(value)) {
        luaL_error(L, "%s expects a finite number", name);
    }
    return value;
}

static int construct(lua_State *L) /* s(20): upvalue 1 is the index of its constructor */
{
    lua_Integer which = lua_tointeger(L, lua_upvalueindex(1));
    const Constructor *made = &constructors[which];
    double value = check_finite(L, 1, constructor_names[which]);
    return result(L, made->kind, value * made->factor / made->divisor);
}

static int construct_ratio(lua_State *L) /* ratio(1, 1000) */
{
    double above = check_finite(L, 1, "ratio");
    double below = check_finite(L, 2, "ratio");
    if (below == 0) {
        return luaL_error(L, "ratio: nothing can be divided by 0");
    }
    return result(L, SIM_QUANTITY_PROPORTION, above / below);
}

void sim_quantity_open(lua_State *L)
{
    luaL_newmetatable(L, METATABLE);
    luaL_setfuncs(L, metamethods, 0);
    lua_pushliteral(L, "quantity");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(constructors); i++) {
        lua_pushinteger(L, (lua_Integer)i);
        lua_pushcclosure(L, construct, 1);
        lua_setfield(L, -2, constructor_names[i]);
    }
    lua_pushcfunction(L, construct_ratio);
    lua_setfield(L, -2, "ratio");
}
