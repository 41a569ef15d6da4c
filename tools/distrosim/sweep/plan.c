/* tools/distrosim/sweep/plan.c -- from a command line to scenarios x variations x seeds. */
#include <string.h>

#include "sim/base/installed.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/scenarios.h"
#include "tools/distrosim/cli/seeds.h"
#include "tools/distrosim/sweep/digest.h"
#include "tools/distrosim/sweep/identity.h"
#include "tools/distrosim/sweep/journal.h"

#define JOBS_MAX 1024

/* --- variations ----------------------------------------------------------------------------- */

Variation *variation_new(const Request *base)
{
    Variation *variation = g_new0(Variation, 1);
    request_init(&variation->request);
    g_array_append_vals(variation->request.settings, base->settings->data, base->settings->len);
    variation->request.profile = base->profile;
    variation->request.single_calls = base->single_calls;
    variation->request.paranoid = base->paranoid;
    variation->values = g_ptr_array_new();
    variation->label = g_strdup("");
    return variation;
}

void variation_free(Variation *variation)
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
    if (ok) {
        return variation;
    }
    variation_free(variation);
    return NULL;
}

/* Every variation so far, with each of @values in turn. */
static GPtrArray *multiply_variations(const GPtrArray *variations, const char *name, char **values,
                                      GError **error)
{
    g_autoptr(GPtrArray) product = g_ptr_array_new_with_free_func((GDestroyNotify)variation_free);
    for (guint i = 0; i < variations->len; i++) {
        for (char **value = values; *value != NULL; value++) {
            SimSetting setting = { name, g_intern_string(g_strstrip(*value)) };
            Variation *variation =
                variation_with(g_ptr_array_index(variations, i), &setting, error);
            if (variation == NULL) {
                return NULL;
            }
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
    if (g_str_equal(setting->name, "profile") && sweep->asked->profile != NULL) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "the profile is both given by --profile and varied");
        return false;
    }
    return true;
}

static bool apply_vary(Sweep *sweep, const char *text, GError **error)
{
    SimSetting setting;
    if (!request_split("vary", text, &setting, error) || !check_varied(sweep, &setting, error)) {
        return false;
    }
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
    GPtrArray *product = multiply_variations(sweep->variations, setting.name, values, error);
    if (product == NULL) {
        return false;
    }
    g_ptr_array_unref(sweep->variations);
    sweep->variations = product;
    g_ptr_array_add(sweep->varied, (void *)setting.name);
    return true;
}

static bool plan_variations(Sweep *sweep, GError **error)
{
    g_auto(Request) base = { 0 };
    request_init(&base);
    if (!request_read(&base, sweep->asked, error)) {
        return false;
    }
    g_ptr_array_add(sweep->variations, variation_new(&base));
    for (guint i = 0; i < sweep->asked->vary->len; i++) {
        if (!apply_vary(sweep, g_ptr_array_index(sweep->asked->vary, i), error)) {
            return false;
        }
    }
    return true;
}

/* --- seeds and jobs ------------------------------------------------------------------------- */

static bool plan_jobs(Sweep *sweep, GError **error)
{
    const Arguments *arguments = sweep->arguments;
    sweep->jobs = g_get_num_processors();
    if (arguments->jobs != NULL &&
        !arguments_number("jobs", arguments->jobs, 1, JOBS_MAX, &sweep->jobs, error)) {
        return false;
    }
    return arguments->shard == NULL || shard_parse(arguments->shard, &sweep->shard, error);
}

static bool plan_seeds(Sweep *sweep, GError **error)
{
    if (sweep->asked->seeds == NULL) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "sweep needs seeds: --seeds 1..100, say");
        return false;
    }
    sweep->seeds = seeds_parse(sweep->asked->seeds, error);
    if (sweep->seeds == NULL) {
        g_prefix_error(error, "--seeds: ");
    }
    return sweep->seeds != NULL;
}

/* --- scenarios ------------------------------------------------------------------------------ */

static bool fits_all(const Sweep *sweep, const SimScenario *scenario)
{
    for (guint i = 0; i < sweep->variations->len; i++) {
        const Variation *variation = g_ptr_array_index(sweep->variations, i);
        g_autoptr(GError) error = NULL;
        if (request_fits(&variation->request, scenario, &error)) {
            continue;
        }
        complain("%s", error->message);
        return false;
    }
    return true;
}

static void add_file(const char *path, void *digest)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, false, NULL);
    if (file == NULL || g_mapped_file_get_length(file) == 0) {
        return;
    }
    /* Not by its whole path: shards are made on machines that keep it elsewhere. */
    g_autofree char *name = g_path_get_basename(path);
    uint64_t *sum = digest;
    *sum = digest_add(*sum, name, strlen(name) + 1);
    *sum = digest_add(*sum, g_mapped_file_get_contents(file), g_mapped_file_get_length(file));
}

static void add_support_in(const char *folder, uint64_t *digest)
{
    g_autofree char *lib = g_build_filename(folder, "lib", NULL);
    g_autofree char *data = g_build_filename(folder, "data", NULL);
    support_files(lib, ".lua", add_file, digest);
    support_files(data, "", add_file, digest);
}

/* Everything that the scenario may require: what is in its own folder and in those above it. The
 * root's lib is the system's, and left alone. */
static void add_support(const char *folder, uint64_t *digest)
{
    g_autofree char *above = g_path_get_dirname(folder);
    if (g_str_equal(above, folder)) {
        return;
    }
    add_support_in(folder, digest);
    add_support(above, digest);
}

static char *digest_of(const char *path)
{
    uint64_t digest = digest_start();
    add_file(path, &digest);
    g_autofree char *whole = g_canonicalize_filename(path, NULL);
    g_autofree char *folder = g_path_get_dirname(whole);
    add_support(folder, &digest);
    g_autofree char *own = sim_installed_path("scenarios");
    if (own != NULL) {
        add_support_in(own, &digest);
    }
    return g_strdup_printf("%016" G_GINT64_MODIFIER "x", digest_finish(digest));
}

static void add_planned(Sweep *sweep, SimScenario *scenario)
{
    Planned *planned = g_new0(Planned, 1);
    planned->name = g_strdup(sim_scenario_name(scenario));
    planned->path = g_strdup(sim_scenario_path(scenario));
    planned->digest = digest_of(planned->path);
    planned->scenario = scenario;
    g_ptr_array_add(sweep->scenarios, planned);
}

static ExitStatus add_broken(Sweep *sweep, const char *path, const GError *error)
{
    complain("%s", error->message);
    Broken *broken = g_new0(Broken, 1);
    broken->path = g_strdup(path);
    broken->message = g_strdup(error->message);
    g_ptr_array_add(sweep->broken, broken);
    return scenario_error_status(error);
}

static ExitStatus plan_scenarios(Sweep *sweep)
{
    ExitStatus status = STATUS_HELD;
    g_autoptr(GPtrArray) paths = scenarios_find(sweep->arguments->operands, &status);
    for (guint i = 0; paths != NULL && i < paths->len; i++) {
        const char *path = g_ptr_array_index(paths, i);
        g_autoptr(GError) error = NULL;
        SimScenario *scenario = sim_scenario_load(path, &error);
        if (scenario == NULL) {
            status = status_worse(status, add_broken(sweep, path, error));
            continue;
        }
        add_planned(sweep, scenario);
        if (!fits_all(sweep, scenario)) {
            status = status_worse(status, STATUS_USAGE);
        }
    }
    return status;
}

/* The last part of a path, without ".lua": "partition" of "scenarios/partition/". */
static char *short_name(const char *operand)
{
    g_autofree char *base = g_path_get_basename(operand);
    if (g_str_has_suffix(base, ".lua")) {
        base[strlen(base) - 4] = '\0';
    }
    return g_str_equal(base, ".") || g_str_equal(base, "..") ? g_strdup("here")
                                                             : g_steal_pointer(&base);
}

static char *sweep_name(const Arguments *arguments)
{
    g_autofree char *first = short_name(g_ptr_array_index(arguments->operands, 0));
    if (arguments->operands->len == 1) {
        return g_build_filename("sweep", first, NULL);
    }
    g_autofree char *name = g_strdup_printf("%s+%u", first, arguments->operands->len - 1);
    return g_build_filename("sweep", name, NULL);
}

/* A shard has a folder of its own, so that several may be made on one machine. */
static void name_after_shard(Sweep *sweep)
{
    if (sweep->shard.count == 1) {
        return;
    }
    char *name =
        g_strdup_printf("%s.%u-of-%u", sweep->name, sweep->shard.index, sweep->shard.count);
    g_free(sweep->name);
    sweep->name = name;
}

/* --- the corpus ----------------------------------------------------------------------------- */

static void corpus_run_free(CorpusRun *run)
{
    corpus_entry_free(run->entry);
    g_free(run);
}

/* Params come and go, so a seed may ask for one that its scenario no longer has. */
static bool still_fits(const CorpusEntry *entry, const SimScenario *scenario)
{
    g_auto(Request) request = { 0 };
    request_init(&request);
    g_autoptr(GError) error = NULL;
    if (corpus_settings_read(entry->settings, &request, &error) &&
        request_fits(&request, scenario, &error)) {
        return true;
    }
    complain("seed %" G_GUINT64_FORMAT " of the corpus is left out: %s", entry->seed,
             error->message);
    return false;
}

static bool read_corpus_of(Sweep *sweep, guint number, GError **error)
{
    const Planned *planned = g_ptr_array_index(sweep->scenarios, number);
    g_autoptr(GPtrArray) entries = corpus_read(sweep->arguments->out, planned->name, error);
    for (guint i = 0; entries != NULL && i < entries->len; i++) {
        const CorpusEntry *entry = g_ptr_array_index(entries, i);
        if (!still_fits(entry, planned->scenario)) {
            continue;
        }
        CorpusRun *run = g_new0(CorpusRun, 1);
        run->scenario = number;
        run->entry =
            corpus_entry_new(entry->seed, entry->verdict, entry->settings, entry->signature);
        g_ptr_array_add(sweep->corpus, run);
    }
    return entries != NULL;
}

/* A sweep that is resumed goes on with the corpus that it began with: it may have filled it. */
static bool read_corpus_of_journal(Sweep *sweep, const char *folder, const char *text,
                                   GError **error)
{
    Sweep stored;
    sweep_init(&stored, sweep->arguments);
    g_autoptr(Arguments) asked = arguments_new();
    bool ok = identity_read(folder, text, &stored, asked, error);
    /* One with other scenarios is refused when the journal is opened; until then, no harm. */
    for (guint i = stored.corpus->len; ok && i-- > 0;) {
        const CorpusRun *run = g_ptr_array_index(stored.corpus, i);
        if (run->scenario >= sweep->scenarios->len) {
            g_ptr_array_remove_index(stored.corpus, i);
        }
    }
    if (ok) {
        g_ptr_array_unref(sweep->corpus);
        sweep->corpus = g_steal_pointer(&stored.corpus);
    }
    sweep_clear(&stored);
    return ok;
}

static bool plan_corpus(Sweep *sweep, GError **error)
{
    if (!sweep->arguments->corpus) {
        return true;
    }
    g_autofree char *folder = sweep_folder(sweep);
    g_autofree char *stored = NULL;
    if (sweep->arguments->resume && !journal_identity(folder, &stored, error)) {
        return false;
    }
    if (stored != NULL) {
        return read_corpus_of_journal(sweep, folder, stored, error);
    }
    for (guint i = 0; i < sweep->scenarios->len; i++) {
        if (!read_corpus_of(sweep, i, error)) {
            return false;
        }
    }
    return true;
}

/* --- all of it ------------------------------------------------------------------------------ */

static void planned_free(Planned *planned)
{
    g_free(planned->name);
    g_free(planned->path);
    g_free(planned->digest);
    g_clear_pointer(&planned->scenario, sim_scenario_free);
    g_free(planned);
}

static void broken_free(Broken *broken)
{
    g_free(broken->path);
    g_free(broken->message);
    g_free(broken);
}

void sweep_init(Sweep *sweep, const Arguments *arguments)
{
    *sweep = (Sweep) {
        .arguments = arguments,
        .asked = arguments,
        .scenarios = g_ptr_array_new_with_free_func((GDestroyNotify)planned_free),
        .broken = g_ptr_array_new_with_free_func((GDestroyNotify)broken_free),
        .varied = g_ptr_array_new(),
        .variations = g_ptr_array_new_with_free_func((GDestroyNotify)variation_free),
        .corpus = g_ptr_array_new_with_free_func((GDestroyNotify)corpus_run_free),
        .extra = g_ptr_array_new_with_free_func((GDestroyNotify)variation_free),
        .shard = { 1, 1 },
        .jobs = 1,
        .status = STATUS_HELD,
    };
}

void sweep_clear(Sweep *sweep)
{
    for (size_t i = 0; sweep->rows != NULL && i < sweep->count; i++) {
        row_clear(&sweep->rows[i]);
    }
    g_free(sweep->rows);
    g_free(sweep->order);
    g_free(sweep->name);
    g_clear_pointer(&sweep->seeds, g_array_unref);
    g_clear_pointer(&sweep->corpus, g_ptr_array_unref);
    g_clear_pointer(&sweep->extra, g_ptr_array_unref);
    g_clear_pointer(&sweep->variations, g_ptr_array_unref);
    g_clear_pointer(&sweep->varied, g_ptr_array_unref);
    g_clear_pointer(&sweep->scenarios, g_ptr_array_unref);
    g_clear_pointer(&sweep->broken, g_ptr_array_unref);
}

static ExitStatus wrong_usage(const GError *error)
{
    complain("%s", error->message);
    return STATUS_USAGE;
}

ExitStatus sweep_plan_rows(Sweep *sweep)
{
    g_autoptr(GError) error = NULL;
    if (!plan_seeds(sweep, &error) || !plan_variations(sweep, &error) ||
        !sweep_lay_out(sweep, &error)) {
        return wrong_usage(error);
    }
    return STATUS_HELD;
}

ExitStatus sweep_plan(Sweep *sweep, const Arguments *arguments)
{
    g_autoptr(GError) error = NULL;
    sweep_init(sweep, arguments);
    sweep->name = sweep_name(arguments);
    if (!plan_jobs(sweep, &error) || !plan_seeds(sweep, &error) ||
        !plan_variations(sweep, &error)) {
        return wrong_usage(error);
    }
    name_after_shard(sweep);
    sweep->status = plan_scenarios(sweep);
    /* A wrong scenario has been told; the others are swept all the same. */
    if (sweep->status != STATUS_HELD &&
        (sweep->status != STATUS_WRONG_SCENARIO || sweep->scenarios->len == 0)) {
        return sweep->status;
    }
    if (!plan_corpus(sweep, &error) || !sweep_lay_out(sweep, &error)) {
        return wrong_usage(error);
    }
    return STATUS_HELD;
}

char *sweep_folder(const Sweep *sweep)
{
    const char *out = sweep->arguments->out != NULL ? sweep->arguments->out : "results";
    return g_build_filename(out, sweep->name, NULL);
}
