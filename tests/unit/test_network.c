/* tests/unit/test_network.c -- calls between two or three nodes and a client, and all that can
 * happen to them. */
#include "core/v2/text.h"
#include "sim/network/state.h" /* to look for calls that were forgotten */
#include "sim/trace/trace.h"
#include "tests/support/check.h"

enum {
    A,
    B,
    C,
    N_NODES
};
#define SHOP sim_client_endpoint(0)
#define FLEET sim_client_endpoint(1)
#define MS(n) (INT64_C(1000) * (n))
#define ONE_WAY MS(10)
/* What is lost is sent again after the first, then after the second, and after twice that. */
#define FIRST_RESEND (MS(260) + 2 * ONE_WAY)
#define RESEND_TIMEOUT (MS(200) + 2 * ONE_WAY)

/* --- a small world ---------------------------------------------------------------------------- */

typedef struct Outcome {
    uint64_t ticket;
    DistroOutcome outcome;
    int64_t at_us;
    unsigned status;
} Outcome;

typedef struct Loss {
    SimEndpoint told, other;
    uint64_t context;
    int64_t at_us;
} Loss;

typedef struct Bench {
    SimEventQueue *queue;
    SimTrace *trace;
    SimNetwork *network;
    int64_t now_us;
    bool mute; /* requests are left unanswered */
    uint64_t last_request;
    int64_t last_request_us;
    size_t requests;
    GArray *arrivals; /* int64_t: when requests arrived */
    GArray *outcomes; /* Outcome */
    GArray *losses;   /* Loss */
} Bench;

static DistroFrame status_frame(unsigned status)
{
    DistroFrame frame = { .head = { 0, 1, (uint8_t)(status & 0xff), (uint8_t)(status >> 8) } };
    return frame;
}

static void on_request(void *data, uint64_t call)
{
    Bench *bench = data;
    bench->requests++;
    bench->last_request = call;
    bench->last_request_us = bench->now_us;
    g_array_append_val(bench->arrivals, bench->now_us);
    check_true(sim_network_find_call(bench->network, call) != NULL);
    DistroFrame frame = status_frame(DISTRO_STATUS_OK);
    if (!bench->mute) {
        sim_network_answer(bench->network, bench->now_us, call, &frame, 50);
    }
}

static void on_outcome(void *data, uint64_t call, DistroOutcome outcome, const DistroFrame *frame)
{
    Bench *bench = data;
    const SimCall *made = sim_network_find_call(bench->network, call);
    check_true((frame != NULL) == (outcome == DISTRO_OUTCOME_ANSWERED));
    Outcome seen = { .ticket = made->ticket.serial, .outcome = outcome, .at_us = bench->now_us };
    if (frame != NULL) {
        seen.status = frame->head[2] | (unsigned)frame->head[3] << 8;
    }
    g_array_append_val(bench->outcomes, seen);
}

static void on_connection_lost(void *data, SimEndpoint told, SimEndpoint other, bool opener,
                               uint64_t context)
{
    (void)opener;
    Bench *bench = data;
    Loss loss = { .told = told, .other = other, .context = context, .at_us = bench->now_us };
    g_array_append_val(bench->losses, loss);
}

static void set_link(Bench *bench, const SimLink *link)
{
    sim_network_set_link(bench->network, 0, 0, link, false);
}

/* Connections as usual, but for @late_ppm, @spread_us and @pool_us. */
static void set_rules(Bench *bench, int64_t late_ppm, int64_t spread_us, int64_t pool_us)
{
    DistroConfig config = distro_config_default();
    config.late_call_applied_ppm = late_ppm;
    config.resend_spread_us = spread_us;
    config.pool_delay_us = pool_us;
    for (uint32_t i = 0; i < N_NODES; i++) {
        sim_network_set_rules(bench->network, i, &config);
    }
}

/* Three nodes and two clients (one tracked) at one site, 10 ms apart; all are up. */
static Bench *bench_new_at(int64_t now_us)
{
    static const char *const names[] = { "a", "b", "c" };
    static const SimLink link = { .delay_us = ONE_WAY };
    Bench *bench = g_new0(Bench, 1);
    SimNetworkPeers peers = { .data = bench,
                              .on_request = on_request,
                              .on_outcome = on_outcome,
                              .on_connection_lost = on_connection_lost };
    bench->now_us = now_us;
    bench->queue = sim_event_queue_new(now_us);
    bench->trace = sim_trace_new(true);
    bench->network = sim_network_new(1, bench->queue, bench->trace, &peers, 10);
    bench->arrivals = g_array_new(false, false, sizeof(int64_t));
    bench->outcomes = g_array_new(false, false, sizeof(Outcome));
    bench->losses = g_array_new(false, false, sizeof(Loss));
    sim_network_set_sites(bench->network, 1);
    set_link(bench, &link);
    for (uint32_t i = 0; i < N_NODES; i++) {
        sim_network_add_node(bench->network, names[i], 0);
        sim_network_up(bench->network, i);
    }
    set_rules(bench, 0, 0, 0);
    sim_network_add_client(bench->network, 0, true);
    sim_network_add_client(bench->network, 0, false);
    sim_network_up(bench->network, SHOP);
    sim_network_up(bench->network, FLEET);
    return bench;
}

static Bench *bench_new(void)
{
    return bench_new_at(0);
}

static void bench_free(Bench *bench)
{
    sim_network_free(bench->network);
    sim_trace_free(bench->trace);
    sim_event_queue_free(bench->queue);
    g_array_unref(bench->arrivals);
    g_array_unref(bench->outcomes);
    g_array_unref(bench->losses);
    g_free(bench);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bench, bench_free)

/* Runs what is due until @until_us. A marker in the queue makes that the present. */
static void run_until(Bench *bench, int64_t until_us)
{
    sim_event_queue_push(bench->queue, until_us, sim_event_word(SIM_EVENT_SCRIPT, 0));
    for (;;) {
        SimEvent event;
        int64_t verify_us = sim_network_next_verify(bench->network);
        int64_t before_us = sim_network_before_verify(bench->network);
        if (sim_event_queue_pop_by(bench->queue, MIN(before_us, until_us), &event)) {
            bench->now_us = event.at_us;
            if (sim_event_kind(event.word) == SIM_EVENT_NETWORK) {
                sim_network_event(bench->network, event.at_us, sim_event_payload(event.word));
            }
        } else if (verify_us <= until_us) {
            bench->now_us = verify_us;
            sim_network_carry_verify(bench->network, verify_us, until_us);
        } else {
            return;
        }
    }
}

static SimCall a_call(SimEndpoint from, SimEndpoint to, uint32_t ticket)
{
    SimCall call = { .from = from,
                     .to = to,
                     .op = sim_op_of(DISTRO_OP_CHANGE),
                     .timeout_us = MS(3000),
                     .bytes = 90,
                     .ticket = { .serial = ticket } };
    return call;
}

static void call(Bench *bench, SimEndpoint from, SimEndpoint to, uint32_t ticket)
{
    SimCall made = a_call(from, to, ticket);
    sim_network_call(bench->network, bench->now_us, &made);
}

static void call_on_connection(Bench *bench, SimEndpoint from, SimEndpoint to, uint32_t ticket)
{
    SimCall made = a_call(from, to, ticket);
    made.by_connection = true;
    sim_network_call(bench->network, bench->now_us, &made);
}

static void connect_nodes(Bench *bench, SimEndpoint from, SimEndpoint to)
{
    SimCall made = a_call(from, to, 1000);
    made.op = SIM_OP_CONNECT;
    made.opens = true;
    sim_network_call(bench->network, bench->now_us, &made);
    run_until(bench, bench->now_us + 2 * ONE_WAY);
    sim_network_set_connection_context(bench->network, from, to, 77);
    g_array_set_size(bench->outcomes, 0);
    g_array_set_size(bench->arrivals, 0);
    bench->requests = 0;
}

static const Outcome *outcome(const Bench *bench, guint index)
{
    static const Outcome none = { .ticket = UINT64_MAX };
    return index < bench->outcomes->len ? &g_array_index(bench->outcomes, Outcome, index) : &none;
}

static int64_t arrival(const Bench *bench, guint index)
{
    return index < bench->arrivals->len ? g_array_index(bench->arrivals, int64_t, index) : -1;
}

static const Loss *loss(const Bench *bench, guint index)
{
    static const Loss none = { .told = SIM_NO_ENDPOINT };
    return index < bench->losses->len ? &g_array_index(bench->losses, Loss, index) : &none;
}

static void check_only_outcome(const Bench *bench, DistroOutcome expected, int64_t at_us)
{
    check_uint(bench->outcomes->len, ==, 1);
    check_int(outcome(bench, 0)->outcome, ==, expected);
    check_int(outcome(bench, 0)->at_us, ==, at_us);
}

static void cut_both_ways(Bench *bench, SimEndpoint a, SimEndpoint b)
{
    sim_network_cut(bench->network, a, b, SIM_CUT_PACKETS);
    sim_network_cut(bench->network, b, a, SIM_CUT_PACKETS);
}

/* --- sound calls ------------------------------------------------------------------------------ */

static void a_call_takes_one_way_and_its_answer_the_other(void)
{
    g_autoptr(Bench) bench = bench_new();
    call(bench, A, B, 1);
    check_uint(bench->outcomes->len, ==, 0);
    run_until(bench, MS(10000));
    check_int(arrival(bench, 0), ==, ONE_WAY);
    check_only_outcome(bench, DISTRO_OUTCOME_ANSWERED, 2 * ONE_WAY);
    check_uint(outcome(bench, 0)->status, ==, DISTRO_STATUS_OK);
    check_true(sim_network_find_call(bench->network, bench->last_request) == NULL);
}

static void an_unanswered_call_times_out_once(void)
{
    g_autoptr(Bench) bench = bench_new();
    bench->mute = true;
    call(bench, A, B, 1);
    run_until(bench, MS(4000));
    check_only_outcome(bench, DISTRO_OUTCOME_TIMED_OUT, MS(3000));
    check_uint(sim_trace_count(bench->trace, SIM_TRACE_MESSAGE_TIMEOUT), ==, 1);
    /* The called side still holds it, and its answer is dropped. */
    check_true(sim_network_find_call(bench->network, bench->last_request) != NULL);
    DistroFrame frame = status_frame(DISTRO_STATUS_OK);
    sim_network_answer(bench->network, bench->now_us, bench->last_request, &frame, 50);
    check_true(sim_network_find_call(bench->network, bench->last_request) == NULL);
    run_until(bench, MS(9000));
    check_uint(bench->outcomes->len, ==, 1);
}

static void time_outs_come_in_order_of_deadline_whatever_their_length(void)
{
    g_autoptr(Bench) bench = bench_new();
    bench->mute = true;
    for (uint32_t i = 0; i < 200; i++) { /* more lengths than there are lanes */
        SimCall made = a_call(A, B, i);
        made.timeout_us = MS(1000) - i;
        sim_network_call(bench->network, 0, &made);
    }
    run_until(bench, MS(1000));
    check_uint(bench->outcomes->len, ==, 200);
    for (guint i = 0; i < 200; i++) {
        check_uint(outcome(bench, i)->ticket, ==, 199 - i);
        check_int(outcome(bench, i)->at_us, ==, MS(1000) - (199 - (int64_t)i));
    }
}

static void a_call_without_end_never_times_out(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimCall made = a_call(A, B, 1);
    made.timeout_us = INT64_MAX;
    bench->mute = true;
    sim_network_call(bench->network, 0, &made);
    run_until(bench, INT64_MAX / 2);
    check_uint(bench->outcomes->len, ==, 0);
}

static SimTraffic traffic(const Bench *bench, SimEndpoint from, SimEndpoint to, SimOp op)
{
    const SimTrafficAsked asked = { from, to, op, SIM_ALL_CLUSTERS };
    return sim_network_traffic(bench->network, &asked);
}

static void call_op(Bench *bench, SimEndpoint from, SimEndpoint to, SimOp op, uint32_t ticket)
{
    SimCall one = a_call(from, to, ticket);
    one.op = op;
    sim_network_call(bench->network, bench->now_us, &one);
}

static uint64_t nth_ticket(const Bench *bench, guint i)
{
    return g_array_index(bench->outcomes, Outcome, i).ticket;
}

/* Whatever was sent first: events, then C's line, which is A's turn before B's. */
static void verify_comes_last_in_its_instant_line_by_line(void)
{
    g_autoptr(Bench) bench = bench_new();
    call_op(bench, B, C, SIM_OP_VERIFY, 1);
    call_op(bench, A, C, SIM_OP_VERIFY, 2);
    call_op(bench, B, C, SIM_OP_VERIFY, 3);
    call_op(bench, B, C, sim_op_of(DISTRO_OP_CHANGE), 4);
    run_until(bench, MS(100));
    static const uint64_t order[] = { 4, 2, 1, 3 };
    check_uint(bench->outcomes->len, ==, 4);
    for (guint i = 0; i < 4; i++) {
        check_uint(nth_ticket(bench, i), ==, order[i]);
    }
    check_int(g_array_index(bench->outcomes, Outcome, 3).at_us, ==, 2 * ONE_WAY);
}

/* A line sorts its packets when they come near, those of equal times as they were sent. */
static void a_line_hands_out_its_packets_in_order_of_time(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimLink link = { .delay_us = ONE_WAY, .jitter = 0.5 };
    set_link(bench, &link);
    for (uint32_t i = 0; i < 500; i++) {
        call_op(bench, A, B, SIM_OP_VERIFY, i);
        run_until(bench, MS(1) * (i + 1) / 20);
    }
    run_until(bench, MS(100));
    check_uint(bench->arrivals->len, ==, 500);
    check_uint(bench->outcomes->len, ==, 500);
    size_t backwards = 0;
    for (guint i = 1; i < 500; i++) {
        backwards += g_array_index(bench->arrivals, int64_t, i) <
                         g_array_index(bench->arrivals, int64_t, i - 1) ||
                     g_array_index(bench->outcomes, Outcome, i).at_us <
                         g_array_index(bench->outcomes, Outcome, i - 1).at_us;
    }
    check_uint(backwards, ==, 0);
}

static void traffic_counts_requests_and_replies_with_framing(void)
{
    g_autoptr(Bench) bench = bench_new();
    call(bench, A, B, 1);
    call(bench, A, C, 2);
    call(bench, SHOP, A, 3);
    call(bench, FLEET, A, 4);
    run_until(bench, MS(100));
    SimTraffic ab = traffic(bench, A, B, SIM_N_OPS);
    check_uint(ab.messages, ==, 1);
    check_uint(ab.bytes, ==, 100);
    check_uint(ab.replies, ==, 1);
    check_uint(ab.reply_bytes, ==, 60);
    check_uint(traffic(bench, B, A, SIM_N_OPS).messages, ==, 0);
    check_uint(traffic(bench, SHOP, A, sim_op_of(DISTRO_OP_CHANGE)).messages, ==, 1);
    check_uint(traffic(bench, SHOP, A, SIM_OP_VERIFY).messages, ==, 0);
    check_uint(traffic(bench, FLEET, A, SIM_N_OPS).messages, ==, 0);
    check_uint(traffic(bench, SIM_NO_ENDPOINT, A, SIM_N_OPS).messages, ==, 2);
    check_uint(traffic(bench, A, SIM_NO_ENDPOINT, SIM_N_OPS).messages, ==, 2);
    const SimTrafficTotals *totals = sim_network_totals(bench->network);
    check_uint(totals->messages, ==, 8);
    check_uint(totals->bytes_lan, ==, 4 * 160);
    check_uint(totals->bytes_wan, ==, 0);
    check_uint(totals->bytes_by_op[sim_op_of(DISTRO_OP_CHANGE)], ==, 4 * 160);
    sim_network_reset_totals(bench->network);
    check_uint(sim_network_totals(bench->network)->messages, ==, 0);
}

/* --- links ------------------------------------------------------------------------------------ */

static void jitter_stays_within_its_proportion(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimLink link = { .delay_us = ONE_WAY, .jitter = 0.2 };
    set_link(bench, &link);
    for (uint32_t i = 0; i < 500; i++) {
        call(bench, A, B, i);
    }
    run_until(bench, MS(100));
    int64_t least = INT64_MAX, most = 0;
    for (guint i = 0; i < bench->arrivals->len; i++) {
        least = MIN(least, arrival(bench, i));
        most = MAX(most, arrival(bench, i));
    }
    check_uint(bench->arrivals->len, ==, 500);
    check_int(least, >=, MS(8));
    check_int(least, <, MS(9));
    check_int(most, <=, MS(12));
    check_int(most, >, MS(11));
}

static void loss_is_delay_by_whole_retransmissions(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimLink link = { .delay_us = ONE_WAY, .loss = sim_chance(0.5) };
    set_link(bench, &link);
    for (uint32_t i = 0; i < 1000; i++) {
        call(bench, A, B, i);
    }
    run_until(bench, MS(60000));
    size_t at_once = 0, once_again = 0, twice_again = 0;
    for (guint i = 0; i < bench->arrivals->len; i++) {
        at_once += arrival(bench, i) == ONE_WAY;
        once_again += arrival(bench, i) == ONE_WAY + FIRST_RESEND;
        twice_again += arrival(bench, i) == ONE_WAY + FIRST_RESEND + RESEND_TIMEOUT;
    }
    check_true(at_once > 440 && at_once < 560);
    check_true(once_again > 200 && once_again < 300);
    check_true(twice_again > 90 && twice_again < 160);
}

static void a_link_that_loses_everything_breaks_the_call(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    SimLink link = { .delay_us = ONE_WAY, .loss = SIM_CHANCE_ONE };
    set_link(bench, &link);
    SimCall made = a_call(A, B, 1);
    made.by_connection = true;
    made.timeout_us = INT64_MAX;
    sim_network_call(bench->network, bench->now_us, &made);
    run_until(bench, MS(3600000));
    check_uint(bench->outcomes->len, ==, 1);
    check_int(outcome(bench, 0)->outcome, ==, DISTRO_OUTCOME_BROKEN);
    check_uint(loss(bench, 0)->told, ==, A);
    check_true(!sim_network_connected(bench->network, A, B));
}

static void bursts_lose_packets_in_rows(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimLink link = { .delay_us = ONE_WAY,
                     .burst_enter = sim_chance(0.02),
                     .burst_leave = sim_chance(0.2),
                     .burst_loss = SIM_CHANCE_ONE };
    set_link(bench, &link);
    for (uint32_t i = 0; i < 2000; i++) {
        call(bench, A, B, i);
    }
    run_until(bench, MS(200000));
    /* 180 of them fall into bursts of five, on average. */
    size_t late = 0;
    for (guint i = 0; i < bench->arrivals->len; i++) {
        late += arrival(bench, i) > ONE_WAY;
    }
    check_uint(late, >, 100);
    check_uint(late, <, 300);
}

static void bandwidth_queues_packets_one_behind_the_other(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimLink link = { .delay_us = ONE_WAY, .bandwidth_bps = 800000 }; /* 100 bytes take 1 ms */
    set_link(bench, &link);
    for (uint32_t i = 0; i < 5; i++) {
        call(bench, A, B, i);
    }
    run_until(bench, MS(500));
    for (guint i = 0; i < 5; i++) {
        check_int(arrival(bench, i), ==, ONE_WAY + MS(1) * (i + 1));
    }
}

static void a_full_queue_loses_packets(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimLink link = { .delay_us = ONE_WAY, .bandwidth_bps = 800000, .queue_bytes = 200 };
    set_link(bench, &link);
    for (uint32_t i = 0; i < 5; i++) {
        call(bench, A, B, i);
    }
    run_until(bench, MS(100));
    check_uint(bench->arrivals->len, ==, 3);
    check_true(sim_trace_count(bench->trace, SIM_TRACE_MESSAGE_LOST) > 0);
    run_until(bench, MS(2000));
    check_uint(bench->arrivals->len, ==, 5);
}

/* Whenever a link becomes narrow, before or after the start of the story. */
static void a_queue_that_was_never_used_is_empty(void)
{
    static const int64_t starts_us[] = { -MS(1000), 0, MS(1000) };
    for (size_t i = 0; i < G_N_ELEMENTS(starts_us); i++) {
        g_autoptr(Bench) bench = bench_new_at(starts_us[i]);
        SimLink link = { .delay_us = ONE_WAY, .bandwidth_bps = 800000, .queue_bytes = 200 };
        set_link(bench, &link);
        call(bench, A, B, 1);    /* a queue of the two */
        call(bench, SHOP, B, 2); /* that of their sites */
        run_until(bench, starts_us[i] + MS(100));
        check_uint(bench->arrivals->len, ==, 2);
        check_int(arrival(bench, 0), ==, starts_us[i] + ONE_WAY + MS(1));
        check_int(arrival(bench, 1), ==, starts_us[i] + ONE_WAY + MS(1));
    }
}

static size_t late_of(const Bench *bench)
{
    size_t late = 0;
    for (guint i = 0; i < bench->arrivals->len; i++) {
        late += arrival(bench, i) > ONE_WAY;
    }
    return late;
}

/* A message is 100 bytes; one packet in ten is lost. */
static void a_longer_message_has_more_packets_to_lose(void)
{
    static const struct {
        int64_t mtu_bytes;
        size_t low, high; /* of 1000 that are late */
    } rows[] = { { 0, 70, 130 }, { 100, 70, 130 }, { 99, 150, 230 }, { 10, 600, 700 } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Bench) bench = bench_new();
        SimLink link = { .delay_us = ONE_WAY,
                         .loss = sim_chance(0.1),
                         .mtu_bytes = rows[i].mtu_bytes };
        set_link(bench, &link);
        for (uint32_t k = 0; k < 1000; k++) {
            call(bench, A, B, k);
        }
        run_until(bench, MS(200000));
        check_uint(bench->arrivals->len, ==, 1000);
        check_uint(late_of(bench), >=, rows[i].low);
        check_uint(late_of(bench), <=, rows[i].high);
    }
}

/* A request is 90 bytes and its framing 10. */
static void what_is_too_large_is_sent_again_in_vain(void)
{
    static const struct {
        int64_t limit_bytes;
        size_t requests;
    } rows[] = { { 100, 2 }, { 99, 0 } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Bench) bench = bench_new();
        connect_nodes(bench, A, B);
        SimLink link = { .delay_us = ONE_WAY, .drop_above_bytes = rows[i].limit_bytes };
        sim_network_degrade(bench->network, A, B, &link);
        SimCall small = a_call(A, B, 2);
        small.by_connection = true;
        small.bytes = 10;
        call_on_connection(bench, A, B, 1);
        sim_network_call(bench->network, bench->now_us, &small); /* waits behind it */
        run_until(bench, bench->now_us + MS(4000));
        check_uint(bench->requests, ==, rows[i].requests);
        check_uint(bench->outcomes->len, ==, 2);
        check_true((outcome(bench, 0)->outcome == DISTRO_OUTCOME_TIMED_OUT) ==
                   (rows[i].requests == 0));
    }
}

static void what_was_too_large_passes_after_the_heal(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    SimLink link = { .delay_us = ONE_WAY, .drop_above_bytes = 99 };
    sim_network_degrade(bench->network, A, B, &link);
    call_on_connection(bench, A, B, 1);
    run_until(bench, bench->now_us + MS(1000));
    sim_network_heal(bench->network, bench->now_us);
    run_until(bench, bench->now_us + MS(1500));
    check_uint(bench->requests, ==, 1);
    check_int(outcome(bench, 0)->outcome, ==, DISTRO_OUTCOME_ANSWERED);
}

static void a_damaged_message_is_gone(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimLink link = { .delay_us = ONE_WAY, .corrupt = SIM_CHANCE_ONE };
    set_link(bench, &link);
    call(bench, A, B, 1);
    run_until(bench, MS(5000));
    check_uint(bench->requests, ==, 0);
    check_only_outcome(bench, DISTRO_OUTCOME_TIMED_OUT, MS(3000));
}

static void an_overtaken_message_comes_a_round_trip_late(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimLink link = { .delay_us = ONE_WAY, .reorder = SIM_CHANCE_ONE };
    set_link(bench, &link);
    call(bench, A, B, 1);
    run_until(bench, MS(500));
    check_int(arrival(bench, 0), ==, 3 * ONE_WAY);
    check_only_outcome(bench, DISTRO_OUTCOME_ANSWERED, 6 * ONE_WAY);
}

static void a_doubled_message_is_applied_twice_and_heard_once(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimLink link = { .delay_us = ONE_WAY, .duplicate = SIM_CHANCE_ONE };
    set_link(bench, &link);
    call(bench, A, B, 1);
    run_until(bench, MS(500));
    check_uint(bench->requests, ==, 2);
    check_only_outcome(bench, DISTRO_OUTCOME_ANSWERED, 2 * ONE_WAY);
}

/* Rows of traffic are found by caller and called: thousands of clients have the called in common.
 */
static void pairs_that_share_a_half_are_spread(void)
{
    enum {
        KEYS = 1024
    };
    bool taken[KEYS] = { false };
    size_t distinct = 0;
    for (uint64_t i = 0; i < KEYS; i++) {
        uint64_t key = (SIM_CLIENT_BIT | i) << 32 | 7;
        bool *place = &taken[sim_hash_pair(&key) % KEYS];
        distinct += !*place;
        *place = true;
    }
    check_uint(distinct, >, KEYS / 2);
}

/* --- cuts ------------------------------------------------------------------------------------- */

static void a_cut_is_silence_until_the_time_out(void)
{
    g_autoptr(Bench) bench = bench_new();
    cut_both_ways(bench, A, B);
    check_true(!sim_network_can_call(bench->network, A, B));
    check_true(sim_network_can_call(bench->network, A, C));
    call(bench, A, B, 1);
    run_until(bench, MS(5000));
    check_only_outcome(bench, DISTRO_OUTCOME_TIMED_OUT, MS(3000));
    check_uint(bench->requests, ==, 0);
    check_uint(traffic(bench, A, B, SIM_N_OPS).failed, ==, 1);
}

static void what_a_cut_held_arrives_at_the_next_retransmission(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    int64_t sent_us = bench->now_us;
    cut_both_ways(bench, A, B);
    call_on_connection(bench, A, B, 1);
    run_until(bench, sent_us + MS(400));
    sim_network_heal(bench->network, bench->now_us);
    run_until(bench, sent_us + MS(2000));
    const int64_t again_us = sent_us + FIRST_RESEND + RESEND_TIMEOUT;
    check_int(arrival(bench, 0), ==, again_us + ONE_WAY);
    check_only_outcome(bench, DISTRO_OUTCOME_ANSWERED, again_us + 2 * ONE_WAY);
}

/* Call 1 is on a connection, call 2 on one of its own; both time out in a cut that ends at 5 s. */
static void call_into_a_long_cut(Bench *bench)
{
    connect_nodes(bench, A, B);
    cut_both_ways(bench, A, B);
    call_on_connection(bench, A, B, 1);
    call(bench, A, B, 2);
    run_until(bench, MS(5000));
    check_uint(bench->outcomes->len, ==, 2);
    sim_network_heal_pair(bench->network, bench->now_us, A, B);
    run_until(bench, MS(20000));
    check_uint(bench->outcomes->len, ==, 2);
}

static void a_call_that_timed_out_on_its_way_is_cancelled(void)
{
    g_autoptr(Bench) bench = bench_new();
    call_into_a_long_cut(bench);
    check_uint(bench->requests, ==, 0);
}

/* Only on a connection: one of its own is closed with the time-out. */
static void a_cancelled_call_may_be_applied_late(void)
{
    g_autoptr(Bench) bench = bench_new();
    set_rules(bench, 1000000, 0, 0);
    call_into_a_long_cut(bench);
    check_uint(bench->requests, ==, 1);
}

static void a_share_of_cancelled_calls_is_applied(void)
{
    g_autoptr(Bench) bench = bench_new();
    set_rules(bench, 120000, 0, 0);
    connect_nodes(bench, A, B);
    cut_both_ways(bench, A, B);
    for (uint32_t i = 0; i < 1000; i++) {
        run_until(bench, bench->now_us + 1);
        call_on_connection(bench, A, B, i);
    }
    run_until(bench, MS(5000));
    sim_network_heal(bench->network, bench->now_us);
    run_until(bench, MS(20000));
    check_uint(bench->requests, >=, 90);
    check_uint(bench->requests, <=, 150);
}

static void a_call_whose_answer_alone_is_late_is_applied(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    sim_network_cut(bench->network, B, A, SIM_CUT_PACKETS);
    call_on_connection(bench, A, B, 1);
    run_until(bench, MS(5000));
    check_uint(bench->requests, ==, 1);
    check_int(outcome(bench, 0)->outcome, ==, DISTRO_OUTCOME_TIMED_OUT);
}

/* One clock, that of the oldest: what is sent after the heal waits behind it. */
static void what_is_sent_later_waits_behind_what_is_sent_again(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    const int64_t sent_us = bench->now_us;
    cut_both_ways(bench, A, B);
    call_on_connection(bench, A, B, 1);
    run_until(bench, sent_us + MS(300));
    call_on_connection(bench, A, B, 2);
    run_until(bench, sent_us + MS(400));
    sim_network_heal(bench->network, bench->now_us);
    run_until(bench, sent_us + MS(450));
    call_on_connection(bench, A, B, 3);
    call_on_connection(bench, B, A, 4); /* the other direction has nothing to send again */
    run_until(bench, sent_us + MS(2000));
    const int64_t again_us = sent_us + FIRST_RESEND + RESEND_TIMEOUT;
    static const uint64_t order[] = { 4, 1, 2, 3 };
    check_uint(bench->outcomes->len, ==, 4);
    for (guint i = 0; i < 4; i++) {
        check_uint(outcome(bench, i)->ticket, ==, order[i]);
        check_int(arrival(bench, i), ==, (i == 0 ? sent_us + MS(450) : again_us) + ONE_WAY);
    }
}

static void what_was_on_its_way_into_a_cut_keeps_its_place(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    const int64_t sent_us = bench->now_us;
    call_on_connection(bench, A, B, 1);
    run_until(bench, sent_us + MS(5));
    cut_both_ways(bench, A, B);
    call_on_connection(bench, A, B, 2);
    run_until(bench, sent_us + MS(100));
    sim_network_heal(bench->network, bench->now_us);
    run_until(bench, sent_us + MS(1000));
    check_uint(outcome(bench, 0)->ticket, ==, 1);
    check_uint(outcome(bench, 1)->ticket, ==, 2);
    check_int(arrival(bench, 0), ==, sent_us + FIRST_RESEND + ONE_WAY);
    check_int(arrival(bench, 1), ==, arrival(bench, 0));
}

static void an_orderly_close_waits_behind_what_was_sent_before_it(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    const int64_t sent_us = bench->now_us;
    bench->mute = true;
    cut_both_ways(bench, A, B);
    call_on_connection(bench, A, B, 2);
    run_until(bench, sent_us + MS(100));
    sim_network_heal(bench->network, bench->now_us);
    sim_network_disconnect(bench->network, bench->now_us, A, B, A);
    run_until(bench, sent_us + FIRST_RESEND + ONE_WAY - 1);
    check_uint(bench->losses->len, ==, 0);
    run_until(bench, sent_us + FIRST_RESEND + ONE_WAY);
    check_uint(loss(bench, 0)->told, ==, B);
}

static void neighbours_in_a_burst_may_be_swapped_by_milliseconds(void)
{
    g_autoptr(Bench) bench = bench_new();
    set_rules(bench, 0, 0, MS(5));
    connect_nodes(bench, A, B);
    const int64_t sent_us = bench->now_us;
    cut_both_ways(bench, A, B);
    for (uint32_t i = 0; i < 200; i++) {
        run_until(bench, bench->now_us + 1);
        call_on_connection(bench, A, B, i);
    }
    run_until(bench, sent_us + MS(100));
    sim_network_heal(bench->network, bench->now_us);
    run_until(bench, sent_us + MS(1000));
    size_t swapped = 0;
    int64_t at_us[200] = { 0 };
    check_uint(bench->outcomes->len, ==, 200);
    for (guint i = 0; i < bench->outcomes->len; i++) {
        at_us[outcome(bench, i)->ticket] = outcome(bench, i)->at_us;
    }
    for (guint i = 0; i < 200; i += 2) {
        swapped += at_us[i] > at_us[i + 1];
    }
    check_uint(swapped, >=, 35);
    check_uint(swapped, <=, 65);
    check_int(arrival(bench, 199) - arrival(bench, 0), <=, MS(5));
}

static void a_lost_packet_holds_up_those_behind_it(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    SimLink link = { .delay_us = ONE_WAY, .jitter = 0.5, .loss = sim_chance(0.1) };
    set_link(bench, &link);
    for (uint32_t i = 0; i < 500; i++) {
        run_until(bench, bench->now_us + MS(1));
        call_on_connection(bench, A, B, i);
    }
    run_until(bench, MS(60000));
    check_uint(bench->outcomes->len, ==, 500);
    for (guint i = 0; i < bench->outcomes->len; i++) {
        check_uint(outcome(bench, i)->ticket, ==, i);
    }
}

static void a_link_that_gets_faster_overtakes_nothing(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    const int64_t sent_us = bench->now_us;
    const SimLink fast = { .delay_us = MS(1) };
    call_on_connection(bench, A, B, 1);
    sim_network_degrade(bench->network, A, B, &fast);
    call_on_connection(bench, A, B, 2);
    run_until(bench, sent_us + MS(100));
    check_uint(outcome(bench, 0)->ticket, ==, 1);
    check_int(arrival(bench, 0), ==, sent_us + ONE_WAY);
    check_int(arrival(bench, 1), ==, sent_us + ONE_WAY);
}

static void an_answer_into_a_one_way_cut_is_held_too(void)
{
    g_autoptr(Bench) bench = bench_new();
    sim_network_cut(bench->network, B, A, SIM_CUT_PACKETS);
    call(bench, A, B, 1);
    run_until(bench, MS(1000));
    check_int(arrival(bench, 0), ==, ONE_WAY);
    check_uint(bench->outcomes->len, ==, 0);
    sim_network_cut(bench->network, B, A, SIM_CUT_NONE);
    run_until(bench, MS(3000));
    check_only_outcome(bench, DISTRO_OUTCOME_ANSWERED,
                       2 * ONE_WAY + FIRST_RESEND + 7 * RESEND_TIMEOUT);
}

static void a_packet_that_meets_a_cut_under_way_is_held(void)
{
    g_autoptr(Bench) bench = bench_new();
    call(bench, A, B, 1);
    run_until(bench, MS(5));
    cut_both_ways(bench, A, B);
    run_until(bench, MS(100));
    check_uint(bench->requests, ==, 0);
    sim_network_heal(bench->network, bench->now_us);
    run_until(bench, MS(1000));
    check_int(arrival(bench, 0), ==, FIRST_RESEND + ONE_WAY);
}

static void a_cut_of_calls_refuses_at_once_and_lets_the_others_through(void)
{
    g_autoptr(Bench) bench = bench_new();
    sim_network_cut(bench->network, A, B, SIM_CUT_CALLS);
    call(bench, A, B, 1);
    call(bench, B, A, 2);
    check_uint(bench->outcomes->len, ==, 0);
    run_until(bench, MS(100));
    check_uint(outcome(bench, 0)->ticket, ==, 1);
    check_int(outcome(bench, 0)->outcome, ==, DISTRO_OUTCOME_REFUSED);
    check_int(outcome(bench, 0)->at_us, ==, 0);
    check_int(outcome(bench, 1)->outcome, ==, DISTRO_OUTCOME_ANSWERED);
    check_uint(traffic(bench, A, B, SIM_N_OPS).messages, ==, 0);
}

static void a_site_cut_covers_clients_that_come_later(void)
{
    g_autoptr(Bench) bench = bench_new();
    sim_network_cut_site(bench->network, 0, A, true, SIM_CUT_PACKETS);
    sim_network_add_client(bench->network, 0, true);
    SimEndpoint late = sim_client_endpoint(2);
    sim_network_up(bench->network, late);
    check_int(sim_network_is_cut(bench->network, late, A), ==, SIM_CUT_PACKETS);
    check_int(sim_network_is_cut(bench->network, A, late), ==, SIM_CUT_NONE);
    check_int(sim_network_is_cut(bench->network, late, B), ==, SIM_CUT_NONE);
    check_int(sim_network_is_cut(bench->network, B, A), ==, SIM_CUT_NONE);
    call(bench, late, A, 1);
    call(bench, late, B, 2);
    run_until(bench, MS(100));
    check_only_outcome(bench, DISTRO_OUTCOME_ANSWERED, 2 * ONE_WAY);
    sim_network_heal_site(bench->network, bench->now_us, 0, A);
    run_until(bench, MS(1000));
    check_uint(bench->outcomes->len, ==, 2);
}

static void a_named_client_can_be_cut_alone(void)
{
    g_autoptr(Bench) bench = bench_new();
    sim_network_cut(bench->network, SHOP, A, SIM_CUT_PACKETS);
    check_int(sim_network_is_cut(bench->network, SHOP, A), ==, SIM_CUT_PACKETS);
    check_int(sim_network_is_cut(bench->network, FLEET, A), ==, SIM_CUT_NONE);
    sim_network_heal_pair(bench->network, 0, SHOP, A);
    check_int(sim_network_is_cut(bench->network, SHOP, A), ==, SIM_CUT_NONE);
}

static void a_clog_holds_and_then_releases_in_order(void)
{
    g_autoptr(Bench) bench = bench_new();
    sim_network_clog(bench->network, 0, A, B, MS(400));
    for (uint32_t i = 0; i < 3; i++) {
        call(bench, A, B, i);
        run_until(bench, bench->now_us + MS(1));
    }
    run_until(bench, MS(1000));
    for (guint i = 0; i < 3; i++) {
        check_int(arrival(bench, i), ==, MS(400));
        check_uint(outcome(bench, i)->ticket, ==, i);
    }
}

static void a_degraded_link_behaves_so_until_healed(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimLink slow = { .delay_us = MS(100) };
    sim_network_degrade(bench->network, A, B, &slow);
    check_int(sim_network_effective_link(bench->network, A, B).delay_us, ==, MS(100));
    check_int(sim_network_effective_link(bench->network, B, A).delay_us, ==, ONE_WAY);
    call(bench, A, B, 1);
    run_until(bench, MS(500));
    check_int(arrival(bench, 0), ==, MS(100));
    sim_network_heal(bench->network, bench->now_us);
    check_int(sim_network_effective_link(bench->network, A, B).delay_us, ==, ONE_WAY);
}

/* --- crashes and connections ------------------------------------------------------------------ */

static void a_call_to_a_dead_node_is_refused(void)
{
    g_autoptr(Bench) bench = bench_new();
    sim_network_down(bench->network, B, false);
    call(bench, A, B, 1);
    run_until(bench, MS(100));
    check_only_outcome(bench, DISTRO_OUTCOME_REFUSED, 2 * ONE_WAY);
    check_uint(sim_trace_count(bench->trace, SIM_TRACE_MESSAGE_REFUSED), ==, 1);
}

static void a_node_without_power_says_nothing(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    sim_network_down(bench->network, B, true);
    call_on_connection(bench, A, B, 1);
    run_until(bench, bench->now_us + MS(5000));
    check_int(outcome(bench, 0)->outcome, ==, DISTRO_OUTCOME_TIMED_OUT);
    check_uint(bench->losses->len, ==, 0);
    check_true(sim_network_connected(bench->network, A, B));
}

static void a_crash_breaks_calls_being_served_one_way_later(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    int64_t start_us = bench->now_us;
    bench->mute = true;
    call(bench, C, B, 1);
    call_on_connection(bench, A, B, 2);
    run_until(bench, start_us + MS(50));
    sim_network_down(bench->network, B, false);
    run_until(bench, start_us + MS(100));
    check_uint(bench->outcomes->len, ==, 2);
    for (guint i = 0; i < 2; i++) {
        check_int(outcome(bench, i)->outcome, ==, DISTRO_OUTCOME_BROKEN);
        check_int(outcome(bench, i)->at_us, ==, start_us + MS(60));
    }
    check_uint(loss(bench, 0)->told, ==, A);
    check_uint(loss(bench, 0)->other, ==, B);
    check_uint(loss(bench, 0)->context, ==, 77);
    check_true(!sim_network_connected(bench->network, A, B));
}

static void calls_of_a_crashed_caller_have_no_outcome(void)
{
    g_autoptr(Bench) bench = bench_new();
    call(bench, A, B, 1);
    run_until(bench, MS(5));
    sim_network_down(bench->network, A, false);
    run_until(bench, MS(5000));
    check_uint(bench->requests, ==, 1); /* it was on the wire */
    check_uint(bench->outcomes->len, ==, 0);
}

static void a_connection_is_open_once_its_answer_has_come(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimCall made = a_call(A, B, 1);
    made.opens = true;
    sim_network_call(bench->network, 0, &made);
    run_until(bench, ONE_WAY);
    check_true(!sim_network_connected(bench->network, A, B));
    check_true(sim_network_accepted(bench->network, A, B));
    run_until(bench, 2 * ONE_WAY);
    check_true(sim_network_connected(bench->network, A, B));
    check_true(!sim_network_connected(bench->network, B, A));
    call_on_connection(bench, B, A, 2); /* no matter which side opened it */
    run_until(bench, MS(100));
    check_int(outcome(bench, 1)->outcome, ==, DISTRO_OUTCOME_ANSWERED);
}

static void a_bad_answer_opens_nothing(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimCall made = a_call(A, B, 1);
    made.opens = true;
    bench->mute = true;
    sim_network_call(bench->network, 0, &made);
    run_until(bench, ONE_WAY);
    DistroFrame frame = status_frame(DISTRO_STATUS_ERROR_STARTING);
    sim_network_answer(bench->network, bench->now_us, bench->last_request, &frame, 50);
    run_until(bench, MS(100));
    check_only_outcome(bench, DISTRO_OUTCOME_ANSWERED, 2 * ONE_WAY);
    check_true(!sim_network_connected(bench->network, A, B));
    check_true(!sim_network_accepted(bench->network, A, B));
}

static void a_call_without_a_connection_breaks_at_once(void)
{
    g_autoptr(Bench) bench = bench_new();
    call_on_connection(bench, A, B, 1);
    check_uint(bench->outcomes->len, ==, 0);
    run_until(bench, MS(100));
    check_only_outcome(bench, DISTRO_OUTCOME_BROKEN, 0);
}

static void a_swallowed_reset_is_noticed_by_the_next_call(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    cut_both_ways(bench, A, B);
    sim_network_down(bench->network, B, false);
    run_until(bench, MS(100));
    sim_network_up(bench->network, B);
    sim_network_heal(bench->network, bench->now_us);
    run_until(bench, MS(200));
    check_uint(bench->losses->len, ==, 0);
    check_true(sim_network_connected(bench->network, A, B));
    call_on_connection(bench, A, B, 1);
    run_until(bench, MS(1000));
    check_only_outcome(bench, DISTRO_OUTCOME_BROKEN, MS(200) + 2 * ONE_WAY);
    check_uint(loss(bench, 0)->told, ==, A);
    check_uint(bench->requests, ==, 0);
}

static void closing_tells_the_other_end_and_breaks_its_calls(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    int64_t start_us = bench->now_us;
    bench->mute = true;
    call_on_connection(bench, A, B, 1);
    run_until(bench, start_us + MS(50));
    sim_network_disconnect(bench->network, bench->now_us, A, B, B);
    check_true(!sim_network_accepted(bench->network, A, B));
    check_true(sim_network_connected(bench->network, A, B));
    run_until(bench, start_us + MS(100));
    check_only_outcome(bench, DISTRO_OUTCOME_BROKEN, start_us + MS(60));
    check_uint(loss(bench, 0)->told, ==, A);
    check_int(loss(bench, 0)->at_us, ==, start_us + MS(60));
}

static void a_close_behind_a_cut_is_learnt_after_the_heal(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, SHOP, A);
    cut_both_ways(bench, SHOP, A);
    sim_network_down(bench->network, SHOP, false);
    run_until(bench, MS(5000));
    check_uint(bench->losses->len, ==, 0);
    sim_network_heal(bench->network, bench->now_us);
    run_until(bench, MS(20000));
    check_uint(bench->losses->len, ==, 1);
    check_uint(loss(bench, 0)->told, ==, A);
    check_uint(loss(bench, 0)->other, ==, SHOP);
    check_uint(loss(bench, 0)->context, ==, 77);
}

static void a_killed_client_tells_nobody(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, SHOP, A);
    sim_network_down(bench->network, SHOP, true);
    run_until(bench, MS(60000));
    check_uint(bench->losses->len, ==, 0);
    check_true(sim_network_accepted(bench->network, SHOP, A));
    sim_network_disconnect(bench->network, bench->now_us, SHOP, A, A);
    run_until(bench, MS(70000));
    check_true(!sim_network_accepted(bench->network, SHOP, A));
    check_uint(bench->losses->len, ==, 0);
}

static void a_connection_that_opened_too_late_is_closed_again(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimCall made = a_call(A, B, 1);
    made.opens = true;
    made.timeout_us = MS(15);
    sim_network_call(bench->network, 0, &made);
    run_until(bench, MS(100));
    check_only_outcome(bench, DISTRO_OUTCOME_TIMED_OUT, MS(15));
    check_true(!sim_network_connected(bench->network, A, B));
    check_true(!sim_network_accepted(bench->network, A, B));
    check_uint(loss(bench, 0)->told, ==, B);
    check_int(loss(bench, 0)->at_us, ==, MS(25));
}

/* --- pauses ----------------------------------------------------------------------------------- */

static void a_frozen_node_receives_when_it_thaws(void)
{
    g_autoptr(Bench) bench = bench_new();
    sim_network_pause(bench->network, B);
    call(bench, A, B, 1);
    call(bench, A, B, 2);
    run_until(bench, MS(500));
    check_uint(bench->requests, ==, 0);
    sim_network_resume(bench->network, bench->now_us, B);
    run_until(bench, MS(1000));
    check_int(arrival(bench, 1), ==, MS(500));
    check_uint(outcome(bench, 0)->ticket, ==, 1);
    check_uint(outcome(bench, 1)->ticket, ==, 2);
}

static void a_frozen_caller_notices_time_outs_late(void)
{
    g_autoptr(Bench) bench = bench_new();
    bench->mute = true;
    call(bench, A, B, 1);
    run_until(bench, MS(100));
    sim_network_pause(bench->network, A);
    run_until(bench, MS(8000));
    check_uint(bench->outcomes->len, ==, 0);
    sim_network_resume(bench->network, bench->now_us, A);
    run_until(bench, MS(8001));
    check_only_outcome(bench, DISTRO_OUTCOME_TIMED_OUT, MS(8000));
}

/* --- interception ----------------------------------------------------------------------------- */

static SimIntercept any_call(SimInterceptAction action)
{
    SimIntercept intercept = { .from = SIM_NO_ENDPOINT,
                               .cluster = SIM_ALL_CLUSTERS,
                               .to = SIM_NO_ENDPOINT,
                               .op = SIM_N_OPS,
                               .all = true,
                               .before_us = INT64_MAX,
                               .chance = SIM_CHANCE_ONE,
                               .action = action,
                               .by_us = MS(40) };
    return intercept;
}

static void run_intercepted(Bench *bench, const SimIntercept *intercept)
{
    sim_network_intercept(bench->network, intercept);
    call(bench, A, B, 1);
    run_until(bench, MS(5000));
}

static void a_dropped_request_times_out(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimIntercept drop = any_call(SIM_INTERCEPT_DROP);
    run_intercepted(bench, &drop);
    check_only_outcome(bench, DISTRO_OUTCOME_TIMED_OUT, MS(3000));
    check_uint(bench->requests, ==, 0);
}

static void a_dropped_reply_leaves_the_request_applied(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimIntercept drop = any_call(SIM_INTERCEPT_DROP_REPLY);
    run_intercepted(bench, &drop);
    check_only_outcome(bench, DISTRO_OUTCOME_TIMED_OUT, MS(3000));
    check_uint(bench->requests, ==, 1);
    check_uint(sim_trace_count(bench->trace, SIM_TRACE_MESSAGE_REPLY_LOST), ==, 1);
}

static void delays_add_to_request_or_reply(void)
{
    g_autoptr(Bench) request = bench_new();
    SimIntercept delay = any_call(SIM_INTERCEPT_DELAY);
    run_intercepted(request, &delay);
    check_int(arrival(request, 0), ==, MS(50));
    check_only_outcome(request, DISTRO_OUTCOME_ANSWERED, MS(60));

    g_autoptr(Bench) reply = bench_new();
    delay = any_call(SIM_INTERCEPT_DELAY_REPLY);
    run_intercepted(reply, &delay);
    check_int(arrival(reply, 0), ==, MS(10));
    check_only_outcome(reply, DISTRO_OUTCOME_ANSWERED, MS(60));
}

/* It is at the called already, and others of its connection pass it. */
static void a_delayed_request_is_applied_though_its_caller_gave_up(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    const int64_t sent_us = bench->now_us;
    SimIntercept delay = any_call(SIM_INTERCEPT_DELAY);
    delay.by_us = MS(4000);
    const uint32_t number = sim_network_intercept(bench->network, &delay);
    call_on_connection(bench, A, B, 1);
    sim_network_intercept_stop(bench->network, number);
    run_until(bench, sent_us + MS(1000));
    cut_both_ways(bench, A, B); /* which comes too late for it */
    run_until(bench, sent_us + MS(3900));
    check_int(outcome(bench, 0)->outcome, ==, DISTRO_OUTCOME_TIMED_OUT);
    check_uint(bench->requests, ==, 0);
    run_until(bench, sent_us + MS(4100));
    check_int(arrival(bench, 0), ==, sent_us + MS(4000) + ONE_WAY);
}

static void a_message_that_a_story_picked_out_is_not_cancelled(void)
{
    g_autoptr(Bench) bench = bench_new();
    connect_nodes(bench, A, B);
    SimIntercept drop_reply = any_call(SIM_INTERCEPT_DROP_REPLY);
    sim_network_intercept(bench->network, &drop_reply);
    cut_both_ways(bench, A, B);
    call_on_connection(bench, A, B, 1);
    run_until(bench, MS(5000));
    sim_network_heal(bench->network, bench->now_us);
    run_until(bench, MS(20000));
    check_uint(bench->requests, ==, 1);
}

static void a_duplicate_is_applied_twice_and_heard_once(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimIntercept duplicate = any_call(SIM_INTERCEPT_DUPLICATE);
    run_intercepted(bench, &duplicate);
    check_uint(bench->requests, ==, 2);
    check_only_outcome(bench, DISTRO_OUTCOME_ANSWERED, 2 * ONE_WAY);
}

static void a_refused_apply_is_answered_without_the_called(void)
{
    static const struct {
        SimOp op;
        bool reply_ok;
        unsigned status;
    } rows[] = {
        { SIM_OP_VERIFY, false, DISTRO_STATUS_VERIFY_FAILED },
        { (SimOp)DISTRO_OP_CHANGE, false, DISTRO_STATUS_EXCEPTION },
        { (SimOp)DISTRO_OP_CHANGE, true, DISTRO_STATUS_OK },
        { SIM_OP_SNAPSHOT, false, DISTRO_STATUS_EXCEPTION },
        { SIM_OP_CONNECT, true, DISTRO_STATUS_OK },
        { SIM_OP_FORWARD, false, DISTRO_STATUS_HTTP_ERROR },
        { SIM_OP_REGISTER, true, DISTRO_STATUS_OK },
        { SIM_OP_BEAT, false, DISTRO_STATUS_EXCEPTION },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Bench) bench = bench_new();
        SimIntercept refuse = any_call(SIM_INTERCEPT_REFUSE_APPLY);
        refuse.reply_ok = rows[i].reply_ok;
        sim_network_intercept(bench->network, &refuse);
        SimCall made = a_call(SHOP, B, 1);
        made.op = rows[i].op;
        sim_network_call(bench->network, 0, &made);
        run_until(bench, MS(100));
        check_uint(bench->requests, ==, 0);
        check_only_outcome(bench, DISTRO_OUTCOME_ANSWERED, 2 * ONE_WAY);
        check_uint(outcome(bench, 0)->status, ==, rows[i].status);
    }
}

static void ordinals_count_matching_messages_in_their_window(void)
{
    g_autoptr(Bench) bench = bench_new();
    SimIntercept observe = any_call(SIM_INTERCEPT_OBSERVE);
    uint64_t ordinals[] = { 2, 4 };
    observe.all = false;
    observe.nth = g_array_append_vals(g_array_new(false, false, sizeof(uint64_t)), ordinals, 2);
    observe.to = B;
    observe.after_us = MS(5);
    uint32_t number = sim_network_intercept(bench->network, &observe);
    for (uint32_t i = 0; i < 10; i++) {
        call(bench, A, i % 2 ? B : C, i); /* to b at 1, 3, 5, 7, 9 ms */
        run_until(bench, bench->now_us + MS(1));
    }
    check_uint(sim_network_intercept_hits(bench->network, number), ==, 1);
    const GArray *times = sim_network_intercept_times(bench->network, number);
    check_int(g_array_index(times, int64_t, 0), ==, MS(7));
    sim_network_intercept_stop(bench->network, number);
    call(bench, A, B, 11);
    check_uint(sim_network_intercept_hits(bench->network, number), ==, 1);
}

/* --- many calls ------------------------------------------------------------------------------- */

/* Calls that somebody waits for, or whose requests are still on their way. */
static size_t count_open_calls(const SimNetwork *network)
{
    size_t open = 0;
    for (uint32_t i = 0; i < network->n_slots; i++) {
        const SimCallSlot *slot = sim_net_slot_at(network, i);
        open += slot->in_use && (slot->waiting || slot->request == SIM_REQUEST_UNDER_WAY);
    }
    return open;
}

/* Calls, cuts, crashes and pauses at random: every call of a caller that lives ends exactly once.
 */
static uint64_t run_storm(uint64_t seed, uint64_t *unfinished)
{
    g_autoptr(Bench) bench = bench_new();
    SimLink link = { .delay_us = MS(2), .jitter = 0.5, .loss = sim_chance(0.05) };
    set_link(bench, &link);
    SimPrng prng = sim_prng_stream(seed, "test/storm");
    const SimEndpoint parties[] = { A, B, C, SHOP, FLEET };
    uint32_t made_count = 0;
    for (int i = 0; i < 4000; i++) {
        SimEndpoint from = parties[sim_prng_below(&prng, 5)];
        SimEndpoint to = (SimEndpoint)sim_prng_below(&prng, N_NODES);
        if (from != to && sim_network_is_up(bench->network, from)) {
            SimCall made = a_call(from, to, ++made_count);
            made.opens = sim_prng_below(&prng, 4) == 0;
            made.by_connection = !made.opens && sim_prng_below(&prng, 2) == 0;
            made.timeout_us = MS(100 + (int64_t)sim_prng_below(&prng, 3) * 1000);
            sim_network_call(bench->network, bench->now_us, &made);
        }
        switch (sim_prng_below(&prng, 40)) {
        case 0:
            if (from != to) {
                sim_network_cut(bench->network, from, to, SIM_CUT_PACKETS);
            }
            break;
        case 1:
            sim_network_heal(bench->network, bench->now_us);
            break;
        case 2:
            sim_network_down(bench->network, from, sim_prng_below(&prng, 2));
            break;
        case 3:
            if (!sim_network_is_up(bench->network, from)) {
                sim_network_up(bench->network, from);
            }
            break;
        case 4:
            if (from != to) {
                sim_network_clog(bench->network, bench->now_us, from, to, bench->now_us + MS(9));
            }
            break;
        case 5:
            if (sim_network_is_up(bench->network, from)) {
                sim_network_pause(bench->network, from);
            }
            break;
        case 6:
            sim_network_resume(bench->network, bench->now_us, from);
            break;
        case 7:
            sim_network_disconnect(bench->network, bench->now_us, from, to,
                                   sim_prng_below(&prng, 2) ? from : to);
            break;
        case 8:
            bench->mute = !bench->mute;
            break;
        }
        run_until(bench, bench->now_us + (int64_t)sim_prng_below(&prng, MS(3)));
    }
    sim_network_heal(bench->network, bench->now_us);
    for (size_t i = 0; i < 5; i++) {
        sim_network_resume(bench->network, bench->now_us, parties[i]);
    }
    run_until(bench, bench->now_us + MS(3600000));
    check_uint(count_open_calls(bench->network), ==, 0);
    check_uint(bench->network->parked->len, ==, 0);
    g_autofree uint8_t *ends = g_new0(uint8_t, made_count + 1);
    for (guint i = 0; i < bench->outcomes->len; i++) {
        check_uint(++ends[outcome(bench, i)->ticket], ==, 1);
    }
    *unfinished = made_count - bench->outcomes->len;
    return sim_trace_fingerprint(bench->trace);
}

static void in_a_storm_every_call_ends_once_and_runs_repeat(void)
{
    uint64_t unfinished = 0, again = 0;
    uint64_t last = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        uint64_t fingerprint = run_storm(seed, &unfinished);
        check_uint(run_storm(seed, &again), ==, fingerprint);
        check_uint(again, ==, unfinished);
        check_uint(unfinished, <, 1500); /* callers that died */
        check_uint(fingerprint, !=, last);
        last = fingerprint;
    }
}

int main(void)
{
    static const Test tests[] = {
        { "a call takes one way and its answer the other",
          a_call_takes_one_way_and_its_answer_the_other },
        { "an unanswered call times out once", an_unanswered_call_times_out_once },
        { "time outs come in order of deadline whatever their length",
          time_outs_come_in_order_of_deadline_whatever_their_length },
        { "a call without end never times out", a_call_without_end_never_times_out },
        { "traffic counts requests and replies with framing",
          traffic_counts_requests_and_replies_with_framing },
        { "verify comes last in its instant line by line",
          verify_comes_last_in_its_instant_line_by_line },
        { "a line hands out its packets in order of time",
          a_line_hands_out_its_packets_in_order_of_time },
        { "jitter stays within its proportion", jitter_stays_within_its_proportion },
        { "loss is delay by whole retransmissions", loss_is_delay_by_whole_retransmissions },
        { "a link that loses everything breaks the call",
          a_link_that_loses_everything_breaks_the_call },
        { "bursts lose packets in rows", bursts_lose_packets_in_rows },
        { "a queue that was never used is empty", a_queue_that_was_never_used_is_empty },
        { "bandwidth queues packets one behind the other",
          bandwidth_queues_packets_one_behind_the_other },
        { "a full queue loses packets", a_full_queue_loses_packets },
        { "a longer message has more packets to lose", a_longer_message_has_more_packets_to_lose },
        { "what is too large is sent again in vain", what_is_too_large_is_sent_again_in_vain },
        { "what was too large passes after the heal", what_was_too_large_passes_after_the_heal },
        { "a damaged message is gone", a_damaged_message_is_gone },
        { "an overtaken message comes a round trip late",
          an_overtaken_message_comes_a_round_trip_late },
        { "a doubled message is applied twice and heard once",
          a_doubled_message_is_applied_twice_and_heard_once },
        { "pairs that share a half are spread", pairs_that_share_a_half_are_spread },
        { "a cut is silence until the time out", a_cut_is_silence_until_the_time_out },
        { "what a cut held arrives at the next retransmission",
          what_a_cut_held_arrives_at_the_next_retransmission },
        { "a call that timed out on its way is cancelled",
          a_call_that_timed_out_on_its_way_is_cancelled },
        { "a cancelled call may be applied late", a_cancelled_call_may_be_applied_late },
        { "a share of cancelled calls is applied", a_share_of_cancelled_calls_is_applied },
        { "a call whose answer alone is late is applied",
          a_call_whose_answer_alone_is_late_is_applied },
        { "what is sent later waits behind what is sent again",
          what_is_sent_later_waits_behind_what_is_sent_again },
        { "what was on its way into a cut keeps its place",
          what_was_on_its_way_into_a_cut_keeps_its_place },
        { "an orderly close waits behind what was sent before it",
          an_orderly_close_waits_behind_what_was_sent_before_it },
        { "neighbours in a burst may be swapped by milliseconds",
          neighbours_in_a_burst_may_be_swapped_by_milliseconds },
        { "a lost packet holds up those behind it", a_lost_packet_holds_up_those_behind_it },
        { "a link that gets faster overtakes nothing", a_link_that_gets_faster_overtakes_nothing },
        { "an answer into a one way cut is held too", an_answer_into_a_one_way_cut_is_held_too },
        { "a packet that meets a cut under way is held",
          a_packet_that_meets_a_cut_under_way_is_held },
        { "a cut of calls refuses at once and lets the others through",
          a_cut_of_calls_refuses_at_once_and_lets_the_others_through },
        { "a site cut covers clients that come later", a_site_cut_covers_clients_that_come_later },
        { "a named client can be cut alone", a_named_client_can_be_cut_alone },
        { "a clog holds and then releases in order", a_clog_holds_and_then_releases_in_order },
        { "a degraded link behaves so until healed", a_degraded_link_behaves_so_until_healed },
        { "a call to a dead node is refused", a_call_to_a_dead_node_is_refused },
        { "a node without power says nothing", a_node_without_power_says_nothing },
        { "a crash breaks calls being served one way later",
          a_crash_breaks_calls_being_served_one_way_later },
        { "calls of a crashed caller have no outcome", calls_of_a_crashed_caller_have_no_outcome },
        { "a connection is open once its answer has come",
          a_connection_is_open_once_its_answer_has_come },
        { "a bad answer opens nothing", a_bad_answer_opens_nothing },
        { "a call without a connection breaks at once",
          a_call_without_a_connection_breaks_at_once },
        { "a swallowed reset is noticed by the next call",
          a_swallowed_reset_is_noticed_by_the_next_call },
        { "closing tells the other end and breaks its calls",
          closing_tells_the_other_end_and_breaks_its_calls },
        { "a close behind a cut is learnt after the heal",
          a_close_behind_a_cut_is_learnt_after_the_heal },
        { "a killed client tells nobody", a_killed_client_tells_nobody },
        { "a connection that opened too late is closed again",
          a_connection_that_opened_too_late_is_closed_again },
        { "a frozen node receives when it thaws", a_frozen_node_receives_when_it_thaws },
        { "a frozen caller notices time outs late", a_frozen_caller_notices_time_outs_late },
        { "a dropped request times out", a_dropped_request_times_out },
        { "a dropped reply leaves the request applied",
          a_dropped_reply_leaves_the_request_applied },
        { "delays add to request or reply", delays_add_to_request_or_reply },
        { "a delayed request is applied though its caller gave up",
          a_delayed_request_is_applied_though_its_caller_gave_up },
        { "a message that a story picked out is not cancelled",
          a_message_that_a_story_picked_out_is_not_cancelled },
        { "a duplicate is applied twice and heard once",
          a_duplicate_is_applied_twice_and_heard_once },
        { "a refused apply is answered without the called",
          a_refused_apply_is_answered_without_the_called },
        { "ordinals count matching messages in their window",
          ordinals_count_matching_messages_in_their_window },
        { "in a storm every call ends once and runs repeat",
          in_a_storm_every_call_ends_once_and_runs_repeat },
        { 0 },
    };
    return run_tests("network", tests);
}
