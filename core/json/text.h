/* core/json/text.h -- the literals of Nacos's JSON and HTTP, shared by the files of core/json/.
 *
 *   size.c    how long a message's text is, by arithmetic
 *   write.c   the text
 *   v1.c      both of what 1.x says
 *   read/     back to a message
 *
 * They share these literals and little else: a size is a sum over names, never the length of
 * a text that was written to be measured. */
#pragma once

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/java.h"
#include "core/wire_json.h"

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
#define SNAPSHOT_IDLE ",\"idleMs\":"

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
#define DEFAULT_CLUSTER "DEFAULT"

/* What an answer says that is not OK. A status of HTTP's has no place in a gRPC answer, but is
 * written as an error response all the same, so that no status is lost. */
typedef struct DistroJsonFailure {
    DistroStatus status;
    int result_code, error_code;
    const char *message;
} DistroJsonFailure;

/* An address in two: "<ip>:<port>". What has no port of at most five digits is all ip, with
 * port 0, the tag generator's default. */
typedef struct DistroJsonAddress {
    const char *ip, *port;
    size_t ip_size, port_size;
} DistroJsonAddress;

typedef enum DistroJsonColumn {
    COLUMN_NAMESPACE,
    COLUMN_GROUP,
    COLUMN_SERVICE,
    COLUMN_INFO,
    N_COLUMNS,
} DistroJsonColumn;

/* DataOperation as Nacos spells it; NULL for what is no Distro data. */
const char *distro_json_op_name(DistroOp op);
const DistroJsonFailure *distro_json_failures(size_t *count);
bool distro_json_is_url_plain(unsigned char letter);
DistroJsonAddress distro_json_split_address(const char *text);
bool distro_json_is_metadata(const DistroExtEntry *entry);
DistroJsonAddress distro_json_client_address(const DistroDictionary *dictionary,
                                             DistroClient client);
const DistroJsonFailure *distro_json_failure(DistroStatus status);
const char *distro_json_http_body(DistroStatus status, DistroWriteKind kind);
const DistroListingInfo *distro_json_written_listing(const DistroDictionary *dictionary,
                                                     const DistroWrite *write);

/* From size.c and write.c, each without quotes. */
size_t distro_json_digits(int64_t value);
size_t distro_json_double_size(double value);
void distro_json_write_bare_n(GString *out, const char *text, size_t size);
void distro_json_write_double(GString *out, double value);
void distro_json_write_url_n(GString *out, const char *text, size_t size);
int distro_json_http_code(DistroStatus status);
