/* sim/bridge/scan.c -- what a worker does of its own accord, three timers with fixed delays.
 *
 *      explicit tasks   3 s    QuerySyncTaskTimer: rows in order, each SYNC or DELETE awaited
 *      the ALL task     3 s    CheckRunningStatusAllNacosThread: the source's services against
 *                              those remembered: SYNC for the new, then DELETE for the vanished
 *      everything       300 s  DO_SYNC for every task ever started in this process
 *
 * (A fourth one forgets finished operation ids twice a day: memory hygiene, not modelled.) */
#include "sim/bridge/internal.h"

#define SCAN_US 3000000
#define FALLBACK_US 300000000

static uint32_t set(SimWorker *worker, int64_t in_us, SimWorkerTimer timer)
{
    uint32_t stamp = sim_worker_serial(worker);
    sim_worker_set_timer(worker, in_us, timer, stamp);
    return stamp;
}

static int64_t phase(SimWorker *worker, int64_t period_us, bool long_running)
{
    return long_running ? sim_prng_between(&worker->prng, 0, period_us) : 0;
}

void sim_scan_start(SimWorker *worker, bool long_running)
{
    SimScan *scan = &worker->scan;
    scan->stamp = set(worker, phase(worker, SCAN_US, long_running), SIM_WORKER_SCAN);
    scan->all_stamp = set(worker, phase(worker, SCAN_US, long_running), SIM_WORKER_ALL_SCAN);
    scan->fallback_stamp =
        set(worker, phase(worker, FALLBACK_US, long_running), SIM_WORKER_FALLBACK);
}

/* --- explicit tasks --------------------------------------------------------------------------- */

static bool is_finished(const SimWorker *worker, uint32_t row, uint32_t operation)
{
    return row < worker->finished->len &&
           g_array_index(worker->finished, uint32_t, row) == operation;
}

static void finish(SimWorker *worker, uint32_t row, uint32_t operation)
{
    if (worker->finished->len <= row) {
        g_array_set_size(worker->finished, row + 1);
    }
    g_array_index(worker->finished, uint32_t, row) = operation;
}

static bool has_work(const SimWorker *worker, uint32_t number)
{
    const SimRow *row = &g_array_index(worker->bridge->rows, SimRow, number);
    if (row->gone || row->service == DISTRO_NONE) {
        return false;
    }
    return row->deleting || !is_finished(worker, number, row->operation);
}

/* A DELETE is never finished, so it is carried out again with every scan. */
static void next_row(SimWorker *worker)
{
    SimScan *scan = &worker->scan;
    const GArray *rows = worker->bridge->rows;
    while (scan->row < rows->len && !has_work(worker, scan->row)) {
        scan->row++;
    }
    if (scan->row == rows->len) {
        scan->stamp = set(worker, SCAN_US, SIM_WORKER_SCAN);
        return;
    }
    const SimRow *row = &g_array_index(rows, SimRow, scan->row);
    scan->operation = row->deleting ? 0 : row->operation;
    sim_job_post(worker, row->deleting ? SIM_JOB_DELETE : SIM_JOB_SYNC,
                 sim_worker_task(worker, row->service), SIM_CALLER_SCAN, 0);
}

void sim_scan_ended_job(SimWorker *worker, bool ok)
{
    SimScan *scan = &worker->scan;
    if (ok && scan->operation != 0) {
        finish(worker, scan->row, scan->operation);
    }
    scan->row++;
    next_row(worker);
}

static void ask_database(SimWorker *worker, uint32_t *stamp)
{
    *stamp = set(worker, worker->bridge->spec->database_us, SIM_WORKER_SCAN_DATABASE);
}

void sim_scan_due(SimWorker *worker, uint32_t stamp)
{
    if (stamp == worker->scan.stamp) {
        ask_database(worker, &worker->scan.stamp);
    }
}

static void read_rows(SimWorker *worker)
{
    worker->scan.row = worker->bridge->database_down ? worker->bridge->rows->len : 0;
    next_row(worker);
}

/* --- the ALL task ----------------------------------------------------------------------------- */

static void scan_all_again(SimWorker *worker)
{
    worker->scan.all_stamp = set(worker, SCAN_US, SIM_WORKER_ALL_SCAN);
}

static bool lists(const DistroService *services, size_t count, DistroService service)
{
    for (size_t i = 0; i < count; i++) {
        if (services[i] == service) {
            return true;
        }
    }
    return false;
}

/* Remembered from now on, whatever becomes of its first SYNC. */
static GPtrArray *take_new(SimWorker *worker, const DistroService *services, size_t count)
{
    GPtrArray *fresh = g_ptr_array_new();
    for (size_t i = 0; i < count; i++) {
        SimSyncTask *task = sim_worker_task(worker, services[i]);
        if (!task->known) {
            g_ptr_array_add(fresh, task);
        }
        task->known = true;
    }
    return fresh;
}

static GPtrArray *take_vanished(SimWorker *worker, const DistroService *services, size_t count)
{
    GPtrArray *vanished = g_ptr_array_new();
    for (guint i = 0; i < worker->tasks->len; i++) {
        SimSyncTask *task = worker->tasks->pdata[i];
        if (!task->known || lists(services, count, task->service)) {
            continue;
        }
        task->known = false;
        g_ptr_array_add(vanished, task);
    }
    return vanished;
}

static void delete_vanished(SimWorker *worker)
{
    g_autoptr(GPtrArray) vanished = g_steal_pointer(&worker->scan.vanished);
    sim_batch(worker, vanished, SIM_JOB_DELETE, scan_all_again);
}

/* No list is as good as an empty one: all that is remembered has vanished. */
static void heard_services(SimWorker *worker, const SimAsk *ask, SimAnswer how,
                           const DistroFrame *answer)
{
    (void)ask;
    gsize size = 0;
    const DistroService *services =
        how == SIM_ANSWER_OK && answer->body != NULL ? g_bytes_get_data(answer->body, &size) : NULL;
    size_t count = size / sizeof *services;
    if (how != SIM_ANSWER_OK && !sim_bridge_has(worker->bridge, SIM_DEFECT_LIST_FAILURE_IS_EMPTY)) {
        scan_all_again(worker);
        return;
    }
    worker->scan.vanished = take_vanished(worker, services, count);
    g_autoptr(GPtrArray) fresh = take_new(worker, services, count);
    sim_batch(worker, fresh, SIM_JOB_SYNC, delete_vanished);
}

static bool has_all_row(const SimBridge *bridge)
{
    for (guint i = 0; i < bridge->rows->len; i++) {
        const SimRow *row = &g_array_index(bridge->rows, SimRow, i);
        if (row->service == DISTRO_NONE && !row->gone && !row->deleting) {
            return true;
        }
    }
    return false;
}

/* An ALL task that is deleted just ends: the event that should undo it has no handler. */
static void read_all_rows(SimWorker *worker)
{
    const SimAsk ask = { .op = SIM_OP_SERVICES, .done = heard_services };
    if (worker->bridge->database_down || !has_all_row(worker->bridge)) {
        scan_all_again(worker);
    } else {
        sim_ask(&worker->source, &ask);
    }
}

void sim_scan_all_due(SimWorker *worker, uint32_t stamp)
{
    if (stamp == worker->scan.all_stamp) {
        ask_database(worker, &worker->scan.all_stamp);
    }
}

void sim_scan_database(SimWorker *worker, uint32_t stamp)
{
    if (stamp == worker->scan.stamp) {
        read_rows(worker);
    } else if (stamp == worker->scan.all_stamp) {
        read_all_rows(worker);
    }
}

/* --- everything ------------------------------------------------------------------------------- */

static void passed(SimWorker *worker)
{
    worker->counted.fallback_us = worker->world->now_us - worker->scan.pass_from_us;
    worker->scan.fallback_stamp = set(worker, FALLBACK_US, SIM_WORKER_FALLBACK);
}

void sim_scan_fallback_due(SimWorker *worker, uint32_t stamp)
{
    if (stamp != worker->scan.fallback_stamp) {
        return;
    }
    g_autoptr(GPtrArray) started = g_ptr_array_new();
    for (guint i = 0; i < worker->tasks->len; i++) {
        SimSyncTask *task = worker->tasks->pdata[i];
        if (task->started) {
            g_ptr_array_add(started, task);
        }
    }
    worker->scan.pass_from_us = worker->world->now_us;
    sim_batch(worker, started, SIM_JOB_RESYNC, passed);
}
