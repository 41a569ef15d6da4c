/* sim/check/protocol.c -- what the protocol must not do to itself: verify without end, end a native
 * client by a lease, answer queries with other than its records. */
#include "sim/check/internal.h"

#include <inttypes.h>

#include "sim/server/push.h"
#include "sim/server/server.h"

#define SECONDS(n) ((int64_t)(n)*1000000)

static const SimNode *node_at(const Check *check, uint32_t node)
{
    return g_ptr_array_index(check->world->nodes, node);
}

static const char *id_of(const Check *check, DistroClient client)
{
    return distro_dictionary_client_info(check->world->dictionary, client)->id;
}

/* The world's number of the client that goes by this id; UINT32_MAX: none. */
static uint32_t index_of(const Check *check, DistroClient id)
{
    GHashTable *by_id = check->world->client_by_id;

    return GPOINTER_TO_UINT(g_hash_table_lookup(by_id, GUINT_TO_POINTER(id))) - 1u;
}

/* --- verify_quiet --------------------------------------------------------------------------- */

enum {
    VERIFY_FAILURES
};

/* How often in a row VERIFY of one client was answered FAIL, by owner, peer and client. Only what
 * fails is in the table: it is empty in a healthy world. */
typedef struct Failures {
    GHashTable *in_a_row; /* key -> (incarnation of the owner, count); look up only */
    GArray *of_client;    /* uint32_t by DistroClient: keys in the table */
} Failures;

static void verify_start(Check *check)
{
    Failures *failures = check->own = g_new0(Failures, 1);

    failures->in_a_row = g_hash_table_new(sim_hash_packed, NULL);
    failures->of_client = g_array_new(false, true, sizeof(uint32_t));
}

static void verify_clear(Check *check)
{
    g_hash_table_destroy(((Failures *)check->own)->in_a_row);
    g_array_free(((Failures *)check->own)->of_client, true);
}

static uint32_t *failures_of(Failures *failures, DistroClient client)
{
    if (client >= failures->of_client->len) {
        g_array_set_size(failures->of_client, client + 1);
    }
    return &g_array_index(failures->of_client, uint32_t, client);
}

static gpointer failure_key(uint32_t node, uint32_t peer_node, DistroClient client)
{
    return sim_pack(node << 16 | (peer_node & CHECK_NO_NODE), client);
}

static void forget_failures(Failures *failures, uint32_t node, uint32_t peer_node,
                            DistroClient client)
{
    uint32_t *of_client = failures_of(failures, client);

    if (*of_client > 0 &&
        g_hash_table_remove(failures->in_a_row, failure_key(node, peer_node, client))) {
        --*of_client;
    }
}

static uint32_t count_failure(Check *check, const SimCoreNews *event, gpointer key)
{
    GHashTable *in_a_row = ((Failures *)check->own)->in_a_row;
    uint64_t was = (uint64_t)(uintptr_t)g_hash_table_lookup(in_a_row, key);
    *failures_of(check->own, event->client) += was == 0;
    uint32_t incarnation = node_at(check, event->node)->incarnation;
    uint32_t count = was >> 32 == incarnation ? (uint32_t)was + 1 : 1;

    g_hash_table_replace(in_a_row, key, sim_pack(incarnation, count));
    return count;
}

static bool peer_counts(const Check *check, const SimCoreNews *event, uint32_t client)
{
    int64_t from_us = client == UINT32_MAX
                          ? sim_check_counts_for_server(check, event->peer_node, event->node)
                          : sim_check_counts_for_client(check, event->peer_node, client);

    return sim_check_is_judged(check, event->peer_node) && from_us <= check->world->now_us;
}

static void verify_matched(Check *check, const SimMatchedNews *matched)
{
    const Failures *failures = check->own;
    uint32_t next_miss = 0;

    if (g_hash_table_size(failures->in_a_row) == 0) {
        return;
    }
    for (uint32_t i = 0; i < matched->count; i++) {
        if (next_miss < matched->miss_count && matched->misses[next_miss].index == i) {
            next_miss++;
        } else {
            forget_failures(check->own, matched->node, matched->peer_node,
                            matched->digests[i].client);
        }
    }
}

static void verify_event(Check *check, const SimCoreNews *event)
{
    Failures *failures = check->own;
    gpointer key = failure_key(event->node, event->peer_node, event->client);

    if (event->event == DISTRO_EVENT_VERIFY_OK) {
        forget_failures(failures, event->node, event->peer_node, event->client);
        return;
    }
    uint32_t client = index_of(check, event->client);
    if (!peer_counts(check, event, client)) {
        return;
    }
    uint32_t count = count_failure(check, event, key);
    if (count == (uint64_t)check->values[VERIFY_FAILURES] + 1) {
        sim_check_tell(check, event->peer_node, client, DISTRO_NONE,
                       "%s answered FAIL to %u VERIFY of %s in a row from %s",
                       sim_check_node_name(check, event->peer_node), count,
                       id_of(check, event->client), sim_check_node_name(check, event->node));
    }
}

const CheckClass sim_check_verify_quiet = {
    .type = { "verify_quiet",
              { { "failures", SIM_CHECK_FIELD_COUNT, 3 },
                { "heal", SIM_CHECK_FIELD_DURATION, SECONDS(15) } } },
    .events = UINT64_C(1) << DISTRO_EVENT_VERIFY_OK | UINT64_C(1) << DISTRO_EVENT_VERIFY_MISMATCH,
    .start = verify_start,
    .clear = verify_clear,
    .event = verify_event,
    .matched = verify_matched,
};

/* --- no_native_expiry ----------------------------------------------------------------------- */

/* Its record may be gone already when the event is told, so the client's own word counts, too. */
static bool is_native(const Check *check, uint32_t node, DistroClient id, uint32_t client)
{
    const DistroNode *core = node_at(check, node)->core;
    DistroClientView record = { 0 };

    if (core != NULL) {
        record = distro_node_client(core, id);
    }
    if (record.present) {
        return record.native;
    }
    if (client == UINT32_MAX || distro_dictionary_client_info(check->world->dictionary, id)->kind !=
                                    DISTRO_CLIENT_CONNECTION) {
        return false;
    }
    const SimClient *party = g_ptr_array_index(check->world->clients, client);
    return sim_client_id(party) == id && sim_check_is_served_by(check, client, node);
}

static void expiry_event(Check *check, const SimCoreNews *event)
{
    uint32_t client = index_of(check, event->client);

    if (is_native(check, event->node, event->client, client)) {
        sim_check_tell(check, event->node, client, DISTRO_NONE,
                       "a lease ended %s on %s, where its connection ends",
                       id_of(check, event->client), sim_check_node_name(check, event->node));
    }
}

const CheckClass sim_check_no_native_expiry = {
    .type = { "no_native_expiry", { { "heal", SIM_CHECK_FIELD_DURATION, SECONDS(15) } } },
    .events = UINT64_C(1) << DISTRO_EVENT_LEASE_EXPIRED,
    .event = expiry_event,
};

/* --- view_matches_store --------------------------------------------------------------------- */

#define SWEEP_EVERY_US SECONDS(5)
#define SWEEP_RECORDS 4096  /* then the other nodes wait for the next time */
#define QUERY_AGE_US 600000 /* half a second and a tick of PushDelayTaskExecuteEngine */

typedef struct Mismatches {
    GHashTable *told;   /* mixed (node, client, service); look up only */
    uint32_t next_node; /* to be swept */
    GArray *places;     /* uint32_t by DistroService: how far its publishers have been met */
    GArray *ages;       /* bool by node: a look at the age of its queries is due */
} Mismatches;

static bool is_indexed(const SimNode *node, DistroClient client, DistroService service)
{
    size_t count, low = 0;
    const DistroClient *publishers = distro_node_publishers(node->core, service, &count);

    for (size_t high = count; low < high;) { /* the first that is not below @client */
        size_t middle = low + (high - low) / 2;
        if (publishers[middle] < client) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && publishers[low] == client;
}

static bool is_recorded(const Check *check, const SimNode *node, DistroClient client,
                        DistroService service)
{
    DistroClientView record = distro_node_client(node->core, client);

    return record.present &&
           distro_content_find(check->world->dictionary, &record.content, service) != DISTRO_NONE;
}

static void tell_mismatch(Check *check, uint32_t node, DistroClient client, DistroService service,
                          bool indexed)
{
    g_autofree char *name = sim_check_service_name(check, service);
    const char *format = indexed ? "%s lists %s in %s, which its record does not publish"
                                 : "%s does not list %s in %s, which its record publishes";

    sim_check_tell(check, node, index_of(check, client), service, format,
                   sim_check_node_name(check, node), id_of(check, client), name);
}

static void compare(Check *check, uint32_t node, DistroClient client, DistroService service,
                    bool indexed, bool recorded)
{
    Mismatches *mismatches = check->own;
    uint64_t mixed = sim_mix((uint64_t)client << 32 | service) ^ sim_mix(node);
    gpointer key = (gpointer)(uintptr_t)mixed;

    if (indexed == recorded) {
        if (g_hash_table_size(mismatches->told) > 0) {
            g_hash_table_remove(mismatches->told, key);
        }
    } else if (g_hash_table_add(mismatches->told, key)) {
        tell_mismatch(check, node, client, service, indexed);
    }
}

static bool can_be_read(const Check *check, uint32_t node)
{
    return sim_check_is_judged(check, node) && node_at(check, node)->core != NULL;
}

static void look_at_age(Check *check, uint32_t node, int64_t at_us)
{
    GArray *ages = ((Mismatches *)check->own)->ages;

    if (ages->len <= node) {
        g_array_set_size(ages, node + 1);
    }
    if (!g_array_index(ages, bool, node)) {
        g_array_index(ages, bool, node) = true;
        sim_check_wake(check, at_us, CHECK_DUE_NODE, node, 0);
    }
}

static void tell_age(Check *check, uint32_t node, DistroService service, int64_t age_us)
{
    g_autofree char *name = sim_check_service_name(check, service);

    sim_check_tell(check, node, UINT32_MAX, service,
                   "%s answers queries of %s with a list that is %" PRId64 " ms old",
                   sim_check_node_name(check, node), name, age_us / 1000);
}

/* A process that is paused answers nothing, and renews its lists as soon as it goes on. */
static void age_due(Check *check, uint32_t number)
{
    const SimNode *node = node_at(check, number);
    int64_t now_us = check->world->now_us;
    DistroService service = DISTRO_NONE;

    g_array_index(((Mismatches *)check->own)->ages, bool, number) = false;
    if (sim_server_push(node) == NULL) {
        return;
    }
    int64_t since_us = sim_push_stalest(sim_server_push(node), &service);
    if (since_us == INT64_MAX) {
        return;
    }
    bool told = !node->paused && now_us - MAX(since_us, node->paused_until_us) > QUERY_AGE_US;
    if (told) {
        tell_age(check, number, service, now_us - since_us);
    }
    int64_t next_us = MAX(since_us, node->paused_until_us) + QUERY_AGE_US + 1;
    look_at_age(check, number, told ? now_us + SWEEP_EVERY_US : next_us);
}

static void match_view(Check *check, uint32_t node, DistroClient client, DistroService service)
{
    const SimNode *seen = node_at(check, node);

    look_at_age(check, node, check->world->now_us + QUERY_AGE_US + 1);
    if (can_be_read(check, node)) {
        compare(check, node, client, service, is_indexed(seen, client, service),
                is_recorded(check, seen, client, service));
    }
}

/* Records and publishers ascend alike, so one walk meets each entry of the index once: if that is
 * all there are, both say the same. */
static bool agree(Check *check, const SimNode *node)
{
    DistroDictionary *dictionary = check->world->dictionary;
    DistroDictionaryCounts counts = distro_dictionary_counts(dictionary);
    GArray *places = ((Mismatches *)check->own)->places;
    size_t indexed = 0, met = 0, count;

    g_array_set_size(places, 0);
    g_array_set_size(places, counts.services + 1); /* cleared */
    for (DistroClient client = 1; client <= counts.clients; client++) {
        DistroClientView record = distro_node_client(node->core, client);
        const DistroPublication *items = distro_content_items(&record.content);
        for (uint32_t i = 0; record.present && i < record.content.count; i++) {
            DistroService service =
                distro_dictionary_publication_info(dictionary, items[i])->service;
            const DistroClient *publishers = distro_node_publishers(node->core, service, &count);
            uint32_t *place = &g_array_index(places, uint32_t, service);
            if (*place == count || publishers[*place] != client) {
                return false;
            }
            ++*place;
            met++;
        }
    }
    for (DistroService service = 1; service <= counts.services; service++) {
        distro_node_publishers(node->core, service, &count);
        indexed += count;
    }
    return met == indexed;
}

/* Every record is in the index, and nothing else is. A change that was not told shows here; what is
 * told is compared at once. */
static void sweep(Check *check, uint32_t node)
{
    DistroDictionary *dictionary = check->world->dictionary;
    DistroDictionaryCounts counts = distro_dictionary_counts(dictionary);
    const SimNode *swept = node_at(check, node);

    if (g_hash_table_size(((Mismatches *)check->own)->told) == 0 && agree(check, swept)) {
        return;
    }
    for (DistroClient client = 1; client <= counts.clients; client++) {
        DistroClientView record = distro_node_client(swept->core, client);
        const DistroPublication *items = distro_content_items(&record.content);
        for (uint32_t i = 0; record.present && i < record.content.count; i++) {
            DistroService service =
                distro_dictionary_publication_info(dictionary, items[i])->service;
            compare(check, node, client, service, is_indexed(swept, client, service), true);
        }
    }
    for (DistroService service = 1; service <= counts.services; service++) {
        size_t count;
        const DistroClient *publishers = distro_node_publishers(swept->core, service, &count);
        for (size_t i = 0; i < count; i++) {
            compare(check, node, publishers[i], service, true,
                    is_recorded(check, swept, publishers[i], service));
        }
    }
}

static void match_due(Check *check, CheckDue what, uint32_t node, uint32_t subject)
{
    Mismatches *mismatches = check->own;
    uint32_t count = check->world->nodes->len;
    size_t swept = 0;

    (void)subject;
    if (what == CHECK_DUE_NODE) {
        age_due(check, node);
        return;
    }
    for (uint32_t i = 0; i < count && swept < SWEEP_RECORDS; i++) {
        uint32_t next = mismatches->next_node++ % count;
        if (!can_be_read(check, next)) {
            continue;
        }
        swept += distro_node_state(node_at(check, next)->core).clients;
        sweep(check, next);
    }
    sim_check_wake(check, check->world->now_us + SWEEP_EVERY_US, CHECK_DUE_TICK, CHECK_NO_NODE, 0);
}

static void match_start(Check *check)
{
    Mismatches *mismatches = check->own = g_new0(Mismatches, 1);

    mismatches->told = g_hash_table_new(sim_hash_packed, NULL);
    mismatches->places = g_array_new(false, true, sizeof(uint32_t));
    mismatches->ages = g_array_new(false, true, sizeof(bool));
    sim_check_wake(check, check->world->now_us + SWEEP_EVERY_US, CHECK_DUE_TICK, CHECK_NO_NODE, 0);
}

static void match_finish(Check *check)
{
    for (uint32_t i = 0; i < check->world->nodes->len; i++) {
        if (can_be_read(check, i)) {
            sweep(check, i);
        }
    }
}

static void match_clear(Check *check)
{
    g_hash_table_destroy(((Mismatches *)check->own)->told);
    g_array_unref(((Mismatches *)check->own)->places);
    g_array_unref(((Mismatches *)check->own)->ages);
}

const CheckClass sim_check_view_matches_store = {
    .type = { "view_matches_store", { { "heal", SIM_CHECK_FIELD_DURATION, SECONDS(15) } } },
    .start = match_start,
    .clear = match_clear,
    .view = match_view,
    .due = match_due,
    .finish = match_finish,
};
