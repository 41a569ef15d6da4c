/* core/profile.c -- what each release of Nacos does otherwise than the next one.
 *
 * Read from the sources at the release tags. Where PROTOCOL.md 12 and the sources disagree, the
 * sources are right, and the row says what they have. */
#include "core/profile.h"

#include <string.h>

#include <glib.h>

#define MS(n) ((int64_t)(n)*1000)
#define DATA "nacos.core.protocol.distro.data."

/* Until 2.2.0 there are two sources of configuration, of which the older wins. */
#define OLD_NAME(name)                                                                             \
    "GlobalConfig#overrideDistroConfiguration puts nacos.naming.distro." name " over it until "    \
    "2.2.0"
#define NOT_READ                                                                                   \
    "DistroConfig's field initialisers run after the constructor has read it, until 2.1.0 (#9379)"

#define NO_GRPC "1.x has no gRPC, and HTTP no such bound"
#define ANY_SIZE ((int64_t)1 << 40)

/* Its own names of the delays win over DistroConfig's, as above, so they are the ones to set. */
static const DistroOverride nacos_1_4[] = {
    { "distrosim.generation", 1, "DistroConsistencyServiceImpl: by service, over HTTP", true },
    { "nacos.remote.client.grpc.maxinbound.message.size", ANY_SIZE, NO_GRPC, true },
    { "nacos.remote.server.grpc.cluster.max-inbound-message-size", ANY_SIZE, NO_GRPC, true },
    { "nacos.naming.push.pushTaskDelay", MS(1000), "a constant, PushService#onApplicationEvent",
      true },
    { "distrosim.datagramLease", 0, "only defaultPushCacheMillis, PushService.PushClient#zombie",
      true },
    { "distrosim.queryCache", false, "InstanceController#doSrvIpxt reads Service#srvIPs", true },
    { "distrosim.pushOnSubscribe", false, "PushService#addClient only remembers who asked", true },
};

static const DistroOverride nacos_2_0_0[] = {
    { "distrosim.readyNeedsLeader", true,
      "ServerStatusManager, by PersistentServiceProcessor#isAvailable: UP with a leader only, "
      "until "
      "2.0.1 (#5272)",
      false },
    { "distrosim.ownerChecksBeats", false,
      "no responsible interceptor guards InstanceBeatCheckTask until 2.0.1 (#5169)", false },
    { "distrosim.idleBeatingExpires", false,
      "EphemeralIpPortClientManager#isExpireClient drops only who publishes nothing, until 2.0.3",
      false },
    { "distrosim.changeEventLagMs", MS(20),
      "a queue and a thread for each kind of event, in no common order, until 2.0.2 (#5918); how "
      "far "
      "one is behind is an assumption",
      false },
    { DATA "sync.timeoutMs", MS(3000), "a constant, DistroRpcCallbackWrapper#getTimeout", true },
    { DATA "verify.intervalMs", MS(5000), "DistroConfig reads verify_interval_ms until 2.0.1",
      true },
    { DATA "verify.timeoutMs", MS(3000), "a constant, DistroVerifyCallbackWrapper#getTimeout",
      true },
    { "nacos.naming.client.expired.time", MS(30000),
      "Constants.DEFAULT_IP_DELETE_TIMEOUT, ConnectionBasedClientManager#isExpireClient", true },
};

static const DistroOverride nacos_2_0_3[] = {
    { DATA "sync.timeoutMs", MS(3000), NOT_READ, true },
    { DATA "verify.intervalMs", MS(5000), NOT_READ, true },
    { DATA "verify.timeoutMs", MS(3000), NOT_READ, true },
    { DATA "load.timeoutMs", MS(3000), "a request's own time-out until 2.1.1 (#8594)", true },
    { "distrosim.failFastOnDeadLink", false,
      "DistroClientTransportAgent#syncData and #syncVerifyData look neither at the member's state "
      "nor at its connection until 2.1.1 (#8099, #8693)",
      false },
    { "distrosim.batchRegister", false, "BatchInstanceRequestHandler comes with 2.1.1", false },
    { "distrosim.verifyRevision", false,
      "DistroClientDataProcessor#getVerifyData sends revision 0, ConnectionBasedClientManager"
      "#verifyClient compares none, until 2.1.2 (#9214, #9239)",
      false },
};

static const DistroOverride nacos_2_1_2[] = {
    { "distrosim.newestOpenApi", 1, "/v1/ns/instance; /v2/ns comes with 2.2.0", true },
    { DATA "sync.delayMs", MS(2000), OLD_NAME("taskDispatchPeriod"), true },
    { DATA "sync.retryDelayMs", MS(5000), OLD_NAME("syncRetryDelay"), true },
    { DATA "load.retryDelayMs", MS(60000), OLD_NAME("loadDataRetryDelayMillis"), true },
    { "distrosim.reportOverHttp", true,
      "MemberInfoReportTask posts to /v1/core/cluster/report until 2.2.1, and waits for no answer",
      false },
    { "distrosim.connectOnReport", true,
      "ClusterRpcClientProxy#refresh connects to members known to support it, which their reports "
      "tell, until 2.2.1 (#9837)",
      false },
    { "distrosim.probeTimeoutMs", MS(1000),
      "ConnectionManager#start, a constant of the callback until 2.2.0", false },
    { "distrosim.detectDeadConnections", true,
      "ConnectionManager#start probes idle connections; lost in 2.2.0, when control became a "
      "plug-in",
      false },
};

static const DistroOverride nacos_2_3[] = {
    { "distrosim.newestOpenApi", 2, "/v2/ns/instance; /v3/client/ns comes with 3.0", true },
};

static const DistroOverride nacos_2_2_1[] = {
    { "distrosim.storeRevisionOnApply", false,
      "DistroClientDataProcessor#processBatchInstanceDistroData alone calls setRevision, and only "
      "with a batch to apply, until 2.3.0 (#10056, #10693)",
      false },
    { "distrosim.revisionOnBatch", false,
      "EphemeralClientOperationServiceImpl#batchRegisterInstance does not recalculate it until "
      "2.3.0 (#11192)",
      false },
    { "distrosim.instanceIds", false,
      "InstanceRequestHandler#handle gives no instance an id until 2.3.0", false },
    { "distrosim.unhealthyReportLoop", false, "UnhealthyMemberInfoReportTask comes with 2.3.0",
      false },
    { "distrosim.detectDeadConnections", false,
      "NacosRuntimeConnectionEjector does not look for idle connections until 2.3.0 (#10509)",
      false },
};

/* Each row a flaw of Nacos, and what a node does instead. */
static const DistroOverride hardened[] = {
    { "distrosim.tombstoneMs", MS(190000),
      "a push or snapshot that comes late must not bring back who has gone: remembered for longer "
      "than any lease (9.6.3, 9.6.4)",
      false },
    { "distrosim.orderedRevisions", true,
      "a heartbeat client's revision, a hash, cannot tell older from newer; a count of its own "
      "deeds "
      "and of verdicts on it can (1.6, 9.8)",
      false },
    { "distrosim.acceptOlderRevision", false,
      "a revision only grows, so a lower one has been overtaken (5.2)", false },
    { "distrosim.retryMayOverrideDelete", false,
      "the retry of an older push says nothing about a client that has gone since (9.6.1)", false },
    { "distrosim.deleteIfGone", true,
      "a change whose client has gone meanwhile: its end is what is to be told (9.6.2)", false },
    { "distrosim.formerOwnerRetries", false,
      "who lost a client to another owner has nothing to say of it any more (9.6.7)", false },
    { "distrosim.deleteFromNonOwner", false,
      "nobody but the owner can know that its client is gone (5.3)", false },
    { "distrosim.revisionOnHealthChange", true,
      "what changes the content changes the revision, or VERIFY cannot see it (1.6)", false },
    { "distrosim.zeroRevisionMatches", false,
      "a client that never published has revision 0, and its copy may differ (6.3)", false },
    { "distrosim.compareCluster", true,
      "a change of cluster is a change, or it is never taken over (1.4)", false },
    { "distrosim.skipIdentical", true, "what is as it was need not be told (#15794)", false },
    { "distrosim.syncRenewsLease", true,
      "an owner that sends a client's state knows it alive (#12299)", false },
    { "distrosim.verifyUnheard", false,
      "a VERIFY counts as a beat, so it must come from one; two owners must not keep a dead client "
      "alive (9.7)",
      false },
    { "distrosim.snapshotResetsLease", false,
      "a restart is no sign of life of another node's client: it goes on with the lease that it "
      "has "
      "(9.3)",
      false },
    { "distrosim.loadFromAll", true,
      "a peer may not have loaded itself; what all have together is the most there is (#8436)",
      false },
    { "distrosim.emptySnapshotIsSuccess", false,
      "a peer that holds nothing may not have loaded itself: ask the next one (7)", false },
    { "distrosim.limitSnapshot", false, "in pieces a snapshot may be of any size (#12314)", false },
    { "distrosim.okOnRefusedData", false, "what was refused has not arrived (5.1)", false },
    { "distrosim.refuseForwarded", false,
      "while nodes disagree about owners, a beat is worth more than the rule (#9184)", false },
    { "distrosim.filterCoversOpenApi", true,
      "an instance has one owner, whichever path its client takes (#14992)", false },
    { "distrosim.writeIfForwardFails", true,
      "an owner that does not answer must not cost its clients their beats (#6967)", false },
    { "distrosim.livedClock", true,
      "a process that stood still, or whose clock was set, has not waited in vain (#8090)", false },
    { "distrosim.timeoutCountsAsReportFailure", true,
      "a member that does not answer has failed to answer (3.2)", false },
    { "distrosim.reportResetsFailCount", true,
      "failures are counted in a row, and a report received ends the row (3.2)", false },
    { "distrosim.substringHasMember", false,
      "10.0.0.1:8848 is no member because 110.0.0.1:8848 is (3.1)", false },
};

#define OVERRIDES(rows) rows, G_N_ELEMENTS(rows)
#define NO_OVERRIDES NULL, 0

static const DistroProfile profiles[] = {
    { "nacos-1.4", "Nacos 1.4.8: Distro by service, over HTTP, with pull repair", "nacos-2.0.0",
      OVERRIDES(nacos_1_4) },
    { "nacos-2.0.0", "Nacos 2.0.0: the first client-based Distro", "nacos-2.0.3",
      OVERRIDES(nacos_2_0_0) },
    { "nacos-2.0.3", "Nacos 2.0.3 and 2.0.4: leases of three minutes", "nacos-2.1.2",
      OVERRIDES(nacos_2_0_3) },
    { "nacos-2.1.2", "Nacos 2.1.2: VERIFY compares revisions", "nacos-2.2.1",
      OVERRIDES(nacos_2_1_2) },
    { "nacos-2.2.1", "Nacos 2.2.1 to 2.2.4: members report over gRPC", "nacos-2.3",
      OVERRIDES(nacos_2_2_1) },
    { "nacos-2.3", "Nacos 2.3.0 to 2.5.1: replicas store the revision they are sent", "nacos-3.0",
      OVERRIDES(nacos_2_3) },
    { "nacos-3.0", "Nacos 3.x: the protocol of 2.5.1 unchanged (PROTOCOL.md 12.3)", NULL,
      NO_OVERRIDES },
    { "hardened", "Nacos 3.x with every known flaw corrected, each by a switch", "nacos-3.0",
      OVERRIDES(hardened) },
};

const DistroProfile *distro_profiles(size_t *count)
{
    *count = G_N_ELEMENTS(profiles);
    return profiles;
}

const DistroProfile *distro_profile_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(profiles); i++) {
        if (strcmp(profiles[i].name, name) == 0) {
            return &profiles[i];
        }
    }
    return NULL;
}

const DistroOverride *distro_profile_override(const DistroProfile *profile,
                                              const DistroSetting *setting,
                                              const DistroProfile **from)
{
    for (; profile != NULL; profile = distro_profile_find(profile->parent)) {
        for (size_t i = 0; i < profile->count; i++) {
            if (strcmp(profile->overrides[i].property, setting->property) != 0) {
                continue;
            }
            if (from != NULL) {
                *from = profile;
            }
            return &profile->overrides[i];
        }
    }
    return NULL;
}

DistroConfig distro_profile_config(const DistroProfile *profile)
{
    DistroConfig config = distro_config_default();
    size_t count;
    const DistroSetting *settings = distro_config_settings(&count);
    for (size_t i = 0; i < count; i++) {
        const DistroOverride *override = distro_profile_override(profile, &settings[i], NULL);
        if (override != NULL) {
            const bool good = distro_config_set(&config, &settings[i], override->value);
            g_assert(good);
        }
    }
    return config;
}

bool distro_profile_reads(const DistroProfile *profile, const DistroSetting *setting)
{
    const DistroOverride *override = distro_profile_override(profile, setting, NULL);
    return override == NULL || !override->fixed;
}
