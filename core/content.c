/* core/content.c -- see content.h. */
#include "core/content.h"

#include <stdlib.h>
#include <string.h>

enum {
    FEW_HASHES = 32
};

DistroContent distro_content_ref(const DistroContent *content)
{
    DistroContent copy = *content;
    if (copy.many != NULL) {
        g_bytes_ref(copy.many);
    }
    return copy;
}

void distro_content_clear(DistroContent *content)
{
    g_clear_pointer(&content->many, g_bytes_unref);
    content->count = 0;
    content->only = DISTRO_NONE;
}

const DistroPublication *distro_content_items(const DistroContent *content)
{
    g_assert(content->count <= 1 || content->many != NULL);
    return content->count <= 1 ? &content->only : g_bytes_get_data(content->many, NULL);
}

bool distro_content_equal(const DistroContent *a, const DistroContent *b)
{
    if (a->count != b->count) {
        return false;
    }
    if (a->count <= 1) {
        return a->only == b->only;
    }
    return a->many == b->many || g_bytes_equal(a->many, b->many);
}

/* Place of the first publication whose service is not below @service. */
static uint32_t place_of(const DistroDictionary *dictionary, const DistroContent *content,
                         DistroService service)
{
    const DistroPublication *items = distro_content_items(content);
    uint32_t low = 0, high = content->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (distro_dictionary_publication_info(dictionary, items[middle])->service < service) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_service_at(const DistroDictionary *dictionary, const DistroContent *content,
                          uint32_t place, DistroService service)
{
    if (place >= content->count) {
        return false;
    }
    DistroPublication there = distro_content_items(content)[place];
    return distro_dictionary_publication_info(dictionary, there)->service == service;
}

DistroPublication distro_content_find(const DistroDictionary *dictionary,
                                      const DistroContent *content, DistroService service)
{
    uint32_t place = place_of(dictionary, content, service);
    return is_service_at(dictionary, content, place, service) ? distro_content_items(content)[place]
                                                              : DISTRO_NONE;
}

DistroContent distro_content_new(const DistroPublication *items, uint32_t count)
{
    g_assert(items != NULL || count == 0);
    if (count <= 1) {
        return (DistroContent) { .count = count, .only = count == 1 ? items[0] : DISTRO_NONE };
    }
    return (DistroContent) { .count = count,
                             .many = g_bytes_new(items, (gsize)count * sizeof *items) };
}

/* @items (transfer full) become the content; one of them needs no memory. */
static DistroContent take_items(DistroPublication *items, uint32_t count)
{
    g_assert(items != NULL);
    DistroContent content = { .count = count };
    if (count <= 1) {
        content.only = count == 1 ? items[0] : DISTRO_NONE;
        g_free(items);
    } else {
        content.many = g_bytes_new_take(items, (gsize)count * sizeof *items);
    }
    return content;
}

DistroContent distro_content_with(const DistroDictionary *dictionary, const DistroContent *content,
                                  DistroService service, DistroPublication publication)
{
    g_assert(service != DISTRO_NONE);
    uint32_t place = place_of(dictionary, content, service);
    uint32_t out = is_service_at(dictionary, content, place, service) ? 1 : 0;
    uint32_t in = publication != DISTRO_NONE ? 1 : 0;
    const DistroPublication *items = distro_content_items(content);

    if (in) {
        g_assert_cmpuint(distro_dictionary_publication_info(dictionary, publication)->service, ==,
                         service);
    }
    if (content->count - out + in <= 1 && content->count <= 1) { /* the common case, at no cost */
        return (DistroContent) { .count = content->count - out + in,
                                 .only = in ? publication : (out ? DISTRO_NONE : content->only) };
    }

    DistroPublication *copy = g_new(DistroPublication, content->count + 1);
    memcpy(copy, items, place * sizeof *copy);
    copy[place] = publication;
    memcpy(copy + place + in, items + place + out, (content->count - place - out) * sizeof *copy);
    return take_items(copy, content->count - out + in);
}

/* --- revisions ---------------------------------------------------------------------------- */

static int compare_hashes(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return left < right ? -1 : left > right;
}

int32_t distro_revision_of_hashes(int32_t id_hash, int32_t *hashes, size_t count)
{
    /* Objects.hash(clientId, set), where the set holds hashes: what collides counts once. */
    uint32_t revision = 31u * (31u + (uint32_t)id_hash);

    if (count > 1) {
        qsort(hashes, count, sizeof *hashes, compare_hashes);
    }
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || hashes[i] != hashes[i - 1]) {
            revision += (uint32_t)hashes[i];
        }
    }
    return (int32_t)revision;
}

int32_t distro_content_revision(const DistroDictionary *dictionary, DistroClient client,
                                const DistroContent *content)
{
    const DistroPublication *items = distro_content_items(content);
    int32_t few[FEW_HASHES];
    g_autofree int32_t *many = NULL;
    int32_t *hashes = few;
    size_t count = 0, at = 0;

    for (uint32_t i = 0; i < content->count; i++) {
        count += distro_dictionary_publication_info(dictionary, items[i])->count;
    }
    if (count > FEW_HASHES) {
        hashes = many = g_new(int32_t, count);
    }
    /* Nacos has no revision for a batch of an ip:port client, which no SDK can register; we let
     * each of its instances count. */
    for (uint32_t i = 0; i < content->count; i++) {
        const DistroPublicationInfo *info =
            distro_dictionary_publication_info(dictionary, items[i]);
        for (uint32_t k = 0; k < info->count; k++) {
            hashes[at++] =
                distro_dictionary_listing_info(dictionary, info->listings[k])->element_hash;
        }
    }
    g_assert_cmpuint(at, ==, count);
    int32_t id_hash = distro_dictionary_client_info(dictionary, client)->id_hash;
    return distro_revision_of_hashes(id_hash, hashes, count);
}
