/* sim/script/stage.c -- what the recording keeps of a scenario's stage: nodes, sites, links,
 * settings, bridges, checks and budgets, as they are when the story begins. */
#include <string.h>

#include "sim/client/client.h"
#include "sim/script/bridges.h"
#include "sim/script/claim.h"
#include "sim/study/study.h"

static bool is_usual_address(const SimNode *node, uint32_t number)
{
    g_autofree char *usual = sim_site_address(sim_world_site(node->world, node->site), number);
    return strcmp(usual, node->address) == 0;
}

static char *setting_text(const SimPropertyValue *value)
{
    switch (value->setting->kind) {
    case DISTRO_SETTING_DURATION:
        return sim_lua_duration(value->value);
    case DISTRO_SETTING_RATIO:
        return g_strdup_printf("ratio(%" G_GINT64_FORMAT ", 1000000)", value->value);
    case DISTRO_SETTING_BOOL:
        return g_strdup(value->value ? "true" : "false");
    default:
        return g_strdup_printf("%" G_GINT64_FORMAT, value->value);
    }
}

static uint32_t node_of_name(const SimWorld *world, const char *name)
{
    const SimNode *node = name != NULL ? sim_world_find_node(world, name) : NULL;
    return node != NULL ? node->index : UINT32_MAX;
}

static void take_sites(SimRecording *record, const SimWorld *world)
{
    for (guint i = 0; i < world->clusters->len; i++) {
        const SimClusterSpec *cluster = sim_world_cluster(world, i);
        bool own = strcmp(cluster->join_profile, record->stage.profile) != 0;
        SimStageCluster made = { sim_record_keep(record, cluster->name),
                                 own ? sim_record_keep(record, cluster->join_profile) : NULL };
        g_array_append_val(record->stage.clusters, made);
    }
    for (guint i = 0; i < world->sites->len; i++) {
        const SimSiteSpec *site = sim_world_site(world, i);
        SimStageSite made = { sim_record_keep(record, site->name), site->cluster };
        g_array_append_val(record->stage.sites, made);
    }
}

static void take_bridges(SimRecording *record, const SimWorld *world)
{
    for (guint i = 0; i < world->bridges->len; i++) {
        const SimBridge *bridge = world->bridges->pdata[i];
        g_autofree char *text = sim_bridge_text(world, i);
        SimStageBridge made = { .text = sim_record_keep(record, text),
                                .first_worker = sim_worker_client(sim_bridge_worker(bridge, 0)),
                                .workers = sim_bridge_worker_count(bridge) };
        guint end = made.first_worker + made.workers;
        g_array_append_val(record->stage.bridges, made);
        if (record->client_names->len < end) {
            g_ptr_array_set_size(record->client_names, (gint)end);
        }
        for (guint k = made.first_worker; k < end; k++) {
            record->client_names->pdata[k] =
                (void *)sim_record_keep(record, sim_client_name(sim_world_client(world, k)));
        }
    }
}

static void take_nodes(SimRecording *record, const SimScript *script)
{
    const SimWorld *world = script->world;
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        const SimNode *node = sim_world_node(world, i);
        const SimNodeSpec *spec = &g_array_index(world->spec->nodes, SimNodeSpec, i);
        const char *site = g_array_index(world->sites, SimSiteSpec, node->site).name;
        bool usual = is_usual_address(node, sim_stage_number(node->name, site));
        bool own =
            strcmp(node->profile, sim_world_cluster(world, node->cluster)->join_profile) != 0;
        sim_stage_add_node(record, node, usual ? NULL : node->address, own ? node->profile : NULL,
                           spec->clock, false);
    }
}

static bool is_given(const SimScript *script, const SimPropertyValue *value)
{
    for (guint i = 0; i < script->given->len; i++) {
        if (g_array_index(script->given, SimPropertyValue, i).setting == value->setting) {
            return true;
        }
    }
    return false;
}

static void take_settings_of(SimRecording *record, const SimScript *script, const GArray *settings)
{
    for (guint i = 0; i < settings->len; i++) {
        const SimPropertyValue *value = &g_array_index(settings, SimPropertyValue, i);
        if (settings == script->settings && value->node == NULL && is_given(script, value)) {
            continue;
        }
        g_autofree char *text = setting_text(value);
        SimStageSetting made = {
            .cluster = value->node != NULL || value->cluster == NULL
                           ? UINT32_MAX
                           : (uint32_t)sim_world_find_cluster(script->world, value->cluster),
            .node = node_of_name(script->world, value->node),
            .property = sim_record_keep(record, value->setting->property),
            .value = sim_record_keep(record, text),
        };
        g_array_append_val(record->stage.settings, made);
    }
}

/* What was given from outside comes after what the topology says for all. */
static void take_settings(SimRecording *record, const SimScript *script)
{
    take_settings_of(record, script, script->settings);
    take_settings_of(record, script, script->given);
}

static void take_budgets(SimRecording *record, const SimScript *script)
{
    for (guint i = 0; i < script->budgets->len; i++) {
        const SimBudget *budget = &g_array_index(script->budgets, SimBudget, i);
        g_autofree char *name = sim_lua_string(budget->figure);
        g_autofree char *limit = budget->quantity ? sim_lua_quantity(budget->kind, budget->limit)
                                                  : sim_lua_number(budget->limit);
        g_ptr_array_add(record->budgets, g_strdup_printf("[%s] = %s", name, limit));
    }
}

void sim_record_begin(SimScript *script)
{
    SimWorld *world = script->world;
    SimRecording *record = world->study->record;
    if (record == NULL) {
        return;
    }
    SimStage *stage = &record->stage;
    const SimWorldSpec *spec = world->spec;
    stage->profile = sim_record_keep(record, script->profile);
    stage->framing_bytes = spec->framing_bytes;
    stage->manual_boot = spec->manual_boot;
    stage->raft = script->raft_given && spec->raft;
    stage->default_client = spec->default_client;
    take_sites(record, world);
    take_bridges(record, world);
    for (guint i = 0; i < spec->links->len; i++) {
        g_array_append_val(stage->links, g_array_index(spec->links, SimLinkSpec, i).link);
    }
    take_nodes(record, script);
    take_settings(record, script);
    if (script->checks->len > 0) {
        g_array_append_vals(record->checks, script->checks->data, script->checks->len);
    }
}

void sim_record_check(const SimScript *script, const SimCheck *check)
{
    if (script->world->study->record != NULL) {
        g_array_append_val(script->world->study->record->checks, *check);
    }
}

/* Budgets may be set by the story, too. */
void sim_record_budgets(SimScript *script)
{
    if (script->world != NULL && script->world->study->record != NULL) {
        take_budgets(script->world->study->record, script);
    }
}
