/* tools/distrosim/command/ask.c -- distrosim ask: ready questions, answered by a run.
 *
 * A question is a scenario in scenarios/ask: its first comment is the question, its params are what
 * may be set, and its story ends with answers. The folder is open: one file more, and there is one
 * question more. */
#include <stdio.h>
#include <string.h>

#include "sim/base/installed.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/hint.h"
#include "tools/distrosim/cli/scenarios.h"
#include "tools/distrosim/cli/seeds.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/outcome.h"
#include "tools/distrosim/output/plots.h"
#include "tools/distrosim/output/summary.h"
#include "tools/distrosim/report/report.h"
#include "tools/distrosim/run/runner.h"

#define ASK_FOLDER "scenarios/ask"

/* --- which questions there are --------------------------------------------------------------- */

/* Those of the working folder come before distrosim's own. (transfer full), may not exist */
static char *ask_folder(void)
{
    if (g_file_test(ASK_FOLDER, G_FILE_TEST_IS_DIR)) {
        return g_strdup(ASK_FOLDER);
    }
    char *own = sim_installed_path(ASK_FOLDER);
    return own != NULL ? own : g_strdup(ASK_FOLDER);
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names without ".lua", in order. (transfer full) */
static GPtrArray *find_names(const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name = dir != NULL ? g_dir_read_name(dir) : NULL; name != NULL;
         name = g_dir_read_name(dir)) {
        if (g_str_has_suffix(name, ".lua")) {
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(".lua")));
        }
    }
    g_ptr_array_sort(names, by_text);
    return names;
}

static char *path_of(const char *folder, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".lua", NULL);
    return g_build_filename(folder, file, NULL);
}

/* --- what is said ---------------------------------------------------------------------------- */

static void print_lines(FILE *out, const char *word, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        fprintf(out, "%-8s%s\n", line == lines ? word : "", *line);
    }
}

static void print_params(FILE *out, const char *word, const SimParam *params, size_t count)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < count; i++) {
        g_string_append_printf(text, "%s%s=%s", i > 0 ? "  " : "", params[i].name, params[i].value);
    }
    print_lines(out, word, text->str);
    g_string_free(text, true);
}

static ExitStatus list_questions(const char *folder, const GPtrArray *names)
{
    ExitStatus status = STATUS_HELD;
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = path_of(folder, g_ptr_array_index(names, i));
        g_autoptr(SimScenario) scenario = scenario_open(path, &status);
        if (scenario == NULL) {
            continue;
        }
        size_t count = 0;
        const SimParam *params = sim_scenario_params(scenario, &count);
        printf("%s\n", (const char *)g_ptr_array_index(names, i));
        print_lines(stdout, "", sim_scenario_description(scenario));
        print_params(stdout, "", params, count);
    }
    return status;
}

static void print_answers(FILE *out, const SimResult *result)
{
    for (guint i = 0; i < result->answers->len; i++) {
        print_lines(out, i == 0 ? "answer" : "", g_ptr_array_index(result->answers, i));
    }
}

/* The one that gnuplot draws, or the page, which needs nothing. */
static void print_picture(FILE *out, const char *folder, bool plotted)
{
    fprintf(out, "%-8s%s/%s\n", "picture", folder, plotted ? "timeline.png" : REPORT_NAME);
    if (plotted) {
        fprintf(out, "%-8s%s/" REPORT_NAME "\n", "page", folder);
    }
}

/* --- one question ---------------------------------------------------------------------------- */

typedef struct Question {
    const Arguments *arguments;
    const Request *request;
    const SimScenario *scenario;
    uint64_t seed;
} Question;

static bool draw(const SimResult *result, const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *title =
        g_strdup_printf("%s, seed %" G_GUINT64_FORMAT, result->scenario, result->seed);
    if (plots_draw_run(folder, title, &error)) {
        return true;
    }
    if (!g_error_matches(error, PLOTS_ERROR, PLOTS_ERROR_NO_GNUPLOT)) {
        complain("%s", error->message);
    }
    return false;
}

static ExitStatus tell_answer(const Question *question, const SimResult *result, const char *folder,
                              const ReportView *view)
{
    g_autoptr(GError) error = NULL;
    FILE *out = outcome_stream(question->arguments);
    if (outcome_talks(question->arguments)) {
        print_lines(out, "asked", sim_scenario_description(question->scenario));
        print_params(out, "with", result->params, result->n_params);
        print_answers(out, result);
    }
    Outcome outcome = { question->arguments, question->request, folder };
    ExitStatus status = outcome_write(&outcome, result);
    if (!g_file_test(folder, G_FILE_TEST_IS_DIR) || status == STATUS_CANNOT_WRITE) {
        return status;
    }
    if (!report_write_run(folder, result, question->request, view, &error)) {
        complain("%s", error->message);
        return status_worse(status, STATUS_CANNOT_WRITE);
    }
    bool plotted = draw(result, folder);
    if (outcome_talks(question->arguments)) {
        print_picture(out, folder, plotted);
        fprintf(out, "%-8s%s   (a file to copy and edit; distrosim run takes it)\n", "story",
                sim_scenario_path(question->scenario));
    }
    return status;
}

static ExitStatus ask_question(const Question *question)
{
    g_autofree char *folder = files_run_folder(
        question->arguments->out, sim_scenario_name(question->scenario), question->seed);
    g_auto(ReportView) view = { 0 };
    g_autoptr(Progress) progress =
        progress_new("runs", 0, question->arguments->quiet || question->arguments->json);
    Runner runner = {
        .scenario = question->scenario,
        .request = question->request,
        .seed = question->seed,
        .until_us = INT64_MAX,
        .record = true,
        .progress = progress,
        .inspect = report_look,
        .inspect_data = &view,
    };
    bool usage = false;
    g_autoptr(SimResult) result = runner_run(&runner, &usage);
    if (result == NULL) {
        complain("interrupted; nothing was written");
        return STATUS_INTERRUPTED;
    }
    if (usage) {
        complain("%s", result->reason);
        return STATUS_USAGE;
    }
    return tell_answer(question, result, folder, &view);
}

/* --- the command ----------------------------------------------------------------------------- */

static bool is_there(const char *name, const char *folder, GPtrArray *names)
{
    if (g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL)) {
        return true;
    }
    if (names->len == 0) {
        complain("there is no question '%s': there is no file in '%s'", name, folder);
        return false;
    }
    g_autofree char *hint = hint_names(name, (const char *const *)(void *)names->pdata, names->len);
    complain("there is no question '%s'; %s", name, hint);
    return false;
}

static ExitStatus ask_named(const Arguments *arguments, const char *path)
{
    ExitStatus status = STATUS_HELD;
    g_autoptr(GError) error = NULL;
    g_auto(Request) request = { 0 };
    request_init(&request);
    Question question = { .arguments = arguments, .request = &request, .seed = 1 };
    if (!request_read(&request, arguments, &error) ||
        (arguments->seed != NULL && !seeds_parse_one(arguments->seed, &question.seed, &error))) {
        complain("%s", error->message);
        return STATUS_USAGE;
    }
    g_autoptr(SimScenario) scenario = scenario_open(path, &status);
    if (scenario == NULL) {
        return status;
    }
    if (!request_fits(&request, scenario, &error)) {
        complain("%s", error->message);
        return STATUS_USAGE;
    }
    question.scenario = scenario;
    return ask_question(&question);
}

static ExitStatus ask_command(const Arguments *arguments)
{
    g_autofree char *folder = ask_folder();
    g_autoptr(GPtrArray) names = find_names(folder);
    if (arguments->operands->len == 0) {
        return list_questions(folder, names);
    }
    const char *name = g_ptr_array_index(arguments->operands, 0);
    if (!is_there(name, folder, names)) {
        return STATUS_NO_FILE;
    }
    g_autofree char *path = path_of(folder, name);
    return ask_named(arguments, path);
}

const Command command_ask = {
    .name = "ask",
    .operands = "[NAME]",
    .about = "answer a ready question: a rolling restart, a pause, a lost region",
    .more = "Without NAME, lists the questions and what may be set. Each is a scenario in\n"
            "scenarios/ask, of the working folder or distrosim's own: its first comment is the\n"
            "question, and a file more is a question more. The seed is 1 if none is given.\n",
    .options = (const OptionId[]) { OPTION_SET, OPTION_SEED, OPTION_PROFILE, OPTION_OUT,
                                    OPTION_JSON, OPTION_QUIET, OPTIONS_END },
    .high = 1,
    .run = ask_command,
};
