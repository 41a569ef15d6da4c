/* tools/distrod/http/http.h -- HTTP/1.1 served by libmicrohttpd on the loop.
 *
 * A request is handed to its route when all of it has come, with the parameters of its query and of
 * a form body in one table, as a servlet has them. It is answered at once or later; one that is
 * never answered is closed by its time limit.
 *
 * Limits: connections in all and by address (limits.h); a body, headers of 16 KiB, and the time a
 * connection may say nothing. What is beyond one is refused with 503, 413, 431 or 408. */
#pragma once

#include "tools/distrod/base/loop.h"
#include "tools/distrod/net/address.h"
#include "tools/distrod/net/limits.h"

typedef struct RegHttp RegHttp;
typedef struct RegHttpRequest RegHttpRequest;

typedef void (*RegHttpHandle)(void *data, RegHttpRequest *request);

typedef struct RegHttpRoute {
    const char *method, *path; /* "GET", "/nacos/v1/ns/instance/list" */
    RegHttpHandle handle;
} RegHttpRoute;

typedef struct RegHttpOptions {
    RegLoop *loop;
    const RegLimits *limits;                                                   /* must outlive it */
    void (*refused)(void *data, const RegAddress *peer, const char *sentence); /* (nullable) */
    void *data;
} RegHttpOptions;

RegHttp *reg_http_new(const RegHttpOptions *options);
/* Serve @routes, which end with .path NULL, and hand @data to them; may be called several times. */
void reg_http_add_routes(RegHttp *http, const RegHttpRoute *routes, void *data);
bool reg_http_listen(RegHttp *http, const RegAddress *address, GError **error);
void reg_http_stop_listening(RegHttp *http);
/* Closes every connection; no request may be held. */
void reg_http_free(RegHttp *http);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegHttp, reg_http_free)
uint32_t reg_http_connections(const RegHttp *http);
uint64_t reg_http_requests(const RegHttp *http);
/* Connections refused. */
uint64_t reg_http_refused(const RegHttp *http);
/* Requests that are held (reg_http_hold) and not yet answered. */
uint32_t reg_http_held(const RegHttp *http);

/* ---- requests ---- */

/* A parameter of the query or the form; NULL if it is absent. */
const char *reg_http_parameter(const RegHttpRequest *request, const char *name);
/* A header; NULL if it is absent. */
const char *reg_http_header(const RegHttpRequest *request, const char *name);
/* The body as it came; (transfer none). */
GBytes *reg_http_body(RegHttpRequest *request);
const RegAddress *reg_http_peer(const RegHttpRequest *request);
const char *reg_http_path(const RegHttpRequest *request);

/* Answer with @code and the pieces (transfer none) one after the other; once, and the request is
 * gone then. */
void reg_http_answer_pieces(RegHttpRequest *request, unsigned code, const char *type,
                            GBytes *const *pieces, size_t count);
void reg_http_answer_json(RegHttpRequest *request, unsigned code, const GString *json);
void reg_http_answer_text(RegHttpRequest *request, unsigned code, const char *text);
/* Not now: the caller answers later, within a time that it bounds itself. */
void reg_http_hold(RegHttpRequest *request);
