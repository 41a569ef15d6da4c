/* tools/distrosim/report/run_page.c -- the page of a run: verdict first, then what led to it. */
#include <string.h>

#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/cli/version.h"
#include "tools/distrosim/output/console.h"
#include "tools/distrosim/output/csv.h"
#include "tools/distrosim/output/json.h"
#include "tools/distrosim/report/html.h"
#include "tools/distrosim/report/report.h"
#include "tools/distrosim/run/state.h"

/* --- the verdict ----------------------------------------------------------------------------- */

static void append_header(GString *page, const SimResult *result)
{
    const char *verdict = sim_verdict_name(result->verdict);
    g_string_append_printf(page, "<header><span class=\"badge %s\">%s</span><div>", verdict,
                           verdict);
    html_element(page, "h1", NULL, result->scenario);
    g_autofree char *length = format_instant(result->virtual_us);
    g_string_append(page, "<p class=\"soft\">");
    html_printf(page, "seed %" G_GUINT64_FORMAT ", profile %s, %s of virtual time", result->seed,
                result->profile, length);
    g_string_append(page, "</p></div></header>\n");
}

static void append_why(GString *page, const SimResult *result)
{
    if (result->why->len == 0) {
        return;
    }
    g_string_append(page, "<pre>");
    if (result->question != NULL) {
        html_text(page, result->question);
        g_string_append_c(page, '\n');
    }
    for (guint i = 0; i < result->why->len; i++) {
        html_text(page, g_ptr_array_index(result->why, i));
        g_string_append_c(page, '\n');
    }
    g_string_append(page, "</pre>");
}

/* What distrosim pinpoint has left beside the run. */
static void append_sealed(GString *page, const json_t *sealed)
{
    if (sealed == NULL) {
        return;
    }
    const char *cause = json_string_at(sealed, "cause");
    const char *choice = json_string_at(sealed, "choice");
    g_autofree char *at = format_instant(json_integer_value(json_object_get(sealed, "sealed_us")));
    g_autofree char *line = g_strdup_printf("Sealed at %s by: %s", at,
                                            cause != NULL && *cause != '\0' ? cause : choice);
    html_element(page, "p", "what", line);
    g_string_append(page, "<p class=\"soft\">");
    html_printf(page, "The choice: %s. From there on nearly all futures are red (pinpoint.csv).",
                choice != NULL ? choice : "");
    g_string_append(page, "</p>");
}

static void append_verdict(GString *page, const SimResult *result, const Request *request,
                           const json_t *sealed)
{
    bool held = result->verdict == SIM_VERDICT_HELD;
    g_autofree char *at = format_instant(output_instant_us(result));
    g_autofree char *title =
        held ? g_strdup("All claims held") : g_strdup_printf("What went wrong, at %s, and why", at);
    g_autofree char *again = request_replay_line(request, result->path, result->seed);
    html_section(page, title);
    if (!held) {
        html_element(page, "p", "what", output_sentence(result));
    }
    append_why(page, result);
    append_sealed(page, sealed);
    g_string_append(page, "<p class=\"soft\">");
    html_printf(page, "Harm: %s", result->harm);
    g_string_append(page, "</p>");
    html_command(page, again);
    html_section_end(page);
}

/* --- figures --------------------------------------------------------------------------------- */

static void figure_duration(GString *page, const char *name, int64_t us, bool known)
{
    g_autofree char *text = known ? format_duration(us) : g_strdup("–");
    html_figure(page, name, text, false);
}

static void figure_count(GString *page, const char *name, uint64_t count, bool bad)
{
    g_autofree char *text = format_count(count);
    html_figure(page, name, text, bad);
}

static void figure_bytes(GString *page, const char *name, uint64_t bytes)
{
    g_autofree char *text = format_bytes(bytes);
    html_figure(page, name, text, false);
}

static void figure_seconds(GString *page, const char *name, int64_t us)
{
    g_autofree char *text = g_strdup_printf("%.1f", (double)us / 1e6);
    html_figure(page, name, text, us > 0);
}

static int64_t longest_heal(const SimResult *result, bool *never)
{
    int64_t longest_us = -1;
    for (guint i = 0; i < result->heal_to_agree_us->len; i++) {
        int64_t took_us = g_array_index(result->heal_to_agree_us, int64_t, i);
        *never |= took_us < 0;
        longest_us = MAX(longest_us, took_us);
    }
    return longest_us;
}

static void append_heal(GString *page, const SimResult *result)
{
    bool never = false;
    int64_t longest_us = longest_heal(result, &never);
    if (never) {
        html_figure(page, "heal to agreement", "never", true);
    } else {
        figure_duration(page, "heal to agreement, longest", longest_us, longest_us >= 0);
    }
}

static void append_measures(GString *page, const SimResult *result)
{
    for (guint i = 0; i < result->measures->len; i++) {
        const SimMeasure *measure = &g_array_index(result->measures, SimMeasure, i);
        g_autofree char *text = format_figure(measure->value, measure->unit);
        html_figure(page, measure->name, text, false);
    }
}

static void append_figures(GString *page, const SimResult *result)
{
    html_section(page, "Key figures");
    g_string_append(page, "<div class=\"figures\">\n");
    figure_duration(page, "converged, half", result->convergence.p50_us,
                    result->convergence.count > 0);
    figure_duration(page, "converged, 99 %", result->convergence.p99_us,
                    result->convergence.count > 0);
    figure_count(page, "operations not shown everywhere", result->unconverged,
                 result->unconverged > 0);
    append_heal(page, result);
    figure_seconds(page, "instance-seconds lost", result->lost_us);
    figure_seconds(page, "instance-seconds of zombies", result->zombie_us);
    figure_count(page, "unavailable writes", result->unavailable_writes,
                 result->unavailable_writes > 0);
    figure_count(page, "empty reads", result->empty_reads, result->empty_reads > 0);
    figure_count(page, "messages", result->messages, false);
    figure_bytes(page, "sent on the LAN", result->bytes_lan);
    figure_bytes(page, "sent on the WAN", result->bytes_wan);
    figure_count(page, "pending tasks, at most", result->peak_pending, false);
    append_measures(page, result);
    g_string_append(page, "</div>\n");
    html_section_end(page);
}

/* --- tables ---------------------------------------------------------------------------------- */

static void append_names(GString *page, const char *class, const char *what, const GPtrArray *names,
                         guint more)
{
    for (guint i = 0; i < names->len; i++) {
        g_string_append_printf(page, "<div class=\"%s\">%s ", class, what);
        html_text(page, g_ptr_array_index(names, i));
        g_string_append(page, "</div>");
    }
    if (more > 0) {
        g_string_append_printf(page, "<div class=\"soft\">and %u more</div>", more);
    }
}

static void append_node(GString *page, const NodeState *state)
{
    g_string_append(page, "<tr><td>");
    html_text(page, state->name);
    g_string_append(page, "</td>");
    if (!state->alive) {
        g_string_append(page, "<td class=\"bad\" colspan=\"5\">down</td></tr>\n");
        return;
    }
    g_string_append_printf(page,
                           "<td class=\"number\">%u</td><td class=\"number\">%u</td>"
                           "<td class=\"number\">%u</td><td>",
                           state->listed, state->owned, state->pending);
    html_text(page, *state->members != '\0' ? state->members : "all UP");
    g_string_append(page, "</td><td>");
    if (!state->loaded) {
        g_string_append(page, "<div class=\"bad\">has not loaded</div>");
    }
    append_names(page, "bad", "lacks", state->lacks, state->more_lacks);
    append_names(page, "zombie", "still lists", state->zombies, state->more_zombies);
    if (state->lacks->len + state->zombies->len == 0 && state->loaded) {
        g_string_append(page, "<span class=\"ok\">lists just what lives</span>");
    }
    g_string_append(page, "</td></tr>\n");
}

static void append_state(GString *page, const GArray *states)
{
    if (states == NULL) {
        return;
    }
    html_section(page, "The nodes at the end");
    g_string_append(page, "<div class=\"scroll\"><table><tr><th>node</th><th class=\"number\">lists"
                          "</th><th class=\"number\">owns</th><th class=\"number\">pending</th>"
                          "<th>holds its peers for</th><th>against the truth</th></tr>\n");
    for (guint i = 0; i < states->len; i++) {
        append_node(page, &g_array_index(states, NodeState, i));
    }
    g_string_append(page, "</table></div>");
    html_section_end(page);
}

static void append_pair(GString *page, const char *name, const char *value)
{
    g_string_append(page, "<tr><td>");
    html_text(page, name);
    g_string_append(page, "</td><td>");
    html_text(page, value);
    g_string_append(page, "</td></tr>\n");
}

static void append_params(GString *page, const SimResult *result)
{
    if (result->n_params == 0) {
        return;
    }
    html_section(page, "Params");
    g_string_append(page, "<table>");
    for (size_t i = 0; i < result->n_params; i++) {
        append_pair(page, result->params[i].name, result->params[i].value);
    }
    g_string_append(page, "</table>");
    html_section_end(page);
}

static void append_steps(GString *page, const SimResult *result)
{
    if (result->steps->len == 0) {
        return;
    }
    html_section(page, "The story");
    g_string_append(page, "<ul class=\"steps\">");
    for (guint i = 0; i < result->steps->len; i++) {
        html_element(page, "li", NULL, g_ptr_array_index(result->steps, i));
    }
    g_string_append(page, "</ul>");
    html_section_end(page);
}

static void append_traffic(GString *page, const SimResult *result)
{
    html_section(page, "Traffic by operation");
    g_string_append(page, "<table><tr><th>operation</th><th class=\"number\">messages</th>"
                          "<th class=\"number\">bytes</th></tr>\n");
    for (int op = 0; op < SIM_N_OPS; op++) {
        if (result->messages_by_op[op] == 0) {
            continue;
        }
        g_autofree char *messages = format_count(result->messages_by_op[op]);
        g_autofree char *bytes = format_bytes(result->bytes_by_op[op]);
        g_string_append_printf(page,
                               "<tr><td>%s</td><td class=\"number\">%s</td><td class=\"number\">%s"
                               "</td></tr>\n",
                               sim_op_name((SimOp)op), messages, bytes);
    }
    g_string_append(page, "</table>");
    html_section_end(page);
}

static void append_paths(GString *page, const SimResult *result)
{
    if (result->convergence.count == 0) {
        return;
    }
    html_section(page, "Convergence by path");
    g_string_append(page,
                    "<table><tr><th>the last node learned it by</th><th class=\"number\">"
                    "operations</th><th class=\"number\">half in</th><th class=\"number\">99 %"
                    " in</th></tr>\n");
    for (int path = 0; path < DISTRO_N_PATHS; path++) {
        const SimQuantiles *quantiles = &result->convergence_by_path[path];
        if (quantiles->count == 0) {
            continue;
        }
        g_autofree char *half = format_duration(quantiles->p50_us);
        g_autofree char *most = format_duration(quantiles->p99_us);
        g_string_append_printf(
            page,
            "<tr><td>%s</td><td class=\"number\">%" G_GUINT64_FORMAT
            "</td><td class=\"number\">%s</td><td class=\"number\">%s</td></tr>\n",
            csv_path_name((DistroPath)path), quantiles->count, half, most);
    }
    g_string_append(page, "</table>");
    html_section_end(page);
}

/* --- the page -------------------------------------------------------------------------------- */

static void append_diagram(GString *page, const ReportView *view)
{
    if (view->diagram == NULL || view->diagram->len == 0) {
        return;
    }
    html_section(page, "Who told whom: messages about the instance in question");
    g_string_append_printf(page, "<div class=\"scroll\">%s</div>", view->diagram->str);
    html_section_end(page);
}

GString *report_run_page(const SimResult *result, const Request *request, const ReportView *view)
{
    GString *page = g_string_new(NULL);
    g_autofree char *title = g_strdup_printf("%s, seed %" G_GUINT64_FORMAT ": %s", result->scenario,
                                             result->seed, sim_verdict_name(result->verdict));
    html_begin(page, title);
    append_header(page, result);
    append_verdict(page, result, request, view->sealed);
    append_figures(page, result);
    report_divergence(page, result);
    append_diagram(page, view);
    append_state(page, view->state);
    report_convergence(page, result);
    report_sites(page, result);
    g_string_append(page, "<div class=\"two\">");
    append_steps(page, result);
    append_params(page, result);
    append_paths(page, result);
    append_traffic(page, result);
    g_string_append(page, "</div>");
    g_autofree char *footer =
        g_strdup_printf("distrosim %s, fingerprint %016" G_GINT64_MODIFIER "x", distrosim_version,
                        result->fingerprint);
    html_end(page, footer);
    return page;
}
