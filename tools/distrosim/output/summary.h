/* tools/distrosim/output/summary.h -- the files of a run: results/<scenario>/<seed>/.
 *
 *      summary.json      the verdict and all figures; written last, so that it stands for the rest
 *      convergence.csv   a row per acknowledged operation that converged
 *      timeline.csv      four samples per virtual second
 *      faults.csv        what was broken, from when to when
 *      trace.ndjson      if the run failed: every event, a JSON object per line */
#pragma once

#include "sim/run/run.h"
#include "tools/distrosim/cli/request.h"
#include "tools/distrosim/output/json.h"

#define SUMMARY_SCHEMA 1

/* summary.json; @request is what was typed. (transfer full) */
json_t *summary_object(const SimResult *result, const Request *request);
/* Writes all files of a run into @folder, and removes those of an older run that this one lacks. */
bool summary_write_run(const char *folder, const SimResult *result, const Request *request,
                       GError **error);

/* The earliest violation, as first_violation shows it; NULL if there is none. */
const SimViolation *summary_first_violation(const SimResult *result, guint *index);
