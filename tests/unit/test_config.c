/* tests/unit/test_config.c -- the table of settings: names, ranges, and values of Nacos. */
#include "core/config.h"

#include <glib.h>

#include "tests/support/check.h"

/* PROTOCOL.md 11.1, in Nacos's own units: milliseconds for durations. */
static const struct {
    const char *property;
    int64_t value;
} stock[] = {
    { "nacos.core.protocol.distro.data.sync.delayMs", 1000 },
    { "nacos.core.protocol.distro.data.sync.timeoutMs", 3000 },
    { "nacos.core.protocol.distro.data.sync.retryDelayMs", 3000 },
    { "nacos.core.protocol.distro.data.verify.intervalMs", 5000 },
    { "nacos.core.protocol.distro.data.verify.timeoutMs", 3000 },
    { "nacos.core.protocol.distro.data.load.retryDelayMs", 30000 },
    { "nacos.core.protocol.distro.data.load.timeoutMs", 30000 },
    { "nacos.naming.client.expired.time", 180000 },
    { "nacos.naming.data.warmup", 0 },
    { "nacos.naming.expireInstance", 1 },
    { "nacos.core.member.fail-access-cnt", 3 },
    { "nacos.remote.client.grpc.retry.times", 3 },
    { "nacos.remote.client.grpc.timeout", 3000 },
    { "nacos.remote.client.grpc.connect.keep.alive", 5000 },
    { "nacos.remote.client.grpc.health.retry", 3 },
    { "nacos.remote.client.grpc.health.timeout", 3000 },
    { "nacos.remote.client.grpc.server.check.timeout", 3000 },
    { "nacos.remote.client.grpc.channel.capability.negotiation.timeout", 5000 },
    { "nacos.remote.client.grpc.maxinbound.message.size", 10485760 },
    { "nacos.remote.server.grpc.cluster.max-inbound-message-size", 10485760 },
    { "distroEnabled", 1 },
    { "healthCheckEnabled", 1 },
    { "defaultPushCacheMillis", 10000 },
    { "clientBeatInterval", 5000 },
    { "preserved.heart.beat.timeout", 15000 },
    { "preserved.ip.delete.timeout", 30000 },
    { "distrosim.retryMayOverrideDelete", 1 },
    { "distrosim.acceptOlderRevision", 1 },
    { "distrosim.revisionOnHealthChange", 0 },
    { "distrosim.verifyRenewsOwner", 1 },
    { "distrosim.deleteFromNonOwner", 1 },
    { "distrosim.snapshotResetsLease", 1 },
    { "distrosim.timeoutCountsAsReportFailure", 0 },
    { "distrosim.reportResetsFailCount", 0 },
    { "distrosim.substringHasMember", 1 },
    { "distrosim.okOnRefusedData", 1 },
    { "distrosim.emptySnapshotIsSuccess", 1 },
    { "distrosim.unhealthyReportLoop", 1 },
    { "distrosim.generation", 2 },
    { "distrosim.verifyRevision", 1 },
    { "distrosim.storeRevisionOnApply", 1 },
    { "distrosim.revisionOnBatch", 1 },
    { "distrosim.detectDeadConnections", 1 },
    { "distrosim.probeTimeoutMs", 5000 },
    { "distrosim.changeEventLagMs", 0 },
    { "distrosim.reportOverHttp", 0 },
    { "distrosim.connectOnReport", 0 },
    { "distrosim.batchRegister", 1 },
    { "distrosim.ownerChecksBeats", 1 },
    { "distrosim.idleBeatingExpires", 1 },
    { "distrosim.tombstoneMs", 0 },
    { "distrosim.orderedRevisions", 0 },
    { "distrosim.syncRenewsLease", 0 },
    { "distrosim.verifyUnheard", 1 },
    { "distrosim.zeroRevisionMatches", 1 },
    { "distrosim.compareCluster", 0 },
    { "distrosim.skipIdentical", 0 },
    { "distrosim.deleteIfGone", 0 },
    { "distrosim.formerOwnerRetries", 1 },
    { "distrosim.refuseForwarded", 1 },
    { "distrosim.writeIfForwardFails", 0 },
    { "distrosim.loadFromAll", 0 },
    { "distrosim.limitSnapshot", 1 },
    { "distrosim.livedClock", 0 },
};

static void stock_settings_are_those_of_nacos(void)
{
    const DistroConfig config = distro_config_default();

    for (size_t i = 0; i < G_N_ELEMENTS(stock); i++) {
        const DistroSetting *setting = distro_config_find(stock[i].property);
        check_true(setting != NULL);
        if (setting == NULL) {
            printf("\n    %s", stock[i].property);
            continue;
        }
        const int64_t unit = setting->kind == DISTRO_SETTING_DURATION ? 1000 : 1;
        check_int(distro_config_get(&config, setting), ==, stock[i].value * unit);
    }
}

static void what_is_set_is_what_is_got_and_nothing_else_changes(void)
{
    size_t count;
    const DistroSetting *settings = distro_config_settings(&count);

    for (size_t i = 0; i < count; i++) {
        DistroConfig config = distro_config_default();
        const int64_t before = distro_config_get(&config, &settings[i]);
        const int64_t high = settings[i].kind == DISTRO_SETTING_PROTOCOL ? MIN(settings[i].high, 2)
                                                                         : settings[i].high;
        const int64_t value = before == settings[i].low ? high : settings[i].low;
        check_true(distro_config_set(&config, &settings[i], value));
        check_int(distro_config_get(&config, &settings[i]), ==, value);
        check_true(distro_config_set(&config, &settings[i], before));
        const DistroConfig again = distro_config_default();
        for (size_t j = 0; j < count; j++) {
            check_int(distro_config_get(&config, &settings[j]), ==,
                      distro_config_get(&again, &settings[j]));
        }
    }
}

static void values_outside_the_range_are_refused(void)
{
    size_t count;
    const DistroSetting *settings = distro_config_settings(&count);

    for (size_t i = 0; i < count; i++) {
        DistroConfig config = distro_config_default();
        const int64_t before = distro_config_get(&config, &settings[i]);
        check_true(!distro_config_set(&config, &settings[i], settings[i].low - 1));
        check_true(!distro_config_set(&config, &settings[i], settings[i].high + 1));
        check_int(distro_config_get(&config, &settings[i]), ==, before);
        check_true(before >= settings[i].low && before <= settings[i].high);
    }
}

static void every_setting_has_a_name_of_its_own_and_an_origin(void)
{
    size_t count;
    const DistroSetting *settings = distro_config_settings(&count);

    check_uint(count, >=, G_N_ELEMENTS(stock));
    for (size_t i = 0; i < count; i++) {
        check_true(distro_config_find(settings[i].property) == &settings[i]);
        check_true(settings[i].origin[0] != '\0');
        for (size_t j = 0; j < i; j++) {
            check_uint(settings[i].offset, !=, settings[j].offset);
        }
    }
    check_true(distro_config_find("nacos.unheard.of") == NULL);
}

int main(void)
{
    static const Test tests[] = {
        { "stock settings are those of Nacos", stock_settings_are_those_of_nacos },
        { "what is set is what is got, and nothing else changes",
          what_is_set_is_what_is_got_and_nothing_else_changes },
        { "values outside the range are refused", values_outside_the_range_are_refused },
        { "every setting has a name of its own and an origin",
          every_setting_has_a_name_of_its_own_and_an_origin },
        { 0 },
    };
    return run_tests("config", tests);
}
