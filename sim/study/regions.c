/* sim/study/regions.c -- see regions.h. */
#include "sim/study/regions.h"

#include "sim/study/figures.h"
#include "sim/study/study.h"

/* --- one site -----------------------------------------------------------------------------------
 */

static void add_nodes(SimWorld *world, uint32_t site, SimRegionFigures *figures)
{
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        if (sim_world_node(world, i)->site != site) {
            continue;
        }
        figures->lost_us += sim_truth_lost_us(world->study->truth, i);
        figures->zombie_us += sim_truth_zombie_us(world->study->truth, i);
        figures->zombies_left += sim_truth_zombies_at(world->study->truth, i);
    }
}

SimRegionFigures sim_region_figures(SimWorld *world, uint32_t site)
{
    SimRegionFigures figures = {
        .name = (char *)sim_world_site(world, site)->name,
        .last_zombie_us = sim_metrics_last_zombie(world->study->metrics, site),
        .calls = sim_metrics_calls(world->study->metrics, site),
        .consumers = sim_consumers_figures(sim_metrics_consumers(world->study->metrics), site),
    };
    const GArray *ages = sim_metrics_zombie_ages(world->study->metrics, site);
    g_autoptr(GArray) sorted = g_array_new(false, false, sizeof(int64_t));
    if (ages->len > 0) {
        g_array_append_vals(sorted, ages->data, ages->len);
    }
    figures.zombie_ages = sim_quantiles(sorted);
    add_nodes(world, site, &figures);
    return figures;
}

/* --- one direction ------------------------------------------------------------------------------
 */

static SimQuantiles times_of(const GArray *arrivals, uint32_t from, uint32_t to, bool deaths)
{
    g_autoptr(GArray) times = g_array_new(false, false, sizeof(int64_t));
    for (guint i = 0; i < arrivals->len; i++) {
        const SimArrival *arrival = &g_array_index(arrivals, SimArrival, i);
        if (arrival->from == from && arrival->to == to &&
            (arrival->change == SIM_CHANGE_DEATH) == deaths) {
            g_array_append_val(times, arrival->took_us);
        }
    }
    return sim_quantiles(times);
}

GArray *sim_region_arrivals(const SimWorld *world, bool consumers)
{
    GArray *arrivals = g_array_new(false, false, sizeof(SimArrival));
    if (consumers) {
        sim_consumers_arrivals(sim_metrics_consumers(world->study->metrics), arrivals);
    } else {
        sim_truth_arrivals(world->study->truth, arrivals);
    }
    return arrivals;
}

SimDirectionFigures sim_direction_figures_of(SimWorld *world, uint32_t from, uint32_t to,
                                             const GArray *nodes, const GArray *consumers)
{
    SimDirectionFigures figures = {
        .from = (char *)sim_world_site(world, from)->name,
        .to = (char *)sim_world_site(world, to)->name,
        .nodes = times_of(nodes, from, to, false),
        .consumers = times_of(consumers, from, to, false),
        .node_deaths = times_of(nodes, from, to, true),
        .consumer_deaths = times_of(consumers, from, to, true),
    };
    figures.under_way = sim_truth_under_way(world->study->truth, from, to, &figures.oldest_us);
    const SimFlow *flow = sim_network_flow(world->network, from, to);
    if (flow != NULL) {
        figures.flow = *flow;
    }
    return figures;
}

SimDirectionFigures sim_direction_figures(SimWorld *world, uint32_t from, uint32_t to)
{
    g_autoptr(GArray) nodes = sim_region_arrivals(world, false);
    g_autoptr(GArray) consumers = sim_region_arrivals(world, true);
    return sim_direction_figures_of(world, from, to, nodes, consumers);
}
