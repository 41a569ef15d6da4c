/* sim/world/round.c -- rounds of VERIFY between hosts: together where they may travel together,
 * else call by call.
 *
 *      core: ROUND --> sim_round_carry_out --> batch (network/call_batch.h) --> on_digests
 *                                         '--> single calls                      |
 *                                                                                v
 *      core: VERIFIED <-- on_verified <-- network <---------- MISSES <----- core: VERIFY
 *         '-> MATCHED --> trace, observers */
#include "sim/world/observe.h"

/* --- at the caller ------------------------------------------------------------------------ */

static void note_announced(const SimNode *node, uint32_t peer, const SimRound *round)
{
    SimWorld *world = node->world;
    const SimRecord alike = {
        .at_us = world->now_us,
        .kind = DISTRO_EVENT_VERIFY_SENT,
        .op = SIM_N_OPS,
        .subject = node->index,
        .object = peer,
    };
    sim_trace_add_gathered(world->trace, &alike, round->count, round->announced);
}

static bool fly(SimNode *node, const DistroEffect *effect, uint32_t index, SimRound *round)
{
    SimWorld *world = node->world;
    const DistroTicket *ticket = &effect->round.tickets[index];
    const uint32_t peer = sim_world_node_at(world, ticket->peer)->index;
    const SimCall call = {
        .from = sim_node_endpoint(node->index),
        .to = sim_node_endpoint(peer),
        .op = SIM_OP_VERIFY,
        .by_connection = true,
        .path = DISTRO_PATH_VERIFY,
        .timeout_us = effect->round.timeout_us,
        .ticket = *ticket,
    };
    if (!sim_network_call_batch(world->network, world->now_us, &call, round)) {
        return false;
    }
    note_announced(node, peer, round);
    return true;
}

static void make_calls(SimNode *node, const DistroEffect *effect, uint32_t index, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        DistroEffect single[2];
        distro_round_single(node->world->dictionary, effect, index, i, single);
        sim_node_carry_out(node, &single[0]);
        sim_node_carry_out(node, &single[1]);
    }
}

void sim_round_carry_out(SimNode *node, const DistroEffect *effect)
{
    g_autoptr(SimRound) round =
        sim_round_new(node->world->network, node->world->dictionary, effect->round.digests);
    for (uint32_t i = 0; i < effect->round.peer_count; i++) {
        if (!fly(node, effect, i, round)) {
            make_calls(node, effect, i, round->count);
        }
    }
}

void sim_round_on_verified(SimNode *node, uint64_t call, const SimDigests *digests,
                           const DistroMiss *misses, uint32_t miss_count)
{
    DistroInput input = { .kind = DISTRO_INPUT_VERIFIED };
    input.verified.ticket = sim_network_find_call(node->world->network, call)->ticket;
    input.verified.digests = digests->items;
    input.verified.count = digests->count;
    input.verified.misses = misses;
    input.verified.miss_count = miss_count;
    node->verified = &input;
    node->verified_at_us = digests->at_us;
    sim_node_input(node, &input);
    node->verified = NULL;
}

/* Sum over all but the misses. */
static uint64_t sum_matched(const DistroInput *input)
{
    uint64_t sum = 0;
    uint32_t next_miss = 0;
    for (uint32_t i = 0; i < input->verified.count; i++) {
        if (next_miss < input->verified.miss_count &&
            input->verified.misses[next_miss].index == i) {
            next_miss++;
        } else {
            sum += sim_trace_digest(input->verified.digests[i].client, 0);
        }
    }
    return sum;
}

static void note_matched(const SimNode *node, uint32_t peer)
{
    SimTrace *trace = node->world->trace;
    const DistroInput *input = node->verified;
    SimRecord alike = {
        .at_us = node->world->now_us,
        .kind = DISTRO_EVENT_VERIFY_OK,
        .op = SIM_N_OPS,
        .subject = node->index,
        .object = peer,
    };
    if (node->verified_at_us == NULL) {
        sim_trace_add_gathered(trace, &alike, input->verified.count - input->verified.miss_count,
                               sum_matched(input));
        return;
    }
    for (uint32_t i = 0; i < input->verified.count; i++) { /* ahead of their time: no misses */
        alike.at_us = node->verified_at_us[i];
        sim_trace_add_gathered(trace, &alike, 1,
                               sim_trace_digest(input->verified.digests[i].client, 0));
    }
}

void sim_round_matched(SimNode *node, const DistroEffect *effect)
{
    SimWorld *world = node->world;
    const DistroInput *input = node->verified;
    const uint32_t peer = sim_world_node_at(world, effect->matched.peer)->index;
    note_matched(node, peer);
    const SimMatchedNews news = {
        .node = node->index,
        .peer_node = peer,
        .digests = input->verified.digests,
        .count = input->verified.count,
        .misses = input->verified.misses,
        .miss_count = input->verified.miss_count,
    };
    sim_tell_matched(world, &news);
}

/* --- at the called ------------------------------------------------------------------------ */

/* A node that takes its time handles requests one by one, and one that refuses large requests
 * would refuse these singly. */
bool sim_round_is_taken(const SimNode *node, uint32_t largest)
{
    return node->core != NULL && distro_node_takes_digests(node->core) &&
           node->world->server_side->is_idle(node) &&
           (int64_t)largest <= node->config.max_request_bytes;
}

/* How much later each arrives, by the node's clocks. */
static const uint32_t *time_ahead(const SimNode *node, const SimDigests *digests)
{
    GArray *after = node->world->ahead_us;
    g_array_set_size(after, digests->count);
    for (uint32_t i = 0; i < digests->count; i++) {
        const int64_t after_us = sim_node_elapsed(node, digests->at_us[i]);
        g_array_index(after, uint32_t, i) = (uint32_t)after_us;
    }
    return (const uint32_t *)(const void *)after->data;
}

void sim_round_on_digests(SimNode *node, uint64_t call, const SimDigests *digests)
{
    const SimCall *made = sim_network_find_call(node->world->network, call);
    DistroInput input = { .kind = DISTRO_INPUT_VERIFY };
    input.verify.from = sim_node_name_for(sim_world_node(node->world, made->from), node);
    input.verify.call = call;
    input.verify.digests = digests->items;
    input.verify.count = digests->count;
    input.verify.after_us = digests->at_us != NULL ? time_ahead(node, digests) : NULL;
    sim_node_input(node, &input);
}
