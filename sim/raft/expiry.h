/* sim/raft/expiry.h -- what one server knows of overrides whose instance has gone.
 *
 * An override outlives its instance by 60 s (nacos.naming.clean.expired-metadata.expired-time), so
 * that a client which comes back finds itself as the operator left it. Each server marks for itself
 * (NamingMetadataManager): an override is marked when the server sees a client go that published
 * its instance, or the instance be taken back, and the mark goes when the server sees the instance
 * registered. Every 5 s, the first 5 s after the start, each server asks Raft to delete what it has
 * marked for longer (ExpiredMetadataCleaner).
 *
 * The metadata of a service goes likewise, 60 s after the server's list of services has lost it,
 * which is a minute or two after its last instance has gone (EmptyServiceAutoCleanerV2). Such a
 * mark names no instance.
 *
 * A mark says nothing about other clients that publish the same instance: the address and the
 * cluster are all that it names (nacos#11890). */
#pragma once

#include "sim/raft/machine.h"

#define SIM_EXPIRY_INTERVAL_US ((int64_t)5 * G_USEC_PER_SEC)
#define SIM_EXPIRY_AGE_US ((int64_t)60 * G_USEC_PER_SEC)

typedef struct SimExpired {
    DistroService service;
    SimMetadataId instance;
    int64_t since_us;
} SimExpired;

typedef struct SimExpiry SimExpiry;

SimExpiry *sim_expiry_new(void);
void sim_expiry_free(SimExpiry *expiry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimExpiry, sim_expiry_free)

/* Does nothing if there is no such override in @machine. A mark that is there keeps its time. */
void sim_expiry_mark(SimExpiry *expiry, const SimRaftMachine *machine, DistroService service,
                     SimMetadataId instance, int64_t now_us);
/* Likewise of @service itself, if @machine has metadata of it. */
void sim_expiry_mark_service(SimExpiry *expiry, const SimRaftMachine *machine,
                             DistroService service, int64_t now_us);
/* The instance is there, or its override is gone; of all zeros: the service, or its metadata. */
void sim_expiry_unmark(SimExpiry *expiry, DistroService service, SimMetadataId instance);
/* Those marked for longer than @age_us, in the order of service, ip, port, cluster (transfer full):
 * SimExpired. They stay marked: their deletion may fail. */
GArray *sim_expiry_due(const SimExpiry *expiry, int64_t now_us, int64_t age_us);
size_t sim_expiry_count(const SimExpiry *expiry);
