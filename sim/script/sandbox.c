/* sim/script/sandbox.c -- Lua's own library, made deterministic and harmless.
 *
 * What depends on addresses, hash order or the outside goes or is replaced: pairs and next walk by
 * sorted key, tostring shows no address, what could run for ever inside C pays from the budget of
 * instructions, and pcall lets pass what ends a run. */
#include <stdlib.h>
#include <string.h>

#include "sim/script/state.h"

/* --- the order of keys ----------------------------------------------------------------------- */

typedef enum KeyRank {
    KEY_NUMBER,
    KEY_STRING,
    KEY_BOOLEAN,
    KEY_HANDLE,
    KEY_UNORDERED
} KeyRank;

typedef struct Key {
    KeyRank rank;
    bool is_integer;
    lua_Integer integer;
    lua_Number number;
    const char *text; /* borrowed from the table that holds the key */
    size_t size;
    uint64_t handle;
    lua_Integer position; /* in the unsorted list */
} Key;

static Key key_at(lua_State *L, int index)
{
    Key key = { .rank = KEY_UNORDERED };
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        key.rank = KEY_NUMBER;
        key.is_integer = lua_isinteger(L, index);
        key.integer = lua_tointeger(L, index);
        key.number = lua_tonumber(L, index);
        break;
    case LUA_TSTRING:
        key.rank = KEY_STRING;
        key.text = lua_tolstring(L, index, &key.size);
        break;
    case LUA_TBOOLEAN:
        key.rank = KEY_BOOLEAN;
        key.handle = lua_toboolean(L, index);
        break;
    case LUA_TUSERDATA:
        for (SimHandleKind kind = 0; kind < SIM_N_HANDLES; kind++) {
            const SimHandle *handle = sim_handle_test(L, index, kind);
            if (handle != NULL) {
                key.rank = KEY_HANDLE;
                key.handle = (uint64_t)kind << 32 | handle->index;
            }
        }
        break;
    default:
        break;
    }
    return key;
}

static int compare_keys(const void *left, const void *right)
{
    const Key *a = left, *b = right;
    if (a->rank != b->rank) {
        return a->rank < b->rank ? -1 : 1;
    }
    switch (a->rank) {
    case KEY_NUMBER: /* a float that is a key has no integer value, so a tie cannot be */
        if (a->is_integer && b->is_integer) {
            return (a->integer > b->integer) - (a->integer < b->integer);
        }
        return (a->number > b->number) - (a->number < b->number);
    case KEY_STRING: {
        int order = memcmp(a->text, b->text, MIN(a->size, b->size));
        return order ? order : (a->size > b->size) - (a->size < b->size);
    }
    default:
        return (a->handle > b->handle) - (a->handle < b->handle);
    }
}

static void check_ordered(lua_State *L, size_t unordered)
{
    if (unordered > 1) {
        sim_raise(L, "keys that are tables or functions have no order to walk in; use a list");
    }
}

static int iterate(lua_State *L) /* upvalues: table, keys, position */
{
    lua_Integer position = lua_tointeger(L, lua_upvalueindex(3));
    for (;;) {
        position++;
        if (lua_rawgeti(L, lua_upvalueindex(2), position) == LUA_TNIL) {
            break;
        }
        lua_pushvalue(L, -1);                                 /* key key */
        if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) { /* key value */
            lua_pushinteger(L, position);
            lua_replace(L, lua_upvalueindex(3));
            return 2;
        }
        lua_pop(L, 2); /* it was removed during the walk */
    }
    return 1;
}

static int sorted_pairs(lua_State *L) /* pairs(table) */
{
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    if (lua_type(L, 1) != LUA_TTABLE) {
        sim_raise(L, "pairs expects a table, got %s", sim_quantity_describe(L, 1));
    }
    lua_settop(L, 1);
    lua_newtable(L); /* table unsorted */
    lua_Integer count = 0;
    for (lua_pushnil(L); lua_next(L, 1);) { /* table unsorted key value */
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, 2, ++count);
    }
    sim_charge(L, count * 4);
    Key *keys = lua_newuserdatauv(L, sizeof *keys * ((size_t)count + 1), 0);
    size_t unordered = 0;
    for (lua_Integer i = 0; i < count; i++) {
        lua_rawgeti(L, 2, i + 1);
        keys[i] = key_at(L, -1);
        keys[i].position = i + 1;
        unordered += keys[i].rank == KEY_UNORDERED;
        lua_pop(L, 1);
    }
    check_ordered(L, unordered);
    qsort(keys, (size_t)count, sizeof *keys, compare_keys);
    lua_createtable(L, (int)count, 0); /* table unsorted buffer sorted */
    for (lua_Integer i = 0; i < count; i++) {
        lua_rawgeti(L, 2, keys[i].position);
        lua_rawseti(L, 4, i + 1);
    }
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 4);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, iterate, 3);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

static int sorted_next(lua_State *L) /* next(table, key): the smallest greater key */
{
    if (lua_type(L, 1) != LUA_TTABLE) {
        sim_raise(L, "next expects a table, got %s", sim_quantity_describe(L, 1));
    }
    lua_settop(L, 2);
    bool first = lua_isnil(L, 2), found = false;
    Key after = key_at(L, 2), best = { 0 };
    size_t unordered = 0;
    int64_t walked = 0;
    lua_pushnil(L); /* table key best; a value keeps the best key's text alive */
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) { /* table key best k v */
        Key key = key_at(L, -2);
        walked++;
        unordered += key.rank == KEY_UNORDERED;
        if ((!first && compare_keys(&key, &after) <= 0) ||
            (found && compare_keys(&key, &best) >= 0)) {
            continue;
        }
        found = true;
        best = key;
        lua_pushvalue(L, -2);
        lua_replace(L, 3);
    }
    check_ordered(L, unordered);
    sim_charge(L, walked);
    if (!found) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushvalue(L, 3);
    lua_pushvalue(L, 3);
    lua_rawget(L, 1);
    return 2;
}

/* --- text without addresses ------------------------------------------------------------------ */

/* Pushes the text of the value at @index. */
static void push_text(lua_State *L, int index)
{
    int type = lua_type(L, index);
    bool plain = type != LUA_TTABLE && type != LUA_TFUNCTION && type != LUA_TUSERDATA &&
                 type != LUA_TTHREAD && type != LUA_TLIGHTUSERDATA;
    if (plain || luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
        if (!plain) {
            lua_pop(L, 1);
        }
        luaL_tolstring(L, index, NULL);
    } else {
        lua_pushstring(L, lua_typename(L, type));
    }
}

static int text_of(lua_State *L) /* tostring(value) */
{
    luaL_checkany(L, 1);
    push_text(L, 1);
    return 1;
}

static int call_original(lua_State *L)
{
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static int format_text(lua_State *L) /* string.format(...) */
{
    const char *format = lua_tostring(L, 1);
    for (const char *c = format; c != NULL && (c = strchr(c, '%')) != NULL; c++) {
        c++;
        c += strspn(c, "-+ #0123456789.");
        if (*c == 'p') {
            sim_raise(L, "string.format: an address (%%p) differs from run to run");
        }
        if (!*c) {
            break;
        }
    }
    for (int i = 2; i <= lua_gettop(L); i++) {
        int type = lua_type(L, i);
        if (type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TUSERDATA) {
            push_text(L, i);
            lua_replace(L, i);
        }
    }
    return call_original(L);
}

int sim_verb_log(lua_State *L) /* print and log: values apart by a blank */
{
    int count = lua_gettop(L);
    luaL_Buffer buffer;
    for (int i = 1; i <= count; i++) {
        push_text(L, i);
        lua_replace(L, i);
    }
    luaL_buffinit(L, &buffer);
    for (int i = 1; i <= count; i++) {
        size_t size;
        const char *text = lua_tolstring(L, i, &size);
        if (i > 1) {
            luaL_addchar(&buffer, ' ');
        }
        luaL_addlstring(&buffer, text, size);
    }
    luaL_pushresult(&buffer);
    sim_charge(L, 500 + 8 * (int64_t)lua_rawlen(L, -1));
    sim_script_note(sim_script_of(L), false, lua_tostring(L, -1));
    return 0;
}

/* --- what could run for ever in C ------------------------------------------------------------ */

static int repeat_text(lua_State *L) /* string.rep(text, n, between) */
{
    size_t size = 0, between = 0;
    lua_Number times = lua_tonumber(L, 2);
    if (lua_type(L, 1) == LUA_TSTRING) {
        lua_tolstring(L, 1, &size);
    }
    if (lua_type(L, 3) == LUA_TSTRING) {
        lua_tolstring(L, 3, &between);
    }
    if (times * (double)MAX(size + between, 1) > SIM_SCRIPT_MEMORY_LIMIT) {
        sim_script_of(L)->fatal = true;
        sim_raise(L, "out of memory: string.rep makes more than %d MiB",
                  (int)(SIM_SCRIPT_MEMORY_LIMIT >> 20));
    }
    if (times > 0) {
        sim_charge(L, (int64_t)(times * (double)(size + between) / 16));
    }
    return call_original(L);
}

/* How many single items of @pattern repeat, by *, +, - or ?. */
static int count_repeats(const char *pattern)
{
    int repeats = 0;
    for (const char *c = pattern; *c;) {
        if (*c == '%' && c[1]) {
            c += 2;
        } else if (*c == '[') {
            c += 1 + (c[1] == '^');
            if (*c == ']') {
                c++;
            }
            while (*c && *c != ']') {
                c += *c == '%' && c[1] ? 2 : 1;
            }
            c += *c == ']';
        } else {
            c++;
        }
        if (*c && strchr("*+-?", *c) != NULL) {
            repeats++;
            c++;
        }
    }
    return repeats;
}

/* The matcher tries at most all ways to spread @size letters over the repeats, from each start. No
 * hook can stop it inside, so what could take minutes is refused before. */
static int match_pattern(lua_State *L) /* string.find, match, gmatch, gsub */
{
    size_t size;
    if (lua_type(L, 1) != LUA_TSTRING || lua_type(L, 2) != LUA_TSTRING) {
        return call_original(L);
    }
    lua_tolstring(L, 1, &size);
    const char *pattern = lua_tostring(L, 2);
    int repeats = count_repeats(pattern);
    double ways = *pattern == '^' ? 1 : (double)size + 1;
    for (int i = 1; i <= repeats; i++) {
        ways = ways * ((double)size + i) / i;
    }
    if (ways > 5e9) {
        sim_raise(L, "the pattern '%s' could take for ever on a text of %d bytes", pattern,
                  (int)size);
    }
    sim_charge(L, (int64_t)size / 4);
    return call_original(L);
}

static int sort_table(lua_State *L) /* table.sort(list, before) */
{
    if (lua_type(L, 1) == LUA_TTABLE) {
        sim_charge(L, (int64_t)lua_rawlen(L, 1) * 20);
    }
    return call_original(L);
}

static int move_table(lua_State *L) /* table.move(a, from, to, at, b) */
{
    lua_Number count = lua_tonumber(L, 3) - lua_tonumber(L, 2);
    if (count > 1e8) {
        sim_raise(L, "table.move: too many elements");
    }
    if (count > 0) {
        sim_charge(L, (int64_t)count);
    }
    return call_original(L);
}

static int list_work(lua_State *L) /* table.insert, remove, concat, unpack */
{
    if (lua_type(L, 1) == LUA_TTABLE) {
        sim_charge(L, (int64_t)lua_rawlen(L, 1) / 16);
    }
    return call_original(L);
}

static int text_work(lua_State *L) /* utf8.len and others that walk along a text */
{
    if (lua_type(L, 1) == LUA_TSTRING) {
        sim_charge(L, (int64_t)lua_rawlen(L, 1) / 16);
    }
    return call_original(L);
}

static int set_metatable(lua_State *L) /* setmetatable(table, metatable) */
{
    if (lua_type(L, 2) == LUA_TTABLE) {
        static const char *const refused[] = { "__gc", "__mode", "__len", "__close" };
        for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
            lua_pushstring(L, refused[i]);
            if (lua_rawget(L, 2) != LUA_TNIL) {
                sim_raise(L, "setmetatable: %s is not available in scenarios", refused[i]);
            }
            lua_pop(L, 1);
        }
    }
    return call_original(L);
}

/* --- largest and smallest of quantities ------------------------------------------------------ */

static int extreme(lua_State *L, int op)
{
    SimQuantity quantity;
    if (!sim_quantity_get(L, 1, &quantity)) {
        return call_original(L);
    }
    int best = 1;
    for (int i = 2; i <= lua_gettop(L); i++) {
        if (op == LUA_OPLT ? lua_compare(L, i, best, LUA_OPLT)
                           : lua_compare(L, best, i, LUA_OPLT)) {
            best = i;
        }
    }
    lua_pushvalue(L, best);
    return 1;
}

static int smallest(lua_State *L)
{
    return extreme(L, LUA_OPLT);
}

static int largest(lua_State *L)
{
    return extreme(L, LUA_OPLE);
}

/* --- protected calls ------------------------------------------------------------------------- */

/* After a call that raised: what ends the run goes on upwards. */
static void pass_fatal(lua_State *L, int status)
{
    SimScript *script = sim_script_of(L);
    if (status == LUA_ERRMEM) {
        sim_script_note_starved(script);
    }
    if (script->fatal) {
        lua_error(L);
    }
}

/* A stack that overflowed grew to a million slots before: caught, it has cost more than its calls.
 */
static void charge_overflow(lua_State *L)
{
    if (lua_type(L, -1) == LUA_TSTRING && strstr(lua_tostring(L, -1), "stack overflow") != NULL) {
        sim_charge(L, 10000000);
    }
}

static int end_call(lua_State *L, int status, lua_KContext extra)
{
    if (status != LUA_OK && status != LUA_YIELD) {
        pass_fatal(L, status);
        charge_overflow(L);
        lua_pushboolean(L, false);
        lua_pushvalue(L, -2);
        return 2;
    }
    return lua_gettop(L) - (int)extra;
}

static int protected_call(lua_State *L) /* pcall(f, ...) */
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, true);
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, end_call);
    return end_call(L, status, 0);
}

static int protected_call_with(lua_State *L) /* xpcall(f, handler, ...) */
{
    int count = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushboolean(L, true);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2); /* f handler true f ... */
    int status = lua_pcallk(L, count - 2, LUA_MULTRET, 2, 2, end_call);
    return end_call(L, status, 2);
}

/* --- coroutines of the scenario's own --------------------------------------------------------- */

/* They hand values to and fro; letting time pass is what spawn is for, and wait says so. */

static int guarded_resume(lua_State *L) /* coroutine.resume(co, ...); upvalue: Lua's own */
{
    lua_State *coroutine = lua_tothread(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    int status = coroutine != NULL ? lua_status(coroutine) : LUA_OK;
    if (status != LUA_OK && status != LUA_YIELD) {
        pass_fatal(L, status);
    }
    return lua_gettop(L);
}

static int call_wrapped(lua_State *L) /* upvalues: resume, the coroutine */
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_rotate(L, 1, 2); /* resume coroutine ... */
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    if (!lua_toboolean(L, 1)) {
        return lua_error(L); /* what it raised is on top */
    }
    return lua_gettop(L) - 1;
}

static int wrap(lua_State *L) /* coroutine.wrap(f) */
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, "coroutine");
    lua_getfield(L, -1, "resume");
    lua_State *coroutine = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, coroutine, 1);
    lua_pushcclosure(L, call_wrapped, 2);
    return 1;
}

/* A task that yields without saying what shall wake it would sleep for ever. */
static int yield(lua_State *L) /* coroutine.yield(...) */
{
    const SimScript *script = sim_script_of(L);
    if (L == script->entry || (script->task != NULL && script->task->thread == L)) {
        sim_raise(L, "coroutine.yield: no coroutine of the scenario's runs here");
    }
    return lua_yield(L, lua_gettop(L));
}

/* --- opening --------------------------------------------------------------------------------- */

static const luaL_Reg replaced[] = {
    { "pairs", sorted_pairs },
    { "next", sorted_next },
    { "tostring", text_of },
    { "pcall", protected_call },
    { "xpcall", protected_call_with },
    { "print", sim_verb_log },

    { NULL, NULL },
};

static const luaL_Reg libraries[] = {
    { "_G", luaopen_base },   { "table", luaopen_table }, { "string", luaopen_string },
    { "math", luaopen_math }, { "utf8", luaopen_utf8 },   { "coroutine", luaopen_coroutine },
    { NULL, NULL },
};

static const struct {
    const char *library, *name;
    lua_CFunction guard; /* NULL: taken away */
} guards[] = {
    { "_G", "dofile", NULL },
    { "_G", "load", NULL },
    { "_G", "loadfile", NULL },
    { "_G", "collectgarbage", NULL },
    { "_G", "warn", NULL },
    { "_G", "setmetatable", set_metatable },
    { "string", "dump", NULL },
    { "string", "format", format_text },
    { "string", "rep", repeat_text },
    { "string", "find", match_pattern },
    { "string", "match", match_pattern },
    { "string", "gmatch", match_pattern },
    { "string", "gsub", match_pattern },
    { "string", "upper", text_work },
    { "string", "lower", text_work },
    { "string", "reverse", text_work },
    { "string", "unpack", text_work },
    { "utf8", "len", text_work },
    { "utf8", "codepoint", text_work },
    { "utf8", "offset", text_work },
    { "table", "sort", sort_table },
    { "table", "move", move_table },
    { "table", "insert", list_work },
    { "table", "remove", list_work },
    { "table", "concat", list_work },
    { "table", "unpack", list_work },
    { "coroutine", "resume", guarded_resume },
    { "coroutine", "wrap", wrap },
    { "coroutine", "yield", yield },
    { "math", "random", NULL },
    { "math", "randomseed", NULL },
    { "math", "min", smallest },
    { "math", "max", largest },
};

void sim_sandbox_open(lua_State *L)
{
    for (const luaL_Reg *library = libraries; library->name != NULL; library++) {
        luaL_requiref(L, library->name, library->func, 1);
        lua_pop(L, 1);
    }
    lua_getglobal(L, "_G"); /* globals */
    for (size_t i = 0; i < G_N_ELEMENTS(guards); i++) {
        lua_getfield(L, -1, guards[i].library); /* globals library */
        if (guards[i].guard != NULL) {
            lua_getfield(L, -1, guards[i].name);
            lua_pushcclosure(L, guards[i].guard, 1);
        } else {
            lua_pushnil(L);
        }
        lua_setfield(L, -2, guards[i].name);
        lua_pop(L, 1);
    }
    luaL_setfuncs(L, replaced, 0);
    lua_pop(L, 1);
}
