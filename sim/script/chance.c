/* sim/script/chance.c -- what a story draws, and what it lets a search choose. */
#include <math.h>

#include "sim/script/state.h"

static double draw_between(SimPrng *chance, double low, double high)
{
    return low + (high - low) * ((double)(sim_prng_u64(chance) >> 11) / 9007199254740992.0);
}

static int verb_between(lua_State *L) /* between(a, b) */
{
    SimPrng *chance = &sim_script_of(L)->chance;
    SimQuantity a, b;
    if (lua_isinteger(L, 1) && lua_isinteger(L, 2)) {
        lua_Integer low = lua_tointeger(L, 1), high = lua_tointeger(L, 2);
        if (low > high) {
            sim_raise(L, "between: %I is above %I", (LUAI_UACINT)low, (LUAI_UACINT)high);
        }
        lua_pushinteger(L, sim_prng_between(chance, low, high));
        return 1;
    }
    bool numbers = lua_type(L, 1) == LUA_TNUMBER && lua_type(L, 2) == LUA_TNUMBER;
    bool alike = sim_quantity_get(L, 1, &a) && sim_quantity_get(L, 2, &b) && a.kind == b.kind;
    if (!numbers && !alike) {
        sim_raise(L, "between expects two quantities of one kind or two numbers, got %s and %s",
                  sim_quantity_describe(L, 1), sim_quantity_describe(L, 2));
    }
    double low = numbers ? lua_tonumber(L, 1) : a.value;
    double high = numbers ? lua_tonumber(L, 2) : b.value;
    if (!(low <= high)) {
        sim_raise(L, "between: the first, %s, is above the second", sim_quantity_describe(L, 1));
    }
    if (numbers) {
        lua_pushnumber(L, draw_between(chance, low, high));
    } else if (a.kind == SIM_QUANTITY_DURATION && fabs(low) < 9e15 && fabs(high) < 9e15) {
        sim_quantity_push_duration(
            L, sim_prng_between(chance, (int64_t)llround(low), (int64_t)llround(high)));
    } else {
        sim_quantity_push(L, (SimQuantity) { a.kind, draw_between(chance, low, high) });
    }
    return 1;
}

static lua_Integer check_list(lua_State *L, const char *verb)
{
    if (!lua_istable(L, 1)) {
        sim_raise(L, "%s expects a list, got %s", verb, sim_quantity_describe(L, 1));
    }
    lua_Integer count = sim_list_length(L, 1, verb);
    sim_charge(L, count);
    return count;
}

/* A choice of the story's is named by where it stands: "story.lua:14". */
static void name_choice(lua_State *L, SimChoices *choices, const char *kind)
{
    if (!sim_choices_want_names(choices)) {
        sim_choices_name(choices, g_intern_string(kind), NULL);
        return;
    }
    luaL_where(L, 1); /* the path and the line, or nothing */
    g_autofree char *subject = g_path_get_basename(lua_tostring(L, -1));
    lua_pop(L, 1);
    subject[strcspn(subject, " ")] = '\0';
    if (g_str_has_suffix(subject, ":")) {
        subject[strlen(subject) - 1] = '\0';
    }
    sim_choices_name(choices, g_intern_string(kind), subject);
}

static int verb_one_of(lua_State *L) /* one_of { ... } */
{
    lua_Integer count = check_list(L, "one_of");
    if (count == 0) {
        sim_raise(L, "one_of: the list is empty");
    }
    SimScript *script = sim_script_of(L);
    uint64_t which = 0;
    if (script->choices == NULL) {
        which = sim_prng_below(&script->chance, (uint64_t)count);
    } else {
        which = sim_choices_take(script->choices, (uint64_t)count, &script->chance);
        name_choice(L, script->choices, "one_of");
    }
    lua_geti(L, 1, (lua_Integer)which + 1);
    return 1;
}

/* fault_point(name): an instant at which a search may spend a fault. Without a search there is one
 * way to go on here. */
static int verb_fault_point(lua_State *L)
{
    sim_check_text(L, 1, "fault_point", "a name");
    sim_check_acting(L, "fault_point");
    sim_script_of(L)->world->at_fault_point = true;
    return 0;
}

static int verb_shuffle(lua_State *L) /* shuffle(list): a new list */
{
    SimPrng *chance = &sim_script_of(L)->chance;
    lua_Integer count = check_list(L, "shuffle");
    lua_settop(L, 1);
    lua_newtable(L); /* list shuffled */
    for (lua_Integer i = 1; i <= count; i++) {
        lua_geti(L, 1, i);
        lua_seti(L, 2, i);
    }
    for (lua_Integer i = count; i > 1; i--) {
        lua_Integer k = 1 + (lua_Integer)sim_prng_below(chance, (uint64_t)i);
        lua_geti(L, 2, i);
        lua_geti(L, 2, k);
        lua_seti(L, 2, i);
        lua_seti(L, 2, k);
    }
    return 1;
}

static int verb_poisson(lua_State *L) /* poisson(rate): the time until the next arrival */
{
    SimQuantity rate;
    if (!sim_quantity_get(L, 1, &rate) || rate.kind != SIM_QUANTITY_RATE || rate.value <= 0) {
        sim_raise(L, "poisson expects %s, got %s", sim_quantity_kind_example(SIM_QUANTITY_RATE),
                  sim_quantity_describe(L, 1));
    }
    double mean = CLAMP(1e6 / rate.value, 1, 1e15);
    sim_quantity_push_duration(
        L, sim_prng_exponential(&sim_script_of(L)->chance, (int64_t)llround(mean)));
    return 1;
}

const luaL_Reg sim_verbs_chance[] = {
    { "between", verb_between }, { "one_of", verb_one_of },           { "shuffle", verb_shuffle },
    { "poisson", verb_poisson }, { "fault_point", verb_fault_point }, { NULL, NULL },
};
