/* sim/script/file.c -- what a scenario file says before its story: scenario {...}, params, library.
 */
#include <math.h>
#include <string.h>

#include "core/profile.h"
#include "sim/base/installed.h"
#include "sim/base/nearest.h"
#include "sim/base/text_file.h"
#include "sim/script/state.h"
#include "sim/script/topology.h"

#define REQUIRED "distrosim.required"

/* --- loading --------------------------------------------------------------------------------- */

/* Leaves the compiled text on the stack and keeps it for messages. @text is borrowed. */
static void compile(lua_State *L, const char *path, const char *text, size_t size)
{
    SimScript *script = sim_script_of(L);
    lua_Debug ar;
    const char *chunk = lua_pushfstring(L, "@%s", path);
    if (luaL_loadbufferx(L, text, size, chunk, "t") != LUA_OK) {
        lua_error(L);
    }
    lua_remove(L, -2);
    lua_pushvalue(L, -1);
    lua_getinfo(L, ">S", &ar);
    SimSource *source = g_new0(SimSource, 1);
    source->name = g_strdup(ar.short_src);
    source->text = g_strndup(text, size);
    g_ptr_array_add(script->sources, source);
}

typedef struct Text {
    const char *text;
    size_t size;
} Text;

static int load_scenario(lua_State *L)
{
    const Text *text = lua_touserdata(L, 1);
    SimScript *script = sim_script_of(L);
    compile(L, script->path, text->text, text->size);
    const SimSource *source = script->sources->pdata[0];
    script->shown = g_strdup(source->name);
    lua_call(L, 0, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, script->scenario);
    if (script->scenario == LUA_NOREF || !lua_rawequal(L, -1, -2)) {
        sim_raise(L, "a scenario file returns scenario { ... }, this one returned %s",
                  sim_quantity_describe(L, -2));
    }
    return 0;
}

static bool give_up(SimScript *script, GError **error)
{
    g_set_error_literal(error, SIM_SCENARIO_ERROR, SIM_SCENARIO_ERROR_WRONG, script->error);
    return false;
}

bool sim_script_load(SimScript *script, const char *text, size_t size, GError **error)
{
    Text given = { text, size };
    return sim_script_enter(script, load_scenario, &given) || give_up(script, error);
}

char *sim_script_find_file(const SimScript *script, const char *relative)
{
    g_autofree char *folder = g_canonicalize_filename(script->folder, NULL);
    g_autofree char *beside = g_build_filename(script->folder, relative, NULL);
    if (g_file_test(beside, G_FILE_TEST_IS_REGULAR)) {
        return g_steal_pointer(&beside); /* as the user wrote it */
    }
    for (;;) {
        g_autofree char *path = g_build_filename(folder, relative, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
            return g_steal_pointer(&path);
        }
        char *above = g_path_get_dirname(folder);
        bool top = strcmp(above, folder) == 0;
        g_free(folder);
        folder = above;
        if (top) {
            break;
        }
    }
    g_autofree char *installed = g_build_filename("scenarios", relative, NULL);
    g_autofree char *own = sim_installed_path(installed);
    bool found = own != NULL && g_file_test(own, G_FILE_TEST_IS_REGULAR);
    return found ? g_steal_pointer(&own) : NULL;
}

const char *sim_push_file(lua_State *L, const char *relative, const char *verb)
{
    char *path = sim_script_find_file(sim_script_of(L), relative);
    if (path == NULL) {
        sim_raise(L,
                  "%s: no file '%s' in the scenario's folder, those above or distrosim's "
                  "scenarios",
                  verb, relative);
    }
    const char *kept = lua_pushstring(L, path);
    g_free(path);
    return kept;
}

void sim_check_file_name(lua_State *L, const char *name, const char *verb)
{
    bool good = *name && *name != '/' && strstr(name, "..") == NULL;
    for (const char *c = name; *c; c++) {
        good = good && (g_ascii_isalnum(*c) || strchr("_-./", *c) != NULL);
    }
    if (!good) {
        sim_raise(L, "%s: '%s' is no name of a file", verb, name);
    }
}

static int verb_require(lua_State *L) /* require "name" */
{
    const char *name = sim_check_text(L, 1, "require", "a name such as \"shop\"");
    sim_check_file_name(L, name, "require");
    lua_settop(L, 1);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, REQUIRED); /* name required */
    if (lua_getfield(L, 2, name) != LUA_TNIL) {
        if (lua_islightuserdata(L, 3)) {
            sim_raise(L, "require: '%s' requires itself", name);
        }
        return 1;
    }
    lua_pop(L, 1);
    const char *relative = lua_pushfstring(L, "lib/%s.lua", name);
    const char *path = sim_push_file(L, relative, "require"); /* name required relative path */
    char *text;
    size_t size;
    GError *error = NULL;
    if (!sim_text_read(path, &text, &size, &error)) {
        lua_pushstring(L, error->message);
        g_error_free(error);
        sim_raise(L, "require: %s: %s", path, lua_tostring(L, -1));
    }
    /* A userdata keeps the text, since compiling may raise. */
    char *kept = lua_newuserdatauv(L, size + 1, 0);
    memcpy(kept, text, size);
    g_free(text);
    lua_pushlightuserdata(L, (void *)name);
    lua_setfield(L, 2, name);
    compile(L, path, kept, size);
    lua_call(L, 0, 1);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushboolean(L, true);
    }
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, name);
    return 1;
}

/* --- scenario { ... } ------------------------------------------------------------------------ */

static const char *const scenario_fields[] = { "params", "topology", "must_see", "always",
                                               "budget", "settle",   "story" };

static void check_field(lua_State *L, const char *field, bool table, bool function)
{
    int type = lua_getfield(L, 1, field);
    bool good =
        type == LUA_TNIL || (table && type == LUA_TTABLE) || (function && type == LUA_TFUNCTION);
    if (!good) {
        sim_raise_field(L, field, "field '%s' of the scenario expects %s, got %s", field,
                        !function ? "a table"
                        : table   ? "a table or a function of the params"
                                  : "a function",
                        sim_quantity_describe(L, -1));
    }
    lua_pop(L, 1);
}

static int no_param(lua_State *L) /* upvalue: the params */
{
    size_t count = 0;
    const char *names[64];
    if (lua_type(L, 2) != LUA_TSTRING) {
        return 0;
    }
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        if (count < G_N_ELEMENTS(names)) {
            names[count++] = lua_tostring(L, -2);
        }
    }
    for (size_t i = 1; i < count; i++) { /* hash order must not decide between equally near ones */
        for (size_t k = i; k > 0 && strcmp(names[k - 1], names[k]) > 0; k--) {
            const char *swapped = names[k];
            names[k] = names[k - 1];
            names[k - 1] = swapped;
        }
    }
    const char *nearest = sim_nearest_name(lua_tostring(L, 2), names, count);
    if (nearest != NULL) {
        sim_raise(L, "no param '%s'; did you mean '%s'?", lua_tostring(L, 2), nearest);
    }
    sim_raise(L, "no param '%s'", lua_tostring(L, 2));
}

/* A copy of the table at @index, which the story cannot mistake for the file's own. */
static void copy_params(lua_State *L, int index)
{
    SimScript *script = sim_script_of(L);
    SimQuantity quantity;
    int count = 0;
    lua_newtable(L); /* copy */
    if (lua_istable(L, index)) {
        for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
            int type = lua_type(L, -1);
            if (lua_type(L, -2) != LUA_TSTRING) {
                sim_raise_field(L, "params", "params have names, not %s",
                                sim_quantity_describe(L, -2));
            }
            if (type != LUA_TNUMBER && type != LUA_TBOOLEAN && type != LUA_TSTRING &&
                !sim_quantity_get(L, -1, &quantity)) {
                const char *name = lua_tostring(L, -2);
                sim_raise_field(L, name,
                                "param '%s' expects a quantity, number, boolean or string, got %s",
                                name, sim_quantity_describe(L, -1));
            }
            if (++count > 64) {
                sim_raise_field(L, "params", "a scenario has at most 64 params");
            }
            lua_pushvalue(L, -2);
            lua_pushvalue(L, -2);
            lua_rawset(L, -5);
        }
    }
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, no_param);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    script->params = luaL_ref(L, LUA_REGISTRYINDEX);
}

static int verb_scenario(lua_State *L) /* scenario { ... } */
{
    SimScript *script = sim_script_of(L);
    char file[LUA_IDSIZE];
    int line;
    if (!lua_istable(L, 1)) {
        sim_raise(L, "scenario expects a table of fields, got %s", sim_quantity_describe(L, 1));
    }
    if (script->scenario != LUA_NOREF) {
        sim_raise(L, "a file makes one scenario only");
    }
    if (sim_locate(L, file, &line)) {
        script->scenario_line = line;
    }
    lua_settop(L, 1);
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        bool known = false;
        if (lua_type(L, -2) != LUA_TSTRING) {
            sim_raise(L, "a scenario has named fields only, got %s", sim_quantity_describe(L, -2));
        }
        for (size_t i = 0; i < G_N_ELEMENTS(scenario_fields); i++) {
            known = known || strcmp(scenario_fields[i], lua_tostring(L, -2)) == 0;
        }
        if (!known) {
            sim_raise_unknown(L, "field", lua_tostring(L, -2), "scenario", scenario_fields,
                              G_N_ELEMENTS(scenario_fields));
        }
    }
    check_field(L, "params", true, false);
    check_field(L, "topology", true, true);
    check_field(L, "budget", true, false);
    check_field(L, "story", false, true);
    static const char *const needed[] = { "topology", "story" };
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
        if (lua_getfield(L, 1, needed[i]) == LUA_TNIL) {
            sim_raise(L, "the scenario has no %s", needed[i]);
        }
        lua_pop(L, 1);
    }
    lua_getfield(L, 1, "params");
    copy_params(L, 2);
    lua_settop(L, 1);
    lua_pushvalue(L, 1);
    script->scenario = luaL_ref(L, LUA_REGISTRYINDEX);
    return 1;
}

int sim_scenario_field(lua_State *L, const char *field, bool called)
{
    const SimScript *script = sim_script_of(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, script->scenario);
    int type = lua_getfield(L, -1, field);
    lua_remove(L, -2);
    if (type != LUA_TFUNCTION || !called) {
        return type;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, script->params);
    lua_call(L, 1, 1);
    return lua_type(L, -1);
}

/* --- params ---------------------------------------------------------------------------------- */

/* Pushes @text as a value of the kind that the value on top of the stack has, or gives false. */
static bool push_like(lua_State *L, const char *text)
{
    SimQuantity model, given;
    char *end;
    if (sim_quantity_get(L, -1, &model)) {
        if (!sim_quantity_parse(text, &given) || given.kind != model.kind) {
            return false;
        }
        sim_quantity_push(L, given);
        return true;
    }
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
            return false;
        }
        lua_pushboolean(L, *text == 't');
        return true;
    case LUA_TNUMBER: {
        double number = g_ascii_strtod(text, &end);
        if (end == text || *end || !isfinite(number) || strpbrk(text, "xXnN") != NULL) {
            return false;
        }
        if (floor(number) == number && fabs(number) < 9e15) {
            lua_pushinteger(L, (lua_Integer)number);
        } else {
            lua_pushnumber(L, number);
        }
        return true;
    }
    default:
        lua_pushstring(L, text);
        return true;
    }
}

static const char *kind_of(lua_State *L, int index)
{
    SimQuantity quantity;
    if (sim_quantity_get(L, index, &quantity)) {
        return sim_quantity_kind_name(quantity.kind);
    }
    return luaL_typename(L, index);
}

static int set_one(lua_State *L)
{
    const SimSetting *setting = lua_touserdata(L, 1);
    const SimScript *script = sim_script_of(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, script->params); /* setting params */
    lua_pushstring(L, setting->name);
    if (lua_rawget(L, 2) == LUA_TNIL) {
        lua_getfield(L, 2, setting->name); /* raises, with the nearest name */
    }
    if (!push_like(L, setting->value)) { /* setting params default value */
        sim_raise(L, "param '%s' is a %s, such as %s: '%s' is none", setting->name, kind_of(L, 3),
                  luaL_tolstring(L, 3, NULL), setting->value);
    }
    lua_setfield(L, 2, setting->name);
    return 0;
}

bool sim_script_set(SimScript *script, const SimSetting *settings, size_t count, GError **error)
{
    for (size_t i = 0; i < count; i++) {
        if (g_str_has_prefix(settings[i].name, SIM_PROPERTY_PREFIX)) {
            continue; /* given before the file was loaded */
        }
        if (!sim_script_enter(script, set_one, (void *)&settings[i])) {
            g_set_error_literal(error, SIM_SCENARIO_ERROR, SIM_SCENARIO_ERROR_USAGE, script->error);
            return false;
        }
    }
    return true;
}

typedef struct ParamList {
    GArray *params; /* SimParam */
} ParamList;

static int list_params(lua_State *L)
{
    ParamList *list = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, sim_script_of(L)->params);
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 2)) { /* list params name value */
        const char *text = luaL_tolstring(L, -1, NULL);
        SimParam param = { g_strdup(lua_tostring(L, -3)), g_strdup(text),
                           g_strdup(kind_of(L, -2)) };
        g_array_append_val(list->params, param);
    }
    return 0;
}

static int compare_params(const void *a, const void *b)
{
    return strcmp(((const SimParam *)a)->name, ((const SimParam *)b)->name);
}

SimParam *sim_script_params(SimScript *script, size_t *count)
{
    ParamList list = { g_array_new(false, false, sizeof(SimParam)) };
    if (script->params != LUA_NOREF && script->error == NULL) {
        sim_script_enter(script, list_params, &list);
    }
    g_array_sort(list.params, compare_params);
    *count = list.params->len;
    return (SimParam *)(void *)g_array_free(list.params, false);
}

void sim_params_free(SimParam *params, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_free((char *)params[i].name);
        g_free((char *)params[i].value);
        g_free((char *)params[i].kind);
    }
    g_free(params);
}

bool sim_param_accepts(const SimParam *param, const char *value, GError **error)
{
    SimQuantity quantity;
    char *end;
    bool good = true;
    if (strcmp(param->kind, "boolean") == 0) {
        good = strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
    } else if (strcmp(param->kind, "number") == 0) {
        double number = g_ascii_strtod(value, &end);
        good = end != value && !*end && isfinite(number) && strpbrk(value, "xXnN") == NULL;
    } else if (strcmp(param->kind, "string") != 0) {
        good = sim_quantity_parse(value, &quantity) &&
               strcmp(sim_quantity_kind_name(quantity.kind), param->kind) == 0;
    }
    if (!good) {
        g_set_error(error, SIM_SCENARIO_ERROR, SIM_SCENARIO_ERROR_USAGE,
                    "param '%s' is a %s, such as %s: '%s' is none", param->name, param->kind,
                    param->value, value);
    }
    return good;
}

/* --- what is said before the run ------------------------------------------------------------- */

static void add_event(lua_State *L, const char *name)
{
    SimScript *script = sim_script_of(L);
    SimTraceKind kind;
    if (sim_trace_kind_parse(name, &kind)) {
        char event[64];
        g_snprintf(event, sizeof event, "must_see %s", name);
        sim_check_allowed(L, event);
        g_array_append_val(script->must_see, kind);
        return;
    }
    const char *names[SIM_N_TRACE_KINDS];
    size_t count = 0;
    for (int k = 0; k < SIM_N_TRACE_KINDS; k++) {
        if (sim_trace_kind_name((SimTraceKind)k) != NULL) {
            names[count++] = sim_trace_kind_name((SimTraceKind)k);
        }
    }
    sim_raise_field(L, "must_see", "no event '%s' in must_see; did you mean '%s'?", name,
                    sim_nearest_name(name, names, count));
}

static void read_must_see(lua_State *L)
{
    int type = sim_scenario_field(L, "must_see", true);
    if (type == LUA_TSTRING) {
        add_event(L, lua_tostring(L, -1));
    } else if (type == LUA_TTABLE) {
        lua_Integer count = sim_list_length(L, -1, "must_see");
        for (lua_Integer i = 1; i <= count; i++, lua_pop(L, 1)) {
            if (lua_geti(L, -1, i) != LUA_TSTRING) {
                sim_raise_field(L, "must_see", "must_see lists names of events, got %s",
                                sim_quantity_describe(L, -1));
            }
            add_event(L, lua_tostring(L, -1));
        }
    } else if (type != LUA_TNIL) {
        sim_raise_field(L, "must_see", "must_see expects a list of events, got %s",
                        sim_quantity_describe(L, -1));
    }
    lua_settop(L, 1);
}

/* Takes one element of the field always, which is popped. */
static void add_always(lua_State *L)
{
    SimScript *script = sim_script_of(L);
    SimCheck check;
    if (sim_check_get(L, -1, &check)) {
        if (script->checks->len == SIM_MOST_CHECKS) {
            sim_raise_field(L, "always", "always takes %d checks at most", SIM_MOST_CHECKS);
        }
        g_array_append_val(script->checks, check);
        lua_pop(L, 1);
    } else if (lua_isfunction(L, -1)) {
        int function = luaL_ref(L, LUA_REGISTRYINDEX);
        g_array_append_val(script->always, function);
    } else {
        sim_raise_field(L, "always", "always lists checks such as checks.no_zombies {}, got %s",
                        sim_quantity_describe(L, -1));
    }
}

static void read_always(lua_State *L)
{
    SimCheck check;
    int type = sim_scenario_field(L, "always", true);
    if (type == LUA_TTABLE) {
        lua_Integer count = sim_list_length(L, -1, "always");
        for (lua_Integer i = 1; i <= count; i++) {
            lua_geti(L, -1, i);
            add_always(L);
        }
    } else if (type == LUA_TUSERDATA && sim_check_get(L, -1, &check)) {
        add_always(L);
    } else if (type != LUA_TNIL) {
        sim_raise_field(L, "always", "always expects a list of checks, got %s",
                        sim_quantity_describe(L, -1));
    }
    lua_settop(L, 1);
}

static int prepare(lua_State *L)
{
    SimScript *script = sim_script_of(L);
    read_must_see(L);
    read_always(L);
    if (sim_scenario_field(L, "budget", true) != LUA_TNIL) {
        sim_script_read_budget(L, lua_gettop(L));
    }
    sim_scenario_field(L, "settle", true);
    script->settles =
        sim_read_settle(L, lua_gettop(L), &script->settle_quiet_us, &script->settle_within_us);
    return 0;
}

bool sim_script_prepare(SimScript *script, GError **error)
{
    return sim_script_enter(script, prepare, NULL) || give_up(script, error);
}

static int read_topology(lua_State *L)
{
    const char *profile = lua_touserdata(L, 1);
    if (sim_scenario_field(L, "topology", true) != LUA_TTABLE) {
        sim_raise_field(L, "topology", "topology expects a table, got %s",
                        sim_quantity_describe(L, -1));
    }
    sim_topology_read(L, lua_gettop(L), profile);
    return 0;
}

void sim_script_ask_profile(SimScript *script, const char *profile)
{
    g_free(script->profile);
    script->profile = g_strdup(profile);
}

/* setting "nacos.naming.client.expired.time": of a node that names no profile of its own. */
static int verb_setting(lua_State *L)
{
    const SimScript *script = sim_script_of(L);
    const char *profile = script->profile != NULL ? script->profile : SIM_DEFAULT_PROFILE;
    DistroConfig config;
    if (distro_profile_find(profile) == NULL) {
        sim_check_profile(L, NULL, profile);
    }
    sim_script_config(script, profile, NULL, NULL, &config);
    return sim_push_setting(L, 1, &config);
}

SimWorldSpec *sim_script_topology(SimScript *script, const char *profile, GError **error)
{
    if (!sim_script_enter(script, read_topology, (void *)profile)) {
        give_up(script, error);
        return NULL;
    }
    return g_steal_pointer(&script->spec);
}

const char *sim_script_profile(const SimScript *script)
{
    return script->profile;
}

const luaL_Reg sim_verbs_file[] = {
    { "scenario", verb_scenario },
    { "require", verb_require },
    { "setting", verb_setting },
    { NULL, NULL },
};
