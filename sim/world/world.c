/* sim/world/world.c -- putting the world together, and its run loop. */
#include "sim/world/world.h"

#include <string.h>

#include "sim/world/observe.h"

/* Nodes boot over this long, so that the phases of their periodic timers (at most 5 s) are spread
 * over their whole period. */
#define BOOT_SPREAD_US 10000000
/* After that: time for the first loads, the retries of those that found no peer, and the
 * reports. */
#define BOOT_SETTLE_US 40000000

GQuark sim_world_error_quark(void)
{
    return g_quark_from_static_string("sim-world-error");
}

/* --- specification ------------------------------------------------------------------------ */

static void clear_node_spec(gpointer data)
{
    SimNodeSpec *spec = data;
    g_free(spec->name);
    g_free(spec->address);
    g_free(spec->known_as);
    g_free(spec->profile);
}

static void clear_site_spec(gpointer data)
{
    g_free(((SimSiteSpec *)data)->name);
}

static void clear_cluster_spec(gpointer data)
{
    SimClusterSpec *spec = data;
    g_free(spec->name);
    g_free(spec->join_profile);
}

SimWorldSpec *sim_world_spec_new(void)
{
    SimWorldSpec *spec = g_new0(SimWorldSpec, 1);
    spec->framing_bytes = SIM_FRAMING_TCP;
    spec->nodes = g_array_new(false, true, sizeof(SimNodeSpec));
    g_array_set_clear_func(spec->nodes, clear_node_spec);
    spec->clusters = g_array_new(false, true, sizeof(SimClusterSpec));
    g_array_set_clear_func(spec->clusters, clear_cluster_spec);
    spec->sites = g_array_new(false, true, sizeof(SimSiteSpec));
    g_array_set_clear_func(spec->sites, clear_site_spec);
    spec->links = g_array_new(false, true, sizeof(SimLinkSpec));
    spec->bridges = g_ptr_array_new();
    return spec;
}

SimClusterSpec *sim_world_spec_add_cluster(SimWorldSpec *spec, const char *name)
{
    const SimClusterSpec cluster = {
        .name = g_strdup(name != NULL ? name : ""),
        .first_site = spec->sites->len,
        .join_config = distro_config_default(),
    };
    g_array_append_val(spec->clusters, cluster);
    return &g_array_index(spec->clusters, SimClusterSpec, spec->clusters->len - 1);
}

void sim_world_spec_free(SimWorldSpec *spec)
{
    if (spec == NULL) {
        return;
    }
    g_array_unref(spec->nodes);
    g_array_unref(spec->clusters);
    g_array_unref(spec->sites);
    g_array_unref(spec->links);
    g_ptr_array_unref(spec->bridges);
    g_free(spec);
}

/* --- events ------------------------------------------------------------------------------- */

void sim_world_on_change(SimWorld *world, void (*changed)(void *data), void *data)
{
    world->on_change = changed;
    world->on_change_data = data;
}

static void on_network_event(void *data, uint64_t payload)
{
    SimWorld *world = data;
    sim_network_event(world->network, world->now_us, payload);
}

static void on_node_event(void *world, uint64_t payload)
{
    sim_node_event(world, payload);
}

static void on_event_beside(void *data, uint64_t payload)
{
    const SimWorld *world = data;
    world->beside->on_event(world->beside->data, payload);
}

/* --- the network's upcalls ---------------------------------------------------------------- */

static void on_request(void *data, uint64_t id)
{
    SimWorld *world = data;
    const SimCall *call = sim_network_find_call(world->network, id);
    const SimEndpoint to = call->to;
    if (sim_endpoint_is_client(to)) {
        world->client_side->on_request(sim_world_client(world, sim_endpoint_index(to)), id);
    } else if (sim_op_is_beside(call->op)) {
        world->beside->on_request(world->beside->data, sim_world_node(world, to), id);
    } else {
        world->server_side->on_request(sim_world_node(world, to), id, call);
    }
}

static void on_outcome(void *data, uint64_t id, DistroOutcome outcome, const DistroFrame *frame)
{
    SimWorld *world = data;
    const SimCall *call = sim_network_find_call(world->network, id);
    const SimEndpoint from = call->from;
    if (!sim_endpoint_is_client(from) && sim_op_is_beside(call->op)) {
        world->beside->on_outcome(world->beside->data, sim_world_node(world, from), id, outcome,
                                  frame);
    } else if (sim_endpoint_is_client(from)) {
        world->client_side->on_outcome(sim_world_client(world, sim_endpoint_index(from)), id,
                                       outcome, frame);
    } else if (sim_world_node(world, from)->alive) {
        world->server_side->on_outcome(sim_world_node(world, from), id, call, outcome, frame);
    }
}

static void on_connection_lost(void *data, SimEndpoint told, SimEndpoint other, bool opener,
                               uint64_t context)
{
    SimWorld *world = data;
    if (sim_endpoint_is_client(told)) {
        world->client_side->on_connection_lost(sim_world_client(world, sim_endpoint_index(told)),
                                               other);
        return;
    }
    SimNode *node = sim_world_node(world, told);
    if (!node->alive) {
        return;
    }
    if (sim_endpoint_is_client(other)) {
        world->server_side->on_connection_lost(node, sim_endpoint_index(other), context);
        return;
    }
    if (!opener) {
        return; /* a server of the cluster port keeps no state of its peers' connections */
    }
    DistroInput input = { .kind = DISTRO_INPUT_LINK_LOST };
    input.link_lost.peer = sim_node_name_for(sim_world_node(world, other), node);
    sim_node_input(node, &input);
}

static bool takes_batch(void *data, SimEndpoint node, uint32_t largest)
{
    return sim_round_is_taken(sim_world_node(data, node), largest);
}

static void on_digests(void *data, uint64_t id, const SimDigests *digests)
{
    SimWorld *world = data;
    const SimCall *call = sim_network_find_call(world->network, id);
    sim_round_on_digests(sim_world_node(world, call->to), id, digests);
}

static void on_verified(void *data, uint64_t id, const SimDigests *digests,
                        const DistroMiss *misses, uint32_t miss_count)
{
    SimWorld *world = data;
    const SimCall *call = sim_network_find_call(world->network, id);
    sim_round_on_verified(sim_world_node(world, call->from), id, digests, misses, miss_count);
}

/* --- building ----------------------------------------------------------------------------- */

static void enter_address(SimWorld *world, DistroName address, uint32_t index)
{
    if (address >= world->node_by_address->len) {
        g_array_set_size(world->node_by_address, address + 1);
    }
    g_array_index(world->node_by_address, uint32_t, address) = index + 1;
}

static SimNode *add_node(SimWorld *world, const SimNodeSpec *spec)
{
    SimNode *node = g_new0(SimNode, 1);
    node->world = world;
    node->index = world->nodes->len;
    node->name = g_strdup(spec->name);
    node->address = g_strdup(spec->address);
    node->address_name = distro_dictionary_name(world->dictionary, spec->address);
    node->known_name = spec->known_as == NULL
                           ? node->address_name
                           : distro_dictionary_name(world->dictionary, spec->known_as);
    node->site = spec->site;
    node->cluster = sim_world_site(world, spec->site)->cluster;
    node->config = spec->config;
    node->profile = g_strdup(spec->profile);
    node->member = true;
    node->slow_factor = 1;
    node->clock_base_wall_us = SIM_EPOCH_US + spec->clock.offset_us;
    node->drift_ppb = spec->clock.drift_ppb;
    node->delivering_path = DISTRO_PATH_PUSH;
    node->members = g_array_new(false, false, sizeof(DistroName));
    world->server_side->add(node);
    g_ptr_array_add(world->nodes, node);
    enter_address(world, node->address_name, node->index);
    enter_address(world, node->known_name, node->index);
    sim_network_add_node(world->network, node->name, node->site);
    sim_tell_node_added(world, node);
    if (world->beside != NULL) {
        world->beside->added(world->beside->data, node);
    }
    return node;
}

static void add_links(SimWorld *world)
{
    sim_network_set_sites(world->network, world->sites->len);
    for (guint i = 0; i < world->sites->len; i++) {
        sim_network_set_cluster(world->network, i, sim_world_site(world, i)->cluster);
    }
    for (guint i = 0; i < world->spec->links->len; i++) {
        const SimLinkSpec *spec = &g_array_index(world->spec->links, SimLinkSpec, i);
        sim_network_set_link(world->network, spec->from, spec->to, &spec->link,
                             spec->from != spec->to);
    }
}

static void add_nodes(SimWorld *world)
{
    for (guint i = 0; i < world->spec->nodes->len; i++) {
        add_node(world, &g_array_index(world->spec->nodes, SimNodeSpec, i));
    }
    for (guint i = 0; i < world->nodes->len; i++) {
        SimNode *node = sim_world_node(world, i);
        for (guint j = 0; j < world->nodes->len; j++) {
            const SimNode *other = sim_world_node(world, j);
            if (sim_node_in(other, node->cluster)) {
                const DistroName name = sim_node_name_for(other, node);
                g_array_append_val(node->members, name);
            }
        }
        node->config.standalone = node->members->len == 1;
    }
}

SimWorld *sim_world_new(SimWorldSpec *spec, uint64_t seed, bool record,
                        const SimServerSide *servers, const SimClientSide *clients)
{
    SimWorld *world = g_new0(SimWorld, 1);
    world->server_side = servers;
    world->client_side = clients;
    world->observers = g_new0(struct SimObservers, 1);
    world->handlers = sim_handlers_new();
    world->seed = seed;
    world->spec = spec;
    world->sites = spec->sites;
    world->clusters = spec->clusters;
    if (spec->clusters->len == 0) {
        sim_world_spec_add_cluster(spec, NULL)->first_site = 0;
        g_array_index(spec->clusters, SimClusterSpec, 0).n_sites = spec->sites->len;
    }
    int64_t retry_us = 0, start_us = 0;
    for (guint i = 0; i < spec->nodes->len; i++) {
        const DistroConfig *config = &g_array_index(spec->nodes, SimNodeSpec, i).config;
        retry_us = MAX(retry_us, config->load_retry_delay_us);
        start_us = MAX(start_us, config->start_us);
    }
    world->now_us = -(BOOT_SPREAD_US + BOOT_SETTLE_US + 2 * retry_us + start_us);
    world->queue = sim_event_queue_new(world->now_us);
    world->dictionary = distro_dictionary_new();
    world->trace = sim_trace_new(record);
    const SimNetworkPeers peers = { .data = world,
                                    .on_request = on_request,
                                    .on_outcome = on_outcome,
                                    .on_connection_lost = on_connection_lost,
                                    .takes_batch = takes_batch,
                                    .on_digests = on_digests,
                                    .on_verified = on_verified };
    world->network = sim_network_new(seed, world->queue, world->trace, &peers, spec->framing_bytes);
    world->nodes = g_ptr_array_new_with_free_func(sim_node_free);
    world->clients = g_ptr_array_new();
    world->fleets = g_ptr_array_new();
    world->bridges = g_ptr_array_new();
    world->client_by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    world->client_by_id = g_hash_table_new(NULL, NULL);
    world->node_by_address = g_array_new(false, true, sizeof(uint32_t));
    world->ahead_us = g_array_new(false, true, sizeof(uint32_t));
    sim_world_handle(world, SIM_EVENT_NETWORK, on_network_event, world);
    sim_world_handle(world, SIM_EVENT_NODE, on_node_event, world);
    sim_world_handle(world, SIM_EVENT_BESIDE, on_event_beside, world);
    sim_faults_open(world);
    clients->open(world);
    add_links(world);
    add_nodes(world);
    return world;
}

void sim_world_free(SimWorld *world)
{
    if (world == NULL) {
        return;
    }
    if (world->beside != NULL) {
        world->beside->free(world->beside->data);
        g_free(world->beside);
    }
    g_ptr_array_unref(world->bridges);
    g_ptr_array_unref(world->fleets);
    g_ptr_array_unref(world->clients);
    g_ptr_array_unref(world->nodes);
    sim_handlers_free(world->handlers);
    g_free(world->observers);
    sim_network_free(world->network);
    sim_trace_free(world->trace);
    sim_event_queue_free(world->queue);
    distro_dictionary_free(world->dictionary);
    g_hash_table_unref(world->client_by_name);
    g_hash_table_unref(world->client_by_id);
    g_array_unref(world->node_by_address);
    g_array_unref(world->ahead_us);
    g_clear_pointer(&world->kept, g_array_unref);
    sim_world_spec_free(world->spec);
    g_free(world);
}

void sim_world_redraw(SimWorld *world, uint64_t seed)
{
    sim_network_redraw(world->network, seed);
    sim_residents_redraw(world, seed);
    if (world->beside != NULL) {
        world->beside->redraw(world->beside->data, seed);
    }
    world->seed ^= seed; /* of streams that have not begun */
}

/* --- booting ------------------------------------------------------------------------------ */

typedef struct Boot {
    int64_t at_us;
    uint32_t node;
} Boot;

static gint compare_boots(gconstpointer a, gconstpointer b)
{
    const Boot *left = a, *right = b;
    if (left->at_us != right->at_us) {
        return left->at_us < right->at_us ? -1 : 1;
    }
    return left->node < right->node ? -1 : 1;
}

static void run_until(SimWorld *world, int64_t until_us)
{
    while (!sim_world_is_unwanted(world) && sim_world_step(world, until_us)) {
    }
}

static void boot_all(SimWorld *world)
{
    SimPrng prng = sim_prng_stream(world->seed, "boot");
    g_autoptr(GArray) boots = g_array_new(false, false, sizeof(Boot));
    for (guint i = 0; i < world->nodes->len; i++) {
        const Boot boot = { world->now_us + sim_prng_between(&prng, 0, BOOT_SPREAD_US), i };
        g_array_append_val(boots, boot);
    }
    g_array_sort(boots, compare_boots);
    for (guint i = 0; i < boots->len && !sim_world_is_unwanted(world); i++) {
        const Boot *boot = &g_array_index(boots, Boot, i);
        run_until(world, boot->at_us);
        sim_node_boot(sim_world_node(world, boot->node));
    }
}

void sim_world_boot(SimWorld *world, GPtrArray *not_loaded)
{
    if (!world->spec->manual_boot) {
        boot_all(world);
    }
    run_until(world, 0);
    for (guint i = 0; i < world->nodes->len; i++) {
        const SimNode *node = sim_world_node(world, i);
        if (!world->spec->manual_boot && !node->loaded && not_loaded != NULL) {
            g_ptr_array_add(not_loaded, g_strdup(node->name));
        }
    }
}

/* --- the run loop ------------------------------------------------------------------------- */

/* Time passes without an event: the queue's clock, which the network reads, must follow ours. */
static void advance(SimWorld *world, int64_t until_us)
{
    SimEvent nothing;
    if (until_us > world->now_us) {
        world->now_us = until_us;
        sim_event_queue_push(world->queue, until_us, 0);
        sim_event_queue_pop(world->queue, &nothing);
    }
}

/* What comes next, of the queue's events and VERIFY on its way, if it is due. */
static bool take_next(SimWorld *world, int64_t until_us)
{
    const int64_t verify_us = sim_network_next_verify(world->network);
    const int64_t before_us = sim_network_before_verify(world->network);
    SimEvent event;
    if (sim_event_queue_pop_by(world->queue, MIN(before_us, until_us), &event)) {
        world->now_us = event.at_us;
        world->events++;
        sim_world_dispatch(world, event.word);
        return true;
    }
    if (verify_us <= until_us) {
        world->now_us = verify_us;
        world->events++;
        sim_network_carry_verify(world->network, verify_us, until_us);
        return true;
    }
    return false;
}

void sim_world_look(SimWorld *world)
{
    if (world->changed) {
        world->changed = false;
        if (world->on_change != NULL) {
            world->on_change(world->on_change_data);
        }
    }
}

/* Not inline: tests/gdb stops here. */
G_NO_INLINE bool sim_world_step(SimWorld *world, int64_t until_us)
{
    if (world->stopped || !take_next(world, until_us)) {
        advance(world, until_us);
        return false;
    }
    sim_world_look(world);
    return true;
}

/* --- looking up --------------------------------------------------------------------------- */

SimNode *sim_world_find_node(const SimWorld *world, const char *name)
{
    for (guint i = 0; i < world->nodes->len; i++) {
        SimNode *node = sim_world_node(world, i);
        if (strcmp(node->name, name) == 0) {
            return node;
        }
    }
    return NULL;
}

SimClient *sim_world_find_client(const SimWorld *world, const char *name)
{
    const guint place = GPOINTER_TO_UINT(g_hash_table_lookup(world->client_by_name, name));
    return place == 0 ? NULL : sim_world_client(world, place - 1);
}

SimClient *sim_world_client_of_id(const SimWorld *world, DistroClient id)
{
    const guint place =
        GPOINTER_TO_UINT(g_hash_table_lookup(world->client_by_id, GUINT_TO_POINTER(id)));
    return place == 0 ? NULL : sim_world_client(world, place - 1);
}

void sim_world_enter_client_id(SimWorld *world, DistroClient id, uint32_t client)
{
    g_hash_table_insert(world->client_by_id, GUINT_TO_POINTER(id), GUINT_TO_POINTER(client + 1));
}

int sim_world_find_site(const SimWorld *world, const char *name)
{
    for (guint i = 0; i < world->sites->len; i++) {
        if (strcmp(g_array_index(world->sites, SimSiteSpec, i).name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

int sim_world_find_cluster(const SimWorld *world, const char *name)
{
    for (guint i = 0; i < world->clusters->len; i++) {
        if (strcmp(sim_world_cluster(world, i)->name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

const SimClusterSpec *sim_world_cluster(const SimWorld *world, uint32_t cluster)
{
    g_assert_cmpuint(cluster, <, world->clusters->len);
    return &g_array_index(world->clusters, SimClusterSpec, cluster);
}

const SimSiteSpec *sim_world_site(const SimWorld *world, uint32_t site)
{
    g_assert_cmpuint(site, <, world->sites->len);
    return &g_array_index(world->sites, SimSiteSpec, site);
}

char *sim_world_service_name(const SimWorld *world, DistroService service)
{
    const DistroServiceInfo *info = distro_dictionary_service_info(world->dictionary, service);
    const char *group = distro_dictionary_text(world->dictionary, info->group);
    const char *name = distro_dictionary_text(world->dictionary, info->name);
    return strcmp(group, "DEFAULT_GROUP") == 0 ? g_strdup(name)
                                               : g_strdup_printf("%s@@%s", group, name);
}

bool sim_node_in(const SimNode *node, uint32_t cluster)
{
    return cluster == SIM_ALL_CLUSTERS || node->cluster == cluster;
}

const char *sim_world_endpoint_name(const SimWorld *world, SimEndpoint endpoint)
{
    if (endpoint == SIM_NO_ENDPOINT) {
        return "";
    }
    return sim_endpoint_is_client(endpoint)
               ? world->client_side->name(sim_world_client(world, sim_endpoint_index(endpoint)))
               : sim_world_node(world, endpoint)->name;
}

/* --- membership --------------------------------------------------------------------------- */

static void tell_everybody(SimWorld *world, uint32_t cluster)
{
    for (guint i = 0; i < world->nodes->len; i++) {
        SimNode *node = sim_world_node(world, i);
        if (node->member && sim_node_in(node, cluster)) {
            sim_node_tell_members(node);
        }
    }
}

char *sim_site_address(const SimSiteSpec *site, uint32_t k)
{
    return g_strdup_printf("10.%u.%u.%u:8848", site->cluster, site->number, k);
}

static char *next_address(const SimWorld *world, uint32_t index)
{
    const SimSiteSpec *site = sim_world_site(world, index);
    return sim_site_address(site, site->next_node);
}

static bool is_taken(SimWorld *world, const char *name, const char *address, GError **error)
{
    if (sim_world_find_node(world, name) != NULL) {
        g_set_error(error, SIM_WORLD_ERROR, 0, "a node named \"%s\" exists already", name);
        return true;
    }
    if (sim_world_node_at(world, distro_dictionary_find_name(world->dictionary, address)) != NULL) {
        g_set_error(error, SIM_WORLD_ERROR, 0, "the address %s is taken", address);
        return true;
    }
    return false;
}

SimNode *sim_world_join(SimWorld *world, const char *name, uint32_t site, const char *address,
                        const char *known_as, GError **error)
{
    g_autofree char *where = address != NULL ? g_strdup(address) : next_address(world, site);
    if (is_taken(world, name, where, error) ||
        (known_as != NULL && is_taken(world, name, known_as, error))) {
        return NULL;
    }
    g_array_index(world->sites, SimSiteSpec, site).next_node++;
    const SimClusterSpec *cluster = sim_world_cluster(world, sim_world_site(world, site)->cluster);
    const SimNodeSpec spec = {
        .name = (char *)name,
        .address = where,
        .known_as = (char *)known_as,
        .site = site,
        .config = cluster->join_config,
        .profile = cluster->join_profile,
    };
    SimNode *joined = add_node(world, &spec);
    for (guint i = 0; i < world->nodes->len; i++) {
        SimNode *node = sim_world_node(world, i);
        if (node->member && node != joined && node->cluster == joined->cluster) {
            g_array_append_val(node->members, joined->known_name);
            g_array_append_val(joined->members, node->known_name);
        }
    }
    g_array_append_val(joined->members, joined->address_name);
    sim_world_trace(world, SIM_TRACE_NODE_JOIN, joined->index, SIM_NO_ENDPOINT, 0, 0);
    sim_world_meet_faults(world, sim_node_endpoint(joined->index));
    sim_node_boot(joined);
    tell_everybody(world, joined->cluster);
    return joined;
}

static void remove_name(GArray *names, DistroName name)
{
    for (guint i = names->len; i-- > 0;) {
        if (g_array_index(names, DistroName, i) == name) {
            g_array_remove_index(names, i);
        }
    }
}

void sim_world_leave(SimNode *node)
{
    SimWorld *world = node->world;
    sim_world_trace(world, SIM_TRACE_NODE_LEAVE, node->index, SIM_NO_ENDPOINT, 0, 0);
    sim_node_stop(node);
    node->member = false;
    for (guint i = 0; i < world->nodes->len; i++) {
        remove_name(sim_world_node(world, i)->members, node->address_name);
        remove_name(sim_world_node(world, i)->members, node->known_name);
    }
    tell_everybody(world, SIM_ALL_CLUSTERS); /* a list set by hand may name any node */
    sim_tell_node_left(world, node);
}

/* --- trace -------------------------------------------------------------------------------- */

/* What happens in a quiet cluster, too; everything else is movement that settle waits for. */
static bool is_periodic(SimTraceKind kind)
{
    switch ((int)kind) {
    case DISTRO_EVENT_VERIFY_SENT:
    case DISTRO_EVENT_VERIFY_OK:
    case DISTRO_EVENT_VERIFY_FAILED:
    case SIM_TRACE_MESSAGE_LOST:
    case SIM_TRACE_MESSAGE_DELAYED:
    case SIM_TRACE_MESSAGE_TIMEOUT:
    case SIM_TRACE_MESSAGE_REFUSED:
    case SIM_TRACE_LOG:
        return true;
    default:
        return false;
    }
}

void sim_world_trace(SimWorld *world, SimTraceKind kind, SimEndpoint subject, SimEndpoint object,
                     DistroClient client, int64_t value)
{
    const SimRecord record = {
        .at_us = world->now_us,
        .kind = (uint16_t)kind,
        .op = SIM_N_OPS,
        .subject = subject,
        .object = object,
        .client = client,
        .value = value,
    };
    sim_trace_add(world->trace, &record);
    if (!is_periodic(kind)) {
        world->last_activity_us = world->now_us;
    }
}
