/* sim/shrink/story_action.c -- actions as lines: a verb's arguments, its call, and the steps in
 * their order with the waits between them. Clients alike make one line, and so do a client and its
 * only operation. */
#include <string.h>

#include "sim/shrink/story_internal.h"

enum {
    CROWD = 3 /* as many clients alike make a line of their own */
};

/* --- arguments ------------------------------------------------------------------------------- */

/* @scope: in whose words, those of a cluster or of all. */
static void append_party(const Writer *writer, GString *out, const SimParty *party, uint32_t scope)
{
    const SimStory *story = writer->story;
    const char *separator = "";
    if (party->kind != SIM_PARTY_SITE || !story->stage.one_site) {
        const char *name = party->kind == SIM_PARTY_NODE ? story_node_name(writer, party->index)
                           : party->kind == SIM_PARTY_CLIENT
                               ? (const char *)story->record->client_names->pdata[party->index]
                               : story_site_name(story, party->index);
        g_autofree char *quoted = sim_lua_string(
            party->kind == SIM_PARTY_CLIENT ? name : story_local_name(story, scope, name));
        g_string_append(out, quoted);
        return;
    }
    for (uint32_t i = 0; i < story->stage.nodes->len; i++) {
        if (story_stage_node(story, i)->site == party->index &&
            story_node_name(writer, i) != NULL) {
            g_string_append_printf(out, "%s\"%s\"", separator, story_node_name(writer, i));
            separator = ", ";
        }
    }
}

/* "n1", or { "n1", "n2" }; @braces: in any case. */
static void append_group(const Writer *writer, GString *out, const GArray *group, uint32_t scope,
                         bool braces)
{
    unsigned count = story_count_parties(writer->story, group), shown = 0;
    bool list = braces || count != 1 ||
                (writer->story->stage.one_site && group->len > 0 &&
                 g_array_index(group, SimParty, 0).kind == SIM_PARTY_SITE);
    g_string_append(out, list ? "{ " : "");
    for (guint i = 0; i < group->len; i++) {
        const SimParty *party = &g_array_index(group, SimParty, i);
        if (!story_has_party(writer->story, party)) {
            continue;
        }
        g_string_append(out, shown++ > 0 ? ", " : "");
        append_party(writer, out, party, scope);
    }
    g_string_append(out, list ? " }" : "");
}

static void append_fields(GString *out, const SimAction *action, const char *first)
{
    const char *separator = *first ? ", " : "";
    g_string_append_printf(out, "{ %s", first);
    for (guint i = 0; i < action->fields->len; i++) {
        const SimActionField *field = action->fields->pdata[i];
        g_string_append_printf(out, "%s%s = %s", separator, field->name, field->value);
        separator = ", ";
    }
    g_string_append(out, " }");
}

static char *plain_arguments(const Writer *writer, const SimAction *action)
{
    GString *out = g_string_new(NULL);
    bool braces = action->kind == SIM_ACTION_PARTITION || action->kind == SIM_ACTION_BRIDGE ||
                  action->kind == SIM_ACTION_RING;
    for (guint i = 0; i < action->groups->len; i++) {
        story_comma(out);
        append_group(writer, out, action->groups->pdata[i], action->scope,
                     braces || (action->kind == SIM_ACTION_SET_MEMBERS && i == 1));
    }
    if (action->text != NULL) {
        g_autofree char *quoted = action->kind == SIM_ACTION_UPGRADE ? sim_lua_string(action->text)
                                                                     : g_strdup(action->text);
        story_comma(out);
        g_string_append(out, quoted);
    }
    if (action->for_us >= 0) {
        g_autofree char *text = sim_lua_duration(action->for_us);
        story_comma(out);
        g_string_append(out, text);
    }
    if (action->fields->len > 0) {
        story_comma(out);
        append_fields(out, action, "");
    }
    return g_string_free(out, false);
}

/* @party if it is left, else the first node of its cluster that is, else the first of all. */
static SimParty party_left(const SimStory *story, const SimParty *party)
{
    SimParty found = *party;
    for (uint32_t i = story->stage.nodes->len; i-- > 0 && !story_has_party(story, party);) {
        SimParty node = { SIM_PARTY_NODE, i };
        bool near = story_cluster_of(story, &node) == story_cluster_of(story, party);
        bool nearer = story_has_party(story, &found) &&
                      story_cluster_of(story, &found) == story_cluster_of(story, party);
        if (story_has_party(story, &node) && (near || !nearer)) {
            found = node;
        }
    }
    return found;
}

/* Where a client goes first: its server if it is left. */
static char *server_text(const Writer *writer, const SimAction *action)
{
    const SimStory *story = writer->story;
    if (action->groups->len == 0) {
        return g_strdup("");
    }
    SimParty party = g_array_index((const GArray *)action->groups->pdata[0], SimParty, 0);
    if (party.kind == SIM_PARTY_SITE && story->stage.one_site) {
        return g_strdup("");
    }
    party = party_left(story, &party);
    GString *out = g_string_new("server = ");
    append_party(writer, out, &party, SIM_ALL_CLUSTERS);
    return g_string_free(out, false);
}

static char *client_arguments(const Writer *writer, const SimAction *action)
{
    g_autofree char *server = server_text(writer, action);
    GString *out = g_string_new("{ ");
    for (guint i = 0; i < action->fields->len; i++) {
        const SimActionField *field = action->fields->pdata[i];
        if (strcmp(field->name, SIM_FIELD_FORMER) == 0 &&
            !story_has_client(writer->story, action->number)) {
            continue;
        }
        g_string_append_printf(out, "%s%s = %s", i > 0 ? ", " : "", field->name, field->value);
        if (i == 0 && *server) {
            g_string_append_printf(out, ", %s", server);
        }
    }
    return g_string_free(g_string_append(out, " }"), false);
}

/* A table whose first fields, @names, are the groups; one that is empty is left out. */
static char *table_arguments(const Writer *writer, const SimAction *action,
                             const char *const *names)
{
    GString *first = g_string_new(NULL), *out = g_string_new(NULL);
    for (guint i = 0; i < action->groups->len; i++) {
        const GArray *group = action->groups->pdata[i];
        if (group->len == 0) {
            continue;
        }
        story_comma(first);
        g_string_append_printf(first, "%s = ", names[i]);
        append_group(writer, first, group, action->scope, false);
    }
    append_fields(out, action, first->str);
    g_string_free(first, true);
    return g_string_free(out, false);
}

/* Its groups are the sites of two clusters, both of which are left. */
static char *copy_arguments(const Writer *writer, const SimAction *action)
{
    static const char *const names[] = { "from", "to" };
    g_autoptr(GString) first = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        SimParty site = g_array_index((const GArray *)action->groups->pdata[i], SimParty, 0);
        g_autofree char *name = sim_lua_string(
            story_cluster_name(writer->story, story_cluster_of(writer->story, &site)));
        story_comma(first);
        g_string_append_printf(first, "%s = %s", names[i], name);
    }
    GString *out = g_string_new(NULL);
    append_fields(out, action, first->str);
    return g_string_free(out, false);
}

static char *arguments_of(const Writer *writer, const SimAction *action)
{
    static const char *const ends[] = { "from", "to" }, *const server[] = { "server" };
    switch (action->kind) {
    case SIM_ACTION_CLIENT:
        return client_arguments(writer, action);
    case SIM_ACTION_INTERCEPT:
        return table_arguments(writer, action, ends);
    case SIM_ACTION_PUBLISH_CONFIG:
    case SIM_ACTION_OVERRIDE:
    case SIM_ACTION_SET_SERVICE:
    case SIM_ACTION_SET_CLUSTER:
        return table_arguments(writer, action, server);
    case SIM_ACTION_CONFIG_COPY:
        return copy_arguments(writer, action);
    default:
        return plain_arguments(writer, action);
    }
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

static void pay_wait(Writer *writer)
{
    if (writer->owed_us <= 0) {
        return;
    }
    g_autofree char *text = sim_lua_duration(writer->owed_us);
    writer->owed_us = 0;
    story_add_line(writer, g_strdup_printf("wait(%s)", text));
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
        uses += step->action->client == client && sim_action_type(step->action->kind)->of_client &&
                sim_story_lives(story, step);
    }
    return uses;
}

/* Its only operation comes at once: both fit one line. */
static bool chains(const Writer *writer, guint index)
{
    const SimStoryStep *step = step_at(writer->story, index);
    const SimStoryStep *next = step_at(writer->story, index + 1);
    return next != NULL && next->action->client == step->action->client && next->gap_us == 0 &&
           !next->posts && sim_action_type(next->action->kind)->of_client &&
           !story_claim_has_client(writer->story, step->action->client) &&
           count_uses(writer->story, step->action->client) == 1;
}

static char *operation_text(const Writer *writer, const SimStoryStep *step)
{
    const SimAction *action = step->action;
    const char *verb = sim_action_type(action->kind)->verb;
    g_autofree char *arguments = arguments_of(writer, action);
    const char *var = writer->vars->pdata[action->client];
    if (action->kind == SIM_ACTION_SUBSCRIBE && action->fields->len == 1) {
        g_free(arguments); /* a name alone says it */
        arguments = g_strdup(((const SimActionField *)action->fields->pdata[0])->value);
    }
    if (step->posts) {
        return g_strdup_printf("%s:post(\"%s\"%s%s)", var, verb, *arguments ? ", " : "", arguments);
    }
    g_autofree char *call = call_text(verb, arguments);
    return g_strdup_printf("%s:%s", var, call);
}

/* Does a step name @client, beside what it does itself? */
static bool is_named(const SimStory *story, uint32_t client)
{
    for (guint i = 0; i < story->steps->len; i++) {
        const SimAction *action = step_at(story, i)->action;
        for (guint f = 0; f < action->fields->len; f++) {
            if (action->number == client &&
                strcmp(((const SimActionField *)action->fields->pdata[f])->name,
                       SIM_FIELD_FORMER) == 0) {
                return true;
            }
        }
        for (guint g = 0; g < action->groups->len; g++) {
            const GArray *group = action->groups->pdata[g];
            for (guint k = 0; k < group->len; k++) {
                const SimParty *party = &g_array_index(group, SimParty, k);
                if (party->kind == SIM_PARTY_CLIENT && party->index == client) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* A client that is not named again, as text without its name; NULL if it is none. *@steps: how many
 * steps that is. (transfer full) */
static char *extra_text(const Writer *writer, guint index, guint *steps)
{
    const SimStory *story = writer->story;
    const SimStoryStep *step = step_at(story, index);
    if (step == NULL || step->action->kind != SIM_ACTION_CLIENT ||
        story_claim_has_client(story, step->action->client) ||
        is_named(story, step->action->client)) {
        return NULL;
    }
    bool chained = chains(writer, index);
    if (!chained && count_uses(story, step->action->client) > 0) {
        return NULL;
    }
    g_autofree char *arguments = arguments_of(writer, step->action);
    g_autofree char *operation =
        chained ? operation_text(writer, step_at(story, index + 1)) : g_strdup("");
    const char *var = writer->vars->pdata[step->action->client];
    const SimActionField *name = step->action->fields->pdata[0];
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
    while (first != NULL && text != NULL && strcmp(text, first) == 0 &&
           (count == 0 || step_at(writer->story, next)->gap_us == 0)) {
        count++;
        next += steps;
        g_free(text);
        text = extra_text(writer, next, &steps);
    }
    if (count < CROWD) {
        return false;
    }
    story_add_line(writer,
                   g_strdup_printf("for i = 1, %u do w:client { name = \"crowd%u-\" .. i%s end",
                                   count, *index + 1, first));
    *index = next - 1;
    return true;
}

static void write_client(Writer *writer, guint *index)
{
    if (write_crowd(writer, index)) {
        return;
    }
    const SimStory *story = writer->story;
    const SimAction *action = step_at(story, *index)->action;
    g_autofree char *arguments = arguments_of(writer, action);
    const char *var = writer->vars->pdata[action->client];
    if (chains(writer, *index)) {
        g_autofree char *operation = operation_text(writer, step_at(story, *index + 1));
        story_add_line(writer,
                       g_strdup_printf("w:client %s%s", arguments, operation + strlen(var)));
        ++*index;
    } else if (count_uses(story, action->client) == 0 &&
               !story_claim_has_client(story, action->client)) {
        story_add_line(writer, g_strdup_printf("w:client %s", arguments));
    } else {
        story_add_line(writer, g_strdup_printf("%s%s = w:client %s", writer->many ? "" : "local ",
                                               var, arguments));
    }
}

static const char *intercept_name(const SimStory *story, uint32_t number)
{
    for (guint i = 0; story->claim != NULL && !story->stand_in && i < story->claim->bindings->len;
         i++) {
        const SimBinding *binding = story->claim->bindings->pdata[i];
        if (binding->value != NULL && binding->value->kind == SIM_VALUE_INTERCEPT &&
            binding->value->index == number) {
            return binding->name;
        }
    }
    return NULL;
}

static bool is_stopped(const SimStory *story, uint32_t number)
{
    for (guint i = 0; i < story->steps->len; i++) {
        const SimAction *action = step_at(story, i)->action;
        if (action->kind == SIM_ACTION_INTERCEPT_STOP && action->number == number) {
            return true;
        }
    }
    return false;
}

char *story_intercept_var(const SimStory *story, uint32_t number)
{
    const char *name = intercept_name(story, number);
    return name != NULL ? g_strdup(name) : g_strdup_printf("intercepted_%u", number + 1);
}

bool story_has_intercept(const SimStory *story, uint32_t number)
{
    for (guint i = 0; i < story->steps->len; i++) {
        const SimStoryStep *step = step_at(story, i);
        if (step->action->kind == SIM_ACTION_INTERCEPT && step->action->number == number) {
            return sim_story_lives(story, step);
        }
    }
    return false;
}

static void write_world_verb(Writer *writer, const SimAction *action)
{
    const SimStory *story = writer->story;
    g_autofree char *arguments = arguments_of(writer, action);
    g_autofree char *call = call_text(sim_action_type(action->kind)->verb, arguments);
    g_autofree char *var = story_intercept_var(story, action->number);
    g_autofree char *world = story_world_text(story, action->scope);
    bool named =
        action->kind == SIM_ACTION_INTERCEPT &&
        (intercept_name(story, action->number) != NULL || is_stopped(story, action->number));
    if (action->kind == SIM_ACTION_INTERCEPT_STOP) {
        story_add_line(writer, g_strdup_printf("%s:stop()", var));
    } else {
        story_add_line(writer, named ? g_strdup_printf("local %s = %s:%s", var, world, call)
                                     : g_strdup_printf("%s:%s", world, call));
    }
}

/* --- steps ----------------------------------------------------------------------------------- */

static void write_join(Writer *writer, const SimAction *action)
{
    uint32_t index = g_array_index((const GArray *)action->groups->pdata[0], SimParty, 0).index;
    const SimStageNode *node = story_stage_node(writer->story, index);
    const char *site =
        writer->story->stage.one_site ? "" : story_site_name(writer->story, node->site);
    g_autoptr(GString) fields = g_string_new(NULL);
    if (*site && node->number == 0) {
        g_string_append_printf(fields, "site = \"%s\"", site);
    }
    if (action->fields->len > 0) {
        g_string_append_printf(fields, "%s%s = %s", fields->len ? ", " : "",
                               ((const SimActionField *)action->fields->pdata[0])->name,
                               ((const SimActionField *)action->fields->pdata[0])->value);
    }
    story_add_line(writer, fields->len
                               ? g_strdup_printf("w:join(\"%s\", { %s })",
                                                 story_node_name(writer, index), fields->str)
                               : g_strdup_printf("w:join \"%s\"", story_node_name(writer, index)));
}

static void write_step(Writer *writer, guint *index)
{
    const SimStoryStep *step = step_at(writer->story, *index);
    switch (step->action->kind) {
    case SIM_ACTION_END:
        break;
    case SIM_ACTION_CLAIM:
        story_write_claim(writer);
        break;
    case SIM_ACTION_CLIENT:
        write_client(writer, index);
        break;
    case SIM_ACTION_JOIN:
        write_join(writer, step->action);
        break;
    case SIM_ACTION_INTERCEPT_STOP:
        if (story_has_intercept(writer->story, step->action->number)) {
            write_world_verb(writer, step->action);
        }
        break;
    default:
        if (sim_action_type(step->action->kind)->of_client) {
            story_add_line(writer, operation_text(writer, step));
        } else {
            write_world_verb(writer, step->action);
        }
        break;
    }
}

void story_write_steps(Writer *writer)
{
    const SimStory *story = writer->story;
    if (writer->many) {
        story_add_line(writer, g_strdup("local c = {}"));
    }
    for (guint i = 0; i < story->steps->len; i++) {
        const SimStoryStep *step = step_at(story, i);
        writer->owed_us += step->gap_us;
        if (!sim_story_lives(story, step)) {
            continue;
        }
        pay_wait(writer);
        write_step(writer, &i);
    }
}
