/* core/distro.h -- one Distro node as a pure state machine.
 *
 * What happened goes in, what must now be done comes out. A node reads no clock, opens no socket
 * and draws no random number: equal inputs in equal order give equal effects, byte for byte.
 *
 *        DistroInput                                     DistroEffects
 *      wake, request, answer,      +-------------+      send, answer, reply, view,
 *      link lost, members,   ----> |  DistroNode | ---> probe, close, event,
 *      operation of a client       +-------------+      and when to wake next
 *
 * Time:    int64_t microseconds. Two clocks, as Nacos has: now_us drives the timers (Java's
 *          nanoTime) and never goes back; wall_us stamps leases, beats and delayed tasks
 *          (currentTimeMillis) and may jump.
 *          After a jump, send a WAKE: what is due by the new time is found then.
 * Calls:   every SEND and every PROBE is followed by exactly one OUTCOME with its ticket, also
 *          after a HANG_UP, which breaks what is under way.
 * Rounds:  a ROUND stands for one VERIFY call per peer and digest, peer by peer: an EVENT
 *          VERIFY_SENT and a SEND each. A host makes them one by one (distro_round_single), or
 *          lets those to one peer travel together where nothing can tell the difference: VERIFY
 *          in, MISSES out; VERIFIED in, MATCHED out. It may hand in digests a little ahead of their
 *          time (.after_us) if nothing else will happen to the node until then.
 * Memory:  running out aborts (GLib); no function here reports it.
 * Threads: one node, one thread; nodes share at most a dictionary, and then its thread. */
#pragma once

#include "core/config.h"
#include "core/dictionary.h"
#include "core/protocol.h"
#include "core/wire.h"

typedef struct DistroNode DistroNode; /* opaque: its fields are node.h's business */

/* Carried through the host from an effect to the input that answers it, untouched. */
typedef struct DistroTicket {
    uint32_t peer; /* DistroName of the called node; for a probe, the DistroClient */
    uint32_t client;
    uint32_t serial;
    uint16_t purpose; /* the node's business */
    uint16_t action;
} DistroTicket;

typedef enum DistroOutcome {
    DISTRO_OUTCOME_ANSWERED,
    DISTRO_OUTCOME_TIMED_OUT,
    DISTRO_OUTCOME_BROKEN,   /* the connection broke while the call was under way */
    DISTRO_OUTCOME_REFUSED,  /* the port is closed */
    DISTRO_OUTCOME_REJECTED, /* the called side is full: the connection stays */
} DistroOutcome;

/* What an owner tells its peers about one client in a round of VERIFY. */
typedef struct DistroDigest {
    DistroClient client;
    int32_t revision;
} DistroDigest;

/* A digest that was answered otherwise than OK. */
typedef struct DistroMiss {
    uint32_t index; /* of the digest, among those given along */
    DistroStatus status;
} DistroMiss;

/* What a registry client, connected to this node, asks for. */
typedef enum DistroOperationKind {
    DISTRO_OPERATION_CONNECT,    /* a gRPC connection was accepted: .client is its id */
    DISTRO_OPERATION_DISCONNECT, /* its transport closed */
    DISTRO_OPERATION_ACTIVE,     /* it sent something else (every request implies this) */
    DISTRO_OPERATION_REGISTER,   /* .publication replaces what .client publishes of .service */
    DISTRO_OPERATION_DEREGISTER,
    DISTRO_OPERATION_SUBSCRIBE, /* .service exists here from now on; who is told of it is the
                                 * host's business */
    DISTRO_OPERATION_WRITE,     /* an HTTP write under /v1/ns: .write, subject to DistroFilter */
} DistroOperationKind;

typedef enum DistroInputKind {
    DISTRO_INPUT_BOOT,      /* first input, once: .members */
    DISTRO_INPUT_WAKE,      /* time has passed */
    DISTRO_INPUT_REQUEST,   /* a peer calls */
    DISTRO_INPUT_OUTCOME,   /* of a call this node made */
    DISTRO_INPUT_LINK_LOST, /* the RPC connection to a peer was reset */
    DISTRO_INPUT_MEMBERS,   /* the configured member list changed */
    DISTRO_INPUT_OPERATION,
    DISTRO_INPUT_VERIFY,   /* a REQUEST for each of several digests, in order */
    DISTRO_INPUT_VERIFIED, /* an OUTCOME, ANSWERED, for each of several digests, in order */
} DistroInputKind;

typedef struct DistroInput {
    DistroInputKind kind;
    int64_t now_us;
    int64_t wall_us;
    union {
        struct {
            const DistroName *addresses; /* "ip:port", self included or not, any order */
            uint32_t count;
        } members; /* BOOT, MEMBERS */
        struct {
            DistroName from; /* address of the caller */
            uint64_t call;   /* comes back in the ANSWER effect */
            const DistroFrame *frame;
        } request;
        struct {
            DistroTicket ticket;
            DistroOutcome outcome;
            const DistroFrame *frame; /* ANSWERED; else NULL */
        } outcome;
        struct {
            DistroName peer;
        } link_lost;
        struct {
            DistroOperationKind kind;
            DistroClient client;
            DistroService service;
            DistroPublication publication;
            DistroWrite write;
            uint64_t call; /* comes back in the REPLY effect; 0: no caller waits */
        } operation;
        struct {
            DistroName from;
            uint64_t call; /* comes back in the MISSES effect */
            const DistroDigest *digests;
            uint32_t count;
            /* (nullable) How much later than now each arrives, ascending; NULL: all now. With it
             * only what matches a replica of a connection is taken, from the first on, and changes
             * no more than a lease. */
            const uint32_t *after_us;
        } verify;
        struct {
            DistroTicket ticket; /* that of the ROUND */
            const DistroDigest *digests;
            uint32_t count;
            const DistroMiss *misses; /* ascending by index */
            uint32_t miss_count;
        } verified;
    };
} DistroInput;

/* How the owner's state came to be sent, for measurements: it travels beside the frame, not in
 * it, since Nacos does not send it. */
typedef enum DistroPath {
    DISTRO_PATH_LOCAL,    /* the node's own client */
    DISTRO_PATH_PUSH,     /* first push of a change */
    DISTRO_PATH_RETRY,    /* a push after a failed one */
    DISTRO_PATH_VERIFY,   /* repair after a failed VERIFY */
    DISTRO_PATH_SNAPSHOT, /* initial load */
    DISTRO_PATH_LEASE,    /* a lease or a beat ran out */
    DISTRO_N_PATHS,
} DistroPath;

/* Things worth observing; the names that scenarios use are in sim/trace/trace.c. */
typedef enum DistroEventKind {
    DISTRO_EVENT_LOADED, /* the initial load is done */
    DISTRO_EVENT_READY,  /* HTTP traffic is served */
    DISTRO_EVENT_MEMBER_ADDED,
    DISTRO_EVENT_MEMBER_REMOVED,
    DISTRO_EVENT_MEMBER_UP,
    DISTRO_EVENT_MEMBER_SUSPICIOUS,
    DISTRO_EVENT_MEMBER_DOWN,
    DISTRO_EVENT_RPC_CONNECTED,
    DISTRO_EVENT_RPC_LOST,
    DISTRO_EVENT_OWNERS_CHANGED, /* the healthy list changed: ask the mapper again */
    DISTRO_EVENT_SYNC_QUEUED,
    DISTRO_EVENT_SYNC_MERGED,
    DISTRO_EVENT_SYNC_SENT, /* value: DistroOp */
    DISTRO_EVENT_SYNC_ACKED,
    DISTRO_EVENT_SYNC_FAILED, /* value: DistroOutcome, or -1 when nothing was sent */
    DISTRO_EVENT_SYNC_RETRIED,
    DISTRO_EVENT_SYNC_DROPPED, /* no such client or no such member any more */
    DISTRO_EVENT_SYNC_APPLIED, /* at the receiver; value: the revision received */
    DISTRO_EVENT_SYNC_DELETED, /* at the receiver */
    DISTRO_EVENT_VERIFY_SENT,
    DISTRO_EVENT_VERIFY_OK,
    DISTRO_EVENT_VERIFY_MISMATCH, /* answered FAIL */
    DISTRO_EVENT_VERIFY_FAILED,   /* no answer, or not sent */
    DISTRO_EVENT_VERIFY_REPAIR,   /* ADD queued; 1.x: keys pulled, value: how many */
    DISTRO_EVENT_SNAPSHOT_REQUESTED,
    DISTRO_EVENT_SNAPSHOT_SERVED, /* value: clients in it */
    DISTRO_EVENT_SNAPSHOT_LOADED,
    DISTRO_EVENT_SNAPSHOT_FAILED,
    DISTRO_EVENT_WRITE_FORWARDED,
    DISTRO_EVENT_WRITE_REFUSED, /* value: DistroStatus */
    DISTRO_EVENT_LEASE_EXPIRED,
    DISTRO_EVENT_BEAT_LATE,
    DISTRO_EVENT_BEAT_RECOVERED,
    DISTRO_EVENT_BEAT_EXPIRED,
    DISTRO_EVENT_CLIENT_EJECTED,
    /* 1.x, at the receiver of a digest or a status */
    DISTRO_EVENT_VERIFY_ABORTED, /* a key in it is the receiver's own; value: its service */
    DISTRO_EVENT_VERIFY_SKIPPED, /* one of the same source is still being worked off */
    DISTRO_EVENT_STATUS_APPLIED, /* value: instances whose health was taken over */
    /* 2.x before 2.1.1: a push of the client waits behind calls to the peer, which is not
     * connected; value: how many of them */
    DISTRO_EVENT_WORKER_WAITS,
    DISTRO_N_EVENTS,
} DistroEventKind;

typedef enum DistroEffectKind {
    DISTRO_EFFECT_SEND,    /* call a peer */
    DISTRO_EFFECT_ANSWER,  /* answer a peer's call */
    DISTRO_EFFECT_REPLY,   /* answer a client's operation */
    DISTRO_EFFECT_VIEW,    /* the read view of one client and service changed */
    DISTRO_EFFECT_PROBE,   /* ask a native connection for a sign of life (ClientDetectionRequest) */
    DISTRO_EFFECT_CLOSE,   /* close a native connection */
    DISTRO_EFFECT_HANG_UP, /* close the RPC connection to a peer that is no member any more */
    DISTRO_EFFECT_EVENT,
    DISTRO_EFFECT_ROUND,   /* a round of VERIFY: many calls to many peers */
    DISTRO_EFFECT_MISSES,  /* answers a VERIFY: every digest OK but these */
    DISTRO_EFFECT_MATCHED, /* an EVENT VERIFY_OK for each digest of a VERIFIED but its misses */
} DistroEffectKind;

typedef struct DistroEffect {
    DistroEffectKind kind;
    union {
        struct {
            DistroTicket ticket; /* .peer is whom to call */
            int64_t timeout_us;  /* from now; then report TIMED_OUT */
            int64_t
                connect_us; /* HTTP: likewise, if no connection stands until then; 0: no bound */
            DistroPath path;
            bool opens;         /* CONNECT: a connection exists from a good answer on */
            bool by_connection; /* needs the open RPC connection; else a call of its own (HTTP) */
            DistroFrame frame;  /* (transfer none) */
        } send;
        struct {
            uint64_t call;
            DistroFrame frame; /* (transfer none) */
        } answer;
        struct {
            uint64_t call;
            DistroStatus status;
        } reply;
        struct {
            DistroClient client;
            DistroService service;
            DistroPublication before, after; /* 0: nothing */
            DistroPath path;
        } view;
        struct {
            DistroTicket ticket;
            DistroClient client;
            int64_t timeout_us;
        } probe;
        struct {
            DistroClient client;
        } close;
        struct {
            DistroName peer;
        } hang_up;
        struct {
            DistroEventKind event;
            DistroName peer;
            DistroClient client;
            int64_t value;
        } event;
        struct {
            const DistroTicket *tickets; /* of each peer; .client is yet to be filled in */
            uint32_t peer_count;
            GBytes *digests; /* (transfer none) DistroDigest: the same for every peer */
            int64_t timeout_us;
        } round;
        struct {
            uint64_t call;
            uint32_t taken;           /* digests, from the first on: all, unless ahead of time */
            const DistroMiss *misses; /* ascending by index */
            uint32_t count;
        } misses;
        struct {
            DistroName peer;
        } matched;
    };
} DistroEffect;

typedef struct DistroEffects {
    const DistroEffect *items;
    size_t count;
    int64_t wake_at_us; /* on the now_us clock; INT64_MAX: never */
} DistroEffects;

/* Create the node that listens at @self, e.g. "10.0.0.1:8848". @config is copied; @dictionary is
 * borrowed and must outlive the node. The first step must be BOOT. */
DistroNode *distro_node_new(const DistroConfig *config, DistroName self,
                            DistroDictionary *dictionary);
void distro_node_free(DistroNode *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DistroNode, distro_node_free)

/* Advance @node by one input and return what must be done because of it.
 *
 * @input is borrowed for the call. The effects are (transfer none) and hold until the next step.
 * Carry them out in array order; wake_at_us replaces the wake-up any earlier step asked for.
 *
 * Cannot fail: a stale, repeated or unexpected message is an ordinary outcome. now_us must not
 * precede the last step's (asserted). */
const DistroEffects *distro_node_step(DistroNode *node, const DistroInput *input);

/* May @node be given VERIFY? A protocol without rounds wants each request by itself. */
bool distro_node_takes_digests(const DistroNode *node);
/* The request VERIFY about one client. */
DistroFrame distro_digest_frame(const DistroDictionary *dictionary, const DistroDigest *digest);
const DistroDigest *distro_round_digests(const DistroEffect *round, uint32_t *count);
/* What @round, a ROUND, stands for: the EVENT and the SEND of one of its peers and digests. */
void distro_round_single(const DistroDictionary *dictionary, const DistroEffect *round,
                         uint32_t peer, uint32_t digest, DistroEffect single[2]);

/* --- reading: costs no time and changes nothing -------------------------------------------- */

typedef enum DistroMemberState {
    DISTRO_MEMBER_UP,
    DISTRO_MEMBER_SUSPICIOUS,
    DISTRO_MEMBER_DOWN,
} DistroMemberState;

typedef struct DistroMemberInfo {
    DistroName address;
    DistroMemberState state;
    bool rpc_running; /* false for self */
} DistroMemberInfo;

typedef struct DistroCounters {
    uint64_t sync_sent, sync_ok, sync_failed, retries;
    uint64_t verify_sent, verify_ok, verify_mismatch, verify_failed, repairs;
} DistroCounters; /* per peer, or their sum */

typedef struct DistroNodeCounters {
    uint64_t applied, leases_expired, beats_late, beats_expired, clients_ejected;
    uint64_t forwarded, forward_failed, load_attempts, loads;
} DistroNodeCounters;

typedef struct DistroNodeState {
    bool initialised; /* DistroProtocol initialised: the initial load is done */
    bool ready;       /* ServerStatusManager says UP */
    uint32_t clients; /* records held */
    uint32_t owned;   /* of them, ephemeral and isResponsibleClient */
    uint32_t pending; /* delayed tasks */
    uint32_t queued;  /* tasks at workers, not yet started */
} DistroNodeState;

DistroNodeState distro_node_state(const DistroNode *node);
DistroNodeCounters distro_node_counters(const DistroNode *node);
/* Since boot; @peer DISTRO_NONE sums over all. */
DistroCounters distro_node_peer_counters(const DistroNode *node, DistroName peer);
/* All configured members, self included, in address order. (transfer none), until the next step */
const DistroMemberInfo *distro_node_members(const DistroNode *node, size_t *count);
/* The mapper's healthy list in its order. */
const DistroName *distro_node_healthy(const DistroNode *node, size_t *count);
/* DistroMapper#responsible and #mapSrv for a client's tag hash, here and now. */
bool distro_node_responsible(const DistroNode *node, uint32_t tag_hash);
DistroName distro_node_owner(const DistroNode *node, uint32_t tag_hash);

typedef struct DistroClientView {
    bool present;
    bool native; /* a connection client whose connection ends here */
    int32_t revision;
    int64_t renewed_wall_us; /* lastRenewTime, or lastUpdatedTime of an ip:port client */
    DistroContent content;   /* (transfer none) */
} DistroClientView;
DistroClientView distro_node_client(const DistroNode *node, DistroClient client);

/* What the read view lists of @client in @service; 0: nothing. In 1.x it can come apart from what
 * distro_node_client has, since queries are not served from the replicated store. */
DistroPublication distro_node_listed(const DistroNode *node, DistroClient client,
                                     DistroService service);
/* Is the node, as it sees its members now, responsible for what the heartbeat client @client
 * publishes of @service (DISTRO_NONE: of nothing yet)? 2.x hashes the client's address, 1.x
 * the service's name. */
bool distro_node_owns(const DistroNode *node, DistroClient client, DistroService service);

/* Clients that the read index lists for @service, ascending. (transfer none), until the next step
 */
const DistroClient *distro_node_publishers(const DistroNode *node, DistroService service,
                                           size_t *count);
/* 64 bits that stand for all of @node's state at that instant, members and their timers, RPC
 * clients, delayed tasks, queues, load, records and leases included: two nodes that are told the
 * same from now on do the same if their digests are equal. Instants count relative to @now_us and
 * @wall_us, counters do not count. Only where distro_node_has_digest says so (asserted). */
uint64_t distro_node_digest(const DistroNode *node, int64_t now_us, int64_t wall_us);
bool distro_node_has_digest(const DistroNode *node);
/* Asserts that @node's counts and indexes agree with what it holds, between steps. Costs a walk.
 */
void distro_node_check(const DistroNode *node);
/* Bytes the node's replica tables take, and how many entries they hold (for benchmarks). */
size_t distro_node_replica_bytes(const DistroNode *node, size_t *entries);
