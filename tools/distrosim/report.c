/* tools/distrosim/report.c -- distrosim report: see report.h. */
#include "tools/distrosim/report.h"

#include <stdio.h>

#include "tools/distrosim/command.h"
#include "tools/distrosim/complain.h"
#include "tools/distrosim/json.h"
#include "tools/distrosim/rerun.h"
#include "tools/distrosim/state.h"

#define FILE_NAME "report.html"

void report_view_clear(ReportView *view)
{
    g_clear_pointer(&view->state, g_array_unref);
    if (view->diagram != NULL) {
        g_string_free(g_steal_pointer(&view->diagram), true);
    }
}

/* A run may be made twice, the second time with a record: the last look counts. */
void report_look(void *data, const SimWorld *world, const SimResult *result)
{
    ReportView *view = data;
    report_view_clear(view);
    view->state = state_take(world);
    view->diagram = report_diagram(world, result);
}

static bool write_page(const char *folder, const GString *page, GError **error)
{
    g_autofree char *path = g_build_filename(folder, FILE_NAME, NULL);
    return results_write_file(path, page->str, (gssize)page->len, error);
}

bool report_write_run(const char *folder, const SimResult *result, const Request *request,
                      const ReportView *view, GError **error)
{
    g_autoptr(GString) page = report_run_page(result, request, view);
    return write_page(folder, page, error);
}

/* --- the command ----------------------------------------------------------------------------- */

static ExitStatus tell(const char *folder, bool written, const GError *error)
{
    if (!written) {
        complain("%s", error->message);
        return STATUS_CANNOT_WRITE;
    }
    printf("report %s/" FILE_NAME "\n", folder);
    return STATUS_HELD;
}

static ExitStatus report_run(const char *folder)
{
    g_auto(Request) request = { 0 };
    g_auto(ReportView) view = { 0 };
    g_autoptr(GError) error = NULL;
    request_init(&request);
    Rerun what = { .folder = folder, .quiet = true, .inspect = report_look, .data = &view };
    ExitStatus status = STATUS_HELD;
    g_autoptr(SimResult) result = rerun(&what, &request, &status);
    if (result == NULL) {
        return status;
    }
    bool written = report_write_run(folder, result, &request, &view, &error);
    return tell(folder, written, error);
}

static ExitStatus report_sweep(const char *folder, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) sweep = json_read_file(path, &error);
    if (sweep == NULL) {
        complain("%s", error->message);
        return STATUS_USAGE;
    }
    g_autoptr(GString) page = report_sweep_page(sweep);
    bool written = write_page(folder, page, &error);
    return tell(folder, written, error);
}

static ExitStatus report_command(const Arguments *arguments)
{
    const char *folder = g_ptr_array_index(arguments->operands, 0);
    g_autofree char *summary = g_build_filename(folder, "summary.json", NULL);
    g_autofree char *sweep = g_build_filename(folder, "sweep.json", NULL);
    if (g_file_test(summary, G_FILE_TEST_EXISTS)) {
        return report_run(folder);
    }
    if (g_file_test(sweep, G_FILE_TEST_EXISTS)) {
        return report_sweep(folder, sweep);
    }
    complain("'%s' holds neither a run (summary.json) nor a sweep (sweep.json)", folder);
    return STATUS_NO_FILE;
}

const Command command_report = {
    .name = "report",
    .operands = "RUN_OR_SWEEP_DIR",
    .about = "write one HTML page about results: report.html",
    .more =
        "The page loads nothing from anywhere. For a run, the run is made again with recording\n"
        "on, to draw what led to its verdict.\n",
    .low = 1,
    .high = 1,
    .run = report_command,
};
