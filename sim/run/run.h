/* sim/run/run.h -- one scenario, one seed, one result: what the command and the tests call.
 *
 * A run is a function of (file, seed, params, profile). It has no side effects on the outside:
 * results.h writes what it returns. Runs may go on in several threads at once. */
#pragma once

#include "sim/check/check.h"
#include "sim/metrics/metrics.h"
#include "sim/truth/truth.h"

/* A loaded scenario: its file, description and params. Immutable; shared between threads. */
typedef struct SimScenario SimScenario;

typedef enum SimScenarioError {
    SIM_SCENARIO_ERROR_NO_FILE, /* exit status 66 */
    SIM_SCENARIO_ERROR_WRONG, /* 65: syntax, unknown verb or field, runaway, impossible topology */
    SIM_SCENARIO_ERROR_USAGE, /* 64: --set of an unknown param, a value of the wrong type */
} SimScenarioError;
#define SIM_SCENARIO_ERROR (sim_scenario_error_quark())
GQuark sim_scenario_error_quark(void);

/* Reads and loads @path far enough to know its params and to check its static fields. */
SimScenario *sim_scenario_load(const char *path, GError **error);
void sim_scenario_free(SimScenario *scenario);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimScenario, sim_scenario_free)
const char *sim_scenario_path(const SimScenario *scenario);        /* as given */
const char *sim_scenario_name(const SimScenario *scenario);        /* "partition/minority" */
const char *sim_scenario_description(const SimScenario *scenario); /* first comment lines */

/* One param: its name, its default as text ("20s", "3", "true"), its kind. */
typedef struct SimParam {
    const char *name;
    const char *value; /* canonical text */
    const char *kind;  /* "duration", "number", "boolean", "string", "proportion", "size", "rate" */
} SimParam;
const SimParam *sim_scenario_params(const SimScenario *scenario, size_t *count);
/* The lint of `distrosim check`: builds the topology with the params' defaults, without a story.
 * False and @error if something is wrong. */
bool sim_scenario_check(const SimScenario *scenario, GError **error);

typedef struct SimResult SimResult;

typedef struct SimSetting {
    const char *name, *value; /* of --set name=value, as typed */
} SimSetting;

typedef struct SimRunOptions {
    uint64_t seed;
    const SimSetting *settings;
    size_t n_settings;
    const char *profile;          /* NULL: the topology's */
    bool record;                  /* keep a full trace */
    struct SimRecording *actions; /* nullable: what the run does is written there (record.h) */
    bool payloads;                /* and what the messages in it say, for a packet capture */
    bool unchecked;               /* without the checks of `always`, for a benchmark */
    bool single_calls;            /* no batches (network/call_batch.h): slower, the same result */
    int64_t until_us;             /* stop here; INT64_MAX: at the story's end */
    /* Called now and then from the running thread with the virtual time, and the instant for which
     * the story waits (it may have gone by); nullable. True: go on. */
    bool (*progress)(void *data, int64_t now_us, int64_t awaited_us);
    void *progress_data;
    void (*log)(void *data, int64_t now_us, const char *text); /* step and log lines; nullable */
    void *log_data;
    /* Called once at the end, while the world is still there to be read; nullable. Only for a run
     * whose world was made. */
    void (*inspect)(void *data, const SimWorld *world, const SimResult *result);
    void *inspect_data;
} SimRunOptions;

typedef enum SimVerdict {
    SIM_VERDICT_HELD,
    SIM_VERDICT_UNSAFE,
    SIM_VERDICT_DIVERGED,
    SIM_VERDICT_VACUOUS,
    SIM_VERDICT_NONDETERMINISTIC, /* given by replay, never by a run */
    SIM_VERDICT_ERROR,            /* the scenario is wrong: reason says where */
} SimVerdict;
const char *sim_verdict_name(SimVerdict verdict);
int sim_verdict_exit_status(SimVerdict verdict);

typedef struct SimQuantiles {
    uint64_t count;
    int64_t p50_us, p90_us, p99_us, max_us;
} SimQuantiles;

typedef struct SimMeasure {
    char *name;
    double value;
    char *unit; /* "us", "bytes", "bit/s", "/s", "share" (of 1), "" */
} SimMeasure;

typedef struct SimNodeFigures {
    char *name;
    int64_t lost_us, zombie_us;
} SimNodeFigures;

typedef struct SimConvergenceRow {
    int64_t acknowledged_us, took_us;
    DistroPath path;
    bool removal;
    char *client, *service, *last_node;
} SimConvergenceRow;

typedef struct SimArrivalRow {
    char *from, *to; /* sites */
    bool consumers;  /* else nodes */
    SimChange change;
    int64_t acknowledged_us, took_us;
} SimArrivalRow;

/* Everything a result says. Owned by the caller. */
struct SimResult {
    char *scenario, *path;
    uint64_t seed;
    SimParam *params; /* as used in this run */
    size_t n_params;
    char *profile;
    SimVerdict verdict;
    char *reason;       /* "" if it held */
    GArray *violations; /* SimViolation, by time */
    GPtrArray *violation_nodes, *violation_clients,
        *violation_services; /* names or NULL, parallel */
    GPtrArray *why;          /* lines (char *) for a red run: time, who, what; maybe none */
    char *harm;              /* "lost 12.0 instance-seconds on n3, zombies 0, wan 0 B" */
    char *what;              /* second line of a red run */
    uint64_t fingerprint;
    int64_t virtual_us; /* length of the story */
    uint64_t events, messages;
    uint64_t bytes_lan, bytes_wan;
    uint64_t messages_by_op[SIM_N_OPS], bytes_by_op[SIM_N_OPS];
    SimQuantiles convergence, convergence_by_path[DISTRO_N_PATHS];
    uint64_t unconverged;
    GArray *convergence_rows; /* SimConvergenceRow */
    GArray *heal_to_agree_us; /* int64_t, -1: never */
    int64_t lost_us, zombie_us;
    GArray *nodes; /* SimNodeFigures */
    uint64_t unavailable_writes, empty_reads;
    double amplification;
    uint32_t peak_pending;
    SimQuantiles detection;
    /* Empty in a world of one site: see sim/metrics/regions.h. */
    GArray *regions;        /* SimRegionFigures, by site */
    GArray *directions;     /* SimDirectionFigures, from x to */
    GArray *arrivals;       /* SimArrivalRow */
    GArray *region_samples; /* SimRegionSample: for each of .samples, one per site */
    GArray *measures;       /* SimMeasure */
    GArray *samples;        /* SimSample */
    GArray *faults;         /* SimFault */
    GPtrArray *steps;       /* char *: "  20.000 s  the network heals" */
    size_t replica_bytes, replica_entries;
    char *trace_text; /* ndjson, if recorded; else NULL */
    double wall_s;    /* how long it took; no fingerprint covers it */
};

/* Runs. Never fails: a wrong scenario gives SIM_VERDICT_ERROR with the reason; wrong settings too,
 * with @usage (nullable) set to true. (transfer full) */
SimResult *sim_run(const SimScenario *scenario, const SimRunOptions *options, bool *usage);
void sim_result_free(SimResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimResult, sim_result_free)

/* "20s", "-31s", "300ms", "1/1000", "5%", "3", "true", text: is it a value of @param's kind? */
bool sim_param_accepts(const SimParam *param, const char *value, GError **error);
