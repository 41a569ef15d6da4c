/* tools/distrod/wire/payload.h -- Nacos's Payload: a type, a few headers and a JSON body.
 *
 *      Payload { metadata { type "InstanceRequest", headers {...}, client_ip }, body { JSON } }
 *
 * Source: com.alibaba.nacos.common.remote.client.grpc.GrpcUtils#convert, #parse. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct RegPayloadHeader {
    const char *key, *value;
} RegPayloadHeader;

/* A payload that was read. Its pointers lead into the reader. */
typedef struct RegPayload {
    const char *type;      /* "" if absent */
    const char *client_ip; /* "" if absent */
    const char *json;      /* not terminated */
    size_t json_size;
    const RegPayloadHeader *headers;
    size_t header_count;
} RegPayload;

/* Where payloads are read into: one after the other, each invalidates the last. */
typedef struct RegPayloadReader RegPayloadReader;

RegPayloadReader *reg_payload_reader_new(void);
void reg_payload_reader_free(RegPayloadReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RegPayloadReader, reg_payload_reader_free)

/* Read @size bytes, one gRPC message. False if they are no payload, if a text in it is not UTF-8 or
 * if they would take much more memory than they have bytes (many empty headers do). */
bool reg_payload_read(RegPayloadReader *reader, const uint8_t *bytes, size_t size,
                      RegPayload *payload);
/* The value of header @key, or NULL. */
const char *reg_payload_header(const RegPayload *payload, const char *key);

/* The bytes that go before @json_size bytes of JSON: gRPC's prefix, the metadata and the body's
 * tags. What follows may then be shared among many messages. @headers: @header_count of them. */
GBytes *reg_payload_head(const char *type, const char *client_ip, const RegPayloadHeader *headers,
                         size_t header_count, size_t json_size);
