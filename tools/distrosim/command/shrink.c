/* tools/distrosim/command/shrink.c -- distrosim shrink: the smallest scenario that still fails the
 * same way.
 *
 * Whatever is written has been run once more from its file, and has failed there. */
#include <stdio.h>
#include <string.h>

#include "sim/base/quantity.h"
#include "sim/shrink/shrink.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/cli/interrupt.h"
#include "tools/distrosim/cli/request.h"
#include "tools/distrosim/cli/scenarios.h"
#include "tools/distrosim/cli/seeds.h"
#include "tools/distrosim/cli/terminal.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/outcome.h"
#include "tools/distrosim/output/summary.h"

enum {
    WITHIN_S = 60,
    LINE_EVERY_US = 5000000,
    REDRAW_US = 100000
};

typedef struct ShrinkCommand {
    const Arguments *arguments;
    Request *request;
    uint64_t seed;
    int64_t within_us;
    int64_t began_us, next_us; /* wall clock: of the progress line */
    bool shown;
} ShrinkCommand;

static ExitStatus wrong_usage(const GError *error)
{
    complain("%s", error->message);
    return scenario_error_status(error);
}

/* --- progress ------------------------------------------------------------------------------ */

static void hide_progress(ShrinkCommand *command)
{
    if (command->shown) {
        fputs("\r\033[K", stderr);
    }
    command->shown = false;
}

/* The number of candidates is not known before, so the time left is that of --within. */
static bool on_progress(void *data, unsigned tried, unsigned actions)
{
    ShrinkCommand *command = data;
    int64_t now_us = g_get_monotonic_time();
    if (outcome_talks(command->arguments) && now_us >= command->next_us) {
        bool terminal = terminal_is(stderr);
        double gone_s = (double)(now_us - command->began_us) / 1e6;
        double left_s = (double)command->within_us / 1e6 - gone_s;
        command->next_us = now_us + (terminal ? REDRAW_US : LINE_EVERY_US);
        fprintf(stderr, "%s%u candidates tried, %u actions left, %.0f s gone, %.0f s left%s",
                terminal ? "\r" : "distrosim: ", tried, actions, gone_s, MAX(left_s, 0),
                terminal ? "\033[K" : "\n");
        command->shown = terminal;
    }
    return !interrupt_seen();
}

/* --- the file ------------------------------------------------------------------------------ */

static char *output_path(const ShrinkCommand *command, const SimScenario *scenario)
{
    if (command->arguments->output != NULL) {
        return g_strdup(command->arguments->output);
    }
    g_autofree char *folder =
        files_run_folder(command->arguments->out, sim_scenario_name(scenario), command->seed);
    return g_build_filename(folder, "shrunk.lua", NULL);
}

static char *run_line(const char *path, uint64_t seed)
{
    g_autofree char *word = format_shell_word(path);
    return g_strdup_printf("distrosim run %s --seed %" G_GUINT64_FORMAT, word, seed);
}

/* Comment lines of a message that may have several of its own. */
static void append_comment(GString *out, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_string_append_printf(out, "-- %s\n", g_strstrip(*line));
    }
}

static char *file_text(const ShrinkCommand *command, const SimScenario *scenario, const char *path,
                       const SimShrinkResult *result)
{
    g_autofree char *fails = g_strdup_printf("Fails %s: %s.", result->check, result->message);
    g_autofree char *origin =
        request_replay_line(command->request, sim_scenario_path(scenario), command->seed);
    g_autofree char *again = run_line(path, result->seed);
    GString *out = g_string_new(NULL);
    append_comment(out, fails);
    g_string_append_printf(out,
                           "-- Shrunk by distrosim shrink from %s, seed %" G_GUINT64_FORMAT
                           ": %u of %u actions are left.\n"
                           "--   %s\n",
                           sim_scenario_name(scenario), command->seed, result->actions,
                           result->actions_before, origin);
    if (result->seeds_counted) {
        g_string_append_printf(out, "-- It fails with %u of the seeds 1 to 10. Again:\n",
                               result->seeds_failing);
    } else {
        g_string_append(out, "-- Again:\n");
    }
    g_string_append_printf(out, "--   %s\n", again);
    g_string_append(out, result->text);
    return g_string_free(out, false);
}

static bool write_file(const char *path, const char *text, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    return files_make_folder(folder, error) && files_write(path, text, -1, error);
}

/* Does the file, read anew, fail as it says? */
static bool file_fails(const char *path, const SimShrinkResult *result)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SimScenario) scenario = sim_scenario_load(path, &error);
    if (scenario == NULL) {
        return false;
    }
    SimRunOptions options = { .seed = result->seed, .until_us = INT64_MAX };
    g_autoptr(SimResult) run = sim_run(scenario, &options, NULL);
    guint index = 0;
    const SimViolation *first = summary_first_violation(run, &index);
    return sim_verdict_exit_status(run->verdict) == result->exit_status && first != NULL &&
           strcmp(first->check, result->check) == 0;
}

/* --- what is said -------------------------------------------------------------------------- */

static void print_result(const ShrinkCommand *command, const char *path, const char *text,
                         const SimShrinkResult *result)
{
    if (!outcome_talks(command->arguments)) {
        return;
    }
    g_autofree char *again = run_line(path, result->seed);
    fputs(text, stdout);
    printf("\nshrunk  %u actions to %u, %u lines of story, after %u candidates%s\n"
           "file    %s\n"
           "again   %s\n",
           result->actions_before, result->actions, result->lines, result->tried,
           result->finished ? "" : "; there may be smaller ones (--within gives more time)", path,
           again);
}

static ExitStatus keep_story(const ShrinkCommand *command, const SimScenario *scenario,
                             const SimShrinkResult *result)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = output_path(command, scenario);
    g_autofree char *text = file_text(command, scenario, path, result);
    if (!write_file(path, text, &error)) {
        complain("%s", error->message);
        return STATUS_CANNOT_WRITE;
    }
    if (!file_fails(path, result)) {
        complain("'%s' was written, but does not fail when it is read again", path);
        return STATUS_INTERNAL;
    }
    print_result(command, path, text, result);
    return STATUS_HELD;
}

static ExitStatus report_result(const ShrinkCommand *command, const SimScenario *scenario,
                                const SimShrinkResult *result)
{
    if (interrupt_seen() && result->outcome == SIM_SHRINK_WRONG) {
        complain("interrupted before anything was found; nothing was written");
        return STATUS_INTERRUPTED;
    }
    switch (result->outcome) {
    case SIM_SHRINK_DONE:
        return keep_story(command, scenario, result);
    case SIM_SHRINK_HOLDS:
        complain("there is nothing to shrink: %s with seed %" G_GUINT64_FORMAT
                 " does not fail (%s)",
                 sim_scenario_path(scenario), command->seed, result->reason);
        return STATUS_USAGE;
    case SIM_SHRINK_STOPPED:
        complain("stopped, and nothing was written: %s", result->reason);
        return interrupt_seen() ? STATUS_INTERRUPTED : STATUS_USAGE;
    case SIM_SHRINK_WRONG:
        complain("%s", result->reason);
        return result->usage ? STATUS_USAGE : STATUS_WRONG_SCENARIO;
    case SIM_SHRINK_IMPOSSIBLE:
        break;
    }
    complain("%s", result->reason);
    return STATUS_WRONG_SCENARIO;
}

/* --- the command --------------------------------------------------------------------------- */

static ExitStatus read_within(ShrinkCommand *command)
{
    const char *text = command->arguments->within;
    SimQuantity quantity = { SIM_QUANTITY_DURATION, WITHIN_S * 1e6 };
    if (text != NULL &&
        (!sim_quantity_parse(text, &quantity) || quantity.kind != SIM_QUANTITY_DURATION ||
         quantity.value <= 0 || quantity.value > 1e15)) {
        complain("--within takes a time such as 60s or 5min, not '%s'", text);
        return STATUS_USAGE;
    }
    command->within_us = (int64_t)quantity.value;
    return STATUS_HELD;
}

static ExitStatus read_arguments(ShrinkCommand *command, const char *path)
{
    g_autoptr(GError) error = NULL;
    const Arguments *arguments = command->arguments;
    if (arguments->seed == NULL) {
        complain("which run of '%s'? --seed N says so", path);
        return STATUS_USAGE;
    }
    if (!seeds_parse_one(arguments->seed, &command->seed, &error)) {
        complain("--seed: %s", error->message);
        return STATUS_USAGE;
    }
    if (!request_read(command->request, arguments, &error)) {
        return wrong_usage(error);
    }
    return read_within(command);
}

/* A minute of work must not end in a folder that cannot be written to. */
static ExitStatus check_output(const ShrinkCommand *command, const SimScenario *scenario)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = output_path(command, scenario);
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        complain("'%s' is a folder; -o takes the name of a file", path);
        return STATUS_CANNOT_WRITE;
    }
    if (files_can_write(folder, &error)) {
        return STATUS_HELD;
    }
    complain("%s", error->message);
    return STATUS_CANNOT_WRITE;
}

static ExitStatus shrink_scenario(ShrinkCommand *command, const SimScenario *scenario)
{
    g_autoptr(GError) error = NULL;
    if (!request_fits(command->request, scenario, &error)) {
        return wrong_usage(error);
    }
    ExitStatus status = check_output(command, scenario);
    if (status != STATUS_HELD) {
        return status;
    }
    const Request *request = command->request;
    SimShrinkOptions options = {
        .seed = command->seed,
        .settings = (const SimSetting *)(void *)request->settings->data,
        .n_settings = request->settings->len,
        .profile = request->profile,
        .within_us = command->within_us,
        .progress = on_progress,
        .progress_data = command,
    };
    command->began_us = g_get_monotonic_time();
    command->next_us = command->began_us + (terminal_is(stderr) ? REDRAW_US : LINE_EVERY_US);
    g_autoptr(SimShrinkResult) result = sim_shrink(scenario, &options);
    hide_progress(command);
    return report_result(command, scenario, result);
}

static ExitStatus shrink_command(const Arguments *arguments)
{
    g_auto(Request) request = { 0 };
    request_init(&request);
    ShrinkCommand command = { .arguments = arguments, .request = &request };
    const char *path = g_ptr_array_index(arguments->operands, 0);
    ExitStatus status = read_arguments(&command, path);
    g_autoptr(SimScenario) scenario = status == STATUS_HELD ? scenario_open(path, &status) : NULL;
    return scenario != NULL ? shrink_scenario(&command, scenario) : status;
}

const Command command_shrink = {
    .name = "shrink",
    .operands = "SCENARIO",
    .about = "find the smallest scenario that still fails the same way",
    .more =
        "The run of --seed N must fail. What it did is told again as a flat story and cut down, a\n"
        "run at a time, as long as it fails in the same way: the same check, the same kind of\n"
        "subject. The result is a scenario without chance; it is printed, and stands in -o "
        "FILE.lua,\n"
        "else in results/<scenario>/<seed>/shrunk.lua, where it has been run before this says so.\n"
        "Ctrl-C, or the end of --within, leaves the smallest found so far.\n"
        "Exit status 0 if it was written, 64 if the run does not fail, 65 if the claim that "
        "failed\n"
        "cannot be told without its story.\n",
    .options =
        (const OptionId[]) { OPTION_SEED, OPTION_SET, OPTION_SETTING, OPTION_PROFILE, OPTION_OUTPUT,
                             OPTION_WITHIN, OPTION_OUT, OPTION_QUIET, OPTIONS_END },
    .offer = OFFER_SCENARIO,
    .low = 1,
    .high = 1,
    .run = shrink_command,
};
