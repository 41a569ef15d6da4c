/* tools/distrod/cluster/cluster.c -- what peers ask of this server, at its cluster port. */
#include "tools/distrod/cluster/cluster.h"

#include "core/v2/text.h"

#include "tools/distrod/cluster/messages.h"
#include "tools/distrod/wire/json.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* RemoteUtils#LOADER_FACTOR */
#define LOADER_FACTOR 0.1

struct RegCluster {
    RegClusterOptions options;
    RegRemote *remote;
    GHashTable *streams; /* call -> RegStream that waits for the core's answer */
    GHashTable *calls;   /* RegStream -> call */
    uint64_t unreadable;
};

/* ---- who may ask ---- */

static bool trusts(const RegCluster *cluster, const RegAddress *address)
{
    for (size_t i = 0; i < cluster->options.trusted_count; i++) {
        if (reg_network_holds(&cluster->options.trusted[i], address)) {
            return true;
        }
    }
    return reg_names_hold(cluster->options.names, address);
}

/* In a time that does not tell how much of it is right. */
static bool is_identity(const RegCluster *cluster, const char *shown)
{
    const char *value = cluster->options.identity.value;
    return shown != NULL && strlen(shown) == strlen(value) &&
           CRYPTO_memcmp(shown, value, strlen(value)) == 0;
}

bool reg_cluster_believes(const RegCluster *cluster, const RegAddress *peer, RegShownIdentity shown,
                          const void *request)
{
    const char *key = cluster->options.identity.key;
    return trusts(cluster, peer) && (key == NULL || is_identity(cluster, shown(request, key)));
}

static const char *refuse_stranger(void *data, const RegAddress *peer)
{
    return trusts(data, peer) ? NULL : "not a member of this cluster";
}

static const char *forbid_nameless(void *data, const RegRequest *request)
{
    const RegCluster *cluster = data;
    const char *key = cluster->options.identity.key;
    return key == NULL || is_identity(cluster, reg_payload_header(request->payload, key))
               ? NULL
               : "Code: 401, Message: Unknown server identity key or value.";
}

/* ---- which member a connection is from ---- */

static DistroName peer_of(const RegSession *session)
{
    return GPOINTER_TO_UINT(reg_session_data(session));
}

static bool is_at(const RegCluster *cluster, DistroName member, const RegAddress *address)
{
    g_autofree char *host = NULL;
    uint16_t port = 0;
    const char *text = distro_dictionary_text(reg_host_dictionary(cluster->options.host), member);
    return reg_address_split(text, &host, &port) &&
           reg_names_is(cluster->options.names, host, address);
}

static void note_registered(void *data, RegSession *session)
{
    const RegCluster *cluster = data;
    DistroName found = DISTRO_NONE;
    unsigned matches = 0;
    size_t count;
    const DistroMemberInfo *infos =
        distro_node_members(reg_host_node(cluster->options.host), &count);
    for (size_t i = 0; i < count; i++) {
        if (infos[i].address != reg_host_self(cluster->options.host) &&
            is_at(cluster, infos[i].address, reg_session_peer(session))) {
            found = infos[i].address;
            matches++;
        }
    }
    reg_session_set_data(session, GUINT_TO_POINTER(matches == 1 ? found : DISTRO_NONE));
}

static bool is_member(const RegCluster *cluster, DistroName name)
{
    return name != DISTRO_NONE &&
           reg_members_has(
               cluster->options.members,
               distro_dictionary_text(reg_host_dictionary(cluster->options.host), name));
}

/* ---- the core's business ---- */

static void remember_call(RegCluster *cluster, RegStream *stream, uint64_t call)
{
    uint64_t *key = g_new(uint64_t, 1);
    *key = call;
    g_hash_table_insert(cluster->streams, key, stream);
    g_hash_table_insert(cluster->calls, stream, key);
}

/* The stream that waits for @call, which it then no longer does; NULL if it has ended. */
static RegStream *take_call(RegCluster *cluster, uint64_t call)
{
    RegStream *stream = g_hash_table_lookup(cluster->streams, &call);
    if (stream != NULL) {
        g_hash_table_remove(cluster->calls, stream);
        g_hash_table_remove(cluster->streams, &call);
    }
    return stream;
}

static void note_abandoned(void *data, RegStream *stream)
{
    RegCluster *cluster = data;
    const uint64_t *call = g_hash_table_lookup(cluster->calls, stream);
    if (call != NULL) {
        take_call(cluster, *call);
    }
}

static void submit_request(RegCluster *cluster, const RegRequest *request, DistroOp op,
                           DistroName peer, const DistroFrame *frame)
{
    const DistroInput input = { .kind = DISTRO_INPUT_REQUEST,
                                .request = { .from = peer,
                                             .call = reg_host_new_call(cluster->options.host),
                                             .frame = frame } };
    if (op == DISTRO_OP_CHANGE || op == DISTRO_OP_DELETE) {
        reg_log(cluster->options.remote.log, REG_LOG_PROTOCOL_DISTRO, REG_INFO,
                "[DISTRO] Receive distro data type: %s, from: %s", distro_v2_operation(op),
                reg_session_id(request->session));
    }
    remember_call(cluster, request->stream, input.request.call);
    reg_host_submit(cluster->options.host, &input);
}

static void refuse_unreadable(RegCluster *cluster, const RegRequest *request, DistroWireError error)
{
    const RegPayload *payload = request->payload;
    cluster->unreadable++;
    reg_log(cluster->options.remote.log, REG_LOG_REMOTE_DIGEST, REG_ERROR,
            "unreadable %.60s from [%s]: %s: %.*s", payload->type, reg_session_id(request->session),
            distro_wire_error_text(error), (int)MIN(payload->json_size, 300), payload->json);
    reg_stream_answer_error(request->stream, REG_ERROR_BAD_GATEWAY, "Invalid Payload");
}

/* DistroDataRequestHandler's default: an operation that is none is answered with nothing. */
static void answer_nothing(const RegRequest *request)
{
    GString *json = reg_json_open_response();
    reg_json_close_response(json);
    reg_stream_answer(request->stream, "DistroDataResponse", json);
    g_string_free(json, true);
}

static void handle_core(void *data, RegRequest *request)
{
    RegCluster *cluster = data;
    const RegPayload *payload = request->payload;
    DistroFrame frame;
    DistroOp op;
    DistroName peer = peer_of(request->session), reported = DISTRO_NONE;
    DistroWireError error = DISTRO_WIRE_BAD_TEXT;
    if (!reg_message_op(payload->type, payload->json, payload->json_size, &op)) {
        answer_nothing(request);
        return;
    }
    if (!reg_message_frame(cluster->options.members, reg_host_dictionary(cluster->options.host), op,
                           false, payload->json, payload->json_size, &frame, &reported, &error)) {
        refuse_unreadable(cluster, request, error);
        return;
    }
    if (is_member(cluster, reported)) {
        peer = reported;
        reg_session_set_data(request->session, GUINT_TO_POINTER(peer));
    }
    submit_request(cluster, request, op, peer, &frame);
    distro_frame_clear(&frame);
}

static bool is_error_response(DistroStatus status)
{
    return status == DISTRO_STATUS_ERROR_STARTING || status == DISTRO_STATUS_UNREGISTERED ||
           status == DISTRO_STATUS_NO_HANDLER || status == DISTRO_STATUS_BAD_PAYLOAD;
}

static void carry_answer(void *data, const DistroEffect *effect)
{
    RegCluster *cluster = data;
    const DistroDictionary *dictionary = reg_host_dictionary(cluster->options.host);
    DistroMessage message;
    RegStream *stream = take_call(cluster, effect->answer.call);
    if (stream == NULL) {
        return;
    }
    const DistroWireError error = distro_wire_decode(dictionary, &effect->answer.frame, &message);
    g_assert_cmpint(error, ==, DISTRO_WIRE_OK); /* the core wrote it */
    GString *json = reg_message_json(cluster->options.members, dictionary, &effect->answer.frame);
    reg_stream_answer(stream,
                      is_error_response(message.status) ? "ErrorResponse"
                                                        : reg_message_answer_type(message.op),
                      json);
    g_string_free(json, true);
}

/* ---- the rest ---- */

static void answer_well(const RegRequest *request, const char *type)
{
    GString *json = reg_json_open_response();
    reg_json_close_response(json);
    reg_stream_answer(request->stream, type, json);
    g_string_free(json, true);
}

static void handle_health(void *data, RegRequest *request)
{
    (void)data;
    answer_well(request, "HealthCheckResponse");
}

static void handle_config_change(void *data, RegRequest *request)
{
    (void)data;
    answer_well(request, "ConfigChangeClusterSyncResponse");
}

static void put_metric(GString *json, const char *key, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    reg_json_put_text_of(json, key, g_ascii_formatd(text, sizeof text, "%.2f", value));
}

static void put_count(GString *json, const char *key, uint32_t count)
{
    char text[16];
    g_snprintf(text, sizeof text, "%u", count);
    reg_json_put_text_of(json, key, text);
}

static void handle_loader_info(void *data, RegRequest *request)
{
    const RegCluster *cluster = data;
    const uint32_t sdks = cluster->options.sdk.connections(cluster->options.sdk.data);
    double load = 0;
    if (getloadavg(&load, 1) != 1) {
        load = 0;
    }
    GString *json = reg_json_open_response();
    reg_json_put_key(json, "loaderMetrics");
    g_string_append_c(json, '{');
    put_count(json, "conCount", sdks + reg_remote_registered(cluster->remote));
    put_count(json, "sdkConCount", sdks);
    put_metric(json, "load", load);
    put_metric(json, "cpu", load / (double)g_get_num_processors());
    g_string_append_c(json, '}');
    reg_json_close_response(json);
    reg_stream_answer(request->stream, "ServerLoaderInfoResponse", json);
    g_string_free(json, true);
}

static void handle_reload(void *data, RegRequest *request)
{
    const RegCluster *cluster = data;
    const DistroJsonValue *root = reg_request_root(request);
    const uint32_t sdks = cluster->options.sdk.connections(cluster->options.sdk.data);
    const int64_t asked = reg_json_number(request->parsed, root, "reloadCount", 0);
    const int64_t keep = MAX(asked, (int64_t)((double)sdks * (1 - LOADER_FACTOR)));
    GString *json = reg_json_open_response();
    if (asked < 0 || sdks <= asked) {
        reg_json_put_text_of(json, "message", "ignore");
    } else {
        cluster->options.sdk.reload(cluster->options.sdk.data, (uint32_t)keep,
                                    reg_json_text(request->parsed, root, "reloadServer"));
        reg_json_put_text_of(json, "message", "ok");
    }
    reg_json_close_response(json);
    reg_stream_answer(request->stream, "ServerReloadResponse", json);
    g_string_free(json, true);
}

static const RegHandler handlers[] = {
    { "DistroDataRequest", handle_core },
    { "MemberReportRequest", handle_core },
    { "HealthCheckRequest", handle_health },
    { "ConfigChangeClusterSyncRequest", handle_config_change },
    { "ServerLoaderInfoRequest", handle_loader_info },
    { "ServerReloadRequest", handle_reload },
    { NULL, NULL },
};

static const RegRemoteEvents remote_events = { .refuse = refuse_stranger,
                                               .forbid = forbid_nameless,
                                               .registered = note_registered,
                                               .abandoned = note_abandoned,
                                               .handlers = handlers };

RegCluster *reg_cluster_new(const RegClusterOptions *options)
{
    RegCluster *cluster = g_new0(RegCluster, 1);
    cluster->options = *options;
    cluster->streams = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    cluster->calls = g_hash_table_new(NULL, NULL);
    cluster->remote = reg_remote_new(&options->remote, &remote_events, cluster);
    reg_host_carry(options->host, DISTRO_EFFECT_ANSWER, carry_answer, cluster);
    return cluster;
}

void reg_cluster_free(RegCluster *cluster)
{
    if (cluster == NULL) {
        return;
    }
    reg_remote_free(cluster->remote);
    g_hash_table_unref(cluster->streams);
    g_hash_table_unref(cluster->calls);
    g_free(cluster);
}

RegRemote *reg_cluster_remote(RegCluster *cluster)
{
    return cluster->remote;
}

uint64_t reg_cluster_unreadable(const RegCluster *cluster)
{
    return cluster->unreadable;
}
