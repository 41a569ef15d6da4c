/* sim/client/operations.c -- what a client's user asks of it.
 *
 *      operation -> request in hand (request.c) -> tries (grpc.c, http.c) -> end, told once */
#include "sim/client/dual_internal.h"
#include "sim/client/internal.h"
#include "sim/world/observe.h"

SimRequest *sim_client_user_request(SimClient *client, SimOp op, DistroService service,
                                    DistroPublication publication, SimClientDone done, void *data)
{
    g_assert_true(client->open);
    client->world->last_activity_us = client->world->now_us;
    SimRequest *request = sim_client_request(client, op, SIM_ORIGIN_USER, service, publication);
    request->done = done;
    request->data = data;
    return request;
}

/* A write of @publication, with which its user publishes @after of the service from now on. */
static void begin_write(SimClient *client, const SimRequest *asked, DistroPublication after)
{
    SimRequest *request = sim_client_user_request(client, asked->op, asked->service,
                                                  asked->publication, asked->done, asked->data);
    request->asked = asked->asked;
    if (client->dual == NULL && asked->invoked != 0) {
        request->invoked = sim_client_note_invoked(client, asked->asked, asked->service, after);
    }
    sim_client_begin_operation(client, request, after);
    client->world->changed = true;
    sim_client_begin(client, request);
}

static void operate_register(SimClient *client, const SimRequest *asked)
{
    DistroPublication publication = asked->publication;
    bool http = client->kind == SIM_CLIENT_HTTP;
    begin_write(client, asked,
                http ? sim_client_publication_with(client, asked->service, publication, publication)
                     : publication);
}

/* 1.x: a DELETE for each address. The last one's end is the operation's. */
static void delete_all(SimClient *client, const SimRequest *asked)
{
    g_autoptr(GArray) parts = g_array_new(false, false, sizeof(DistroPublication));
    for (uint32_t i = 0; client->publications != NULL && i < client->publications->len; i++) {
        const SimPublished *entry = &g_array_index(client->publications, SimPublished, i);
        if (sim_client_is_entry_of(client, entry, asked->service, DISTRO_NONE)) {
            g_array_append_val(parts, entry->publication);
        }
    }
    for (guint i = 0; i < parts->len; i++) {
        SimRequest one = *asked;
        one.publication = g_array_index(parts, DistroPublication, i);
        if (i + 1 < parts->len) {
            one.done = NULL;
            one.invoked = 0;
        }
        begin_write(
            client, &one,
            sim_client_publication_with(client, asked->service, one.publication, DISTRO_NONE));
    }
}

static void acknowledge_at_once(SimClient *client, const SimRequest *asked)
{
    SimRequest *request = sim_client_user_request(client, asked->op, asked->service, DISTRO_NONE,
                                                  asked->done, asked->data);
    sim_client_end_soon(client, request, true, NULL);
}

/* NamingGrpcClientProxy#batchDeregisterService: what is left is registered again. SDKs without it
 * take all of the service back (nacos#10831). */
static void take_one_of_batch(SimClient *client, const SimRequest *asked, DistroPublication left)
{
    SimRequest one = *asked;
    one.publication = sim_client_publication(client, asked->service);
    if (client->sdk.keeps_rest_of_batch && left != DISTRO_NONE) {
        one.op = SIM_OP_REGISTER;
        one.publication = left;
    }
    begin_write(client, &one, left);
}

static void operate_deregister(SimClient *client, const SimRequest *asked)
{
    DistroService service = asked->service;
    bool http = client->kind == SIM_CLIENT_HTTP;
    if (asked->publication != DISTRO_NONE &&
        !sim_client_publishes_place(client, service, asked->publication)) {
        acknowledge_at_once(client, asked);
        return;
    }
    if (asked->publication != DISTRO_NONE) {
        DistroPublication left =
            sim_client_publication_with(client, service, asked->publication, DISTRO_NONE);
        if (http) {
            begin_write(client, asked, left);
        } else {
            take_one_of_batch(client, asked, left);
        }
    } else if (http && sim_client_publication(client, service) != DISTRO_NONE) {
        delete_all(client, asked);
    } else {
        SimRequest all = *asked;
        all.publication = sim_client_publication(client, service);
        begin_write(client, &all, DISTRO_NONE);
    }
}

static void operate_write(SimClient *client, SimOp op, DistroService service,
                          DistroPublication publication, SimClientDone done, void *data)
{
    const SimRequest asked = { .op = op,
                               .asked = op,
                               .service = service,
                               .publication = publication,
                               .invoked = 1,
                               .done = done,
                               .data = data };
    if (op == SIM_OP_REGISTER) {
        operate_register(client, &asked);
    } else {
        operate_deregister(client, &asked);
    }
}

static void operate_subscribe(SimClient *client, DistroService service, SimClientDone done,
                              void *data)
{
    SimOp op = client->kind == SIM_CLIENT_GRPC ? SIM_OP_SUBSCRIBE : SIM_OP_QUERY;
    sim_client_enter_subscription(client, service);
    sim_client_begin(client, sim_client_user_request(client, op, service, DISTRO_NONE, done, data));
}

static void operate_connect(SimClient *client, uint32_t node, SimClientDone done, void *data)
{
    SimRequest *request =
        sim_client_user_request(client, SIM_OP_CONNECT, DISTRO_NONE, DISTRO_NONE, done, data);
    request->node = node;
    sim_client_begin(client, request);
}

void sim_client_operate(SimClient *client, SimOp op, DistroService service,
                        DistroPublication publication, uint32_t node, SimClientDone done,
                        void *data)
{
    if (op == SIM_OP_CONNECT) {
        operate_connect(client, node, done, data);
    } else if (sim_client_is_write(op)) {
        operate_write(client, op, service, publication, done, data);
    } else {
        operate_subscribe(client, service, done, data);
    }
}

void sim_client_tell_action(const SimClient *client, SimActionKind kind, DistroService service,
                            DistroPublication publication, uint32_t node, int64_t for_us)
{
    const SimClientActionNews news = { .client = client->index,
                                       .kind = kind,
                                       .service = service,
                                       .publication = publication,
                                       .node = node,
                                       .for_us = for_us };
    sim_tell_client_told(client->world, &news);
}

/* On the only stack, or on the process's two. */
static void operate(SimClient *client, SimOp op, DistroService service,
                    DistroPublication publication, SimClientDone done, void *data)
{
    g_assert_true(client->open);
    if (client->dual != NULL) {
        sim_dual_operate(client->dual, op, service, publication, done, data);
    } else {
        sim_client_operate(client, op, service, publication, UINT32_MAX, done, data);
    }
}

void sim_client_register(SimClient *client, DistroService service, DistroPublication publication,
                         SimClientDone done, void *data)
{
    sim_client_tell_action(client, SIM_ACTION_REGISTER, service, publication, UINT32_MAX, -1);
    operate(client, SIM_OP_REGISTER, service, publication, done, data);
}

void sim_client_deregister(SimClient *client, DistroService service, SimClientDone done, void *data)
{
    sim_client_tell_action(client, SIM_ACTION_DEREGISTER, service, DISTRO_NONE, UINT32_MAX, -1);
    operate(client, SIM_OP_DEREGISTER, service, DISTRO_NONE, done, data);
}

void sim_client_take_back(SimClient *client, DistroService service, DistroPublication publication,
                          SimClientDone done, void *data)
{
    sim_client_tell_action(client, SIM_ACTION_DEREGISTER, service, publication, UINT32_MAX, -1);
    operate(client, SIM_OP_DEREGISTER, service, publication, done, data);
}

void sim_client_write_persistent(SimClient *client, SimOp op, DistroClient id,
                                 DistroService service, DistroPublication publication,
                                 SimClientDone done, void *data)
{
    SimWorld *world = client->world;
    const bool adds = op == SIM_OP_REGISTER;
    g_assert_null(client->dual);
    const SimClientActionNews news = {
        .client = client->index,
        .kind = adds ? SIM_ACTION_REGISTER : SIM_ACTION_DEREGISTER,
        .service = service,
        .publication = publication,
        .node = UINT32_MAX,
        .for_us = -1,
        .persistent = true,
    };
    sim_tell_client_told(world, &news);
    g_hash_table_insert(world->client_by_id, GUINT_TO_POINTER(id),
                        GUINT_TO_POINTER(client->index + 1));
    SimRequest *request = sim_client_user_request(client, op, service, publication, done, data);
    request->persistent = id;
    request->invoked =
        sim_client_note_invoked(client, op, service, adds ? publication : DISTRO_NONE);
    sim_client_begin_operation(client, request,
                               adds ? publication : (DistroPublication)DISTRO_NONE);
    world->changed = true;
    sim_client_begin(client, request);
}

void sim_client_subscribe(SimClient *client, DistroService service, SimClientDone done, void *data)
{
    sim_client_tell_action(client, SIM_ACTION_SUBSCRIBE, service, DISTRO_NONE, UINT32_MAX, -1);
    operate(client, SIM_OP_SUBSCRIBE, service, DISTRO_NONE, done, data);
}

void sim_client_connect(SimClient *client, uint32_t node, SimClientDone done, void *data)
{
    sim_client_tell_action(client, SIM_ACTION_CONNECT, DISTRO_NONE, DISTRO_NONE, node, -1);
    g_assert_true(client->open);
    if (client->dual != NULL) {
        sim_dual_connect(client->dual, node, done, data);
    } else {
        sim_client_operate(client, SIM_OP_CONNECT, DISTRO_NONE, DISTRO_NONE, node, done, data);
    }
}
