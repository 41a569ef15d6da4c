/* tests/distrod/support/sdk.c -- a client that speaks as Nacos's SDKs do, for tests. */
#include "tests/distrod/support/sdk.h"

#include "tests/distrod/support/waiting.h"

#include <string.h>

#define PATIENCE_MS 10000

struct SdkContext {
    RegLoop *loop;
    RegLimits limits;
    RegCensus *census;
    RegTls *tls;
    RegPayloadReader *reader;
};

typedef struct Call {
    Sdk *sdk;
    bool kept; /* somebody waits for it */
    bool done, ended;
    char *type, *json;
} Call;

struct Sdk {
    SdkContext *context;
    RegConnContext conn_context;
    RegAddress from;
    SdkSetup setup;
    RegConn *conn;     /* NULL: closed */
    RegStream *stream; /* both ways */
    char *id;
    bool ready, muted, freed;
    GHashTable *pushed; /* service -> hosts */
    unsigned pushes, resets, good, bad, answers;
    int64_t pushed_us;
};

SdkContext *sdk_context_new(RegLoop *loop, RegTls *tls)
{
    SdkContext *context = g_new0(SdkContext, 1);
    context->loop = loop;
    context->tls = tls;
    context->limits = (RegLimits) { .max_message_bytes = 64 << 20,
                                    .max_held_bytes = 256 << 20,
                                    .max_unsent_bytes = 256 << 20,
                                    .max_streams = 1000,
                                    .request_us = INT64_C(3600000000),
                                    .setup_us = INT64_C(3600000000) };
    context->census = reg_census_new(&context->limits);
    context->reader = reg_payload_reader_new();
    return context;
}

void sdk_context_free(SdkContext *context)
{
    reg_payload_reader_free(context->reader);
    reg_census_free(context->census);
    g_free(context);
}

/* ---- sending ---- */

static void send_payload(Sdk *sdk, RegStream *stream, const char *type, const char *json)
{
    const RegPayloadHeader header = { sdk->setup.header, sdk->setup.value };
    g_autoptr(GBytes) head =
        reg_payload_head(type, "127.0.0.1", &header, header.key != NULL ? 1 : 0, strlen(json));
    g_autoptr(GBytes) body = g_bytes_new(json, strlen(json));
    GBytes *pieces[] = { head, body };
    reg_stream_send(stream, pieces, 2);
}

static Call *begin_call(Sdk *sdk, const char *type, const char *json, bool kept)
{
    RegStream *stream = sdk->conn != NULL ? reg_conn_call(sdk->conn, "/Request/request") : NULL;
    if (stream == NULL) {
        return NULL;
    }
    Call *call = g_new0(Call, 1);
    call->sdk = sdk;
    call->kept = kept;
    reg_stream_set_data(stream, call);
    send_payload(sdk, stream, type, json);
    reg_stream_finish(stream, REG_GRPC_OK, NULL);
    return call;
}

static void send_setup(Sdk *sdk)
{
    const char *source = sdk->setup.source != NULL ? sdk->setup.source : "sdk";
    const char *module = sdk->setup.module != NULL ? sdk->setup.module : "naming";
    g_autofree char *json = g_strdup_printf(
        "{\"headers\":{},\"clientVersion\":\"Nacos-C-Client:v0\",\"labels\":{\"source\":\"%s\","
        "\"module\":\"%s\",\"AppName\":\"test\"},\"abilityTable\":{},\"module\":\"internal\"}",
        source, module);
    sdk->stream = reg_conn_call(sdk->conn, "/BiRequestStream/requestBiStream");
    send_payload(sdk, sdk->stream, "ConnectionSetupRequest", json);
}

/* ---- what comes ---- */

static gint compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *sdk_hosts_text(const DistroJson *json, const DistroJsonValue *hosts)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    for (const DistroJsonValue *host = hosts != NULL ? distro_json_first(json, hosts) : NULL;
         host != NULL; host = distro_json_next(json, host)) {
        g_ptr_array_add(texts, g_strdup_printf("%s:%d", reg_json_text(json, host, "ip"),
                                               (int)reg_json_number(json, host, "port", -1)));
    }
    g_ptr_array_sort(texts, compare_texts);
    g_ptr_array_add(texts, NULL);
    return g_strjoinv(" ", (char **)texts->pdata);
}

static void take_push(Sdk *sdk, const DistroJson *json, const DistroJsonValue *root)
{
    const DistroJsonValue *info = reg_json_object(json, root, "serviceInfo");
    sdk->pushes++;
    sdk->pushed_us = g_get_monotonic_time();
    g_hash_table_replace(sdk->pushed, g_strdup(reg_json_text(json, info, "name")),
                         sdk_hosts_text(json, reg_json_array(json, info, "hosts")));
}

static void answer_server(Sdk *sdk, const char *type, const char *request_id)
{
    g_autofree char *json = g_strdup_printf(
        "{\"resultCode\":200,\"errorCode\":0,\"requestId\":\"%s\",\"success\":true}", request_id);
    if (!sdk->muted) {
        send_payload(sdk, sdk->stream, type, json);
    }
}

static void take_streamed(Sdk *sdk, const RegPayload *payload)
{
    g_autoptr(DistroJson) json = distro_json_parse(payload->json, payload->json_size, NULL);
    g_assert_nonnull(json);
    const DistroJsonValue *root = distro_json_root(json);
    const char *request_id = reg_json_text(json, root, "requestId");
    if (strcmp(payload->type, "SetupAckRequest") == 0) {
        sdk->ready = true;
    } else if (strcmp(payload->type, "NotifySubscriberRequest") == 0) {
        take_push(sdk, json, root);
        answer_server(sdk, "NotifySubscriberResponse", request_id);
    } else if (strcmp(payload->type, "ClientDetectionRequest") == 0) {
        answer_server(sdk, "ClientDetectionResponse", request_id);
    } else if (strcmp(payload->type, "ConnectResetRequest") == 0) {
        sdk->resets++;
        answer_server(sdk, "ConnectResetResponse", request_id);
    }
}

static void take_server_check(Sdk *sdk, const RegPayload *payload)
{
    g_autoptr(DistroJson) json = distro_json_parse(payload->json, payload->json_size, NULL);
    g_assert_nonnull(json);
    const char *id = reg_json_text(json, distro_json_root(json), "connectionId");
    if (id != NULL && sdk->id == NULL) {
        sdk->id = g_strdup(id);
        send_setup(sdk);
    }
}

static void take_answer(Call *call, const RegPayload *payload)
{
    Sdk *sdk = call->sdk;
    const bool good = memmem(payload->json, payload->json_size, "\"resultCode\":200", 16) != NULL;
    sdk->answers++;
    sdk->good += good;
    sdk->bad += !good;
    call->type = g_strdup(payload->type);
    call->json = g_strndup(payload->json, payload->json_size);
    call->done = true;
    if (strcmp(payload->type, "ServerCheckResponse") == 0 && !sdk->setup.no_setup) {
        take_server_check(sdk, payload);
    }
}

static void on_message(RegStream *stream, const uint8_t *message, size_t size)
{
    Sdk *sdk = reg_conn_data(reg_stream_conn(stream));
    RegPayload payload;
    const bool read = reg_payload_read(sdk->context->reader, message, size, &payload);
    g_assert_true(read);
    if (stream == sdk->stream) {
        take_streamed(sdk, &payload);
    } else if (reg_stream_data(stream) != NULL) {
        take_answer(reg_stream_data(stream), &payload);
    }
}

static void free_call(Call *call)
{
    g_free(call->type);
    g_free(call->json);
    g_free(call);
}

static void on_ended(RegStream *stream)
{
    Call *call = reg_stream_data(stream);
    if (call == NULL) {
        return;
    }
    call->done = true;
    call->ended = true;
    if (!call->kept) {
        free_call(call);
    }
}

static void on_opened(RegConn *conn)
{
    Sdk *sdk = reg_conn_data(conn);
    begin_call(sdk, "ServerCheckRequest", "{\"headers\":{},\"module\":\"internal\"}", false);
}

static void free_sdk(Sdk *sdk)
{
    g_hash_table_unref(sdk->pushed);
    g_free(sdk->id);
    g_free(sdk);
}

static void on_closed(RegConn *conn, RegClose why)
{
    (void)why;
    Sdk *sdk = reg_conn_data(conn);
    sdk->conn = NULL;
    sdk->stream = NULL;
    sdk->ready = false;
    if (sdk->freed) {
        free_sdk(sdk);
    }
}

static const RegConnEvents events = {
    .opened = on_opened, .message = on_message, .ended = on_ended, .closed = on_closed
};

/* ---- clients ---- */

Sdk *sdk_open(SdkContext *context, const char *ip, unsigned port, const SdkSetup *setup)
{
    RegAddress address;
    const bool valid = reg_address_of(ip, (uint16_t)port, &address);
    g_assert_true(valid);
    Sdk *sdk = g_new0(Sdk, 1);
    sdk->context = context;
    sdk->setup = setup != NULL ? *setup : (SdkSetup) { 0 };
    sdk->pushed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    sdk->conn_context = (RegConnContext) {
        .loop = context->loop, .census = context->census, .tls = context->tls, .events = &events
    };
    if (sdk->setup.from != NULL) {
        reg_address_of(sdk->setup.from, 0, &sdk->from);
        sdk->conn_context.local = &sdk->from;
    }
    sdk->conn = reg_conn_open(&sdk->conn_context, &address);
    reg_conn_set_data(sdk->conn, sdk);
    return sdk;
}

void sdk_close(Sdk *sdk)
{
    sdk->freed = true;
    if (sdk->conn == NULL) {
        free_sdk(sdk);
    } else {
        reg_conn_close(sdk->conn, REG_CLOSE_LOCAL);
    }
}

bool sdk_is_ready(const Sdk *sdk)
{
    return sdk->ready;
}

bool sdk_is_closed(const Sdk *sdk)
{
    return sdk->conn == NULL;
}

static bool is_settled(void *data)
{
    const Sdk *sdk = data;
    return sdk->ready || sdk->conn == NULL;
}

bool sdk_wait_ready(Sdk *sdk)
{
    wait_until(sdk->context->loop, is_settled, sdk, PATIENCE_MS);
    return sdk->ready;
}

const char *sdk_id(const Sdk *sdk)
{
    return sdk->id;
}

static bool is_done(void *data)
{
    return ((const Call *)data)->done;
}

char *sdk_call(Sdk *sdk, const char *type, const char *json, char **answer_type)
{
    Call *call = begin_call(sdk, type, json, true);
    if (answer_type != NULL) {
        *answer_type = NULL;
    }
    if (call == NULL) {
        return NULL;
    }
    wait_until(sdk->context->loop, is_done, call, PATIENCE_MS);
    char *answer = g_steal_pointer(&call->json);
    if (answer_type != NULL) {
        *answer_type = g_steal_pointer(&call->type);
    }
    call->kept = false; /* it goes with its stream */
    if (call->ended) {
        free_call(call);
    }
    return answer;
}

void sdk_send(Sdk *sdk, const char *type, const char *json)
{
    begin_call(sdk, type, json, false);
}

unsigned sdk_good_answers(const Sdk *sdk)
{
    return sdk->good;
}

unsigned sdk_bad_answers(const Sdk *sdk)
{
    return sdk->bad;
}

const unsigned *sdk_answers(const Sdk *sdk)
{
    return &sdk->answers;
}

/* ---- naming ---- */

static bool is_good(const char *answer)
{
    return answer != NULL && strstr(answer, "\"resultCode\":200") != NULL &&
           strstr(answer, "\"success\":true") != NULL;
}

static bool call_instance(Sdk *sdk, const char *kind, const char *service, const char *ip,
                          unsigned port)
{
    g_autofree char *json = g_strdup_printf(
        "{\"headers\":{},\"namespace\":\"public\",\"serviceName\":\"%s\",\"groupName\":"
        "\"DEFAULT_GROUP\",\"type\":\"%s\",\"instance\":{\"ip\":\"%s\",\"port\":%u,\"weight\":1.0,"
        "\"healthy\":true,\"enabled\":true,\"ephemeral\":true,\"metadata\":{}},"
        "\"module\":\"naming\"}",
        service, kind, ip, port);
    g_autofree char *answer = sdk_call(sdk, "InstanceRequest", json, NULL);
    return is_good(answer);
}

bool sdk_register(Sdk *sdk, const char *service, const char *ip, unsigned port)
{
    return call_instance(sdk, "registerInstance", service, ip, port);
}

bool sdk_deregister(Sdk *sdk, const char *service, const char *ip, unsigned port)
{
    return call_instance(sdk, "deregisterInstance", service, ip, port);
}

static bool call_subscribe(Sdk *sdk, const char *service, bool subscribe)
{
    g_autofree char *json = g_strdup_printf(
        "{\"headers\":{},\"namespace\":\"public\",\"serviceName\":\"%s\",\"groupName\":"
        "\"DEFAULT_GROUP\",\"subscribe\":%s,\"clusters\":\"\",\"module\":\"naming\"}",
        service, subscribe ? "true" : "false");
    g_autofree char *answer = sdk_call(sdk, "SubscribeServiceRequest", json, NULL);
    return is_good(answer);
}

bool sdk_subscribe(Sdk *sdk, const char *service)
{
    return call_subscribe(sdk, service, true);
}

bool sdk_unsubscribe(Sdk *sdk, const char *service)
{
    return call_subscribe(sdk, service, false);
}

char *sdk_query(Sdk *sdk, const char *service)
{
    g_autofree char *json = g_strdup_printf(
        "{\"headers\":{},\"namespace\":\"public\",\"serviceName\":\"%s\",\"groupName\":"
        "\"DEFAULT_GROUP\",\"cluster\":\"\",\"healthyOnly\":false,\"udpPort\":0,"
        "\"module\":\"naming\"}",
        service);
    g_autofree char *answer = sdk_call(sdk, "ServiceQueryRequest", json, NULL);
    if (answer == NULL) {
        return g_strdup("(no answer)");
    }
    g_autoptr(DistroJson) parsed = distro_json_parse(answer, strlen(answer), NULL);
    if (parsed == NULL) {
        return g_strdup("(no JSON)");
    }
    const DistroJsonValue *info = reg_json_object(parsed, distro_json_root(parsed), "serviceInfo");
    return sdk_hosts_text(parsed, reg_json_array(parsed, info, "hosts"));
}

const char *sdk_pushed(const Sdk *sdk, const char *service)
{
    return g_hash_table_lookup(sdk->pushed, service);
}

const unsigned *sdk_pushes(const Sdk *sdk)
{
    return &sdk->pushes;
}

int64_t sdk_pushed_at(const Sdk *sdk)
{
    return sdk->pushed_us;
}

void sdk_mute(Sdk *sdk)
{
    sdk->muted = true;
}

unsigned sdk_resets(const Sdk *sdk)
{
    return sdk->resets;
}
