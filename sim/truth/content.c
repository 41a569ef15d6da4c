/* sim/truth/content.c -- what the instances' contents should be, and what nodes show of them.
 *
 * A content is weight, enabled, metadata and cluster. From the start of an operation that changes
 * it until the next acknowledged one, old and new are both right:
 *
 *      acknowledged 1      begun 2       timed out      redo of 2 acknowledged
 *      right: 1            right: 1, 2   right: 1, 2    right: 2
 *
 * A content that is not right is wrong at a node while the instance lives and the node lists it. */
#include "sim/truth/internal.h"

static TruthRight *right_at(const SimTruth *truth, uint32_t right)
{
    return &g_array_index(truth->rights, TruthRight, right - 1);
}

static const TruthAcknowledged *acknowledged_at(const SimTruth *truth, uint32_t acknowledged)
{
    return &g_array_index(truth->contents, TruthAcknowledged, acknowledged - 1);
}

static const TruthListing *known_listing(const SimTruth *truth, SimInstance instance,
                                         DistroListing listing)
{
    uint32_t cluster = truth_instance(truth, instance)->info.cluster;

    return &g_array_index(truth_cluster(truth, cluster)->listings, TruthListing, listing);
}

/* --- what is right -------------------------------------------------------------------------- */

/* The entry for @content among the rights of @instance, or a free one, or 0. */
static uint32_t find_right(const SimTruth *truth, SimInstance instance, uint32_t content)
{
    uint32_t free_one = 0;

    for (uint32_t next = truth_instance(truth, instance)->rights; next != 0;
         next = right_at(truth, next)->next) {
        const TruthRight *right = right_at(truth, next);
        if (right->claims > 0 && right->content == content) {
            return next;
        }
        if (right->claims == 0) {
            free_one = next;
        }
    }
    return free_one;
}

static uint32_t enter_right(SimTruth *truth, SimInstance instance, uint32_t content)
{
    uint32_t found = find_right(truth, instance, content);

    if (found == 0) {
        TruthInstance *entry = truth_instance(truth, instance);
        const TruthRight made = { .next = entry->rights };
        g_array_append_val(truth->rights, made);
        found = entry->rights = truth->rights->len;
    }
    right_at(truth, found)->content = content;
    return found;
}

static void count_right(SimTruth *truth, SimInstance instance, uint32_t content, int sign)
{
    TruthRight *right = right_at(truth, enter_right(truth, instance, content));

    g_assert_true(sign > 0 || right->claims > 0);
    right->claims += (uint32_t)sign;
    /* What is taken back and said again at one instant is looked at once. */
    if (truth->reworded->len == 0 ||
        g_array_index(truth->reworded, SimInstance, truth->reworded->len - 1) != instance) {
        g_array_append_val(truth->reworded, instance);
    }
}

static void count_statement(SimTruth *truth, uint32_t cluster, uint32_t said, int sign)
{
    const SimStatement *statement = sim_book_statement_info(truth->book, said);

    for (uint32_t i = 0; i < statement->count; i++) {
        count_right(truth, sim_truth_said_instance(truth, cluster, said, i),
                    statement->items[i].content, sign);
    }
}

void sim_content_count(SimTruth *truth, const Claim *claim, int sign)
{
    count_statement(truth, claim->cluster, claim->said, sign);
    for (uint32_t next = claim->newest; next != 0;) {
        const Operation *operation = &g_array_index(truth->operations, Operation, next - 1);
        count_statement(truth, claim->cluster, operation->said, sign);
        next = operation->older;
    }
}

void sim_content_acknowledge(SimTruth *truth, uint32_t cluster, uint32_t said)
{
    const SimStatement *statement = sim_book_statement_info(truth->book, said);

    for (uint32_t i = 0; i < statement->count; i++) {
        SimInstance instance = sim_truth_said_instance(truth, cluster, said, i);
        TruthInstance *entry = truth_instance(truth, instance);
        const TruthAcknowledged now = { statement->items[i].content, entry->acknowledged,
                                        truth->world->now_us };
        if (now.older == 0 || acknowledged_at(truth, now.older)->content != now.content) {
            g_array_append_val(truth->contents, now);
            entry->acknowledged = truth->contents->len;
        }
    }
}

/* What is copied from another cluster may overwrite what lives here: then the copier is judged
 * (bridge_clean), and no content is. */
static bool is_copied_here(const SimTruth *truth, SimInstance instance)
{
    const TruthInstance *entry = truth_instance(truth, instance);

    for (SimInstance i = entry->sibling; truth->bridges->len > 0 && i != instance;
         i = truth_instance(truth, i)->sibling) {
        if (sim_truth_bridged(truth, truth_instance(truth, i)->info.cluster, entry->info.cluster)) {
            return true;
        }
    }
    return false;
}

static bool is_right(const SimTruth *truth, SimInstance instance, uint32_t content)
{
    uint32_t found = find_right(truth, instance, content);

    return (found != 0 && right_at(truth, found)->claims > 0 &&
            right_at(truth, found)->content == content) ||
           is_copied_here(truth, instance);
}

/* --- what is shown -------------------------------------------------------------------------- */

/* A content of @instance that @node shows: one that is not right, if there is one. 0: none. */
static uint32_t find_shown(const SimTruth *truth, uint32_t node, SimInstance instance, bool *right)
{
    const NodeView *view = truth_view(truth, node);
    uint32_t left = sim_counts_get(view->listings, instance, node), content = 0;
    *right = true;

    for (DistroListing next = truth_instance(truth, instance)->newest_listing;
         next != DISTRO_NONE && left > 0 && *right;
         next = known_listing(truth, instance, next)->next) {
        if (!view_shows(view, next)) {
            continue;
        }
        left--;
        content = known_listing(truth, instance, next)->content;
        *right = is_right(truth, instance, content);
    }
    return content;
}

void sim_content_look(SimTruth *truth, uint32_t node, SimInstance instance)
{
    NodeView *view = truth_view(truth, node);
    bool right = true, was_wrong = truth_shows_wrong(truth, node, instance);
    if (!view->alive) {
        return;
    }
    if (truth_instance(truth, instance)->info.state == SIM_INSTANCE_LIVE) {
        find_shown(truth, node, instance, &right);
    }
    bool wrong = !right;

    if (wrong != was_wrong) {
        *sim_counts_at(&truth->wrong, instance, node) = wrong;
        view->wrong += wrong ? 1u : -1u;
    }
    truth_tell_content_changed(truth, &(SimContentNews) { node, instance });
}

void sim_content_review(SimTruth *truth)
{
    for (guint i = 0; i < truth->reworded->len; i++) {
        SimInstance instance = g_array_index(truth->reworded, SimInstance, i);
        for (guint node = 0; node < truth->views->len; node++) {
            if (view_lists(truth_view(truth, node), instance)) {
                sim_content_look(truth, node, instance);
            }
        }
    }
    g_array_set_size(truth->reworded, 0);
}

bool sim_content_is_wrong(const SimTruth *truth, uint32_t node, SimInstance instance)
{
    return truth_shows_wrong(truth, node, instance);
}

SimShownContent sim_content_shown(const SimTruth *truth, uint32_t node, SimInstance instance)
{
    SimShownContent shown = { .outdated_us = INT64_MIN };
    shown.content = find_shown(truth, node, instance, &shown.right);
    int64_t newer_us = INT64_MIN;

    for (uint32_t next = truth_instance(truth, instance)->acknowledged;
         shown.content != 0 && next != 0; next = acknowledged_at(truth, next)->older) {
        const TruthAcknowledged *acknowledged = acknowledged_at(truth, next);
        if (acknowledged->content == shown.content) {
            shown.serial = next;
            shown.outdated_us = newer_us;
            break;
        }
        newer_us = acknowledged->at_us;
    }
    return shown;
}

void sim_content_append_difference(const SimTruth *truth, uint32_t node, SimInstance instance,
                                   GString *out)
{
    uint32_t latest = truth_instance(truth, instance)->acknowledged;
    bool right;
    uint32_t content = find_shown(truth, node, instance, &right);

    if (latest == 0 || content == 0) {
        g_string_append(out, "a content that was not acknowledged");
        return;
    }
    const TruthAcknowledged *acknowledged = acknowledged_at(truth, latest);
    sim_book_append_difference(truth->book, content, acknowledged->content, out);
    g_string_append_printf(out, ", acknowledged at %.3f s", (double)acknowledged->at_us / 1e6);
}
