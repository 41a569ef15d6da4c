/* sim/truth/explain.c -- what is wrong with which view, as a sentence for a red run. */
#include "sim/client/client.h"
#include "sim/truth/internal.h"

#include <string.h>

static const char *node_name(const SimTruth *truth, uint32_t node)
{
    return ((const SimNode *)g_ptr_array_index(truth->world->nodes, node))->name;
}

/* "n1, n2": live nodes that list @instance. */
static void append_listers(const SimTruth *truth, SimInstance instance, GString *out)
{
    const char *separator = "";

    for (guint i = 0; i < truth->views->len; i++) {
        if (!view_lists(truth_view(truth, i), instance)) {
            continue;
        }
        g_string_append_printf(out, "%s%s", separator, node_name(truth, i));
        separator = ", ";
    }
}

/* "; revision 7": of the record that the first lister holds of the client. */
static void append_revision(const SimTruth *truth, SimInstance instance, GString *out)
{
    const SimInstanceInfo *info = sim_truth_instance(truth, instance);
    if (info->client >= truth->world->clients->len) {
        return;
    }
    DistroClient id = sim_client_id(g_ptr_array_index(truth->world->clients, info->client));

    for (guint i = 0; id != DISTRO_NONE && i < truth->views->len; i++) {
        const SimNode *node = g_ptr_array_index(truth->world->nodes, i);
        if (node->core == NULL || !view_lists(truth_view(truth, i), instance)) {
            continue;
        }
        DistroClientView record = distro_node_client(node->core, id);
        if (record.present) {
            g_string_append_printf(out, "; revision %d", record.revision);
            return;
        }
    }
}

void sim_truth_append_instance(const SimTruth *truth, SimInstance instance, GString *out)
{
    const SimInstanceInfo *info = sim_truth_instance(truth, instance);
    const SimSaidService *service =
        sim_book_service_info(truth->book, truth_instance(truth, instance)->service);
    const char *place = service->namespace_id;

    if (info->client < truth->world->clients->len) {
        g_string_append_printf(
            out, "%s (", sim_client_name(g_ptr_array_index(truth->world->clients, info->client)));
    }
    g_string_append_printf(out, "%s:%d of %s@@%s",
                           distro_dictionary_text(truth->world->dictionary, info->ip), info->port,
                           service->group, service->name);
    if (*place && strcmp(place, "public") != 0) {
        g_string_append_printf(out, " in %s", place);
    }
    if (info->client < truth->world->clients->len) {
        g_string_append_c(out, ')');
    }
}

static char *say_lacking(const SimTruth *truth, uint32_t node, SimInstance instance)
{
    const TruthInstance *entry = truth_instance(truth, instance);
    GString *out = g_string_new(node_name(truth, node));

    g_string_append(out, " lacks ");
    if (entry->info.client < truth->world->clients->len) {
        g_string_append(
            out, sim_client_name(g_ptr_array_index(truth->world->clients, entry->info.client)));
    } else {
        sim_truth_append_instance(truth, instance, out);
    }
    g_string_append(out, " (");
    if (entry->shown_by == 0) {
        g_string_append(out, "no node lists it");
    } else {
        append_listers(truth, instance, out);
    }
    if (entry->shown_by > 0) {
        g_string_append(out, entry->shown_by == 1 ? " lists it" : " list it");
    }
    append_revision(truth, instance, out);
    return g_string_free(g_string_append_c(out, ')'), false);
}

static char *say_superfluous(const SimTruth *truth, uint32_t node, SimInstance instance)
{
    const SimInstanceInfo *info = sim_truth_instance(truth, instance);
    GString *out = g_string_new(node_name(truth, node));

    g_string_append(out, info->state == SIM_INSTANCE_GONE ? " still lists " : " lists ");
    sim_truth_append_instance(truth, instance, out);
    if (info->state == SIM_INSTANCE_GONE) {
        g_string_append_printf(out, ", gone since %.3f s", (double)info->since_us / 1e6);
    } else {
        g_string_append(out, ", which nobody had acknowledged");
    }
    return g_string_free(out, false);
}

/* "n2 lists k (...) with weight 1 instead of 5, acknowledged at 3.002 s" */
static char *say_wrong_content(const SimTruth *truth, uint32_t node, SimInstance instance)
{
    GString *out = g_string_new(node_name(truth, node));

    g_string_append(out, " lists ");
    sim_truth_append_instance(truth, instance, out);
    g_string_append(out, " with ");
    sim_content_append_difference(truth, node, instance, out);
    return g_string_free(out, false);
}

/* The one before @listing of those that describe @instance. */
static DistroListing next_listing(const SimTruth *truth, SimInstance instance,
                                  DistroListing listing)
{
    uint32_t cluster = truth_instance(truth, instance)->info.cluster;

    return g_array_index(truth_cluster(truth, cluster)->listings, TruthListing, listing).next;
}

static bool lists_alike(const SimTruth *truth, const NodeView *a, const NodeView *b,
                        SimInstance instance)
{
    for (DistroListing next = truth_instance(truth, instance)->newest_listing; next != 0;
         next = next_listing(truth, instance, next)) {
        if (view_shows(a, next) != view_shows(b, next)) {
            return false;
        }
    }
    return true;
}

static const char *health_at(const SimTruth *truth, const NodeView *view, SimInstance instance)
{
    for (DistroListing next = truth_instance(truth, instance)->newest_listing; next != 0;
         next = next_listing(truth, instance, next)) {
        if (view_shows(view, next)) {
            return distro_dictionary_listing_info(truth->world->dictionary, next)->instance.healthy
                       ? "healthy"
                       : "unhealthy";
        }
    }
    return "not at all";
}

static char *say_different(const SimTruth *truth, uint32_t node, uint32_t other,
                           SimInstance instance)
{
    const char *here = health_at(truth, truth_view(truth, node), instance);
    const char *there = health_at(truth, truth_view(truth, other), instance);
    GString *out = g_string_new(node_name(truth, node));

    g_string_append(out, " lists ");
    sim_truth_append_instance(truth, instance, out);
    if (strcmp(here, there) != 0) {
        g_string_append_printf(out, " %s, %s lists it %s", here, node_name(truth, other), there);
    } else {
        g_string_append_printf(out, " with other metadata than %s", node_name(truth, other));
    }
    return g_string_free(out, false);
}

/* How @node lists @instance otherwise than @first does; NULL if alike. */
static char *say_unlike(const SimTruth *truth, uint32_t node, uint32_t first, SimInstance instance)
{
    const NodeView *view = truth_view(truth, node), *reference = truth_view(truth, first);

    if (lists_alike(truth, view, reference, instance)) {
        return NULL;
    }
    if (!view_lists(view, instance)) {
        return say_lacking(truth, node, instance);
    }
    if (!view_lists(reference, instance)) {
        return say_lacking(truth, first, instance);
    }
    return say_different(truth, node, first, instance);
}

/* What is wrong with how @node lists @instance; NULL if nothing is. @first: the first live node.
 * @counts: it must list the instance if that lives, as it was acknowledged. */
static char *say_wrong(const SimTruth *truth, uint32_t node, uint32_t first, SimInstance instance,
                       bool counts)
{
    SimInstanceState state = truth_instance(truth, instance)->info.state;
    bool lists = view_lists(truth_view(truth, node), instance);

    if (state == SIM_INSTANCE_LIVE && !lists && counts) {
        return say_lacking(truth, node, instance);
    }
    if ((state == SIM_INSTANCE_GONE || state == SIM_INSTANCE_UNKNOWN) && lists) {
        return say_superfluous(truth, node, instance);
    }
    if (counts && truth_shows_wrong(truth, node, instance)) {
        return say_wrong_content(truth, node, instance);
    }
    return say_unlike(truth, node, first, instance);
}

/* The first live node of the instance's cluster at or after @node; the number of nodes if there is
 * none. */
static uint32_t next_concerned(const SimTruth *truth, uint32_t node, SimInstance instance)
{
    while (node < truth->views->len &&
           !(truth_view(truth, node)->alive && sim_truth_concerns(truth, node, instance))) {
        node++;
    }
    return node;
}

char *sim_truth_explain(SimTruth *truth, uint32_t *node, SimInstance *instance)
{
    for (SimInstance i = 0; i < truth->instances->len; i++) {
        uint32_t first = next_concerned(truth, 0, i);
        for (uint32_t n = first; n < truth->views->len; n = next_concerned(truth, n + 1, i)) {
            char *sentence = say_wrong(truth, n, first, i, true);
            if (sentence == NULL) {
                continue;
            }
            *node = n;
            *instance = i;
            return sentence;
        }
    }
    return NULL;
}

char *sim_truth_explain_among(const SimTruth *truth, const uint32_t *nodes, size_t n_nodes,
                              bool (*counts)(const void *data, uint32_t client), const void *data,
                              uint32_t *node, SimInstance *instance)
{
    for (SimInstance i = 0; i < truth->instances->len; i++) {
        if (!sim_truth_concerns(truth, nodes[0], i)) {
            continue;
        }
        const bool all = counts(data, truth_instance(truth, i)->info.client);
        for (size_t n = 0; n < n_nodes; n++) {
            char *sentence = say_wrong(truth, nodes[n], nodes[0], i, all);
            if (sentence == NULL) {
                continue;
            }
            *node = nodes[n];
            *instance = i;
            return sentence;
        }
    }
    return NULL;
}
