/* sim/raft/command.h -- what is written to the log: one change of persistent data.
 *
 * In Nacos each is a WriteRequest (protobuf) around an object in Hessian 2: InstanceStoreRequest of
 * PersistentClientOperationServiceImpl, MetadataOperation of NamingMetadataOperateService. Here it
 * is a few numbers of the dictionary, and the length that Nacos's form would have.
 *
 * One group stands for Nacos's three (naming_persistent_service_v2, naming_service_metadata,
 * naming_instance_metadata): a command names its own in its size only. */
#pragma once

#include "core/dictionary.h"
#include "sim/naming/operator.h"

typedef enum SimRaftCommandKind {
    SIM_RAFT_REGISTER,        /* ADD: a persistent instance, whatever was there before */
    SIM_RAFT_UPDATE,          /* CHANGE: likewise, if its client publishes that service; else no-op
                               */
    SIM_RAFT_DEREGISTER,      /* DELETE */
    SIM_RAFT_SERVICE_SET,     /* CHANGE of a service's metadata */
    SIM_RAFT_SERVICE_DELETE,  /* DELETE of it */
    SIM_RAFT_OVERRIDE_SET,    /* CHANGE of an instance's metadata: what an operator set */
    SIM_RAFT_OVERRIDE_DELETE, /* DELETE of it */
    SIM_RAFT_CLUSTER_SET,     /* ADD of one cluster's metadata to a service's */
    SIM_RAFT_N_COMMANDS,
} SimRaftCommandKind;

/* InstanceMetadata: what queries and pushes say instead of the instance's own. */
typedef struct SimOverride {
    bool enabled;
    double weight;
    DistroExt metadata; /* laid over the instance's own, entry by entry */
} SimOverride;

typedef struct SimRaftCommand {
    SimRaftCommandKind kind;
    uint64_t id; /* unique in a world, so that histories can name a write; 0: it has none */
    DistroService service;
    DistroClient client;           /* REGISTER UPDATE DEREGISTER: "ip:port#false" */
    DistroPublication publication; /* REGISTER UPDATE; DEREGISTER: of what is taken back, or 0 */
    double protect_threshold;      /* SERVICE_SET */
    DistroName cluster;            /* CLUSTER_SET, with .checker */
    SimChecker checker;
    SimMetadataId instance; /* OVERRIDE_* */
    SimOverride override;   /* OVERRIDE_SET */
} SimRaftCommand;

/* (transfer full) */
GBytes *sim_raft_command_encode(const DistroDictionary *dictionary, const SimRaftCommand *command);
/* False if @data is no command, or names what @dictionary does not have. */
bool sim_raft_command_decode(const DistroDictionary *dictionary, const void *data, size_t size,
                             SimRaftCommand *command);
/* Every number in it is one that @dictionary has given out. */
bool sim_raft_command_is_known(const DistroDictionary *dictionary, const SimRaftCommand *command);
/* Bytes of Nacos's form of an encoded command; of anything else, @size. */
uint32_t sim_raft_command_size(const void *data, size_t size);
/* The log entry of NacosClosure's task is the request with two bytes in front, which say that it is
 * a write; forwarded to the leader, it travels without. */
#define SIM_RAFT_COMMAND_HEAD 2
