/* sim/network/link.h -- how long a packet takes.
 *
 * A route is a SimLink made ready for use; a lane is what one direction between two parties
 * remembers (its chance, its queue). Nothing here knows of calls. */
#pragma once

#include "sim/network/network.h"

typedef struct SimRoute {
    SimLink link;
    int64_t jitter_us; /* half the width of the uniform spread */
    bool plain;        /* a packet takes delay_us, always */
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

SimRoute sim_route_new(const SimLink *link, bool is_wan);
/* A single passage: no loss, no queue. */
int64_t sim_route_delay(const SimRoute *route, SimPrng *prng);
/* A packet of @bytes sent at @now_us, sent again after losses. @rtt_us: of the way and back. */
SimTransit sim_route_send(const SimRoute *route, const SimLane *lane, int64_t rtt_us,
                          int64_t now_us, int64_t bytes);
/* First instant after @after_us at which something sent at @sent_us and never acknowledged is sent
 * again; -1 when the sender has given up by then. */
int64_t sim_resend_instant(int64_t sent_us, int64_t rtt_us, int64_t after_us);
