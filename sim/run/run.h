/* sim/run/run.h -- one scenario, one seed, one result: what the command and the tests call.
 *
 * A run is a function of (file, seed, params, profile). It has no side effects on the outside:
 * the command (tools/distrosim/output) writes what it returns. Runs may go on in several threads at
 * once. */
#pragma once

#include <stdatomic.h>

#include "sim/actions/record.h"
#include "sim/base/choice.h"
#include "sim/run/result.h"

typedef struct SimRunOptions {
    uint64_t seed;
    const SimSetting *settings;
    size_t n_settings;
    const char *profile;          /* NULL: the topology's */
    bool record;                  /* keep a full trace */
    bool unwritten;               /* with .record: but do not give it as text, which takes longer */
    bool sparse;                  /* with .unwritten: enough for a diagram (sim_trace_set_sparse) */
    bool history;                 /* with .record: and give the history that follows from it */
    struct SimRecording *actions; /* nullable: what the run does is written there (record.h) */
    bool payloads;                /* and what the messages in it say, for a packet capture */
    bool unchecked;               /* without the checks of `always`, for a benchmark */
    bool single_calls;            /* no batches (network/call_batch.h): slower, the same result */
    bool paranoid;                /* sim_study_check after every event */
    const SimReality *reality;    /* nullable: the servers are real (world/reality.h) */
    const struct SimScriptLimit *limit; /* nullable: what the story may use (script.h) */
    int64_t until_us;                   /* stop here; INT64_MAX: at the story's end */
    /* Where the run's choices are taken, and what is planned for them (choice.h); nullable. A
     * planned choice that the run does not come to is an error, with its line. */
    SimChoices *choices;
    struct SimExplorer *explorer; /* nullable: every order is a choice (explore/explore.h) */
    bool branches;                /* at .branch_us chance is drawn anew: */
    int64_t branch_us;            /* all that happens up to this instant, 0 or later, stays; */
    uint64_t branch_seed;         /* what comes after follows from this, too */
    /* Called now and then from the running thread with the virtual time, and the instant for which
     * the story waits (it may have gone by); nullable. True: go on. */
    bool (*progress)(void *data, int64_t now_us, int64_t awaited_us);
    const atomic_bool *unwanted; /* nullable: once true, the run ends as if progress said no */
    void *progress_data;
    void (*log)(void *data, int64_t now_us, const char *text); /* step and log lines; nullable */
    void *log_data;
    /* Called once at the end, while the world is still there to be read; nullable. Only for a run
     * whose world was made. */
    void (*inspect)(void *data, const SimWorld *world, const SimResult *result);
    void *inspect_data;
} SimRunOptions;

/* Runs. Never fails: a wrong scenario gives SIM_VERDICT_ERROR with the reason; wrong settings too,
 * with @usage (nullable) set to true. (transfer full) */
SimResult *sim_run(const SimScenario *scenario, const SimRunOptions *options, bool *usage);
