/* tools/distrosim/cli/terminal.h -- is a stream a terminal, and may it be coloured? */
#pragma once

#include <stdbool.h>
#include <stdio.h>

bool terminal_is(FILE *stream);

/* The codes that begin and end a colour on @stream; "" where they would not show (no terminal, a
 * dumb one, or NO_COLOR is set). */
const char *terminal_red(FILE *stream);
const char *terminal_green(FILE *stream);
const char *terminal_plain(FILE *stream);

/* @text as a terminal may have it: what a scenario says could move its cursor or change colours, so
 * control characters but newlines and tabs are shown as "\\x1b". (transfer full) */
char *terminal_harmless(const char *text);
