/* core/members.c -- member states and the two loops that learn them (ServerMemberManager). */
#include "core/members.h"

#include <string.h>

#include "core/java.h"
#include "core/node.h"
#include "core/planted.h"

#define REPORT_FIRST_US 5000000
#define REPORT_PERIOD_US 2000000 /* MemberInfoReportTask */
#define REPORT_CONNECT_US 5000000
#define REPORT_READ_US 2500000
#define REPORT_UNHEALTHY_PERIOD_US 5000000 /* UnhealthyMemberInfoReportTask */

enum {
    FEW_ADDED = 4 /* members, which are sorted in one by one */
};

void distro_members_init(DistroMembers *members)
{
    *members = (DistroMembers) {
        .list = g_array_new(false, true, sizeof(DistroMember)),
        .healthy = g_array_new(false, false, sizeof(DistroName)),
        .infos = g_array_new(false, false, sizeof(DistroMemberInfo)),
        .told = g_array_new(false, false, sizeof(DistroName)),
        .timers = g_array_new(false, false, sizeof(int64_t)),
        .slots = g_array_new(false, true, sizeof(uint32_t)),
    };
    for (int i = 0; i < DISTRO_N_REPORT_LOOPS; i++) {
        members->loops[i].wake_at_us = INT64_MAX;
        members->loops[i].targets = g_array_new(false, false, sizeof(DistroName));
    }
    members->loops[DISTRO_REPORT_ONE].period_us = REPORT_PERIOD_US;
    members->loops[DISTRO_REPORT_UNHEALTHY].period_us = REPORT_UNHEALTHY_PERIOD_US;
}

void distro_members_clear(DistroMembers *members)
{
    g_array_unref(members->list);
    g_array_unref(members->healthy);
    g_array_unref(members->infos);
    g_array_unref(members->told);
    g_array_unref(members->timers);
    g_array_unref(members->slots);
    for (int i = 0; i < DISTRO_N_REPORT_LOOPS; i++) {
        g_array_unref(members->loops[i].targets);
    }
}

static DistroMember *at(const DistroNode *node, guint index)
{
    return &g_array_index(node->members.list, DistroMember, index);
}

DistroMember *distro_members_find(const DistroNode *node, DistroName address, uint32_t hint)
{
    const guint count = node->members.list->len;
    if (hint < count && at(node, hint)->address == address) {
        return at(node, hint);
    }
    for (guint i = 0; i < count; i++) {
        if (at(node, i)->address == address) {
            return at(node, i);
        }
    }
    return NULL;
}

DistroMember *distro_members_find_same(const DistroNode *node, DistroName address,
                                       uint32_t incarnation)
{
    const DistroMembers *members = &node->members;
    if (incarnation >= members->slots->len) {
        return NULL;
    }
    const uint32_t slot = g_array_index(members->slots, uint32_t, incarnation);
    if (slot >= members->list->len) {
        return NULL;
    }
    DistroMember *member = at(node, slot);
    return member->incarnation == incarnation && member->address == address ? member : NULL;
}

uint32_t distro_members_slot(const DistroNode *node, const DistroMember *member)
{
    g_assert(member >= at(node, 0) && member < at(node, 0) + node->members.list->len);
    return (uint32_t)(member - at(node, 0));
}

bool distro_members_has(const DistroNode *node, DistroName address)
{
    if (distro_members_find(node, address, 0) != NULL) {
        return true;
    }
    if (!node->config.substring_has_member) {
        return false;
    }
    const char *wanted = distro_dictionary_text(node->dictionary, address);
    for (guint i = 0; i < node->members.list->len; i++) {
        const char *known = distro_dictionary_text(node->dictionary, at(node, i)->address);
        if (strstr(known, wanted) != NULL) {
            return true;
        }
    }
    return false;
}

bool distro_member_reachable(const DistroMember *member)
{
    return member->state == DISTRO_MEMBER_UP && member->rpc.status == DISTRO_RPC_RUNNING;
}

/* --- states ------------------------------------------------------------------------------- */

/* DistroMapper#onEvent reads the live members, not the states that the event carries. */
static void refresh_mapper(DistroNode *node)
{
    const GArray *list = node->members.list;
    g_autofree DistroName *fresh = g_new(DistroName, list->len);
    uint32_t count = 0;
    for (guint i = 0; i < list->len; i++) {
        const DistroMember *member = &g_array_index(list, DistroMember, i);
        if (DISTRO_PLANTED(SUSPICIOUS_NOT_MAPPED) && member->state == DISTRO_MEMBER_SUSPICIOUS) {
            continue;
        }
        if (member->state != DISTRO_MEMBER_DOWN || DISTRO_PLANTED(MAPPER_KEEPS_DOWN)) {
            fresh[count++] = member->address;
        }
    }
    g_assert_cmpuint(count, <=, list->len);
    if (distro_mapper_set(node, fresh, count)) {
        distro_emit_event(node, DISTRO_EVENT_OWNERS_CHANGED, DISTRO_NONE, DISTRO_NONE, count);
    }
}

static void set_state(DistroNode *node, DistroMember *member, DistroMemberState state)
{
    static const DistroEventKind events[] = {
        [DISTRO_MEMBER_UP] = DISTRO_EVENT_MEMBER_UP,
        [DISTRO_MEMBER_SUSPICIOUS] = DISTRO_EVENT_MEMBER_SUSPICIOUS,
        [DISTRO_MEMBER_DOWN] = DISTRO_EVENT_MEMBER_DOWN,
    };
    if (member->state == state) {
        return;
    }
    g_assert(member->address != node->self);
    if (DISTRO_PLANTED(NEVER_UP_AGAIN) && state == DISTRO_MEMBER_UP) {
        return;
    }
    member->state = state;
    distro_emit_event(node, events[state], member->address, DISTRO_NONE, member->fail_count);
    refresh_mapper(node);
}

/* MemberUtil#onFail. "Connection refused", which makes a member DOWN at once, cannot be seen on
 * the gRPC path: the exception says only that no client is running (PROTOCOL.md 3.2). That a
 * DOWN member is SUSPICIOUS for a moment within the call is nothing anybody can see here. */
static void on_fail(DistroNode *node, DistroMember *member)
{
    member->fail_count++;
    set_state(node, member,
              member->fail_count > node->config.fail_access_count ? DISTRO_MEMBER_DOWN
                                                                  : DISTRO_MEMBER_SUSPICIOUS);
}

/* What an HTTP client says of a closed port makes the member DOWN at once. */
static void on_refused(DistroNode *node, DistroMember *member)
{
    member->fail_count++;
    set_state(node, member,
              DISTRO_PLANTED(REFUSED_IS_A_FAILURE) ? DISTRO_MEMBER_SUSPICIOUS : DISTRO_MEMBER_DOWN);
}

static void on_success(DistroNode *node, DistroMember *member)
{
    member->fail_count = 0;
    set_state(node, member, DISTRO_MEMBER_UP);
}

/* MemberReportHandler: the reporter is UP; MemberUtil#copy leaves its fail count as it was. */
void distro_members_report_received(DistroNode *node, DistroName reporter)
{
    DistroMember *member = distro_members_find(node, reporter, 0);
    if (member == NULL || reporter == node->self) {
        return;
    }
    if (node->config.connect_on_report && node->config.protocol->has_rpc &&
        member->rpc.status == DISTRO_RPC_OFF) {
        distro_rpc_start(node, member); /* the report told that the member takes connections */
    }
    if (node->config.report_resets_fail_count) {
        member->fail_count = 0;
    }
    set_state(node, member, DISTRO_MEMBER_UP);
}

/* --- the configured list ------------------------------------------------------------------ */

static gint compare_members(gconstpointer a, gconstpointer b, gpointer data)
{
    const DistroDictionary *dictionary = data;
    const char *left = distro_dictionary_text(dictionary, ((const DistroMember *)a)->address);
    const char *right = distro_dictionary_text(dictionary, ((const DistroMember *)b)->address);
    if (DISTRO_PLANTED(NUMERIC_ORDER)) {
        return strverscmp(left, right);
    }
    return distro_java_string_compare(left, right);
}

static bool contains(const DistroName *addresses, uint32_t count, DistroName address)
{
    for (uint32_t i = 0; i < count; i++) {
        if (addresses[i] == address) {
            return true;
        }
    }
    return false;
}

static void add_counters(DistroCounters *sum, const DistroCounters *part)
{
    sum->sync_sent += part->sync_sent;
    sum->sync_ok += part->sync_ok;
    sum->sync_failed += part->sync_failed;
    sum->retries += part->retries;
    sum->verify_sent += part->verify_sent;
    sum->verify_ok += part->verify_ok;
    sum->verify_mismatch += part->verify_mismatch;
    sum->verify_failed += part->verify_failed;
    sum->repairs += part->repairs;
}

/* A call under way to a removed member ends as BROKEN, since its RPC client is shut down; a delayed
 * task finds, when it fires, that its target is no member, and is done. */
static bool drop_missing(DistroNode *node, const DistroName *addresses, uint32_t count)
{
    bool changed = false;
    for (guint i = node->members.list->len; i-- > 0;) {
        const DistroMember member = *at(node, i);
        if (member.address == node->self || contains(addresses, count, member.address)) {
            continue;
        }
        add_counters(&node->members.departed, &member.counters);
        g_array_remove_index(node->members.list, i);
        distro_emit(node, DISTRO_EFFECT_HANG_UP)->hang_up.peer = member.address;
        distro_emit_event(node, DISTRO_EVENT_MEMBER_REMOVED, member.address, DISTRO_NONE, 0);
        changed = true;
    }
    return changed;
}

/* Every member that is parsed from configuration starts as UP (MemberUtil#singleParse). */
static bool add_if_new(DistroNode *node, DistroName address)
{
    g_assert(address != DISTRO_NONE);
    DistroMember *known = distro_members_find(node, address, 0);
    if (known != NULL) {
        if (DISTRO_PLANTED(REFRESH_RESETS_STATE)) {
            set_state(node, known, DISTRO_MEMBER_UP);
        }
        return false;
    }
    const DistroMember member = {
        .address = address,
        .address_hash = distro_java_string_hash(distro_dictionary_text(node->dictionary, address)),
        .incarnation = ++node->members.incarnation,
        .state = DISTRO_MEMBER_UP,
        .rpc = { .status = DISTRO_RPC_OFF, .wake_at_us = INT64_MAX },
    };
    g_array_append_val(node->members.list, member);
    return true;
}

/* How many of @addresses, from the first on, are the list that was told last. All of it: nothing is
 * missing. A cluster of n that grows by one tells n members of n addresses, of which one is new. */
static uint32_t count_told(const DistroNode *node, const DistroName *addresses, uint32_t count)
{
    const GArray *told = node->members.told;
    if (DISTRO_PLANTED(REFRESH_RESETS_STATE)) {
        return 0;
    }
    uint32_t same = 0;
    while (same < MIN(count, told->len) &&
           g_array_index(told, DistroName, same) == addresses[same]) {
        same++;
    }
    return same;
}

static void remember_told(DistroNode *node, const DistroName *addresses, uint32_t count)
{
    g_array_set_size(node->members.told, 0);
    g_array_append_vals(node->members.told, addresses, count);
}

/* The member at @from goes to its place among those before it, which are sorted. */
static void sort_in(DistroNode *node, guint from)
{
    const DistroMember member = *at(node, from);
    guint low = 0, high = from;
    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (compare_members(at(node, middle), &member, node->dictionary) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    memmove(at(node, low) + 1, at(node, low), (from - low) * sizeof member);
    *at(node, low) = member;
}

/* The new ones, behind those that were kept, go to their places. */
static void sort_members(DistroNode *node, guint kept)
{
    GArray *list = node->members.list;
    if (list->len - kept > FEW_ADDED) {
        g_array_sort_with_data(list, compare_members, node->dictionary);
        return;
    }
    for (guint i = kept; i < list->len; i++) {
        sort_in(node, i);
    }
}

/* After the list has changed. */
static void note_slots(DistroMembers *members)
{
    g_array_set_size(members->slots, members->incarnation + 1);
    for (guint i = 0; i < members->list->len; i++) {
        const DistroMember *member = &g_array_index(members->list, DistroMember, i);
        g_array_index(members->slots, uint32_t, member->incarnation) = i;
    }
}

void distro_members_change(DistroNode *node, const DistroName *addresses, uint32_t count)
{
    if (count == 0 && node->members.list->len > 0) {
        return; /* an empty list is ignored */
    }
    const uint32_t same = count_told(node, addresses, count);
    bool changed = same < node->members.told->len && drop_missing(node, addresses, count);
    const guint kept = node->members.list->len;
    add_if_new(node, node->self);
    for (uint32_t i = same; i < count; i++) {
        add_if_new(node, addresses[i]);
    }
    remember_told(node, addresses, count);
    const guint added = node->members.list->len - kept;
    g_autofree DistroName *fresh = g_new(DistroName, added + 1);
    for (guint i = 0; i < added; i++) {
        fresh[i] = at(node, kept + i)->address;
    }
    g_assert(distro_members_find(node, node->self, 0) != NULL);
    sort_members(node, kept);
    note_slots(&node->members);
    distro_rpc_timers_rebuild(&node->members);
    for (guint i = 0; i < added; i++) {
        if (fresh[i] != node->self) {
            distro_emit_event(node, DISTRO_EVENT_MEMBER_ADDED, fresh[i], DISTRO_NONE, 0);
            if (node->config.protocol->has_rpc && !node->config.connect_on_report) {
                distro_rpc_start(node, distro_members_find(node, fresh[i], 0));
            }
        }
    }
    const bool joined = added > 0 && !(DISTRO_PLANTED(JOIN_NOT_MAPPED) && kept > 0);
    if (changed || joined) {
        refresh_mapper(node);
    }
}

/* --- reporting ---------------------------------------------------------------------------- */

void distro_members_boot(DistroNode *node)
{
    g_assert(node->booted);
    if (node->config.standalone) {
        return;
    }
    /* ServerMemberManager#onApplicationEvent begins them once the web server is up: who told
     * others of itself before would be UP for them, and DOWN again. */
    const int64_t first_us = node->now_us + node->config.start_us + REPORT_FIRST_US;
    node->members.loops[DISTRO_REPORT_ONE].wake_at_us = first_us;
    if (node->config.unhealthy_report_loop) {
        node->members.loops[DISTRO_REPORT_UNHEALTHY].wake_at_us = first_us;
    }
}

/* MemberInfoReportTask reports to one peer, in turn. */
static void choose_one(DistroNode *node, DistroReportLoop *loop)
{
    const guint count = node->members.list->len;
    if (count < 2) {
        return;
    }
    loop->cursor = DISTRO_PLANTED(REPORTS_STUCK) ? 0 : (loop->cursor + 1) % (count - 1);
    guint peer = 0;
    for (guint i = 0; i < count; i++) {
        if (at(node, i)->address == node->self) {
            continue;
        }
        if (peer++ == loop->cursor) {
            g_array_append_val(loop->targets, at(node, i)->address);
        }
    }
    g_assert_cmpuint(loop->targets->len, ==, 1);
}

/* UnhealthyMemberInfoReportTask reports to every peer that is not UP. */
static void choose_unhealthy(DistroNode *node, DistroReportLoop *loop)
{
    for (guint i = node->members.list->len; i-- > 0;) {
        const DistroMember *member = at(node, i);
        if (member->address != node->self && member->state != DISTRO_MEMBER_UP) {
            g_array_append_val(loop->targets, member->address);
        }
    }
}

/* Works off the loop's targets until a report is under way or none is left; then sleeps. */
static void go_on(DistroNode *node, int which)
{
    g_assert(which >= 0 && which < DISTRO_N_REPORT_LOOPS);
    DistroReportLoop *loop = &node->members.loops[which];
    while (loop->targets->len > 0) {
        const DistroName address = g_array_index(loop->targets, DistroName, loop->targets->len - 1);
        g_array_set_size(loop->targets, loop->targets->len - 1);
        DistroMember *member = distro_members_find(node, address, 0);
        if (member == NULL) {
            continue;
        }
        g_assert(address != node->self);
        if (member->rpc.status != DISTRO_RPC_RUNNING) {
            if (!DISTRO_PLANTED(FAILURES_NOT_COUNTED)) {
                on_fail(node, member);
            }
            continue;
        }
        const DistroTicket ticket = {
            .peer = address,
            .client = member->incarnation,
            .serial = ++loop->serial,
            .purpose = DISTRO_PURPOSE_REPORT,
            .action = (uint16_t)which,
        };
        const DistroMessage report = { .op = DISTRO_OP_REPORT, .target = node->self };
        distro_emit_send(node, ticket, &report, node->config.rpc_timeout_us, DISTRO_PATH_LOCAL);
        loop->wake_at_us = INT64_MAX;
        return;
    }
    loop->wake_at_us = node->now_us + loop->period_us;
}

static bool reports_over_http(const DistroNode *node)
{
    return node->config.report_over_http || !node->config.protocol->has_rpc;
}

/* Until 2.2.1 asynchronous, so the loop goes on without waiting (PROTOCOL.md 3.5). */
static void report_over_http(DistroNode *node, DistroName address)
{
    const DistroMember *member = distro_members_find(node, address, 0);
    g_assert(member != NULL && address != node->self);
    const DistroTicket ticket = {
        .peer = address,
        .client = member->incarnation,
        .purpose = DISTRO_PURPOSE_REPORT,
    };
    const DistroMessage report = { .op = DISTRO_OP_REPORT, .http = true, .target = node->self };
    distro_emit_http(node, ticket, &report, REPORT_CONNECT_US, REPORT_READ_US, DISTRO_PATH_LOCAL);
}

static void run_loop(DistroNode *node, int which)
{
    DistroReportLoop *loop = &node->members.loops[which];
    if (loop->wake_at_us > node->now_us) {
        return;
    }
    g_array_set_size(loop->targets, 0);
    if (which == DISTRO_REPORT_ONE) {
        choose_one(node, loop);
    } else {
        choose_unhealthy(node, loop);
    }
    if (!reports_over_http(node)) {
        go_on(node, which);
        return;
    }
    for (guint i = 0; i < loop->targets->len; i++) {
        report_over_http(node, g_array_index(loop->targets, DistroName, i));
    }
    loop->wake_at_us = node->now_us + loop->period_us;
}

/* MemberInfoReportTask until 2.2.1: a peer without such a path is left as it was. */
static void http_report_outcome(DistroNode *node, DistroMember *member, DistroOutcome outcome,
                                const DistroMessage *answer)
{
    if (outcome == DISTRO_OUTCOME_REFUSED) {
        on_refused(node, member);
    } else if (outcome != DISTRO_OUTCOME_ANSWERED) {
        on_fail(node, member);
    } else if (answer->status == DISTRO_STATUS_OK) {
        on_success(node, member);
    } else if (answer->status != DISTRO_STATUS_HTTP_NOT_FOUND &&
               answer->status != DISTRO_STATUS_HTTP_UNKNOWN_API) {
        on_fail(node, member);
    }
}

/* ServerMemberManager#reportByGrpc: a response counts, an exception is only logged. (Code 302
 * would switch this peer to reports over HTTP; here every server that has gRPC has the handler.) */
void distro_members_report_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                                   const DistroMessage *answer)
{
    DistroMember *member = distro_members_find_same(node, ticket.peer, ticket.client);
    if (reports_over_http(node)) {
        if (member != NULL) {
            http_report_outcome(node, member, outcome, answer);
        }
        return;
    }
    if (member != NULL) {
        const bool responded = distro_is_response(outcome, answer);
        if (responded && answer->status == DISTRO_STATUS_OK) {
            on_success(node, member);
        } else if (responded || node->config.timeout_counts_as_report_failure) {
            on_fail(node, member);
        }
        distro_rpc_request_ended(node, member, outcome, answer);
    }
    g_assert_cmpuint(ticket.action, <, DISTRO_N_REPORT_LOOPS);
    DistroReportLoop *loop = &node->members.loops[ticket.action];
    if (loop->serial == ticket.serial) {
        go_on(node, ticket.action);
    }
}

/* --- time and reading --------------------------------------------------------------------- */

void distro_members_wake(DistroNode *node)
{
    if (distro_members_wake_at(node) > node->now_us) {
        return;
    }
    for (int i = 0; i < DISTRO_N_REPORT_LOOPS; i++) {
        run_loop(node, i);
    }
    const DistroMembers *members = &node->members;
    for (guint i = 0;
         (i = distro_rpc_timers_next_due(members, i, node->now_us)) < members->list->len; i++) {
        distro_rpc_wake(node, at(node, i));
    }
}

/* Asked after every step. */
int64_t distro_members_wake_at(const DistroNode *node)
{
    int64_t wake_at_us = distro_rpc_timers_earliest(&node->members);
    for (int i = 0; i < DISTRO_N_REPORT_LOOPS; i++) {
        wake_at_us = MIN(wake_at_us, node->members.loops[i].wake_at_us);
    }
    return wake_at_us;
}

const DistroMemberInfo *distro_node_members(const DistroNode *node, size_t *count)
{
    GArray *infos = node->members.infos;
    g_array_set_size(infos, 0);
    for (guint i = 0; i < node->members.list->len; i++) {
        const DistroMember *member = at(node, i);
        const DistroMemberInfo info = { member->address, member->state,
                                        member->rpc.status == DISTRO_RPC_RUNNING };
        g_array_append_val(infos, info);
    }
    *count = infos->len;
    return (const DistroMemberInfo *)(const void *)infos->data;
}

DistroCounters distro_node_peer_counters(const DistroNode *node, DistroName peer)
{
    DistroCounters sum = { 0 };
    if (peer == DISTRO_NONE) {
        sum = node->members.departed;
    }
    for (guint i = 0; i < node->members.list->len; i++) {
        if (peer == DISTRO_NONE || at(node, i)->address == peer) {
            add_counters(&sum, &at(node, i)->counters);
        }
    }
    return sum;
}
