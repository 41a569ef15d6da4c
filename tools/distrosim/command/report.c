/* tools/distrosim/command/report.c -- distrosim report: one HTML page about results. */
#include "tools/distrosim/report/report.h"

#include <stdio.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/explore/pinpoint.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/json.h"
#include "tools/distrosim/run/rerun.h"

static ExitStatus tell_written(const char *folder, bool written, const GError *error)
{
    if (!written) {
        complain("%s", error->message);
        return STATUS_CANNOT_WRITE;
    }
    printf("report %s/" REPORT_NAME "\n", folder);
    return STATUS_HELD;
}

static ExitStatus report_run(const char *folder)
{
    g_auto(Request) request = { 0 };
    g_auto(ReportView) view = { 0 };
    g_autoptr(GError) error = NULL;
    request_init(&request);
    Rerun what = {
        .folder = folder, .quiet = true, .draws_only = true, .inspect = report_look, .data = &view
    };
    ExitStatus status = STATUS_HELD;
    g_autoptr(SimResult) result = rerun(&what, &request, &status);
    if (result == NULL) {
        return status;
    }
    g_autofree char *sealed = g_build_filename(folder, PINPOINT_JSON, NULL);
    view.sealed = json_read_file(sealed, NULL); /* there is one if somebody asked for it */
    bool written = report_write_run(folder, result, &request, &view, &error);
    return tell_written(folder, written, error);
}

static ExitStatus report_sweep(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "sweep.json", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) sweep = json_read_file(path, &error);
    if (sweep == NULL) {
        complain("%s", error->message);
        return STATUS_USAGE;
    }
    bool written = report_write_sweep(folder, sweep, &error);
    return tell_written(folder, written, error);
}

static ExitStatus report_command(const Arguments *arguments)
{
    const char *folder = g_ptr_array_index(arguments->operands, 0);
    g_autoptr(GError) error = NULL;
    switch (files_result_kind(folder, &error)) {
    case RESULT_NONE:
        break;
    case RESULT_RUN:
        return report_run(folder);
    case RESULT_SWEEP:
        return report_sweep(folder);
    }
    complain("%s", error->message);
    return STATUS_NO_FILE;
}

const Command command_report = {
    .name = "report",
    .operands = "RUN_OR_SWEEP_DIR",
    .about = "write one HTML page about results: report.html",
    .more =
        "The page loads nothing from anywhere. For a run, the run is made again with recording\n"
        "on, to draw what led to its verdict.\n",
    .offer = OFFER_FOLDER,
    .low = 1,
    .high = 1,
    .run = report_command,
};
