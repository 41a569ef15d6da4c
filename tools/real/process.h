/* tools/real/process.h -- a server as a process of its own, which ends with us. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct RealProcess RealProcess;

typedef struct RealCommand {
    const char *const *words;       /* up to NULL */
    const char *const *environment; /* (nullable) "NAME=value" on top, up to NULL */
    int space;                      /* the network namespace it runs in */
    const char *folder;             /* its working folder */
    const char *output;             /* a file that takes what it says */
    bool light;                     /* does little: it may be asked to come before others */
} RealCommand;

/* NULL and @error (REAL_ERROR). */
RealProcess *real_process_start(const RealCommand *command, GError **error);
void real_process_signal(RealProcess *process, int number);
/* Has it ended by itself, or by a signal of ours? @status (nullable): as waitpid has it. */
bool real_process_has_ended(RealProcess *process, int *status);
/* Kills it if it runs, and waits for its end. */
void real_process_free(RealProcess *process);
