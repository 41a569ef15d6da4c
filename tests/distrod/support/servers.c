/* tests/distrod/support/servers.c -- servers of one cluster in this process, on one loop. */
#include "tests/distrod/support/servers.h"

#include "tests/distrod/support/waiting.h"

#include <string.h>

#define PATIENCE_MS 30000

const char *servers_ip(unsigned index)
{
    static const char *const ips[MAX_SERVERS] = { "127.0.0.1", "127.0.0.2", "127.0.0.3",
                                                  "127.0.0.4", "127.0.0.5" };
    g_assert_cmpuint(index, <, MAX_SERVERS);
    return ips[index];
}

static RegOptions *options_of(const Servers *servers, unsigned index, const char *const *more)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_ptr_array_add(words, g_strdup_printf("--listen=%s", servers_ip(index)));
    g_ptr_array_add(words, g_strdup_printf("--port=%u", servers->port));
    g_ptr_array_add(words, g_strdup_printf("--admin-listen=%s", servers_ip(index)));
    g_ptr_array_add(words, g_strdup("--drain-time=500"));
    for (unsigned i = 0; i < servers->count && servers->count > 1 && !servers->listed; i++) {
        g_ptr_array_add(words, g_strdup_printf("--member=%s:%u", servers_ip(i), servers->port));
    }
    for (unsigned i = 0; more != NULL && more[i] != NULL; i++) {
        g_ptr_array_add(words, g_strdup(more[i]));
    }
    g_ptr_array_add(words, NULL);
    RegOptions *options = reg_options_parse((char *const *)words->pdata, &error);
    g_assert_no_error(error);
    return options;
}

void servers_start_one(Servers *servers, unsigned index, const char *const *more)
{
    g_autoptr(GError) error = NULL;
    servers->options[index] = options_of(servers, index, more);
    servers->servers[index] = reg_server_start(servers->loop, servers->options[index], &error);
    g_assert_no_error(error);
}

static void start_all(Servers *servers, unsigned count, unsigned port, const char *const *more,
                      bool listed)
{
    *servers = (Servers) { .loop = reg_loop_new(), .count = count, .port = port, .listed = listed };
    servers->sdks = sdk_context_new(servers->loop, NULL);
    for (unsigned i = 0; i < count; i++) {
        servers_start_one(servers, i, more);
    }
}

void servers_start(Servers *servers, unsigned count, unsigned port, const char *const *more)
{
    start_all(servers, count, port, more, false);
}

void servers_start_with_list(Servers *servers, unsigned count, unsigned port,
                             const char *const *more)
{
    start_all(servers, count, port, more, true);
}

static void note_stopped(void *data)
{
    (*(unsigned *)data)++;
}

static void free_one(Servers *servers, unsigned index)
{
    g_clear_pointer(&servers->servers[index], reg_server_free);
    g_clear_pointer(&servers->options[index], reg_options_free);
}

void servers_stop_one(Servers *servers, unsigned index)
{
    servers->stopped = 0;
    reg_server_stop(servers->servers[index], note_stopped, &servers->stopped);
    const bool stopped = wait_for_count(servers->loop, &servers->stopped, 1);
    g_assert_true(stopped);
    free_one(servers, index);
}

void servers_stop(Servers *servers)
{
    unsigned running = 0;
    servers->stopped = 0;
    for (unsigned i = 0; i < servers->count; i++) {
        if (servers->servers[i] != NULL) {
            reg_server_stop(servers->servers[i], note_stopped, &servers->stopped);
            running++;
        }
    }
    const bool stopped = wait_for_count(servers->loop, &servers->stopped, running);
    g_assert_true(stopped);
    for (unsigned i = 0; i < servers->count; i++) {
        free_one(servers, i);
    }
    sdk_context_free(servers->sdks);
    reg_loop_free(servers->loop);
}

Sdk *servers_client(Servers *servers, unsigned index)
{
    Sdk *sdk = sdk_open(servers->sdks, servers_ip(index), servers->port + 1000, NULL);
    const bool ready = sdk_wait_ready(sdk);
    g_assert_true(ready);
    return sdk;
}

bool servers_agree(Servers *servers, const char *service, const char *hosts, unsigned limit_ms)
{
    const int64_t end_us = g_get_monotonic_time() + (int64_t)limit_ms * 1000;
    bool agree = true;
    for (unsigned i = 0; i < servers->count; i++) {
        if (servers->servers[i] == NULL) {
            continue;
        }
        Sdk *sdk = servers_client(servers, i);
        g_autofree char *seen = sdk_query(sdk, service);
        while (strcmp(seen, hosts) != 0 && g_get_monotonic_time() < end_us) {
            turn_for(servers->loop, 20);
            g_free(seen);
            seen = sdk_query(sdk, service);
        }
        if (strcmp(seen, hosts) != 0) {
            g_printerr("server %u lists \"%s\" of %s, not \"%s\"\n", i, seen, service, hosts);
            agree = false;
        }
        sdk_close(sdk);
    }
    turn_for(servers->loop, 5);
    return agree;
}
