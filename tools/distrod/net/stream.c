/* tools/distrod/net/stream.c -- what leaves on a call.
 *
 * A stream's messages wait as pieces until HTTP/2 has room for them:
 *
 *      out   [head][JSON, shared][tail][head]...      .out_first, .out_offset: what is sent next */
#include "tools/distrod/net/session.h"

#include <string.h>

RegStream *reg_stream_new(RegConn *conn, int32_t id)
{
    RegStream *stream = g_new0(RegStream, 1);
    stream->conn = conn;
    stream->id = id;
    stream->begun_us = g_get_monotonic_time();
    reg_frames_init(&stream->in, reg_conn_limits(conn)->max_message_bytes);
    stream->next = conn->streams;
    if (conn->streams != NULL) {
        conn->streams->previous = stream;
    }
    conn->streams = stream;
    conn->stream_count++;
    return stream;
}

static void unlink_stream(RegConn *conn, RegStream *stream)
{
    if (stream->previous != NULL) {
        stream->previous->next = stream->next;
    } else {
        g_assert_true(conn->streams == stream);
        conn->streams = stream->next;
    }
    if (stream->next != NULL) {
        stream->next->previous = stream->previous;
    }
    conn->stream_count--;
}

void reg_stream_forget_partial(RegStream *stream)
{
    reg_census_hold(stream->conn->context->census, reg_frames_held(&stream->in), 0);
    reg_frames_clear(&stream->in);
}

static void drop_queued(RegStream *stream)
{
    for (guint i = stream->out_first; stream->out != NULL && i < stream->out->len; i++) {
        stream->conn->queued_bytes -= g_bytes_get_size(stream->out->pdata[i]);
    }
    if (stream->out != NULL) {
        stream->conn->queued_bytes += stream->out_offset;
    }
    g_clear_pointer(&stream->out, g_ptr_array_unref);
    stream->out_first = 0;
    stream->out_offset = 0;
}

void reg_stream_end(RegStream *stream)
{
    RegConn *conn = stream->conn;
    if (stream->method != REG_METHOD_NONE && conn->context->events->ended != NULL) {
        conn->context->events->ended(stream);
    }
    unlink_stream(conn, stream);
    reg_stream_forget_partial(stream);
    drop_queued(stream);
    g_free(stream->status_text);
    g_free(stream);
}

RegConn *reg_stream_conn(const RegStream *stream)
{
    return stream->conn;
}

RegMethod reg_stream_method(const RegStream *stream)
{
    return stream->method;
}

void reg_stream_set_data(RegStream *stream, void *data)
{
    stream->data = data;
}

void *reg_stream_data(const RegStream *stream)
{
    return stream->data;
}

bool reg_stream_finished(const RegStream *stream)
{
    return stream->finished;
}

RegGrpcStatus reg_stream_status(const RegStream *stream)
{
    return stream->status;
}

/* ---- sending ---- */

static nghttp2_nv header(const char *name, const char *value)
{
    return (nghttp2_nv) { (uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value),
                          NGHTTP2_NV_FLAG_NONE };
}

static void submit_trailers(RegStream *stream)
{
    char status[16];
    g_snprintf(status, sizeof status, "%d", stream->status);
    const nghttp2_nv trailers[] = {
        header("grpc-status", status),
        header("grpc-message", stream->status_text != NULL ? stream->status_text : ""),
    };
    nghttp2_submit_trailer(stream->conn->session, stream->id, trailers,
                           stream->status_text != NULL ? 2 : 1);
}

/* Move on by @size bytes that were sent of the first piece. */
static void consume_piece(RegStream *stream, size_t size)
{
    GBytes *piece = stream->out->pdata[stream->out_first];
    stream->out_offset += size;
    stream->conn->queued_bytes -= size;
    if (stream->out_offset < g_bytes_get_size(piece)) {
        return;
    }
    stream->out_offset = 0;
    stream->out->pdata[stream->out_first++] = NULL;
    g_bytes_unref(piece);
    if (stream->out_first == stream->out->len) {
        g_clear_pointer(&stream->out, g_ptr_array_unref);
        stream->out_first = 0;
    }
}

static ssize_t read_queued(nghttp2_session *session, int32_t id, uint8_t *buffer, size_t room,
                           uint32_t *flags, nghttp2_data_source *source, void *data)
{
    (void)session;
    (void)id;
    (void)data;
    RegStream *stream = source->ptr;
    size_t filled = 0;
    while (filled < room && stream->out != NULL) {
        gsize size;
        const uint8_t *bytes = g_bytes_get_data(stream->out->pdata[stream->out_first], &size);
        const size_t part = MIN(room - filled, size - stream->out_offset);
        memcpy(buffer + filled, bytes + stream->out_offset, part);
        filled += part;
        consume_piece(stream, part);
    }
    if (stream->out == NULL && stream->finished) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (stream->conn->server) {
            *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            submit_trailers(stream);
        }
    } else if (filled == 0) {
        stream->deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    return (ssize_t)filled;
}

static void submit_response(RegStream *stream)
{
    const nghttp2_nv headers[] = { header(":status", "200"),
                                   header("content-type", "application/grpc") };
    const nghttp2_data_provider provider = { .source.ptr = stream, .read_callback = read_queued };
    stream->responded = true;
    nghttp2_submit_response(stream->conn->session, stream->id, headers, G_N_ELEMENTS(headers),
                            &provider);
}

/* There is something new in .out, or its end is. */
static void resume_sending(RegStream *stream)
{
    if (stream->conn->server && !stream->responded) {
        submit_response(stream);
    } else if (stream->deferred) {
        stream->deferred = false;
        nghttp2_session_resume_data(stream->conn->session, stream->id);
    }
    reg_conn_queue_flush(stream->conn);
}

static void free_piece(gpointer piece)
{
    g_bytes_unref(piece); /* NULL: it was sent */
}

void reg_stream_send(RegStream *stream, GBytes *const *pieces, size_t count)
{
    RegConn *conn = stream->conn;
    if (conn->closing || stream->finished) {
        return;
    }
    if (stream->out == NULL) {
        stream->out = g_ptr_array_new_full((guint)count, free_piece);
    }
    for (size_t i = 0; i < count; i++) {
        const size_t size = g_bytes_get_size(pieces[i]);
        if (size > 0) {
            g_ptr_array_add(stream->out, g_bytes_ref(pieces[i]));
            conn->queued_bytes += size;
        }
    }
    if (conn->queued_bytes > reg_conn_limits(conn)->max_unsent_bytes) {
        reg_conn_close(conn, REG_CLOSE_LIMIT);
        return;
    }
    resume_sending(stream);
}

/* Headers and trailers in one, as gRPC answers what it will not do. */
static void submit_refusal(RegStream *stream)
{
    char status[16];
    g_snprintf(status, sizeof status, "%d", stream->status);
    const nghttp2_nv headers[] = {
        header(":status", "200"),
        header("content-type", "application/grpc"),
        header("grpc-status", status),
        header("grpc-message", stream->status_text != NULL ? stream->status_text : ""),
    };
    stream->responded = true;
    nghttp2_submit_response(stream->conn->session, stream->id, headers,
                            stream->status_text != NULL ? 4 : 3, NULL);
    reg_conn_queue_flush(stream->conn);
}

void reg_stream_finish(RegStream *stream, RegGrpcStatus status, const char *text)
{
    if (stream->conn->closing || stream->finished) {
        return;
    }
    stream->finished = true;
    if (!stream->conn->server) {
        resume_sending(stream);
        return;
    }
    stream->status = status;
    stream->status_text = g_strdup(text);
    if (!stream->responded && status != REG_GRPC_OK) {
        submit_refusal(stream);
    } else {
        resume_sending(stream);
    }
}

void reg_stream_cancel(RegStream *stream)
{
    if (stream->conn->closing) {
        return;
    }
    stream->finished = true;
    stream->deaf = true;
    nghttp2_submit_rst_stream(stream->conn->session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL);
    reg_conn_queue_flush(stream->conn);
}

/* Refuse what the client does with @stream, and let it send no more of it. */
void reg_stream_refuse(RegStream *stream, RegGrpcStatus status, const char *text)
{
    stream->deaf = true;
    reg_stream_forget_partial(stream);
    if (!stream->conn->server) {
        reg_stream_cancel(stream);
        return;
    }
    reg_stream_finish(stream, status, text); /* and then reg_stream_end_sent */
}

void reg_stream_refuse_http(RegStream *stream)
{
    const nghttp2_nv headers[] = { header(":status", "415") };
    stream->deaf = true;
    stream->responded = stream->finished = true;
    nghttp2_submit_response(stream->conn->session, stream->id, headers, 1, NULL);
    reg_conn_queue_flush(stream->conn);
}

/* A refusal has left whole: its caller may stop sending what is not read. A reset that is
 * submitted any sooner overtakes the refusal. */
void reg_stream_end_sent(RegStream *stream)
{
    if (stream->deaf && !stream->half_closed) {
        nghttp2_submit_rst_stream(stream->conn->session, NGHTTP2_FLAG_NONE, stream->id,
                                  NGHTTP2_NO_ERROR);
    }
}

RegStream *reg_conn_call(RegConn *conn, const char *path)
{
    char authority[REG_ADDRESS_TEXT];
    if (conn->closing || conn->session == NULL) {
        return NULL;
    }
    reg_address_text(&conn->peer, authority);
    const nghttp2_nv headers[] = {
        header(":method", "POST"),       header(":scheme", conn->channel.ssl ? "https" : "http"),
        header(":path", path),           header(":authority", authority),
        header("te", "trailers"),        header("content-type", "application/grpc"),
        header("user-agent", "distrod"),
    };
    RegStream *stream = reg_stream_new(conn, 0);
    stream->method = REG_METHOD_STREAM;
    const nghttp2_data_provider provider = { .source.ptr = stream, .read_callback = read_queued };
    stream->id = nghttp2_submit_request(conn->session, NULL, headers, G_N_ELEMENTS(headers),
                                        &provider, stream);
    if (stream->id < 0) { /* the numbers of 2^30 calls are used up */
        stream->method = REG_METHOD_NONE;
        reg_stream_end(stream);
        reg_conn_close(conn, REG_CLOSE_LIMIT);
        return NULL;
    }
    reg_conn_queue_flush(conn);
    return stream;
}
