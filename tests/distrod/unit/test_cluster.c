/* tests/distrod/unit/test_cluster.c -- three servers, and clients that register, subscribe, and go. */
#include "tests/distrod/support/servers.h"
#include "tests/distrod/support/waiting.h"
#include "tests/support/check.h"

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

int main(void)
{
    static const Test tests[] = {
        { "what is registered at one server is listed by all",
          what_is_registered_at_one_server_is_listed_by_all },
        { "a subscriber at another server is pushed to",
          a_subscriber_at_another_server_is_pushed_to },
        { "a server that comes later loads what there is",
          a_server_that_comes_later_loads_what_there_is },
        { NULL, NULL },
    };
    return run_tests("cluster", tests);
}
