/* sim/bridge/batch.c -- many jobs at once: BatchTaskExecutor.
 *
 *      batch -> lists of 200 tasks, side by side -> items, one after another per list
 *
 * Lists and items run in the same 200 threads. A list waits at most 5 s for its item, and goes on
 * without it: the item's work is not cancelled. So with 200 lists no thread is left for an item,
 * and every one "times out". */
#include "sim/bridge/internal.h"

#define PATIENCE_US 5000000
enum {
    LIST_SIZE = 200
};

typedef enum PartKind {
    PART_BATCH,
    PART_LIST,
    PART_ITEM,
} PartKind;

typedef struct Part {
    PartKind kind;
    uint32_t serial;
    uint32_t of; /* LIST: its batch; ITEM: its list, which may be over */
    SimJobKind job;
    uint32_t lists_left;             /* BATCH */
    void (*done)(SimWorker *worker); /* BATCH */
    GPtrArray *tasks;                /* LIST */
    uint32_t next, awaited;          /* LIST: position; serial of the item, 0: none */
    SimSyncTask *task;               /* ITEM */
} Part;

static Part *new_part(SimWorker *worker, PartKind kind, uint32_t of, SimJobKind job)
{
    Part *part = g_new0(Part, 1);
    part->kind = kind;
    part->serial = sim_worker_serial(worker);
    part->of = of;
    part->job = job;
    g_hash_table_insert(worker->batches, GUINT_TO_POINTER(part->serial), part);
    return part;
}

void sim_batch_free(gpointer data)
{
    Part *part = data;
    if (part->tasks != NULL) {
        g_ptr_array_unref(part->tasks);
    }
    g_free(part);
}

static Part *find(const SimWorker *worker, uint32_t serial)
{
    return g_hash_table_lookup(worker->batches, GUINT_TO_POINTER(serial));
}

static void drop(SimWorker *worker, const Part *part)
{
    g_hash_table_remove(worker->batches, GUINT_TO_POINTER(part->serial));
}

/* --- lists ------------------------------------------------------------------------------------ */

static void end_list(SimWorker *worker, const Part *list)
{
    Part *batch = find(worker, list->of);
    drop(worker, list);
    sim_slots_release(&worker->batch_threads);
    if (--batch->lists_left > 0) {
        return;
    }
    void (*done)(SimWorker *) = batch->done;
    drop(worker, batch);
    done(worker);
}

static void next_item(SimWorker *worker, Part *list)
{
    if (list->next == list->tasks->len) {
        end_list(worker, list);
        return;
    }
    Part *item = new_part(worker, PART_ITEM, list->serial, list->job);
    item->task = list->tasks->pdata[list->next++];
    list->awaited = item->serial;
    sim_worker_set_timer(worker, PATIENCE_US, SIM_WORKER_IMPATIENT, item->serial);
    sim_slots_submit(&worker->batch_threads, item->serial);
}

static void go_on_without(SimWorker *worker, uint32_t list, uint32_t item)
{
    Part *waiting = find(worker, list);
    if (waiting == NULL || waiting->awaited != item) {
        return;
    }
    waiting->awaited = 0;
    next_item(worker, waiting);
}

void sim_batch_impatient(SimWorker *worker, uint32_t token)
{
    const Part *item = find(worker, token);
    if (item != NULL) {
        go_on_without(worker, item->of, token);
    }
}

void sim_batch_item_ended(SimWorker *worker, uint32_t token)
{
    const Part *item = find(worker, token);
    uint32_t list = item->of;
    drop(worker, item);
    sim_slots_release(&worker->batch_threads);
    go_on_without(worker, list, token);
}

bool sim_batch_run(SimWorker *worker, uint32_t token)
{
    Part *part = find(worker, token);
    if (part->kind == PART_LIST) {
        next_item(worker, part);
    } else if (part->job == SIM_JOB_RESYNC) {
        sim_job_run(worker, part->job, part->task, SIM_CALLER_ITEM, token);
    } else {
        sim_job_post(worker, part->job, part->task, SIM_CALLER_ITEM, token);
    }
    return true;
}

/* --- batches ---------------------------------------------------------------------------------- */

static void add_list(SimWorker *worker, const Part *batch, const GPtrArray *tasks, guint from)
{
    Part *list = new_part(worker, PART_LIST, batch->serial, batch->job);
    list->tasks = g_ptr_array_new();
    for (guint i = from; i < MIN(from + LIST_SIZE, tasks->len); i++) {
        g_ptr_array_add(list->tasks, tasks->pdata[i]);
    }
    sim_slots_submit(&worker->batch_threads, list->serial);
}

void sim_batch(SimWorker *worker, const GPtrArray *tasks, SimJobKind kind,
               void (*done)(SimWorker *worker))
{
    if (tasks->len == 0) {
        done(worker);
        return;
    }
    Part *batch = new_part(worker, PART_BATCH, 0, kind);
    batch->done = done;
    batch->lists_left = (tasks->len + LIST_SIZE - 1) / LIST_SIZE;
    for (guint from = 0; from < tasks->len; from += LIST_SIZE) {
        add_list(worker, batch, tasks, from);
    }
}
