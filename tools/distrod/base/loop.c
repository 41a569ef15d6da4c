/* tools/distrod/base/loop.c -- epoll and a queue of tasks as two sources of GLib's main loop. */
#include "tools/distrod/base/loop.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    BATCH = 256 /* descriptors handled before others of the loop have a turn */
};

struct RegLoop {
    GMainLoop *main_loop;
    RegTimers *timers;
    int epoll;
    guint epoll_source;
    GSource *task_source;
    GPtrArray *tasks; /* RegTask, NULL where one was taken back */
    struct epoll_event batch[BATCH];
    int batch_count;
};

typedef struct TaskSource {
    GSource base;
    RegLoop *loop;
} TaskSource;

/* A watch that goes away while a batch is worked off may stand further on in it. */
static void forget_in_batch(RegLoop *loop, const RegWatch *watch)
{
    for (int i = 0; i < loop->batch_count; i++) {
        if (loop->batch[i].data.ptr == watch) {
            loop->batch[i].data.ptr = NULL;
        }
    }
}

static gboolean dispatch_descriptors(gint fd, GIOCondition condition, gpointer data)
{
    (void)condition;
    RegLoop *loop = data;
    loop->batch_count = epoll_wait(fd, loop->batch, BATCH, 0);
    for (int i = 0; i < loop->batch_count; i++) {
        RegWatch *watch = loop->batch[i].data.ptr;
        if (watch != NULL) {
            watch->ready(watch, loop->batch[i].events);
        }
    }
    loop->batch_count = 0;
    return G_SOURCE_CONTINUE;
}

/* Tasks that are queued meanwhile are run in the same go. */
static gboolean run_tasks(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)callback;
    (void)data;
    RegLoop *loop = ((TaskSource *)(void *)source)->loop;
    g_source_set_ready_time(source, -1);
    for (guint i = 0; i < loop->tasks->len; i++) {
        RegTask *task = loop->tasks->pdata[i];
        if (task != NULL) {
            task->place = 0;
            task->run(task);
        }
    }
    g_ptr_array_set_size(loop->tasks, 0);
    return G_SOURCE_CONTINUE;
}

static GSource *new_task_source(RegLoop *loop)
{
    static GSourceFuncs functions = { .dispatch = run_tasks };
    GSource *source = g_source_new(&functions, sizeof(TaskSource));
    ((TaskSource *)(void *)source)->loop = loop;
    g_source_set_static_name(source, "tasks");
    g_source_attach(source, NULL);
    return source;
}

/* Libraries write to sockets without MSG_NOSIGNAL (OpenSSL does), and a peer that has gone must not
 * end the process. */
RegLoop *reg_loop_new(void)
{
    RegLoop *loop = g_new0(RegLoop, 1);
    signal(SIGPIPE, SIG_IGN);
    loop->main_loop = g_main_loop_new(NULL, false);
    loop->timers = reg_timers_new();
    loop->tasks = g_ptr_array_new();
    loop->task_source = new_task_source(loop);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0) {
        g_error("epoll_create1: %s", g_strerror(errno));
    }
    loop->epoll_source = g_unix_fd_add(loop->epoll, G_IO_IN, dispatch_descriptors, loop);
    return loop;
}

void reg_loop_free(RegLoop *loop)
{
    if (loop == NULL) {
        return;
    }
    g_source_remove(loop->epoll_source);
    close(loop->epoll);
    g_source_destroy(loop->task_source);
    g_source_unref(loop->task_source);
    g_ptr_array_unref(loop->tasks);
    reg_timers_free(loop->timers);
    g_main_loop_unref(loop->main_loop);
    g_free(loop);
}

RegTimers *reg_loop_timers(RegLoop *loop)
{
    return loop->timers;
}

void reg_loop_run(RegLoop *loop)
{
    g_main_loop_run(loop->main_loop);
}

void reg_loop_quit(RegLoop *loop)
{
    g_main_loop_quit(loop->main_loop);
}

bool reg_loop_watch(RegLoop *loop, RegWatch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };
    if (watch->added && watch->events == events) {
        return true;
    }
    if (epoll_ctl(loop->epoll, watch->added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, watch->fd, &event) !=
        0) {
        return false;
    }
    watch->added = true;
    watch->events = events;
    return true;
}

void reg_loop_unwatch(RegLoop *loop, RegWatch *watch)
{
    if (!watch->added) {
        return;
    }
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->added = false;
    forget_in_batch(loop, watch);
}

void reg_loop_queue(RegLoop *loop, RegTask *task)
{
    if (task->place != 0) {
        return;
    }
    g_ptr_array_add(loop->tasks, task);
    task->place = loop->tasks->len;
    g_source_set_ready_time(loop->task_source, 0);
}

void reg_loop_unqueue(RegLoop *loop, RegTask *task)
{
    if (task->place != 0) {
        g_assert_true(loop->tasks->pdata[task->place - 1] == task);
        loop->tasks->pdata[task->place - 1] = NULL;
        task->place = 0;
    }
}
