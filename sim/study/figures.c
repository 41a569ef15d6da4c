/* sim/study/figures.c -- figures from the truth, the metrics, the network and the trace. */
#include "sim/study/figures.h"
#include "sim/study/study.h"

#include <math.h>
#include <string.h>

static const char *const path_names[DISTRO_N_PATHS] = {
    [DISTRO_PATH_LOCAL] = "local",       [DISTRO_PATH_PUSH] = "push",
    [DISTRO_PATH_RETRY] = "retry",       [DISTRO_PATH_VERIFY] = "verify",
    [DISTRO_PATH_SNAPSHOT] = "snapshot", [DISTRO_PATH_LEASE] = "lease",
};

static int compare_times(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Nearest rank: the smallest value that at least this share of all do not exceed. */
SimQuantiles sim_quantiles(GArray *times)
{
    SimQuantiles found = { .count = times->len };
    if (times->len == 0) {
        return found;
    }
    g_array_sort(times, compare_times);
    const int64_t *sorted = (const int64_t *)(const void *)times->data;
    uint64_t n = times->len;
    found.p50_us = sorted[(n * 50 + 99) / 100 - 1];
    found.p90_us = sorted[(n * 90 + 99) / 100 - 1];
    found.p99_us = sorted[(n * 99 + 99) / 100 - 1];
    found.max_us = sorted[n - 1];
    return found;
}

static void add_convergence(SimFigures *figures, const SimWorld *world)
{
    size_t count;
    const SimConvergence *rows = sim_truth_convergences(world->study->truth, &count);
    GArray *times = g_array_new(false, false, sizeof(int64_t));
    for (int path = -1; path < DISTRO_N_PATHS; path++) {
        g_array_set_size(times, 0);
        for (size_t i = 0; i < count; i++) {
            if (path < 0 || (int)rows[i].path == path) {
                g_array_append_val(times, rows[i].took_us);
            }
        }
        *(path < 0 ? &figures->convergence : &figures->by_path[path]) = sim_quantiles(times);
    }
    const GArray *detections = sim_metrics_detections(world->study->metrics);
    g_array_set_size(times, 0);
    if (detections != NULL && detections->len > 0) {
        g_array_append_vals(times, detections->data, detections->len);
    }
    figures->detection = sim_quantiles(times);
    const GArray *seen = sim_truth_seen(world->study->truth);
    g_array_set_size(times, 0);
    if (seen->len > 0) {
        g_array_append_vals(times, seen->data, seen->len);
    }
    figures->seen = sim_quantiles(times);
    g_array_free(times, true);
}

SimFigures sim_figures(SimWorld *world)
{
    SimFigures figures = { 0 };
    add_convergence(&figures, world);
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        figures.lost_us += sim_truth_lost_us(world->study->truth, i);
        figures.lost_listed_us += sim_truth_lost_listed_us(world->study->truth, i);
        figures.zombie_us += sim_truth_zombie_us(world->study->truth, i);
    }
    figures.worst = sim_consumers_worst(sim_metrics_consumers(world->study->metrics));
    size_t heals;
    const int64_t *agreed = sim_truth_heal_to_agree(world->study->truth, &heals);
    for (size_t i = 0; i < heals; i++) {
        figures.heal_to_agree_us =
            MAX(figures.heal_to_agree_us, agreed[i] < 0 ? INT64_MAX : agreed[i]);
    }
    const SimTrafficTotals *totals = sim_network_totals(world->network);
    figures.messages = totals->messages;
    figures.bytes_lan = totals->bytes_lan;
    figures.bytes_wan = totals->bytes_wan;
    figures.unavailable_writes = sim_metrics_unavailable_writes(world->study->metrics);
    figures.empty_reads = sim_metrics_empty_reads(world->study->metrics);
    figures.acknowledged = sim_truth_operations(world->study->truth);
    if (figures.acknowledged > 0) {
        figures.amplification = (double)figures.messages / (double)figures.acknowledged;
    }
    figures.peak_pending = sim_metrics_peak_pending(world->study->metrics);
    return figures;
}

/* --- by name --------------------------------------------------------------------------------- */

#define QUANTILES(name)                                                                            \
    { name ".p50", SIM_QUANTITY_DURATION }, { name ".p90", SIM_QUANTITY_DURATION },                \
        { name ".p99", SIM_QUANTITY_DURATION }, { name ".max", SIM_QUANTITY_DURATION },            \
    {                                                                                              \
        name ".count", SIM_N_QUANTITIES                                                            \
    }

static const SimFigureName names[] = {
    QUANTILES("convergence"),
    QUANTILES("convergence.local"),
    QUANTILES("convergence.push"),
    QUANTILES("convergence.retry"),
    QUANTILES("convergence.verify"),
    QUANTILES("convergence.snapshot"),
    QUANTILES("convergence.lease"),
    QUANTILES("convergence.by_path.local"),
    QUANTILES("convergence.by_path.push"),
    QUANTILES("convergence.by_path.retry"),
    QUANTILES("convergence.by_path.verify"),
    QUANTILES("convergence.by_path.snapshot"),
    QUANTILES("convergence.by_path.lease"),
    QUANTILES("detection"),
    { "wan.bytes", SIM_QUANTITY_SIZE },
    { "bytes.wan", SIM_QUANTITY_SIZE },
    { "lan.bytes", SIM_QUANTITY_SIZE },
    { "bytes.lan", SIM_QUANTITY_SIZE },
    { "messages", SIM_N_QUANTITIES },
    { "lost", SIM_QUANTITY_DURATION },
    { "lost_instance", SIM_QUANTITY_DURATION },
    { "zombies", SIM_QUANTITY_DURATION },
    { "zombie_instance", SIM_QUANTITY_DURATION },
    { "heal_to_agree", SIM_QUANTITY_DURATION },
    { "unavailable_writes", SIM_N_QUANTITIES },
    { "empty_reads", SIM_N_QUANTITIES },
    { "amplification", SIM_N_QUANTITIES },
    { "peak_pending", SIM_N_QUANTITIES },
    { "lost_listed", SIM_QUANTITY_DURATION },
    { "not_yet_known", SIM_QUANTITY_DURATION },
    { "consumer.empty", SIM_QUANTITY_DURATION },
    { "consumer.short", SIM_QUANTITY_DURATION },
    { "consumer.stale", SIM_QUANTITY_DURATION },
    QUANTILES("seen"),
};

const SimFigureName *sim_figure_names(size_t *count)
{
    *count = G_N_ELEMENTS(names);
    return names;
}

const SimFigureName *sim_figure_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(names[i].name, name) == 0) {
            return &names[i];
        }
    }
    return NULL;
}

static double quantile_value(const SimQuantiles *found, const char *which)
{
    if (strcmp(which, "p50") == 0) {
        return (double)found->p50_us;
    }
    if (strcmp(which, "p90") == 0) {
        return (double)found->p90_us;
    }
    if (strcmp(which, "p99") == 0) {
        return (double)found->p99_us;
    }
    return strcmp(which, "max") == 0 ? (double)found->max_us : (double)found->count;
}

static bool is(const char *name, const char *first, const char *second)
{
    return strcmp(name, first) == 0 || (second != NULL && strcmp(name, second) == 0);
}

double sim_figure_value(const SimFigures *figures, const SimFigureName *figure)
{
    const char *name = figure->name, *which = strrchr(name, '.');
    if (g_str_has_prefix(name, "detection.")) {
        return quantile_value(&figures->detection, which + 1);
    }
    if (g_str_has_prefix(name, "seen.")) {
        return quantile_value(&figures->seen, which + 1);
    }
    if (g_str_has_prefix(name, "convergence.")) {
        for (int path = 0; path < DISTRO_N_PATHS; path++) {
            if (strstr(name, path_names[path]) != NULL) {
                return quantile_value(&figures->by_path[path], which + 1);
            }
        }
        return quantile_value(&figures->convergence, which + 1);
    }
    if (is(name, "wan.bytes", "bytes.wan")) {
        return (double)figures->bytes_wan;
    }
    if (is(name, "lan.bytes", "bytes.lan")) {
        return (double)figures->bytes_lan;
    }
    if (is(name, "messages", NULL)) {
        return (double)figures->messages;
    }
    if (is(name, "lost", "lost_instance")) {
        return (double)figures->lost_us;
    }
    if (is(name, "zombies", "zombie_instance")) {
        return (double)figures->zombie_us;
    }
    if (is(name, "heal_to_agree", NULL)) {
        return figures->heal_to_agree_us == INT64_MAX ? INFINITY
                                                      : (double)figures->heal_to_agree_us;
    }
    if (is(name, "unavailable_writes", NULL)) {
        return (double)figures->unavailable_writes;
    }
    if (is(name, "empty_reads", NULL)) {
        return (double)figures->empty_reads;
    }
    if (is(name, "amplification", NULL)) {
        return figures->amplification;
    }
    if (is(name, "lost_listed", NULL)) {
        return (double)figures->lost_listed_us;
    }
    if (is(name, "not_yet_known", NULL)) {
        return (double)(figures->lost_us - figures->lost_listed_us);
    }
    if (is(name, "consumer.empty", NULL)) {
        return (double)figures->worst.empty.us;
    }
    if (is(name, "consumer.short", NULL)) {
        return (double)figures->worst.shortened.us;
    }
    if (is(name, "consumer.stale", NULL)) {
        return (double)figures->worst.stale.us;
    }
    return (double)figures->peak_pending;
}
