/* tools/distrod/cluster/cluster.h -- what peers ask of this server, at its cluster port.
 *
 *      DistroDataRequest, MemberReportRequest        the core's business
 *      HealthCheckRequest                            it is well
 *      ConfigChangeClusterSyncRequest                success: there is nothing to dump here, and a
 *                                                    sender that hears otherwise tries for minutes
 *      ServerLoaderInfoRequest, ServerReloadRequest  how many SDKs there are; move some elsewhere
 *
 * Who may ask: connections from the address of a member (or a network named in the options), and,
 * where an identity is configured, requests that show it. Any other is refused, and can
 * neither join the list nor change what is replicated.
 *
 * A connection does not say which member it is from. It is the one whose address it comes from, if
 * there is one such member, and else the one that it reports as. */
#pragma once

#include "tools/distrod/cluster/links.h"
#include "tools/distrod/remote/remote.h"

typedef struct RegCluster RegCluster;

/* What the SDKs' port can say and do for peers. */
typedef struct RegSdkLoad {
    uint32_t (*connections)(void *data);
    /* Move SDKs elsewhere until @keep are left; @redirect (nullable) is where to. */
    void (*reload)(void *data, uint32_t keep, const char *redirect);
    void *data;
} RegSdkLoad;

/* All borrowed. */
typedef struct RegClusterOptions {
    RegRemoteOptions remote;
    RegHost *host;
    RegMembers *members;
    RegNames *names;
    const RegNetwork *trusted; /* besides the members */
    size_t trusted_count;
    RegIdentity identity;
    RegSdkLoad sdk;
} RegClusterOptions;

RegCluster *reg_cluster_new(const RegClusterOptions *options);
void reg_cluster_free(RegCluster *cluster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegCluster, reg_cluster_free)
/* Its port: to listen, stop, close and count. */
RegRemote *reg_cluster_remote(RegCluster *cluster);
/* The value that @request shows for @key; NULL if none. */
typedef const char *(*RegShownIdentity)(const void *request, const char *key);
/* Is a @request from @peer one of a peer's: from where members are, and with the identity if one is
 * configured? */
bool reg_cluster_believes(const RegCluster *cluster, const RegAddress *peer, RegShownIdentity shown,
                          const void *request);
/* Requests that could not be read. */
uint64_t reg_cluster_unreadable(const RegCluster *cluster);
