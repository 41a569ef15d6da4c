/* sim/client/sdk.h -- releases of the Java SDK, as far as they behave differently.
 */
#pragma once

#include "sim/base/types.h"

typedef enum SimClientKind {
    SIM_CLIENT_GRPC, /* "nacos-client-2" */
    SIM_CLIENT_HTTP, /* "nacos-client-1" */
} SimClientKind;

typedef struct SimSdk {
    int64_t keep_alive_us; /* 1.x: an idle HTTP connection is used again for this long; 0: never */
    uint32_t beat_threads; /* 1.x: namingClientBeatThreadCount, by default half the cores */
    uint32_t health_tries; /* 2.x: of one health check, 3 s each */
    bool health_pause;     /* 2.x: a random pause of 0.5 s at most before the first of them */
    bool async_query;      /* 2.x: namingAsyncQuerySubscribeService */
    bool empty_protection; /* namingPushEmptyProtection */
    bool light_beats;      /* 1.x: beats shrink once a server has said that it takes them */
    bool second_stack_is_deaf; /* 2.x: a stack leaves alone what is in the shared cache already */
} SimSdk;

/* What the SDK does unless told otherwise: 2.2 and later, or 1.4. */
SimSdk sim_sdk_default(SimClientKind kind);
/* By release, "2.1" or "1.4". False: unknown. */
bool sim_sdk_find(const char *release, SimClientKind *kind, SimSdk *sdk);
const char *const *sim_sdk_releases(void); /* ends with NULL */
