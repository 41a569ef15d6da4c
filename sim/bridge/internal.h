/* sim/bridge/internal.h -- what the parts of a bridge share; for sim/bridge/ only.
 *
 *      bridge.c     the bridge: its database, its workers
 *      worker.c     a worker's process: start, end, timers, what arrives
 *      scan.c       its timers' work: explicit tasks, the ALL task, the pass of everything
 *      batch.c      many jobs at once, 200 threads in all (BatchTaskExecutor)
 *      job.c        one job on one task: SYNC, DO_SYNC, DELETE, step by step
 *      view.c       lists it holds (HostReactor): first call, polls, pushes, events
 *      beat.c       instances it keeps alive (BeatReactor)
 *      ask.c        one HTTP request, server after server (NamingProxy)
 *      slots.c      threads and locks: so many at a time, the others in order
 *      mark.c       marks, eligibility, comparison
 *
 * Threads of the JVM are chains of calls here: who blocks in Java holds a slot of its pool until
 * the continuation runs. All of a worker's memory dies with its process, and whatever still comes
 * for it (a timer, an answer) carries a number that is not found any more. */
#pragma once

#include "sim/bridge/bridge.h"
#include "sim/bridge/job.h"
#include "sim/bridge/mark.h"
#include "sim/bridge/slots.h"
#include "sim/world/world.h"

typedef struct SimNaming SimNaming;
typedef struct SimView SimView;

/* --- ask.c ---------------------------------------------------------------------------------- */

typedef enum SimAnswer {
    SIM_ANSWER_OK,
    SIM_ANSWER_UNKNOWN, /* to a beat: RESOURCE_NOT_FOUND, 20404 */
    SIM_ANSWER_FAILED,  /* no server answered well */
} SimAnswer;

/* One request in hand. */
typedef struct SimAsk SimAsk;
struct SimAsk {
    uint32_t serial;
    SimNaming *naming;
    SimOp op;    /* REGISTER DEREGISTER BEAT QUERY SERVICES */
    bool light;  /* BEAT: without the instance */
    bool silent; /* QUERY: without a port for pushes (subscribe = false) */
    DistroService service;
    DistroPublication publication;
    uint32_t first, tries; /* positions in the server list */
    uint32_t node;         /* asked last */
    uint32_t token;        /* the asker's */
    uint32_t cause;        /* record that led to it; 0: what is being handled */
    /* Called once, unless the worker ends first. @answer is NULL if there is none. */
    void (*done)(SimWorker *worker, const SimAsk *ask, SimAnswer how, const DistroFrame *answer);
};

/* Starts a request that is like @ask. */
void sim_ask(SimNaming *naming, const SimAsk *ask);
void sim_ask_outcome(SimWorker *worker, const SimCall *call, DistroOutcome outcome,
                     const DistroFrame *answer);

/* --- view.c --------------------------------------------------------------------------------- */

/* A service of one cluster as the client inside the worker knows it. */
struct SimView {
    SimNaming *naming;
    uint32_t number; /* among the worker's views, from 1 */
    DistroService service;
    bool called;           /* the first call has ended: from now on it polls */
    uint32_t list;         /* push.h, referenced; 0: nothing, as good as empty */
    uint32_t stamp;        /* of its poll timer */
    uint8_t fail_count;    /* empty or failed polls in a row */
    bool pushed;           /* a push came since the last poll, which then only refreshes */
    bool unsubscribed;     /* its task was deleted: the next poll is not made */
    SimSyncTask *listener; /* NULL: its events are dropped */
};

/* The client of one cluster: NamingService 1.4.7. */
struct SimNaming {
    SimWorker *worker;
    const GArray *nodes; /* uint32_t: its servers */
    GHashTable *view_of; /* service -> SimView; look up only */
    SimSlots pollers;    /* cores / 2 threads: tokens are stamps of views */
    GArray *connections; /* SimConnections, by server */
};

/* Idle connections to one server, as HttpURLConnection keeps them. */
typedef struct SimConnections {
    uint32_t idle;
    int64_t since_us; /* of the one used last */
} SimConnections;

void sim_naming_init(SimNaming *naming, SimWorker *worker, const GArray *nodes);
void sim_naming_clear(SimNaming *naming);
/* getAllInstances(subscribe = true): calls sim_job_listed with the cached list, at once if there
 * has been a first call. */
void sim_view_read(SimNaming *naming, DistroService service, SimJob *job);
/* The same without the cache. */
void sim_view_ask(SimNaming *naming, DistroService service, SimJob *job);
SimView *sim_view_of(const SimNaming *naming, DistroService service); /* or NULL */
void sim_view_poll(SimWorker *worker, uint32_t stamp);                /* its timer */
void sim_view_pushed(SimWorker *worker, uint64_t call);
void sim_view_free(gpointer view);
/* One event is at the head of the queue: a DO_SYNC of the task that listens, if one does. */
bool sim_view_event(SimWorker *worker, uint32_t number);

/* --- beat.c --------------------------------------------------------------------------------- */

typedef struct SimBeats {
    GHashTable *by_address; /* (service, client id) -> SimBeat; look up only */
    GHashTable *by_stamp;   /* stamp -> SimBeat; look up only */
    SimSlots threads;       /* cores / 2: tokens are stamps */
    bool light;             /* the servers have said that they take light beats */
} SimBeats;

void sim_beats_init(SimBeats *beats, SimWorker *worker);
void sim_beats_clear(SimBeats *beats);
void sim_beats_add(SimWorker *worker, DistroService service, DistroPublication publication);
void sim_beats_remove(SimWorker *worker, DistroService service, DistroPublication publication);
void sim_beats_due(SimWorker *worker, uint32_t stamp); /* its timer */
uint32_t sim_beats_count(const SimBeats *beats);

/* --- batch.c -------------------------------------------------------------------------------- */

/* BatchTaskExecutor#batchOperation of @tasks (SimSyncTask *, borrowed for the call) with jobs of
 * @kind; @done is called when every item has ended or been given up, maybe at once. */
void sim_batch(SimWorker *worker, const GPtrArray *tasks, SimJobKind kind,
               void (*done)(SimWorker *worker));
void sim_batch_item_ended(SimWorker *worker, uint32_t token);
void sim_batch_impatient(SimWorker *worker, uint32_t token); /* its timer */
bool sim_batch_run(SimWorker *worker, uint32_t token);       /* the pool's .run */
void sim_batch_free(gpointer batch);

/* --- scan.c --------------------------------------------------------------------------------- */

void sim_scan_start(SimWorker *worker, bool long_running);
void sim_scan_due(SimWorker *worker, uint32_t stamp); /* timers */
void sim_scan_all_due(SimWorker *worker, uint32_t stamp);
void sim_scan_fallback_due(SimWorker *worker, uint32_t stamp);
void sim_scan_database(SimWorker *worker, uint32_t stamp);
void sim_scan_ended_job(SimWorker *worker, bool ok); /* SIM_CALLER_SCAN */

/* --- the bridge ----------------------------------------------------------------------------- */

typedef struct SimRow {
    DistroService service; /* DISTRO_NONE: ALL */
    bool gone;
    bool deleting;      /* status DELETE instead of SYNC */
    uint32_t operation; /* id, new with every change of status */
} SimRow;

struct SimBridge {
    SimWorld *world;
    const SimBridgeSpec *spec;
    uint32_t number; /* among the world's */
    SimMarks marks;
    DistroName space, group; /* of the tasks */
    bool database_down;
    GArray *rows; /* SimRow, which keep their places */
    uint32_t last_operation;
    GPtrArray *workers; /* SimWorker */
};

static inline bool sim_bridge_has(const SimBridge *bridge, SimBridgeDefect defect)
{
    return (bridge->spec->defects & defect) != 0;
}

/* --- a worker ------------------------------------------------------------------------------- */

typedef enum SimWorkerTimer {
    SIM_WORKER_SCAN,
    SIM_WORKER_ALL_SCAN,
    SIM_WORKER_FALLBACK,
    SIM_WORKER_SCAN_DATABASE,
    SIM_WORKER_JOB_DATABASE, /* stamp: serial of the job */
    SIM_WORKER_IMPATIENT,    /* stamp: of the batch's item */
    SIM_WORKER_BEAT,
    SIM_WORKER_POLL,
} SimWorkerTimer;

/* The explicit scan walks the rows; the ALL scan asks the source for its services. */
typedef struct SimScan {
    uint32_t stamp, all_stamp, fallback_stamp; /* of the next run, or of the wait under way */
    bool all_waits;                            /* the database is asked for the ALL scan */
    uint32_t row;                              /* whose job runs */
    uint32_t operation;                        /* of it when that began */
    int64_t pass_from_us;
    GPtrArray *vanished; /* SimSyncTask: to be deleted after the new ones have been synced */
} SimScan;

struct SimWorker {
    SimBridge *bridge;
    SimWorld *world;
    uint32_t number; /* from 0 */
    uint32_t client; /* index of its process */
    bool alive;
    uint32_t last_serial;
    SimPrng prng;
    SimWorkerState counted; /* counters only */
    /* memory: made at a start, lost at an end */
    SimNaming source, destination;
    SimBeats beats;
    GPtrArray *views;              /* SimView */
    GHashTable *polled;            /* stamp -> SimView; look up only */
    GPtrArray *tasks;              /* SimSyncTask, in order of creation */
    GHashTable *task_of;           /* service -> SimSyncTask; look up only */
    GHashTable *asks;              /* serial -> SimAsk; look up only */
    GHashTable *jobs;              /* serial -> SimJob; look up only */
    GHashTable *batches;           /* serial -> what batch.c keeps; look up only */
    GArray *finished;              /* uint32_t by row: operation ids that are done */
    SimSlots events;               /* the publisher's thread: tokens are numbers of views */
    SimSlots sync_bus, delete_bus; /* locks: tokens are serials of jobs */
    SimSlots batch_threads;
    SimScan scan;
};

SimWorker *sim_worker_new(SimBridge *bridge, uint32_t number);
void sim_worker_free(gpointer worker);
/* @long_running: the phases of its timers are drawn; else all start now. */
void sim_worker_start(SimWorker *worker, bool long_running);
uint32_t sim_worker_serial(SimWorker *worker); /* never 0 */
void sim_worker_set_timer(SimWorker *worker, int64_t in_us, SimWorkerTimer timer, uint32_t stamp);
SimEndpoint sim_worker_self(const SimWorker *worker);
void sim_worker_trace(SimWorker *worker, SimTraceKind kind, uint32_t node, DistroClient client,
                      int64_t value);
