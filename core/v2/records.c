/* core/v2/records.c -- where client records and what they cannot hold lie (replication.h has the
 * drawing). */
#include <string.h>

#include "core/v2/replication.h"

#define HELD_MAX (((uint32_t)1 << DISTRO_HELD_BITS) - 1)
#define REVISION_MAX (((int32_t)1 << DISTRO_REVISION_BITS) - 1)
#define RENEWED_MAX (((uint32_t)1 << DISTRO_RENEWED_BITS) - 1)
/* How far back the renewals lie that stay in their records when the base moves: 201 s, which is
 * more than the lease of 180 s. The next move comes 67 s later. */
#define KEPT_US (RENEWED_MAX / 4 * 3)

/* --- pages -------------------------------------------------------------------------------- */

/* A page gets room for all its numbers at once, since new clients fill one after the other. When
 * more than this many places are empty after a removal, it keeps two. */
#define SPARE_MAX 8

static void reach_page(DistroReplication *v2, uint32_t number)
{
    if (number >= v2->page_capacity) {
        v2->page_capacity = number + distro_spare(number);
        v2->pages = g_renew(DistroPage, v2->pages, v2->page_capacity);
        v2->rooms = g_renew(uint8_t, v2->rooms, v2->page_capacity);
    }
    for (; v2->page_count <= number; v2->page_count++) {
        v2->pages[v2->page_count] = (DistroPage) { 0 };
        v2->rooms[v2->page_count] = 0;
    }
    g_assert_cmpuint(number, <, v2->page_count);
}

static void make_room(DistroReplication *v2, uint32_t number, guint room)
{
    DistroPage *page = &v2->pages[number];
    g_assert_cmpuint(room, <=, DISTRO_PAGE + 2);
    g_assert_cmpuint(room, >=, distro_count_bits(page->present));
    page->records = g_renew(DistroRecord, page->records, room);
    v2->rooms[number] = (uint8_t)room;
}

DistroRecord *distro_records_add(DistroReplication *v2, DistroClient client, DistroRecordKind kind)
{
    g_assert(client != DISTRO_NONE && kind < DISTRO_N_RECORD_KINDS);
    reach_page(v2, client / DISTRO_PAGE);
    DistroPage *page = &v2->pages[client / DISTRO_PAGE];
    const uint64_t bit = distro_page_bit(client);
    g_assert((page->present & bit) == 0);
    const guint count = distro_count_bits(page->present);
    const guint place = distro_count_bits(page->present & (bit - 1));
    if (count == v2->rooms[client / DISTRO_PAGE]) {
        make_room(v2, client / DISTRO_PAGE, count == 0 ? DISTRO_PAGE : MIN(count + 2, DISTRO_PAGE));
    }
    DistroRecord *record = &page->records[place];
    memmove(record + 1, record, (count - place) * sizeof *record);
    *record = (DistroRecord) { .kind = kind };
    page->present |= bit;
    page->natives |= kind == DISTRO_RECORD_NATIVE ? bit : 0;
    v2->counts[kind]++;
    return record;
}

static void take_out(DistroReplication *v2, DistroClient client, DistroRecord *record)
{
    g_assert(distro_records_find(v2, client) == record);
    g_assert_cmpuint(v2->counts[record->kind], >, 0);
    DistroPage *page = &v2->pages[client / DISTRO_PAGE];
    v2->counts[record->kind]--;
    page->present &= ~distro_page_bit(client);
    page->natives &= ~distro_page_bit(client);
    const guint left = distro_count_bits(page->present);
    const guint place = (guint)(record - page->records);
    memmove(record, record + 1, (left - place) * sizeof *record);
    if (left == 0) {
        make_room(v2, client / DISTRO_PAGE, 0);
    } else if (v2->rooms[client / DISTRO_PAGE] - left > SPARE_MAX) {
        make_room(v2, client / DISTRO_PAGE, left + 2);
    }
}

DistroRecord *distro_records_next_native(const DistroReplication *v2, DistroClient *client)
{
    const DistroClient from = *client + 1;
    uint64_t above = ~(distro_page_bit(from) - 1); /* of the first page */
    for (uint32_t i = from / DISTRO_PAGE; i < v2->page_count; i++) {
        const uint64_t natives = v2->pages[i].natives & above;
        if (natives != 0) {
            *client = i * DISTRO_PAGE + (DistroClient)__builtin_ctzll(natives);
            return distro_records_find(v2, *client);
        }
        above = UINT64_MAX;
    }
    return NULL;
}

/* --- extras ------------------------------------------------------------------------------- */

static void resize_extras(DistroReplication *v2)
{
    g_assert_cmpuint(v2->extra_count, <=, HELD_MAX);
    v2->extra_capacity = v2->extra_count + distro_spare(v2->extra_count);
    v2->extras = g_renew(DistroClientExtra, v2->extras, v2->extra_capacity);
}

DistroClientExtra *distro_records_extend(DistroNode *node, DistroClient client,
                                         DistroRecord *record)
{
    if (record->has_extra) {
        return distro_record_extra(node, record);
    }
    DistroReplication *v2 = distro_v2(node);
    if (v2->extra_count == v2->extra_capacity) {
        resize_extras(v2);
    }
    const uint32_t place = v2->extra_count++;
    g_assert(place <= HELD_MAX);
    v2->extras[place] = (DistroClientExtra) {
        .client = client,
        .content = distro_record_content(node, record),
        .revision = distro_record_revision(node, record),
        .renewed_wall_us = distro_record_renewed(node, record),
    };
    record->has_extra = true;
    record->held = place & HELD_MAX;
    return &v2->extras[place];
}

static void clear_content(DistroClientExtra *extra)
{
    if (extra->content.count > 1) {
        g_clear_pointer(&extra->beats_wall_us, g_free);
    }
    distro_content_clear(&extra->content);
}

/* The last of them takes the place that becomes free. */
static void drop_extra(DistroReplication *v2, DistroRecord *record)
{
    g_assert(record->has_extra);
    g_assert_cmpuint(record->held, <, v2->extra_count);
    DistroClientExtra *extra = &v2->extras[record->held];
    clear_content(extra);
    *extra = v2->extras[--v2->extra_count];
    distro_records_find(v2, extra->client)->held = record->held;
    record->has_extra = false;
    if (v2->extra_capacity - v2->extra_count > 2 * distro_spare(v2->extra_count)) {
        resize_extras(v2);
    }
}

static bool is_near(const DistroReplication *v2, int64_t wall_us)
{
    return (uint64_t)(wall_us - v2->renewed_base_wall_us) <= RENEWED_MAX;
}

/* The publication that a record can hold; 0: none. */
static DistroPublication only_of(const DistroContent *content)
{
    return content->count == 1 ? content->only : 0;
}

static bool fits(const DistroReplication *v2, const DistroRecord *record,
                 const DistroClientExtra *extra)
{
    const bool is_probed = record->kind == DISTRO_RECORD_NATIVE && extra->probing;
    return record->kind != DISTRO_RECORD_BEATING && !is_probed && extra->content.count <= 1 &&
           only_of(&extra->content) <= HELD_MAX && extra->revision >= 0 &&
           extra->revision <= REVISION_MAX && is_near(v2, extra->renewed_wall_us);
}

/* Takes back into @record what an extra holds, if that is no longer needed. */
static void settle(DistroNode *node, DistroRecord *record)
{
    DistroReplication *v2 = distro_v2(node);
    if (!record->has_extra || !fits(v2, record, distro_record_extra(node, record))) {
        return;
    }
    const DistroClientExtra extra = *distro_record_extra(node, record);
    drop_extra(v2, record);
    record->held = only_of(&extra.content) & HELD_MAX;
    record->revision = (uint32_t)extra.revision & REVISION_MAX;
    record->renewed_us = (uint32_t)(extra.renewed_wall_us - v2->renewed_base_wall_us) & RENEWED_MAX;
}

void distro_records_remove(DistroReplication *v2, DistroClient client)
{
    DistroRecord *record = distro_records_find(v2, client);
    g_assert(record != NULL);
    if (record->has_extra) {
        drop_extra(v2, record);
    }
    take_out(v2, client, record);
}

/* --- what a record holds ------------------------------------------------------------------ */

void distro_record_set_content(DistroNode *node, DistroClient client, DistroRecord *record,
                               DistroContent content)
{
    if (!record->has_extra && content.count <= 1 && only_of(&content) <= HELD_MAX) {
        record->held = only_of(&content) & HELD_MAX;
        return;
    }
    DistroClientExtra *extra = distro_records_extend(node, client, record);
    clear_content(extra);
    extra->content = content;
    if (record->kind == DISTRO_RECORD_BEATING && content.count > 1) {
        extra->beats_wall_us = g_new0(int64_t, content.count);
    }
    settle(node, record);
}

void distro_record_set_revision(DistroNode *node, DistroClient client, DistroRecord *record,
                                int32_t revision)
{
    if (!record->has_extra && revision >= 0 && revision <= REVISION_MAX) {
        record->revision = (uint32_t)revision & REVISION_MAX;
        return;
    }
    distro_records_extend(node, client, record)->revision = revision;
    settle(node, record);
}

void distro_record_set_beats(const DistroNode *node, const DistroRecord *record, int64_t wall_us)
{
    g_assert(record->kind == DISTRO_RECORD_BEATING);
    const uint32_t count = distro_record_content(node, record).count;
    int64_t *beats = distro_record_beats(node, record);
    for (uint32_t i = 0; i < count; i++) {
        beats[i] = wall_us;
    }
}

/* Renewals that are out of reach then go to extras: of replicas that no lease ends, of a clock that
 * was set. @renewed gets its time afterwards. */
static void move_base(DistroNode *node, const DistroRecord *renewed)
{
    DistroReplication *v2 = distro_v2(node);
    const int64_t base_wall_us = node->wall_us - KEPT_US;
    DistroWalk walk = { .v2 = v2 };
    DistroRecord *record;
    while ((record = distro_walk_next(&walk)) != NULL) {
        if (record->has_extra || record == renewed) {
            continue;
        }
        const int64_t after_us = distro_record_renewed(node, record) - base_wall_us;
        if (after_us < 0 || after_us > RENEWED_MAX) {
            distro_records_extend(node, walk.client, record);
        } else {
            record->renewed_us = (uint32_t)after_us & RENEWED_MAX;
        }
    }
    v2->renewed_base_wall_us = base_wall_us;
}

void distro_record_renew_far(DistroNode *node, DistroClient client, DistroRecord *record,
                             int64_t wall_us)
{
    if (!record->has_extra && wall_us >= node->wall_us) {
        move_base(node, record);
    }
    if (!record->has_extra && is_near(distro_v2(node), wall_us)) {
        record->renewed_us =
            (uint32_t)(wall_us - distro_v2(node)->renewed_base_wall_us) & RENEWED_MAX;
        return;
    }
    distro_records_extend(node, client, record)->renewed_wall_us = wall_us;
    settle(node, record);
}

/* --- life --------------------------------------------------------------------------------- */

static size_t page_bytes(const DistroReplication *v2)
{
    size_t bytes = v2->page_capacity * (sizeof(DistroPage) + sizeof(uint8_t));
    for (uint32_t i = 0; i < v2->page_count; i++) {
        bytes += v2->rooms[i] * sizeof(DistroRecord);
    }
    return bytes;
}

static size_t extra_bytes(const DistroReplication *v2)
{
    size_t bytes = v2->extra_capacity * sizeof(DistroClientExtra);
    for (uint32_t i = 0; i < v2->extra_count; i++) {
        const DistroClientExtra *extra = &v2->extras[i];
        const uint32_t count = extra->content.count;
        if (count > 1) { /* an ip:port client has a beat of each, too */
            bytes += count * sizeof(DistroPublication);
            bytes += extra->beats_wall_us != NULL ? count * sizeof(int64_t) : 0;
        }
    }
    return bytes;
}

size_t distro_records_bytes(const DistroReplication *v2)
{
    return page_bytes(v2) + extra_bytes(v2);
}

void distro_records_clear(DistroReplication *v2)
{
    for (uint32_t i = 0; i < v2->page_count; i++) {
        g_free(v2->pages[i].records);
    }
    g_free(v2->pages);
    g_free(v2->rooms);
    for (uint32_t i = 0; i < v2->extra_count; i++) {
        clear_content(&v2->extras[i]);
    }
    g_free(v2->extras);
}
