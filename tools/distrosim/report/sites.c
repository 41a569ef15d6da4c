/* tools/distrosim/report/sites.c -- tables of a run's figures by site and direction. */
#include "sim/study/regions.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/report/html.h"
#include "tools/distrosim/report/report.h"

static void add_cell(GString *page, const char *text)
{
    html_element(page, "td", "number", text);
}

static void duration_cell(GString *page, int64_t us, bool known)
{
    g_autofree char *text = known ? format_duration(us) : g_strdup("-");
    add_cell(page, text);
}

static void append_direction(GString *page, const SimDirectionFigures *figures)
{
    bool consumers = figures->consumers.count > 0;
    const SimQuantiles *seen = consumers ? &figures->consumers : &figures->nodes;
    g_autofree char *name = g_strdup_printf("%s > %s", figures->from, figures->to);
    g_autofree char *messages = format_count(sim_flow_messages(&figures->flow));
    g_autofree char *bytes = format_bytes(sim_flow_bytes(&figures->flow));
    g_autofree char *peak = format_bytes(figures->flow.peak_bytes);
    g_string_append(page, "<tr>");
    html_element(page, "td", NULL, name);
    html_element(page, "td", NULL, consumers ? "consumers" : "nodes");
    duration_cell(page, seen->p50_us, seen->count > 0);
    duration_cell(page, seen->p99_us, seen->count > 0);
    add_cell(page, messages);
    add_cell(page, bytes);
    add_cell(page, peak);
    g_string_append(page, "</tr>\n");
}

static void append_region(GString *page, const SimRegionFigures *figures)
{
    const SimConsumerFigures *consumers = &figures->consumers;
    g_autofree char *zombies = format_count(figures->zombies_left);
    g_autofree char *flaps = format_count(consumers->flaps);
    g_autofree char *failed =
        format_count(figures->calls.writes_failed + figures->calls.reads_failed);
    g_string_append(page, "<tr>");
    html_element(page, "td", NULL, figures->name);
    duration_cell(page, figures->zombie_ages.max_us, figures->zombie_ages.count > 0);
    add_cell(page, zombies);
    duration_cell(page, consumers->longest_stale_us, consumers->time_us > 0);
    duration_cell(page, consumers->false_empty_us, consumers->time_us > 0);
    add_cell(page, flaps);
    add_cell(page, failed);
    g_string_append(page, "</tr>\n");
}

void report_sites(GString *page, const SimResult *result)
{
    if (result->regions == NULL || result->regions->len == 0) {
        return;
    }
    html_section(page, "From site to site");
    g_string_append(page, "<table><tr><th>clients of &gt; seen at</th><th>by all</th>"
                          "<th class=\"number\">half in</th><th class=\"number\">99 % in</th>"
                          "<th class=\"number\">messages</th><th class=\"number\">bytes</th>"
                          "<th class=\"number\">peak second</th></tr>\n");
    for (guint i = 0; i < result->directions->len; i++) {
        append_direction(page, &g_array_index(result->directions, SimDirectionFigures, i));
    }
    g_string_append(page, "</table>\n<table><tr><th>site</th>"
                          "<th class=\"number\">oldest of the dead</th>"
                          "<th class=\"number\">dead listed now</th>"
                          "<th class=\"number\">longest stale cache</th>"
                          "<th class=\"number\">caches falsely empty, in all</th>"
                          "<th class=\"number\">flaps</th>"
                          "<th class=\"number\">calls that failed</th></tr>\n");
    for (guint i = 0; i < result->regions->len; i++) {
        append_region(page, &g_array_index(result->regions, SimRegionFigures, i));
    }
    g_string_append(page, "</table>");
    html_section_end(page);
}
