/* tools/distrosim/manual/manual.h -- the command's pages, all made from its tables.
 *
 *      text.c    what `distrosim help` prints
 *      man.c     man pages: distrosim(1), distrosim-run(1), ...
 *      shells.c  completions for bash, zsh and fish
 *
 * An option or a command that is added to its table is in all of them. */
#pragma once

#include <glib.h>
#include <stdio.h>

#include "tools/distrosim/cli/command.h"

typedef enum ManualForm {
    MANUAL_TEXT,
    MANUAL_MAN,
    MANUAL_BASH,
    MANUAL_ZSH,
    MANUAL_FISH,
} ManualForm;

/* Reads "man", "bash", "zsh" or "fish"; false if @text is none of them. */
bool manual_form_parse(const char *text, ManualForm *form);

/* The page about @command, or about all @commands (@count) if it is NULL; completions are always
 * for all. (transfer full) */
GString *manual_page(ManualForm form, const Command *const *commands, size_t count,
                     const Command *command);

/* --- between its files ----------------------------------------------------------------------- */

GString *manual_text(const Command *const *commands, size_t count, const Command *command);
GString *manual_man(const Command *const *commands, size_t count, const Command *command);
GString *manual_bash(const Command *const *commands, size_t count);
GString *manual_zsh(const Command *const *commands, size_t count);
GString *manual_fish(const Command *const *commands, size_t count);
/* "--seed N"; "--json". (transfer full) */
char *manual_option_usage(const Option *option);
/* "run SCENARIO...", "advise". (transfer full) */
char *manual_command_usage(const Command *command);
