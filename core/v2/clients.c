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

DistroRecord *distro_clients_create(DistroNode *node, DistroClient client, DistroRecordKind kind)
{
    DistroRecord *record = make_slot(node, client);
    g_assert(record->kind == DISTRO_RECORD_ABSENT);
    g_assert(
        (kind == DISTRO_RECORD_BEATING) ==
        (distro_dictionary_client_info(node->dictionary, client)->kind == DISTRO_CLIENT_IP_PORT));
    GArray *list = list_of(node, kind);
    *record = (DistroRecord) {
        .kind = kind,
        .place = list->len,
        .renewed_wall_us = node->wall_us,
    };
    g_array_append_val(list, client);
    if (kind != DISTRO_RECORD_SYNCED) {
        record->extra = g_new0(DistroClientExtra, 1);
        record->extra->active_wall_us = node->wall_us;
    }
    if (kind == DISTRO_RECORD_BEATING) {
        record->extra->beats_wall_us = g_array_new(false, false, sizeof(int64_t));
        distro_liveness_watch(node, client);
    }
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

static void free_extra(DistroClientExtra *extra)
{
    if (extra == NULL) {
        return;
    }
    if (extra->beats_wall_us != NULL) {
        g_array_unref(extra->beats_wall_us);
    }
    g_free(extra);
}

void distro_clients_remove(DistroNode *node, DistroClient client, DistroPath path)
{
    DistroRecord *record = distro_clients_find(node, client);
    distro_clients_publish(node, client, record, (DistroContent) { 0 }, path);
    leave_list(node, record);
    free_extra(record->extra);
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
        record->revision = distro_content_revision(node->dictionary, client, &record->content);
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
    publishers->capacity = MAX(4, publishers->capacity * 2);
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
    DistroEffect *effect = distro_emit(node, DISTRO_EFFECT_VIEW);
    effect->view.client = client;
    effect->view.service = service;
    effect->view.before = before;
    effect->view.after = after;
    effect->view.path = path;
}

static DistroService service_of(const DistroNode *node, DistroPublication publication)
{
    return distro_dictionary_publication_info(node->dictionary, publication)->service;
}

/* Walks two contents in step of their services, tells the view about each difference, and collects
 * heartbeat times: kept where the publication stayed, now where it is new. */
uint32_t distro_clients_publish(DistroNode *node, DistroClient client, DistroRecord *record,
                                DistroContent content, DistroPath path)
{
    const DistroPublication *before = distro_content_items(&record->content);
    const DistroPublication *after = distro_content_items(&content);
    GArray *times = record->extra != NULL ? record->extra->beats_wall_us : NULL;
    GArray *fresh =
        times != NULL ? g_array_sized_new(false, false, sizeof(int64_t), content.count) : NULL;
    uint32_t changed = 0;
    uint32_t i = 0, j = 0;
    while (i < record->content.count || j < content.count) {
        const DistroService old =
            i < record->content.count ? service_of(node, before[i]) : UINT32_MAX;
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
    distro_content_clear(&record->content);
    record->content = content;
    if (fresh != NULL) {
        g_array_unref(times);
        record->extra->beats_wall_us = fresh;
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
        .renewed_wall_us = record->renewed_wall_us,
        .content = record->content,
    };
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
    *entries = node->v2.entries;
    return bytes;
}

static void free_page(gpointer data)
{
    DistroRecord *page = data;
    for (uint32_t i = 0; page != NULL && i < DISTRO_PAGE; i++) {
        distro_content_clear(&page[i].content);
        free_extra(page[i].extra);
    }
    g_free(page);
}

static void clear_publishers(gpointer data)
{
    g_free(((DistroPublishers *)data)->items);
}

void distro_v2_init(DistroNode *node)
{
    DistroReplication *v2 = &node->v2;
    *v2 = (DistroReplication) {
        .pages = g_ptr_array_new_with_free_func(free_page),
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
