/* sim/network/state.h -- what the files of the network share; for them alone.
 *
 *      network.c      places, endpoints coming and going, events handed out
 *      call.c         the life of a call
 *      call_batch.c       many calls as one
 *      verify_lane.c         packets of VERIFY on their way
 *      timeout.c      callers' patience
 *      connection.c   the life of a connection
 *      stream.c       the order of what a connection carries, and its clock
 *      trouble.c      cuts, clogs, degraded links, pauses, and what they hold back
 *      link, intercept, traffic: see their headers */
#pragma once

#include "sim/network/flow.h"
#include "sim/network/intercept.h"
#include "sim/network/link.h"
#include "sim/network/network.h"
#include "sim/network/traffic.h"
#include "sim/trace/trace.h"

enum {
    SIM_SLOT_BITS = 28,
    SIM_CALL_BITS = 52,
    SIM_CALL_BLOCK = 1024
};

/* The payload of a SIM_EVENT_NETWORK: four bits of kind, 52 bits that say whom it is about (a
 * call's id, a connection's end, a lane of time-outs). */
typedef enum SimNetEvent {
    SIM_NET_REQUEST, /* a request arrives */
    SIM_NET_ANSWER,  /* an answer arrives */
    SIM_NET_VERDICT, /* a call's outcome that is no answer arrives at its caller */
    SIM_NET_EXPIRED, /* a single call has timed out */
    SIM_NET_LANE,    /* the first call of a lane of time-outs may have timed out */
    SIM_NET_FIN,     /* an end of a connection learns that the other has closed it */
    SIM_NET_RESET,   /* the same by a reset: no cut lets it through later */
    SIM_NET_BREAK,   /* an end gives the connection up by itself */
    SIM_NET_UNCLOG,
    SIM_NET_DIGESTS, /* a batch, or a call of a stream, arrives */
    SIM_NET_REPLIES, /* its answers do */
    SIM_NET_RESEND,  /* a stream sends again what it holds */
    SIM_NET_HANDLE,  /* a request has waited at the called: in the pool, or for a story */
    SIM_NET_LEAVE,   /* an answer likewise */
} SimNetEvent;

/* A request's whereabouts. */
typedef enum SimRequestState {
    SIM_REQUEST_UNDER_WAY, /* an event, a stream or the parking lot holds it */
    SIM_REQUEST_DELIVERED, /* the called has it and may answer */
    SIM_REQUEST_GONE,      /* lost, refused, or the called has died over it */
} SimRequestState;

typedef struct SimCallBatch SimCallBatch;   /* see call_batch.h */
typedef struct SimVerifyLane SimVerifyLane; /* see verify_lane.h */

/* A call lives until its caller has an outcome and its request can have no more effect. A caller
 * that is no longer waiting (timed out, dead, or a duplicate's that never was) does not end a
 * request under way. */
typedef struct SimCallSlot {
    SimCall call; /* first: outsiders see this part only */
    DistroFrame answer;
    int64_t answered_us;
    int64_t handler_delay_us; /* how long the called has the request before it handles it */
    int64_t reply_delay_us;
    SimTraffic *traffic;     /* where it is counted: looking that up thrice would cost more */
    SimCallBatch *batch;     /* it stands for many; NULL: for itself */
    uint64_t name;           /* with a pool: the same in every order (pool.h) */
    uint64_t started;        /* counts the calls: their order, whatever their slots */
    uint64_t connection;     /* id of the connection it uses or, with .opens, has opened; 0: none */
    uint32_t generation;     /* in use if in_use; part of the id */
    uint32_t next, previous; /* slot + 1 in the list of its connection or caller, or of the free */
    bool in_use, waiting, answered, abandoned;
    bool arrived;   /* the called has it, though it may not have looked at it yet */
    bool cancelled; /* its caller gave up before that */
    bool picked;    /* a story has picked it out: it is not cancelled */
    bool drop_reply, refuse_apply, reply_ok;
    bool verdict_travels; /* it comes from the other end and a cut can swallow it */
    uint8_t request;      /* SimRequestState */
    uint8_t verdict;      /* DistroOutcome */
} SimCallSlot;

typedef enum SimConnectionView {
    SIM_CONNECTION_CLOSED,
    SIM_CONNECTION_OPENING,
    SIM_CONNECTION_OPEN
} SimConnectionView;
enum {
    SIM_OPENER,
    SIM_ACCEPTER
};

/* Of what one end of a connection sends. */
typedef struct SimOrder {
    int64_t clear_us;  /* nothing that is sent from now on arrives earlier */
    int64_t resent_us; /* when something lost was or will be sent again, last */
} SimOrder;

typedef struct SimStream SimStream; /* see stream.c */

/* How connections behave (DistroConfig). */
typedef struct SimStreamRules {
    int64_t first_resend_us, resend_timeout_us, resend_spread_us, pool_delay_us;
    SimChance late_applied;
} SimStreamRules;

/* Each end has its own opinion on whether a connection exists; it lives while one of them does. */
typedef struct SimConnection {
    SimEndpoint ends[2]; /* SIM_OPENER, SIM_ACCEPTER */
    uint8_t views[2];    /* SimConnectionView */
    bool in_use;
    uint32_t generation;
    uint32_t next[2], previous[2]; /* connection + 1 in the list of each end */
    uint32_t calls;                /* slot + 1 */
    int64_t closed_us;             /* when the first end closed it */
    SimOrder *orders;              /* (nullable) of both ends, where packets could overtake */
    uint64_t name;                 /* with a pool: of the call that opened it */
    uint64_t context;
} SimConnection;

typedef struct SimNetEndpoint {
    uint32_t site;
    SimEndpoint process; /* clients: whose stack it is, or itself */
    bool up, silent, paused, tracked;
    bool troubled;           /* clients: in some entry of troubles */
    bool in_burst[2];        /* clients: sending, receiving */
    uint32_t connections[2]; /* heads: those it opened, those it accepted */
    uint32_t loose_calls;    /* head: calls it started that use no connection */
    SimPrng prng;            /* clients; seeded at first use */
    GArray *held;            /* (nullable) uint64_t payloads that came during a pause */
} SimNetEndpoint;

/* Of a queue that has carried nothing: before every instant, and far enough from all to subtract.
 */
#define SIM_NEVER_BUSY (INT64_MIN / 2)

/* From one node to another. */
typedef struct SimPair {
    SimPrng prng, verify_prng;  /* seeded at first use, ... */
    int64_t busy_until_us;      /* ... when this is SIM_NEVER_BUSY */
    SimVerifyLane *verify_lane; /* (nullable) VERIFY on its way */
    SimTrafficRow *traffic;     /* made at first use */
    SimTraffic *recent;         /* (nullable) what it counts of .recent_op, the last one called */
    SimOp recent_op;
    uint32_t connection; /* newest opened in this direction, + 1 */
    bool in_burst;
    bool troubled; /* in troubles */
} SimPair;

/* What a packet needs to know of its way; holds until a node joins or a link changes. */
typedef struct SimWay {
    SimEndpoint from, to;
    const SimRoute *route;
    SimLane lane;
    SimResend resend; /* zero where nothing is sent again */
    SimOrder *order;  /* (nullable) of the end that sends */
} SimWay;

/* What a message's bytes are counted with, beside its own: of a request, and of its answer. */
typedef struct SimFraming {
    int64_t grpc[2], http[2], datagram[2];
} SimFraming;

/* What is wrong from one party to another. */
typedef struct SimTrouble {
    uint64_t key; /* first: the hash table's key */
    SimCut cut;
    int64_t clogged_until_us; /* INT64_MIN: not */
    bool degraded;
    SimRoute route;
} SimTrouble;

typedef struct SimParked {
    uint64_t payload;
    SimEndpoint from, to;
    int64_t sent_us;
    bool clogged; /* it only waits: no retransmission is needed */
} SimParked;

typedef struct SimTimeoutLane SimTimeoutLane;
typedef struct SimPacketPool SimPacketPool;

struct SimNetwork {
    uint64_t seed;
    SimEventQueue *queue;
    SimTrace *trace;
    SimNetworkPeers peers;
    SimFraming framing;
    const DistroOpInfo *ops[SIM_N_OPS]; /* sim_op_info */

    uint32_t n_sites;
    uint32_t *clusters;      /* by site */
    SimFlow *flows;          /* n_sites x n_sites; NULL with one site */
    SimRoute *routes;        /* n_sites x n_sites */
    GPtrArray *spreads;      /* SimSpreadTable, of their links */
    int64_t *site_busy_us;   /* likewise: the queues of links between sites */
    GArray *nodes, *clients; /* SimNetEndpoint */
    GPtrArray *names;        /* char *, of nodes */
    uint32_t pair_capacity;
    SimPair **pairs; /* a row of pair_capacity per node */

    SimCallSlot **blocks;
    uint32_t n_blocks;
    uint32_t n_slots;    /* ever used */
    uint32_t free_slots; /* head of their list: slot + 1 */
    uint64_t n_started;  /* calls, batches counted once */
    GPtrArray *lanes;    /* SimTimeoutLane, one per distinct time-out */

    GArray *connections;      /* SimConnection */
    GArray *free_connections; /* uint32_t */

    GHashTable *troubles; /* SimTrouble by pair; looked up, never walked for effect */
    uint32_t n_troubles;  /* its size */
    uint32_t n_site_cuts; /* entries that concern a site's clients */
    GArray *parked;       /* SimParked, in order of parking */
    bool links_changed;   /* some link has been changed, so that packets could overtake there */

    GPtrArray *streams;        /* SimStream: those that hold something, in order of making */
    GHashTable *stream_by_end; /* owns them; looked up only */
    GArray *rules;             /* SimStreamRules, by node */

    SimPacketPool *pool; /* (nullable) pool.c's: packets wait there */
    SimIntercepts *intercepts;
    bool intercepting;
    bool datagrams;          /* some link treats messages so, or did */
    bool batches;            /* are allowed */
    int64_t shortest_us;     /* way that any packet can take */
    GPtrArray *verify_lanes; /* SimVerifyLane: those with packets, as a heap; pairs own them */
    int64_t carried_us;      /* when the last of VERIFY arrived */
    GArray *digests;         /* DistroDigest, and when each arrives: handed out together */
    GArray *arrivals;        /* int64_t */
    uint64_t folded_events;
    uint64_t ok_answer_bytes; /* of a VERIFY, as JSON; 0: not yet known */
    SimTrafficTable *traffic;
    GPtrArray *fleet_rows; /* SimTrafficRow or NULL: from and to the fleets, two per node */
    SimTrafficTotals totals;
};

#define SIM_NET_ABOUT (((uint64_t)1 << SIM_CALL_BITS) - 1) /* of a payload */

/* An id of a connection and one of its ends as an event's 52 bits; and back. */
static inline uint64_t sim_net_end(uint64_t connection, unsigned side)
{
    return connection | (uint64_t)side << (SIM_CALL_BITS - 1);
}

static inline uint64_t sim_net_end_connection(uint64_t end)
{
    return end & (((uint64_t)1 << (SIM_CALL_BITS - 1)) - 1);
}

static inline uint64_t sim_net_payload(SimNetEvent kind, uint64_t about)
{
    return (uint64_t)kind << SIM_CALL_BITS | about;
}

/* --- looking up: several times per packet, so inline */
static inline SimNetEndpoint *sim_net_endpoint(const SimNetwork *network, SimEndpoint endpoint)
{
    const GArray *parties = sim_endpoint_is_client(endpoint) ? network->clients : network->nodes;
    uint32_t index = sim_endpoint_index(endpoint);
    g_assert_cmpuint(index, <, parties->len);
    return &g_array_index(parties, SimNetEndpoint, index);
}

static inline bool sim_net_both_nodes(SimEndpoint from, SimEndpoint to)
{
    return ((from | to) & SIM_CLIENT_BIT) == 0;
}

static inline SimPair *sim_net_pair(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    g_assert_cmpuint(from, <, network->nodes->len);
    g_assert_cmpuint(to, <, network->nodes->len);
    return &network->pairs[from][to];
}

/* Is there an entry in the table of troubles that could speak of these two? */
static inline bool sim_net_is_troubled(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    if (network->n_troubles == 0) {
        return false; /* spares a look at the pair, far away in memory when nodes are many */
    }
    if (sim_net_both_nodes(from, to)) {
        return sim_net_pair(network, from, to)->troubled;
    }
    return network->n_site_cuts > 0 ||
           sim_net_endpoint(network, sim_endpoint_is_client(from) ? from : to)->troubled;
}

const SimRoute *sim_net_troubled_route(const SimNetwork *network, SimEndpoint from, SimEndpoint to);
/* @sites: place of the pair of their sites in the tables of such pairs. */
static inline const SimRoute *sim_net_route_between(const SimNetwork *network, SimEndpoint from,
                                                    SimEndpoint to, size_t sites)
{
    const SimRoute *degraded =
        sim_net_is_troubled(network, from, to) ? sim_net_troubled_route(network, from, to) : NULL;
    return degraded != NULL ? degraded : &network->routes[sites];
}

static inline size_t sim_net_sites(const SimNetwork *network, const SimNetEndpoint *from,
                                   const SimNetEndpoint *to)
{
    return (size_t)from->site * network->n_sites + to->site;
}

static inline const SimRoute *sim_net_route(const SimNetwork *network, SimEndpoint from,
                                            SimEndpoint to)
{
    size_t sites =
        sim_net_sites(network, sim_net_endpoint(network, from), sim_net_endpoint(network, to));
    return sim_net_route_between(network, from, to, sites);
}

static inline SimCallSlot *sim_net_slot_at(const SimNetwork *network, uint32_t index)
{
    return &network->blocks[index / SIM_CALL_BLOCK][index % SIM_CALL_BLOCK];
}

static inline uint32_t sim_net_slot_index(uint64_t id)
{
    return (uint32_t)(id & ((1u << SIM_SLOT_BITS) - 1));
}

static inline SimCallSlot *sim_net_slot(const SimNetwork *network, uint64_t id) /* or NULL */
{
    uint32_t index = sim_net_slot_index(id);
    if (index >= network->n_slots) {
        return NULL;
    }
    SimCallSlot *slot = sim_net_slot_at(network, index);
    return slot->in_use && slot->generation == id >> SIM_SLOT_BITS ? slot : NULL;
}

/* What is added to the bytes of @call's request, or to those of its answer. */
static inline int64_t sim_net_framing(const SimNetwork *network, const SimCall *call, bool answer)
{
    if (call->op == SIM_OP_CHECK) { /* a TCP connect carries nothing, a GET does */
        return call->payload[0] != 0 ? network->framing.http[answer] : 0;
    }
    if (call->by_connection || call->op == SIM_OP_CONNECT || sim_op_is_beside(call->op)) {
        return network->framing.grpc[answer];
    }
    return call->op == SIM_OP_PUSH ? network->framing.datagram[answer]
                                   : network->framing.http[answer];
}

/* --- network.c */
/* The process of a client's stack; a node, or SIM_NO_ENDPOINT, is its own. */
SimEndpoint sim_net_process(const SimNetwork *network, SimEndpoint endpoint);
/* Of the node among the two; a client that is not tracked may be SIM_NO_ENDPOINT. */
uint32_t sim_net_cluster(const SimNetwork *network, SimEndpoint from, SimEndpoint to);
int64_t sim_net_round_trip(const SimNetwork *network, SimEndpoint a, SimEndpoint b);
SimPrng *sim_net_prng(SimNetwork *network, SimEndpoint from, SimEndpoint to);
SimTrafficRow *sim_net_traffic_row(SimNetwork *network, SimEndpoint from, SimEndpoint to);
int64_t sim_net_now(const SimNetwork *network);
/* pool.c: packets go there if there is a pool. */
bool sim_net_enter_pool(SimNetwork *network, int64_t at_us, uint64_t payload);
uint64_t sim_net_name_call(SimNetwork *network, SimEndpoint caller);
bool sim_net_pool_applies_late(const SimNetwork *network);
void sim_net_free_pool(SimPacketPool *pool);
void sim_net_push(SimNetwork *network, int64_t at_us, SimNetEvent kind, uint64_t about);
/* Puts a packet on the way: @payload is the event of its arrival. */
void sim_net_send(SimNetwork *network, int64_t now_us, SimEndpoint from, SimEndpoint to,
                  int64_t bytes, uint64_t payload);
/* The packet of @payload is to arrive. */
void sim_net_push_packet(SimNetwork *network, int64_t at_us, uint64_t payload);
/* The same, on a way without trouble that many packets take. @verify: they are of VERIFY. */
SimWay sim_net_way(SimNetwork *network, SimEndpoint from, SimEndpoint to, bool verify,
                   uint64_t connection);
/* Draws what happens to a packet: false if its sender has given it up. */
bool sim_net_passes(SimNetwork *network, int64_t now_us, const SimWay *way, int64_t bytes,
                    uint64_t payload, int64_t *at_us);
/* The sender of @payload's packet has given up at @at_us. */
void sim_net_give_up(SimNetwork *network, int64_t at_us, uint64_t payload);
void sim_net_note(SimNetwork *network, int64_t now_us, SimTraceKind kind, SimCall *call,
                  int64_t value);
/* A note about a call, when recording; @by_called: the called is its subject. */
void sim_net_remark(SimNetwork *network, int64_t now_us, SimTraceKind kind, SimCall *call,
                    bool by_called, int64_t value);
/* The same for a packet, whose sender is the subject: of a call, if @payload is about one. */
void sim_net_note_packet(SimNetwork *network, int64_t now_us, SimTraceKind kind, SimEndpoint from,
                         SimEndpoint to, uint64_t payload, int64_t value);

/* --- call.c */
/* A call under way, not yet counted or sent. It is listed before @before (slot + 1), or first. */
uint64_t sim_net_new_call(SimNetwork *network, int64_t now_us, const SimCall *call,
                          uint64_t connection, uint32_t before);
void sim_net_delist(SimNetwork *network, SimCallSlot *slot);
/* It is in no list and no event speaks of it. */
void sim_net_release_slot(SimNetwork *network, uint32_t index);
/* @bytes: of all @count, framing included. */
void sim_net_count_requests(SimNetwork *network, const SimCallSlot *slot, uint64_t count,
                            uint64_t bytes);
void sim_net_count_replies(SimNetwork *network, const SimCallSlot *slot, uint64_t count,
                           uint64_t bytes);
bool sim_net_can_be_delivered(const SimNetwork *network, const SimCallSlot *slot);
/* An answer that is counted already leaves. */
void sim_net_send_answer(SimNetwork *network, int64_t now_us, uint64_t id, int64_t bytes);
uint64_t sim_net_call_id(const SimCallSlot *slot, uint32_t index);
void sim_net_finish(SimNetwork *network, int64_t now_us, uint64_t id, DistroOutcome outcome);
void sim_net_release_if_done(SimNetwork *network, uint64_t id);
void sim_net_schedule_verdict(SimNetwork *network, int64_t at_us, uint64_t id,
                              DistroOutcome outcome, bool travels);
/* Would the sender of @payload's packet still send it again? */
bool sim_net_still_wanted(const SimNetwork *network, uint64_t payload);
/* @endpoint is gone: its calls have no outcome, and those it was working on no answer. */
void sim_net_forget_calls(SimNetwork *network, SimEndpoint endpoint);
void sim_net_drop_served_calls(SimNetwork *network, SimEndpoint endpoint, bool silent);
void sim_net_on_request(SimNetwork *network, int64_t now_us, uint64_t id);
void sim_net_on_answer(SimNetwork *network, int64_t now_us, uint64_t id);
void sim_net_on_verdict(SimNetwork *network, int64_t now_us, uint64_t id);
void sim_net_on_handle(SimNetwork *network, int64_t now_us, uint64_t id);
void sim_net_on_leave(SimNetwork *network, int64_t now_us, uint64_t id);
/* The request can have no effect any more. */
void sim_net_request_lost(SimNetwork *network, uint64_t id);
void sim_net_free_calls(SimNetwork *network);

/* --- timeout.c */
void sim_net_await(SimNetwork *network, int64_t now_us, int64_t timeout_us, uint64_t id);
void sim_net_on_lane(SimNetwork *network, int64_t now_us, uint32_t lane);
void sim_net_on_expired(SimNetwork *network, int64_t now_us, uint64_t id);
void sim_net_free_lanes(SimNetwork *network);

/* --- connection.c */
SimConnection *sim_net_connection(const SimNetwork *network, uint64_t id);
/* Id of the connection that @caller can use to call @called; 0: none. */
uint64_t sim_net_usable_connection(const SimNetwork *network, SimEndpoint caller,
                                   SimEndpoint called);
/* Between @from and @to, what @from sends on the newest connections arrives at @at_us or later. */
void sim_net_arrive_after(SimNetwork *network, SimEndpoint from, SimEndpoint to, int64_t at_us);
unsigned sim_net_side(const SimConnection *connection, SimEndpoint endpoint);
uint64_t sim_net_open(SimNetwork *network, int64_t now_us, SimEndpoint from, SimEndpoint to,
                      bool accepter_knows);
/* The end at @side stops believing in it. @kind: how the other end is told, FIN or RESET; BREAK:
 * not at all, and this end's calls end at once. */
void sim_net_close_end(SimNetwork *network, int64_t now_us, uint64_t id, unsigned side,
                       SimNetEvent kind);
/* The other end resets the one at @side, unless a cut swallows it. */
void sim_net_reset_end(SimNetwork *network, int64_t now_us, uint64_t id, unsigned side);
/* Forgets a connection that neither end believes in and no call uses any more. */
void sim_net_release_connection(SimNetwork *network, uint64_t id);
/* The end at @side gives up at @at_us. */
void sim_net_break_end(SimNetwork *network, int64_t at_us, uint64_t id, unsigned side);
void sim_net_close_all(SimNetwork *network, SimEndpoint endpoint, bool silent);
void sim_net_on_lost(SimNetwork *network, int64_t now_us, SimNetEvent kind, uint64_t about);

/* --- trouble.c */
const SimTrouble *sim_net_trouble(const SimNetwork *network, SimEndpoint from, SimEndpoint to);
void sim_net_park(SimNetwork *network, SimEndpoint from, SimEndpoint to, int64_t sent_us,
                  uint64_t payload, bool clogged);
/* True if what just arrived must wait (order, cut, clog, pause) and was put aside. */
bool sim_net_held_back(SimNetwork *network, int64_t now_us, SimEndpoint from, SimEndpoint to,
                       int64_t sent_us, uint64_t payload);
bool sim_net_hold_if_paused(SimNetwork *network, SimEndpoint endpoint, uint64_t payload);
void sim_net_on_unclog(SimNetwork *network, int64_t now_us);
void sim_net_release_parked(SimNetwork *network, int64_t now_us);
