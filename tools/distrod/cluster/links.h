/* tools/distrod/cluster/links.h -- the calls that this server makes to its peers.
 *
 *      SEND, opens not, CONNECT   connect anew, ServerCheckRequest
 *      SEND, opens, CONNECT       ConnectionSetupRequest, and wait for the ack
 *      any other SEND             one unary call
 *      ROUND                      one VERIFY per client and peer, a few hundred at a time
 *      HANG_UP                    close
 *
 * Each call has one outcome: its answer, time running out, or the connection's end. A round of a
 * hundred thousand clients does not become as many calls at once: a peer is asked for the next when
 * it has answered one of those before.
 *
 * Source: com.alibaba.nacos.core.cluster.remote.ClusterRpcClientProxy, GrpcClient. */
#pragma once

#include "tools/distrod/base/log.h"
#include "tools/distrod/cluster/members.h"
#include "tools/distrod/cluster/names.h"
#include "tools/distrod/net/limits.h"
#include "tools/distrod/net/tls.h"
#include "tools/distrod/wire/payload.h"

/* The pair that servers of 3.x show each other; both NULL: none. */
typedef struct RegIdentity {
    const char *key, *value;
} RegIdentity;

typedef struct RegLinks RegLinks;

/* All borrowed. */
typedef struct RegLinksOptions {
    RegLoop *loop;
    RegLog *log;
    RegHost *host;
    RegMembers *members;
    RegNames *names;
    RegTls *tls;             /* (nullable) */
    const RegLimits *limits; /* of what a peer may answer */
    const RegAddress *local; /* (nullable) where calls come from */
    RegIdentity identity;
    const char *self_ip;
    const char *version; /* "2.5.1" */
} RegLinksOptions;

RegLinks *reg_links_new(const RegLinksOptions *options);
/* Closes all; turn the loop until reg_links_connections is 0, then free. */
void reg_links_close_all(RegLinks *links);
void reg_links_free(RegLinks *links);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegLinks, reg_links_free)

uint32_t reg_links_connections(const RegLinks *links);
/* Answers that could not be read. */
uint64_t reg_links_unreadable(const RegLinks *links);
/* Calls whose outcome is awaited. */
uint32_t reg_links_under_way(const RegLinks *links);
