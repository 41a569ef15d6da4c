/* tools/distrosim/sweep/selfcheck.h -- the same run once more: does the simulator keep its promise?
 *
 * Which runs are checked follows from the scenario's name and the seed alone, so it is the same for
 * any number of threads and shards. */
#pragma once

#include "sim/run/run.h"

/* Makes the run again, with a trace or without; NULL if Ctrl-C stopped it. (transfer full) */
typedef SimResult *(*SelfCheckRun)(void *data, bool record);

/* One run in twenty. */
bool selfcheck_picks(const char *scenario, uint64_t seed);

/* Compares @first with a second run. If they differ, @first becomes "nondeterministic", and its
 * reason names the first event in which two recorded runs differ. False if Ctrl-C stopped it. */
bool selfcheck_run(SimResult *first, SelfCheckRun again, void *data);

/* The first lines in which two traces differ, as a sentence; NULL if none do. (transfer full) */
char *selfcheck_first_difference(const char *one, const char *other);
