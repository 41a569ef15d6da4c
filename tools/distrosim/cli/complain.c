/* tools/distrosim/cli/complain.c -- see complain.h. */
#include "tools/distrosim/cli/complain.h"

#include <glib.h>
#include <stdarg.h>
#include <stdio.h>

#include "tools/distrosim/cli/terminal.h"

void complain(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    g_autofree char *text = g_strdup_vprintf(format, values);
    g_autofree char *harmless = terminal_harmless(text);
    fprintf(stderr, "distrosim: %s\n", harmless);
    va_end(values);
}
