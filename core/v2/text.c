/* core/v2/text.c -- see text.h.
 *
 *      DistroDataRequest  { distroData: { distroKey, type, content }, dataOperation }
 *      content            base64 of DistroClientVerifyInfo, ClientSyncData or
 *                         ClientSyncDatumSnapshot, as JSON
 *
 * Its sizes are asked for with every message, so the functions of both are inlined into one that
 * counts and one that writes. */
#include "core/v2/text.h"

#include "core/json/common.h"
#include "core/json/put.h"
#include "core/json/status.h"
#include "core/v2/snapshot.h"

typedef struct Operation {
    const char *name;
    size_t size;
} Operation;
#define OPERATION(name)                                                                            \
    {                                                                                              \
        name, DISTRO_TEXT_LENGTH(name)                                                             \
    }

static const Operation operations[DISTRO_V2_OPS] = {
    [DISTRO_OP_CHANGE] = OPERATION("CHANGE"), [DISTRO_OP_DELETE] = OPERATION("DELETE"),
    [DISTRO_OP_VERIFY] = OPERATION("VERIFY"), [DISTRO_OP_SNAPSHOT] = OPERATION("SNAPSHOT"),
    [DISTRO_OP_QUERY] = OPERATION("QUERY"),
};

const char *distro_v2_operation(DistroOp op)
{
    return operations[op].name;
}

DISTRO_PUTS void put_operation(DistroSink *sink, DistroOp op)
{
    distro_put_n(sink, operations[op].name, operations[op].size);
}

/* --- what a client publishes -------------------------------------------------------------- */

/* Each publication adds to four arrays, which hold either the singles or the batches. */
typedef struct Columns {
    DistroSink namespaces, groups, services, infos;
    bool any;
} Columns;

DISTRO_PUTS void begin_columns(Columns *columns, const DistroSink *outer)
{
    columns->namespaces = distro_sink_nested(outer);
    columns->groups = distro_sink_nested(outer);
    columns->services = distro_sink_nested(outer);
    columns->infos = distro_sink_nested(outer);
    columns->any = true;
}

DISTRO_PUTS void put_commas(Columns *columns)
{
    DISTRO_PUT(&columns->namespaces, ",");
    DISTRO_PUT(&columns->groups, ",");
    DISTRO_PUT(&columns->services, ",");
    DISTRO_PUT(&columns->infos, ",");
}

DISTRO_PUTS void put_info(DistroSink *sink, const DistroDictionary *dictionary,
                          const DistroPublicationInfo *info, DistroInstanceForm form)
{
    if (sink->text == NULL) {
        sink->size += info->json_size;
        sink->size +=
            form == DISTRO_INSTANCE_HEARTBEAT ? DISTRO_TEXT_LENGTH(DISTRO_HEARTBEAT_TEXT) : 0;
        sink->size += form == DISTRO_INSTANCE_IDENTIFIED ? info->ids_size : 0;
        return;
    }
    distro_dictionary_put_publication(dictionary, info, form, sink);
}

DISTRO_PUTS void put_row(const DistroSink *outer, Columns *columns,
                         const DistroDictionary *dictionary, const DistroPublicationInfo *info,
                         DistroInstanceForm form)
{
    const DistroServiceInfo *service = distro_dictionary_service_info(dictionary, info->service);
    if (columns->any) {
        put_commas(columns);
    } else {
        begin_columns(columns, outer);
    }
    distro_put_quoted_name(&columns->namespaces, dictionary, service->namespace_id);
    distro_put_quoted_name(&columns->groups, dictionary, service->group);
    distro_put_quoted_name(&columns->services, dictionary, service->name);
    put_info(&columns->infos, dictionary, info, form);
}

DISTRO_PUTS void put_column(DistroSink *sink, DistroSink *column)
{
    if (column->text == NULL) {
        sink->size += column->size;
        return;
    }
    distro_put_n(sink, column->text->str, column->size);
    g_string_free(column->text, true);
}

/* All but the first array's name, which differs in nothing but what stands before it. */
DISTRO_PUTS void put_names(DistroSink *sink, Columns *columns)
{
    put_column(sink, &columns->namespaces);
    DISTRO_PUT(sink, "],\"groupNames\":[");
    put_column(sink, &columns->groups);
    DISTRO_PUT(sink, "],\"serviceNames\":[");
    put_column(sink, &columns->services);
}

DISTRO_PUTS void put_batches(DistroSink *sink, Columns *batches)
{
    DISTRO_PUT(sink, "\"namespaces\":[");
    put_names(sink, batches);
    DISTRO_PUT(sink, "],\"batchInstancePublishInfos\":[");
    put_column(sink, &batches->infos);
    DISTRO_PUT(sink, "]");
}

static DistroInstanceForm form_of(DistroClientKind kind, bool identified)
{
    if (kind != DISTRO_CLIENT_CONNECTION) {
        return DISTRO_INSTANCE_HEARTBEAT;
    }
    return identified ? DISTRO_INSTANCE_IDENTIFIED : DISTRO_INSTANCE_PLAIN;
}

/* ClientSyncData. A publication of an ip:port client that is no batch has a heartbeat time. */
DISTRO_PUTS void put_client(DistroSink *sink, const DistroDictionary *dictionary,
                            DistroClient client, int32_t revision, int32_t idle_ms,
                            const DistroPublication *items, uint32_t count, bool identified)
{
    const DistroClientInfo *about = distro_dictionary_client_info(dictionary, client);
    const DistroInstanceForm form = form_of(about->kind, identified);
    Columns singles = { .any = false }, batches = { .any = false };
    for (uint32_t i = 0; i < count; i++) {
        const DistroPublicationInfo *info =
            distro_dictionary_publication_info(dictionary, items[i]);
        if (info->batch) {
            put_row(sink, &batches, dictionary, info,
                    form == DISTRO_INSTANCE_HEARTBEAT ? DISTRO_INSTANCE_PLAIN : form);
        } else {
            put_row(sink, &singles, dictionary, info, form);
        }
    }
    DISTRO_PUT(sink, "{\"clientId\":");
    distro_put_quoted_id(sink, about);
    DISTRO_PUT(sink, ",\"attributes\":{\"clientAttributes\":{\"revision\":");
    distro_put_whole(sink, revision);
    DISTRO_PUT(sink, "}},\"namespaces\":[");
    put_names(sink, &singles);
    DISTRO_PUT(sink, "],\"instancePublishInfos\":[");
    put_column(sink, &singles.infos);
    DISTRO_PUT(sink, "],\"batchInstanceData\":{");
    if (batches.any) {
        put_batches(sink, &batches);
    }
    DISTRO_PUT(sink, "}");
    if (idle_ms != 0) {
        DISTRO_PUT(sink, ",\"idleMs\":");
        distro_put_whole(sink, idle_ms);
    }
    DISTRO_PUT(sink, "}");
}

/* --- contents ----------------------------------------------------------------------------- */

DISTRO_PUTS void put_state(DistroSink *sink, const DistroDictionary *dictionary,
                           const DistroMessage *message)
{
    put_client(sink, dictionary, message->client, message->revision, 0,
               distro_content_items(&message->content), message->content.count,
               message->identified);
}

DISTRO_PUTS void put_digest(DistroSink *sink, const DistroDictionary *dictionary,
                            const DistroMessage *message)
{
    DISTRO_PUT(sink, "{\"clientId\":");
    distro_put_quoted_id(sink, distro_dictionary_client_info(dictionary, message->client));
    DISTRO_PUT(sink, ",\"revision\":");
    distro_put_whole(sink, message->revision);
    DISTRO_PUT(sink, "}");
}

static void put_snapshot(DistroSink *sink, const DistroDictionary *dictionary,
                         const DistroMessage *message)
{
    size_t offset = 0;
    DistroSnapshotElement element;
    bool first = true;
    DISTRO_PUT(sink, "{\"clientSyncDataList\":[");
    for (; distro_snapshot_next(message->list, &offset, &element); first = false) {
        if (!first) {
            DISTRO_PUT(sink, ",");
        }
        put_client(sink, dictionary, element.client, element.revision, element.idle_ms,
                   element.items, element.count, message->identified);
    }
    DISTRO_PUT(sink, "]}");
}

/* What is said of the key, as base64. */
DISTRO_PUTS void put_content(DistroSink *sink, const DistroDictionary *dictionary,
                             const DistroMessage *message)
{
    DistroSink content = distro_sink_nested(sink);
    if (message->op == DISTRO_OP_VERIFY) {
        put_digest(&content, dictionary, message);
    } else if (message->op == DISTRO_OP_SNAPSHOT) {
        put_snapshot(&content, dictionary, message);
    } else {
        put_state(&content, dictionary, message);
    }
    DISTRO_PUT(sink, ",\"content\":\"");
    distro_put_base64(sink, &content);
    DISTRO_PUT(sink, "\"");
}

/* --- requests ----------------------------------------------------------------------------- */

#define DATA "\"distroData\":{\"distroKey\":{\"resourceKey\":"
#define RESOURCE_TYPE ",\"resourceType\":\"" DISTRO_RESOURCE_TYPE "\""

/* Of a snapshot there is no client, and the key is its own name. */
DISTRO_PUTS void put_key(DistroSink *sink, const DistroDictionary *dictionary, DistroClient client,
                         DistroName target)
{
    DISTRO_PUT(sink, DATA);
    if (client != DISTRO_NONE) {
        distro_put_quoted_id(sink, distro_dictionary_client_info(dictionary, client));
    } else {
        DISTRO_PUT(sink, "\"SNAPSHOT\"");
    }
    DISTRO_PUT(sink, RESOURCE_TYPE);
    if (target != DISTRO_NONE) {
        DISTRO_PUT(sink, ",\"targetServer\":");
        distro_put_quoted_name(sink, dictionary, target);
    }
    DISTRO_PUT(sink, "}");
}

DISTRO_PUTS void put_request(DistroSink *sink, const DistroDictionary *dictionary,
                             const DistroMessage *message)
{
    DISTRO_PUT(sink, DISTRO_JSON_REQUEST);
    if (message->op != DISTRO_OP_SNAPSHOT) {
        put_key(sink, dictionary, message->client, message->target);
        DISTRO_PUT(sink, ",\"type\":\"");
        put_operation(sink, message->op);
        DISTRO_PUT(sink, "\"");
        if (message->op == DISTRO_OP_CHANGE || message->op == DISTRO_OP_VERIFY) {
            put_content(sink, dictionary, message);
        }
        DISTRO_PUT(sink, "},");
    }
    DISTRO_PUT(sink, "\"dataOperation\":\"");
    put_operation(sink, message->op);
    DISTRO_PUT(sink, "\"" DISTRO_JSON_REQUEST_END);
}

/* --- answers ------------------------------------------------------------------------------ */

DISTRO_PUTS bool brings_data(const DistroMessage *message)
{
    return message->op == DISTRO_OP_SNAPSHOT ||
           (message->op == DISTRO_OP_QUERY && message->client != DISTRO_NONE);
}

DISTRO_PUTS void put_answer(DistroSink *sink, const DistroDictionary *dictionary,
                            const DistroMessage *message)
{
    if (message->status != DISTRO_STATUS_OK || !brings_data(message)) {
        distro_put_status(sink, message->status);
        return;
    }
    DISTRO_PUT(sink, DISTRO_JSON_RESULT);
    put_key(sink, dictionary, message->client, DISTRO_NONE);
    put_content(sink, dictionary, message);
    DISTRO_PUT(sink, "}," DISTRO_JSON_SUCCESS);
}

/* --- both ways ---------------------------------------------------------------------------- */

DISTRO_PUTS size_t put_message(GString *out, const DistroDictionary *dictionary,
                               const DistroMessage *message)
{
    DistroSink sink = { .text = out };
    if (message->answer) {
        put_answer(&sink, dictionary, message);
    } else {
        put_request(&sink, dictionary, message);
    }
    return sink.size;
}

size_t distro_v2_put(GString *out, const DistroDictionary *dictionary, const DistroMessage *message)
{
    return out == NULL ? put_message(NULL, dictionary, message)
                       : put_message(out, dictionary, message);
}
