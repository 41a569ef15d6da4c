/* tests/distrod/support/process.c -- distrod as a process of its own. */
#include "tests/distrod/support/process.h"

#include "tests/distrod/support/waiting.h"
#include "tests/distrod/support/web.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct Process {
    pid_t pid;
    bool ended;
    int status;
    char *output;
};

static void run_child(char *const *words, const char *output)
{
    const int fd = open(output, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(fd, STDERR_FILENO);
    execv(words[0], words);
    _exit(127);
}

Process *process_start(const char *const *words)
{
    const char *binary = g_getenv("DISTROD");
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    Process *process = g_new0(Process, 1);
    g_assert_nonnull(binary);
    g_ptr_array_add(all, (char *)binary);
    for (; *words != NULL; words++) {
        g_ptr_array_add(all, (char *)*words);
    }
    g_ptr_array_add(all, NULL);
    const int fd = g_file_open_tmp("distrod-out-XXXXXX", &process->output, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    process->pid = fork();
    g_assert_cmpint(process->pid, >=, 0);
    if (process->pid == 0) {
        run_child((char *const *)all->pdata, process->output);
    }
    return process;
}

static bool has_ended(void *data)
{
    Process *process = data;
    int status;
    if (!process->ended && waitpid(process->pid, &status, WNOHANG) == process->pid) {
        process->ended = true;
        process->status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    return process->ended;
}

bool process_runs(Process *process)
{
    return !has_ended(process);
}

bool process_wait_ready(Process *process, RegLoop *loop, const char *ip, unsigned port)
{
    g_autofree char *url =
        g_strdup_printf("http://%s:%u/nacos/v1/console/health/readiness", ip, port);
    for (int tries = 0; tries < 200 && process_runs(process); tries++) {
        unsigned code;
        g_free(web_call(loop, "GET", url, NULL, &code));
        if (code == 200) {
            return true;
        }
        turn_for(loop, 50);
    }
    return false;
}

void process_signal(Process *process, int number)
{
    if (!process->ended) {
        kill(process->pid, number);
    }
}

int process_wait(Process *process, RegLoop *loop, unsigned limit_ms)
{
    return wait_until(loop, has_ended, process, limit_ms) ? process->status : G_MININT;
}

unsigned long process_memory_kib(const Process *process)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)process->pid);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        return 0;
    }
    const char *line = strstr(text, "VmRSS:");
    return line != NULL ? strtoul(line + strlen("VmRSS:"), NULL, 10) : 0;
}

char *process_output(const Process *process)
{
    char *text = NULL;
    g_file_get_contents(process->output, &text, NULL, NULL);
    return text;
}

void process_free(Process *process)
{
    int status;
    if (!process->ended) {
        kill(process->pid, SIGKILL);
        waitpid(process->pid, &status, 0);
    }
    g_unlink(process->output);
    g_free(process->output);
    g_free(process);
}
