/* sim/metrics/following.c -- changes on their way to the consumers of a service: when the last of
 * them had each. */
#include <string.h>

#include "sim/metrics/consumers_parts.h"
#include "sim/naming/list.h"

static bool has_listing(const SimTruth *truth, const DistroListing *items, uint32_t count,
                        DistroListing wanted)
{
    for (uint32_t i = 0; i < count; i++) {
        if (items[i] == wanted || sim_truth_is_copy(truth, wanted, items[i])) {
            return true;
        }
    }
    return false;
}

static bool lists_instance(const SimWorld *world, const SimTruth *truth, const DistroListing *items,
                           uint32_t count, SimInstance instance)
{
    const SimInstanceInfo *info = sim_truth_instance(truth, instance);

    for (uint32_t i = 0; i < count; i++) {
        const DistroListingInfo *listing =
            distro_dictionary_listing_info(world->dictionary, items[i]);
        if (listing->instance.ip == info->ip && listing->instance.port == info->port) {
            return true;
        }
    }
    return false;
}

bool consumers_lives(const SimTruth *truth, SimInstance instance)
{
    SimInstanceState state = sim_truth_instance(truth, instance)->state;

    return state == SIM_INSTANCE_LIVE || state == SIM_INSTANCE_ELSEWHERE;
}

static bool has_change(const SimConsumers *consumers, const Following *following,
                       const Consumer *who)
{
    const SimTruth *truth = consumers->truth;
    const DistroPublicationInfo *info = sim_truth_publication(truth, following->publication);
    uint32_t count;
    const DistroListing *items = sim_list_items(consumers->world, who->list, &count);

    for (uint32_t i = 0; i < info->count; i++) {
        if (!has_listing(truth, items, count, info->listings[i])) {
            return false;
        }
    }
    for (guint i = 0; i < following->removed->len; i++) {
        SimInstance instance = g_array_index(following->removed, SimInstance, i);
        if (!consumers_lives(truth, instance) &&
            lists_instance(consumers->world, truth, items, count, instance)) {
            return false;
        }
    }
    return true;
}

/* Most consumers get the lists that others got before them. */
static bool has_change_now(const SimConsumers *consumers, Following *following, const Consumer *who)
{
    bool again = following->looked_at == who->list && following->removed->len == 0;

    if (!again) {
        following->found = has_change(consumers, following, who);
    }
    following->looked_at = who->list;
    return following->found;
}

static bool *has_flag(const Following *following, guint consumer)
{
    return &g_array_index(following->has, bool, consumer);
}

static void set_has(SimConsumers *consumers, Following *following, guint number, uint32_t site,
                    bool has)
{
    SiteProgress *region = &following->sites[site];

    if (*has_flag(following, number) == has) {
        return;
    }
    *has_flag(following, number) = has;
    region->missing += has ? -1u : 1u;
    following->missing += has ? -1u : 1u;
    if (region->missing == 0) {
        region->shown_us = consumers->world->now_us;
    }
}

void consumers_append_arrivals(const SimConsumers *consumers, const Following *following,
                               GArray *out)
{
    for (uint32_t site = 0; site < consumers_n_sites(consumers); site++) {
        if (following->sites[site].missing > 0 || following->sites[site].shown_us < 0) {
            continue;
        }
        const SimArrival arrival = { following->site, site, following->change, following->since_us,
                                     following->sites[site].shown_us - following->since_us };
        g_array_append_val(out, arrival);
    }
}

static void end_if_everywhere(SimConsumers *consumers, Service *service, guint position)
{
    const Following *following = g_ptr_array_index(service->following, position);

    if (following->missing > 0) {
        return;
    }
    consumers_append_arrivals(consumers, following, consumers->arrivals);
    g_ptr_array_remove_index(service->following, position);
}

static void drop_older(Service *service, uint32_t client)
{
    for (guint i = service->following->len; i-- > 0;) {
        if (((const Following *)service->following->pdata[i])->client == client) {
            g_ptr_array_remove_index(service->following, i);
        }
    }
}

/* Is it to hear of the change at all? */
static bool is_concerned(const SimConsumers *consumers, const Following *following,
                         const Consumer *who)
{
    const SimClient *client = g_ptr_array_index(consumers->world->clients, following->client);

    return who->open && who->list != 0 &&
           consumers_hears_of(consumers, who, sim_client_cluster(client));
}

/* What a process tells its second cluster is the change that it told the first one before:
 * consumers hear of it from either, and it counts from the first acknowledgement. */
static bool repeats_its_primary(const SimConsumers *consumers, uint32_t number)
{
    const SimClient *client = g_ptr_array_index(consumers->world->clients, number);

    return sim_client_process(client) != client;
}

void sim_consumers_follow(SimConsumers *consumers, uint32_t client, DistroService number,
                          DistroPublication publication, const GArray *removed, bool killed)
{
    Service *service = consumers_find_service(consumers, number);

    if (service == NULL || service->consumers->len == 0 ||
        !consumers_has_several_sites(consumers) || repeats_its_primary(consumers, client)) {
        return;
    }
    drop_older(service, client);
    Following *following = g_new0(Following, 1);
    following->client = client;
    following->site = sim_client_site(g_ptr_array_index(consumers->world->clients, client));
    following->publication = publication;
    following->removed = g_array_new(false, false, sizeof(SimInstance));
    if (removed->len > 0) {
        g_array_append_vals(following->removed, removed->data, removed->len);
    }
    following->change = killed                       ? SIM_CHANGE_DEATH
                        : publication == DISTRO_NONE ? SIM_CHANGE_DEREGISTER
                                                     : SIM_CHANGE_REGISTER;
    following->since_us = consumers->world->now_us;
    following->sites = g_new0(SiteProgress, consumers_n_sites(consumers));
    following->has = g_array_new(false, true, sizeof(bool));
    g_array_set_size(following->has, service->consumers->len);
    for (guint i = 0; i < service->consumers->len; i++) {
        const Consumer *who = &g_array_index(service->consumers, Consumer, i);
        *has_flag(following, i) =
            !is_concerned(consumers, following, who) || has_change(consumers, following, who);
        if (*has_flag(following, i)) {
            continue;
        }
        following->sites[who->site].missing++;
        following->missing++;
    }
    for (uint32_t site = 0; site < consumers_n_sites(consumers); site++) {
        following->sites[site].shown_us = -1; /* no news there until somebody lacks it */
    }
    g_ptr_array_add(service->following, following);
    end_if_everywhere(consumers, service, service->following->len - 1);
}

void consumers_look_at_followed(SimConsumers *consumers, Service *service, guint number)
{
    const Consumer *who = &g_array_index(service->consumers, Consumer, number);

    for (guint i = service->following->len; i-- > 0;) {
        Following *following = g_ptr_array_index(service->following, i);
        if (number >= following->has->len) {
            continue; /* it subscribed later */
        }
        set_has(consumers, following, number, who->site,
                !is_concerned(consumers, following, who) ||
                    has_change_now(consumers, following, who));
        end_if_everywhere(consumers, service, i);
    }
}
