/* tools/distrosim/sweep/perturb.c -- see perturb.h.
 *
 * The second process is an ordinary sweep into a folder that is thrown away. It is begun as one to
 * be resumed, with the identity of this sweep and no runs, so it plans the same runs or refuses. */
#include "tools/distrosim/sweep/perturb.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/interrupt.h"
#include "tools/distrosim/cli/progress.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/outcome.h"
#include "tools/distrosim/output/record.h"
#include "tools/distrosim/sweep/identity.h"
#include "tools/distrosim/sweep/journal.h"

#define POLL_US 50000
/* Differing runs of which the world at fault is looked for; each costs a process per world. */
#define DIAGNOSED 3
/* Moves the stack, and with it all that hangs on addresses. */
#define PADDING_BYTES 60000

/* --- worlds ---------------------------------------------------------------------------------- */

typedef enum World {
    WORLD_ALLOCATOR = 1 << 0,
    WORLD_LOCALE = 1 << 1,
    WORLD_TIME_ZONE = 1 << 2,
    WORLD_HASH_ORDER = 1 << 3,
    WORLD_ALL = WORLD_ALLOCATOR | WORLD_LOCALE | WORLD_TIME_ZONE | WORLD_HASH_ORDER,
} World;

static const struct {
    World world;
    const char *name;
} world_names[] = {
    { WORLD_ALLOCATOR, "another allocator layout" },
    { WORLD_LOCALE, "another locale" },
    { WORLD_TIME_ZONE, "another time zone" },
    { WORLD_HASH_ORDER, "another hash order" },
};

/* One that writes numbers or letters otherwise, if this machine has any. */
static const char *foreign_locale(void)
{
    static const char *const names[] = { "tr_TR.UTF-8", "de_DE.UTF-8", "fr_FR.UTF-8",
                                         "ru_RU.UTF-8", "en_US.UTF-8", "C.UTF-8" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        locale_t locale = newlocale(LC_ALL_MASK, names[i], (locale_t)0);
        if (locale == (locale_t)0) {
            continue;
        }
        freelocale(locale);
        return names[i];
    }
    return "POSIX";
}

/* Fresh memory is full of garbage, small blocks come from the system, each freed at once. */
static char **perturb_allocator(char **environment)
{
    environment = g_environ_setenv(environment, "MALLOC_PERTURB_", "165", true);
    environment = g_environ_setenv(environment, "MALLOC_ARENA_TEST", "1", true);
    environment = g_environ_setenv(environment, "MALLOC_TOP_PAD_", "0", true);
    environment = g_environ_setenv(environment, "MALLOC_MMAP_THRESHOLD_", "8192", true);
    return g_environ_setenv(environment, "G_SLICE", "always-malloc", true);
}

static char **perturb_hash_order(char **environment)
{
    g_autofree char *padding = g_strnfill(PADDING_BYTES, 'x');
    environment = g_environ_setenv(environment, "DISTROSIM_PADDING", padding, true);
    return g_environ_setenv(environment, "G_RANDOM_VERSION", "2.0", true);
}

/* (transfer full) */
static char **environment_of(unsigned worlds)
{
    char **environment = g_get_environ();
    if ((worlds & WORLD_ALLOCATOR) != 0) {
        environment = perturb_allocator(environment);
    }
    if ((worlds & WORLD_LOCALE) != 0) {
        environment = g_environ_setenv(environment, "LC_ALL", foreign_locale(), true);
    }
    if ((worlds & WORLD_TIME_ZONE) != 0) { /* 12 h 45 min east, with a summer time of its own */
        environment = g_environ_setenv(environment, "TZ", "CHAST-12:45CHADT,M9.5.0,M4.1.0", true);
    }
    if ((worlds & WORLD_HASH_ORDER) != 0) {
        environment = perturb_hash_order(environment);
    }
    return environment;
}

/* Between fork and exec. The second process must not outlive the first; and addresses grow the
 * other way, unless the system forbids it, so what is ordered by them changes its order. */
static void enter_world(gpointer data)
{
    const unsigned *worlds = data;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if ((*worlds & WORLD_HASH_ORDER) != 0) {
        personality(ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT);
    }
}

/* --- the second sweep ------------------------------------------------------------------------- */

static void add_option(GPtrArray *words, const char *name, const char *value)
{
    g_ptr_array_add(words, g_strdup(name));
    if (value != NULL) {
        g_ptr_array_add(words, g_strdup(value));
    }
}

static void add_list(GPtrArray *words, const char *name, const GPtrArray *values)
{
    for (guint i = 0; i < values->len; i++) {
        add_option(words, name, g_ptr_array_index(values, i));
    }
}

/* The command line of this sweep, but into @out. NULL at its end. */
static GPtrArray *sweep_words(const Sweep *sweep, const char *out)
{
    const Arguments *arguments = sweep->arguments;
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *jobs = g_strdup_printf("%u", sweep->jobs);
    add_option(words, "distrosim", "sweep");
    add_option(words, "--resume", "--quiet");
    add_option(words, "--seeds", arguments->seeds);
    add_option(words, "--jobs", jobs);
    add_option(words, "--out", out);
    add_list(words, "--set", arguments->set);
    add_list(words, "--vary", arguments->vary);
    if (arguments->profile != NULL) {
        add_option(words, "--profile", arguments->profile);
    }
    if (arguments->shard != NULL) {
        add_option(words, "--shard", arguments->shard);
    }
    if (arguments->corpus) {
        add_option(words, "--corpus", NULL);
    }
    if (arguments->self_check) {
        add_option(words, "--self-check", NULL);
    }
    g_ptr_array_add(words, g_strdup("--"));
    for (guint i = 0; i < arguments->operands->len; i++) {
        g_ptr_array_add(words, g_strdup(g_ptr_array_index(arguments->operands, i)));
    }
    g_ptr_array_add(words, NULL);
    return words;
}

static bool start_child(char **words, unsigned worlds, GPid *child, GError **error)
{
    g_auto(GStrv) environment = environment_of(worlds);
    g_autofree char *path = g_file_read_link("/proc/self/exe", error);
    if (path == NULL) {
        return false;
    }
    g_free(words[0]);
    words[0] = g_steal_pointer(&path);
    return g_spawn_async(NULL, words, environment,
                         G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
                             G_SPAWN_STDERR_TO_DEV_NULL,
                         enter_world, &worlds, child, error);
}

static int64_t file_size(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, JOURNAL_NAME, NULL);
    GStatBuf status;
    return g_stat(path, &status) == 0 ? (int64_t)status.st_size : 0;
}

/* How far it has come shows in its journal, which ends up as long as this sweep's. */
static void show_progress(Progress *progress, const Sweep *sweep, const char *own,
                          const char *other)
{
    double share = (double)file_size(other) / (double)MAX(file_size(own), 1);
    progress_update(progress, (uint64_t)(MIN(share, 1.0) * (double)sweep->count));
}

/* The child's wait status; -1 if Ctrl-C was pressed. */
static int await_child(GPid child, const Sweep *sweep, const char *own, const char *other)
{
    const Arguments *arguments = sweep->arguments;
    g_autoptr(Progress) progress =
        progress_new("runs again, perturbed", sweep->count, arguments->quiet || arguments->json);
    int status = 0;
    for (;;) {
        pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child || (ended < 0 && errno != EINTR)) {
            break;
        }
        if (interrupt_seen()) {
            kill(child, SIGKILL);
        }
        show_progress(progress, sweep, own, other);
        g_usleep(POLL_US);
    }
    return interrupt_seen() ? -1 : status;
}

/* Did a sweep end as one does that has made all its runs, whatever they showed? */
static bool has_ended_well(int wait_status)
{
    if (!WIFEXITED(wait_status)) {
        return false;
    }
    int status = WEXITSTATUS(wait_status);
    return status <= STATUS_NONDETERMINISTIC || status == STATUS_WRONG_SCENARIO;
}

static ExitStatus complain_failed(const char *what)
{
    complain("the runs could not be made again under another environment: %s", what);
    return STATUS_INTERNAL;
}

static ExitStatus sweep_again(const Sweep *sweep, const char *out, const char *other)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *own = sweep_folder(sweep);
    g_autoptr(GPtrArray) words = sweep_words(sweep, out);
    GPid child = 0;
    if (!start_child((char **)words->pdata, WORLD_ALL, &child, &error)) {
        return complain_failed(error->message);
    }
    int status = await_child(child, sweep, own, other);
    if (status == -1) {
        complain("interrupted; the same command with --resume goes on with the perturbed runs");
        return STATUS_INTERRUPTED;
    }
    return has_ended_well(status) ? STATUS_HELD : complain_failed("that sweep did not end well");
}

/* --- comparing -------------------------------------------------------------------------------- */

void perturb_compare(Row *rows, const Row *others, size_t count, const char *worlds,
                     GPtrArray *differing)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].verdict == SIM_VERDICT_NONDETERMINISTIC ||
            (rows[i].fingerprint == others[i].fingerprint &&
             rows[i].verdict == others[i].verdict)) {
            continue;
        }
        row_set_nondeterministic(
            &rows[i], g_strdup_printf("the fingerprint is %016" G_GINT64_MODIFIER
                                      "x here, but %016" G_GINT64_MODIFIER "x under %s",
                                      rows[i].fingerprint, others[i].fingerprint, worlds));
        g_ptr_array_add(differing, &rows[i]);
    }
}

/* Rows as planned, with nothing in them. */
static Row *blank_rows(const Sweep *sweep)
{
    Row *rows = g_new0(Row, sweep->count);
    for (size_t i = 0; i < sweep->count; i++) {
        rows[i].seed = sweep->rows[i].seed;
        rows[i].index = sweep->rows[i].index;
    }
    return rows;
}

static ExitStatus compare_with(Sweep *sweep, const char *other, GPtrArray *differing)
{
    g_autoptr(GError) error = NULL;
    size_t found = 0;
    Row *rows = blank_rows(sweep);
    bool read = journal_read(other, rows, sweep->count, &found, &error);
    if (read && found == sweep->count) {
        perturb_compare(sweep->rows, rows, sweep->count,
                        "another allocator layout, locale, time zone and hash order", differing);
    }
    for (size_t i = 0; i < sweep->count; i++) {
        row_clear(&rows[i]);
    }
    g_free(rows);
    if (!read) {
        return complain_failed(error->message);
    }
    return found == sweep->count ? STATUS_HELD : complain_failed("that sweep left runs out");
}

/* --- which world is at fault? ----------------------------------------------------------------- */

static GPtrArray *run_words(const Row *row, const char *out)
{
    const Request *request = &row->variation->request;
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, row->seed);
    add_option(words, "distrosim", "run");
    add_option(words, "--seed", seed);
    add_option(words, "--out", out);
    for (guint i = 0; i < request->settings->len; i++) {
        const SimSetting *setting = &g_array_index(request->settings, SimSetting, i);
        const char *name, *option = request_option(setting, &name);
        g_autofree char *word = g_strconcat("--", option, NULL);
        g_autofree char *pair = g_strdup_printf("%s=%s", name, setting->value);
        add_option(words, word, pair);
    }
    if (request->profile != NULL) {
        add_option(words, "--profile", request->profile);
    }
    add_option(words, "--", row->path);
    g_ptr_array_add(words, NULL);
    return words;
}

static bool differs_under(const Row *row, World world, const char *out)
{
    g_autoptr(GPtrArray) words = run_words(row, out);
    GPid child = 0;
    int status = 0;
    if (!start_child((char **)words->pdata, world, &child, NULL) ||
        waitpid(child, &status, 0) != child) {
        return false;
    }
    g_autofree char *folder = files_run_folder(out, row->scenario, row->seed);
    g_auto(RunRecord) record = { 0 };
    return run_record_read(folder, &record, NULL) && record.fingerprint != row->fingerprint;
}

/* For the terminal only: the tables are to be the same for any shards, and each shard names a few.
 */
static void name_world(Row *row, const char *out)
{
    GString *names = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(world_names); i++) {
        if (differs_under(row, world_names[i].world, out)) {
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", world_names[i].name);
        }
    }
    if (names->len == 0) {
        g_string_append(names, "none of these");
    }
    char *line = g_strdup_printf("%s; alone, it differs under %s", row->line, names->str);
    g_free(row->line);
    row->line = line;
    g_string_free(names, true);
}

/* --- all of it -------------------------------------------------------------------------------- */

static void remove_below(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name = dir != NULL ? g_dir_read_name(dir) : NULL; name != NULL;
         name = g_dir_read_name(dir)) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        remove_below(below);
    }
    g_remove(path);
}

static ExitStatus perturb_into(Sweep *sweep, const char *out, GPtrArray *differing)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *other = g_build_filename(out, sweep->name, NULL);
    g_autofree char *identity = identity_text(sweep);
    Journal *empty = journal_open(other, identity, false, &error);
    if (empty == NULL) {
        return complain_failed(error->message);
    }
    journal_close(empty);
    ExitStatus status = sweep_again(sweep, out, other);
    if (status == STATUS_HELD) {
        status = compare_with(sweep, other, differing);
    }
    for (guint i = 0; status == STATUS_HELD && i < MIN(differing->len, DIAGNOSED); i++) {
        name_world(g_ptr_array_index(differing, i), out);
    }
    return status;
}

ExitStatus perturb_sweep(Sweep *sweep, GPtrArray *differing)
{
    g_autoptr(GError) error = NULL;
    if (outcome_talks(sweep->arguments)) {
        g_printerr("again under another allocator layout, locale, time zone and hash order\n");
    }
    g_autofree char *out = g_dir_make_tmp("distrosim-XXXXXX", &error);
    if (out == NULL) {
        return complain_failed(error->message);
    }
    ExitStatus status = perturb_into(sweep, out, differing);
    remove_below(out);
    return status;
}
