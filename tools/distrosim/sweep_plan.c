/* tools/distrosim/sweep_plan.c -- from a command line to scenarios x variations x seeds. */
#include <string.h>

#include "tools/distrosim/complain.h"
#include "tools/distrosim/format.h"
#include "tools/distrosim/results.h"
#include "tools/distrosim/seeds.h"
#include "tools/distrosim/sweep.h"

#define JOBS_MAX 1024
/* Rows are kept in memory until the end. */
#define RUNS_MAX 10000000

/* --- variations ----------------------------------------------------------------------------- */

static Variation *variation_new(const Request *base)
{
    Variation *variation = g_new0(Variation, 1);
    request_init(&variation->request);
    g_array_append_vals(variation->request.settings, base->settings->data, base->settings->len);
    variation->request.profile = base->profile;
    variation->values = g_ptr_array_new();
    variation->label = g_strdup("");
    return variation;
}

static void variation_free(Variation *variation)
{
    request_clear(&variation->request);
    g_ptr_array_unref(variation->values);
    g_free(variation->label);
    g_free(variation);
}

static Variation *variation_with(const Variation *base, const SimSetting *setting, GError **error)
{
    Variation *variation = variation_new(&base->request);
    g_ptr_array_extend(variation->values, base->values, NULL, NULL);
    g_ptr_array_add(variation->values, (void *)setting->value);
    g_free(variation->label);
    variation->label = g_strdup_printf("%s%s%s=%s", base->label, *base->label != '\0' ? " " : "",
                                       setting->name, setting->value);
    bool ok = true;
    if (g_str_equal(setting->name, "profile")) {
        variation->request.profile = setting->value;
        ok = request_profile_exists(setting->value, error);
    } else {
        ok = request_add(&variation->request, setting, error);
    }
    if (ok)
        return variation;
    variation_free(variation);
    return NULL;
}

/* Every variation so far, with each of @values in turn. */
static GPtrArray *multiply(const GPtrArray *variations, const char *name, char **values,
                           GError **error)
{
    g_autoptr(GPtrArray) product = g_ptr_array_new_with_free_func((GDestroyNotify)variation_free);
    for (guint i = 0; i < variations->len; i++) {
        for (char **value = values; *value != NULL; value++) {
            SimSetting setting = { name, g_intern_string(g_strstrip(*value)) };
            Variation *variation =
                variation_with(g_ptr_array_index(variations, i), &setting, error);
            if (variation == NULL)
                return NULL;
            g_ptr_array_add(product, variation);
        }
    }
    return g_steal_pointer(&product);
}

static bool is_known(GPtrArray *names, const char *name)
{
    return g_ptr_array_find(names, name, NULL);
}

static bool check_varied(const Sweep *sweep, const SimSetting *setting, GError **error)
{
    if (is_known(sweep->varied, setting->name)) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "'%s' is varied twice; one --vary takes all its values", setting->name);
        return false;
    }
    if (g_str_equal(setting->name, "profile") && sweep->arguments->profile != NULL) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "the profile is both given by --profile and varied");
        return false;
    }
    return true;
}

static bool vary(Sweep *sweep, const char *text, GError **error)
{
    SimSetting setting;
    if (!request_split("vary", text, &setting, error) || !check_varied(sweep, &setting, error))
        return false;
    g_auto(GStrv) values = g_strsplit(setting.value, ",", -1);
    for (char **value = values; *value != NULL; value++) {
        if (g_strv_contains((const char *const *)value + 1, *value) || **value == '\0') {
            g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                        "--vary %s: each value is to stand there once, and none may be empty",
                        text);
            return false;
        }
    }
    if (values[0] == NULL) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "--vary %s names no value; write %sv1,v2", text, text);
        return false;
    }
    GPtrArray *product = multiply(sweep->variations, setting.name, values, error);
    if (product == NULL)
        return false;
    g_ptr_array_unref(sweep->variations);
    sweep->variations = product;
    g_ptr_array_add(sweep->varied, (void *)setting.name);
    return true;
}

static bool plan_variations(Sweep *sweep, GError **error)
{
    g_auto(Request) base = { 0 };
    request_init(&base);
    if (!request_read(&base, sweep->arguments, error))
        return false;
    g_ptr_array_add(sweep->variations, variation_new(&base));
    for (guint i = 0; i < sweep->arguments->vary->len; i++) {
        if (!vary(sweep, g_ptr_array_index(sweep->arguments->vary, i), error))
            return false;
    }
    return true;
}

/* --- seeds and jobs ------------------------------------------------------------------------- */

static bool plan_numbers(Sweep *sweep, GError **error)
{
    const Arguments *arguments = sweep->arguments;
    sweep->jobs = g_get_num_processors();
    if (arguments->jobs != NULL &&
        !arguments_number("jobs", arguments->jobs, 1, JOBS_MAX, &sweep->jobs, error))
        return false;
    if (arguments->seeds == NULL) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "sweep needs seeds: --seeds 1..100, say");
        return false;
    }
    sweep->seeds = seeds_parse(arguments->seeds, error);
    if (sweep->seeds == NULL)
        g_prefix_error(error, "--seeds: ");
    return sweep->seeds != NULL;
}

/* --- scenarios ------------------------------------------------------------------------------ */

static bool fits_all(const Sweep *sweep, const SimScenario *scenario)
{
    for (guint i = 0; i < sweep->variations->len; i++) {
        const Variation *variation = g_ptr_array_index(sweep->variations, i);
        g_autoptr(GError) error = NULL;
        if (request_fits(&variation->request, scenario, &error))
            continue;
        complain("%s", error->message);
        return false;
    }
    return true;
}

static ExitStatus plan_scenarios(Sweep *sweep)
{
    ExitStatus status = STATUS_HELD;
    g_autoptr(GPtrArray) paths = scenarios_find(sweep->arguments->operands, &status);
    for (guint i = 0; paths != NULL && i < paths->len; i++) {
        SimScenario *scenario = scenario_open(g_ptr_array_index(paths, i), &status);
        if (scenario == NULL)
            continue;
        g_ptr_array_add(sweep->scenarios, scenario);
        if (!fits_all(sweep, scenario))
            status = status_worse(status, STATUS_USAGE);
    }
    return status;
}

/* "partition" of "scenarios/partition/", "minority" of ".../minority.lua". */
static char *short_name(const char *operand)
{
    g_autofree char *base = g_path_get_basename(operand);
    if (g_str_has_suffix(base, ".lua"))
        base[strlen(base) - 4] = '\0';
    return g_str_equal(base, ".") || g_str_equal(base, "..") ? g_strdup("here")
                                                             : g_steal_pointer(&base);
}

static char *sweep_name(const Arguments *arguments)
{
    g_autofree char *first = short_name(g_ptr_array_index(arguments->operands, 0));
    if (arguments->operands->len == 1)
        return g_build_filename("sweep", first, NULL);
    g_autofree char *name = g_strdup_printf("%s+%u", first, arguments->operands->len - 1);
    return g_build_filename("sweep", name, NULL);
}

/* --- all of it ------------------------------------------------------------------------------ */

static bool plan_rows(Sweep *sweep)
{
    /* In floating point, which does not overflow. */
    double product = (double)sweep->scenarios->len * sweep->variations->len * sweep->seeds->len;
    if (product > RUNS_MAX) {
        complain("these are %.0f runs, more than %d; sweep them in parts", product, RUNS_MAX);
        return false;
    }
    sweep->count = (size_t)sweep->scenarios->len * sweep->variations->len * sweep->seeds->len;
    sweep->rows = g_new0(Row, sweep->count);
    Row *row = sweep->rows;
    for (guint i = 0; i < sweep->scenarios->len; i++) {
        const SimScenario *scenario = g_ptr_array_index(sweep->scenarios, i);
        for (guint j = 0; j < sweep->variations->len; j++) {
            for (guint k = 0; k < sweep->seeds->len; k++, row++) {
                row->scenario = sim_scenario_name(scenario);
                row->path = sim_scenario_path(scenario);
                row->variation = g_ptr_array_index(sweep->variations, j);
                row->seed = g_array_index(sweep->seeds, uint64_t, k);
            }
        }
    }
    return true;
}

ExitStatus sweep_plan(Sweep *sweep, const Arguments *arguments)
{
    sweep->arguments = arguments;
    sweep->scenarios = g_ptr_array_new_with_free_func((GDestroyNotify)sim_scenario_free);
    sweep->varied = g_ptr_array_new();
    sweep->variations = g_ptr_array_new_with_free_func((GDestroyNotify)variation_free);
    sweep->name = sweep_name(arguments);
    g_autoptr(GError) error = NULL;
    if (!plan_numbers(sweep, &error) || !plan_variations(sweep, &error)) {
        complain("%s", error->message);
        return STATUS_USAGE;
    }
    sweep->status = plan_scenarios(sweep);
    /* A wrong scenario has been told; the others are swept all the same. */
    if (sweep->status != STATUS_HELD &&
        (sweep->status != STATUS_WRONG_SCENARIO || sweep->scenarios->len == 0))
        return sweep->status;
    return plan_rows(sweep) ? STATUS_HELD : STATUS_USAGE;
}

void sweep_clear(Sweep *sweep)
{
    for (size_t i = 0; sweep->rows != NULL && i < sweep->count; i++)
        row_clear(&sweep->rows[i]);
    g_free(sweep->rows);
    g_free(sweep->name);
    g_clear_pointer(&sweep->seeds, g_array_unref);
    g_clear_pointer(&sweep->variations, g_ptr_array_unref);
    g_clear_pointer(&sweep->varied, g_ptr_array_unref);
    g_clear_pointer(&sweep->scenarios, g_ptr_array_unref);
}

char *sweep_describe(const Sweep *sweep)
{
    g_autofree char *scenarios = format_plural(sweep->scenarios->len, "scenario");
    g_autofree char *variations = format_plural(sweep->variations->len, "variation");
    g_autofree char *seeds = format_plural(sweep->seeds->len, "seed");
    g_autofree char *runs = format_plural(sweep->count, "run");
    if (sweep->variations->len == 1)
        return g_strdup_printf("%s x %s = %s", scenarios, seeds, runs);
    return g_strdup_printf("%s x %s x %s = %s", scenarios, variations, seeds, runs);
}
