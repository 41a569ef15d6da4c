/* core/v2/replication.h -- the client-based protocol of Nacos 2.x and 3.x.
 *
 *   clients.c    client records, the read index              (ClientManager and its indexes)
 *   sync.c       delayed, merged, retried changes per peer   (DistroProtocol#sync, DistroDelayTask)
 *   apply.c      what peers send: state, deletes, verifies   (DistroClientDataProcessor)
 *   workers.c    the threads that carry both out             (TaskExecuteWorker)
 *   verify.c     periodic digests; a mismatch sends again    (DistroVerifyTimedTask)
 *   load.c       the first snapshot; readiness               (DistroLoadDataTask)
 *   liveness.c   beats, leases, idle connections             (UnhealthyInstanceChecker, cleaners)
 *   order.c      which state is later, who has gone         (a hardened node's; not in Nacos)
 *   writes.c     what clients ask for; forwarding            (ClientOperationService, DistroFilter)
 *
 * A record per client number, in pages; three lists of numbers for what must be walked:
 *
 *      pages[client / 256] -> [record][record]...     record.place --.   record.held --.
 *      natives  [c17][c3]...   our own connections        <----------'                 |
 *      synced   [c5][c9]...    replicas of connections                                 |
 *      beating  [c8][c2]...    ip:port clients, owned or not                           |
 *      extras   [ ][ ]...      of natives and beating; of few others   <---------------'
 *
 *      record   0           4           8              12                          16 bytes
 *              [ held      | revision  | renewed_us   | place 29, kind 2, extra 1 ]
 *
 * Times are exact: a replica whose renewal is not within 2^32 us of the node's base keeps it in an
 * extra, as one of several services does its content. */
#pragma once

#include "core/delay.h"
#include "core/distro.h"

/* Apart from the record: natives and ip:port clients have one, and a replica of a connection whose
 * state does not fit into a record. */
typedef struct DistroClientExtra {
    DistroContent content;
    int64_t renewed_wall_us;
    union {
        int64_t active_wall_us; /* native: last sign of life */
        int64_t heard_wall_us;  /* ip:port: when this node itself last heard it; 0: never */
    };
    GArray *beats_wall_us; /* ip:port: lastHeartBeatTime per publication, parallel to content */
    DistroName vouched_by; /* ip:port: whose VERIFY or state renewed it last */
    uint32_t timer_stamp;  /* ip:port: of its beat check; an older timer is dead */
    uint32_t subscriptions;
    bool probing; /* native: a detection request is under way */
} DistroClientExtra;

typedef enum DistroRecordKind {
    DISTRO_RECORD_ABSENT,
    DISTRO_RECORD_NATIVE,  /* a connection that ends here */
    DISTRO_RECORD_SYNCED,  /* a replica of a connection client */
    DISTRO_RECORD_BEATING, /* an ip:port client */
} DistroRecordKind;

#define DISTRO_PLACE_BITS 29
#define DISTRO_PLACES ((uint32_t)1 << DISTRO_PLACE_BITS)

/* Content, lastRenewTime (lastUpdatedTime of an ip:port client) and extra: through the accessors in
 * node.h, which know where they are. */
typedef struct DistroRecord {
    uint32_t held; /* has_extra: its place in extras; otherwise the one publication, 0: none */
    int32_t revision;
    uint32_t renewed_us;                /* after renewed_base_wall_us; has_extra: there instead */
    uint32_t place : DISTRO_PLACE_BITS; /* in the list of its kind */
    uint32_t kind : 2;                  /* DistroRecordKind */
    uint32_t has_extra : 1;
} DistroRecord;
G_STATIC_ASSERT(sizeof(DistroRecord) == 16);

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

typedef struct DistroBeatTimer {
    int64_t due_us;
    DistroClient client;
    uint32_t stamp;
} DistroBeatTimer;

typedef struct DistroReplication {
    GPtrArray *pages;                   /* DistroRecord[DISTRO_PAGE] or NULL */
    GArray *natives, *synced, *beating; /* DistroClient */
    GArray *publishers;                 /* DistroPublishers by service number */
    GPtrArray *extras;                  /* DistroClientExtra or NULL, owning */
    GArray *free_extras;                /* uint32_t: the places that are NULL */
    int64_t renewed_base_wall_us;       /* of the renewed_us of all records */
    size_t entries;
    /* sync.c */
    DistroDelays delays;
    uint32_t broadcasts;   /* of the delayed tasks, how many are for all peers */
    int64_t scan_wall_us;  /* the wall clock at the last scan */
    DistroTask *in_hand;   /* (nullable) for a worker whose queue is full */
    GPtrArray *workers;    /* DistroWorker */
    int32_t type_hash;     /* of the resource type, a part of every task's key */
    int64_t workers_at_us; /* when the first of them goes on; INT64_MAX: none has anything to do */
    GArray *lagging;       /* DistroLagging, by due time */
    int64_t verify_at_us;
    GArray *verify_tickets; /* DistroTicket, of this step's round */
    GArray *misses;         /* DistroMiss, of this step's VERIFY */
    /* order.c */
    GHashTable *tombstones; /* DistroTombstone by client; look up only */
    GQueue *burials;        /* the same, owning, oldest first */
    /* liveness.c */
    int64_t cleaner_at_us;
    int64_t ejector_at_us;
    uint32_t probes;      /* under way: the ejector waits for them */
    uint32_t timer_stamp; /* the last one given out */
    GQueue *beat_timers;  /* DistroBeatTimer *, by due time: equal periods keep it sorted */
} DistroReplication;

#define DISTRO_PAGE_BITS 8
#define DISTRO_PAGE ((uint32_t)1 << DISTRO_PAGE_BITS)

/* Where @client's record is or would be; NULL if its page is not there. Inline: asked per digest.
 */
static inline DistroRecord *distro_clients_slot(const DistroReplication *v2, DistroClient client)
{
    const guint page = client >> DISTRO_PAGE_BITS;
    DistroRecord *records = page < v2->pages->len ? v2->pages->pdata[page] : NULL;
    return records != NULL ? &records[client & (DISTRO_PAGE - 1)] : NULL;
}

/* --- what the table of this generation names ------------------------------------------------ */
void distro_v2_init(DistroNode *node);
void distro_v2_clear(DistroNode *node);
void distro_v2_request(DistroNode *node, uint64_t call, const DistroMessage *message);
DistroStatus distro_v2_operate(DistroNode *node, const DistroInput *input);
DistroStatus distro_v2_write(DistroNode *node, const DistroWrite *write);
uint32_t distro_v2_tag_hash(const DistroNode *node, const DistroWrite *write);
bool distro_v2_take_snapshot(DistroNode *node, const DistroMessage *answer);
DistroClientView distro_v2_client(const DistroNode *node, DistroClient client);
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

/* --- clients.c ---------------------------------------------------------------------------- */
/* @kind must suit the client's id. The client must be absent. */
DistroRecord *distro_clients_create(DistroNode *node, DistroClient client, DistroRecordKind kind);
/* distro_record_renew (node.h) where the time has to go elsewhere, or the base has to move. */
void distro_clients_renew_far(DistroNode *node, DistroRecord *record, int64_t wall_us);
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
/* isResponsibleClient (distro-protocol 2.3). */
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
int64_t distro_sync_wake_at(DistroNode *node);
/* The members are about to change. */
void distro_sync_members_change(DistroNode *node);
uint32_t distro_sync_pending(const DistroNode *node);
/* Carries out one push: sends it, fails, or finds nothing to do. False: the worker shall pause. */
bool distro_sync_execute(DistroNode *node, DistroWorker *worker, const DistroTask *task);

/* --- workers.c ---------------------------------------------------------------------------- */
void distro_workers_init(DistroReplication *v2);
void distro_workers_boot(DistroNode *node);
/* False if the queue of the push's worker is full. */
bool distro_workers_push(DistroNode *node, const DistroTask *task);
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
/* Index of the worker for a sync task and for a verify task (vectors/task-dispatch.tsv). */
uint32_t distro_sync_worker(const char *resource_key, const char *target, uint32_t workers);
uint32_t distro_verify_worker(const char *target, uint32_t workers);
int32_t distro_sync_task_hash(const char *resource_key, const char *target);

/* --- apply.c ------------------------------------------------------------------------------ */
/* DistroClientDataProcessor#handlerClientSyncData. False: an exception in Nacos. */
bool distro_apply(DistroNode *node, DistroClient client, int32_t revision,
                  const DistroContent *content, DistroPath path, int64_t idle_us);

/* --- order.c ------------------------------------------------------------------------------ */
typedef enum DistroOrder {
    DISTRO_ORDER_EARLIER,
    DISTRO_ORDER_SAME,
    DISTRO_ORDER_VERDICT, /* later by what a node concluded from silence, not by the client's deed
                           */
    DISTRO_ORDER_LATER,
} DistroOrder;
DistroOrder distro_order_compare(int32_t received, int32_t held);
/* The revision after a deed of the client, after a verdict on it. */
int32_t distro_order_deed(const DistroNode *node, int32_t before);
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
/* Is the received state of an ip:port client to be taken over? If not, whoever has to know is told.
 */
bool distro_order_takes(DistroNode *node, DistroClient client, DistroRecord *record,
                        int32_t revision, const DistroContent *content);
/* Sends what we hold to whoever sent the request in hand. */
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
/* Starts the 5 s beat check of a new ip:port client. */
void distro_liveness_watch(DistroNode *node, DistroClient client);
/* A beat of @client for @service arrived: heartbeat time, and healthy again if it was not. */
void distro_liveness_beat(DistroNode *node, DistroClient client, DistroService service);
/* clientDisconnected of any manager. */
void distro_client_disconnected(DistroNode *node, DistroClient client, DistroPath path);
