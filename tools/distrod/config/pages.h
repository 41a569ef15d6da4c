/* tools/distrod/config/pages.h -- the table of options as a person reads it. */
#pragma once

#include <glib.h>

/* `distrod --help` (transfer full). */
char *reg_help_page(void);
/* distrod.8, in the macros of man(7) (transfer full). */
char *reg_man_page(const char *version);
