/* sim/trace/trace.h -- what happened, as typed records, each with its cause.
 *
 * Every record is mixed into the run's fingerprint and counted by kind; records are kept only when
 * somebody asked for a trace. Text is made when a trace is read, never when it is written.
 *
 * Of a VERIFY that goes well the records are gathered: they enter the fingerprint as a sum, so that
 * those of a whole round can enter together. The instant is part of what is added up; only the
 * order within it has no say.
 *
 *      fingerprint = chain over all other records  (+)  sum of head(at, kind, op, who, whom)
 *                                                              x digest(client, value)
 *
 * A kept record has an id, counted from 1, and names the record that led to it. Notes are records
 * for readers of the trace alone: they are kept too, but neither counted nor in the fingerprint, so
 * that recording changes nothing.
 *
 *      SEND <- DELIVERED <- sync.applied, view     what a node does because of a message
 *                 ^-- ANSWERED <- ARRIVED <- sync.acked
 *      sync.queued <- sync.sent <- SEND <- message.lost <- message.timeout <- sync.failed <- ...
 *
 * The newest few million records are kept; a cause older than these names nothing. */
#pragma once

#include "sim/base/types.h"

/* The families and events of scenarios/API.md section 8, "link.cut" and so on. The first ones are
 * the core's DistroEventKind (same numbers), but for those of 1.x, which come behind the world's,
 * so that the numbers in fingerprints stay what they were. */
typedef enum SimTraceKind {
    SIM_TRACE_FIRST_OWN = DISTRO_EVENT_VERIFY_ABORTED,
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
    SIM_TRACE_MESSAGE_LOST, /* retransmitted: value is the delay added; or -1: into a cut,
                             * or dropped for good; or -2: object accepts no more connections;
                             * or -3, SIM_TRACE_DAMAGED; or -4, SIM_TRACE_CANCELLED */
    SIM_TRACE_MESSAGE_DELAYED,
    SIM_TRACE_MESSAGE_REFUSED, /* value: 1 if object rejected it for want of room, else 0 */
    SIM_TRACE_MESSAGE_DUPLICATED,
    SIM_TRACE_MESSAGE_TIMEOUT,
    SIM_TRACE_MESSAGE_REPLY_LOST, /* value: -1, or SIM_TRACE_DAMAGED */
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
    SIM_TRACE_VERIFY_ABORTED, /* here those of 1.x begin, in the core's order */
    SIM_TRACE_VERIFY_SKIPPED,
    SIM_TRACE_STATUS_APPLIED,
    SIM_TRACE_BRIDGE_COPIED,    /* a worker's registration was acknowledged; value: publication */
    SIM_TRACE_BRIDGE_REMOVED,   /* its deregistration; value: publication */
    SIM_TRACE_BRIDGE_STOPPED,   /* a worker ended, or its task (value: service) */
    SIM_TRACE_CONFIG_PUBLISHED, /* value: version, as for the others */
    SIM_TRACE_CONFIG_DUMPED,    /* subject serves it from now on */
    SIM_TRACE_CONFIG_MISSED,    /* subject's change worker has passed it over */
    SIM_TRACE_CLIENT_CRASHED,
    SIM_TRACE_RAFT_LEADER,   /* value: term, as for the next two */
    SIM_TRACE_RAFT_STEPDOWN, /* subject led and does no more */
    SIM_TRACE_RAFT_VOTE,     /* subject votes for object */
    SIM_TRACE_RAFT_COMMIT,   /* value: index up to which subject knows that it is */
    SIM_TRACE_RAFT_SNAPSHOT, /* subject took one, or was sent one (object); value: index */
    SIM_TRACE_FIRST_NOTE,
    SIM_TRACE_DELIVERED = SIM_TRACE_FIRST_NOTE, /* subject called object, which has it now */
    SIM_TRACE_ANSWERED,                         /* subject answered object; value: DistroStatus */
    SIM_TRACE_ARRIVED,         /* subject has object's answer; value: DistroStatus */
    SIM_TRACE_BROKEN,          /* subject's call to object ended with its connection */
    SIM_TRACE_CONNECTION_LOST, /* subject has lost the connection with object */
    SIM_TRACE_INTERCEPTED,     /* value: 1 << SimInterceptAction, several together */
    SIM_TRACE_BRIDGE_PASS,     /* a worker compares its lists; value: SimPassReason */
    SIM_TRACE_INVOKED,         /* subject, a client, begins an operation for its user; value:
                                * service << 32 | what it is to publish of it from now on */
    SIM_TRACE_RETURNED,        /* its user is told how it ended; cause: INVOKED; value: 1 if it was
                                * acknowledged; attached: why not */
    SIM_TRACE_READ,            /* the story reads what object lists of a service; value: the
                                * service, with SIM_TRACE_LOOK; attached: DistroListing each, or
                                * nothing if object is down */
    /* What subject did to the record of the client that object's request names (notes, as those
     * above); value: revision before << 32 | revision after. */
    SIM_TRACE_RECORD_MADE,
    SIM_TRACE_RECORD_CHANGED,
    SIM_TRACE_RECORD_REMOVED,
    SIM_TRACE_RECORD_KEPT,   /* nothing; of a VERIFY that another revision is held than it says:
                              * revision held << 32 | revision in it */
    SIM_TRACE_RECORD_ABSENT, /* there is none, before and after; of a VERIFY likewise */
    SIM_TRACE_WORKER_WAITS,  /* subject's push of the client waits behind calls to object, which is
                              * not connected; value: how many */
    SIM_TRACE_LEASE_RENEWED, /* and its lease, or a beat of it, was renewed; value: revision */
    SIM_N_TRACE_KINDS,
} SimTraceKind;

/* The value of a message that was damaged on its way, and is lost for good. */
#define SIM_TRACE_DAMAGED (-3)
/* That of one whose caller gave up before it arrived: the called did not run it. */
#define SIM_TRACE_CANCELLED (-4)

/* In the value of a READ: a predicate did it, and will again after the next event. */
#define SIM_TRACE_LOOK ((int64_t)1 << 32)

static inline SimTraceKind sim_trace_kind_of(DistroEventKind event)
{
    if (event == DISTRO_EVENT_WORKER_WAITS) {
        return SIM_TRACE_WORKER_WAITS;
    }
    return event < DISTRO_EVENT_VERIFY_ABORTED
               ? (SimTraceKind)event
               : (SimTraceKind)(SIM_TRACE_VERIFY_ABORTED + (event - DISTRO_EVENT_VERIFY_ABORTED));
}
/* "link.cut"; NULL for kinds that are not for must_see. */
const char *sim_trace_kind_name(SimTraceKind kind);
/* False if @name is no event of section 8. */
bool sim_trace_kind_parse(const char *name, SimTraceKind *kind);

/* What is mixed together does not stand together: two fields that are written one by one and at
 * once read as one word make the processor wait for both writes. */
typedef struct SimRecord {
    int64_t at_us;
    uint16_t kind;       /* SimTraceKind */
    uint16_t op;         /* SimOp, where one is concerned; else SIM_N_OPS */
    SimEndpoint subject; /* who did it or whom it happened to */
    SimEndpoint object;  /* the other party, or SIM_NO_ENDPOINT */
    uint32_t cause;      /* id of what led to it; if 0, found out when it is kept */
    int64_t value;
    DistroClient client; /* or 0 */
    uint32_t call;       /* id of the SEND of the call that it is about; 0: none */
    /* .cause and .call are not in the fingerprint. */
} SimRecord;

SimTrace *sim_trace_new(bool record);
void sim_trace_free(SimTrace *trace);

/* The one way in. Its id, or 0 unless recording. */
uint32_t sim_trace_add(SimTrace *trace, const SimRecord *record);
/* Many records that differ in client and value alone, and are gathered: @alike is any of them,
 * @digests the sum of sim_trace_digest over all. Not while sim_trace_wants_each. */
void sim_trace_add_gathered(SimTrace *trace, const SimRecord *alike, uint64_t count,
                            uint64_t digests);
uint64_t sim_trace_digest(DistroClient client, int64_t value);
/* The same for a note. */
uint32_t sim_trace_note(SimTrace *trace, const SimRecord *record);
bool sim_trace_recording(const SimTrace *trace);
/* Does each call need a record of its own, so that calls must not be carried in batches? While
 * recording, unless the trace is sparse: then VERIFY that find all as it should be leave none,
 * which is enough to draw what happened to an instance and too little to explain it. */
bool sim_trace_wants_each(const SimTrace *trace);
void sim_trace_set_sparse(SimTrace *trace);
/* What is added from now on happens because of @cause, unless it names or has another one. Returns
 * what it was before, to be given back when the step is over. */
uint32_t sim_trace_because(SimTrace *trace, uint32_t cause);
uint32_t sim_trace_reason(const SimTrace *trace); /* what it is now */
uint64_t sim_trace_fingerprint(const SimTrace *trace);
uint64_t sim_trace_count(const SimTrace *trace, SimTraceKind kind);
/* Kept records in order; none unless recording. The first one's id is sim_trace_first_id. */
const SimRecord *sim_trace_records(const SimTrace *trace, size_t *count);
uint32_t sim_trace_first_id(const SimTrace *trace);

/* What a message says: kept of every CHANGE, and of all where the bytes are wanted (a packet
 * capture). */
typedef struct SimTracePayload {
    uint32_t record; /* id of the SEND or ANSWERED */
    DistroFrame frame;
    uint64_t words[3]; /* of a call with a client, see sim/client/client.h */
} SimTracePayload;
/* From now on all are kept. */
void sim_trace_want_payloads(SimTrace *trace);
/* The frame's body is referenced. */
void sim_trace_keep_payload(SimTrace *trace, uint32_t record, const DistroFrame *frame,
                            const uint64_t words[3]);
const SimTracePayload *sim_trace_payload(const SimTrace *trace, uint32_t record); /* NULL */

/* Texts of STEP, LOG and VIOLATION records, numbered from 0. Only the numbers enter the
 * fingerprint. */
uint32_t sim_trace_text(SimTrace *trace, const char *text);
const char *sim_trace_text_of(const SimTrace *trace, uint32_t number);

/* What a note says beside its record, as bytes: of @record, the id that sim_trace_note gave. Does
 * nothing for 0. */
void sim_trace_attach(SimTrace *trace, uint32_t record, const void *data, size_t size);
GBytes *sim_trace_attached(const SimTrace *trace, uint32_t record); /* (transfer none) (nullable) */
