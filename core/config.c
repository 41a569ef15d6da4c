/* core/config.c -- the table of settings. */
#include "core/config.h"

#include <string.h>

#include <glib.h>

#include "core/planted.h"

#define MS(n) ((int64_t)(n)*1000)
#define DAY_US ((int64_t)24 * 3600 * 1000000)

#define DURATION(property, field, low, origin)                                                     \
    {                                                                                              \
        property, DISTRO_SETTING_DURATION, offsetof(DistroConfig, field), low, DAY_US, origin      \
    }
#define NUMBER(property, field, low, high, origin)                                                 \
    {                                                                                              \
        property, DISTRO_SETTING_NUMBER, offsetof(DistroConfig, field), low, high, origin          \
    }
#define BOOLEAN(property, field, origin)                                                           \
    {                                                                                              \
        property, DISTRO_SETTING_BOOL, offsetof(DistroConfig, field), 0, 1, origin                 \
    }
#define RATIO(property, field, origin)                                                             \
    {                                                                                              \
        property, DISTRO_SETTING_RATIO, offsetof(DistroConfig, field), 0, 1000000, origin          \
    }
#define DATA "nacos.core.protocol.distro.data."
#define GRPC "nacos.remote.client.grpc."
#define NAMING "nacos.naming.distro."

static const DistroSetting settings[] = {
    { "distrosim.generation", DISTRO_SETTING_PROTOCOL, offsetof(DistroConfig, protocol), 1,
      INT32_MAX, "PROTOCOL.md 12.1" },
    DURATION(DATA "sync.delayMs", sync_delay_us, 0, "DistroConfig"),
    DURATION(DATA "sync.timeoutMs", sync_timeout_us, MS(1), "DistroConfig"),
    DURATION(DATA "sync.retryDelayMs", sync_retry_delay_us, 0, "DistroConfig"),
    DURATION(DATA "verify.intervalMs", verify_interval_us, MS(1), "DistroConfig"),
    DURATION(DATA "verify.timeoutMs", verify_timeout_us, MS(1), "DistroConfig"),
    DURATION(DATA "load.retryDelayMs", load_retry_delay_us, MS(1), "DistroConfig"),
    DURATION(DATA "load.timeoutMs", load_timeout_us, MS(1), "DistroConfig, since 2.1.1"),
    DURATION(NAMING "taskDispatchPeriod", dispatch_period_us, 0, "GlobalConfig, 1.x"),
    NUMBER(NAMING "batchSyncKeyCount", batch_key_count, 1, 1000000, "GlobalConfig, 1.x"),
    DURATION(NAMING "syncRetryDelay", naming_retry_delay_us, 0, "GlobalConfig, 1.x"),
    DURATION(NAMING "loadDataRetryDelayMillis", naming_load_retry_delay_us, MS(1),
             "GlobalConfig, 1.x"),
    DURATION("nacos.naming.client.expired.time", client_expired_us, MS(1), "ClientConfig"),
    BOOLEAN("nacos.naming.data.warmup", warmup, "ServerStatusManager"),
    BOOLEAN("nacos.naming.expireInstance", expire_instance, "ExpiredInstanceChecker"),
    NUMBER("nacos.core.member.fail-access-cnt", fail_access_count, 0, 1000000, "MemberUtil#onFail"),
    NUMBER("nacos.common.processors", processors, 1, 1024, "ThreadUtils#getSuitableThreadCount"),
    NUMBER(GRPC "retry.times", rpc_retry_count, 0, 100, "DefaultGrpcClientConfig"),
    DURATION(GRPC "timeout", rpc_timeout_us, MS(1), "DefaultGrpcClientConfig"),
    DURATION(GRPC "connect.keep.alive", rpc_keep_alive_us, MS(1), "DefaultGrpcClientConfig"),
    NUMBER(GRPC "health.retry", rpc_health_retry_count, 0, 100, "DefaultGrpcClientConfig"),
    DURATION(GRPC "health.timeout", rpc_health_timeout_us, MS(1), "DefaultGrpcClientConfig"),
    DURATION(GRPC "server.check.timeout", rpc_server_check_timeout_us, MS(1),
             "DefaultGrpcClientConfig"),
    DURATION(GRPC "channel.capability.negotiation.timeout", rpc_negotiation_timeout_us, MS(1),
             "DefaultGrpcClientConfig"),
    NUMBER(GRPC "maxinbound.message.size", max_message_bytes, 1, (int64_t)1 << 40,
           "DefaultGrpcClientConfig"),
    NUMBER("nacos.remote.server.grpc.cluster.max-inbound-message-size", max_request_bytes, 1,
           (int64_t)1 << 40, "GrpcClusterServer"),
    NUMBER("remote.executor.times.of.processors", executor_threads, 1, 1024, "RemoteUtils"),
    NUMBER("remote.executor.queue.size", executor_queue, 1, 1 << 24, "RemoteUtils"),
    NUMBER("server.tomcat.threads.max", http_threads, 1, 100000, "Spring Boot's Tomcat"),
    NUMBER("server.tomcat.max-connections", http_connections, 1, 1 << 24, "Spring Boot's Tomcat"),
    DURATION("distrosim.requestCost", request_cost_us, 0, "of a gRPC thread; 0: not counted"),
    DURATION("distrosim.startTime", start_us, 0,
             "GrpcRequestAcceptor answers 300 until the application context is up; the load begins "
             "at 0.8 of it (DistroLoadDataTask#load), reports 5 s after it "
             "(ServerMemberManager#onApplicationEvent)"),
    NUMBER("distrosim.newestOpenApi", newest_open_api, 1, 3, "/v3/client/ns, since 3.0"),
    DURATION("distrosim.httpCost", http_cost_us, 0, "of an HTTP thread; 0: not counted"),
    DURATION("distrosim.timerLateness", timer_late_us, 0,
             "ScheduledThreadPoolExecutor#scheduleWithFixedDelay: work and wake-up lengthen it"),
    DURATION("distrosim.beatWork", beat_work_us, 0,
             "BeatReactor.BeatTask#run: the next one is scheduled after the answer was read"),
    DURATION("distrosim.firstResend", first_resend_us, 0,
             "TCP's tail loss probe, as seen on the wire; beside the round trip"),
    DURATION("distrosim.resendTimeout", resend_timeout_us, MS(1),
             "TCP_RTO_MIN beside the round trip, doubling, at most 120 s"),
    DURATION("distrosim.resendTimeoutSpread", resend_spread_us, 0,
             "what the variance of round trips adds to it, drawn for each loss"),
    DURATION("distrosim.poolDelay", pool_delay_us, 0,
             "gRPC's pool of handlers, by how much at most: of 40 neighbours it swapped 9"),
    RATIO("distrosim.lateCallApplied", late_call_applied_ppm,
          "GrpcConnection#asyncRequest, Futures.withTimeout: RST_STREAM arrives with the request"),
    BOOLEAN("distroEnabled", distro_enabled, "SwitchDomain"),
    BOOLEAN("healthCheckEnabled", health_check_enabled, "SwitchDomain"),
    DURATION("defaultPushCacheMillis", push_cache_us, 0, "SwitchDomain"),
    DURATION("nacos.naming.push.pushTaskDelay", push_delay_us, 0, "PushConfig"),
    DURATION(
        "distrosim.datagramLease", datagram_lease_us, 0,
        "beside defaultPushCacheMillis: of a subscriber's client, EphemeralIpPortClientManager"),
    DURATION("clientBeatInterval", beat_interval_us, MS(1), "SwitchDomain"),
    DURATION("preserved.heart.beat.timeout", beat_timeout_us, MS(1), "Constants"),
    DURATION("preserved.ip.delete.timeout", delete_timeout_us, MS(1), "Constants"),
    BOOLEAN("distrosim.retryMayOverrideDelete", retry_may_override_delete,
            "DistroClientTaskFailedHandler, PROTOCOL.md 9.6.1"),
    BOOLEAN("distrosim.acceptOlderRevision", accept_older_revision,
            "DistroClientDataProcessor#upgradeClient, 5.2"),
    BOOLEAN("distrosim.revisionOnHealthChange", revision_on_health_change,
            "ClientBeatProcessorV2, UnhealthyInstanceChecker, 1.6"),
    BOOLEAN("distrosim.verifyRenewsOwner", verify_renews_owner, "ClientBeatUpdateTask, 9.7"),
    BOOLEAN("distrosim.deleteFromNonOwner", delete_from_non_owner,
            "DistroClientDataProcessor#processData, 5.3"),
    BOOLEAN("distrosim.snapshotResetsLease", snapshot_resets_lease, "DistroLoadDataTask, 9.3"),
    BOOLEAN("distrosim.timeoutCountsAsReportFailure", timeout_counts_as_report_failure,
            "ServerMemberManager#reportByGrpc, 3.2"),
    BOOLEAN("distrosim.reportResetsFailCount", report_resets_fail_count, "MemberUtil#copy, 3.2"),
    BOOLEAN("distrosim.substringHasMember", substring_has_member,
            "ServerMemberManager#hasMember, 3.1"),
    BOOLEAN("distrosim.okOnRefusedData", ok_on_refused_data, "DistroDataRequestHandler, 5.1"),
    BOOLEAN("distrosim.emptySnapshotIsSuccess", empty_snapshot_is_success, "DistroLoadDataTask, 7"),
    BOOLEAN("distrosim.unhealthyReportLoop", unhealthy_report_loop,
            "UnhealthyMemberInfoReportTask, since 2.3.0"),
    BOOLEAN("distrosim.queryCache", query_cache,
            "ServiceStorage#getData, renewed by PushExecuteTask#generatePushData alone"),
    BOOLEAN("distrosim.pushOnSubscribe", push_on_subscribe,
            "NamingSubscriberServiceV2Impl#onEvent"),
    BOOLEAN("distrosim.removalReachesServices", removal_reaches_services,
            "Service#onDelete, 1.x since 1.4.2"),
    BOOLEAN("distrosim.readyNeedsLeader", ready_needs_leader,
            "ServerStatusManager of 2.0.0; only with Raft beside the servers"),
    BOOLEAN("distrosim.verifyRevision", verify_revision,
            "DistroClientDataProcessor#getVerifyData, ConnectionBasedClientManager#verifyClient"),
    BOOLEAN("distrosim.storeRevisionOnApply", store_revision_on_apply,
            "DistroClientDataProcessor#upgradeClient, 5.2"),
    BOOLEAN("distrosim.revisionOnBatch", revision_on_batch,
            "EphemeralClientOperationServiceImpl#batchRegisterInstance, 1.6"),
    BOOLEAN("distrosim.instanceIds", instance_ids,
            "InstanceRequestHandler#handle, since 2.3.0: customInstanceId"),
    BOOLEAN("distrosim.detectDeadConnections", detect_dead_connections,
            "NacosRuntimeConnectionEjector, 8.1"),
    BOOLEAN("distrosim.forwardHoldsThread", forward_holds_thread,
            "DistroFilter, 2.4; nacos#10158, taken back, did not"),
    BOOLEAN("distrosim.failFastOnDeadLink", fail_fast_on_dead_link,
            "DistroClientTransportAgent, since 2.1.1; before, RpcClient#asyncRequest, nacos#8099"),
    DURATION("distrosim.probeTimeoutMs", probe_timeout_us, MS(1),
             "NacosRuntimeConnectionEjector#doEject, 8.1"),
    DURATION("distrosim.changeEventLagMs", change_lag_us, 0,
             "NamingEventPublisher, one queue for all ClientEvents, 4.1"),
    BOOLEAN("distrosim.reportOverHttp", report_over_http, "ServerMemberManager#reportByHttp, 3.2"),
    BOOLEAN("distrosim.connectOnReport", connect_on_report, "ClusterRpcClientProxy#refresh, 3.4"),
    BOOLEAN("distrosim.batchRegister", batch_register, "BatchInstanceRequestHandler, since 2.1.1"),
    BOOLEAN("distrosim.ownerChecksBeats", owner_checks_beats,
            "InstanceBeatCheckResponsibleInterceptor, 8.2"),
    BOOLEAN("distrosim.idleBeatingExpires", idle_beating_expires,
            "EphemeralIpPortClientManager.ExpiredClientCleaner, 8.3"),
    DURATION("distrosim.tombstoneMs", tombstone_us, 0,
             "ConnectionBasedClientManager#clientDisconnected keeps none, 5.3"),
    BOOLEAN("distrosim.orderedRevisions", ordered_revisions, "DistroUtils#hash, 1.6"),
    BOOLEAN("distrosim.syncRenewsLease", sync_renews_lease,
            "ConnectionBasedClient#setLastRenewTime, called by verifyClient alone, 6.5"),
    BOOLEAN("distrosim.verifyUnheard", verify_unheard,
            "DistroClientDataProcessor#getVerifyData, 9.7"),
    BOOLEAN("distrosim.zeroRevisionMatches", zero_revision_matches,
            "ConnectionBasedClientManager#verifyClient, 6.3"),
    BOOLEAN("distrosim.compareCluster", compare_cluster, "InstancePublishInfo#equals, 1.4"),
    BOOLEAN("distrosim.skipIdentical", skip_identical, "AbstractClient#addServiceInstance, 4.1"),
    BOOLEAN("distrosim.deleteIfGone", delete_if_gone, "DistroSyncChangeTask, 4.3"),
    BOOLEAN("distrosim.formerOwnerRetries", former_owner_retries, "DistroSyncChangeTask, 4.3"),
    BOOLEAN("distrosim.refuseForwarded", refuse_forwarded, "DistroFilter, 2.4"),
    BOOLEAN("distrosim.filterCoversOpenApi", filter_covers_open_api,
            "NamingConfig#distroFilterRegistration, /v1/ns/* (nacos#14992)"),
    BOOLEAN("distrosim.writeIfForwardFails", write_if_forward_fails, "DistroFilter, 2.4"),
    BOOLEAN("distrosim.loadFromAll", load_from_all, "DistroLoadDataTask, 7"),
    BOOLEAN("distrosim.limitSnapshot", limit_snapshot, "DefaultGrpcClientConfig, 7"),
    BOOLEAN("distrosim.livedClock", lived_clock, "System#currentTimeMillis, 0.2"),
};

/* The list is in order of generations. */
static const DistroProtocol *newest_protocol(void)
{
    return distro_protocols[distro_protocol_count - 1];
}

/* A bug that a release had is a switch, so planting it turns the switch. */
DistroConfig distro_config_default(void)
{
    return (DistroConfig) {
        .protocol = newest_protocol(),
        .sync_delay_us = MS(1000),
        .sync_timeout_us = MS(3000),
        .sync_retry_delay_us = MS(3000),
        .verify_interval_us = MS(5000),
        .verify_timeout_us = MS(3000),
        .load_retry_delay_us = MS(30000),
        .load_timeout_us = MS(30000),
        .dispatch_period_us = MS(2000),
        .batch_key_count = 1000,
        .naming_retry_delay_us = MS(5000),
        .naming_load_retry_delay_us = MS(30000),
        .client_expired_us = MS(180000),
        .probe_timeout_us = MS(5000),
        .change_lag_us = 0,
        .push_cache_us = MS(10000),
        .push_delay_us = MS(500),
        .datagram_lease_us = MS(30000),
        .beat_interval_us = MS(5000),
        .beat_timeout_us = MS(15000),
        .delete_timeout_us = MS(30000),
        .warmup = false,
        .expire_instance = true,
        .distro_enabled = true,
        .health_check_enabled = true,
        .fail_access_count = 3,
        .processors = 4,
        .rpc_retry_count = 3,
        .rpc_timeout_us = MS(3000),
        .rpc_keep_alive_us = MS(5000),
        .rpc_health_retry_count = 3,
        .rpc_health_timeout_us = MS(3000),
        .rpc_server_check_timeout_us = MS(3000),
        .rpc_negotiation_timeout_us = MS(5000),
        .max_message_bytes = 10485760,
        .max_request_bytes = 10485760,
        .standalone = false,
        .retry_may_override_delete = true,
        .accept_older_revision = true,
        .revision_on_health_change = false,
        .verify_renews_owner = true,
        .delete_from_non_owner = true,
        .snapshot_resets_lease = true,
        .timeout_counts_as_report_failure = false,
        .report_resets_fail_count = false,
        .substring_has_member = true,
        .ok_on_refused_data = true,
        .empty_snapshot_is_success = true,
        .executor_threads = 16,
        .executor_queue = 16384,
        .http_threads = 200,
        .http_connections = 8192,
        .request_cost_us = 0,
        .newest_open_api = 3,
        .start_us = 0,
        .http_cost_us = 0,
        .timer_late_us = MS(2),
        .beat_work_us = MS(7),
        .lateness_seed = 0,
        .first_resend_us = MS(260),
        .resend_timeout_us = MS(200),
        .resend_spread_us = MS(170),
        .pool_delay_us = MS(5),
        .late_call_applied_ppm = 120000,
        .unhealthy_report_loop = true,
        .query_cache = true,
        .push_on_subscribe = true,
        .removal_reaches_services = true,
        .verify_revision = !DISTRO_PLANTED(VERIFY_EXISTENCE_ONLY),
        .store_revision_on_apply = !DISTRO_PLANTED(REVISION_NOT_STORED),
        .revision_on_batch = !DISTRO_PLANTED(BATCH_KEEPS_REVISION),
        .instance_ids = true,
        .detect_dead_connections = !DISTRO_PLANTED(NO_EJECTOR),
        .forward_holds_thread = true,
        .fail_fast_on_dead_link = true,
        .report_over_http = false,
        .connect_on_report = false,
        .batch_register = true,
        .owner_checks_beats = !DISTRO_PLANTED(BEAT_CHECK_ANYWHERE),
        .idle_beating_expires = true,
        .tombstone_us = 0,
        .ordered_revisions = false,
        .sync_renews_lease = false,
        .verify_unheard = true,
        .zero_revision_matches = true,
        .compare_cluster = false,
        .skip_identical = false,
        .delete_if_gone = false,
        .former_owner_retries = true,
        .refuse_forwarded = true,
        .filter_covers_open_api = false,
        .write_if_forward_fails = false,
        .load_from_all = false,
        .limit_snapshot = true,
        .lived_clock = false,
    };
}

const DistroSetting *distro_config_settings(size_t *count)
{
    *count = G_N_ELEMENTS(settings);
    return settings;
}

const DistroSetting *distro_config_find(const char *property)
{
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        if (strcmp(settings[i].property, property) == 0) {
            return &settings[i];
        }
    }
    return NULL;
}

int64_t distro_config_get(const DistroConfig *config, const DistroSetting *setting)
{
    const char *field = (const char *)config + setting->offset;
    if (setting->kind == DISTRO_SETTING_BOOL) {
        return *(const bool *)field;
    }
    if (setting->kind == DISTRO_SETTING_PROTOCOL) {
        return config->protocol->generation;
    }
    int64_t value;
    memcpy(&value, field, sizeof value);
    return value;
}

bool distro_setting_allows(const DistroSetting *setting, int64_t value)
{
    if (setting->kind == DISTRO_SETTING_PROTOCOL) {
        return distro_protocol_find(value) != NULL;
    }
    return value >= setting->low && value <= setting->high;
}

bool distro_config_set(DistroConfig *config, const DistroSetting *setting, int64_t value)
{
    if (!distro_setting_allows(setting, value)) {
        return false;
    }
    char *field = (char *)config + setting->offset;
    if (setting->kind == DISTRO_SETTING_BOOL) {
        *(bool *)field = value != 0;
    } else if (setting->kind == DISTRO_SETTING_PROTOCOL) {
        config->protocol = distro_protocol_find(value);
    } else {
        memcpy(field, &value, sizeof value);
    }
    return true;
}
