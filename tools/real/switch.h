/* tools/real/switch.h -- a switch in user space: it carries packets between devices as the
 * simulator's links would.
 *
 *      device --read--> whose?  cut? lost? when does it arrive? --heap--> cut? --write--> device
 *
 * Per direction between two parties: a SimLink (sim/network/link.h) with its chance and its queue.
 * Packets of one direction keep their order, so that jitter is no loss to TCP.
 *
 * Threads: the switch runs in one of its own, and all functions here may be called from another. */
#pragma once

#include "sim/network/link.h"

typedef struct RealSwitch RealSwitch;

/* Draws come from streams "real/<from>><to>" of @seed. */
RealSwitch *real_switch_new(uint64_t seed);
/* Ends the thread and closes the devices. */
void real_switch_free(RealSwitch *network);

/* The party @endpoint has the IPv4 address @ip (host order), behind the device @fd, which is taken
 * when it is first named. A party of the same number and another address is another one. */
void real_switch_add(RealSwitch *network, SimEndpoint endpoint, uint32_t ip, int fd);
/* How packets go from @from to @to from now on. Before the first call none do. @wan: counted so. */
void real_switch_set(RealSwitch *network, SimEndpoint from, SimEndpoint to, const SimLink *link,
                     bool cut, bool wan);
/* No packet to or from it passes any more. */
void real_switch_mute(RealSwitch *network, SimEndpoint endpoint);

typedef struct RealTraffic {
    uint64_t packets, lost, cut;
    uint64_t bytes_lan, bytes_wan; /* IP packets that were sent */
} RealTraffic;
RealTraffic real_switch_traffic(RealSwitch *network);
