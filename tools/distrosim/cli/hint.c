/* tools/distrosim/cli/hint.c -- see hint.h. */
#include "tools/distrosim/cli/hint.h"

#include <glib.h>
#include <stdbool.h>

#include "sim/base/nearest.h"

char *hint_names(const char *wanted, const char *const *names, size_t n)
{
    g_assert_cmpuint(n, >, 0);
    const char *typo = sim_nearest_typo(wanted, names, n);
    if (typo != NULL) {
        return g_strdup_printf("did you mean '%s'?", typo);
    }
    GString *text = g_string_new("known: ");
    for (size_t i = 0; i < n; i++) {
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    return g_string_free(text, false);
}
