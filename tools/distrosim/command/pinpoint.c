/* tools/distrosim/command/pinpoint.c -- distrosim pinpoint: from when on a run was lost. */
#include "tools/distrosim/explore/pinpoint.h"

#include <stdio.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/outcome.h"
#include "tools/distrosim/run/rerun.h"

enum {
    JOBS_MAX = 1024,
    FUTURES = 40,
    FUTURES_LEAST = 35, /* fewer, and even if all are red the bound stays below 0.9 */
    FUTURES_MOST = 100000
};

static ExitStatus read_numbers(const Arguments *arguments, Pinpoint *pinpoint)
{
    g_autoptr(GError) error = NULL;
    unsigned futures = FUTURES;
    pinpoint->jobs = g_get_num_processors();
    if ((arguments->futures != NULL &&
         !arguments_number("futures", arguments->futures, FUTURES_LEAST, FUTURES_MOST, &futures,
                           &error)) ||
        (arguments->jobs != NULL &&
         !arguments_number("jobs", arguments->jobs, 1, JOBS_MAX, &pinpoint->jobs, &error))) {
        complain("%s", error->message);
        return STATUS_USAGE;
    }
    pinpoint->futures = futures;
    return STATUS_HELD;
}

static ExitStatus write_files(const char *folder, const Pinpoint *pinpoint)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *csv = pinpoint_csv(pinpoint);
    g_autofree char *json = pinpoint_json(pinpoint);
    if (files_write_in(folder, PINPOINT_CSV, csv, &error) &&
        files_write_in(folder, PINPOINT_JSON, json, &error)) {
        return STATUS_HELD;
    }
    complain("%s", error->message);
    return STATUS_CANNOT_WRITE;
}

static void print_curve(const Pinpoint *pinpoint)
{
    for (guint i = 0; i < pinpoint->rows->len; i++) {
        const PinpointRow *row = &g_array_index(pinpoint->rows, PinpointRow, i);
        g_autofree char *at = format_instant(row->t_us);
        printf("      %12s  %3zu of %zu red  %3.0f %% .. %3.0f %%\n", at, row->red, row->futures,
               row->low * 100, row->high * 100);
    }
}

static void print_answer(const char *folder, const Pinpoint *pinpoint)
{
    g_autofree char *sealed = format_instant(pinpoint->sealed_us);
    g_autofree char *violated = format_instant(pinpoint->violated_us);
    const char *cause = *pinpoint->cause != '\0' ? pinpoint->cause : pinpoint->choice;
    print_curve(pinpoint);
    printf("sealed at %s by: %s\n", sealed, cause);
    printf("      the choice: %s; the violation: at %s\n", pinpoint->choice, violated);
    printf("files %s/" PINPOINT_CSV ", %s/" PINPOINT_JSON "\n", folder, folder);
}

static ExitStatus pinpoint_run(const char *folder, Pinpoint *pinpoint, bool talks)
{
    g_autoptr(Progress) progress = progress_new("instants", 0, !talks);
    pinpoint->progress = progress;
    PinpointEnd end = pinpoint_find(pinpoint);
    progress_hide(progress);
    if (end == PINPOINT_INTERRUPTED) {
        complain("interrupted; nothing was written");
        return STATUS_INTERRUPTED;
    }
    if (end == PINPOINT_NOT_RED) {
        complain("the run in '%s' is not red: there is no instant from which it was lost", folder);
        return STATUS_USAGE;
    }
    ExitStatus status = write_files(folder, pinpoint);
    if (status == STATUS_HELD && talks) {
        print_answer(folder, pinpoint);
    }
    return status;
}

static ExitStatus pinpoint_command(const Arguments *arguments)
{
    const char *folder = g_ptr_array_index(arguments->operands, 0);
    g_auto(Request) request = { 0 };
    g_auto(RunRecord) record = { 0 };
    g_autoptr(SimScenario) scenario = NULL;
    Pinpoint pinpoint = { 0 };
    request_init(&request);
    ExitStatus status = read_numbers(arguments, &pinpoint);
    if (status == STATUS_HELD) {
        status = rerun_open(folder, &record, &request, &scenario);
    }
    if (status == STATUS_HELD) {
        const Runner base = {
            .scenario = scenario, .request = &request, .seed = record.seed, .until_us = INT64_MAX
        };
        pinpoint.base = &base;
        status = pinpoint_run(folder, &pinpoint, outcome_talks(arguments));
    }
    pinpoint_clear(&pinpoint);
    return status;
}

const Command command_pinpoint = {
    .name = "pinpoint",
    .operands = "RUN_DIR",
    .about = "say from when on a red run was lost, and by what",
    .more =
        "The run is repeated up to an instant and drawn anew after it, --futures times; that for\n"
        "many instants. Sealed is the first from which nearly all futures are red: the lower 95 %\n"
        "bound of their share stays above 0.9. pinpoint.csv and pinpoint.json go into RUN_DIR,\n"
        "where distrosim report finds them. Exit status 64 if the run is not red.\n",
    .options = (const OptionId[]) { OPTION_FUTURES, OPTION_JOBS, OPTION_QUIET, OPTIONS_END },
    .offer = OFFER_FOLDER,
    .low = 1,
    .high = 1,
    .run = pinpoint_command,
};
