/* tools/distrod/base/log.h -- Nacos's log files, in Nacos's words.
 *
 *      2026-11-30 09:00:48,954 INFO [DISTRO-START] DistroSyncChangeTask for DistroKey{...}
 *                                                              (and an empty line, as there)
 *
 * So what reads Nacos's logs reads these. Lines are gathered and written by the worker, several
 * times a second; what a slow or full disk keeps from being written is dropped beyond a bound and
 * counted, and the server goes on. Without a folder, what an operator must see goes to stderr: the
 * files NACOS and CLUSTER, and every warning. */
#pragma once

#include "tools/distrod/base/loop.h"
#include "tools/distrod/base/worker.h"

typedef enum RegLogFile {
    REG_LOG_NACOS,           /* nacos.log */
    REG_LOG_PROTOCOL_DISTRO, /* protocol-distro.log */
    REG_LOG_NAMING_DISTRO,   /* naming-distro.log */
    REG_LOG_NAMING_SERVER,   /* naming-server.log */
    REG_LOG_NAMING_EVENT,    /* naming-event.log */
    REG_LOG_NAMING_PUSH,     /* naming-push.log */
    REG_LOG_CLUSTER,         /* nacos-cluster.log */
    REG_LOG_REMOTE_DIGEST,   /* remote-digest.log */
    REG_N_LOG_FILES,
} RegLogFile;

typedef enum RegLogLevel {
    REG_INFO,
    REG_WARN,
    REG_ERROR,
} RegLogLevel;

typedef struct RegLog RegLog;

typedef struct RegLogCounters {
    uint64_t lines, lost_lines;
} RegLogCounters;

/* Files in @folder (nullable: stderr), which grow to @max_bytes and are then renamed to .1, .2, ...
 * up to .@kept. @loop and @worker are borrowed. */
RegLog *reg_log_new(RegLoop *loop, RegWorker *worker, const char *folder, uint64_t max_bytes,
                    unsigned kept);
/* Hands what is left to the worker. */
void reg_log_free(RegLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegLog, reg_log_free)

/* One line; control characters in it become spaces, so that it cannot forge another. */
void reg_log(RegLog *log, RegLogFile file, RegLogLevel level, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* The files may have been renamed: open them anew. */
void reg_log_reopen(RegLog *log);
RegLogCounters reg_log_counters(const RegLog *log);
