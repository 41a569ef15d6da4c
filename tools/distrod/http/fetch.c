/* tools/distrod/http/fetch.c -- libcurl's multi interface: its sockets in our epoll, its one timer
 * in our heap. */
#include "tools/distrod/http/fetch.h"

#include <curl/curl.h>
#include <sys/epoll.h>

enum {
    MAX_CONNECTIONS = 32 /* kept to one host */
};

struct RegFetcher {
    RegLoop *loop;
    CURLM *multi;
    RegTimer timer;
    GHashTable *transfers; /* Transfer */
};

typedef struct Transfer {
    CURL *easy;
    struct curl_slist *headers;
    RegFetchDone done;
    void *data;
    GString *body;
    size_t max_bytes;
} Transfer;

/* A socket that libcurl wants watched. */
typedef struct Socket {
    RegWatch watch;
    RegFetcher *fetcher;
} Socket;

/* ---- ends ---- */

static RegFetched explain(CURLcode result)
{
    switch (result) {
    case CURLE_OK:
        return REG_FETCHED;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        return REG_FETCH_REFUSED;
    case CURLE_OPERATION_TIMEDOUT:
        return REG_FETCH_TIMEOUT;
    default:
        return REG_FETCH_BROKEN;
    }
}

static void free_transfer(RegFetcher *fetcher, Transfer *transfer)
{
    g_hash_table_remove(fetcher->transfers, transfer);
    curl_multi_remove_handle(fetcher->multi, transfer->easy);
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    g_string_free(transfer->body, true);
    g_free(transfer);
}

static void finish_transfer(RegFetcher *fetcher, CURL *easy, CURLcode result)
{
    Transfer *transfer;
    long code = 0;
    char *private;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    transfer = (Transfer *)(void *)private;
    transfer->done(transfer->data, explain(result), (unsigned)code, transfer->body);
    free_transfer(fetcher, transfer);
}

static void finish_done(RegFetcher *fetcher)
{
    int left;
    CURLMsg *message = curl_multi_info_read(fetcher->multi, &left);
    while (message != NULL) {
        if (message->msg == CURLMSG_DONE) {
            finish_transfer(fetcher, message->easy_handle, message->data.result);
        }
        message = curl_multi_info_read(fetcher->multi, &left);
    }
}

/* ---- sockets and time ---- */

static void note_ready(RegWatch *watch, uint32_t events)
{
    Socket *entry = REG_OWNER(watch, Socket, watch);
    RegFetcher *fetcher = entry->fetcher;
    const int flags = ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                      ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                      ((events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
    int running;
    curl_multi_socket_action(fetcher->multi, watch->fd, flags, &running); /* may free @entry */
    finish_done(fetcher);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *socket_data)
{
    (void)easy;
    RegFetcher *fetcher = data;
    Socket *entry = socket_data;
    if (what == CURL_POLL_REMOVE) {
        if (entry != NULL) {
            reg_loop_unwatch(fetcher->loop, &entry->watch);
            g_free(entry);
            curl_multi_assign(fetcher->multi, fd, NULL);
        }
        return 0;
    }
    if (entry == NULL) {
        entry = g_new0(Socket, 1);
        entry->fetcher = fetcher;
        entry->watch = (RegWatch) { .ready = note_ready, .fd = fd };
        curl_multi_assign(fetcher->multi, fd, entry);
    }
    reg_loop_watch(fetcher->loop, &entry->watch,
                   ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u) |
                       ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u));
    return 0;
}

static void note_time(RegTimer *timer)
{
    RegFetcher *fetcher = REG_OWNER(timer, RegFetcher, timer);
    int running;
    curl_multi_socket_action(fetcher->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_done(fetcher);
}

static int set_timer(CURLM *multi, long wait_ms, void *data)
{
    (void)multi;
    RegFetcher *fetcher = data;
    RegTimers *timers = reg_loop_timers(fetcher->loop);
    if (wait_ms < 0) {
        reg_timers_clear(timers, &fetcher->timer);
    } else {
        reg_timers_set_in(timers, &fetcher->timer, (int64_t)wait_ms * 1000);
    }
    return 0;
}

/* ---- transfers ---- */

/* A short count makes libcurl give up. */
static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
    Transfer *transfer = data;
    if (size * count > transfer->max_bytes - transfer->body->len) {
        return 0;
    }
    g_string_append_len(transfer->body, bytes, (gssize)(size * count));
    return size * count;
}

RegFetcher *reg_fetcher_new(RegLoop *loop)
{
    RegFetcher *fetcher = g_new0(RegFetcher, 1);
    fetcher->loop = loop;
    fetcher->timer.fire = note_time;
    fetcher->transfers = g_hash_table_new(NULL, NULL);
    fetcher->multi = curl_multi_init();
    g_assert_nonnull(fetcher->multi);
    curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
    curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
    curl_multi_setopt(fetcher->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)MAX_CONNECTIONS);
    return fetcher;
}

void reg_fetcher_free(RegFetcher *fetcher)
{
    if (fetcher == NULL) {
        return;
    }
    while (g_hash_table_size(fetcher->transfers) > 0) {
        GHashTableIter iterator;
        void *transfer;
        g_hash_table_iter_init(&iterator, fetcher->transfers);
        g_hash_table_iter_next(&iterator, &transfer, NULL);
        free_transfer(fetcher, transfer);
    }
    curl_multi_cleanup(fetcher->multi);
    reg_timers_clear(reg_loop_timers(fetcher->loop), &fetcher->timer);
    g_hash_table_unref(fetcher->transfers);
    g_free(fetcher);
}

void reg_fetch(RegFetcher *fetcher, const RegFetch *fetch, RegFetchDone done, void *data)
{
    Transfer *transfer = g_new0(Transfer, 1);
    transfer->easy = curl_easy_init();
    g_assert_nonnull(transfer->easy);
    transfer->done = done;
    transfer->data = data;
    transfer->body = g_string_new(NULL);
    transfer->max_bytes = fetch->max_bytes;
    for (const char *const *header = fetch->headers; header != NULL && *header != NULL; header++) {
        transfer->headers = curl_slist_append(transfer->headers, *header);
    }
    curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(transfer->easy, CURLOPT_URL, fetch->url);
    curl_easy_setopt(transfer->easy, CURLOPT_CUSTOMREQUEST, fetch->method);
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(transfer->easy, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(transfer->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(transfer->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(transfer->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(fetch->connect_us / 1000));
    curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS, (long)(fetch->total_us / 1000));
    curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, transfer);
    g_hash_table_add(fetcher->transfers, transfer);
    curl_multi_add_handle(fetcher->multi, transfer->easy); /* begins when the loop turns */
}
