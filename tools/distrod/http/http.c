/* tools/distrod/http/http.c -- libmicrohttpd behind a listener and epoll of the loop.
 *
 *      listener -> MHD_add_connection -> its own epoll, watched by ours -> MHD_run -> take_part
 *
 * A request begins with its first line: the query is only to be had there. */
#include "tools/distrod/http/http.h"

#include "tools/distrod/http/form.h"
#include "tools/distrod/net/listener.h"

#include <microhttpd.h>
#include <string.h>
#include <sys/epoll.h>

enum {
    HEADER_ROOM = 24 * 1024 /* of a connection: its headers, and what it is about to send */
};

struct RegHttpRequest {
    RegHttp *http;
    struct MHD_Connection *connection;
    char *target; /* with the query */
    char *path;
    GHashTable *parameters; /* (nullable) */
    GByteArray *body;       /* (nullable) */
    GBytes *body_bytes;     /* (nullable) once asked for */
    bool too_large, malformed;
    bool handling, answered, held;
    struct MHD_Response *response; /* (nullable) of one that was held, for when it is resumed */
    unsigned code;
};

typedef struct Route {
    const RegHttpRoute *route;
    void *data;
} Route;

struct RegHttp {
    RegHttpOptions options;
    RegCensus *census;
    RegListener *listener;
    struct MHD_Daemon *daemon;
    RegWatch watch;
    RegTimer timer;
    RegTask task;
    GHashTable *routes; /* "GET /path" -> Route */
    uint64_t requests;
    uint32_t held; /* suspended */
    bool stopping;
};

/* ---- requests ---- */

static void *begin_request(void *data, const char *target, struct MHD_Connection *connection)
{
    RegHttpRequest *request = g_new0(RegHttpRequest, 1);
    request->http = data;
    request->connection = connection;
    request->target = g_strdup(target);
    return request;
}

static void free_request(RegHttpRequest *request)
{
    g_free(request->target);
    g_free(request->path);
    g_clear_pointer(&request->parameters, g_hash_table_unref);
    g_clear_pointer(&request->body, g_byte_array_unref);
    g_clear_pointer(&request->body_bytes, g_bytes_unref);
    g_clear_pointer(&request->response, MHD_destroy_response);
    g_free(request);
}

static void end_request(void *data, struct MHD_Connection *connection, void **request_data,
                        enum MHD_RequestTerminationCode why)
{
    (void)data;
    (void)connection;
    (void)why;
    RegHttpRequest *request = *request_data;
    *request_data = NULL;
    if (request == NULL) {
        return;
    }
    free_request(request);
}

const char *reg_http_parameter(const RegHttpRequest *request, const char *name)
{
    return g_hash_table_lookup(request->parameters, name);
}

const char *reg_http_header(const RegHttpRequest *request, const char *name)
{
    const char *value = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
    return value != NULL && g_utf8_validate(value, -1, NULL) ? value : NULL;
}

GBytes *reg_http_body(RegHttpRequest *request)
{
    if (request->body_bytes == NULL) {
        request->body_bytes = request->body != NULL
                                  ? g_byte_array_free_to_bytes(g_steal_pointer(&request->body))
                                  : g_bytes_new_static("", 0);
    }
    return request->body_bytes;
}

const RegAddress *reg_http_peer(const RegHttpRequest *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

const char *reg_http_path(const RegHttpRequest *request)
{
    return request->path;
}

/* ---- answers ---- */

static void run_soon(RegHttp *http)
{
    reg_loop_queue(http->options.loop, &http->task);
}

static void free_bytes(void *bytes)
{
    g_bytes_unref(bytes);
}

static struct MHD_Response *new_response(GBytes *const *pieces, size_t count)
{
    GByteArray *whole = g_byte_array_new();
    gsize size;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *bytes = g_bytes_get_data(pieces[i], &size);
        g_byte_array_append(whole, bytes, (guint)size);
    }
    GBytes *bytes = g_byte_array_free_to_bytes(whole);
    const void *start = g_bytes_get_data(bytes, &size);
    return MHD_create_response_from_buffer_with_free_callback_cls(size, (void *)start, free_bytes,
                                                                  bytes);
}

static void send_response(RegHttpRequest *request)
{
    MHD_queue_response(request->connection, request->code, request->response);
    g_clear_pointer(&request->response, MHD_destroy_response);
}

void reg_http_answer_pieces(RegHttpRequest *request, unsigned code, const char *type,
                            GBytes *const *pieces, size_t count)
{
    g_assert_false(request->answered);
    request->answered = true;
    struct MHD_Response *response = new_response(pieces, count);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (request->http->stopping) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    }
    request->response = response;
    request->code = code;
    if (request->held) {
        request->http->held--;
        MHD_resume_connection(request->connection);
        run_soon(request->http);
    } else {
        send_response(request);
    }
}

void reg_http_answer_json(RegHttpRequest *request, unsigned code, const GString *json)
{
    g_autoptr(GBytes) piece = g_bytes_new(json->str, json->len);
    reg_http_answer_pieces(request, code, "application/json;charset=UTF-8", &piece, 1);
}

void reg_http_answer_text(RegHttpRequest *request, unsigned code, const char *text)
{
    g_autoptr(GBytes) piece = g_bytes_new(text, strlen(text));
    reg_http_answer_pieces(request, code, "text/plain;charset=UTF-8", &piece, 1);
}

void reg_http_hold(RegHttpRequest *request)
{
    g_assert_false(request->answered);
    request->held = true;
}

/* ---- what comes ---- */

static bool is_form(const RegHttpRequest *request)
{
    const char *type = reg_http_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);
    return type == NULL || g_ascii_strncasecmp(type, "application/x-www-form-urlencoded",
                                               strlen("application/x-www-form-urlencoded")) == 0;
}

static bool read_parameters(RegHttpRequest *request)
{
    const char *query = strchr(request->target, '?');
    request->parameters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (query != NULL && !reg_form_read(request->parameters, query + 1, strlen(query + 1))) {
        return false;
    }
    return request->body == NULL || !is_form(request) ||
           reg_form_read(request->parameters, (const char *)request->body->data,
                         request->body->len);
}

static void dispatch(RegHttpRequest *request, const char *path, const char *method)
{
    g_autofree char *key = g_strdup_printf("%s %s", method, path);
    const Route *route = g_hash_table_lookup(request->http->routes, key);
    request->http->requests++;
    request->path = g_strdup(path);
    if (request->too_large) {
        reg_http_answer_text(request, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
    } else if (!read_parameters(request)) {
        reg_http_answer_text(request, MHD_HTTP_BAD_REQUEST,
                             "the parameters are no text, or too many");
    } else if (route == NULL) {
        reg_http_answer_text(request, MHD_HTTP_NOT_FOUND, "no such path");
    } else {
        route->route->handle(route->data, request);
    }
}

static bool announces_too_much(const RegHttpRequest *request)
{
    const char *text =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "Content-Length");
    guint64 length;
    return text != NULL && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &length, NULL) &&
           length > request->http->options.limits->max_message_bytes;
}

static void take_body(RegHttpRequest *request, const char *bytes, size_t size)
{
    const uint32_t most = request->http->options.limits->max_message_bytes;
    if (request->body == NULL) {
        request->body = g_byte_array_new();
    }
    if (request->too_large || size > most - request->body->len) {
        request->too_large = true;
        g_byte_array_set_size(request->body, 0);
        return;
    }
    g_byte_array_append(request->body, (const uint8_t *)bytes, (guint)size);
}

/* Called with the headers, with each part of the body, and when all has come. */
static enum MHD_Result take_part(void *data, struct MHD_Connection *connection, const char *path,
                                 const char *method, const char *version, const char *bytes,
                                 size_t *size, void **request_data)
{
    (void)data;
    (void)version;
    (void)connection;
    RegHttpRequest *request = *request_data;
    if (request->path == NULL && !request->handling) {
        request->handling = true;
        if (announces_too_much(request)) { /* it is not read at all */
            reg_http_answer_text(request, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
        }
        return MHD_YES;
    }
    if (*size > 0) {
        take_body(request, bytes, *size);
        *size = 0;
        return MHD_YES;
    }
    if (request->response != NULL) { /* resumed */
        send_response(request);
        return MHD_YES;
    }
    dispatch(request, path, method);
    if (request->held && !request->answered) {
        request->http->held++;
        MHD_suspend_connection(connection);
    }
    return MHD_YES;
}

/* ---- the daemon on the loop ---- */

static void run_daemon(RegTask *task)
{
    RegHttp *http = REG_OWNER(task, RegHttp, task);
    MHD_UNSIGNED_LONG_LONG wait_ms;
    MHD_run(http->daemon);
    if (MHD_get_timeout(http->daemon, &wait_ms) == MHD_YES) {
        reg_timers_set_in(reg_loop_timers(http->options.loop), &http->timer,
                          (int64_t)MIN(wait_ms, 60000) * 1000);
    }
}

static void note_ready(RegWatch *watch, uint32_t events)
{
    (void)events;
    run_soon(REG_OWNER(watch, RegHttp, watch));
}

static void note_time(RegTimer *timer)
{
    run_soon(REG_OWNER(timer, RegHttp, timer));
}

/* A connection's address is its context, for as long as it stands. */
static void note_connection(void *data, struct MHD_Connection *connection, void **context,
                            enum MHD_ConnectionNotificationCode code)
{
    RegHttp *http = data;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        reg_census_leave(http->census, *context);
        g_free(*context);
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    RegAddress *address = g_new0(RegAddress, 1);
    if (info->client_addr->sa_family == AF_INET) {
        memcpy(&address->v4, info->client_addr, sizeof address->v4);
        address->size = sizeof address->v4;
    } else {
        memcpy(&address->v6, info->client_addr, sizeof address->v6);
        address->size = sizeof address->v6;
    }
    *context = address;
}

static void say_goodbye(int fd, const char *sentence)
{
    g_autofree char *text = g_strdup_printf("HTTP/1.1 503 Service Unavailable\r\nConnection: close"
                                            "\r\nContent-Length: %zu\r\n\r\n%s",
                                            strlen(sentence), sentence);
    if (send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) > 0) {
        shutdown(fd, SHUT_WR);
    }
}

static void note_accepted(void *data, int fd, const RegAddress *peer)
{
    RegHttp *http = data;
    if (MHD_add_connection(http->daemon, fd, &peer->any, peer->size) != MHD_YES) {
        reg_census_leave(http->census, peer); /* it has closed @fd */
    }
    run_soon(http);
}

static void note_refused(void *data, const RegAddress *peer, const char *sentence)
{
    RegHttp *http = data;
    if (http->options.refused != NULL) {
        http->options.refused(http->options.data, peer, sentence);
    }
}

static const RegListenerEvents listener_events = { .accepted = note_accepted,
                                                   .refused = note_refused,
                                                   .say_goodbye = say_goodbye };

RegHttp *reg_http_new(const RegHttpOptions *options)
{
    RegHttp *http = g_new0(RegHttp, 1);
    http->options = *options;
    http->census = reg_census_new(options->limits);
    http->routes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    http->task.run = run_daemon;
    http->timer.fire = note_time;
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        take_part, http, MHD_OPTION_CONNECTION_LIMIT, options->limits->max_connections,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(options->limits->request_us / G_USEC_PER_SEC),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_ROOM, MHD_OPTION_URI_LOG_CALLBACK,
        begin_request, http, MHD_OPTION_NOTIFY_COMPLETED, end_request, http,
        MHD_OPTION_NOTIFY_CONNECTION, note_connection, http, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_END);
    g_assert_nonnull(http->daemon); /* without a socket there is nothing to fail but memory */
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    http->watch = (RegWatch) { .ready = note_ready, .fd = info->epoll_fd };
    reg_loop_watch(options->loop, &http->watch, EPOLLIN);
    return http;
}

void reg_http_add_routes(RegHttp *http, const RegHttpRoute *routes, void *data)
{
    for (; routes->path != NULL; routes++) {
        Route *route = g_new(Route, 1);
        *route = (Route) { routes, data };
        g_hash_table_insert(http->routes, g_strdup_printf("%s %s", routes->method, routes->path),
                            route);
    }
}

bool reg_http_listen(RegHttp *http, const RegAddress *address, GError **error)
{
    g_assert_null(http->listener);
    http->listener =
        reg_listener_new(http->options.loop, http->census, address, &listener_events, http, error);
    return http->listener != NULL;
}

void reg_http_stop_listening(RegHttp *http)
{
    http->stopping = true;
    g_clear_pointer(&http->listener, reg_listener_free);
}

void reg_http_free(RegHttp *http)
{
    if (http == NULL) {
        return;
    }
    g_assert_cmpuint(http->held, ==, 0);
    reg_http_stop_listening(http);
    reg_timers_clear(reg_loop_timers(http->options.loop), &http->timer);
    reg_loop_unqueue(http->options.loop, &http->task);
    reg_loop_unwatch(http->options.loop, &http->watch);
    MHD_stop_daemon(http->daemon);
    g_hash_table_unref(http->routes);
    reg_census_free(http->census);
    g_free(http);
}

uint32_t reg_http_connections(const RegHttp *http)
{
    return reg_census_connections(http->census);
}

uint32_t reg_http_held(const RegHttp *http)
{
    return http->held;
}

uint64_t reg_http_refused(const RegHttp *http)
{
    return reg_census_refused(http->census);
}

uint64_t reg_http_requests(const RegHttp *http)
{
    return http->requests;
}
