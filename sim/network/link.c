/* sim/network/link.c -- delay, loss, retransmission and queueing of one packet. */
#include "sim/network/link.h"

/* Linux: TCP_RTO_MAX and tcp_retries2. */
#define LONGEST_WAIT_US INT64_C(120000000)
enum {
    MAX_RESENDS = 15
};

/* --- delays ---------------------------------------------------------------------------------- */

static SimSpreadTable *find_spread(const SimLink *link, GPtrArray *spreads)
{
    if (link->spread_q32 == 0) {
        return NULL;
    }
    for (guint i = 0; i < spreads->len; i++) {
        SimSpreadTable *spread = spreads->pdata[i];
        if (spread->delay_us == link->delay_us && spread->sigma_q32 == link->spread_q32) {
            return spread;
        }
    }
    SimSpreadTable *spread = g_new(SimSpreadTable, 1);
    spread->delay_us = link->delay_us;
    spread->sigma_q32 = link->spread_q32;
    spread->filled = false;
    g_ptr_array_add(spreads, spread);
    return spread;
}

static void fill_spread(SimSpreadTable *spread)
{
    spread->filled = true;
    for (uint64_t k = 1; k < SIM_SPREAD_CELLS; k++) {
        spread->quantiles[k] = sim_lognormal_quantile(spread->delay_us, spread->sigma_q32,
                                                      k << (64 - SIM_SPREAD_BITS));
    }
}

static int64_t draw_spread(SimSpreadTable *spread, SimPrng *prng)
{
    uint64_t u = sim_prng_u64(prng);
    uint64_t cell = u >> (64 - SIM_SPREAD_BITS);
    if (cell == 0 || cell == SIM_SPREAD_CELLS - 1) {
        return sim_lognormal_quantile(spread->delay_us, spread->sigma_q32, u);
    }
    if (!spread->filled) {
        fill_spread(spread);
    }
    int64_t low = spread->quantiles[cell], high = spread->quantiles[cell + 1];
    int64_t inside_q32 = (int64_t)(u << SIM_SPREAD_BITS >> 32);
    return low + ((high - low) * inside_q32 >> 32);
}

SimRoute sim_route_new(const SimLink *link, bool is_wan, GPtrArray *spreads)
{
    g_assert_cmpint(link->delay_us, >=, 0);
    SimRoute route = { .link = *link, .is_wan = is_wan };
    route.spread = find_spread(link, spreads);
    double jitter = CLAMP(link->jitter, 0.0, 1.0);
    route.jitter_us = (int64_t)((double)link->delay_us * jitter);
    route.reliable = link->loss == 0 && link->burst_enter == 0 && link->bandwidth_bps == 0;
    route.plain = route.reliable && route.jitter_us == 0 && link->spread_q32 == 0 &&
                  link->drop_above_bytes == 0;
    route.datagrams = link->duplicate > 0 || link->reorder > 0 || link->corrupt > 0;
    return route;
}

bool sim_route_drops(const SimRoute *route, int64_t bytes)
{
    return route->link.drop_above_bytes > 0 && bytes > route->link.drop_above_bytes;
}

int64_t sim_route_delay(const SimRoute *route, SimPrng *prng)
{
    int64_t delay_us = route->link.delay_us;
    if (route->spread != NULL) {
        return draw_spread(route->spread, prng);
    }
    if (route->jitter_us > 0) {
        return sim_prng_between(prng, delay_us - route->jitter_us, delay_us + route->jitter_us);
    }
    return delay_us;
}

int64_t sim_route_shortest(const SimRoute *route)
{
    const SimLink *link = &route->link;
    return route->spread != NULL ? sim_lognormal_quantile(link->delay_us, link->spread_q32, 0)
                                 : link->delay_us - route->jitter_us;
}

/* --- retransmission -------------------------------------------------------------------------- */

static int64_t first_wait(const SimResend *resend)
{
    return MIN(resend->rtt_us + resend->first_us, LONGEST_WAIT_US);
}

static int64_t next_wait(int64_t wait_us)
{
    return MIN(2 * wait_us, LONGEST_WAIT_US);
}

int64_t sim_resend_instant(const SimResend *resend, int64_t sent_us, int64_t after_us)
{
    int64_t at_us = sent_us + first_wait(resend);
    int64_t wait_us = MIN(resend->rtt_us + resend->timeout_us, LONGEST_WAIT_US);
    for (int i = 0; i < MAX_RESENDS; i++) {
        if (at_us > after_us) {
            return at_us;
        }
        at_us += wait_us;
        wait_us = next_wait(wait_us);
    }
    return -1;
}

/* --- one transmission ------------------------------------------------------------------------ */

/* Gilbert and Elliott's chain moves on with each packet. */
static bool step_burst(const SimLink *link, const SimLane *lane)
{
    bool leaves = *lane->in_burst;
    if (sim_prng_hits(lane->prng, leaves ? link->burst_leave : link->burst_enter)) {
        *lane->in_burst = !leaves;
    }
    return *lane->in_burst;
}

/* A retransmission comes so much later that the chain has forgotten its state. It must not move it:
 * one unlucky packet would use up the burst that belongs to those sent right after it. */
static bool meets_another_burst(const SimLink *link, const SimLane *lane)
{
    return sim_prng_below(lane->prng, link->burst_enter + link->burst_leave) < link->burst_enter;
}

static bool is_lost(const SimLink *link, const SimLane *lane, bool again)
{
    bool bursting =
        link->burst_enter > 0 && (again ? meets_another_burst(link, lane) : step_burst(link, lane));
    return sim_prng_hits(lane->prng, bursting ? link->burst_loss : link->loss);
}

static bool overflows(const SimLink *link, const SimLane *lane, int64_t at_us)
{
    int64_t waiting_us = *lane->busy_until_us - at_us;
    if (link->queue_bytes == 0 || waiting_us <= 0) {
        return false;
    }
    return waiting_us / 8 > link->queue_bytes * 1000000 / link->bandwidth_bps;
}

/* When the last byte of a packet that is ready at @at_us has left. A retransmission in the future
 * joins the queue as it is known now, but does not keep an idle link busy until then. */
static int64_t leave_queue(const SimLink *link, const SimLane *lane, int64_t now_us, int64_t at_us,
                           int64_t bytes)
{
    int64_t duration_us = (bytes * 8000000 + link->bandwidth_bps - 1) / link->bandwidth_bps;
    int64_t start_us = MAX(at_us, *lane->busy_until_us);
    if (at_us == now_us || *lane->busy_until_us >= at_us) {
        *lane->busy_until_us = start_us + duration_us;
    }
    return start_us + duration_us;
}

static int64_t packets_of(const SimLink *link, int64_t bytes)
{
    return link->mtu_bytes > 0 ? MAX(1, (bytes + link->mtu_bytes - 1) / link->mtu_bytes) : 1;
}

/* Returns how many of @packets, which are @bytes together, must be sent again. */
static int64_t transmit(const SimLink *link, const SimLane *lane, int64_t now_us, int64_t at_us,
                        int64_t bytes, int64_t packets, int64_t *left_us)
{
    int64_t lost = 0;
    *left_us = at_us;
    if (link->bandwidth_bps > 0) {
        if (overflows(link, lane, at_us)) {
            return packets;
        }
        *left_us = leave_queue(link, lane, now_us, at_us, bytes);
    }
    for (int64_t i = 0; i < packets; i++) {
        lost += is_lost(link, lane, at_us > now_us);
    }
    return lost;
}

/* How long its sender waits for the acknowledgement of what it sends the @i-th time. */
static int64_t draw_wait(const SimResend *resend, SimPrng *prng, int i, int64_t before_us)
{
    if (i == 0) {
        return first_wait(resend);
    }
    if (i > 1) {
        return next_wait(before_us);
    }
    int64_t spread_us = resend->spread_us > 0 ? sim_prng_between(prng, 0, resend->spread_us) : 0;
    return MIN(resend->rtt_us + resend->timeout_us + spread_us, LONGEST_WAIT_US);
}

SimTransit sim_route_send(const SimRoute *route, const SimLane *lane, const SimResend *resend,
                          int64_t resent_us, int64_t now_us, int64_t bytes)
{
    if (route->reliable) {
        return (SimTransit) { .arrives = true,
                              .at_us = now_us + sim_route_delay(route, lane->prng) };
    }
    int64_t at_us = now_us, wait_us = 0, left_us = 0;
    int64_t packets = packets_of(&route->link, bytes);
    for (int i = 0; i <= MAX_RESENDS; i++) {
        packets = transmit(&route->link, lane, now_us, at_us, bytes, packets, &left_us);
        if (packets == 0) {
            return (SimTransit) { .arrives = true,
                                  .at_us = left_us + sim_route_delay(route, lane->prng),
                                  .resent_us = at_us - now_us };
        }
        if (route->link.mtu_bytes > 0) {
            bytes = MIN(bytes, packets * route->link.mtu_bytes);
        }
        wait_us = draw_wait(resend, lane->prng, i, wait_us);
        at_us = i == 0 && resent_us > now_us ? resent_us + resend->rtt_us : at_us + wait_us;
    }
    return (SimTransit) { .at_us = at_us, .resent_us = at_us - now_us };
}

bool sim_route_pass(const SimRoute *route, const SimLane *lane, int64_t now_us, int64_t bytes,
                    int64_t *at_us)
{
    int64_t left_us;
    if (transmit(&route->link, lane, now_us, now_us, bytes, 1, &left_us) > 0) {
        return false;
    }
    *at_us = left_us + sim_route_delay(route, lane->prng);
    return true;
}

/* --- datagrams ------------------------------------------------------------------------------- */

SimDatagramFault sim_route_datagram_fault(const SimRoute *route, SimPrng *prng, int64_t rtt_us)
{
    const SimLink *link = &route->link;
    SimDatagramFault fault = { .damaged = sim_prng_hits(prng, link->corrupt) };
    fault.late_us = sim_prng_hits(prng, link->reorder) ? rtt_us : 0;
    fault.doubled = sim_prng_hits(prng, link->duplicate);
    return fault;
}
