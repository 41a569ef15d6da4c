/* tools/distrosim/run/rerun.h -- a stored run, run once more to be looked at.
 *
 * Nothing but a summary is needed: a run is scenario, seed and params, so whatever a trace could
 * tell is told by running it again with recording on. */
#pragma once

#include "tools/distrosim/cli/request.h"
#include "tools/distrosim/cli/status.h"
#include "tools/distrosim/output/record.h"
#include "tools/distrosim/run/runner.h"

/* Reads what @folder says about its run, loads its scenario and fills @request with what differs
 * from its defaults. Complains about what is missing or wrong. */
ExitStatus rerun_open(const char *folder, RunRecord *record, Request *request,
                      SimScenario **scenario);

/* An instant as options take it, "31.5s"; leaves @at_us alone if @text is NULL. @before: it
 * may be before the story's time 0. Complains. */
bool rerun_read_instant(const char *option, const char *text, bool before, int64_t *at_us);

typedef struct Rerun {
    const char *folder;
    bool payloads, quiet;
    bool draws_only; /* a run that held needs no more of a trace than a diagram does */
    /* Called at the end, while the world is there. */
    void (*inspect)(void *data, const SimWorld *world, const SimResult *result);
    void *data;
} Rerun;

/* Runs it with recording on. Complains, and gives NULL and the status, if that cannot be done or
 * did not come out as it did before. @request (nullable) is filled. (transfer full) */
SimResult *rerun(const Rerun *what, Request *request, ExitStatus *status);
