/* sim/script/script.h -- the Lua side of a run: sandbox, budgets, coroutines in virtual time.
 *
 * One script is one lua_State that loads one scenario and, in a run, tells its story to one world:
 *
 *      new -> load -> set -> prepare -> topology  --SimWorldSpec-->  world, booted
 *                                                                      |
 *      verdict's findings <-- finish <-- step ... <-- start <----------'
 *
 * Time:    the world's. The script has no clock, no file and no chance but the seed's.
 * Memory:  Lua's is limited; running out ends the run, not the process.
 * Threads: one script, one thread; scripts share nothing. */
#pragma once

#include "sim/base/choice.h"
#include "sim/script/scenario.h"
#include "sim/world/world.h"

typedef struct SimScript SimScript;

/* What a runaway is. Instructions are counted in steps of thousands, so these are no exact ends. */
#define SIM_SCRIPT_GO_LIMIT 100000000     /* VM instructions between two waits */
#define SIM_SCRIPT_TOTAL_LIMIT 4000000000 /* VM instructions of a whole run */
#define SIM_SCRIPT_MEMORY_LIMIT (256u << 20)
#define SIM_SCRIPT_TIME_LIMIT ((int64_t)14 * 24 * 3600 * 1000000) /* of virtual time */

SimScript *sim_script_new(const char *path, uint64_t seed);
void sim_script_free(SimScript *script);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimScript, sim_script_free)

/* Runs the file's text and checks the static fields of what it returns. @error: SIM_SCENARIO_ERROR,
 * as in all functions below. */
bool sim_script_load(SimScript *script, const char *text, size_t size, GError **error);
/* Replaces params by values as typed. */
bool sim_script_set(SimScript *script, const SimSetting *settings, size_t count, GError **error);
/* Of @settings, those that are properties of Nacos's (SIM_PROPERTY_PREFIX): before the file is
 * loaded, which may ask for them. False and @error, of usage, as sim_property_accepts. */
bool sim_script_give(SimScript *script, const SimSetting *settings, size_t count, GError **error);
/* Params as they are now, by name (transfer full, free with sim_params_free). */
SimParam *sim_script_params(SimScript *script, size_t *count);
/* Reads must_see, always, budget and settle. */
bool sim_script_prepare(SimScript *script, GError **error);
/* What `setting` answers for until the topology is read. @profile NULL: the newest release. */
void sim_script_ask_profile(SimScript *script, const char *profile);
/* The run is begun again: unless the topology says otherwise, with Raft. */
void sim_script_ask_raft(SimScript *script);
/* It ended at a verb that needs Raft, and is to be begun again. */
bool sim_script_needs_raft(const SimScript *script);
/* The world that the topology describes (transfer full). @profile replaces its profile if given. */
SimWorldSpec *sim_script_topology(SimScript *script, const char *profile, GError **error);
/* Name of the profile of nodes that name none. Valid after sim_script_topology. */
const char *sim_script_profile(const SimScript *script);

/* What a story may use where it is not simulated, and how much time its bounds get on top. */
typedef struct SimScriptLimit {
    const char *where; /* "on real servers": ends the sentence that refuses */
    /* Verbs "World:crash", "Client:register"; fields "cut.oneway", "topology.clocks"; checks
     * "checks.no_zombies"; events "must_see link.cut". */
    bool (*allows)(const char *name);
    int64_t slack_us;
} SimScriptLimit;
/* Before anything is loaded; @limit is borrowed. */
void sim_script_set_limit(SimScript *script, const SimScriptLimit *limit);

/* Step and log lines go to @log (nullable) and are kept. */
void sim_script_set_log(SimScript *script,
                        void (*log)(void *data, int64_t now_us, const char *text), void *data);
/* Takes the world's hooks, starts what must always hold and then the story. The world is booted
 * and stands at 0. */
/* @go_on is asked now and then while Lua or a verb works; once it says false, the script ends with
 * an error that no pcall catches. */
void sim_script_ask_to_go_on(SimScript *script, bool (*go_on)(void *data), void *data);
void sim_script_start(SimScript *script, SimWorld *world);
/* The story's own chance from now on is another one (sim_world_redraw). */
void sim_script_redraw(SimScript *script, uint64_t seed);
/* Where the story's choices are taken (transfer none) (nullable): none, as without this call. */
void sim_script_set_choices(SimScript *script, SimChoices *choices);
/* Where the story stands, and what it has been told (explore/explore.h). */
uint64_t sim_script_digest(const SimScript *script);
/* True when there is nothing left to run for: the story has ended and is quiet, or has failed. */
bool sim_script_done(const SimScript *script);
/* The instant for which the story waits, or the last for which it did: to tell how long it takes.
 */
int64_t sim_script_awaited(const SimScript *script);
/* The world has stopped: the last predicates, budgets, must_see. No Lua runs after this. The world
 * must still be there. */
void sim_script_finish(SimScript *script, bool whole);
/* The world came to the end of time and the story still waits: an error of the scenario. */
void sim_script_time_out(SimScript *script);
/* The world is about to be freed: nothing of it is used from here on. */
void sim_script_drop_world(SimScript *script);
/* What is wrong with the scenario, with its file and line, or NULL. */
const char *sim_script_error(const SimScript *script);
/* The failed within of the run was too late rather than too early. */
bool sim_script_too_late(const SimScript *script);
/* Events of must_see that did not occur, as a sentence; NULL if all did. After sim_script_finish.
 */
const char *sim_script_unseen(const SimScript *script);
/* How many events must_see names; @kind and @count of the one at @place, if there is one: how often
 * it occurred. None before sim_script_finish. */
size_t sim_script_must_see(const SimScript *script, size_t place, SimTraceKind *kind,
                           uint64_t *count);
const GArray *sim_script_measures(const SimScript *script);   /* SimMeasure */
const GPtrArray *sim_script_steps(const SimScript *script);   /* char * */
const GArray *sim_script_headings(const SimScript *script);   /* SimHeading */
const GPtrArray *sim_script_answers(const SimScript *script); /* char *, see `answer` */

/* Every verb and field a scenario can use, as the annotations spell them: "wait",
 * "checks.one_owner", "World:partition", "Node.name". In order. */
GPtrArray *sim_script_verbs(void);
