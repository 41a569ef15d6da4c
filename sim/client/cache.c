/* sim/client/cache.c -- what a client knows of the services that it subscribed to.
 *
 * ServiceInfoHolder#processServiceInfo (2.x), HostReactor#processServiceJson (1.x): lists replace
 * one another as they come, empty and older ones too, and stay when the servers are gone. Two
 * things are asked of a list first: with empty protection, whether it has a host to call at all;
 * and for the change event of a 2.x SDK, whether it is no older than the one before. */
#include <string.h>

#include "sim/client/dual_internal.h"
#include "sim/world/observe.h"

SimSubscribed *sim_client_subscribed(const SimClient *client, DistroService service)
{
    for (uint32_t i = 0; client->subscriptions != NULL && i < client->subscriptions->len; i++) {
        SimSubscribed *entry = &g_array_index(client->subscriptions, SimSubscribed, i);
        if (entry->service == service) {
            return entry;
        }
    }
    return NULL;
}

/* DiskCache: what the former process held, kept until the service is asked for. */
void sim_client_load_cache(SimClient *client, const SimClient *former)
{
    for (uint32_t i = 0; former->subscriptions != NULL && i < former->subscriptions->len; i++) {
        const SimSubscribed *entry = &g_array_index(former->subscriptions, SimSubscribed, i);
        const SimSubscribed loaded = { .service = entry->service,
                                       .list = sim_list_ref(client->world, entry->list),
                                       .ref_ms = entry->ref_ms };
        if (client->disk == NULL) {
            client->disk = g_array_sized_new(false, false, sizeof(SimSubscribed), 1);
        }
        g_array_append_val(client->disk, loaded);
    }
}

static SimSubscribed found_on_disk(const SimClient *client, DistroService service)
{
    for (uint32_t i = 0; client->disk != NULL && i < client->disk->len; i++) {
        SimSubscribed entry = g_array_index(client->disk, SimSubscribed, i);
        if (entry.service != service) {
            continue;
        }
        entry.list = sim_list_ref(client->world, entry.list);
        return entry;
    }
    return (SimSubscribed) { .service = service };
}

SimSubscribed *sim_client_enter_subscription(SimClient *client, DistroService service)
{
    SimSubscribed *found = sim_client_subscribed(client, service);
    if (found != NULL) {
        return found;
    }
    const SimSubscribed entry = found_on_disk(client, service);
    if (client->subscriptions == NULL) {
        client->subscriptions = g_array_sized_new(false, false, sizeof(SimSubscribed), 1);
    }
    g_array_append_val(client->subscriptions, entry);
    client->settled = false;
    return sim_client_subscribed(client, service);
}

/* ServiceInfo#validate. */
static bool has_a_host_to_call(const SimWorld *world, uint32_t list)
{
    uint32_t count;
    const DistroListing *items = sim_list_items(world, list, &count);
    for (uint32_t i = 0; i < count; i++) {
        const DistroListingInfo *info = distro_dictionary_listing_info(world->dictionary, items[i]);
        if (info->instance.healthy && info->weight > 0) {
            return true;
        }
    }
    return false;
}

static bool same_hosts(const SimWorld *world, uint32_t a, uint32_t b)
{
    uint32_t n_a, n_b;
    const DistroListing *left = sim_list_items(world, a, &n_a);
    const DistroListing *right = sim_list_items(world, b, &n_b);
    return n_a == n_b && (n_a == 0 || memcmp(left, right, n_a * sizeof *left) == 0);
}

/* The first list is always told (ServiceInfoHolder#isChangedServiceInfo). */
static bool raises_event(const SimClient *client, const SimSubscribed *entry, uint32_t list,
                         int64_t ref_ms)
{
    if (entry->list == 0) {
        return true;
    }
    bool out_of_date = client->kind == SIM_CLIENT_GRPC && ref_ms < entry->ref_ms;
    return !out_of_date && !same_hosts(client->world, entry->list, list);
}

void sim_client_write_cell(SimClient *client, SimSubscribed *cell, uint32_t list, int64_t ref_ms)
{
    SimWorld *world = client->world;
    if (client->sdk.empty_protection && !has_a_host_to_call(world, list)) {
        return;
    }
    if (raises_event(client, cell, list, ref_ms)) {
        sim_list_replace(world, &cell->heard, list);
    }
    cell->ref_ms = ref_ms;
    if (list == cell->list) {
        return;
    }
    sim_failover_replaced(sim_client_process(client), cell);
    const SimCacheNews news = { sim_client_process(client)->index, cell->service, list };
    sim_tell_cache_changed(world, &news);
    sim_list_replace(world, &cell->list, list);
    world->changed = true;
}

/* Where readers find what the client knows. */
static SimSubscribed *cell_of(const SimClient *client, DistroService service)
{
    return client->dual != NULL ? sim_dual_cell(client->dual, service)
                                : sim_client_subscribed(client, service);
}

const SimSubscribed *sim_client_polled(const SimClient *client, const SimSubscribed *entry)
{
    return sim_client_is_agents(client) ? sim_dual_cell(client->dual, entry->service) : entry;
}

void sim_client_cache(SimClient *client, DistroService service, uint32_t list, int64_t ref_ms)
{
    if (client->dual != NULL && client->dual->ideal) {
        sim_dual_take(client, service, list, ref_ms);
        return;
    }
    SimSubscribed *cell = cell_of(client, service);
    if (cell != NULL) {
        sim_client_write_cell(client, cell, list, ref_ms);
    }
}

void sim_client_take_answer(SimClient *client, DistroService service, const DistroFrame *answer)
{
    uint32_t list = sim_client_answer_word(answer);
    SimSubscribed *entry = sim_client_subscribed(client, service);
    if (entry != NULL) {
        sim_list_replace(client->world, &entry->answered, list);
    }
    /* The two halves of an agent's query are one answer, once both are there. */
    if (!sim_client_is_agents(client) || client->kind == SIM_CLIENT_GRPC) {
        sim_client_cache(client, service, list, sim_list_wall_ms(client->world, list));
    }
}

static size_t append_list(const SimWorld *world, uint32_t list, GArray *out)
{
    uint32_t count;
    const DistroListing *items = sim_list_items(world, list, &count);
    if (count > 0) {
        g_array_append_vals(out, items, count);
    }
    return count;
}

size_t sim_client_sees(const SimClient *client, DistroService service, GArray *out)
{
    const SimSubscribed *cell = cell_of(client, service);
    return cell != NULL ? append_list(client->world, sim_failover_list(client, cell), out) : 0;
}

size_t sim_client_heard(const SimClient *client, DistroService service, GArray *out)
{
    const SimSubscribed *cell = cell_of(client, service);
    return cell != NULL ? append_list(client->world, cell->heard, out) : 0;
}

size_t sim_client_answered(const SimClient *client, DistroService service, GArray *out)
{
    const SimSubscribed *cell = cell_of(client, service);
    return cell != NULL ? append_list(client->world, cell->answered, out) : 0;
}
