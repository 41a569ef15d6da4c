/* tools/distrosim/sweep/signature.c -- see signature.h. */
#include "tools/distrosim/sweep/signature.h"

#include <string.h>

#include "tools/distrosim/output/console.h"
#include "tools/distrosim/output/summary.h"

static bool is_end(char c)
{
    return c == '\0' || c == '\n';
}

/* Past a number such as 12, 1.5 or 10.1.0.7; a dot that ends the sentence is no part of it. */
static const char *skip_number(const char *c)
{
    while (g_ascii_isdigit(*c) || (*c == '.' && g_ascii_isdigit(c[1]))) {
        c++;
    }
    return c;
}

static GString *without_numbers(const char *text)
{
    GString *plain = g_string_new(NULL);
    for (const char *c = text; !is_end(*c);) {
        if (g_ascii_isdigit(*c)) {
            g_string_append_c(plain, '#');
            c = skip_number(c);
        } else {
            g_string_append_c(plain, *c++);
        }
    }
    return plain;
}

/* "n#, n#, n# list it" to "n# list it": how many there were is chance. */
static char *without_lists(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    GString *plain = g_string_new(NULL);
    for (char **word = words; *word != NULL; word++) {
        size_t length = strlen(*word);
        const char *next = word[1] != NULL ? word[1] : "";
        bool listed = length > 1 && (*word)[length - 1] == ',' && strchr(*word, '#') != NULL;
        const char *name = *word + strspn(*word, "({['\"");
        size_t name_length = strcspn(name, ",");
        if (listed && strncmp(name, next, name_length) == 0) {
            g_string_append_len(plain, *word, name - *word); /* an opening bracket stays */
            continue;
        }
        g_string_append_printf(plain, "%s%s", *word, word[1] != NULL ? " " : "");
    }
    return g_string_free(plain, false);
}

char *signature_of_text(const char *text)
{
    GString *plain = without_numbers(text);
    char *signature = without_lists(plain->str);
    g_string_free(plain, true);
    return signature;
}

static const char *name_at(const GPtrArray *names, guint index)
{
    return names != NULL && index < names->len ? g_ptr_array_index(names, index) : NULL;
}

static void append_name(GString *text, const char *kind, const char *name)
{
    if (name == NULL) {
        return;
    }
    g_autofree char *plain = signature_of_text(name);
    g_string_append_printf(text, "%s %s: ", kind, plain);
}

char *signature_of_result(const SimResult *result)
{
    guint index = 0;
    const SimViolation *first = summary_first_violation(result, &index);
    GString *signature = g_string_new(NULL);
    if (first != NULL && result->verdict != SIM_VERDICT_VACUOUS) {
        append_name(signature, "service", name_at(result->violation_services, index));
        append_name(signature, "client", name_at(result->violation_clients, index));
    }
    g_autofree char *sentence = signature_of_text(output_sentence(result));
    g_string_append(signature, sentence);
    return g_string_free(signature, false);
}
