/* core/v2/clients.c -- clients come, publish and go; the index from services to their publishers.
 */
#include <string.h>

#include "core/planted.h"
#include "core/v2/replication.h"

/* --- coming and going --------------------------------------------------------------------- */

DistroRecord *distro_clients_create(DistroNode *node, DistroClient client, DistroRecordKind kind)
{
    g_assert(
        (kind == DISTRO_RECORD_BEATING) ==
        (distro_dictionary_client_info(node->dictionary, client)->kind == DISTRO_CLIENT_IP_PORT));
    DistroRecord *record = distro_records_add(distro_v2(node), client, kind);
    if (kind == DISTRO_RECORD_BEATING) {
        distro_records_extend(node, client, record);
        distro_liveness_watch(node, client, record);
    }
    distro_record_renew(node, client, record, node->wall_us);
    return record;
}

void distro_clients_remove(DistroNode *node, DistroClient client, DistroPath path)
{
    DistroRecord *record = distro_clients_find(node, client);
    g_assert(record != NULL);
    distro_clients_publish(node, client, record, (DistroContent) { 0 }, path);
    distro_records_remove(distro_v2(node), client);
}

uint32_t distro_clients_count(const DistroNode *node)
{
    uint32_t count = 0;
    for (guint kind = 0; kind < DISTRO_N_RECORD_KINDS; kind++) {
        count += distro_v2(node)->counts[kind];
    }
    return count;
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

static int32_t next_revision(const DistroNode *node, DistroClient client,
                             const DistroRecord *record)
{
    const int32_t before = distro_record_revision(node, record);
    if (record->kind != DISTRO_RECORD_BEATING) {
        return (int32_t)((uint32_t)before + 1);
    }
    if (node->config.ordered_revisions) {
        return distro_order_action(node, before);
    }
    const DistroContent content = distro_record_content(node, record);
    return distro_content_revision(node->dictionary, client, &content);
}

void distro_clients_recalculate(DistroNode *node, DistroClient client, DistroRecord *record)
{
    distro_record_set_revision(node, client, record, next_revision(node, client, record));
}

/* --- the read index ----------------------------------------------------------------------- */

static DistroPublishers *publishers_of(DistroNode *node, DistroService service)
{
    g_assert(service != DISTRO_NONE);
    if (service >= distro_v2(node)->publishers->len) {
        g_array_set_size(distro_v2(node)->publishers, service + 1);
    }
    return &g_array_index(distro_v2(node)->publishers, DistroPublishers, service);
}

/* Place of the first publisher that is not below @client. */
static uint32_t lower_bound(const DistroPublishers *publishers, DistroClient client)
{
    uint32_t low = 0, high = publishers->count;
    /* New clients have the highest numbers, and come nearly in their order. */
    for (uint32_t step = 1; high > 0; step *= 2) {
        low = high > step ? high - step : 0;
        if (publishers->items[low] < client) {
            low++;
            break;
        }
        high = low;
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

static void resize(DistroPublishers *publishers)
{
    publishers->capacity = publishers->count + distro_spare(publishers->count);
    g_assert_cmpuint(publishers->capacity, >=, publishers->count);
    publishers->items = g_renew(DistroClient, publishers->items, publishers->capacity);
}

bool distro_clients_know_service(const DistroNode *node, DistroService service)
{
    return service < distro_v2(node)->publishers->len &&
           g_array_index(distro_v2(node)->publishers, DistroPublishers, service).items != NULL;
}

void distro_clients_meet_service(DistroNode *node, DistroService service)
{
    DistroPublishers *publishers = publishers_of(node, service);
    if (publishers->items == NULL) {
        resize(publishers);
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
        resize(publishers);
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
    if (publishers->capacity - publishers->count > 2 * distro_spare(publishers->count)) {
        resize(publishers);
    }
}

const DistroClient *distro_v2_publishers(const DistroNode *node, DistroService service,
                                         size_t *count)
{
    *count = 0;
    if (service >= distro_v2(node)->publishers->len) {
        return NULL;
    }
    const DistroPublishers *publishers =
        &g_array_index(distro_v2(node)->publishers, DistroPublishers, service);
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

/* Walks two contents in step of their services, tells the view about each difference, and collects
 * heartbeat times: kept where the publication stayed, now where it is new. */
uint32_t distro_clients_publish(DistroNode *node, DistroClient client, DistroRecord *record,
                                DistroContent content, DistroPath path)
{
    const DistroContent held = distro_record_content(node, record);
    const DistroPublication *before = distro_content_items(&held);
    const DistroPublication *after = distro_content_items(&content);
    const bool beating = record->kind == DISTRO_RECORD_BEATING;
    GArray *beats = distro_v2(node)->beats;
    g_array_set_size(beats, 0);
    uint32_t changed = 0;
    uint32_t i = 0, j = 0;
    while (i < held.count || j < content.count) {
        const DistroService old = i < held.count ? service_of(node, before[i]) : UINT32_MAX;
        const DistroService new = j < content.count ? service_of(node, after[j]) : UINT32_MAX;
        const DistroPublication from = old <= new ? before[i] : 0;
        const DistroPublication to = new <= old ? after[j] : 0;
        if (beating && to != 0) {
            const bool stayed = from == to;
            const int64_t beat = stayed ? distro_record_beats(node, record)[i] : node->wall_us;
            g_array_append_val(beats, beat);
        }
        if (from != to) {
            emit_view(node, client, MIN(old, new), from, to, path);
            changed++;
        }
        i += from != 0;
        j += to != 0;
    }
    g_assert_cmpuint(beats->len, ==, beating ? content.count : 0);
    distro_record_set_content(node, client, record, content);
    if (beats->len > 0) {
        memcpy(distro_record_beats(node, record), beats->data, beats->len * sizeof(int64_t));
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
        .revision = distro_record_revision(node, record),
        .renewed_wall_us = distro_record_renewed(node, record),
        .content = distro_record_content(node, record),
    };
}

DistroPublication distro_v2_listed(const DistroNode *node, DistroClient client,
                                   DistroService service)
{
    const DistroRecord *record = distro_clients_find(node, client);
    if (record == NULL) {
        return 0;
    }
    const DistroContent content = distro_record_content(node, record);
    return distro_content_find(node->dictionary, &content, service);
}

size_t distro_v2_replica_bytes(const DistroNode *node, size_t *entries)
{
    size_t bytes = distro_records_bytes(distro_v2(node));
    bytes += distro_v2(node)->beat_checks.capacity * sizeof(DistroDue);
    for (guint i = 0; i < distro_v2(node)->publishers->len; i++) {
        const DistroPublishers *publishers =
            &g_array_index(distro_v2(node)->publishers, DistroPublishers, i);
        bytes += sizeof(DistroPublishers) + publishers->capacity * sizeof(DistroClient);
    }
    *entries = distro_clients_count(node);
    return bytes;
}

static void clear_publishers(gpointer data)
{
    g_free(((DistroPublishers *)data)->items);
}

void distro_v2_init(DistroNode *node)
{
    DistroReplication *v2 = distro_v2(node);
    *v2 = (DistroReplication) {
        .publishers = g_array_new(false, true, sizeof(DistroPublishers)),
        .expired = g_array_new(false, false, sizeof(DistroClient)),
        .beats = g_array_new(false, false, sizeof(int64_t)),
        .verify_tickets = g_array_new(false, false, sizeof(DistroTicket)),
        .misses = g_array_new(false, false, sizeof(DistroMiss)),
    };
    g_array_set_clear_func(v2->publishers, clear_publishers);
    distro_sync_init(v2);
    distro_tombstones_init(v2);
}

void distro_v2_clear(DistroNode *node)
{
    DistroReplication *v2 = distro_v2(node);
    distro_records_clear(v2);
    g_array_unref(v2->publishers);
    g_array_unref(v2->expired);
    g_array_unref(v2->beats);
    distro_dues_clear(&v2->beat_checks);
    g_array_unref(v2->verify_tickets);
    g_array_unref(v2->misses);
    distro_sync_clear(v2);
    distro_tombstones_clear(v2);
}
