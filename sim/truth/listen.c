/* sim/truth/listen.c -- what the truth hears of its world, and to whom it passes on what follows.
 */
#include "sim/truth/internal.h"

/* --- from the world ------------------------------------------------------------------------- */

static void node_added(void *truth, const SimNode *node)
{
    sim_truth_node_added(truth, node->index);
}

static void node_up(void *truth, const SimNode *node)
{
    sim_truth_node_up(truth, node->index);
}

static void node_loaded(void *truth, const SimNode *node)
{
    sim_truth_node_loaded(truth, node->index);
}

static void node_down(void *truth, const SimNodeEndNews *news)
{
    sim_truth_node_down(truth, news->node->index);
}

static void view_changed(void *truth, const SimViewNews *news)
{
    sim_truth_view(truth, news->node, news->client, news->service, news->before, news->after,
                   news->path);
}

static void operation_begun(void *truth, const SimOperationNews *news)
{
    const uint32_t number = news->persistent != DISTRO_NONE
                                ? sim_truth_begin_persistent(truth, news->client, news->persistent,
                                                             news->service, news->after)
                                : sim_truth_begin(truth, news->client, news->service, news->after);
    g_assert_cmpuint(number, ==, news->operation);
}

static void operation_ended(void *truth, const SimOperationEndNews *news)
{
    if (news->how == SIM_OPERATION_ACKNOWLEDGED) {
        sim_truth_acknowledge(truth, news->operation);
    } else {
        sim_truth_abandon(truth, news->operation, news->how == SIM_OPERATION_FAILED);
    }
}

static void client_gone(void *truth, const SimClientGoneNews *news)
{
    if (news->killed) {
        sim_truth_client_killed(truth, news->client);
    } else {
        sim_truth_client_gone(truth, news->client);
    }
}

static void list_renewed(void *truth, const SimReadNews *news)
{
    sim_truth_answers(truth, news->node, news->service);
}

static void links_healed(void *truth, const SimWorld *world)
{
    (void)world;
    sim_truth_healed(truth);
}

SimObserver sim_truth_observer(SimTruth *truth)
{
    return (SimObserver) {
        .data = truth,
        .node_added = node_added,
        .node_up = node_up,
        .node_loaded = node_loaded,
        .node_down = node_down,
        .view_changed = view_changed,
        .operation_begun = operation_begun,
        .operation_ended = operation_ended,
        .client_gone = client_gone,
        .list_renewed = list_renewed,
        .links_healed = links_healed,
    };
}

/* --- to those who watch --------------------------------------------------------------------- */

static void note_listener(TruthObservers *observers, TruthNewsKind kind, uint32_t number,
                          bool listens)
{
    if (listens) {
        observers->listeners[kind] |= (uint8_t)(1u << number);
    }
}

void sim_truth_observe(SimTruth *truth, const SimTruthObserver *items, size_t count)
{
    TruthObservers *observers = &truth->observers;
    g_assert_cmpuint(observers->count, ==, 0);
    g_assert_cmpuint(count, <=, SIM_MOST_OBSERVERS);
    for (uint32_t i = 0; i < count; i++) {
        observers->items[i] = items[i];
#define X(name, type) note_listener(observers, TRUTH_NEWS_##name, i, items[i].name != NULL);
        SIM_TRUTH_NEWS(X)
#undef X
    }
    observers->count = (uint32_t)count;
}
