/* sim/bridge/job.h -- what a worker does for a task: SYNC, DO_SYNC, DELETE, step by step. */
#pragma once

#include "sim/bridge/bridge.h"
#include "sim/bridge/slots.h"

/* What a worker knows of a task: a row of its own, or one service under an ALL task. */
typedef struct SimSyncTask {
    DistroService service;
    bool started;   /* and not deleted since: the pass of everything includes it */
    bool known;     /* ALL: the service is in the remembered set */
    bool in_flight; /* a DO_SYNC runs */
    bool again;     /* an event came meanwhile, and is kept (not as Nacos does) */
    bool listening; /* its listener is subscribed at the source */
} SimSyncTask;

/* A worker's task of @service, made if there is none. */
SimSyncTask *sim_worker_task(SimWorker *worker, DistroService service);

typedef enum SimJobKind {
    SIM_JOB_SYNC,   /* DO_SYNC, then subscribe */
    SIM_JOB_RESYNC, /* DO_SYNC */
    SIM_JOB_DELETE,
} SimJobKind;

/* Who goes on when a job has ended. */
typedef enum SimCaller {
    SIM_CALLER_NOBODY,
    SIM_CALLER_EVENT,   /* the event thread */
    SIM_CALLER_SCAN,    /* the scan of explicit tasks */
    SIM_CALLER_ITEM,    /* an item of a batch: token */
    SIM_CALLER_CONSOLE, /* of a row that is deleted: token */
} SimCaller;

typedef enum SimJobPhase {
    SIM_JOB_WAITS,       /* for its lock */
    SIM_JOB_SOURCE,      /* for the source's list */
    SIM_JOB_LEVEL,       /* for the database: the source's level */
    SIM_JOB_MARKS,       /* for the database: once per instance */
    SIM_JOB_DESTINATION, /* for the destination's list */
    SIM_JOB_STEPS,       /* for the answer to a registration or deregistration */
} SimJobPhase;

typedef struct SimJob {
    uint32_t serial;
    SimWorker *worker;
    SimJobKind kind;
    SimJobPhase phase;
    SimSyncTask *task;
    SimSlots *lock; /* nullable: none is needed */
    SimCaller caller;
    uint32_t token;
    GArray *source; /* DistroListing: eligible ones of the source's list */
    bool empty;     /* that list was empty: step E */
    GArray *steps;  /* SimStep */
    uint32_t next;
    uint32_t cause; /* its BRIDGE_PASS note; 0 unless recording */
} SimJob;

/* Through the event bus, whose handlers run one at a time: @kind SYNC or DELETE. */
void sim_job_post(SimWorker *worker, SimJobKind kind, SimSyncTask *task, SimCaller caller,
                  uint32_t token);
/* In the caller's thread. */
void sim_job_run(SimWorker *worker, SimJobKind kind, SimSyncTask *task, SimCaller caller,
                 uint32_t token);
/* A list has come that a job waits for; @ok false: nothing has. */
void sim_job_listed(SimJob *job, bool ok, const DistroListing *items, uint32_t count);
void sim_job_database(SimWorker *worker, uint32_t serial); /* its timer */
bool sim_job_locked(SimWorker *worker, uint32_t serial);   /* the lock's .run */
SimJob *sim_job_find(const SimWorker *worker, uint32_t serial);
void sim_job_free(gpointer job);
