/* tools/distrod/net/conn.h -- gRPC over one HTTP/2 connection, as server or as client.
 *
 *      RegConn    one connection: socket, TLS, HTTP/2
 *      RegStream  one call on it, unary or both ways: messages in, messages out, then a status
 *
 * What is sent is written when the loop's turn ends, so that a turn's answers leave together.
 * Closing is deferred to the same moment, so that no callback finds its connection gone: after
 * reg_conn_close nothing more is reported but the end of each stream and of the connection.
 *
 * Memory:  a connection belongs to the loop and goes when it is closed, after .closed; a stream
 *          goes after .ended.
 * Limits:  those of its census (limits.h); a peer that exceeds one is told so in gRPC's or HTTP/2's
 *          words, as far as that goes, and cut off. */
#pragma once

#include "tools/distrod/base/loop.h"
#include "tools/distrod/net/address.h"
#include "tools/distrod/net/limits.h"
#include "tools/distrod/net/tls.h"

typedef struct RegConn RegConn;
typedef struct RegStream RegStream;

typedef enum RegClose {
    REG_CLOSE_LOCAL,    /* reg_conn_close was called */
    REG_CLOSE_PEER,     /* the other side closed or reset it */
    REG_CLOSE_REFUSED,  /* no server listens there, or no route leads there */
    REG_CLOSE_PROTOCOL, /* the other side speaks no HTTP/2, or breaks its rules or TLS's */
    REG_CLOSE_LIMIT,    /* too slow, or too much of something */
    REG_N_CLOSES,
} RegClose;
/* In a few words, for a log. */
const char *reg_close_text(RegClose why);

/* The statuses of gRPC that are used here. */
typedef enum RegGrpcStatus {
    REG_GRPC_OK = 0,
    REG_GRPC_RESOURCE_EXHAUSTED = 8,
    REG_GRPC_UNIMPLEMENTED = 12,
    REG_GRPC_INTERNAL = 13,
    REG_GRPC_UNAVAILABLE = 14,
} RegGrpcStatus;

/* What a called path is. */
typedef enum RegMethod {
    REG_METHOD_NONE,   /* there is no such method */
    REG_METHOD_UNARY,  /* one message, one answer */
    REG_METHOD_STREAM, /* messages both ways, for as long as both like */
} RegMethod;

/* What a connection tells its owner. Any but .message may be NULL. */
typedef struct RegConnEvents {
    /* A client's connection stands and calls can be made; a server's has shaken hands. */
    void (*opened)(RegConn *conn);
    /* Server: a call of @path begins. */
    RegMethod (*called)(RegStream *stream, const char *path);
    /* A message came; @message is borrowed. */
    void (*message)(RegStream *stream, const uint8_t *message, size_t size);
    /* The other side sends no more on this stream. */
    void (*half_closed)(RegStream *stream);
    /* The call is over, in whatever way; the stream is gone after this. */
    void (*ended)(RegStream *stream);
    void (*closed)(RegConn *conn, RegClose why);
} RegConnEvents;

/* What connections share; all borrowed. */
typedef struct RegConnContext {
    RegLoop *loop;
    RegCensus *census;
    RegTls *tls;             /* (nullable) */
    const RegAddress *local; /* (nullable) connect from this address, if that can be */
    const RegConnEvents *events;
} RegConnContext;

/* Serve the accepted socket @fd, which @context's census has counted; takes it. @context is
 * borrowed and must outlive the connection, as below. */
RegConn *reg_conn_accept(const RegConnContext *context, int fd, const RegAddress *peer);
/* Tell an accepted socket that is not to be served, in HTTP/2's words; for a listener. */
void reg_conn_say_goodbye(int fd, const char *sentence);
/* Connect to @peer. The outcome is .opened or .closed, never before this returns. */
RegConn *reg_conn_open(const RegConnContext *context, const RegAddress *peer);
/* Close it when the turn ends, after what is ready to be sent has been offered to the socket. */
void reg_conn_close(RegConn *conn, RegClose why);
/* As if its process had died: a reset, and nothing of what is ready to be sent. */
void reg_conn_reset(RegConn *conn);

void reg_conn_set_data(RegConn *conn, void *data);
void *reg_conn_data(const RegConn *conn);
const RegAddress *reg_conn_peer(const RegConn *conn);
const RegConnContext *reg_conn_context(const RegConn *conn);
/* Can calls be made on it? */
bool reg_conn_is_open(const RegConn *conn);
/* The first whole request has come: it is given no more time limit for that. */
void reg_conn_settled(RegConn *conn);

/* Client: begin a call of @path. NULL if the connection is being closed. */
RegStream *reg_conn_call(RegConn *conn, const char *path);
RegConn *reg_stream_conn(const RegStream *stream);
/* As server: what .called said. */
RegMethod reg_stream_method(const RegStream *stream);
void reg_stream_set_data(RegStream *stream, void *data);
void *reg_stream_data(const RegStream *stream);
/* Send one message, given as @count pieces (transfer none), of which the first begins with gRPC's
 * prefix. The stream may be shut down meanwhile; then they are dropped. */
void reg_stream_send(RegStream *stream, GBytes *const *pieces, size_t count);
/* Send no more: as server with @status and @text (nullable), as client without. */
void reg_stream_finish(RegStream *stream, RegGrpcStatus status, const char *text);
/* Give the call up. .ended is still to come. */
void reg_stream_cancel(RegStream *stream);
/* Has this side finished sending? */
bool reg_stream_finished(const RegStream *stream);
/* After .ended or half_closed, as client: the status that came; OK if none did. */
RegGrpcStatus reg_stream_status(const RegStream *stream);
