/* tools/distrosim/report/curve.c -- curves of a run as SVG.
 *
 * Both pictures have one frame: 960 wide, a plot within margins, time or duration to the right. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/report/html.h"
#include "tools/distrosim/report/report.h"

#define WIDTH 960.0
#define LEFT 56.0
#define RIGHT 16.0
#define PLOT_TOP 18.0
#define PLOT_HEIGHT 190.0
#define LANE_HEIGHT 18.0
#define MOST_LANES 6
#define BINS 800

typedef struct Frame {
    double from, to; /* what stands at the left and at the right edge */
    double most;     /* what stands at the top; the bottom is 0 */
} Frame;

static double x_of(const Frame *frame, double value)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * (value - frame->from) / (frame->to - frame->from);
}

static double y_of(const Frame *frame, double value)
{
    return PLOT_TOP + PLOT_HEIGHT * (1 - value / frame->most);
}

/* 1, 2 or 5 times a power of ten, so that at most @count steps fill @span. */
static double nice_step(double span, int count)
{
    double step = pow(10, floor(log10(span / count)));
    static const double factors[] = { 1, 2, 5, 10 };
    for (size_t i = 0; i < G_N_ELEMENTS(factors); i++) {
        if (span / (step * factors[i]) <= count) {
            return step * factors[i];
        }
    }
    return step * 10;
}

static void text_at(GString *page, double x, double y, const char *anchor, const char *class,
                    const char *text)
{
    g_string_append_printf(page, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x,
                           y, anchor, class);
    html_text(page, text);
    g_string_append(page, "</text>");
}

static void line_at(GString *page, const char *class, double x1, double y1, double x2, double y2)
{
    g_string_append_printf(page,
                           "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                           class, x1, y1, x2, y2);
}

static void draw_levels(GString *page, const Frame *frame)
{
    double step = MAX(nice_step(frame->most, 5), 1);
    for (double level = 0; level <= frame->most + 1e-9; level += step) {
        g_autofree char *text = g_strdup_printf("%.0f", level);
        line_at(page, "grid", LEFT, y_of(frame, level), WIDTH - RIGHT, y_of(frame, level));
        text_at(page, LEFT - 8, y_of(frame, level) + 4, "end", "soft", text);
    }
}

static void draw_seconds(GString *page, const Frame *frame)
{
    double step = nice_step(frame->to - frame->from, 10);
    double bottom = PLOT_TOP + PLOT_HEIGHT;
    for (double at = ceil(frame->from / step) * step; at <= frame->to + 1e-9; at += step) {
        g_autofree char *text = g_strdup_printf("%g s", at);
        line_at(page, "axis", x_of(frame, at), bottom, x_of(frame, at), bottom + 4);
        text_at(page, x_of(frame, at), bottom + 17, "middle", "soft", text);
    }
}

/* --- faults ---------------------------------------------------------------------------------- */

/* Each in the first lane that is free; what finds none shares the last. */
static guint draw_faults(GString *page, const SimResult *result, const Frame *frame)
{
    double free_from[MOST_LANES] = { 0 };
    guint lanes = 0;
    double bottom = PLOT_TOP + PLOT_HEIGHT;
    for (guint i = 0; i < result->faults->len; i++) {
        const SimFault *fault = &g_array_index(result->faults, SimFault, i);
        double from = x_of(frame, MAX((double)fault->from_us / 1e6, frame->from));
        double to = x_of(frame, MIN((double)fault->to_us / 1e6, frame->to));
        double needs = MAX(to, from + 7.0 * (double)strlen(fault->label));
        guint lane = 0;
        while (lane + 1 < MOST_LANES && free_from[lane] > from) {
            lane++;
        }
        free_from[lane] = needs + 8;
        lanes = MAX(lanes, lane + 1);
        double y = bottom + 34 + LANE_HEIGHT * lane;
        g_string_append_printf(
            page, "<rect class=\"fault\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
            from, PLOT_TOP, MAX(to - from, 1), PLOT_HEIGHT);
        line_at(page, "faultline", from, y, MAX(to, from + 2), y);
        /* A label that would leave the picture ends at its edge. */
        bool fits = from + 6.6 * (double)strlen(fault->label) < WIDTH - RIGHT;
        text_at(page, fits ? from : WIDTH - RIGHT, y + 13, fits ? "start" : "end", "soft",
                fault->label);
    }
    return lanes;
}

/* --- divergence ------------------------------------------------------------------------------ */

typedef struct Series {
    double values[BINS];
    const char *line, *area; /* classes */
} Series;

/* The most of each bin, so that no short peak is lost. */
static void fill_series(const SimResult *result, const Frame *frame, Series *lost, Series *zombies,
                        Series *views)
{
    for (guint i = 0; i < result->samples->len; i++) {
        const SimSample *sample = &g_array_index(result->samples, SimSample, i);
        double at = ((double)sample->at_us / 1e6 - frame->from) / (frame->to - frame->from);
        int bin = CLAMP((int)(at * BINS), 0, BINS - 1);
        lost->values[bin] = MAX(lost->values[bin], (double)sample->lost);
        zombies->values[bin] = MAX(zombies->values[bin], (double)sample->zombies);
        views->values[bin] = MAX(views->values[bin], (double)sample->views);
    }
}

/* Bins between two samples hold the earlier one. */
static void hold_last(const SimResult *result, const Frame *frame, Series *series)
{
    bool has[BINS] = { false };
    for (guint i = 0; i < result->samples->len; i++) {
        double at = (double)g_array_index(result->samples, SimSample, i).at_us / 1e6;
        int bin = (int)((at - frame->from) / (frame->to - frame->from) * BINS);
        has[CLAMP(bin, 0, BINS - 1)] = true;
    }
    for (int bin = 1; bin < BINS; bin++) {
        if (!has[bin]) {
            series->values[bin] = series->values[bin - 1];
        }
    }
}

static void append_points(GString *page, const Frame *frame, const Series *series)
{
    double width = (frame->to - frame->from) / BINS, last = -1;
    for (int bin = 0; bin < BINS; bin++) {
        if (series->values[bin] == last && bin + 1 < BINS) {
            continue;
        }
        double x = x_of(frame, frame->from + bin * width);
        if (last >= 0) {
            g_string_append_printf(page, "L%.1f %.1f", x, y_of(frame, last));
        }
        g_string_append_printf(page, "%c%.1f %.1f", last < 0 ? 'M' : 'L', x,
                               y_of(frame, series->values[bin]));
        last = series->values[bin];
    }
    g_string_append_printf(page, "L%.1f %.1f", WIDTH - RIGHT, y_of(frame, last));
}

static void draw_series(GString *page, const Frame *frame, const Series *series)
{
    if (series->area != NULL) {
        g_string_append_printf(page, "<path class=\"%s\" d=\"", series->area);
        append_points(page, frame, series);
        g_string_append_printf(page, "L%.1f %.1fL%.1f %.1fZ\"/>", WIDTH - RIGHT, y_of(frame, 0),
                               LEFT, y_of(frame, 0));
    }
    g_string_append_printf(page, "<path class=\"%s\" d=\"", series->line);
    append_points(page, frame, series);
    g_string_append(page, "\"/>");
}

static void draw_legend(GString *page)
{
    static const struct {
        const char *class, *text;
        double width;
    } entries[] = { { "lost", "lost: living instances not listed", 222 },
                    { "zombies", "zombies: gone, but listed", 178 },
                    { "views", "distinct views", 100 } };
    double x = LEFT;
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++) {
        line_at(page, entries[i].class, x, 7, x + 22, 7);
        text_at(page, x + 28, 11, "start", "soft", entries[i].text);
        x += 28 + entries[i].width;
    }
}

void report_divergence(GString *page, const SimResult *result)
{
    if (result->samples->len < 2) {
        return;
    }
    Frame frame = { .to = MAX((double)result->virtual_us / 1e6, 0.001), .most = 2 };
    g_autofree Series *series = g_new0(Series, 3);
    series[0] = (Series) { .line = "lost", .area = "lostarea" };
    series[1] = (Series) { .line = "zombies", .area = "zombiearea" };
    series[2] = (Series) { .line = "views" };
    fill_series(result, &frame, &series[0], &series[1], &series[2]);
    for (int i = 0; i < 3; i++) {
        hold_last(result, &frame, &series[i]);
        for (int bin = 0; bin < BINS; bin++) {
            frame.most = MAX(frame.most, series[i].values[bin]);
        }
    }
    frame.most *= 1.08;
    g_autoptr(GString) drawing = g_string_new(NULL);
    guint lanes = draw_faults(drawing, result, &frame);
    draw_levels(drawing, &frame);
    draw_seconds(drawing, &frame);
    draw_series(drawing, &frame, &series[2]);
    draw_series(drawing, &frame, &series[1]);
    draw_series(drawing, &frame, &series[0]);
    draw_legend(drawing);
    html_section(page, "Divergence over time, over all nodes; faults shaded");
    g_string_append_printf(page, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\">%s</svg>", WIDTH,
                           PLOT_TOP + PLOT_HEIGHT + 36 + LANE_HEIGHT * lanes, drawing->str);
    html_section_end(page);
}

/* --- convergence ----------------------------------------------------------------------------- */

static int by_duration(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
    return one < other ? -1 : one > other;
}

static int64_t *sorted_durations(const SimResult *result, guint *count)
{
    *count = result->convergence_rows->len;
    int64_t *took_us = g_new(int64_t, *count + 1);
    for (guint i = 0; i < *count; i++) {
        took_us[i] =
            MAX(g_array_index(result->convergence_rows, SimConvergenceRow, i).took_us, (int64_t)1);
    }
    qsort(took_us, *count, sizeof *took_us, by_duration);
    return took_us;
}

static char *decade_text(double decade)
{
    double us = pow(10, decade);
    if (us < 1e3) {
        return g_strdup_printf("%g us", us);
    }
    return us < 1e6 ? g_strdup_printf("%g ms", us / 1e3) : g_strdup_printf("%g s", us / 1e6);
}

/* Durations on a logarithmic axis: a push takes one second, a lease three minutes. */
static void draw_decades(GString *page, const Frame *frame)
{
    double bottom = PLOT_TOP + PLOT_HEIGHT;
    for (double decade = ceil(frame->from); decade <= frame->to + 1e-9; decade++) {
        g_autofree char *text = decade_text(decade);
        line_at(page, "grid", x_of(frame, decade), PLOT_TOP, x_of(frame, decade), bottom);
        bool last = decade + 1 > frame->to;
        text_at(page, x_of(frame, decade), bottom + 17, last ? "end" : "middle", "soft", text);
    }
}

static void draw_shares(GString *page, const Frame *frame)
{
    for (int share = 0; share <= 100; share += 25) {
        g_autofree char *text = g_strdup_printf("%d %%", share);
        line_at(page, "grid", LEFT, y_of(frame, share), WIDTH - RIGHT, y_of(frame, share));
        text_at(page, LEFT - 8, y_of(frame, share) + 4, "end", "soft", text);
    }
}

static void draw_quantile(GString *page, const Frame *frame, const char *name, int64_t us, double y)
{
    double x = x_of(frame, log10((double)MAX(us, 1)));
    g_autofree char *duration = format_duration(us);
    g_autofree char *text = g_strdup_printf("%s %s", name, duration);
    bool right = x < WIDTH - 160;
    line_at(page, "mark", x, PLOT_TOP, x, PLOT_TOP + PLOT_HEIGHT);
    text_at(page, right ? x + 6 : x - 6, y, right ? "start" : "end", "label", text);
}

static void draw_steps(GString *page, const Frame *frame, const int64_t *took_us, guint count)
{
    g_string_append_printf(page, "<path class=\"cdf\" d=\"M%.1f %.1f", LEFT, y_of(frame, 0));
    double share = 0;
    for (guint i = 0; i < count; i++) {
        if (i + 1 < count && took_us[i + 1] == took_us[i]) {
            continue;
        }
        double x = x_of(frame, log10((double)took_us[i]));
        g_string_append_printf(page, "L%.1f %.1f", x, y_of(frame, share));
        share = 100.0 * (i + 1) / count;
        g_string_append_printf(page, "L%.1f %.1f", x, y_of(frame, share));
    }
    g_string_append_printf(page, "L%.1f %.1f\"/>", WIDTH - RIGHT, y_of(frame, share));
}

void report_convergence(GString *page, const SimResult *result)
{
    guint count = 0;
    g_autofree int64_t *took_us = sorted_durations(result, &count);
    if (count < 2) {
        return; /* one operation makes no distribution; the key figures say how long it took */
    }
    Frame frame = { .from = floor(log10((double)took_us[0])),
                    .to = ceil(log10((double)took_us[count - 1])),
                    .most = 100 };
    if (frame.to <= frame.from) {
        frame.to = frame.from + 1;
    }
    g_autofree char *title =
        g_strdup_printf("Convergence: share of the %u acknowledged operations that every node "
                        "showed after a time",
                        count);
    html_section(page, title);
    g_string_append_printf(page, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\">", WIDTH,
                           PLOT_TOP + PLOT_HEIGHT + 28);
    draw_shares(page, &frame);
    draw_decades(page, &frame);
    draw_steps(page, &frame, took_us, count);
    draw_quantile(page, &frame, "half", result->convergence.p50_us, PLOT_TOP + PLOT_HEIGHT - 12);
    if (result->convergence.p99_us != result->convergence.p50_us) {
        draw_quantile(page, &frame, "99 %", result->convergence.p99_us, PLOT_TOP + 30);
    }
    g_string_append(page, "</svg>");
    html_section_end(page);
}
