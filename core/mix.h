/* core/mix.h -- what things come to as 64 bits, for digests of state.
 *
 * Names, clients, services and publications come to what their texts say, since their numbers
 * follow the order in which a dictionary met them. */
#pragma once

#include "core/dictionary.h"

/* @before with @value after it. */
static inline uint64_t distro_mix(uint64_t before, uint64_t value)
{
    uint64_t x = before * UINT64_C(0x9e3779b97f4a7c15) + value + UINT64_C(0xd1b54a32d192ed03);
    x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ (x >> 29);
}

uint64_t distro_digest_text(const char *text);
uint64_t distro_digest_of_name(const DistroDictionary *dictionary, DistroName name);
uint64_t distro_digest_of_client(const DistroDictionary *dictionary, DistroClient client);
uint64_t distro_digest_of_service(const DistroDictionary *dictionary, DistroService service);
uint64_t distro_digest_of_publication(const DistroDictionary *dictionary,
                                      DistroPublication publication);
