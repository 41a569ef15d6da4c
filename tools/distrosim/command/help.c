/* tools/distrosim/command/help.c -- distrosim help: a command and its options, in several forms. */
#include <stdio.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/command/table.h"
#include "tools/distrosim/manual/manual.h"

static bool read_form(const char *text, ManualForm *form)
{
    *form = MANUAL_TEXT;
    if (text == NULL || manual_form_parse(text, form)) {
        return true;
    }
    complain("--as takes man, bash, zsh or fish, not '%s'", text);
    return false;
}

static ExitStatus help_command(const Arguments *arguments)
{
    ManualForm form;
    if (!read_form(arguments->as, &form)) {
        return STATUS_USAGE;
    }
    const Command *command = NULL;
    if (arguments->operands->len > 0) {
        command = command_find(g_ptr_array_index(arguments->operands, 0));
        if (command == NULL) {
            return STATUS_USAGE;
        }
    }
    size_t count = 0;
    const Command *const *commands = commands_all(&count);
    g_autoptr(GString) page = manual_page(form, commands, count, command);
    fputs(page->str, stdout);
    return STATUS_HELD;
}

const Command command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .about = "explain a command and its options",
    .more = "--as man prints a man page; --as bash, zsh or fish what that shell completes with,\n"
            "which is for all commands at once: source <(distrosim help --as bash).\n",
    .options = (const OptionId[]) { OPTION_AS, OPTIONS_END },
    .offer = OFFER_COMMAND,
    .high = 1,
    .run = help_command,
};
