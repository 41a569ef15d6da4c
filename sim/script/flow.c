/* sim/script/flow.c -- coroutines in virtual time: wait, at, every, spawn, and the story itself.
 *
 * A task is a coroutine. While it waits, something else will wake it: a timer in the world's queue,
 * the end of a client's operation, a predicate that came true. Each waking counts .wakings up, so
 * that a timer that comes too late finds that it is no longer meant. */
#include <string.h>

#include "sim/script/claim.h"
#include "sim/script/state.h"
#include "sim/study/study.h"

enum {
    INSTANT_LIMIT = 20000
}; /* resumes at one instant before we call it a runaway */
enum {
    RESUME_COST = 500
}; /* instructions that a resume counts for */

/* --- timers ---------------------------------------------------------------------------------- */

uint32_t sim_script_timer(SimScript *script, int64_t at_us, SimTimerRun run, void *data,
                          uint64_t word)
{
    SimScriptTimer timer = { run, data, word };
    uint32_t number = script->timers->len;
    if (script->free_timers->len > 0) {
        number = g_array_index(script->free_timers, uint32_t, script->free_timers->len - 1);
        g_array_set_size(script->free_timers, script->free_timers->len - 1);
        g_array_index(script->timers, SimScriptTimer, number) = timer;
    } else {
        g_array_append_val(script->timers, timer);
    }
    int64_t when = MAX(at_us, script->world->now_us);
    sim_event_queue_push(script->world->queue, when, sim_event_word(SIM_EVENT_SCRIPT, number));
    return number;
}

static void on_timer(void *data, uint64_t payload)
{
    SimScript *script = data;
    uint32_t number = (uint32_t)payload;
    SimScriptTimer timer = g_array_index(script->timers, SimScriptTimer, number);
    g_array_append_val(script->free_timers, number);
    if (!script->stopped && !script->over) {
        timer.run(script, timer.data, timer.word);
    }
}

static void on_changed(void *data)
{
    sim_script_changed(data);
}

static void on_violated(void *data)
{
    sim_record_violation(((const SimScript *)data)->world->study->record);
}

/* --- tasks ----------------------------------------------------------------------------------- */

SimTask *sim_task_new(lua_State *L)
{
    SimScript *script = sim_script_of(L);
    lua_State *thread = lua_newthread(L); /* ... function thread */
    lua_insert(L, -2);
    lua_xmove(L, thread, 1); /* ... thread */
    int ref = luaL_ref(L, LUA_REGISTRYINDEX);
    SimTask *task;
    if (script->idle_tasks->len > 0) {
        task = g_ptr_array_remove_index_fast(script->idle_tasks, script->idle_tasks->len - 1);
    } else {
        task = g_new0(SimTask, 1);
        g_ptr_array_add(script->tasks, task);
    }
    task->thread = thread;
    task->ref = ref;
    task->story = false;
    task->running = true;
    task->wakings++;
    sim_script_tell_history(script, (uint64_t)script->world->now_us * 64 + (uint64_t)task->line);
    task->line = 0;
    sim_locate(L, task->file, &task->line);
    return task;
}

static int release_reference(lua_State *L)
{
    luaL_unref(L, LUA_REGISTRYINDEX, *(const int *)lua_touserdata(L, 1));
    return 0;
}

static void begin_finish(SimScript *script);

static void end_task(SimScript *script, SimTask *task)
{
    task->running = false;
    task->wakings++;
    task->thread = NULL;
    int ref = task->ref;
    if (task->story) {
        begin_finish(script);
    }
    /* Assigning to the registry may need memory, so it wants a protected call, too. A nested
     * resume cannot use the entry coroutine if that is what started it; the state's main thread
     * never runs anything else. */
    lua_pushcfunction(script->L, release_reference);
    lua_pushlightuserdata(script->L, &ref);
    if (lua_pcall(script->L, 1, 0, 0) != LUA_OK) {
        lua_pop(script->L, 1);
    }
    g_ptr_array_add(script->idle_tasks, task);
}

/* Too many resumes without time passing: two tasks that wake each other for ever. */
static bool stands_still(SimScript *script, const SimTask *task)
{
    if (script->instant_us != script->world->now_us) {
        script->instant_us = script->world->now_us;
        script->at_instant = 0;
    }
    if (++script->at_instant < INSTANT_LIMIT) {
        return false;
    }
    script->error = g_strdup_printf("%s:%d: runaway: the scenario waits without letting time pass",
                                    task->file, task->line);
    script->stopped = true;
    return true;
}

/* A task that hardly does anything never gets as far as the hook that counts instructions. */
static bool is_spent(SimScript *script, const SimTask *task)
{
    script->total_left -= RESUME_COST;
    if (script->total_left >= 0) {
        return false;
    }
    script->error =
        g_strdup_printf("%s:%d: runaway: the scenario took %d million instructions", task->file,
                        task->line, (int)(SIM_SCRIPT_TOTAL_LIMIT / 1000000));
    script->stopped = true;
    return true;
}

void sim_task_resume(SimScript *script, SimTask *task, int arguments)
{
    if (script->stopped || script->over || stands_still(script, task) || is_spent(script, task)) {
        return;
    }
    SimTask *outer = script->task;
    lua_State *outer_thread = script->running;
    int64_t outer_left = script->go_left;
    int outer_depth = script->depth, results;
    script->task = task;
    script->running = task->thread;
    script->depth = 0;
    script->go_left = SIM_SCRIPT_GO_LIMIT;
    task->wakings++;
    int status =
        lua_resume(task->thread, outer != NULL ? outer->thread : NULL, arguments, &results);
    script->task = outer;
    script->running = outer_thread;
    script->go_left = outer_left;
    script->depth = outer_depth;
    if (status == LUA_YIELD) {
        lua_pop(task->thread, results);
    } else if (status == LUA_OK) {
        end_task(script, task);
    } else {
        sim_script_note_error(script, task->thread, status);
    }
}

static void wake(SimScript *script, void *data, uint64_t word)
{
    SimTask *task = data;
    if (task->running && task->wakings == word) {
        sim_task_resume(script, task, 0);
    }
}

void sim_task_wake_at(SimScript *script, SimTask *task, int64_t at_us)
{
    sim_script_timer(script, at_us, wake, task, task->wakings);
}

SimTask *sim_check_waiting(lua_State *L, const char *verb)
{
    SimScript *script = sim_script_of(L);
    sim_check_world(L, verb);
    if (script->evaluating > 0) {
        sim_raise(L, "%s: a function that is watched cannot wait", verb);
    }
    if (script->task == NULL || script->task->thread != L || !lua_isyieldable(L)) {
        sim_raise(L, "%s: waiting is not possible inside this call", verb);
    }
    sim_locate(L, script->task->file, &script->task->line);
    return script->task;
}

int sim_task_yield(lua_State *L, lua_KContext context, lua_KFunction then)
{
    return lua_yieldk(L, 0, context, then);
}

/* --- waiting --------------------------------------------------------------------------------- */

static int nothing(lua_State *L, int status, lua_KContext context)
{
    (void)L;
    (void)status;
    (void)context;
    return 0;
}

static int wait_until_us(lua_State *L, SimTask *task, int64_t at_us)
{
    SimScript *script = sim_script_of(L);
    if (at_us > SIM_SCRIPT_TIME_LIMIT) {
        sim_raise(L, "runaway: the story would go beyond %d days",
                  (int)(SIM_SCRIPT_TIME_LIMIT / 1000000 / 86400));
    }
    script->awaited_us = at_us;
    sim_task_wake_at(script, task, at_us);
    return sim_task_yield(L, 0, nothing);
}

static int verb_wait(lua_State *L) /* wait(d) */
{
    int64_t for_us = sim_duration_us(L, 1, "wait");
    SimTask *task = sim_check_waiting(L, "wait");
    return wait_until_us(L, task, sim_script_of(L)->world->now_us + for_us);
}

/* An instant of the future at @index. */
static int64_t check_instant(lua_State *L, int index, const char *verb)
{
    int64_t at_us = sim_duration_us(L, index, verb);
    const SimWorld *world = sim_check_world(L, verb);
    if (at_us < world->now_us) {
        char now[SIM_QUANTITY_TEXT_SIZE];
        sim_quantity_text((SimQuantity) { SIM_QUANTITY_DURATION, (double)world->now_us }, now);
        sim_raise(L, "%s: %s has gone by, it is %s", verb, sim_quantity_describe(L, index), now);
    }
    return at_us;
}

static int verb_wait_until(lua_State *L) /* wait_until(t) */
{
    int64_t at_us = check_instant(L, 1, "wait_until");
    return wait_until_us(L, sim_check_waiting(L, "wait_until"), at_us);
}

static int verb_now(lua_State *L) /* now() */
{
    const SimWorld *world = sim_script_of(L)->world;
    sim_quantity_push_duration(L, world != NULL ? world->now_us : 0);
    return 1;
}

/* --- starting others ------------------------------------------------------------------------- */

static void begin_at(SimScript *script, void *data, uint64_t word)
{
    script->pending_at--;
    wake(script, data, word);
}

static int start_at(lua_State *L, const char *verb, int64_t at_us)
{
    SimScript *script = sim_script_of(L);
    sim_check_acting(L, verb);
    sim_check_function(L, 2, verb);
    if (at_us > SIM_SCRIPT_TIME_LIMIT) {
        sim_raise(L, "%s: that is beyond %d days", verb,
                  (int)(SIM_SCRIPT_TIME_LIMIT / 1000000 / 86400));
    }
    lua_settop(L, 2);
    SimTask *task = sim_task_new(L);
    script->pending_at++;
    sim_script_timer(script, at_us, begin_at, task, task->wakings);
    return 0;
}

static int verb_at(lua_State *L) /* at(t, f) */
{
    return start_at(L, "at", check_instant(L, 1, "at"));
}

static int verb_after(lua_State *L) /* after(d, f) */
{
    int64_t delay_us = sim_duration_us(L, 1, "after");
    return start_at(L, "after", sim_check_world(L, "after")->now_us + delay_us);
}

static int verb_spawn(lua_State *L) /* spawn(f): runs up to its first wait before spawn returns */
{
    SimScript *script = sim_script_of(L);
    sim_check_acting(L, "spawn");
    sim_check_function(L, 1, "spawn");
    lua_settop(L, 1);
    SimTask *task = sim_task_new(L);
    sim_task_resume(script, task, 0);
    if (script->stopped) {
        sim_raise_fatal(L);
    }
    return 0;
}

typedef struct Tick {
    const SimEvery *every;
    SimTask *task;
} Tick;

/* One tick of an every: a task of its own, so that a slow one does not stop the clock. */
static int start_tick(lua_State *L)
{
    Tick *made = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, made->every->function);
    made->task = sim_task_new(L);
    made->task->line = made->every->line;
    g_strlcpy(made->task->file, made->every->file, sizeof made->task->file);
    return 0;
}

static void tick(SimScript *script, void *data, uint64_t word)
{
    SimEvery *every = data;
    Tick made = { every, NULL };
    if (!every->active || !sim_script_enter(script, start_tick, &made)) {
        return;
    }
    int64_t next_us = script->world->now_us + every->period_us;
    sim_script_timer(script, next_us, tick, every, word);
    sim_task_resume(script, made.task, 0);
}

static int verb_every(lua_State *L) /* every(d, f): first after d */
{
    SimScript *script = sim_script_of(L);
    int64_t period_us = sim_duration_us(L, 1, "every");
    sim_check_acting(L, "every");
    sim_check_function(L, 2, "every");
    if (period_us < 1) {
        sim_raise(L, "every expects a duration above zero");
    }
    lua_settop(L, 2);
    int function = luaL_ref(L, LUA_REGISTRYINDEX);
    SimEvery *every = g_new0(SimEvery, 1);
    g_ptr_array_add(script->everies, every);
    *every = (SimEvery) { .function = function, .period_us = period_us, .active = true };
    sim_locate(L, every->file, &every->line);
    sim_script_timer(script, script->world->now_us + period_us, tick, every, 0);
    sim_handle_push(L, SIM_HANDLE_EVERY, script->everies->len - 1);
    return 1;
}

static int every_stop(lua_State *L)
{
    SimEvery *every =
        sim_script_of(L)->everies->pdata[sim_handle_self(L, SIM_HANDLE_EVERY, "stop")];
    every->active = false;
    return 0;
}

static const luaL_Reg every_methods[] = { { "stop", every_stop }, { NULL, NULL } };
const SimClass sim_class_every = { .kind = SIM_HANDLE_EVERY,
                                   .name = "handle of every",
                                   .annotation = "Every",
                                   .methods = { every_methods } };

/* --- headings -------------------------------------------------------------------------------- */

void sim_script_note(SimScript *script, bool heading, const char *text)
{
    SimWorld *world = script->world;
    int64_t now_us = world != NULL ? world->now_us : 0;
    if (world != NULL) {
        char *valid = g_utf8_make_valid(text, -1);
        uint32_t number = sim_trace_text(world->trace, valid);
        sim_world_trace(world, heading ? SIM_TRACE_STEP : SIM_TRACE_LOG, SIM_NO_ENDPOINT,
                        SIM_NO_ENDPOINT, 0, number);
        g_ptr_array_add(script->steps,
                        g_strdup_printf("%*" G_GINT64_FORMAT ".%03d s  %s%s", 4, now_us / 1000000,
                                        (int)(now_us / 1000 % 1000), heading ? "" : "  ", valid));
        if (heading) {
            const SimHeading reached = { now_us, g_strdup(valid) };
            g_array_append_val(script->headings, reached);
        }
        g_free(valid);
    }
    if (script->log != NULL) {
        script->log(script->log_data, now_us, text);
    }
}

/* answer(text): a sentence of what the story found, for who asked */
static int verb_answer(lua_State *L)
{
    SimScript *script = sim_script_of(L);
    const char *text = sim_check_text(L, 1, "answer", "a sentence");
    sim_check_world(L, "answer");
    char *valid = g_utf8_make_valid(text, -1);
    g_ptr_array_add(script->answers, valid);
    sim_script_note(script, false, valid);
    return 0;
}

static int verb_step(lua_State *L) /* step "text" */
{
    const char *text = sim_check_text(L, 1, "step", "a text");
    sim_check_acting(L, "step");
    sim_script_note(sim_script_of(L), true, text);
    return 0;
}

const luaL_Reg sim_verbs_flow[] = {
    { "wait", verb_wait },   { "wait_until", verb_wait_until },
    { "now", verb_now },     { "at", verb_at },
    { "after", verb_after }, { "spawn", verb_spawn },
    { "every", verb_every }, { "step", verb_step },
    { "log", sim_verb_log }, { "answer", verb_answer },
    { NULL, NULL },
};

/* --- settling -------------------------------------------------------------------------------- */

bool sim_read_settle(lua_State *L, int index, int64_t *quiet_us, int64_t *within_us)
{
    static const char *const names[] = { "quiet", "within", NULL };
    SimQuantity quantity;
    *quiet_us = 30 * (int64_t)1000000;
    *within_us = 600 * (int64_t)1000000;
    if (lua_isnoneornil(L, index)) {
        return false;
    }
    if (lua_isboolean(L, index)) {
        return lua_toboolean(L, index);
    }
    if (sim_quantity_get(L, index, &quantity)) {
        *quiet_us = sim_duration_us(L, index, "settle");
        return true;
    }
    sim_options(L, index, "settle", names);
    sim_opt_duration(L, index, "quiet", quiet_us);
    sim_opt_duration(L, index, "within", within_us);
    return true;
}

/* When the world will have been quiet for @quiet_us, if nothing moves any more. */
static int64_t quiet_at(const SimScript *script, int64_t quiet_us)
{
    return MAX(script->world->last_activity_us, 0) + quiet_us;
}

static void fail_settle(SimScript *script, int64_t quiet_us, int64_t within_us)
{
    char message[96];
    g_snprintf(message, sizeof message, "did not settle within %.3f s", (double)within_us / 1e6);
    sim_record_settle_failed(script, quiet_us, within_us);
    sim_script_fail(script, "eventually", message);
}

typedef struct Settle { /* kept in a userdata at the top of the task's stack */
    int64_t quiet_us, within_us, by_us;
} Settle;

static int go_on_settling(lua_State *L, int status, lua_KContext context)
{
    SimScript *script = sim_script_of(L);
    const Settle *settle = lua_touserdata(L, (int)context);
    (void)status;
    int64_t now_us = script->world->now_us, at_us = quiet_at(script, settle->quiet_us);
    if (now_us >= at_us) {
        return 0;
    }
    if (now_us >= settle->by_us) {
        fail_settle(script, settle->quiet_us, settle->within_us);
        sim_raise_fatal(L);
    }
    SimTask *task = sim_check_waiting(L, "settle");
    sim_task_wake_at(script, task, MIN(at_us, settle->by_us));
    return sim_task_yield(L, context, go_on_settling);
}

int sim_verb_settle(lua_State *L) /* w:settle { quiet = s(30), within = minutes(10) } */
{
    int64_t quiet_us, within_us;
    sim_handle_self(L, SIM_HANDLE_WORLD, "settle");
    sim_read_settle(L, 2, &quiet_us, &within_us);
    sim_check_waiting(L, "settle");
    Settle *settle = lua_newuserdatauv(L, sizeof *settle, 0);
    int64_t by_us = MIN(sim_script_of(L)->world->now_us + within_us, SIM_SCRIPT_TIME_LIMIT);
    *settle = (Settle) { quiet_us, within_us, by_us };
    return go_on_settling(L, LUA_OK, lua_gettop(L));
}

/* --- the story ------------------------------------------------------------------------------- */

static void finish_quiet(SimScript *script, void *data, uint64_t word)
{
    int64_t now_us = script->world->now_us, at_us = quiet_at(script, script->settle_quiet_us);
    (void)data;
    if (now_us >= at_us) {
        script->over = true;
        return;
    }
    if (now_us >= script->finish_by_us) {
        fail_settle(script, script->settle_quiet_us, script->settle_within_us);
        return;
    }
    sim_script_timer(script, MIN(at_us, script->finish_by_us), finish_quiet, NULL, word);
}

static void wait_for_quiet(SimScript *script)
{
    if (!script->settles) {
        script->over = true;
        return;
    }
    script->finish_by_us = script->world->now_us + script->settle_within_us;
    finish_quiet(script, NULL, 0);
}

/* The story has returned. What it spawned is dropped; what it promised for later is an error. */
static void begin_finish(SimScript *script)
{
    if (script->stopped) {
        return;
    }
    if (script->pending_at > 0) {
        const SimTask *late = NULL;
        for (guint i = 0; i < script->tasks->len && late == NULL; i++) {
            const SimTask *task = script->tasks->pdata[i];
            if (task->running && !task->story && lua_status(task->thread) == LUA_OK) {
                late = task;
            }
        }
        script->stopped = true;
        script->error = g_strdup_printf("%s:%d: the story ended before this time came",
                                        late != NULL ? late->file : script->path,
                                        late != NULL ? late->line : 1);
        return;
    }
    for (guint i = 0; i < script->tasks->len; i++) {
        SimTask *task = script->tasks->pdata[i];
        task->running = false;
    }
    for (guint i = 0; i < script->everies->len; i++) {
        ((SimEvery *)script->everies->pdata[i])->active = false;
    }
    for (guint i = 0; i < script->looks->len; i++) {
        SimLook *look = script->looks->pdata[i];
        if (look->active && look->kind == SIM_LOOK_EVENTUALLY) {
            sim_look_stop(script, look);
        }
    }
    script->finishing = true;
    if (script->owed == 0) {
        wait_for_quiet(script);
    }
}

void sim_script_settle_debt(SimScript *script)
{
    script->owed--;
    if (script->finishing && script->owed == 0) {
        wait_for_quiet(script);
    }
}

static int start(lua_State *L)
{
    SimScript *script = sim_script_of(L);
    for (guint i = 0; i < script->always->len; i++) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, g_array_index(script->always, int, i));
        SimLook *look =
            sim_look_new(L, SIM_LOOK_ALWAYS, lua_gettop(L), "a function of the field always");
        sim_record_look(L, look, script->looks->len - 1, true);
        sim_look_first(L, look);
        lua_settop(L, 1);
    }
    sim_scenario_field(L, "story", false);
    SimTask *task = sim_task_new(L);
    task->story = true;
    sim_handle_push(task->thread, SIM_HANDLE_WORLD, 0);
    lua_rawgeti(task->thread, LUA_REGISTRYINDEX, script->params);
    *(SimTask **)lua_touserdata(L, 1) = task;
    return 0;
}

void sim_script_start(SimScript *script, SimWorld *world)
{
    SimTask *story = NULL;
    script->world = world;
    script->instant_us = -1;
    sim_record_begin(script);
    sim_world_handle(world, SIM_EVENT_SCRIPT, on_timer, script);
    sim_world_on_change(world, on_changed, script);
    sim_checks_on_violation(world->study->checks, on_violated, script);
    for (guint i = 0; i < script->checks->len; i++) {
        sim_checks_add(world->study->checks, &g_array_index(script->checks, SimCheck, i));
    }
    if (!sim_script_enter(script, start, &story)) {
        return;
    }
    sim_task_resume(script, story, 2);
    sim_script_changed(script);
}

int64_t sim_script_awaited(const SimScript *script)
{
    return script->awaited_us;
}

bool sim_script_done(const SimScript *script)
{
    return script->stopped || script->over;
}

/* --- the end --------------------------------------------------------------------------------- */

static void note_seen(SimScript *script)
{
    GString *missing = g_string_new(NULL);
    for (guint i = 0; i < script->must_see->len; i++) {
        SimTraceKind kind = g_array_index(script->must_see, SimTraceKind, i);
        const uint64_t count = sim_trace_count(script->world->trace, kind);
        g_array_append_val(script->must_see_counts, count);
        if (count > 0) {
            continue;
        }
        g_string_append_printf(missing, "%s%s", missing->len ? ", " : "",
                               sim_trace_kind_name(kind));
    }
    if (missing->len > 0) {
        script->unseen = g_strdup_printf("must_see: %s never occurred", missing->str);
    }
    g_string_free(missing, true);
}

void sim_script_finish(SimScript *script, bool whole)
{
    if (script->world == NULL) {
        return;
    }
    bool told = !script->stopped; /* half a story has half its figures: no budget is judged */
    script->over = true;
    if (script->error != NULL) {
        return;
    }
    if (whole) {
        sim_checks_finish(script->world->study->checks);
        if (told) {
            sim_script_judge_budgets(script);
        }
        sim_record_budgets(script);
        note_seen(script);
    }
}

const char *sim_script_unseen(const SimScript *script)
{
    return script->unseen;
}

void sim_script_time_out(SimScript *script)
{
    const SimTask *story = NULL;
    for (guint i = 0; i < script->tasks->len && story == NULL; i++) {
        const SimTask *task = script->tasks->pdata[i];
        if (task->story) {
            story = task;
        }
    }
    script->stopped = true;
    script->error =
        g_strdup_printf("%s:%d: runaway: the story still waits after %d days",
                        story != NULL ? story->file : script->path, story != NULL ? story->line : 1,
                        (int)(SIM_SCRIPT_TIME_LIMIT / 1000000 / 86400));
}

void sim_script_drop_world(SimScript *script)
{
    sim_world_on_change(script->world, NULL, NULL);
    sim_checks_on_violation(script->world->study->checks, NULL, NULL);
    script->world = NULL;
}
