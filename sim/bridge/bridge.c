/* sim/bridge/bridge.c -- a bridge: its database, its workers. */
#include "sim/bridge/internal.h"

#include <string.h>

/* --- specification ---------------------------------------------------------------------------- */

SimBridgeSpec *sim_bridge_spec_new(void)
{
    SimBridgeSpec *spec = g_new0(SimBridgeSpec, 1);
    spec->source_nodes = g_array_new(false, false, sizeof(uint32_t));
    spec->destination_nodes = g_array_new(false, false, sizeof(uint32_t));
    spec->group = g_strdup("DEFAULT_GROUP");
    spec->workers = 1;
    spec->udp = SIM_BRIDGE_PUSHES_ALL;
    spec->database_us = 1000;
    spec->stall_us = 50000000; /* NamingHttpClientManager: the read time-out */
    spec->cores = 8;
    spec->defects = SIM_DEFECTS_DEFAULT;
    return spec;
}

void sim_bridge_spec_free(SimBridgeSpec *spec)
{
    if (spec == NULL) {
        return;
    }
    g_free(spec->name);
    g_free(spec->source);
    g_free(spec->destination);
    g_free(spec->group);
    g_array_unref(spec->source_nodes);
    g_array_unref(spec->destination_nodes);
    if (spec->services != NULL) {
        g_ptr_array_unref(spec->services);
    }
    g_free(spec);
}

/* --- rows ------------------------------------------------------------------------------------- */

static SimRow *find_row(const SimBridge *bridge, DistroService service)
{
    for (guint i = 0; i < bridge->rows->len; i++) {
        SimRow *row = &g_array_index(bridge->rows, SimRow, i);
        if (row->service == service) {
            return row;
        }
    }
    return NULL;
}

static void start_row(SimBridge *bridge, DistroService service)
{
    SimRow *row = find_row(bridge, service);
    if (row == NULL) {
        const SimRow empty = { .service = service };
        g_array_append_val(bridge->rows, empty);
        row = find_row(bridge, service);
    }
    row->gone = row->deleting = false;
    row->operation = ++bridge->last_operation;
}

static void stop_row(SimBridge *bridge, SimRow *row)
{
    row->deleting = true;
    row->operation = ++bridge->last_operation;
}

/* SyncTaskController#deleteTask: the event is handled by the worker that was asked, then the row
 * goes, so that the other workers never hear of it. */
static void delete_at(SimBridge *bridge, SimRow *row, uint32_t worker)
{
    if (row->service == DISTRO_NONE) {
        row->gone = true;
        return;
    }
    if (!sim_bridge_has(bridge, SIM_DEFECT_DELETE_SEEN_BY_ONE)) {
        stop_row(bridge, row);
        return;
    }
    SimWorker *asked = sim_bridge_worker(bridge, worker);
    uint32_t number = (uint32_t)(row - (SimRow *)(void *)bridge->rows->data);
    sim_job_post(asked, SIM_JOB_DELETE, sim_worker_task(asked, row->service), SIM_CALLER_CONSOLE,
                 number);
}

bool sim_bridge_task(SimBridge *bridge, DistroService service, SimTaskVerb verb, uint32_t worker)
{
    SimRow *row = find_row(bridge, service);
    if (verb == SIM_TASK_START) {
        start_row(bridge, service);
        return true;
    }
    if (row == NULL || row->gone) {
        return false;
    }
    if (verb == SIM_TASK_STOP) {
        stop_row(bridge, row);
    } else {
        delete_at(bridge, row, worker);
    }
    return true;
}

static void fill_rows(SimBridge *bridge)
{
    const SimBridgeSpec *spec = bridge->spec;
    if (spec->services == NULL) {
        start_row(bridge, DISTRO_NONE);
    }
    for (guint i = 0; spec->services != NULL && i < spec->services->len; i++) {
        start_row(bridge, distro_dictionary_service(bridge->world->dictionary, "public",
                                                    spec->group, spec->services->pdata[i]));
    }
}

void sim_bridge_database(SimBridge *bridge, bool down)
{
    bridge->database_down = down;
}

/* --- life ------------------------------------------------------------------------------------- */

static SimBridge *bridge_new(SimWorld *world, const SimBridgeSpec *spec)
{
    SimBridge *bridge = g_new0(SimBridge, 1);
    bridge->world = world;
    bridge->spec = spec;
    sim_marks_init(&bridge->marks, spec->source, spec->destination,
                   spec->services != NULL ? "1.0" : "null");
    bridge->space = distro_dictionary_name(world->dictionary, "public");
    bridge->group = distro_dictionary_name(world->dictionary, spec->group);
    bridge->rows = g_array_new(false, false, sizeof(SimRow));
    bridge->workers = g_ptr_array_new_with_free_func(sim_worker_free);
    fill_rows(bridge);
    for (uint32_t i = 0; i < spec->workers; i++) {
        g_ptr_array_add(bridge->workers, sim_worker_new(bridge, i));
    }
    return bridge;
}

static void bridge_free(void *data)
{
    SimBridge *bridge = data;
    g_ptr_array_unref(bridge->workers);
    g_array_unref(bridge->rows);
    sim_marks_clear(&bridge->marks);
    g_free(bridge);
}

static void redraw_bridges(void *data, uint64_t seed)
{
    const SimWorld *world = data;
    for (guint i = 0; i < world->bridges->len; i++) {
        const SimBridge *bridge = world->bridges->pdata[i];
        for (guint k = 0; k < bridge->workers->len; k++) {
            sim_prng_redraw(&sim_bridge_worker(bridge, k)->prng, seed);
        }
    }
}

void sim_bridge_spec_add(SimWorldSpec *spec, SimBridgeSpec *bridge)
{
    g_ptr_array_set_free_func(spec->bridges, (GDestroyNotify)sim_bridge_spec_free);
    g_ptr_array_add(spec->bridges, bridge);
}

void sim_bridges_open(SimWorld *world)
{
    g_ptr_array_set_free_func(world->bridges, bridge_free);
    sim_world_add_resident(world, (SimResident) { .data = world, .redraw = redraw_bridges });
    for (guint i = 0; i < world->spec->bridges->len; i++) {
        g_ptr_array_add(world->bridges, bridge_new(world, world->spec->bridges->pdata[i]));
    }
}

static void start_workers(SimBridge *bridge)
{
    for (guint i = 0; i < bridge->workers->len; i++) {
        sim_worker_start(sim_bridge_worker(bridge, i), true);
    }
}

void sim_bridges_start(SimWorld *world)
{
    for (guint i = 0; i < world->bridges->len; i++) {
        start_workers(world->bridges->pdata[i]);
    }
}

/* --- reading ---------------------------------------------------------------------------------- */

const char *sim_bridge_name(const SimBridge *bridge)
{
    return bridge->spec->name;
}

uint32_t sim_bridge_worker_count(const SimBridge *bridge)
{
    return bridge->workers->len;
}

SimWorker *sim_bridge_worker(const SimBridge *bridge, uint32_t number)
{
    g_assert_cmpuint(number, <, bridge->workers->len);
    return bridge->workers->pdata[number];
}

SimBridge *sim_world_find_bridge(const SimWorld *world, const char *name)
{
    for (guint i = 0; i < world->bridges->len; i++) {
        SimBridge *bridge = world->bridges->pdata[i];
        if (strcmp(bridge->spec->name, name) == 0) {
            return bridge;
        }
    }
    return NULL;
}

SimWorker *sim_worker_of_client(const SimWorld *world, uint32_t client)
{
    for (guint i = 0; i < world->bridges->len; i++) {
        const SimBridge *bridge = world->bridges->pdata[i];
        for (guint k = 0; k < bridge->workers->len; k++) {
            if (sim_bridge_worker(bridge, k)->client == client) {
                return sim_bridge_worker(bridge, k);
            }
        }
    }
    return NULL;
}
