/* tools/distrosim/cli/progress.h -- how far long work has come, on standard error.
 *
 *      a terminal:  [##########..............]  412 of 1,000 runs   96.1/s   6 s left
 *      otherwise:   distrosim: 412 of 1,000 runs, 96.1/s, 6 s left       now and then, a line each
 *
 * Short work shows nothing. One thread at a time may touch a Progress. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Progress Progress;

/* Of @total things, such as @noun "runs". @quiet: say nothing ever. */
Progress *progress_new(const char *noun, uint64_t total, bool quiet);
void progress_free(Progress *progress); /* hides the bar */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Progress, progress_free)

/* @done of them were there before the work began, and say nothing about its rate. */
void progress_start_at(Progress *progress, uint64_t done);
void progress_update(Progress *progress, uint64_t done);
/* For a single run, whose end is not known: how far virtual time has come, and when it will have
 * come to what the story waits for. */
void progress_virtual(Progress *progress, int64_t now_us, int64_t awaited_us);
/* Before anything else is printed to the terminal; the next update shows the bar again. */
void progress_hide(Progress *progress);
