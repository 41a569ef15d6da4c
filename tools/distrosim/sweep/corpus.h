/* tools/distrosim/sweep/corpus.h -- seeds that failed once: results/corpus/<scenario>.tsv.
 *
 *      seed  verdict  settings  signature
 *
 * Tabs stand between the fields; the settings are written as on a command line. A seed stays when
 * it holds again: that is what it is kept for. Of failures that say the same, the first few are
 * kept, so that a broken night does not fill the corpus. */
#pragma once

#include "tools/distrosim/sweep/rows.h"

/* What one needs to make a run that failed once more. */
typedef struct CorpusEntry {
    uint64_t seed;
    char *verdict, *settings, *signature;
} CorpusEntry;

/* Entries of @scenario below @out (NULL: results), in order of settings and seed; none if there is
 * no file. (transfer full), CorpusEntry; NULL and @error, which names the line, if it is damaged.
 */
GPtrArray *corpus_read(const char *out, const char *scenario, GError **error);

CorpusEntry *corpus_entry_new(uint64_t seed, const char *verdict, const char *settings,
                              const char *signature);
void corpus_entry_free(CorpusEntry *entry);

/* Settings as an entry has them, and back. */
char *corpus_settings_text(const Request *request); /* (transfer full) */
bool corpus_settings_read(const char *text, Request *request, GError **error);

/* Adds the rows that failed. False and @error if that cannot be written. */
bool corpus_keep(const char *out, const Row *rows, size_t count, GError **error);
