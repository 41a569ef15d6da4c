/* tools/real/command/run.c -- distrosim real: stories on real servers.
 *
 *      each run, simulated first  -- does the story use anything that real servers do not have? --.
 *      a process per run  <-----------------------------------------------------------------------'
 *          namespaces, servers, the story in real time, its files (tools/real)
 *      several at once; what they say is told in order */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/quantity.h"
#include "tools/distrosim/cli/complain.h"
#include "tools/distrosim/cli/format.h"
#include "tools/distrosim/cli/interrupt.h"
#include "tools/distrosim/cli/scenarios.h"
#include "tools/distrosim/cli/seeds.h"
#include "tools/distrosim/command/real.h"
#include "tools/distrosim/output/files.h"
#include "tools/distrosim/output/outcome.h"
#include "tools/distrosim/sweep/sweep.h"
#include "tools/real/limit.h"
#include "tools/real/play.h"
#include "tools/real/setting.h"

#define DEFAULT_SLACK_US 200000
#define WATCH_US 20000
enum {
    MAX_REPEAT = 1000,
    MAX_JOBS = 64,
};

typedef struct Real {
    const Arguments *arguments;
    Request request;
    const char *servers; /* as asked for */
    GArray *sorts;       /* RealSort */
    uint64_t seed;
    unsigned repeat, jobs;
    int64_t slack_us;
    char *out; /* above the scenarios' folders */
} Real;

/* One run, in a process of its own. */
typedef struct Job {
    const SimScenario *scenario;
    uint64_t seed;
    pid_t pid; /* 0: not begun, or ended and told */
    bool begun, ended;
    int out, err; /* files that take what it says, */
    int row;      /* and its figures */
    ExitStatus status;
} Job;

/* --- before anything starts ------------------------------------------------------------------- */

typedef struct Rehearsal {
    const Real *real;
    char *wrong; /* (nullable) what the story has that real servers have not */
} Rehearsal;

static void look_at_world(void *data, const SimWorld *world, const SimResult *result)
{
    Rehearsal *rehearsal = data;
    (void)result;
    rehearsal->wrong = g_strdup(real_limit_of_world(world));
    if (rehearsal->wrong == NULL) {
        rehearsal->wrong = real_setting_refusal_of_world(rehearsal->real->sorts, world);
    }
}

static bool go_on(void *data, int64_t now_us, int64_t awaited_us)
{
    (void)data;
    (void)now_us;
    (void)awaited_us;
    return !interrupt_seen();
}

static SimRunOptions run_options(const Real *real, uint64_t seed)
{
    return (SimRunOptions) {
        .seed = seed,
        .settings = (const SimSetting *)(void *)real->request.settings->data,
        .n_settings = real->request.settings->len,
        .profile = real->request.profile,
        .until_us = INT64_MAX,
        .progress = go_on,
    };
}

/* Plays the story simulated, under the same limit. Complains of what it uses and cannot have. */
static ExitStatus rehearse(const Real *real, const SimScenario *scenario)
{
    const SimScriptLimit limit = { .where = "on real servers", .allows = real_limit_allows };
    Rehearsal rehearsal = { .real = real };
    SimRunOptions options = run_options(real, real->seed);
    bool usage = false;
    options.limit = &limit;
    options.inspect = look_at_world;
    options.inspect_data = &rehearsal;
    g_autoptr(SimResult) result = sim_run(scenario, &options, &usage);
    if (result->verdict == SIM_VERDICT_ERROR) {
        complain("%s", result->reason);
        return usage ? STATUS_USAGE : STATUS_WRONG_SCENARIO;
    }
    if (rehearsal.wrong != NULL) {
        complain("%s: %s", sim_scenario_path(scenario), rehearsal.wrong);
        g_free(rehearsal.wrong);
        return STATUS_WRONG_SCENARIO;
    }
    return STATUS_HELD;
}

/* --- one run, in its own process -------------------------------------------------------------- */

static void narrate(void *data, int64_t now_us, const char *text)
{
    (void)data;
    printf("%12.3f s  %s\n", (double)now_us / 1e6, text);
}

static ExitStatus status_of_error(const GError *error)
{
    return g_error_matches(error, REAL_ERROR, REAL_ERROR_UNAVAILABLE) ? STATUS_UNAVAILABLE
                                                                      : STATUS_INTERNAL;
}

/* NULL, and a complaint, if it could not be played. */
static SimResult *play_once(const Real *real, const Job *job, const char *logs, ExitStatus *status)
{
    const RealOptions options = {
        .sorts = real->sorts, .slack_us = real->slack_us, .logs = logs, .stopped = interrupt_seen
    };
    SimRunOptions run = run_options(real, job->seed);
    RealFigures figures;
    bool usage = false;
    g_autoptr(GError) error = NULL;
    run.record = real->arguments->trace != NULL;
    run.log = outcome_talks(real->arguments) ? narrate : NULL;
    SimResult *result = real_space_enter(&error)
                            ? real_play(job->scenario, &run, &options, &figures, &usage, &error)
                            : NULL;
    if (result == NULL) {
        complain("%s", error->message);
        *status = status_of_error(error);
        return NULL;
    }
    result->real = sim_real_run_new(real->servers);
    result->real->slack_us = real->slack_us;
    result->real->polls = figures.polls;
    result->real->late_us = figures.late_us;
    result->real->disturbed = figures.disturbed;
    return result;
}

/* What was seen late proves nothing, whatever it was. */
static void judge_disturbed(SimResult *result)
{
    g_autofree char *late = format_duration(result->real->late_us);
    if (!result->real->disturbed || result->verdict == SIM_VERDICT_ERROR) {
        return;
    }
    result->verdict = SIM_VERDICT_VACUOUS;
    g_free(result->reason);
    g_free(result->what);
    result->reason = g_strdup_printf("disturbed: the observer was late by %s, and in a second run "
                                     "as well",
                                     late);
    result->what = g_strdup(result->reason);
}

/* For the table of all runs, which the parent writes. */
static void write_row(const Job *job, const SimResult *result)
{
    Row row = { .scenario = sim_scenario_name(job->scenario),
                .path = sim_scenario_path(job->scenario),
                .seed = job->seed };
    GString *text = g_string_new(NULL);
    row_fill(&row, result);
    row_append_text(&row, text);
    (void)!write(job->row, text->str, text->len);
    g_string_free(text, true);
    row_clear(&row);
}

static ExitStatus play(const Real *real, const Job *job)
{
    ExitStatus status = STATUS_HELD;
    g_autofree char *folder =
        files_run_folder(real->out, sim_scenario_name(job->scenario), job->seed);
    g_autofree char *logs =
        real->arguments->keep_logs ? g_build_filename(folder, "servers", NULL) : NULL;
    SimResult *played = play_once(real, job, logs, &status);
    if (played != NULL && played->real->disturbed && !interrupt_seen()) {
        printf("      disturbed: the observer was late; played once more\n");
        sim_result_free(played);
        played = play_once(real, job, logs, &status);
    }
    g_autoptr(SimResult) result = played;
    if (interrupt_seen()) {
        return STATUS_INTERRUPTED;
    }
    if (result == NULL) {
        return status;
    }
    judge_disturbed(result);
    write_row(job, result);
    const Outcome outcome = { real->arguments, &real->request, folder };
    return outcome_finish(&outcome, result);
}

/* --- several at once -------------------------------------------------------------------------- */

static int temporary_file(void)
{
    g_autofree char *path = NULL;
    const int fd = g_file_open_tmp("distrosim-XXXXXX", &path, NULL);
    if (fd >= 0) {
        g_unlink(path);
    }
    return fd;
}

/* Ends with its parent, and by Ctrl-C as that does. */
static G_NORETURN void be_job(const Real *real, const Job *job, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        _exit(STATUS_INTERRUPTED);
    }
    dup2(job->out, STDOUT_FILENO);
    dup2(job->err, STDERR_FILENO);
    const ExitStatus status = play(real, job);
    fflush(NULL);
    _exit(status);
}

static bool begin_job(const Real *real, Job *job)
{
    const pid_t parent = getpid();
    job->out = temporary_file();
    job->err = temporary_file();
    job->row = temporary_file();
    fflush(NULL);
    job->pid = job->out >= 0 && job->err >= 0 && job->row >= 0 ? fork() : -1;
    if (job->pid == 0) {
        be_job(real, job, parent);
    }
    job->begun = true;
    if (job->pid > 0) {
        return true;
    }
    complain("no process can be started for %s: %s", sim_scenario_name(job->scenario),
             g_strerror(errno));
    job->ended = true;
    job->status = STATUS_INTERNAL;
    return false;
}

static void copy_to(int from, FILE *to)
{
    char bytes[4096];
    lseek(from, 0, SEEK_SET);
    for (ssize_t size; (size = read(from, bytes, sizeof bytes)) > 0;) {
        fwrite(bytes, 1, (size_t)size, to);
    }
    fflush(to);
}

static void look_after(Job *job)
{
    int how;
    if (!job->begun || job->ended || waitpid(job->pid, &how, WNOHANG) != job->pid) {
        return;
    }
    job->ended = true;
    job->status = WIFEXITED(how) ? (ExitStatus)WEXITSTATUS(how) : STATUS_INTERNAL;
    if (WIFSIGNALED(how)) {
        complain("the run of %s was ended by signal %d", sim_scenario_name(job->scenario),
                 WTERMSIG(how));
    }
}

static void tell(Job *job)
{
    copy_to(job->err, stderr);
    copy_to(job->out, stdout);
    close(job->err);
    close(job->out);
}

static unsigned running(const GArray *jobs)
{
    unsigned count = 0;
    for (guint i = 0; i < jobs->len; i++) {
        const Job *job = &g_array_index(jobs, Job, i);
        count += job->begun && !job->ended;
    }
    return count;
}

/* The signal of Ctrl-C reaches the jobs by themselves; that of kill does not. */
static void pass_on_interrupt(const GArray *jobs, bool *passed)
{
    for (guint i = 0; interrupt_seen() && !*passed && i < jobs->len; i++) {
        const Job *job = &g_array_index(jobs, Job, i);
        if (job->begun && !job->ended) {
            kill(job->pid, SIGTERM);
        }
    }
    *passed = interrupt_seen();
}

static ExitStatus run_jobs(const Real *real, GArray *jobs)
{
    ExitStatus status = STATUS_HELD;
    bool passed = false;
    guint next = 0, told = 0;
    while (told < jobs->len) {
        while (next < jobs->len && running(jobs) < real->jobs && !interrupt_seen()) {
            begin_job(real, &g_array_index(jobs, Job, next++));
        }
        pass_on_interrupt(jobs, &passed);
        for (guint i = 0; i < jobs->len; i++) {
            look_after(&g_array_index(jobs, Job, i));
        }
        Job *job = &g_array_index(jobs, Job, told);
        if (job->ended) {
            status = status_worse(status, job->status);
            tell(job);
            told++;
        } else if (!job->begun && interrupt_seen()) {
            break;
        } else {
            g_usleep(WATCH_US);
        }
    }
    return interrupt_seen() ? STATUS_INTERRUPTED : status;
}

/* --- the command line ------------------------------------------------------------------------- */

static bool read_count(const char *option, const char *text, unsigned most, unsigned *count)
{
    guint64 number;
    if (text == NULL) {
        return true;
    }
    if (g_ascii_string_to_unsigned(text, 10, 1, most, &number, NULL)) {
        *count = (unsigned)number;
        return true;
    }
    complain("--%s takes a number from 1 to %u, not '%s'", option, most, text);
    return false;
}

static bool read_slack(Real *real)
{
    SimQuantity quantity;
    const char *text = real->arguments->slack;
    real->slack_us = DEFAULT_SLACK_US;
    if (text == NULL) {
        return true;
    }
    if (!sim_quantity_parse(text, &quantity) || quantity.kind != SIM_QUANTITY_DURATION ||
        quantity.value < 0) {
        complain("--slack takes a time such as 200ms, not '%s'", text);
        return false;
    }
    real->slack_us = (int64_t)quantity.value;
    return true;
}

static bool read_seed(Real *real)
{
    g_autoptr(GError) error = NULL;
    real->seed = real->arguments->seed == NULL ? seeds_draw() : 0;
    if (real->arguments->seed != NULL &&
        !seeds_parse_one(real->arguments->seed, &real->seed, &error)) {
        complain("--seed: %s", error->message);
        return false;
    }
    return true;
}

/* "distrod", "nacos-2.5.1", "nacos-2.5.1+distrod": a folder's name. (transfer full) */
static char *name_of_servers(const char *servers)
{
    g_auto(GStrv) words = g_strsplit(servers, ",", -1);
    for (char **word = words; *word != NULL; word++) {
        if (g_str_has_prefix(*word, "nacos:")) {
            char *name = g_path_get_basename(*word + strlen("nacos:"));
            g_free(*word);
            *word = name;
        }
    }
    return g_strjoinv("+", words);
}

/* Those of the command line, whatever their values. */
static ExitStatus check_settings(const Real *real)
{
    for (guint i = 0; i < real->request.settings->len; i++) {
        const char *name;
        const char *option =
            request_option(&g_array_index(real->request.settings, SimSetting, i), &name);
        const bool known = strcmp(option, "setting") == 0 && distro_config_find(name) != NULL;
        g_autofree char *refused = known ? real_setting_refusal(real->sorts, name) : NULL;
        if (refused != NULL) {
            complain("%s", refused);
            return STATUS_WRONG_SCENARIO;
        }
    }
    return STATUS_HELD;
}

static ExitStatus load(const Real *real, GPtrArray *scenarios)
{
    ExitStatus status = check_settings(real);
    if (status != STATUS_HELD) {
        return status;
    }
    for (guint i = 0; i < real->arguments->operands->len; i++) {
        g_autoptr(GError) error = NULL;
        SimScenario *scenario =
            scenario_open(g_ptr_array_index(real->arguments->operands, i), &status);
        if (scenario == NULL) {
            continue;
        }
        g_ptr_array_add(scenarios, scenario);
        if (!request_fits(&real->request, scenario, &error)) {
            complain("%s", error->message);
            status = status_worse(status, STATUS_USAGE);
        } else {
            status = status_worse(status, rehearse(real, scenario));
        }
    }
    return status;
}

/* --- several runs of a story ------------------------------------------------------------------ */

static bool read_row(const Real *real, const Job *job, Row *row, Variation *variation)
{
    char text[65536];
    if (!job->begun) {
        return false;
    }
    const ssize_t size = pread(job->row, text, sizeof text, 0);
    variation->request = real->request;
    *row = (Row) { .scenario = sim_scenario_name(job->scenario),
                   .path = sim_scenario_path(job->scenario),
                   .variation = variation,
                   .seed = job->seed };
    return size > 0 && row_from_text(row, text, (size_t)size);
}

/* The runs of one story as a sweep has them, beside their folders; a single run is no sweep. */
static ExitStatus write_sweep(const Real *real, const SimScenario *scenario, const GArray *jobs)
{
    g_autofree char *seeds = g_strdup_printf("%" G_GUINT64_FORMAT "..%" G_GUINT64_FORMAT,
                                             real->seed, real->seed + real->repeat - 1);
    g_autofree char *safe = files_safe_name(sim_scenario_name(scenario));
    g_autofree char *folder = g_build_filename(real->out, safe, NULL);
    g_autoptr(GArray) rows = g_array_new(false, true, sizeof(Row));
    g_array_set_clear_func(rows, (GDestroyNotify)row_clear);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    Variation variation = { .values = none, .label = (char *)"" };
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < jobs->len; i++) {
        const Job *job = &g_array_index(jobs, Job, i);
        Row row;
        if (job->scenario == scenario && read_row(real, job, &row, &variation)) {
            g_array_append_val(rows, row);
        }
    }
    if (rows->len > 0 && !sweep_write_rows(folder, sim_scenario_name(scenario), seeds,
                                           (Row *)(void *)rows->data, rows->len, &error)) {
        complain("%s", error->message);
        return STATUS_CANNOT_WRITE;
    }
    if (rows->len > 0 && outcome_talks(real->arguments)) {
        printf("files %s/\n", folder);
    }
    return STATUS_HELD;
}

static ExitStatus play_all(const Real *real)
{
    g_autoptr(GPtrArray) scenarios =
        g_ptr_array_new_with_free_func((GDestroyNotify)sim_scenario_free);
    g_autoptr(GArray) jobs = g_array_new(false, true, sizeof(Job));
    const ExitStatus status = load(real, scenarios);
    if (status != STATUS_HELD || interrupt_seen()) {
        return interrupt_seen() ? STATUS_INTERRUPTED : status;
    }
    if (!real->arguments->quiet && !real->arguments->json) {
        printf("seed  %" G_GUINT64_FORMAT "%s\n", real->seed,
               real->arguments->seed == NULL ? ", drawn from the clock" : "");
    }
    for (guint i = 0; i < scenarios->len; i++) {
        for (unsigned k = 0; k < real->repeat; k++) {
            const Job job = { .scenario = scenarios->pdata[i], .seed = real->seed + k };
            g_array_append_val(jobs, job);
        }
    }
    ExitStatus ended = run_jobs(real, jobs);
    for (guint i = 0; i < scenarios->len && jobs->len > 1; i++) {
        ended = status_worse(ended, write_sweep(real, scenarios->pdata[i], jobs));
    }
    return ended;
}

ExitStatus real_run(const Arguments *arguments)
{
    g_autoptr(GError) error = NULL;
    Real real = { .arguments = arguments, .repeat = 1, .jobs = g_get_num_processors() };
    real.servers = arguments->real_servers != NULL ? arguments->real_servers : "distrod";
    request_init(&real.request);
    real.sorts = real_sorts_parse(real.servers, &error);
    ExitStatus status = STATUS_USAGE;
    if (real.sorts == NULL) {
        complain("%s", error->message);
        status = g_error_matches(error, REAL_ERROR, REAL_ERROR_UNAVAILABLE) ? STATUS_UNAVAILABLE
                                                                            : STATUS_USAGE;
    } else if (!request_read(&real.request, arguments, &error)) {
        complain("%s", error->message);
    } else if (read_count("repeat", arguments->repeat, MAX_REPEAT, &real.repeat) &&
               read_count("jobs", arguments->jobs, MAX_JOBS, &real.jobs) && read_slack(&real) &&
               read_seed(&real)) {
        g_autofree char *name = name_of_servers(real.servers);
        real.out =
            g_build_filename(arguments->out != NULL ? arguments->out : "results/real", name, NULL);
        status = play_all(&real);
        g_free(real.out);
    }
    g_clear_pointer(&real.sorts, g_array_unref);
    request_clear(&real.request);
    return status;
}
