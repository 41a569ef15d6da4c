/* tools/distrosim/lint/vocabulary.c -- see vocabulary.h.
 *
 * Of the annotations it reads classes with their fields, aliases, and functions with their params;
 * of a type, what concerns tables: { name: T, ... }, T[], table<K, V>, and names of classes. */
#include "tools/distrosim/lint/vocabulary.h"

#include <string.h>

#include "sim/base/installed.h"

typedef struct Class {
    char *name, *parent;       /* .parent NULL: none */
    GPtrArray *fields, *types; /* char *, parallel */
} Class;

typedef struct Function {
    char *before, *name; /* ":" "crash"; "." "no_zombies"; "" "wait" */
    GPtrArray *types;    /* char *, by param */
} Function;

struct Vocabulary {
    GPtrArray *classes;        /* Class */
    GPtrArray *aliases, *said; /* char *, parallel */
    GPtrArray *functions;      /* Function */
};

static void free_class(gpointer data)
{
    Class *class = data;
    g_free(class->name);
    g_free(class->parent);
    g_ptr_array_unref(class->fields);
    g_ptr_array_unref(class->types);
    g_free(class);
}

static void free_function(gpointer data)
{
    Function *function = data;
    g_free(function->before);
    g_free(function->name);
    g_ptr_array_unref(function->types);
    g_free(function);
}

void vocabulary_free(Vocabulary *vocabulary)
{
    g_ptr_array_unref(vocabulary->classes);
    g_ptr_array_unref(vocabulary->aliases);
    g_ptr_array_unref(vocabulary->said);
    g_ptr_array_unref(vocabulary->functions);
    g_free(vocabulary);
}

/* --- types as text ---------------------------------------------------------------------------- */

static int depth_of(char c)
{
    return strchr("{[(<", c) != NULL ? 1 : strchr("}])>", c) != NULL ? -1 : 0;
}

/* Where the type that begins @text ends: at a space outside of brackets, but not behind a colon. */
static size_t type_length(const char *text)
{
    int depth = 0;
    size_t i = 0;
    for (; text[i] != '\0'; i++) {
        if (text[i] == ' ' && depth == 0 && (i == 0 || text[i - 1] != ':')) {
            break;
        }
        depth += depth_of(text[i]);
    }
    return i;
}

/* @text cut at each @by outside of brackets, stripped. (transfer full) */
static GPtrArray *split_outside(const char *text, char by)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);
    int depth = 0;
    const char *from = text;
    for (const char *c = text;; c++) {
        if (*c == '\0' || (*c == by && depth == 0)) {
            g_ptr_array_add(parts, g_strstrip(g_strndup(from, (gsize)(c - from))));
            from = c + 1;
        }
        if (*c == '\0') {
            return parts;
        }
        depth += depth_of(*c);
    }
}

/* --- reading ---------------------------------------------------------------------------------- */

/* "name? type comment" behind a tag; false if it is not of this form. */
static bool split_field(const char *text, char **name, char **type)
{
    size_t length = strcspn(text, " ?");
    const char *rest = text + length;
    rest += *rest == '?';
    rest += *rest == ' ';
    if (length == 0 || *rest == '\0') {
        return false;
    }
    *name = g_strndup(text, length);
    *type = g_strndup(rest, type_length(rest));
    return true;
}

static void read_class(Vocabulary *vocabulary, const char *text)
{
    Class *class = g_new0(Class, 1);
    class->name = g_strndup(text, strcspn(text, " :"));
    const char *parent = text + strlen(class->name);
    class->parent =
        g_str_has_prefix(parent, ": ") ? g_strndup(parent + 2, strcspn(parent + 2, " ")) : NULL;
    class->fields = g_ptr_array_new_with_free_func(g_free);
    class->types = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(vocabulary->classes, class);
}

static void read_field(const Vocabulary *vocabulary, const char *text)
{
    char *name = NULL, *type = NULL;
    if (vocabulary->classes->len == 0 || !split_field(text, &name, &type)) {
        return;
    }
    Class *class = g_ptr_array_index(vocabulary->classes, vocabulary->classes->len - 1);
    g_ptr_array_add(class->fields, name);
    g_ptr_array_add(class->types, type);
}

static void read_alias(Vocabulary *vocabulary, const char *text)
{
    char *name = NULL, *type = NULL;
    if (split_field(text, &name, &type)) {
        g_ptr_array_add(vocabulary->aliases, name);
        g_ptr_array_add(vocabulary->said, type);
    }
}

static void read_param(GPtrArray *params, const char *text)
{
    char *name = NULL, *type = NULL;
    if (split_field(text, &name, &type)) {
        g_free(name);
        g_ptr_array_add(params, type);
    }
}

/* "fun(self: World, options: { ... }): X": its params, self left out. (transfer full) */
static GPtrArray *read_overload(const char *text)
{
    GPtrArray *types = g_ptr_array_new_with_free_func(g_free);
    const char *open = strchr(text, '(');
    int depth = 0;
    const char *close = open;
    for (; close != NULL && *close != '\0'; close++) {
        depth += depth_of(*close);
        if (depth == 0) {
            break;
        }
    }
    g_autofree char *inside =
        open != NULL ? g_strndup(open + 1, (gsize)(close - open - 1)) : g_strdup("");
    g_autoptr(GPtrArray) parts = split_outside(inside, ',');
    for (guint i = 0; i < parts->len; i++) {
        const char *colon = strchr(g_ptr_array_index(parts, i), ':');
        if (colon != NULL && !g_str_has_prefix(g_ptr_array_index(parts, i), "self:")) {
            g_ptr_array_add(types, g_strstrip(g_strdup(colon + 1)));
        }
    }
    return types;
}

/* "World:crash(n) end", with the params that were said before it. */
static void read_function(Vocabulary *vocabulary, const char *text, GPtrArray *params)
{
    Function *function = g_new0(Function, 1);
    size_t length = strcspn(text, "(");
    g_autofree char *whole = g_strndup(text, length);
    const char *dot = strpbrk(whole, ".:");
    function->before = dot != NULL ? g_strndup(dot, 1) : g_strdup("");
    function->name = g_strdup(dot != NULL ? dot + 1 : whole);
    function->types = params;
    g_ptr_array_add(vocabulary->functions, function);
}

static const char *behind(const char *line, const char *tag)
{
    return g_str_has_prefix(line, tag) ? line + strlen(tag) : NULL;
}

static void read_lines(Vocabulary *vocabulary, char **lines)
{
    GPtrArray *params = g_ptr_array_new_with_free_func(g_free), *other = NULL;
    for (char **line = lines; *line != NULL; line++) {
        const char *rest = NULL;
        if ((rest = behind(*line, "---@class ")) != NULL) {
            read_class(vocabulary, rest);
        } else if ((rest = behind(*line, "---@field ")) != NULL) {
            read_field(vocabulary, rest);
        } else if ((rest = behind(*line, "---@alias ")) != NULL) {
            read_alias(vocabulary, rest);
        } else if ((rest = behind(*line, "---@overload ")) != NULL && other == NULL) {
            other = read_overload(rest);
        } else if ((rest = behind(*line, "---@param ")) != NULL) {
            read_param(params, rest);
        } else if ((rest = behind(*line, "function ")) != NULL) {
            read_function(vocabulary, rest, params);
            if (other != NULL) {
                read_function(vocabulary, rest, g_steal_pointer(&other));
            }
            params = g_ptr_array_new_with_free_func(g_free);
        }
    }
    g_ptr_array_unref(params);
}

Vocabulary *vocabulary_read(GError **error)
{
    g_autofree char *path = sim_installed_path("scenarios/meta/distrosim.lua");
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path != NULL ? path : "share/distrosim/scenarios/meta/distrosim.lua",
                             &text, NULL, error)) {
        return NULL;
    }
    Vocabulary *vocabulary = g_new0(Vocabulary, 1);
    vocabulary->classes = g_ptr_array_new_with_free_func(free_class);
    vocabulary->aliases = g_ptr_array_new_with_free_func(g_free);
    vocabulary->said = g_ptr_array_new_with_free_func(g_free);
    vocabulary->functions = g_ptr_array_new_with_free_func(free_function);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    read_lines(vocabulary, lines);
    return vocabulary;
}

/* --- names ------------------------------------------------------------------------------------ */

static GPtrArray *names_of(const Vocabulary *vocabulary, const char *before)
{
    GPtrArray *names = g_ptr_array_new();
    for (guint i = 0; i < vocabulary->functions->len; i++) {
        const Function *function = g_ptr_array_index(vocabulary->functions, i);
        if (g_str_equal(function->before, before)) {
            g_ptr_array_add(names, function->name);
        }
    }
    return names;
}

GPtrArray *vocabulary_verbs(const Vocabulary *vocabulary)
{
    return names_of(vocabulary, ":");
}

GPtrArray *vocabulary_globals(const Vocabulary *vocabulary)
{
    return names_of(vocabulary, "");
}

GPtrArray *vocabulary_checks(const Vocabulary *vocabulary)
{
    return names_of(vocabulary, ".");
}

char *vocabulary_argument(const Vocabulary *vocabulary, const char *before, const char *name,
                          guint place)
{
    GString *type = g_string_new(NULL);
    for (guint i = 0; i < vocabulary->functions->len; i++) {
        const Function *function = g_ptr_array_index(vocabulary->functions, i);
        if (!g_str_equal(function->before, before) || !g_str_equal(function->name, name)) {
            continue;
        }
        if (place >= function->types->len) {
            g_string_free(type, true);
            return NULL; /* one of that name takes something else there */
        }
        g_string_append_printf(type, "%s%s", type->len > 0 ? "|" : "",
                               (char *)g_ptr_array_index(function->types, place));
    }
    return type->len > 0 ? g_string_free(type, false) : (g_string_free(type, true), NULL);
}

/* --- shapes ----------------------------------------------------------------------------------- */

static void add_field(TableShape *shape, const char *name, const char *type)
{
    g_ptr_array_add(shape->names, g_strdup(name));
    g_ptr_array_add(shape->types, g_strdup(type));
}

static void add_inline(TableShape *shape, const char *type)
{
    g_autofree char *inside = g_strndup(type + 1, strlen(type) - 2);
    g_autoptr(GPtrArray) parts = split_outside(inside, ',');
    for (guint i = 0; i < parts->len; i++) {
        const char *part = g_ptr_array_index(parts, i);
        const char *colon = strchr(part, ':');
        if (*part == '[' || colon == NULL) {
            shape->open = true;
            continue;
        }
        g_autofree char *name = g_strstrip(g_strndup(part, (gsize)(colon - part)));
        g_strdelimit(name, "?", ' ');
        add_field(shape, g_strstrip(name), g_strstrip((char *)colon + 1));
    }
}

static void add_type(const Vocabulary *vocabulary, TableShape *shape, const char *type, int depth);

static void add_named(const Vocabulary *vocabulary, TableShape *shape, const char *name, int depth)
{
    for (guint i = 0; i < vocabulary->aliases->len; i++) {
        if (g_str_equal(g_ptr_array_index(vocabulary->aliases, i), name)) {
            add_type(vocabulary, shape, g_ptr_array_index(vocabulary->said, i), depth + 1);
            return;
        }
    }
    for (guint i = 0; i < vocabulary->classes->len; i++) {
        const Class *class = g_ptr_array_index(vocabulary->classes, i);
        if (!g_str_equal(class->name, name)) {
            continue;
        }
        for (guint k = 0; k < class->fields->len; k++) {
            add_field(shape, g_ptr_array_index(class->fields, k),
                      g_ptr_array_index(class->types, k));
        }
        if (class->parent != NULL) {
            add_type(vocabulary, shape, class->parent, depth + 1);
        }
    }
    shape->open |= g_str_equal(name, "table") || g_str_equal(name, "any") || strlen(name) == 1;
}

static void add_part(const Vocabulary *vocabulary, TableShape *shape, char *part, int depth)
{
    size_t length = strlen(part);
    if (length > 0 && part[length - 1] == '?') {
        part[--length] = '\0';
    }
    if (g_str_has_suffix(part, "[]")) {
        part[length - 2] = '\0';
        bool grouped = part[0] == '(' && length > 4;
        g_free(shape->elements);
        shape->elements = grouped ? g_strndup(part + 1, length - 4) : g_strdup(part);
    } else if (g_str_has_prefix(part, "table<")) {
        const char *comma = strchr(part, ',');
        shape->open = true;
        g_free(shape->values);
        shape->values =
            comma != NULL ? g_strstrip(g_strndup(comma + 1, strlen(comma + 1) - 1)) : NULL;
    } else if (*part == '{' && length > 2) {
        add_inline(shape, part);
    } else {
        add_named(vocabulary, shape, part, depth);
    }
}

static void add_type(const Vocabulary *vocabulary, TableShape *shape, const char *type, int depth)
{
    g_autoptr(GPtrArray) parts = split_outside(type, '|');
    for (guint i = 0; i < parts->len && depth < 4; i++) {
        add_part(vocabulary, shape, g_ptr_array_index(parts, i), depth);
    }
}

TableShape *vocabulary_shape(const Vocabulary *vocabulary, const char *type)
{
    TableShape *shape = g_new0(TableShape, 1);
    shape->names = g_ptr_array_new_with_free_func(g_free);
    shape->types = g_ptr_array_new_with_free_func(g_free);
    add_type(vocabulary, shape, type, 0);
    return shape;
}

void table_shape_free(TableShape *shape)
{
    g_ptr_array_unref(shape->names);
    g_ptr_array_unref(shape->types);
    g_free(shape->elements);
    g_free(shape->values);
    g_free(shape);
}
