/* tests/distrod/fuzz/request.c -- requests of clients and of peers, well formed but for their JSON:
 * the first byte chooses the type. Each is answered, and the server goes on. */
#include "tests/distrod/fuzz/fuzz.h"

#include "tests/distrod/support/servers.h"
#include "tests/distrod/support/waiting.h"

enum {
    PORT = 18888,
    ROUND = 2000 /* inputs that one server gets, so that it cannot remember them all */
};

static const char *const types[] = {
    "InstanceRequest",         "BatchInstanceRequest", "SubscribeServiceRequest",
    "ServiceQueryRequest",     "ServiceListRequest",   "PersistentInstanceRequest",
    "HealthCheckRequest",      "DistroDataRequest",    "MemberReportRequest",
    "ServerLoaderInfoRequest", "ServerReloadRequest",  "ConfigChangeClusterSyncRequest",
};
enum {
    FIRST_OF_PEERS = 7
};

static Servers servers;
static Sdk *client, *peer;
static unsigned tried;

static void start(void)
{
    static const SdkSetup setup = { .source = "cluster" };
    static const char *const more[] = { "--trust=127.0.0.0/8", NULL };
    servers_start(&servers, 1, PORT, more);
    client = servers_client(&servers, 0);
    peer = sdk_open(servers.sdks, servers_ip(0), PORT + 1001, &setup);
    const bool ready = sdk_wait_ready(peer);
    g_assert_true(ready);
}

static void stop(void)
{
    sdk_close(client);
    sdk_close(peer);
    turn_for(servers.loop, 10);
    servers_stop(&servers);
}

void fuzz_one(const uint8_t *bytes, size_t size)
{
    if (size == 0) {
        return;
    }
    if (tried++ % ROUND == 0) {
        if (tried > 1) {
            stop();
        }
        start();
    }
    const unsigned type = bytes[0] % G_N_ELEMENTS(types);
    g_autofree char *json = g_strndup((const char *)bytes + 1, size - 1);
    g_autofree char *answer =
        sdk_call(type < FIRST_OF_PEERS ? client : peer, types[type], json, NULL);
    g_assert_nonnull(answer);
}
