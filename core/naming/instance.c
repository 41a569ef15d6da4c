/* core/naming/instance.c -- instances as clients describe and see them, and as they are
 * replicated. */
#include "core/naming/instance.h"

#include <stdlib.h>
#include <string.h>

#define INSTANCE_ID "customInstanceId"
#define WEIGHT "publishInstanceWeight"
#define ENABLE "publishInstanceEnable"
#define DEFAULT_CLUSTER "DEFAULT"
#define DEFAULT_WEIGHT 1.0

/* ---- from an instance ---- */

/* As Map#put. */
static void put_entry(GArray *entries, GHashTable *places, const DistroExtEntry *entry)
{
    void *place = g_hash_table_lookup(places, entry->key);
    if (place != NULL) {
        g_array_index(entries, DistroExtEntry, GPOINTER_TO_UINT(place) - 1) = *entry;
        return;
    }
    g_array_append_val(entries, *entry);
    g_hash_table_insert(places, (char *)entry->key, GUINT_TO_POINTER(entries->len));
}

static GArray *collect_entries(const DistroNamingInstance *instance)
{
    GArray *entries = g_array_new(false, false, sizeof(DistroExtEntry));
    g_autoptr(GHashTable) places = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < instance->metadata_count; i++) {
        put_entry(entries, places, &instance->metadata[i]);
    }
    if (instance->instance_id != NULL && instance->instance_id[0] != '\0') {
        const DistroExtEntry id = { .key = INSTANCE_ID,
                                    .kind = DISTRO_VALUE_STRING,
                                    .text = instance->instance_id };
        put_entry(entries, places, &id);
    }
    if (instance->weight != DEFAULT_WEIGHT) {
        const DistroExtEntry weight = { .key = WEIGHT,
                                        .kind = DISTRO_VALUE_DOUBLE,
                                        .number = instance->weight };
        put_entry(entries, places, &weight);
    }
    if (!instance->enabled) {
        const DistroExtEntry enable = { .key = ENABLE, .kind = DISTRO_VALUE_BOOL };
        put_entry(entries, places, &enable);
    }
    return entries;
}

static bool is_blank(const char *text)
{
    return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

DistroListing distro_naming_listing(DistroDictionary *dictionary, DistroService service,
                                    const DistroNamingInstance *instance)
{
    g_autoptr(GArray) entries = collect_entries(instance);
    const DistroInstance published = {
        .ip = distro_dictionary_name(dictionary, instance->ip),
        .port = instance->port,
        .healthy = instance->healthy,
        .cluster = distro_dictionary_name(
            dictionary, is_blank(instance->cluster) ? DEFAULT_CLUSTER : instance->cluster),
        .ext = distro_dictionary_ext(
            dictionary, (const DistroExtEntry *)(const void *)entries->data, entries->len),
    };
    return distro_dictionary_listing(dictionary, service, &published);
}

/* ---- to an instance ---- */

static bool is_metadata(const DistroExtEntry *entry)
{
    return strcmp(entry->key, INSTANCE_ID) != 0 && strcmp(entry->key, WEIGHT) != 0 &&
           strcmp(entry->key, ENABLE) != 0;
}

void distro_naming_instance(const DistroDictionary *dictionary, DistroListing listing,
                            DistroNamingInstance *instance, GArray *ext_entries)
{
    const DistroListingInfo *info = distro_dictionary_listing_info(dictionary, listing);
    size_t count;
    const DistroExtEntry *entries =
        distro_dictionary_ext_entries(dictionary, info->instance.ext, &count);
    *instance = (DistroNamingInstance) {
        .ip = distro_dictionary_text(dictionary, info->instance.ip),
        .port = info->instance.port,
        .weight = info->weight,
        .healthy = info->instance.healthy,
        .enabled = info->enabled,
        .cluster = info->instance.cluster != DISTRO_NONE
                       ? distro_dictionary_text(dictionary, info->instance.cluster)
                       : NULL,
    };
    g_array_set_size(ext_entries, 0);
    for (size_t i = 0; i < count; i++) {
        if (is_metadata(&entries[i])) {
            g_array_append_val(ext_entries, entries[i]);
        } else if (strcmp(entries[i].key, INSTANCE_ID) == 0 &&
                   entries[i].kind == DISTRO_VALUE_STRING) {
            instance->instance_id = entries[i].text;
        }
    }
    instance->metadata = (const DistroExtEntry *)(const void *)ext_entries->data;
    instance->metadata_count = ext_entries->len;
}

/* ---- of a service ---- */

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void sort_and_drop_repeats(GArray *listings, guint first)
{
    const guint count = listings->len - first;
    guint kept = 0;
    if (count == 0) {
        return; /* an array that never held anything has no memory to point into */
    }
    DistroListing *items = (DistroListing *)(void *)listings->data + first;
    qsort(items, count, sizeof *items, compare_numbers);
    for (guint i = 0; i < count; i++) {
        if (i == 0 || items[i] != items[i - 1]) {
            items[kept++] = items[i];
        }
    }
    g_array_set_size(listings, first + kept);
}

void distro_naming_list(const DistroNode *node, const DistroDictionary *dictionary,
                        DistroService service, GArray *listings)
{
    const guint first = listings->len;
    size_t count;
    const DistroClient *publishers = distro_node_publishers(node, service, &count);
    for (size_t i = 0; i < count; i++) {
        const DistroPublication publication = distro_node_listed(node, publishers[i], service);
        if (publication != DISTRO_NONE) {
            const DistroPublicationInfo *info =
                distro_dictionary_publication_info(dictionary, publication);
            g_array_append_vals(listings, info->listings, info->count);
        }
    }
    sort_and_drop_repeats(listings, first);
}
