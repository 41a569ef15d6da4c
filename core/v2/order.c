/* core/v2/order.c -- which of two states of a heartbeat client is the later one, and who may speak
 * of it (orderedRevisions). Nothing of this is in Nacos, where a revision is a hash of the content
 * and the last to arrive wins.
 *
 *      31  28 27          20-bit count           7 6         0
 *     [ mark ][ actions of the client             ][ verdicts ]
 *
 * An action is what the client asked for or proved by a beat; a verdict is what a node concludes
 * from its silence. A later action wins. A later verdict wins, but not against a node that hears
 * the client, nor with one to whom another node vouched for it a moment ago: the verdict of the
 * silent side of a cut must not end a client that the other side hears. Actions count on from the
 * clock, so that a client that was forgotten and comes back is later than what others may still
 * remember. */
#include "core/digest.h"
#include "core/v2/replication.h"

#define MARK_SHIFT 28
#define MARK 0x6u
#define VERDICT_BITS 7
#define VERDICTS ((1u << VERDICT_BITS) - 1)
#define ACTION_BITS (MARK_SHIFT - VERDICT_BITS - 1)
#define ACTIONS ((1u << ACTION_BITS) - 1)

static bool is_ordered(int32_t revision)
{
    return (uint32_t)revision >> MARK_SHIFT == MARK;
}

static uint32_t actions_of(int32_t revision)
{
    return (uint32_t)revision >> VERDICT_BITS & ACTIONS;
}

static uint32_t verdicts_of(int32_t revision)
{
    return (uint32_t)revision & VERDICTS;
}

/* Serial arithmetic: by how many actions @a is ahead of @b, if they are less than half a circle
 * apart. */
static int32_t ahead(uint32_t a, uint32_t b)
{
    return (int32_t)((a - b) << (32 - ACTION_BITS)) >> (32 - ACTION_BITS);
}

static int32_t make(uint32_t actions, uint32_t verdicts)
{
    g_assert_cmpuint(verdicts, <=, VERDICTS);
    return (int32_t)(MARK << MARK_SHIFT | (actions & ACTIONS) << VERDICT_BITS | verdicts);
}

DistroOrder distro_order_compare(int32_t received, int32_t held)
{
    if (!is_ordered(received) || !is_ordered(held)) {
        return received == held ? DISTRO_ORDER_SAME : DISTRO_ORDER_LATER; /* a node that hashes */
    }
    const int32_t actions = ahead(actions_of(received), actions_of(held));
    if (actions != 0) {
        return actions > 0 ? DISTRO_ORDER_LATER : DISTRO_ORDER_EARLIER;
    }
    if (received == held) {
        return DISTRO_ORDER_SAME;
    }
    return verdicts_of(received) > verdicts_of(held) ? DISTRO_ORDER_VERDICT : DISTRO_ORDER_EARLIER;
}

int32_t distro_order_action(const DistroNode *node, int32_t before)
{
    const uint32_t clock = (uint32_t)(node->wall_us / 1000000) & ACTIONS;
    if (!is_ordered(before) || ahead(clock, actions_of(before)) > 0) {
        return make(clock, 0);
    }
    return make(actions_of(before) + 1, 0);
}

int32_t distro_order_verdict(const DistroNode *node, int32_t before)
{
    if (!is_ordered(before) || verdicts_of(before) == VERDICTS) {
        return distro_order_action(node, before);
    }
    const int32_t after = before + 1;
    g_assert_cmpuint(actions_of(after), ==, actions_of(before));
    return after;
}

/* --- who hears a client ------------------------------------------------------------------- */

void distro_order_heard(const DistroNode *node, DistroRecord *record)
{
    g_assert(record->kind == DISTRO_RECORD_BEATING);
    distro_record_extra(node, record)->heard_wall_us = node->wall_us;
}

static bool hears(const DistroNode *node, const DistroRecord *record, int64_t within_us)
{
    g_assert(record->kind == DISTRO_RECORD_BEATING);
    return distro_record_extra(node, record)->heard_wall_us != 0 &&
           node->wall_us - distro_record_extra(node, record)->heard_wall_us <= within_us;
}

bool distro_order_speaks_for(const DistroNode *node, DistroClient client,
                             const DistroRecord *record)
{
    return distro_clients_owned(node, client, record) ||
           (node->config.ordered_revisions && record->kind == DISTRO_RECORD_BEATING &&
            hears(node, record, node->config.delete_timeout_us));
}

static bool shows_healthy(const DistroNode *node, const DistroRecord *record)
{
    const DistroContent held = distro_record_content(node, record);
    const DistroPublication *items = distro_content_items(&held);
    for (uint32_t i = 0; i < held.count; i++) {
        const DistroPublicationInfo *info =
            distro_dictionary_publication_info(node->dictionary, items[i]);
        if (distro_dictionary_listing_info(node->dictionary, info->listings[0])->instance.healthy) {
            return true;
        }
    }
    return false;
}

/* An owner speaks while it may still think the client well; who is not the owner, only while the
 * beats do come here, since the owner counts this as one. */
bool distro_order_verifies(const DistroNode *node, DistroClient client, const DistroRecord *record)
{
    const bool owned = distro_clients_owned(node, client, record);
    if (node->config.verify_unheard) {
        return owned;
    }
    if (!owned) {
        return hears(node, record, node->config.beat_interval_us * 3 / 2);
    }
    return hears(node, record, node->config.beat_timeout_us) ||
           !node->config.health_check_enabled || !shows_healthy(node, record);
}

/* Of one that is shown ill, or gone, it only says what its sender holds. */
bool distro_order_renews(const DistroNode *node, const DistroRecord *record)
{
    return node->config.verify_unheard || shows_healthy(node, record);
}

/* --- taking a state over ------------------------------------------------------------------ */

static bool is_vouched_for(const DistroNode *node, const DistroRecord *record)
{
    return distro_record_content(node, record).count > 0 &&
           distro_record_extra(node, record)->vouched_by != DISTRO_NONE &&
           distro_record_extra(node, record)->vouched_by != node->from &&
           node->wall_us - distro_record_renewed(node, record) <= node->config.beat_timeout_us;
}

/* @revision says that the client is gone or ill, and we hear it: what we hold is later than that.
 */
static void insist(DistroNode *node, DistroClient client, DistroRecord *record, int32_t revision)
{
    g_assert(record->kind == DISTRO_RECORD_BEATING);
    distro_record_set_revision(node, client, record, distro_order_action(node, revision));
    distro_sync_changed(node, client, record);
}

void distro_order_send_back(DistroNode *node, DistroClient client)
{
    if (node->from != DISTRO_NONE) {
        distro_sync_to(node, client, node->from, DISTRO_OP_CHANGE, 0, DISTRO_PATH_VERIFY);
    }
}

bool distro_order_takes(DistroNode *node, DistroClient client, DistroRecord *record,
                        int32_t revision, const DistroContent *content)
{
    g_assert(node->config.ordered_revisions);
    const DistroContent held = distro_record_content(node, record);
    switch (distro_order_compare(revision, distro_record_revision(node, record))) {
    case DISTRO_ORDER_LATER:
        return true;
    case DISTRO_ORDER_SAME: /* of two that nothing tells apart all nodes take the same */
        return distro_content_revision(node->dictionary, client, content) >=
               distro_content_revision(node->dictionary, client, &held);
    case DISTRO_ORDER_VERDICT:
        if (hears(node, record, node->config.beat_timeout_us)) {
            insist(node, client, record, revision);
            return false;
        }
        return !is_vouched_for(node, record);
    case DISTRO_ORDER_EARLIER:
        distro_order_send_back(node, client);
        return false;
    }
    g_assert_not_reached();
}

/* --- tombstones of connections ------------------------------------------------------------ */

/* As many as fit into a few megabytes; beyond that the oldest is forgotten early. */
#define TOMBSTONES_MAX 65536

typedef struct DistroTombstone {
    int64_t until_wall_us;
    DistroClient client;
} DistroTombstone;

static void forget_oldest(DistroReplication *v2)
{
    DistroTombstone *oldest = g_queue_pop_head(v2->tombstone_order);
    g_assert(oldest != NULL);
    if (g_hash_table_lookup(v2->tombstones, GUINT_TO_POINTER(oldest->client)) == oldest) {
        g_hash_table_remove(v2->tombstones, GUINT_TO_POINTER(oldest->client));
    }
    g_free(oldest);
}

void distro_tombstone_set(DistroNode *node, DistroClient client)
{
    g_assert(client != DISTRO_NONE);
    DistroReplication *v2 = distro_v2(node);
    if (node->config.tombstone_us == 0) {
        return;
    }
    const DistroTombstone *oldest;
    while ((oldest = g_queue_peek_head(v2->tombstone_order)) != NULL &&
           (oldest->until_wall_us <= node->wall_us ||
            g_queue_get_length(v2->tombstone_order) >= TOMBSTONES_MAX)) {
        forget_oldest(v2);
    }
    DistroTombstone *tombstone = g_new(DistroTombstone, 1);
    *tombstone = (DistroTombstone) { node->wall_us + node->config.tombstone_us, client };
    g_queue_push_tail(v2->tombstone_order, tombstone);
    g_hash_table_insert(v2->tombstones, GUINT_TO_POINTER(client), tombstone);
    g_assert_cmpuint(g_hash_table_size(v2->tombstones), <=,
                     g_queue_get_length(v2->tombstone_order));
}

/* In order of age; one that was lifted or replaced does not stand. */
void distro_tombstones_digest(const DistroNode *node, DistroDigester *digester)
{
    const DistroReplication *v2 = distro_v2(node);
    for (const GList *link = v2->tombstone_order->head; link != NULL; link = link->next) {
        const DistroTombstone *tombstone = link->data;
        const bool stands =
            g_hash_table_lookup(v2->tombstones, GUINT_TO_POINTER(tombstone->client)) == tombstone;
        if (stands && tombstone->until_wall_us > digester->wall_us) {
            distro_digest_wall(digester, tombstone->until_wall_us);
            distro_digest_client(digester, tombstone->client);
        }
    }
}

void distro_tombstone_lift(DistroNode *node, DistroClient client)
{
    g_hash_table_remove(distro_v2(node)->tombstones, GUINT_TO_POINTER(client));
}

bool distro_tombstone_stands(const DistroNode *node, DistroClient client)
{
    if (g_hash_table_size(distro_v2(node)->tombstones) == 0) {
        return false; /* as always where none is set */
    }
    const DistroTombstone *tombstone =
        g_hash_table_lookup(distro_v2(node)->tombstones, GUINT_TO_POINTER(client));
    return tombstone != NULL && tombstone->until_wall_us > node->wall_us;
}

void distro_tombstones_init(DistroReplication *v2)
{
    v2->tombstones = g_hash_table_new(NULL, NULL);
    v2->tombstone_order = g_queue_new();
}

void distro_tombstones_clear(DistroReplication *v2)
{
    g_hash_table_unref(v2->tombstones);
    g_queue_free_full(v2->tombstone_order, g_free);
}
