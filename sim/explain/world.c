/* sim/explain/world.c -- see world.h.
 *
 * An instance is asked about as a set of client ids: every one under which any node was ever told
 * of it, since a client that reconnects gets a new one. */
#include "sim/explain/world.h"
#include "sim/client/client.h"
#include "sim/study/study.h"

#include <string.h>

#include "sim/explain/suspect.h"

G_DEFINE_QUARK(sim-explain-error-quark, sim_explain_error)

/* Suspects are looked at until one is wrong: each is a few passes over the records. */
#define MOST_LOOKED_AT 16

typedef struct Asked {
    const SimWorld *world;
    SimInstanceInfo instance;
    SimInstance number;
    uint32_t node;
    int64_t at_us;
    int64_t slow_us; /* how long what is asked about took to be shown; 0: that is not the point */
} Asked;

/* --- names ----------------------------------------------------------------------------------- */

static char *party_name(const void *data, SimEndpoint endpoint)
{
    return g_strdup(sim_world_endpoint_name(((const Asked *)data)->world, endpoint));
}

static char *client_name(const void *data, DistroClient id)
{
    const Asked *asked = data;
    const SimWorld *world = asked->world;
    if (id == DISTRO_NONE) { /* a call that names none is about the one asked about */
        bool known = asked->instance.client < world->clients->len;
        return known ? party_name(data, sim_client_endpoint(asked->instance.client))
                     : g_strdup("it");
    }
    const SimClient *client = sim_world_client_of_id(world, id);
    return g_strdup(client != NULL ? sim_client_name(client)
                                   : distro_dictionary_client_info(world->dictionary, id)->id);
}

/* "partition n1,n2 | n3" becomes "partition {n1,n2} | {n3}". */
static char *braced(const char *label)
{
    static const char word[] = "partition ";
    if (!g_str_has_prefix(label, word)) {
        return g_strdup(label);
    }
    g_auto(GStrv) groups = g_strsplit(label + strlen(word), " | ", -1);
    GString *text = g_string_new(word);
    for (char **group = groups; *group != NULL; group++) {
        g_string_append_printf(text, "%s{%s}", group == groups ? "" : " | ", *group);
    }
    return g_string_free(text, false);
}

static char *fault_name(const void *data, int64_t cut_us, SimEndpoint from, SimEndpoint to)
{
    const SimWorld *world = ((const Asked *)data)->world;
    size_t count;
    const SimFault *faults = sim_metrics_faults(world->study->metrics, &count);
    const char *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (faults[i].from_us != cut_us) {
            continue;
        }
        bool named = strstr(faults[i].label, sim_world_endpoint_name(world, from)) != NULL ||
                     strstr(faults[i].label, sim_world_endpoint_name(world, to)) != NULL;
        if (named || found == NULL) {
            found = faults[i].label;
        }
    }
    return found != NULL ? braced(found) : NULL;
}

static int64_t revision_of(const void *data, uint32_t send)
{
    const SimTracePayload *payload = sim_trace_payload(((const Asked *)data)->world->trace, send);
    if (payload == NULL) {
        return -1;
    }
    const uint8_t *at = payload->frame.head + 8;
    uint32_t word =
        (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    /* Those of heartbeat clients are hashes: nothing to read. */
    return word < 100000 ? (int64_t)word : -1;
}

static bool lists(const void *data, DistroPublication publication)
{
    const Asked *asked = data;
    const DistroDictionary *dictionary = asked->world->dictionary;
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    if (info->service != asked->instance.service) {
        return false;
    }
    for (uint32_t i = 0; i < info->count; i++) {
        const DistroInstance *instance =
            &distro_dictionary_listing_info(dictionary, info->listings[i])->instance;
        if (instance->ip == asked->instance.ip && instance->port == asked->instance.port) {
            return true;
        }
    }
    return false;
}

/* --- one question ---------------------------------------------------------------------------- */

static SimHistory story_of(const Asked *asked)
{
    SimHistory history = {
        .first_id = sim_trace_first_id(asked->world->trace),
        .names = { asked, party_name, client_name, fault_name, revision_of, lists },
    };
    history.records = sim_trace_records(asked->world->trace, &history.count);
    return history;
}

static bool holds(const GArray *clients, DistroClient client)
{
    for (guint i = 0; i < clients->len; i++) {
        if (g_array_index(clients, DistroClient, i) == client) {
            return true;
        }
    }
    return false;
}

static bool shows(const Asked *asked, const SimRecord *view)
{
    DistroPublication before = (DistroPublication)((uint64_t)view->value >> 32);
    DistroPublication after = (DistroPublication)(view->value & 0xffffffff);
    return (before && lists(asked, before)) || (after && lists(asked, after));
}

static GArray *ids_of(const Asked *asked, const SimHistory *history)
{
    GArray *clients = g_array_new(false, false, sizeof(DistroClient));
    for (size_t i = 0; i < history->count; i++) {
        const SimRecord *record = &history->records[i];
        if (record->kind == SIM_TRACE_VIEW && shows(asked, record) &&
            !holds(clients, record->client)) {
            g_array_append_val(clients, record->client);
        }
    }
    return clients;
}

static bool is_of_another_cluster(const Asked *asked)
{
    const SimClient *publisher = sim_world_client(asked->world, asked->instance.client);
    return sim_client_cluster(publisher) != sim_world_node(asked->world, asked->node)->cluster;
}

static SimListing explain(const Asked *asked, GPtrArray *lines)
{
    SimHistory history = story_of(asked);
    g_autoptr(GArray) clients = ids_of(asked, &history);
    bool known = asked->instance.client < asked->world->clients->len;
    SimQuestion question = {
        .node = asked->node,
        .clients = (const DistroClient *)(void *)clients->data,
        .n_clients = clients->len,
        .publisher = known ? sim_client_endpoint(asked->instance.client) : SIM_NO_ENDPOINT,
        .copied = known && is_of_another_cluster(asked),
        .at_us = asked->at_us,
    };
    return sim_explain(&history, &question, lines);
}

static bool is_wrong(SimListing listing)
{
    return listing == SIM_LISTING_LACKING || listing == SIM_LISTING_ZOMBIE ||
           listing == SIM_LISTING_STALE;
}

/* --- which question -------------------------------------------------------------------------- */

/* Instances to look at: those of @client, or all. */
static GArray *instances_of(const SimWorld *world, uint32_t client)
{
    GArray *instances = g_array_new(false, false, sizeof(SimInstance));
    uint32_t count = sim_truth_instance_count(world->study->truth);
    if (client != UINT32_MAX) {
        sim_truth_client_instances(world->study->truth, client, instances);
    }
    for (SimInstance i = 0; i < count; i++) {
        if (client == UINT32_MAX || sim_truth_instance(world->study->truth, i)->client == client) {
            if (!holds(instances, i)) {
                g_array_append_val(instances, i);
            }
        }
    }
    return instances;
}

static bool matches_service(const Asked *asked, DistroService service)
{
    return service == DISTRO_NONE || asked->instance.service == service;
}

static bool is_asked(const Asked *asked, uint32_t node, const GArray *instances,
                     DistroService service, const SimSuspect *suspect)
{
    return (node == UINT32_MAX || suspect->node == node) && holds(instances, suspect->instance) &&
           (service == DISTRO_NONE ||
            sim_truth_instance(asked->world->study->truth, suspect->instance)->service == service);
}

static void ask_about(Asked *asked, uint32_t node, SimInstance instance)
{
    asked->node = node;
    asked->number = instance;
    asked->instance = *sim_truth_instance(asked->world->study->truth, instance);
}

/* The first of the suspects that is asked about and turns out wrong. */
static bool choose_suspect(Asked *asked, uint32_t node, const GArray *instances,
                           DistroService service)
{
    g_autoptr(GArray) suspects = sim_explain_suspects(asked->world, asked->at_us);
    unsigned looked = 0;
    for (guint i = 0; i < suspects->len && looked < MOST_LOOKED_AT; i++) {
        const SimSuspect *suspect = &g_array_index(suspects, SimSuspect, i);
        if (!is_asked(asked, node, instances, service, suspect)) {
            continue;
        }
        looked++;
        ask_about(asked, suspect->node, suspect->instance);
        if (is_wrong(explain(asked, NULL))) {
            return true;
        }
    }
    return false;
}

/* Where nothing is wrong: the first instance asked about, at the first node that runs. */
static bool choose_first(Asked *asked, uint32_t node, const GArray *instances,
                         DistroService service)
{
    for (guint i = 0; i < instances->len; i++) {
        ask_about(asked, node, g_array_index(instances, SimInstance, i));
        if (!matches_service(asked, service)) {
            continue;
        }
        for (uint32_t n = 0; n < asked->world->nodes->len && node == UINT32_MAX; n++) {
            if (sim_world_node(asked->world, n)->alive) {
                asked->node = n;
                return true;
            }
        }
        if (node != UINT32_MAX) {
            return true;
        }
    }
    return false;
}

/* The first wrong pair of the nodes and instances given, else the first pair at all; false if there
 * is none. */
static bool choose(Asked *asked, uint32_t node, const GArray *instances, DistroService service)
{
    return choose_suspect(asked, node, instances, service) ||
           choose_first(asked, node, instances, service);
}

static const SimConvergence *slowest_of(const SimWorld *world, const SimConvergence *rows,
                                        size_t count)
{
    const SimConvergence *slowest = NULL;
    for (size_t i = 0; i < count; i++) {
        bool slower = slowest == NULL || rows[i].took_us > slowest->took_us;
        slowest = slower && rows[i].last_node < world->nodes->len ? &rows[i] : slowest;
    }
    return slowest;
}

/* Of a run in which nothing is wrong at the end, what took longest to be known. */
static bool choose_slowest(Asked *asked)
{
    size_t count;
    const SimConvergence *rows = sim_truth_convergences(asked->world->study->truth, &count);
    const SimConvergence *slowest = slowest_of(asked->world, rows, count);
    for (SimInstance i = 0;
         slowest != NULL && i < sim_truth_instance_count(asked->world->study->truth); i++) {
        ask_about(asked, slowest->last_node, i);
        if (asked->instance.client == slowest->client &&
            asked->instance.service == slowest->service) {
            return true;
        }
    }
    return false;
}

/* A figure that is too large is explained by its slowest operation, just before that was done. */
static bool choose_slow(Asked *asked)
{
    size_t count;
    const SimConvergence *rows = sim_truth_convergences(asked->world->study->truth, &count);
    const SimConvergence *slowest = slowest_of(asked->world, rows, count);
    if (!choose_slowest(asked)) {
        return false;
    }
    asked->at_us = slowest->acknowledged_us + slowest->took_us - 1;
    asked->slow_us = slowest->took_us;
    return true;
}

static bool is_of_convergence(const SimViolation *violation)
{
    return strcmp(violation->check, "staleness") == 0 ||
           (strcmp(violation->check, "budget") == 0 &&
            g_str_has_prefix(violation->message, "convergence"));
}

static bool choose_by_truth(Asked *asked)
{
    uint32_t node = UINT32_MAX;
    SimInstance instance = 0;
    g_autofree char *sentence = sim_truth_explain(asked->world->study->truth, &node, &instance);
    if (sentence == NULL || node >= asked->world->nodes->len) {
        return false;
    }
    ask_about(asked, node, instance);
    return true;
}

static bool ask_violation(Asked *asked, const SimViolation *violation)
{
    size_t count;
    sim_trace_records(asked->world->trace, &count);
    if (count == 0) {
        return false;
    }
    bool open = violation->client == UINT32_MAX;
    if (is_of_convergence(violation)) {
        return choose_slow(asked);
    }
    if (open && violation->service == DISTRO_NONE && violation->node == UINT32_MAX &&
        choose_by_truth(asked)) {
        return true;
    }
    g_autoptr(GArray) instances = instances_of(asked->world, violation->client);
    if (instances->len == 0 && violation->service != DISTRO_NONE) { /* it only asks for them */
        g_autoptr(GArray) all = instances_of(asked->world, UINT32_MAX);
        return choose(asked, violation->node, all, violation->service);
    }
    return choose(asked, violation->node, instances, violation->service);
}

static char *headline(const Asked *asked, SimListing listing)
{
    static const char *const words[] = {
        [SIM_LISTING_LACKING] = "does not list",
        [SIM_LISTING_ZOMBIE] = "still lists",
        [SIM_LISTING_STALE] = "lists, but not as its server does,",
        [SIM_LISTING_PRESENT] = "lists, as it should,",
        [SIM_LISTING_ABSENT] = "does not list, as it should be,",
    };
    GString *text = g_string_new(sim_world_node(asked->world, asked->node)->name);
    g_string_append_printf(text, " %s ", words[listing]);
    sim_truth_append_instance(asked->world->study->truth, asked->number, text);
    g_string_append_printf(text, " at %.3f s", (double)asked->at_us / 1e6);
    if (asked->slow_us > 0) {
        g_string_append_printf(text, ", the slowest to be known: %.3f s",
                               (double)asked->slow_us / 1e6);
    }
    return g_string_free(text, false);
}

static void explain_owners(const Asked *asked, GPtrArray *lines)
{
    const SimHistory history = story_of(asked);
    const SimQuestion question = { .node = asked->node,
                                   .publisher = SIM_NO_ENDPOINT,
                                   .at_us = asked->at_us };
    sim_explain_owners(&history, asked->world->nodes->len, &question, lines);
}

char *sim_explain_violation(const SimWorld *world, const SimViolation *violation, GPtrArray *lines)
{
    Asked asked = { .world = world, .at_us = violation->at_us, .node = violation->node };
    if (strcmp(violation->check, "one_owner") == 0) {
        explain_owners(&asked, lines);
        return NULL;
    }
    return ask_violation(&asked, violation) ? headline(&asked, explain(&asked, lines)) : NULL;
}

/* --- questions by name ----------------------------------------------------------------------- */

static bool find_by_address(const SimWorld *world, const char *text, GArray *instances)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL) {
        return false;
    }
    g_autofree char *ip = g_strndup(text, (gsize)(colon - text));
    DistroName name = distro_dictionary_find_name(world->dictionary, ip);
    gint64 port = g_ascii_strtoll(colon + 1, NULL, 10);
    for (SimInstance i = 0; i < sim_truth_instance_count(world->study->truth); i++) {
        const SimInstanceInfo *info = sim_truth_instance(world->study->truth, i);
        if (name != DISTRO_NONE && info->ip == name && info->port == port) {
            g_array_append_val(instances, i);
        }
    }
    return instances->len > 0;
}

static GArray *find_instances(const SimWorld *world, const char *text, GError **error)
{
    const SimClient *client = text != NULL ? sim_world_find_client(world, text) : NULL;
    if (text == NULL || client != NULL) {
        for (uint32_t i = 0; client != NULL && i < world->clients->len; i++) {
            if (sim_world_client(world, i) == client) {
                return instances_of(world, i);
            }
        }
        return instances_of(world, UINT32_MAX);
    }
    GArray *instances = g_array_new(false, false, sizeof(SimInstance));
    if (find_by_address(world, text, instances)) {
        return instances;
    }
    g_array_unref(instances);
    g_set_error(
        error, SIM_EXPLAIN_ERROR, SIM_EXPLAIN_ERROR_UNKNOWN,
        "no client and no instance of this run is called '%s'; give a client's name such as "
        "shop-1, or ip:port",
        text);
    return NULL;
}

static bool find_node(const SimWorld *world, const char *name, uint32_t *index, GError **error)
{
    *index = UINT32_MAX;
    if (name == NULL) {
        return true;
    }
    const SimNode *node = sim_world_find_node(world, name);
    if (node != NULL) {
        *index = node->index;
        return true;
    }
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < world->nodes->len; i++) {
        g_string_append_printf(names, "%s%s", i ? ", " : "", sim_world_node(world, i)->name);
    }
    g_set_error(error, SIM_EXPLAIN_ERROR, SIM_EXPLAIN_ERROR_UNKNOWN,
                "there is no node '%s' in this run; it has %s", name, names->str);
    return false;
}

char *sim_explain_ask(const SimWorld *world, const SimExplainQuery *ask, GPtrArray *lines,
                      GError **error)
{
    Asked asked = { .world = world, .at_us = MIN(ask->at_us, world->now_us) };
    uint32_t node;
    if (!find_node(world, ask->node, &node, error)) {
        return NULL;
    }
    g_autoptr(GArray) instances = find_instances(world, ask->instance, error);
    if (instances == NULL) {
        return NULL;
    }
    bool open = ask->node == NULL && ask->instance == NULL && asked.at_us >= world->now_us;
    bool found = open ? choose_by_truth(&asked) || choose_slowest(&asked) : false;
    if (!found && !choose(&asked, node, instances, DISTRO_NONE)) {
        return g_strdup("nothing was ever registered in this run");
    }
    return headline(&asked, explain(&asked, lines));
}

bool sim_explain_ids(const SimWorld *world, const char *text, GArray *clients,
                     SimEndpoint *publisher, GError **error)
{
    g_autoptr(GArray) instances = find_instances(world, text, error);
    if (instances == NULL) {
        return false;
    }
    Asked asked = { .world = world, .at_us = world->now_us };
    SimHistory history = story_of(&asked);
    for (guint i = 0; i < instances->len; i++) {
        asked.instance =
            *sim_truth_instance(world->study->truth, g_array_index(instances, SimInstance, i));
        g_autoptr(GArray) ids = ids_of(&asked, &history);
        for (guint j = 0; j < ids->len; j++) {
            if (!holds(clients, g_array_index(ids, DistroClient, j))) {
                g_array_append_val(clients, g_array_index(ids, DistroClient, j));
            }
        }
        bool known = asked.instance.client < world->clients->len;
        *publisher = known ? sim_client_endpoint(asked.instance.client) : SIM_NO_ENDPOINT;
    }
    return true;
}

/* --- the slice of a picture ------------------------------------------------------------------ */

static gint by_id(gconstpointer a, gconstpointer b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
    return one < other ? -1 : one > other;
}

/* Messages between nodes about the instance's clients, and what happened to nodes. */
static bool belongs(const SimRecord *record, const GArray *clients, SimEndpoint publisher,
                    int64_t at_us)
{
    if (record->at_us < 0 || record->at_us > at_us) {
        return false;
    }
    if (record->subject == publisher && record->kind >= SIM_TRACE_CLIENT_CLOSED &&
        record->kind <= SIM_TRACE_CLIENT_DEREGISTERED) {
        return record->kind != SIM_TRACE_CLIENT_REDO && record->kind != SIM_TRACE_CLIENT_SWITCHED;
    }
    if (record->subject == publisher && record->kind == SIM_TRACE_SEND) {
        return record->op == SIM_OP_REGISTER || record->op == SIM_OP_DEREGISTER;
    }
    bool sync = sim_op_is((SimOp)record->op, DISTRO_ROLE_STATE) ||
                sim_op_is((SimOp)record->op, DISTRO_ROLE_REMOVAL);
    bool about = record->client != DISTRO_NONE && holds(clients, record->client);
    return (record->kind == SIM_TRACE_SEND && sync && about) ||
           (record->kind == SIM_TRACE_SEND && record->op == SIM_OP_SNAPSHOT) ||
           (record->kind == SIM_TRACE_VIEW && about) ||
           (record->kind == DISTRO_EVENT_LEASE_EXPIRED && about) ||
           (record->kind == DISTRO_EVENT_BEAT_EXPIRED && about) ||
           (record->kind == DISTRO_EVENT_CLIENT_EJECTED && about) ||
           (record->kind >= SIM_TRACE_NODE_BOOT && record->kind <= SIM_TRACE_NODE_LEAVE);
}

void sim_explain_slice(const SimWorld *world, const SimViolation *violation, GArray *ids)
{
    Asked asked = { .world = world, .at_us = violation != NULL ? violation->at_us : world->now_us };
    bool asked_any = violation != NULL ? ask_violation(&asked, violation)
                                       : choose_by_truth(&asked) || choose_slowest(&asked);
    if (!asked_any) {
        return;
    }
    SimHistory history = story_of(&asked);
    g_autoptr(GArray) clients = ids_of(&asked, &history);
    SimEndpoint publisher = sim_client_endpoint(asked.instance.client);
    for (size_t i = 0; i < history.count; i++) {
        uint32_t id = history.first_id + (uint32_t)i;
        if (belongs(&history.records[i], clients, publisher, asked.at_us)) {
            g_array_append_val(ids, id);
        }
    }
    g_array_sort(ids, by_id);
}
