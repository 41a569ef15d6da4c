/* tools/distrosim/command/replay.c -- distrosim replay: the same run again, and is it the same?
 *
 * A stored run is compared with by its fingerprint. Where none is stored, or one with other params,
 * or the run is cut short, it is run twice and compared with itself. */
#include <stdio.h>
#include <string.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/scenarios.h"
#include "tools/distrosim/cli/seeds.h"
#include "tools/distrosim/cli/version.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/outcome.h"
#include "tools/distrosim/output/record.h"
#include "tools/distrosim/run/choice_file.h"
#include "tools/distrosim/run/rerun.h"
#include "tools/distrosim/run/runner.h"
#include "tools/distrosim/run/state.h"

typedef struct Replay {
    const Arguments *arguments;
    Request *request;
    Runner runner;
    char *folder;     /* of the stored run; it need not exist */
    bool stored;      /* it does */
    RunRecord record; /* if stored */
    GArray *state;    /* NodeState, where --until stopped it; NULL: it was not to stop */
    ChoiceFile file;  /* of --choices */
} Replay;

static ExitStatus wrong_usage(const GError *error)
{
    complain("%s", error->message);
    return scenario_error_status(error);
}

/* --- what to run: from a folder of results ------------------------------------------------- */

static bool stands_alone(const Arguments *arguments, const char *what)
{
    if (arguments->seed == NULL && arguments->set->len == 0 && arguments->profile == NULL) {
        return true;
    }
    complain("%s brings its seed, params and profile; "
             "give a scenario instead to replay it with others",
             what);
    return false;
}

static ExitStatus read_folder(Replay *replay, const char *folder, SimScenario **scenario)
{
    if (!stands_alone(replay->arguments, "a folder of results")) {
        return STATUS_USAGE;
    }
    ExitStatus status = rerun_open(folder, &replay->record, replay->request, scenario);
    if (status != STATUS_HELD) {
        return status;
    }
    replay->folder = g_strdup(folder);
    replay->stored = true;
    replay->runner.seed = replay->record.seed;
    return STATUS_HELD;
}

/* --- what to run: from a file of choices ----------------------------------------------------- */

static SimChoices *plan_choices(void *data)
{
    return choice_file_plan(&((const Replay *)data)->file);
}

/* The file names all that a run follows from but the scenario's text: the path that it has is for
 * people, so that a file outlives a move. */
static ExitStatus read_choices(Replay *replay, const char *path, SimScenario **scenario)
{
    if (!stands_alone(replay->arguments, "a file of choices")) {
        return STATUS_USAGE;
    }
    ChoiceFile *file = &replay->file;
    ExitStatus status = choice_file_read(replay->arguments->choices, file);
    if (status != STATUS_HELD) {
        return status;
    }
    request_clear(replay->request);
    *replay->request = file->request;
    file->request = (Request) { 0 };
    replay->request->choices = g_intern_string(file->path);
    replay->runner.seed = file->seed;
    replay->runner.choices = plan_choices;
    replay->runner.choices_data = replay;
    replay->runner.explores = file->explores;
    replay->runner.kinds = file->kinds;
    replay->runner.branches = file->branches;
    replay->runner.branch_us = file->branch_us;
    replay->runner.branch_seed = file->branch_seed;
    *scenario = scenario_open(path, &status);
    return *scenario != NULL ? STATUS_HELD : status;
}

/* --- what to run: from a scenario and a seed ------------------------------------------------ */

static ExitStatus read_scenario(Replay *replay, const char *path, SimScenario **scenario)
{
    g_autoptr(GError) error = NULL;
    const Arguments *arguments = replay->arguments;
    if (arguments->seed == NULL) {
        complain("which run of '%s'? --seed N says so", path);
        return STATUS_USAGE;
    }
    if (!seeds_parse_one(arguments->seed, &replay->runner.seed, &error)) {
        complain("--seed: %s", error->message);
        return STATUS_USAGE;
    }
    if (!request_read(replay->request, arguments, &error)) {
        return wrong_usage(error);
    }
    ExitStatus status = STATUS_HELD;
    *scenario = scenario_open(path, &status);
    if (*scenario == NULL) {
        return status;
    }
    const char *name = sim_scenario_name(*scenario);
    replay->folder = files_run_folder(arguments->out, name, replay->runner.seed);
    replay->stored = run_record_read(replay->folder, &replay->record, NULL);
    return STATUS_HELD;
}

static ExitStatus read_until(Replay *replay)
{
    bool fine =
        rerun_read_instant("until", replay->arguments->until, false, &replay->runner.until_us);
    return fine ? STATUS_HELD : STATUS_USAGE;
}

/* --- the comparison ------------------------------------------------------------------------ */

static bool same_params(const Replay *replay, const SimResult *result)
{
    const GArray *params = replay->record.params;
    if (params->len != result->n_params ||
        g_strcmp0(replay->record.profile, replay->request->profile) != 0) {
        return false;
    }
    for (guint i = 0; i < params->len; i++) {
        const SimSetting *setting = &g_array_index(params, SimSetting, i);
        bool found = false;
        for (size_t j = 0; j < result->n_params && !found; j++) {
            found = strcmp(result->params[j].name, setting->name) == 0 &&
                    strcmp(result->params[j].value, setting->value) == 0;
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

/* Is the stored run one that this one must equal? */
static bool is_comparable(const Replay *replay, const SimResult *result)
{
    return replay->stored && replay->runner.until_us == INT64_MAX && same_params(replay, result);
}

static void compare_fingerprint(const Replay *replay, SimResult *result, uint64_t expected,
                                const char *other)
{
    if (result->fingerprint != expected) {
        runner_set_nondeterministic(result, expected, other);
    } else if (outcome_talks(replay->arguments)) {
        printf("same  fingerprint %016" G_GINT64_MODIFIER "x as %s\n", expected, other);
    }
}

static bool compare_with_itself(const Replay *replay, SimResult *result)
{
    Runner again = replay->runner;
    again.record = again.history = false;
    again.narrate = false;
    g_autoptr(SimResult) second = runner_run(&again, NULL);
    if (second == NULL) {
        return false;
    }
    compare_fingerprint(replay, result, second->fingerprint, "a second run of it");
    return true;
}

static void compare_with_stored(const Replay *replay, SimResult *result)
{
    bool other_version = g_strcmp0(replay->record.version, distrosim_version) != 0;
    g_autofree char *other =
        other_version ? g_strdup_printf("%s (by distrosim %s, this is %s)", replay->folder,
                                        replay->record.version, distrosim_version)
                      : g_strdup(replay->folder);
    compare_fingerprint(replay, result, replay->record.fingerprint, other);
}

static ExitStatus complain_interrupted(void)
{
    complain("interrupted; nothing was written");
    return STATUS_INTERRUPTED;
}

/* A whole run that has not been kept yet is kept, so that a seed which a sweep found leaves files.
 */
static const char *folder_to_write(const Replay *replay)
{
    return replay->folder == NULL || replay->stored || replay->runner.until_us != INT64_MAX
               ? NULL
               : replay->folder;
}

/* The nodes as they stand when the run stops; of several runs the last. */
static void take_state(void *data, const SimWorld *world, const SimResult *result)
{
    Replay *replay = data;
    (void)result;
    g_clear_pointer(&replay->state, g_array_unref);
    replay->state = state_take(world);
}

static void print_state(const Replay *replay, const SimResult *result)
{
    if (replay->state != NULL && outcome_talks(replay->arguments)) {
        state_print(stdout, replay->state, result->virtual_us);
    }
}

static ExitStatus run_and_compare(Replay *replay)
{
    bool usage = false;
    bool stops = replay->runner.until_us != INT64_MAX;
    Runner runner = replay->runner;
    runner.inspect = stops ? take_state : NULL;
    runner.inspect_data = replay;
    SimResult *first = runner_run(&runner, &usage);
    g_autoptr(SimResult) result = first != NULL ? runner_explain(&runner, first) : NULL;
    if (result == NULL) {
        return complain_interrupted();
    }
    if (usage) {
        complain("%s", result->reason);
        return STATUS_USAGE;
    }
    if (replay->file.named && replay->runner.until_us == INT64_MAX &&
        result->verdict != SIM_VERDICT_ERROR) {
        compare_fingerprint(replay, result, replay->file.fingerprint, replay->arguments->choices);
    } else if (is_comparable(replay, result)) {
        compare_with_stored(replay, result);
    } else if (result->verdict != SIM_VERDICT_ERROR && !compare_with_itself(replay, result)) {
        return complain_interrupted();
    }
    print_state(replay, result);
    Outcome outcome = { replay->arguments, replay->request, folder_to_write(replay) };
    return outcome_finish(&outcome, result);
}

/* --- the command --------------------------------------------------------------------------- */

static ExitStatus read_arguments(Replay *replay, SimScenario **scenario)
{
    const char *operand = g_ptr_array_index(replay->arguments->operands, 0);
    g_autofree char *path = scenario_path(operand);
    if (path == NULL) {
        complain("there is no file or folder '%s'", operand);
        return STATUS_NO_FILE;
    }
    ExitStatus status = read_until(replay);
    if (status != STATUS_HELD) {
        return status;
    }
    if (replay->arguments->choices != NULL) {
        return read_choices(replay, path, scenario);
    }
    return g_file_test(path, G_FILE_TEST_IS_DIR) ? read_folder(replay, path, scenario)
                                                 : read_scenario(replay, path, scenario);
}

static ExitStatus replay_scenario(Replay *replay, const SimScenario *scenario)
{
    g_autoptr(GError) error = NULL;
    if (!request_fits(replay->request, scenario, &error)) {
        return wrong_usage(error);
    }
    g_autoptr(Progress) progress = progress_new("runs", 0, !outcome_talks(replay->arguments));
    replay->runner.scenario = scenario;
    replay->runner.progress = progress;
    return run_and_compare(replay);
}

static ExitStatus replay_command(const Arguments *arguments)
{
    g_auto(Request) request = { 0 };
    request_init(&request);
    Replay replay = {
        .arguments = arguments,
        .request = &request,
        .runner = { .request = &request,
                    .until_us = INT64_MAX,
                    .record = arguments->trace != NULL,
                    .history = arguments->history != NULL,
                    .narrate = outcome_talks(arguments) },
    };
    choice_file_init(&replay.file);
    g_autoptr(SimScenario) scenario = NULL;
    ExitStatus status = read_arguments(&replay, &scenario);
    if (status == STATUS_HELD) {
        status = replay_scenario(&replay, scenario);
    }
    run_record_clear(&replay.record);
    choice_file_clear(&replay.file);
    g_clear_pointer(&replay.state, g_array_unref);
    g_free(replay.folder);
    return status;
}

const Command command_replay = {
    .name = "replay",
    .operands = "RUN_DIR|SCENARIO",
    .about = "repeat a run and compare its fingerprint",
    .more =
        "RUN_DIR is a folder of results: its scenario is run again with its seed, params and\n"
        "profile. A SCENARIO needs --seed N; it is compared with its stored run if there is one,\n"
        "otherwise it is run twice, and kept. The story's steps are told as they are reached.\n"
        "--choices FILE makes the run that the file lists: seed, params, profile and choices, and\n"
        "compares with the fingerprint that it names.\n"
        "Exit status 4 if the fingerprints differ, otherwise that of the run.\n",
    .options =
        (const OptionId[]) { OPTION_SEED, OPTION_SET, OPTION_SETTING, OPTION_PROFILE, OPTION_UNTIL,
                             OPTION_CHOICES, OPTION_TRACE, OPTION_HISTORY, OPTION_PLOT, OPTION_OUT,
                             OPTION_JSON, OPTION_QUIET, OPTIONS_END },
    .offer = OFFER_SCENARIO,
    .low = 1,
    .high = 1,
    .run = replay_command,
};
