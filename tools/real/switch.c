/* tools/real/switch.c -- see switch.h. */
#include "tools/real/switch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_PACKET = 65536,
    MAX_WAITING = 1 << 16, /* packets in flight; beyond, what comes is lost */
    EVENTS = 64,
    SOURCE_AT = 12,
    TARGET_AT = 16,
    HEAD_SIZE = 20,
};

typedef struct Party {
    SimEndpoint endpoint;
    uint32_t ip;
    int fd;
    bool muted;
} Party;

typedef struct Way {
    SimRoute route;
    SimPrng prng;
    bool in_burst, cut, wan;
    int64_t busy_until_us, last_at_us;
} Way;

typedef struct Packet {
    int64_t at_us;
    uint64_t number; /* equal times go in order */
    SimEndpoint from, to;
    size_t size;
    uint8_t bytes[];
} Packet;

struct RealSwitch {
    GMutex lock; /* of all but the thread's own heap */
    GThread *thread;
    uint64_t seed;
    int epoll, wake;
    bool ending;
    GArray *parties;    /* Party */
    GArray *devices;    /* int */
    GHashTable *by_ip;  /* ip -> place + 1 */
    GHashTable *ways;   /* pair -> Way */
    GPtrArray *spreads; /* SimSpreadTable */
    RealTraffic traffic;
    GPtrArray *heap; /* Packet, the earliest first */
    uint64_t numbers;
};

static int64_t now_us(void)
{
    return g_get_monotonic_time();
}

/* --- what is known of the way ----------------------------------------------------------------- */

static Party *party_at(RealSwitch *network, uint32_t ip)
{
    const guint place = GPOINTER_TO_UINT(g_hash_table_lookup(network->by_ip, GUINT_TO_POINTER(ip)));
    return place == 0 ? NULL : &g_array_index(network->parties, Party, place - 1);
}

static Party *party_of(RealSwitch *network, SimEndpoint endpoint)
{
    for (guint i = network->parties->len; i-- > 0;) {
        Party *party = &g_array_index(network->parties, Party, i);
        if (party->endpoint == endpoint) {
            return party;
        }
    }
    return NULL;
}

static Way *way_between(RealSwitch *network, SimEndpoint from, SimEndpoint to)
{
    return g_hash_table_lookup(network->ways, sim_pack(from, to));
}

static bool is_open(RealSwitch *network, SimEndpoint from, SimEndpoint to)
{
    const Way *way = way_between(network, from, to);
    const Party *sender = party_of(network, from), *receiver = party_of(network, to);
    return way != NULL && !way->cut && !sender->muted && !receiver->muted;
}

/* --- packets in flight ------------------------------------------------------------------------ */

static bool is_earlier(const Packet *a, const Packet *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->number < b->number;
}

static void push_packet(GPtrArray *heap, Packet *packet)
{
    guint place = heap->len;
    g_ptr_array_add(heap, packet);
    while (place > 0 && is_earlier(packet, heap->pdata[(place - 1) / 2])) {
        heap->pdata[place] = heap->pdata[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    heap->pdata[place] = packet;
}

static Packet *pop_packet(GPtrArray *heap)
{
    Packet *first = heap->pdata[0], *last = heap->pdata[heap->len - 1];
    guint place = 0;
    g_ptr_array_set_size(heap, (gint)heap->len - 1);
    for (guint child; heap->len > 0 && (child = 2 * place + 1) < heap->len; place = child) {
        if (child + 1 < heap->len && is_earlier(heap->pdata[child + 1], heap->pdata[child])) {
            child++;
        }
        if (!is_earlier(heap->pdata[child], last)) {
            break;
        }
        heap->pdata[place] = heap->pdata[child];
    }
    if (heap->len > 0) {
        heap->pdata[place] = last;
    }
    return first;
}

/* --- the way of a packet ---------------------------------------------------------------------- */

static uint32_t address_at(const uint8_t *bytes, size_t place)
{
    uint32_t address;
    memcpy(&address, bytes + place, sizeof address);
    return ntohl(address);
}

static void count_sent(RealSwitch *network, const Way *way, size_t size)
{
    network->traffic.packets++;
    if (way->wan) {
        network->traffic.bytes_wan += size;
    } else {
        network->traffic.bytes_lan += size;
    }
}

/* When it arrives; -1: never. */
static int64_t pass(RealSwitch *network, Way *way, size_t size)
{
    const SimLane lane = { &way->prng, &way->in_burst, &way->busy_until_us };
    int64_t at_us;
    count_sent(network, way, size);
    if (!sim_route_pass(&way->route, &lane, now_us(), (int64_t)size, &at_us) ||
        network->heap->len >= MAX_WAITING) {
        network->traffic.lost++;
        return -1;
    }
    way->last_at_us = MAX(way->last_at_us, at_us);
    return way->last_at_us;
}

static void take_packet(RealSwitch *network, const uint8_t *bytes, size_t size)
{
    if (size < HEAD_SIZE || bytes[0] >> 4 != 4) {
        return;
    }
    const Party *from = party_at(network, address_at(bytes, SOURCE_AT));
    const Party *to = party_at(network, address_at(bytes, TARGET_AT));
    Way *way =
        from != NULL && to != NULL ? way_between(network, from->endpoint, to->endpoint) : NULL;
    if (way == NULL) {
        return;
    }
    if (way->cut || from->muted || to->muted) {
        network->traffic.cut++;
        return;
    }
    const int64_t at_us = pass(network, way, size);
    if (at_us < 0) {
        return;
    }
    Packet *packet = g_malloc(sizeof *packet + size);
    *packet = (Packet) { .at_us = at_us,
                         .number = network->numbers++,
                         .from = from->endpoint,
                         .to = to->endpoint,
                         .size = size };
    memcpy(packet->bytes, bytes, size);
    push_packet(network->heap, packet);
}

static void read_device(RealSwitch *network, int fd)
{
    static _Thread_local uint8_t bytes[MAX_PACKET];
    for (ssize_t size; (size = read(fd, bytes, sizeof bytes)) > 0;) {
        g_mutex_lock(&network->lock);
        take_packet(network, bytes, (size_t)size);
        g_mutex_unlock(&network->lock);
    }
}

/* A cut takes what is under way, too. */
static void deliver(RealSwitch *network, Packet *packet)
{
    g_mutex_lock(&network->lock);
    const bool open = is_open(network, packet->from, packet->to);
    const int fd = party_of(network, packet->to)->fd;
    network->traffic.cut += !open;
    g_mutex_unlock(&network->lock);
    if (open && write(fd, packet->bytes, packet->size) < 0) {
        g_mutex_lock(&network->lock);
        network->traffic.lost++;
        g_mutex_unlock(&network->lock);
    }
    g_free(packet);
}

static void deliver_due(RealSwitch *network)
{
    while (network->heap->len > 0 && ((const Packet *)network->heap->pdata[0])->at_us <= now_us()) {
        deliver(network, pop_packet(network->heap));
    }
}

/* --- the thread ------------------------------------------------------------------------------- */

static int wait_for_packets(const RealSwitch *network, struct epoll_event *events)
{
    const int64_t next_us =
        network->heap->len > 0 ? ((const Packet *)network->heap->pdata[0])->at_us : INT64_MAX;
    const int64_t left_us = next_us == INT64_MAX ? -1 : MAX(0, next_us - now_us());
    const struct timespec limit = { left_us / 1000000, left_us % 1000000 * 1000 };
    return epoll_pwait2(network->epoll, events, EVENTS, left_us < 0 ? NULL : &limit, NULL);
}

static bool is_ending(RealSwitch *network)
{
    g_mutex_lock(&network->lock);
    const bool ending = network->ending;
    g_mutex_unlock(&network->lock);
    return ending;
}

static gpointer carry(gpointer data)
{
    RealSwitch *network = data;
    struct epoll_event events[EVENTS];
    const struct sched_param least = { .sched_priority = sched_get_priority_min(SCHED_RR) };
    sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &least); /* where we may */
    while (!is_ending(network)) {
        const int count = wait_for_packets(network, events);
        for (int i = 0; i < count; i++) {
            uint64_t woken;
            if (events[i].data.fd == network->wake) {
                (void)!read(network->wake, &woken, sizeof woken);
            } else {
                read_device(network, events[i].data.fd);
            }
        }
        deliver_due(network);
    }
    return NULL;
}

static void watch(RealSwitch *network, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    const int result = epoll_ctl(network->epoll, EPOLL_CTL_ADD, fd, &event);
    g_assert_cmpint(result, ==, 0);
}

RealSwitch *real_switch_new(uint64_t seed)
{
    RealSwitch *network = g_new0(RealSwitch, 1);
    g_mutex_init(&network->lock);
    network->seed = seed;
    network->epoll = epoll_create1(EPOLL_CLOEXEC);
    network->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    g_assert_cmpint(network->epoll, >=, 0);
    g_assert_cmpint(network->wake, >=, 0);
    network->parties = g_array_new(false, true, sizeof(Party));
    network->devices = g_array_new(false, false, sizeof(int));
    network->by_ip = g_hash_table_new(NULL, NULL);
    network->ways = g_hash_table_new_full(sim_hash_packed, NULL, NULL, g_free);
    network->spreads = g_ptr_array_new_with_free_func(g_free);
    network->heap = g_ptr_array_new();
    watch(network, network->wake);
    network->thread = g_thread_new("switch", carry, network);
    return network;
}

void real_switch_free(RealSwitch *network)
{
    const uint64_t one = 1;
    if (network == NULL) {
        return;
    }
    g_mutex_lock(&network->lock);
    network->ending = true;
    g_mutex_unlock(&network->lock);
    (void)!write(network->wake, &one, sizeof one);
    g_thread_join(network->thread);
    for (guint i = 0; i < network->devices->len; i++) {
        close(g_array_index(network->devices, int, i));
    }
    close(network->epoll);
    close(network->wake);
    for (guint i = 0; i < network->heap->len; i++) {
        g_free(network->heap->pdata[i]);
    }
    g_ptr_array_unref(network->heap);
    g_ptr_array_unref(network->spreads);
    g_hash_table_unref(network->ways);
    g_hash_table_unref(network->by_ip);
    g_array_unref(network->devices);
    g_array_unref(network->parties);
    g_mutex_clear(&network->lock);
    g_free(network);
}

/* --- what the owner says ---------------------------------------------------------------------- */

static bool has_device(const RealSwitch *network, int fd)
{
    for (guint i = 0; i < network->devices->len; i++) {
        if (g_array_index(network->devices, int, i) == fd) {
            return true;
        }
    }
    return false;
}

void real_switch_add(RealSwitch *network, SimEndpoint endpoint, uint32_t ip, int fd)
{
    const Party party = { .endpoint = endpoint, .ip = ip, .fd = fd };
    g_mutex_lock(&network->lock);
    g_array_append_val(network->parties, party);
    g_hash_table_insert(network->by_ip, GUINT_TO_POINTER(ip),
                        GUINT_TO_POINTER(network->parties->len));
    if (!has_device(network, fd)) {
        g_array_append_val(network->devices, fd);
        watch(network, fd);
    }
    g_mutex_unlock(&network->lock);
}

void real_switch_set(RealSwitch *network, SimEndpoint from, SimEndpoint to, const SimLink *link,
                     bool cut, bool wan)
{
    g_mutex_lock(&network->lock);
    Way *way = way_between(network, from, to);
    if (way == NULL) {
        g_autofree char *name = g_strdup_printf("real/%u>%u", from, to);
        way = g_new0(Way, 1);
        way->prng = sim_prng_stream(network->seed, name);
        g_hash_table_insert(network->ways, sim_pack(from, to), way);
    }
    way->route = sim_route_new(link, wan, network->spreads);
    way->cut = cut;
    way->wan = wan;
    g_mutex_unlock(&network->lock);
}

void real_switch_mute(RealSwitch *network, SimEndpoint endpoint)
{
    g_mutex_lock(&network->lock);
    Party *party = party_of(network, endpoint);
    if (party != NULL) {
        party->muted = true;
    }
    g_mutex_unlock(&network->lock);
}

RealTraffic real_switch_traffic(RealSwitch *network)
{
    g_mutex_lock(&network->lock);
    const RealTraffic traffic = network->traffic;
    g_mutex_unlock(&network->lock);
    return traffic;
}
