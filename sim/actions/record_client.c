/* sim/actions/record_client.c -- what clients do: how each starts, its operations and their ends.
 */
#include <math.h>
#include <string.h>

#include "sim/actions/record_internal.h"
#include "sim/client/dual.h"
#include "sim/naming/operator.h"

/* Did the client begin while we wrote? */
static bool is_known(const SimRecording *record, uint32_t client)
{
    return client < record->client_names->len && record->client_names->pdata[client] != NULL;
}

static void add_choice(SimAction *action, const char *name, bool chosen, bool usual)
{
    if (chosen != usual) {
        record_add_field(action, name, g_strdup(chosen ? "true" : "false"), false);
    }
}

/* How its SDK differs from the usual one of its kind. */
static void add_sdk(SimAction *action, const SimClient *client)
{
    const SimSdk *sdk = sim_client_sdk(client);
    SimSdk usual = sim_sdk_default(sim_client_kind(client));
    if (strcmp(sdk->release, usual.release) != 0) {
        usual = sim_sdk_of(sim_sdk_find(sdk->release));
        record_add_field(action, "sdk", sim_lua_string(sdk->release), false);
    }
    add_choice(action, "empty_protection", sdk->empty_protection, usual.empty_protection);
    add_choice(action, "async_query", sdk->async_query, usual.async_query);
    add_choice(action, "light_beats", sdk->light_beats, usual.light_beats);
    if (sdk->keep_alive_us != usual.keep_alive_us) {
        record_add_field(action, "keep_alive", sim_lua_duration(sdk->keep_alive_us), false);
    }
    if (sdk->beat_threads != usual.beat_threads) {
        record_add_field(action, "beat_threads", g_strdup_printf("%u", sdk->beat_threads), false);
    }
}

/* Its second cluster, and how it takes the two. */
static void add_dual(const SimWorld *world, SimAction *action, const SimClient *client)
{
    const SimClient *second = sim_dual_stack(client, SIM_DUAL_SECONDARY);
    if (second == NULL) {
        return;
    }
    g_autofree char *near =
        sim_lua_string(sim_world_cluster(world, sim_client_cluster(client))->name);
    g_autofree char *far =
        sim_lua_string(sim_world_cluster(world, sim_client_cluster(second))->name);
    record_add_field(action, "dual", g_strdup_printf("{ %s, %s }", near, far), false);
    add_choice(action, "nearby", sim_client_is_nearby(client), false);
    if (!sim_client_is_agents(client)) {
        record_add_field(action, "agent", g_strdup("\"ideal\""), false);
    }
}

static void add_balance(SimAction *action, const SimClient *client)
{
    static const char *const ways[] = SIM_BALANCINGS;
    const SimBalanceSpec spec = sim_client_balance(client);
    if (spec.way != SIM_BALANCE_LIST) {
        record_add_field(action, "lb", sim_lua_string(ways[spec.way]), false);
    }
    if (spec.way == SIM_BALANCE_DNS && spec.ttl_us != SIM_DNS_TTL_US) {
        record_add_field(action, "dns_ttl", sim_lua_duration(spec.ttl_us), false);
    }
}

void sim_record_client(SimRecording *record, uint32_t index, const uint32_t *servers,
                       uint32_t count, int first)
{
    if (record == NULL || count == 0) {
        return;
    }
    const SimClient *client = sim_world_client(record->world, index);
    SimAction *action = record_add_action(record, SIM_ACTION_CLIENT);
    char usual[SIM_CLIENT_ADDRESS_SIZE];
    action->client = index;
    if (record->client_names->len <= index) {
        g_ptr_array_set_size(record->client_names, (gint)index + 1);
    }
    record->client_names->pdata[index] = (void *)sim_record_keep(record, sim_client_name(client));
    record_add_field(action, "name", sim_lua_string(sim_client_name(client)), true);
    if (first >= 0) {
        record_add_node(action, servers[(uint32_t)first]);
    } else if (record->world->sites->len > 1) {
        SimParty site = { SIM_PARTY_SITE, sim_client_site(client) };
        record_add_group(action, (SimGroup) { &site, 1 });
    }
    if (sim_client_kind(client) != record->world->spec->default_client) {
        record_add_field(action, "kind",
                         g_strdup(sim_client_kind(client) == SIM_CLIENT_GRPC
                                      ? "\"nacos-client-2\""
                                      : "\"nacos-client-1\""),
                         false);
    }
    add_sdk(action, client);
    if (sim_client_api(client) > 1) {
        record_add_field(action, "api", g_strdup_printf("\"v%u\"", sim_client_api(client)), true);
    }
    add_dual(record->world, action, client);
    add_balance(action, client);
    const char *ip = distro_dictionary_text(record->world->dictionary, sim_client_ip(client));
    sim_client_default_address(sim_client_number(client), usual);
    record_add_field(action, "ip", sim_lua_string(ip), strcmp(ip, usual) != 0);
    if (sim_client_port(client) != SIM_CLIENT_PORT) {
        record_add_field(action, "port", g_strdup_printf("%d", sim_client_port(client)), true);
    }
}

void sim_record_former(SimRecording *record, const SimClient *former)
{
    if (record == NULL) {
        return;
    }
    SimAction *action = record->actions->pdata[record->actions->len - 1];
    action->number = sim_client_index(former);
    record_add_field(action, SIM_FIELD_FORMER, sim_lua_string(sim_client_name(former)), false);
}

static void add_service(SimWorld *world, SimAction *action, DistroService service)
{
    const DistroDictionary *dictionary = world->dictionary;
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
    const char *group = distro_dictionary_text(dictionary, info->group);
    const char *space = distro_dictionary_text(dictionary, info->namespace_id);
    record_add_field(action, "service",
                     sim_lua_string(distro_dictionary_text(dictionary, info->name)), true);
    if (strcmp(group, "DEFAULT_GROUP") != 0) {
        record_add_field(action, "group", sim_lua_string(group), false);
    }
    if (strcmp(space, "public") != 0) {
        record_add_field(action, "namespace", sim_lua_string(space), false);
    }
}

static char *metadata_text(const DistroExtEntry *entries, size_t count)
{
    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind != DISTRO_VALUE_STRING) {
            continue;
        }
        g_autofree char *key = sim_lua_string(entries[i].key);
        g_autofree char *text = sim_lua_string(entries[i].text);
        g_string_append_printf(out, "%s[%s] = %s", out->len ? ", " : "{ ", key, text);
    }
    if (out->len > 0) {
        g_string_append(out, " }");
    }
    return g_string_free(out, false);
}

/* Fields of one instance, those apart that say no more than the client's own. */
static void add_instance(SimWorld *world, SimAction *action, DistroListing listing,
                         const SimClient *client)
{
    const DistroDictionary *dictionary = world->dictionary;
    const DistroListingInfo *info = distro_dictionary_listing_info(dictionary, listing);
    const char *cluster = distro_dictionary_text(dictionary, info->instance.cluster);
    size_t count;
    const DistroExtEntry *entries =
        distro_dictionary_ext_entries(dictionary, info->instance.ext, &count);
    g_autofree char *metadata = metadata_text(entries, count);
    if (client == NULL || info->instance.ip != sim_client_ip(client)) {
        record_add_field(action, "ip",
                         sim_lua_string(distro_dictionary_text(dictionary, info->instance.ip)),
                         true);
    }
    if (client == NULL || info->instance.port != sim_client_port(client)) {
        record_add_field(action, "port", g_strdup_printf("%d", info->instance.port), true);
    }
    if (cluster != NULL && strcmp(cluster, "DEFAULT") != 0) {
        record_add_field(action, "cluster", sim_lua_string(cluster), false);
    }
    if (!info->instance.healthy) {
        record_add_field(action, "healthy", g_strdup("false"), false);
    }
    if (fabs(info->weight - 1) >= 1e-10) {
        record_add_field(action, "weight", sim_lua_number(info->weight), false);
    }
    if (!info->enabled) {
        record_add_field(action, "enabled", g_strdup("false"), false);
    }
    if (*metadata) {
        record_add_field(action, "metadata", g_steal_pointer(&metadata), false);
    }
}

static void add_address(SimWorld *world, SimAction *action, DistroListing listing)
{
    const DistroInstance *instance =
        &distro_dictionary_listing_info(world->dictionary, listing)->instance;
    const char *ip = distro_dictionary_text(world->dictionary, instance->ip);
    record_add_field(action, "ip", sim_lua_string(ip), true);
    record_add_field(action, "port", g_strdup_printf("%d", instance->port), true);
}

static char *fields_text(const GPtrArray *fields)
{
    GString *out = g_string_new("{ ");
    for (guint i = 0; i < fields->len; i++) {
        const SimActionField *field = fields->pdata[i];
        g_string_append_printf(out, "%s%s = %s", i > 0 ? ", " : "", field->name, field->value);
    }
    return g_string_free(g_string_append(out, " }"), false);
}

static void add_batch(SimWorld *world, SimAction *action, const DistroPublicationInfo *info)
{
    GString *list = g_string_new("{ ");
    for (uint32_t i = 0; i < info->count; i++) {
        SimAction *one = sim_action_new(SIM_ACTION_REGISTER, 0);
        add_instance(world, one, info->listings[i], NULL);
        g_autofree char *text = fields_text(one->fields);
        g_string_append_printf(list, "%s%s", i > 0 ? ", " : "", text);
        sim_action_free(one);
    }
    action->kind = SIM_ACTION_REGISTER_BATCH;
    record_add_field(action, "instances", g_string_free(g_string_append(list, " }"), false), true);
}

void sim_record_operation(SimRecording *record, uint32_t client, SimActionKind kind,
                          DistroService service, DistroPublication publication, uint32_t node,
                          int64_t for_us)
{
    if (record == NULL || !is_known(record, client)) {
        return;
    }
    SimAction *action = record_add_action(record, kind);
    action->client = client;
    action->for_us = for_us;
    if (node != UINT32_MAX) {
        record_add_node(action, node);
    }
    if (service != DISTRO_NONE) {
        add_service(record->world, action, service);
    }
    if (publication == DISTRO_NONE) {
        return;
    }
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(record->world->dictionary, publication);
    if (kind == SIM_ACTION_DEREGISTER) {
        add_address(record->world, action, info->listings[0]);
    } else if (info->batch) {
        add_batch(record->world, action, info);
    } else {
        add_instance(record->world, action, info->listings[0],
                     sim_world_client(record->world, client));
    }
}

void sim_record_persistent(SimRecording *record, uint32_t client, DistroPublication publication)
{
    if (record == NULL || !is_known(record, client)) {
        return;
    }
    SimAction *action = record->actions->pdata[record->actions->len - 1];
    if (action->kind == SIM_ACTION_DEREGISTER) {
        const DistroPublicationInfo *info =
            distro_dictionary_publication_info(record->world->dictionary, publication);
        add_instance(record->world, action, info->listings[0],
                     sim_world_client(record->world, client));
    }
    record_add_field(action, "ephemeral", g_strdup("false"), true);
}

void sim_record_override(SimRecording *record, const SimNode *console,
                         const SimOperatorChange *change)
{
    if (record == NULL || console == NULL) {
        return;
    }
    const DistroDictionary *dictionary = record->world->dictionary;
    SimAction *action = record_add_action(record, SIM_ACTION_OVERRIDE);
    record_add_node(action, console->index);
    add_service(record->world, action, change->service);
    record_add_field(action, "ip",
                     sim_lua_string(distro_dictionary_text(dictionary, change->instance.ip)), true);
    record_add_field(action, "port", g_strdup_printf("%d", change->instance.port), true);
    record_add_field(action, "cluster",
                     sim_lua_string(distro_dictionary_text(dictionary, change->instance.cluster)),
                     false);
    if (change->has_enabled) {
        record_add_field(action, "enabled", g_strdup(change->enabled ? "true" : "false"), false);
    }
    if (change->has_weight) {
        record_add_field(action, "weight", sim_lua_number(change->weight), false);
    }
    if (change->has_metadata) {
        size_t count;
        const DistroExtEntry *entries =
            distro_dictionary_ext_entries(dictionary, change->metadata, &count);
        char *text = metadata_text(entries, count);
        if (*text == 0) {
            g_free(text);
            text = g_strdup("{}");
        }
        record_add_field(action, "metadata", text, false);
    }
}

void sim_record_service(SimRecording *record, const SimNode *console,
                        const SimServiceChange *change)
{
    if (record == NULL || console == NULL) {
        return;
    }
    const bool of_cluster = change->cluster != DISTRO_NONE;
    SimAction *action =
        record_add_action(record, of_cluster ? SIM_ACTION_SET_CLUSTER : SIM_ACTION_SET_SERVICE);
    record_add_node(action, console->index);
    add_service(record->world, action, change->service);
    if (of_cluster) {
        record_add_field(
            action, "cluster",
            sim_lua_string(distro_dictionary_text(record->world->dictionary, change->cluster)),
            false);
        record_add_field(action, "check", sim_lua_string(sim_checker_names[change->checker]), true);
    } else {
        record_add_field(action, "protect_threshold", sim_lua_number(change->protect_threshold),
                         true);
    }
}

void sim_record_health_page(SimRecording *record, uint32_t client, uint32_t status)
{
    if (record == NULL || !is_known(record, client)) {
        return;
    }
    SimAction *action = record_add_action(record, SIM_ACTION_HEALTH_PAGE);
    action->client = client;
    action->text = g_strdup_printf("%u", status);
}

void sim_record_failover(SimRecording *record, uint32_t client, bool on)
{
    if (record == NULL || !is_known(record, client)) {
        return;
    }
    SimAction *action = record_add_action(record, SIM_ACTION_FAILOVER);
    action->client = client;
    action->text = g_strdup(on ? "true" : "false");
}

static bool is_op(const SimAction *action, SimOp op)
{
    switch (op) {
    case SIM_OP_REGISTER:
        return action->kind == SIM_ACTION_REGISTER || action->kind == SIM_ACTION_REGISTER_BATCH;
    case SIM_OP_DEREGISTER:
        return action->kind == SIM_ACTION_DEREGISTER;
    case SIM_OP_SUBSCRIBE:
    case SIM_OP_QUERY:
        return action->kind == SIM_ACTION_SUBSCRIBE;
    case SIM_OP_CONNECT:
        return action->kind == SIM_ACTION_CONNECT;
    default:
        return action->kind == SIM_ACTION_CLOSE;
    }
}

/* Operations end soon or late; a client has few under way, so the oldest that fits is the one. */
void sim_record_ended(SimRecording *record, uint32_t client, SimOp op)
{
    if (record == NULL) {
        return;
    }
    const GPtrArray *actions = record->actions;
    SimAction *found = NULL;
    for (guint i = actions->len, seen = 0; i-- > 0 && seen < 4096; seen++) {
        SimAction *action = actions->pdata[i];
        if (action->client == client && action->took_us < 0 && is_op(action, op)) {
            found = action;
        }
        if (action->client == client && action->kind == SIM_ACTION_CLIENT) {
            break;
        }
    }
    if (found != NULL) {
        found->took_us = record->world->now_us - found->at_us;
    }
}
