/* sim/client/sdk.c -- one row per release that changed something. */
#include "sim/client/sdk.h"

#include <string.h>

/* Half the cores of an eight-core machine (UtilAndComs.DEFAULT_CLIENT_BEAT_THREAD_COUNT). */
#define BEAT_THREADS 4

#define OVERRIDES(rows) rows, G_N_ELEMENTS(rows)
#define NO_OVERRIDES NULL, 0

/* --- rows ------------------------------------------------------------------------------------- */

static const SimSdkOverride of_1_1_0[] = {
    { "beatsPileUp", true,
      "BeatReactor#addBeatInfo starts a BeatTask with every registration and #removeBeatInfo stops "
      "the newest, until 1.1.3 (#1733)" },
};

static const SimSdkOverride of_1_1_4[] = {
    { "lightBeats", false, "BeatReactor reads no lightBeatEnabled until 1.2.0" },
};

static const SimSdkOverride of_2_0_0[] = {
    { "cacheAfterSuccess", true,
      "NamingGrpcClientProxy#registerService caches for the redo after the answer, until 2.0.1: "
      "what failed is not redone, or an older instance is (#5831)" },
};

static const SimSdkOverride of_2_0_2[] = {
    { "redoTask", false,
      "NamingGrpcConnectionEventListener#onConnected redoes once, subscriptions first, and logs "
      "what fails; NamingGrpcRedoService comes with 2.0.3 (#6486, #7219)" },
};

static const SimSdkOverride of_2_0_3[] = {
    { "secondStackIsDeaf", true,
      "NamingClientProxyDelegate#subscribe asks the cache alone whether there is a need, until "
      "2.0.3" },
};

static const SimSdkOverride of_2_1_0[] = {
    { "healthTries", 1, "RpcClient#healthCheck asks once until 2.1" },
    { "healthPause", false, "RpcClient#healthCheck waits for nothing before it, until 2.1" },
    { "asyncQuery", true,
      "ServiceInfoUpdateService#scheduleUpdateIfAbsent always; since 2.2 only with "
      "namingAsyncQuerySubscribeService" },
};

static const SimSdkOverride of_2_2_0[] = {
    { "redoForgets", true,
      "NamingGrpcRedoService#removeInstanceForRedo drops what was registered again since, until "
      "2.2.0 (#9816)" },
};

static const SimSdkOverride of_2_2_1[] = {
    { "keepsRestOfBatch", false,
      "NamingGrpcClientProxy#deregisterService takes all of the service back until 2.2.4 "
      "(#10831)" },
};

static const SimSdkRelease releases[] = {
    { "1.1.0", "1.1.0 to 1.1.3: beats pile up", SIM_CLIENT_HTTP, OVERRIDES(of_1_1_0) },
    { "1.1.4", "1.1.4: a beat for each service, ip and port", SIM_CLIENT_HTTP,
      OVERRIDES(of_1_1_4) },
    { "1.2.0", "1.2.0 to 1.4.8: light beats", SIM_CLIENT_HTTP, NO_OVERRIDES },
    { "2.0.0", "2.0.0 and 2.0.1: the first over gRPC", SIM_CLIENT_GRPC, OVERRIDES(of_2_0_0) },
    { "2.0.2", "2.0.2: what is asked for is remembered first", SIM_CLIENT_GRPC,
      OVERRIDES(of_2_0_2) },
    { "2.0.3", "2.0.3: a redo task", SIM_CLIENT_GRPC, OVERRIDES(of_2_0_3) },
    { "2.0.4", "2.0.4: a second stack subscribes, too", SIM_CLIENT_GRPC, NO_OVERRIDES },
    { "2.1.0", "2.1.0 to 2.1.2: batches", SIM_CLIENT_GRPC, OVERRIDES(of_2_1_0) },
    { "2.2.0", "2.2.0: a health check is tried again", SIM_CLIENT_GRPC, OVERRIDES(of_2_2_0) },
    { "2.2.1", "2.2.1 to 2.2.4: the redo knows what is expected", SIM_CLIENT_GRPC,
      OVERRIDES(of_2_2_1) },
    { "2.3.0", "2.3.0 to 2.3.2: one of a batch can be taken back", SIM_CLIENT_GRPC, NO_OVERRIDES },
    { "2.4.0", "2.4.0 to 2.5.x: nothing else that is modelled", SIM_CLIENT_GRPC, NO_OVERRIDES },
    { "3.0.0", "3.0.0 to 3.2.x: nothing else that is modelled", SIM_CLIENT_GRPC, NO_OVERRIDES },
};

/* Lines of releases, and the last of each. */
static const struct {
    int major, minor, last;
} lines[] = { { 1, 1, 4 }, { 1, 2, 1 }, { 1, 3, 3 }, { 1, 4, 8 }, { 2, 0, 4 },
              { 2, 1, 2 }, { 2, 2, 4 }, { 2, 3, 2 }, { 2, 4, 3 }, { 2, 5, 9 },
              { 3, 0, 9 }, { 3, 1, 9 }, { 3, 2, 9 } };

/* --- properties ------------------------------------------------------------------------------- */

#define NUMBER(name, field, newest, origin)                                                        \
    {                                                                                              \
        { name, true, origin }, offsetof(SimSdk, field), newest                                    \
    }
#define FLAG(name, field, newest, origin)                                                          \
    {                                                                                              \
        { name, false, origin }, offsetof(SimSdk, field), newest                                   \
    }

static const struct {
    SimSdkProperty property;
    size_t offset;
    uint32_t newest;
} fields[] = {
    NUMBER("healthTries", health_tries, 4, "nacos.remote.client.grpc.health.retry + 1"),
    FLAG("healthPause", health_pause, true, "RpcClient#healthCheck, Random#nextInt(500)"),
    FLAG("asyncQuery", async_query, false, "namingAsyncQuerySubscribeService"),
    FLAG("lightBeats", light_beats, true, "BeatReactor.BeatTask, lightBeatEnabled"),
    FLAG("beatsPileUp", beats_pile_up, false, "BeatReactor#addBeatInfo stops the former one"),
    FLAG("secondStackIsDeaf", second_stack_is_deaf, false,
         "NamingClientProxyDelegate#subscribe asks the proxy, too"),
    FLAG("redoTask", redo_task, true, "NamingGrpcRedoService, RedoScheduledTask every 3 s"),
    FLAG("cacheAfterSuccess", cache_after_success, false,
         "NamingGrpcClientProxy#registerService caches before it asks"),
    FLAG("redoForgets", redo_forgets, false,
         "NamingGrpcRedoService#instanceDeregistered looks at expectedRegistered"),
    FLAG("keepsRestOfBatch", keeps_rest_of_batch, true,
         "NamingGrpcClientProxy#batchDeregisterService"),
};

size_t sim_sdk_property_count(void)
{
    return G_N_ELEMENTS(fields);
}

const SimSdkProperty *sim_sdk_property(size_t place)
{
    return &fields[place].property;
}

uint32_t sim_sdk_value(const SimSdk *sdk, size_t place)
{
    const void *field = (const char *)sdk + fields[place].offset;
    return fields[place].property.number ? *(const uint32_t *)field : *(const bool *)field;
}

static void set_value(SimSdk *sdk, size_t place, uint32_t value)
{
    void *field = (char *)sdk + fields[place].offset;
    if (fields[place].property.number) {
        *(uint32_t *)field = value;
    } else {
        *(bool *)field = value != 0;
    }
}

/* --- releases --------------------------------------------------------------------------------- */

const SimSdkRelease *sim_sdk_releases(size_t *count)
{
    *count = G_N_ELEMENTS(releases);
    return releases;
}

/* "2.0.3", "2.0": @last of its line for the latter. False: it is nothing of the kind. */
static bool parse_release(const char *text, int parts[3])
{
    int n = 0;
    for (const char *at = text; n < 3; n++) {
        char *end;
        if (!g_ascii_isdigit(*at)) {
            return false;
        }
        parts[n] = (int)g_ascii_strtoull(at, &end, 10);
        if (*end == '\0') {
            n++;
            break;
        }
        if (*end != '.' || end - at > 3) {
            return false;
        }
        at = end + 1;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        if (lines[i].major != parts[0] || lines[i].minor != parts[1]) {
            continue;
        }
        parts[2] = n == 2 ? lines[i].last : parts[2];
        return n >= 2 && parts[2] <= lines[i].last;
    }
    return false;
}

static bool is_newer(const int a[3], const int b[3])
{
    for (int i = 0; i < 3; i++) {
        if (a[i] != b[i]) {
            return a[i] > b[i];
        }
    }
    return false;
}

const SimSdkRelease *sim_sdk_find(const char *release)
{
    int asked[3], row[3];
    const SimSdkRelease *found = NULL;
    if (!parse_release(release, asked)) {
        return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(releases); i++) {
        const bool known = parse_release(releases[i].name, row);
        g_assert(known);
        if (!is_newer(row, asked)) {
            found = &releases[i];
        }
    }
    return found;
}

const SimSdkOverride *sim_sdk_override(const SimSdkRelease *release, const char *property,
                                       const SimSdkRelease **from)
{
    const SimSdkRelease *end = releases + G_N_ELEMENTS(releases);
    for (const SimSdkRelease *row = release; row < end && row->kind == release->kind; row++) {
        for (size_t i = 0; i < row->count; i++) {
            if (strcmp(row->overrides[i].property, property) != 0) {
                continue;
            }
            if (from != NULL) {
                *from = row;
            }
            return &row->overrides[i];
        }
    }
    return NULL;
}

SimSdk sim_sdk_of(const SimSdkRelease *release)
{
    SimSdk sdk = { .release = release->name, .beat_threads = BEAT_THREADS };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        const SimSdkOverride *override = sim_sdk_override(release, fields[i].property.name, NULL);
        set_value(&sdk, i, override != NULL ? override->value : fields[i].newest);
    }
    return sdk;
}

SimSdk sim_sdk_default(SimClientKind kind)
{
    const SimSdkRelease *newest = &releases[G_N_ELEMENTS(releases) - 1];
    while (newest->kind != kind) {
        newest--;
    }
    return sim_sdk_of(newest);
}
