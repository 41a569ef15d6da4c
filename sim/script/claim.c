/* sim/script/claim.c -- cuts a claim out of its source and finds out what it refers to.
 *
 * Lua keeps of a function only the lines on which it begins and ends, so the words "function" and
 * "end" on those lines are tried until a piece compiles and has the function's parameters. Names
 * are bound to what they meant at the moment of failure. */
#include "sim/script/claim.h"
#include "sim/client/client.h"
#include "sim/client/fleet.h"
#include "sim/study/study.h"

#include <string.h>

enum {
    DEPTH_LIMIT = 6,
    ITEM_LIMIT = 20000
};

/* --- refusing -------------------------------------------------------------------------------- */

static void refuse(SimClaim *claim, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void refuse(SimClaim *claim, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    if (claim->why_not == NULL) {
        claim->why_not = g_strdup_vprintf(format, list);
    }
    va_end(list);
}

/* --- reading Lua's text ---------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

static bool is_word(const char *text, const char *at, const char *word)
{
    size_t size = strlen(word);
    return strncmp(at, word, size) == 0 && !is_letter(at[size]) &&
           (at == text || !is_letter(at[-1]));
}

/* End of the long bracket "[[ ... ]]" or "[==[ ... ]==]" at @at; NULL if none begins there. */
static const char *skip_long_bracket(const char *at)
{
    const char *c = at + 1;
    while (*c == '=') {
        c++;
    }
    if (*at != '[' || *c != '[') {
        return NULL;
    }
    g_autofree char *end = g_strndup(at, (size_t)(c - at + 1));
    for (char *e = end; *e; e++) {
        *e = *e == '[' ? ']' : *e;
    }
    const char *found = strstr(c, end);
    return found != NULL ? found + strlen(end) : c + strlen(c);
}

/* What follows the string or comment that begins at @at; @at itself if none does. */
static const char *skip_literal(const char *at)
{
    if (at[0] == '-' && at[1] == '-') {
        const char *end = skip_long_bracket(at + 2);
        return end != NULL ? end : at + strcspn(at, "\n");
    }
    if (*at == '[') {
        const char *end = skip_long_bracket(at);
        return end != NULL ? end : at;
    }
    if (*at != '"' && *at != '\'') {
        return at;
    }
    const char *c = at + 1;
    for (; *c && *c != *at; c++) {
        if (*c == '\\' && c[1]) {
            c++;
        }
    }
    return *c ? c + 1 : c;
}

static const char *line_start(const char *text, int line)
{
    for (; line > 1 && text != NULL; line--) {
        if ((text = strchr(text, '\n')) != NULL) {
            text++;
        }
    }
    return text;
}

/* Does @piece compile as an expression, and is it a function of @params (or any, if negative)? */
static bool compiles(const char *piece, int params)
{
    lua_State *L = luaL_newstate();
    g_autofree char *chunk = g_strdup_printf("return %s", piece);
    bool good = luaL_loadstring(L, chunk) == LUA_OK;
    if (good && params >= 0) {
        lua_Debug ar;
        good = lua_pcall(L, 0, 1, 0) == LUA_OK && lua_isfunction(L, -1);
        if (good) {
            lua_getinfo(L, ">u", &ar);
            good = ar.nparams == params;
        }
    }
    lua_close(L);
    return good;
}

/* "function" at @at up to an "end" on the lines before @stop, without its name. NULL: none fits. */
static char *piece_from(const char *at, const char *last_line, const char *stop, int params)
{
    const char *open = strchr(at, '(');
    if (open == NULL || open >= stop) {
        return NULL;
    }
    for (const char *c = open; c < stop;) {
        const char *after = skip_literal(c);
        if (after != c) {
            c = after;
            continue;
        }
        if (c >= last_line && is_word(open, c, "end")) {
            g_autofree char *body = g_strndup(open, (size_t)(c + 3 - open));
            char *piece = g_strconcat("function", body, NULL);
            if (compiles(piece, params)) {
                return piece;
            }
            g_free(piece);
        }
        c++;
    }
    return NULL;
}

static const char *source_text(const SimScript *script, const char *name)
{
    for (guint i = 0; i < script->sources->len; i++) {
        const SimSource *source = script->sources->pdata[i];
        if (strcmp(source->name, name) == 0) {
            return source->text;
        }
    }
    return NULL;
}

/* Text of the function on top of the stack. */
static char *function_text(lua_State *L)
{
    lua_Debug ar;
    lua_pushvalue(L, -1);
    lua_getinfo(L, ">Su", &ar);
    const char *text = source_text(sim_script_of(L), ar.short_src);
    const char *first = text != NULL ? line_start(text, ar.linedefined) : NULL;
    const char *last = text != NULL ? line_start(text, ar.lastlinedefined) : NULL;
    if (first == NULL || last == NULL) {
        return NULL;
    }
    const char *first_end = first + strcspn(first, "\n"), *stop = last + strcspn(last, "\n");
    for (const char *c = first; c < first_end;) {
        const char *after = skip_literal(c);
        if (after == c && is_word(text, c, "function")) {
            char *piece = piece_from(c, last, stop, ar.nparams);
            if (piece != NULL) {
                return piece;
            }
        }
        c = after == c ? c + 1 : after;
    }
    return NULL;
}

/* Does @code say .name or :name? Then it may want that entry of a table. */
static bool mentions_entry(const char *code, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = code; (at = strstr(at, name)) != NULL; at += size) {
        if (at > code && (at[-1] == '.' || at[-1] == ':' || at[-1] == '"') &&
            !is_letter(at[size])) {
            return true;
        }
    }
    return false;
}

/* --- values ---------------------------------------------------------------------------------- */

static SimValue *read_value(lua_State *L, SimClaim *claim, const char *name, const char *code,
                            int depth);

static const SimBinding *find_binding(const SimClaim *claim, const char *name)
{
    for (guint i = 0; i < claim->bindings->len; i++) {
        const SimBinding *binding = claim->bindings->pdata[i];
        if (strcmp(binding->name, name) == 0) {
            return binding;
        }
    }
    return NULL;
}

/* Binds @name to the value on top of the stack, which is popped. */
static void bind(lua_State *L, SimClaim *claim, const char *name, const char *code, int depth)
{
    const SimBinding *old = find_binding(claim, name);
    const void *identity = lua_topointer(L, -1);
    if (old == NULL && depth < DEPTH_LIMIT && lua_checkstack(L, 12)) {
        SimValue *value = read_value(L, claim, name, code, depth + 1);
        sim_claim_bind(claim, name, identity, value);
    } else if (old == NULL) {
        refuse(claim, "it is made of too many helpers");
    } else if (old->identity != identity) {
        refuse(claim, "the name '%s' means two things in it", name);
    }
    lua_pop(L, 1);
}

static bool bind_upvalues(lua_State *L, SimClaim *claim, const char *code, int depth)
{
    int function = lua_gettop(L);
    const char *name;
    for (int i = 1; (name = lua_getupvalue(L, function, i)) != NULL; i++) {
        if (strcmp(name, "_ENV") == 0 || !*name) {
            lua_pop(L, 1);
        } else {
            bind(L, claim, name, code, depth);
        }
    }
    return claim->why_not == NULL;
}

static SimValue *read_function(lua_State *L, SimClaim *claim, const char *name, int depth)
{
    char *code = lua_iscfunction(L, -1) ? NULL : function_text(L);
    if (code == NULL) {
        refuse(claim, "its helper '%s' cannot be taken out of its file", name);
        return NULL;
    }
    bind_upvalues(L, claim, code, depth);
    return sim_value_new(SIM_VALUE_CODE, 0, code);
}

static char *key_text(lua_State *L)
{
    if (lua_type(L, -2) != LUA_TSTRING) {
        return lua_isinteger(L, -2) ? g_strdup_printf("[%lld]", lua_tointeger(L, -2)) : NULL;
    }
    g_autofree char *quoted = sim_lua_string(lua_tostring(L, -2));
    return g_strdup_printf("[%s]", quoted);
}

/* A list goes by its order; of named entries only those are taken that @code may want. */
static SimValue *read_table(lua_State *L, SimClaim *claim, const char *name, const char *code,
                            int depth)
{
    SimValue *table = sim_value_new(SIM_VALUE_TABLE, 0, NULL);
    lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
    if (count > ITEM_LIMIT || depth > DEPTH_LIMIT) {
        refuse(claim, "its table '%s' is too large", name);
        return table;
    }
    for (lua_Integer i = 1; i <= count && claim->why_not == NULL; i++) {
        lua_rawgeti(L, -1, i);
        sim_value_add(table, NULL, read_value(L, claim, name, code, depth + 1));
        lua_pop(L, 1);
    }
    /* Hash order does not show: keys are sorted when they are written. */
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        bool listed =
            lua_isinteger(L, -2) && lua_tointeger(L, -2) >= 1 && lua_tointeger(L, -2) <= count;
        bool wanted = !listed &&
                      (lua_type(L, -2) != LUA_TSTRING || mentions_entry(code, lua_tostring(L, -2)));
        char *key = wanted && claim->why_not == NULL ? key_text(L) : NULL;
        if (key != NULL) {
            sim_value_add(table, key, read_value(L, claim, name, code, depth + 1));
        }
    }
    return table;
}

static SimValue *read_fleet(SimScript *script, uint32_t index)
{
    SimValue *list = sim_value_new(SIM_VALUE_TABLE, 0, NULL);
    size_t count;
    const uint32_t *members = sim_fleet_members(script->world->fleets->pdata[index], &count);
    for (size_t i = 0; i < count; i++) {
        sim_value_add(list, NULL, sim_value_new(SIM_VALUE_CLIENT, members[i], NULL));
    }
    return list;
}

static SimValue *read_handle(lua_State *L, SimClaim *claim, const char *name)
{
    static const struct {
        SimHandleKind handle;
        SimValueKind value;
    } plain[] = { { SIM_HANDLE_WORLD, SIM_VALUE_WORLD },
                  { SIM_HANDLE_NODE, SIM_VALUE_NODE },
                  { SIM_HANDLE_CLIENT, SIM_VALUE_CLIENT },
                  { SIM_HANDLE_INTERCEPT, SIM_VALUE_INTERCEPT } };
    const SimHandle *handle;
    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++) {
        if ((handle = sim_handle_test(L, -1, plain[i].handle)) != NULL) {
            return sim_value_new(plain[i].value, handle->index, NULL);
        }
    }
    if ((handle = sim_handle_test(L, -1, SIM_HANDLE_FLEET)) != NULL) {
        return read_fleet(sim_script_of(L), handle->index);
    }
    refuse(claim, "it looks at '%s', which the story made on its way (%s)", name,
           luaL_typename(L, -1));
    return NULL;
}

/* The value on top of the stack, which stays. */
static SimValue *read_value(lua_State *L, SimClaim *claim, const char *name, const char *code,
                            int depth)
{
    SimQuantity quantity;
    switch (lua_type(L, -1)) {
    case LUA_TNIL:
        return sim_value_new(SIM_VALUE_TEXT, 0, g_strdup("nil"));
    case LUA_TBOOLEAN:
        return sim_value_new(SIM_VALUE_TEXT, 0, g_strdup(lua_toboolean(L, -1) ? "true" : "false"));
    case LUA_TNUMBER: {
        lua_pushvalue(L, -1);
        char *text = g_strdup(lua_tostring(L, -1));
        lua_pop(L, 1);
        return sim_value_new(SIM_VALUE_TEXT, 0, text);
    }
    case LUA_TSTRING:
        return sim_value_new(SIM_VALUE_TEXT, 0, sim_lua_string(lua_tostring(L, -1)));
    case LUA_TFUNCTION:
        return read_function(L, claim, name, depth);
    case LUA_TTABLE:
        return read_table(L, claim, name, code, depth);
    default:
        if (sim_quantity_get(L, -1, &quantity)) {
            return sim_value_new(SIM_VALUE_TEXT, 0,
                                 sim_lua_quantity(quantity.kind, quantity.value));
        }
        return read_handle(L, claim, name);
    }
}

/* --- what is wrong at that moment ------------------------------------------------------------ */

static bool is_wrong(const SimTruth *truth, uint32_t node, SimInstance instance,
                     SimClaimTruth *wrong)
{
    SimInstanceState state = sim_truth_instance(truth, instance)->state;
    bool lists = sim_truth_lists(truth, node, instance);
    *wrong = lists ? SIM_CLAIM_LISTS : SIM_CLAIM_LACKS;
    return sim_truth_concerns(truth, node, instance) &&
           ((state == SIM_INSTANCE_LIVE && !lists) || (state == SIM_INSTANCE_GONE && lists));
}

static unsigned all_wrongs(const SimWorld *world)
{
    unsigned wrongs = 0;
    SimClaimTruth wrong;
    for (SimInstance i = 0; i < sim_truth_instance_count(world->study->truth); i++) {
        for (uint32_t node = 0; node < world->nodes->len; node++) {
            if (sim_world_node(world, node)->alive &&
                is_wrong(world->study->truth, node, i, &wrong)) {
                wrongs |= wrong;
            }
        }
    }
    return wrongs;
}

static void read_truth(const SimScript *script, SimClaim *claim)
{
    const SimWorld *world = script->world;
    SimInstance instance = UINT32_MAX;
    claim->failed_us = world->now_us;
    claim->truth = all_wrongs(world);
    g_autofree char *text = sim_truth_explain(world->study->truth, &claim->node, &instance);
    if (text == NULL) {
        return;
    }
    claim->client = sim_truth_instance(world->study->truth, instance)->client;
    if (!is_wrong(world->study->truth, claim->node, instance, &claim->explained)) {
        claim->explained = SIM_CLAIM_OTHER;
    }
    claim->truth |= claim->explained;
}

static void append_client(const SimScript *script, GString *out, uint32_t index)
{
    g_autoptr(GArray) instances = g_array_new(false, false, sizeof(SimInstance));
    bool open = sim_client_open(sim_world_client(script->world, index));
    bool known = sim_truth_client_instances(script->world->study->truth, index, instances) > 0;
    g_string_append(out, !known ? "never" : open ? "open" : "gone");
}

/* A claim about a client that never registered fails trivially; so does one about a node that is
 * down. Those that a claim names must stand as they stood. */
static void read_subject_states(const SimScript *script, SimClaim *claim)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < claim->bindings->len; i++) {
        const SimBinding *binding = claim->bindings->pdata[i];
        const SimValue *value = binding->value;
        if (value == NULL || (value->kind != SIM_VALUE_NODE && value->kind != SIM_VALUE_CLIENT)) {
            continue;
        }
        g_string_append_printf(out, "%s=", binding->name);
        if (value->kind == SIM_VALUE_NODE) {
            g_string_append(out,
                            sim_world_node(script->world, value->index)->alive ? "up" : "down");
        } else {
            append_client(script, out, value->index);
        }
        g_string_append_c(out, ' ');
    }
    g_free(claim->states);
    claim->states = g_string_free(out, false);
}

static bool looks_at_world(const SimValue *value)
{
    if (value == NULL) {
        return false;
    }
    if (value->kind == SIM_VALUE_TABLE) {
        for (guint i = 0; i < value->items->len; i++) {
            if (looks_at_world(value->items->pdata[i])) {
                return true;
            }
        }
        return false;
    }
    return value->kind != SIM_VALUE_TEXT && value->kind != SIM_VALUE_CODE;
}

/* What only compares numbers that were computed before says nothing about another story. */
static void refuse_constants(SimClaim *claim)
{
    for (guint i = 0; i < claim->bindings->len; i++) {
        if (looks_at_world(((const SimBinding *)claim->bindings->pdata[i])->value)) {
            return;
        }
    }
    if (claim->in_field || (claim->code != NULL && strstr(claim->code, "function(w)") != NULL)) {
        return; /* the world is its parameter */
    }
    refuse(claim, "it compares values that the story computed before");
}

/* --- readings -------------------------------------------------------------------------------- */

static SimClaimKind kind_of_look(const SimLook *look)
{
    switch (look->kind) {
    case SIM_LOOK_ALWAYS:
        return SIM_CLAIM_ALWAYS;
    case SIM_LOOK_NEVER:
        return SIM_CLAIM_NEVER;
    default:
        return look->within ? SIM_CLAIM_WITHIN : SIM_CLAIM_EVENTUALLY;
    }
}

/* Text of a plain value: what must not have changed between the claim's beginning and its end. */
static char *constants_text(const SimClaim *claim)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < claim->bindings->len; i++) {
        const SimBinding *binding = claim->bindings->pdata[i];
        if (binding->value != NULL && binding->value->kind == SIM_VALUE_TEXT) {
            g_string_append_printf(out, "%s=%s;", binding->name, binding->value->text);
        }
    }
    return g_string_free(out, false);
}

typedef struct Reading {
    SimClaim *claim;
    int function; /* reference */
} Reading;

static int read_claim(lua_State *L)
{
    const Reading *reading = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, reading->function);
    reading->claim->code = lua_iscfunction(L, -1) ? NULL : function_text(L);
    if (reading->claim->code == NULL) {
        refuse(reading->claim, "its text cannot be taken out of its file");
        return 0;
    }
    bind_upvalues(L, reading->claim, reading->claim->code, 0);
    return 0;
}

/* No caller may be unwound, so Lua running out of memory must end here. */
static void read_protected(SimScript *script, SimClaim *claim, int function)
{
    Reading reading = { claim, function };
    if (!lua_checkstack(script->L, 4)) {
        refuse(claim, "there is no memory left to read it");
        return;
    }
    lua_pushcfunction(script->L, read_claim);
    lua_pushlightuserdata(script->L, &reading);
    if (lua_pcall(script->L, 1, 0, 0) == LUA_OK) {
        return;
    }
    lua_pop(script->L, 1);
    refuse(claim, "there is no memory left to read it");
}

void sim_record_look(lua_State *L, const SimLook *look, uint32_t number, bool in_field)
{
    SimScript *script = sim_script_of(L);
    SimRecording *record = script->world->study->record;
    if (record == NULL || look->kind == SIM_LOOK_WATCH) {
        return;
    }
    SimClaim *claim = sim_claim_new(kind_of_look(look));
    claim->in_field = in_field;
    read_protected(script, claim, look->function);
    if (record->looks->len <= number) {
        g_ptr_array_set_size(record->looks, (gint)number + 1);
    }
    record->looks->pdata[number] = claim;
}

static SimClaim *begun_claim(const SimScript *script, const SimLook *look)
{
    const GPtrArray *looks = script->world->study->record->looks;
    for (guint i = 0; i < script->looks->len && i < looks->len; i++) {
        if (script->looks->pdata[i] == look) {
            return looks->pdata[i];
        }
    }
    return NULL;
}

void sim_record_look_failed(SimScript *script, const SimLook *look)
{
    SimRecording *record = script->world->study->record;
    if (record == NULL) {
        return;
    }
    const SimClaim *begun = begun_claim(script, look);
    SimClaim *claim = sim_claim_new(kind_of_look(look));
    claim->in_field = begun != NULL && begun->in_field;
    claim->begun_us = look->begun_us;
    claim->earliest_us = look->earliest_us - look->begun_us;
    claim->latest_us = look->latest_us - look->begun_us;
    claim->message = g_strdup(look->message);
    read_protected(script, claim, look->function);
    g_autofree char *before = begun != NULL ? constants_text(begun) : NULL;
    g_autofree char *after = constants_text(claim);
    if (before != NULL && strcmp(before, after) != 0) {
        refuse(claim, "it looks at values that the story changed meanwhile");
    }
    refuse_constants(claim);
    read_truth(script, claim);
    read_subject_states(script, claim);
    g_ptr_array_add(record->failures, claim);
}

void sim_record_settle_failed(SimScript *script, int64_t quiet_us, int64_t within_us)
{
    if (script->world->study->record == NULL) {
        return;
    }
    SimClaim *claim = sim_claim_new(SIM_CLAIM_SETTLE);
    claim->quiet_us = quiet_us;
    claim->latest_us = within_us;
    claim->begun_us = script->world->now_us - within_us;
    read_truth(script, claim);
    read_subject_states(script, claim);
    g_ptr_array_add(script->world->study->record->failures, claim);
}

/* --- expect ---------------------------------------------------------------------------------- */

/* The first argument of the call whose "(" is at @open; NULL if it has no end. */
static char *first_argument(const char *open)
{
    int depth = 0;
    for (const char *c = open + 1; *c;) {
        const char *after = skip_literal(c);
        if (after != c) {
            c = after;
            continue;
        }
        if (depth == 0 && (*c == ',' || *c == ')')) {
            return g_strstrip(g_strndup(open + 1, (size_t)(c - open - 1)));
        }
        depth += strchr("([{", *c) != NULL;
        depth -= strchr(")]}", *c) != NULL;
        c++;
    }
    return NULL;
}

/* The condition of the one expect that begins on @line. */
static char *condition_text(const char *text, int line)
{
    const char *first = line_start(text, line);
    const char *end = first != NULL ? first + strcspn(first, "\n") : NULL;
    char *found = NULL;
    for (const char *c = first; c != NULL && c < end;) {
        const char *after = skip_literal(c);
        if (after == c && is_word(text, c, "expect")) {
            const char *open = c + strspn(c, "expct ");
            g_free(found); /* the last one on the line is as good as another, if it reads well */
            found = *open == '(' ? first_argument(open) : NULL;
        }
        c = after == c ? c + 1 : after;
    }
    return found;
}

/* Pushes what @name means in the function at level 1 of @L; false, and nothing pushed, if it is
 * global. */
static bool push_named(lua_State *L, lua_Debug *ar, const char *name)
{
    const char *local;
    bool found = false;
    for (int i = 1; (local = lua_getlocal(L, ar, i)) != NULL; i++) {
        bool same = strcmp(local, name) == 0;
        if (same && found) {
            lua_remove(L, -2); /* an inner one hides the outer */
        } else if (!same) {
            lua_pop(L, 1);
        }
        found = found || same;
    }
    if (found) {
        return true;
    }
    lua_getinfo(L, "f", ar);
    int function = lua_gettop(L);
    for (int i = 1; (local = lua_getupvalue(L, function, i)) != NULL; i++) {
        if (strcmp(local, name) == 0) {
            lua_remove(L, function);
            return true;
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return false;
}

/* Binds every name in @code that is not global. */
static void bind_names(lua_State *L, lua_Debug *ar, SimClaim *claim)
{
    for (const char *c = claim->code; *c;) {
        const char *after = skip_literal(c);
        if (after != c) {
            c = after;
            continue;
        }
        if (!is_letter(*c) || g_ascii_isdigit(*c) ||
            (c > claim->code && (is_letter(c[-1]) || c[-1] == '.' || c[-1] == ':'))) {
            c++;
            continue;
        }
        size_t size = 0;
        while (is_letter(c[size])) {
            size++;
        }
        g_autofree char *name = g_strndup(c, size);
        if (find_binding(claim, name) == NULL && lua_checkstack(L, 8) && push_named(L, ar, name)) {
            bind(L, claim, name, claim->code, 0);
        }
        c += size;
    }
}

/* The operation in @code that has just been refused, if that is why the expectation failed. */
static const SimAction *refused_operation(const SimScript *script, const char *code)
{
    const GPtrArray *actions = script->world->study->record->actions;
    for (guint i = actions->len; i-- > 0;) {
        const SimAction *action = actions->pdata[i];
        const SimActionType *type = sim_action_type(action->kind);
        if (!type->waits || action->took_us < 0 ||
            action->at_us + action->took_us != script->world->now_us) {
            continue;
        }
        if (mentions_entry(code, type->verb)) {
            return action;
        }
    }
    return NULL;
}

void sim_record_expect_failed(lua_State *L, const char *message)
{
    SimScript *script = sim_script_of(L);
    SimRecording *record = script->world->study->record;
    lua_Debug ar;
    if (record == NULL) {
        return;
    }
    SimClaim *claim = sim_claim_new(SIM_CLAIM_EXPECT);
    claim->begun_us = script->world->now_us;
    claim->message = g_strdup(message);
    if (!lua_getstack(L, 1, &ar) || !lua_getinfo(L, "Sl", &ar) || ar.currentline <= 0) {
        refuse(claim, "it does not stand in the story's text");
    } else {
        const char *text = source_text(script, ar.short_src);
        claim->code = text != NULL ? condition_text(text, ar.currentline) : NULL;
        if (claim->code == NULL || !compiles(claim->code, -1)) {
            refuse(claim, "its text cannot be taken out of its file");
        } else {
            bind_names(L, &ar, claim);
        }
    }
    const SimAction *op = claim->code != NULL ? refused_operation(script, claim->code) : NULL;
    if (op != NULL) {
        claim->op = sim_action_copy(op);
    } else {
        refuse_constants(claim);
    }
    read_truth(script, claim);
    read_subject_states(script, claim);
    g_ptr_array_add(record->failures, claim);
}
