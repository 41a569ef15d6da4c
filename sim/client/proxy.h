/* sim/client/proxy.h -- what every 1.x client does with a request: NamingProxy's rules.
 *
 * The SDK model (http.c) and the clients inside a bridge's worker (sim/bridge/) both speak HTTP as
 * client 1.4.7 does: the same calls, time-outs, numbers of tries and polling delays. */
#pragma once

#include "sim/network/network.h"

#define SIM_PROXY_CONNECT_TIMEOUT_US 3000000 /* com.alibaba.nacos.client.naming.ctimeout */
#define SIM_PROXY_READ_TIMEOUT_US 50000000   /* com.alibaba.nacos.client.naming.rtimeout */
#define SIM_PROXY_BEAT_INTERVAL_US 5000000   /* clientBeatInterval, as servers tell */
#define SIM_PROXY_CACHE_US 10000000          /* cacheMillis, as servers tell */
#define SIM_PROXY_POLL_FIRST_US 1000000      /* HostReactor DEFAULT_DELAY */

/* "ip:port#true" of what @publication publishes. */
DistroClient sim_proxy_id(DistroDictionary *dictionary, DistroPublication publication);
/* REGISTER, DEREGISTER or BEAT of @publication, @light: without it. The caller fills in who, whom
 * and the time-out. */
SimCall sim_proxy_write(DistroDictionary *dictionary, SimOp op, bool light, DistroService service,
                        DistroPublication publication);
/* A write with ephemeral=false, for the client @id, "ip:port#false". */
SimCall sim_proxy_persistent(DistroDictionary *dictionary, SimOp op, DistroClient id,
                             DistroService service, DistroPublication publication);
SimCall sim_proxy_query(const DistroDictionary *dictionary, DistroService service);

/* Packets are cut in one direction or both. */
bool sim_proxy_black_hole(const SimNetwork *network, SimEndpoint self, SimEndpoint server);
/* NamingProxy#reqApi: each server once, a single one three times. */
uint32_t sim_proxy_tries(uint32_t n_servers);
/* HostReactor.UpdateTask#run: min(base << @fail_count, 60 s), where the base is @cache_us once a
 * list with hosts has come (@good) and 1 s otherwise. Counts @fail_count. */
int64_t sim_proxy_poll_delay_us(bool good, int64_t cache_us, uint8_t *fail_count);
