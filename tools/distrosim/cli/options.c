/* tools/distrosim/cli/options.c -- see options.h. */
#include "tools/distrosim/cli/options.h"

#include <glib.h>

#define OPTION_ROW(identifier, field, kind, offer, name, value, about)                             \
    { OPTION_KIND_##kind, OFFER_##offer, name, value, about },
static const Option options[N_OPTIONS] = { OPTION_TABLE(OPTION_ROW) };

const Option *option_with(OptionId id)
{
    g_assert_cmpuint(id, <, N_OPTIONS);
    return &options[id];
}
