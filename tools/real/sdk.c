/* tools/real/sdk.c -- see sdk.h. */
#include "tools/real/sdk.h"

#include <arpa/inet.h>
#include <string.h>

#include "sim/naming/call.h"
#include "sim/naming/list.h"
#include "tools/distrod/net/conn.h"
#include "tools/distrod/wire/json.h"
#include "tools/distrod/wire/payload.h"
#include "tools/real/listing.h"

#define UNARY "/Request/request"
#define STREAM "/BiRequestStream/requestBiStream"
#define HOUR_US INT64_C(3600000000)
#define NO_ABILITIES_US                                                                            \
    100000 /* GrpcClient: how long the set-up of an older server is waited for */
enum {
    SDK_PORT_OFFSET = 1000,
    MESSAGE_LIMIT = 64 << 20,
    CLIENTS = 10u << 24 | 128u << 16,
};

/* A connection of a client, in use or being tried. */
typedef struct Link {
    struct Client *client;
    RegConn *conn;     /* NULL: closed */
    RegStream *stream; /* both ways, once it is set up */
    uint32_t node;
    DistroClient id;
    bool negotiates; /* the server says what it can, and so acknowledges the set-up */
} Link;

typedef struct Client {
    RealSdk *sdk;
    uint32_t index;
    Link *used, *tried; /* nullable */
    RegConnContext context;
    RegAddress address;
    GHashTable *published; /* service -> publication, as last registered */
} Client;

/* A call that has not ended. */
typedef struct Call {
    RealSdk *sdk;
    SimCall call;
    Link *link;        /* nullable: it has no connection */
    RegStream *stream; /* nullable */
    RegTimer timer;
    DistroOutcome verdict; /* when the timer fires */
    bool settling;         /* it is a set-up that no server will acknowledge */
} Call;

struct RealSdk {
    RegLoop *loop;
    SimWorld *world;
    void (*catch_up)(void *data);
    void *data;
    RegLimits limits;
    RegCensus *census;
    RegPayloadReader *reader;
    GPtrArray *clients; /* Client by index, or NULL */
    GPtrArray *calls;   /* Call, in order of their beginning */
    GPtrArray *links;   /* Link: those whose connection is not yet closed, and those in use */
};

/* --- how calls end ---------------------------------------------------------------------------- */

static void end_call(Call *call, DistroOutcome outcome, DistroStatus status, uint32_t word)
{
    RealSdk *sdk = call->sdk;
    const DistroFrame frame = sim_client_answer(status, word);
    if (!g_ptr_array_remove(sdk->calls, call)) {
        return;
    }
    reg_timers_clear(reg_loop_timers(sdk->loop), &call->timer);
    if (call->stream != NULL) {
        reg_stream_set_data(call->stream, NULL);
        if (outcome == DISTRO_OUTCOME_TIMED_OUT) {
            reg_stream_cancel(call->stream);
        }
    }
    sdk->catch_up(sdk->data);
    sim_reality_outcome(sdk->world, &call->call, outcome,
                        outcome == DISTRO_OUTCOME_ANSWERED ? &frame : NULL);
    g_free(call);
}

static void answer_call(Call *call, DistroStatus status, uint32_t word)
{
    end_call(call, DISTRO_OUTCOME_ANSWERED, status, word);
}

static void settle(Call *call);

static void on_timer(RegTimer *timer)
{
    Call *call = REG_OWNER(timer, Call, timer);
    if (call->settling) {
        settle(call);
    } else {
        end_call(call, call->verdict, DISTRO_STATUS_OK, 0);
    }
}

static Call *begin_call(RealSdk *sdk, const SimCall *call, Link *link)
{
    Call *begun = g_new0(Call, 1);
    *begun = (Call) { .sdk = sdk,
                      .call = *call,
                      .link = link,
                      .timer.fire = on_timer,
                      .verdict = DISTRO_OUTCOME_TIMED_OUT };
    g_ptr_array_add(sdk->calls, begun);
    reg_timers_set_in(reg_loop_timers(sdk->loop), &begun->timer, call->timeout_us);
    return begun;
}

static void end_soon(Call *call, DistroOutcome outcome)
{
    call->verdict = outcome;
    reg_timers_set_in(reg_loop_timers(call->sdk->loop), &call->timer, 0);
}

/* The call under way on @link that sets it up, or asks its server; NULL. */
static Call *connecting_call(const Link *link)
{
    const RealSdk *sdk = link->client->sdk;
    for (guint i = 0; i < sdk->calls->len; i++) {
        Call *call = sdk->calls->pdata[i];
        if (call->link == link && call->call.op == SIM_OP_CONNECT) {
            return call;
        }
    }
    return NULL;
}

/* --- connections ------------------------------------------------------------------------------ */

static void drop_link(Link *link)
{
    if (link != NULL && link->conn != NULL) {
        reg_conn_close(link->conn, REG_CLOSE_LOCAL);
    }
}

static void end_calls_of(RealSdk *sdk, const Link *link, DistroOutcome outcome)
{
    for (guint i = 0; i < sdk->calls->len;) {
        Call *call = sdk->calls->pdata[i];
        if (call->link == link) {
            end_call(call, outcome, DISTRO_STATUS_OK, 0);
            i = 0; /* what heard of it may have begun or ended others */
        } else {
            i++;
        }
    }
}

static void on_closed(RegConn *conn, RegClose why)
{
    Link *link = reg_conn_data(conn);
    Client *client = link->client;
    RealSdk *sdk = client->sdk;
    const bool used = client->used == link;
    const uint32_t node = link->node;
    link->conn = NULL;
    link->stream = NULL;
    client->used = used ? NULL : client->used;
    client->tried = client->tried == link ? NULL : client->tried;
    end_calls_of(sdk, link,
                 why == REG_CLOSE_REFUSED ? DISTRO_OUTCOME_REFUSED : DISTRO_OUTCOME_BROKEN);
    if (used && why != REG_CLOSE_LOCAL) {
        sdk->catch_up(sdk->data);
        sim_reality_lost(sdk->world, client->index, node);
    }
    g_ptr_array_remove(sdk->links, link);
}

static void send_payload(RegStream *stream, const char *ip, const char *type, const GString *json)
{
    g_autoptr(GBytes) head = reg_payload_head(type, ip, NULL, 0, json->len);
    g_autoptr(GBytes) body = g_bytes_new(json->str, json->len);
    GBytes *pieces[] = { head, body };
    reg_stream_send(stream, pieces, G_N_ELEMENTS(pieces));
}

static const char *ip_text(const Client *client, char text[static REG_ADDRESS_TEXT])
{
    reg_address_ip(&client->address, text);
    return text;
}

static void ask(Call *call, const char *type, const GString *json)
{
    char ip[REG_ADDRESS_TEXT];
    RegStream *stream = reg_conn_call(call->link->conn, UNARY);
    if (stream == NULL) {
        end_soon(call, DISTRO_OUTCOME_BROKEN);
        return;
    }
    call->stream = stream;
    reg_stream_set_data(stream, call);
    send_payload(stream, ip_text(call->link->client, ip), type, json);
    reg_stream_finish(stream, REG_GRPC_OK, NULL);
}

static GString *open_request(const char *module)
{
    GString *json = g_string_new("{\"headers\":{}");
    reg_json_put_text_of(json, "module", module);
    return json;
}

static void on_opened(RegConn *conn)
{
    Call *call = connecting_call(reg_conn_data(conn));
    if (call != NULL) {
        GString *json = open_request("internal");
        g_string_append_c(json, '}');
        ask(call, "ServerCheckRequest", json);
        g_string_free(json, true);
    }
}

static void send_setup(Call *call)
{
    char ip[REG_ADDRESS_TEXT];
    Link *link = call->link;
    GString *json = open_request("internal");
    reg_json_put_text_of(json, "clientVersion", "Nacos-Java-Client:v2.5.1");
    g_string_append(json, ",\"labels\":{\"source\":\"sdk\",\"module\":\"naming\",\"AppName\":"
                          "\"unknown\",\"tls.enable\":\"false\"},\"abilityTable\":{}}");
    link->stream = reg_conn_call(link->conn, STREAM);
    if (link->stream != NULL) {
        send_payload(link->stream, ip_text(link->client, ip), "ConnectionSetupRequest", json);
    }
    g_string_free(json, true);
    if (link->stream == NULL) {
        end_soon(call, DISTRO_OUTCOME_BROKEN);
    } else if (!link->negotiates) {
        call->settling = true;
        reg_timers_set_in(reg_loop_timers(call->sdk->loop), &call->timer, NO_ABILITIES_US);
    }
}

/* The connection is set up, and takes the place of the one before. */
static void settle(Call *call)
{
    Link *link = call->link, *before = link->client->used;
    link->client->used = link;
    link->client->tried = NULL;
    drop_link(before);
    sim_reality_known_as(call->sdk->world, link->client->index, link->id);
    answer_call(call, DISTRO_STATUS_OK, link->id);
}

/* --- answers ---------------------------------------------------------------------------------- */

static DistroStatus status_of(const DistroJson *json, const DistroJsonValue *root)
{
    const int64_t error = reg_json_number(json, root, "errorCode", 0);
    if (reg_json_number(json, root, "resultCode", 500) == 200) {
        return DISTRO_STATUS_OK;
    }
    return error == DISTRO_STATUS_ERROR_STARTING || error == DISTRO_STATUS_UNREGISTERED
               ? (DistroStatus)error
               : DISTRO_STATUS_HTTP_ERROR;
}

/* Numbers the list of the ServiceInfo @info. */
static uint32_t make_list(RealSdk *sdk, DistroService service, const DistroJson *json,
                          const DistroJsonValue *info)
{
    g_autoptr(GArray) listings = g_array_new(false, false, sizeof(DistroListing));
    real_listings_of(sdk->world->dictionary, service, json, reg_json_array(json, info, "hosts"),
                     listings);
    return sim_list_make(sdk->world, service, listings,
                         reg_json_number(json, info, "lastRefTime", 0));
}

static void take_server_check(Call *call, const DistroJson *json, const DistroJsonValue *root)
{
    Link *link = call->link;
    const char *id = reg_json_text(json, root, "connectionId");
    DistroStatus status = status_of(json, root);
    link->negotiates = reg_json_bool(json, root, "supportAbilityNegotiation", false);
    if (id != NULL) {
        link->id = distro_dictionary_client(call->sdk->world->dictionary, id);
    } else if (status == DISTRO_STATUS_OK) {
        status = DISTRO_STATUS_HTTP_ERROR;
    }
    answer_call(call, status, 0);
}

static void take_answer(Call *call, const RegPayload *payload)
{
    g_autoptr(DistroJson) json = distro_json_parse(payload->json, payload->json_size, NULL);
    const DistroJsonValue *root = json != NULL ? distro_json_root(json) : NULL;
    if (root == NULL) {
        end_call(call, DISTRO_OUTCOME_BROKEN, DISTRO_STATUS_OK, 0);
        return;
    }
    const DistroService service = (DistroService)call->call.payload[0];
    const DistroJsonValue *info = reg_json_object(json, root, "serviceInfo");
    if (call->call.op == SIM_OP_CONNECT) {
        take_server_check(call, json, root);
    } else if (info != NULL && status_of(json, root) == DISTRO_STATUS_OK) {
        answer_call(call, DISTRO_STATUS_OK, make_list(call->sdk, service, json, info));
    } else {
        answer_call(call, status_of(json, root), 0);
    }
}

/* --- what the server asks --------------------------------------------------------------------- */

static void answer_server(Link *link, const char *type, const char *request_id)
{
    char ip[REG_ADDRESS_TEXT];
    GString *json = g_string_new("{\"resultCode\":200,\"errorCode\":0");
    reg_json_put_text_of(json, "requestId", request_id);
    g_string_append(json, ",\"success\":true}");
    send_payload(link->stream, ip_text(link->client, ip), type, json);
    g_string_free(json, true);
}

/* A ServiceInfo names group and service; its namespace is the client's, and of no concern to it. */
static DistroService service_of(const RealSdk *sdk, const DistroJson *json,
                                const DistroJsonValue *info)
{
    const DistroDictionary *dictionary = sdk->world->dictionary;
    const uint32_t count = distro_dictionary_counts(dictionary).services;
    const char *group = reg_json_text(json, info, "groupName");
    const char *name = reg_json_text(json, info, "name");
    const char *bare = name != NULL ? strstr(name, "@@") : NULL;
    bare = bare != NULL ? bare + strlen("@@") : name;
    for (DistroService service = 1; group != NULL && bare != NULL && service <= count; service++) {
        const DistroServiceInfo *known = distro_dictionary_service_info(dictionary, service);
        if (g_str_equal(distro_dictionary_text(dictionary, known->name), bare) &&
            g_str_equal(distro_dictionary_text(dictionary, known->group), group)) {
            return service;
        }
    }
    return DISTRO_NONE;
}

static void take_push(Link *link, const DistroJson *json, const DistroJsonValue *root)
{
    RealSdk *sdk = link->client->sdk;
    const DistroJsonValue *info = reg_json_object(json, root, "serviceInfo");
    const DistroService service = info != NULL ? service_of(sdk, json, info) : DISTRO_NONE;
    if (service == DISTRO_NONE) {
        return;
    }
    const int64_t wall_ms = reg_json_number(json, info, "lastRefTime", 0);
    sdk->catch_up(sdk->data);
    sim_reality_pushed(sdk->world, link->client->index, service,
                       make_list(sdk, service, json, info), wall_ms);
}

static void take_request(Link *link, const RegPayload *payload)
{
    g_autoptr(DistroJson) json = distro_json_parse(payload->json, payload->json_size, NULL);
    const DistroJsonValue *root = json != NULL ? distro_json_root(json) : NULL;
    const char *request_id = reg_json_text(json, root, "requestId");
    RealSdk *sdk = link->client->sdk;
    if (root == NULL) {
        return;
    }
    if (strcmp(payload->type, "SetupAckRequest") == 0) {
        Call *call = connecting_call(link);
        if (call != NULL && link->negotiates) {
            settle(call);
        }
    } else if (strcmp(payload->type, "NotifySubscriberRequest") == 0) {
        answer_server(link, "NotifySubscriberResponse", request_id);
        take_push(link, json, root);
    } else if (strcmp(payload->type, "ClientDetectionRequest") == 0) {
        answer_server(link, "ClientDetectionResponse", request_id);
        sim_reality_pushed(sdk->world, link->client->index, DISTRO_NONE, 0, 0);
    } else if (strcmp(payload->type, "ConnectResetRequest") == 0) {
        /* The SDK goes to another server then (RpcClient's ConnectResetRequestHandler). */
        answer_server(link, "ConnectResetResponse", request_id);
        reg_conn_close(link->conn, REG_CLOSE_PEER);
    }
}

static void on_message(RegStream *stream, const uint8_t *message, size_t size)
{
    Link *link = reg_conn_data(reg_stream_conn(stream));
    RegPayload payload;
    if (!reg_payload_read(link->client->sdk->reader, message, size, &payload)) {
        reg_conn_close(link->conn, REG_CLOSE_PROTOCOL);
    } else if (stream == link->stream) {
        take_request(link, &payload);
    } else if (reg_stream_data(stream) != NULL) {
        Call *call = reg_stream_data(stream);
        take_answer(call, &payload);
    }
}

/* A call that the server ended without an answer. */
static void on_ended(RegStream *stream)
{
    Link *link = reg_conn_data(reg_stream_conn(stream));
    Call *call = reg_stream_data(stream);
    if (stream == link->stream) {
        link->stream = NULL;
    } else if (call != NULL) {
        call->stream = NULL;
        end_call(call, DISTRO_OUTCOME_BROKEN, DISTRO_STATUS_OK, 0);
    }
}

static const RegConnEvents events = {
    .opened = on_opened, .message = on_message, .ended = on_ended, .closed = on_closed
};

/* --- clients ---------------------------------------------------------------------------------- */

uint32_t real_sdk_client_ip(const SimClient *client)
{
    return CLIENTS + sim_client_number(client);
}

static void free_client(void *data)
{
    Client *client = data;
    if (client != NULL) {
        g_hash_table_unref(client->published);
        g_free(client);
    }
}

static Client *client_at(RealSdk *sdk, uint32_t index)
{
    if (sdk->clients->len <= index) {
        g_ptr_array_set_size(sdk->clients, (gint)index + 1);
    }
    if (sdk->clients->pdata[index] == NULL) {
        Client *client = g_new0(Client, 1);
        const uint32_t ip = htonl(real_sdk_client_ip(sim_world_client(sdk->world, index)));
        char text[INET_ADDRSTRLEN];
        inet_ntop(AF_INET, &ip, text, sizeof text);
        client->sdk = sdk;
        client->index = index;
        client->published = g_hash_table_new(NULL, NULL);
        reg_address_of(text, 0, &client->address);
        client->context = (RegConnContext) {
            .loop = sdk->loop, .census = sdk->census, .local = &client->address, .events = &events
        };
        sdk->clients->pdata[index] = client;
    }
    return sdk->clients->pdata[index];
}

/* "10.0.0.1:8848": its SDK port. */
static RegAddress sdk_address(const SimWorld *world, uint32_t node)
{
    RegAddress address;
    g_autofree char *host = NULL;
    uint16_t port = 0;
    const bool split = reg_address_split(sim_world_node(world, node)->address, &host, &port);
    g_assert_true(split);
    const bool valid = reg_address_of(host, (uint16_t)(port + SDK_PORT_OFFSET), &address);
    g_assert_true(valid);
    return address;
}

static Link *open_link(Client *client, uint32_t node)
{
    RealSdk *sdk = client->sdk;
    const RegAddress address = sdk_address(sdk->world, node);
    Link *link = g_new0(Link, 1);
    drop_link(client->tried);
    link->client = client;
    link->node = node;
    link->conn = reg_conn_open(&client->context, &address);
    reg_conn_set_data(link->conn, link);
    g_ptr_array_add(sdk->links, link);
    client->tried = link;
    return link;
}

/* --- requests --------------------------------------------------------------------------------- */

static void put_batch(GString *json, const DistroDictionary *dictionary,
                      const DistroPublicationInfo *info)
{
    reg_json_put_text_of(json, "type", "batchRegisterInstance");
    reg_json_put_key(json, "instances");
    g_string_append_c(json, '[');
    for (uint32_t i = 0; i < info->count; i++) {
        reg_json_put_comma(json);
        real_put_instance(json, dictionary, info->listings[i]);
    }
    g_string_append_c(json, ']');
}

/* What is taken back names what was registered last, or else the client's own address. */
static void put_deregistered(GString *json, const Client *client, DistroService service)
{
    const SimWorld *world = client->sdk->world;
    const DistroPublication last =
        GPOINTER_TO_UINT(g_hash_table_lookup(client->published, GUINT_TO_POINTER(service)));
    const SimClient *own = sim_world_client(world, client->index);
    reg_json_put_text_of(json, "type", "deregisterInstance");
    reg_json_put_key(json, "instance");
    if (last != DISTRO_NONE) {
        real_put_instance(json, world->dictionary,
                          distro_dictionary_publication_info(world->dictionary, last)->listings[0]);
        return;
    }
    g_string_append_c(json, '{');
    reg_json_put_text_of(json, "ip", distro_dictionary_text(world->dictionary, sim_client_ip(own)));
    reg_json_put_number_of(json, "port", sim_client_port(own));
    reg_json_put_bool_of(json, "ephemeral", true);
    g_string_append_c(json, '}');
}

static const char *put_write(GString *json, Client *client, const SimCall *call)
{
    const DistroDictionary *dictionary = client->sdk->world->dictionary;
    const DistroService service = (DistroService)call->payload[0];
    const DistroPublication publication = (DistroPublication)call->payload[1];
    real_put_service(json, dictionary, service);
    if (call->op == SIM_OP_DEREGISTER) {
        put_deregistered(json, client, service);
        return "InstanceRequest";
    }
    g_hash_table_insert(client->published, GUINT_TO_POINTER(service),
                        GUINT_TO_POINTER(publication));
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    if (info->batch) {
        put_batch(json, dictionary, info);
        return "BatchInstanceRequest";
    }
    reg_json_put_text_of(json, "type", "registerInstance");
    reg_json_put_key(json, "instance");
    real_put_instance(json, dictionary, info->listings[0]);
    return "InstanceRequest";
}

static const char *put_read(GString *json, const Client *client, const SimCall *call)
{
    real_put_service(json, client->sdk->world->dictionary, (DistroService)call->payload[0]);
    if (call->op == SIM_OP_SUBSCRIBE) {
        g_string_append(json, ",\"subscribe\":true,\"clusters\":\"\"");
        return "SubscribeServiceRequest";
    }
    g_string_append(json, ",\"cluster\":\"\",\"healthyOnly\":false,\"udpPort\":0");
    return "ServiceQueryRequest";
}

static void send_request(Client *client, Call *call)
{
    const bool ping = call->call.op == SIM_OP_PING;
    const bool write = call->call.op == SIM_OP_REGISTER || call->call.op == SIM_OP_DEREGISTER;
    GString *json = open_request(ping ? "internal" : "naming");
    const char *type = ping    ? "HealthCheckRequest"
                       : write ? put_write(json, client, &call->call)
                               : put_read(json, client, &call->call);
    g_string_append_c(json, '}');
    ask(call, type, json);
    g_string_free(json, true);
}

void real_sdk_call(RealSdk *sdk, const SimCall *call)
{
    Client *client = client_at(sdk, sim_endpoint_index(call->from));
    if (call->op == SIM_OP_CONNECT && !call->opens) {
        begin_call(sdk, call, open_link(client, sim_endpoint_index(call->to)));
        return;
    }
    Link *link = call->op == SIM_OP_CONNECT ? client->tried : client->used;
    Call *begun = begin_call(sdk, call, link);
    if (link == NULL || link->conn == NULL || !reg_conn_is_open(link->conn)) {
        begun->link = NULL;
        end_soon(begun, DISTRO_OUTCOME_BROKEN);
    } else if (call->op == SIM_OP_CONNECT) {
        send_setup(begun);
    } else {
        send_request(client, begun);
    }
}

static void end_link(Link *link, bool reset)
{
    if (reset && link != NULL && link->conn != NULL) {
        reg_conn_reset(link->conn);
    } else {
        drop_link(link);
    }
}

void real_sdk_client_gone(RealSdk *sdk, uint32_t index, bool reset)
{
    Client *client = client_at(sdk, index);
    for (guint i = sdk->calls->len; i-- > 0;) {
        Call *call = sdk->calls->pdata[i];
        if (sim_endpoint_index(call->call.from) == index) {
            reg_timers_clear(reg_loop_timers(sdk->loop), &call->timer);
            if (call->stream != NULL) {
                reg_stream_set_data(call->stream, NULL);
            }
            g_ptr_array_remove_index(sdk->calls, i);
            g_free(call);
        }
    }
    end_link(client->tried, reset);
    end_link(client->used, reset);
    client->tried = client->used = NULL;
}

/* --- life ------------------------------------------------------------------------------------- */

static void do_nothing(void *data)
{
    (void)data;
}

RealSdk *real_sdk_new(RegLoop *loop, SimWorld *world, void (*catch_up)(void *data), void *data)
{
    RealSdk *sdk = g_new0(RealSdk, 1);
    sdk->loop = loop;
    sdk->world = world;
    sdk->catch_up = catch_up != NULL ? catch_up : do_nothing;
    sdk->data = data;
    sdk->limits = (RegLimits) { .max_message_bytes = MESSAGE_LIMIT,
                                .max_held_bytes = 4 * (uint64_t)MESSAGE_LIMIT,
                                .max_unsent_bytes = MESSAGE_LIMIT,
                                .max_streams = 1000,
                                .request_us = HOUR_US,
                                .setup_us = HOUR_US };
    sdk->census = reg_census_new(&sdk->limits);
    sdk->reader = reg_payload_reader_new();
    sdk->clients = g_ptr_array_new_with_free_func(free_client);
    sdk->calls = g_ptr_array_new();
    sdk->links = g_ptr_array_new_with_free_func(g_free);
    return sdk;
}

/* Closing is deferred to the end of a turn of the loop. */
void real_sdk_free(RealSdk *sdk)
{
    if (sdk == NULL) {
        return;
    }
    for (guint i = 0; i < sdk->clients->len; i++) {
        if (sdk->clients->pdata[i] != NULL) {
            real_sdk_client_gone(sdk, i, false);
        }
    }
    for (guint i = 0; i < sdk->links->len; i++) {
        drop_link(sdk->links->pdata[i]);
    }
    while (sdk->links->len > 0) {
        g_main_context_iteration(NULL, true);
    }
    g_ptr_array_unref(sdk->calls);
    g_ptr_array_unref(sdk->links);
    g_ptr_array_unref(sdk->clients);
    reg_payload_reader_free(sdk->reader);
    reg_census_free(sdk->census);
    g_free(sdk);
}
