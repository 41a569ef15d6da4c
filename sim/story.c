/* sim/story.c -- writes a flat story as a scenario. */
#include "sim/story.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOCALS = 100, /* clients with a local of their own; Lua allows 200 in a function */
    CROWD = 3     /* as many clients alike make a line of their own */
};

SimStory *sim_story_copy(const SimStory *story)
{
    SimStory *copy = g_new(SimStory, 1);
    *copy = *story;
    copy->stage = sim_stage_copy(&story->stage);
    copy->steps = g_array_sized_new(FALSE, FALSE, sizeof(SimStoryStep), story->steps->len);
    g_array_append_vals(copy->steps, story->steps->data, story->steps->len);
    return copy;
}

void sim_story_free(SimStory *story)
{
    if (!story)
        return;
    sim_stage_clear(&story->stage);
    g_array_unref(story->steps);
    g_free(story);
}

/* --- who there is ---------------------------------------------------------------------------- */

typedef struct Writer {
    const SimStory *story;
    GString *out;
    GPtrArray *node_names; /* char *; NULL: gone */
    GPtrArray *vars;       /* char *: of clients by index; NULL: without a name of its own */
    bool many;             /* clients stand in a table */
    int64_t owed_us;       /* to wait before the next line */
    unsigned lines;
} Writer;

static const SimStageNode *stage_node(const SimStory *story, uint32_t index)
{
    return index < story->stage.nodes->len ? &g_array_index(story->stage.nodes, SimStageNode, index)
                                           : NULL;
}

static const char *site_name(const SimStory *story, uint32_t site)
{
    return g_array_index(story->stage.sites, const char *, site);
}

/* Is client @index created by one of the steps? */
static bool has_client(const SimStory *story, uint32_t index)
{
    for (guint i = 0; i < story->steps->len; i++) {
        const SimDeed *deed = g_array_index(story->steps, SimStoryStep, i).deed;
        if (deed->kind == SIM_DEED_CLIENT && deed->client == index)
            return true;
    }
    return false;
}

static bool has_join(const SimStory *story, uint32_t node)
{
    for (guint i = 0; i < story->steps->len; i++) {
        const SimDeed *deed = g_array_index(story->steps, SimStoryStep, i).deed;
        const GArray *group = deed->kind == SIM_DEED_JOIN ? deed->groups->pdata[0] : NULL;
        if (group && g_array_index(group, SimParty, 0).index == node)
            return true;
    }
    return false;
}

static bool has_node(const SimStory *story, uint32_t index)
{
    const SimStageNode *node = stage_node(story, index);
    return node && !node->gone && (!node->joins || has_join(story, index));
}

static bool site_has_node(const SimStory *story, uint32_t site)
{
    for (uint32_t i = 0; i < story->stage.nodes->len; i++)
        if (!stage_node(story, i)->joins && stage_node(story, i)->site == site &&
            !stage_node(story, i)->gone)
            return true;
    return false;
}

static bool has_party(const SimStory *story, const SimParty *party)
{
    switch (party->kind) {
    case SIM_PARTY_NODE:
        return has_node(story, party->index);
    case SIM_PARTY_CLIENT:
        return has_client(story, party->index);
    default:
        return site_has_node(story, party->index);
    }
}

static unsigned count_parties(const SimStory *story, const GArray *group)
{
    unsigned count = 0;
    for (guint i = 0; i < group->len; i++)
        count += has_party(story, &g_array_index(group, SimParty, i));
    return count;
}

bool sim_story_lives(const SimStory *story, const SimStoryStep *step)
{
    const SimDeed *deed = step->deed;
    const SimDeedType *type = sim_deed_type(deed->kind);
    if (deed->kind == SIM_DEED_CLIENT || deed->kind == SIM_DEED_CLAIM || deed->kind == SIM_DEED_END)
        return true;
    if (type->of_client && !has_client(story, deed->client))
        return false;
    for (guint i = 0; i < deed->groups->len; i++) {
        const GArray *group = deed->groups->pdata[i];
        unsigned left = count_parties(story, group);
        bool may_be_empty = deed->kind == SIM_DEED_INTERCEPT && group->len == 0;
        if (left == 0 && !may_be_empty)
            return false;
    }
    return true;
}

/* --- names ----------------------------------------------------------------------------------- */

/* "n2" or "asia/n2": numbered by what is left; NULL for who is gone. */
static void name_nodes(Writer *writer)
{
    const SimStory *story = writer->story;
    g_autofree uint32_t *next = g_new0(uint32_t, story->stage.sites->len + 1);
    writer->node_names = g_ptr_array_new_with_free_func(g_free);
    for (uint32_t i = 0; i < story->stage.nodes->len; i++) {
        const SimStageNode *node = stage_node(story, i);
        uint32_t site = story->stage.one_site ? 0 : node->site;
        const char *prefix = story->stage.one_site ? "" : site_name(story, node->site);
        char *name = NULL;
        if (has_node(story, i))
            name = node->number > 0
                       ? g_strdup_printf("%s%sn%u", prefix, *prefix ? "/" : "", ++next[site])
                       : g_strdup(node->name);
        g_ptr_array_add(writer->node_names, name);
    }
}

static const char *node_name(const Writer *writer, uint32_t index)
{
    return writer->node_names->pdata[index];
}

/* A name for a Lua variable: letters, digits and _, and nothing that means something already. */
static char *variable_of(const char *name)
{
    static const char *const taken[] = {
        "w",     "s",     "ms",     "us",     "p",      "c",      "at",       "and",    "break",
        "do",    "else",  "elseif", "end",    "false",  "for",    "function", "goto",   "if",
        "in",    "local", "nil",    "not",    "or",     "repeat", "return",   "then",   "true",
        "until", "while", "wait",   "step",   "log",    "now",    "every",    "after",  "spawn",
        "watch", "never", "always", "within", "expect", "budget", "measure",  "table",  "string",
        "math",  "type",  "error",  "select", "next",   "ratio",  "bytes",    "checks", "scenario",
    };
    GString *out = g_string_new(g_ascii_isalpha(*name) || *name == '_' ? "" : "c");
    for (const char *at = name; *at; at++)
        g_string_append_c(out, g_ascii_isalnum(*at) ? *at : '_');
    for (size_t i = 0; i < G_N_ELEMENTS(taken); i++)
        if (strcmp(out->str, taken[i]) == 0) {
            g_string_append_c(out, '_');
            break;
        }
    return g_string_free(out, FALSE);
}

static const char *bound_name(const SimStory *story, uint32_t client)
{
    for (guint i = 0; story->claim && !story->stand_in && i < story->claim->bindings->len; i++) {
        const SimBinding *binding = story->claim->bindings->pdata[i];
        if (binding->value && binding->value->kind == SIM_VALUE_CLIENT &&
            binding->value->index == client)
            return binding->name;
    }
    return NULL;
}

static bool value_has_client(const SimValue *value, uint32_t client)
{
    if (!value)
        return false;
    for (guint i = 0; value->items && i < value->items->len; i++)
        if (value_has_client(value->items->pdata[i], client))
            return true;
    return value->kind == SIM_VALUE_CLIENT && value->index == client;
}

static bool claim_has_client(const SimStory *story, uint32_t client)
{
    if (!story->claim)
        return false;
    if (story->stand_in)
        return story->claim->client == client;
    for (guint i = 0; i < story->claim->bindings->len; i++)
        if (value_has_client(((const SimBinding *)story->claim->bindings->pdata[i])->value, client))
            return true;
    return false;
}

static bool name_taken(const Writer *writer, const char *name)
{
    for (guint i = 0; i < writer->vars->len; i++)
        if (writer->vars->pdata[i] && strcmp(writer->vars->pdata[i], name) == 0)
            return true;
    const GPtrArray *bindings = writer->story->claim ? writer->story->claim->bindings : NULL;
    for (guint i = 0; bindings && i < bindings->len; i++)
        if (strcmp(((const SimBinding *)bindings->pdata[i])->name, name) == 0)
            return true;
    return false;
}

static char *new_name(const Writer *writer, uint32_t client)
{
    char *name = variable_of(writer->story->record->client_names->pdata[client]);
    while (name_taken(writer, name)) {
        char *longer = g_strconcat(name, "_", NULL);
        g_free(name);
        name = longer;
    }
    return name;
}

static void name_clients(Writer *writer)
{
    const SimStory *story = writer->story;
    guint count = 0;
    writer->vars = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_set_size(writer->vars, (gint)story->record->client_names->len);
    for (guint i = 0; i < story->steps->len; i++)
        count += g_array_index(story->steps, SimStoryStep, i).deed->kind == SIM_DEED_CLIENT;
    writer->many = count > LOCALS;
    count = 0;
    for (guint i = 0; i < story->steps->len; i++) {
        const SimDeed *deed = g_array_index(story->steps, SimStoryStep, i).deed;
        if (deed->kind != SIM_DEED_CLIENT)
            continue;
        const char *bound = bound_name(story, deed->client);
        char **var = (char **)&writer->vars->pdata[deed->client];
        *var = writer->many ? g_strdup_printf("c[%u]", ++count)
               : bound      ? g_strdup(bound)
                            : new_name(writer, deed->client);
    }
}

/* --- arguments ------------------------------------------------------------------------------- */

static void append_party(const Writer *writer, GString *out, const SimParty *party)
{
    const SimStory *story = writer->story;
    const char *separator = "";
    if (party->kind != SIM_PARTY_SITE || !story->stage.one_site) {
        const char *name = party->kind == SIM_PARTY_NODE ? node_name(writer, party->index)
                           : party->kind == SIM_PARTY_CLIENT
                               ? (const char *)story->record->client_names->pdata[party->index]
                               : site_name(story, party->index);
        g_autofree char *quoted = sim_lua_string(name);
        g_string_append(out, quoted);
        return;
    }
    for (uint32_t i = 0; i < story->stage.nodes->len; i++)
        if (stage_node(story, i)->site == party->index && node_name(writer, i)) {
            g_string_append_printf(out, "%s\"%s\"", separator, node_name(writer, i));
            separator = ", ";
        }
}

/* "n1", or { "n1", "n2" }; @braces: in any case. */
static void append_group(const Writer *writer, GString *out, const GArray *group, bool braces)
{
    unsigned count = count_parties(writer->story, group), shown = 0;
    bool list = braces || count != 1 ||
                (writer->story->stage.one_site && group->len > 0 &&
                 g_array_index(group, SimParty, 0).kind == SIM_PARTY_SITE);
    g_string_append(out, list ? "{ " : "");
    for (guint i = 0; i < group->len; i++) {
        const SimParty *party = &g_array_index(group, SimParty, i);
        if (!has_party(writer->story, party))
            continue;
        g_string_append(out, shown++ > 0 ? ", " : "");
        append_party(writer, out, party);
    }
    g_string_append(out, list ? " }" : "");
}

static void append_fields(GString *out, const SimDeed *deed, const char *first)
{
    const char *separator = *first ? ", " : "";
    g_string_append_printf(out, "{ %s", first);
    for (guint i = 0; i < deed->fields->len; i++) {
        const SimDeedField *field = deed->fields->pdata[i];
        g_string_append_printf(out, "%s%s = %s", separator, field->name, field->value);
        separator = ", ";
    }
    g_string_append(out, " }");
}

static void comma(GString *out)
{
    if (out->len > 0)
        g_string_append(out, ", ");
}

static char *plain_arguments(const Writer *writer, const SimDeed *deed)
{
    GString *out = g_string_new(NULL);
    bool braces = deed->kind == SIM_DEED_PARTITION || deed->kind == SIM_DEED_BRIDGE ||
                  deed->kind == SIM_DEED_RING;
    for (guint i = 0; i < deed->groups->len; i++) {
        comma(out);
        append_group(writer, out, deed->groups->pdata[i],
                     braces || (deed->kind == SIM_DEED_SET_MEMBERS && i == 1));
    }
    if (deed->text) {
        g_autofree char *quoted =
            deed->kind == SIM_DEED_UPGRADE ? sim_lua_string(deed->text) : g_strdup(deed->text);
        comma(out);
        g_string_append(out, quoted);
    }
    if (deed->for_us >= 0) {
        g_autofree char *text = sim_lua_duration(deed->for_us);
        comma(out);
        g_string_append(out, text);
    }
    if (deed->fields->len > 0) {
        comma(out);
        append_fields(out, deed, "");
    }
    return g_string_free(out, FALSE);
}

/* Where a client goes first: its server if it is left, else the first that is. */
static char *server_text(const Writer *writer, const SimDeed *deed)
{
    const SimStory *story = writer->story;
    if (deed->groups->len == 0)
        return g_strdup("");
    SimParty party = g_array_index((const GArray *)deed->groups->pdata[0], SimParty, 0);
    if (party.kind == SIM_PARTY_SITE && story->stage.one_site)
        return g_strdup("");
    for (uint32_t i = 0; i < story->stage.nodes->len && !has_party(story, &party); i++)
        party = (SimParty) { SIM_PARTY_NODE, i };
    GString *out = g_string_new("server = ");
    append_party(writer, out, &party);
    return g_string_free(out, FALSE);
}

static char *client_arguments(const Writer *writer, const SimDeed *deed)
{
    g_autofree char *server = server_text(writer, deed);
    GString *out = g_string_new("{ ");
    for (guint i = 0; i < deed->fields->len; i++) {
        const SimDeedField *field = deed->fields->pdata[i];
        g_string_append_printf(out, "%s%s = %s", i > 0 ? ", " : "", field->name, field->value);
        if (i == 0 && *server)
            g_string_append_printf(out, ", %s", server);
    }
    return g_string_free(g_string_append(out, " }"), FALSE);
}

static char *intercept_arguments(const Writer *writer, const SimDeed *deed)
{
    static const char *const names[] = { "from", "to" };
    GString *first = g_string_new(NULL), *out = g_string_new(NULL);
    for (guint i = 0; i < deed->groups->len; i++) {
        const GArray *group = deed->groups->pdata[i];
        if (group->len == 0)
            continue;
        comma(first);
        g_string_append_printf(first, "%s = ", names[i]);
        append_group(writer, first, group, false);
    }
    append_fields(out, deed, first->str);
    g_string_free(first, TRUE);
    return g_string_free(out, FALSE);
}

static char *arguments_of(const Writer *writer, const SimDeed *deed)
{
    if (deed->kind == SIM_DEED_CLIENT)
        return client_arguments(writer, deed);
    if (deed->kind == SIM_DEED_INTERCEPT)
        return intercept_arguments(writer, deed);
    return plain_arguments(writer, deed);
}

/* verb "x", verb { ... } or verb(...), whichever Lua allows. */
static char *call_text(const char *verb, const char *arguments)
{
    size_t size = strlen(arguments);
    bool text = *arguments == '"' && strchr(arguments + 1, '"') == arguments + size - 1;
    int depth = 0;
    bool table = *arguments == '{';
    for (size_t i = 0; i < size && table; i++) {
        depth += (arguments[i] == '{') - (arguments[i] == '}');
        table = depth > 0 || i == size - 1;
    }
    return text || table ? g_strdup_printf("%s %s", verb, arguments)
                         : g_strdup_printf("%s(%s)", verb, arguments);
}

/* --- lines ----------------------------------------------------------------------------------- */

/* Takes @text, which may have several lines. */
static void add_line(Writer *writer, char *text)
{
    g_string_append_printf(writer->out, "    %s\n", text);
    writer->lines++;
    for (const char *c = text; *c; c++)
        writer->lines += *c == '\n';
    g_free(text);
}

static void pay_wait(Writer *writer)
{
    if (writer->owed_us <= 0)
        return;
    g_autofree char *text = sim_lua_duration(writer->owed_us);
    writer->owed_us = 0;
    add_line(writer, g_strdup_printf("wait(%s)", text));
}

static const SimStoryStep *step_at(const SimStory *story, guint index)
{
    return index < story->steps->len ? &g_array_index(story->steps, SimStoryStep, index) : NULL;
}

static unsigned count_uses(const SimStory *story, uint32_t client)
{
    unsigned uses = 0;
    for (guint i = 0; i < story->steps->len; i++) {
        const SimStoryStep *step = step_at(story, i);
        uses += step->deed->client == client && sim_deed_type(step->deed->kind)->of_client &&
                sim_story_lives(story, step);
    }
    return uses;
}

/* Its only operation comes at once: both fit one line. */
static bool chains(const Writer *writer, guint index)
{
    const SimStoryStep *step = step_at(writer->story, index);
    const SimStoryStep *next = step_at(writer->story, index + 1);
    return next && next->deed->client == step->deed->client && next->gap_us == 0 && !next->posts &&
           sim_deed_type(next->deed->kind)->of_client &&
           !claim_has_client(writer->story, step->deed->client) &&
           count_uses(writer->story, step->deed->client) == 1;
}

static char *operation_text(const Writer *writer, const SimStoryStep *step)
{
    const SimDeed *deed = step->deed;
    const char *verb = sim_deed_type(deed->kind)->verb;
    g_autofree char *arguments = arguments_of(writer, deed);
    const char *var = writer->vars->pdata[deed->client];
    if (deed->kind == SIM_DEED_SUBSCRIBE && deed->fields->len == 1) {
        g_free(arguments); /* a name alone says it */
        arguments = g_strdup(((const SimDeedField *)deed->fields->pdata[0])->value);
    }
    if (step->posts)
        return g_strdup_printf("%s:post(\"%s\"%s%s)", var, verb, *arguments ? ", " : "", arguments);
    g_autofree char *call = call_text(verb, arguments);
    return g_strdup_printf("%s:%s", var, call);
}

/* A client whom nobody names again, as text without its name; NULL if it is none. *@steps: how many
 * steps that is. (transfer full) */
static char *extra_text(const Writer *writer, guint index, guint *steps)
{
    const SimStory *story = writer->story;
    const SimStoryStep *step = step_at(story, index);
    if (!step || step->deed->kind != SIM_DEED_CLIENT || claim_has_client(story, step->deed->client))
        return NULL;
    bool chained = chains(writer, index);
    if (!chained && count_uses(story, step->deed->client) > 0)
        return NULL;
    g_autofree char *arguments = arguments_of(writer, step->deed);
    g_autofree char *operation =
        chained ? operation_text(writer, step_at(story, index + 1)) : g_strdup("");
    const char *var = writer->vars->pdata[step->deed->client];
    const SimDeedField *name = step->deed->fields->pdata[0];
    const char *rest = strstr(arguments, name->value) + strlen(name->value);
    *steps = chained ? 2 : 1;
    return g_strconcat(rest, chained ? operation + strlen(var) : "", NULL);
}

/* Many clients that differ by name alone make one line; their names are numbered by place. */
static bool write_crowd(Writer *writer, guint *index)
{
    guint steps = 0, count = 0, next = *index;
    g_autofree char *first = extra_text(writer, next, &steps);
    g_autofree char *text = g_strdup(first);
    while (first && text && strcmp(text, first) == 0 &&
           (count == 0 || step_at(writer->story, next)->gap_us == 0)) {
        count++;
        next += steps;
        g_free(text);
        text = extra_text(writer, next, &steps);
    }
    if (count < CROWD)
        return false;
    add_line(writer, g_strdup_printf("for i = 1, %u do w:client { name = \"crowd%u-\" .. i%s end",
                                     count, *index + 1, first));
    *index = next - 1;
    return true;
}

static void write_client(Writer *writer, guint *index)
{
    if (write_crowd(writer, index))
        return;
    const SimStory *story = writer->story;
    const SimDeed *deed = step_at(story, *index)->deed;
    g_autofree char *arguments = arguments_of(writer, deed);
    const char *var = writer->vars->pdata[deed->client];
    if (chains(writer, *index)) {
        g_autofree char *operation = operation_text(writer, step_at(story, *index + 1));
        add_line(writer, g_strdup_printf("w:client %s%s", arguments, operation + strlen(var)));
        ++*index;
    } else if (count_uses(story, deed->client) == 0 && !claim_has_client(story, deed->client))
        add_line(writer, g_strdup_printf("w:client %s", arguments));
    else
        add_line(writer, g_strdup_printf("%s%s = w:client %s", writer->many ? "" : "local ", var,
                                         arguments));
}

static const char *intercept_name(const SimStory *story, uint32_t number)
{
    for (guint i = 0; story->claim && !story->stand_in && i < story->claim->bindings->len; i++) {
        const SimBinding *binding = story->claim->bindings->pdata[i];
        if (binding->value && binding->value->kind == SIM_VALUE_INTERCEPT &&
            binding->value->index == number)
            return binding->name;
    }
    return NULL;
}

static bool is_stopped(const SimStory *story, uint32_t number)
{
    for (guint i = 0; i < story->steps->len; i++) {
        const SimDeed *deed = step_at(story, i)->deed;
        if (deed->kind == SIM_DEED_INTERCEPT_STOP && deed->number == number)
            return true;
    }
    return false;
}

static char *intercept_var(const SimStory *story, uint32_t number)
{
    const char *name = intercept_name(story, number);
    return name ? g_strdup(name) : g_strdup_printf("intercepted_%u", number + 1);
}

static bool has_intercept(const SimStory *story, uint32_t number)
{
    for (guint i = 0; i < story->steps->len; i++) {
        const SimStoryStep *step = step_at(story, i);
        if (step->deed->kind == SIM_DEED_INTERCEPT && step->deed->number == number)
            return sim_story_lives(story, step);
    }
    return false;
}

static void write_world_verb(Writer *writer, const SimDeed *deed)
{
    const SimStory *story = writer->story;
    g_autofree char *arguments = arguments_of(writer, deed);
    g_autofree char *call = call_text(sim_deed_type(deed->kind)->verb, arguments);
    g_autofree char *var = intercept_var(story, deed->number);
    bool named = deed->kind == SIM_DEED_INTERCEPT &&
                 (intercept_name(story, deed->number) || is_stopped(story, deed->number));
    if (deed->kind == SIM_DEED_INTERCEPT_STOP)
        add_line(writer, g_strdup_printf("%s:stop()", var));
    else
        add_line(writer, named ? g_strdup_printf("local %s = w:%s", var, call)
                               : g_strdup_printf("w:%s", call));
}

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
    for (const char *at = code; size > 0 && (at = strstr(at, name)) != NULL; at += size)
        if (at[size] == '[' && g_ascii_isdigit(at[size + 1]))
            return true;
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
            item && ((item->kind == SIM_VALUE_CLIENT && !has_client(writer->story, item->index)) ||
                     (item->kind == SIM_VALUE_NODE && !has_node(writer->story, item->index)));
        if (gone || !item)
            continue;
        g_autofree char *text = value_text(writer, item, "");
        if (key)
            g_ptr_array_add(named, g_strdup_printf("%s = %s", key, text));
        else if (by_place)
            g_string_append_printf(out, "%s[%u] = %s", out->len ? ", " : "", i + 1, text);
        else
            g_string_append_printf(out, "%s%s", out->len ? ", " : "", text);
    }
    g_ptr_array_sort(named, compare_items);
    for (guint i = 0; i < named->len; i++)
        g_string_append_printf(out, "%s%s", out->len ? ", " : "", (char *)named->pdata[i]);
    g_string_prepend(out, "{ ");
    return g_string_free(g_string_append(out, " }"), FALSE);
}

/* Lines after the first keep their distance to each other and begin at the story's indent. */
static char *indent_text(const char *text, unsigned indent)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    size_t least = SIZE_MAX;
    for (char **line = lines + 1; lines[0] && *line; line++)
        if ((*line)[strspn(*line, " ")])
            least = MIN(least, strspn(*line, " "));
    GString *out = g_string_new(lines[0]);
    for (char **line = lines + 1; lines[0] && *line; line++) {
        size_t own = strspn(*line, " ");
        if (!(*line)[own])
            continue;
        g_string_append_printf(out, "\n%*s%s", (int)indent, "", *line + MIN(own, least));
    }
    return g_string_free(out, FALSE);
}

/* @name: of the binding that it belongs to. */
static char *value_text(const Writer *writer, const SimValue *value, const char *name)
{
    const SimStory *story = writer->story;
    if (!value)
        return g_strdup("nil");
    switch (value->kind) {
    case SIM_VALUE_TEXT:
        return g_strdup(value->text);
    case SIM_VALUE_CODE:
        return indent_text(value->text, 4);
    case SIM_VALUE_WORLD:
        return g_strdup("w");
    case SIM_VALUE_NODE:
        return has_node(story, value->index)
                   ? g_strdup_printf("w:node \"%s\"", node_name(writer, value->index))
                   : g_strdup("nil");
    case SIM_VALUE_CLIENT:
        return g_strdup(has_client(story, value->index)
                            ? (const char *)writer->vars->pdata[value->index]
                            : "nil");
    case SIM_VALUE_INTERCEPT:
        return has_intercept(story, value->index) ? intercept_var(story, value->index)
                                                  : g_strdup("nil");
    default:
        return table_text(writer, value, asks_by_place(story, name));
    }
}

static bool mentions(const char *code, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = code; (at = strstr(at, name)) != NULL; at += size)
        if ((at == code || !(g_ascii_isalnum(at[-1]) || at[-1] == '_')) &&
            !(g_ascii_isalnum(at[size]) || at[size] == '_'))
            return true;
    return false;
}

static bool has_handle(const SimValue *value)
{
    if (!value || value->kind == SIM_VALUE_TEXT || value->kind == SIM_VALUE_CODE)
        return false;
    for (guint i = 0; value->items && i < value->items->len; i++)
        if (has_handle(value->items->pdata[i]))
            return true;
    return value->kind != SIM_VALUE_TABLE;
}

static bool value_mentions(const SimValue *value, const char *name)
{
    if (!value)
        return false;
    for (guint i = 0; value->items && i < value->items->len; i++)
        if (value_mentions(value->items->pdata[i], name))
            return true;
    return value->kind == SIM_VALUE_CODE && mentions(value->text, name);
}

/* Does binding @index need the story's objects, itself or through another? */
static bool is_inner(const SimClaim *claim, guint index)
{
    const SimBinding *binding = claim->bindings->pdata[index];
    if (has_handle(binding->value))
        return true;
    for (guint i = 0; i < index; i++) {
        const SimBinding *other = claim->bindings->pdata[i];
        if (value_mentions(binding->value, other->name) && is_inner(claim, i))
            return true;
    }
    return false;
}

/* Is it there already under that very name? */
static bool is_plain_name(const Writer *writer, const SimBinding *binding)
{
    const SimValue *value = binding->value;
    if (!value)
        return false;
    if (value->kind == SIM_VALUE_WORLD)
        return strcmp(binding->name, "w") == 0;
    if (value->kind == SIM_VALUE_INTERCEPT)
        return has_intercept(writer->story, value->index);
    return value->kind == SIM_VALUE_CLIENT && has_client(writer->story, value->index) &&
           strcmp(writer->vars->pdata[value->index], binding->name) == 0;
}

/* The nodes on one line, everything else on a line each. */
static void write_inner_bindings(Writer *writer)
{
    const SimClaim *claim = writer->story->claim;
    g_autoptr(GString) names = g_string_new(NULL), nodes = g_string_new(NULL);
    for (guint i = 0; i < claim->bindings->len; i++) {
        const SimBinding *binding = claim->bindings->pdata[i];
        if (!binding->value || binding->value->kind != SIM_VALUE_NODE)
            continue;
        g_autofree char *text = value_text(writer, binding->value, binding->name);
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", binding->name);
        g_string_append_printf(nodes, "%s%s", nodes->len ? ", " : "", text);
    }
    if (names->len > 0)
        add_line(writer, g_strdup_printf("local %s = %s", names->str, nodes->str));
    for (guint i = 0; i < claim->bindings->len; i++) {
        const SimBinding *binding = claim->bindings->pdata[i];
        if ((binding->value && binding->value->kind == SIM_VALUE_NODE) || !is_inner(claim, i) ||
            is_plain_name(writer, binding))
            continue;
        g_autofree char *text = value_text(writer, binding->value, binding->name);
        add_line(writer, g_strdup_printf("local %s = %s", binding->name, text));
    }
}

/* Numbers and helpers that need nobody of the story stand above it. */
static void write_outer_bindings(Writer *writer)
{
    const SimClaim *claim = writer->story->claim;
    for (guint i = 0; claim && !writer->story->stand_in && i < claim->bindings->len; i++) {
        const SimBinding *binding = claim->bindings->pdata[i];
        if (is_inner(claim, i))
            continue;
        g_autofree char *text = value_text(writer, binding->value, binding->name);
        g_string_append_printf(writer->out, "local %s = %s\n", binding->name, text);
    }
}

static char *stand_in_text(const Writer *writer)
{
    const SimClaim *claim = writer->story->claim;
    if (!has_node(writer->story, claim->node) || !has_client(writer->story, claim->client))
        return g_strdup("error(\"the claim has lost its subject\")"); /* no run fails like that */
    return g_strdup_printf(
        "%sw:node(\"%s\"):knows(%s)", claim->explained == SIM_CLAIM_LISTS ? "not " : "",
        node_name(writer, claim->node), (const char *)writer->vars->pdata[claim->client]);
}

/* What is claimed: an expression (expect) or a function. */
static char *claim_code(const Writer *writer)
{
    const SimStory *story = writer->story;
    if (!story->stand_in)
        return indent_text(story->claim->code, 4);
    g_autofree char *condition = stand_in_text(writer);
    if (story->claim->kind == SIM_CLAIM_EXPECT)
        return g_steal_pointer(&condition);
    return g_strdup_printf("function() return %s%s end",
                           story->claim->kind == SIM_CLAIM_NEVER ? "not " : "", condition);
}

static char *message_text(const SimClaim *claim)
{
    if (!claim->message)
        return g_strdup("");
    g_autofree char *quoted = sim_lua_string(claim->message);
    return g_strdup_printf(", %s", quoted);
}

static void write_claim(Writer *writer)
{
    const SimStory *story = writer->story;
    const SimClaim *claim = story->claim;
    g_autofree char *earliest = sim_lua_duration(story->stand_in ? 0 : claim->earliest_us);
    g_autofree char *latest =
        sim_lua_duration(story->stand_in && claim->kind != SIM_CLAIM_SETTLE ? 0 : claim->latest_us);
    if (claim->kind == SIM_CLAIM_SETTLE) {
        g_autofree char *quiet = sim_lua_duration(claim->quiet_us);
        add_line(writer, g_strdup_printf("w:settle { quiet = %s, within = %s }", quiet, latest));
        return;
    }
    if (!story->stand_in)
        write_inner_bindings(writer);
    g_autofree char *code = claim_code(writer);
    g_autofree char *message = message_text(claim);
    switch (claim->kind) {
    case SIM_CLAIM_EXPECT:
        add_line(writer, g_strdup_printf("expect(%s%s)", code, message));
        break;
    case SIM_CLAIM_EVENTUALLY:
        add_line(writer, g_strdup_printf("eventually(%s, %s%s)", latest, code, message));
        break;
    case SIM_CLAIM_WITHIN:
        add_line(writer, g_strdup_printf("within(%s, %s, %s%s)", earliest, latest, code, message));
        break;
    default:
        add_line(writer,
                 g_strdup_printf("%s(%s%s)", claim->kind == SIM_CLAIM_ALWAYS ? "always" : "never",
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
    for (size_t i = 0; i < G_N_ELEMENTS(type->fields) && type->fields[i].name; i++) {
        if (strcmp(type->fields[i].name, "grace") == 0)
            grace = check->values[i];
        int64_t fallback = type->fields[i].fallback == -1 ? grace : usual.values[i];
        if (check->values[i] == fallback || check->values[i] == INT64_MAX)
            continue;
        g_autofree char *text = check_value(&type->fields[i], check->values[i]);
        g_string_append_printf(out, "%s %s = %s", separator, type->fields[i].name, text);
        separator = ",";
    }
    g_string_append(out, *separator ? " }" : "}");
}

static void write_checks(Writer *writer)
{
    const SimStory *story = writer->story;
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; story->check && i < story->record->checks->len; i++) {
        const SimCheck *check = &g_array_index(story->record->checks, SimCheck, i);
        if (strcmp(sim_check_type(check->kind)->name, story->check) != 0)
            continue;
        comma(out);
        append_check(out, check);
    }
    if (story->claim && story->claim->in_field) {
        g_autofree char *code = claim_code(writer);
        g_string_append(out, code);
    }
    if (out->len > 0)
        g_string_append_printf(writer->out, "  always   = { %s },\n", out->str);
    if (story->budget)
        g_string_append_printf(writer->out, "  budget   = { %s },\n", story->budget);
}

/* --- the stage ------------------------------------------------------------------------------- */

static char *link_text(const SimLink *link)
{
    GString *out = g_string_new(NULL);
    g_autofree char *rtt = sim_lua_duration(link->delay_us * 2);
    g_string_append_printf(out, "{ rtt = %s", rtt);
    if (link->jitter > 0) {
        g_autofree char *text = sim_lua_quantity(SIM_QUANTITY_PROPORTION, link->jitter);
        g_string_append_printf(out, ", jitter = %s", text);
    }
    if (link->loss > 0)
        g_string_append_printf(out, ", loss = ppm(%.0f)",
                               (double)link->loss / (double)SIM_CHANCE_ONE * 1e6);
    if (link->burst_enter > 0)
        g_string_append_printf(out,
                               ", burst = { enter = ppm(%.0f), leave = ppm(%.0f), loss = "
                               "ppm(%.0f) }",
                               (double)link->burst_enter / (double)SIM_CHANCE_ONE * 1e6,
                               (double)link->burst_leave / (double)SIM_CHANCE_ONE * 1e6,
                               (double)link->burst_loss / (double)SIM_CHANCE_ONE * 1e6);
    if (link->bandwidth_bps > 0) {
        g_autofree char *text =
            sim_lua_quantity(SIM_QUANTITY_BANDWIDTH, (double)link->bandwidth_bps);
        g_string_append_printf(out, ", bandwidth = %s", text);
    }
    if (link->queue_bytes > 0) {
        g_autofree char *text = sim_lua_quantity(SIM_QUANTITY_SIZE, (double)link->queue_bytes);
        g_string_append_printf(out, ", queue = %s", text);
    }
    return g_string_free(g_string_append(out, " }"), FALSE);
}

static const SimLink *link_between(const SimStage *stage, uint32_t from, uint32_t to)
{
    return &g_array_index(stage->links, SimLink, from * stage->sites->len + to);
}

/* The slowest link stands for all when the sites become one. */
static const SimLink *slowest_link(const SimStage *stage)
{
    const SimLink *slowest = link_between(stage, 0, 0);
    for (guint i = 0; i < stage->links->len; i++)
        if (g_array_index(stage->links, SimLink, i).delay_us > slowest->delay_us)
            slowest = &g_array_index(stage->links, SimLink, i);
    return slowest;
}

static void append_lan(GString *out, const SimLink *link)
{
    g_autofree char *text = link_text(link);
    if (strcmp(text, "{ rtt = us(300) }") != 0)
        g_string_append_printf(out, ", lan = %s", text);
}

/* "wan" is the link between the first two sites, "links" those that differ from it. */
static void append_links(GString *out, const SimStory *story)
{
    const SimStage *stage = &story->stage;
    g_autoptr(GString) others = g_string_new(NULL);
    g_autofree char *wan = NULL, *lan = NULL;
    uint32_t sites = stage->sites->len;
    for (uint32_t i = 0; i < sites; i++)
        for (uint32_t k = 0; k < sites; k++) {
            if (!site_has_node(story, i) || !site_has_node(story, k))
                continue;
            char **usual = i == k ? &lan : &wan;
            g_autofree char *text = link_text(link_between(stage, i, k));
            if (!*usual)
                *usual = g_steal_pointer(&text);
            else if (strcmp(*usual, text) != 0)
                g_string_append_printf(others, "%s[\"%s>%s\"] = %s", others->len ? ", " : "",
                                       site_name(story, i), site_name(story, k), text);
        }
    if (lan && strcmp(lan, "{ rtt = us(300) }") != 0)
        g_string_append_printf(out, ", lan = %s", lan);
    if (wan)
        g_string_append_printf(out, ", wan = %s", wan);
    if (others->len > 0)
        g_string_append_printf(out, ", links = { %s }", others->str);
}

static uint32_t count_nodes(const SimStory *story, uint32_t site)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < story->stage.nodes->len; i++) {
        const SimStageNode *node = stage_node(story, i);
        count += !node->gone && !node->joins && (site == UINT32_MAX || node->site == site);
    }
    return count;
}

static void append_sites(GString *out, const SimStory *story)
{
    const SimStage *stage = &story->stage;
    bool plain = stage->one_site || (stage->sites->len == 1 && !*site_name(story, 0));
    if (plain) {
        g_string_append_printf(out, "nodes = %u", count_nodes(story, UINT32_MAX));
        append_lan(out, stage->one_site ? slowest_link(stage) : link_between(stage, 0, 0));
        return;
    }
    const char *separator = "";
    g_string_append(out, "sites = { ");
    for (uint32_t i = 0; i < stage->sites->len; i++) {
        if (!site_has_node(story, i))
            continue;
        g_string_append_printf(out, "%s[\"%s\"] = %u", separator, site_name(story, i),
                               count_nodes(story, i));
        separator = ", ";
    }
    g_string_append(out, " }");
    append_links(out, story);
}

typedef char *(*NodeText)(const SimStageNode *node);

static char *profile_text(const SimStageNode *node)
{
    return node->profile ? sim_lua_string(node->profile) : NULL;
}

static char *address_text(const SimStageNode *node)
{
    return node->address ? sim_lua_string(node->address) : NULL;
}

static char *clock_text(const SimStageNode *node)
{
    GString *out = g_string_new(NULL);
    if (node->clock.offset_us != 0) {
        g_autofree char *text = sim_lua_duration(node->clock.offset_us);
        g_string_append_printf(out, "offset = %s", text);
    }
    if (node->clock.drift_ppb != 0) {
        g_autofree char *text =
            sim_lua_quantity(SIM_QUANTITY_PROPORTION, (double)node->clock.drift_ppb / 1e9);
        g_string_append_printf(out, "%sdrift = %s", out->len ? ", " : "", text);
    }
    if (out->len > 0) {
        g_string_prepend(out, "{ ");
        g_string_append(out, " }");
    }
    char *text = g_string_free(out, FALSE);
    if (*text)
        return text;
    g_free(text);
    return NULL;
}

/* ", profiles = { ["n2"] = ... }" of the nodes that differ. */
static void append_by_node(const Writer *writer, GString *out, const char *key, NodeText text_of)
{
    g_autoptr(GString) entries = g_string_new(NULL);
    for (uint32_t i = 0; i < writer->story->stage.nodes->len; i++) {
        const SimStageNode *node = stage_node(writer->story, i);
        g_autofree char *text = node->gone || node->joins ? NULL : text_of(node);
        if (text)
            g_string_append_printf(entries, "%s[\"%s\"] = %s", entries->len ? ", " : "",
                                   node_name(writer, i), text);
    }
    if (entries->len > 0)
        g_string_append_printf(out, ", %s = { %s }", key, entries->str);
}

static void append_settings(const Writer *writer, GString *out)
{
    const GArray *settings = writer->story->stage.settings;
    g_autoptr(GString) all = g_string_new(NULL);
    for (uint32_t node = UINT32_MAX;;) {
        g_autoptr(GString) own = g_string_new(NULL);
        for (guint i = 0; i < settings->len; i++) {
            const SimStageSetting *setting = &g_array_index(settings, SimStageSetting, i);
            if (setting->node == node)
                g_string_append_printf(own, "%s[\"%s\"] = %s", own->len ? ", " : "",
                                       setting->property, setting->value);
        }
        bool there = node == UINT32_MAX || node_name(writer, node);
        if (own->len > 0 && node == UINT32_MAX)
            g_string_append(all, own->str);
        else if (own->len > 0 && there)
            g_string_append_printf(all, "%s[\"%s\"] = { %s }", all->len ? ", " : "",
                                   node_name(writer, node), own->str);
        if (++node >= writer->story->stage.nodes->len)
            break;
    }
    if (all->len > 0)
        g_string_append_printf(out, ", settings = { %s }", all->str);
}

static void write_topology(Writer *writer)
{
    const SimStory *story = writer->story;
    const SimStage *stage = &story->stage;
    g_autoptr(GString) out = g_string_new(NULL);
    append_sites(out, story);
    if (strcmp(stage->profile, "nacos-3.0") != 0)
        g_string_append_printf(out, ", profile = \"%s\"", stage->profile);
    append_by_node(writer, out, "profiles", profile_text);
    append_settings(writer, out);
    append_by_node(writer, out, "addresses", address_text);
    append_by_node(writer, out, "clocks", clock_text);
    if (stage->framing_bytes > 0)
        g_string_append_printf(out, ", framing = bytes(%" G_GINT64_FORMAT ")",
                               stage->framing_bytes);
    if (stage->default_client != SIM_CLIENT_GRPC)
        g_string_append(out, ", clients = \"nacos-client-1\"");
    if (stage->manual_boot)
        g_string_append(out, ", boot = \"manual\"");
    g_string_append_printf(writer->out, "  topology = { %s },\n", out->str);
}

/* --- all of it ------------------------------------------------------------------------------- */

static void write_join(Writer *writer, const SimDeed *deed)
{
    uint32_t index = g_array_index((const GArray *)deed->groups->pdata[0], SimParty, 0).index;
    const SimStageNode *node = stage_node(writer->story, index);
    const char *site = writer->story->stage.one_site ? "" : site_name(writer->story, node->site);
    g_autoptr(GString) fields = g_string_new(NULL);
    if (*site && node->number == 0)
        g_string_append_printf(fields, "site = \"%s\"", site);
    if (deed->fields->len > 0)
        g_string_append_printf(fields, "%s%s = %s", fields->len ? ", " : "",
                               ((const SimDeedField *)deed->fields->pdata[0])->name,
                               ((const SimDeedField *)deed->fields->pdata[0])->value);
    add_line(writer, fields->len ? g_strdup_printf("w:join(\"%s\", { %s })",
                                                   node_name(writer, index), fields->str)
                                 : g_strdup_printf("w:join \"%s\"", node_name(writer, index)));
}

static void write_step(Writer *writer, guint *index)
{
    const SimStoryStep *step = step_at(writer->story, *index);
    switch (step->deed->kind) {
    case SIM_DEED_END:
        break;
    case SIM_DEED_CLAIM:
        write_claim(writer);
        break;
    case SIM_DEED_CLIENT:
        write_client(writer, index);
        break;
    case SIM_DEED_JOIN:
        write_join(writer, step->deed);
        break;
    case SIM_DEED_INTERCEPT_STOP:
        if (has_intercept(writer->story, step->deed->number))
            write_world_verb(writer, step->deed);
        break;
    default:
        if (sim_deed_type(step->deed->kind)->of_client)
            add_line(writer, operation_text(writer, step));
        else
            write_world_verb(writer, step->deed);
        break;
    }
}

static void write_steps(Writer *writer)
{
    const SimStory *story = writer->story;
    if (writer->many)
        add_line(writer, g_strdup("local c = {}"));
    for (guint i = 0; i < story->steps->len; i++) {
        const SimStoryStep *step = step_at(story, i);
        writer->owed_us += step->gap_us;
        if (!sim_story_lives(story, step))
            continue;
        pay_wait(writer);
        write_step(writer, &i);
    }
}

char *sim_story_text(const SimStory *story, unsigned *lines)
{
    Writer writer = { .story = story, .out = g_string_new(NULL) };
    name_nodes(&writer);
    name_clients(&writer);
    write_outer_bindings(&writer);
    g_string_append(writer.out, "return scenario {\n");
    write_topology(&writer);
    write_checks(&writer);
    g_string_append(writer.out, "  story    = function(w)\n");
    write_steps(&writer);
    g_string_append(writer.out, "  end,\n}\n");
    if (lines)
        *lines = writer.lines;
    g_ptr_array_unref(writer.node_names);
    g_ptr_array_unref(writer.vars);
    return g_string_free(writer.out, FALSE);
}
