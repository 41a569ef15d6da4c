/* core/v2/replication.h -- the client-based protocol of Nacos 2.x and 3.x.
 *
 *   clients.c    clients come, publish, go; the read index   (ClientManager and its indexes)
 *   records.c    where their records lie
 *   sync.c       delayed, merged, retried changes per peer   (DistroProtocol#sync, DistroDelayTask)
 *   apply.c      what peers send: state, deletes, verifies   (DistroClientDataProcessor)
 *   workers.c    the threads that carry both out             (TaskExecuteWorker)
 *   verify.c     periodic digests; a mismatch sends again    (DistroVerifyTimedTask)
 *   liveness.c   beats, leases, idle connections             (UnhealthyInstanceChecker, cleaners)
 *   order.c      which state is later, who has gone         (a hardened node's; not in Nacos)
 *   writes.c     what clients ask for; forwarding            (ClientOperationService, DistroFilter)
 *
 * Numbers of clients are dense and are not given again, while clients come and go. So a page of 64
 * numbers says by a bit who is here, and holds the records of those alone, in order:
 *
 *      pages[client / 64]   present  1 . . 1 1 . . .    the bits of 0, 3 and 4
 *                           natives  . . . 1 . . . .    of them, the connections that end here
 *                           records  [0][3][4]
 *
 *      record   0                       4                                     8 bytes
 *              [ held 24, revision 8   | renewed_us 28, kind 2, has_extra 1  ]
 *
 *      extras   [ ][ ]...   at record.held, of records with has_extra
 *
 * That is enough for a connection client, ours or not, as it usually is. The few others keep what
 * does not fit in an extra, for as long as it does not: several services, many revisions, a probe
 * under way, a renewal that is not within 2^28 us of the node's base. So times are exact whatever
 * the clock does. */
#pragma once

#include "core/delay.h"
#include "core/due.h"
#include "core/node.h"
#include "core/v2/text.h"

/* Apart from the record: every ip:port client has one, and a connection client whose state does
 * not fit into its record. */
typedef struct DistroClientExtra {
    DistroContent content;
    int64_t renewed_wall_us;
    union {
        int64_t heard_wall_us; /* ip:port: when this node itself last heard it; 0: never */
        bool probing;          /* native: a detection request is under way */
    };
    union { /* ip:port: lastHeartBeatTime, parallel to content */
        int64_t beat_wall_us;
        int64_t *beats_wall_us; /* owned; of several publications */
    };
    DistroClient client; /* whose it is */
    int32_t revision;
    DistroName vouched_by; /* ip:port: whose VERIFY or state renewed it last */
    uint32_t timer_stamp;  /* ip:port: of its beat check; an older timer is dead */
} DistroClientExtra;
G_STATIC_ASSERT(sizeof(DistroClientExtra) <= 64);

typedef enum DistroRecordKind {
    DISTRO_RECORD_NATIVE,  /* a connection that ends here */
    DISTRO_RECORD_SYNCED,  /* a replica of a connection client */
    DISTRO_RECORD_BEATING, /* an ip:port client */
    DISTRO_RECORD_NONE,    /* of a client that no manager takes: never in a record */
    DISTRO_N_RECORD_KINDS = DISTRO_RECORD_NONE,
} DistroRecordKind;

#define DISTRO_HELD_BITS 24
#define DISTRO_REVISION_BITS 8
#define DISTRO_RENEWED_BITS 28

/* Content, revision, time and extra: through the accessors below, which know where they are. */
typedef struct DistroRecord {
    uint32_t held : DISTRO_HELD_BITS; /* its place in extras, or its one publication, 0: none */
    uint32_t revision : DISTRO_REVISION_BITS;
    uint32_t renewed_us : DISTRO_RENEWED_BITS; /* after renewed_base_wall_us */
    uint32_t kind : 2;                         /* DistroRecordKind */
    uint32_t has_extra : 1;                    /* content, revision and time are there */
} DistroRecord;
G_STATIC_ASSERT(sizeof(DistroRecord) == 8);

#define DISTRO_PAGE 64

typedef struct DistroPage {
    uint64_t present, natives;
    DistroRecord *records; /* of those present, ascending */
} DistroPage;

typedef struct DistroPublishers {
    DistroClient *items; /* ascending; NULL: this node has never heard of the service */
    uint32_t count, capacity;
} DistroPublishers;

/* One pending change for one peer (DistroDelayTask): no payload, only what to do and when. */
typedef struct DistroTask {
    DistroDelayed delayed; /* its key: client << 32 | peer */
    DistroClient client;
    DistroName peer; /* DISTRO_NONE: for all of them (sync.c) */
    uint32_t slot;   /* where among the members the peer was last */
    DistroOp action; /* CHANGE (ADD is a CHANGE without delay) or DELETE */
    DistroPath path;
    int64_t created_wall_us;
} DistroTask;

typedef struct DistroWorker DistroWorker; /* workers.c's */

/* A ClientChanged that waits in its queue (distrosim.changeEventLagMs). */
typedef struct DistroLagging {
    int64_t due_us;
    DistroClient client;
} DistroLagging;

typedef struct DistroReplication {
    /* records.c */
    DistroPage *pages;
    uint8_t *rooms; /* parallel to pages: how many records have room there */
    uint32_t page_count, page_capacity;
    uint32_t counts[DISTRO_N_RECORD_KINDS]; /* of records */
    DistroClientExtra *extras;
    uint32_t extra_count, extra_capacity;
    int64_t renewed_base_wall_us; /* of the renewed_us of all records */
    /* clients.c */
    GArray *publishers; /* DistroPublishers by service number */
    GArray *beats;      /* int64_t: of what is being published */
    /* sync.c */
    DistroDelays delays;
    uint32_t broadcasts;  /* of the delayed tasks, how many are for all peers */
    int64_t scan_wall_us; /* the wall clock at the last scan */
    DistroTask *in_hand;  /* (nullable) for a worker whose queue is full */
    GArray *lagging;      /* DistroLagging, by due time */
    /* workers.c */
    GPtrArray *workers;    /* DistroWorker */
    int64_t workers_at_us; /* when the first of them goes on; INT64_MAX: none has anything to do */
    /* verify.c and apply.c */
    int64_t verify_at_us;
    GArray *verify_tickets; /* DistroTicket, of this step's round */
    GArray *misses;         /* DistroMiss, of this step's VERIFY */
    /* order.c */
    GHashTable *tombstones;  /* DistroTombstone by client; look up only */
    GQueue *tombstone_order; /* the same, owning, oldest first */
    /* liveness.c */
    GArray *expired; /* DistroClient: what a cleaner found */
    int64_t cleaner_at_us;
    int64_t ejector_at_us;
    uint32_t probes;        /* under way: the ejector waits for them */
    uint32_t timer_stamp;   /* the last one given out */
    DistroDues beat_checks; /* of clients */
} DistroReplication;

typedef struct DistroV2Node {
    DistroNode node;
    DistroReplication state;
} DistroV2Node;
static inline DistroReplication *distro_v2_of(DistroNode *node)
{
    return &((DistroV2Node *)node)->state;
}
static inline const DistroReplication *distro_v2_seen(const DistroNode *node)
{
    return &((const DistroV2Node *)node)->state;
}
/* The state of this protocol that @node has, to be changed if the node may be. */
#define distro_v2(node)                                                                            \
    _Generic((node), DistroNode *: distro_v2_of, const DistroNode *: distro_v2_seen)(node)

/* What a table of @count has room for ahead, and keeps at most twice: an eighth, so that a large
 * one seldom moves, yet many small ones waste little. */
static inline uint32_t distro_spare(uint32_t count)
{
    return MAX(4, count / 8);
}

static inline uint64_t distro_page_bit(DistroClient client)
{
    return (uint64_t)1 << client % DISTRO_PAGE;
}

/* In place, since the compiler's own is a call where it may not take the processor's. */
static inline guint distro_count_bits(uint64_t bits)
{
    bits -= bits >> 1 & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (guint)(bits * 0x0101010101010101 >> 56);
}

/* @client's record, or NULL. Good until a client comes or goes. Inline: asked per digest. */
static inline DistroRecord *distro_records_find(const DistroReplication *v2, DistroClient client)
{
    if (client / DISTRO_PAGE >= v2->page_count) {
        return NULL;
    }
    const DistroPage *page = &v2->pages[client / DISTRO_PAGE];
    const uint64_t bit = distro_page_bit(client);
    return (page->present & bit) != 0 ? &page->records[distro_count_bits(page->present & (bit - 1))]
                                      : NULL;
}

/* Over all clients, ascending; none may come or go meanwhile. Starts with .v2 alone. */
typedef struct DistroWalk {
    const DistroReplication *v2;
    DistroClient client; /* that was returned last */
    uint32_t page_next;
    uint64_t left; /* of the page in hand */
    DistroRecord *next;
} DistroWalk;

/* NULL at the end. */
static inline DistroRecord *distro_walk_next(DistroWalk *walk)
{
    while (walk->left == 0) {
        if (walk->page_next == walk->v2->page_count) {
            return NULL;
        }
        const DistroPage *page = &walk->v2->pages[walk->page_next++];
        walk->left = page->present;
        walk->next = page->records;
    }
    walk->client = (walk->page_next - 1) * DISTRO_PAGE + (DistroClient)__builtin_ctzll(walk->left);
    walk->left &= walk->left - 1;
    return walk->next++;
}

/* --- what the table of this protocol names -------------------------------------------------- */
void distro_v2_init(DistroNode *node);
void distro_v2_clear(DistroNode *node);
void distro_v2_request(DistroNode *node, uint64_t call, const DistroMessage *message);
void distro_v2_digest(const DistroNode *node, struct DistroDigester *digester); /* digest.c */
void distro_v2_check(const DistroNode *node);                                   /* paranoid.c */
void distro_task_digest(struct DistroDigester *digester, const DistroTask *task);
void distro_workers_digest(const DistroNode *node, struct DistroDigester *digester);
void distro_tombstones_digest(const DistroNode *node, struct DistroDigester *digester);
DistroStatus distro_v2_operate(DistroNode *node, const DistroInput *input);
DistroStatus distro_v2_write(DistroNode *node, const DistroWrite *write);
uint32_t distro_v2_tag_hash(const DistroNode *node, const DistroWrite *write);
bool distro_v2_take_snapshot(DistroNode *node, const DistroMessage *answer);
DistroClientView distro_v2_client(const DistroNode *node, DistroClient client);
DistroPublication distro_v2_listed(const DistroNode *node, DistroClient client,
                                   DistroService service);
const DistroClient *distro_v2_publishers(const DistroNode *node, DistroService service,
                                         size_t *count);
size_t distro_v2_replica_bytes(const DistroNode *node, size_t *entries);

void distro_v2_verify(DistroNode *node, const DistroInput *input);

void distro_v2_verified(DistroNode *node, const DistroInput *input);

/* --- outcomes of its calls ------------------------------------------------------------------ */
void distro_v2_sync_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                            const DistroMessage *answer);
void distro_v2_verify_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                              const DistroMessage *answer);
void distro_v2_probe_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome);

/* --- records.c ---------------------------------------------------------------------------- */
void distro_records_clear(DistroReplication *v2);
/* An empty record of @client, who must be absent. */
DistroRecord *distro_records_add(DistroReplication *v2, DistroClient client, DistroRecordKind kind);
void distro_records_remove(DistroReplication *v2, DistroClient client);
/* The first native above *@client, who becomes *@client; NULL if there is none. */
DistroRecord *distro_records_next_native(const DistroReplication *v2, DistroClient *client);
/* @record's extra, made if there is none: what the record holds moves there. It moves back with the
 * next change that lets it. Good until another is made or dropped. */
DistroClientExtra *distro_records_extend(DistroNode *node, DistroClient client,
                                         DistroRecord *record);
/* (transfer full) */
void distro_record_set_content(DistroNode *node, DistroClient client, DistroRecord *record,
                               DistroContent content);
void distro_record_set_revision(DistroNode *node, DistroClient client, DistroRecord *record,
                                int32_t revision);
/* distro_record_renew (below) where the time has to go elsewhere, or the base has to move. */
void distro_record_renew_far(DistroNode *node, DistroClient client, DistroRecord *record,
                             int64_t wall_us);
/* All heartbeat times of the ip:port client of @record are @wall_us. */
void distro_record_set_beats(const DistroNode *node, const DistroRecord *record, int64_t wall_us);
size_t distro_records_bytes(const DistroReplication *v2);

/* --- clients.c ---------------------------------------------------------------------------- */
/* @kind must suit the client's id. The client must be absent. */
DistroRecord *distro_clients_create(DistroNode *node, DistroClient client, DistroRecordKind kind);
/* Drops the record and its entries in the read index (the Release event). */
void distro_clients_remove(DistroNode *node, DistroClient client, DistroPath path);
/* What @client publishes is now @content (transfer full): index and view follow. Services whose
 * publication differs get now as heartbeat time. Returns how many services changed. */
uint32_t distro_clients_publish(DistroNode *node, DistroClient client, DistroRecord *record,
                                DistroContent content, DistroPath path);
/* ServiceManager: a service exists on this node from its first registration, replica or
 * subscription on (the cleaner of empty services is left out). */
bool distro_clients_know_service(const DistroNode *node, DistroService service);
void distro_clients_meet_service(DistroNode *node, DistroService service);
uint32_t distro_clients_count(const DistroNode *node);
/* isResponsibleClient (PROTOCOL.md 2.3). */
bool distro_clients_owned(const DistroNode *node, DistroClient client, const DistroRecord *record);
/* AbstractClient#recalculateRevision. */
void distro_clients_recalculate(DistroNode *node, DistroClient client, DistroRecord *record);

/* --- sync.c ------------------------------------------------------------------------------- */
void distro_sync_init(DistroReplication *v2);
void distro_sync_clear(DistroReplication *v2);
void distro_sync_boot(DistroNode *node);
/* ClientChanged and ClientDisconnect: to every peer, if the client is ours. */
void distro_sync_changed(DistroNode *node, DistroClient client, const DistroRecord *record);
void distro_sync_removed(DistroNode *node, DistroClient client, bool owned);
void distro_sync_to(DistroNode *node, DistroClient client, DistroName peer, DistroOp action,
                    int64_t delay_us, DistroPath path);
void distro_sync_wake(DistroNode *node);
int64_t distro_sync_wake_at(const DistroNode *node);
/* The members are about to change: who are all of them is settled for what waits. */
void distro_sync_members_change(DistroNode *node);
uint32_t distro_sync_pending(const DistroNode *node);
/* Carries out one push: sends it, fails, or finds nothing to do. False: the worker shall pause. */
bool distro_sync_execute(DistroNode *node, DistroWorker *worker, const DistroTask *task);

/* --- workers.c ---------------------------------------------------------------------------- */
void distro_workers_init(DistroReplication *v2);
void distro_workers_boot(DistroNode *node);
/* False if the queue of the push's worker is full. */
bool distro_workers_push(DistroNode *node, const DistroTask *task);
/* The same of a broadcast's part for the member at @slot. */
bool distro_workers_push_part(DistroNode *node, const DistroTask *broadcast, uint32_t slot);
/* One round of VERIFYs to @peer: @items (DistroDigest) is referenced. */
void distro_workers_verify(DistroNode *node, DistroName peer, GArray *items);
bool distro_workers_can_verify(const DistroNode *node); /* no queue is full */
/* All workers go on as far as they can. */
void distro_workers_run(DistroNode *node);
uint32_t distro_workers_queued(const DistroNode *node);
/* Can @worker send to @member? NOT_YET: it pauses and asks again. */
typedef enum DistroReach {
    DISTRO_REACH_NO,
    DISTRO_REACH_YES,
    DISTRO_REACH_NOT_YET,
} DistroReach;
DistroReach distro_worker_reach(const DistroNode *node, DistroWorker *worker,
                                const DistroMember *member);
/* What decides which worker a sync task goes to (distro_worker_of_hash), from the hashes of the
 * client's id and the peer's address; and the worker of a verify task (vectors/task-dispatch.tsv).
 */
int32_t distro_sync_task_hash(int32_t client_hash, int32_t target_hash);
uint32_t distro_verify_worker(const char *target, uint32_t workers);

/* --- order.c ------------------------------------------------------------------------------ */
typedef enum DistroOrder {
    DISTRO_ORDER_EARLIER,
    DISTRO_ORDER_SAME,
    DISTRO_ORDER_VERDICT, /* later by what a node concluded from silence */
    DISTRO_ORDER_LATER,
} DistroOrder;
DistroOrder distro_order_compare(int32_t received, int32_t held);
/* The revision after an action of the client, after a verdict on it. */
int32_t distro_order_action(const DistroNode *node, int32_t before);
int32_t distro_order_verdict(const DistroNode *node, int32_t before);
/* The ip:port client of @record has just asked this node for something, or beaten. */
void distro_order_heard(const DistroNode *node, DistroRecord *record);
/* May this node push changes of @client: as its owner, or as the one who hears it? */
bool distro_order_speaks_for(const DistroNode *node, DistroClient client,
                             const DistroRecord *record);
/* Does this node VERIFY the ip:port client @client? */
bool distro_order_verifies(const DistroNode *node, DistroClient client, const DistroRecord *record);
/* Is a good VERIFY of that client a sign of life? */
bool distro_order_renews(const DistroNode *node, const DistroRecord *record);
/* Is the received state of an ip:port client to be taken over? If not, the sender is told
 * where it must know. */
bool distro_order_takes(DistroNode *node, DistroClient client, DistroRecord *record,
                        int32_t revision, const DistroContent *content);
/* Sends what is held here to the sender of the request in hand. */
void distro_order_send_back(DistroNode *node, DistroClient client);
void distro_tombstone_set(DistroNode *node, DistroClient client);
void distro_tombstone_lift(DistroNode *node, DistroClient client);
bool distro_tombstone_stands(const DistroNode *node, DistroClient client);
void distro_tombstones_init(DistroReplication *v2);
void distro_tombstones_clear(DistroReplication *v2);

/* --- the rest ----------------------------------------------------------------------------- */
void distro_verify_wake(DistroNode *node);
/* Carries out one item of a round that went to a worker. False: the worker shall pause. */
bool distro_verify_execute(DistroNode *node, DistroWorker *worker, DistroName peer,
                           const DistroDigest *item);
void distro_liveness_boot(DistroNode *node);
void distro_liveness_wake(DistroNode *node);
int64_t distro_liveness_wake_at(const DistroNode *node);
/* A sign of life of the native @client. */
void distro_liveness_alive(DistroNode *node, DistroClient client, DistroRecord *record);
/* Starts the 5 s beat check of a new ip:port client. */
void distro_liveness_watch(DistroNode *node, DistroClient client, const DistroRecord *record);
/* A beat of @client for @service arrived: heartbeat time, and healthy again if it was not. */
void distro_liveness_beat(DistroNode *node, DistroClient client, DistroService service);
/* clientDisconnected of any manager. */
void distro_client_disconnected(DistroNode *node, DistroClient client, DistroPath path);

/* --- what a record holds, wherever it lies -------------------------------------------------- */

static inline DistroRecord *distro_clients_find(const DistroNode *node, DistroClient client)
{
    return distro_records_find(distro_v2(node), client);
}

/* NULL for most connections. */
static inline DistroClientExtra *distro_record_extra(const DistroNode *node,
                                                     const DistroRecord *record)
{
    return record->has_extra ? &distro_v2(node)->extras[record->held] : NULL;
}

/* lastHeartBeatTime of each publication of an ip:port client. Good until it publishes something
 * else. */
static inline int64_t *distro_record_beats(const DistroNode *node, const DistroRecord *record)
{
    DistroClientExtra *extra = distro_record_extra(node, record);
    return extra->content.count > 1 ? extra->beats_wall_us : &extra->beat_wall_us;
}

/* (transfer none) Good until the client publishes something else. */
static inline DistroContent distro_record_content(const DistroNode *node,
                                                  const DistroRecord *record)
{
    if (record->has_extra) {
        return distro_record_extra(node, record)->content;
    }
    return (DistroContent) { .count = record->held != 0, .only = record->held };
}

static inline int32_t distro_record_revision(const DistroNode *node, const DistroRecord *record)
{
    return record->has_extra ? distro_record_extra(node, record)->revision
                             : (int32_t)record->revision;
}

/* Of a replica lastRenewTime, of an ip:port client lastUpdatedTime, of a native the last sign of
 * life. */
static inline int64_t distro_record_renewed(const DistroNode *node, const DistroRecord *record)
{
    return record->has_extra ? distro_record_extra(node, record)->renewed_wall_us
                             : distro_v2(node)->renewed_base_wall_us + record->renewed_us;
}

static inline void distro_record_renew(DistroNode *node, DistroClient client, DistroRecord *record,
                                       int64_t wall_us)
{
    const uint64_t after_us = (uint64_t)(wall_us - distro_v2(node)->renewed_base_wall_us);
    if (!record->has_extra && after_us >> DISTRO_RENEWED_BITS == 0) {
        record->renewed_us = (uint32_t)after_us & (((uint32_t)1 << DISTRO_RENEWED_BITS) - 1);
    } else {
        distro_record_renew_far(node, client, record, wall_us);
    }
}
