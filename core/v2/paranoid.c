/* core/v2/paranoid.c -- distro_node_check()'s part of the client-based protocol: records against
 * their counts, extras against the records that point to them, the read index against both. */
#include "core/v2/replication.h"

static void check_record(const DistroNode *node, DistroClient client, const DistroRecord *record)
{
    const DistroReplication *v2 = distro_v2(node);
    g_assert_cmpuint(record->kind, <, DISTRO_N_RECORD_KINDS);
    if (record->has_extra) {
        g_assert_cmpuint(record->held, <, v2->extra_count);
        g_assert_cmpuint(v2->extras[record->held].client, ==, client);
    }
}

static void check_records(const DistroNode *node)
{
    const DistroReplication *v2 = distro_v2(node);
    uint32_t counts[DISTRO_N_RECORD_KINDS] = { 0 }, extras = 0, natives = 0;
    DistroWalk walk = { .v2 = v2 };
    for (const DistroRecord *record; (record = distro_walk_next(&walk)) != NULL;) {
        check_record(node, walk.client, record);
        counts[record->kind]++;
        extras += record->has_extra;
    }
    for (uint32_t i = 0; i < v2->page_count; i++) {
        g_assert_cmpuint(v2->pages[i].natives & ~v2->pages[i].present, ==, 0);
        g_assert_cmpuint(distro_count_bits(v2->pages[i].present), <=, v2->rooms[i]);
        natives += distro_count_bits(v2->pages[i].natives);
    }
    for (unsigned kind = 0; kind < DISTRO_N_RECORD_KINDS; kind++) {
        g_assert_cmpuint(counts[kind], ==, v2->counts[kind]);
    }
    g_assert_cmpuint(natives, ==, v2->counts[DISTRO_RECORD_NATIVE]);
    g_assert_cmpuint(extras, ==, v2->extra_count);
}

/* Who is listed is known, once, in ascending order. */
static void check_index(const DistroNode *node)
{
    const DistroReplication *v2 = distro_v2(node);
    for (guint service = 0; service < v2->publishers->len; service++) {
        const DistroPublishers *publishers =
            &g_array_index(v2->publishers, DistroPublishers, service);
        g_assert_cmpuint(publishers->count, <=, publishers->capacity);
        for (uint32_t i = 0; i < publishers->count; i++) {
            g_assert_nonnull(distro_clients_find(node, publishers->items[i]));
            g_assert_true(i == 0 || publishers->items[i - 1] < publishers->items[i]);
        }
    }
}

void distro_v2_check(const DistroNode *node)
{
    check_records(node);
    check_index(node);
    g_assert_cmpuint(g_hash_table_size(distro_v2(node)->tombstones), ==,
                     distro_v2(node)->tombstone_order->length);
}
