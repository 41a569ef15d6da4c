/* tools/distrosim/lint/lint.h -- names in a scenario's text that distrosim does not know.
 *
 * The text is read, not run: a verb that is misspelt in a branch which no seed takes is found, and
 * all of them at once. What a name means is not looked into, so that a method of the file's own, or
 * of a library, is never complained about. */
#pragma once

#include <glib.h>

/* Sentences such as "FILE:12: there is no verb 'partion'; did you mean 'partition'?", one for each
 * place, in order of the text, appended to @sentences (char *). False and @error if the names that
 * there are cannot be read. */
gboolean lint_text(const char *path, const char *text, gsize size, GPtrArray *sentences,
                   GError **error);
