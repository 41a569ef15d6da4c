/* sim/script/script.c -- the life of a script: state, budgets, errors, handles. */
#include "sim/script/core.h"
#include "sim/script/state.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"

G_DEFINE_QUARK(sim-scenario-error-quark, sim_scenario_error)

enum {
    HOOK_STEP = 10000,  /* instructions between two checks of the budget */
    LOOK_STEP = 1000000 /* and at whether the run is still wanted */
};

static void locate(lua_State *L, char file[LUA_IDSIZE], int *line);

/* --- memory and instructions ----------------------------------------------------------------- */

static void *allocate(void *data, void *block, size_t old, size_t size)
{
    SimScript *script = data;
    if (block == NULL) {
        old = 0; /* Lua says there what it will hold */
    }
    if (size == 0) {
        free(block);
        script->memory -= old;
        return NULL;
    }
    if (size > old && script->memory + (size - old) > SIM_SCRIPT_MEMORY_LIMIT) {
        /* Lua unwinds the stack before anybody is told, so the place is taken here. */
        if (script->running != NULL) {
            sim_locate(script->running, script->starved_file, &script->starved_line);
        }
        return NULL;
    }
    void *got = realloc(block, size);
    if (got != NULL) {
        script->memory += size - old;
    }
    return got;
}

static void judge_budget(lua_State *L, const char *file, int line)
{
    SimScript *script = sim_script_of(L);
    if (script->go_left >= 0 && script->total_left >= 0) {
        return;
    }
    script->fatal = true;
    if (script->go_left < 0) {
        lua_pushfstring(L, "%s:%d: runaway: %d million instructions without a wait", file, line,
                        SIM_SCRIPT_GO_LIMIT / 1000000);
    } else {
        lua_pushfstring(L, "%s:%d: runaway: the scenario took %d million instructions", file, line,
                        (int)(SIM_SCRIPT_TOTAL_LIMIT / 1000000));
    }
    lua_error(L);
}

/* Long work inside one verb, or between two waits, is given up like any other. */
static void look_for_stop(lua_State *L, int64_t instructions)
{
    SimScript *script = sim_script_of(L);
    script->until_look -= instructions;
    const bool unwanted = script->world != NULL && sim_world_is_unwanted(script->world);
    if (script->go_on == NULL || (script->until_look > 0 && !unwanted)) {
        return;
    }
    script->until_look = LOOK_STEP;
    if (!script->go_on(script->go_on_data)) {
        script->fatal = true;
        lua_pushliteral(L, "interrupted");
        lua_error(L);
    }
}

void sim_script_ask_to_go_on(SimScript *script, bool (*go_on)(void *data), void *data)
{
    script->go_on = go_on;
    script->go_on_data = data;
    script->until_look = LOOK_STEP;
}

static void count_instructions(lua_State *L, lua_Debug *ar)
{
    SimScript *script = sim_script_of(L);
    script->go_left -= HOOK_STEP;
    script->total_left -= HOOK_STEP;
    lua_getinfo(L, "Sl", ar);
    judge_budget(L, ar->short_src, ar->currentline);
    look_for_stop(L, HOOK_STEP);
}

void sim_charge(lua_State *L, int64_t instructions)
{
    SimScript *script = sim_script_of(L);
    char file[LUA_IDSIZE];
    int line;
    script->go_left -= instructions;
    script->total_left -= instructions;
    if (script->go_left >= 0 && script->total_left >= 0) {
        look_for_stop(L, instructions);
        return;
    }
    locate(L, file, &line);
    judge_budget(L, file, line);
}

/* --- errors ---------------------------------------------------------------------------------- */

bool sim_locate(lua_State *L, char file[LUA_IDSIZE], int *line)
{
    lua_Debug ar;
    for (int level = 0; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline <= 0) {
            continue;
        }
        g_strlcpy(file, ar.short_src, LUA_IDSIZE);
        *line = ar.currentline;
        return true;
    }
    return false;
}

/* As sim_locate, but a place in the scenario's own file if no function of Lua runs. */
static void locate(lua_State *L, char file[LUA_IDSIZE], int *line)
{
    const SimScript *script = sim_script_of(L);
    if (sim_locate(L, file, line)) {
        return;
    }
    g_strlcpy(file, script->shown != NULL ? script->shown : script->path, LUA_IDSIZE);
    *line = script->scenario_line ? script->scenario_line : 1;
}

const char *sim_where(lua_State *L)
{
    char file[LUA_IDSIZE];
    int line;
    locate(L, file, &line);
    return lua_pushfstring(L, "%s:%d: ", file, line);
}

void sim_raise(lua_State *L, const char *format, ...)
{
    va_list list;
    sim_where(L);
    va_start(list, format);
    lua_pushvfstring(L, format, list);
    va_end(list);
    lua_concat(L, 2);
    lua_error(L);
    g_assert_not_reached();
}

void sim_raise_fatal(lua_State *L)
{
    sim_script_of(L)->fatal = true;
    lua_pushliteral(L, "the run has ended");
    lua_error(L);
    g_assert_not_reached();
}

void sim_path_enter(lua_State *L, const char *field)
{
    SimScript *script = sim_script_of(L);
    g_assert_cmpint(script->depth, <, SIM_PATH_DEPTH);
    script->fields[script->depth++] = field;
}

void sim_path_leave(lua_State *L)
{
    sim_script_of(L)->depth--;
}

static bool is_word(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

/* The place at or after @from at which @key is given a value: key = or ["key"] =; NULL if none. */
static const char *find_key(const char *from, const char *text, const char *key)
{
    size_t size = strlen(key);
    for (const char *at = from; (at = strstr(at, key)) != NULL; at++) {
        const char *end = at + size;
        if ((at > text && is_word(at[-1])) || is_word(*end)) {
            continue;
        }
        end += strspn(end, "\"'] \t");
        if (*end == '=' && end[1] != '=') {
            return at;
        }
    }
    return NULL;
}

static int line_of(const char *text, const char *place)
{
    int line = 1;
    for (const char *c = text; c < place; c++) {
        line += *c == '\n';
    }
    return line;
}

static const char *start_of_line(const char *text, int line)
{
    for (; line > 1 && text != NULL; line--) {
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
    return text;
}

/* Tables have no line numbers, so the text is searched for the field, outer fields first: from the
 * statement that is running on, then from the top (a table may be built before it is used). */
static void locate_field(lua_State *L, const char *key, char file[LUA_IDSIZE], int *line)
{
    const SimScript *script = sim_script_of(L);
    locate(L, file, line);
    const char *text = NULL;
    for (guint i = 0; i < script->sources->len && text == NULL; i++) {
        const SimSource *source = script->sources->pdata[i];
        if (strcmp(source->name, file) == 0) {
            text = source->text;
        }
    }
    const char *start = text != NULL ? start_of_line(text, *line) : NULL;
    if (start == NULL) {
        return;
    }
    const char *tops[2] = { start, text };
    for (int pass = 0; pass < 2; pass++) {
        const char *at = tops[pass], *found = NULL;
        for (int i = 0; i < script->depth; i++) {
            const char *next = find_key(at, text, script->fields[i]);
            at = next != NULL ? next : at;
        }
        found = key != NULL ? find_key(at, text, key) : at;
        if (found != NULL && (key != NULL || at != tops[pass])) {
            *line = line_of(text, found);
            return;
        }
    }
}

void sim_raise_field(lua_State *L, const char *key, const char *format, ...)
{
    char file[LUA_IDSIZE];
    int line;
    va_list list;
    locate_field(L, key, file, &line);
    lua_pushfstring(L, "%s:%d: ", file, line);
    va_start(list, format);
    lua_pushvfstring(L, format, list);
    va_end(list);
    lua_concat(L, 2);
    lua_error(L);
    g_assert_not_reached();
}

void sim_raise_unknown(lua_State *L, const char *what, const char *wanted, const char *where,
                       const char *const *names, size_t count)
{
    const char *nearest = sim_nearest_name(wanted, names, count);
    const char *in = *where ? " in " : "";
    if (nearest != NULL && *nearest) { /* the only site has no name */
        sim_raise_field(L, wanted, "no %s '%s'%s%s; did you mean '%s'?", what, wanted, in, where,
                        nearest);
    }
    sim_raise_field(L, wanted, "no %s '%s'%s%s", what, wanted, in, where);
}

/* Does @message begin with "file:12: "? */
static bool has_place(const char *message)
{
    for (const char *c = strchr(message, ':'); c != NULL; c = strchr(c + 1, ':')) {
        const char *digit = c + 1;
        while (g_ascii_isdigit(*digit)) {
            digit++;
        }
        if (digit > c + 1 && *digit == ':') {
            return true;
        }
    }
    return false;
}

void sim_script_note_starved(SimScript *script)
{
    script->fatal = true;
    if (script->error == NULL) {
        script->error =
            g_strdup_printf("%s:%d: out of memory: a scenario may use %u MiB",
                            script->starved_line ? script->starved_file : script->path,
                            MAX(script->starved_line, 1), SIM_SCRIPT_MEMORY_LIMIT >> 20);
    }
}

void sim_script_note_error(SimScript *script, lua_State *thread, int status)
{
    char file[LUA_IDSIZE];
    int line;
    bool ended = script->stopped; /* by a failed expectation: what is raised is not an error */
    script->stopped = true;
    script->fatal = true;
    if (ended || script->error != NULL) {
        return;
    }
    locate(thread, file, &line);
    if (status == LUA_ERRMEM) {
        sim_script_note_starved(script);
    } else if (lua_type(thread, -1) != LUA_TSTRING) {
        script->error = g_strdup_printf("%s:%d: an error that is no text but a %s", file, line,
                                        luaL_typename(thread, -1));
    } else if (has_place(lua_tostring(thread, -1))) {
        script->error = g_strdup(lua_tostring(thread, -1));
    } else {
        script->error = g_strdup_printf("%s:%d: %s", file, line, lua_tostring(thread, -1));
    }
}

bool sim_script_enter(SimScript *script, lua_CFunction function, void *argument)
{
    lua_State *thread = script->entry;
    int results;
    script->go_left = SIM_SCRIPT_GO_LIMIT;
    script->depth = 0;
    lua_pushcfunction(thread, function);
    lua_pushlightuserdata(thread, argument);
    script->running = thread;
    int status = lua_resume(thread, NULL, 1, &results);
    script->running = NULL;
    if (status == LUA_OK) {
        lua_settop(thread, 0);
        return true;
    }
    g_assert_cmpint(status, !=, LUA_YIELD); /* only tasks wait */
    sim_script_note_error(script, thread, status);
    script->evaluating = 0;
    lua_resetthread(thread);
    lua_settop(thread, 0);
    return false;
}

/* --- handles --------------------------------------------------------------------------------- */

static const char *const metatables[SIM_N_HANDLES] = {
    [SIM_HANDLE_WORLD] = "distrosim.world",         [SIM_HANDLE_NODE] = "distrosim.node",
    [SIM_HANDLE_CLIENT] = "distrosim.client",       [SIM_HANDLE_FLEET] = "distrosim.fleet",
    [SIM_HANDLE_INTERCEPT] = "distrosim.intercept", [SIM_HANDLE_OPERATION] = "distrosim.operation",
    [SIM_HANDLE_LOOK] = "distrosim.look",           [SIM_HANDLE_EVERY] = "distrosim.every",
};

static const SimClass *const classes[] = {
    &sim_class_world,     &sim_class_node,      &sim_class_client, &sim_class_fleet,
    &sim_class_intercept, &sim_class_operation, &sim_class_look,   &sim_class_every,
};

/* Every name that the class answers to, in a userdata that is pushed. */
static const char **class_names(lua_State *L, const SimClass *class, size_t *count)
{
    size_t n = 0;
    for (const luaL_Reg *const *table = class->methods; *table != NULL; table++) {
        for (const luaL_Reg *method = *table; method->name != NULL; method++) {
            n++;
        }
    }
    for (const char *const *field = class->fields; field != NULL && *field != NULL; field++) {
        n++;
    }
    const char **names = lua_newuserdatauv(L, sizeof *names * (n + 1), 0);
    *count = 0;
    for (const luaL_Reg *const *table = class->methods; *table != NULL; table++) {
        for (const luaL_Reg *method = *table; method->name != NULL; method++) {
            names[(*count)++] = method->name;
        }
    }
    for (const char *const *field = class->fields; field != NULL && *field != NULL; field++) {
        names[(*count)++] = *field;
    }
    return names;
}

static int handle_index(lua_State *L) /* upvalues: methods, class */
{
    const SimClass *class = lua_touserdata(L, lua_upvalueindex(2));
    const SimHandle *handle = lua_touserdata(L, 1);
    if (lua_type(L, 2) != LUA_TSTRING) {
        sim_raise(L, "a %s has named fields only, got %s", class->name,
                  sim_quantity_describe(L, 2));
    }
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) {
        return 1;
    }
    const char *wanted = lua_tostring(L, 2);
    for (const char *const *field = class->fields; field != NULL && *field != NULL; field++) {
        if (strcmp(*field, wanted) == 0) {
            class->get(L, handle, wanted);
            return 1;
        }
    }
    size_t count;
    const char **names = class_names(L, class, &count);
    const char *nearest = sim_nearest_name(wanted, names, count);
    sim_raise(L, "a %s has no verb or field '%s'; did you mean '%s'?", class->name, wanted,
              nearest != NULL ? nearest : "");
}

static int handle_newindex(lua_State *L)
{
    const SimClass *class = lua_touserdata(L, lua_upvalueindex(1));
    sim_raise(L, "a %s cannot be given fields", class->name);
}

static int handle_itself(lua_State *L) /* k:post "close" () is k:post "close" */
{
    lua_settop(L, 1);
    return 1;
}

static int handle_tostring(lua_State *L)
{
    const SimClass *class = lua_touserdata(L, lua_upvalueindex(1));
    const SimHandle *handle = lua_touserdata(L, 1);
    if (class->fields != NULL && strcmp(class->fields[0], "name") == 0) {
        class->get(L, handle, "name");
    } else {
        lua_pushstring(L, class->name);
    }
    return 1;
}

void sim_class_open(lua_State *L, const SimClass *class)
{
    luaL_newmetatable(L, metatables[class->kind]);
    lua_newtable(L);
    for (const luaL_Reg *const *table = class->methods; *table != NULL; table++) {
        luaL_setfuncs(L, *table, 0); /* metatable methods */
    }
    lua_pushlightuserdata(L, (void *)class);
    lua_pushcclosure(L, handle_index, 2);
    lua_setfield(L, -2, "__index");
    lua_pushlightuserdata(L, (void *)class);
    lua_pushcclosure(L, handle_newindex, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushlightuserdata(L, (void *)class);
    lua_pushcclosure(L, handle_tostring, 1);
    lua_setfield(L, -2, "__tostring");
    lua_pushstring(L, class->name);
    lua_setfield(L, -2, "__name");
    if (class->kind == SIM_HANDLE_OPERATION) {
        lua_pushcfunction(L, handle_itself);
        lua_setfield(L, -2, "__call");
    }
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_newtable(L); /* metatable handles-by-index */
    lua_setfield(L, -2, "__handles");
    lua_pop(L, 1);
}

void sim_handle_push(lua_State *L, SimHandleKind kind, uint32_t index)
{
    luaL_getmetatable(L, metatables[kind]);
    lua_getfield(L, -1, "__handles"); /* metatable handles */
    if (lua_rawgeti(L, -1, (lua_Integer)index + 1) == LUA_TNIL) {
        lua_pop(L, 1);
        SimHandle *handle = lua_newuserdatauv(L, sizeof *handle, 0);
        *handle = (SimHandle) { kind, index };
        lua_pushvalue(L, -3);
        lua_setmetatable(L, -2);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, (lua_Integer)index + 1);
    }
    lua_replace(L, -3); /* handle handles */
    lua_pop(L, 1);
}

const SimHandle *sim_handle_test(lua_State *L, int index, SimHandleKind kind)
{
    return luaL_testudata(L, index, metatables[kind]);
}

void sim_script_set_limit(SimScript *script, const SimScriptLimit *limit)
{
    script->limit = limit;
}

void sim_check_allowed(lua_State *L, const char *name)
{
    const SimScriptLimit *limit = sim_script_of(L)->limit;
    if (limit != NULL && !limit->allows(name)) {
        sim_raise(L, "%s is not to be had %s", name, limit->where);
    }
}

int64_t sim_slackened(const SimScript *script, int64_t bound_us)
{
    const bool bounded = script->limit != NULL && bound_us > 0 && bound_us < SIM_SCRIPT_TIME_LIMIT;
    return bounded ? bound_us + script->limit->slack_us : bound_us;
}

static void check_verb_allowed(lua_State *L, SimHandleKind kind, const char *verb)
{
    char name[64];
    if (sim_script_of(L)->limit != NULL && classes[kind]->annotation != NULL) {
        g_snprintf(name, sizeof name, "%s:%s", classes[kind]->annotation, verb);
        sim_check_allowed(L, name);
    }
}

uint32_t sim_handle_self(lua_State *L, SimHandleKind kind, const char *verb)
{
    const SimHandle *handle = sim_handle_test(L, 1, kind);
    if (handle == NULL) {
        sim_raise(L, "%s: called without its object; write object:%s(...) with a colon", verb,
                  verb);
    }
    check_verb_allowed(L, kind, verb);
    bool cluster = kind == SIM_HANDLE_WORLD && handle->index > 0;
    sim_script_of(L)->scope = cluster ? handle->index - 1 : SIM_ALL_CLUSTERS;
    return handle->index;
}

/* --- opening --------------------------------------------------------------------------------- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int unknown_global(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TSTRING) {
        return 0;
    }
    const char *wanted = lua_tostring(L, 2);
    size_t count = 0, room = 0;
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        room++;
    }
    const char **names = lua_newuserdatauv(L, sizeof *names * (room + 1), 0);
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TSTRING) {
            names[count++] = lua_tostring(L, -2);
        }
    }
    /* Hash order must not decide between equally near names. */
    qsort(names, count, sizeof *names, compare_texts);
    const char *nearest = sim_nearest_name(wanted, names, count);
    sim_raise(L, "no global '%s'; did you mean '%s'?", wanted, nearest != NULL ? nearest : "");
}

static int open_script(lua_State *L)
{
    sim_sandbox_open(L);
    lua_pushglobaltable(L); /* globals */
    sim_quantity_open(L);
    luaL_setfuncs(L, sim_verbs_file, 0);
    luaL_setfuncs(L, sim_verbs_measured, 0);
    luaL_setfuncs(L, sim_verbs_chance, 0);
    luaL_setfuncs(L, sim_verbs_flow, 0);
    luaL_setfuncs(L, sim_verbs_expect, 0);
    sim_checks_open(L);
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
        sim_class_open(L, classes[i]);
    }
    lua_createtable(L, 0, 2); /* globals metatable */
    lua_pushcfunction(L, unknown_global);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    return 0;
}

static void free_source(void *data)
{
    SimSource *source = data;
    g_free(source->name);
    g_free(source->text);
    g_free(source);
}

static void free_look(void *data)
{
    SimLook *look = data;
    g_free(look->message);
    if (look->spans != NULL) {
        g_array_free(look->spans, true);
    }
    g_free(look);
}

static void clear_heading(void *data)
{
    g_free(((SimHeading *)data)->text);
}

static void clear_measure(void *data)
{
    SimMeasure *measure = data;
    g_free(measure->name);
    g_free(measure->unit);
}

static void clear_budget(void *data)
{
    g_free(((SimBudget *)data)->figure);
}

static void clear_setting(void *data)
{
    g_free(((SimPropertyValue *)data)->cluster);
    g_free(((SimPropertyValue *)data)->node);
}

static int make_entry(lua_State *L)
{
    *(lua_State **)lua_touserdata(L, 1) = lua_newthread(L);
    luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

SimScript *sim_script_new(const char *path, uint64_t seed)
{
    SimScript *script = g_new0(SimScript, 1);
    script->path = g_strdup(path);
    script->folder = g_path_get_dirname(path);
    script->seed = seed;
    script->scope = SIM_ALL_CLUSTERS;
    script->chance = sim_prng_stream(seed, "script");
    script->go_left = SIM_SCRIPT_GO_LIMIT;
    script->total_left = SIM_SCRIPT_TOTAL_LIMIT;
    script->sources = g_ptr_array_new_with_free_func(free_source);
    script->must_see = g_array_new(false, false, sizeof(SimTraceKind));
    script->must_see_counts = g_array_new(false, false, sizeof(uint64_t));
    script->checks = g_array_new(false, false, sizeof(SimCheck));
    script->always = g_array_new(false, false, sizeof(int));
    script->settings = g_array_new(false, false, sizeof(SimPropertyValue));
    script->given = g_array_new(false, false, sizeof(SimPropertyValue));
    g_array_set_clear_func(script->settings, clear_setting);
    script->budgets = g_array_new(false, false, sizeof(SimBudget));
    g_array_set_clear_func(script->budgets, clear_budget);
    script->tasks = g_ptr_array_new_with_free_func(g_free);
    script->idle_tasks = g_ptr_array_new();
    script->timers = g_array_new(false, false, sizeof(SimScriptTimer));
    script->free_timers = g_array_new(false, false, sizeof(uint32_t));
    script->looks = g_ptr_array_new_with_free_func(free_look);
    script->watching = g_ptr_array_new();
    script->everies = g_ptr_array_new_with_free_func(g_free);
    script->operations = g_ptr_array_new_with_free_func(g_free);
    script->clients = g_array_new(false, true, sizeof(SimScriptClient));
    script->published = g_array_new(false, false, sizeof(SimLastPublication));
    script->chaos = g_ptr_array_new_with_free_func((GDestroyNotify)sim_chaos_free);
    script->cores = g_ptr_array_new_with_free_func((GDestroyNotify)sim_core_free);
    script->instances = g_array_new(false, false, sizeof(SimInstance));
    script->listings = g_array_new(false, false, sizeof(DistroListing));
    script->doubts = g_array_new(false, true, sizeof(uint32_t));
    script->measures = g_array_new(false, false, sizeof(SimMeasure));
    g_array_set_clear_func(script->measures, clear_measure);
    script->steps = g_ptr_array_new_with_free_func(g_free);
    script->headings = g_array_new(false, false, sizeof(SimHeading));
    g_array_set_clear_func(script->headings, clear_heading);
    script->answers = g_ptr_array_new_with_free_func(g_free);
    script->rtt_tables = g_ptr_array_new_with_free_func((GDestroyNotify)sim_rtt_table_free);
    script->rtt_names = g_ptr_array_new_with_free_func(g_free);
    script->scenario = script->params = script->story = LUA_NOREF;

    script->L = lua_newstate(allocate, script);
    g_assert_nonnull(script->L); /* a fresh state is far below the limit */
    *(SimScript **)lua_getextraspace(script->L) = script;
    lua_sethook(script->L, count_instructions, LUA_MASKCOUNT, HOOK_STEP);
    lua_pushcfunction(script->L, make_entry);
    lua_pushlightuserdata(script->L, &script->entry);
    int status = lua_pcall(script->L, 1, 0, 0);
    g_assert_cmpint(status, ==, LUA_OK);
    bool opened = sim_script_enter(script, open_script, NULL);
    g_assert_true(opened);
    return script;
}

void sim_script_free(SimScript *script)
{
    if (script == NULL) {
        return;
    }
    lua_close(script->L);
    g_clear_pointer(&script->spec, sim_world_spec_free);
    g_ptr_array_free(script->sources, true);
    g_array_free(script->must_see, true);
    g_array_free(script->checks, true);
    g_array_free(script->always, true);
    g_array_free(script->budgets, true);
    g_array_free(script->settings, true);
    g_array_free(script->given, true);
    g_ptr_array_free(script->tasks, true);
    g_ptr_array_free(script->idle_tasks, true);
    g_array_free(script->timers, true);
    g_array_free(script->free_timers, true);
    g_ptr_array_free(script->looks, true);
    g_ptr_array_free(script->watching, true);
    g_ptr_array_free(script->everies, true);
    g_ptr_array_free(script->operations, true);
    g_array_free(script->clients, true);
    g_array_free(script->published, true);
    g_ptr_array_free(script->chaos, true);
    g_ptr_array_free(script->cores, true);
    g_array_free(script->instances, true);
    g_array_free(script->listings, true);
    g_array_free(script->doubts, true);
    g_array_free(script->measures, true);
    g_array_free(script->must_see_counts, true);
    g_ptr_array_free(script->steps, true);
    g_array_free(script->headings, true);
    g_ptr_array_free(script->answers, true);
    g_ptr_array_free(script->rtt_tables, true);
    g_ptr_array_free(script->rtt_names, true);
    sim_pauses_free(script->pauses);
    g_free(script->outages);
    g_free(script->profile);
    g_free(script->error);
    g_free(script->unseen);
    g_free(script->shown);
    g_free(script->folder);
    g_free(script->path);
    g_free(script);
}

void sim_script_redraw(SimScript *script, uint64_t seed)
{
    sim_prng_redraw(&script->chance, seed);
    for (guint i = 0; i < script->chaos->len; i++) {
        sim_chaos_redraw(script->chaos->pdata[i], seed);
    }
}

void sim_script_set_choices(SimScript *script, SimChoices *choices)
{
    script->choices = choices;
}

void sim_script_ask_raft(SimScript *script)
{
    script->raft_asked = true;
}

bool sim_script_needs_raft(const SimScript *script)
{
    return script->raft_needed;
}

void sim_check_raft(lua_State *L, const char *verb)
{
    SimScript *script = sim_script_of(L);
    if (script->world->beside != NULL) {
        return;
    }
    if (script->raft_given) {
        sim_raise(L, "%s: the topology says raft = false; leave that out, or say true", verb);
    }
    script->raft_needed = true;
    sim_raise_fatal(L);
}

void sim_script_set_log(SimScript *script,
                        void (*log)(void *data, int64_t now_us, const char *text), void *data)
{
    script->log = log;
    script->log_data = data;
}

const char *sim_script_error(const SimScript *script)
{
    return script->error;
}

size_t sim_script_must_see(const SimScript *script, size_t place, SimTraceKind *kind,
                           uint64_t *count)
{
    if (place < script->must_see_counts->len) {
        *kind = g_array_index(script->must_see, SimTraceKind, place);
        *count = g_array_index(script->must_see_counts, uint64_t, place);
    }
    return script->must_see_counts->len;
}

const GArray *sim_script_measures(const SimScript *script)
{
    return script->measures;
}

const GPtrArray *sim_script_steps(const SimScript *script)
{
    return script->steps;
}

const GArray *sim_script_headings(const SimScript *script)
{
    return script->headings;
}

const GPtrArray *sim_script_answers(const SimScript *script)
{
    return script->answers;
}

/* --- the list of verbs ----------------------------------------------------------------------- */

static void add_functions(GPtrArray *names, const luaL_Reg *functions)
{
    for (; functions->name != NULL; functions++) {
        g_ptr_array_add(names, g_strdup(functions->name));
    }
}

GPtrArray *sim_script_verbs(void)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    size_t count;
    const char *const *constructors = sim_quantity_constructors(&count);
    for (size_t i = 0; i < count; i++) {
        g_ptr_array_add(names, g_strdup(constructors[i]));
    }
    add_functions(names, sim_verbs_file);
    add_functions(names, sim_verbs_measured);
    add_functions(names, sim_verbs_chance);
    add_functions(names, sim_verbs_flow);
    add_functions(names, sim_verbs_expect);
    for (int kind = 0; kind < SIM_N_CHECKS; kind++) {
        g_ptr_array_add(names, g_strdup_printf("checks.%s", sim_check_type(kind)->name));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
        for (const luaL_Reg *const *table = classes[i]->methods; *table != NULL; table++) {
            for (const luaL_Reg *method = *table; method->name != NULL; method++) {
                g_ptr_array_add(names,
                                g_strdup_printf("%s:%s", classes[i]->annotation, method->name));
            }
        }
        for (const char *const *field = classes[i]->fields; field != NULL && *field != NULL;
             field++) {
            g_ptr_array_add(names, g_strdup_printf("%s.%s", classes[i]->annotation, *field));
        }
    }
    g_ptr_array_sort(names, compare_texts);
    return names;
}
