/* tools/distrod/admin/members_api.c -- readiness and the member list over HTTP. */
#include "tools/distrod/admin/members_api.h"

#include "tools/distrod/wire/json.h"

#include <string.h>

struct RegMembersApi {
    RegHost *host;
    RegMembers *members;
    RegCluster *cluster;
    bool stopping;
};

static void answer_result(RegHttpRequest *request, unsigned code, const char *data)
{
    GString *json = g_string_new("{");
    const bool v1 = g_str_has_prefix(reg_http_path(request), "/nacos/v1/");
    reg_json_put_number_of(json, "code", code == 200 ? (v1 ? 200 : 0) : code);
    reg_json_put_text_of(json, "message", code == 200 ? (v1 ? NULL : "success") : "failure");
    reg_json_put_key(json, "data");
    g_string_append(json, data);
    g_string_append_c(json, '}');
    reg_http_answer_json(request, code, json);
    g_string_free(json, true);
}

/* ---- health ---- */

static void handle_liveness(void *data, RegHttpRequest *request)
{
    (void)data;
    if (g_str_has_prefix(reg_http_path(request), "/nacos/v1/")) {
        reg_http_answer_text(request, 200, "OK");
    } else {
        answer_result(request, 200, "\"ok\"");
    }
}

static void handle_readiness(void *data, RegHttpRequest *request)
{
    const RegMembersApi *api = data;
    const bool ready = !api->stopping && distro_node_state(reg_host_node(api->host)).ready;
    const bool v1 = g_str_has_prefix(reg_http_path(request), "/nacos/v1/");
    if (v1) {
        reg_http_answer_text(request, ready ? 200 : 500, ready ? "OK" : "naming not in readiness");
    } else {
        answer_result(request, ready ? 200 : 500, ready ? "\"ok\"" : "\"naming not in readiness\"");
    }
}

/* ---- members ---- */

static void handle_members(void *data, RegHttpRequest *request)
{
    const RegMembersApi *api = data;
    GString *list = g_string_new("[");
    size_t count;
    const DistroMemberInfo *infos = distro_node_members(reg_host_node(api->host), &count);
    for (size_t i = 0; i < count; i++) {
        reg_members_put(api->members, list, &infos[i]);
    }
    g_string_append_c(list, ']');
    answer_result(request, 200, list->str);
    g_string_free(list, true);
}

static void handle_self(void *data, RegHttpRequest *request)
{
    const RegMembersApi *api = data;
    GString *self = g_string_new(NULL);
    reg_members_put_self(api->members, self);
    answer_result(request, 200, self->str);
    g_string_free(self, true);
}

/* ---- a report ---- */

/* NacosClusterController#report, which peers before 2.2.1 use, and later ones when gRPC has no
 * handler. The answer's data is JSON in a string. */
static void answer_report(const RegMembersApi *api, RegHttpRequest *request)
{
    GString *self = g_string_new(NULL), *data = g_string_new(NULL);
    reg_members_put_self(api->members, self);
    reg_json_put_text(data, self->str);
    answer_result(request, 200, data->str);
    g_string_free(data, true);
    g_string_free(self, true);
}

static void submit_report(const RegMembersApi *api, DistroName reporter)
{
    DistroDictionary *dictionary = reg_host_dictionary(api->host);
    const DistroMessage message = { .op = DISTRO_OP_REPORT, .target = reporter };
    DistroFrame frame = distro_wire_encode(dictionary, &message);
    const DistroInput input = {
        .kind = DISTRO_INPUT_REQUEST,
        .request = { .from = reporter, .call = reg_host_new_call(api->host), .frame = &frame }
    };
    reg_host_submit(api->host, &input);
    distro_frame_clear(&frame);
}

static const char *shown_identity(const void *request, const char *key)
{
    return reg_http_header(request, key);
}

static void handle_report(void *data, RegHttpRequest *request)
{
    RegMembersApi *api = data;
    gsize size;
    const char *text = g_bytes_get_data(reg_http_body(request), &size);
    g_autoptr(DistroJson) json = distro_json_parse(text, size, NULL);
    const DistroJsonValue *node = json != NULL ? distro_json_root(json) : NULL;
    const char *address = reg_json_text(json, node, "address");
    if (!reg_cluster_believes(api->cluster, reg_http_peer(request), shown_identity, request)) {
        answer_result(request, 403, "\"not a member of this cluster\"");
        return;
    }
    if (address == NULL) {
        answer_result(request, 400, "\"Node information is illegal\"");
        return;
    }
    if (reg_members_has(api->members, address)) {
        reg_members_note(api->members, json, node);
        submit_report(api, distro_dictionary_name(reg_host_dictionary(api->host), address));
    }
    answer_report(api, request);
}

static const RegHttpRoute routes[] = {
    { "GET", "/nacos/v1/console/health/liveness", handle_liveness },
    { "GET", "/nacos/v2/console/health/liveness", handle_liveness },
    { "GET", "/nacos/v3/admin/core/state/liveness", handle_liveness },
    { "GET", "/nacos/v1/console/health/readiness", handle_readiness },
    { "GET", "/nacos/v2/console/health/readiness", handle_readiness },
    { "GET", "/nacos/v3/admin/core/state/readiness", handle_readiness },
    { "GET", "/nacos/v1/core/cluster/nodes", handle_members },
    { "GET", "/nacos/v2/core/cluster/node/list", handle_members },
    { "GET", "/nacos/v3/admin/core/cluster/node/list", handle_members },
    { "GET", "/nacos/v1/core/cluster/self", handle_self },
    { "GET", "/nacos/v2/core/cluster/node/self", handle_self },
    { "GET", "/nacos/v3/admin/core/cluster/node/self", handle_self },
    { "POST", "/nacos/v1/core/cluster/report", handle_report },
    { NULL, NULL, NULL },
};

RegMembersApi *reg_members_api_new(RegHost *host, RegMembers *members, RegCluster *cluster)
{
    RegMembersApi *api = g_new0(RegMembersApi, 1);
    api->host = host;
    api->members = members;
    api->cluster = cluster;
    return api;
}

void reg_members_api_free(RegMembersApi *api)
{
    g_free(api);
}

void reg_members_api_serve(RegMembersApi *api, RegHttp *http)
{
    reg_http_add_routes(http, routes, api);
}

void reg_members_api_stop(RegMembersApi *api)
{
    api->stopping = true;
}
