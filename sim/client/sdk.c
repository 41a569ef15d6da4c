/* sim/client/sdk.c -- one row per release that changed something. */
#include "sim/client/sdk.h"

#include <string.h>

/* Half the cores of an eight-core machine (UtilAndComs.DEFAULT_CLIENT_BEAT_THREAD_COUNT). */
#define BEAT_THREADS 4

typedef struct Release {
    SimClientKind kind;
    uint32_t health_tries; /* RpcClient#healthCheck: once up to 2.1, health.retry + 1 since */
    bool health_pause;
    bool async_query;          /* ServiceInfoUpdateService: always up to 2.1, asked for since */
    bool light_beats;          /* 1.2 and later */
    bool second_stack_is_deaf; /* NamingClientProxyDelegate#subscribe looks at the cache alone */
} Release;

static const char *const names[] = { "1.1", "1.4", "2.0.3", "2.0", "2.1",
                                     "2.2", "2.3", "2.4",   "3.0", NULL };
static const Release releases[] = {
    { SIM_CLIENT_HTTP, 0, false, false, false, false },
    { SIM_CLIENT_HTTP, 0, false, false, true, false },
    { SIM_CLIENT_GRPC, 1, false, true, false, true },
    { SIM_CLIENT_GRPC, 1, false, true, false, false },
    { SIM_CLIENT_GRPC, 1, false, true, false, false },
    { SIM_CLIENT_GRPC, 4, true, false, false, false },
    { SIM_CLIENT_GRPC, 4, true, false, false, false },
    { SIM_CLIENT_GRPC, 4, true, false, false, false },
    { SIM_CLIENT_GRPC, 4, true, false, false, false },
};
G_STATIC_ASSERT(G_N_ELEMENTS(names) == G_N_ELEMENTS(releases) + 1);

const char *const *sim_sdk_releases(void)
{
    return names;
}

bool sim_sdk_find(const char *release, SimClientKind *kind, SimSdk *sdk)
{
    size_t i = 0;
    while (names[i] != NULL && strcmp(names[i], release) != 0) {
        i++;
    }
    if (names[i] == NULL) {
        return false;
    }
    *kind = releases[i].kind;
    *sdk = (SimSdk) {
        .beat_threads = BEAT_THREADS,
        .health_tries = releases[i].health_tries,
        .health_pause = releases[i].health_pause,
        .async_query = releases[i].async_query,
        .light_beats = releases[i].light_beats,
        .second_stack_is_deaf = releases[i].second_stack_is_deaf,
    };
    return true;
}

SimSdk sim_sdk_default(SimClientKind kind)
{
    SimSdk sdk;
    SimClientKind found;
    bool known = sim_sdk_find(kind == SIM_CLIENT_GRPC ? "3.0" : "1.4", &found, &sdk);
    g_assert_true(known && found == kind);
    return sdk;
}
