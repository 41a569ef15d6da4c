/* sim/truth/digest.c -- what the truth comes to: claims, operations under way, instances.
 *
 * Views follow from the nodes, and figures are no state. */
#include "core/mix.h"
#include "sim/truth/internal.h"

static uint64_t digest_of_claim(const SimTruth *truth, const Claim *claim)
{
    const DistroDictionary *dictionary = truth->world->dictionary;
    uint64_t digest = distro_mix(claim->client, claim->cluster);
    digest = distro_mix(digest, distro_digest_of_service(dictionary, claim->service));
    digest = distro_mix(digest, distro_digest_of_publication(dictionary, claim->held));
    digest = distro_mix(digest, distro_digest_of_publication(dictionary, claim->last));
    for (uint32_t entry = claim->newest; entry != 0;) {
        const Operation *operation = &g_array_index(truth->operations, Operation, entry - 1);
        digest = distro_mix(digest, distro_digest_of_publication(dictionary, operation->after));
        digest = distro_mix(digest, operation->state * 2u + operation->repeats);
        entry = operation->older;
    }
    return digest;
}

static uint64_t digest_of_instance(const SimTruth *truth, const TruthInstance *instance)
{
    const DistroDictionary *dictionary = truth->world->dictionary;
    const SimInstanceInfo *info = &instance->info;
    uint64_t digest = distro_digest_of_service(dictionary, info->service);
    digest = distro_mix(digest, distro_digest_of_name(dictionary, info->ip));
    digest = distro_mix(digest, (uint64_t)info->port << 32 | info->cluster);
    digest = distro_mix(digest, info->state * 2u + instance->published);
    digest = distro_mix(digest, (uint64_t)(info->since_us - truth->world->now_us));
    digest = distro_mix(digest, (uint64_t)instance->sure << 32 | instance->maybe);
    return distro_mix(digest, info->client);
}

uint64_t sim_truth_state_digest(const SimTruth *truth)
{
    uint64_t claims = 0, instances = 0;
    for (guint i = 0; i < truth->claims->len; i++) {
        claims += digest_of_claim(truth, truth_claim(truth, i));
    }
    for (guint i = 0; i < truth->instances->len; i++) {
        instances += digest_of_instance(truth, truth_instance(truth, i));
    }
    return distro_mix(claims, instances);
}
