/* sim/truth/convergence.c -- how long it takes until a change shows everywhere, and views agree
 * again.
 *
 * A watch follows one change with a bit per node. Whatever may alter the answer for a node (its
 * view, its life, an instance that another client claims) has the watch look again at that node
 * alone; when the last bit is set the change has converged. In a world of several sites a watch
 * also counts what each site lacks: when that is nothing, the change has arrived there.
 *
 * Where copies are brought from one cluster to another, a second watch follows the change there. It
 * converges as the first one does, but counts as arrivals only. */
#include "sim/client/client.h"
#include "sim/truth/internal.h"

#include <string.h>

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

    if (shown) {
        watch->shown[node / 64] |= bit;
    } else {
        watch->shown[node / 64] &= ~bit;
    }
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

    while (*link != item) {
        link = &(*link)->next;
    }
    *link = item->next;
}

static void unlink_from_claim(Claim *claim, Watch *watch)
{
    if (claim->watch == watch) {
        claim->watch = NULL;
    }
    for (Watch **link = &claim->copies; *link != NULL; link = &(*link)->next_copies) {
        if (*link == watch) {
            *link = watch->next_copies;
            return;
        }
    }
}

static void free_watch(SimTruth *truth, Watch *watch)
{
    for (uint32_t i = 0; i < watch->n_items; i++) {
        remove_item(truth, &watch->items[i]);
    }
    *(watch->older != NULL ? &watch->older->newer : &truth->oldest) = watch->newer;
    *(watch->newer != NULL ? &watch->newer->older : &truth->newest) = watch->older;
    truth->open -= !watch->killed && !watch->copies;
    unlink_from_claim(truth_claim(truth, watch->claim), watch);
    g_free(watch->regions);
    g_free(watch->shown);
    g_free(watch);
}

void sim_watch_drop(SimTruth *truth, Claim *claim)
{
    if (claim->watch != NULL) {
        free_watch(truth, claim->watch);
    }
    while (claim->copies != NULL) {
        free_watch(truth, claim->copies);
    }
    sim_seen_drop(truth, claim);
}

void sim_watch_free_all(SimTruth *truth)
{
    while (truth->oldest != NULL) {
        free_watch(truth, truth->oldest);
    }
}

/* --- sites ------------------------------------------------------------------------------------ */

static uint32_t n_regions(const SimTruth *truth)
{
    const GArray *sites = truth->world->sites;

    return sites != NULL && sites->len > 1 ? sites->len : 0;
}

static uint32_t region_of(const SimTruth *truth, uint32_t node)
{
    return ((const SimNode *)g_ptr_array_index(truth->world->nodes, node))->site;
}

static uint32_t origin_of(const SimTruth *truth, const Watch *watch)
{
    return sim_client_site(g_ptr_array_index(truth->world->clients, watch->figure.client));
}

/* One node more, or one less, lacks the change. */
static void count_missing(SimTruth *truth, Watch *watch, uint32_t node, int sign)
{
    watch->missing += (uint32_t)sign;
    if (watch->regions == NULL) {
        return;
    }
    WatchRegion *region = &watch->regions[region_of(truth, node)];
    region->missing += (uint32_t)sign;
    if (region->missing == 0) {
        region->shown_us = truth->world->now_us;
    }
}

/* Is it a live node of the cluster that is to show it? */
static bool is_to_show(const SimTruth *truth, const Watch *watch, uint32_t node)
{
    const NodeView *view = truth_view(truth, node);

    return view->alive && view->cluster == watch->cluster;
}

/* Does some live node at site @region have to show it? */
static bool concerns_region(const SimTruth *truth, const Watch *watch, uint32_t region)
{
    for (guint i = 0; i < truth->views->len; i++) {
        if (region_of(truth, i) == region && is_to_show(truth, watch, i)) {
            return true;
        }
    }
    return false;
}

static void append_arrivals(const SimTruth *truth, const Watch *watch, GArray *out)
{
    for (uint32_t i = 0; watch->regions != NULL && i < n_regions(truth); i++) {
        const WatchRegion *region = &watch->regions[i];
        if (region->missing > 0 || !concerns_region(truth, watch, i)) {
            continue;
        }
        const SimArrival arrival = {
            .from = origin_of(truth, watch),
            .to = i,
            .change = watch->killed           ? SIM_CHANGE_DEATH
                      : watch->figure.removal ? SIM_CHANGE_DEREGISTER
                                              : SIM_CHANGE_REGISTER,
            .acknowledged_us = watch->figure.acknowledged_us,
            .took_us = region->shown_us - watch->figure.acknowledged_us,
        };
        g_array_append_val(out, arrival);
    }
}

static uint32_t first_alive(const SimTruth *truth, const Watch *watch)
{
    for (guint i = 0; i < truth->views->len; i++) {
        if (is_to_show(truth, watch, i)) {
            return i;
        }
    }
    return UINT32_MAX;
}

/* The last live node shows it. With no node alive it waits. */
static void finish_if_shown(SimTruth *truth, Watch *watch)
{
    if (watch->missing > 0 || truth_cluster(truth, watch->cluster)->alive == 0) {
        return;
    }
    watch->figure.took_us = truth->world->now_us - watch->figure.acknowledged_us;
    if (watch->figure.last_node == UINT32_MAX) {
        watch->figure.last_node = first_alive(truth, watch);
    }
    append_arrivals(truth, watch, truth->arrivals);
    if (!watch->killed && !watch->copies) {
        g_array_append_val(truth->convergences, watch->figure);
    } else if (!watch->copies) {
        truth_tell_death_detected(truth, watch->figure.took_us);
    }
    free_watch(truth, watch);
}

/* --- does a node show it? ------------------------------------------------------------------- */

static bool has_entry(const DistroExtEntry *entries, size_t count, const DistroExtEntry *wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(entries[i].key, wanted->key) == 0) {
            return wanted->kind != DISTRO_VALUE_STRING ||
                   (entries[i].kind == DISTRO_VALUE_STRING &&
                    strcmp(entries[i].text, wanted->text) == 0);
        }
    }
    return wanted->kind != DISTRO_VALUE_STRING; /* weight and enabled are compared as such */
}

bool sim_truth_is_copy(const SimTruth *truth, DistroListing original, DistroListing copy)
{
    const DistroDictionary *dictionary = truth->world->dictionary;
    const DistroListingInfo *a = distro_dictionary_listing_info(dictionary, original);
    const DistroListingInfo *b = distro_dictionary_listing_info(dictionary, copy);
    size_t n_a, n_b;
    const DistroExtEntry *of_a = distro_dictionary_ext_entries(dictionary, a->instance.ext, &n_a);
    const DistroExtEntry *of_b = distro_dictionary_ext_entries(dictionary, b->instance.ext, &n_b);

    if (original == copy) {
        return true;
    }
    if (a->service != b->service || a->instance.ip != b->instance.ip ||
        a->instance.port != b->instance.port || a->instance.healthy != b->instance.healthy ||
        a->enabled != b->enabled || a->weight < b->weight || a->weight > b->weight) {
        return false;
    }
    for (size_t i = 0; i < n_a; i++) {
        if (!has_entry(of_b, n_b, &of_a[i])) {
            return false;
        }
    }
    return true;
}

static bool shows_copy(const SimTruth *truth, const NodeView *view, const WatchItem *item)
{
    const GArray *listings = truth_cluster(truth, view->cluster)->listings;

    for (DistroListing next = truth_instance(truth, item->instance)->newest_listing; next != 0;
         next = g_array_index(listings, TruthListing, next).next) {
        if (view_shows(view, next) && sim_truth_is_copy(truth, item->listing, next)) {
            return true;
        }
    }
    return false;
}

static bool shows_item(const SimTruth *truth, const Watch *watch, const NodeView *view,
                       const WatchItem *item)
{
    if (item->listing != DISTRO_NONE) {
        return watch->copies ? shows_copy(truth, view, item) : view_shows(view, item->listing);
    }
    SimInstanceState state = truth_instance(truth, item->instance)->info.state;
    bool lives = state == SIM_INSTANCE_LIVE || (watch->copies && state == SIM_INSTANCE_ELSEWHERE);
    return lives || !view_lists(view, item->instance);
}

static bool shows(const SimTruth *truth, const Watch *watch, uint32_t node)
{
    for (uint32_t i = 0; i < watch->n_items; i++) {
        if (!shows_item(truth, watch, truth_view(truth, node), &watch->items[i])) {
            return false;
        }
    }
    return true;
}

static void look_at_node(SimTruth *truth, Watch *watch, uint32_t node, DistroPath path)
{
    bool shown = shows(truth, watch, node);

    if (shown == is_shown(watch, node)) {
        return;
    }
    set_shown(watch, node, shown);
    count_missing(truth, watch, node, shown ? -1 : +1);
    if (shown) {
        watch->figure.path = path;
        watch->figure.last_node = node;
    }
}

static void look_at_all_nodes(SimTruth *truth, Watch *watch, DistroPath path)
{
    for (guint i = 0; i < truth->views->len; i++) {
        if (is_to_show(truth, watch, i)) {
            look_at_node(truth, watch, i, path);
        }
    }
}

void sim_watch_instance(SimTruth *truth, SimInstance instance, uint32_t node, DistroPath path)
{
    WatchItem *next;

    for (WatchItem *item = truth_instance(truth, instance)->awaited; item != NULL; item = next) {
        Watch *watch = item->watch;
        /* Step past all items of this watch: it may be freed here. */
        for (next = item->next; next != NULL && next->watch == watch;) {
            next = next->next;
        }
        if (node == UINT32_MAX) {
            look_at_all_nodes(truth, watch, path);
        } else {
            if (watch->judged == truth->view_changes) {
                continue; /* a batch: one look for one change of the view */
            }
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
        if (!is_to_show(truth, watch, i)) {
            continue;
        }
        bool shown = shows(truth, watch, i);
        set_shown(watch, i, shown);
        if (!shown) {
            count_missing(truth, watch, i, +1);
        }
    }
}

static Watch *new_watch(SimTruth *truth, uint32_t number, uint32_t cluster,
                        DistroPublication publication, uint32_t n_items)
{
    const Claim *claim = truth_claim(truth, number);
    Watch *watch = g_malloc0(sizeof *watch + n_items * sizeof *watch->items);

    watch->claim = number;
    watch->cluster = cluster;
    watch->copies = cluster != claim->cluster;
    watch->publication = publication;
    watch->shown = g_new0(uint64_t, words_of(truth));
    watch->figure = (SimConvergence) { .client = claim->client,
                                       .service = claim->of_service,
                                       .removal = publication == DISTRO_NONE,
                                       .acknowledged_us = truth->world->now_us,
                                       .path = DISTRO_PATH_LOCAL,
                                       .last_node = UINT32_MAX };
    if (n_regions(truth) > 0) {
        watch->regions = g_new0(WatchRegion, n_regions(truth));
    }
    for (uint32_t i = 0; i < n_regions(truth); i++) {
        watch->regions[i].shown_us = truth->world->now_us;
    }
    watch->older = truth->newest;
    *(watch->older != NULL ? &watch->older->newer : &truth->oldest) = watch;
    truth->newest = watch;
    return watch;
}

/* What @watch of a change waits for: listings to be shown, instances to be gone. */
static void add_items(SimTruth *truth, Watch *watch, const GArray *removed)
{
    const DistroPublicationInfo *info = sim_truth_publication(truth, watch->publication);

    for (uint32_t i = 0; i < info->count; i++) {
        add_item(truth, watch, sim_truth_instance_of(truth, watch->cluster, info->listings[i]),
                 info->listings[i]);
    }
    for (guint i = 0; i < removed->len; i++) {
        SimInstance instance = g_array_index(removed, SimInstance, i);
        if (watch->copies && !sim_truth_sibling(truth, instance, watch->cluster, &instance)) {
            continue; /* it never came there */
        }
        add_item(truth, watch, instance, DISTRO_NONE);
    }
}

static Watch *open_watch(SimTruth *truth, uint32_t number, uint32_t cluster,
                         DistroPublication publication, const GArray *removed, bool killed)
{
    const DistroPublicationInfo *info = sim_truth_publication(truth, publication);
    Watch *watch = new_watch(truth, number, cluster, publication, info->count + removed->len);

    watch->killed = killed;
    add_items(truth, watch, removed);
    take_stock(truth, watch);
    return watch;
}

/* Nothing was ever copied of what has gone, or no node lists it: nothing to wait for. */
static bool is_void(const Watch *watch)
{
    return watch->missing == 0 && (watch->killed || (watch->copies && watch->figure.removal));
}

static void open_copies(SimTruth *truth, uint32_t number, uint32_t cluster,
                        DistroPublication publication, const GArray *removed, bool killed)
{
    Watch *watch = open_watch(truth, number, cluster, publication, removed, killed);
    Claim *claim = truth_claim(truth, number);

    watch->next_copies = claim->copies;
    claim->copies = watch;
    if (is_void(watch)) {
        free_watch(truth, watch);
    } else {
        finish_if_shown(truth, watch);
    }
}

/* The same said again (a redo) is no news: what is still spreading keeps its older start. */
static bool is_known(const Watch *watch, DistroPublication publication, bool killed)
{
    return watch != NULL && !killed && watch->publication == publication;
}

void sim_watch_open(SimTruth *truth, uint32_t number, DistroPublication publication,
                    const GArray *removed, bool killed)
{
    Claim *claim = truth_claim(truth, number);

    if (is_known(claim->watch, publication, killed) ||
        is_known(claim->copies, publication, killed)) {
        return;
    }
    sim_watch_drop(truth, claim);
    const SimFollowNews news = { claim->client, claim->of_service, publication, removed, killed };
    truth_tell_followed(truth, &news);
    Watch *watch = open_watch(truth, number, claim->cluster, publication, removed, killed);
    claim->watch = watch;
    truth->open += !killed;
    if (!killed) {
        sim_seen_open(truth, number, publication, removed);
        claim = truth_claim(truth, number);
    }
    for (guint i = 0; i < truth->bridges->len; i++) {
        const TruthBridge *bridge = &g_array_index(truth->bridges, TruthBridge, i);
        if (bridge->from == claim->cluster) {
            open_copies(truth, number, bridge->to, publication, removed, killed);
        }
        claim = truth_claim(truth, number);
    }
    if (is_void(watch)) {
        free_watch(truth, watch);
    } else {
        finish_if_shown(truth, watch);
    }
}

/* --- nodes come and go ---------------------------------------------------------------------- */

void sim_watch_node_added(SimTruth *truth)
{
    size_t words = words_of(truth);

    if (truth->views->len % 64 != 1) {
        return;
    }
    for (Watch *watch = truth->oldest; watch != NULL; watch = watch->newer) {
        watch->shown = g_renew(uint64_t, watch->shown, words);
        watch->shown[words - 1] = 0;
    }
}

void sim_watch_node_up(SimTruth *truth, uint32_t node)
{
    Watch *newer;

    for (Watch *watch = truth->oldest; watch != NULL; watch = newer) {
        newer = watch->newer;
        if (!is_to_show(truth, watch, node)) {
            continue;
        }
        bool shown = shows(truth, watch, node);
        set_shown(watch, node, shown);
        if (!shown) {
            count_missing(truth, watch, node, +1);
        }
        finish_if_shown(truth, watch);
    }
}

void sim_watch_node_down(SimTruth *truth, uint32_t node)
{
    Watch *newer;

    for (Watch *watch = truth->oldest; watch != NULL; watch = newer) {
        newer = watch->newer;
        if (truth_view(truth, node)->cluster != watch->cluster) {
            continue;
        }
        if (!is_shown(watch, node)) {
            count_missing(truth, watch, node, -1);
        }
        set_shown(watch, node, false);
        finish_if_shown(truth, watch);
    }
}

/* --- heals ---------------------------------------------------------------------------------- */

void sim_heals_look(SimTruth *truth)
{
    if (truth->first_open_heal == truth->heals->len || !sim_truth_agree(truth, SIM_ALL_CLUSTERS)) {
        return;
    }
    for (; truth->first_open_heal < truth->heals->len; truth->first_open_heal++) {
        g_array_index(truth->heal_took, int64_t, truth->first_open_heal) =
            truth->world->now_us - g_array_index(truth->heals, int64_t, truth->first_open_heal);
    }
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

    for (const Watch *watch = truth->oldest; watch != NULL; watch = watch->newer) {
        SimConvergence figure = watch->figure;
        if (watch->killed || watch->copies) {
            continue;
        }
        figure.took_us = truth->world->now_us - figure.acknowledged_us;
        g_array_append_val(out, figure);
    }
    return out->len - before;
}

void sim_truth_arrivals(const SimTruth *truth, GArray *out)
{
    if (truth->arrivals->len > 0) {
        g_array_append_vals(out, truth->arrivals->data, truth->arrivals->len);
    }
    for (const Watch *watch = truth->oldest; watch != NULL; watch = watch->newer) {
        append_arrivals(truth, watch, out);
    }
}

uint32_t sim_truth_under_way(const SimTruth *truth, uint32_t from, uint32_t to, int64_t *oldest_us)
{
    uint32_t count = 0;

    *oldest_us = 0;
    for (const Watch *watch = truth->oldest; watch != NULL; watch = watch->newer) {
        if (watch->regions == NULL || watch->regions[to].missing == 0 ||
            origin_of(truth, watch) != from) {
            continue;
        }
        int64_t age_us = truth->world->now_us - watch->figure.acknowledged_us;
        *oldest_us = MAX(*oldest_us, age_us);
        count++;
    }
    return count;
}

bool sim_truth_bridged(const SimTruth *truth, uint32_t from, uint32_t to)
{
    for (guint i = 0; i < truth->bridges->len; i++) {
        const TruthBridge *bridge = &g_array_index(truth->bridges, TruthBridge, i);
        if (bridge->from == from && bridge->to == to) {
            return true;
        }
    }
    return false;
}

void sim_truth_bridge(SimTruth *truth, uint32_t from, uint32_t to)
{
    const TruthBridge bridge = { from, to };

    sim_truth_reach_cluster(truth, MAX(from, to));
    if (!sim_truth_bridged(truth, from, to)) {
        g_array_append_val(truth->bridges, bridge);
    }
}

void sim_truth_reset_figures(SimTruth *truth)
{
    g_array_set_size(truth->convergences, 0);
    g_array_set_size(truth->seen_took, 0);
    g_array_set_size(truth->arrivals, 0);
    g_array_set_size(truth->heals, 0);
    g_array_set_size(truth->heal_took, 0);
    truth->first_open_heal = 0;
    truth->acknowledged = 0;
    for (guint i = 0; i < truth->views->len; i++) {
        NodeView *view = truth_view(truth, i);
        sim_truth_count_time(truth, view);
        view->lost_us = view->lost_listed_us = view->zombie_us = 0;
    }
}
