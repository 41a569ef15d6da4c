/* tests/distrod/bench/churn.c -- clients that come, change and go at the servers of one cluster,
 * whatever these are; and in the end every server's lists against what the clients publish.
 *
 *   distrod_churn IP,IP,... PORT CLIENTS SECONDS SEED
 *
 * A client whose server has gone opens a connection to another and registers all again, as SDKs do.
 * Prints what the servers list otherwise, and how long it took them to agree; exit status 1 if they
 * did not within the lease of a replica. */
#include "tests/distrod/support/sdk.h"
#include "tests/distrod/support/waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SERVICES = 30,
    TICK_MS = 10,
    PATIENCE_S = 240, /* a lease of 180 s, and its check */
    REPORT_S = 10
};

typedef struct Client {
    Sdk *sdk; /* NULL: it has gone */
    bool set_up, published[SERVICES];
} Client;

typedef struct Churn {
    RegLoop *loop;
    SdkContext *sdks;
    char **ips;
    unsigned ip_count, port;
    Client *clients;
    unsigned count;
    GRand *random;
    unsigned opened, closed, lost, registered, deregistered;
} Churn;

static unsigned draw(Churn *churn, unsigned below)
{
    return (unsigned)g_rand_int_range(churn->random, 0, (gint32)below);
}

/* ---- what a client does ---- */

static void send_instance(const Churn *churn, const Client *client, unsigned service,
                          bool registers)
{
    char json[512];
    const unsigned number = (unsigned)(client - churn->clients);
    g_snprintf(
        json, sizeof json,
        "{\"headers\":{},\"namespace\":\"public\",\"serviceName\":\"churn-%u\",\"groupName\":"
        "\"DEFAULT_GROUP\",\"type\":\"%s\",\"instance\":{\"ip\":\"10.9.%u.%u\",\"port\":80,"
        "\"weight\":1.0,\"healthy\":true,\"enabled\":true,\"ephemeral\":true,\"metadata\":{"
        "\"k\":\"v\"}},\"module\":\"naming\"}",
        service, registers ? "registerInstance" : "deregisterInstance", number / 256, number % 256);
    sdk_send(client->sdk, "InstanceRequest", json);
}

static void send_subscription(const Client *client, unsigned service)
{
    char json[256];
    g_snprintf(
        json, sizeof json,
        "{\"headers\":{},\"namespace\":\"public\",\"serviceName\":\"churn-%u\",\"groupName\":"
        "\"DEFAULT_GROUP\",\"subscribe\":true,\"clusters\":\"\",\"module\":\"naming\"}",
        service);
    sdk_send(client->sdk, "SubscribeServiceRequest", json);
}

static void open_client(Churn *churn, Client *client)
{
    client->sdk =
        sdk_open(churn->sdks, churn->ips[draw(churn, churn->ip_count)], churn->port + 1000, NULL);
    client->set_up = false;
    churn->opened++;
}

static void close_client(Churn *churn, Client *client)
{
    sdk_close(g_steal_pointer(&client->sdk));
    memset(client->published, 0, sizeof client->published);
    churn->closed++;
}

/* What an SDK redoes when it has another connection. */
static void set_up_again(const Churn *churn, Client *client)
{
    client->set_up = true;
    for (unsigned service = 0; service < SERVICES; service++) {
        if (client->published[service]) {
            send_instance(churn, client, service, true);
        }
    }
}

static void tend_client(Churn *churn, Client *client)
{
    if (client->sdk == NULL) {
        return;
    }
    if (sdk_is_closed(client->sdk)) {
        churn->lost += client->set_up;
        sdk_close(g_steal_pointer(&client->sdk));
        open_client(churn, client);
    } else if (!client->set_up && sdk_is_ready(client->sdk)) {
        set_up_again(churn, client);
    }
}

static void act(Churn *churn, Client *client)
{
    const unsigned service = draw(churn, SERVICES), what = draw(churn, 100);
    if (client->sdk == NULL) {
        open_client(churn, client);
    } else if (!client->set_up) {
        return;
    } else if (what < 50) {
        client->published[service] = true;
        send_instance(churn, client, service, true);
        churn->registered++;
    } else if (what < 80 && client->published[service]) {
        client->published[service] = false;
        send_instance(churn, client, service, false);
        churn->deregistered++;
    } else if (what < 90) {
        send_subscription(client, service);
    } else if (what < 95) {
        close_client(churn, client);
    }
}

/* ---- what is listed ---- */

static gint compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *truth_of(const Churn *churn, unsigned service)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < churn->count; i++) {
        if (churn->clients[i].sdk != NULL && churn->clients[i].published[service]) {
            g_ptr_array_add(texts, g_strdup_printf("10.9.%u.%u:80", i / 256, i % 256));
        }
    }
    g_ptr_array_sort(texts, compare_texts);
    g_ptr_array_add(texts, NULL);
    return g_strjoinv(" ", (char **)texts->pdata);
}

/* How many services server @index lists otherwise than they are; UINT_MAX if it does not answer. */
static unsigned count_wrong(Churn *churn, unsigned index, bool say)
{
    Sdk *sdk = sdk_open(churn->sdks, churn->ips[index], churn->port + 1000, NULL);
    unsigned wrong = 0;
    if (!sdk_wait_ready(sdk)) {
        sdk_close(sdk);
        return G_MAXUINT;
    }
    for (unsigned service = 0; service < SERVICES; service++) {
        char name[32];
        g_snprintf(name, sizeof name, "churn-%u", service);
        g_autofree char *truth = truth_of(churn, service), *listed = sdk_query(sdk, name);
        if (strcmp(truth, listed) != 0) {
            wrong++;
            if (say) {
                printf("%s lists of %s\n  %s\nnot\n  %s\n", churn->ips[index], name, listed, truth);
            }
        }
    }
    sdk_close(sdk);
    turn_for(churn->loop, 20);
    return wrong;
}

static bool agree(Churn *churn, bool say)
{
    bool all = true;
    for (unsigned i = 0; i < churn->ip_count; i++) {
        const unsigned wrong = count_wrong(churn, i, say);
        if (say && wrong == G_MAXUINT) {
            printf("%s does not answer\n", churn->ips[i]);
        }
        all = all && wrong == 0;
    }
    return all;
}

/* ---- the whole ---- */

static void tend_all(Churn *churn)
{
    for (unsigned i = 0; i < churn->count; i++) {
        tend_client(churn, &churn->clients[i]);
    }
    turn_for(churn->loop, TICK_MS);
}

static void run(Churn *churn, unsigned seconds)
{
    const int64_t end_us = g_get_monotonic_time() + (int64_t)seconds * G_USEC_PER_SEC;
    int64_t report_us = g_get_monotonic_time() + (int64_t)REPORT_S * G_USEC_PER_SEC;
    while (g_get_monotonic_time() < end_us) {
        act(churn, &churn->clients[draw(churn, churn->count)]);
        tend_all(churn);
        if (g_get_monotonic_time() >= report_us) {
            report_us += (int64_t)REPORT_S * G_USEC_PER_SEC;
            printf("%u connections opened, %u closed, %u lost; %u registrations, %u taken back\n",
                   churn->opened, churn->closed, churn->lost, churn->registered,
                   churn->deregistered);
            fflush(stdout);
        }
    }
}

static bool settle(Churn *churn)
{
    const int64_t start_us = g_get_monotonic_time();
    const int64_t end_us = start_us + (int64_t)PATIENCE_S * G_USEC_PER_SEC;
    bool agreed = agree(churn, false);
    while (!agreed && g_get_monotonic_time() < end_us) {
        for (unsigned i = 0; i < 50; i++) {
            tend_all(churn);
        }
        agreed = agree(churn, false);
    }
    if (agreed) {
        printf("all %u servers list what is there, %.1f s after the last change\n", churn->ip_count,
               (double)(g_get_monotonic_time() - start_us) / G_USEC_PER_SEC);
    } else {
        agree(churn, true);
    }
    return agreed;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: distrod_churn IP,IP,... PORT CLIENTS SECONDS SEED\n");
        return 64;
    }
    Churn churn = { .loop = reg_loop_new(),
                    .ips = g_strsplit(argv[1], ",", -1),
                    .port = (unsigned)atoi(argv[2]),
                    .count = (unsigned)atoi(argv[3]),
                    .random = g_rand_new_with_seed((guint32)atoi(argv[5])) };
    churn.ip_count = g_strv_length(churn.ips);
    churn.sdks = sdk_context_new(churn.loop, NULL);
    churn.clients = g_new0(Client, churn.count);
    run(&churn, (unsigned)atoi(argv[4]));
    const bool agreed = settle(&churn);
    for (unsigned i = 0; i < churn.count; i++) {
        if (churn.clients[i].sdk != NULL) {
            sdk_close(churn.clients[i].sdk);
        }
    }
    turn_for(churn.loop, 300);
    sdk_context_free(churn.sdks);
    reg_loop_free(churn.loop);
    g_rand_free(churn.random);
    g_strfreev(churn.ips);
    g_free(churn.clients);
    return agreed ? 0 : 1;
}
