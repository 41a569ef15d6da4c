/* tools/distrosim/sweep/journal.h -- every run of a sweep on the disk as soon as it is made.
 *
 *      results/sweep/<name>/journal.tsv
 *
 *      the identity of the sweep, a digest of it, a blank line, then a line per run in the order in
 *      which they ended (rows_text.c)
 *
 * Lines are only ever added. A process that is killed leaves at most the beginning of a line, which
 * its digest gives away; --resume cuts it off and goes on, so no run is lost or counted twice. What
 * was written is handed to the system ten times a second and brought to the disk every other second
 * and at the end. One journal, one sweep: a lock on the folder keeps a second process out.
 *
 * Threads: journal_add may be called from any, the rest from one. */
#pragma once

#include "tools/distrosim/sweep/rows.h"

#define JOURNAL_NAME "journal.tsv"

typedef struct Journal Journal;

/* Begins a journal in @folder, which is made if need be, with @identity; with @resume, goes on with
 * the one there, if there is one. NULL and @error. (transfer full) */
Journal *journal_open(const char *folder, const char *identity, bool resume, GError **error);
void journal_close(Journal *journal); /* what was added since the last flush is lost */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Journal, journal_close)

void journal_add(Journal *journal, const Row *row);
/* Hands what was added to the system, @sync: to the disk. False and @error: then the journal ends
 * with the last whole line that fitted, or is gone if there is none. */
bool journal_flush(Journal *journal, bool sync, GError **error);

/* --- reading -------------------------------------------------------------------------------- */

/* Sets @identity (transfer full) to the one at the top of the journal in @folder, to NULL if there
 * is no journal. False and @error if its head is damaged. */
bool journal_identity(const char *folder, char **identity, GError **error);
/* Fills those of the @count rows (in order of index) that the journal in @folder has, and sets
 * @found to how many. False and @error if it cannot be read. */
bool journal_read(const char *folder, Row *rows, size_t count, size_t *found, GError **error);
