/* tools/distrosim/output/files.c -- see files.h. */
#include "tools/distrosim/output/files.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK(files-error-quark, files_error)

ExitStatus files_error_status(const GError *error)
{
    if (error->domain == G_FILE_ERROR) {
        return STATUS_NO_FILE;
    }
    if (error->domain != FILES_ERROR) {
        return STATUS_USAGE;
    }
    switch ((FilesError)error->code) {
    case FILES_ERROR_CANNOT_WRITE:
        return STATUS_CANNOT_WRITE;
    case FILES_ERROR_NO_FILE:
    case FILES_ERROR_CANNOT_READ:
        return STATUS_NO_FILE;
    case FILES_ERROR_MALFORMED:
        break;
    }
    return STATUS_USAGE;
}

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

/* Fills a fresh file and brings it to the disk. 0, or the errno. */
static int fill_file(int file, const char *text, size_t length)
{
    return write_all(file, text, length) && fsync(file) == 0 ? 0 : errno;
}

/* --- beside its place ------------------------------------------------------------------------- */

#define LEFTOVER_AGE_S (24 * 60 * 60)

/* ".NAME.distrosim-XXXXXX" in the folder of @path, for a file that is about to take its place. */
static char *temporary_template(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *hidden = g_strdup_printf(".%s.distrosim-XXXXXX", name);
    return g_build_filename(folder, hidden, NULL);
}

/* A process that was killed may have left one; after a day no process writes to it any more. */
static void remove_leftovers(const char *path)
{
    g_autofree char *template = temporary_template(path);
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(template);
    size_t length = strlen(name);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *entry = dir != NULL ? g_dir_read_name(dir) : NULL; entry != NULL;
         entry = g_dir_read_name(dir)) {
        if (strlen(entry) != length || strncmp(entry, name, length - strlen("XXXXXX")) != 0) {
            continue;
        }
        g_autofree char *leftover = g_build_filename(folder, entry, NULL);
        GStatBuf status;
        if (g_stat(leftover, &status) == 0 &&
            g_get_real_time() / 1000000 - status.st_mtime > LEFTOVER_AGE_S) {
            g_unlink(leftover);
        }
    }
}

/* Gives the file without a name the one of @template, filled in. 0, or the errno. */
static int name_file(int file, char *template)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    g_autofree char *source = g_strdup_printf("/proc/self/fd/%d", file);
    char *varying = template + strlen(template) - strlen("XXXXXX");
    int reason = EEXIST;
    for (int tries = 0; tries < 100 && reason == EEXIST; tries++) {
        for (char *c = varying; *c != '\0'; c++) {
            *c = letters[g_random_int_range(0, (gint32)strlen(letters))];
        }
        reason = linkat(AT_FDCWD, source, AT_FDCWD, template, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
    }
    return reason;
}

/* A file without a name leaves nothing behind if the process is killed; some file systems have
 * none. -1 there. */
static int open_unnamed(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    return open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
}

static bool write_beside(const char *path, const char *text, size_t length, GError **error)
{
    remove_leftovers(path);
    g_autofree char *temporary = temporary_template(path);
    int file = open_unnamed(path);
    bool named = file < 0;
    if (named) {
        file = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0666);
    }
    if (file < 0) {
        return set_cannot_write(error, path, errno);
    }
    int reason = fill_file(file, text, length);
    if (reason == 0 && !named) {
        reason = name_file(file, temporary);
        named = reason == 0;
    }
    if (close(file) != 0 && reason == 0) {
        reason = errno;
    }
    if (reason == 0 && g_rename(temporary, path) != 0) {
        reason = errno;
    }
    if (reason != 0) {
        if (named) {
            g_unlink(temporary);
        }
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

/* --- what a folder holds ---------------------------------------------------------------------- */

/* 0 if @folder holds the file @name, otherwise the errno. */
static int find_file(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    GStatBuf status;
    return g_stat(path, &status) == 0 ? 0 : errno;
}

ResultKind files_result_kind(const char *folder, GError **error)
{
    int run = find_file(folder, "summary.json");
    if (run == 0) {
        return RESULT_RUN;
    }
    if (find_file(folder, "sweep.csv") == 0 || find_file(folder, "sweep.json") == 0) {
        return RESULT_SWEEP;
    }
    int whole = find_file(folder, ".");
    int reason = whole != 0 ? whole : run;
    if (reason == ENOENT && whole == 0) {
        g_set_error(error, FILES_ERROR, FILES_ERROR_NO_FILE,
                    "'%s' holds neither a run (summary.json) nor a sweep (sweep.json)", folder);
    } else {
        g_set_error(error, FILES_ERROR, FILES_ERROR_CANNOT_READ,
                    "cannot read the results in '%s': %s", folder, g_strerror(reason));
    }
    return RESULT_NONE;
}
