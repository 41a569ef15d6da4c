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
#include "core/java.h"
#include "core/node.h"
#include "core/planted.h"

#define RESOURCE_TYPE "Nacos:Naming:v2:ClientData"

/* --- workers ------------------------------------------------------------------------------ */

static int32_t task_hash(int32_t key_hash, int32_t target_hash)
{
    return distro_task_hash(key_hash, distro_java_string_hash(RESOURCE_TYPE), target_hash);
}

int32_t distro_sync_task_hash(const char *resource_key, const char *target)
{
    return task_hash(distro_java_string_hash(resource_key), distro_java_string_hash(target));
}

uint32_t distro_sync_worker(const char *resource_key, const char *target, uint32_t workers)
{
    return distro_worker_of_hash(distro_sync_task_hash(resource_key, target), workers);
}

uint32_t distro_verify_worker(const char *target, uint32_t workers)
{
    g_autofree char *key = g_strconcat(target, RESOURCE_TYPE, NULL);
    return distro_worker_of_hash(distro_java_string_hash(key), workers);
}

static void hand_to_worker(DistroNode *node, const DistroTask *task)
{
    const DistroClientInfo *client = distro_dictionary_client_info(node->dictionary, task->client);
    const char *target = distro_dictionary_text(node->dictionary, task->peer);
    const int32_t hash = task_hash(client->id_hash, distro_java_string_hash(target));
    const uint32_t worker = distro_worker_of_hash(hash, node->v2.workers->len);
    g_array_append_vals(node->v2.workers->pdata[worker], task, 1);
}

/* --- inserting ---------------------------------------------------------------------------- */

/* DistroDelayTask#merge: the old task's start; the old action only if the new task was created
 * earlier than the old one, which takes a clock that was set back. */
static void merge(const DistroNode *node, DistroTask *task, const DistroTask *old)
{
    if (!DISTRO_PLANTED(MERGE_RESTARTS_DELAY)) {
        task->delayed.base_wall_us = old->delayed.base_wall_us;
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

/* Whichever was entered last wins; the heap is told if it is due at another time. */
static void merge_into(DistroNode *node, DistroTask *pending, DistroTask task)
{
    const int64_t was_due_us = distro_delayed_due_us(&pending->delayed);
    merge(node, &task, pending);
    task.delayed.order = pending->delayed.order;
    *pending = task;
    distro_delays_moved(&node->v2.delays, pending, was_due_us, node->now_us);
}

void distro_sync_to(DistroNode *node, DistroClient client, DistroName peer, DistroOp action,
                    int64_t delay_us, DistroPath path)
{
    const DistroTask task = {
        .delayed = { .key = (int64_t)((uint64_t)client << 32 | peer),
                     .base_wall_us = node->wall_us,
                     .interval_us = delay_us },
        .client = client,
        .peer = peer,
        .action = action,
        .path = path,
        .created_wall_us = node->wall_us,
    };
    DistroTask *pending = distro_delays_find(&node->v2.delays, task.delayed.key);
    if (pending != NULL) {
        merge_into(node, pending, task);
        distro_emit_event(node, DISTRO_EVENT_SYNC_MERGED, peer, client, action);
        return;
    }
    distro_delays_add(&node->v2.delays, g_memdup2(&task, sizeof task), node->now_us);
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

void distro_sync_wake(DistroNode *node)
{
    DistroDelays *delays = &node->v2.delays;
    int64_t scan_wall_us;
    if (!distro_delays_scan(delays, node->now_us, node->wall_us, &scan_wall_us)) {
        return;
    }
    DistroTask *task;
    while ((task = distro_delays_take(delays, scan_wall_us)) != NULL) {
        hand_to_worker(node, task);
        g_free(task);
    }
    run_workers(node);
}

int64_t distro_sync_wake_at(DistroNode *node)
{
    return distro_delays_wake_at(&node->v2.delays, node->now_us, node->wall_us);
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
    distro_delays_init(&v2->delays, g_free);
    v2->workers = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
}

void distro_sync_clear(DistroReplication *v2)
{
    distro_delays_clear(&v2->delays);
    g_ptr_array_unref(v2->workers);
}

void distro_sync_boot(DistroNode *node)
{
    distro_delays_boot(&node->v2.delays, node->now_us);
    const uint32_t count = distro_worker_count(node->config.processors);
    for (uint32_t i = 0; i < count; i++) {
        g_ptr_array_add(node->v2.workers, g_array_new(false, false, sizeof(DistroTask)));
    }
}
