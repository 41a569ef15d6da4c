/* tools/distrosim/sweep/journal.c -- see journal.h. */
#include "tools/distrosim/sweep/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "tools/distrosim/output/files.h"
#include "tools/distrosim/sweep/digest.h"
#include "tools/distrosim/sweep/identity.h"

#define SYNC_EVERY_US 2000000
#define DIGEST_KEY "digest\t"

struct Journal {
    char *path;
    int folder, file;      /* the folder carries the lock */
    off_t whole;           /* bytes up to the end of the last line that was written */
    off_t rows;            /* where the rows begin */
    int64_t sync_us;       /* when it was last brought to the disk */
    GString *writing;      /* what is being written */
    pthread_mutex_t mutex; /* guards the next */
    GString *waiting;      /* what was added since */
};

static char *path_in(const char *folder)
{
    return g_build_filename(folder, JOURNAL_NAME, NULL);
}

static bool cannot_write(const Journal *journal, int reason, GError **error)
{
    g_set_error(error, FILES_ERROR, FILES_ERROR_CANNOT_WRITE, "cannot write '%s': %s",
                journal->path, g_strerror(reason));
    return false;
}

/* --- reading -------------------------------------------------------------------------------- */

/* Length of the identity and the blank line after it; 0 if there is no blank line. */
static size_t head_length(const char *text, size_t length)
{
    const char *blank = length > 0 ? memmem(text, length, "\n\n", 2) : NULL;
    return blank != NULL ? (size_t)(blank - text) + 2 : 0;
}

/* The line that ends a head: a digest of all lines before it. (transfer full) */
static char *digest_line(const char *identity, size_t length)
{
    return g_strdup_printf(DIGEST_KEY "%016" G_GINT64_MODIFIER "x\n",
                           digest_finish(digest_add(digest_start(), identity, length)));
}

/* Takes the digest off @head, all lines up to the blank one. False if it is not theirs. */
static bool check_head(char *head)
{
    char *last = g_strrstr(head, "\n" DIGEST_KEY);
    if (last == NULL) {
        return false;
    }
    char *line = last + 1;
    g_autofree char *expected = digest_line(head, (size_t)(line - head));
    bool fits = g_str_equal(line, expected);
    *line = '\0';
    return fits;
}

bool journal_identity(const char *folder, char **identity, GError **error)
{
    g_autofree char *path = path_in(folder);
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, false, NULL);
    *identity = NULL;
    if (file == NULL) {
        return true;
    }
    const char *text = g_mapped_file_get_contents(file);
    size_t length = head_length(text, g_mapped_file_get_length(file));
    g_autofree char *head = length > 0 ? g_strndup(text, length - 1) : NULL;
    if (head == NULL || !check_head(head)) {
        g_set_error(error, FILES_ERROR, FILES_ERROR_MALFORMED,
                    "'%s' is damaged, or was written by an older distrosim: the digest of its head "
                    "is missing or wrong; a sweep that begins anew replaces it",
                    path);
        return false;
    }
    *identity = g_steal_pointer(&head);
    return true;
}

/* Rows stand in order of index. */
static Row *row_with(Row *rows, size_t count, size_t index)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle].index < index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && rows[low].index == index ? &rows[low] : NULL;
}

static bool read_line(const char *line, size_t length, Row *rows, size_t count)
{
    size_t index = 0;
    if (!row_index_of_text(line, length, &index)) {
        return false;
    }
    Row *row = row_with(rows, count, index);
    bool fresh = row != NULL && !row->made;
    return row != NULL && row_from_text(row, line, length) && fresh;
}

bool journal_read(const char *folder, Row *rows, size_t count, size_t *found, GError **error)
{
    g_autofree char *path = path_in(folder);
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, false, error);
    if (file == NULL) {
        return false;
    }
    const char *text = g_mapped_file_get_contents(file);
    size_t length = g_mapped_file_get_length(file);
    const char *end = text + length;
    const char *line = text + head_length(text, length);
    *found = 0;
    for (const char *next = NULL; line < end; line = next + 1) {
        next = memchr(line, '\n', (size_t)(end - line));
        if (next == NULL) {
            break; /* torn */
        }
        *found += read_line(line, (size_t)(next - line), rows, count);
    }
    return true;
}

/* --- opening -------------------------------------------------------------------------------- */

static bool lock_folder(Journal *journal, const char *folder, GError **error)
{
    journal->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->folder < 0) {
        return cannot_write(journal, errno, error);
    }
    if (flock(journal->folder, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) {
        return true; /* a file system without locks is used as it is */
    }
    g_set_error(error, FILES_ERROR, FILES_ERROR_CANNOT_WRITE,
                "cannot write '%s': another distrosim is sweeping into that folder", journal->path);
    return false;
}

static bool is_same_sweep(const Journal *journal, const char *stored, const char *identity,
                          GError **error)
{
    g_autofree char *difference = identity_difference(stored, identity, false);
    if (difference == NULL) {
        return true;
    }
    g_set_error(error, FILES_ERROR, FILES_ERROR_MALFORMED,
                "'%s' is of another sweep and cannot be resumed: %s; without --resume this one "
                "begins anew",
                journal->path, difference);
    return false;
}

/* The identity appears whole or not at all, so that rows never stand without it. */
static bool write_identity(const Journal *journal, const char *identity, GError **error)
{
    g_autofree char *digest = digest_line(identity, strlen(identity));
    g_autofree char *text = g_strconcat(identity, digest, "\n", NULL);
    return files_write(journal->path, text, -1, error);
}

/* Where the last whole line ends. */
static off_t whole_length(const char *path)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, false, NULL);
    size_t length = file != NULL ? g_mapped_file_get_length(file) : 0;
    const char *text = length > 0 ? g_mapped_file_get_contents(file) : "";
    const char *last = memrchr(text, '\n', length);
    return last != NULL ? (off_t)(last - text) + 1 : 0;
}

/* Where the rows begin. */
static off_t rows_offset(const char *path)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, false, NULL);
    size_t length = file != NULL ? g_mapped_file_get_length(file) : 0;
    return (off_t)head_length(length > 0 ? g_mapped_file_get_contents(file) : "", length);
}

static bool open_to_add(Journal *journal, GError **error)
{
    journal->whole = whole_length(journal->path);
    journal->rows = rows_offset(journal->path);
    journal->file = open(journal->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (journal->file < 0 || ftruncate(journal->file, journal->whole) != 0) {
        return cannot_write(journal, errno, error);
    }
    return true;
}

Journal *journal_open(const char *folder, const char *identity, bool resume, GError **error)
{
    if (!files_make_folder(folder, error)) {
        return NULL;
    }
    g_autoptr(Journal) journal = g_new0(Journal, 1);
    pthread_mutex_init(&journal->mutex, NULL);
    journal->path = path_in(folder);
    journal->folder = journal->file = -1;
    journal->waiting = g_string_new(NULL);
    journal->writing = g_string_new(NULL);
    journal->sync_us = g_get_monotonic_time();
    if (!lock_folder(journal, folder, error)) {
        return NULL;
    }
    g_autofree char *stored = NULL;
    if (resume && !journal_identity(folder, &stored, error)) {
        return NULL;
    }
    bool ready = stored != NULL ? is_same_sweep(journal, stored, identity, error)
                                : write_identity(journal, identity, error);
    return ready && open_to_add(journal, error) ? g_steal_pointer(&journal) : NULL;
}

void journal_close(Journal *journal)
{
    if (journal->file >= 0) {
        close(journal->file);
    }
    if (journal->folder >= 0) {
        close(journal->folder); /* and with it the lock */
    }
    pthread_mutex_destroy(&journal->mutex);
    g_string_free(journal->waiting, true);
    g_string_free(journal->writing, true);
    g_free(journal->path);
    g_free(journal);
}

/* --- adding --------------------------------------------------------------------------------- */

void journal_add(Journal *journal, const Row *row)
{
    pthread_mutex_lock(&journal->mutex);
    row_append_text(row, journal->waiting);
    g_string_append_c(journal->waiting, '\n');
    pthread_mutex_unlock(&journal->mutex);
}

/* Cuts off what did not fit, since half a line cannot be read; makes room even on a full disk. */
static bool give_up(Journal *journal, int reason, GError **error)
{
    if (journal->whole <= journal->rows) {
        g_unlink(journal->path);
    } else if (ftruncate(journal->file, journal->whole) != 0) {
        return cannot_write(journal, errno, error);
    }
    return cannot_write(journal, reason, error);
}

static bool write_lines(Journal *journal, GError **error)
{
    const char *text = journal->writing->str;
    for (size_t left = journal->writing->len; left > 0;) {
        ssize_t written = write(journal->file, text, left);
        if (written < 0 && errno != EINTR) {
            return give_up(journal, errno, error);
        }
        if (written > 0) {
            text += written;
            left -= (size_t)written;
        }
    }
    journal->whole += (off_t)journal->writing->len;
    g_string_truncate(journal->writing, 0);
    return true;
}

bool journal_flush(Journal *journal, bool sync, GError **error)
{
    pthread_mutex_lock(&journal->mutex);
    GString *full = journal->waiting;
    journal->waiting = journal->writing;
    journal->writing = full;
    pthread_mutex_unlock(&journal->mutex);
    if (!write_lines(journal, error)) {
        return false;
    }
    int64_t now_us = g_get_monotonic_time();
    if (!sync && now_us - journal->sync_us < SYNC_EVERY_US) {
        return true;
    }
    journal->sync_us = now_us;
    return fdatasync(journal->file) == 0 || give_up(journal, errno, error);
}
