/* tools/distrosim/lint/lint.c -- see lint.h.
 *
 *      w:partion({ a }, { b })        a verb: behind a colon, with arguments
 *      wiat(s(5))                     a global: declared nowhere in the file
 *      checks.no_zombeis {}           a check
 *      w:client { nmae = "shop" }     a field, of the table that the verb takes there */
#include "tools/distrosim/lint/lint.h"

#include <stdbool.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "tools/distrosim/lint/tokens.h"
#include "tools/distrosim/lint/vocabulary.h"

static const char *const keywords[] = {
    "and",      "break",  "do",   "else", "elseif", "end",   "false", "for",
    "function", "goto",   "if",   "in",   "local",  "nil",   "not",   "or",
    "repeat",   "return", "then", "true", "until",  "while",
};
/* Lua's own, as far as a scenario has them, and those that it is refused with a sentence of its
 * own. */
static const char *const standard[] = {
    "_ENV",      "_G",      "_VERSION", "assert",     "checks",       "collectgarbage",
    "coroutine", "debug",   "dofile",   "error",      "getmetatable", "io",
    "ipairs",    "load",    "loadfile", "loadstring", "math",         "next",
    "os",        "package", "pairs",    "pcall",      "print",        "rawequal",
    "rawget",    "rawlen",  "rawset",   "require",    "select",       "setmetatable",
    "string",    "table",   "tonumber", "tostring",   "type",         "utf8",
    "warn",      "xpcall",
};
static const char *const string_methods[] = {
    "byte",  "char", "find", "format",  "gmatch", "gsub",   "len",   "lower",
    "match", "pack", "rep",  "reverse", "sub",    "unpack", "upper",
};

typedef struct Lint {
    const char *path;
    const Vocabulary *vocabulary;
    const Token *tokens;
    guint count;
    GHashTable *declared; /* names of locals, params, functions and fields that the file gives */
    GHashTable *verbs, *globals, *checks; /* sets: look up only */
    GPtrArray *verb_names, *global_names, *check_names;
    GPtrArray *sentences;
} Lint;

/* --- looking at tokens ------------------------------------------------------------------------ */

static const Token *token_at(const Lint *lint, guint place)
{
    return &lint->tokens[MIN(place, lint->count - 1)];
}

static bool is_word(const Lint *lint, guint place, const char *text)
{
    const Token *token = token_at(lint, place);
    return (token->kind == TOKEN_SIGN || token->kind == TOKEN_NAME) &&
           g_str_equal(token->text, text);
}

static bool is_before(const Lint *lint, guint place, const char *text)
{
    return place > 0 && is_word(lint, place - 1, text);
}

static bool is_keyword(const char *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keywords); i++) {
        if (g_str_equal(keywords[i], text)) {
            return true;
        }
    }
    return false;
}

static bool is_plain_name(const Lint *lint, guint place)
{
    const Token *token = token_at(lint, place);
    return token->kind == TOKEN_NAME && !is_keyword(token->text);
}

/* Behind the bracket at @place and all that it encloses. */
static guint skip_brackets(const Lint *lint, guint place)
{
    int depth = 0;
    do {
        const Token *token = token_at(lint, place++);
        if (token->kind == TOKEN_SIGN) {
            depth += strchr("{[(", *token->text) != NULL   ? 1
                     : strchr("}])", *token->text) != NULL ? -1
                                                           : 0;
        }
    } while (depth > 0 && place < lint->count);
    return place;
}

static bool begins_arguments(const Lint *lint, guint place)
{
    return token_at(lint, place)->kind == TOKEN_STRING || is_word(lint, place, "(") ||
           is_word(lint, place, "{");
}

/* --- what the file declares itself ------------------------------------------------------------ */

static void declare(Lint *lint, const char *name)
{
    g_hash_table_add(lint->declared, (void *)name);
}

/* Names from @place on, with commas between them and <const> behind. */
static void declare_list(Lint *lint, guint place)
{
    while (is_plain_name(lint, place) || is_word(lint, place, ",") || is_word(lint, place, "<") ||
           is_word(lint, place, ">") || is_word(lint, place, "...")) {
        if (is_plain_name(lint, place)) {
            declare(lint, token_at(lint, place)->text);
        }
        place++;
    }
}

/* function a.b:c(p, q) */
static void declare_function(Lint *lint, guint place)
{
    for (; !is_word(lint, place, "(") && place < lint->count - 1; place++) {
        if (is_word(lint, place, ":")) {
            declare(lint, "self");
        }
        if (is_plain_name(lint, place)) {
            declare(lint, token_at(lint, place)->text);
        }
    }
    declare_list(lint, place + 1);
}

static void collect_declared(Lint *lint)
{
    for (guint i = 0; i < lint->count; i++) {
        if (is_word(lint, i, "function")) {
            declare_function(lint, i + 1);
        } else if (is_word(lint, i, "local") || is_word(lint, i, "for")) {
            declare_list(lint, i + 1);
        } else if (is_plain_name(lint, i) && is_word(lint, i + 1, "=") &&
                   (is_word(lint, i + 2, "function") || is_before(lint, i, "."))) {
            declare(lint, token_at(lint, i)->text); /* a method or field of the file's own */
        } else if (is_plain_name(lint, i) && is_word(lint, i + 1, "=") &&
                   !is_before(lint, i, "{") && !is_before(lint, i, ",") &&
                   !is_before(lint, i, ";")) {
            declare(lint, token_at(lint, i)->text); /* a global of the file's own */
        }
    }
}

/* --- complaining ------------------------------------------------------------------------------ */

static void complain_name(Lint *lint, guint place, const char *what, const GPtrArray *names)
{
    const Token *token = token_at(lint, place);
    const char *nearest =
        sim_nearest_typo(token->text, (const char *const *)(void *)names->pdata, names->len);
    GString *sentence = g_string_new(NULL);
    g_string_append_printf(sentence, "%s:%u: %s '%s'", lint->path, token->line, what, token->text);
    if (nearest != NULL) {
        g_string_append_printf(sentence, "; did you mean '%s'?", nearest);
    }
    g_ptr_array_add(lint->sentences, g_string_free(sentence, false));
}

/* --- fields ----------------------------------------------------------------------------------- */

static void check_table(Lint *lint, guint brace, const char *type, const char *whose, int depth);

static const char *type_of_field(const TableShape *shape, const char *name)
{
    for (guint i = 0; i < shape->names->len; i++) {
        if (g_str_equal(g_ptr_array_index(shape->names, i), name)) {
            return g_ptr_array_index(shape->types, i);
        }
    }
    return NULL;
}

/* A table at @place, or one that a function there returns at once. */
static guint table_at(const Lint *lint, guint place)
{
    if (is_word(lint, place, "function") && is_word(lint, place + 1, "(")) {
        guint body = skip_brackets(lint, place + 1);
        return is_word(lint, body, "return") ? body + 1 : place;
    }
    return place;
}

static void check_value(Lint *lint, guint place, const char *type, const char *whose, int depth)
{
    guint table = table_at(lint, place);
    if (type != NULL && is_word(lint, table, "{")) {
        check_table(lint, table, type, whose, depth + 1);
    }
}

static void check_entry(Lint *lint, guint place, const TableShape *shape, const char *whose,
                        int depth)
{
    if (!is_plain_name(lint, place) || !is_word(lint, place + 1, "=")) {
        check_value(lint, place, shape->elements, whose, depth);
        return;
    }
    const char *name = token_at(lint, place)->text;
    const char *type = type_of_field(shape, name);
    bool absent = is_word(lint, place + 2, "nil");
    if (type == NULL && !absent && !shape->open && shape->names->len > 0) {
        g_autofree char *what = g_strdup_printf("'%s' has no field", whose);
        complain_name(lint, place, what, shape->names);
        return;
    }
    check_value(lint, place + 2, type != NULL ? type : shape->values, name, depth);
}

/* The entries of the table that begins with the brace at @brace. */
static void check_table(Lint *lint, guint brace, const char *type, const char *whose, int depth)
{
    g_autoptr(TableShape) shape = vocabulary_shape(lint->vocabulary, type);
    guint end = skip_brackets(lint, brace) - 1;
    bool begins = true;
    int blocks = 0; /* of functions among the values: what stands in them is no entry */
    for (guint i = brace + 1; i < end && depth < 8;) {
        if (begins && blocks == 0) {
            check_entry(lint, i, shape, whose, depth);
        }
        bool opens = is_word(lint, i, "function") || is_word(lint, i, "if") ||
                     is_word(lint, i, "do") || is_word(lint, i, "repeat");
        blocks += opens ? 1 : is_word(lint, i, "end") || is_word(lint, i, "until") ? -1 : 0;
        begins = is_word(lint, i, ",") || is_word(lint, i, ";");
        bool bracket = is_word(lint, i, "{") || is_word(lint, i, "(") || is_word(lint, i, "[");
        i = bracket ? skip_brackets(lint, i) : i + 1;
    }
}

/* The arguments at @place of what is called @name there. */
static void check_arguments(Lint *lint, guint place, const char *before, const char *name)
{
    guint argument = 0, i = place, end = place + 1;
    if (is_word(lint, place, "(")) {
        end = skip_brackets(lint, place) - 1;
        i = place + 1;
    }
    for (bool begins = true; i < end;) {
        if (begins && is_word(lint, i, "{")) {
            g_autofree char *type = vocabulary_argument(lint->vocabulary, before, name, argument);
            if (type != NULL) {
                check_table(lint, i, type, name, 0);
            }
        }
        begins = is_word(lint, i, ",");
        argument += begins;
        bool bracket = is_word(lint, i, "{") || is_word(lint, i, "(") || is_word(lint, i, "[");
        i = bracket ? skip_brackets(lint, i) : i + 1;
    }
}

/* --- names ------------------------------------------------------------------------------------ */

static void check_verb(Lint *lint, guint place)
{
    const char *name = token_at(lint, place)->text;
    if (!begins_arguments(lint, place + 1) || g_hash_table_contains(lint->declared, name)) {
        return;
    }
    if (!g_hash_table_contains(lint->verbs, name)) {
        complain_name(lint, place, "there is no verb", lint->verb_names);
        return;
    }
    check_arguments(lint, place + 1, ":", name);
}

static void check_check(Lint *lint, guint place)
{
    const char *name = token_at(lint, place)->text;
    if (!g_hash_table_contains(lint->checks, name)) {
        complain_name(lint, place, "there is no check", lint->check_names);
    } else if (begins_arguments(lint, place + 1)) {
        check_arguments(lint, place + 1, ".", name);
    }
}

static void check_global(Lint *lint, guint place)
{
    const char *name = token_at(lint, place)->text;
    bool key =
        is_word(lint, place + 1, "=") &&
        (is_before(lint, place, "{") || is_before(lint, place, ",") || is_before(lint, place, ";"));
    if (key || g_hash_table_contains(lint->declared, name)) {
        return;
    }
    if (!g_hash_table_contains(lint->globals, name)) {
        complain_name(lint, place, "there is no global", lint->global_names);
    } else if (begins_arguments(lint, place + 1)) {
        check_arguments(lint, place + 1, "", name);
    }
}

static void check_names(Lint *lint)
{
    for (guint i = 0; i < lint->count; i++) {
        if (!is_plain_name(lint, i) || is_before(lint, i, "goto") || is_before(lint, i, "::")) {
            continue;
        }
        if (is_before(lint, i, ":")) {
            check_verb(lint, i);
        } else if (is_before(lint, i, ".")) {
            if (i > 1 && is_word(lint, i - 2, "checks")) {
                check_check(lint, i);
            }
        } else {
            check_global(lint, i);
        }
    }
}

/* --- the whole -------------------------------------------------------------------------------- */

static GHashTable *set_of(const GPtrArray *names)
{
    GHashTable *set = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < names->len; i++) {
        g_hash_table_add(set, g_ptr_array_index(names, i));
    }
    return set;
}

static void add_names(GPtrArray *names, const char *const *more, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_ptr_array_add(names, (void *)more[i]);
    }
}

gboolean lint_text(const char *path, const char *text, gsize size, GPtrArray *sentences,
                   GError **error)
{
    g_autoptr(Vocabulary) vocabulary = vocabulary_read(error);
    if (vocabulary == NULL) {
        return false;
    }
    g_autoptr(GArray) tokens = tokens_of(text, size);
    g_autoptr(GPtrArray) verbs = vocabulary_verbs(vocabulary);
    g_autoptr(GPtrArray) globals = vocabulary_globals(vocabulary);
    g_autoptr(GPtrArray) checks = vocabulary_checks(vocabulary);
    add_names(verbs, string_methods, G_N_ELEMENTS(string_methods));
    add_names(globals, standard, G_N_ELEMENTS(standard));
    g_autoptr(GHashTable) verb_set = set_of(verbs), global_set = set_of(globals),
                          check_set = set_of(checks);
    g_autoptr(GHashTable) declared = g_hash_table_new(g_str_hash, g_str_equal);
    Lint lint = { path,        vocabulary, (const Token *)(void *)tokens->data,
                  tokens->len, declared,   verb_set,
                  global_set,  check_set,  verbs,
                  globals,     checks,     sentences };
    collect_declared(&lint);
    check_names(&lint);
    return true;
}
