/* tools/distrosim/cli/arguments.c -- see arguments.h. */
#include "tools/distrosim/cli/arguments.h"

#include <string.h>

#include "sim/base/nearest.h"

G_DEFINE_QUARK(arguments - error - quark, arguments_error)

typedef enum OptionKind {
    KIND_FLAG, /* bool */
    KIND_TEXT, /* char *, once */
    KIND_LIST, /* GPtrArray *, as often as one likes */
} OptionKind;

typedef struct Option {
    OptionMask mask;
    OptionKind kind;
    size_t offset; /* of its field in Arguments */
    const char *name;
    const char *value; /* what stands after it, for the help; NULL for a flag */
    const char *about;
} Option;

#define FIELD(name) offsetof(Arguments, name)

static const Option options[] = {
    { OPTION_SEED, KIND_TEXT, FIELD(seed), "seed", "N",
      "decimal, 0x hex, or a commit hash of 40 digits" },
    { OPTION_SEEDS, KIND_TEXT, FIELD(seeds), "seeds", "A..B", "a range 1..100, a list 1,7,40..60" },
    { OPTION_SET, KIND_LIST, FIELD(set), "set", "NAME=VALUE",
      "give a param another value than its default" },
    { OPTION_VARY, KIND_LIST, FIELD(vary), "vary", "NAME=V1,V2",
      "run with each of these values; NAME may be profile" },
    { OPTION_PROFILE, KIND_TEXT, FIELD(profile), "profile", "NAME",
      "run as this Nacos instead of the topology's" },
    { OPTION_JOBS, KIND_TEXT, FIELD(jobs), "jobs", "N",
      "worker threads; as many as processors if not given" },
    { OPTION_FAIL_FAST, KIND_FLAG, FIELD(fail_fast), "fail-fast", NULL,
      "stop at the first run that fails" },
    { OPTION_SHARD, KIND_TEXT, FIELD(shard), "shard", "I/N", "make part I of N; merge joins them" },
    { OPTION_RESUME, KIND_FLAG, FIELD(resume), "resume", NULL,
      "go on where a sweep that was stopped or killed stood" },
    { OPTION_CORPUS, KIND_FLAG, FIELD(corpus), "corpus", NULL,
      "first run the seeds that failed before, from results/corpus" },
    { OPTION_SELF_CHECK, KIND_FLAG, FIELD(self_check), "self-check", NULL,
      "run every seed twice and compare; otherwise 5 % of them" },
    { OPTION_PERTURB, KIND_FLAG, FIELD(perturb), "perturb", NULL,
      "run all again with other addresses, locale, time zone" },
    { OPTION_JUNIT, KIND_TEXT, FIELD(junit), "junit", "FILE",
      "write a report for a build server there" },
    { OPTION_UNTIL, KIND_TEXT, FIELD(until), "until", "T", "stop at this instant, such as 31.5s" },
    { OPTION_TRACE, KIND_TEXT, FIELD(trace), "trace", "FILE",
      "write the full trace there, a JSON object per line" },
    { OPTION_NODE, KIND_TEXT, FIELD(node), "node", "NAME", "ask about this node" },
    { OPTION_INSTANCE, KIND_TEXT, FIELD(instance), "instance", "X",
      "ask about this client's instance, or this ip:port" },
    { OPTION_AT, KIND_TEXT, FIELD(at), "at", "T", "ask about this instant, such as 31.5s" },
    { OPTION_FORMAT, KIND_TEXT, FIELD(format), "format", "FORMAT",
      "text, ndjson, perfetto, shiviz, mermaid or pcapng" },
    { OPTION_OUTPUT, KIND_TEXT, FIELD(output), "output", "FILE",
      "write to this file; -o is short for it" },
    { OPTION_WITHIN, KIND_TEXT, FIELD(within), "within", "T",
      "stop searching after this much time; 60s if not given" },
    { OPTION_MEMORY_LIMIT, KIND_TEXT, FIELD(memory_limit), "memory-limit", "SIZE",
      "give up a run that holds more, such as 12gib; 9/10 of the machine's" },
    { OPTION_NO_FLIGHTS, KIND_FLAG, FIELD(no_flights), "no-flights", NULL,
      "make every VERIFY a call of its own: slower, the same results" },
    { OPTION_ADVICE, KIND_TEXT, FIELD(sites), "sites", "A,B",
      "two regions; places of Azure's table need no --rtt" },
    { OPTION_ADVICE, KIND_TEXT, FIELD(rtt), "rtt", "T", "round trip between them, such as 75ms" },
    { OPTION_ADVICE, KIND_TEXT, FIELD(loss), "loss", "P",
      "share of packets lost; 0% if not given" },
    { OPTION_ADVICE, KIND_TEXT, FIELD(clients), "clients", "N",
      "in each region, half of them providers; 1000 if not given" },
    { OPTION_ADVICE, KIND_TEXT, FIELD(churn), "churn", "R",
      "arrivals in each region, and departures, such as 5/s; 1/s if not given" },
    { OPTION_ADVICE, KIND_TEXT, FIELD(servers), "servers", "N", "in each region; 3 if not given" },
    { OPTION_PLOT, KIND_FLAG, FIELD(plot), "plot", NULL, "draw plots beside the results" },
    { OPTION_REPORT, KIND_FLAG, FIELD(report), "report", NULL,
      "write report.html beside the results" },
    { OPTION_OUT, KIND_TEXT, FIELD(out), "out", "DIR", "keep results there, not in results/" },
    { OPTION_JSON, KIND_FLAG, FIELD(json), "json", NULL,
      "print the summary as JSON, and nothing else" },
    { OPTION_QUIET, KIND_FLAG, FIELD(quiet), "quiet", NULL, "print failures only" },
};

/* --- finding ------------------------------------------------------------------------------ */

static const Option *find_option(unsigned accepted, const char *name, size_t length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        if ((options[i].mask & accepted) != 0 && strlen(options[i].name) == length &&
            strncmp(options[i].name, name, length) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

static void set_unknown(GError **error, const char *command, unsigned accepted, const char *word)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        if ((options[i].mask & accepted) != 0) {
            g_ptr_array_add(names, (void *)options[i].name);
        }
    }
    g_autofree char *name = g_strndup(word, strcspn(word, "="));
    const char *bare = name + strspn(name, "-");
    const char *nearest = sim_nearest_name(bare, (const char *const *)names->pdata, names->len);
    if (nearest != NULL) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "%s has no option '%s'; did you mean '--%s'?", command, name, nearest);
    } else {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "%s has no option '%s'; 'distrosim help %s' lists those it has", command, name,
                    command);
    }
}

/* --- storing ------------------------------------------------------------------------------ */

static bool store_value(Arguments *arguments, const Option *option, const char *value,
                        GError **error)
{
    char *field = (char *)arguments + option->offset;
    switch (option->kind) {
    case KIND_FLAG:
        *(bool *)(void *)field = true;
        return true;
    case KIND_LIST:
        g_ptr_array_add(*(GPtrArray **)(void *)field, g_strdup(value));
        return true;
    case KIND_TEXT:
        break;
    }
    char **text = (char **)(void *)field;
    if (*text != NULL) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "--%s is given twice, as '%s' and as '%s'", option->name, *text, value);
        return false;
    }
    *text = g_strdup(value);
    return true;
}

/* Takes the option at *@word, and the word after it if that is the option's value. */
static bool take_option(Arguments *arguments, const char *command, unsigned accepted,
                        char *const **word, GError **error)
{
    const char *typed = g_str_equal(**word, "-o") ? "--output" : **word;
    const char *name = typed + 2;
    size_t length = strcspn(name, "=");
    const Option *option =
        strncmp(typed, "--", 2) == 0 ? find_option(accepted, name, length) : NULL;
    if (option == NULL) {
        set_unknown(error, command, accepted, **word);
        return false;
    }
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    if (option->kind == KIND_FLAG && value != NULL) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "--%s takes no value, but '%s' was given", option->name, value);
        return false;
    }
    if (option->kind != KIND_FLAG && value == NULL) {
        const char *next = (*word)[1];
        if (next != NULL && strncmp(next, "--", 2) != 0) {
            value = next;
            (*word)++;
        }
    }
    if (option->kind != KIND_FLAG && (value == NULL || *value == '\0')) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "--%s needs a value: --%s %s, %s", option->name, option->name, option->value,
                    option->about);
        return false;
    }
    return store_value(arguments, option, value, error);
}

/* --- the whole line ----------------------------------------------------------------------- */

Arguments *arguments_new(void)
{
    Arguments *arguments = g_new0(Arguments, 1);
    arguments->operands = g_ptr_array_new_with_free_func(g_free);
    arguments->set = g_ptr_array_new_with_free_func(g_free);
    arguments->vary = g_ptr_array_new_with_free_func(g_free);
    return arguments;
}

Arguments *arguments_parse(const char *command, unsigned accepted, char *const *words,
                           GError **error)
{
    g_autoptr(Arguments) arguments = arguments_new();
    bool options_end = false;
    for (char *const *word = words; *word != NULL; word++) {
        if (!options_end && strcmp(*word, "--") == 0) {
            options_end = true;
        } else if (!options_end && (g_str_equal(*word, "--help") || g_str_equal(*word, "-h"))) {
            arguments->help = true;
        } else if (!options_end && (*word)[0] == '-' && (*word)[1] != '\0') {
            if (!take_option(arguments, command, accepted, &word, error)) {
                return NULL;
            }
        } else {
            g_ptr_array_add(arguments->operands, g_strdup(*word));
        }
    }
    return g_steal_pointer(&arguments);
}

void arguments_free(Arguments *arguments)
{
    g_ptr_array_unref(arguments->operands);
    g_ptr_array_unref(arguments->set);
    g_ptr_array_unref(arguments->vary);
    g_free(arguments->seed);
    g_free(arguments->seeds);
    g_free(arguments->profile);
    g_free(arguments->jobs);
    g_free(arguments->until);
    g_free(arguments->trace);
    g_free(arguments->out);
    g_free(arguments->shard);
    g_free(arguments->junit);
    g_free(arguments->node);
    g_free(arguments->instance);
    g_free(arguments->at);
    g_free(arguments->sites);
    g_free(arguments->rtt);
    g_free(arguments->loss);
    g_free(arguments->clients);
    g_free(arguments->churn);
    g_free(arguments->servers);
    g_free(arguments->format);
    g_free(arguments->output);
    g_free(arguments->within);
    g_free(arguments->memory_limit);
    g_free(arguments);
}

char *arguments_help(unsigned accepted)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        const Option *option = &options[i];
        if ((option->mask & accepted) == 0) {
            continue;
        }
        g_autofree char *name =
            g_strdup_printf("--%s%s%s", option->name, option->value != NULL ? " " : "",
                            option->value != NULL ? option->value : "");
        g_string_append_printf(text, "  %-19s %s\n", name, option->about);
    }
    return g_string_free(text, false);
}

bool arguments_number(const char *option, const char *text, unsigned low, unsigned high,
                      unsigned *number, GError **error)
{
    guint64 value = 0;
    if (!g_ascii_string_to_unsigned(text, 10, low, high, &value, NULL)) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "--%s takes a whole number from %u to %u, not '%s'", option, low, high, text);
        return false;
    }
    *number = (unsigned)value;
    return true;
}
