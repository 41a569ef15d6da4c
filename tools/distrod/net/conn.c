/* tools/distrod/net/conn.c -- the socket under an HTTP/2 session.
 *
 *      descriptor ready -> read, nghttp2_session_mem_recv -> callbacks -> .message, .ended, ...
 *      anything to send -> task at the end of the turn -> nghttp2_session_mem_send, write */
#include "tools/distrod/net/session.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    BUFFER_SIZE = 64 * 1024,
    READS_PER_TURN = 4,
    KEEP_ALIVE_IDLE_S = 60,
    KEEP_ALIVE_INTERVAL_S = 10,
    KEEP_ALIVE_PROBES = 6,
    FRAME_HEAD_SIZE = 9,
    GOAWAY_HEAD_SIZE = 8,
    MAX_SENTENCE_SIZE = 128
};

const char *reg_close_text(RegClose why)
{
    static const char *const texts[REG_N_CLOSES] = {
        [REG_CLOSE_LOCAL] = "closed here",          [REG_CLOSE_PEER] = "closed by the other side",
        [REG_CLOSE_REFUSED] = "connection refused", [REG_CLOSE_PROTOCOL] = "broke the protocol",
        [REG_CLOSE_LIMIT] = "beyond a limit",
    };
    return texts[why];
}

void reg_conn_close(RegConn *conn, RegClose why)
{
    if (!conn->closing) {
        conn->closing = true;
        conn->why = why;
        reg_conn_queue_flush(conn);
    }
}

void reg_conn_reset(RegConn *conn)
{
    const struct linger none = { .l_onoff = 1 };
    setsockopt(conn->channel.fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    reg_conn_close(conn, REG_CLOSE_LOCAL);
}

/* ---- writing ---- */

static bool has_unsent(const RegConn *conn)
{
    return conn->unsent != NULL;
}

/* Keep what the socket had no room for. */
static void keep_unsent(RegConn *conn, const uint8_t *bytes, size_t size)
{
    if (size == 0) {
        return;
    }
    if (conn->unsent == NULL) {
        conn->unsent = g_byte_array_new();
    }
    g_byte_array_append(conn->unsent, bytes, (guint)size);
}

static void write_bytes(RegConn *conn, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        size_t put;
        const RegIo io = reg_channel_write(&conn->channel, bytes, size, &put);
        if (io == REG_IO_AGAIN) {
            break;
        }
        if (io != REG_IO_OK) {
            reg_conn_close(conn, REG_CLOSE_PEER);
            return;
        }
        bytes += put;
        size -= put;
    }
    keep_unsent(conn, bytes, size);
}

static void write_unsent(RegConn *conn)
{
    if (has_unsent(conn)) {
        g_autoptr(GByteArray) unsent = g_steal_pointer(&conn->unsent);
        write_bytes(conn, unsent->data, unsent->len);
    }
}

/* HTTP/2 hands out a frame at a time; they leave in pieces of up to the buffer's size. */
static void write_session(RegConn *conn)
{
    uint8_t buffer[BUFFER_SIZE];
    size_t used = 0;
    while (!has_unsent(conn)) {
        const uint8_t *frame;
        const ssize_t size = nghttp2_session_mem_send(conn->session, &frame);
        if (size < 0) {
            reg_conn_close(conn, REG_CLOSE_PROTOCOL);
            return;
        }
        if (size == 0) {
            break;
        }
        if (used + (size_t)size > sizeof buffer) {
            write_bytes(conn, buffer, used);
            used = 0;
        }
        if (has_unsent(conn) || (size_t)size > sizeof buffer) {
            write_unsent(conn);
            if (has_unsent(conn)) {
                keep_unsent(conn, frame, (size_t)size);
            } else {
                write_bytes(conn, frame, (size_t)size);
            }
            continue;
        }
        memcpy(buffer + used, frame, (size_t)size);
        used += (size_t)size;
    }
    if (used > 0) {
        write_bytes(conn, buffer, used);
    }
}

static void update_watch(RegConn *conn)
{
    uint32_t events = EPOLLIN;
    if (conn->connecting || has_unsent(conn) || conn->channel.wants_write) {
        events |= EPOLLOUT;
    }
    if (!reg_loop_watch(conn->context->loop, &conn->watch, events)) {
        reg_conn_close(conn, REG_CLOSE_LIMIT);
    }
}

static void free_conn(RegConn *conn)
{
    if (conn->server) {
        reg_census_leave(conn->context->census, &conn->peer);
    }
    if (conn->session != NULL) {
        nghttp2_session_del(conn->session);
    }
    g_clear_pointer(&conn->unsent, g_byte_array_unref);
    reg_channel_clear(&conn->channel);
    g_free(conn);
}

/* Say goodbye, if there is anyone to say it to. */
static void write_last(RegConn *conn)
{
    if (conn->session == NULL || conn->why == REG_CLOSE_PEER || conn->handshaking) {
        return;
    }
    nghttp2_session_terminate_session(
        conn->session, conn->why == REG_CLOSE_LIMIT ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_NO_ERROR);
    write_unsent(conn);
    if (!has_unsent(conn)) {
        write_session(conn);
    }
}

static void finish_closing(RegConn *conn)
{
    write_last(conn);
    reg_loop_unwatch(conn->context->loop, &conn->watch);
    reg_loop_unqueue(conn->context->loop, &conn->task);
    reg_timers_clear(reg_loop_timers(conn->context->loop), &conn->timer);
    while (conn->streams != NULL) {
        reg_stream_end(conn->streams);
    }
    if (conn->context->events->closed != NULL) {
        conn->context->events->closed(conn, conn->why);
    }
    free_conn(conn);
}

static void flush_conn(RegTask *task)
{
    RegConn *conn = REG_OWNER(task, RegConn, task);
    if (!conn->closing && conn->session != NULL && !has_unsent(conn)) {
        write_session(conn);
    }
    if (conn->closing) {
        finish_closing(conn);
        return;
    }
    update_watch(conn);
    if (conn->closing) {
        finish_closing(conn);
    }
}

/* ---- reading ---- */

static void read_some(RegConn *conn)
{
    uint8_t buffer[BUFFER_SIZE];
    for (int i = 0; i < READS_PER_TURN && !conn->closing; i++) {
        size_t got;
        const RegIo io = reg_channel_read(&conn->channel, buffer, sizeof buffer, &got);
        if (io == REG_IO_AGAIN) {
            return;
        }
        if (io != REG_IO_OK) {
            reg_conn_close(conn, REG_CLOSE_PEER);
            return;
        }
        if (nghttp2_session_mem_recv(conn->session, buffer, got) < 0) {
            reg_conn_close(conn, REG_CLOSE_PROTOCOL);
            return;
        }
        if (got < sizeof buffer && conn->channel.ssl == NULL) {
            return;
        }
    }
}

static bool finish_connecting(RegConn *conn)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(conn->channel.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        reg_conn_close(conn, REG_CLOSE_REFUSED);
        return false;
    }
    conn->connecting = false;
    return true;
}

static bool finish_handshake(RegConn *conn)
{
    const RegIo io = reg_channel_handshake(&conn->channel);
    if (io == REG_IO_AGAIN) {
        return false;
    }
    if (io != REG_IO_OK) {
        reg_conn_close(conn, REG_CLOSE_PROTOCOL);
        return false;
    }
    conn->handshaking = false;
    reg_session_begin(conn);
    return true;
}

static void handle_ready(RegWatch *watch, uint32_t events)
{
    RegConn *conn = REG_OWNER(watch, RegConn, watch);
    reg_conn_queue_flush(
        conn); /* whatever comes of it is written or waited for at the turn's end */
    if (conn->closing || (conn->connecting && !finish_connecting(conn)) ||
        (conn->handshaking && !finish_handshake(conn))) {
        return;
    }
    if ((events & EPOLLOUT) != 0) {
        write_unsent(conn);
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        read_some(conn);
    }
    if (!conn->closing && !nghttp2_session_want_read(conn->session) &&
        !nghttp2_session_want_write(conn->session)) {
        reg_conn_close(conn, conn->told_to_go ? REG_CLOSE_PEER : REG_CLOSE_PROTOCOL);
    }
}

/* ---- time ---- */

void reg_conn_watch_incomplete(RegConn *conn)
{
    RegTimers *timers = reg_loop_timers(conn->context->loop);
    if (conn->settled && conn->timer.place == 0) {
        reg_timers_set_in(timers, &conn->timer, reg_conn_limits(conn)->request_us);
    }
}

static void refuse_slow_requests(RegConn *conn)
{
    const int64_t oldest_us = g_get_monotonic_time() - reg_conn_limits(conn)->request_us;
    bool incomplete = false;
    for (RegStream *stream = conn->streams; stream != NULL; stream = stream->next) {
        if (stream->method == REG_METHOD_STREAM || stream->half_closed || stream->deaf) {
            continue;
        }
        if (stream->begun_us <= oldest_us) {
            reg_stream_refuse(stream, REG_GRPC_RESOURCE_EXHAUSTED, "the request came too slowly");
        } else {
            incomplete = true;
        }
    }
    if (incomplete) {
        reg_conn_watch_incomplete(conn);
    }
}

static void handle_timer(RegTimer *timer)
{
    RegConn *conn = REG_OWNER(timer, RegConn, timer);
    if (conn->settled) {
        refuse_slow_requests(conn);
    } else {
        reg_conn_close(conn, REG_CLOSE_LIMIT);
    }
}

void reg_conn_settled(RegConn *conn)
{
    if (!conn->settled) {
        conn->settled = true;
        reg_timers_clear(reg_loop_timers(conn->context->loop), &conn->timer);
        reg_conn_watch_incomplete(conn);
    }
}

/* ---- beginnings ---- */

static void set_options(int fd)
{
    const int yes = 1, idle_s = KEEP_ALIVE_IDLE_S, interval_s = KEEP_ALIVE_INTERVAL_S,
              probes = KEEP_ALIVE_PROBES;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

static RegConn *new_conn(const RegConnContext *context, int fd, const RegAddress *peer, bool server)
{
    RegConn *conn = g_new0(RegConn, 1);
    conn->context = context;
    conn->peer = *peer;
    conn->server = server;
    conn->handshaking = true;
    conn->watch = (RegWatch) { .ready = handle_ready, .fd = fd };
    conn->task.run = flush_conn;
    conn->timer.fire = handle_timer;
    SSL *ssl = NULL;
    if (context->tls != NULL && fd >= 0) {
        ssl = server ? reg_tls_accept(context->tls, fd) : reg_tls_connect(context->tls, fd);
    }
    reg_channel_init(&conn->channel, fd, ssl);
    reg_conn_queue_flush(conn);
    return conn;
}

RegConn *reg_conn_accept(const RegConnContext *context, int fd, const RegAddress *peer)
{
    set_options(fd);
    RegConn *conn = new_conn(context, fd, peer, true);
    reg_timers_set_in(reg_loop_timers(context->loop), &conn->timer,
                      reg_conn_limits(conn)->setup_us);
    if (context->tls == NULL) {
        conn->handshaking = false;
        reg_session_begin(conn);
    }
    return conn;
}

static void put_frame_head(uint8_t *at, size_t size, uint8_t type)
{
    memset(at, 0, FRAME_HEAD_SIZE); /* no flags, stream 0 */
    at[1] = (uint8_t)(size >> 8);
    at[2] = (uint8_t)size;
    at[3] = type;
}

/* SETTINGS, which a server must begin with, and GOAWAY; both by hand, since no session is worth
 * making for a connection that will not stand. */
void reg_conn_say_goodbye(int fd, const char *sentence)
{
    uint8_t bytes[2 * FRAME_HEAD_SIZE + GOAWAY_HEAD_SIZE + MAX_SENTENCE_SIZE] = { 0 };
    uint8_t *goaway = bytes + 2 * FRAME_HEAD_SIZE;
    const size_t size = MIN(strlen(sentence), MAX_SENTENCE_SIZE);
    put_frame_head(bytes, 0, NGHTTP2_SETTINGS);
    put_frame_head(bytes + FRAME_HEAD_SIZE, GOAWAY_HEAD_SIZE + size, NGHTTP2_GOAWAY);
    goaway[GOAWAY_HEAD_SIZE - 1] = NGHTTP2_ENHANCE_YOUR_CALM;
    memcpy(goaway + GOAWAY_HEAD_SIZE, sentence, size);
    if (send(fd, bytes, 2 * FRAME_HEAD_SIZE + GOAWAY_HEAD_SIZE + size,
             MSG_NOSIGNAL | MSG_DONTWAIT) > 0) {
        shutdown(fd, SHUT_WR);
    }
}

/* From the address that others know us by, so that they know us again; from any if that is none of
 * this host's. */
static void bind_local(int fd, const RegAddress *local, const RegAddress *peer)
{
    const int yes = 1;
    if (local == NULL || local->any.sa_family != peer->any.sa_family) {
        return;
    }
    RegAddress from = *local;
    if (from.any.sa_family == AF_INET) {
        from.v4.sin_port = 0;
    } else {
        from.v6.sin6_port = 0;
    }
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    (void)bind(fd, &from.any, from.size);
}

RegConn *reg_conn_open(const RegConnContext *context, const RegAddress *peer)
{
    const int fd = socket(peer->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool failed = fd < 0;
    if (!failed) {
        set_options(fd);
        bind_local(fd, context->local, peer);
        failed = connect(fd, &peer->any, peer->size) != 0 && errno != EINPROGRESS;
    }
    RegConn *conn = new_conn(context, fd, peer, false);
    conn->connecting = true;
    conn->settled = true;
    if (failed) {
        reg_conn_close(conn, REG_CLOSE_REFUSED);
    }
    return conn;
}

void reg_conn_set_data(RegConn *conn, void *data)
{
    conn->data = data;
}

void *reg_conn_data(const RegConn *conn)
{
    return conn->data;
}

const RegAddress *reg_conn_peer(const RegConn *conn)
{
    return &conn->peer;
}

const RegConnContext *reg_conn_context(const RegConn *conn)
{
    return conn->context;
}

bool reg_conn_is_open(const RegConn *conn)
{
    return !conn->closing && conn->session != NULL;
}
