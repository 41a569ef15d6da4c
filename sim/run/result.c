/* sim/run/result.c -- a result's life, and what it takes from a world that has run. */
#include "sim/run/internal.h"

#include <string.h>

#include "sim/client/client.h"
#include "sim/metrics/consumers.h"
#include "sim/study/study.h"
#include "sim/world/world.h"

/* --- verdicts -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int status;
} verdicts[] = {
    [SIM_VERDICT_HELD] = { "held", 0 },
    [SIM_VERDICT_UNSAFE] = { "unsafe", 1 },
    [SIM_VERDICT_DIVERGED] = { "diverged", 2 },
    [SIM_VERDICT_VACUOUS] = { "vacuous", 3 },
    [SIM_VERDICT_NONDETERMINISTIC] = { "nondeterministic", 4 },
    [SIM_VERDICT_ERROR] = { "error", 65 },
};

const char *sim_verdict_name(SimVerdict verdict)
{
    return verdicts[verdict].name;
}

int sim_verdict_exit_status(SimVerdict verdict)
{
    return verdicts[verdict].status;
}

/* --- the result ------------------------------------------------------------------------------ */

static void clear_violation(void *data)
{
    g_free(((SimViolation *)data)->message);
}

static void clear_row(void *data)
{
    SimConvergenceRow *row = data;
    g_free(row->client);
    g_free(row->service);
    g_free(row->last_node);
}

static void clear_node(void *data)
{
    g_free(((SimNodeFigures *)data)->name);
}

static void clear_consumer(SimConsumerRow *row)
{
    g_free(row->client);
    g_free(row->service);
}

static void clear_measure(void *data)
{
    SimMeasure *measure = data;
    g_free(measure->name);
    g_free(measure->unit);
}

static void clear_heading(void *data)
{
    g_free(((SimHeading *)data)->text);
}

static void clear_fault(void *data)
{
    g_free(((SimFault *)data)->label);
}

static void clear_region(void *data)
{
    g_free(((SimRegionFigures *)data)->name);
}

static void clear_direction(void *data)
{
    SimDirectionFigures *direction = data;
    g_free(direction->from);
    g_free(direction->to);
}

static void clear_arrival(void *data)
{
    SimArrivalRow *row = data;
    g_free(row->from);
    g_free(row->to);
}

static GArray *array_of(guint size, GDestroyNotify clear)
{
    GArray *array = g_array_new(false, false, size);
    if (clear != NULL) {
        g_array_set_clear_func(array, clear);
    }
    return array;
}

SimResult *sim_result_new(const SimScenario *scenario, uint64_t seed)
{
    SimResult *result = g_new0(SimResult, 1);
    result->scenario = g_strdup(sim_scenario_name(scenario));
    result->path = g_strdup(sim_scenario_path(scenario));
    result->seed = seed;
    result->violations = array_of(sizeof(SimViolation), clear_violation);
    result->violation_nodes = g_ptr_array_new_with_free_func(g_free);
    result->violation_clients = g_ptr_array_new_with_free_func(g_free);
    result->violation_services = g_ptr_array_new_with_free_func(g_free);
    result->why = g_ptr_array_new_with_free_func(g_free);
    result->convergence_rows = array_of(sizeof(SimConvergenceRow), clear_row);
    result->heal_to_agree_us = array_of(sizeof(int64_t), NULL);
    result->nodes = array_of(sizeof(SimNodeFigures), clear_node);
    result->measures = array_of(sizeof(SimMeasure), clear_measure);
    result->must_see = array_of(sizeof(SimMustSee), NULL);
    result->samples = array_of(sizeof(SimSample), NULL);
    result->owned = array_of(sizeof(uint32_t), NULL);
    result->seen_us = array_of(sizeof(int64_t), NULL);
    result->headings = array_of(sizeof(SimHeading), clear_heading);
    result->faults = array_of(sizeof(SimFault), clear_fault);
    result->regions = array_of(sizeof(SimRegionFigures), clear_region);
    result->directions = array_of(sizeof(SimDirectionFigures), clear_direction);
    result->arrivals = array_of(sizeof(SimArrivalRow), clear_arrival);
    result->region_samples = array_of(sizeof(SimRegionSample), NULL);
    result->steps = g_ptr_array_new_with_free_func(g_free);
    result->answers = g_ptr_array_new_with_free_func(g_free);
    return result;
}

SimRealRun *sim_real_run_new(const char *servers)
{
    SimRealRun *real = g_new0(SimRealRun, 1);
    real->servers = g_strdup(servers);
    return real;
}

void sim_real_run_free(SimRealRun *real)
{
    if (real != NULL) {
        g_free(real->servers);
        g_free(real);
    }
}

void sim_result_free(SimResult *result)
{
    if (result == NULL) {
        return;
    }
    sim_params_free(result->params, result->n_params);
    sim_real_run_free(result->real);
    g_array_free(result->violations, true);
    g_ptr_array_free(result->violation_nodes, true);
    g_ptr_array_free(result->violation_clients, true);
    g_ptr_array_free(result->violation_services, true);
    g_free(result->question);
    g_ptr_array_free(result->why, true);
    g_array_free(result->convergence_rows, true);
    g_array_free(result->heal_to_agree_us, true);
    g_array_free(result->nodes, true);
    g_array_free(result->regions, true);
    g_array_free(result->directions, true);
    g_array_free(result->arrivals, true);
    g_array_free(result->region_samples, true);
    g_array_free(result->measures, true);
    g_array_free(result->must_see, true);
    g_array_free(result->samples, true);
    g_array_free(result->owned, true);
    g_array_free(result->seen_us, true);
    g_array_free(result->headings, true);
    g_array_free(result->faults, true);
    g_ptr_array_free(result->steps, true);
    g_ptr_array_free(result->answers, true);
    clear_consumer(&result->consumers.empty);
    clear_consumer(&result->consumers.shortened);
    clear_consumer(&result->consumers.stale);
    clear_consumer(&result->consumers.with_shortest);
    g_free(result->scenario);
    g_free(result->path);
    g_free(result->profile);
    g_free(result->reason);
    g_free(result->harm);
    g_free(result->what);
    g_free(result->trace_text);
    g_free(result->history_text);
    g_free(result);
}

/* --- from the world -------------------------------------------------------------------------- */

static char *node_name(const SimWorld *world, uint32_t node)
{
    return node < world->nodes->len ? g_strdup(sim_world_node(world, node)->name) : NULL;
}

static char *client_name(const SimWorld *world, uint32_t client)
{
    return client < world->clients->len ? g_strdup(sim_client_name(sim_world_client(world, client)))
                                        : NULL;
}

static char *service_name(const SimWorld *world, DistroService service)
{
    return service != DISTRO_NONE ? sim_world_service_name(world, service) : NULL;
}

static int compare_violations(const void *a, const void *b)
{
    const SimViolation *x = a, *y = b;
    return (x->at_us > y->at_us) - (x->at_us < y->at_us);
}

static void take_violations(SimResult *result, const SimWorld *world)
{
    size_t count;
    const SimViolation *violations = sim_checks_violations(world->study->checks, &count);
    for (size_t i = 0; i < count; i++) {
        SimViolation copy = violations[i];
        copy.message = g_strdup(copy.message);
        g_array_append_val(result->violations, copy);
    }
    g_array_sort(result->violations, compare_violations); /* stable */
    for (size_t i = 0; i < count; i++) {
        const SimViolation *violation = &g_array_index(result->violations, SimViolation, i);
        g_ptr_array_add(result->violation_nodes, node_name(world, violation->node));
        g_ptr_array_add(result->violation_clients, client_name(world, violation->client));
        g_ptr_array_add(result->violation_services, service_name(world, violation->service));
    }
}

static void take_convergence(SimResult *result, const SimWorld *world)
{
    size_t count;
    const SimConvergence *rows = sim_truth_convergences(world->study->truth, &count);
    for (size_t i = 0; i < count; i++) {
        SimConvergenceRow row = {
            .acknowledged_us = rows[i].acknowledged_us,
            .took_us = rows[i].took_us,
            .path = rows[i].path,
            .removal = rows[i].removal,
            .client = client_name(world, rows[i].client),
            .service = service_name(world, rows[i].service),
            .last_node = node_name(world, rows[i].last_node),
        };
        g_array_append_val(result->convergence_rows, row);
    }
    const int64_t *heals = sim_truth_heal_to_agree(world->study->truth, &count);
    if (count > 0) {
        g_array_append_vals(result->heal_to_agree_us, heals, (guint)count);
    }
    result->unconverged = sim_truth_unconverged(world->study->truth);
}

static void take_nodes(SimResult *result, SimWorld *world)
{
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        const SimNode *node = sim_world_node(world, i);
        SimNodeFigures figures = { g_strdup(node->name), sim_truth_lost_us(world->study->truth, i),
                                   sim_truth_zombie_us(world->study->truth, i),
                                   sim_truth_lost_listed_us(world->study->truth, i) };
        size_t entries = 0;
        g_array_append_val(result->nodes, figures);
        if (node->core != NULL) {
            result->replica_bytes += distro_node_replica_bytes(node->core, &entries);
        }
        result->replica_entries += entries;
    }
}

static void take_metrics(SimResult *result, const SimWorld *world)
{
    size_t count;
    const SimSample *samples = sim_metrics_samples(world->study->metrics, &count);
    if (count > 0) {
        g_array_append_vals(result->samples, samples, (guint)count);
    }
    const uint32_t *owned = sim_metrics_owned(world->study->metrics, &count);
    if (count > 0) {
        g_array_append_vals(result->owned, owned, (guint)count);
    }
    const GArray *seen = sim_truth_seen(world->study->truth);
    if (seen->len > 0) {
        g_array_append_vals(result->seen_us, seen->data, seen->len);
    }
    const SimRegionSample *by_site = sim_metrics_region_samples(world->study->metrics, &count);
    if (count > 0) {
        g_array_append_vals(result->region_samples, by_site, (guint)count);
    }
    const SimFault *faults = sim_metrics_faults(world->study->metrics, &count);
    for (size_t i = 0; i < count; i++) {
        SimFault fault = { faults[i].from_us, faults[i].to_us, g_strdup(faults[i].label) };
        g_array_append_val(result->faults, fault);
    }
}

static SimConsumerRow consumer_row(const SimWorld *world, const SimWorstConsumer *worst)
{
    return (SimConsumerRow) { worst->us, client_name(world, worst->client),
                              service_name(world, worst->service) };
}

static void take_consumers(SimResult *result, const SimWorld *world, const SimConsumersWorst *worst)
{
    result->consumers = (SimConsumerRows) {
        .count = worst->count,
        .time_us = worst->time_us,
        .empty = consumer_row(world, &worst->empty),
        .shortened = consumer_row(world, &worst->shortened),
        .stale = consumer_row(world, &worst->stale),
        .with_shortest = consumer_row(world, &worst->with_shortest),
        .shortest_listed = worst->shortest.listed,
        .shortest_of = worst->shortest.of,
    };
}

static void take_figures(SimResult *result, SimWorld *world)
{
    SimFigures figures = sim_figures(world);
    const SimTrafficTotals *totals = sim_network_totals(world->network);
    result->convergence = figures.convergence;
    memcpy(result->convergence_by_path, figures.by_path, sizeof figures.by_path);
    result->detection = figures.detection;
    result->seen = figures.seen;
    result->lost_us = figures.lost_us;
    result->zombie_us = figures.zombie_us;
    result->lost_listed_us = figures.lost_listed_us;
    take_consumers(result, world, &figures.worst);
    result->messages = figures.messages;
    result->bytes_lan = figures.bytes_lan;
    result->bytes_wan = figures.bytes_wan;
    result->unavailable_writes = figures.unavailable_writes;
    result->empty_reads = figures.empty_reads;
    result->amplification = figures.amplification;
    result->peak_pending = figures.peak_pending;
    memcpy(result->messages_by_op, totals->messages_by_op, sizeof result->messages_by_op);
    memcpy(result->bytes_by_op, totals->bytes_by_op, sizeof result->bytes_by_op);
    result->fingerprint = sim_trace_fingerprint(world->trace);
    result->virtual_us = world->now_us;
    result->events = world->events + sim_network_folded_events(world->network);
}

static void take_arrivals(SimResult *result, const SimWorld *world, const GArray *arrivals,
                          bool consumers)
{
    for (guint i = 0; i < arrivals->len; i++) {
        const SimArrival *arrival = &g_array_index(arrivals, SimArrival, i);
        const SimArrivalRow row = {
            .from = g_strdup(sim_world_site(world, arrival->from)->name),
            .to = g_strdup(sim_world_site(world, arrival->to)->name),
            .consumers = consumers,
            .change = arrival->change,
            .acknowledged_us = arrival->acknowledged_us,
            .took_us = arrival->took_us,
        };
        g_array_append_val(result->arrivals, row);
    }
}

static void take_regions(SimResult *result, SimWorld *world)
{
    uint32_t sites = world->sites->len;
    if (sites < 2) {
        return;
    }
    g_autoptr(GArray) nodes = sim_region_arrivals(world, false);
    g_autoptr(GArray) consumers = sim_region_arrivals(world, true);
    for (uint32_t from = 0; from < sites; from++) {
        SimRegionFigures region = sim_region_figures(world, from);
        region.name = g_strdup(region.name);
        g_array_append_val(result->regions, region);
        for (uint32_t to = 0; to < sites; to++) {
            SimDirectionFigures direction =
                sim_direction_figures_of(world, from, to, nodes, consumers);
            direction.from = g_strdup(direction.from);
            direction.to = g_strdup(direction.to);
            g_array_append_val(result->directions, direction);
        }
    }
    take_arrivals(result, world, nodes, false);
    take_arrivals(result, world, consumers, true);
}

void sim_result_take_world(SimResult *result, SimWorld *world)
{
    take_violations(result, world);
    take_convergence(result, world);
    take_nodes(result, world);
    take_metrics(result, world);
    take_regions(result, world);
    take_figures(result, world);
}
