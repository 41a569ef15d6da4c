/* sim/base/types.h -- names of things that more than one part of the simulator handles. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/distro.h"

typedef struct SimWorld SimWorld;
typedef struct SimNode SimNode;
typedef struct SimClient SimClient;
typedef struct SimNetwork SimNetwork;
typedef struct SimTruth SimTruth;
typedef struct SimTrace SimTrace;
typedef struct SimChecks SimChecks;
typedef struct SimMetrics SimMetrics;
typedef struct SimConsumers SimConsumers;
typedef struct SimReality SimReality;

/* Clusters are numbered by the world, in the order of their names. */
#define SIM_ALL_CLUSTERS UINT32_MAX

/* A party on the network: a node, or a registry client's process. */
typedef uint32_t SimEndpoint;
#define SIM_CLIENT_BIT 0x80000000u
#define SIM_NO_ENDPOINT 0xffffffffu
static inline SimEndpoint sim_node_endpoint(uint32_t index)
{
    return index;
}
static inline SimEndpoint sim_client_endpoint(uint32_t index)
{
    return SIM_CLIENT_BIT | index;
}
static inline bool sim_endpoint_is_client(SimEndpoint e)
{
    return (e & SIM_CLIENT_BIT) != 0;
}
static inline uint32_t sim_endpoint_index(SimEndpoint e)
{
    return e & ~SIM_CLIENT_BIT;
}

/* Of a key that is two numbers in a uint64_t. (g_int64_hash keeps the low one only, which thousands
 * of keys may have in common.) */
guint sim_hash_pair(gconstpointer key);

/* Spreads the bits of @value over 64: splitmix64's finalizer. */
uint64_t sim_mix(uint64_t value);

/* Two numbers as a key that is itself the pointer, and its hash. */
G_STATIC_ASSERT(sizeof(gpointer) == sizeof(uint64_t));
static inline gpointer sim_pack(uint32_t high, uint32_t low)
{
    return (gpointer)(uintptr_t)((uint64_t)high << 32 | low);
}
guint sim_hash_packed(gconstpointer key);

/* The two SDKs of registry clients. */
typedef enum SimClientKind {
    SIM_CLIENT_GRPC, /* "nacos-client-2" */
    SIM_CLIENT_HTTP, /* "nacos-client-1" */
} SimClientKind;

/* Every kind of call: those with clients, and the core's, some of which stand behind them
 * (sim_op_of). Fingerprints hold the numbers, so they stay. */
typedef enum SimOp {
    SIM_OP_VERIFY = DISTRO_OP_VERIFY,
    SIM_OP_SNAPSHOT = DISTRO_OP_SNAPSHOT,
    SIM_OP_REPORT = DISTRO_OP_REPORT,
    SIM_OP_HEALTH = DISTRO_OP_HEALTH,
    SIM_OP_CONNECT = DISTRO_OP_CONNECT, /* nodes' and clients' */
    SIM_OP_FORWARD = DISTRO_OP_FORWARD,
    SIM_OP_REGISTER = 9, /* here those with clients begin */
    SIM_OP_DEREGISTER = 10,
    SIM_OP_BEAT = 11,
    SIM_OP_SUBSCRIBE = 12,
    SIM_OP_QUERY = 13,
    SIM_OP_PUSH = 14,     /* node to client */
    SIM_OP_PING = 15,     /* a client's health check */
    SIM_OP_DETECT = 16,   /* node to client: are you there? */
    SIM_OP_CORE = 17,     /* here the core's go on */
    SIM_OP_SERVICES = 22, /* which services are there? Asked over HTTP by bridges */
    SIM_OP_APPEND = 24,   /* here those of what runs beside the nodes begin (SimBeside) */
    SIM_OP_VOTE = 25,
    SIM_OP_PREVOTE = 26,
    SIM_OP_INSTALL = 27,
    SIM_OP_WRITE = 28, /* a write, to the leader */
    SIM_OP_CHECK = 29, /* node to client: does anybody listen at the instance's port? */
    SIM_N_OPS = 32,
} SimOp;
static inline SimOp sim_op_of(DistroOp op)
{
    return (SimOp)(op < SIM_OP_REGISTER ? op : op + (SIM_OP_CORE - SIM_OP_REGISTER));
}
static inline bool sim_op_is_client(SimOp op)
{
    return (op >= SIM_OP_REGISTER && op < SIM_OP_CORE) || op == SIM_OP_SERVICES;
}
/* One of what runs beside the nodes: its frames are no business of core/wire.h. */
static inline bool sim_op_is_beside(SimOp op)
{
    return op >= SIM_OP_APPEND && op <= SIM_OP_CHECK;
}
/* "CHANGE", ... as scenarios spell it; NULL for a number that is none's. */
const char *sim_op_name(SimOp op);
bool sim_op_parse(const char *name, SimOp *op);
/* What an operation of the core's is; NULL for one of another party's. */
const DistroOpInfo *sim_op_info(SimOp op);
/* Is @op one of the core's, for that purpose? */
bool sim_op_is(SimOp op, DistroRole role);

/* The high byte of an event's word says whom it concerns; the rest is theirs. */
typedef enum SimEventKind {
    SIM_EVENT_NETWORK, /* network.c: arrivals, time-outs, resets */
    SIM_EVENT_NODE,    /* node.c: wake-ups, pushes to subscribers */
    SIM_EVENT_CLIENT,  /* client.c */
    SIM_EVENT_FLEET,   /* fleet.c */
    SIM_EVENT_CHECK,   /* check.c */
    SIM_EVENT_METRICS, /* metrics.c: the timeline's samples */
    SIM_EVENT_FAULT,   /* fault.c: flapping links */
    SIM_EVENT_SCRIPT,  /* script */
    SIM_EVENT_CONFIG,  /* config.c: dump workers, rows on their way */
    SIM_EVENT_BESIDE,  /* what runs beside the nodes (SimBeside) */
    SIM_N_EVENT_KINDS,
} SimEventKind;
#define SIM_EVENT_PAYLOAD_BITS 56
/* The low bits of a client's, fleet's or node's payload say which one. */
#define SIM_EVENT_INDEX 0xfffffffu
static inline uint64_t sim_event_word(SimEventKind kind, uint64_t payload)
{
    return (uint64_t)kind << SIM_EVENT_PAYLOAD_BITS | payload;
}
static inline SimEventKind sim_event_kind(uint64_t word)
{
    return (SimEventKind)(word >> SIM_EVENT_PAYLOAD_BITS);
}
static inline uint64_t sim_event_payload(uint64_t word)
{
    return word & (((uint64_t)1 << SIM_EVENT_PAYLOAD_BITS) - 1);
}
