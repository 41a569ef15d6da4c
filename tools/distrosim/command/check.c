/* tools/distrosim/command/check.c -- distrosim check: is a scenario right, as far as can be seen
 * without running it? */
#include <stdio.h>
#include <string.h>

#include "sim/base/text_file.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/scenarios.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/lint/lint.h"

/* All names in the text that distrosim does not know. */
static GPtrArray *find_unknown_names(const char *path)
{
    GPtrArray *sentences = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize size = 0;
    /* What cannot be read is told when it is loaded. */
    if (sim_text_read(path, &text, &size, NULL) &&
        !lint_text(path, text, size, sentences, &error)) {
        g_ptr_array_add(sentences, g_strdup(error->message));
    }
    return sentences;
}

/* "FILE:12:" of a sentence that begins so. */
static size_t place_length(const char *sentence)
{
    const char *colon = strchr(sentence, ':');
    const char *second = colon != NULL ? strchr(colon + 1, ':') : NULL;
    return second != NULL ? (size_t)(second - sentence) : 0;
}

/* Does one of @sentences say something about the line that @message is about? */
static bool is_told(const GPtrArray *sentences, const char *message)
{
    size_t length = place_length(message);
    for (guint i = 0; length > 0 && i < sentences->len; i++) {
        const char *sentence = g_ptr_array_index(sentences, i);
        if (place_length(sentence) == length && strncmp(sentence, message, length) == 0) {
            return true;
        }
    }
    return false;
}

static void check_one(const char *path, bool quiet, ExitStatus *status)
{
    g_autoptr(GPtrArray) unknown = find_unknown_names(path);
    for (guint i = 0; i < unknown->len; i++) {
        complain("%s", (const char *)g_ptr_array_index(unknown, i));
        *status = status_worse(*status, STATUS_WRONG_SCENARIO);
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(SimScenario) scenario = sim_scenario_load(path, &error);
    if (scenario != NULL && sim_scenario_check(scenario, &error)) {
        if (!quiet && unknown->len == 0) {
            printf("ok    %s\n", path);
        }
        return;
    }
    if (!is_told(unknown, error->message)) {
        complain("%s", error->message);
    }
    *status = status_worse(*status, scenario_error_status(error));
}

static ExitStatus check_command(const Arguments *arguments)
{
    ExitStatus status = STATUS_HELD;
    g_autoptr(GPtrArray) paths = scenarios_find(arguments->operands, &status);
    for (guint i = 0; paths != NULL && i < paths->len; i++) {
        check_one(g_ptr_array_index(paths, i), arguments->quiet, &status);
    }
    return status;
}

const Command command_check = {
    .name = "check",
    .operands = "SCENARIO...",
    .about = "load scenarios and say what is wrong, without a run",
    .more =
        "Folders are searched for scenarios. All verbs, globals, checks and fields of tables that\n"
        "distrosim does not know are told, with line and nearest name, wherever they stand; then "
        "the\n"
        "topology is built with the params' defaults.\n",
    .options = (const OptionId[]) { OPTION_QUIET, OPTIONS_END },
    .offer = OFFER_SCENARIO,
    .low = 1,
    .high = G_MAXUINT,
    .run = check_command,
};
