/* sim/client/nearby.c -- two clusters' lists as one: what the agent hands out, or what it should.
 *
 *      agent   primary then secondary -> nearby filter -> each ip:port once, the first wins
 *      ideal   the same, but those that can be called come first, and the filter counts only them
 */
#include <string.h>

#include "sim/client/dual_internal.h"

static bool is_of_cluster(const SimWorld *world, DistroListing listing, const char *cluster)
{
    const DistroListingInfo *info = distro_dictionary_listing_info(world->dictionary, listing);
    size_t count;
    const DistroExtEntry *entries =
        distro_dictionary_ext_entries(world->dictionary, info->instance.ext, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(entries[i].key, SIM_DUAL_CLUSTER_KEY) == 0) {
            return entries[i].kind == DISTRO_VALUE_STRING && strcmp(entries[i].text, cluster) == 0;
        }
    }
    return false;
}

static bool can_be_called(const SimWorld *world, DistroListing listing)
{
    const DistroListingInfo *info = distro_dictionary_listing_info(world->dictionary, listing);
    return info->instance.healthy && info->enabled && info->weight > 0;
}

static void append(const SimWorld *world, uint32_t list, GArray *out)
{
    uint32_t count;
    const DistroListing *items = sim_list_items(world, list, &count);
    if (count > 0) {
        g_array_append_vals(out, items, count);
    }
}

/* Those that can be called first, each part in its order. */
static GArray *callable_first(const SimWorld *world, GArray *listings)
{
    GArray *sorted = g_array_sized_new(false, false, sizeof(DistroListing), listings->len);
    for (int callable = 1; callable >= 0; callable--) {
        for (uint32_t i = 0; i < listings->len; i++) {
            DistroListing listing = g_array_index(listings, DistroListing, i);
            if (can_be_called(world, listing) == (callable == 1)) {
                g_array_append_val(sorted, listing);
            }
        }
    }
    g_array_unref(listings);
    return sorted;
}

/* The instances of the own cluster if there are any, else all. The agent takes whatever is listed
 * for an instance, healthy or not; the ideal one wants one that can be called. */
static GArray *filter_nearby(const SimWorld *world, const SimDual *dual, GArray *listings)
{
    GArray *same = g_array_new(false, false, sizeof(DistroListing));
    bool found = false;
    for (uint32_t i = 0; i < listings->len; i++) {
        DistroListing listing = g_array_index(listings, DistroListing, i);
        if (!is_of_cluster(world, listing, dual->cluster)) {
            continue;
        }
        g_array_append_val(same, listing);
        found = found || !dual->ideal || can_be_called(world, listing);
    }
    g_array_unref(found ? listings : same);
    return found ? same : listings;
}

static gpointer place_of(const SimWorld *world, DistroListing listing)
{
    const DistroInstance *instance =
        &distro_dictionary_listing_info(world->dictionary, listing)->instance;
    return sim_pack(instance->ip, (uint32_t)instance->port);
}

static void keep_first_of_each_place(const SimWorld *world, GArray *listings)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(sim_hash_packed, NULL); /* look up only */
    uint32_t kept = 0;
    for (uint32_t i = 0; i < listings->len; i++) {
        DistroListing listing = g_array_index(listings, DistroListing, i);
        if (g_hash_table_add(seen, place_of(world, listing))) {
            g_array_index(listings, DistroListing, kept++) = listing;
        }
    }
    g_array_set_size(listings, kept);
}

uint32_t sim_dual_merge(const SimDual *dual, DistroService service, uint32_t primary,
                        uint32_t secondary)
{
    SimWorld *world = dual->stacks[SIM_DUAL_PRIMARY]->world;
    GArray *listings = g_array_new(false, false, sizeof(DistroListing));
    append(world, primary, listings);
    append(world, secondary, listings);
    if (dual->ideal) {
        listings = callable_first(world, listings);
    }
    if (dual->nearby) {
        listings = filter_nearby(world, dual, listings);
    }
    keep_first_of_each_place(world, listings);
    uint32_t list = sim_list_make(world, service, listings, sim_list_wall_ms(world, primary));
    g_array_unref(listings);
    return list;
}
