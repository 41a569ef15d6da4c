/* sim/shrink/story_claim.c -- what is claimed and checked: the claim's text with the bindings that
 * it refers to, or what the truth said in its stead; ready-made checks and the budget. */
#include <string.h>

#include "sim/check/check.h"
#include "sim/shrink/story_internal.h"

/* --- the claim ------------------------------------------------------------------------------- */

static char *value_text(const Writer *writer, const SimValue *value, const char *name);

static int compare_items(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Is name[1] said somewhere? Then entries must keep their places. */
static bool asks_by_place(const SimStory *story, const char *name)
{
    const char *code = story->claim->code;
    size_t size = strlen(name);
    for (const char *at = code; size > 0 && (at = strstr(at, name)) != NULL; at += size) {
        if (at[size] == '[' && g_ascii_isdigit(at[size + 1])) {
            return true;
        }
    }
    return false;
}

static char *table_text(const Writer *writer, const SimValue *table, bool by_place)
{
    g_autoptr(GPtrArray) named = g_ptr_array_new_with_free_func(g_free);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < table->items->len; i++) {
        const SimValue *item = table->items->pdata[i];
        const char *key = table->keys->pdata[i];
        bool gone =
            item != NULL &&
            ((item->kind == SIM_VALUE_CLIENT && !story_has_client(writer->story, item->index)) ||
             (item->kind == SIM_VALUE_NODE && !story_has_node(writer->story, item->index)));
        if (gone || item == NULL) {
            continue;
        }
        g_autofree char *text = value_text(writer, item, "");
        if (key != NULL) {
            g_ptr_array_add(named, g_strdup_printf("%s = %s", key, text));
        } else if (by_place) {
            g_string_append_printf(out, "%s[%u] = %s", out->len ? ", " : "", i + 1, text);
        } else {
            g_string_append_printf(out, "%s%s", out->len ? ", " : "", text);
        }
    }
    g_ptr_array_sort(named, compare_items);
    for (guint i = 0; i < named->len; i++) {
        g_string_append_printf(out, "%s%s", out->len ? ", " : "", (char *)named->pdata[i]);
    }
    g_string_prepend(out, "{ ");
    return g_string_free(g_string_append(out, " }"), false);
}

/* Lines after the first keep their distance to each other and begin at the story's indent. */
static char *indent_text(const char *text, unsigned indent)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    size_t least = SIZE_MAX;
    for (char **line = lines + 1; lines[0] != NULL && *line != NULL; line++) {
        if ((*line)[strspn(*line, " ")]) {
            least = MIN(least, strspn(*line, " "));
        }
    }
    GString *out = g_string_new(lines[0]);
    for (char **line = lines + 1; lines[0] != NULL && *line != NULL; line++) {
        size_t own = strspn(*line, " ");
        if (!(*line)[own]) {
            continue;
        }
        g_string_append_printf(out, "\n%*s%s", (int)indent, "", *line + MIN(own, least));
    }
    return g_string_free(out, false);
}

/* @name: of the binding that it belongs to. */
static char *value_text(const Writer *writer, const SimValue *value, const char *name)
{
    const SimStory *story = writer->story;
    if (value == NULL) {
        return g_strdup("nil");
    }
    switch (value->kind) {
    case SIM_VALUE_TEXT:
        return g_strdup(value->text);
    case SIM_VALUE_CODE:
        return indent_text(value->text, 4);
    case SIM_VALUE_WORLD:
        return value->index == 0 || story_has_cluster(story, value->index - 1)
                   ? story_world_text(story, value->index - 1)
                   : g_strdup("nil");
    case SIM_VALUE_NODE:
        return story_has_node(story, value->index)
                   ? g_strdup_printf("w:node \"%s\"", story_node_name(writer, value->index))
                   : g_strdup("nil");
    case SIM_VALUE_CLIENT:
        return g_strdup(story_has_client(story, value->index)
                            ? (const char *)writer->vars->pdata[value->index]
                            : "nil");
    case SIM_VALUE_INTERCEPT:
        return story_has_intercept(story, value->index) ? story_intercept_var(story, value->index)
                                                        : g_strdup("nil");
    default:
        return table_text(writer, value, asks_by_place(story, name));
    }
}

static bool mentions(const char *code, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = code; (at = strstr(at, name)) != NULL; at += size) {
        if ((at == code || !(g_ascii_isalnum(at[-1]) || at[-1] == '_')) &&
            !(g_ascii_isalnum(at[size]) || at[size] == '_')) {
            return true;
        }
    }
    return false;
}

static bool has_handle(const SimValue *value)
{
    if (value == NULL || value->kind == SIM_VALUE_TEXT || value->kind == SIM_VALUE_CODE) {
        return false;
    }
    for (guint i = 0; value->items != NULL && i < value->items->len; i++) {
        if (has_handle(value->items->pdata[i])) {
            return true;
        }
    }
    return value->kind != SIM_VALUE_TABLE;
}

static bool value_mentions(const SimValue *value, const char *name)
{
    if (value == NULL) {
        return false;
    }
    for (guint i = 0; value->items != NULL && i < value->items->len; i++) {
        if (value_mentions(value->items->pdata[i], name)) {
            return true;
        }
    }
    return value->kind == SIM_VALUE_CODE && mentions(value->text, name);
}

/* Does binding @index need the story's objects, itself or through another? */
static bool is_inner(const SimClaim *claim, guint index)
{
    const SimBinding *binding = claim->bindings->pdata[index];
    if (has_handle(binding->value)) {
        return true;
    }
    for (guint i = 0; i < index; i++) {
        const SimBinding *other = claim->bindings->pdata[i];
        if (value_mentions(binding->value, other->name) && is_inner(claim, i)) {
            return true;
        }
    }
    return false;
}

/* Is it there already under that very name? */
static bool is_plain_name(const Writer *writer, const SimBinding *binding)
{
    const SimValue *value = binding->value;
    if (value == NULL) {
        return false;
    }
    if (value->kind == SIM_VALUE_WORLD) {
        return value->index == 0 && strcmp(binding->name, "w") == 0;
    }
    if (value->kind == SIM_VALUE_INTERCEPT) {
        return story_has_intercept(writer->story, value->index);
    }
    return value->kind == SIM_VALUE_CLIENT && story_has_client(writer->story, value->index) &&
           strcmp(writer->vars->pdata[value->index], binding->name) == 0;
}

/* The nodes on one line, everything else on a line each. */
static void write_inner_bindings(Writer *writer)
{
    const SimClaim *claim = writer->story->claim;
    g_autoptr(GString) names = g_string_new(NULL), nodes = g_string_new(NULL);
    for (guint i = 0; i < claim->bindings->len; i++) {
        const SimBinding *binding = claim->bindings->pdata[i];
        if (binding->value == NULL || binding->value->kind != SIM_VALUE_NODE) {
            continue;
        }
        g_autofree char *text = value_text(writer, binding->value, binding->name);
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", binding->name);
        g_string_append_printf(nodes, "%s%s", nodes->len ? ", " : "", text);
    }
    if (names->len > 0) {
        story_add_line(writer, g_strdup_printf("local %s = %s", names->str, nodes->str));
    }
    for (guint i = 0; i < claim->bindings->len; i++) {
        const SimBinding *binding = claim->bindings->pdata[i];
        if ((binding->value != NULL && binding->value->kind == SIM_VALUE_NODE) ||
            !is_inner(claim, i) || is_plain_name(writer, binding)) {
            continue;
        }
        g_autofree char *text = value_text(writer, binding->value, binding->name);
        story_add_line(writer, g_strdup_printf("local %s = %s", binding->name, text));
    }
}

/* Numbers and helpers that need no node or client of the story stand above it. */
void story_write_outer_bindings(Writer *writer)
{
    const SimClaim *claim = writer->story->claim;
    for (guint i = 0; claim != NULL && !writer->story->stand_in && i < claim->bindings->len; i++) {
        const SimBinding *binding = claim->bindings->pdata[i];
        if (is_inner(claim, i)) {
            continue;
        }
        g_autofree char *text = value_text(writer, binding->value, binding->name);
        g_string_append_printf(writer->out, "local %s = %s\n", binding->name, text);
    }
}

static char *stand_in_text(const Writer *writer)
{
    const SimClaim *claim = writer->story->claim;
    if (!story_has_node(writer->story, claim->node) ||
        !story_has_client(writer->story, claim->client)) {
        return g_strdup("error(\"the claim has lost its subject\")"); /* no run fails like that */
    }
    return g_strdup_printf(
        "%sw:node(\"%s\"):knows(%s)", claim->explained == SIM_CLAIM_LISTS ? "not " : "",
        story_node_name(writer, claim->node), (const char *)writer->vars->pdata[claim->client]);
}

/* What is claimed: an expression (expect) or a function. */
static char *claim_code(const Writer *writer)
{
    const SimStory *story = writer->story;
    if (!story->stand_in) {
        return indent_text(story->claim->code, 4);
    }
    g_autofree char *condition = stand_in_text(writer);
    if (story->claim->kind == SIM_CLAIM_EXPECT) {
        return g_steal_pointer(&condition);
    }
    return g_strdup_printf("function() return %s%s end",
                           story->claim->kind == SIM_CLAIM_NEVER ? "not " : "", condition);
}

static char *message_text(const SimClaim *claim)
{
    if (claim->message == NULL) {
        return g_strdup("");
    }
    g_autofree char *quoted = sim_lua_string(claim->message);
    return g_strdup_printf(", %s", quoted);
}

void story_write_claim(Writer *writer)
{
    const SimStory *story = writer->story;
    const SimClaim *claim = story->claim;
    g_autofree char *earliest = sim_lua_duration(story->stand_in ? 0 : claim->earliest_us);
    g_autofree char *latest =
        sim_lua_duration(story->stand_in && claim->kind != SIM_CLAIM_SETTLE ? 0 : claim->latest_us);
    if (claim->kind == SIM_CLAIM_SETTLE) {
        g_autofree char *quiet = sim_lua_duration(claim->quiet_us);
        story_add_line(writer,
                       g_strdup_printf("w:settle { quiet = %s, within = %s }", quiet, latest));
        return;
    }
    if (!story->stand_in) {
        write_inner_bindings(writer);
    }
    g_autofree char *code = claim_code(writer);
    g_autofree char *message = message_text(claim);
    switch (claim->kind) {
    case SIM_CLAIM_EXPECT:
        story_add_line(writer, g_strdup_printf("expect(%s%s)", code, message));
        break;
    case SIM_CLAIM_EVENTUALLY:
        story_add_line(writer, g_strdup_printf("eventually(%s, %s%s)", latest, code, message));
        break;
    case SIM_CLAIM_WITHIN:
        story_add_line(writer,
                       g_strdup_printf("within(%s, %s, %s%s)", earliest, latest, code, message));
        break;
    default:
        story_add_line(writer, g_strdup_printf("%s(%s%s)",
                                               claim->kind == SIM_CLAIM_ALWAYS ? "always" : "never",
                                               code, message));
        break;
    }
}

/* --- what is checked ------------------------------------------------------------------------- */

static char *check_value(const SimCheckField *field, int64_t value)
{
    switch (field->kind) {
    case SIM_CHECK_FIELD_DURATION:
        return sim_lua_duration(value);
    case SIM_CHECK_FIELD_RATE:
        return sim_lua_quantity(SIM_QUANTITY_SIZE, (double)value);
    case SIM_CHECK_FIELD_RATIO:
        return g_strdup_printf("%" G_GINT64_FORMAT ".%03d", value / 1000, (int)(value % 1000));
    default:
        return g_strdup_printf("%" G_GINT64_FORMAT, value);
    }
}

static void append_check(GString *out, const SimCheck *check)
{
    const SimCheckType *type = sim_check_type(check->kind);
    SimCheck usual = sim_check_default(check->kind);
    const char *separator = "";
    int64_t grace = 0;
    g_string_append_printf(out, "checks.%s {", type->name);
    for (size_t i = 0; i < G_N_ELEMENTS(type->fields) && type->fields[i].name != NULL; i++) {
        if (strcmp(type->fields[i].name, "grace") == 0) {
            grace = check->values[i];
        }
        int64_t fallback = type->fields[i].fallback == -1 ? grace : usual.values[i];
        if (check->values[i] == fallback || check->values[i] == INT64_MAX) {
            continue;
        }
        g_autofree char *text = check_value(&type->fields[i], check->values[i]);
        g_string_append_printf(out, "%s %s = %s", separator, type->fields[i].name, text);
        separator = ",";
    }
    g_string_append(out, *separator ? " }" : "}");
}

void story_write_checks(Writer *writer)
{
    const SimStory *story = writer->story;
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; story->check != NULL && i < story->record->checks->len; i++) {
        const SimCheck *check = &g_array_index(story->record->checks, SimCheck, i);
        if (strcmp(sim_check_type(check->kind)->name, story->check) != 0) {
            continue;
        }
        story_comma(out);
        append_check(out, check);
    }
    if (story->claim != NULL && story->claim->in_field) {
        g_autofree char *code = claim_code(writer);
        g_string_append(out, code);
    }
    if (out->len > 0) {
        g_string_append_printf(writer->out, "  always   = { %s },\n", out->str);
    }
    if (story->budget != NULL) {
        g_string_append_printf(writer->out, "  budget   = { %s },\n", story->budget);
    }
}
