/* core/json/status.c -- see status.h. */
#include "core/json/status.h"

static const DistroJsonFailure failures[] = {
    { DISTRO_STATUS_VERIFY_FAILED, 500, 500, "[DISTRO-FAILED] distro data verify failed" },
    { DISTRO_STATUS_REFUSED_AS_OK, 200, 500, "[DISTRO-FAILED] distro data handle failed" },
    { DISTRO_STATUS_EXCEPTION, 500, 500, "handle distro request with exception" },
    { DISTRO_STATUS_ERROR_STARTING, 500, 300, "Server is starting,please try later." },
    { DISTRO_STATUS_UNREGISTERED, 500, 301, "Connection is unregistered." },
    { DISTRO_STATUS_NO_HANDLER, 500, 302, "RequestHandler Not Found" },
    { DISTRO_STATUS_BAD_PAYLOAD, 500, 502, "Invalid Payload" },
    { DISTRO_STATUS_HTTP_BAD_REQUEST, 500, 400, "receive invalid redirect request from peer" },
    { DISTRO_STATUS_HTTP_NOT_FOUND, 500, 404, "not found" },
    { DISTRO_STATUS_HTTP_ERROR, 500, 500, "server error" },
    { DISTRO_STATUS_HTTP_UNKNOWN_API, 500, 501, "no such api" },
    { DISTRO_STATUS_HTTP_UNAVAILABLE, 500, 503, "server is STARTING now, please try again later!" },
    { DISTRO_STATUS_BEAT_UNKNOWN, 500, 20404, "resource not found" },
};

const DistroJsonFailure *distro_json_failures(size_t *count)
{
    *count = G_N_ELEMENTS(failures);
    return failures;
}

const DistroJsonFailure *distro_json_failure(DistroStatus status)
{
    for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
        if (failures[i].status == status) {
            return &failures[i];
        }
    }
    g_assert_not_reached();
}

int distro_json_http_code(DistroStatus status)
{
    switch (status) {
    case DISTRO_STATUS_OK:
    case DISTRO_STATUS_BEAT_UNKNOWN: /* the code that says so is in the body */
        return 200;
    case DISTRO_STATUS_HTTP_BAD_REQUEST:
    case DISTRO_STATUS_HTTP_NOT_FOUND:
    case DISTRO_STATUS_HTTP_UNKNOWN_API:
    case DISTRO_STATUS_HTTP_UNAVAILABLE:
        return (int)status;
    default:
        return 500;
    }
}

/* No message holds what would need an escape. */
static void put_message(DistroSink *sink, const DistroJsonFailure *failure)
{
    distro_put_n(sink, failure->message, strlen(failure->message));
}

/* All but the closing brace. */
static void put_codes(DistroSink *sink, const DistroJsonFailure *failure)
{
    DISTRO_PUT(sink, "{\"resultCode\":");
    distro_put_whole(sink, failure->result_code);
    DISTRO_PUT(sink, ",\"errorCode\":");
    distro_put_whole(sink, failure->error_code);
    DISTRO_PUT(sink, ",\"message\":\"");
    put_message(sink, failure);
    DISTRO_PUT(sink, "\"");
}

void distro_put_failure(DistroSink *sink, DistroStatus status)
{
    const DistroJsonFailure *failure = distro_json_failure(status);
    put_codes(sink, failure);
    DISTRO_PUT(sink, ",\"success\":");
    distro_put_bool(sink, failure->result_code == 200);
    DISTRO_PUT(sink, "}");
}

void distro_put_failure_text(DistroSink *sink, DistroStatus status)
{
    put_message(sink, distro_json_failure(status));
}

void distro_put_http_code(DistroSink *sink, int code)
{
    DISTRO_PUT(sink, DISTRO_HTTP_ANSWER);
    distro_put_whole(sink, code);
    DISTRO_PUT(sink, DISTRO_HTTP_ANSWER_END);
}

void distro_put_http_failure(DistroSink *sink, DistroStatus status)
{
    const bool beat = status == DISTRO_STATUS_BEAT_UNKNOWN;
    distro_put_http_code(sink, distro_json_http_code(beat ? DISTRO_STATUS_HTTP_ERROR : status));
    put_codes(sink, distro_json_failure(status));
    DISTRO_PUT(sink, "}");
}
