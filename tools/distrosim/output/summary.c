/* tools/distrosim/output/summary.c -- see summary.h. */
#include "tools/distrosim/output/summary.h"

#include <glib/gstdio.h>

#include "sim/metrics/regions.h"
#include "tools/distrosim/output/csv.h"
#include "tools/distrosim/output/files.h"

/* --- one key each --------------------------------------------------------------------------- */

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

/* Numbers and booleans as such, everything with a unit as --set takes it. */
static json_t *param_value(const SimParam *param)
{
    if (g_str_equal(param->kind, "boolean")) {
        return json_boolean(g_str_equal(param->value, "true"));
    }
    if (g_str_equal(param->kind, "number")) {
        json_t *number = json_loads(param->value, JSON_DECODE_ANY, NULL);
        if (json_is_number(number)) {
            return number;
        }
        json_decref(number);
    }
    return json_text(param->value);
}

static json_t *params_object(const SimResult *result)
{
    json_t *object = json_object();
    for (size_t i = 0; i < result->n_params; i++) {
        set(object, result->params[i].name, param_value(&result->params[i]));
    }
    return object;
}

static const char *name_at(const GPtrArray *names, guint index)
{
    return names != NULL && index < names->len ? g_ptr_array_index(names, index) : NULL;
}

const SimViolation *results_first_violation(const SimResult *result, guint *index)
{
    const SimViolation *first = NULL;
    for (guint i = 0; result->violations != NULL && i < result->violations->len; i++) {
        const SimViolation *violation = &g_array_index(result->violations, SimViolation, i);
        if (first != NULL && violation->at_us >= first->at_us) {
            continue;
        }
        first = violation;
        *index = i;
    }
    return first;
}

static json_t *first_violation(const SimResult *result)
{
    guint index = 0;
    const SimViolation *violation = results_first_violation(result, &index);
    if (violation == NULL) {
        return json_null();
    }
    json_t *object = json_object();
    set(object, "t_us", json_time(violation->at_us));
    set(object, "check", json_text(violation->check));
    set(object, "node", json_text(name_at(result->violation_nodes, index)));
    set(object, "client", json_text(name_at(result->violation_clients, index)));
    set(object, "service", json_text(name_at(result->violation_services, index)));
    set(object, "message", json_text(violation->message));
    return object;
}

static json_t *violation_counts(const SimResult *result)
{
    json_t *counts = json_object();
    for (guint i = 0; result->violations != NULL && i < result->violations->len; i++) {
        const char *check = g_array_index(result->violations, SimViolation, i).check;
        json_int_t before = json_integer_value(json_object_get(counts, check));
        set(counts, check, json_integer(before + 1));
    }
    return counts;
}

static json_t *by_op(const uint64_t figures[SIM_N_OPS])
{
    json_t *object = json_object();
    for (int op = 0; op < SIM_N_OPS; op++) {
        if (figures[op] > 0) {
            set(object, sim_op_name((SimOp)op), json_count(figures[op]));
        }
    }
    return object;
}

static json_t *bytes_object(const SimResult *result)
{
    json_t *object = json_object();
    set(object, "lan", json_count(result->bytes_lan));
    set(object, "wan", json_count(result->bytes_wan));
    set(object, "by_op", by_op(result->bytes_by_op));
    return object;
}

static json_t *quantiles_object(const SimQuantiles *quantiles)
{
    json_t *object = json_object();
    bool any = quantiles->count > 0;
    set(object, "count", json_count(quantiles->count));
    set(object, "p50_us", any ? json_time(quantiles->p50_us) : json_null());
    set(object, "p90_us", any ? json_time(quantiles->p90_us) : json_null());
    set(object, "p99_us", any ? json_time(quantiles->p99_us) : json_null());
    set(object, "max_us", any ? json_time(quantiles->max_us) : json_null());
    return object;
}

static json_t *convergence_object(const SimResult *result)
{
    json_t *object = quantiles_object(&result->convergence);
    json_t *by_path = json_object();
    for (int path = 0; path < DISTRO_N_PATHS; path++) {
        const SimQuantiles *quantiles = &result->convergence_by_path[path];
        if (quantiles->count > 0) {
            set(by_path, csv_path_name((DistroPath)path), quantiles_object(quantiles));
        }
    }
    set(object, "by_path", by_path);
    return object;
}

static json_t *heals_list(const SimResult *result)
{
    json_t *list = json_array();
    const GArray *heals = result->heal_to_agree_us;
    for (guint i = 0; heals != NULL && i < heals->len; i++) {
        int64_t took_us = g_array_index(heals, int64_t, i);
        json_array_append_new(list, took_us < 0 ? json_null() : json_time(took_us));
    }
    return list;
}

static json_t *measures_object(const SimResult *result)
{
    json_t *object = json_object();
    for (guint i = 0; result->measures != NULL && i < result->measures->len; i++) {
        const SimMeasure *measure = &g_array_index(result->measures, SimMeasure, i);
        json_t *value = json_real(measure->value); /* NULL for what JSON cannot say: no number */
        set(object, measure->name, value != NULL ? value : json_null());
    }
    return object;
}

static json_t *nodes_object(const SimResult *result)
{
    json_t *object = json_object();
    for (guint i = 0; result->nodes != NULL && i < result->nodes->len; i++) {
        const SimNodeFigures *node = &g_array_index(result->nodes, SimNodeFigures, i);
        json_t *figures = json_object();
        set(figures, "lost_instance_us", json_time(node->lost_us));
        set(figures, "zombie_instance_us", json_time(node->zombie_us));
        set(object, node->name, figures);
    }
    return object;
}

/* --- by site -------------------------------------------------------------------------------- */

static json_t *calls_object(const SimCallFigures *calls)
{
    json_t *object = json_object();
    set(object, "writes", json_count(calls->writes));
    set(object, "writes_failed", json_count(calls->writes_failed));
    set(object, "reads", json_count(calls->reads));
    set(object, "reads_failed", json_count(calls->reads_failed));
    return object;
}

static json_t *consumers_object(const SimConsumerFigures *figures)
{
    json_t *object = json_object();
    bool near = figures->near_us > 0;
    set(object, "time_us", json_time(figures->time_us));
    set(object, "stale_us", json_time(figures->stale_us));
    set(object, "longest_stale_us", json_time(figures->longest_stale_us));
    set(object, "false_empty_us", json_time(figures->false_empty_us));
    set(object, "zombie_us", json_time(figures->zombie_us));
    set(object, "unreachable_us", json_time(figures->unreachable_us));
    set(object, "flaps", json_count(figures->flaps));
    set(object, "locality",
        near ? json_real((double)figures->near_permille_us / (double)figures->near_us / 1000)
             : json_null());
    return object;
}

static json_t *regions_object(const SimResult *result)
{
    json_t *object = json_object();
    for (guint i = 0; result->regions != NULL && i < result->regions->len; i++) {
        const SimRegionFigures *region = &g_array_index(result->regions, SimRegionFigures, i);
        json_t *figures = json_object();
        set(figures, "lost_instance_us", json_time(region->lost_us));
        set(figures, "zombie_instance_us", json_time(region->zombie_us));
        set(figures, "zombies_left", json_count(region->zombies_left));
        set(figures, "zombie_age", quantiles_object(&region->zombie_ages));
        set(figures, "last_zombie_us",
            region->last_zombie_us < 0 ? json_null() : json_time(region->last_zombie_us));
        set(figures, "calls", calls_object(&region->calls));
        set(figures, "consumers", consumers_object(&region->consumers));
        set(object, region->name, figures);
    }
    return object;
}

static json_t *flow_object(const SimFlow *flow)
{
    json_t *object = json_object();
    json_t *by_class = json_object();
    set(object, "messages", json_count(sim_flow_messages(flow)));
    set(object, "bytes", json_count(sim_flow_bytes(flow)));
    set(object, "peak_messages_per_s", json_count(flow->peak_messages));
    set(object, "peak_bytes_per_s", json_count(flow->peak_bytes));
    for (int class = 0; class < SIM_N_FLOWS; class ++) {
        if (flow->messages[class] + flow->replies[class] == 0) {
            continue;
        }
        json_t *part = json_object();
        set(part, "messages", json_count(flow->messages[class]));
        set(part, "bytes", json_count(flow->bytes[class]));
        set(part, "replies", json_count(flow->replies[class]));
        set(part, "reply_bytes", json_count(flow->reply_bytes[class]));
        set(by_class, sim_flow_name((SimFlowClass) class), part);
    }
    set(object, "by_class", by_class);
    return object;
}

static json_t *directions_object(const SimResult *result)
{
    json_t *object = json_object();
    for (guint i = 0; result->directions != NULL && i < result->directions->len; i++) {
        const SimDirectionFigures *direction =
            &g_array_index(result->directions, SimDirectionFigures, i);
        g_autofree char *name = g_strdup_printf("%s>%s", direction->from, direction->to);
        json_t *figures = json_object();
        set(figures, "nodes", quantiles_object(&direction->nodes));
        set(figures, "consumers", quantiles_object(&direction->consumers));
        set(figures, "node_deaths", quantiles_object(&direction->node_deaths));
        set(figures, "consumer_deaths", quantiles_object(&direction->consumer_deaths));
        set(figures, "under_way", json_count(direction->under_way));
        set(figures, "oldest_us", json_time(direction->oldest_us));
        set(figures, "traffic", flow_object(&direction->flow));
        set(object, name, figures);
    }
    return object;
}

static json_t *given_object(const Request *request)
{
    json_t *settings = json_object();
    for (guint i = 0; i < request->settings->len; i++) {
        const SimSetting *setting = &g_array_index(request->settings, SimSetting, i);
        set(settings, setting->name, json_text(setting->value));
    }
    json_t *object = json_object();
    set(object, "set", settings);
    set(object, "profile", json_text(request->profile));
    return object;
}

static json_t *wall_object(const SimResult *result)
{
    json_t *object = json_object();
    set(object, "s", json_real(result->wall_s));
    if (result->wall_s > 0) {
        set(object, "virtual_s_per_s",
            json_real((double)result->virtual_us / 1e6 / result->wall_s));
        set(object, "messages_per_s", json_real((double)result->messages / result->wall_s));
    }
    return object;
}

/* The keys that are promised to stay. */
static void set_stable_keys(json_t *summary, const SimResult *result)
{
    set(summary, "schema", json_integer(SUMMARY_SCHEMA));
    set(summary, "scenario", json_text(result->scenario));
    set(summary, "seed", json_seed(result->seed));
    set(summary, "params", params_object(result));
    set(summary, "profile", json_text(result->profile));
    set(summary, "verdict", json_text(sim_verdict_name(result->verdict)));
    set(summary, "reason", json_text(result->reason != NULL ? result->reason : ""));
    set(summary, "first_violation", first_violation(result));
    set(summary, "violations", violation_counts(result));
    set(summary, "fingerprint", json_fingerprint(result->fingerprint));
    set(summary, "virtual_us", json_time(result->virtual_us));
    set(summary, "events", json_count(result->events));
    set(summary, "messages", json_count(result->messages));
    set(summary, "bytes", bytes_object(result));
    set(summary, "convergence", convergence_object(result));
    set(summary, "heal_to_agree_us", heals_list(result));
    set(summary, "lost_instance_us", json_time(result->lost_us));
    set(summary, "zombie_instance_us", json_time(result->zombie_us));
    set(summary, "unavailable_writes", json_count(result->unavailable_writes));
    set(summary, "amplification", json_real(result->amplification));
    set(summary, "peak_pending", json_count(result->peak_pending));
    set(summary, "measures", measures_object(result));
    set(summary, "version", json_text(DISTROSIM_VERSION));
}

json_t *results_summary(const SimResult *result, const Request *request)
{
    json_t *summary = json_object();
    set_stable_keys(summary, result);
    set(summary, "path", json_text(result->path));
    set(summary, "given", given_object(request));
    set(summary, "messages_by_op", by_op(result->messages_by_op));
    set(summary, "unconverged", json_count(result->unconverged));
    set(summary, "empty_reads", json_count(result->empty_reads));
    set(summary, "detection", quantiles_object(&result->detection));
    set(summary, "nodes", nodes_object(result));
    if (result->regions != NULL && result->regions->len > 0) {
        set(summary, "regions", regions_object(result));
        set(summary, "directions", directions_object(result));
    }
    set(summary, "wall", wall_object(result));
    return summary;
}

/* --- a run's files -------------------------------------------------------------------------- */

static bool write_named(const char *folder, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return results_write_file(path, text, -1, error);
}

/* What an earlier run left here would be taken for this one's. Its summary goes too, since a
 * summary stands for the tables beside it, and these are about to be replaced one by one. */
static void remove_stale(const char *folder)
{
    static const char *const names[] = { "summary.json", "trace.ndjson",    "timeline.svg",
                                         "timeline.png", "convergence.svg", "convergence.png",
                                         "arrivals.csv", "report.html" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);
        g_unlink(path);
    }
}

static bool write_arrivals(const char *folder, const SimResult *result, GError **error)
{
    if (result->arrivals == NULL || result->arrivals->len == 0) {
        return true;
    }
    g_autofree char *arrivals = csv_arrivals(result);
    return write_named(folder, "arrivals.csv", arrivals, error);
}

static bool write_tables(const char *folder, const SimResult *result, GError **error)
{
    g_autofree char *convergence = csv_convergence(result);
    g_autofree char *timeline = csv_timeline(result);
    g_autofree char *faults = csv_faults(result);
    return write_arrivals(folder, result, error) &&
           write_named(folder, "convergence.csv", convergence, error) &&
           write_named(folder, "timeline.csv", timeline, error) &&
           write_named(folder, "faults.csv", faults, error);
}

bool results_write_run(const char *folder, const SimResult *result, const Request *request,
                       GError **error)
{
    if (!results_make_folder(folder, error)) {
        return false;
    }
    remove_stale(folder);
    bool red = result->verdict != SIM_VERDICT_HELD;
    if (!write_tables(folder, result, error) ||
        (red && result->trace_text != NULL &&
         !write_named(folder, "trace.ndjson", result->trace_text, error))) {
        return false;
    }
    g_autoptr(json_t) summary = results_summary(result, request);
    g_autofree char *text = json_to_text(summary);
    return write_named(folder, "summary.json", text, error);
}
