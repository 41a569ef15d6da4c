/* sim/check/contents.c -- what acknowledged writes said: it must be shown, must not give way to
 * something older, and must be somewhere.
 *
 * What is right, and since when a content is outdated, is the truth's business
 * (truth/content.c). */
#include "sim/check/internal.h"

#define SECONDS(n) ((int64_t)(n)*1000000)

enum {
    CONTENT_GRACE
};

static SimInstanceState state_of(const Check *check, SimInstance instance)
{
    return sim_truth_instance(check->truth, instance)->state;
}

/* "n2 lists k (10.128.0.1:8080 of DEFAULT_GROUP@@shop) with weight 1 instead of 5, ..." */
static void tell_content(Check *check, uint32_t node, SimInstance instance, const char *ending,
                         int64_t since_us)
{
    const SimInstanceInfo *info = sim_truth_instance(check->truth, instance);
    g_autofree char *name = sim_check_instance_name(check, instance);
    g_autoptr(GString) difference = g_string_new(NULL);

    sim_content_append_difference(check->truth, node, instance, difference);
    sim_check_tell(check, node, info->client, info->service, ending,
                   sim_check_node_name(check, node), name, difference->str,
                   (double)(check->world->now_us - since_us) / 1e6);
}

/* --- no_stale_content ----------------------------------------------------------------------- */

static void stale_look(Check *check, uint32_t node, SimInstance instance)
{
    const SimTruth *truth = check->truth;
    if (!sim_content_is_wrong(truth, node, instance)) {
        sim_stretch_close(check, node, instance);
        return;
    }
    if (!sim_check_is_judged(check, node)) {
        return; /* it will be looked at when it has loaded */
    }
    SimShownContent shown = sim_content_shown(truth, node, instance);
    /* What was never acknowledged is wrong from its appearance on. */
    int64_t since_us = shown.outdated_us != INT64_MIN ? shown.outdated_us : check->world->now_us;
    since_us = MAX(since_us, sim_check_loaded_us(check, node));
    if (shown.outdated_us != INT64_MIN) {
        sim_stretch_set(check, node, instance, since_us, since_us + check->values[CONTENT_GRACE]);
    } else {
        sim_stretch_open(check, node, instance, since_us, since_us + check->values[CONTENT_GRACE]);
    }
}

static void stale_node(Check *check, uint32_t node, NodeChange change)
{
    if (change != NODE_CHANGE_LOADED) {
        return;
    }
    for (SimInstance i = 0; i < sim_truth_instance_count(check->truth); i++) {
        stale_look(check, node, i);
    }
}

/* A grace after the end of an excuse. */
static int64_t stale_counts_from(const Check *check, uint32_t node, uint32_t instance)
{
    int64_t from_us = sim_check_instance_counts_from(check, node, instance);

    return from_us == INT64_MAX || from_us == INT64_MIN ? from_us
                                                        : from_us + check->values[CONTENT_GRACE];
}

static void stale_tell(Check *check, uint32_t node, uint32_t instance, const Stretch *stretch)
{
    tell_content(check, node, instance, "%s lists %s with %s, for %.1f s", stretch->since_us);
}

const CheckClass sim_check_no_stale_content = {
    .type = { "no_stale_content",
              { { "grace", SIM_CHECK_FIELD_DURATION, SECONDS(12) },
                { "heal", SIM_CHECK_FIELD_DURATION, SECONDS(15) } } },
    .content = stale_look,
    .node = stale_node,
    .client = sim_check_judge_instances_of,
    .counts_from = stale_counts_from,
    .tell = stale_tell,
};

/* --- no_rollback ---------------------------------------------------------------------------- */

/* The latest acknowledged content that a node has shown since its boot. */
typedef struct Seen {
    GPtrArray *latest; /* by node: GArray of uint32_t by instance: serial, 0: none */
} Seen;

static uint32_t *latest_at(Check *check, uint32_t node, SimInstance instance)
{
    GPtrArray *nodes = ((Seen *)check->own)->latest;

    while (nodes->len <= node) {
        g_ptr_array_add(nodes, g_array_new(false, true, sizeof(uint32_t)));
    }
    GArray *latest = g_ptr_array_index(nodes, node);
    if (instance >= latest->len) {
        g_array_set_size(latest, instance + 1);
    }
    return &g_array_index(latest, uint32_t, instance);
}

static void rollback_look(Check *check, uint32_t node, SimInstance instance)
{
    int64_t now_us = check->world->now_us;
    SimShownContent shown = sim_content_shown(check->truth, node, instance);
    uint32_t *latest = latest_at(check, node, instance);

    if (shown.content != 0 && !shown.right && shown.serial != 0 && shown.serial < *latest &&
        state_of(check, instance) == SIM_INSTANCE_LIVE) {
        sim_stretch_open(check, node, instance, now_us, now_us);
    } else {
        sim_stretch_close(check, node, instance);
    }
    *latest = MAX(*latest, shown.serial);
}

static void rollback_listed(Check *check, uint32_t node, SimInstance instance, bool listed)
{
    if (!listed) {
        sim_stretch_close(check, node, instance);
    }
}

static void rollback_instance(Check *check, SimInstance instance)
{
    if (state_of(check, instance) != SIM_INSTANCE_LIVE) {
        sim_stretch_close_everywhere(check, instance);
    }
}

static void rollback_node(Check *check, uint32_t node, NodeChange change)
{
    uint32_t count = sim_truth_instance_count(check->truth);

    if (change == NODE_CHANGE_UP) {
        for (SimInstance i = 0; i < count; i++) {
            *latest_at(check, node, i) = 0;
        }
    }
    if (change == NODE_CHANGE_LOADED) {
        sim_stretch_judge_all_parked(check); /* what it showed while it was loading */
    }
}

static void rollback_start(Check *check)
{
    Seen *seen = check->own = g_new0(Seen, 1);
    uint32_t count = sim_truth_instance_count(check->truth);

    seen->latest = g_ptr_array_new();
    for (uint32_t node = 0; node < check->world->nodes->len; node++) {
        for (SimInstance i = 0; i < count; i++) {
            rollback_look(check, node, i);
        }
    }
}

static void rollback_clear(Check *check)
{
    GPtrArray *nodes = ((Seen *)check->own)->latest;

    for (guint i = 0; i < nodes->len; i++) {
        g_array_free(g_ptr_array_index(nodes, i), true);
    }
    g_ptr_array_free(nodes, true);
}

static void rollback_tell(Check *check, uint32_t node, uint32_t instance, const Stretch *stretch)
{
    tell_content(check, node, instance,
                 "%s lists %s with %s, after it had listed a later content, for %.1f s",
                 stretch->since_us);
}

const CheckClass sim_check_no_rollback = {
    .type = { "no_rollback", { { "heal", SIM_CHECK_FIELD_DURATION, SECONDS(15) } } },
    .start = rollback_start,
    .clear = rollback_clear,
    .listed = rollback_listed,
    .content = rollback_look,
    .instance = rollback_instance,
    .node = rollback_node,
    .client = sim_check_judge_instances_of,
    .counts_from = sim_check_instance_counts_from,
    .tell = rollback_tell,
};

/* --- no_lost_write -------------------------------------------------------------------------- */

/* An instance of the truth that no live, loaded node lists. The clock stands still while its
 * cluster has no live node. */
typedef struct Absence {
    int64_t counted_us; /* of the present stretch, up to .since_us */
    int64_t since_us;   /* the clock runs from here; INT64_MAX: it stands */
    bool told;
} Absence;

static Absence *absence_of(Check *check, SimInstance instance)
{
    GArray *absences = check->own;
    const Absence none = { .since_us = INT64_MAX };

    while (absences->len <= instance) {
        g_array_append_val(absences, none);
    }
    return &g_array_index(absences, Absence, instance);
}

static bool is_alive(const Check *check, uint32_t node)
{
    return ((const SimNode *)g_ptr_array_index(check->world->nodes, node))->alive;
}

static bool is_absent(const Check *check, SimInstance instance, bool *some_node)
{
    const SimTruth *truth = check->truth;
    *some_node = false;

    for (uint32_t node = 0; node < check->world->nodes->len; node++) {
        if (!is_alive(check, node) || !sim_truth_concerns(truth, node, instance)) {
            continue;
        }
        *some_node = true;
        if (sim_check_is_judged(check, node) && sim_truth_lists(truth, node, instance)) {
            return false;
        }
    }
    return state_of(check, instance) == SIM_INSTANCE_LIVE;
}

static void lost_write_look(Check *check, SimInstance instance)
{
    int64_t now_us = check->world->now_us;
    Absence *absence = absence_of(check, instance);
    bool some_node;

    if (!is_absent(check, instance, &some_node)) {
        *absence = (Absence) { .since_us = INT64_MAX };
    } else if (some_node && absence->since_us == INT64_MAX) {
        absence->since_us = now_us;
        sim_check_wake(check, now_us + check->values[CONTENT_GRACE] - absence->counted_us,
                       CHECK_DUE_INSTANCE, CHECK_NO_NODE, instance);
    } else if (!some_node && absence->since_us != INT64_MAX) {
        absence->counted_us += now_us - absence->since_us;
        absence->since_us = INT64_MAX;
    }
}

static void lost_write_listed(Check *check, uint32_t node, SimInstance instance, bool listed)
{
    (void)node, (void)listed;
    lost_write_look(check, instance);
}

static void lost_write_node(Check *check, uint32_t node, NodeChange change)
{
    (void)change;
    for (SimInstance i = 0; i < sim_truth_instance_count(check->truth); i++) {
        if (sim_truth_concerns(check->truth, node, i)) {
            lost_write_look(check, i);
        }
    }
}

static void lost_write_due(Check *check, CheckDue what, uint32_t node, uint32_t instance)
{
    Absence *absence = absence_of(check, instance);
    const SimInstanceInfo *info = sim_truth_instance(check->truth, instance);
    (void)what, (void)node;
    if (absence->told || absence->since_us == INT64_MAX) {
        return;
    }
    int64_t took_us = absence->counted_us + check->world->now_us - absence->since_us;
    if (took_us < check->values[CONTENT_GRACE]) {
        return; /* set for a stretch that ended */
    }
    absence->told = true;
    g_autofree char *name = sim_check_instance_name(check, instance);
    sim_check_tell(check, UINT32_MAX, info->client, info->service,
                   "no live node has listed %s for %.1f s", name, (double)took_us / 1e6);
}

static void lost_write_start(Check *check)
{
    check->own = g_array_new(false, false, sizeof(Absence));
}

static void lost_write_clear(Check *check)
{
    g_array_free(check->own, true);
    check->own = NULL;
}

const CheckClass sim_check_no_lost_write = {
    .type = { "no_lost_write",
              { { "grace", SIM_CHECK_FIELD_DURATION, SECONDS(12) },
                { "heal", SIM_CHECK_FIELD_DURATION, SECONDS(15) } } },
    .start = lost_write_start,
    .clear = lost_write_clear,
    .listed = lost_write_listed,
    .instance = lost_write_look,
    .node = lost_write_node,
    .due = lost_write_due,
};
