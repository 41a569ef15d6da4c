/* sim/script/expect.c -- what must hold: expect, eventually, always, watch, checks, budgets.
 *
 * A look is a function of the scenario that is called at once and after every event that changed
 * something. With none active the hook costs one comparison. Each look runs in the entry coroutine,
 * so it cannot wait; tasks whose look came true are resumed after the last one has been taken. */
#include <math.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "sim/script/claim.h"
#include "sim/script/state.h"
#include "sim/study/study.h"

#define POLL_US 100000
#define CHECK_METATABLE "distrosim.check"
enum {
    LOOK_COST = 1000
}; /* instructions: bounds how many a loop can make */

/* --- failing --------------------------------------------------------------------------------- */

/* Takes @message. */
static void end_red(SimScript *script, const char *check, uint32_t node, uint32_t client,
                    DistroService service, char *message)
{
    sim_checks_violate(script->world->study->checks, check, node, client, service, message);
    script->stopped = true;
    script->fatal = true;
    script->world->stopped = true;
}

void sim_script_fail(SimScript *script, const char *check, const char *message)
{
    SimWorld *world = script->world;
    uint32_t node = UINT32_MAX, client = UINT32_MAX;
    SimInstance instance = UINT32_MAX;
    DistroService service = 0;
    bool explained = strcmp(check, "eventually") == 0 || strcmp(check, "within") == 0;
    char *why = explained ? sim_truth_explain(world->study->truth, &node, &instance) : NULL;
    if (why != NULL && instance != UINT32_MAX) {
        const SimInstanceInfo *info = sim_truth_instance(world->study->truth, instance);
        client = info->client;
        service = info->service;
    }
    char *text = why != NULL ? g_strdup_printf("%s: %s", message, why) : g_strdup(message);
    g_free(why);
    end_red(script, check, why != NULL ? node : UINT32_MAX, client, service, text);
}

void sim_script_diverge(SimScript *script, uint32_t node, uint32_t client, DistroService service,
                        char *message)
{
    end_red(script, "core", node, client, service, message);
}

/* The optional message at @index, or @fallback. */
static const char *check_message(lua_State *L, int index, const char *verb, const char *fallback)
{
    if (lua_isnoneornil(L, index)) {
        return fallback;
    }
    const char *text = sim_check_text(L, index, verb, "a message");
    if (!g_utf8_validate(text, -1, NULL)) {
        sim_raise(L, "%s: the message is not UTF-8", verb);
    }
    return text;
}

static int verb_expect(lua_State *L) /* expect(condition, message) */
{
    SimScript *script = sim_script_of(L);
    sim_check_world(L, "expect");
    if (lua_gettop(L) == 0) {
        sim_raise(L, "expect expects a condition");
    }
    lua_settop(L, 2); /* condition message: so that none given is not what we push */
    const char *where = lua_pushfstring(L, "%sthe expectation failed", sim_where(L));
    const char *message = check_message(L, 2, "expect", where);
    if (lua_toboolean(L, 1)) {
        lua_settop(L, 1);
        return 1;
    }
    sim_record_expect_failed(L, lua_isnoneornil(L, 2) ? NULL : message);
    sim_script_fail(script, "expect", message);
    sim_raise_fatal(L);
}

/* --- looking --------------------------------------------------------------------------------- */

SimLook *sim_look_new(lua_State *L, SimLookKind kind, int function_index, const char *message)
{
    SimScript *script = sim_script_of(L);
    sim_charge(L, LOOK_COST);
    lua_pushvalue(L, function_index);
    int function = luaL_ref(L, LUA_REGISTRYINDEX);
    SimLook *look = g_new0(SimLook, 1);
    look->kind = kind;
    look->function = function;
    look->begun_us = script->world->now_us;
    look->message = g_strdup(message);
    look->active = true;
    if (kind == SIM_LOOK_WATCH) {
        look->spans = g_array_new(false, false, sizeof(SimSpan));
    }
    g_ptr_array_add(script->looks, look);
    return look;
}

void sim_look_stop(SimScript *script, SimLook *look)
{
    look->active = false;
    g_ptr_array_remove(script->watching, look);
}

/* Calls the function of @look. */
static bool look_now(lua_State *L, const SimLook *look)
{
    SimScript *script = sim_script_of(L);
    script->evaluating++;
    luaL_checkstack(L, 4, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, look->function);
    sim_handle_push(L, SIM_HANDLE_WORLD, 0);
    lua_call(L, 1, 1);
    bool holds = lua_toboolean(L, -1);
    lua_pop(L, 1);
    script->evaluating--;
    return holds;
}

static void violate(SimScript *script, const char *check, const SimLook *look)
{
    sim_checks_violate(script->world->study->checks, check, UINT32_MAX, UINT32_MAX, 0,
                       g_strdup(look->message));
    sim_record_look_failed(script, look);
}

/* Takes what the look saw. Only a stretch's first sight is a finding. */
static void take(SimScript *script, SimLook *look, bool holds, bool first)
{
    int64_t now_us = script->world->now_us;
    bool turned = first || holds != look->holds;
    look->holds = holds;
    switch (look->kind) {
    case SIM_LOOK_ALWAYS:
        if (turned && !holds) {
            violate(script, "always", look);
        }
        break;
    case SIM_LOOK_NEVER:
        if (turned && holds) {
            violate(script, "never", look);
        }
        break;
    case SIM_LOOK_WATCH:
        if (turned && holds) {
            SimSpan span = { now_us, INT64_MAX };
            g_array_append_val(look->spans, span);
        } else if (turned && look->spans->len > 0) {
            g_array_index(look->spans, SimSpan, look->spans->len - 1).to_us = now_us;
        }
        break;
    case SIM_LOOK_EVENTUALLY:
        if (!holds) {
            break;
        }
        if (look->within && now_us < look->earliest_us) {
            char *message =
                g_strdup_printf("%s: true after %.3f s already, %.3f s was the earliest",
                                look->message, (double)(now_us - look->begun_us) / 1e6,
                                (double)(look->earliest_us - look->begun_us) / 1e6);
            sim_checks_violate(script->world->study->checks, "within", UINT32_MAX, UINT32_MAX, 0,
                               message);
            sim_record_look_failed(script, look);
            script->stopped = script->fatal = script->world->stopped = true;
            break;
        }
        look->ripe = true;
        break;
    }
}

void sim_look_first(lua_State *L, SimLook *look)
{
    SimScript *script = sim_script_of(L);
    /* An error inside the function ends the run unless the caller catches it, and then the number
     * of evaluations must be right again. */
    int depth = script->evaluating;
    script->evaluating++;
    lua_rawgeti(L, LUA_REGISTRYINDEX, look->function);
    sim_handle_push(L, SIM_HANDLE_WORLD, 0);
    int status = lua_pcall(L, 1, 1, 0);
    script->evaluating = depth;
    if (status == LUA_ERRMEM) {
        sim_script_note_starved(script);
    }
    if (status != LUA_OK) {
        lua_error(L);
    }
    bool holds = lua_toboolean(L, -1);
    lua_pop(L, 1);
    g_ptr_array_add(script->watching, look);
    take(script, look, holds, true);
}

static int look_at_all(lua_State *L)
{
    SimScript *script = sim_script_of(L);
    for (guint i = 0; i < script->watching->len && !script->stopped; i++) {
        SimLook *look = script->watching->pdata[i];
        if (!look->ripe) {
            take(script, look, look_now(L, look), false);
        }
    }
    return 0;
}

static int look_at_one(lua_State *L)
{
    SimScript *script = sim_script_of(L);
    SimLook *look = lua_touserdata(L, 1);
    take(script, look, look_now(L, look), false);
    return 0;
}

/* Resumes the tasks whose look came true, the oldest first. */
static void resume_ripe(SimScript *script)
{
    for (guint i = 0; i < script->watching->len && !script->stopped;) {
        SimLook *look = script->watching->pdata[i];
        if (!look->ripe || look->task == NULL) {
            i++;
            continue;
        }
        sim_look_stop(script, look);
        sim_task_resume(script, look->task, 0);
        i = 0; /* what ran may have changed the list */
    }
}

void sim_script_changed(SimScript *script)
{
    /* Tasks that wake each other for ever come to the limit of resumes at one instant. */
    while (script->watching->len > 0 && !script->stopped && !script->over) {
        script->world->changed = false;
        if (!sim_script_enter(script, look_at_all, NULL)) {
            return;
        }
        resume_ripe(script);
        if (!script->world->changed) {
            return;
        }
    }
}

/* --- eventually, within ---------------------------------------------------------------------- */

static void fail_late(SimScript *script, const SimLook *look)
{
    g_autofree char *message = g_strdup_printf("%s: did not %s within %.3f s", look->message,
                                               look->within ? "come true" : "converge",
                                               (double)(look->latest_us - look->begun_us) / 1e6);
    script->too_late = look->within;
    sim_record_look_failed(script, look);
    sim_script_fail(script, look->within ? "within" : "eventually", message);
}

static void poll_look(SimScript *script, void *data, uint64_t word)
{
    SimLook *look = data;
    if (!look->active) {
        return;
    }
    if (!sim_script_enter(script, look_at_one, look) || script->stopped) {
        return;
    }
    if (look->ripe) {
        resume_ripe(script);
        sim_script_changed(script);
        return;
    }
    int64_t now_us = script->world->now_us;
    if (now_us >= look->latest_us) {
        fail_late(script, look);
        return;
    }
    sim_script_timer(script, MIN(now_us + POLL_US, look->latest_us), poll_look, look, word);
}

static int return_took(lua_State *L, int status, lua_KContext context)
{
    const SimLook *look = sim_script_of(L)->looks->pdata[context];
    (void)status;
    sim_quantity_push_duration(L, sim_script_of(L)->world->now_us - look->begun_us);
    return 1;
}

static int look_until(lua_State *L, SimTask *task, SimLook *look)
{
    SimScript *script = sim_script_of(L);
    guint number = script->looks->len - 1;
    sim_look_first(L, look);
    if (script->stopped) {
        sim_raise_fatal(L);
    }
    if (look->ripe) {
        sim_look_stop(script, look);
        return return_took(L, LUA_OK, (lua_KContext)number);
    }
    look->task = task;
    int64_t now_us = script->world->now_us;
    sim_script_timer(script, MIN(now_us + POLL_US, look->latest_us), poll_look, look, 0);
    return sim_task_yield(L, (lua_KContext)number, return_took);
}

static int verb_eventually(lua_State *L) /* eventually(within, f, message) */
{
    int64_t within_us = sim_duration_us(L, 1, "eventually");
    sim_check_function(L, 2, "eventually");
    const char *message = check_message(L, 3, "eventually", "not converged");
    SimTask *task = sim_check_waiting(L, "eventually");
    SimLook *look = sim_look_new(L, SIM_LOOK_EVENTUALLY, 2, message);
    look->latest_us = look->begun_us + sim_slackened(sim_script_of(L), within_us);
    sim_record_look(L, look, sim_script_of(L)->looks->len - 1, false);
    return look_until(L, task, look);
}

static int verb_within(lua_State *L) /* within(earliest, latest, f, message) */
{
    int64_t earliest_us = sim_duration_us(L, 1, "within");
    int64_t latest_us = sim_duration_us(L, 2, "within");
    sim_check_function(L, 3, "within");
    const char *message = check_message(L, 4, "within", "not converged");
    if (earliest_us > latest_us) {
        sim_raise(L, "within: the earliest time, %s, is after the latest",
                  sim_quantity_describe(L, 1));
    }
    SimTask *task = sim_check_waiting(L, "within");
    SimLook *look = sim_look_new(L, SIM_LOOK_EVENTUALLY, 3, message);
    look->within = true;
    const SimScript *script = sim_script_of(L);
    look->earliest_us =
        look->begun_us + MAX(0, 2 * earliest_us - sim_slackened(script, earliest_us));
    look->latest_us = look->begun_us + sim_slackened(script, latest_us);
    sim_record_look(L, look, sim_script_of(L)->looks->len - 1, false);
    return look_until(L, task, look);
}

/* --- always, never, watch -------------------------------------------------------------------- */

/* always(checks.no_zombies {}): the checks look for themselves, the handle is there to stop it. */
static int start_check(lua_State *L, const SimCheck *check)
{
    SimScript *script = sim_script_of(L);
    SimChecks *checks = script->world->study->checks;
    if (sim_checks_count(checks) == SIM_MOST_CHECKS) {
        sim_raise(L, "always: %d checks at most are watched in a run", SIM_MOST_CHECKS);
    }
    sim_charge(L, LOOK_COST);
    sim_record_check(script, check);
    SimLook *look = g_new0(SimLook, 1);
    *look = (SimLook) { .kind = SIM_LOOK_ALWAYS, .function = LUA_NOREF, .active = true };
    look->check = sim_checks_add(checks, check);
    g_ptr_array_add(script->looks, look);
    sim_handle_push(L, SIM_HANDLE_LOOK, script->looks->len - 1);
    return 1;
}

static int start_look(lua_State *L, const char *verb, SimLookKind kind)
{
    SimScript *script = sim_script_of(L);
    SimCheck check;
    sim_check_acting(L, verb);
    if (kind == SIM_LOOK_ALWAYS && sim_check_get(L, 1, &check)) {
        return start_check(L, &check);
    }
    sim_check_function(L, 1, verb);
    lua_settop(L, 2); /* function message */
    const char *place = lua_pushfstring(L, "%s%s was violated", sim_where(L), verb);
    SimLook *look = sim_look_new(L, kind, 1, check_message(L, 2, verb, place));
    guint number = script->looks->len - 1;
    sim_record_look(L, look, number, false);
    sim_look_first(L, look);
    sim_handle_push(L, SIM_HANDLE_LOOK, number);
    return 1;
}

static int verb_always(lua_State *L) /* always(f, message) */
{
    return start_look(L, "always", SIM_LOOK_ALWAYS);
}

static int verb_never(lua_State *L) /* never(f, message) */
{
    return start_look(L, "never", SIM_LOOK_NEVER);
}

static int verb_watch(lua_State *L) /* watch(f) */
{
    return start_look(L, "watch", SIM_LOOK_WATCH);
}

static SimLook *self_look(lua_State *L, const char *verb)
{
    return sim_script_of(L)->looks->pdata[sim_handle_self(L, SIM_HANDLE_LOOK, verb)];
}

static int look_stop(lua_State *L) /* handle:stop() */
{
    SimLook *look = self_look(L, "stop");
    sim_check_acting(L, "stop");
    if (look->active && look->function == LUA_NOREF) {
        sim_checks_stop(sim_script_of(L)->world->study->checks, look->check);
    }
    if (look->active) {
        sim_look_stop(sim_script_of(L), look);
    }
    return 0;
}

static GArray *check_spans(lua_State *L, const char *verb)
{
    const SimLook *look = self_look(L, verb);
    if (look->spans == NULL) {
        sim_raise(L, "%s: only watch keeps what it saw", verb);
    }
    return look->spans;
}

static int look_first(lua_State *L) /* handle:first() */
{
    const GArray *spans = check_spans(L, "first");
    if (spans->len == 0) {
        lua_pushnil(L);
    } else {
        sim_quantity_push_duration(L, g_array_index(spans, SimSpan, 0).from_us);
    }
    return 1;
}

static int look_spans(lua_State *L) /* handle:spans() */
{
    const GArray *spans = check_spans(L, "spans");
    lua_createtable(L, (int)spans->len, 0);
    for (guint i = 0; i < spans->len; i++) {
        SimSpan span = g_array_index(spans, SimSpan, i);
        lua_createtable(L, 0, 2);
        sim_quantity_push_duration(L, span.from_us);
        lua_setfield(L, -2, "from");
        if (span.to_us != INT64_MAX) {
            sim_quantity_push_duration(L, span.to_us);
            lua_setfield(L, -2, "to");
        }
        lua_seti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static const luaL_Reg look_methods[] = {
    { "stop", look_stop }, { "first", look_first }, { "spans", look_spans }, { NULL, NULL }
};
const SimClass sim_class_look = { .kind = SIM_HANDLE_LOOK,
                                  .name = "handle of always, never or watch",
                                  .annotation = "Watch",
                                  .methods = { look_methods } };

/* --- ready-made checks ----------------------------------------------------------------------- */

bool sim_check_get(lua_State *L, int index, SimCheck *check)
{
    const SimCheck *found = luaL_testudata(L, index, CHECK_METATABLE);
    if (found != NULL) {
        *check = *found;
    }
    return found != NULL;
}

static int64_t check_field_value(lua_State *L, const SimCheckField *field)
{
    SimQuantity quantity;
    int64_t value = 0;
    double number;
    lua_newtable(L); /* the getters read a field of a table */
    lua_insert(L, -2);
    lua_setfield(L, -2, field->name);
    int table = lua_gettop(L);
    switch (field->kind) {
    case SIM_CHECK_FIELD_DURATION:
        sim_opt_duration(L, table, field->name, &value);
        break;
    case SIM_CHECK_FIELD_COUNT:
        sim_opt_integer(L, table, field->name, 0, INT32_MAX, &value);
        break;
    case SIM_CHECK_FIELD_RATE:
        lua_getfield(L, table, field->name);
        if (sim_quantity_get(L, -1, &quantity) && quantity.kind == SIM_QUANTITY_BANDWIDTH &&
            quantity.value >= 0) {
            value = (int64_t)llround(quantity.value / 8);
        } else if (sim_opt_quantity(L, table, field->name, SIM_QUANTITY_SIZE, &number)) {
            value = (int64_t)llround(number);
        }
        lua_pop(L, 1);
        break;
    case SIM_CHECK_FIELD_RATIO:
        sim_opt_number(L, table, field->name, &number);
        if (number < 0 || number > 1e12) {
            sim_raise_field(L, field->name, "field '%s' expects a number that is not negative",
                            field->name);
        }
        value = (int64_t)llround(number * 1000);
        break;
    }
    lua_pop(L, 1);
    return value;
}

static void push_check(lua_State *L, const SimCheck *check)
{
    SimCheck *made = lua_newuserdatauv(L, sizeof *made, 0);
    *made = *check;
    luaL_setmetatable(L, CHECK_METATABLE);
}

/* On real servers each of its times gets the slack; "never" and "no bound" stay. */
static void slacken(const SimScript *script, const SimCheckType *type, SimCheck *check)
{
    for (size_t i = 0; i < G_N_ELEMENTS(type->fields) && type->fields[i].name != NULL; i++) {
        if (type->fields[i].kind == SIM_CHECK_FIELD_DURATION) {
            check->values[i] = sim_slackened(script, check->values[i]);
        }
    }
}

static int check_call(lua_State *L) /* checks.no_zombies { grace = s(186) } */
{
    SimCheck check = { 0 };
    const char *names[G_N_ELEMENTS(check.values) + 1] = { NULL };
    bool given[G_N_ELEMENTS(check.values)] = { false };
    sim_check_get(L, 1, &check);
    const SimCheckType *type = sim_check_type(check.kind);
    char allowed[64];
    g_snprintf(allowed, sizeof allowed, "checks.%s", type->name);
    sim_check_allowed(L, allowed);
    size_t count = 0;
    for (; count < G_N_ELEMENTS(type->fields) && type->fields[count].name != NULL; count++) {
        names[count] = type->fields[count].name;
    }
    if (!lua_isnoneornil(L, 2)) {
        sim_options(L, 2, type->name, names);
        for (size_t i = 0; i < count; i++) {
            if (lua_getfield(L, 2, names[i]) != LUA_TNIL) {
                check.values[i] = check_field_value(L, &type->fields[i]);
                given[i] = true;
            } else {
                lua_pop(L, 1);
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            if (!given[i] && type->fields[i].fallback == -1 &&
                strcmp(type->fields[k].name, "grace") == 0) {
                check.values[i] = check.values[k];
            }
        }
    }
    slacken(sim_script_of(L), type, &check);
    push_check(L, &check);
    return 1;
}

static int check_tostring(lua_State *L)
{
    SimCheck check = { 0 };
    sim_check_get(L, 1, &check);
    lua_pushfstring(L, "checks.%s", sim_check_type(check.kind)->name);
    return 1;
}

static int unknown_check(lua_State *L)
{
    const char *names[SIM_N_CHECKS];
    const char *wanted = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    for (int kind = 0; kind < SIM_N_CHECKS; kind++) {
        names[kind] = sim_check_type(kind)->name;
    }
    sim_raise(L, "no check '%s'; did you mean '%s'?", wanted,
              sim_nearest_name(wanted, names, SIM_N_CHECKS));
}

void sim_checks_open(lua_State *L)
{
    luaL_newmetatable(L, CHECK_METATABLE);
    lua_pushcfunction(L, check_call);
    lua_setfield(L, -2, "__call");
    lua_pushcfunction(L, check_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, "check");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    lua_newtable(L); /* checks */
    for (int kind = 0; kind < SIM_N_CHECKS; kind++) {
        SimCheck check = { .kind = (SimCheckKind)kind };
        const SimCheckType *type = sim_check_type(check.kind);
        int64_t grace = 0;
        for (size_t i = 0; i < G_N_ELEMENTS(type->fields) && type->fields[i].name != NULL; i++) {
            check.values[i] = type->fields[i].fallback;
            if (strcmp(type->fields[i].name, "grace") == 0) {
                grace = check.values[i];
            }
        }
        for (size_t i = 0; i < G_N_ELEMENTS(type->fields) && type->fields[i].name != NULL; i++) {
            if (check.values[i] == -1) {
                check.values[i] = grace;
            }
        }
        push_check(L, &check);
        lua_setfield(L, -2, type->name);
    }
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, unknown_check);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "checks");
}

/* --- measures and budgets -------------------------------------------------------------------- */

static const char *unit_of(SimQuantityKind kind)
{
    static const char *const units[SIM_N_QUANTITIES + 1] = {
        [SIM_QUANTITY_DURATION] = "us",      [SIM_QUANTITY_SIZE] = "bytes",
        [SIM_QUANTITY_PROPORTION] = "share", [SIM_QUANTITY_RATE] = "/s",
        [SIM_QUANTITY_BANDWIDTH] = "bit/s",  [SIM_N_QUANTITIES] = "",
    };
    return units[kind];
}

static int verb_measure(lua_State *L) /* measure(name, value) */
{
    SimScript *script = sim_script_of(L);
    SimQuantity quantity = { SIM_N_QUANTITIES, 0 };
    const char *name = sim_check_text(L, 1, "measure", "the name of a figure");
    sim_check_world(L, "measure");
    if (!*name || !g_utf8_validate(name, -1, NULL)) {
        sim_raise(L, "measure: a figure needs a name in UTF-8");
    }
    if (lua_type(L, 2) == LUA_TNUMBER) {
        quantity.value = lua_tonumber(L, 2);
    } else if (!sim_quantity_get(L, 2, &quantity)) {
        sim_raise(L, "measure expects a number or a quantity, got %s", sim_quantity_describe(L, 2));
    }
    if (!isfinite(quantity.value)) {
        sim_raise(L, "measure: '%s' is no finite number", name);
    }
    sim_charge(L, LOOK_COST);
    SimMeasure measure = { g_strdup(name), quantity.value, g_strdup(unit_of(quantity.kind)) };
    for (guint i = 0; i < script->measures->len; i++) {
        SimMeasure *old = &g_array_index(script->measures, SimMeasure, i);
        if (strcmp(old->name, name) == 0) {
            g_free(old->name);
            g_free(old->unit);
            *old = measure; /* the later value replaces the earlier */
            return 0;
        }
    }
    g_array_append_val(script->measures, measure);
    return 0;
}

static const char *expected_unit(SimQuantityKind kind)
{
    return kind == SIM_N_QUANTITIES ? "a number" : sim_quantity_kind_example(kind);
}

/* One entry of a budget: its name at -2, its limit at -1. */
static void read_limit(lua_State *L)
{
    SimScript *script = sim_script_of(L);
    SimQuantity quantity;
    bool is_quantity = sim_quantity_get(L, -1, &quantity);
    if (lua_type(L, -2) != LUA_TSTRING) {
        sim_raise_field(L, "budget", "budget expects names of figures, got %s",
                        sim_quantity_describe(L, -2));
    }
    const char *name = lua_tostring(L, -2);
    if (!is_quantity && lua_type(L, -1) != LUA_TNUMBER) {
        sim_raise_field(L, name, "budget '%s' expects a quantity or a number, got %s", name,
                        sim_quantity_describe(L, -1));
    }
    const SimFigureName *figure = sim_figure_find(name);
    SimQuantityKind kind = is_quantity ? quantity.kind : SIM_N_QUANTITIES;
    if (figure != NULL && figure->kind != kind) {
        sim_raise_field(L, name, "budget '%s' expects %s, got %s", name,
                        expected_unit(figure->kind), sim_quantity_describe(L, -1));
    }
    double limit = is_quantity ? quantity.value : lua_tonumber(L, -1);
    if (!isfinite(limit)) {
        sim_raise_field(L, name, "budget '%s' expects a finite number", name);
    }
    sim_charge(L, LOOK_COST);
    SimBudget budget = { g_strdup(name), limit, is_quantity,
                         is_quantity ? quantity.kind : SIM_QUANTITY_DURATION };
    g_array_append_val(script->budgets, budget);
}

void sim_script_read_budget(lua_State *L, int index)
{
    if (!lua_istable(L, index)) {
        sim_raise_field(L, "budget", "budget expects a table of limits, got %s",
                        sim_quantity_describe(L, index));
    }
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        read_limit(L);
    }
}

static int verb_budget(lua_State *L) /* budget { ["convergence.p99"] = s(12) } */
{
    sim_check_acting(L, "budget");
    sim_script_read_budget(L, 1);
    return 0;
}

static void show(char *text, size_t size, const SimBudget *budget, double value)
{
    char quantity[SIM_QUANTITY_TEXT_SIZE];
    if (!isfinite(value)) {
        g_strlcpy(text, "never", size);
    } else if (budget->quantity) {
        sim_quantity_text((SimQuantity) { budget->kind, value }, quantity);
        g_strlcpy(text, quantity, size);
    } else {
        g_snprintf(text, size, "%.6g", value);
    }
}

static const SimMeasure *find_measure(const SimScript *script, const char *name)
{
    for (guint i = 0; i < script->measures->len; i++) {
        const SimMeasure *measure = &g_array_index(script->measures, SimMeasure, i);
        if (strcmp(measure->name, name) == 0) {
            return measure;
        }
    }
    return NULL;
}

static void unknown_figure(SimScript *script, const char *name)
{
    size_t count;
    const SimFigureName *figures = sim_figure_names(&count);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < count; i++) {
        g_ptr_array_add(names, (void *)figures[i].name);
    }
    for (guint i = 0; i < script->measures->len; i++) {
        g_ptr_array_add(names, g_array_index(script->measures, SimMeasure, i).name);
    }
    int line = script->scenario_line;
    const SimSource *source = script->sources->pdata[0];
    const char *place = strstr(source->text, name);
    if (place != NULL) {
        line = 1;
        for (const char *c = source->text; c < place; c++) {
            line += *c == '\n';
        }
    }
    script->error = g_strdup_printf(
        "%s:%d: budget: no figure '%s'; did you mean '%s'?", script->shown, line, name,
        sim_nearest_name(name, (const char *const *)names->pdata, names->len));
}

static int compare_budgets(const void *a, const void *b)
{
    return strcmp(((const SimBudget *)a)->figure, ((const SimBudget *)b)->figure);
}

void sim_script_judge_budgets(SimScript *script)
{
    if (script->budgets->len == 0) {
        return;
    }
    SimFigures figures = sim_figures(script->world);
    g_array_sort(script->budgets, compare_budgets);
    for (guint i = 0; i < script->budgets->len && script->error == NULL; i++) {
        const SimBudget *budget = &g_array_index(script->budgets, SimBudget, i);
        const SimMeasure *measure = find_measure(script, budget->figure);
        const SimFigureName *figure = sim_figure_find(budget->figure);
        char value_text[80], limit_text[80];
        if (measure == NULL && figure == NULL) {
            unknown_figure(script, budget->figure);
            return;
        }
        double value = measure != NULL ? measure->value : sim_figure_value(&figures, figure);
        const bool lasts = budget->quantity && budget->kind == SIM_QUANTITY_DURATION;
        const double slack_us =
            lasts && script->limit != NULL ? (double)script->limit->slack_us : 0;
        if (value <= budget->limit + slack_us) {
            continue;
        }
        show(value_text, sizeof value_text, budget, value);
        show(limit_text, sizeof limit_text, budget, budget->limit);
        sim_checks_violate(
            script->world->study->checks, "budget", UINT32_MAX, UINT32_MAX, 0,
            g_strdup_printf("%s is %s, its budget %s", budget->figure, value_text, limit_text));
    }
}

bool sim_script_too_late(const SimScript *script)
{
    return script->too_late;
}

const luaL_Reg sim_verbs_expect[] = {
    { "expect", verb_expect },   { "eventually", verb_eventually }, { "within", verb_within },
    { "always", verb_always },   { "never", verb_never },           { "watch", verb_watch },
    { "measure", verb_measure }, { "budget", verb_budget },         { NULL, NULL },
};
