/* sim/bench/bench.c -- the hot paths by themselves, against the clock of the thread's CPU time,
 * which does not run while somebody else has the core. */
#include "sim/bench/bench.h"

#include <string.h>
#include <time.h>

#include "sim/base/event_queue.h"
#include "sim/base/prng.h"
#include "sim/network/network.h"
#include "sim/study/study.h"
#include "sim/trace/trace.h"
#include "sim/world/world.h"

static double read_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* --- the queue ------------------------------------------------------------------------------- */

enum {
    LONGEST_HOLD_US = 2000000
};

static void hold(SimEventQueue *queue, SimPrng *prng, size_t operations)
{
    SimEvent event = { 0 };
    for (size_t i = 0; i < operations; i++) {
        sim_event_queue_pop(queue, &event);
        int64_t later_us = (int64_t)sim_prng_below(prng, LONGEST_HOLD_US);
        sim_event_queue_push(queue, event.at_us + later_us, event.word);
    }
}

double sim_bench_queue(size_t pending, size_t operations)
{
    g_autoptr(SimEventQueue) queue = sim_event_queue_new(0);
    SimPrng prng = sim_prng_stream(1, "bench/queue");
    for (size_t i = 0; i < pending; i++) {
        sim_event_queue_push(queue, (int64_t)sim_prng_below(&prng, LONGEST_HOLD_US), i);
    }
    hold(queue, &prng, pending); /* until the times are spread as they will stay */
    double start_ns = read_clock_ns();
    hold(queue, &prng, operations);
    return (read_clock_ns() - start_ns) / (double)operations;
}

/* --- the network ----------------------------------------------------------------------------- */

enum {
    FRAME_BYTES = 100,
    CALLS_PER_NODE = 16,
    DELAY_US = 150,
    TIMEOUT_US = 3000000,
};

typedef struct PingPong {
    SimNetwork *network;
    SimEventQueue *queue;
    SimPrng prng;
    uint32_t nodes;
    int64_t now_us;
    size_t messages_left;
} PingPong;

static void ping(PingPong *game, SimEndpoint from)
{
    SimEndpoint to = (SimEndpoint)sim_prng_below(&game->prng, game->nodes - 1);
    SimCall call = { .from = from,
                     .to = to < from ? to : to + 1,
                     .op = SIM_OP_REPORT,
                     .bytes = FRAME_BYTES,
                     .timeout_us = TIMEOUT_US };
    memcpy(call.frame.head + 8, &game->messages_left, 4);
    sim_network_call(game->network, game->now_us, &call);
}

static void pong(void *data, uint64_t id)
{
    PingPong *game = data;
    const SimCall *call = sim_network_find_call(game->network, id);
    DistroFrame answer = call->frame;
    answer.head[1] = 1;
    game->messages_left -= MIN(game->messages_left, 1);
    sim_network_answer(game->network, game->now_us, id, &answer, FRAME_BYTES);
}

static void play_on(void *data, uint64_t id, DistroOutcome outcome, const DistroFrame *frame)
{
    PingPong *game = data;
    g_assert_cmpint(outcome, ==, DISTRO_OUTCOME_ANSWERED);
    g_assert_cmpuint(frame->head[1], ==, 1);
    game->messages_left -= MIN(game->messages_left, 1);
    ping(game, sim_network_find_call(game->network, id)->from);
}

static void ignore_lost(void *data, SimEndpoint told, SimEndpoint other, bool opener,
                        uint64_t context)
{
    (void)data, (void)told, (void)other, (void)opener, (void)context;
}

static void set_up(PingPong *game)
{
    SimLink link = { .delay_us = DELAY_US };
    sim_network_set_sites(game->network, 1);
    sim_network_set_link(game->network, 0, 0, &link, false);
    for (uint32_t i = 0; i < game->nodes; i++) {
        sim_network_add_node(game->network, "node", 0);
        sim_network_up(game->network, sim_node_endpoint(i));
    }
    for (uint32_t i = 0; i < game->nodes * CALLS_PER_NODE; i++) {
        ping(game, sim_node_endpoint(i % game->nodes));
    }
}

static void play(PingPong *game, size_t messages)
{
    SimEvent event;
    game->messages_left = messages;
    while (game->messages_left > 0 && sim_event_queue_pop(game->queue, &event)) {
        game->now_us = event.at_us;
        sim_network_event(game->network, event.at_us, sim_event_payload(event.word));
    }
}

double sim_bench_network(uint32_t nodes, size_t messages)
{
    g_assert_cmpuint(nodes, >=, 2);
    g_autoptr(SimEventQueue) queue = sim_event_queue_new(0);
    SimTrace *trace = sim_trace_new(false);
    PingPong game = { .queue = queue, .nodes = nodes };
    SimNetworkPeers peers = {
        .data = &game, .on_request = pong, .on_outcome = play_on, .on_connection_lost = ignore_lost
    };
    game.prng = sim_prng_stream(1, "bench/network");
    game.network = sim_network_new(1, queue, trace, &peers, 0);
    set_up(&game);
    play(&game, messages / 10); /* warm up */
    double start_ns = read_clock_ns();
    play(&game, messages);
    double taken_ns = read_clock_ns() - start_ns;
    sim_network_free(game.network);
    sim_trace_free(trace);
    return taken_ns / (double)messages;
}

/* --- the codec and the core ------------------------------------------------------------------ */

typedef struct Shop {
    DistroDictionary *dictionary;
    DistroClient client;
    DistroService service;
    DistroPublication publication;
} Shop;

static Shop shop_in(DistroDictionary *dictionary, uint32_t number)
{
    Shop shop = { .dictionary = dictionary };
    g_autofree char *id = g_strdup_printf("1735689600000_10.%u.%u.%u_40000", number >> 16 & 0xff,
                                          number >> 8 & 0xff, number & 0xff);
    g_autofree char *name = g_strdup_printf("shop-%u", number / 17);
    DistroInstance instance = { .ip = distro_dictionary_name(dictionary, "10.0.0.9"),
                                .port = (int32_t)(number & 0xffff),
                                .healthy = true,
                                .cluster = distro_dictionary_name(dictionary, "DEFAULT") };
    shop.client = distro_dictionary_client(dictionary, id);
    shop.service = distro_dictionary_service(dictionary, "public", "DEFAULT_GROUP", name);
    DistroListing listing = distro_dictionary_listing(dictionary, shop.service, &instance);
    shop.publication = distro_dictionary_publication(dictionary, shop.service, false, &listing, 1);
    return shop;
}

/* What brings a client's state to a peer. */
static DistroOp state_op(const DistroProtocol *protocol)
{
    DistroOp op = 0;
    while (protocol->ops[op].name == NULL || protocol->ops[op].role != DISTRO_ROLE_STATE) {
        op++;
    }
    return op;
}

double sim_bench_codec(size_t messages)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    Shop shop = shop_in(dictionary, 7);
    const DistroConfig config = distro_config_default();
    DistroMessage change = { .op = state_op(config.protocol),
                             .client = shop.client,
                             .target = distro_dictionary_name(dictionary, "10.0.0.2:8848"),
                             .content = { .count = 1, .only = shop.publication } };
    double start_ns = read_clock_ns();
    for (size_t i = 0; i < messages; i++) {
        DistroMessage read;
        change.revision = (int32_t)i;
        DistroFrame frame = distro_wire_encode(dictionary, &change);
        g_assert_cmpint(distro_wire_decode(dictionary, &frame, &read), ==, DISTRO_WIRE_OK);
        g_assert_cmpint(read.revision, ==, (int32_t)i);
        distro_frame_clear(&frame);
    }
    return (read_clock_ns() - start_ns) / (double)messages;
}

static void step(DistroNode *node, DistroInput *input, int64_t now_us)
{
    input->now_us = input->wall_us = now_us;
    distro_node_step(node, input);
}

double sim_bench_step(size_t steps)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroConfig config = distro_config_default();
    DistroName members[] = { distro_dictionary_name(dictionary, "10.0.0.1:8848"),
                             distro_dictionary_name(dictionary, "10.0.0.2:8848") };
    g_autoptr(DistroNode) node = distro_node_new(&config, members[0], dictionary);
    DistroInput boot = { .kind = DISTRO_INPUT_BOOT, .members = { members, 2 } };
    step(node, &boot, 0);
    Shop shop = shop_in(dictionary, 7);
    DistroMessage change = { .op = state_op(config.protocol),
                             .client = shop.client,
                             .revision = 1,
                             .content = { .count = 1, .only = shop.publication } };
    DistroMessage verify = { .op = DISTRO_OP_VERIFY, .client = shop.client, .revision = 1 };
    DistroFrame frames[] = { distro_wire_encode(dictionary, &change),
                             distro_wire_encode(dictionary, &verify) };
    DistroInput input = { .kind = DISTRO_INPUT_REQUEST };
    input.request.from = members[1];
    input.request.frame = &frames[0];
    step(node, &input, 0);
    input.request.frame = &frames[1];
    double start_ns = read_clock_ns();
    for (size_t i = 0; i < steps; i++) {
        step(node, &input, (int64_t)i);
    }
    double taken_ns = read_clock_ns() - start_ns;
    distro_frame_clear(&frames[0]);
    distro_frame_clear(&frames[1]);
    return taken_ns / (double)steps;
}

/* --- a world that verifies ------------------------------------------------------------------- */

static SimWorld *world_of(uint32_t nodes)
{
    SimWorldSpec *spec = sim_world_spec_new();
    const SimSiteSpec site = { .name = g_strdup(""), .next_node = nodes + 1 };
    g_array_append_val(spec->sites, site);
    const SimLinkSpec lan = { 0, 0, { .delay_us = DELAY_US } };
    g_array_append_val(spec->links, lan);
    for (uint32_t i = 1; i <= nodes; i++) {
        const SimNodeSpec node = { .name = g_strdup_printf("n%u", i),
                                   .address = g_strdup_printf("10.0.0.%u:8848", i),
                                   .config = distro_config_default(),
                                   .profile = g_strdup("nacos-3.0") };
        g_array_append_val(spec->nodes, node);
    }
    SimWorld *world = sim_study_new(spec, 1, false, NULL);
    sim_study_boot(world, NULL);
    return world;
}

static void run_to(SimWorld *world, int64_t until_us)
{
    while (sim_world_step(world, until_us)) {
    }
}

/* Straight into the core: what clients do besides is not measured here. */
static void register_at(SimNode *node, uint32_t number)
{
    Shop shop = shop_in(node->world->dictionary, number);
    DistroInput input = { .kind = DISTRO_INPUT_OPERATION };
    input.operation.kind = DISTRO_OPERATION_CONNECT;
    input.operation.client = shop.client;
    sim_node_input(node, &input);
    input.operation.kind = DISTRO_OPERATION_REGISTER;
    input.operation.service = shop.service;
    input.operation.publication = shop.publication;
    sim_node_input(node, &input);
}

static uint64_t verified(const SimWorld *world)
{
    uint64_t ok = 0;
    for (guint i = 0; i < world->nodes->len; i++) {
        ok += distro_node_peer_counters(sim_world_node(world, i)->core, DISTRO_NONE).verify_ok;
    }
    return ok;
}

/* The pushes are over after 2 s; 20 s after they came, silent clients would be probed. */
double sim_bench_verify(uint32_t nodes, uint32_t clients)
{
    g_autoptr(SimWorld) world = world_of(nodes);
    for (uint32_t i = 0; i < nodes * clients; i++) {
        register_at(sim_world_node(world, i % nodes), i);
    }
    run_to(world, 2000000);
    uint64_t before = verified(world);
    double start_ns = read_clock_ns();
    run_to(world, 19000000);
    return (read_clock_ns() - start_ns) / (double)(verified(world) - before);
}
