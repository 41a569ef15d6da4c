/* tools/distrosim/sweep/tally.c -- what a sweep leaves behind, in files and on the terminal. */
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/cli/terminal.h"
#include "tools/distrosim/cli/version.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/json.h"
#include "tools/distrosim/output/outcome.h"
#include "tools/distrosim/output/plots.h"
#include "tools/distrosim/sweep/corpus.h"
#include "tools/distrosim/sweep/junit.h"
#include "tools/distrosim/sweep/sweep.h"

/* A longer table of figures is for sweep.csv. */
#define GROUPS_SHOWN 40
#define FAILURES_SHOWN 20
#define CAUSES_SHOWN 5

/* All that is said about the rows that were made. */
typedef struct Tally {
    const Sweep *sweep;
    size_t done, held, checked;
    ExitStatus status;
    GArray *failures; /* RowFailure, worst first */
    GArray *groups;   /* RowGroup */
    double wall_s;
} Tally;

static void tally_init(Tally *tally, const Sweep *sweep, size_t done, double wall_s)
{
    *tally = (Tally) { .sweep = sweep, .done = done, .status = sweep->status, .wall_s = wall_s };
    for (size_t i = 0; i < done; i++) {
        SimVerdict verdict = sweep->rows[i].verdict;
        tally->held += verdict == SIM_VERDICT_HELD;
        tally->checked += sweep->rows[i].checked;
        tally->status = status_worse(tally->status, (ExitStatus)sim_verdict_exit_status(verdict));
    }
    tally->failures = rows_failures(sweep->rows, done);
    tally->groups = rows_groups(sweep->rows, done);
}

static void tally_clear(Tally *tally)
{
    g_array_unref(tally->failures);
    g_array_unref(tally->groups);
}

/* --- sweep.json ----------------------------------------------------------------------------- */

static json_t *spread_object(const RowSpread *spread)
{
    json_t *object = json_object();
    json_set(object, "min", json_time((int64_t)spread->low));
    json_set(object, "p25", json_time((int64_t)spread->quarter));
    json_set(object, "median", json_time((int64_t)spread->half));
    json_set(object, "p75", json_time((int64_t)spread->three_quarters));
    json_set(object, "max", json_time((int64_t)spread->high));
    return object;
}

/* In how many runs each event that must_see names occurred, and how often in one. */
static json_t *must_see_object(const RowGroup *group)
{
    json_t *object = json_object();
    g_autoptr(GPtrArray) measures = rows_measures(group);
    for (guint i = 0; i < measures->len; i++) {
        const RowMeasure *measure = g_ptr_array_index(measures, i);
        if (row_measure_is_of_must_see(measure)) {
            RowSpread spread = rows_measure_spread(group, measure->column);
            json_t *each = json_object();
            json_set(each, "runs", json_count(rows_met(group, measure->column)));
            json_set(each, "min", json_count((uint64_t)spread.low));
            json_set(each, "median", json_real(spread.half));
            json_set(each, "max", json_count((uint64_t)spread.high));
            json_set(object, row_measure_name(measure), each);
        }
    }
    return object;
}

static json_t *measures_object(const RowGroup *group)
{
    json_t *object = json_object();
    g_autoptr(GPtrArray) measures = rows_measures(group);
    for (guint i = 0; i < measures->len; i++) {
        const RowMeasure *measure = g_ptr_array_index(measures, i);
        if (row_measure_is_of_must_see(measure)) {
            continue;
        }
        RowSpread spread = rows_measure_spread(group, measure->column);
        json_t *each = json_object();
        json_set(each, "unit", json_text(measure->unit));
        json_set(each, "count", json_count(spread.count));
        json_set(each, "min", json_real(spread.low));
        json_set(each, "p25", json_real(spread.quarter));
        json_set(each, "median", json_real(spread.half));
        json_set(each, "p75", json_real(spread.three_quarters));
        json_set(each, "max", json_real(spread.high));
        json_set(object, row_measure_name(measure), each);
    }
    return object;
}

static json_t *group_object(const RowGroup *group, const GPtrArray *varied)
{
    json_t *object = json_object();
    json_t *values = json_object();
    for (guint i = 0; i < varied->len; i++) {
        json_set(values, g_ptr_array_index(varied, i),
                 json_text(g_ptr_array_index(group->first->variation->values, i)));
    }
    json_set(object, "scenario", json_text(group->first->scenario));
    json_set(object, "varied", values);
    json_set(object, "runs", json_count(group->count));
    json_set(object, "held", json_count(group->held));
    json_t *figures = json_object();
    for (int figure = 0; figure < ROW_N_FIGURES; figure++) {
        RowSpread spread = rows_spread(group, (RowFigure)figure);
        if (spread.count > 0) {
            json_set(figures, rows_figure_name((RowFigure)figure), spread_object(&spread));
        }
    }
    json_set(object, "figures", figures);
    json_set(object, "measures", measures_object(group));
    json_set(object, "must_see", must_see_object(group));
    return object;
}

static char *replay_line(const Row *row)
{
    return request_replay_line(&row->variation->request, row->path, row->seed);
}

static json_t *causes_list(const Tally *tally, const RowFailure *failure)
{
    json_t *list = json_array();
    g_autoptr(GArray) causes = rows_causes(tally->sweep->rows, tally->done, failure);
    for (guint i = 0; i < causes->len; i++) {
        const RowCause *cause = &g_array_index(causes, RowCause, i);
        json_t *object = json_object();
        json_set(object, "cause", json_text(cause->first->cause));
        json_set(object, "count", json_count(cause->count));
        json_set(object, "share", json_real((double)cause->count / (double)failure->count));
        json_set(object, "seed", json_seed(cause->first->seed));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *failure_object(const Tally *tally, const RowFailure *failure)
{
    json_t *object = json_object();
    g_autofree char *again = replay_line(failure->worst);
    json_set(object, "scenario", json_text(failure->scenario));
    json_set(object, "verdict", json_text(sim_verdict_name(failure->verdict)));
    json_set(object, "check", json_text(failure->check));
    json_set(object, "signature", json_text(failure->signature));
    json_set(object, "count", json_count(failure->count));
    json_set(object, "worst_seed", json_seed(failure->worst->seed));
    json_set(object, "reason", json_text(failure->worst->reason));
    json_set(object, "again", json_text(again));
    json_set(object, "causes", causes_list(tally, failure));
    return object;
}

static json_t *failures_list(const Tally *tally)
{
    json_t *list = json_array();
    for (guint i = 0; i < tally->failures->len; i++) {
        json_array_append_new(
            list, failure_object(tally, &g_array_index(tally->failures, RowFailure, i)));
    }
    return list;
}

static json_t *groups_list(const Tally *tally)
{
    json_t *list = json_array();
    for (guint i = 0; i < tally->groups->len; i++) {
        json_array_append_new(
            list, group_object(&g_array_index(tally->groups, RowGroup, i), tally->sweep->varied));
    }
    return list;
}

static json_t *wall_object(const Tally *tally)
{
    json_t *object = json_object();
    json_set(object, "s", json_real(tally->wall_s));
    json_set(object, "jobs", json_count(tally->sweep->jobs));
    json_set(object, "runs_per_s", json_real((double)tally->done / MAX(tally->wall_s, 1e-6)));
    return object;
}

static char *sweep_title(const Sweep *sweep)
{
    return g_strdup_printf("%s, seeds %s", sweep->name, sweep->asked->seeds);
}

static json_t *sweep_object(const Tally *tally, bool with_wall)
{
    json_t *object = json_object();
    g_autofree char *title = sweep_title(tally->sweep);
    json_set(object, "schema", json_integer(1));
    json_set(object, "title", json_text(title));
    json_set(object, "seeds", json_text(tally->sweep->asked->seeds));
    json_set(object, "planned", json_count(tally->sweep->count));
    json_set(object, "runs", json_count(tally->done));
    json_set(object, "held", json_count(tally->held));
    json_set(object, "failed", json_count(tally->done - tally->held));
    json_set(object, "run_twice", json_count(tally->checked));
    json_set(object, "failures", failures_list(tally));
    json_set(object, "groups", groups_list(tally));
    json_set(object, "version", json_text(distrosim_version));
    if (with_wall && tally->wall_s >= 0) {
        json_set(object, "wall", wall_object(tally));
    }
    return object;
}

/* --- files ---------------------------------------------------------------------------------- */

static bool write_report(const Tally *tally, GError **error)
{
    const char *path = tally->sweep->arguments->junit;
    if (path == NULL) {
        return true;
    }
    g_autofree char *xml = junit_text(tally->sweep, tally->done);
    return files_write(path, xml, -1, error);
}

static void remove_named(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_unlink(path);
}

/* sweep.json comes last, so that it stands for the rest; that of an older sweep goes first. */
static bool write_files(const Tally *tally, const char *folder, GError **error)
{
    const Sweep *sweep = tally->sweep;
    g_autofree char *rows = rows_csv(sweep->rows, tally->done, sweep->varied);
    g_autofree char *groups = rows_groups_csv(tally->groups);
    g_autoptr(json_t) object = sweep_object(tally, false);
    g_autofree char *json = json_to_text(object);
    if (!files_make_folder(folder, error)) {
        return false;
    }
    remove_named(folder, "sweep.json");
    return files_write_in(folder, "sweep.csv", rows, error) &&
           files_write_in(folder, "groups.csv", groups, error) && write_report(tally, error) &&
           files_write_in(folder, "sweep.json", json, error);
}

bool sweep_write_rows(const char *folder, const char *name, const char *seeds, Row *rows,
                      size_t count, GError **error)
{
    g_autofree char *own_name = g_strdup(name);
    g_autofree char *own_seeds = g_strdup(seeds);
    g_autoptr(GPtrArray) varied = g_ptr_array_new();
    const Arguments asked = { .seeds = own_seeds };
    const Sweep sweep = { .arguments = &asked,
                          .asked = &asked,
                          .varied = varied,
                          .name = own_name,
                          .rows = rows,
                          .count = count };
    Tally tally;
    tally_init(&tally, &sweep, count, -1);
    const bool written = write_files(&tally, folder, error);
    tally_clear(&tally);
    return written;
}

/* After the tables: a damaged corpus must not cost a night's results. */
static ExitStatus keep_seeds(const Tally *tally)
{
    const Sweep *sweep = tally->sweep;
    g_autoptr(GError) error = NULL;
    if (corpus_keep(sweep->arguments->out, sweep->rows, tally->done, &error)) {
        return STATUS_HELD;
    }
    complain("%s", error->message);
    return STATUS_CANNOT_WRITE;
}

static bool draw_plots(const Tally *tally, const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *title = sweep_title(tally->sweep);
    if (plots_draw_sweep(folder, title, tally->groups->len, &error)) {
        return true;
    }
    complain("%s", error->message);
    return false;
}

/* --- on the terminal ------------------------------------------------------------------------ */

static void print_counts(FILE *out, const Tally *tally)
{
    size_t failed = tally->done - tally->held;
    g_autofree char *runs = format_plural(tally->done, "run");
    g_autofree char *held = format_count(tally->held);
    const char *colour = failed > 0 ? terminal_red(out) : terminal_green(out);
    fprintf(out, "%s%s%s  %s of %s held", colour, failed > 0 ? "FAIL" : "ok  ", terminal_plain(out),
            held, runs);
    if (tally->done < tally->sweep->count) {
        g_autofree char *planned = format_count(tally->sweep->count);
        fprintf(out, "; stopped there, of %s planned", planned);
    }
    if (tally->checked > 0) {
        g_autofree char *checked = format_count(tally->checked);
        fprintf(out, "; %s run twice to compare", checked);
    }
    fputc('\n', out);
}

static void print_first_line(FILE *out, const char *text)
{
    if (*text != '\0') {
        g_autofree char *harmless = terminal_harmless(text);
        fprintf(out, "      %.*s\n", (int)strcspn(harmless, "\n"), harmless);
    }
}

static void print_cause(FILE *out, const RowCause *cause, const RowFailure *failure)
{
    fprintf(out, "      %zu of %zu (%.0f %%), such as seed %" G_GUINT64_FORMAT "%s\n", cause->count,
            failure->count, 100 * (double)cause->count / (double)failure->count, cause->first->seed,
            *cause->first->cause != '\0' ? ":" : ": cause not found");
    g_auto(GStrv) lines = g_strsplit(cause->first->cause, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        fprintf(out, "          %s\n", *line);
    }
}

static void print_causes(FILE *out, const Tally *tally, const RowFailure *failure)
{
    g_autoptr(GArray) causes = rows_causes(tally->sweep->rows, tally->done, failure);
    bool known = false;
    for (guint i = 0; i < causes->len; i++) {
        known |= *g_array_index(causes, RowCause, i).first->cause != '\0';
    }
    guint shown = known ? MIN(causes->len, CAUSES_SHOWN) : 0;
    for (guint i = 0; i < shown; i++) {
        print_cause(out, &g_array_index(causes, RowCause, i), failure);
    }
    if (known && shown < causes->len) {
        fprintf(out, "      and %u more causes, in sweep.json\n", causes->len - shown);
    }
}

static void print_failures(FILE *out, const Tally *tally)
{
    guint shown = MIN(tally->failures->len, FAILURES_SHOWN);
    for (guint i = 0; i < shown; i++) {
        const RowFailure *failure = &g_array_index(tally->failures, RowFailure, i);
        fprintf(out, "%-5s %6zu  %-8s  %-18s  %s  (worst: seed %" G_GUINT64_FORMAT ")\n",
                i == 0 ? "worst" : "", failure->count, sim_verdict_name(failure->verdict),
                *failure->check != '\0' ? failure->check : "-", failure->scenario,
                failure->worst->seed);
        print_first_line(out, failure->worst->reason);
        print_causes(out, tally, failure);
    }
    if (shown < tally->failures->len) {
        fprintf(out, "      and %u more kinds of failure, in sweep.json\n",
                tally->failures->len - shown);
    }
}

/* "3.210 s (1.2 s .. 8.0 s)", or NULL if there is none */
static char *spread_text(const RowSpread *spread)
{
    if (spread->count == 0) {
        return NULL;
    }
    g_autofree char *half = format_duration((int64_t)spread->half);
    g_autofree char *low = format_duration((int64_t)spread->low);
    g_autofree char *high = format_duration((int64_t)spread->high);
    return g_strdup_printf("%s (%s .. %s)", half, low, high);
}

static void print_delays(FILE *out, const char *converged, const char *healed)
{
    fprintf(out, "        %s%s%s%s%s\n", converged != NULL ? "99 % converged in " : "",
            converged != NULL ? converged : "", converged != NULL && healed != NULL ? ", " : "",
            healed != NULL ? "agreed after heal in " : "", healed != NULL ? healed : "");
}

/* "link.cut met in 20 of 20 runs: 2 (1 .. 3)": the median of those runs' counts */
static void print_must_see(FILE *out, const RowGroup *group, const RowMeasure *measure,
                           const RowSpread *spread)
{
    fprintf(out, "        %s met in %zu of %zu runs: %.0f", row_measure_name(measure),
            rows_met(group, measure->column), group->count, spread->half);
    if (spread->high > spread->low) {
        fprintf(out, " (%.0f .. %.0f)", spread->low, spread->high);
    }
    fputc('\n', out);
}

/* "tasks left: 0", or the median and, where seeds differ, "(least .. most)" */
static void print_measures(FILE *out, const RowGroup *group)
{
    g_autoptr(GPtrArray) measures = rows_measures(group);
    for (guint i = 0; i < measures->len; i++) {
        const RowMeasure *measure = g_ptr_array_index(measures, i);
        RowSpread spread = rows_measure_spread(group, measure->column);
        if (row_measure_is_of_must_see(measure)) {
            print_must_see(out, group, measure, &spread);
            continue;
        }
        g_autofree char *half = format_figure(spread.half, measure->unit);
        g_autofree char *low = format_figure(spread.low, measure->unit);
        g_autofree char *high = format_figure(spread.high, measure->unit);
        g_autofree char *name = terminal_harmless(row_measure_name(measure));
        fprintf(out, "        %s: %s", name, half);
        if (spread.high > spread.low) {
            fprintf(out, " (%s .. %s)", low, high);
        }
        if (spread.count < group->count) {
            fprintf(out, ", of %zu runs", spread.count);
        }
        fputc('\n', out);
    }
}

static void print_group(FILE *out, const RowGroup *group)
{
    const char *label = group->first->variation->label;
    RowSpread spread = rows_spread(group, ROW_P99_US);
    RowSpread heal = rows_spread(group, ROW_HEAL_US);
    g_autofree char *converged = spread_text(&spread);
    g_autofree char *healed = spread_text(&heal);
    fprintf(out, "      %s%s%s: %zu of %zu held\n", group->first->scenario,
            *label != '\0' ? "  " : "", label, group->held, group->count);
    if (converged != NULL || healed != NULL) {
        print_delays(out, converged, healed);
    }
    print_measures(out, group);
}
static void print_groups(FILE *out, const Tally *tally)
{
    guint shown = MIN(tally->groups->len, GROUPS_SHOWN);
    fputs("seeds figures over the seeds: median (least .. most)\n", out);
    for (guint i = 0; i < shown; i++) {
        print_group(out, &g_array_index(tally->groups, RowGroup, i));
    }
    if (shown < tally->groups->len) {
        fprintf(out, "      and %u more, in groups.csv\n", tally->groups->len - shown);
    }
}

static void print_tally(FILE *out, const Tally *tally, const char *folder, bool plots)
{
    print_counts(out, tally);
    print_failures(out, tally);
    if (outcome_talks(tally->sweep->arguments)) {
        print_groups(out, tally);
    }
    fprintf(out, "files %s/%s\n", folder, plots ? "  (plots: figures; .svg and .png)" : "");
    if (tally->failures->len > 0) {
        const RowFailure *worst = &g_array_index(tally->failures, RowFailure, 0);
        g_autofree char *again = replay_line(worst->worst);
        fprintf(out, "again %s\n", again);
    }
}

static void print_or_json(const Tally *tally, const char *folder, bool plots)
{
    const Arguments *arguments = tally->sweep->arguments;
    if (arguments->json) {
        g_autoptr(json_t) object = sweep_object(tally, true);
        g_autofree char *text = json_to_text(object);
        fputs(text, stdout);
    }
    if (outcome_talks(arguments) || tally->held < tally->done) {
        print_tally(outcome_stream(arguments), tally, folder, plots);
    }
}

static ExitStatus finish_tally(const Tally *tally)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = sweep_folder(tally->sweep);
    if (!write_files(tally, folder, &error)) {
        complain("%s", error->message);
        return status_worse(tally->status, STATUS_CANNOT_WRITE);
    }
    bool plots = tally->sweep->arguments->plot && draw_plots(tally, folder);
    print_or_json(tally, folder, plots);
    return status_worse(tally->status, keep_seeds(tally));
}

ExitStatus sweep_finish(const Sweep *sweep, size_t done, double wall_s)
{
    Tally tally;
    tally_init(&tally, sweep, done, wall_s);
    ExitStatus status = finish_tally(&tally);
    tally_clear(&tally);
    return status;
}
