/* tools/distrod/host/record.c -- what the node does, in the lines that a Nacos server logs. */
#include "tools/distrod/host/record.h"

#include "core/v2/text.h"

#include <string.h>

struct RegRecord {
    RegHost *host;
    RegLog *log;
    char *healthy;         /* the list as it was logged last */
    int64_t load_asked_us; /* of the snapshot under way */
};

static const char *name_of(const RegRecord *record, DistroName name)
{
    return distro_dictionary_text(reg_host_dictionary(record->host), name);
}

static const char *id_of(const RegRecord *record, DistroClient client)
{
    return distro_dictionary_client_info(reg_host_dictionary(record->host), client)->id;
}

/* ---- pushes ---- */

static void log_key(const RegRecord *record, RegLogLevel level, const char *before,
                    const DistroEffect *effect, const char *after)
{
    reg_log(record->log, REG_LOG_PROTOCOL_DISTRO, level,
            "%sDistroKey{resourceKey='%s', resourceType='" DISTRO_RESOURCE_TYPE
            "', targetServer='%s'}%s",
            before, id_of(record, effect->event.client), name_of(record, effect->event.peer),
            after);
}

static void log_sync_sent(const RegRecord *record, const DistroEffect *effect)
{
    log_key(record, REG_INFO,
            effect->event.value == DISTRO_OP_DELETE ? "[DISTRO-START] DistroSyncDeleteTask for "
                                                    : "[DISTRO-START] DistroSyncChangeTask for ",
            effect, "");
}

static void log_sync_failed(const RegRecord *record, const DistroEffect *effect)
{
    if (effect->event.value < 0) {
        reg_log(record->log, REG_LOG_NAMING_DISTRO, REG_WARN,
                "[DISTRO] Cancel distro sync caused by target server %s unhealthy, key: %s",
                name_of(record, effect->event.peer), id_of(record, effect->event.client));
    } else if (effect->event.value == DISTRO_OUTCOME_ANSWERED) {
        log_key(record, REG_INFO, "[DISTRO-END] ", effect, " result: false");
    } else {
        log_key(record, REG_WARN, "[DISTRO] Sync data change failed. key: ", effect, "");
    }
}

/* ---- the load ---- */

static void log_snapshot_asked(RegRecord *record, const DistroEffect *effect)
{
    record->load_asked_us = g_get_monotonic_time();
    reg_log(record->log, REG_LOG_PROTOCOL_DISTRO, REG_INFO,
            "[DISTRO-INIT] load snapshot " DISTRO_RESOURCE_TYPE " from %s",
            name_of(record, effect->event.peer));
}

static void log_snapshot_loaded(const RegRecord *record, const DistroEffect *effect)
{
    const int64_t took_ms = (g_get_monotonic_time() - record->load_asked_us) / 1000;
    const char *peer = name_of(record, effect->event.peer);
    reg_log(record->log, REG_LOG_PROTOCOL_DISTRO, REG_INFO,
            "[DISTRO-INIT] it took %" G_GINT64_FORMAT " ms to load snapshot " DISTRO_RESOURCE_TYPE
            " from %s and snapshot size is %" G_GINT64_FORMAT ".",
            took_ms, peer, effect->event.value);
    reg_log(record->log, REG_LOG_PROTOCOL_DISTRO, REG_INFO,
            "[DISTRO-INIT] load snapshot " DISTRO_RESOURCE_TYPE " from %s result: true", peer);
}

/* ---- members ---- */

static char *healthy_text(const RegRecord *record)
{
    size_t count;
    const DistroName *healthy = distro_node_healthy(reg_host_node(record->host), &count);
    GString *text = g_string_new("[");
    for (size_t i = 0; i < count; i++) {
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", name_of(record, healthy[i]));
    }
    g_string_append_c(text, ']');
    return g_string_free(text, false);
}

static void log_owners(RegRecord *record)
{
    char *now = healthy_text(record);
    reg_log(record->log, REG_LOG_NAMING_SERVER, REG_INFO,
            "[NACOS-DISTRO] healthy server list changed, old: %s, new: %s",
            record->healthy != NULL ? record->healthy : "[]", now);
    g_free(record->healthy);
    record->healthy = now;
}

static void log_member(const RegRecord *record, const DistroEffect *effect, const char *state)
{
    reg_log(record->log, REG_LOG_CLUSTER, REG_INFO, "member %s is %s",
            name_of(record, effect->event.peer), state);
}

/* ---- beats ---- */

static void log_beat(const RegRecord *record, const DistroEffect *effect, const char *what)
{
    reg_log(record->log, REG_LOG_NAMING_EVENT, REG_INFO,
            "%s %s, region: unknown, msg: client last beat: %" G_GINT64_FORMAT, what,
            id_of(record, effect->event.client), (g_get_real_time() - effect->event.value) / 1000);
}

static void carry_event(void *data, const DistroEffect *effect)
{
    RegRecord *record = data;
    switch (effect->event.event) {
    case DISTRO_EVENT_SYNC_SENT:
        log_sync_sent(record, effect);
        break;
    case DISTRO_EVENT_SYNC_ACKED:
        log_key(record, REG_INFO, "[DISTRO-END] ", effect, " result: true");
        break;
    case DISTRO_EVENT_SYNC_FAILED:
        log_sync_failed(record, effect);
        break;
    case DISTRO_EVENT_SYNC_APPLIED:
        reg_log(record->log, REG_LOG_NAMING_DISTRO, REG_INFO,
                "[Client-Add] Received distro client sync data %s, revision=%" G_GINT64_FORMAT,
                id_of(record, effect->event.client), effect->event.value);
        break;
    case DISTRO_EVENT_SYNC_DELETED:
        reg_log(record->log, REG_LOG_NAMING_DISTRO, REG_INFO,
                "[Client-Delete] Received distro client sync data %s",
                id_of(record, effect->event.client));
        break;
    case DISTRO_EVENT_VERIFY_MISMATCH:
        reg_log(record->log, REG_LOG_NAMING_DISTRO, REG_INFO,
                "Target %s verify client %s failed, sync new client",
                name_of(record, effect->event.peer), id_of(record, effect->event.client));
        break;
    case DISTRO_EVENT_SNAPSHOT_REQUESTED:
        log_snapshot_asked(record, effect);
        break;
    case DISTRO_EVENT_SNAPSHOT_LOADED:
        log_snapshot_loaded(record, effect);
        break;
    case DISTRO_EVENT_SNAPSHOT_FAILED:
        reg_log(record->log, REG_LOG_PROTOCOL_DISTRO, REG_ERROR,
                "[DISTRO-INIT] load snapshot " DISTRO_RESOURCE_TYPE " from %s failed.",
                name_of(record, effect->event.peer));
        break;
    case DISTRO_EVENT_LOADED:
        reg_log(record->log, REG_LOG_PROTOCOL_DISTRO, REG_INFO,
                "[DISTRO-INIT] load snapshot data success");
        break;
    case DISTRO_EVENT_READY:
        reg_log(record->log, REG_LOG_CLUSTER, REG_INFO,
                "This node is ready to provide external services");
        break;
    case DISTRO_EVENT_OWNERS_CHANGED:
        log_owners(record);
        break;
    case DISTRO_EVENT_MEMBER_UP:
        log_member(record, effect, "UP");
        break;
    case DISTRO_EVENT_MEMBER_SUSPICIOUS:
        log_member(record, effect, "SUSPICIOUS");
        break;
    case DISTRO_EVENT_MEMBER_DOWN:
        log_member(record, effect, "DOWN");
        break;
    case DISTRO_EVENT_MEMBER_ADDED:
        log_member(record, effect, "added");
        break;
    case DISTRO_EVENT_MEMBER_REMOVED:
        log_member(record, effect, "removed");
        break;
    case DISTRO_EVENT_BEAT_LATE:
        log_beat(record, effect, "{POS} {IP-DISABLED} valid:");
        break;
    case DISTRO_EVENT_BEAT_RECOVERED:
        log_beat(record, effect, "service: {POS} {IP-ENABLED} valid:");
        break;
    case DISTRO_EVENT_BEAT_EXPIRED:
        reg_log(record->log, REG_LOG_NAMING_SERVER, REG_INFO, "[AUTO-DELETE-IP] service: , ip: %s",
                id_of(record, effect->event.client));
        break;
    case DISTRO_EVENT_LEASE_EXPIRED:
    case DISTRO_EVENT_CLIENT_EJECTED:
        reg_log(record->log, REG_LOG_NAMING_SERVER, REG_INFO,
                "Client connection %s disconnect, remove instances and subscribers",
                id_of(record, effect->event.client));
        break;
    default:
        break;
    }
}

/* ---- registrations ---- */

static void carry_view(void *data, const DistroEffect *effect)
{
    const RegRecord *record = data;
    const DistroServiceInfo *info =
        distro_dictionary_service_info(reg_host_dictionary(record->host), effect->view.service);
    reg_log(record->log, REG_LOG_NAMING_SERVER, REG_INFO,
            "Client %s for service Service{namespace='%s', group='%s', name='%s', ephemeral=true, "
            "revision=0}, %s",
            effect->view.after != DISTRO_NONE ? "change" : "remove",
            name_of(record, info->namespace_id), name_of(record, info->group),
            name_of(record, info->name), id_of(record, effect->view.client));
}

RegRecord *reg_record_new(RegHost *host, RegLog *log)
{
    RegRecord *record = g_new0(RegRecord, 1);
    record->host = host;
    record->log = log;
    reg_host_carry(host, DISTRO_EFFECT_EVENT, carry_event, record);
    reg_host_carry(host, DISTRO_EFFECT_VIEW, carry_view, record);
    return record;
}

void reg_record_free(RegRecord *record)
{
    if (record == NULL) {
        return;
    }
    g_free(record->healthy);
    g_free(record);
}
