/* tools/distrod/net/session.h -- what conn.c, session.c and stream.c share of a connection.
 *
 *      conn.c      the socket: connecting, TLS, reading, writing, closing, time
 *      session.c   what arrives in HTTP/2: calls, messages, ends
 *      stream.c    what leaves: messages, statuses, resets */
#pragma once

#include "tools/distrod/net/channel.h"
#include "tools/distrod/net/conn.h"
#include "tools/distrod/wire/frames.h"

#include <nghttp2/nghttp2.h>

enum {
    REG_MAX_HEADERS_SIZE = 16 * 1024,
    REG_MAX_PATH_SIZE = 64
};

struct RegStream {
    RegConn *conn;
    RegStream *next, *previous; /* of the connection's streams */
    void *data;
    RegFrames in;
    GPtrArray *out; /* (nullable) GBytes */
    guint out_first;
    size_t out_offset;
    int64_t begun_us;
    char *status_text; /* (nullable) */
    int32_t id;
    uint32_t headers_size;
    RegGrpcStatus status;
    RegMethod method;
    bool is_post, is_grpc;
    bool responded;   /* headers have been submitted */
    bool finished;    /* this side sends nothing after what is in .out */
    bool deferred;    /* nghttp2 waits until there is something in .out */
    bool deaf;        /* what still comes is thrown away */
    bool got_message; /* unary: the one there is */
    bool half_closed;
    char path[REG_MAX_PATH_SIZE];
};

struct RegConn {
    const RegConnContext *context;
    RegChannel channel;
    RegWatch watch;
    RegTask task;
    RegTimer timer; /* until it is settled; then while requests are incomplete */
    nghttp2_session *session;
    RegStream *streams;
    uint32_t stream_count;
    GByteArray *unsent; /* (nullable) HTTP/2's bytes that the socket had no room for */
    uint64_t queued_bytes;
    RegAddress peer;
    void *data;
    RegClose why;
    bool server;
    bool connecting, handshaking; /* not yet .opened */
    bool settled;
    bool told_to_go; /* GOAWAY came */
    bool closing;
};

static inline const RegLimits *reg_conn_limits(const RegConn *conn)
{
    return reg_census_limits(conn->context->census);
}

/* Something is to be written, or to be done about the socket, when the turn ends. */
static inline void reg_conn_queue_flush(RegConn *conn)
{
    reg_loop_queue(conn->context->loop, &conn->task);
}

/* conn.c: look at requests that are not complete when the oldest of them may be too old. */
void reg_conn_watch_incomplete(RegConn *conn);

/* session.c: the nghttp2 session of @conn. */
void reg_session_begin(RegConn *conn);

/* stream.c */
RegStream *reg_stream_new(RegConn *conn, int32_t id);
/* Tell its owner and free it. */
void reg_stream_end(RegStream *stream);
/* Give back what is held of a message that is not complete. */
void reg_stream_forget_partial(RegStream *stream);
/* Refuse what the other side does with @stream: as server with a status, after which the client may
 * stop sending; as client by a reset. */
void reg_stream_refuse(RegStream *stream, RegGrpcStatus status, const char *text);
/* The same for what is no gRPC at all. */
void reg_stream_refuse_http(RegStream *stream);
/* A frame that ends @stream has left. */
void reg_stream_end_sent(RegStream *stream);
