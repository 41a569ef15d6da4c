/* sim/truth/view.c -- the nodes' side of the truth: what each lists, and how that compares.
 *
 * A view is kept as counts by listing and by instance, and a few sums over them, so that a change
 * costs what it changes and no more. The digest is a sum of the hashes of the listings shown: it
 * does not depend on the order in which they came. */
#include "sim/truth/internal.h"

static bool is_judged(const NodeView *view)
{
    return view->alive && view->loaded;
}

static uint32_t lacking(const SimTruth *truth, const NodeView *view)
{
    return truth_cluster(truth, view->cluster)->live - view->live;
}

void sim_truth_count_time(SimTruth *truth, NodeView *view)
{
    int64_t now_us = truth->world->now_us;

    if (is_judged(view) && now_us > view->counted_us) {
        int64_t span_us = now_us - view->counted_us;
        view->lost_us += span_us * (int64_t)lacking(truth, view);
        view->lost_listed_us += span_us * (int64_t)(view->known_live - view->live);
        view->zombie_us += span_us * (int64_t)view->gone;
    }
    view->counted_us = now_us;
}

static void count_listed(NodeView *view, SimInstanceState state, int sign)
{
    if (state == SIM_INSTANCE_LIVE) {
        view->live += (uint32_t)sign;
    } else if (state == SIM_INSTANCE_GONE) {
        view->gone += (uint32_t)sign;
    } else if (state == SIM_INSTANCE_UNKNOWN) {
        view->stray += (uint32_t)sign;
    }
}

void sim_truth_count_state(SimTruth *truth, SimInstance instance, int sign)
{
    const SimInstanceInfo *info = &truth_instance(truth, instance)->info;

    for (guint i = 0; i < truth->views->len; i++) {
        NodeView *view = truth_view(truth, i);
        sim_truth_count_time(truth, view);
        if (view_lists(view, instance)) {
            count_listed(view, info->state, sign);
        } else if (info->state == SIM_INSTANCE_GONE && sign > 0 &&
                   view_has_listed(view, instance)) {
            *sim_counts_at(view->known, instance, i) = 0; /* what comes next is not yet known */
        }
        if (info->state == SIM_INSTANCE_LIVE && view_has_listed(view, instance)) {
            view->known_live += (uint32_t)sign;
        }
    }
    if (info->state == SIM_INSTANCE_LIVE) {
        truth_cluster(truth, info->cluster)->live += (uint32_t)sign;
    }
}

/* --- nodes' lives --------------------------------------------------------------------------- */

void sim_truth_node_added(SimTruth *truth, uint32_t node)
{
    g_assert_cmpuint(node, ==, truth->views->len);
    NodeView *view = g_new0(NodeView, 1);
    sim_counts_widen(&truth->shown, node + 1);
    sim_counts_widen(&truth->listings, node + 1);
    sim_counts_widen(&truth->wrong, node + 1);
    sim_counts_widen(&truth->known, node + 1);
    view->node = node;
    view->shown = &truth->shown;
    view->listings = &truth->listings;
    view->known = &truth->known;
    view->counted_us = truth->world->now_us;
    view->cluster = ((const SimNode *)g_ptr_array_index(truth->world->nodes, node))->cluster;
    sim_truth_reach_cluster(truth, view->cluster);
    g_ptr_array_add(truth->views, view);
    sim_watch_node_added(truth);
    sim_seen_node_added(truth);
}

void sim_truth_node_up(SimTruth *truth, uint32_t node)
{
    NodeView *view = truth_view(truth, node);

    g_assert_false(view->alive);
    sim_truth_count_time(truth, view);
    view->alive = true;
    view->loaded = false;
    truth_cluster(truth, view->cluster)->alive++;
    truth->world->changed = true;
    sim_watch_node_up(truth, node);
    sim_seen_node_changed(truth, node, true);
    sim_heals_look(truth);
}

void sim_truth_node_loaded(SimTruth *truth, uint32_t node)
{
    NodeView *view = truth_view(truth, node);

    sim_truth_count_time(truth, view);
    view->loaded = true;
    truth->world->changed = true;
}

static void forget_counts(SimCounts *counts, uint32_t node)
{
    uint32_t things = sim_counts_things(counts);

    for (uint32_t i = 0; i < things; i++) {
        if (sim_counts_get(counts, i, node) > 0) {
            *sim_counts_at(counts, i, node) = 0;
        }
    }
}

static void forget_view(SimTruth *truth, NodeView *view)
{
    uint32_t instances = truth->instances->len;

    for (SimInstance i = 0; i < instances; i++) {
        if (view_lists(view, i)) {
            truth_instance(truth, i)->shown_by--;
        }
    }
    forget_counts(view->shown, view->node);
    forget_counts(view->listings, view->node);
    forget_counts(&truth->wrong, view->node);
    view->digest = 0;
    view->listed = view->live = view->gone = view->stray = view->wrong = 0;
}

void sim_truth_node_down(SimTruth *truth, uint32_t node)
{
    NodeView *view = truth_view(truth, node);

    if (!view->alive) {
        return;
    }
    sim_truth_count_time(truth, view);
    forget_view(truth, view);
    view->alive = view->loaded = false;
    truth_cluster(truth, view->cluster)->alive--;
    truth->world->changed = true;
    sim_watch_node_down(truth, node);
    sim_seen_node_changed(truth, node, false);
    sim_heals_look(truth);
}

/* --- changes of a view ---------------------------------------------------------------------- */

static void appear(SimTruth *truth, uint32_t node, SimInstance instance)
{
    TruthInstance *entry = truth_instance(truth, instance);
    NodeView *view = truth_view(truth, node);

    entry->shown_by++;
    count_listed(view, entry->info.state, +1);
    if (!view_has_listed(view, instance)) {
        *sim_counts_at(view->known, instance, node) = 1;
        view->known_live += entry->info.state == SIM_INSTANCE_LIVE;
    }
    truth_tell_listed(truth, &(SimListedNews) { node, instance, true });
}

static void vanish(SimTruth *truth, uint32_t node, SimInstance instance)
{
    TruthInstance *entry = truth_instance(truth, instance);

    entry->shown_by--;
    count_listed(truth_view(truth, node), entry->info.state, -1);
    if (entry->info.state == SIM_INSTANCE_GONE && is_judged(truth_view(truth, node))) {
        const SimZombieNews news = { node, truth->world->now_us - entry->info.since_us };
        truth_tell_zombie_ended(truth, &news);
    }
    truth_tell_listed(truth, &(SimListedNews) { node, instance, false });
}

static void show(SimTruth *truth, uint32_t node, DistroListing listing)
{
    NodeView *view = truth_view(truth, node);
    SimInstance instance = sim_truth_instance_of(truth, view->cluster, listing);

    if ((*sim_counts_at(view->shown, listing, node))++ > 0) {
        return; /* another client publishes the very same: listed once */
    }
    view->digest += sim_mix(listing);
    view->listed++;
    if ((*sim_counts_at(view->listings, instance, node))++ == 0) {
        appear(truth, node, instance);
    }
}

static void hide(SimTruth *truth, uint32_t node, DistroListing listing)
{
    NodeView *view = truth_view(truth, node);

    g_assert_true(view_shows(view, listing));
    if (--*sim_counts_at(view->shown, listing, node) > 0) {
        return;
    }
    view->digest -= sim_mix(listing);
    view->listed--;
    SimInstance instance = sim_truth_instance_of(truth, view->cluster, listing);
    if (--*sim_counts_at(view->listings, instance, node) == 0) {
        vanish(truth, node, instance);
    }
}

/* Do two publications of one instance each speak of the same? */
static bool is_same_instance(SimTruth *truth, uint32_t node, const DistroPublicationInfo *a,
                             const DistroPublicationInfo *b)
{
    uint32_t cluster = truth_view(truth, node)->cluster;

    return sim_truth_instance_of(truth, cluster, a->listings[0]) ==
           sim_truth_instance_of(truth, cluster, b->listings[0]);
}

static void look_at_contents(SimTruth *truth, uint32_t node, const DistroPublicationInfo *info)
{
    uint32_t cluster = truth_view(truth, node)->cluster;

    for (uint32_t i = 0; i < info->count; i++) {
        sim_content_look(truth, node, sim_truth_instance_of(truth, cluster, info->listings[i]));
    }
}

static void look_at_watches(SimTruth *truth, uint32_t node, const DistroPublicationInfo *info,
                            DistroPath path)
{
    uint32_t cluster = truth_view(truth, node)->cluster;

    for (uint32_t i = 0; i < info->count; i++) {
        SimInstance instance = sim_truth_instance_of(truth, cluster, info->listings[i]);
        if (truth_instance(truth, instance)->awaited != NULL) {
            sim_watch_instance(truth, instance, node, path);
        }
    }
}

void sim_truth_view(SimTruth *truth, uint32_t node, DistroClient client, DistroService service,
                    DistroPublication before, DistroPublication after, DistroPath path)
{
    const DistroPublicationInfo was = *sim_truth_publication(truth, before);
    const DistroPublicationInfo is = *sim_truth_publication(truth, after);

    g_assert_true(truth_view(truth, node)->alive);
    sim_truth_count_time(truth, truth_view(truth, node));
    /* What comes is counted first: an instance that merely changes never seems to be away. */
    for (uint32_t i = 0; i < is.count; i++) {
        show(truth, node, is.listings[i]);
    }
    for (uint32_t i = 0; i < was.count; i++) {
        hide(truth, node, was.listings[i]);
    }
    look_at_contents(truth, node, &is);
    if (is.count != 1 || was.count != 1 || !is_same_instance(truth, node, &is, &was)) {
        look_at_contents(truth, node, &was);
    }
    truth->world->changed = true;
    truth->view_changes++;
    look_at_watches(truth, node, &is, path);
    look_at_watches(truth, node, &was, path);
    sim_heals_look(truth);
    truth_tell_shown(truth, &(SimShownNews) { node, client, service });
}

/* --- reading -------------------------------------------------------------------------------- */

bool sim_truth_shows(const SimTruth *truth, uint32_t node, DistroListing listing)
{
    return view_shows(truth_view(truth, node), listing);
}

bool sim_truth_lists(const SimTruth *truth, uint32_t node, SimInstance instance)
{
    return view_lists(truth_view(truth, node), instance);
}

bool sim_truth_concerns(const SimTruth *truth, uint32_t node, SimInstance instance)
{
    return truth_view(truth, node)->cluster == truth_instance(truth, instance)->info.cluster;
}

bool sim_truth_knows(const SimTruth *truth, uint32_t node, SimInstance instance)
{
    const NodeView *view = truth_view(truth, node);
    SimInstance own = instance;

    return (sim_truth_concerns(truth, node, instance) ||
            sim_truth_sibling(truth, instance, view->cluster, &own)) &&
           view_lists(view, own);
}

uint32_t sim_truth_shown_by(const SimTruth *truth, SimInstance instance)
{
    return truth_instance(truth, instance)->shown_by;
}

uint64_t sim_truth_digest(const SimTruth *truth, uint32_t node)
{
    return truth_view(truth, node)->digest;
}

uint32_t sim_truth_listed(const SimTruth *truth, uint32_t node)
{
    return truth_view(truth, node)->listed;
}

static bool equal(const NodeView *a, const NodeView *b)
{
    return a->digest == b->digest && a->listed == b->listed;
}

/* The next live node's view of @cluster at or after *@node, which moves on behind it; NULL at the
 * end. */
static const NodeView *next_alive(const SimTruth *truth, uint32_t cluster, guint *node)
{
    while (*node < truth->views->len) {
        const NodeView *view = truth_view(truth, (*node)++);
        if (view->alive && view->cluster == cluster) {
            return view;
        }
    }
    return NULL;
}

static bool agree(const SimTruth *truth, uint32_t cluster)
{
    guint node = 0;
    const NodeView *first = next_alive(truth, cluster, &node);

    for (const NodeView *view; (view = next_alive(truth, cluster, &node));) {
        if (!equal(first, view)) {
            return false;
        }
    }
    return true;
}

static bool converged(const SimTruth *truth, uint32_t cluster)
{
    guint node = 0;
    const NodeView *first = next_alive(truth, cluster, &node);

    if (first == NULL) {
        return true;
    }
    return lacking(truth, first) == 0 && first->gone == 0 && first->stray == 0 &&
           first->wrong == 0 && agree(truth, cluster);
}

/* Does @predicate hold for @cluster, or for each of them? */
static bool holds(const SimTruth *truth, uint32_t cluster,
                  bool (*predicate)(const SimTruth *truth, uint32_t cluster))
{
    if (cluster != SIM_ALL_CLUSTERS) {
        return cluster >= truth->clusters->len || predicate(truth, cluster);
    }
    for (uint32_t i = 0; i < truth->clusters->len; i++) {
        if (!predicate(truth, i)) {
            return false;
        }
    }
    return true;
}

bool sim_truth_agree(const SimTruth *truth, uint32_t cluster)
{
    return holds(truth, cluster, agree);
}

bool sim_truth_converged(const SimTruth *truth, uint32_t cluster)
{
    return holds(truth, cluster, converged);
}

static uint32_t distinct_views(const SimTruth *truth, uint32_t cluster)
{
    uint32_t distinct = 0;
    guint node = 0;

    for (const NodeView *view; (view = next_alive(truth, cluster, &node));) {
        guint earlier = 0;
        const NodeView *other;
        while ((other = next_alive(truth, cluster, &earlier)) != view && !equal(other, view))
            ;
        distinct += other == view;
    }
    return distinct;
}

uint32_t sim_truth_distinct_views(const SimTruth *truth)
{
    uint32_t beyond_one = 0;
    bool any = false;

    for (uint32_t i = 0; i < truth->clusters->len; i++) {
        uint32_t distinct = distinct_views(truth, i);
        any |= distinct > 0;
        beyond_one += distinct > 0 ? distinct - 1 : 0;
    }
    return any ? beyond_one + 1 : 0;
}

uint64_t sim_truth_lost_at(const SimTruth *truth, uint32_t node)
{
    const NodeView *view = truth_view(truth, node);

    return is_judged(view) ? lacking(truth, view) : 0;
}

uint64_t sim_truth_zombies_at(const SimTruth *truth, uint32_t node)
{
    const NodeView *view = truth_view(truth, node);

    return is_judged(view) ? view->gone : 0;
}

uint64_t sim_truth_lost_now(const SimTruth *truth)
{
    uint64_t lost = 0;

    for (guint i = 0; i < truth->views->len; i++) {
        lost += sim_truth_lost_at(truth, i);
    }
    return lost;
}

uint64_t sim_truth_lost_listed_now(const SimTruth *truth)
{
    uint64_t lost = 0;

    for (guint i = 0; i < truth->views->len; i++) {
        const NodeView *view = truth_view(truth, i);
        lost += is_judged(view) ? view->known_live - view->live : 0;
    }
    return lost;
}

uint64_t sim_truth_zombies_now(const SimTruth *truth)
{
    uint64_t zombies = 0;

    for (guint i = 0; i < truth->views->len; i++) {
        zombies += sim_truth_zombies_at(truth, i);
    }
    return zombies;
}

uint64_t sim_truth_stale_now(const SimTruth *truth)
{
    uint64_t stale = 0;

    for (guint i = 0; i < truth->views->len; i++) {
        const NodeView *view = truth_view(truth, i);
        stale += is_judged(view) ? view->wrong : 0;
    }
    return stale;
}

int64_t sim_truth_lost_us(SimTruth *truth, uint32_t node)
{
    sim_truth_count_time(truth, truth_view(truth, node));
    return truth_view(truth, node)->lost_us;
}

int64_t sim_truth_lost_listed_us(SimTruth *truth, uint32_t node)
{
    sim_truth_count_time(truth, truth_view(truth, node));
    return truth_view(truth, node)->lost_listed_us;
}

int64_t sim_truth_zombie_us(SimTruth *truth, uint32_t node)
{
    sim_truth_count_time(truth, truth_view(truth, node));
    return truth_view(truth, node)->zombie_us;
}
