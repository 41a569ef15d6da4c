/* core/v2/digest.c -- what distro_node_digest() takes of the client-based protocol.
 *
 * Where a record lies (in its page, in an extra) is left out: only what the accessors say counts.
 */
#include "core/digest.h"
#include "core/v2/replication.h"

/* --- records --------------------------------------------------------------------------------- */

static void add_beating(const DistroNode *node, DistroDigester *digester,
                        const DistroRecord *record, const DistroClientExtra *extra)
{
    const int64_t *beats_wall_us = distro_record_beats(node, record);
    const DistroPublication *items = distro_content_items(&extra->content);
    uint64_t sum = 0;
    distro_digest_wall(digester, extra->heard_wall_us == 0 ? INT64_MIN : extra->heard_wall_us);
    distro_digest_name(digester, extra->vouched_by);
    distro_digest_add(digester, extra->timer_stamp != 0);
    for (uint32_t i = 0; i < extra->content.count; i++) {
        DistroDigester part = distro_digester_part(
            digester, distro_digest_of_publication(digester->dictionary, items[i]));
        distro_digest_wall(&part, beats_wall_us[i]);
        sum += part.sum;
    }
    distro_digest_add(digester, sum);
}

static uint64_t digest_of_record(const DistroNode *node, const DistroDigester *digester,
                                 DistroClient client, const DistroRecord *record)
{
    const DistroClientExtra *extra = distro_record_extra(node, record);
    const DistroContent content = distro_record_content(node, record);
    DistroDigester part = distro_digester_part(digester, record->kind);
    distro_digest_client(&part, client);
    distro_digest_content(&part, &content);
    distro_digest_add(&part, (uint32_t)distro_record_revision(node, record));
    distro_digest_wall(&part, distro_record_renewed(node, record));
    if (record->kind == DISTRO_RECORD_BEATING) {
        add_beating(node, &part, record, extra);
    } else {
        distro_digest_add(&part, extra != NULL && extra->probing);
    }
    return part.sum;
}

static void add_records(const DistroNode *node, DistroDigester *digester)
{
    DistroWalk walk = { .v2 = distro_v2(node) };
    uint64_t sum = 0, count = 0;
    for (const DistroRecord *record = distro_walk_next(&walk); record != NULL;
         record = distro_walk_next(&walk)) {
        sum += digest_of_record(node, digester, walk.client, record);
        count++;
    }
    distro_digest_add(digester, count);
    distro_digest_add(digester, sum);
}

/* A service that was heard of, and by whom it is published according to the read index. */
static void add_publishers(const DistroNode *node, DistroDigester *digester)
{
    const GArray *publishers = distro_v2(node)->publishers;
    uint64_t sum = 0;
    for (guint service = 0; service < publishers->len; service++) {
        const DistroPublishers *of = &g_array_index(publishers, DistroPublishers, service);
        if (of->items == NULL) {
            continue;
        }
        DistroDigester part =
            distro_digester_part(digester, distro_digest_of_service(node->dictionary, service));
        uint64_t clients = 0;
        for (uint32_t i = 0; i < of->count; i++) {
            clients += distro_mix(2, distro_digest_of_client(node->dictionary, of->items[i]));
        }
        distro_digest_add(&part, clients);
        sum += part.sum;
    }
    distro_digest_add(digester, sum);
}

/* --- tasks ----------------------------------------------------------------------------------- */

void distro_task_digest(DistroDigester *digester, const DistroTask *task)
{
    distro_digest_client(digester, task->client);
    distro_digest_name(digester, task->peer);
    distro_digest_add(digester, task->action * 16 + task->path);
    distro_digest_wall(digester, task->created_wall_us);
    distro_digest_wall(digester, task->delayed.base_wall_us);
    distro_digest_add(digester, (uint64_t)task->delayed.interval_us);
}

static gint compare_tasks(gconstpointer a, gconstpointer b)
{
    const DistroTask *left = *(const DistroTask *const *)a, *right = *(const DistroTask *const *)b;
    const int64_t left_us = distro_delayed_due_us(&left->delayed);
    const int64_t right_us = distro_delayed_due_us(&right->delayed);
    if (left_us != right_us) {
        return left_us < right_us ? -1 : 1;
    }
    return left->delayed.order < right->delayed.order ? -1 : 1;
}

/* In the order in which scans take them. */
static void add_delayed(const DistroNode *node, DistroDigester *digester)
{
    const DistroReplication *v2 = distro_v2(node);
    g_autoptr(GArray) keys = g_array_new(false, false, sizeof(int64_t));
    g_autoptr(GArray) tasks = g_array_new(false, false, sizeof(DistroTask *));
    distro_delays_list(&v2->delays, keys);
    for (guint i = 0; i < keys->len; i++) {
        const DistroTask *task = distro_delays_find(&v2->delays, g_array_index(keys, int64_t, i));
        g_array_append_val(tasks, task);
    }
    g_array_sort(tasks, compare_tasks);
    for (guint i = 0; i < tasks->len; i++) {
        distro_task_digest(digester, g_array_index(tasks, const DistroTask *, i));
    }
    distro_digest_add(digester, tasks->len * 65536 + v2->broadcasts);
    const int64_t phase_us = (digester->now_us - v2->delays.scanned_us) % DISTRO_SCAN_US;
    distro_digest_add(digester, (uint64_t)phase_us);
    if (v2->in_hand != NULL) {
        distro_task_digest(digester, v2->in_hand);
        distro_digest_wall(digester, v2->scan_wall_us);
    }
    for (guint i = 0; i < v2->lagging->len; i++) {
        const DistroLagging *lagging = &g_array_index(v2->lagging, DistroLagging, i);
        distro_digest_at(digester, lagging->due_us);
        distro_digest_client(digester, lagging->client);
    }
}

/* --- liveness -------------------------------------------------------------------------------- */

/* A check whose client has a newer one, or is gone, is dead. */
static bool is_alive(const DistroNode *node, const DistroDue *check)
{
    const DistroRecord *record = distro_clients_find(node, check->of);
    const DistroClientExtra *extra = record != NULL ? distro_record_extra(node, record) : NULL;
    return extra != NULL && record->kind == DISTRO_RECORD_BEATING &&
           extra->timer_stamp == check->stamp;
}

static void add_liveness(const DistroNode *node, DistroDigester *digester)
{
    const DistroReplication *v2 = distro_v2(node);
    g_autoptr(GArray) checks = distro_dues_sorted(&v2->beat_checks);
    distro_digest_at(digester, v2->verify_at_us);
    distro_digest_at(digester, v2->cleaner_at_us);
    distro_digest_at(digester, v2->ejector_at_us);
    distro_digest_add(digester, v2->probes);
    for (guint i = 0; i < checks->len; i++) {
        const DistroDue *check = &g_array_index(checks, DistroDue, i);
        if (is_alive(node, check)) {
            distro_digest_at(digester, check->at_us);
            distro_digest_client(digester, check->of);
        }
    }
}

void distro_v2_digest(const DistroNode *node, DistroDigester *digester)
{
    add_records(node, digester);
    add_publishers(node, digester);
    add_delayed(node, digester);
    distro_workers_digest(node, digester);
    distro_tombstones_digest(node, digester);
    add_liveness(node, digester);
}
