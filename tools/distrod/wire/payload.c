/* tools/distrod/wire/payload.c -- protobuf-c reads a payload into an arena and packs its metadata.
 *
 * What a peer sends decides how much protobuf-c allocates: a header entry of two bytes becomes a
 * structure of sixty. The arena has a bound that follows the message's size, beyond which reading
 * fails; and what it gives out is taken back all at once, before the next message. */
#include "tools/distrod/wire/payload.h"

#include "payload.pb-c.h"

#include <string.h>

enum {
    GRPC_PREFIX_SIZE = 5,
    MAX_VARINT_SIZE = 10,
    ALIGNMENT = 16,
    FIRST_ARENA_SIZE = 64 * 1024,
    /* What a message may take: this, and three times its bytes. */
    ARENA_SLACK = 16 * 1024
};
enum {
    TAG_METADATA = 2 << 3 | 2, /* Payload.metadata, length-delimited */
    TAG_BODY = 3 << 3 | 2,
    TAG_VALUE = 2 << 3 | 2 /* Body.value */
};

struct RegPayloadReader {
    uint8_t *arena;
    size_t room, used, bound;
    GArray *headers; /* RegPayloadHeader */
};

/* ---- reading ---- */

static void *take_from_arena(void *data, size_t size)
{
    RegPayloadReader *reader = data;
    const size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (rounded < size || rounded > reader->bound - reader->used) {
        return NULL;
    }
    void *taken = reader->arena + reader->used;
    reader->used += rounded;
    return taken;
}

static void leave_in_arena(void *data, void *pointer)
{
    (void)data;
    (void)pointer;
}

/* A large message is rare and leaves no large arena behind. */
static void prepare_arena(RegPayloadReader *reader, size_t message_size)
{
    const size_t bound = message_size * 3 + ARENA_SLACK;
    const size_t wanted = MAX(bound, FIRST_ARENA_SIZE);
    if (reader->room < wanted || reader->room > FIRST_ARENA_SIZE) {
        g_free(reader->arena);
        reader->arena = g_malloc(wanted);
        reader->room = wanted;
    }
    reader->bound = bound;
    reader->used = 0;
}

RegPayloadReader *reg_payload_reader_new(void)
{
    RegPayloadReader *reader = g_new0(RegPayloadReader, 1);
    reader->headers = g_array_new(false, false, sizeof(RegPayloadHeader));
    return reader;
}

void reg_payload_reader_free(RegPayloadReader *reader)
{
    if (reader == NULL) {
        return;
    }
    g_array_unref(reader->headers);
    g_free(reader->arena);
    g_free(reader);
}

static bool is_text(const char *text)
{
    return g_utf8_validate(text, -1, NULL);
}

static bool read_metadata(RegPayloadReader *reader, const Reg__Pb__Metadata *metadata,
                          RegPayload *payload)
{
    if (!is_text(metadata->type) || !is_text(metadata->client_ip)) {
        return false;
    }
    payload->type = metadata->type;
    payload->client_ip = metadata->client_ip;
    for (size_t i = 0; i < metadata->n_headers; i++) {
        const RegPayloadHeader header = { metadata->headers[i]->key, metadata->headers[i]->value };
        if (!is_text(header.key) || !is_text(header.value)) {
            return false;
        }
        g_array_append_val(reader->headers, header);
    }
    payload->headers = (const RegPayloadHeader *)(const void *)reader->headers->data;
    payload->header_count = reader->headers->len;
    return true;
}

bool reg_payload_read(RegPayloadReader *reader, const uint8_t *bytes, size_t size,
                      RegPayload *payload)
{
    ProtobufCAllocator allocator = { take_from_arena, leave_in_arena, reader };
    *payload = (RegPayload) { .type = "", .client_ip = "", .json = "" };
    g_array_set_size(reader->headers, 0);
    prepare_arena(reader, size);

    const Reg__Pb__Payload *read = reg__pb__payload__unpack(&allocator, size, bytes);
    if (read == NULL ||
        (read->metadata != NULL && !read_metadata(reader, read->metadata, payload))) {
        return false;
    }
    if (read->body != NULL && read->body->value.len > 0) {
        payload->json = (const char *)read->body->value.data;
        payload->json_size = read->body->value.len;
    }
    return true;
}

const char *reg_payload_header(const RegPayload *payload, const char *key)
{
    for (size_t i = 0; i < payload->header_count; i++) {
        if (strcmp(payload->headers[i].key, key) == 0) {
            return payload->headers[i].value;
        }
    }
    return NULL;
}

/* ---- writing ---- */

static size_t varint_size(uint64_t value)
{
    size_t size = 1;
    while (value >= 0x80) {
        value >>= 7;
        size++;
    }
    return size;
}

static uint8_t *put_varint(uint8_t *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

static uint8_t *put_tag(uint8_t *at, uint8_t tag, size_t size)
{
    *at++ = tag;
    return put_varint(at, size);
}

static uint8_t *put_grpc_prefix(uint8_t *at, size_t size)
{
    *at++ = 0; /* not compressed */
    for (int shift = 24; shift >= 0; shift -= 8) {
        *at++ = (uint8_t)(size >> shift);
    }
    return at;
}

/* The two levels of the body are put by hand, since packing them would copy it. */
GBytes *reg_payload_head(const char *type, const char *client_ip, const RegPayloadHeader *headers,
                         size_t header_count, size_t json_size)
{
    g_autofree Reg__Pb__Metadata__HeadersEntry *entries =
        g_new(Reg__Pb__Metadata__HeadersEntry, header_count);
    g_autofree Reg__Pb__Metadata__HeadersEntry **pointers =
        g_new(Reg__Pb__Metadata__HeadersEntry *, header_count);
    Reg__Pb__Metadata metadata = REG__PB__METADATA__INIT;
    metadata.type = (char *)type; /* packing reads it */
    metadata.client_ip = (char *)client_ip;
    for (size_t i = 0; i < header_count; i++) {
        reg__pb__metadata__headers_entry__init(&entries[i]);
        entries[i].key = (char *)headers[i].key;
        entries[i].value = (char *)headers[i].value;
        pointers[i] = &entries[i];
    }
    metadata.n_headers = header_count;
    metadata.headers = pointers;

    const size_t metadata_size = reg__pb__metadata__get_packed_size(&metadata);
    const size_t body_size = 1 + varint_size(json_size) + json_size;
    const size_t payload_size =
        1 + varint_size(metadata_size) + metadata_size + 1 + varint_size(body_size) + body_size;
    uint8_t *bytes = g_malloc(GRPC_PREFIX_SIZE + metadata_size + 3 * (1 + MAX_VARINT_SIZE));
    uint8_t *at = put_grpc_prefix(bytes, payload_size);
    at = put_tag(at, TAG_METADATA, metadata_size);
    at += reg__pb__metadata__pack(&metadata, at);
    at = put_tag(at, TAG_BODY, body_size);
    at = put_tag(at, TAG_VALUE, json_size);
    return g_bytes_new_take(bytes, (size_t)(at - bytes));
}
