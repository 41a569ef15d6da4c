/* sim/metrics/listen.c -- what the metrics hear of the world and of the truth. */
#include "sim/metrics/consumers.h"
#include "sim/metrics/metrics.h"
#include "sim/truth/observe.h"

/* --- faults: keys of the timeline ----------------------------------------------------------- */

static void end_fault(SimMetrics *metrics, const char *what, const SimNode *node)
{
    g_autofree char *key = g_strdup_printf("%s %s", what, node->name);
    sim_metrics_fault_ends(metrics, key);
}

static void node_up(void *metrics, const SimNode *node)
{
    end_fault(metrics, "down", node);
}

/* One that has left is not at fault. */
static void node_left(void *metrics, const SimNode *node)
{
    end_fault(metrics, "down", node);
}

static void node_down(void *metrics, const SimNodeEndNews *news)
{
    g_autofree char *key = g_strdup_printf("down %s", news->node->name);
    sim_metrics_fault_begins(
        metrics, key, g_strdup_printf("%s %s", news->crashed ? "crash" : "stop", news->node->name));
}

static void node_paused(void *metrics, const SimNode *node)
{
    g_autofree char *key = g_strdup_printf("pause %s", node->name);
    sim_metrics_fault_begins(metrics, key, g_strdup(key));
}

static void node_resumed(void *metrics, const SimNode *node)
{
    end_fault(metrics, "pause", node);
}

static char *key_of(uint64_t number)
{
    return g_strdup_printf("net %" G_GUINT64_FORMAT, number);
}

static void fault_began(void *metrics, const SimFaultNews *news)
{
    g_autofree char *key = key_of(news->number);
    sim_metrics_fault_begins(metrics, key, g_strdup(news->label));
}

static void fault_ended(void *metrics, uint64_t number)
{
    g_autofree char *key = number == SIM_ALL_FAULTS ? NULL : key_of(number);
    sim_metrics_fault_ends(metrics, key);
}

/* --- calls and caches ----------------------------------------------------------------------- */

static void call_ended(void *metrics, const SimCallNews *news)
{
    sim_metrics_called(metrics, news->site, news->write, news->ok);
}

static void write_failed(void *metrics, const SimCallNews *news)
{
    (void)news;
    sim_metrics_unavailable_write(metrics);
}

static void list_read(void *metrics, const SimReadNews *news)
{
    if (news->count == 0) {
        sim_metrics_empty_list_read(metrics, news->node, news->service);
    }
}

static void cache_changed(void *metrics, const SimCacheNews *news)
{
    sim_consumers_cached(sim_metrics_consumers(metrics), news->client, news->service, news->list);
}

static void consumer_left(void *metrics, const SimCacheNews *news)
{
    sim_consumers_left(sim_metrics_consumers(metrics), news->client, news->service);
}

static void links_changed(void *metrics, const SimWorld *world)
{
    (void)world;
    sim_consumers_links_changed(sim_metrics_consumers(metrics));
}

SimObserver sim_metrics_observer(SimMetrics *metrics)
{
    return (SimObserver) {
        .data = metrics,
        .node_up = node_up,
        .node_down = node_down,
        .node_left = node_left,
        .node_paused = node_paused,
        .node_resumed = node_resumed,
        .fault_began = fault_began,
        .fault_ended = fault_ended,
        .call_ended = call_ended,
        .write_failed = write_failed,
        .list_read = list_read,
        .cache_changed = cache_changed,
        .consumer_left = consumer_left,
        .links_changed = links_changed,
    };
}

/* --- from the truth ------------------------------------------------------------------------- */

static void service_changed(void *metrics, DistroService service)
{
    sim_consumers_truth_changed(sim_metrics_consumers(metrics), service);
}

static void followed(void *metrics, const SimFollowNews *news)
{
    sim_consumers_follow(sim_metrics_consumers(metrics), news->client, news->service,
                         news->publication, news->removed, news->killed);
}

static void zombie_ended(void *metrics, const SimZombieNews *news)
{
    sim_metrics_zombie_ended_at(metrics, news->node, news->age_us);
}

static void death_detected(void *metrics, int64_t took_us)
{
    sim_metrics_detected(metrics, took_us);
}

SimTruthObserver sim_metrics_truth_observer(SimMetrics *metrics)
{
    return (SimTruthObserver) {
        .data = metrics,
        .service_changed = service_changed,
        .followed = followed,
        .zombie_ended = zombie_ended,
        .death_detected = death_detected,
    };
}
