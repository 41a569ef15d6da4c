/* core/json/v1.c -- messages of 1.x as text, or only how long it is.
 *
 * Both go through the same puts: with a text to append to they write, without one they add up sizes
 * that the dictionary knows. So a size is right if the text is, and nothing is written to be
 * measured. */
#include "core/json/v1.h"

#include "core/wire_v1.h"

typedef struct Out {
    const DistroDictionary *dictionary;
    GString *text; /* NULL: count only */
    size_t size;
} Out;

bool distro_json_is_v1(const DistroMessage *message)
{
    return message->op >= DISTRO_OP_DATUM || message->http;
}

/* --- puts --------------------------------------------------------------------------------- */

static void put(Out *out, const char *text, size_t size)
{
    out->size += size;
    if (out->text != NULL) {
        g_string_append_len(out->text, text, (gssize)size);
    }
}

#define PUT(out, literal) put(out, literal, LENGTH(literal))

static void put_whole(Out *out, int64_t value)
{
    out->size += distro_json_digits(value);
    if (out->text != NULL) {
        g_string_append_printf(out->text, "%" G_GINT64_FORMAT, value);
    }
}

static void put_double(Out *out, double value)
{
    out->size += distro_json_double_size(value);
    if (out->text != NULL) {
        distro_json_write_double(out->text, value);
    }
}

static void put_bool(Out *out, bool value)
{
    put(out, value ? "true" : "false", value ? LENGTH("true") : LENGTH("false"));
}

/* As it stands in a JSON string. */
static void put_name(Out *out, DistroName name)
{
    out->size += distro_dictionary_name_sizes(out->dictionary, name)->json - LENGTH("\"\"");
    if (out->text != NULL) {
        const char *text = distro_dictionary_text(out->dictionary, name);
        distro_json_write_bare_n(out->text, text, strlen(text));
    }
}

static void put_text(Out *out, const char *text)
{
    out->size += distro_json_string_size(text) - LENGTH("\"\"");
    if (out->text != NULL) {
        distro_json_write_bare_n(out->text, text, strlen(text));
    }
}

static void put_url(Out *out, DistroName name)
{
    out->size += distro_dictionary_name_sizes(out->dictionary, name)->url;
    if (out->text != NULL) {
        const char *text = distro_dictionary_text(out->dictionary, name);
        distro_json_write_url_n(out->text, text, strlen(text));
    }
}

/* As it stands in a JSON string in a JSON string; usually just as it is. */
static void put_name_twice(Out *out, DistroName name)
{
    const DistroNameSizes *sizes = distro_dictionary_name_sizes(out->dictionary, name);
    if (sizes->json - LENGTH("\"\"") == sizes->text) {
        put(out, distro_dictionary_text(out->dictionary, name), sizes->text);
        return;
    }
    const char *text = distro_dictionary_text(out->dictionary, name);
    g_autoptr(GString) once = g_string_new(NULL);
    distro_json_write_bare_n(once, text, strlen(text));
    put_text(out, once->str);
}

static void put_service_name(Out *out, const DistroServiceInfo *service)
{
    put_name(out, service->group);
    PUT(out, GROUP_SEPARATOR);
    put_name(out, service->name);
}

static void put_key(Out *out, const DistroServiceInfo *service)
{
    PUT(out, V1_KEY);
    put_name(out, service->namespace_id);
    PUT(out, V1_NAMESPACE_SEPARATOR);
    put_service_name(out, service);
}

static void put_md5(Out *out, const uint8_t md5[DISTRO_MD5_SIZE])
{
    out->size += (size_t)2 * DISTRO_MD5_SIZE;
    for (int i = 0; out->text != NULL && i < DISTRO_MD5_SIZE; i++) {
        g_string_append_printf(out->text, "%02x", md5[i]);
    }
}

static const DistroServiceInfo *service_info(const Out *out, DistroService service)
{
    return distro_dictionary_service_info(out->dictionary, service);
}

/* --- datums ------------------------------------------------------------------------------- */

static void put_cluster(Out *out, const DistroInstance *instance)
{
    if (instance->cluster == DISTRO_NONE) {
        PUT(out, DEFAULT_CLUSTER);
    } else {
        put_name(out, instance->cluster);
    }
}

/* A map of strings: what is none is said as one. */
static void put_metadata_value(Out *out, const DistroExtEntry *entry)
{
    if (entry->kind == DISTRO_VALUE_STRING) {
        put_text(out, entry->text);
    } else if (entry->kind == DISTRO_VALUE_BOOL) {
        put_bool(out, entry->boolean);
    } else if (entry->kind == DISTRO_VALUE_DOUBLE) {
        put_double(out, entry->number);
    } else {
        put_whole(out, entry->integer);
    }
}

static void put_metadata(Out *out, DistroExt ext)
{
    size_t count;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(out->dictionary, ext, &count);
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        if (!distro_json_is_metadata(&entries[i])) {
            continue;
        }
        put(out, first ? "\"" : ",\"", first ? 1 : 2);
        put_text(out, entries[i].key);
        PUT(out, "\":\"");
        put_metadata_value(out, &entries[i]);
        PUT(out, "\"");
        first = false;
    }
}

static void put_instance(Out *out, const DistroServiceInfo *service,
                         const DistroListingInfo *listing, int64_t beat_ms)
{
    const DistroInstance *instance = &listing->instance;
    PUT(out, V1_INSTANCE);
    put_name(out, instance->ip);
    PUT(out, "#");
    put_whole(out, instance->port);
    PUT(out, "#");
    put_cluster(out, instance);
    PUT(out, "#");
    put_service_name(out, service);
    PUT(out, V1_INSTANCE_IP);
    put_name(out, instance->ip);
    PUT(out, V1_INSTANCE_PORT);
    put_whole(out, instance->port);
    PUT(out, V1_INSTANCE_WEIGHT);
    put_double(out, listing->weight);
    PUT(out, V1_INSTANCE_HEALTHY);
    put_bool(out, instance->healthy);
    PUT(out, V1_INSTANCE_ENABLED);
    put_bool(out, listing->enabled);
    PUT(out, V1_INSTANCE_CLUSTER);
    put_cluster(out, instance);
    PUT(out, V1_INSTANCE_SERVICE);
    put_service_name(out, service);
    PUT(out, V1_INSTANCE_METADATA);
    put_metadata(out, instance->ext);
    PUT(out, V1_INSTANCE_BEAT);
    put_whole(out, beat_ms);
    PUT(out, V1_INSTANCE_END);
}

static void put_datum(Out *out, const DistroWireDatum *datum)
{
    const DistroServiceInfo *service = service_info(out, datum->service);
    PUT(out, "\"");
    put_key(out, service);
    PUT(out, V1_DATUM);
    put_key(out, service);
    PUT(out, V1_DATUM_VALUE);
    for (uint32_t i = 0; i < datum->count; i++) {
        const DistroWireInstance *instance = &datum->instances[i];
        const DistroPublicationInfo *info =
            distro_dictionary_publication_info(out->dictionary, instance->publication);
        if (i > 0) {
            PUT(out, ",");
        }
        put_instance(out, service,
                     distro_dictionary_listing_info(out->dictionary, info->listings[0]),
                     distro_wire_beat_ms(instance));
    }
    PUT(out, V1_DATUM_END);
}

static void put_datums(Out *out, const DistroMessage *message)
{
    size_t offset = 0;
    DistroWireDatum datum;
    bool first = true;
    PUT(out, "{");
    for (; distro_list_next_datum(message->snapshot, &offset, &datum); first = false) {
        if (!first) {
            PUT(out, ",");
        }
        put_datum(out, &datum);
    }
    PUT(out, "}");
}

/* --- requests ----------------------------------------------------------------------------- */

static void put_checksums(Out *out, const DistroMessage *message)
{
    size_t offset = 0;
    DistroWireChecksum checksum;
    bool first = true;
    PUT(out, V1_CHECKSUM_LINE);
    put_url(out, message->target);
    PUT(out, V1_LINE_END "{");
    for (; distro_list_next_checksum(message->snapshot, &offset, &checksum); first = false) {
        put(out, first ? "\"" : ",\"", first ? 1 : 2);
        put_key(out, service_info(out, checksum.service));
        PUT(out, "\":\"");
        put_md5(out, checksum.md5);
        PUT(out, "\"");
    }
    PUT(out, "}");
}

static void put_pull(Out *out, const DistroMessage *message)
{
    size_t offset = 0;
    DistroService service;
    bool first = true;
    PUT(out, V1_PULL_LINE V1_PULL);
    for (; distro_list_next_service(message->snapshot, &offset, &service); first = false) {
        if (!first) {
            PUT(out, ",");
        }
        put_key(out, service_info(out, service));
    }
    PUT(out, V1_PULL_END);
}

static void put_status(Out *out, const DistroMessage *message)
{
    size_t offset = 0;
    DistroWireChecksum checksum;
    bool first = true;
    PUT(out, V1_STATUS_LINE V1_STATUS);
    put_name_twice(out, message->namespace_id);
    PUT(out, V1_STATUS_MAP);
    for (; distro_list_next_checksum(message->snapshot, &offset, &checksum); first = false) {
        const DistroServiceInfo *service = service_info(out, checksum.service);
        if (!first) {
            PUT(out, ",");
        }
        PUT(out, V1_STATUS_QUOTE);
        put_name_twice(out, service->group);
        PUT(out, GROUP_SEPARATOR);
        put_name_twice(out, service->name);
        PUT(out, V1_STATUS_QUOTE ":" V1_STATUS_QUOTE);
        put_md5(out, checksum.md5);
        PUT(out, V1_STATUS_QUOTE);
    }
    PUT(out, V1_STATUS_SOURCE);
    put_name(out, message->target);
    PUT(out, V1_STATUS_END);
}

static void put_statuses_request(Out *out, const DistroMessage *message)
{
    const DistroServiceInfo *service = service_info(out, message->service);
    PUT(out, V1_STATUSES_LINE);
    put_url(out, service->namespace_id);
    PUT(out, V1_NAMESPACE_SEPARATOR_URL);
    put_url(out, service->group);
    PUT(out, GROUP_SEPARATOR_URL);
    put_url(out, service->name);
    PUT(out, V1_LINE_END);
}

static void put_report(Out *out, const DistroMessage *message)
{
    const char *text = distro_dictionary_text(out->dictionary, message->target);
    const DistroJsonAddress split = distro_json_split_address(text);
    PUT(out, V1_REPORT_LINE);
    for (const char *next = V1_MEMBER; *next; next++) {
        if (*next == '\1') {
            g_autofree char *ip = g_strndup(split.ip, split.ip_size);
            put_text(out, ip);
        } else if (*next == '\2') {
            put(out, split.port, split.port_size);
        } else if (*next == '\3') {
            put_name(out, message->target);
        } else {
            put(out, next, 1);
        }
    }
}

static void put_request(Out *out, const DistroMessage *message)
{
    switch (message->op) {
    case DISTRO_OP_DATUM:
        PUT(out, V1_DATUM_LINE);
        put_datums(out, message);
        break;
    case DISTRO_OP_CHECKSUM:
        put_checksums(out, message);
        break;
    case DISTRO_OP_PULL:
        put_pull(out, message);
        break;
    case DISTRO_OP_STATUS:
        put_status(out, message);
        break;
    case DISTRO_OP_STATUSES:
        put_statuses_request(out, message);
        break;
    case DISTRO_OP_REPORT:
        put_report(out, message);
        break;
    default: /* SNAPSHOT */
        PUT(out, V1_SNAPSHOT_LINE);
        break;
    }
}

/* --- answers ------------------------------------------------------------------------------ */

static void put_statuses(Out *out, const DistroMessage *message)
{
    size_t offset = 0;
    DistroWireHealth health;
    bool first = true;
    PUT(out, V1_STATUSES);
    for (; distro_list_next_health(message->snapshot, &offset, &health); first = false) {
        put(out, first ? "\"" : ",\"", first ? 1 : 2);
        put_name(out, distro_dictionary_client_info(out->dictionary, health.client)->tag);
        PUT(out, "_");
        put_bool(out, health.healthy != 0);
        PUT(out, "\"");
    }
    PUT(out, V1_STATUSES_END);
}

static void put_good_answer(Out *out, const DistroMessage *message)
{
    switch (message->op) {
    case DISTRO_OP_PULL:
    case DISTRO_OP_SNAPSHOT:
        put_datums(out, message);
        break;
    case DISTRO_OP_STATUSES:
        put_statuses(out, message);
        break;
    case DISTRO_OP_REPORT:
        PUT(out, V1_REPORT_ANSWER);
        break;
    default:
        PUT(out, "ok");
        break;
    }
}

/* A status that is not HTTP's has no place here, but is written as an error response all the same.
 */
static void put_answer(Out *out, const DistroMessage *message)
{
    const bool beat = message->status == DISTRO_STATUS_BEAT_UNKNOWN;
    PUT(out, HTTP_ANSWER);
    put_whole(out, distro_json_http_code(beat ? DISTRO_STATUS_HTTP_ERROR : message->status));
    PUT(out, HTTP_ANSWER_END);
    if (message->status == DISTRO_STATUS_OK) {
        put_good_answer(out, message);
        return;
    }
    const DistroJsonFailure *failure = distro_json_failure(message->status);
    PUT(out, "{\"resultCode\":");
    put_whole(out, failure->result_code);
    PUT(out, ",\"errorCode\":");
    put_whole(out, failure->error_code);
    PUT(out, ",\"message\":\"");
    put_text(out, failure->message);
    PUT(out, "\"}");
}

size_t distro_json_put_v1(GString *out, const DistroDictionary *dictionary,
                          const DistroMessage *message)
{
    Out to = { .dictionary = dictionary, .text = out };
    if (message->answer) {
        put_answer(&to, message);
    } else {
        put_request(&to, message);
    }
    return to.size;
}
