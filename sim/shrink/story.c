/* sim/shrink/story.c -- writes a flat story as a scenario: who is left, what they are called, the
 * stage that they stand on. */
#include "sim/shrink/story_internal.h"

#include <string.h>

enum {
    LOCALS = 100 /* clients with a local of their own; Lua allows 200 in a function */
};

SimStory *sim_story_copy(const SimStory *story)
{
    SimStory *copy = g_new(SimStory, 1);
    *copy = *story;
    copy->stage = sim_stage_copy(&story->stage);
    copy->steps = g_array_sized_new(false, false, sizeof(SimStoryStep), story->steps->len);
    g_array_append_vals(copy->steps, story->steps->data, story->steps->len);
    return copy;
}

void sim_story_free(SimStory *story)
{
    if (story == NULL) {
        return;
    }
    sim_stage_clear(&story->stage);
    g_array_unref(story->steps);
    g_free(story);
}

/* --- who there is ---------------------------------------------------------------------------- */

const SimStageNode *story_stage_node(const SimStory *story, uint32_t index)
{
    return index < story->stage.nodes->len ? &g_array_index(story->stage.nodes, SimStageNode, index)
                                           : NULL;
}

const char *story_site_name(const SimStory *story, uint32_t site)
{
    return g_array_index(story->stage.sites, SimStageSite, site).name;
}

const char *story_cluster_name(const SimStory *story, uint32_t cluster)
{
    return g_array_index(story->stage.clusters, SimStageCluster, cluster).name;
}

static uint32_t cluster_of_site(const SimStory *story, uint32_t site)
{
    return g_array_index(story->stage.sites, SimStageSite, site).cluster;
}

uint32_t story_cluster_of(const SimStory *story, const SimParty *party)
{
    return cluster_of_site(story, party->kind == SIM_PARTY_SITE
                                      ? party->index
                                      : story_stage_node(story, party->index)->site);
}

const char *story_local_name(const SimStory *story, uint32_t cluster, const char *name)
{
    if (cluster == SIM_ALL_CLUSTERS || story->stage.one_site) {
        return name;
    }
    const char *prefix = story_cluster_name(story, cluster);
    size_t size = strlen(prefix);
    return strncmp(name, prefix, size) == 0 && name[size] == '/' ? name + size + 1 : name;
}

char *story_world_text(const SimStory *story, uint32_t cluster)
{
    if (cluster == SIM_ALL_CLUSTERS || story->stage.one_site) {
        return g_strdup("w");
    }
    g_autofree char *name = sim_lua_string(story_cluster_name(story, cluster));
    return g_strdup_printf("w:cluster(%s)", name);
}

/* Is client @index created by one of the steps? */
bool story_has_client(const SimStory *story, uint32_t index)
{
    for (guint i = 0; i < story->steps->len; i++) {
        const SimAction *action = g_array_index(story->steps, SimStoryStep, i).action;
        if (action->kind == SIM_ACTION_CLIENT && action->client == index) {
            return true;
        }
    }
    return false;
}

static bool has_join(const SimStory *story, uint32_t node)
{
    for (guint i = 0; i < story->steps->len; i++) {
        const SimAction *action = g_array_index(story->steps, SimStoryStep, i).action;
        const GArray *group = action->kind == SIM_ACTION_JOIN ? action->groups->pdata[0] : NULL;
        if (group != NULL && g_array_index(group, SimParty, 0).index == node) {
            return true;
        }
    }
    return false;
}

bool story_has_node(const SimStory *story, uint32_t index)
{
    const SimStageNode *node = story_stage_node(story, index);
    return node != NULL && !node->gone && (!node->joins || has_join(story, index));
}

static bool site_has_node(const SimStory *story, uint32_t site)
{
    for (uint32_t i = 0; i < story->stage.nodes->len; i++) {
        if (!story_stage_node(story, i)->joins && story_stage_node(story, i)->site == site &&
            !story_stage_node(story, i)->gone) {
            return true;
        }
    }
    return false;
}

bool story_has_cluster(const SimStory *story, uint32_t cluster)
{
    for (uint32_t i = 0; i < story->stage.sites->len; i++) {
        if (cluster_of_site(story, i) == cluster && site_has_node(story, i)) {
            return true;
        }
    }
    return false;
}

/* Is client @index the process of a bridge's worker? */
static bool has_worker(const SimStory *story, uint32_t index)
{
    for (guint i = 0; i < story->stage.bridges->len; i++) {
        const SimStageBridge *bridge = &g_array_index(story->stage.bridges, SimStageBridge, i);
        if (!bridge->gone && index >= bridge->first_worker &&
            index < bridge->first_worker + bridge->workers) {
            return true;
        }
    }
    return false;
}

static bool bridge_is_gone(const SimStory *story, const SimAction *action)
{
    return (action->kind == SIM_ACTION_BRIDGE_DATABASE || action->kind == SIM_ACTION_BRIDGE_TASK) &&
           g_array_index(story->stage.bridges, SimStageBridge, action->number).gone;
}

bool story_has_party(const SimStory *story, const SimParty *party)
{
    switch (party->kind) {
    case SIM_PARTY_NODE:
        return story_has_node(story, party->index);
    case SIM_PARTY_CLIENT:
        return story_has_client(story, party->index) || has_worker(story, party->index);
    default:
        return site_has_node(story, party->index);
    }
}

unsigned story_count_parties(const SimStory *story, const GArray *group)
{
    unsigned count = 0;
    for (guint i = 0; i < group->len; i++) {
        count += story_has_party(story, &g_array_index(group, SimParty, i));
    }
    return count;
}

bool sim_story_lives(const SimStory *story, const SimStoryStep *step)
{
    const SimAction *action = step->action;
    const SimActionType *type = sim_action_type(action->kind);
    if (action->kind == SIM_ACTION_CLIENT || action->kind == SIM_ACTION_CLAIM ||
        action->kind == SIM_ACTION_END) {
        return true;
    }
    if (type->of_client && !story_has_client(story, action->client)) {
        return false;
    }
    if (bridge_is_gone(story, action) ||
        (action->scope != SIM_ALL_CLUSTERS && !story_has_cluster(story, action->scope))) {
        return false;
    }
    for (guint i = 0; i < action->groups->len; i++) {
        const GArray *group = action->groups->pdata[i];
        unsigned left = story_count_parties(story, group);
        bool may_be_empty = action->kind == SIM_ACTION_INTERCEPT && group->len == 0;
        if (left == 0 && !may_be_empty) {
            return false;
        }
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
        const SimStageNode *node = story_stage_node(story, i);
        uint32_t site = story->stage.one_site ? 0 : node->site;
        const char *prefix = story->stage.one_site ? "" : story_site_name(story, node->site);
        char *name = NULL;
        if (story_has_node(story, i)) {
            name = node->number > 0
                       ? g_strdup_printf("%s%sn%u", prefix, *prefix ? "/" : "", ++next[site])
                       : g_strdup(node->name);
        }
        g_ptr_array_add(writer->node_names, name);
    }
}

const char *story_node_name(const Writer *writer, uint32_t index)
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
    for (const char *at = name; *at; at++) {
        g_string_append_c(out, g_ascii_isalnum(*at) ? *at : '_');
    }
    for (size_t i = 0; i < G_N_ELEMENTS(taken); i++) {
        if (strcmp(out->str, taken[i]) == 0) {
            g_string_append_c(out, '_');
            break;
        }
    }
    return g_string_free(out, false);
}

static const char *bound_name(const SimStory *story, uint32_t client)
{
    for (guint i = 0; story->claim != NULL && !story->stand_in && i < story->claim->bindings->len;
         i++) {
        const SimBinding *binding = story->claim->bindings->pdata[i];
        if (binding->value != NULL && binding->value->kind == SIM_VALUE_CLIENT &&
            binding->value->index == client) {
            return binding->name;
        }
    }
    return NULL;
}

static bool value_has_client(const SimValue *value, uint32_t client)
{
    if (value == NULL) {
        return false;
    }
    for (guint i = 0; value->items != NULL && i < value->items->len; i++) {
        if (value_has_client(value->items->pdata[i], client)) {
            return true;
        }
    }
    return value->kind == SIM_VALUE_CLIENT && value->index == client;
}

bool story_claim_has_client(const SimStory *story, uint32_t client)
{
    if (story->claim == NULL) {
        return false;
    }
    if (story->stand_in) {
        return story->claim->client == client;
    }
    for (guint i = 0; i < story->claim->bindings->len; i++) {
        if (value_has_client(((const SimBinding *)story->claim->bindings->pdata[i])->value,
                             client)) {
            return true;
        }
    }
    return false;
}

static bool name_taken(const Writer *writer, const char *name)
{
    for (guint i = 0; i < writer->vars->len; i++) {
        if (writer->vars->pdata[i] != NULL && strcmp(writer->vars->pdata[i], name) == 0) {
            return true;
        }
    }
    const GPtrArray *bindings =
        writer->story->claim != NULL ? writer->story->claim->bindings : NULL;
    for (guint i = 0; bindings != NULL && i < bindings->len; i++) {
        if (strcmp(((const SimBinding *)bindings->pdata[i])->name, name) == 0) {
            return true;
        }
    }
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
    for (guint i = 0; i < story->steps->len; i++) {
        count += g_array_index(story->steps, SimStoryStep, i).action->kind == SIM_ACTION_CLIENT;
    }
    writer->many = count > LOCALS;
    count = 0;
    for (guint i = 0; i < story->steps->len; i++) {
        const SimAction *action = g_array_index(story->steps, SimStoryStep, i).action;
        if (action->kind != SIM_ACTION_CLIENT) {
            continue;
        }
        const char *bound = bound_name(story, action->client);
        char **var = (char **)&writer->vars->pdata[action->client];
        *var = writer->many    ? g_strdup_printf("c[%u]", ++count)
               : bound != NULL ? g_strdup(bound)
                               : new_name(writer, action->client);
    }
}

/* --- lines ----------------------------------------------------------------------------------- */

void story_add_line(Writer *writer, char *text)
{
    g_string_append_printf(writer->out, "    %s\n", text);
    writer->lines++;
    for (const char *c = text; *c; c++) {
        writer->lines += *c == '\n';
    }
    g_free(text);
}

void story_comma(GString *out)
{
    if (out->len > 0) {
        g_string_append(out, ", ");
    }
}

/* --- the stage ------------------------------------------------------------------------------- */

static void append_chance(GString *out, const char *field, SimChance chance)
{
    if (chance > 0) {
        g_string_append_printf(out, ", %s = ppm(%.0f)", field,
                               (double)chance / (double)SIM_CHANCE_ONE * 1e6);
    }
}

static char *link_text(const SimLink *link)
{
    GString *out = g_string_new(NULL);
    g_autofree char *rtt = sim_lua_duration(link->delay_us * 2);
    g_string_append_printf(out, "{ rtt = %s", rtt);
    if (link->jitter > 0) {
        g_autofree char *text = sim_lua_quantity(SIM_QUANTITY_PROPORTION, link->jitter);
        g_string_append_printf(out, ", jitter = %s", text);
    }
    append_chance(out, "loss", link->loss);
    if (link->burst_enter > 0) {
        g_string_append_printf(out,
                               ", burst = { enter = ppm(%.0f), leave = ppm(%.0f), loss = "
                               "ppm(%.0f) }",
                               (double)link->burst_enter / (double)SIM_CHANCE_ONE * 1e6,
                               (double)link->burst_leave / (double)SIM_CHANCE_ONE * 1e6,
                               (double)link->burst_loss / (double)SIM_CHANCE_ONE * 1e6);
    }
    if (link->bandwidth_bps > 0) {
        g_autofree char *text =
            sim_lua_quantity(SIM_QUANTITY_BANDWIDTH, (double)link->bandwidth_bps);
        g_string_append_printf(out, ", bandwidth = %s", text);
    }
    if (link->queue_bytes > 0) {
        g_autofree char *text = sim_lua_quantity(SIM_QUANTITY_SIZE, (double)link->queue_bytes);
        g_string_append_printf(out, ", queue = %s", text);
    }
    if (link->mtu_bytes > 0) {
        g_autofree char *text = sim_lua_quantity(SIM_QUANTITY_SIZE, (double)link->mtu_bytes);
        g_string_append_printf(out, ", mtu = %s", text);
    }
    if (link->drop_above_bytes > 0) {
        g_autofree char *text = sim_lua_quantity(SIM_QUANTITY_SIZE, (double)link->drop_above_bytes);
        g_string_append_printf(out, ", drop_above = %s", text);
    }
    append_chance(out, "duplicate", link->duplicate);
    append_chance(out, "reorder", link->reorder);
    append_chance(out, "corrupt", link->corrupt);
    return g_string_free(g_string_append(out, " }"), false);
}

static const SimLink *link_between(const SimStage *stage, uint32_t from, uint32_t to)
{
    return &g_array_index(stage->links, SimLink, from * stage->sites->len + to);
}

/* The slowest link stands for all when the sites become one. */
static const SimLink *slowest_link(const SimStory *story)
{
    const SimLink *slowest = NULL;
    uint32_t sites = story->stage.sites->len;
    for (uint32_t i = 0; i < sites; i++) {
        for (uint32_t k = 0; k < sites; k++) {
            const SimLink *link = link_between(&story->stage, i, k);
            bool used = site_has_node(story, i) && site_has_node(story, k);
            if (used && (slowest == NULL || link->delay_us > slowest->delay_us)) {
                slowest = link;
            }
        }
    }
    return slowest != NULL ? slowest : link_between(&story->stage, 0, 0);
}

static void append_lan(GString *out, const SimLink *link)
{
    g_autofree char *text = link_text(link);
    if (strcmp(text, "{ rtt = us(300) }") != 0) {
        g_string_append_printf(out, ", lan = %s", text);
    }
}

/* "wan" is the link between the first two sites, "links" those that differ from it. */
static void append_links(GString *out, const SimStory *story)
{
    const SimStage *stage = &story->stage;
    g_autoptr(GString) others = g_string_new(NULL);
    g_autofree char *wan = NULL, *lan = NULL;
    uint32_t sites = stage->sites->len;
    for (uint32_t i = 0; i < sites; i++) {
        for (uint32_t k = 0; k < sites; k++) {
            if (!site_has_node(story, i) || !site_has_node(story, k)) {
                continue;
            }
            char **usual = i == k ? &lan : &wan;
            g_autofree char *text = link_text(link_between(stage, i, k));
            if (*usual == NULL) {
                *usual = g_steal_pointer(&text);
            } else if (strcmp(*usual, text) != 0) {
                g_string_append_printf(others, "%s[\"%s>%s\"] = %s", others->len ? ", " : "",
                                       story_site_name(story, i), story_site_name(story, k), text);
            }
        }
    }
    if (lan != NULL && strcmp(lan, "{ rtt = us(300) }") != 0) {
        g_string_append_printf(out, ", lan = %s", lan);
    }
    if (wan != NULL) {
        g_string_append_printf(out, ", wan = %s", wan);
    }
    if (others->len > 0) {
        g_string_append_printf(out, ", links = { %s }", others->str);
    }
}

static uint32_t count_nodes(const SimStory *story, uint32_t site)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < story->stage.nodes->len; i++) {
        const SimStageNode *node = story_stage_node(story, i);
        count += !node->gone && !node->joins && (site == UINT32_MAX || node->site == site);
    }
    return count;
}

/* "sites = { ... }" of a cluster, or "nodes = n" if it has none by name. */
static void append_sites_of(GString *out, const SimStory *story, uint32_t cluster)
{
    const char *separator = "sites = { ", *end = "";
    for (uint32_t i = 0; i < story->stage.sites->len; i++) {
        if (cluster_of_site(story, i) != cluster || !site_has_node(story, i)) {
            continue;
        }
        const char *name = story_site_name(story, i);
        if (strcmp(name, story_cluster_name(story, cluster)) == 0) {
            g_string_append_printf(out, "nodes = %u", count_nodes(story, i));
            return;
        }
        g_string_append_printf(out, "%s[\"%s\"] = %u", separator,
                               story_local_name(story, cluster, name), count_nodes(story, i));
        separator = ", ";
        end = " }";
    }
    g_string_append(out, end);
}

/* "x" = 1, "y" = 2: what is set for @cluster's nodes (or for all) and for @node (or for all). */
static char *settings_of(const SimStory *story, uint32_t cluster, uint32_t node)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < story->stage.settings->len; i++) {
        const SimStageSetting *setting = &g_array_index(story->stage.settings, SimStageSetting, i);
        if (setting->node == node && setting->cluster == cluster) {
            g_string_append_printf(out, "%s[\"%s\"] = %s", out->len ? ", " : "", setting->property,
                                   setting->value);
        }
    }
    return g_string_free(out, false);
}

static void append_clusters(GString *out, const SimStory *story)
{
    const char *separator = "clusters = { ";
    for (uint32_t i = 0; i < story->stage.clusters->len; i++) {
        const SimStageCluster *cluster = &g_array_index(story->stage.clusters, SimStageCluster, i);
        g_autofree char *settings = settings_of(story, i, UINT32_MAX);
        if (!story_has_cluster(story, i)) {
            continue;
        }
        g_string_append_printf(out, "%s[\"%s\"] = { ", separator, cluster->name);
        append_sites_of(out, story, i);
        if (cluster->profile != NULL) {
            g_string_append_printf(out, ", profile = \"%s\"", cluster->profile);
        }
        if (*settings) {
            g_string_append_printf(out, ", settings = { %s }", settings);
        }
        g_string_append(out, " }");
        separator = ", ";
    }
    g_string_append(out, " }");
}

static void append_sites(GString *out, const SimStory *story)
{
    const SimStage *stage = &story->stage;
    bool plain = stage->one_site || (stage->sites->len == 1 && !*story_site_name(story, 0));
    if (plain) {
        g_string_append_printf(out, "nodes = %u", count_nodes(story, UINT32_MAX));
        append_lan(out, stage->one_site ? slowest_link(story) : link_between(stage, 0, 0));
        return;
    }
    if (*story_cluster_name(story, 0)) {
        append_clusters(out, story);
    } else {
        append_sites_of(out, story, 0);
    }
    append_links(out, story);
}

typedef char *(*NodeText)(const SimStageNode *node);

static char *profile_text(const SimStageNode *node)
{
    return node->profile != NULL ? sim_lua_string(node->profile) : NULL;
}

static char *address_text(const SimStageNode *node)
{
    return node->address != NULL ? sim_lua_string(node->address) : NULL;
}

static char *known_text(const SimStageNode *node)
{
    return node->known_as != NULL ? sim_lua_string(node->known_as) : NULL;
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
    char *text = g_string_free(out, false);
    if (*text) {
        return text;
    }
    g_free(text);
    return NULL;
}

/* ", profiles = { ["n2"] = ... }" of the nodes that differ. */
static void append_by_node(const Writer *writer, GString *out, const char *key, NodeText text_of)
{
    g_autoptr(GString) entries = g_string_new(NULL);
    for (uint32_t i = 0; i < writer->story->stage.nodes->len; i++) {
        const SimStageNode *node = story_stage_node(writer->story, i);
        g_autofree char *text = node->gone || node->joins ? NULL : text_of(node);
        if (text != NULL) {
            g_string_append_printf(entries, "%s[\"%s\"] = %s", entries->len ? ", " : "",
                                   story_node_name(writer, i), text);
        }
    }
    if (entries->len > 0) {
        g_string_append_printf(out, ", %s = { %s }", key, entries->str);
    }
}

static void append_settings(const Writer *writer, GString *out)
{
    g_autofree char *every = settings_of(writer->story, UINT32_MAX, UINT32_MAX);
    g_autoptr(GString) all = g_string_new(every);
    for (uint32_t node = 0; node < writer->story->stage.nodes->len; node++) {
        g_autofree char *own = settings_of(writer->story, UINT32_MAX, node);
        if (*own && story_node_name(writer, node) != NULL) {
            g_string_append_printf(all, "%s[\"%s\"] = { %s }", all->len ? ", " : "",
                                   story_node_name(writer, node), own);
        }
    }
    if (all->len > 0) {
        g_string_append_printf(out, ", settings = { %s }", all->str);
    }
}

static void append_bridges(GString *out, const SimStage *stage)
{
    const char *separator = ", bridges = { ", *end = "";
    for (guint i = 0; i < stage->bridges->len; i++) {
        const SimStageBridge *bridge = &g_array_index(stage->bridges, SimStageBridge, i);
        if (bridge->gone) {
            continue;
        }
        g_string_append_printf(out, "%s%s", separator, bridge->text);
        separator = ", ";
        end = " }";
    }
    g_string_append(out, end);
}

static void write_topology(Writer *writer)
{
    const SimStory *story = writer->story;
    const SimStage *stage = &story->stage;
    g_autoptr(GString) out = g_string_new(NULL);
    append_sites(out, story);
    if (strcmp(stage->profile, "nacos-3.0") != 0) {
        g_string_append_printf(out, ", profile = \"%s\"", stage->profile);
    }
    append_by_node(writer, out, "profiles", profile_text);
    append_settings(writer, out);
    append_by_node(writer, out, "addresses", address_text);
    append_by_node(writer, out, "known_as", known_text);
    append_by_node(writer, out, "clocks", clock_text);
    append_bridges(out, stage);
    if (stage->framing_bytes != SIM_FRAMING_TCP) {
        g_string_append_printf(out, ", framing = bytes(%" G_GINT64_FORMAT ")",
                               stage->framing_bytes);
    }
    if (stage->default_client != SIM_CLIENT_GRPC) {
        g_string_append(out, ", clients = \"nacos-client-1\"");
    }
    if (stage->manual_boot) {
        g_string_append(out, ", boot = \"manual\"");
    }
    if (stage->raft) {
        g_string_append(out, ", raft = true");
    }
    g_string_append_printf(writer->out, "  topology = { %s },\n", out->str);
}

/* --- all of it ------------------------------------------------------------------------------- */

char *sim_story_text(const SimStory *story, unsigned *lines)
{
    Writer writer = { .story = story, .out = g_string_new(NULL) };
    name_nodes(&writer);
    name_clients(&writer);
    story_write_outer_bindings(&writer);
    g_string_append(writer.out, "return scenario {\n");
    write_topology(&writer);
    story_write_checks(&writer);
    g_string_append(writer.out, "  story    = function(w)\n");
    story_write_steps(&writer);
    g_string_append(writer.out, "  end,\n}\n");
    if (lines != NULL) {
        *lines = writer.lines;
    }
    g_ptr_array_unref(writer.node_names);
    g_ptr_array_unref(writer.vars);
    return g_string_free(writer.out, false);
}
