/* sim/network/flight.h -- many calls alike, carried as one.
 *
 * A round of VERIFY is a call for each of thousands of clients, to every peer. As long as nothing
 * is out of the ordinary, those to one peer are one flight: one slot, one deadline, and
 *
 *      whole      one event each way            where both ways take all packets the same time
 *      a stream   an event each way per call    elsewhere: each has its delay, drawn as ever
 *
 * Whatever could treat the calls of a flight differently (a cut, a pause, a crash, a lost
 * connection, a time-out, a peer that takes its time) scatters it: from then on each is a call of
 * its own, in the state in which it would be had it always been one, and in its place in the
 * connection's list. The flight's own events remain in the queue, where those of its calls would
 * be, and hand on to them. So a flight changes nothing but the cost.
 *
 *      slot: flight ---- round: digests, sizes (shared by the flights to all peers)
 *              '-- scattered: calls[]  [id][id][id]... */
#pragma once

#include "sim/network/state.h"

/* Frees a flight that ended before anything scattered it, or when the network goes. */
void sim_net_free_flight(SimFlight *flight);
/* Those among the calls from @first (slot + 1) on that are flights become calls of their own. */
void sim_net_scatter_flights(SimNetwork *network, uint32_t first);
/* The flight or stream's call that an event speaks of has arrived, there or back. */
void sim_net_on_digests(SimNetwork *network, int64_t now_us, uint64_t about);
void sim_net_on_replies(SimNetwork *network, int64_t now_us, uint64_t about);
/* Its time is over. */
void sim_net_flight_expired(SimNetwork *network, int64_t now_us, uint64_t id);
/* Is one of its calls still waited for? */
bool sim_net_flight_waits(const SimNetwork *network, const SimCallSlot *slot);
/* Nobody looks at its deadline any more. */
void sim_net_flight_unawaited(SimNetwork *network, uint64_t id);
/* What became of a packet of a stream: its call's id, once the flight is scattered for it. */
uint64_t sim_net_flight_single(SimNetwork *network, uint64_t about);
/* Which client the packet is about. */
DistroClient sim_net_flight_client(const SimNetwork *network, uint64_t about);
