/* core/naming/push.c -- subscribers by service, delayed tasks, lists.
 *
 *      by_service   DistroService -> Service { subscribers, list, task }      look up only
 *      by_client    DistroSubscriber -> its Services                          look up only
 *      queue        the Services whose task waits, in order of entry
 *
 * A service without subscribers that is not cached costs one look-up per change. */
#include "core/naming/push.h"

#include "core/mix.h"

#define RETRY_DELAY_US 1000000 /* nacos.naming.push.pushTaskRetryDelay */
#define TICK_US 100000         /* of the delay engine */

typedef struct Subscriber {
    DistroSubscriber number;
    bool datagram;
    bool target;      /* of the delayed task, unless that is for all */
    int64_t asked_us; /* last subscribed or queried */
} Subscriber;

typedef struct Service {
    const DistroPushLists *lists;
    DistroService number;
    GArray *subscribers; /* Subscriber, by number */
    void *list;          /* (nullable) to be made */
    bool queued;         /* a delayed task waits */
    bool to_all;
    int64_t changed_us; /* first change since the list was made; INT64_MAX: none */
    int64_t start_us;   /* of the task; merging keeps the earliest */
    int64_t delay_us;   /* of the newest merged in */
} Service;

struct DistroPush {
    const DistroConfig *config;
    DistroPushLists lists;
    bool caching;
    void *loose;     /* (nullable) a list that was asked for of a service not remembered */
    int64_t base_us; /* of the engine's ticks */
    int64_t wake_at_us;
    GHashTable *by_service, *by_client;
    GPtrArray *queue;
    GArray *targets; /* DistroPushTarget: what wake returned */
    DistroPushCounts counts;
};

/* ---- services ---- */

static Service *find_service(const DistroPush *push, DistroService number)
{
    return g_hash_table_lookup(push->by_service, GUINT_TO_POINTER(number));
}

static Service *enter_service(DistroPush *push, DistroService number)
{
    g_assert(number != DISTRO_NONE);
    Service *service = find_service(push, number);
    if (service == NULL) {
        service = g_new0(Service, 1);
        service->lists = &push->lists;
        service->number = number;
        service->changed_us = INT64_MAX;
        service->subscribers = g_array_new(false, false, sizeof(Subscriber));
        g_hash_table_insert(push->by_service, GUINT_TO_POINTER(number), service);
    }
    return service;
}

static void drop_list(Service *service)
{
    if (service->list != NULL) {
        service->lists->drop(service->lists->data, service->list);
        service->list = NULL;
    }
}

static void drop_loose_list(DistroPush *push)
{
    if (push->loose != NULL) {
        push->lists.drop(push->lists.data, push->loose);
        push->loose = NULL;
    }
}

static void free_service(void *data)
{
    Service *service = data;
    drop_list(service);
    g_array_unref(service->subscribers);
    g_free(service);
}

/* Nothing needs to be remembered of it. */
static void forget_if_idle(DistroPush *push, Service *service)
{
    if (service->subscribers->len == 0 && !service->queued && service->list == NULL) {
        g_assert(find_service(push, service->number) == service);
        g_hash_table_remove(push->by_service, GUINT_TO_POINTER(service->number));
    }
}

static void free_services_of(void *services)
{
    g_ptr_array_unref(services);
}

DistroPush *distro_push_new(const DistroConfig *config, const DistroPushLists *lists, bool caching,
                            int64_t now_us)
{
    g_assert(config != NULL);
    g_assert(lists->make != NULL && lists->drop != NULL);
    DistroPush *push = g_new0(DistroPush, 1);
    push->config = config;
    push->lists = *lists;
    push->caching = caching;
    push->base_us = now_us;
    push->wake_at_us = INT64_MAX;
    push->by_service = g_hash_table_new_full(NULL, NULL, NULL, free_service);
    push->by_client = g_hash_table_new_full(NULL, NULL, NULL, free_services_of);
    push->queue = g_ptr_array_new();
    push->targets = g_array_new(false, false, sizeof(DistroPushTarget));
    return push;
}

void distro_push_free(DistroPush *push)
{
    if (push == NULL) {
        return;
    }
    drop_loose_list(push);
    g_hash_table_unref(push->by_service);
    g_hash_table_unref(push->by_client);
    g_ptr_array_unref(push->queue);
    g_array_unref(push->targets);
    g_free(push);
}

/* ---- subscribers of a service ---- */

/* Where @number stands among the subscribers, or would. */
static guint place_of(const GArray *subscribers, DistroSubscriber number)
{
    guint low = 0, high = subscribers->len;
    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (g_array_index(subscribers, Subscriber, middle).number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static Subscriber *find_subscriber(const Service *service, DistroSubscriber number)
{
    const guint place = place_of(service->subscribers, number);
    if (place == service->subscribers->len) {
        return NULL;
    }
    Subscriber *found = &g_array_index(service->subscribers, Subscriber, place);
    return found->number == number ? found : NULL;
}

static void note_subscriber_count(DistroPush *push, guint before, guint now)
{
    g_assert_cmpuint(push->counts.subscriptions + now, >=, before);
    push->counts.subscriptions += now - before;
    push->counts.subscribed_services += (now > 0) - (before > 0);
}

static void remember_service(DistroPush *push, DistroSubscriber number, Service *service)
{
    GPtrArray *services = g_hash_table_lookup(push->by_client, GUINT_TO_POINTER(number));
    if (services == NULL) {
        services = g_ptr_array_new();
        g_hash_table_insert(push->by_client, GUINT_TO_POINTER(number), services);
    }
    g_ptr_array_add(services, service);
}

static void forget_service(DistroPush *push, DistroSubscriber number, Service *service)
{
    GPtrArray *services = g_hash_table_lookup(push->by_client, GUINT_TO_POINTER(number));
    g_assert(services != NULL);
    guint at = 0;
    while (at < services->len && services->pdata[at] != service) {
        at++;
    }
    g_assert_cmpuint(at, <, services->len);
    services->pdata[at] = services->pdata[services->len - 1];
    g_ptr_array_set_size(services, (gint)services->len - 1);
    if (services->len == 0) {
        g_hash_table_remove(push->by_client, GUINT_TO_POINTER(number));
    }
}

static Subscriber *add_subscriber(DistroPush *push, Service *service, DistroSubscriber number,
                                  bool datagram)
{
    g_assert(number != 0);
    g_assert(find_subscriber(service, number) == NULL);
    const Subscriber subscriber = { .number = number, .datagram = datagram };
    const guint place = place_of(service->subscribers, number);
    g_array_insert_val(service->subscribers, place, subscriber);
    remember_service(push, number, service);
    note_subscriber_count(push, service->subscribers->len - 1, service->subscribers->len);
    return &g_array_index(service->subscribers, Subscriber, place);
}

/* But for what .by_client remembers. */
static void remove_subscriber(DistroPush *push, Service *service, DistroSubscriber number)
{
    g_assert(find_subscriber(service, number) != NULL);
    g_array_remove_index(service->subscribers, place_of(service->subscribers, number));
    note_subscriber_count(push, service->subscribers->len + 1, service->subscribers->len);
}

/* EphemeralIpPortClientManager#isExpireClient drops the record of a subscriber that asks no more;
 * 1.x calls it a zombie sooner (PushClient#zombie). */
static bool has_lapsed(const DistroPush *push, const Subscriber *subscriber, int64_t now_us)
{
    return subscriber->datagram &&
           now_us - subscriber->asked_us >
               MAX(push->config->push_cache_us, push->config->datagram_lease_us);
}

/* ---- delayed tasks ---- */

static int64_t due_us(const DistroPush *push, const Service *service)
{
    const int64_t since_base_us = service->start_us + service->delay_us - push->base_us;
    return push->base_us + (since_base_us + TICK_US - 1) / TICK_US * TICK_US;
}

/* PushDelayTask#merge: the older start, the newer delay. */
static void add_task(DistroPush *push, Service *service, int64_t delay_us, int64_t now_us)
{
    g_assert_cmpint(delay_us, >=, 0);
    if (!service->queued) {
        g_ptr_array_add(push->queue, service);
        service->queued = true;
        service->start_us = now_us;
    }
    service->delay_us = delay_us;
    push->wake_at_us = MIN(push->wake_at_us, due_us(push, service));
}

void *distro_push_changed(DistroPush *push, DistroService number, int64_t now_us)
{
    Service *service = push->caching ? enter_service(push, number) : find_service(push, number);
    if (service == NULL) {
        return NULL;
    }
    if (!push->caching) {
        drop_list(service);
    }
    service->changed_us = MIN(service->changed_us, now_us);
    if (push->caching || service->subscribers->len > 0) {
        service->to_all = true;
        add_task(push, service, push->config->push_delay_us, now_us);
        return service->list;
    }
    forget_if_idle(push, service);
    return NULL;
}

bool distro_push_subscribe(DistroPush *push, DistroSubscriber number, bool datagram,
                           DistroService service_number, int64_t now_us)
{
    Service *service = enter_service(push, service_number);
    Subscriber *subscriber = find_subscriber(service, number);
    const bool first = subscriber == NULL || has_lapsed(push, subscriber, now_us);
    if (subscriber == NULL) {
        subscriber = add_subscriber(push, service, number, datagram);
    }
    if (first && push->config->push_on_subscribe) {
        subscriber->target = true;
        add_task(push, service, push->config->push_delay_us, now_us);
    }
    subscriber->asked_us = now_us;
    return first;
}

bool distro_push_unsubscribe(DistroPush *push, DistroSubscriber number,
                             DistroService service_number)
{
    Service *service = find_service(push, service_number);
    if (service == NULL || find_subscriber(service, number) == NULL) {
        return false;
    }
    remove_subscriber(push, service, number);
    forget_service(push, number, service);
    forget_if_idle(push, service);
    return true;
}

bool distro_push_is_subscribed(const DistroPush *push, DistroSubscriber number,
                               DistroService service_number)
{
    const Service *service = find_service(push, service_number);
    return service != NULL && find_subscriber(service, number) != NULL;
}

void distro_push_unsubscribe_all(DistroPush *push, DistroSubscriber number)
{
    GPtrArray *services = g_hash_table_lookup(push->by_client, GUINT_TO_POINTER(number));
    for (guint i = 0; services != NULL && i < services->len; i++) {
        remove_subscriber(push, services->pdata[i], number);
        forget_if_idle(push, services->pdata[i]);
    }
    g_hash_table_remove(push->by_client, GUINT_TO_POINTER(number));
}

void distro_push_unanswered(DistroPush *push, DistroSubscriber number, DistroService service_number,
                            int64_t now_us)
{
    Service *service = find_service(push, service_number);
    Subscriber *subscriber = service != NULL ? find_subscriber(service, number) : NULL;
    if (subscriber != NULL) {
        subscriber->target = true;
        add_task(push, service, RETRY_DELAY_US, now_us);
    }
}

/* ---- lists ---- */

static void *present_list(DistroPush *push, Service *service)
{
    if (service->list == NULL) {
        service->list = push->lists.make(push->lists.data, service->number);
        service->changed_us = INT64_MAX;
    }
    g_assert(service->list != NULL);
    return service->list;
}

void *distro_push_kept(const DistroPush *push, DistroService number)
{
    const Service *service = find_service(push, number);
    return service != NULL ? service->list : NULL;
}

static int64_t stale_since_us(const Service *service)
{
    return service->list != NULL ? service->changed_us : INT64_MAX;
}

int64_t distro_push_stale_since(const DistroPush *push, DistroService number)
{
    const Service *service = find_service(push, number);
    return service != NULL ? stale_since_us(service) : INT64_MAX;
}

int64_t distro_push_stalest(const DistroPush *push, DistroService *number)
{
    int64_t earliest_us = INT64_MAX;
    for (guint i = 0; i < push->queue->len; i++) {
        const Service *service = push->queue->pdata[i];
        if (stale_since_us(service) < earliest_us) {
            earliest_us = stale_since_us(service);
            *number = service->number;
        }
    }
    return earliest_us;
}

void *distro_push_list(DistroPush *push, DistroService number)
{
    Service *service = push->caching ? enter_service(push, number) : find_service(push, number);
    if (service != NULL) {
        return present_list(push, service);
    }
    drop_loose_list(push);
    push->loose = push->lists.make(push->lists.data, number);
    return push->loose;
}

void distro_push_forget(DistroPush *push, DistroService number)
{
    Service *service = find_service(push, number);
    if (service != NULL) {
        drop_list(service);
        forget_if_idle(push, service);
    }
}

/* ---- waking ---- */

/* Append the targets of the task, and throw subscribers out that have lapsed. */
static void take_targets(DistroPush *push, Service *service, int64_t now_us)
{
    GArray *subscribers = service->subscribers;
    guint kept = 0;
    for (guint i = 0; i < subscribers->len; i++) {
        Subscriber *subscriber = &g_array_index(subscribers, Subscriber, i);
        if (has_lapsed(push, subscriber, now_us)) {
            forget_service(push, subscriber->number, service);
            continue;
        }
        if (service->to_all || subscriber->target) {
            const DistroPushTarget target = { .service = service->number,
                                              .subscriber = subscriber->number,
                                              .datagram = subscriber->datagram,
                                              .to_all = service->to_all,
                                              .since_us = service->start_us };
            g_array_append_val(push->targets, target);
        }
        subscriber->target = false;
        g_array_index(subscribers, Subscriber, kept++) = *subscriber;
    }
    note_subscriber_count(push, subscribers->len, kept);
    g_array_set_size(subscribers, kept);
}

/* PushExecuteTask: the list as it is now, whatever it was when the task was made. */
static void execute_task(DistroPush *push, Service *service, int64_t now_us)
{
    g_assert(service->queued);
    const guint first = push->targets->len;
    take_targets(push, service, now_us);
    service->queued = false;
    service->to_all = false;
    if (push->caching) {
        drop_list(service);
        present_list(push, service);
    } else if (push->targets->len > first) {
        present_list(push, service);
    }
    for (guint i = first; i < push->targets->len; i++) {
        g_array_index(push->targets, DistroPushTarget, i).list = service->list;
    }
    forget_if_idle(push, service);
}

int64_t distro_push_wake_at(const DistroPush *push)
{
    return push->wake_at_us;
}

/* What is executed here adds no task: answers come later. */
const DistroPushTarget *distro_push_wake(DistroPush *push, int64_t now_us, size_t *count)
{
    guint kept = 0;
    push->wake_at_us = INT64_MAX;
    g_array_set_size(push->targets, 0);
    for (guint i = 0; i < push->queue->len; i++) {
        Service *service = push->queue->pdata[i];
        const int64_t at_us = due_us(push, service);
        if (at_us <= now_us) {
            execute_task(push, service, now_us);
            continue;
        }
        push->wake_at_us = MIN(push->wake_at_us, at_us);
        push->queue->pdata[kept++] = service;
    }
    g_ptr_array_set_size(push->queue, (gint)kept);
    *count = push->targets->len;
    return (const DistroPushTarget *)(const void *)push->targets->data;
}

/* ---- counting ---- */

DistroPushCounts distro_push_counts(const DistroPush *push)
{
    DistroPushCounts counts = push->counts;
    counts.pending = push->queue->len;
    counts.services = g_hash_table_size(push->by_service);
    return counts;
}

GArray *distro_push_subscribers(const DistroPush *push, DistroService number)
{
    const Service *service = find_service(push, number);
    GArray *numbers = g_array_new(false, false, sizeof(DistroSubscriber));
    for (guint i = 0; service != NULL && i < service->subscribers->len; i++) {
        g_array_append_val(numbers, g_array_index(service->subscribers, Subscriber, i).number);
    }
    return numbers;
}

/* ---- digest ---- */

uint64_t distro_push_digest(const DistroPush *push, DistroService number, int64_t now_us)
{
    const Service *service = find_service(push, number);
    uint64_t digest = (uint64_t)((now_us - push->base_us) % TICK_US);
    if (service == NULL) {
        return digest;
    }
    for (guint i = 0; i < service->subscribers->len; i++) {
        const Subscriber *one = &g_array_index(service->subscribers, Subscriber, i);
        digest = distro_mix(digest, one->number * 4u + one->datagram * 2u + one->target);
        digest = distro_mix(digest, one->datagram ? (uint64_t)(one->asked_us - now_us) : 0);
    }
    digest =
        distro_mix(digest, service->queued * 4u + service->to_all * 2u + (service->list != NULL));
    if (service->changed_us != INT64_MAX) {
        digest = distro_mix(digest, (uint64_t)(service->changed_us - now_us));
    }
    if (service->queued) {
        digest = distro_mix(digest, (uint64_t)(service->start_us - now_us));
        digest = distro_mix(digest, (uint64_t)service->delay_us);
    }
    return digest;
}
