/* sim/client/internal.h -- what the parts of a client share.
 *
 *      client.c        life, dispatch
 *      operations.c    what its user asks of it
 *      publishing.c    what it publishes
 *      request.c       requests in hand
 *      cache.c         what it knows of the services it subscribed to
 *      failover.c      what it hands out of them while the failover switch is on
 *      poll.c          asking for them again and again
 *      grpc.c          2.x: one connection, health check, redo
 *      http.c, beat.c  1.x: servers in turn; beats
 *      balance.c       a load balancer or a name before the servers
 *      dual.c          two stacks in one process (dual_internal.h)
 *      side.c          what the world asks (SimClientSide) */
#pragma once

#include "sim/client/client.h"
#include "sim/naming/call.h"
#include "sim/naming/list.h"
#include "sim/world/action_kind.h"
#include "sim/world/reality.h"
#include "sim/world/world.h"

/* Why a call was made; travels in SimCall.ticket.purpose, its serial in .serial. */
typedef enum SimPurpose {
    SIM_PURPOSE_REQUEST, /* one of the requests in hand */
    SIM_PURPOSE_CHECK,   /* first call of a connect (ServerCheckRequest) */
    SIM_PURPOSE_SETUP,   /* second one (ConnectionSetupRequest) */
    SIM_PURPOSE_PING,
} SimPurpose;

/* A client's timers. An event's payload is
 *
 *      bits  0..27 client   28..32 timer   33..55 stamp
 *
 * and a timer whose stamp is not the awaited one any more is void. Those of a process that is no
 * SDK are numbered from SIM_N_TIMERS on. */
typedef enum SimClientTimer {
    SIM_TIMER_RESUME,
    SIM_TIMER_REQUEST, /* stamp: the request's serial */
    SIM_TIMER_RECONNECT,
    SIM_TIMER_HEALTH, /* the idle poll of RpcClient */
    SIM_TIMER_PING,   /* the pause before a health check */
    SIM_TIMER_REDO,
    SIM_TIMER_BEAT, /* stamp: SimPublished.stamp */
    SIM_TIMER_POLL, /* stamp: SimSubscribed.stamp */
    SIM_TIMER_FAILOVER,
    SIM_N_TIMERS,
} SimClientTimer;
enum {
    SIM_CLIENT_INDEX_BITS = 28,
    SIM_CLIENT_TIMER_BITS = 5
};

/* What the client publishes of one service (2.x: NamingRedoData, by service), or of one address of
 * a service (1.x: BeatInfo, by service, ip and port). */
typedef struct SimPublished {
    DistroService service;
    DistroPublication publication;
    uint32_t stamp;  /* 1.x: of its beat timer; new with every registration */
    bool orphaned;   /* 1.x: registered again since, and beats for ever (SimSdk.beats_pile_up) */
    bool registered; /* 2.x: the columns of RedoData's table */
    bool unregistering;
    bool wanted;
} SimPublished;

/* A subscription and its cache. */
typedef struct SimSubscribed {
    DistroService service;
    uint32_t list;      /* what the cache holds, referenced; 0: nothing yet */
    uint32_t heard;     /* what the last change event told, referenced */
    uint32_t backup;    /* what was last written to disk of the lists before it, referenced */
    int64_t since_us;   /* when .list came */
    uint32_t answered;  /* what the last subscription or query was answered with, referenced */
    int64_t ref_ms;     /* lastRefTime of .list */
    int64_t polled_ms;  /* lastRefTime when the last poll had ended */
    uint32_t stamp;     /* of its poll timer; 0: not polled */
    uint8_t fail_count; /* empty or failed polls in a row, at most 6 */
    bool registered;    /* 2.x */
    bool failed;        /* 2.x: the first try has ended without success; redo's from now on */
} SimSubscribed;

/* Who wants a request. */
typedef enum SimOrigin {
    SIM_ORIGIN_USER,
    SIM_ORIGIN_REDO,       /* 2.x: the redo task */
    SIM_ORIGIN_BEAT,       /* 1.x */
    SIM_ORIGIN_BEAT_AGAIN, /* 1.x: a beat was answered "unknown", register from its copy */
    SIM_ORIGIN_POLL,
    SIM_ORIGIN_LEAVE, /* 1.x: orderly close takes its instances back */
} SimOrigin;

/* What came of a call to one cluster.*/
typedef enum SimLegAnswer {
    SIM_LEG_ANSWER_NONE,
    SIM_LEG_ANSWER_GOOD,
    SIM_LEG_ANSWER_UNKNOWN, /* 20404: the server has no such instance */
} SimLegAnswer;

typedef enum SimRequestPhase {
    SIM_PHASE_HELD, /* waits for the start-up to end, or the process to resume */
    SIM_PHASE_CALLING,
    SIM_PHASE_RESTING, /* between two tries */
    SIM_PHASE_ENDED,   /* its end is told by the next timer */
} SimRequestPhase;

#define SIM_NO_OPERATION UINT32_MAX

/* A request in hand: an operation of the user, or of a task inside the SDK. */
typedef struct SimRequest {
    uint32_t serial;
    SimOp op; /* REGISTER DEREGISTER SUBSCRIBE QUERY BEAT CONNECT; SIM_N_OPS for a close */
    SimOrigin origin;
    SimRequestPhase phase;
    DistroService service;
    DistroPublication publication; /* of a DEREGISTER: what is taken back */
    SimOp asked;                   /* what its user asked for: DEREGISTER, though .op registers
                                    * what is left of a batch */
    DistroClient persistent;       /* "ip:port#false": a write by Raft; 0: it is none */
    uint32_t operation;            /* SimOperationNews.operation, or SIM_NO_OPERATION: */
    DistroPublication after;       /* what is published of the service if it succeeds */
    uint32_t stamp;                /* of the beat or poll it serves */
    uint32_t node;                 /* CONNECT: where to; else the one asked last */
    uint32_t first;                /* 1.x: position of the server asked first */
    uint32_t tries;
    uint32_t invoked;     /* id of the note that it began; 0 without a trace, or for no user */
    bool unknown;         /* a beat: the server has no such instance */
    SimLegAnswer primary; /* 1.x agent: how the same call to the primary ended */
    bool refresh_only;    /* a poll whose list is not read: it keeps the subscription alive */
    bool maybe_applied;   /* some try ended without an answer */
    bool ok;              /* once ENDED */
    const char *reason;
    int64_t deadline_us;
    SimClientDone done;
    void *data;
} SimRequest;

typedef enum SimGrpcState {
    SIM_GRPC_STARTING, /* the synchronous attempts of RpcClient#start */
    SIM_GRPC_RUNNING,
    SIM_GRPC_UNHEALTHY,
} SimGrpcState;

/* First what every health check reads. */
typedef struct SimGrpc {
    SimGrpcState state;
    uint32_t node;   /* of the connection in use; UINT32_MAX: none, or known to be lost */
    DistroClient id; /* of the latest connection */
    uint32_t ping;   /* serial of the health check under way; 0: none */
    uint32_t ping_tries;
    uint32_t health_stamp, redo_stamp; /* 0: not set */
    bool rechecking;                   /* the check decides whether to leave the current server */
    bool redoing;
    int64_t active_us;       /* lastActiveTimeStamp */
    int64_t redo_from_us;    /* when the redo task last ended: it runs every 3 s from here */
    uint32_t redo_at;        /* position in its pass */
    uint32_t last_node;      /* of the connection before; UINT32_MAX: none yet */
    uint32_t cursor;         /* position in the server list of the latest attempt */
    uint32_t start_attempts; /* left */
    uint32_t reconnect_times, turns; /* of RpcClient#reconnect */
    uint32_t reconnect_stamp;        /* 0: not set */
    uint32_t attempt;                /* serial of the attempt under way; 0: none */
    uint32_t attempt_node;
    uint32_t target; /* serial of the user's CONNECT that the attempt serves; 0: none */
} SimGrpc;

typedef struct SimHttp {
    uint32_t server;  /* that took the last beat or write; UINT32_MAX: none */
    DistroClient id;  /* of the last thing it registered */
    bool light_beats; /* the server has said that it takes them */
    GArray *late;     /* uint32_t: stamps of beats that are due and find no thread free, in order */
    GArray *spoken;   /* int64_t by position in the server list: last answer on a connection that
                       * is still open; 0: none. NULL: connections are never used again */
    int64_t beat_work_us; /* what each of its beats takes beside the round trip */
    bool leaving;         /* closed, but DELETEs are under way */
    uint32_t close;       /* serial of the request that stands for the close; 0: none */
} SimHttp;

/* See balance.h. */
typedef struct SimBalance {
    SimBalanceSpec spec;
    GArray *addresses; /* uint32_t: nodes, as resolved last; NULL: not yet */
    uint32_t next;     /* position in .addresses */
    int64_t resolved_us;
} SimBalance;

/* An instance that Raft keeps, of the client "ip:port#false", as acknowledged last. */
typedef struct SimKept {
    DistroClient id;
    DistroService service;
    DistroPublication publication;
} SimKept;

/* What the last acknowledged operation on a service has left published. */
typedef struct SimHeld {
    DistroService service;
    DistroPublication publication;
} SimHeld;

/* Of many thousands none is in the cache when its turn comes, so what every health check reads
 * stands together: down to .grpc. */
struct SimClient {
    SimWorld *world;
    SimClientProcess *process; /* (nullable) it is no SDK: what comes is for this one */
    uint32_t index;
    SimClientKind kind;
    bool started;
    bool open;
    bool frozen;  /* the network holds back what comes */
    bool settled; /* 2.x: redo was asked and had nothing to do, and no entry has changed since */
    bool failover, failover_wanted; /* the switch as the SDK knows it, and as it is */
    uint32_t last_serial;
    int64_t paused_until_us; /* its timers and operations wait until then */
    SimPrng prng;
    SimHeld held; /* of the first service; .service is 0 until there is one */
    union {
        SimGrpc grpc;
        SimHttp http;
    };
    SimSdk sdk;
    /* All five in order of creation; NULL until something is put in. */
    GArray *publications;  /* SimPublished */
    GArray *subscriptions; /* SimSubscribed */
    GArray *requests;      /* SimRequest */
    GArray *more_held;     /* SimHeld, of further services */
    GArray *disk;          /* SimSubscribed: lists found at the start */
    char *name;
    uint32_t number;      /* of its process */
    struct SimDual *dual; /* NULL: it is no stack; the first stack owns it */
    uint32_t leg;         /* which stack */
    uint32_t site;
    uint32_t *servers; /* node indices */
    uint32_t n_servers;
    int32_t preferred; /* position in servers that is asked first; -1: drawn */
    SimBalance balance;
    DistroName ip;
    int32_t port;
    uint32_t api;         /* 1.x: of the open API */
    uint32_t health_page; /* what it answers to a check over HTTP; 0: 200 */
    int64_t started_us;
    uint32_t resume_stamp;
    SimClientCounters counters;
};

/* --- client.c: from the world ------------------------------------------------------------- */
void sim_client_on_request(SimClient *client, uint64_t call); /* PUSH, DETECT */
void sim_client_on_outcome(SimClient *client, uint64_t call, DistroOutcome outcome,
                           const DistroFrame *answer);
void sim_client_event(SimClient *client, uint64_t payload);
void sim_client_free(SimClient *client);
void sim_client_redraw(SimClient *client, uint64_t seed); /* its stream, see prng.h */

/* --- client.c ------------------------------------------------------------------------------- */
SimEndpoint sim_client_self(const SimClient *client);
/* Its process has gone. */
void sim_client_leave_network(SimClient *client, SimRealGone how);
uint32_t sim_client_serial(SimClient *client); /* never 0 */
/* A timer at @at_us. */
void sim_client_set_timer(SimClient *client, int64_t at_us, SimClientTimer timer, uint32_t stamp);
void sim_client_trace(SimClient *client, SimTraceKind kind, uint32_t node, int64_t value);
/* Its server changed, or it came or went: the checks want to know. */
void sim_client_moved(SimClient *client);

/* A further stack of @dual's process, not yet started. */
SimClient *sim_client_new_stack(SimWorld *world, const SimClientSpec *spec, struct SimDual *dual,
                                uint32_t leg);
void sim_client_start_stack(SimClient *client);
void sim_client_begin(SimClient *client, SimRequest *request); /* its first try, or it is held */
/* Requests that waited for the start-up are tried. */
void sim_client_release_held(SimClient *client);
/* REGISTER, DEREGISTER, SUBSCRIBE or CONNECT on one stack. */
void sim_client_operate(SimClient *client, SimOp op, DistroService service,
                        DistroPublication publication, uint32_t node, SimClientDone done,
                        void *data);
void sim_client_close_stack(SimClient *client, SimClientDone done, void *data);

/* Entries, NULL if there is none. Pointers hold until the next entry is made or dropped. */
/* 1.x: the entry of the address that @publication has; any entry of @service for DISTRO_NONE. */
SimPublished *sim_client_published(const SimClient *client, DistroService service,
                                   DistroPublication publication);
SimPublished *sim_client_publish(SimClient *client, DistroService service,
                                 DistroPublication publication);
void sim_client_unpublish(SimClient *client, DistroService service, DistroPublication publication);
/* Is @entry of @service, and, in 1.x, of the address that @publication (nullable) has? */
bool sim_client_is_entry_of(const SimClient *client, const SimPublished *entry,
                            DistroService service, DistroPublication publication);
/* Is @publication's address among what it publishes of the service? */
bool sim_client_publishes_place(const SimClient *client, DistroService service,
                                DistroPublication publication);
/* What it publishes of @service, as one publication, when what has the address of @replaced
 * (nullable) is replaced by @by (nullable). */
DistroPublication sim_client_publication_with(const SimClient *client, DistroService service,
                                              DistroPublication replaced, DistroPublication by);

/* --- operations.c --------------------------------------------------------------------------- */
/* A request of its user, who is told of its end; the client must be open (asserted). */
SimRequest *sim_client_user_request(SimClient *client, SimOp op, DistroService service,
                                    DistroPublication publication, SimClientDone done, void *data);
/* News of what its user did: @node UINT32_MAX and @for_us -1 where there is none. */
void sim_client_tell_action(const SimClient *client, SimActionKind kind, DistroService service,
                            DistroPublication publication, uint32_t node, int64_t for_us);

/* --- request.c ------------------------------------------------------------------------------ */
bool sim_client_is_write(SimOp op);
/* @request is an operation by which @after comes to be published. */
void sim_client_begin_operation(SimClient *client, SimRequest *request, DistroPublication after);
/* What is published of @service, by the last acknowledgement. */
DistroPublication sim_client_held(const SimClient *client, DistroService service);
/* The connection that published @service is gone, and what it published with it: an operation that
 * is acknowledged at once. */
void sim_client_drop_held(SimClient *client, DistroService service);
void sim_client_clear_held(SimClient *client); /* it has gone, and no news are told */
/* News of it. */
void sim_client_tell_call(const SimClient *client, bool write, bool ok);
void sim_client_tell_write_failed(const SimClient *client);
void sim_client_tell_ended(const SimClient *client, SimOp op);
/* A new request in hand, not yet begun. Pointers hold until the next one is made or ends. */
SimRequest *sim_client_request(SimClient *client, SimOp op, SimOrigin origin, DistroService service,
                               DistroPublication publication);
SimRequest *sim_client_find_request(const SimClient *client, uint32_t serial); /* or NULL */
/* For a trace's readers: an operation as its user sees it, whatever the SDK does for it. @after is
 * what the client is to publish of @service from now on; a close is SIM_N_OPS of none. The id of
 * the note, which its end asks for. */
uint32_t sim_client_note_invoked(const SimClient *client, SimOp op, DistroService service,
                                 DistroPublication after);
void sim_client_note_returned(const SimClient *client, uint32_t invoked, SimOp op, bool ok,
                              const char *reason);
/* A request of an SDK's task begins an operation, unless what it would bring is held already. */
void sim_client_begin_again(SimClient *client, SimRequest *request, DistroPublication after);
/* Sends a try of @request to @node. @call has its op, bytes, payload and time-out set. */
void sim_client_send(SimClient *client, uint32_t node, SimPurpose purpose, uint32_t serial,
                     SimCall *call);
/* Takes the request out of hand and tells everybody how it ended: call it last. */
void sim_client_end(SimClient *client, uint32_t serial, bool ok, const char *reason);
/* The same, but told by a timer at the present instant: for use inside an operation's call. */
void sim_client_end_soon(SimClient *client, SimRequest *request, bool ok, const char *reason);
const char *sim_client_reason(DistroOutcome outcome);

/* --- cache.c -------------------------------------------------------------------------------- */
SimSubscribed *sim_client_subscribed(const SimClient *client, DistroService service); /* or NULL */
SimSubscribed *sim_client_enter_subscription(SimClient *client, DistroService service);
/* The process starts and reads the lists that @former holds: what it wrote to disk as they came. */
void sim_client_load_cache(SimClient *client, const SimClient *former);
/* A list came for @service, made at @ref_ms by its server's wall clock. Nothing happens if the
 * client has not subscribed to it. */
void sim_client_cache(SimClient *client, DistroService service, uint32_t list, int64_t ref_ms);
/* The same for a known place in any cache. */
void sim_client_write_cell(SimClient *client, SimSubscribed *cell, uint32_t list, int64_t ref_ms);
/* What polls compare: the entry itself, or, in an agent's client, the shared cache's. */
const SimSubscribed *sim_client_polled(const SimClient *client, const SimSubscribed *entry);
/* The same with the list that a subscription or a query was answered with. */
void sim_client_take_answer(SimClient *client, DistroService service, const DistroFrame *answer);

/* --- failover.c ----------------------------------------------------------------------------- */
void sim_failover_replaced(SimClient *client, SimSubscribed *cell); /* its list is about to be */
/* What readers are given of @cell. */
uint32_t sim_failover_list(const SimClient *client, const SimSubscribed *cell);
void sim_failover_timer(SimClient *client);

/* --- poll.c --------------------------------------------------------------------------------- */
/* From now on the list is asked for again; nothing happens if it is already. */
void sim_poll_start(SimClient *client, DistroService service);
void sim_poll_timer(SimClient *client, uint32_t stamp);
void sim_poll_ended(SimClient *client, const SimRequest *request, bool ok);

/* --- grpc.c --------------------------------------------------------------------------------- */
void sim_grpc_init(SimClient *client);
void sim_grpc_start(SimClient *client);
void sim_grpc_begin(SimClient *client, SimRequest *request); /* a user's operation */
void sim_grpc_ended(SimClient *client, const SimRequest *request, bool ok);
void sim_grpc_outcome(SimClient *client, const SimCall *call, DistroOutcome outcome,
                      const DistroFrame *answer);
void sim_grpc_connection_lost(SimClient *client, uint32_t node);
void sim_grpc_timer(SimClient *client, SimClientTimer timer, uint32_t stamp);
void sim_grpc_close(SimClient *client);

/* --- http.c --------------------------------------------------------------------------------- */
void sim_http_init(SimClient *client);
void sim_http_clear(SimClient *client);
void sim_http_begin(SimClient *client, SimRequest *request);
void sim_http_ended(SimClient *client, const SimRequest *request, bool ok);
void sim_http_outcome(SimClient *client, const SimCall *call, DistroOutcome outcome,
                      const DistroFrame *answer);
void sim_http_timer(SimClient *client, SimClientTimer timer, uint32_t stamp);
void sim_http_ask(SimClient *client, SimRequest *request); /* its servers, one after the other */
void sim_http_ask_at(SimClient *client, SimRequest *request, uint32_t node); /* this one first */
void sim_http_prefer(SimClient *client, uint32_t node);
void sim_http_close(SimClient *client, uint32_t close_serial);
/* "ip:port#true" of what @publication publishes. */
DistroClient sim_http_id(SimClient *client, DistroPublication publication);

/* --- balance.c ------------------------------------------------------------------------------ */
/* The server that the next connection reaches, if the way is not the SDK's own list; UINT32_MAX:
 * none. @again: the one before is not asked again, if a name has others. */
uint32_t sim_balance_take(SimClient *client, bool again);
/* How many addresses the SDK knows: one behind a balancer or a name. */
uint32_t sim_balance_addresses(const SimClient *client);
uint64_t sim_balance_digest(const SimClient *client); /* for sim_client_digest */

/* --- beat.c --------------------------------------------------------------------------------- */
/* Its next beat comes in 5 s, or after what the instance's metadata says, and a little later;
 * @first: that of a registration, with no beat before it. */
void sim_beat_arm(SimClient *client, SimPublished *entry, bool first);
/* How long each beat of the process takes, beside the round trip: drawn from the seed. */
int64_t sim_beat_work(const SimClient *client);
void sim_beat_timer(SimClient *client, uint32_t stamp);
void sim_beat_ended(SimClient *client, const SimRequest *request, bool ok); /* or what it led to */
bool sim_beat_is_light(const SimClient *client);
