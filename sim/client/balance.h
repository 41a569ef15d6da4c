/* sim/client/balance.h -- what stands between a client and its servers.
 *
 *      list          nothing: the SDK knows the servers and goes on as it does
 *      readiness     a load balancer: each connection goes to the next server whose probe answers
 *      round-robin   the same without a probe: to the next server, whatever it does
 *      dns           a name: the addresses of the servers whose probe answered when it was
 *                    resolved, until their time to live is over
 *
 * Behind a balancer or a name the SDK knows one address. The balancer probes at the moment of the
 * connection (GET /nacos/v1/console/health/readiness: a server that has not loaded answers 500),
 * from where the client sits. It takes the servers of its cluster in turn, for all that connect. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SIM_DNS_TTL_US INT64_C(30000000) /* networkaddress.cache.ttl, where nothing else is said */

typedef enum SimBalancing {
    SIM_BALANCE_LIST,
    SIM_BALANCE_READINESS,
    SIM_BALANCE_ROUND_ROBIN,
    SIM_BALANCE_DNS,
} SimBalancing;
#define SIM_BALANCINGS                                                                             \
    {                                                                                              \
        "list", "readiness", "round-robin", "dns", NULL                                            \
    }

typedef struct SimBalanceSpec {
    SimBalancing way;
    bool site;      /* of the servers at the client's site alone */
    int64_t ttl_us; /* of a name's addresses */
} SimBalanceSpec;
