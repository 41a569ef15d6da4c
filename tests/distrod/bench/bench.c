/* tests/distrod/bench/bench.c -- how fast a registry is, seen by its clients; of distrod or of a
 * Nacos server, which are asked the same in the same way.
 *
 *   distrod_bench rate IP PORT CONNECTIONS SECONDS [PID]    registrations and queries a second
 *   distrod_bench push IP PORT CONNECTIONS                  from a registration to the push of it
 *   distrod_bench fill IP PORT CONNECTIONS SERVICES         one instance of each service by each
 *
 * PORT is that of HTTP. With the server's PID the processor time of each request is told, too.
 * Each line that it prints is a figure and its name. */
#include "tests/distrod/support/sdk.h"
#include "tests/distrod/support/waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    WINDOW = 16, /* requests under way on one connection */
    ROUNDS = 5,
    HOLD_MS = 20000
};

static RegLoop *loop;
static SdkContext *context;
static const char *ip;
static unsigned port;
static int server_pid; /* 0: not given */

/* The processor time that the server has taken so far. */
static double server_cpu_us(void)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", server_pid);
    g_autofree char *text = NULL;
    unsigned long user = 0, kernel = 0;
    const char *rest = g_file_get_contents(path, &text, NULL, NULL) ? strrchr(text, ')') : NULL;
    if (rest != NULL) {
        g_auto(GStrv) words = g_strsplit(rest + 2, " ", 14);
        user = strtoul(words[11], NULL, 10);
        kernel = strtoul(words[12], NULL, 10);
    }
    return (double)(user + kernel) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

static Sdk **open_clients(unsigned count)
{
    Sdk **clients = g_new0(Sdk *, count);
    for (unsigned i = 0; i < count; i++) {
        clients[i] = sdk_open(context, ip, port + 1000, NULL);
        if (i % 50 == 49) {
            sdk_wait_ready(clients[i]);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        if (!sdk_wait_ready(clients[i])) {
            fprintf(stderr, "connection %u of %u was not set up\n", i, count);
            exit(1);
        }
    }
    return clients;
}

static void close_clients(Sdk **clients, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        sdk_close(clients[i]);
    }
    turn_for(loop, 1000);
    g_free(clients);
}

/* ---- rate ---- */

static void send_registration(Sdk *sdk, unsigned client, unsigned service)
{
    char json[512];
    g_snprintf(json, sizeof json,
               "{\"headers\":{},\"namespace\":\"public\",\"serviceName\":\"bench-%u\","
               "\"groupName\":\"DEFAULT_GROUP\",\"type\":\"registerInstance\",\"instance\":{\"ip\":"
               "\"10.%u.%u.%u\",\"port\":8080,\"weight\":1.0,\"healthy\":true,\"enabled\":true,"
               "\"ephemeral\":true,\"clusterName\":\"DEFAULT\",\"metadata\":{\"version\":\"1.2\","
               "\"zone\":\"a\"}},\"module\":\"naming\"}",
               service, client / 65536, client / 256 % 256, client % 256);
    sdk_send(sdk, "InstanceRequest", json);
}

static void send_query(Sdk *sdk, unsigned client, unsigned service)
{
    char json[256];
    (void)client;
    g_snprintf(
        json, sizeof json,
        "{\"headers\":{},\"namespace\":\"public\",\"serviceName\":\"bench-%u\",\"groupName\":"
        "\"DEFAULT_GROUP\",\"cluster\":\"\",\"healthyOnly\":false,\"udpPort\":0,\"module\":"
        "\"naming\"}",
        service);
    sdk_send(sdk, "ServiceQueryRequest", json);
}

typedef void (*SendOne)(Sdk *sdk, unsigned client, unsigned service);

static unsigned answers_of(Sdk **clients, unsigned count, unsigned *bad)
{
    unsigned answers = 0;
    *bad = 0;
    for (unsigned i = 0; i < count; i++) {
        answers += sdk_good_answers(clients[i]);
        *bad += sdk_bad_answers(clients[i]);
    }
    return answers;
}

/* Every connection keeps WINDOW requests under way, of a hundred services in turn. */
static void measure_rate(const char *name, Sdk **clients, unsigned count, unsigned seconds,
                         SendOne send_one)
{
    g_autofree unsigned *sent = g_new0(unsigned, count);
    g_autofree unsigned *base = g_new0(unsigned, count);
    unsigned bad_before, bad;
    const unsigned before = answers_of(clients, count, &bad_before);
    for (unsigned i = 0; i < count; i++) {
        base[i] = *sdk_answers(clients[i]);
    }
    const double cpu_us = server_cpu_us();
    const int64_t start_us = g_get_monotonic_time();
    const int64_t end_us = start_us + (int64_t)seconds * G_USEC_PER_SEC;
    while (g_get_monotonic_time() < end_us) {
        for (unsigned i = 0; i < count; i++) {
            while (sent[i] - (*sdk_answers(clients[i]) - base[i]) < WINDOW) {
                send_one(clients[i], i, sent[i]++ % 100);
            }
        }
        g_main_context_iteration(NULL, true);
    }
    const double took_s = (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC;
    const unsigned answers = answers_of(clients, count, &bad) - before;
    printf("%.0f %s a second, %u refused\n", answers / took_s, name, bad - bad_before);
    if (server_pid != 0 && answers > 0) {
        printf("%.1f us of the server's processor for each of the %s\n",
               (server_cpu_us() - cpu_us) / answers, name);
    }
    turn_for(loop, 1000);
}

static void bench_rate(unsigned count, unsigned seconds)
{
    Sdk **clients = open_clients(count);
    measure_rate("registrations (warming up)", clients, count, seconds, send_registration);
    measure_rate("registrations", clients, count, seconds, send_registration);
    turn_for(loop, 1500);
    measure_rate("queries", clients, count, seconds, send_query);
    close_clients(clients, count);
}

/* ---- push ---- */

static int compare_times(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

typedef struct Awaited {
    Sdk **clients;
    unsigned count;
    const char *hosts;
} Awaited;

static bool have_all(void *data)
{
    const Awaited *awaited = data;
    for (unsigned i = 0; i < awaited->count; i++) {
        if (g_strcmp0(sdk_pushed(awaited->clients[i], "bench"), awaited->hosts) != 0) {
            return false;
        }
    }
    return true;
}

static void bench_push(unsigned count)
{
    Sdk **clients = open_clients(count);
    Sdk *provider = sdk_open(context, ip, port + 1000, NULL);
    g_autofree int64_t *times = g_new(int64_t, count);
    sdk_wait_ready(provider);
    for (unsigned i = 0; i < count; i++) {
        sdk_send(clients[i], "SubscribeServiceRequest",
                 "{\"headers\":{},\"namespace\":\"public\",\"serviceName\":\"bench\",\"groupName\":"
                 "\"DEFAULT_GROUP\",\"subscribe\":true,\"clusters\":\"\",\"module\":\"naming\"}");
        if (i % 100 == 99) {
            turn_for(loop, 10);
        }
    }
    turn_for(loop, 5000);
    for (unsigned round = 0; round < ROUNDS; round++) {
        const Awaited awaited = { clients, count, round % 2 == 0 ? "10.0.0.1:80" : "" };
        const int64_t start_us = g_get_monotonic_time();
        if (round % 2 == 0) {
            sdk_register(provider, "bench", "10.0.0.1", 80);
        } else {
            sdk_deregister(provider, "bench", "10.0.0.1", 80);
        }
        if (!wait_until(loop, have_all, (void *)&awaited, 30000)) {
            printf("not all were pushed to within 30 s\n");
            break;
        }
        for (unsigned i = 0; i < count; i++) {
            times[i] = sdk_pushed_at(clients[i]) - start_us;
        }
        qsort(times, count, sizeof *times, compare_times);
        printf("%.0f ms to the first push, %.0f to half of %u, %.0f to 99 %%, %.0f to the last\n",
               (double)times[0] / 1000, (double)times[count / 2] / 1000, count,
               (double)times[count - 1 - count / 100] / 1000, (double)times[count - 1] / 1000);
        turn_for(loop, 1000);
    }
    sdk_close(provider);
    close_clients(clients, count);
}

/* ---- fill ---- */

static void bench_fill(unsigned count, unsigned services)
{
    Sdk **clients = open_clients(count);
    const int64_t start_us = g_get_monotonic_time();
    for (unsigned service = 0; service < services; service++) {
        for (unsigned i = 0; i < count; i++) {
            send_registration(clients[i], i, service);
        }
        for (unsigned i = 0; i < count; i++) {
            wait_for_count(loop, sdk_answers(clients[i]), service + 2);
        }
    }
    unsigned bad;
    const unsigned good = answers_of(clients, count, &bad) - count;
    printf("%u instances in %.1f s, %u refused\n", good,
           (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC, bad);
    fflush(stdout);
    turn_for(loop, HOLD_MS);
    close_clients(clients, count);
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    if (argc < 5) {
        fprintf(stderr, "usage: distrod_bench rate|push|fill IP PORT CONNECTIONS [N [PID]]\n");
        return 64;
    }
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    ip = argv[2];
    port = (unsigned)atoi(argv[3]);
    loop = reg_loop_new();
    context = sdk_context_new(loop, NULL);
    const unsigned count = (unsigned)atoi(argv[4]);
    const unsigned number = argc > 5 ? (unsigned)atoi(argv[5]) : 10;
    server_pid = argc > 6 ? atoi(argv[6]) : 0;
    if (strcmp(argv[1], "rate") == 0) {
        bench_rate(count, number);
    } else if (strcmp(argv[1], "push") == 0) {
        bench_push(count);
    } else {
        bench_fill(count, number);
    }
    sdk_context_free(context);
    reg_loop_free(loop);
    return 0;
}
