/* sim/trace.c -- records in, a fingerprint and counts out. */
#include "sim/trace.h"

#include <string.h>

__extension__ typedef unsigned __int128 Wide;

struct SimTrace {
    bool recording;
    uint64_t fingerprint;
    uint64_t counts[SIM_N_TRACE_KINDS];
    GArray *records;  /* SimRecord; empty unless recording */
    GPtrArray *texts; /* char *, by number */
};

/* --- names ----------------------------------------------------------------------------------- */

/* As scenario-api 8 spells them; kinds that are missing here are not for scenarios. */
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
    [SIM_TRACE_CLIENT_SWITCHED] = "client.switched",
    [SIM_TRACE_CLIENT_REDO] = "client.redo",
    [SIM_TRACE_CLIENT_REGISTERED] = "client.registered",
    [SIM_TRACE_CLIENT_UPDATED] = "client.updated",
    [SIM_TRACE_CLIENT_DEREGISTERED] = "client.deregistered",
    [SIM_TRACE_CLIENT_FAILED] = "client.failed",
};

const char *sim_trace_kind_name(SimTraceKind kind)
{
    g_assert_cmpuint(kind, <, SIM_N_TRACE_KINDS);
    return kind_names[kind];
}

bool sim_trace_kind_parse(const char *name, SimTraceKind *kind)
{
    for (unsigned i = 0; i < SIM_N_TRACE_KINDS; i++)
        if (kind_names[i] && strcmp(kind_names[i], name) == 0) {
            *kind = (SimTraceKind)i;
            return true;
        }
    return false;
}

/* --- the trace ------------------------------------------------------------------------------- */

SimTrace *sim_trace_new(bool record)
{
    SimTrace *trace = g_new0(SimTrace, 1);
    trace->recording = record;
    trace->fingerprint = 0x243f6a8885a308d3u; /* digits of pi, like the constants below */
    trace->records = g_array_new(FALSE, FALSE, sizeof(SimRecord));
    trace->texts = g_ptr_array_new_with_free_func(g_free);
    return trace;
}

void sim_trace_free(SimTrace *trace)
{
    if (!trace)
        return;
    g_array_unref(trace->records);
    g_ptr_array_unref(trace->texts);
    g_free(trace);
}

static uint64_t multiply_and_fold(uint64_t a, uint64_t b)
{
    Wide product = (Wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Two folded products over four words. Fields are packed by value, so that padding and byte order
 * have no say; the rotation makes the order of records count. */
static uint64_t mix_record(uint64_t hash, const SimRecord *record)
{
    uint64_t what =
        (uint64_t)record->kind | (uint64_t)record->op << 16 | (uint64_t)record->subject << 32;
    uint64_t whom = (uint64_t)record->object | (uint64_t)record->client << 32;
    uint64_t left = multiply_and_fold(hash ^ (uint64_t)record->at_us ^ 0x13198a2e03707344u,
                                      what ^ 0xa4093822299f31d1u);
    uint64_t right = multiply_and_fold((uint64_t)record->value ^ 0x082efa98ec4e6c89u,
                                       whom ^ 0x452821e638d01377u);
    return (left << 23 | left >> 41) ^ right ^ (hash * 0x9e3779b97f4a7c15u);
}

void sim_trace_add(SimTrace *trace, const SimRecord *record)
{
    g_assert_cmpuint(record->kind, <, SIM_N_TRACE_KINDS);
    trace->fingerprint = mix_record(trace->fingerprint, record);
    trace->counts[record->kind]++;
    if (trace->recording)
        g_array_append_vals(trace->records, record, 1);
}

uint64_t sim_trace_fingerprint(const SimTrace *trace)
{
    return trace->fingerprint;
}

uint64_t sim_trace_count(const SimTrace *trace, SimTraceKind kind)
{
    g_assert_cmpuint(kind, <, SIM_N_TRACE_KINDS);
    return trace->counts[kind];
}

const SimRecord *sim_trace_records(const SimTrace *trace, size_t *count)
{
    *count = trace->records->len;
    return (const SimRecord *)(const void *)trace->records->data;
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
