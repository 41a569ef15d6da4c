/* tools/distrosim/view/view.c -- see view.h. */
#include "tools/distrosim/view/view.h"

#include <string.h>

#include "sim/base/installed.h"
#include "sim/client/client.h"
#include "sim/explain/suspect.h"
#include "sim/explain/world.h"
#include "sim/export/export.h"
#include "sim/study/study.h"
#include "tools/distrosim/output/json.h"

enum {
    MOST_MESSAGES = 3000,
    MOST_INSTANCES = 60,
    MOST_SUSPECTS = 20,
    MOST_CLIENTS = 60,
    MOST_EXPLAINED = 200,
    MOST_POINTS = 1500 /* of a curve */
};
/* Records that may be passed over for explanations, each of which takes some ten passes. */
#define MOST_PASSED INT64_C(60000000)

/* What is gathered in one pass over the records. */
typedef struct Look {
    const SimWorld *world;
    const SimResult *result;
    const SimRecord *records;
    size_t count;
    uint32_t first_id;
    GArray *instances; /* SimInstance: those that are shown */
    json_t **node_life, **node_members, **node_clients, **node_listed; /* lists, by node */
    json_t **views, **clients; /* by shown instance, client */
    int64_t *listed, *served;  /* by node, now */
    uint32_t *server;          /* by client: the node that serves it; UINT32_MAX: none */
    json_t *links, *messages;
    uint64_t n_messages; /* of replication, those left out included */
} Look;

/* --- small parts ---------------------------------------------------------------------------- */

static void append(json_t *list, json_t *value)
{
    json_array_append_new(list, value);
}

static json_t *pair(int64_t at_us, int64_t value)
{
    json_t *list = json_array();
    append(list, json_integer(at_us));
    append(list, json_integer(value));
    return list;
}

static json_t *triple(int64_t at_us, int64_t one, int64_t other)
{
    json_t *list = pair(at_us, one);
    append(list, json_integer(other));
    return list;
}

/* A curve keeps its last value of each instant, and of a long one the points that are apart. */
static void add_point(json_t *curve, int64_t at_us, int64_t value, int64_t end_us)
{
    size_t size = json_array_size(curve);
    json_t *last = size > 0 ? json_array_get(curve, size - 1) : NULL;
    int64_t apart_us = end_us / MOST_POINTS;
    if (last != NULL &&
        at_us - json_integer_value(json_array_get(last, 0)) < (size > 1 ? apart_us : 1)) {
        json_array_set_new(last, 1, json_integer(value));
        return;
    }
    append(curve, pair(at_us, value));
}

/* --- which instances ------------------------------------------------------------------------ */

static void show_instance(GArray *shown, SimInstance instance, guint most)
{
    for (guint i = 0; i < shown->len; i++) {
        if (g_array_index(shown, SimInstance, i) == instance) {
            return;
        }
    }
    if (shown->len < most) {
        g_array_append_val(shown, instance);
    }
}

static gint slowest_first(gconstpointer a, gconstpointer b)
{
    const SimConvergence *one = a, *other = b;
    if (one->took_us != other->took_us) {
        return one->took_us > other->took_us ? -1 : 1;
    }
    return one->acknowledged_us < other->acknowledged_us ? -1 : 1;
}

static void show_slowest(const SimWorld *world, GArray *shown)
{
    size_t count;
    const SimConvergence *rows = sim_truth_convergences(world->study->truth, &count);
    g_autoptr(GArray) sorted = g_array_new(false, false, sizeof(SimConvergence));
    if (count > 0) {
        g_array_append_vals(sorted, rows, (guint)count);
    }
    g_array_sort(sorted, slowest_first);
    for (guint i = 0; i < MIN(sorted->len, MOST_SUSPECTS); i++) {
        const SimConvergence *row = &g_array_index(sorted, SimConvergence, i);
        g_autoptr(GArray) own = g_array_new(false, false, sizeof(SimInstance));
        sim_truth_client_instances(world->study->truth, row->client, own);
        for (guint k = 0; k < own->len; k++) {
            show_instance(shown, g_array_index(own, SimInstance, k), 2 * MOST_SUSPECTS);
        }
    }
}

/* Those that were wrong when it mattered, those that took longest, then the first ones. */
static GArray *choose_instances(const SimWorld *world, const SimResult *result)
{
    GArray *shown = g_array_new(false, false, sizeof(SimInstance));
    int64_t at_us = world->now_us;
    if (result->violations->len > 0) {
        at_us = g_array_index(result->violations, SimViolation, 0).at_us;
    }
    g_autoptr(GArray) suspects = sim_explain_suspects(world, at_us);
    for (guint i = 0; i < suspects->len; i++) {
        show_instance(shown, g_array_index(suspects, SimSuspect, i).instance, MOST_SUSPECTS);
    }
    show_slowest(world, shown);
    for (SimInstance i = 0; i < sim_truth_instance_count(world->study->truth); i++) {
        show_instance(shown, i, MOST_INSTANCES);
    }
    return shown;
}

/* --- the pass ------------------------------------------------------------------------------- */

static bool lists(const Look *look, DistroPublication publication, const SimInstanceInfo *asked)
{
    if (publication == 0) {
        return false;
    }
    const DistroDictionary *dictionary = look->world->dictionary;
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    for (uint32_t i = 0; info->service == asked->service && i < info->count; i++) {
        const DistroInstance *instance =
            &distro_dictionary_listing_info(dictionary, info->listings[i])->instance;
        if (instance->ip == asked->ip && instance->port == asked->port) {
            return true;
        }
    }
    return false;
}

static uint32_t count_of(const Look *look, DistroPublication publication)
{
    return publication == 0
               ? 0
               : distro_dictionary_publication_info(look->world->dictionary, publication)->count;
}

static void follow_view(Look *look, const SimRecord *record)
{
    DistroPublication before = (DistroPublication)((uint64_t)record->value >> 32);
    DistroPublication after = (DistroPublication)(record->value & 0xffffffff);
    look->listed[record->subject] += (int64_t)count_of(look, after) - count_of(look, before);
    add_point(look->node_listed[record->subject], record->at_us, look->listed[record->subject],
              look->world->now_us);
    for (guint i = 0; i < look->instances->len; i++) {
        const SimInstanceInfo *info = sim_truth_instance(
            look->world->study->truth, g_array_index(look->instances, SimInstance, i));
        bool was = lists(look, before, info), is = lists(look, after, info);
        if (was != is) {
            append(look->views[i], triple(record->at_us, record->subject, is));
        }
    }
}

static void end_process(Look *look, const SimRecord *record)
{
    look->listed[record->subject] = 0;
    add_point(look->node_listed[record->subject], record->at_us, 0, look->world->now_us);
    for (guint i = 0; i < look->instances->len; i++) {
        append(look->views[i], triple(record->at_us, record->subject, 0));
    }
}

static void serve(Look *look, uint32_t client, uint32_t node, int64_t at_us)
{
    uint32_t *server = &look->server[client];
    if (*server == node) {
        return;
    }
    if (*server != UINT32_MAX) {
        look->served[*server]--;
        add_point(look->node_clients[*server], at_us, look->served[*server], look->world->now_us);
    }
    if (node != UINT32_MAX) {
        look->served[node]++;
        add_point(look->node_clients[node], at_us, look->served[node], look->world->now_us);
    }
    *server = node;
    if (client < MOST_CLIENTS) {
        append(look->clients[client], pair(at_us, node != UINT32_MAX ? (int64_t)node : -1));
    }
}

static void follow_client(Look *look, const SimRecord *record)
{
    uint32_t client = sim_endpoint_index(record->subject);
    if (!sim_endpoint_is_client(record->subject) || client >= look->world->clients->len) {
        return;
    }
    bool connects =
        record->kind == SIM_TRACE_CLIENT_CONNECTED || record->kind == SIM_TRACE_CLIENT_SWITCHED;
    if (!connects) {
        serve(look, client, UINT32_MAX, record->at_us);
    } else if (record->object < look->world->nodes->len) {
        serve(look, client, record->object, record->at_us);
    }
}

/* Clients of a server that ends are without one until they have found another. */
static void drop_clients(Look *look, const SimRecord *record)
{
    for (uint32_t i = 0; i < look->world->clients->len; i++) {
        if (look->server[i] == record->subject) {
            serve(look, i, UINT32_MAX, record->at_us);
        }
    }
}

static void follow_node(Look *look, const SimRecord *record)
{
    static const struct {
        SimTraceKind kind;
        const char *state;
    } states[] = {
        { SIM_TRACE_NODE_BOOT, "up" },   { SIM_TRACE_NODE_CRASH, "down" },
        { SIM_TRACE_NODE_STOP, "down" }, { SIM_TRACE_NODE_PAUSE, "paused" },
        { SIM_TRACE_NODE_RESUME, "up" }, { SIM_TRACE_NODE_LEAVE, "left" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        if (record->kind != states[i].kind || record->subject >= look->world->nodes->len) {
            continue;
        }
        json_t *state = json_array();
        append(state, json_integer(record->at_us));
        append(state, json_text(states[i].state));
        append(look->node_life[record->subject], state);
        if (g_str_equal(states[i].state, "down")) {
            end_process(look, record);
            drop_clients(look, record);
        }
    }
}

static void follow_member(Look *look, const SimRecord *record)
{
    if (record->subject < look->world->nodes->len && record->object < look->world->nodes->len) {
        int state = record->kind == DISTRO_EVENT_MEMBER_DOWN         ? 2
                    : record->kind == DISTRO_EVENT_MEMBER_SUSPICIOUS ? 1
                                                                     : 0;
        append(look->node_members[record->subject], triple(record->at_us, record->object, state));
    }
}

/* [instant, from, to, 1 if it is cut]; -1: every link. */
static void follow_link(Look *look, const SimRecord *record)
{
    uint32_t n = look->world->nodes->len;
    bool of_clients = (record->subject != SIM_NO_ENDPOINT && record->subject >= n) ||
                      (record->object != SIM_NO_ENDPOINT && record->object >= n);
    if (of_clients) {
        return;
    }
    json_t *link =
        triple(record->at_us, record->subject != SIM_NO_ENDPOINT ? (int64_t)record->subject : -1,
               record->object != SIM_NO_ENDPOINT ? (int64_t)record->object : -1);
    append(link, json_integer(record->kind == SIM_TRACE_LINK_HEAL ? 0 : 1));
    append(look->links, link);
}

static void follow(Look *look, const SimRecord *record)
{
    switch ((int)record->kind) {
    case SIM_TRACE_VIEW:
        follow_view(look, record);
        break;
    case DISTRO_EVENT_MEMBER_UP:
    case DISTRO_EVENT_MEMBER_SUSPICIOUS:
    case DISTRO_EVENT_MEMBER_DOWN:
        follow_member(look, record);
        break;
    case SIM_TRACE_LINK_CUT:
    case SIM_TRACE_LINK_DEGRADED:
    case SIM_TRACE_LINK_HEAL:
        follow_link(look, record);
        break;
    case SIM_TRACE_CLIENT_CONNECTED:
    case SIM_TRACE_CLIENT_SWITCHED:
    case SIM_TRACE_CLIENT_CLOSED:
    case SIM_TRACE_CLIENT_KILLED:
        follow_client(look, record);
        break;
    default:
        follow_node(look, record);
        break;
    }
}

/* --- messages ------------------------------------------------------------------------------- */

static bool is_shown_message(const Look *look, const SimRecord *record)
{
    return record->kind == SIM_TRACE_SEND && record->at_us >= 0 &&
           record->subject < look->world->nodes->len && record->object < look->world->nodes->len &&
           (sim_op_is((SimOp)record->op, DISTRO_ROLE_STATE) ||
            sim_op_is((SimOp)record->op, DISTRO_ROLE_REMOVAL) || record->op == SIM_OP_SNAPSHOT);
}

static json_t *message_of(const Look *look, const SimRecord *send, int64_t ended_us, bool lost)
{
    json_t *message = triple(send->at_us, ended_us, send->subject);
    append(message, json_integer(send->object));
    g_autofree char *text = g_strdup_printf(
        "%s%s%s", sim_op_name((SimOp)send->op), send->client ? " " : "",
        send->client ? sim_world_client_of_id(look->world, send->client) != NULL
                           ? sim_client_name(sim_world_client_of_id(look->world, send->client))
                           : ""
                     : "");
    append(message, json_text(text));
    append(message, json_integer(lost));
    return message;
}

/* Of too many, every so manieth, and each that was lost. */
static void take_messages(Look *look)
{
    g_autofree int64_t *ended_us = g_new0(int64_t, look->count + 1);
    g_autofree bool *lost = g_new0(bool, look->count + 1);
    uint64_t shown = 0;
    for (size_t i = 0; i < look->count; i++) {
        const SimRecord *record = &look->records[i];
        shown += is_shown_message(look, record);
        bool known = record->call >= look->first_id && record->call - look->first_id < look->count;
        size_t send = known ? record->call - look->first_id : 0;
        if (known && record->kind == SIM_TRACE_DELIVERED) {
            ended_us[send] = record->at_us;
            lost[send] = false;
        } else if (known && record->kind == SIM_TRACE_MESSAGE_LOST && record->value < 0 &&
                   ended_us[send] == 0) {
            ended_us[send] = record->at_us;
            lost[send] = true;
        }
    }
    look->n_messages = shown;
    uint64_t every = shown / MOST_MESSAGES + 1, n = 0, n_lost = 0;
    for (size_t i = 0; i < look->count; i++) {
        if (!is_shown_message(look, &look->records[i])) {
            continue;
        }
        bool kept = n++ % every == 0 || (lost[i] && n_lost++ < MOST_MESSAGES / 4);
        if (kept) {
            append(look->messages,
                   message_of(look, &look->records[i], MAX(ended_us[i], look->records[i].at_us + 1),
                              lost[i]));
        }
    }
}

/* --- explanations --------------------------------------------------------------------------- */

static char *address_of(const Look *look, SimInstance instance)
{
    const SimInstanceInfo *info = sim_truth_instance(look->world->study->truth, instance);
    return g_strdup_printf("%s:%d", distro_dictionary_text(look->world->dictionary, info->ip),
                           info->port);
}

static json_t *explain_at(const Look *look, guint place, uint32_t node, int64_t at_us)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *address = address_of(look, g_array_index(look->instances, SimInstance, place));
    SimExplainQuery query = { sim_world_node(look->world, node)->name, address, at_us };
    g_autofree char *headline = sim_explain_ask(look->world, &query, lines, NULL);
    json_t *object = json_object();
    json_set(object, "i", json_integer(place));
    json_set(object, "n", json_integer(node));
    json_set(object, "t", json_integer(at_us));
    json_set(object, "what", json_text(headline != NULL ? headline : ""));
    json_t *texts = json_array();
    for (guint i = 0; i < lines->len; i++) {
        append(texts, json_text(g_ptr_array_index(lines, i)));
    }
    json_set(object, "why", texts);
    return object;
}

/* Of each instance shown, at each change of a view of it and at the first violation. */
static json_t *explain_all(const Look *look)
{
    json_t *list = json_array();
    int64_t left = MOST_PASSED / (10 * (int64_t)(look->count + 1));
    left = CLAMP(left, 1, MOST_EXPLAINED);
    const GArray *violations = look->result->violations;
    int64_t violated_us =
        violations->len > 0 ? g_array_index(violations, SimViolation, 0).at_us : -1;
    for (guint i = 0; i < look->instances->len && violated_us >= 0; i++) {
        for (uint32_t node = 0; node < look->world->nodes->len && left > 0 && i < 3; node++) {
            append(list, explain_at(look, i, node, violated_us));
            left--;
        }
    }
    for (guint i = 0; i < look->instances->len; i++) {
        for (size_t k = 0; k < json_array_size(look->views[i]) && left > 0; k++) {
            const json_t *change = json_array_get(look->views[i], k);
            int64_t at_us = json_integer_value(json_array_get(change, 0));
            if (at_us >= 0) {
                uint32_t node = (uint32_t)json_integer_value(json_array_get(change, 1));
                append(list, explain_at(look, i, node, at_us));
                left--;
            }
        }
    }
    return list;
}

/* --- the whole ------------------------------------------------------------------------------ */

static json_t *nodes_list(const Look *look)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < look->world->nodes->len; i++) {
        const SimNode *node = sim_world_node(look->world, i);
        json_t *object = json_object();
        json_set(object, "name", json_text(node->name));
        json_set(object, "site", json_text(sim_world_site(look->world, node->site)->name));
        json_set(object, "life", look->node_life[i]);
        json_set(object, "members", look->node_members[i]);
        json_set(object, "clients", look->node_clients[i]);
        json_set(object, "listed", look->node_listed[i]);
        append(list, object);
    }
    return list;
}

static json_t *instances_list(const Look *look)
{
    json_t *list = json_array();
    for (guint i = 0; i < look->instances->len; i++) {
        SimInstance instance = g_array_index(look->instances, SimInstance, i);
        const SimInstanceInfo *info = sim_truth_instance(look->world->study->truth, instance);
        g_autoptr(GString) name = g_string_new(NULL);
        sim_truth_append_instance(look->world->study->truth, instance, name);
        json_t *object = json_object();
        json_set(object, "name", json_text(name->str));
        json_set(object, "views", look->views[i]);
        /* Of the last state the truth knows since when; enough for those that went once. */
        json_set(object, "gone",
                 info->state == SIM_INSTANCE_GONE ? json_time(info->since_us) : json_null());
        append(list, object);
    }
    return list;
}

static json_t *clients_list(const Look *look)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < MIN(look->world->clients->len, MOST_CLIENTS); i++) {
        json_t *object = json_object();
        json_set(object, "name", json_text(sim_client_name(sim_world_client(look->world, i))));
        json_set(object, "at", look->clients[i]);
        append(list, object);
    }
    return list;
}

static json_t *faults_list(const SimResult *result)
{
    json_t *list = json_array();
    for (guint i = 0; i < result->faults->len; i++) {
        const SimFault *fault = &g_array_index(result->faults, SimFault, i);
        json_t *object = pair(fault->from_us, MIN(fault->to_us, result->virtual_us));
        append(object, json_text(fault->label));
        append(list, object);
    }
    return list;
}

static json_t *marks_list(const Look *look)
{
    json_t *list = json_array();
    for (size_t i = 0; i < look->count; i++) {
        const SimRecord *record = &look->records[i];
        bool violation = record->kind == SIM_TRACE_VIOLATION;
        if (!violation && record->kind != SIM_TRACE_STEP) {
            continue;
        }
        json_t *mark = pair(record->at_us, violation);
        append(mark, json_text(sim_trace_text_of(look->world->trace, (uint32_t)record->value)));
        append(list, mark);
    }
    return list;
}

static json_t *figures_list(const SimResult *result)
{
    json_t *list = json_array();
    guint every = result->samples->len / MOST_POINTS + 1;
    for (guint i = 0; i < result->samples->len; i += every) {
        const SimSample *sample = &g_array_index(result->samples, SimSample, i);
        json_t *point = triple(sample->at_us, (int64_t)sample->lost_listed,
                               (int64_t)(sample->lost - sample->lost_listed));
        append(point, json_integer((int64_t)sample->zombies));
        append(list, point);
    }
    return list;
}

static json_t **new_lists(guint count)
{
    json_t **lists = g_new0(json_t *, count + 1);
    for (guint i = 0; i < count; i++) {
        lists[i] = json_array();
    }
    return lists;
}

static json_t *view_of(const Look *look)
{
    const SimResult *result = look->result;
    json_t *view = json_object();
    json_set(view, "schema", json_integer(1));
    json_set(view, "scenario", json_text(result->scenario));
    json_set(view, "seed", json_seed(result->seed));
    json_set(view, "verdict", json_text(sim_verdict_name(result->verdict)));
    json_set(view, "sentence", json_text(result->what != NULL ? result->what : ""));
    json_set(view, "end", json_integer(result->virtual_us));
    json_set(view, "nodes", nodes_list(look));
    json_set(view, "clients", clients_list(look));
    json_set(view, "n_clients", json_integer(look->world->clients->len));
    json_set(view, "instances", instances_list(look));
    json_set(view, "n_instances",
             json_integer(sim_truth_instance_count(look->world->study->truth)));
    json_set(view, "faults", faults_list(result));
    json_set(view, "links", look->links);
    json_set(view, "marks", marks_list(look));
    json_set(view, "figures", figures_list(result));
    json_set(view, "messages", look->messages);
    json_set(view, "n_messages", json_count(look->n_messages));
    json_set(view, "explained", explain_all(look));
    return view;
}

void view_look(void *data, const SimWorld *world, const SimResult *result)
{
    Look look = {
        .world = world, .result = result, .links = json_array(), .messages = json_array()
    };
    uint32_t nodes = world->nodes->len, clients = world->clients->len;
    look.records = sim_trace_records(world->trace, &look.count);
    look.first_id = sim_trace_first_id(world->trace);
    g_autoptr(GArray) instances = choose_instances(world, result);
    look.instances = instances;
    g_autofree json_t **life = new_lists(nodes), **members = new_lists(nodes),
                      **served = new_lists(nodes), **listed = new_lists(nodes),
                      **views = new_lists(instances->len),
                      **at = new_lists(MIN(clients, MOST_CLIENTS));
    g_autofree int64_t *n_listed = g_new0(int64_t, nodes + 1),
                       *n_served = g_new0(int64_t, nodes + 1);
    g_autofree uint32_t *server = g_new(uint32_t, clients + 1);
    memset(server, 0xff, (clients + 1) * sizeof *server);
    look.node_life = life;
    look.node_members = members;
    look.node_clients = served;
    look.node_listed = listed;
    look.views = views;
    look.clients = at;
    look.listed = n_listed;
    look.served = n_served;
    look.server = server;
    for (size_t i = 0; i < look.count; i++) {
        follow(&look, &look.records[i]);
    }
    take_messages(&look);
    *(json_t **)data = view_of(&look);
}

/* --- the page ------------------------------------------------------------------------------- */

/* No text of a scenario can end the script that it stands in. */
static char *harmless(const char *json)
{
    GString *text = g_string_new(NULL);
    for (const char *c = json; *c != '\0'; c++) {
        if (*c == '<' || *c == '>' || *c == '&') {
            g_string_append_printf(text, "\\u%04x", (unsigned)*c);
        } else {
            g_string_append_c(text, *c);
        }
    }
    return g_string_free(text, false);
}

char *view_page(const json_t *view, GError **error)
{
    static const char hole[] = "@@VIEW@@";
    g_autofree char *path = sim_installed_path("report/" VIEW_NAME);
    g_autofree char *page = NULL;
    if (!g_file_get_contents(path != NULL ? path : "share/distrosim/report/" VIEW_NAME, &page, NULL,
                             error)) {
        return NULL;
    }
    char *json = json_dumps(view, JSON_COMPACT);
    g_autofree char *text = harmless(json);
    free(json);
    char *place = strstr(page, hole);
    g_assert_nonnull(place);
    GString *whole = g_string_new_len(page, place - page);
    g_string_append(whole, text);
    g_string_append(whole, place + strlen(hole));
    return g_string_free(whole, false);
}
