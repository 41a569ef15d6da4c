/* core/v1/health.c -- beats, and beats that stay away (ClientBeatProcessor, ClientBeatCheckTask).
 *
 *   a beat at the owner        the instance's time is now, and it is healthy again
 *   every 5 s, at the owner    15 s without: unhealthy, which is not pushed (status.c tells it)
 *                              30 s without: the owner sends itself a DELETE, through the filter
 *
 * Beats renew nothing elsewhere. A new owner judges by the times that came with the last push or
 * pull, however long ago that was (nacos#1873). */
#include "core/metadata.h"
#include "core/planted.h"
#include "core/v1/replication.h"

static DistroV1Instance *at(const DistroDatum *datum, guint index)
{
    return &g_array_index(datum->instances, DistroV1Instance, index);
}

void distro_v1_beat(DistroNode *node, DistroService service, DistroClient client)
{
    DistroDatum *datum = distro_datum_find(node, service);
    for (guint i = 0; i < datum->instances->len; i++) {
        if (at(datum, i)->client != client) {
            continue;
        }
        at(datum, i)->beat_ms = node->wall_us / 1000;
        if (!distro_instance_healthy(node, at(datum, i)) && !DISTRO_PLANTED(BEAT_HEALS_NOTHING)) {
            distro_emit_event(node, DISTRO_EVENT_BEAT_RECOVERED, DISTRO_NONE, client, 0);
            distro_instance_set_healthy(node, service, i, true, DISTRO_PATH_LOCAL);
        }
    }
}

/* --- the check ---------------------------------------------------------------------------- */

static DistroExt ext_of(const DistroNode *node, const DistroV1Instance *instance)
{
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(node->dictionary, instance->publication);
    return distro_dictionary_listing_info(node->dictionary, info->listings[0])->instance.ext;
}

/* Java compares whole milliseconds. */
static bool is_over(const DistroNode *node, const DistroV1Instance *instance, const char *key,
                    int64_t fallback_us, int64_t *age_us)
{
    const int64_t limit_us =
        distro_metadata_duration(node->dictionary, ext_of(node, instance), key, fallback_us);
    *age_us = (node->wall_us / 1000 - instance->beat_ms) * 1000;
    return *age_us > limit_us;
}

static void check_health(DistroNode *node, DistroService service, const DistroDatum *datum)
{
    int64_t age_us;
    for (guint i = 0; i < datum->instances->len; i++) {
        const DistroV1Instance *instance = at(datum, i);
        if (!distro_instance_healthy(node, instance) ||
            !is_over(node, instance, "preserved.heart.beat.timeout", node->config.beat_timeout_us,
                     &age_us)) {
            continue;
        }
        node->counters.beats_late++;
        distro_emit_event(node, DISTRO_EVENT_BEAT_LATE, DISTRO_NONE, instance->client, age_us);
        distro_instance_set_healthy(node, service, i, false, DISTRO_PATH_LEASE);
    }
}

/* ClientBeatCheckTask#deleteIp: an asynchronous DELETE to this very server, so DistroFilter has
 * its say. The list changes meanwhile, so who is to go is found first. */
static void expire(DistroNode *node, DistroService service, const DistroDatum *datum)
{
    int64_t age_us;
    g_autoptr(GArray) late = g_array_new(false, false, sizeof(DistroClient));
    for (guint i = 0; i < datum->instances->len; i++) {
        const DistroV1Instance *instance = at(datum, i);
        if (!is_over(node, instance, "preserved.ip.delete.timeout", node->config.delete_timeout_us,
                     &age_us)) {
            continue;
        }
        node->counters.beats_expired++;
        distro_emit_event(node, DISTRO_EVENT_BEAT_EXPIRED, DISTRO_NONE, instance->client, age_us);
        g_array_append_val(late, instance->client);
    }
    for (guint i = 0; i < late->len; i++) {
        const DistroWrite write = { .kind = DISTRO_WRITE_DEREGISTER,
                                    .client = g_array_index(late, DistroClient, i),
                                    .service = service };
        distro_filter(node, 0, &write);
    }
}

static void check(DistroNode *node, DistroService service)
{
    const DistroDatum *datum = distro_datum_find(node, service);
    if (!node->config.health_check_enabled ||
        !(distro_datum_owned(node, service) || DISTRO_PLANTED(BEAT_CHECK_ANYWHERE))) {
        return;
    }
    check_health(node, service, datum);
    if (node->config.expire_instance) {
        expire(node, service, datum);
    }
}

/* --- time --------------------------------------------------------------------------------- */

void distro_v1_check_later(DistroNode *node, DistroService service)
{
    const int64_t late_us = distro_late_us(node, DISTRO_TIMER_SERVICE | service);
    distro_dues_add(&distro_v1(node)->checks,
                    (DistroDue) { .at_us = node->now_us + DISTRO_V1_CHECK_US + late_us,
                                  .of = service,
                                  .stamp = service });
}

void distro_v1_health_wake(DistroNode *node)
{
    DistroDues *checks = &distro_v1(node)->checks;
    const DistroDue *next;
    while ((next = distro_dues_first(checks)) != NULL && next->at_us <= node->now_us) {
        const DistroService service = distro_dues_take(checks).of;
        check(node, service);
        distro_v1_check_later(node, service);
    }
}

int64_t distro_v1_health_wake_at(const DistroNode *node)
{
    const DistroDue *next = distro_dues_first(&distro_v1(node)->checks);
    return next != NULL ? next->at_us : INT64_MAX;
}
