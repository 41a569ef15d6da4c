/* core/v2/snapshot.c -- see snapshot.h. */
#include "core/v2/snapshot.h"

enum {
    WORD = 4,
    HEAD_WORDS = 4
};

void distro_snapshot_add(GByteArray *list, const DistroSnapshotElement *element)
{
    g_assert_cmpint(element->idle_ms, >=, 0);
    const uint32_t head[HEAD_WORDS] = { element->client, (uint32_t)element->revision,
                                        element->count, (uint32_t)element->idle_ms };
    g_byte_array_append(list, (const uint8_t *)head, sizeof head);
    if (element->count > 0) {
        g_byte_array_append(list, (const uint8_t *)element->items, element->count * WORD);
    }
}

static DistroSnapshotElement read_head(const uint32_t head[HEAD_WORDS])
{
    return (DistroSnapshotElement) { .client = head[0],
                                     .revision = (int32_t)head[1],
                                     .count = head[2],
                                     .idle_ms = (int32_t)head[3] };
}

bool distro_snapshot_next(GBytes *list, size_t *offset, DistroSnapshotElement *element)
{
    const uint32_t *head = distro_list_step(list, offset, HEAD_WORDS * WORD);
    if (head == NULL) {
        return false;
    }
    *element = read_head(head);
    if (element->count > 0) {
        element->items = distro_list_step(list, offset, (size_t)element->count * WORD);
    }
    return true;
}

static DistroWireError check_element(const DistroDictionary *dictionary, const uint32_t *words,
                                     size_t left)
{
    if (left < HEAD_WORDS) {
        return DISTRO_WIRE_SHORT;
    }
    const DistroSnapshotElement element = read_head(words);
    if (element.client == DISTRO_NONE ||
        element.client > distro_dictionary_counts(dictionary).clients) {
        return DISTRO_WIRE_UNKNOWN_NUMBER;
    }
    if (element.idle_ms < 0) {
        return DISTRO_WIRE_BAD_RANGE;
    }
    if (left - HEAD_WORDS < element.count) {
        return DISTRO_WIRE_SHORT;
    }
    return distro_content_check(dictionary, words + HEAD_WORDS, element.count);
}

DistroWireError distro_snapshot_check(const DistroDictionary *dictionary, GBytes *list,
                                      uint32_t count)
{
    gsize size = 0;
    const uint32_t *words = list == NULL ? NULL : g_bytes_get_data(list, &size);
    if ((uintptr_t)words % WORD != 0) { /* it is read as an array, and ours never is so */
        return DISTRO_WIRE_BAD_RANGE;
    }
    size_t left = size / WORD;
    for (uint32_t i = 0; i < count; i++) {
        const DistroWireError error = check_element(dictionary, words, left);
        if (error != DISTRO_WIRE_OK) {
            return error;
        }
        const size_t used = HEAD_WORDS + (size_t)words[2];
        words += used;
        left -= used;
    }
    return left == 0 && size % WORD == 0 ? DISTRO_WIRE_OK : DISTRO_WIRE_LONG;
}
