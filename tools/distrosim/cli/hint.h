/* tools/distrosim/cli/hint.h -- "did you mean ...?", or what there is, if nothing is near. */
#pragma once

#include <stddef.h>

/* "did you mean 'nodes'?" if one of the @n @names (at least one) is near enough to @wanted to be
 * meant; else "known: clients, nodes". (transfer full) */
char *hint_names(const char *wanted, const char *const *names, size_t n);
