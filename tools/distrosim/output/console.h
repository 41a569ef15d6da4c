/* tools/distrosim/output/console.h -- what a person reads after a run. */
#pragma once

#include <stdio.h>

#include "sim/run/run.h"
#include "tools/distrosim/cli/request.h"

/* Where the run's files went; NULL for what there is none of. */
typedef struct OutputFiles {
    const char *folder, *trace, *history;
    bool plots;
} OutputFiles;

/* The verdict and what led to it; a run that held gets its figures in words, and
 * one whose scenario is wrong no more than its files, for the sentence has been told. */
void output_run(FILE *out, const SimResult *result, const Request *request,
                const OutputFiles *files);

/* For a sweep: "partition/minority  seed 41  unsafe at 31.204 s: sentence". (transfer full) */
char *output_red_line(const SimResult *result);
/* The sentence that says what went wrong. (transfer none) */
const char *output_sentence(const SimResult *result);
/* When it went wrong. */
int64_t output_instant_us(const SimResult *result);
