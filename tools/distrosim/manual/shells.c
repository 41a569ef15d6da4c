/* tools/distrosim/manual/shells.c -- completions for bash, zsh and fish.
 *
 * They are plain lists: a shell that completes does not start distrosim. */
#include <string.h>

#include "core/profile.h"
#include "sim/export/export.h"
#include "tools/distrosim/manual/manual.h"

/* --- what can be offered -------------------------------------------------------------------- */

static void add_profiles(GPtrArray *words)
{
    size_t count = 0;
    const DistroProfile *profiles = distro_profiles(&count);
    for (size_t i = 0; i < count; i++) {
        g_ptr_array_add(words, (void *)profiles[i].name);
    }
}

static void add_formats(GPtrArray *words)
{
    for (int format = 0; format < SIM_N_EXPORTS; format++) {
        g_ptr_array_add(words, (void *)sim_export_name((SimExportFormat)format));
    }
}

static void add_forms(GPtrArray *words)
{
    static const char *const forms[] = { "man", "bash", "zsh", "fish" };
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_ptr_array_add(words, (void *)forms[i]);
    }
}

/* The words that fit, parted by spaces; "" if any word or file may stand there. (transfer full) */
static char *words_of(Offer offer, const Command *const *commands, size_t count)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    switch (offer) {
    case OFFER_PROFILE:
        add_profiles(words);
        break;
    case OFFER_FORMAT:
        add_formats(words);
        break;
    case OFFER_PAGE:
        add_forms(words);
        break;
    case OFFER_COMMAND:
        for (size_t i = 0; i < count; i++) {
            g_ptr_array_add(words, (void *)commands[i]->name);
        }
        break;
    case OFFER_NOTHING:
    case OFFER_FILE:
    case OFFER_FOLDER:
    case OFFER_SCENARIO:
        break;
    }
    g_ptr_array_add(words, NULL);
    return g_strjoinv(" ", (char **)words->pdata);
}

/* Text between single quotes, as all three shells take it. */
static void append_quoted(GString *page, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'') {
            g_string_append(page, "'\\''");
        } else {
            g_string_append_c(page, *c);
        }
    }
}

/* --- bash ----------------------------------------------------------------------------------- */

/* A statement that fills COMPREPLY with what fits @current. */
static void append_bash_offer(GString *page, Offer offer, const Command *const *commands,
                              size_t count)
{
    g_autofree char *words = words_of(offer, commands, count);
    switch (offer) {
    case OFFER_NOTHING:
        g_string_append(page, "COMPREPLY=()");
        return;
    case OFFER_FILE:
        g_string_append(page, "mapfile -t COMPREPLY < <(compgen -f -- \"$current\")");
        return;
    case OFFER_FOLDER:
        g_string_append(page, "mapfile -t COMPREPLY < <(compgen -d -- \"$current\")");
        return;
    case OFFER_SCENARIO:
        g_string_append(page, "mapfile -t COMPREPLY < <(compgen -d -- \"$current\"; "
                              "compgen -f -X '!*.lua' -- \"$current\")");
        return;
    case OFFER_PROFILE:
    case OFFER_FORMAT:
    case OFFER_COMMAND:
    case OFFER_PAGE:
        g_string_append_printf(page, "mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$current\")",
                               words);
        return;
    }
}

/* "--seed | --seeds | ...": the options with such a value. */
static void append_bash_names(GString *page, Offer offer)
{
    const char *bar = "    ";
    for (int id = 0; id < N_OPTIONS; id++) {
        const Option *option = option_with((OptionId)id);
        if (option->kind == OPTION_KIND_FLAG || option->offer != offer) {
            continue;
        }
        g_string_append_printf(page, "%s--%s%s", bar, option->name,
                               id == OPTION_OUTPUT ? " | -o" : "");
        bar = " | ";
    }
    g_string_append(page, ")\n");
}

static void append_bash_values(GString *page, const Command *const *commands, size_t count)
{
    static const Offer offers[] = { OFFER_NOTHING, OFFER_FILE,   OFFER_FOLDER,
                                    OFFER_PROFILE, OFFER_FORMAT, OFFER_PAGE };
    g_string_append(page, "    case $previous in\n");
    for (size_t i = 0; i < G_N_ELEMENTS(offers); i++) {
        append_bash_names(page, offers[i]);
        g_string_append(page, "        ");
        append_bash_offer(page, offers[i], commands, count);
        g_string_append(page, "\n        return ;;\n");
    }
    g_string_append(page, "    esac\n");
}

static void append_bash_command(GString *page, const Command *command,
                                const Command *const *commands, size_t count)
{
    g_string_append_printf(page, "    %s)\n        options='--help", command->name);
    for (const OptionId *id = command->options; id != NULL && *id != OPTIONS_END; id++) {
        g_string_append_printf(page, " --%s", option_with(*id)->name);
    }
    g_string_append(page, "'\n        if [[ $current != -* ]]; then\n            ");
    append_bash_offer(page, command->offer, commands, count);
    g_string_append(page, "\n            return\n        fi ;;\n");
}

GString *manual_bash(const Command *const *commands, size_t count)
{
    g_autofree char *names = words_of(OFFER_COMMAND, commands, count);
    GString *page = g_string_new("# distrosim(1) completion; made by distrosim help --as bash\n"
                                 "_distrosim()\n{\n"
                                 "    local current=${COMP_WORDS[COMP_CWORD]} options=\n"
                                 "    local previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
                                 "    compopt -o filenames 2>/dev/null\n"
                                 "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n");
    g_string_append_printf(page,
                           "        mapfile -t COMPREPLY < <(compgen -W '%s --help --version' -- "
                           "\"$current\")\n        return\n    fi\n",
                           names);
    append_bash_values(page, commands, count);
    g_string_append(page, "    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < count; i++) {
        append_bash_command(page, commands[i], commands, count);
    }
    g_string_append(page, "    esac\n"
                          "    mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
                          "}\n"
                          "complete -F _distrosim distrosim\n");
    return page;
}

/* --- zsh ------------------------------------------------------------------------------------ */

/* An action of _arguments. */
static void append_zsh_offer(GString *page, Offer offer, const Command *const *commands,
                             size_t count)
{
    g_autofree char *words = words_of(offer, commands, count);
    switch (offer) {
    case OFFER_NOTHING:
        g_string_append(page, " ");
        return;
    case OFFER_FILE:
        g_string_append(page, "_files");
        return;
    case OFFER_FOLDER:
        g_string_append(page, "_files -/");
        return;
    case OFFER_SCENARIO:
        g_string_append(page, "_files -g \"*.lua\"");
        return;
    case OFFER_PROFILE:
    case OFFER_FORMAT:
    case OFFER_COMMAND:
    case OFFER_PAGE:
        g_string_append_printf(page, "(%s)", words);
        return;
    }
}

/* In a specification of _arguments a colon or a bracket ends a part. */
static void append_zsh_text(GString *page, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (strchr("[]:\\", *c) != NULL) {
            g_string_append_c(page, '\\');
        }
        if (*c == '\'') {
            g_string_append(page, "'\\''");
        } else {
            g_string_append_c(page, *c);
        }
    }
}

static void append_zsh_option(GString *page, const Option *option, const Command *const *commands,
                              size_t count)
{
    g_string_append_printf(page, " \\\n            '%s--%s[",
                           option->kind == OPTION_KIND_LIST ? "*" : "", option->name);
    append_zsh_text(page, option->about);
    g_string_append_c(page, ']');
    if (option->value != NULL) {
        g_string_append_c(page, ':');
        append_zsh_text(page, option->value);
        g_string_append_c(page, ':');
        append_zsh_offer(page, option->offer, commands, count);
    }
    g_string_append_c(page, '\'');
}

static void append_zsh_command(GString *page, const Command *command,
                               const Command *const *commands, size_t count)
{
    g_string_append_printf(page, "    %s)\n        _arguments '--help[explain this command]'",
                           command->name);
    for (const OptionId *id = command->options; id != NULL && *id != OPTIONS_END; id++) {
        append_zsh_option(page, option_with(*id), commands, count);
    }
    if (command->high > 0) {
        g_string_append(page, " \\\n            '*:");
        append_zsh_text(page, command->operands);
        g_string_append_c(page, ':');
        append_zsh_offer(page, command->offer, commands, count);
        g_string_append_c(page, '\'');
    }
    g_string_append(page, " ;;\n");
}

GString *manual_zsh(const Command *const *commands, size_t count)
{
    GString *page = g_string_new("#compdef distrosim\n# made by distrosim help --as zsh\n"
                                 "_distrosim()\n{\n    local -a commands=(\n");
    for (size_t i = 0; i < count; i++) {
        g_string_append_printf(page, "        '%s:", commands[i]->name);
        append_zsh_text(page, commands[i]->about);
        g_string_append(page, "'\n");
    }
    g_string_append(page, "    )\n    if (( CURRENT == 2 )); then\n"
                          "        _describe command commands\n        return\n    fi\n"
                          "    local command=${words[2]}\n    shift words\n    (( CURRENT-- ))\n"
                          "    case $command in\n");
    for (size_t i = 0; i < count; i++) {
        append_zsh_command(page, commands[i], commands, count);
    }
    g_string_append(page, "    esac\n}\n\n"
                          "if [ \"$funcstack[1]\" = _distrosim ]; then\n    _distrosim \"$@\"\n"
                          "else\n    compdef _distrosim distrosim\nfi\n");
    return page;
}

/* --- fish ----------------------------------------------------------------------------------- */

/* What `complete` is told of a value or an operand. */
static void append_fish_offer(GString *page, Offer offer, const Command *const *commands,
                              size_t count)
{
    g_autofree char *words = words_of(offer, commands, count);
    switch (offer) {
    case OFFER_NOTHING:
        return;
    case OFFER_FILE:
    case OFFER_SCENARIO:
        g_string_append(page, " -F");
        return;
    case OFFER_FOLDER:
        g_string_append(page, " -a '(__fish_complete_directories)'");
        return;
    case OFFER_PROFILE:
    case OFFER_FORMAT:
    case OFFER_COMMAND:
    case OFFER_PAGE:
        g_string_append_printf(page, " -a '%s'", words);
        return;
    }
}

static void append_fish_command(GString *page, const Command *command,
                                const Command *const *commands, size_t count)
{
    const char *name = command->name;
    g_string_append_printf(page, "complete -c distrosim -n __fish_use_subcommand -a %s -d '", name);
    append_quoted(page, command->about);
    g_string_append(page, "'\n");
    if (command->high > 0 && command->offer != OFFER_NOTHING) {
        g_string_append_printf(page, "complete -c distrosim -n '__fish_seen_subcommand_from %s'",
                               name);
        append_fish_offer(page, command->offer, commands, count);
        g_string_append_c(page, '\n');
    }
    for (const OptionId *id = command->options; id != NULL && *id != OPTIONS_END; id++) {
        const Option *option = option_with(*id);
        g_string_append_printf(page,
                               "complete -c distrosim -n '__fish_seen_subcommand_from %s' -l %s%s",
                               name, option->name, option->value != NULL ? " -r" : "");
        append_fish_offer(page, option->offer, commands, count);
        g_string_append(page, " -d '");
        append_quoted(page, option->about);
        g_string_append(page, "'\n");
    }
}

GString *manual_fish(const Command *const *commands, size_t count)
{
    GString *page = g_string_new("# made by distrosim help --as fish\n"
                                 "complete -c distrosim -f\n");
    for (size_t i = 0; i < count; i++) {
        append_fish_command(page, commands[i], commands, count);
    }
    g_string_append(page, "complete -c distrosim -l help -d 'explain distrosim or a command'\n"
                          "complete -c distrosim -n __fish_use_subcommand -l version -d "
                          "'print the version'\n");
    return page;
}
