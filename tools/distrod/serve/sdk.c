/* tools/distrod/serve/sdk.c -- the port of Nacos's SDKs of 2.x and 3.x. */
#include "tools/distrod/serve/sdk.h"

#include "tools/distrod/net/address.h"
#include "tools/distrod/wire/json.h"

#include <string.h>

#define PUSH_TIMEOUT_US 5000000  /* nacos.naming.push.pushTaskTimeout */
#define RESET_TIMEOUT_US 3000000 /* ConnectionManager#loadSingle */
#define IDLE_CHECK_US 20000000   /* of connections that are no client of the node's */
#define IDLE_LIMIT_US 60000000

enum {
    MAX_BATCH = 5000 /* instances in one request */
};

struct RegSdk {
    RegNaming *naming;
    RegHost *host;
    RegLog *log;
    RegLoop *loop;
    RegRemote *remote;
    GHashTable *by_client; /* DistroClient -> RegSession */
    RegTimer idle_timer;
};

/* What the registry knows of a session. */
typedef struct Guest {
    DistroClient client;  /* DISTRO_NONE: not of the naming module */
    GHashTable *clusters; /* (nullable) DistroService -> "a,b" that it subscribed to alone */
    int64_t active_us;
} Guest;

static Guest *guest_of(const RegSession *session)
{
    return reg_session_data(session);
}

static DistroDictionary *dictionary_of(const RegSdk *sdk)
{
    return reg_host_dictionary(sdk->host);
}

/* ---- connections ---- */

static const char *reject_setup(void *data, const RegSession *session, const RegSetup *setup)
{
    (void)data;
    (void)session;
    return g_strcmp0(setup->source, "cluster") == 0 ? "a server belongs to the cluster's port"
                                                    : NULL;
}

static void note_registered(void *data, RegSession *session)
{
    RegSdk *sdk = data;
    Guest *guest = g_new0(Guest, 1);
    guest->active_us = g_get_monotonic_time();
    reg_session_set_data(session, guest);
    if (!reg_session_is_naming(session)) {
        return;
    }
    guest->client = distro_dictionary_client(dictionary_of(sdk), reg_session_id(session));
    g_hash_table_insert(sdk->by_client, GUINT_TO_POINTER(guest->client), session);
    reg_host_operate(sdk->host, DISTRO_OPERATION_CONNECT, guest->client, DISTRO_NONE, DISTRO_NONE);
    reg_log(sdk->log, REG_LOG_NAMING_SERVER, REG_INFO, "Client connection %s connect",
            reg_session_id(session));
}

static void note_active(void *data, RegSession *session)
{
    RegSdk *sdk = data;
    Guest *guest = guest_of(session);
    guest->active_us = g_get_monotonic_time();
    if (guest->client != DISTRO_NONE) {
        reg_host_operate(sdk->host, DISTRO_OPERATION_ACTIVE, guest->client, DISTRO_NONE,
                         DISTRO_NONE);
    }
}

static void note_gone(void *data, RegSession *session)
{
    RegSdk *sdk = data;
    Guest *guest = guest_of(session);
    if (guest->client != DISTRO_NONE) {
        g_hash_table_remove(sdk->by_client, GUINT_TO_POINTER(guest->client));
        reg_naming_forget_subscriber(sdk->naming, guest->client);
        reg_host_operate(sdk->host, DISTRO_OPERATION_DISCONNECT, guest->client, DISTRO_NONE,
                         DISTRO_NONE);
        reg_log(sdk->log, REG_LOG_NAMING_SERVER, REG_INFO,
                "Client connection %s disconnect, remove instances and subscribers",
                reg_session_id(session));
    }
    g_clear_pointer(&guest->clusters, g_hash_table_unref);
    g_free(guest);
}

/* The node probes its own clients; the other connections are ended here when they fall silent. */
static void check_idle(RegTimer *timer)
{
    RegSdk *sdk = REG_OWNER(timer, RegSdk, idle_timer);
    const int64_t oldest_us = g_get_monotonic_time() - IDLE_LIMIT_US;
    uint32_t count;
    RegSession *const *sessions = reg_remote_sessions(sdk->remote, &count);
    for (uint32_t i = 0; i < count; i++) {
        const Guest *guest = guest_of(sessions[i]);
        if (guest->client == DISTRO_NONE && guest->active_us < oldest_us) {
            reg_session_close(sessions[i]);
        }
    }
    reg_timers_set_in(reg_loop_timers(sdk->loop), timer, IDLE_CHECK_US);
}

/* ---- what the node asks for ---- */

typedef struct Probe {
    RegHost *host;
    DistroTicket ticket;
} Probe;

static void finish_probe(void *data, RegAsked how)
{
    Probe *probe = data;
    const DistroOutcome outcome = how == REG_ASKED_WELL      ? DISTRO_OUTCOME_ANSWERED
                                  : how == REG_ASKED_TIMEOUT ? DISTRO_OUTCOME_TIMED_OUT
                                                             : DISTRO_OUTCOME_BROKEN;
    const DistroInput input = { .kind = DISTRO_INPUT_OUTCOME,
                                .outcome = { .ticket = probe->ticket, .outcome = outcome } };
    reg_host_submit(probe->host, &input);
    g_free(probe);
}

static void carry_probe(void *data, const DistroEffect *effect)
{
    RegSdk *sdk = data;
    RegSession *session =
        g_hash_table_lookup(sdk->by_client, GUINT_TO_POINTER(effect->probe.client));
    g_autoptr(GBytes) rest = reg_json_piece(",\"module\":\"internal\"}");
    Probe *probe = g_new(Probe, 1);
    *probe = (Probe) { sdk->host, effect->probe.ticket };
    if (session == NULL) {
        finish_probe(probe, REG_ASKED_GONE);
        return;
    }
    reg_session_ask(session, "ClientDetectionRequest", &rest, 1, effect->probe.timeout_us,
                    finish_probe, probe);
}

static void carry_close(void *data, const DistroEffect *effect)
{
    RegSdk *sdk = data;
    RegSession *session =
        g_hash_table_lookup(sdk->by_client, GUINT_TO_POINTER(effect->close.client));
    if (session != NULL) {
        reg_log(sdk->log, REG_LOG_REMOTE_DIGEST, REG_INFO,
                "[%s]Unregister Out dated connection....", reg_session_id(session));
        reg_session_close(session);
    }
}

/* ---- pushes ---- */

typedef struct Push {
    RegSdk *sdk;
    DistroPushTarget target; /* but for its list */
    int64_t sent_us;
    uint32_t all, selected;
    char *ip;
} Push;

static void finish_push(void *data, RegAsked how)
{
    Push *push = data;
    const RegPushOutcome outcome = how == REG_ASKED_WELL   ? REG_PUSH_DONE
                                   : how == REG_ASKED_GONE ? REG_PUSH_GONE
                                                           : REG_PUSH_FAILED;
    reg_naming_pushed(push->sdk->naming, &push->target, outcome, push->sent_us, push->all,
                      push->selected, push->ip);
    g_free(push->ip);
    g_free(push);
}

static const char *clusters_of(const Guest *guest, DistroService service)
{
    return guest->clusters != NULL ? g_hash_table_lookup(guest->clusters, GUINT_TO_POINTER(service))
                                   : NULL;
}

static void send_push(void *data, const DistroPushTarget *target)
{
    RegSdk *sdk = data;
    RegSession *session = g_hash_table_lookup(sdk->by_client, GUINT_TO_POINTER(target->subscriber));
    if (session == NULL) {
        return;
    }
    const RegSelection selection = { .clusters = clusters_of(guest_of(session), target->service) };
    GBytes *pieces[5];
    Push *push = g_new0(Push, 1);
    push->sdk = sdk;
    push->target = *target;
    push->sent_us = g_get_monotonic_time();
    push->all = reg_list_listings(target->list)->len;
    push->ip = g_strdup(reg_session_ip(session));
    reg_list_hosts(target->list, &selection, &push->selected);
    pieces[0] = reg_json_piece(",\"serviceInfo\":");
    reg_list_info(target->list, &selection, false, &pieces[1]);
    pieces[4] = reg_json_piece(",\"module\":\"naming\"}");
    reg_session_ask(session, "NotifySubscriberRequest", pieces, G_N_ELEMENTS(pieces),
                    PUSH_TIMEOUT_US, finish_push, push);
    g_bytes_unref(pieces[0]);
    g_bytes_unref(pieces[1]);
    g_bytes_unref(pieces[3]);
    g_bytes_unref(pieces[4]);
}

/* ---- requests ---- */

/* The three names of a request, checked. */
typedef struct Names {
    const char *namespace_id, *group, *name;
} Names;

/* False: answered with what is wrong. */
static bool read_names(RegRequest *request, Names *names)
{
    const DistroJsonValue *root = reg_request_root(request);
    const char *wrong = "Invalid request";
    if (root != NULL) {
        names->namespace_id = reg_json_text(request->parsed, root, "namespace");
        names->group = reg_json_text(request->parsed, root, "groupName");
        names->name = reg_json_text(request->parsed, root, "serviceName");
        names->namespace_id = names->namespace_id != NULL && *names->namespace_id != '\0'
                                  ? names->namespace_id
                                  : "public";
        names->group =
            names->group != NULL && *names->group != '\0' ? names->group : "DEFAULT_GROUP";
        wrong = reg_naming_check_service(names->namespace_id, names->group, names->name);
    }
    if (wrong != NULL) {
        reg_request_fail(request, REG_ERROR_INVALID_PARAM, wrong);
    }
    return wrong == NULL;
}

static DistroService enter_service(const RegSdk *sdk, const Names *names)
{
    return distro_dictionary_service(dictionary_of(sdk), names->namespace_id, names->group,
                                     names->name);
}

static void collect_metadata(const DistroJson *json, const DistroJsonValue *value, GArray *metadata)
{
    const DistroJsonValue *map = reg_json_object(json, value, "metadata");
    for (const DistroJsonValue *entry = map != NULL ? distro_json_first(json, map) : NULL;
         entry != NULL; entry = distro_json_next(json, entry)) {
        const DistroExtEntry read = {
            .key = entry->key,
            .kind = entry->kind == DISTRO_JSON_NULL ? DISTRO_VALUE_NULL : DISTRO_VALUE_STRING,
            .text =
                entry->kind == DISTRO_JSON_BOOL ? (entry->boolean ? "true" : "false") : entry->text,
        };
        if (entry->kind != DISTRO_JSON_ARRAY && entry->kind != DISTRO_JSON_OBJECT) {
            g_array_append_val(metadata, read);
        }
    }
}

/* api.naming.pojo.Instance, whose weight is 1 and which is healthy and enabled unless it says
 * otherwise. */
static DistroNamingInstance read_instance(const DistroJson *json, const DistroJsonValue *value,
                                          GArray *metadata)
{
    collect_metadata(json, value, metadata);
    return (DistroNamingInstance) {
        .ip = reg_json_text(json, value, "ip"),
        .port = (int32_t)CLAMP(reg_json_number(json, value, "port", 0), -1, INT32_MAX),
        .weight = reg_json_double(json, value, "weight", 1.0),
        .healthy = reg_json_bool(json, value, "healthy", true),
        .enabled = reg_json_bool(json, value, "enabled", true),
        .cluster = reg_json_text(json, value, "clusterName"),
        .instance_id = reg_json_text(json, value, "instanceId"),
        .metadata = (const DistroExtEntry *)(const void *)metadata->data,
        .metadata_count = metadata->len,
    };
}

/* Its number, or DISTRO_NONE: answered with what is wrong. */
static DistroListing enter_instance(const RegSdk *sdk, const RegRequest *request,
                                    const DistroJsonValue *value, const Names *names,
                                    DistroService *service)
{
    g_autoptr(GArray) metadata = g_array_new(false, false, sizeof(DistroExtEntry));
    DistroNamingInstance instance = read_instance(request->parsed, value, metadata);
    const char *wrong = reg_naming_check_instance(&instance);
    if (wrong == NULL && !reg_json_bool(request->parsed, value, "ephemeral", true)) {
        wrong = "this server keeps ephemeral instances only";
    }
    if (wrong != NULL) {
        reg_request_fail(request, REG_ERROR_INVALID_PARAM, wrong);
        return DISTRO_NONE;
    }
    g_autofree char *id = NULL;
    if (instance.instance_id == NULL || *instance.instance_id == '\0') {
        id = reg_naming_instance_id(&instance, instance.cluster, names->group, names->name);
        instance.instance_id = id;
    }
    *service = enter_service(sdk, names);
    return distro_naming_listing(dictionary_of(sdk), *service, &instance);
}

static void answer_type(const RegRequest *request, const char *response, const char *type)
{
    GString *json = reg_json_open_response();
    reg_json_put_text_of(json, "type", type);
    reg_json_close_response(json);
    reg_stream_answer(request->stream, response, json);
    g_string_free(json, true);
}

/* False: answered; only a client of the registry publishes and subscribes. */
static bool require_client(const RegRequest *request)
{
    if (guest_of(request->session)->client != DISTRO_NONE) {
        return true;
    }
    reg_request_fail(request, REG_ERROR_SERVER, "Client not found: it is not of module naming");
    return false;
}

static void publish(RegSdk *sdk, const RegRequest *request, DistroService service,
                    DistroPublication publication, const char *response, const char *type)
{
    const DistroClient client = guest_of(request->session)->client;
    const DistroStatus status = reg_naming_operate(
        sdk->naming,
        publication != DISTRO_NONE ? DISTRO_OPERATION_REGISTER : DISTRO_OPERATION_DEREGISTER,
        client, service, publication);
    if (status == DISTRO_STATUS_OK) {
        answer_type(request, response, type);
    } else {
        reg_request_fail(request, REG_ERROR_SERVER, "the registration was refused");
    }
}

static void handle_instance(void *data, RegRequest *request)
{
    RegSdk *sdk = data;
    Names names;
    if (!read_names(request, &names) || !require_client(request)) {
        return;
    }
    const DistroJsonValue *root = reg_request_root(request);
    const char *type = reg_json_text(request->parsed, root, "type");
    const bool registers = g_strcmp0(type, "registerInstance") == 0;
    if (!registers && g_strcmp0(type, "deregisterInstance") != 0) {
        reg_request_fail(request, REG_ERROR_INVALID_PARAM, "Unsupported request type");
        return;
    }
    const DistroJsonValue *value = reg_json_object(request->parsed, root, "instance");
    if (!registers) {
        const DistroService service =
            reg_naming_find(sdk->naming, names.namespace_id, names.group, names.name);
        if (service == DISTRO_NONE) {
            answer_type(request, "InstanceResponse", type);
        } else {
            publish(sdk, request, service, DISTRO_NONE, "InstanceResponse", type);
        }
        return;
    }
    DistroService service;
    const DistroListing listing = enter_instance(sdk, request, value, &names, &service);
    if (listing != DISTRO_NONE) {
        publish(sdk, request, service,
                distro_dictionary_publication(dictionary_of(sdk), service, false, &listing, 1),
                "InstanceResponse", type);
    }
}

/* False: answered with what is wrong with one of them. */
static bool enter_batch(const RegSdk *sdk, const RegRequest *request, const DistroJsonValue *array,
                        const Names *names, DistroService *service, GArray *listings)
{
    for (const DistroJsonValue *value = distro_json_first(request->parsed, array); value != NULL;
         value = distro_json_next(request->parsed, value)) {
        const DistroListing listing = enter_instance(sdk, request, value, names, service);
        if (listing == DISTRO_NONE) {
            return false;
        }
        g_array_append_val(listings, listing);
    }
    return true;
}

static void handle_batch(void *data, RegRequest *request)
{
    RegSdk *sdk = data;
    Names names;
    if (!read_names(request, &names) || !require_client(request)) {
        return;
    }
    const DistroJsonValue *root = reg_request_root(request);
    const DistroJsonValue *array = reg_json_array(request->parsed, root, "instances");
    const char *type = reg_json_text(request->parsed, root, "type");
    if (g_strcmp0(type, "batchRegisterInstance") != 0 || array == NULL ||
        array->count > MAX_BATCH) {
        reg_request_fail(request, REG_ERROR_INVALID_PARAM,
                         "Unsupported request type, or too many instances");
        return;
    }
    g_autoptr(GArray) listings = g_array_new(false, false, sizeof(DistroListing));
    DistroService service = DISTRO_NONE;
    if (array->count == 0) {
        service = enter_service(sdk, &names);
    }
    if (enter_batch(sdk, request, array, &names, &service, listings)) {
        publish(sdk, request, service,
                distro_dictionary_publication(dictionary_of(sdk), service, true,
                                              (const DistroListing *)(const void *)listings->data,
                                              listings->len),
                "BatchInstanceResponse", type);
    }
}

/* ---- queries ---- */

static void answer_info(const RegSdk *sdk, const RegRequest *request, const Names *names,
                        const RegSelection *selection, const char *response)
{
    static const char opening[] =
        "{\"resultCode\":200,\"errorCode\":0,\"message\":\"success\",\"serviceInfo\":";
    static const char closing[] = ",\"success\":true}";
    const DistroService service =
        reg_naming_find(sdk->naming, names->namespace_id, names->group, names->name);
    if (service == DISTRO_NONE) {
        GString *json = g_string_new(opening);
        reg_list_put_empty_info(json, sdk->host, names->group, names->name, selection->clusters,
                                false);
        g_string_append(json, closing);
        reg_stream_answer(request->stream, response, json);
        g_string_free(json, true);
        return;
    }
    GBytes *pieces[5];
    pieces[0] = reg_json_piece(opening);
    reg_list_info(reg_naming_list(sdk->naming, service), selection, false, &pieces[1]);
    pieces[4] = reg_json_piece(closing);
    reg_stream_answer_pieces(request->stream, response, pieces, G_N_ELEMENTS(pieces));
    g_bytes_unref(pieces[0]);
    g_bytes_unref(pieces[1]);
    g_bytes_unref(pieces[3]);
    g_bytes_unref(pieces[4]);
}

static void remember_clusters(Guest *guest, DistroService service, const char *clusters)
{
    if (clusters == NULL || *clusters == '\0') {
        if (guest->clusters != NULL) {
            g_hash_table_remove(guest->clusters, GUINT_TO_POINTER(service));
        }
        return;
    }
    if (guest->clusters == NULL) {
        guest->clusters = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    }
    g_hash_table_replace(guest->clusters, GUINT_TO_POINTER(service), g_strdup(clusters));
}

static void subscribe(RegSdk *sdk, Guest *guest, const Names *names, const char *clusters)
{
    const DistroService service = enter_service(sdk, names);
    remember_clusters(guest, service, clusters);
    reg_host_operate(sdk->host, DISTRO_OPERATION_SUBSCRIBE, guest->client, service, DISTRO_NONE);
    reg_naming_subscribe(sdk->naming, guest->client, false, service);
}

static void unsubscribe(RegSdk *sdk, Guest *guest, const Names *names)
{
    const DistroService service =
        reg_naming_find(sdk->naming, names->namespace_id, names->group, names->name);
    if (service != DISTRO_NONE) {
        remember_clusters(guest, service, NULL);
        reg_naming_unsubscribe(sdk->naming, guest->client, service);
    }
}

static void handle_subscribe(void *data, RegRequest *request)
{
    RegSdk *sdk = data;
    Names names;
    if (!read_names(request, &names) || !require_client(request)) {
        return;
    }
    const DistroJsonValue *root = reg_request_root(request);
    const RegSelection selection = { .clusters = reg_json_text(request->parsed, root, "clusters") };
    Guest *guest = guest_of(request->session);
    if (reg_json_bool(request->parsed, root, "subscribe", false)) {
        subscribe(sdk, guest, &names, selection.clusters);
    } else {
        unsubscribe(sdk, guest, &names);
    }
    answer_info(sdk, request, &names, &selection, "SubscribeServiceResponse");
}

static void handle_query(void *data, RegRequest *request)
{
    RegSdk *sdk = data;
    Names names;
    if (!read_names(request, &names)) {
        return;
    }
    const DistroJsonValue *root = reg_request_root(request);
    const RegSelection selection = {
        .clusters = reg_json_text(request->parsed, root, "cluster"),
        .healthy_only = reg_json_bool(request->parsed, root, "healthyOnly", false),
    };
    answer_info(sdk, request, &names, &selection, "QueryServiceResponse");
}

static void put_page(GString *json, const RegSdk *sdk, const GArray *services, int64_t page,
                     int64_t size)
{
    const DistroDictionary *dictionary = dictionary_of(sdk);
    const int64_t count = services->len;
    size = CLAMP(size, 0, G_MAXINT32);
    const int64_t first = (CLAMP(page, 1, G_MAXINT32) - 1) * size;
    reg_json_put_key(json, "serviceNames");
    g_string_append_c(json, '[');
    for (int64_t i = first; i < MIN(first + size, count); i++) {
        const DistroServiceInfo *info = distro_dictionary_service_info(
            dictionary, g_array_index(services, DistroService, (guint)i));
        reg_json_put_comma(json);
        reg_json_put_text(json, distro_dictionary_text(dictionary, info->name));
    }
    g_string_append_c(json, ']');
}

/* The names of a page come without their group (ServiceUtil#pageServiceName). */
static void handle_list(void *data, RegRequest *request)
{
    RegSdk *sdk = data;
    const DistroJsonValue *root = reg_request_root(request);
    const char *namespace_id = reg_json_text(request->parsed, root, "namespace");
    const char *group = reg_json_text(request->parsed, root, "groupName");
    if (root == NULL) {
        reg_request_fail(request, REG_ERROR_INVALID_PARAM, "Invalid request");
        return;
    }
    const GArray *services =
        reg_naming_services(sdk->naming, namespace_id != NULL ? namespace_id : "public",
                            group != NULL ? group : "DEFAULT_GROUP");
    GString *json = reg_json_open_response();
    reg_json_put_text_of(json, "message", "success");
    reg_json_put_number_of(json, "count", services->len);
    put_page(json, sdk, services, reg_json_number(request->parsed, root, "pageNo", 1),
             reg_json_number(request->parsed, root, "pageSize", 10));
    reg_json_close_response(json);
    reg_stream_answer(request->stream, "ServiceListResponse", json);
    g_string_free(json, true);
}

/* ---- the rest ---- */

static void handle_health(void *data, RegRequest *request)
{
    (void)data;
    GString *json = reg_json_open_response();
    reg_json_close_response(json);
    reg_stream_answer(request->stream, "HealthCheckResponse", json);
    g_string_free(json, true);
}

static void handle_persistent(void *data, RegRequest *request)
{
    (void)data;
    reg_stream_answer_error(request->stream, REG_ERROR_SERVER,
                            "persistent instances are kept by Raft, which this server has none of");
}

static void handle_config(void *data, RegRequest *request)
{
    (void)data;
    reg_stream_answer_error(request->stream, REG_ERROR_NO_HANDLER,
                            "this server is a registry; it has no configuration");
}

static void handle_forbidden(void *data, RegRequest *request)
{
    (void)data;
    g_autofree char *message =
        g_strdup_printf(" invoke %.60s from sdk is forbidden", request->payload->type);
    reg_stream_answer_error(request->stream, REG_ERROR_BAD_GATEWAY, message);
}

static const RegHandler handlers[] = {
    { "InstanceRequest", handle_instance },
    { "BatchInstanceRequest", handle_batch },
    { "SubscribeServiceRequest", handle_subscribe },
    { "ServiceQueryRequest", handle_query },
    { "ServiceListRequest", handle_list },
    { "HealthCheckRequest", handle_health },
    { "PersistentInstanceRequest", handle_persistent },
    { "ConfigQueryRequest", handle_config },
    { "ConfigPublishRequest", handle_config },
    { "ConfigRemoveRequest", handle_config },
    { "ConfigBatchListenRequest", handle_config },
    { "DistroDataRequest", handle_forbidden },
    { "MemberReportRequest", handle_forbidden },
    { "ServerLoaderInfoRequest", handle_forbidden },
    { "ServerReloadRequest", handle_forbidden },
    { NULL, NULL },
};

static const RegRemoteEvents remote_events = { .reject = reject_setup,
                                               .registered = note_registered,
                                               .active = note_active,
                                               .gone = note_gone,
                                               .handlers = handlers };

RegSdk *reg_sdk_new(const RegRemoteOptions *options, RegNaming *naming)
{
    RegSdk *sdk = g_new0(RegSdk, 1);
    sdk->naming = naming;
    sdk->host = reg_naming_host(naming);
    sdk->log = options->log;
    sdk->loop = options->loop;
    sdk->by_client = g_hash_table_new(NULL, NULL);
    sdk->remote = reg_remote_new(options, &remote_events, sdk);
    sdk->idle_timer.fire = check_idle;
    reg_timers_set_in(reg_loop_timers(sdk->loop), &sdk->idle_timer, IDLE_CHECK_US);
    reg_host_carry(sdk->host, DISTRO_EFFECT_PROBE, carry_probe, sdk);
    reg_host_carry(sdk->host, DISTRO_EFFECT_CLOSE, carry_close, sdk);
    reg_naming_set_sender(naming, false, send_push, sdk);
    return sdk;
}

void reg_sdk_free(RegSdk *sdk)
{
    if (sdk == NULL) {
        return;
    }
    reg_timers_clear(reg_loop_timers(sdk->loop), &sdk->idle_timer);
    reg_remote_free(sdk->remote);
    g_hash_table_unref(sdk->by_client);
    g_free(sdk);
}

RegRemote *reg_sdk_remote(RegSdk *sdk)
{
    return sdk->remote;
}

uint32_t reg_sdk_connections(RegSdk *sdk)
{
    uint32_t count, sdks = 0;
    RegSession *const *sessions = reg_remote_sessions(sdk->remote, &count);
    for (uint32_t i = 0; i < count; i++) {
        sdks += reg_session_is_sdk(sessions[i]);
    }
    return sdks;
}

/* ConnectResetRequest: the SDK closes the connection itself when it has another. */
static void reset_session(RegSession *session, const char *redirect)
{
    GString *json = g_string_new(NULL);
    g_autofree char *host = NULL;
    uint16_t port = 0;
    if (redirect != NULL && reg_address_split(redirect, &host, &port) && port != 0) {
        char digits[8];
        g_snprintf(digits, sizeof digits, "%u", port);
        g_string_append(json, ",\"serverIp\":");
        reg_json_put_text(json, host);
        g_string_append_printf(json, ",\"serverPort\":\"%s\",\"connectionId\":", digits);
        reg_json_put_text(json, reg_session_id(session));
    }
    g_string_append(json, ",\"module\":\"internal\"}");
    g_autoptr(GBytes) rest = g_string_free_to_bytes(json);
    reg_session_ask(session, "ConnectResetRequest", &rest, 1, RESET_TIMEOUT_US, NULL, NULL);
}

void reg_sdk_reload(RegSdk *sdk, uint32_t keep, const char *redirect)
{
    uint32_t count, sdks = reg_sdk_connections(sdk);
    RegSession *const *sessions = reg_remote_sessions(sdk->remote, &count);
    for (uint32_t i = 0; i < count && sdks > keep; i++) {
        if (reg_session_is_sdk(sessions[i])) {
            reset_session(sessions[i], redirect);
            sdks--;
        }
    }
}
