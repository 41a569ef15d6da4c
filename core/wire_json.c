/* core/wire_json.c -- Nacos's JSON: the sizes, the writer, the reader.
 *
 * The three parts share the literals below and nothing else: a size is a sum over names, never the
 * length of a text that was written to be measured. Reading runs every message twice over the same
 * functions, first without a dictionary, to see whether all of it is sound, then with one, to enter
 * its names; so a message that is refused leaves no trace. */
#include "core/wire_json.h"

#include "core/java.h"
#include "core/json_reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(literal) (sizeof(literal) - 1)

/* DistroDataRequest: the inherited headers first, the getter-only module last, as Jackson does. */
#define REQUEST_START "{\"headers\":{},"
#define REQUEST_END ",\"module\":\"cluster\"}"
#define OPERATION "\"dataOperation\":\""
#define DATA_START "\"distroData\":{\"distroKey\":{\"resourceKey\":"
#define RESOURCE_TYPE "Nacos:Naming:v2:ClientData"
#define KEY_TYPE ",\"resourceType\":\"" RESOURCE_TYPE "\""
#define KEY_TARGET ",\"targetServer\":"
#define KEY_END "}"
#define DATA_TYPE ",\"type\":\""
#define CONTENT ",\"content\":\""
#define QUOTE "\""

/* DistroClientVerifyInfo, ClientSyncData, ClientSyncDatumSnapshot. */
#define CLIENT_ID "{\"clientId\":"
#define VERIFY_REVISION ",\"revision\":"
#define SYNC_REVISION ",\"attributes\":{\"clientAttributes\":{\"revision\":"
#define SYNC_NAMESPACES "}},\"namespaces\":["
#define GROUPS "],\"groupNames\":["
#define SERVICES "],\"serviceNames\":["
#define SYNC_INFOS "],\"instancePublishInfos\":["
#define SYNC_BATCH "],\"batchInstanceData\":{"
#define BATCH_NAMESPACES "\"namespaces\":["
#define BATCH_INFOS "],\"batchInstancePublishInfos\":["
#define SNAPSHOT_START "{\"clientSyncDataList\":["
#define SNAPSHOT_END "]}"

/* InstancePublishInfo and its children. A batch has no address of its own, and says so in the
 * derived metadataId. The heartbeat time is the receiver's to choose (it is never taken from the
 * wire), so a fixed time of thirteen digits stands for all. */
#define INFO_IP "{\"ip\":"
#define INFO_PORT ",\"port\":"
#define INFO_HEALTHY ",\"healthy\":"
#define INFO_CLUSTER ",\"cluster\":"
#define INFO_EXT ",\"extendDatum\":{"
#define INFO_HEARTBEAT ",\"lastHeartBeatTime\":1699999999999"
#define INFO_METADATA_ID ",\"metadataId\":\""
#define BATCH_START "{\"port\":0,\"healthy\":false,\"instancePublishInfos\":["
#define BATCH_END "],\"metadataId\":\"null:0:null\"}"

/* DistroDataResponse and its like. */
#define RESULT "{\"resultCode\":200,\"errorCode\":0,"
#define SUCCESS "\"success\":true}"

#define INTERNAL_REQUEST "{\"headers\":{},\"module\":\"internal\"}"
#define CONNECT_REQUEST                                                                            \
    INTERNAL_REQUEST "{\"headers\":{},\"clientVersion\":\"Nacos-Server:v2.5.1\",\"tenant\":\"\","  \
                     "\"labels\":{\"source\":\"cluster\"},"                                        \
                     "\"abilityTable\":{\"supportPersistentInstanceByGrpc\":true},"                \
                     "\"module\":\"internal\"}"
#define CONNECT_ANSWER                                                                             \
    RESULT "\"connectionId\":\"1699999999999_10.0.0.1_54321\","                                    \
           "\"supportAbilityNegotiation\":true," SUCCESS

/* A Member of 2.5.1 in a cluster of three. Only what depends on the address varies: \1 stands for
 * the ip, \2 for the port, \3 for the address. */
#define RAFT_PEERS "\"10.0.0.1:7848\",\"10.0.0.2:7848\",\"10.0.0.3:7848\""
#define RAFT_STATE "{\"leader\":\"10.0.0.1:7848\",\"raftGroupMember\":[" RAFT_PEERS "],\"term\":1}"
#define RAFT_INSTANCES "\"naming_instance_metadata\":" RAFT_STATE
#define RAFT_PERSISTENT "\"naming_persistent_service_v2\":" RAFT_STATE
#define RAFT_SERVICES "\"naming_service_metadata\":" RAFT_STATE
#define RAFT_GROUPS "{" RAFT_INSTANCES "," RAFT_PERSISTENT "," RAFT_SERVICES "}"
#define RAFT_META "\"raftMetaData\":{\"metaDataMap\":" RAFT_GROUPS "},\"raftPort\":\"7848\""
#define EXTEND_START "{\"adWeight\":\"0\",\"lastRefreshTime\":1699999999999,"
#define EXTEND_END                                                                                 \
    ",\"readyToUpgrade\":true,\"site\":\"unknow\",\"version\":\"2.5.1\",\"weight\":\"1\"}"
#define EXTEND_INFO ",\"extendInfo\":" EXTEND_START RAFT_META EXTEND_END
#define REMOTE_ABILITY "{\"supportRemoteConnection\":true,\"grpcReportEnabled\":true}"
#define CONFIG_ABILITY "{\"supportRemoteMetrics\":false}"
#define NAMING_ABILITY "{\"supportJraft\":true}"
#define ABILITIES_START ",\"abilities\":{\"remoteAbility\":" REMOTE_ABILITY
#define ABILITIES_REST ",\"configAbility\":" CONFIG_ABILITY ",\"namingAbility\":" NAMING_ABILITY "}"
#define MEMBER_START "{\"ip\":\"\1\",\"port\":\2,\"state\":\"UP\""
#define MEMBER_END ",\"grpcReportEnabled\":true,\"failAccessCnt\":0}"
#define MEMBER_ADDRESS ",\"address\":\"\3\""
#define MEMBER MEMBER_START EXTEND_INFO MEMBER_ADDRESS ABILITIES_START ABILITIES_REST MEMBER_END
#define NODE "\"node\":"
enum {
    MEMBER_MARKS = 3
};

/* FORWARD, as SDK 1.x writes it (NamingProxy#registerService, #deregisterService, #sendBeat). */
#define INSTANCE_PATH "/nacos/v1/ns/instance"
#define FORM_NAMESPACE "?namespaceId="
#define FORM_SERVICE "&serviceName="
#define GROUP_SEPARATOR "@@"
#define GROUP_SEPARATOR_URL "%40%40"
#define FORM_CLUSTER "&clusterName="
#define FORM_IP "&ip="
#define FORM_PORT "&port="
#define FORM_WEIGHT "&weight="
#define FORM_ENABLE "&enable="
#define FORM_HEALTHY "&healthy="
#define FORM_EPHEMERAL "&ephemeral=true"
#define FORM_METADATA "&metadata="
#define FORM_BEAT "&beat="
#define HTTP_END " HTTP/1.1"
#define BEAT_PORT "{\"port\":"
#define BEAT_IP ",\"ip\":\""
#define BEAT_WEIGHT "\",\"weight\":"
#define BEAT_SERVICE ",\"serviceName\":\""
#define BEAT_CLUSTER "\",\"cluster\":"
#define BEAT_METADATA ",\"metadata\":"
#define BEAT_END ",\"scheduled\":false,\"period\":5000,\"stopped\":false}"
#define BEAT_ANSWER(code)                                                                          \
    "{\"clientBeatInterval\":5000,\"code\":" code ",\"lightBeatEnabled\":true}"
#define HTTP_ANSWER "HTTP/1.1 "
#define HTTP_ANSWER_END "\r\n\r\n"
enum {
    HTTP_CODE_SIZE = 3
};
static const char DEFAULT_CLUSTER[] = "DEFAULT";

static const char *const OP_NAMES[DISTRO_N_OPS] = {
    [DISTRO_OP_CHANGE] = "CHANGE",     [DISTRO_OP_DELETE] = "DELETE", [DISTRO_OP_VERIFY] = "VERIFY",
    [DISTRO_OP_SNAPSHOT] = "SNAPSHOT", [DISTRO_OP_QUERY] = "QUERY",
};

/* What an answer says that is not OK. A status of HTTP's has no place in a gRPC answer, but is
 * written as an error response all the same, so that no status is lost. */
typedef struct Failure {
    DistroStatus status;
    int result_code, error_code;
    const char *message;
} Failure;

static const Failure FAILURES[] = {
    { DISTRO_STATUS_VERIFY_FAILED, 500, 500, "[DISTRO-FAILED] distro data verify failed" },
    { DISTRO_STATUS_REFUSED_AS_OK, 200, 500, "[DISTRO-FAILED] distro data handle failed" },
    { DISTRO_STATUS_EXCEPTION, 500, 500, "handle distro request with exception" },
    { DISTRO_STATUS_ERROR_STARTING, 500, 300, "Server is starting,please try later." },
    { DISTRO_STATUS_UNREGISTERED, 500, 301, "Connection is unregistered." },
    { DISTRO_STATUS_NO_HANDLER, 500, 302, "RequestHandler Not Found" },
    { DISTRO_STATUS_BAD_PAYLOAD, 500, 502, "Invalid Payload" },
    { DISTRO_STATUS_HTTP_BAD_REQUEST, 500, 400, "receive invalid redirect request from peer" },
    { DISTRO_STATUS_HTTP_ERROR, 500, 500, "server error" },
    { DISTRO_STATUS_HTTP_UNAVAILABLE, 500, 503, "server is STARTING now, please try again later!" },
    { DISTRO_STATUS_BEAT_UNKNOWN, 500, 20404, "resource not found" },
};

/* ================================ sizes ================================ */

static size_t digits_u64(uint64_t value)
{
    size_t digits = 1;
    for (; value >= 10; value /= 10)
        digits++;
    return digits;
}

static size_t digits_i64(int64_t value)
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
    if (letter == '"' || letter == '\\')
        return 2;
    if (letter >= 0x20)
        return 1;
    return strchr("\b\f\n\r\t", letter) != NULL && letter != 0 ? 2 : LENGTH("\\u0000");
}

/* URLEncoder leaves these alone, makes a space a plus, and each other byte three. */
static bool is_url_plain(unsigned char letter)
{
    return g_ascii_isalnum(letter) || (letter != 0 && strchr(".-*_", letter) != NULL);
}

static size_t url_letter_size(unsigned char letter)
{
    return is_url_plain(letter) || letter == ' ' ? 1 : 3;
}

/* A JSON letter inside a form parameter: its backslash is escaped in turn. */
static size_t json_url_letter_size(unsigned char letter)
{
    if (letter == '"' || letter == '\\')
        return LENGTH("%5C%22");
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
    for (; *text; text++)
        size += json_letter_size((unsigned char)*text);
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

static size_t double_size(double value)
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
        return digits_i64(entry->integer);
    case DISTRO_VALUE_DOUBLE: /* Jackson quotes "NaN" and its kin */
        return double_size(entry->number) + (isfinite(entry->number) ? 0 : LENGTH("\"\""));
    }
    g_assert_not_reached();
}

/* The map's members, without its braces. */
static size_t ext_size(const DistroDictionary *dictionary, DistroExt ext)
{
    size_t count, size = 0;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);

    for (size_t i = 0; i < count; i++)
        if (entries[i].kind != DISTRO_VALUE_NULL)
            size += (size > 0 ? LENGTH(",") : 0) + distro_json_string_size(entries[i].key) +
                    LENGTH(":") + value_size(&entries[i]);
    return size;
}

size_t distro_json_listing_size(const DistroDictionary *dictionary, DistroListing listing)
{
    const DistroInstance *instance = &distro_dictionary_listing_info(dictionary, listing)->instance;
    size_t ip = bare_json_size(dictionary, instance->ip);
    size_t port = digits_i64(instance->port);
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
    if (!info->batch)
        return distro_dictionary_listing_info(dictionary, info->listings[0])->json_size;

    size_t size = LENGTH(BATCH_START BATCH_END) + (info->count > 0 ? info->count - 1 : 0);
    for (uint32_t i = 0; i < info->count; i++)
        size += distro_dictionary_listing_info(dictionary, info->listings[i])->json_size;
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
        client_info->id_json_size + digits_i64(revision);
    uint32_t counts[2] = { 0, 0 }; /* singles, batches */

    for (uint32_t i = 0; i < content->count; i++) {
        const DistroPublicationInfo *info =
            distro_dictionary_publication_info(dictionary, items[i]);
        size += distro_dictionary_service_json_size(dictionary, info->service) + info->json_size +
                (info->batch ? 0 : heartbeat);
        counts[info->batch]++;
    }
    /* Each publication adds to four arrays; all but the first need a comma in each. */
    for (int i = 0; i < 2; i++)
        size += counts[i] > 1 ? (counts[i] - 1) * 4 * LENGTH(",") : 0;
    return size + (counts[1] > 0 ? LENGTH(BATCH_NAMESPACES GROUPS SERVICES BATCH_INFOS "]") : 0);
}

static size_t content_size(size_t json_size)
{
    return LENGTH(CONTENT QUOTE) + base64_size(json_size);
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

    while (distro_snapshot_next(message->snapshot, &offset, &client, &revision, &content)) {
        size += distro_json_client_size(dictionary, client, revision, &content);
        distro_content_clear(&content);
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
    if (message->target != DISTRO_NONE)
        size += LENGTH(KEY_TARGET) + text_json_size(dictionary, message->target);
    return size;
}

static size_t verify_content_size(const DistroDictionary *dictionary, const DistroMessage *message)
{
    return LENGTH(CLIENT_ID VERIFY_REVISION "}") +
           distro_dictionary_client_info(dictionary, message->client)->id_json_size +
           digits_i64(message->revision);
}

/* An address in two: "<ip>:<port>". What has no port of at most five digits is all ip, with
 * port 0, the tag generator's default. */
typedef struct Address {
    const char *ip, *port;
    size_t ip_size, port_size;
} Address;

static Address split_address(const char *text)
{
    const char *colon = strrchr(text, ':');
    size_t port_size = colon == NULL ? 0 : strspn(colon + 1, "0123456789");
    bool sound = port_size > 0 && port_size <= 5 && colon[1 + port_size] == '\0' &&
                 (colon[1] != '0' || port_size == 1);
    if (!sound)
        return (Address) { text, "0", strlen(text), 1 };
    return (Address) { text, colon + 1, (size_t)(colon - text), port_size };
}

static size_t member_size(const DistroDictionary *dictionary, DistroName address)
{
    const char *text = distro_dictionary_text(dictionary, address);
    size_t bare = bare_json_size(dictionary, address);
    Address split = split_address(text);
    size_t after_ip = strlen(text) - split.ip_size; /* ":<port>" or nothing: plain letters */

    return LENGTH(MEMBER) - MEMBER_MARKS + (bare - after_ip) + split.port_size + bare;
}

static size_t service_url_size(const DistroDictionary *dictionary, const DistroServiceInfo *service)
{
    return distro_dictionary_name_sizes(dictionary, service->group)->url +
           LENGTH(GROUP_SEPARATOR_URL) +
           distro_dictionary_name_sizes(dictionary, service->name)->url;
}

/* Whether the SDK says this in a parameter of its own, or nowhere, and not in the metadata. */
static bool is_metadata(const DistroExtEntry *entry)
{
    if (strcmp(entry->key, "publishInstanceWeight") == 0)
        return entry->kind == DISTRO_VALUE_STRING || entry->kind == DISTRO_VALUE_BOOL;
    if (strcmp(entry->key, "publishInstanceEnable") == 0)
        return entry->kind != DISTRO_VALUE_BOOL && entry->kind != DISTRO_VALUE_NULL;
    return entry->kind != DISTRO_VALUE_NULL;
}

/* Metadata is a map of strings: any other value is written as one. */
static size_t metadata_value_url_size(const DistroExtEntry *entry)
{
    if (entry->kind == DISTRO_VALUE_STRING)
        return distro_json_name_sizes(entry->text).json_url;
    if (entry->kind == DISTRO_VALUE_DOUBLE)
        return LENGTH("%22%22") + double_size(entry->number);
    return LENGTH("%22%22") + value_size(entry);
}

static size_t metadata_url_size(const DistroDictionary *dictionary, DistroExt ext)
{
    size_t count, size = 0;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);

    for (size_t i = 0; i < count; i++)
        if (is_metadata(&entries[i]))
            size += (size > 0 ? LENGTH("%2C") : 0) +
                    distro_json_name_sizes(entries[i].key).json_url + LENGTH("%3A") +
                    metadata_value_url_size(&entries[i]);
    return LENGTH("%7B%7D") + size;
}

/* Bytes of a literal of ours inside a form parameter. */
static size_t literal_url_size(const char *literal)
{
    size_t size = 0;
    for (; *literal; literal++)
        size += url_letter_size((unsigned char)*literal);
    return size;
}

static size_t ip_json_url_size(const Address *address)
{
    size_t size = 0;
    for (size_t i = 0; i < address->ip_size; i++)
        size += json_url_letter_size((unsigned char)address->ip[i]);
    return size;
}

static size_t ip_url_size(const Address *address)
{
    size_t size = 0;
    for (size_t i = 0; i < address->ip_size; i++)
        size += url_letter_size((unsigned char)address->ip[i]);
    return size;
}

static size_t beat_url_size(const DistroDictionary *dictionary, const DistroServiceInfo *service,
                            const DistroListingInfo *listing, const Address *address)
{
    static const char LITERALS[] = BEAT_PORT BEAT_IP BEAT_WEIGHT BEAT_SERVICE GROUP_SEPARATOR
        BEAT_CLUSTER BEAT_METADATA BEAT_END;
    size_t cluster =
        listing->instance.cluster == DISTRO_NONE
            ? LENGTH("%22DEFAULT%22")
            : distro_dictionary_name_sizes(dictionary, listing->instance.cluster)->json_url;

    return literal_url_size(LITERALS) + address->port_size + ip_json_url_size(address) +
           double_size(listing->weight) +
           distro_dictionary_name_sizes(dictionary, service->group)->json_url +
           distro_dictionary_name_sizes(dictionary, service->name)->json_url -
           2 * LENGTH("%22%22") + cluster + metadata_url_size(dictionary, listing->instance.ext);
}

static const DistroListingInfo *written_listing(const DistroDictionary *dictionary,
                                                const DistroWrite *write)
{
    if (write->kind != DISTRO_WRITE_REGISTER && write->kind != DISTRO_WRITE_BEAT)
        return NULL;
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(dictionary, write->publication);
    g_assert_false(info->batch);
    return distro_dictionary_listing_info(dictionary, info->listings[0]);
}

static Address client_address(const DistroDictionary *dictionary, DistroClient client)
{
    DistroName tag = distro_dictionary_client_info(dictionary, client)->tag;
    return split_address(distro_dictionary_text(dictionary, tag));
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
    const DistroListingInfo *listing = written_listing(dictionary, write);
    Address address = client_address(dictionary, write->client);
    size_t size = FIXED[write->kind] +
                  LENGTH(FORM_NAMESPACE FORM_SERVICE FORM_CLUSTER FORM_IP FORM_PORT HTTP_END) +
                  distro_dictionary_name_sizes(dictionary, service->namespace_id)->url +
                  service_url_size(dictionary, service) + ip_url_size(&address) + address.port_size;

    size += listing == NULL || listing->instance.cluster == DISTRO_NONE
                ? LENGTH(DEFAULT_CLUSTER)
                : distro_dictionary_name_sizes(dictionary, listing->instance.cluster)->url;
    if (write->kind == DISTRO_WRITE_REGISTER)
        size += double_size(listing->weight) + bool_size(listing->enabled) +
                bool_size(listing->instance.healthy) +
                metadata_url_size(dictionary, listing->instance.ext);
    else if (write->kind == DISTRO_WRITE_BEAT)
        size += beat_url_size(dictionary, service, listing, &address);
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
    case DISTRO_N_OPS:
        break;
    }
    g_assert_not_reached();
}

static const Failure *failure_of(DistroStatus status)
{
    for (size_t i = 0; i < G_N_ELEMENTS(FAILURES); i++)
        if (FAILURES[i].status == status)
            return &FAILURES[i];
    g_assert_not_reached();
}

static size_t failure_size(DistroStatus status)
{
    const Failure *failure = failure_of(status);
    return LENGTH("{\"resultCode\":200,\"errorCode\":,\"message\":\"\",\"success\":}") +
           digits_i64(failure->error_code) + strlen(failure->message) +
           bool_size(failure->result_code == 200);
}

/* The body of an HTTP answer that HTTP itself knows, or NULL. */
static const char *http_body(DistroStatus status, DistroWriteKind kind)
{
    bool beat = kind == DISTRO_WRITE_BEAT || kind == DISTRO_WRITE_LIGHT_BEAT;
    switch (status) {
    case DISTRO_STATUS_OK:
        return beat ? BEAT_ANSWER("10200") : "ok";
    case DISTRO_STATUS_BEAT_UNKNOWN:
        return BEAT_ANSWER("20404");
    case DISTRO_STATUS_HTTP_BAD_REQUEST:
    case DISTRO_STATUS_HTTP_ERROR:
    case DISTRO_STATUS_HTTP_UNAVAILABLE:
        return failure_of(status)->message;
    default: /* a gRPC status: written as an error response in the body */
        return NULL;
    }
}

static size_t http_answer_size(const DistroMessage *message)
{
    const char *body = http_body(message->status, message->write.kind);
    return LENGTH(HTTP_ANSWER HTTP_ANSWER_END) + HTTP_CODE_SIZE +
           (body != NULL ? strlen(body) : failure_size(message->status));
}

static size_t answer_size(const DistroDictionary *dictionary, const DistroMessage *message)
{
    if (message->op == DISTRO_OP_FORWARD)
        return http_answer_size(message);
    if (message->status != DISTRO_STATUS_OK)
        return failure_size(message->status);
    if (message->op == DISTRO_OP_SNAPSHOT)
        return snapshot_size(dictionary, message);
    if (message->op == DISTRO_OP_CONNECT)
        return LENGTH(CONNECT_ANSWER);
    if (message->op == DISTRO_OP_REPORT && message->target != DISTRO_NONE)
        return LENGTH(RESULT NODE "," SUCCESS) + member_size(dictionary, message->target);
    if (message->op == DISTRO_OP_QUERY && message->client != DISTRO_NONE)
        return LENGTH(RESULT DATA_START KEY_TYPE KEY_END "}," SUCCESS) +
               distro_dictionary_client_info(dictionary, message->client)->id_json_size +
               content_size(distro_json_client_size(dictionary, message->client, message->revision,
                                                    &message->content));
    return LENGTH(RESULT SUCCESS);
}

size_t distro_wire_json_size(const DistroDictionary *dictionary, const DistroMessage *message)
{
    return message->answer ? answer_size(dictionary, message) : request_size(dictionary, message);
}

/* ================================ writing ================================ */

static void write_bare_n(GString *out, const char *text, size_t size)
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
    write_bare_n(out, text, strlen(text));
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

static void write_double(GString *out, double value)
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
        if (!isfinite(entry->number))
            g_string_append_c(out, '"');
        write_double(out, entry->number);
        if (!isfinite(entry->number))
            g_string_append_c(out, '"');
        return;
    }
}

static void write_ext(GString *out, const DistroDictionary *dictionary, DistroExt ext)
{
    size_t count;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);
    const char *comma = "";

    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind == DISTRO_VALUE_NULL)
            continue;
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
    if (heartbeat)
        g_string_append(out, INFO_HEARTBEAT);
    g_string_append(out, INFO_METADATA_ID);
    write_bare(out, ip);
    g_string_append_printf(out, ":%d:", instance->port);
    write_bare(out, clustered ? distro_dictionary_text(dictionary, instance->cluster) : "null");
    g_string_append(out, "\"}");
}

static void write_publication(GString *out, const DistroDictionary *dictionary,
                              const DistroPublicationInfo *info, bool heartbeat)
{
    if (info->batch)
        g_string_append(out, BATCH_START);
    for (uint32_t i = 0; i < info->count; i++) {
        if (i > 0)
            g_string_append_c(out, ',');
        write_instance(out, dictionary,
                       &distro_dictionary_listing_info(dictionary, info->listings[i])->instance,
                       heartbeat && !info->batch);
    }
    if (info->batch)
        g_string_append(out, BATCH_END);
}

/* The four parallel arrays, which hold either the singles or the batches. */
typedef struct ArrayTexts {
    bool batch;
    const char *namespaces, *infos;
} ArrayTexts;

typedef enum Column {
    COLUMN_NAMESPACE,
    COLUMN_GROUP,
    COLUMN_SERVICE,
    COLUMN_INFO,
    N_COLUMNS,
} Column;

static void write_cell(GString *out, const DistroDictionary *dictionary, Column column,
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
            if (info->batch != texts->batch)
                continue;
            g_string_append(out, comma);
            write_cell(out, dictionary, (Column)column, info, heartbeat);
            comma = ",";
        }
    }
}

static bool has_batch(const DistroDictionary *dictionary, const DistroContent *content)
{
    const DistroPublication *items = distro_content_items(content);
    for (uint32_t i = 0; i < content->count; i++)
        if (distro_dictionary_publication_info(dictionary, items[i])->batch)
            return true;
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
    g_string_append(out, OP_NAMES[op]);
    g_string_append(out, QUOTE REQUEST_END);
}

static void write_client_request(GString *out, const DistroDictionary *dictionary,
                                 const DistroMessage *message)
{
    g_string_append(out, REQUEST_START);
    write_key(out, dictionary, distro_dictionary_client_info(dictionary, message->client)->id,
              message->target);
    g_string_append(out, DATA_TYPE);
    g_string_append(out, OP_NAMES[message->op]);
    g_string_append(out, QUOTE);
    if (message->op == DISTRO_OP_CHANGE || message->op == DISTRO_OP_VERIFY)
        write_content(out, dictionary, message);
    g_string_append(out, "},");
    write_operation(out, message->op);
}

static void write_member(GString *out, const DistroDictionary *dictionary, DistroName address)
{
    const char *text = distro_dictionary_text(dictionary, address);
    Address split = split_address(text);

    for (const char *next = MEMBER; *next; next++) {
        if (*next == '\1')
            write_bare_n(out, split.ip, split.ip_size);
        else if (*next == '\2')
            g_string_append_len(out, split.port, (gssize)split.port_size);
        else if (*next == '\3')
            write_bare(out, text);
        else
            g_string_append_c(out, *next);
    }
}

static void write_url_n(GString *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char letter = (unsigned char)text[i];
        if (is_url_plain(letter))
            g_string_append_c(out, (char)letter);
        else if (letter == ' ')
            g_string_append_c(out, '+');
        else
            g_string_append_printf(out, "%%%02X", letter);
    }
}

static void write_url_name(GString *out, const DistroDictionary *dictionary, DistroName name)
{
    const char *text = distro_dictionary_text(dictionary, name);
    write_url_n(out, text, strlen(text));
}

static void write_metadata_value(GString *out, const DistroExtEntry *entry)
{
    if (entry->kind == DISTRO_VALUE_STRING) {
        write_string(out, entry->text);
        return;
    }
    g_string_append_c(out, '"');
    if (entry->kind == DISTRO_VALUE_DOUBLE)
        write_double(out, entry->number);
    else
        write_value(out, entry);
    g_string_append_c(out, '"');
}

static void write_metadata(GString *out, const DistroDictionary *dictionary, DistroExt ext)
{
    size_t count;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);
    const char *comma = "";

    g_string_append_c(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (!is_metadata(&entries[i]))
            continue;
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
    Address address = client_address(dictionary, write->client);
    g_autoptr(GString) json = g_string_new(BEAT_PORT);

    g_string_append_len(json, address.port, (gssize)address.port_size);
    g_string_append(json, BEAT_IP);
    write_bare_n(json, address.ip, address.ip_size);
    g_string_append(json, BEAT_WEIGHT);
    write_double(json, listing->weight);
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
    write_url_n(out, json->str, json->len);
}

static void write_registration(GString *out, const DistroDictionary *dictionary,
                               const DistroListingInfo *listing)
{
    g_autoptr(GString) metadata = g_string_new(NULL);

    g_string_append(out, FORM_WEIGHT);
    write_double(out, listing->weight);
    g_string_append(out, FORM_ENABLE);
    write_bool(out, listing->enabled);
    g_string_append(out, FORM_HEALTHY);
    write_bool(out, listing->instance.healthy);
    g_string_append(out, FORM_EPHEMERAL FORM_METADATA);
    write_metadata(metadata, dictionary, listing->instance.ext);
    write_url_n(out, metadata->str, metadata->len);
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
    const DistroListingInfo *listing = written_listing(dictionary, write);
    const char *cluster = cluster_text(dictionary, listing);
    Address address = client_address(dictionary, write->client);

    g_string_append(out, LINES[write->kind]);
    g_string_append(out, FORM_NAMESPACE);
    write_url_name(out, dictionary, service->namespace_id);
    g_string_append(out, FORM_SERVICE);
    write_url_name(out, dictionary, service->group);
    g_string_append(out, GROUP_SEPARATOR_URL);
    write_url_name(out, dictionary, service->name);
    g_string_append(out, FORM_CLUSTER);
    write_url_n(out, cluster, strlen(cluster));
    g_string_append(out, FORM_IP);
    write_url_n(out, address.ip, address.ip_size);
    g_string_append(out, FORM_PORT);
    g_string_append_len(out, address.port, (gssize)address.port_size);
    if (write->kind == DISTRO_WRITE_REGISTER)
        write_registration(out, dictionary, listing);
    else if (write->kind == DISTRO_WRITE_DEREGISTER)
        g_string_append(out, FORM_EPHEMERAL);
    else if (write->kind == DISTRO_WRITE_BEAT)
        write_beat(out, dictionary, write, listing);
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
    case DISTRO_N_OPS:
        break;
    }
    g_assert_not_reached();
}

static void write_failure(GString *out, DistroStatus status)
{
    const Failure *failure = failure_of(status);
    g_string_append_printf(out,
                           "{\"resultCode\":%d,\"errorCode\":%d,\"message\":\"%s\",\"success\":%s}",
                           failure->result_code, failure->error_code, failure->message,
                           failure->result_code == 200 ? "true" : "false");
}

static int http_code(DistroStatus status)
{
    switch (status) {
    case DISTRO_STATUS_OK:
    case DISTRO_STATUS_BEAT_UNKNOWN: /* the code that says so is in the body */
        return 200;
    case DISTRO_STATUS_HTTP_BAD_REQUEST:
    case DISTRO_STATUS_HTTP_UNAVAILABLE:
        return (int)status;
    default:
        return 500;
    }
}

static void write_http_answer(GString *out, const DistroMessage *message)
{
    const char *body = http_body(message->status, message->write.kind);
    g_string_append_printf(out, HTTP_ANSWER "%d" HTTP_ANSWER_END, http_code(message->status));
    if (body != NULL)
        g_string_append(out, body);
    else
        write_failure(out, message->status);
}

static void write_snapshot(GString *out, const DistroDictionary *dictionary,
                           const DistroMessage *message)
{
    g_autoptr(GString) json = g_string_new(SNAPSHOT_START);
    size_t offset = 0;
    DistroClient client;
    int32_t revision;
    DistroContent content;

    while (distro_snapshot_next(message->snapshot, &offset, &client, &revision, &content)) {
        if (json->len > LENGTH(SNAPSHOT_START))
            g_string_append_c(json, ',');
        write_client(json, dictionary, client, revision, &content);
        distro_content_clear(&content);
    }
    g_string_append(json, SNAPSHOT_END);

    write_key(out, dictionary, OP_NAMES[DISTRO_OP_SNAPSHOT], DISTRO_NONE);
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
    if (message->answer)
        write_answer(out, dictionary, message);
    else
        write_request(out, dictionary, message);
}

/* ================================ reading ================================ */

/* One publication of a client: where its parts stand in the text, then its numbers. */
typedef struct Item {
    const char *namespace_id, *group, *name;
    const DistroJsonValue *info;
    bool batch;
    DistroService service;
    DistroPublication publication;
} Item;

/* One client's ClientSyncData. */
typedef struct SyncData {
    const char *client_id;
    int32_t revision;
    GArray *items; /* Item */
} SyncData;

static void sync_data_clear(SyncData *data)
{
    g_clear_pointer(&data->items, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SyncData, sync_data_clear)

static void clear_element(gpointer element)
{
    sync_data_clear(element);
}

static const char *required_text(const DistroJson *json, const DistroJsonValue *value,
                                 const char *key)
{
    const DistroJsonValue *member = distro_json_member(json, value, key, DISTRO_JSON_STRING);
    return member == NULL ? NULL : member->text;
}

/* False if @key is there and neither a string nor null. */
static bool optional_text(const DistroJson *json, const DistroJsonValue *value, const char *key,
                          const char **text)
{
    *text = required_text(json, value, key);
    return *text != NULL || !distro_json_has(json, value, key);
}

static bool is_text(const DistroJson *json, const DistroJsonValue *value, const char *key,
                    const char *expected)
{
    const char *text = required_text(json, value, key);
    return text != NULL && strcmp(text, expected) == 0;
}

static DistroWireError parse_i64(const char *text, int64_t *number)
{
    return g_ascii_string_to_signed(text, 10, INT64_MIN, INT64_MAX, number, NULL)
               ? DISTRO_WIRE_OK
               : DISTRO_WIRE_BAD_RANGE;
}

/* Absent and null are 0, Java's default. Nacos casts a revision to Integer and throws if it is
 * anything else, so a wider number is refused here too. */
static DistroWireError read_i32(const DistroJson *json, const DistroJsonValue *value,
                                const char *key, int32_t *number)
{
    const DistroJsonValue *member = distro_json_member(json, value, key, DISTRO_JSON_WHOLE);
    int64_t wide = 0;

    *number = 0;
    if (member == NULL)
        return distro_json_has(json, value, key) ? DISTRO_WIRE_BAD_TEXT : DISTRO_WIRE_OK;
    if (parse_i64(member->text, &wide) != DISTRO_WIRE_OK || wide < INT32_MIN || wide > INT32_MAX)
        return DISTRO_WIRE_BAD_RANGE;
    *number = (int32_t)wide;
    return DISTRO_WIRE_OK;
}

static bool read_bool(const DistroJson *json, const DistroJsonValue *value, const char *key,
                      bool *result)
{
    const DistroJsonValue *member = distro_json_member(json, value, key, DISTRO_JSON_BOOL);
    *result = member != NULL && member->boolean;
    return member != NULL || !distro_json_has(json, value, key);
}

/* GLib's decoder skips what it does not know; this one's letters are counted first. */
static bool is_base64(const char *text)
{
    size_t size = strlen(text);
    size_t letters =
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    size_t padding = strspn(text + letters, "=");
    return size % 4 == 0 && padding <= 2 && letters + padding == size;
}

/* The JSON that @value's content holds, or NULL. */
static DistroJson *parse_content(const DistroJson *json, const DistroJsonValue *value)
{
    const char *text = required_text(json, value, "content");
    if (text == NULL || !is_base64(text))
        return NULL;
    gsize size;
    g_autofree guchar *bytes = g_base64_decode(text, &size);
    return distro_json_parse((const char *)bytes, size, NULL);
}

/* ---- instances ---- */

static DistroWireError read_ext_value(const DistroJsonValue *member, DistroExtEntry *entry)
{
    *entry = (DistroExtEntry) { .key = member->key };
    switch (member->kind) {
    case DISTRO_JSON_NULL:
        entry->kind = DISTRO_VALUE_NULL;
        return DISTRO_WIRE_OK;
    case DISTRO_JSON_BOOL:
        entry->kind = DISTRO_VALUE_BOOL;
        entry->boolean = member->boolean;
        return DISTRO_WIRE_OK;
    case DISTRO_JSON_STRING:
        entry->kind = DISTRO_VALUE_STRING;
        entry->text = member->text;
        return DISTRO_WIRE_OK;
    case DISTRO_JSON_WHOLE: /* Jackson takes the narrowest of Integer and Long */
        if (parse_i64(member->text, &entry->integer) != DISTRO_WIRE_OK)
            return DISTRO_WIRE_BAD_RANGE;
        entry->kind = entry->integer >= INT32_MIN && entry->integer <= INT32_MAX
                          ? DISTRO_VALUE_INT
                          : DISTRO_VALUE_LONG;
        return DISTRO_WIRE_OK;
    case DISTRO_JSON_NUMBER:
        entry->kind = DISTRO_VALUE_DOUBLE;
        entry->number = g_ascii_strtod(member->text, NULL);
        return isfinite(entry->number) ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_RANGE;
    case DISTRO_JSON_ARRAY:
    case DISTRO_JSON_OBJECT:
        return DISTRO_WIRE_BAD_TEXT; /* no map of ours holds another */
    }
    return DISTRO_WIRE_BAD_TEXT;
}

/* Keep the last of the entries with one key, as a Java map does when it is filled. */
static void drop_repeated(GArray *entries)
{
    g_autoptr(GHashTable) last = g_hash_table_new(g_str_hash, g_str_equal);
    DistroExtEntry *all = (DistroExtEntry *)(void *)entries->data;
    guint kept = 0;

    for (guint i = 0; i < entries->len; i++)
        g_hash_table_insert(last, (gpointer)all[i].key, GUINT_TO_POINTER(i));
    for (guint i = 0; i < entries->len; i++)
        if (GPOINTER_TO_UINT(g_hash_table_lookup(last, all[i].key)) == i)
            all[kept++] = all[i];
    g_array_set_size(entries, kept);
}

static DistroWireError read_ext_entries(const DistroJson *json, const DistroJsonValue *map,
                                        GArray *entries)
{
    for (const DistroJsonValue *member = distro_json_first(json, map); member != NULL;
         member = distro_json_next(json, member)) {
        DistroExtEntry entry;
        DistroWireError error = read_ext_value(member, &entry);
        if (error != DISTRO_WIRE_OK)
            return error;
        g_array_append_val(entries, entry);
    }
    drop_repeated(entries);
    return DISTRO_WIRE_OK;
}

static DistroWireError read_ext(DistroDictionary *dictionary, const DistroJson *json,
                                const DistroJsonValue *value, DistroExt *ext)
{
    const DistroJsonValue *map = distro_json_member(json, value, "extendDatum", DISTRO_JSON_OBJECT);
    *ext = 0;
    if (map == NULL)
        return distro_json_has(json, value, "extendDatum") ? DISTRO_WIRE_BAD_TEXT : DISTRO_WIRE_OK;

    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(DistroExtEntry));
    DistroWireError error = read_ext_entries(json, map, entries);
    if (error == DISTRO_WIRE_OK && dictionary != NULL)
        *ext = distro_dictionary_ext(
            dictionary, (const DistroExtEntry *)(const void *)entries->data, entries->len);
    return error;
}

static DistroWireError read_listing(DistroDictionary *dictionary, const DistroJson *json,
                                    const DistroJsonValue *value, DistroService service,
                                    DistroListing *listing)
{
    DistroInstance instance = { 0 };
    const char *ip = required_text(json, value, "ip");
    const char *cluster;

    if (ip == NULL || !optional_text(json, value, "cluster", &cluster) ||
        !read_bool(json, value, "healthy", &instance.healthy))
        return DISTRO_WIRE_BAD_TEXT;
    DistroWireError error = read_i32(json, value, "port", &instance.port);
    if (error == DISTRO_WIRE_OK)
        error = read_ext(dictionary, json, value, &instance.ext);
    if (error != DISTRO_WIRE_OK || dictionary == NULL)
        return error;

    instance.ip = distro_dictionary_name(dictionary, ip);
    instance.cluster = cluster == NULL ? DISTRO_NONE : distro_dictionary_name(dictionary, cluster);
    *listing = distro_dictionary_listing(dictionary, service, &instance);
    return DISTRO_WIRE_OK;
}

static DistroWireError read_batch(DistroDictionary *dictionary, const DistroJson *json, Item *item)
{
    const DistroJsonValue *infos =
        distro_json_member(json, item->info, "instancePublishInfos", DISTRO_JSON_ARRAY);
    if (infos == NULL)
        return DISTRO_WIRE_BAD_TEXT;

    g_autoptr(GArray) listings = g_array_new(FALSE, FALSE, sizeof(DistroListing));
    for (const DistroJsonValue *info = distro_json_first(json, infos); info != NULL;
         info = distro_json_next(json, info)) {
        DistroListing listing = DISTRO_NONE;
        DistroWireError error = read_listing(dictionary, json, info, item->service, &listing);
        if (error != DISTRO_WIRE_OK)
            return error;
        g_array_append_val(listings, listing);
    }
    if (dictionary != NULL)
        item->publication = distro_dictionary_publication(
            dictionary, item->service, true, (const DistroListing *)(const void *)listings->data,
            listings->len);
    return DISTRO_WIRE_OK;
}

static DistroWireError read_item(DistroDictionary *dictionary, const DistroJson *json, Item *item)
{
    if (dictionary != NULL)
        item->service =
            distro_dictionary_service(dictionary, item->namespace_id, item->group, item->name);
    if (item->batch)
        return read_batch(dictionary, json, item);

    DistroListing listing = DISTRO_NONE;
    DistroWireError error = read_listing(dictionary, json, item->info, item->service, &listing);
    if (error == DISTRO_WIRE_OK && dictionary != NULL)
        item->publication =
            distro_dictionary_publication(dictionary, item->service, false, &listing, 1);
    return error;
}

/* ---- clients ---- */

/* The four parallel arrays of @value become items. Unequal lengths make Nacos throw. */
static DistroWireError collect_items(const DistroJson *json, const DistroJsonValue *value,
                                     const char *infos_key, bool batch, GArray *items)
{
    const char *const keys[N_COLUMNS] = { "namespaces", "groupNames", "serviceNames", infos_key };
    const DistroJsonValue *cells[N_COLUMNS];
    uint32_t count = 0;

    for (int i = 0; i < N_COLUMNS; i++) {
        const DistroJsonValue *array = distro_json_member(json, value, keys[i], DISTRO_JSON_ARRAY);
        if (array == NULL || (i > 0 && array->count != count))
            return DISTRO_WIRE_BAD_TEXT;
        count = array->count;
        cells[i] = distro_json_first(json, array);
    }
    for (uint32_t i = 0; i < count; i++) {
        for (int column = 0; column < COLUMN_INFO; column++)
            if (cells[column]->kind != DISTRO_JSON_STRING)
                return DISTRO_WIRE_BAD_TEXT;
        Item item = { .namespace_id = cells[COLUMN_NAMESPACE]->text,
                      .group = cells[COLUMN_GROUP]->text,
                      .name = cells[COLUMN_SERVICE]->text,
                      .info = cells[COLUMN_INFO],
                      .batch = batch };
        g_array_append_val(items, item);
        for (int column = 0; column < N_COLUMNS; column++)
            cells[column] = distro_json_next(json, cells[column]);
    }
    return DISTRO_WIRE_OK;
}

static int compare_items_by_name(const void *a, const void *b)
{
    const Item *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    if (order == 0)
        order = strcmp(left->group, right->group);
    return order != 0 ? order : strcmp(left->namespace_id, right->namespace_id);
}

static int compare_items_by_service(const void *a, const void *b)
{
    const Item *left = a, *right = b;
    return left->service < right->service ? -1 : left->service > right->service;
}

static Item *items_of(const SyncData *data)
{
    return (Item *)(void *)data->items->data;
}

static DistroWireError read_sync_data(const DistroJson *json, const DistroJsonValue *value,
                                      SyncData *data)
{
    const DistroJsonValue *attributes =
        distro_json_member(json, value, "attributes", DISTRO_JSON_OBJECT);
    const DistroJsonValue *map =
        attributes == NULL
            ? NULL
            : distro_json_member(json, attributes, "clientAttributes", DISTRO_JSON_OBJECT);
    data->client_id = required_text(json, value, "clientId");
    data->items = g_array_new(FALSE, FALSE, sizeof(Item));
    if (data->client_id == NULL || map == NULL)
        return DISTRO_WIRE_BAD_TEXT;

    DistroWireError error = read_i32(json, map, "revision", &data->revision);
    if (error == DISTRO_WIRE_OK)
        error = collect_items(json, value, "instancePublishInfos", false, data->items);
    /* Without a batch the object is there and empty. */
    const DistroJsonValue *batches =
        distro_json_member(json, value, "batchInstanceData", DISTRO_JSON_OBJECT);
    if (error == DISTRO_WIRE_OK && batches == NULL &&
        distro_json_has(json, value, "batchInstanceData"))
        error = DISTRO_WIRE_BAD_TEXT;
    if (error == DISTRO_WIRE_OK && batches != NULL && distro_json_has(json, batches, "namespaces"))
        error = collect_items(json, batches, "batchInstancePublishInfos", true, data->items);
    if (error != DISTRO_WIRE_OK)
        return error;

    if (data->items->len > 1)
        qsort(data->items->data, data->items->len, sizeof(Item), compare_items_by_name);
    for (guint i = 0; i < data->items->len; i++) {
        if (i > 0 && compare_items_by_name(&items_of(data)[i - 1], &items_of(data)[i]) == 0)
            return DISTRO_WIRE_BAD_ORDER;
        error = read_item(NULL, json, &items_of(data)[i]);
        if (error != DISTRO_WIRE_OK)
            return error;
    }
    return DISTRO_WIRE_OK;
}

/* Second run: what was found sound enters @dictionary. The numbers of new services follow the
 * order of their names, so equal texts give equal numbers. */
static void enter_sync_data(DistroDictionary *dictionary, const DistroJson *json, SyncData *data,
                            DistroClient *client, DistroContent *content)
{
    Item *items = items_of(data);
    guint count = data->items->len;

    *client = distro_dictionary_client(dictionary, data->client_id);
    for (guint i = 0; i < count; i++) {
        DistroWireError error = read_item(dictionary, json, &items[i]);
        g_assert_cmpint(error, ==, DISTRO_WIRE_OK); /* the first run said so */
    }
    if (count > 1)
        qsort(items, count, sizeof *items, compare_items_by_service);
    *content = (DistroContent) { .count = count };
    if (count == 1) {
        content->only = items[0].publication;
    } else if (count > 1) {
        DistroPublication *many = g_new(DistroPublication, count);
        for (guint i = 0; i < count; i++)
            many[i] = items[i].publication;
        content->many = g_bytes_new_take(many, count * sizeof *many);
    }
}

/* @data is the distroData of a CHANGE or of an answer to QUERY. */
static DistroWireError read_client_content(DistroDictionary *dictionary, const DistroJson *json,
                                           const DistroJsonValue *data, const char *resource_key,
                                           DistroMessage *message)
{
    g_autoptr(DistroJson) content = parse_content(json, data);
    if (content == NULL)
        return DISTRO_WIRE_BAD_TEXT;
    g_auto(SyncData) sync_data = { 0 };
    DistroWireError error = read_sync_data(content, distro_json_root(content), &sync_data);
    if (error != DISTRO_WIRE_OK)
        return error;
    if (strcmp(sync_data.client_id, resource_key) != 0)
        return DISTRO_WIRE_BAD_TEXT; /* a message speaks of one client */
    message->revision = sync_data.revision;
    enter_sync_data(dictionary, content, &sync_data, &message->client, &message->content);
    return DISTRO_WIRE_OK;
}

static DistroWireError read_verify_content(const DistroJson *json, const DistroJsonValue *data,
                                           const char *resource_key, DistroMessage *message)
{
    g_autoptr(DistroJson) content = parse_content(json, data);
    if (content == NULL || !is_text(content, distro_json_root(content), "clientId", resource_key))
        return DISTRO_WIRE_BAD_TEXT;
    return read_i32(content, distro_json_root(content), "revision", &message->revision);
}

/* ---- requests ---- */

/* The distroKey of @data, whose resource type must be ours. */
static DistroWireError read_key(const DistroJson *json, const DistroJsonValue *data,
                                const char **resource_key, const char **target)
{
    const DistroJsonValue *key = distro_json_member(json, data, "distroKey", DISTRO_JSON_OBJECT);
    if (key == NULL || !is_text(json, key, "resourceType", RESOURCE_TYPE) ||
        !optional_text(json, key, "targetServer", target))
        return DISTRO_WIRE_BAD_TEXT;
    *resource_key = required_text(json, key, "resourceKey");
    return *resource_key == NULL ? DISTRO_WIRE_BAD_TEXT : DISTRO_WIRE_OK;
}

static bool is_operation(const DistroJson *json, const DistroJsonValue *root, DistroOp op)
{
    return is_text(json, root, "dataOperation", OP_NAMES[op]) ||
           (op == DISTRO_OP_CHANGE && is_text(json, root, "dataOperation", "ADD"));
}

static DistroWireError read_client_request(DistroDictionary *dictionary, const DistroJson *json,
                                           const DistroJsonValue *root, DistroMessage *message)
{
    const DistroJsonValue *data = distro_json_member(json, root, "distroData", DISTRO_JSON_OBJECT);
    const char *resource_key, *target;
    if (data == NULL)
        return DISTRO_WIRE_BAD_TEXT;
    DistroWireError error = read_key(json, data, &resource_key, &target);

    if (error == DISTRO_WIRE_OK && message->op == DISTRO_OP_VERIFY)
        error = read_verify_content(json, data, resource_key, message);
    if (error == DISTRO_WIRE_OK && message->op == DISTRO_OP_CHANGE)
        error = read_client_content(dictionary, json, data, resource_key, message);
    if (error != DISTRO_WIRE_OK)
        return error;
    message->client = distro_dictionary_client(dictionary, resource_key);
    bool aimed = message->op == DISTRO_OP_CHANGE || message->op == DISTRO_OP_DELETE;
    if (aimed && target != NULL)
        message->target = distro_dictionary_name(dictionary, target);
    return DISTRO_WIRE_OK;
}

/* The node's address, which is all that a report says to us. */
static DistroWireError read_node(DistroDictionary *dictionary, const DistroJson *json,
                                 const DistroJsonValue *root, DistroMessage *message)
{
    const DistroJsonValue *node = distro_json_member(json, root, "node", DISTRO_JSON_OBJECT);
    const char *address = node == NULL ? NULL : required_text(json, node, "address");

    if (address == NULL)
        return DISTRO_WIRE_BAD_TEXT;
    message->target = distro_dictionary_name(dictionary, address);
    return DISTRO_WIRE_OK;
}

static DistroWireError read_connect(const char *text, size_t size)
{
    size_t used;
    g_autoptr(DistroJson) check = distro_json_parse(text, size, &used);
    if (check == NULL || !is_text(check, distro_json_root(check), "module", "internal"))
        return DISTRO_WIRE_BAD_TEXT;
    g_autoptr(DistroJson) setup = distro_json_parse(text + used, size - used, NULL);
    if (setup == NULL || !is_text(setup, distro_json_root(setup), "module", "internal") ||
        required_text(setup, distro_json_root(setup), "clientVersion") == NULL)
        return DISTRO_WIRE_BAD_TEXT;
    return DISTRO_WIRE_OK;
}

static DistroWireError read_json_request(DistroDictionary *dictionary, const DistroJson *json,
                                         DistroMessage *message)
{
    const DistroJsonValue *root = distro_json_root(json);
    switch (message->op) {
    case DISTRO_OP_CHANGE:
    case DISTRO_OP_DELETE:
    case DISTRO_OP_VERIFY:
    case DISTRO_OP_QUERY:
        return is_operation(json, root, message->op)
                   ? read_client_request(dictionary, json, root, message)
                   : DISTRO_WIRE_BAD_TEXT;
    case DISTRO_OP_SNAPSHOT:
        return is_operation(json, root, message->op) ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_TEXT;
    case DISTRO_OP_REPORT:
        return read_node(dictionary, json, root, message);
    case DISTRO_OP_HEALTH:
        return is_text(json, root, "module", "internal") ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_TEXT;
    default:
        return DISTRO_WIRE_UNKNOWN_OP;
    }
}

/* ---- answers ---- */

static DistroWireError read_status(const DistroJson *json, const DistroJsonValue *root,
                                   DistroStatus *status)
{
    int32_t result_code, error_code;
    DistroWireError error = read_i32(json, root, "resultCode", &result_code);
    if (error == DISTRO_WIRE_OK)
        error = read_i32(json, root, "errorCode", &error_code);
    if (error != DISTRO_WIRE_OK || !distro_json_has(json, root, "resultCode"))
        return error != DISTRO_WIRE_OK ? error : DISTRO_WIRE_BAD_TEXT;

    *status = DISTRO_STATUS_OK;
    if (result_code == 200 && error_code == 0)
        return DISTRO_WIRE_OK;
    /* Three failures share their codes and differ in the message; an unknown message among them
     * is some exception's. */
    const Failure *found = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(FAILURES); i++) {
        const Failure *failure = &FAILURES[i];
        if (failure->result_code != result_code || failure->error_code != error_code)
            continue;
        bool exact = is_text(json, root, "message", failure->message);
        if (exact || found == NULL || failure->status == DISTRO_STATUS_EXCEPTION)
            found = failure;
        if (exact)
            break;
    }
    if (found == NULL)
        return DISTRO_WIRE_UNKNOWN_STATUS;
    *status = found->status;
    return DISTRO_WIRE_OK;
}

static DistroWireError read_snapshot(DistroDictionary *dictionary, const DistroJson *json,
                                     const DistroJsonValue *data, DistroMessage *message)
{
    g_autoptr(DistroJson) content = parse_content(json, data);
    const DistroJsonValue *list = content == NULL
                                      ? NULL
                                      : distro_json_member(content, distro_json_root(content),
                                                           "clientSyncDataList", DISTRO_JSON_ARRAY);
    if (list == NULL)
        return DISTRO_WIRE_BAD_TEXT;

    g_autoptr(GArray) clients = g_array_new(FALSE, TRUE, sizeof(SyncData));
    g_array_set_clear_func(clients, clear_element);
    g_array_set_size(clients, list->count);
    guint count = 0;
    for (const DistroJsonValue *element = distro_json_first(content, list); element != NULL;
         element = distro_json_next(content, element)) {
        DistroWireError error =
            read_sync_data(content, element, &g_array_index(clients, SyncData, count++));
        if (error != DISTRO_WIRE_OK)
            return error;
    }

    DistroSnapshotWriter *writer = distro_snapshot_writer_new();
    for (guint i = 0; i < count; i++) {
        SyncData *sync_data = &g_array_index(clients, SyncData, i);
        DistroClient client;
        DistroContent its_content;
        enter_sync_data(dictionary, content, sync_data, &client, &its_content);
        distro_snapshot_writer_add(writer, dictionary, client, sync_data->revision, &its_content);
        distro_content_clear(&its_content);
    }
    DistroFrame frame = distro_snapshot_writer_finish(writer);
    message->snapshot = g_steal_pointer(&frame.body);
    message->snapshot_count = count;
    return DISTRO_WIRE_OK;
}

static DistroWireError read_answer_data(DistroDictionary *dictionary, const DistroJson *json,
                                        const DistroJsonValue *root, DistroMessage *message)
{
    const DistroJsonValue *data = distro_json_member(json, root, "distroData", DISTRO_JSON_OBJECT);
    if (data == NULL) {
        bool absent = !distro_json_has(json, root, "distroData");
        return absent && message->op == DISTRO_OP_QUERY ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_TEXT;
    }
    const char *resource_key, *target;
    DistroWireError error = read_key(json, data, &resource_key, &target);
    if (error != DISTRO_WIRE_OK)
        return error;
    return message->op == DISTRO_OP_QUERY
               ? read_client_content(dictionary, json, data, resource_key, message)
               : read_snapshot(dictionary, json, data, message);
}

static DistroWireError read_json_answer(DistroDictionary *dictionary, const DistroJson *json,
                                        DistroMessage *message)
{
    const DistroJsonValue *root = distro_json_root(json);
    DistroWireError error = read_status(json, root, &message->status);
    if (error != DISTRO_WIRE_OK || message->status != DISTRO_STATUS_OK)
        return error;
    if (message->op == DISTRO_OP_QUERY || message->op == DISTRO_OP_SNAPSHOT)
        return read_answer_data(dictionary, json, root, message);
    if (message->op == DISTRO_OP_REPORT && distro_json_has(json, root, "node"))
        return read_node(dictionary, json, root, message);
    return DISTRO_WIRE_OK;
}

/* ---- HTTP ---- */

/* The parameters of a form, decoded; the last of those with one name counts. NULL if an escape is
 * malformed, or what comes out is not UTF-8. */
static GHashTable *parse_form(const char *form)
{
    g_autoptr(GHashTable) parameters =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) pairs = g_strsplit(form, "&", -1);

    for (char **pair = pairs; *pair != NULL; pair++) {
        char *equals = strchr(*pair, '=');
        if (equals == NULL)
            return NULL;
        for (char *letter = equals; *letter; letter++)
            if (*letter == '+')
                *letter = ' ';
        char *value = g_uri_unescape_string(equals + 1, NULL);
        if (value == NULL || !g_utf8_validate(value, -1, NULL)) {
            g_free(value);
            return NULL;
        }
        g_hash_table_insert(parameters, g_strndup(*pair, (gsize)(equals - *pair)), value);
    }
    return g_steal_pointer(&parameters);
}

/* What a request line of the instance API says, all strings borrowed from its parameters. */
typedef struct Form {
    DistroWriteKind kind;
    const char *namespace_id, *ip, *port, *cluster, *name;
    char *group;          /* owned */
    const char *metadata; /* REGISTER: JSON */
    const char *beat;     /* BEAT: JSON */
    int32_t port_number;
    double weight;
    bool enabled, healthy;
} Form;

static bool starts_with(const char **text, const char *prefix)
{
    size_t size = strlen(prefix);
    if (strncmp(*text, prefix, size) != 0)
        return false;
    *text += size;
    return true;
}

static bool read_line(const char **line, Form *form)
{
    if (starts_with(line, "PUT " INSTANCE_PATH "/beat?"))
        form->kind = DISTRO_WRITE_LIGHT_BEAT;
    else if (starts_with(line, "POST " INSTANCE_PATH "?"))
        form->kind = DISTRO_WRITE_REGISTER;
    else if (starts_with(line, "DELETE " INSTANCE_PATH "?"))
        form->kind = DISTRO_WRITE_DEREGISTER;
    else
        return false;
    return true;
}

static const char *parameter(GHashTable *parameters, const char *name, const char *fallback)
{
    const char *value = g_hash_table_lookup(parameters, name);
    return value == NULL ? fallback : value;
}

static bool parse_bool(const char *text, bool *value)
{
    *value = strcmp(text, "true") == 0;
    return *value || strcmp(text, "false") == 0;
}

static DistroWireError read_weight(const char *text, double *weight)
{
    char *end;
    *weight = g_ascii_strtod(text, &end);
    if (end == text || *end != '\0')
        return DISTRO_WIRE_BAD_TEXT;
    return isfinite(*weight) ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_RANGE;
}

static DistroWireError read_port(const char *text, int32_t *port)
{
    gint64 number;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || text[digits] != '\0' || (text[0] == '0' && digits > 1))
        return DISTRO_WIRE_BAD_TEXT;
    if (!g_ascii_string_to_signed(text, 10, 0, INT32_MAX, &number, NULL))
        return DISTRO_WIRE_BAD_RANGE;
    *port = (int32_t)number;
    return DISTRO_WIRE_OK;
}

static DistroWireError read_parameters(GHashTable *parameters, Form *form)
{
    const char *service = parameter(parameters, "serviceName", "");
    const char *separator = strstr(service, GROUP_SEPARATOR);

    form->namespace_id = parameter(parameters, "namespaceId", "public");
    form->cluster = parameter(parameters, "clusterName", DEFAULT_CLUSTER);
    form->ip = parameter(parameters, "ip", NULL);
    form->port = parameter(parameters, "port", NULL);
    form->metadata = parameter(parameters, "metadata", "{}");
    form->beat = parameter(parameters, "beat", NULL);
    if (separator == NULL || form->ip == NULL || form->port == NULL ||
        strchr(form->ip, '#') != NULL || /* it would cut the client's tag short */
        !parse_bool(parameter(parameters, "enable", "true"), &form->enabled) ||
        !parse_bool(parameter(parameters, "healthy", "true"), &form->healthy) ||
        strcmp(parameter(parameters, "ephemeral", "true"), "true") != 0)
        return DISTRO_WIRE_BAD_TEXT;
    form->group = g_strndup(service, (gsize)(separator - service));
    form->name = separator + LENGTH(GROUP_SEPARATOR);
    if (form->kind == DISTRO_WRITE_LIGHT_BEAT && form->beat != NULL)
        form->kind = DISTRO_WRITE_BEAT;
    DistroWireError error = read_port(form->port, &form->port_number);
    return error != DISTRO_WIRE_OK
               ? error
               : read_weight(parameter(parameters, "weight", "1.0"), &form->weight);
}

/* Metadata and the SDK's own entries, as ClientOperationService#getPublishInfo puts them together:
 * the latter replace metadata of the same name. */
static DistroWireError read_metadata(const DistroJson *json, const DistroJsonValue *map,
                                     const Form *form, GArray *entries)
{
    DistroWireError error = read_ext_entries(json, map, entries);
    for (guint i = 0; error == DISTRO_WIRE_OK && i < entries->len; i++)
        if (g_array_index(entries, DistroExtEntry, i).kind != DISTRO_VALUE_STRING)
            error = DISTRO_WIRE_BAD_TEXT;

    DistroExtEntry weight = { .key = "publishInstanceWeight",
                              .kind = DISTRO_VALUE_DOUBLE,
                              .number = form->weight };
    DistroExtEntry enabled = { .key = "publishInstanceEnable", .kind = DISTRO_VALUE_BOOL };
    if (fabs(1.0 - form->weight) >= 1e-10)
        g_array_append_val(entries, weight);
    if (!form->enabled)
        g_array_append_val(entries, enabled);
    drop_repeated(entries);
    return error;
}

/* The JSON object that carries the metadata: the parameter itself, or a member of the beat. */
static DistroJson *parse_metadata(const Form *form, const DistroJsonValue **map)
{
    const char *text = form->kind == DISTRO_WRITE_BEAT ? form->beat : form->metadata;
    DistroJson *json = distro_json_parse(text, strlen(text), NULL);
    if (json == NULL)
        return NULL;
    *map = form->kind == DISTRO_WRITE_BEAT
               ? distro_json_member(json, distro_json_root(json), "metadata", DISTRO_JSON_OBJECT)
               : distro_json_root(json);
    if (*map == NULL || (*map)->kind != DISTRO_JSON_OBJECT)
        g_clear_pointer(&json, distro_json_free);
    return json;
}

/* A full beat repeats address, cluster and weight in its JSON; the weight stands there alone. */
static DistroWireError read_beat(const DistroJson *json, Form *form)
{
    const DistroJsonValue *root = distro_json_root(json);
    const DistroJsonValue *weight = distro_json_member(json, root, "weight", DISTRO_JSON_NUMBER);
    if (weight == NULL)
        weight = distro_json_member(json, root, "weight", DISTRO_JSON_WHOLE);
    return weight == NULL ? DISTRO_WIRE_BAD_TEXT : read_weight(weight->text, &form->weight);
}

static void enter_write(DistroDictionary *dictionary, const Form *form, const GArray *entries,
                        DistroWrite *write)
{
    g_autofree char *id = g_strdup_printf("%s:%s#true", form->ip, form->port);

    write->kind = form->kind;
    write->client = distro_dictionary_client(dictionary, id);
    write->service =
        distro_dictionary_service(dictionary, form->namespace_id, form->group, form->name);
    if (entries == NULL)
        return;
    DistroInstance instance = {
        .ip = distro_dictionary_name(dictionary, form->ip),
        .port = form->port_number,
        .healthy = form->healthy,
        .cluster = distro_dictionary_name(dictionary, form->cluster),
        .ext = distro_dictionary_ext(
            dictionary, (const DistroExtEntry *)(const void *)entries->data, entries->len),
    };
    DistroListing listing = distro_dictionary_listing(dictionary, write->service, &instance);
    write->publication =
        distro_dictionary_publication(dictionary, write->service, false, &listing, 1);
}

static DistroWireError read_form(DistroDictionary *dictionary, GHashTable *parameters, Form *form,
                                 DistroWrite *write)
{
    DistroWireError error = read_parameters(parameters, form);
    if (error != DISTRO_WIRE_OK)
        return error;
    if (form->kind != DISTRO_WRITE_REGISTER && form->kind != DISTRO_WRITE_BEAT) {
        enter_write(dictionary, form, NULL, write);
        return DISTRO_WIRE_OK;
    }

    const DistroJsonValue *map;
    g_autoptr(DistroJson) json = parse_metadata(form, &map);
    if (json == NULL)
        return DISTRO_WIRE_BAD_TEXT;
    if (form->kind == DISTRO_WRITE_BEAT)
        error = read_beat(json, form);
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(DistroExtEntry));
    if (error == DISTRO_WIRE_OK)
        error = read_metadata(json, map, form, entries);
    if (error == DISTRO_WIRE_OK)
        enter_write(dictionary, form, entries, write);
    return error;
}

static DistroWireError read_http_request(DistroDictionary *dictionary, const char *text,
                                         DistroMessage *message)
{
    Form form = { 0 };
    if (!read_line(&text, &form) || !g_str_has_suffix(text, HTTP_END))
        return DISTRO_WIRE_BAD_TEXT;
    g_autofree char *query = g_strndup(text, strlen(text) - LENGTH(HTTP_END));
    g_autoptr(GHashTable) parameters = parse_form(query);
    if (parameters == NULL)
        return DISTRO_WIRE_BAD_TEXT;

    DistroWireError error = read_form(dictionary, parameters, &form, &message->write);
    g_free(form.group);
    return error;
}

/* "ok", a beat's answer, or an error response in a body that HTTP calls an error. */
static DistroWireError read_http_body(const char *body, int code, DistroMessage *message)
{
    int32_t beat_code = 0;
    if (code == 200 && strcmp(body, "ok") == 0) {
        message->status = DISTRO_STATUS_OK;
        return DISTRO_WIRE_OK;
    }
    g_autoptr(DistroJson) json = distro_json_parse(body, strlen(body), NULL);
    if (code != 200) {
        message->status = (DistroStatus)code;
        if (json == NULL || !distro_json_has(json, distro_json_root(json), "resultCode"))
            return DISTRO_WIRE_OK;
        DistroWireError unread = read_status(json, distro_json_root(json), &message->status);
        bool contradicts = unread == DISTRO_WIRE_OK && message->status == DISTRO_STATUS_OK;
        return contradicts ? DISTRO_WIRE_BAD_TEXT : unread;
    }
    if (json == NULL || !distro_json_has(json, distro_json_root(json), "code"))
        return DISTRO_WIRE_BAD_TEXT;
    DistroWireError error = read_i32(json, distro_json_root(json), "code", &beat_code);
    if (error == DISTRO_WIRE_OK && beat_code != 10200 && beat_code != 20404)
        error = DISTRO_WIRE_UNKNOWN_STATUS;
    message->status = beat_code == 20404 ? DISTRO_STATUS_BEAT_UNKNOWN : DISTRO_STATUS_OK;
    message->write.kind = DISTRO_WRITE_BEAT;
    return error;
}

static DistroWireError read_http_answer(const char *text, DistroMessage *message)
{
    if (!starts_with(&text, HTTP_ANSWER))
        return DISTRO_WIRE_BAD_TEXT;
    if (strspn(text, "0123456789") != HTTP_CODE_SIZE)
        return DISTRO_WIRE_BAD_TEXT;
    int code = (int)g_ascii_strtoll(text, NULL, 10);
    text += HTTP_CODE_SIZE;
    if (!starts_with(&text, HTTP_ANSWER_END))
        return DISTRO_WIRE_BAD_TEXT;
    if (code != 200 && code != 400 && code != 500 && code != 503)
        return DISTRO_WIRE_UNKNOWN_STATUS;
    return read_http_body(text, code, message);
}

static DistroWireError read_http(DistroDictionary *dictionary, const char *text, size_t size,
                                 DistroMessage *message)
{
    if (size == 0 || !g_utf8_validate_len(text, size, NULL))
        return DISTRO_WIRE_BAD_TEXT;
    g_autofree char *copy = g_strndup(text, size); /* ends where it ends */
    return message->answer ? read_http_answer(copy, message)
                           : read_http_request(dictionary, copy, message);
}

/* ---- the message ---- */

DistroWireError distro_wire_json_decode(DistroDictionary *dictionary, DistroOp op, bool answer,
                                        const char *text, size_t size, DistroMessage *message)
{
    *message = (DistroMessage) { .op = op, .answer = answer };
    if ((unsigned)op >= DISTRO_N_OPS)
        return DISTRO_WIRE_UNKNOWN_OP;
    if (op == DISTRO_OP_FORWARD)
        return read_http(dictionary, text, size, message);
    if (op == DISTRO_OP_CONNECT && !answer)
        return read_connect(text, size);

    g_autoptr(DistroJson) json = distro_json_parse(text, size, NULL);
    if (json == NULL)
        return DISTRO_WIRE_BAD_TEXT;
    return answer ? read_json_answer(dictionary, json, message)
                  : read_json_request(dictionary, json, message);
}

void distro_message_clear(DistroMessage *message)
{
    distro_content_clear(&message->content);
    g_clear_pointer(&message->snapshot, g_bytes_unref);
}
