/* sim/trace/cause.c -- see cause.h.
 *
 * One table from (what, who, whom, client) to the latest record of that sort. Rows are entered as
 * records come by, and read by those that follow. */
#include "sim/trace/cause.h"

typedef enum What {
    WHAT_TASK,     /* node, peer, client: sync.queued or sync.merged */
    WHAT_SENT,     /* node, peer, client: sync.sent, verify.sent, snapshot.requested */
    WHAT_FAILED,   /* node, peer, client: sync.failed */
    WHAT_AGAIN,    /* node, peer, client: sync.retried, verify.repair */
    WHAT_MISMATCH, /* node, peer, client: verify.mismatch */
    WHAT_ORIGIN,   /* node, client: what changes a view by itself: an expiry, an ejection */
    WHAT_VIEW,     /* node, client: view */
    WHAT_RENEWED,  /* node, client: what last renewed the lease, or made the record */
    WHAT_CUT,      /* from, to: link.cut */
    WHAT_GONE,     /* party: it closed, was killed, crashed, stopped */
    WHAT_LOSS,     /* client: it lost its connection */
    WHAT_REDO,     /* client: client.redo */
    WHAT_PAUSE,    /* node: node.pause */
    WHAT_BOOT,     /* node: node.boot */
} What;

typedef struct Row {
    uint32_t used; /* 0: nothing was ever entered here */
    uint32_t what, who, whom, client;
    uint32_t id; /* 0: forgotten */
    int64_t at_us;
} Row;

/* Open addressing: a recorded run finds several rows for each of millions of records. A row that
 * is forgotten keeps its place, so that those that went past it are still found. */
struct SimCauses {
    Row *rows;
    size_t capacity, n_used; /* a power of two; kept at most half full */
    uint32_t healed_id;      /* of the latest heal of everything */
};

enum {
    FIRST_CAPACITY = 1024
};

SimCauses *sim_causes_new(void)
{
    SimCauses *causes = g_new0(SimCauses, 1);
    causes->capacity = FIRST_CAPACITY;
    causes->rows = g_new0(Row, causes->capacity);
    return causes;
}

void sim_causes_free(SimCauses *causes)
{
    if (causes == NULL) {
        return;
    }
    g_free(causes->rows);
    g_free(causes);
}

/* --- the table ------------------------------------------------------------------------------- */

static size_t hash_row(const Row *row)
{
    uint64_t mixed = ((uint64_t)row->who << 32 | row->client) * 0x9e3779b97f4a7c15u;
    mixed ^= ((uint64_t)row->whom << 8 | row->what) * 0xd6e8feb86659fd93u;
    return (size_t)(mixed ^ mixed >> 32);
}

static bool is_same_row(const Row *one, const Row *other)
{
    return one->what == other->what && one->who == other->who && one->whom == other->whom &&
           one->client == other->client;
}

/* Where @key stands, or belongs. */
static Row *place_of(const SimCauses *causes, const Row *key)
{
    size_t place = hash_row(key) & (causes->capacity - 1);
    while (causes->rows[place].used && !is_same_row(&causes->rows[place], key)) {
        place = (place + 1) & (causes->capacity - 1);
    }
    return &causes->rows[place];
}

static void grow(SimCauses *causes)
{
    Row *old = causes->rows;
    size_t count = causes->capacity;
    causes->capacity *= 2;
    causes->rows = g_new0(Row, causes->capacity);
    for (size_t i = 0; i < count; i++) {
        if (old[i].used) {
            *place_of(causes, &old[i]) = old[i];
        }
    }
    g_free(old);
}

/* NULL: there is none. */
static const Row *find(const SimCauses *causes, What what, uint32_t who, uint32_t whom,
                       uint32_t client)
{
    Row key = { .what = what, .who = who, .whom = whom, .client = client };
    const Row *row = place_of(causes, &key);
    return row->used && row->id != 0 ? row : NULL;
}

static uint32_t recall(const SimCauses *causes, What what, uint32_t who, uint32_t whom,
                       uint32_t client)
{
    const Row *row = find(causes, what, who, whom, client);
    return row != NULL ? row->id : 0;
}

/* The same, but only what happened at this very instant. */
static uint32_t recall_now(const SimCauses *causes, What what, const SimRecord *record,
                           uint32_t whom)
{
    const Row *row = find(causes, what, record->subject, whom, record->client);
    return row != NULL && row->at_us == record->at_us ? row->id : 0;
}

static void enter(SimCauses *causes, What what, uint32_t who, uint32_t whom, uint32_t client,
                  uint32_t id, int64_t at_us)
{
    Row key = { .used = 1, .what = what, .who = who, .whom = whom, .client = client };
    Row *row = place_of(causes, &key);
    if (!row->used) {
        *row = key;
        causes->n_used++;
    }
    row->id = id;
    row->at_us = at_us;
    if (causes->n_used * 2 > causes->capacity) {
        grow(causes);
    }
}

static void forget(SimCauses *causes, What what, uint32_t who, uint32_t whom, uint32_t client)
{
    Row key = { .what = what, .who = who, .whom = whom, .client = client };
    place_of(causes, &key)->id = 0;
}

/* --- what led to a record -------------------------------------------------------------------- */

/* Nothing that a node held survives its process. */
static uint32_t renewal_of(const SimCauses *causes, const SimRecord *record)
{
    uint32_t renewed = recall(causes, WHAT_RENEWED, record->subject, 0, record->client);
    return renewed > recall(causes, WHAT_BOOT, record->subject, 0, 0) ? renewed : 0;
}

static uint32_t cut_of(const SimCauses *causes, SimEndpoint from, SimEndpoint to)
{
    uint32_t cut = recall(causes, WHAT_CUT, from, to, 0);
    cut = MAX(cut, recall(causes, WHAT_CUT, SIM_NO_ENDPOINT, to, 0));
    cut = MAX(cut, recall(causes, WHAT_CUT, from, SIM_NO_ENDPOINT, 0));
    return cut > causes->healed_id ? cut : 0;
}

/* A task is there because it is tried again, or because a view changed. */
static uint32_t task_cause(const SimCauses *causes, const SimRecord *record)
{
    uint32_t again = recall_now(causes, WHAT_AGAIN, record, record->object);
    return again ? again : recall_now(causes, WHAT_VIEW, record, 0);
}

static uint32_t send_cause(const SimCauses *causes, const SimRecord *record)
{
    if (sim_endpoint_is_client(record->subject)) {
        const Row *redo = find(causes, WHAT_REDO, record->subject, 0, 0);
        return redo != NULL && redo->at_us == record->at_us ? redo->id : 0;
    }
    return recall_now(causes, WHAT_SENT, record, record->object);
}

static uint32_t loss_cause(const SimCauses *causes, const SimRecord *record)
{
    uint32_t gone = recall(causes, WHAT_GONE, record->object, 0, 0);
    uint32_t cut = MAX(cut_of(causes, record->subject, record->object),
                       cut_of(causes, record->object, record->subject));
    return MAX(gone, cut);
}

static uint32_t cause_of(const SimCauses *causes, const SimRecord *record)
{
    switch ((int)record->kind) {
    case SIM_TRACE_SEND:
        return send_cause(causes, record);
    case SIM_TRACE_VIEW:
        return recall_now(causes, WHAT_ORIGIN, record, 0);
    case DISTRO_EVENT_SYNC_QUEUED:
    case DISTRO_EVENT_SYNC_MERGED:
        return task_cause(causes, record);
    case DISTRO_EVENT_SYNC_SENT:
    case DISTRO_EVENT_SYNC_DROPPED:
        return recall(causes, WHAT_TASK, record->subject, record->object, record->client);
    case DISTRO_EVENT_SYNC_FAILED:
        return record->value < 0
                   ? recall(causes, WHAT_TASK, record->subject, record->object, record->client)
                   : 0;
    case DISTRO_EVENT_SYNC_RETRIED:
        return recall_now(causes, WHAT_FAILED, record, record->object);
    case DISTRO_EVENT_VERIFY_REPAIR:
        return recall_now(causes, WHAT_MISMATCH, record, record->object);
    case DISTRO_EVENT_LEASE_EXPIRED:
    case DISTRO_EVENT_BEAT_LATE:
    case DISTRO_EVENT_BEAT_EXPIRED:
        return renewal_of(causes, record);
    case SIM_TRACE_MESSAGE_LOST:
    case SIM_TRACE_MESSAGE_REFUSED:
        return record->value == -1 || record->value == 0
                   ? cut_of(causes, record->subject, record->object)
                   : 0;
    case SIM_TRACE_CONNECTION_LOST:
        return loss_cause(causes, record);
    case SIM_TRACE_CLIENT_REDO:
    case SIM_TRACE_CLIENT_SWITCHED:
        return recall(causes, WHAT_LOSS, record->subject, 0, 0);
    case SIM_TRACE_NODE_BOOT:
        return recall(causes, WHAT_GONE, record->subject, 0, 0);
    case SIM_TRACE_NODE_RESUME:
        return recall(causes, WHAT_PAUSE, record->subject, 0, 0);
    case SIM_TRACE_VIOLATION:
        return recall(causes, WHAT_VIEW, record->subject, 0, record->client);
    default:
        return 0;
    }
}

/* --- what a record may lead to --------------------------------------------------------------- */

static void enter_cut(SimCauses *causes, const SimRecord *record, uint32_t id)
{
    enter(causes, WHAT_CUT, record->subject, record->object, 0, id, record->at_us);
}

static void enter_heal(SimCauses *causes, const SimRecord *record, uint32_t id)
{
    if (record->subject == SIM_NO_ENDPOINT && record->object == SIM_NO_ENDPOINT) {
        causes->healed_id = id;
    }
    forget(causes, WHAT_CUT, record->subject, record->object, 0);
    forget(causes, WHAT_CUT, record->object, record->subject, 0);
}

/* A record's birth counts as a renewal, later changes of it do not (PROTOCOL.md 1.3). */
static void enter_applied(SimCauses *causes, const SimRecord *record, uint32_t id)
{
    if (renewal_of(causes, record) == 0) {
        enter(causes, WHAT_RENEWED, record->subject, 0, record->client, id, record->at_us);
    }
}

static void enter_one(SimCauses *causes, What what, const SimRecord *record, uint32_t whom,
                      uint32_t id)
{
    enter(causes, what, record->subject, whom, record->client, id, record->at_us);
}

static void enter_party(SimCauses *causes, What what, const SimRecord *record, uint32_t id)
{
    enter(causes, what, record->subject, 0, 0, id, record->at_us);
}

static void enter_record(SimCauses *causes, const SimRecord *record, uint32_t id)
{
    switch ((int)record->kind) {
    case DISTRO_EVENT_SYNC_QUEUED:
    case DISTRO_EVENT_SYNC_MERGED:
        enter_one(causes, WHAT_TASK, record, record->object, id);
        break;
    case DISTRO_EVENT_SYNC_SENT:
    case DISTRO_EVENT_VERIFY_SENT:
    case DISTRO_EVENT_SNAPSHOT_REQUESTED:
        enter_one(causes, WHAT_SENT, record, record->object, id);
        break;
    case DISTRO_EVENT_SYNC_FAILED:
        enter_one(causes, WHAT_FAILED, record, record->object, id);
        break;
    case DISTRO_EVENT_SYNC_RETRIED:
    case DISTRO_EVENT_VERIFY_REPAIR:
        enter_one(causes, WHAT_AGAIN, record, record->object, id);
        break;
    case DISTRO_EVENT_VERIFY_MISMATCH:
        enter_one(causes, WHAT_MISMATCH, record, record->object, id);
        break;
    case DISTRO_EVENT_LEASE_EXPIRED:
    case DISTRO_EVENT_BEAT_EXPIRED:
    case DISTRO_EVENT_CLIENT_EJECTED:
        forget(causes, WHAT_RENEWED, record->subject, 0, record->client);
        enter_one(causes, WHAT_ORIGIN, record, 0, id);
        break;
    case DISTRO_EVENT_BEAT_LATE:
    case DISTRO_EVENT_BEAT_RECOVERED:
        enter_one(causes, WHAT_ORIGIN, record, 0, id);
        break;
    case DISTRO_EVENT_SYNC_DELETED:
        forget(causes, WHAT_RENEWED, record->subject, 0, record->client);
        break;
    case DISTRO_EVENT_SYNC_APPLIED:
        enter_applied(causes, record, id);
        break;
    case SIM_TRACE_VIEW:
        enter_one(causes, WHAT_VIEW, record, 0, id);
        break;
    case SIM_TRACE_LEASE_RENEWED:
        enter_one(causes, WHAT_RENEWED, record, 0, id);
        break;
    case SIM_TRACE_LINK_CUT:
        enter_cut(causes, record, id);
        break;
    case SIM_TRACE_LINK_HEAL:
        enter_heal(causes, record, id);
        break;
    case SIM_TRACE_CLIENT_CLOSED:
    case SIM_TRACE_CLIENT_KILLED:
    case SIM_TRACE_CLIENT_CRASHED:
    case SIM_TRACE_NODE_CRASH:
    case SIM_TRACE_NODE_STOP:
        enter_party(causes, WHAT_GONE, record, id);
        break;
    case SIM_TRACE_CONNECTION_LOST:
        enter_party(causes, WHAT_LOSS, record, id);
        break;
    case SIM_TRACE_CLIENT_REDO:
        enter_party(causes, WHAT_REDO, record, id);
        break;
    case SIM_TRACE_NODE_PAUSE:
        enter_party(causes, WHAT_PAUSE, record, id);
        break;
    case SIM_TRACE_NODE_BOOT:
        enter_party(causes, WHAT_BOOT, record, id);
        break;
    default:
        break;
    }
}

uint32_t sim_causes_add(SimCauses *causes, const SimRecord *record, uint32_t id)
{
    uint32_t cause = record->cause ? record->cause : cause_of(causes, record);
    enter_record(causes, record, id);
    return cause;
}
