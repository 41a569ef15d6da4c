/* tools/distrosim/cli/status.c -- see status.h. */
#include "tools/distrosim/cli/status.h"

#include <glib.h>

/* Worst first. What kept the command from its work stands before what the work found: a
 * reader of the status alone must not take a sweep for complete that could not write its rows. */
static const ExitStatus by_severity[] = {
    STATUS_INTERRUPTED,  STATUS_USAGE,    STATUS_NO_FILE,
    STATUS_CANNOT_WRITE, STATUS_INTERNAL, STATUS_NONDETERMINISTIC,
    STATUS_UNSAFE,       STATUS_DIVERGED, STATUS_WRONG_SCENARIO,
    STATUS_VACUOUS,      STATUS_HELD,
};

ExitStatus status_worse(ExitStatus one, ExitStatus other)
{
    for (size_t i = 0; i < G_N_ELEMENTS(by_severity); i++) {
        if (by_severity[i] == one || by_severity[i] == other) {
            return by_severity[i];
        }
    }
    return STATUS_INTERNAL;
}
