/* sim/server/push.c -- PushDelayTaskExecuteEngine and ServiceStorage of one node, and UdpConnector
 * beside them. Who is told when, and which list is kept, core/naming/push.c knows; here it is sent.
 *
 * Times are the world's: a node's drift shifts a delay of half a second by nothing that matters. */
#include "sim/server/push.h"

#include "core/mix.h"
#include "core/naming/push.h"
#include "sim/client/client.h"
#include "sim/naming/bytes.h"
#include "sim/naming/call.h"
#include "sim/naming/list.h"
#include "sim/server/catalog.h"
#include "sim/world/observe.h"

#define PUSH_TIMEOUT_US 5000000      /* nacos.naming.push.pushTaskTimeout */
#define DATAGRAM_TIMEOUT_US 10000000 /* UdpConnector: ack time-out */
#define DATAGRAM_RESENDS 1           /* UdpConnector: MAX_RETRY_TIMES */

/* What a client published when the list was renewed. */
typedef struct Former {
    DistroClient client;
    DistroPublication publication;
} Former;

/* A kept list. Most are never looked at before they are renewed, so it is written down only when it
 * is needed: from what the node lists then, and what has changed since. */
typedef struct Kept {
    DistroService service;
    uint32_t list; /* referenced; 0: not written down */
    int64_t wall_ms;
    uint32_t n_formers;
    Former first;   /* the first of them; most lists have one when they are renewed */
    GArray *others; /* (nullable) Former, in order of change; a client's first one counts */
} Kept;

struct SimPush {
    SimWorld *world;
    uint32_t node;
    DistroPush *push; /* subscribers are clients by index, lists are Kept */
    GPtrArray *spare; /* Kept: to be used again */
};

static SimNode *node_of(const SimPush *push)
{
    return sim_world_node(push->world, push->node);
}

/* DistroSubscriber 0 is none. */
static DistroSubscriber subscriber_of(uint32_t client)
{
    return client + 1;
}

/* --- kept lists ------------------------------------------------------------------------------- */

static void tell_renewed(const SimPush *push, DistroService service)
{
    const SimReadNews news = { .node = push->node, .service = service };
    sim_tell_list_renewed(push->world, &news);
}

static void *make_kept(void *data, DistroService service)
{
    const SimPush *push = data;
    Kept *kept = push->spare->len > 0
                     ? g_ptr_array_steal_index_fast(push->spare, push->spare->len - 1)
                     : g_new0(Kept, 1);
    kept->service = service;
    kept->wall_ms = sim_node_wall_us(node_of(push)) / 1000;
    push->world->changed = true;       /* what queries say */
    if (push->world->beside != NULL) { /* changes of what it adds are not told apart */
        g_autoptr(GArray) listings = sim_list_read(push->world, node_of(push), service);
        kept->list = sim_list_keep(push->world, service, listings, kept->wall_ms);
    }
    tell_renewed(push, service);
    return kept;
}

static void drop_kept(void *data, void *list)
{
    const SimPush *push = data;
    Kept *kept = list;
    if (kept->list != 0) {
        sim_list_unref(push->world, kept->list);
        kept->list = 0;
    }
    if (kept->n_formers > 1) {
        g_array_set_size(kept->others, 0);
    }
    kept->n_formers = 0;
    g_ptr_array_add(push->spare, kept);
}

static void free_kept(void *data)
{
    Kept *kept = data;
    if (kept->others != NULL) {
        g_array_unref(kept->others);
    }
    g_free(kept);
}

static void note_former(Kept *kept, DistroClient client, DistroPublication publication)
{
    const Former former = { client, publication };
    if (kept->n_formers++ == 0) {
        kept->first = former;
        return;
    }
    if (kept->others == NULL) {
        kept->others = g_array_new(false, false, sizeof(Former));
    }
    g_array_append_val(kept->others, former);
}

static const Former *former_at(const Kept *kept, uint32_t place)
{
    return place == 0 ? &kept->first : &g_array_index(kept->others, Former, place - 1);
}

/* The first of @client; NULL: what it publishes has not changed. */
static const Former *former_of(const Kept *kept, DistroClient client)
{
    for (uint32_t i = 0; i < kept->n_formers; i++) {
        if (former_at(kept, i)->client == client) {
            return former_at(kept, i);
        }
    }
    return NULL;
}

static void append_unchanged(const SimPush *push, const Kept *kept, GArray *out)
{
    const DistroNode *core = node_of(push)->core;
    size_t count;
    const DistroClient *publishers = distro_node_publishers(core, kept->service, &count);
    for (size_t i = 0; i < count; i++) {
        if (former_of(kept, publishers[i]) == NULL) {
            sim_list_append(push->world, distro_node_listed(core, publishers[i], kept->service),
                            out);
        }
    }
}

static void append_formers(const SimPush *push, const Kept *kept, GArray *out)
{
    for (uint32_t i = 0; i < kept->n_formers; i++) {
        const Former *former = former_at(kept, i);
        if (former == former_of(kept, former->client) && former->publication != DISTRO_NONE) {
            sim_list_append(push->world, former->publication, out);
        }
    }
}

static uint32_t write_down(SimPush *push, Kept *kept)
{
    if (kept->list == 0) {
        g_autoptr(GArray) listings = g_array_new(false, false, sizeof(DistroListing));
        append_unchanged(push, kept, listings);
        append_formers(push, kept, listings);
        kept->list = sim_list_keep(push->world, kept->service, listings, kept->wall_ms);
    }
    return kept->list;
}

/* --- life ------------------------------------------------------------------------------------- */

SimPush *sim_push_new(SimWorld *world, uint32_t node)
{
    SimPush *push = g_new0(SimPush, 1);
    push->world = world;
    push->node = node;
    const DistroConfig *config = &node_of(push)->config;
    const DistroPushLists lists = { make_kept, drop_kept, push };
    push->spare = g_ptr_array_new_with_free_func(free_kept);
    push->push = distro_push_new(config, &lists, config->query_cache, world->now_us);
    return push;
}

void sim_push_free(SimPush *push)
{
    if (push == NULL) {
        return;
    }
    distro_push_free(push->push);
    g_ptr_array_unref(push->spare);
    g_free(push);
}

/* --- what happens ----------------------------------------------------------------------------- */

void sim_push_changed(SimPush *push, DistroService service, DistroClient client,
                      DistroPublication before)
{
    Kept *kept = distro_push_changed(push->push, service, push->world->now_us);
    node_of(push)->server_stirs = true;
    if (kept == NULL) {
        tell_renewed(push, service);
    } else if (kept->list == 0) {
        note_former(kept, client, before);
    }
}

void sim_push_subscribe(SimPush *push, uint32_t client, DistroService service)
{
    bool datagram = sim_client_kind(sim_world_client(push->world, client)) == SIM_CLIENT_HTTP;
    distro_push_subscribe(push->push, subscriber_of(client), datagram, service,
                          push->world->now_us);
    node_of(push)->server_stirs = true;
}

void sim_push_unsubscribe_all(SimPush *push, uint32_t client)
{
    distro_push_unsubscribe_all(push->push, subscriber_of(client));
}

/* --- lists ------------------------------------------------------------------------------------ */

static uint32_t answer_to(SimPush *push, DistroService service)
{
    if (node_of(push)->config.query_cache && !sim_catalog_has(node_of(push), service)) {
        return sim_list_take(push->world, push->node, service);
    }
    return write_down(push, distro_push_list(push->push, service));
}

uint32_t sim_push_read(SimPush *push, DistroService service)
{
    uint32_t list = answer_to(push, service);
    SimReadNews read = { .node = push->node, .service = service };
    sim_list_sent(push->world, list);
    sim_list_items(push->world, list, &read.count);
    sim_tell_list_read(push->world, &read);
    return list;
}

uint32_t sim_push_kept(SimPush *push, DistroService service)
{
    Kept *kept = distro_push_kept(push->push, service);
    return kept != NULL ? write_down(push, kept) : 0;
}

void sim_push_forget(SimPush *push, DistroService service)
{
    distro_push_forget(push->push, service);
}

int64_t sim_push_stale_since(const SimPush *push, DistroService service)
{
    return distro_push_stale_since(push->push, service);
}

int64_t sim_push_stalest(const SimPush *push, DistroService *service)
{
    return distro_push_stalest(push->push, service);
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
    return (uint64_t)(sim_node_wall_us(node_of(push)) / 1000);
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

static void send_to(SimPush *push, const DistroPushTarget *target)
{
    uint32_t client = target->subscriber - 1;
    uint32_t list = write_down(push, target->list);
    sim_list_sent(push->world, list);
    if (target->datagram) {
        send_datagram(push, client, target->service, list, 0);
    } else {
        send_notify(push, client, target->service, list);
    }
}

int64_t sim_push_wake_at(const SimPush *push)
{
    return distro_push_wake_at(push->push);
}

void sim_push_wake(SimPush *push)
{
    size_t count;
    const DistroPushTarget *targets = distro_push_wake(push->push, push->world->now_us, &count);
    for (size_t i = 0; i < count; i++) {
        send_to(push, &targets[i]);
    }
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
    DistroService service = (DistroService)call.payload[0];
    uint32_t client = sim_endpoint_index(call.to);
    if (!distro_push_is_subscribed(push->push, subscriber_of(client), service)) {
        return;
    }
    if (sim_client_kind(sim_world_client(push->world, client)) == SIM_CLIENT_HTTP) {
        resend_datagram(push, &call);
        return;
    }
    node_of(push)->server_stirs = true;
    distro_push_unanswered(push->push, subscriber_of(client), service, push->world->now_us);
}

/* --- digest ---------------------------------------------------------------------------------- */

/* What a kept list says follows from what the node lists and from what it said before changes. */
static uint64_t digest_of_kept(const SimPush *push, const Kept *kept)
{
    const DistroDictionary *dictionary = push->world->dictionary;
    uint64_t sum = 1;
    for (uint32_t i = 0; i < kept->n_formers; i++) {
        const Former *former = former_at(kept, i);
        if (former == former_of(kept, former->client)) {
            sum += distro_mix(distro_digest_of_client(dictionary, former->client),
                              distro_digest_of_publication(dictionary, former->publication));
        }
    }
    return sum;
}

uint64_t sim_push_digest(const SimPush *push)
{
    const DistroDictionary *dictionary = push->world->dictionary;
    const uint32_t services = distro_dictionary_counts(dictionary).services;
    uint64_t sum = 0;
    for (DistroService service = 1; service <= services; service++) {
        const Kept *kept = distro_push_kept(push->push, service);
        uint64_t digest = distro_push_digest(push->push, service, push->world->now_us);
        digest = distro_mix(digest, kept != NULL ? digest_of_kept(push, kept) : 0);
        sum += distro_mix(distro_digest_of_service(dictionary, service), digest);
    }
    return sum;
}
