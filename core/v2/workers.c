/* core/v2/workers.c -- the threads that carry out Distro's tasks (NacosExecuteTaskExecuteEngine,
 * TaskExecuteWorker): one FIFO queue each, a task's place decided by the hash of its key.
 *
 *   [push][push][round of VERIFYs to b: c1 c2 c3 ...][push] --> worker --> calls
 *
 * Calls are asynchronous, so a worker is never busy, with one exception: before 2.1.1 a call to a
 * peer whose RPC client is not RUNNING was tried three times, with a pause of 100 ms on the worker
 * after each (RpcClient#asyncRequest, nacos#8099). A round of n VERIFYs to a dead member then takes
 * n * 300 ms, in which whatever else has come to that worker waits, for other peers too. */
#include "core/digest.h"
#include "core/java.h"
#include "core/v2/replication.h"

#define RESOURCE_TYPE "Nacos:Naming:v2:ClientData"
#define RESOURCE_TYPE_HASH (-39895161) /* its String.hashCode */
#define TRIES 3
#define PAUSE_US 100000
#define FEWEST_GAPS 64
#define CAPACITY 32768 /* TaskExecuteWorker.QUEUE_CAPACITY; who finds it full waits */

/* A push, or a round of VERIFYs to one peer. */
typedef struct Job {
    DistroTask push; /* of a round, the peer only */
    GArray *items;   /* (nullable) DistroDigest */
    guint next;      /* of them */
} Job;

struct DistroWorker {
    GArray *jobs; /* Job */
    guint first;  /* of them; it may have begun */
    uint32_t tries;
    int64_t free_at_us;
};

/* --- whose turn --------------------------------------------------------------------------- */

int32_t distro_sync_task_hash(int32_t client_hash, int32_t target_hash)
{
    return distro_task_hash(client_hash, RESOURCE_TYPE_HASH, target_hash);
}

uint32_t distro_verify_worker(const char *target, uint32_t workers)
{
    g_autofree char *key = g_strconcat(target, RESOURCE_TYPE, NULL);
    return distro_worker_of_hash(distro_java_string_hash(key), workers);
}

static DistroWorker *worker_at(const DistroNode *node, guint index)
{
    return distro_v2(node)->workers->pdata[index];
}

static DistroWorker *worker_for(const DistroNode *node, DistroClient client, int32_t target_hash)
{
    const DistroClientInfo *info = distro_dictionary_client_info(node->dictionary, client);
    const int32_t hash = distro_sync_task_hash(info->id_hash, target_hash);
    return worker_at(node, distro_worker_of_hash(hash, distro_v2(node)->workers->len));
}

static guint waiting(const DistroWorker *worker)
{
    return worker->jobs->len - worker->first;
}

/* What is done leaves a gap, which is closed when nothing is left or it is half of the queue. */
static void drop_first(DistroWorker *worker)
{
    g_assert_cmpuint(worker->first, <, worker->jobs->len);
    GArray *done = g_array_index(worker->jobs, Job, worker->first).items;
    if (done != NULL) {
        g_array_unref(done);
    }
    worker->first++;
    if (worker->first == worker->jobs->len) {
        g_array_set_size(worker->jobs, 0);
        worker->first = 0;
    } else if (worker->first >= FEWEST_GAPS && 2 * worker->first >= worker->jobs->len) {
        g_array_remove_range(worker->jobs, 0, worker->first);
        worker->first = 0;
    }
}

/* The push that is entered, to be completed; NULL if the queue is full. */
static DistroTask *enter(DistroWorker *worker, const DistroTask *task)
{
    g_assert(task->client != DISTRO_NONE);
    if (waiting(worker) >= CAPACITY) {
        return NULL;
    }
    const guint place = worker->jobs->len;
    g_array_set_size(worker->jobs, place + 1);
    Job *job = &g_array_index(worker->jobs, Job, place);
    job->push = *task;
    job->items = NULL;
    return &job->push;
}

/* Calls that are to be made before the last job of @worker. */
static uint32_t calls_ahead(const DistroWorker *worker)
{
    uint32_t calls = 0;
    for (guint i = worker->first; i + 1 < worker->jobs->len; i++) {
        const Job *job = &g_array_index(worker->jobs, Job, i);
        calls += job->items != NULL ? job->items->len - job->next : 1;
    }
    return calls;
}

/* A worker pauses on a call to a peer that is not connected, and the push has come behind it. */
static void tell_waiting(DistroNode *node, const DistroWorker *worker, DistroClient client)
{
    if (worker->free_at_us > node->now_us && waiting(worker) > 1) {
        const DistroName held_by = g_array_index(worker->jobs, Job, worker->first).push.peer;
        distro_emit_event(node, DISTRO_EVENT_WORKER_WAITS, held_by, client, calls_ahead(worker));
    }
}

bool distro_workers_push(DistroNode *node, const DistroTask *task)
{
    g_assert(task->peer != DISTRO_NONE && task->peer != node->self);
    const DistroMember *member = distro_members_find(node, task->peer, task->slot);
    const char *target = distro_dictionary_text(node->dictionary, task->peer);
    const int32_t hash = member != NULL ? member->address_hash : distro_java_string_hash(target);
    DistroWorker *worker = worker_for(node, task->client, hash);
    DistroTask *push = enter(worker, task);
    if (push != NULL && member != NULL) {
        push->slot = distro_members_slot(node, member);
    }
    tell_waiting(node, worker, task->client);
    return push != NULL;
}

bool distro_workers_push_part(DistroNode *node, const DistroTask *broadcast, uint32_t slot)
{
    g_assert(broadcast->peer == DISTRO_NONE);
    g_assert_cmpuint(slot, <, node->members.list->len);
    const DistroMember *member = &g_array_index(node->members.list, DistroMember, slot);
    DistroWorker *worker = worker_for(node, broadcast->client, member->address_hash);
    DistroTask *push = enter(worker, broadcast);
    if (push != NULL) {
        push->peer = member->address;
        push->slot = slot;
    }
    tell_waiting(node, worker, broadcast->client);
    return push != NULL;
}

void distro_workers_verify(DistroNode *node, DistroName peer, GArray *items)
{
    g_assert(peer != node->self);
    g_assert_cmpuint(items->len, >, 0);
    const char *target = distro_dictionary_text(node->dictionary, peer);
    const uint32_t place = distro_verify_worker(target, distro_v2(node)->workers->len);
    const Job job = { .push = { .peer = peer }, .items = g_array_ref(items) };
    g_array_append_val(worker_at(node, place)->jobs, job);
}

bool distro_workers_can_verify(const DistroNode *node)
{
    for (guint i = 0; i < distro_v2(node)->workers->len; i++) {
        if (waiting(worker_at(node, i)) >= CAPACITY) {
            return false;
        }
    }
    return true;
}

/* --- working ------------------------------------------------------------------------------ */

/* Before 2.1.1 the member's state was not asked for, either. */
DistroReach distro_worker_reach(const DistroNode *node, DistroWorker *worker,
                                const DistroMember *member)
{
    if (node->config.fail_fast_on_dead_link) {
        return distro_member_reachable(member) ? DISTRO_REACH_YES : DISTRO_REACH_NO;
    }
    if (worker->tries == TRIES) {
        return DISTRO_REACH_NO;
    }
    if (member->rpc.status == DISTRO_RPC_RUNNING) {
        return DISTRO_REACH_YES;
    }
    worker->tries++;
    worker->free_at_us = node->now_us + PAUSE_US;
    return DISTRO_REACH_NOT_YET;
}

/* Both return false if the worker pauses before it goes on with it. */
static bool verify_items(DistroNode *node, DistroWorker *worker, Job *job)
{
    g_assert(job->items != NULL && job->next <= job->items->len);
    for (; job->next < job->items->len; job->next++) {
        const DistroDigest item = g_array_index(job->items, DistroDigest, job->next);
        if (!distro_verify_execute(node, worker, job->push.peer, &item)) {
            return false;
        }
        worker->tries = 0;
    }
    return true;
}

static bool work_on(DistroNode *node, DistroWorker *worker, Job *job)
{
    if (job->items != NULL) {
        return verify_items(node, worker, job);
    }
    const DistroTask push = job->push;
    return distro_sync_execute(node, worker, &push);
}

static void work(DistroNode *node, DistroWorker *worker)
{
    while (waiting(worker) > 0 && worker->free_at_us <= node->now_us) {
        if (!work_on(node, worker, &g_array_index(worker->jobs, Job, worker->first))) {
            return;
        }
        worker->tries = 0;
        drop_first(worker);
    }
}

void distro_workers_run(DistroNode *node)
{
    int64_t wake_at_us = INT64_MAX;
    for (guint i = 0; i < distro_v2(node)->workers->len; i++) {
        DistroWorker *worker = worker_at(node, i);
        work(node, worker);
        if (waiting(worker) > 0) {
            wake_at_us = MIN(wake_at_us, worker->free_at_us);
        }
    }
    distro_v2(node)->workers_at_us = wake_at_us;
}

static void add_job(DistroDigester *digester, const Job *job)
{
    if (job->items == NULL) {
        distro_task_digest(digester, &job->push);
        return;
    }
    distro_digest_name(digester, job->push.peer);
    for (guint i = job->next; i < job->items->len; i++) {
        const DistroDigest *item = &g_array_index(job->items, DistroDigest, i);
        distro_digest_client(digester, item->client);
        distro_digest_add(digester, (uint32_t)item->revision);
    }
}

void distro_workers_digest(const DistroNode *node, DistroDigester *digester)
{
    for (guint i = 0; i < distro_v2(node)->workers->len; i++) {
        const DistroWorker *worker = worker_at(node, i);
        for (guint k = worker->first; k < worker->jobs->len; k++) {
            add_job(digester, &g_array_index(worker->jobs, Job, k));
        }
        distro_digest_add(digester, waiting(worker) * 8 + worker->tries);
        const bool busy = worker->free_at_us > digester->now_us;
        distro_digest_at(digester, busy ? worker->free_at_us : INT64_MIN);
    }
}

uint32_t distro_workers_queued(const DistroNode *node)
{
    uint32_t queued = 0;
    for (guint i = 0; i < distro_v2(node)->workers->len; i++) {
        const DistroWorker *worker = worker_at(node, i);
        const guint begun = worker->tries > 0;
        queued += waiting(worker) - begun;
    }
    return queued;
}

/* --- life --------------------------------------------------------------------------------- */

static void free_worker(gpointer data)
{
    DistroWorker *worker = data;
    while (waiting(worker) > 0) {
        drop_first(worker);
    }
    g_array_unref(worker->jobs);
    g_free(worker);
}

void distro_workers_init(DistroReplication *v2)
{
    v2->workers = g_ptr_array_new_with_free_func(free_worker);
    v2->workers_at_us = INT64_MAX;
}

void distro_workers_boot(DistroNode *node)
{
    g_assert_cmpuint(distro_v2(node)->workers->len, ==, 0);
    const uint32_t count = distro_worker_count(node->config.processors);
    for (uint32_t i = 0; i < count; i++) {
        DistroWorker *worker = g_new0(DistroWorker, 1);
        worker->free_at_us = INT64_MIN;
        worker->jobs = g_array_new(false, false, sizeof(Job));
        g_ptr_array_add(distro_v2(node)->workers, worker);
    }
}
