/* tools/distrod/main.c -- the process: options, signals, and one server until it is stopped. */
#include "tools/distrod/config/pages.h"
#include "tools/distrod/server/notify.h"
#include "tools/distrod/server/server.h"
#include "tools/distrosim/cli/version.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

enum {
    EXIT_WRONG_USE = 64,
    EXIT_CANNOT_SERVE = 69
};

typedef struct Process {
    RegLoop *loop;
    RegServer *server;
    RegTimer watchdog;
    int64_t watchdog_us; /* 0: there is none */
} Process;

/* A loop that turns says so, twice as often as is asked for. */
static void say_alive(RegTimer *timer)
{
    Process *process = REG_OWNER(timer, Process, watchdog);
    reg_notify("WATCHDOG=1");
    reg_timers_set_in(reg_loop_timers(process->loop), timer, process->watchdog_us / 2);
}

static void note_stopped(void *data)
{
    reg_loop_quit(((Process *)data)->loop);
}

static gboolean stop_on_signal(gpointer data)
{
    Process *process = data;
    reg_notify("STOPPING=1");
    reg_server_stop(process->server, note_stopped, process);
    return G_SOURCE_CONTINUE;
}

static gboolean reopen_on_signal(gpointer data)
{
    reg_server_reopen_logs(((Process *)data)->server);
    return G_SOURCE_CONTINUE;
}

/* Each connection is a descriptor. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int print_page(const RegOptions *options)
{
    g_autofree char *page = options->help  ? reg_help_page()
                            : options->man ? reg_man_page(distrosim_version)
                                           : g_strdup_printf("distrod %s\n", distrosim_version);
    fputs(page, stdout);
    return 0;
}

static int serve(const RegOptions *options)
{
    g_autoptr(RegLoop) loop = reg_loop_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(RegServer) server = reg_server_start(loop, options, &error);
    if (server == NULL) {
        fprintf(stderr, "distrod: %s\n", error->message);
        return EXIT_CANNOT_SERVE;
    }
    Process process = { .loop = loop,
                        .server = server,
                        .watchdog.fire = say_alive,
                        .watchdog_us = reg_notify_watchdog_us() };
    g_unix_signal_add(SIGTERM, stop_on_signal, &process);
    g_unix_signal_add(SIGINT, stop_on_signal, &process);
    g_unix_signal_add(SIGHUP, reopen_on_signal, &process);
    reg_notify("READY=1");
    if (process.watchdog_us > 0) {
        say_alive(&process.watchdog);
    }
    reg_loop_run(loop);
    reg_timers_clear(reg_loop_timers(loop), &process.watchdog);
    return 0;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    (void)argc;
    raise_descriptor_limit();
    g_autoptr(RegOptions) options = reg_options_parse(argv + 1, &error);
    if (options == NULL) {
        fprintf(stderr, "distrod: %s\n", error->message);
        return EXIT_WRONG_USE;
    }
    if (options->help || options->man || options->version) {
        return print_page(options);
    }
    return serve(options);
}
