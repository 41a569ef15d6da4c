/* core/v2/verify.c -- each owner tells each peer what it owns, every few seconds
 * (DistroVerifyTimedTask, DistroVerifyExecuteTask). One call per client and peer: a match renews
 * the peer's lease, a mismatch brings the client's state there at once. */
#include "core/planted.h"
#include "core/v2/replication.h"

/* --- for hosts ---------------------------------------------------------------------------- */

DistroFrame distro_digest_frame(const DistroDictionary *dictionary, const DistroDigest *digest)
{
    const DistroMessage item = {
        .op = DISTRO_OP_VERIFY,
        .client = digest->client,
        .revision = digest->revision,
    };
    return distro_wire_encode(dictionary, &item); /* has no body */
}

const DistroDigest *distro_round_digests(const DistroEffect *round, uint32_t *count)
{
    gsize bytes;
    const DistroDigest *digests = g_bytes_get_data(round->round.digests, &bytes);
    *count = (uint32_t)(bytes / sizeof *digests);
    return digests;
}

void distro_round_single(const DistroDictionary *dictionary, const DistroEffect *round,
                         uint32_t peer, uint32_t digest, DistroEffect single[2])
{
    g_assert(round->kind == DISTRO_EFFECT_ROUND);
    g_assert_cmpuint(peer, <, round->round.peer_count);
    uint32_t count;
    const DistroDigest *about = &distro_round_digests(round, &count)[digest];
    DistroTicket ticket = round->round.tickets[peer];
    ticket.client = about->client;
    single[0] = (DistroEffect) {
        .kind = DISTRO_EFFECT_EVENT,
        .event = { .event = DISTRO_EVENT_VERIFY_SENT,
                   .peer = ticket.peer,
                   .client = about->client,
                   .value = about->revision },
    };
    single[1] = (DistroEffect) {
        .kind = DISTRO_EFFECT_SEND,
        .send = { .ticket = ticket,
                  .timeout_us = round->round.timeout_us,
                  .path = DISTRO_PATH_VERIFY,
                  .by_connection = true,
                  .frame = distro_digest_frame(dictionary, about) },
    };
}

/* --- a round ------------------------------------------------------------------------------ */

static void collect_one(const DistroNode *node, GArray *digests, DistroClient client,
                        const DistroRecord *record)
{
    g_assert(record->kind != DISTRO_RECORD_SYNCED);
    const int32_t revision = distro_record_revision(node, record);
    const DistroDigest digest = { client, node->config.verify_revision ? revision : 0 };
    g_array_append_val(digests, digest);
}

static void collect_beating(const DistroNode *node, GArray *digests)
{
    DistroWalk walk = { .v2 = distro_v2(node) };
    const DistroRecord *record;
    while ((record = distro_walk_next(&walk)) != NULL) {
        if (record->kind == DISTRO_RECORD_BEATING &&
            distro_order_verifies(node, walk.client, record)) {
            collect_one(node, digests, walk.client, record);
        }
    }
}

static GArray *collect(const DistroNode *node)
{
    const uint32_t natives = distro_v2(node)->counts[DISTRO_RECORD_NATIVE];
    GArray *digests = g_array_sized_new(false, false, sizeof(DistroDigest), natives);
    DistroClient client = DISTRO_NONE;
    const DistroRecord *record;
    while ((record = distro_records_next_native(distro_v2(node), &client)) != NULL) {
        collect_one(node, digests, client, record);
    }
    if (distro_v2(node)->counts[DISTRO_RECORD_BEATING] > 0 &&
        !DISTRO_PLANTED(VERIFY_SKIPS_BEATING)) {
        collect_beating(node, digests);
    }
    return digests;
}

/* Tasks of different peers run on different workers, side by side, so any interleaving is one that
 * Nacos could show; peer by peer leaves the host the choice of carrying each peer's together. */
static void send_round(DistroNode *node, GBytes *digests, uint32_t count)
{
    g_assert_cmpuint(count, >, 0);
    g_assert_cmpuint(g_bytes_get_size(digests), ==, count * sizeof(DistroDigest));
    GArray *tickets = distro_v2(node)->verify_tickets;
    g_array_set_size(tickets, 0);
    for (guint i = 0; i < node->members.list->len; i++) {
        DistroMember *member = &g_array_index(node->members.list, DistroMember, i);
        if (member->address == node->self || !distro_member_reachable(member)) {
            continue;
        }
        const DistroTicket ticket = {
            .peer = member->address,
            .serial = distro_members_slot(node, member),
            .purpose = DISTRO_PURPOSE_PROTOCOL,
            .action = DISTRO_OP_VERIFY,
        };
        g_array_append_val(tickets, ticket);
        member->counters.verify_sent += count;
        if (DISTRO_PLANTED(VERIFY_FIRST_ONLY)) {
            break;
        }
    }
    DistroEffect *effect = distro_emit(node, DISTRO_EFFECT_ROUND);
    effect->round.tickets = (const DistroTicket *)(const void *)tickets->data;
    effect->round.peer_count = tickets->len;
    effect->round.digests = digests;
    effect->round.timeout_us = node->config.verify_timeout_us;
}

/* An unreachable peer fails every item without a message; one event stands for all. */
static void count_unreachable(DistroNode *node, uint32_t items)
{
    for (guint i = 0; i < node->members.list->len; i++) {
        DistroMember *member = &g_array_index(node->members.list, DistroMember, i);
        if (member->address != node->self && !distro_member_reachable(member)) {
            member->counters.verify_failed += items;
            distro_emit_event(node, DISTRO_EVENT_VERIFY_FAILED, member->address, DISTRO_NONE,
                              items);
        }
    }
}

static void run(DistroNode *node)
{
    GArray *collected = collect(node);
    const uint32_t count = collected->len;
    GBytes *digests =
        g_bytes_new_take(g_array_free(collected, false), count * sizeof(DistroDigest));
    g_ptr_array_add(node->bodies, digests);
    if (count > 0) {
        send_round(node, digests, count);
        count_unreachable(node, count);
    }
}

/* --- before 2.1.1: a round to one peer is a task that may take long ------------------------ */

static void hand_out(DistroNode *node)
{
    GArray *items = collect(node);
    for (guint i = 0; items->len > 0 && i < node->members.list->len; i++) {
        const DistroMember *member = &g_array_index(node->members.list, DistroMember, i);
        if (member->address != node->self) {
            distro_workers_verify(node, member->address, items);
        }
    }
    g_array_unref(items);
    distro_workers_run(node);
}

static void send_one(DistroNode *node, DistroMember *member, const DistroDigest *digest)
{
    g_assert(member->rpc.status == DISTRO_RPC_RUNNING);
    const DistroTicket ticket = {
        .peer = member->address,
        .client = digest->client,
        .serial = distro_members_slot(node, member),
        .purpose = DISTRO_PURPOSE_PROTOCOL,
        .action = DISTRO_OP_VERIFY,
    };
    const DistroFrame frame = distro_digest_frame(node->dictionary, digest);
    member->counters.verify_sent++;
    distro_emit_event(node, DISTRO_EVENT_VERIFY_SENT, member->address, digest->client,
                      digest->revision);
    distro_emit_frame(node, ticket, &frame, node->config.verify_timeout_us, DISTRO_PATH_VERIFY);
}

bool distro_verify_execute(DistroNode *node, DistroWorker *worker, DistroName peer,
                           const DistroDigest *digest)
{
    DistroMember *member = distro_members_find(node, peer, 0);
    if (member == NULL) {
        return true; /* no member any more: done */
    }
    const DistroReach reach = distro_worker_reach(node, worker, member);
    if (reach == DISTRO_REACH_YES) {
        send_one(node, member, digest);
    } else if (reach == DISTRO_REACH_NO) {
        member->counters.verify_failed++;
        distro_emit_event(node, DISTRO_EVENT_VERIFY_FAILED, peer, digest->client, 1);
    }
    return reach != DISTRO_REACH_NOT_YET;
}

/* --- the timer ---------------------------------------------------------------------------- */

void distro_verify_wake(DistroNode *node)
{
    if (distro_v2(node)->verify_at_us > node->now_us) {
        return;
    }
    if (!distro_workers_can_verify(node)) {
        distro_v2(node)->verify_at_us =
            distro_v2(node)->workers_at_us; /* the timer's thread waits for room */
        return;
    }
    distro_v2(node)->verify_at_us =
        node->now_us + node->config.verify_interval_us + distro_late_us(node, DISTRO_TIMER_VERIFY);
    if (DISTRO_PLANTED(NO_VERIFY)) {
        return;
    }
    if (node->load.initialised || DISTRO_PLANTED(VERIFY_BEFORE_LOAD)) {
        if (node->config.fail_fast_on_dead_link) {
            run(node);
        } else {
            hand_out(node);
        }
    }
}

/* --- outcomes ----------------------------------------------------------------------------- */

/* A failed verify raises ClientVerifyFailed, which becomes an ADD without delay to that peer. */
static void refused(DistroNode *node, DistroMember *member, DistroClient client)
{
    g_assert(member->address != node->self);
    member->counters.verify_mismatch++;
    distro_emit_event(node, DISTRO_EVENT_VERIFY_MISMATCH, member->address, client, 0);
    if (DISTRO_PLANTED(NO_REPAIR)) {
        return;
    }
    const DistroRecord *record = distro_clients_find(node, client);
    if (record != NULL && distro_order_speaks_for(node, client, record)) {
        member->counters.repairs++;
        distro_emit_event(node, DISTRO_EVENT_VERIFY_REPAIR, member->address, client, 0);
        distro_sync_to(node, client, member->address, DISTRO_OP_CHANGE,
                       DISTRO_PLANTED(REPAIR_WAITS) ? node->config.sync_retry_delay_us : 0,
                       DISTRO_PATH_VERIFY);
    }
}

/* A time-out or an error response only counts. */
static void failed(DistroNode *node, DistroMember *member, DistroClient client)
{
    member->counters.verify_failed++;
    distro_emit_event(node, DISTRO_EVENT_VERIFY_FAILED, member->address, client, 1);
}

static void answered_otherwise(DistroNode *node, DistroMember *member, DistroClient client,
                               DistroStatus status)
{
    if (status == DISTRO_STATUS_VERIFY_FAILED || status == DISTRO_STATUS_EXCEPTION) {
        refused(node, member, client);
    } else {
        failed(node, member, client);
    }
}

void distro_v2_verify_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                              const DistroMessage *answer)
{
    DistroMember *member = distro_members_find(node, ticket.peer, ticket.serial);
    if (member == NULL) {
        return;
    }
    if (outcome != DISTRO_OUTCOME_ANSWERED) {
        failed(node, member, ticket.client);
    } else if (answer->status != DISTRO_STATUS_OK) {
        answered_otherwise(node, member, ticket.client, answer->status);
    } else {
        member->counters.verify_ok++;
        distro_emit_event(node, DISTRO_EVENT_VERIFY_OK, ticket.peer, ticket.client, 0);
    }
}

void distro_v2_verified(DistroNode *node, const DistroInput *input)
{
    const DistroTicket ticket = input->verified.ticket;
    DistroMember *member = distro_members_find(node, ticket.peer, ticket.serial);
    if (member == NULL) {
        return;
    }
    g_assert_cmpuint(input->verified.miss_count, <=, input->verified.count);
    member->counters.verify_ok += input->verified.count - input->verified.miss_count;
    distro_emit(node, DISTRO_EFFECT_MATCHED)->matched.peer = ticket.peer;
    for (uint32_t i = 0; i < input->verified.miss_count; i++) {
        const DistroMiss *miss = &input->verified.misses[i];
        g_assert_cmpuint(miss->index, <, input->verified.count);
        answered_otherwise(node, member, input->verified.digests[miss->index].client, miss->status);
    }
}
