/* tools/distrosim/output/console.c -- see console.h.
 *
 * A red run and a green one have the same shape: a word in the first column that says what the line
 * is about, and everything else from the seventh on. */
#include "tools/distrosim/output/console.h"

#include <string.h>

#include "sim/study/regions.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/cli/terminal.h"
#include "tools/distrosim/output/csv.h"
#include "tools/distrosim/output/summary.h"

static void print_line(FILE *out, const char *word, const char *text)
{
    g_autofree char *harmless = terminal_harmless(text);
    fprintf(out, "%-5s %s\n", word, harmless);
}

/* --- red ---------------------------------------------------------------------------------- */

const char *output_sentence(const SimResult *result)
{
    if (result->what != NULL && *result->what != '\0') {
        return result->what;
    }
    return result->reason != NULL ? result->reason : "";
}

int64_t output_instant_us(const SimResult *result)
{
    guint index = 0;
    const SimViolation *first = summary_first_violation(result, &index);
    return first != NULL ? first->at_us : result->virtual_us;
}

/* A sentence may have several lines; all stand in the same column. */
static void print_sentence(FILE *out, const char *sentence)
{
    g_auto(GStrv) lines = g_strsplit(sentence, "\n", -1);
    for (char **each = lines; *each != NULL; each++) {
        const char *text = each == lines ? *each : *each + strspn(*each, " ");
        if (*text != '\0') {
            print_line(out, "", text);
        }
    }
}

static void print_why(FILE *out, const SimResult *result)
{
    if (result->why == NULL || result->why->len == 0) {
        return;
    }
    if (result->question != NULL) {
        print_line(out, "why", result->question);
    }
    for (guint i = 0; i < result->why->len; i++) {
        print_line(out, i == 0 && result->question == NULL ? "why" : "",
                   g_ptr_array_index(result->why, i));
    }
}

static guint count_check(const SimResult *result, const char *check, guint until)
{
    guint count = 0;
    for (guint i = 0; i < until; i++) {
        count += g_str_equal(g_array_index(result->violations, SimViolation, i).check, check);
    }
    return count;
}

/* " (lost, wan.bytes)": whose budgets these were; a message begins with the figure's name. */
static void append_budgets(GString *text, const SimResult *result, const SimViolation *first)
{
    const char *comma = " (";
    for (guint i = 0; i < result->violations->len; i++) {
        const SimViolation *each = &g_array_index(result->violations, SimViolation, i);
        if (each == first || !g_str_equal(each->check, "budget")) {
            continue;
        }
        g_string_append(text, comma);
        g_string_append_len(text, each->message, (gssize)strcspn(each->message, " "));
        comma = ", ";
    }
    g_string_append_c(text, ')');
}

/* What else was violated: "5 violations more: always 2, never 3". */
static void print_also(FILE *out, const SimResult *result)
{
    guint index = 0;
    const SimViolation *first = summary_first_violation(result, &index);
    if (first == NULL || result->violations->len < 2) {
        return;
    }
    guint total = result->violations->len;
    g_autofree char *more = format_plural(total - 1, "violation");
    GString *text = g_string_new(more);
    g_string_append(text, " more:");
    const char *comma = " ";
    for (guint i = 0; i < total; i++) {
        const char *check = g_array_index(result->violations, SimViolation, i).check;
        guint count = count_check(result, check, total) - g_str_equal(check, first->check);
        if (count == 0 || count_check(result, check, i) > 0) {
            continue;
        }
        g_string_append_printf(text, "%s%s %u", comma, check, count);
        if (g_str_equal(check, "budget")) {
            append_budgets(text, result, first);
        }
        comma = ", ";
    }
    print_line(out, "also", text->str);
    g_string_free(text, true);
}

static void print_red(FILE *out, const SimResult *result)
{
    g_autofree char *at = format_instant(output_instant_us(result));
    fprintf(out, "%sFAIL%s  %s  seed %" G_GUINT64_FORMAT "  at %s\n", terminal_red(out),
            terminal_plain(out), result->scenario, result->seed, at);
    print_sentence(out, output_sentence(result));
    print_why(out, result);
    if (result->harm != NULL && *result->harm != '\0') {
        print_line(out, "harm", result->harm);
    }
    print_also(out, result);
}

char *output_red_line(const SimResult *result)
{
    g_autofree char *at = format_instant(output_instant_us(result));
    g_autofree char *sentence = g_strdup(output_sentence(result));
    sentence[strcspn(sentence, "\n")] = '\0';
    g_autofree char *harmless = terminal_harmless(sentence);
    return g_strdup_printf("%s  seed %" G_GUINT64_FORMAT "  %s at %s: %s", result->scenario,
                           result->seed, sim_verdict_name(result->verdict), at, harmless);
}

/* --- green -------------------------------------------------------------------------------- */

static void print_quantiles(FILE *out, const char *name, const SimQuantiles *quantiles)
{
    g_autofree char *count = format_count(quantiles->count);
    g_autofree char *half = format_duration(quantiles->p50_us);
    g_autofree char *most = format_duration(quantiles->p90_us);
    g_autofree char *nearly_all = format_duration(quantiles->p99_us);
    g_autofree char *slowest = format_duration(quantiles->max_us);
    fprintf(out, "      %-13s %7s: half in %s, 90 %% in %s, 99 %% in %s, slowest %s\n", name, count,
            half, most, nearly_all, slowest);
}

static void print_convergence(FILE *out, const SimResult *result)
{
    if (result->convergence.count > 0) {
        print_quantiles(out, "converged", &result->convergence);
    }
    for (int path = 0; path < DISTRO_N_PATHS; path++) {
        const SimQuantiles *quantiles = &result->convergence_by_path[path];
        g_autofree char *name = g_strdup_printf("  by %s", csv_path_name((DistroPath)path));
        if (quantiles->count > 0 && quantiles->count < result->convergence.count) {
            print_quantiles(out, name, quantiles);
        }
    }
    if (result->seen.count > 0) {
        print_quantiles(out, "seen", &result->seen);
    }
    if (result->unconverged > 0) {
        g_autofree char *operations = format_plural(result->unconverged, "operation");
        fprintf(out, "      %-13s %s not shown everywhere when the run ended\n", "", operations);
    }
    if (result->detection.count > 0) {
        print_quantiles(out, "detected", &result->detection);
    }
}

static void print_heals(FILE *out, const SimResult *result)
{
    const GArray *heals = result->heal_to_agree_us;
    if (heals == NULL || heals->len == 0) {
        return;
    }
    const guint shown = MIN(heals->len, 6);
    fprintf(out, "      %-13s agreed ", heals->len == 1 ? "heal" : "heals");
    for (guint i = 0; i < shown; i++) {
        int64_t took_us = g_array_index(heals, int64_t, i);
        g_autofree char *took = took_us < 0 ? g_strdup("never") : format_duration(took_us);
        fprintf(out, "%s%s", i > 0 ? ", " : "", took);
    }
    fprintf(out, "%s after%s\n", shown < heals->len ? ", ..." : "",
            heals->len == 1 ? " it" : " each");
}

static void print_harm(FILE *out, const SimResult *result)
{
    g_autofree char *lost = format_instance_time(result->lost_listed_us);
    g_autofree char *zombies = format_instance_time(result->zombie_us);
    g_autofree char *new = format_instance_time(result->lost_us - result->lost_listed_us);
    fprintf(out, "      %-13s %s lost, %s of zombies, %s not yet known", "harm", lost, zombies,
            new);
    if (result->unavailable_writes > 0) {
        g_autofree char *writes = format_plural(result->unavailable_writes, "write");
        fprintf(out, ", %s refused", writes);
    }
    if (result->empty_reads > 0) {
        g_autofree char *reads = format_plural(result->empty_reads, "read");
        fprintf(out, ", %s empty", reads);
    }
    fputc('\n', out);
}

/* "app-3 of shop" */
static char *consumer_text(const SimConsumerRow *row)
{
    return g_strdup_printf("%s of %s", row->client, row->service);
}

/* Was anyone ever without providers, or with too few? */
static void print_consumers(FILE *out, const SimResult *result)
{
    const SimConsumerRows *rows = &result->consumers;
    if (rows->count == 0) {
        return;
    }
    g_autofree char *count = format_count(rows->count);
    fprintf(out, "      %-13s %s, ", "consumers", count);
    if (rows->empty.client == NULL) {
        fputs("never without providers", out);
    } else {
        g_autofree char *time = format_duration(rows->empty.us);
        g_autofree char *who = consumer_text(&rows->empty);
        fprintf(out, "without providers for up to %s (%s)", time, who);
    }
    if (rows->shortest_of > 0) {
        g_autofree char *time = format_duration(rows->with_shortest.us);
        g_autofree char *who = consumer_text(&rows->with_shortest);
        bool named = g_strcmp0(rows->with_shortest.client, rows->empty.client) == 0;
        fprintf(out, "; shortest list %u of %u for %s%s%s%s", rows->shortest_listed,
                rows->shortest_of, time, named ? "" : " (", named ? "" : who, named ? "" : ")");
    }
    g_autofree char *stale = format_duration(rows->stale.us);
    fprintf(out, "; stale for up to %s in all\n", stale);
}

static void print_traffic(FILE *out, const SimResult *result)
{
    g_autofree char *messages = format_plural(result->messages, "message");
    g_autofree char *lan = format_bytes(result->bytes_lan);
    g_autofree char *wan = format_bytes(result->bytes_wan);
    fprintf(out, "      %-13s %s", "traffic", messages);
    if (result->amplification > 0) {
        g_autofree char *each = result->amplification < 1000
                                    ? g_strdup_printf("%.1f", result->amplification)
                                    : format_count((uint64_t)result->amplification);
        fprintf(out, ", %s per write", each);
    }
    g_autofree char *pending = format_count(result->peak_pending);
    fprintf(out, "; lan %s, wan %s; at most %s pending\n", lan, wan, pending);
}

/* What came from one site to another, as consumers saw it if there are any. */
static void print_directions(FILE *out, const SimResult *result)
{
    for (guint i = 0; result->directions != NULL && i < result->directions->len; i++) {
        const SimDirectionFigures *figures =
            &g_array_index(result->directions, SimDirectionFigures, i);
        bool consumers = figures->consumers.count > 0;
        const SimQuantiles *shown = consumers ? &figures->consumers : &figures->nodes;
        g_autofree char *name =
            g_strdup_printf("  %s > %s%s", figures->from, figures->to, consumers ? "'s users" : "");
        if (!g_str_equal(figures->from, figures->to) && shown->count > 0) {
            print_quantiles(out, name, shown);
        }
    }
}

static char *measure_text(const SimMeasure *measure)
{
    return format_figure(measure->value, measure->unit != NULL ? measure->unit : "");
}

static void print_measures(FILE *out, const SimResult *result)
{
    for (guint i = 0; result->measures != NULL && i < result->measures->len; i++) {
        const SimMeasure *measure = &g_array_index(result->measures, SimMeasure, i);
        g_autofree char *value = measure_text(measure);
        g_autofree char *name = terminal_harmless(measure->name);
        fprintf(out, "      %-13s %s: %s\n", i == 0 ? "measured" : "", name, value);
    }
}

static void print_speed(FILE *out, const SimResult *result)
{
    g_autofree char *wall = format_duration((int64_t)(result->wall_s * 1e6));
    double speed = result->wall_s > 0 ? (double)result->virtual_us / 1e6 / result->wall_s : 0;
    g_autofree char *times =
        speed < 10 ? g_strdup_printf("%.1f", speed) : format_count((uint64_t)speed);
    fprintf(out, "      %-13s %s", "took", wall);
    if (result->real != NULL) {
        g_autofree char *late = format_duration(result->real->late_us);
        fprintf(out, " on real servers (%s), asked every 20 ms, the latest %s late",
                result->real->servers, late);
    } else if (speed > 0) {
        fprintf(out, ", %s times as fast as real time", times);
    }
    fputc('\n', out);
}

/* Red or green, the figures are of the whole run. */
static void print_figures(FILE *out, const SimResult *result)
{
    print_convergence(out, result);
    print_directions(out, result);
    print_heals(out, result);
    if (result->verdict == SIM_VERDICT_HELD) {
        print_harm(out, result);
    }
    print_consumers(out, result);
    print_traffic(out, result);
    print_measures(out, result);
}

static void print_green(FILE *out, const SimResult *result)
{
    g_autofree char *length = format_instant(result->virtual_us);
    fprintf(out, "%sok%s    %s  seed %" G_GUINT64_FORMAT "  held for %s, %s\n", terminal_green(out),
            terminal_plain(out), result->scenario, result->seed, length,
            result->profile != NULL ? result->profile : "");
    print_figures(out, result);
    print_speed(out, result);
}

/* --- both --------------------------------------------------------------------------------- */

static void print_files(FILE *out, const OutputFiles *files)
{
    if (files->folder != NULL) {
        fprintf(out, "files %s/\n", files->folder);
    }
    if (files->plots) {
        fprintf(out, "plots %s/timeline.png, %s/convergence.png, and .svg of both\n", files->folder,
                files->folder);
    }
    if (files->trace != NULL) {
        print_line(out, "trace", files->trace);
    }
    if (files->history != NULL) {
        print_line(out, "history", files->history);
    }
}

/* No seed brings back what happened on real servers; it draws the story's own chances again. */
static char *real_line(const SimResult *result)
{
    return g_strdup_printf("distrosim real %s --servers %s --seed %" G_GUINT64_FORMAT, result->path,
                           result->real->servers, result->seed);
}

void output_run(FILE *out, const SimResult *result, const Request *request,
                const OutputFiles *files)
{
    bool held = result->verdict == SIM_VERDICT_HELD;
    if (held) {
        print_green(out, result);
    } else if (result->verdict != SIM_VERDICT_ERROR) {
        print_red(out, result);
        print_figures(out, result);
    }
    print_files(out, files);
    if (held) {
        return;
    }
    g_autofree char *again = result->real != NULL
                                 ? real_line(result)
                                 : request_replay_line(request, result->path, result->seed);
    print_line(out, "again", again);
}
