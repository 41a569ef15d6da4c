/* tools/real/setting.c -- see setting.h. */
#include "tools/real/setting.h"

#include <string.h>

#include "core/profile.h"

/* Read by distrod's core, and by DistroConfig, ClientConfig, PushConfig, MemberUtil and ThreadUtils
 * of Nacos, which take properties of the JVM. */
static const char *const of_all[] = {
    "nacos.core.protocol.distro.data.sync.delayMs",
    "nacos.core.protocol.distro.data.sync.timeoutMs",
    "nacos.core.protocol.distro.data.sync.retryDelayMs",
    "nacos.core.protocol.distro.data.verify.intervalMs",
    "nacos.core.protocol.distro.data.verify.timeoutMs",
    "nacos.core.protocol.distro.data.load.retryDelayMs",
    "nacos.core.protocol.distro.data.load.timeoutMs",
    "nacos.naming.client.expired.time",
    "nacos.naming.data.warmup",
    "nacos.naming.expireInstance",
    "nacos.naming.push.pushTaskDelay",
    "nacos.core.member.fail-access-cnt",
    "nacos.common.processors",
};

/* Of calls to peers. ClusterRpcClientProxy#buildRpcClient gives a server's client no properties, so
 * that of Nacos has the built-in values whatever is set. */
static const char *const of_distrod[] = {
    "nacos.remote.client.grpc.retry.times",
    "nacos.remote.client.grpc.timeout",
    "nacos.remote.client.grpc.connect.keep.alive",
    "nacos.remote.client.grpc.health.retry",
    "nacos.remote.client.grpc.health.timeout",
    "nacos.remote.client.grpc.server.check.timeout",
    "nacos.remote.client.grpc.channel.capability.negotiation.timeout",
};

/* Of pools of threads, which distrod has not, and what it has an option of its own for. */
static const char *const of_nacos[] = {
    "nacos.remote.server.grpc.cluster.max-inbound-message-size",
    "remote.executor.times.of.processors",
    "remote.executor.queue.size",
    "server.tomcat.threads.max",
    "server.tomcat.max-connections",
};

static bool is_among(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

bool real_setting_is_read(RealKind kind, const char *property)
{
    return is_among(of_all, G_N_ELEMENTS(of_all), property) ||
           (kind == REAL_KIND_DISTROD ? is_among(of_distrod, G_N_ELEMENTS(of_distrod), property)
                                      : is_among(of_nacos, G_N_ELEMENTS(of_nacos), property));
}

/* No server reads it: stories do, whose bounds must be wider where a JVM starts. */
static bool is_of_story(const GArray *sorts, const char *property)
{
    bool starts_jvm = false;
    for (guint i = 0; i < sorts->len; i++) {
        starts_jvm |= g_array_index(sorts, RealSort, i).kind != REAL_KIND_DISTROD;
    }
    return starts_jvm && strcmp(property, "distrosim.startTime") == 0;
}

static char *refusal(const GArray *sorts, RealKind kind, const char *property)
{
    if (real_setting_is_read(kind, property) || is_of_story(sorts, property)) {
        return NULL;
    }
    if (g_str_has_prefix(property, "distrosim.")) {
        return g_strdup_printf("the setting %s is the simulator's alone, and cannot be had on real "
                               "servers",
                               property);
    }
    return g_strdup_printf("the setting %s has no counterpart in %s", property,
                           kind == REAL_KIND_DISTROD ? "distrod" : "a server of Nacos 2.x or 3.x");
}

char *real_setting_refusal(const GArray *sorts, const char *property)
{
    char *refused = NULL;
    for (guint i = 0; i < sorts->len && refused == NULL; i++) {
        refused = refusal(sorts, g_array_index(sorts, RealSort, i).kind, property);
    }
    return refused;
}

static DistroConfig usual_config(const SimNode *node)
{
    const DistroProfile *profile = distro_profile_find(node->profile);
    return profile != NULL ? distro_profile_config(profile) : distro_config_default();
}

static bool is_changed(const SimNode *node, const DistroConfig *usual, const DistroSetting *setting)
{
    return distro_config_get(&node->config, setting) != distro_config_get(usual, setting);
}

static char *refusal_of_node(const GArray *sorts, RealKind kind, const SimNode *node)
{
    const DistroConfig usual = usual_config(node);
    char *refused = NULL;
    size_t count;
    const DistroSetting *settings = distro_config_settings(&count);
    for (size_t i = 0; i < count && refused == NULL; i++) {
        if (is_changed(node, &usual, &settings[i])) {
            refused = refusal(sorts, kind, settings[i].property);
        }
    }
    return refused;
}

char *real_setting_refusal_of_world(const GArray *sorts, const SimWorld *world)
{
    char *refused = NULL;
    for (guint i = 0; i < world->nodes->len && refused == NULL; i++) {
        const RealSort *sort = &g_array_index(sorts, RealSort, i % sorts->len);
        refused = refusal_of_node(sorts, sort->kind, sim_world_node(world, i));
    }
    return refused;
}

/* As Nacos writes it: durations in milliseconds. */
static char *value_text(const DistroSetting *setting, int64_t value)
{
    switch (setting->kind) {
    case DISTRO_SETTING_DURATION:
        return g_strdup_printf("%" G_GINT64_FORMAT, value / 1000);
    case DISTRO_SETTING_BOOL:
        return g_strdup(value != 0 ? "true" : "false");
    default:
        return g_strdup_printf("%" G_GINT64_FORMAT, value);
    }
}

void real_setting_add_words(const SimNode *node, GPtrArray *words, const char *form)
{
    const DistroConfig usual = usual_config(node);
    size_t count;
    const DistroSetting *settings = distro_config_settings(&count);
    for (size_t i = 0; i < count; i++) {
        if (is_changed(node, &usual, &settings[i]) &&
            !g_str_has_prefix(settings[i].property, "distrosim.")) {
            g_autofree char *text =
                value_text(&settings[i], distro_config_get(&node->config, &settings[i]));
            g_ptr_array_add(words, g_strdup_printf(form, settings[i].property, text));
        }
    }
}
