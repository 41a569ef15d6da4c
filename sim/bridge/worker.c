/* sim/bridge/worker.c -- a worker's process: its start and end, its timers, what arrives.
 *
 * On the network it is a client whose calls and timers come here (SimClientProcess). A timer
 * carries a number that only the memory it was set by knows. */
#include "sim/bridge/internal.h"
#include "sim/client/client.h"

enum {
    BATCH_THREADS = 200
};

/* --- memory ----------------------------------------------------------------------------------- */

static void make_tables(SimWorker *worker)
{
    worker->views = g_ptr_array_new_with_free_func(sim_view_free);
    worker->tasks = g_ptr_array_new_with_free_func(g_free);
    worker->polled = g_hash_table_new(NULL, NULL);
    worker->task_of = g_hash_table_new(NULL, NULL);
    worker->asks = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    worker->jobs = g_hash_table_new_full(NULL, NULL, NULL, sim_job_free);
    worker->batches = g_hash_table_new_full(NULL, NULL, NULL, sim_batch_free);
    worker->finished = g_array_new(false, true, sizeof(uint32_t));
}

static void make_memory(SimWorker *worker)
{
    const SimBridge *bridge = worker->bridge;
    bool single = sim_bridge_has(bridge, SIM_DEFECT_SINGLE_EVENT_THREAD);
    make_tables(worker);
    sim_naming_init(&worker->source, worker, bridge->spec->source_nodes);
    sim_naming_init(&worker->destination, worker, bridge->spec->destination_nodes);
    sim_beats_init(&worker->beats, worker);
    sim_slots_init(&worker->events, worker, single ? 1 : UINT32_MAX, sim_view_event);
    sim_slots_init(&worker->sync_bus, worker, 1, sim_job_locked);
    sim_slots_init(&worker->delete_bus, worker, 1, sim_job_locked);
    sim_slots_init(&worker->batch_threads, worker, BATCH_THREADS, sim_batch_run);
    worker->counted = (SimWorkerState) { .fallback_us = -1 };
    worker->scan = (SimScan) { 0 };
}

static void lose_memory(SimWorker *worker)
{
    sim_slots_clear(&worker->events);
    sim_slots_clear(&worker->sync_bus);
    sim_slots_clear(&worker->delete_bus);
    sim_slots_clear(&worker->batch_threads);
    sim_beats_clear(&worker->beats);
    sim_naming_clear(&worker->source);
    sim_naming_clear(&worker->destination);
    g_clear_pointer(&worker->scan.vanished, g_ptr_array_unref);
    g_clear_pointer(&worker->asks, g_hash_table_unref);
    g_clear_pointer(&worker->jobs, g_hash_table_unref);
    g_clear_pointer(&worker->batches, g_hash_table_unref);
    g_clear_pointer(&worker->polled, g_hash_table_unref);
    g_clear_pointer(&worker->task_of, g_hash_table_unref);
    g_clear_pointer(&worker->views, g_ptr_array_unref);
    g_clear_pointer(&worker->tasks, g_ptr_array_unref);
    g_clear_pointer(&worker->finished, g_array_unref);
}

SimSyncTask *sim_worker_task(SimWorker *worker, DistroService service)
{
    SimSyncTask *task = g_hash_table_lookup(worker->task_of, GUINT_TO_POINTER(service));
    if (task != NULL) {
        return task;
    }
    task = g_new0(SimSyncTask, 1);
    task->service = service;
    g_ptr_array_add(worker->tasks, task);
    g_hash_table_insert(worker->task_of, GUINT_TO_POINTER(service), task);
    return task;
}

/* --- small things ----------------------------------------------------------------------------- */

static SimClient *process_of(const SimWorker *worker)
{
    return sim_world_client(worker->world, worker->client);
}

uint32_t sim_worker_serial(SimWorker *worker)
{
    worker->last_serial = (worker->last_serial + 1) & ((1u << SIM_CLIENT_STAMP_BITS) - 1);
    if (worker->last_serial == 0) {
        worker->last_serial = 1;
    }
    return worker->last_serial;
}

void sim_worker_set_timer(SimWorker *worker, int64_t in_us, SimWorkerTimer timer, uint32_t stamp)
{
    sim_client_process_timer(process_of(worker), worker->world->now_us + in_us, timer, stamp);
}

SimEndpoint sim_worker_self(const SimWorker *worker)
{
    return sim_client_endpoint(worker->client);
}

void sim_worker_trace(SimWorker *worker, SimTraceKind kind, uint32_t node, DistroClient client,
                      int64_t value)
{
    SimEndpoint object = node == UINT32_MAX ? SIM_NO_ENDPOINT : sim_node_endpoint(node);
    sim_world_trace(worker->world, kind, sim_worker_self(worker), object, client, value);
}

/* --- from the network ------------------------------------------------------------------------- */

static void on_request(void *data, uint64_t call)
{
    SimWorker *worker = data;
    if (worker->alive) {
        sim_view_pushed(worker, call);
    }
}

static void on_outcome(void *data, const SimCall *call, DistroOutcome outcome,
                       const DistroFrame *answer)
{
    SimWorker *worker = data;
    if (worker->alive) {
        sim_ask_outcome(worker, call, outcome, answer);
    }
}

static void on_timer(void *data, uint32_t timer, uint32_t stamp)
{
    SimWorker *worker = data;
    if (!worker->alive) {
        return;
    }
    switch ((SimWorkerTimer)timer) {
    case SIM_WORKER_SCAN:
        sim_scan_due(worker, stamp);
        break;
    case SIM_WORKER_ALL_SCAN:
        sim_scan_all_due(worker, stamp);
        break;
    case SIM_WORKER_FALLBACK:
        sim_scan_fallback_due(worker, stamp);
        break;
    case SIM_WORKER_SCAN_DATABASE:
        sim_scan_database(worker, stamp);
        break;
    case SIM_WORKER_JOB_DATABASE:
        sim_job_database(worker, stamp);
        break;
    case SIM_WORKER_IMPATIENT:
        sim_batch_impatient(worker, stamp);
        break;
    case SIM_WORKER_BEAT:
        sim_beats_due(worker, stamp);
        break;
    case SIM_WORKER_POLL:
        sim_view_poll(worker, stamp);
        break;
    }
}

/* --- life ------------------------------------------------------------------------------------- */

SimWorker *sim_worker_new(SimBridge *bridge, uint32_t number)
{
    SimWorker *worker = g_new0(SimWorker, 1);
    SimWorld *world = bridge->world;
    const SimClientProcess process = { worker, on_request, on_outcome, on_timer };
    g_autofree char *name = g_strdup_printf("%s/%u", bridge->spec->name, number + 1);
    worker->bridge = bridge;
    worker->world = world;
    worker->number = number;
    worker->prng = sim_prng_stream(world->seed, name);
    const GArray *nodes = bridge->spec->destination_nodes;
    worker->client =
        sim_client_new_process(world, name, bridge->spec->site,
                               (const uint32_t *)(const void *)nodes->data, nodes->len, &process);
    return worker;
}

void sim_worker_free(gpointer data)
{
    SimWorker *worker = data;
    if (worker->alive) {
        lose_memory(worker);
    }
    g_free(worker);
}

void sim_worker_start(SimWorker *worker, bool long_running)
{
    worker->alive = true;
    make_memory(worker);
    sim_scan_start(worker, long_running);
    worker->world->changed = true;
}

static void end(SimWorker *worker)
{
    if (!worker->alive) {
        return;
    }
    sim_client_process_down(process_of(worker));
    worker->alive = false;
    lose_memory(worker);
    sim_worker_trace(worker, SIM_TRACE_BRIDGE_STOPPED, UINT32_MAX, DISTRO_NONE, 0);
    worker->world->changed = true;
}

void sim_worker_crash(SimWorker *worker)
{
    end(worker);
}

/* Nothing in nacos-sync deregisters what it leaves behind: an orderly end is one all the same. */
void sim_worker_stop(SimWorker *worker)
{
    end(worker);
}

void sim_worker_restart(SimWorker *worker)
{
    end(worker);
    sim_client_process_up(process_of(worker));
    sim_worker_start(worker, false);
}

void sim_worker_pause(SimWorker *worker, int64_t for_us)
{
    if (worker->alive) {
        sim_client_pause(process_of(worker), for_us);
    }
}

/* --- reading ---------------------------------------------------------------------------------- */

uint32_t sim_worker_client(const SimWorker *worker)
{
    return worker->client;
}

bool sim_worker_alive(const SimWorker *worker)
{
    return worker->alive;
}

static void count_tasks(const SimWorker *worker, SimWorkerState *state)
{
    for (guint i = 0; i < worker->tasks->len; i++) {
        const SimSyncTask *task = worker->tasks->pdata[i];
        state->tasks += task->started;
        state->subscribed += task->listening;
    }
}

SimWorkerState sim_worker_state(const SimWorker *worker)
{
    SimWorkerState state = worker->counted;
    if (!worker->alive) {
        return (SimWorkerState) { .fallback_us = -1 };
    }
    state.queue = sim_slots_waiting(&worker->events);
    state.oldest_us = worker->world->now_us - sim_slots_oldest_us(&worker->events);
    state.beating = sim_beats_count(&worker->beats);
    state.beats_late = sim_slots_waiting(&worker->beats.threads);
    state.deletions = sim_slots_waiting(&worker->delete_bus) + worker->delete_bus.busy;
    count_tasks(worker, &state);
    return state;
}
