/* sim/naming/list.c -- lists of instances as nodes hand them out, kept once and known by number.
 *
 *      number - 1 -> items    [list][list][ gone ][list] ...
 *      idle                   (number, since) in order of time: freed 20 minutes later, unless
 *                             somebody has taken a reference since */
#include "sim/naming/list.h"

#include <stdlib.h>
#include <string.h>

#include "sim/naming/bytes.h"
#include "sim/world/world.h"

/* Linux gives a packet up after 15 retransmissions, about 15.4 minutes; no message is older. */
#define LINGER_US (20 * (int64_t)60000000)

typedef struct SimList {
    uint32_t references;
    uint32_t json_size; /* 0: not worked out yet */
    DistroService service;
    bool sent; /* its number may be on its way to somebody */
    int64_t wall_ms;
    uint32_t count;
    int64_t idle_since_us;
    DistroListing items[];
} SimList;

typedef struct Idle {
    uint32_t number;
    int64_t since_us;
} Idle;

typedef struct SimLists {
    GPtrArray *items; /* SimList, NULL where one is gone */
    GArray *idle;     /* Idle */
    uint32_t first_idle;
} SimLists;

static void free_lists(void *data)
{
    SimLists *lists = data;
    g_ptr_array_unref(lists->items);
    g_array_unref(lists->idle);
    g_free(lists);
}

static SimLists *lists_of(SimWorld *world)
{
    if (world->lists == NULL) {
        SimLists *lists = g_new0(SimLists, 1);
        lists->items = g_ptr_array_new_with_free_func(g_free);
        lists->idle = g_array_new(false, false, sizeof(Idle));
        world->lists = lists;
        sim_world_add_resident(world, (SimResident) { .data = lists, .free = free_lists });
    }
    return world->lists;
}

static SimList *find(const SimWorld *world, uint32_t number)
{
    const SimLists *lists = world->lists;
    if (lists == NULL || number == 0 || number > lists->items->len) {
        return NULL;
    }
    return lists->items->pdata[number - 1];
}

/* --- idle lists ------------------------------------------------------------------------------- */

static void note_idle(SimWorld *world, uint32_t number, SimList *list)
{
    const Idle idle = { .number = number, .since_us = world->now_us };
    list->idle_since_us = world->now_us;
    g_array_append_val(lists_of(world)->idle, idle);
}

static void free_if_idle_since(SimWorld *world, const Idle *idle)
{
    SimList *list = find(world, idle->number);
    if (list == NULL || list->references > 0 || list->idle_since_us != idle->since_us) {
        return;
    }
    SimLists *lists = world->lists;
    g_free(list);
    lists->items->pdata[idle->number - 1] = NULL;
}

static void free_old_lists(SimWorld *world)
{
    SimLists *lists = lists_of(world);
    while (lists->first_idle < lists->idle->len) {
        const Idle *idle = &g_array_index(lists->idle, Idle, lists->first_idle);
        if (idle->since_us + LINGER_US > world->now_us) {
            break;
        }
        free_if_idle_since(world, idle);
        lists->first_idle++;
    }
    if (lists->first_idle > lists->idle->len / 2) {
        g_array_remove_range(lists->idle, 0, lists->first_idle);
        lists->first_idle = 0;
    }
}

static void free_list(SimWorld *world, uint32_t number)
{
    SimLists *lists = world->lists;
    g_free(lists->items->pdata[number - 1]);
    lists->items->pdata[number - 1] = NULL;
}

/* --- making one ------------------------------------------------------------------------------- */

/* ServiceUtil#selectInstances, as lists and pushes call it: unhealthy ones too, enabled ones only.
 */
void sim_list_append(const SimWorld *world, DistroPublication publication, GArray *out)
{
    const DistroDictionary *dictionary = world->dictionary;
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    for (uint32_t i = 0; i < info->count; i++) {
        if (distro_dictionary_listing_info(dictionary, info->listings[i])->enabled) {
            g_array_append_val(out, info->listings[i]);
        }
    }
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void sort_and_drop_repeats(GArray *listings)
{
    uint32_t *items = (uint32_t *)(void *)listings->data;
    unsigned kept = 0;
    if (listings->len > 0) {
        qsort(items, listings->len, sizeof *items, compare_numbers);
    }
    for (unsigned i = 0; i < listings->len; i++) {
        if (i == 0 || items[i] != items[i - 1]) {
            items[kept++] = items[i];
        }
    }
    g_array_set_size(listings, kept);
}

static void append_all(const DistroDictionary *dictionary, DistroPublication publication,
                       GArray *out)
{
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    g_array_append_vals(out, info->listings, info->count);
}

/* What runs beside the node may add instances, and enable or disable others. */
static void complete(const SimNode *node, DistroService service, GArray *listings)
{
    const SimWorld *world = node->world;
    guint kept = 0;
    world->beside->complete(world->beside->data, node, service, listings);
    for (guint i = 0; i < listings->len; i++) {
        const DistroListing listing = g_array_index(listings, DistroListing, i);
        if (distro_dictionary_listing_info(world->dictionary, listing)->enabled) {
            g_array_index(listings, DistroListing, kept++) = listing;
        }
    }
    g_array_set_size(listings, kept);
}

GArray *sim_list_read(const SimWorld *world, const SimNode *node, DistroService service)
{
    GArray *listings = g_array_new(false, false, sizeof(DistroListing));
    size_t count = 0;
    const DistroClient *publishers =
        node->core != NULL ? distro_node_publishers(node->core, service, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        DistroPublication publication = distro_node_listed(node->core, publishers[i], service);
        if (publication != DISTRO_NONE && world->beside != NULL) {
            append_all(world->dictionary, publication, listings);
        } else if (publication != DISTRO_NONE) {
            sim_list_append(world, publication, listings);
        }
    }
    if (world->beside != NULL) {
        complete(node, service, listings);
    }
    return listings;
}

static uint32_t json_size(const SimWorld *world, DistroService service, const SimList *list)
{
    uint32_t hosts_size = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        hosts_size += sim_bytes_host(world->dictionary, list->items[i]);
    }
    return sim_bytes_service_info(world->dictionary, service, list->count, hosts_size);
}

static uint32_t make_list(SimWorld *world, DistroService service, GArray *listings, int64_t wall_ms,
                          bool sent)
{
    free_old_lists(world);
    sort_and_drop_repeats(listings);
    SimLists *lists = lists_of(world);
    SimList *list = g_malloc0(sizeof *list + listings->len * sizeof(DistroListing));
    list->count = listings->len;
    if (list->count > 0) {
        memcpy(list->items, listings->data, list->count * sizeof(DistroListing));
    }
    list->service = service;
    list->sent = sent;
    list->wall_ms = wall_ms;
    g_ptr_array_add(lists->items, list);
    if (sent) {
        note_idle(world, lists->items->len, list);
    }
    return lists->items->len;
}

uint32_t sim_list_make(SimWorld *world, DistroService service, GArray *listings, int64_t wall_ms)
{
    return make_list(world, service, listings, wall_ms, true);
}

uint32_t sim_list_take(SimWorld *world, uint32_t node, DistroService service)
{
    const SimNode *asked = sim_world_node(world, node);
    g_autoptr(GArray) listings = sim_list_read(world, asked, service);
    return sim_list_make(world, service, listings, sim_node_wall_us(asked) / 1000);
}

uint32_t sim_list_keep(SimWorld *world, DistroService service, GArray *listings, int64_t wall_ms)
{
    return sim_list_ref(world, make_list(world, service, listings, wall_ms, false));
}

void sim_list_sent(SimWorld *world, uint32_t number)
{
    find(world, number)->sent = true;
}

/* --- using one -------------------------------------------------------------------------------- */

uint32_t sim_list_ref(SimWorld *world, uint32_t number)
{
    SimList *list = find(world, number);
    if (list == NULL) {
        return 0;
    }
    list->references++;
    return number;
}

void sim_list_unref(SimWorld *world, uint32_t number)
{
    SimList *list = find(world, number);
    if (list == NULL) {
        return;
    }
    g_assert_cmpuint(list->references, >, 0);
    if (--list->references > 0) {
        return;
    }
    if (list->sent) {
        note_idle(world, number, list);
    } else {
        free_list(world, number);
    }
}

void sim_list_replace(SimWorld *world, uint32_t *held, uint32_t number)
{
    uint32_t before = *held;
    *held = sim_list_ref(world, number);
    if (before != 0) {
        sim_list_unref(world, before);
    }
}

const DistroListing *sim_list_items(const SimWorld *world, uint32_t number, uint32_t *count)
{
    const SimList *list = find(world, number);
    *count = list != NULL ? list->count : 0;
    return list != NULL ? list->items : NULL;
}

int64_t sim_list_wall_ms(const SimWorld *world, uint32_t number)
{
    const SimList *list = find(world, number);
    return list != NULL ? list->wall_ms : 0;
}

uint32_t sim_list_json_size(const SimWorld *world, uint32_t number)
{
    SimList *list = find(world, number);
    if (list != NULL && list->json_size == 0) {
        list->json_size = json_size(world, list->service, list);
    }
    return list != NULL ? list->json_size : 0;
}
