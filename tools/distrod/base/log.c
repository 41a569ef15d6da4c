/* tools/distrod/base/log.c -- lines gathered by the loop, written by the worker.
 *
 *      reg_log -> pending, per file -- ten times a second --> a batch -> worker: write, roll
 *
 * Only the worker touches the descriptors. It says what became of a batch when it is done. */
#include "tools/distrod/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    FLUSH_US = 100000,
    MAX_LINE_SIZE = 2048,
    MAX_PENDING_BYTES = 8 << 20, /* gathered or on the way to the disk */
    COMPLAIN_US = 60000000       /* about a disk that takes nothing */
};

static const char *const file_names[REG_N_LOG_FILES] = {
    [REG_LOG_NACOS] = "nacos",
    [REG_LOG_PROTOCOL_DISTRO] = "protocol-distro",
    [REG_LOG_NAMING_DISTRO] = "naming-distro",
    [REG_LOG_NAMING_SERVER] = "naming-server",
    [REG_LOG_NAMING_EVENT] = "naming-event",
    [REG_LOG_NAMING_PUSH] = "naming-push",
    [REG_LOG_CLUSTER] = "nacos-cluster",
    [REG_LOG_REMOTE_DIGEST] = "remote-digest",
};

static const char *const level_names[] = { "INFO", "WARN", "ERROR" };

/* The worker's side: outlives the log until the last batch is written. */
typedef struct Writer {
    char *folder; /* NULL: stderr */
    uint64_t max_bytes;
    unsigned kept;
    int fds[REG_N_LOG_FILES]; /* -1: to be opened */
    uint64_t sizes[REG_N_LOG_FILES];
} Writer;

typedef struct Batch {
    RegLog *log; /* NULL when it has gone */
    Writer *writer;
    GString *texts[REG_N_LOG_FILES]; /* NULL: nothing */
    uint32_t lines[REG_N_LOG_FILES];
    uint64_t bytes;
    uint64_t lost_lines;
    int reason; /* errno of what was lost */
    bool reopen, last;
} Batch;

struct RegLog {
    RegLoop *loop;
    RegWorker *worker;
    Writer *writer;
    Batch *pending;
    RegTimer timer;
    uint64_t bytes; /* in .pending and with the worker */
    RegLogCounters counters;
    int64_t complained_us;
    time_t second; /* whose date is in .date */
    char date[32];
    GPtrArray *under_way; /* Batch */
};

/* ---- the worker's side ---- */

static char *path_of(const Writer *writer, RegLogFile file, unsigned number)
{
    return number == 0 ? g_strdup_printf("%s/%s.log", writer->folder, file_names[file])
                       : g_strdup_printf("%s/%s.log.%u", writer->folder, file_names[file], number);
}

static bool open_file(Writer *writer, RegLogFile file)
{
    struct stat status;
    if (writer->fds[file] >= 0) {
        return true;
    }
    g_autofree char *path = path_of(writer, file, 0);
    g_mkdir_with_parents(writer->folder, 0750);
    writer->fds[file] = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (writer->fds[file] < 0) {
        return false;
    }
    writer->sizes[file] = fstat(writer->fds[file], &status) == 0 ? (uint64_t)status.st_size : 0;
    return true;
}

static void close_file(Writer *writer, RegLogFile file)
{
    if (writer->fds[file] >= 0) {
        close(writer->fds[file]);
        writer->fds[file] = -1;
    }
}

static void roll_file(Writer *writer, RegLogFile file)
{
    close_file(writer, file);
    for (unsigned number = writer->kept; number > 0; number--) {
        g_autofree char *from = path_of(writer, file, number - 1);
        g_autofree char *to = path_of(writer, file, number);
        rename(from, to); /* the older ones need not exist */
    }
    if (writer->kept == 0) {
        g_autofree char *path = path_of(writer, file, 0);
        unlink(path);
    }
}

/* False if not all of it could be written; then errno says why. */
static bool write_text(int fd, const GString *text)
{
    size_t written = 0;
    while (written < text->len) {
        const ssize_t part = write(fd, text->str + written, text->len - written);
        if (part < 0 && errno != EINTR) {
            return false;
        }
        written += part > 0 ? (size_t)part : 0;
    }
    return true;
}

static bool write_to_file(Writer *writer, RegLogFile file, const GString *text)
{
    if (writer->folder == NULL) {
        return write_text(STDERR_FILENO, text);
    }
    if (!open_file(writer, file)) {
        return false;
    }
    if (!write_text(writer->fds[file], text)) {
        const int reason = errno;
        if (ftruncate(writer->fds[file], (off_t)writer->sizes[file]) == 0) { /* no half lines */
            errno = reason;
        }
        return false;
    }
    writer->sizes[file] += text->len;
    if (writer->sizes[file] >= writer->max_bytes) {
        roll_file(writer, file);
    }
    return true;
}

static void free_writer(Writer *writer)
{
    g_free(writer->folder);
    g_free(writer);
}

static void write_batch(void *data)
{
    Batch *batch = data;
    for (int file = 0; file < REG_N_LOG_FILES; file++) {
        if (batch->reopen) {
            close_file(batch->writer, file);
        }
        if (batch->texts[file] != NULL && !write_to_file(batch->writer, file, batch->texts[file])) {
            batch->lost_lines += batch->lines[file];
            batch->reason = errno;
        }
        if (batch->last) {
            close_file(batch->writer, file);
        }
    }
}

/* ---- the loop's side ---- */

static Batch *new_batch(RegLog *log)
{
    Batch *batch = g_new0(Batch, 1);
    batch->log = log;
    batch->writer = log->writer;
    return batch;
}

static void free_batch(Batch *batch)
{
    for (int file = 0; file < REG_N_LOG_FILES; file++) {
        if (batch->texts[file] != NULL) {
            g_string_free(batch->texts[file], true);
        }
    }
    if (batch->last) {
        free_writer(batch->writer);
    }
    g_free(batch);
}

static void complain(RegLog *log, const Batch *batch)
{
    const int64_t now_us = g_get_monotonic_time();
    if (log->complained_us != 0 && now_us - log->complained_us < COMPLAIN_US) {
        return;
    }
    log->complained_us = now_us;
    fprintf(stderr, "distrod: logs cannot be written: %s; %" G_GUINT64_FORMAT " lines lost\n",
            g_strerror(batch->reason), log->counters.lost_lines);
}

static void finish_batch(void *data)
{
    Batch *batch = data;
    RegLog *log = batch->log;
    if (log != NULL) {
        g_ptr_array_remove_fast(log->under_way, batch);
        log->bytes -= batch->bytes;
        log->counters.lost_lines += batch->lost_lines;
        if (batch->lost_lines > 0) {
            complain(log, batch);
        }
    }
    free_batch(batch);
}

static void hand_over(RegLog *log)
{
    reg_timers_clear(reg_loop_timers(log->loop), &log->timer);
    Batch *batch = g_steal_pointer(&log->pending);
    if (batch != NULL) {
        g_ptr_array_add(log->under_way, batch);
        reg_worker_give(log->worker, write_batch, finish_batch, batch);
    }
}

static void flush_pending(RegTimer *timer)
{
    hand_over(REG_OWNER(timer, RegLog, timer));
}

static Batch *pending_batch(RegLog *log)
{
    if (log->pending == NULL) {
        log->pending = new_batch(log);
        reg_timers_set_in(reg_loop_timers(log->loop), &log->timer, FLUSH_US);
    }
    return log->pending;
}

RegLog *reg_log_new(RegLoop *loop, RegWorker *worker, const char *folder, uint64_t max_bytes,
                    unsigned kept)
{
    RegLog *log = g_new0(RegLog, 1);
    log->loop = loop;
    log->worker = worker;
    log->timer.fire = flush_pending;
    log->under_way = g_ptr_array_new();
    log->writer = g_new0(Writer, 1);
    log->writer->folder = g_strdup(folder);
    log->writer->max_bytes = max_bytes;
    log->writer->kept = kept;
    for (int file = 0; file < REG_N_LOG_FILES; file++) {
        log->writer->fds[file] = -1;
    }
    return log;
}

void reg_log_free(RegLog *log)
{
    if (log == NULL) {
        return;
    }
    pending_batch(log)->last = true;
    hand_over(log);
    for (guint i = 0; i < log->under_way->len; i++) {
        ((Batch *)log->under_way->pdata[i])->log = NULL;
    }
    g_ptr_array_unref(log->under_way);
    g_free(log);
}

void reg_log_reopen(RegLog *log)
{
    pending_batch(log)->reopen = true;
    hand_over(log);
}

RegLogCounters reg_log_counters(const RegLog *log)
{
    return log->counters;
}

/* localtime_r takes a lock and reads a table; a second is asked for once. */
static void append_date(RegLog *log, GString *text)
{
    const int64_t now_us = g_get_real_time();
    const time_t second = (time_t)(now_us / G_USEC_PER_SEC);
    if (second != log->second) {
        struct tm parts;
        log->second = second;
        localtime_r(&second, &parts);
        strftime(log->date, sizeof log->date, "%Y-%m-%d %H:%M:%S", &parts);
    }
    g_string_append_printf(text, "%s,%03d ", log->date, (int)(now_us % G_USEC_PER_SEC / 1000));
}

static void append_clean(GString *text, const char *line)
{
    const gsize start = text->len;
    g_string_append(text, line);
    for (gsize i = start; i < text->len; i++) {
        if ((unsigned char)text->str[i] < ' ' || text->str[i] == 0x7f) {
            text->str[i] = ' ';
        }
    }
}

static void append_line(RegLog *log, Batch *batch, RegLogFile file, RegLogLevel level,
                        const char *line)
{
    if (batch->texts[file] == NULL) {
        batch->texts[file] = g_string_sized_new(4096);
    }
    GString *text = batch->texts[file];
    const gsize before = text->len;
    append_date(log, text);
    g_string_append_printf(text, "%s ", level_names[level]);
    append_clean(text, line);
    g_string_append(text, "\n\n");
    batch->lines[file]++;
    batch->bytes += text->len - before;
    log->bytes += text->len - before;
}

void reg_log(RegLog *log, RegLogFile file, RegLogLevel level, const char *format, ...)
{
    char line[MAX_LINE_SIZE];
    va_list arguments;
    if (log->writer->folder == NULL && level == REG_INFO && file != REG_LOG_NACOS &&
        file != REG_LOG_CLUSTER) {
        return;
    }
    log->counters.lines++;
    if (log->bytes >= MAX_PENDING_BYTES) {
        log->counters.lost_lines++;
        return;
    }
    va_start(arguments, format);
    g_vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    append_line(log, pending_batch(log), file, level, line);
}
