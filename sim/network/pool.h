/* sim/network/pool.h -- packets on their way, released one by one by a search.
 *
 *      sim_net_send --> [stream n1>n2: p1 p2 p3]  [stream shop>n1: p4] ... --deliver--> arrives
 *                               ^ first: the only one of its stream that may arrive
 *
 * With a pool no packet takes time: it arrives when it is delivered, and virtual time moves only
 * when none is left that could be. What travels on one connection in one direction is a *stream*
 * and keeps its order; a call that has a connection of its own is a stream by itself.
 *
 * Packets have names that do not depend on the order in which streams were served: who made the
 * call, and the number of the call among those of its maker. */
#pragma once

#include "sim/base/types.h"

typedef struct SimFlight {
    uint64_t payload; /* the network's event */
    uint64_t name;    /* of the packet, in every order the same */
    uint64_t stream;  /* likewise; both directions of a connection differ */
    SimEndpoint from, to;
    SimEndpoint caller; /* the call is its @number-th since the pool began; */
    uint32_t number;    /* 0: of a connection, not of a call */
    SimOp op;           /* SIM_N_OPS: a connection's end */
    bool request;
    bool by_connection;
    bool held; /* its stream is held, or it is by itself */
    uint64_t connection;
} SimFlight;

/* From now on packets take no time and wait here. Links lose and delay nothing any more. */
void sim_network_begin_pool(SimNetwork *network);
/* Asked when a request arrives whose caller has given up: is it carried out all the same? */
void sim_network_ask_late(SimNetwork *network, bool (*late)(void *data), void *data);
/* Packets that may arrive, and those that would if they were not held, in the order in which they
 * were sent: of each stream the first. (transfer none), SimFlight; holds until the next call. */
const GArray *sim_pool_heads(SimNetwork *network);
/* The packet behind @head in its stream, if the called side's pool may take it first: both are
 * requests. NULL otherwise. */
const SimFlight *sim_pool_second(SimNetwork *network, const SimFlight *head);
size_t sim_pool_size(const SimNetwork *network);

void sim_pool_deliver(SimNetwork *network, int64_t now_us, uint64_t name);
void sim_pool_hold_stream(SimNetwork *network, uint64_t stream);
void sim_pool_hold_packet(SimNetwork *network, uint64_t name);
/* Lets go a held stream or packet. */
void sim_pool_release(SimNetwork *network, uint64_t stream_or_name);
/* Names of held streams and packets, in the order of their holding. (transfer none), uint64_t */
const GArray *sim_pool_held(const SimNetwork *network);
/* The connection that @flight travels on breaks: both ends learn of it, and what is on it is lost.
 * A call without a connection is lost with its own. */
void sim_pool_break(SimNetwork *network, int64_t now_us, const SimFlight *flight);

/* @events: those of the world's queue (SimEvent). What is on its way, who believes in which
 * connection, what is cut and parked. */
uint64_t sim_network_digest(const SimNetwork *network, const GArray *events, int64_t now_us);
