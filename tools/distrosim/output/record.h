/* tools/distrosim/output/record.h -- a run's summary, read back: how to make the run again. */
#pragma once

#include "sim/run/run.h"

/* What summary.json says about how its run was made. */
typedef struct RunRecord {
    char *path;   /* of the scenario, as it was given */
    char *folder; /* where the run was made, which a relative path starts from; nullable */
    char *version;
    uint64_t seed, fingerprint;
    bool held;      /* its verdict */
    GArray *params; /* SimSetting, interned: all params as used */
    char *profile;  /* as given by --profile; NULL: the topology's */
} RunRecord;
void run_record_clear(RunRecord *record);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RunRecord, run_record_clear)
bool run_record_read(const char *folder, RunRecord *record, GError **error);
