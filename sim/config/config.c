/* sim/config/config.c -- databases, what each server has dumped of its own, and the workers.
 *
 *      database (cluster)   row by id: version, modify time
 *      dump (node)          version by id; start of the change worker's window
 *      delivery             a row on its way: to another database, or as a notice to a server
 *
 * Versions number the values of all publications; ids are numbered as they appear. */
#include "sim/config/config.h"

#include <stdio.h>

#include "sim/world/world.h"

#define CHANGE_INTERVAL_US 30000000                /* dumpChangeWorkerInterval */
#define DUMP_INTERVAL_US (INT64_C(6) * 3600000000) /* DumpService: DUMP_ALL_INTERVAL_IN_MINUTE */
#define DUMP_FIRST_LOW_US (INT64_C(10) * 60000000) /* DumpService: INITIAL_DELAY */
#define DUMP_FIRST_HIGH_US (INT64_C(370) * 60000000)
#define FIRST_WITH_CHANGES 203 /* 2.3: major * 100 + minor, the first with a change worker */

typedef struct Row {
    uint32_t id;
    uint32_t version;
    int64_t modified_ms;
} Row;

typedef struct Database {
    GArray *rows; /* Row, in order of arrival of the id */
} Database;

typedef struct Copy {
    uint32_t from, to;
    int64_t low_us, high_us;
    int64_t last_us; /* when the latest one arrives: the next does not overtake it */
    SimPrng prng;
} Copy;

typedef struct Delivery {
    bool notice; /* to a node, else to a database */
    uint32_t to;
    uint32_t incarnation; /* of the node */
    Row row;
} Delivery;

typedef struct Dump {
    GArray *versions;        /* uint32_t by id; 0: not known */
    GArray *missed_versions; /* uint32_t by id: the latest that was counted as missed */
    int64_t window_ms;       /* start of the change worker's latest run */
    SimPrng prng;
    bool seeded;
    SimConfigCounters counters;
} Dump;

struct SimConfigs {
    GPtrArray *ids;     /* char * */
    GPtrArray *values;  /* char *, by version - 1 */
    GArray *databases;  /* Database, by cluster */
    GArray *dumps;      /* Dump, by node */
    GArray *copies;     /* Copy */
    GArray *deliveries; /* Delivery */
};

/* An event's payload: bits 0..27 a node or a delivery, 28..31 which, 32..55 the node's incarnation.
 */
typedef enum What {
    WHAT_CHANGES,
    WHAT_EVERYTHING,
    WHAT_DELIVERY,
} What;
enum {
    WHAT_AT = 28,
    INCARNATION_AT = 32,
    INCARNATION_MASK = 0xffffff
};

static void set_event(SimWorld *world, int64_t at_us, What what, uint32_t index,
                      uint32_t incarnation)
{
    uint64_t payload = index | (uint64_t)what << WHAT_AT;
    payload |= (uint64_t)(incarnation & INCARNATION_MASK) << INCARNATION_AT;
    sim_event_queue_push(world->queue, at_us, sim_event_word(SIM_EVENT_CONFIG, payload));
}

/* --- places ----------------------------------------------------------------------------------- */

static void clear_database(void *data)
{
    g_array_unref(((Database *)data)->rows);
}

static void clear_dump(void *data)
{
    g_array_unref(((Dump *)data)->versions);
    g_array_unref(((Dump *)data)->missed_versions);
}

static SimConfigs *configs_new(const SimWorld *world)
{
    SimConfigs *configs = g_new0(SimConfigs, 1);
    configs->ids = g_ptr_array_new_with_free_func(g_free);
    configs->values = g_ptr_array_new_with_free_func(g_free);
    configs->databases = g_array_new(false, true, sizeof(Database));
    g_array_set_clear_func(configs->databases, clear_database);
    configs->dumps = g_array_new(false, true, sizeof(Dump));
    g_array_set_clear_func(configs->dumps, clear_dump);
    configs->copies = g_array_new(false, false, sizeof(Copy));
    configs->deliveries = g_array_new(false, false, sizeof(Delivery));
    for (uint32_t i = 0; i < world->clusters->len; i++) {
        const Database database = { .rows = g_array_new(false, false, sizeof(Row)) };
        g_array_append_val(configs->databases, database);
    }
    return configs;
}

static void configs_free(void *data)
{
    SimConfigs *configs = data;
    g_ptr_array_unref(configs->ids);
    g_ptr_array_unref(configs->values);
    g_array_unref(configs->databases);
    g_array_unref(configs->dumps);
    g_array_unref(configs->copies);
    g_array_unref(configs->deliveries);
    g_free(configs);
}

static void redraw(void *data, uint64_t seed)
{
    const SimConfigs *configs = data;
    for (guint i = 0; i < configs->dumps->len; i++) {
        sim_prng_redraw(&g_array_index(configs->dumps, Dump, i).prng, seed);
    }
    for (guint i = 0; i < configs->copies->len; i++) {
        sim_prng_redraw(&g_array_index(configs->copies, Copy, i).prng, seed);
    }
}

static GArray *rows_of(const SimConfigs *configs, uint32_t cluster)
{
    return g_array_index(configs->databases, Database, cluster).rows;
}

static Dump *dump_of(SimConfigs *configs, uint32_t node)
{
    while (configs->dumps->len <= node) {
        const Dump dump = { .versions = g_array_new(false, true, sizeof(uint32_t)),
                            .missed_versions = g_array_new(false, true, sizeof(uint32_t)) };
        g_array_append_val(configs->dumps, dump);
    }
    return &g_array_index(configs->dumps, Dump, node);
}

static uint32_t *version_at(GArray *versions, uint32_t id)
{
    if (versions->len <= id) {
        g_array_set_size(versions, id + 1);
    }
    return &g_array_index(versions, uint32_t, id);
}

/* Its number, or the number of ids if it is not known. */
static uint32_t find_id(const SimConfigs *configs, const char *id)
{
    uint32_t i = 0;
    while (i < configs->ids->len && strcmp(configs->ids->pdata[i], id) != 0) {
        i++;
    }
    return i;
}

static int64_t wall_ms(const SimNode *node)
{
    return sim_node_wall_us(node) / 1000;
}

/* --- a server's dump -------------------------------------------------------------------------- */

static void trace(const SimNode *node, SimTraceKind kind, uint32_t version)
{
    sim_world_trace(node->world, kind, sim_node_endpoint(node->index), SIM_NO_ENDPOINT, 0, version);
}

static void take(SimNode *node, const Row *row)
{
    Dump *dump = dump_of(node->world->configs, node->index);
    uint32_t *held = version_at(dump->versions, row->id);
    if (*held >= row->version) {
        return;
    }
    *held = row->version;
    dump->counters.applied++;
    trace(node, SIM_TRACE_CONFIG_DUMPED, row->version);
    node->world->changed = true;
}

static void take_everything(SimNode *node)
{
    const GArray *rows = rows_of(node->world->configs, node->cluster);
    for (uint32_t i = 0; i < rows->len; i++) {
        take(node, &g_array_index(rows, Row, i));
    }
}

static void note_missed(SimNode *node, const Row *row)
{
    Dump *dump = dump_of(node->world->configs, node->index);
    uint32_t *missed = version_at(dump->missed_versions, row->id);
    if (*version_at(dump->versions, row->id) >= row->version || *missed >= row->version) {
        return;
    }
    *missed = row->version;
    dump->counters.missed++;
    trace(node, SIM_TRACE_CONFIG_MISSED, row->version);
}

/* DumpChangeConfigWorker#run: the window reaches back to the start of the run before. */
static void take_changes(SimNode *node)
{
    SimConfigs *configs = node->world->configs;
    const GArray *rows = rows_of(configs, node->cluster);
    int64_t from_ms = dump_of(configs, node->index)->window_ms;
    for (uint32_t i = 0; i < rows->len; i++) {
        const Row *row = &g_array_index(rows, Row, i);
        if (row->modified_ms >= from_ms) {
            take(node, row);
        } else {
            note_missed(node, row);
        }
    }
    dump_of(configs, node->index)->window_ms = wall_ms(node);
}

/* "nacos-2.2.1" has none; "hardened" is the latest release corrected. */
static bool has_change_worker(const SimNode *node)
{
    unsigned major, minor;
    return sscanf(node->profile, "nacos-%u.%u", &major, &minor) != 2 ||
           major * 100 + minor >= FIRST_WITH_CHANGES;
}

/* Its workers start with the process; when the world learns of configuration later, those of a run
 * that would have been before are over. */
static void start_workers(SimNode *node)
{
    SimWorld *world = node->world;
    Dump *dump = dump_of(world->configs, node->index);
    if (!dump->seeded) {
        dump->prng = sim_prng_stream_n(world->seed, "config/node", node->index);
    }
    dump->seeded = true;
    int64_t change_us = node->booted_us + sim_prng_between(&dump->prng, 0, CHANGE_INTERVAL_US);
    int64_t all_us =
        node->booted_us + sim_prng_between(&dump->prng, DUMP_FIRST_LOW_US, DUMP_FIRST_HIGH_US);
    int64_t behind_us = world->now_us - change_us;
    if (behind_us > 0) {
        change_us += (behind_us + CHANGE_INTERVAL_US - 1) / CHANGE_INTERVAL_US * CHANGE_INTERVAL_US;
    }
    behind_us = world->now_us - all_us;
    if (behind_us > 0) {
        all_us += (behind_us + DUMP_INTERVAL_US - 1) / DUMP_INTERVAL_US * DUMP_INTERVAL_US;
    }
    dump->window_ms = wall_ms(node);
    if (has_change_worker(node)) {
        set_event(world, change_us, WHAT_CHANGES, node->index, node->incarnation);
    }
    set_event(world, all_us, WHAT_EVERYTHING, node->index, node->incarnation);
}

/* It reads the whole database. */
static void booted(void *data, SimNode *node)
{
    SimConfigs *configs = data;
    Dump *dump = dump_of(configs, node->index);
    g_array_set_size(dump->versions, 0);
    g_array_set_size(dump->missed_versions, 0);
    dump->counters = (SimConfigCounters) { 0 };
    take_everything(node);
    start_workers(node);
}

static void on_event(void *data, uint64_t payload);

static SimConfigs *configs_of(SimWorld *world)
{
    if (world->configs != NULL) {
        return world->configs;
    }
    world->configs = configs_new(world);
    sim_world_add_resident(world, (SimResident) { world->configs, booted, redraw, configs_free });
    sim_world_handle(world, SIM_EVENT_CONFIG, on_event, world);
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        if (sim_world_node(world, i)->alive) {
            start_workers(sim_world_node(world, i));
        }
    }
    return world->configs;
}

/* --- deliveries ------------------------------------------------------------------------------- */

static void write_row(SimWorld *world, uint32_t cluster, const Row *row);

static void deliver(SimWorld *world, int64_t at_us, const Delivery *delivery)
{
    GArray *deliveries = world->configs->deliveries;
    g_array_append_val(deliveries, *delivery);
    set_event(world, at_us, WHAT_DELIVERY, deliveries->len - 1, 0);
}

/* A database replicates its log in order: nothing overtakes what was written before. */
static void send_copy(SimWorld *world, uint32_t number, const Row *row)
{
    Copy *copy = &g_array_index(world->configs->copies, Copy, number);
    int64_t lag_us = sim_prng_between(&copy->prng, copy->low_us, copy->high_us);
    copy->last_us = MAX(copy->last_us, world->now_us + lag_us);
    const Delivery delivery = { .to = copy->to, .row = *row };
    deliver(world, copy->last_us, &delivery);
}

static void write_row(SimWorld *world, uint32_t cluster, const Row *row)
{
    GArray *rows = rows_of(world->configs, cluster);
    uint32_t i = 0;
    while (i < rows->len && g_array_index(rows, Row, i).id != row->id) {
        i++;
    }
    if (i == rows->len) {
        g_array_append_val(rows, *row);
    } else {
        g_array_index(rows, Row, i) = *row;
    }
    for (uint32_t j = 0; j < world->configs->copies->len; j++) {
        if (g_array_index(world->configs->copies, Copy, j).from == cluster) {
            send_copy(world, j, row);
        }
    }
}

static void arrive(SimWorld *world, const Delivery *delivery)
{
    if (!delivery->notice) {
        write_row(world, delivery->to, &delivery->row);
        return;
    }
    SimNode *node = sim_world_node(world, delivery->to);
    if (node->alive && node->incarnation == delivery->incarnation) {
        take(node, &delivery->row);
    }
}

/* AsyncNotifyService tells the other members; whom it cannot reach learns of it by the dump
 * workers. */
static void tell_members(SimNode *publisher, const Row *row)
{
    SimWorld *world = publisher->world;
    SimEndpoint from = sim_node_endpoint(publisher->index);
    for (uint32_t i = 0; i < world->nodes->len; i++) {
        const SimNode *node = sim_world_node(world, i);
        SimEndpoint to = sim_node_endpoint(i);
        if (node == publisher || !node->alive || !sim_node_in(node, publisher->cluster) ||
            !sim_network_can_call(world->network, from, to)) {
            continue;
        }
        const Delivery notice = {
            .notice = true, .to = i, .incarnation = node->incarnation, .row = *row
        };
        deliver(world,
                world->now_us + sim_network_effective_link(world->network, from, to).delay_us,
                &notice);
    }
}

/* --- from outside ----------------------------------------------------------------------------- */

bool sim_config_publish(SimWorld *world, SimNode *node, const char *id, const char *value)
{
    SimConfigs *configs = configs_of(world);
    if (!node->alive) {
        return false;
    }
    g_ptr_array_add(configs->values, g_strdup(value));
    uint32_t number = find_id(configs, id);
    if (number == configs->ids->len) {
        g_ptr_array_add(configs->ids, g_strdup(id));
    }
    const Row row = { .id = number, .version = configs->values->len, .modified_ms = wall_ms(node) };
    trace(node, SIM_TRACE_CONFIG_PUBLISHED, row.version);
    write_row(world, node->cluster, &row);
    take(node, &row);
    tell_members(node, &row);
    return true;
}

void sim_config_copy(SimWorld *world, uint32_t from, uint32_t to, int64_t low_us, int64_t high_us)
{
    SimConfigs *configs = configs_of(world);
    Copy copy = { .from = from, .to = to, .low_us = low_us, .high_us = high_us };
    copy.prng = sim_prng_stream_n(world->seed, "config/copy", configs->copies->len);
    g_array_append_val(configs->copies, copy);
    const GArray *rows = rows_of(configs, from);
    for (uint32_t i = 0; i < rows->len; i++) {
        const Row row = g_array_index(rows, Row, i);
        send_copy(world, configs->copies->len - 1, &row);
    }
}

const char *sim_config_read(const SimNode *node, const char *id)
{
    SimConfigs *configs = node->world->configs;
    if (configs == NULL || !node->alive) {
        return NULL;
    }
    uint32_t number = find_id(configs, id);
    if (number == configs->ids->len) {
        return NULL;
    }
    uint32_t version = *version_at(dump_of(configs, node->index)->versions, number);
    return version == 0 ? NULL : configs->values->pdata[version - 1];
}

SimConfigCounters sim_config_counters(const SimNode *node)
{
    SimConfigs *configs = node->world->configs;
    return configs != NULL ? dump_of(configs, node->index)->counters : (SimConfigCounters) { 0 };
}

/* A frozen process' worker runs when it resumes. */
static void run_worker(SimNode *node, What what, uint32_t incarnation)
{
    SimWorld *world = node->world;
    if (!node->alive || (node->incarnation & INCARNATION_MASK) != incarnation) {
        return;
    }
    if (node->paused) {
        set_event(world, node->paused_until_us, what, node->index, incarnation);
        return;
    }
    if (what == WHAT_CHANGES) {
        take_changes(node);
    } else {
        take_everything(node);
    }
    int64_t interval_us = what == WHAT_CHANGES ? CHANGE_INTERVAL_US : DUMP_INTERVAL_US;
    set_event(world, world->now_us + interval_us, what, node->index, incarnation);
}

static void on_event(void *data, uint64_t payload)
{
    SimWorld *world = data;
    uint32_t index = (uint32_t)(payload & SIM_EVENT_INDEX);
    What what = (What)(payload >> WHAT_AT & 15);
    if (what == WHAT_DELIVERY) {
        const Delivery delivery = g_array_index(world->configs->deliveries, Delivery, index);
        arrive(world, &delivery);
        return;
    }
    run_worker(sim_world_node(world, index), what, (uint32_t)(payload >> INCARNATION_AT));
}
