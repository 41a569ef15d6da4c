/* sim/check/bridge.c -- what no bridge may do: bring a copy home, list an instance twice, take away
 * what it did not bring.
 *
 * A copy says in its metadata which cluster it comes from, so whether a node lists something wrong
 * is seen from the node's listings of one instance. What a bridge has taken away is told by the
 * bridge; whether it was a cluster's own, by the truth. */
#include "sim/bridge/mark.h"
#include "sim/check/internal.h"

#include <string.h>

enum {
    CLEAN_GRACE
};

/* A stretch's subject: an instance, and what is wrong with it. */
enum {
    LISTED_WRONG = 0,
    TAKEN_AWAY = 1,
    N_WRONGS
};

typedef struct Clean {
    GPtrArray *ids; /* char *: by cluster, what its copies elsewhere are marked with */
    GArray *open;   /* uint64_t: (node, instance) of LISTED_WRONG stretches */
    GArray *taken;  /* uint8_t by instance: a bridge took it away, and not all list it again */
} Clean;

static uint32_t subject_of(SimInstance instance, uint32_t wrong)
{
    return instance * N_WRONGS + wrong;
}

static SimInstance instance_of(uint32_t subject)
{
    return subject / N_WRONGS;
}

static const SimNode *node_at(const Check *check, uint32_t node)
{
    return g_ptr_array_index(check->world->nodes, node);
}

static uint32_t cluster_of(const Check *check, uint32_t node)
{
    return node_at(check, node)->cluster;
}

/* --- listed wrongly --------------------------------------------------------------------------- */

typedef struct Listed {
    uint32_t shown, copies, home; /* listings: all, marked ones, those that have come home */
} Listed;

static Listed count_listings(const Check *check, uint32_t node, SimInstance instance)
{
    const Clean *clean = check->own;
    const SimTruth *truth = check->truth;
    const DistroDictionary *dictionary = check->world->dictionary;
    const char *home = clean->ids->pdata[cluster_of(check, node)];
    Listed listed = { 0 };
    for (DistroListing next = sim_truth_next_listing(truth, instance, DISTRO_NONE);
         next != DISTRO_NONE; next = sim_truth_next_listing(truth, instance, next)) {
        if (!sim_truth_shows(truth, node, next)) {
            continue;
        }
        const char *source = sim_mark_source(dictionary, next);
        listed.shown++;
        listed.copies += source != NULL;
        listed.home += source != NULL && strcmp(source, home) == 0;
    }
    return listed;
}

static bool is_wrong(const Check *check, uint32_t node, SimInstance instance)
{
    Listed listed = count_listings(check, node, instance);
    return listed.home > 0 || (listed.copies > 0 && listed.shown > 1);
}

static bool is_open(const Clean *clean, uint64_t pair)
{
    for (guint i = 0; i < clean->open->len; i++) {
        if (g_array_index(clean->open, uint64_t, i) == pair) {
            return true;
        }
    }
    return false;
}

static void look(Check *check, uint32_t node, SimInstance instance)
{
    Clean *clean = check->own;
    uint64_t pair = (uint64_t)node << 32 | instance;
    int64_t now_us = check->world->now_us;
    if (is_open(clean, pair) || !is_wrong(check, node, instance)) {
        return;
    }
    g_array_append_val(clean->open, pair);
    sim_stretch_open(check, node, subject_of(instance, LISTED_WRONG), now_us,
                     now_us + check->values[CLEAN_GRACE]);
}

/* Those of @node that are right again. */
static void review_open(Check *check, uint32_t node)
{
    Clean *clean = check->own;
    for (guint i = clean->open->len; i-- > 0;) {
        uint64_t pair = g_array_index(clean->open, uint64_t, i);
        SimInstance instance = (SimInstance)pair;
        if (pair >> 32 != node || is_wrong(check, node, instance)) {
            continue;
        }
        g_array_remove_index_fast(clean->open, i);
        sim_stretch_close(check, node, subject_of(instance, LISTED_WRONG));
    }
}

static void clean_view(Check *check, uint32_t node, DistroClient client, DistroService service)
{
    const SimNode *seen = node_at(check, node);
    review_open(check, node);
    DistroClientView view = distro_node_client(seen->core, client);
    DistroPublication publication =
        distro_content_find(check->world->dictionary, &view.content, service);
    const DistroPublicationInfo *info = sim_truth_publication(check->truth, publication);
    for (uint32_t i = 0; i < info->count; i++) {
        look(check, node, sim_truth_instance_of(check->truth, seen->cluster, info->listings[i]));
    }
}

/* --- taken away ------------------------------------------------------------------------------- */

static uint8_t *taken(const Check *check, SimInstance instance)
{
    Clean *clean = check->own;
    if (clean->taken->len <= instance) {
        g_array_set_size(clean->taken, instance + 1);
    }
    return &g_array_index(clean->taken, uint8_t, instance);
}

static uint32_t alive_nodes(const Check *check, uint32_t cluster)
{
    return sim_truth_alive(check->truth, cluster);
}

static void open_taken(Check *check, uint32_t node, SimInstance instance)
{
    int64_t now_us = check->world->now_us;
    sim_stretch_open(check, node, subject_of(instance, TAKEN_AWAY), now_us,
                     now_us + check->values[CLEAN_GRACE]);
}

static void clean_removed(Check *check, SimInstance instance)
{
    const SimTruth *truth = check->truth;
    const SimInstanceInfo *info = sim_truth_instance(truth, instance);
    if (info->state != SIM_INSTANCE_LIVE) {
        return;
    }
    *taken(check, instance) = 1;
    for (uint32_t node = 0; node < check->world->nodes->len; node++) {
        if (cluster_of(check, node) == info->cluster && sim_check_is_judged(check, node) &&
            !sim_truth_lists(truth, node, instance)) {
            open_taken(check, node, instance);
        }
    }
}

static void clean_listed(Check *check, uint32_t node, SimInstance instance, bool listed)
{
    const SimInstanceInfo *info = sim_truth_instance(check->truth, instance);
    if (!*taken(check, instance)) {
        return;
    }
    if (!listed && info->state == SIM_INSTANCE_LIVE && sim_check_is_judged(check, node)) {
        open_taken(check, node, instance);
    }
    if (!listed) {
        return;
    }
    sim_stretch_close(check, node, subject_of(instance, TAKEN_AWAY));
    if (sim_truth_shown_by(check->truth, instance) == alive_nodes(check, info->cluster)) {
        *taken(check, instance) = 0;
    }
}

static void clean_instance(Check *check, SimInstance instance)
{
    if (*taken(check, instance) &&
        sim_truth_instance(check->truth, instance)->state != SIM_INSTANCE_LIVE) {
        *taken(check, instance) = 0;
        sim_stretch_close_everywhere(check, subject_of(instance, TAKEN_AWAY));
    }
}

/* --- the check -------------------------------------------------------------------------------- */

static const SimClusterSpec *cluster_at(const Check *check, guint cluster)
{
    return &g_array_index(check->world->clusters, SimClusterSpec, cluster);
}

static void clean_start(Check *check)
{
    Clean *clean = check->own = g_new0(Clean, 1);
    clean->ids = g_ptr_array_new_with_free_func(g_free);
    clean->open = g_array_new(false, false, sizeof(uint64_t));
    clean->taken = g_array_new(false, true, sizeof(uint8_t));
    for (guint i = 0; i < check->world->clusters->len; i++) {
        g_ptr_array_add(clean->ids, sim_mark_cluster_id(cluster_at(check, i)->name));
    }
}

static void clean_clear(Check *check)
{
    Clean *clean = check->own;
    g_ptr_array_unref(clean->ids);
    g_array_unref(clean->open);
    g_array_unref(clean->taken);
}

static int64_t clean_counts_from(const Check *check, uint32_t node, uint32_t subject)
{
    (void)subject;
    return sim_check_is_judged(check, node) ? check->world->now_us : INT64_MAX;
}

static void clean_node(Check *check, uint32_t node, NodeChange change)
{
    Clean *clean = check->own;
    for (guint i = clean->open->len; change == NODE_CHANGE_DOWN && i-- > 0;) {
        if (g_array_index(clean->open, uint64_t, i) >> 32 == node) {
            g_array_remove_index_fast(clean->open, i);
        }
    }
}

static void clean_tell(Check *check, uint32_t node, uint32_t subject, const Stretch *stretch)
{
    SimInstance instance = instance_of(subject);
    const SimInstanceInfo *info = sim_truth_instance(check->truth, instance);
    g_autofree char *name = sim_check_instance_name(check, instance);
    const char *who = sim_check_node_name(check, node);
    double for_s = (double)(check->world->now_us - stretch->since_us) / 1e6;
    if (subject % N_WRONGS == TAKEN_AWAY) {
        sim_check_tell(check, node, info->client, info->service,
                       "%s has not listed %s for %.1f s: a bridge took it away that did not "
                       "bring it",
                       who, name, for_s);
    } else if (count_listings(check, node, instance).home > 0) {
        sim_check_tell(check, node, info->client, info->service,
                       "%s lists %s as a copy of itself for %.1f s: it has flowed back", who, name,
                       for_s);
    } else {
        sim_check_tell(check, node, info->client, info->service,
                       "%s lists %s twice for %.1f s, once as a copy", who, name, for_s);
    }
}

const CheckClass sim_check_bridge_clean = {
    .type = { "bridge_clean",
              { { "grace", SIM_CHECK_FIELD_DURATION, 0 },
                { "heal", SIM_CHECK_FIELD_DURATION, 15000000 } } },
    .start = clean_start,
    .clear = clean_clear,
    .view = clean_view,
    .listed = clean_listed,
    .instance = clean_instance,
    .removed = clean_removed,
    .node = clean_node,
    .counts_from = clean_counts_from,
    .tell = clean_tell,
};
