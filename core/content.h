/* core/content.h -- what one client publishes: a set of publications, at most one per service.
 *
 *      count 0   nothing
 *      count 1   the number itself, without memory of its own
 *      above     the numbers, ascending by service, in shared bytes
 *
 * The bytes are those of a message's body, so a content crosses the wire without being copied. */
#pragma once

#include "core/dictionary.h"

typedef struct DistroContent {
    uint32_t count;
    DistroPublication only; /* the one, if count is 1 */
    GBytes *many;           /* count numbers, if count is above 1; else NULL */
} DistroContent;

DistroContent distro_content_ref(const DistroContent *content);
void distro_content_clear(DistroContent *content);
const DistroPublication *distro_content_items(const DistroContent *content); /* count of them */
/* Of @count publications, ascending by service; copies them. */
DistroContent distro_content_new(const DistroPublication *items, uint32_t count);
bool distro_content_equal(const DistroContent *a, const DistroContent *b); /* same numbers */
/* Publication of @service in @content, or 0. Binary search. */
DistroPublication distro_content_find(const DistroDictionary *dictionary,
                                      const DistroContent *content, DistroService service);
/* A new content in which @service is published as @publication (0: not at all). */
DistroContent distro_content_with(const DistroDictionary *dictionary, const DistroContent *content,
                                  DistroService service, DistroPublication publication);
/* The revision that @count element hashes make, which may repeat and come in any order
 * (PROTOCOL.md 1.6). Reorders @hashes. */
int32_t distro_revision_of_hashes(int32_t id_hash, int32_t *hashes, size_t count);
/* Revision of an ip:port client with this content (DistroUtils#hash, PROTOCOL.md 1.6). */
int32_t distro_content_revision(const DistroDictionary *dictionary, DistroClient client,
                                const DistroContent *content);
