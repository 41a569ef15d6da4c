/* sim/network/flow.h -- what crosses from one site to another, by what it is for.
 *
 * A request flows from the caller's site, its answer from the called's, both in the class of the
 * operation. Kept for every ordered pair of sites when a world has several. */
#pragma once

#include "sim/network/network.h"

typedef enum SimFlowClass {
    SIM_FLOW_SYNC,   /* states and removals, but for: */
    SIM_FLOW_REPAIR, /* states that a failed VERIFY asked for; what asks for such states */
    SIM_FLOW_VERIFY, /* digests */
    SIM_FLOW_LOAD,   /* SNAPSHOT, and queries of one client */
    SIM_FLOW_REPORT, /* members' */
    SIM_FLOW_HEALTH, /* of connections: HEALTH, PING, DETECT, CONNECT */
    SIM_FLOW_WRITE,  /* REGISTER, DEREGISTER, FORWARD */
    SIM_FLOW_BEAT,
    SIM_FLOW_QUERY, /* SUBSCRIBE, QUERY */
    SIM_FLOW_PUSH,
    SIM_FLOW_SERVICES, /* a bridge's lists of services */
    SIM_FLOW_BESIDE,   /* of what runs beside the nodes; figures leave it out where it is nothing */
    SIM_N_FLOWS,
} SimFlowClass;
const char *sim_flow_name(SimFlowClass class); /* "sync" */
/* When the second that @now_us is counted in is over. */
int64_t sim_flow_second_ends(int64_t now_us);
/* @info: sim_op_info(op) */
SimFlowClass sim_flow_class(SimOp op, const DistroOpInfo *info, DistroPath path);

/* Since the last sim_network_reset_totals. */
typedef struct SimFlow {
    uint64_t messages[SIM_N_FLOWS], bytes[SIM_N_FLOWS];      /* requests */
    uint64_t replies[SIM_N_FLOWS], reply_bytes[SIM_N_FLOWS]; /* answers to the other site's */
    uint64_t peak_messages, peak_bytes; /* of both, in one second of the world's clock */
    int64_t second;                     /* that is being counted */
    uint64_t second_messages, second_bytes;
} SimFlow;
uint64_t sim_flow_messages(const SimFlow *flow); /* all classes, requests and answers */
uint64_t sim_flow_bytes(const SimFlow *flow);
/* @count messages of @bytes together; @reply: answers. */
void sim_flow_count(SimFlow *flow, int64_t now_us, SimFlowClass class, bool reply, uint64_t count,
                    uint64_t bytes);
