/* sim/truth/paranoid.c -- sim_truth_check(): what is counted as things change against a count of
 * all that there is. */
#include "sim/truth/internal.h"
#include "sim/truth/truth.h"

static void check_watches(const SimTruth *truth)
{
    uint32_t open = 0;
    const Watch *older = NULL;
    for (const Watch *watch = truth->oldest; watch != NULL; watch = watch->newer) {
        g_assert_true(watch->older == older);
        open += !watch->killed && !watch->copies;
        older = watch;
    }
    g_assert_true(truth->newest == older);
    g_assert_cmpuint(open, ==, truth->open);
}

static void check_cluster(const SimTruth *truth, uint32_t cluster)
{
    uint32_t live = 0, alive = 0;
    for (guint i = 0; i < truth->instances->len; i++) {
        const SimInstanceInfo *info = &g_array_index(truth->instances, TruthInstance, i).info;
        live += info->cluster == cluster && info->state == SIM_INSTANCE_LIVE;
    }
    for (guint i = 0; i < truth->views->len; i++) {
        const NodeView *view = truth->views->pdata[i];
        alive += view->cluster == cluster && view->alive;
    }
    g_assert_cmpuint(live, ==, g_array_index(truth->clusters, TruthCluster, cluster).live);
    g_assert_cmpuint(alive, ==, g_array_index(truth->clusters, TruthCluster, cluster).alive);
}

static void check_view(const SimTruth *truth, const NodeView *view)
{
    uint32_t counts[SIM_INSTANCE_ELSEWHERE + 1] = { 0 };
    for (guint i = 0; i < truth->instances->len; i++) {
        const SimInstanceInfo *info = &g_array_index(truth->instances, TruthInstance, i).info;
        g_assert_cmpint((int)info->state, <=, SIM_INSTANCE_ELSEWHERE);
        counts[info->state] += sim_counts_get(view->listings, i, view->node) > 0;
    }
    g_assert_cmpuint(view->live, ==, counts[SIM_INSTANCE_LIVE]);
    g_assert_cmpuint(view->gone, ==, counts[SIM_INSTANCE_GONE]);
    g_assert_cmpuint(view->stray, ==, counts[SIM_INSTANCE_UNKNOWN]);
    g_assert_cmpuint(view->wrong, <=, view->live);
}

void sim_truth_check(const SimTruth *truth)
{
    check_watches(truth);
    for (guint i = 0; i < truth->clusters->len; i++) {
        check_cluster(truth, i);
    }
    for (guint i = 0; i < truth->views->len; i++) {
        check_view(truth, truth->views->pdata[i]);
    }
}
