/* sim/trace.h -- what happened, as typed records.
 *
 * Every record is mixed into the run's fingerprint and counted by kind; records are kept only when
 * somebody asked for a trace. Text is made when a trace is read, never when it is written. */
#pragma once

#include "sim/types.h"

/* The families and events of scenario-api section 8, "link.cut" and so on. The first ones are the
 * core's DistroEventKind (same numbers). */
typedef enum SimTraceKind {
    SIM_TRACE_FIRST_OWN = DISTRO_N_EVENTS,
    SIM_TRACE_NODE_BOOT = SIM_TRACE_FIRST_OWN,
    SIM_TRACE_NODE_CRASH,
    SIM_TRACE_NODE_STOP,
    SIM_TRACE_NODE_PAUSE,
    SIM_TRACE_NODE_RESUME,
    SIM_TRACE_NODE_SLOW,
    SIM_TRACE_NODE_CLOCK,
    SIM_TRACE_NODE_JOIN,
    SIM_TRACE_NODE_LEAVE,
    SIM_TRACE_LINK_CUT,
    SIM_TRACE_LINK_HEAL,
    SIM_TRACE_LINK_DEGRADED,
    SIM_TRACE_LINK_CLOG,
    SIM_TRACE_MESSAGE_LOST,    /* retransmitted: value is the delay added; or -1: into a cut,
                                * or dropped for good */
    SIM_TRACE_MESSAGE_DELAYED,
    SIM_TRACE_MESSAGE_REFUSED,
    SIM_TRACE_MESSAGE_DUPLICATED,
    SIM_TRACE_MESSAGE_TIMEOUT,
    SIM_TRACE_MESSAGE_REPLY_LOST,
    SIM_TRACE_CLIENT_CONNECTED,
    SIM_TRACE_CLIENT_CLOSED,
    SIM_TRACE_CLIENT_KILLED,
    SIM_TRACE_CLIENT_SWITCHED,
    SIM_TRACE_CLIENT_REDO,
    SIM_TRACE_CLIENT_REGISTERED,
    SIM_TRACE_CLIENT_UPDATED,
    SIM_TRACE_CLIENT_DEREGISTERED,
    SIM_TRACE_CLIENT_FAILED,
    SIM_TRACE_STEP,      /* a heading of the story; value: number of the text */
    SIM_TRACE_LOG,       /* the story's log(); value: number of the text */
    SIM_TRACE_SEND,      /* bookkeeping of messages: kept in traces, not an event of section 8 */
    SIM_TRACE_VIEW,      /* a replica's read view changed; value: publication after */
    SIM_TRACE_VIOLATION, /* value: number of the text */
    SIM_N_TRACE_KINDS,
} SimTraceKind;

/* "link.cut"; NULL for kinds that are not for must_see. */
const char *sim_trace_kind_name(SimTraceKind kind);
/* False if @name is no event of section 8. */
bool sim_trace_kind_parse(const char *name, SimTraceKind *kind);

typedef struct SimRecord {
    int64_t at_us;
    uint16_t kind;    /* SimTraceKind */
    uint16_t op;      /* SimOp, where one is concerned; else SIM_N_OPS */
    SimEndpoint subject; /* who did it or whom it happened to */
    SimEndpoint object;  /* the other party, or SIM_NO_ENDPOINT */
    DistroClient client; /* or 0 */
    int64_t value;
} SimRecord;

SimTrace *sim_trace_new(bool record);
void sim_trace_free(SimTrace *trace);

/* The one way in. */
void sim_trace_add(SimTrace *trace, const SimRecord *record);
uint64_t sim_trace_fingerprint(const SimTrace *trace);
uint64_t sim_trace_count(const SimTrace *trace, SimTraceKind kind);
/* Kept records in order; none unless recording. */
const SimRecord *sim_trace_records(const SimTrace *trace, size_t *count);
/* Texts of STEP, LOG and VIOLATION records, numbered from 0. Only the numbers enter the
 * fingerprint. */
uint32_t sim_trace_text(SimTrace *trace, const char *text);
const char *sim_trace_text_of(const SimTrace *trace, uint32_t number);
