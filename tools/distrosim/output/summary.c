/* tools/distrosim/output/summary.c -- see summary.h. */
#include "tools/distrosim/output/summary.h"

#include <glib/gstdio.h>

#include "sim/study/regions.h"
#include "tools/distrosim/cli/version.h"
#include "tools/distrosim/output/csv.h"
#include "tools/distrosim/output/files.h"

/* --- one key each --------------------------------------------------------------------------- */

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
        json_set(object, result->params[i].name, param_value(&result->params[i]));
    }
    return object;
}

static const char *name_at(const GPtrArray *names, guint index)
{
    return names != NULL && index < names->len ? g_ptr_array_index(names, index) : NULL;
}

const SimViolation *summary_first_violation(const SimResult *result, guint *index)
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
    const SimViolation *violation = summary_first_violation(result, &index);
    if (violation == NULL) {
        return json_null();
    }
    json_t *object = json_object();
    json_set(object, "t_us", json_time(violation->at_us));
    json_set(object, "check", json_text(violation->check));
    json_set(object, "node", json_text(name_at(result->violation_nodes, index)));
    json_set(object, "client", json_text(name_at(result->violation_clients, index)));
    json_set(object, "service", json_text(name_at(result->violation_services, index)));
    json_set(object, "message", json_text(violation->message));
    return object;
}

static json_t *violation_counts(const SimResult *result)
{
    json_t *counts = json_object();
    for (guint i = 0; result->violations != NULL && i < result->violations->len; i++) {
        const char *check = g_array_index(result->violations, SimViolation, i).check;
        json_int_t before = json_integer_value(json_object_get(counts, check));
        json_set(counts, check, json_integer(before + 1));
    }
    return counts;
}

static json_t *by_op(const uint64_t figures[SIM_N_OPS])
{
    json_t *object = json_object();
    for (int op = 0; op < SIM_N_OPS; op++) {
        if (figures[op] > 0) {
            json_set(object, sim_op_name((SimOp)op), json_count(figures[op]));
        }
    }
    return object;
}

static json_t *bytes_object(const SimResult *result)
{
    json_t *object = json_object();
    json_set(object, "lan", json_count(result->bytes_lan));
    json_set(object, "wan", json_count(result->bytes_wan));
    json_set(object, "by_op", by_op(result->bytes_by_op));
    return object;
}

static json_t *quantiles_object(const SimQuantiles *quantiles)
{
    json_t *object = json_object();
    bool any = quantiles->count > 0;
    json_set(object, "count", json_count(quantiles->count));
    json_set(object, "p50_us", any ? json_time(quantiles->p50_us) : json_null());
    json_set(object, "p90_us", any ? json_time(quantiles->p90_us) : json_null());
    json_set(object, "p99_us", any ? json_time(quantiles->p99_us) : json_null());
    json_set(object, "max_us", any ? json_time(quantiles->max_us) : json_null());
    return object;
}

static json_t *convergence_object(const SimResult *result)
{
    json_t *object = quantiles_object(&result->convergence);
    json_t *by_path = json_object();
    for (int path = 0; path < DISTRO_N_PATHS; path++) {
        const SimQuantiles *quantiles = &result->convergence_by_path[path];
        if (quantiles->count > 0) {
            json_set(by_path, csv_path_name((DistroPath)path), quantiles_object(quantiles));
        }
    }
    json_set(object, "by_path", by_path);
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
        json_set(object, measure->name, value != NULL ? value : json_null());
    }
    return object;
}

/* How often each event that must_see names occurred. */
static json_t *must_see_object(const SimResult *result)
{
    json_t *object = json_object();
    for (guint i = 0; result->must_see != NULL && i < result->must_see->len; i++) {
        const SimMustSee *met = &g_array_index(result->must_see, SimMustSee, i);
        json_set(object, sim_trace_kind_name(met->kind), json_count(met->count));
    }
    return object;
}

static json_t *texts_list(const GPtrArray *texts)
{
    json_t *list = json_array();
    for (guint i = 0; texts != NULL && i < texts->len; i++) {
        json_array_append_new(list, json_text(g_ptr_array_index(texts, i)));
    }
    return list;
}

static json_t *nodes_object(const SimResult *result)
{
    json_t *object = json_object();
    for (guint i = 0; result->nodes != NULL && i < result->nodes->len; i++) {
        const SimNodeFigures *node = &g_array_index(result->nodes, SimNodeFigures, i);
        json_t *figures = json_object();
        json_set(figures, "lost_instance_us", json_time(node->lost_us));
        json_set(figures, "zombie_instance_us", json_time(node->zombie_us));
        json_set(figures, "lost_listed_instance_us", json_time(node->lost_listed_us));
        json_set(object, node->name, figures);
    }
    return object;
}

/* --- by site -------------------------------------------------------------------------------- */

static json_t *calls_object(const SimCallFigures *calls)
{
    json_t *object = json_object();
    json_set(object, "writes", json_count(calls->writes));
    json_set(object, "writes_failed", json_count(calls->writes_failed));
    json_set(object, "reads", json_count(calls->reads));
    json_set(object, "reads_failed", json_count(calls->reads_failed));
    return object;
}

static json_t *consumers_object(const SimConsumerFigures *figures)
{
    json_t *object = json_object();
    bool near = figures->near_us > 0;
    json_set(object, "time_us", json_time(figures->time_us));
    json_set(object, "stale_us", json_time(figures->stale_us));
    json_set(object, "longest_stale_us", json_time(figures->longest_stale_us));
    json_set(object, "false_empty_us", json_time(figures->false_empty_us));
    json_set(object, "zombie_us", json_time(figures->zombie_us));
    json_set(object, "unreachable_us", json_time(figures->unreachable_us));
    json_set(object, "flaps", json_count(figures->flaps));
    json_set(object, "locality",
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
        json_set(figures, "lost_instance_us", json_time(region->lost_us));
        json_set(figures, "zombie_instance_us", json_time(region->zombie_us));
        json_set(figures, "zombies_left", json_count(region->zombies_left));
        json_set(figures, "zombie_age", quantiles_object(&region->zombie_ages));
        json_set(figures, "last_zombie_us",
                 region->last_zombie_us < 0 ? json_null() : json_time(region->last_zombie_us));
        json_set(figures, "calls", calls_object(&region->calls));
        json_set(figures, "consumers", consumers_object(&region->consumers));
        json_set(object, region->name, figures);
    }
    return object;
}

static json_t *flow_object(const SimFlow *flow)
{
    json_t *object = json_object();
    json_t *by_class = json_object();
    json_set(object, "messages", json_count(sim_flow_messages(flow)));
    json_set(object, "bytes", json_count(sim_flow_bytes(flow)));
    json_set(object, "peak_messages_per_s", json_count(flow->peak_messages));
    json_set(object, "peak_bytes_per_s", json_count(flow->peak_bytes));
    for (int class = 0; class < SIM_N_FLOWS; class ++) {
        if (flow->messages[class] + flow->replies[class] == 0) {
            continue;
        }
        json_t *part = json_object();
        json_set(part, "messages", json_count(flow->messages[class]));
        json_set(part, "bytes", json_count(flow->bytes[class]));
        json_set(part, "replies", json_count(flow->replies[class]));
        json_set(part, "reply_bytes", json_count(flow->reply_bytes[class]));
        json_set(by_class, sim_flow_name((SimFlowClass) class), part);
    }
    json_set(object, "by_class", by_class);
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
        json_set(figures, "nodes", quantiles_object(&direction->nodes));
        json_set(figures, "consumers", quantiles_object(&direction->consumers));
        json_set(figures, "node_deaths", quantiles_object(&direction->node_deaths));
        json_set(figures, "consumer_deaths", quantiles_object(&direction->consumer_deaths));
        json_set(figures, "under_way", json_count(direction->under_way));
        json_set(figures, "oldest_us", json_time(direction->oldest_us));
        json_set(figures, "traffic", flow_object(&direction->flow));
        json_set(object, name, figures);
    }
    return object;
}

static json_t *given_object(const Request *request)
{
    json_t *params = json_object(), *properties = json_object();
    for (guint i = 0; i < request->settings->len; i++) {
        const SimSetting *setting = &g_array_index(request->settings, SimSetting, i);
        const char *name;
        bool property = strcmp(request_option(setting, &name), "setting") == 0;
        json_set(property ? properties : params, name, json_text(setting->value));
    }
    json_t *object = json_object();
    json_set(object, "set", params);
    json_set(object, "profile", json_text(request->profile));
    json_set(object, "setting", properties);
    return object;
}

static json_t *real_object(const SimRealRun *real)
{
    json_t *object = json_object();
    json_set(object, "servers", json_text(real->servers));
    json_set(object, "slack_us", json_time(real->slack_us));
    json_set(object, "polls", json_count(real->polls));
    json_set(object, "late_us", json_time(real->late_us));
    json_set(object, "disturbed", json_boolean(real->disturbed));
    return object;
}

static json_t *wall_object(const SimResult *result)
{
    json_t *object = json_object();
    g_autofree char *folder = g_get_current_dir();
    json_set(object, "s", json_real(result->wall_s));
    json_set(object, "folder", json_text(folder)); /* which relative paths start from */
    if (result->wall_s > 0) {
        json_set(object, "virtual_s_per_s",
                 json_real((double)result->virtual_us / 1e6 / result->wall_s));
        json_set(object, "messages_per_s", json_real((double)result->messages / result->wall_s));
    }
    return object;
}

/* The keys that are promised to stay. */
/* --- consumers ------------------------------------------------------------------------------ */

static json_t *consumer_object(const SimConsumerRow *row)
{
    json_t *object = json_object();
    json_set(object, "us", json_time(row->us));
    json_set(object, "client", row->client != NULL ? json_text(row->client) : json_null());
    json_set(object, "service", row->service != NULL ? json_text(row->service) : json_null());
    return object;
}

static json_t *worst_consumers_object(const SimConsumerRows *rows)
{
    json_t *object = json_object();
    json_set(object, "count", json_count(rows->count));
    json_set(object, "time_us", json_time(rows->time_us));
    json_set(object, "empty", consumer_object(&rows->empty));
    json_set(object, "short", consumer_object(&rows->shortened));
    json_set(object, "stale", consumer_object(&rows->stale));
    json_t *shortest = consumer_object(&rows->with_shortest);
    json_set(shortest, "listed", json_count(rows->shortest_listed));
    json_set(shortest, "of", json_count(rows->shortest_of));
    json_set(object, "shortest", shortest);
    return object;
}

static void set_stable_keys(json_t *summary, const SimResult *result)
{
    json_set(summary, "schema", json_integer(SUMMARY_SCHEMA));
    json_set(summary, "scenario", json_text(result->scenario));
    json_set(summary, "seed", json_seed(result->seed));
    json_set(summary, "params", params_object(result));
    json_set(summary, "profile", json_text(result->profile));
    json_set(summary, "verdict", json_text(sim_verdict_name(result->verdict)));
    json_set(summary, "reason", json_text(result->reason != NULL ? result->reason : ""));
    json_set(summary, "first_violation", first_violation(result));
    json_set(summary, "violations", violation_counts(result));
    json_set(summary, "fingerprint", json_fingerprint(result->fingerprint));
    json_set(summary, "virtual_us", json_time(result->virtual_us));
    json_set(summary, "events", json_count(result->events));
    json_set(summary, "messages", json_count(result->messages));
    json_set(summary, "bytes", bytes_object(result));
    json_set(summary, "convergence", convergence_object(result));
    json_set(summary, "heal_to_agree_us", heals_list(result));
    json_set(summary, "lost_instance_us", json_time(result->lost_us));
    json_set(summary, "zombie_instance_us", json_time(result->zombie_us));
    json_set(summary, "unavailable_writes", json_count(result->unavailable_writes));
    json_set(summary, "amplification", json_real(result->amplification));
    json_set(summary, "peak_pending", json_count(result->peak_pending));
    json_set(summary, "measures", measures_object(result));
    json_set(summary, "version", json_text(distrosim_version));
}

json_t *summary_object(const SimResult *result, const Request *request)
{
    json_t *summary = json_object();
    set_stable_keys(summary, result);
    json_set(summary, "path", json_text(result->path));
    json_set(summary, "given", given_object(request));
    json_set(summary, "messages_by_op", by_op(result->messages_by_op));
    json_set(summary, "unconverged", json_count(result->unconverged));
    json_set(summary, "empty_reads", json_count(result->empty_reads));
    json_set(summary, "detection", quantiles_object(&result->detection));
    json_set(summary, "nodes", nodes_object(result));
    if (result->regions != NULL && result->regions->len > 0) {
        json_set(summary, "regions", regions_object(result));
        json_set(summary, "directions", directions_object(result));
    }
    json_set(summary, "lost_listed_instance_us", json_time(result->lost_listed_us));
    json_set(summary, "not_yet_known_instance_us",
             json_time(result->lost_us - result->lost_listed_us));
    json_set(summary, "consumers", worst_consumers_object(&result->consumers));
    json_set(summary, "seen", quantiles_object(&result->seen));
    json_set(summary, "answers", texts_list(result->answers));
    json_set(summary, "must_see", must_see_object(result));
    json_set(summary, "wall", wall_object(result));
    if (result->real != NULL) {
        json_set(summary, "real", real_object(result->real));
    }
    return summary;
}

/* --- a run's files -------------------------------------------------------------------------- */

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
    return files_write_in(folder, "arrivals.csv", arrivals, error);
}

static bool write_tables(const char *folder, const SimResult *result, GError **error)
{
    g_autofree char *convergence = csv_convergence(result);
    g_autofree char *timeline = csv_timeline(result);
    g_autofree char *faults = csv_faults(result);
    g_autofree char *seen = csv_seen(result);
    g_autofree char *marks = csv_marks(result);
    return write_arrivals(folder, result, error) &&
           files_write_in(folder, "convergence.csv", convergence, error) &&
           files_write_in(folder, "timeline.csv", timeline, error) &&
           files_write_in(folder, "faults.csv", faults, error) &&
           files_write_in(folder, "seen.csv", seen, error) &&
           files_write_in(folder, "marks.csv", marks, error);
}

bool summary_write_run(const char *folder, const SimResult *result, const Request *request,
                       GError **error)
{
    if (!files_make_folder(folder, error)) {
        return false;
    }
    remove_stale(folder);
    bool red = result->verdict != SIM_VERDICT_HELD;
    if (!write_tables(folder, result, error) ||
        (red && result->trace_text != NULL &&
         !files_write_in(folder, "trace.ndjson", result->trace_text, error))) {
        return false;
    }
    g_autoptr(json_t) summary = summary_object(result, request);
    g_autofree char *text = json_to_text(summary);
    return files_write_in(folder, "summary.json", text, error);
}
