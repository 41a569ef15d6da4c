/* tools/distrod/admin/members_api.h -- readiness, liveness and the member list over HTTP, as
 * people, probes and peers ask for them.
 *
 *      /nacos/v1|v2/console/health/readiness, /nacos/v3/admin/core/state/readiness   200, or 500
 *      .../liveness                                                                  200
 *      /nacos/v1/core/cluster/nodes, /nacos/v2/core/cluster/node/list,
 *      /nacos/v3/admin/core/cluster/node/list, .../self                              members
 *      POST /nacos/v1/core/cluster/report                                           a peer's report
 *
 * Only a peer's report is believed, and it changes no list: a reporter that is no member is
 * ignored. */
#pragma once

#include "tools/distrod/cluster/cluster.h"
#include "tools/distrod/http/http.h"

typedef struct RegMembersApi RegMembersApi;

/* All borrowed. */
RegMembersApi *reg_members_api_new(RegHost *host, RegMembers *members, RegCluster *cluster);
void reg_members_api_free(RegMembersApi *api);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegMembersApi, reg_members_api_free)
/* Answer at @http, too. */
void reg_members_api_serve(RegMembersApi *api, RegHttp *http);
/* The server is being stopped: it is not ready any more. */
void reg_members_api_stop(RegMembersApi *api);
