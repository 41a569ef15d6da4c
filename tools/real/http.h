/* tools/real/http.h -- one HTTP/1.1 connection that asks one thing after the other.
 *
 * Its sockets are made in a network namespace of the caller's choice. */
#pragma once

#include "tools/distrod/base/loop.h"
#include "tools/distrod/net/address.h"

typedef struct RealHttp RealHttp;

/* What came of a GET: @body (nullable, borrowed) and its code; without: it failed, and the
 * connection is made anew for the next. */
typedef void (*RealHttpDone)(void *data, unsigned code, const char *body, size_t size);

RealHttp *real_http_new(RegLoop *loop, int space, const char *ip, unsigned port);
void real_http_free(RealHttp *http);
/* One at a time (asserted). @done is called once, never before this returns, @limit_us later at the
 * latest. */
void real_http_get(RealHttp *http, const char *path, int64_t limit_us, RealHttpDone done,
                   void *data);
bool real_http_is_busy(const RealHttp *http);
