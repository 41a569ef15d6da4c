/* tests/distrod/unit/test_conn.c -- gRPC over a socket: calls, streams, limits, and those who do
 * not keep to the rules. */
#include "tools/distrod/net/conn.h"
#include "tools/distrod/net/listener.h"

#include "tests/distrod/support/waiting.h"
#include "tests/support/check.h"

#include <nghttp2/nghttp2.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAX_MESSAGE = 100000,
    PORT = 18848
};

/* This test's own, so that others may run beside it. */
static const char address_text[] = "127.0.71.1";

/* A server that answers each message with itself, and a client that counts what happens to it. */
typedef struct Fixture {
    RegLoop *loop;
    RegLimits limits;
    RegCensus *server_census, *client_census;
    RegConnContext server, client;
    RegAddress address;
    RegListener *listener;
    unsigned opened, closed, ended, answers, accepted, refused, server_closed;
    RegClose last_close, last_server_close;
    RegGrpcStatus last_status;
    size_t last_size;
    GString *last;
    const char *last_sentence;
    bool silent; /* the server answers nothing */
} Fixture;

static Fixture *the;

static GBytes *framed(const void *bytes, size_t size)
{
    uint8_t *frame = g_malloc(size + 5);
    frame[0] = 0;
    frame[1] = (uint8_t)(size >> 24);
    frame[2] = (uint8_t)(size >> 16);
    frame[3] = (uint8_t)(size >> 8);
    frame[4] = (uint8_t)size;
    if (size > 0) {
        memcpy(frame + 5, bytes, size);
    }
    return g_bytes_new_take(frame, size + 5);
}

static void send_text(RegStream *stream, const void *bytes, size_t size)
{
    g_autoptr(GBytes) piece = framed(bytes, size);
    reg_stream_send(stream, &piece, 1);
}

static RegMethod server_called(RegStream *stream, const char *path)
{
    (void)stream;
    if (strcmp(path, "/echo/once") == 0) {
        return REG_METHOD_UNARY;
    }
    return strcmp(path, "/echo/stream") == 0 ? REG_METHOD_STREAM : REG_METHOD_NONE;
}

static void server_message(RegStream *stream, const uint8_t *message, size_t size)
{
    reg_conn_settled(reg_stream_conn(stream));
    if (the->silent) {
        return;
    }
    send_text(stream, message, size);
    if (size > 0 && message[0] == '1') { /* the unary ones */
        reg_stream_finish(stream, REG_GRPC_OK, NULL);
    }
}

static void note_server_close(RegConn *conn, RegClose why)
{
    (void)conn;
    the->server_closed++;
    the->last_server_close = why;
}

static void note_opened(RegConn *conn)
{
    (void)conn;
    the->opened++;
}

static void note_message(RegStream *stream, const uint8_t *message, size_t size)
{
    (void)stream;
    the->answers++;
    the->last_size = size;
    g_string_truncate(the->last, 0);
    g_string_append_len(the->last, (const char *)message, (gssize)MIN(size, 100));
}

static void note_ended(RegStream *stream)
{
    the->ended++;
    the->last_status = reg_stream_status(stream);
}

static void note_closed(RegConn *conn, RegClose why)
{
    (void)conn;
    the->closed++;
    the->last_close = why;
}

static void note_accepted(void *data, int fd, const RegAddress *peer)
{
    (void)data;
    reg_conn_accept(&the->server, fd, peer);
    the->accepted++;
}

static void note_refused(void *data, const RegAddress *peer, const char *sentence)
{
    (void)data;
    (void)peer;
    the->refused++;
    the->last_sentence = sentence;
}

static const RegConnEvents server_events = { .called = server_called,
                                             .message = server_message,
                                             .closed = note_server_close };
static const RegConnEvents client_events = {
    .opened = note_opened, .message = note_message, .ended = note_ended, .closed = note_closed
};
static const RegListenerEvents listener_events = { .accepted = note_accepted,
                                                   .refused = note_refused,
                                                   .say_goodbye = reg_conn_say_goodbye };

static void set_up(Fixture *fixture)
{
    the = fixture;
    *fixture = (Fixture) {
        .loop = reg_loop_new(),
        .limits = { .max_connections = 100,
                    .max_per_address = 50,
                    .max_held_bytes = 1 << 20,
                    .max_message_bytes = MAX_MESSAGE,
                    .max_streams = 200,
                    .max_unsent_bytes = 4 << 20,
                    .setup_us = 300000,
                    .request_us = 300000 },
        .last = g_string_new(NULL),
    };
    fixture->server_census = reg_census_new(&fixture->limits);
    fixture->client_census = reg_census_new(&fixture->limits);
    fixture->server = (RegConnContext) { .loop = fixture->loop,
                                         .census = fixture->server_census,
                                         .events = &server_events };
    fixture->client = (RegConnContext) { .loop = fixture->loop,
                                         .census = fixture->client_census,
                                         .events = &client_events };
    reg_address_of(address_text, PORT, &fixture->address);
    fixture->listener = reg_listener_new(fixture->loop, fixture->server_census, &fixture->address,
                                         &listener_events, NULL, NULL);
    g_assert_nonnull(fixture->listener);
}

static void tear_down(Fixture *fixture)
{
    reg_listener_free(fixture->listener);
    turn_for(fixture->loop, 20);
    check_uint(reg_census_connections(fixture->server_census), ==, 0);
    reg_census_free(fixture->server_census);
    reg_census_free(fixture->client_census);
    g_string_free(fixture->last, true);
    reg_loop_free(fixture->loop);
}

static RegConn *open_client(Fixture *fixture)
{
    RegConn *conn = reg_conn_open(&fixture->client, &fixture->address);
    const unsigned before = fixture->opened;
    check_true(wait_for_count(fixture->loop, &fixture->opened, before + 1));
    return conn;
}

static void close_client(Fixture *fixture, RegConn *conn)
{
    const unsigned before = fixture->closed, server_before = fixture->server_closed;
    reg_conn_close(conn, REG_CLOSE_LOCAL);
    check_true(wait_for_count(fixture->loop, &fixture->closed, before + 1));
    check_true(wait_for_count(fixture->loop, &fixture->server_closed, server_before + 1));
}

/* A plain socket that has connected to the server. */
static int open_socket(Fixture *fixture)
{
    const RegAddress *address = &fixture->address;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const unsigned before = fixture->accepted;
    g_assert_cmpint(connect(fd, &address->any, address->size), ==, 0);
    check_true(wait_for_count(fixture->loop, &fixture->accepted, before + 1));
    return fd;
}

/* ---- calls ---- */

static void a_call_is_answered_and_ends_well(void)
{
    Fixture fixture;
    set_up(&fixture);
    RegConn *conn = open_client(&fixture);
    RegStream *stream = reg_conn_call(conn, "/echo/once");
    send_text(stream, "1 hello", 7);
    reg_stream_finish(stream, REG_GRPC_OK, NULL);
    check_true(wait_for_count(fixture.loop, &fixture.ended, 1));
    check_str(fixture.last->str, ==, "1 hello");
    check_int(fixture.last_status, ==, REG_GRPC_OK);
    close_client(&fixture, conn);
    check_int(fixture.last_close, ==, REG_CLOSE_LOCAL);
    tear_down(&fixture);
}

static void calls_of_one_turn_are_all_answered(void)
{
    Fixture fixture;
    set_up(&fixture);
    RegConn *conn = open_client(&fixture);
    for (unsigned i = 0; i < 1000; i++) { /* more than may be under way at once */
        RegStream *stream = reg_conn_call(conn, "/echo/once");
        send_text(stream, "1", 1);
        reg_stream_finish(stream, REG_GRPC_OK, NULL);
    }
    check_true(wait_for_count(fixture.loop, &fixture.ended, 1000));
    check_uint(fixture.answers, ==, 1000);
    close_client(&fixture, conn);
    tear_down(&fixture);
}

static void a_large_message_passes_every_window(void)
{
    Fixture fixture;
    set_up(&fixture);
    RegConn *conn = open_client(&fixture);
    g_autofree char *large = g_strnfill(MAX_MESSAGE, 'x');
    RegStream *stream = reg_conn_call(conn, "/echo/stream");
    for (unsigned i = 0; i < 30; i++) {
        send_text(stream, large, MAX_MESSAGE);
    }
    check_true(wait_for_count(fixture.loop, &fixture.answers, 30));
    check_uint(fixture.last_size, ==, MAX_MESSAGE);
    close_client(&fixture, conn);
    check_uint(fixture.ended, ==, 1);
    tear_down(&fixture);
}

static void what_there_is_not_ends_with_status_12(void)
{
    Fixture fixture;
    set_up(&fixture);
    RegConn *conn = open_client(&fixture);
    RegStream *stream = reg_conn_call(conn, "/echo/never");
    send_text(stream, "1", 1);
    reg_stream_finish(stream, REG_GRPC_OK, NULL);
    check_true(wait_for_count(fixture.loop, &fixture.ended, 1));
    check_int(fixture.last_status, ==, REG_GRPC_UNIMPLEMENTED);
    check_uint(fixture.answers, ==, 0);
    close_client(&fixture, conn);
    tear_down(&fixture);
}

static void a_call_that_is_given_up_ends(void)
{
    Fixture fixture;
    set_up(&fixture);
    fixture.silent = true;
    RegConn *conn = open_client(&fixture);
    RegStream *stream = reg_conn_call(conn, "/echo/once");
    send_text(stream, "1", 1);
    reg_stream_finish(stream, REG_GRPC_OK, NULL);
    turn_for(fixture.loop, 30);
    check_uint(fixture.ended, ==, 0);
    reg_stream_cancel(stream);
    check_true(wait_for_count(fixture.loop, &fixture.ended, 1));
    close_client(&fixture, conn);
    tear_down(&fixture);
}

static void a_server_that_goes_ends_the_calls_under_way(void)
{
    Fixture fixture;
    RegAddress gone;
    set_up(&fixture);
    fixture.silent = true;
    RegConn *conn = open_client(&fixture);
    RegStream *stream = reg_conn_call(conn, "/echo/stream");
    send_text(stream, "hello", 5);
    turn_for(fixture.loop, 30);
    close_client(&fixture, conn);
    check_uint(fixture.ended, ==, 1);

    gone = fixture.address;
    reg_listener_free(g_steal_pointer(&fixture.listener));
    reg_conn_open(&fixture.client, &gone);
    check_true(wait_for_count(fixture.loop, &fixture.closed, 2));
    check_int(fixture.last_close, ==, REG_CLOSE_REFUSED);
    tear_down(&fixture);
}

/* ---- limits ---- */

static void a_message_that_is_too_large_ends_its_call_alone(void)
{
    Fixture fixture;
    set_up(&fixture);
    RegConn *conn = open_client(&fixture);
    g_autofree char *large = g_strnfill(MAX_MESSAGE + 1, '1');
    RegStream *stream = reg_conn_call(conn, "/echo/once");
    send_text(stream, large, MAX_MESSAGE + 1);
    reg_stream_finish(stream, REG_GRPC_OK, NULL);
    check_true(wait_for_count(fixture.loop, &fixture.ended, 1));
    check_int(fixture.last_status, ==, REG_GRPC_RESOURCE_EXHAUSTED);

    stream = reg_conn_call(conn, "/echo/once");
    send_text(stream, "1", 1);
    reg_stream_finish(stream, REG_GRPC_OK, NULL);
    check_true(wait_for_count(fixture.loop, &fixture.ended, 2));
    check_int(fixture.last_status, ==, REG_GRPC_OK);
    close_client(&fixture, conn);
    tear_down(&fixture);
}

static void a_request_that_never_ends_is_cut_off(void)
{
    Fixture fixture;
    set_up(&fixture);
    RegConn *conn = open_client(&fixture);
    RegStream *stream = reg_conn_call(conn, "/echo/once");
    send_text(stream, "1", 1);
    reg_stream_finish(stream, REG_GRPC_OK, NULL);
    check_true(wait_for_count(fixture.loop, &fixture.ended, 1));

    stream = reg_conn_call(conn, "/echo/once");
    g_autoptr(GBytes) part = g_bytes_new_static("\0\0\0\1", 4);
    reg_stream_send(stream, &part, 1);
    check_true(wait_for_count(fixture.loop, &fixture.ended, 2));
    check_int(fixture.last_status, ==, REG_GRPC_RESOURCE_EXHAUSTED);
    close_client(&fixture, conn);
    tear_down(&fixture);
}

static void a_connection_that_asks_nothing_is_closed(void)
{
    Fixture fixture;
    set_up(&fixture);
    open_client(&fixture);
    check_true(wait_for_count(fixture.loop, &fixture.closed, 1));
    check_int(fixture.last_close, ==, REG_CLOSE_PEER);
    check_int(fixture.last_server_close, ==, REG_CLOSE_LIMIT);
    tear_down(&fixture);
}

static void one_address_gets_no_more_than_its_share(void)
{
    Fixture fixture;
    RegConn *conns[50];
    char answer[256] = "";
    set_up(&fixture);
    fixture.limits.setup_us = 60000000;
    for (unsigned i = 0; i < G_N_ELEMENTS(conns); i++) {
        conns[i] = open_client(&fixture);
    }
    const RegAddress *address = &fixture.address;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    g_assert_cmpint(connect(fd, &address->any, address->size), ==, 0);
    check_true(wait_for_count(fixture.loop, &fixture.refused, 1));
    check_str(fixture.last_sentence, ==, "too many connections from this address");
    const ssize_t size = recv(fd, answer, sizeof answer - 1, 0);
    check_int(size, >, 26);
    check_int(answer[9 + 3], ==, NGHTTP2_GOAWAY);
    check_str(answer + 26, ==, "too many connections from this address");
    close(fd);
    for (unsigned i = 0; i < G_N_ELEMENTS(conns); i++) {
        close_client(&fixture, conns[i]);
    }
    tear_down(&fixture);
}

static void a_client_that_does_not_read_is_cut_off(void)
{
    Fixture fixture;
    set_up(&fixture);
    RegConn *conn = open_client(&fixture);
    g_autofree char *large = g_strnfill(MAX_MESSAGE, 'x');
    RegStream *stream = reg_conn_call(conn, "/echo/stream");
    for (unsigned i = 0; i < 50; i++) { /* 5 MB, and 4 MiB may wait */
        send_text(stream, large, MAX_MESSAGE);
    }
    check_true(wait_for_count(fixture.loop, &fixture.closed, 1));
    check_int(fixture.last_close, ==, REG_CLOSE_LIMIT);
    check_true(wait_for_count(fixture.loop, &fixture.server_closed, 1));
    tear_down(&fixture);
}

/* ---- those who do not keep to the rules ---- */

static void what_is_no_http2_is_closed(void)
{
    Fixture fixture;
    char bytes[4096];
    set_up(&fixture);
    const int fd = open_socket(&fixture);
    check_int(send(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, 0), ==, 27);
    check_true(wait_for_count(fixture.loop, &fixture.server_closed, 1));
    check_int(fixture.last_server_close, ==, REG_CLOSE_PROTOCOL);
    while (recv(fd, bytes, sizeof bytes, 0) > 0) {
    }
    close(fd);
    tear_down(&fixture);
}

static void noise_after_the_preface_is_survived(void)
{
    Fixture fixture;
    set_up(&fixture);
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    for (unsigned i = 0; i < 40; i++) {
        uint8_t bytes[2000];
        const int fd = open_socket(&fixture);
        memcpy(bytes, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
        for (size_t at = NGHTTP2_CLIENT_MAGIC_LEN; at < sizeof bytes; at++) {
            bytes[at] = (uint8_t)g_rand_int_range(random, 0, i % 2 == 0 ? 256 : 10);
        }
        check_int(send(fd, bytes, sizeof bytes, 0), ==, sizeof bytes);
        turn_for(fixture.loop, 3);
        close(fd);
    }
    check_true(wait_for_count(fixture.loop, &fixture.server_closed, 40));
    tear_down(&fixture);
}

int main(void)
{
    static const Test tests[] = {
        { "a call is answered and ends well", a_call_is_answered_and_ends_well },
        { "calls of one turn are all answered", calls_of_one_turn_are_all_answered },
        { "a large message passes every window", a_large_message_passes_every_window },
        { "a method that does not exist ends with status 12",
          what_there_is_not_ends_with_status_12 },
        { "a call that is given up ends", a_call_that_is_given_up_ends },
        { "a server that goes ends the calls under way",
          a_server_that_goes_ends_the_calls_under_way },
        { "a message that is too large ends its call alone",
          a_message_that_is_too_large_ends_its_call_alone },
        { "a request that never ends is cut off", a_request_that_never_ends_is_cut_off },
        { "a connection that asks nothing is closed", a_connection_that_asks_nothing_is_closed },
        { "one address gets no more than its share", one_address_gets_no_more_than_its_share },
        { "a client that does not read is cut off", a_client_that_does_not_read_is_cut_off },
        { "what is no HTTP/2 is closed", what_is_no_http2_is_closed },
        { "noise after the preface is survived", noise_after_the_preface_is_survived },
        { NULL, NULL },
    };
    return run_tests("conn", tests);
}
