/* tools/distrod/serve/open_api.c -- the registry over HTTP. */
#include "tools/distrod/serve/open_api.h"

#include "core/metadata.h"
#include "tools/distrod/wire/json.h"

#include <stdlib.h>
#include <string.h>

#define STARTING "server is STARTING now, please try again later!"
#define RAFT_ONLY "this is kept by Raft, which this server has none of"

struct RegOpenApi {
    RegHttp *http;
    RegNaming *naming;
    RegHost *host;
    RegDatagram *datagram;
    GHashTable *waiting; /* call -> Waiting */
};

/* How a path wants its answers. */
typedef enum Style {
    STYLE_V1,    /* "ok", or a sentence */
    STYLE_RESULT /* {"code":..,"message":..,"data":..} */
} Style;

/* A write whose outcome the node has not told yet. */
typedef struct Waiting {
    uint64_t call;
    RegHttpRequest *request;
    Style style;
    DistroWrite write;
} Waiting;

static DistroDictionary *dictionary_of(const RegOpenApi *api)
{
    return reg_host_dictionary(api->host);
}

/* ---- answers ---- */

static void answer_result(RegHttpRequest *request, unsigned http_code, int64_t code,
                          const char *message, const char *data)
{
    GString *json = g_string_new("{");
    reg_json_put_number_of(json, "code", code);
    reg_json_put_text_of(json, "message", message);
    reg_json_put_key(json, "data");
    g_string_append(json, data);
    g_string_append_c(json, '}');
    reg_http_answer_json(request, http_code, json);
    g_string_free(json, true);
}

static void answer_error(RegHttpRequest *request, Style style, unsigned code, const char *message)
{
    if (style == STYLE_V1) {
        reg_http_answer_text(request, code, message);
    } else {
        answer_result(request, code, code, message, "null");
    }
}

static Style style_of(const RegHttpRequest *request)
{
    return g_str_has_prefix(reg_http_path(request), "/nacos/v1/") ? STYLE_V1 : STYLE_RESULT;
}

/* ---- parameters ---- */

static const char *text_of(const RegHttpRequest *request, const char *name)
{
    const char *text = reg_http_parameter(request, name);
    return text != NULL && *text != '\0' ? text : NULL;
}

static bool boolean_of(const RegHttpRequest *request, const char *name, bool otherwise)
{
    const char *text = text_of(request, name);
    if (text == NULL) {
        return otherwise;
    }
    return g_ascii_strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0 ||
           g_ascii_strcasecmp(text, "yes") == 0 || g_ascii_strcasecmp(text, "on") == 0;
}

static int64_t number_of(const RegHttpRequest *request, const char *name, int64_t otherwise)
{
    const char *text = text_of(request, name);
    gint64 number;
    return text != NULL && g_ascii_string_to_signed(text, 10, G_MININT32, G_MAXINT32, &number, NULL)
               ? number
               : otherwise;
}

static double double_of(const char *text, double otherwise)
{
    char *end;
    if (text == NULL) {
        return otherwise;
    }
    const double number = g_ascii_strtod(text, &end);
    return end != text && *end == '\0' ? number : -1;
}

/* The service that a request is about; (transfer full) names. */
typedef struct Names {
    char *namespace_id, *group, *name;
} Names;

static void names_clear(Names *names)
{
    g_free(names->namespace_id);
    g_free(names->group);
    g_free(names->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Names, names_clear)

/* ServiceNameFilter: a name without a group is of groupName's, or of DEFAULT_GROUP. NULL, or what
 * is wrong. */
static const char *read_names(const RegHttpRequest *request, Names *names)
{
    const char *namespace_id = text_of(request, "namespaceId");
    const char *grouped = text_of(request, "serviceName"), *group = text_of(request, "groupName");
    *names = (Names) { .namespace_id = g_strdup(namespace_id != NULL ? namespace_id : "public") };
    if (grouped == NULL) {
        return "Param 'serviceName' is required.";
    }
    if (group != NULL && strstr(grouped, "@@") == NULL) {
        names->group = g_strdup(group);
        names->name = g_strdup(grouped);
    } else if (!reg_naming_split(grouped, &names->group, &names->name)) {
        return "Param 'serviceName' is illegal, it should be format as 'groupName@@serviceName'";
    }
    return reg_naming_check_service(names->namespace_id, names->group, names->name);
}

/* UtilsAndCommons#parseMetadata: JSON, or "a=1,b=2". What is collected points into @json and
 * @pairs. */
static bool read_metadata(const char *text, DistroJson **json, GStrv *pairs, GArray *metadata)
{
    if (text == NULL) {
        return true;
    }
    *json = distro_json_parse(text, strlen(text), NULL);
    if (*json != NULL && distro_json_root(*json)->kind == DISTRO_JSON_OBJECT) {
        for (const DistroJsonValue *entry = distro_json_first(*json, distro_json_root(*json));
             entry != NULL; entry = distro_json_next(*json, entry)) {
            const DistroExtEntry read = { .key = entry->key,
                                          .kind = DISTRO_VALUE_STRING,
                                          .text = entry->kind == DISTRO_JSON_BOOL
                                                      ? (entry->boolean ? "true" : "false")
                                                      : entry->text };
            if (read.text != NULL) {
                g_array_append_val(metadata, read);
            }
        }
        return true;
    }
    *pairs = g_strsplit(text, ",", -1);
    for (char **pair = *pairs; *pair != NULL; pair++) {
        char *equals = strchr(*pair, '=');
        if (equals == NULL || equals == *pair) {
            return false;
        }
        *equals = '\0';
        const DistroExtEntry read = { .key = *pair,
                                      .kind = DISTRO_VALUE_STRING,
                                      .text = equals + 1 };
        g_array_append_val(metadata, read);
    }
    return true;
}

/* ---- writes ---- */

static DistroClient client_at(const RegOpenApi *api, const char *ip, int32_t port)
{
    g_autofree char *id = g_strdup_printf("%s:%d#true", ip, port);
    return distro_dictionary_client(dictionary_of(api), id);
}

static DistroPublication publication_of(const RegOpenApi *api, const Names *names,
                                        const DistroNamingInstance *instance,
                                        DistroService *service)
{
    DistroDictionary *dictionary = dictionary_of(api);
    const char *cluster = instance->cluster != NULL ? instance->cluster : "DEFAULT";
    g_autofree char *id = reg_naming_instance_id(instance, cluster, names->group, names->name);
    DistroNamingInstance named = *instance;
    named.instance_id = id;
    *service =
        distro_dictionary_service(dictionary, names->namespace_id, names->group, names->name);
    const DistroListing listing = distro_naming_listing(dictionary, *service, &named);
    return distro_dictionary_publication(dictionary, *service, false, &listing, 1);
}

static int64_t beat_interval_ms(const RegOpenApi *api, const DistroWrite *write)
{
    const DistroDictionary *dictionary = dictionary_of(api);
    const int64_t stock_us = reg_host_config(api->host)->beat_interval_us;
    const DistroPublication published =
        distro_node_listed(reg_host_node(api->host), write->client, write->service);
    if (published == DISTRO_NONE) {
        return stock_us / 1000;
    }
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, published);
    const DistroListingInfo *listing =
        distro_dictionary_listing_info(dictionary, info->listings[0]);
    return distro_metadata_duration(dictionary, listing->instance.ext,
                                    "preserved.heart.beat.interval", stock_us) /
           1000;
}

static bool is_beat(const DistroWrite *write)
{
    return write->kind == DISTRO_WRITE_BEAT || write->kind == DISTRO_WRITE_LIGHT_BEAT;
}

static void answer_beat(const RegOpenApi *api, const Waiting *waiting, bool known)
{
    GString *json = g_string_new("{");
    reg_json_put_number_of(json, "clientBeatInterval", beat_interval_ms(api, &waiting->write));
    reg_json_put_number_of(json, "code", known ? 10200 : 20404);
    reg_json_put_bool_of(json, "lightBeatEnabled", true);
    g_string_append_c(json, '}');
    reg_http_answer_json(waiting->request, 200, json);
    g_string_free(json, true);
}

static bool is_v3_client(const RegHttpRequest *request)
{
    return g_str_has_prefix(reg_http_path(request), "/nacos/v3/client/");
}

static void answer_done(const RegOpenApi *api, const Waiting *waiting, bool known)
{
    RegHttpRequest *request = waiting->request;
    if (is_beat(&waiting->write) && !is_v3_client(request)) {
        answer_beat(api, waiting, known);
    } else if (!known) {
        answer_result(request, 200, 21003, "instance not found", "null");
    } else if (waiting->style == STYLE_V1) {
        reg_http_answer_text(request, 200, "ok");
    } else {
        answer_result(request, 200, 0, "success", "\"ok\"");
    }
}

static void answer_status(const RegOpenApi *api, const Waiting *waiting, DistroStatus status)
{
    RegHttpRequest *request = waiting->request;
    switch (status) {
    case DISTRO_STATUS_OK:
        answer_done(api, waiting, true);
        break;
    case DISTRO_STATUS_BEAT_UNKNOWN:
        answer_done(api, waiting, false);
        break;
    case DISTRO_STATUS_HTTP_BAD_REQUEST:
        answer_error(request, waiting->style, 400, "receive invalid redirect request from peer");
        break;
    case DISTRO_STATUS_HTTP_NOT_FOUND:
        answer_error(request, waiting->style, 404, "not found");
        break;
    case DISTRO_STATUS_HTTP_UNAVAILABLE:
        answer_error(request, waiting->style, 503, STARTING);
        break;
    default:
        answer_error(request, waiting->style, 500,
                     "the server that is responsible for it did not take it");
        break;
    }
}

static void finish_waiting(RegOpenApi *api, uint64_t call, DistroStatus status)
{
    Waiting *waiting = g_hash_table_lookup(api->waiting, &call);
    if (waiting != NULL) {
        g_hash_table_steal(api->waiting, &call);
        answer_status(api, waiting, status);
        g_free(waiting);
    }
}

static void carry_reply(void *data, const DistroEffect *effect)
{
    finish_waiting(data, effect->reply.call, effect->reply.status);
}

static void carry_answer(void *data, const DistroEffect *effect)
{
    RegOpenApi *api = data;
    DistroMessage message;
    if (g_hash_table_contains(api->waiting, &effect->answer.call) &&
        distro_wire_decode(dictionary_of(api), &effect->answer.frame, &message) == DISTRO_WIRE_OK) {
        finish_waiting(api, effect->answer.call, message.status);
    }
}

/* DistroFilter: a server says that it is one, and what it sends on is not sent on again. */
static bool is_forwarded(const RegHttpRequest *request)
{
    const char *agent = reg_http_header(request, "User-Agent");
    return agent != NULL && strstr(agent, "Nacos-Server") != NULL;
}

static void submit_forwarded(RegOpenApi *api, const Waiting *waiting)
{
    const DistroMessage message = { .op = DISTRO_OP_FORWARD, .write = waiting->write };
    DistroFrame frame = distro_wire_encode(dictionary_of(api), &message);
    const DistroInput input = { .kind = DISTRO_INPUT_REQUEST,
                                .request = { .call = waiting->call, .frame = &frame } };
    reg_host_submit(api->host, &input);
    distro_frame_clear(&frame);
}

static void submit_write(RegOpenApi *api, RegHttpRequest *request, const DistroWrite *write)
{
    Waiting *waiting = g_new0(Waiting, 1);
    const uint64_t call = reg_host_new_call(api->host);
    *waiting =
        (Waiting) { .call = call, .request = request, .style = style_of(request), .write = *write };
    g_hash_table_insert(api->waiting, &waiting->call, waiting);
    if (is_forwarded(request)) {
        submit_forwarded(api, waiting);
    } else {
        const DistroInput input = {
            .kind = DISTRO_INPUT_OPERATION,
            .operation = { .kind = DISTRO_OPERATION_WRITE, .write = *write, .call = call }
        };
        reg_host_submit(api->host, &input);
    }
    if (g_hash_table_contains(api->waiting, &call)) {
        reg_http_hold(request);
    }
}

/* ---- registering ---- */

static bool is_persistent(const RegHttpRequest *request)
{
    return !boolean_of(request, "ephemeral", true);
}

static const char *cluster_of(const RegHttpRequest *request)
{
    const char *cluster = text_of(request, "clusterName");
    return cluster != NULL ? cluster : text_of(request, "cluster");
}

static void write_instance(RegOpenApi *api, RegHttpRequest *request, DistroWriteKind kind)
{
    g_auto(Names) names = { 0 };
    g_autoptr(DistroJson) json = NULL;
    g_auto(GStrv) pairs = NULL;
    g_autoptr(GArray) metadata = g_array_new(false, false, sizeof(DistroExtEntry));
    const char *wrong = read_names(request, &names);
    if (wrong == NULL && !read_metadata(text_of(request, "metadata"), &json, &pairs, metadata)) {
        wrong = "metadata format incorrect";
    }
    const DistroNamingInstance instance = {
        .ip = text_of(request, "ip"),
        .port = (int32_t)number_of(request, "port", -1),
        .weight = double_of(text_of(request, "weight"), 1.0),
        .healthy = boolean_of(request, "healthy", true),
        .enabled = boolean_of(request, "enabled", boolean_of(request, "enable", true)),
        .cluster = cluster_of(request),
        .metadata = (const DistroExtEntry *)(const void *)metadata->data,
        .metadata_count = metadata->len,
    };
    if (wrong == NULL) {
        wrong = reg_naming_check_instance(&instance);
    }
    if (wrong != NULL) {
        answer_error(request, style_of(request), 400, wrong);
        return;
    }
    if (is_persistent(request)) {
        answer_error(request, style_of(request), 501, "a persistent instance: " RAFT_ONLY);
        return;
    }
    DistroWrite write = { .kind = kind };
    write.publication = publication_of(api, &names, &instance, &write.service);
    write.client = client_at(api, instance.ip, instance.port);
    if (kind != DISTRO_WRITE_REGISTER) {
        write.publication = DISTRO_NONE;
    }
    submit_write(api, request, &write);
}

static void handle_register(void *data, RegHttpRequest *request)
{
    const bool beats = is_v3_client(request) && boolean_of(request, "heartBeat", false);
    write_instance(data, request, beats ? DISTRO_WRITE_LIGHT_BEAT : DISTRO_WRITE_REGISTER);
}

static void handle_deregister(void *data, RegHttpRequest *request)
{
    write_instance(data, request, DISTRO_WRITE_DEREGISTER);
}

static void handle_raft(void *data, RegHttpRequest *request)
{
    (void)data;
    answer_error(request, style_of(request), 501, "metadata that is edited: " RAFT_ONLY);
}

/* ---- beats ---- */

/* A full beat carries the instance (RsInfo), and registers it if it is not known. */
static void write_full_beat(RegOpenApi *api, RegHttpRequest *request, const Names *names,
                            const char *beat)
{
    g_autoptr(DistroJson) json = distro_json_parse(beat, strlen(beat), NULL);
    const DistroJsonValue *root = json != NULL ? distro_json_root(json) : NULL;
    g_autoptr(GArray) metadata = g_array_new(false, false, sizeof(DistroExtEntry));
    const DistroJsonValue *map = reg_json_object(json, root, "metadata");
    for (const DistroJsonValue *entry = map != NULL ? distro_json_first(json, map) : NULL;
         entry != NULL; entry = distro_json_next(json, entry)) {
        const DistroExtEntry read = { .key = entry->key,
                                      .kind = DISTRO_VALUE_STRING,
                                      .text = entry->text };
        if (entry->kind == DISTRO_JSON_STRING) {
            g_array_append_val(metadata, read);
        }
    }
    const char *cluster = reg_json_text(json, root, "cluster");
    const DistroNamingInstance instance = {
        .ip = reg_json_text(json, root, "ip"),
        .port = (int32_t)CLAMP(reg_json_number(json, root, "port", 0), -1, INT32_MAX),
        .weight = reg_json_double(json, root, "weight", 1.0),
        .healthy = true,
        .enabled = true,
        .cluster = cluster != NULL && *cluster != '\0' ? cluster : text_of(request, "clusterName"),
        .metadata = (const DistroExtEntry *)(const void *)metadata->data,
        .metadata_count = metadata->len,
    };
    const char *wrong = root != NULL && root->kind == DISTRO_JSON_OBJECT
                            ? reg_naming_check_instance(&instance)
                            : "Param 'beat' is no JSON object.";
    if (wrong != NULL) {
        answer_error(request, style_of(request), 400, wrong);
        return;
    }
    DistroWrite write = { .kind = DISTRO_WRITE_BEAT };
    write.publication = publication_of(api, names, &instance, &write.service);
    write.client = client_at(api, instance.ip, instance.port);
    submit_write(api, request, &write);
}

static void write_light_beat(RegOpenApi *api, RegHttpRequest *request, const Names *names)
{
    const DistroNamingInstance instance = { .ip = text_of(request, "ip"),
                                            .port = (int32_t)number_of(request, "port", 0),
                                            .weight = 1.0 };
    const char *wrong = reg_naming_check_instance(&instance);
    if (wrong != NULL) {
        answer_error(request, style_of(request), 400, wrong);
        return;
    }
    const DistroWrite write = {
        .kind = DISTRO_WRITE_LIGHT_BEAT,
        .client = client_at(api, instance.ip, instance.port),
        .service = distro_dictionary_service(dictionary_of(api), names->namespace_id, names->group,
                                             names->name),
    };
    submit_write(api, request, &write);
}

static void handle_beat(void *data, RegHttpRequest *request)
{
    RegOpenApi *api = data;
    g_auto(Names) names = { 0 };
    const char *wrong = read_names(request, &names);
    const char *beat = text_of(request, "beat");
    reg_naming_counters(api->naming)->beats++;
    if (wrong != NULL) {
        answer_error(request, style_of(request), 400, wrong);
    } else if (beat != NULL) {
        write_full_beat(api, request, &names, beat);
    } else {
        write_light_beat(api, request, &names);
    }
}

/* ---- queries ---- */

/* False: a name is wrong, and @request has been answered so. */
static bool take_names(RegHttpRequest *request, Style style, Names *names)
{
    const char *wrong = read_names(request, names);
    if (wrong != NULL) {
        answer_error(request, style, 400, wrong);
    }
    return wrong == NULL;
}

static bool refuse_while_starting(const RegOpenApi *api, RegHttpRequest *request)
{
    if (distro_node_state(reg_host_node(api->host)).ready) {
        return false;
    }
    answer_error(request, style_of(request), 503, STARTING);
    return true;
}

static void answer_empty_info(const RegOpenApi *api, RegHttpRequest *request, const Names *names,
                              const char *clusters)
{
    GString *json = g_string_new(NULL);
    if (style_of(request) == STYLE_RESULT) {
        g_string_append(json, "{\"code\":0,\"message\":\"success\",\"data\":");
    }
    reg_list_put_empty_info(json, api->host, names->group, names->name, clusters, true);
    if (style_of(request) == STYLE_RESULT) {
        g_string_append_c(json, '}');
    }
    reg_http_answer_json(request, 200, json);
    g_string_free(json, true);
}

static void answer_info(RegHttpRequest *request, RegList *list, const RegSelection *selection)
{
    const bool wrapped = style_of(request) == STYLE_RESULT;
    GBytes *pieces[5];
    pieces[0] = wrapped ? reg_json_piece("{\"code\":0,\"message\":\"success\",\"data\":")
                        : reg_json_piece("");
    reg_list_info(list, selection, true, &pieces[1]);
    pieces[4] = reg_json_piece(wrapped ? "}" : "");
    reg_http_answer_pieces(request, 200, "application/json;charset=UTF-8", pieces,
                           G_N_ELEMENTS(pieces));
    g_bytes_unref(pieces[0]);
    g_bytes_unref(pieces[1]);
    g_bytes_unref(pieces[3]);
    g_bytes_unref(pieces[4]);
}

/* The rest of InstanceController#list's Subscriber: where an SDK of 1.x wants to be pushed to. */
static void note_subscriber(RegOpenApi *api, const RegHttpRequest *request, DistroService service,
                            const char *clusters)
{
    const int64_t port = number_of(request, "udpPort", 0);
    const char *ip = text_of(request, "clientIP");
    if (port > 0 && port <= UINT16_MAX && ip != NULL) {
        reg_datagram_subscribe(api->datagram, reg_http_header(request, "User-Agent"), ip,
                               (uint16_t)port, service, clusters);
    }
}

static void handle_list(void *data, RegHttpRequest *request)
{
    RegOpenApi *api = data;
    g_auto(Names) names = { 0 };
    if (!take_names(request, style_of(request), &names)) {
        return;
    }
    if (refuse_while_starting(api, request)) {
        return;
    }
    const char *clusters = text_of(request, "clusters");
    const RegSelection selection = {
        .clusters = clusters != NULL ? clusters : text_of(request, "clusterName"),
        .healthy_only = boolean_of(request, "healthyOnly", false),
    };
    DistroService service =
        reg_naming_find(api->naming, names.namespace_id, names.group, names.name);
    if (number_of(request, "udpPort", 0) > 0) {
        service = distro_dictionary_service(dictionary_of(api), names.namespace_id, names.group,
                                            names.name);
        note_subscriber(api, request, service, selection.clusters);
    }
    if (reg_naming_find(api->naming, names.namespace_id, names.group, names.name) == DISTRO_NONE) {
        answer_empty_info(api, request, &names, selection.clusters);
    } else {
        answer_info(request, reg_naming_list(api->naming, service), &selection);
    }
}

/* v3: the hosts alone. */
static void handle_hosts(void *data, RegHttpRequest *request)
{
    RegOpenApi *api = data;
    g_auto(Names) names = { 0 };
    if (!take_names(request, STYLE_RESULT, &names)) {
        return;
    }
    if (refuse_while_starting(api, request)) {
        return;
    }
    const RegSelection selection = { .clusters = text_of(request, "clusterName") };
    const DistroService service =
        reg_naming_find(api->naming, names.namespace_id, names.group, names.name);
    uint32_t count;
    g_autoptr(GBytes) none = reg_json_piece("[]");
    GBytes *pieces[3];
    pieces[0] = reg_json_piece("{\"code\":0,\"message\":\"success\",\"data\":");
    pieces[1] = service != DISTRO_NONE
                    ? reg_list_hosts(reg_naming_list(api->naming, service), &selection, &count)
                    : none;
    pieces[2] = reg_json_piece("}");
    reg_http_answer_pieces(request, 200, "application/json;charset=UTF-8", pieces, 3);
    g_bytes_unref(pieces[0]);
    g_bytes_unref(pieces[2]);
}

static DistroListing find_listing(RegOpenApi *api, const RegHttpRequest *request,
                                  DistroService service)
{
    const DistroDictionary *dictionary = dictionary_of(api);
    const char *ip = text_of(request, "ip"), *cluster = cluster_of(request);
    const int64_t port = number_of(request, "port", -1);
    const GArray *listings = reg_list_listings(reg_naming_list(api->naming, service));
    for (guint i = 0; i < listings->len; i++) {
        const DistroListing listing = g_array_index(listings, DistroListing, i);
        const DistroInstance *instance =
            &distro_dictionary_listing_info(dictionary, listing)->instance;
        if (instance->port == port &&
            g_strcmp0(distro_dictionary_text(dictionary, instance->ip), ip) == 0 &&
            strcmp(distro_dictionary_text(dictionary, instance->cluster),
                   cluster != NULL ? cluster : "DEFAULT") == 0) {
            return listing;
        }
    }
    return DISTRO_NONE;
}

static void handle_detail(void *data, RegHttpRequest *request)
{
    RegOpenApi *api = data;
    g_auto(Names) names = { 0 };
    if (!take_names(request, style_of(request), &names)) {
        return;
    }
    const DistroService service =
        reg_naming_find(api->naming, names.namespace_id, names.group, names.name);
    const DistroListing listing =
        service != DISTRO_NONE ? find_listing(api, request, service) : DISTRO_NONE;
    if (listing == DISTRO_NONE) {
        answer_error(request, style_of(request), 404, "no matched ip found!");
        return;
    }
    GString *json = g_string_new(NULL);
    reg_list_put_instance(json, dictionary_of(api), listing);
    if (style_of(request) == STYLE_V1) {
        g_autofree char *grouped = g_strconcat(names.group, "@@", names.name, NULL);
        g_string_truncate(json, json->len - 1);
        reg_json_put_text_of(json, "service", grouped);
        g_string_append_c(json, '}');
        reg_http_answer_json(request, 200, json);
    } else {
        answer_result(request, 200, 0, "success", json->str);
    }
    g_string_free(json, true);
}

static void handle_services(void *data, RegHttpRequest *request)
{
    RegOpenApi *api = data;
    const DistroDictionary *dictionary = dictionary_of(api);
    const char *namespace_id = text_of(request, "namespaceId"),
               *group = text_of(request, "groupName");
    const int64_t page = MAX(number_of(request, "pageNo", 1), 1);
    const int64_t size = CLAMP(number_of(request, "pageSize", 10), 0, 1000);
    const GArray *services =
        reg_naming_services(api->naming, namespace_id != NULL ? namespace_id : "public",
                            group != NULL ? group : "DEFAULT_GROUP");
    GString *names = g_string_new("[");
    for (int64_t i = (page - 1) * size; i < MIN(page * size, (int64_t)services->len); i++) {
        const DistroServiceInfo *info = distro_dictionary_service_info(
            dictionary, g_array_index(services, DistroService, (guint)i));
        reg_json_put_comma(names);
        reg_json_put_text(names, distro_dictionary_text(dictionary, info->name));
    }
    g_string_append_c(names, ']');
    GString *json = g_string_new("{");
    reg_json_put_number_of(json, "count", services->len);
    reg_json_put_key(json, style_of(request) == STYLE_V1 ? "doms" : "services");
    g_string_append(json, names->str);
    g_string_append_c(json, '}');
    if (style_of(request) == STYLE_V1) {
        reg_http_answer_json(request, 200, json);
    } else {
        answer_result(request, 200, 0, "success", json->str);
    }
    g_string_free(json, true);
    g_string_free(names, true);
}

/* "10.0.0.1:8080#true" and "1699_10.0.0.1_5000" */
static char *subscriber_address(const char *id, char **ip, int *port)
{
    g_auto(GStrv) parts = g_strsplit_set(id, strchr(id, '#') != NULL ? ":#" : "_", 3);
    const guint count = g_strv_length(parts);
    const bool native = strchr(id, '#') == NULL;
    *ip = g_strdup(count > 1 ? parts[native ? 1 : 0] : "");
    *port = count > 1 ? atoi(parts[native && count > 2 ? 2 : 1]) : 0;
    return g_strdup_printf("%s:%d", *ip, *port);
}

/* What peers ask for when somebody wants to see all subscribers of a service
 * (NamingSubscriberServiceAggregationImpl); this server's own are answered. */
/* ---- the index: who publishes ---- */

static void put_publishers(const RegOpenApi *api, GString *json, DistroService service)
{
    const DistroDictionary *dictionary = dictionary_of(api);
    const DistroNode *node = reg_host_node(api->host);
    size_t count;
    const DistroClient *clients = distro_node_publishers(node, service, &count);
    for (size_t i = 0; i < count; i++) {
        const DistroPublicationInfo *info = distro_dictionary_publication_info(
            dictionary, distro_node_listed(node, clients[i], service));
        for (uint32_t k = 0; k < info->count; k++) {
            const DistroInstance *instance =
                &distro_dictionary_listing_info(dictionary, info->listings[k])->instance;
            reg_json_put_comma(json);
            g_string_append_c(json, '{');
            reg_json_put_text_of(json, "clientId",
                                 distro_dictionary_client_info(dictionary, clients[i])->id);
            reg_json_put_text_of(json, "ip", distro_dictionary_text(dictionary, instance->ip));
            reg_json_put_number_of(json, "port", instance->port);
            g_string_append_c(json, '}');
        }
    }
}

/* ClientInfoControllerV2#getPublishedClientList: the replicated records, no list of yesterday. */
static void handle_publishers(void *data, RegHttpRequest *request)
{
    const RegOpenApi *api = data;
    g_auto(Names) names = { 0 };
    if (!take_names(request, STYLE_RESULT, &names)) {
        return;
    }
    GString *json = g_string_new("[");
    const DistroService service =
        reg_naming_find(api->naming, names.namespace_id, names.group, names.name);
    if (service != DISTRO_NONE) {
        put_publishers(api, json, service);
    }
    g_string_append_c(json, ']');
    answer_result(request, 200, 0, "success", json->str);
    g_string_free(json, true);
}

static void handle_subscribers(void *data, RegHttpRequest *request)
{
    RegOpenApi *api = data;
    const DistroDictionary *dictionary = dictionary_of(api);
    g_auto(Names) names = { 0 };
    if (!take_names(request, style_of(request), &names)) {
        return;
    }
    g_autofree char *grouped = g_strconcat(names.group, "@@", names.name, NULL);
    g_autoptr(GArray) subscribers = reg_naming_subscribers(
        api->naming, reg_naming_find(api->naming, names.namespace_id, names.group, names.name));
    GString *json = g_string_new("{");
    reg_json_put_number_of(json, "count", subscribers->len);
    reg_json_put_key(json, "subscribers");
    g_string_append_c(json, '[');
    for (guint i = 0; i < subscribers->len; i++) {
        g_autofree char *ip = NULL;
        int port;
        const char *id = distro_dictionary_client_info(
                             dictionary, g_array_index(subscribers, DistroSubscriber, i))
                             ->id;
        g_autofree char *address = subscriber_address(id, &ip, &port);
        reg_json_put_comma(json);
        g_string_append_c(json, '{');
        reg_json_put_text_of(json, "addrStr", address);
        reg_json_put_text_of(json, "agent", "");
        reg_json_put_text_of(json, "app", "");
        reg_json_put_text_of(json, "ip", ip);
        reg_json_put_number_of(json, "port", port);
        reg_json_put_text_of(json, "namespaceId", names.namespace_id);
        reg_json_put_text_of(json, "serviceName", grouped);
        reg_json_put_text_of(json, "cluster", "");
        g_string_append_c(json, '}');
    }
    g_string_append(json, "]}");
    reg_http_answer_json(request, 200, json);
    g_string_free(json, true);
}

/* An SDK of 1.x asks whether the server is well. */
static void handle_metrics(void *data, RegHttpRequest *request)
{
    RegOpenApi *api = data;
    const DistroNodeState state = distro_node_state(reg_host_node(api->host));
    GString *json = g_string_new("{");
    reg_json_put_text_of(json, "status", state.ready ? "UP" : "STARTING");
    reg_json_put_number_of(json, "serviceCount", reg_naming_service_count(api->naming));
    reg_json_put_number_of(json, "instanceCount", reg_naming_instance_count(api->naming));
    reg_json_put_number_of(json, "clientCount", state.clients);
    reg_json_put_number_of(json, "responsibleClientCount", state.owned);
    g_string_append_c(json, '}');
    reg_http_answer_json(request, 200, json);
    g_string_free(json, true);
}

static const RegHttpRoute routes[] = {
    { "POST", "/nacos/v1/ns/instance", handle_register },
    { "DELETE", "/nacos/v1/ns/instance", handle_deregister },
    { "PUT", "/nacos/v1/ns/instance", handle_raft },
    { "PATCH", "/nacos/v1/ns/instance", handle_raft },
    { "GET", "/nacos/v1/ns/instance", handle_detail },
    { "GET", "/nacos/v1/ns/instance/list", handle_list },
    { "PUT", "/nacos/v1/ns/instance/beat", handle_beat },
    { "GET", "/nacos/v1/ns/service/list", handle_services },
    { "GET", "/nacos/v1/ns/service/subscribers", handle_subscribers },
    { "GET", "/nacos/v1/ns/operator/metrics", handle_metrics },
    { "POST", "/nacos/v2/ns/instance", handle_register },
    { "DELETE", "/nacos/v2/ns/instance", handle_deregister },
    { "PUT", "/nacos/v2/ns/instance", handle_raft },
    { "PATCH", "/nacos/v2/ns/instance", handle_raft },
    { "GET", "/nacos/v2/ns/instance", handle_detail },
    { "GET", "/nacos/v2/ns/instance/list", handle_list },
    { "PUT", "/nacos/v2/ns/instance/beat", handle_beat },
    { "GET", "/nacos/v2/ns/service/list", handle_services },
    { "GET", "/nacos/v2/ns/client/service/publisher/list", handle_publishers },
    { "GET", "/nacos/v3/admin/ns/client/service/publisher/list", handle_publishers },
    { "POST", "/nacos/v3/client/ns/instance", handle_register },
    { "DELETE", "/nacos/v3/client/ns/instance", handle_deregister },
    { "GET", "/nacos/v3/client/ns/instance/list", handle_hosts },
    { NULL, NULL, NULL },
};

RegOpenApi *reg_open_api_new(RegHttp *http, RegNaming *naming, RegDatagram *datagram)
{
    RegOpenApi *api = g_new0(RegOpenApi, 1);
    api->http = http;
    api->naming = naming;
    api->host = reg_naming_host(naming);
    api->datagram = datagram;
    api->waiting = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    reg_http_add_routes(http, routes, api);
    reg_host_carry(api->host, DISTRO_EFFECT_REPLY, carry_reply, api);
    reg_host_carry(api->host, DISTRO_EFFECT_ANSWER, carry_answer, api);
    return api;
}

void reg_open_api_free(RegOpenApi *api)
{
    if (api == NULL) {
        return;
    }
    g_hash_table_unref(api->waiting);
    g_free(api);
}
