/* core/json/status.h -- how a status is said: as an error response of gRPC, or as HTTP. */
#pragma once

#include "core/message.h"
#include "core/text/sink.h"

/* What an answer says that is not OK. A status of HTTP's has no place in a gRPC answer, but is
 * written as an error response all the same, so that no status is lost. */
typedef struct DistroJsonFailure {
    DistroStatus status;
    int result_code, error_code;
    const char *message;
} DistroJsonFailure;

const DistroJsonFailure *distro_json_failures(size_t *count);
/* That of @status, which must not be OK. */
const DistroJsonFailure *distro_json_failure(DistroStatus status);
/* The three digits of an HTTP status line. */
int distro_json_http_code(DistroStatus status);

/* The beginning of an answer that is OK, and of one that says no more, the end. */
#define DISTRO_JSON_RESULT "{\"resultCode\":200,\"errorCode\":0,"
#define DISTRO_JSON_SUCCESS "\"success\":true}"
void distro_put_failure(DistroSink *sink, DistroStatus status);
/* Its message alone. */
void distro_put_failure_text(DistroSink *sink, DistroStatus status);

#define DISTRO_HTTP_ANSWER "HTTP/1.1 "
#define DISTRO_HTTP_ANSWER_END "\r\n\r\n"
enum {
    DISTRO_HTTP_CODE_SIZE = 3
};
/* The status line and the empty line. */
void distro_put_http_code(DistroSink *sink, int code);
/* An answer of HTTP's that is not OK. A status that is not HTTP's has no place in it, but is
 * written as an error response all the same. */
void distro_put_http_failure(DistroSink *sink, DistroStatus status);
