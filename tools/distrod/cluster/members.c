/* tools/distrod/cluster/members.c -- members as Nacos writes them. */
#include "tools/distrod/cluster/members.h"

#include "tools/distrod/net/address.h"
#include "tools/distrod/wire/json.h"

#include <string.h>

enum {
    RAFT_PORT_OFFSET = 1000,
    MAX_NOTED_SIZE = 16 * 1024 /* of what a member says of itself */
};

/* What a member said of itself. */
typedef struct Noted {
    char *version;
    char *extend_info, *abilities; /* JSON objects */
    bool grpc_report;
} Noted;

struct RegMembers {
    RegHost *host;
    char *ip, *version;
    uint16_t port;
    int64_t started_ms;
    GHashTable *noted; /* address -> Noted */
};

static void free_noted(void *data)
{
    Noted *noted = data;
    g_free(noted->version);
    g_free(noted->extend_info);
    g_free(noted->abilities);
    g_free(noted);
}

RegMembers *reg_members_new(RegHost *host, const char *ip, uint16_t port, const char *version)
{
    RegMembers *members = g_new0(RegMembers, 1);
    members->host = host;
    members->ip = g_strdup(ip);
    members->port = port;
    members->version = g_strdup(version);
    members->started_ms = g_get_real_time() / 1000;
    members->noted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_noted);
    return members;
}

void reg_members_free(RegMembers *members)
{
    if (members == NULL) {
        return;
    }
    g_free(members->ip);
    g_free(members->version);
    g_hash_table_unref(members->noted);
    g_free(members);
}

bool reg_members_has(const RegMembers *members, const char *address)
{
    const DistroDictionary *dictionary = reg_host_dictionary(members->host);
    size_t count;
    const DistroMemberInfo *infos = distro_node_members(reg_host_node(members->host), &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(distro_dictionary_text(dictionary, infos[i].address), address) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- what others say of themselves ---- */

static char *object_text(const DistroJson *json, const DistroJsonValue *node, const char *key)
{
    const DistroJsonValue *object = reg_json_object(json, node, key);
    GString *text = g_string_new(NULL);
    if (object != NULL) {
        reg_json_put_value(text, json, object);
    }
    if (object == NULL || text->len > MAX_NOTED_SIZE) {
        g_string_assign(text, "{}");
    }
    return g_string_free(text, false);
}

void reg_members_note(RegMembers *members, const DistroJson *json, const DistroJsonValue *node)
{
    const char *address = reg_json_text(json, node, "address");
    if (address == NULL || !reg_members_has(members, address)) {
        return;
    }
    const char *version = reg_json_text(json, reg_json_object(json, node, "extendInfo"), "version");
    Noted *noted = g_new0(Noted, 1);
    noted->version = g_strdup(version != NULL ? version : "");
    noted->extend_info = object_text(json, node, "extendInfo");
    noted->abilities = object_text(json, node, "abilities");
    noted->grpc_report = reg_json_bool(json, node, "grpcReportEnabled", true);
    g_hash_table_replace(members->noted, g_strdup(address), noted);
}

/* ---- writing ---- */

const char *reg_member_state_text(DistroMemberState state)
{
    static const char *const texts[] = {
        [DISTRO_MEMBER_UP] = "UP",
        [DISTRO_MEMBER_SUSPICIOUS] = "SUSPICIOUS",
        [DISTRO_MEMBER_DOWN] = "DOWN",
    };
    return texts[state];
}

static void put_beginning(GString *json, const char *ip, uint16_t port, const char *state)
{
    reg_json_put_comma(json);
    g_string_append_c(json, '{');
    reg_json_put_text_of(json, "ip", ip);
    reg_json_put_number_of(json, "port", port);
    reg_json_put_text_of(json, "state", state);
}

/* What is compared when a report comes (MemberUtil#isBasicInfoChanged) must not change from one
 * report to the next: each change is an event for every listener of the peer's. */
static void put_own_extend_info(const RegMembers *members, GString *json)
{
    char raft_port[8];
    g_snprintf(raft_port, sizeof raft_port, "%d", members->port - RAFT_PORT_OFFSET);
    reg_json_put_key(json, "extendInfo");
    g_string_append_c(json, '{');
    reg_json_put_text_of(json, "adWeight", "0");
    reg_json_put_number_of(json, "lastRefreshTime", members->started_ms);
    reg_json_put_text_of(json, "raftPort", raft_port);
    reg_json_put_bool_of(json, "readyToUpgrade", true);
    reg_json_put_text_of(json, "site", "unknow"); /* so it is spelt there */
    reg_json_put_text_of(json, "version", members->version);
    reg_json_put_text_of(json, "weight", "1");
    g_string_append_c(json, '}');
}

static void put_own_abilities(GString *json)
{
    reg_json_put_key(json, "abilities");
    g_string_append(json, "{\"remoteAbility\":{\"supportRemoteConnection\":true,"
                          "\"grpcReportEnabled\":true},"
                          "\"configAbility\":{\"supportRemoteMetrics\":false},"
                          "\"namingAbility\":{\"supportJraft\":true}}");
}

static void put_end(GString *json, bool grpc_report)
{
    reg_json_put_bool_of(json, "grpcReportEnabled", grpc_report);
    reg_json_put_number_of(json, "failAccessCnt", 0);
    g_string_append_c(json, '}');
}

void reg_members_put_self(const RegMembers *members, GString *json)
{
    put_beginning(json, members->ip, members->port, "UP");
    put_own_extend_info(members, json);
    reg_json_put_text_of(
        json, "address",
        distro_dictionary_text(reg_host_dictionary(members->host), reg_host_self(members->host)));
    put_own_abilities(json);
    put_end(json, true);
}

void reg_members_put(const RegMembers *members, GString *json, const DistroMemberInfo *info)
{
    if (info->address == reg_host_self(members->host)) {
        reg_members_put_self(members, json);
        return;
    }
    const char *address = distro_dictionary_text(reg_host_dictionary(members->host), info->address);
    const Noted *noted = g_hash_table_lookup(members->noted, address);
    g_autofree char *host = NULL;
    uint16_t port = 0;
    reg_address_split(address, &host, &port);
    put_beginning(json, host, port, reg_member_state_text(info->state));
    reg_json_put_key(json, "extendInfo");
    g_string_append(json, noted != NULL ? noted->extend_info : "{}");
    reg_json_put_text_of(json, "address", address);
    reg_json_put_key(json, "abilities");
    g_string_append(json, noted != NULL ? noted->abilities : "{}");
    put_end(json, noted == NULL || noted->grpc_report);
}
