/* core/v2/sync.c -- delayed, merged, retried changes (DistroProtocol#sync, DistroDelayTask,
 * NacosDelayTaskExecuteEngine, DistroClientTransportAgent).
 *
 *   change --> [task per (client, peer): what, since when, how long] --scan, 100 ms--> worker
 *                  ^                                                                     |
 *                  '-- failed: again after the retry delay, for ever ---- send state <---'
 *
 * A task holds no payload: what is sent is the client's state when the task fires. A task inserted
 * while one with its key is pending replaces it and inherits only its start, so a burst never
 * postpones the first deadline, and whichever action came last wins, a retry included.
 *
 * Nearly always a change goes to all peers and succeeds, so it is one task, a *broadcast*, until
 * somebody could tell it from one per peer:
 *
 *      (client, all) --- a task of one of them, or other members ---> (client, b) (client, c) ...
 *
 * Its parts keep the places that they would have had, next to each other. A change of a client that
 * has a task pending is not made one: it would have to be merged. */
#include "core/planted.h"
#include "core/v2/replication.h"

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
    task.delayed.place = pending->delayed.place;
    task.slot = pending->slot;
    *pending = task;
    distro_delays_moved(&distro_v2(node)->delays, pending, was_due_us, node->now_us);
}

static int64_t key_of(DistroClient client, DistroName peer)
{
    return (int64_t)((uint64_t)client << 32 | peer);
}

static DistroTask new_task(const DistroNode *node, DistroClient client, DistroName peer,
                           DistroOp action, int64_t delay_us, DistroPath path)
{
    g_assert(client != DISTRO_NONE);
    g_assert(action == DISTRO_OP_CHANGE || action == DISTRO_OP_DELETE);
    g_assert_cmpint(delay_us, >=, 0);
    return (DistroTask) {
        .delayed = { .key = key_of(client, peer),
                     .base_wall_us = node->wall_us,
                     .interval_us = delay_us },
        .client = client,
        .peer = peer,
        .action = action,
        .path = path,
        .created_wall_us = node->wall_us,
    };
}

static uint32_t count_peers(const DistroNode *node)
{
    g_assert_cmpuint(node->members.list->len, >, 0);
    return node->members.list->len - 1;
}

static bool is_self(const DistroNode *node, uint32_t slot)
{
    g_assert_cmpuint(slot, <, node->members.list->len);
    return g_array_index(node->members.list, DistroMember, slot).address == node->self;
}

/* Enters the parts of @broadcast, which is in no table any more, from the peer at @slot on. */
static void enter_parts(DistroNode *node, const DistroTask *broadcast, uint32_t slot,
                        uint64_t order)
{
    g_assert(broadcast->peer == DISTRO_NONE);
    for (; slot < node->members.list->len; slot++) {
        if (is_self(node, slot)) {
            continue;
        }
        DistroTask *part = g_memdup2(broadcast, sizeof *broadcast);
        part->peer = g_array_index(node->members.list, DistroMember, slot).address;
        part->slot = slot;
        part->delayed.key = key_of(part->client, part->peer);
        distro_delays_add_part(&distro_v2(node)->delays, part, order++);
    }
}

static void split(DistroNode *node, DistroClient client)
{
    if (distro_v2(node)->broadcasts == 0 ||
        distro_delays_find(&distro_v2(node)->delays, key_of(client, DISTRO_NONE)) == NULL) {
        return;
    }
    g_autofree DistroTask *broadcast =
        distro_delays_steal(&distro_v2(node)->delays, key_of(client, DISTRO_NONE));
    g_assert(broadcast->client == client);
    distro_v2(node)->broadcasts--;
    enter_parts(node, broadcast, 0, broadcast->delayed.order);
}

void distro_sync_members_change(DistroNode *node)
{
    if (distro_v2(node)->broadcasts == 0) {
        return;
    }
    g_autoptr(GArray) keys = g_array_new(false, false, sizeof(int64_t));
    distro_delays_list(&distro_v2(node)->delays, keys);
    for (guint i = 0; i < keys->len; i++) {
        split(node, (DistroClient)((uint64_t)g_array_index(keys, int64_t, i) >> 32));
    }
}

uint32_t distro_sync_pending(const DistroNode *node)
{
    const uint32_t tasks = distro_delays_count(&distro_v2(node)->delays);
    const uint32_t broadcasts = distro_v2(node)->broadcasts;
    return broadcasts > 0 ? tasks + broadcasts * (count_peers(node) - 1) : tasks;
}

void distro_sync_to(DistroNode *node, DistroClient client, DistroName peer, DistroOp action,
                    int64_t delay_us, DistroPath path)
{
    g_assert(peer != DISTRO_NONE && peer != node->self);
    const DistroTask task = new_task(node, client, peer, action, delay_us, path);
    split(node, client);
    DistroTask *pending = distro_delays_find(&distro_v2(node)->delays, task.delayed.key);
    if (pending != NULL) {
        merge_into(node, pending, task);
        distro_emit_event(node, DISTRO_EVENT_SYNC_MERGED, peer, client, action);
        return;
    }
    distro_delays_add(&distro_v2(node)->delays, g_memdup2(&task, sizeof task), node->now_us);
    distro_emit_event(node, DISTRO_EVENT_SYNC_QUEUED, peer, client, action);
}

static bool is_pending(const DistroNode *node, DistroClient client)
{
    const DistroDelays *delays = &distro_v2(node)->delays;
    if (distro_delays_find(delays, key_of(client, DISTRO_NONE)) != NULL) {
        return true;
    }
    if (distro_delays_count(delays) == distro_v2(node)->broadcasts) {
        return false; /* the usual case: no single task at all */
    }
    for (guint i = 0; i < node->members.list->len; i++) {
        const DistroName peer = g_array_index(node->members.list, DistroMember, i).address;
        if (distro_delays_find(delays, key_of(client, peer)) != NULL) {
            return true;
        }
    }
    return false;
}

static void broadcast(DistroNode *node, DistroClient client, DistroOp action)
{
    g_assert_cmpuint(count_peers(node), >, 0);
    const DistroTask task =
        new_task(node, client, DISTRO_NONE, action, node->config.sync_delay_us, DISTRO_PATH_PUSH);
    distro_delays_add(&distro_v2(node)->delays, g_memdup2(&task, sizeof task), node->now_us);
    distro_delays_count_as(&distro_v2(node)->delays, count_peers(node));
    distro_v2(node)->broadcasts++;
    for (guint i = 0; i < node->members.list->len; i++) {
        const DistroMember *member = &g_array_index(node->members.list, DistroMember, i);
        if (member->address != node->self) {
            distro_emit_event(node, DISTRO_EVENT_SYNC_QUEUED, member->address, client, action);
        }
    }
}

static void sync_to_all(DistroNode *node, DistroClient client, DistroOp action)
{
    if (count_peers(node) > 0 && !is_pending(node, client) && !DISTRO_PLANTED(SCAN_TAKES_ONE)) {
        broadcast(node, client, action);
        return;
    }
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
    if (node->config.standalone || !distro_order_speaks_for(node, client, record)) {
        return;
    }
    if (node->config.change_lag_us == 0) {
        sync_to_all(node, client, DISTRO_OP_CHANGE);
        return;
    }
    const DistroLagging event = { node->now_us + node->config.change_lag_us, client };
    g_array_append_val(distro_v2(node)->lagging, event);
}

/* Until 2.0.2 another thread handles ClientDisconnect, which may be told and done by now: the event
 * holds the client, alive or not, and its CHANGE then replaces the DELETE that waits (NDB-10). */
static void handle_lagging(DistroNode *node)
{
    guint handled = 0;
    while (handled < distro_v2(node)->lagging->len) {
        const DistroLagging event = g_array_index(distro_v2(node)->lagging, DistroLagging, handled);
        if (event.due_us > node->now_us) {
            break;
        }
        sync_to_all(node, event.client, DISTRO_OP_CHANGE);
        handled++;
    }
    g_array_remove_range(distro_v2(node)->lagging, 0, handled);
}

static int64_t lagging_due_us(const DistroNode *node)
{
    return distro_v2(node)->lagging->len > 0
               ? g_array_index(distro_v2(node)->lagging, DistroLagging, 0).due_us
               : INT64_MAX;
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
    const int64_t delay_us = DISTRO_PLANTED(RETRY_AT_ONCE) ? 0 : node->config.sync_retry_delay_us;
    distro_sync_to(node, client, peer, again, delay_us, DISTRO_PATH_RETRY);
}

static void send(DistroNode *node, DistroMember *member, const DistroTask *task,
                 const DistroRecord *record)
{
    g_assert(member->rpc.status == DISTRO_RPC_RUNNING);
    g_assert((task->action == DISTRO_OP_CHANGE) == (record != NULL));
    DistroMessage message = { .op = task->action, .client = task->client, .target = task->peer };
    if (record != NULL) {
        message.revision = distro_record_revision(node, record);
        message.content = distro_record_content(node, record);
        message.identified = node->config.instance_ids;
    }
    const DistroTicket ticket = {
        .peer = task->peer,
        .client = task->client,
        .serial = distro_members_slot(node, member),
        .purpose = DISTRO_PURPOSE_PROTOCOL,
        .action = (uint16_t)task->action,
    };
    member->counters.sync_sent++;
    distro_emit_event(node, DISTRO_EVENT_SYNC_SENT, task->peer, task->client, task->action);
    const int64_t timeout_us =
        DISTRO_PLANTED(TIMEOUT_SETTING_IGNORED) ? 3000000 : node->config.sync_timeout_us;
    distro_emit_send(node, ticket, &message, timeout_us, task->path);
}

/* What a change task sends. With deleteIfGone, of a connection that ended here that is its end. */
static DistroTask as_sent(const DistroNode *node, const DistroTask *task,
                          const DistroRecord *record)
{
    DistroTask sent = *task;
    if (node->config.delete_if_gone && record == NULL &&
        distro_dictionary_client_info(node->dictionary, task->client)->kind ==
            DISTRO_CLIENT_CONNECTION) {
        sent.action = DISTRO_OP_DELETE;
    }
    return sent;
}

/* A client that is gone leaves nothing to send: there is no callback and no retry. */
static bool is_void(const DistroNode *node, const DistroTask *task, const DistroRecord *record)
{
    if (task->action == DISTRO_OP_DELETE) {
        return false;
    }
    return record == NULL ||
           (!node->config.former_owner_retries && task->path == DISTRO_PATH_RETRY &&
            !distro_order_speaks_for(node, task->client, record));
}

/* A target that is no member any more counts as told. */
static bool is_dropped(const DistroNode *node, const DistroTask *task, const DistroRecord *record,
                       const DistroMember *member)
{
    if (is_void(node, task, record)) {
        return true;
    }
    return member == NULL && !distro_members_has(node, task->peer) &&
           !DISTRO_PLANTED(RETRY_TO_GHOSTS);
}

/* Ownership is not asked again here: a task of a former owner sends what this node holds now. */
bool distro_sync_execute(DistroNode *node, DistroWorker *worker, const DistroTask *queued)
{
    g_assert(queued->peer != DISTRO_NONE);
    const DistroRecord *record = distro_clients_find(node, queued->client);
    const DistroTask sent = as_sent(node, queued, record), *task = &sent;
    if (DISTRO_PLANTED(ADD_LOOPS) && task->path == DISTRO_PATH_VERIFY) {
        distro_sync_to(node, task->client, task->peer, task->action, 0, task->path);
        return true;
    }
    DistroMember *member = distro_members_find(node, task->peer, task->slot);
    if (is_dropped(node, task, record, member)) {
        distro_emit_event(node, DISTRO_EVENT_SYNC_DROPPED, task->peer, task->client, task->action);
        return true;
    }
    const DistroReach reach =
        member != NULL ? distro_worker_reach(node, worker, member) : DISTRO_REACH_NO;
    if (reach == DISTRO_REACH_NO) {
        failed(node, member, task->client, task->peer, task->action, -1);
    } else if (reach == DISTRO_REACH_YES) {
        send(node, member, task, task->action == DISTRO_OP_CHANGE ? record : NULL);
    }
    return reach != DISTRO_REACH_NOT_YET;
}

/* Where a worker's queue is full, the parts that are left wait as single tasks. */
static void hand_out_broadcast(DistroNode *node, const DistroTask *task)
{
    g_assert(task->peer == DISTRO_NONE);
    uint64_t order = task->delayed.order;
    for (uint32_t slot = 0; slot < node->members.list->len; slot++) {
        if (is_self(node, slot)) {
            continue;
        }
        if (!distro_workers_push_part(node, task, slot)) {
            enter_parts(node, task, slot, order);
            return;
        }
        order++;
    }
}

/* The next single task that is due; broadcasts before it are handed out. */
static DistroTask *take_single(DistroNode *node)
{
    DistroReplication *v2 = distro_v2(node);
    DistroTask *task;
    while ((task = distro_delays_take(&v2->delays, v2->scan_wall_us)) != NULL &&
           task->peer == DISTRO_NONE) {
        g_assert_cmpuint(v2->broadcasts, >, 0);
        v2->broadcasts--;
        hand_out_broadcast(node, task);
        g_free(task);
    }
    return task;
}

/* The thread of the delay engine hands tasks out and, where a worker's queue is full, waits with
 * the task in its hand; no scan happens until there is room again. */
void distro_sync_wake(DistroNode *node)
{
    DistroReplication *v2 = distro_v2(node);
    if (v2->lagging->len > 0) {
        handle_lagging(node);
    }
    if (v2->in_hand == NULL &&
        !distro_delays_scan(&v2->delays, node->now_us, node->wall_us, &v2->scan_wall_us)) {
        return;
    }
    while (v2->in_hand != NULL || (v2->in_hand = take_single(node)) != NULL) {
        if (!distro_workers_push(node, v2->in_hand)) {
            distro_workers_run(node); /* it may have room in an instant */
            if (!distro_workers_push(node, v2->in_hand)) {
                return;
            }
        }
        g_clear_pointer(&v2->in_hand, g_free);
        if (DISTRO_PLANTED(SCAN_TAKES_ONE)) {
            break;
        }
    }
    distro_workers_run(node);
}

static int64_t next_task_us(const DistroNode *node)
{
    if (distro_v2(node)->in_hand != NULL) {
        return INT64_MAX; /* a worker wakes it */
    }
    return distro_delays_wake_at(&distro_v2(node)->delays, node->now_us, node->wall_us);
}

int64_t distro_sync_wake_at(const DistroNode *node)
{
    const int64_t task_at_us = next_task_us(node);
    const int64_t lagging_at_us = lagging_due_us(node);
    return MIN(task_at_us, lagging_at_us);
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
    v2->lagging = g_array_new(false, false, sizeof(DistroLagging));
    distro_workers_init(v2);
}

void distro_sync_clear(DistroReplication *v2)
{
    distro_delays_clear(&v2->delays);
    g_free(v2->in_hand);
    g_array_unref(v2->lagging);
    g_ptr_array_unref(v2->workers);
}

void distro_sync_boot(DistroNode *node)
{
    distro_delays_boot(&distro_v2(node)->delays, node->now_us);
    distro_workers_boot(node);
}
