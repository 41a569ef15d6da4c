/* tools/distrod/cluster/links.c -- the calls that this server makes to its peers.
 *
 *      RegLinks --- Link, one per peer --- Line, the connection in use --- Call, one per outcome
 *                    |                      `- those given up end on their own
 *                    `- Part, what is left of a round */
#include "tools/distrod/cluster/links.h"

#include "tools/distrod/cluster/messages.h"
#include "tools/distrod/net/conn.h"
#include "tools/distrod/wire/json.h"

#include <string.h>

enum {
    CLUSTER_PORT_OFFSET = 1001,
    VERIFIES_UNDER_WAY = 256
};
/* GrpcClient#connectToServer: what a client waits that is not to be told when it is set up. */
#define SETTLE_US 100000

typedef struct Link Link;
typedef struct Line Line;

typedef struct Call {
    RegTimer timer;
    Link *link;
    RegStream *stream; /* NULL: not begun (CONNECT waits for the connection) */
    DistroTicket ticket;
    DistroOp op;
    bool verify;
} Call;

/* One connection. */
struct Line {
    Link *link; /* NULL: given up */
    RegConn *conn;
    RegStream *setup; /* the stream both ways */
    Call *connect;    /* the CONNECT under way */
    bool opened, checked, registered;
    bool negotiates; /* will answer the setup */
};

/* What is left of a round for one peer. */
typedef struct Part {
    DistroEffect round; /* .tickets and .digests are kept */
    uint32_t peer, next;
} Part;

struct Link {
    RegLinks *links;
    DistroName peer;
    Line *line;   /* (nullable) */
    GQueue parts; /* Part */
    uint32_t verifies;
};

struct RegLinks {
    RegLinksOptions options;
    RegCensus *census;
    RegConnContext context;
    RegPayloadReader *reader;
    GHashTable *by_peer; /* DistroName -> Link */
    uint32_t lines, calls;
    uint64_t unreadable;
    bool closing; /* the node still steps while the server stops: it opens nothing any more */
};

static const char *text_of(const RegLinks *links, DistroName name)
{
    return distro_dictionary_text(reg_host_dictionary(links->options.host), name);
}

/* ---- outcomes ---- */

static void submit_outcome(RegLinks *links, DistroTicket ticket, DistroOutcome outcome,
                           const DistroFrame *frame)
{
    const DistroInput input = { .kind = DISTRO_INPUT_OUTCOME,
                                .outcome = {
                                    .ticket = ticket, .outcome = outcome, .frame = frame } };
    reg_host_submit(links->options.host, &input);
}

static void send_verifies(Link *link);

/* Its stream, if there is one, is on its own from now on. */
static void finish_call(Call *call, DistroOutcome outcome, const DistroFrame *frame)
{
    Link *link = call->link;
    RegLinks *links = link->links;
    reg_timers_clear(reg_loop_timers(links->options.loop), &call->timer);
    if (call->stream != NULL) {
        reg_stream_set_data(call->stream, NULL);
    }
    if (link->line != NULL && link->line->connect == call) {
        link->line->connect = NULL;
    }
    links->calls--;
    submit_outcome(links, call->ticket, outcome, frame);
    const bool verify = call->verify;
    g_free(call);
    if (verify) {
        link->verifies--;
        send_verifies(link);
    }
}

static void finish_with_status(Call *call, DistroStatus status)
{
    RegLinks *links = call->link->links;
    const DistroMessage message = { .op = call->op, .answer = true, .status = status };
    DistroFrame frame = distro_wire_encode(reg_host_dictionary(links->options.host), &message);
    finish_call(call, DISTRO_OUTCOME_ANSWERED, &frame);
    distro_frame_clear(&frame);
}

/* Futures.withTimeout cancels what it gives up. */
static void time_out_call(RegTimer *timer)
{
    Call *call = REG_OWNER(timer, Call, timer);
    Line *line = call->link->line;
    RegStream *stream = call->stream;
    if (line != NULL && line->connect == call && line->checked && !line->negotiates) {
        line->registered = true; /* it was to wait, and nothing spoke against it */
        finish_with_status(call, DISTRO_STATUS_OK);
        return;
    }
    finish_call(call, DISTRO_OUTCOME_TIMED_OUT, NULL);
    if (stream != NULL) {
        reg_stream_cancel(stream);
    }
}

static Call *new_call(Link *link, DistroTicket ticket, DistroOp op, int64_t timeout_us)
{
    Call *call = g_new0(Call, 1);
    call->timer.fire = time_out_call;
    call->link = link;
    call->ticket = ticket;
    call->op = op;
    link->links->calls++;
    reg_timers_set_in(reg_loop_timers(link->links->options.loop), &call->timer, timeout_us);
    return call;
}

/* ---- requests ---- */

static void send_json(RegLinks *links, RegStream *stream, const char *type, const char *json,
                      size_t size)
{
    const RegPayloadHeader header = { links->options.identity.key, links->options.identity.value };
    g_autoptr(GBytes) head =
        reg_payload_head(type, links->options.self_ip, &header, header.key != NULL ? 1 : 0, size);
    g_autoptr(GBytes) body = g_bytes_new(json, size);
    GBytes *pieces[] = { head, body };
    reg_stream_send(stream, pieces, 2);
}

static void call_unary(Call *call, const char *type, const char *json, size_t size)
{
    RegLinks *links = call->link->links;
    RegStream *stream = reg_conn_call(call->link->line->conn, "/Request/request");
    if (stream == NULL) {
        finish_call(call, DISTRO_OUTCOME_BROKEN, NULL);
        return;
    }
    call->stream = stream;
    reg_stream_set_data(stream, call);
    send_json(links, stream, type, json, size);
    reg_stream_finish(stream, REG_GRPC_OK, NULL);
}

static bool can_call(const Link *link)
{
    return link->line != NULL && link->line->registered && reg_conn_is_open(link->line->conn);
}

static void send_request(Link *link, const DistroEffect *effect, DistroOp op, bool verify)
{
    RegLinks *links = link->links;
    if (!can_call(link)) {
        submit_outcome(links, effect->send.ticket, DISTRO_OUTCOME_BROKEN, NULL);
        return;
    }
    Call *call = new_call(link, effect->send.ticket, op, effect->send.timeout_us);
    call->verify = verify;
    link->verifies += verify;
    GString *json = reg_message_json(links->options.members,
                                     reg_host_dictionary(links->options.host), &effect->send.frame);
    call_unary(call, reg_message_type(op), json->str, json->len);
    g_string_free(json, true);
}

/* ---- rounds ---- */

static void free_part(Part *part)
{
    g_free((DistroTicket *)part->round.round.tickets);
    g_bytes_unref(part->round.round.digests);
    g_free(part);
}

/* One after the other until enough are under way; a peer that cannot be called has them all broken
 * at once. */
static void send_verifies(Link *link)
{
    const DistroDictionary *dictionary = reg_host_dictionary(link->links->options.host);
    while (link->verifies < VERIFIES_UNDER_WAY && !g_queue_is_empty(&link->parts)) {
        Part *part = g_queue_peek_head(&link->parts);
        uint32_t count;
        DistroEffect single[2];
        distro_round_digests(&part->round, &count);
        if (part->next == count) {
            free_part(g_queue_pop_head(&link->parts));
            continue;
        }
        distro_round_single(dictionary, &part->round, part->peer, part->next++, single);
        send_request(link, &single[1], DISTRO_OP_VERIFY, true);
    }
}

static Link *link_to(RegLinks *links, DistroName peer)
{
    Link *link = g_hash_table_lookup(links->by_peer, GUINT_TO_POINTER(peer));
    if (link == NULL) {
        link = g_new0(Link, 1);
        link->links = links;
        link->peer = peer;
        g_queue_init(&link->parts);
        g_hash_table_insert(links->by_peer, GUINT_TO_POINTER(peer), link);
    }
    return link;
}

static void carry_round(void *data, const DistroEffect *effect)
{
    RegLinks *links = data;
    for (uint32_t peer = 0; peer < effect->round.peer_count; peer++) {
        Link *link = link_to(links, effect->round.tickets[peer].peer);
        Part *part = g_new0(Part, 1);
        part->round = *effect;
        part->round.round.tickets =
            g_memdup2(effect->round.tickets, effect->round.peer_count * sizeof(DistroTicket));
        part->round.round.digests = g_bytes_ref(effect->round.digests);
        part->peer = peer;
        g_queue_push_tail(&link->parts, part);
        send_verifies(link);
    }
}

/* ---- connecting ---- */

/* The line is no longer this link's; what was under way on it is broken. */
static void give_up_line(Link *link)
{
    Line *line = link->line;
    if (line == NULL) {
        return;
    }
    if (line->connect != NULL) {
        finish_call(line->connect, DISTRO_OUTCOME_BROKEN, NULL);
    }
    link->line = NULL;
    line->registered = false;
    reg_conn_close(line->conn, REG_CLOSE_LOCAL);
}

static bool find_peer(const RegLinks *links, DistroName peer, RegAddress *address)
{
    g_autofree char *host = NULL;
    uint16_t port = 0;
    if (!reg_address_split(text_of(links, peer), &host, &port) ||
        port > UINT16_MAX - CLUSTER_PORT_OFFSET ||
        !reg_names_find(links->options.names, host, address)) {
        return false;
    }
    const in_port_t at = htons((uint16_t)(port + CLUSTER_PORT_OFFSET));
    if (address->any.sa_family == AF_INET) {
        address->v4.sin_port = at;
    } else {
        address->v6.sin6_port = at;
    }
    return true;
}

static void connect_anew(Link *link, const DistroEffect *effect)
{
    RegLinks *links = link->links;
    RegAddress address;
    give_up_line(link);
    if (links->closing || !find_peer(links, link->peer, &address)) {
        submit_outcome(links, effect->send.ticket, DISTRO_OUTCOME_REFUSED, NULL);
        return;
    }
    Line *line = g_new0(Line, 1);
    line->link = link;
    line->conn = reg_conn_open(&links->context, &address);
    line->connect = new_call(link, effect->send.ticket, DISTRO_OP_CONNECT, effect->send.timeout_us);
    reg_conn_set_data(line->conn, line);
    link->line = line;
    links->lines++;
}

static void set_up_line(Link *link, const DistroEffect *effect)
{
    RegLinks *links = link->links;
    Line *line = link->line;
    RegStream *stream = line != NULL && line->checked
                            ? reg_conn_call(line->conn, "/BiRequestStream/requestBiStream")
                            : NULL;
    if (stream == NULL) {
        submit_outcome(links, effect->send.ticket, DISTRO_OUTCOME_BROKEN, NULL);
        return;
    }
    line->setup = stream;
    line->connect = new_call(link, effect->send.ticket, DISTRO_OP_CONNECT,
                             line->negotiates ? effect->send.timeout_us : SETTLE_US);
    g_autofree char *json = g_strdup_printf(
        "{\"headers\":{},\"clientVersion\":\"Nacos-Server:v%s\",\"labels\":{\"source\":\"cluster\","
        "\"tls.enable\":\"%s\"},\"abilityTable\":{},\"module\":\"internal\"}",
        links->options.version, links->options.tls != NULL ? "true" : "false");
    send_json(links, stream, "ConnectionSetupRequest", json, strlen(json));
}

static DistroOp op_of(const RegLinks *links, const DistroFrame *frame)
{
    DistroMessage message;
    const DistroWireError error =
        distro_wire_decode(reg_host_dictionary(links->options.host), frame, &message);
    g_assert_cmpint(error, ==, DISTRO_WIRE_OK); /* the core wrote it */
    return message.op;
}

static void carry_send(void *data, const DistroEffect *effect)
{
    RegLinks *links = data;
    const DistroOp op = op_of(links, &effect->send.frame);
    if (op == DISTRO_OP_FORWARD) {
        return; /* forward.c's */
    }
    Link *link = link_to(links, effect->send.ticket.peer);
    if (op != DISTRO_OP_CONNECT) {
        send_request(link, effect, op, false);
    } else if (effect->send.opens) {
        set_up_line(link, effect);
    } else {
        connect_anew(link, effect);
    }
}

static void carry_hang_up(void *data, const DistroEffect *effect)
{
    RegLinks *links = data;
    reg_log(links->options.log, REG_LOG_CLUSTER, REG_INFO,
            "member leave,destroy client of member - > : Cluster-%s",
            text_of(links, effect->hang_up.peer));
    give_up_line(link_to(links, effect->hang_up.peer));
}

/* ---- events of connections ---- */

static void note_opened(RegConn *conn)
{
    static const char json[] = "{\"headers\":{},\"module\":\"internal\"}";
    Line *line = reg_conn_data(conn);
    line->opened = true;
    if (line->link != NULL && line->link->line == line && line->connect != NULL) {
        call_unary(line->connect, "ServerCheckRequest", json, sizeof json - 1);
    }
}

static void note_unreadable(RegLinks *links, const Call *call, const RegPayload *payload,
                            DistroWireError error)
{
    links->unreadable++;
    reg_log(links->options.log, REG_LOG_REMOTE_DIGEST, REG_ERROR,
            "unreadable %.60s from %s to %s: %s: %.*s", payload->type,
            text_of(links, call->link->peer), reg_message_type(call->op),
            distro_wire_error_text(error), (int)MIN(payload->json_size, 300), payload->json);
}

static void take_server_check(Call *call, const RegPayload *payload)
{
    Line *line = call->link->line;
    g_autoptr(DistroJson) json = distro_json_parse(payload->json, payload->json_size, NULL);
    const DistroJsonValue *root = json != NULL ? distro_json_root(json) : NULL;
    const bool good = json != NULL && reg_json_number(json, root, "resultCode", 500) == 200;
    if (good) {
        line->checked = true;
        line->negotiates = reg_json_bool(json, root, "supportAbilityNegotiation", false);
    }
    finish_with_status(call, good ? DISTRO_STATUS_OK : DISTRO_STATUS_ERROR_STARTING);
}

static void take_answer(Call *call, const RegPayload *payload)
{
    RegLinks *links = call->link->links;
    DistroFrame frame;
    DistroWireError error;
    if (call->op == DISTRO_OP_CONNECT) {
        take_server_check(call, payload);
        return;
    }
    if (!reg_message_frame(links->options.members, reg_host_dictionary(links->options.host),
                           call->op, true, payload->json, payload->json_size, &frame, NULL,
                           &error)) {
        note_unreadable(links, call, payload, error);
        finish_call(call, DISTRO_OUTCOME_BROKEN, NULL);
        return;
    }
    finish_call(call, DISTRO_OUTCOME_ANSWERED, &frame);
    distro_frame_clear(&frame);
}

static void answer_request(RegLinks *links, RegStream *stream, const char *type,
                           const RegPayload *payload)
{
    g_autoptr(DistroJson) json = distro_json_parse(payload->json, payload->json_size, NULL);
    const char *request_id =
        json != NULL ? reg_json_text(json, distro_json_root(json), "requestId") : NULL;
    GString *answer = g_string_new("{\"resultCode\":200,\"errorCode\":0");
    reg_json_put_text_of(answer, "requestId", request_id != NULL ? request_id : "");
    reg_json_put_bool_of(answer, "success", true);
    g_string_append_c(answer, '}');
    send_json(links, stream, type, answer->str, answer->len);
    g_string_free(answer, true);
}

/* What a server asks of us on the stream that we set up. */
static void take_streamed(Line *line, RegStream *stream, const RegPayload *payload)
{
    Link *link = line->link;
    if (strcmp(payload->type, "SetupAckRequest") == 0) {
        if (link != NULL && link->line == line && line->connect != NULL) {
            line->registered = true;
            reg_log(link->links->options.log, REG_LOG_NACOS, REG_INFO,
                    "[Cluster-%s] Success to connect to server", text_of(link->links, link->peer));
            finish_with_status(line->connect, DISTRO_STATUS_OK);
        }
    } else if (link != NULL && strcmp(payload->type, "ClientDetectionRequest") == 0) {
        answer_request(link->links, stream, "ClientDetectionResponse", payload);
    } else if (link != NULL && strcmp(payload->type, "ConnectResetRequest") == 0) {
        answer_request(link->links, stream, "ConnectResetResponse", payload);
        reg_conn_close(line->conn, REG_CLOSE_PEER);
    }
}

static RegLinks *links_of(const RegConn *conn)
{
    const RegConnContext *context = reg_conn_context(conn);
    return (RegLinks *)(void *)((char *)context - offsetof(RegLinks, context));
}

static void take_message(RegStream *stream, const uint8_t *message, size_t size)
{
    RegConn *conn = reg_stream_conn(stream);
    RegLinks *links = links_of(conn);
    Line *line = reg_conn_data(conn);
    Call *call = reg_stream_data(stream);
    RegPayload payload;
    const bool read = reg_payload_read(links->reader, message, size, &payload);
    if (stream == line->setup && read) {
        take_streamed(line, stream, &payload);
    } else if (call != NULL && read) {
        take_answer(call, &payload);
    } else if (call != NULL) {
        links->unreadable++;
        finish_call(call, DISTRO_OUTCOME_BROKEN, NULL);
    }
}

static void note_half_close(RegStream *stream)
{
    const Line *line = reg_conn_data(reg_stream_conn(stream));
    if (stream == line->setup) {
        reg_conn_close(line->conn, REG_CLOSE_PEER);
    }
}

/* Beyond its limits a server rejects a call and keeps the connection. */
static void note_ended(RegStream *stream)
{
    Line *line = reg_conn_data(reg_stream_conn(stream));
    Call *call = reg_stream_data(stream);
    if (stream == line->setup) {
        line->setup = NULL;
        reg_conn_close(line->conn, REG_CLOSE_PEER);
    }
    if (call != NULL) {
        call->stream = NULL;
        finish_call(call,
                    reg_stream_status(stream) != REG_GRPC_OK ? DISTRO_OUTCOME_REJECTED
                                                             : DISTRO_OUTCOME_BROKEN,
                    NULL);
    }
}

static void submit_link_lost(RegLinks *links, DistroName peer)
{
    const DistroInput input = { .kind = DISTRO_INPUT_LINK_LOST, .link_lost.peer = peer };
    reg_host_submit(links->options.host, &input);
}

static void note_closed(RegConn *conn, RegClose why)
{
    RegLinks *links = links_of(conn);
    Line *line = reg_conn_data(conn);
    Link *link = line->link;
    links->lines--;
    if (link != NULL && link->line == line) {
        const bool registered = line->registered;
        if (line->connect != NULL) {
            finish_call(line->connect,
                        line->opened ? DISTRO_OUTCOME_BROKEN : DISTRO_OUTCOME_REFUSED, NULL);
        }
        if (link->line == line) {
            link->line = NULL;
        }
        if (registered) {
            reg_log(links->options.log, REG_LOG_NACOS, REG_WARN, "[Cluster-%s] connection lost: %s",
                    text_of(links, link->peer), reg_close_text(why));
            submit_link_lost(links, link->peer);
        }
    }
    g_free(line);
}

static const RegConnEvents conn_events = { .opened = note_opened,
                                           .message = take_message,
                                           .half_closed = note_half_close,
                                           .ended = note_ended,
                                           .closed = note_closed };

/* ---- all of them ---- */

static void free_link(void *data)
{
    Link *link = data;
    while (!g_queue_is_empty(&link->parts)) {
        free_part(g_queue_pop_head(&link->parts));
    }
    g_free(link);
}

RegLinks *reg_links_new(const RegLinksOptions *options)
{
    RegLinks *links = g_new0(RegLinks, 1);
    links->options = *options;
    links->census = reg_census_new(options->limits);
    links->context = (RegConnContext) { .loop = options->loop,
                                        .census = links->census,
                                        .tls = options->tls,
                                        .local = options->local,
                                        .events = &conn_events };
    links->reader = reg_payload_reader_new();
    links->by_peer = g_hash_table_new_full(NULL, NULL, NULL, free_link);
    reg_host_carry(options->host, DISTRO_EFFECT_SEND, carry_send, links);
    reg_host_carry(options->host, DISTRO_EFFECT_ROUND, carry_round, links);
    reg_host_carry(options->host, DISTRO_EFFECT_HANG_UP, carry_hang_up, links);
    return links;
}

void reg_links_close_all(RegLinks *links)
{
    GHashTableIter iterator;
    void *link;
    links->closing = true;
    g_hash_table_iter_init(&iterator, links->by_peer);
    while (g_hash_table_iter_next(&iterator, NULL, &link)) {
        give_up_line(link);
    }
}

void reg_links_free(RegLinks *links)
{
    if (links == NULL) {
        return;
    }
    g_assert_cmpuint(links->lines, ==, 0);
    g_assert_cmpuint(links->calls, ==, 0);
    g_hash_table_unref(links->by_peer);
    reg_payload_reader_free(links->reader);
    reg_census_free(links->census);
    g_free(links);
}

uint32_t reg_links_connections(const RegLinks *links)
{
    return links->lines;
}

uint64_t reg_links_unreadable(const RegLinks *links)
{
    return links->unreadable;
}

uint32_t reg_links_under_way(const RegLinks *links)
{
    return links->calls;
}
