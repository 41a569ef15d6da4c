/* core/wire.h -- messages to bytes and back: the only code that meets untrusted bytes.
 *
 * Two faces. The compact one, here, writes the numbers of a dictionary that both ends share and is
 * what a simulator moves about; wire_json.h is Nacos's own JSON, for hosts whose peers have other
 * dictionaries. Each compact frame knows how many bytes Nacos's JSON would take, so what is
 * counted is what Nacos would put on the wire.
 *
 *      frame = head (fixed, by value) + body (shared, reference-counted, may be absent)
 *
 *      head   0      1       2        4         8          12         16         20
 *             op     answer  status   client    revision   count      only/body  writer's
 *                                                          of pubs    word       word
 *      body   CHANGE/QUERY answers: count publication numbers, ascending by service
 *             SNAPSHOT answers: count x (client, revision, n, idle ms, n publication numbers)
 *             what 1.x says in lists: see wire_v1.h
 *
 * A client that publishes one service, the common case, travels in the head alone (.only). All
 * integers are little-endian, 32 bits unless drawn narrower. "only/body" is the one publication if
 * count is 1, else the size of the body in bytes; "writer's" is the target. FORWARD, which has
 * other things to say, puts the service where the revision stands, the kind of write for the
 * count and the publication for the body word. What a message has no use for is zero, and a frame
 * in which it is not is refused, so equal messages are equal bytes.
 *
 * Bodies are shared with contents in memory, so the host must be little-endian too. */
#pragma once

#include "core/dictionary.h"

typedef enum DistroOp {
    DISTRO_OP_CHANGE, /* full state of one client (DataOperation CHANGE; ADD on the wire is CHANGE)
                       */
    DISTRO_OP_DELETE, /* a client is gone */
    DISTRO_OP_VERIFY, /* client id and revision */
    DISTRO_OP_SNAPSHOT, /* everything, please */
    DISTRO_OP_QUERY,    /* one client, please (never sent by 2.x, answered all the same) */
    DISTRO_OP_REPORT,   /* MemberReportRequest */
    DISTRO_OP_HEALTH,   /* HealthCheckRequest on an open connection */
    DISTRO_OP_CONNECT,  /* ServerCheckRequest + ConnectionSetupRequest */
    DISTRO_OP_FORWARD,  /* an HTTP write sent on to the responsible node (DistroFilter) */
    /* 1.x, over HTTP (distro-protocol 11.3); SNAPSHOT and REPORT are said there, too: .http */
    DISTRO_OP_DATUM,    /* PUT /distro/datum: whole services */
    DISTRO_OP_CHECKSUM, /* PUT /distro/checksum: a digest of each service that is the sender's */
    DISTRO_OP_PULL,     /* GET /distro/datum: these services, please */
    DISTRO_OP_STATUS,   /* POST /service/status: a checksum of each service's health */
    DISTRO_OP_STATUSES, /* GET /instance/statuses: the health of one service, please */
    DISTRO_N_OPS,
} DistroOp;

/* Status of an answer: Nacos's codes of distro-protocol 11.2, or HTTP's for FORWARD. */
typedef enum DistroStatus {
    DISTRO_STATUS_OK = 200,
    DISTRO_STATUS_VERIFY_FAILED = 1,    /* resultCode 500, "distro data verify failed" */
    DISTRO_STATUS_REFUSED_AS_OK = 2,    /* resultCode 200 (!), errorCode 500: nothing was done */
    DISTRO_STATUS_EXCEPTION = 3,        /* resultCode 500, "handle distro request with exception" */
    DISTRO_STATUS_ERROR_STARTING = 300, /* error response: server is starting */
    DISTRO_STATUS_UNREGISTERED = 301,   /* error response: connection not registered */
    DISTRO_STATUS_NO_HANDLER = 302,     /* error response */
    DISTRO_STATUS_BAD_PAYLOAD = 502,    /* error response: cannot be parsed */
    DISTRO_STATUS_HTTP_BAD_REQUEST = 400,
    DISTRO_STATUS_HTTP_NOT_FOUND = 404,
    DISTRO_STATUS_HTTP_ERROR = 500,
    DISTRO_STATUS_HTTP_UNKNOWN_API = 501, /* no such path: another generation's */
    DISTRO_STATUS_HTTP_UNAVAILABLE = 503,
    DISTRO_STATUS_BEAT_UNKNOWN = 20404, /* RESOURCE_NOT_FOUND: the SDK shall register again */
} DistroStatus;

/* An HTTP write: what is asked for a heartbeat client. */
typedef enum DistroWriteKind {
    DISTRO_WRITE_REGISTER,
    DISTRO_WRITE_DEREGISTER,
    DISTRO_WRITE_BEAT,       /* full: carries the instance */
    DISTRO_WRITE_LIGHT_BEAT, /* names service and instance only */
} DistroWriteKind;

typedef struct DistroWrite {
    DistroWriteKind kind;
    DistroClient client;
    DistroService service;
    DistroPublication publication; /* REGISTER and BEAT */
} DistroWrite;

/* What one client publishes: @count publication numbers ascending by service number. */
typedef struct DistroContent {
    uint32_t count;
    DistroPublication only; /* the one, if count is 1 */
    GBytes *many;           /* count numbers, if count is above 1; else NULL */
} DistroContent;

enum {
    DISTRO_HEAD_SIZE = 24,
    DISTRO_MD5_SIZE = 16
};

/* One message as bytes. Copying the struct copies the head and borrows the body. */
typedef struct DistroFrame {
    uint8_t head[DISTRO_HEAD_SIZE];
    uint32_t json_size; /* bytes of the same message in Nacos's JSON (or HTTP text for FORWARD) */
    GBytes *body;       /* (nullable) */
} DistroFrame;

void distro_frame_clear(DistroFrame *frame);            /* drops the body */
DistroFrame distro_frame_ref(const DistroFrame *frame); /* a copy that owns a reference */

/* A message as the protocol speaks of it. Which fields mean something depends on op and answer. */
typedef struct DistroMessage {
    DistroOp op;
    bool answer;
    bool http;               /* SNAPSHOT, REPORT: as 1.x says it */
    DistroStatus status;     /* answers */
    DistroClient client;     /* CHANGE DELETE VERIFY QUERY */
    DistroName target;       /* CHANGE DELETE: distroKey.targetServer (may be absent); REPORT: the
                                reporter's address, in an answer that is OK the responder's own (not
                                in 1.x); CHECKSUM STATUS: the sender's */
    int32_t revision;        /* CHANGE VERIFY, QUERY answers */
    DistroContent content;   /* CHANGE, QUERY answers with status OK and .client != 0 */
    DistroWrite write;       /* FORWARD; of its answers only .kind, which decides their text */
    DistroService service;   /* STATUSES requests */
    DistroName namespace_id; /* STATUS */
    GBytes *snapshot; /* SNAPSHOT answers and the lists of 1.x: the encoded elements (borrowed
                         from the frame); NULL if there are none */
    uint32_t snapshot_count;
} DistroMessage;

typedef enum DistroWireError {
    DISTRO_WIRE_OK,
    DISTRO_WIRE_SHORT, /* fewer bytes than the head announces */
    DISTRO_WIRE_LONG,  /* more */
    DISTRO_WIRE_UNKNOWN_OP,
    DISTRO_WIRE_UNKNOWN_STATUS,
    DISTRO_WIRE_UNKNOWN_NUMBER, /* a client, name, service or publication not in the dictionary */
    DISTRO_WIRE_BAD_ORDER,      /* publications not strictly ascending by service */
    DISTRO_WIRE_BAD_TEXT,       /* JSON only: not JSON, or not this message's */
    DISTRO_WIRE_BAD_RANGE,      /* a number outside its type, or where none belongs */
} DistroWireError;
const char *distro_wire_error_text(DistroWireError error);

/* Encode. The frame owns its body reference. @message must be well-formed (asserted). */
DistroFrame distro_wire_encode(const DistroDictionary *dictionary, const DistroMessage *message);
/* The same in its place: a frame just written and copied makes the processor wait for its bytes. */
void distro_wire_write(const DistroDictionary *dictionary, const DistroMessage *message,
                       DistroFrame *frame);
/* Decode @frame into @message, whose pointers borrow from the frame. On error @message is
 * unspecified. */
DistroWireError distro_wire_decode(const DistroDictionary *dictionary, const DistroFrame *frame,
                                   DistroMessage *message);

/* Releases the content and the list of a message that owns them. */
void distro_message_clear(DistroMessage *message);

/* Content helpers. */
DistroContent distro_content_ref(const DistroContent *content);
void distro_content_clear(DistroContent *content);
const DistroPublication *distro_content_items(const DistroContent *content); /* count of them */
bool distro_content_equal(const DistroContent *a, const DistroContent *b);   /* same numbers */
/* Publication of @service in @content, or 0. Binary search. */
DistroPublication distro_content_find(const DistroDictionary *dictionary,
                                      const DistroContent *content, DistroService service);
/* A new content in which @service is published as @publication (0: not at all). */
DistroContent distro_content_with(const DistroDictionary *dictionary, const DistroContent *content,
                                  DistroService service, DistroPublication publication);
/* The revision that @count element hashes make, which may repeat and come in any order
 * (distro-protocol 1.6). Reorders @hashes. */
int32_t distro_revision_of_hashes(int32_t id_hash, int32_t *hashes, size_t count);
/* Revision of an ip:port client with this content (DistroUtils#hash, distro-protocol 1.6). */
int32_t distro_content_revision(const DistroDictionary *dictionary, DistroClient client,
                                const DistroContent *content);

/* Snapshots are built element by element and read the same way. */
typedef struct DistroSnapshotWriter DistroSnapshotWriter;
DistroSnapshotWriter *distro_snapshot_writer_new(void);
void distro_snapshot_writer_add(DistroSnapshotWriter *writer, const DistroDictionary *dictionary,
                                DistroClient client, int32_t revision,
                                const DistroContent *content);
/* Of the element added last: how long ago its client was renewed (0: not told, as Nacos does). */
void distro_snapshot_writer_idle(DistroSnapshotWriter *writer, int32_t idle_ms);
/* An encoded SNAPSHOT answer with status OK (transfer full); frees the writer. */
DistroFrame distro_snapshot_writer_finish(DistroSnapshotWriter *writer);

/* Step through a decoded (hence valid) snapshot, NULL if empty: *@offset starts at 0. False at the
 * end. @content borrows when it has one publication or none; when it has more, .many is new
 * (transfer full), so clear it either way. */
bool distro_snapshot_next(GBytes *snapshot, size_t *offset, DistroClient *client, int32_t *revision,
                          DistroContent *content);
/* What distro_snapshot_writer_idle put into the element at @offset, before stepping over it. */
int32_t distro_snapshot_idle_ms(GBytes *snapshot, size_t offset);
