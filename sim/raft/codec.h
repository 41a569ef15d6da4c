/* sim/raft/codec.h -- little-endian integers into a growing buffer, and back with every length
 * checked.
 *
 * A reader never runs past its end: what is missing reads as zero and leaves .broken set, so a
 * decoder reads all its fields and asks once. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline void sim_codec_put_u8(GByteArray *out, uint8_t value)
{
    g_byte_array_append(out, &value, 1);
}

static inline void sim_codec_put_u32(GByteArray *out, uint32_t value)
{
    const uint32_t word = GUINT32_TO_LE(value);
    g_byte_array_append(out, (const guint8 *)&word, sizeof word);
}

static inline void sim_codec_put_u64(GByteArray *out, uint64_t value)
{
    const uint64_t word = GUINT64_TO_LE(value);
    g_byte_array_append(out, (const guint8 *)&word, sizeof word);
}

static inline void sim_codec_put_double(GByteArray *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    sim_codec_put_u64(out, bits);
}

/* The length first. */
static inline void sim_codec_put_bytes(GByteArray *out, const void *data, size_t size)
{
    sim_codec_put_u32(out, (uint32_t)size);
    if (size > 0) {
        g_byte_array_append(out, data, (guint)size);
    }
}

typedef struct SimReader {
    const uint8_t *at;
    size_t left;
    bool broken;
} SimReader;

static inline SimReader sim_codec_reader(const void *data, size_t size)
{
    return (SimReader) { .at = data, .left = size };
}

static inline SimReader sim_codec_reader_of(GBytes *bytes)
{
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    return sim_codec_reader(data, size);
}

/* The next @size bytes, borrowed; NULL and .broken if there are fewer. */
static inline const uint8_t *sim_codec_take(SimReader *in, size_t size)
{
    if (in->broken || size > in->left) {
        in->broken = true;
        return NULL;
    }
    const uint8_t *data = in->at;
    in->at += size;
    in->left -= size;
    return data;
}

static inline uint8_t sim_codec_get_u8(SimReader *in)
{
    const uint8_t *data = sim_codec_take(in, 1);
    return data == NULL ? 0 : data[0];
}

static inline uint32_t sim_codec_get_u32(SimReader *in)
{
    const uint8_t *data = sim_codec_take(in, sizeof(uint32_t));
    uint32_t word = 0;
    if (data != NULL) {
        memcpy(&word, data, sizeof word);
    }
    return GUINT32_FROM_LE(word);
}

static inline uint64_t sim_codec_get_u64(SimReader *in)
{
    const uint8_t *data = sim_codec_take(in, sizeof(uint64_t));
    uint64_t word = 0;
    if (data != NULL) {
        memcpy(&word, data, sizeof word);
    }
    return GUINT64_FROM_LE(word);
}

static inline double sim_codec_get_double(SimReader *in)
{
    const uint64_t bits = sim_codec_get_u64(in);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* What sim_codec_put_bytes wrote, borrowed. */
static inline const uint8_t *sim_codec_get_bytes(SimReader *in, size_t *size)
{
    *size = sim_codec_get_u32(in);
    const uint8_t *data = sim_codec_take(in, *size);
    if (data == NULL) {
        *size = 0;
    }
    return data;
}

/* Everything was there, and nothing is left over. */
static inline bool sim_codec_is_read(const SimReader *in)
{
    return !in->broken && in->left == 0;
}
