/* sim/raft/persistent.c -- what is replicated, as each server has it: clients' writes go to Raft,
 * what is applied goes to lists, subscribers, the truth and the marks of expiry.
 *
 *      REGISTER ... ephemeral = false --> on_write --> sim_raft_write --> log
 *                                            |                             |
 *      answer <------------------------------'         view, push <--- apply at each server */
#include "sim/raft/persistent.h"

#include <math.h>
#include <string.h>

#include "core/message.h"
#include "sim/client/client.h"
#include "sim/raft/server.h"
#include "sim/server/catalog.h"
#include "sim/server/push.h"
#include "sim/server/server.h"
#include "sim/world/observe.h"

/* --- identities --------------------------------------------------------------------------- */

static const DistroListingInfo *first_listing(const DistroDictionary *dictionary,
                                              DistroPublication publication)
{
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    return distro_dictionary_listing_info(dictionary, info->listings[0]);
}

DistroClient sim_persistent_client(DistroDictionary *dictionary, DistroPublication publication)
{
    const DistroListingInfo *listing = first_listing(dictionary, publication);
    g_autofree char *text =
        g_strdup_printf("%s:%d#false", distro_dictionary_text(dictionary, listing->instance.ip),
                        listing->instance.port);
    return distro_dictionary_client(dictionary, text);
}

static SimMetadataId metadata_id(const DistroListingInfo *listing)
{
    return (SimMetadataId) { .ip = listing->instance.ip,
                             .port = listing->instance.port,
                             .cluster = listing->instance.cluster };
}

/* --- lists -------------------------------------------------------------------------------- */

static DistroExtEntry *laid_over(const DistroDictionary *dictionary, DistroExt own,
                                 const SimOverride *override, size_t *count)
{
    size_t n_own, n_over;
    const DistroExtEntry *below = distro_dictionary_ext_entries(dictionary, own, &n_own);
    const DistroExtEntry *above =
        distro_dictionary_ext_entries(dictionary, override->metadata, &n_over);
    DistroExtEntry *entries = g_new(DistroExtEntry, n_own + n_over + 2);
    *count = 0;
    for (size_t i = 0; i < n_own; i++) {
        bool covered = below[i].kind != DISTRO_VALUE_STRING; /* weight and enabled */
        for (size_t k = 0; k < n_over && !covered; k++) {
            covered = strcmp(below[i].key, above[k].key) == 0;
        }
        if (!covered) {
            entries[(*count)++] = below[i];
        }
    }
    for (size_t k = 0; k < n_over; k++) {
        entries[(*count)++] = above[k];
    }
    if (fabs(1 - override->weight) >= 1e-10) {
        entries[(*count)++] = (DistroExtEntry) { .key = "publishInstanceWeight",
                                                 .kind = DISTRO_VALUE_DOUBLE,
                                                 .number = override->weight };
    }
    if (!override->enabled) {
        entries[(*count)++] =
            (DistroExtEntry) { .key = "publishInstanceEnable", .kind = DISTRO_VALUE_BOOL };
    }
    return entries;
}

DistroListing sim_persistent_overlay(const SimNode *node, DistroListing listing)
{
    SimRaftServer *server = sim_raft_running(node);
    if (server == NULL) {
        return listing;
    }
    DistroDictionary *dictionary = node->world->dictionary;
    const DistroListingInfo own = *distro_dictionary_listing_info(dictionary, listing);
    const SimOverride *override =
        sim_raft_machine_override(server->machine, own.service, metadata_id(&own));
    if (override == NULL) {
        return listing;
    }
    size_t count;
    g_autofree DistroExtEntry *entries = laid_over(dictionary, own.instance.ext, override, &count);
    DistroInstance instance = own.instance;
    instance.ext = distro_dictionary_ext(dictionary, entries, count);
    const DistroListing merged = distro_dictionary_listing(dictionary, own.service, &instance);
    g_hash_table_add(server->raft->merged, GUINT_TO_POINTER(merged));
    return merged;
}

bool sim_persistent_is_merged(const SimWorld *world, DistroListing listing)
{
    const SimRaft *raft = sim_raft_of(world);
    return raft != NULL && g_hash_table_contains(raft->merged, GUINT_TO_POINTER(listing));
}

void sim_persistent_listings(const SimNode *node, DistroService service, GArray *listings,
                             GArray *clients)
{
    const SimRaftMachine *machine = sim_raft_machine(node);
    size_t count = 0;
    const SimPersistent *instances =
        machine != NULL ? sim_raft_machine_instances(machine, service, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        const DistroPublicationInfo *info =
            distro_dictionary_publication_info(node->world->dictionary, instances[i].publication);
        const SimClient *client = sim_world_client_of_id(node->world, instances[i].client);
        const uint32_t index = client != NULL ? sim_client_index(client) : UINT32_MAX;
        g_array_append_vals(listings, info->listings, info->count);
        for (uint32_t k = 0; clients != NULL && k < info->count; k++) {
            g_array_append_val(clients, index);
        }
    }
}

static bool is_enabled(const DistroDictionary *dictionary, DistroListing listing)
{
    return distro_dictionary_listing_info(dictionary, listing)->enabled;
}

static bool needs_protection(const SimNode *node, DistroService service, const GArray *listings)
{
    const DistroDictionary *dictionary = node->world->dictionary;
    const SimRaftMachine *machine = sim_raft_machine(node);
    double threshold;
    uint32_t healthy = 0, all = 0;
    if (machine == NULL || !sim_raft_machine_protect_threshold(machine, service, &threshold)) {
        return false;
    }
    for (guint i = 0; i < listings->len; i++) {
        const DistroListing listing = g_array_index(listings, DistroListing, i);
        if (is_enabled(dictionary, listing)) {
            healthy += distro_dictionary_listing_info(dictionary, listing)->instance.healthy;
            all++;
        }
    }
    return all > 0 && healthy <= threshold * all;
}

/* ServiceUtil#selectInstancesWithHealthyProtection: if no more than the threshold's part of
 * @listings is healthy, all of them are said to be. Metadata is needed for it, and a threshold of
 * 0 is enough: when none is healthy, all are. */
static void protect(const SimNode *node, DistroService service, GArray *listings)
{
    DistroDictionary *dictionary = node->world->dictionary;
    if (!needs_protection(node, service, listings)) {
        return;
    }
    GHashTable *merged = sim_raft_of(node->world)->merged;
    for (guint i = 0; i < listings->len; i++) {
        DistroListing *listing = &g_array_index(listings, DistroListing, i);
        const bool is_merged = g_hash_table_contains(merged, GUINT_TO_POINTER(*listing));
        DistroInstance instance = distro_dictionary_listing_info(dictionary, *listing)->instance;
        if (!instance.healthy && is_enabled(dictionary, *listing)) {
            instance.healthy = true;
            *listing = distro_dictionary_listing(dictionary, service, &instance);
            if (is_merged) {
                g_hash_table_add(merged, GUINT_TO_POINTER(*listing));
            }
        }
    }
}

void sim_persistent_complete(void *data, const SimNode *node, DistroService service,
                             GArray *listings)
{
    (void)data;
    sim_persistent_listings(node, service, listings, NULL);
    for (guint i = 0; i < listings->len; i++) {
        DistroListing *listing = &g_array_index(listings, DistroListing, i);
        *listing = sim_persistent_overlay(node, *listing);
    }
    protect(node, service, listings);
}

bool sim_persistent_has(void *data, const SimNode *node, DistroService service)
{
    (void)data;
    size_t count = 0;
    const SimRaftMachine *machine = sim_raft_machine(node);
    if (machine != NULL) {
        sim_raft_machine_instances(machine, service, &count);
    }
    return count > 0;
}

/* --- what is applied ---------------------------------------------------------------------- */

/* Without what the servers' checks say. */
static DistroPublication without_health(SimRaftServer *server, DistroPublication publication)
{
    return publication == DISTRO_NONE
               ? (DistroPublication)DISTRO_NONE
               : distro_dictionary_with_health(server->raft->world->dictionary, publication, true);
}

static void tell_view(SimRaftServer *server, DistroClient client, DistroService service,
                      DistroPublication former, DistroPublication present)
{
    const DistroPublication before = without_health(server, former);
    const DistroPublication after = without_health(server, present);
    if (before != after) {
        const SimViewNews news = {
            .node = server->node->index,
            .client = client,
            .service = service,
            .before = before,
            .after = after,
            .path = DISTRO_PATH_PUSH,
        };
        sim_tell_view_changed(server->raft->world, &news);
    }
    sim_health_follow(server, client, service, present);
}

static void tell_subscribers(const SimRaftServer *server, DistroService service)
{
    sim_catalog_changed(server->node, service);
    sim_push_changed(sim_server_push(server->node), service, DISTRO_NONE, DISTRO_NONE);
    sim_node_schedule(server->node);
}

/* NamingMetadataManager: a publication that goes leaves its metadata to expire, one that comes
 * claims it again. */
void sim_persistent_published(void *data, SimNode *node, DistroService service,
                              DistroPublication former, DistroPublication present)
{
    (void)data;
    SimRaftServer *server = sim_raft_running(node);
    if (server == NULL) {
        return;
    }
    const DistroDictionary *dictionary = node->world->dictionary;
    const DistroPublication both[] = { former, present };
    for (int i = 0; i < 2; i++) {
        const DistroPublicationInfo *info =
            both[i] != DISTRO_NONE ? distro_dictionary_publication_info(dictionary, both[i]) : NULL;
        for (uint32_t k = 0; info != NULL && k < info->count; k++) {
            const SimMetadataId id =
                metadata_id(distro_dictionary_listing_info(dictionary, info->listings[k]));
            if (i == 0) {
                sim_expiry_mark(server->expiry, server->machine, service, id, node->world->now_us);
            } else {
                sim_expiry_unmark(server->expiry, service, id);
            }
        }
    }
}

/* Its metadata came, changed or went: queries say so at once, for their threshold is looked at when
 * they are answered; no subscriber is pushed to (ServiceInfoChangeEvent has no listener in
 * naming). */
static void tell_description(const SimRaftServer *server, DistroService service)
{
    double threshold;
    if (sim_raft_machine_protect_threshold(server->machine, service, &threshold)) {
        sim_catalog_changed(server->node, service);
    } else {
        sim_expiry_unmark(server->expiry, service, (SimMetadataId) { 0 });
    }
    sim_push_forget(sim_server_push(server->node), service);
}

void sim_persistent_apply(SimRaftServer *server, uint64_t index, GBytes *bytes)
{
    SimRaftCommand command;
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    if (!sim_raft_command_decode(server->raft->world->dictionary, data, size, &command)) {
        return;
    }
    const SimRaftChange change = sim_raft_machine_apply(server->machine, &command);
    sim_raft_note_applied(server, index, &command);
    server->raft->world->changed = true;
    if (change.override_is_gone) {
        sim_expiry_unmark(server->expiry, change.service, change.instance);
    }
    if (change.client != DISTRO_NONE) {
        sim_persistent_published(NULL, server->node, change.service, change.former, change.present);
        tell_view(server, change.client, change.service, change.former, change.present);
    }
    if (change.is_described) {
        tell_description(server, change.service);
    }
    if (change.is_pushed || change.override_is_gone) {
        tell_subscribers(server, change.service);
    }
}

/* Every instance of @machine's goes from the server's view, or comes into it. */
static void tell_machine(SimRaftServer *server, const SimRaftMachine *machine, bool comes)
{
    const DistroService last = sim_raft_machine_last_service(machine);
    for (DistroService service = 1; service <= last; service++) {
        size_t count, overrides;
        const SimPersistent *instances = sim_raft_machine_instances(machine, service, &count);
        for (size_t i = 0; i < count; i++) {
            const DistroPublication publication = instances[i].publication;
            tell_view(server, instances[i].client, service, comes ? 0 : publication,
                      comes ? publication : 0);
        }
        sim_raft_machine_overrides(machine, service, &overrides);
        if (count > 0 || overrides > 0) {
            tell_subscribers(server, service);
        }
        if (comes) {
            tell_description(server, service);
        }
    }
}

void sim_persistent_restore(SimRaftServer *server, GBytes *state)
{
    g_autoptr(SimRaftMachine) former = g_steal_pointer(&server->machine);
    server->machine = sim_raft_machine_new(server->raft->world->dictionary);
    if (state != NULL) {
        g_assert_true(sim_raft_machine_restore(server->machine, state));
    }
    tell_machine(server, former, false);
    tell_machine(server, server->machine, true);
    server->raft->world->changed = true;
}

/* --- expiry ------------------------------------------------------------------------------- */

static void ignore_end(void *data, SimRaftWritten outcome)
{
    (void)data;
    (void)outcome;
}

/* EmptyServiceAutoCleanerV2, as the catalog has it. */
static void mark_services(SimRaftServer *server)
{
    const DistroService last = sim_raft_machine_last_service(server->machine);
    for (DistroService service = 1; service <= last; service++) {
        if (sim_catalog_has(server->node, service)) {
            sim_expiry_unmark(server->expiry, service, (SimMetadataId) { 0 });
        } else {
            sim_expiry_mark_service(server->expiry, server->machine, service,
                                    server->raft->world->now_us);
        }
    }
}

void sim_persistent_expire(SimRaftServer *server)
{
    mark_services(server);
    g_autoptr(GArray) due =
        sim_expiry_due(server->expiry, server->raft->world->now_us, SIM_EXPIRY_AGE_US);
    for (guint i = 0; i < due->len; i++) {
        const SimExpired *expired = &g_array_index(due, SimExpired, i);
        const SimRaftCommand command = { .kind = expired->instance.ip == DISTRO_NONE
                                                     ? SIM_RAFT_SERVICE_DELETE
                                                     : SIM_RAFT_OVERRIDE_DELETE,
                                         .service = expired->service,
                                         .instance = expired->instance };
        sim_raft_write(server->node, command, ignore_end, NULL, NULL);
    }
}

/* --- clients' writes ---------------------------------------------------------------------- */

/* A client's call that waits for the end of its write. */
typedef struct Waiting {
    SimNode *node;
    uint32_t incarnation;
    uint64_t call;
} Waiting;

/* Whatever went wrong is 500 to the client. UNAVAILABLE says beside it that nothing was done: what
 * a sentence in the answer says in Nacos. */
static DistroStatus status_of(SimRaftWritten outcome)
{
    switch (outcome) {
    case SIM_RAFT_WRITE_DONE:
        return DISTRO_STATUS_OK;
    case SIM_RAFT_WRITE_NO_LEADER:
        return DISTRO_STATUS_HTTP_UNAVAILABLE;
    default:
        return DISTRO_STATUS_HTTP_ERROR;
    }
}

static void answer_client(void *data, SimRaftWritten outcome)
{
    g_autofree Waiting *waiting = data;
    if (waiting->node->alive && waiting->node->incarnation == waiting->incarnation) {
        waiting->node->world->server_side->on_reply(waiting->node, waiting->call,
                                                    status_of(outcome));
    }
}

/* PersistentClientOperationServiceImpl#registerInstance: a service is of one kind. */
static bool is_ephemeral_here(const SimNode *node, DistroService service)
{
    size_t count;
    distro_node_publishers(node->core, service, &count);
    return count > 0;
}

void sim_persistent_on_client(void *data, SimNode *node, uint64_t id)
{
    (void)data;
    const SimCall *call = sim_network_find_call(node->world->network, id);
    const DistroService service = (DistroService)call->payload[0];
    const bool adds = call->op == SIM_OP_REGISTER;
    if (sim_raft_running(node) == NULL || !node->ready) {
        node->world->server_side->on_reply(node, id, DISTRO_STATUS_HTTP_UNAVAILABLE);
        return;
    }
    if (adds && is_ephemeral_here(node, service)) {
        node->world->server_side->on_reply(node, id, DISTRO_STATUS_HTTP_BAD_REQUEST);
        return;
    }
    Waiting *waiting = g_new(Waiting, 1);
    *waiting = (Waiting) { node, node->incarnation, id };
    const SimRaftCommand command = {
        .kind = adds ? SIM_RAFT_REGISTER : SIM_RAFT_DEREGISTER,
        .service = service,
        .client = (DistroClient)call->payload[2],
        .publication = (DistroPublication)call->payload[1],
    };
    sim_raft_write(node, command, answer_client, waiting, g_free);
}

/* --- operators ---------------------------------------------------------------------------- */

/* The instance as @node's store has it: DISTRO_NONE if it has none. */
static DistroListing find_listing(const SimNode *node, DistroService service, SimMetadataId wanted)
{
    const DistroDictionary *dictionary = node->world->dictionary;
    g_autoptr(GArray) listings = g_array_new(false, false, sizeof(DistroListing));
    size_t count;
    const DistroClient *publishers = distro_node_publishers(node->core, service, &count);
    for (size_t i = 0; i < count; i++) {
        const DistroPublication listed = distro_node_listed(node->core, publishers[i], service);
        if (listed != DISTRO_NONE) {
            const DistroPublicationInfo *info =
                distro_dictionary_publication_info(dictionary, listed);
            g_array_append_vals(listings, info->listings, info->count);
        }
    }
    sim_persistent_listings(node, service, listings, NULL);
    for (guint i = 0; i < listings->len; i++) {
        const DistroListing listing = g_array_index(listings, DistroListing, i);
        const SimMetadataId id = metadata_id(distro_dictionary_listing_info(dictionary, listing));
        if (sim_metadata_id_compare(id, wanted) == 0) {
            return listing;
        }
    }
    return DISTRO_NONE;
}

/* As the console shows it now: the override that stands, or the instance's own. */
static SimOverride present_override(const SimNode *node, const SimOperatorChange *change)
{
    const SimOverride *stands =
        sim_raft_machine_override(sim_raft_machine(node), change->service, change->instance);
    const DistroListing listing = find_listing(node, change->service, change->instance);
    if (stands != NULL) {
        return *stands;
    }
    if (listing == DISTRO_NONE) {
        return (SimOverride) { .enabled = true, .weight = 1 };
    }
    const DistroListingInfo *info =
        distro_dictionary_listing_info(node->world->dictionary, listing);
    return (SimOverride) { .enabled = info->enabled, .weight = info->weight };
}

/* InstanceOperatorClientImpl#updateInstance asks for the service and not for the instance. */
bool sim_persistent_override(SimNode *node, const SimOperatorChange *change, SimRaftWriteDone done,
                             void *data)
{
    if (sim_raft_running(node) == NULL || node->paused ||
        !(is_ephemeral_here(node, change->service) ||
          sim_persistent_has(NULL, node, change->service))) {
        return false;
    }
    SimRaftCommand command = { .kind = SIM_RAFT_OVERRIDE_SET,
                               .service = change->service,
                               .instance = change->instance,
                               .override = present_override(node, change) };
    if (change->has_enabled) {
        command.override.enabled = change->enabled;
    }
    if (change->has_weight) {
        command.override.weight = change->weight;
    }
    if (change->has_metadata) {
        command.override.metadata = change->metadata;
    }
    sim_raft_write(node, command, done, data, NULL);
    return true;
}

/* ServiceOperatorV2Impl#create and #update; ClusterOperatorV2Impl asks for the service. */
bool sim_persistent_describe(SimNode *node, const SimServiceChange *change, SimRaftWriteDone done,
                             void *data)
{
    if (sim_raft_running(node) == NULL || node->paused ||
        (change->cluster != DISTRO_NONE && !sim_catalog_has(node, change->service))) {
        return false;
    }
    const SimRaftCommand command = {
        .kind = change->cluster != DISTRO_NONE ? SIM_RAFT_CLUSTER_SET : SIM_RAFT_SERVICE_SET,
        .service = change->service,
        .protect_threshold = change->protect_threshold,
        .cluster = change->cluster,
        .checker = change->checker,
    };
    sim_raft_write(node, command, done, data, NULL);
    return true;
}
