/* core/v1/datum.c -- a service with all its instances: the store, its checksum, what queries see.
 */
#include <string.h>

#include "core/java.h"
#include "core/planted.h"
#include "core/v1/replication.h"

/* --- instances ---------------------------------------------------------------------------- */

static DistroV1Instance *at(const GArray *list, guint index)
{
    return &g_array_index(list, DistroV1Instance, index);
}

static GArray *new_list(void)
{
    return g_array_new(false, false, sizeof(DistroV1Instance));
}

static const DistroListingInfo *listing_of(const DistroNode *node, DistroPublication publication)
{
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(node->dictionary, publication);
    return distro_dictionary_listing_info(node->dictionary, info->listings[0]);
}

DistroV1Instance distro_instance_of(DistroNode *node, DistroPublication publication,
                                    int64_t beat_ms)
{
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(node->dictionary, publication);
    const DistroListing listing = info->listings[0];
    return (DistroV1Instance) {
        .client = distro_dictionary_listing_client(node->dictionary, listing),
        .cluster = distro_dictionary_listing_info(node->dictionary, listing)->instance.cluster,
        .publication = publication,
        .beat_ms = beat_ms,
    };
}

bool distro_instance_healthy(const DistroNode *node, const DistroV1Instance *instance)
{
    return listing_of(node, instance->publication)->instance.healthy;
}

/* Instance#getDatumKey tells instances apart: by address and cluster. */
static int compare_identity(const DistroV1Instance *a, const DistroV1Instance *b)
{
    if (a->client != b->client) {
        return a->client < b->client ? -1 : 1;
    }
    return (a->cluster > b->cluster) - (a->cluster < b->cluster);
}

/* Place of the first instance that is not before @instance. */
static guint place_of(const GArray *list, const DistroV1Instance *instance)
{
    guint low = 0, high = list->len;
    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (compare_identity(at(list, middle), instance) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static DistroV1Instance *find_same(const GArray *list, const DistroV1Instance *instance)
{
    const guint place = place_of(list, instance);
    return place < list->len && compare_identity(at(list, place), instance) == 0 ? at(list, place)
                                                                                 : NULL;
}

void distro_instances_set(GArray *list, const DistroV1Instance *instance)
{
    DistroV1Instance *same = find_same(list, instance);
    if (same != NULL) {
        *same = *instance;
    } else {
        g_array_insert_vals(list, place_of(list, instance), instance, 1);
    }
}

void distro_instances_drop(GArray *list, DistroClient client)
{
    for (guint i = list->len; i-- > 0;) {
        if (at(list, i)->client == client) {
            g_array_remove_index(list, i);
        }
    }
}

/* --- the store ---------------------------------------------------------------------------- */

DistroDatum *distro_datum_find(const DistroNode *node, DistroService service)
{
    if (service >= distro_v1(node)->data->len) {
        return NULL;
    }
    DistroDatum *datum = &g_array_index(distro_v1(node)->data, DistroDatum, service);
    return datum->instances != NULL ? datum : NULL;
}

DistroDatum *distro_datum_meet(DistroNode *node, DistroService service)
{
    DistroDatum *datum = distro_datum_find(node, service);
    if (datum != NULL) {
        return datum;
    }
    if (service >= distro_v1(node)->data->len) {
        g_array_set_size(distro_v1(node)->data, service + 1);
    }
    datum = &g_array_index(distro_v1(node)->data, DistroDatum, service);
    datum->instances = new_list();
    g_array_append_val(distro_v1(node)->services, service);
    distro_v1_check_later(node, service);
    return datum;
}

bool distro_datum_owned(const DistroNode *node, DistroService service)
{
    return distro_node_responsible(
        node, distro_dictionary_service_info(node->dictionary, service)->tag_hash);
}

GArray *distro_datum_copy(const DistroDatum *datum)
{
    GArray *copy = new_list();
    if (datum->stored && datum->instances->len > 0) {
        g_array_append_vals(copy, datum->instances->data, datum->instances->len);
    }
    return copy;
}

GArray *distro_datums_sorted(const DistroNode *node)
{
    GArray *sorted = g_array_new(false, false, sizeof(DistroService));
    for (DistroService service = 1; service < distro_v1(node)->data->len; service++) {
        if (distro_datum_find(node, service) != NULL) {
            g_array_append_val(sorted, service);
        }
    }
    return sorted;
}

/* --- what the lists show ------------------------------------------------------------------ */

static DistroContent *content_at(const DistroNode *node, DistroClient client)
{
    const guint page = client >> DISTRO_V1_PAGE_BITS;
    if (page >= distro_v1(node)->contents->len || distro_v1(node)->contents->pdata[page] == NULL) {
        return NULL;
    }
    DistroContent *contents = distro_v1(node)->contents->pdata[page];
    return &contents[client & (DISTRO_V1_PAGE - 1)];
}

static DistroContent *make_content(DistroNode *node, DistroClient client)
{
    const guint page = client >> DISTRO_V1_PAGE_BITS;
    if (page >= distro_v1(node)->contents->len) {
        g_ptr_array_set_size(distro_v1(node)->contents, (gint)page + 1);
    }
    if (distro_v1(node)->contents->pdata[page] == NULL) {
        distro_v1(node)->contents->pdata[page] = g_new0(DistroContent, DISTRO_V1_PAGE);
    }
    return content_at(node, client);
}

/* What a client publishes of a service is one publication: its one instance, or a batch of those it
 * has in several clusters. @count instances from @first on are the client's. */
static DistroPublication publication_of(DistroNode *node, DistroService service,
                                        const DistroV1Instance *first, guint count)
{
    if (count <= 1) {
        return count == 0 ? DISTRO_NONE : first->publication;
    }
    g_autofree DistroListing *listings = g_new(DistroListing, count);
    for (guint i = 0; i < count; i++) {
        listings[i] =
            distro_dictionary_publication_info(node->dictionary, first[i].publication)->listings[0];
    }
    return distro_dictionary_publication(node->dictionary, service, true, listings, count);
}

static void show(DistroNode *node, DistroClient client, DistroService service,
                 DistroPublication before, DistroPublication after, DistroPath path)
{
    if (before == after) {
        return;
    }
    DistroContent *content = make_content(node, client);
    const uint32_t was = content->count;
    DistroContent fresh = distro_content_with(node->dictionary, content, service, after);
    distro_content_clear(content);
    *content = fresh;
    distro_v1(node)->listed += (was == 0) - (fresh.count == 0);
    distro_emit_view(node, client, service, before, after, path);
}

static guint count_same_client(const GArray *list, guint from)
{
    guint to = from;
    while (to < list->len && at(list, to)->client == at(list, from)->client) {
        to++;
    }
    return to - from;
}

/* Walks two lists in step of their clients and shows each difference; it is @event that made it, or
 * nothing to speak of (DISTRO_N_EVENTS). */
static void show_differences(DistroNode *node, DistroService service, const GArray *old,
                             const GArray *new, DistroPath path, DistroEventKind event)
{
    guint i = 0, j = 0;
    while (i < old->len || j < new->len) {
        const DistroClient left = i < old->len ? at(old, i)->client : UINT32_MAX;
        const DistroClient right = j < new->len ? at(new, j)->client : UINT32_MAX;
        const DistroClient client = MIN(left, right);
        const guint gone = left == client ? count_same_client(old, i) : 0;
        const guint come = right == client ? count_same_client(new, j) : 0;
        const DistroPublication before =
            publication_of(node, service, gone > 0 ? at(old, i) : NULL, gone);
        const DistroPublication after =
            publication_of(node, service, come > 0 ? at(new, j) : NULL, come);
        if (before != after && event != DISTRO_N_EVENTS) {
            distro_emit_event(node, event, DISTRO_NONE, client, 0);
        }
        show(node, client, service, before, after, path);
        i += gone;
        j += come;
    }
}

static void forget_sums(DistroDatum *datum)
{
    datum->summed = datum->health_summed = false;
    g_clear_pointer(&datum->publishers, g_array_unref);
}

/* Cluster#updateIps: "the checker has the most precise result", so an instance that was there keeps
 * its health unless it is marked, which none is here. */
static void keep_health(DistroNode *node, const GArray *old, const GArray *fresh)
{
    for (guint i = 0; i < fresh->len; i++) {
        DistroV1Instance *instance = at(fresh, i);
        const DistroV1Instance *same = find_same(old, instance);
        if (same != NULL && !DISTRO_PLANTED(DATUM_BRINGS_HEALTH)) {
            instance->publication = distro_dictionary_with_health(
                node->dictionary, instance->publication, distro_instance_healthy(node, same));
        }
    }
}

/* Service#onChange and #onDelete. */
static void replace(DistroNode *node, DistroService service, GArray *fresh, DistroPath path,
                    DistroEventKind event)
{
    DistroDatum *datum = distro_datum_find(node, service);
    GArray *old = datum->instances;
    datum->instances = fresh;
    forget_sums(datum);
    show_differences(node, service, old, fresh, path, event);
    g_array_unref(old);
}

static void set_stored(DistroNode *node, DistroDatum *datum, bool stored)
{
    distro_v1(node)->astray -= !datum->stored && datum->instances->len > 0;
    datum->stored = stored;
    distro_v1(node)->astray += !datum->stored && datum->instances->len > 0;
}

void distro_datum_put(DistroNode *node, DistroService service, GArray *fresh, DistroPath path)
{
    DistroDatum *datum = distro_datum_meet(node, service);
    set_stored(node, datum, true);
    keep_health(node, datum->instances, fresh);
    replace(node, service, fresh, path,
            path == DISTRO_PATH_LOCAL ? DISTRO_N_EVENTS : DISTRO_EVENT_SYNC_APPLIED);
}

void distro_datum_remove(DistroNode *node, DistroService service)
{
    DistroDatum *datum = distro_datum_find(node, service);
    if (node->config.removal_reaches_services) {
        replace(node, service, new_list(), DISTRO_PATH_VERIFY, DISTRO_EVENT_SYNC_DELETED);
    } else {
        for (guint i = 0; i < datum->instances->len; i++) {
            distro_emit_event(node, DISTRO_EVENT_SYNC_DELETED, DISTRO_NONE,
                              at(datum->instances, i)->client, 0);
        }
    }
    set_stored(node, datum, false);
}

void distro_instance_set_healthy(DistroNode *node, DistroService service, guint index, bool healthy,
                                 DistroPath path)
{
    DistroDatum *datum = distro_datum_find(node, service);
    const DistroV1Instance *instance = at(datum->instances, index);
    guint first = index;
    while (first > 0 && at(datum->instances, first - 1)->client == instance->client) {
        first--;
    }
    const guint count = count_same_client(datum->instances, first);
    const DistroV1Instance *group = at(datum->instances, first);
    const DistroPublication before = publication_of(node, service, group, count);
    at(datum->instances, index)->publication =
        distro_dictionary_with_health(node->dictionary, instance->publication, healthy);
    datum->summed = datum->health_summed = false;
    show(node, instance->client, service, before, publication_of(node, service, group, count),
         path);
}

/* --- checksums ---------------------------------------------------------------------------- */

static const char *cluster_text(const DistroDictionary *dictionary, const DistroInstance *instance)
{
    return instance->cluster == DISTRO_NONE ? "DEFAULT"
                                            : distro_dictionary_text(dictionary, instance->cluster);
}

/* Instance#toString, by which instances are sorted: datumKey_weight_healthy_marked_cluster. */
static char *sort_key(const DistroDictionary *dictionary, const DistroListingInfo *listing)
{
    const DistroInstance *instance = &listing->instance;
    const char *cluster = cluster_text(dictionary, instance);
    const char *ip = distro_dictionary_text(dictionary, instance->ip);
    char weight[DISTRO_JAVA_DOUBLE_SIZE];
    distro_java_double_text(listing->weight, weight);
    const char *healthy = instance->healthy ? "true" : "false";
    if (instance->port > 0) {
        return g_strdup_printf("%s:%d:unknown:%s_%s_%s_false_%s", ip, instance->port, cluster,
                               weight, healthy, cluster);
    }
    return g_strdup_printf("%s:unknown:%s_%s_%s_false_%s", ip, cluster, weight, healthy, cluster);
}

typedef struct Sorted {
    char *key;
    const DistroListingInfo *listing;
} Sorted;

static int compare_sorted(const void *a, const void *b)
{
    return distro_java_string_compare(((const Sorted *)a)->key, ((const Sorted *)b)->key);
}

/* The instances' listings in the order of their texts; free with free_sorted. */
static Sorted *sort(const DistroDictionary *dictionary, const GArray *instances)
{
    Sorted *sorted = g_new(Sorted, instances->len + 1);
    for (guint i = 0; i < instances->len; i++) {
        const DistroPublicationInfo *info =
            distro_dictionary_publication_info(dictionary, at(instances, i)->publication);
        sorted[i].listing = distro_dictionary_listing_info(dictionary, info->listings[0]);
        sorted[i].key = sort_key(dictionary, sorted[i].listing);
    }
    if (instances->len > 1) {
        qsort(sorted, instances->len, sizeof *sorted, compare_sorted);
    }
    return sorted;
}

static void free_sorted(Sorted *sorted, guint count)
{
    for (guint i = 0; i < count; i++) {
        g_free(sorted[i].key);
    }
    g_free(sorted);
}

static void append_value(GString *out, const DistroExtEntry *entry)
{
    char number[DISTRO_JAVA_DOUBLE_SIZE];
    switch (entry->kind) {
    case DISTRO_VALUE_STRING:
        g_string_append(out, entry->text);
        break;
    case DISTRO_VALUE_BOOL:
        g_string_append(out, entry->boolean ? "true" : "false");
        break;
    case DISTRO_VALUE_DOUBLE:
        distro_java_double_text(entry->number, number);
        g_string_append(out, number);
        break;
    default:
        g_string_append_printf(out, "%" G_GINT64_FORMAT, entry->integer);
        break;
    }
}

/* What 2.x keeps in the same map and 1.x in fields of its own is no metadata. */
static bool is_metadata(const DistroExtEntry *entry)
{
    return entry->kind != DISTRO_VALUE_NULL && strcmp(entry->key, "publishInstanceWeight") != 0 &&
           strcmp(entry->key, "publishInstanceEnable") != 0;
}

static gint compare_keys(gconstpointer a, gconstpointer b)
{
    return distro_java_string_compare(((const DistroExtEntry *)a)->key,
                                      ((const DistroExtEntry *)b)->key);
}

/* Instances#convertMap2String: key:value, for keys in the order of String.compareTo. */
static void append_metadata(GString *out, const DistroDictionary *dictionary, DistroExt ext)
{
    size_t count;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);
    if (count == 0) {
        return;
    }
    g_autoptr(GArray) sorted = g_array_new(false, false, sizeof(DistroExtEntry));
    g_array_append_vals(sorted, entries, (guint)count);
    g_array_sort(sorted, compare_keys);
    for (guint i = 0; i < sorted->len; i++) {
        const DistroExtEntry *entry = &g_array_index(sorted, DistroExtEntry, i);
        if (is_metadata(entry)) {
            g_string_append_printf(out, "%s:", entry->key);
            append_value(out, entry);
            g_string_append_c(out, ',');
        }
    }
}

/* The text that Instances#getChecksum digests. */
char *distro_datum_canonical(const DistroDictionary *dictionary, const GArray *instances)
{
    Sorted *sorted = sort(dictionary, instances);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < instances->len; i++) {
        const DistroListingInfo *listing = sorted[i].listing;
        const DistroInstance *instance = &listing->instance;
        char weight[DISTRO_JAVA_DOUBLE_SIZE];
        distro_java_double_text(listing->weight, weight);
        g_string_append_printf(
            out, "%s:%d_%s_%s_%s_%s_", distro_dictionary_text(dictionary, instance->ip),
            instance->port, weight, instance->healthy ? "true" : "false",
            listing->enabled ? "true" : "false", cluster_text(dictionary, instance));
        append_metadata(out, dictionary, instance->ext);
        g_string_append_c(out, ',');
    }
    free_sorted(sorted, instances->len);
    return g_string_free(out, false);
}

static void digest(const char *text, uint8_t md5[DISTRO_MD5_SIZE])
{
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_MD5);
    gsize size = DISTRO_MD5_SIZE;
    g_checksum_update(checksum, (const guchar *)text, -1);
    g_checksum_get_digest(checksum, md5, &size);
    g_checksum_free(checksum);
}

const uint8_t *distro_datum_checksum(DistroNode *node, DistroDatum *datum)
{
    if (!datum->summed) {
        g_autofree char *text = distro_datum_canonical(node->dictionary, datum->instances);
        digest(text, datum->md5);
        datum->summed = true;
    }
    return datum->md5;
}

/* Service#recalculateChecksum. Its text begins with the service's own settings as JSON, which are
 * the same on all servers and are left out here: a real server's digest is another, and would be
 * answered by asking for statuses that agree. */
static void sum_health(const DistroNode *node, DistroService service, const GArray *instances,
                       uint8_t md5[DISTRO_MD5_SIZE])
{
    const DistroServiceInfo *info = distro_dictionary_service_info(node->dictionary, service);
    Sorted *sorted = sort(node->dictionary, instances);
    g_autoptr(GString) out = g_string_new(distro_dictionary_text(node->dictionary, info->name));
    for (guint i = 0; i < instances->len; i++) {
        const DistroInstance *instance = &sorted[i].listing->instance;
        char weight[DISTRO_JAVA_DOUBLE_SIZE];
        distro_java_double_text(sorted[i].listing->weight, weight);
        g_string_append_printf(out, "%s:%d_%s_%s_%s,",
                               distro_dictionary_text(node->dictionary, instance->ip),
                               instance->port, weight, instance->healthy ? "true" : "false",
                               cluster_text(node->dictionary, instance));
    }
    free_sorted(sorted, instances->len);
    digest(out->str, md5);
}

const uint8_t *distro_datum_health_checksum(DistroNode *node, DistroService service,
                                            DistroDatum *datum)
{
    if (!datum->health_summed) {
        sum_health(node, service, datum->instances, datum->health_md5);
        datum->health_summed = true;
    }
    return datum->health_md5;
}

/* --- reading ------------------------------------------------------------------------------ */

DistroPublication distro_v1_listed(const DistroNode *node, DistroClient client,
                                   DistroService service)
{
    const DistroContent *content = content_at(node, client);
    return content == NULL ? DISTRO_NONE : distro_content_find(node->dictionary, content, service);
}

/* The lists' content of a client without what the store has no datum of. */
static DistroContent stored_content(const DistroNode *node, const DistroContent *listed)
{
    DistroContent stored = distro_content_ref(listed);
    const DistroPublication *items = distro_content_items(listed);
    for (uint32_t i = 0; i < listed->count; i++) {
        const DistroService service =
            distro_dictionary_publication_info(node->dictionary, items[i])->service;
        if (!distro_datum_find(node, service)->stored) {
            DistroContent less = distro_content_with(node->dictionary, &stored, service, 0);
            distro_content_clear(&stored);
            stored = less;
        }
    }
    return stored;
}

static int64_t last_beat_us(const DistroNode *node, DistroClient client,
                            const DistroContent *content)
{
    const DistroPublication *items = distro_content_items(content);
    int64_t latest_ms = 0;
    for (uint32_t i = 0; i < content->count; i++) {
        const DistroDatum *datum = distro_datum_find(
            node, distro_dictionary_publication_info(node->dictionary, items[i])->service);
        const DistroV1Instance wanted = { .client = client };
        for (guint j = place_of(datum->instances, &wanted);
             j < datum->instances->len && at(datum->instances, j)->client == client; j++) {
            latest_ms = MAX(latest_ms, at(datum->instances, j)->beat_ms);
        }
    }
    return latest_ms * 1000;
}

DistroClientView distro_v1_client(const DistroNode *node, DistroClient client)
{
    const DistroContent *listed = content_at(node, client);
    if (listed == NULL || listed->count == 0) {
        return (DistroClientView) { 0 };
    }
    DistroClientView view = {
        .present = true,
        .renewed_wall_us = last_beat_us(node, client, listed),
        .content = *listed,
    };
    if (distro_v1(node)->astray > 0) {
        DistroContent *scratch = &distro_v1((DistroNode *)node)->scratch;
        distro_content_clear(scratch);
        *scratch = stored_content(node, listed);
        view.content = *scratch;
    }
    return view;
}

const DistroClient *distro_v1_publishers(const DistroNode *node, DistroService service,
                                         size_t *count)
{
    DistroDatum *datum = distro_datum_find(node, service);
    *count = 0;
    if (datum == NULL) {
        return NULL;
    }
    if (datum->publishers == NULL) {
        datum->publishers = g_array_new(false, false, sizeof(DistroClient));
        for (guint i = 0; i < datum->instances->len; i += count_same_client(datum->instances, i)) {
            g_array_append_val(datum->publishers, at(datum->instances, i)->client);
        }
    }
    *count = datum->publishers->len;
    return (const DistroClient *)(const void *)datum->publishers->data;
}

size_t distro_v1_replica_bytes(const DistroNode *node, size_t *entries)
{
    size_t bytes = distro_v1(node)->data->len * sizeof(DistroDatum);
    *entries = 0;
    for (guint i = 0; i < distro_v1(node)->services->len; i++) {
        const DistroService service = g_array_index(distro_v1(node)->services, DistroService, i);
        const GArray *instances = distro_datum_find(node, service)->instances;
        bytes += instances->len * sizeof(DistroV1Instance);
        *entries += instances->len;
    }
    for (guint i = 0; i < distro_v1(node)->contents->len; i++) {
        if (distro_v1(node)->contents->pdata[i] != NULL) {
            bytes += DISTRO_V1_PAGE * sizeof(DistroContent);
        }
    }
    return bytes;
}

/* --- life --------------------------------------------------------------------------------- */

static void clear_datum(gpointer data)
{
    DistroDatum *datum = data;
    g_clear_pointer(&datum->instances, g_array_unref);
    g_clear_pointer(&datum->publishers, g_array_unref);
}

static void free_contents(gpointer data)
{
    DistroContent *contents = data;
    for (uint32_t i = 0; contents != NULL && i < DISTRO_V1_PAGE; i++) {
        distro_content_clear(&contents[i]);
    }
    g_free(contents);
}

void distro_datums_init(DistroV1 *v1)
{
    v1->data = g_array_new(false, true, sizeof(DistroDatum));
    g_array_set_clear_func(v1->data, clear_datum);
    v1->services = g_array_new(false, false, sizeof(DistroService));
    v1->contents = g_ptr_array_new_with_free_func(free_contents);
}

void distro_datums_clear(DistroV1 *v1)
{
    g_array_unref(v1->data);
    g_array_unref(v1->services);
    g_ptr_array_unref(v1->contents);
    distro_dues_clear(&v1->checks);
    distro_content_clear(&v1->scratch);
}
