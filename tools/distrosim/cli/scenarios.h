/* tools/distrosim/cli/scenarios.h -- scenarios as a command line names them: files, and folders of
 * them. */
#pragma once

#include "sim/run/run.h"
#include "tools/distrosim/cli/status.h"

/* The file or folder @operand as it was typed, if there is one; else the one of that name among
 * distrosim's own, such as "scenarios/smoke". NULL if that is missing, too. (transfer full) */
char *scenario_path(const char *operand);
/* Paths of the scenarios in @operands: files as they are, folders with all below them in order of
 * name, except what lies in lib/, data/ and meta/, and scale/ unless it is the operand. Complains
 * and gives NULL if one is missing. */
GPtrArray *scenarios_find(const GPtrArray *operands, ExitStatus *status);
/* Calls @take with the files in @folder and its folders whose names end with @ending, in order. */
void support_files(const char *folder, const char *ending,
                   void (*take)(const char *path, void *data), void *data);
/* Loads @path; complains, makes @status worse and gives NULL if it is missing or wrong. */
SimScenario *scenario_open(const char *path, ExitStatus *status);
/* The status that a failure to load or check a scenario ends with. */
ExitStatus scenario_error_status(const GError *error);
