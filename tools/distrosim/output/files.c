/* tools/distrosim/output/files.c -- see files.h. */
#include "tools/distrosim/output/files.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK(files - error - quark, files_error)

/* --- writing -------------------------------------------------------------------------------- */

static bool set_cannot_write(GError **error, const char *path, int reason)
{
    g_set_error(error, FILES_ERROR, FILES_ERROR_CANNOT_WRITE, "cannot write '%s': %s", path,
                g_strerror(reason));
    return false;
}

static bool write_all(int file, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, text, length);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        if (written > 0) {
            text += written;
            length -= (size_t)written;
        }
    }
    return true;
}

/* A rename is kept over a power cut only once the folder is on the disk too. Some file systems
 * cannot do that for folders; the file itself is safe there. */
static void sync_folder(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) {
        return;
    }
    fsync(file);
    close(file);
}

static bool write_in_place(const char *path, const char *text, size_t length, GError **error)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) {
        return set_cannot_write(error, path, errno);
    }
    bool written = write_all(file, text, length);
    int reason = errno;
    if (close(file) != 0 && written) {
        written = false;
        reason = errno;
    }
    return written || set_cannot_write(error, path, reason);
}

/* Fills @temporary, a fresh file, and closes it. 0, or the errno. */
static int fill_temporary(int file, const char *text, size_t length)
{
    int reason = 0;
    if (!write_all(file, text, length) || fsync(file) != 0) {
        reason = errno;
    }
    if (close(file) != 0 && reason == 0) {
        reason = errno;
    }
    return reason;
}

static bool write_beside(const char *path, const char *text, size_t length, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *hidden = g_strdup_printf(".%s.XXXXXX", name);
    g_autofree char *temporary = g_build_filename(folder, hidden, NULL);
    int file = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0666);
    if (file < 0) {
        return set_cannot_write(error, path, errno);
    }
    int reason = fill_temporary(file, text, length);
    if (reason == 0 && g_rename(temporary, path) != 0) {
        reason = errno;
    }
    if (reason != 0) {
        g_unlink(temporary);
        return set_cannot_write(error, path, reason);
    }
    sync_folder(path);
    return true;
}

bool files_write(const char *path, const char *text, gssize length, GError **error)
{
    size_t size = length < 0 ? strlen(text) : (size_t)length;
    GStatBuf status;
    bool exists = g_stat(path, &status) == 0;
    if (exists && S_ISDIR(status.st_mode)) {
        return set_cannot_write(error, path, EISDIR);
    }
    if (exists && !S_ISREG(status.st_mode)) {
        return write_in_place(path, text, size, error);
    }
    return write_beside(path, text, size, error);
}

bool files_write_in(const char *folder, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return files_write(path, text, -1, error);
}

bool files_make_folder(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0777) == 0) {
        return true;
    }
    int reason = errno;
    g_set_error(error, FILES_ERROR, FILES_ERROR_CANNOT_WRITE, "cannot make the folder '%s': %s",
                path, g_strerror(reason));
    return false;
}

bool files_can_write(const char *folder, GError **error)
{
    g_autofree char *place = g_strdup(folder);
    GStatBuf status;
    while (g_stat(place, &status) != 0) {
        if (errno != ENOENT && errno != ENOTDIR) {
            return set_cannot_write(error, folder, errno);
        }
        char *parent = g_path_get_dirname(place);
        g_free(place);
        place = parent;
    }
    if (!S_ISDIR(status.st_mode)) {
        g_set_error(error, FILES_ERROR, FILES_ERROR_CANNOT_WRITE,
                    "cannot write below '%s': '%s' is a file, not a folder", folder, place);
        return false;
    }
    return g_access(place, W_OK | X_OK) == 0 || set_cannot_write(error, folder, errno);
}

/* --- where a run's files stand -------------------------------------------------------------- */

char *files_safe_name(const char *scenario)
{
    g_auto(GStrv) parts = g_strsplit(scenario, "/", -1);
    GString *name = g_string_new(NULL);
    for (char **part = parts; *part != NULL; part++) {
        if (**part == '\0' || g_str_equal(*part, ".") || g_str_equal(*part, "..")) {
            continue;
        }
        g_string_append_printf(name, "%s%s", name->len > 0 ? "/" : "", *part);
    }
    if (name->len == 0) {
        g_string_append(name, "scenario");
    }
    return g_string_free(name, false);
}

char *files_run_folder(const char *out, const char *scenario, uint64_t seed)
{
    g_autofree char *name = files_safe_name(scenario);
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, seed);
    return g_build_filename(out != NULL ? out : "results", name, number, NULL);
}
