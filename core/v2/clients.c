/* core/v2/clients.c -- client records, and the index from services to their publishers. */
#include <string.h>

#include "core/node.h"
#include "core/planted.h"

/* --- records ------------------------------------------------------------------------------ */

static DistroRecord *make_slot(DistroNode *node, DistroClient client)
{
    const guint page = client >> DISTRO_PAGE_BITS;
    if (page >= node->v2.pages->len) {
        g_ptr_array_set_size(node->v2.pages, (gint)page + 1);
    }
    if (node->v2.pages->pdata[page] == NULL) {
        node->v2.pages->pdata[page] = g_new0(DistroRecord, DISTRO_PAGE);
    }
    return distro_clients_slot(&node->v2, client);
}

static GArray *list_of(DistroNode *node, DistroRecordKind kind)
{
    switch (kind) {
    case DISTRO_RECORD_NATIVE:
        return node->v2.natives;
    case DISTRO_RECORD_SYNCED:
        return node->v2.synced;
    case DISTRO_RECORD_BEATING:
        return node->v2.beating;
    case DISTRO_RECORD_ABSENT:
        break;
    }
    g_assert_not_reached();
}

/* --- extras ------------------------------------------------------------------------------- */

/* Moves what @record holds to an extra of its own. */
static DistroClientExtra *add_extra(DistroNode *node, DistroRecord *record)
{
    DistroReplication *v2 = &node->v2;
    DistroClientExtra *extra = g_new0(DistroClientExtra, 1);
    extra->content = distro_record_content(node, record);
    extra->renewed_wall_us = distro_record_renewed(node, record);
    record->has_extra = true;
    if (v2->free_extras->len == 0) {
        record->held = v2->extras->len;
        g_ptr_array_add(v2->extras, extra);
        return extra;
    }
    const guint last = v2->free_extras->len - 1;
    record->held = g_array_index(v2->free_extras, uint32_t, last);
    g_array_set_size(v2->free_extras, last);
    v2->extras->pdata[record->held] = extra;
    return extra;
}

static void free_extra(gpointer data)
{
    DistroClientExtra *extra = data;
    if (extra == NULL) {
        return;
    }
    distro_content_clear(&extra->content);
    if (extra->beats_wall_us != NULL) {
        g_array_unref(extra->beats_wall_us);
    }
    g_free(extra);
}

static void drop_extra(DistroNode *node, const DistroRecord *record)
{
    if (record->has_extra) {
        const uint32_t place = record->held;
        free_extra(node->v2.extras->pdata[place]);
        node->v2.extras->pdata[place] = NULL;
        g_array_append_val(node->v2.free_extras, place);
    }
}

/* The present goes to the middle of what 32 bits reach, 36 minutes either way. Renewals that are
 * beyond that go to extras: replicas that no lease ends, or a clock that was set. @renewed gets its
 * time afterwards. */
static void move_base(DistroNode *node, const DistroRecord *renewed)
{
    DistroReplication *v2 = &node->v2;
    const int64_t base_wall_us = node->wall_us - INT32_MAX;
    for (guint i = 0; i < v2->synced->len; i++) {
        DistroRecord *record = distro_clients_slot(v2, g_array_index(v2->synced, DistroClient, i));
        if (record->has_extra || record == renewed) {
            continue;
        }
        const int64_t after_us = distro_record_renewed(node, record) - base_wall_us;
        if (after_us < 0 || after_us > UINT32_MAX) {
            add_extra(node, record);
        } else {
            record->renewed_us = (uint32_t)after_us;
        }
    }
    v2->renewed_base_wall_us = base_wall_us;
}

void distro_clients_renew_far(DistroNode *node, DistroRecord *record, int64_t wall_us)
{
    if (!record->has_extra && wall_us == node->wall_us) {
        move_base(node, record);
    }
    if (!record->has_extra && (uint64_t)(wall_us - node->v2.renewed_base_wall_us) > UINT32_MAX) {
        add_extra(node, record);
    }
    if (record->has_extra) {
        distro_record_extra(node, record)->renewed_wall_us = wall_us;
    } else {
        record->renewed_us = (uint32_t)(wall_us - node->v2.renewed_base_wall_us);
    }
}

/* --- coming and going --------------------------------------------------------------------- */

DistroRecord *distro_clients_create(DistroNode *node, DistroClient client, DistroRecordKind kind)
{
    DistroRecord *record = make_slot(node, client);
    g_assert(record->kind == DISTRO_RECORD_ABSENT);
    g_assert(
        (kind == DISTRO_RECORD_BEATING) ==
        (distro_dictionary_client_info(node->dictionary, client)->kind == DISTRO_CLIENT_IP_PORT));
    GArray *list = list_of(node, kind);
    g_assert(list->len < DISTRO_PLACES);
    *record = (DistroRecord) {
        .kind = kind,
        .place = list->len & (DISTRO_PLACES - 1),
    };
    g_array_append_val(list, client);
    if (kind == DISTRO_RECORD_NATIVE) {
        add_extra(node, record)->active_wall_us = node->wall_us;
    } else if (kind == DISTRO_RECORD_BEATING) {
        add_extra(node, record)->beats_wall_us = g_array_new(false, false, sizeof(int64_t));
        distro_liveness_watch(node, client);
    }
    distro_record_renew(node, record, node->wall_us);
    node->v2.entries++;
    return record;
}

/* The last of the list takes the place that becomes free, so removal costs nothing more. */
static void leave_list(DistroNode *node, const DistroRecord *record)
{
    GArray *list = list_of(node, record->kind);
    const DistroClient last = g_array_index(list, DistroClient, list->len - 1);
    distro_clients_slot(&node->v2, last)->place = record->place;
    g_array_index(list, DistroClient, record->place) = last;
    g_array_set_size(list, list->len - 1);
}

void distro_clients_remove(DistroNode *node, DistroClient client, DistroPath path)
{
    DistroRecord *record = distro_clients_find(node, client);
    distro_clients_publish(node, client, record, (DistroContent) { 0 }, path);
    leave_list(node, record);
    drop_extra(node, record);
    *record = (DistroRecord) { .kind = DISTRO_RECORD_ABSENT };
    node->v2.entries--;
}

bool distro_clients_owned(const DistroNode *node, DistroClient client, const DistroRecord *record)
{
    switch (record->kind) {
    case DISTRO_RECORD_NATIVE:
        return true;
    case DISTRO_RECORD_BEATING:
        return distro_node_responsible(
            node, distro_dictionary_client_info(node->dictionary, client)->tag_hash);
    default:
        return false;
    }
}

void distro_clients_recalculate(DistroNode *node, DistroClient client, DistroRecord *record)
{
    if (record->kind == DISTRO_RECORD_BEATING && node->config.ordered_revisions) {
        record->revision = distro_order_deed(node, record->revision);
    } else if (record->kind == DISTRO_RECORD_BEATING) {
        const DistroContent content = distro_record_content(node, record);
        record->revision = distro_content_revision(node->dictionary, client, &content);
    } else {
        record->revision = (int32_t)((uint32_t)record->revision + 1);
    }
}

/* --- the read index ----------------------------------------------------------------------- */

static DistroPublishers *publishers_of(DistroNode *node, DistroService service)
{
    if (service >= node->v2.publishers->len) {
        g_array_set_size(node->v2.publishers, service + 1);
    }
    return &g_array_index(node->v2.publishers, DistroPublishers, service);
}

/* Place of the first publisher that is not below @client. */
static uint32_t lower_bound(const DistroPublishers *publishers, DistroClient client)
{
    uint32_t low = 0, high = publishers->count;
    if (high > 0 && publishers->items[high - 1] < client) {
        return high; /* new clients have the highest numbers: the usual case */
    }
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (publishers->items[middle] < client) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void grow(DistroPublishers *publishers)
{
    publishers->capacity += MAX(4, publishers->capacity / 2);
    publishers->items = g_renew(DistroClient, publishers->items, publishers->capacity);
}

bool distro_clients_know_service(const DistroNode *node, DistroService service)
{
    return service < node->v2.publishers->len &&
           g_array_index(node->v2.publishers, DistroPublishers, service).items != NULL;
}

void distro_clients_meet_service(DistroNode *node, DistroService service)
{
    DistroPublishers *publishers = publishers_of(node, service);
    if (publishers->items == NULL) {
        grow(publishers);
    }
}

static void index_add(DistroNode *node, DistroService service, DistroClient client)
{
    DistroPublishers *publishers = publishers_of(node, service);
    const uint32_t place = lower_bound(publishers, client);
    if (place < publishers->count && publishers->items[place] == client) {
        return;
    }
    if (publishers->count == publishers->capacity) {
        grow(publishers);
    }
    memmove(&publishers->items[place + 1], &publishers->items[place],
            (publishers->count - place) * sizeof(DistroClient));
    publishers->items[place] = client;
    publishers->count++;
}

static void index_remove(DistroNode *node, DistroService service, DistroClient client)
{
    DistroPublishers *publishers = publishers_of(node, service);
    const uint32_t place = lower_bound(publishers, client);
    if (place == publishers->count || publishers->items[place] != client) {
        return;
    }
    publishers->count--;
    memmove(&publishers->items[place], &publishers->items[place + 1],
            (publishers->count - place) * sizeof(DistroClient));
}

const DistroClient *distro_v2_publishers(const DistroNode *node, DistroService service,
                                         size_t *count)
{
    *count = 0;
    if (service >= node->v2.publishers->len) {
        return NULL;
    }
    const DistroPublishers *publishers =
        &g_array_index(node->v2.publishers, DistroPublishers, service);
    *count = publishers->count;
    return publishers->items;
}

/* --- publishing --------------------------------------------------------------------------- */

static void emit_view(DistroNode *node, DistroClient client, DistroService service,
                      DistroPublication before, DistroPublication after, DistroPath path)
{
    if (before == 0) {
        index_add(node, service, client);
    } else if (after == 0 && !DISTRO_PLANTED(INDEX_KEEPS_RELEASED)) {
        index_remove(node, service, client);
    } else if (DISTRO_PLANTED(INDEX_DROPS_CHANGED)) {
        index_remove(node, service, client);
    }
    distro_emit_view(node, client, service, before, after, path);
}

static DistroService service_of(const DistroNode *node, DistroPublication publication)
{
    return distro_dictionary_publication_info(node->dictionary, publication)->service;
}

/* (transfer full) */
static void set_content(DistroNode *node, DistroRecord *record, DistroContent content)
{
    DistroClientExtra *extra = distro_record_extra(node, record);
    if (extra == NULL && content.count > 1) {
        extra = add_extra(node, record);
    }
    if (extra == NULL) {
        record->held = content.count > 0 ? content.only : 0;
        return;
    }
    distro_content_clear(&extra->content);
    extra->content = content;
}

/* Walks two contents in step of their services, tells the view about each difference, and collects
 * heartbeat times: kept where the publication stayed, now where it is new. */
uint32_t distro_clients_publish(DistroNode *node, DistroClient client, DistroRecord *record,
                                DistroContent content, DistroPath path)
{
    const DistroContent held = distro_record_content(node, record);
    const DistroPublication *before = distro_content_items(&held);
    const DistroPublication *after = distro_content_items(&content);
    const DistroClientExtra *extra = distro_record_extra(node, record);
    GArray *times = extra != NULL ? extra->beats_wall_us : NULL;
    GArray *fresh =
        times != NULL ? g_array_sized_new(false, false, sizeof(int64_t), content.count) : NULL;
    uint32_t changed = 0;
    uint32_t i = 0, j = 0;
    while (i < held.count || j < content.count) {
        const DistroService old = i < held.count ? service_of(node, before[i]) : UINT32_MAX;
        const DistroService new = j < content.count ? service_of(node, after[j]) : UINT32_MAX;
        const DistroPublication from = old <= new ? before[i] : 0;
        const DistroPublication to = new <= old ? after[j] : 0;
        if (fresh != NULL && to != 0) {
            const int64_t time = from == to ? g_array_index(times, int64_t, i) : node->wall_us;
            g_array_append_val(fresh, time);
        }
        if (from != to) {
            emit_view(node, client, MIN(old, new), from, to, path);
            changed++;
        }
        i += from != 0;
        j += to != 0;
    }
    set_content(node, record, content);
    if (fresh != NULL) {
        g_array_unref(times);
        distro_record_extra(node, record)->beats_wall_us = fresh;
    }
    return changed;
}

/* --- reading and life --------------------------------------------------------------------- */

DistroClientView distro_v2_client(const DistroNode *node, DistroClient client)
{
    const DistroRecord *record = distro_clients_find(node, client);
    if (record == NULL) {
        return (DistroClientView) { 0 };
    }
    return (DistroClientView) {
        .present = true,
        .native = record->kind == DISTRO_RECORD_NATIVE,
        .revision = record->revision,
        .renewed_wall_us = distro_record_renewed(node, record),
        .content = distro_record_content(node, record),
    };
}

static size_t extra_bytes(const DistroReplication *v2)
{
    size_t bytes = v2->extras->len * sizeof(gpointer) + v2->free_extras->len * sizeof(uint32_t);
    for (guint i = 0; i < v2->extras->len; i++) {
        const DistroClientExtra *extra = v2->extras->pdata[i];
        if (extra != NULL) {
            bytes += sizeof *extra;
            bytes += extra->beats_wall_us != NULL ? extra->beats_wall_us->len * sizeof(int64_t) : 0;
        }
    }
    return bytes;
}

size_t distro_v2_replica_bytes(const DistroNode *node, size_t *entries)
{
    size_t bytes = 0;
    for (guint i = 0; i < node->v2.pages->len; i++) {
        if (node->v2.pages->pdata[i] != NULL) {
            bytes += DISTRO_PAGE * sizeof(DistroRecord);
        }
    }
    for (guint i = 0; i < node->v2.publishers->len; i++) {
        const DistroPublishers *publishers =
            &g_array_index(node->v2.publishers, DistroPublishers, i);
        bytes += sizeof(DistroPublishers) + publishers->capacity * sizeof(DistroClient);
    }
    bytes += (node->v2.natives->len + node->v2.synced->len + node->v2.beating->len) *
             sizeof(DistroClient);
    bytes += extra_bytes(&node->v2);
    *entries = node->v2.entries;
    return bytes;
}

static void clear_publishers(gpointer data)
{
    g_free(((DistroPublishers *)data)->items);
}

void distro_v2_init(DistroNode *node)
{
    DistroReplication *v2 = &node->v2;
    *v2 = (DistroReplication) {
        .pages = g_ptr_array_new_with_free_func(g_free),
        .extras = g_ptr_array_new_with_free_func(free_extra),
        .free_extras = g_array_new(false, false, sizeof(uint32_t)),
        .natives = g_array_new(false, false, sizeof(DistroClient)),
        .synced = g_array_new(false, false, sizeof(DistroClient)),
        .beating = g_array_new(false, false, sizeof(DistroClient)),
        .publishers = g_array_new(false, true, sizeof(DistroPublishers)),
        .beat_timers = g_queue_new(),
        .verify_tickets = g_array_new(false, false, sizeof(DistroTicket)),
        .misses = g_array_new(false, false, sizeof(DistroMiss)),
    };
    g_array_set_clear_func(v2->publishers, clear_publishers);
    distro_sync_init(v2);
    distro_tombstones_init(v2);
}

void distro_v2_clear(DistroNode *node)
{
    DistroReplication *v2 = &node->v2;
    g_ptr_array_unref(v2->pages);
    g_ptr_array_unref(v2->extras);
    g_array_unref(v2->free_extras);
    g_array_unref(v2->natives);
    g_array_unref(v2->synced);
    g_array_unref(v2->beating);
    g_array_unref(v2->publishers);
    g_queue_free_full(v2->beat_timers, g_free);
    g_array_unref(v2->verify_tickets);
    g_array_unref(v2->misses);
    distro_sync_clear(v2);
    distro_tombstones_clear(v2);
}
