/* tools/distrod/wire/frames.c -- a byte stream cut into gRPC messages; what arrives whole is handed
 * on where it lies. */
#include "tools/distrod/wire/frames.h"

enum {
    PREFIX_SIZE = 5
};

void reg_frames_init(RegFrames *frames, uint32_t max_size)
{
    *frames = (RegFrames) { .max_size = max_size };
}

void reg_frames_clear(RegFrames *frames)
{
    g_clear_pointer(&frames->partial, g_byte_array_unref);
}

size_t reg_frames_held(const RegFrames *frames)
{
    return frames->partial != NULL ? frames->partial->len : 0;
}

static RegFrameError read_prefix(const RegFrames *frames, const uint8_t *bytes, size_t *size)
{
    *size = (size_t)bytes[1] << 24 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 8 | bytes[4];
    if (bytes[0] != 0) {
        return REG_FRAME_COMPRESSED;
    }
    return *size > frames->max_size ? REG_FRAME_TOO_LARGE : REG_FRAME_OK;
}

/* Every whole message at the start of @bytes; *@used tells where they end. */
static RegFrameError take_whole(const RegFrames *frames, const uint8_t *bytes, size_t size,
                                RegFrameTaker take, void *data, size_t *used)
{
    *used = 0;
    while (size - *used >= PREFIX_SIZE) {
        size_t message_size;
        const RegFrameError error = read_prefix(frames, bytes + *used, &message_size);
        if (error != REG_FRAME_OK) {
            return error;
        }
        if (size - *used - PREFIX_SIZE < message_size) {
            break;
        }
        const uint8_t *message = bytes + *used + PREFIX_SIZE;
        *used += PREFIX_SIZE + message_size;
        if (!take(data, message, message_size)) {
            return REG_FRAME_STOPPED;
        }
    }
    return REG_FRAME_OK;
}

/* How many of @size bytes complete the message that was begun, or at least its prefix. */
static size_t missing_bytes(const RegFrames *frames, size_t size)
{
    const GByteArray *partial = frames->partial;
    size_t wanted = PREFIX_SIZE;
    if (partial->len >= PREFIX_SIZE) {
        size_t message_size;
        read_prefix(frames, partial->data, &message_size);
        wanted += message_size;
    }
    return MIN(size, wanted - partial->len);
}

/* Add to the message that was begun, and hand it on when it is whole. */
static RegFrameError complete_partial(RegFrames *frames, const uint8_t **bytes, size_t *size,
                                      RegFrameTaker take, void *data)
{
    while (frames->partial != NULL) {
        const size_t more = missing_bytes(frames, *size);
        g_byte_array_append(frames->partial, *bytes, (guint)more);
        *bytes += more;
        *size -= more;
        g_autoptr(GByteArray) partial = g_steal_pointer(&frames->partial);
        size_t used;
        const RegFrameError error =
            take_whole(frames, partial->data, partial->len, take, data, &used);
        if (error != REG_FRAME_OK) {
            return error;
        }
        if (used > 0) {
            break;
        }
        frames->partial = g_steal_pointer(&partial);
        if (*size == 0) {
            break;
        }
    }
    return REG_FRAME_OK;
}

RegFrameError reg_frames_feed(RegFrames *frames, const uint8_t *bytes, size_t size,
                              RegFrameTaker take, void *data)
{
    RegFrameError error = complete_partial(frames, &bytes, &size, take, data);
    if (error != REG_FRAME_OK || size == 0) {
        return error;
    }
    size_t used;
    error = take_whole(frames, bytes, size, take, data, &used);
    if (error == REG_FRAME_OK && used < size) {
        frames->partial = g_byte_array_sized_new((guint)(size - used));
        g_byte_array_append(frames->partial, bytes + used, (guint)(size - used));
    }
    return error;
}
