/* tests/sweep/wobbly.c -- a simulator that breaks its promise, to see that it is caught.
 *
 * Linked before the real sim_run (--wrap=sim_run). With WOBBLE=again, a third of all seeds come out
 * otherwise each time; with WOBBLE=zone, another third wherever a time zone is set. */
#include <glib.h>
#include <string.h>

#include "sim/run/run.h"

SimResult *__real_sim_run(const SimScenario *scenario, const SimRunOptions *options, bool *usage);
SimResult *__wrap_sim_run(const SimScenario *scenario, const SimRunOptions *options, bool *usage);

static void wobble(SimResult *result)
{
    static gint runs;
    gint run = g_atomic_int_add(&runs, 1);
    result->fingerprint += (uint64_t)run;
    char *later = result->trace_text != NULL ? strstr(result->trace_text, "\"t_us\":") : NULL;
    if (later != NULL) {
        later[1] = (char)('a' + run % 26);
    }
}

SimResult *__wrap_sim_run(const SimScenario *scenario, const SimRunOptions *options, bool *usage)
{
    SimResult *result = __real_sim_run(scenario, options, usage);
    const char *kind = g_getenv("WOBBLE");
    if (g_strcmp0(kind, "again") == 0 && options->seed % 3 == 1) {
        wobble(result);
    }
    if (g_strcmp0(kind, "zone") == 0 && options->seed % 3 == 2 && g_getenv("TZ") != NULL) {
        result->fingerprint++;
    }
    return result;
}
