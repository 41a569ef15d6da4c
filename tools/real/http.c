/* tools/real/http.c -- see http.h. */
#include "tools/real/http.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tools/real/space.h"

enum {
    MAX_ANSWER = 16 << 20
};

struct RealHttp {
    RegLoop *loop;
    RegAddress address;
    char host[REG_ADDRESS_TEXT];
    int space;
    RegWatch watch; /* .fd -1: not connected */
    RegTimer timer;
    bool busy;
    GString *request;
    size_t sent;
    GString *answer;
    GString *body; /* of a chunked answer */
    RealHttpDone done;
    void *data;
};

/* --- the connection --------------------------------------------------------------------------- */

static void disconnect(RealHttp *http)
{
    if (http->watch.fd >= 0) {
        reg_loop_unwatch(http->loop, &http->watch);
        close(http->watch.fd);
        http->watch.fd = -1;
    }
}

static void finish(RealHttp *http, unsigned code, const char *body, size_t size)
{
    reg_timers_clear(reg_loop_timers(http->loop), &http->timer);
    if (code == 0) {
        disconnect(http);
    }
    http->busy = false;
    http->done(http->data, code, body, size);
}

static void fail(RegTimer *timer)
{
    finish(REG_OWNER(timer, RealHttp, timer), 0, NULL, 0);
}

static bool connect_anew(RealHttp *http)
{
    const int here = real_space_here(NULL);
    if (here < 0) {
        return false;
    }
    real_space_go(http->space);
    http->watch.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const bool begun = http->watch.fd >= 0 &&
                       (connect(http->watch.fd, &http->address.any, http->address.size) == 0 ||
                        errno == EINPROGRESS);
    real_space_go(here);
    close(here);
    if (!begun && http->watch.fd >= 0) {
        close(http->watch.fd);
        http->watch.fd = -1;
    }
    return begun;
}

/* --- answers ---------------------------------------------------------------------------------- */

/* The value of header @name among those up to @end; NULL if it is absent. */
static const char *header(const char *head, const char *end, const char *name)
{
    const size_t size = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line != NULL && line < end;
         line = strstr(line + 2, "\r\n")) {
        if (g_ascii_strncasecmp(line + 2, name, size) == 0 && line[2 + size] == ':') {
            return line + 2 + size + 1 + strspn(line + 2 + size + 1, " ");
        }
    }
    return NULL;
}

/* True when all chunks from @text on are there; they are put together in .body. */
static bool take_chunks(RealHttp *http, const char *text, const char *end)
{
    g_string_truncate(http->body, 0);
    for (;;) {
        char *after;
        const char *line_end = g_strstr_len(text, end - text, "\r\n");
        const guint64 size = line_end != NULL ? g_ascii_strtoull(text, &after, 16) : 0;
        if (line_end == NULL || size > (guint64)(end - line_end)) {
            return false;
        }
        text = line_end + 2;
        if ((guint64)(end - text) < size + 2) {
            return false;
        }
        if (size == 0) {
            return true;
        }
        g_string_append_len(http->body, text, (gssize)size);
        text += size + 2;
    }
}

/* Tomcat ends a connection after a hundred requests, and says so in its last answer. */
static void leave_if_asked(RealHttp *http, const char *stays)
{
    if (stays != NULL && g_ascii_strncasecmp(stays, "close", strlen("close")) == 0) {
        disconnect(http);
    }
}

static void look_at_answer(RealHttp *http)
{
    const char *head = http->answer->str, *end = head + http->answer->len;
    const char *head_end = strstr(head, "\r\n\r\n");
    unsigned code = 0;
    if (head_end == NULL) {
        return;
    }
    const char *body = head_end + 4;
    const char *length = header(head, head_end, "Content-Length");
    const char *coding = header(head, head_end, "Transfer-Encoding");
    const char *stays = header(head, head_end, "Connection");
    if (g_str_has_prefix(head, "HTTP/1.1 ")) {
        code = (unsigned)g_ascii_strtoull(head + strlen("HTTP/1.1 "), NULL, 10);
    }
    if (code == 0) {
        finish(http, 0, NULL, 0);
    } else if (length != NULL) {
        const guint64 size = g_ascii_strtoull(length, NULL, 10);
        if ((guint64)(end - body) >= size) {
            leave_if_asked(http, stays);
            finish(http, code, body, size);
        }
    } else if (coding != NULL && take_chunks(http, body, end)) {
        leave_if_asked(http, stays);
        finish(http, code, http->body->str, http->body->len);
    }
}

/* --- reading and writing ---------------------------------------------------------------------- */

static void read_answer(RealHttp *http)
{
    char bytes[16384];
    for (;;) {
        const ssize_t size = read(http->watch.fd, bytes, sizeof bytes);
        if (size > 0 && http->answer->len < MAX_ANSWER) {
            g_string_append_len(http->answer, bytes, size);
            continue;
        }
        if (size < 0 && errno == EAGAIN) {
            break;
        }
        if (http->busy) {
            finish(http, 0, NULL, 0);
        } else {
            disconnect(http);
        }
        return;
    }
    if (http->busy) {
        look_at_answer(http);
    }
}

static void write_request(RealHttp *http)
{
    const ssize_t size = send(http->watch.fd, http->request->str + http->sent,
                              http->request->len - http->sent, MSG_NOSIGNAL);
    if (size > 0) {
        http->sent += (size_t)size;
    } else if (size < 0 && errno != EAGAIN) {
        finish(http, 0, NULL, 0);
        return;
    }
    const bool all = http->sent == http->request->len;
    reg_loop_watch(http->loop, &http->watch, all ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

static void on_ready(RegWatch *watch, uint32_t events)
{
    RealHttp *http = REG_OWNER(watch, RealHttp, watch);
    if ((events & EPOLLOUT) != 0 && http->busy && http->sent < http->request->len) {
        write_request(http);
    }
    if (http->watch.fd >= 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        read_answer(http);
    }
}

/* --- asking ----------------------------------------------------------------------------------- */

RealHttp *real_http_new(RegLoop *loop, int space, const char *ip, unsigned port)
{
    RealHttp *http = g_new0(RealHttp, 1);
    http->loop = loop;
    http->space = space;
    http->watch = (RegWatch) { .ready = on_ready, .fd = -1 };
    http->timer.fire = fail;
    const bool valid = reg_address_of(ip, (uint16_t)port, &http->address);
    g_assert_true(valid);
    reg_address_text(&http->address, http->host);
    http->request = g_string_new(NULL);
    http->answer = g_string_new(NULL);
    http->body = g_string_new(NULL);
    return http;
}

void real_http_free(RealHttp *http)
{
    if (http == NULL) {
        return;
    }
    reg_timers_clear(reg_loop_timers(http->loop), &http->timer);
    disconnect(http);
    g_string_free(http->request, true);
    g_string_free(http->answer, true);
    g_string_free(http->body, true);
    g_free(http);
}

bool real_http_is_busy(const RealHttp *http)
{
    return http->busy;
}

void real_http_get(RealHttp *http, const char *path, int64_t limit_us, RealHttpDone done,
                   void *data)
{
    g_assert_false(http->busy);
    http->busy = true;
    http->done = done;
    http->data = data;
    http->sent = 0;
    g_string_printf(http->request, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, http->host);
    g_string_truncate(http->answer, 0);
    const bool connected = http->watch.fd >= 0 || connect_anew(http);
    reg_timers_set_in(reg_loop_timers(http->loop), &http->timer, connected ? limit_us : 0);
    if (connected) {
        reg_loop_watch(http->loop, &http->watch, EPOLLIN | EPOLLOUT);
    }
}
