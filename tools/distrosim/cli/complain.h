/* tools/distrosim/cli/complain.h -- the one way in which a command says that something is wrong. */
#pragma once

#include <glib.h>

/* Prints one sentence, without a full stop, to standard error, after the command's name. */
void complain(const char *format, ...) G_GNUC_PRINTF(1, 2);
