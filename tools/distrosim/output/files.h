/* tools/distrosim/output/files.h -- files that appear whole or not at all.
 *
 * A file is written under another name beside its place, brought to the disk, and renamed. Errors
 * are sentences that name the path and the reason. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/distrosim/cli/status.h"

typedef enum FilesError {
    FILES_ERROR_CANNOT_WRITE,
    FILES_ERROR_NO_FILE,
    FILES_ERROR_CANNOT_READ,
    FILES_ERROR_MALFORMED,
} FilesError;
#define FILES_ERROR (files_error_quark())
GQuark files_error_quark(void);
/* The status that such an error, or one of G_FILE_ERROR, ends a command with. */
ExitStatus files_error_status(const GError *error);

/* Writes @length bytes (-1: up to the end of the string) to @path, whole or not at all. What is
 * there and is no regular file (a pipe, a terminal) is written to as it is. */
bool files_write(const char *path, const char *text, gssize length, GError **error);
/* The same of the file @name in @folder. */
bool files_write_in(const char *folder, const char *name, const char *text, GError **error);
bool files_make_folder(const char *path, GError **error);
/* Could a file be made in @folder, or the folder itself? Asked before hours of work. */
bool files_can_write(const char *folder, GError **error);

typedef enum ResultKind {
    RESULT_NONE,
    RESULT_RUN,   /* summary.json stands in it */
    RESULT_SWEEP, /* sweep.csv and sweep.json */
} ResultKind;
/* What @folder holds. RESULT_NONE and @error if it holds no results (FILES_ERROR_NO_FILE), or that
 * cannot be told (FILES_ERROR_CANNOT_READ). */
ResultKind files_result_kind(const char *folder, GError **error);

/* "results/partition/minority/41" under @out (NULL: "results"). (transfer full) */
char *files_run_folder(const char *out, const char *scenario, uint64_t seed);
/* A scenario's name as a relative path that stays below the folder it is put in. (transfer full) */
char *files_safe_name(const char *scenario);
