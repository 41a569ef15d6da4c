/* tools/distrod/remote/remote.h -- one of Nacos's two gRPC ports, and the connections to it.
 *
 *      client                               server
 *        ServerCheckRequest       ------>            unary; the answer names the connection's id
 *        ConnectionSetupRequest   ------>            on the stream; from now on registered
 *                                 <------   SetupAckRequest, if the setup had an abilityTable
 *        any request              ------>            unary, to the handler of its type
 *                                 <------   NotifySubscriberRequest, ...     on the stream
 *        its response             ------>            by requestId
 *
 * A request of a connection that is not registered, of an unknown type or that cannot be read is
 * answered as GrpcRequestAcceptor#request does (300, 301, 302, 502).
 *
 * Source: com.alibaba.nacos.core.remote.grpc, com.alibaba.nacos.core.remote.ConnectionManager. */
#pragma once

#include "core/json/read/parse.h"
#include "tools/distrod/base/log.h"
#include "tools/distrod/net/conn.h"
#include "tools/distrod/wire/payload.h"

typedef struct RegRemote RegRemote;
typedef struct RegSession RegSession; /* one connection */

/* Nacos's error codes (NacosException), as an answer's errorCode. */
typedef enum RegErrorCode {
    REG_ERROR_STARTING = 300,
    REG_ERROR_UNREGISTERED = 301,
    REG_ERROR_NO_HANDLER = 302,
    REG_ERROR_INVALID_PARAM = 400,
    REG_ERROR_NO_RIGHT = 403,
    REG_ERROR_SERVER = 500,
    REG_ERROR_BAD_GATEWAY = 502,
    REG_ERROR_OVER_THRESHOLD = 503,
} RegErrorCode;

/* A request that came; all of it is borrowed for the call of its handler, but .stream, which stays
 * until the session says that it has ended. */
typedef struct RegRequest {
    RegSession *session;
    RegStream *stream;
    const RegPayload *payload;
    DistroJson *parsed; /* (nullable) by reg_request_root */
} RegRequest;

typedef void (*RegHandle)(void *data, RegRequest *request);

typedef struct RegHandler {
    const char *type; /* "InstanceRequest" */
    RegHandle handle;
} RegHandler;

/* What a setup said. */
typedef struct RegSetup {
    const char *version; /* clientVersion, "Nacos-Java-Client:v2.5.1" */
    const char *module;  /* label "module": "naming", "config" */
    const char *source;  /* label "source": "sdk", "cluster" */
    const char *app;     /* label "AppName" */
} RegSetup;

/* All but .handlers may be NULL. */
typedef struct RegRemoteEvents {
    /* NULL, or the sentence that refuses a connection from @peer. */
    const char *(*refuse)(void *data, const RegAddress *peer);
    /* NULL, or the sentence that refuses @request with code 403. */
    const char *(*forbid)(void *data, const RegRequest *request);
    /* NULL, or the sentence that refuses this setup: the connection is then reset. */
    const char *(*reject)(void *data, const RegSession *session, const RegSetup *setup);
    void (*registered)(void *data, RegSession *session);
    /* It sent something (any request, any response). */
    void (*active)(void *data, RegSession *session);
    /* A registered one is going. */
    void (*gone)(void *data, RegSession *session);
    /* A stream whose request was not answered has ended. */
    void (*abandoned)(void *data, RegStream *stream);
    const RegHandler *handlers; /* ends with .type NULL */
} RegRemoteEvents;

typedef struct RegRemoteOptions {
    RegLoop *loop;
    RegLog *log;
    RegTls *tls;             /* (nullable) */
    const RegLimits *limits; /* must outlive it */
    const char *self_ip;     /* written into what is sent */
    const char *name;        /* "sdk" or "cluster", for logs */
} RegRemoteOptions;

RegRemote *reg_remote_new(const RegRemoteOptions *options, const RegRemoteEvents *events,
                          void *data);
/* Listen at @address. False and @error if that cannot be. */
bool reg_remote_listen(RegRemote *remote, const RegAddress *address, GError **error);
void reg_remote_stop_listening(RegRemote *remote);
/* Closes every connection; turn the loop until reg_remote_connections is 0, then free it. */
void reg_remote_close_all(RegRemote *remote);
void reg_remote_free(RegRemote *remote);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegRemote, reg_remote_free)

uint32_t reg_remote_connections(const RegRemote *remote);
/* Of them, those that have set up. */
uint32_t reg_remote_registered(const RegRemote *remote);
uint64_t reg_remote_refused(const RegRemote *remote);
/* Requests that came, since the beginning. */
uint64_t reg_remote_requests(const RegRemote *remote);
/* Registered sessions; (transfer none), until one comes or goes. */
RegSession *const *reg_remote_sessions(const RegRemote *remote, uint32_t *count);

/* ---- requests ---- */

/* The request's body, an object; NULL if it is none. */
const DistroJsonValue *reg_request_root(RegRequest *request);
/* Answer the call @stream with @type and @json; it ends then. */
void reg_stream_answer(RegStream *stream, const char *type, const GString *json);
/* The same, with JSON in pieces (transfer none). */
void reg_stream_answer_pieces(RegStream *stream, const char *type, GBytes *const *pieces,
                              size_t count);
/* With the response of @request that says it went wrong. */
void reg_request_fail(const RegRequest *request, RegErrorCode code, const char *message);
/* With an ErrorResponse. */
void reg_stream_answer_error(RegStream *stream, RegErrorCode code, const char *message);
/* {"resultCode":200,"errorCode":0 -- to be gone on with, and closed by the caller: a response that
 * is good ends with reg_json_close_response. */
GString *reg_json_open_response(void);
/* ,"success":true} */
void reg_json_close_response(GString *json);

/* ---- sessions ---- */

/* "<accept ms>_<ip>_<port>" */
const char *reg_session_id(const RegSession *session);
const char *reg_session_ip(const RegSession *session);
const RegAddress *reg_session_peer(const RegSession *session);
bool reg_session_is_naming(const RegSession *session);
bool reg_session_is_sdk(const RegSession *session);
void reg_session_set_data(RegSession *session, void *data);
void *reg_session_data(const RegSession *session);
/* The session of the call @stream. */
RegSession *reg_stream_session(const RegStream *stream);
void reg_session_close(RegSession *session);

typedef enum RegAsked {
    REG_ASKED_WELL,    /* answered with success */
    REG_ASKED_BADLY,   /* answered without */
    REG_ASKED_TIMEOUT, /* not answered in time */
    REG_ASKED_GONE,    /* the connection has gone */
} RegAsked;

/* What the client said to a request; called once for each, never before reg_session_ask returns. */
typedef void (*RegAskedDone)(void *data, RegAsked how);

/* Send a request on the stream: @type, and JSON that begins with {"headers":{},"requestId":"N" and
 * goes on with @pieces, which begin with a comma and end with the closing brace. */
void reg_session_ask(RegSession *session, const char *type, GBytes *const *pieces, size_t count,
                     int64_t timeout_us, RegAskedDone done, void *data);
