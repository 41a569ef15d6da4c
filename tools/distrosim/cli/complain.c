/* tools/distrosim/cli/complain.c -- see complain.h. */
#include "tools/distrosim/cli/complain.h"

#include <stdarg.h>
#include <stdio.h>

void complain(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fputs("distrosim: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
}
