/* tools/distrosim/results.h -- what a run leaves behind: results/<scenario>/<seed>/.
 *
 *      summary.json      the verdict and all figures; written last, so that it stands for the rest
 *      convergence.csv   a row per acknowledged operation that converged
 *      timeline.csv      four samples per virtual second
 *      faults.csv        what was broken, from when to when
 *      trace.ndjson      if the run failed: every event, a JSON object per line
 *
 * A file appears whole or not at all: it is written under another name beside its place, brought to
 * the disk, and renamed. Errors are sentences that name the path and the reason. */
#pragma once

#include "sim/run/run.h"
#include "tools/distrosim/json.h"
#include "tools/distrosim/request.h"

typedef enum ResultsError {
    RESULTS_ERROR_CANNOT_WRITE,
    RESULTS_ERROR_NO_FILE,
    RESULTS_ERROR_MALFORMED,
} ResultsError;
#define RESULTS_ERROR (results_error_quark())
GQuark results_error_quark(void);

/* --- files -------------------------------------------------------------------------------- */

/* Writes @length bytes (-1: up to the end of the string) to @path, whole or not at all. What is
 * there and is no regular file (a pipe, a terminal) is written to as it is. */
bool results_write_file(const char *path, const char *text, gssize length, GError **error);
bool results_make_folder(const char *path, GError **error);
/* Could a file be made in @folder, or the folder itself? Asked before hours of work. */
bool results_can_write(const char *folder, GError **error);

/* --- a run -------------------------------------------------------------------------------- */

/* "results/partition/minority/41" under @out (NULL: "results"). (transfer full) */
char *results_run_folder(const char *out, const char *scenario, uint64_t seed);
/* A scenario's name as a relative path that stays below the folder it is put in. (transfer full) */
char *results_safe_name(const char *scenario);

/* summary.json; @request is what was typed. (transfer full) */
json_t *results_summary(const SimResult *result, const Request *request);
/* Writes all files of a run into @folder, and removes those of an older run that this one lacks. */
bool results_write_run(const char *folder, const SimResult *result, const Request *request,
                       GError **error);

/* The earliest violation, as first_violation shows it; NULL if there is none. */
const SimViolation *results_first_violation(const SimResult *result, guint *index);

/* --- reading one back --------------------------------------------------------------------- */

/* What summary.json says about how its run was made. */
typedef struct RunRecord {
    char *path; /* of the scenario */
    char *version;
    uint64_t seed, fingerprint;
    GArray *params; /* SimSetting, interned: all params as used */
    char *profile;  /* as given by --profile; NULL: the topology's */
} RunRecord;
void run_record_clear(RunRecord *record);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RunRecord, run_record_clear)
bool results_read_run(const char *folder, RunRecord *record, GError **error);
