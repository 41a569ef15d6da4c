/* sim/bridge/bridge.h -- nacos-sync: workers that copy one cluster's instances into another.
 *
 * A bridge is one line of the topology: a database with its tasks, and workers. Every worker
 * executes every task: it watches a service at the source and keeps marked
 * copies of its instances at the destination alive with beats of its own.
 *
 *      source cluster                    worker                          destination cluster
 *        list, push  ----> view --event--> [one thread: DO_SYNC] --register/deregister-->
 *                            ^                    |                        list, push
 *                            '--- poll 10 s       '--> beats, 5 s each -->      |
 *                                                 view <------------------------'
 *        database <-- task scan 3 s, ALL scan 3 s, every pass of everything 300 s
 *
 * The worker's Nacos client is 1.4.7 over HTTP, so its copies are ip:port clients at the
 * destination. Its defects are switches of the spec, on by default.
 *
 * A worker is one process on the network and takes part in the world as a client does: cuts, pauses
 * and traffic know it by its name, "east>west/1". What it publishes is no truth of its own: copies
 * are what nodes make of somebody else's instances. */
#pragma once

#include "sim/world/world.h"

typedef struct SimBridge SimBridge;
typedef struct SimWorker SimWorker;

/* Bits of SimBridgeSpec.defects: what a run can switch off to see what it costs. */
typedef enum SimBridgeDefect {
    /* weight and health are part of the comparison, so a change of either registers the instance
     * anew and then takes the "old" one, which has the same address, back */
    SIM_DEFECT_KEY_TRAP = 1,
    /* an event that finds its task in flight is dropped, not kept for later */
    SIM_DEFECT_DROPPED_EVENTS = 2,
    /* the list of services that could not be read counts as empty */
    SIM_DEFECT_LIST_FAILURE_IS_EMPTY = 4,
    /* so does the first list of a service */
    SIM_DEFECT_COLD_START_IS_EMPTY = 8,
    /* a task deleted at the console is deleted by the worker that was asked, for itself alone */
    SIM_DEFECT_DELETE_SEEN_BY_ONE = 16,
    /* one thread carries out the events of all services */
    SIM_DEFECT_SINGLE_EVENT_THREAD = 32,
    SIM_DEFECTS_DEFAULT = 63,
    /* 0.4.9-PRE: what the source lacks is deregistered, copied or not (nacos-sync#350) */
    SIM_DEFECT_NATIVE_DELETION = 64,
} SimBridgeDefect;

/* Why a worker compares its lists: value of SIM_TRACE_BRIDGE_PASS. */
typedef enum SimPassReason {
    SIM_PASS_EVENT,    /* its list of the source has changed */
    SIM_PASS_TASK,     /* a task is new to it */
    SIM_PASS_ALL,      /* the ALL task has met a new service */
    SIM_PASS_FALLBACK, /* the pass of everything */
    SIM_PASS_DELETE,   /* its task is to be undone */
    SIM_PASS_VANISHED, /* the ALL task has not found the service again */
    SIM_N_PASS_REASONS,
} SimPassReason;

/* Which pushes of nodes reach the workers. 1.4.7 names InetAddress.getLocalHost() as its address:
 * where that is 127.x, none does. */
typedef enum SimBridgePushes {
    SIM_BRIDGE_PUSHES_ALL,
    SIM_BRIDGE_PUSHES_OF_SITE, /* UDP does not cross the WAN */
    SIM_BRIDGE_PUSHES_NONE,
} SimBridgePushes;

typedef struct SimBridgeSpec {
    char *name;                               /* "east>west" */
    char *source, *destination;               /* the clusters' names */
    GArray *source_nodes, *destination_nodes; /* uint32_t: the server lists, which never change */
    uint32_t site;                            /* where the workers are */
    uint32_t workers;
    GPtrArray *services; /* char *: explicit tasks; NULL: one ALL task */
    char *group;         /* of the tasks */
    bool central;        /* cluster_level of the source is not 0 */
    SimBridgePushes udp;
    int64_t database_us; /* latency of a query */
    int64_t stall_us;    /* what a black-holed pooled connection costs */
    uint32_t cores;      /* of a worker's machine: half of them beat, half of them poll */
    unsigned defects;
} SimBridgeSpec;
SimBridgeSpec *sim_bridge_spec_new(void); /* empty, with defaults */
void sim_bridge_spec_free(SimBridgeSpec *spec);

/* Adds @bridge, which is taken, to those that a world will have. */
void sim_bridge_spec_add(SimWorldSpec *spec, SimBridgeSpec *bridge);

/* Adds the bridges of the world's specification, and their workers' processes. */
void sim_bridges_open(SimWorld *world);
/* Their workers run from the present instant on, as if they had done so for long: the phases of
 * their timers are drawn. */
void sim_bridges_start(SimWorld *world);

const char *sim_bridge_name(const SimBridge *bridge);
SimBridge *sim_world_find_bridge(const SimWorld *world, const char *name); /* NULL */

/* --- the database ------------------------------------------------------------------------- */
void sim_bridge_database(SimBridge *bridge, bool down);

typedef enum SimTaskVerb {
    SIM_TASK_START,  /* a row with status SYNC, new or again */
    SIM_TASK_STOP,   /* its status becomes DELETE, which every worker sees */
    SIM_TASK_DELETE, /* at the console of one worker: it carries the deletion out, the row goes */
} SimTaskVerb;
/* @service DISTRO_NONE: the ALL task. False if there is no such row, and nothing to do. */
bool sim_bridge_task(SimBridge *bridge, DistroService service, SimTaskVerb verb, uint32_t worker);

/* --- a worker's process ------------------------------------------------------------------- */
uint32_t sim_bridge_worker_count(const SimBridge *bridge);
SimWorker *sim_bridge_worker(const SimBridge *bridge, uint32_t number); /* from 0 */
/* The worker whose process is client @client of the world; NULL if that is an ordinary one. */
SimWorker *sim_worker_of_client(const SimWorld *world, uint32_t client);
uint32_t sim_worker_client(const SimWorker *worker);
bool sim_worker_alive(const SimWorker *worker);
void sim_worker_crash(SimWorker *worker);   /* resets its connections, memory lost */
void sim_worker_stop(SimWorker *worker);    /* orderly: the same, for it takes nothing back */
void sim_worker_restart(SimWorker *worker); /* with an empty memory; crashes first if it runs */
void sim_worker_pause(SimWorker *worker, int64_t for_us);

/* What one worker does now, and did since its start. */
typedef struct SimWorkerState {
    uint32_t queue;           /* events that wait for the event thread */
    int64_t oldest_us;        /* age of the first of them, 0 if there is none */
    uint32_t beating;         /* instances it keeps alive */
    uint32_t beats_late;      /* beats that wait for a thread */
    uint32_t tasks;           /* started, and not forgotten since */
    uint32_t subscribed;      /* of them, with a listener */
    uint32_t deletions;       /* that wait for their lock, or run */
    int64_t fallback_us;      /* how long the last pass of everything took, -1: none has ended */
    uint64_t passes;          /* DO_SYNCs that ended well */
    uint64_t failures;        /* DO_SYNCs and deletions that did not */
    uint64_t dropped;         /* events that found their task in flight */
    uint64_t copied, removed; /* registrations and deregistrations acknowledged */
    uint64_t again;           /* registrations because a beat was answered "unknown" */
} SimWorkerState;
SimWorkerState sim_worker_state(const SimWorker *worker);
