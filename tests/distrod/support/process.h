/* tests/distrod/support/process.h -- distrod as a process of its own. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "tools/distrod/base/loop.h"

typedef struct Process Process;

/* Run the binary that $DISTROD names with @words (up to NULL); its stderr goes to a file that
 * process_output reads. */
Process *process_start(const char *const *words);
/* Turn the loop until its HTTP port answers that it is ready. */
bool process_wait_ready(Process *process, RegLoop *loop, const char *ip, unsigned port);
void process_signal(Process *process, int number);
/* Turn @loop until it has ended, at most @limit_ms: its exit status, or minus the signal's number
 * that ended it; G_MININT if it has not. */
int process_wait(Process *process, RegLoop *loop, unsigned limit_ms);
bool process_runs(Process *process);
/* Resident memory in KiB. */
unsigned long process_memory_kib(const Process *process);
/* What it wrote to stderr (transfer full). */
char *process_output(const Process *process);
/* Kills it if it runs still. */
void process_free(Process *process);
