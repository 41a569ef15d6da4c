/* sim/script/quantity.c -- quantities: arithmetic, text, and their face in Lua. */
#include "sim/script/quantity.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#define METATABLE "distrosim.quantity"

typedef struct Unit {
    const char *suffix; /* as text spells it, the canonical spelling first */
    SimQuantityKind kind;
    double factor;  /* of the base unit */
    double divisor; /* or 1: a minute's rate is a division, since 1/60 has no exact factor */
} Unit;

/* Larger units first, so that the first that prints a value briefly is taken. */
static const Unit units[] = {
    { "s", SIM_QUANTITY_DURATION, 1e6, 1 },     { "ms", SIM_QUANTITY_DURATION, 1e3, 1 },
    { "us", SIM_QUANTITY_DURATION, 1, 1 },      { "min", SIM_QUANTITY_DURATION, 60e6, 1 },
    { "m", SIM_QUANTITY_DURATION, 60e6, 1 },    { "h", SIM_QUANTITY_DURATION, 3600e6, 1 },
    { "%", SIM_QUANTITY_PROPORTION, 1, 100 },   { "ppm", SIM_QUANTITY_PROPORTION, 1, 1e6 },
    { "mib", SIM_QUANTITY_SIZE, 1048576, 1 },   { "kib", SIM_QUANTITY_SIZE, 1024, 1 },
    { "b", SIM_QUANTITY_SIZE, 1, 1 },           { "bytes", SIM_QUANTITY_SIZE, 1, 1 },
    { "gbit", SIM_QUANTITY_BANDWIDTH, 1e9, 1 }, { "mbit", SIM_QUANTITY_BANDWIDTH, 1e6, 1 },
    { "kbit", SIM_QUANTITY_BANDWIDTH, 1e3, 1 }, { "/s", SIM_QUANTITY_RATE, 1, 1 },
    { "/min", SIM_QUANTITY_RATE, 1, 60 },
};

static const struct {
    const char *name, *example;
} kinds[SIM_N_QUANTITIES] = {
    [SIM_QUANTITY_DURATION] = { "duration", "a duration such as s(20)" },
    [SIM_QUANTITY_PROPORTION] = { "proportion", "a proportion such as percent(5)" },
    [SIM_QUANTITY_SIZE] = { "size", "a size such as kib(64)" },
    [SIM_QUANTITY_BANDWIDTH] = { "bandwidth", "a bandwidth such as mbit(200)" },
    [SIM_QUANTITY_RATE] = { "rate", "a rate such as per_second(20)" },
};

const char *sim_quantity_kind_name(SimQuantityKind kind)
{
    return kinds[kind].name;
}

const char *sim_quantity_kind_example(SimQuantityKind kind)
{
    return kinds[kind].example;
}

/* Durations and sizes come in whole microseconds and bytes, but 1.001 times a million is not quite
 * 1001000. What is off by no more than arithmetic errs is taken for the whole number it is meant
 * to be, so that s(1.001) equals ms(1001); a true fraction, s(1) / 3, stays. */
static double tidy(SimQuantityKind kind, double value)
{
    double whole = round(value);
    bool counted = kind == SIM_QUANTITY_DURATION || kind == SIM_QUANTITY_SIZE;
    return counted && fabs(value - whole) <= 1e-12 * fabs(value) ? whole : value;
}

/* --- text ------------------------------------------------------------------------------------ */

/* Writes @value in @unit with at most @decimals; false if reading it back gives another value. */
static bool print_in(double value, const Unit *unit, int decimals, char *text)
{
    char format[16], number[SIM_QUANTITY_TEXT_SIZE - 8];
    g_snprintf(format, sizeof format, "%%.%df", decimals);
    double shown = value / unit->factor * unit->divisor;
    if (fabs(shown) > 1e15) {
        return false;
    }
    g_ascii_formatd(number, sizeof number, format, shown);
    g_snprintf(text, SIM_QUANTITY_TEXT_SIZE, "%s%s", number, unit->suffix);
    return tidy(unit->kind, g_ascii_strtod(number, NULL) * unit->factor / unit->divisor) == value;
}

static const Unit *base_unit(SimQuantityKind kind)
{
    const Unit *found = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (units[i].kind == kind && (found == NULL || units[i].factor / units[i].divisor <
                                                           found->factor / found->divisor)) {
            found = &units[i];
        }
    }
    return found;
}

/* A duration stands in the largest of s, ms, us of which it is at least one: 1.118539s. */
static bool print_duration(double value, char *text)
{
    const Unit *unit = units;
    while (value != 0 && unit->factor > 1 && fabs(value) < unit->factor) {
        unit++;
    }
    for (int decimals = 0; decimals <= 6; decimals++) {
        if (print_in(value, unit, decimals, text)) {
            return true;
        }
    }
    return false;
}

/* Another quantity stands where it takes the fewest decimals, in steps of three. */
static bool print_shortest(SimQuantity quantity, char *text)
{
    for (int decimals = 0; decimals <= 6; decimals += 3) {
        for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
            if (units[i].kind != quantity.kind) {
                continue;
            }
            double shown = fabs(quantity.value) / units[i].factor * units[i].divisor;
            double least = quantity.kind == SIM_QUANTITY_PROPORTION ? 0.1 : 1;
            bool whole = units[i].kind != SIM_QUANTITY_SIZE || units[i].factor == 1;
            bool fits = shown >= least || (quantity.value == 0 && whole); /* 0b, not 0mib */
            for (int d = decimals; fits && d < decimals + 3; d++) {
                if (print_in(quantity.value, &units[i], d, text)) {
                    return true;
                }
            }
        }
    }
    return false;
}

void sim_quantity_text(SimQuantity quantity, char text[SIM_QUANTITY_TEXT_SIZE])
{
    if (quantity.kind == SIM_QUANTITY_DURATION ? print_duration(quantity.value, text)
                                               : print_shortest(quantity, text)) {
        return;
    }
    const Unit *unit = base_unit(quantity.kind); /* what no unit writes exactly: s(1) / 3 */
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_dtostr(number, sizeof number, quantity.value / unit->factor * unit->divisor);
    g_snprintf(text, SIM_QUANTITY_TEXT_SIZE, "%s%s", number, unit->suffix);
}

/* Reads a plain decimal number; NULL if there is none. Hexadecimal and "inf" are no quantities. */
static const char *parse_number(const char *text, double *number)
{
    const char *first = text + (*text == '-' || *text == '+');
    if (!g_ascii_isdigit(*first) && !(*first == '.' && g_ascii_isdigit(first[1]))) {
        return NULL;
    }
    if (first[0] == '0' && (first[1] == 'x' || first[1] == 'X')) {
        return NULL;
    }
    char *end;
    *number = g_ascii_strtod(text, &end);
    return isfinite(*number) ? end : NULL;
}

bool sim_quantity_parse(const char *text, SimQuantity *quantity)
{
    double number, below;
    const char *suffix = parse_number(text, &number);
    if (suffix == NULL) {
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (g_ascii_strcasecmp(suffix, units[i].suffix) == 0) {
            double value = number * units[i].factor / units[i].divisor;
            *quantity = (SimQuantity) { units[i].kind, tidy(units[i].kind, value) };
            return true;
        }
    }
    if (*suffix != '/') {
        return false;
    }
    const char *end = parse_number(suffix + 1, &below);
    if (end == NULL || *end || below == 0) {
        return false;
    }
    *quantity = (SimQuantity) { SIM_QUANTITY_PROPORTION, number / below };
    return true;
}

/* --- Lua ------------------------------------------------------------------------------------- */

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
            return lua_pushfstring(L, "a %s %s", kinds[quantity.kind].name, text);
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
        return luaL_error(L, "the result is no finite %s", kinds[kind].name);
    }
    sim_quantity_push(L, (SimQuantity) { kind, tidy(kind, value) });
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
