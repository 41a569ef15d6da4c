/* tools/distrod/cluster/members.h -- members as Nacos writes them: the list of the configuration,
 * what each says of itself, and the state that the node sees it in.
 *
 *      {"ip":..,"port":..,"state":"UP","extendInfo":{"version":"2.5.1",..},"address":..,
 *       "abilities":{..},"grpcReportEnabled":true,"failAccessCnt":0}
 *
 * Source: com.alibaba.nacos.core.cluster.Member, MemberReportHandler. */
#pragma once

#include "core/json/read/parse.h"
#include "tools/distrod/host/host.h"

typedef struct RegMembers RegMembers;

/* @host is borrowed; @ip and @port are this server's own, and @version is what it claims to be:
 * peers treat each other by it (2.x or 3.x). */
RegMembers *reg_members_new(RegHost *host, const char *ip, uint16_t port, const char *version);
void reg_members_free(RegMembers *members);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegMembers, reg_members_free)

/* @node, an object, is how a member describes itself: kept if it is a member. */
void reg_members_note(RegMembers *members, const DistroJson *json, const DistroJsonValue *node);
/* Is @address, "host:port", of the list? */
bool reg_members_has(const RegMembers *members, const char *address);
void reg_members_put_self(const RegMembers *members, GString *json);
/* One of distro_node_members. */
void reg_members_put(const RegMembers *members, GString *json, const DistroMemberInfo *info);
const char *reg_member_state_text(DistroMemberState state);
