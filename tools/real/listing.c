/* tools/real/listing.c -- see listing.h. */
#include "tools/real/listing.h"

#include <math.h>
#include <string.h>

#define USUAL_CLUSTER "DEFAULT"
#define SAME_WEIGHT 1e-10

/* The entries of an extendDatum: metadata, and of weight and enabled what is unusual. */
static DistroExt read_ext(DistroDictionary *dictionary, const DistroJson *json,
                          const DistroJsonValue *host)
{
    g_autoptr(GArray) entries = g_array_new(false, false, sizeof(DistroExtEntry));
    const DistroJsonValue *metadata = reg_json_object(json, host, "metadata");
    const double weight = reg_json_double(json, host, "weight", 1);
    for (const DistroJsonValue *value = metadata != NULL ? distro_json_first(json, metadata) : NULL;
         value != NULL; value = distro_json_next(json, value)) {
        const DistroExtEntry entry = { .key = value->key,
                                       .kind = DISTRO_VALUE_STRING,
                                       .text = value->text };
        if (value->kind == DISTRO_JSON_STRING) {
            g_array_append_val(entries, entry);
        }
    }
    if (isfinite(weight) && fabs(1 - weight) >= SAME_WEIGHT) {
        const DistroExtEntry entry = { .key = "publishInstanceWeight",
                                       .kind = DISTRO_VALUE_DOUBLE,
                                       .number = weight };
        g_array_append_val(entries, entry);
    }
    if (!reg_json_bool(json, host, "enabled", true)) {
        const DistroExtEntry entry = { .key = "publishInstanceEnable",
                                       .kind = DISTRO_VALUE_BOOL,
                                       .boolean = false };
        g_array_append_val(entries, entry);
    }
    return distro_dictionary_ext(dictionary, (const DistroExtEntry *)(const void *)entries->data,
                                 entries->len);
}

DistroListing real_listing_of(DistroDictionary *dictionary, DistroService service,
                              const DistroJson *json, const DistroJsonValue *host)
{
    const char *ip = reg_json_text(json, host, "ip");
    const char *cluster = reg_json_text(json, host, "clusterName");
    const int64_t port = reg_json_number(json, host, "port", -1);
    if (ip == NULL || port < 0 || port > UINT16_MAX) {
        return DISTRO_NONE;
    }
    const bool usual = cluster == NULL || *cluster == '\0';
    const DistroInstance instance = {
        .ip = distro_dictionary_name(dictionary, ip),
        .port = (int32_t)port,
        .healthy = reg_json_bool(json, host, "healthy", true),
        .cluster = distro_dictionary_name(dictionary, usual ? USUAL_CLUSTER : cluster),
        .ext = read_ext(dictionary, json, host),
    };
    return distro_dictionary_listing(dictionary, service, &instance);
}

void real_listings_of(DistroDictionary *dictionary, DistroService service, const DistroJson *json,
                      const DistroJsonValue *hosts, GArray *out)
{
    for (const DistroJsonValue *host = hosts != NULL ? distro_json_first(json, hosts) : NULL;
         host != NULL; host = distro_json_next(json, host)) {
        const DistroListing listing = real_listing_of(dictionary, service, json, host);
        if (listing != DISTRO_NONE) {
            g_array_append_val(out, listing);
        }
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

void real_put_service(GString *json, const DistroDictionary *dictionary, DistroService service)
{
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
    reg_json_put_text_of(json, "namespace", distro_dictionary_text(dictionary, info->namespace_id));
    reg_json_put_text_of(json, "serviceName", distro_dictionary_text(dictionary, info->name));
    reg_json_put_text_of(json, "groupName", distro_dictionary_text(dictionary, info->group));
}

static void put_metadata(GString *json, const DistroDictionary *dictionary, DistroExt ext)
{
    size_t count;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);
    reg_json_put_key(json, "metadata");
    g_string_append_c(json, '{');
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind != DISTRO_VALUE_STRING ||
            g_str_equal(entries[i].key, "customInstanceId")) {
            continue;
        }
        reg_json_put_comma(json);
        reg_json_put_text(json, entries[i].key);
        g_string_append_c(json, ':');
        reg_json_put_text(json, entries[i].text);
    }
    g_string_append_c(json, '}');
}

void real_put_instance(GString *json, const DistroDictionary *dictionary, DistroListing listing)
{
    const DistroListingInfo *info = distro_dictionary_listing_info(dictionary, listing);
    const DistroInstance *instance = &info->instance;
    g_string_append_c(json, '{');
    reg_json_put_text_of(json, "ip", distro_dictionary_text(dictionary, instance->ip));
    reg_json_put_number_of(json, "port", instance->port);
    reg_json_put_key(json, "weight");
    reg_json_put_double(json, info->weight);
    reg_json_put_bool_of(json, "healthy", instance->healthy);
    reg_json_put_bool_of(json, "enabled", info->enabled);
    reg_json_put_bool_of(json, "ephemeral", true);
    if (instance->cluster != DISTRO_NONE) {
        reg_json_put_text_of(json, "clusterName",
                             distro_dictionary_text(dictionary, instance->cluster));
    }
    put_metadata(json, dictionary, instance->ext);
    g_string_append_c(json, '}');
}
