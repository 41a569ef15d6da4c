/* sim/bench.c -- the hot paths by themselves, against the machine's clock. */
#include "sim/bench.h"

#include <string.h>
#include <time.h>

#include "sim/event_queue.h"
#include "sim/network/network.h"
#include "sim/prng.h"
#include "sim/trace/trace.h"

static double read_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
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
    for (size_t i = 0; i < pending; i++)
        sim_event_queue_push(queue, (int64_t)sim_prng_below(&prng, LONGEST_HOLD_US), i);
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
                     .op = SIM_OP_VERIFY,
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
    for (uint32_t i = 0; i < game->nodes * CALLS_PER_NODE; i++)
        ping(game, sim_node_endpoint(i % game->nodes));
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
