/* tools/distrod/wire/frames.h -- a byte stream cut into gRPC messages.
 *
 *      | 0 | length, 4 bytes, big endian | message | 0 | length | ...
 *
 * A flag of 1 says that the message is compressed, which is negotiated and never offered here. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum RegFrameError {
    REG_FRAME_OK,
    REG_FRAME_COMPRESSED,
    REG_FRAME_TOO_LARGE,
    REG_FRAME_STOPPED, /* the taker wanted no more */
} RegFrameError;

typedef struct RegFrames {
    GByteArray *partial; /* (nullable) the beginning of a message, prefix included */
    uint32_t max_size;   /* of a message */
} RegFrames;

/* Takes one message; false to stop. @message is borrowed for the call. */
typedef bool (*RegFrameTaker)(void *data, const uint8_t *message, size_t size);

void reg_frames_init(RegFrames *frames, uint32_t max_size);
void reg_frames_clear(RegFrames *frames);
/* Feed what has arrived; @take is called for every message that it completes. */
RegFrameError reg_frames_feed(RegFrames *frames, const uint8_t *bytes, size_t size,
                              RegFrameTaker take, void *data);
/* Bytes held of a message that is not complete. */
size_t reg_frames_held(const RegFrames *frames);
