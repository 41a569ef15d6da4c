/* core/v1/sync.c -- changes on their way to the peers (DistroProtocol#sync, DistroHttpCombinedKey*,
 * DistroSyncChangeTask, DistroHttpAgent#syncData).
 *
 *   put --> [stage 1: (service, peer)] --1 s--> worker --> [stage 2: (peer, sequence)] --1 s, or
 *                  ^                                       1000 services together--> worker --> PUT
 *                  '------------- not answered "ok": each service again, 5 s ------------------'
 *
 * Both stages wait in the one delay engine and are scanned every 100 ms. What is sent is what the
 * store holds when the PUT leaves. The PUT is synchronous: it keeps its worker, and whatever that
 * worker was to collect or to send next, until it is answered or has timed out. */
#include "core/java.h"
#include "core/planted.h"
#include "core/v1/lists.h"
#include "core/v1/replication.h"

#define KEY_PREFIX "com.alibaba.nacos.naming.iplist."
#define EPHEMERAL_KEY KEY_PREFIX "ephemeral."

/* --- tasks -------------------------------------------------------------------------------- */

static void free_task(gpointer data)
{
    DistroV1Task *task = data;
    g_array_unref(task->cargo);
    g_free(task);
}

static DistroCargo *cargo_at(const GArray *cargo, guint index)
{
    return &g_array_index(cargo, DistroCargo, index);
}

static int compare_cargo(const DistroCargo *a, const DistroCargo *b)
{
    if (a->service != b->service) {
        return a->service < b->service ? -1 : 1;
    }
    return (a->client > b->client) - (a->client < b->client);
}

static guint place_of(const GArray *cargo, const DistroCargo *item)
{
    guint low = 0, high = cargo->len;
    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (compare_cargo(cargo_at(cargo, middle), item) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool carries_service(const GArray *cargo, guint place, DistroService service)
{
    return (place > 0 && cargo_at(cargo, place - 1)->service == service) ||
           (place < cargo->len && cargo_at(cargo, place)->service == service);
}

static void load_cargo(DistroV1Task *task, const DistroCargo *item)
{
    const guint place = place_of(task->cargo, item);
    if (place < task->cargo->len && compare_cargo(cargo_at(task->cargo, place), item) == 0) {
        cargo_at(task->cargo, place)->path = item->path;
        return;
    }
    task->services += !carries_service(task->cargo, place, item->service);
    g_array_insert_vals(task->cargo, place, item, 1);
}

static void load_all(DistroV1Task *task, const GArray *cargo)
{
    for (guint i = 0; i < cargo->len; i++) {
        load_cargo(task, cargo_at(cargo, i));
    }
}

static DistroV1Task *new_task(const DistroNode *node, uint32_t major, DistroName peer,
                              int64_t delay_us)
{
    DistroV1Task *task = g_new0(DistroV1Task, 1);
    task->delayed.key = (int64_t)((uint64_t)major << 32 | peer);
    task->delayed.base_wall_us = node->wall_us;
    task->delayed.interval_us = delay_us;
    task->peer = peer;
    task->cargo = g_array_new(false, false, sizeof(DistroCargo));
    return task;
}

/* --- stage 1 ------------------------------------------------------------------------------ */

/* DistroDelayTask#merge: a task that is inserted while one of its key is pending inherits the
 * start; the actions are always CHANGE. */
static void enter_change(DistroNode *node, DistroName peer, const DistroCargo *item,
                         int64_t delay_us)
{
    DistroDelays *changes = &distro_v1(node)->changes;
    const int64_t key = (int64_t)((uint64_t)item->service << 32 | peer);
    DistroV1Task *pending = distro_delays_find(changes, key);
    if (pending != NULL) {
        const int64_t was_due_us = distro_delayed_due_us(&pending->delayed);
        pending->delayed.interval_us = delay_us;
        if (DISTRO_PLANTED(MERGE_RESTARTS_DELAY)) {
            pending->delayed.base_wall_us = node->wall_us;
        }
        load_cargo(pending, item);
        distro_delays_moved(changes, pending, was_due_us, node->now_us);
        distro_emit_event(node, DISTRO_EVENT_SYNC_MERGED, peer, item->client, DISTRO_OP_DATUM);
        return;
    }
    DistroV1Task *task = new_task(node, item->service, peer, delay_us);
    load_cargo(task, item);
    distro_delays_add(changes, task, node->now_us);
    distro_emit_event(node, DISTRO_EVENT_SYNC_QUEUED, peer, item->client, DISTRO_OP_DATUM);
}

void distro_v1_sync(DistroNode *node, DistroService service, DistroClient client)
{
    const DistroCargo item = { service, client, DISTRO_PATH_PUSH };
    for (guint i = 0; !node->config.standalone && i < node->members.list->len; i++) {
        const DistroMember *member = &g_array_index(node->members.list, DistroMember, i);
        if (member->address != node->self) {
            enter_change(node, member->address, &item, node->config.dispatch_period_us / 2);
        }
    }
}

/* --- stage 2 ------------------------------------------------------------------------------ */

/* DistroHttpCombinedKeyDelayTask#merge: a batch that is full is due at once, and the next services,
 * whosever they are, begin another. */
static void collect(DistroNode *node, const DistroV1Task *change)
{
    DistroV1 *v1 = distro_v1(node);
    const int64_t key = (int64_t)((uint64_t)v1->sequence << 32 | change->peer);
    DistroV1Task *batch = distro_delays_find(&v1->batches, key);
    if (batch == NULL) {
        batch = new_task(node, v1->sequence, change->peer, node->config.dispatch_period_us / 2);
        load_all(batch, change->cargo);
        distro_delays_add(&v1->batches, batch, node->now_us);
        return;
    }
    const int64_t was_due_us = distro_delayed_due_us(&batch->delayed);
    load_all(batch, change->cargo);
    if (batch->services >= node->config.batch_key_count && !DISTRO_PLANTED(BATCHES_NEVER_FULL)) {
        v1->sequence++;
        batch->delayed.base_wall_us = 0;
        batch->delayed.interval_us = 0;
        distro_delays_moved(&v1->batches, batch, was_due_us, node->now_us);
    }
}

/* --- sending ------------------------------------------------------------------------------ */

static void note_each(DistroNode *node, const DistroV1Task *batch, DistroEventKind event,
                      int64_t value)
{
    for (guint i = 0; i < batch->cargo->len; i++) {
        distro_emit_event(node, event, batch->peer, cargo_at(batch->cargo, i)->client, value);
    }
}

/* DistroHttpCombinedKeyTaskFailedHandler#retry: each service for itself, from stage 1 on. */
static void failed(DistroNode *node, const DistroV1Task *batch, int64_t why)
{
    DistroMember *member = distro_members_find(node, batch->peer, 0);
    if (member != NULL) {
        member->counters.sync_failed++;
        member->counters.retries += batch->services;
    }
    note_each(node, batch, DISTRO_EVENT_SYNC_FAILED, why);
    if (DISTRO_PLANTED(NO_RETRY)) {
        return;
    }
    note_each(node, batch, DISTRO_EVENT_SYNC_RETRIED, DISTRO_OP_DATUM);
    for (guint i = 0; i < batch->cargo->len; i++) {
        DistroCargo item = *cargo_at(batch->cargo, i);
        item.path = DISTRO_PATH_RETRY;
        enter_change(node, batch->peer, &item, node->config.sync_retry_delay_us);
    }
}

/* DistroDataStorageImpl#getDistroData: what the store still has of them, maybe nothing. */
static void fill(DistroNode *node, const DistroV1Task *batch, DistroMessage *message)
{
    g_autoptr(GByteArray) services = g_byte_array_new();
    for (guint i = 0; i < batch->cargo->len; i++) {
        const DistroService service = cargo_at(batch->cargo, i)->service;
        if (i == 0 || service != cargo_at(batch->cargo, i - 1)->service) {
            distro_list_add_service(services, service);
        }
    }
    g_autoptr(GBytes) list = g_byte_array_free_to_bytes(g_steal_pointer(&services));
    distro_v1_list_datums(node, list, message);
}

static DistroPath path_of(const GArray *cargo)
{
    for (guint i = 0; i < cargo->len; i++) {
        if (cargo_at(cargo, i)->path == DISTRO_PATH_PUSH) {
            return DISTRO_PATH_PUSH;
        }
    }
    return DISTRO_PATH_RETRY;
}

/* False if there was nothing to wait for. */
static bool send(DistroNode *node, uint32_t worker, const DistroV1Task *batch)
{
    DistroMember *member = distro_members_find(node, batch->peer, 0);
    if (member == NULL) {
        /* hasMember may still say yes (PROTOCOL.md 3.1); then the call fails. */
        if (distro_members_has(node, batch->peer)) {
            failed(node, batch, -1);
        } else {
            note_each(node, batch, DISTRO_EVENT_SYNC_DROPPED, DISTRO_OP_DATUM);
        }
        return false;
    }
    DistroMessage message = { .op = DISTRO_OP_DATUM };
    fill(node, batch, &message);
    const DistroTicket ticket = {
        .peer = batch->peer,
        .client = batch->cargo->len == 1 ? cargo_at(batch->cargo, 0)->client : DISTRO_NONE,
        .serial = worker,
        .purpose = DISTRO_PURPOSE_PROTOCOL,
        .action = DISTRO_OP_DATUM,
    };
    member->counters.sync_sent++;
    note_each(node, batch, DISTRO_EVENT_SYNC_SENT, DISTRO_OP_DATUM);
    distro_emit_http(node, ticket, &message, DISTRO_V1_CONNECT_US, DISTRO_V1_READ_US,
                     path_of(batch->cargo));
    distro_message_clear(&message);
    return true;
}

static DistroV1Worker *worker_at(const DistroNode *node, uint32_t index)
{
    return distro_v1(node)->workers->pdata[index];
}

static bool is_change(const DistroV1Task *task)
{
    return task->stage == 1;
}

static void run_worker(DistroNode *node, uint32_t index)
{
    DistroV1Worker *worker = worker_at(node, index);
    DistroV1Task *job;
    while (worker->sending == NULL && (job = g_queue_pop_head(worker->jobs)) != NULL) {
        if (is_change(job)) {
            collect(node, job);
            free_task(job);
        } else if (send(node, index, job)) {
            worker->sending = job;
        } else {
            free_task(job);
        }
    }
}

/* "ok" and 304 are success, whatever was applied (NamingProxy#syncData). */
void distro_v1_datum_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                             const DistroMessage *answer)
{
    DistroV1Worker *worker = worker_at(node, ticket.serial);
    DistroV1Task *batch = g_steal_pointer(&worker->sending);
    DistroMember *member = distro_members_find(node, batch->peer, 0);
    if (outcome == DISTRO_OUTCOME_ANSWERED && answer->status == DISTRO_STATUS_OK) {
        if (member != NULL) {
            member->counters.sync_ok++;
        }
        note_each(node, batch, DISTRO_EVENT_SYNC_ACKED, DISTRO_OP_DATUM);
    } else {
        failed(node, batch, outcome);
    }
    free_task(batch);
    run_worker(node, ticket.serial);
}

/* --- scans -------------------------------------------------------------------------------- */

static int32_t target_hash(const DistroNode *node, DistroName peer)
{
    return distro_java_string_hash(distro_dictionary_text(node->dictionary, peer));
}

/* DistroKey#hashCode of a service's key. */
static int32_t change_hash(const DistroNode *node, const DistroV1Task *task)
{
    const DistroServiceInfo *info =
        distro_dictionary_service_info(node->dictionary, cargo_at(task->cargo, 0)->service);
    g_autofree char *key =
        g_strconcat(EPHEMERAL_KEY, distro_dictionary_text(node->dictionary, info->namespace_id),
                    "##", distro_dictionary_text(node->dictionary, info->group), "@@",
                    distro_dictionary_text(node->dictionary, info->name), NULL);
    return distro_task_hash(distro_java_string_hash(key), distro_java_string_hash(KEY_PREFIX),
                            target_hash(node, task->peer));
}

/* That of the combined key, but for the list of its keys, which Java hashes in the order of a
 * HashSet: any worker that this may choose is one that Nacos might. */
static int32_t batch_hash(const DistroNode *node, const DistroV1Task *task)
{
    const uint32_t sequence = (uint32_t)((uint64_t)task->delayed.key >> 32);
    g_autofree char *key = g_strdup_printf("DistroHttpCombinedKey-%u", sequence);
    return distro_task_hash(distro_java_string_hash(key), distro_java_string_hash(KEY_PREFIX),
                            target_hash(node, task->peer));
}

static void hand_out(DistroNode *node, DistroV1Task *task)
{
    const int32_t hash = is_change(task) ? change_hash(node, task) : batch_hash(node, task);
    const uint32_t index = distro_worker_of_hash(hash, distro_v1(node)->workers->len);
    g_queue_push_tail(worker_at(node, index)->jobs, task);
}

/* Batches first: what is collected in this scan waits for its own second. */
void distro_v1_sync_wake(DistroNode *node)
{
    DistroV1 *v1 = distro_v1(node);
    DistroDelays *const stages[] = { &v1->batches, &v1->changes };
    for (size_t i = 0; i < G_N_ELEMENTS(stages); i++) {
        int64_t scan_wall_us;
        DistroV1Task *task;
        if (!distro_delays_scan(stages[i], node->now_us, node->wall_us, &scan_wall_us)) {
            continue;
        }
        while ((task = distro_delays_take(stages[i], scan_wall_us)) != NULL) {
            task->stage = stages[i] == &v1->changes ? 1 : 2;
            hand_out(node, task);
        }
    }
    for (guint i = 0; i < v1->workers->len; i++) {
        run_worker(node, i);
    }
}

int64_t distro_v1_sync_wake_at(const DistroNode *node)
{
    const int64_t changes_at_us =
        distro_delays_wake_at(&distro_v1(node)->changes, node->now_us, node->wall_us);
    const int64_t batches_at_us =
        distro_delays_wake_at(&distro_v1(node)->batches, node->now_us, node->wall_us);
    return MIN(changes_at_us, batches_at_us);
}

uint32_t distro_v1_queued(const DistroNode *node)
{
    uint32_t queued = 0;
    for (guint i = 0; i < distro_v1(node)->workers->len; i++) {
        queued += g_queue_get_length(worker_at(node, i)->jobs);
    }
    return queued;
}

/* --- life --------------------------------------------------------------------------------- */

static void free_worker(gpointer data)
{
    DistroV1Worker *worker = data;
    g_queue_free_full(worker->jobs, free_task);
    if (worker->sending != NULL) {
        free_task(worker->sending);
    }
    g_free(worker);
}

void distro_v1_sync_init(DistroV1 *v1)
{
    distro_delays_init(&v1->changes, free_task);
    distro_delays_init(&v1->batches, free_task);
    v1->workers = g_ptr_array_new_with_free_func(free_worker);
}

void distro_v1_sync_clear(DistroV1 *v1)
{
    distro_delays_clear(&v1->changes);
    distro_delays_clear(&v1->batches);
    g_ptr_array_unref(v1->workers);
}

void distro_v1_sync_boot(DistroNode *node)
{
    distro_delays_boot(&distro_v1(node)->changes, node->now_us);
    distro_delays_boot(&distro_v1(node)->batches, node->now_us);
    const uint32_t count = distro_worker_count(node->config.processors);
    for (uint32_t i = 0; i < count; i++) {
        DistroV1Worker *worker = g_new0(DistroV1Worker, 1);
        worker->jobs = g_queue_new();
        g_ptr_array_add(distro_v1(node)->workers, worker);
    }
}
