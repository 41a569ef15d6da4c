/* tests/support/fake_world.h -- a world of which only truth, checks and metrics are real.
 *
 * Nodes, clients and the network are what a test says they are. This header *defines* the functions
 * of theirs that truth, checks and metrics call, so exactly one file of a program includes it, and
 * the program must need nothing else of those modules.
 *
 *      FakeWorld *fake = fake_world_new(3, 1);          three live, loaded nodes; client "c1" at n1
 *      publish(fake, 0, "shop");                        acknowledged now
 *      see(fake, 1, 0, "shop");                         n2's view lists it
 *      run_to(fake, S(12));                             timers fire */
#pragma once

#include "sim/client/dual.h"
#include "sim/naming/list.h"
#include "sim/server/server.h"
#include "sim/study/study.h"
#include "sim/world/world.h"

#define S(n) ((int64_t)((n)*1000000.0))
enum {
    FAKE_NODES = 8
};

struct SimClient {
    char *name;
    DistroClient id;
    uint32_t server;
    uint32_t cluster;
    bool open;
};

/* A core that answers questions and does nothing. */
struct DistroNode {
    bool claims_all;
    DistroNodeState state;
    DistroClientView record; /* of .client */
    DistroClient client;
    DistroClient publisher; /* what its index lists of every service; 0: nothing */
};

struct SimNetwork {
    SimTrafficTotals totals;
    bool cut[FAKE_NODES][FAKE_NODES];
};

typedef struct FakeWorld {
    SimWorld world; /* first: a FakeWorld is a SimWorld */
    SimStudy study;
    struct SimObservers observers;
    SimNetwork network;
} FakeWorld;

/* --- what truth, checks and metrics ask of others ------------------------------------------- */

DistroClient sim_client_id(const SimClient *client)
{
    return client->id;
}

const char *sim_client_name(const SimClient *client)
{
    return client->name;
}

bool sim_client_open(const SimClient *client)
{
    return client->open;
}

uint32_t sim_client_server(const SimClient *client)
{
    return client->server;
}

uint32_t sim_client_site(const SimClient *client)
{
    return client->cluster;
}

uint32_t sim_client_cluster(const SimClient *client)
{
    return client->cluster;
}

/* Clients of a fake world have servers in one cluster each. */
SimClient *sim_client_process(const SimClient *client)
{
    return (SimClient *)client;
}
SimClient *sim_dual_stack_of(const SimClient *client, uint32_t cluster)
{
    return client->cluster == cluster ? (SimClient *)client : NULL;
}

/* And none has a cache. */
const DistroListing *sim_list_items(const SimWorld *world, uint32_t list, uint32_t *count)
{
    (void)world, (void)list;
    *count = 0;
    return NULL;
}

/* Nor do its nodes keep lists. */
int64_t sim_push_stale_since(const SimPush *push, DistroService service)
{
    (void)push, (void)service;
    return INT64_MAX;
}
int64_t sim_push_stalest(const SimPush *push, DistroService *service)
{
    (void)push, (void)service;
    return INT64_MAX;
}

struct SimPush *sim_server_push(const SimNode *node)
{
    (void)node;
    return NULL;
}

/* Nothing waits for a thread. */
uint32_t sim_server_queued(const SimNode *node)
{
    (void)node;
    return 0;
}

bool sim_network_can_call(const SimNetwork *network, SimEndpoint from, SimEndpoint to)
{
    return !network->cut[from][to];
}

const struct SimFlow *sim_network_flow(const SimNetwork *network, uint32_t from_site,
                                       uint32_t to_site)
{
    (void)network, (void)from_site, (void)to_site;
    return NULL; /* one site */
}

const SimTrafficTotals *sim_network_totals(const SimNetwork *network)
{
    return &network->totals;
}

bool distro_node_owns(const DistroNode *node, DistroClient client, DistroService service)
{
    (void)client, (void)service;
    return node->claims_all;
}

DistroNodeState distro_node_state(const DistroNode *node)
{
    return node->state;
}

DistroClientView distro_node_client(const DistroNode *node, DistroClient client)
{
    return client == node->client ? node->record : (DistroClientView) { 0 };
}

const DistroClient *distro_node_publishers(const DistroNode *node, DistroService service,
                                           size_t *count)
{
    (void)service;
    *count = node->publisher != DISTRO_NONE;
    return &node->publisher;
}

/* --- a world --------------------------------------------------------------------------------- */

static inline SimNode *fake_node(FakeWorld *fake, uint32_t node)
{
    return g_ptr_array_index(fake->world.nodes, node);
}

static inline SimClient *fake_client(FakeWorld *fake, uint32_t client)
{
    return g_ptr_array_index(fake->world.clients, client);
}

static inline void node_boots(FakeWorld *fake, uint32_t number)
{
    SimNode *node = fake_node(fake, number);

    node->alive = true;
    node->loaded = false;
    node->incarnation++;
    node->core = g_new0(DistroNode, 1);
    sim_tell_node_up(&fake->world, node);
}

static inline void node_loads(FakeWorld *fake, uint32_t number)
{
    fake_node(fake, number)->loaded = true;
    sim_tell_node_loaded(&fake->world, fake_node(fake, number));
}

static inline void node_crashes(FakeWorld *fake, uint32_t number)
{
    SimNode *node = fake_node(fake, number);

    node->alive = node->loaded = false;
    g_clear_pointer(&node->core, g_free);
    const SimNodeEndNews news = { node, true };
    sim_tell_node_down(&fake->world, &news);
}

static inline void add_fake_node_in(FakeWorld *fake, uint32_t cluster)
{
    SimNode *node = g_new0(SimNode, 1);

    node->index = fake->world.nodes->len;
    node->cluster = cluster;
    node->name = g_strdup_printf("n%u", node->index + 1);
    g_assert_cmpuint(node->index, <, FAKE_NODES);
    g_ptr_array_add(fake->world.nodes, node);
    sim_tell_node_added(&fake->world, node);
}

static inline void add_fake_node(FakeWorld *fake)
{
    add_fake_node_in(fake, 0);
}

static inline void add_fake_client(FakeWorld *fake, const char *id)
{
    SimClient *client = g_new0(SimClient, 1);
    uint32_t number = fake->world.clients->len + 1;

    client->name = g_strdup_printf("c%u", number);
    client->id = distro_dictionary_client(fake->world.dictionary, id);
    client->open = true;
    g_ptr_array_add(fake->world.clients, client);
    g_hash_table_insert(fake->world.client_by_id, GUINT_TO_POINTER(client->id),
                        GUINT_TO_POINTER(number));
}

/* @clients are gRPC clients whose connections end at n1. */
static inline FakeWorld *fake_world_new(uint32_t nodes, uint32_t clients)
{
    FakeWorld *fake = g_new0(FakeWorld, 1);
    SimWorld *world = &fake->world;

    world->queue = sim_event_queue_new(0);
    world->dictionary = distro_dictionary_new();
    world->trace = sim_trace_new(true);
    world->network = &fake->network;
    world->nodes = g_ptr_array_new();
    world->clients = g_ptr_array_new();
    world->client_by_id = g_hash_table_new(NULL, NULL);
    world->handlers = sim_handlers_new();
    world->observers = &fake->observers;
    world->study = &fake->study;
    fake->study.truth = sim_truth_new(world);
    fake->study.metrics = sim_metrics_new(world, fake->study.truth);
    fake->study.checks =
        sim_checks_new(world, fake->study.truth, sim_metrics_consumers(fake->study.metrics));
    const SimTruthObserver of_truth[] = { sim_checks_truth_observer(fake->study.checks),
                                          sim_metrics_truth_observer(fake->study.metrics) };
    const SimObserver of_world[] = { sim_truth_observer(fake->study.truth),
                                     sim_checks_observer(fake->study.checks),
                                     sim_metrics_observer(fake->study.metrics) };
    sim_truth_observe(fake->study.truth, of_truth, G_N_ELEMENTS(of_truth));
    sim_world_observe(world, of_world, G_N_ELEMENTS(of_world));
    for (uint32_t i = 0; i < nodes; i++) {
        add_fake_node(fake);
        node_boots(fake, i);
        node_loads(fake, i);
    }
    for (uint32_t i = 0; i < clients; i++) {
        g_autofree char *id = g_strdup_printf("170000000000%u_10.128.0.%u_1", i, i + 1);
        add_fake_client(fake, id);
    }
    return fake;
}

static inline void fake_world_free(FakeWorld *fake)
{
    SimWorld *world = &fake->world;

    sim_truth_free(fake->study.truth);
    sim_checks_free(fake->study.checks);
    sim_metrics_free(fake->study.metrics);
    for (guint i = 0; i < world->nodes->len; i++) {
        g_free(fake_node(fake, i)->name);
        g_free(fake_node(fake, i)->core);
        g_free(fake_node(fake, i));
    }
    for (guint i = 0; i < world->clients->len; i++) {
        g_free(fake_client(fake, i)->name);
        g_free(fake_client(fake, i));
    }
    g_ptr_array_free(world->nodes, true);
    g_ptr_array_free(world->clients, true);
    g_hash_table_destroy(world->client_by_id);
    sim_handlers_free(world->handlers);
    sim_trace_free(world->trace);
    sim_event_queue_free(world->queue);
    distro_dictionary_free(world->dictionary);
    g_free(fake);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FakeWorld, fake_world_free)

/* --- time --------------------------------------------------------------------------------------
 */

static inline void run_to(FakeWorld *fake, int64_t until_us)
{
    SimEvent event;

    while (sim_event_queue_peek(fake->world.queue) <= until_us &&
           sim_event_queue_pop(fake->world.queue, &event)) {
        fake->world.now_us = event.at_us;
        sim_world_dispatch(&fake->world, event.word);
    }
    fake->world.now_us = until_us;
}

/* --- clients ------------------------------------------------------------------------------------
 */

static inline DistroService service_of(FakeWorld *fake, const char *name)
{
    return distro_dictionary_service(fake->world.dictionary, "public", "DEFAULT_GROUP", name);
}

static inline DistroListing listing_of(FakeWorld *fake, const char *service, uint32_t host,
                                       bool healthy)
{
    g_autofree char *ip = g_strdup_printf("10.128.0.%u", host);
    DistroInstance instance = { .ip = distro_dictionary_name(fake->world.dictionary, ip),
                                .port = 8080,
                                .healthy = healthy };
    return distro_dictionary_listing(fake->world.dictionary, service_of(fake, service), &instance);
}

/* One instance at 10.128.0.@host. */
static inline DistroPublication instance_of(FakeWorld *fake, const char *service, uint32_t host,
                                            bool healthy)
{
    DistroListing listing = listing_of(fake, service, host, healthy);
    return distro_dictionary_publication(fake->world.dictionary, service_of(fake, service), false,
                                         &listing, 1);
}

/* Instances at 10.128.0.@first and the @count - 1 hosts after it. */
static inline DistroPublication batch_of(FakeWorld *fake, const char *service, uint32_t first,
                                         uint32_t count)
{
    DistroListing listings[16];

    for (uint32_t i = 0; i < count; i++) {
        listings[i] = listing_of(fake, service, first + i, true);
    }
    return distro_dictionary_publication(fake->world.dictionary, service_of(fake, service), true,
                                         listings, count);
}

static inline SimInstance number_of(FakeWorld *fake, const char *service, uint32_t host)
{
    g_autofree char *ip = g_strdup_printf("10.128.0.%u", host);
    SimInstance instance = UINT32_MAX;

    sim_truth_find(fake->study.truth, 0, service_of(fake, service),
                   distro_dictionary_name(fake->world.dictionary, ip), 8080, &instance);
    return instance;
}

static inline SimInstanceState state_at(FakeWorld *fake, const char *service, uint32_t host)
{
    return sim_truth_instance(fake->study.truth, number_of(fake, service, host))->state;
}

static inline uint32_t begin(FakeWorld *fake, uint32_t client, const char *service,
                             DistroPublication after)
{
    return sim_truth_begin(fake->study.truth, client, service_of(fake, service), after);
}

/* An operation that is acknowledged at once. */
static inline void operate(FakeWorld *fake, uint32_t client, const char *service,
                           DistroPublication after)
{
    sim_truth_acknowledge(fake->study.truth, begin(fake, client, service, after));
}

/* Client @client registers its instance, at 10.128.0.(client + 1). */
static inline void publish(FakeWorld *fake, uint32_t client, const char *service)
{
    operate(fake, client, service, instance_of(fake, service, client + 1, true));
}

/* --- nodes --------------------------------------------------------------------------------------
 */

static inline void view(FakeWorld *fake, uint32_t node, uint32_t client, const char *service,
                        DistroPublication before, DistroPublication after)
{
    sim_truth_view(fake->study.truth, node, fake_client(fake, client)->id,
                   service_of(fake, service), before, after, DISTRO_PATH_PUSH);
}

/* The view of @node comes to list what publish() published. */
static inline void see(FakeWorld *fake, uint32_t node, uint32_t client, const char *service)
{
    view(fake, node, client, service, 0, instance_of(fake, service, client + 1, true));
}

static inline void drop(FakeWorld *fake, uint32_t node, uint32_t client, const char *service)
{
    view(fake, node, client, service, instance_of(fake, service, client + 1, true), 0);
}

static inline void see_everywhere(FakeWorld *fake, uint32_t client, const char *service)
{
    for (guint i = 0; i < fake->world.nodes->len; i++) {
        see(fake, i, client, service);
    }
}

static inline void drop_everywhere(FakeWorld *fake, uint32_t client, const char *service)
{
    for (guint i = 0; i < fake->world.nodes->len; i++) {
        drop(fake, i, client, service);
    }
}

/* --- faults -------------------------------------------------------------------------------------
 */

/* Nothing passes between @a and @b, or everything does again. */
static inline void set_cut(FakeWorld *fake, uint32_t a, uint32_t b, bool cut)
{
    fake->network.cut[a][b] = fake->network.cut[b][a] = cut;
    sim_tell_links_changed(&fake->world, &fake->world);
}
