/* tests/unit/test_wire.c -- the compact face: what goes in comes out, and nothing else gets in. */
#include "core/protocol.h"
#include "core/v1/lists.h"
#include "core/v2/snapshot.h"

#include "tests/support/check.h"
#include "tests/support/messages.h"

static DistroFrame verify_frame(DistroDictionary *dictionary)
{
    DistroMessage message = { .op = DISTRO_OP_VERIFY,
                              .client = distro_dictionary_client(dictionary, "1_a_2"),
                              .revision = 3 };
    return distro_wire_encode(dictionary, &message);
}

static DistroFrame change_frame(DistroDictionary *dictionary, unsigned count)
{
    DistroMessage message = { .op = DISTRO_OP_CHANGE,
                              .client = distro_dictionary_client(dictionary, "1_a_2"),
                              .content = sample_content(dictionary, count) };
    DistroFrame frame = distro_wire_encode(dictionary, &message);
    distro_message_clear(&message);
    return frame;
}

static DistroFrame snapshot_frame(DistroDictionary *dictionary)
{
    GByteArray *list = g_byte_array_new();
    DistroContent content = sample_content(dictionary, 2);
    DistroClient client = distro_dictionary_client(dictionary, "1_a_2");
    sample_element(list, client, 7, &content, 0);
    distro_content_clear(&content);
    sample_element(list, client, -7, &content, 0);
    return sample_snapshot(dictionary, list, 2);
}

static void set_word(DistroFrame *frame, int at, uint32_t word)
{
    memcpy(frame->head + at, &word, sizeof word);
}

static void set_body(DistroFrame *frame, const void *bytes, size_t size)
{
    distro_frame_clear(frame);
    frame->body = g_bytes_new(bytes, size);
}

static DistroWireError decode(const DistroDictionary *dictionary, const DistroFrame *frame)
{
    DistroMessage message;
    return distro_wire_decode(dictionary, frame, &message);
}

static void check_same_message(const Sample *sample, const DistroMessage *seen)
{
    const DistroMessage *sent = &sample->message;
    check_int(seen->op, ==, sent->op);
    check_int(seen->answer, ==, sent->answer);
    check_int(seen->http, ==, distro_op_of(sent)->http);
    check_uint(seen->service, ==, sent->service);
    check_uint(seen->namespace_id, ==, sent->namespace_id);
    if (sent->answer) {
        check_int(seen->status, ==, sent->status);
    }
    check_uint(seen->client, ==, sent->client);
    check_uint(seen->target, ==, sent->target);
    check_int(seen->revision, ==, sent->revision);
    check_true(distro_content_equal(&seen->content, &sent->content));
    check_int(seen->write.kind, ==, sent->write.kind);
    check_uint(seen->write.client, ==, sent->write.client);
    check_uint(seen->write.service, ==, sent->write.service);
    check_uint(seen->write.publication, ==, sent->write.publication);
    check_uint(seen->list_count, ==, sent->list_count);
    check_true(seen->list == sent->list || g_bytes_equal(seen->list, sent->list));
}

static void every_message_comes_back_as_it_went(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    g_autoptr(GArray) samples = sample_messages(dictionary);

    for (guint i = 0; i < samples->len; i++) {
        const Sample *sample = &g_array_index(samples, Sample, i);
        DistroFrame frame = distro_wire_encode(dictionary, &sample->message);
        DistroMessage seen;
        int error = distro_wire_decode(dictionary, &frame, &seen);
        if (error != DISTRO_WIRE_OK) {
            printf("\n    %s:", sample->label);
        }
        check_int(error, ==, DISTRO_WIRE_OK);
        check_same_message(sample, &seen);
        check_uint(frame.json_size, ==, distro_wire_json_size(dictionary, &sample->message));
        distro_frame_clear(&frame);
    }
}

static void equal_messages_are_equal_bytes(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    g_autoptr(GArray) samples = sample_messages(dictionary);

    for (guint i = 0; i < samples->len; i++) {
        const Sample *sample = &g_array_index(samples, Sample, i);
        DistroFrame frame = distro_wire_encode(dictionary, &sample->message);
        DistroMessage seen;
        distro_wire_decode(dictionary, &frame, &seen);
        DistroFrame again = distro_wire_encode(dictionary, &seen);
        check_true(memcmp(frame.head, again.head, DISTRO_HEAD_SIZE) == 0);
        check_true(frame.body == again.body);
        distro_frame_clear(&frame);
        distro_frame_clear(&again);
    }
}

static void only_messages_with_much_content_have_a_body(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    g_autoptr(GArray) samples = sample_messages(dictionary);

    for (guint i = 0; i < samples->len; i++) {
        const Sample *sample = &g_array_index(samples, Sample, i);
        DistroFrame frame = distro_wire_encode(dictionary, &sample->message);
        bool much = sample->message.content.count > 1 || sample->message.list_count > 0;
        check_int(frame.body != NULL, ==, much);
        distro_frame_clear(&frame);
    }
}

static void a_copied_frame_keeps_the_body_alive(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroFrame frame = change_frame(dictionary, 3);
    DistroFrame copy = distro_frame_ref(&frame);
    distro_frame_clear(&frame);
    check_int(decode(dictionary, &copy), ==, DISTRO_WIRE_OK);
    check_true(frame.body == NULL);
    distro_frame_clear(&copy);
}

static void an_unknown_operation_is_refused(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroFrame frame = verify_frame(dictionary);
    frame.head[0] = DISTRO_V1_OPS;
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_UNKNOWN_OP);
    frame.head[0] = 255;
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_UNKNOWN_OP);
}

static void an_unknown_status_is_refused(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroMessage answer = { .op = DISTRO_OP_VERIFY, .answer = true, .status = DISTRO_STATUS_OK };
    DistroFrame frame = distro_wire_encode(dictionary, &answer);
    frame.head[2] = 7;
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_UNKNOWN_STATUS);

    DistroFrame request = verify_frame(dictionary);
    request.head[2] = 200; /* a request has no status */
    check_int(decode(dictionary, &request), ==, DISTRO_WIRE_UNKNOWN_STATUS);
    request.head[2] = 0;
    request.head[1] = 2; /* it is never said over HTTP */
    check_int(decode(dictionary, &request), ==, DISTRO_WIRE_UNKNOWN_OP);
}

static void numbers_outside_the_dictionary_are_refused(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroFrame verify = verify_frame(dictionary);
    DistroFrame change = change_frame(dictionary, 1);
    uint32_t pair[2] = { 1, 99 };

    set_word(&verify, 4, 0);
    check_int(decode(dictionary, &verify), ==, DISTRO_WIRE_UNKNOWN_NUMBER);
    set_word(&verify, 4, 99);
    check_int(decode(dictionary, &verify), ==, DISTRO_WIRE_UNKNOWN_NUMBER);
    set_word(&change, 16, 99);
    check_int(decode(dictionary, &change), ==, DISTRO_WIRE_UNKNOWN_NUMBER);
    set_word(&change, 16, 0);
    check_int(decode(dictionary, &change), ==, DISTRO_WIRE_UNKNOWN_NUMBER);
    set_word(&change, 16, 1);
    set_word(&change, 20, 999);
    check_int(decode(dictionary, &change), ==, DISTRO_WIRE_UNKNOWN_NUMBER);

    DistroFrame many = change_frame(dictionary, 2);
    set_body(&many, pair, sizeof pair);
    check_int(decode(dictionary, &many), ==, DISTRO_WIRE_UNKNOWN_NUMBER);
    distro_frame_clear(&many);
}

/* ---- the lists of 1.x ---- */

static DistroFrame digest_frame(DistroDictionary *dictionary)
{
    DistroMessage message = { .op = DISTRO_OP_CHECKSUM,
                              .target = distro_dictionary_name(dictionary, "10.0.0.1:8848") };
    DistroWireChecksum checksum = { .service = sample_service(dictionary, "shop") };
    GByteArray *list = g_byte_array_new();
    distro_list_add_checksum(list, &checksum);
    checksum.service = sample_service(dictionary, "shop 2");
    distro_list_add_checksum(list, &checksum);
    distro_message_take_list(&message, list, 2);
    DistroFrame frame = distro_wire_encode(dictionary, &message);
    distro_message_clear(&message);
    return frame;
}

/* A DATUM whose body is @words. */
static DistroWireError decode_datum(const DistroDictionary *dictionary, uint32_t elements,
                                    const uint32_t *words, uint32_t count)
{
    DistroFrame frame = { .head = { DISTRO_OP_DATUM, 2 } }; /* over HTTP */
    set_word(&frame, 12, elements);
    set_word(&frame, 16, count * 4);
    frame.body = g_bytes_new(words, count * sizeof *words);
    DistroWireError error = decode(dictionary, &frame);
    distro_frame_clear(&frame);
    return error;
}

static void a_malformed_datum_is_refused(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    const DistroPublication good = sample_publication(dictionary, "shop");
    const DistroService shop = sample_service(dictionary, "shop");
    const DistroService other = sample_service(dictionary, "other");
    const uint32_t one[] = { shop, 1, good, 5, 6 }, early[] = { other, 0, shop, 0 };
    const uint32_t twice[] = { shop, 0, shop, 0 }, nobody[] = { 0, 0 }, strange[] = { 99, 0 };
    const uint32_t misplaced[] = { other, 1, good, 0, 0 }, unknown[] = { shop, 1, 99, 0, 0 };
    const uint32_t huge[] = { shop, UINT32_MAX, good, 0, 0 };

    check_int(decode_datum(dictionary, 1, one, 5), ==, DISTRO_WIRE_OK);
    check_int(decode_datum(dictionary, 1, one, 4), ==, DISTRO_WIRE_SHORT);
    check_int(decode_datum(dictionary, 1, one, 1), ==, DISTRO_WIRE_SHORT);
    check_int(decode_datum(dictionary, 0, one, 5), ==, DISTRO_WIRE_LONG);
    check_int(decode_datum(dictionary, 2, one, 5), ==, DISTRO_WIRE_SHORT);
    check_int(decode_datum(dictionary, 2, early, 4), ==, DISTRO_WIRE_BAD_ORDER);
    check_int(decode_datum(dictionary, 2, twice, 4), ==, DISTRO_WIRE_BAD_ORDER);
    check_int(decode_datum(dictionary, 1, nobody, 2), ==, DISTRO_WIRE_UNKNOWN_NUMBER);
    check_int(decode_datum(dictionary, 1, strange, 2), ==, DISTRO_WIRE_UNKNOWN_NUMBER);
    check_int(decode_datum(dictionary, 1, misplaced, 5), ==, DISTRO_WIRE_BAD_RANGE);
    check_int(decode_datum(dictionary, 1, unknown, 5), ==, DISTRO_WIRE_UNKNOWN_NUMBER);
    check_int(decode_datum(dictionary, 1, huge, 5), ==, DISTRO_WIRE_SHORT);
}

static void a_malformed_digest_is_refused(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroFrame frame = digest_frame(dictionary);

    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_OK);
    set_word(&frame, 20, 0); /* of no name */
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_UNKNOWN_NUMBER);
    set_word(&frame, 20, 1);
    set_word(&frame, 12, 1); /* fewer than there are */
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_LONG);
    set_word(&frame, 12, 3);
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_SHORT);
    set_word(&frame, 12, 2);
    set_word(&frame, 16, 39); /* its body is of another size */
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_LONG);
    set_word(&frame, 16, 40);
    frame.head[1] = 0; /* it is said over HTTP alone */
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_UNKNOWN_OP);
    frame.head[1] = 8;
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_BAD_RANGE);
    distro_frame_clear(&frame);
}

static void a_forward_with_unknown_numbers_is_refused(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroPublication other = sample_publication(dictionary, "other");
    DistroMessage message = { .op = DISTRO_OP_FORWARD,
                              .write = { .kind = DISTRO_WRITE_REGISTER,
                                         .client = distro_dictionary_client(dictionary, "a:1#true"),
                                         .publication = sample_publication(dictionary, "shop"),
                                         .service = sample_service(dictionary, "shop") } };
    DistroFrame good = distro_wire_encode(dictionary, &message), frame = good;

    set_word(&frame, 8, 99);
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_UNKNOWN_NUMBER);
    frame = good;
    set_word(&frame, 16, 0);
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_UNKNOWN_NUMBER);
    frame = good;
    set_word(&frame, 16, other); /* another service's */
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_BAD_RANGE);
    frame = good;
    set_word(&frame, 12, 4);
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_BAD_RANGE);
    frame = good;
    set_word(&frame, 12, DISTRO_WRITE_LIGHT_BEAT); /* names no publication */
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_BAD_RANGE);
}

static void words_without_a_use_must_be_zero(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    for (int at = 12; at < DISTRO_HEAD_SIZE; at += 4) {
        DistroFrame frame = verify_frame(dictionary);
        set_word(&frame, at, 1);
        check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_BAD_RANGE);
    }
}

static void publications_out_of_order_are_refused(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroFrame frame = change_frame(dictionary, 2);
    uint32_t reversed[2] = { 2, 1 }, repeated[2] = { 1, 1 };

    set_body(&frame, reversed, sizeof reversed);
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_BAD_ORDER);
    set_body(&frame, repeated, sizeof repeated);
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_BAD_ORDER);
    distro_frame_clear(&frame);
}

static void a_body_of_another_length_is_refused(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroFrame frame = change_frame(dictionary, 2);
    uint32_t body[3] = { 1, 2, 3 };

    set_body(&frame, body, 7);
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_SHORT);
    set_body(&frame, body, 9);
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_LONG);
    distro_frame_clear(&frame);
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_SHORT);
    set_word(&frame, 12, UINT32_MAX);
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_BAD_RANGE);

    DistroFrame verify = verify_frame(dictionary);
    set_body(&verify, body, 4);
    check_int(decode(dictionary, &verify), ==, DISTRO_WIRE_LONG);
    distro_frame_clear(&verify);
}

static void a_snapshot_cut_anywhere_is_refused(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroFrame frame = snapshot_frame(dictionary);
    g_autoptr(GBytes) whole = g_bytes_ref(frame.body);
    gsize size;
    const uint8_t *bytes = g_bytes_get_data(whole, &size);

    check_uint(size, ==, 16 + 8 + 16);
    for (uint32_t cut = 1; cut < size; cut++) {
        set_body(&frame, bytes, cut);
        check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_SHORT);
        set_word(&frame, 16, cut); /* and even if it says so */
        check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_SHORT);
        set_word(&frame, 16, (uint32_t)size);
    }
    set_body(&frame, bytes, size);
    set_word(&frame, 12, 1); /* one client, and then something */
    check_int(decode(dictionary, &frame), ==, DISTRO_WIRE_LONG);
    distro_frame_clear(&frame);
}

static void a_snapshot_reads_as_it_was_written(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroFrame frame = snapshot_frame(dictionary);
    DistroMessage message;
    size_t offset = 0;
    DistroSnapshotElement element;

    check_int(distro_wire_decode(dictionary, &frame, &message), ==, DISTRO_WIRE_OK);
    check_uint(message.list_count, ==, 2);
    check_true(distro_snapshot_next(message.list, &offset, &element));
    check_int(element.revision, ==, 7);
    check_uint(element.count, ==, 2);
    check_true(distro_snapshot_next(message.list, &offset, &element));
    check_int(element.revision, ==, -7);
    check_uint(element.count, ==, 0);
    check_true(!distro_snapshot_next(message.list, &offset, &element));
    offset = 0;
    check_true(!distro_snapshot_next(NULL, &offset, &element));
    distro_frame_clear(&frame);
}

static void a_content_stays_sorted_as_services_come_and_go(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    DistroContent content = { 0 };
    char name[8];
    DistroPublication published[10];

    for (int i = 0; i < 10; i++) {
        g_snprintf(name, sizeof name, "s%d", i);
        published[i] = sample_publication(dictionary, name);
    }
    for (int i = 0; i < 10; i++) { /* 0 7 4 1 8 ... */
        DistroPublication next = published[i * 7 % 10];
        DistroService service = distro_dictionary_publication_info(dictionary, next)->service;
        DistroContent more = distro_content_with(dictionary, &content, service, next);
        distro_content_clear(&content);
        content = more;
        check_uint(content.count, ==, i + 1);
        check_uint(distro_content_find(dictionary, &content, service), ==, next);
    }
    for (int i = 0; i < 10; i++) {
        check_uint(distro_content_items(&content)[i], ==, published[i]);
    }
    for (int i = 0; i < 10; i++) {
        DistroService service =
            distro_dictionary_publication_info(dictionary, published[i])->service;
        DistroContent less = distro_content_with(dictionary, &content, service, DISTRO_NONE);
        distro_content_clear(&content);
        content = less;
        check_uint(content.count, ==, 9 - i);
        check_uint(distro_content_find(dictionary, &content, service), ==, DISTRO_NONE);
        check_true((content.many != NULL) == (content.count > 1));
    }
    DistroContent none = { 0 };
    check_true(distro_content_equal(&content, &none));
}

/* ---- fuzz ---- */

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* A frame with some of its bytes changed or its body cut, in memory of exactly its size. */
static DistroFrame mutate(const DistroFrame *frame, uint32_t *state)
{
    DistroFrame bad = *frame;
    gsize size = 0;
    const uint8_t *bytes = frame->body == NULL ? NULL : g_bytes_get_data(frame->body, &size);
    g_autofree uint8_t *copy = g_memdup2(bytes, size);

    for (uint32_t flips = next_random(state) % 3; flips > 0; flips--) {
        bad.head[next_random(state) % DISTRO_HEAD_SIZE] ^= (uint8_t)(1u << next_random(state) % 8);
    }
    for (uint32_t flips = next_random(state) % 3; size > 0 && flips > 0; flips--) {
        copy[next_random(state) % size] ^= (uint8_t)(1u << next_random(state) % 8);
    }
    if (size > 0 && next_random(state) % 4 == 0) {
        size = next_random(state) % size;
    }
    bad.body = copy == NULL ? NULL : g_bytes_new(copy, size);
    return bad;
}

static void what_is_accepted_is_a_message_whatever_the_bytes(void)
{
    g_autoptr(DistroDictionary) dictionary = distro_dictionary_new();
    g_autoptr(GArray) samples = sample_messages(dictionary);
    uint32_t state = 1, accepted = 0, refused = 0;

    for (int round = 0; round < 300; round++) {
        for (guint i = 0; i < samples->len; i++) {
            DistroFrame good =
                distro_wire_encode(dictionary, &g_array_index(samples, Sample, i).message);
            DistroFrame bad = mutate(&good, &state);
            DistroMessage message;
            if (distro_wire_decode(dictionary, &bad, &message) == DISTRO_WIRE_OK) {
                DistroFrame again = distro_wire_encode(dictionary, &message);
                accepted += memcmp(again.head, bad.head, DISTRO_HEAD_SIZE) == 0;
                distro_frame_clear(&again);
            } else {
                refused++;
            }
            distro_frame_clear(&good);
            distro_frame_clear(&bad);
        }
    }
    check_uint(accepted + refused, ==, 300 * samples->len); /* what is accepted encodes the same */
    check_uint(accepted, >, 0);
    check_uint(refused, >, 0);
}

static void every_error_has_a_text_of_its_own(void)
{
    for (int a = 0; a <= DISTRO_WIRE_BAD_RANGE; a++) {
        for (int b = 0; b < a; b++) {
            check_str(distro_wire_error_text((DistroWireError)a), !=,
                      distro_wire_error_text((DistroWireError)b));
        }
    }
}

int main(void)
{
    static const Test TESTS[] = {
        { "every message comes back as it went", every_message_comes_back_as_it_went },
        { "equal messages are equal bytes", equal_messages_are_equal_bytes },
        { "only messages with much content have a body",
          only_messages_with_much_content_have_a_body },
        { "a copied frame keeps the body alive", a_copied_frame_keeps_the_body_alive },
        { "an unknown operation is refused", an_unknown_operation_is_refused },
        { "an unknown status is refused", an_unknown_status_is_refused },
        { "numbers outside the dictionary are refused",
          numbers_outside_the_dictionary_are_refused },
        { "a malformed datum is refused", a_malformed_datum_is_refused },
        { "a malformed digest is refused", a_malformed_digest_is_refused },
        { "a forward with unknown numbers is refused", a_forward_with_unknown_numbers_is_refused },
        { "words without a use must be zero", words_without_a_use_must_be_zero },
        { "publications out of order are refused", publications_out_of_order_are_refused },
        { "a body of another length is refused", a_body_of_another_length_is_refused },
        { "a snapshot cut anywhere is refused", a_snapshot_cut_anywhere_is_refused },
        { "a snapshot reads as it was written", a_snapshot_reads_as_it_was_written },
        { "a content stays sorted as services come and go",
          a_content_stays_sorted_as_services_come_and_go },
        { "what is accepted is a message, whatever the bytes",
          what_is_accepted_is_a_message_whatever_the_bytes },
        { "every error has a text of its own", every_error_has_a_text_of_its_own },
        { NULL, NULL },
    };
    return run_tests("wire", TESTS);
}
