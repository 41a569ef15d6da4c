/* sim/actions/record.c -- actions as they happen, with everything in them resolved. */
#include <math.h>
#include <string.h>

#include "sim/actions/claim.h"
#include "sim/actions/record_internal.h"
#include "sim/check/check.h"
#include "sim/client/client.h"

static const SimActionType types[SIM_N_ACTIONS] = {
    [SIM_ACTION_CLIENT] = { "client", false, false },
    [SIM_ACTION_REGISTER] = { "register", true, true },
    [SIM_ACTION_REGISTER_BATCH] = { "register_batch", true, true },
    [SIM_ACTION_DEREGISTER] = { "deregister", true, true },
    [SIM_ACTION_SUBSCRIBE] = { "subscribe", true, true },
    [SIM_ACTION_CONNECT] = { "connect", true, true },
    [SIM_ACTION_CLOSE] = { "close", true, true },
    [SIM_ACTION_KILL] = { "kill", true, false },
    [SIM_ACTION_CLIENT_CRASH] = { "crash", true, false },
    [SIM_ACTION_CLIENT_PAUSE] = { "pause", true, false },
    [SIM_ACTION_FAILOVER] = { "failover", true, false },
    [SIM_ACTION_HEALTH_PAGE] = { "health_page", true, false },
    [SIM_ACTION_CRASH] = { "crash", false, false },
    [SIM_ACTION_RESTART] = { "restart", false, false },
    [SIM_ACTION_STOP] = { "stop", false, false },
    [SIM_ACTION_LEAVE] = { "leave", false, false },
    [SIM_ACTION_JOIN] = { "join", false, false },
    [SIM_ACTION_UPGRADE] = { "upgrade", false, false },
    [SIM_ACTION_SET_MEMBERS] = { "set_members", false, false },
    [SIM_ACTION_PAUSE] = { "pause", false, false },
    [SIM_ACTION_SLOW] = { "slow", false, false },
    [SIM_ACTION_DISK] = { "disk", false, false },
    [SIM_ACTION_WIPE] = { "wipe", false, false },
    [SIM_ACTION_CLOCK] = { "clock", false, false },
    [SIM_ACTION_PARTITION] = { "partition", false, false },
    [SIM_ACTION_ISOLATE] = { "isolate", false, false },
    [SIM_ACTION_CUT] = { "cut", false, false },
    [SIM_ACTION_BRIDGE] = { "bridge", false, false },
    [SIM_ACTION_RING] = { "ring", false, false },
    [SIM_ACTION_BLACKHOLE] = { "blackhole", false, false },
    [SIM_ACTION_HEAL] = { "heal", false, false },
    [SIM_ACTION_LINK] = { "link", false, false },
    [SIM_ACTION_CLOG] = { "clog", false, false },
    [SIM_ACTION_BRIDGE_DATABASE] = { "bridge_database", false, false },
    [SIM_ACTION_BRIDGE_TASK] = { "bridge_task", false, false },
    [SIM_ACTION_PUBLISH_CONFIG] = { "publish_config", false, false },
    [SIM_ACTION_OVERRIDE] = { "override", false, false },
    [SIM_ACTION_SET_SERVICE] = { "set_service", false, false },
    [SIM_ACTION_SET_CLUSTER] = { "set_cluster", false, false },
    [SIM_ACTION_CONFIG_COPY] = { "config_copy", false, false },
    [SIM_ACTION_INTERCEPT] = { "intercept", false, false },
    [SIM_ACTION_INTERCEPT_STOP] = { "stop", false, false },
    [SIM_ACTION_CLAIM] = { "", false, false },
    [SIM_ACTION_END] = { "", false, false },
};

const SimActionType *sim_action_type(SimActionKind kind)
{
    return &types[kind];
}

bool sim_action_kind_of_node_verb(const char *verb, SimActionKind *kind)
{
    for (int i = SIM_ACTION_CRASH; i <= SIM_ACTION_CLOCK; i++) {
        if (strcmp(types[i].verb, verb) == 0) {
            *kind = (SimActionKind)i;
            return true;
        }
    }
    return false;
}

/* --- actions ---------------------------------------------------------------------------------- */

static void free_field(void *data)
{
    SimActionField *field = data;
    g_free(field->name);
    g_free(field->value);
    g_free(field);
}

static void free_group(void *data)
{
    g_array_unref(data);
}

SimAction *sim_action_new(SimActionKind kind, int64_t at_us)
{
    SimAction *action = g_new0(SimAction, 1);
    *action = (SimAction) {
        .kind = kind,
        .at_us = at_us,
        .took_us = -1,
        .client = UINT32_MAX,
        .scope = SIM_ALL_CLUSTERS,
        .groups = g_ptr_array_new_with_free_func(free_group),
        .for_us = -1,
        .fields = g_ptr_array_new_with_free_func(free_field),
    };
    return action;
}

void sim_action_free(SimAction *action)
{
    g_ptr_array_unref(action->groups);
    g_ptr_array_unref(action->fields);
    g_free(action->text);
    g_free(action);
}

void record_add_group(SimAction *action, SimGroup group)
{
    GArray *items = g_array_new(false, false, sizeof(SimParty));
    if (group.count > 0) {
        g_array_append_vals(items, group.items, (guint)group.count);
    }
    g_ptr_array_add(action->groups, items);
}

void record_add_node(SimAction *action, uint32_t node)
{
    SimParty party = { SIM_PARTY_NODE, node };
    record_add_group(action, (SimGroup) { &party, 1 });
}

void record_add_field(SimAction *action, const char *name, char *value, bool needed)
{
    SimActionField *field = g_new0(SimActionField, 1);
    *field = (SimActionField) { g_strdup(name), value, needed };
    g_ptr_array_add(action->fields, field);
}

SimAction *sim_action_copy(const SimAction *action)
{
    SimAction *copy = sim_action_new(action->kind, action->at_us);
    copy->took_us = action->took_us;
    copy->client = action->client;
    copy->number = action->number;
    copy->scope = action->scope;
    copy->for_us = action->for_us;
    copy->text = g_strdup(action->text);
    for (guint i = 0; i < action->groups->len; i++) {
        const GArray *group = action->groups->pdata[i];
        record_add_group(copy,
                         (SimGroup) { (const SimParty *)(const void *)group->data, group->len });
    }
    for (guint i = 0; i < action->fields->len; i++) {
        const SimActionField *field = action->fields->pdata[i];
        record_add_field(copy, field->name, g_strdup(field->value), field->needed);
    }
    return copy;
}

SimAction *record_add_action(SimRecording *record, SimActionKind kind)
{
    SimAction *action = sim_action_new(kind, record->world->now_us);
    g_ptr_array_add(record->actions, action);
    return action;
}

/* --- the stage ------------------------------------------------------------------------------- */

static GArray *copy_array(const GArray *array, guint size)
{
    GArray *copy = g_array_new(false, false, size);
    if (array != NULL && array->len > 0) {
        g_array_append_vals(copy, array->data, array->len);
    }
    return copy;
}

SimStage sim_stage_copy(const SimStage *stage)
{
    SimStage copy = *stage;
    copy.nodes = copy_array(stage->nodes, sizeof(SimStageNode));
    copy.clusters = copy_array(stage->clusters, sizeof(SimStageCluster));
    copy.sites = copy_array(stage->sites, sizeof(SimStageSite));
    copy.links = copy_array(stage->links, sizeof(SimLink));
    copy.bridges = copy_array(stage->bridges, sizeof(SimStageBridge));
    copy.settings = copy_array(stage->settings, sizeof(SimStageSetting));
    return copy;
}

void sim_stage_clear(SimStage *stage)
{
    g_clear_pointer(&stage->nodes, g_array_unref);
    g_clear_pointer(&stage->clusters, g_array_unref);
    g_clear_pointer(&stage->sites, g_array_unref);
    g_clear_pointer(&stage->links, g_array_unref);
    g_clear_pointer(&stage->settings, g_array_unref);
    g_clear_pointer(&stage->bridges, g_array_unref);
}

/* --- the record ------------------------------------------------------------------------------ */

static void free_claim(void *data)
{
    if (data != NULL) {
        sim_claim_free(data);
    }
}

static void fill_record(SimRecording *record)
{
    static const SimStage empty;
    *record = (SimRecording) { 0 };
    record->strings = g_string_chunk_new(4096);
    record->stage = sim_stage_copy(&empty);
    record->actions = g_ptr_array_new_with_free_func((GDestroyNotify)sim_action_free);
    record->client_names = g_ptr_array_new();
    record->checks = g_array_new(false, false, sizeof(SimCheck));
    record->budgets = g_ptr_array_new_with_free_func(g_free);
    record->active_fault_sets = g_array_new(false, false, sizeof(unsigned));
    record->looks = g_ptr_array_new_with_free_func(free_claim);
    record->failures = g_ptr_array_new_with_free_func(free_claim);
}

SimRecording *sim_record_new(void)
{
    SimRecording *record = g_new0(SimRecording, 1);
    fill_record(record);
    return record;
}

static void empty_record(SimRecording *record)
{
    sim_stage_clear(&record->stage);
    g_ptr_array_unref(record->actions);
    g_ptr_array_unref(record->client_names);
    g_array_unref(record->checks);
    g_ptr_array_unref(record->budgets);
    g_array_unref(record->active_fault_sets);
    g_ptr_array_unref(record->looks);
    g_ptr_array_unref(record->failures);
    g_string_chunk_free(record->strings);
}

void sim_record_clear(SimRecording *record)
{
    empty_record(record);
    fill_record(record);
}

void sim_record_free(SimRecording *record)
{
    if (record == NULL) {
        return;
    }
    empty_record(record);
    g_free(record);
}

const char *sim_record_keep(SimRecording *record, const char *text)
{
    return text != NULL ? g_string_chunk_insert_const(record->strings, text) : NULL;
}

/* --- nodes ----------------------------------------------------------------------------------- */

void sim_record_node(SimRecording *record, const SimNode *node, const char *verb, int64_t for_us,
                     const char *text)
{
    SimActionKind kind;
    if (record == NULL || !sim_action_kind_of_node_verb(verb, &kind)) {
        return;
    }
    SimAction *action = record_add_action(record, kind);
    record_add_node(action, node->index);
    action->for_us = for_us;
    action->text = g_strdup(text);
}

void sim_record_worker(SimRecording *record, uint32_t client, const char *verb, int64_t for_us)
{
    SimActionKind kind;
    if (record == NULL || !sim_action_kind_of_node_verb(verb, &kind)) {
        return;
    }
    SimParty worker = { SIM_PARTY_CLIENT, client };
    SimAction *action = record_add_action(record, kind);
    record_add_group(action, (SimGroup) { &worker, 1 });
    action->for_us = for_us;
}

void sim_record_bridge(SimRecording *record, const SimBridge *bridge, SimActionKind kind,
                       const char *text)
{
    if (record == NULL) {
        return;
    }
    g_autofree char *name = sim_lua_string(sim_bridge_name(bridge));
    SimAction *action = record_add_action(record, kind);
    while (record->world->bridges->pdata[action->number] != bridge) {
        action->number++;
    }
    action->text = g_strdup_printf("%s, %s", name, text);
}

void sim_record_clock(SimRecording *record, const SimNode *node, const int64_t *offset_us,
                      const int64_t *drift_ppb, int64_t step_us)
{
    if (record == NULL) {
        return;
    }
    SimAction *action = record_add_action(record, SIM_ACTION_CLOCK);
    record_add_node(action, node->index);
    if (offset_us != NULL) {
        record_add_field(action, "offset", sim_lua_duration(*offset_us), false);
    }
    if (drift_ppb != NULL) {
        record_add_field(action, "drift",
                         sim_lua_quantity(SIM_QUANTITY_PROPORTION, (double)*drift_ppb / 1e9),
                         false);
    }
    if (step_us != 0) {
        record_add_field(action, "step", sim_lua_duration(step_us), false);
    }
}

static void add_nodes(SimAction *action, const uint32_t *nodes, size_t count)
{
    GArray *group = g_array_new(false, false, sizeof(SimParty));
    for (size_t i = 0; i < count; i++) {
        SimParty party = { SIM_PARTY_NODE, nodes[i] };
        g_array_append_val(group, party);
    }
    g_ptr_array_add(action->groups, group);
}

void sim_record_members(SimRecording *record, const uint32_t *nodes, size_t count,
                        const uint32_t *members, size_t n_members)
{
    if (record == NULL) {
        return;
    }
    SimAction *action = record_add_action(record, SIM_ACTION_SET_MEMBERS);
    add_nodes(action, nodes, count);
    add_nodes(action, members, n_members);
}

uint32_t sim_stage_number(const char *name, const char *site)
{
    size_t size = strlen(site);
    if (size > 0 && (strncmp(name, site, size) != 0 || name[size] != '/')) {
        return 0;
    }
    const char *rest = name + size + (size > 0);
    guint64 number = 0;
    return *rest == 'n' && g_ascii_string_to_unsigned(rest + 1, 10, 1, 100000, &number, NULL)
               ? (uint32_t)number
               : 0;
}

void sim_stage_add_node(SimRecording *record, const SimNode *node, const char *address,
                        const char *profile, SimClockSpec clock, bool joins)
{
    const SimWorld *world = node->world;
    bool known = node->known_name != node->address_name;
    const char *known_as =
        known ? distro_dictionary_text(world->dictionary, node->known_name) : NULL;
    const char *site = sim_world_site(world, node->site)->name;
    SimStageNode made = {
        .name = sim_record_keep(record, node->name),
        .site = node->site,
        .number = sim_stage_number(node->name, site),
        .address = sim_record_keep(record, address),
        .known_as = sim_record_keep(record, known_as),
        .profile = sim_record_keep(record, profile),
        .clock = clock,
        .joins = joins,
    };
    g_array_append_val(record->stage.nodes, made);
}

void sim_record_join(SimRecording *record, const SimNode *node, const char *address,
                     const char *known_as)
{
    if (record == NULL) {
        return;
    }
    sim_stage_add_node(record, node, address, NULL, (SimClockSpec) { 0 }, true);
    SimAction *action = record_add_action(record, SIM_ACTION_JOIN);
    record_add_node(action, node->index);
    if (address != NULL) {
        record_add_field(action, "address", sim_lua_string(address), false);
    }
    if (known_as != NULL) {
        record_add_field(action, "known_as", sim_lua_string(known_as), false);
    }
}

void sim_record_slow(SimRecording *record, const SimNode *node, double factor, int64_t for_us)
{
    if (record == NULL) {
        return;
    }
    g_autofree char *text = sim_lua_number(factor);
    sim_record_node(record, node, "slow", for_us, text);
}

/* --- configuration --------------------------------------------------------------------------- */

void sim_record_publish(SimRecording *record, const SimNode *node, const char *id,
                        const char *value)
{
    if (record == NULL) {
        return;
    }
    SimAction *action = record_add_action(record, SIM_ACTION_PUBLISH_CONFIG);
    record_add_node(action, node->index);
    record_add_field(action, "id", sim_lua_string(id), true);
    record_add_field(action, "value", sim_lua_string(value), true);
}

static void add_sites(const SimWorld *world, SimAction *action, uint32_t cluster)
{
    GArray *group = g_array_new(false, false, sizeof(SimParty));
    for (uint32_t i = 0; i < world->sites->len; i++) {
        SimParty party = { SIM_PARTY_SITE, i };
        if (sim_world_site(world, i)->cluster == cluster) {
            g_array_append_val(group, party);
        }
    }
    g_ptr_array_add(action->groups, group);
}

void sim_record_copy(SimRecording *record, uint32_t from, uint32_t to, int64_t low_us,
                     int64_t high_us)
{
    if (record == NULL) {
        return;
    }
    SimAction *action = record_add_action(record, SIM_ACTION_CONFIG_COPY);
    add_sites(record->world, action, from);
    add_sites(record->world, action, to);
    g_autofree char *low = sim_lua_duration(low_us);
    g_autofree char *high = sim_lua_duration(high_us);
    record_add_field(action, "lag",
                     low_us == high_us ? g_steal_pointer(&low)
                                       : g_strdup_printf("{ %s, %s }", low, high),
                     false);
}

/* --- faults ---------------------------------------------------------------------------------- */

void sim_record_fault(SimRecording *record, uint32_t scope, SimActionKind kind,
                      const SimGroup *groups, size_t count, int64_t for_us)
{
    if (record == NULL) {
        return;
    }
    SimAction *action = record_add_action(record, kind);
    for (size_t i = 0; i < count; i++) {
        record_add_group(action, groups[i]);
    }
    action->scope = scope;
    action->for_us = for_us;
}

static SimAction *add_pair(SimRecording *record, SimActionKind kind, SimGroup a, SimGroup b)
{
    const SimGroup groups[] = { a, b };
    sim_record_fault(record, SIM_ALL_CLUSTERS, kind, groups, 2, -1);
    return record->actions->pdata[record->actions->len - 1];
}

void sim_record_cut(SimRecording *record, SimGroup a, SimGroup b, bool oneway, bool calls)
{
    if (record == NULL) {
        return;
    }
    SimAction *action = add_pair(record, SIM_ACTION_CUT, a, b);
    if (oneway && !calls) {
        record_add_field(action, "oneway", g_strdup("true"), false);
    }
    if (calls) {
        record_add_field(action, "calls", g_strdup("true"), false);
    }
}

static double proportion(SimChance chance)
{
    /* A chance is a proportion rounded to 2^-32; what was typed has far fewer digits. */
    return round((double)chance / (double)SIM_CHANCE_ONE * 1e9) / 1e9;
}

static char *proportion_text(double value)
{
    return sim_lua_quantity(SIM_QUANTITY_PROPORTION, value);
}

void sim_record_link(SimRecording *record, SimGroup a, SimGroup b, const SimLink *change,
                     unsigned fields)
{
    if (record == NULL) {
        return;
    }
    SimAction *action = add_pair(record, SIM_ACTION_LINK, a, b);
    if (fields & SIM_LINK_DELAY) {
        record_add_field(action, "rtt", sim_lua_duration(change->delay_us * 2), false);
    }
    if (fields & SIM_LINK_JITTER) {
        record_add_field(action, "jitter", proportion_text(change->jitter), false);
    }
    if (fields & SIM_LINK_LOSS) {
        record_add_field(action, "loss", proportion_text(proportion(change->loss)), false);
    }
    if (fields & SIM_LINK_BURST) {
        record_add_field(
            action, "burst",
            g_strdup_printf("{ enter = ppm(%.0f), leave = ppm(%.0f), loss = ppm(%.0f) }",
                            proportion(change->burst_enter) * 1e6,
                            proportion(change->burst_leave) * 1e6,
                            proportion(change->burst_loss) * 1e6),
            false);
    }
    if (fields & SIM_LINK_BANDWIDTH) {
        record_add_field(action, "bandwidth",
                         sim_lua_quantity(SIM_QUANTITY_BANDWIDTH, (double)change->bandwidth_bps),
                         false);
    }
    if (fields & SIM_LINK_QUEUE) {
        record_add_field(action, "queue",
                         sim_lua_quantity(SIM_QUANTITY_SIZE, (double)change->queue_bytes), false);
    }
    if (fields & SIM_LINK_MTU) {
        record_add_field(action, "mtu",
                         sim_lua_quantity(SIM_QUANTITY_SIZE, (double)change->mtu_bytes), false);
    }
    if (fields & SIM_LINK_DROP_ABOVE) {
        record_add_field(action, "drop_above",
                         sim_lua_quantity(SIM_QUANTITY_SIZE, (double)change->drop_above_bytes),
                         false);
    }
    if (fields & SIM_LINK_DUPLICATE) {
        record_add_field(action, "duplicate", proportion_text(proportion(change->duplicate)),
                         false);
    }
    if (fields & SIM_LINK_REORDER) {
        record_add_field(action, "reorder", proportion_text(proportion(change->reorder)), false);
    }
    if (fields & SIM_LINK_CORRUPT) {
        record_add_field(action, "corrupt", proportion_text(proportion(change->corrupt)), false);
    }
}

static SimGroup party_of(SimEndpoint endpoint, SimParty *party)
{
    if (endpoint == SIM_NO_ENDPOINT) {
        return (SimGroup) { NULL, 0 };
    }
    *party = sim_endpoint_is_client(endpoint)
                 ? (SimParty) { SIM_PARTY_CLIENT, sim_endpoint_index(endpoint) }
                 : (SimParty) { SIM_PARTY_NODE, sim_endpoint_index(endpoint) };
    return (SimGroup) { party, 1 };
}

/* A moment from here, so that the story may be moved. */
static char *moment_text(const SimWorld *world, int64_t at_us)
{
    g_autofree char *after = sim_lua_duration(at_us - world->now_us);
    return g_strdup_printf("now() + %s", after);
}

static char *nth_text(const GArray *nth)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < nth->len; i++) {
        g_string_append_printf(out, "%s%" G_GUINT64_FORMAT,
                               i > 0          ? ", "
                               : nth->len > 1 ? "{ "
                                              : "",
                               g_array_index(nth, uint64_t, i));
    }
    return g_string_free(g_string_append(out, nth->len > 1 ? " }" : ""), false);
}

void sim_record_intercept(SimRecording *record, const SimIntercept *intercept)
{
    static const char *const actions[] = { "observe",     "drop",         "delay",    "drop_reply",
                                           "delay_reply", "refuse_apply", "duplicate" };
    if (record == NULL) {
        return;
    }
    SimParty from, to;
    SimAction *action = record_add_action(record, SIM_ACTION_INTERCEPT);
    action->number = record->intercepts++;
    action->scope = intercept->cluster;
    record_add_group(action, party_of(intercept->from, &from));
    record_add_group(action, party_of(intercept->to, &to));
    bool late =
        intercept->action == SIM_INTERCEPT_DELAY || intercept->action == SIM_INTERCEPT_DELAY_REPLY;
    if (intercept->op != SIM_N_OPS) {
        record_add_field(action, "op", sim_lua_string(sim_op_name(intercept->op)), true);
    }
    if (!intercept->all) {
        record_add_field(action, "nth", nth_text(intercept->nth), true);
    } else if (intercept->action != SIM_INTERCEPT_OBSERVE) {
        record_add_field(action, "nth", g_strdup("\"all\""), true);
    }
    record_add_field(action, "action", sim_lua_string(actions[intercept->action]), true);
    if (late) {
        record_add_field(action, "by", sim_lua_duration(intercept->by_us), true);
    }
    if (intercept->after_us > record->world->now_us) {
        record_add_field(action, "after", moment_text(record->world, intercept->after_us), false);
    }
    if (intercept->before_us != INT64_MAX) {
        record_add_field(
            action, "before",
            moment_text(record->world, MAX(intercept->before_us, record->world->now_us)), false);
    }
    if (intercept->chance != SIM_CHANCE_ONE) {
        record_add_field(action, "chance", proportion_text(proportion(intercept->chance)), false);
    }
    if (intercept->reply_ok) {
        record_add_field(action, "reply", g_strdup("\"ok\""), true);
    }
}

void sim_record_intercept_stop(SimRecording *record, uint32_t number)
{
    if (record != NULL) {
        record_add_action(record, SIM_ACTION_INTERCEPT_STOP)->number = number;
    }
}

/* --- active faults ---------------------------------------------------------------------------- */

enum {
    LOOKED_AT = 500
}; /* clients: of a larger crowd the rest are as the first */

static bool is_cut(const SimWorld *world, SimEndpoint a, SimEndpoint b)
{
    return sim_network_is_cut(world->network, a, b) != SIM_CUT_NONE ||
           sim_network_is_cut(world->network, b, a) != SIM_CUT_NONE;
}

static bool anything_cut(const SimWorld *world)
{
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        if (!sim_world_node(world, i)->member) {
            continue;
        }
        for (uint32_t k = 0; k < i; k++) {
            if (sim_world_node(world, k)->member &&
                is_cut(world, sim_node_endpoint(i), sim_node_endpoint(k))) {
                return true;
            }
        }
        for (uint32_t k = 0; k < world->clients->len && k < LOOKED_AT; k++) {
            if (sim_client_open(sim_world_client(world, k)) &&
                is_cut(world, sim_node_endpoint(i), sim_client_endpoint(k))) {
                return true;
            }
        }
    }
    return false;
}

/* Has a link been changed since everything was healed last? */
static bool anything_degraded(const SimRecording *record)
{
    for (guint i = record->actions->len; i-- > 0;) {
        const SimAction *action = record->actions->pdata[i];
        if (action->kind == SIM_ACTION_HEAL && action->groups->len == 0) {
            return false;
        }
        if (action->kind == SIM_ACTION_LINK) {
            return true;
        }
    }
    return false;
}

void sim_record_violation(SimRecording *record)
{
    if (record == NULL) {
        return;
    }
    unsigned active_faults = (anything_cut(record->world) ? SIM_ACTIVE_CUT : 0) |
                             (anything_degraded(record) ? SIM_ACTIVE_DEGRADED : 0);
    for (uint32_t i = 0; i < record->world->nodes->len; i++) {
        const SimNode *node = sim_world_node(record->world, i);
        active_faults |= node->member && !node->alive ? SIM_ACTIVE_DOWN : 0;
        active_faults |= node->alive && node->paused ? SIM_ACTIVE_PAUSED : 0;
    }
    g_array_append_val(record->active_fault_sets, active_faults);
}
