/* tools/distrod/serve/list.c -- the instances of one service at one moment, as they are handed
 * out. */
#include "tools/distrod/serve/list.h"

#include "tools/distrod/wire/json.h"

#include <string.h>

enum {
    HOST_SIZE = 256,  /* a guess at an instance's JSON */
    MAX_VARIANTS = 64 /* selections that are kept; clients choose their names */
};

/* What one selection comes to. */
typedef struct Variant {
    GBytes *hosts;
    uint32_t count;
} Variant;

struct RegList {
    unsigned references;
    RegHost *host;
    DistroService service;
    GArray *listings;     /* DistroListing */
    Variant all;          /* .hosts NULL: not asked for yet */
    GHashTable *variants; /* (nullable) "<h or a><clusters>" -> Variant */
};

RegList *reg_list_new(RegHost *host, DistroService service)
{
    RegList *list = g_new0(RegList, 1);
    list->references = 1;
    list->host = host;
    list->service = service;
    list->listings = g_array_new(false, false, sizeof(DistroListing));
    distro_naming_list(reg_host_node(host), reg_host_dictionary(host), service, list->listings);
    return list;
}

void reg_list_unref(RegList *list)
{
    if (list == NULL || --list->references > 0) {
        return;
    }
    g_array_unref(list->listings);
    g_clear_pointer(&list->all.hosts, g_bytes_unref);
    g_clear_pointer(&list->variants, g_hash_table_unref);
    g_free(list);
}

const GArray *reg_list_listings(const RegList *list)
{
    return list->listings;
}

/* ---- instances ---- */

/* InstanceUtil#parseToApiInstance calls toString on what is no string. */
static void put_metadata_value(GString *json, const DistroExtEntry *entry)
{
    switch (entry->kind) {
    case DISTRO_VALUE_NULL:
        g_string_append(json, "null");
        break;
    case DISTRO_VALUE_STRING:
        reg_json_put_text(json, entry->text);
        break;
    case DISTRO_VALUE_BOOL:
        g_string_append(json, entry->boolean ? "\"true\"" : "\"false\"");
        break;
    case DISTRO_VALUE_INT:
    case DISTRO_VALUE_LONG:
        g_string_append_c(json, '"');
        reg_json_put_number(json, entry->integer);
        g_string_append_c(json, '"');
        break;
    case DISTRO_VALUE_DOUBLE:
        g_string_append_c(json, '"');
        reg_json_put_double(json, entry->number);
        g_string_append_c(json, '"');
        break;
    }
}

static void put_service_name(GString *json, const DistroDictionary *dictionary,
                             DistroService service)
{
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
    g_autofree char *name = g_strconcat(distro_dictionary_text(dictionary, info->group), "@@",
                                        distro_dictionary_text(dictionary, info->name), NULL);
    reg_json_put_text(json, name);
}

static void put_instance(GString *json, const DistroDictionary *dictionary, DistroListing listing,
                         GArray *entries)
{
    DistroNamingInstance instance;
    distro_naming_instance(dictionary, listing, &instance, entries);
    g_string_append_c(json, '{');
    if (instance.instance_id != NULL) {
        reg_json_put_text_of(json, "instanceId", instance.instance_id);
    }
    reg_json_put_text_of(json, "ip", instance.ip);
    reg_json_put_number_of(json, "port", instance.port);
    reg_json_put_key(json, "weight");
    reg_json_put_double(json, instance.weight);
    reg_json_put_bool_of(json, "healthy", instance.healthy);
    reg_json_put_bool_of(json, "enabled", instance.enabled);
    reg_json_put_bool_of(json, "ephemeral", true);
    reg_json_put_text_of(json, "clusterName", instance.cluster);
    reg_json_put_key(json, "serviceName");
    put_service_name(json, dictionary,
                     distro_dictionary_listing_info(dictionary, listing)->service);
    reg_json_put_key(json, "metadata");
    g_string_append_c(json, '{');
    for (size_t i = 0; i < instance.metadata_count; i++) {
        reg_json_put_comma(json);
        reg_json_put_text(json, instance.metadata[i].key);
        g_string_append_c(json, ':');
        put_metadata_value(json, &instance.metadata[i]);
    }
    g_string_append(json, "}}");
}

void reg_list_put_instance(GString *json, const DistroDictionary *dictionary, DistroListing listing)
{
    g_autoptr(GArray) entries = g_array_new(false, false, sizeof(DistroExtEntry));
    put_instance(json, dictionary, listing, entries);
}

/* ---- selections ---- */

static bool is_blank(const char *text)
{
    return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

/* Is @cluster one of "a,b,c"? */
static bool names_cluster(const char *clusters, const char *cluster)
{
    const size_t size = strlen(cluster);
    for (const char *at = clusters;; at++) {
        const size_t length = strcspn(at, ",");
        if (length == size && memcmp(at, cluster, size) == 0) {
            return true;
        }
        at += length;
        if (*at == '\0') {
            return false;
        }
    }
}

static bool is_selected(const DistroDictionary *dictionary, const DistroListingInfo *info,
                        const RegSelection *selection)
{
    if (!info->enabled || (selection->healthy_only && !info->instance.healthy)) {
        return false;
    }
    return is_blank(selection->clusters) ||
           names_cluster(selection->clusters,
                         distro_dictionary_text(dictionary, info->instance.cluster));
}

static Variant make_variant(const RegList *list, const RegSelection *selection)
{
    const DistroDictionary *dictionary = reg_host_dictionary(list->host);
    g_autoptr(GArray) entries = g_array_new(false, false, sizeof(DistroExtEntry));
    GString *json = g_string_sized_new(2 + (gsize)list->listings->len * HOST_SIZE);
    uint32_t count = 0;
    g_string_append_c(json, '[');
    for (guint i = 0; i < list->listings->len; i++) {
        const DistroListing listing = g_array_index(list->listings, DistroListing, i);
        const DistroListingInfo *info = distro_dictionary_listing_info(dictionary, listing);
        if (is_selected(dictionary, info, selection)) {
            reg_json_put_comma(json);
            put_instance(json, dictionary, listing, entries);
            count++;
        }
    }
    g_string_append_c(json, ']');
    return (Variant) { g_string_free_to_bytes(json), count };
}

static void free_variant(void *data)
{
    Variant *variant = data;
    g_bytes_unref(variant->hosts);
    g_free(variant);
}

static const Variant *find_variant(RegList *list, const RegSelection *selection)
{
    g_autofree char *key =
        g_strconcat(selection->healthy_only ? "h" : "a",
                    is_blank(selection->clusters) ? "" : selection->clusters, NULL);
    if (list->variants == NULL) {
        list->variants = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_variant);
    }
    Variant *variant = g_hash_table_lookup(list->variants, key);
    if (variant == NULL) {
        if (g_hash_table_size(list->variants) >= MAX_VARIANTS) {
            g_hash_table_remove_all(list->variants);
        }
        variant = g_new(Variant, 1);
        *variant = make_variant(list, selection);
        g_hash_table_insert(list->variants, g_steal_pointer(&key), variant);
    }
    return variant;
}

GBytes *reg_list_hosts(RegList *list, const RegSelection *selection, uint32_t *count)
{
    const Variant *variant = &list->all;
    if (selection->healthy_only || !is_blank(selection->clusters)) {
        variant = find_variant(list, selection);
    } else if (list->all.hosts == NULL) {
        list->all = make_variant(list, selection);
    }
    *count = variant->count;
    return variant->hosts;
}

/* ---- ServiceInfo ---- */

static void put_info_head(GString *json, const RegHost *host, const char *group, const char *name,
                          const char *clusters, bool grouped)
{
    g_autofree char *grouped_name = g_strconcat(group, "@@", name, NULL);
    g_string_append_c(json, '{');
    reg_json_put_text_of(json, "name", grouped ? grouped_name : name);
    reg_json_put_text_of(json, "groupName", group);
    reg_json_put_text_of(json, "clusters", clusters != NULL ? clusters : "");
    reg_json_put_number_of(json, "cacheMillis", reg_host_config(host)->push_cache_us / 1000);
    reg_json_put_key(json, "hosts");
}

/* What is older than what it has, a client throws away; so lastRefTime is the time of the answer,
 * whatever the list's age (ServiceUtil#doSelectInstances). */
static void put_info_tail(GString *json)
{
    g_string_append_c(json, ',');
    reg_json_put_number_of(json, "lastRefTime", g_get_real_time() / 1000);
    g_string_append(json, ",\"checksum\":\"\",\"allIps\":false,\"reachProtectionThreshold\":false,"
                          "\"valid\":true}");
}

void reg_list_info(RegList *list, const RegSelection *selection, bool grouped, GBytes *pieces[3])
{
    const DistroDictionary *dictionary = reg_host_dictionary(list->host);
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, list->service);
    GString *head = g_string_sized_new(HOST_SIZE), *tail = g_string_sized_new(HOST_SIZE);
    uint32_t count;
    put_info_head(head, list->host, distro_dictionary_text(dictionary, info->group),
                  distro_dictionary_text(dictionary, info->name), selection->clusters, grouped);
    put_info_tail(tail);
    pieces[0] = g_string_free_to_bytes(head);
    pieces[1] = reg_list_hosts(list, selection, &count);
    pieces[2] = g_string_free_to_bytes(tail);
}

void reg_list_put_empty_info(GString *json, const RegHost *host, const char *group,
                             const char *name, const char *clusters, bool grouped)
{
    put_info_head(json, host, group, name, clusters, grouped);
    g_string_append(json, "[]");
    put_info_tail(json);
}
