/* tests/distrod/unit/test_frames.c -- a byte stream becomes the messages that went into it,
 * wherever it is cut. */
#include "tools/distrod/wire/frames.h"

#include "tests/support/check.h"

typedef struct Taken {
    GString *text; /* each message and a bar */
    int stop_after;
} Taken;

static bool take(void *data, const uint8_t *message, size_t size)
{
    Taken *taken = data;
    g_string_append_len(taken->text, (const char *)message, (gssize)size);
    g_string_append_c(taken->text, '|');
    return --taken->stop_after != 0;
}

static const uint8_t three[] = { 0, 0, 0, 0, 5, 'h', 'e', 'l', 'l', 'o', 0,  0,
                                 0, 0, 0, 0, 0, 0,   0,   3,   'b', 'y', 'e' };

static void wherever_a_stream_is_cut_its_messages_are_the_same(void)
{
    for (size_t first = 0; first <= sizeof three; first++) {
        for (size_t second = first; second <= sizeof three; second++) {
            RegFrames frames;
            Taken taken = { .text = g_string_new(NULL) };
            reg_frames_init(&frames, 100);
            check_int(reg_frames_feed(&frames, three, first, take, &taken), ==, REG_FRAME_OK);
            check_int(reg_frames_feed(&frames, three + first, second - first, take, &taken), ==,
                      REG_FRAME_OK);
            check_int(reg_frames_feed(&frames, three + second, sizeof three - second, take, &taken),
                      ==, REG_FRAME_OK);
            check_str(taken.text->str, ==, "hello||bye|");
            check_uint(reg_frames_held(&frames), ==, 0);
            reg_frames_clear(&frames);
            g_string_free(taken.text, true);
        }
    }
}

static void a_message_above_the_limit_is_refused_before_it_is_held(void)
{
    RegFrames frames;
    Taken taken = { .text = g_string_new(NULL) };
    const uint8_t prefix[] = { 0, 0, 0, 0, 101 };
    reg_frames_init(&frames, 100);
    check_int(reg_frames_feed(&frames, prefix, 3, take, &taken), ==, REG_FRAME_OK);
    check_int(reg_frames_feed(&frames, prefix + 3, 2, take, &taken), ==, REG_FRAME_TOO_LARGE);
    reg_frames_clear(&frames);
    g_string_free(taken.text, true);
}

static void a_compressed_message_is_refused(void)
{
    RegFrames frames;
    Taken taken = { .text = g_string_new(NULL) };
    const uint8_t message[] = { 1, 0, 0, 0, 1, 'x' };
    reg_frames_init(&frames, 100);
    check_int(reg_frames_feed(&frames, message, sizeof message, take, &taken), ==,
              REG_FRAME_COMPRESSED);
    check_str(taken.text->str, ==, "");
    reg_frames_clear(&frames);
    g_string_free(taken.text, true);
}

static void the_taker_of_messages_may_stop(void)
{
    RegFrames frames;
    Taken taken = { .text = g_string_new(NULL), .stop_after = 1 };
    reg_frames_init(&frames, 100);
    check_int(reg_frames_feed(&frames, three, sizeof three, take, &taken), ==, REG_FRAME_STOPPED);
    check_str(taken.text->str, ==, "hello|");
    reg_frames_clear(&frames);
    g_string_free(taken.text, true);
}

int main(void)
{
    static const Test tests[] = {
        { "wherever a stream is cut, its messages are the same",
          wherever_a_stream_is_cut_its_messages_are_the_same },
        { "a message above the limit is refused before it is held",
          a_message_above_the_limit_is_refused_before_it_is_held },
        { "a compressed message is refused", a_compressed_message_is_refused },
        { "the taker of messages may stop", the_taker_of_messages_may_stop },
        { NULL, NULL },
    };
    return run_tests("frames", tests);
}
