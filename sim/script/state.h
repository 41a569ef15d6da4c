/* sim/script/state.h -- what the files of the script share: its state, and helpers for verbs.
 *
 * Rules for verbs: raising jumps, so arguments are checked before
 * anything of GLib's is owned; lists of arguments live in Lua's userdata, and what must outlive a
 * call belongs to the script. Lua runs only inside lua_resume and lua_pcall, so running out of its
 * memory never reaches the process. */
#pragma once

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "sim/base/choice.h"
#include "sim/check/check.h"
#include "sim/script/measured.h"
#include "sim/script/quantity.h"
#include "sim/script/rtt.h"
#include "sim/script/script.h"
#include "sim/study/figures.h"

/* --- tasks: coroutines in virtual time ------------------------------------------------------- */

typedef struct SimTask {
    lua_State *thread; /* kept alive by .ref in the registry */
    int ref;
    bool story;
    bool running;     /* not yet ended */
    uint64_t wakings; /* told apart by this number: an older timer finds a newer one */
    int line;         /* where it waits or was made, for messages */
    char file[LUA_IDSIZE];
} SimTask;

typedef void (*SimTimerRun)(SimScript *script, void *data, uint64_t word);
typedef struct SimScriptTimer {
    SimTimerRun run; /* NULL: cancelled */
    void *data;
    uint64_t word;
} SimScriptTimer;

/* --- predicates ------------------------------------------------------------------------------ */

typedef enum SimLookKind {
    SIM_LOOK_EVENTUALLY,
    SIM_LOOK_ALWAYS,
    SIM_LOOK_NEVER,
    SIM_LOOK_WATCH
} SimLookKind;

typedef struct SimSpan {
    int64_t from_us, to_us; /* INT64_MAX: still */
} SimSpan;

/* A function of the scenario that is called after every change. */
typedef struct SimLook {
    SimLookKind kind;
    int function; /* reference in the registry; of a check: LUA_NOREF */
    guint check;  /* its number, if it is a ready-made one */
    bool active;
    bool ripe;   /* EVENTUALLY: came true, its task is to be resumed */
    bool holds;  /* at the last look */
    bool within; /* has an earliest time, and that name */
    int64_t begun_us, earliest_us, latest_us;
    SimTask *task; /* waits for it; EVENTUALLY only */
    char *message;
    GArray *spans; /* SimSpan; WATCH only */
} SimLook;

/* --- operations of clients ------------------------------------------------------------------- */

typedef struct SimOperation {
    SimScript *script;
    uint32_t client;
    SimTask *task; /* waits for it, or NULL */
    bool done, ok;
    const char *reason;
} SimOperation;

/* Of no client with UINT32_MAX; @task (nullable) waits for it. */
SimOperation *sim_operation_new(SimScript *script, uint32_t client, SimTask *task);
void sim_operation_end(SimOperation *operation, bool ok, const char *reason);
/* For the task that made the last one: return sim_operation_wait(L). */
int sim_operation_wait(lua_State *L);

typedef struct SimLastPublication { /* what a client last asked to publish of a service */
    uint32_t client;
    DistroService service;
    DistroPublication publication;
    bool persistent;
} SimLastPublication;

typedef struct SimScriptClient { /* of world->clients, by index; zero for members of fleets */
    DistroName ip;
    int32_t port;
    SimClientKind kind;
    uint32_t site;
} SimScriptClient;

typedef struct SimEvery {
    int function;
    int64_t period_us;
    bool active;
    int line;
    char file[LUA_IDSIZE];
} SimEvery;

typedef struct SimBudget {
    char *figure;
    double limit;
    bool quantity;
    SimQuantityKind kind;
} SimBudget;

typedef struct SimPropertyValue { /* of the topology's settings */
    char *cluster;                /* or NULL: all */
    char *node;                   /* or NULL: all of those */
    const DistroSetting *setting;
    int64_t value;
} SimPropertyValue;

typedef struct SimSource {
    char *name; /* the chunk's name as Lua shows it */
    char *text;
} SimSource;

typedef struct SimChaos SimChaos; /* chaos.c */
typedef struct SimCore SimCore;   /* core.c */

enum {
    SIM_PATH_DEPTH = 6
};

struct SimScript {
    lua_State *L;
    lua_State *entry;   /* a coroutine in which everything runs that is no task */
    lua_State *running; /* the coroutine that Lua runs now, or NULL */
    int64_t awaited_us; /* until when some task waits that began to do so last */
    uint32_t scope;     /* the cluster that the verb being carried out is restricted to */
    size_t memory;
    char starved_file[LUA_IDSIZE]; /* where memory was refused last */
    int starved_line;
    int64_t go_left, total_left; /* instructions */
    int64_t until_look;          /* likewise: when .go_on is asked next */
    bool (*go_on)(void *data);   /* nullable */
    void *go_on_data;
    char *path, *folder;
    char *shown; /* the main chunk's name as Lua shows it */
    int scenario_line;
    GPtrArray *sources; /* SimSource */
    uint64_t seed;
    SimPrng chance;                     /* stream "script" */
    SimChoices *choices;                /* nullable, borrowed */
    const char *fields[SIM_PATH_DEPTH]; /* where in a table we are, for messages */
    int depth;
    /* the loaded scenario: references in the registry */
    int scenario, params, world_handle, story;
    /* before the run */
    SimWorldSpec *spec; /* until it is handed over */
    GArray *settings;   /* SimPropertyValue, those for all first */
    GArray *given;      /* SimPropertyValue from outside the scenario, for all */
    char *profile;
    bool raft_given;  /* the topology says whether there is Raft */
    bool raft_asked;  /* the run was begun again, with it */
    bool raft_needed; /* a verb was met that cannot do without: the run is to be begun again */
    GArray *must_see; /* SimTraceKind */
    GArray *checks;   /* SimCheck: the field always */
    GArray *always;   /* int: functions in it, by reference */
    GArray *budgets;  /* SimBudget */
    const SimScriptLimit *limit; /* nullable */
    bool settles;
    int64_t settle_quiet_us, settle_within_us;
    /* the run */
    SimWorld *world;
    bool stopped;   /* nothing runs any more */
    bool fatal;     /* what is being raised must not be caught */
    bool finishing; /* the story is over, we wait for quiet */
    bool over;
    int64_t finish_by_us;
    bool too_late; /* a within failed because it took too long: diverged, not unsafe */
    char *error;
    char *unseen;
    uint64_t history; /* digest.c's: what the story has been told */
    int evaluating;   /* depth of predicates being evaluated */
    SimTask *task;    /* the running one */
    GPtrArray *tasks, *idle_tasks;
    GArray *timers; /* SimScriptTimer */
    GArray *free_timers;
    uint32_t pending_at; /* at and after that have not begun */
    int64_t instant_us;  /* of the last resume, and how many there were at it */
    uint32_t at_instant;
    GPtrArray *looks;                  /* SimLook, all ever */
    GPtrArray *watching;               /* SimLook, the active ones */
    GPtrArray *everies;                /* SimEvery */
    GPtrArray *operations;             /* SimOperation */
    GArray *clients;                   /* SimScriptClient */
    GArray *published;                 /* SimLastPublication */
    uint32_t said_service;             /* in the truth's book: the last that was to be made */
    GPtrArray *chaos;                  /* SimChaos */
    GPtrArray *cores;                  /* SimCore */
    uint32_t owed;                     /* verdicts: of cores that have not been judged */
    GArray *instances;                 /* SimInstance: scratch of w:all_know and its kin */
    GArray *listings;                  /* DistroListing: scratch */
    GArray *doubts;                    /* uint32_t by fleet: the member found lacking last */
    GArray *measures;                  /* SimMeasure */
    GArray *must_see_counts;           /* uint64_t: how often each of .must_see was met */
    GPtrArray *steps, *answers;        /* char * */
    GArray *headings;                  /* SimHeading */
    GPtrArray *rtt_tables, *rtt_names; /* SimRttTable and its name: those read so far */
    SimPauses *pauses;                 /* (nullable) read when first asked for */
    SimOutages *outages;               /* likewise */
    void (*log)(void *data, int64_t now_us, const char *text);
    void *log_data;
};

/* digest.c: the story is told something that its variables may keep. */
void sim_script_tell_history(SimScript *script, uint64_t what);

static inline SimScript *sim_script_of(lua_State *L)
{
    return *(SimScript **)lua_getextraspace(L);
}

/* --- handles --------------------------------------------------------------------------------- */

typedef enum SimHandleKind {
    SIM_HANDLE_WORLD,
    SIM_HANDLE_NODE,
    SIM_HANDLE_CLIENT,
    SIM_HANDLE_FLEET,
    SIM_HANDLE_INTERCEPT,
    SIM_HANDLE_OPERATION,
    SIM_HANDLE_LOOK,
    SIM_HANDLE_EVERY,
    SIM_N_HANDLES,
} SimHandleKind;

typedef struct SimHandle {
    SimHandleKind kind;
    uint32_t index;
} SimHandle;

/* One kind of object in Lua. */
typedef struct SimClass {
    SimHandleKind kind;
    const char *name;           /* "a node" minus the article */
    const char *annotation;     /* its name in the annotations; NULL: the user never names it */
    const luaL_Reg *methods[8]; /* tables until NULL, each until a NULL name */
    const char *const *fields;  /* until NULL; or NULL */
    void (*get)(lua_State *L, const SimHandle *handle, const char *field); /* pushes one value */
} SimClass;

extern const SimClass sim_class_world, sim_class_node, sim_class_client, sim_class_fleet,
    sim_class_intercept, sim_class_operation, sim_class_look, sim_class_every;
/* Functions without an object. */
extern const luaL_Reg sim_verbs_flow[], sim_verbs_expect[], sim_verbs_file[];
extern const luaL_Reg sim_verbs_measured[], sim_verbs_chance[];

void sim_class_open(lua_State *L, const SimClass *class);
/* The one handle of @kind and @index: equal things are equal handles. */
void sim_handle_push(lua_State *L, SimHandleKind kind, uint32_t index);
const SimHandle *sim_handle_test(lua_State *L, int index, SimHandleKind kind); /* NULL */
/* The object that a method was called on; raises when it was called with a dot. The handle of the
 * world is number 0, that of a cluster its own + 1: names and verbs are its own from here on. */
uint32_t sim_handle_self(lua_State *L, SimHandleKind kind, const char *verb);

/* Runs @function(argument) as a coroutine of its own that may not wait. False if it raised: the
 * error is noted and the run is over. */
bool sim_script_enter(SimScript *script, lua_CFunction function, void *argument);
/* Notes what a coroutine died of. */
void sim_script_note_error(SimScript *script, lua_State *thread, int status);
/* Likewise that memory ran out. */
void sim_script_note_starved(SimScript *script);
/* File and line of the innermost Lua function of @L; allocates nothing. */
bool sim_locate(lua_State *L, char file[LUA_IDSIZE], int *line);

/* --- raising ------------------------------------------------------------------------------- */

/* "file:line: " of the innermost Lua function, else of the scenario; pushed. */
const char *sim_where(lua_State *L);
G_NORETURN void sim_raise(lua_State *L, const char *format, ...);
/* Likewise, but at the line on which field @key (nullable) of the present path is written. */
G_NORETURN void sim_raise_field(lua_State *L, const char *key, const char *format, ...);
/* "no <what> 'nods' in <where>; did you mean 'nodes'?" */
G_NORETURN void sim_raise_unknown(lua_State *L, const char *what, const char *wanted,
                                  const char *where, const char *const *names, size_t count);
/* Counts work of C that Lua's instructions do not show; raises when the budget is spent. */
void sim_charge(lua_State *L, int64_t instructions);
/* Ends the run: what is raised next passes every pcall. */
G_NORETURN void sim_raise_fatal(lua_State *L);
void sim_path_enter(lua_State *L, const char *field);
void sim_path_leave(lua_State *L);

/* --- arguments ----------------------------------------------------------------------------- */

/* Raises if the script is limited to what @name (script.h) is not part of. */
void sim_check_allowed(lua_State *L, const char *name);
/* @bound_us with the slack that bounds get. */
int64_t sim_slackened(const SimScript *script, int64_t bound_us);

SimWorld *sim_check_world(lua_State *L, const char *verb);  /* raises before the run */
SimWorld *sim_check_acting(lua_State *L, const char *verb); /* and inside a predicate */

/* For verbs of Raft's. Where the world has none: an error if the topology says so, else the run
 * ends here and is begun again with it. */
void sim_check_raft(lua_State *L, const char *verb);

int64_t sim_duration_us(lua_State *L, int index, const char *verb); /* >= 0 */
const char *sim_check_text(lua_State *L, int index, const char *verb, const char *what);
void sim_check_function(lua_State *L, int index, const char *verb);
/* How long the list at @index is; a table with named fields is none. */
lua_Integer sim_list_length(lua_State *L, int index, const char *verb);

/* Tables of options. Each getter reads field @key of the table at @index (absolute) and returns
 * false if it is absent; what has the wrong type or range raises. */
void sim_options(lua_State *L, int index, const char *verb, const char *const *names);
bool sim_opt_duration(lua_State *L, int index, const char *key, int64_t *us);
bool sim_opt_signed_duration(lua_State *L, int index, const char *key, int64_t *us);
bool sim_opt_proportion(lua_State *L, int index, const char *key, double *value); /* 0 to 1 */
bool sim_opt_quantity(lua_State *L, int index, const char *key, SimQuantityKind kind,
                      double *value);
bool sim_opt_integer(lua_State *L, int index, const char *key, int64_t low, int64_t high,
                     int64_t *value);
bool sim_opt_number(lua_State *L, int index, const char *key, double *value);
bool sim_opt_boolean(lua_State *L, int index, const char *key, bool *value);
bool sim_opt_string(lua_State *L, int index, const char *key, const char **value);
/* Index of the string in @names, which ends with NULL. */
bool sim_opt_choice(lua_State *L, int index, const char *key, const char *const *names, int *which);

/* --- names, in the scope of the verb ---------------------------------------------------------
 * In a cluster's scope "n1" is "east/n1", and what belongs to another cluster is unknown. */

bool sim_in_scope(const SimScript *script, const SimNode *node);
int sim_find_site(const SimScript *script, const char *name);    /* -1 */
int sim_find_cluster(const SimScript *script, const char *name); /* -1 */

/* Nodes by handle, name, or list of them. The list is a userdata, pushed. */
typedef struct SimNodeList {
    size_t count;
    uint32_t items[];
} SimNodeList;
SimNode *sim_check_node(lua_State *L, int index, const char *verb);
const SimNodeList *sim_check_nodes(lua_State *L, int index, const char *verb);
/* Nodes, clients, fleets, names, sites, clusters, or lists of those; pushes what holds the items.
 */
SimGroup sim_check_party(lua_State *L, int index, const char *verb);
/* A node or a client; nil: SIM_NO_ENDPOINT. */
SimEndpoint sim_opt_endpoint(lua_State *L, int index, const char *key);
/* A service by name, "group@@name" or { service=, group=, namespace= }; 0 if it was never named
 * and @create is false. */
DistroService sim_check_service(lua_State *L, int index, const char *verb, bool create);
DistroService sim_opt_service(lua_State *L, int index, const char *verb); /* fields of a table */
/* The instances of a client, a fleet, a name of those, { service=, ip=, port= } or a list go to
 * script->instances. False if one of them never had one acknowledged. */
bool sim_check_instances(lua_State *L, int index, const char *verb);
/* True if such instances were acknowledged and are listed at @node, or, if that is NULL, at every
 * live node in scope, of which there is one at least. */
bool sim_check_known(lua_State *L, int index, const char *verb, const SimNode *node);
/* For a trace's readers: the script's listings are what @object, which may be down, said of
 * @service. */
void sim_note_read(const SimScript *script, SimEndpoint object, DistroService service,
                   bool answers);
/* Pushes a list of what the listings say, by address. */
void sim_push_listings(lua_State *L, const DistroListing *listings, const uint32_t *clients,
                       size_t count);

/* --- tasks and timers ------------------------------------------------------------------------ */

uint32_t sim_script_timer(SimScript *script, int64_t at_us, SimTimerRun run, void *data,
                          uint64_t word);
/* A task that will call the function on top of @L's stack, which is popped. */
SimTask *sim_task_new(lua_State *L);
void sim_task_resume(SimScript *script, SimTask *task, int arguments);
/* Wakes @task at @at_us, unless it has been woken before. */
void sim_task_wake_at(SimScript *script, SimTask *task, int64_t at_us);
/* For the running task: raises where waiting is not possible. Then: return sim_task_yield(...). */
SimTask *sim_check_waiting(lua_State *L, const char *verb);
int sim_task_yield(lua_State *L, lua_KContext context, lua_KFunction then);
void sim_script_note(SimScript *script, bool heading, const char *text); /* step and log */

/* --- predicates ------------------------------------------------------------------------------ */

/* The hook: everything that is watched is asked again. */
void sim_script_changed(SimScript *script);
SimLook *sim_look_new(lua_State *L, SimLookKind kind, int function_index, const char *message);
/* First look; raises what the function raises. */
void sim_look_first(lua_State *L, SimLook *look);
void sim_look_stop(SimScript *script, SimLook *look);
void sim_script_fail(SimScript *script, const char *check, const char *message);
/* The core of a cluster did not converge. Takes @message. */
void sim_script_diverge(SimScript *script, uint32_t node, uint32_t client, DistroService service,
                        char *message);
/* A core was judged: one verdict less is owed, and the run may end if the story has. */
void sim_script_settle_debt(SimScript *script);
void sim_script_read_budget(lua_State *L, int index);
void sim_script_judge_budgets(SimScript *script);
/* Reads checks.no_zombies {...} at @index; false if the value is no check. */
bool sim_check_get(lua_State *L, int index, SimCheck *check);
void sim_checks_open(lua_State *L); /* sets the table checks in the one on top */
bool sim_read_settle(lua_State *L, int index, int64_t *quiet_us, int64_t *within_us);

/* A table of round trips as rtt_table returned it: its number, and its map pushed (a table or
 * nil). False, and nothing pushed, if the value is none; likewise for rtt_spread. */
/* Measured pauses, and partitions: read from the scenario's data/ or distrosim's; raises. */
const SimPauses *sim_measured_pauses(lua_State *L, const char *verb);
const SimOutages *sim_measured_outages(lua_State *L, const char *verb);
/* A kind of pause or collector that the table knows; what it was called is raised otherwise. */
const char *sim_check_pause_kind(lua_State *L, int index, const char *verb);
bool sim_rtt_get(lua_State *L, int index, uint32_t *number);
bool sim_spread_get(lua_State *L, int index, uint32_t *number);

/* --- files ----------------------------------------------------------------------------------- */

void sim_sandbox_open(lua_State *L);
int sim_verb_log(lua_State *L);
int sim_verb_settle(lua_State *L);
/* Path of @relative in the scenario's folder, those above, then distrosim's own; NULL. (transfer
 * full) */
char *sim_script_find_file(const SimScript *script, const char *relative);
/* Pushes the path of @relative, or raises. */
const char *sim_push_file(lua_State *L, const char *relative, const char *verb);
void sim_check_file_name(lua_State *L, const char *name, const char *verb);
/* Pushes the value of a field of the scenario: what a function of the params returns for it, if
 * @called and it is one. */
int sim_scenario_field(lua_State *L, const char *field, bool called);

void sim_chaos_free(SimChaos *chaos);
void sim_chaos_redraw(SimChaos *chaos, uint64_t seed); /* its streams, see prng.h */
int sim_verb_chaos(lua_State *L);
