/* tools/distrosim/manual/man.c -- man pages, in the macros of man(7). */
#include <string.h>

#include "tools/distrosim/cli/version.h"
#include "tools/distrosim/manual/manual.h"

/* Text as roff takes it: no escape, no request at the start of a line, hyphens to paste. */
static void append_roff(GString *page, const char *text)
{
    bool starts_line = true;
    for (const char *c = text; *c != '\0'; c++) {
        if (starts_line && (*c == '.' || *c == '\'')) {
            g_string_append(page, "\\&");
        }
        if (*c == '\\') {
            g_string_append(page, "\\e");
        } else if (*c == '-') {
            g_string_append(page, "\\-");
        } else {
            g_string_append_c(page, *c);
        }
        starts_line = *c == '\n';
    }
}

static void append_head(GString *page, const char *title, const char *name, const char *about)
{
    g_autofree char *upper = g_ascii_strup(title, -1);
    g_string_append(page, ".TH ");
    append_roff(page, upper);
    g_string_append(page, " 1 \"\" \"distrosim ");
    append_roff(page, distrosim_version);
    g_string_append(page, "\" \"distrosim\"\n.SH NAME\n");
    append_roff(page, name);
    g_string_append(page, " \\- ");
    append_roff(page, about);
    g_string_append(page, "\n.SH SYNOPSIS\n.B distrosim\n");
}

/* Paragraphs of a help text: lines that are set in stand as they are, the rest is filled. */
static void append_paragraphs(GString *page, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    bool verbatim = false;
    for (char **line = lines; *line != NULL; line++) {
        bool is_set_in = g_str_has_prefix(*line, "  ");
        if (is_set_in != verbatim) {
            g_string_append(page, is_set_in ? ".PP\n.nf\n" : ".fi\n");
            verbatim = is_set_in;
        }
        if (**line == '\0') {
            g_string_append(page, line[1] != NULL ? ".PP\n" : "");
            continue;
        }
        append_roff(page, *line);
        g_string_append_c(page, '\n');
    }
}

static void append_options(GString *page, const OptionId *options)
{
    if (options == NULL) {
        return;
    }
    g_string_append(page, ".SH OPTIONS\n");
    for (; *options != OPTIONS_END; options++) {
        const Option *option = option_with(*options);
        g_string_append(page, ".TP\n\\fB\\-\\-");
        append_roff(page, option->name);
        g_string_append(page, "\\fR");
        if (option->value != NULL) {
            g_string_append(page, " \\fI");
            append_roff(page, option->value);
            g_string_append(page, "\\fR");
        }
        g_string_append_c(page, '\n');
        append_roff(page, option->about);
        g_string_append_c(page, '\n');
    }
}

static void append_statuses(GString *page)
{
    g_string_append(page, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < status_count(); i++) {
        g_string_append_printf(page, ".TP\n.B %d\n", (int)status_at(i));
        append_roff(page, status_about(status_at(i)));
        g_string_append_c(page, '\n');
    }
}

static void append_see_also(GString *page, const Command *const *commands, size_t count,
                            const Command *command)
{
    g_string_append(page, ".SH SEE ALSO\n");
    if (command != NULL) {
        g_string_append(page, ".BR distrosim (1)\n");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        g_string_append_printf(page, ".BR distrosim\\-%s (1)%s\n", commands[i]->name,
                               i + 1 < count ? "," : "");
    }
}

static void append_commands(GString *page, const Command *const *commands, size_t count)
{
    g_string_append(page, ".SH COMMANDS\n");
    for (size_t i = 0; i < count; i++) {
        g_autofree char *usage = manual_command_usage(commands[i]);
        g_string_append(page, ".TP\n.B ");
        append_roff(page, usage);
        g_string_append_c(page, '\n');
        append_roff(page, commands[i]->about);
        g_string_append_c(page, '\n');
    }
}

static void append_overview(GString *page, const Command *const *commands, size_t count)
{
    append_head(page, "distrosim", "distrosim", "run Nacos's Distro protocol in a simulated world");
    g_string_append(
        page, ".I command\n.RI [ options ]\n.SH DESCRIPTION\n"
              "Runs Nacos's Distro protocol in a simulated world and says whether the claims of a\n"
              "scenario hold. A run is a scenario, a seed and a version of distrosim: it can be\n"
              "repeated. Each command has a page of its own.\n");
    append_commands(page, commands, count);
    append_statuses(page);
    g_string_append(page, ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nNothing is coloured if it is set.\n"
                          ".SH FILES\n.TP\n.I results/\nwhere results are kept, below the working "
                          "folder\n.TP\n.I share/distrosim/scenarios/\nscenarios, their library, "
                          "measured tables, and annotations for editors\n");
    append_see_also(page, commands, count, NULL);
}

static void append_command(GString *page, const Command *const *commands, size_t count,
                           const Command *command)
{
    g_autofree char *title = g_strdup_printf("distrosim-%s", command->name);
    append_head(page, title, title, command->about);
    g_string_append_printf(page, ".B %s\n", command->name);
    if (*command->operands != '\0') {
        g_string_append(page, ".I ");
        append_roff(page, command->operands);
        g_string_append_c(page, '\n');
    }
    g_string_append(page, command->options != NULL ? ".RI [ options ]\n" : "");
    if (command->more != NULL) {
        g_string_append(page, ".SH DESCRIPTION\n");
        append_paragraphs(page, command->more);
    }
    append_options(page, command->options);
    append_statuses(page);
    append_see_also(page, commands, count, command);
}

GString *manual_man(const Command *const *commands, size_t count, const Command *command)
{
    GString *page = g_string_new(NULL);
    if (command == NULL) {
        append_overview(page, commands, count);
    } else {
        append_command(page, commands, count, command);
    }
    return page;
}
