/* sim/actions/record.h -- what a run did, as a flat list: the story without its plot and its
 * chance.
 *
 *      run with a record  -->  stage (nodes, sites, links, settings)
 *                              actions, by time: who did what to whom, everything resolved
 *                              claims: what had to hold, as text that stands alone
 *
 * Loops, drawn numbers, fleets, chaos and library verbs are gone: what they did is left. The
 * shrinker edits such a list and story.h writes it as Lua again. A world without a record pays one
 * comparison per action; a record changes nothing that happens. */
#pragma once

#include "sim/base/quantity.h"
#include "sim/bridge/bridge.h"
#include "sim/world/observe.h"

typedef struct SimActionType {
    const char *verb;
    bool of_client; /* client:verb(...), else w:verb(...) */
    bool waits;     /* an operation: the story may wait for its end */
} SimActionType;
const SimActionType *sim_action_type(SimActionKind kind);
bool sim_action_kind_of_node_verb(const char *verb, SimActionKind *kind); /* "crash", "leave" ... */

/* Of a client: it stands for the client with the action's number. */
#define SIM_FIELD_FORMER "load_cache_at_start"

typedef struct SimActionField { /* of the table that the verb takes */
    char *name;
    char *value; /* Lua text */
    bool needed; /* the verb says nothing without it */
} SimActionField;

/* Immutable once recorded; edited copies are actions of their own. */
typedef struct SimAction {
    SimActionKind kind;
    int64_t at_us;
    int64_t took_us;   /* an operation's; -1: it did not end */
    uint32_t client;   /* index, or UINT32_MAX */
    uint32_t number;   /* of an interception, of a bridge on the stage, or whose cache is loaded */
    uint32_t scope;    /* the cluster whose handle was asked, or SIM_ALL_CLUSTERS */
    GPtrArray *groups; /* GArray of SimParty: whom it concerns, in the order of the arguments */
    char *text;        /* (nullable) Lua text of a positional argument */
    int64_t for_us;    /* how long, or -1 */
    GPtrArray *fields; /* SimActionField */
} SimAction;
SimAction *sim_action_new(SimActionKind kind, int64_t at_us);
SimAction *sim_action_copy(const SimAction *action);
void sim_action_free(SimAction *action);

/* --- the stage ------------------------------------------------------------------------------ */

typedef struct SimStageNode {
    const char *name; /* as the run called it */
    uint32_t site;
    uint32_t number;      /* k of "site/nk" */
    const char *address;  /* NULL: what follows from its place */
    const char *known_as; /* NULL: what it stands at */
    const char *profile;  /* NULL: the stage's */
    SimClockSpec clock;
    bool joins; /* not there at the start */
    bool gone;  /* edited out */
} SimStageNode;

typedef struct SimStageSite {
    const char *name; /* "", "east", "east/a" */
    uint32_t cluster;
} SimStageSite;

typedef struct SimStageCluster {
    const char *name;    /* "": the only one */
    const char *profile; /* NULL: the stage's */
} SimStageCluster;

/* Its workers' processes are the clients from .first_worker on. */
typedef struct SimStageBridge {
    const char *text; /* its line of the topology */
    uint32_t first_worker, workers;
    bool gone; /* edited out */
} SimStageBridge;

typedef struct SimStageSetting {
    uint32_t cluster; /* or UINT32_MAX: all */
    uint32_t node;    /* likewise */
    const char *property;
    const char *value; /* Lua text */
} SimStageSetting;

/* Strings belong to the record. */
typedef struct SimStage {
    GArray *nodes;    /* SimStageNode */
    GArray *clusters; /* SimStageCluster */
    GArray *sites;    /* SimStageSite */
    GArray *links;    /* SimLink, from * sites + to */
    GArray *settings; /* SimStageSetting */
    GArray *bridges;  /* SimStageBridge */
    const char *profile;
    int64_t framing_bytes;
    bool manual_boot, one_site; /* one_site: edited into a single one */
    SimClientKind default_client;
    bool raft; /* the scenario asks for it, whatever its story does */
} SimStage;
SimStage sim_stage_copy(const SimStage *stage);
void sim_stage_clear(SimStage *stage);
/* k of "site/nk"; 0 if @name is of another make. */
uint32_t sim_stage_number(const char *name, const char *site);

/* --- the record ----------------------------------------------------------------------------- */

/* What is broken at a moment: the same failure with more of it
 * broken is another one. */
typedef enum SimActiveFaultSet {
    SIM_ACTIVE_CUT = 1,
    SIM_ACTIVE_DEGRADED = 2,
    SIM_ACTIVE_DOWN = 4, /* a member does not run */
    SIM_ACTIVE_PAUSED = 8,
} SimActiveFaultSet;

typedef struct SimRecording {
    SimWorld *world; /* while it is there */
    GStringChunk *strings;
    SimStage stage;
    GPtrArray *actions;        /* SimAction */
    GPtrArray *client_names;   /* (transfer none) by index; NULL: never began */
    GArray *checks;            /* SimCheck: all that were watched */
    GPtrArray *budgets;        /* char *: "[\"convergence.p99\"] = s(1)" */
    GPtrArray *looks;          /* SimClaim by number of the look; entries may be NULL */
    GPtrArray *failures;       /* SimClaim: those that failed, in order */
    GArray *active_fault_sets; /* unsigned (SimActiveFaultSet): at each violation, in order */
    uint32_t intercepts;       /* so far */
} SimRecording;
SimRecording *sim_record_new(void);
void sim_record_free(SimRecording *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimRecording, sim_record_free)
void sim_record_clear(SimRecording *record); /* as if it were new: the run begins again */
const char *sim_record_keep(SimRecording *record, const char *text); /* a copy that lives as long */

/* What is to be told to it (sim_world_observe). @record may outlive its world, and must not die
 * before it. */
SimObserver sim_record_observer(SimRecording *record, SimWorld *world);

/* Adds @node to the stage. */
void sim_stage_add_node(SimRecording *record, const SimNode *node, const char *address,
                        const char *profile, SimClockSpec clock, bool joins);

/* --- what is done -------------------------------------------------------------------------- */
/* @record NULL: nothing is done. */
void sim_record_client(SimRecording *record, uint32_t client, const uint32_t *servers,
                       uint32_t count, int first);
/* The client that was told last found @former's lists on its disk. */
void sim_record_former(SimRecording *record, const SimClient *former);
void sim_record_operation(SimRecording *record, uint32_t client, SimActionKind kind,
                          DistroService service, DistroPublication publication, uint32_t node,
                          int64_t for_us);
/* The operation of @client that was told last is for Raft, and about @publication. */
void sim_record_persistent(SimRecording *record, uint32_t client, DistroPublication publication);
void sim_record_failover(SimRecording *record, uint32_t client, bool on);
void sim_record_ended(SimRecording *record, uint32_t client, SimOp op);
void sim_record_node(SimRecording *record, const SimNode *node, const char *verb, int64_t for_us,
                     const char *text);
/* Of the process of a bridge's worker. */
void sim_record_worker(SimRecording *record, uint32_t client, const char *verb, int64_t for_us);
/* @text: the verb's arguments after the bridge's name, as Lua. */
void sim_record_bridge(SimRecording *record, const SimBridge *bridge, SimActionKind kind,
                       const char *text);
void sim_record_publish(SimRecording *record, const SimNode *node, const char *id,
                        const char *value);
/* An operator at @console's console (NULL: it is down). */
struct SimOperatorChange;
void sim_record_override(SimRecording *record, const SimNode *console,
                         const struct SimOperatorChange *change);
struct SimServiceChange;
void sim_record_service(SimRecording *record, const SimNode *console,
                        const struct SimServiceChange *change);
void sim_record_health_page(SimRecording *record, uint32_t client, uint32_t status);
/* Of clusters' databases. */
void sim_record_copy(SimRecording *record, uint32_t from, uint32_t to, int64_t low_us,
                     int64_t high_us);
void sim_record_slow(SimRecording *record, const SimNode *node, double factor, int64_t for_us);
void sim_record_clock(SimRecording *record, const SimNode *node, const int64_t *offset_us,
                      const int64_t *drift_ppb, int64_t step_us);
void sim_record_members(SimRecording *record, const uint32_t *nodes, size_t count,
                        const uint32_t *members, size_t n_members);
void sim_record_join(SimRecording *record, const SimNode *node, const char *address,
                     const char *known_as);
void sim_record_violation(SimRecording *record);
/* @scope: the cluster whose handle was asked, or SIM_ALL_CLUSTERS. */
void sim_record_fault(SimRecording *record, uint32_t scope, SimActionKind kind,
                      const SimGroup *groups, size_t count, int64_t for_us);
void sim_record_cut(SimRecording *record, SimGroup a, SimGroup b, bool oneway, bool calls);
void sim_record_link(SimRecording *record, SimGroup a, SimGroup b, const SimLink *change,
                     unsigned fields);
void sim_record_intercept(SimRecording *record, const SimIntercept *intercept);
void sim_record_intercept_stop(SimRecording *record, uint32_t number);

/* --- Lua text of values --------------------------------------------------------------------- */
/* "s(20)", "ms(1.5)", "percent(5)", "kib(64)": what the scenario's constructors read back.
 * (transfer full) */
char *sim_lua_duration(int64_t us);
char *sim_lua_quantity(SimQuantityKind kind, double value);
char *sim_lua_number(double number);    /* the shortest that reads back as @number */
char *sim_lua_string(const char *text); /* quoted */
