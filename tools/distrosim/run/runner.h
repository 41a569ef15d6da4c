/* tools/distrosim/run/runner.h -- one call of the simulator, as the commands make it. */
#pragma once

#include "sim/run/run.h"
#include "tools/distrosim/cli/progress.h"
#include "tools/distrosim/cli/request.h"

typedef struct Runner {
    const SimScenario *scenario;
    const Request *request;
    uint64_t seed;
    int64_t until_us;   /* INT64_MAX: at the story's end */
    bool record;        /* keep a full trace */
    bool unwritten;     /* with .record: it is looked at, and not wanted as text */
    bool sparse;        /* with .unwritten: enough for a diagram, too little for an explanation */
    bool history;       /* and the history of operations */
    Progress *progress; /* nullable, as it must be where several threads run */
    bool narrate;       /* print the story's steps and log lines to standard output */
    uint64_t memory_limit; /* bytes; 0: none */
    bool payloads;         /* keep what the messages say, too */
    void (*inspect)(void *data, const SimWorld *world, const SimResult *result); /* see run.h */
    void *inspect_data;
    /* Nullable, (transfer full): the choices of one call; what they must be, or where they are
     * drawn. They are freed after .chosen has seen them. */
    SimChoices *(*choices)(void *data);
    void (*chosen)(void *data, const SimChoices *choices, const SimResult *result); /* nullable */
    void *choices_data;
    bool explores;  /* every order is a choice (explore/explore.h): taken from .choices, which */
    unsigned kinds; /* there must be; kinds of faults */
    bool branches;  /* see run.h */
    int64_t branch_us;
    uint64_t branch_seed;
} Runner;

/* NULL if Ctrl-C stopped it, or it became too large (memory.h). @usage (nullable) as sim_run says.
 * (transfer full) */
SimResult *runner_run(const Runner *runner, bool *usage);

/* A run that failed is run again with a trace, which costs nothing until it is wanted; if the
 * second run is another one than the first, the verdict becomes "nondeterministic". Takes @result;
 * NULL if Ctrl-C stopped it. (transfer full) */
SimResult *runner_explain(const Runner *runner, SimResult *result);

/* Is this a run that failed and whose story a trace can tell? */
bool runner_is_red(const SimResult *result);
/* Turns @result into that of a run that did not come out the same twice. */
void runner_set_nondeterministic(SimResult *result, uint64_t expected, const char *other);
