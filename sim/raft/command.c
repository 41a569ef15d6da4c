/* sim/raft/command.c -- commands to bytes and back, and how long Nacos's form of them is. */
#include "sim/raft/command.h"

#include "sim/raft/codec.h"

#include <math.h>
#include <string.h>

/* --- encoding ----------------------------------------------------------------------------- */

static uint32_t nacos_size(const DistroDictionary *dictionary, const SimRaftCommand *command);

GBytes *sim_raft_command_encode(const DistroDictionary *dictionary, const SimRaftCommand *command)
{
    GByteArray *out = g_byte_array_new();
    sim_codec_put_u32(out, nacos_size(dictionary, command));
    sim_codec_put_u8(out, (uint8_t)command->kind);
    sim_codec_put_u64(out, command->id);
    sim_codec_put_u32(out, command->service);
    switch (command->kind) {
    case SIM_RAFT_REGISTER:
    case SIM_RAFT_UPDATE:
    case SIM_RAFT_DEREGISTER:
        sim_codec_put_u32(out, command->client);
        sim_codec_put_u32(out, command->publication);
        break;
    case SIM_RAFT_SERVICE_SET:
        sim_codec_put_double(out, command->protect_threshold);
        break;
    case SIM_RAFT_CLUSTER_SET:
        sim_codec_put_u32(out, command->cluster);
        sim_codec_put_u8(out, (uint8_t)command->checker);
        break;
    case SIM_RAFT_SERVICE_DELETE:
        break;
    case SIM_RAFT_OVERRIDE_SET:
    case SIM_RAFT_OVERRIDE_DELETE:
        sim_codec_put_u32(out, command->instance.ip);
        sim_codec_put_u32(out, (uint32_t)command->instance.port);
        sim_codec_put_u32(out, command->instance.cluster);
        if (command->kind == SIM_RAFT_OVERRIDE_SET) {
            sim_codec_put_u8(out, command->override.enabled);
            sim_codec_put_double(out, command->override.weight);
            sim_codec_put_u32(out, command->override.metadata);
        }
        break;
    case SIM_RAFT_N_COMMANDS:
        g_assert_not_reached();
    }
    return g_byte_array_free_to_bytes(out);
}

/* --- decoding ----------------------------------------------------------------------------- */

bool sim_raft_command_is_known(const DistroDictionary *dictionary, const SimRaftCommand *command)
{
    const DistroDictionaryCounts counts = distro_dictionary_counts(dictionary);
    if (command->service == 0 || command->service > counts.services) {
        return false;
    }
    switch (command->kind) {
    case SIM_RAFT_REGISTER:
    case SIM_RAFT_UPDATE:
        return command->client != 0 && command->client <= counts.clients &&
               command->publication != 0 && command->publication <= counts.publications;
    case SIM_RAFT_DEREGISTER:
        return command->client != 0 && command->client <= counts.clients &&
               command->publication <= counts.publications;
    case SIM_RAFT_OVERRIDE_SET:
    case SIM_RAFT_OVERRIDE_DELETE:
        return command->instance.ip != 0 && command->instance.ip <= counts.names &&
               command->instance.cluster <= counts.names &&
               command->override.metadata <= counts.exts;
    case SIM_RAFT_CLUSTER_SET:
        return command->cluster != 0 && command->cluster <= counts.names &&
               command->checker <= SIM_CHECKER_NONE;
    case SIM_RAFT_SERVICE_SET:
    case SIM_RAFT_SERVICE_DELETE:
    case SIM_RAFT_N_COMMANDS:
        break;
    }
    return true;
}

bool sim_raft_command_decode(const DistroDictionary *dictionary, const void *data, size_t size,
                             SimRaftCommand *command)
{
    SimReader in = sim_codec_reader(data, size);
    (void)sim_codec_get_u32(&in);
    const uint8_t kind = sim_codec_get_u8(&in);
    *command = (SimRaftCommand) { 0 };
    command->id = sim_codec_get_u64(&in);
    command->service = sim_codec_get_u32(&in);
    if (kind >= SIM_RAFT_N_COMMANDS) {
        return false;
    }
    command->kind = (SimRaftCommandKind)kind;
    switch (command->kind) {
    case SIM_RAFT_REGISTER:
    case SIM_RAFT_UPDATE:
    case SIM_RAFT_DEREGISTER:
        command->client = sim_codec_get_u32(&in);
        command->publication = sim_codec_get_u32(&in);
        break;
    case SIM_RAFT_SERVICE_SET:
        command->protect_threshold = sim_codec_get_double(&in);
        break;
    case SIM_RAFT_CLUSTER_SET:
        command->cluster = sim_codec_get_u32(&in);
        command->checker = (SimChecker)sim_codec_get_u8(&in);
        break;
    case SIM_RAFT_OVERRIDE_SET:
    case SIM_RAFT_OVERRIDE_DELETE:
        command->instance.ip = sim_codec_get_u32(&in);
        command->instance.port = (int32_t)sim_codec_get_u32(&in);
        command->instance.cluster = sim_codec_get_u32(&in);
        if (command->kind == SIM_RAFT_OVERRIDE_SET) {
            command->override.enabled = sim_codec_get_u8(&in) != 0;
            command->override.weight = sim_codec_get_double(&in);
            command->override.metadata = sim_codec_get_u32(&in);
        }
        break;
    case SIM_RAFT_SERVICE_DELETE:
    case SIM_RAFT_N_COMMANDS:
        break;
    }
    return sim_codec_is_read(&in) && sim_raft_command_is_known(dictionary, command);
}

uint32_t sim_raft_command_size(const void *data, size_t size)
{
    SimReader in = sim_codec_reader(data, size);
    const uint32_t stated = sim_codec_get_u32(&in);
    return in.broken ? (uint32_t)size : stated;
}

/* --- Hessian 2, by length ----------------------------------------------------------------- */

static uint32_t hessian_text(size_t length)
{
    const uint32_t size = (uint32_t)length;
    return size <= 31 ? 1 + size : size <= 1023 ? 2 + size : 3 + size;
}

static uint32_t hessian_name(const DistroDictionary *dictionary, DistroName name)
{
    return name == DISTRO_NONE ? 1 /* null */
                               : hessian_text(strlen(distro_dictionary_text(dictionary, name)));
}

static uint32_t hessian_int(int64_t value)
{
    if (value >= -16 && value <= 47) {
        return 1;
    }
    if (value >= -2048 && value <= 2047) {
        return 2;
    }
    return value >= -262144 && value <= 262143 ? 3 : 5;
}

static uint32_t hessian_double(double value)
{
    if (value == 0.0 || value == 1.0) {
        return 1;
    }
    if (value == rint(value) && value >= -128.0 && value <= 127.0) {
        return 2;
    }
    if (value == rint(value) && value >= -32768.0 && value <= 32767.0) {
        return 3;
    }
    /* Thousandths in 32 bits, if that is exact. */
    const double thousandths = trunc(value * 1000.0);
    return fabs(thousandths) < 2147483648.0 && 0.001 * thousandths == value ? 5 : 9;
}

/* A class's definition and the opening of its one object: 'C', the name, how many fields, their
 * names, then 'O' with the definition's number. */
static uint32_t hessian_class(size_t name, uint32_t fields, size_t field_names)
{
    return 1 + hessian_text(name) + 1 + fields + (uint32_t)field_names + 1;
}
#define HESSIAN_CLASS(name, fields, field_names)                                                   \
    hessian_class(sizeof(name) - 1, fields, sizeof(field_names) - 1)

static uint32_t hessian_entry(const DistroExtEntry *entry)
{
    const uint32_t key = hessian_text(strlen(entry->key));
    switch (entry->kind) {
    case DISTRO_VALUE_STRING:
        return key + hessian_text(strlen(entry->text));
    case DISTRO_VALUE_INT:
    case DISTRO_VALUE_LONG:
        return key + hessian_int(entry->integer);
    case DISTRO_VALUE_DOUBLE:
        return key + hessian_double(entry->number);
    case DISTRO_VALUE_BOOL:
    case DISTRO_VALUE_NULL:
        break;
    }
    return key + 1;
}

/* 'H' entries 'Z'; what an instance says of itself, not what the server adds to extendDatum. */
static uint32_t hessian_map(const DistroDictionary *dictionary, DistroExt ext)
{
    size_t count;
    const DistroExtEntry *entries = distro_dictionary_ext_entries(dictionary, ext, &count);
    uint32_t size = 2;
    for (size_t i = 0; i < count; i++) {
        if (!g_str_has_prefix(entries[i].key, "publishInstance") &&
            strcmp(entries[i].key, "customInstanceId") != 0) {
            size += hessian_entry(&entries[i]);
        }
    }
    return size;
}

/* com.alibaba.nacos.naming.core.v2.pojo.Service, with its revision, an AtomicLong. */
static uint32_t hessian_service(const DistroDictionary *dictionary, DistroService service)
{
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
    return HESSIAN_CLASS("com.alibaba.nacos.naming.core.v2.pojo.Service", 6,
                         "ephemeral"
                         "lastUpdatedTime"
                         "namespace"
                         "group"
                         "name"
                         "revision") +
           1 + 9 + /* a boolean; milliseconds since 1970 */
           hessian_name(dictionary, info->namespace_id) + hessian_name(dictionary, info->group) +
           hessian_name(dictionary, info->name) +
           HESSIAN_CLASS("java.util.concurrent.atomic.AtomicLong", 1, "value") + 1;
}

/* com.alibaba.nacos.api.naming.pojo.Instance. */
static uint32_t hessian_instance(const DistroDictionary *dictionary, DistroPublication publication)
{
    uint32_t size = HESSIAN_CLASS("com.alibaba.nacos.api.naming.pojo.Instance", 10,
                                  "port"
                                  "weight"
                                  "healthy"
                                  "enabled"
                                  "ephemeral"
                                  "instanceId"
                                  "ip"
                                  "clusterName"
                                  "serviceName"
                                  "metadata");
    if (publication == DISTRO_NONE) {
        return size + 10;
    }
    const DistroPublicationInfo *info = distro_dictionary_publication_info(dictionary, publication);
    const DistroListingInfo *listing =
        distro_dictionary_listing_info(dictionary, info->listings[0]);
    const DistroServiceInfo *service = distro_dictionary_service_info(dictionary, info->service);
    const size_t grouped = strlen(distro_dictionary_text(dictionary, service->group)) + 2 +
                           strlen(distro_dictionary_text(dictionary, service->name));
    return size + hessian_int(listing->instance.port) + hessian_double(listing->weight) + 3 +
           1 + /* no instance id yet */
           hessian_name(dictionary, listing->instance.ip) +
           hessian_name(dictionary, listing->instance.cluster) + hessian_text(grouped) +
           hessian_map(dictionary, listing->instance.ext);
}

static uint32_t hessian_store_request(const DistroDictionary *dictionary,
                                      const SimRaftCommand *command)
{
    return HESSIAN_CLASS("com.alibaba.nacos.naming.core.v2.service.impl."
                         "PersistentClientOperationServiceImpl$InstanceStoreRequest",
                         3,
                         "service"
                         "instance"
                         "clientId") +
           hessian_service(dictionary, command->service) +
           hessian_instance(dictionary, command->publication) +
           hessian_text(distro_dictionary_client_info(dictionary, command->client)->id_size);
}

static uint32_t hessian_metadata_id(const DistroDictionary *dictionary, SimMetadataId id)
{
    char port[12];
    const int digits = g_snprintf(port, sizeof port, "%d", id.port);
    const char *cluster =
        id.cluster == DISTRO_NONE ? "null" : distro_dictionary_text(dictionary, id.cluster);
    return hessian_text(strlen(distro_dictionary_text(dictionary, id.ip)) + 1 + (size_t)digits + 1 +
                        strlen(cluster));
}

/* A ConcurrentHashMap: typed, 'M'. */
static uint32_t hessian_concurrent_map(uint32_t entries)
{
    return 1 + hessian_text(sizeof("java.util.concurrent.ConcurrentHashMap") - 1) + entries + 1;
}

/* com.alibaba.nacos.naming.core.v2.metadata.MetadataOperation around @metadata bytes. */
static uint32_t hessian_operation(const DistroDictionary *dictionary, DistroService service,
                                  uint32_t tag, uint32_t metadata)
{
    const DistroServiceInfo *info = distro_dictionary_service_info(dictionary, service);
    return HESSIAN_CLASS("com.alibaba.nacos.naming.core.v2.metadata.MetadataOperation", 5,
                         "namespace"
                         "group"
                         "serviceName"
                         "tag"
                         "metadata") +
           hessian_name(dictionary, info->namespace_id) + hessian_name(dictionary, info->group) +
           hessian_name(dictionary, info->name) + tag + metadata;
}

static uint32_t hessian_override(const DistroDictionary *dictionary, const SimOverride *override)
{
    return HESSIAN_CLASS("com.alibaba.nacos.naming.core.v2.metadata.InstanceMetadata", 3,
                         "weight"
                         "enabled"
                         "extendData") +
           hessian_double(override->weight) + 1 +
           hessian_concurrent_map(hessian_map(dictionary, override->metadata) - 2);
}

/* @clusters: of the map's entries. */
static uint32_t hessian_service_metadata(double protect_threshold, uint32_t clusters)
{
    return HESSIAN_CLASS("com.alibaba.nacos.naming.core.v2.metadata.ServiceMetadata", 5,
                         "ephemeral"
                         "protectThreshold"
                         "selector"
                         "extendData"
                         "clusters") +
           1 + hessian_double(protect_threshold) +
           HESSIAN_CLASS("com.alibaba.nacos.naming.selector.NoneSelector", 0, "") +
           hessian_concurrent_map(0) + hessian_concurrent_map(clusters);
}

/* A ClusterMetadata with its checker (Tcp, Http and None say their type), under its name. */
static uint32_t hessian_cluster(const DistroDictionary *dictionary, DistroName cluster,
                                SimChecker checker)
{
    static const char types[][5] = { "TCP", "HTTP", "NONE" };
    const uint32_t type = hessian_text(strlen(types[checker]));
    return hessian_name(dictionary, cluster) +
           HESSIAN_CLASS("com.alibaba.nacos.naming.core.v2.metadata.ClusterMetadata", 5,
                         "healthyCheckPort"
                         "healthyCheckType"
                         "healthChecker"
                         "useInstancePortForCheck"
                         "extendData") +
           hessian_int(80) + type +
           HESSIAN_CLASS("com.alibaba.nacos.api.naming.pojo.healthcheck.impl.Http", 4,
                         "type"
                         "path"
                         "headers"
                         "expectedResponseCode") +
           type + 2 * hessian_text(0) + hessian_int(200) + 1 + hessian_concurrent_map(0);
}

/* --- WriteRequest ------------------------------------------------------------------------- */

static uint32_t proto_field(uint32_t size)
{
    return 1 + (size < 128 ? 1 : size < 16384 ? 2 : 3) + size;
}
#define PROTO_TEXT(text) proto_field(sizeof(text) - 1)

static uint32_t nacos_size(const DistroDictionary *dictionary, const SimRaftCommand *command)
{
    const uint32_t null = 1;
    switch (command->kind) {
    case SIM_RAFT_REGISTER:
        return SIM_RAFT_COMMAND_HEAD + PROTO_TEXT("naming_persistent_service_v2") +
               PROTO_TEXT("ADD") + proto_field(hessian_store_request(dictionary, command));
    case SIM_RAFT_UPDATE:
    case SIM_RAFT_DEREGISTER:
        return SIM_RAFT_COMMAND_HEAD + PROTO_TEXT("naming_persistent_service_v2") +
               PROTO_TEXT("CHANGE") + proto_field(hessian_store_request(dictionary, command));
    case SIM_RAFT_SERVICE_SET:
        return SIM_RAFT_COMMAND_HEAD + PROTO_TEXT("naming_service_metadata") +
               PROTO_TEXT("CHANGE") +
               proto_field(
                   hessian_operation(dictionary, command->service, null,
                                     hessian_service_metadata(command->protect_threshold, 0)));
    case SIM_RAFT_CLUSTER_SET:
        return SIM_RAFT_COMMAND_HEAD + PROTO_TEXT("naming_service_metadata") + PROTO_TEXT("ADD") +
               proto_field(hessian_operation(
                   dictionary, command->service, null,
                   hessian_service_metadata(
                       0, hessian_cluster(dictionary, command->cluster, command->checker))));
    case SIM_RAFT_SERVICE_DELETE:
        return SIM_RAFT_COMMAND_HEAD + PROTO_TEXT("naming_service_metadata") +
               PROTO_TEXT("DELETE") +
               proto_field(hessian_operation(dictionary, command->service, null, null));
    case SIM_RAFT_OVERRIDE_SET:
        return SIM_RAFT_COMMAND_HEAD + PROTO_TEXT("naming_instance_metadata") +
               PROTO_TEXT("CHANGE") +
               proto_field(hessian_operation(dictionary, command->service,
                                             hessian_metadata_id(dictionary, command->instance),
                                             hessian_override(dictionary, &command->override)));
    case SIM_RAFT_OVERRIDE_DELETE:
        return SIM_RAFT_COMMAND_HEAD + PROTO_TEXT("naming_instance_metadata") +
               PROTO_TEXT("DELETE") +
               proto_field(hessian_operation(dictionary, command->service,
                                             hessian_metadata_id(dictionary, command->instance),
                                             null));
    case SIM_RAFT_N_COMMANDS:
        break;
    }
    g_assert_not_reached();
}
