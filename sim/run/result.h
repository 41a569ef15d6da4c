/* sim/run/result.h -- what a run comes to: a verdict, violations, figures. */
#pragma once

#include "sim/check/check.h"
#include "sim/metrics/metrics.h"
#include "sim/script/scenario.h"
#include "sim/study/regions.h"
#include "sim/trace/trace.h"

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

typedef struct SimNodeFigures {
    char *name;
    int64_t lost_us, zombie_us;
    int64_t lost_listed_us; /* the part of lost_us that it had listed before */
} SimNodeFigures;

/* The consumer that something was worst for. */
typedef struct SimConsumerRow {
    int64_t us;
    char *client, *service; /* NULL: none was affected */
} SimConsumerRow;

typedef struct SimConsumerRows {
    uint32_t count; /* of all that ever had an answer */
    int64_t time_us;
    SimConsumerRow empty, shortened, stale, with_shortest; /* as SimConsumersWorst */
    uint32_t shortest_listed, shortest_of;
} SimConsumerRows;

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

/* Of a run on real servers. */
typedef struct SimRealRun {
    char *servers; /* as asked for: "distrod" */
    int64_t slack_us;
    uint64_t polls;  /* of servers, completed */
    int64_t late_us; /* the latest of them */
    bool disturbed;  /* so late that what was seen proves nothing */
} SimRealRun;
SimRealRun *sim_real_run_new(const char *servers);
void sim_real_run_free(SimRealRun *real);

/* An event that must_see names, and how often it occurred. */
typedef struct SimMustSee {
    SimTraceKind kind;
    uint64_t count;
} SimMustSee;

/* Everything a result says. Owned by the caller. */
typedef struct SimResult {
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
    char *question;          /* what .why answers, (nullable) */
    GPtrArray *why;          /* lines (char *) for a red run: time, who, what; maybe none */
    char *harm;              /* "lost 12.0 instance-seconds on n3, zombies 0, wan 0 B" */
    char *what;              /* second line of a red run */
    uint64_t fingerprint;
    int64_t virtual_us; /* length of the story */
    uint64_t events, messages;
    uint64_t bytes_lan, bytes_wan;
    uint64_t messages_by_op[SIM_N_OPS], bytes_by_op[SIM_N_OPS];
    SimQuantiles convergence, convergence_by_path[DISTRO_N_PATHS], seen;
    uint64_t unconverged;
    GArray *convergence_rows; /* SimConvergenceRow */
    GArray *heal_to_agree_us; /* int64_t, -1: never */
    int64_t lost_us, zombie_us, lost_listed_us;
    SimConsumerRows consumers;
    GArray *nodes; /* SimNodeFigures */
    uint64_t unavailable_writes, empty_reads;
    double amplification;
    uint32_t peak_pending;
    SimQuantiles detection;
    /* Empty in a world of one site: see sim/study/regions.h. */
    GArray *regions;        /* SimRegionFigures, by site */
    GArray *directions;     /* SimDirectionFigures, from x to */
    GArray *arrivals;       /* SimArrivalRow */
    GArray *region_samples; /* SimRegionSample: for each of .samples, one per site */
    GArray *measures;       /* SimMeasure */
    GArray *must_see;       /* SimMustSee: in the order of the scenario */
    GArray *samples;        /* SimSample */
    GArray *owned;          /* uint32_t, see sim_metrics_owned */
    GArray *seen_us;        /* int64_t: how long each change took until it was answered with */
    GArray *headings;       /* SimHeading */
    GArray *faults;         /* SimFault */
    GPtrArray *answers;     /* char *: sentences of what the story found, maybe none */
    GPtrArray *steps;       /* char *: "  20.000 s  the network heals" */
    size_t replica_bytes, replica_entries;
    char *trace_text;   /* ndjson, if recorded; else NULL */
    char *history_text; /* if asked for; else NULL */
    SimRealRun *real;   /* NULL: a simulated run */
    double wall_s;      /* how long it took; no fingerprint covers it */
} SimResult;
void sim_result_free(SimResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimResult, sim_result_free)
