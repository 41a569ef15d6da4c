/* core/v2/apply.c -- what peers send (DistroDataRequestHandler, DistroClientDataProcessor).
 *
 * Without the switches of a hardened node (order.c) nothing is checked that Nacos does not check:
 * not whether the sender owns the client, not whether its state is newer than ours, not whether our
 * own load is done. The last to arrive wins. */
#include "core/planted.h"
#include "core/v2/replication.h"
#include "core/v2/snapshot.h"

/* --- CHANGE and snapshot elements --------------------------------------------------------- */

static DistroRecordKind kind_for(const DistroNode *node, DistroClient client)
{
    switch (distro_dictionary_client_info(node->dictionary, client)->kind) {
    case DISTRO_CLIENT_CONNECTION:
        return DISTRO_RECORD_SYNCED;
    case DISTRO_CLIENT_IP_PORT:
        return DISTRO_RECORD_BEATING;
    case DISTRO_CLIENT_PERSISTENT:
        break;
    }
    return DISTRO_RECORD_NONE; /* PersistentIpPortClientManager throws */
}

static bool unequal(const DistroNode *node, DistroPublication a, DistroPublication b)
{
    return distro_dictionary_publication_info(node->dictionary, a)->equality !=
           distro_dictionary_publication_info(node->dictionary, b)->equality;
}

/* InstancePublishInfo#equals leaves the cluster out, so a publication that differs in nothing else
 * is not taken over (PROTOCOL.md 1.4): returns the received content with ours in its place. */
static DistroContent keep_equal_ones(const DistroNode *node, const DistroContent *ours,
                                     const DistroContent *received)
{
    DistroContent result = distro_content_ref(received);
    const DistroPublication *items = distro_content_items(received);
    for (uint32_t i = 0; i < received->count; i++) {
        const DistroService service =
            distro_dictionary_publication_info(node->dictionary, items[i])->service;
        const DistroPublication held = distro_content_find(node->dictionary, ours, service);
        if (held == 0 || held == items[i] || unequal(node, held, items[i])) {
            continue;
        }
        DistroContent mended = distro_content_with(node->dictionary, &result, service, held);
        distro_content_clear(&result);
        result = mended;
    }
    return result;
}

/* A release that knows no batches skips them as JSON that it does not know, so what it does not
 * find among the rest it takes for deregistered. */
static DistroContent without_batches(const DistroNode *node, const DistroContent *received)
{
    DistroContent result = distro_content_ref(received);
    const DistroPublication *items = distro_content_items(received);
    for (uint32_t i = 0; i < received->count; i++) {
        const DistroPublicationInfo *info =
            distro_dictionary_publication_info(node->dictionary, items[i]);
        if (info->batch) {
            DistroContent fewer = distro_content_with(node->dictionary, &result, info->service, 0);
            distro_content_clear(&result);
            result = fewer;
        }
    }
    return result;
}

/* Where a release stores no revision, it still does at the end of applying batches, and does not
 * come there without one (#processBatchInstanceDistroData). */
static bool holds_batch(const DistroNode *node, const DistroContent *content)
{
    const DistroPublication *items = distro_content_items(content);
    for (uint32_t i = 0; i < content->count; i++) {
        if (distro_dictionary_publication_info(node->dictionary, items[i])->batch) {
            return true;
        }
    }
    return false;
}

/* A new replica of @client, or NULL if no manager takes it. */
static DistroRecord *create(DistroNode *node, DistroClient client)
{
    const DistroRecordKind kind = kind_for(node, client);
    if (kind == DISTRO_RECORD_NONE) {
        return NULL;
    }
    DistroRecord *record = distro_clients_create(node, client, kind);
    if (DISTRO_PLANTED(COPY_HAS_NO_TIMER) && kind == DISTRO_RECORD_BEATING) {
        distro_record_extra(node, record)->timer_stamp = 0;
    }
    return record;
}

/* #upgradeClient, as far as what is published goes. */
static void take_over(DistroNode *node, DistroClient client, DistroRecord *record,
                      const DistroContent *content, DistroPath path, int32_t revision)
{
    g_assert(distro_clients_find(node, client) == record);
    const DistroContent held = distro_record_content(node, record);
    const bool shrinks = content->count < held.count;
    distro_record_set_revision(node, client, record, revision);
    if (distro_content_equal(&held, content) || (DISTRO_PLANTED(REMOVALS_FORGOTTEN) && shrinks)) {
        return;
    }
    DistroContent taken = node->config.compare_cluster ? distro_content_ref(content)
                                                       : keep_equal_ones(node, &held, content);
    if (distro_clients_publish(node, client, record, taken, path) > 0) {
        /* Each put and remove raises ClientChanged; only an owner passes it on. */
        distro_sync_changed(node, client, record);
    }
}

/* Nacos takes whatever comes; a hardened node, what is later than what it holds. */
static bool is_taken(DistroNode *node, DistroClient client, DistroRecord *record, int32_t revision,
                     const DistroContent *content)
{
    if (record->kind == DISTRO_RECORD_BEATING) {
        return !node->config.ordered_revisions ||
               distro_order_takes(node, client, record, revision, content);
    }
    /* Its own connections a node knows best. */
    return node->config.accept_older_revision || (record->kind == DISTRO_RECORD_SYNCED &&
                                                  revision >= distro_record_revision(node, record));
}

/* syncRenewsLease */
static void renew_by_state(DistroNode *node, DistroClient client, DistroRecord *record)
{
    if (!node->config.sync_renews_lease || record->kind == DISTRO_RECORD_NATIVE) {
        return;
    }
    distro_record_renew(node, client, record, node->wall_us);
    if (record->kind == DISTRO_RECORD_BEATING) {
        distro_record_extra(node, record)->vouched_by = node->from;
    }
}

/* snapshotResetsLease off: a new replica is as old here as where it comes from. */
static void age(DistroNode *node, DistroClient client, DistroRecord *record, int64_t idle_us)
{
    g_assert_cmpint(idle_us, >=, 0);
    g_assert(record->kind != DISTRO_RECORD_NATIVE);
    if (node->config.snapshot_resets_lease) {
        return;
    }
    const int64_t renewed_wall_us = node->wall_us - idle_us;
    distro_record_renew(node, client, record, renewed_wall_us);
    if (record->kind == DISTRO_RECORD_BEATING) {
        distro_record_set_beats(node, record, renewed_wall_us);
    }
}

/* #handlerClientSyncData. False: an exception in Nacos. */
static bool apply(DistroNode *node, DistroClient client, int32_t revision,
                  const DistroContent *content, DistroPath path, int64_t idle_us)
{
    DistroRecord *record = distro_clients_find(node, client);
    const bool created = record == NULL;
    if (created && distro_tombstone_stands(node, client)) {
        return true;
    }
    if (created) {
        record = create(node, client);
        if (record == NULL) {
            return false;
        }
    } else if (!is_taken(node, client, record, revision, content)) {
        return true;
    }
    DistroContent known =
        node->config.batch_register ? distro_content_ref(content) : without_batches(node, content);
    const bool stores =
        created || node->config.store_revision_on_apply || holds_batch(node, &known);
    take_over(node, client, record, &known, path,
              stores ? revision : distro_record_revision(node, record));
    distro_content_clear(&known);
    if (path == DISTRO_PATH_SNAPSHOT && created) {
        age(node, client, record, idle_us);
    } else if (path != DISTRO_PATH_SNAPSHOT) {
        renew_by_state(node, client, record);
    }
    node->counters.applied++;
    distro_emit_event(node, DISTRO_EVENT_SYNC_APPLIED, DISTRO_NONE, client, revision);
    return true;
}

/* DistroClientDataProcessor#processSnapshot: elements applied before a bad one stay applied. */
bool distro_v2_take_snapshot(DistroNode *node, const DistroMessage *answer)
{
    size_t offset = 0;
    DistroSnapshotElement element;
    node->from = DISTRO_NONE; /* the peer that serves it knows no better than its state says */
    while (distro_snapshot_next(answer->list, &offset, &element)) {
        DistroContent content = distro_content_new(element.items, element.count);
        const bool good = apply(node, element.client, element.revision, &content,
                                DISTRO_PATH_SNAPSHOT, element.idle_ms * (int64_t)1000);
        distro_content_clear(&content);
        if (!good) {
            return false;
        }
    }
    return true;
}

/* --- DELETE ------------------------------------------------------------------------------- */

/* ClientManager#clientDisconnected: remove, then tell the peers if it was ours. No tombstone. */
void distro_client_disconnected(DistroNode *node, DistroClient client, DistroPath path)
{
    const DistroRecord *record = distro_clients_find(node, client);
    if (record == NULL) {
        return;
    }
    const bool untold = DISTRO_PLANTED(EXPIRY_IS_LOCAL) && path == DISTRO_PATH_LEASE;
    const bool owned = distro_clients_owned(node, client, record) && !untold;
    if (record->kind == DISTRO_RECORD_NATIVE) {
        distro_tombstone_set(node, client);
    }
    distro_clients_remove(node, client, path);
    g_assert(distro_clients_find(node, client) == NULL);
    distro_sync_removed(node, client, owned);
}

/* DELETE_BY_ADDRESS: the other replicas that publish the same. */
static void delete_equal_ones(DistroNode *node, DistroClient client, const DistroContent *held)
{
    const DistroDictionaryCounts counts = distro_dictionary_counts(node->dictionary);
    for (DistroClient other = 1; other <= counts.clients; other++) {
        const DistroRecord *record = distro_clients_find(node, other);
        if (record == NULL || record->kind != DISTRO_RECORD_SYNCED || other == client) {
            continue;
        }
        const DistroContent same = distro_record_content(node, record);
        if (distro_content_equal(&same, held)) {
            distro_clients_remove(node, other, DISTRO_PATH_PUSH);
        }
    }
}

static void apply_delete(DistroNode *node, DistroClient client)
{
    const DistroRecord *record = distro_clients_find(node, client);
    if (record != NULL && !node->config.delete_from_non_owner &&
        distro_order_speaks_for(node, client, record)) {
        return;
    }
    if (kind_for(node, client) == DISTRO_RECORD_SYNCED) {
        distro_tombstone_set(node, client); /* what it is about may be on its way still */
    }
    if (record == NULL) {
        return;
    }
    const DistroContent held = distro_record_content(node, record);
    if (DISTRO_PLANTED(DELETE_BY_ADDRESS)) {
        delete_equal_ones(node, client, &held);
    }
    distro_client_disconnected(node, client, DISTRO_PATH_PUSH);
    distro_emit_event(node, DISTRO_EVENT_SYNC_DELETED, DISTRO_NONE, client, 0);
}

/* --- VERIFY ------------------------------------------------------------------------------- */

/* ClientBeatUpdateTask: the owner's word counts as a beat of every instance. */
static void renew(DistroNode *node, DistroClient client, DistroRecord *record)
{
    if (record->kind == DISTRO_RECORD_BEATING) {
        if (!distro_order_renews(node, record) ||
            (!node->config.verify_renews_owner && distro_clients_owned(node, client, record))) {
            return;
        }
        if (!DISTRO_PLANTED(VERIFY_IS_NO_BEAT)) {
            distro_record_set_beats(node, record, node->wall_us);
        }
        distro_record_extra(node, record)->vouched_by = node->from;
    }
    if (DISTRO_PLANTED(LEASE_NOT_RENEWED) || record->kind == DISTRO_RECORD_NATIVE) {
        return;
    }
    distro_record_renew(node, client, record, node->wall_us);
}

/* An owner that holds an earlier state than we do is told ours, where that can be known. */
static DistroStatus differs(DistroNode *node, DistroClient client, const DistroRecord *record,
                            int32_t revision)
{
    g_assert(record != NULL);
    if (record->kind == DISTRO_RECORD_BEATING && node->config.ordered_revisions &&
        distro_order_compare(revision, distro_record_revision(node, record)) ==
            DISTRO_ORDER_EARLIER) {
        distro_order_send_back(node, client);
        return DISTRO_STATUS_OK;
    }
    return DISTRO_STATUS_VERIFY_FAILED;
}

/* ClientManager#verifyClient: revision 0 matches anything. */
static bool matches(const DistroNode *node, const DistroRecord *record, int32_t revision)
{
    return revision == distro_record_revision(node, record) ||
           (revision == 0 && node->config.zero_revision_matches) || !node->config.verify_revision;
}

static DistroStatus verify(DistroNode *node, DistroClient client, DistroRecord *record,
                           int32_t revision)
{
    if (record == NULL) {
        return kind_for(node, client) == DISTRO_RECORD_NONE ? DISTRO_STATUS_EXCEPTION
                                                            : DISTRO_STATUS_VERIFY_FAILED;
    }
    if (!matches(node, record, revision)) {
        return differs(node, client, record, revision);
    }
    renew(node, client, record);
    return DISTRO_STATUS_OK;
}

/* An owner's clients lie far apart in the tables of its peers: each is fetched a little ahead. */
#define FETCH_AHEAD 8

typedef struct Fetched {
    const DistroNode *node;
    const DistroInput *input;
    DistroRecord *records[FETCH_AHEAD]; /* of the digests from the present one on */
} Fetched;

static void fetch(Fetched *fetched, uint32_t index)
{
    if (index < fetched->input->verify.count) {
        DistroRecord *record =
            distro_clients_find(fetched->node, fetched->input->verify.digests[index].client);
        fetched->records[index % FETCH_AHEAD] = record;
        __builtin_prefetch(record, 1);
    }
}

static Fetched fetch_first(const DistroNode *node, const DistroInput *input)
{
    Fetched fetched = { .node = node, .input = input };
    for (uint32_t i = 0; i < FETCH_AHEAD; i++) {
        fetch(&fetched, i);
    }
    return fetched;
}

static DistroRecord *take(Fetched *fetched, uint32_t index)
{
    DistroRecord *record = fetched->records[index % FETCH_AHEAD];
    fetch(fetched, index + FETCH_AHEAD);
    return record;
}

/* What a REQUEST each would do: nothing but leases and delayed tasks changes, so one pass does for
 * all. */
static uint32_t take_all(DistroNode *node, const DistroInput *input)
{
    Fetched fetched = fetch_first(node, input);
    for (uint32_t i = 0; i < input->verify.count; i++) {
        const DistroDigest *digest = &input->verify.digests[i];
        DistroRecord *record = take(&fetched, i);
        const DistroMiss miss = { i, verify(node, digest->client, record, digest->revision) };
        if (miss.status != DISTRO_STATUS_OK) {
            g_array_append_val(distro_v2(node)->misses, miss);
        }
    }
    return input->verify.count;
}

/* Those that do no more than renew a replica, each at its own time. */
static uint32_t take_ahead(DistroNode *node, const DistroInput *input)
{
    Fetched fetched = fetch_first(node, input);
    uint32_t i = 0;
    for (; i < input->verify.count; i++) {
        const DistroDigest *digest = &input->verify.digests[i];
        DistroRecord *record = take(&fetched, i);
        if (record == NULL || record->kind != DISTRO_RECORD_SYNCED ||
            !matches(node, record, digest->revision) || DISTRO_PLANTED(LEASE_NOT_RENEWED)) {
            break;
        }
        distro_record_renew(node, digest->client, record,
                            node->wall_us + input->verify.after_us[i]);
    }
    return i;
}

void distro_v2_verify(DistroNode *node, const DistroInput *input)
{
    GArray *misses = distro_v2(node)->misses;
    g_array_set_size(misses, 0);
    node->from = input->verify.from;
    const uint32_t taken =
        input->verify.after_us != NULL ? take_ahead(node, input) : take_all(node, input);
    DistroEffect *effect = distro_emit(node, DISTRO_EFFECT_MISSES);
    effect->misses.call = input->verify.call;
    effect->misses.taken = taken;
    effect->misses.misses = (const DistroMiss *)(const void *)misses->data;
    effect->misses.count = misses->len;
}

/* --- SNAPSHOT and QUERY ------------------------------------------------------------------- */

static void add_to_snapshot(const DistroNode *node, GByteArray *list, DistroClient client,
                            const DistroRecord *record)
{
    const DistroContent content = distro_record_content(node, record);
    DistroSnapshotElement element = { .client = client,
                                      .revision = distro_record_revision(node, record),
                                      .count = content.count,
                                      .items = distro_content_items(&content) };
    if (!node->config.snapshot_resets_lease && record->kind != DISTRO_RECORD_NATIVE) {
        const int64_t idle_ms = (node->wall_us - distro_record_renewed(node, record)) / 1000;
        element.idle_ms = (int32_t)CLAMP(idle_ms, 0, INT32_MAX);
    }
    distro_snapshot_add(list, &element);
}

/* Every ephemeral client held, owned or not, whether or not we have loaded anything ourselves. */
static void serve_snapshot(DistroNode *node, uint64_t call)
{
    DistroMessage answer = { .op = DISTRO_OP_SNAPSHOT,
                             .answer = true,
                             .status = DISTRO_STATUS_OK,
                             .identified = node->config.instance_ids };
    GByteArray *list = g_byte_array_new();
    uint32_t count = 0;
    uint32_t left = distro_clients_count(node);
    DistroWalk walk = { .v2 = distro_v2(node) };
    const DistroRecord *record;
    while ((record = distro_walk_next(&walk)) != NULL) {
        if (--left > 0 || !DISTRO_PLANTED(SNAPSHOT_SKIPS_LAST)) {
            add_to_snapshot(node, list, walk.client, record);
            count++;
        }
    }
    distro_message_take_list(&answer, list, count);
    distro_emit_answer(node, call, &answer);
    distro_message_clear(&answer);
    distro_emit_event(node, DISTRO_EVENT_SNAPSHOT_SERVED, DISTRO_NONE, DISTRO_NONE,
                      distro_clients_count(node));
}

static void serve_query(DistroNode *node, uint64_t call, DistroClient client)
{
    const DistroRecord *record = distro_clients_find(node, client);
    DistroMessage answer = { .op = DISTRO_OP_QUERY,
                             .answer = true,
                             .status = DISTRO_STATUS_OK,
                             .identified = node->config.instance_ids };
    if (record != NULL) {
        answer.client = client;
        answer.revision = distro_record_revision(node, record);
        answer.content = distro_record_content(node, record);
    }
    distro_emit_answer(node, call, &answer);
}

/* --- dispatch ----------------------------------------------------------------------------- */

void distro_v2_request(DistroNode *node, uint64_t call, const DistroMessage *message)
{
    switch (message->op) {
    case DISTRO_OP_CHANGE: {
        if (DISTRO_PLANTED(LOADING_IS_DEAF) && !node->load.initialised) {
            distro_emit_status(node, call, message, DISTRO_STATUS_OK);
            return;
        }
        const bool good =
            apply(node, message->client, message->revision, &message->content, DISTRO_PATH_PUSH, 0);
        distro_emit_status(node, call, message, good ? DISTRO_STATUS_OK : DISTRO_STATUS_EXCEPTION);
        return;
    }
    case DISTRO_OP_DELETE:
        apply_delete(node, message->client);
        distro_emit_status(node, call, message, DISTRO_STATUS_OK);
        return;
    case DISTRO_OP_VERIFY:
        distro_emit_status(node, call, message,
                           verify(node, message->client, distro_clients_find(node, message->client),
                                  message->revision));
        return;
    case DISTRO_OP_SNAPSHOT:
        serve_snapshot(node, call);
        return;
    case DISTRO_OP_QUERY:
        serve_query(node, call, message->client);
        return;
    default:
        g_assert_not_reached();
    }
}
