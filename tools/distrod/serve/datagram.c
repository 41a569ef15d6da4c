/* tools/distrod/serve/datagram.c -- pushes over UDP. */
#include "tools/distrod/serve/datagram.h"

#include "tools/distrod/wire/json.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define RESEND_US 10000000 /* Constants#ACK_TIMEOUT_NANOS */

enum {
    RESENDS = 1,          /* Constants#UDP_MAX_RETRY_TIMES */
    MAX_DATAGRAM = 60000, /* what a client's buffer of 64 KiB takes */
    MAX_SUBSCRIBERS = 100000
};

struct RegDatagram {
    RegLoop *loop;
    RegNaming *naming;
    RegWatch watch;
    GHashTable *addresses;  /* DistroClient -> Subscriber */
    GHashTable *unanswered; /* "ip:port,lastRefTime" -> Push */
    int64_t last_time;      /* given to a push; each has another */
};

/* Where a client listens, and which clusters it wants of each service. */
typedef struct Subscriber {
    RegAddress address;
    GHashTable *clusters; /* DistroService -> "a,b" */
    int64_t asked_us;
} Subscriber;

typedef struct Push {
    RegTimer timer;
    RegDatagram *datagram;
    DistroPushTarget target; /* but for its list */
    char *key;
    RegAddress address;
    GString *text;
    int64_t sent_us;
    uint32_t all, selected;
    unsigned resends;
} Push;

/* ---- who takes pushes ---- */

/* ClientInfo.ClientType, and UdpPushService#canEnablePush: these kinds, in any version that is
 * used. */
static bool takes_pushes(const char *agent)
{
    static const char *const kinds[] = { "Nacos-Java-Client", "Nacos-DNS", "Nacos-C-Client",
                                         "Nacos-Go-Client", "Nacos-CSharp-Client" };
    for (size_t i = 0; agent != NULL && i < G_N_ELEMENTS(kinds); i++) {
        if (g_str_has_prefix(agent, kinds[i])) {
            return true;
        }
    }
    return false;
}

static void free_subscriber(void *data)
{
    Subscriber *subscriber = data;
    g_hash_table_unref(subscriber->clusters);
    g_free(subscriber);
}

static Subscriber *enter_subscriber(RegDatagram *datagram, DistroClient client,
                                    const RegAddress *address)
{
    Subscriber *subscriber = g_hash_table_lookup(datagram->addresses, GUINT_TO_POINTER(client));
    if (subscriber == NULL) {
        subscriber = g_new0(Subscriber, 1);
        subscriber->address = *address;
        subscriber->clusters = g_hash_table_new_full(NULL, NULL, NULL, g_free);
        g_hash_table_insert(datagram->addresses, GUINT_TO_POINTER(client), subscriber);
    }
    subscriber->asked_us = g_get_monotonic_time();
    return subscriber;
}

static bool has_lapsed(const RegDatagram *datagram, const Subscriber *subscriber)
{
    const DistroConfig *config = reg_host_config(reg_naming_host(datagram->naming));
    return g_get_monotonic_time() - subscriber->asked_us >
           MAX(config->push_cache_us, config->datagram_lease_us);
}

static void forget_lapsed(RegDatagram *datagram)
{
    GHashTableIter iterator;
    void *client, *subscriber;
    g_hash_table_iter_init(&iterator, datagram->addresses);
    while (g_hash_table_iter_next(&iterator, &client, &subscriber)) {
        if (has_lapsed(datagram, subscriber)) {
            reg_naming_forget_subscriber(datagram->naming, GPOINTER_TO_UINT(client));
            g_hash_table_iter_remove(&iterator);
        }
    }
}

void reg_datagram_subscribe(RegDatagram *datagram, const char *agent, const char *ip, uint16_t port,
                            DistroService service, const char *clusters)
{
    RegAddress address;
    if (port == 0 || !takes_pushes(agent) || !reg_address_of(ip, port, &address) ||
        address.any.sa_family != AF_INET) {
        return;
    }
    if (g_hash_table_size(datagram->addresses) >= MAX_SUBSCRIBERS) {
        forget_lapsed(datagram);
        if (g_hash_table_size(datagram->addresses) >= MAX_SUBSCRIBERS) {
            return;
        }
    }
    g_autofree char *id = g_strdup_printf("%s:%u#true", ip, port);
    const DistroClient client =
        distro_dictionary_client(reg_host_dictionary(reg_naming_host(datagram->naming)), id);
    Subscriber *subscriber = enter_subscriber(datagram, client, &address);
    g_hash_table_replace(subscriber->clusters, GUINT_TO_POINTER(service),
                         g_strdup(clusters != NULL ? clusters : ""));
    reg_naming_subscribe(datagram->naming, client, true, service);
}

/* ---- pushes ---- */

static void free_push(void *data)
{
    Push *push = data;
    reg_timers_clear(reg_loop_timers(push->datagram->loop), &push->timer);
    g_string_free(push->text, true);
    g_free(push->key);
    g_free(push);
}

static void finish_push(Push *push, RegPushOutcome outcome)
{
    char ip[REG_ADDRESS_TEXT];
    reg_address_ip(&push->address, ip);
    reg_naming_pushed(push->datagram->naming, &push->target, outcome, push->sent_us, push->all,
                      push->selected, ip);
    g_hash_table_remove(push->datagram->unanswered, push->key);
}

/* What the socket has no room for is lost, as any datagram may be. */
static void send_text(Push *push)
{
    sendto(push->datagram->watch.fd, push->text->str, push->text->len, MSG_DONTWAIT,
           &push->address.any, push->address.size);
    reg_timers_set_in(reg_loop_timers(push->datagram->loop), &push->timer, RESEND_US);
}

/* NoRequiredRetryException: after the last the push is over, and not tried again. */
static void resend(RegTimer *timer)
{
    Push *push = REG_OWNER(timer, Push, timer);
    if (push->resends++ < RESENDS) {
        send_text(push);
    } else {
        finish_push(push, REG_PUSH_GONE);
    }
}

static GString *push_text(RegList *list, const RegSelection *selection, int64_t time)
{
    GBytes *pieces[3];
    GString *info = g_string_new(NULL), *text = g_string_new("{\"type\":\"dom\",\"data\":");
    reg_list_info(list, selection, true, pieces);
    for (int i = 0; i < 3; i++) {
        gsize size;
        const char *bytes = g_bytes_get_data(pieces[i], &size);
        g_string_append_len(info, bytes, (gssize)size);
    }
    g_bytes_unref(pieces[0]);
    g_bytes_unref(pieces[2]);
    reg_json_put_text(text, info->str);
    reg_json_put_number_of(text, "lastRefTime", time);
    g_string_append_c(text, '}');
    g_string_free(info, true);
    return text;
}

static char *key_of(const RegAddress *address, int64_t time)
{
    char text[REG_ADDRESS_TEXT];
    reg_address_text(address, text);
    return g_strdup_printf("%s,%" G_GINT64_FORMAT, text, time);
}

static void send_push(void *data, const DistroPushTarget *target)
{
    RegDatagram *datagram = data;
    Subscriber *subscriber =
        g_hash_table_lookup(datagram->addresses, GUINT_TO_POINTER(target->subscriber));
    if (subscriber == NULL) {
        return;
    }
    const RegSelection selection = { .clusters = g_hash_table_lookup(
                                         subscriber->clusters, GUINT_TO_POINTER(target->service)) };
    datagram->last_time = MAX(datagram->last_time + 1, g_get_monotonic_time() * 1000);
    GString *text = push_text(target->list, &selection, datagram->last_time);
    if (text->len > MAX_DATAGRAM) {
        g_string_free(text, true);
        return;
    }
    Push *push = g_new0(Push, 1);
    push->timer.fire = resend;
    push->datagram = datagram;
    push->target = *target;
    push->key = key_of(&subscriber->address, datagram->last_time);
    push->address = subscriber->address;
    push->text = text;
    push->sent_us = g_get_monotonic_time();
    push->all = reg_list_listings(target->list)->len;
    reg_list_hosts(target->list, &selection, &push->selected);
    g_hash_table_insert(datagram->unanswered, push->key, push);
    send_text(push);
}

/* ---- acknowledgements ---- */

static void take_ack(RegDatagram *datagram, const RegAddress *from, const char *bytes, size_t size)
{
    g_autoptr(DistroJson) json = distro_json_parse(bytes, size, NULL);
    const int64_t time =
        json != NULL ? reg_json_number(json, distro_json_root(json), "lastRefTime", 0) : 0;
    g_autofree char *key = key_of(from, time);
    Push *push = g_hash_table_lookup(datagram->unanswered, key);
    if (push != NULL) {
        finish_push(push, REG_PUSH_DONE);
    }
}

static void receive_some(RegWatch *watch, uint32_t events)
{
    (void)events;
    RegDatagram *datagram = REG_OWNER(watch, RegDatagram, watch);
    for (int i = 0; i < 64; i++) {
        char bytes[2048];
        RegAddress from = { .size = sizeof from.v6 };
        const ssize_t size =
            recvfrom(watch->fd, bytes, sizeof bytes, MSG_DONTWAIT, &from.any, &from.size);
        if (size < 0 && errno == EAGAIN) {
            return;
        }
        if (size > 0) { /* a refusal by the other host comes as an error of its own */
            take_ack(datagram, &from, bytes, (size_t)size);
        }
    }
}

RegDatagram *reg_datagram_new(RegLoop *loop, RegNaming *naming, const RegAddress *address,
                              GError **error)
{
    RegAddress from = *address;
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (from.any.sa_family == AF_INET) {
        from.v4.sin_port = 0;
    }
    if (fd < 0 || (from.any.sa_family == AF_INET && bind(fd, &from.any, from.size) != 0)) {
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno),
                    "cannot send datagrams: %s", g_strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return NULL;
    }
    RegDatagram *datagram = g_new0(RegDatagram, 1);
    datagram->loop = loop;
    datagram->naming = naming;
    datagram->watch = (RegWatch) { .ready = receive_some, .fd = fd };
    datagram->addresses = g_hash_table_new_full(NULL, NULL, NULL, free_subscriber);
    datagram->unanswered = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_push);
    reg_loop_watch(loop, &datagram->watch, EPOLLIN);
    reg_naming_set_sender(naming, true, send_push, datagram);
    return datagram;
}

void reg_datagram_free(RegDatagram *datagram)
{
    if (datagram == NULL) {
        return;
    }
    reg_naming_set_sender(datagram->naming, true, NULL, NULL);
    reg_loop_unwatch(datagram->loop, &datagram->watch);
    close(datagram->watch.fd);
    g_hash_table_unref(datagram->unanswered);
    g_hash_table_unref(datagram->addresses);
    g_free(datagram);
}
