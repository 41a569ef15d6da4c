/* sim/study/paranoid.c -- the whole of a world against itself, for `--paranoid`. */
#include "sim/study/study.h"

static void check_node(const SimNode *node)
{
    g_assert_true((node->core != NULL) == node->alive);
    g_assert_true(sim_world_node_at(node->world, node->address_name) == node);
    if (node->core != NULL) {
        distro_node_check(node->core);
    }
}

void sim_study_check(const SimWorld *world)
{
    g_assert_cmpint(sim_event_queue_now(world->queue), <=, world->now_us);
    sim_event_queue_check(world->queue);
    sim_network_check(world->network);
    for (guint i = 0; i < world->nodes->len; i++) {
        g_assert_cmpuint(sim_world_node(world, i)->index, ==, i);
        check_node(sim_world_node(world, i));
    }
    sim_truth_check(world->study->truth);
}
