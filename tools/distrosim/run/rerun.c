/* tools/distrosim/run/rerun.c -- see rerun.h. */
#include "tools/distrosim/run/rerun.h"

#include <string.h>

#include "sim/base/quantity.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/scenarios.h"
#include "tools/distrosim/cli/version.h"
#include "tools/distrosim/output/files.h"

/* --- what was run --------------------------------------------------------------------------- */

/* Params that are as the scenario's defaults are need not be set, nor typed again. */
static bool is_default(const SimScenario *scenario, const SimSetting *setting)
{
    size_t count = 0;
    const SimParam *params = sim_scenario_params(scenario, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(params[i].name, setting->name) == 0) {
            return strcmp(params[i].value, setting->value) == 0;
        }
    }
    return false;
}

static bool fill_request(const RunRecord *record, const SimScenario *scenario, Request *request,
                         GError **error)
{
    for (guint i = 0; i < record->params->len; i++) {
        const SimSetting *setting = &g_array_index(record->params, SimSetting, i);
        if (!is_default(scenario, setting) && !request_add(request, setting, error)) {
            return false;
        }
    }
    if (record->profile == NULL) {
        return true;
    }
    request->profile = g_intern_string(record->profile);
    return request_profile_exists(request->profile, error);
}

/* The scenario from here, from where the run was made, or among distrosim's own; NULL if it is
 * gone. (transfer full) */
static char *find_scenario(const RunRecord *record)
{
    if (!g_file_test(record->path, G_FILE_TEST_EXISTS) && record->folder != NULL) {
        g_autofree char *there = g_build_filename(record->folder, record->path, NULL);
        if (!g_path_is_absolute(record->path) && g_file_test(there, G_FILE_TEST_EXISTS)) {
            return g_steal_pointer(&there);
        }
    }
    return scenario_path(record->path);
}

ExitStatus rerun_open(const char *folder, RunRecord *record, Request *request,
                      SimScenario **scenario)
{
    g_autoptr(GError) error = NULL;
    if (!run_record_read(folder, record, &error)) {
        complain("%s", error->message);
        return files_error_status(error);
    }
    ExitStatus status = STATUS_HELD;
    g_autofree char *path = find_scenario(record);
    if (path == NULL) {
        complain("the run in '%s' is of '%s', which is not there any more", folder, record->path);
        return STATUS_NO_FILE;
    }
    *scenario = scenario_open(path, &status);
    if (*scenario == NULL) {
        return status;
    }
    if (fill_request(record, *scenario, request, &error) &&
        request_fits(request, *scenario, &error)) {
        return STATUS_HELD;
    }
    complain("%s", error->message);
    return scenario_error_status(error);
}

bool rerun_read_instant(const char *option, const char *text, bool before, int64_t *at_us)
{
    SimQuantity quantity;
    if (text == NULL) {
        return true;
    }
    if (!sim_quantity_parse(text, &quantity) || quantity.kind != SIM_QUANTITY_DURATION ||
        !(quantity.value >= (before ? -9e18 : 0) && quantity.value < 9e18)) {
        complain("--%s takes an instant such as 31.5s or 500ms, not '%s'", option, text);
        return false;
    }
    *at_us = (int64_t)quantity.value;
    return true;
}

/* --- running it ----------------------------------------------------------------------------- */

/* Another build may well run otherwise; what it tells is then not about the stored run. */
static bool is_the_same(const RunRecord *record, const SimResult *result, const char *folder)
{
    if (result->fingerprint == record->fingerprint) {
        return true;
    }
    bool other = g_strcmp0(record->version, distrosim_version) != 0;
    complain("the run in '%s' does not come out the same: its fingerprint is %016" G_GINT64_MODIFIER
             "x, now it is %016" G_GINT64_MODIFIER "x%s%s",
             folder, record->fingerprint, result->fingerprint,
             other ? "; it was made by distrosim " : "", other ? record->version : "");
    return false;
}

static SimResult *run_recorded(const Rerun *what, const RunRecord *record, const Request *request,
                               const SimScenario *scenario)
{
    g_autoptr(Progress) progress = progress_new("runs", 0, what->quiet);
    Runner runner = {
        .scenario = scenario,
        .request = request,
        .seed = record->seed,
        .until_us = INT64_MAX,
        .record = true,
        .unwritten = true,
        .sparse = what->draws_only && record->held,
        .progress = progress,
        .payloads = what->payloads,
        .inspect = what->inspect,
        .inspect_data = what->data,
    };
    return runner_run(&runner, NULL);
}

static SimResult *run_opened(const Rerun *what, const RunRecord *record, const Request *request,
                             const SimScenario *scenario, ExitStatus *status)
{
    g_autoptr(SimResult) result = run_recorded(what, record, request, scenario);
    *status = STATUS_INTERRUPTED;
    if (result == NULL) {
        complain("interrupted; nothing was written");
        return NULL;
    }
    *status = STATUS_WRONG_SCENARIO;
    if (result->verdict == SIM_VERDICT_ERROR && result->events == 0) {
        complain("%s", result->reason);
        return NULL;
    }
    *status = STATUS_NONDETERMINISTIC;
    if (!is_the_same(record, result, what->folder)) {
        return NULL;
    }
    *status = STATUS_HELD;
    return g_steal_pointer(&result);
}

SimResult *rerun(const Rerun *what, Request *request, ExitStatus *status)
{
    g_auto(RunRecord) record = { 0 };
    g_autoptr(SimScenario) scenario = NULL;
    *status = rerun_open(what->folder, &record, request, &scenario);
    if (*status != STATUS_HELD) {
        return NULL;
    }
    return run_opened(what, &record, request, scenario, status);
}
