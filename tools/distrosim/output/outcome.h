/* tools/distrosim/output/outcome.h -- what is done with a result: written, drawn, printed. */
#pragma once

#include <stdio.h>

#include "sim/run/run.h"
#include "tools/distrosim/cli/arguments.h"
#include "tools/distrosim/cli/request.h"
#include "tools/distrosim/cli/status.h"

typedef struct Outcome {
    const Arguments *arguments;
    const Request *request;
    const char *folder; /* where the run's files go; NULL: nowhere */
} Outcome;

/* Complains about what cannot be written. The verdict's exit status, or a worse one. */
ExitStatus outcome_finish(const Outcome *outcome, const SimResult *result);

/* The same without what a person reads of a run that held, and without pictures. */
ExitStatus outcome_write(const Outcome *outcome, const SimResult *result);

/* Where text for people goes: standard output, unless that is to be JSON and nothing else. */
FILE *outcome_stream(const Arguments *arguments);
/* Is text for people wanted about what went well? */
bool outcome_talks(const Arguments *arguments);
