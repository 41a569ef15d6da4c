/* sim/world/resident.h -- what a world asks of those who live in it.
 *
 *      network, core --> world, node --SimServerSide--> server/   beside the node
 *                                    --SimClientSide--> client/   who calls it
 *                                    --SimResident----> config/ and others, while they are there
 *
 * The world knows nodes, links and time. What a server does besides Distro and what clients do is
 * implemented above it, and reached through these tables, which are given when a world is built. */
#pragma once

#include "sim/network/network.h"

/* A server around its node; what it keeps hangs on SimNode.server. Of a node that runs unless said
 * otherwise. */
typedef struct SimServerSide {
    void (*add)(SimNode *node);  /* the node is new and does not run yet */
    void (*free)(SimNode *node); /* running or not */
    void (*boot)(SimNode *node); /* a process begins */
    void (*end)(SimNode *node);  /* it has ended: memory lost */
    /* @call is that of @id, until the network is used. */
    void (*on_request)(SimNode *node, uint64_t id, const SimCall *call);
    void (*on_outcome)(SimNode *node, uint64_t id, const SimCall *call, DistroOutcome outcome,
                       const DistroFrame *frame);
    /* @client's transport closed; @context as the network has it. */
    void (*on_connection_lost)(SimNode *node, uint32_t client, uint64_t context);
    void (*on_timer)(SimNode *node, uint32_t timer); /* sim_node_set_timer's */
    void (*on_resumed)(SimNode *node);               /* after the node's own timers */
    /* Effects of the core. */
    void (*on_reply)(SimNode *node, uint64_t call, DistroStatus status);
    void (*on_close)(SimNode *node, DistroClient client);
    void (*on_probe)(SimNode *node, const DistroTicket *ticket, DistroClient client,
                     int64_t timeout_us);
    void (*on_view)(SimNode *node, DistroService service, DistroClient client,
                    DistroPublication before);
    /* Sets the timers that it wants, after those of the core; if it has set .server_stirs. */
    void (*schedule)(SimNode *node);
    /* Does a thread wait for the answer to the write that the core forwards now? */
    bool (*forwards)(SimNode *node);
    /* Does a request of a peer cost nothing here and now? */
    bool (*is_idle)(const SimNode *node);
} SimServerSide;

/* A registry client's process, or a stack of it. */
typedef struct SimClientSide {
    void (*open)(SimWorld *world); /* the world is being built */
    void (*on_request)(SimClient *client, uint64_t call);
    void (*on_outcome)(SimClient *client, uint64_t call, DistroOutcome outcome,
                       const DistroFrame *answer);
    void (*on_connection_lost)(SimClient *client, uint32_t node);
    const char *(*name)(const SimClient *client);
    uint32_t (*site)(const SimClient *client);
    /* The @number-th further stack of its process, from 1; UINT32_MAX: there are not so many. */
    uint32_t (*stack)(const SimClient *client, uint32_t number);
} SimClientSide;

/* Some other thing that lives as long as its world. */
typedef struct SimResident {
    void *data;
    void (*booted)(void *data, SimNode *node); /* (nullable) a process has begun; not served yet */
    void (*redraw)(void *data, uint64_t seed); /* (nullable) all its streams, see prng.h */
    void (*free)(void *data);                  /* (nullable) */
} SimResident;
void sim_world_add_resident(SimWorld *world, SimResident resident);

/* Events of @kind go to @handle, with their payload. */
typedef void (*SimEventHandler)(void *data, uint64_t payload);
void sim_world_handle(SimWorld *world, SimEventKind kind, SimEventHandler handle, void *data);
