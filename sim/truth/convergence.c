/* sim/truth/convergence.c -- how long it takes until a change shows everywhere, and views agree
 * again.
 *
 * A watch follows one change with a bit per node. Whatever may alter the answer for a node (its
 * view, its life, an instance that another client claims) has the watch look again at that node
 * alone; when the last bit is set the change has converged. */
#include "sim/truth/internal.h"

static size_t words_of(const SimTruth *truth)
{
    return ((size_t)truth->views->len + 63) / 64;
}

static bool is_shown(const Watch *watch, uint32_t node)
{
    return watch->shown[node / 64] >> node % 64 & 1;
}

static void set_shown(Watch *watch, uint32_t node, bool shown)
{
    uint64_t bit = UINT64_C(1) << node % 64;

    if (shown)
        watch->shown[node / 64] |= bit;
    else
        watch->shown[node / 64] &= ~bit;
}

/* --- a watch's life ------------------------------------------------------------------------- */

static void add_item(SimTruth *truth, Watch *watch, SimInstance instance, DistroListing listing)
{
    TruthInstance *entry = truth_instance(truth, instance);
    WatchItem *item = &watch->items[watch->n_items++];

    *item = (WatchItem) { instance, listing, watch, entry->awaited };
    entry->awaited = item;
}

static void remove_item(SimTruth *truth, WatchItem *item)
{
    WatchItem **link = &truth_instance(truth, item->instance)->awaited;

    while (*link != item)
        link = &(*link)->next;
    *link = item->next;
}

static void free_watch(SimTruth *truth, Watch *watch)
{
    for (uint32_t i = 0; i < watch->n_items; i++)
        remove_item(truth, &watch->items[i]);
    *(watch->older ? &watch->older->newer : &truth->oldest) = watch->newer;
    *(watch->newer ? &watch->newer->older : &truth->newest) = watch->older;
    truth->open -= !watch->killed;
    if (truth_claim(truth, watch->claim)->watch == watch)
        truth_claim(truth, watch->claim)->watch = NULL;
    g_free(watch->shown);
    g_free(watch);
}

void sim_watch_drop(SimTruth *truth, Claim *claim)
{
    if (claim->watch)
        free_watch(truth, claim->watch);
}

void sim_watch_free_all(SimTruth *truth)
{
    while (truth->oldest)
        free_watch(truth, truth->oldest);
}

static uint32_t cluster_of(const SimTruth *truth, const Watch *watch)
{
    return truth_claim(truth, watch->claim)->cluster;
}

/* Is it a live node of the cluster in which the change was made? */
static bool is_to_show(const SimTruth *truth, const Watch *watch, uint32_t node)
{
    const NodeView *view = truth_view(truth, node);

    return view->alive && view->cluster == cluster_of(truth, watch);
}

static uint32_t first_alive(const SimTruth *truth, const Watch *watch)
{
    for (guint i = 0; i < truth->views->len; i++)
        if (is_to_show(truth, watch, i))
            return i;
    return UINT32_MAX;
}

/* The last live node shows it. With no node alive there is nobody to show anything: it waits. */
static void finish_if_shown(SimTruth *truth, Watch *watch)
{
    if (watch->missing > 0 || truth_cluster(truth, cluster_of(truth, watch))->alive == 0)
        return;
    watch->figure.took_us = truth->world->now_us - watch->figure.acknowledged_us;
    if (watch->figure.last_node == UINT32_MAX)
        watch->figure.last_node = first_alive(truth, watch);
    if (!watch->killed)
        g_array_append_val(truth->convergences, watch->figure);
    else
        sim_metrics_detected(truth->world->metrics, watch->figure.took_us);
    free_watch(truth, watch);
}

/* --- does a node show it? ------------------------------------------------------------------- */

static bool shows(const SimTruth *truth, const Watch *watch, uint32_t node)
{
    const NodeView *view = truth_view(truth, node);

    for (uint32_t i = 0; i < watch->n_items; i++) {
        const WatchItem *item = &watch->items[i];
        if (item->listing != DISTRO_NONE
                ? !view_shows(view, item->listing)
                : view_lists(view, item->instance) &&
                      truth_instance(truth, item->instance)->info.state != SIM_INSTANCE_LIVE)
            return false;
    }
    return true;
}

static void look_at_node(SimTruth *truth, Watch *watch, uint32_t node, DistroPath path)
{
    bool shown = shows(truth, watch, node);

    if (shown == is_shown(watch, node))
        return;
    set_shown(watch, node, shown);
    watch->missing += shown ? -1u : 1u;
    if (shown) {
        watch->figure.path = path;
        watch->figure.last_node = node;
    }
}

static void look_at_all_nodes(SimTruth *truth, Watch *watch, DistroPath path)
{
    for (guint i = 0; i < truth->views->len; i++)
        if (is_to_show(truth, watch, i))
            look_at_node(truth, watch, i, path);
}

void sim_watch_instance(SimTruth *truth, SimInstance instance, uint32_t node, DistroPath path)
{
    WatchItem *next;

    for (WatchItem *item = truth_instance(truth, instance)->awaited; item; item = next) {
        Watch *watch = item->watch;
        /* Step past all items of this watch: it may be freed here. */
        for (next = item->next; next && next->watch == watch;)
            next = next->next;
        if (node == UINT32_MAX) {
            look_at_all_nodes(truth, watch, path);
        } else {
            if (watch->judged == truth->view_changes)
                continue; /* a batch: one look for one change of the view */
            watch->judged = truth->view_changes;
            look_at_node(truth, watch, node, path);
        }
        finish_if_shown(truth, watch);
    }
}

/* Where every live node stands when the watch begins. */
static void take_stock(SimTruth *truth, Watch *watch)
{
    for (guint i = 0; i < truth->views->len; i++) {
        if (!is_to_show(truth, watch, i))
            continue;
        bool shown = shows(truth, watch, i);
        set_shown(watch, i, shown);
        watch->missing += !shown;
    }
}

static Watch *new_watch(SimTruth *truth, uint32_t number, DistroPublication publication,
                        uint32_t n_items)
{
    const Claim *claim = truth_claim(truth, number);
    Watch *watch = g_malloc0(sizeof *watch + n_items * sizeof *watch->items);

    watch->claim = number;
    watch->publication = publication;
    watch->shown = g_new0(uint64_t, words_of(truth));
    watch->figure = (SimConvergence) { .client = claim->client,
                                       .service = claim->service,
                                       .removal = publication == DISTRO_NONE,
                                       .acknowledged_us = truth->world->now_us,
                                       .path = DISTRO_PATH_LOCAL,
                                       .last_node = UINT32_MAX };
    watch->older = truth->newest;
    *(watch->older ? &watch->older->newer : &truth->oldest) = watch;
    truth->newest = watch;
    return watch;
}

void sim_watch_open(SimTruth *truth, uint32_t number, DistroPublication publication,
                    const GArray *removed, bool killed)
{
    Claim *claim = truth_claim(truth, number);
    const DistroPublicationInfo *info = sim_truth_publication(truth, publication);

    /* The same said again (a redo) is no news: what is still spreading keeps its older start. */
    if (claim->watch && !killed && claim->watch->publication == publication)
        return;
    sim_watch_drop(truth, claim);

    Watch *watch = new_watch(truth, number, publication, info->count + removed->len);
    watch->killed = killed;
    truth->open += !killed;
    for (uint32_t i = 0; i < info->count; i++)
        add_item(truth, watch, sim_truth_instance_of(truth, claim->cluster, info->listings[i]),
                 info->listings[i]);
    for (guint i = 0; i < removed->len; i++)
        add_item(truth, watch, g_array_index(removed, SimInstance, i), DISTRO_NONE);
    claim->watch = watch;
    take_stock(truth, watch);
    if (killed && watch->missing == 0)
        free_watch(truth, watch); /* nobody lists it: nothing to detect */
    else
        finish_if_shown(truth, watch);
}

/* --- nodes come and go ---------------------------------------------------------------------- */

void sim_watch_node_added(SimTruth *truth)
{
    size_t words = words_of(truth);

    if (truth->views->len % 64 != 1)
        return;
    for (Watch *watch = truth->oldest; watch; watch = watch->newer) {
        watch->shown = g_renew(uint64_t, watch->shown, words);
        watch->shown[words - 1] = 0;
    }
}

void sim_watch_node_up(SimTruth *truth, uint32_t node)
{
    Watch *newer;

    for (Watch *watch = truth->oldest; watch; watch = newer) {
        newer = watch->newer;
        if (!is_to_show(truth, watch, node))
            continue;
        bool shown = shows(truth, watch, node);
        set_shown(watch, node, shown);
        watch->missing += !shown;
        finish_if_shown(truth, watch);
    }
}

void sim_watch_node_down(SimTruth *truth, uint32_t node)
{
    Watch *newer;

    for (Watch *watch = truth->oldest; watch; watch = newer) {
        newer = watch->newer;
        if (truth_view(truth, node)->cluster != cluster_of(truth, watch))
            continue;
        watch->missing -= !is_shown(watch, node);
        set_shown(watch, node, false);
        finish_if_shown(truth, watch);
    }
}

/* --- heals ---------------------------------------------------------------------------------- */

void sim_heals_look(SimTruth *truth)
{
    if (truth->first_open_heal == truth->heals->len || !sim_truth_agree(truth, SIM_ALL_CLUSTERS))
        return;
    for (; truth->first_open_heal < truth->heals->len; truth->first_open_heal++)
        g_array_index(truth->heal_took, int64_t, truth->first_open_heal) =
            truth->world->now_us - g_array_index(truth->heals, int64_t, truth->first_open_heal);
}

void sim_truth_healed(SimTruth *truth)
{
    const int64_t open = -1;

    g_array_append_val(truth->heals, truth->world->now_us);
    g_array_append_val(truth->heal_took, open);
    sim_heals_look(truth);
}

/* --- figures -------------------------------------------------------------------------------- */

const int64_t *sim_truth_heal_to_agree(const SimTruth *truth, size_t *count)
{
    *count = truth->heal_took->len;
    return (const int64_t *)(void *)truth->heal_took->data;
}

const SimConvergence *sim_truth_convergences(const SimTruth *truth, size_t *count)
{
    *count = truth->convergences->len;
    return (const SimConvergence *)(void *)truth->convergences->data;
}

uint32_t sim_truth_unconverged(const SimTruth *truth)
{
    return truth->open;
}

size_t sim_truth_spreading(const SimTruth *truth, GArray *out)
{
    guint before = out->len;

    for (const Watch *watch = truth->oldest; watch; watch = watch->newer) {
        SimConvergence figure = watch->figure;
        if (watch->killed)
            continue;
        figure.took_us = truth->world->now_us - figure.acknowledged_us;
        g_array_append_val(out, figure);
    }
    return out->len - before;
}

void sim_truth_reset_figures(SimTruth *truth)
{
    g_array_set_size(truth->convergences, 0);
    g_array_set_size(truth->heals, 0);
    g_array_set_size(truth->heal_took, 0);
    truth->first_open_heal = 0;
    truth->acknowledged = 0;
    for (guint i = 0; i < truth->views->len; i++) {
        NodeView *view = truth_view(truth, i);
        sim_truth_count_time(truth, view);
        view->lost_us = view->zombie_us = 0;
    }
}
