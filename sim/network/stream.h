/* sim/network/stream.h -- for the files of the network: the order of what a connection carries. */
#pragma once

#include "sim/network/call_batch.h"

/* Makes what a connection's end sends keep its order; NULL: of no connection, or a dead one. It is
 * valid as long as the connection. */
SimOrder *sim_net_order(SimNetwork *network, uint64_t connection, SimEndpoint from);
/* The same, of the packet of @payload that @from sends. */
SimOrder *sim_net_packet_order(SimNetwork *network, SimEndpoint from, uint64_t payload);
/* When what would arrive at @at_us does. @order (nullable) moves on. */
static inline int64_t sim_net_in_order(SimOrder *order, int64_t at_us)
{
    if (order == NULL) {
        return at_us;
    }
    order->clear_us = MAX(order->clear_us, at_us);
    return order->clear_us;
}

uint64_t sim_net_streams_digest(const SimNetwork *network, int64_t now_us); /* see pool.h */
void sim_net_init_streams(SimNetwork *network);
void sim_net_free_streams(SimNetwork *network);
const SimStreamRules *sim_net_rules(const SimNetwork *network, SimEndpoint own, SimEndpoint other);
/* Does what @from sends on the connection wait for something that is sent again? */
bool sim_net_is_blocked(const SimNetwork *network, uint64_t connection, SimEndpoint from);
/* A cut has swallowed @payload's packet, first sent at @sent_us: false, and nothing done, if it is
 * of no connection. @travelled: on its way, else as it was sent. */
bool sim_net_block(SimNetwork *network, SimEndpoint from, SimEndpoint to, int64_t sent_us,
                   uint64_t payload, bool travelled);
/* @payload's packet is larger than the link lets through: it is sent again in vain until the
 * connection is given up or the link lets it pass, and what is sent later waits behind it. False,
 * and nothing done, if it is of no connection. */
bool sim_net_block_large(SimNetwork *network, int64_t now_us, SimEndpoint from, SimEndpoint to,
                         uint64_t payload);
/* Is @payload's message, sent from @from to @to now, larger than their link lets through? */
bool sim_net_is_too_large(const SimNetwork *network, SimEndpoint from, SimEndpoint to,
                          uint64_t payload);
/* True if the packet must wait for one that was sent before it; then it does. */
bool sim_net_waits_behind(SimNetwork *network, int64_t now_us, SimEndpoint from, SimEndpoint to,
                          int64_t sent_us, uint64_t payload, bool travelled);
/* Some cut has ended: streams that are not cut any more have an instant for what they hold. */
void sim_net_heal_streams(SimNetwork *network, int64_t now_us);
void sim_net_on_resend(SimNetwork *network, int64_t now_us, uint64_t end);
/* The connection is no more. */
void sim_net_drop_streams(SimNetwork *network, uint64_t connection);
/* Is a call that its caller gave up on its way carried out all the same? */
bool sim_net_applies_late(const SimNetwork *network, const SimCall *call);
