/* sim/server/push.c -- PushDelayTaskExecuteEngine of one node, and UdpConnector beside it.
 *
 *      change, first subscription -> delayed task per service, 500 ms -> PUSH to its targets
 *                                            ^                              |
 *                                            `---- again in 1 s -- no answer within 5 s
 *
 * A service that nobody subscribes to costs one look-up per change. Times are the world's: a node's
 * drift shifts a delay of half a second by nothing that matters. */
#include "sim/server/push.h"

#include "sim/client/bytes.h"
#include "sim/client/internal.h"

#define PUSH_TIMEOUT_US 5000000      /* nacos.naming.push.pushTaskTimeout */
#define PUSH_RETRY_DELAY_US 1000000  /* nacos.naming.push.pushTaskRetryDelay */
#define TICK_US 100000               /* of the delay engine */
#define DATAGRAM_TIMEOUT_US 10000000 /* UdpConnector: ack time-out */
#define DATAGRAM_RESENDS 1           /* UdpConnector: MAX_RETRY_TIMES */

typedef struct Subscriber {
    uint32_t client;
    bool datagram;    /* a 1.x client */
    bool target;      /* of the delayed task, unless that is for all */
    int64_t asked_us; /* last subscribed or queried */
} Subscriber;

typedef struct Service {
    DistroService service;
    GArray *subscribers; /* Subscriber, by client */
    uint32_t list;       /* the present one, referenced; 0: to be made */
    bool queued;         /* a delayed task is waiting */
    bool to_all;
    int64_t start_us; /* of the task; merging keeps the earliest */
    int64_t delay_us; /* of the newest merged in */
} Service;

struct SimPush {
    SimWorld *world;
    uint32_t node;
    int64_t base_us; /* of the engine's ticks */
    int64_t wake_at_us;
    GArray *services;      /* Service, in order of first subscription */
    GHashTable *index;     /* DistroService -> position + 1; look up only */
    GHashTable *by_client; /* client -> GArray of positions; look up only */
    GArray *queue;         /* positions of services with a task, in order of entry */
};

static void free_positions(void *positions)
{
    g_array_unref(positions);
}

SimPush *sim_push_new(SimWorld *world, uint32_t node)
{
    SimPush *push = g_new0(SimPush, 1);
    push->world = world;
    push->node = node;
    push->base_us = world->now_us;
    push->wake_at_us = INT64_MAX;
    push->services = g_array_new(false, false, sizeof(Service));
    push->index = g_hash_table_new(NULL, NULL);
    push->by_client = g_hash_table_new_full(NULL, NULL, NULL, free_positions);
    push->queue = g_array_new(false, false, sizeof(uint32_t));
    return push;
}

static const DistroConfig *config_of(const SimPush *push)
{
    return &sim_world_node(push->world, push->node)->config;
}

static Service *service_at(const SimPush *push, uint32_t position)
{
    return &g_array_index(push->services, Service, position);
}

void sim_push_free(SimPush *push)
{
    if (push == NULL) {
        return;
    }
    for (uint32_t i = 0; i < push->services->len; i++) {
        sim_list_unref(push->world, service_at(push, i)->list);
        g_array_unref(service_at(push, i)->subscribers);
    }
    g_array_unref(push->services);
    g_hash_table_unref(push->index);
    g_hash_table_unref(push->by_client);
    g_array_unref(push->queue);
    g_free(push);
}

/* --- looking up ------------------------------------------------------------------------------- */

static Service *find_service(const SimPush *push, DistroService service)
{
    void *found = g_hash_table_lookup(push->index, GUINT_TO_POINTER(service));
    return found != NULL ? service_at(push, GPOINTER_TO_UINT(found) - 1) : NULL;
}

static uint32_t position_of(const SimPush *push, const Service *service)
{
    return (uint32_t)(service - (const Service *)(const void *)push->services->data);
}

static Service *enter_service(SimPush *push, DistroService number)
{
    Service *found = find_service(push, number);
    if (found != NULL) {
        return found;
    }
    const Service service = { .service = number,
                              .subscribers = g_array_new(false, false, sizeof(Subscriber)) };
    g_array_append_val(push->services, service);
    g_hash_table_insert(push->index, GUINT_TO_POINTER(number),
                        GUINT_TO_POINTER(push->services->len));
    return service_at(push, push->services->len - 1);
}

/* Where @client stands among the subscribers, or would. */
static uint32_t place_of(const GArray *subscribers, uint32_t client)
{
    uint32_t low = 0, high = subscribers->len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (g_array_index(subscribers, Subscriber, middle).client < client) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static Subscriber *find_subscriber(const Service *service, uint32_t client)
{
    uint32_t place = place_of(service->subscribers, client);
    if (place == service->subscribers->len) {
        return NULL;
    }
    Subscriber *found = &g_array_index(service->subscribers, Subscriber, place);
    return found->client == client ? found : NULL;
}

static const SimClient *client_at(const SimPush *push, uint32_t client)
{
    return sim_world_client(push->world, client);
}

/* --- delayed tasks ---------------------------------------------------------------------------- */

static int64_t due_us(const SimPush *push, const Service *service)
{
    int64_t since_base_us = service->start_us + service->delay_us - push->base_us;
    return push->base_us + (since_base_us + TICK_US - 1) / TICK_US * TICK_US;
}

/* PushDelayTask#merge: the older start, the newer delay. */
static void add_task(SimPush *push, Service *service, int64_t delay_us)
{
    if (!service->queued) {
        uint32_t position = position_of(push, service);
        g_array_append_val(push->queue, position);
        service->queued = true;
        service->start_us = push->world->now_us;
    }
    service->delay_us = delay_us;
    push->wake_at_us = MIN(push->wake_at_us, due_us(push, service));
}

void sim_push_changed(SimPush *push, DistroService number)
{
    Service *service = find_service(push, number);
    if (service == NULL) {
        return;
    }
    sim_list_unref(push->world, service->list);
    service->list = 0;
    if (service->subscribers->len == 0) {
        return;
    }
    service->to_all = true;
    add_task(push, service, config_of(push)->push_delay_us);
}

/* --- subscribers ------------------------------------------------------------------------------ */

static void remember_position(SimPush *push, uint32_t client, uint32_t position)
{
    GArray *positions = g_hash_table_lookup(push->by_client, GUINT_TO_POINTER(client));
    if (positions == NULL) {
        positions = g_array_new(false, false, sizeof(uint32_t));
        g_hash_table_insert(push->by_client, GUINT_TO_POINTER(client), positions);
    }
    g_array_append_val(positions, position);
}

static Subscriber *add_subscriber(SimPush *push, Service *service, uint32_t client)
{
    const Subscriber subscriber = {
        .client = client, .datagram = sim_client_kind(client_at(push, client)) == SIM_CLIENT_HTTP
    };
    uint32_t place = place_of(service->subscribers, client);
    g_array_insert_val(service->subscribers, place, subscriber);
    remember_position(push, client, position_of(push, service));
    return &g_array_index(service->subscribers, Subscriber, place);
}

/* EphemeralIpPortClientManager#isExpireClient drops the record of a subscriber that asks no more;
 * 1.x calls it a zombie sooner (PushClient#zombie). */
static bool has_lapsed(const SimPush *push, const Subscriber *subscriber)
{
    const DistroConfig *config = config_of(push);
    return subscriber->datagram && push->world->now_us - subscriber->asked_us >
                                       MAX(config->push_cache_us, config->datagram_lease_us);
}

/* Only a first subscription causes a push (ServiceSubscribedEvent), or one that had lapsed; and
 * only in 2.x. */
void sim_push_subscribe(SimPush *push, uint32_t client, DistroService number)
{
    Service *service = enter_service(push, number);
    Subscriber *subscriber = find_subscriber(service, client);
    bool first = subscriber == NULL || has_lapsed(push, subscriber);
    if (subscriber == NULL) {
        subscriber = add_subscriber(push, service, client);
    }
    if (first && config_of(push)->push_on_subscribe) {
        subscriber->target = true;
        add_task(push, service, config_of(push)->push_delay_us);
    }
    subscriber->asked_us = push->world->now_us;
}

static void remove_subscriber(Service *service, uint32_t client)
{
    uint32_t place = place_of(service->subscribers, client);
    if (find_subscriber(service, client) != NULL) {
        g_array_remove_index(service->subscribers, place);
    }
}

void sim_push_unsubscribe_all(SimPush *push, uint32_t client)
{
    const GArray *positions = g_hash_table_lookup(push->by_client, GUINT_TO_POINTER(client));
    for (uint32_t i = 0; positions != NULL && i < positions->len; i++) {
        remove_subscriber(service_at(push, g_array_index(positions, uint32_t, i)), client);
    }
    g_hash_table_remove(push->by_client, GUINT_TO_POINTER(client));
}

/* --- lists ------------------------------------------------------------------------------------ */

static uint32_t present_list(SimPush *push, DistroService number)
{
    Service *service = find_service(push, number);
    if (service == NULL) {
        return sim_list_take(push->world, push->node, number);
    }
    if (service->list == 0) {
        service->list = sim_list_ref(push->world, sim_list_take(push->world, push->node, number));
    }
    return service->list;
}

static bool is_missing_something(const SimWorld *world, uint32_t cluster, DistroService service)
{
    g_autoptr(GArray) live = g_array_new(false, false, sizeof(SimInstance));
    return sim_truth_live(world->truth, cluster, service, live) > 0;
}

uint32_t sim_push_read(SimPush *push, DistroService service)
{
    uint32_t list = present_list(push, service);
    uint32_t count;
    sim_list_items(push->world, list, &count);
    if (count == 0 && is_missing_something(
                          push->world, sim_world_node(push->world, push->node)->cluster, service)) {
        sim_metrics_empty_read(push->world->metrics);
    }
    return list;
}

/* --- sending ---------------------------------------------------------------------------------- */

static void call_client(SimPush *push, uint32_t client, SimCall *call)
{
    call->op = SIM_OP_PUSH;
    call->from = sim_node_endpoint(push->node);
    call->to = sim_client_endpoint(client);
    sim_network_call(push->world->network, push->world->now_us, call);
}

/* A list that is pushed is made anew, so its lastRefTime is the present
 * (ServiceStorage#getPushData). */
static uint64_t wall_ms(const SimPush *push)
{
    return (uint64_t)(sim_node_wall_us(sim_world_node(push->world, push->node)) / 1000);
}

static void send_notify(SimPush *push, uint32_t client, DistroService service, uint32_t list)
{
    SimCall call = { .by_connection = true,
                     .timeout_us = PUSH_TIMEOUT_US,
                     .payload = { sim_push_word(service, list), wall_ms(push) } };
    call.bytes =
        sim_bytes_notify(push->world->dictionary, service, sim_list_json_size(push->world, list));
    call_client(push, client, &call);
}

/* The network knows calls only, which a cut holds back; a datagram into a cut is lost, so it is not
 * sent at all. (A cut that ends within 10 s would let the second one through; the client's next
 * poll makes up for it.) */
static void send_datagram(SimPush *push, uint32_t client, DistroService service, uint32_t list,
                          uint16_t resends)
{
    const SimNetwork *network = push->world->network;
    SimEndpoint self = sim_node_endpoint(push->node), to = sim_client_endpoint(client);
    if (sim_network_is_cut(network, self, to) != SIM_CUT_NONE) {
        return;
    }
    SimCall call = { .timeout_us = DATAGRAM_TIMEOUT_US,
                     .ticket.action = resends,
                     .payload = { sim_push_word(service, list), wall_ms(push) } };
    call.bytes = sim_bytes_datagram(sim_list_json_size(push->world, list));
    call_client(push, client, &call);
}

/* Takes the targets of the task, and throws subscribers out that have lapsed. */
static GArray *take_targets(SimPush *push, Service *service)
{
    GArray *targets = g_array_new(false, false, sizeof(Subscriber));
    GArray *subscribers = service->subscribers;
    unsigned kept = 0;
    for (unsigned i = 0; i < subscribers->len; i++) {
        Subscriber *subscriber = &g_array_index(subscribers, Subscriber, i);
        if (has_lapsed(push, subscriber)) {
            continue;
        }
        if (service->to_all || subscriber->target) {
            g_array_append_val(targets, *subscriber);
        }
        subscriber->target = false;
        g_array_index(subscribers, Subscriber, kept++) = *subscriber;
    }
    g_array_set_size(subscribers, kept);
    return targets;
}

/* PushExecuteTask: the list as it is now, whatever it was when the task was made. */
static void execute(SimPush *push, uint32_t position)
{
    Service *service = service_at(push, position);
    g_autoptr(GArray) targets = take_targets(push, service);
    DistroService number = service->service;
    service->queued = false;
    service->to_all = false;
    if (targets->len == 0) {
        return;
    }
    uint32_t list = present_list(push, number);
    for (unsigned i = 0; i < targets->len; i++) {
        const Subscriber *target = &g_array_index(targets, Subscriber, i);
        if (target->datagram) {
            send_datagram(push, target->client, number, list, 0);
        } else {
            send_notify(push, target->client, number, list);
        }
    }
}

int64_t sim_push_wake_at(const SimPush *push)
{
    return push->wake_at_us;
}

/* What is executed here adds no task: answers come later. */
void sim_push_wake(SimPush *push)
{
    unsigned kept = 0;
    push->wake_at_us = INT64_MAX;
    for (unsigned i = 0; i < push->queue->len; i++) {
        uint32_t position = g_array_index(push->queue, uint32_t, i);
        int64_t at_us = due_us(push, service_at(push, position));
        if (at_us <= push->world->now_us) {
            execute(push, position);
            continue;
        }
        push->wake_at_us = MIN(push->wake_at_us, at_us);
        g_array_index(push->queue, uint32_t, kept++) = position;
    }
    g_array_set_size(push->queue, kept);
}

/* --- outcomes --------------------------------------------------------------------------------- */

static void resend_datagram(SimPush *push, const SimCall *call)
{
    if (call->ticket.action < DATAGRAM_RESENDS) {
        send_datagram(push, sim_endpoint_index(call->to), (DistroService)call->payload[0],
                      sim_push_list(call->payload[0]), (uint16_t)(call->ticket.action + 1));
    }
}

/* Silence is asked again for as long as the client is subscribed here; a broken connection counts
 * as success, since its end takes the subscriptions away. */
void sim_push_on_outcome(SimPush *push, uint64_t id, DistroOutcome outcome)
{
    if (outcome != DISTRO_OUTCOME_TIMED_OUT) {
        return;
    }
    const SimCall call = *sim_network_find_call(push->world->network, id);
    Service *service = find_service(push, (DistroService)call.payload[0]);
    Subscriber *subscriber =
        service != NULL ? find_subscriber(service, sim_endpoint_index(call.to)) : NULL;
    if (subscriber == NULL) {
        return;
    }
    if (subscriber->datagram) {
        resend_datagram(push, &call);
        return;
    }
    subscriber->target = true;
    add_task(push, service, PUSH_RETRY_DELAY_US);
}
