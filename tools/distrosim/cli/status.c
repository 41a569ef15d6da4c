/* tools/distrosim/cli/status.c -- see status.h. */
#include "tools/distrosim/cli/status.h"

#include <glib.h>

/* Worst first. What kept the command from its work stands before what the work found: a
 * reader of the status alone must not take a sweep for complete that could not write its rows. */
static const ExitStatus by_severity[] = {
    STATUS_INTERRUPTED,  STATUS_USAGE,          STATUS_NO_FILE,          STATUS_UNAVAILABLE,
    STATUS_CANNOT_WRITE, STATUS_INTERNAL,       STATUS_NONDETERMINISTIC, STATUS_UNSAFE,
    STATUS_DIVERGED,     STATUS_WRONG_SCENARIO, STATUS_VACUOUS,          STATUS_HELD,
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

static const struct {
    ExitStatus status;
    const char *about;
} meanings[] = {
    { STATUS_HELD, "all held" },
    { STATUS_UNSAFE, "unsafe" },
    { STATUS_DIVERGED, "did not converge" },
    { STATUS_VACUOUS, "proved nothing" },
    { STATUS_NONDETERMINISTIC, "not deterministic" },
    { STATUS_USAGE, "usage" },
    { STATUS_WRONG_SCENARIO, "the scenario is wrong" },
    { STATUS_NO_FILE, "no such file" },
    { STATUS_UNAVAILABLE, "what it needs is not on this machine" },
    { STATUS_INTERNAL, "internal error" },
    { STATUS_CANNOT_WRITE, "cannot write" },
    { STATUS_INTERRUPTED, "interrupted" },
};

size_t status_count(void)
{
    return G_N_ELEMENTS(meanings);
}

ExitStatus status_at(size_t index)
{
    g_assert_cmpuint(index, <, G_N_ELEMENTS(meanings));
    return meanings[index].status;
}

const char *status_about(ExitStatus status)
{
    for (size_t i = 0; i < G_N_ELEMENTS(meanings); i++) {
        if (meanings[i].status == status) {
            return meanings[i].about;
        }
    }
    g_assert_not_reached();
}
