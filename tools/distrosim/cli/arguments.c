/* tools/distrosim/cli/arguments.c -- see arguments.h. */
#include "tools/distrosim/cli/arguments.h"

#include <string.h>

#include "sim/base/nearest.h"

G_DEFINE_QUARK(arguments-error-quark, arguments_error)

#define OPTION_PLACE(identifier, field, ...) offsetof(Arguments, field),
static const size_t field_offsets[N_OPTIONS] = { OPTION_TABLE(OPTION_PLACE) };

/* --- finding ------------------------------------------------------------------------------ */

/* OPTIONS_END if @accepted has none of that name. */
static OptionId find_option(const OptionId *accepted, const char *name, size_t length)
{
    for (; accepted != NULL && *accepted != OPTIONS_END; accepted++) {
        const char *known = option_with(*accepted)->name;
        if (strlen(known) == length && strncmp(known, name, length) == 0) {
            return *accepted;
        }
    }
    return OPTIONS_END;
}

static void set_unknown(GError **error, const char *command, const OptionId *accepted,
                        const char *word)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (; accepted != NULL && *accepted != OPTIONS_END; accepted++) {
        g_ptr_array_add(names, (void *)option_with(*accepted)->name);
    }
    g_ptr_array_add(names, (void *)"help");
    g_autofree char *name = g_strndup(word, strcspn(word, "="));
    const char *bare = name + strspn(name, "-");
    const char *nearest = sim_nearest_typo(bare, (const char *const *)names->pdata, names->len);
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

static bool store_value(Arguments *arguments, OptionId id, const char *value, GError **error)
{
    const Option *option = option_with(id);
    char *field = (char *)arguments + field_offsets[id];
    switch (option->kind) {
    case OPTION_KIND_FLAG:
        *(bool *)(void *)field = true;
        return true;
    case OPTION_KIND_LIST:
        g_ptr_array_add(*(GPtrArray **)(void *)field, g_strdup(value));
        return true;
    case OPTION_KIND_TEXT:
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
static bool take_option(Arguments *arguments, const char *command, const OptionId *accepted,
                        char *const **word, GError **error)
{
    const char *typed = g_str_equal(**word, "-o") ? "--output" : **word;
    const char *name = typed + 2;
    size_t length = strcspn(name, "=");
    OptionId id = strncmp(typed, "--", 2) == 0 ? find_option(accepted, name, length) : OPTIONS_END;
    if (id == OPTIONS_END) {
        set_unknown(error, command, accepted, **word);
        return false;
    }
    const Option *option = option_with(id);
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    if (option->kind == OPTION_KIND_FLAG && value != NULL) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "--%s takes no value, but '%s' was given", option->name, value);
        return false;
    }
    if (option->kind != OPTION_KIND_FLAG && value == NULL) {
        const char *next = (*word)[1];
        if (next != NULL && strncmp(next, "--", 2) != 0) {
            value = next;
            (*word)++;
        }
    }
    if (option->kind != OPTION_KIND_FLAG && (value == NULL || *value == '\0')) {
        g_set_error(error, ARGUMENTS_ERROR, ARGUMENTS_ERROR_USAGE,
                    "--%s needs a value: --%s %s, %s", option->name, option->name, option->value,
                    option->about);
        return false;
    }
    return store_value(arguments, id, value, error);
}

/* --- the whole line ----------------------------------------------------------------------- */

Arguments *arguments_new(void)
{
    Arguments *arguments = g_new0(Arguments, 1);
    arguments->operands = g_ptr_array_new_with_free_func(g_free);
    for (int id = 0; id < N_OPTIONS; id++) {
        if (option_with((OptionId)id)->kind == OPTION_KIND_LIST) {
            *(GPtrArray **)(void *)((char *)arguments + field_offsets[id]) =
                g_ptr_array_new_with_free_func(g_free);
        }
    }
    return arguments;
}

Arguments *arguments_parse(const char *command, const OptionId *accepted, char *const *words,
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

static void free_field(Arguments *arguments, OptionId id)
{
    void *field = (char *)arguments + field_offsets[id];
    switch (option_with(id)->kind) {
    case OPTION_KIND_FLAG:
        break;
    case OPTION_KIND_TEXT:
        g_free(*(char **)field);
        break;
    case OPTION_KIND_LIST:
        g_ptr_array_unref(*(GPtrArray **)field);
        break;
    }
}

void arguments_free(Arguments *arguments)
{
    g_ptr_array_unref(arguments->operands);
    for (int id = 0; id < N_OPTIONS; id++) {
        free_field(arguments, (OptionId)id);
    }
    g_free(arguments);
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
