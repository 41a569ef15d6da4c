/* sim/server/request.c -- requests of clients become operations of the core. */
#include "sim/server/request.h"

#include <stdio.h>

#include "sim/client/client.h"
#include "sim/naming/bytes.h"
#include "sim/naming/call.h"
#include "sim/naming/list.h"
#include "sim/server/catalog.h"
#include "sim/server/internal.h"
#include "sim/server/session.h"

/* A request as it is handled: copied, since carrying out effects moves calls about. */
typedef struct Request {
    SimNode *node;
    SimClient *client;
    uint64_t id;
    SimCall call;
} Request;

static const SimWorld *world_of(const Request *request)
{
    return request->node->world;
}

static void answer(const Request *request, DistroStatus status, uint32_t word, uint32_t bytes)
{
    SimWorld *world = request->node->world;
    const DistroFrame frame = sim_client_answer(status, word);
    sim_network_answer(world->network, world->now_us, request->id, &frame, bytes);
}

static void answer_plainly(const Request *request, DistroStatus status)
{
    answer(request, status, 0, sim_bytes_answer(request->call.op, status));
}

/* --- connecting ------------------------------------------------------------------------------- */

/* "<wall clock ms>_<remote ip>_<remote port>" (AddressTransportFilter#transportReady). The address
 * is the process's own. */
static DistroClient make_id(const SimNode *node, const SimClient *client)
{
    char address[SIM_CLIENT_ADDRESS_SIZE];
    char text[64];
    sim_client_default_address(sim_client_number(client), address);
    snprintf(text, sizeof text, "%lld_%s_%u", (long long)(sim_node_wall_us(node) / 1000), address,
             sim_session_next_port(node->world, sim_client_index(client),
                                   sim_client_first_port(client)));
    DistroClient id = distro_dictionary_client(node->world->dictionary, text);
    sim_world_enter_client_id(node->world, id, sim_client_index(client));
    return id;
}

static void operate(SimNode *node, DistroOperationKind kind, DistroClient id, DistroService service)
{
    DistroInput input = { .kind = DISTRO_INPUT_OPERATION,
                          .operation = { .kind = kind, .client = id, .service = service } };
    sim_node_input(node, &input);
}

/* Subscriptions belong to a connection: a new one starts without, even if the old one's end has not
 * been heard of yet. */
static void on_setup(const Request *request)
{
    SimNode *node = request->node;
    SimNetwork *network = node->world->network;
    const uint32_t client = sim_client_index(request->client);
    if (sim_session_at(node, client) != NULL) {
        sim_push_unsubscribe_all(node->server->push, client);
    }
    DistroClient id = make_id(node, request->client);
    sim_session_add(node, client, id);
    operate(node, DISTRO_OPERATION_CONNECT, id, DISTRO_NONE);
    answer(request, DISTRO_STATUS_OK, id, sim_bytes_answer(SIM_OP_CONNECT, DISTRO_STATUS_OK));
    sim_network_set_connection_context(network, request->call.from, request->call.to, id);
}

static void on_connect(const Request *request)
{
    if (request->call.opens) {
        on_setup(request);
    } else {
        answer_plainly(request, DISTRO_STATUS_OK);
    }
}

/* --- requests on a connection ----------------------------------------------------------------- */

static void answer_list(const Request *request, DistroService service)
{
    SimNode *node = request->node;
    uint32_t list = sim_push_read(node->server->push, service);
    bool grpc = sim_client_kind(request->client) == SIM_CLIENT_GRPC;
    SimOp op = grpc ? SIM_OP_SUBSCRIBE : SIM_OP_QUERY; /* QueryServiceResponse wraps it alike */
    uint32_t bytes = sim_bytes_answer(op, DISTRO_STATUS_OK) + sim_list_json_size(node->world, list);
    answer(request, DISTRO_STATUS_OK, list, bytes);
}

static void on_subscribe(const Request *request, DistroClient id)
{
    DistroService service = (DistroService)request->call.payload[0];
    operate(request->node, DISTRO_OPERATION_SUBSCRIBE, id, service);
    sim_push_subscribe(request->node->server->push, sim_client_index(request->client), service);
    sim_node_schedule(request->node);
    answer_list(request, service);
}

static void on_instance(const Request *request, DistroClient id)
{
    DistroInput input = { .kind = DISTRO_INPUT_OPERATION };
    input.operation.kind = request->call.op == SIM_OP_REGISTER ? DISTRO_OPERATION_REGISTER
                                                               : DISTRO_OPERATION_DEREGISTER;
    input.operation.client = id;
    input.operation.service = (DistroService)request->call.payload[0];
    input.operation.publication = (DistroPublication)request->call.payload[1];
    input.operation.call = request->id;
    sim_node_input(request->node, &input);
}

static void on_ping(const Request *request, DistroClient id)
{
    operate(request->node, DISTRO_OPERATION_ACTIVE, id, DISTRO_NONE);
    answer_plainly(request, DISTRO_STATUS_OK);
}

/* Of a client "ip:port#false", whose instances are no business of the core's. */
static bool is_persistent(const Request *request)
{
    const SimCall *call = &request->call;
    const SimWorld *world = request->node->world;
    return world->beside != NULL && call->payload[2] != DISTRO_NONE &&
           (call->op == SIM_OP_REGISTER || call->op == SIM_OP_DEREGISTER) &&
           distro_dictionary_client_info(world->dictionary, (DistroClient)call->payload[2])->kind ==
               DISTRO_CLIENT_PERSISTENT;
}

/* EphemeralClientOperationServiceImpl#registerInstance: a service is of one kind. */
static bool is_of_the_other_kind(const Request *request)
{
    const SimBeside *beside = request->node->world->beside;
    return beside != NULL && request->call.op == SIM_OP_REGISTER &&
           beside->has(beside->data, request->node, (DistroService)request->call.payload[0]);
}

/* A connection that the node has ejected is told so, and the SDK connects anew. */
static void on_grpc_request(const Request *request)
{
    if (request->call.op == SIM_OP_CONNECT) {
        on_connect(request);
        return;
    }
    const SimSession *session = sim_session_at(request->node, sim_client_index(request->client));
    if (session == NULL) {
        answer_plainly(request, DISTRO_STATUS_UNREGISTERED);
        return;
    }
    if (is_persistent(request)) {
        world_of(request)->beside->on_client(world_of(request)->beside->data, request->node,
                                             request->id);
    } else if (is_of_the_other_kind(request)) {
        answer_plainly(request, DISTRO_STATUS_HTTP_BAD_REQUEST);
    } else if (request->call.op == SIM_OP_PING) {
        on_ping(request, session->id);
    } else if (request->call.op == SIM_OP_SUBSCRIBE) {
        on_subscribe(request, session->id);
    } else if (request->call.op == SIM_OP_QUERY) {
        answer_list(request, (DistroService)request->call.payload[0]);
    } else {
        on_instance(request, session->id);
    }
}

/* --- HTTP ------------------------------------------------------------------------------------- */

/* The read subscribes the asker for UDP push if it names its port. */
static void on_query(const Request *request)
{
    DistroService service = (DistroService)request->call.payload[0];
    bool names_port = request->call.payload[1] == 0;
    if (names_port) {
        sim_push_subscribe(request->node->server->push, sim_client_index(request->client), service);
        sim_node_schedule(request->node);
    }
    answer_list(request, service);
}

static void on_services(const Request *request)
{
    SimWorld *world = request->node->world;
    g_autoptr(GArray) names = sim_catalog_list(request->node, (DistroName)request->call.payload[0],
                                               (DistroName)request->call.payload[1]);
    const DistroService *services = (const DistroService *)(const void *)names->data;
    g_autoptr(GBytes) body = g_bytes_new(services, names->len * sizeof *services);
    DistroFrame frame = sim_client_answer(DISTRO_STATUS_OK, 0);
    frame.body = body;
    sim_network_answer(world->network, world->now_us, request->id, &frame,
                       sim_bytes_http_service_names(world->dictionary, services, names->len));
}

static bool lacks_leader(const SimNode *node)
{
    const SimBeside *beside = node->world->beside;
    return node->config.ready_needs_leader && beside != NULL && !beside->leads(beside->data, node);
}

/* TrafficReviseFilter lets nothing through before the node is ready, reads included. */
static void on_read(const Request *request)
{
    if (!request->node->ready || lacks_leader(request->node)) {
        answer_plainly(request, DISTRO_STATUS_HTTP_UNAVAILABLE);
    } else if (request->call.op == SIM_OP_QUERY) {
        on_query(request);
    } else {
        on_services(request);
    }
}

static DistroWriteKind write_kind_of(const SimCall *call)
{
    switch (call->op) {
    case SIM_OP_REGISTER:
        return DISTRO_WRITE_REGISTER;
    case SIM_OP_DEREGISTER:
        return DISTRO_WRITE_DEREGISTER;
    default:
        return call->payload[1] ? DISTRO_WRITE_BEAT : DISTRO_WRITE_LIGHT_BEAT;
    }
}

static void on_write(const Request *request)
{
    const SimCall *call = &request->call;
    DistroInput input = { .kind = DISTRO_INPUT_OPERATION };
    input.operation.kind = DISTRO_OPERATION_WRITE;
    input.operation.client = (DistroClient)call->payload[2];
    input.operation.service = (DistroService)call->payload[0];
    input.operation.write = (DistroWrite) {
        .kind = write_kind_of(call),
        .client = (DistroClient)call->payload[2],
        .service = (DistroService)call->payload[0],
        .publication = (DistroPublication)call->payload[1],
        .open_api = sim_client_api(request->client) > 1,
    };
    input.operation.call = request->id;
    sim_node_input(request->node, &input);
}

/* --- from the node ---------------------------------------------------------------------------- */

static SimClient *client_of_call(const SimNode *node, const SimCall *call)
{
    return sim_world_client(node->world, sim_endpoint_index(call->from));
}

void sim_server_on_request(SimNode *node, uint64_t id, const SimCall *call)
{
    const Request request = {
        .node = node, .client = client_of_call(node, call), .id = id, .call = *call
    };
    if (sim_client_kind(request.client) == SIM_CLIENT_GRPC) {
        on_grpc_request(&request);
    } else if (sim_client_api(request.client) > node->config.newest_open_api) {
        answer_plainly(&request, DISTRO_STATUS_HTTP_UNKNOWN_API);
    } else if (lacks_leader(node)) {
        answer_plainly(&request, DISTRO_STATUS_HTTP_UNAVAILABLE);
    } else if (is_persistent(&request)) {
        node->world->beside->on_client(node->world->beside->data, node, id);
    } else if (is_of_the_other_kind(&request)) {
        answer_plainly(&request, DISTRO_STATUS_HTTP_BAD_REQUEST);
    } else if (call->op == SIM_OP_QUERY || call->op == SIM_OP_SERVICES) {
        on_read(&request);
    } else {
        on_write(&request);
    }
}

static uint32_t reply_bytes(const SimNode *node, const SimCall *call, DistroStatus status)
{
    if (sim_client_kind(client_of_call(node, call)) == SIM_CLIENT_GRPC) {
        return sim_bytes_answer(call->op, status);
    }
    return sim_bytes_http_write_answer(node->world->dictionary, write_kind_of(call), status);
}

void sim_server_on_reply(SimNode *node, uint64_t id, DistroStatus status)
{
    SimWorld *world = node->world;
    const SimCall *call = sim_network_find_call(world->network, id);
    if (call == NULL) {
        return;
    }
    const DistroFrame frame = sim_client_answer(status, 0);
    sim_network_answer(world->network, world->now_us, id, &frame, reply_bytes(node, call, status));
}

/* True if the session was there; its subscriptions go with it, unless a newer session of the same
 * client has taken its place. */
static bool end_session(SimNode *node, uint32_t client, DistroClient id)
{
    if (!sim_session_remove(node, client, id)) {
        return false;
    }
    if (sim_session_at(node, client) == NULL) {
        sim_push_unsubscribe_all(node->server->push, client);
    }
    return true;
}

void sim_server_on_connection_lost(SimNode *node, uint32_t client, uint64_t context)
{
    DistroClient id = (DistroClient)context;
    if (end_session(node, client, id)) {
        operate(node, DISTRO_OPERATION_DISCONNECT, id, DISTRO_NONE);
    }
}

void sim_server_on_close(SimNode *node, DistroClient id)
{
    SimWorld *world = node->world;
    const SimClient *client = sim_world_client_of_id(world, id);
    if (client == NULL || !end_session(node, sim_client_index(client), id)) {
        return;
    }
    SimEndpoint from = sim_client_endpoint(sim_client_index(client)),
                to = sim_node_endpoint(node->index);
    if (sim_network_connection_context(world->network, from, to) == id) {
        sim_network_disconnect(world->network, world->now_us, from, to, to);
    }
}

void sim_server_probe(SimNode *node, const DistroTicket *ticket, DistroClient id,
                      int64_t timeout_us)
{
    SimWorld *world = node->world;
    const SimClient *client = sim_world_client_of_id(world, id);
    g_assert_nonnull(client);
    const SimCall call = {
        .from = sim_node_endpoint(node->index),
        .to = sim_client_endpoint(sim_client_index(client)),
        .op = SIM_OP_DETECT,
        .by_connection = true,
        .timeout_us = timeout_us,
        .bytes = sim_bytes_detect(),
        .ticket = *ticket,
        .payload = { 0, 0, id },
    };
    sim_network_call(world->network, world->now_us, &call);
}
