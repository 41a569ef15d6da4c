/* tests/distrod/fuzz/frames.c -- gRPC's frames and the payloads in them: the first byte says where
 * the rest is cut. */
#include "tests/distrod/fuzz/fuzz.h"

#include "tools/distrod/wire/frames.h"
#include "tools/distrod/wire/payload.h"

#include <string.h>

static bool take_message(void *data, const uint8_t *message, size_t size)
{
    RegPayload payload;
    if (reg_payload_read(data, message, size, &payload)) {
        g_assert_cmpuint(payload.json_size, <=, size);
        g_assert_cmpuint(strlen(payload.type), <=, size);
        g_assert_true(g_utf8_validate(payload.type, -1, NULL));
        reg_payload_header(&payload, "app");
    }
    return true;
}

void fuzz_one(const uint8_t *bytes, size_t size)
{
    g_autoptr(RegPayloadReader) reader = reg_payload_reader_new();
    RegFrames frames;
    if (size == 0) {
        return;
    }
    const size_t cut = MIN((size_t)bytes[0], size - 1);
    reg_frames_init(&frames, 100000);
    if (reg_frames_feed(&frames, bytes + 1, cut, take_message, reader) == REG_FRAME_OK) {
        reg_frames_feed(&frames, bytes + 1 + cut, size - 1 - cut, take_message, reader);
    }
    reg_frames_clear(&frames);
    take_message(reader, bytes, size);
}
