/* tests/distrod/unit/test_payload.c -- payloads as Nacos writes them, and as it never would. */
#include "tools/distrod/wire/payload.h"

#include "tests/support/check.h"

/* ServerCheckRequest of an SDK 2.5.1, by hand: metadata (type, clientIp, one header), body. */
static const uint8_t server_check[] = "\x12\x33\x1a\x12ServerCheckRequest\x3a\x0f\x0a\x03"
                                      "app\x12\x08"
                                      "unknown!\x42\x0c"
                                      "10.100.0.100\x1a\x04\x12\x02{}";

static void a_payload_of_nacos_is_read(void)
{
    g_autoptr(RegPayloadReader) reader = reg_payload_reader_new();
    RegPayload payload;
    check_true(reg_payload_read(reader, server_check, sizeof server_check - 1, &payload));
    check_str(payload.type, ==, "ServerCheckRequest");
    check_str(payload.client_ip, ==, "10.100.0.100");
    check_str(reg_payload_header(&payload, "app"), ==, "unknown!");
    check_true(reg_payload_header(&payload, "App") == NULL);
    check_uint(payload.json_size, ==, 2);
    check_true(memcmp(payload.json, "{}", 2) == 0);
}

static void what_is_written_is_read_again(void)
{
    g_autoptr(RegPayloadReader) reader = reg_payload_reader_new();
    const RegPayloadHeader headers[] = { { "key", "value" }, { "k2", "" } };
    for (size_t json_size = 0; json_size < 70000; json_size = json_size * 3 + 1) {
        g_autofree char *json = g_strnfill(json_size, 'j');
        g_autoptr(GBytes) head =
            reg_payload_head("InstanceRequest", "127.0.0.1", headers, 2, json_size);
        gsize head_size;
        const uint8_t *bytes = g_bytes_get_data(head, &head_size);
        g_autoptr(GByteArray) whole = g_byte_array_new();
        g_byte_array_append(whole, bytes, (guint)head_size);
        g_byte_array_append(whole, (const uint8_t *)json, (guint)json_size);

        check_uint(bytes[0], ==, 0);
        check_uint((uint32_t)bytes[1] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 8 |
                       bytes[4],
                   ==, whole->len - 5);
        RegPayload payload;
        check_true(reg_payload_read(reader, whole->data + 5, whole->len - 5, &payload));
        check_str(payload.type, ==, "InstanceRequest");
        check_str(payload.client_ip, ==, "127.0.0.1");
        check_uint(payload.header_count, ==, 2);
        check_str(reg_payload_header(&payload, "k2"), ==, "");
        check_uint(payload.json_size, ==, json_size);
        check_true(memcmp(payload.json, json, json_size) == 0);
    }
}

static void an_empty_message_is_a_payload_without_anything(void)
{
    g_autoptr(RegPayloadReader) reader = reg_payload_reader_new();
    RegPayload payload;
    check_true(reg_payload_read(reader, (const uint8_t *)"", 0, &payload));
    check_str(payload.type, ==, "");
    check_uint(payload.json_size, ==, 0);
}

static void what_is_cut_short_or_no_text_is_refused(void)
{
    g_autoptr(RegPayloadReader) reader = reg_payload_reader_new();
    RegPayload payload;
    unsigned refused = 0;
    for (size_t size = 1; size < sizeof server_check - 1; size++) {
        refused += !reg_payload_read(reader, server_check, size, &payload);
    }
    check_uint(refused, ==, sizeof server_check - 3); /* but where the metadata ends */
    check_true(!reg_payload_read(reader, (const uint8_t *)"\x12\x03\x1a\x01\xff", 5, &payload));
}

static void headers_without_end_do_not_take_memory_without_end(void)
{
    g_autoptr(RegPayloadReader) reader = reg_payload_reader_new();
    const uint32_t entries = 2000000;
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    const uint8_t head[] = { 0x12, 0x80, 0x92, 0xf4, 0x01 }; /* 4,000,000 bytes of metadata */
    g_byte_array_append(bytes, head, sizeof head);
    for (uint32_t i = 0; i < entries; i++) {
        g_byte_array_append(bytes, (const uint8_t *)"\x3a\x00", 2);
    }
    RegPayload payload;
    check_true(!reg_payload_read(reader, bytes->data, bytes->len, &payload));
}

int main(void)
{
    static const Test tests[] = {
        { "a payload of Nacos is read", a_payload_of_nacos_is_read },
        { "what is written is read again", what_is_written_is_read_again },
        { "an empty message is a payload without anything",
          an_empty_message_is_a_payload_without_anything },
        { "what is cut short or no text is refused", what_is_cut_short_or_no_text_is_refused },
        { "headers without end do not take memory without end",
          headers_without_end_do_not_take_memory_without_end },
        { NULL, NULL },
    };
    return run_tests("payload", tests);
}
