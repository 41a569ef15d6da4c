/* tools/distrosim/cli/terminal.c -- see terminal.h. */
#include "tools/distrosim/cli/terminal.h"

#include <glib.h>
#include <unistd.h>

static bool is_dumb(void)
{
    const char *kind = g_getenv("TERM");
    return kind == NULL || g_str_equal(kind, "dumb");
}

bool terminal_is(FILE *stream)
{
    return isatty(fileno(stream)) && !is_dumb();
}

static const char *colour_code(FILE *stream, const char *text)
{
    const char *no_color = g_getenv("NO_COLOR");
    bool unwanted = no_color != NULL && *no_color != '\0';
    return unwanted || !terminal_is(stream) ? "" : text;
}

const char *terminal_red(FILE *stream)
{
    return colour_code(stream, "\033[1;31m");
}

const char *terminal_green(FILE *stream)
{
    return colour_code(stream, "\033[32m");
}

const char *terminal_plain(FILE *stream)
{
    return colour_code(stream, "\033[0m");
}

char *terminal_harmless(const char *text)
{
    GString *harmless = g_string_new(NULL);
    for (const char *c = text; *c != '\0'; c++) {
        bool control = (unsigned char)*c < 0x20 || *c == 0x7f;
        if (control && *c != '\n' && *c != '\t') {
            g_string_append_printf(harmless, "\\x%02x", (unsigned)*c);
        } else {
            g_string_append_c(harmless, *c);
        }
    }
    return g_string_free(harmless, false);
}
