/* sim/explain/suspect.c -- see suspect.h. */
#include "sim/explain/suspect.h"
#include "sim/study/study.h"

#include <string.h>

/* What is known at the instant of an instance and who publishes it. */
typedef struct Publisher {
    bool started, gone;
    SimEndpoint server; /* that took its last registration or update */
} Publisher;

typedef struct Views {
    const SimWorld *world;
    uint32_t n_nodes, n_instances;
    DistroListing *shown;  /* by node, then instance; 0: not listed */
    bool *alive;           /* by node */
    Publisher *publishers; /* by instance */
} Views;

static DistroListing *shown_at(const Views *views, uint32_t node, SimInstance instance)
{
    return &views->shown[(size_t)node * views->n_instances + instance];
}

/* What @publication says is listed at @node from now on, or no more. */
static void apply_publication(const Views *views, uint32_t node, DistroPublication publication,
                              bool listed)
{
    const DistroDictionary *dictionary = views->world->dictionary;
    if (publication == 0) {
        return;
    }
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    uint32_t cluster = sim_world_node(views->world, node)->cluster;
    for (uint32_t i = 0; i < info->count; i++) {
        const DistroInstance *about =
            &distro_dictionary_listing_info(dictionary, info->listings[i])->instance;
        SimInstance instance = 0;
        if (!sim_truth_find(views->world->study->truth, cluster, info->service, about->ip,
                            about->port, &instance)) {
            continue;
        }
        DistroListing *shown = shown_at(views, node, instance);
        if (listed) {
            *shown = info->listings[i];
        } else if (*shown == info->listings[i]) {
            *shown = 0;
        }
    }
}

/* Everything that a node lists is forgotten with its process. */
static void end_life(const Views *views, uint32_t node, bool alive)
{
    views->alive[node] = alive;
    memset(shown_at(views, node, 0), 0, views->n_instances * sizeof *views->shown);
}

static bool is_write(const SimRecord *record)
{
    return record->kind == SIM_TRACE_CLIENT_REGISTERED ||
           record->kind == SIM_TRACE_CLIENT_UPDATED ||
           record->kind == SIM_TRACE_CLIENT_DEREGISTERED;
}

/* A client's write is about what it publishes of one service; its end is about all. */
static bool concerns(const Views *views, const SimRecord *record, SimInstance instance)
{
    const DistroDictionary *dictionary = views->world->dictionary;
    const SimInstanceInfo *info = sim_truth_instance(views->world->study->truth, instance);
    if (!is_write(record) || record->value == 0) {
        return info->client == sim_endpoint_index(record->subject);
    }
    const DistroPublicationInfo *said =
        distro_dictionary_publication_info(dictionary, (DistroPublication)record->value);
    for (uint32_t i = 0; i < said->count && said->service == info->service; i++) {
        const DistroInstance *about =
            &distro_dictionary_listing_info(dictionary, said->listings[i])->instance;
        if (about->ip == info->ip && about->port == info->port) {
            return info->client == sim_endpoint_index(record->subject);
        }
    }
    return false;
}

static void follow_publisher(const Views *views, const SimRecord *record)
{
    bool starts =
        record->kind == SIM_TRACE_CLIENT_REGISTERED || record->kind == SIM_TRACE_CLIENT_UPDATED;
    if (!sim_endpoint_is_client(record->subject)) {
        return;
    }
    for (SimInstance i = 0; i < views->n_instances; i++) {
        if (!concerns(views, record, i)) {
            continue;
        }
        views->publishers[i].gone = !starts;
        if (starts) {
            views->publishers[i].started = true;
            views->publishers[i].server = record->object;
        }
    }
}

static void follow(const Views *views, const SimRecord *record)
{
    switch ((int)record->kind) {
    case SIM_TRACE_VIEW:
        apply_publication(views, record->subject,
                          (DistroPublication)((uint64_t)record->value >> 32), false);
        apply_publication(views, record->subject, (DistroPublication)(record->value & 0xffffffff),
                          true);
        break;
    case SIM_TRACE_NODE_BOOT:
        end_life(views, record->subject, true);
        break;
    case SIM_TRACE_NODE_CRASH:
    case SIM_TRACE_NODE_STOP:
        end_life(views, record->subject, false);
        break;
    case SIM_TRACE_CLIENT_CLOSED:
    case SIM_TRACE_CLIENT_KILLED:
    case SIM_TRACE_CLIENT_CRASHED:
    case SIM_TRACE_CLIENT_DEREGISTERED:
    case SIM_TRACE_CLIENT_REGISTERED:
    case SIM_TRACE_CLIENT_UPDATED:
        follow_publisher(views, record);
        break;
    default:
        break;
    }
}

static bool is_suspect(const Views *views, uint32_t node, SimInstance instance)
{
    const SimInstanceInfo *info = sim_truth_instance(views->world->study->truth, instance);
    if (!views->alive[node] || info->client >= views->world->clients->len ||
        !sim_truth_concerns(views->world->study->truth, node, instance)) {
        return false;
    }
    const Publisher *publisher = &views->publishers[instance];
    DistroListing listed = *shown_at(views, node, instance);
    if (!publisher->started || publisher->gone || listed == 0) {
        return publisher->started && publisher->gone == (listed != 0);
    }
    DistroListing there =
        publisher->server < views->n_nodes ? *shown_at(views, publisher->server, instance) : listed;
    return there != 0 && there != listed;
}

GArray *sim_explain_suspects(const SimWorld *world, int64_t at_us)
{
    Views views = {
        .world = world,
        .n_nodes = world->nodes->len,
        .n_instances = sim_truth_instance_count(world->study->truth),
    };
    g_autofree DistroListing *shown =
        g_new0(DistroListing, (size_t)views.n_nodes * views.n_instances + 1);
    g_autofree bool *alive = g_new0(bool, views.n_nodes);
    g_autofree Publisher *publishers = g_new0(Publisher, views.n_instances + 1);
    views.shown = shown;
    views.alive = alive;
    views.publishers = publishers;
    size_t count;
    const SimRecord *records = sim_trace_records(world->trace, &count);
    for (size_t i = 0; i < count && records[i].at_us <= at_us; i++) {
        follow(&views, &records[i]);
    }
    GArray *suspects = g_array_new(false, false, sizeof(SimSuspect));
    for (SimInstance i = 0; i < views.n_instances; i++) {
        for (uint32_t node = 0; node < views.n_nodes; node++) {
            if (is_suspect(&views, node, i)) {
                SimSuspect suspect = { i, node };
                g_array_append_val(suspects, suspect);
            }
        }
    }
    return suspects;
}
