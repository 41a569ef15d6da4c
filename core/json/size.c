/* core/json/size.c -- bytes of a message in Nacos's JSON, by arithmetic from cached name sizes. */
#include "core/json/text.h"
#include "core/json/v1.h"

static size_t digits_u64(uint64_t value)
{
    size_t digits = 1;
    for (; value >= 10; value /= 10) {
        digits++;
    }
    return digits;
}

size_t distro_json_digits(int64_t value)
{
    return value < 0 ? 1 + digits_u64(-(uint64_t)value) : digits_u64((uint64_t)value);
}

static size_t base64_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

static size_t bool_size(bool value)
{
    return value ? LENGTH("true") : LENGTH("false");
}

/* Jackson escapes what JSON demands and no more; a DEL or a non-ASCII letter stays as it is. */
static size_t json_letter_size(unsigned char letter)
{
    if (letter == '"' || letter == '\\') {
        return 2;
    }
    if (letter >= 0x20) {
        return 1;
    }
    return strchr("\b\f\n\r\t", letter) != NULL && letter != 0 ? 2 : LENGTH("\\u0000");
}

static size_t url_letter_size(unsigned char letter)
{
    return distro_json_is_url_plain(letter) || letter == ' ' ? 1 : 3;
}

/* A JSON letter inside a form parameter: its backslash is escaped in turn. */
static size_t json_url_letter_size(unsigned char letter)
{
    if (letter == '"' || letter == '\\') {
        return LENGTH("%5C%22");
    }
    size_t size = json_letter_size(letter);
    return size == 1 ? url_letter_size(letter) : size + 2;
}

DistroNameSizes distro_json_name_sizes(const char *text)
{
    DistroNameSizes sizes = { .json = LENGTH("\"\""), .json_url = LENGTH("%22%22") };
    for (; *text; text++) {
        unsigned char letter = (unsigned char)*text;
        sizes.text++;
        sizes.json += (uint32_t)json_letter_size(letter);
        sizes.url += (uint32_t)url_letter_size(letter);
        sizes.json_url += (uint32_t)json_url_letter_size(letter);
    }
    return sizes;
}

size_t distro_json_string_size(const char *text)
{
    size_t size = LENGTH("\"\"");
    for (; *text; text++) {
        size += json_letter_size((unsigned char)*text);
    }
    return size;
}

static size_t text_json_size(const DistroDictionary *dictionary, DistroName name)
{
    return distro_dictionary_name_sizes(dictionary, name)->json;
}

/* Without the quotes. */
static size_t bare_json_size(const DistroDictionary *dictionary, DistroName name)
{
    return text_json_size(dictionary, name) - LENGTH("\"\"");
}

size_t distro_json_double_size(double value)
{
    char text[DISTRO_JAVA_DOUBLE_SIZE];
    return distro_java_double_text(value, text);
}

static size_t value_size(const DistroExtEntry *entry)
{
    switch (entry->kind) {
    case DISTRO_VALUE_NULL:
        return LENGTH("null");
    case DISTRO_VALUE_STRING:
        return distro_json_string_size(entry->text);
    case DISTRO_VALUE_BOOL:
        return bool_size(entry->boolean);
    case DISTRO_VALUE_INT:
    case DISTRO_VALUE_LONG:
        return distro_json_digits(entry->integer);
    case DISTRO_VALUE_DOUBLE: /* Jackson quotes "NaN" and its kin */
        return distro_json_double_size(entry->number) +
               (isfinite(entry->number) ? 0 : LENGTH("\"\""));
    }
    g_assert_not_reached();
}

/* The map's members, without its braces. */
static size_t ext_size(const DistroDictionary *dictionary, DistroExt ext)
{
    size_t count, size = 0;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);

    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind != DISTRO_VALUE_NULL) {
            size += (size > 0 ? LENGTH(",") : 0) + distro_json_string_size(entries[i].key) +
                    LENGTH(":") + value_size(&entries[i]);
        }
    }
    return size;
}

size_t distro_json_listing_size(const DistroDictionary *dictionary, DistroListing listing)
{
    const DistroInstance *instance = &distro_dictionary_listing_info(dictionary, listing)->instance;
    size_t ip = bare_json_size(dictionary, instance->ip);
    size_t port = distro_json_digits(instance->port);
    bool clustered = instance->cluster != DISTRO_NONE;
    size_t cluster = clustered ? bare_json_size(dictionary, instance->cluster) : LENGTH("null");

    return LENGTH(INFO_IP) + LENGTH("\"\"") + ip + LENGTH(INFO_PORT) + port + LENGTH(INFO_HEALTHY) +
           bool_size(instance->healthy) +
           (clustered ? LENGTH(INFO_CLUSTER) + LENGTH("\"\"") + cluster : 0) + LENGTH(INFO_EXT) +
           ext_size(dictionary, instance->ext) + LENGTH("}") + LENGTH(INFO_METADATA_ID) + ip +
           LENGTH(":") + port + LENGTH(":") + cluster + LENGTH("\"}");
}

size_t distro_json_publication_size(const DistroDictionary *dictionary,
                                    const DistroPublicationInfo *info)
{
    if (!info->batch) {
        return distro_dictionary_listing_info(dictionary, info->listings[0])->json_size;
    }

    size_t size = LENGTH(BATCH_START BATCH_END) + (info->count > 0 ? info->count - 1 : 0);
    for (uint32_t i = 0; i < info->count; i++) {
        size += distro_dictionary_listing_info(dictionary, info->listings[i])->json_size;
    }
    return size;
}

size_t distro_json_client_size(const DistroDictionary *dictionary, DistroClient client,
                               int32_t revision, const DistroContent *content)
{
    const DistroClientInfo *client_info = distro_dictionary_client_info(dictionary, client);
    const DistroPublication *items = distro_content_items(content);
    size_t heartbeat = client_info->kind == DISTRO_CLIENT_CONNECTION ? 0 : LENGTH(INFO_HEARTBEAT);
    size_t size =
        LENGTH(CLIENT_ID SYNC_REVISION SYNC_NAMESPACES GROUPS SERVICES SYNC_INFOS SYNC_BATCH "}}") +
        client_info->id_json_size + distro_json_digits(revision);
    uint32_t counts[2] = { 0, 0 }; /* singles, batches */

    for (uint32_t i = 0; i < content->count; i++) {
        const DistroPublicationInfo *info =
            distro_dictionary_publication_info(dictionary, items[i]);
        size += distro_dictionary_service_json_size(dictionary, info->service) + info->json_size +
                (info->batch ? 0 : heartbeat);
        counts[info->batch]++;
    }
    /* Each publication adds to four arrays; all but the first need a comma in each. */
    for (int i = 0; i < 2; i++) {
        size += counts[i] > 1 ? (counts[i] - 1) * 4 * LENGTH(",") : 0;
    }
    return size + (counts[1] > 0 ? LENGTH(BATCH_NAMESPACES GROUPS SERVICES BATCH_INFOS "]") : 0);
}

static size_t content_size(size_t json_size)
{
    return LENGTH(CONTENT QUOTE) + base64_size(json_size);
}

size_t distro_json_idle_size(int32_t idle_ms)
{
    return idle_ms == 0 ? 0 : LENGTH(SNAPSHOT_IDLE) + distro_json_digits(idle_ms);
}

size_t distro_json_snapshot_size(uint32_t count, size_t clients_size)
{
    size_t content =
        LENGTH(SNAPSHOT_START SNAPSHOT_END) + clients_size + (count > 1 ? count - 1 : 0);
    return LENGTH(RESULT DATA_START "\"SNAPSHOT\"" KEY_TYPE KEY_END) + content_size(content) +
           LENGTH("}," SUCCESS);
}

static size_t snapshot_size(const DistroDictionary *dictionary, const DistroMessage *message)
{
    size_t offset = 0, size = 0;
    DistroClient client;
    int32_t revision;
    DistroContent content;

    size_t at = 0;
    while (distro_snapshot_next(message->snapshot, &offset, &client, &revision, &content)) {
        size += distro_json_client_size(dictionary, client, revision, &content) +
                distro_json_idle_size(distro_snapshot_idle_ms(message->snapshot, at));
        distro_content_clear(&content);
        at = offset;
    }
    return distro_json_snapshot_size(message->snapshot_count, size);
}

/* A request about one client, without its content. Every operation name but QUERY has six letters,
 * and it is named twice. */
static size_t client_request_size(const DistroDictionary *dictionary, const DistroMessage *message)
{
    size_t size = LENGTH(REQUEST_START DATA_START KEY_TYPE KEY_END DATA_TYPE QUOTE
                         "}," OPERATION QUOTE REQUEST_END);
    size += 2 * (message->op == DISTRO_OP_QUERY ? LENGTH("QUERY") : LENGTH("CHANGE"));
    size += distro_dictionary_client_info(dictionary, message->client)->id_json_size;
    if (message->target != DISTRO_NONE) {
        size += LENGTH(KEY_TARGET) + text_json_size(dictionary, message->target);
    }
    return size;
}

static size_t verify_content_size(const DistroDictionary *dictionary, const DistroMessage *message)
{
    return LENGTH(CLIENT_ID VERIFY_REVISION "}") +
           distro_dictionary_client_info(dictionary, message->client)->id_json_size +
           distro_json_digits(message->revision);
}

static size_t member_size(const DistroDictionary *dictionary, DistroName address)
{
    const char *text = distro_dictionary_text(dictionary, address);
    size_t bare = bare_json_size(dictionary, address);
    DistroJsonAddress split = distro_json_split_address(text);
    size_t after_ip = strlen(text) - split.ip_size; /* ":<port>" or nothing: plain letters */

    return LENGTH(MEMBER) - MEMBER_MARKS + (bare - after_ip) + split.port_size + bare;
}

static size_t service_url_size(const DistroDictionary *dictionary, const DistroServiceInfo *service)
{
    return distro_dictionary_name_sizes(dictionary, service->group)->url +
           LENGTH(GROUP_SEPARATOR_URL) +
           distro_dictionary_name_sizes(dictionary, service->name)->url;
}

/* Metadata is a map of strings: any other value is written as one. */
static size_t metadata_value_url_size(const DistroExtEntry *entry)
{
    if (entry->kind == DISTRO_VALUE_STRING) {
        return distro_json_name_sizes(entry->text).json_url;
    }
    if (entry->kind == DISTRO_VALUE_DOUBLE) {
        return LENGTH("%22%22") + distro_json_double_size(entry->number);
    }
    return LENGTH("%22%22") + value_size(entry);
}

static size_t metadata_url_size(const DistroDictionary *dictionary, DistroExt ext)
{
    size_t count, size = 0;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);

    for (size_t i = 0; i < count; i++) {
        if (distro_json_is_metadata(&entries[i])) {
            size += (size > 0 ? LENGTH("%2C") : 0) +
                    distro_json_name_sizes(entries[i].key).json_url + LENGTH("%3A") +
                    metadata_value_url_size(&entries[i]);
        }
    }
    return LENGTH("%7B%7D") + size;
}

/* Bytes of a literal of ours inside a form parameter. */
static size_t literal_url_size(const char *literal)
{
    size_t size = 0;
    for (; *literal; literal++) {
        size += url_letter_size((unsigned char)*literal);
    }
    return size;
}

static size_t ip_json_url_size(const DistroJsonAddress *address)
{
    size_t size = 0;
    for (size_t i = 0; i < address->ip_size; i++) {
        size += json_url_letter_size((unsigned char)address->ip[i]);
    }
    return size;
}

static size_t ip_url_size(const DistroJsonAddress *address)
{
    size_t size = 0;
    for (size_t i = 0; i < address->ip_size; i++) {
        size += url_letter_size((unsigned char)address->ip[i]);
    }
    return size;
}

static size_t beat_url_size(const DistroDictionary *dictionary, const DistroServiceInfo *service,
                            const DistroListingInfo *listing, const DistroJsonAddress *address)
{
    static const char LITERALS[] = BEAT_PORT BEAT_IP BEAT_WEIGHT BEAT_SERVICE GROUP_SEPARATOR
        BEAT_CLUSTER BEAT_METADATA BEAT_END;
    size_t cluster =
        listing->instance.cluster == DISTRO_NONE
            ? LENGTH("%22DEFAULT%22")
            : distro_dictionary_name_sizes(dictionary, listing->instance.cluster)->json_url;

    return literal_url_size(LITERALS) + address->port_size + ip_json_url_size(address) +
           distro_json_double_size(listing->weight) +
           distro_dictionary_name_sizes(dictionary, service->group)->json_url +
           distro_dictionary_name_sizes(dictionary, service->name)->json_url -
           2 * LENGTH("%22%22") + cluster + metadata_url_size(dictionary, listing->instance.ext);
}

static size_t forward_size(const DistroDictionary *dictionary, const DistroWrite *write)
{
    static const size_t FIXED[] = {
        [DISTRO_WRITE_REGISTER] = LENGTH("POST " INSTANCE_PATH FORM_WEIGHT FORM_ENABLE FORM_HEALTHY
                                             FORM_EPHEMERAL FORM_METADATA),
        [DISTRO_WRITE_DEREGISTER] = LENGTH("DELETE " INSTANCE_PATH FORM_EPHEMERAL),
        [DISTRO_WRITE_BEAT] = LENGTH("PUT " INSTANCE_PATH "/beat" FORM_BEAT),
        [DISTRO_WRITE_LIGHT_BEAT] = LENGTH("PUT " INSTANCE_PATH "/beat"),
    };
    const DistroServiceInfo *service = distro_dictionary_service_info(dictionary, write->service);
    const DistroListingInfo *listing = distro_json_written_listing(dictionary, write);
    DistroJsonAddress address = distro_json_client_address(dictionary, write->client);
    size_t size = FIXED[write->kind] +
                  LENGTH(FORM_NAMESPACE FORM_SERVICE FORM_CLUSTER FORM_IP FORM_PORT HTTP_END) +
                  distro_dictionary_name_sizes(dictionary, service->namespace_id)->url +
                  service_url_size(dictionary, service) + ip_url_size(&address) + address.port_size;

    size += listing == NULL || listing->instance.cluster == DISTRO_NONE
                ? LENGTH(DEFAULT_CLUSTER)
                : distro_dictionary_name_sizes(dictionary, listing->instance.cluster)->url;
    if (write->kind == DISTRO_WRITE_REGISTER) {
        size += distro_json_double_size(listing->weight) + bool_size(listing->enabled) +
                bool_size(listing->instance.healthy) +
                metadata_url_size(dictionary, listing->instance.ext);
    } else if (write->kind == DISTRO_WRITE_BEAT) {
        size += beat_url_size(dictionary, service, listing, &address);
    }
    return size;
}

static size_t request_size(const DistroDictionary *dictionary, const DistroMessage *message)
{
    switch (message->op) {
    case DISTRO_OP_VERIFY:
        return client_request_size(dictionary, message) +
               content_size(verify_content_size(dictionary, message));
    case DISTRO_OP_CHANGE:
        return client_request_size(dictionary, message) +
               content_size(distro_json_client_size(dictionary, message->client, message->revision,
                                                    &message->content));
    case DISTRO_OP_DELETE:
    case DISTRO_OP_QUERY:
        return client_request_size(dictionary, message);
    case DISTRO_OP_SNAPSHOT:
        return LENGTH(REQUEST_START OPERATION "SNAPSHOT" QUOTE REQUEST_END);
    case DISTRO_OP_REPORT:
        return LENGTH(REQUEST_START NODE REQUEST_END) + member_size(dictionary, message->target);
    case DISTRO_OP_HEALTH:
        return LENGTH(INTERNAL_REQUEST);
    case DISTRO_OP_CONNECT:
        return LENGTH(CONNECT_REQUEST);
    case DISTRO_OP_FORWARD:
        return forward_size(dictionary, &message->write);
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

static size_t failure_size(DistroStatus status)
{
    const DistroJsonFailure *failure = distro_json_failure(status);
    return LENGTH("{\"resultCode\":200,\"errorCode\":,\"message\":\"\",\"success\":}") +
           distro_json_digits(failure->error_code) + strlen(failure->message) +
           bool_size(failure->result_code == 200);
}

static size_t http_answer_size(const DistroMessage *message)
{
    const char *body = distro_json_http_body(message->status, message->write.kind);
    return LENGTH(HTTP_ANSWER HTTP_ANSWER_END) + HTTP_CODE_SIZE +
           (body != NULL ? strlen(body) : failure_size(message->status));
}

static size_t answer_size(const DistroDictionary *dictionary, const DistroMessage *message)
{
    if (message->op == DISTRO_OP_FORWARD) {
        return http_answer_size(message);
    }
    if (message->status != DISTRO_STATUS_OK) {
        return failure_size(message->status);
    }
    if (message->op == DISTRO_OP_SNAPSHOT) {
        return snapshot_size(dictionary, message);
    }
    if (message->op == DISTRO_OP_CONNECT) {
        return LENGTH(CONNECT_ANSWER);
    }
    if (message->op == DISTRO_OP_REPORT && message->target != DISTRO_NONE) {
        return LENGTH(RESULT NODE "," SUCCESS) + member_size(dictionary, message->target);
    }
    if (message->op == DISTRO_OP_QUERY && message->client != DISTRO_NONE) {
        return LENGTH(RESULT DATA_START KEY_TYPE KEY_END "}," SUCCESS) +
               distro_dictionary_client_info(dictionary, message->client)->id_json_size +
               content_size(distro_json_client_size(dictionary, message->client, message->revision,
                                                    &message->content));
    }
    return LENGTH(RESULT SUCCESS);
}

size_t distro_wire_json_size(const DistroDictionary *dictionary, const DistroMessage *message)
{
    if (distro_json_is_v1(message)) {
        return distro_json_put_v1(NULL, dictionary, message);
    }
    return message->answer ? answer_size(dictionary, message) : request_size(dictionary, message);
}
