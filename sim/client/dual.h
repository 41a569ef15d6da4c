/* sim/client/dual.h -- one process that registers and subscribes in two clusters: the nacos plugin
 * of the Polaris Java agent, or what one would wish that it were.
 *
 *      process (one name, one ip:port)
 *        |-- stack 0   the primary: the application's own cluster
 *        |-- stack 1   the secondary
 *        '-- stack 2   2.x agent: the stack that the application made itself; connected and idle
 *
 * A stack is a client of its own (client.h) towards one cluster: its own connection and redo, its
 * own truth there. The first one stands for the process: its index is the process's, and operations
 * on it are operations of the process. The stacks share one cache.
 *
 * 2.x agent: each operation goes to the primary, then to the secondary, and fails if both do; lists
 * replace one another as they come, whichever cluster they are from; the merged and filtered list
 * is handed to the caller of the first subscription and kept nowhere.
 *
 * 1.x agent: so does each HTTP call; the merged list of a query is kept, a push replaces it; of two
 * answers the primary's counts, unless it failed; beats are such calls.
 *
 * Ideal: two ordinary clients whose lists are merged and filtered whenever one comes. */
#pragma once

#include "sim/client/client.h"

typedef struct SimDual SimDual;

enum {
    SIM_DUAL_PRIMARY,
    SIM_DUAL_SECONDARY,
    SIM_DUAL_IDLE,
    SIM_DUAL_STACKS
};

typedef struct SimDualSpec {
    uint32_t secondary; /* cluster: its members at present are the server list */
    bool nearby;        /* router.nearby.level=nacos_cluster */
    bool ideal;         /* no agent, but two clients as one would wish for */
} SimDualSpec;

/* The key that the agent adds to what it registers. */
#define SIM_DUAL_CLUSTER_KEY "nacos.cluster.name"

/* Stack @leg of the process of @client; NULL if there is none. */
SimClient *sim_dual_stack(const SimClient *client, uint32_t leg);
/* The one towards @cluster that is not idle; NULL if there is none. Of a client with one stack:
 * itself, or NULL. */
SimClient *sim_dual_stack_of(const SimClient *client, uint32_t cluster);
bool sim_client_is_agents(const SimClient *client); /* it runs under the agent */
bool sim_client_is_nearby(const SimClient *client); /* SimDualSpec.nearby */
/* Who @client is a stack of, by its first stack; itself if it is no stack. */
SimClient *sim_client_process(const SimClient *client);
