/* core/digest.h -- what the state of a node comes to, as 64 bits; for the files of core/ alone.
 *
 * Names, clients, services and publications enter by their texts, since their numbers follow the
 * order in which a dictionary met them. Instants enter relative to the present: two nodes whose
 * histories differ by a shift in time are equal. What has no order is added up. */
#pragma once

#include "core/content.h"
#include "core/message.h"
#include "core/mix.h"
#include "core/node.h"

typedef struct DistroDigester {
    const DistroDictionary *dictionary;
    int64_t now_us, wall_us;
    uint64_t sum;
} DistroDigester;

static inline void distro_digest_add(DistroDigester *digester, uint64_t value)
{
    digester->sum = distro_mix(digester->sum, value);
}

/* An instant of the monotonic clock, of the wall clock; INT64_MIN and INT64_MAX stay. */
void distro_digest_at(DistroDigester *digester, int64_t at_us);
void distro_digest_wall(DistroDigester *digester, int64_t at_wall_us);

void distro_digest_name(DistroDigester *digester, DistroName name);
void distro_digest_client(DistroDigester *digester, DistroClient client);
void distro_digest_content(DistroDigester *digester, const DistroContent *content);

/* One that begins with @seed, for a part whose sum is then added to others'. */
static inline DistroDigester distro_digester_part(const DistroDigester *digester, uint64_t seed)
{
    DistroDigester part = *digester;
    part.sum = seed;
    return part;
}
