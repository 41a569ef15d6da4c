/* tools/distrod/net/session.c -- what arrives in HTTP/2, as calls, messages and ends. */
#include "tools/distrod/net/session.h"

#include <string.h>

enum {
    STREAM_WINDOW = 1 << 20,
    SERVER_WINDOW = 2 << 20,
    CLIENT_WINDOW = 16 << 20 /* a snapshot is an answer of 10 MiB */
};

static RegStream *find_stream(const RegConn *conn, int32_t id)
{
    return nghttp2_session_get_stream_user_data(conn->session, id);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
    RegConn *conn = data;
    if (!conn->server || frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
        return 0;
    }
    if (conn->stream_count >= reg_conn_limits(conn)->max_streams) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* the stream is reset */
    }
    RegStream *stream = reg_stream_new(conn, frame->hd.stream_id);
    nghttp2_session_set_stream_user_data(session, stream->id, stream);
    reg_conn_watch_incomplete(conn);
    return 0;
}

static bool is_name(const uint8_t *name, size_t size, const char *wanted)
{
    return size == strlen(wanted) && memcmp(name, wanted, size) == 0;
}

static bool begins_with(const uint8_t *value, size_t size, const char *wanted)
{
    return size >= strlen(wanted) && memcmp(value, wanted, strlen(wanted)) == 0;
}

static void read_status(RegStream *stream, const uint8_t *value, size_t size)
{
    g_autofree char *text = g_strndup((const char *)value, size);
    guint64 status;
    if (g_ascii_string_to_unsigned(text, 10, 0, 99, &status, NULL)) {
        stream->status = (RegGrpcStatus)status;
    }
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
                     void *data)
{
    (void)session;
    (void)flags;
    RegStream *stream = find_stream(data, frame->hd.stream_id);
    if (stream == NULL) {
        return 0;
    }
    stream->headers_size += (uint32_t)(name_size + value_size);
    if (stream->headers_size > REG_MAX_HEADERS_SIZE) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (is_name(name, name_size, ":path") && value_size < REG_MAX_PATH_SIZE) {
        memcpy(stream->path, value, value_size);
        stream->path[value_size] = '\0';
    } else if (is_name(name, name_size, ":method")) {
        stream->is_post = is_name(value, value_size, "POST");
    } else if (is_name(name, name_size, "content-type")) {
        stream->is_grpc = begins_with(value, value_size, "application/grpc");
    } else if (is_name(name, name_size, "grpc-status")) {
        read_status(stream, value, value_size);
    }
    return 0;
}

/* Server: all headers of a request are there. */
static void begin_call(RegStream *stream)
{
    RegConn *conn = stream->conn;
    if (!stream->is_post || !stream->is_grpc) {
        reg_stream_refuse_http(stream);
        return;
    }
    stream->method = conn->context->events->called(stream, stream->path);
    if (stream->method == REG_METHOD_NONE) {
        reg_stream_refuse(stream, REG_GRPC_UNIMPLEMENTED, "no such method");
    }
}

static void half_close(RegStream *stream)
{
    RegConn *conn = stream->conn;
    stream->half_closed = true;
    if (stream->deaf) {
        return;
    }
    if (stream->method == REG_METHOD_UNARY && !stream->got_message) {
        reg_stream_refuse(stream, REG_GRPC_INTERNAL, "a call without its message");
    } else if (conn->context->events->half_closed != NULL) {
        conn->context->events->half_closed(stream);
    }
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
    (void)session;
    RegConn *conn = data;
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) {
        conn->told_to_go |= frame->hd.type == NGHTTP2_GOAWAY;
        return 0;
    }
    RegStream *stream = find_stream(conn, frame->hd.stream_id);
    if (stream == NULL) {
        return 0;
    }
    if (conn->server && frame->hd.type == NGHTTP2_HEADERS &&
        frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        begin_call(stream);
    }
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        half_close(stream);
    }
    return 0;
}

static int on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
    (void)session;
    RegConn *conn = data;
    RegStream *stream = find_stream(conn, frame->hd.stream_id);
    if (conn->server && stream != NULL && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
        (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA)) {
        reg_stream_end_sent(stream);
    }
    return 0;
}

static bool take_message(void *data, const uint8_t *message, size_t size)
{
    RegStream *stream = data;
    RegConn *conn = stream->conn;
    if (stream->method == REG_METHOD_UNARY && stream->got_message) {
        return false;
    }
    stream->got_message = true;
    conn->context->events->message(stream, message, size);
    return !conn->closing && !stream->deaf;
}

static void refuse_frame(RegStream *stream, RegFrameError error)
{
    switch (error) {
    case REG_FRAME_OK:
        break;
    case REG_FRAME_COMPRESSED:
        reg_stream_refuse(stream, REG_GRPC_UNIMPLEMENTED, "compression was not agreed upon");
        break;
    case REG_FRAME_TOO_LARGE:
        reg_stream_refuse(stream, REG_GRPC_RESOURCE_EXHAUSTED, "the message is too large");
        break;
    case REG_FRAME_STOPPED:
        if (!stream->deaf && !stream->conn->closing) {
            reg_stream_refuse(stream, REG_GRPC_INTERNAL, "a call with more than one message");
        }
        break;
    }
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
                   size_t size, void *data)
{
    (void)session;
    (void)flags;
    RegConn *conn = data;
    RegStream *stream = find_stream(conn, id);
    if (stream == NULL || stream->deaf || conn->closing) {
        return 0;
    }
    const size_t before = reg_frames_held(&stream->in);
    const RegFrameError error = reg_frames_feed(&stream->in, bytes, size, take_message, stream);
    const size_t now = reg_frames_held(&stream->in);
    if (!reg_census_hold(conn->context->census, before, now)) {
        reg_frames_clear(&stream->in);
        reg_census_hold(conn->context->census, before, 0);
        reg_stream_refuse(stream, REG_GRPC_RESOURCE_EXHAUSTED, "too much is being received");
        return 0;
    }
    refuse_frame(stream, error);
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *data)
{
    (void)code;
    RegStream *stream = find_stream(data, id);
    if (stream != NULL) {
        nghttp2_session_set_stream_user_data(session, id, NULL);
        reg_stream_end(stream);
    }
    return 0;
}

/* ---- the session ---- */

static nghttp2_session_callbacks *new_callbacks(void)
{
    nghttp2_session_callbacks *callbacks;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    return callbacks;
}

void reg_session_begin(RegConn *conn)
{
    const nghttp2_settings_entry settings[] = {
        { NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW },
        { NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, REG_MAX_HEADERS_SIZE },
        { NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, reg_conn_limits(conn)->max_streams },
    };
    nghttp2_session_callbacks *callbacks = new_callbacks();
    if (conn->server) {
        nghttp2_session_server_new(&conn->session, callbacks, conn);
    } else {
        nghttp2_session_client_new(&conn->session, callbacks, conn);
    }
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(conn->session, NGHTTP2_FLAG_NONE, settings, G_N_ELEMENTS(settings));
    nghttp2_session_set_local_window_size(conn->session, NGHTTP2_FLAG_NONE, 0,
                                          conn->server ? SERVER_WINDOW : CLIENT_WINDOW);
    reg_conn_queue_flush(conn);
    if (conn->context->events->opened != NULL) {
        conn->context->events->opened(conn);
    }
}
