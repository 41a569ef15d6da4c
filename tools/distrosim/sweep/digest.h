/* tools/distrosim/sweep/digest.h -- 64 bits that stand for some bytes: FNV-1a.
 *
 * They tell a torn line from a whole one and one sweep from another; they guard against accidents,
 * not against forgery. */
#pragma once

#include <stddef.h>
#include <stdint.h>

static inline uint64_t digest_start(void)
{
    return UINT64_C(0xcbf29ce484222325);
}

static inline uint64_t digest_add(uint64_t digest, const void *bytes, size_t length)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < length; i++) {
        digest = (digest ^ byte[i]) * UINT64_C(0x100000001b3);
    }
    return digest;
}

/* Mixes once more, so that each bit of the result depends on all bytes. */
static inline uint64_t digest_finish(uint64_t digest)
{
    digest = (digest ^ (digest >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    digest = (digest ^ (digest >> 27)) * UINT64_C(0x94d049bb133111eb);
    return digest ^ (digest >> 31);
}
