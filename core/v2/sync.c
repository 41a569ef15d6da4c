/* core/v2/sync.c -- delayed, merged, retried changes (DistroProtocol#sync, DistroDelayTask,
 * NacosDelayTaskExecuteEngine, DistroClientTransportAgent).
 *
 *   change --> [task per (client, peer): what, since when, how long] --scan, 100 ms--> worker
 *                  ^                                                                     |
 *                  '-- failed: again after the retry delay, for ever ---- send state <---'
 *
 * A task holds no payload: what is sent is the client's state when the task fires. A task inserted
 * while one with its key is pending replaces it and inherits only its start, so a burst never
 * postpones the first deadline, and whichever action came last wins, a retry included. */
#include <string.h>

#include "core/java.h"
#include "core/node.h"
#include "core/planted.h"

#define SCAN_US 100000
#define RESOURCE_TYPE "Nacos:Naming:v2:ClientData"

typedef struct Due {
    int64_t at_wall_us;
    uint64_t order;
    int64_t key;
} Due;

/* --- the heap of due times ---------------------------------------------------------------- */

static bool before(const Due *a, const Due *b)
{
    return a->at_wall_us != b->at_wall_us ? a->at_wall_us < b->at_wall_us : a->order < b->order;
}

static void heap_push(GArray *heap, Due due)
{
    g_array_append_val(heap, due);
    Due *items = (Due *)(void *)heap->data;
    guint child = heap->len - 1;
    while (child > 0 && before(&due, &items[(child - 1) / 2])) {
        items[child] = items[(child - 1) / 2];
        child = (child - 1) / 2;
    }
    items[child] = due;
}

static void heap_pop(GArray *heap)
{
    Due *items = (Due *)(void *)heap->data;
    const Due last = items[heap->len - 1];
    g_array_set_size(heap, heap->len - 1);
    guint parent = 0;
    for (guint child = 1; child < heap->len; child = 2 * parent + 1) {
        if (child + 1 < heap->len && before(&items[child + 1], &items[child])) {
            child++;
        }
        if (!before(&items[child], &last)) {
            break;
        }
        items[parent] = items[child];
        parent = child;
    }
    if (heap->len > 0) {
        items[parent] = last;
    }
}

static Due due_of(const DistroTask *task)
{
    return (Due) { task->base_wall_us + task->interval_us, task->order, task->key };
}

/* g_int64_hash keeps the low half only: the peer, the same for every client. */
static guint hash_key(gconstpointer key)
{
    return (guint)(*(const uint64_t *)key * 0x9e3779b97f4a7c15u >> 32);
}

static DistroTask *task_of(const DistroReplication *v2, int64_t key)
{
    return g_hash_table_lookup(v2->tasks, &key);
}

/* The earliest entry that still speaks of a pending task; NULL if there is none. */
static const Due *heap_top(DistroReplication *v2)
{
    while (v2->due->len > 0) {
        const Due *top = &g_array_index(v2->due, Due, 0);
        const DistroTask *task = task_of(v2, top->key);
        if (task != NULL && task->order == top->order) {
            return top;
        }
        heap_pop(v2->due);
    }
    return NULL;
}

/* --- workers ------------------------------------------------------------------------------ */

uint32_t distro_worker_count(int64_t processors)
{
    uint32_t count = 1;
    while (count < processors) {
        count <<= 1;
    }
    return count;
}

/* Objects.hash(resourceKey, resourceType, targetServer), from the parts' hashes. */
static int32_t task_hash(int32_t key_hash, int32_t target_hash)
{
    uint32_t hash = 31u + (uint32_t)key_hash;
    hash = 31u * hash + (uint32_t)distro_java_string_hash(RESOURCE_TYPE);
    return (int32_t)(31u * hash + (uint32_t)target_hash);
}

int32_t distro_sync_task_hash(const char *resource_key, const char *target)
{
    return task_hash(distro_java_string_hash(resource_key), distro_java_string_hash(target));
}

static uint32_t worker_of_hash(int32_t hash, uint32_t workers)
{
    return ((uint32_t)hash & 0x7fffffffu) % workers;
}

uint32_t distro_sync_worker(const char *resource_key, const char *target, uint32_t workers)
{
    return worker_of_hash(distro_sync_task_hash(resource_key, target), workers);
}

uint32_t distro_verify_worker(const char *target, uint32_t workers)
{
    g_autofree char *key = g_strconcat(target, RESOURCE_TYPE, NULL);
    return worker_of_hash(distro_java_string_hash(key), workers);
}

static void hand_to_worker(DistroNode *node, const DistroTask *task)
{
    const DistroClientInfo *client = distro_dictionary_client_info(node->dictionary, task->client);
    const char *target = distro_dictionary_text(node->dictionary, task->peer);
    const int32_t hash = task_hash(client->id_hash, distro_java_string_hash(target));
    const uint32_t worker = worker_of_hash(hash, node->v2.workers->len);
    g_array_append_vals(node->v2.workers->pdata[worker], task, 1);
}

/* --- inserting ---------------------------------------------------------------------------- */

/* DistroDelayTask#merge: the old task's start; the old action only if the new task was created
 * earlier than the old one, which takes a clock that was set back. */
static void merge(const DistroNode *node, DistroTask *task, const DistroTask *old)
{
    if (!DISTRO_PLANTED(MERGE_RESTARTS_DELAY)) {
        task->base_wall_us = old->base_wall_us;
    }
    const bool created_earlier = task->created_wall_us < old->created_wall_us;
    const bool keeps_change = DISTRO_PLANTED(DELETE_MERGED_AWAY) && old->action == DISTRO_OP_CHANGE;
    const bool keeps_delete = !node->config.retry_may_override_delete &&
                              old->action == DISTRO_OP_DELETE && task->path == DISTRO_PATH_RETRY;
    if (task->action != old->action && (created_earlier || keeps_delete || keeps_change)) {
        task->action = old->action;
        task->created_wall_us = old->created_wall_us;
        task->path = old->path;
    }
}

/* The scans before now found nothing due, or the host would have been woken for them: a task that
 * is entered now is seen by the next one, however long ago its start. */
static void catch_up(DistroNode *node)
{
    const int64_t elapsed_us = node->now_us - node->v2.scanned_us;
    if (elapsed_us > SCAN_US) {
        node->v2.scanned_us += (elapsed_us - 1) / SCAN_US * SCAN_US;
    }
}

void distro_sync_to(DistroNode *node, DistroClient client, DistroName peer, DistroOp action,
                    int64_t delay_us, DistroPath path)
{
    DistroReplication *v2 = &node->v2;
    catch_up(node);
    DistroTask task = {
        .key = (int64_t)((uint64_t)client << 32 | peer),
        .client = client,
        .peer = peer,
        .action = action,
        .path = path,
        .base_wall_us = node->wall_us,
        .created_wall_us = node->wall_us,
        .interval_us = delay_us,
        .order = ++v2->order,
    };
    DistroTask *pending = task_of(v2, task.key);
    if (pending != NULL) {
        merge(node, &task, pending);
        if (task.interval_us == pending->interval_us) {
            /* Due as before: the entry in the heap still speaks for it. */
            task.order = pending->order;
        } else {
            heap_push(v2->due, due_of(&task));
        }
        *pending = task;
        distro_emit_event(node, DISTRO_EVENT_SYNC_MERGED, peer, client, action);
        return;
    }
    pending = g_memdup2(&task, sizeof task);
    g_hash_table_insert(v2->tasks, &pending->key, pending);
    heap_push(v2->due, due_of(&task));
    distro_emit_event(node, DISTRO_EVENT_SYNC_QUEUED, peer, client, action);
}

static void sync_to_all(DistroNode *node, DistroClient client, DistroOp action)
{
    for (guint i = 0; i < node->members.list->len; i++) {
        const DistroMember *member = &g_array_index(node->members.list, DistroMember, i);
        if (member->address != node->self) {
            distro_sync_to(node, client, member->address, action, node->config.sync_delay_us,
                           DISTRO_PATH_PUSH);
        }
    }
}

/* DistroClientDataProcessor#onEvent: in cluster mode, for ephemeral clients that are ours now. */
void distro_sync_changed(DistroNode *node, DistroClient client, const DistroRecord *record)
{
    if (!node->config.standalone && distro_clients_owned(node, client, record)) {
        sync_to_all(node, client, DISTRO_OP_CHANGE);
    }
}

void distro_sync_removed(DistroNode *node, DistroClient client, bool owned)
{
    if (!node->config.standalone && owned && !DISTRO_PLANTED(DELETE_NOT_PUSHED)) {
        sync_to_all(node, client, DISTRO_OP_DELETE);
    }
}

/* --- firing ------------------------------------------------------------------------------- */

/* DistroClientTaskFailedHandler#retry: the same action again, without limit or back-off. */
static void failed(DistroNode *node, DistroMember *member, DistroClient client, DistroName peer,
                   DistroOp action, int64_t why)
{
    if (member != NULL) {
        member->counters.sync_failed++;
        member->counters.retries++;
    }
    distro_emit_event(node, DISTRO_EVENT_SYNC_FAILED, peer, client, why);
    if (DISTRO_PLANTED(NO_RETRY)) {
        return;
    }
    distro_emit_event(node, DISTRO_EVENT_SYNC_RETRIED, peer, client, action);
    const DistroOp again = DISTRO_PLANTED(DELETE_RETRIED_AS_CHANGE) ? DISTRO_OP_CHANGE : action;
    distro_sync_to(node, client, peer, again, node->config.sync_retry_delay_us, DISTRO_PATH_RETRY);
}

static void send(DistroNode *node, DistroMember *member, const DistroTask *task,
                 const DistroRecord *record)
{
    DistroMessage message = { .op = task->action, .client = task->client, .target = task->peer };
    if (record != NULL) {
        message.revision = record->revision;
        message.content = record->content;
    }
    const DistroTicket ticket = {
        .peer = task->peer,
        .client = task->client,
        .serial = distro_members_slot(node, member),
        .purpose = DISTRO_PURPOSE_SYNC,
        .action = (uint16_t)task->action,
    };
    member->counters.sync_sent++;
    distro_emit_event(node, DISTRO_EVENT_SYNC_SENT, task->peer, task->client, task->action);
    const int64_t timeout_us =
        DISTRO_PLANTED(TIMEOUT_SETTING_IGNORED) ? 3000000 : node->config.sync_timeout_us;
    distro_emit_send(node, ticket, &message, timeout_us, task->path);
}

/* Ownership is not asked again here: a task of a former owner sends what this node holds now. */
static void execute(DistroNode *node, const DistroTask *task)
{
    const DistroRecord *record = NULL;
    if (DISTRO_PLANTED(ADD_LOOPS) && task->path == DISTRO_PATH_VERIFY) {
        distro_sync_to(node, task->client, task->peer, task->action, 0, task->path);
        return;
    }
    if (task->action == DISTRO_OP_CHANGE) {
        record = distro_clients_find(node, task->client);
        if (record == NULL) {
            distro_emit_event(node, DISTRO_EVENT_SYNC_DROPPED, task->peer, task->client,
                              task->action);
            return; /* nothing to send, nobody is told, nothing is tried again */
        }
    }
    DistroMember *member = distro_members_find(node, task->peer, 0);
    if (member == NULL && !distro_members_has(node, task->peer) &&
        !DISTRO_PLANTED(RETRY_TO_GHOSTS)) {
        distro_emit_event(node, DISTRO_EVENT_SYNC_DROPPED, task->peer, task->client, task->action);
    } else if (member == NULL || !distro_member_reachable(member)) {
        failed(node, member, task->client, task->peer, task->action, -1);
    } else {
        send(node, member, task, record);
    }
}

static void run_workers(DistroNode *node)
{
    for (guint i = 0; i < node->v2.workers->len; i++) {
        GArray *queue = node->v2.workers->pdata[i];
        for (guint j = 0; j < queue->len; j++) {
            const DistroTask task = g_array_index(queue, DistroTask, j);
            execute(node, &task);
        }
        g_array_set_size(queue, 0);
    }
}

static int64_t next_scan_us(const DistroNode *node)
{
    return node->v2.scanned_us + SCAN_US;
}

void distro_sync_wake(DistroNode *node)
{
    DistroReplication *v2 = &node->v2;
    const int64_t elapsed_us = node->now_us - v2->scanned_us;
    if (elapsed_us < SCAN_US) {
        return;
    }
    v2->scanned_us += elapsed_us - elapsed_us % SCAN_US;
    /* What the wall clock showed at the scan: a wake-up between two scans is for something else. */
    const int64_t scan_wall_us = node->wall_us - elapsed_us % SCAN_US;
    const Due *top;
    while ((top = heap_top(v2)) != NULL && top->at_wall_us <= scan_wall_us) {
        const int64_t key = top->key;
        hand_to_worker(node, task_of(v2, key));
        g_hash_table_remove(v2->tasks, &key);
        heap_pop(v2->due);
    }
    run_workers(node);
}

int64_t distro_sync_wake_at(DistroNode *node)
{
    const Due *top = heap_top(&node->v2);
    if (top == NULL) {
        return INT64_MAX;
    }
    const int64_t due_us = node->now_us + MAX(0, top->at_wall_us - node->wall_us);
    const int64_t first_us = next_scan_us(node);
    if (due_us <= first_us) {
        return first_us;
    }
    return first_us + (due_us - first_us + SCAN_US - 1) / SCAN_US * SCAN_US;
}

/* --- outcomes ----------------------------------------------------------------------------- */

/* DistroRpcCallbackWrapper: resultCode 200 is success, even when nothing was done (5.1). */
static bool counts_as_success(const DistroNode *node, DistroOutcome outcome,
                              const DistroMessage *answer)
{
    if (outcome != DISTRO_OUTCOME_ANSWERED) {
        return DISTRO_PLANTED(TIMEOUT_IS_SUCCESS) && outcome == DISTRO_OUTCOME_TIMED_OUT;
    }
    return answer->status == DISTRO_STATUS_OK ||
           (answer->status == DISTRO_STATUS_REFUSED_AS_OK && node->config.ok_on_refused_data);
}

void distro_v2_sync_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                            const DistroMessage *answer)
{
    DistroMember *member = distro_members_find(node, ticket.peer, ticket.serial);
    if (counts_as_success(node, outcome, answer)) {
        if (member != NULL) {
            member->counters.sync_ok++;
        }
        distro_emit_event(node, DISTRO_EVENT_SYNC_ACKED, ticket.peer, ticket.client, ticket.action);
        return;
    }
    failed(node, member, ticket.client, ticket.peer, (DistroOp)ticket.action, outcome);
}

/* --- life --------------------------------------------------------------------------------- */

void distro_sync_init(DistroReplication *v2)
{
    v2->tasks = g_hash_table_new_full(hash_key, g_int64_equal, NULL, g_free);
    v2->due = g_array_new(false, false, sizeof(Due));
    v2->workers = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
}

void distro_sync_clear(DistroReplication *v2)
{
    g_hash_table_unref(v2->tasks);
    g_array_unref(v2->due);
    g_ptr_array_unref(v2->workers);
}

void distro_sync_boot(DistroNode *node)
{
    node->v2.scanned_us = node->now_us;
    const uint32_t count = distro_worker_count(node->config.processors);
    for (uint32_t i = 0; i < count; i++) {
        g_ptr_array_add(node->v2.workers, g_array_new(false, false, sizeof(DistroTask)));
    }
}
