/* sim/check/listen.c -- what checks hear of the world and of the truth. */
#include "sim/check/internal.h"

/* --- from the world ------------------------------------------------------------------------- */

static void node_changed(void *checks, const SimNode *node)
{
    sim_checks_node_changed(checks, node->index);
}

static void node_down(void *checks, const SimNodeEndNews *news)
{
    sim_checks_node_changed(checks, news->node->index);
}

static void core_event(void *checks, const SimCoreNews *news)
{
    if (news->event == DISTRO_EVENT_OWNERS_CHANGED) {
        sim_checks_owners_changed(checks, news->node);
    }
    sim_checks_core_event(checks, news);
}

static void matched(void *checks, const SimMatchedNews *news)
{
    sim_checks_matched(checks, news);
}

static void client_moved(void *checks, uint32_t client)
{
    sim_checks_client_changed(checks, client);
}

static void copy_removed(void *checks, const SimCopyNews *news)
{
    sim_checks_copy_removed(checks, news);
}

static void links_changed(void *checks, const SimWorld *world)
{
    (void)world;
    sim_checks_topology_changed(checks);
}

SimObserver sim_checks_observer(SimChecks *checks)
{
    return (SimObserver) {
        .data = checks,
        .node_up = node_changed,
        .node_loaded = node_changed,
        .node_down = node_down,
        .core_event = core_event,
        .matched = matched,
        .client_moved = client_moved,
        .copy_removed = copy_removed,
        .links_changed = links_changed,
    };
}

/* --- from the truth ------------------------------------------------------------------------- */

static void instance_changed(void *checks, SimInstance instance)
{
    sim_checks_instance_changed(checks, instance);
}

static void listed(void *checks, const SimListedNews *news)
{
    sim_checks_listed(checks, news->node, news->instance, news->listed);
}

static void content_changed(void *checks, const SimContentNews *news)
{
    sim_checks_content(checks, news->node, news->instance);
}

static void shown(void *checks, const SimShownNews *news)
{
    sim_checks_view(checks, news->node, news->client, news->service);
}

SimTruthObserver sim_checks_truth_observer(SimChecks *checks)
{
    return (SimTruthObserver) {
        .data = checks,
        .instance_changed = instance_changed,
        .listed = listed,
        .content_changed = content_changed,
        .shown = shown,
    };
}
