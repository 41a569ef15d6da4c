/* tools/distrosim/command/explain.c -- distrosim explain: why a node lists something, or does not.
 */
#include <stdio.h>

#include "sim/explain/world.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/output/summary.h"
#include "tools/distrosim/run/rerun.h"

typedef struct Explanation {
    SimExplainQuery ask;
    bool open; /* nothing was asked: the first violation */
    GPtrArray *lines;
    char *headline;
    char *question; /* (nullable) that the lines answer, if the headline is none */
    GError *error;
} Explanation;

static void explain_world(void *data, const SimWorld *world, const SimResult *result)
{
    Explanation *explanation = data;
    guint index = 0;
    const SimViolation *first = summary_first_violation(result, &index);
    if (explanation->open && first != NULL) {
        explanation->headline = g_strdup(first->message);
        explanation->question = sim_explain_violation(world, first, explanation->lines);
        return;
    }
    explanation->headline =
        sim_explain_ask(world, &explanation->ask, explanation->lines, &explanation->error);
}

static void print_explanation(const Explanation *explanation)
{
    printf("what  %s\n", explanation->headline);
    const char *question = explanation->lines->len > 0 ? explanation->question : NULL;
    if (question != NULL) {
        printf("why   %s\n", question);
    }
    for (guint i = 0; i < explanation->lines->len; i++) {
        printf("%-5s %s\n", i == 0 && question == NULL ? "why" : "",
               (const char *)g_ptr_array_index(explanation->lines, i));
    }
    if (explanation->lines->len == 0) {
        puts("why   the trace tells nothing more");
    }
}

static ExitStatus tell_explanation(const Explanation *explanation)
{
    if (explanation->error != NULL) {
        complain("%s", explanation->error->message);
        return STATUS_USAGE;
    }
    print_explanation(explanation);
    return STATUS_HELD;
}

static ExitStatus explain_command(const Arguments *arguments)
{
    Explanation explanation = {
        .ask = { arguments->node, arguments->instance, INT64_MAX },
        .open = arguments->node == NULL && arguments->instance == NULL && arguments->at == NULL,
    };
    if (!rerun_read_instant("at", arguments->at, false, &explanation.ask.at_us)) {
        return STATUS_USAGE;
    }
    g_auto(Request) request = { 0 };
    request_init(&request);
    explanation.lines = g_ptr_array_new_with_free_func(g_free);
    Rerun what = {
        .folder = g_ptr_array_index(arguments->operands, 0),
        .quiet = true,
        .inspect = explain_world,
        .data = &explanation,
    };
    ExitStatus status = STATUS_HELD;
    g_autoptr(SimResult) result = rerun(&what, &request, &status);
    if (result != NULL) {
        status = tell_explanation(&explanation);
    }
    g_ptr_array_unref(explanation.lines);
    g_free(explanation.headline);
    g_free(explanation.question);
    g_clear_error(&explanation.error);
    return status;
}

const Command command_explain = {
    .name = "explain",
    .operands = "RUN_DIR",
    .about = "say why a node lists something, or does not",
    .more = "The run is made again with recording on, and the causes are followed backwards from\n"
            "its first violation; or from what --node lists of --instance at --at. What is left\n"
            "out is chosen: the first node, the first instance that is wrong, the run's end.\n",
    .options = (const OptionId[]) { OPTION_NODE, OPTION_INSTANCE, OPTION_AT, OPTIONS_END },
    .offer = OFFER_FOLDER,
    .low = 1,
    .high = 1,
    .run = explain_command,
};
