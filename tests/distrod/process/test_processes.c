/* tests/distrod/process/test_processes.c -- distrod as processes: killed under load, with a full
 * disk, flooded by one host, and stopped in order. */
#include "tests/distrod/support/process.h"
#include "tests/distrod/support/sdk.h"
#include "tests/distrod/support/waiting.h"
#include "tests/distrod/support/web.h"
#include "tests/support/check.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PORT = 18878,
    SERVERS = 3,
    CLIENTS = 1000,
    FLOOD = 10000,
    SHARE = 500 /* of one address, in the flood */
};

static const char *const ips[SERVERS] = { "127.0.3.1", "127.0.3.2", "127.0.3.3" };
static RegLoop *loop;
static SdkContext *sdks;

/* Server @index of the three, with one more option (nullable). */
static Process *start_server(unsigned index, const char *more)
{
    g_autofree char *listen = g_strdup_printf("--listen=%s", ips[index]);
    g_autofree char *admin = g_strdup_printf("--admin-listen=%s", ips[index]);
    g_autofree char *port = g_strdup_printf("--port=%d", PORT);
    const char *const words[] = { listen,
                                  admin,
                                  port,
                                  "--member=127.0.3.1:18878,127.0.3.2:18878,127.0.3.3:18878",
                                  "--set=nacos.naming.client.expired.time=8000",
                                  "--drain-time=3000",
                                  more,
                                  NULL };
    Process *process = process_start(words);
    if (!process_wait_ready(process, loop, ips[index], PORT)) {
        g_autofree char *output = process_output(process);
        g_error("server %u is not ready: %s", index, output);
    }
    return process;
}

static Process *start_alone(const char *const *words)
{
    Process *process = process_start(words);
    if (!process_wait_ready(process, loop, ips[0], PORT)) {
        g_autofree char *output = process_output(process);
        g_error("the server is not ready: %s", output);
    }
    return process;
}

static double figure(unsigned server, const char *name)
{
    unsigned code;
    g_autofree char *url = g_strdup_printf("http://%s:%d/metrics", ips[server], PORT + 1002);
    g_autofree char *page = web_call(loop, "GET", url, NULL, &code);
    g_autofree char *line = g_strdup_printf("\n%s ", name);
    const char *found = strstr(page, line);
    return found != NULL ? g_ascii_strtod(found + strlen(line), NULL) : -1;
}

/* Does the figure @name of server @index become at least @least, and at most @most, in time? */
static bool figure_becomes(unsigned index, const char *name, double least, double most)
{
    double seen = figure(index, name);
    for (int tries = 0; tries < 80 && (seen < least || seen > most); tries++) {
        turn_for(loop, 100);
        seen = figure(index, name);
    }
    if (seen < least || seen > most) {
        printf("\n    %s of server %u is %g", name, index, seen);
    }
    return seen >= least && seen <= most;
}

/* Instances that server @index lists of all ten services. */
static unsigned listed(unsigned index)
{
    unsigned count = 0;
    for (int service = 0; service < 10; service++) {
        unsigned code;
        g_autofree char *url = g_strdup_printf(
            "http://%s:%d/nacos/v1/ns/instance/list?serviceName=s%d", ips[index], PORT, service);
        g_autofree char *body = web_call(loop, "GET", url, NULL, &code);
        for (const char *at = strstr(body, "\"ip\":"); at != NULL; at = strstr(at + 1, "\"ip\":")) {
            count++;
        }
    }
    return count;
}

static bool lists_become(unsigned wanted, unsigned limit_ms, unsigned first)
{
    const int64_t end_us = g_get_monotonic_time() + (int64_t)limit_ms * 1000;
    for (unsigned i = first; i < SERVERS; i++) {
        unsigned seen = listed(i);
        while (seen != wanted && g_get_monotonic_time() < end_us) {
            turn_for(loop, 200);
            seen = listed(i);
        }
        if (seen != wanted) {
            printf("\n    server %u lists %u, not %u", i, seen, wanted);
            return false;
        }
    }
    return true;
}

static void send_registration(Sdk *sdk, unsigned number)
{
    g_autofree char *json = g_strdup_printf(
        "{\"serviceName\":\"s%u\",\"groupName\":\"DEFAULT_GROUP\",\"namespace\":\"public\","
        "\"type\":\"registerInstance\",\"instance\":{\"ip\":\"10.1.%u.%u\",\"port\":80}}",
        number % 10, number / 250, number % 250 + 1);
    sdk_send(sdk, "InstanceRequest", json);
}

static void open_clients(Sdk **clients, unsigned count, unsigned server)
{
    for (unsigned i = 0; i < count; i++) {
        clients[i] = sdk_open(sdks, ips[server], PORT + 1000, NULL);
        if (i % 100 == 99) {
            check_true(sdk_wait_ready(clients[i]));
        }
    }
    for (unsigned i = 0; i < count; i++) {
        check_true(sdk_wait_ready(clients[i]));
        send_registration(clients[i], i);
    }
    for (unsigned i = 0; i < count; i++) {
        check_true(wait_for_count(loop, sdk_answers(clients[i]), 2)); /* its check, and this */
    }
}

static void close_clients(Sdk **clients, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        sdk_close(clients[i]);
    }
    turn_for(loop, 50);
}

static void a_server_killed_under_a_thousand_clients_is_survived(void)
{
    Process *servers[SERVERS];
    g_autofree Sdk **clients = g_new0(Sdk *, CLIENTS);
    for (unsigned i = 0; i < SERVERS; i++) {
        servers[i] = start_server(i, NULL);
    }
    turn_for(loop, 500);
    open_clients(clients, CLIENTS, 0);
    check_true(lists_become(CLIENTS, 8000, 0));

    process_signal(servers[0], SIGKILL);
    check_int(process_wait(servers[0], loop, 2000), ==, -SIGKILL);
    turn_for(loop, 100);
    check_uint(listed(1), ==, CLIENTS); /* a dead server's clients are kept for their lease */
    close_clients(clients, CLIENTS);
    open_clients(clients, CLIENTS, 1); /* and they come back elsewhere, as the same instances */
    check_true(lists_become(CLIENTS, 20000, 1));

    process_free(servers[0]);
    servers[0] = start_server(0, NULL);
    check_true(lists_become(CLIENTS, 20000, 0));
    close_clients(clients, CLIENTS);
    check_true(lists_become(0, 20000, 0));
    for (unsigned i = 0; i < SERVERS; i++) {
        check_true(process_runs(servers[i]));
        process_free(servers[i]);
    }
}

static void a_stopped_server_moves_its_clients_and_tells_its_peers(void)
{
    Process *servers[SERVERS];
    Sdk *clients[50];
    for (unsigned i = 0; i < SERVERS; i++) {
        servers[i] = start_server(i, NULL);
    }
    turn_for(loop, 500);
    open_clients(clients, G_N_ELEMENTS(clients), 0);
    check_true(lists_become(G_N_ELEMENTS(clients), 8000, 0));
    process_signal(servers[0], SIGTERM);
    unsigned told = 0;
    for (int tries = 0; tries < 25 && told < G_N_ELEMENTS(clients); tries++) {
        turn_for(loop, 100);
        told = 0;
        for (unsigned i = 0; i < G_N_ELEMENTS(clients); i++) {
            told += sdk_resets(clients[i]);
        }
    }
    check_uint(told, ==, G_N_ELEMENTS(clients));
    close_clients(clients, G_N_ELEMENTS(clients));
    check_int(process_wait(servers[0], loop, 9000), ==, 0);
    check_true(lists_become(0, 2000, 1)); /* at once, not after the lease */
    for (unsigned i = 0; i < SERVERS; i++) {
        process_free(servers[i]);
    }
}

static void logs_that_cannot_be_written_stop_nothing(void)
{
    static const char *const names[] = { "nacos",         "naming-server", "protocol-distro",
                                         "remote-digest", "nacos-cluster", "naming-push" };
    g_autofree char *folder = g_dir_make_tmp("distrod-full-XXXXXX", NULL);
    g_autofree char *option = g_strdup_printf("--log-folder=%s", folder);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_strdup_printf("%s/%s.log", folder, names[i]);
        check_int(symlink("/dev/full", path), ==, 0);
    }
    const char *const words[] = { "--listen=127.0.3.1", "--admin-listen=127.0.3.1", "--port=18878",
                                  option, NULL };
    Process *server = start_alone(words);
    Sdk *clients[20];
    open_clients(clients, G_N_ELEMENTS(clients), 0);
    check_true(figure_becomes(0, "distrod_log_lines_lost_total", 20, 1e6));
    check_uint(listed(0), ==, G_N_ELEMENTS(clients));
    check_true(process_runs(server));
    close_clients(clients, G_N_ELEMENTS(clients));
    process_free(server);
    g_autofree char *command = g_strdup_printf("rm -r %s", folder);
    check_int(system(command), ==, 0);
}

/* How many connections there can be, FLOOD if this process may have so many descriptors. */
static unsigned raise_descriptor_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    g_assert_cmpuint(limit.rlim_cur, >, 4 * SHARE);
    return (unsigned)MIN((rlim_t)FLOOD, limit.rlim_cur - 2 * SHARE);
}

/* How many of @fds, which have all connected to the SDKs' port, were told to go. */
static unsigned count_refused(const int *fds, unsigned count)
{
    unsigned refused = 0;
    for (unsigned i = 0; i < count; i++) {
        char bytes[256];
        const ssize_t size = recv(fds[i], bytes, sizeof bytes, MSG_DONTWAIT);
        refused += size > 26 && memmem(bytes, (size_t)size, "too many connections from this", 30);
    }
    return refused;
}

static void a_flood_from_one_host_leaves_room_for_others(void)
{
    const char *const words[] = { "--listen=127.0.3.1", "--admin-listen=127.0.3.1", "--port=18878",
                                  "--max-connections-per-address=500", NULL };
    RegAddress address;
    g_autofree int *fds = g_new(int, FLOOD);
    const unsigned flood = raise_descriptor_limit();
    Process *server = start_alone(words);
    const unsigned long before_kib = process_memory_kib(server);
    reg_address_of(ips[0], PORT + 1000, &address);
    for (unsigned i = 0; i < flood; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM, 0);
        g_assert_cmpint(fds[i], >=, 0);
        check_int(connect(fds[i], &address.any, address.size), ==, 0);
    }
    unsigned refused = 0;
    for (int tries = 0; tries < 80 && refused < flood - SHARE; tries++) {
        turn_for(loop, 100);
        refused += count_refused(fds, flood);
    }
    check_uint(refused, ==, flood - SHARE);
    check_true(figure(0, "distrod_connections{port=\"sdk\"}") == SHARE);

    const SdkSetup setup = { .from = "127.0.44.1" };
    Sdk *other = sdk_open(sdks, ips[0], PORT + 1000, &setup);
    check_true(sdk_wait_ready(other));
    check_true(sdk_register(other, "s0", "10.0.0.1", 80));
    sdk_close(other);
    for (unsigned i = 0; i < flood; i++) {
        close(fds[i]);
    }
    check_true(figure_becomes(0, "distrod_connections{port=\"sdk\"}", 0, 0));
    check_uint(process_memory_kib(server), <, before_kib + 32 * 1024);
    check_true(process_runs(server));
    process_free(server);
}

static void a_port_that_is_taken_is_said_on_stderr(void)
{
    const char *const words[] = { "--listen=127.0.3.1", "--admin-listen=127.0.3.1", "--port=18878",
                                  NULL };
    Process *server = start_alone(words);
    Process *second = process_start(words);
    check_int(process_wait(second, loop, 3000), ==, 69);
    g_autofree char *output = process_output(second);
    check_true(strstr(output,
                      "distrod: cannot listen at 127.0.3.1:18878: Address already in use") != NULL);
    process_free(second);
    process_signal(server, SIGTERM);
    process_signal(server, SIGTERM); /* a second one does not wait */
    check_int(process_wait(server, loop, 5000), ==, 0);
    process_free(server);
}

int main(void)
{
    static const Test tests[] = {
        { "a server killed under a thousand clients is survived",
          a_server_killed_under_a_thousand_clients_is_survived },
        { "a stopped server moves its clients and tells its peers",
          a_stopped_server_moves_its_clients_and_tells_its_peers },
        { "logs that cannot be written stop nothing", logs_that_cannot_be_written_stop_nothing },
        { "a flood from one host leaves room for others",
          a_flood_from_one_host_leaves_room_for_others },
        { "a port that is taken is said on stderr", a_port_that_is_taken_is_said_on_stderr },
        { NULL, NULL },
    };
    loop = reg_loop_new();
    sdks = sdk_context_new(loop, NULL);
    const int status = run_tests("processes", tests);
    turn_for(loop, 50);
    sdk_context_free(sdks);
    reg_loop_free(loop);
    return status;
}
