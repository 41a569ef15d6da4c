/* core/v1/lists.h -- the lists that messages of 1.x consist of (PROTOCOL.md 11.3).
 *
 *      DATUM, answers of PULL, SNAPSHOT   count x (service, n, n x (publication, beat low, high))
 *      CHECKSUM, STATUS                   count x (service, four words of MD5)
 *      PULL                               count x (service)
 *      answers of STATUSES                count x (client, healthy)
 *
 * Services ascend strictly, since on Nacos's wire they are the keys of a map. Writing appends to
 * an array; a finished list goes into DistroMessage.list. Reading steps through a decoded, hence
 * valid list; *@offset starts at 0. */
#pragma once

#include "core/message.h"

/* One instance of a datum. The time of its last beat crosses the wire, in milliseconds of the wall
 * clock that took it. */
typedef struct DistroWireInstance {
    DistroPublication publication; /* of one listing */
    uint32_t beat_low, beat_high;
} DistroWireInstance;
static inline int64_t distro_wire_beat_ms(const DistroWireInstance *instance)
{
    return (int64_t)((uint64_t)instance->beat_high << 32 | instance->beat_low);
}

typedef struct DistroWireDatum {
    DistroService service;
    uint32_t count;
    const DistroWireInstance *instances; /* in the list */
} DistroWireDatum;

typedef struct DistroWireChecksum {
    DistroService service;
    uint8_t md5[DISTRO_MD5_SIZE];
} DistroWireChecksum;

typedef struct DistroWireHealth {
    DistroClient client;
    uint32_t healthy;
} DistroWireHealth;

/* Begins a datum of @count instances, each of which must follow. */
void distro_list_add_datum(GByteArray *list, DistroService service, uint32_t count);
void distro_list_add_instance(GByteArray *list, DistroPublication publication, int64_t beat_ms);
void distro_list_add_checksum(GByteArray *list, const DistroWireChecksum *checksum);
void distro_list_add_service(GByteArray *list, DistroService service);
void distro_list_add_health(GByteArray *list, DistroClient client, bool healthy);

bool distro_list_next_datum(GBytes *list, size_t *offset, DistroWireDatum *datum);
bool distro_list_next_checksum(GBytes *list, size_t *offset, DistroWireChecksum *checksum);
bool distro_list_next_service(GBytes *list, size_t *offset, DistroService *service);
bool distro_list_next_health(GBytes *list, size_t *offset, DistroWireHealth *health);

/* Is @list, of @count elements, what such a list may be? (DistroLayout.check_list) */
DistroWireError distro_list_check_datums(const DistroDictionary *dictionary, GBytes *list,
                                         uint32_t count);
DistroWireError distro_list_check_checksums(const DistroDictionary *dictionary, GBytes *list,
                                            uint32_t count);
DistroWireError distro_list_check_services(const DistroDictionary *dictionary, GBytes *list,
                                           uint32_t count);
DistroWireError distro_list_check_healths(const DistroDictionary *dictionary, GBytes *list,
                                          uint32_t count);
