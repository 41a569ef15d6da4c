/* sim/client/dual.c -- a process with two stacks: its life, and operations that go to both.
 *
 *      operation of the process --> primary's --> secondary's --> done     agent
 *                               `-> both at once ---------------> done     ideal
 *
 * It succeeds if one of them does: the other's failure is logged and swallowed. The application has
 * its NamingService when the start-up is over: the stack that it asked for, then the agent's two,
 * one after the other, four attempts to connect each. */
#include <string.h>

#include "sim/client/dual_internal.h"
#include "sim/world/observe.h"

/* The ports of the stacks' connections lie this far apart, so that no two have one id. */

typedef struct Operation Operation;

typedef struct Leg { /* its part on one stack */
    Operation *operation;
    bool ok;
} Leg;

struct Operation {
    SimDual *dual;
    SimOp op; /* REGISTER DEREGISTER SUBSCRIBE CONNECT; SIM_N_OPS for a close */
    DistroService service;
    DistroPublication publication;
    uint32_t node;      /* CONNECT: where to */
    bool one_by_one;    /* the secondary's leg begins when the primary's has ended */
    uint32_t open;      /* legs that have not ended */
    uint32_t invoked;   /* id of the note that it began */
    const char *reason; /* the primary's, or that of the only leg */
    Leg legs[SIM_DUAL_STACKS];
    SimClientDone done;
    void *data;
};

/* --- who is who ------------------------------------------------------------------------------- */

SimClient *sim_dual_stack(const SimClient *client, uint32_t leg)
{
    return client->dual != NULL && leg < SIM_DUAL_STACKS ? client->dual->stacks[leg] : NULL;
}

SimClient *sim_dual_stack_of(const SimClient *client, uint32_t cluster)
{
    if (client->dual == NULL) {
        return sim_client_cluster(client) == cluster ? (SimClient *)client : NULL;
    }
    for (uint32_t leg = SIM_DUAL_PRIMARY; leg <= SIM_DUAL_SECONDARY; leg++) {
        if (sim_client_cluster(client->dual->stacks[leg]) == cluster) {
            return client->dual->stacks[leg];
        }
    }
    return NULL;
}

SimClient *sim_client_process(const SimClient *client)
{
    return client->dual != NULL ? client->dual->stacks[SIM_DUAL_PRIMARY] : (SimClient *)client;
}

bool sim_client_is_agents(const SimClient *client)
{
    return client->dual != NULL && !client->dual->ideal;
}

bool sim_client_is_nearby(const SimClient *client)
{
    return client->dual != NULL && client->dual->nearby;
}

bool sim_dual_is_follower(const SimClient *client)
{
    return sim_client_is_agents(client) && client->kind == SIM_CLIENT_HTTP &&
           client->leg == SIM_DUAL_SECONDARY;
}

/* --- life ------------------------------------------------------------------------------------- */

static void add_stack(SimDual *dual, const SimClientSpec *spec, uint32_t leg, const char *suffix)
{
    const SimClient *primary = dual->stacks[SIM_DUAL_PRIMARY];
    g_autofree char *name = g_strdup_printf("%s/%s", sim_client_name(primary), suffix);
    SimClientSpec stack = *spec;
    stack.name = name;
    dual->stacks[leg] = sim_client_new_stack(primary->world, &stack, dual, leg);
    dual->stacks[leg]->number = primary->number;
    sim_network_join_process(primary->world->network, sim_client_self(dual->stacks[leg]),
                             sim_client_self(primary));
}

static GArray *members_of(const SimWorld *world, uint32_t cluster)
{
    GArray *servers = g_array_new(false, false, sizeof(uint32_t));
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        if (sim_world_node(world, i)->member && sim_node_in(sim_world_node(world, i), cluster)) {
            g_array_append_val(servers, i);
        }
    }
    return servers;
}

void sim_dual_new(SimClient *primary, const SimClientSpec *spec)
{
    SimDual *dual = g_new0(SimDual, 1);
    const SimDualSpec *how = spec->dual;
    dual->stacks[SIM_DUAL_PRIMARY] = primary;
    dual->cluster = g_strdup(sim_world_cluster(primary->world, sim_client_cluster(primary))->name);
    dual->nearby = how->nearby;
    dual->ideal = how->ideal;
    dual->cells = g_array_new(false, false, sizeof(SimSubscribed));
    dual->operations = g_ptr_array_new_with_free_func(g_free);
    primary->dual = dual;
    g_autoptr(GArray) servers = members_of(primary->world, how->secondary);
    SimClientSpec other = *spec;
    other.servers = (const uint32_t *)(const void *)servers->data;
    other.n_servers = servers->len;
    other.preferred = -1;
    add_stack(dual, &other, SIM_DUAL_SECONDARY, "secondary");
    if (spec->kind == SIM_CLIENT_GRPC && !how->ideal) {
        add_stack(dual, spec, SIM_DUAL_IDLE, "idle");
    }
}

void sim_dual_free(SimDual *dual)
{
    g_array_unref(dual->cells);
    g_ptr_array_unref(dual->operations);
    g_free(dual->cluster);
    g_free(dual);
}

/* The agent's stacks connect one after the other; without connections there is nothing to wait for,
 * and the ideal one waits for no other. */
void sim_dual_start(SimDual *dual)
{
    if (dual->stacks[SIM_DUAL_IDLE] != NULL) {
        sim_client_start_stack(dual->stacks[SIM_DUAL_IDLE]);
        return;
    }
    dual->up = true;
    sim_client_start_stack(dual->stacks[SIM_DUAL_PRIMARY]);
    sim_client_start_stack(dual->stacks[SIM_DUAL_SECONDARY]);
}

void sim_dual_started(SimClient *stack)
{
    SimDual *dual = stack->dual;
    if (dual == NULL || dual->up) {
        return;
    }
    if (stack->leg == SIM_DUAL_IDLE) {
        sim_client_start_stack(dual->stacks[SIM_DUAL_PRIMARY]);
    } else if (stack->leg == SIM_DUAL_PRIMARY) {
        sim_client_start_stack(dual->stacks[SIM_DUAL_SECONDARY]);
    } else {
        dual->up = true;
        sim_client_release_held(dual->stacks[SIM_DUAL_PRIMARY]);
    }
}

bool sim_dual_is_starting(const SimClient *client)
{
    return client->dual != NULL && !client->dual->up;
}

/* --- what is registered ----------------------------------------------------------------------- */

static DistroListing mark_listing(const SimDual *dual, DistroListing listing)
{
    DistroDictionary *dictionary = dual->stacks[SIM_DUAL_PRIMARY]->world->dictionary;
    const DistroListingInfo *info = distro_dictionary_listing_info(dictionary, listing);
    DistroService service = info->service;
    DistroInstance instance = info->instance;
    size_t count;
    const DistroExtEntry *given = distro_dictionary_ext_entries(dictionary, instance.ext, &count);
    g_autofree DistroExtEntry *entries = g_new(DistroExtEntry, count + 1);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(given[i].key, SIM_DUAL_CLUSTER_KEY) != 0) {
            entries[kept++] = given[i];
        }
    }
    entries[kept++] = (DistroExtEntry) { .key = SIM_DUAL_CLUSTER_KEY,
                                         .kind = DISTRO_VALUE_STRING,
                                         .text = dual->cluster };
    instance.ext = distro_dictionary_ext(dictionary, entries, kept);
    return distro_dictionary_listing(dictionary, service, &instance);
}

/* Every instance says in its metadata which cluster is its own. */
static DistroPublication mark(const SimDual *dual, DistroPublication publication)
{
    DistroDictionary *dictionary = dual->stacks[SIM_DUAL_PRIMARY]->world->dictionary;
    if (publication == DISTRO_NONE) {
        return DISTRO_NONE;
    }
    const DistroPublicationInfo given =
        *distro_dictionary_publication_info(dictionary, publication);
    g_autofree DistroListing *listings = g_new(DistroListing, given.count);
    for (uint32_t i = 0; i < given.count; i++) {
        listings[i] = distro_dictionary_publication_info(dictionary, publication)->listings[i];
        listings[i] = mark_listing(dual, listings[i]);
    }
    return distro_dictionary_publication(dictionary, given.service, given.batch, listings,
                                         given.count);
}

/* --- operations ------------------------------------------------------------------------------- */

static void leg_ended(void *data, bool ok, const char *reason);

static void note_lists(const Operation *operation)
{
    SimDual *dual = operation->dual;
    SimClient *primary = dual->stacks[SIM_DUAL_PRIMARY];
    if (operation->op != SIM_OP_SUBSCRIBE) {
        return;
    }
    bool first = operation->legs[SIM_DUAL_PRIMARY].ok;
    bool second = operation->legs[SIM_DUAL_SECONDARY].ok;
    if (primary->kind == SIM_CLIENT_HTTP && !dual->ideal) {
        sim_dual_queried(dual, operation->service, first, second);
        sim_poll_start(primary, operation->service);
    }
    sim_dual_hand_out(dual, operation->service, first, second);
}

static void finish(Operation *operation)
{
    SimDual *dual = operation->dual;
    const SimClient *primary = dual->stacks[SIM_DUAL_PRIMARY];
    bool ok = operation->legs[SIM_DUAL_PRIMARY].ok || operation->legs[SIM_DUAL_SECONDARY].ok;
    const Operation ended = *operation;
    note_lists(operation);
    bool write = sim_client_is_write(ended.op);
    if (primary->open && (write || ended.op == SIM_OP_SUBSCRIBE)) {
        sim_client_tell_call(primary, write, ok);
    }
    if (!ok && write && primary->open) {
        sim_client_tell_write_failed(primary);
    }
    sim_client_tell_ended(primary, ended.op);
    sim_client_note_returned(primary, ended.invoked, ended.op, ok, ended.reason);
    g_ptr_array_remove(dual->operations, operation);
    if (ended.done != NULL) {
        ended.done(ended.data, ok, ok ? NULL : ended.reason);
    }
}

/* NamingClientProxyDelegate#subscribe up to 2.0.3 asks the cache whether there is a need; the
 * primary's answer is there already. */
static bool is_deaf(const Operation *operation)
{
    const SimDual *dual = operation->dual;
    const SimClient *secondary = dual->stacks[SIM_DUAL_SECONDARY];
    if (operation->op != SIM_OP_SUBSCRIBE || !secondary->sdk.second_stack_is_deaf || dual->ideal) {
        return false;
    }
    const SimSubscribed *cell = sim_dual_cell(dual, operation->service);
    return cell != NULL && cell->list != 0;
}

static void begin_leg(Operation *operation, uint32_t leg)
{
    SimClient *stack = operation->dual->stacks[leg];
    operation->legs[leg].operation = operation;
    operation->open++;
    if (operation->op == SIM_N_OPS) {
        sim_client_close_stack(stack, leg_ended, &operation->legs[leg]);
    } else {
        sim_client_operate(stack, operation->op, operation->service, operation->publication,
                           operation->node, leg_ended, &operation->legs[leg]);
    }
}

/* The primary's part of the agent's operation has ended. */
static void go_on(Operation *operation)
{
    bool open = operation->dual->stacks[SIM_DUAL_PRIMARY]->open;
    if (open && is_deaf(operation)) {
        operation->legs[SIM_DUAL_SECONDARY].ok = true;
    } else if (open) {
        begin_leg(operation, SIM_DUAL_SECONDARY);
    }
    if (operation->open == 0) {
        finish(operation);
    }
}

static void leg_ended(void *data, bool ok, const char *reason)
{
    Leg *leg = data;
    Operation *operation = leg->operation;
    bool first = leg == &operation->legs[SIM_DUAL_PRIMARY];
    leg->ok = ok;
    operation->open--;
    if (first || operation->op == SIM_OP_CONNECT) {
        operation->reason = reason;
    }
    if (first && operation->one_by_one) {
        go_on(operation);
    } else if (operation->open == 0) {
        finish(operation);
    }
}

static Operation *begin(SimDual *dual, SimOp op, SimClientDone done, void *data)
{
    Operation *operation = g_new0(Operation, 1);
    *operation = (Operation) { .dual = dual, .op = op, .done = done, .data = data };
    g_ptr_array_add(dual->operations, operation);
    return operation;
}

void sim_dual_operate(SimDual *dual, SimOp op, DistroService service, DistroPublication publication,
                      SimClientDone done, void *data)
{
    Operation *operation = begin(dual, op, done, data);
    operation->service = service;
    operation->publication = mark(dual, publication);
    operation->one_by_one = !dual->ideal;
    if (sim_client_is_write(op)) {
        operation->invoked = sim_client_note_invoked(dual->stacks[SIM_DUAL_PRIMARY], op, service,
                                                     operation->publication);
    }
    if (op == SIM_OP_SUBSCRIBE) {
        sim_dual_enter_cell(dual, service);
    }
    begin_leg(operation, SIM_DUAL_PRIMARY);
    if (dual->ideal) {
        begin_leg(operation, SIM_DUAL_SECONDARY);
    }
}

void sim_dual_connect(SimDual *dual, uint32_t node, SimClientDone done, void *data)
{
    Operation *operation = begin(dual, SIM_OP_CONNECT, done, data);
    const SimClient *primary = dual->stacks[SIM_DUAL_PRIMARY];
    const SimClient *stack =
        sim_dual_stack_of(primary, sim_world_node(primary->world, node)->cluster);
    g_assert_nonnull(stack);
    operation->node = node;
    begin_leg(operation, stack->leg);
}

/* All connections end at once, as the process does. */
void sim_dual_close(SimDual *dual, SimClientDone done, void *data)
{
    Operation *operation = begin(dual, SIM_N_OPS, done, data);
    operation->invoked = sim_client_note_invoked(dual->stacks[SIM_DUAL_PRIMARY], SIM_N_OPS,
                                                 DISTRO_NONE, DISTRO_NONE);
    for (uint32_t leg = 0; leg < SIM_DUAL_STACKS; leg++) {
        if (dual->stacks[leg] != NULL) {
            begin_leg(operation, leg);
        }
    }
}
