/* sim/shrink/record.c -- deeds as they happen, with everything in them resolved. */
#include "sim/shrink/record.h"

#include <math.h>
#include <string.h>

#include "sim/client/dual.h"
#include "sim/script/quantity.h"
#include "sim/shrink/claim.h"

static const SimDeedType types[SIM_N_DEEDS] = {
    [SIM_DEED_CLIENT] = { "client", false, false },
    [SIM_DEED_REGISTER] = { "register", true, true },
    [SIM_DEED_REGISTER_BATCH] = { "register_batch", true, true },
    [SIM_DEED_DEREGISTER] = { "deregister", true, true },
    [SIM_DEED_SUBSCRIBE] = { "subscribe", true, true },
    [SIM_DEED_CONNECT] = { "connect", true, true },
    [SIM_DEED_CLOSE] = { "close", true, true },
    [SIM_DEED_KILL] = { "kill", true, false },
    [SIM_DEED_CLIENT_PAUSE] = { "pause", true, false },
    [SIM_DEED_FAILOVER] = { "failover", true, false },
    [SIM_DEED_CRASH] = { "crash", false, false },
    [SIM_DEED_RESTART] = { "restart", false, false },
    [SIM_DEED_STOP] = { "stop", false, false },
    [SIM_DEED_LEAVE] = { "leave", false, false },
    [SIM_DEED_JOIN] = { "join", false, false },
    [SIM_DEED_UPGRADE] = { "upgrade", false, false },
    [SIM_DEED_SET_MEMBERS] = { "set_members", false, false },
    [SIM_DEED_PAUSE] = { "pause", false, false },
    [SIM_DEED_SLOW] = { "slow", false, false },
    [SIM_DEED_CLOCK] = { "clock", false, false },
    [SIM_DEED_PARTITION] = { "partition", false, false },
    [SIM_DEED_ISOLATE] = { "isolate", false, false },
    [SIM_DEED_CUT] = { "cut", false, false },
    [SIM_DEED_BRIDGE] = { "bridge", false, false },
    [SIM_DEED_RING] = { "ring", false, false },
    [SIM_DEED_BLACKHOLE] = { "blackhole", false, false },
    [SIM_DEED_HEAL] = { "heal", false, false },
    [SIM_DEED_LINK] = { "link", false, false },
    [SIM_DEED_CLOG] = { "clog", false, false },
    [SIM_DEED_INTERCEPT] = { "intercept", false, false },
    [SIM_DEED_INTERCEPT_STOP] = { "stop", false, false },
    [SIM_DEED_CLAIM] = { "", false, false },
    [SIM_DEED_END] = { "", false, false },
};

const SimDeedType *sim_deed_type(SimDeedKind kind)
{
    return &types[kind];
}

bool sim_deed_kind_of_node_verb(const char *verb, SimDeedKind *kind)
{
    for (int i = SIM_DEED_CRASH; i <= SIM_DEED_CLOCK; i++)
        if (strcmp(types[i].verb, verb) == 0) {
            *kind = (SimDeedKind)i;
            return true;
        }
    return false;
}

/* --- deeds ----------------------------------------------------------------------------------- */

static void free_field(void *data)
{
    SimDeedField *field = data;
    g_free(field->name);
    g_free(field->value);
    g_free(field);
}

static void free_group(void *data)
{
    g_array_unref(data);
}

SimDeed *sim_deed_new(SimDeedKind kind, int64_t at_us)
{
    SimDeed *deed = g_new0(SimDeed, 1);
    *deed = (SimDeed) {
        .kind = kind,
        .at_us = at_us,
        .took_us = -1,
        .client = UINT32_MAX,
        .scope = SIM_ALL_CLUSTERS,
        .groups = g_ptr_array_new_with_free_func(free_group),
        .for_us = -1,
        .fields = g_ptr_array_new_with_free_func(free_field),
    };
    return deed;
}

void sim_deed_free(SimDeed *deed)
{
    g_ptr_array_unref(deed->groups);
    g_ptr_array_unref(deed->fields);
    g_free(deed->text);
    g_free(deed);
}

static void add_group(SimDeed *deed, SimGroup group)
{
    GArray *items = g_array_new(FALSE, FALSE, sizeof(SimParty));
    if (group.count > 0)
        g_array_append_vals(items, group.items, (guint)group.count);
    g_ptr_array_add(deed->groups, items);
}

static void add_node(SimDeed *deed, uint32_t node)
{
    SimParty party = { SIM_PARTY_NODE, node };
    add_group(deed, (SimGroup) { &party, 1 });
}

/* Takes @value. */
static void add_field(SimDeed *deed, const char *name, char *value, bool needed)
{
    SimDeedField *field = g_new0(SimDeedField, 1);
    *field = (SimDeedField) { g_strdup(name), value, needed };
    g_ptr_array_add(deed->fields, field);
}

SimDeed *sim_deed_copy(const SimDeed *deed)
{
    SimDeed *copy = sim_deed_new(deed->kind, deed->at_us);
    copy->took_us = deed->took_us;
    copy->client = deed->client;
    copy->number = deed->number;
    copy->scope = deed->scope;
    copy->for_us = deed->for_us;
    copy->text = g_strdup(deed->text);
    for (guint i = 0; i < deed->groups->len; i++) {
        const GArray *group = deed->groups->pdata[i];
        add_group(copy, (SimGroup) { (const SimParty *)(const void *)group->data, group->len });
    }
    for (guint i = 0; i < deed->fields->len; i++) {
        const SimDeedField *field = deed->fields->pdata[i];
        add_field(copy, field->name, g_strdup(field->value), field->needed);
    }
    return copy;
}

/* The next deed, now. */
static SimDeed *add_deed(SimWorld *world, SimDeedKind kind)
{
    SimDeed *deed = sim_deed_new(kind, world->now_us);
    g_ptr_array_add(world->record->deeds, deed);
    return deed;
}

/* --- the stage ------------------------------------------------------------------------------- */

static GArray *copy_array(const GArray *array, guint size)
{
    GArray *copy = g_array_new(FALSE, FALSE, size);
    if (array && array->len > 0)
        g_array_append_vals(copy, array->data, array->len);
    return copy;
}

SimStage sim_stage_copy(const SimStage *stage)
{
    SimStage copy = *stage;
    copy.nodes = copy_array(stage->nodes, sizeof(SimStageNode));
    copy.clusters = copy_array(stage->clusters, sizeof(SimStageCluster));
    copy.sites = copy_array(stage->sites, sizeof(SimStageSite));
    copy.links = copy_array(stage->links, sizeof(SimLink));
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
}

/* --- the record ------------------------------------------------------------------------------ */

static void free_claim(void *data)
{
    if (data)
        sim_claim_free(data);
}

SimRecording *sim_record_new(void)
{
    static const SimStage empty;
    SimRecording *record = g_new0(SimRecording, 1);
    record->strings = g_string_chunk_new(4096);
    record->stage = sim_stage_copy(&empty);
    record->deeds = g_ptr_array_new_with_free_func((GDestroyNotify)sim_deed_free);
    record->client_deeds = g_hash_table_new(NULL, NULL);
    record->client_names = g_ptr_array_new();
    record->checks = g_array_new(FALSE, FALSE, sizeof(SimCheck));
    record->budgets = g_ptr_array_new_with_free_func(g_free);
    record->weathers = g_array_new(FALSE, FALSE, sizeof(unsigned));
    record->looks = g_ptr_array_new_with_free_func(free_claim);
    record->failures = g_ptr_array_new_with_free_func(free_claim);
    return record;
}

void sim_record_free(SimRecording *record)
{
    if (!record)
        return;
    sim_stage_clear(&record->stage);
    g_ptr_array_unref(record->deeds);
    g_hash_table_unref(record->client_deeds);
    g_ptr_array_unref(record->client_names);
    g_array_unref(record->checks);
    g_ptr_array_unref(record->budgets);
    g_array_unref(record->weathers);
    g_ptr_array_unref(record->looks);
    g_ptr_array_unref(record->failures);
    g_string_chunk_free(record->strings);
    g_free(record);
}

const char *sim_record_keep(SimRecording *record, const char *text)
{
    return text ? g_string_chunk_insert_const(record->strings, text) : NULL;
}

/* --- text of values -------------------------------------------------------------------------- */

char *sim_lua_string(const char *text)
{
    GString *out = g_string_new("\"");
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_printf(out, "\\%c", *c);
        else if (*c == '\n')
            g_string_append(out, "\\n");
        else if ((unsigned char)*c < 32 || *c == 127)
            g_string_append_printf(out, "\\%03d", *c);
        else
            g_string_append_c(out, *c);
    }
    return g_string_free(g_string_append_c(out, '"'), FALSE);
}

/* The shortest text that reads back as @number. */
static char *number_text(double number)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    for (int digits = 1; digits <= 17; digits++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(text, sizeof text, format, number);
        if (g_ascii_strtod(text, NULL) == number)
            break;
    }
    if (strchr(text, 'e') && fabs(number) < 1e15 && number == floor(number))
        return g_strdup_printf("%" G_GINT64_FORMAT, (int64_t)number);
    return g_strdup(text);
}

typedef struct LuaUnit {
    int kind;
    const char *constructor;
    double factor;
} LuaUnit;

/* Those of a kind together, larger ones first. */
static const LuaUnit lua_units[] = {
    { SIM_QUANTITY_DURATION, "s", 1e6 },      { SIM_QUANTITY_DURATION, "ms", 1e3 },
    { SIM_QUANTITY_DURATION, "us", 1 },       { SIM_QUANTITY_PROPORTION, "percent", 0.01 },
    { SIM_QUANTITY_PROPORTION, "ppm", 1e-6 }, { SIM_QUANTITY_SIZE, "mib", 1048576 },
    { SIM_QUANTITY_SIZE, "kib", 1024 },       { SIM_QUANTITY_SIZE, "bytes", 1 },
    { SIM_QUANTITY_BANDWIDTH, "gbit", 1e9 },  { SIM_QUANTITY_BANDWIDTH, "mbit", 1e6 },
    { SIM_QUANTITY_BANDWIDTH, "kbit", 1e3 },  { SIM_QUANTITY_RATE, "per_second", 1 },
};

/* The shortest text in a unit of which there is at least one: 300 ms, not 0.3 s. */
char *sim_lua_quantity(int kind, double value)
{
    char *best = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(lua_units); i++) {
        const LuaUnit *unit = &lua_units[i];
        bool last = i + 1 == G_N_ELEMENTS(lua_units) || lua_units[i + 1].kind != kind;
        double count = value / unit->factor;
        bool fits = fabs(count) >= 1 || value == 0 || (last && !best);
        if (unit->kind != kind || !fits)
            continue;
        g_autofree char *number = number_text(count);
        g_autofree char *text = g_strdup_printf("%s(%s)", unit->constructor, number);
        if (best && strlen(best) <= strlen(text))
            continue;
        g_free(best);
        best = g_steal_pointer(&text);
    }
    return best;
}

char *sim_lua_duration(int64_t us)
{
    return sim_lua_quantity(SIM_QUANTITY_DURATION, (double)us);
}

/* --- clients --------------------------------------------------------------------------------- */

/* Did the client begin while we wrote? */
static bool is_known(const SimRecording *record, uint32_t client)
{
    return client < record->client_names->len && record->client_names->pdata[client];
}

static void add_choice(SimDeed *deed, const char *name, bool chosen, bool usual)
{
    if (chosen != usual)
        add_field(deed, name, g_strdup(chosen ? "true" : "false"), false);
}

/* How its SDK differs from the usual one of its kind. */
static void add_sdk(SimDeed *deed, const SimClient *client)
{
    const SimSdk *sdk = sim_client_sdk(client);
    SimSdk usual = sim_sdk_default(sim_client_kind(client));
    if (sdk->health_tries != usual.health_tries) {
        SimClientKind kind;
        const char *release = sdk->second_stack_is_deaf ? "2.0.3" : "2.1";
        sim_sdk_find(release, &kind, &usual);
        add_field(deed, "sdk", sim_lua_string(release), false);
    }
    add_choice(deed, "empty_protection", sdk->empty_protection, usual.empty_protection);
    add_choice(deed, "async_query", sdk->async_query, usual.async_query);
    add_choice(deed, "light_beats", sdk->light_beats, usual.light_beats);
    if (sdk->keep_alive_us != usual.keep_alive_us)
        add_field(deed, "keep_alive", sim_lua_duration(sdk->keep_alive_us), false);
    if (sdk->beat_threads != usual.beat_threads)
        add_field(deed, "beat_threads", g_strdup_printf("%u", sdk->beat_threads), false);
}

void sim_record_client(SimWorld *world, uint32_t index, const uint32_t *servers, uint32_t count,
                       int first)
{
    SimRecording *record = world->record;
    if (!record || count == 0)
        return;
    const SimClient *client = sim_world_client(world, index);
    if (sim_dual_stack(client, SIM_DUAL_PRIMARY))
        record->untold = "a world with clients of two clusters cannot be told flat";
    SimDeed *deed = add_deed(world, SIM_DEED_CLIENT);
    char usual[SIM_CLIENT_ADDRESS_SIZE];
    deed->client = index;
    if (record->client_names->len <= index)
        g_ptr_array_set_size(record->client_names, (gint)index + 1);
    record->client_names->pdata[index] = (void *)sim_record_keep(record, sim_client_name(client));
    add_field(deed, "name", sim_lua_string(sim_client_name(client)), true);
    if (first >= 0)
        add_node(deed, servers[(uint32_t)first]);
    else if (world->sites->len > 1) {
        SimParty site = { SIM_PARTY_SITE, sim_client_site(client) };
        add_group(deed, (SimGroup) { &site, 1 });
    }
    if (sim_client_kind(client) != world->spec->default_client)
        add_field(deed, "kind",
                  g_strdup(sim_client_kind(client) == SIM_CLIENT_GRPC ? "\"nacos-client-2\""
                                                                      : "\"nacos-client-1\""),
                  false);
    add_sdk(deed, client);
    const char *ip = distro_dictionary_text(world->dictionary, sim_client_ip(client));
    sim_client_default_address(sim_client_number(client), usual);
    add_field(deed, "ip", sim_lua_string(ip), strcmp(ip, usual) != 0);
    if (sim_client_port(client) != SIM_CLIENT_PORT)
        add_field(deed, "port", g_strdup_printf("%d", sim_client_port(client)), true);
}

static void add_service(SimWorld *world, SimDeed *deed, DistroService service)
{
    const DistroDictionary *dictionary = world->dictionary;
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
    const char *group = distro_dictionary_text(dictionary, info->group);
    const char *space = distro_dictionary_text(dictionary, info->namespace_id);
    add_field(deed, "service", sim_lua_string(distro_dictionary_text(dictionary, info->name)),
              true);
    if (strcmp(group, "DEFAULT_GROUP") != 0)
        add_field(deed, "group", sim_lua_string(group), false);
    if (strcmp(space, "public") != 0)
        add_field(deed, "namespace", sim_lua_string(space), false);
}

static char *metadata_text(const DistroExtEntry *entries, size_t count)
{
    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind != DISTRO_VALUE_STRING)
            continue;
        g_autofree char *key = sim_lua_string(entries[i].key);
        g_autofree char *text = sim_lua_string(entries[i].text);
        g_string_append_printf(out, "%s[%s] = %s", out->len ? ", " : "{ ", key, text);
    }
    if (out->len > 0)
        g_string_append(out, " }");
    return g_string_free(out, FALSE);
}

/* Fields of one instance, those apart that say no more than the client's own. */
static void add_instance(SimWorld *world, SimDeed *deed, DistroListing listing,
                         const SimClient *client)
{
    const DistroDictionary *dictionary = world->dictionary;
    const DistroListingInfo *info = distro_dictionary_listing_info(dictionary, listing);
    const char *cluster = distro_dictionary_text(dictionary, info->instance.cluster);
    size_t count;
    const DistroExtEntry *entries =
        distro_dictionary_ext_entries(dictionary, info->instance.ext, &count);
    g_autofree char *metadata = metadata_text(entries, count);
    if (!client || info->instance.ip != sim_client_ip(client))
        add_field(deed, "ip", sim_lua_string(distro_dictionary_text(dictionary, info->instance.ip)),
                  true);
    if (!client || info->instance.port != sim_client_port(client))
        add_field(deed, "port", g_strdup_printf("%d", info->instance.port), true);
    if (cluster && strcmp(cluster, "DEFAULT") != 0)
        add_field(deed, "cluster", sim_lua_string(cluster), false);
    if (!info->instance.healthy)
        add_field(deed, "healthy", g_strdup("false"), false);
    if (fabs(info->weight - 1) >= 1e-10)
        add_field(deed, "weight", number_text(info->weight), false);
    if (!info->enabled)
        add_field(deed, "enabled", g_strdup("false"), false);
    if (*metadata)
        add_field(deed, "metadata", g_steal_pointer(&metadata), false);
}

static char *fields_text(const GPtrArray *fields)
{
    GString *out = g_string_new("{ ");
    for (guint i = 0; i < fields->len; i++) {
        const SimDeedField *field = fields->pdata[i];
        g_string_append_printf(out, "%s%s = %s", i > 0 ? ", " : "", field->name, field->value);
    }
    return g_string_free(g_string_append(out, " }"), FALSE);
}

static void add_batch(SimWorld *world, SimDeed *deed, const DistroPublicationInfo *info)
{
    GString *list = g_string_new("{ ");
    for (uint32_t i = 0; i < info->count; i++) {
        SimDeed *one = sim_deed_new(SIM_DEED_REGISTER, 0);
        add_instance(world, one, info->listings[i], NULL);
        g_autofree char *text = fields_text(one->fields);
        g_string_append_printf(list, "%s%s", i > 0 ? ", " : "", text);
        sim_deed_free(one);
    }
    deed->kind = SIM_DEED_REGISTER_BATCH;
    add_field(deed, "instances", g_string_free(g_string_append(list, " }"), FALSE), true);
}

void sim_record_operation(SimWorld *world, uint32_t client, SimDeedKind kind, DistroService service,
                          DistroPublication publication, uint32_t node, int64_t for_us)
{
    if (!world->record || !is_known(world->record, client))
        return;
    SimDeed *deed = add_deed(world, kind);
    deed->client = client;
    deed->for_us = for_us;
    if (node != UINT32_MAX)
        add_node(deed, node);
    if (service != DISTRO_NONE)
        add_service(world, deed, service);
    if (kind != SIM_DEED_REGISTER || publication == DISTRO_NONE)
        return;
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(world->dictionary, publication);
    if (info->batch)
        add_batch(world, deed, info);
    else
        add_instance(world, deed, info->listings[0], sim_world_client(world, client));
}

void sim_record_failover(SimWorld *world, uint32_t client, bool on)
{
    if (!world->record || !is_known(world->record, client))
        return;
    SimDeed *deed = add_deed(world, SIM_DEED_FAILOVER);
    deed->client = client;
    deed->text = g_strdup(on ? "true" : "false");
}

static bool is_op(const SimDeed *deed, SimOp op)
{
    switch (op) {
    case SIM_OP_REGISTER:
        return deed->kind == SIM_DEED_REGISTER || deed->kind == SIM_DEED_REGISTER_BATCH;
    case SIM_OP_DEREGISTER:
        return deed->kind == SIM_DEED_DEREGISTER;
    case SIM_OP_SUBSCRIBE:
    case SIM_OP_QUERY:
        return deed->kind == SIM_DEED_SUBSCRIBE;
    case SIM_OP_CONNECT:
        return deed->kind == SIM_DEED_CONNECT;
    default:
        return deed->kind == SIM_DEED_CLOSE;
    }
}

/* Operations end soon or late; a client has few under way, so the oldest that fits is the one. */
void sim_record_ended(SimWorld *world, uint32_t client, SimOp op, DistroService service)
{
    (void)service;
    if (!world->record)
        return;
    const GPtrArray *deeds = world->record->deeds;
    SimDeed *found = NULL;
    for (guint i = deeds->len, seen = 0; i-- > 0 && seen < 4096; seen++) {
        SimDeed *deed = deeds->pdata[i];
        if (deed->client == client && deed->took_us < 0 && is_op(deed, op))
            found = deed;
        if (deed->client == client && deed->kind == SIM_DEED_CLIENT)
            break;
    }
    if (found)
        found->took_us = world->now_us - found->at_us;
}

/* --- nodes ----------------------------------------------------------------------------------- */

void sim_record_node(SimWorld *world, const SimNode *node, const char *verb, int64_t for_us,
                     const char *text)
{
    SimDeedKind kind;
    if (!world->record || !sim_deed_kind_of_node_verb(verb, &kind))
        return;
    SimDeed *deed = add_deed(world, kind);
    add_node(deed, node->index);
    deed->for_us = for_us;
    deed->text = g_strdup(text);
}

void sim_record_clock(SimWorld *world, const SimNode *node, const int64_t *offset_us,
                      const int64_t *drift_ppb, int64_t step_us)
{
    if (!world->record)
        return;
    SimDeed *deed = add_deed(world, SIM_DEED_CLOCK);
    add_node(deed, node->index);
    if (offset_us)
        add_field(deed, "offset", sim_lua_duration(*offset_us), false);
    if (drift_ppb)
        add_field(deed, "drift",
                  sim_lua_quantity(SIM_QUANTITY_PROPORTION, (double)*drift_ppb / 1e9), false);
    if (step_us != 0)
        add_field(deed, "step", sim_lua_duration(step_us), false);
}

static void add_nodes(SimDeed *deed, const uint32_t *nodes, size_t count)
{
    GArray *group = g_array_new(FALSE, FALSE, sizeof(SimParty));
    for (size_t i = 0; i < count; i++) {
        SimParty party = { SIM_PARTY_NODE, nodes[i] };
        g_array_append_val(group, party);
    }
    g_ptr_array_add(deed->groups, group);
}

void sim_record_members(SimWorld *world, const uint32_t *nodes, size_t count,
                        const uint32_t *members, size_t n_members)
{
    if (!world->record)
        return;
    SimDeed *deed = add_deed(world, SIM_DEED_SET_MEMBERS);
    add_nodes(deed, nodes, count);
    add_nodes(deed, members, n_members);
}

/* k of "site/nk"; 0 if the name is of another make. */
static uint32_t number_of_name(const char *name, const char *site)
{
    size_t size = strlen(site);
    if (size > 0 && (strncmp(name, site, size) != 0 || name[size] != '/'))
        return 0;
    const char *rest = name + size + (size > 0);
    guint64 number = 0;
    return *rest == 'n' && g_ascii_string_to_unsigned(rest + 1, 10, 1, 100000, &number, NULL)
               ? (uint32_t)number
               : 0;
}

static void add_stage_node(SimRecording *record, const SimWorld *world, const SimNode *node,
                           const char *address, const char *profile, SimClockSpec clock, bool joins)
{
    const char *site = g_array_index(world->sites, SimSiteSpec, node->site).name;
    SimStageNode made = {
        .name = sim_record_keep(record, node->name),
        .site = node->site,
        .number = number_of_name(node->name, site),
        .address = sim_record_keep(record, address),
        .profile = sim_record_keep(record, profile),
        .clock = clock,
        .joins = joins,
    };
    g_array_append_val(record->stage.nodes, made);
}

void sim_record_join(SimWorld *world, const SimNode *node, const char *address)
{
    if (!world->record)
        return;
    add_stage_node(world->record, world, node, address, NULL, (SimClockSpec) { 0 }, true);
    SimDeed *deed = add_deed(world, SIM_DEED_JOIN);
    add_node(deed, node->index);
    if (address)
        add_field(deed, "address", sim_lua_string(address), false);
}

void sim_record_slow(SimWorld *world, const SimNode *node, double factor, int64_t for_us)
{
    if (!world->record)
        return;
    g_autofree char *text = number_text(factor);
    sim_record_node(world, node, "slow", for_us, text);
}

/* --- faults ---------------------------------------------------------------------------------- */

void sim_record_fault(SimWorld *world, uint32_t scope, SimDeedKind kind, const SimGroup *groups,
                      size_t count, int64_t for_us)
{
    if (!world->record)
        return;
    SimDeed *deed = add_deed(world, kind);
    for (size_t i = 0; i < count; i++)
        add_group(deed, groups[i]);
    deed->scope = scope;
    deed->for_us = for_us;
}

static SimDeed *add_pair(SimWorld *world, SimDeedKind kind, SimGroup a, SimGroup b)
{
    const SimGroup groups[] = { a, b };
    sim_record_fault(world, SIM_ALL_CLUSTERS, kind, groups, 2, -1);
    return world->record->deeds->pdata[world->record->deeds->len - 1];
}

void sim_record_cut(SimWorld *world, SimGroup a, SimGroup b, bool oneway, bool calls)
{
    if (!world->record)
        return;
    SimDeed *deed = add_pair(world, SIM_DEED_CUT, a, b);
    if (oneway && !calls)
        add_field(deed, "oneway", g_strdup("true"), false);
    if (calls)
        add_field(deed, "calls", g_strdup("true"), false);
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

void sim_record_link(SimWorld *world, SimGroup a, SimGroup b, const SimLink *change,
                     unsigned fields)
{
    if (!world->record)
        return;
    SimDeed *deed = add_pair(world, SIM_DEED_LINK, a, b);
    if (fields & SIM_LINK_DELAY)
        add_field(deed, "rtt", sim_lua_duration(change->delay_us * 2), false);
    if (fields & SIM_LINK_JITTER)
        add_field(deed, "jitter", proportion_text(change->jitter), false);
    if (fields & SIM_LINK_LOSS)
        add_field(deed, "loss", proportion_text(proportion(change->loss)), false);
    if (fields & SIM_LINK_BURST)
        add_field(deed, "burst",
                  g_strdup_printf("{ enter = ppm(%.0f), leave = ppm(%.0f), loss = ppm(%.0f) }",
                                  proportion(change->burst_enter) * 1e6,
                                  proportion(change->burst_leave) * 1e6,
                                  proportion(change->burst_loss) * 1e6),
                  false);
    if (fields & SIM_LINK_BANDWIDTH)
        add_field(deed, "bandwidth",
                  sim_lua_quantity(SIM_QUANTITY_BANDWIDTH, (double)change->bandwidth_bps), false);
    if (fields & SIM_LINK_QUEUE)
        add_field(deed, "queue", sim_lua_quantity(SIM_QUANTITY_SIZE, (double)change->queue_bytes),
                  false);
}

static SimGroup party_of(SimEndpoint endpoint, SimParty *party)
{
    if (endpoint == SIM_NO_ENDPOINT)
        return (SimGroup) { NULL, 0 };
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
    for (guint i = 0; i < nth->len; i++)
        g_string_append_printf(out, "%s%" G_GUINT64_FORMAT,
                               i > 0          ? ", "
                               : nth->len > 1 ? "{ "
                                              : "",
                               g_array_index(nth, uint64_t, i));
    return g_string_free(g_string_append(out, nth->len > 1 ? " }" : ""), FALSE);
}

void sim_record_intercept(SimWorld *world, const SimIntercept *intercept)
{
    static const char *const actions[] = { "observe",     "drop",         "delay",    "drop_reply",
                                           "delay_reply", "refuse_apply", "duplicate" };
    if (!world->record)
        return;
    SimParty from, to;
    SimDeed *deed = add_deed(world, SIM_DEED_INTERCEPT);
    deed->number = world->record->intercepts++;
    deed->scope = intercept->cluster;
    add_group(deed, party_of(intercept->from, &from));
    add_group(deed, party_of(intercept->to, &to));
    bool late =
        intercept->action == SIM_INTERCEPT_DELAY || intercept->action == SIM_INTERCEPT_DELAY_REPLY;
    if (intercept->op != SIM_N_OPS)
        add_field(deed, "op", sim_lua_string(sim_op_name(intercept->op)), true);
    if (!intercept->all)
        add_field(deed, "nth", nth_text(intercept->nth), true);
    else if (intercept->action != SIM_INTERCEPT_OBSERVE)
        add_field(deed, "nth", g_strdup("\"all\""), true);
    add_field(deed, "action", sim_lua_string(actions[intercept->action]), true);
    if (late)
        add_field(deed, "by", sim_lua_duration(intercept->by_us), true);
    if (intercept->after_us > world->now_us)
        add_field(deed, "after", moment_text(world, intercept->after_us), false);
    if (intercept->before_us != INT64_MAX)
        add_field(deed, "before", moment_text(world, MAX(intercept->before_us, world->now_us)),
                  false);
    if (intercept->chance != SIM_CHANCE_ONE)
        add_field(deed, "chance", proportion_text(proportion(intercept->chance)), false);
    if (intercept->reply_ok)
        add_field(deed, "reply", g_strdup("\"ok\""), true);
}

void sim_record_intercept_stop(SimWorld *world, uint32_t number)
{
    if (world->record)
        add_deed(world, SIM_DEED_INTERCEPT_STOP)->number = number;
}

/* --- weather --------------------------------------------------------------------------------- */

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
        if (!sim_world_node(world, i)->member)
            continue;
        for (uint32_t k = 0; k < i; k++)
            if (sim_world_node(world, k)->member &&
                is_cut(world, sim_node_endpoint(i), sim_node_endpoint(k)))
                return true;
        for (uint32_t k = 0; k < world->clients->len && k < LOOKED_AT; k++)
            if (sim_client_open(sim_world_client(world, k)) &&
                is_cut(world, sim_node_endpoint(i), sim_client_endpoint(k)))
                return true;
    }
    return false;
}

/* Has a link been changed since everything was healed last? */
static bool anything_degraded(const SimRecording *record)
{
    for (guint i = record->deeds->len; i-- > 0;) {
        const SimDeed *deed = record->deeds->pdata[i];
        if (deed->kind == SIM_DEED_HEAL && deed->groups->len == 0)
            return false;
        if (deed->kind == SIM_DEED_LINK)
            return true;
    }
    return false;
}

void sim_record_violation(SimWorld *world)
{
    if (!world->record)
        return;
    unsigned weather = (anything_cut(world) ? SIM_WEATHER_CUT : 0) |
                       (anything_degraded(world->record) ? SIM_WEATHER_DEGRADED : 0);
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        const SimNode *node = sim_world_node(world, i);
        weather |= node->member && !node->alive ? SIM_WEATHER_DOWN : 0;
        weather |= node->alive && node->paused ? SIM_WEATHER_PAUSED : 0;
    }
    g_array_append_val(world->record->weathers, weather);
}

/* --- the beginning --------------------------------------------------------------------------- */

/* "10.<cluster>.<site>.<k>:8848": what a node gets unless told otherwise. */
static bool is_usual_address(const SimNode *node, uint32_t number)
{
    const SimSiteSpec *site = sim_world_site(node->world, node->site);
    g_autofree char *usual =
        g_strdup_printf("10.%u.%u.%u:8848", site->cluster, site->number, number);
    return strcmp(usual, node->address) == 0;
}

static char *setting_text(const SimPropertyValue *value)
{
    switch (value->setting->kind) {
    case DISTRO_SETTING_DURATION:
        return sim_lua_duration(value->value);
    case DISTRO_SETTING_BOOL:
        return g_strdup(value->value ? "true" : "false");
    default:
        return g_strdup_printf("%" G_GINT64_FORMAT, value->value);
    }
}

static uint32_t node_of_name(const SimWorld *world, const char *name)
{
    const SimNode *node = name ? sim_world_find_node(world, name) : NULL;
    return node ? node->index : UINT32_MAX;
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

static void take_nodes(SimRecording *record, const SimScript *script)
{
    const SimWorld *world = script->world;
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        const SimNode *node = sim_world_node(world, i);
        const SimNodeSpec *spec = &g_array_index(world->spec->nodes, SimNodeSpec, i);
        const char *site = g_array_index(world->sites, SimSiteSpec, node->site).name;
        bool usual = is_usual_address(node, number_of_name(node->name, site));
        bool own =
            strcmp(node->profile, sim_world_cluster(world, node->cluster)->join_profile) != 0;
        add_stage_node(record, world, node, usual ? NULL : node->address,
                       own ? node->profile : NULL, spec->clock, false);
    }
}

static void take_settings(SimRecording *record, const SimScript *script)
{
    for (guint i = 0; i < script->settings->len; i++) {
        const SimPropertyValue *value = &g_array_index(script->settings, SimPropertyValue, i);
        g_autofree char *text = setting_text(value);
        SimStageSetting made = {
            .cluster = value->node || !value->cluster
                           ? UINT32_MAX
                           : (uint32_t)sim_world_find_cluster(script->world, value->cluster),
            .node = node_of_name(script->world, value->node),
            .property = sim_record_keep(record, value->setting->property),
            .value = sim_record_keep(record, text),
        };
        g_array_append_val(record->stage.settings, made);
    }
}

static void take_budgets(SimRecording *record, const SimScript *script)
{
    for (guint i = 0; i < script->budgets->len; i++) {
        const SimBudget *budget = &g_array_index(script->budgets, SimBudget, i);
        g_autofree char *name = sim_lua_string(budget->figure);
        g_autofree char *limit = budget->quantity ? sim_lua_quantity(budget->kind, budget->limit)
                                                  : number_text(budget->limit);
        g_ptr_array_add(record->budgets, g_strdup_printf("[%s] = %s", name, limit));
    }
}

void sim_record_begin(SimScript *script)
{
    SimWorld *world = script->world;
    SimRecording *record = world->record;
    if (!record)
        return;
    SimStage *stage = &record->stage;
    const SimWorldSpec *spec = world->spec;
    stage->profile = sim_record_keep(record, script->profile);
    stage->framing_bytes = spec->framing_bytes;
    stage->manual_boot = spec->manual_boot;
    stage->default_client = spec->default_client;
    if (spec->bridges->len > 0)
        record->untold = "a world with bridges cannot be told flat";
    take_sites(record, world);
    for (guint i = 0; i < spec->links->len; i++)
        g_array_append_val(stage->links, g_array_index(spec->links, SimLinkSpec, i).link);
    take_nodes(record, script);
    take_settings(record, script);
    if (script->checks->len > 0)
        g_array_append_vals(record->checks, script->checks->data, script->checks->len);
}

void sim_record_check(const SimScript *script, const SimCheck *check)
{
    if (script->world->record)
        g_array_append_val(script->world->record->checks, *check);
}

/* Budgets may be set by the story, too. */
void sim_record_budgets(SimScript *script)
{
    if (script->world && script->world->record)
        take_budgets(script->world->record, script);
}
