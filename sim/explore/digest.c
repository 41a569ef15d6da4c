/* sim/explore/digest.c -- what a whole world comes to, the story apart.
 *
 * Each room says what its part comes to; here they are put together. Left out is what only figures
 * and traces are made from. */
#include "core/mix.h"
#include "sim/client/client.h"
#include "sim/explore/explore.h"
#include "sim/network/pool.h"
#include "sim/server/server.h"
#include "sim/server/session.h"
#include "sim/study/study.h"

static uint64_t digest_of_node(const SimNode *node)
{
    uint64_t digest = distro_mix(node->alive + node->paused * 2u + node->loaded * 4u +
                                     node->ready * 8u + node->member * 16u,
                                 (uint64_t)node->drift_ppb);
    if (!node->alive) {
        return digest;
    }
    const int64_t mono_us = sim_node_mono_us(node), wall_us = sim_node_wall_us(node);
    digest = distro_mix(digest, distro_node_digest(node->core, mono_us, wall_us));
    digest = distro_mix(digest, sim_server_digest(node));
    return distro_mix(digest,
                      node->paused ? (uint64_t)(node->paused_until_us - node->world->now_us) : 0);
}

/* What is due of the story's, and of faults that end by themselves. */
static uint64_t digest_of_events(const SimWorld *world, const GArray *events)
{
    uint64_t sum = 0;
    for (guint i = 0; i < events->len; i++) {
        const SimEvent *event = &g_array_index(events, SimEvent, i);
        const uint64_t kind = sim_event_kind(event->word);
        if (kind == SIM_EVENT_SCRIPT || kind == SIM_EVENT_FAULT) {
            sum += distro_mix(kind, (uint64_t)(event->at_us - world->now_us));
        }
    }
    return sum;
}

uint64_t sim_world_digest(const SimWorld *world)
{
    g_autoptr(GArray) events = g_array_new(false, false, sizeof(SimEvent));
    uint64_t digest = (uint64_t)world->now_us;
    sim_event_queue_list(world->queue, events);
    digest = distro_mix(digest, sim_network_digest(world->network, events, world->now_us));
    for (guint i = 0; i < world->nodes->len; i++) {
        digest = distro_mix(digest, digest_of_node(sim_world_node(world, i)));
    }
    for (guint i = 0; i < world->clients->len; i++) {
        digest = distro_mix(digest, sim_client_digest(sim_world_client(world, i), events));
        digest = distro_mix(digest, sim_session_digest(world, i));
    }
    digest = distro_mix(digest, sim_truth_state_digest(world->study->truth));
    digest = distro_mix(digest, sim_checks_digest(world->study->checks));
    return distro_mix(digest, digest_of_events(world, events));
}

const char *sim_world_undigested(const SimWorld *world)
{
    for (guint i = 0; i < world->nodes->len; i++) {
        const SimNode *node = sim_world_node(world, i);
        if (node->alive && !distro_node_has_digest(node->core)) {
            return "a node of 1.x";
        }
    }
    for (guint i = 0; i < world->clients->len; i++) {
        if (!sim_client_has_digest(sim_world_client(world, i))) {
            return "a client of 1.x, of two clusters, or of a bridge";
        }
    }
    if (world->spec->raft) {
        return "Raft";
    }
    if (world->configs != NULL || world->bridges->len > 0) {
        return "configuration or a bridge";
    }
    return sim_checks_undigested(world->study->checks) != NULL ? "a check that remembers more"
                                                               : NULL;
}
