/* sim/network/verify_lane.h -- VERIFY on its way.
 *
 * Nearly all packets are VERIFY's. Those from one node to another, of whichever calls and batches,
 * requests and answers, stand in one lane by time of arrival, beside the general queue. The lanes
 * that have any are a heap:
 *
 *      n1 > n3   ordered  [t][t][t][t][t]...    added  [t][t]..  unsorted, of later times;
 *      n1 > n4   ordered  [t][t]...                              sorted when they come near
 *        ...      next ----^
 *
 * What arrives in one instant comes in a fixed order: first all events, then the lanes by their
 * nodes, each in the order of sending, then what these have brought about.
 *
 * Nearly every packet changes nothing but a lease, and the figures that count it. So when the first
 * one of a lane arrives, those behind it are taken along, each as at its own time, as long as
 *
 *      - no event comes before them,
 *      - nothing that VERIFY itself could set going can come before them: that would take the
 *        shortest way of all links, from the next packet of any lane on,
 *      - they are of that kind: packets of a batch, a match that renews a replica, or its good
 *        answer, which no packet loss delays.
 *
 * Whatever is not waits for its time, alone. So lanes change nothing but the cost. */
#pragma once

#include "sim/network/state.h"

/* The packet of @payload arrives at @at_us: false, and nothing done, unless it is VERIFY's. */
bool sim_net_enter_verify_lane(SimNetwork *network, int64_t at_us, uint64_t payload);
/* Room for @count packets of VERIFY, to be filled in; then @used of them are on their way. */
SimEvent *sim_net_open_verify_lane(SimNetwork *network, SimEndpoint from, SimEndpoint to,
                                   uint32_t count);
void sim_net_close_verify_lane(SimNetwork *network, SimEndpoint from, SimEndpoint to,
                               uint32_t count, uint32_t used);
bool sim_net_is_verify(const SimNetwork *network, uint64_t payload);
/* The first @taken of the digests that were handed out ahead of their time match. */
void sim_net_answer_ahead(SimNetwork *network, SimCallSlot *slot, uint32_t taken);
void sim_net_free_verify_lanes(SimNetwork *network);
