/* sim/world/reality.h -- a world whose servers are real: processes outside, in real time.
 *
 *      story, clients, truth, checks, metrics         as in any world
 *           |  boot, crash, call, ...     ^  seen, outcome, push
 *           v                             |
 *      SimReality                         the host of processes and packets (tools/real)
 *
 * A node then has no core: what it holds is what was seen of it. The clients are the same state
 * machines, but their calls leave the simulated network out. Cuts and links are noted there as
 * always, for the checks' excuses, and for the carrier of packets to read.
 *
 * Time: the world's events come when the clock has reached them. */
#pragma once

#include "sim/world/world.h"

typedef enum SimRealAct {
    SIM_REAL_BOOT,
    SIM_REAL_CRASH, /* killed */
    SIM_REAL_STOP,  /* in order */
    SIM_REAL_PAUSE, /* frozen, until RESUME */
    SIM_REAL_RESUME,
    SIM_REAL_MEMBERS, /* its own list, node->members, is another one now */
} SimRealAct;

/* How a client's process has ended. */
typedef enum SimRealGone {
    SIM_REAL_GONE_CLOSED,  /* its connection is closed in order */
    SIM_REAL_GONE_CRASHED, /* it is reset */
    SIM_REAL_GONE_SILENT,  /* no packet of it is ever seen again */
} SimRealGone;

typedef struct SimSeenMember {
    DistroName address;
    DistroMemberState state;
} SimSeenMember;

/* What was last seen of a server, beside its replica. */
typedef struct SimSeen {
    const SimSeenMember *members; /* in the order of their addresses */
    size_t member_count;
    uint32_t clients;
} SimSeen;

struct SimReality {
    void *data;
    /* Boots the world's nodes and waits until all are ready; takes the place of simulated booting.
     * False: the run cannot begin (said elsewhere). */
    bool (*begin)(void *data, SimWorld *world);
    /* As sim_world_step, at the clock's pace. */
    bool (*step)(void *data, int64_t until_us);
    void (*act)(void *data, SimNode *node, SimRealAct act);
    /* A client calls a node: ends in sim_reality_outcome, never before this returns. */
    void (*call)(void *data, const SimCall *call);
    void (*client_gone)(void *data, uint32_t client, SimRealGone how);
    SimSeen (*seen)(void *data, const SimNode *node);
    /* What the index of @node holds of @service, appended to @listings (DistroListing). */
    void (*stored)(void *data, const SimNode *node, DistroService service, GArray *listings);
    /* What a query of @service is answered at @node, appended to @listings (DistroListing). */
    void (*listed)(void *data, const SimNode *node, DistroService service, GArray *listings);
};
