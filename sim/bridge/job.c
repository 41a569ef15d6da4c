/* sim/bridge/job.c -- one job on one task: NacosSyncToNacosServiceImpl.
 *
 *      SYNC     DO_SYNC, then subscribe the listener
 *      DO_SYNC  source list -> level -> marks -> destination list -> register ... deregister ...
 *               (source empty:  level -> destination past the cache -> deregister ...)
 *      DELETE   unsubscribe -> source past the cache -> deregister what it lists ... -> forget
 *
 * The steps at the destination are taken one by one, each waiting for its answer, and the first
 * that fails ends the job. */
#include "sim/bridge/internal.h"

#include "sim/client/client.h"
#include "sim/client/proxy.h"
#include "sim/world/observe.h"

SimJob *sim_job_find(const SimWorker *worker, uint32_t serial)
{
    return g_hash_table_lookup(worker->jobs, GUINT_TO_POINTER(serial));
}

void sim_job_free(gpointer data)
{
    SimJob *job = data;
    g_clear_pointer(&job->source, g_array_unref);
    g_clear_pointer(&job->steps, g_array_unref);
    g_free(job);
}

static SimJob *new_job(SimWorker *worker, SimJobKind kind, SimSyncTask *task, SimCaller caller,
                       uint32_t token)
{
    SimJob *job = g_new0(SimJob, 1);
    job->serial = sim_worker_serial(worker);
    job->worker = worker;
    job->kind = kind;
    job->task = task;
    job->caller = caller;
    job->token = token;
    job->source = g_array_new(false, false, sizeof(DistroListing));
    job->steps = g_array_new(false, false, sizeof(SimStep));
    g_hash_table_insert(worker->jobs, GUINT_TO_POINTER(job->serial), job);
    return job;
}

/* --- how it ends ------------------------------------------------------------------------------ */

static void go_on(SimWorker *worker, SimCaller caller, uint32_t token, bool ok)
{
    switch (caller) {
    case SIM_CALLER_NOBODY:
        break;
    case SIM_CALLER_EVENT:
        sim_slots_release(&worker->events);
        break;
    case SIM_CALLER_SCAN:
        sim_scan_ended_job(worker, ok);
        break;
    case SIM_CALLER_ITEM:
        sim_batch_item_ended(worker, token);
        break;
    case SIM_CALLER_CONSOLE:
        g_array_index(worker->bridge->rows, SimRow, token).gone = true;
        break;
    }
}

static void end(SimJob *job, bool ok)
{
    SimWorker *worker = job->worker;
    SimSyncTask *task = job->task;
    SimSlots *lock = job->lock;
    SimCaller caller = job->caller;
    uint32_t token = job->token;
    worker->counted.failures += !ok;
    g_hash_table_remove(worker->jobs, GUINT_TO_POINTER(job->serial));
    if (lock != NULL) {
        sim_slots_release(lock);
    }
    go_on(worker, caller, token, ok);
    if (task->again && !task->in_flight) {
        task->again = false;
        sim_job_run(worker, SIM_JOB_RESYNC, task, SIM_CALLER_NOBODY, 0);
    }
}

/* subscribe() registers the listener and reads the cache; no event comes of that, so what changed
 * since the source's list was read is seen with the next event or pass. */
static void subscribe(SimJob *job)
{
    SimView *view = sim_view_of(&job->worker->source, job->task->service);
    job->task->listening = true;
    view->listener = job->task;
    view->unsubscribed = false;
}

static void forget(SimJob *job)
{
    SimWorker *worker = job->worker;
    job->task->started = false;
    sim_worker_trace(worker, SIM_TRACE_BRIDGE_STOPPED, UINT32_MAX, DISTRO_NONE, job->task->service);
}

/* Only passes fly; a DELETE goes on beside one. */
static void land(SimJob *job)
{
    if (job->kind != SIM_JOB_DELETE) {
        job->task->in_flight = false;
    }
}

static void end_well(SimJob *job)
{
    if (job->kind == SIM_JOB_DELETE) {
        forget(job);
    } else {
        job->worker->counted.passes++;
    }
    if (job->kind == SIM_JOB_SYNC) {
        subscribe(job);
    }
    land(job);
    end(job, true);
}

static void fail(SimJob *job)
{
    land(job);
    end(job, false);
}

/* --- the database ----------------------------------------------------------------------------- */

static void ask_database(SimJob *job, SimJobPhase phase, uint32_t queries)
{
    SimWorker *worker = job->worker;
    job->phase = phase;
    sim_worker_set_timer(worker, queries * worker->bridge->spec->database_us,
                         SIM_WORKER_JOB_DATABASE, job->serial);
}

/* --- steps at the destination ----------------------------------------------------------------- */

static void take_step(SimJob *job);

static void tell_removed(const SimJob *job, const SimStep *step)
{
    const SimWorld *world = job->worker->world;
    const SimCopyNews news = {
        .cluster = sim_client_cluster(sim_world_client(world, job->worker->client)),
        .listing = step->listing,
    };
    sim_tell_copy_removed(world, &news);
}

static void stepped(SimWorker *worker, const SimAsk *ask, SimAnswer how, const DistroFrame *answer)
{
    SimJob *job = sim_job_find(worker, ask->token);
    (void)answer;
    if (how != SIM_ANSWER_OK) {
        fail(job);
        return;
    }
    bool added = ask->op == SIM_OP_REGISTER;
    worker->counted.copied += added;
    worker->counted.removed += !added;
    sim_worker_trace(worker, added ? SIM_TRACE_BRIDGE_COPIED : SIM_TRACE_BRIDGE_REMOVED, ask->node,
                     sim_proxy_id(worker->world->dictionary, ask->publication), ask->publication);
    if (!added) {
        tell_removed(job, &g_array_index(job->steps, SimStep, job->next));
    }
    job->next++;
    take_step(job);
}

/* registerInstance makes the beat entry first, deregisterInstance drops it first: either holds even
 * if no server takes the request. */
static void take_step(SimJob *job)
{
    SimWorker *worker = job->worker;
    if (job->next == job->steps->len) {
        end_well(job);
        return;
    }
    const SimStep *step = &g_array_index(job->steps, SimStep, job->next);
    DistroService service = job->task->service;
    DistroPublication publication =
        distro_dictionary_publication(worker->world->dictionary, service, false, &step->listing, 1);
    if (step->add) {
        sim_beats_add(worker, service, publication);
    } else {
        sim_beats_remove(worker, service, publication);
    }
    const SimAsk ask = { .op = step->add ? SIM_OP_REGISTER : SIM_OP_DEREGISTER,
                         .service = service,
                         .publication = publication,
                         .token = job->serial,
                         .cause = job->cause,
                         .done = stepped };
    job->phase = SIM_JOB_STEPS;
    sim_ask(&worker->destination, &ask);
}

/* --- DO_SYNC ---------------------------------------------------------------------------------- */

static void note_eligible(SimJob *job, const DistroListing *items, uint32_t count)
{
    const SimBridge *bridge = job->worker->bridge;
    for (uint32_t i = 0; i < count; i++) {
        if (sim_mark_eligible(bridge->world->dictionary, &bridge->marks, items[i],
                              bridge->spec->central)) {
            g_array_append_val(job->source, items[i]);
        }
    }
}

static void have_source(SimJob *job, const DistroListing *items, uint32_t count)
{
    job->empty = count == 0;
    note_eligible(job, items, count);
    ask_database(job, SIM_JOB_LEVEL, 1);
}

/* Step E reads the destination as it is, step N the cache. */
static void have_level(SimJob *job)
{
    if (!job->empty) {
        ask_database(job, SIM_JOB_MARKS, job->source->len);
        return;
    }
    job->phase = SIM_JOB_DESTINATION;
    sim_view_ask(&job->worker->destination, job->task->service, job);
}

static void have_marks(SimJob *job)
{
    job->phase = SIM_JOB_DESTINATION;
    sim_view_read(&job->worker->destination, job->task->service, job);
}

static GArray *marked(const SimJob *job)
{
    SimBridge *bridge = job->worker->bridge;
    GArray *want = g_array_new(false, false, sizeof(DistroListing));
    for (guint i = 0; i < job->source->len; i++) {
        DistroListing copy = sim_mark(bridge->world->dictionary, &bridge->marks,
                                      g_array_index(job->source, DistroListing, i));
        g_array_append_val(want, copy);
    }
    return want;
}

/* In 0.4.9-PRE the filter's result went nowhere: all that the destination lists counts. */
static GArray *brought(const SimJob *job, const DistroListing *items, uint32_t count)
{
    const SimBridge *bridge = job->worker->bridge;
    GArray *have = g_array_new(false, false, sizeof(DistroListing));
    for (uint32_t i = 0; i < count; i++) {
        if (sim_bridge_has(bridge, SIM_DEFECT_NATIVE_DELETION) ||
            sim_mark_came_from(bridge->world->dictionary, items[i], bridge->marks.source_id)) {
            g_array_append_val(have, items[i]);
        }
    }
    return have;
}

static void have_destination(SimJob *job, const DistroListing *items, uint32_t count)
{
    const SimBridge *bridge = job->worker->bridge;
    g_autoptr(GArray) want = marked(job);
    g_autoptr(GArray) have = brought(job, items, count);
    sim_mark_steps(bridge->world->dictionary, want, have,
                   !sim_bridge_has(bridge, SIM_DEFECT_KEY_TRAP), job->steps);
    take_step(job);
}

/* A pass that finds another one of its task in flight returns at once, and why it was called is
 * forgotten; SYNC subscribes all the same. */
static void skip_pass(SimJob *job)
{
    SimWorker *worker = job->worker;
    worker->counted.dropped++;
    job->task->again |= !sim_bridge_has(worker->bridge, SIM_DEFECT_DROPPED_EVENTS);
    if (job->kind == SIM_JOB_SYNC) {
        subscribe(job);
    }
    end(job, true);
}

static void begin_pass(SimJob *job)
{
    SimSyncTask *task = job->task;
    SimWorker *worker = job->worker;
    task->started |= job->kind == SIM_JOB_SYNC;
    if (task->in_flight) {
        skip_pass(job);
        return;
    }
    task->in_flight = true;
    job->phase = SIM_JOB_SOURCE;
    sim_view_read(&worker->source, task->service, job);
}

/* --- DELETE ----------------------------------------------------------------------------------- */

static void begin_delete(SimJob *job)
{
    SimView *view = sim_view_of(&job->worker->source, job->task->service);
    if (view != NULL) {
        view->listener = NULL;
        view->unsubscribed = true;
    }
    job->task->listening = false;
    job->phase = SIM_JOB_SOURCE;
    sim_view_ask(&job->worker->source, job->task->service, job);
}

/* What has left the source already stays at the destination. */
static void delete_listed(SimJob *job, const DistroListing *items, uint32_t count)
{
    note_eligible(job, items, count);
    for (guint i = 0; i < job->source->len; i++) {
        const SimStep step = { g_array_index(job->source, DistroListing, i), false };
        g_array_append_val(job->steps, step);
    }
    take_step(job);
}

/* --- what it waits for ------------------------------------------------------------------------ */

static SimPassReason reason_of(const SimJob *job)
{
    bool item = job->caller == SIM_CALLER_ITEM;
    switch (job->kind) {
    case SIM_JOB_SYNC:
        return item ? SIM_PASS_ALL : SIM_PASS_TASK;
    case SIM_JOB_DELETE:
        return item ? SIM_PASS_VANISHED : SIM_PASS_DELETE;
    default:
        return item ? SIM_PASS_FALLBACK : SIM_PASS_EVENT;
    }
}

static uint32_t note_pass(const SimJob *job)
{
    SimWorld *world = job->worker->world;
    const SimRecord note = { .at_us = world->now_us,
                             .kind = SIM_TRACE_BRIDGE_PASS,
                             .op = SIM_N_OPS,
                             .subject = sim_worker_self(job->worker),
                             .object = SIM_NO_ENDPOINT,
                             .value = reason_of(job) };
    return sim_trace_note(world->trace, &note);
}

static void begin(SimJob *job)
{
    job->cause = note_pass(job);

    if (job->kind == SIM_JOB_DELETE) {
        begin_delete(job);
    } else {
        begin_pass(job);
    }
}

bool sim_job_locked(SimWorker *worker, uint32_t serial)
{
    begin(sim_job_find(worker, serial));
    return true;
}

void sim_job_post(SimWorker *worker, SimJobKind kind, SimSyncTask *task, SimCaller caller,
                  uint32_t token)
{
    SimJob *job = new_job(worker, kind, task, caller, token);
    job->lock = kind == SIM_JOB_DELETE ? &worker->delete_bus : &worker->sync_bus;
    sim_slots_submit(job->lock, job->serial);
}

void sim_job_run(SimWorker *worker, SimJobKind kind, SimSyncTask *task, SimCaller caller,
                 uint32_t token)
{
    begin(new_job(worker, kind, task, caller, token));
}

void sim_job_listed(SimJob *job, bool ok, const DistroListing *items, uint32_t count)
{
    if (!ok) {
        fail(job);
    } else if (job->kind == SIM_JOB_DELETE) {
        delete_listed(job, items, count);
    } else if (job->phase == SIM_JOB_SOURCE) {
        have_source(job, items, count);
    } else {
        have_destination(job, items, count);
    }
}

void sim_job_database(SimWorker *worker, uint32_t serial)
{
    SimJob *job = sim_job_find(worker, serial);
    if (job == NULL) {
        return;
    }
    if (worker->bridge->database_down) {
        fail(job);
    } else if (job->phase == SIM_JOB_LEVEL) {
        have_level(job);
    } else {
        have_marks(job);
    }
}
