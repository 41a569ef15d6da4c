/* tests/unit/test_explain.c -- causes as they are found, and the walk over them, on records made
 * by hand. */
#include <glib.h>

#include "core/v2/text.h"
#include "sim/explain/explain.h"
#include "sim/network/network.h"
#include "tests/support/check.h"
#include "tools/distrosim/compare/rank.h"

enum {
    N1 = 0,
    N2 = 1,
    SHOP = 7, /* a DistroClient */
    FIRST_PUBLICATION = 3,
    SECOND_PUBLICATION = 4,
};
#define SHOP_PARTY sim_client_endpoint(0)
#define S(n) ((int64_t)(n)*1000000)

/* --- records --------------------------------------------------------------------------------- */

static uint32_t add(SimTrace *trace, int64_t at_us, int kind, SimEndpoint subject,
                    SimEndpoint object, int64_t value)
{
    SimRecord record = { .at_us = at_us,
                         .kind = (uint16_t)kind,
                         .op = SIM_N_OPS,
                         .subject = subject,
                         .object = object,
                         .client = SHOP,
                         .value = value };
    return sim_trace_add(trace, &record);
}

static uint32_t send(SimTrace *trace, int64_t at_us, SimOp op, SimEndpoint from, SimEndpoint to)
{
    SimRecord record = { .at_us = at_us,
                         .kind = SIM_TRACE_SEND,
                         .op = (uint16_t)op,
                         .subject = from,
                         .object = to,
                         .client = SHOP };
    return sim_trace_add(trace, &record);
}

/* What becomes of the call that @call started. */
static uint32_t fate(SimTrace *trace, int64_t at_us, int kind, uint32_t call, SimEndpoint subject,
                     SimEndpoint object, SimOp op, int64_t value)
{
    SimRecord record = { .at_us = at_us,
                         .kind = (uint16_t)kind,
                         .op = (uint16_t)op,
                         .subject = subject,
                         .object = object,
                         .client = SHOP,
                         .value = value,
                         .call = call };
    if (kind != SIM_TRACE_MESSAGE_LOST) {
        record.cause = call;
    }
    return kind >= SIM_TRACE_FIRST_NOTE ? sim_trace_note(trace, &record)
                                        : sim_trace_add(trace, &record);
}

static int64_t view(uint32_t before, uint32_t after)
{
    return (int64_t)((uint64_t)before << 32 | after);
}

static uint32_t cause_of(const SimTrace *trace, uint32_t id)
{
    size_t count;
    return sim_trace_records(trace, &count)[id - sim_trace_first_id(trace)].cause;
}

/* --- asking ---------------------------------------------------------------------------------- */

static char *party(const void *data, SimEndpoint endpoint)
{
    (void)data;
    return sim_endpoint_is_client(endpoint) ? g_strdup("shop-1")
                                            : g_strdup_printf("n%u", endpoint + 1);
}

static char *client(const void *data, DistroClient id)
{
    (void)data;
    return g_strdup_printf("client-%u", id);
}

static char *fault(const void *data, int64_t cut_us, SimEndpoint from, SimEndpoint to)
{
    (void)data;
    return g_strdup_printf("cut n%u | n%u of %d s", from + 1, to + 1, (int)(cut_us / S(1)));
}

static int64_t revision(const void *data, uint32_t id)
{
    (void)data;
    (void)id;
    return 5;
}

static bool lists(const void *data, DistroPublication publication)
{
    (void)data;
    return publication != 0;
}

static SimListing ask(const SimTrace *trace, uint32_t node, int64_t at_us, GPtrArray *lines)
{
    static const DistroClient clients[] = { SHOP };
    SimHistory story = {
        .first_id = sim_trace_first_id(trace),
        .names = { NULL, party, client, fault, revision, lists },
    };
    story.records = sim_trace_records(trace, &story.count);
    SimQuestion question = {
        .node = node, .clients = clients, .n_clients = 1, .publisher = SHOP_PARTY, .at_us = at_us
    };
    return sim_explain(&story, &question, lines);
}

static void expect_line(const GPtrArray *lines, const char *text)
{
    for (guint i = 0; i < lines->len; i++) {
        if (strstr(g_ptr_array_index(lines, i), text) != NULL) {
            return;
        }
    }
    printf("\n    no line says \"%s\" among:", text);
    for (guint i = 0; i < lines->len; i++) {
        printf("\n      %s", (char *)g_ptr_array_index(lines, i));
    }
    check_true(false);
}

static void register_shop(SimTrace *trace)
{
    add(trace, S(1), SIM_TRACE_VIEW, N1, SIM_NO_ENDPOINT, view(0, FIRST_PUBLICATION));
    add(trace, S(1), SIM_TRACE_CLIENT_REGISTERED, SHOP_PARTY, N1, 0);
}

/* --- causes ---------------------------------------------------------------------------------- */

static void a_task_that_fires_names_its_queueing(void)
{
    SimTrace *trace = sim_trace_new(true);
    uint32_t shown = add(trace, S(1), SIM_TRACE_VIEW, N1, SIM_NO_ENDPOINT, view(0, 3));
    uint32_t queued =
        add(trace, S(1), DISTRO_EVENT_SYNC_QUEUED, N1, N2, sim_op_of(DISTRO_OP_CHANGE));
    uint32_t sent = add(trace, S(2), DISTRO_EVENT_SYNC_SENT, N1, N2, sim_op_of(DISTRO_OP_CHANGE));
    uint32_t message = send(trace, S(2), sim_op_of(DISTRO_OP_CHANGE), N1, N2);
    check_uint(cause_of(trace, queued), ==, shown);
    check_uint(cause_of(trace, sent), ==, queued);
    check_uint(cause_of(trace, message), ==, sent);
    sim_trace_free(trace);
}

static void a_retry_names_the_failure(void)
{
    SimTrace *trace = sim_trace_new(true);
    uint32_t message = send(trace, S(2), sim_op_of(DISTRO_OP_CHANGE), N1, N2);
    uint32_t timeout = fate(trace, S(5), SIM_TRACE_MESSAGE_TIMEOUT, message, N1, N2,
                            sim_op_of(DISTRO_OP_CHANGE), S(3));
    uint32_t before = sim_trace_because(trace, timeout);
    uint32_t failed = add(trace, S(5), DISTRO_EVENT_SYNC_FAILED, N1, N2, 1);
    uint32_t retried =
        add(trace, S(5), DISTRO_EVENT_SYNC_RETRIED, N1, N2, sim_op_of(DISTRO_OP_CHANGE));
    uint32_t queued =
        add(trace, S(5), DISTRO_EVENT_SYNC_QUEUED, N1, N2, sim_op_of(DISTRO_OP_CHANGE));
    sim_trace_because(trace, before);
    check_uint(cause_of(trace, timeout), ==, message);
    check_uint(cause_of(trace, failed), ==, timeout);
    check_uint(cause_of(trace, retried), ==, failed);
    check_uint(cause_of(trace, queued), ==, retried);
    sim_trace_free(trace);
}

static void a_lost_message_names_the_cut(void)
{
    SimTrace *trace = sim_trace_new(true);
    uint32_t cut = add(trace, S(1), SIM_TRACE_LINK_CUT, N1, N2, 1);
    uint32_t message = send(trace, S(2), sim_op_of(DISTRO_OP_CHANGE), N1, N2);
    uint32_t lost =
        fate(trace, S(2), SIM_TRACE_MESSAGE_LOST, message, N1, N2, sim_op_of(DISTRO_OP_CHANGE), -1);
    check_uint(cause_of(trace, lost), ==, cut);
    add(trace, S(3), SIM_TRACE_LINK_HEAL, SIM_NO_ENDPOINT, SIM_NO_ENDPOINT, 0);
    lost =
        fate(trace, S(4), SIM_TRACE_MESSAGE_LOST, message, N1, N2, sim_op_of(DISTRO_OP_CHANGE), -1);
    check_uint(cause_of(trace, lost), ==, 0);
    sim_trace_free(trace);
}

static void a_lease_names_its_last_renewal(void)
{
    SimTrace *trace = sim_trace_new(true);
    add(trace, S(1), DISTRO_EVENT_SYNC_APPLIED, N2, SIM_NO_ENDPOINT, 1);
    uint32_t message = send(trace, S(5), SIM_OP_VERIFY, N1, N2);
    fate(trace, S(5), SIM_TRACE_ANSWERED, message, N2, N1, SIM_OP_VERIFY, DISTRO_STATUS_OK);
    uint32_t renewed =
        fate(trace, S(5), SIM_TRACE_LEASE_RENEWED, message, N2, N1, SIM_OP_VERIFY, 1);
    /* An answer alone renews nothing. */
    fate(trace, S(10), SIM_TRACE_ANSWERED, message, N2, N1, SIM_OP_VERIFY, DISTRO_STATUS_OK);
    uint32_t expired = add(trace, S(190), DISTRO_EVENT_LEASE_EXPIRED, N2, SIM_NO_ENDPOINT, S(185));
    check_uint(cause_of(trace, expired), ==, renewed);
    sim_trace_free(trace);
}

static void notes_and_causes_leave_the_fingerprint_alone(void)
{
    SimTrace *kept = sim_trace_new(true), *plain = sim_trace_new(false);
    SimRecord record = { .at_us = 1, .kind = SIM_TRACE_SEND, .op = DISTRO_OP_CHANGE };
    sim_trace_add(plain, &record);
    record.cause = 9;
    record.call = 8;
    sim_trace_add(kept, &record);
    record.kind = SIM_TRACE_DELIVERED;
    check_uint(sim_trace_note(kept, &record), ==, 2);
    check_uint(sim_trace_note(plain, &record), ==, 0);
    check_uint(sim_trace_fingerprint(kept), ==, sim_trace_fingerprint(plain));
    sim_trace_free(kept);
    sim_trace_free(plain);
}

/* --- explanations ---------------------------------------------------------------------------- */

static void a_lost_change_is_explained_by_its_cut(void)
{
    SimTrace *trace = sim_trace_new(true);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    register_shop(trace);
    add(trace, S(1), SIM_TRACE_LINK_CUT, N1, N2, 1);
    uint32_t message = send(trace, S(2), sim_op_of(DISTRO_OP_CHANGE), N1, N2);
    fate(trace, S(2), SIM_TRACE_MESSAGE_LOST, message, N1, N2, sim_op_of(DISTRO_OP_CHANGE), -1);
    check_int(ask(trace, N2, S(9), lines), ==, SIM_LISTING_LACKING);
    expect_line(lines, "2.000 s  n1 > n2  CHANGE client-7 rev 5   lost: cut n1 | n2 of 1 s");
    sim_trace_free(trace);
}

static void a_time_before_it_all_asks_about_that_time(void)
{
    SimTrace *trace = sim_trace_new(true);
    register_shop(trace);
    add(trace, S(2), SIM_TRACE_VIEW, N2, SIM_NO_ENDPOINT, view(0, FIRST_PUBLICATION));
    add(trace, S(5), SIM_TRACE_CLIENT_CLOSED, SHOP_PARTY, N1, 0);
    check_int(ask(trace, N2, S(4), NULL), ==, SIM_LISTING_PRESENT);
    check_int(ask(trace, N2, S(6), NULL), ==, SIM_LISTING_ZOMBIE);
    sim_trace_free(trace);
}

static void another_publication_than_the_servers_is_stale(void)
{
    SimTrace *trace = sim_trace_new(true);
    register_shop(trace);
    add(trace, S(2), SIM_TRACE_VIEW, N2, SIM_NO_ENDPOINT, view(0, FIRST_PUBLICATION));
    add(trace, S(3), SIM_TRACE_VIEW, N1, SIM_NO_ENDPOINT,
        view(FIRST_PUBLICATION, SECOND_PUBLICATION));
    check_int(ask(trace, N2, S(4), NULL), ==, SIM_LISTING_STALE);
    check_int(ask(trace, N1, S(4), NULL), ==, SIM_LISTING_PRESENT);
    sim_trace_free(trace);
}

static void a_crash_takes_the_view_with_it(void)
{
    SimTrace *trace = sim_trace_new(true);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    register_shop(trace);
    add(trace, S(2), SIM_TRACE_VIEW, N2, SIM_NO_ENDPOINT, view(0, FIRST_PUBLICATION));
    add(trace, S(3), SIM_TRACE_NODE_CRASH, N2, SIM_NO_ENDPOINT, 0);
    add(trace, S(4), SIM_TRACE_NODE_BOOT, N2, SIM_NO_ENDPOINT, 2);
    check_int(ask(trace, N2, S(5), lines), ==, SIM_LISTING_LACKING);
    expect_line(lines, "boots, and has not loaded since");
    sim_trace_free(trace);
}

static void a_zombie_is_explained_by_the_crash_before_the_delete(void)
{
    SimTrace *trace = sim_trace_new(true);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    register_shop(trace);
    add(trace, S(2), SIM_TRACE_VIEW, N2, SIM_NO_ENDPOINT, view(0, FIRST_PUBLICATION));
    add(trace, S(5), SIM_TRACE_CLIENT_CLOSED, SHOP_PARTY, N1, 0);
    add(trace, S(5), DISTRO_EVENT_SYNC_QUEUED, N1, N2, sim_op_of(DISTRO_OP_DELETE));
    add(trace, S(5) + 1, SIM_TRACE_NODE_CRASH, N1, SIM_NO_ENDPOINT, 0);
    check_int(ask(trace, N2, S(60), lines), ==, SIM_LISTING_ZOMBIE);
    expect_line(lines, "shop-1  closes");
    expect_line(lines, "queues DELETE client-7 to n2");
    expect_line(lines, "crashes: what it had not sent yet is lost");
    sim_trace_free(trace);
}

static void there_are_never_more_lines_than_promised(void)
{
    SimTrace *trace = sim_trace_new(true);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    register_shop(trace);
    for (int i = 0; i < 50; i++) {
        uint32_t message = send(trace, S(2 + i), sim_op_of(DISTRO_OP_CHANGE), N1, N2);
        fate(trace, S(2 + i), SIM_TRACE_MESSAGE_LOST, message, N1, N2, sim_op_of(DISTRO_OP_CHANGE),
             -1);
        add(trace, S(2 + i), DISTRO_EVENT_SYNC_RETRIED, N1, N2, sim_op_of(DISTRO_OP_CHANGE));
        add(trace, S(2 + i), SIM_TRACE_NODE_PAUSE, N1, SIM_NO_ENDPOINT, S(1));
        add(trace, S(2 + i), SIM_TRACE_NODE_PAUSE, N2, SIM_NO_ENDPOINT, S(1));
    }
    ask(trace, N2, S(60), lines);
    check_uint(lines->len, <=, SIM_EXPLAIN_LINES);
    check_uint(lines->len, >, 0);
    sim_trace_free(trace);
}

static void an_empty_story_has_no_lines(void)
{
    SimTrace *trace = sim_trace_new(true);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    check_int(ask(trace, N2, S(60), lines), ==, SIM_LISTING_LACKING);
    check_uint(lines->len, ==, 0);
    sim_trace_free(trace);
}

/* --- the rank test --------------------------------------------------------------------------- */

static void check_near(double a, double b)
{
    check_true(a - b < 1e-4 && b - a < 1e-4);
}

/* By hand: z = (12.5 - 0.5) / sqrt(22.917), and with ties of 3, 2 and 2 values among eight
 * z = (5.5 - 0.5) / sqrt(11.143). */
static void the_rank_test_agrees_with_a_reckoning_by_hand(void)
{
    const double low[] = { 1, 2, 3, 4, 5 }, high[] = { 6, 7, 8, 9, 10 };
    RankTest apart = compare_rank(low, 5, high, 5);
    check_near(apart.u, 0);
    check_near(apart.p, 0.01219);
    const double tied[] = { 1, 2, 2, 3 }, other[] = { 2, 3, 4, 4 };
    RankTest ties = compare_rank(tied, 4, other, 4);
    check_near(ties.u, 2.5);
    check_near(ties.p, 0.13416);
}

static void equal_samples_do_not_differ(void)
{
    const double same[] = { 3, 3, 3 };
    check_near(compare_rank(same, 3, same, 3).p, 1);
    check_near(compare_rank(same, 3, NULL, 0).p, 1);
}

int main(void)
{
    static const Test tests[] = {
        { "a task that fires names its queueing", a_task_that_fires_names_its_queueing },
        { "a retry names the failure", a_retry_names_the_failure },
        { "a lost message names the cut", a_lost_message_names_the_cut },
        { "a lease names its last renewal", a_lease_names_its_last_renewal },
        { "notes and causes leave the fingerprint alone",
          notes_and_causes_leave_the_fingerprint_alone },
        { "a lost change is explained by its cut", a_lost_change_is_explained_by_its_cut },
        { "a time before it all asks about that time", a_time_before_it_all_asks_about_that_time },
        { "another publication than the server's is stale",
          another_publication_than_the_servers_is_stale },
        { "a crash takes the view with it", a_crash_takes_the_view_with_it },
        { "a zombie is explained by the crash before the delete",
          a_zombie_is_explained_by_the_crash_before_the_delete },
        { "there are never more lines than promised", there_are_never_more_lines_than_promised },
        { "an empty story has no lines", an_empty_story_has_no_lines },
        { "the rank test agrees with a reckoning by hand",
          the_rank_test_agrees_with_a_reckoning_by_hand },
        { "equal samples do not differ", equal_samples_do_not_differ },
        { NULL, NULL },
    };
    return run_tests("explain", tests);
}
