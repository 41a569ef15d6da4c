/* sim/truth/seen.c -- how long it takes until the last live node answers queries with a change.
 *
 * A change is stored before it is seen: queries are answered from lists that are renewed later. A
 * sighting follows one acknowledged change with a bit per node of its cluster: set when the node's
 * answers have it. Whatever renews a node's answers of a service has the sightings of that service
 * look again at that node. */
#include "sim/server/push.h"
#include "sim/server/server.h"
#include "sim/truth/internal.h"

typedef struct Item {
    SimInstance instance;
    DistroListing listing; /* 0: the instance must be in no answer */
} Item;

struct Sighting {
    Sighting *newer, *older; /* of the same service */
    uint32_t claim, cluster;
    DistroService service;
    int64_t acknowledged_us;
    uint32_t missing; /* live nodes that do not answer with it */
    uint64_t *seen;   /* a bit per node */
    uint32_t n_items;
    Item items[];
};

static size_t words_of(const SimTruth *truth)
{
    return ((size_t)truth->views->len + 63) / 64;
}

static bool is_seen(const Sighting *sighting, uint32_t node)
{
    return sighting->seen[node / 64] >> node % 64 & 1;
}

static void set_seen(Sighting *sighting, uint32_t node, bool seen)
{
    const uint64_t bit = UINT64_C(1) << node % 64;

    sighting->seen[node / 64] =
        seen ? sighting->seen[node / 64] | bit : sighting->seen[node / 64] & ~bit;
}

static Sighting **newest_of(const SimTruth *truth, DistroService service)
{
    GArray *heads = truth->sightings;

    if (heads->len <= service) {
        g_array_set_size(heads, service + 1);
    }
    return &g_array_index(heads, Sighting *, service);
}

static void free_sighting(SimTruth *truth, Sighting *sighting)
{
    *(sighting->newer != NULL ? &sighting->newer->older : newest_of(truth, sighting->service)) =
        sighting->older;
    if (sighting->older != NULL) {
        sighting->older->newer = sighting->newer;
    }
    truth_claim(truth, sighting->claim)->sighting = NULL;
    g_free(sighting->seen);
    g_free(sighting);
}

void sim_seen_drop(SimTruth *truth, Claim *claim)
{
    if (claim->sighting != NULL) {
        free_sighting(truth, claim->sighting);
    }
}

void sim_seen_free_all(SimTruth *truth)
{
    for (guint i = 0; i < truth->sightings->len; i++) {
        while (g_array_index(truth->sightings, Sighting *, i) != NULL) {
            free_sighting(truth, g_array_index(truth->sightings, Sighting *, i));
        }
    }
}

/* --- does a node answer with it? -------------------------------------------------------------- */

static bool shows(const SimTruth *truth, const Sighting *sighting, uint32_t node)
{
    const NodeView *view = truth_view(truth, node);

    for (uint32_t i = 0; i < sighting->n_items; i++) {
        const Item *item = &sighting->items[i];
        bool lives = truth_instance(truth, item->instance)->info.state == SIM_INSTANCE_LIVE;
        bool shown = item->listing != DISTRO_NONE ? view_shows(view, item->listing)
                                                  : lives || !view_lists(view, item->instance);
        if (!shown) {
            return false;
        }
    }
    return true;
}

/* Answers say what the node lists now, unless a list is kept that does not. */
static bool is_fresh(const SimTruth *truth, uint32_t node, DistroService service)
{
    const SimNode *asked = g_ptr_array_index(truth->world->nodes, node);

    return sim_server_push(asked) == NULL ||
           sim_push_stale_since(sim_server_push(asked), service) == INT64_MAX;
}

static bool is_to_answer(const SimTruth *truth, const Sighting *sighting, uint32_t node)
{
    const NodeView *view = truth_view(truth, node);

    return view->alive && view->cluster == sighting->cluster;
}

/* With no node alive there is none to answer: it waits. */
static void finish_if_seen(SimTruth *truth, Sighting *sighting)
{
    if (sighting->missing > 0 || truth_cluster(truth, sighting->cluster)->alive == 0) {
        return;
    }
    const int64_t took_us = truth->world->now_us - sighting->acknowledged_us;
    g_array_append_val(truth->seen_took, took_us);
    free_sighting(truth, sighting);
}

/* The answers of @node are what it lists now. */
static void look_at_node(SimTruth *truth, Sighting *sighting, uint32_t node)
{
    bool seen = shows(truth, sighting, node);

    if (seen == is_seen(sighting, node)) {
        return;
    }
    set_seen(sighting, node, seen);
    sighting->missing += seen ? UINT32_MAX : 1;
}

/* --- what happens ----------------------------------------------------------------------------- */

void sim_seen_open(SimTruth *truth, uint32_t number, DistroPublication publication,
                   const GArray *removed)
{
    const DistroPublicationInfo *info = sim_truth_publication(truth, publication);
    Claim *claim = truth_claim(truth, number);
    uint32_t count = info->count;
    Sighting *sighting =
        g_malloc0(sizeof *sighting + (count + removed->len) * sizeof *sighting->items);

    sim_seen_drop(truth, claim);
    sighting->claim = number;
    sighting->cluster = claim->cluster;
    sighting->service = claim->of_service;
    sighting->acknowledged_us = truth->world->now_us;
    sighting->seen = g_new0(uint64_t, words_of(truth));
    for (uint32_t i = 0; i < count; i++) {
        const DistroListing listing = info->listings[i];
        sighting->items[sighting->n_items++] =
            (Item) { sim_truth_instance_of(truth, claim->cluster, listing), listing };
    }
    for (guint i = 0; i < removed->len; i++) {
        sighting->items[sighting->n_items++] =
            (Item) { g_array_index(removed, SimInstance, i), DISTRO_NONE };
    }
    Sighting **newest = newest_of(truth, sighting->service);
    sighting->older = *newest;
    if (sighting->older != NULL) {
        sighting->older->newer = sighting;
    }
    *newest = sighting;
    truth_claim(truth, number)->sighting = sighting;
    for (guint i = 0; i < truth->views->len; i++) {
        if (!is_to_answer(truth, sighting, i)) {
            continue;
        }
        sighting->missing++;
        if (is_fresh(truth, i, sighting->service)) {
            look_at_node(truth, sighting, i);
        }
    }
    finish_if_seen(truth, sighting);
}

void sim_truth_answers(SimTruth *truth, uint32_t node, DistroService service)
{
    if (service >= truth->sightings->len) {
        return;
    }
    Sighting *older;
    for (Sighting *sighting = *newest_of(truth, service); sighting != NULL; sighting = older) {
        older = sighting->older;
        if (is_to_answer(truth, sighting, node)) {
            look_at_node(truth, sighting, node);
            finish_if_seen(truth, sighting);
        }
    }
}

void sim_seen_state_changed(SimTruth *truth, DistroService service)
{
    for (guint i = 0; i < truth->views->len; i++) {
        if (truth_view(truth, i)->alive && is_fresh(truth, i, service)) {
            sim_truth_answers(truth, i, service);
        }
    }
}

void sim_seen_node_added(SimTruth *truth)
{
    const size_t words = words_of(truth);

    if (truth->views->len % 64 != 1) {
        return;
    }
    for (guint i = 0; i < truth->sightings->len; i++) {
        for (Sighting *sighting = *newest_of(truth, i); sighting != NULL;
             sighting = sighting->older) {
            sighting->seen = g_renew(uint64_t, sighting->seen, words);
            sighting->seen[words - 1] = 0;
        }
    }
}

/* A node that starts lists nothing, and keeps no list: it answers with what is not there. One that
 * ends answers no more. */
void sim_seen_node_changed(SimTruth *truth, uint32_t node, bool up)
{
    for (guint i = 0; i < truth->sightings->len; i++) {
        Sighting *older;
        for (Sighting *sighting = *newest_of(truth, i); sighting != NULL; sighting = older) {
            older = sighting->older;
            if (truth_view(truth, node)->cluster != sighting->cluster) {
                continue;
            }
            if (up) {
                sighting->missing++;
                look_at_node(truth, sighting, node);
            } else {
                sighting->missing -= !is_seen(sighting, node);
                set_seen(sighting, node, false);
            }
            finish_if_seen(truth, sighting);
        }
    }
}

const GArray *sim_truth_seen(const SimTruth *truth)
{
    return truth->seen_took;
}
