/* tools/distrosim/lint/vocabulary.h -- the names that a scenario may use, as meta/distrosim.lua
 * says them to editors: verbs, globals, checks, and the fields of the tables that they take. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Vocabulary Vocabulary;

/* What a table may have. */
typedef struct TableShape {
    GPtrArray *names; /* char *, each a field */
    GPtrArray *types; /* char *, parallel */
    char *elements;   /* type of what stands without a name; NULL: not known */
    char *values;     /* type of what stands under a name of the user's own; NULL: not known */
    bool open;        /* names of the user's own may stand there */
} TableShape;

/* Reads distrosim's own meta/distrosim.lua. NULL and @error if it is not installed. */
Vocabulary *vocabulary_read(GError **error);
void vocabulary_free(Vocabulary *vocabulary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vocabulary, vocabulary_free)

/* Each is a set of names, NULL-terminated, in the order of the file. (transfer container) */
GPtrArray *vocabulary_verbs(const Vocabulary *vocabulary);
GPtrArray *vocabulary_globals(const Vocabulary *vocabulary);
GPtrArray *vocabulary_checks(const Vocabulary *vocabulary);

/* The type of argument @place (from 0) of the function or verb @name, over all that have the name,
 * "A|B"; NULL if it is not known. @before: ":" for a verb, "." for a check, "" for a global.
 * (transfer full) */
char *vocabulary_argument(const Vocabulary *vocabulary, const char *before, const char *name,
                          guint place);
/* What a table of @type may have. (transfer full) */
TableShape *vocabulary_shape(const Vocabulary *vocabulary, const char *type);
void table_shape_free(TableShape *shape);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TableShape, table_shape_free)
