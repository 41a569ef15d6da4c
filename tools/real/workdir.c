/* tools/real/workdir.c -- see workdir.h. */
#include "tools/real/workdir.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "tools/real/space.h"

struct RealWorkdir {
    char *path;
    int lock;
};

static void remove_tree(const char *path)
{
    GDir *folder = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    for (const char *name; folder != NULL && (name = g_dir_read_name(folder)) != NULL;) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        remove_tree(inner);
    }
    if (folder != NULL) {
        g_dir_close(folder);
    }
    g_remove(path);
}

/* -1 if another process has it. */
static int take_lock(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "lock", NULL);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* A folder that has no lock yet is one that is just being made: it is younger than a minute. */
static void remove_left(const char *base)
{
    GDir *folder = g_dir_open(base, 0, NULL);
    for (const char *name; folder != NULL && (name = g_dir_read_name(folder)) != NULL;) {
        g_autofree char *path = g_build_filename(base, name, NULL);
        GStatBuf state;
        const gboolean young =
            g_stat(path, &state) != 0 || g_get_real_time() / 1000000 - state.st_mtime < 60;
        g_autofree char *lock = g_build_filename(path, "lock", NULL);
        if (young && !g_file_test(lock, G_FILE_TEST_EXISTS)) {
            continue;
        }
        const int fd = take_lock(path);
        if (fd >= 0) {
            remove_tree(path);
            close(fd);
        }
    }
    if (folder != NULL) {
        g_dir_close(folder);
    }
}

/* Ours outside of a user namespace, in which we are root like everyone else in theirs. */
static unsigned user_outside(void)
{
    const unsigned user = geteuid();
    unsigned inside, outside, count;
    g_autofree char *map = NULL;
    const bool mapped = g_file_get_contents("/proc/self/uid_map", &map, NULL, NULL) &&
                        sscanf(map, "%u %u %u", &inside, &outside, &count) == 3 && user == inside;
    return mapped ? outside : user;
}

RealWorkdir *real_workdir_new(GError **error)
{
    g_autofree char *base =
        g_strdup_printf("%s/distrosim-real-%u", g_get_tmp_dir(), user_outside());
    g_autofree char *form = g_build_filename(base, "run-XXXXXX", NULL);
    if (g_mkdir_with_parents(base, 0700) == 0) {
        remove_left(base);
    }
    if (g_mkdtemp_full(form, 0755) == NULL) {
        g_set_error(error, REAL_ERROR, REAL_ERROR_FAILED, "no folder can be made in %s: %s", base,
                    g_strerror(errno));
        return NULL;
    }
    RealWorkdir *workdir = g_new0(RealWorkdir, 1);
    workdir->lock = take_lock(form);
    workdir->path = g_steal_pointer(&form);
    return workdir;
}

const char *real_workdir_path(const RealWorkdir *workdir)
{
    return workdir->path;
}

/* --- logs ------------------------------------------------------------------------------------- */

static gboolean copy_file(const char *from, const char *to, GError **error)
{
    g_autofree char *text = NULL;
    gsize size;
    g_autoptr(GError) why = NULL;
    if (g_file_get_contents(from, &text, &size, &why) &&
        g_file_set_contents(to, text, (gssize)size, &why)) {
        return TRUE;
    }
    g_set_error(error, REAL_ERROR, REAL_ERROR_FAILED, "%s", why->message);
    return FALSE;
}

static gboolean copy_tree(const char *from, const char *to, GError **error)
{
    if (!g_file_test(from, G_FILE_TEST_IS_DIR)) {
        return !g_file_test(from, G_FILE_TEST_EXISTS) || copy_file(from, to, error);
    }
    if (g_mkdir_with_parents(to, 0755) != 0) {
        g_set_error(error, REAL_ERROR, REAL_ERROR_FAILED, "%s cannot be made: %s", to,
                    g_strerror(errno));
        return FALSE;
    }
    GDir *folder = g_dir_open(from, 0, NULL);
    gboolean good = TRUE;
    for (const char *name; good && folder != NULL && (name = g_dir_read_name(folder)) != NULL;) {
        g_autofree char *source = g_build_filename(from, name, NULL);
        g_autofree char *target = g_build_filename(to, name, NULL);
        good = copy_tree(source, target, error);
    }
    if (folder != NULL) {
        g_dir_close(folder);
    }
    return good;
}

gboolean real_workdir_keep_logs(const RealWorkdir *workdir, const char *folder, GError **error)
{
    GDir *servers = g_dir_open(workdir->path, 0, NULL);
    gboolean good = TRUE;
    for (const char *name; good && servers != NULL && (name = g_dir_read_name(servers)) != NULL;) {
        static const char *const kept[] = { "logs", "output" };
        for (size_t i = 0; good && i < G_N_ELEMENTS(kept); i++) {
            g_autofree char *from = g_build_filename(workdir->path, name, kept[i], NULL);
            g_autofree char *server = g_build_filename(folder, name, NULL);
            g_autofree char *to = g_build_filename(server, kept[i], NULL);
            if (g_file_test(from, G_FILE_TEST_EXISTS)) {
                g_mkdir_with_parents(server, 0755);
                good = copy_tree(from, to, error);
            }
        }
    }
    if (servers != NULL) {
        g_dir_close(servers);
    }
    return good;
}

void real_workdir_free(RealWorkdir *workdir)
{
    if (workdir == NULL) {
        return;
    }
    remove_tree(workdir->path);
    close(workdir->lock);
    g_free(workdir->path);
    g_free(workdir);
}
