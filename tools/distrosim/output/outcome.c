/* tools/distrosim/output/outcome.c -- see outcome.h. */
#include "tools/distrosim/output/outcome.h"

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/output/console.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/plots.h"
#include "tools/distrosim/output/summary.h"

FILE *outcome_stream(const Arguments *arguments)
{
    return arguments->json ? stderr : stdout;
}

bool outcome_talks(const Arguments *arguments)
{
    return !arguments->quiet && !arguments->json;
}

static bool draw_plots(const SimResult *result, const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *title =
        g_strdup_printf("%s, seed %" G_GUINT64_FORMAT, result->scenario, result->seed);
    if (plots_draw_run(folder, title, &error)) {
        return true;
    }
    complain("%s", error->message);
    return false;
}

/* False with an error; a file that was not asked for is no error. */
static bool write_extra(const char *path, const char *text, const char **written, GError **error)
{
    if (path == NULL || text == NULL) {
        return true;
    }
    *written = path;
    return files_write(path, text, -1, error);
}

static bool write_files(const Outcome *outcome, const SimResult *result, OutputFiles *files)
{
    const Arguments *arguments = outcome->arguments;
    g_autoptr(GError) error = NULL;
    if (outcome->folder != NULL) {
        if (!summary_write_run(outcome->folder, result, outcome->request, &error)) {
            goto failed;
        }
        files->folder = outcome->folder;
    }
    if (write_extra(arguments->trace, result->trace_text, &files->trace, &error) &&
        write_extra(arguments->history, result->history_text, &files->history, &error)) {
        return true;
    }
failed:
    complain("%s", error->message);
    return false;
}

static void print_json(const Outcome *outcome, const SimResult *result)
{
    g_autoptr(json_t) summary = summary_object(result, outcome->request);
    g_autofree char *text = json_to_text(summary);
    fputs(text, stdout);
}

ExitStatus outcome_write(const Outcome *outcome, const SimResult *result)
{
    OutputFiles files = { 0 };
    if (result->verdict == SIM_VERDICT_ERROR) {
        complain("%s", result->reason);
    } else if (!write_files(outcome, result, &files)) {
        return STATUS_CANNOT_WRITE;
    }
    if (outcome->arguments->json) {
        print_json(outcome, result);
    } else if (result->verdict != SIM_VERDICT_HELD && result->verdict != SIM_VERDICT_ERROR) {
        output_run(outcome_stream(outcome->arguments), result, outcome->request, &files);
    }
    return (ExitStatus)sim_verdict_exit_status(result->verdict);
}

ExitStatus outcome_finish(const Outcome *outcome, const SimResult *result)
{
    bool broke = result->verdict == SIM_VERDICT_ERROR;
    if (broke) {
        complain("%s", result->reason);
    }
    OutputFiles files = { 0 };
    /* A scenario that was refused before its world moved leaves nothing worth a folder. */
    bool moved = !broke || result->events > 0;
    if (moved && !write_files(outcome, result, &files)) {
        return STATUS_CANNOT_WRITE;
    }
    if (outcome->arguments->plot && files.folder != NULL) {
        files.plots = draw_plots(result, files.folder);
    }
    if (outcome->arguments->json) {
        print_json(outcome, result);
    }
    if (moved && (result->verdict != SIM_VERDICT_HELD || outcome_talks(outcome->arguments))) {
        output_run(outcome_stream(outcome->arguments), result, outcome->request, &files);
    }
    return (ExitStatus)sim_verdict_exit_status(result->verdict);
}
