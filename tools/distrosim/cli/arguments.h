/* tools/distrosim/cli/arguments.h -- a command line, taken apart.
 *
 * A command says which options of the table it takes. What is wrong is said in a sentence that
 * names the word at fault and the nearest right one. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "tools/distrosim/cli/options.h"

/* Everything that was typed after the command's name: a field per option. Strings are owned. */
#define OPTION_FIELD_FLAG(field) bool field;
#define OPTION_FIELD_TEXT(field) char *field;
#define OPTION_FIELD_LIST(field) GPtrArray *field; /* char *, as typed */
#define OPTION_FIELD(identifier, field, kind, ...) OPTION_FIELD_##kind(field)
typedef struct Arguments {
    GPtrArray *operands; /* char * */
    OPTION_TABLE(OPTION_FIELD)
    bool help;
} Arguments;
#undef OPTION_FIELD

typedef enum ArgumentsError {
    ARGUMENTS_ERROR_USAGE,
} ArgumentsError;
#define ARGUMENTS_ERROR (arguments_error_quark())
GQuark arguments_error_quark(void);

/* Take @words (NULL-terminated) apart for @command, which takes the options in @accepted (up to
 * OPTIONS_END; NULL: none). NULL and @error if that cannot be done. (transfer full) */
Arguments *arguments_parse(const char *command, const OptionId *accepted, char *const *words,
                           GError **error);
/* As if nothing had been typed. (transfer full) */
Arguments *arguments_new(void);
void arguments_free(Arguments *arguments);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Arguments, arguments_free)

/* A whole number from @low to @high. False and @error, which names @option, if @text is none. */
bool arguments_number(const char *option, const char *text, unsigned low, unsigned high,
                      unsigned *number, GError **error);
