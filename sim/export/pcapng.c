/* sim/export/pcapng.c -- a packet capture, as a tap at every sender would have written it.
 *
 *      section header, one Ethernet interface, then per message
 *      enhanced packet: Ethernet | IPv4 | TCP (a 1.x push: UDP) | Nacos's JSON
 *
 * Instants are the world's, counted from 2025-01-01. Cluster calls go to the main port + 1001, 2.x
 * clients' to + 1000, HTTP to the main port; callers' ports are made up, one per pair. Connections
 * are taken in the middle, without handshakes: sequence numbers count from 1 per direction. What
 * was lost is there too, since it was sent, with a comment that says so. */
#include <stdio.h>
#include <string.h>

#include "core/wire_json.h"
#include "sim/client/client.h"
#include "sim/export/internal.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    LINK_ETHERNET = 1,
    OPTION_COMMENT = 1,
    ETHERNET_SIZE = 14,
    IPV4_SIZE = 20,
    TCP_SIZE = 20,
    UDP_SIZE = 8,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    TCP_PUSH_ACK = 0x18,
    MOST_PAYLOAD = 64000, /* of a packet: IPv4 counts its bytes in 16 bits */
    FIRST_CALLER_PORT = 32768,
    CALLER_PORTS = 28000,
    CLUSTER_OFFSET = 1001,
    SDK_OFFSET = 1000,
};

typedef struct Address {
    uint32_t ip; /* host order */
    uint16_t port;
} Address;

typedef struct Stream {
    Address from, to; /* the key */
    uint32_t next;    /* sequence number of the next byte */
} Stream;

typedef struct Capture {
    const SimWorld *world;
    GString *out;
    GHashTable *streams; /* a set of Stream */
    GString *payload;    /* kept buffers */
    GString *packet;
} Capture;

/* --- bytes ----------------------------------------------------------------------------------- */

static void put8(GString *out, unsigned value)
{
    g_string_append_c(out, (char)(value & 0xff));
}

static void put16be(GString *out, unsigned value)
{
    put8(out, value >> 8);
    put8(out, value);
}

static void put32be(GString *out, uint32_t value)
{
    put16be(out, value >> 16);
    put16be(out, value & 0xffff);
}

/* Blocks are in the order of the writer's bytes: little-endian, whatever machine this is. */
static void put16(GString *out, unsigned value)
{
    put8(out, value);
    put8(out, value >> 8);
}

static void put32(GString *out, uint32_t value)
{
    put16(out, value & 0xffff);
    put16(out, value >> 16);
}

static void pad(GString *out)
{
    while (out->len % 4 != 0) {
        put8(out, 0);
    }
}

static size_t padded(size_t size)
{
    return (size + 3) / 4 * 4;
}

/* --- blocks ---------------------------------------------------------------------------------- */

static void write_header(GString *out)
{
    put32(out, BLOCK_SECTION);
    put32(out, 28);
    put32(out, 0x1a2b3c4d);
    put16(out, 1);
    put16(out, 0);
    put32(out, UINT32_MAX); /* the section's length: unknown */
    put32(out, UINT32_MAX);
    put32(out, 28);
    put32(out, BLOCK_INTERFACE);
    put32(out, 20);
    put16(out, LINK_ETHERNET);
    put16(out, 0);
    put32(out, 0); /* no limit */
    put32(out, 20);
}

static void write_block(Capture *capture, int64_t at_us, const char *comment)
{
    GString *out = capture->out;
    const GString *packet = capture->packet;
    uint64_t stamp = (uint64_t)(SIM_EPOCH_US + at_us);
    size_t options = comment != NULL ? 4 + padded(strlen(comment)) + 4 : 0;
    uint32_t size = (uint32_t)(32 + padded(packet->len) + options);
    put32(out, BLOCK_PACKET);
    put32(out, size);
    put32(out, 0);
    put32(out, (uint32_t)(stamp >> 32));
    put32(out, (uint32_t)stamp);
    put32(out, (uint32_t)packet->len);
    put32(out, (uint32_t)packet->len);
    g_string_append_len(out, packet->str, (gssize)packet->len);
    pad(out);
    if (comment != NULL) {
        put16(out, OPTION_COMMENT);
        put16(out, (unsigned)strlen(comment));
        g_string_append(out, comment);
        pad(out);
        put32(out, 0);
    }
    put32(out, size);
}

/* --- packets --------------------------------------------------------------------------------- */

static uint32_t sum_of(const char *bytes, size_t size, uint32_t sum)
{
    const uint8_t *at = (const uint8_t *)bytes;
    for (size_t i = 0; i + 1 < size; i += 2) {
        sum += (uint32_t)(at[i] << 8 | at[i + 1]);
    }
    return size % 2 ? sum + (uint32_t)(at[size - 1] << 8) : sum;
}

static unsigned folded(uint32_t sum)
{
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return ~sum & 0xffff;
}

static void set16be(GString *packet, size_t at, unsigned value)
{
    packet->str[at] = (char)(value >> 8);
    packet->str[at + 1] = (char)(value & 0xff);
}

static void put_ethernet(GString *packet, uint32_t from, uint32_t to)
{
    put16be(packet, 0x0200); /* locally administered */
    put32be(packet, to);
    put16be(packet, 0x0200);
    put32be(packet, from);
    put16be(packet, 0x0800);
}

static void put_ipv4(GString *packet, uint32_t from, uint32_t to, unsigned protocol, size_t size)
{
    size_t start = packet->len;
    put8(packet, 0x45);
    put8(packet, 0);
    put16be(packet, (unsigned)(IPV4_SIZE + size));
    put32be(packet, 0x00004000); /* no id, don't fragment */
    put8(packet, 64);
    put8(packet, protocol);
    put16be(packet, 0);
    put32be(packet, from);
    put32be(packet, to);
    set16be(packet, start + 10, folded(sum_of(packet->str + start, IPV4_SIZE, 0)));
}

static guint hash_stream(gconstpointer data)
{
    const Stream *stream = data;
    return stream->from.ip * 2654435761u ^ stream->to.ip * 40503u ^
           ((uint32_t)stream->from.port << 16 | stream->to.port);
}

static gboolean same_stream(gconstpointer a, gconstpointer b)
{
    const Stream *one = a, *other = b;
    return one->from.ip == other->from.ip && one->from.port == other->from.port &&
           one->to.ip == other->to.ip && one->to.port == other->to.port;
}

static Stream *stream_of(Capture *capture, Address from, Address to)
{
    Stream key = { .from = from, .to = to, .next = 1 };
    Stream *stream = g_hash_table_lookup(capture->streams, &key);
    if (stream != NULL) {
        return stream;
    }
    stream = g_memdup2(&key, sizeof key);
    g_hash_table_add(capture->streams, stream);
    return stream;
}

static void put_tcp(Capture *capture, Address from, Address to, size_t size)
{
    Stream *stream = stream_of(capture, from, to);
    uint32_t heard = stream_of(capture, to, from)->next;
    GString *packet = capture->packet;
    put16be(packet, from.port);
    put16be(packet, to.port);
    put32be(packet, stream->next);
    put32be(packet, heard);
    put8(packet, TCP_SIZE / 4 << 4);
    put8(packet, TCP_PUSH_ACK);
    put16be(packet, 65535);
    put32be(packet, 0); /* checksum, urgent */
    stream->next += (uint32_t)size;
}

static void put_udp(GString *packet, Address from, Address to, size_t size)
{
    put16be(packet, from.port);
    put16be(packet, to.port);
    put16be(packet, (unsigned)(UDP_SIZE + size));
    put16be(packet, 0);
}

/* Over the addresses, too; a sum of 0 would mean "none" in UDP. */
static void set_checksum(GString *packet, Address from, Address to, unsigned protocol, size_t place)
{
    size_t start = ETHERNET_SIZE + IPV4_SIZE, size = packet->len - start;
    uint32_t sum = (from.ip >> 16) + (from.ip & 0xffff) + (to.ip >> 16) + (to.ip & 0xffff) +
                   protocol + (uint32_t)size;
    unsigned value = folded(sum_of(packet->str + start, size, sum));
    set16be(packet, start + place, value == 0 ? 0xffff : value);
}

static void write_packet(Capture *capture, int64_t at_us, Address from, Address to, bool datagram,
                         const char *bytes, size_t size, const char *comment)
{
    GString *packet = capture->packet;
    unsigned protocol = datagram ? PROTOCOL_UDP : PROTOCOL_TCP;
    g_string_truncate(packet, 0);
    put_ethernet(packet, from.ip, to.ip);
    put_ipv4(packet, from.ip, to.ip, protocol, (datagram ? UDP_SIZE : TCP_SIZE) + size);
    if (datagram) {
        put_udp(packet, from, to, size);
    } else {
        put_tcp(capture, from, to, size);
    }
    g_string_append_len(packet, bytes, (gssize)size);
    set_checksum(packet, from, to, protocol, datagram ? 6 : 16);
    write_block(capture, at_us, comment);
}

/* --- who speaks from where -------------------------------------------------------------------- */

static uint32_t parse_ip(const char *text, uint32_t fallback)
{
    unsigned parts[4];
    int end = 0;
    if (sscanf(text, "%3u.%3u.%3u.%3u%n", &parts[0], &parts[1], &parts[2], &parts[3], &end) != 4 ||
        (text[end] != '\0' && text[end] != ':')) {
        return fallback;
    }
    uint32_t ip = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        ip = ip << 8 | (parts[i] & 0xff);
    }
    return ip;
}

/* A node called by a name that is no address gets one of 10.255.0.0/16. */
static Address node_address(const SimWorld *world, uint32_t index, unsigned offset)
{
    const char *text = sim_world_node(world, index)->address;
    const char *colon = strrchr(text, ':');
    uint64_t port = colon != NULL ? g_ascii_strtoull(colon + 1, NULL, 10) : 8848;
    return (Address) { parse_ip(text, 0x0aff0000u + index + 1),
                       (uint16_t)((port + offset) & 0xffff) };
}

static uint32_t client_ip(const SimWorld *world, uint32_t index)
{
    char text[SIM_CLIENT_ADDRESS_SIZE];
    uint32_t number = sim_client_number(sim_world_client(world, index));
    sim_client_default_address(number, text);
    return parse_ip(text, 0x0a800000u + number);
}

static uint16_t caller_port(SimEndpoint from, SimEndpoint to, SimOp op)
{
    bool http = op == SIM_OP_FORWARD;
    uint32_t mixed = (from * 2654435761u ^ to * 40503u) + (http ? 7919u : 0u);
    return (uint16_t)(FIRST_CALLER_PORT + mixed % CALLER_PORTS);
}

static bool is_http_client(const SimWorld *world, SimEndpoint endpoint)
{
    return sim_endpoint_is_client(endpoint) &&
           sim_client_kind(sim_world_client(world, sim_endpoint_index(endpoint))) ==
               SIM_CLIENT_HTTP;
}

/* The two ends of the transport under a call from @from to @to; a node that calls a client uses the
 * connection that the client has opened. */
static void ends_of(const SimWorld *world, const SimRecord *send, Address *from, Address *to)
{
    SimOp op = (SimOp)send->op;
    bool node_first = !sim_endpoint_is_client(send->subject);
    bool to_client = sim_endpoint_is_client(send->object);
    SimEndpoint opener = to_client ? send->object : send->subject;
    SimEndpoint server = to_client ? send->subject : send->object;
    bool cluster = node_first && !to_client;
    unsigned offset = op == SIM_OP_FORWARD || is_http_client(world, opener) ? 0
                      : cluster                                             ? CLUSTER_OFFSET
                                                                            : SDK_OFFSET;
    Address served = node_address(world, server, offset);
    Address opened = sim_endpoint_is_client(opener)
                         ? (Address) { client_ip(world, sim_endpoint_index(opener)), 0 }
                         : node_address(world, opener, 0);
    opened.port = caller_port(opener, server, op);
    *from = to_client ? served : opened;
    *to = to_client ? opened : served;
}

/* --- what is said ------------------------------------------------------------------------------
 */

static void append_instances(const SimWorld *world, DistroPublication publication, GString *out)
{
    const DistroPublicationInfo *info =
        distro_dictionary_publication_info(world->dictionary, publication);
    g_string_append(out, ",\"instances\":[");
    for (uint32_t i = 0; i < info->count; i++) {
        const DistroInstance *instance =
            &distro_dictionary_listing_info(world->dictionary, info->listings[i])->instance;
        g_string_append_printf(out, "%s{\"ip\":", i > 0 ? "," : "");
        sim_export_string(out, distro_dictionary_text(world->dictionary, instance->ip));
        g_string_append_printf(out, ",\"port\":%d}", instance->port);
    }
    g_string_append_c(out, ']');
}

static void append_service(const SimWorld *world, DistroService service, GString *out)
{
    const DistroServiceInfo *info = distro_dictionary_service_info(world->dictionary, service);
    g_string_append(out, ",\"groupName\":");
    sim_export_string(out, distro_dictionary_text(world->dictionary, info->group));
    g_string_append(out, ",\"serviceName\":");
    sim_export_string(out, distro_dictionary_text(world->dictionary, info->name));
}

/* Calls with clients carry numbers, not text: their names say what they are about. */
static void say_client_call(const SimWorld *world, const SimRecord *send, const uint64_t words[3],
                            GString *out)
{
    DistroDictionaryCounts counts = distro_dictionary_counts(world->dictionary);
    SimEndpoint client = sim_endpoint_is_client(send->subject) ? send->subject : send->object;
    bool publishes = send->op == SIM_OP_REGISTER || send->op == SIM_OP_BEAT;
    g_string_append(out, "{\"op\":");
    sim_export_string(out, sim_op_name((SimOp)send->op));
    g_string_append(out, ",\"client\":");
    sim_export_string(out, sim_world_endpoint_name(world, client));
    if (words[0] > 0 && words[0] <= counts.services) {
        append_service(world, (DistroService)words[0], out);
    }
    if (publishes && words[1] > 0 && words[1] <= counts.publications) {
        append_instances(world, (DistroPublication)words[1], out);
    }
    g_string_append_c(out, '}');
}

static void say_status(const SimRecord *send, const DistroFrame *frame, GString *out)
{
    unsigned status = frame->head[2] | (unsigned)frame->head[3] << 8;
    g_string_append(out, "{\"op\":");
    sim_export_string(out, sim_op_name((SimOp)send->op));
    g_string_append_printf(out, ",\"resultCode\":%u}", status ? status : DISTRO_STATUS_OK);
}

static void say(Capture *capture, const SimRecord *send, const SimTracePayload *payload,
                bool is_answer)
{
    DistroMessage message;
    GString *out = capture->payload;
    bool between_nodes =
        !sim_endpoint_is_client(send->subject) && !sim_endpoint_is_client(send->object);
    g_string_truncate(out, 0);
    if (between_nodes && distro_wire_decode(capture->world->dictionary, &payload->frame,
                                            &message) == DISTRO_WIRE_OK) {
        distro_wire_json_encode(capture->world->dictionary, &message, out);
    } else if (is_answer || between_nodes) {
        say_status(send, &payload->frame, out);
    } else {
        say_client_call(capture->world, send, payload->words, out);
    }
}

static void write_message(Capture *capture, const SimRecord *record, const SimRecord *send,
                          const SimTracePayload *payload, const char *comment)
{
    bool is_answer = record->kind == SIM_TRACE_ANSWERED;
    Address from, to;
    ends_of(capture->world, send, &from, &to);
    bool datagram = send->op == SIM_OP_PUSH && is_http_client(capture->world, send->object);
    say(capture, send, payload, is_answer);
    for (size_t at = 0; at < capture->payload->len; at += MOST_PAYLOAD) {
        write_packet(capture, record->at_us, is_answer ? to : from, is_answer ? from : to, datagram,
                     capture->payload->str + at, MIN(capture->payload->len - at, MOST_PAYLOAD),
                     comment);
    }
}

/* Ids of SENDs and ANSWERs that a fault swallowed. */
static GHashTable *find_lost(const SimRecord *records, size_t count)
{
    GHashTable *lost = g_hash_table_new(NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        if (records[i].kind == SIM_TRACE_MESSAGE_LOST && records[i].value < 0 && records[i].call) {
            g_hash_table_add(lost, GUINT_TO_POINTER(records[i].call));
        }
        if (records[i].kind == SIM_TRACE_MESSAGE_REPLY_LOST) {
            g_hash_table_add(lost, GUINT_TO_POINTER(records[i].cause));
        }
    }
    return lost;
}

/* Viewers count from the first packet: a frame of a type for local experiments stands at time 0. */
static void write_time_zero(Capture *capture)
{
    static const uint8_t head[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02,
                                    0,    0,    0,    0,    0,    0x88, 0xb5 };
    static const char text[] = "distrosim: time 0 of the story. It begins here, with all loaded";
    g_string_truncate(capture->packet, 0);
    g_string_append_len(capture->packet, (const char *)head, sizeof head);
    g_string_append(capture->packet, text);
    write_block(capture, 0, "time 0 of the story");
}

void sim_export_pcapng(const SimWorld *world, const SimExportSlice *slice, GString *out)
{
    size_t count;
    const SimRecord *records = sim_trace_records(world->trace, &count);
    uint32_t first = sim_trace_first_id(world->trace);
    g_autoptr(GHashTable) lost = find_lost(records, count);
    Capture capture = { .world = world, .out = out };
    capture.streams = g_hash_table_new_full(hash_stream, same_stream, g_free, NULL);
    capture.payload = g_string_new(NULL);
    capture.packet = g_string_new(NULL);
    write_header(out);
    bool marked = false;
    for (size_t i = 0; i < count; i++) {
        if (!sim_export_wants(slice, &records[i])) {
            continue;
        }
        if (!marked && records[i].at_us >= 0) {
            write_time_zero(&capture);
            marked = true;
        }
        uint32_t id = first + (uint32_t)i;
        const SimTracePayload *payload = sim_trace_payload(world->trace, id);
        const SimRecord *send =
            records[i].kind == SIM_TRACE_SEND ? &records[i] : sim_export_send(world, &records[i]);
        bool gone = g_hash_table_contains(lost, GUINT_TO_POINTER(id));
        if (payload != NULL && send != NULL) {
            write_message(&capture, &records[i], send, payload,
                          gone ? "lost on its way, or held by a cut" : NULL);
        }
    }
    g_hash_table_unref(capture.streams);
    g_string_free(capture.payload, true);
    g_string_free(capture.packet, true);
}
