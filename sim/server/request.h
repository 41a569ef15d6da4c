/* sim/server/request.h -- the server's side of client calls: between the network and a node's core.
 *
 *      call of a client --> sim_server_on_request --> OPERATION input --> core
 *      answer           <-- sim_server_on_reply   <-- REPLY effect    <---'
 *
 * It holds what Nacos keeps outside Distro: the connections (ConnectionManager), in records that
 * die with the node's incarnation. All functions need a live node. */
#pragma once

#include "sim/world/world.h"

/* A client's call arrived. Answered at once, or by the REPLY of the operation it becomes, whose
 * .call is @id. @call is that of @id, until the network is used. */
void sim_server_on_request(SimNode *node, uint64_t id, const SimCall *call);
/* The core's REPLY effect. A caller that has given up hears nothing. */
void sim_server_on_reply(SimNode *node, uint64_t call, DistroStatus status);
/* A client's transport closed: @context as the network passes it, the connection's client id. */
void sim_server_on_connection_lost(SimNode *node, uint32_t client, uint64_t context);
/* The core's CLOSE effect: the ejector has unregistered the connection of @id. */
void sim_server_on_close(SimNode *node, DistroClient id);
/* The core's PROBE effect: DETECT, on the connection of @id. Its outcome goes to the core. */
void sim_server_probe(SimNode *node, const DistroTicket *ticket, DistroClient id,
                      int64_t timeout_us);
