/* sim/check/presence.c -- what must be listed, and what must not: lost instances, zombies,
 * resurrections, empty services.
 *
 * The common case costs one timer per instance: when an instance becomes live (or gone), look once,
 * a grace later, whether every node has followed. Stretches exist for those that have not. */
#include "sim/check/internal.h"

#define SECONDS(n) ((int64_t)(n)*1000000)

static SimInstanceState state_of(const Check *check, SimInstance instance)
{
    return sim_truth_instance(check->truth, instance)->state;
}

static int64_t since_of(const Check *check, SimInstance instance)
{
    return sim_truth_instance(check->truth, instance)->since_us;
}

static uint32_t n_nodes(const Check *check)
{
    return check->world->nodes->len;
}

static bool lists(const Check *check, uint32_t node, SimInstance instance)
{
    return sim_truth_lists(check->truth, node, instance);
}

static bool concerns(const Check *check, uint32_t node, SimInstance instance)
{
    return sim_truth_concerns(check->truth, node, instance);
}

static double seconds_since(const Check *check, int64_t since_us)
{
    return (double)(check->world->now_us - since_us) / 1e6;
}

int64_t sim_check_instance_counts_from(const Check *check, uint32_t node, uint32_t subject)
{
    if (!sim_check_is_judged(check, node)) {
        return INT64_MAX; /* it will be introduced anew when it has loaded */
    }
    return sim_check_counts_for_client(check, node,
                                       sim_truth_instance(check->truth, subject)->client);
}

/* The client has moved to another server: cuts may stand elsewhere between it and the nodes. */
void sim_check_judge_instances_of(Check *check, uint32_t client)
{
    if (check->parked->len == 0) {
        return;
    }
    g_autoptr(GArray) instances = g_array_new(false, false, sizeof(SimInstance));

    sim_truth_client_instances(check->truth, client, instances);
    for (guint i = 0; i < instances->len; i++) {
        for (uint32_t node = 0; node < n_nodes(check); node++) {
            sim_stretch_judge_parked(check, node, g_array_index(instances, SimInstance, i));
        }
    }
}

static void tell_instance(Check *check, uint32_t node, SimInstance instance, const char *what,
                          int64_t since_us)
{
    const SimInstanceInfo *info = sim_truth_instance(check->truth, instance);
    g_autofree char *name = sim_check_instance_name(check, instance);

    sim_check_tell(check, node, info->client, info->service, what, sim_check_node_name(check, node),
                   name, seconds_since(check, since_us));
}

/* --- no_lost_instances ---------------------------------------------------------------------- */

enum {
    LOST_GRACE,
    LOST_GAP
};

static void lost_listed(Check *check, uint32_t node, SimInstance instance, bool listed)
{
    int64_t now_us = check->world->now_us;

    if (listed) {
        sim_stretch_close(check, node, instance);
    } else if (state_of(check, instance) == SIM_INSTANCE_LIVE && sim_check_is_judged(check, node)) {
        sim_stretch_open(check, node, instance, now_us, now_us + check->values[LOST_GAP]);
    }
}

static void lost_instance(Check *check, SimInstance instance)
{
    sim_stretch_close_everywhere(check, instance);
    if (state_of(check, instance) == SIM_INSTANCE_LIVE) {
        sim_check_wake(check, since_of(check, instance) + check->values[LOST_GRACE],
                       CHECK_DUE_INSTANCE, CHECK_NO_NODE, instance);
    }
}

static void lost_node(Check *check, uint32_t node, NodeChange change)
{
    if (change == NODE_CHANGE_LOADED) {
        sim_check_wake(check, sim_check_loaded_us(check, node) + check->values[LOST_GRACE],
                       CHECK_DUE_NODE, node, 0);
    }
}

/* The grace for the first appearance of @instance at @node is over. Had it been listed since, then
 * a stretch by the measure of the gap is open already. */
static void look_for_first(Check *check, uint32_t node, SimInstance instance)
{
    int64_t since_us = MAX(since_of(check, instance), sim_check_loaded_us(check, node));

    if (sim_check_is_judged(check, node) && concerns(check, node, instance) &&
        !lists(check, node, instance) &&
        since_us + check->values[LOST_GRACE] <= check->world->now_us) {
        sim_stretch_open(check, node, instance, since_us, check->world->now_us);
    }
}

static void lost_due(Check *check, CheckDue what, uint32_t node, uint32_t subject)
{
    if (what == CHECK_DUE_INSTANCE) {
        if (state_of(check, subject) == SIM_INSTANCE_LIVE) {
            for (uint32_t i = 0; i < n_nodes(check); i++) {
                look_for_first(check, i, subject);
            }
        }
        return;
    }
    for (SimInstance i = 0; i < sim_truth_instance_count(check->truth); i++) {
        if (state_of(check, i) == SIM_INSTANCE_LIVE) {
            look_for_first(check, node, i);
        }
    }
}

static void lost_tell(Check *check, uint32_t node, uint32_t instance, const Stretch *stretch)
{
    tell_instance(check, node, instance, "%s has not listed %s for %.1f s", stretch->since_us);
}

const CheckClass sim_check_no_lost_instances = {
    .type = { "no_lost_instances",
              { { "grace", SIM_CHECK_FIELD_DURATION, SECONDS(12) },
                { "gap", SIM_CHECK_FIELD_DURATION, -1 },
                { "heal", SIM_CHECK_FIELD_DURATION, SECONDS(15) } } },
    .listed = lost_listed,
    .instance = lost_instance,
    .node = lost_node,
    .client = sim_check_judge_instances_of,
    .due = lost_due,
    .counts_from = sim_check_instance_counts_from,
    .tell = lost_tell,
};

/* --- no_zombies ----------------------------------------------------------------------------- */

enum {
    ZOMBIE_GRACE
};

static bool is_overdue(const Check *check, SimInstance instance)
{
    return state_of(check, instance) == SIM_INSTANCE_GONE &&
           since_of(check, instance) + check->values[ZOMBIE_GRACE] <= check->world->now_us;
}

static void zombie_look(Check *check, uint32_t node, SimInstance instance)
{
    if (sim_check_is_judged(check, node) && is_overdue(check, instance) &&
        lists(check, node, instance)) {
        sim_stretch_open(check, node, instance, since_of(check, instance), check->world->now_us);
    }
}

static void zombie_listed(Check *check, uint32_t node, SimInstance instance, bool listed)
{
    if (listed) {
        zombie_look(check, node, instance);
    } else {
        sim_stretch_close(check, node, instance);
    }
}

static void zombie_instance(Check *check, SimInstance instance)
{
    sim_stretch_close_everywhere(check, instance);
    if (state_of(check, instance) == SIM_INSTANCE_GONE) {
        sim_check_wake(check, since_of(check, instance) + check->values[ZOMBIE_GRACE],
                       CHECK_DUE_INSTANCE, CHECK_NO_NODE, instance);
    }
}

static void zombie_node(Check *check, uint32_t node, NodeChange change)
{
    if (change != NODE_CHANGE_LOADED) {
        return;
    }
    for (SimInstance i = 0; i < sim_truth_instance_count(check->truth); i++) {
        zombie_look(check, node, i);
    }
}

static void zombie_due(Check *check, CheckDue what, uint32_t node, uint32_t instance)
{
    (void)what, (void)node;
    for (uint32_t i = 0; i < n_nodes(check); i++) {
        zombie_look(check, i, instance);
    }
}

static void zombie_tell(Check *check, uint32_t node, uint32_t instance, const Stretch *stretch)
{
    tell_instance(check, node, instance, "%s lists %s, gone for %.1f s", stretch->since_us);
}

const CheckClass sim_check_no_zombies = {
    .type = { "no_zombies",
              { { "grace", SIM_CHECK_FIELD_DURATION, SECONDS(186) },
                { "heal", SIM_CHECK_FIELD_DURATION, SECONDS(15) } } },
    .listed = zombie_listed,
    .instance = zombie_instance,
    .node = zombie_node,
    .client = sim_check_judge_instances_of,
    .due = zombie_due,
    .counts_from = sim_check_instance_counts_from,
    .tell = zombie_tell,
};

/* --- no_resurrection ------------------------------------------------------------------------ */

/* What is known of an instance, a byte for each. Its second coming is wrong at once, so the grace,
 * which this check shares with no_zombies, says nothing here. */
enum {
    TOMBSTONE_SEEN = 1, /* some node listed it in its present life: it can come back */
    TOMBSTONE_DONE = 2, /* it is gone, and at some instant since no live node listed it */
};

typedef struct Tombstones {
    GArray *marks; /* uint8_t by instance */
} Tombstones;

static void resurrection_start(Check *check)
{
    Tombstones *tombstones = check->own = g_new0(Tombstones, 1);

    tombstones->marks = g_array_new(false, true, sizeof(uint8_t));
}

static void resurrection_clear(Check *check)
{
    g_array_free(((Tombstones *)check->own)->marks, true);
}

static uint8_t *tombstone_of(Check *check, SimInstance instance)
{
    GArray *marks = ((Tombstones *)check->own)->marks;

    if (instance >= marks->len) {
        g_array_set_size(marks, instance + 1);
    }
    return &g_array_index(marks, uint8_t, instance);
}

static void mark_if_dropped(Check *check, SimInstance instance)
{
    uint8_t *mark = tombstone_of(check, instance);

    if (*mark & TOMBSTONE_SEEN && state_of(check, instance) == SIM_INSTANCE_GONE &&
        sim_truth_shown_by(check->truth, instance) == 0) {
        *mark |= TOMBSTONE_DONE;
    }
}

static void resurrection_look(Check *check, uint32_t node, SimInstance instance)
{
    int64_t now_us = check->world->now_us;

    if (*tombstone_of(check, instance) & TOMBSTONE_DONE && lists(check, node, instance)) {
        sim_stretch_open(check, node, instance, now_us, now_us);
    }
}

static void resurrection_listed(Check *check, uint32_t node, SimInstance instance, bool listed)
{
    if (listed) {
        *tombstone_of(check, instance) |= TOMBSTONE_SEEN;
        resurrection_look(check, node, instance);
    } else {
        sim_stretch_close(check, node, instance);
        mark_if_dropped(check, instance);
    }
}

static void resurrection_instance(Check *check, SimInstance instance)
{
    uint8_t *mark = tombstone_of(check, instance);

    sim_stretch_close_everywhere(check, instance);
    if (sim_truth_shown_by(check->truth, instance) > 0) {
        *mark = TOMBSTONE_SEEN;
    } else if (state_of(check, instance) != SIM_INSTANCE_GONE && *mark & TOMBSTONE_DONE) {
        *mark = 0; /* a new life, in which no node has listed it yet */
    }
    mark_if_dropped(check, instance);
}

static void resurrection_node(Check *check, uint32_t node, NodeChange change)
{
    uint32_t count = sim_truth_instance_count(check->truth);

    if (change == NODE_CHANGE_DOWN) {
        for (SimInstance i = 0; i < count; i++) {
            mark_if_dropped(check, i);
        }
    }
    if (change == NODE_CHANGE_LOADED) {
        for (SimInstance i = 0; i < count; i++) {
            resurrection_look(check, node, i);
        }
    }
    if (change == NODE_CHANGE_LOADED) {
        sim_stretch_judge_all_parked(check); /* what it listed while it was loading */
    }
}

static void resurrection_tell(Check *check, uint32_t node, uint32_t instance,
                              const Stretch *stretch)
{
    (void)stretch;
    tell_instance(check, node, instance,
                  "%s lists %s again, which had left every view and is gone for %.1f s",
                  since_of(check, instance));
}

const CheckClass sim_check_no_resurrection = {
    .type = { "no_resurrection",
              { { "grace", SIM_CHECK_FIELD_DURATION, SECONDS(186) },
                { "heal", SIM_CHECK_FIELD_DURATION, SECONDS(15) } } },
    .start = resurrection_start,
    .clear = resurrection_clear,
    .listed = resurrection_listed,
    .instance = resurrection_instance,
    .node = resurrection_node,
    .client = sim_check_judge_instances_of,
    .counts_from = sim_check_instance_counts_from,
    .tell = resurrection_tell,
};

/* --- no_empty_service ----------------------------------------------------------------------- */

enum {
    EMPTY_GRACE
};

typedef struct Services {
    GPtrArray *live;   /* by cluster: GArray of uint32_t by service: live instances */
    GArray *is_live;   /* uint8_t by instance: counted in .live */
    GPtrArray *listed; /* by node: GArray of uint32_t by service: instances listed */
} Services;

static uint32_t *count_at(GArray *counts, uint32_t index)
{
    if (index >= counts->len) {
        g_array_set_size(counts, index + 1);
    }
    return &g_array_index(counts, uint32_t, index);
}

static GArray *counts_at(GPtrArray *counts, uint32_t index)
{
    while (counts->len <= index) {
        g_ptr_array_add(counts, g_array_new(false, true, sizeof(uint32_t)));
    }
    return g_ptr_array_index(counts, index);
}

static GArray *listed_at(Services *services, uint32_t node)
{
    return counts_at(services->listed, node);
}

static uint32_t cluster_of(const Check *check, uint32_t node)
{
    return ((const SimNode *)g_ptr_array_index(check->world->nodes, node))->cluster;
}

static void empty_look(Check *check, uint32_t node, DistroService service)
{
    Services *services = check->own;
    int64_t now_us = check->world->now_us;

    if (*count_at(listed_at(services, node), service) > 0 ||
        *count_at(counts_at(services->live, cluster_of(check, node)), service) == 0) {
        sim_stretch_close(check, node, service);
    } else if (sim_check_is_judged(check, node)) {
        sim_stretch_open(check, node, service, now_us, now_us + check->values[EMPTY_GRACE]);
    }
}

static void empty_listed(Check *check, uint32_t node, SimInstance instance, bool listed)
{
    DistroService service = sim_truth_instance(check->truth, instance)->service;
    uint32_t *count = count_at(listed_at(check->own, node), service);

    *count += listed ? 1u : -1u;
    if (*count == listed) { /* the first came, or the last went */
        empty_look(check, node, service);
    }
}

static void empty_instance(Check *check, SimInstance instance)
{
    Services *services = check->own;
    const SimInstanceInfo *info = sim_truth_instance(check->truth, instance);
    bool live = state_of(check, instance) == SIM_INSTANCE_LIVE;

    if (instance >= services->is_live->len) {
        g_array_set_size(services->is_live, instance + 1);
    }
    uint8_t *was_live = &g_array_index(services->is_live, uint8_t, instance);
    if (*was_live == live) {
        return;
    }
    *was_live = live;
    uint32_t *count = count_at(counts_at(services->live, info->cluster), info->service);
    *count += live ? 1u : -1u;
    if (*count == live) { /* the first came, or the last went */
        for (uint32_t node = 0; node < n_nodes(check); node++) {
            if (cluster_of(check, node) == info->cluster) {
                empty_look(check, node, info->service);
            }
        }
    }
}

static void empty_node(Check *check, uint32_t node, NodeChange change)
{
    Services *services = check->own;

    if (change == NODE_CHANGE_DOWN) {
        g_array_set_size(listed_at(services, node), 0);
    }
    if (change == NODE_CHANGE_LOADED) {
        for (DistroService service = 0;
             service < counts_at(services->live, cluster_of(check, node))->len; service++) {
            empty_look(check, node, service);
        }
    }
}

static void empty_start(Check *check)
{
    Services *services = check->own = g_new0(Services, 1);

    services->live = g_ptr_array_new();
    services->is_live = g_array_new(false, true, sizeof(uint8_t));
    services->listed = g_ptr_array_new();
    for (uint32_t node = 0; node < n_nodes(check); node++) {
        for (SimInstance i = 0; i < sim_truth_instance_count(check->truth); i++) {
            if (lists(check, node, i)) {
                empty_listed(check, node, i, true);
            }
        }
    }
}

static void free_counts(GPtrArray *counts)
{
    for (guint i = 0; i < counts->len; i++) {
        g_array_free(g_ptr_array_index(counts, i), true);
    }
    g_ptr_array_free(counts, true);
}

static void empty_clear(Check *check)
{
    Services *services = check->own;

    free_counts(services->listed);
    free_counts(services->live);
    g_array_free(services->is_live, true);
}

/* When @node has to list @instance for the service's sake: once it counts for its client, and a
 * grace after it came to life. A client across a cut is no excuse for not listing what came after.
 */
static int64_t empty_due_for(const Check *check, uint32_t node, SimInstance instance)
{
    return MAX(sim_check_instance_counts_from(check, node, instance),
               since_of(check, instance) + check->values[EMPTY_GRACE]);
}

/* The live instance of @service that is due first; one is enough. False if there is none. */
static bool empty_first_due(const Check *check, uint32_t node, DistroService service,
                            SimInstance *first, int64_t *due_us)
{
    g_autoptr(GArray) live = g_array_new(false, false, sizeof(SimInstance));

    *due_us = INT64_MAX;
    sim_truth_live(check->truth, cluster_of(check, node), service, live);
    for (guint i = 0; i < live->len; i++) {
        SimInstance instance = g_array_index(live, SimInstance, i);
        int64_t instance_due_us = empty_due_for(check, node, instance);
        if (i == 0 || instance_due_us < *due_us) {
            *first = instance;
            *due_us = instance_due_us;
        }
    }
    return live->len > 0;
}

static int64_t empty_counts_from(const Check *check, uint32_t node, uint32_t service)
{
    SimInstance first;
    int64_t due_us;

    empty_first_due(check, node, service, &first, &due_us);
    return due_us;
}

static void empty_client(Check *check, uint32_t client)
{
    if (check->parked->len == 0) {
        return;
    }
    g_autoptr(GArray) instances = g_array_new(false, false, sizeof(SimInstance));

    sim_truth_client_instances(check->truth, client, instances);
    for (guint i = 0; i < instances->len; i++) {
        SimInstance instance = g_array_index(instances, SimInstance, i);
        DistroService service = sim_truth_instance(check->truth, instance)->service;
        for (uint32_t node = 0; node < n_nodes(check); node++) {
            sim_stretch_judge_parked(check, node, service);
        }
    }
}

static void empty_tell(Check *check, uint32_t node, uint32_t service, const Stretch *stretch)
{
    g_autofree char *name = sim_check_service_name(check, service);
    SimInstance one;
    int64_t due_us;

    empty_first_due(check, node, service, &one, &due_us);
    g_autofree char *instance = sim_check_instance_name(check, one);
    sim_check_tell(check, node, sim_truth_instance(check->truth, one)->client, service,
                   "%s has listed nothing of %s for %.1f s, though %s is live",
                   sim_check_node_name(check, node), name, seconds_since(check, stretch->since_us),
                   instance);
}

const CheckClass sim_check_no_empty_service = {
    .type = { "no_empty_service",
              { { "grace", SIM_CHECK_FIELD_DURATION, SECONDS(12) },
                { "heal", SIM_CHECK_FIELD_DURATION, SECONDS(15) } } },
    .start = empty_start,
    .clear = empty_clear,
    .listed = empty_listed,
    .instance = empty_instance,
    .node = empty_node,
    .client = empty_client,
    .counts_from = empty_counts_from,
    .tell = empty_tell,
};
