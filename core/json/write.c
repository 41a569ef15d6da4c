/* core/json/write.c -- see write.h. */
#include "core/json/write.h"

#include "core/json/address.h"
#include "core/json/put.h"
#include "core/json/status.h"

/* --- metadata ----------------------------------------------------------------------------- */

/* Does the SDK say this in the metadata, and not in a parameter of its own, or nowhere? */
static bool is_metadata(const DistroExtEntry *entry)
{
    if (strcmp(entry->key, "publishInstanceWeight") == 0) {
        return entry->kind == DISTRO_VALUE_STRING || entry->kind == DISTRO_VALUE_BOOL;
    }
    if (strcmp(entry->key, "publishInstanceEnable") == 0) {
        return entry->kind != DISTRO_VALUE_BOOL && entry->kind != DISTRO_VALUE_NULL;
    }
    return entry->kind != DISTRO_VALUE_NULL;
}

/* A map of strings: any other value is written as one. */
static void put_value(DistroSink *sink, const DistroExtEntry *entry)
{
    switch (entry->kind) {
    case DISTRO_VALUE_STRING:
        distro_put_json(sink, entry->text);
        break;
    case DISTRO_VALUE_BOOL:
        distro_put_bool(sink, entry->boolean);
        break;
    case DISTRO_VALUE_DOUBLE:
        distro_put_double(sink, entry->number);
        break;
    default:
        distro_put_whole(sink, entry->integer);
        break;
    }
}

void distro_put_metadata(DistroSink *sink, const DistroDictionary *dictionary, DistroExt ext)
{
    size_t count;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);
    bool first = true;
    DISTRO_PUT(sink, "{");
    for (size_t i = 0; i < count; i++) {
        if (!is_metadata(&entries[i])) {
            continue;
        }
        distro_put_n(sink, first ? "\"" : ",\"", first ? 1 : 2);
        distro_put_json(sink, entries[i].key);
        DISTRO_PUT(sink, "\":\"");
        put_value(sink, &entries[i]);
        DISTRO_PUT(sink, "\"");
        first = false;
    }
    DISTRO_PUT(sink, "}");
}

/* --- requests ----------------------------------------------------------------------------- */

/* What is being asked for, looked up. */
typedef struct Write {
    const DistroDictionary *dictionary;
    DistroWriteKind kind;
    const DistroServiceInfo *service;
    DistroAddress address;
    const DistroListingInfo *listing; /* REGISTER and BEAT */
} Write;

static Write look_up(const DistroDictionary *dictionary, const DistroWrite *asked)
{
    Write write = { .dictionary = dictionary,
                    .kind = asked->kind,
                    .service = distro_dictionary_service_info(dictionary, asked->service),
                    .address = distro_address_of_client(dictionary, asked->client) };
    if (asked->kind == DISTRO_WRITE_REGISTER || asked->kind == DISTRO_WRITE_BEAT) {
        const DistroPublicationInfo *info =
            distro_dictionary_publication_info(dictionary, asked->publication);
        g_assert_false(info->batch); /* SDK 1.x has no batches */
        write.listing = distro_dictionary_listing_info(dictionary, info->listings[0]);
    }
    return write;
}

static void put_cluster(DistroSink *sink, const Write *write)
{
    if (write->listing == NULL || write->listing->instance.cluster == DISTRO_NONE) {
        DISTRO_PUT(sink, DISTRO_DEFAULT_CLUSTER);
    } else if (sink->escape == DISTRO_ESCAPE_NONE) {
        distro_put_url_name(sink, write->dictionary, write->listing->instance.cluster);
    } else {
        distro_put_name(sink, write->dictionary, write->listing->instance.cluster);
    }
}

/* RsInfo as JSON, within a form parameter. */
static void put_beat(DistroSink *sink, const Write *write)
{
    DISTRO_PUT(sink, "&beat=");
    sink->escape = DISTRO_ESCAPE_URL;
    DISTRO_PUT(sink, "{\"port\":");
    distro_put_n(sink, write->address.port, write->address.port_size);
    DISTRO_PUT(sink, ",\"ip\":\"");
    distro_put_json_n(sink, write->address.ip, write->address.ip_size);
    DISTRO_PUT(sink, "\",\"weight\":");
    distro_put_double(sink, write->listing->weight);
    DISTRO_PUT(sink, ",\"serviceName\":\"");
    distro_put_service_name(sink, write->dictionary, write->service);
    DISTRO_PUT(sink, "\",\"cluster\":\"");
    put_cluster(sink, write);
    DISTRO_PUT(sink, "\",\"metadata\":");
    distro_put_metadata(sink, write->dictionary, write->listing->instance.ext);
    DISTRO_PUT(sink, ",\"scheduled\":false,\"period\":5000,\"stopped\":false}");
    sink->escape = DISTRO_ESCAPE_NONE;
}

static void put_registration(DistroSink *sink, const Write *write)
{
    DISTRO_PUT(sink, "&weight=");
    distro_put_double(sink, write->listing->weight);
    DISTRO_PUT(sink, "&enable=");
    distro_put_bool(sink, write->listing->enabled);
    DISTRO_PUT(sink, "&healthy=");
    distro_put_bool(sink, write->listing->instance.healthy);
    DISTRO_PUT(sink, "&ephemeral=true&metadata=");
    sink->escape = DISTRO_ESCAPE_URL;
    distro_put_metadata(sink, write->dictionary, write->listing->instance.ext);
    sink->escape = DISTRO_ESCAPE_NONE;
}

static void put_line(DistroSink *sink, DistroWriteKind kind)
{
    switch (kind) {
    case DISTRO_WRITE_REGISTER:
        DISTRO_PUT(sink, "POST " DISTRO_INSTANCE_PATH);
        break;
    case DISTRO_WRITE_DEREGISTER:
        DISTRO_PUT(sink, "DELETE " DISTRO_INSTANCE_PATH);
        break;
    case DISTRO_WRITE_BEAT:
    case DISTRO_WRITE_LIGHT_BEAT:
        DISTRO_PUT(sink, "PUT " DISTRO_INSTANCE_PATH "/beat");
        break;
    }
}

static void put_request(DistroSink *sink, const Write *write)
{
    put_line(sink, write->kind);
    DISTRO_PUT(sink, "?namespaceId=");
    distro_put_url_name(sink, write->dictionary, write->service->namespace_id);
    DISTRO_PUT(sink, "&serviceName=");
    distro_put_url_name(sink, write->dictionary, write->service->group);
    DISTRO_PUT(sink, "%40%40");
    distro_put_url_name(sink, write->dictionary, write->service->name);
    DISTRO_PUT(sink, "&clusterName=");
    put_cluster(sink, write);
    DISTRO_PUT(sink, "&ip=");
    distro_put_url_n(sink, write->address.ip, write->address.ip_size);
    DISTRO_PUT(sink, "&port=");
    distro_put_n(sink, write->address.port, write->address.port_size);
    if (write->kind == DISTRO_WRITE_REGISTER) {
        put_registration(sink, write);
    } else if (write->kind == DISTRO_WRITE_DEREGISTER) {
        DISTRO_PUT(sink, "&ephemeral=true");
    } else if (write->kind == DISTRO_WRITE_BEAT) {
        put_beat(sink, write);
    }
    DISTRO_PUT(sink, DISTRO_HTTP_END);
}

/* --- answers ------------------------------------------------------------------------------ */

#define BEAT_ANSWER(code)                                                                          \
    "{\"clientBeatInterval\":5000,\"code\":" code ",\"lightBeatEnabled\":true}"

/* What HTTP itself does not know, a status of gRPC's, is written as an error response. */
static void put_answer(DistroSink *sink, DistroStatus status, DistroWriteKind kind)
{
    const bool beat = kind == DISTRO_WRITE_BEAT || kind == DISTRO_WRITE_LIGHT_BEAT;
    distro_put_http_code(sink, distro_json_http_code(status));
    switch (status) {
    case DISTRO_STATUS_OK:
        if (beat) {
            DISTRO_PUT(sink, BEAT_ANSWER("10200"));
        } else {
            DISTRO_PUT(sink, "ok");
        }
        break;
    case DISTRO_STATUS_BEAT_UNKNOWN:
        DISTRO_PUT(sink, BEAT_ANSWER("20404"));
        break;
    case DISTRO_STATUS_HTTP_BAD_REQUEST:
    case DISTRO_STATUS_HTTP_NOT_FOUND:
    case DISTRO_STATUS_HTTP_ERROR:
    case DISTRO_STATUS_HTTP_UNKNOWN_API:
    case DISTRO_STATUS_HTTP_UNAVAILABLE:
        distro_put_failure_text(sink, status);
        break;
    default:
        distro_put_failure(sink, status);
        break;
    }
}

void distro_put_write(DistroSink *sink, const DistroDictionary *dictionary,
                      const DistroMessage *message)
{
    if (message->answer) {
        put_answer(sink, message->status, message->write.kind);
        return;
    }
    const Write write = look_up(dictionary, &message->write);
    put_request(sink, &write);
}
