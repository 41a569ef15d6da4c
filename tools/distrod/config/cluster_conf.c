/* tools/distrod/config/cluster_conf.c -- inotify on the file's folder, since a file is replaced
 * more often than it is written to. */
#include "tools/distrod/config/cluster_conf.h"

#include "tools/distrod/net/address.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#define SETTLE_US 200000 /* after the last change, until it is read */

enum {
    MAX_MEMBERS = 1024
};

struct RegClusterConf {
    RegLoop *loop;
    char *file;
    uint16_t default_port;
    GPtrArray *members;
    RegClusterConfChanged changed;
    void *data;
    RegWatch watch;
    RegTimer timer;
};

static gint compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- reading ---- */

static bool has(const GPtrArray *members, const char *member)
{
    for (guint i = 0; i < members->len; i++) {
        if (strcmp(members->pdata[i], member) == 0) {
            return true;
        }
    }
    return false;
}

static void add_member(GPtrArray *members, char *text, uint16_t default_port)
{
    g_autofree char *host = NULL;
    uint16_t port = default_port;
    text[strcspn(text, "?")] = '\0';
    g_strstrip(text);
    if (*text == '\0' || members->len >= MAX_MEMBERS || !reg_address_split(text, &host, &port)) {
        return;
    }
    g_autofree char *member =
        g_strdup_printf(strchr(host, ':') != NULL ? "[%s]:%u" : "%s:%u", host, port);
    if (!has(members, member)) {
        g_ptr_array_add(members, g_steal_pointer(&member));
    }
}

GPtrArray *reg_cluster_conf_parse(const char *text, uint16_t default_port)
{
    GPtrArray *members = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        (*line)[strcspn(*line, "#")] = '\0';
        g_auto(GStrv) words = g_strsplit(*line, ",", -1);
        for (char **word = words; *word != NULL; word++) {
            add_member(members, *word, default_port);
        }
    }
    g_ptr_array_sort(members, compare_texts);
    return members;
}

GPtrArray *reg_cluster_conf_read(const char *file, uint16_t default_port, GError **error)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(file, &text, NULL, error)) {
        return NULL;
    }
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return reg_cluster_conf_parse(valid, default_port);
}

/* ---- watching ---- */

static bool is_same(const GPtrArray *a, const GPtrArray *b)
{
    if (a->len != b->len) {
        return false;
    }
    for (guint i = 0; i < a->len; i++) {
        if (strcmp(a->pdata[i], b->pdata[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* An empty list is ignored (ServerMemberManager#memberChange), and so is a file that is gone. */
static void read_anew(RegTimer *timer)
{
    RegClusterConf *conf = REG_OWNER(timer, RegClusterConf, timer);
    g_autoptr(GPtrArray) members = reg_cluster_conf_read(conf->file, conf->default_port, NULL);
    if (members == NULL || members->len == 0 || is_same(members, conf->members)) {
        return;
    }
    g_ptr_array_unref(conf->members);
    conf->members = g_ptr_array_ref(members);
    conf->changed(conf->data, members);
}

static void note_change(RegWatch *watch, uint32_t events)
{
    (void)events;
    RegClusterConf *conf = REG_OWNER(watch, RegClusterConf, watch);
    char bytes[4096];
    while (read(watch->fd, bytes, sizeof bytes) > 0) {
        reg_timers_set_in(reg_loop_timers(conf->loop), &conf->timer, SETTLE_US);
    }
}

static GPtrArray *copy_members(const GPtrArray *members)
{
    GPtrArray *copy = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < members->len; i++) {
        g_ptr_array_add(copy, g_strdup(members->pdata[i]));
    }
    g_ptr_array_sort(copy, compare_texts);
    return copy;
}

RegClusterConf *reg_cluster_conf_watch(RegLoop *loop, const char *file, uint16_t default_port,
                                       const GPtrArray *members, RegClusterConfChanged changed,
                                       void *data, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(file);
    const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0 ||
        inotify_add_watch(fd, folder, IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE) < 0) {
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno),
                    "cannot watch %s: %s", folder, g_strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return NULL;
    }
    RegClusterConf *conf = g_new0(RegClusterConf, 1);
    conf->loop = loop;
    conf->file = g_strdup(file);
    conf->default_port = default_port;
    conf->members = copy_members(members);
    conf->changed = changed;
    conf->data = data;
    conf->timer.fire = read_anew;
    conf->watch = (RegWatch) { .ready = note_change, .fd = fd };
    reg_loop_watch(loop, &conf->watch, EPOLLIN);
    return conf;
}

void reg_cluster_conf_free(RegClusterConf *conf)
{
    if (conf == NULL) {
        return;
    }
    reg_timers_clear(reg_loop_timers(conf->loop), &conf->timer);
    reg_loop_unwatch(conf->loop, &conf->watch);
    close(conf->watch.fd);
    g_ptr_array_unref(conf->members);
    g_free(conf->file);
    g_free(conf);
}
