/* tools/distrosim/manual/text.c -- see manual.h. */
#include <string.h>

#include "tools/distrosim/manual/manual.h"

bool manual_form_parse(const char *text, ManualForm *form)
{
    static const char *const names[] = {
        [MANUAL_TEXT] = "text", [MANUAL_MAN] = "man",   [MANUAL_BASH] = "bash",
        [MANUAL_ZSH] = "zsh",   [MANUAL_FISH] = "fish",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(names[i], text) == 0) {
            *form = (ManualForm)i;
            return true;
        }
    }
    return false;
}

GString *manual_page(ManualForm form, const Command *const *commands, size_t count,
                     const Command *command)
{
    switch (form) {
    case MANUAL_TEXT:
        return manual_text(commands, count, command);
    case MANUAL_MAN:
        return manual_man(commands, count, command);
    case MANUAL_BASH:
        return manual_bash(commands, count);
    case MANUAL_ZSH:
        return manual_zsh(commands, count);
    case MANUAL_FISH:
        return manual_fish(commands, count);
    }
    g_assert_not_reached();
}

char *manual_option_usage(const Option *option)
{
    return g_strdup_printf("--%s%s%s", option->name, option->value != NULL ? " " : "",
                           option->value != NULL ? option->value : "");
}

char *manual_command_usage(const Command *command)
{
    return g_strdup_printf("%s%s%s", command->name, *command->operands != '\0' ? " " : "",
                           command->operands);
}

#define WIDTH 78

/* "Exit status: 0 all held, 1 unsafe, ...", in lines that fit. */
static void append_statuses(GString *page)
{
    g_string_append(page, "Exit status:");
    size_t column = strlen("Exit status:");
    for (size_t i = 0; i < status_count(); i++) {
        bool is_last = i + 1 == status_count();
        g_autofree char *text = g_strdup_printf("%d %s%s", (int)status_at(i),
                                                status_about(status_at(i)), is_last ? ".\n" : ",");
        bool fits = column + 1 + strlen(text) <= WIDTH;
        g_string_append_printf(page, "%s%s", fits ? " " : "\n", text);
        column = (fits ? column + 1 : 0) + strlen(text);
    }
}

static void append_overview(GString *page, const Command *const *commands, size_t count)
{
    g_string_append(
        page, "distrosim runs Nacos' Distro protocol in a simulated world and says whether\n"
              "the claims of a scenario hold. A run is a scenario and a seed, and repeatable.\n\n");
    for (size_t i = 0; i < count; i++) {
        g_autofree char *usage = g_strdup_printf("%s %s", commands[i]->name, commands[i]->operands);
        g_string_append_printf(page, "  %-24s %s\n", usage, commands[i]->about);
    }
    g_string_append(
        page,
        "\ndistrosim help COMMAND lists a command's options; --version prints the version.\n\n");
    append_statuses(page);
}

static void append_command(GString *page, const Command *command)
{
    g_autofree char *usage = manual_command_usage(command);
    g_string_append_printf(page, "distrosim %s%s\n\n  %s\n", usage,
                           command->options != NULL ? " [options]" : "", command->about);
    if (command->more != NULL) {
        g_string_append_printf(page, "\n%s", command->more);
    }
    if (command->options == NULL) {
        return;
    }
    g_string_append_c(page, '\n');
    for (const OptionId *id = command->options; *id != OPTIONS_END; id++) {
        const Option *option = option_with(*id);
        g_autofree char *text = manual_option_usage(option);
        g_string_append_printf(page, "  %-19s %s\n", text, option->about);
    }
}

GString *manual_text(const Command *const *commands, size_t count, const Command *command)
{
    GString *page = g_string_new(NULL);
    if (command == NULL) {
        append_overview(page, commands, count);
    } else {
        append_command(page, command);
    }
    return page;
}
