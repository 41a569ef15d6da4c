/* tests/distrod/unit/test_hostile.c -- strangers, and clients that say what they should not: no
 * list changes, no other client goes, and every request is answered. */
#include "tests/distrod/support/servers.h"
#include "tests/distrod/support/waiting.h"
#include "tests/distrod/support/web.h"
#include "tests/support/check.h"

#include <string.h>

enum {
    PORT = 18868,
    CLUSTER_PORT = PORT + 1001
};

static const char stranger_ip[] = "127.0.99.1";

/* Servers whose identity is key=value. */
static void start_with_identity(Servers *servers)
{
    g_setenv("DISTROD_IDENTITY_KEY", "key", true);
    g_setenv("DISTROD_IDENTITY_VALUE", "value", true);
    servers_start(servers, 2, PORT, NULL);
    g_unsetenv("DISTROD_IDENTITY_KEY");
    g_unsetenv("DISTROD_IDENTITY_VALUE");
    turn_for(servers->loop, 300);
}

static char *deletion_of(const char *client)
{
    return g_strdup_printf("{\"headers\":{},\"distroData\":{\"distroKey\":{\"resourceKey\":\"%s\","
                           "\"resourceType\":\"Nacos:Naming:v2:ClientData\"},\"type\":\"DELETE\"},"
                           "\"dataOperation\":\"DELETE\",\"module\":\"cluster\"}",
                           client);
}

static const char report[] =
    "{\"headers\":{},\"node\":{\"ip\":\"127.0.99.1\",\"port\":8848,\"state\":\"UP\",\"address\":"
    "\"127.0.99.1:8848\",\"extendInfo\":{\"version\":\"2.5.1\"}},\"module\":\"internal\"}";

static char *members_of(Servers *servers)
{
    unsigned code;
    g_autofree char *url =
        g_strdup_printf("http://127.0.0.1:%u/nacos/v1/core/cluster/nodes", servers->port);
    return web_call(servers->loop, "GET", url, NULL, &code);
}

static bool answers(Sdk *sdk, const char *type, const char *json, const char *answer_type,
                    const char *part)
{
    g_autofree char *seen_type = NULL;
    g_autofree char *answer = sdk_call(sdk, type, json, &seen_type);
    const bool good =
        answer != NULL && strcmp(seen_type, answer_type) == 0 && strstr(answer, part) != NULL;
    if (!good) {
        printf("\n    %s %s answers %s: %s", type, json, seen_type, answer);
    }
    return good;
}

static void a_stranger_is_not_let_in_at_the_servers_port(void)
{
    Servers servers;
    servers_start(&servers, 2, PORT, NULL);
    const SdkSetup setup = { .source = "cluster", .from = stranger_ip };
    Sdk *stranger = sdk_open(servers.sdks, servers_ip(0), CLUSTER_PORT, &setup);
    check_true(!sdk_wait_ready(stranger));
    check_true(sdk_is_closed(stranger));
    sdk_close(stranger);

    unsigned code;
    g_free(web_call(servers.loop, "POST", "http://127.0.0.1:18868/nacos/v1/core/cluster/report",
                    NULL, &code));
    check_uint(code, ==, 400); /* this one comes from a member's address, and says nothing */
    servers_stop(&servers);
}

static void without_the_identity_nothing_is_changed(void)
{
    Servers servers;
    start_with_identity(&servers);
    Sdk *provider = servers_client(&servers, 0);
    check_true(sdk_register(provider, "shop", "10.0.0.1", 80));
    check_true(servers_agree(&servers, "shop", "10.0.0.1:80", 4000));

    const SdkSetup setup = { .source = "cluster", .from = "127.0.0.1" };
    Sdk *impostor = sdk_open(servers.sdks, servers_ip(1), CLUSTER_PORT, &setup);
    check_true(sdk_wait_ready(impostor));
    g_autofree char *deletion = deletion_of(sdk_id(provider));
    check_true(answers(impostor, "DistroDataRequest", deletion, "DistroDataResponse",
                       "\"errorCode\":403"));
    check_true(answers(impostor, "MemberReportRequest", report, "MemberReportResponse",
                       "\"errorCode\":403"));
    check_true(answers(impostor, "DistroDataRequest", "{\"dataOperation\":\"SNAPSHOT\"}",
                       "DistroDataResponse", "\"errorCode\":403"));
    check_true(servers_agree(&servers, "shop", "10.0.0.1:80", 1000));
    sdk_close(impostor);

    const SdkSetup wrong = { .source = "cluster", .header = "key", .value = "valuE" };
    impostor = sdk_open(servers.sdks, servers_ip(1), CLUSTER_PORT, &wrong);
    check_true(sdk_wait_ready(impostor));
    check_true(answers(impostor, "DistroDataRequest", deletion, "DistroDataResponse",
                       "\"errorCode\":403"));
    sdk_close(impostor);

    const SdkSetup right = { .source = "cluster", .header = "key", .value = "value" };
    Sdk *peer = sdk_open(servers.sdks, servers_ip(1), CLUSTER_PORT, &right);
    check_true(sdk_wait_ready(peer));
    check_true(
        answers(peer, "DistroDataRequest", deletion, "DistroDataResponse", "\"resultCode\":200"));
    sdk_close(peer);
    sdk_close(provider);
    servers_stop(&servers);
}

static void a_report_does_not_make_a_member(void)
{
    Servers servers;
    servers_start(&servers, 2, PORT, NULL);
    turn_for(servers.loop, 300);
    const SdkSetup setup = { .source = "cluster" };
    Sdk *peer = sdk_open(servers.sdks, servers_ip(0), CLUSTER_PORT, &setup);
    check_true(sdk_wait_ready(peer));
    check_true(
        answers(peer, "MemberReportRequest", report, "MemberReportResponse", "\"resultCode\":200"));
    g_autofree char *members = members_of(&servers);
    check_true(strstr(members, "127.0.99.1") == NULL);
    sdk_close(peer);
    servers_stop(&servers);
}

static void an_sdk_can_speak_neither_for_a_server_nor_for_another(void)
{
    Servers servers;
    servers_start(&servers, 1, PORT, NULL);
    Sdk *provider = servers_client(&servers, 0), *other = servers_client(&servers, 0);
    check_true(sdk_register(provider, "shop", "10.0.0.1", 80));
    g_autofree char *deletion = deletion_of(sdk_id(provider));
    check_true(answers(other, "DistroDataRequest", deletion, "ErrorResponse", "forbidden"));
    check_true(answers(other, "MemberReportRequest", report, "ErrorResponse", "forbidden"));
    check_true(sdk_deregister(other, "shop", "10.0.0.1", 80)); /* its own, of which it has none */
    turn_for(servers.loop, 700);
    g_autofree char *seen = sdk_query(other, "shop");
    check_str(seen, ==, "10.0.0.1:80");
    sdk_close(provider);
    sdk_close(other);
    servers_stop(&servers);
}

static void who_has_not_set_up_is_told_so(void)
{
    Servers servers;
    servers_start(&servers, 1, PORT, NULL);
    const SdkSetup setup = { .no_setup = true };
    Sdk *early = sdk_open(servers.sdks, servers_ip(0), PORT + 1000, &setup);
    check_true(wait_for_count(servers.loop, sdk_answers(early), 1));
    check_true(answers(early, "HealthCheckRequest", "{}", "ErrorResponse", "\"errorCode\":301"));
    check_true(answers(early, "NoSuchRequest", "{}", "ErrorResponse", "\"errorCode\":302"));
    sdk_close(early);

    const SdkSetup config = { .module = "config" };
    Sdk *listener = sdk_open(servers.sdks, servers_ip(0), PORT + 1000, &config);
    check_true(sdk_wait_ready(listener));
    check_true(answers(listener, "InstanceRequest",
                       "{\"serviceName\":\"s\",\"type\":\"registerInstance\",\"instance\":{\"ip\":"
                       "\"1.1.1.1\"}}",
                       "InstanceResponse", "\"errorCode\":500"));
    check_true(
        answers(listener, "ConfigBatchListenRequest", "{}", "ErrorResponse", "\"errorCode\":302"));
    sdk_close(listener);
    servers_stop(&servers);
}

/* What a request may hold in the place of an instance. */
static const char *const odd_instances[] = {
    "null",
    "{}",
    "[]",
    "\"text\"",
    "{\"ip\":\"\"}",
    "{\"ip\":null,\"port\":80}",
    "{\"ip\":\"1.1.1.1\",\"port\":-5}",
    "{\"ip\":\"1.1.1.1\",\"port\":99999999999999999999}",
    "{\"ip\":\"1.1.1.1#2#true\",\"port\":80}",
    "{\"ip\":\"1.1.1.1\",\"port\":80,\"weight\":1e999}",
    "{\"ip\":\"1.1.1.1\",\"port\":80,\"weight\":-1}",
    "{\"ip\":\"1.1.1.1\",\"port\":80,\"clusterName\":\"a b\"}",
    "{\"ip\":\"1.1.1.1\",\"port\":80,\"ephemeral\":false}",
};

/* And what is odd, but is an instance. */
static const char *const odd_but_good[] = {
    "{\"ip\":\"1.1.1.1\",\"port\":80,\"metadata\":{\"a\":\"1\",\"a\":\"2\",\"b\":null,\"c\":[],"
    "\"d\":true,\"e\":1.50}}",
    "{\"ip\":\"1.1.1.1\",\"port\":80,\"metadata\":{\"publishInstanceWeight\":\"x\","
    "\"customInstanceId\":\"y\",\"publishInstanceEnable\":\"z\"},\"weight\":2,\"enabled\":false}",
    "{\"ip\":\"1.1.1.1\",\"port\":\"80\",\"weight\":\"0.5\",\"healthy\":\"false\",\"instanceId\":"
    "\"\"}",
    "{\"ip\":\"\\u00e9\\ud83d\\ude00\",\"port\":0,\"clusterName\":\"\",\"metadata\":{\"\":\"\"}}",
};

static char *registration(const char *instance)
{
    return g_strdup_printf("{\"serviceName\":\"odd\",\"groupName\":\"g\",\"namespace\":\"n\","
                           "\"type\":\"registerInstance\",\"instance\":%s}",
                           instance);
}

static void what_is_no_instance_is_refused_and_what_is_odd_is_kept(void)
{
    Servers servers;
    servers_start(&servers, 1, PORT, NULL);
    Sdk *sdk = servers_client(&servers, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(odd_instances); i++) {
        g_autofree char *json = registration(odd_instances[i]);
        check_true(answers(sdk, "InstanceRequest", json, "InstanceResponse", "\"errorCode\":400"));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(odd_but_good); i++) {
        g_autofree char *json = registration(odd_but_good[i]);
        check_true(answers(sdk, "InstanceRequest", json, "InstanceResponse", "\"resultCode\":200"));
    }
    sdk_close(sdk);
    servers_stop(&servers);
}

static const char *const odd_requests[][2] = {
    { "InstanceRequest", "" },
    { "InstanceRequest", "{" },
    { "InstanceRequest", "[]" },
    { "InstanceRequest", "{\"serviceName\":\"a@@b\"}" },
    { "InstanceRequest", "{\"serviceName\":\"s\",\"type\":\"other\"}" },
    { "InstanceRequest", "{\"serviceName\":\"s\",\"namespace\":\"no/such\"}" },
    { "BatchInstanceRequest", "{\"serviceName\":\"s\",\"type\":\"batchRegisterInstance\"}" },
    { "BatchInstanceRequest",
      "{\"serviceName\":\"s\",\"type\":\"batchRegisterInstance\",\"instances\":[1,{}]}" },
    { "SubscribeServiceRequest", "{\"serviceName\":7}" },
    { "ServiceQueryRequest", "nonsense" },
    { "ServiceListRequest", "" },
    { "PersistentInstanceRequest", "{}" },
};

static void a_request_that_makes_no_sense_is_answered(void)
{
    Servers servers;
    servers_start(&servers, 1, PORT, NULL);
    Sdk *sdk = servers_client(&servers, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(odd_requests); i++) {
        g_autofree char *answer = sdk_call(sdk, odd_requests[i][0], odd_requests[i][1], NULL);
        check_true(answer != NULL && strstr(answer, "\"success\":false") != NULL);
    }
    g_autofree char *deep = g_strnfill(100000, '[');
    g_autofree char *answer = sdk_call(sdk, "ServiceQueryRequest", deep, NULL);
    check_true(answer != NULL);
    g_autofree char *page =
        sdk_call(sdk, "ServiceListRequest",
                 "{\"pageNo\":9223372036854775807,\"pageSize\":9223372036854775807}", NULL);
    check_true(page != NULL && strstr(page, "\"serviceNames\":[]") != NULL);
    check_true(sdk_register(sdk, "shop", "10.0.0.1", 80));
    sdk_close(sdk);
    servers_stop(&servers);
}

static const char *const odd_messages[] = {
    "",
    "{}",
    "{\"dataOperation\":\"CHANGE\"}",
    "{\"dataOperation\":\"DELETE\",\"distroData\":{}}",
    ("{\"dataOperation\":\"VERIFY\",\"distroData\":{\"distroKey\":{\"resourceKey\":\"x\","
     "\"resourceType\":\"Nacos:Naming:v2:ClientData\"},\"type\":\"VERIFY\",\"content\":\"!\"}}"),
    "{\"dataOperation\":\"NO_SUCH\"}",
    "{\"headers\":{\"dataOperation\":\"DELETE\"},\"dataOperation\":\"SNAPSHOT\"}",
    "GET /nacos/v1/ns/distro/datums HTTP/1.1",
};

static void a_peer_that_makes_no_sense_is_answered(void)
{
    Servers servers;
    servers_start(&servers, 2, PORT, NULL);
    const SdkSetup setup = { .source = "cluster" };
    Sdk *peer = sdk_open(servers.sdks, servers_ip(0), CLUSTER_PORT, &setup);
    check_true(sdk_wait_ready(peer));
    for (size_t i = 0; i < G_N_ELEMENTS(odd_messages); i++) {
        g_autofree char *answer = sdk_call(peer, "DistroDataRequest", odd_messages[i], NULL);
        check_true(answer != NULL);
        g_autofree char *reported = sdk_call(peer, "MemberReportRequest", odd_messages[i], NULL);
        check_true(reported != NULL);
        g_autofree char *reload = sdk_call(peer, "ServerReloadRequest", odd_messages[i], NULL);
        check_true(reload != NULL);
    }
    check_true(answers(peer, "ServerLoaderInfoRequest", "{}", "ServerLoaderInfoResponse",
                       "\"sdkConCount\":\"0\""));
    check_true(answers(peer, "ConfigChangeClusterSyncRequest", "{}",
                       "ConfigChangeClusterSyncResponse", "\"resultCode\":200"));
    sdk_close(peer);
    servers_stop(&servers);
}

int main(void)
{
    static const Test tests[] = {
        { "a stranger is not let in at the servers' port",
          a_stranger_is_not_let_in_at_the_servers_port },
        { "without the identity nothing is changed", without_the_identity_nothing_is_changed },
        { "a report does not make a member", a_report_does_not_make_a_member },
        { "an SDK can speak neither for a server nor for another",
          an_sdk_can_speak_neither_for_a_server_nor_for_another },
        { "a client that has not set up is told so", who_has_not_set_up_is_told_so },
        { "what is no instance is refused, and what is odd is kept",
          what_is_no_instance_is_refused_and_what_is_odd_is_kept },
        { "a request that makes no sense is answered", a_request_that_makes_no_sense_is_answered },
        { "a peer that makes no sense is answered", a_peer_that_makes_no_sense_is_answered },
        { NULL, NULL },
    };
    return run_tests("hostile", tests);
}
