/* tests/distrod/unit/test_open_api.c -- the registry over HTTP: three versions of its paths, writes
 * that go to their owner, pushes over UDP, probes, and figures. */
#include "tests/distrod/support/servers.h"
#include "tests/distrod/support/waiting.h"
#include "tests/distrod/support/web.h"
#include "tests/support/check.h"

#include <string.h>
#include <unistd.h>

enum {
    PORT = 18858
};

/* The answer's body, after its code has been checked. */
static char *call(Servers *servers, unsigned server, unsigned wanted, const char *method,
                  const char *path)
{
    g_autofree char *url =
        g_strdup_printf("http://%s:%u%s", servers_ip(server), servers->port, path);
    unsigned code;
    char *body = web_call(servers->loop, method, url, NULL, &code);
    check_uint(code, ==, wanted);
    return body;
}

static void check_call(Servers *servers, unsigned wanted, const char *method, const char *path,
                       const char *body)
{
    g_autofree char *seen = call(servers, 0, wanted, method, path);
    check_str(seen, ==, body);
}

/* "ip:port ip:port" of a ServiceInfo, or of a v3 list. */
static char *hosts_of(const char *body)
{
    g_autoptr(DistroJson) json = distro_json_parse(body, strlen(body), NULL);
    if (json == NULL) {
        return g_strdup("(no JSON)");
    }
    const DistroJsonValue *root = distro_json_root(json);
    const DistroJsonValue *data = reg_json_object(json, root, "data");
    const DistroJsonValue *hosts = reg_json_array(json, data != NULL ? data : root, "hosts");
    return sdk_hosts_text(json, hosts != NULL ? hosts : reg_json_array(json, root, "data"));
}

static void check_hosts(Servers *servers, const char *path, const char *hosts)
{
    g_autofree char *body = call(servers, 0, 200, "GET", path);
    g_autofree char *seen = hosts_of(body);
    check_str(seen, ==, hosts);
}

#define OK_V2 "{\"code\":0,\"message\":\"success\",\"data\":\"ok\"}"

static void each_version_registers_lists_and_deregisters(void)
{
    Servers servers;
    servers_start(&servers, 1, PORT, NULL);
    check_call(&servers, 200, "POST",
               "/nacos/v1/ns/instance?serviceName=shop&ip=10.0.0.1&port=80&metadata=%7B%22a%22%3A1"
               "%7D",
               "ok");
    check_call(&servers, 200, "POST",
               "/nacos/v2/ns/instance?serviceName=shop&ip=10.0.0.2&port=80&weight=2.5", OK_V2);
    check_call(&servers, 200, "POST",
               "/nacos/v3/client/ns/instance?serviceName=shop&ip=10.0.0.3&port=80&clusterName=X",
               OK_V2);
    check_hosts(&servers, "/nacos/v1/ns/instance/list?serviceName=DEFAULT_GROUP%40%40shop",
                "10.0.0.1:80 10.0.0.2:80 10.0.0.3:80");
    check_hosts(&servers, "/nacos/v2/ns/instance/list?serviceName=shop&clusterName=X",
                "10.0.0.3:80");
    check_hosts(&servers, "/nacos/v3/client/ns/instance/list?serviceName=shop",
                "10.0.0.1:80 10.0.0.2:80 10.0.0.3:80");
    check_call(
        &servers, 200, "GET",
        "/nacos/v2/ns/client/service/publisher/list?serviceName=shop&groupName=DEFAULT_GROUP",
        "{\"code\":0,\"message\":\"success\",\"data\":["
        "{\"clientId\":\"10.0.0.1:80#true\",\"ip\":\"10.0.0.1\",\"port\":80},"
        "{\"clientId\":\"10.0.0.2:80#true\",\"ip\":\"10.0.0.2\",\"port\":80},"
        "{\"clientId\":\"10.0.0.3:80#true\",\"ip\":\"10.0.0.3\",\"port\":80}]}");
    check_call(&servers, 200, "DELETE",
               "/nacos/v1/ns/instance?serviceName=shop&ip=10.0.0.1&port=80", "ok");
    check_call(&servers, 200, "DELETE",
               "/nacos/v2/ns/instance?serviceName=shop&ip=10.0.0.2&port=80", OK_V2);
    turn_for(servers.loop, 700); /* queries are answered from a list that a push renews */
    check_hosts(&servers, "/nacos/v1/ns/instance/list?serviceName=shop", "10.0.0.3:80");
    check_call(&servers, 200, "GET", "/nacos/v1/ns/service/list?pageNo=1&pageSize=9",
               "{\"count\":1,\"doms\":[\"shop\"]}");
    servers_stop(&servers);
}

static void a_beat_keeps_what_is_known_and_a_full_one_registers(void)
{
    Servers servers;
    servers_start(&servers, 1, PORT, NULL);
    check_call(&servers, 200, "PUT",
               "/nacos/v1/ns/instance/beat?serviceName=shop&ip=10.0.0.1&port=80",
               "{\"clientBeatInterval\":5000,\"code\":20404,\"lightBeatEnabled\":true}");
    check_call(&servers, 200, "PUT",
               "/nacos/v1/ns/instance/beat?serviceName=shop&beat=%7B%22ip%22%3A%2210.0.0.1%22%2C"
               "%22port%22%3A80%2C%22metadata%22%3A%7B%22preserved.heart.beat.interval%22%3A%22"
               "1000%22%7D%7D",
               "{\"clientBeatInterval\":1000,\"code\":10200,\"lightBeatEnabled\":true}");
    check_call(&servers, 200, "PUT",
               "/nacos/v1/ns/instance/beat?serviceName=shop&ip=10.0.0.1&port=80",
               "{\"clientBeatInterval\":1000,\"code\":10200,\"lightBeatEnabled\":true}");
    check_hosts(&servers, "/nacos/v1/ns/instance/list?serviceName=shop", "10.0.0.1:80");
    check_call(&servers, 200, "POST",
               "/nacos/v3/client/ns/instance?serviceName=shop&ip=10.0.0.9&port=80&heartBeat=true",
               "{\"code\":21003,\"message\":\"instance not found\",\"data\":null}");
    servers_stop(&servers);
}

static void what_is_wrong_is_refused_with_a_sentence(void)
{
    Servers servers;
    servers_start(&servers, 1, PORT, NULL);
    check_call(&servers, 404, "GET", "/nacos/v1/ns/other", "no such path");
    check_call(&servers, 400, "POST", "/nacos/v1/ns/instance?ip=10.0.0.1&port=80",
               "Param 'serviceName' is required.");
    check_call(&servers, 400, "POST", "/nacos/v1/ns/instance?serviceName=shop&ip=10.0.0.1&port=x",
               "Param 'port' is illegal, the value should be between 0 and 65535.");
    check_call(&servers, 400, "POST", "/nacos/v1/ns/instance?serviceName=%FF&ip=10.0.0.1&port=80",
               "the parameters are no text, or too many");
    check_call(&servers, 400, "POST", "/nacos/v1/ns/instance?serviceName=a%00b&ip=10.0.0.1&port=80",
               "the parameters are no text, or too many");
    check_call(&servers, 501, "POST",
               "/nacos/v1/ns/instance?serviceName=shop&ip=10.0.0.1&port=80&ephemeral=false",
               "a persistent instance: this is kept by Raft, which this server has none of");
    check_call(&servers, 404, "GET", "/nacos/v1/ns/instance?serviceName=shop&ip=10.0.0.1&port=80",
               "no matched ip found!");
    servers_stop(&servers);
}

/* Of twenty addresses a third is each server's own; the rest is passed on, whatever the path. */
static void a_write_goes_to_the_server_that_is_responsible_for_it(void)
{
    Servers servers;
    GString *hosts = g_string_new(NULL);
    servers_start(&servers, 3, PORT, NULL);
    turn_for(servers.loop, 300);
    for (unsigned i = 10; i < 30; i++) {
        static const char *const paths[] = { "/nacos/v1/ns/instance", "/nacos/v2/ns/instance",
                                             "/nacos/v3/client/ns/instance" };
        g_autofree char *path =
            g_strdup_printf("%s?serviceName=shop&ip=10.0.0.%u&port=80", paths[i % 3], i);
        g_free(call(&servers, i % 3, 200, "POST", path));
        g_string_append_printf(hosts, "%s10.0.0.%u:80", hosts->len > 0 ? " " : "", i);
    }
    check_true(servers_agree(&servers, "shop", hosts->str, 5000));
    /* Each is replicated by its owner: all hold all, and own twenty together. */
    unsigned owned = 0;
    for (unsigned i = 0; i < 3; i++) {
        g_autofree char *body = call(&servers, i, 200, "GET", "/nacos/v1/ns/operator/metrics");
        const char *count = strstr(body, "\"responsibleClientCount\":");
        g_assert_nonnull(count);
        check_true(strstr(body, "\"clientCount\":20,") != NULL);
        owned += (unsigned)atoi(count + strlen("\"responsibleClientCount\":"));
    }
    check_uint(owned, ==, 20);
    g_string_free(hosts, true);
    servers_stop(&servers);
}

static void what_was_passed_on_is_not_passed_on_again(void)
{
    Servers servers;
    servers_start(&servers, 3, PORT, NULL);
    turn_for(servers.loop, 300);
    unsigned taken = 0, refused = 0;
    for (unsigned i = 0; i < 3; i++) {
        g_autofree char *url = g_strdup_printf(
            "http://%s:%u/nacos/v1/ns/instance?serviceName=shop&ip=10.0.0.1&port=80", servers_ip(i),
            servers.port);
        unsigned code;
        g_free(web_call(servers.loop, "POST", url, "User-Agent: Nacos-Server:v2.5.1", &code));
        taken += code == 200;
        refused += code == 400;
    }
    check_uint(taken, ==, 1);
    check_uint(refused, ==, 2);
    servers_stop(&servers);
}

/* An SDK of 1.x names a port, is pushed to it, and acknowledges. */
static void a_list_that_was_asked_for_with_a_port_is_pushed_there(void)
{
    Servers servers;
    RegAddress address;
    char datagram[4096] = "";
    servers_start(&servers, 1, PORT, NULL);
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    reg_address_of("127.0.0.1", 18859, &address);
    g_assert_cmpint(bind(fd, &address.any, address.size), ==, 0);
    g_autofree char *url = g_strdup_printf(
        "http://127.0.0.1:%u/nacos/v1/ns/instance/list?serviceName=shop&udpPort=18859&"
        "clientIP=127.0.0.1",
        servers.port);
    unsigned code;
    g_free(web_call(servers.loop, "GET", url, "User-Agent: Nacos-Java-Client:v1.4.7", &code));
    check_uint(code, ==, 200);
    turn_for(servers.loop, 700);
    g_assert_cmpint(recv(fd, datagram, sizeof datagram - 1, MSG_DONTWAIT), >, 0);

    check_call(&servers, 200, "POST", "/nacos/v1/ns/instance?serviceName=shop&ip=10.0.0.1&port=80",
               "ok");
    turn_for(servers.loop, 700);
    const ssize_t size = recv(fd, datagram, sizeof datagram - 1, MSG_DONTWAIT);
    g_assert_cmpint(size, >, 0);
    datagram[size] = '\0';
    check_true(g_str_has_prefix(datagram, "{\"type\":\"dom\",\"data\":\"{\\\"name\\\":\\\"DEFAULT_"
                                          "GROUP@@shop\\\""));
    check_true(strstr(datagram, "10.0.0.1") != NULL);
    close(fd);
    servers_stop(&servers);
}

static void probes_members_and_figures_are_answered(void)
{
    Servers servers;
    servers_start(&servers, 1, PORT, NULL);
    check_call(&servers, 200, "GET", "/nacos/v1/console/health/readiness", "OK");
    check_call(&servers, 200, "GET", "/nacos/v3/admin/core/state/readiness",
               "{\"code\":0,\"message\":\"success\",\"data\":\"ok\"}");
    g_autofree char *members = call(&servers, 0, 200, "GET", "/nacos/v1/core/cluster/nodes");
    check_true(strstr(members, "\"address\":\"127.0.0.1:18858\"") != NULL);
    unsigned code;
    g_free(web_call(servers.loop, "GET", "http://127.0.0.1:18858/metrics", NULL, &code));
    check_uint(code, ==, 404);
    g_autofree char *metrics =
        web_call(servers.loop, "GET", "http://127.0.0.1:19860/metrics", NULL, &code);
    check_uint(code, ==, 200);
    check_true(strstr(metrics, "nacos_monitor{module=\"naming\",name=\"ipCount\"} 0\n") != NULL);
    servers_stop(&servers);
}

int main(void)
{
    static const Test tests[] = {
        { "each version registers, lists and deregisters",
          each_version_registers_lists_and_deregisters },
        { "a beat keeps what is known, and a full one registers",
          a_beat_keeps_what_is_known_and_a_full_one_registers },
        { "what is wrong is refused with a sentence", what_is_wrong_is_refused_with_a_sentence },
        { "a write goes to the server that is responsible for it",
          a_write_goes_to_the_server_that_is_responsible_for_it },
        { "what was passed on is not passed on again", what_was_passed_on_is_not_passed_on_again },
        { "a list that was asked for with a port is pushed there",
          a_list_that_was_asked_for_with_a_port_is_pushed_there },
        { "probes, members and figures are answered", probes_members_and_figures_are_answered },
        { NULL, NULL },
    };
    return run_tests("open_api", tests);
}
