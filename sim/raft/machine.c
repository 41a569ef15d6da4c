/* sim/raft/machine.c -- applies commands to sorted lists, one pair of them per service. */
#include "sim/raft/machine.h"

#include "sim/raft/codec.h"
#include "sim/raft/planted.h"

#include <string.h>

typedef struct Record {
    GArray *instances; /* SimPersistent, ascending by client */
    GArray *overrides; /* SimOverridden, ascending by instance */
    bool has_metadata;
    double protect_threshold;
    GArray *clusters; /* Cluster, ascending by name; NULL: none was ever set */
} Record;

typedef struct Cluster {
    DistroName name;
    SimChecker checker;
} Cluster;

struct SimRaftMachine {
    const DistroDictionary *dictionary;
    GPtrArray *records; /* Record by service number; NULL: nothing is known of it */
};

/* --- records ------------------------------------------------------------------------------ */

static void free_record(gpointer data)
{
    Record *record = data;
    if (record == NULL) {
        return;
    }
    g_array_unref(record->instances);
    g_array_unref(record->overrides);
    g_clear_pointer(&record->clusters, g_array_unref);
    g_free(record);
}

static const Record *find_record(const SimRaftMachine *machine, DistroService service)
{
    return service < machine->records->len ? machine->records->pdata[service] : NULL;
}

static Record *ensure_record(SimRaftMachine *machine, DistroService service)
{
    if (service >= machine->records->len) {
        g_ptr_array_set_size(machine->records, (gint)service + 1);
    }
    Record *record = machine->records->pdata[service];
    if (record == NULL) {
        record = g_new0(Record, 1);
        record->instances = g_array_new(FALSE, FALSE, sizeof(SimPersistent));
        record->overrides = g_array_new(FALSE, FALSE, sizeof(SimOverridden));
        machine->records->pdata[service] = record;
    }
    return record;
}

int sim_metadata_id_compare(SimMetadataId a, SimMetadataId b)
{
    if (a.ip != b.ip) {
        return a.ip < b.ip ? -1 : 1;
    }
    if (a.port != b.port) {
        return a.port < b.port ? -1 : 1;
    }
    return a.cluster == b.cluster ? 0 : a.cluster < b.cluster ? -1 : 1;
}

/* Where @client is in @instances, or would be. */
static guint locate_client(const GArray *instances, DistroClient client, bool *found)
{
    guint low = 0, high = instances->len;
    while (low < high) {
        const guint middle = low + (high - low) / 2;
        if (g_array_index(instances, SimPersistent, middle).client < client) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = low < instances->len && g_array_index(instances, SimPersistent, low).client == client;
    return low;
}

static guint locate_override(const GArray *overrides, SimMetadataId instance, bool *found)
{
    guint low = 0, high = overrides->len;
    while (low < high) {
        const guint middle = low + (high - low) / 2;
        const SimOverridden *at = &g_array_index(overrides, SimOverridden, middle);
        if (sim_metadata_id_compare(at->instance, instance) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = low < overrides->len &&
             sim_metadata_id_compare(g_array_index(overrides, SimOverridden, low).instance,
                                     instance) == 0;
    return low;
}

/* --- commands ----------------------------------------------------------------------------- */

static void register_instance(Record *record, const SimRaftCommand *command, SimRaftChange *change)
{
    bool found;
    const guint place = locate_client(record->instances, command->client, &found);
    if (command->kind == SIM_RAFT_UPDATE && !found) {
        return;
    }
    const SimPersistent instance = { .client = command->client,
                                     .publication = command->publication };
    if (found) {
        SimPersistent *at = &g_array_index(record->instances, SimPersistent, place);
        change->former = at->publication;
        *at = instance;
    } else {
        g_array_insert_val(record->instances, place, instance);
    }
    change->client = command->client;
    change->present = command->publication;
    change->is_pushed = true;
}

static void deregister_instance(Record *record, const SimRaftCommand *command,
                                SimRaftChange *change)
{
    bool found;
    const guint place = locate_client(record->instances, command->client, &found);
    if (!found) {
        return;
    }
    change->client = command->client;
    change->former = g_array_index(record->instances, SimPersistent, place).publication;
    change->is_pushed = true;
    g_array_remove_index(record->instances, place);
}

/* InstanceMetadataProcessor: an update is pushed, a deletion is not. */
static void set_override(Record *record, const SimRaftCommand *command, SimRaftChange *change)
{
    bool found;
    const guint place = locate_override(record->overrides, command->instance, &found);
    const SimOverridden overridden = { .instance = command->instance,
                                       .override = command->override };
    if (found) {
        g_array_index(record->overrides, SimOverridden, place) = overridden;
    } else {
        g_array_insert_val(record->overrides, place, overridden);
    }
    change->is_pushed = true;
}

static void delete_override(Record *record, const SimRaftCommand *command, SimRaftChange *change)
{
    bool found;
    const guint place = locate_override(record->overrides, command->instance, &found);
    if (found) {
        g_array_remove_index(record->overrides, place);
    }
    change->override_is_gone = true;
}

/* ServiceMetadataProcessor#addClusterMetadataToService: of a service without metadata it becomes
 * all there is, with a threshold of 0. */
static void set_cluster(Record *record, const SimRaftCommand *command)
{
    const Cluster cluster = { .name = command->cluster, .checker = command->checker };
    guint place = 0;
    if (record->clusters == NULL) {
        record->clusters = g_array_new(FALSE, FALSE, sizeof(Cluster));
    }
    while (place < record->clusters->len &&
           g_array_index(record->clusters, Cluster, place).name < cluster.name) {
        place++;
    }
    if (place < record->clusters->len &&
        g_array_index(record->clusters, Cluster, place).name == cluster.name) {
        g_array_index(record->clusters, Cluster, place) = cluster;
    } else {
        g_array_insert_val(record->clusters, place, cluster);
    }
    record->has_metadata = true;
}

SimRaftChange sim_raft_machine_apply(SimRaftMachine *machine, const SimRaftCommand *command)
{
    SimRaftChange change = { .service = command->service, .instance = command->instance };
    Record *record = ensure_record(machine, command->service);
    switch (command->kind) {
    case SIM_RAFT_REGISTER:
    case SIM_RAFT_UPDATE:
        register_instance(record, command, &change);
        break;
    case SIM_RAFT_DEREGISTER:
        deregister_instance(record, command, &change);
        break;
    case SIM_RAFT_SERVICE_SET:
        record->has_metadata = true;
        record->protect_threshold = command->protect_threshold;
        change.is_described = true;
        break;
    case SIM_RAFT_CLUSTER_SET:
        set_cluster(record, command);
        change.is_described = true;
        break;
    case SIM_RAFT_SERVICE_DELETE:
        record->has_metadata = false;
        record->protect_threshold = 0;
        g_clear_pointer(&record->clusters, g_array_unref);
        change.is_described = true;
        break;
    case SIM_RAFT_OVERRIDE_SET:
        set_override(record, command, &change);
        break;
    case SIM_RAFT_OVERRIDE_DELETE:
        delete_override(record, command, &change);
        break;
    case SIM_RAFT_N_COMMANDS:
        g_assert_not_reached();
    }
    return change;
}

/* --- reading ------------------------------------------------------------------------------ */

const SimPersistent *sim_raft_machine_instances(const SimRaftMachine *machine,
                                                DistroService service, size_t *count)
{
    const Record *record = find_record(machine, service);
    *count = record == NULL ? 0 : record->instances->len;
    return *count == 0 ? NULL : (const SimPersistent *)(const void *)record->instances->data;
}

DistroPublication sim_raft_machine_instance(const SimRaftMachine *machine, DistroService service,
                                            DistroClient client)
{
    const Record *record = find_record(machine, service);
    if (record == NULL) {
        return DISTRO_NONE;
    }
    bool found;
    const guint place = locate_client(record->instances, client, &found);
    return found ? g_array_index(record->instances, SimPersistent, place).publication
                 : (DistroPublication)DISTRO_NONE;
}

const SimOverridden *sim_raft_machine_overrides(const SimRaftMachine *machine,
                                                DistroService service, size_t *count)
{
    const Record *record = find_record(machine, service);
    *count = record == NULL ? 0 : record->overrides->len;
    return *count == 0 ? NULL : (const SimOverridden *)(const void *)record->overrides->data;
}

const SimOverride *sim_raft_machine_override(const SimRaftMachine *machine, DistroService service,
                                             SimMetadataId instance)
{
    const Record *record = find_record(machine, service);
    if (record == NULL) {
        return NULL;
    }
    bool found;
    const guint place = locate_override(record->overrides, instance, &found);
    return found ? &g_array_index(record->overrides, SimOverridden, place).override : NULL;
}

bool sim_raft_machine_protect_threshold(const SimRaftMachine *machine, DistroService service,
                                        double *protect_threshold)
{
    const Record *record = find_record(machine, service);
    if (record == NULL || !record->has_metadata) {
        return false;
    }
    *protect_threshold = record->protect_threshold;
    return true;
}

SimChecker sim_raft_machine_checker(const SimRaftMachine *machine, DistroService service,
                                    DistroName cluster)
{
    const Record *record = find_record(machine, service);
    for (guint i = 0; record != NULL && record->clusters != NULL && i < record->clusters->len;
         i++) {
        if (g_array_index(record->clusters, Cluster, i).name == cluster) {
            return g_array_index(record->clusters, Cluster, i).checker;
        }
    }
    return SIM_CHECKER_TCP;
}

DistroService sim_raft_machine_last_service(const SimRaftMachine *machine)
{
    return machine->records->len == 0 ? 0 : machine->records->len - 1;
}

/* --- snapshots ---------------------------------------------------------------------------- */

static bool is_empty_record(const Record *record)
{
    return record == NULL ||
           (record->instances->len == 0 && record->overrides->len == 0 && !record->has_metadata);
}

enum {
    SAVED_METADATA = 1, /* bits of a saved record's first byte */
    SAVED_CLUSTERS = 2,
};

static void save_record(GByteArray *out, const Record *record)
{
    const guint clusters = record->clusters != NULL ? record->clusters->len : 0;
    sim_codec_put_u8(out, (uint8_t)((record->has_metadata ? SAVED_METADATA : 0) |
                                    (clusters > 0 ? SAVED_CLUSTERS : 0)));
    sim_codec_put_double(out, record->protect_threshold);
    if (clusters > 0) {
        sim_codec_put_u32(out, clusters);
    }
    for (guint i = 0; i < clusters; i++) {
        sim_codec_put_u32(out, g_array_index(record->clusters, Cluster, i).name);
        sim_codec_put_u8(out, (uint8_t)g_array_index(record->clusters, Cluster, i).checker);
    }
    sim_codec_put_u32(out, record->instances->len);
    for (guint i = 0; i < record->instances->len; i++) {
        const SimPersistent *instance = &g_array_index(record->instances, SimPersistent, i);
        sim_codec_put_u32(out, instance->client);
        sim_codec_put_u32(out, instance->publication);
    }
    sim_codec_put_u32(out, record->overrides->len);
    for (guint i = 0; i < record->overrides->len; i++) {
        const SimOverridden *overridden = &g_array_index(record->overrides, SimOverridden, i);
        sim_codec_put_u32(out, overridden->instance.ip);
        sim_codec_put_u32(out, (uint32_t)overridden->instance.port);
        sim_codec_put_u32(out, overridden->instance.cluster);
        sim_codec_put_u8(out, overridden->override.enabled);
        sim_codec_put_double(out, overridden->override.weight);
        sim_codec_put_u32(out, overridden->override.metadata);
    }
}

GBytes *sim_raft_machine_save(const SimRaftMachine *machine)
{
    GByteArray *out = g_byte_array_new();
    const guint lost = SIM_RAFT_PLANTED(SNAPSHOT_LOSES_LAST) ? 1 : 0;
    for (guint service = 0; service + lost < machine->records->len; service++) {
        const Record *record = machine->records->pdata[service];
        if (!is_empty_record(record)) {
            sim_codec_put_u32(out, service);
            save_record(out, record);
        }
    }
    return g_byte_array_free_to_bytes(out);
}

static void restore_command(SimReader *in, SimRaftMachine *machine, const SimRaftCommand *command)
{
    in->broken = in->broken || !sim_raft_command_is_known(machine->dictionary, command);
    if (!in->broken) {
        sim_raft_machine_apply(machine, command);
    }
}

static void restore_instances(SimReader *in, SimRaftMachine *machine, SimRaftCommand *command)
{
    const uint32_t count = sim_codec_get_u32(in);
    command->kind = SIM_RAFT_REGISTER;
    for (uint32_t i = 0; i < count && !in->broken; i++) {
        command->client = sim_codec_get_u32(in);
        command->publication = sim_codec_get_u32(in);
        restore_command(in, machine, command);
    }
}

static void restore_overrides(SimReader *in, SimRaftMachine *machine, SimRaftCommand *command)
{
    const uint32_t count = sim_codec_get_u32(in);
    command->kind = SIM_RAFT_OVERRIDE_SET;
    for (uint32_t i = 0; i < count && !in->broken; i++) {
        command->instance.ip = sim_codec_get_u32(in);
        command->instance.port = (int32_t)sim_codec_get_u32(in);
        command->instance.cluster = sim_codec_get_u32(in);
        command->override.enabled = sim_codec_get_u8(in) != 0;
        command->override.weight = sim_codec_get_double(in);
        command->override.metadata = sim_codec_get_u32(in);
        restore_command(in, machine, command);
    }
}

static void restore_clusters(SimReader *in, SimRaftMachine *machine, SimRaftCommand *command)
{
    const uint32_t count = sim_codec_get_u32(in);
    command->kind = SIM_RAFT_CLUSTER_SET;
    for (uint32_t i = 0; i < count && !in->broken; i++) {
        command->cluster = sim_codec_get_u32(in);
        command->checker = (SimChecker)sim_codec_get_u8(in);
        restore_command(in, machine, command);
    }
}

static void restore_service(SimReader *in, SimRaftMachine *machine, DistroService service)
{
    SimRaftCommand command = { .kind = SIM_RAFT_SERVICE_SET, .service = service };
    const uint8_t parts = sim_codec_get_u8(in);
    command.protect_threshold = sim_codec_get_double(in);
    if ((parts & SAVED_METADATA) != 0 && !in->broken) {
        sim_raft_machine_apply(machine, &command);
    }
    if ((parts & SAVED_CLUSTERS) != 0) {
        restore_clusters(in, machine, &command);
    }
    restore_instances(in, machine, &command);
    restore_overrides(in, machine, &command);
}

bool sim_raft_machine_restore(SimRaftMachine *machine, GBytes *state)
{
    const uint32_t services = distro_dictionary_counts(machine->dictionary).services;
    g_autoptr(SimRaftMachine) restored = sim_raft_machine_new(machine->dictionary);
    SimReader in = sim_codec_reader_of(state);
    while (in.left > 0 && !in.broken) {
        const DistroService service = sim_codec_get_u32(&in);
        if (in.broken || service == 0 || service > services) {
            return false;
        }
        restore_service(&in, restored, service);
    }
    if (in.broken) {
        return false;
    }
    GPtrArray *former = machine->records;
    machine->records = restored->records;
    restored->records = former;
    return true;
}

/* --- lives -------------------------------------------------------------------------------- */

SimRaftMachine *sim_raft_machine_new(const DistroDictionary *dictionary)
{
    SimRaftMachine *machine = g_new0(SimRaftMachine, 1);
    machine->dictionary = dictionary;
    machine->records = g_ptr_array_new_with_free_func(free_record);
    return machine;
}

void sim_raft_machine_free(SimRaftMachine *machine)
{
    if (machine == NULL) {
        return;
    }
    g_ptr_array_unref(machine->records);
    g_free(machine);
}
