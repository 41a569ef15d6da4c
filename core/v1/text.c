/* core/v1/text.c -- see text.h. */
#include "core/v1/text.h"

#include "core/json/put.h"
#include "core/json/status.h"
#include "core/json/write.h"
#include "core/v1/lists.h"

/* A text and whose names it is made of. */
typedef struct Out {
    DistroSink sink;
    const DistroDictionary *dictionary;
} Out;

#define PUT(out, literal) DISTRO_PUT(&(out)->sink, literal)

static void put_name(Out *out, DistroName name)
{
    distro_put_name(&out->sink, out->dictionary, name);
}

static void put_service_name(Out *out, const DistroServiceInfo *service)
{
    distro_put_service_name(&out->sink, out->dictionary, service);
}

static void put_key(Out *out, const DistroServiceInfo *service)
{
    PUT(out, DISTRO_V1_KEY);
    put_name(out, service->namespace_id);
    PUT(out, DISTRO_V1_NAMESPACE_SEPARATOR);
    put_service_name(out, service);
}

static void put_md5(Out *out, const uint8_t md5[DISTRO_MD5_SIZE])
{
    static const char DIGITS[] = "0123456789abcdef";
    char text[2 * DISTRO_MD5_SIZE];
    for (int i = 0; i < DISTRO_MD5_SIZE; i++) {
        text[2 * i] = DIGITS[md5[i] >> 4];
        text[2 * i + 1] = DIGITS[md5[i] & 15];
    }
    distro_put_n(&out->sink, text, sizeof text);
}

static const DistroServiceInfo *service_info(const Out *out, DistroService service)
{
    return distro_dictionary_service_info(out->dictionary, service);
}

/* --- datums ------------------------------------------------------------------------------- */

static void put_cluster(Out *out, const DistroInstance *instance)
{
    if (instance->cluster == DISTRO_NONE) {
        PUT(out, DISTRO_DEFAULT_CLUSTER);
    } else {
        put_name(out, instance->cluster);
    }
}

/* An Instance. What its getters derive from metadata is written too and never read; the defaults
 * stand for all. */
static void put_instance(Out *out, const DistroServiceInfo *service,
                         const DistroListingInfo *listing, int64_t beat_ms)
{
    const DistroInstance *instance = &listing->instance;
    PUT(out, "{\"instanceId\":\"");
    put_name(out, instance->ip);
    PUT(out, "#");
    distro_put_whole(&out->sink, instance->port);
    PUT(out, "#");
    put_cluster(out, instance);
    PUT(out, "#");
    put_service_name(out, service);
    PUT(out, "\",\"ip\":\"");
    put_name(out, instance->ip);
    PUT(out, "\",\"port\":");
    distro_put_whole(&out->sink, instance->port);
    PUT(out, ",\"weight\":");
    distro_put_double(&out->sink, listing->weight);
    PUT(out, ",\"healthy\":");
    distro_put_bool(&out->sink, instance->healthy);
    PUT(out, ",\"enabled\":");
    distro_put_bool(&out->sink, listing->enabled);
    PUT(out, ",\"ephemeral\":true,\"clusterName\":\"");
    put_cluster(out, instance);
    PUT(out, "\",\"serviceName\":\"");
    put_service_name(out, service);
    PUT(out, "\",\"metadata\":");
    distro_put_metadata(&out->sink, out->dictionary, instance->ext);
    PUT(out, ",\"lastBeat\":");
    distro_put_whole(&out->sink, beat_ms);
    PUT(out, ",\"marked\":false,\"instanceHeartBeatInterval\":5000,\"ipDeleteTimeout\":30000,"
             "\"instanceHeartBeatTimeOut\":15000,\"instanceIdGenerator\":\"simple\"}");
}

/* A put makes a new datum, so its counter, which is never compared, is always 1. */
static void put_datum(Out *out, const DistroWireDatum *datum)
{
    const DistroServiceInfo *service = service_info(out, datum->service);
    PUT(out, "\"");
    put_key(out, service);
    PUT(out, "\":{\"key\":\"");
    put_key(out, service);
    PUT(out, "\",\"value\":{\"instanceList\":[");
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
    PUT(out, "]},\"timestamp\":1}");
}

static void put_datums(Out *out, const DistroMessage *message)
{
    size_t offset = 0;
    DistroWireDatum datum;
    bool first = true;
    PUT(out, "{");
    for (; distro_list_next_datum(message->list, &offset, &datum); first = false) {
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
    PUT(out, DISTRO_V1_CHECKSUM_LINE);
    distro_put_url_name(&out->sink, out->dictionary, message->target);
    PUT(out, DISTRO_V1_LINE_END "{");
    for (; distro_list_next_checksum(message->list, &offset, &checksum); first = false) {
        distro_put_n(&out->sink, first ? "\"" : ",\"", first ? 1 : 2);
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
    PUT(out, DISTRO_V1_PULL_LINE "{\"keys\":\"");
    for (; distro_list_next_service(message->list, &offset, &service); first = false) {
        if (!first) {
            PUT(out, ",");
        }
        put_key(out, service_info(out, service));
    }
    PUT(out, "\"}");
}

/* The statuses are JSON in a string of JSON. */
static void put_status(Out *out, const DistroMessage *message)
{
    size_t offset = 0;
    DistroWireChecksum checksum;
    bool first = true;
    PUT(out, DISTRO_V1_STATUS_LINE "{\"statuses\":\"");
    out->sink.escape = DISTRO_ESCAPE_JSON;
    PUT(out, "{\"namespaceId\":\"");
    put_name(out, message->namespace_id);
    PUT(out, "\",\"serviceName2Checksum\":{");
    for (; distro_list_next_checksum(message->list, &offset, &checksum); first = false) {
        distro_put_n(&out->sink, first ? "\"" : ",\"", first ? 1 : 2);
        put_service_name(out, service_info(out, checksum.service));
        PUT(out, "\":\"");
        put_md5(out, checksum.md5);
        PUT(out, "\"");
    }
    PUT(out, "}}");
    out->sink.escape = DISTRO_ESCAPE_NONE;
    PUT(out, "\",\"clientIP\":\"");
    put_name(out, message->target);
    PUT(out, "\"}");
}

static void put_statuses_request(Out *out, const DistroMessage *message)
{
    const DistroServiceInfo *service = service_info(out, message->service);
    PUT(out, DISTRO_V1_STATUSES_LINE);
    distro_put_url_name(&out->sink, out->dictionary, service->namespace_id);
    PUT(out, "%23%23");
    distro_put_url_name(&out->sink, out->dictionary, service->group);
    PUT(out, "%40%40");
    distro_put_url_name(&out->sink, out->dictionary, service->name);
    PUT(out, DISTRO_V1_LINE_END);
}

static void put_request(Out *out, const DistroMessage *message)
{
    switch (message->op) {
    case DISTRO_OP_DATUM:
        PUT(out, DISTRO_V1_DATUM_LINE);
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
    default: /* SNAPSHOT */
        PUT(out, DISTRO_V1_SNAPSHOT_LINE);
        break;
    }
}

/* --- answers ------------------------------------------------------------------------------ */

static void put_statuses(Out *out, const DistroMessage *message)
{
    size_t offset = 0;
    DistroWireHealth health;
    bool first = true;
    PUT(out, "{\"ips\":[");
    for (; distro_list_next_health(message->list, &offset, &health); first = false) {
        distro_put_n(&out->sink, first ? "\"" : ",\"", first ? 1 : 2);
        put_name(out, distro_dictionary_client_info(out->dictionary, health.client)->tag);
        PUT(out, "_");
        distro_put_bool(&out->sink, health.healthy != 0);
        PUT(out, "\"");
    }
    PUT(out, "]}");
}

static void put_answer(Out *out, const DistroMessage *message)
{
    if (message->status != DISTRO_STATUS_OK) {
        distro_put_http_failure(&out->sink, message->status);
        return;
    }
    distro_put_http_code(&out->sink, distro_json_http_code(message->status));
    switch (message->op) {
    case DISTRO_OP_PULL:
    case DISTRO_OP_SNAPSHOT:
        put_datums(out, message);
        break;
    case DISTRO_OP_STATUSES:
        put_statuses(out, message);
        break;
    default:
        PUT(out, "ok");
        break;
    }
}

size_t distro_v1_put(GString *out, const DistroDictionary *dictionary, const DistroMessage *message)
{
    Out to = { .sink = { .text = out }, .dictionary = dictionary };
    if (message->answer) {
        put_answer(&to, message);
    } else {
        put_request(&to, message);
    }
    return to.sink.size;
}
