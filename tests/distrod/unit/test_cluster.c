/* tests/distrod/unit/test_cluster.c -- three servers, and clients that register, subscribe, and
 * go. */
#include "tests/distrod/support/certificate.h"
#include "tests/distrod/support/servers.h"
#include "tests/distrod/support/waiting.h"
#include "tests/support/check.h"

#include <glib/gstdio.h>
#include <string.h>

enum {
    PORT = 18848
};

static void what_is_registered_at_one_server_is_listed_by_all(void)
{
    Servers servers;
    servers_start(&servers, 3, PORT, NULL);
    turn_for(servers.loop, 300);
    Sdk *one = servers_client(&servers, 0), *two = servers_client(&servers, 1);
    check_true(sdk_register(one, "shop", "10.0.0.1", 80));
    check_true(sdk_register(two, "shop", "10.0.0.2", 80));
    check_true(servers_agree(&servers, "shop", "10.0.0.1:80 10.0.0.2:80", 4000));
    check_true(sdk_deregister(one, "shop", "10.0.0.1", 80));
    check_true(servers_agree(&servers, "shop", "10.0.0.2:80", 4000));
    sdk_close(two);
    check_true(servers_agree(&servers, "shop", "", 4000));
    sdk_close(one);
    servers_stop(&servers);
}

static void a_subscriber_at_another_server_is_pushed_to(void)
{
    Servers servers;
    servers_start(&servers, 3, PORT, NULL);
    turn_for(servers.loop, 300);
    Sdk *provider = servers_client(&servers, 0), *consumer = servers_client(&servers, 2);
    check_true(sdk_subscribe(consumer, "shop"));
    check_true(wait_for_count(servers.loop, sdk_pushes(consumer), 1));
    check_str(sdk_pushed(consumer, "shop"), ==, "");
    check_true(sdk_register(provider, "shop", "10.0.0.1", 80));
    check_true(wait_for_count(servers.loop, sdk_pushes(consumer), 2));
    check_str(sdk_pushed(consumer, "shop"), ==, "10.0.0.1:80");
    sdk_close(provider);
    check_true(wait_for_count(servers.loop, sdk_pushes(consumer), 3));
    check_str(sdk_pushed(consumer, "shop"), ==, "");
    check_true(sdk_unsubscribe(consumer, "shop"));
    sdk_close(consumer);
    servers_stop(&servers);
}

static void a_server_that_comes_later_loads_what_there_is(void)
{
    Servers servers;
    servers_start(&servers, 3, PORT, NULL);
    turn_for(servers.loop, 300);
    servers_stop_one(&servers, 2);
    Sdk *provider = servers_client(&servers, 0);
    check_true(sdk_register(provider, "shop", "10.0.0.1", 80));
    check_true(servers_agree(&servers, "shop", "10.0.0.1:80", 4000));
    servers_start_one(&servers, 2, NULL);
    check_true(servers_agree(&servers, "shop", "10.0.0.1:80", 2000));
    sdk_close(provider);
    check_true(servers_agree(&servers, "shop", "", 8000));
    servers_stop(&servers);
}

/* Silence of five seconds is asked again a second later, until it is broken. */
static void a_push_that_is_not_answered_comes_again(void)
{
    Servers servers;
    servers_start(&servers, 1, PORT, NULL);
    Sdk *consumer = servers_client(&servers, 0);
    sdk_mute(consumer);
    check_true(sdk_subscribe(consumer, "shop"));
    check_true(wait_for_count(servers.loop, sdk_pushes(consumer), 1));
    const int64_t first_us = sdk_pushed_at(consumer);
    check_true(wait_for_count(servers.loop, sdk_pushes(consumer), 2));
    check_int(sdk_pushed_at(consumer) - first_us, >=, 6000000);
    check_int(sdk_pushed_at(consumer) - first_us, <, 7500000);
    sdk_close(consumer);
    servers_stop(&servers);
}

static void a_subscriber_of_one_cluster_sees_that_one_alone(void)
{
    Servers servers;
    servers_start(&servers, 1, PORT, NULL);
    Sdk *consumer = servers_client(&servers, 0), *provider = servers_client(&servers, 0);
    g_autofree char *batch = sdk_call(
        provider, "BatchInstanceRequest",
        "{\"serviceName\":\"shop\",\"groupName\":\"DEFAULT_GROUP\",\"namespace\":\"public\","
        "\"type\":\"batchRegisterInstance\",\"instances\":[{\"ip\":\"1.1.1.1\",\"port\":1,"
        "\"clusterName\":\"A\"},{\"ip\":\"1.1.1.2\",\"port\":2,\"clusterName\":\"B\"},{\"ip\":"
        "\"1.1.1.3\",\"port\":3,\"clusterName\":\"A\",\"enabled\":false}]}",
        NULL);
    check_true(strstr(batch, "\"resultCode\":200") != NULL);
    g_autofree char *answer = sdk_call(
        consumer, "SubscribeServiceRequest",
        "{\"serviceName\":\"shop\",\"groupName\":\"DEFAULT_GROUP\",\"namespace\":\"public\","
        "\"subscribe\":true,\"clusters\":\"A,C\"}",
        NULL);
    check_true(strstr(answer, "1.1.1.1") != NULL && strstr(answer, "1.1.1.2") == NULL &&
               strstr(answer, "1.1.1.3") == NULL);
    check_true(wait_for_count(servers.loop, sdk_pushes(consumer), 1));
    check_str(sdk_pushed(consumer, "shop"), ==, "1.1.1.1:1");
    sdk_close(consumer);
    sdk_close(provider);
    servers_stop(&servers);
}

static void a_reload_moves_a_tenth_of_the_clients(void)
{
    Servers servers;
    Sdk *clients[20];
    const SdkSetup setup = { .source = "cluster" };
    unsigned moved = 0;
    servers_start(&servers, 2, PORT, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(clients); i++) {
        clients[i] = servers_client(&servers, 0);
    }
    Sdk *peer = sdk_open(servers.sdks, servers_ip(0), PORT + 1001, &setup);
    check_true(sdk_wait_ready(peer));
    g_autofree char *answer =
        sdk_call(peer, "ServerReloadRequest",
                 "{\"reloadCount\":5,\"reloadServer\":\"127.0.0.2:18848\"}", NULL);
    check_true(strstr(answer, "\"message\":\"ok\"") != NULL);
    turn_for(servers.loop, 50);
    for (unsigned i = 0; i < G_N_ELEMENTS(clients); i++) {
        moved += sdk_resets(clients[i]);
        sdk_close(clients[i]);
    }
    check_uint(moved, ==, 2);
    sdk_close(peer);
    servers_stop(&servers);
}

static void a_member_list_that_changes_is_followed(void)
{
    Servers servers;
    g_autofree char *folder = g_dir_make_tmp("distrod-conf-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(folder, "cluster.conf", NULL);
    g_autofree char *option = g_strdup_printf("--cluster-conf=%s", file);
    const char *const more[] = { option, NULL };
    g_file_set_contents(file, "127.0.0.1:18848\n127.0.0.2:18848\n", -1, NULL);
    servers_start_with_list(&servers, 3, PORT, more);
    Sdk *provider = servers_client(&servers, 2); /* which is in no list but its own */
    check_true(sdk_register(provider, "shop", "10.0.0.1", 80));
    turn_for(servers.loop, 1500);
    Sdk *consumer = servers_client(&servers, 0);
    g_autofree char *seen = sdk_query(consumer, "shop");
    check_str(seen, ==, "");
    g_file_set_contents(file, "127.0.0.1:18848\n127.0.0.2:18848\n127.0.0.3:18848\n", -1, NULL);
    check_true(servers_agree(&servers, "shop", "10.0.0.1:80", 15000));
    sdk_close(provider);
    sdk_close(consumer);
    servers_stop(&servers);
    g_unlink(file);
    g_rmdir(folder);
}

static void under_tls_the_same_is_so(void)
{
    Servers servers;
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("distrod-tls-XXXXXX", NULL);
    g_autofree char *certificate = g_build_filename(folder, "certificate.pem", NULL);
    g_autofree char *key = g_build_filename(folder, "key.pem", NULL);
    char *options[] = { g_strdup_printf("--tls-certificate=%s", certificate),
                        g_strdup_printf("--tls-key=%s", key),
                        g_strdup_printf("--tls-authorities=%s", certificate), NULL };
    certificate_write(certificate, key);
    servers_start(&servers, 2, PORT, (const char *const *)options);
    turn_for(servers.loop, 500);
    Sdk *plain = sdk_open(servers.sdks, servers_ip(0), PORT + 1000, NULL);
    check_true(!sdk_wait_ready(plain));
    sdk_close(plain);

    g_autoptr(RegTls) tls = reg_tls_new(certificate, key, certificate, &error);
    g_assert_no_error(error);
    SdkContext *context = sdk_context_new(servers.loop, tls);
    Sdk *provider = sdk_open(context, servers_ip(0), PORT + 1000, NULL);
    Sdk *consumer = sdk_open(context, servers_ip(1), PORT + 1000, NULL);
    check_true(sdk_wait_ready(provider) && sdk_wait_ready(consumer));
    check_true(sdk_register(provider, "shop", "10.0.0.1", 80));
    check_true(sdk_subscribe(consumer, "shop"));
    turn_for(servers.loop, 2000);
    check_str(sdk_pushed(consumer, "shop"), ==, "10.0.0.1:80");
    sdk_close(provider);
    sdk_close(consumer);
    turn_for(servers.loop, 50);
    sdk_context_free(context);
    servers_stop(&servers);
    g_unlink(certificate);
    g_unlink(key);
    g_rmdir(folder);
    g_free(options[0]);
    g_free(options[1]);
    g_free(options[2]);
}

int main(void)
{
    static const Test tests[] = {
        { "what is registered at one server is listed by all",
          what_is_registered_at_one_server_is_listed_by_all },
        { "a subscriber at another server is pushed to",
          a_subscriber_at_another_server_is_pushed_to },
        { "a server that comes later loads what there is",
          a_server_that_comes_later_loads_what_there_is },
        { "a push that is not answered comes again", a_push_that_is_not_answered_comes_again },
        { "a subscriber of one cluster sees that one alone",
          a_subscriber_of_one_cluster_sees_that_one_alone },
        { "a reload moves a tenth of the clients", a_reload_moves_a_tenth_of_the_clients },
        { "a member list that changes is followed", a_member_list_that_changes_is_followed },
        { "under TLS the same is so", under_tls_the_same_is_so },
        { NULL, NULL },
    };
    return run_tests("cluster", tests);
}
