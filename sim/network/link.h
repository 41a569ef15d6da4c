/* sim/network/link.h -- how long a packet takes.
 *
 * A route is a SimLink made ready for use; a lane is what one direction between two parties
 * remembers (its chance, its queue). Nothing here knows of calls. */
#pragma once

#include "sim/network/network.h"

/* Lognormal delays by quantile, so that a draw is a look-up: between two of 512 equally likely ones
 * the delay goes straight; only what falls into the outermost two is computed.
 *
 *      delay |                     .'
 *            |              _..--''        quantiles[k] = the delay that k in 512 stay below
 *            |____...---''''
 *            0    ...   k k+1   ...   512 */
enum {
    SIM_SPREAD_BITS = 9,
    SIM_SPREAD_CELLS = 1 << SIM_SPREAD_BITS
};
typedef struct SimSpreadTable {
    int64_t delay_us, sigma_q32;
    bool filled; /* at the first draw: of many links few carry anything */
    int64_t quantiles[SIM_SPREAD_CELLS];
} SimSpreadTable;

typedef struct SimRoute {
    SimLink link;
    SimSpreadTable *spread; /* (nullable) the network's; shared by all alike */
    int64_t jitter_us;      /* half the width of the uniform spread */
    bool reliable;  /* nothing is lost by chance, nothing queues: a packet takes its delay */
    bool plain;     /* reliable, and that is delay_us, always */
    bool datagrams; /* messages may be doubled, overtaken or damaged */
    bool is_wan;
} SimRoute;

typedef struct SimLane {
    SimPrng *prng;
    bool *in_burst;         /* Gilbert-Elliott: the bad state */
    int64_t *busy_until_us; /* when the queue's last byte has left */
} SimLane;

typedef struct SimTransit {
    bool arrives; /* false: every retransmission was lost, and the sender gives up at_us */
    int64_t at_us;
    int64_t resent_us; /* how much later its last transmission was than its first */
} SimTransit;

/* When something that is lost is sent again: rtt + first after it was sent; then, again and again,
 * rtt + timeout later, doubling. */
typedef struct SimResend {
    int64_t rtt_us, first_us, timeout_us;
    int64_t spread_us; /* what each loss adds to the time-out, drawn from 0 to this */
} SimResend;

/* What happens to a message beside its packets' losses. */
typedef struct SimDatagramFault {
    bool damaged, doubled;
    int64_t late_us; /* it is overtaken by what is sent within this time */
} SimDatagramFault;

/* @spreads (SimSpreadTable, owning) is looked through for the link's, which is added if need be. */
SimRoute sim_route_new(const SimLink *link, bool is_wan, GPtrArray *spreads);
/* Is a message of @bytes too large to arrive, however often it is sent? */
bool sim_route_drops(const SimRoute *route, int64_t bytes);
/* A single passage: no loss, no queue. */
int64_t sim_route_delay(const SimRoute *route, SimPrng *prng);
/* No delay that it draws is below this. */
int64_t sim_route_shortest(const SimRoute *route);
/* A message of @bytes sent at @now_us; those of its packets that are lost are sent again: first a
 * round trip after @resent_us, if that is still to come, when something else that is lost is. */
SimTransit sim_route_send(const SimRoute *route, const SimLane *lane, const SimResend *resend,
                          int64_t resent_us, int64_t now_us, int64_t bytes);
/* One packet of @bytes, which is not sent again: when it arrives; false if it is lost. For those
 * whose transport is a real one. */
bool sim_route_pass(const SimRoute *route, const SimLane *lane, int64_t now_us, int64_t bytes,
                    int64_t *at_us);
SimDatagramFault sim_route_datagram_fault(const SimRoute *route, SimPrng *prng, int64_t rtt_us);
/* First instant after @after_us at which something sent at @sent_us and never acknowledged is sent
 * again; -1 when the sender has given up by then. */
int64_t sim_resend_instant(const SimResend *resend, int64_t sent_us, int64_t after_us);
