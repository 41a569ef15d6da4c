/* core/json/write.c -- a message as Nacos's JSON. */
#include "core/json/text.h"
#include "core/json/v1.h"

void distro_json_write_bare_n(GString *out, const char *text, size_t size)
{
    static const char FROM[] = "\"\\\b\f\n\r\t", TO[] = "\"\\bfnrt";
    for (size_t i = 0; i < size; i++) {
        char letter = text[i];
        const char *found = memchr(FROM, letter, LENGTH(FROM));
        if (found != NULL) {
            g_string_append_c(out, '\\');
            g_string_append_c(out, TO[found - FROM]);
        } else if ((unsigned char)letter < 0x20) {
            g_string_append_printf(out, "\\u%04X", (unsigned)letter);
        } else {
            g_string_append_c(out, letter);
        }
    }
}

static void write_bare(GString *out, const char *text)
{
    distro_json_write_bare_n(out, text, strlen(text));
}

static void write_string(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    write_bare(out, text);
    g_string_append_c(out, '"');
}

static void write_name(GString *out, const DistroDictionary *dictionary, DistroName name)
{
    write_string(out, distro_dictionary_text(dictionary, name));
}

static void write_whole(GString *out, int64_t value)
{
    g_string_append_printf(out, "%" G_GINT64_FORMAT, value);
}

static void write_bool(GString *out, bool value)
{
    g_string_append(out, value ? "true" : "false");
}

void distro_json_write_double(GString *out, double value)
{
    char text[DISTRO_JAVA_DOUBLE_SIZE];
    distro_java_double_text(value, text);
    g_string_append(out, text);
}

static void write_base64(GString *out, const GString *json)
{
    g_autofree char *text = g_base64_encode((const guchar *)json->str, json->len);
    g_string_append(out, text);
}

static void write_value(GString *out, const DistroExtEntry *entry)
{
    switch (entry->kind) {
    case DISTRO_VALUE_NULL:
        g_string_append(out, "null");
        return;
    case DISTRO_VALUE_STRING:
        write_string(out, entry->text);
        return;
    case DISTRO_VALUE_BOOL:
        write_bool(out, entry->boolean);
        return;
    case DISTRO_VALUE_INT:
    case DISTRO_VALUE_LONG:
        write_whole(out, entry->integer);
        return;
    case DISTRO_VALUE_DOUBLE:
        if (!isfinite(entry->number)) {
            g_string_append_c(out, '"');
        }
        distro_json_write_double(out, entry->number);
        if (!isfinite(entry->number)) {
            g_string_append_c(out, '"');
        }
        return;
    }
}

static void write_ext(GString *out, const DistroDictionary *dictionary, DistroExt ext)
{
    size_t count;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);
    const char *comma = "";

    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind == DISTRO_VALUE_NULL) {
            continue;
        }
        g_string_append(out, comma);
        write_string(out, entries[i].key);
        g_string_append_c(out, ':');
        write_value(out, &entries[i]);
        comma = ",";
    }
}

static void write_instance(GString *out, const DistroDictionary *dictionary,
                           const DistroInstance *instance, bool heartbeat)
{
    bool clustered = instance->cluster != DISTRO_NONE;
    const char *ip = distro_dictionary_text(dictionary, instance->ip);

    g_string_append(out, INFO_IP);
    write_string(out, ip);
    g_string_append(out, INFO_PORT);
    write_whole(out, instance->port);
    g_string_append(out, INFO_HEALTHY);
    write_bool(out, instance->healthy);
    if (clustered) {
        g_string_append(out, INFO_CLUSTER);
        write_name(out, dictionary, instance->cluster);
    }
    g_string_append(out, INFO_EXT);
    write_ext(out, dictionary, instance->ext);
    g_string_append_c(out, '}');
    if (heartbeat) {
        g_string_append(out, INFO_HEARTBEAT);
    }
    g_string_append(out, INFO_METADATA_ID);
    write_bare(out, ip);
    g_string_append_printf(out, ":%d:", instance->port);
    write_bare(out, clustered ? distro_dictionary_text(dictionary, instance->cluster) : "null");
    g_string_append(out, "\"}");
}

static void write_publication(GString *out, const DistroDictionary *dictionary,
                              const DistroPublicationInfo *info, bool heartbeat)
{
    if (info->batch) {
        g_string_append(out, BATCH_START);
    }
    for (uint32_t i = 0; i < info->count; i++) {
        if (i > 0) {
            g_string_append_c(out, ',');
        }
        write_instance(out, dictionary,
                       &distro_dictionary_listing_info(dictionary, info->listings[i])->instance,
                       heartbeat && !info->batch);
    }
    if (info->batch) {
        g_string_append(out, BATCH_END);
    }
}

/* The four parallel arrays, which hold either the singles or the batches. */
typedef struct ArrayTexts {
    bool batch;
    const char *namespaces, *infos;
} ArrayTexts;

static void write_cell(GString *out, const DistroDictionary *dictionary, DistroJsonColumn column,
                       const DistroPublicationInfo *info, bool heartbeat)
{
    const DistroServiceInfo *service = distro_dictionary_service_info(dictionary, info->service);
    switch (column) {
    case COLUMN_NAMESPACE:
        write_name(out, dictionary, service->namespace_id);
        return;
    case COLUMN_GROUP:
        write_name(out, dictionary, service->group);
        return;
    case COLUMN_SERVICE:
        write_name(out, dictionary, service->name);
        return;
    case COLUMN_INFO:
    case N_COLUMNS:
        write_publication(out, dictionary, info, heartbeat);
        return;
    }
}

static void write_arrays(GString *out, const DistroDictionary *dictionary,
                         const DistroContent *content, const ArrayTexts *texts, bool heartbeat)
{
    const char *const starts[N_COLUMNS] = { texts->namespaces, GROUPS, SERVICES, texts->infos };
    const DistroPublication *items = distro_content_items(content);

    for (int column = 0; column < N_COLUMNS; column++) {
        const char *comma = "";
        g_string_append(out, starts[column]);
        for (uint32_t i = 0; i < content->count; i++) {
            const DistroPublicationInfo *info =
                distro_dictionary_publication_info(dictionary, items[i]);
            if (info->batch != texts->batch) {
                continue;
            }
            g_string_append(out, comma);
            write_cell(out, dictionary, (DistroJsonColumn)column, info, heartbeat);
            comma = ",";
        }
    }
}

static bool has_batch(const DistroDictionary *dictionary, const DistroContent *content)
{
    const DistroPublication *items = distro_content_items(content);
    for (uint32_t i = 0; i < content->count; i++) {
        if (distro_dictionary_publication_info(dictionary, items[i])->batch) {
            return true;
        }
    }
    return false;
}

static void write_client(GString *out, const DistroDictionary *dictionary, DistroClient client,
                         int32_t revision, const DistroContent *content)
{
    static const ArrayTexts SINGLES = { false, SYNC_NAMESPACES, SYNC_INFOS };
    static const ArrayTexts BATCHES = { true, BATCH_NAMESPACES, BATCH_INFOS };
    const DistroClientInfo *info = distro_dictionary_client_info(dictionary, client);

    g_string_append(out, CLIENT_ID);
    write_string(out, info->id);
    g_string_append(out, SYNC_REVISION);
    write_whole(out, revision);
    write_arrays(out, dictionary, content, &SINGLES, info->kind != DISTRO_CLIENT_CONNECTION);
    g_string_append(out, SYNC_BATCH);
    if (has_batch(dictionary, content)) {
        write_arrays(out, dictionary, content, &BATCHES, false);
        g_string_append_c(out, ']');
    }
    g_string_append(out, "}}");
}

/* The content of a message about one client: VERIFY's or the full state. */
static void write_content(GString *out, const DistroDictionary *dictionary,
                          const DistroMessage *message)
{
    g_autoptr(GString) json = g_string_new(NULL);

    if (message->op == DISTRO_OP_VERIFY) {
        g_string_append(json, CLIENT_ID);
        write_string(json, distro_dictionary_client_info(dictionary, message->client)->id);
        g_string_append(json, VERIFY_REVISION);
        write_whole(json, message->revision);
        g_string_append_c(json, '}');
    } else {
        write_client(json, dictionary, message->client, message->revision, &message->content);
    }
    g_string_append(out, CONTENT);
    write_base64(out, json);
    g_string_append(out, QUOTE);
}

static void write_key(GString *out, const DistroDictionary *dictionary, const char *resource_key,
                      DistroName target)
{
    g_string_append(out, DATA_START);
    write_string(out, resource_key);
    g_string_append(out, KEY_TYPE);
    if (target != DISTRO_NONE) {
        g_string_append(out, KEY_TARGET);
        write_name(out, dictionary, target);
    }
    g_string_append(out, KEY_END);
}

static void write_operation(GString *out, DistroOp op)
{
    g_string_append(out, OPERATION);
    g_string_append(out, distro_json_op_name(op));
    g_string_append(out, QUOTE REQUEST_END);
}

static void write_client_request(GString *out, const DistroDictionary *dictionary,
                                 const DistroMessage *message)
{
    g_string_append(out, REQUEST_START);
    write_key(out, dictionary, distro_dictionary_client_info(dictionary, message->client)->id,
              message->target);
    g_string_append(out, DATA_TYPE);
    g_string_append(out, distro_json_op_name(message->op));
    g_string_append(out, QUOTE);
    if (message->op == DISTRO_OP_CHANGE || message->op == DISTRO_OP_VERIFY) {
        write_content(out, dictionary, message);
    }
    g_string_append(out, "},");
    write_operation(out, message->op);
}

static void write_member(GString *out, const DistroDictionary *dictionary, DistroName address)
{
    const char *text = distro_dictionary_text(dictionary, address);
    DistroJsonAddress split = distro_json_split_address(text);

    for (const char *next = MEMBER; *next; next++) {
        if (*next == '\1') {
            distro_json_write_bare_n(out, split.ip, split.ip_size);
        } else if (*next == '\2') {
            g_string_append_len(out, split.port, (gssize)split.port_size);
        } else if (*next == '\3') {
            write_bare(out, text);
        } else {
            g_string_append_c(out, *next);
        }
    }
}

void distro_json_write_url_n(GString *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char letter = (unsigned char)text[i];
        if (distro_json_is_url_plain(letter)) {
            g_string_append_c(out, (char)letter);
        } else if (letter == ' ') {
            g_string_append_c(out, '+');
        } else {
            g_string_append_printf(out, "%%%02X", letter);
        }
    }
}

static void write_url_name(GString *out, const DistroDictionary *dictionary, DistroName name)
{
    const char *text = distro_dictionary_text(dictionary, name);
    distro_json_write_url_n(out, text, strlen(text));
}

static void write_metadata_value(GString *out, const DistroExtEntry *entry)
{
    if (entry->kind == DISTRO_VALUE_STRING) {
        write_string(out, entry->text);
        return;
    }
    g_string_append_c(out, '"');
    if (entry->kind == DISTRO_VALUE_DOUBLE) {
        distro_json_write_double(out, entry->number);
    } else {
        write_value(out, entry);
    }
    g_string_append_c(out, '"');
}

static void write_metadata(GString *out, const DistroDictionary *dictionary, DistroExt ext)
{
    size_t count;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);
    const char *comma = "";

    g_string_append_c(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (!distro_json_is_metadata(&entries[i])) {
            continue;
        }
        g_string_append(out, comma);
        write_string(out, entries[i].key);
        g_string_append_c(out, ':');
        write_metadata_value(out, &entries[i]);
        comma = ",";
    }
    g_string_append_c(out, '}');
}

static const char *cluster_text(const DistroDictionary *dictionary,
                                const DistroListingInfo *listing)
{
    return listing == NULL || listing->instance.cluster == DISTRO_NONE
               ? DEFAULT_CLUSTER
               : distro_dictionary_text(dictionary, listing->instance.cluster);
}

static void write_beat(GString *out, const DistroDictionary *dictionary, const DistroWrite *write,
                       const DistroListingInfo *listing)
{
    const DistroServiceInfo *service = distro_dictionary_service_info(dictionary, write->service);
    DistroJsonAddress address = distro_json_client_address(dictionary, write->client);
    g_autoptr(GString) json = g_string_new(BEAT_PORT);

    g_string_append_len(json, address.port, (gssize)address.port_size);
    g_string_append(json, BEAT_IP);
    distro_json_write_bare_n(json, address.ip, address.ip_size);
    g_string_append(json, BEAT_WEIGHT);
    distro_json_write_double(json, listing->weight);
    g_string_append(json, BEAT_SERVICE);
    write_bare(json, distro_dictionary_text(dictionary, service->group));
    g_string_append(json, GROUP_SEPARATOR);
    write_bare(json, distro_dictionary_text(dictionary, service->name));
    g_string_append(json, BEAT_CLUSTER);
    write_string(json, cluster_text(dictionary, listing));
    g_string_append(json, BEAT_METADATA);
    write_metadata(json, dictionary, listing->instance.ext);
    g_string_append(json, BEAT_END);

    g_string_append(out, FORM_BEAT);
    distro_json_write_url_n(out, json->str, json->len);
}

static void write_registration(GString *out, const DistroDictionary *dictionary,
                               const DistroListingInfo *listing)
{
    g_autoptr(GString) metadata = g_string_new(NULL);

    g_string_append(out, FORM_WEIGHT);
    distro_json_write_double(out, listing->weight);
    g_string_append(out, FORM_ENABLE);
    write_bool(out, listing->enabled);
    g_string_append(out, FORM_HEALTHY);
    write_bool(out, listing->instance.healthy);
    g_string_append(out, FORM_EPHEMERAL FORM_METADATA);
    write_metadata(metadata, dictionary, listing->instance.ext);
    distro_json_write_url_n(out, metadata->str, metadata->len);
}

static void write_forward(GString *out, const DistroDictionary *dictionary,
                          const DistroWrite *write)
{
    static const char *const LINES[] = {
        [DISTRO_WRITE_REGISTER] = "POST " INSTANCE_PATH,
        [DISTRO_WRITE_DEREGISTER] = "DELETE " INSTANCE_PATH,
        [DISTRO_WRITE_BEAT] = "PUT " INSTANCE_PATH "/beat",
        [DISTRO_WRITE_LIGHT_BEAT] = "PUT " INSTANCE_PATH "/beat",
    };
    const DistroServiceInfo *service = distro_dictionary_service_info(dictionary, write->service);
    const DistroListingInfo *listing = distro_json_written_listing(dictionary, write);
    const char *cluster = cluster_text(dictionary, listing);
    DistroJsonAddress address = distro_json_client_address(dictionary, write->client);

    g_string_append(out, LINES[write->kind]);
    g_string_append(out, FORM_NAMESPACE);
    write_url_name(out, dictionary, service->namespace_id);
    g_string_append(out, FORM_SERVICE);
    write_url_name(out, dictionary, service->group);
    g_string_append(out, GROUP_SEPARATOR_URL);
    write_url_name(out, dictionary, service->name);
    g_string_append(out, FORM_CLUSTER);
    distro_json_write_url_n(out, cluster, strlen(cluster));
    g_string_append(out, FORM_IP);
    distro_json_write_url_n(out, address.ip, address.ip_size);
    g_string_append(out, FORM_PORT);
    g_string_append_len(out, address.port, (gssize)address.port_size);
    if (write->kind == DISTRO_WRITE_REGISTER) {
        write_registration(out, dictionary, listing);
    } else if (write->kind == DISTRO_WRITE_DEREGISTER) {
        g_string_append(out, FORM_EPHEMERAL);
    } else if (write->kind == DISTRO_WRITE_BEAT) {
        write_beat(out, dictionary, write, listing);
    }
    g_string_append(out, HTTP_END);
}

static void write_request(GString *out, const DistroDictionary *dictionary,
                          const DistroMessage *message)
{
    switch (message->op) {
    case DISTRO_OP_CHANGE:
    case DISTRO_OP_DELETE:
    case DISTRO_OP_VERIFY:
    case DISTRO_OP_QUERY:
        write_client_request(out, dictionary, message);
        return;
    case DISTRO_OP_SNAPSHOT:
        g_string_append(out, REQUEST_START);
        write_operation(out, message->op);
        return;
    case DISTRO_OP_REPORT:
        g_string_append(out, REQUEST_START NODE);
        write_member(out, dictionary, message->target);
        g_string_append(out, REQUEST_END);
        return;
    case DISTRO_OP_HEALTH:
        g_string_append(out, INTERNAL_REQUEST);
        return;
    case DISTRO_OP_CONNECT:
        g_string_append(out, CONNECT_REQUEST);
        return;
    case DISTRO_OP_FORWARD:
        write_forward(out, dictionary, &message->write);
        return;
    case DISTRO_OP_DATUM:
    case DISTRO_OP_CHECKSUM:
    case DISTRO_OP_PULL:
    case DISTRO_OP_STATUS:
    case DISTRO_OP_STATUSES:
    case DISTRO_N_OPS:
        break;
    }
    g_assert_not_reached();
}

static void write_failure(GString *out, DistroStatus status)
{
    const DistroJsonFailure *failure = distro_json_failure(status);
    g_string_append_printf(out,
                           "{\"resultCode\":%d,\"errorCode\":%d,\"message\":\"%s\",\"success\":%s}",
                           failure->result_code, failure->error_code, failure->message,
                           failure->result_code == 200 ? "true" : "false");
}

int distro_json_http_code(DistroStatus status)
{
    switch (status) {
    case DISTRO_STATUS_OK:
    case DISTRO_STATUS_BEAT_UNKNOWN: /* the code that says so is in the body */
        return 200;
    case DISTRO_STATUS_HTTP_BAD_REQUEST:
    case DISTRO_STATUS_HTTP_NOT_FOUND:
    case DISTRO_STATUS_HTTP_UNKNOWN_API:
    case DISTRO_STATUS_HTTP_UNAVAILABLE:
        return (int)status;
    default:
        return 500;
    }
}

static void write_http_answer(GString *out, const DistroMessage *message)
{
    const char *body = distro_json_http_body(message->status, message->write.kind);
    g_string_append_printf(out, HTTP_ANSWER "%d" HTTP_ANSWER_END,
                           distro_json_http_code(message->status));
    if (body != NULL) {
        g_string_append(out, body);
    } else {
        write_failure(out, message->status);
    }
}

/* Into the object that was closed last. */
static void write_idle(GString *out, int32_t idle_ms)
{
    if (idle_ms == 0) {
        return;
    }
    g_string_truncate(out, out->len - 1);
    g_string_append_printf(out, SNAPSHOT_IDLE "%" G_GINT32_FORMAT "}", idle_ms);
}

static void write_snapshot(GString *out, const DistroDictionary *dictionary,
                           const DistroMessage *message)
{
    g_autoptr(GString) json = g_string_new(SNAPSHOT_START);
    size_t offset = 0, at = 0;
    DistroClient client;
    int32_t revision;
    DistroContent content;

    while (distro_snapshot_next(message->snapshot, &offset, &client, &revision, &content)) {
        if (json->len > LENGTH(SNAPSHOT_START)) {
            g_string_append_c(json, ',');
        }
        write_client(json, dictionary, client, revision, &content);
        write_idle(json, distro_snapshot_idle_ms(message->snapshot, at));
        distro_content_clear(&content);
        at = offset;
    }
    g_string_append(json, SNAPSHOT_END);

    write_key(out, dictionary, distro_json_op_name(DISTRO_OP_SNAPSHOT), DISTRO_NONE);
    g_string_append(out, CONTENT);
    write_base64(out, json);
    g_string_append(out, QUOTE "},");
}

static void write_answer(GString *out, const DistroDictionary *dictionary,
                         const DistroMessage *message)
{
    if (message->op == DISTRO_OP_FORWARD) {
        write_http_answer(out, message);
    } else if (message->status != DISTRO_STATUS_OK) {
        write_failure(out, message->status);
    } else if (message->op == DISTRO_OP_CONNECT) {
        g_string_append(out, CONNECT_ANSWER);
    } else {
        g_string_append(out, RESULT);
        if (message->op == DISTRO_OP_SNAPSHOT) {
            write_snapshot(out, dictionary, message);
        } else if (message->op == DISTRO_OP_QUERY && message->client != DISTRO_NONE) {
            write_key(out, dictionary,
                      distro_dictionary_client_info(dictionary, message->client)->id, DISTRO_NONE);
            write_content(out, dictionary, message);
            g_string_append(out, "},");
        } else if (message->op == DISTRO_OP_REPORT && message->target != DISTRO_NONE) {
            g_string_append(out, NODE);
            write_member(out, dictionary, message->target);
            g_string_append_c(out, ',');
        }
        g_string_append(out, SUCCESS);
    }
}

void distro_wire_json_encode(const DistroDictionary *dictionary, const DistroMessage *message,
                             GString *out)
{
    if (distro_json_is_v1(message)) {
        distro_json_put_v1(out, dictionary, message);
    } else if (message->answer) {
        write_answer(out, dictionary, message);
    } else {
        write_request(out, dictionary, message);
    }
}
