/* core/node.h -- the inside of a node, for the files of core/ alone.
 *
 *   node.c      distro_node_step(): one switch, one handler per input
 *   members.c   member states, both report loops               (ServerMemberManager)
 *   mapper.c    the healthy list; who is responsible for a tag (DistroMapper)
 *   rpc.c       the cluster RPC client, one per peer           (RpcClient)
 *   delay.c     delayed tasks                                  (NacosDelayTaskExecuteEngine)
 *   load.c      the initial load, readiness                    (DistroLoadDataTask)
 *   filter.c    HTTP writes: done here, or passed on           (DistroFilter)
 *   reading.c   what a host may ask
 *
 * These are common to all protocols; what differs, each protocol's folder has (behaviour.h). */
#pragma once

#include "core/behaviour.h"
#include "core/distro.h"
#include "core/members.h"
#include "core/protocol.h"

/* What an outcome belongs to (DistroTicket.purpose). */
typedef enum DistroPurpose {
    /* These four speak of one RPC client: .client is the member's incarnation. */
    DISTRO_PURPOSE_LOAD = 1,
    DISTRO_PURPOSE_REPORT, /* .action: which loop */
    DISTRO_PURPOSE_HEALTH,
    DISTRO_PURPOSE_CONNECT, /* .action: 0 server check, 1 connection setup */
    DISTRO_PURPOSE_FORWARD, /* .client and .serial: the two halves of the operation's call */
    DISTRO_PURPOSE_PROBE,
    DISTRO_PURPOSE_PROTOCOL, /* .action: DistroOp; the rest is the protocol's business */
} DistroPurpose;

/* load.c */
typedef struct DistroLoad {
    int64_t at_us;   /* the next attempt */
    DistroName peer; /* asked last in this run; DISTRO_NONE: no peer yet */
    uint32_t serial;
    bool loading;     /* a snapshot request is under way */
    bool found_empty; /* a peer answered with nothing (hardened profiles look further) */
    bool initialised;
    bool ready;
    int64_t status_at_us;
} DistroLoad;

struct DistroNode {
    DistroConfig config;
    DistroDictionary *dictionary;
    DistroName self;
    int64_t now_us;
    int64_t wall_us;
    int64_t lived_from_us; /* livedClock: wall_us - now_us */
    DistroName from;       /* who sent the request in hand */
    bool booted;
    DistroMembers members;
    DistroLoad load;
    GHashTable *forwards; /* DistroWrite by call, owning: under way (writeIfForwardFails) */
    DistroNodeCounters counters;
    const DistroBehaviour *behaviour; /* config.protocol's */
    DistroEffect *items;              /* of this step: effects.count of them, */
    size_t item_room;                 /* and as many as there is room for */
    GPtrArray *bodies;                /* GBytes that this step's effects borrow */
    DistroEffects effects;
};

/* --- effects, in the order of calling ----------------------------------------------------- */
DistroEffect *distro_emit(DistroNode *node, DistroEffectKind kind);
/* What @client publishes of @service, as a query lists it here, was @before and is @after. */
void distro_emit_view(DistroNode *node, DistroClient client, DistroService service,
                      DistroPublication before, DistroPublication after, DistroPath path);
void distro_emit_event(DistroNode *node, DistroEventKind event, DistroName peer,
                       DistroClient client, int64_t value);
/* Calls @ticket.peer with @message; the node keeps the body alive until the next step. */
void distro_emit_send(DistroNode *node, DistroTicket ticket, const DistroMessage *message,
                      int64_t timeout_us, DistroPath path);
/* The same with a message encoded before, to be sent over the RPC connection: what goes to many
 * peers alike is encoded once. @frame lends its body for the step. */
void distro_emit_frame(DistroNode *node, DistroTicket ticket, const DistroFrame *frame,
                       int64_t timeout_us, DistroPath path);
/* The same as a request of its own over HTTP, which may take @connect_us to connect. */
void distro_emit_http(DistroNode *node, DistroTicket ticket, const DistroMessage *message,
                      int64_t connect_us, int64_t read_us, DistroPath path);
void distro_emit_answer(DistroNode *node, uint64_t call, const DistroMessage *message);
/* An answer to @request that says nothing but its status, and to a REPORT who we are. */
void distro_emit_status(DistroNode *node, uint64_t call, const DistroMessage *request,
                        DistroStatus status);
void distro_emit_reply(DistroNode *node, uint64_t call, DistroStatus status);
/* Takes a frame that owns its body: it is dropped at the next step. */
void distro_keep_body(DistroNode *node, const DistroFrame *frame);

/* Did the call bring a response? A time-out, a broken connection and an error response (300, 301,
 * 302, 502) are all exceptions for Nacos's caller (RpcClient#request; PROTOCOL.md 11.2). */
bool distro_is_response(DistroOutcome outcome, const DistroMessage *answer);

/* --- load.c ------------------------------------------------------------------------------- */
void distro_load_boot(DistroNode *node);
void distro_load_wake(DistroNode *node);
int64_t distro_load_wake_at(const DistroNode *node);
void distro_load_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                         const DistroFrame *frame, const DistroMessage *answer);

/* --- filter.c ----------------------------------------------------------------------------- */
/* @call 0: the node's own request to itself, whose answer is dropped. */
void distro_filter(DistroNode *node, uint64_t call, const DistroWrite *write);
/* FORWARD as seen by the target, and its outcome at the forwarding node. */
void distro_filter_forwarded(DistroNode *node, uint64_t call, const DistroWrite *write);
void distro_filter_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                           const DistroMessage *answer);

/* Timers of fixed delay, each of which is late in its own way; a client's is its number. */
#define DISTRO_TIMER_VERIFY ((uint64_t)1 << 32)
#define DISTRO_TIMER_CLEANER ((uint64_t)2 << 32)
#define DISTRO_TIMER_SERVICE ((uint64_t)3 << 32) /* and the service's number */
/* By how much @timer's period that begins now lasts longer: 0 to timer_late_us, from the node's
 * seed, the timer and the instant alone. */
int64_t distro_late_us(const DistroNode *node, uint64_t timer);
