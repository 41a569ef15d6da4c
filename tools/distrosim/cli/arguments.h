/* tools/distrosim/cli/arguments.h -- a command line, taken apart.
 *
 * An option means the same in every command that takes it, so all stand in one table; a command
 * says by a mask which of them it takes. What is wrong is said in a sentence that names the word
 * at fault and the nearest right one. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum OptionMask {
    OPTION_SEED = 1 << 0,
    OPTION_SEEDS = 1 << 1,
    OPTION_SET = 1 << 2,
    OPTION_VARY = 1 << 3,
    OPTION_PROFILE = 1 << 4,
    OPTION_JOBS = 1 << 5,
    OPTION_FAIL_FAST = 1 << 6,
    OPTION_UNTIL = 1 << 7,
    OPTION_TRACE = 1 << 8,
    OPTION_PLOT = 1 << 9,
    OPTION_OUT = 1 << 10,
    OPTION_JSON = 1 << 11,
    OPTION_QUIET = 1 << 12,
    OPTION_NODE = 1 << 13,
    OPTION_INSTANCE = 1 << 14,
    OPTION_AT = 1 << 15,
    OPTION_FORMAT = 1 << 16,
    OPTION_OUTPUT = 1 << 17, /* -o */
    OPTION_REPORT = 1 << 18,
    OPTION_SHARD = 1 << 20,
    OPTION_RESUME = 1 << 21,
    OPTION_JUNIT = 1 << 22,
    OPTION_SELF_CHECK = 1 << 23,
    OPTION_PERTURB = 1 << 24,
    OPTION_CORPUS = 1 << 25,
    OPTION_WITHIN = 1 << 26,
    OPTION_NO_FLIGHTS = 1 << 27,
    OPTION_MEMORY_LIMIT = 1 << 28,
    OPTION_ADVICE = 1 << 29, /* all that describes one's own regions */
} OptionMask;

/* Everything that was typed after the command's name. Strings are owned. */
typedef struct Arguments {
    GPtrArray *operands; /* char * */
    char *seed, *seeds, *profile, *jobs, *until, *trace, *out;
    char *shard, *junit;
    char *node, *instance, *at, *format, *output, *within, *memory_limit;
    char *sites, *rtt, *clients, *churn, *servers, *loss;
    GPtrArray *set, *vary; /* char *, as typed */
    bool fail_fast, plot, report, json, quiet, no_flights;
    bool resume, self_check, perturb, corpus;
    bool help;
} Arguments;

typedef enum ArgumentsError {
    ARGUMENTS_ERROR_USAGE,
} ArgumentsError;
#define ARGUMENTS_ERROR (arguments_error_quark())
GQuark arguments_error_quark(void);

/* Take @words (NULL-terminated) apart for @command, which takes the options in @accepted.
 * NULL and @error if that cannot be done. (transfer full) */
Arguments *arguments_parse(const char *command, unsigned accepted, char *const *words,
                           GError **error);
/* As if nothing had been typed. (transfer full) */
Arguments *arguments_new(void);
void arguments_free(Arguments *arguments);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Arguments, arguments_free)

/* A line per option in @accepted, for the help of a command. (transfer full) */
char *arguments_help(unsigned accepted);

/* A whole number from @low to @high. False and @error, which names @option, if @text is none. */
bool arguments_number(const char *option, const char *text, unsigned low, unsigned high,
                      unsigned *number, GError **error);
