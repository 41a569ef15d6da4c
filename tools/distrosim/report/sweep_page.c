/* tools/distrosim/report/sweep_page.c -- the page of a sweep: failures, figures of each group. */
#include <string.h>

#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/output/json.h"
#include "tools/distrosim/report/html.h"
#include "tools/distrosim/report/report.h"

#define BOX_WIDTH 130.0

/* Figures worth a column, as sweep.json calls them. */
static const struct {
    const char *key, *title;
    enum {
        SHOWN_TIME,
        SHOWN_COUNT,
        SHOWN_BYTES
    } shown;
} columns[] = {
    { "convergence_p99_us", "99 % converged in", SHOWN_TIME },
    { "seen_p99_us", "99 % seen in", SHOWN_TIME },
    { "heal_to_agree_max_us", "heal to agreement", SHOWN_TIME },
    { "lost_instance_us", "instance time lost", SHOWN_TIME },
    { "zombie_instance_us", "instance time of zombies", SHOWN_TIME },
    { "messages", "messages", SHOWN_COUNT },
    { "bytes_wan", "WAN bytes", SHOWN_BYTES },
};

static json_int_t integer_at(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_at(object, key);
    return text != NULL ? text : "";
}

static void append_header(GString *page, const json_t *sweep)
{
    json_int_t runs = integer_at(sweep, "runs"), held = integer_at(sweep, "held");
    const char *verdict = held == runs ? "held" : "failed";
    g_string_append_printf(page, "<header><span class=\"badge %s\">%s</span><div>", verdict,
                           verdict);
    html_element(page, "h1", NULL, text_of(sweep, "title"));
    g_string_append(page, "<p class=\"soft\">");
    html_printf(page, "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " runs held", held, runs);
    if (integer_at(sweep, "planned") > runs) {
        html_printf(page, "; %" JSON_INTEGER_FORMAT " were planned", integer_at(sweep, "planned"));
    }
    g_string_append(page, "</p></div></header>\n");
}

/* --- failures -------------------------------------------------------------------------------- */

static void append_failure(GString *page, const json_t *failure)
{
    g_string_append(page, "<section><h2><span class=\"bad\">");
    html_text(page, text_of(failure, "verdict"));
    g_string_append(page, "</span> ");
    html_printf(page, "%s: %s", text_of(failure, "scenario"), text_of(failure, "check"));
    g_string_append(page, "</h2>");
    html_element(page, "p", NULL, text_of(failure, "reason"));
    g_string_append(page, "<p class=\"soft\">");
    html_printf(page, "%" JSON_INTEGER_FORMAT " runs; worst seed %s", integer_at(failure, "count"),
                text_of(failure, "worst_seed"));
    g_string_append(page, "</p>");
    html_command(page, text_of(failure, "again"));
    html_section_end(page);
}

/* --- groups ---------------------------------------------------------------------------------- */

static char *figure_text(size_t column, double value)
{
    switch (columns[column].shown) {
    case SHOWN_TIME:
        return format_duration((int64_t)value);
    case SHOWN_BYTES:
        return format_bytes((uint64_t)value);
    case SHOWN_COUNT:
        break;
    }
    return format_count((uint64_t)value);
}

static double number_at(const json_t *spread, const char *key)
{
    return json_number_value(json_object_get(spread, key));
}

static const json_t *spread_of(const json_t *group, size_t column)
{
    return json_object_get(json_object_get(group, "figures"), columns[column].key);
}

/* Least to most as a line, the middle half as a box, the median as a bar, on the column's scale. */
static void append_box(GString *page, const json_t *spread, double most)
{
    double scale = most > 0 ? (BOX_WIDTH - 4) / most : 0;
    double low = 2 + scale * number_at(spread, "min"), high = 2 + scale * number_at(spread, "max");
    double left = 2 + scale * number_at(spread, "p25"),
           right = 2 + scale * number_at(spread, "p75");
    double middle = 2 + scale * number_at(spread, "median");
    g_string_append_printf(
        page,
        "<svg width=\"%.0f\" height=\"16\"><line class=\"range\" x1=\"%.1f\" x2=\"%.1f\" y1=\"8\" "
        "y2=\"8\"/><rect class=\"box\" x=\"%.1f\" width=\"%.1f\" y=\"3\" height=\"10\"/>"
        "<line class=\"median\" x1=\"%.1f\" x2=\"%.1f\" y1=\"2\" y2=\"14\"/></svg>",
        BOX_WIDTH, low, MAX(high, low + 1), left, MAX(right - left, 1), middle, middle);
}

static void append_cell(GString *page, const json_t *group, size_t column, double most)
{
    const json_t *spread = spread_of(group, column);
    g_string_append(page, "<td>");
    if (spread != NULL) {
        g_autofree char *median = figure_text(column, number_at(spread, "median"));
        g_autofree char *high = figure_text(column, number_at(spread, "max"));
        html_printf(page, "%s", median);
        g_string_append(page, " <span class=\"soft\">");
        html_printf(page, "to %s", high);
        g_string_append(page, "</span><br>");
        append_box(page, spread, most);
    } else {
        g_string_append(page, "<span class=\"soft\">–</span>");
    }
    g_string_append(page, "</td>");
}

static void append_name(GString *page, const json_t *group)
{
    const char *key = NULL;
    json_t *value = NULL;
    g_string_append(page, "<td>");
    html_text(page, text_of(group, "scenario"));
    json_object_foreach(json_object_get(group, "varied"), key, value)
    {
        g_string_append(page, "<div class=\"soft\">");
        html_printf(page, "%s = %s", key, json_is_string(value) ? json_string_value(value) : "?");
        g_string_append(page, "</div>");
    }
    g_string_append(page, "</td>");
}

static void append_group(GString *page, const json_t *group, const double *most)
{
    json_int_t runs = integer_at(group, "runs"), held = integer_at(group, "held");
    g_string_append(page, "<tr>");
    append_name(page, group);
    g_string_append_printf(
        page, "<td class=\"number %s\">%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT "</td>",
        held == runs ? "ok" : "bad", held, runs);
    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++) {
        if (most[i] > 0) {
            append_cell(page, group, i, most[i]);
        }
    }
    g_string_append(page, "</tr>\n");
}

static void append_groups(GString *page, const json_t *groups)
{
    double most[G_N_ELEMENTS(columns)] = { 0 };
    for (size_t i = 0; i < json_array_size(groups); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(columns); j++) {
            const json_t *spread = spread_of(json_array_get(groups, i), j);
            most[j] = MAX(most[j], spread != NULL ? number_at(spread, "max") : 0);
        }
    }
    html_section(page, "Figures over the seeds: median, and the most; least to most as a line");
    g_string_append(page, "<div class=\"scroll groups\"><table><tr><th>scenario</th>"
                          "<th class=\"number\">held</th>");
    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++) {
        if (most[i] > 0) { /* a column of nothing but zeroes tells nothing */
            html_element(page, "th", NULL, columns[i].title);
        }
    }
    g_string_append(page, "</tr>\n");
    for (size_t i = 0; i < json_array_size(groups); i++) {
        append_group(page, json_array_get(groups, i), most);
    }
    g_string_append(page, "</table></div>");
    html_section_end(page);
}

GString *report_sweep_page(const json_t *sweep)
{
    GString *page = g_string_new(NULL);
    const json_t *failures = json_object_get(sweep, "failures");
    html_begin(page, text_of(sweep, "title"));
    append_header(page, sweep);
    for (size_t i = 0; i < json_array_size(failures); i++) {
        append_failure(page, json_array_get(failures, i));
    }
    append_groups(page, json_object_get(sweep, "groups"));
    g_autofree char *footer = g_strdup_printf("distrosim %s", text_of(sweep, "version"));
    html_end(page, footer);
    return page;
}
