/* core/v2/liveness.c -- who is still alive: beats, leases, idle connections.
 *
 *   native connection   idle 20 s -> probed, 5 s -> ejected     (NacosRuntimeConnectionEjector)
 *   its replicas        180 s without a good VERIFY -> dropped  (ConnectionBasedClientManager)
 *   ip:port, owner      15 s without a beat -> unhealthy, 30 s -> removed
 *                       (UnhealthyInstanceChecker, ExpiredInstanceChecker)
 *   ip:port, all        idle -> dropped                         (EphemeralIpPortClientManager) */
#include "core/metadata.h"
#include "core/planted.h"
#include "core/v2/replication.h"

#define CLEANER_US 5000000
#define BEAT_CHECK_US 5000000
#define EJECTOR_FIRST_US 1000000
#define EJECTOR_US 3000000
#define EJECTOR_IDLE_US 20000000
#define EMPTY_CLIENT_US 30000000

/* --- beats -------------------------------------------------------------------------------- */

static void start_timer(DistroNode *node, DistroClient client, uint32_t stamp)
{
    g_assert(client != DISTRO_NONE);
    distro_dues_add(
        &distro_v2(node)->beat_checks,
        (DistroDue) { .at_us = node->now_us + BEAT_CHECK_US + distro_late_us(node, client),
                      .of = client,
                      .stamp = stamp });
}

void distro_liveness_watch(DistroNode *node, DistroClient client, const DistroRecord *record)
{
    g_assert(record->kind == DISTRO_RECORD_BEATING);
    const uint32_t stamp = ++distro_v2(node)->timer_stamp;
    distro_record_extra(node, record)->timer_stamp = stamp;
    start_timer(node, client, stamp);
}

/* InstanceEnableBeatCheckInterceptor: despite its name the key switches the check off. */
static bool is_exempt(const DistroNode *node, DistroExt ext)
{
    const DistroExtEntry *entry = distro_metadata_find(node->dictionary, ext, "enableClientBeat");
    if (entry == NULL) {
        return false;
    }
    return entry->kind == DISTRO_VALUE_BOOL
               ? entry->boolean
               : entry->kind == DISTRO_VALUE_STRING && g_ascii_strcasecmp(entry->text, "true") == 0;
}

/* The one instance of an ip:port client's publication; NULL for a batch, which no HTTP client can
 * register or beat for. */
static const DistroListingInfo *listing_of(const DistroNode *node, DistroPublication publication)
{
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(node->dictionary, publication);
    return info->batch ? NULL : distro_dictionary_listing_info(node->dictionary, info->listings[0]);
}

/* Replaces what @client publishes of one service without touching its other heartbeat times. The
 * replaced publication keeps its own: a change of health is no beat. */
static void replace(DistroNode *node, DistroClient client, DistroRecord *record,
                    DistroService service, DistroPublication publication, uint32_t index,
                    DistroPath path)
{
    g_assert_cmpuint(index, <, distro_record_content(node, record).count);
    const int64_t beat = distro_record_beats(node, record)[index];
    const DistroContent held = distro_record_content(node, record);
    distro_clients_publish(node, client, record,
                           distro_content_with(node->dictionary, &held, service, publication),
                           path);
    if (publication != 0) {
        distro_record_beats(node, record)[index] = beat;
    }
    if (node->config.ordered_revisions && path == DISTRO_PATH_LEASE) {
        const int32_t before = distro_record_revision(node, record);
        distro_record_set_revision(node, client, record, distro_order_verdict(node, before));
    } else if (node->config.revision_on_health_change) {
        distro_clients_recalculate(node, client, record);
    }
    if (DISTRO_PLANTED(HEALTH_NOT_PUSHED) && publication != 0) {
        return;
    }
    if (DISTRO_PLANTED(EXPIRY_IS_LOCAL) && publication == 0) {
        return;
    }
    distro_sync_changed(node, client, record);
}

/* UnhealthyInstanceChecker. */
static void check_health(DistroNode *node, DistroClient client, DistroRecord *record,
                         const DistroListingInfo *listing, uint32_t index, int64_t age_us)
{
    const DistroContent held = distro_record_content(node, record);
    const DistroPublication publication = distro_content_items(&held)[index];
    const int64_t limit_us =
        distro_metadata_duration(node->dictionary, listing->instance.ext,
                                 "preserved.heart.beat.timeout", node->config.beat_timeout_us);
    if (!listing->instance.healthy || age_us <= limit_us) {
        return;
    }
    node->counters.beats_late++;
    distro_emit_event(node, DISTRO_EVENT_BEAT_LATE, DISTRO_NONE, client, age_us);
    replace(node, client, record, listing->service,
            distro_dictionary_with_health(node->dictionary, publication, false), index,
            DISTRO_PATH_LEASE);
}

/* ExpiredInstanceChecker. True if the publication was removed. */
static bool check_expiry(DistroNode *node, DistroClient client, DistroRecord *record,
                         const DistroListingInfo *listing, uint32_t index, int64_t age_us)
{
    const int64_t limit_us =
        distro_metadata_duration(node->dictionary, listing->instance.ext,
                                 "preserved.ip.delete.timeout", node->config.delete_timeout_us);
    if (!node->config.expire_instance || age_us <= limit_us) {
        return false;
    }
    node->counters.beats_expired++;
    distro_emit_event(node, DISTRO_EVENT_BEAT_EXPIRED, DISTRO_NONE, client, age_us);
    replace(node, client, record, listing->service, 0, index, DISTRO_PATH_LEASE);
    if (DISTRO_PLANTED(EXPIRY_TAKES_ALL)) {
        distro_clients_publish(node, client, record, (DistroContent) { 0 }, DISTRO_PATH_LEASE);
    }
    return true;
}

/* True if the publication at @index was removed. */
static bool check_publication(DistroNode *node, DistroClient client, DistroRecord *record,
                              uint32_t index)
{
    const DistroContent held = distro_record_content(node, record);
    const DistroListingInfo *found = listing_of(node, distro_content_items(&held)[index]);
    if (found == NULL || is_exempt(node, found->instance.ext)) {
        return false;
    }
    const DistroListingInfo listing = *found; /* a change of health enters another one */
    const int64_t age_us = node->wall_us - distro_record_beats(node, record)[index];
    check_health(node, client, record, &listing, index, age_us);
    return check_expiry(node, client, record, &listing, index, age_us);
}

/* The interceptor chain lets only the owner check, and only with health checks switched on. */
static void check_beats(DistroNode *node, DistroClient client, DistroRecord *record)
{
    g_assert(record->kind == DISTRO_RECORD_BEATING);
    if (!node->config.health_check_enabled ||
        (node->config.owner_checks_beats && !distro_clients_owned(node, client, record))) {
        return;
    }
    for (uint32_t i = 0; i < distro_record_content(node, record).count;) {
        i += !check_publication(node, client, record, i);
    }
}

static void run_beat_timers(DistroNode *node)
{
    DistroDues *checks = &distro_v2(node)->beat_checks;
    const DistroDue *next;
    while ((next = distro_dues_first(checks)) != NULL && next->at_us <= node->now_us) {
        const DistroDue check = distro_dues_take(checks);
        DistroRecord *record = distro_clients_find(node, check.of);
        if (record != NULL && record->has_extra &&
            distro_record_extra(node, record)->timer_stamp == check.stamp) {
            check_beats(node, check.of, record);
            start_timer(node, check.of, check.stamp);
        }
    }
}

static uint32_t index_of(const DistroContent *content, DistroPublication publication)
{
    const DistroPublication *items = distro_content_items(content);
    uint32_t index = 0;
    while (index < content->count && items[index] != publication) {
        index++;
    }
    g_assert_cmpuint(index, <, content->count);
    return index;
}

/* ClientBeatProcessorV2#run. */
void distro_liveness_beat(DistroNode *node, DistroClient client, DistroService service)
{
    DistroRecord *record = distro_clients_find(node, client);
    g_assert(record != NULL && record->kind == DISTRO_RECORD_BEATING);
    const DistroContent held = distro_record_content(node, record);
    const DistroPublication publication = distro_content_find(node->dictionary, &held, service);
    const uint32_t index = index_of(&held, publication);
    distro_record_renew(node, client, record, node->wall_us);
    distro_order_heard(node, record);
    distro_record_beats(node, record)[index] = node->wall_us;
    if (DISTRO_PLANTED(BEAT_RENEWS_ALL)) {
        distro_record_set_beats(node, record, node->wall_us);
    }
    const DistroListingInfo *listing = listing_of(node, publication);
    if (listing != NULL && !listing->instance.healthy && !DISTRO_PLANTED(BEAT_HEALS_NOTHING)) {
        distro_emit_event(node, DISTRO_EVENT_BEAT_RECOVERED, DISTRO_NONE, client, 0);
        replace(node, client, record, service,
                distro_dictionary_with_health(node->dictionary, publication, true), index,
                DISTRO_PATH_LOCAL);
    }
}

/* --- cleaners ----------------------------------------------------------------------------- */

static void expire(DistroNode *node, DistroClient client, int64_t idle_us)
{
    node->counters.leases_expired++;
    distro_emit_event(node, DISTRO_EVENT_LEASE_EXPIRED, DISTRO_NONE, client, idle_us);
    distro_client_disconnected(node, client, DISTRO_PATH_LEASE);
}

/* With ordered revisions an emptied record is its own tombstone, and each node forgets it alone. */
static void expire_beating(DistroNode *node, DistroClient client, const DistroRecord *record)
{
    g_assert(record->kind == DISTRO_RECORD_BEATING);
    if (node->config.ordered_revisions && distro_record_content(node, record).count == 0) {
        distro_clients_remove(node, client, DISTRO_PATH_LEASE);
        return;
    }
    expire(node, client, node->wall_us - distro_record_renewed(node, record));
}

/* ConnectionBasedClientManager.ExpiredClientCleaner: of replicas alone. */
static bool is_leased(const DistroRecord *record)
{
    return record->kind ==
           (DISTRO_PLANTED(NATIVE_EXPIRES) ? DISTRO_RECORD_NATIVE : DISTRO_RECORD_SYNCED);
}

/* EphemeralIpPortClientManager.ExpiredClientCleaner: on owners and replicas alike. (Who subscribes
 * over UDP is a client of its own; the host keeps it, with distrosim.datagramLease.) */
static bool is_idle(const DistroNode *node, const DistroRecord *record)
{
    const int64_t idle_us = node->wall_us - distro_record_renewed(node, record);
    if (node->config.ordered_revisions && distro_record_content(node, record).count == 0) {
        return idle_us > node->config.tombstone_us;
    }
    if (node->config.idle_beating_expires && idle_us > node->config.client_expired_us) {
        return true;
    }
    if (DISTRO_PLANTED(EMPTY_CLIENTS_STAY)) {
        return false;
    }
    return distro_record_content(node, record).count == 0 && idle_us > EMPTY_CLIENT_US;
}

static void find_expired(const DistroNode *node, GArray *expired)
{
    const int64_t before_wall_us = node->wall_us - node->config.client_expired_us;
    DistroWalk walk = { .v2 = distro_v2(node) };
    const DistroRecord *record;
    while ((record = distro_walk_next(&walk)) != NULL) {
        if (record->kind == DISTRO_RECORD_BEATING
                ? is_idle(node, record)
                : is_leased(record) && distro_record_renewed(node, record) < before_wall_us) {
            g_array_append_val(expired, walk.client);
        }
    }
}

/* Both managers' cleaners. */
static void clean(DistroNode *node)
{
    GArray *expired = distro_v2(node)->expired;
    g_array_set_size(expired, 0);
    find_expired(node, expired);
    for (guint i = 0; i < expired->len; i++) {
        const DistroClient client = g_array_index(expired, DistroClient, i);
        const DistroRecord *record = distro_clients_find(node, client);
        g_assert(record != NULL);
        if (record->kind == DISTRO_RECORD_BEATING) {
            expire_beating(node, client, record);
        } else {
            expire(node, client, node->wall_us - distro_record_renewed(node, record));
        }
    }
}

static void run_cleaners(DistroNode *node)
{
    if (distro_v2(node)->cleaner_at_us > node->now_us) {
        return;
    }
    distro_v2(node)->cleaner_at_us =
        node->now_us + CLEANER_US + distro_late_us(node, DISTRO_TIMER_CLEANER);
    clean(node);
}

/* --- idle connections --------------------------------------------------------------------- */

void distro_liveness_alive(DistroNode *node, DistroClient client, DistroRecord *record)
{
    if (!DISTRO_PLANTED(NATIVE_EXPIRES)) {
        distro_record_renew(node, client, record, node->wall_us);
    }
}

static bool is_probed(const DistroNode *node, const DistroRecord *record)
{
    return record->has_extra && distro_record_extra(node, record)->probing;
}

static void probe(DistroNode *node, DistroClient client, DistroRecord *record)
{
    g_assert(record->kind == DISTRO_RECORD_NATIVE && !is_probed(node, record));
    distro_records_extend(node, client, record)->probing = true;
    distro_v2(node)->probes++;
    DistroEffect *effect = distro_emit(node, DISTRO_EFFECT_PROBE);
    effect->probe.ticket =
        (DistroTicket) { .peer = client, .client = client, .purpose = DISTRO_PURPOSE_PROBE };
    effect->probe.client = client;
    effect->probe.timeout_us = node->config.probe_timeout_us;
}

static void run_ejector(DistroNode *node)
{
    if (distro_v2(node)->ejector_at_us > node->now_us) {
        return;
    }
    if (!node->config.detect_dead_connections) {
        distro_v2(node)->ejector_at_us = INT64_MAX;
        return;
    }
    DistroClient client = DISTRO_NONE;
    DistroRecord *record;
    while ((record = distro_records_next_native(distro_v2(node), &client)) != NULL) {
        if (node->wall_us - distro_record_renewed(node, record) >= EJECTOR_IDLE_US &&
            !is_probed(node, record)) {
            probe(node, client, record);
        }
    }
    distro_v2(node)->ejector_at_us =
        distro_v2(node)->probes > 0 ? INT64_MAX : node->now_us + EJECTOR_US;
}

/* The scan waits for its probes; then the next one follows 3 s later. */
void distro_v2_probe_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome)
{
    if (distro_v2(node)->probes > 0 && --distro_v2(node)->probes == 0) {
        distro_v2(node)->ejector_at_us = node->now_us + EJECTOR_US;
    }
    DistroRecord *record = distro_clients_find(node, ticket.client);
    if (record == NULL || record->kind != DISTRO_RECORD_NATIVE) {
        return;
    }
    if (is_probed(node, record)) { /* not if its connection came after the probe */
        distro_record_extra(node, record)->probing = false;
    }
    if (outcome == DISTRO_OUTCOME_ANSWERED || DISTRO_PLANTED(PROBE_OUTCOME_IGNORED)) {
        distro_liveness_alive(node, ticket.client, record);
        return;
    }
    node->counters.clients_ejected++;
    distro_emit_event(node, DISTRO_EVENT_CLIENT_EJECTED, DISTRO_NONE, ticket.client,
                      node->wall_us - distro_record_renewed(node, record));
    distro_emit(node, DISTRO_EFFECT_CLOSE)->close.client = ticket.client;
    distro_client_disconnected(node, ticket.client, DISTRO_PATH_LEASE);
}

/* --- time --------------------------------------------------------------------------------- */

void distro_liveness_boot(DistroNode *node)
{
    distro_v2(node)->cleaner_at_us = node->now_us;
    distro_v2(node)->ejector_at_us = node->now_us + EJECTOR_FIRST_US;
}

void distro_liveness_wake(DistroNode *node)
{
    run_beat_timers(node);
    run_cleaners(node);
    run_ejector(node);
}

int64_t distro_liveness_wake_at(const DistroNode *node)
{
    const DistroDue *next = distro_dues_first(&distro_v2(node)->beat_checks);
    return MIN(MIN(distro_v2(node)->cleaner_at_us, distro_v2(node)->ejector_at_us),
               next != NULL ? next->at_us : INT64_MAX);
}
