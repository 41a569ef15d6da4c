/* sim/script/clients.c -- registry clients: what they do, and what a story reads of them.
 *
 * An operation waits: its coroutine yields until the client says how it ended. The client says so
 * in the middle of its own work, so the coroutine is resumed by an event of the same instant and
 * not from inside the call. */
#include <math.h>
#include <string.h>

#include "sim/actions/record.h"
#include "sim/raft/persistent.h"
#include "sim/script/nodes.h"
#include "sim/study/study.h"

enum {
    OPERATION_COST = 300 /* instructions that memory outside Lua counts */
};

/* --- operations ------------------------------------------------------------------------------ */

typedef enum OperationKind {
    OPERATION_REGISTER,
    OPERATION_REGISTER_BATCH,
    OPERATION_DEREGISTER,
    OPERATION_UPDATE,
    OPERATION_CLOSE,
    OPERATION_CONNECT,
    OPERATION_SUBSCRIBE,
    N_OPERATIONS,
} OperationKind;

static const char *const operation_names[N_OPERATIONS + 1] = {
    "register", "register_batch", "deregister", "update", "close", "connect", "subscribe", NULL,
};

typedef struct Request {
    OperationKind kind;
    DistroService service;
    DistroPublication publication;
    bool persistent;
    bool refused; /* by the SDK itself */
    uint32_t node;
} Request;

static SimClient *self_client(lua_State *L, const char *verb, uint32_t *index)
{
    *index = sim_handle_self(L, SIM_HANDLE_CLIENT, verb);
    return sim_world_client(sim_check_world(L, verb), *index);
}

static SimClient *open_client(lua_State *L, const char *verb, uint32_t *index)
{
    SimClient *client = self_client(L, verb, index);
    sim_check_acting(L, verb);
    if (!sim_client_open(client)) {
        sim_raise(L, "%s: client %s has been closed or killed", verb, sim_client_name(client));
    }
    return client;
}

static SimLastPublication *find_published(SimScript *script, uint32_t client, DistroService service)
{
    for (guint i = script->published->len; i-- > 0;) {
        SimLastPublication *found = &g_array_index(script->published, SimLastPublication, i);
        if (found->client == client && (found->service == service || service == DISTRO_NONE)) {
            return found;
        }
    }
    return NULL;
}

static void note_published(SimScript *script, uint32_t client, const Request *request)
{
    SimLastPublication *found = find_published(script, client, request->service);
    SimLastPublication made = { client, request->service, request->publication,
                                request->persistent };
    if (found != NULL) {
        *found = made;
    } else {
        g_array_append_val(script->published, made);
    }
}

/* Pushes entries of the instance's extendDatum (PROTOCOL.md 1.4): its metadata, and weight and
 * enabled only where they differ from the usual. */
static const DistroExtEntry *check_ext(lua_State *L, int table, const char *verb,
                                       const SimSaidContent *base, SimSaidContent *said,
                                       size_t *count)
{
    double weight = base != NULL ? base->weight : 1;
    bool enabled = base != NULL ? base->enabled : true;
    size_t room = 2, kept = 0;
    const SimSaidEntry *old = NULL;
    bool given = lua_getfield(L, table, "metadata") != LUA_TNIL;
    int metadata = lua_gettop(L);
    if (given && !lua_istable(L, metadata)) {
        sim_raise_field(L, "metadata", "field 'metadata' expects a table of texts, got %s",
                        sim_quantity_describe(L, metadata));
    }
    if (given) {
        for (lua_pushnil(L); lua_next(L, metadata); lua_pop(L, 1)) {
            room++;
        }
    } else if (base != NULL) {
        old = base->metadata;
        kept = base->n_metadata;
    }
    DistroExtEntry *entries = lua_newuserdatauv(L, sizeof *entries * (room + kept), 0);
    *count = 0;
    for (size_t i = 0; i < kept; i++) {
        entries[(*count)++] = (DistroExtEntry) { .key = old[i].key,
                                                 .kind = DISTRO_VALUE_STRING,
                                                 .text = old[i].text };
    }
    if (given) {
        lua_newtable(L); /* keeps texts of numbers alive */
        int texts = lua_gettop(L);
        for (lua_pushnil(L); lua_next(L, metadata); lua_pop(L, 1)) {
            int type = lua_type(L, -1);
            if (lua_type(L, -2) != LUA_TSTRING ||
                (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)) {
                sim_raise_field(L, "metadata", "metadata maps texts to texts, got %s",
                                sim_quantity_describe(L, -1));
            }
            const char *key = lua_tostring(L, -2), *text = luaL_tolstring(L, -1, NULL);
            if (!g_utf8_validate(key, -1, NULL) || !g_utf8_validate(text, -1, NULL)) {
                sim_raise_field(L, "metadata", "metadata is not UTF-8");
            }
            entries[(*count)++] =
                (DistroExtEntry) { .key = key, .kind = DISTRO_VALUE_STRING, .text = text };
            lua_setfield(L, texts, key);
        }
    }
    sim_opt_number(L, table, "weight", &weight);
    sim_opt_boolean(L, table, "enabled", &enabled);
    if (weight < 0 || weight > 10000) {
        sim_raise_field(L, "weight", "%s: field 'weight' expects a number from 0 to 10000", verb);
    }
    SimSaidEntry *metadata_said = lua_newuserdatauv(L, sizeof *metadata_said * (*count + 1), 0);
    for (size_t i = 0; i < *count; i++) {
        metadata_said[i] = (SimSaidEntry) { entries[i].key, entries[i].text };
    }
    *said = (SimSaidContent) { .weight = weight,
                               .enabled = enabled,
                               .metadata = metadata_said,
                               .n_metadata = (uint32_t)*count };
    if (fabs(1 - weight) >= 1e-10) {
        entries[(*count)++] = (DistroExtEntry) { .key = "publishInstanceWeight",
                                                 .kind = DISTRO_VALUE_DOUBLE,
                                                 .number = weight };
    }
    if (!enabled) {
        entries[(*count)++] = (DistroExtEntry) { .key = "publishInstanceEnable",
                                                 .kind = DISTRO_VALUE_BOOL,
                                                 .boolean = false };
    }
    return entries;
}

/* What a client says of an instance that it does not change. */
typedef struct Base {
    const SimSaidItem *said; /* NULL: it says all anew */
    bool healthy;
} Base;

/* One instance as the fields of @table describe it, in *@said likewise; what is absent comes from
 * @base or the client. */
static DistroListing check_instance(lua_State *L, int table, const char *verb, uint32_t client,
                                    DistroService service, const Base *base, SimSaidItem *said)
{
    const SimScript *script = sim_script_of(L);
    DistroDictionary *dictionary = script->world->dictionary;
    const SimScriptClient *own = &g_array_index(script->clients, SimScriptClient, client);
    SimBook *book = sim_truth_book(script->world->study->truth);
    const SimSaidContent *kept =
        base->said != NULL ? sim_book_content_info(book, base->said->content) : NULL;
    SimSaidContent content;
    const char *ip = kept != NULL ? sim_book_text(book, base->said->ip)
                                  : distro_dictionary_text(dictionary, own->ip);
    const char *cluster = kept != NULL ? kept->cluster : "";
    int64_t port = kept != NULL ? base->said->port : own->port;
    bool healthy = base->healthy;
    size_t count;
    sim_opt_string(L, table, "ip", &ip);
    sim_opt_string(L, table, "cluster", &cluster);
    sim_opt_integer(L, table, "port", 0, 65535, &port);
    sim_opt_boolean(L, table, "healthy", &healthy);
    if (!*ip) {
        sim_raise_field(L, "ip", "%s: the address is empty", verb);
    }
    int top = lua_gettop(L);
    luaL_checkstack(L, 16, NULL);
    const DistroExtEntry *entries = check_ext(L, table, verb, kept, &content, &count);
    content.cluster = *cluster ? cluster : "DEFAULT";
    *said =
        (SimSaidItem) { sim_book_name(book, ip), (int32_t)port, sim_book_content(book, &content) };
    DistroInstance instance = {
        .ip = distro_dictionary_name(dictionary, ip),
        .port = (int32_t)port,
        .healthy = healthy,
        .cluster = distro_dictionary_name(dictionary, content.cluster),
        .ext = distro_dictionary_ext(dictionary, entries, count),
    };
    lua_settop(L, top);
    return distro_dictionary_listing(dictionary, service, &instance);
}

#define INSTANCE_FIELDS                                                                            \
    "ip", "port", "weight", "healthy", "enabled", "cluster", "metadata", "ephemeral"

/* Is the field ephemeral false? @persistent comes with what it is without the field. */
static void opt_persistent(lua_State *L, int table, const char *verb, uint32_t client,
                           bool *persistent)
{
    bool ephemeral = !*persistent;
    sim_opt_boolean(L, table, "ephemeral", &ephemeral);
    *persistent = !ephemeral;
    if (ephemeral) {
        return;
    }
    const SimClient *publisher = sim_world_client(sim_check_world(L, verb), client);
    if (sim_dual_stack(publisher, SIM_DUAL_SECONDARY) != NULL) {
        sim_raise_field(L, "ephemeral", "%s: a dual client publishes ephemeral instances only",
                        verb);
    }
    sim_check_raft(L, verb);
}

static bool has_field(lua_State *L, int table, const char *name)
{
    bool given = lua_getfield(L, table, name) != LUA_TNIL;
    lua_pop(L, 1);
    return given;
}

static const DistroListingInfo *first_listing(const DistroDictionary *dictionary,
                                              DistroPublication publication)
{
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    return distro_dictionary_listing_info(dictionary, info->listings[0]);
}

/* What the client publishes at the address that @table names, of the service of which it published
 * @last last; @last if there is none. */
static DistroPublication find_at_place(lua_State *L, int table, uint32_t client,
                                       DistroService service, DistroPublication last)
{
    const SimWorld *world = sim_script_of(L)->world;
    const DistroInstance *instance = &first_listing(world->dictionary, last)->instance;
    const char *ip = distro_dictionary_text(world->dictionary, instance->ip);
    int64_t port = instance->port;
    sim_opt_string(L, table, "ip", &ip);
    sim_opt_integer(L, table, "port", 0, 65535, &port);
    DistroPublication found =
        sim_client_publication_at(sim_world_client(world, client), service,
                                  distro_dictionary_name(world->dictionary, ip), (int32_t)port);
    return found != DISTRO_NONE ? found : last;
}

static Request check_register(lua_State *L, int table, OperationKind kind, uint32_t client)
{
    static const char *const names[] = { "service", "group", "namespace", INSTANCE_FIELDS, NULL };
    SimScript *script = sim_script_of(L);
    DistroDictionary *dictionary = script->world->dictionary;
    const char *verb = operation_names[kind];
    Request request = { .kind = OPERATION_REGISTER };
    Base base = { .healthy = true };
    SimSaidItem said;
    sim_options(L, table, verb, names);
    const SimLastPublication *only = find_published(script, client, DISTRO_NONE);
    bool named = lua_getfield(L, table, "service") != LUA_TNIL;
    lua_pop(L, 1);
    request.service = !named && kind == OPERATION_UPDATE && only != NULL
                          ? only->service
                          : sim_opt_service(L, table, verb);
    const SimLastPublication *before = find_published(script, client, request.service);
    uint32_t said_service =
        named ? script->said_service
              : sim_truth_said_service(script->world->study->truth, client, request.service);
    if (kind == OPERATION_UPDATE && before != NULL && before->publication) {
        const DistroPublicationInfo *info =
            distro_dictionary_publication_info(dictionary, before->publication);
        if (info->batch) {
            sim_raise(L, "update: a batch is changed by register_batch");
        }
        DistroPublication place =
            find_at_place(L, table, client, request.service, before->publication);
        const SimStatement *statement = sim_book_statement_info(
            sim_truth_book(script->world->study->truth),
            sim_truth_statement(script->world->study->truth, client, place));
        base.said = statement->items;
        base.healthy = first_listing(dictionary, place)->instance.healthy;
        request.persistent = before->persistent;
    }
    opt_persistent(L, table, verb, client, &request.persistent);
    DistroListing listing = check_instance(L, table, verb, client, request.service, &base, &said);
    request.publication =
        distro_dictionary_publication(dictionary, request.service, false, &listing, 1);
    sim_truth_say(script->world->study->truth, client, request.service, request.publication,
                  said_service, &said, 1);
    return request;
}

/* What is taken back of Raft's: what the client registered of the service last, or its own address,
 * unless another is named; registered by any client. */
static Request check_persistent_deregister(lua_State *L, int table, uint32_t client)
{
    static const char *const names[] = { "service", "group",   "namespace", "ip",
                                         "port",    "cluster", "ephemeral", NULL };
    DistroDictionary *dictionary = sim_script_of(L)->world->dictionary;
    Request request = { .kind = OPERATION_DEREGISTER };
    sim_options(L, table, "deregister", names);
    request.service = sim_opt_service(L, table, "deregister");
    request.persistent = true;
    opt_persistent(L, table, "deregister", client, &request.persistent);
    Base base = { .healthy = true };
    const SimLastPublication *last = find_published(sim_script_of(L), client, request.service);
    if (last != NULL && last->persistent && last->publication) {
        SimTruth *truth = sim_script_of(L)->world->study->truth;
        const SimStatement *statement = sim_book_statement_info(
            sim_truth_book(truth), sim_truth_statement(truth, client, last->publication));
        base.said = statement->items;
    }
    sim_truth_say(sim_script_of(L)->world->study->truth, client, request.service, DISTRO_NONE,
                  sim_script_of(L)->said_service, NULL, 0);
    SimSaidItem said;
    DistroListing listing =
        check_instance(L, table, "deregister", client, request.service, &base, &said);
    request.publication =
        distro_dictionary_publication(dictionary, request.service, false, &listing, 1);
    return request;
}

static bool is_persistent(lua_State *L, int index)
{
    if (!lua_istable(L, index)) {
        return false;
    }
    bool persistent = lua_getfield(L, index, "ephemeral") == LUA_TBOOLEAN && !lua_toboolean(L, -1);
    lua_pop(L, 1);
    return persistent;
}

static Request check_batch(lua_State *L, int table, uint32_t client)
{
    static const char *const names[] = { "service", "group", "namespace", "instances", NULL };
    static const char *const instance_names[] = { INSTANCE_FIELDS, NULL };
    const SimScript *script = sim_script_of(L);
    Request request = { .kind = OPERATION_REGISTER };
    sim_options(L, table, "register_batch", names);
    if (g_array_index(script->clients, SimScriptClient, client).kind == SIM_CLIENT_HTTP) {
        sim_raise(L, "register_batch: a nacos-client-1 has no batches");
    }
    if (sim_client_is_agents(sim_world_client(script->world, client))) {
        sim_raise(L, "register_batch: the agent has none: its proxy lacks the method");
    }
    request.service = sim_opt_service(L, table, "register_batch");
    if (lua_getfield(L, table, "instances") != LUA_TTABLE) {
        sim_raise_field(L, "instances", "register_batch: field 'instances' expects a list, got %s",
                        sim_quantity_describe(L, -1));
    }
    int list = lua_gettop(L);
    size_t count = (size_t)lua_rawlen(L, list);
    if (count == 0) {
        sim_raise_field(L, "instances", "register_batch: the list of instances is empty");
    }
    DistroListing *listings = lua_newuserdatauv(L, sizeof *listings * count, 0);
    SimSaidItem *said = lua_newuserdatauv(L, sizeof *said * count, 0);
    const Base nothing = { .healthy = true };
    for (size_t i = 0; i < count; i++) {
        lua_geti(L, list, (lua_Integer)i + 1);
        sim_options(L, lua_gettop(L), "instances", instance_names);
        request.refused |= is_persistent(L, lua_gettop(L));
        listings[i] = check_instance(L, lua_gettop(L), "register_batch", client, request.service,
                                     &nothing, &said[i]);
        lua_pop(L, 1);
    }
    request.publication = distro_dictionary_publication(script->world->dictionary, request.service,
                                                        true, listings, count);
    sim_truth_say(script->world->study->truth, client, request.service, request.publication,
                  script->said_service, said, (uint32_t)count);
    return request;
}

/* A service, all of whose instances are taken back, or the address of one of them. */
static Request check_deregister(lua_State *L, int index, uint32_t client)
{
    static const char *const names[] = { "service", "group",     "namespace", "ip",
                                         "port",    "ephemeral", NULL };
    const SimScript *script = sim_script_of(L);
    Request request = { .kind = OPERATION_DEREGISTER };
    const Base nothing = { .healthy = true };
    SimSaidItem said;
    const bool fields = lua_istable(L, index);
    if (fields) {
        sim_options(L, index, "deregister", names);
    }
    if (!fields || !(has_field(L, index, "ip") || has_field(L, index, "port"))) {
        request.service = fields ? sim_opt_service(L, index, "deregister")
                                 : sim_check_service(L, index, "deregister", true);
        sim_truth_say(script->world->study->truth, client, request.service, DISTRO_NONE,
                      script->said_service, NULL, 0);
        return request;
    }
    request.service = sim_opt_service(L, index, "deregister");
    sim_truth_say(script->world->study->truth, client, request.service, DISTRO_NONE,
                  script->said_service, NULL, 0);
    DistroListing listing =
        check_instance(L, index, "deregister", client, request.service, &nothing, &said);
    request.publication = distro_dictionary_publication(script->world->dictionary, request.service,
                                                        false, &listing, 1);
    return request;
}

/* What the field ephemeral says; without it, of which kind the client registered last. */
static bool takes_back_persistent(lua_State *L, int index, uint32_t client)
{
    if (!lua_istable(L, index) || has_field(L, index, "ephemeral")) {
        return is_persistent(L, index);
    }
    const DistroService service = sim_opt_service(L, index, "deregister");
    const SimLastPublication *last = find_published(sim_script_of(L), client, service);
    return last != NULL && last->persistent && last->publication;
}

/* A server of a cluster that the client knows; "n1" is that of its own. */
static uint32_t check_server(lua_State *L, int index, uint32_t number)
{
    SimScript *script = sim_script_of(L);
    const SimClient *client = sim_world_client(script->world, number);
    bool dual = sim_dual_stack(client, SIM_DUAL_SECONDARY) != NULL;
    script->scope = dual ? SIM_ALL_CLUSTERS : sim_client_cluster(client);
    const SimNode *node = sim_check_node(L, index, "connect");
    script->scope = SIM_ALL_CLUSTERS;
    if (sim_dual_stack_of(client, node->cluster) == NULL) {
        sim_raise(L, "connect: %s knows no server of %s", sim_client_name(client),
                  sim_world_cluster(script->world, node->cluster)->name);
    }
    return node->index;
}

/* Reads what operation @kind wants from the value at @index. */
static Request check_request(lua_State *L, int index, OperationKind kind, uint32_t client)
{
    Request request = { .kind = kind };
    switch (kind) {
    case OPERATION_REGISTER:
    case OPERATION_UPDATE:
        return check_register(L, index, kind, client);
    case OPERATION_REGISTER_BATCH:
        return check_batch(L, index, client);
    case OPERATION_DEREGISTER:
        return takes_back_persistent(L, index, client)
                   ? check_persistent_deregister(L, index, client)
                   : check_deregister(L, index, client);
    case OPERATION_SUBSCRIBE:
        request.service = sim_check_service(L, index, operation_names[kind], true);
        break;
    case OPERATION_CONNECT:
        request.node = check_server(L, index, client);
        break;
    default:
        break;
    }
    return request;
}

static void resume_operation(SimScript *script, void *data, uint64_t word)
{
    SimOperation *operation = data;
    SimTask *task = operation->task;
    if (task != NULL && task->running && task->wakings == word) {
        sim_task_resume(script, task, 0);
    }
}

SimOperation *sim_operation_new(SimScript *script, uint32_t client, SimTask *task)
{
    SimOperation *operation = g_new0(SimOperation, 1);
    *operation = (SimOperation) { .script = script, .client = client, .task = task };
    g_ptr_array_add(script->operations, operation);
    return operation;
}

void sim_operation_end(SimOperation *operation, bool ok, const char *reason)
{
    SimScript *script = operation->script;
    if (operation->done) {
        return;
    }
    operation->done = true;
    operation->ok = ok;
    operation->reason = ok ? NULL : reason != NULL ? reason : "refused";
    if (operation->task != NULL && !script->over && !script->stopped) {
        sim_script_timer(script, script->world->now_us, resume_operation, operation,
                         operation->task->wakings);
    }
}

static void on_done(void *data, bool ok, const char *reason)
{
    sim_operation_end(data, ok, reason);
}

static void write_persistent(SimScript *script, SimClient *client, const Request *request,
                             SimOperation *operation)
{
    const SimOp op = request->kind == OPERATION_REGISTER ? SIM_OP_REGISTER : SIM_OP_DEREGISTER;
    const DistroClient id = sim_persistent_client(script->world->dictionary, request->publication);
    sim_client_write_persistent(client, op, id, request->service, request->publication, on_done,
                                operation);
    script->world->changed = true; /* what clients publish is what predicates ask about */
}

static void carry_out(SimScript *script, SimClient *client, const Request *request,
                      SimOperation *operation)
{
    bool whole = request->kind == OPERATION_DEREGISTER && request->publication == DISTRO_NONE;
    if (request->refused) { /* "Batch registration does not allow persistent instance" */
        sim_operation_end(operation, false, "refused");
        return;
    }
    if (request->kind == OPERATION_REGISTER || whole || request->persistent) {
        note_published(script, operation->client, request);
    }
    if (request->persistent) {
        write_persistent(script, client, request, operation);
        return;
    }
    switch (request->kind) {
    case OPERATION_REGISTER:
        sim_client_register(client, request->service, request->publication, on_done, operation);
        break;
    case OPERATION_DEREGISTER:
        if (request->publication != DISTRO_NONE) {
            sim_client_take_back(client, request->service, request->publication, on_done,
                                 operation);
        } else {
            sim_client_deregister(client, request->service, on_done, operation);
        }
        break;
    case OPERATION_SUBSCRIBE:
        sim_client_subscribe(client, request->service, on_done, operation);
        break;
    case OPERATION_CONNECT:
        sim_client_connect(client, request->node, on_done, operation);
        break;
    default:
        sim_client_close(client, on_done, operation);
        break;
    }
    script->world->changed = true; /* what clients publish is what predicates ask about */
}

static int push_outcome(lua_State *L, const SimOperation *operation)
{
    lua_pushboolean(L, operation->ok);
    if (operation->ok) {
        return 1;
    }
    lua_pushstring(L, operation->reason);
    return 2;
}

static int operation_over(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    const SimOperation *operation = sim_script_of(L)->operations->pdata[context];
    sim_script_tell_history(sim_script_of(L), operation->ok);
    return push_outcome(L, operation);
}

int sim_operation_wait(lua_State *L)
{
    return sim_task_yield(L, (lua_KContext)(sim_script_of(L)->operations->len - 1), operation_over);
}

static int operate(lua_State *L, OperationKind kind)
{
    SimScript *script = sim_script_of(L);
    uint32_t index;
    SimClient *client = open_client(L, operation_names[kind], &index);
    SimTask *task = sim_check_waiting(L, operation_names[kind]);
    Request request = check_request(L, 2, kind, index);
    sim_charge(L, OPERATION_COST);
    guint number = script->operations->len;
    carry_out(script, client, &request, sim_operation_new(script, index, task));
    return sim_task_yield(L, (lua_KContext)number, operation_over);
}

static int client_register(lua_State *L) /* k:register { service=, ... } */
{
    return operate(L, OPERATION_REGISTER);
}

static int client_register_batch(lua_State *L) /* k:register_batch { service=, instances= } */
{
    return operate(L, OPERATION_REGISTER_BATCH);
}

static int client_deregister(lua_State *L) /* k:deregister { service= } */
{
    return operate(L, OPERATION_DEREGISTER);
}

static int client_update(lua_State *L) /* k:update { service=, ... } */
{
    return operate(L, OPERATION_UPDATE);
}

static int client_close(lua_State *L) /* k:close() */
{
    return operate(L, OPERATION_CLOSE);
}

static int client_connect(lua_State *L) /* k:connect(node) */
{
    return operate(L, OPERATION_CONNECT);
}

static int client_subscribe(lua_State *L) /* k:subscribe(service) */
{
    return operate(L, OPERATION_SUBSCRIBE);
}

static int end_process(lua_State *L, const char *verb, void (*end)(SimClient *), const char *reason)
{
    SimScript *script = sim_script_of(L);
    uint32_t index;
    end(open_client(L, verb, &index));
    script->world->changed = true;
    /* A dead process answers nothing, so tasks that wait for its operations are told here. */
    for (guint i = 0; i < script->operations->len; i++) {
        SimOperation *operation = script->operations->pdata[i];
        if (operation->client == index) {
            sim_operation_end(operation, false, reason);
        }
    }
    return 0;
}

static int client_kill(lua_State *L) /* k:kill() */
{
    return end_process(L, "kill", sim_client_kill, "killed");
}

static int client_crash(lua_State *L) /* k:crash() */
{
    return end_process(L, "crash", sim_client_crash, "crashed");
}

static int client_pause(lua_State *L) /* k:pause(d) */
{
    uint32_t index;
    SimClient *client = open_client(L, "pause", &index);
    sim_client_pause(client, sim_duration_us(L, 2, "pause"));
    return 0;
}

static int client_failover(lua_State *L) /* k:failover(true) */
{
    uint32_t index;
    SimClient *client = open_client(L, "failover", &index);
    if (!lua_isboolean(L, 2)) {
        sim_raise(L, "failover expects true or false, got %s", sim_quantity_describe(L, 2));
    }
    sim_client_failover(client, lua_toboolean(L, 2));
    return 0;
}

static int client_health_page(lua_State *L) /* k:health_page(503) */
{
    uint32_t index;
    SimClient *client = open_client(L, "health_page", &index);
    const lua_Integer status = lua_isinteger(L, 2) ? lua_tointeger(L, 2) : 0;
    if (status < 100 || status > 599) {
        sim_raise(L, "health_page expects a status of HTTP from 100 to 599, got %s",
                  sim_quantity_describe(L, 2));
    }
    sim_record_health_page(sim_script_of(L)->world->study->record, index, (uint32_t)status);
    sim_client_set_health_page(client, (uint32_t)status);
    return 0;
}

/* What of post "register" waits for its argument: a function with the operation and the client. */
static int post_with(lua_State *L) /* upvalues: client, operation */
{
    SimScript *script = sim_script_of(L);
    uint32_t index = (uint32_t)lua_tointeger(L, lua_upvalueindex(1));
    OperationKind kind = (OperationKind)lua_tointeger(L, lua_upvalueindex(2));
    SimClient *client = sim_world_client(sim_check_acting(L, "post"), index);
    if (!sim_client_open(client)) {
        sim_raise(L, "post: client %s has been closed or killed", sim_client_name(client));
    }
    if (kind == OPERATION_CLOSE) {
        lua_settop(L, 0);
    }
    Request request = check_request(L, 1, kind, index);
    sim_charge(L, OPERATION_COST);
    guint number = script->operations->len;
    carry_out(script, client, &request, sim_operation_new(script, index, NULL));
    sim_handle_push(L, SIM_HANDLE_OPERATION, number);
    return 1;
}

static int client_post(lua_State *L) /* k:post "register" { ... }, or k:post("register", { ... }) */
{
    uint32_t index;
    open_client(L, "post", &index);
    const char *name = sim_check_text(L, 2, "post", "the name of an operation");
    size_t kind = 0;
    while (kind < N_OPERATIONS && strcmp(operation_names[kind], name) != 0) {
        kind++;
    }
    if (kind == N_OPERATIONS) {
        sim_raise_unknown(L, "operation", name, "post", operation_names, N_OPERATIONS);
    }
    lua_pushinteger(L, index);
    lua_pushinteger(L, (lua_Integer)kind);
    lua_pushcclosure(L, post_with, 2);
    if (kind == OPERATION_CLOSE) { /* takes nothing, so nothing more will come */
        lua_call(L, 0, 1);
        return 1;
    }
    if (lua_gettop(L) ==
        3) { /* only the name was given: the rest comes by a call of what we return */
        return 1;
    }
    lua_insert(L, 3);
    lua_call(L, lua_gettop(L) - 3, 1);
    return 1;
}

static int operation_done(lua_State *L) /* handle:done() */
{
    uint32_t number = sim_handle_self(L, SIM_HANDLE_OPERATION, "done");
    const SimOperation *operation = sim_script_of(L)->operations->pdata[number];
    if (operation->done) {
        return push_outcome(L, operation);
    }
    lua_pushnil(L);
    return 1;
}

static const luaL_Reg operation_methods[] = { { "done", operation_done }, { NULL, NULL } };
const SimClass sim_class_operation = { .kind = SIM_HANDLE_OPERATION,
                                       .name = "handle of post",
                                       .annotation = "Posted",
                                       .methods = { operation_methods } };

/* --- reading a client ------------------------------------------------------------------------ */

/* The stack of @client towards the cluster that the argument names; itself without one. */
static const SimClient *check_stack(lua_State *L, const SimClient *client)
{
    if (lua_isnoneornil(L, 2)) {
        return client;
    }
    const SimScript *script = sim_script_of(L);
    const char *name = sim_check_text(L, 2, "server", "the name of a cluster");
    int cluster = sim_find_cluster(script, name);
    const SimClient *stack = cluster < 0 ? NULL : sim_dual_stack_of(client, (uint32_t)cluster);
    if (stack == NULL) {
        sim_raise(L, "server: %s knows no cluster '%s'", sim_client_name(client), name);
    }
    return stack;
}

static int client_server(lua_State *L) /* k:server(), k:server "west" */
{
    uint32_t index;
    const SimClient *client = self_client(L, "server", &index);
    uint32_t node = sim_client_server(check_stack(L, client));
    if (node == UINT32_MAX) {
        lua_pushnil(L);
    } else {
        sim_handle_push(L, SIM_HANDLE_NODE, node);
    }
    return 1;
}

/* Pushes what @read gives of the service that is the argument. */
static int push_list(lua_State *L, const char *verb,
                     size_t (*read)(const SimClient *, DistroService, GArray *))
{
    SimScript *script = sim_script_of(L);
    uint32_t index;
    const SimClient *client = self_client(L, verb, &index);
    DistroService service = sim_check_service(L, 2, verb, false);
    g_array_set_size(script->listings, 0);
    g_array_set_size(script->instances, 0); /* the publishing clients, beside the listings */
    if (service) {
        read(client, service, script->listings);
    }
    for (guint i = 0; i < script->listings->len; i++) {
        const DistroListingInfo *info = distro_dictionary_listing_info(
            script->world->dictionary, g_array_index(script->listings, DistroListing, i));
        SimInstance instance;
        uint32_t publisher = UINT32_MAX;
        if (sim_truth_find_anywhere(script->world->study->truth, service, info->instance.ip,
                                    info->instance.port, &instance)) {
            publisher = sim_truth_instance(script->world->study->truth, instance)->client;
        }
        g_array_append_val(script->instances, publisher);
    }
    if (service && read == sim_client_sees) {
        sim_note_read(script, sim_client_endpoint(index), service, true);
    }
    sim_push_listings(L, (const DistroListing *)(const void *)script->listings->data,
                      (const uint32_t *)(const void *)script->instances->data,
                      script->listings->len);
    return 1;
}

static int client_sees(lua_State *L) /* k:sees(service) */
{
    return push_list(L, "sees", sim_client_sees);
}

static int client_heard(lua_State *L) /* k:heard(service) */
{
    return push_list(L, "heard", sim_client_heard);
}

static int client_answered(lua_State *L) /* k:answered(service) */
{
    return push_list(L, "answered", sim_client_answered);
}

static int client_counters(lua_State *L) /* k:counters() */
{
    uint32_t index;
    SimClientCounters counters = sim_client_counters(self_client(L, "counters", &index));
    const struct {
        const char *name;
        uint64_t value;
    } fields[] = {
        { "requests", counters.requests }, { "failed", counters.failed },
        { "beats", counters.beats },       { "beats_failed", counters.beats_failed },
        { "redos", counters.redos },       { "switches", counters.switches },
    };
    lua_createtable(L, 0, G_N_ELEMENTS(fields));
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        lua_pushinteger(L, (lua_Integer)fields[i].value);
        lua_setfield(L, -2, fields[i].name);
    }
    return 1;
}

static void get_client_field(lua_State *L, const SimHandle *handle, const char *field)
{
    const SimScript *script = sim_script_of(L);
    const SimScriptClient *own = &g_array_index(script->clients, SimScriptClient, handle->index);
    if (strcmp(field, "name") == 0) {
        lua_pushstring(L, sim_client_name(sim_world_client(script->world, handle->index)));
    } else if (strcmp(field, "ip") == 0) {
        lua_pushstring(L, distro_dictionary_text(script->world->dictionary, own->ip));
    } else if (strcmp(field, "port") == 0) {
        lua_pushinteger(L, own->port);
    } else if (strcmp(field, "kind") == 0) {
        lua_pushstring(L, sim_client_kind_names[own->kind == SIM_CLIENT_GRPC ? 0 : 1]);
    } else {
        lua_pushstring(L, g_array_index(script->world->sites, SimSiteSpec, own->site).name);
    }
}

static const luaL_Reg client_methods[] = {
    { "register", client_register },
    { "register_batch", client_register_batch },
    { "deregister", client_deregister },
    { "update", client_update },
    { "close", client_close },
    { "kill", client_kill },
    { "crash", client_crash },
    { "pause", client_pause },
    { "failover", client_failover },
    { "health_page", client_health_page },
    { "connect", client_connect },
    { "server", client_server },
    { "subscribe", client_subscribe },
    { "sees", client_sees },
    { "heard", client_heard },
    { "answered", client_answered },
    { "post", client_post },
    { "counters", client_counters },
    { "config", sim_client_config },
    { NULL, NULL },
};
static const char *const client_fields[] = { "name", "ip", "port", "kind", "site", NULL };
const SimClass sim_class_client = { .kind = SIM_HANDLE_CLIENT,
                                    .name = "client",
                                    .annotation = "Client",
                                    .methods = { client_methods },
                                    .fields = client_fields,
                                    .get = get_client_field };

const luaL_Reg sim_world_client_verbs[] = {
    { "client", sim_verb_client },
    { "fleet", sim_verb_fleet },
    { "publish_config", sim_verb_publish_config },
    { "config_copy", sim_verb_config_copy },
    { NULL, NULL },
};
