/* tools/real/process.c -- see process.h. */
#include "tools/real/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/real/space.h"

enum {
    SERVER_NICE = -10
};

struct RealProcess {
    pid_t pid;
    bool ended;
    int status;
};

/* Where we may: a server that waits for a busy machine would be seen late. */
static void hurry(bool light)
{
    const struct sched_param least = { .sched_priority = sched_get_priority_min(SCHED_RR) };
    if (!light || sched_setscheduler(0, SCHED_RR, &least) != 0) {
        setpriority(PRIO_PROCESS, 0, SERVER_NICE);
    }
}

/* Between fork and exec, of several threads: only what a signal handler might do. */
static void become(const RealCommand *command, char *const *environment, int output, pid_t parent)
{
    char *const *words = (char *const *)command->words;
    sigset_t none;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || setns(command->space, CLONE_NEWNET) != 0 ||
        chdir(command->folder) != 0) {
        _exit(127);
    }
    setpgid(0, 0); /* Ctrl-C is for the command, which then ends its servers */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    hurry(command->light);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execve(words[0], words, environment);
    _exit(127);
}

static char **environment_with(const char *const *more)
{
    char **environment = g_get_environ();
    for (; more != NULL && *more != NULL; more++) {
        g_auto(GStrv) pair = g_strsplit(*more, "=", 2);
        environment = g_environ_setenv(environment, pair[0], pair[1], true);
    }
    return environment;
}

RealProcess *real_process_start(const RealCommand *command, GError **error)
{
    g_auto(GStrv) all = environment_with(command->environment);
    const int fd = open(command->output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const pid_t parent = getpid();
    const pid_t pid = fd >= 0 ? fork() : -1;
    if (pid == 0) {
        become(command, all, fd, parent);
    }
    if (pid < 0) {
        g_set_error(error, REAL_ERROR, REAL_ERROR_FAILED, "%s cannot be started: %s",
                    command->words[0], g_strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    if (pid < 0) {
        return NULL;
    }
    RealProcess *process = g_new0(RealProcess, 1);
    process->pid = pid;
    return process;
}

void real_process_signal(RealProcess *process, int number)
{
    if (!real_process_has_ended(process, NULL)) {
        kill(process->pid, number);
    }
}

bool real_process_has_ended(RealProcess *process, int *status)
{
    if (!process->ended && waitpid(process->pid, &process->status, WNOHANG) == process->pid) {
        process->ended = true;
    }
    if (status != NULL) {
        *status = process->status;
    }
    return process->ended;
}

void real_process_free(RealProcess *process)
{
    if (process == NULL) {
        return;
    }
    if (!process->ended) {
        kill(process->pid, SIGKILL);
        while (waitpid(process->pid, &process->status, 0) < 0 && errno == EINTR) {
        }
    }
    g_free(process);
}
