/* core/message.h -- what servers say to each other, as the protocol speaks of it.
 *
 * A message is a value; a frame is a message as bytes (wire.h has the drawing). */
#pragma once

#include "core/content.h"

/* What is said: a number that frames and records hold, so it never changes. These are common to all
 * protocols; each adds its own (v1/text.h, v2/text.h: 0 to 14 are taken; all are below 24). */
typedef uint32_t DistroOp;
enum {
    DISTRO_OP_VERIFY = 2,   /* a client and its revision: one digest of a round */
    DISTRO_OP_SNAPSHOT = 3, /* everything, please; each protocol says it in its own way */
    DISTRO_OP_REPORT = 5,   /* MemberReportRequest; over HTTP where .http is set */
    DISTRO_OP_HEALTH = 6,   /* HealthCheckRequest on an open connection */
    DISTRO_OP_CONNECT = 7,  /* ServerCheckRequest + ConnectionSetupRequest */
    DISTRO_OP_FORWARD = 8,  /* an HTTP write sent on to the responsible node (DistroFilter) */
};

/* Status of an answer: Nacos's codes of PROTOCOL.md 11.2, or HTTP's for FORWARD. */
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
    DISTRO_STATUS_HTTP_UNKNOWN_API = 501, /* no such path: another protocol's */
    DISTRO_STATUS_HTTP_UNAVAILABLE = 503,
    DISTRO_STATUS_BEAT_UNKNOWN = 20404, /* RESOURCE_NOT_FOUND: the SDK shall register again */
} DistroStatus;
bool distro_is_status(uint32_t code);

/* An HTTP write: what is asked for a heartbeat client. Recorded, so the numbers stay. */
typedef enum DistroWriteKind {
    DISTRO_WRITE_REGISTER = 0,
    DISTRO_WRITE_DEREGISTER = 1,
    DISTRO_WRITE_BEAT = 2,       /* full: carries the instance */
    DISTRO_WRITE_LIGHT_BEAT = 3, /* names service and instance only */
} DistroWriteKind;

typedef struct DistroWrite {
    DistroWriteKind kind;
    DistroClient client;
    DistroService service;
    DistroPublication publication; /* REGISTER and BEAT */
    bool open_api; /* v2 or v3, whose paths DistroFilter does not see; never on the wire */
} DistroWrite;

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
    bool http;               /* where an operation is said both ways: over HTTP */
    bool identified;         /* the instances of connections carry their ids, as from 2.3.0 */
    DistroStatus status;     /* answers */
    DistroClient client;     /* what is said is about this client, */
    DistroService service;   /* or this service, */
    DistroName namespace_id; /* or what is in this namespace */
    DistroName target; /* the server it is meant for, or that says it: the operation decides */
    int32_t revision;
    DistroContent content;
    GBytes *list;        /* what a message is a list of, encoded; NULL if there is nothing */
    uint32_t list_count; /* its elements */
    DistroWrite write;   /* FORWARD; of its answers only .kind, which decides their text */
} DistroMessage;

/* Makes @list (transfer full) the elements of @message, @count of them. */
void distro_message_take_list(DistroMessage *message, GByteArray *list, uint32_t count);
/* The next @size bytes of a decoded, hence valid @list (nullable) at *@offset, which moves on; NULL
 * at the end. */
const void *distro_list_step(GBytes *list, size_t *offset, size_t size);
/* Releases the content and the list of a message that owns them. */
void distro_message_clear(DistroMessage *message);

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

/* Are @items, which may be anything, the publications of a content? */
DistroWireError distro_content_check(const DistroDictionary *dictionary,
                                     const DistroPublication *items, uint32_t count);
