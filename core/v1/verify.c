/* core/v1/verify.c -- each owner sends each peer the checksums of what it owns, every 5 s
 * (DistroVerifyTask, DistroConsistencyServiceImpl#onReceiveChecksums).
 *
 *   owner  --CHECKSUM {key: md5}-->  receiver:  a key that is its own?      -> all is dropped
 *                                               a key of the owner's that
 *                                               is not in the digest        -> removed here
 *                                               a key that is not the same  -> asked for
 *   owner  <------PULL [keys]------  receiver
 *
 * The digest alone deletes: an owner that has lost a key takes it from everybody, unless it has
 * lost them all, since an empty digest is not sent. Nor does it wait for its own load to be done.
 */
#include <string.h>

#include "core/planted.h"
#include "core/v1/lists.h"
#include "core/v1/replication.h"

/* --- the owner's side --------------------------------------------------------------------- */

/* DistroDataStorageImpl#getVerifyData. Returns how many. */
static uint32_t list_checksums(DistroNode *node, DistroMessage *message)
{
    g_autoptr(GArray) services = distro_datums_sorted(node);
    GByteArray *list = g_byte_array_new();
    uint32_t count = 0;
    for (guint i = 0; i < services->len; i++) {
        DistroWireChecksum checksum = { .service = g_array_index(services, DistroService, i) };
        DistroDatum *datum = distro_datum_find(node, checksum.service);
        if (!datum->stored || !distro_datum_owned(node, checksum.service)) {
            continue;
        }
        memcpy(checksum.md5, distro_datum_checksum(node, datum), DISTRO_MD5_SIZE);
        distro_list_add_checksum(list, &checksum);
        count++;
    }
    distro_message_take_list(message, list, count);
    return count;
}

/* To every peer, whatever its state: only who is no member any more is left out. */
static void send_digest(DistroNode *node)
{
    DistroMessage message = { .op = DISTRO_OP_CHECKSUM, .target = node->self };
    const uint32_t count = list_checksums(node, &message);
    for (guint i = 0; count > 0 && i < node->members.list->len; i++) {
        DistroMember *member = &g_array_index(node->members.list, DistroMember, i);
        if (member->address == node->self) {
            continue;
        }
        const DistroTicket ticket = { .peer = member->address,
                                      .serial = distro_members_slot(node, member),
                                      .purpose = DISTRO_PURPOSE_PROTOCOL,
                                      .action = DISTRO_OP_CHECKSUM };
        member->counters.verify_sent++;
        distro_emit_event(node, DISTRO_EVENT_VERIFY_SENT, member->address, DISTRO_NONE, count);
        distro_emit_http(node, ticket, &message, DISTRO_V1_CONNECT_US, DISTRO_V1_READ_US,
                         DISTRO_PATH_VERIFY);
    }
    distro_message_clear(&message);
}

void distro_v1_verify_wake(DistroNode *node)
{
    if (distro_v1(node)->verify_at_us > node->now_us) {
        return;
    }
    distro_v1(node)->verify_at_us =
        node->now_us + node->config.verify_interval_us + distro_late_us(node, DISTRO_TIMER_VERIFY);
    if (!DISTRO_PLANTED(NO_VERIFY)) {
        send_digest(node);
    }
}

/* A failure is only logged: the next digest comes anyway. */
void distro_v1_checksum_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                                const DistroMessage *answer)
{
    DistroMember *member = distro_members_find(node, ticket.peer, ticket.serial);
    const bool good = outcome == DISTRO_OUTCOME_ANSWERED && answer->status == DISTRO_STATUS_OK;
    if (member != NULL) {
        member->counters.verify_ok += good;
        member->counters.verify_failed += !good;
    }
    distro_emit_event(node, good ? DISTRO_EVENT_VERIFY_OK : DISTRO_EVENT_VERIFY_FAILED, ticket.peer,
                      DISTRO_NONE, 1);
}

/* --- the receiver's side ------------------------------------------------------------------ */

static DistroRun *find_run(const DistroNode *node, DistroName source)
{
    for (guint i = 0; i < distro_v1(node)->runs->len; i++) {
        DistroRun *run = &g_array_index(distro_v1(node)->runs, DistroRun, i);
        if (run->source == source) {
            return run;
        }
    }
    return NULL;
}

/* Does the digest speak of a service that is ours? */
static DistroService disputed(const DistroNode *node, const DistroMessage *message)
{
    size_t offset = 0;
    DistroWireChecksum checksum;
    while (distro_list_next_checksum(message->list, &offset, &checksum)) {
        if (distro_datum_owned(node, checksum.service)) {
            return checksum.service;
        }
    }
    return DISTRO_NONE;
}

static bool is_same(DistroNode *node, const DistroWireChecksum *checksum)
{
    DistroDatum *datum = distro_datum_find(node, checksum->service);
    return datum != NULL && datum->stored &&
           (DISTRO_PLANTED(DIGEST_BY_KEY_ONLY) ||
            memcmp(distro_datum_checksum(node, datum), checksum->md5, DISTRO_MD5_SIZE) == 0);
}

/* The keys that are not the same here. */
static uint32_t list_stale(DistroNode *node, const DistroMessage *digest, DistroMessage *pull)
{
    GByteArray *list = g_byte_array_new();
    size_t offset = 0;
    DistroWireChecksum checksum;
    uint32_t count = 0;
    while (distro_list_next_checksum(digest->list, &offset, &checksum)) {
        if (!is_same(node, &checksum)) {
            distro_list_add_service(list, checksum.service);
            count++;
        }
    }
    distro_message_take_list(pull, list, count);
    return count;
}

static bool is_in_digest(const DistroMessage *digest, size_t *offset, DistroService service,
                         DistroWireChecksum *next)
{
    while (next->service < service && distro_list_next_checksum(digest->list, offset, next)) {
    }
    return next->service == service;
}

/* What is here and, by mapSrv, the source's, and is not in its digest. Both ascend. */
static void remove_missing(DistroNode *node, const DistroMessage *digest)
{
    g_autoptr(GArray) services = distro_datums_sorted(node);
    size_t offset = 0;
    DistroWireChecksum next = { 0 };
    for (guint i = 0; i < services->len; i++) {
        const DistroService service = g_array_index(services, DistroService, i);
        const uint32_t tag_hash =
            distro_dictionary_service_info(node->dictionary, service)->tag_hash;
        if (is_in_digest(digest, &offset, service, &next) ||
            !distro_datum_find(node, service)->stored ||
            distro_node_owner(node, tag_hash) != digest->target) {
            continue;
        }
        distro_datum_remove(node, service);
    }
}

static void pull(DistroNode *node, uint64_t call, DistroName source, const DistroMessage *request)
{
    const DistroRun run = { .source = source, .serial = ++distro_v1(node)->serial, .call = call };
    g_array_append_val(distro_v1(node)->runs, run);
    const DistroTicket ticket = { .peer = source,
                                  .serial = run.serial,
                                  .purpose = DISTRO_PURPOSE_PROTOCOL,
                                  .action = DISTRO_OP_PULL };
    DistroMember *member = distro_members_find(node, source, 0);
    if (member != NULL) {
        member->counters.repairs += request->list_count;
    }
    distro_emit_event(node, DISTRO_EVENT_VERIFY_REPAIR, source, DISTRO_NONE, request->list_count);
    distro_emit_http(node, ticket, request, DISTRO_V1_CONNECT_US, DISTRO_V1_READ_US,
                     DISTRO_PATH_VERIFY);
}

void distro_v1_receive_checksums(DistroNode *node, uint64_t call, const DistroMessage *message)
{
    DistroMessage request = { .op = DISTRO_OP_PULL };
    const bool running = find_run(node, message->target) != NULL && !DISTRO_PLANTED(RUNS_OVERLAP);
    const DistroService ours = running ? DISTRO_NONE : disputed(node, message);
    if (running) {
        distro_emit_event(node, DISTRO_EVENT_VERIFY_SKIPPED, message->target, DISTRO_NONE, 0);
    } else if (ours != DISTRO_NONE && !DISTRO_PLANTED(NO_ABORT)) {
        distro_emit_event(node, DISTRO_EVENT_VERIFY_ABORTED, message->target, DISTRO_NONE, ours);
    } else {
        const uint32_t stale = list_stale(node, message, &request);
        if (!DISTRO_PLANTED(DIGEST_REMOVES_NOTHING)) {
            remove_missing(node, message);
        }
        if (stale > 0 && !DISTRO_PLANTED(NO_REPAIR)) {
            pull(node, call, message->target, &request);
            distro_message_clear(&request);
            return; /* the answer waits for it */
        }
    }
    distro_message_clear(&request);
    distro_emit_status(node, call, message, DISTRO_STATUS_OK);
}

/* An error is only logged, and "ok" is said in any case. */
void distro_v1_pull_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                            const DistroMessage *answer)
{
    if (outcome == DISTRO_OUTCOME_ANSWERED && answer->status == DISTRO_STATUS_OK) {
        distro_v1_take(node, answer, DISTRO_PATH_VERIFY);
    }
    for (guint i = 0; i < distro_v1(node)->runs->len; i++) {
        const DistroRun run = g_array_index(distro_v1(node)->runs, DistroRun, i);
        if (run.serial == ticket.serial) {
            g_array_remove_index(distro_v1(node)->runs, i);
            const DistroMessage digest = { .op = DISTRO_OP_CHECKSUM };
            distro_emit_status(node, run.call, &digest, DISTRO_STATUS_OK);
            return;
        }
    }
}
