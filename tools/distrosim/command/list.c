/* tools/distrosim/command/list.c -- distrosim list: which scenarios are there, and what can be set?
 */
#include <stdio.h>
#include <string.h>

#include "tools/distrosim/cli/scenarios.h"
#include "tools/distrosim/command/table.h"

/* Up to the first full stop that ends a word, in one line. */
static char *first_sentence(const char *description)
{
    GString *sentence = g_string_new(NULL);
    for (const char *c = description; *c != '\0'; c++) {
        g_string_append_c(sentence, *c == '\n' ? ' ' : *c);
        if (*c == '.' && (c[1] == '\0' || g_ascii_isspace(c[1]))) {
            break;
        }
    }
    return g_strstrip(g_string_free(sentence, false));
}

static void list_one(const char *path, ExitStatus *status)
{
    g_autoptr(SimScenario) scenario = scenario_open(path, status);
    if (scenario == NULL) {
        return;
    }
    const char *description = sim_scenario_description(scenario);
    g_autofree char *sentence = first_sentence(description != NULL ? description : "");
    printf("%s\n", sim_scenario_name(scenario));
    if (*sentence != '\0') {
        printf("      %s\n", sentence);
    }
    size_t count = 0;
    const SimParam *params = sim_scenario_params(scenario, &count);
    for (size_t i = 0; i < count; i++) {
        printf("%s%s=%s", i == 0 ? "      " : "  ", params[i].name, params[i].value);
    }
    if (count > 0) {
        putchar('\n');
    }
}

static ExitStatus list_command(const Arguments *arguments)
{
    g_autoptr(GPtrArray) fallback = g_ptr_array_new();
    g_ptr_array_add(fallback, (void *)"scenarios");
    const GPtrArray *places = arguments->operands->len > 0 ? arguments->operands : fallback;
    ExitStatus status = STATUS_HELD;
    g_autoptr(GPtrArray) paths = scenarios_find(places, &status);
    for (guint i = 0; paths != NULL && i < paths->len; i++) {
        list_one(g_ptr_array_index(paths, i), &status);
    }
    return status;
}

const Command command_list = {
    .name = "list",
    .operands = "[DIR]",
    .about = "show scenarios, their claims and their params",
    .more =
        "DIR is scenarios/ if not given. Params stand with their defaults, as --set takes them.\n",
    .offer = OFFER_FOLDER,
    .high = 1,
    .run = list_command,
};
