/* core/v1/replication.h -- the service-based protocol of Nacos 1.x (1.4.8), its state and
 * functions.
 *
 *   datum.c    a service's whole instance list: the store, its checksum, what queries see
 *              (DataStore, Instances, Service, Cluster#updateIps)
 *   writes.c   register, deregister, beat (InstanceController, ServiceManager)
 *   sync.c     changes, collected in two stages and pushed in batches
 *              (DistroHttpCombinedKey*, DistroHttpAgent#syncData)
 *   apply.c    what peers push, and what is asked for (DistroController)
 *   verify.c   digests every 5 s, repair by pulling
 *              (DistroConsistencyServiceImpl#onReceiveChecksums)
 *   health.c   beats that stay away (ClientBeatCheckTask)
 *   status.c   health told among servers every 5 s (ServiceManager.ServiceReporter)
 *
 * The unit is a datum: one service with all its instances. It is pushed, compared and pulled as a
 * whole, and its owner is found by the service's name. There are no leases and no tombstones, and
 * a deletion is never pushed.
 *
 *      data[service] -> instances, by (client, cluster)
 *                       stored: the data store has it, so it is replicated
 *                       listed: what queries are served from; the same instances, unless the store
 *                               lost its datum and the service was not told (incidents NDB-16)
 *      contents[client] -> what the lists show of it */
#pragma once

#include "core/delay.h"
#include "core/due.h"
#include "core/node.h"
#include "core/v1/text.h"

/* Instance. The datum and the service share it: a change of health changes the checksum, though
 * nothing was put. */
typedef struct DistroV1Instance {
    DistroClient client; /* "<ip>:<port>#true": the address is the identity, with the cluster */
    DistroName cluster;
    DistroPublication publication; /* of one listing; its health included */
    int64_t beat_ms;               /* lastBeat: the wall clock of the server that took the beat */
} DistroV1Instance;

typedef struct DistroDatum {
    GArray *instances;  /* DistroV1Instance; NULL: the service is unknown here */
    GArray *publishers; /* DistroClient, ascending; NULL: to be made again */
    bool stored;
    bool summed, health_summed;          /* these are the instances' as they are now: */
    uint8_t md5[DISTRO_MD5_SIZE];        /* Instances#getChecksum */
    uint8_t health_md5[DISTRO_MD5_SIZE]; /* Service#getChecksum */
} DistroDatum;

/* A key that waits to be sent, and a client whose change made it so. */
typedef struct DistroCargo {
    DistroService service;
    DistroClient client;
    DistroPath path;
} DistroCargo;

/* Stage 1 (DistroDelayTask) is of one service and peer, stage 2 (DistroHttpCombinedKeyDelayTask) of
 * one peer and sequence number. */
typedef struct DistroV1Task {
    DistroDelayed delayed;
    DistroName peer;
    uint32_t stage;    /* 1 or 2, once it is a worker's */
    uint32_t services; /* distinct ones in the cargo */
    GArray *cargo;     /* DistroCargo, by (service, client) */
} DistroV1Task;

/* A thread with its queue. A push is synchronous: until it ends, all that is behind it waits. */
typedef struct DistroV1Worker {
    GQueue *jobs; /* DistroV1Task *: of stage 1, to be collected; or of stage 2, to be sent */
    DistroV1Task *sending; /* NULL: idle */
} DistroV1Worker;

/* A digest of one source that is being worked off (syncChecksumTasks). */
typedef struct DistroRun {
    DistroName source;
    uint32_t serial;
    uint64_t call; /* answered when the run ends */
} DistroRun;

typedef struct DistroV1 {
    GArray *data;          /* DistroDatum by service number */
    GArray *services;      /* DistroService: those known, in order of their creation */
    GPtrArray *contents;   /* DistroContent[DISTRO_V1_PAGE] or NULL */
    DistroContent scratch; /* of the last distro_node_client, where store and lists differ */
    uint32_t listed;       /* clients that some list shows */
    uint32_t astray;       /* services that are listed and not stored */
    DistroDues checks;     /* ClientBeatCheckTask: of services */
    /* sync.c */
    DistroDelays changes; /* stage 1 */
    DistroDelays batches; /* stage 2 */
    uint32_t sequence;    /* DistroHttpCombinedKey.SEQUENCE */
    GPtrArray *workers;   /* DistroV1Worker */
    /* verify.c, status.c */
    int64_t verify_at_us;
    int64_t status_at_us;
    GArray *runs; /* DistroRun */
    uint32_t serial;
} DistroV1;

typedef struct DistroV1Node {
    DistroNode node;
    DistroV1 state;
} DistroV1Node;
static inline DistroV1 *distro_v1_of(DistroNode *node)
{
    return &((DistroV1Node *)node)->state;
}
static inline const DistroV1 *distro_v1_seen(const DistroNode *node)
{
    return &((const DistroV1Node *)node)->state;
}
/* The state of this protocol that @node has, to be changed if the node may be. */
#define distro_v1(node)                                                                            \
    _Generic((node), DistroNode *: distro_v1_of, const DistroNode *: distro_v1_seen)(node)

/* --- datum.c ------------------------------------------------------------------------------ */
void distro_datums_init(DistroV1 *v1);
void distro_datums_clear(DistroV1 *v1);
DistroDatum *distro_datum_find(const DistroNode *node, DistroService service); /* NULL: unknown */
/* createEmptyService: it exists from now on, with its beat check. */
DistroDatum *distro_datum_meet(DistroNode *node, DistroService service);
bool distro_datum_owned(const DistroNode *node, DistroService service);
/* DistroConsistencyServiceImpl#onPut: @fresh (transfer full, in order) becomes the datum; then
 * Service#onChange: the lists follow, and who was there keeps the health that it had here. */
void distro_datum_put(DistroNode *node, DistroService service, GArray *fresh, DistroPath path);
/* #onRemove: the datum is gone; the lists follow, or, with the switch off, do not. */
void distro_datum_remove(DistroNode *node, DistroService service);
/* The instances as a new array, none if the datum is not stored. */
GArray *distro_datum_copy(const DistroDatum *datum);
/* Puts @instance into @list in its place; the one with its identity goes. */
void distro_instances_set(GArray *list, const DistroV1Instance *instance);
void distro_instances_drop(GArray *list, DistroClient client);
/* Instance#setHealthy; what queries see follows. */
void distro_instance_set_healthy(DistroNode *node, DistroService service, guint index, bool healthy,
                                 DistroPath path);
bool distro_instance_healthy(const DistroNode *node, const DistroV1Instance *instance);
DistroV1Instance distro_instance_of(DistroNode *node, DistroPublication publication,
                                    int64_t beat_ms);
/* Instances#getChecksum of the datum; the array may be of any service, stored or not. */
const uint8_t *distro_datum_checksum(DistroNode *node, DistroDatum *datum);
char *distro_datum_canonical(const DistroDictionary *dictionary, const GArray *instances);
/* Service#getChecksum: of its health and weights. */
const uint8_t *distro_datum_health_checksum(DistroNode *node, DistroService service,
                                            DistroDatum *datum);
/* Known services in order of their numbers. (transfer container) */
GArray *distro_datums_sorted(const DistroNode *node);
DistroClientView distro_v1_client(const DistroNode *node, DistroClient client);
DistroPublication distro_v1_listed(const DistroNode *node, DistroClient client,
                                   DistroService service);
const DistroClient *distro_v1_publishers(const DistroNode *node, DistroService service,
                                         size_t *count);
size_t distro_v1_replica_bytes(const DistroNode *node, size_t *entries);

/* --- writes.c ----------------------------------------------------------------------------- */
DistroStatus distro_v1_write(DistroNode *node, const DistroWrite *write);
uint32_t distro_v1_tag_hash(const DistroNode *node, const DistroWrite *write);

/* --- sync.c ------------------------------------------------------------------------------- */
void distro_v1_sync_init(DistroV1 *v1);
void distro_v1_sync_clear(DistroV1 *v1);
void distro_v1_sync_boot(DistroNode *node);
/* DistroProtocol#sync: @service, which @client changed, to every peer. */
void distro_v1_sync(DistroNode *node, DistroService service, DistroClient client);
void distro_v1_sync_wake(DistroNode *node);
int64_t distro_v1_sync_wake_at(const DistroNode *node);
void distro_v1_datum_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                             const DistroMessage *answer);
uint32_t distro_v1_queued(const DistroNode *node);

/* --- apply.c ------------------------------------------------------------------------------ */
DistroStatus distro_v1_receive_datums(DistroNode *node, const DistroMessage *message);
void distro_v1_serve_pull(DistroNode *node, uint64_t call, const DistroMessage *request);
void distro_v1_serve_snapshot(DistroNode *node, uint64_t call, const DistroMessage *request);
/* DistroConsistencyServiceImpl#processData. */
void distro_v1_take(DistroNode *node, const DistroMessage *message, DistroPath path);
/* Those of @services that are stored, or all (NULL), as the list of @message. */
void distro_v1_list_datums(DistroNode *node, GBytes *services, DistroMessage *message);

/* --- verify.c ----------------------------------------------------------------------------- */
void distro_v1_verify_wake(DistroNode *node);
void distro_v1_receive_checksums(DistroNode *node, uint64_t call, const DistroMessage *message);
void distro_v1_checksum_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                                const DistroMessage *answer);
void distro_v1_pull_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                            const DistroMessage *answer);

/* --- health.c, status.c ------------------------------------------------------------------- */
/* The next check of @service is a period from now. */
void distro_v1_check_later(DistroNode *node, DistroService service);
void distro_v1_health_wake(DistroNode *node);
int64_t distro_v1_health_wake_at(const DistroNode *node);
/* ClientBeatProcessor: a beat of @client arrived. */
void distro_v1_beat(DistroNode *node, DistroService service, DistroClient client);
void distro_v1_status_wake(DistroNode *node);
DistroStatus distro_v1_receive_status(DistroNode *node, const DistroMessage *message);
void distro_v1_serve_statuses(DistroNode *node, uint64_t call, DistroService service);
void distro_v1_statuses_outcome(DistroNode *node, DistroTicket ticket, DistroOutcome outcome,
                                const DistroMessage *answer);

/* The naming module's HTTP clients (HttpClientManager). */
#define DISTRO_V1_CONNECT_US 5000000
#define DISTRO_V1_READ_US 10000000

#define DISTRO_V1_CHECK_US 5000000 /* ClientBeatCheckTask */

#define DISTRO_V1_PAGE_BITS 8
#define DISTRO_V1_PAGE ((uint32_t)1 << DISTRO_V1_PAGE_BITS)
