/* sim/raft/machine.h -- the replicated state: persistent instances, metadata of services, what
 * operators set.
 *
 * A function of the commands applied since the beginning, or since a snapshot: two machines that
 * applied the same are equal. It reads no clock and draws no number.
 *
 *      service --> instances   "ip:port#false" -> publication    by client number
 *              --> overrides   ip, port, cluster -> override     by those three
 *              --> metadata    protect threshold, checkers of its clusters; or none
 *
 * Nacos keeps these in three groups of their own, so a write to one and a write to another have no
 * order between them there; here one log orders all. */
#pragma once

#include "sim/raft/command.h"

typedef struct SimRaftMachine SimRaftMachine;

typedef struct SimPersistent {
    DistroClient client;
    DistroPublication publication;
} SimPersistent;

typedef struct SimOverridden {
    SimMetadataId instance;
    SimOverride override;
} SimOverridden;

/* What applying a command changed, for what serves queries from the machine. */
typedef struct SimRaftChange {
    DistroService service;
    DistroClient client;       /* whose instances changed; 0: no client's */
    DistroPublication former;  /* what it published before; 0: nothing */
    DistroPublication present; /* what it publishes now; 0: nothing */
    bool is_pushed;            /* ServiceChangedEvent: subscribers are told */
    bool override_is_gone;     /* OVERRIDE_DELETE: whatever waited for it may forget it */
    bool is_described;         /* SERVICE_*, CLUSTER_SET: its metadata came, changed or went */
    SimMetadataId instance;    /* OVERRIDE_*: whose */
} SimRaftChange;

/* @dictionary is borrowed and outlives the machine. */
SimRaftMachine *sim_raft_machine_new(const DistroDictionary *dictionary);
void sim_raft_machine_free(SimRaftMachine *machine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimRaftMachine, sim_raft_machine_free)

/* Cannot fail: what a command asks for may be a no-op, as CHANGE of an unknown instance is. */
SimRaftChange sim_raft_machine_apply(SimRaftMachine *machine, const SimRaftCommand *command);

/* Instances of @service, ascending by client. Borrowed until the next command; NULL if none. */
const SimPersistent *sim_raft_machine_instances(const SimRaftMachine *machine,
                                                DistroService service, size_t *count);
/* 0: it publishes nothing of @service. */
DistroPublication sim_raft_machine_instance(const SimRaftMachine *machine, DistroService service,
                                            DistroClient client);
/* Borrowed until the next command; NULL: none. */
const SimOverride *sim_raft_machine_override(const SimRaftMachine *machine, DistroService service,
                                             SimMetadataId instance);
const SimOverridden *sim_raft_machine_overrides(const SimRaftMachine *machine,
                                                DistroService service, size_t *count);
/* False: it has none. */
bool sim_raft_machine_protect_threshold(const SimRaftMachine *machine, DistroService service,
                                        double *protect_threshold);
/* Of @cluster of @service, SIM_CHECKER_TCP if it was never set. */
SimChecker sim_raft_machine_checker(const SimRaftMachine *machine, DistroService service,
                                    DistroName cluster);
/* The largest service number that has, or had, anything. */
DistroService sim_raft_machine_last_service(const SimRaftMachine *machine);

/* Everything, as bytes; equal machines give equal bytes. (transfer full) */
GBytes *sim_raft_machine_save(const SimRaftMachine *machine);
/* False, and nothing changed, if @state is not what save gives. */
bool sim_raft_machine_restore(SimRaftMachine *machine, GBytes *state);

int sim_metadata_id_compare(SimMetadataId a, SimMetadataId b);
