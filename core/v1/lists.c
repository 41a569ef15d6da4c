/* core/v1/lists.c -- see lists.h. */
#include "core/v1/lists.h"

#include <string.h>

enum {
    WORD = 4,
    DATUM_HEAD_SIZE = 2 * WORD
};

/* --- writing ------------------------------------------------------------------------------ */

static void add(GByteArray *list, const void *words, size_t size)
{
    g_byte_array_append(list, words, (guint)size);
}

void distro_list_add_datum(GByteArray *list, DistroService service, uint32_t count)
{
    const uint32_t head[] = { service, count };
    add(list, head, sizeof head);
}

void distro_list_add_instance(GByteArray *list, DistroPublication publication, int64_t beat_ms)
{
    const DistroWireInstance instance = {
        .publication = publication,
        .beat_low = (uint32_t)(uint64_t)beat_ms,
        .beat_high = (uint32_t)((uint64_t)beat_ms >> 32),
    };
    add(list, &instance, sizeof instance);
}

void distro_list_add_checksum(GByteArray *list, const DistroWireChecksum *checksum)
{
    add(list, checksum, sizeof *checksum);
}

void distro_list_add_service(GByteArray *list, DistroService service)
{
    add(list, &service, sizeof service);
}

void distro_list_add_health(GByteArray *list, DistroClient client, bool healthy)
{
    const DistroWireHealth health = { client, healthy };
    add(list, &health, sizeof health);
}

/* --- reading ------------------------------------------------------------------------------ */

bool distro_list_next_datum(GBytes *list, size_t *offset, DistroWireDatum *datum)
{
    const uint32_t *head = distro_list_step(list, offset, DATUM_HEAD_SIZE);
    if (head == NULL) {
        return false;
    }
    *datum = (DistroWireDatum) { .service = head[0], .count = head[1] };
    datum->instances =
        head[1] > 0 ? distro_list_step(list, offset, head[1] * sizeof(DistroWireInstance)) : NULL;
    return true;
}

bool distro_list_next_checksum(GBytes *list, size_t *offset, DistroWireChecksum *checksum)
{
    const void *here = distro_list_step(list, offset, sizeof *checksum);
    if (here != NULL) {
        memcpy(checksum, here, sizeof *checksum);
    }
    return here != NULL;
}

bool distro_list_next_service(GBytes *list, size_t *offset, DistroService *service)
{
    const void *here = distro_list_step(list, offset, sizeof *service);
    if (here != NULL) {
        memcpy(service, here, sizeof *service);
    }
    return here != NULL;
}

bool distro_list_next_health(GBytes *list, size_t *offset, DistroWireHealth *health)
{
    const void *here = distro_list_step(list, offset, sizeof *health);
    if (here != NULL) {
        memcpy(health, here, sizeof *health);
    }
    return here != NULL;
}

/* --- checking ----------------------------------------------------------------------------- */

/* What is checked, and how far. */
typedef struct Cursor {
    const DistroDictionary *dictionary;
    DistroDictionaryCounts counts;
    const uint32_t *words;
    size_t left;
    uint32_t before; /* the number of the element before */
} Cursor;

static const uint32_t *take(Cursor *cursor, size_t words)
{
    if (cursor->left < words) {
        return NULL;
    }
    const uint32_t *here = cursor->words;
    cursor->words += words;
    cursor->left -= words;
    return here;
}

static DistroWireError check_service(Cursor *cursor, DistroService service)
{
    if (service == DISTRO_NONE || service > cursor->counts.services) {
        return DISTRO_WIRE_UNKNOWN_NUMBER;
    }
    const bool ascends = service > cursor->before;
    cursor->before = service;
    return ascends ? DISTRO_WIRE_OK : DISTRO_WIRE_BAD_ORDER;
}

static DistroWireError check_instance(const Cursor *cursor, DistroService service,
                                      DistroPublication publication)
{
    if (publication == DISTRO_NONE || publication > cursor->counts.publications) {
        return DISTRO_WIRE_UNKNOWN_NUMBER;
    }
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(cursor->dictionary, publication);
    return info->batch || info->service != service ? DISTRO_WIRE_BAD_RANGE : DISTRO_WIRE_OK;
}

static DistroWireError check_datum(Cursor *cursor)
{
    const uint32_t *head = take(cursor, 2);
    if (head == NULL) {
        return DISTRO_WIRE_SHORT;
    }
    DistroWireError error = check_service(cursor, head[0]);
    for (uint32_t i = 0; error == DISTRO_WIRE_OK && i < head[1]; i++) {
        const uint32_t *instance = take(cursor, 3);
        error = instance == NULL ? DISTRO_WIRE_SHORT : check_instance(cursor, head[0], *instance);
    }
    return error;
}

static DistroWireError check_health(Cursor *cursor)
{
    const uint32_t *health = take(cursor, 2);
    if (health == NULL) {
        return DISTRO_WIRE_SHORT;
    }
    if (health[0] == DISTRO_NONE || health[0] > cursor->counts.clients) {
        return DISTRO_WIRE_UNKNOWN_NUMBER;
    }
    return health[1] > 1 ? DISTRO_WIRE_BAD_RANGE : DISTRO_WIRE_OK;
}

static DistroWireError check_checksum(Cursor *cursor)
{
    const uint32_t *checksum = take(cursor, sizeof(DistroWireChecksum) / WORD);
    return checksum == NULL ? DISTRO_WIRE_SHORT : check_service(cursor, *checksum);
}

static DistroWireError check_key(Cursor *cursor)
{
    const uint32_t *service = take(cursor, 1);
    return service == NULL ? DISTRO_WIRE_SHORT : check_service(cursor, *service);
}

static DistroWireError check_list(const DistroDictionary *dictionary, GBytes *list, uint32_t count,
                                  DistroWireError (*check_element)(Cursor *))
{
    gsize size = 0;
    const void *data = list == NULL ? NULL : g_bytes_get_data(list, &size);
    if (size % WORD != 0 || (uintptr_t)data % WORD != 0) {
        return DISTRO_WIRE_BAD_RANGE;
    }
    Cursor cursor = { .dictionary = dictionary,
                      .counts = distro_dictionary_counts(dictionary),
                      .words = data,
                      .left = size / WORD };
    for (uint32_t i = 0; i < count; i++) {
        const DistroWireError error = check_element(&cursor);
        if (error != DISTRO_WIRE_OK) {
            return error;
        }
    }
    return cursor.left == 0 ? DISTRO_WIRE_OK : DISTRO_WIRE_LONG;
}

DistroWireError distro_list_check_datums(const DistroDictionary *dictionary, GBytes *list,
                                         uint32_t count)
{
    return check_list(dictionary, list, count, check_datum);
}

DistroWireError distro_list_check_checksums(const DistroDictionary *dictionary, GBytes *list,
                                            uint32_t count)
{
    return check_list(dictionary, list, count, check_checksum);
}

DistroWireError distro_list_check_services(const DistroDictionary *dictionary, GBytes *list,
                                           uint32_t count)
{
    return check_list(dictionary, list, count, check_key);
}

DistroWireError distro_list_check_healths(const DistroDictionary *dictionary, GBytes *list,
                                          uint32_t count)
{
    return check_list(dictionary, list, count, check_health);
}
