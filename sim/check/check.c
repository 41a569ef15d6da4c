/* sim/check/check.c -- the checks of a world: who hears of what, when to look again, whose word
 * counts.
 */
#include "core/mix.h"
#include "sim/check/internal.h"
#include "sim/metrics/consumers.h"

#include <stdarg.h>
#include <string.h>

static const CheckClass *const classes[SIM_N_CHECKS] = {
    [SIM_CHECK_NO_LOST_INSTANCES] = &sim_check_no_lost_instances,
    [SIM_CHECK_NO_ZOMBIES] = &sim_check_no_zombies,
    [SIM_CHECK_NO_RESURRECTION] = &sim_check_no_resurrection,
    [SIM_CHECK_ONE_OWNER] = &sim_check_one_owner,
    [SIM_CHECK_NO_EMPTY_SERVICE] = &sim_check_no_empty_service,
    [SIM_CHECK_VERIFY_QUIET] = &sim_check_verify_quiet,
    [SIM_CHECK_NO_NATIVE_EXPIRY] = &sim_check_no_native_expiry,
    [SIM_CHECK_VIEW_MATCHES_STORE] = &sim_check_view_matches_store,
    [SIM_CHECK_BOUNDED_QUEUE] = &sim_check_bounded_queue,
    [SIM_CHECK_BOUNDED_TRAFFIC] = &sim_check_bounded_traffic,
    [SIM_CHECK_STALENESS] = &sim_check_staleness,
    [SIM_CHECK_BRIDGE_CLEAN] = &sim_check_bridge_clean,
    [SIM_CHECK_ELECTION_SAFETY] = &sim_check_election_safety,
    [SIM_CHECK_LOG_MATCHING] = &sim_check_log_matching,
    [SIM_CHECK_LEADER_COMPLETENESS] = &sim_check_leader_completeness,
    [SIM_CHECK_STATE_MACHINE_SAFETY] = &sim_check_state_machine_safety,
    [SIM_CHECK_LINEARIZABLE_WRITES] = &sim_check_linearizable_writes,
    [SIM_CHECK_NO_STALE_CONTENT] = &sim_check_no_stale_content,
    [SIM_CHECK_NO_ROLLBACK] = &sim_check_no_rollback,
    [SIM_CHECK_NO_LOST_WRITE] = &sim_check_no_lost_write,
    [SIM_CHECK_NO_EMPTY_CONSUMER] = &sim_check_no_empty_consumer,
};

/* What was last seen of a node. */
typedef struct NodeNote {
    bool alive, loaded;
    uint32_t incarnation;
    int64_t loaded_us;
} NodeNote;

/* The last server that a client had. */
typedef struct ServerNote {
    uint32_t node; /* UINT32_MAX: none yet */
    uint32_t incarnation;
} ServerNote;

struct SimChecks {
    SimWorld *world;
    SimTruth *truth;
    const SimConsumers *consumers;
    GPtrArray *list;   /* Check */
    uint64_t events;   /* a bit per DistroEventKind that some check wants */
    GArray *nodes;     /* NodeNote */
    GArray *servers;   /* ServerNote by client */
    int64_t *again_us; /* [a * n_reach + b]: since when a call between them can complete */
    uint32_t n_reach;
    GArray *violations; /* SimViolation */
    bool finished;
    bool muted;
    bool watches_contents;        /* some check has that hook */
    void (*violated)(void *data); /* (nullable) before one is noted */
    void *violated_data;
};

/* Values of again_us beside instants. */
#define REACHED_ALWAYS INT64_MIN
#define REACHED_NOT INT64_MAX

const SimCheckType *sim_check_type(SimCheckKind kind)
{
    return &classes[kind]->type;
}

SimCheck sim_check_default(SimCheckKind kind)
{
    SimCheck check = { .kind = kind };

    for (int i = 0; i < 4; i++) {
        check.values[i] = classes[kind]->type.fields[i].fallback;
    }
    return check;
}

/* --- life ----------------------------------------------------------------------------------- */

static void on_due(void *data, uint64_t payload);

static void on_turn(void *checks, uint32_t consumer)
{
    sim_checks_consumer_changed(checks, consumer);
}

SimChecks *sim_checks_new(SimWorld *world, SimTruth *truth, SimConsumers *consumers)
{
    SimChecks *checks = g_new0(SimChecks, 1);

    checks->world = world;
    checks->truth = truth;
    checks->consumers = consumers;
    checks->list = g_ptr_array_new();
    checks->nodes = g_array_new(false, true, sizeof(NodeNote));
    checks->servers = g_array_new(false, false, sizeof(ServerNote));
    checks->violations = g_array_new(false, false, sizeof(SimViolation));
    sim_consumers_on_turn(consumers, on_turn, checks);
    sim_world_handle(world, SIM_EVENT_CHECK, on_due, checks);
    return checks;
}

static void free_check(Check *check)
{
    if (check->class->clear != NULL) {
        check->class->clear(check);
    }
    g_free(check->own);
    g_hash_table_destroy(check->stretches);
    g_array_free(check->parked, true);
    g_free(check);
}

void sim_checks_free(SimChecks *checks)
{
    if (checks == NULL) {
        return;
    }
    for (guint i = 0; i < checks->list->len; i++) {
        free_check(g_ptr_array_index(checks->list, i));
    }
    g_ptr_array_free(checks->list, true);
    for (guint i = 0; i < checks->violations->len; i++) {
        g_free(g_array_index(checks->violations, SimViolation, i).message);
    }
    g_array_free(checks->violations, true);
    g_array_free(checks->nodes, true);
    g_array_free(checks->servers, true);
    g_free(checks->again_us);
    g_free(checks);
}

/* Runs @hook of every check that has it. The list may not change meanwhile. */
#define for_each_hook(checks, hook, ...)                                                           \
    for (guint each_ = 0; each_ < (checks)->list->len; each_++) {                                  \
        Check *check_ = g_ptr_array_index((checks)->list, each_);                                  \
        if (check_->class->hook != NULL)                                                           \
            check_->class->hook(check_, __VA_ARGS__);                                              \
    }

/* --- who counts ----------------------------------------------------------------------------- */

static NodeNote *note_of(SimChecks *checks, uint32_t node)
{
    if (node >= checks->nodes->len) {
        g_array_set_size(checks->nodes, node + 1);
    }
    return &g_array_index(checks->nodes, NodeNote, node);
}

static const NodeNote *known_node(const Check *check, uint32_t node)
{
    static const NodeNote unknown;
    const GArray *nodes = check->checks->nodes;

    return node < nodes->len ? &g_array_index(nodes, NodeNote, node) : &unknown;
}

bool sim_check_is_judged(const Check *check, uint32_t node)
{
    return known_node(check, node)->alive && known_node(check, node)->loaded;
}

int64_t sim_check_loaded_us(const Check *check, uint32_t node)
{
    return known_node(check, node)->loaded_us;
}

static bool some_call_completes(const SimWorld *world, uint32_t a, uint32_t b)
{
    SimEndpoint left = sim_node_endpoint(a), right = sim_node_endpoint(b);

    return a == b || sim_network_can_call(world->network, left, right) ||
           sim_network_can_call(world->network, right, left);
}

/* Joining nodes make the matrix larger; what was known stays. */
static void grow_reach(SimChecks *checks)
{
    uint32_t old = checks->n_reach, count = checks->world->nodes->len;
    if (old == count) {
        return;
    }
    int64_t *grown = g_new(int64_t, (size_t)count * count);

    for (uint32_t a = 0; a < count; a++) {
        for (uint32_t b = 0; b < count; b++) {
            grown[(size_t)a * count + b] =
                a < old && b < old ? checks->again_us[(size_t)a * old + b] : REACHED_ALWAYS;
        }
    }
    g_free(checks->again_us);
    checks->again_us = grown;
    checks->n_reach = count;
}

static void look_at_reach(SimChecks *checks)
{
    grow_reach(checks);
    for (uint32_t a = 0; a < checks->n_reach; a++) {
        for (uint32_t b = 0; b < a; b++) {
            int64_t *again_us = &checks->again_us[(size_t)a * checks->n_reach + b];
            bool reached = some_call_completes(checks->world, a, b);
            if (reached && *again_us == REACHED_NOT) {
                *again_us = checks->world->now_us;
            } else if (!reached) {
                *again_us = REACHED_NOT;
            }
            checks->again_us[(size_t)b * checks->n_reach + a] = *again_us;
        }
    }
}

static int64_t reached_since(const SimChecks *checks, uint32_t a, uint32_t b)
{
    if (a == b || a >= checks->n_reach || b >= checks->n_reach) {
        return REACHED_ALWAYS;
    }
    return checks->again_us[(size_t)a * checks->n_reach + b];
}

bool sim_check_can_call(const Check *check, uint32_t a, uint32_t b)
{
    return reached_since(check->checks, a, b) != REACHED_NOT;
}

int64_t sim_check_counts_for_server(const Check *check, uint32_t node, uint32_t server)
{
    int64_t since_us = reached_since(check->checks, node, server);

    return since_us == REACHED_ALWAYS || since_us == REACHED_NOT ? since_us
                                                                 : since_us + check->heal_us;
}

static ServerNote server_of(const Check *check, uint32_t client)
{
    const GArray *servers = check->checks->servers;

    return client < servers->len ? g_array_index(servers, ServerNote, client)
                                 : (ServerNote) { UINT32_MAX, 0 };
}

int64_t sim_check_counts_for_client(const Check *check, uint32_t node, uint32_t client)
{
    return sim_check_counts_for_server(check, node, server_of(check, client).node);
}

bool sim_check_is_served_by(const Check *check, uint32_t client, uint32_t node)
{
    ServerNote server = server_of(check, client);

    return server.node == node && server.incarnation == known_node(check, node)->incarnation;
}

/* --- time ----------------------------------------------------------------------------------- */

/* The payload of an event: check (8 bits), what (4), node (12), subject (32). */
void sim_check_wake(Check *check, int64_t at_us, CheckDue what, uint32_t node, uint32_t subject)
{
    uint64_t payload = (uint64_t)check->index << 48 | (uint64_t)what << 44 |
                       (uint64_t)(node & CHECK_NO_NODE) << 32 | subject;

    sim_event_queue_push(check->world->queue, MAX(at_us, check->world->now_us),
                         sim_event_word(SIM_EVENT_CHECK, payload));
}

/* --- stretches ------------------------------------------------------------------------------ */

static Stretch *find_stretch(const Check *check, uint32_t node, uint32_t subject)
{
    if (g_hash_table_size(check->stretches) == 0) {
        return NULL;
    }
    Stretch *stretch = g_hash_table_lookup(check->stretches, sim_pack(node, subject));
    if (stretch != NULL && stretch->incarnation != known_node(check, node)->incarnation) {
        return NULL; /* the node crashed since */
    }
    return stretch;
}

void sim_stretch_open(Check *check, uint32_t node, uint32_t subject, int64_t since_us,
                      int64_t due_us)
{
    if (find_stretch(check, node, subject) != NULL) {
        return;
    }
    Stretch *stretch = g_new0(Stretch, 1);
    stretch->since_us = since_us;
    stretch->due_us = MAX(due_us, check->world->now_us);
    stretch->incarnation = known_node(check, node)->incarnation;
    g_hash_table_replace(check->stretches, sim_pack(node, subject), stretch);
    sim_check_wake(check, stretch->due_us, CHECK_DUE_STRETCH, node, subject);
}

void sim_stretch_set(Check *check, uint32_t node, uint32_t subject, int64_t since_us,
                     int64_t due_us)
{
    Stretch *stretch = find_stretch(check, node, subject);

    if (stretch == NULL) {
        sim_stretch_open(check, node, subject, since_us, due_us);
    } else if (!stretch->told && stretch->since_us != since_us) {
        stretch->since_us = since_us;
        stretch->due_us = MAX(due_us, check->world->now_us);
        sim_check_wake(check, stretch->due_us, CHECK_DUE_STRETCH, node, subject);
    }
}

void sim_stretch_close(Check *check, uint32_t node, uint32_t subject)
{
    if (g_hash_table_size(check->stretches) > 0) {
        g_hash_table_remove(check->stretches, sim_pack(node, subject));
    }
}

void sim_stretch_close_everywhere(Check *check, uint32_t subject)
{
    for (uint32_t node = 0; node < check->checks->nodes->len; node++) {
        sim_stretch_close(check, node, subject);
    }
}

static void park(Check *check, Stretch *stretch, uint32_t node, uint32_t subject)
{
    uint64_t key = (uint64_t)node << 32 | subject;

    stretch->parked = true;
    g_array_append_val(check->parked, key);
}

static void judge(Check *check, Stretch *stretch, uint32_t node, uint32_t subject)
{
    int64_t from_us = check->class->counts_from(check, node, subject);

    stretch->parked = false;
    if (from_us == INT64_MAX) {
        park(check, stretch, node, subject);
    } else if (from_us > check->world->now_us) {
        stretch->due_us = from_us;
        sim_check_wake(check, from_us, CHECK_DUE_STRETCH, node, subject);
    } else {
        stretch->told = true;
        check->class->tell(check, node, subject, stretch);
    }
}

static void stretch_due(Check *check, uint32_t node, uint32_t subject)
{
    Stretch *stretch = find_stretch(check, node, subject);

    /* A stretch that was closed and opened again has another instant of its own. */
    if (stretch != NULL && !stretch->told && !stretch->parked &&
        stretch->due_us == check->world->now_us) {
        judge(check, stretch, node, subject);
    }
}

void sim_stretch_judge_parked(Check *check, uint32_t node, uint32_t subject)
{
    Stretch *stretch = check->parked->len > 0 ? find_stretch(check, node, subject) : NULL;

    if (stretch != NULL && stretch->parked) {
        judge(check, stretch, node, subject);
    }
}

void sim_stretch_judge_all_parked(Check *check)
{
    GArray *parked = check->parked;

    if (parked->len == 0) {
        return;
    }
    check->parked = g_array_new(false, false, sizeof(uint64_t));
    for (guint i = 0; i < parked->len; i++) {
        uint64_t key = g_array_index(parked, uint64_t, i);
        Stretch *stretch = find_stretch(check, (uint32_t)(key >> 32), (uint32_t)key);
        if (stretch != NULL && stretch->parked) {
            judge(check, stretch, (uint32_t)(key >> 32), (uint32_t)key);
        }
    }
    g_array_free(parked, true);
}

/* --- what the world tells ------------------------------------------------------------------- */

static void on_due(void *data, uint64_t payload)
{
    SimChecks *checks = data;
    Check *check = g_ptr_array_index(checks->list, payload >> 48);
    CheckDue what = (CheckDue)(payload >> 44 & 0xf);
    uint32_t node = payload >> 32 & CHECK_NO_NODE, subject = (uint32_t)payload;

    if (what == CHECK_DUE_STRETCH) {
        stretch_due(check, node, subject);
    } else {
        check->class->due(check, what, node, subject);
    }
}

void sim_checks_listed(SimChecks *checks, uint32_t node, SimInstance instance, bool listed)
{
    for_each_hook(checks, listed, node, instance, listed);
}

void sim_checks_content(SimChecks *checks, uint32_t node, SimInstance instance)
{
    if (checks->watches_contents) {
        for_each_hook(checks, content, node, instance);
    }
}

void sim_checks_instance_changed(SimChecks *checks, SimInstance instance)
{
    for_each_hook(checks, instance, instance);
}

void sim_checks_view(SimChecks *checks, uint32_t node, DistroClient client, DistroService service)
{
    for_each_hook(checks, view, node, client, service);
}

void sim_checks_matched(SimChecks *checks, const SimMatchedNews *news)
{
    for_each_hook(checks, matched, news);
}

void sim_checks_owners_changed(SimChecks *checks, uint32_t node)
{
    for_each_hook(checks, owners, node);
}

void sim_checks_node_changed(SimChecks *checks, uint32_t node)
{
    const SimNode *now = g_ptr_array_index(checks->world->nodes, node);
    NodeNote *note = note_of(checks, node);

    g_assert_cmpuint(node, <, CHECK_NO_NODE);
    if (note->alive && (!now->alive || now->incarnation != note->incarnation)) {
        note->alive = note->loaded = false;
        for_each_hook(checks, node, node, NODE_CHANGE_DOWN);
    }
    if (now->alive && !note->alive) {
        note->alive = true;
        note->incarnation = now->incarnation;
        for_each_hook(checks, node, node, NODE_CHANGE_UP);
    }
    if (now->alive && now->loaded && !note->loaded) {
        note->loaded = true;
        note->loaded_us = checks->world->now_us;
        for_each_hook(checks, node, node, NODE_CHANGE_LOADED);
    }
    if (checks->list->len > 0) {
        grow_reach(checks);
    }
}

void sim_checks_topology_changed(SimChecks *checks)
{
    if (checks->list->len == 0) {
        return;
    }
    look_at_reach(checks);
    for (guint i = 0; i < checks->list->len; i++) {
        Check *check = g_ptr_array_index(checks->list, i);
        if (check->class->topology != NULL) {
            check->class->topology(check);
        }
        sim_stretch_judge_all_parked(check);
    }
}

static void note_server(SimChecks *checks, uint32_t client)
{
    const ServerNote none = { UINT32_MAX, 0 };
    uint32_t server = sim_client_server(g_ptr_array_index(checks->world->clients, client));

    while (checks->servers->len <= client) {
        g_array_append_val(checks->servers, none);
    }
    if (server != UINT32_MAX) { /* else it keeps the last it had */
        g_array_index(checks->servers, ServerNote, client) =
            (ServerNote) { server, note_of(checks, server)->incarnation };
    }
}

void sim_checks_client_changed(SimChecks *checks, uint32_t client)
{
    if (checks->list->len == 0) {
        return;
    }
    note_server(checks, client);
    for_each_hook(checks, client, client);
}

void sim_checks_consumer_changed(SimChecks *checks, uint32_t consumer)
{
    for_each_hook(checks, consumer, consumer);
}

void sim_checks_copy_removed(SimChecks *checks, const SimCopyNews *news)
{
    const DistroListingInfo *info =
        distro_dictionary_listing_info(checks->world->dictionary, news->listing);
    SimInstance instance;
    if (sim_truth_find(checks->truth, news->cluster, info->service, info->instance.ip,
                       info->instance.port, &instance)) {
        for_each_hook(checks, removed, instance);
    }
}

void sim_checks_core_event(SimChecks *checks, const SimCoreNews *news)
{
    uint64_t bit = UINT64_C(1) << news->event;
    if (!(checks->events & bit)) {
        return;
    }
    for (guint i = 0; i < checks->list->len; i++) {
        Check *check = g_ptr_array_index(checks->list, i);
        if (check->class->events & bit) {
            check->class->event(check, news);
        }
    }
}

/* --- adding, finishing ---------------------------------------------------------------------- */

static void set_values(Check *check, const SimCheck *wanted)
{
    const SimCheckField *fields = check->class->type.fields;

    for (int i = 0; i < 4 && fields[i].name != NULL; i++) {
        bool as_grace = fields[i].fallback < 0 && wanted->values[i] < 0;
        check->values[i] = as_grace ? check->values[0] : wanted->values[i];
        if (strcmp(fields[i].name, "heal") == 0) {
            check->heal_us = check->values[i];
        }
    }
}

/* The first check makes the world worth watching: learn how things stand. */
static void take_stock(SimChecks *checks)
{
    for (guint i = 0; i < checks->world->clients->len; i++) {
        note_server(checks, i);
    }
    for (guint i = 0; i < checks->world->nodes->len; i++) {
        sim_checks_node_changed(checks, i);
    }
    look_at_reach(checks);
}

/* As if all that is so had just come to be. */
static void introduce(Check *check)
{
    const CheckClass *class = check->class;
    uint32_t n_instances = sim_truth_instance_count(check->truth);

    for (SimInstance i = 0; class->instance != NULL && i < n_instances; i++) {
        class->instance(check, i);
    }
    for (guint i = 0; class->node != NULL && i < check->world->nodes->len; i++) {
        if (sim_check_is_judged(check, i)) {
            class->node(check, i, NODE_CHANGE_LOADED);
        }
    }
    for (guint i = 0; class->client != NULL && i < check->world->clients->len; i++) {
        class->client(check, i);
    }
}

void sim_checks_on_violation(SimChecks *checks, void (*violated)(void *data), void *data)
{
    checks->violated = violated;
    checks->violated_data = data;
}

void sim_checks_mute(SimChecks *checks)
{
    checks->muted = true;
}

guint sim_checks_count(const SimChecks *checks)
{
    return checks->list->len;
}

void sim_checks_stop(SimChecks *checks, guint number)
{
    if (number < checks->list->len) {
        ((Check *)g_ptr_array_index(checks->list, number))->stopped = true;
    }
}

guint sim_checks_add(SimChecks *checks, const SimCheck *wanted)
{
    if (checks->muted) {
        return UINT32_MAX;
    }
    Check *check = g_new0(Check, 1);

    if (checks->list->len == 0) {
        take_stock(checks);
    }
    g_assert_cmpuint(checks->list->len, <, SIM_MOST_CHECKS);
    check->class = classes[wanted->kind];
    check->checks = checks;
    check->world = checks->world;
    check->truth = checks->truth;
    check->consumers = checks->consumers;
    check->index = checks->list->len;
    check->stretches = g_hash_table_new_full(sim_hash_packed, NULL, NULL, g_free);
    check->parked = g_array_new(false, false, sizeof(uint64_t));
    set_values(check, wanted);
    g_ptr_array_add(checks->list, check);
    checks->events |= check->class->events;
    const bool owners = check->class->owners != NULL;
    sim_world_want_events(check->world,
                          check->class->events | (uint64_t)owners << DISTRO_EVENT_OWNERS_CHANGED);
    checks->watches_contents |= check->class->content != NULL;
    if (check->class->start != NULL) {
        check->class->start(check);
    }
    introduce(check);
    return check->index;
}

void sim_checks_finish(SimChecks *checks)
{
    if (checks->finished) {
        return;
    }
    checks->finished = true;
    for (guint i = 0; i < checks->list->len; i++) {
        Check *check = g_ptr_array_index(checks->list, i);
        if (check->class->finish != NULL) {
            check->class->finish(check);
        }
    }
}

/* --- saying it ------------------------------------------------------------------------------ */

void sim_checks_violate(SimChecks *checks, const char *check, uint32_t node, uint32_t client,
                        DistroService service, char *message)
{
    SimWorld *world = checks->world;
    if (checks->violated != NULL) {
        checks->violated(checks->violated_data);
    }
    SimViolation violation = { world->now_us, check, node, client, service, message };
    bool known = client < world->clients->len;
    SimRecord record = {
        .at_us = world->now_us,
        .kind = SIM_TRACE_VIOLATION,
        .op = SIM_N_OPS,
        .subject = node == UINT32_MAX ? SIM_NO_ENDPOINT : sim_node_endpoint(node),
        .object = known ? sim_client_endpoint(client) : SIM_NO_ENDPOINT,
        .client = known ? sim_client_id(g_ptr_array_index(world->clients, client)) : DISTRO_NONE,
        .value = sim_trace_text(world->trace, message),
    };

    g_array_append_val(checks->violations, violation);
    sim_trace_add(world->trace, &record);
}

const SimViolation *sim_checks_violations(const SimChecks *checks, size_t *count)
{
    *count = checks->violations->len;
    return (const SimViolation *)(void *)checks->violations->data;
}

void sim_check_tell(Check *check, uint32_t node, uint32_t client, DistroService service,
                    const char *format, ...)
{
    va_list arguments;

    if (check->stopped) {
        return;
    }
    va_start(arguments, format);
    char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    sim_checks_violate(check->checks, check->class->type.name, node, client, service, message);
}

void sim_checks_report(SimChecks *checks, SimCheckKind kind, uint32_t node, char *message)
{
    g_autofree char *what = message;
    for (guint i = 0; i < checks->list->len; i++) {
        Check *check = g_ptr_array_index(checks->list, i);
        if (check->class == classes[kind]) {
            sim_check_tell(check, node, UINT32_MAX, DISTRO_NONE, "%s", what);
        }
    }
}

const char *sim_check_node_name(const Check *check, uint32_t node)
{
    return ((const SimNode *)g_ptr_array_index(check->world->nodes, node))->name;
}

const char *sim_check_client_name(const Check *check, uint32_t client)
{
    if (client >= check->world->clients->len) {
        return "?";
    }
    return sim_client_name(g_ptr_array_index(check->world->clients, client));
}

char *sim_check_instance_name(const Check *check, SimInstance instance)
{
    GString *out = g_string_new(NULL);

    sim_truth_append_instance(check->truth, instance, out);
    return g_string_free(out, false);
}

char *sim_check_service_name(const Check *check, DistroService service)
{
    const DistroDictionary *dictionary = check->world->dictionary;
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);

    return g_strdup_printf("%s@@%s", distro_dictionary_text(dictionary, info->group),
                           distro_dictionary_text(dictionary, info->name));
}

/* --- digest ---------------------------------------------------------------------------------- */

static uint64_t digest_of_stretches(const Check *check)
{
    const int64_t now_us = check->world->now_us;
    uint64_t sum = 0;
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init(&iter, check->stretches);
    while (g_hash_table_iter_next(&iter, &key, &value)) { /* added up: the order has no say */
        const Stretch *stretch = value;
        const uint64_t place = (uint64_t)(uintptr_t)key; /* sim_pack */
        const uint32_t node = (uint32_t)(place >> 32);
        if (node != CHECK_NO_NODE && stretch->incarnation != known_node(check, node)->incarnation) {
            continue;
        }
        uint64_t digest = distro_mix(place, stretch->parked * 2u + stretch->told);
        digest = distro_mix(digest, (uint64_t)(stretch->since_us - now_us));
        sum += distro_mix(digest, stretch->told ? 0 : (uint64_t)(stretch->due_us - now_us));
    }
    return sum;
}

/* Since when calls can complete again counts for as long as nodes are excused. */
static uint64_t digest_of_reach(const SimChecks *checks)
{
    int64_t heal_us = 0;
    uint64_t digest = 0;
    for (guint i = 0; i < checks->list->len; i++) {
        heal_us = MAX(heal_us, ((const Check *)checks->list->pdata[i])->heal_us);
    }
    for (size_t i = 0; i < (size_t)checks->n_reach * checks->n_reach; i++) {
        const int64_t again_us = checks->again_us[i];
        const bool over = again_us != REACHED_NOT && again_us < checks->world->now_us - heal_us;
        digest = distro_mix(digest, over ? 0
                                    : again_us == REACHED_NOT
                                        ? 1
                                        : (uint64_t)(checks->world->now_us - again_us));
    }
    return digest;
}

uint64_t sim_checks_digest(const SimChecks *checks)
{
    uint64_t digest = digest_of_reach(checks);
    for (guint i = 0; i < checks->list->len; i++) {
        const Check *check = checks->list->pdata[i];
        digest = distro_mix(digest, check->stopped);
        digest = distro_mix(digest, digest_of_stretches(check));
    }
    for (guint i = 0; i < checks->nodes->len; i++) {
        const NodeNote *note = &g_array_index(checks->nodes, NodeNote, i);
        digest = distro_mix(digest, note->alive * 2u + note->loaded);
        digest = distro_mix(digest, (uint64_t)(note->loaded_us - checks->world->now_us));
    }
    for (guint i = 0; i < checks->servers->len; i++) {
        const ServerNote *server = &g_array_index(checks->servers, ServerNote, i);
        const bool known = server->node < checks->nodes->len;
        const bool same =
            known &&
            g_array_index(checks->nodes, NodeNote, server->node).incarnation == server->incarnation;
        digest = distro_mix(digest, (uint64_t)server->node * 2 + same);
    }
    return digest;
}

const char *sim_checks_undigested(const SimChecks *checks)
{
    for (guint i = 0; i < checks->list->len; i++) {
        const Check *check = checks->list->pdata[i];
        if (check->class != &sim_check_no_lost_instances && check->class != &sim_check_no_zombies &&
            check->class != &sim_check_no_empty_service) {
            return check->class->type.name;
        }
    }
    return NULL;
}
