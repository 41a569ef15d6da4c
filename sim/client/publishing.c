/* sim/client/publishing.c -- what a client publishes, entry by entry and as one publication. */
#include "sim/client/internal.h"

static const DistroListingInfo *first_listing(const SimClient *client,
                                              DistroPublication publication)
{
    const DistroDictionary *dictionary = client->world->dictionary;
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    return distro_dictionary_listing_info(dictionary, info->listings[0]);
}

static bool have_same_place(const DistroListingInfo *a, const DistroListingInfo *b)
{
    return a->instance.ip == b->instance.ip && a->instance.port == b->instance.port;
}

bool sim_client_is_entry_of(const SimClient *client, const SimPublished *entry,
                            DistroService service, DistroPublication publication)
{
    if (entry->service != service || entry->orphaned) {
        return false;
    }
    return client->kind == SIM_CLIENT_GRPC || publication == DISTRO_NONE ||
           have_same_place(first_listing(client, entry->publication),
                           first_listing(client, publication));
}

SimPublished *sim_client_published(const SimClient *client, DistroService service,
                                   DistroPublication publication)
{
    for (uint32_t i = 0; client->publications != NULL && i < client->publications->len; i++) {
        SimPublished *entry = &g_array_index(client->publications, SimPublished, i);
        if (sim_client_is_entry_of(client, entry, service, publication)) {
            return entry;
        }
    }
    return NULL;
}

static SimPublished *add_entry(SimClient *client, DistroService service)
{
    const SimPublished empty = { .service = service };
    if (client->publications == NULL) {
        client->publications = g_array_sized_new(false, false, sizeof(SimPublished), 1);
    }
    g_array_append_val(client->publications, empty);
    return &g_array_index(client->publications, SimPublished, client->publications->len - 1);
}

SimPublished *sim_client_publish(SimClient *client, DistroService service,
                                 DistroPublication publication)
{
    SimPublished *entry = sim_client_published(client, service, publication);
    if (entry == NULL) {
        entry = add_entry(client, service);
    }
    client->settled = false;
    entry->publication = publication;
    entry->registered = false;
    entry->unregistering = false;
    entry->wanted = true;
    return entry;
}

void sim_client_unpublish(SimClient *client, DistroService service, DistroPublication publication)
{
    SimPublished *entry = sim_client_published(client, service, publication);
    if (entry == NULL) {
        return;
    }
    size_t position = (size_t)(entry - (SimPublished *)(void *)client->publications->data);
    g_array_remove_index(client->publications, (unsigned)position);
}

/* All instances of @publication, but that at the place of @not (nullable). */
static void append_listings(const SimClient *client, DistroPublication publication,
                            const DistroListingInfo * not, GArray *out)
{
    const DistroDictionary *dictionary = client->world->dictionary;
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    for (uint32_t i = 0; i < info->count; i++) {
        const DistroListingInfo *listing =
            distro_dictionary_listing_info(dictionary, info->listings[i]);
        if (not == NULL || !have_same_place(listing, not )) {
            g_array_append_val(out, info->listings[i]);
        }
    }
}

static bool publishes_batch(const SimClient *client, DistroService service)
{
    const SimPublished *entry = sim_client_published(client, service, DISTRO_NONE);
    return entry != NULL &&
           distro_dictionary_publication_info(client->world->dictionary, entry->publication)->batch;
}

static gint compare_listings(gconstpointer a, gconstpointer b)
{
    DistroListing left = *(const DistroListing *)a, right = *(const DistroListing *)b;
    return (left > right) - (left < right);
}

/* Several entries have no order of their own, and equal sets must be one publication. */
DistroPublication sim_client_publication_with(const SimClient *client, DistroService service,
                                              DistroPublication replaced, DistroPublication by)
{
    g_autoptr(GArray) listings = g_array_new(false, false, sizeof(DistroListing));
    const DistroListingInfo *not = replaced != DISTRO_NONE ? first_listing(client, replaced) : NULL;
    for (uint32_t i = 0; client->publications != NULL && i < client->publications->len; i++) {
        const SimPublished *entry = &g_array_index(client->publications, SimPublished, i);
        if (sim_client_is_entry_of(client, entry, service, DISTRO_NONE) && entry->wanted) {
            append_listings(client, entry->publication, not, listings);
        }
    }
    if (by != DISTRO_NONE) {
        append_listings(client, by, NULL, listings);
    }
    if (listings->len == 0) {
        return DISTRO_NONE;
    }
    if (client->kind == SIM_CLIENT_HTTP) {
        g_array_sort(listings, compare_listings);
    }
    bool batch = listings->len > 1 || publishes_batch(client, service);
    return distro_dictionary_publication(client->world->dictionary, service, batch,
                                         (const DistroListing *)(const void *)listings->data,
                                         listings->len);
}

DistroPublication sim_client_publication_at(const SimClient *client, DistroService service,
                                            DistroName ip, int32_t port)
{
    for (uint32_t i = 0; client->publications != NULL && i < client->publications->len; i++) {
        const SimPublished *entry = &g_array_index(client->publications, SimPublished, i);
        const DistroInstance *instance = &first_listing(client, entry->publication)->instance;
        if (sim_client_is_entry_of(client, entry, service, DISTRO_NONE) && instance->ip == ip &&
            instance->port == port) {
            return entry->publication;
        }
    }
    return DISTRO_NONE;
}

DistroPublication sim_client_publication(const SimClient *client, DistroService service)
{
    const SimPublished *entry = sim_client_published(client, service, DISTRO_NONE);
    if (entry == NULL) {
        return DISTRO_NONE;
    }
    if (client->kind == SIM_CLIENT_GRPC) {
        return entry->wanted ? entry->publication : DISTRO_NONE;
    }
    return sim_client_publication_with(client, service, DISTRO_NONE, DISTRO_NONE);
}

bool sim_client_publishes_place(const SimClient *client, DistroService service,
                                DistroPublication publication)
{
    DistroPublication before = sim_client_publication(client, service);
    if (before == DISTRO_NONE) {
        return false;
    }
    g_autoptr(GArray) others = g_array_new(false, false, sizeof(DistroListing));
    append_listings(client, before, first_listing(client, publication), others);
    return others->len <
           distro_dictionary_publication_info(client->world->dictionary, before)->count;
}
