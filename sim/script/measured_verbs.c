/* sim/script/measured_verbs.c -- measured tables for stories: round trips, pauses, partitions. */
#include <string.h>

#include "sim/script/state.h"
#include "sim/script/topology.h"

#define RTT_METATABLE "distrosim.rtt"
#define SPREAD_METATABLE "distrosim.spread"

/* --- measured tables ------------------------------------------------------------------------- */

/* Number of the table called @name, read if it is new; pushes whatever it needs. */
static uint32_t find_table(lua_State *L, const char *name, const char *verb)
{
    SimScript *script = sim_script_of(L);
    for (guint i = 0; i < script->rtt_names->len; i++) {
        if (strcmp(script->rtt_names->pdata[i], name) == 0) {
            return i;
        }
    }
    sim_check_file_name(L, name, verb);
    const char *relative = lua_pushfstring(L, "data/rtt/%s.tsv", name);
    const char *path = sim_push_file(L, relative, verb);
    GError *error = NULL;
    SimRttTable *table = sim_rtt_table_load(path, &error);
    if (table == NULL) {
        const char *why = lua_pushstring(L, error->message);
        g_error_free(error);
        sim_raise(L, "%s: %s", verb, why);
    }
    g_ptr_array_add(script->rtt_tables, table);
    g_ptr_array_add(script->rtt_names, g_strdup(name));
    return script->rtt_names->len - 1;
}

static void push_table(lua_State *L, const char *metatable, uint32_t number)
{
    uint32_t *made = lua_newuserdatauv(L, sizeof *made, 1);
    *made = number;
    if (luaL_newmetatable(L, metatable)) {
        lua_pushliteral(L, "table of round trips");
        lua_setfield(L, -2, "__name");
        lua_pushboolean(L, false);
        lua_setfield(L, -2, "__metatable");
    }
    lua_setmetatable(L, -2);
}

static int verb_rtt_table(lua_State *L) /* rtt_table(name, { site = "place" }) */
{
    const char *name = sim_check_text(L, 1, "rtt_table", "a name such as \"azure_p50\"");
    if (!lua_isnoneornil(L, 2) && !lua_istable(L, 2)) {
        sim_raise(L, "rtt_table expects a map from sites to places, got %s",
                  sim_quantity_describe(L, 2));
    }
    lua_settop(L, 2);
    uint32_t number = find_table(L, name, "rtt_table");
    if (lua_istable(L, 2)) {
        for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
            const SimRttTable *table = sim_script_of(L)->rtt_tables->pdata[number];
            if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING) {
                sim_raise(L, "rtt_table maps names of sites to names of places, got %s",
                          sim_quantity_describe(L, -1));
            }
            if (sim_rtt_table_find(table, lua_tostring(L, -1)) < 0) {
                sim_raise_field(
                    L, lua_tostring(L, -2), "rtt_table: no place '%s' in %s; did you mean '%s'?",
                    lua_tostring(L, -1), name, sim_rtt_table_nearest(table, lua_tostring(L, -1)));
            }
        }
    }
    push_table(L, RTT_METATABLE, number);
    lua_pushvalue(L, 2);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

static int verb_rtt_spread(lua_State *L) /* rtt_spread "azure_p95" */
{
    const char *name = sim_check_text(L, 1, "rtt_spread", "a name such as \"azure_p95\"");
    push_table(L, SPREAD_METATABLE, find_table(L, name, "rtt_spread"));
    return 1;
}

bool sim_rtt_get(lua_State *L, int index, uint32_t *number)
{
    const uint32_t *found = luaL_testudata(L, index, RTT_METATABLE);
    if (found == NULL) {
        return false;
    }
    *number = *found;
    lua_getiuservalue(L, index, 1);
    return true;
}

bool sim_spread_get(lua_State *L, int index, uint32_t *number)
{
    const uint32_t *found = luaL_testudata(L, index, SPREAD_METATABLE);
    if (found != NULL) {
        *number = *found;
    }
    return found != NULL;
}

/* --- measured pauses and partitions ---------------------------------------------------------- */

static void raise_error(lua_State *L, const char *verb, GError *error)
{
    const char *why = lua_pushstring(L, error->message);
    g_error_free(error);
    sim_raise(L, "%s: %s", verb, why);
}

const SimPauses *sim_measured_pauses(lua_State *L, const char *verb)
{
    SimScript *script = sim_script_of(L);
    GError *error = NULL;
    if (script->pauses == NULL) {
        script->pauses = sim_pauses_load(sim_push_file(L, "data/gc_pauses.tsv", verb), &error);
    }
    if (script->pauses == NULL) {
        raise_error(L, verb, error);
    }
    return script->pauses;
}

const SimOutages *sim_measured_outages(lua_State *L, const char *verb)
{
    SimScript *script = sim_script_of(L);
    GError *error = NULL;
    if (script->outages != NULL) {
        return script->outages;
    }
    SimOutages outages;
    if (!sim_outages_load(sim_push_file(L, "data/faults.tsv", verb), &outages, &error)) {
        raise_error(L, verb, error);
    }
    script->outages = g_memdup2(&outages, sizeof outages);
    return script->outages;
}

const char *sim_check_pause_kind(lua_State *L, int index, const char *verb)
{
    const char *kind = sim_check_text(L, index, verb, "a kind of pause such as \"cms_remark\"");
    const SimPauses *pauses = sim_measured_pauses(L, verb);
    if (!sim_pauses_know(pauses, kind)) {
        sim_raise(L, "%s: no pauses called '%s' were measured; did you mean '%s'?", verb, kind,
                  sim_pauses_nearest(pauses, kind));
    }
    return kind;
}

static int verb_gc_pause(lua_State *L) /* gc_pause "cms_remark" */
{
    const char *kind = sim_check_pause_kind(L, 1, "gc_pause");
    SimScript *script = sim_script_of(L);
    sim_quantity_push_duration(L, sim_pauses_draw(script->pauses, kind, &script->chance));
    return 1;
}

static int verb_outage(lua_State *L) /* outage "software" */
{
    static const char *const causes[] = { "software", "hardware", NULL };
    SimScript *script = sim_script_of(L);
    const char *cause = sim_check_text(L, 1, "outage", "\"software\" or \"hardware\"");
    bool hardware = strcmp(cause, causes[SIM_OUTAGE_HARDWARE]) == 0;
    if (!hardware && strcmp(cause, causes[SIM_OUTAGE_SOFTWARE]) != 0) {
        sim_raise(L, "outage expects \"software\" or \"hardware\", got \"%s\"", cause);
    }
    sim_quantity_push_duration(
        L, sim_outages_draw(sim_measured_outages(L, "outage"),
                            hardware ? SIM_OUTAGE_HARDWARE : SIM_OUTAGE_SOFTWARE, &script->chance));
    return 1;
}

const luaL_Reg sim_verbs_measured[] = {
    { "rtt_table", verb_rtt_table },
    { "rtt_spread", verb_rtt_spread },
    { "gc_pause", verb_gc_pause },
    { "outage", verb_outage },
    { NULL, NULL },
};
