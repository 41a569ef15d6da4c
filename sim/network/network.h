/* sim/network/network.h -- calls between endpoints: latency, loss, bandwidth, cuts, resets.
 *
 * The network carries what Distro really uses: calls (a request and its answer) that travel on
 * long-lived connections, or on one of their own (HTTP).
 *
 *      caller                        called
 *        | -- request ------------->  |   delay + jitter + retransmissions + queueing
 *        |                            |   on_request(); sim_network_answer(), now or later
 *        | <------------- answer --   |   likewise
 *      on_outcome() exactly once: ANSWERED, TIMED_OUT, BROKEN or REFUSED
 *
 * - What one end of a connection sends arrives in order. Loss is delay: what is lost is sent again
 *   after a round trip and 260 ms, then 200 to 370 ms, doubling up to 120 s, at most 15 times; then
 *   the connection breaks. All that is sent later waits behind it (stream.c).
 * - A cut is silence: what is sent or arrives while it lasts is held; the oldest part of each
 * stream
 *   is sent again at its next retransmission instant after the heal, and the rest with it, unless
 *   the connection has been closed meanwhile (a call on a connection of its own closes it by timing
 *   out). So the caller sees a time-out, and the called has its request in one burst with its
 *   cancellation: it applies one in eight (late_call_applied_ppm).
 * - Calls that a cut { calls = true } forbids fail at once, REFUSED.
 * - A crash is a reset: calls under way to the crashed endpoint end BROKEN one way later, unless a
 *   cut swallows the reset; calls that reach an endpoint which is down, REFUSED, and calls on a
 *   connection to a former incarnation, BROKEN with the connection.
 * - A link may treat messages as datagrams, which nothing repairs: a request or an answer that is
 *   damaged on its way is gone, and the caller times out; one that is overtaken comes a round trip
 *   later; a request that is doubled arrives twice, like one that was sent again.
 * - Requests that arrive together after a retransmission may be swapped by the called's thread
 * pool,
 *   by milliseconds (PROTOCOL.md 10).
 * - What a story does to a single message happens at the called, behind the stream.
 * - Bytes are counted per ordered pair and operation: the JSON that Nacos would send, plus the
 *   topology's framing: unless told otherwise, what makes it TCP's payload. TCP's, IP's and the
 *   link's own heads are not counted.
 *
 * Chance comes from streams "net/<from>><to>" per ordered pair of nodes, "net/<from>><to>/verify"
 * for VERIFY alone, and "net/c<i>" per client. */
#pragma once

#include "core/config.h"
#include "sim/base/event_queue.h"
#include "sim/base/prng.h"
#include "sim/base/types.h"

/* How a link behaves, per direction. */
typedef struct SimLink {
    int64_t delay_us;   /* one way */
    double jitter;      /* proportion: each delay is uniform in delay * (1 -+ jitter) */
    int64_t spread_q32; /* > 0: lognormal with this sigma instead (measured spread) */
    SimChance loss;     /* per transmission */
    SimChance burst_enter, burst_leave, burst_loss; /* Gilbert-Elliott; off if enter is 0 */
    int64_t bandwidth_bps;                          /* bits per second; 0: no limit */
    int64_t queue_bytes;      /* of waiting data, above it a packet is lost; 0: no limit */
    int64_t mtu_bytes;        /* what is longer takes several packets, each of which may be lost;
                          * 0: any message is one */
    int64_t drop_above_bytes; /* a message of more never arrives; 0: no limit */
    /* Per message, as if it were a datagram: it is doubled, overtaken, damaged. */
    SimChance duplicate, reorder, corrupt;
} SimLink;

/* Of several calls VERIFY, in the order of their arrival. */
typedef struct SimDigests {
    const DistroDigest *items;
    const int64_t *at_us; /* when each arrives, ascending from now on; NULL: all now */
    uint32_t count;
} SimDigests;

/* What happens at the far end of the calls; implemented by the world. */
typedef struct SimNetworkPeers {
    void *data;
    /* A request arrived at a live endpoint. @call is valid until answered. */
    void (*on_request)(void *data, uint64_t call);
    /* A call that @call's caller made has ended. Its fields may still be read; it is released when
     * this returns. @frame is the answer or NULL. */
    void (*on_outcome)(void *data, uint64_t call, DistroOutcome outcome, const DistroFrame *frame);
    /* The connection @from opened to @to was reset (told to @from), or closed by @from (told to
     * @to). @opener: it is the connection that @told opened, not one that it accepted. */
    void (*on_connection_lost)(void *data, SimEndpoint told, SimEndpoint other, bool opener,
                               uint64_t context);
    /* The next three are for batches; NULL where there are none.
     * Does @node look at many calls of up to @largest bytes at once as it would one by one? */
    bool (*takes_batch)(void *data, SimEndpoint node, uint32_t largest);
    /* Requests VERIFY arrived: answer them by sim_network_answer_digests before this returns. */
    void (*on_digests)(void *data, uint64_t call, const SimDigests *digests);
    /* They were answered: OK, but for @misses. */
    void (*on_verified)(void *data, uint64_t call, const SimDigests *digests,
                        const DistroMiss *misses, uint32_t miss_count);
} SimNetworkPeers;

typedef struct SimCall {
    SimEndpoint from, to;
    SimOp op;
    bool by_connection;  /* on the open connection between them (opened by either) */
    bool opens;          /* a good answer leaves a connection from @from to @to open */
    DistroPath path;     /* beside the frame, for measurements */
    int64_t timeout_us;  /* from now */
    int64_t sent_us;     /* filled in by the network */
    uint32_t bytes;      /* of the request's JSON */
    DistroTicket ticket; /* the caller's, opaque */
    DistroFrame frame;   /* requests between nodes; zeroed else. Body is referenced, not taken */
    uint64_t payload[3]; /* requests with clients: meaning agreed between client.c and node.c */
    uint32_t record, latest; /* when recording: ids of its SEND and of the last thing about it;
                              * filled in by the network */
} SimCall;

/* What is counted beside a message's own bytes is what TCP carries of it. */
#define SIM_FRAMING_TCP (-1)

/* @framing_bytes: with each request and answer, or SIM_FRAMING_TCP. */
SimNetwork *sim_network_new(uint64_t seed, SimEventQueue *queue, SimTrace *trace,
                            const SimNetworkPeers *peers, int64_t framing_bytes);
void sim_network_free(SimNetwork *network);
void sim_network_redraw(SimNetwork *network, uint64_t seed); /* all its streams, see prng.h */

/* --- places ------------------------------------------------------------------------------- */
/* Sites are numbered by the world. Links are between ordered pairs of sites; (a, a) is the LAN. */
void sim_network_set_sites(SimNetwork *network, uint32_t count);
/* Of which cluster the nodes at @site are; 0 unless told. */
void sim_network_set_cluster(SimNetwork *network, uint32_t site, uint32_t cluster);
void sim_network_set_link(SimNetwork *network, uint32_t from_site, uint32_t to_site,
                          const SimLink *link, bool is_wan);
/* Endpoints must be added in index order; @name keys the stream (nodes). A node is down until
 * sim_network_up. Fleet clients pass tracked = false: their traffic is counted as one. */
void sim_network_add_node(SimNetwork *network, const char *name, uint32_t site);
void sim_network_add_client(SimNetwork *network, uint32_t site, bool tracked);
/* @stack is a part of the process of the client @process: interceptions and traffic that name the
 * process mean it, too. */
void sim_network_join_process(SimNetwork *network, SimEndpoint stack, SimEndpoint process);
void sim_network_up(SimNetwork *network, SimEndpoint endpoint); /* a new incarnation listens */
/* It is gone: resets (@silent = false) or says nothing any more (@silent: power off). */
void sim_network_down(SimNetwork *network, SimEndpoint endpoint, bool silent);
/* What @config, of @node, says of connections (first_resend_us and what follows it). */
void sim_network_set_rules(SimNetwork *network, SimEndpoint node, const DistroConfig *config);
bool sim_network_is_up(const SimNetwork *network, SimEndpoint endpoint);

/* --- calls -------------------------------------------------------------------------------- */
/* Start a call at @now_us; @call->from must be up (asserted). Ends in on_outcome, never before this
 * returns. */
void sim_network_call(SimNetwork *network, int64_t now_us, const SimCall *call);
/* The call behind an id, or NULL if it has ended (its answer comes too late for anybody). */
const SimCall *sim_network_find_call(const SimNetwork *network, uint64_t call);
/* The client that @call is about, a FORWARD and a client's own write included; DISTRO_NONE:
 * none. */
DistroClient sim_network_client_meant(const SimNetwork *network, const SimCall *call);
/* Answer a request. @frame's body is referenced. @bytes: JSON size of the answer. Does nothing
 * when the call is gone. */
void sim_network_answer(SimNetwork *network, int64_t now_us, uint64_t call,
                        const DistroFrame *frame, uint32_t bytes);
/* The called has no room for a request that was given to it: the caller hears of it one way later,
 * REJECTED; @silently: nothing, and times out. */
void sim_network_reject(SimNetwork *network, int64_t now_us, uint64_t call, bool silently);
/* The port that this delivered request is for is closed: its caller is REFUSED. */
void sim_network_refuse(SimNetwork *network, int64_t now_us, uint64_t call);
/* Calls in flight from @endpoint are forgotten without an outcome (its process is gone). Implied by
 * sim_network_down. */

/* --- batches ------------------------------------------------------------------------------ */
/* A round of VERIFY, as its batches to all peers share it. Reference-counted. */
typedef struct SimRound {
    int ref_count;
    const DistroDictionary *dictionary;
    GBytes *bytes; /* of the digests */
    const DistroDigest *digests;
    uint32_t count;
    uint32_t *sizes; /* of each request's JSON */
    uint32_t largest;
    uint64_t total;           /* bytes, framing included */
    uint64_t announced, sent; /* sums for the fingerprint: VERIFY_SENT, SEND */
} SimRound;
SimRound *sim_round_new(const SimNetwork *network, const DistroDictionary *dictionary,
                        GBytes *digests);
void sim_round_unref(SimRound *round);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimRound, sim_round_unref)
/* Makes the calls of @round to @call->to, as sim_network_call would one after the other: @call is
 * what they have in common. False, and nothing done, where that is not the same (call_batch.h):
 * then the caller does it. @round is referenced. */
bool sim_network_call_batch(SimNetwork *network, int64_t now_us, const SimCall *call,
                            SimRound *round);
/* @taken: how many of the digests, from the first on; the others come again. */
void sim_network_answer_digests(SimNetwork *network, int64_t now_us, uint64_t call, uint32_t taken,
                                const DistroMiss *misses, uint32_t miss_count);
/* Without batches (@allowed false) every call has its own slot and events; results are the same. */
void sim_network_allow_batches(SimNetwork *network, bool allowed);
/* Packets carried together with another so far, which counted as one event for both. */
uint64_t sim_network_folded_events(const SimNetwork *network);

/* --- connections -------------------------------------------------------------------------- */
/* One at most per ordered pair; opened by a CONNECT call's good answer (.opens), told apart by
 * incarnation. @context is handed back in on_connection_lost. An answer is good if the status in
 * its head is DISTRO_STATUS_OK, or if its head is all zero. The called side has the connection from
 * sending the answer on, the caller from its arrival on.
 *
 * sim_network_connected: does @from, who opened it, believe that it is open? */
bool sim_network_connected(const SimNetwork *network, SimEndpoint from, SimEndpoint to);
/* The same as @to sees it: the two differ while an answer, a FIN or a reset is under way, and
 * when a cut has swallowed a reset. */
bool sim_network_accepted(const SimNetwork *network, SimEndpoint from, SimEndpoint to);
/* @closer (either end) closes the connection that @from opened to @to: the other end learns it one
 * way later (or after the heal), calls under way on it end BROKEN. */
void sim_network_disconnect(SimNetwork *network, int64_t now_us, SimEndpoint from, SimEndpoint to,
                            SimEndpoint closer);
/* What on_connection_lost passes for this connection from now on. */
void sim_network_set_connection_context(SimNetwork *network, SimEndpoint from, SimEndpoint to,
                                        uint64_t context);
/* That of the newest connection from @from to @to; 0 if there is none. */
uint64_t sim_network_connection_context(const SimNetwork *network, SimEndpoint from,
                                        SimEndpoint to);

/* --- faults ------------------------------------------------------------------------------- */
typedef enum SimCut {
    SIM_CUT_NONE = 0,
    SIM_CUT_PACKETS = 1, /* what @from sends never reaches @to */
    SIM_CUT_CALLS = 2,   /* calls that @from starts towards @to fail at once */
} SimCut;
/* Set what is cut from @from to @to (one way). Between nodes, or a node and a named client. */
void sim_network_cut(SimNetwork *network, SimEndpoint from, SimEndpoint to, SimCut cut);
/* Likewise for every client of @site, present and future, against a node; @to_node: direction. */
void sim_network_cut_site(SimNetwork *network, uint32_t site, SimEndpoint node, bool to_node,
                          SimCut cut);
SimCut sim_network_is_cut(const SimNetwork *network, SimEndpoint from, SimEndpoint to);
/* Is one of the two directions between them cut for packets, so that no connection can be made? */
bool sim_network_is_black_hole(const SimNetwork *network, SimEndpoint from, SimEndpoint to);
/* Can a call started by @from at @to complete, cuts considered (not crashes)? */
bool sim_network_can_call(const SimNetwork *network, SimEndpoint from, SimEndpoint to);
/* Ends all cuts and link changes; what was held leaves at its next retransmission. */
void sim_network_heal(SimNetwork *network, int64_t now_us);
/* Between two endpoints only, both directions. */
void sim_network_heal_pair(SimNetwork *network, int64_t now_us, SimEndpoint a, SimEndpoint b);
/* Every client of @site against @node, both directions. */
void sim_network_heal_site(SimNetwork *network, int64_t now_us, uint32_t site, SimEndpoint node);
/* Is it cut or changed, from @from to @to? Of a site: what all its clients have in common. */
bool sim_network_is_troubled(const SimNetwork *network, SimEndpoint from, SimEndpoint to);
bool sim_network_site_is_troubled(const SimNetwork *network, uint32_t site, SimEndpoint node,
                                  bool to_node);
/* The link from node @from to node @to behaves as @link until healed. */
void sim_network_degrade(SimNetwork *network, SimEndpoint from, SimEndpoint to,
                         const SimLink *link);
/* The effective link between two endpoints, degradation included. */
SimLink sim_network_effective_link(const SimNetwork *network, SimEndpoint from, SimEndpoint to);
/* Holds what goes either way between @a and @b until @until_us, then releases it in order. */
void sim_network_clog(SimNetwork *network, int64_t now_us, SimEndpoint a, SimEndpoint b,
                      int64_t until_us);
/* A frozen endpoint receives nothing until resumed; what arrives waits and is delivered then, in
 * order. Its own time-outs fire late, too. */
void sim_network_pause(SimNetwork *network, SimEndpoint endpoint);
void sim_network_resume(SimNetwork *network, int64_t now_us, SimEndpoint endpoint);

/* --- interception ------------------------------------------------------------------------- */
typedef enum SimInterceptAction {
    SIM_INTERCEPT_OBSERVE,
    SIM_INTERCEPT_DROP,       /* the request is lost for good: the caller times out */
    SIM_INTERCEPT_DELAY,      /* the request arrives by_us later */
    SIM_INTERCEPT_DROP_REPLY, /* applied; the answer is lost for good */
    SIM_INTERCEPT_DELAY_REPLY,
    SIM_INTERCEPT_REFUSE_APPLY, /* the called changes nothing and answers FAIL, or OK (reply_ok) */
    SIM_INTERCEPT_DUPLICATE,    /* the request is applied twice; one answer is heard */
} SimInterceptAction;

typedef struct SimIntercept {
    SimEndpoint from, to; /* SIM_NO_ENDPOINT: any */
    uint32_t cluster;     /* of the node that calls or is called; SIM_ALL_CLUSTERS: any */
    SimOp op;             /* SIM_N_OPS: any */
    bool all;             /* every match, else those in nth */
    GArray *nth;          /* (nullable) uint64_t ordinals from 1, ascending */
    int64_t after_us, before_us;
    SimChance chance; /* SIM_CHANCE_ONE: always */
    SimInterceptAction action;
    int64_t by_us;
    bool reply_ok;
} SimIntercept;
/* Returns its number. @intercept is copied, its nth taken. */
uint32_t sim_network_intercept(SimNetwork *network, const SimIntercept *intercept);
uint64_t sim_network_intercept_hits(const SimNetwork *network, uint32_t number);
const GArray *sim_network_intercept_times(const SimNetwork *network, uint32_t number); /* int64_t */
void sim_network_intercept_stop(SimNetwork *network, uint32_t number);

/* --- figures ------------------------------------------------------------------------------ */
typedef struct SimTraffic {
    uint64_t messages, bytes;      /* requests sent */
    uint64_t replies, reply_bytes; /* answers sent */
    uint64_t failed;               /* calls that ended otherwise than ANSWERED */
} SimTraffic;
/* What is counted: SIM_NO_ENDPOINT, SIM_N_OPS and SIM_ALL_CLUSTERS mean any. Fleet clients are no
 * single endpoint. Of a call between a client and a node, the node's cluster counts. */
typedef struct SimTrafficAsked {
    SimEndpoint from, to;
    SimOp op;
    uint32_t cluster;
} SimTrafficAsked;
SimTraffic sim_network_traffic(const SimNetwork *network, const SimTrafficAsked *asked);
typedef struct SimTrafficTotals {
    uint64_t messages; /* requests and answers */
    uint64_t bytes_lan, bytes_wan;
    uint64_t messages_by_op[SIM_N_OPS]; /* requests and answers of that operation */
    uint64_t bytes_by_op[SIM_N_OPS];
} SimTrafficTotals;
/* What flowed from one site to another; NULL in a world of one site. */
const struct SimFlow *sim_network_flow(const SimNetwork *network, uint32_t from_site,
                                       uint32_t to_site);
/* Since the last sim_network_reset_totals (the world calls it at time 0). */
const SimTrafficTotals *sim_network_totals(const SimNetwork *network);
void sim_network_reset_totals(SimNetwork *network);

/* Handle a SIM_EVENT_NETWORK event. */
void sim_network_event(SimNetwork *network, int64_t now_us, uint64_t payload);

/* Packets of VERIFY between nodes are no events. In an instant they come after all events, one pair
 * of nodes after the other; what they bring about in the same instant comes after them. When the
 * next one arrives; INT64_MAX: none is on its way. */
int64_t sim_network_next_verify(const SimNetwork *network);
/* The last instant whose events, those of the queue, come before it. */
int64_t sim_network_before_verify(const SimNetwork *network);
/* Carries that one to its end, and maybe some after it. @until_us: the world is not read
 * before the queue's next event or the end of this instant. */
void sim_network_carry_verify(SimNetwork *network, int64_t now_us, int64_t until_us);

/* Asserts that each call and connection is in the lists that it belongs to, and that the counts are
 * right. Costs a walk over all of them. */
void sim_network_check(const SimNetwork *network);
