/* core/json/common.c -- see common.h. */
#include "core/json/common.h"

#include "core/json/address.h"
#include "core/json/put.h"
#include "core/json/status.h"

#define INTERNAL_REQUEST "{\"headers\":{},\"module\":\"internal\"}"

void distro_put_status(DistroSink *sink, DistroStatus status)
{
    if (status == DISTRO_STATUS_OK) {
        DISTRO_PUT(sink, DISTRO_JSON_RESULT DISTRO_JSON_SUCCESS);
    } else {
        distro_put_failure(sink, status);
    }
}

/* --- connecting --------------------------------------------------------------------------- */

static void put_connect(DistroSink *sink)
{
    DISTRO_PUT(sink, INTERNAL_REQUEST
               "{\"headers\":{},\"clientVersion\":\"Nacos-Server:v2.5.1\",\"tenant\":\"\","
               "\"labels\":{\"source\":\"cluster\"},"
               "\"abilityTable\":{\"supportPersistentInstanceByGrpc\":true},"
               "\"module\":\"internal\"}");
}

static void put_connected(DistroSink *sink)
{
    DISTRO_PUT(sink, DISTRO_JSON_RESULT "\"connectionId\":\"1699999999999_10.0.0.1_54321\","
                                        "\"supportAbilityNegotiation\":true," DISTRO_JSON_SUCCESS);
}

/* --- members ------------------------------------------------------------------------------ */

#define RAFT_PEERS "\"10.0.0.1:7848\",\"10.0.0.2:7848\",\"10.0.0.3:7848\""
#define RAFT_STATE "{\"leader\":\"10.0.0.1:7848\",\"raftGroupMember\":[" RAFT_PEERS "],\"term\":1}"
/* Those of 2.5.1 with its embedded database. */
#define RAFT_GROUPS                                                                                \
    "{\"naming_instance_metadata\":" RAFT_STATE ",\"naming_persistent_service\":" RAFT_STATE       \
    ",\"naming_persistent_service_v2\":" RAFT_STATE ",\"naming_service_metadata\":" RAFT_STATE     \
    ",\"nacos_config\":" RAFT_STATE "}"
#define EXTEND_INFO                                                                                \
    ",\"extendInfo\":{\"lastRefreshTime\":1699999999999,"                                          \
    "\"raftMetaData\":{\"metaDataMap\":" RAFT_GROUPS "},\"raftPort\":\"7848\","                    \
    "\"readyToUpgrade\":true,\"supportGrayModel\":true,\"version\":\"2.5.1\"}"
#define EXTEND_INFO_HTTP                                                                           \
    ",\"extendInfo\":{\"adWeight\":\"0\",\"lastRefreshTime\":1699999999999,"                       \
    "\"raftPort\":\"7848\",\"site\":\"unknow\",\"version\":\"1.4.8\",\"weight\":\"1\"}"
#define ABILITIES                                                                                  \
    ",\"abilities\":{\"remoteAbility\":{\"supportRemoteConnection\":true,"                         \
    "\"grpcReportEnabled\":true},\"configAbility\":{\"supportRemoteMetrics\":false},"              \
    "\"namingAbility\":{\"supportJraft\":true}},\"grpcReportEnabled\":true"

/* A Member of 2.5.1 in a cluster of three, or as 1.4.8 has it: only what depends on the address
 * varies. */
static void put_member(DistroSink *sink, const DistroDictionary *dictionary, DistroName address,
                       bool http)
{
    const DistroAddress split = distro_address_split(distro_dictionary_text(dictionary, address));
    DISTRO_PUT(sink, "{\"ip\":\"");
    distro_put_json_n(sink, split.ip, split.ip_size);
    DISTRO_PUT(sink, "\",\"port\":");
    distro_put_n(sink, split.port, split.port_size);
    DISTRO_PUT(sink, ",\"state\":\"UP\"");
    if (http) {
        DISTRO_PUT(sink, EXTEND_INFO_HTTP);
    } else {
        DISTRO_PUT(sink, EXTEND_INFO);
    }
    DISTRO_PUT(sink, ",\"address\":\"");
    distro_put_name(sink, dictionary, address);
    DISTRO_PUT(sink, "\"");
    if (!http) {
        DISTRO_PUT(sink, ABILITIES);
    }
    DISTRO_PUT(sink, ",\"failAccessCnt\":0}");
}

static void put_report(DistroSink *sink, const DistroDictionary *dictionary,
                       const DistroMessage *message)
{
    if (message->http) {
        DISTRO_PUT(sink, DISTRO_REPORT_LINE);
        put_member(sink, dictionary, message->target, true);
        return;
    }
    DISTRO_PUT(sink, DISTRO_JSON_REQUEST "\"node\":");
    put_member(sink, dictionary, message->target, false);
    DISTRO_PUT(sink, DISTRO_JSON_REQUEST_END);
}

/* The responder, if it says who it is. */
static void put_reported(DistroSink *sink, const DistroDictionary *dictionary, DistroName responder)
{
    DISTRO_PUT(sink, DISTRO_JSON_RESULT);
    if (responder != DISTRO_NONE) {
        DISTRO_PUT(sink, "\"node\":");
        put_member(sink, dictionary, responder, false);
        DISTRO_PUT(sink, ",");
    }
    DISTRO_PUT(sink, DISTRO_JSON_SUCCESS);
}

/* --- both ways ---------------------------------------------------------------------------- */

static void put_request(DistroSink *sink, const DistroDictionary *dictionary,
                        const DistroMessage *message)
{
    switch (message->op) {
    case DISTRO_OP_HEALTH:
        DISTRO_PUT(sink, INTERNAL_REQUEST);
        break;
    case DISTRO_OP_CONNECT:
        put_connect(sink);
        break;
    case DISTRO_OP_REPORT:
        put_report(sink, dictionary, message);
        break;
    default:
        g_assert_not_reached();
    }
}

static void put_answer(DistroSink *sink, const DistroDictionary *dictionary,
                       const DistroMessage *message)
{
    if (message->status != DISTRO_STATUS_OK) {
        distro_put_failure(sink, message->status);
    } else if (message->op == DISTRO_OP_CONNECT) {
        put_connected(sink);
    } else if (message->op == DISTRO_OP_REPORT) {
        put_reported(sink, dictionary, message->target);
    } else {
        distro_put_status(sink, message->status);
    }
}

static void put_http_answer(DistroSink *sink, const DistroMessage *message)
{
    if (message->status != DISTRO_STATUS_OK) {
        distro_put_http_failure(sink, message->status);
        return;
    }
    distro_put_http_code(sink, 200);
    DISTRO_PUT(sink, "{\"code\":200,\"message\":null,\"data\":\"true\"}");
}

void distro_put_common(DistroSink *sink, const DistroDictionary *dictionary,
                       const DistroMessage *message)
{
    if (!message->answer) {
        put_request(sink, dictionary, message);
    } else if (message->http) {
        put_http_answer(sink, message);
    } else {
        put_answer(sink, dictionary, message);
    }
}
