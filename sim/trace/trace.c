/* sim/trace/trace.c -- records in, a fingerprint and counts out. */
#include "sim/trace/trace.h"

#include <string.h>

#include "sim/trace/cause.h"

__extension__ typedef unsigned __int128 Wide;

enum {
    MOST_RECORDS = 12000000 /* half a gigabyte; the older half goes when they are reached */
};

struct SimTrace {
    bool recording;
    bool sparse;       /* what is gathered in batches leaves no record */
    uint64_t chain;    /* over records in their order */
    uint64_t gathered; /* sum over those whose order within an instant has no say */
    uint64_t counts[SIM_TRACE_FIRST_NOTE];
    GArray *records;   /* SimRecord; empty unless recording */
    uint32_t first_id; /* of the first of them */
    SimCauses *causes; /* NULL unless recording */
    uint32_t because;  /* id of what is being handled; 0: nothing */
    GArray *payloads;  /* SimTracePayload, by record; empty unless recording */
    bool all_payloads;
    GPtrArray *texts;        /* char *, by number */
    GHashTable *attachments; /* GBytes, by record; only looked up in */
};

/* --- names ----------------------------------------------------------------------------------- */

/* As scenarios/API.md 8 spells them; kinds that are missing here are not for scenarios. */
static const char *const kind_names[SIM_N_TRACE_KINDS] = {
    [DISTRO_EVENT_LOADED] = "node.loaded",
    [DISTRO_EVENT_READY] = "node.ready",
    [DISTRO_EVENT_MEMBER_ADDED] = "member.added",
    [DISTRO_EVENT_MEMBER_REMOVED] = "member.removed",
    [DISTRO_EVENT_MEMBER_UP] = "member.up",
    [DISTRO_EVENT_MEMBER_SUSPICIOUS] = "member.suspicious",
    [DISTRO_EVENT_MEMBER_DOWN] = "member.down",
    [DISTRO_EVENT_RPC_CONNECTED] = "rpc.connected",
    [DISTRO_EVENT_RPC_LOST] = "rpc.lost",
    [DISTRO_EVENT_OWNERS_CHANGED] = "owner.changed",
    [DISTRO_EVENT_SYNC_QUEUED] = "sync.queued",
    [DISTRO_EVENT_SYNC_MERGED] = "sync.merged",
    [DISTRO_EVENT_SYNC_SENT] = "sync.sent",
    [DISTRO_EVENT_SYNC_ACKED] = "sync.acked",
    [DISTRO_EVENT_SYNC_FAILED] = "sync.failed",
    [DISTRO_EVENT_SYNC_RETRIED] = "sync.retried",
    [DISTRO_EVENT_SYNC_DROPPED] = "sync.dropped",
    [DISTRO_EVENT_SYNC_APPLIED] = "sync.applied",
    [DISTRO_EVENT_SYNC_DELETED] = "sync.deleted",
    [DISTRO_EVENT_VERIFY_SENT] = "verify.sent",
    [DISTRO_EVENT_VERIFY_OK] = "verify.ok",
    [DISTRO_EVENT_VERIFY_MISMATCH] = "verify.mismatch",
    [DISTRO_EVENT_VERIFY_FAILED] = "verify.failed",
    [DISTRO_EVENT_VERIFY_REPAIR] = "verify.repair",
    [DISTRO_EVENT_SNAPSHOT_REQUESTED] = "snapshot.requested",
    [DISTRO_EVENT_SNAPSHOT_SERVED] = "snapshot.served",
    [DISTRO_EVENT_SNAPSHOT_LOADED] = "snapshot.loaded",
    [DISTRO_EVENT_SNAPSHOT_FAILED] = "snapshot.failed",
    [DISTRO_EVENT_WRITE_FORWARDED] = "write.forwarded",
    [DISTRO_EVENT_WRITE_REFUSED] = "write.refused",
    [DISTRO_EVENT_LEASE_EXPIRED] = "lease.expired",
    [DISTRO_EVENT_BEAT_LATE] = "beat.late",
    [DISTRO_EVENT_BEAT_RECOVERED] = "beat.recovered",
    [DISTRO_EVENT_BEAT_EXPIRED] = "beat.expired",
    [DISTRO_EVENT_CLIENT_EJECTED] = "client.ejected",
    [SIM_TRACE_VERIFY_ABORTED] = "verify.aborted",
    [SIM_TRACE_VERIFY_SKIPPED] = "verify.skipped",
    [SIM_TRACE_STATUS_APPLIED] = "status.applied",
    [SIM_TRACE_NODE_BOOT] = "node.boot",
    [SIM_TRACE_NODE_CRASH] = "node.crash",
    [SIM_TRACE_NODE_STOP] = "node.stop",
    [SIM_TRACE_NODE_PAUSE] = "node.pause",
    [SIM_TRACE_NODE_RESUME] = "node.resume",
    [SIM_TRACE_NODE_SLOW] = "node.slow",
    [SIM_TRACE_NODE_CLOCK] = "node.clock",
    [SIM_TRACE_NODE_JOIN] = "node.join",
    [SIM_TRACE_NODE_LEAVE] = "node.leave",
    [SIM_TRACE_LINK_CUT] = "link.cut",
    [SIM_TRACE_LINK_HEAL] = "link.heal",
    [SIM_TRACE_LINK_DEGRADED] = "link.degraded",
    [SIM_TRACE_LINK_CLOG] = "link.clog",
    [SIM_TRACE_MESSAGE_LOST] = "message.lost",
    [SIM_TRACE_MESSAGE_DELAYED] = "message.delayed",
    [SIM_TRACE_MESSAGE_REFUSED] = "message.refused",
    [SIM_TRACE_MESSAGE_DUPLICATED] = "message.duplicated",
    [SIM_TRACE_MESSAGE_TIMEOUT] = "message.timeout",
    [SIM_TRACE_MESSAGE_REPLY_LOST] = "message.reply_lost",
    [SIM_TRACE_CLIENT_CONNECTED] = "client.connected",
    [SIM_TRACE_CLIENT_CLOSED] = "client.closed",
    [SIM_TRACE_CLIENT_KILLED] = "client.killed",
    [SIM_TRACE_CLIENT_CRASHED] = "client.crashed",
    [SIM_TRACE_CLIENT_SWITCHED] = "client.switched",
    [SIM_TRACE_CLIENT_REDO] = "client.redo",
    [SIM_TRACE_CLIENT_REGISTERED] = "client.registered",
    [SIM_TRACE_CLIENT_UPDATED] = "client.updated",
    [SIM_TRACE_CLIENT_DEREGISTERED] = "client.deregistered",
    [SIM_TRACE_CLIENT_FAILED] = "client.failed",
    [SIM_TRACE_BRIDGE_COPIED] = "bridge.copied",
    [SIM_TRACE_BRIDGE_REMOVED] = "bridge.removed",
    [SIM_TRACE_BRIDGE_STOPPED] = "bridge.stopped",
    [SIM_TRACE_CONFIG_PUBLISHED] = "config.published",
    [SIM_TRACE_CONFIG_DUMPED] = "config.dumped",
    [SIM_TRACE_CONFIG_MISSED] = "config.missed",
    [SIM_TRACE_RAFT_LEADER] = "raft.leader",
    [SIM_TRACE_RAFT_STEPDOWN] = "raft.stepdown",
    [SIM_TRACE_RAFT_VOTE] = "raft.vote",
    [SIM_TRACE_RAFT_COMMIT] = "raft.commit",
    [SIM_TRACE_RAFT_SNAPSHOT] = "raft.snapshot",
};

const char *sim_trace_kind_name(SimTraceKind kind)
{
    g_assert_cmpuint(kind, <, SIM_N_TRACE_KINDS);
    return kind_names[kind];
}

bool sim_trace_kind_parse(const char *name, SimTraceKind *kind)
{
    for (unsigned i = 0; i < SIM_N_TRACE_KINDS; i++) {
        if (kind_names[i] != NULL && strcmp(kind_names[i], name) == 0) {
            *kind = (SimTraceKind)i;
            return true;
        }
    }
    return false;
}

/* --- the trace ------------------------------------------------------------------------------- */

static void clear_payload(void *data)
{
    distro_frame_clear(&((SimTracePayload *)data)->frame);
}

SimTrace *sim_trace_new(bool record)
{
    SimTrace *trace = g_new0(SimTrace, 1);
    trace->recording = record;
    trace->chain = 0x243f6a8885a308d3u; /* digits of pi, like the constants below */
    trace->records = g_array_new(false, false, sizeof(SimRecord));
    trace->first_id = 1;
    trace->payloads = g_array_new(false, false, sizeof(SimTracePayload));
    g_array_set_clear_func(trace->payloads, clear_payload);
    trace->causes = record ? sim_causes_new() : NULL;
    trace->texts = g_ptr_array_new_with_free_func(g_free);
    trace->attachments = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_bytes_unref);
    return trace;
}

void sim_trace_free(SimTrace *trace)
{
    if (trace == NULL) {
        return;
    }
    g_array_unref(trace->records);
    g_ptr_array_unref(trace->texts);
    g_hash_table_unref(trace->attachments);
    g_array_unref(trace->payloads);
    sim_causes_free(trace->causes);
    g_free(trace);
}

static uint64_t multiply_and_fold(uint64_t a, uint64_t b)
{
    Wide product = (Wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* In fingerprints the number behind the clients' operations stands for none. */
static uint64_t op_number(uint16_t op)
{
    if (op < SIM_OP_CORE) {
        return op;
    }
    return op == SIM_N_OPS ? SIM_OP_CORE : (uint64_t)op + 1;
}

/* Two folded products over four words. Fields are packed by value, so that padding and byte order
 * have no say; the rotation makes the order of records count. */
static uint64_t mix_record(uint64_t hash, const SimRecord *record)
{
    uint64_t what =
        (uint64_t)record->kind | op_number(record->op) << 16 | (uint64_t)record->subject << 32;
    uint64_t whom = (uint64_t)record->object | (uint64_t)record->client << 32;
    uint64_t left = multiply_and_fold(hash ^ (uint64_t)record->at_us ^ 0x13198a2e03707344u,
                                      what ^ 0xa4093822299f31d1u);
    uint64_t right = multiply_and_fold((uint64_t)record->value ^ 0x082efa98ec4e6c89u,
                                       whom ^ 0x452821e638d01377u);
    return (left << 23 | left >> 41) ^ right ^ (hash * 0x9e3779b97f4a7c15u);
}

static void forget_older_half(SimTrace *trace)
{
    guint half = trace->records->len / 2;
    g_array_remove_range(trace->records, 0, half);
    trace->first_id += half;
}

static uint32_t keep(SimTrace *trace, const SimRecord *record)
{
    if (trace->records->len == MOST_RECORDS) {
        forget_older_half(trace);
    }
    uint32_t id = trace->first_id + trace->records->len;
    SimRecord kept = *record;
    uint32_t found = sim_causes_add(trace->causes, record, id);
    if (kept.cause == 0) {
        kept.cause = found != 0 ? found : trace->because;
    }
    g_array_append_val(trace->records, kept);
    return id;
}

/* One field after the other: a record has just been written, and to read both at once would make
 * the processor wait until it is. */
static bool is_gathered(const SimRecord *record)
{
    switch ((int)record->kind) {
    case DISTRO_EVENT_VERIFY_SENT:
    case DISTRO_EVENT_VERIFY_OK:
        return true;
    case SIM_TRACE_SEND:
        return record->op == SIM_OP_VERIFY;
    default:
        return false;
    }
}

uint64_t sim_trace_digest(DistroClient client, int64_t value)
{
    return multiply_and_fold((uint64_t)value ^ 0x082efa98ec4e6c89u,
                             (uint64_t)client ^ 0x452821e638d01377u);
}

/* What the records have in common; odd, so that a product with it loses nothing. */
static uint64_t digest_head(const SimRecord *record)
{
    SimRecord head = *record;
    head.client = 0;
    head.value = 0;
    return mix_record(0, &head) | 1;
}

static void gather(SimTrace *trace, const SimRecord *alike, uint64_t count, uint64_t digests)
{
    trace->gathered += digest_head(alike) * digests;
    trace->counts[alike->kind] += count;
}

void sim_trace_add_gathered(SimTrace *trace, const SimRecord *alike, uint64_t count,
                            uint64_t digests)
{
    g_assert_true(is_gathered(alike));
    g_assert_false(sim_trace_wants_each(trace));
    gather(trace, alike, count, digests);
}

uint32_t sim_trace_add(SimTrace *trace, const SimRecord *record)
{
    g_assert_cmpuint(record->kind, <, SIM_TRACE_FIRST_NOTE);
    if (is_gathered(record)) {
        gather(trace, record, 1, sim_trace_digest(record->client, record->value));
    } else {
        trace->chain = mix_record(trace->chain, record);
        trace->counts[record->kind]++;
    }
    return trace->recording ? keep(trace, record) : 0;
}

uint32_t sim_trace_note(SimTrace *trace, const SimRecord *record)
{
    g_assert_cmpuint(record->kind, >=, SIM_TRACE_FIRST_NOTE);
    g_assert_cmpuint(record->kind, <, SIM_N_TRACE_KINDS);
    return trace->recording ? keep(trace, record) : 0;
}

bool sim_trace_recording(const SimTrace *trace)
{
    return trace->recording;
}

bool sim_trace_wants_each(const SimTrace *trace)
{
    return trace->recording && !trace->sparse;
}

void sim_trace_set_sparse(SimTrace *trace)
{
    trace->sparse = true;
}

uint32_t sim_trace_because(SimTrace *trace, uint32_t cause)
{
    uint32_t before = trace->because;
    trace->because = cause;
    return before;
}

uint32_t sim_trace_reason(const SimTrace *trace)
{
    return trace->because;
}

uint64_t sim_trace_fingerprint(const SimTrace *trace)
{
    return trace->gathered == 0 ? trace->chain
                                : multiply_and_fold(trace->chain ^ 0x13198a2e03707344u,
                                                    trace->gathered ^ 0xa4093822299f31d1u);
}

uint64_t sim_trace_count(const SimTrace *trace, SimTraceKind kind)
{
    g_assert_cmpuint(kind, <, SIM_TRACE_FIRST_NOTE);
    return trace->counts[kind];
}

const SimRecord *sim_trace_records(const SimTrace *trace, size_t *count)
{
    *count = trace->records->len;
    return (const SimRecord *)(const void *)trace->records->data;
}

uint32_t sim_trace_first_id(const SimTrace *trace)
{
    return trace->first_id;
}

/* --- payloads -------------------------------------------------------------------------------- */

void sim_trace_want_payloads(SimTrace *trace)
{
    trace->all_payloads = trace->recording;
}

/* A state's revision is worth telling; its record says nothing of it. */
static bool is_state(const DistroFrame *frame)
{
    if (frame->json_size == 0 || distro_wire_is_answer(frame)) {
        return false;
    }
    const DistroOpInfo *info = distro_op_find(distro_wire_op(frame), distro_wire_is_http(frame));
    return info != NULL && info->role == DISTRO_ROLE_STATE && info->request.revision;
}

void sim_trace_keep_payload(SimTrace *trace, uint32_t record, const DistroFrame *frame,
                            const uint64_t words[3])
{
    if (!trace->recording || (!trace->all_payloads && !is_state(frame))) {
        return;
    }
    SimTracePayload payload = { .record = record };
    payload.frame = frame->body != NULL ? distro_frame_ref(frame) : *frame;
    memcpy(payload.words, words, sizeof payload.words);
    g_array_append_val(trace->payloads, payload);
}

const SimTracePayload *sim_trace_payload(const SimTrace *trace, uint32_t record)
{
    guint low = 0, high = trace->payloads->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        const SimTracePayload *payload = &g_array_index(trace->payloads, SimTracePayload, middle);
        if (payload->record == record) {
            return payload;
        }
        if (payload->record < record) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

uint32_t sim_trace_text(SimTrace *trace, const char *text)
{
    g_ptr_array_add(trace->texts, g_strdup(text));
    return trace->texts->len - 1;
}

const char *sim_trace_text_of(const SimTrace *trace, uint32_t number)
{
    g_assert_cmpuint(number, <, trace->texts->len);
    return trace->texts->pdata[number];
}

void sim_trace_attach(SimTrace *trace, uint32_t record, const void *data, size_t size)
{
    if (record != 0) {
        g_hash_table_insert(trace->attachments, GUINT_TO_POINTER(record), g_bytes_new(data, size));
    }
}

GBytes *sim_trace_attached(const SimTrace *trace, uint32_t record)
{
    return g_hash_table_lookup(trace->attachments, GUINT_TO_POINTER(record));
}
