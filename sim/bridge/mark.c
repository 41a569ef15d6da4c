/* sim/bridge/mark.c -- marks, eligibility, comparison. */
#include "sim/bridge/mark.h"

#include <stdlib.h>
#include <string.h>

#define SOURCE_KEY "sourceClusterId"
#define DESTINATION_KEY "destClusterId"
#define KIND_KEY "syncSource"
#define TAG_KEY "sync.instance.tag"
#define KIND "NACOS"

/* --- marks ------------------------------------------------------------------------------------ */

char *sim_mark_cluster_id(const char *name)
{
    g_autofree char *key = g_strdup_printf("%s_%s", name, KIND);
    return g_compute_checksum_for_string(G_CHECKSUM_MD5, key, -1);
}

void sim_marks_init(SimMarks *marks, const char *source, const char *destination,
                    const char *version)
{
    marks->source_id = sim_mark_cluster_id(source);
    marks->destination_id = sim_mark_cluster_id(destination);
    marks->tag = g_strdup_printf("%s@@%s", marks->source_id, version);
}

void sim_marks_clear(SimMarks *marks)
{
    g_free(marks->source_id);
    g_free(marks->destination_id);
    g_free(marks->tag);
}

static bool is_mark(const char *key)
{
    static const char *const keys[] = { SOURCE_KEY, DESTINATION_KEY, KIND_KEY, TAG_KEY };
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (strcmp(key, keys[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void add_text(GArray *entries, const char *key, const char *text)
{
    const DistroExtEntry entry = { .key = key, .kind = DISTRO_VALUE_STRING, .text = text };
    g_array_append_val(entries, entry);
}

/* What the instance says of itself, without older marks. */
static void keep_entries(const DistroDictionary *dictionary, DistroExt ext, GArray *entries)
{
    size_t count;
    const DistroExtEntry *old = distro_dictionary_ext_entries(dictionary, ext, &count);
    for (size_t i = 0; i < count; i++) {
        if (!is_mark(old[i].key)) {
            g_array_append_val(entries, old[i]);
        }
    }
}

DistroListing sim_mark(DistroDictionary *dictionary, const SimMarks *marks, DistroListing listing)
{
    const DistroListingInfo *info = distro_dictionary_listing_info(dictionary, listing);
    DistroInstance instance = info->instance;
    DistroService service = info->service;
    g_autoptr(GArray) entries = g_array_new(false, false, sizeof(DistroExtEntry));
    keep_entries(dictionary, instance.ext, entries);
    add_text(entries, SOURCE_KEY, marks->source_id);
    add_text(entries, DESTINATION_KEY, marks->destination_id);
    add_text(entries, KIND_KEY, KIND);
    add_text(entries, TAG_KEY, marks->tag);
    instance.ext = distro_dictionary_ext(
        dictionary, (const DistroExtEntry *)(const void *)entries->data, entries->len);
    return distro_dictionary_listing(dictionary, service, &instance);
}

/* --- who travels ------------------------------------------------------------------------------ */

static const char *text_of(const DistroDictionary *dictionary, DistroListing listing,
                           const char *key)
{
    size_t count;
    DistroExt ext = distro_dictionary_listing_info(dictionary, listing)->instance.ext;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind == DISTRO_VALUE_STRING && strcmp(entries[i].key, key) == 0) {
            return *entries[i].text ? entries[i].text : NULL;
        }
    }
    return NULL;
}

const char *sim_mark_source(const DistroDictionary *dictionary, DistroListing listing)
{
    return text_of(dictionary, listing, SOURCE_KEY);
}

bool sim_mark_came_from(const DistroDictionary *dictionary, DistroListing listing,
                        const char *source_id)
{
    const char *source = sim_mark_source(dictionary, listing);
    return source != NULL && strcmp(source, source_id) == 0;
}

bool sim_mark_eligible(const DistroDictionary *dictionary, const SimMarks *marks,
                       DistroListing listing, bool central)
{
    if (central) {
        return !sim_mark_came_from(dictionary, listing, marks->destination_id);
    }
    return sim_mark_source(dictionary, listing) == NULL &&
           text_of(dictionary, listing, TAG_KEY) == NULL;
}

/* --- comparing -------------------------------------------------------------------------------- */

/* The instance key; ephemeral is true of all. */
typedef struct Key {
    DistroService service;
    DistroName ip, cluster;
    int32_t port;
    bool healthy;
    double weight;
} Key;

static Key key_of(const DistroDictionary *dictionary, DistroListing listing)
{
    const DistroListingInfo *info = distro_dictionary_listing_info(dictionary, listing);
    return (Key) { .service = info->service,
                   .ip = info->instance.ip,
                   .cluster = info->instance.cluster,
                   .port = info->instance.port,
                   .healthy = info->instance.healthy,
                   .weight = info->weight };
}

static int order(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_addresses(const void *a, const void *b)
{
    const Key *left = a, *right = b;
    int by_service = order(left->service, right->service), by_ip = order(left->ip, right->ip);
    if (by_service != 0) {
        return by_service;
    }
    return by_ip != 0 ? by_ip : order(left->port, right->port);
}

static int compare_keys(const void *a, const void *b)
{
    const Key *left = a, *right = b;
    int by_address = compare_addresses(a, b), by_cluster = order(left->cluster, right->cluster);
    if (by_address != 0) {
        return by_address;
    }
    if (by_cluster != 0) {
        return by_cluster;
    }
    if (left->healthy != right->healthy) {
        return left->healthy ? 1 : -1;
    }
    return (left->weight > right->weight) - (left->weight < right->weight);
}

static GArray *sorted_keys(const DistroDictionary *dictionary, const GArray *listings)
{
    GArray *keys = g_array_sized_new(false, false, sizeof(Key), listings->len);
    for (guint i = 0; i < listings->len; i++) {
        Key key = key_of(dictionary, g_array_index(listings, DistroListing, i));
        g_array_append_val(keys, key);
    }
    g_array_sort(keys, compare_keys);
    return keys;
}

static bool holds(const GArray *keys, const Key *key, int (*compare)(const void *, const void *))
{
    return keys->len > 0 && bsearch(key, keys->data, keys->len, sizeof *key, compare) != NULL;
}

void sim_mark_steps(const DistroDictionary *dictionary, const GArray *want, const GArray *have,
                    bool by_address, GArray *steps)
{
    g_autoptr(GArray) wanted = sorted_keys(dictionary, want);
    g_autoptr(GArray) had = sorted_keys(dictionary, have);
    for (guint i = 0; i < want->len; i++) {
        const SimStep step = { g_array_index(want, DistroListing, i), true };
        Key key = key_of(dictionary, step.listing);
        if (!holds(had, &key, compare_keys)) {
            g_array_append_val(steps, step);
        }
    }
    for (guint i = 0; i < have->len; i++) {
        const SimStep step = { g_array_index(have, DistroListing, i), false };
        Key key = key_of(dictionary, step.listing);
        if (!holds(wanted, &key, by_address ? compare_addresses : compare_keys)) {
            g_array_append_val(steps, step);
        }
    }
}
