/* tools/distrod/config/pages.c -- the table of options as help and as a man page. */
#include "tools/distrod/config/pages.h"

#include "tools/distrod/config/options.h"

#include <string.h>

enum {
    COLUMN = 34, /* where what an option does begins */
    WIDTH = 100
};

static const char about[] =
    "A registry server that joins a cluster of Nacos servers (2.x, 3.x) as a member of the Distro "
    "protocol and serves their SDKs.";

/* Fill @text from column COLUMN to WIDTH; the line is at @used. */
static void append_filled(GString *page, const char *text, size_t used)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    bool first = true;
    if (used >= COLUMN) {
        g_string_append_c(page, '\n');
        used = 0;
    }
    for (char **word = words; *word != NULL; word++) {
        if (!first && used + 1 + strlen(*word) > WIDTH) {
            g_string_append_c(page, '\n');
            used = 0;
        }
        const size_t gap = used < COLUMN ? COLUMN - used : 1;
        g_string_append_printf(page, "%*s%s", (int)gap, "", *word);
        used += gap + strlen(*word);
        first = false;
    }
    g_string_append_c(page, '\n');
}

static void append_option(GString *page, const RegOption *option)
{
    const gsize start = page->len;
    g_string_append_printf(page, "  --%s%s%s", option->name, option->value != NULL ? " " : "",
                           option->value != NULL ? option->value : "");
    const bool shows_preset = option->preset != NULL && strcmp(option->preset, "0") != 0;
    g_autofree char *text = shows_preset ? g_strdup_printf("%s (%s)", option->about, option->preset)
                                         : g_strdup(option->about);
    append_filled(page, text, page->len - start);
}

char *reg_help_page(void)
{
    GString *page = g_string_new("usage: distrod [OPTION...]\n\n");
    size_t count;
    const RegOption *options = reg_option_table(&count);
    g_string_append(page, about);
    g_string_append_c(page, '\n');
    for (size_t i = 0; i < count; i++) {
        if (options[i].heading != NULL) {
            g_string_append_printf(page, "\n%s\n", options[i].heading);
        }
        append_option(page, &options[i]);
    }
    g_string_append(page, "\nSIGTERM and SIGINT stop it in order; SIGHUP opens the logs anew.\n");
    return g_string_free(page, false);
}

/* ---- man(7) ---- */

static void append_roff(GString *page, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '\\') {
            g_string_append(page, "\\e");
        } else if (*at == '-') {
            g_string_append(page, "\\-");
        } else {
            g_string_append_c(page, *at);
        }
    }
}

static void append_man_option(GString *page, const RegOption *option)
{
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
    if (option->preset != NULL) {
        g_string_append(page, ". Default: ");
        append_roff(page, option->preset);
    }
    g_string_append(page, ".\n");
}

static const char man_end[] =
    ".SH SIGNALS\n"
    ".TP\n\\fBSIGTERM\\fR, \\fBSIGINT\\fR\nstop in order: accept no more, tell SDKs to go "
    "elsewhere, let peers know, close. A second one stops at once.\n"
    ".TP\n\\fBSIGHUP\\fR\nopen the log files anew.\n"
    ".SH PORTS\n"
    "With \\fB\\-\\-port\\fR \\fIN\\fR: HTTP at \\fIN\\fR, gRPC for SDKs at \\fIN\\fR+1000, gRPC "
    "for servers at \\fIN\\fR+1001, administration at \\fIN\\fR+1002.\n"
    ".SH EXIT STATUS\n"
    "0 after it was stopped; 64 for options that make no sense; 69 if it cannot serve, with the "
    "reason on stderr.\n"
    ".SH SEE ALSO\n"
    ".BR distrosim (1)\n";

char *reg_man_page(const char *version)
{
    GString *page = g_string_new(".TH DISTROD 8 \"\" \"distrod ");
    size_t count;
    const RegOption *options = reg_option_table(&count);
    append_roff(page, version);
    g_string_append(page, "\" \"distrosim\"\n.SH NAME\ndistrod \\- a registry server that speaks "
                          "Nacos's Distro protocol\n.SH SYNOPSIS\n.B distrod\n[\\fIOPTION\\fR...]\n"
                          ".SH DESCRIPTION\n");
    append_roff(page, about);
    g_string_append(page, "\n.SH OPTIONS\nAll but those that print something may stand in the file "
                          "of \\fB\\-\\-config\\fR, as name = value.\n");
    for (size_t i = 0; i < count; i++) {
        if (options[i].heading != NULL) {
            g_string_append_printf(page, ".SS %s\n", options[i].heading);
        }
        append_man_option(page, &options[i]);
    }
    g_string_append(page, man_end);
    return g_string_free(page, false);
}
