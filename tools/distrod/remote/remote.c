/* tools/distrod/remote/remote.c -- a gRPC port of Nacos: checks, setups, and requests to their
 * handlers. */
#include "tools/distrod/remote/session.h"

#include "tools/distrod/net/listener.h"
#include "tools/distrod/wire/json.h"

#include <string.h>

struct RegRemote {
    RegRemoteOptions options;
    const RegRemoteEvents *events;
    void *data;
    RegCensus *census;
    RegConnContext context;
    RegListener *listener;
    GHashTable *handlers; /* type -> RegHandler */
    RegPayloadReader *reader;
    GPtrArray *registered; /* RegSession */
    GHashTable *all;       /* RegSession, registered or not */
    uint64_t requests, refused;
};

static const char unary_path[] = "/Request/request";
static const char stream_path[] = "/BiRequestStream/requestBiStream";

RegLoop *reg_remote_loop(const RegRemote *remote)
{
    return remote->options.loop;
}

const char *reg_remote_self_ip(const RegRemote *remote)
{
    return remote->options.self_ip;
}

/* ---- answers ---- */

RegSession *reg_stream_session(const RegStream *stream)
{
    return reg_conn_data(reg_stream_conn(stream));
}

static void send_payload(RegStream *stream, const char *type, const char *json, size_t size)
{
    const RegRemote *remote = reg_stream_session(stream)->remote;
    g_autoptr(GBytes) head = reg_payload_head(type, remote->options.self_ip, NULL, 0, size);
    g_autoptr(GBytes) body = g_bytes_new(json, size);
    GBytes *pieces[] = { head, body };
    reg_stream_send(stream, pieces, 2);
}

void reg_stream_answer(RegStream *stream, const char *type, const GString *json)
{
    send_payload(stream, type, json->str, json->len);
    reg_stream_finish(stream, REG_GRPC_OK, NULL);
}

void reg_stream_answer_pieces(RegStream *stream, const char *type, GBytes *const *pieces,
                              size_t count)
{
    const RegRemote *remote = reg_stream_session(stream)->remote;
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += g_bytes_get_size(pieces[i]);
    }
    g_autoptr(GBytes) head = reg_payload_head(type, remote->options.self_ip, NULL, 0, size);
    reg_stream_send(stream, &head, 1);
    reg_stream_send(stream, pieces, count);
    reg_stream_finish(stream, REG_GRPC_OK, NULL);
}

static GString *failure_json(RegErrorCode code, const char *message)
{
    GString *json = g_string_new("{");
    reg_json_put_number_of(json, "resultCode", 500);
    reg_json_put_number_of(json, "errorCode", code);
    reg_json_put_text_of(json, "message", message);
    reg_json_put_bool_of(json, "success", false);
    g_string_append_c(json, '}');
    return json;
}

static void answer_failure(RegStream *stream, const char *type, RegErrorCode code,
                           const char *message)
{
    GString *json = failure_json(code, message);
    reg_stream_answer(stream, type, json);
    g_string_free(json, true);
}

void reg_stream_answer_error(RegStream *stream, RegErrorCode code, const char *message)
{
    answer_failure(stream, "ErrorResponse", code, message);
}

/* "XRequest" is answered by "XResponse", but for the query (AbstractNamingRequest's children). */
void reg_request_fail(const RegRequest *request, RegErrorCode code, const char *message)
{
    const char *type = request->payload->type;
    const size_t stem = g_str_has_suffix(type, "Request") ? strlen(type) - strlen("Request") : 0;
    if (strcmp(type, "ServiceQueryRequest") == 0) {
        answer_failure(request->stream, "QueryServiceResponse", code, message);
        return;
    }
    g_autofree char *response = g_strdup_printf("%.*sResponse", (int)stem, type);
    answer_failure(request->stream, response, code, message);
}

GString *reg_json_open_response(void)
{
    return g_string_new("{\"resultCode\":200,\"errorCode\":0");
}

void reg_json_close_response(GString *json)
{
    g_string_append(json, ",\"success\":true}");
}

const DistroJsonValue *reg_request_root(RegRequest *request)
{
    if (request->parsed == NULL) {
        request->parsed =
            distro_json_parse(request->payload->json, request->payload->json_size, NULL);
    }
    const DistroJsonValue *root =
        request->parsed != NULL ? distro_json_root(request->parsed) : NULL;
    return root != NULL && root->kind == DISTRO_JSON_OBJECT ? root : NULL;
}

/* ---- unary requests ---- */

static void answer_server_check(RegStream *stream)
{
    GString *json = reg_json_open_response();
    reg_json_put_text_of(json, "connectionId", reg_stream_session(stream)->id);
    reg_json_put_bool_of(json, "supportAbilityNegotiation", true);
    reg_json_close_response(json);
    reg_stream_answer(stream, "ServerCheckResponse", json);
    g_string_free(json, true);
}

static void note_active(RegSession *session)
{
    RegRemote *remote = session->remote;
    if (session->place != 0 && remote->events->active != NULL) {
        remote->events->active(remote->data, session);
    }
}

static void handle_request(RegRemote *remote, const RegHandler *handler, RegRequest *request)
{
    const char *forbidden =
        remote->events->forbid != NULL ? remote->events->forbid(remote->data, request) : NULL;
    if (forbidden != NULL) {
        reg_request_fail(request, REG_ERROR_NO_RIGHT, forbidden);
    } else {
        note_active(request->session);
        handler->handle(remote->data, request);
    }
    g_clear_pointer(&request->parsed, distro_json_free);
}

static void answer_unknown(RegRemote *remote, RegStream *stream, const char *type)
{
    reg_log(remote->options.log, REG_LOG_REMOTE_DIGEST, REG_WARN,
            "[grpc] No handler for request type : %.100s :", type);
    reg_stream_answer_error(stream, REG_ERROR_NO_HANDLER, "RequestHandler Not Found");
}

static void answer_unregistered(RegRemote *remote, RegStream *stream)
{
    reg_log(remote->options.log, REG_LOG_REMOTE_DIGEST, REG_WARN,
            "[grpc] Invalid connection Id ,connection [%s] is un registered ,",
            reg_stream_session(stream)->id);
    reg_stream_answer_error(stream, REG_ERROR_UNREGISTERED, "Connection is unregistered.");
}

static void take_request(RegRemote *remote, RegStream *stream, const RegPayload *payload)
{
    RegSession *session = reg_stream_session(stream);
    const RegHandler *handler = g_hash_table_lookup(remote->handlers, payload->type);
    remote->requests++;
    if (strcmp(payload->type, "ServerCheckRequest") == 0) {
        answer_server_check(stream);
    } else if (handler == NULL) {
        answer_unknown(remote, stream, payload->type);
    } else if (session->place == 0) {
        answer_unregistered(remote, stream);
    } else {
        RegRequest request = { .session = session, .stream = stream, .payload = payload };
        handle_request(remote, handler, &request);
    }
}

/* ---- the stream both ways ---- */

static void register_session(RegRemote *remote, RegSession *session)
{
    g_ptr_array_add(remote->registered, session);
    session->place = remote->registered->len;
    reg_log(remote->options.log, REG_LOG_REMOTE_DIGEST, REG_INFO,
            "new connection registered successfully, connectionId = %s, version = %s, source = %s",
            session->id, session->version, session->source);
    if (remote->events->registered != NULL) {
        remote->events->registered(remote->data, session);
    }
}

/* GrpcBiStreamRequestAcceptor: only a client that spoke of abilities waits for an answer. */
static void send_setup_ack(RegStream *stream)
{
    static const char json[] =
        "{\"headers\":{},\"abilityTable\":"
        "{\"supportPersistentInstanceByGrpc\":false},\"module\":\"internal\"}";
    send_payload(stream, "SetupAckRequest", json, sizeof json - 1);
}

static void set_up(RegRemote *remote, RegSession *session, RegStream *stream,
                   const DistroJson *json)
{
    const DistroJsonValue *root = distro_json_root(json);
    const DistroJsonValue *labels = reg_json_object(json, root, "labels");
    const RegSetup setup = { .version = reg_json_text(json, root, "clientVersion"),
                             .module = reg_json_text(json, labels, "module"),
                             .source = reg_json_text(json, labels, "source"),
                             .app = reg_json_text(json, labels, "AppName") };
    if (session->place != 0) {
        return;
    }
    const char *rejected = remote->events->reject != NULL
                               ? remote->events->reject(remote->data, session, &setup)
                               : NULL;
    if (rejected != NULL) {
        reg_log(remote->options.log, REG_LOG_REMOTE_DIGEST, REG_WARN,
                "[%s]Connection register fail,reason:%s", session->id, rejected);
        reg_session_close(session);
        return;
    }
    session->version = g_strdup(setup.version != NULL ? setup.version : "");
    session->module = g_strdup(setup.module != NULL ? setup.module : "");
    session->source = g_strdup(setup.source != NULL ? setup.source : "");
    session->app = g_strdup(setup.app != NULL ? setup.app : "-");
    session->stream = stream;
    reg_conn_settled(session->conn);
    register_session(remote, session);
    if (distro_json_has(json, root, "abilityTable")) {
        send_setup_ack(stream);
    }
}

static void take_response(RegSession *session, const DistroJson *json)
{
    const DistroJsonValue *root = distro_json_root(json);
    const char *request_id = reg_json_text(json, root, "requestId");
    if (request_id != NULL) {
        reg_session_answered(session, request_id,
                             reg_json_number(json, root, "resultCode", 200) == 200);
    }
    note_active(session);
}

static void take_streamed(RegRemote *remote, RegStream *stream, const RegPayload *payload)
{
    RegSession *session = reg_stream_session(stream);
    g_autoptr(DistroJson) json = distro_json_parse(payload->json, payload->json_size, NULL);
    if (json == NULL || distro_json_root(json)->kind != DISTRO_JSON_OBJECT) {
        reg_log(remote->options.log, REG_LOG_REMOTE_DIGEST, REG_WARN,
                "[%s]Grpc request bi stream,payload parse error, type=%.100s", session->id,
                payload->type);
    } else if (strcmp(payload->type, "ConnectionSetupRequest") == 0) {
        set_up(remote, session, stream, json);
    } else if (g_str_has_suffix(payload->type, "Response")) {
        take_response(session, json);
    } else {
        reg_log(remote->options.log, REG_LOG_REMOTE_DIGEST, REG_WARN,
                "[%s]Grpc request bi stream,unknown payload receive ,type=%.100s", session->id,
                payload->type);
    }
}

/* ---- events of connections ---- */

static RegMethod begin_call(RegStream *stream, const char *path)
{
    (void)stream;
    if (strcmp(path, unary_path) == 0) {
        return REG_METHOD_UNARY;
    }
    return strcmp(path, stream_path) == 0 ? REG_METHOD_STREAM : REG_METHOD_NONE;
}

static bool is_unary(const RegStream *stream)
{
    return reg_stream_method(stream) == REG_METHOD_UNARY;
}

static void refuse_payload(RegRemote *remote, RegStream *stream)
{
    reg_log(remote->options.log, REG_LOG_REMOTE_DIGEST, REG_WARN,
            "[grpc] Invalid request receive from connection [%s] ,error=not a payload",
            reg_stream_session(stream)->id);
    if (is_unary(stream)) {
        reg_stream_answer_error(stream, REG_ERROR_BAD_GATEWAY, "Invalid Payload");
    }
}

static void take_message(RegStream *stream, const uint8_t *message, size_t size)
{
    RegRemote *remote = reg_stream_session(stream)->remote;
    RegPayload payload;
    if (!reg_payload_read(remote->reader, message, size, &payload)) {
        refuse_payload(remote, stream);
    } else if (is_unary(stream)) {
        take_request(remote, stream, &payload);
    } else {
        take_streamed(remote, stream, &payload);
    }
}

/* A client that ends its stream is gone for the connection manager. */
static void note_half_close(RegStream *stream)
{
    RegSession *session = reg_stream_session(stream);
    if (stream == session->stream) {
        reg_conn_close(session->conn, REG_CLOSE_PEER);
    }
}

static void note_ended(RegStream *stream)
{
    RegSession *session = reg_stream_session(stream);
    RegRemote *remote = session->remote;
    if (stream == session->stream) {
        session->stream = NULL;
        reg_conn_close(session->conn, REG_CLOSE_PEER);
    } else if (is_unary(stream) && !reg_stream_finished(stream) &&
               remote->events->abandoned != NULL) {
        remote->events->abandoned(remote->data, stream);
    }
}

static void unregister_session(RegRemote *remote, RegSession *session)
{
    RegSession *last = remote->registered->pdata[remote->registered->len - 1];
    g_assert_true(remote->registered->pdata[session->place - 1] == session);
    last->place = session->place;
    g_ptr_array_remove_index_fast(remote->registered, session->place - 1);
    session->place = 0;
    if (remote->events->gone != NULL) {
        remote->events->gone(remote->data, session);
    }
}

static void free_session(RegSession *session)
{
    g_free(session->id);
    g_free(session->ip);
    g_free(session->version);
    g_free(session->module);
    g_free(session->source);
    g_free(session->app);
    g_free(session);
}

static void note_closed(RegConn *conn, RegClose why)
{
    RegSession *session = reg_conn_data(conn);
    RegRemote *remote = session->remote;
    reg_log(remote->options.log, REG_LOG_REMOTE_DIGEST, REG_INFO,
            "Connection transportTerminated,connectionId = %s, %s", session->id,
            reg_close_text(why));
    reg_session_forget_questions(session);
    if (session->place != 0) {
        unregister_session(remote, session);
    }
    g_hash_table_remove(remote->all, session);
    free_session(session);
}

/* ---- events of the listener ---- */

static const char *refuse_peer(void *data, const RegAddress *peer)
{
    RegRemote *remote = data;
    return remote->events->refuse != NULL ? remote->events->refuse(remote->data, peer) : NULL;
}

static void note_refused(void *data, const RegAddress *peer, const char *sentence)
{
    RegRemote *remote = data;
    char text[REG_ADDRESS_TEXT];
    remote->refused++;
    reg_address_text(peer, text);
    reg_log(remote->options.log, REG_LOG_REMOTE_DIGEST, REG_WARN,
            "[%s] connection from %s refused: %s", remote->options.name, text, sentence);
}

/* AddressTransportFilter#transportReady. */
static void note_accepted(void *data, int fd, const RegAddress *peer)
{
    RegRemote *remote = data;
    RegConn *conn = reg_conn_accept(&remote->context, fd, peer);
    char ip[REG_ADDRESS_TEXT];
    reg_address_ip(peer, ip);
    RegSession *session = g_new0(RegSession, 1);
    session->remote = remote;
    session->conn = conn;
    session->ip = g_strdup(ip);
    session->id = g_strdup_printf("%" G_GINT64_FORMAT "_%s_%u", g_get_real_time() / 1000, ip,
                                  reg_address_port(peer));
    reg_conn_set_data(conn, session);
    g_hash_table_add(remote->all, session);
    reg_log(remote->options.log, REG_LOG_REMOTE_DIGEST, REG_INFO,
            "Connection transportReady,connectionId = %s ", session->id);
}

static const RegConnEvents conn_events = { .called = begin_call,
                                           .message = take_message,
                                           .half_closed = note_half_close,
                                           .ended = note_ended,
                                           .closed = note_closed };

/* Under TLS nothing can be said before the handshake. */
static const RegListenerEvents listener_events = { .refuse = refuse_peer,
                                                   .accepted = note_accepted,
                                                   .refused = note_refused,
                                                   .say_goodbye = reg_conn_say_goodbye };
static const RegListenerEvents tls_listener_events = { .refuse = refuse_peer,
                                                       .accepted = note_accepted,
                                                       .refused = note_refused };

/* ---- the port ---- */

RegRemote *reg_remote_new(const RegRemoteOptions *options, const RegRemoteEvents *events,
                          void *data)
{
    RegRemote *remote = g_new0(RegRemote, 1);
    remote->options = *options;
    remote->events = events;
    remote->data = data;
    remote->census = reg_census_new(options->limits);
    remote->context = (RegConnContext) {
        .loop = options->loop, .census = remote->census, .tls = options->tls, .events = &conn_events
    };
    remote->reader = reg_payload_reader_new();
    remote->registered = g_ptr_array_new();
    remote->all = g_hash_table_new(NULL, NULL);
    remote->handlers = g_hash_table_new(g_str_hash, g_str_equal);
    for (const RegHandler *handler = events->handlers; handler->type != NULL; handler++) {
        g_hash_table_insert(remote->handlers, (char *)handler->type, (RegHandler *)handler);
    }
    return remote;
}

bool reg_remote_listen(RegRemote *remote, const RegAddress *address, GError **error)
{
    g_assert_null(remote->listener);
    remote->listener = reg_listener_new(
        remote->options.loop, remote->census, address,
        remote->options.tls != NULL ? &tls_listener_events : &listener_events, remote, error);
    return remote->listener != NULL;
}

void reg_remote_stop_listening(RegRemote *remote)
{
    g_clear_pointer(&remote->listener, reg_listener_free);
}

void reg_remote_close_all(RegRemote *remote)
{
    GHashTableIter iterator;
    void *session;
    g_hash_table_iter_init(&iterator, remote->all);
    while (g_hash_table_iter_next(&iterator, &session, NULL)) {
        reg_session_close(session);
    }
}

void reg_remote_free(RegRemote *remote)
{
    if (remote == NULL) {
        return;
    }
    reg_remote_stop_listening(remote);
    g_assert_cmpuint(g_hash_table_size(remote->all), ==, 0);
    g_hash_table_unref(remote->all);
    g_hash_table_unref(remote->handlers);
    g_ptr_array_unref(remote->registered);
    reg_payload_reader_free(remote->reader);
    reg_census_free(remote->census);
    g_free(remote);
}

uint32_t reg_remote_connections(const RegRemote *remote)
{
    return g_hash_table_size(remote->all);
}

uint32_t reg_remote_registered(const RegRemote *remote)
{
    return remote->registered->len;
}

uint64_t reg_remote_refused(const RegRemote *remote)
{
    return remote->refused;
}

uint64_t reg_remote_requests(const RegRemote *remote)
{
    return remote->requests;
}

RegSession *const *reg_remote_sessions(const RegRemote *remote, uint32_t *count)
{
    *count = remote->registered->len;
    return (RegSession *const *)remote->registered->pdata;
}
