/* sim/client/cache.c -- what a client knows of the services that it subscribed to.
 *
 * ServiceInfoHolder#processServiceInfo (2.x), HostReactor#processServiceJson (1.x): lists replace
 * one another as they come, empty and older ones too, and stay when the servers are gone. Two
 * things are asked of a list first: with empty protection, whether it has a host to call at all;
 * and for the change event of a 2.x SDK, whether it is no older than the one before. */
#include <string.h>

#include "sim/client/internal.h"
#include "sim/server/push.h"

SimSubscribed *sim_client_subscribed(const SimClient *client, DistroService service)
{
    for (uint32_t i = 0; client->subscriptions && i < client->subscriptions->len; i++) {
        SimSubscribed *entry = &g_array_index(client->subscriptions, SimSubscribed, i);
        if (entry->service == service)
            return entry;
    }
    return NULL;
}

/* DiskCache: what the former process held, kept until the service is asked for. */
void sim_client_load_cache(SimClient *client, const SimClient *former)
{
    for (uint32_t i = 0; former->subscriptions && i < former->subscriptions->len; i++) {
        const SimSubscribed *entry = &g_array_index(former->subscriptions, SimSubscribed, i);
        const SimSubscribed loaded = { .service = entry->service,
                                       .list = sim_list_ref(client->world, entry->list),
                                       .ref_ms = entry->ref_ms };
        if (!client->disk)
            client->disk = g_array_sized_new(FALSE, FALSE, sizeof(SimSubscribed), 1);
        g_array_append_val(client->disk, loaded);
    }
}

static SimSubscribed found_on_disk(const SimClient *client, DistroService service)
{
    for (uint32_t i = 0; client->disk && i < client->disk->len; i++) {
        SimSubscribed entry = g_array_index(client->disk, SimSubscribed, i);
        if (entry.service != service)
            continue;
        entry.list = sim_list_ref(client->world, entry.list);
        return entry;
    }
    return (SimSubscribed) { .service = service };
}

SimSubscribed *sim_client_enter_subscription(SimClient *client, DistroService service)
{
    SimSubscribed *found = sim_client_subscribed(client, service);
    if (found)
        return found;
    const SimSubscribed entry = found_on_disk(client, service);
    if (!client->subscriptions)
        client->subscriptions = g_array_sized_new(FALSE, FALSE, sizeof(SimSubscribed), 1);
    g_array_append_val(client->subscriptions, entry);
    return sim_client_subscribed(client, service);
}

/* ServiceInfo#validate. */
static bool has_a_host_to_call(const SimWorld *world, uint32_t list)
{
    uint32_t count;
    const DistroListing *items = sim_list_items(world, list, &count);
    for (uint32_t i = 0; i < count; i++) {
        const DistroListingInfo *info = distro_dictionary_listing_info(world->dictionary, items[i]);
        if (info->instance.healthy && info->weight > 0)
            return true;
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

static void replace(SimWorld *world, uint32_t *held, uint32_t list)
{
    uint32_t before = *held;
    *held = sim_list_ref(world, list);
    if (before != 0)
        sim_list_unref(world, before);
}

/* The first list is always told (ServiceInfoHolder#isChangedServiceInfo). */
static bool raises_event(const SimClient *client, const SimSubscribed *entry, uint32_t list,
                         int64_t ref_ms)
{
    if (entry->list == 0)
        return true;
    bool out_of_date = client->kind == SIM_CLIENT_GRPC && ref_ms < entry->ref_ms;
    return !out_of_date && !same_hosts(client->world, entry->list, list);
}

void sim_client_cache(SimClient *client, DistroService service, uint32_t list, int64_t ref_ms)
{
    SimWorld *world = client->world;
    SimSubscribed *entry = sim_client_subscribed(client, service);
    if (!entry || (client->sdk.empty_protection && !has_a_host_to_call(world, list)))
        return;
    if (raises_event(client, entry, list, ref_ms))
        replace(world, &entry->heard, list);
    entry->ref_ms = ref_ms;
    if (list == entry->list)
        return;
    replace(world, &entry->list, list);
    world->changed = true;
}

void sim_client_take_answer(SimClient *client, DistroService service, const DistroFrame *answer)
{
    uint32_t list = sim_client_answer_word(answer);
    sim_client_cache(client, service, list, sim_list_wall_ms(client->world, list));
}

static size_t append_list(const SimWorld *world, uint32_t list, GArray *out)
{
    uint32_t count;
    const DistroListing *items = sim_list_items(world, list, &count);
    if (count > 0)
        g_array_append_vals(out, items, count);
    return count;
}

size_t sim_client_sees(const SimClient *client, DistroService service, GArray *out)
{
    const SimSubscribed *entry = sim_client_subscribed(client, service);
    return entry ? append_list(client->world, entry->list, out) : 0;
}

size_t sim_client_heard(const SimClient *client, DistroService service, GArray *out)
{
    const SimSubscribed *entry = sim_client_subscribed(client, service);
    return entry ? append_list(client->world, entry->heard, out) : 0;
}
